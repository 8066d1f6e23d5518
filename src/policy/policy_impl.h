/* SPDX-License-Identifier: Apache-2.0
 *
 * policy_impl: what the files of this module share: the loaded set, one question with what it refers
 * to, and the table of clauses.
 */
#ifndef ENT_POLICY_IMPL_H
#define ENT_POLICY_IMPL_H

#include "policy/policy.h"

#define POLICY_CARDS_MAX 1024
#define POLICY_AGREEMENTS_MAX 1024
#define POLICY_ID_MAX 47	/* bytes of an agreement's id: clause names stay within ent_why */
#define POLICY_ANNEX_ID_MAX 23
#define POLICY_DATE_MAX 32
/* The last moment of the year 9998: a day more still has a date. */
#define POLICY_LAST_TIME ((ent_time)253370764799999999)

struct policy {
	struct policy_card own;
	struct policy_card *cards; /* owned */
	size_t card_count;
	struct policy_agreement **agreements; /* owned, each too */
	size_t agreement_count;
};

enum policy_register { REG_NONE = 0, REG_OWN, REG_SHARED, REG_NODE };
enum policy_register policy_register_of(enum ent_action a);

/* A question together with what it refers to; NULL where it refers to nothing. */
struct look {
	const struct policy *p;
	const struct policy_ask *ask;
	enum policy_register reg;
	const struct policy_agreement *agreement;
	const struct policy_annex *annex;
	bool given; /* a partner's answer, on receipt: its labels are translated already */
};

/* Beside the decision: for each record of a collection (policy_admits), and on receipt of an answer
 * (policy_accepts). */
enum { CLAUSE_EACH = 1, CLAUSE_GIVEN = 2 };

/* How a clause is named: bare "role", "AGR-1/dates" or "AGR-1/annex A/purposes". */
enum clause_scope { SCOPE_BARE, SCOPE_AGREEMENT, SCOPE_ANNEX };

/* Looks at one thing.  ENT_OK, or the error that the caller gets; text goes to why, which may be
 * NULL, in both cases. */
typedef enum ent_err clause_check(const struct look *l, struct ent_why *why);

struct clause {
	const char *name;
	bool (*applies)(const struct look *l);
	clause_check *check;
	enum clause_scope scope;
	unsigned again; /* CLAUSE_ bits: who else looks at it */
};
extern const struct clause policy_clauses[];
extern const size_t policy_clause_count;

/* What the code of a service, an agreement's or an annex's id may look like. */
bool policy_code_valid(const char *s);
bool policy_id_valid(const char *s, size_t max);
/* The party of that code, NULL if it is none. */
const struct policy_party *policy_party_of(const struct policy_agreement *a, const char *code);

#endif
