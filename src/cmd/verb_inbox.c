/* SPDX-License-Identifier: Apache-2.0
 *
 * inbox, show: what waits, and one exchange entry by entry.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

#include <string.h>

static const struct verb_arg inbox_args[] = {
	{ "agreement", ARG_TEXT, false, false, "ID", "of this agreement only" },
	{ "all", ARG_FLAG, false, false, NULL, "those that are answered or refused too" },
	{ 0 },
};
static const struct verb_arg show_args[] = {
	{ "ref", ARG_TEXT, true, true, "REF", "the exchange, or the last digits of its reference; or a permission" },
	{ 0 },
};

/* "2026-11-23 18:00" of an RFC 3339 text. */
static void
print_when(const char *when, FILE *out)
{
	if (when == NULL || strlen(when) < 16)
		(void)fprintf(out, "%-16s", "-");
	else
		(void)fprintf(out, "%.10s %.5s", when, when + 11);
}

static void
render_inbox(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "exchanges"), *asks = js_get(answer, "permissions");
	struct style st = render_style(out);
	if (js_len(list) == 0 && js_len(asks) == 0)
		(void)fprintf(out, "nothing waits\n");
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *o = js_at(list, i);
		bool late = js_get_bool(o, "overdue", false);
		(void)fprintf(out, "%s%s%s  due ", st.bold, render_text_or(o, "ref", "?"), st.off);
		print_when(js_get_str(o, "due"), out);
		(void)fprintf(out, "%s%s%s  %-10s %-7s %s %s\n", late ? st.red : "", late ? " OVERDUE" : "",
		    late ? st.off : "", render_text_or(o, "state", ""), render_text_or(o, "urgency", ""),
		    render_text_or(o, "part", ""), render_text_or(o, "partner", ""));
	}
	for (size_t i = 0; i < js_len(asks); i++) {
		const struct js *o = js_at(asks, i);
		(void)fprintf(out, "%s%s%s  permission to pass record %s to %s (%s)\n", st.bold,
		    render_text_or(o, "ref", "?"), st.off, render_text_or(o, "record", "?"),
		    render_text_or(o, "recipient", "?"),
		    strcmp(render_text_or(o, "part", ""), "asked") == 0 ? "ours to decide: entente permit grant"
		                                                 : "asked by us");
	}
}

static void
render_entry(const struct js *e, FILE *out)
{
	static const char *const head[] = { "kind", "from", "seq", "time" };
	struct style st = render_style(out);
	const char *key;
	struct js *value;
	(void)fprintf(out, "%s%s%s  %s #%lld  ", st.bold, render_text_or(e, "kind", "?"), st.off,
	    render_text_or(e, "from", "?"), (long long)js_get_int(e, "seq", 0));
	print_when(js_get_str(e, "time"), out);
	(void)fputc('\n', out);
	struct js *rest = js_object();
	for (void *it = NULL; (it = js_each(e, it, &key, &value)) != NULL;) {
		size_t i = 0;
		while (i < 4 && strcmp(head[i], key) != 0)
			i++;
		if (i == 4)
			js_set_take(rest, key, js_copy(value));
	}
	render_value(rest, out);
	js_free(rest);
}

static void
render_permission(const struct js *p, FILE *out)
{
	(void)fprintf(out, "permission %s to pass record %s to %s, under %s: %s, %s %s\n\n",
	    render_text_or(p, "ref", "?"), render_text_or(p, "record", "?"),
	    render_text_or(p, "recipient", "?"), render_text_or(p, "agreement", "?"),
	    render_text_or(p, "state", "?"),
	    strcmp(render_text_or(p, "part", ""), "asked") == 0 ? "asked by" : "asked by us of",
	    render_text_or(p, "partner", "?"));
}

static void
render_exchange(const struct js *x, FILE *out)
{
	(void)fprintf(out, "exchange %s with %s under %s: %s, %s", render_text_or(x, "ref", "?"),
	    render_text_or(x, "partner", "?"), render_text_or(x, "agreement", "?"),
	    render_text_or(x, "state", "?"),
	    render_text_or(x, "urgency", "?"));
	if (js_get_str(x, "due") != NULL) {
		(void)fprintf(out, ", due ");
		print_when(js_get_str(x, "due"), out);
	}
	(void)fprintf(out, "\n\n");
}

static void
render_show(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "entries"), *p = js_get(answer, "permission");
	if (p != NULL)
		render_permission(p, out);
	else
		render_exchange(js_get(answer, "exchange"), out);
	for (size_t i = 0; i < js_len(list); i++)
		render_entry(js_at(list, i), out);
}

const struct verb verb_inbox = { .name = "inbox", .summary = "what waits, by what is due first",
	.op = "inbox", .args = inbox_args, .reasoned = true, .render = render_inbox };
const struct verb verb_exchange_show = { .name = "show", .summary = "one exchange, or one permission, entry by entry", .op = "show",
	.args = show_args, .reasoned = true, .render = render_show };
