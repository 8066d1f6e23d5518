/* SPDX-License-Identifier: Apache-2.0
 *
 * screen results, decide, list, close: what a screening found, for a named person to decide.
 */
#include "cmd/render.h"
#include "cmd/render_match.h"
#include "cmd/verb.h"

#include <stdlib.h>

/* ---- results ------------------------------------------------------------------------------------------ */

static void
render_candidate(const struct js *k, bool explain, FILE *out)
{
	static const char *const fields[] = { "name", "birth", "document", "nationality" };
	struct style st = render_style(out);
	const struct js *row = js_get(k, "row");
	const char *verdict = js_get_str(k, "verdict");
	(void)fprintf(out, "%s%lld%s  line %lld: ", st.bold, (long long)js_get_int(k, "candidate", 0), st.off,
	    (long long)js_get_int(row, "line", 0));
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (js_get_str(row, fields[i]) != NULL) {
			render_text(js_get_str(row, fields[i]), out);
			(void)fputs("  ", out);
		}
	(void)fprintf(out, "%s%s%s\n   ", st.green, verdict == NULL ? "" : verdict, st.off);
	if (js_get(k, "match") != NULL)
		render_match(js_get(k, "match"), explain, out);
	else
		(void)fprintf(out, "record %s is not found for this row any more\n", render_text_or(k, "record", "?"));
}

/* One candidate a line of JSON, or for people. */
static void
show_page(const struct verb_call *c, const struct js *answer)
{
	const struct js *list = js_get(answer, "candidates");
	for (size_t i = 0; i < js_len(list); i++) {
		if (!verb_json(c)) {
			render_candidate(js_at(list, i), verb_flag(c, "explain"), stdout);
			continue;
		}
		char *text = js_text(js_at(list, i));
		(void)printf("%s\n", text);
		free(text);
	}
}

static int
run_results(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c);
	int64_t next = verb_int(c, "after", 0), shown = 0;
	enum ent_err err = ENT_OK;
	js_del(request, "explain");
	do {
		struct js *answer = NULL;
		js_set_int(request, "after", next);
		err = verb_send(c, "screen results", request, &answer, &why);
		next = 0;
		if (err == ENT_OK) {
			show_page(c, answer);
			shown += (int64_t)js_len(js_get(answer, "candidates"));
			next = js_get_int(answer, "next", 0);
		}
		js_free(answer);
	} while (err == ENT_OK && next > 0 && verb_int(c, "max", 0) == 0);
	js_free(request);
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	if (!verb_json(c))
		(void)fputs(shown == 0 ? "no candidates\n" : "A likeness of row and record; whether it is the "
		    "person is for you to decide: entente screen decide.\n", stdout);
	return ferror(stdout) != 0 ? 3 : shown == 0 ? 1 : 0;
}

static const struct verb_arg results_args[] = {
	{ "job", ARG_TEXT, true, true, "JOB", "the screening" },
	{ "undecided", ARG_FLAG, false, false, NULL, "those alone that nobody decided on" },
	{ "explain", ARG_FLAG, false, false, NULL, "word by word, as entente search" },
	{ "after", ARG_INT, false, false, "N", "behind that candidate" },
	{ "max", ARG_INT, false, false, "N", "one page of so many, up to 200 (all)" },
	{ .name = NULL },
};

const struct verb verb_screen_results = {
	.name = "screen results",
	.summary = "the candidates of a screening, each explained",
	.op = "screen results",
	.args = results_args,
	.reasoned = true,
	.run = run_results,
};

/* ---- decide ------------------------------------------------------------------------------------------- */

static void
render_decided(const struct js *answer, FILE *out)
{
	(void)fprintf(out, "%s, record %s\n", render_text_or(answer, "verdict", "?"),
	    render_text_or(answer, "record", "?"));
}

static const struct verb_arg decide_args[] = {
	{ "job", ARG_TEXT, true, true, "JOB", "the screening" },
	{ "candidate", ARG_INT, true, true, "N", "which of its candidates" },
	{ "verdict", ARG_TEXT, false, true, "VERDICT", "same, not-same or unsure" },
	{ "because", ARG_TEXT, false, true, "TEXT", "on what grounds" },
	{ .name = NULL },
};

const struct verb verb_screen_decide = {
	.name = "screen decide",
	.summary = "decide whether a candidate is the record's subject, with grounds",
	.op = "screen decide",
	.args = decide_args,
	.reasoned = true,
	.render = render_decided,
};

/* ---- list, close -------------------------------------------------------------------------------------- */

static void
render_job(const struct js *o, FILE *out)
{
	struct style st = render_style(out);
	(void)fprintf(out, "%s%s%s  %-7s %.10s  %lld rows, %lld candidates, %lld strong, %lld decided", st.bold,
	    render_text_or(o, "job", "?"), st.off, render_text_or(o, "state", "?"),
	    render_text_or(o, "started_at", "?"), (long long)js_get_int(o, "rows", 0),
	    (long long)js_get_int(o, "candidates", 0), (long long)js_get_int(o, "strong", 0),
	    (long long)js_get_int(o, "decided", 0));
	if (js_get_str(o, "by") != NULL) {
		(void)fputs("; by ", out);
		render_text(js_get_str(o, "by"), out);
	}
	(void)fprintf(out, ", %s%s%s; deleted on %.10s\n", render_text_or(o, "purpose", "?"),
	    js_get_str(o, "agreement") == NULL ? "" : ", ", render_text_or(o, "agreement", ""),
	    render_text_or(o, "expires_at", "?"));
}

static void
render_jobs(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "screenings");
	for (size_t i = 0; i < js_len(list); i++)
		render_job(js_at(list, i), out);
	if (js_len(list) == 0)
		(void)fputs("no screenings\n", out);
}

static const struct verb_arg no_args[] = {
	{ .name = NULL },
};

const struct verb verb_screen_list = {
	.name = "screen list",
	.summary = "screenings and their counts, for those who oversee them",
	.op = "screen list",
	.args = no_args,
	.render = render_jobs,
};

static const struct verb_arg close_args[] = {
	{ "job", ARG_TEXT, true, true, "JOB", "the screening" },
	{ .name = NULL },
};

const struct verb verb_screen_close = {
	.name = "screen close",
	.summary = "end a screening: its candidates are deleted, decided or not",
	.op = "screen close",
	.args = close_args,
	.reasoned = true,
	.render = render_job,
};
