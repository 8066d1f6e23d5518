/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/call.h"

#include <string.h>

#define VERB(symbol) extern const struct verb verb_##symbol;
#include "cmd/verbs.def"
#undef VERB

static const struct verb *const verbs[] = {
#define VERB(symbol) &verb_##symbol,
#include "cmd/verbs.def"
#undef VERB
};

const struct verb *const *
verbs_all(size_t *count)
{
	*count = sizeof verbs / sizeof verbs[0];
	return verbs;
}

static const struct verb *
by_name(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

const struct verb *
verbs_find(int argc, char *const *argv, int *words)
{
	char two[96];
	if (argc >= 3) {
		int n = snprintf(two, sizeof two, "%s %s", argv[1], argv[2]);
		const struct verb *v = n > 0 && (size_t)n < sizeof two ? by_name(two) : NULL;
		if (v != NULL) {
			*words = 2;
			return v;
		}
	}
	*words = 1;
	return argc >= 2 ? by_name(argv[1]) : NULL;
}

bool
verbs_has_group(const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; n > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strncmp(verbs[i]->name, word, n) == 0 && verbs[i]->name[n] == ' ')
			return true;
	return false;
}
