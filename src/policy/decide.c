/* SPDX-License-Identifier: Apache-2.0 */
#include "grant/mint.h"
#include "policy/policy_impl.h"

#include <stdio.h>
#include <string.h>

enum policy_register
policy_register_of(enum ent_action a)
{
	static const enum policy_register of[] = {
#define ACTION(num, name, text, reg) [ACTION_##name] = REG_##reg,
#include "spec/registry/actions.def"
#undef ACTION
	};
	return (size_t)a < sizeof of / sizeof of[0] ? of[a] : REG_NONE;
}

/* A list of what has come in names no agreement: it is a look at the own node's queue.  Screening
 * without one is of the own register for the own purposes. */
static bool
is_national(enum policy_register reg, const struct policy_ask *ask)
{
	bool unnamed = ask->agreement == NULL || ask->agreement[0] == '\0';
	bool either = ask->action == ACTION_INBOX || ask->action == ACTION_SCREEN;
	return reg == REG_OWN || (either && unnamed);
}

static struct look
look_up(const struct policy *p, const struct policy_ask *ask)
{
	struct look l = { .p = p, .ask = ask, .reg = policy_register_of(ask->action) };
	bool unnamed = ask->agreement == NULL || ask->agreement[0] == '\0';
	bool national = unnamed || strcmp(ask->agreement, POLICY_NATIONAL) == 0;
	/* an act on the own register under a partner's agreement, or the reverse, refers to nothing */
	if (l.reg != REG_NODE && is_national(l.reg, ask) == national)
		l.agreement = policy_agreement(p, ask->agreement);
	if (l.agreement == NULL)
		return l;
	if (ask->annex != NULL && ask->annex[0] != '\0')
		l.annex = policy_annex(l.agreement, ask->annex);
	else if (l.agreement->annex_count == 1) /* so that its clause "purposes" can say no */
		l.annex = &l.agreement->annexes[0];
	else
		l.annex = policy_annex_for(l.agreement, ask->purpose);
	return l;
}

static void
clause_name(const struct look *l, enum clause_scope scope, const char *name, char *out, size_t room)
{
	if (l->agreement == NULL || scope == SCOPE_BARE)
		(void)snprintf(out, room, "%s", name);
	else if (l->annex == NULL || scope == SCOPE_AGREEMENT)
		(void)snprintf(out, room, "%.47s/%.70s", l->agreement->id, name);
	else
		(void)snprintf(out, room, "%.47s/annex %.23s/%.40s", l->agreement->id, l->annex->id,
		    name);
}

/* The first clause that refuses, of all or of those that are looked at again; why may be NULL. */
static enum ent_err
refusal(const struct look *l, unsigned again, struct ent_why *why)
{
	for (size_t i = 0; i < policy_clause_count; i++) {
		const struct clause *c = &policy_clauses[i];
		if ((again != 0 && (c->again & again) == 0) || !c->applies(l))
			continue;
		enum ent_err err = c->check(l, why);
		if (err != ENT_OK && why != NULL)
			clause_name(l, c->scope, c->name, why->clause, sizeof why->clause);
		if (err != ENT_OK)
			return err;
	}
	return ENT_OK;
}

/* The verdict, with the clause that refuses; or with the one that grants: the purpose in the annex
 * where there is one, else the role. */
static enum ent_err
judge(const struct look *l, struct ent_why *why)
{
	enum ent_err err = refusal(l, 0, why);
	if (err != ENT_OK)
		return err;
	bool purposed = l->annex != NULL && l->ask->purpose != PURPOSE_NONE;
	clause_name(l, purposed ? SCOPE_ANNEX : l->agreement != NULL ? SCOPE_AGREEMENT : SCOPE_BARE,
	    purposed ? "purposes" : l->agreement != NULL ? "signatures" : "role", why->clause,
	    sizeof why->clause);
	(void)snprintf(why->text, sizeof why->text, "'%s' is allowed", action_name(l->ask->action));
	return ENT_OK;
}

struct grant *
policy_decide(const struct policy *p, const struct policy_ask *ask)
{
	struct grant_terms t = { .action = ask->action, .purpose = ask->purpose };
	struct look l = look_up(p, ask);
	if (ask->actor != NULL)
		t.actor = *ask->actor;
	t.verdict = judge(&l, &t.why);
	/* the national annex is "" in grants */
	if (l.agreement != NULL && l.agreement->party_count > 1)
		memcpy(t.agreement, l.agreement->id, sizeof t.agreement);
	if (l.annex != NULL)
		memcpy(t.annex, l.annex->id, sizeof t.annex);
	return grant_mint(&t);
}

bool
policy_admits(const struct policy *p, const struct grant *g, const struct record_label *label,
    const char *type, ent_time now)
{
	if (g == NULL || !grant_allows(g) || label == NULL)
		return false;
	struct policy_ask ask = {
		.actor = grant_actor(g),
		.action = grant_action(g),
		.purpose = grant_purpose(g),
		.agreement = grant_agreement(g),
		.annex = grant_annex(g),
		.label = label,
		.type = type,
		.now = now,
	};
	struct look l = look_up(p, &ask);
	return l.agreement != NULL && l.annex != NULL && refusal(&l, CLAUSE_EACH, NULL) == ENT_OK;
}

enum ent_err
policy_accepts(const struct policy *p, const struct policy_ask *given, struct ent_why *why)
{
	struct policy_ask ask = *given;
	ask.action = ACTION_ANSWER;
	ask.permitted = false; /* an answer carries no originator's permission */
	struct look l = look_up(p, &ask);
	l.given = true;
	return refusal(&l, CLAUSE_GIVEN, why);
}

struct js *
policy_explain(const struct policy *p, const struct policy_ask *ask)
{
	struct js *out = js_array();
	struct look l = look_up(p, ask);
	for (size_t i = 0; i < policy_clause_count; i++) {
		const struct clause *c = &policy_clauses[i];
		struct ent_why why = { .text = "" };
		if (!c->applies(&l))
			continue;
		enum ent_err err = c->check(&l, &why);
		clause_name(&l, c->scope, c->name, why.clause, sizeof why.clause);
		struct js *row = js_object();
		js_set_str(row, "clause", why.clause);
		js_set_bool(row, "pass", err == ENT_OK);
		js_set_str(row, "text", why.text);
		js_append_take(out, row);
	}
	return out;
}
