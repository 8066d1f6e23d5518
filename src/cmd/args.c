/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/call.h"

#include "base/file.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARG_FILE_MAX ((size_t)8 << 20) /* bytes of a file that an ARG_JSONFILE names */
#define NEAR_MAX 3		       /* edits, for a suggestion */
#define OPT_OWN 256		       /* getopt values: own arguments from here, */
#define OPT_COMMON 512		       /* then the common ones, */
#define OPT_REASONED 768	       /* then those of reasoned verbs */

const struct verb_arg args_common[] = {
	{ "dir", ARG_TEXT, false, false, "DIR", "the node's folder (else the session's, else ENTENTE_DIR)" },
	{ "json", ARG_FLAG, false, false, NULL, "print the answer as JSON" },
	{ "progress", ARG_FLAG, false, false, NULL, "show progress also where it is not a terminal" },
	{ "help", ARG_FLAG, false, false, NULL, "this text" },
	{ .name = NULL },
};

const struct verb_arg args_reasoned[] = {
	{ "purpose", ARG_TEXT, false, false, "PURPOSE", "what for, as the annex names it" },
	{ "case", ARG_TEXT, false, false, "CASE", "the reference of the case" },
	{ "reason", ARG_TEXT, false, false, "TEXT", "why, in words" },
	{ .name = NULL },
};

#define COMMON_COUNT ((int)(sizeof args_common / sizeof args_common[0]) - 1)
#define REASONED_COUNT ((int)(sizeof args_reasoned / sizeof args_reasoned[0]) - 1)

bool
args_own(const struct verb *v, const char *name)
{
	for (const struct verb_arg *a = v->args; a != NULL && a->name != NULL; a++)
		if (!a->positional && strcmp(a->name, name) == 0)
			return true;
	return false;
}

/* Levenshtein distance, one row; words longer than the row count as far. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[40], an = strlen(a), bn = strlen(b);
	if (an >= 40 || bn >= 40)
		return 99;
	for (size_t j = 0; j <= bn; j++)
		row[j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = row[j];
			row[j] = best;
		}
	}
	return row[bn];
}

const char *
args_nearest(const char *word, const char *const *names, size_t count)
{
	const char *best = NULL;
	size_t least = NEAR_MAX + 1;
	for (size_t i = 0; i < count; i++) {
		size_t d = distance(word, names[i]);
		/* the start of a longer name is as near as one edit */
		if (d > 1 && strlen(word) >= 3 && strncmp(names[i], word, strlen(word)) == 0)
			d = 1;
		if (d < least && d < strlen(names[i])) {
			least = d;
			best = names[i];
		}
	}
	return best;
}

static void
add_options(const struct verb *v, const struct verb_arg *args, int base, struct option *into,
    size_t *n)
{
	for (int i = 0; args != NULL && args[i].name != NULL; i++) {
		if (args[i].positional || (base != OPT_OWN && args_own(v, args[i].name)))
			continue;
		ENT_ASSERT(i < VERB_ARGS_MAX && *n < VERB_ARGS_MAX + 15);
		into[(*n)++] = (struct option){ args[i].name,
			args[i].kind == ARG_FLAG ? no_argument : required_argument, NULL, base + i };
	}
}

static enum ent_err
set_int(struct verb_value *val, const struct verb_arg *a, const char *text, struct ent_why *why)
{
	char *end;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return ent_fail(ENT_EUSAGE, why, "%s%s wants a whole number, not '%s'",
		    a->positional ? "" : "--", a->name, text);
	val->num = v;
	return ENT_OK;
}

static enum ent_err
set_json(struct verb_value *val, const char *path, struct ent_why *why)
{
	struct buf text;
	struct ent_why inner = { 0 };
	enum ent_err err;
	buf_init(&text, ARG_FILE_MAX);
	if (strcmp(path, "-") == 0)
		err = file_read_fd(STDIN_FILENO, &text, why);
	else
		err = file_read(path, &text, why);
	if (err == ENT_OK) {
		err = js_parse(buf_bytes(&text), ARG_FILE_MAX, &val->json, &inner);
		if (err != ENT_OK)
			err = ent_fail(err, why, "'%s' is not JSON: %s", path, inner.text);
	}
	buf_done(&text);
	return err;
}

static enum ent_err
set_value(struct verb_value *val, const struct verb_arg *a, const char *text, struct ent_why *why)
{
	if (val->given && a->kind != ARG_LIST && a->kind != ARG_FLAG)
		return ent_fail(ENT_EUSAGE, why, "%s%s is given twice", a->positional ? "" : "--",
		    a->name);
	val->given = true;
	val->text = text;
	if (a->kind == ARG_INT)
		return set_int(val, a, text, why);
	if (a->kind == ARG_JSONFILE)
		return set_json(val, text, why);
	if (a->kind != ARG_LIST)
		return ENT_OK;
	if (val->count >= VERB_LIST_MAX)
		return ent_fail(ENT_EUSAGE, why, "more than %d of %s", VERB_LIST_MAX, a->name);
	val->items = ent_realloc(val->items, (val->count + 1) * sizeof *val->items);
	val->items[val->count++] = text;
	return ENT_OK;
}

static void
set_shared(struct verb_call *c, const char *name, const char *text)
{
	if (strcmp(name, "dir") == 0)
		c->dir = text;
	else if (strcmp(name, "json") == 0)
		c->json = true;
	else if (strcmp(name, "progress") == 0)
		c->progress = true;
	else if (strcmp(name, "help") == 0)
		c->help = true;
	else if (strcmp(name, "purpose") == 0)
		c->purpose = text;
	else if (strcmp(name, "case") == 0)
		c->case_ref = text;
	else if (strcmp(name, "reason") == 0)
		c->reason = text;
}

static enum ent_err
unknown_option(const char *given, const struct option *opts, size_t count, struct ent_why *why)
{
	const char *names[VERB_ARGS_MAX + 16];
	char word[64];
	for (size_t i = 0; i < count; i++)
		names[i] = opts[i].name;
	while (*given == '-')
		given++;
	(void)snprintf(word, sizeof word, "%s", given);
	word[strcspn(word, "=")] = '\0';
	const char *near = args_nearest(word, names, count);
	if (near != NULL)
		return ent_fail(ENT_EUSAGE, why, "unknown option --%s; did you mean --%s?", word, near);
	return ent_fail(ENT_EUSAGE, why, "unknown option --%s", word);
}

/* The positionals, in the table's order; a list takes all that is left. */
static enum ent_err
take_positionals(struct verb_call *c, int argc, char **argv, int at, struct ent_why *why)
{
	const struct verb_arg *args = c->verb->args;
	enum ent_err err = ENT_OK;
	for (size_t i = 0; args != NULL && args[i].name != NULL && at < argc && err == ENT_OK; i++) {
		if (!args[i].positional)
			continue;
		do
			err = set_value(&c->value[i], &args[i], argv[at++], why);
		while (args[i].kind == ARG_LIST && at < argc && err == ENT_OK);
	}
	if (err == ENT_OK && at < argc)
		err = ent_fail(ENT_EUSAGE, why, "'%s' is one argument too many", argv[at]);
	return err;
}

static enum ent_err
check_required(const struct verb_call *c, struct ent_why *why)
{
	const struct verb_arg *args = c->verb->args;
	for (size_t i = 0; args != NULL && args[i].name != NULL; i++)
		if (args[i].required && !c->value[i].given)
			return ent_fail(ENT_EUSAGE, why, args[i].positional ? "%s is missing: %s"
			                                                    : "--%s is missing: %s",
			    args[i].positional && args[i].meta != NULL ? args[i].meta : args[i].name,
			    args[i].help);
	return ENT_OK;
}

enum ent_err
args_parse(const struct verb *v, int argc, char **argv, struct verb_call *out, struct ent_why *why)
{
	struct option opts[VERB_ARGS_MAX + 16] = { 0 };
	size_t count = 0;
	enum ent_err err = ENT_OK;
	*out = (struct verb_call){ .verb = v };
	add_options(v, v->args, OPT_OWN, opts, &count);
	add_options(v, args_common, OPT_COMMON, opts, &count);
	if (v->reasoned)
		add_options(v, args_reasoned, OPT_REASONED, opts, &count);
	optind = 0;
	opterr = 0;
	for (int o; err == ENT_OK && (o = getopt_long(argc, argv, ":h", opts, NULL)) != -1;) {
		if (o == 'h')
			out->help = true;
		else if (o == ':')
			err = ent_fail(ENT_EUSAGE, why, "%s wants a value", argv[optind - 1]);
		else if (o >= OPT_OWN && o < OPT_OWN + VERB_ARGS_MAX)
			err = set_value(&out->value[o - OPT_OWN], &v->args[o - OPT_OWN], optarg, why);
		else if (o >= OPT_COMMON && o < OPT_COMMON + COMMON_COUNT)
			set_shared(out, args_common[o - OPT_COMMON].name, optarg);
		else if (o >= OPT_REASONED && o < OPT_REASONED + REASONED_COUNT)
			set_shared(out, args_reasoned[o - OPT_REASONED].name, optarg);
		else
			err = unknown_option(argv[optind - 1], opts, count, why);
	}
	if (err == ENT_OK && !out->help)
		err = take_positionals(out, argc, argv, optind, why);
	if (err == ENT_OK && !out->help)
		err = check_required(out, why);
	return err;
}

void
args_done(struct verb_call *c)
{
	for (size_t i = 0; i < VERB_ARGS_MAX; i++) {
		free(c->value[i].items);
		js_free(c->value[i].json);
	}
	free(c->session_dir);
	if (c->session_token != NULL)
		explicit_bzero(c->session_token, strlen(c->session_token));
	free(c->session_token);
	*c = (struct verb_call){ 0 };
}
