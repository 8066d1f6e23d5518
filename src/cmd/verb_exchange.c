/* SPDX-License-Identifier: Apache-2.0
 *
 * request, clarify, answer, refuse: the steps of one exchange.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

static const struct verb_arg request_args[] = {
	{ "agreement", ARG_TEXT, false, true, "ID", "under which agreement" },
	{ "annex", ARG_TEXT, false, false, "ID", "which annex, if several admit the purpose" },
	{ "question", ARG_TEXT, false, true, "TEXT", "what is asked" },
	{ "urgency", ARG_TEXT, false, false, "CLASS", "urgent, hit, normal or long; sets the due time" },
	{ "hit", ARG_TEXT, false, false, "QUERY", "follow up the hit of this query; opens it to the partner" },
	{ "name", ARG_TEXT, false, false, "NAME", "whom it is about" },
	{ "birth", ARG_TEXT, false, false, "DATE", "date of birth" },
	{ "document", ARG_TEXT, false, false, "NUMBER", "document number" },
	{ "handling", ARG_LIST, false, false, "CODE", "H0 to H3; may be repeated" },
	{ "evaluation", ARG_TEXT, false, false, "4x4", "source and information grade, such as B2" },
	{ "assurances", ARG_LIST, false, false, "TYPE", "a human-rights commitment that is given; may be repeated" },
	{ 0 },
};
static const struct verb_arg clarify_args[] = {
	{ "ref", ARG_TEXT, true, true, "REF", "the exchange, or the last digits of its reference" },
	{ "text", ARG_TEXT, false, true, "TEXT", "the question back, or the answer to it" },
	{ 0 },
};
static const struct verb_arg answer_args[] = {
	{ "ref", ARG_TEXT, true, true, "REF", "the exchange, or the last digits of its reference" },
	{ "record", ARG_LIST, false, false, "ID[:KIND,...]", "a record to disclose, or only these kinds of its statements; may be repeated" },
	{ "refused", ARG_LIST, false, false, "PART=GROUND", "a part that is refused, with its coded ground; may be repeated" },
	{ "retain-until", ARG_TEXT, false, false, "DATE", "until when the partner may keep it" },
	{ "handling", ARG_LIST, false, false, "CODE", "H0 to H3; may be repeated" },
	{ "evaluation", ARG_TEXT, false, false, "4x4", "source and information grade, such as B2" },
	{ "partial", ARG_FLAG, false, false, NULL, "more is to come; the clock runs on" },
	{ "text", ARG_TEXT, false, false, "TEXT", "for the partner's people" },
	{ "assurances", ARG_LIST, false, false, "TYPE", "a human-rights commitment that is given; may be repeated" },
	{ 0 },
};
static const struct verb_arg refuse_args[] = {
	{ "ref", ARG_TEXT, true, true, "REF", "the exchange, or the last digits of its reference" },
	{ "ground", ARG_TEXT, false, true, "CODE", "human-rights, ongoing-investigation, ... (man entente-refuse)" },
	{ "text", ARG_TEXT, false, false, "TEXT", "for the partner's people" },
	{ 0 },
};

static void
render_said(const struct js *answer, FILE *out)
{
	(void)fprintf(out, "entry %lld of our feed, exchange ", (long long)js_get_int(answer, "seq", 0));
	render_text(js_get_str(answer, "ref"), out);
	(void)fprintf(out, "\nit leaves as soon as the partner's node is reached; entente show tells of its "
	    "receipt\n");
}

const struct verb verb_formal_request = { .name = "request", .op = "request",
	.summary = "ask a partner formally", .args = request_args, .reasoned = true, .render = render_said };
const struct verb verb_clarify = { .name = "clarify", .op = "clarify",
	.summary = "ask back on a request, or answer such a question", .args = clarify_args,
	.reasoned = true, .render = render_said };
const struct verb verb_answer = { .name = "answer", .op = "answer",
	.summary = "answer a request, whole or in part", .args = answer_args, .reasoned = true,
	.render = render_said };
const struct verb verb_refuse = { .name = "refuse", .op = "refuse",
	.summary = "refuse a request on a coded ground", .args = refuse_args, .reasoned = true,
	.render = render_said };
