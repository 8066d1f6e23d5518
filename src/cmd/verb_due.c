/* SPDX-License-Identifier: Apache-2.0
 *
 * due, due review, due confirm, erase: the dates of the register, and what follows from them.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

#include <string.h>

static void
render_queue(const struct js *list, const char *title, const char *date, FILE *out)
{
	struct style st = render_style(out);
	(void)fprintf(out, "%s%s: %zu%s\n", st.bold, title, js_len(list), st.off);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *o = js_at(list, i);
		const char *when = js_get_str(o, date);
		(void)fprintf(out, "  %s  %-12s %-13s %.10s  %s\n", js_get_str(o, "id"),
		    js_get_str(o, "type"), js_get_str(o, "subject"), when == NULL ? "-" : when,
		    js_get_str(o, "originator"));
	}
}

static void
render_due(const struct js *answer, FILE *out)
{
	render_queue(js_get(answer, "review"), "review is due (entente due review)", "review_at", out);
	render_queue(js_get(answer, "erasure"), "expired, wait for two persons (entente due confirm)",
	    "expires_at", out);
}

static const struct verb_arg no_args[] = {
	{ .name = NULL },
};

const struct verb verb_due = {
	.name = "due",
	.summary = "records whose review is due, and those that wait for their erasure",
	.op = "due",
	.args = no_args,
	.render = render_due,
};

static void
render_reviewed(const struct js *answer, FILE *out)
{
	(void)fprintf(out, "%s  version %lld\n", js_get_str(answer, "id"),
	    (long long)js_get_int(answer, "version", 0));
}

static const struct verb_arg review_args[] = {
	{ "id", ARG_TEXT, true, true, "ID", "of the record" },
	{ "review-at", ARG_TEXT, false, true, "DATE", "when it is to be reviewed again" },
	{ "expires-at", ARG_TEXT, false, false, "DATE", "when it expires; unchanged if not given" },
	{ .name = NULL },
};

const struct verb verb_due_review = {
	.name = "due review",
	.summary = "a record was reviewed: set its next dates",
	.op = "due review",
	.args = review_args,
	.reasoned = true,
	.render = render_reviewed,
};

static void
render_erase(const struct js *answer, FILE *out)
{
	struct style st = render_style(out);
	const char *waits = js_get_str(answer, "waits_for");
	if (js_get_bool(answer, "erased", false))
		(void)fprintf(out, "%s%s%s  erased: its key is destroyed\n", st.bold,
		    js_get_str(answer, "id"), st.off);
	else
		(void)fprintf(out, "%s%s%s  confirmed; waits for %s\n", st.bold, js_get_str(answer, "id"),
		    st.off, waits == NULL ? "another person" : waits);
}

static const struct verb_arg erase_args[] = {
	{ "id", ARG_TEXT, true, true, "ID", "of the record" },
	{ "ground", ARG_TEXT, false, true, "CODE", "expired, unlawful, wrong, court, withdrawn or request" },
	{ .name = NULL },
};

const struct verb verb_erase = {
	.name = "erase",
	.summary = "confirm an erasure; the second of two persons carries it out",
	.op = "erase",
	.args = erase_args,
	.reasoned = true,
	.render = render_erase,
};

/* The same for what has expired, where the ground goes without saying. */
static int
run_confirm(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c), *answer = NULL;
	js_set_str(request, "ground", "expired");
	enum ent_err err = verb_send(c, "erase", request, &answer, &why);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

static const struct verb_arg confirm_args[] = {
	{ "id", ARG_TEXT, true, true, "ID", "of the record" },
	{ .name = NULL },
};

const struct verb verb_due_confirm = {
	.name = "due confirm",
	.summary = "confirm the erasure of a record that has expired",
	.op = "erase",
	.args = confirm_args,
	.reasoned = true,
	.run = run_confirm,
	.render = render_erase,
};
