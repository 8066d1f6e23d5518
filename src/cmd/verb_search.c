/* SPDX-License-Identifier: Apache-2.0
 *
 * search: the register by name, across scripts, or by document; every result with its reasons.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

#include <string.h>

static const struct verb_arg args[] = {
	{ "name", ARG_TEXT, true, false, "NAME", "in Latin, Arabic or Cyrillic script, any order" },
	{ "birth", ARG_TEXT, false, false, "DATE", "YYYY, YYYY-MM, YYYY-MM-DD or YYYY/YYYY" },
	{ "document", ARG_TEXT, false, false, "NUMBER", "of a passport, identity card or the like" },
	{ "nationality", ARG_TEXT, false, false, "COUNTRY", "as the register writes it" },
	{ "type", ARG_TEXT, false, false, "TYPE", "person, organisation or document" },
	{ "top", ARG_INT, false, false, "N", "at most so many results, 1 to 100; default 10" },
	{ "explain", ARG_FLAG, false, false, NULL, "word by word, with likeness and rarity" },
	{ 0 },
};

static const char *
how_text(const char *how)
{
	static const struct {
		const char *how, *text;
	} rows[] = { { "same", "the same" }, { "spelling", "another spelling" },
		{ "sound", "the same across scripts" }, { "joined", "joined words" },
		{ "initial", "an initial" }, { "particle", "hardly counts" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].how, how) == 0)
			return rows[i].text;
	return how;
}

static void
render_pair(const struct js *p, FILE *out)
{
	(void)fputs("     ", out);
	render_text(render_text_or(p, "query", "?"), out);
	(void)fputs(" = ", out);
	render_text(render_text_or(p, "record", "?"), out);
	(void)fprintf(out, "  %s", how_text(render_text_or(p, "how", "?")));
	if (strcmp(render_text_or(p, "how", ""), "same") != 0 && js_get_int(p, "likeness", 0) > 0)
		(void)fprintf(out, ", %lld of 1000", (long long)js_get_int(p, "likeness", 0));
	if (js_get_int(p, "one_in", 0) > 0)
		(void)fprintf(out, ", 1 in %lld", (long long)js_get_int(p, "one_in", 0));
	(void)fputc('\n', out);
}

static void
render_line(const char *head, const char *text, FILE *out)
{
	if (text == NULL)
		return;
	(void)fprintf(out, "     %s", head);
	render_text(text, out);
	(void)fputc('\n', out);
}

/* All that met, in one line. */
static void
render_short(const struct js *pairs, FILE *out)
{
	for (size_t i = 0; i < js_len(pairs); i++) {
		const struct js *p = js_at(pairs, i);
		(void)fputs(i == 0 ? "     " : ", ", out);
		render_text(render_text_or(p, "query", "?"), out);
		(void)fputs(" = ", out);
		render_text(render_text_or(p, "record", "?"), out);
	}
	if (js_len(pairs) > 0)
		(void)fputc('\n', out);
}

static void
render_result(size_t rank, const struct js *r, bool explain, FILE *out)
{
	struct style st = render_style(out);
	const char *band = render_text_or(r, "band", "trace");
	const char *colour = strcmp(band, "strong") == 0 ? st.red :
	    strcmp(band, "review") == 0		      ? st.yellow :
							st.dim;
	(void)fprintf(out, "%2zu. %s", rank, st.bold);
	render_text(render_text_or(r, "name", "?"), out);
	(void)fprintf(out, "%s  %s%s %lld%s  %s %s%s%s\n", st.off, colour, band,
	    (long long)js_get_int(r, "degree", 0), st.off, render_text_or(r, "type", ""),
	    render_text_or(r, "id", "?"), js_get_bool(r, "weak_alias", false) ? "  low-quality alias" : "",
	    js_get_bool(r, "quarantined", false) ? "  IN QUARANTINE" : "");
	const struct js *pairs = js_get(r, "pairs");
	for (size_t i = 0; explain && i < js_len(pairs); i++)
		render_pair(js_at(pairs, i), out);
	if (!explain)
		render_short(pairs, out);
	render_line("left of the query: ", js_get_str(r, "query_left"), out);
	render_line("left of the record: ", js_get_str(r, "record_left"), out);
	render_line("", js_get_str(r, "date"), out);
	render_line("", js_get_str(r, "document"), out);
}

static void
render(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "results");
	for (size_t i = 0; i < js_len(list); i++)
		render_result(i + 1, js_at(list, i), js_get_bool(answer, "explain", false), out);
	if (js_len(list) == 0)
		(void)fputs("nothing found\n", out);
	else
		(void)fputs("A likeness of query and record; whether it is the person is for you to decide.\n",
		    out);
}

/* As render, but finding nothing is exit status 1. */
static int
run(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c), *answer = NULL;
	enum ent_err err = verb_send(c, "search", request, &answer, &why);
	js_free(request);
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	int status = verb_show(c, answer);
	if (status == 0 && js_len(js_get(answer, "results")) == 0)
		status = 1;
	js_free(answer);
	return status;
}

const struct verb verb_search = { .name = "search",
	.summary = "find records by name across scripts, or by document, explained", .op = "search",
	.args = args, .reasoned = true, .run = run, .render = render };
