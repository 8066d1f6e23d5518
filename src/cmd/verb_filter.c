/* SPDX-License-Identifier: Apache-2.0
 *
 * filter build, filter status, query open: what stands behind private questions.
 */
#include "base/file.h"
#include "cmd/render.h"
#include "cmd/verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define OPENING_MAX ((size_t)1 << 20)

static void
render_one(const struct js *a, FILE *out)
{
	(void)fputs("filter of agreement ", out);
	render_text(js_get_str(a, "agreement"), out);
	(void)fputs(", annex ", out);
	render_text(js_get_str(a, "annex"), out);
	(void)fprintf(out, ": epoch %" PRId64 ", %" PRId64 " records, %" PRId64 " keys, %" PRId64
	    " bytes, in %" PRId64 " ms\nsha256 ", js_get_int(a, "epoch", 0), js_get_int(a, "records", 0),
	    js_get_int(a, "keys", 0), js_get_int(a, "bytes", 0), js_get_int(a, "took_ms", 0));
	render_text(js_get_str(a, "sha256"), out);
	if (js_get_int(a, "left_out", 0) > 0)
		(void)fprintf(out, "\n%" PRId64 " keys were left out: a record has more names and dates than "
		    "the maximum", js_get_int(a, "left_out", 0));
	(void)fputc('\n', out);
}

/* One filter, or those of all annexes. */
static void
render_built(const struct js *a, FILE *out)
{
	const struct js *all = js_get(a, "filters");
	if (all == NULL)
		render_one(a, out);
	for (size_t i = 0; i < js_len(all); i++)
		render_one(js_at(all, i), out);
}

/* Each annex is an act of its own, decided and logged by itself. */
static enum ent_err
build_each(struct verb_call *c, const struct js *annexes, struct js *request, struct js *built,
    struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < js_len(annexes) && err == ENT_OK; i++) {
		struct js *answer = NULL;
		js_set_str(request, "annex", js_get_str(js_at(annexes, i), "annex"));
		err = verb_send(c, "filter build", request, &answer, why);
		if (err == ENT_OK)
			js_append_take(built, answer);
	}
	return err;
}

static int
run_build(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c), *status = NULL, *built = js_array(), *all = js_object();
	enum ent_err err = ENT_OK;
	if (verb_text(c, "annex") == NULL) {
		struct js *which = js_object();
		js_set_str(which, "agreement", verb_text(c, "agreement"));
		err = verb_send(c, "filter status", which, &status, &why);
		js_free(which);
	}
	const struct js *annexes = js_get(status, "filters");
	if (err == ENT_OK && js_len(annexes) > 1) {
		err = build_each(c, annexes, request, built, &why);
		js_set_take(all, "filters", built);
	} else if (err == ENT_OK) { /* one; or none, which the node refuses with its reason */
		js_free(built);
		js_free(all);
		all = NULL;
		err = verb_send(c, "filter build", request, &all, &why);
	} else {
		js_free(built);
	}
	int code = err == ENT_OK ? verb_show(c, all) : verb_fail(c, err, &why);
	js_free(request);
	js_free(status);
	js_free(all);
	return code;
}

static void
render_quota(const struct js *f, FILE *out)
{
	(void)fprintf(out, "asked %" PRId64 " of %" PRId64 " persons today, %" PRId64 " of %" PRId64
	    " in this epoch", js_get_int(f, "asked_today", 0), js_get_int(f, "quota_day", 0),
	    js_get_int(f, "asked_epoch", 0), js_get_int(f, "quota_epoch", 0));
}

static void
render_own(const struct js *f, FILE *out)
{
	(void)fputs("  ours:    ", out);
	render_text(js_get_str(f, "state"), out);
	if (js_get(f, "epoch") != NULL) {
		(void)fprintf(out, ", epoch %" PRId64 ", %" PRId64 " records, %" PRId64 " keys, %" PRId64
		    " bytes, %" PRId64 " h old, rules %" PRId64 ", withdrawn list %" PRId64
		    "\n           sha256 ", js_get_int(f, "epoch", 0), js_get_int(f, "records", 0),
		    js_get_int(f, "keys", 0), js_get_int(f, "bytes", 0), js_get_int(f, "age_h", 0),
		    js_get_int(f, "rules", 0), js_get_int(f, "withdrawn_list", 0));
		render_text(js_get_str(f, "sha256"), out);
		(void)fputs("\n           ", out);
		render_quota(f, out);
	}
	(void)fputc('\n', out);
}

static void
render_partners(const struct js *f, FILE *out)
{
	(void)fputs("  theirs:  ", out);
	render_text(js_get_str(f, "state"), out);
	if (js_get(f, "epoch") != NULL) {
		(void)fprintf(out, ", epoch %" PRId64 ", ", js_get_int(f, "epoch", 0));
		render_quota(f, out);
	}
	if (js_get_str(f, "why") != NULL) {
		(void)fputs("\n           ", out);
		render_text(js_get_str(f, "why"), out);
	}
	(void)fputc('\n', out);
}

static void
render_status(const struct js *a, FILE *out)
{
	const struct js *list = js_get(a, "filters");
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *f = js_at(list, i);
		render_text(js_get_str(f, "agreement"), out);
		(void)fputs(", annex ", out);
		render_text(js_get_str(f, "annex"), out);
		(void)fputs(", with ", out);
		render_text(js_get_str(f, "partner"), out);
		(void)fputc('\n', out);
		render_own(js_get(f, "own"), out);
		render_partners(js_get(f, "partners"), out);
	}
	if (js_len(list) == 0)
		(void)fputs("no agreement with a partner lets private questions be asked\n", out);
}

/* The opening as bytes, sealed to the oversight body's key. */
static enum ent_err
write_opening(const struct js *answer, const char *path, struct ent_why *why)
{
	const char *text = js_get_str(answer, "opening");
	size_t n = 0, max = text == NULL ? 0 : strlen(text);
	uint8_t *out = ent_alloc(max + 1);
	enum ent_err err = text == NULL || max > OPENING_MAX ? ENT_ESYNTAX
	                                                     : b64u_decode(str_of(text), out, max, &n);
	if (err != ENT_OK)
		err = ent_fail(ENT_EINTERNAL, why, "the node answered without an opening");
	else
		err = file_replace(path, bytes_of(out, n), 0600, why);
	free(out);
	return err;
}

static void
render_opened(const struct js *a, FILE *out)
{
	(void)fputs("query ", out);
	render_text(js_get_str(a, "query"), out);
	(void)fputs(" opened, sealed to our oversight body\n", out);
}

static int
run_open(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c), *answer = NULL;
	const char *path = verb_text(c, "out");
	enum ent_err err = verb_send(c, "query open", request, &answer, &why);
	if (err == ENT_OK && path != NULL)
		err = write_opening(answer, path, &why);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

static const struct verb_arg build_args[] = {
	{ "agreement", ARG_TEXT, false, true, "ID", "for which agreement" },
	{ "annex", ARG_TEXT, false, false, "ID", "of this annex alone, else of each" },
	{ .name = NULL },
};
static const struct verb_arg status_args[] = {
	{ "agreement", ARG_TEXT, false, false, "ID", "this one alone" },
	{ .name = NULL },
};
static const struct verb_arg open_args[] = {
	{ "query", ARG_TEXT, true, true, "QUERY", "its id, as ask printed it" },
	{ "for", ARG_TEXT, false, true, "WHOM", "oversight" },
	{ "out", ARG_LOCAL, false, true, "FILE", "where the sealed opening goes" },
	{ .name = NULL },
};

const struct verb verb_filter_build = { .name = "filter build", .op = "filter build",
	.summary = "build the filter that a partner asks against, with a new key", .args = build_args,
	.run = run_build, .render = render_built };
const struct verb verb_filter_status = { .name = "filter status", .op = "filter status",
	.summary = "our filters, and the partners' that are here", .args = status_args,
	.render = render_status };
const struct verb verb_query_open = { .name = "query open", .op = "query open",
	.summary = "open one of our private questions to our oversight body", .args = open_args,
	.reasoned = true, .run = run_open, .render = render_opened };
