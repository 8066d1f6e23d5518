/* SPDX-License-Identifier: Apache-2.0
 *
 * adjudicate: record what somebody decided on a match of a query and a record.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

static const struct verb_arg args[] = {
	{ "id", ARG_TEXT, true, true, "RECORD", "the record that was found" },
	{ "name", ARG_TEXT, true, false, "NAME", "as it was searched for" },
	{ "verdict", ARG_TEXT, false, true, "VERDICT", "same, not-same or unsure" },
	{ "because", ARG_TEXT, false, true, "TEXT", "on what grounds" },
	{ "birth", ARG_TEXT, false, false, "DATE", "as it was searched for" },
	{ "document", ARG_TEXT, false, false, "NUMBER", "as it was searched for" },
	{ "nationality", ARG_TEXT, false, false, "COUNTRY", "as it was searched for" },
	{ "type", ARG_TEXT, false, false, "TYPE", "person, organisation or document" },
	{ .name = NULL },
};

static void
render(const struct js *answer, FILE *out)
{
	struct style st = render_style(out);
	(void)fprintf(out, "%s%s%s  %s, record %s\n", st.bold, render_text_or(answer, "id", "?"), st.off,
	    render_text_or(answer, "verdict", "?"), render_text_or(answer, "record", "?"));
}

const struct verb verb_adjudicate = {
	.name = "adjudicate",
	.summary = "decide whether a record is of the person that was sought, with grounds",
	.op = "adjudicate",
	.args = args,
	.reasoned = true,
	.render = render,
};
