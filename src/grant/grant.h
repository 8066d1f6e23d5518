/* SPDX-License-Identifier: Apache-2.0
 *
 * grant: the permission to do one thing, once, as a type.
 *
 * Only policy makes one (grant/mint.h, a friend header), and it is dead until audit has written the
 * entry that tells of it (grant/admit.h).  Functions of store, match, hit and exchange that touch
 * data take a `const struct grant *` and call grant_check first.
 */
#ifndef ENT_GRANT_GRANT_H
#define ENT_GRANT_GRANT_H

#include "base/id.h"

enum ent_action {
	ACTION_NONE = 0,
#define ACTION(num, name, text, reg) ACTION_##name = num,
#include "spec/registry/actions.def"
#undef ACTION
};

enum ent_purpose {
	PURPOSE_NONE = 0,
#define PURPOSE(num, name, text, what) PURPOSE_##name = num,
#include "spec/registry/purposes.def"
#undef PURPOSE
};

enum ent_role {
#define ROLE(bit, name, text) ROLE_##name = 1 << (bit),
#include "spec/registry/roles.def"
#undef ROLE
};

const char *action_name(enum ent_action a);	/* "search"; "none" */
const char *purpose_name(enum ent_purpose p);	/* "terrorism"; "none" */
const char *role_name(enum ent_role r);		/* of one bit */
enum ent_action action_of(const char *name);	/* NONE if unknown */
enum ent_purpose purpose_of(const char *name);	/* NONE if unknown */
unsigned role_of(const char *name);		/* the bit, 0 if unknown */

#define CODE_MAX 16	  /* a service's code: 2..15 of A-Z 0-9 - */
#define AGREEMENT_MAX 64  /* an agreement's or annex's identifier */

/* Who acts: a named user of this node, or a partner's node. */
struct actor {
	struct ent_id id;	   /* user id; zero for a partner's node */
	char name[64];		   /* login name; empty for a partner's node */
	char service[CODE_MAX];	   /* own code, or the partner's */
	unsigned roles;		   /* ROLE_ bits */
};

struct grant;

/* What was granted; borrowed, as long as the grant lives. */
enum ent_action grant_action(const struct grant *g);
enum ent_purpose grant_purpose(const struct grant *g);
const struct actor *grant_actor(const struct grant *g);
const char *grant_agreement(const struct grant *g); /* "" for the national annex */
const char *grant_annex(const struct grant *g);
const char *grant_clause(const struct grant *g);    /* the clause that grants or refuses */
const char *grant_text(const struct grant *g);      /* why, for people */
bool grant_allows(const struct grant *g);	    /* false: a refusal; still to be audited */
enum ent_err grant_verdict(const struct grant *g);  /* ENT_OK, or the error the caller gets */
uint64_t grant_entry(const struct grant *g);	    /* index of the audit entry, once admitted */

/* ENT_OK if g is admitted, allows, and is for that action; else ENT_EREFUSED and why.  A NULL or
 * dead grant is refused, never taken for a bug of the caller: doubt fails closed. */
ENT_CHECK enum ent_err grant_check(const struct grant *g, enum ent_action action,
    struct ent_why *why);

void grant_free(struct grant *g); /* may be NULL */

#endif
