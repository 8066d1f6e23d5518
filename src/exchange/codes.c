/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"

#include <string.h>

static const struct {
	const char *name;
	bool receipted;
} kinds[] = {
	{ "none", false },
#define KIND(num, name, text, event, receipted) [KIND_##name] = { text, receipted },
#include "spec/registry/kinds.def"
#undef KIND
};

static const struct {
	const char *name, *meaning;
} grounds[] = {
	{ "none", "" },
#define GROUND(num, name, text, what) [GROUND_##name] = { text, what },
#include "spec/registry/grounds.def"
#undef GROUND
};

static const struct {
	const char *name;
	uint32_t hours;
} urgencies[] = {
	{ "none", 0 },
#define URGENCY(num, name, text, hours) [URGENCY_##name] = { text, hours },
#include "spec/registry/urgencies.def"
#undef URGENCY
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
kind_name(enum entry_kind k)
{
	return kinds[(size_t)k < COUNT(kinds) ? k : 0].name;
}

enum entry_kind
kind_of(const char *name)
{
	for (size_t i = 1; name != NULL && i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (enum entry_kind)i;
	return KIND_NONE;
}

bool
kind_receipted(enum entry_kind k)
{
	return kinds[(size_t)k < COUNT(kinds) ? k : 0].receipted;
}

const char *
ground_name(enum refusal_ground g)
{
	return grounds[(size_t)g < COUNT(grounds) ? g : 0].name;
}

const char *
ground_meaning(enum refusal_ground g)
{
	return grounds[(size_t)g < COUNT(grounds) ? g : 0].meaning;
}

enum refusal_ground
ground_of(const char *name)
{
	for (size_t i = 1; name != NULL && i < COUNT(grounds); i++)
		if (strcmp(grounds[i].name, name) == 0)
			return (enum refusal_ground)i;
	return GROUND_NONE;
}

const char *
urgency_name(enum urgency u)
{
	return urgencies[(size_t)u < COUNT(urgencies) ? u : 0].name;
}

enum urgency
urgency_of(const char *name)
{
	for (size_t i = 1; name != NULL && i < COUNT(urgencies); i++)
		if (strcmp(urgencies[i].name, name) == 0)
			return (enum urgency)i;
	return URGENCY_NONE;
}

uint32_t
urgency_hours(enum urgency u)
{
	return urgencies[(size_t)u < COUNT(urgencies) ? u : 0].hours;
}

const char *
thread_state_name(enum thread_state s)
{
	static const char *const names[] = { "none", "sent", "open", "clarifying", "partial",
		"answered", "refused" };
	return names[(size_t)s < COUNT(names) ? s : 0];
}
