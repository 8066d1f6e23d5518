/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/render_match.h"

#include "cmd/render.h"

#include <string.h>

static const char *
how_text(const char *how)
{
	static const struct {
		const char *how, *text;
	} rows[] = { { "same", "the same" }, { "spelling", "another spelling" },
		{ "transliteration", "the same across scripts" }, { "joined", "joined words" },
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
render_left(const struct js *left, FILE *out)
{
	for (size_t i = 0; i < js_len(left); i++) {
		const struct js *w = js_at(left, i);
		(void)fputs("     ", out);
		render_text(render_text_or(w, "word", "?"), out);
		(void)fprintf(out, "  left of the %s", render_text_or(w, "of", "?"));
		if (js_get_bool(w, "light", false))
			(void)fputs(", hardly counts", out);
		else
			(void)fprintf(out, ", 1 in %lld", (long long)js_get_int(w, "one_in", 0));
		(void)fputc('\n', out);
	}
}

/* One fact, with what stood on both sides. */
static void
render_fact(const struct js *line, FILE *out)
{
	const char *q = js_get_str(line, "query"), *r = js_get_str(line, "record");
	if (line == NULL)
		return;
	(void)fputs("     ", out);
	render_text(render_text_or(line, "line", "?"), out);
	if (q != NULL || r != NULL) {
		(void)fputs(": query ", out);
		render_text(q == NULL ? "-" : q, out);
		(void)fputs(", record ", out);
		render_text(r == NULL ? "-" : r, out);
	}
	if (js_get_str(line, "check") != NULL) {
		(void)fputs("; ", out);
		render_text(js_get_str(line, "check"), out);
	}
	(void)fputc('\n', out);
}

static void
render_facts(const struct js *r, FILE *out)
{
	static const char *const weak[] = { "nationality", "sex", "place" };
	const struct js *lines = js_get(r, "lines");
	render_fact(js_get(lines, "birth"), out);
	render_fact(js_get(lines, "document"), out);
	for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
		if (js_get_bool(js_get(lines, weak[i]), "compared", false))
			render_fact(js_get(lines, weak[i]), out);
}

void
render_decisions(const struct js *decisions, FILE *out)
{
	struct style st = render_style(out);
	for (size_t i = 0; i < js_len(decisions); i++) {
		const struct js *d = js_at(decisions, i);
		const char *verdict = render_text_or(d, "verdict", "?");
		(void)fprintf(out, "     %s%s%s, decided by ", st.bold, strcmp(verdict, "same") == 0 ?
		    "the same person" : strcmp(verdict, "not-same") == 0 ? "NOT the same person" :
		    "unsure", st.off);
		render_text(render_text_or(d, "by", "?"), out);
		(void)fprintf(out, " on %.10s%s: ", render_text_or(d, "time", "?"),
		    js_get_bool(d, "exact", true) ? "" : " for the same name, other facts given");
		render_text(render_text_or(d, "because", ""), out);
		if (js_get_bool(d, "changed", false))
			(void)fputs(" (the record has changed since)", out);
		(void)fputc('\n', out);
	}
}

/* Per thousand; 0: not derived.  Nothing is certain. */
static void
render_probability(int64_t p, FILE *out)
{
	if (p <= 0)
		return;
	(void)fputs("     of such matches ", out);
	if (p < 10)
		(void)fputs("fewer than 1", out);
	else if (p > 990)
		(void)fputs("over 99", out);
	else
		(void)fprintf(out, "%lld", (long long)(p + 5) / 10);
	(void)fputs(" in 100 are of one person, if one query in ten is for somebody in the register\n", out);
}

void
render_match(const struct js *r, bool explain, FILE *out)
{
	struct style st = render_style(out);
	const char *band = render_text_or(r, "band", "trace");
	const char *colour = strcmp(band, "strong") == 0 ? st.red :
	    strcmp(band, "review") == 0		      ? st.yellow :
							st.dim;
	(void)fprintf(out, "%s", st.bold);
	render_text(render_text_or(r, "name", "?"), out);
	(void)fprintf(out, "%s  %s%s %lld%s  %s %s%s%s\n", st.off, colour, band,
	    (long long)js_get_int(r, "degree", 0), st.off, render_text_or(r, "type", ""),
	    render_text_or(r, "id", "?"), js_get_bool(r, "weak_alias", false) ? "  low-quality alias" : "",
	    js_get_bool(r, "quarantined", false) ? "  IN QUARANTINE" : "");
	if (explain)
		render_probability(js_get_int(r, "probability", 0), out);
	render_line("", js_get_str(r, "other"), out);
	render_decisions(js_get(r, "decisions"), out);
	const struct js *pairs = js_get(r, "pairs");
	for (size_t i = 0; explain && i < js_len(pairs); i++)
		render_pair(js_at(pairs, i), out);
	if (explain) {
		render_left(js_get(r, "left"), out);
		render_facts(r, out);
		return;
	}
	render_short(pairs, out);
	render_line("left of the query: ", js_get_str(r, "query_left"), out);
	render_line("left of the record: ", js_get_str(r, "record_left"), out);
	render_line("", js_get_str(r, "date"), out);
	render_line("", js_get_str(r, "document"), out);
}
