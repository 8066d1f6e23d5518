/* SPDX-License-Identifier: Apache-2.0
 *
 * status: is the node well?
 */
#include "cmd/call.h"
#include "cmd/render.h"

static const struct verb_arg status_args[] = {
	{ "dir", ARG_LOCAL, true, false, "DIR", "the node's folder" },
	{ 0 },
};

static void
print_int(FILE *out, const struct js *o, const char *key, const char *text)
{
	(void)fprintf(out, "%lld %s", (long long)js_get_int(o, key, 0), text);
}

static void
print_feed(const struct js *f, FILE *out)
{
	struct style st = render_style(out);
	bool force = js_get_bool(f, "in_force", false);
	(void)fprintf(out, "feed       ");
	render_text(js_get_str(f, "agreement"), out);
	(void)fprintf(out, " with ");
	render_text(js_get_str(f, "partner"), out);
	(void)fprintf(out, ": %s%s%s, %s; ", force ? "" : st.yellow, force ? "in force" : "not in force",
	    force ? "" : st.off, js_get_str(f, "standing"));
	print_int(out, f, "sent", "sent, ");
	print_int(out, f, "lag", "not yet pulled, ");
	print_int(out, f, "received", "received");
	if (js_get_str(f, "until") != NULL)
		(void)fprintf(out, "; ends %.10s", js_get_str(f, "until"));
	if (js_get_str(f, "reached") != NULL)
		(void)fprintf(out, "; reached %s", js_get_str(f, "reached"));
	if (js_get_int(f, "failures", 0) > 0)
		(void)fprintf(out, "; %s%lld failed tries%s", st.red,
		    (long long)js_get_int(f, "failures", 0), st.off);
	(void)fputc('\n', out);
}

static void
print_lists(const struct js *answer, FILE *out)
{
	const struct js *feeds = js_get(answer, "feeds"), *logs = js_get(answer, "logs");
	for (size_t i = 0; i < js_len(feeds); i++)
		print_feed(js_at(feeds, i), out);
	for (size_t i = 0; i < js_len(logs); i++) {
		(void)fprintf(out, "log        ");
		render_text(js_get_str(js_at(logs, i), "log"), out);
		(void)fprintf(out, ": ");
		print_int(out, js_at(logs, i), "size", "entries, head ");
		render_text(render_text_or(js_at(logs, i), "root", "?"), out);
		(void)fputc('\n', out);
	}
}

static void
render_status(const struct js *answer, FILE *out)
{
	const struct js *records = js_get(answer, "records"), *x = js_get(answer, "exchanges"),
			*keeper = js_get(answer, "keeper"), *index = js_get(answer, "index"),
			*lists = js_get(answer, "screenings");
	struct style st = render_style(out);
	(void)fprintf(out, "%s%s%s ", st.bold, js_get_str(answer, "code"), st.off);
	render_text(js_get_str(answer, "service"), out);
	(void)fprintf(out, ", up since %s, sandbox %s\n", js_get_str(answer, "started"),
	    js_get_str(answer, "sandbox"));
	(void)fprintf(out, "register   ");
	print_int(out, records, "visible", "records, ");
	print_int(out, records, "quarantined", "of them in quarantine; ");
	print_int(out, records, "review_due", "to review, ");
	print_int(out, records, "erasure_due", "to erase; ");
	print_int(out, index, "records", "indexed\n");
	if (js_get_str(records, "next_review") != NULL || js_get_str(records, "next_expiry") != NULL)
		(void)fprintf(out, "dates      next review %.10s, next expiry %.10s\n",
		    render_text_or(records, "next_review", "none"),
		    render_text_or(records, "next_expiry", "none"));
	(void)fprintf(out, "exchanges  ");
	print_int(out, x, "open", "open, ");
	print_int(out, x, "overdue", "overdue");
	if (js_get_str(x, "next_due") != NULL)
		(void)fprintf(out, ", next due %s", js_get_str(x, "next_due"));
	(void)fputc('\n', out);
	if (js_get_int(lists, "running", 0) + js_get_int(lists, "open", 0) > 0) {
		(void)fprintf(out, "screenings ");
		print_int(out, lists, "running", "running, ");
		print_int(out, lists, "open", "open; ");
		print_int(out, lists, "undecided", "candidates wait for somebody to decide\n");
	}
	print_lists(answer, out);
	if (js_get_bool(keeper, "answers", false))
		(void)fprintf(out, "keeper     answers; %lld ms of processor time\n",
		    (long long)js_get_int(keeper, "cpu_us", 0) / 1000);
	else
		(void)fprintf(out, "keeper     %sdoes not answer%s\n", st.red, st.off);
	(void)fprintf(out, "store key  made %.10s, to be replaced %.10s\n",
	    render_text_or(keeper, "store_key_made", "?"), render_text_or(keeper, "store_key_due", "?"));
	(void)fprintf(out, "sessions   ");
	print_int(out, answer, "sessions", "open\n");
}

/* Without the session, which may be over: everybody on the machine may know how the node is. */
static int
run_status(struct verb_call *c)
{
	struct ent_why why = { 0 };
	struct js *request = verb_request(c), *answer = NULL;
	char *token = c->session_token;
	c->session_token = NULL;
	enum ent_err err = verb_send(c, "status", request, &answer, &why);
	c->session_token = token;
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

const struct verb verb_status = { .name = "status", .summary = "tell how the node is",
	.op = "status", .args = status_args, .run = run_status, .render = render_status };
