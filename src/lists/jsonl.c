/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/formats.h"

#include <stdlib.h>
#include <string.h>

/* A whole record of ours; what may be left out is filled in. */
static enum ent_err
own_record(struct builder *b, struct js *obj, struct ent_why *why)
{
	static const uint8_t no_id[16] = { 0 };
	struct record *r = NULL;
	struct list_report *report = b->report;
	if (js_get(obj, "id") == NULL)
		js_set_id(obj, "id", no_id);
	if (js_get(obj, "version") == NULL)
		js_set_int(obj, "version", 1);
	if (js_get(obj, "label") == NULL)
		js_set_take(obj, "label", label_write(b->label));
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	enum ent_err err = record_read(obj, a, &r, why);
	if (err == ENT_OK) {
		report->records++;
		report->persons += r->type == RTYPE_PERSON;
		report->organisations += r->type == RTYPE_ORG;
		report->documents += r->type == RTYPE_DOCUMENT;
		report->quarantined += label_quarantined(&r->label);
		err = b->emit(b->emit_ctx, r, why);
	}
	arena_free(a);
	return err;
}

typedef void take_text(struct builder *b, const char *text, size_t place);

static void
take_name(struct builder *b, const char *text, size_t place)
{
	(void)builder_name(b, text, place == 0 ? NAMEKIND_PRIMARY : NAMEKIND_ALIAS);
}

static void
take_weak(struct builder *b, const char *text, size_t place)
{
	(void)place;
	(void)builder_name(b, text, NAMEKIND_WEAK);
}

static void
take_document(struct builder *b, const char *text, size_t place)
{
	(void)place;
	builder_document(b, text, DOCKIND_OTHER, NULL);
}

static void
take_nationality(struct builder *b, const char *text, size_t place)
{
	(void)place;
	builder_nationality(b, text);
}

static void
take_birth_place(struct builder *b, const char *text, size_t place)
{
	(void)place;
	builder_birth_place(b, text);
}

static void
take_list(struct js_reader *r, struct builder *b, const char *key, take_text *take)
{
	struct js *list = js_opt_array(r, key, RECORD_STATEMENTS_MAX);
	for (size_t i = 0; i < js_len(list) && r->err == ENT_OK; i++) {
		const char *text = js_str(js_at(list, i));
		if (text == NULL)
			r->err = ent_fail(ENT_EFIELD, r->why, "field '%s' must be a list of texts, such as [\"one\", \"two\"]", key);
		else
			take(b, text, i);
	}
}

static void
take_births(struct js_reader *r, struct builder *b)
{
	struct js *list = js_opt_array(r, "dob", RECORD_STATEMENTS_MAX);
	for (size_t i = 0; i < js_len(list) && r->err == ENT_OK; i++) {
		struct record_birth birth;
		const char *text = js_str(js_at(list, i));
		if (text == NULL || record_birth_parse(str_of(text), &birth) != ENT_OK)
			r->err = ent_fail(ENT_EFIELD, r->why, "field 'dob' must be a list of dates such "
			    "as 1956, 1956-02 or 1956-02-29");
		else
			builder_birth(b, &birth);
	}
}

/* {id,type,names,weak,dob,docs,nat,pob}: what the evaluation sets have. */
static enum ent_err
simple_record(struct builder *b, const struct js *obj, struct ent_why *why)
{
	static const char *const known[] = { "id", "type", "names", "weak", "dob", "docs", "nat", "pob",
		NULL };
	struct js_reader r = js_reader_of(obj, "", why);
	js_only(&r, known);
	const char *id = js_want_str(&r, "id", 63), *type = js_want_str(&r, "type", 16);
	(void)js_want_array(&r, "names", RECORD_STATEMENTS_MAX);
	bool person = strcmp(type, "person") == 0;
	if (r.err == ENT_OK && !person && strcmp(type, "org") != 0)
		r.err = ent_fail(ENT_EFIELD, why, "field 'type' must be person or org");
	if (r.err != ENT_OK)
		return r.err;
	builder_begin(b, person ? RTYPE_PERSON : RTYPE_ORG);
	builder_row(b, "line", id);
	(void)builder_add(b, STATEMENT_SOURCE_ROW);
	builder_row(b, NULL, NULL);
	take_list(&r, b, "names", take_name);
	take_list(&r, b, "weak", take_weak);
	take_births(&r, b);
	take_list(&r, b, "docs", take_document);
	take_list(&r, b, "nat", take_nationality);
	take_list(&r, b, "pob", take_birth_place);
	return r.err == ENT_OK ? builder_emit(b, why) : r.err;
}

static enum ent_err
parse(struct bytes line, struct js **obj, struct ent_why *why)
{
	struct ent_why inner = { .text = "" };
	enum ent_err err = js_parse(line, LIST_LINE_MAX, obj, &inner);
	return err == ENT_OK ? ENT_OK : ent_fail(err, why, "%.200s: each line must be one whole object",
	    inner.text);
}

enum ent_err
jsonl_read(struct builder *b, const struct list_input *in, struct ent_why *why)
{
	struct source s;
	struct buf line;
	bool more = true;
	enum ent_err err = ENT_OK;
	source_init(&s, in);
	buf_init(&line, LIST_LINE_MAX);
	for (;;) {
		struct js *obj = NULL;
		uint64_t at = s.line;
		err = source_line(&s, &line, &more, why);
		if (err == ENT_OK && !more)
			break;
		if (err == ENT_OK && line.n == 0)
			continue;
		if (err == ENT_OK)
			err = parse(buf_bytes(&line), &obj, why);
		if (err == ENT_OK && !js_is_object(obj))
			err = ent_fail(ENT_ESYNTAX, why, "an object is expected on each line: is it a list, or broken "
			    "over lines?");
		if (err == ENT_OK && js_get(obj, "names") == NULL) {
			b->report->rows++;
			err = own_record(b, obj, why);
		} else if (err == ENT_OK) {
			err = simple_record(b, obj, why);
		}
		js_free(obj);
		if (err != ENT_OK) {
			err = list_fail_at(err, why, in->name, at);
			break;
		}
	}
	buf_done(&line);
	source_done(&s);
	return err;
}
