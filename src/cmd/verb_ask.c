/* SPDX-License-Identifier: Apache-2.0
 *
 * ask: is this person in the partner's register?  One person, or a file with one a line.
 */
#include "base/file.h"
#include "cmd/render.h"
#include "cmd/verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_FILE_MAX ((size_t)64 << 20)
#define LIST_LINE_MAX ((size_t)16384)
#define LIST_AT_ONCE 512 /* persons of one call to the node */

static const struct verb_arg args[] = {
	{ "name", ARG_LIST, true, false, "NAME", "of the person, in any script; a second one is another name of the same" },
	{ "partner", ARG_TEXT, false, false, "CODE", "whose register" },
	{ "agreement", ARG_TEXT, false, false, "ID", "under which agreement, if there are several" },
	{ "annex", ARG_TEXT, false, false, "ID", "which annex, if several admit the purpose" },
	{ "birth", ARG_LIST, false, false, "DATE", "whole date of birth; up to two" },
	{ "document", ARG_LIST, false, false, "NUMBER", "of a passport, identity card or the like; up to two" },
	{ "type", ARG_TEXT, false, false, "TYPE", "person (default), organisation or document" },
	{ "list", ARG_LOCAL, false, false, "FILE", "one {\"name\", \"birth\", \"document\"} a line instead (\"-\": standard input)" },
	{ .name = NULL },
};

/* ---- for people ----------------------------------------------------------------------------------- */

static void
render_hit(const struct js *r, FILE *out)
{
	struct style st = render_style(out);
	(void)fprintf(out, "%shit%s on ", st.bold, st.off);
	render_text(js_get_str(r, "by"), out);
	(void)fprintf(out, " (class %" PRId64 " of 4), reference ", js_get_int(r, "class", 0));
	render_text(js_get_str(r, "reference"), out);
	(void)fputc('\n', out);
}

static void
render_one(const struct js *r, bool many, FILE *out)
{
	const char *result = js_get_str(r, "result");
	if (many)
		(void)fprintf(out, "%6" PRId64 "  ", js_get_int(r, "person", 0));
	if (result != NULL && strcmp(result, "hit") == 0)
		render_hit(r, out);
	else if (result != NULL && strcmp(result, "withdrawn") == 0)
		(void)fputs("no hit any more: the partner has withdrawn the record\n", out);
	else if (result != NULL && strcmp(result, "no hit") == 0)
		(void)fputs("no hit\n", out);
	else
		(void)fputs("not answered\n", out);
	(void)fprintf(out, "%squery ", many ? "        " : "");
	render_text(js_get_str(r, "query"), out);
	(void)fputc('\n', out);
}

static void
render(const struct js *a, FILE *out)
{
	const struct js *list = js_get(a, "results"), *q = js_get(a, "quota");
	bool many = js_len(list) > 1;
	int64_t silent = 0;
	for (size_t i = 0; i < js_len(list); i++) {
		const char *result = js_get_str(js_at(list, i), "result");
		if (many && result != NULL && strcmp(result, "no hit") == 0)
			silent++;
		else
			render_one(js_at(list, i), many, out);
	}
	if (many)
		(void)fprintf(out, "%zu asked, %" PRId64 " hits, %" PRId64 " without\n", js_len(list),
		    js_get_int(a, "hits", 0), silent);
	(void)fputs("asked under annex ", out);
	render_text(js_get_str(a, "annex"), out);
	(void)fprintf(out, "; quota left: %" PRId64 " of %" PRId64 " persons today, %" PRId64 " of %" PRId64
	    " in this epoch\n", js_get_int(q, "day_left", 0), js_get_int(q, "day", 0),
	    js_get_int(q, "epoch_left", 0), js_get_int(q, "epoch", 0));
}

/* ---- lists ---------------------------------------------------------------------------------------- */

struct list {
	struct verb_call *call;
	struct js *persons; /* waiting */
	struct js *answer;  /* all so far */
	int64_t sent;
};

/* Add one call's answer to what came before; persons are numbered through. */
static void
gather_take(struct list *l, struct js *answer)
{
	struct js *all;
	if (l->answer == NULL) {
		l->answer = js_object();
		js_set_take(l->answer, "results", js_array());
	}
	all = js_get(l->answer, "results");
	for (size_t i = 0; i < js_len(js_get(answer, "results")); i++) {
		struct js *r = js_copy(js_at(js_get(answer, "results"), i));
		js_set_int(r, "person", l->sent + js_get_int(r, "person", 0));
		js_append_take(all, r);
	}
	js_set_str(l->answer, "partner", js_get_str(answer, "partner"));
	js_set_str(l->answer, "agreement", js_get_str(answer, "agreement"));
	js_set_str(l->answer, "annex", js_get_str(answer, "annex"));
	js_set_int(l->answer, "hits", js_get_int(l->answer, "hits", 0) + js_get_int(answer, "hits", 0));
	js_set_take(l->answer, "quota", js_copy(js_get(answer, "quota")));
	js_free(answer);
}

static enum ent_err
send(struct list *l, struct ent_why *why)
{
	size_t n = js_len(l->persons);
	struct js *request, *answer = NULL;
	if (n == 0)
		return ENT_OK;
	request = verb_request(l->call);
	js_set_take(request, "persons", l->persons);
	l->persons = js_array();
	enum ent_err err = verb_send(l->call, "ask", request, &answer, why);
	js_free(request);
	if (err != ENT_OK)
		return err;
	gather_take(l, answer);
	l->sent += (int64_t)n;
	return ENT_OK;
}

static enum ent_err
add_line(struct list *l, struct bytes line, size_t number, struct ent_why *why)
{
	struct js *person = NULL;
	struct ent_why what = { .text = "" };
	enum ent_err err = js_parse(line, LIST_LINE_MAX, &person, &what);
	if (err == ENT_OK && !js_is_object(person))
		err = ent_fail(ENT_ESYNTAX, &what, "not an object");
	if (err != ENT_OK) {
		js_free(person);
		return ent_fail(err, why, "line %zu: %s", number, what.text);
	}
	js_append_take(l->persons, person);
	return js_len(l->persons) == LIST_AT_ONCE ? send(l, why) : ENT_OK;
}

static enum ent_err
send_list(struct list *l, const char *path, struct ent_why *why)
{
	struct buf text;
	size_t number = 0;
	buf_init(&text, LIST_FILE_MAX);
	enum ent_err err = strcmp(path, "-") == 0 ? file_read_fd(STDIN_FILENO, &text, why)
						 : file_read(path, &text, why);
	for (size_t at = 0; err == ENT_OK && at < text.n;) {
		const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
		size_t n = end == NULL ? text.n - at : (size_t)(end - text.p) - at;
		number++;
		if (n > 0)
			err = add_line(l, bytes_of(text.p + at, n), number, why);
		at += n + 1;
	}
	buf_done(&text);
	if (err == ENT_OK)
		err = send(l, why);
	if (err == ENT_OK && l->answer == NULL)
		err = ent_fail(ENT_EUSAGE, why, "the list is empty");
	return err;
}

static int
run_list(struct verb_call *c)
{
	struct list l = { .call = c, .persons = js_array() };
	struct ent_why why = { .text = "" };
	enum ent_err err = send_list(&l, verb_text(c, "list"), &why);
	/* What was answered before something failed was counted: show it. */
	int status = l.answer == NULL ? 0 : verb_show(c, l.answer);
	if (err != ENT_OK)
		status = verb_fail(c, err, &why);
	js_free(l.persons);
	js_free(l.answer);
	return status;
}

static int
run(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request, *answer = NULL;
	if (verb_text(c, "list") != NULL)
		return run_list(c);
	request = verb_request(c);
	enum ent_err err = verb_send(c, "ask", request, &answer, &why);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

const struct verb verb_ask = {
	.name = "ask",
	.summary = "ask in private whether a partner's register holds a person",
	.op = "ask",
	.args = args,
	.reasoned = true,
	.run = run,
	.render = render,
};
