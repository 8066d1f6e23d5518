/* SPDX-License-Identifier: Apache-2.0
 *
 * search: the register by name, across scripts, or by document; every result with its reasons.
 */
#include "cmd/render_match.h"
#include "cmd/verb.h"

static const struct verb_arg args[] = {
	{ "name", ARG_TEXT, true, false, "NAME", "in Latin, Arabic or Cyrillic script, any order" },
	{ "birth", ARG_TEXT, false, false, "DATE", "YYYY, YYYY-MM, YYYY-MM-DD, YYYY/YYYY, or 1400-05-12 AH" },
	{ "document", ARG_TEXT, false, false, "NUMBER", "of a passport, identity card or the like" },
	{ "document-kind", ARG_TEXT, false, false, "KIND", "passport, national-id, driving, residence, tax or other" },
	{ "document-country", ARG_TEXT, false, false, "CC", "two letters of the country that issued it" },
	{ "nationality", ARG_TEXT, false, false, "COUNTRY", "as the register writes it" },
	{ "sex", ARG_TEXT, false, false, "SEX", "m, f or x; weighs little" },
	{ "place", ARG_TEXT, false, false, "PLACE", "of birth: Fez, or \"Fez, Morocco\"; weighs little" },
	{ "type", ARG_TEXT, false, false, "TYPE", "person, organisation or document" },
	{ "top", ARG_INT, false, false, "N", "at most so many results, 1 to 100; default 10" },
	{ "explain", ARG_FLAG, false, false, NULL, "word by word, with likeness and rarity" },
	{ 0 },
};

static void
render(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "results");
	for (size_t i = 0; i < js_len(list); i++) {
		(void)fprintf(out, "%2zu. ", i + 1);
		render_match(js_at(list, i), js_get_bool(answer, "explain", false), out);
	}
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
