/* SPDX-License-Identifier: Apache-2.0
 *
 * record add, show, edit, list: the own register, one record at a time.
 */
#include "cmd/render_match.h"
#include "cmd/render.h"
#include "cmd/verb.h"
#include "record/record.h"

#include <string.h>

/* ---- add ------------------------------------------------------------------------------------------ */

static struct js *
fact(const char *kind)
{
	struct js *s = js_object();
	js_set_str(s, "kind", kind);
	js_set_str(s, "basis", "fact");
	return s;
}

static void
add_names(const struct verb_call *c, struct js *statements)
{
	const char *const *names;
	size_t count = verb_list(c, "name", &names);
	for (size_t i = 0; i < count; i++) {
		struct js *s = fact("name");
		js_set_str(s, "value", names[i]);
		js_set_str(s, "script", script_of(str_of(names[i])));
		js_set_str(s, "name_kind", i == 0 ? "primary" : "alias");
		js_append_take(statements, s);
	}
}

static enum ent_err
add_birth(const char *text, struct js *statements, struct ent_why *why)
{
	struct record_birth b;
	struct statement st = { .kind = STATEMENT_BIRTH, .basis = BASIS_FACT };
	if (text == NULL)
		return ENT_OK;
	if (record_birth_parse(str_of(text), &b) != ENT_OK)
		return ent_fail(ENT_EUSAGE, why, "--birth must be 1956, 1956-02, 1956-02-29 or 1950..1955, "
		    "with ~ before it for about, or 1400-05-12 AH of the Islamic calendar");
	st.birth = b;
	js_append_take(statements, statement_write(&st));
	return ENT_OK;
}

/* "passport:AB123:MA"; kind and country may be left out. */
static void
add_documents(const struct verb_call *c, struct js *statements)
{
	const char *const *items;
	size_t count = verb_list(c, "document", &items);
	for (size_t i = 0; i < count; i++) {
		char text[256];
		(void)snprintf(text, sizeof text, "%s", items[i]);
		char *number = strchr(text, ':'), *country = NULL;
		if (number != NULL) {
			*number++ = '\0';
			country = strchr(number, ':');
		}
		if (country != NULL)
			*country++ = '\0';
		struct js *s = fact("document");
		js_set_str(s, "number", number == NULL ? text : number);
		js_set_str(s, "document_kind", number == NULL ? "other" : text);
		js_set_str(s, "country", country);
		js_append_take(statements, s);
	}
}

static enum ent_err
build(const struct verb_call *c, struct js *record, struct ent_why *why)
{
	struct js *statements = js_array();
	const char *const *items;
	const char *type = verb_text(c, "type"), *sex = verb_text(c, "sex"),
		   *place = verb_text(c, "place");
	js_set_str(record, "type", type == NULL ? "person" : type);
	add_names(c, statements);
	enum ent_err err = add_birth(verb_text(c, "birth"), statements, why);
	add_documents(c, statements);
	size_t count = verb_list(c, "nationality", &items);
	for (size_t i = 0; i < count; i++) {
		struct js *s = fact("nationality");
		js_set_str(s, "country", items[i]);
		js_append_take(statements, s);
	}
	if (sex != NULL) {
		struct js *s = fact("sex");
		js_set_str(s, "sex", sex);
		js_append_take(statements, s);
	}
	if (place != NULL) {
		struct js *s = fact("place");
		js_set_str(s, "place_kind", "birth");
		js_set_str(s, "text", place);
		js_append_take(statements, s);
	}
	js_set_take(record, "statements", statements);
	return err;
}

static int
finish(struct verb_call *c, const char *op, struct js *request)
{
	struct js *answer = NULL;
	struct ent_why why = { .text = "" };
	enum ent_err err = verb_send(c, op, request, &answer, &why);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(answer);
	js_free(request);
	return status;
}

static int
run_add(struct verb_call *c)
{
	static const char *const own[] = { "name", "type", "birth", "document", "nationality", "sex",
		"place", "label" };
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c), *given = js_get(request, "label");
	struct js *label = given == NULL ? NULL : js_copy(given);
	const char *const *names;
	bool from_file = js_get(request, "record") != NULL;
	enum ent_err err = ENT_OK;
	if (!from_file && verb_list(c, "name", &names) == 0 && verb_text(c, "type") == NULL)
		err = ent_fail(ENT_EUSAGE, &why, "give a FILE with the record, or --name and --label");
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		js_del(request, own[i]);
	if (err == ENT_OK && !from_file) {
		struct js *record = js_object();
		err = build(c, record, &why);
		js_set_take(request, "record", record);
	}
	if (err == ENT_OK && label != NULL)
		js_set_take(js_get(request, "record"), "label", label);
	else
		js_free(label);
	if (err == ENT_OK)
		return finish(c, "record add", request);
	js_free(request);
	return verb_fail(c, err, &why);
}

static void
render_added(const struct js *answer, FILE *out)
{
	struct style st = render_style(out);
	(void)fprintf(out, "%s%s%s  version %lld%s%s%s\n", st.bold, js_get_str(answer, "id"), st.off,
	    (long long)js_get_int(answer, "version", 0), st.yellow,
	    js_get_bool(answer, "quarantine", false) ? "  in quarantine: it has no subject category" : "",
	    st.off);
}

static const struct verb_arg add_args[] = {
	{ "record", ARG_JSONFILE, true, false, "FILE", "the record as JSON (\"-\": standard input)" },
	{ "name", ARG_LIST, false, false, "NAME", "the first is the primary name, more are aliases" },
	{ "type", ARG_TEXT, false, false, "TYPE", "person, organisation or document (person)" },
	{ "birth", ARG_TEXT, false, false, "DATE", "1956, 1956-02, 1956-02-29, 1950..1955 or 1400-05-12 AH" },
	{ "document", ARG_LIST, false, false, "KIND:NUMBER[:COUNTRY]", "such as passport:AB123:MA" },
	{ "nationality", ARG_LIST, false, false, "COUNTRY", "as a code or a name" },
	{ "sex", ARG_TEXT, false, false, "SEX", "m, f or x" },
	{ "place", ARG_TEXT, false, false, "PLACE", "of birth: Fez, or \"Fez, Morocco\"" },
	{ "label", ARG_JSONFILE, false, false, "FILE", "the label; it replaces the record's own" },
	{ .name = NULL },
};

const struct verb verb_record_add = {
	.name = "record add",
	.summary = "add one record to the register",
	.op = "record add",
	.args = add_args,
	.reasoned = true,
	.run = run_add,
	.render = render_added,
};

/* ---- edit ----------------------------------------------------------------------------------------- */

static const struct verb_arg edit_args[] = {
	{ "id", ARG_TEXT, true, true, "ID", "of the record" },
	{ "record", ARG_JSONFILE, true, true, "FILE", "the whole record as it shall be (\"-\": standard "
	    "input)" },
	{ "version", ARG_INT, false, false, "N", "refuse if another version is the last one" },
	{ .name = NULL },
};

const struct verb verb_record_edit = {
	.name = "record edit",
	.summary = "a new version of a record, with a reason",
	.op = "record edit",
	.args = edit_args,
	.reasoned = true,
	.render = render_added,
};

/* ---- show ----------------------------------------------------------------------------------------- */

static void
render_pair(const char *key, const char *value, FILE *out)
{
	if (value == NULL)
		return;
	(void)fprintf(out, "  %s ", key);
	render_text(value, out);
}

static void
render_statement(const struct js *s, FILE *out)
{
	static const char *const quiet[] = { "kind", "basis", "script", "quoted", "flagged", "parts",
		"source" };
	struct style st = render_style(out);
	const char *key;
	struct js *value;
	bool assessment = strcmp(js_get_str(s, "basis"), "assessment") == 0;
	(void)fprintf(out, "  %s%-12s%s", st.bold, js_get_str(s, "kind"), st.off);
	for (void *it = NULL; (it = js_each(s, it, &key, &value)) != NULL;) {
		bool skip = false;
		for (size_t i = 0; i < sizeof quiet / sizeof quiet[0]; i++)
			skip = skip || strcmp(key, quiet[i]) == 0;
		if (!skip && js_str(value) != NULL)
			render_pair(key, js_str(value), out);
	}
	if (js_get_bool(s, "quoted", false))
		(void)fputs("  (quotation)", out);
	(void)fprintf(out, "%s%s%s\n", st.yellow, assessment ? "  assessment" : "", st.off);
}

/* What people decided on queries that found it. */
static void
render_decided(const struct js *decisions, FILE *out)
{
	static const char *const fields[] = { "name", "birth", "document", "nationality", "type" };
	if (js_len(decisions) > 0)
		(void)fputs("decisions\n", out);
	for (size_t i = 0; i < js_len(decisions); i++) {
		const struct js *query = js_get(js_at(decisions, i), "query");
		struct js *one = js_array();
		(void)fputs(" ", out);
		for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++)
			render_pair(fields[k], js_get_str(query, fields[k]), out);
		(void)fputc('\n', out);
		js_append_take(one, js_copy(js_at(decisions, i)));
		render_decisions(one, out);
		js_free(one);
	}
}

static void
render_record(const struct js *answer, FILE *out)
{
	const struct js *record = js_get(answer, "record"), *statements = js_get(record, "statements");
	const struct js *codes = js_get(answer, "codes");
	struct style st = render_style(out);
	(void)fprintf(out, "%s%s%s  %s, version %lld, %s\n", st.bold, js_get_str(record, "id"), st.off,
	    js_get_str(record, "type"), (long long)js_get_int(record, "version", 0),
	    js_get_str(codes, "state"));
	(void)fputs("label\n", out);
	render_value(js_get(record, "label"), out);
	(void)fputs("statements\n", out);
	for (size_t i = 0; i < js_len(statements); i++)
		render_statement(js_at(statements, i), out);
	render_decided(js_get(answer, "decisions"), out);
}

static const struct verb_arg show_args[] = {
	{ "id", ARG_TEXT, true, true, "ID", "of the record" },
	{ .name = NULL },
};

const struct verb verb_record_show = {
	.name = "record show",
	.summary = "show one record of the register",
	.op = "record show",
	.args = show_args,
	.reasoned = true,
	.render = render_record,
};

/* ---- list ----------------------------------------------------------------------------------------- */

static void
render_list(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "records");
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *o = js_at(list, i);
		const char *name = js_get_str(o, "name");
		(void)fprintf(out, "%s  %-12s %-10s %-13s ", js_get_str(o, "id"), js_get_str(o, "type"),
		    js_get_str(o, "state"), js_get_str(o, "subject"));
		render_text(name == NULL ? "-" : name, out);
		(void)fputc('\n', out);
	}
	if (js_len(list) == 0)
		(void)fputs("no records\n", out);
	if (js_get_str(answer, "next") != NULL)
		(void)fprintf(out, "more: --after %s\n", js_get_str(answer, "next"));
}

static const struct verb_arg list_args[] = {
	{ "type", ARG_TEXT, false, false, "TYPE", "person, organisation or document" },
	{ "state", ARG_TEXT, false, false, "STATE", "live or quarantine" },
	{ "after", ARG_TEXT, false, false, "ID", "go on behind this record" },
	{ "max", ARG_INT, false, false, "N", "so many at most, up to 500 (50)" },
	{ .name = NULL },
};

const struct verb verb_record_list = {
	.name = "record list",
	.summary = "list records of the register, in order of their identifiers",
	.op = "record list",
	.args = list_args,
	.reasoned = true,
	.render = render_list,
};
