/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/call.h"

#include <ctype.h>
#include <string.h>

static void
rows(const char *group, FILE *out)
{
	size_t count, width = 0, n = group == NULL ? 0 : strlen(group);
	const struct verb *const *all = verbs_all(&count);
	for (size_t i = 0; i < count; i++)
		if (strlen(all[i]->name) > width)
			width = strlen(all[i]->name);
	for (size_t i = 0; i < count; i++) {
		if (group != NULL && (strncmp(all[i]->name, group, n) != 0 ||
		    (all[i]->name[n] != ' ' && all[i]->name[n] != '\0')))
			continue;
		(void)fprintf(out, "  %-*s  %s\n", (int)width, all[i]->name, all[i]->summary);
	}
}

void
help_overview(FILE *out)
{
	(void)fputs("usage: entente VERB [options] [arguments]\n"
	    "       entente VERB --help\n\n", out);
	rows(NULL, out);
	(void)fputs("\nThe node is the one that --dir, the session (ENTENTE_SESSION) or ENTENTE_DIR names.\n"
	    "Exit status: 0 done, 1 refused or nothing found, 2 wrong usage, 3 anything else.\n", out);
}

void
help_group(const char *word, FILE *out)
{
	(void)fprintf(out, "usage: entente %s VERB [options] [arguments]\n\n", word);
	rows(word, out);
}

static const char *
meta_of(const struct verb_arg *a, char *space, size_t n)
{
	if (a->meta != NULL)
		return a->meta;
	size_t i = 0;
	for (; a->name[i] != '\0' && i + 1 < n; i++)
		space[i] = (char)toupper((unsigned char)a->name[i]);
	space[i] = '\0';
	return space;
}

static void
usage_line(const struct verb *v, FILE *out)
{
	char space[64];
	(void)fprintf(out, "usage: entente %s", v->name);
	for (const struct verb_arg *a = v->args; a != NULL && a->name != NULL; a++)
		if (!a->positional && a->required)
			(void)fprintf(out, " --%s %s", a->name, meta_of(a, space, sizeof space));
	(void)fputs(" [options]", out);
	for (const struct verb_arg *a = v->args; a != NULL && a->name != NULL; a++)
		if (a->positional)
			(void)fprintf(out, a->required ? " %s%s" : " [%s%s]",
			    meta_of(a, space, sizeof space), a->kind == ARG_LIST ? "..." : "");
	(void)fputc('\n', out);
}

static void
option_rows(const struct verb *v, const struct verb_arg *args, bool positional, FILE *out)
{
	char space[64], left[96];
	for (const struct verb_arg *a = args; a != NULL && a->name != NULL; a++) {
		if (a->positional != positional || (args != v->args && args_own(v, a->name)))
			continue;
		const char *meta = meta_of(a, space, sizeof space);
		if (positional)
			(void)snprintf(left, sizeof left, "%s", meta);
		else if (a->kind == ARG_FLAG)
			(void)snprintf(left, sizeof left, "--%s", a->name);
		else
			(void)snprintf(left, sizeof left, "--%s %s", a->name, meta);
		(void)fprintf(out, "  %-26s %s%s\n", left, a->help == NULL ? "" : a->help,
		    a->kind == ARG_LIST && !positional ? " (may be repeated)" : "");
	}
}

void
help_verb(const struct verb *v, FILE *out)
{
	usage_line(v, out);
	(void)fprintf(out, "\n%s\n\n", v->summary);
	option_rows(v, v->args, true, out);
	option_rows(v, v->args, false, out);
	if (v->reasoned)
		option_rows(v, args_reasoned, false, out);
	option_rows(v, args_common, false, out);
}
