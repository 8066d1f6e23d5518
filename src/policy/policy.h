/* SPDX-License-Identifier: Apache-2.0
 *
 * policy: may this actor do this, to this data, for this purpose?  (spec/2-policy.md)
 *
 * Rules are signed agreements, and the national annex that the node signed at init.  Deciding is a
 * pure function of its arguments: no clock, no I/O, no globals.  A loaded policy is immutable and may
 * be shared between threads.  Unsigned is inert; no rule matching: refused.
 */
#ifndef ENT_POLICY_POLICY_H
#define ENT_POLICY_POLICY_H

#include "crypto/jws.h"
#include "grant/grant.h"
#include "record/record.h"

struct policy; /* an immutable set: own card, partners' cards, agreements with their signatures and standing */

/* One question.  Every pointer is borrowed, for the call only. */
struct policy_ask {
	const struct actor *actor;
	enum ent_action action;
	unsigned roles;			  /* ROLE_ bits that may do this operation (ops.def) */
	enum ent_purpose purpose;
	const char *agreement;		  /* "" or NULL: the national annex */
	const char *annex;		  /* NULL: the one annex that admits the purpose */
	const char *case_ref, *reason;	  /* presence is checked; content is not looked at */
	const struct record_label *label; /* what it touches; NULL: a whole collection */
	const char *type;		  /* record type; NULL: any */
	const char *recipient;		  /* FORWARD: the third service's code */
	uint64_t used_day, used_epoch;	  /* quota counters, in elements */
	uint32_t elements;		  /* asked for now */
	bool permitted;			  /* FORWARD: a recorded permission names recipient */
	ent_time now;
};

/* Decide.  A refusal is an answer, not an error: always a grant, owned by the caller, dead until
 * audit admits it.  Role, purpose, case and reason, agreement's dates, standing, label, quota, onward
 * rule are each a clause with a name. */
struct grant *policy_decide(const struct policy *p, const struct policy_ask *ask);

/* Would the annex let a record with this label and type pass to the partner?  Used for each record
 * of a collection that a live grant covers (filter, answers, search). */
bool policy_admits(const struct policy *p, const struct grant *g, const struct record_label *label,
    const char *type, ent_time now);

/* The same question explained for people, each clause looked at in order with pass or fail; an
 * array of {clause, pass, text}.  Owned by the caller. */
struct js *policy_explain(const struct policy *p, const struct policy_ask *ask);

void policy_free(struct policy *p); /* may be NULL */

#endif
