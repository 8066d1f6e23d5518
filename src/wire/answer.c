/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/answer.h"

#include <string.h>

struct js *
answer_of_error(enum ent_err err, const struct ent_why *why)
{
	struct js *top = js_object(), *e = js_object();
	const char *text = why != NULL && why->text[0] != '\0' ? why->text : ent_err_text(err);
	js_set_int(e, "code", (int64_t)err);
	js_set_str(e, "name", ent_err_name(err));
	/* a text cut at its maximum may end within a character */
	js_set_str(e, "text", utf8_valid(bytes_of_cstr(text)) ? text : ent_err_text(err));
	if (why != NULL && why->clause[0] != '\0' && utf8_valid(bytes_of_cstr(why->clause)))
		js_set_str(e, "clause", why->clause);
	js_set_take(top, "error", e);
	return top;
}

enum ent_err
answer_error(const struct js *answer, struct ent_why *why)
{
	const struct js *e = js_get(answer, "error");
	if (e == NULL)
		return ENT_OK;
	int64_t code = js_get_int(e, "code", 0);
	const char *text = js_get_str(e, "text"), *clause = js_get_str(e, "clause");
	enum ent_err err = code > 0 && code < 10000 ? (enum ent_err)code : ENT_EPEER;
	if (strcmp(ent_err_name(err), "EUNKNOWN") == 0)
		err = ENT_EPEER;
	if (text == NULL)
		text = ent_err_text(err);
	return ent_refuse(err, why, clause == NULL ? "" : clause, "%s", text);
}
