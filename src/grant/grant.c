/* SPDX-License-Identifier: Apache-2.0 */
#include "grant/grant.h"

#include "base/arena.h"
#include "grant/admit.h"
#include "grant/mint.h"
#include "grant/stage.h"

#include <stdlib.h>
#include <string.h>

struct grant {
	struct grant_terms terms;
	uint64_t entry;
	bool admitted;
};

static const char *const actions[] = {
	"none",
#define ACTION(num, name, text, reg) [ACTION_##name] = text,
#include "spec/registry/actions.def"
#undef ACTION
};

static const char *const purposes[] = {
	"none",
#define PURPOSE(num, name, text, what) [PURPOSE_##name] = text,
#include "spec/registry/purposes.def"
#undef PURPOSE
};

static const struct {
	enum ent_role role;
	const char *name;
} roles[] = {
#define ROLE(bit, name, text) { ROLE_##name, text },
#include "spec/registry/roles.def"
#undef ROLE
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static unsigned
find(const char *const *names, size_t count, const char *name)
{
	for (unsigned i = 1; name != NULL && i < count; i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return i;
	return 0;
}

const char *
action_name(enum ent_action a)
{
	return (size_t)a < COUNT(actions) ? actions[a] : "none";
}

const char *
purpose_name(enum ent_purpose p)
{
	return (size_t)p < COUNT(purposes) ? purposes[p] : "none";
}

enum ent_action
action_of(const char *name)
{
	return (enum ent_action)find(actions, COUNT(actions), name);
}

enum ent_purpose
purpose_of(const char *name)
{
	return (enum ent_purpose)find(purposes, COUNT(purposes), name);
}

const char *
role_name(enum ent_role r)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (roles[i].role == r)
			return roles[i].name;
	return "none";
}

unsigned
role_of(const char *name)
{
	for (size_t i = 0; name != NULL && i < COUNT(roles); i++)
		if (strcmp(roles[i].name, name) == 0)
			return (unsigned)roles[i].role;
	return 0;
}

struct grant *
grant_mint(const struct grant_terms *terms)
{
	struct grant *g = ent_alloc(sizeof *g);
	g->terms = *terms;
	return g;
}

void
grant_admit(struct grant *g, uint64_t entry)
{
	g->entry = entry;
	g->admitted = true;
}

void
grant_free(struct grant *g)
{
	free(g);
}

enum ent_action
grant_action(const struct grant *g)
{
	return g->terms.action;
}

enum ent_purpose
grant_purpose(const struct grant *g)
{
	return g->terms.purpose;
}

const struct actor *
grant_actor(const struct grant *g)
{
	return &g->terms.actor;
}

const char *
grant_agreement(const struct grant *g)
{
	return g->terms.agreement;
}

const char *
grant_annex(const struct grant *g)
{
	return g->terms.annex;
}

const char *
grant_clause(const struct grant *g)
{
	return g->terms.why.clause;
}

const char *
grant_text(const struct grant *g)
{
	return g->terms.why.text;
}

bool
grant_allows(const struct grant *g)
{
	return g->terms.verdict == ENT_OK;
}

enum ent_err
grant_verdict(const struct grant *g)
{
	return g->terms.verdict;
}

uint64_t
grant_entry(const struct grant *g)
{
	return g->entry;
}

/* Allowed, and for that action. */
static enum ent_err
check_terms(const struct grant *g, enum ent_action action, struct ent_why *why)
{
	if (!grant_allows(g))
		return ent_refuse(g->terms.verdict, why, g->terms.why.clause, "%s",
		    g->terms.why.text);
	if (g->terms.action != action)
		return ent_refuse(ENT_EREFUSED, why, "grant", "a grant for %s does not allow %s",
		    action_name(g->terms.action), action_name(action));
	return ENT_OK;
}

enum ent_err
grant_check(const struct grant *g, enum ent_action action, struct ent_why *why)
{
	if (g == NULL || !g->admitted)
		return ent_refuse(ENT_EREFUSED, why, "grant", "no live grant: nothing is read "
		    "or written before the log tells of it");
	return check_terms(g, action, why);
}

enum ent_err
grant_check_staging(const struct grant *g, struct ent_why *why)
{
	if (g == NULL)
		return ent_refuse(ENT_EREFUSED, why, "grant", "nothing is staged without a grant");
	return check_terms(g, ACTION_IMPORT, why);
}
