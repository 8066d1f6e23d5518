/* SPDX-License-Identifier: Apache-2.0
 *
 * decide: what the rules say to an act, without doing it.  Exit status 0 granted, 1 refused.
 */
#include "cmd/call.h"
#include "cmd/render.h"

#include <string.h>
#include "cmd/verb.h"

static void
render_decision(const struct js *a, FILE *out)
{
	struct style st = render_style(out);
	const struct js *clauses = js_get(a, "clauses");
	bool granted = js_get_bool(a, "granted", false);
	for (size_t i = 0; i < js_len(clauses); i++) {
		const struct js *row = js_at(clauses, i);
		bool pass = js_get_bool(row, "pass", false);
		(void)fprintf(out, "%s%s%s  %-46s ", pass ? st.green : st.red, pass ? "pass" : "FAIL", st.off,
		    js_get_str(row, "clause"));
		render_text(js_get_str(row, "text"), out);
		(void)fputc('\n', out);
	}
	(void)fprintf(out, "%s%s%s by clause %s: ", granted ? st.green : st.red,
	    granted ? "granted" : "refused", st.off, js_get_str(a, "clause"));
	render_text(js_get_str(a, "text"), out);
	(void)fputc('\n', out);
}

/* Two verbs may be one operation: "due confirm" is an erasure, "permit deny" a permission. */
static void
name_operation(struct js *request)
{
	size_t n;
	const struct verb *const *verbs = verbs_all(&n);
	const char *act = js_get_str(request, "act");
	for (size_t i = 0; i < n; i++)
		if (strcmp(verbs[i]->name, act) == 0 && verbs[i]->op != NULL) {
			js_set_str(request, "act", verbs[i]->op);
			return;
		}
}

static int
run(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c), *answer = NULL;
	name_operation(request);
	enum ent_err err = verb_send(c, "decide", request, &answer, &why);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	if (err == ENT_OK && status == 0 && !js_get_bool(answer, "granted", false))
		status = 1;
	js_free(request);
	js_free(answer);
	return status;
}

static const struct verb_arg args[] = {
	{ "act", ARG_TEXT, true, true, "ACT", "a verb, such as search, ask, \"agreement sign\", or an action of the registry" },
	{ "explain", ARG_FLAG, false, false, NULL, "every clause, with pass or fail" },
	{ "agreement", ARG_TEXT, false, false, "ID", "under which agreement (the national annex)" },
	{ "annex", ARG_TEXT, false, false, "ID", "which annex" },
	{ "role", ARG_TEXT, false, false, "ROLE", "as if the caller had this role" },
	{ "peer", ARG_TEXT, false, false, "CODE", "as if this partner's node asked" },
	{ "type", ARG_TEXT, false, false, "TYPE", "of a record of this type" },
	{ "subject", ARG_TEXT, false, false, "CATEGORY", "of a record on this category of subject" },
	{ "tlp", ARG_TEXT, false, false, "TLP", "of a record with this TLP" },
	{ "handling", ARG_LIST, false, false, "CODE", "of a record with this handling code" },
	{ "originator", ARG_TEXT, false, false, "CODE", "of a record that this service gave" },
	{ "expires", ARG_TEXT, false, false, "DATE", "of a record that expires then" },
	{ "fields", ARG_LIST, false, false, "KIND", "disclosing this kind of statement" },
	{ "assurances", ARG_LIST, false, false, "TYPE", "with this human-rights assurance" },
	{ "recipient", ARG_TEXT, false, false, "CODE", "forwarding to this service" },
	{ "permitted", ARG_FLAG, false, false, NULL, "with the originator's permission" },
	{ "persons", ARG_INT, false, false, "N", "asking for so many persons" },
	{ "used", ARG_INT, false, false, "N", "after so many persons today (as counted now)" },
	{ "rows", ARG_INT, false, false, "N", "screening a list of so many rows" },
	{ "at", ARG_TEXT, false, false, "TIME", "as if it were then" },
	{ .name = NULL },
};

const struct verb verb_decide = {
	.name = "decide",
	.summary = "tell which clause grants or refuses an act",
	.op = "decide",
	.args = args,
	.reasoned = true,
	.run = run,
	.render = render_decision,
};
