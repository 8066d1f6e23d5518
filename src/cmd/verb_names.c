/* SPDX-License-Identifier: Apache-2.0
 *
 * names load, list, drop: how frequent names are, from the publishers' own files.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
run_load(struct verb_call *c)
{
	const char *path = verb_text(c, "file"), *slash = strrchr(path, '/');
	char name[81];
	struct ent_why why = { .text = "" };
	struct stat st;
	struct js *request = verb_request(c), *answer = NULL;
	enum ent_err err = ENT_OK;
	(void)snprintf(name, sizeof name, "%s", slash == NULL ? path : slash + 1);
	js_del(request, "file");
	js_set_str(request, "name", utf8_valid(bytes_of_cstr(name)) ? name : "the file");
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err = ent_fail(ENT_EIO, &why, "cannot open '%.200s': %s", path, strerror(errno));
	if (err == ENT_OK) {
		bool sized = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
		err = verb_send_stream(c, "names load", request, fd, sized ? (uint64_t)st.st_size : 0, &answer, &why);
		(void)close(fd);
	}
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

static void
render_loaded(const struct js *answer, FILE *out)
{
	(void)fprintf(out, "%lld names from %lld rows, set %s\n", (long long)js_get_int(answer, "entries", 0),
	    (long long)js_get_int(answer, "rows", 0), render_text_or(answer, "set", "?"));
}

static const struct verb_arg load_args[] = {
	{ "file", ARG_TEXT, true, true, "FILE", "as its publisher gives it (\"-\": standard input)" },
	{ "format", ARG_TEXT, false, true, "FORMAT", "insee, statbel, gleif or tsv" },
	{ "country", ARG_TEXT, false, false, "CC", "two letters, where the file does not say" },
	{ "kind", ARG_TEXT, false, false, "KIND", "given, family or legal, where the file does not say" },
	{ .name = NULL },
};

const struct verb verb_names_load = {
	.name = "names load",
	.summary = "load a publisher's statistics of names or legal forms",
	.op = "names load",
	.args = load_args,
	.run = run_load,
	.render = render_loaded,
};

static void
render_sets(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "sets");
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *o = js_at(list, i);
		(void)fprintf(out, "%s  %-7s %.10s  %lld names%s\n", render_text_or(o, "set", "?"),
		    render_text_or(o, "format", "?"), render_text_or(o, "loaded_at", "?"),
		    (long long)js_get_int(o, "entries", 0),
		    js_get_bool(o, "old", false) ? ", folded by older rules: load it again" : "");
	}
	(void)fprintf(out, "%lld names in use\n", (long long)js_get_int(answer, "in_use", 0));
}

static const struct verb_arg no_args[] = {
	{ .name = NULL },
};

const struct verb verb_names_list = {
	.name = "names list",
	.summary = "the statistics of names that are loaded",
	.op = "names list",
	.args = no_args,
	.render = render_sets,
};

static void
render_dropped(const struct js *answer, FILE *out)
{
	(void)answer;
	(void)fputs("dropped\n", out);
}

static const struct verb_arg drop_args[] = {
	{ "set", ARG_TEXT, true, true, "SET", "which (entente names list)" },
	{ .name = NULL },
};

const struct verb verb_names_drop = {
	.name = "names drop",
	.summary = "take a set of names away again",
	.op = "names drop",
	.args = drop_args,
	.render = render_dropped,
};
