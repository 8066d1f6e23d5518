/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/call.h"

#include <string.h>

/* The words that may stand first; a group's first word once. */
static void
first_words(FILE *out)
{
	size_t count;
	const struct verb *const *all = verbs_all(&count);
	for (size_t i = 0; i < count; i++) {
		size_t n = strcspn(all[i]->name, " ");
		bool seen = false;
		for (size_t k = 0; k < i && !seen; k++)
			seen = strncmp(all[k]->name, all[i]->name, n) == 0 &&
			    (all[k]->name[n] == ' ' || all[k]->name[n] == '\0');
		if (!seen)
			(void)fprintf(out, "%.*s ", (int)n, all[i]->name);
	}
}

static void
options_of(const struct verb *v, const struct verb_arg *args, FILE *out)
{
	for (const struct verb_arg *a = args; a != NULL && a->name != NULL; a++)
		if (!a->positional && (args == v->args || !args_own(v, a->name)))
			(void)fprintf(out, "--%s ", a->name);
}

static void
second_words(FILE *out)
{
	size_t count;
	const struct verb *const *all = verbs_all(&count);
	for (size_t i = 0; i < count; i++) {
		const char *space = strchr(all[i]->name, ' ');
		if (space != NULL)
			(void)fprintf(out, "\t%.*s) second=\"$second %s\" ;;&\n",
			    (int)(space - all[i]->name), all[i]->name, space + 1);
	}
}

static void
bash(FILE *out)
{
	size_t count;
	const struct verb *const *all = verbs_all(&count);
	(void)fputs("_entente()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} first=${COMP_WORDS[1]}"
	    " second= words=\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords=\"", out);
	first_words(out);
	(void)fputs("--help --version\"\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "\t\treturn\n\tfi\n\tcase $first in\n", out);
	second_words(out);
	(void)fputs("\tesac\n\tif [ \"$COMP_CWORD\" -eq 2 ] && [ -n \"$second\" ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W \"$second\" -- \"$cur\"))\n\t\treturn\n\tfi\n"
	    "\t[ -n \"$second\" ] && first=\"$first ${COMP_WORDS[2]}\"\n\tcase $first in\n", out);
	for (size_t i = 0; i < count; i++) {
		(void)fprintf(out, "\t'%s') words='", all[i]->name);
		options_of(all[i], all[i]->args, out);
		if (all[i]->reasoned)
			options_of(all[i], args_reasoned, out);
		options_of(all[i], args_common, out);
		(void)fputs("' ;;\n", out);
	}
	(void)fputs("\tesac\n\tcase $cur in\n"
	    "\t-*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
	    "\t*) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n\tesac\n}\n"
	    "complete -o filenames -F _entente entente\n", out);
}

static int
run(struct verb_call *c)
{
	const char *shell = verb_text(c, "shell");
	if (strcmp(shell, "bash") != 0 && strcmp(shell, "zsh") != 0) {
		struct ent_why why;
		return verb_fail(c, ent_fail(ENT_EUSAGE, &why, "'%s' is neither bash nor zsh", shell),
		    &why);
	}
	if (strcmp(shell, "zsh") == 0)
		(void)fputs("#compdef entente\nautoload -Uz bashcompinit && bashcompinit\n", stdout);
	bash(stdout);
	return 0;
}

static const struct verb_arg args[] = {
	{ "shell", ARG_TEXT, true, true, "bash|zsh", "the shell to write for" },
	{ .name = NULL },
};

const struct verb verb_completion = {
	.name = "completion",
	.summary = "print the completion script of a shell",
	.args = args,
	.run = run,
};
