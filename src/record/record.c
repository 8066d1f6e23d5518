/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <string.h>

static void
field_fails(struct js_reader *r, const char *key, const char *what)
{
	if (r->err == ENT_OK)
		r->err = ent_fail(ENT_EFIELD, r->why, "field '%s' %s", key, what);
}

/* What no single field tells. */
static void
check_together(struct js_reader *r, const struct record *rec)
{
	bool named = false;
	for (size_t i = 0; i < rec->count; i++)
		named = named || rec->statements[i].kind == STATEMENT_NAME ||
		    (rec->type == RTYPE_DOCUMENT && rec->statements[i].kind == STATEMENT_DOCUMENT);
	if (!named)
		field_fails(r, "statements", rec->type == RTYPE_DOCUMENT ?
		    "must hold a document or a name" : "must hold a name");
	if (rec->type == RTYPE_PERSON && rec->label.subject == SUBJECT_NOTPERSON)
		field_fails(r, "label.subject", "cannot be not-a-person for a person");
}

static void
read_statements(struct js_reader *r, const struct js *list, struct arena *a, struct record *rec)
{
	char path[32];
	size_t count = js_len(list);
	struct statement *all = arena_array(a, count == 0 ? 1 : count, sizeof *all);
	for (size_t i = 0; i < count && r->err == ENT_OK; i++) {
		(void)snprintf(path, sizeof path, "statements[%zu]", i);
		r->err = statement_read(js_at(list, i), path, a, &all[i], r->why);
	}
	rec->statements = all;
	rec->count = count;
}

enum ent_err
record_read(const struct js *obj, struct arena *a, struct record **out, struct ent_why *why)
{
	static const char *const known[] = { "id", "type", "version", "salt", "label", "statements",
		NULL };
	struct js_reader r = js_reader_of(obj, "", why);
	struct record *rec = arena_alloc(a, sizeof *rec);
	js_only(&r, known);
	js_want_id(&r, "id", rec->id.b);
	rec->type = record_type_of(js_want_str(&r, "type", 16));
	if (rec->type == RTYPE_NONE)
		field_fails(&r, "type", "must be person, organisation or document");
	rec->version = js_want_int(&r, "version", 1, INT32_MAX);
	if (js_get(obj, "salt") != NULL)
		js_want_b64u(&r, "salt", rec->salt, sizeof rec->salt);
	struct js *label = js_want_object(&r, "label");
	struct js *list = js_want_array(&r, "statements", RECORD_STATEMENTS_MAX);
	if (r.err == ENT_OK)
		r.err = label_read(label, &rec->label, why);
	if (r.err == ENT_OK)
		read_statements(&r, list, a, rec);
	if (r.err == ENT_OK)
		check_together(&r, rec);
	if (r.err == ENT_OK)
		*out = rec;
	return r.err;
}

struct js *
record_write(const struct record *r)
{
	static const uint8_t no_salt[RECORD_SALT_LEN] = { 0 };
	struct js *obj = js_object(), *list = js_array();
	js_set_id(obj, "id", r->id.b);
	js_set_str(obj, "type", record_type_name(r->type));
	js_set_int(obj, "version", r->version);
	if (memcmp(r->salt, no_salt, sizeof no_salt) != 0)
		js_set_b64u(obj, "salt", bytes_of(r->salt, sizeof r->salt));
	js_set_take(obj, "label", label_write(&r->label));
	for (size_t i = 0; i < r->count; i++)
		js_append_take(list, statement_write(&r->statements[i]));
	js_set_take(obj, "statements", list);
	return obj;
}

bool
record_has_others(const struct record *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->statements[i].kind == STATEMENT_OTHER)
			return true;
	return false;
}

const char *
record_primary_name(const struct record *r)
{
	const char *first = NULL;
	for (size_t i = 0; i < r->count; i++) {
		const struct statement *s = &r->statements[i];
		if (s->kind != STATEMENT_NAME)
			continue;
		if (s->name.kind == NAMEKIND_PRIMARY)
			return s->name.value;
		if (first == NULL)
			first = s->name.value;
	}
	return first;
}

size_t
record_disclosable(const struct record *r, const char *const *fields, size_t fields_count, bool *let)
{
	size_t n = 0;
	for (size_t i = 0; i < r->count; i++) {
		const char *kind = statement_kind_name(r->statements[i].kind);
		let[i] = false;
		for (size_t j = 0; j < fields_count && !let[i]; j++)
			let[i] = strcmp(fields[j], kind) == 0;
		n += let[i];
	}
	return n;
}
