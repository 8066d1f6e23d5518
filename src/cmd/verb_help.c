/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/call.h"

#include <string.h>

static int
run(struct verb_call *c)
{
	char *argv[] = { NULL, NULL, NULL };
	const char *const *items;
	size_t n = verb_list(c, "verb", &items);
	int words;
	if (n == 0) {
		help_overview(stdout);
		return 0;
	}
	char first[96], second[96];
	(void)snprintf(first, sizeof first, "%s", items[0]);
	(void)snprintf(second, sizeof second, "%s", n > 1 ? items[1] : "");
	argv[1] = first;
	argv[2] = second;
	const struct verb *v = verbs_find(n > 1 ? 3 : 2, argv, &words);
	if (v != NULL) {
		help_verb(v, stdout);
		return 0;
	}
	if (verbs_has_group(first)) {
		help_group(first, stdout);
		return 0;
	}
	(void)fprintf(stderr, "entente help: there is no verb '%s'\n", first);
	return 2;
}

static const struct verb_arg args[] = {
	{ "verb", ARG_LIST, true, false, "VERB", "the verb to tell about" },
	{ .name = NULL },
};

const struct verb verb_help = {
	.name = "help",
	.summary = "tell about the verbs, or about one",
	.args = args,
	.run = run,
};
