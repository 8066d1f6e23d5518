/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <string.h>

static void
field_fails(struct js_reader *r, const char *key, const char *what)
{
	if (r->err == ENT_OK)
		r->err = ent_fail(ENT_EFIELD, r->why, "field '%s.%s' %s", r->path, key, what);
}

/* Control characters would let a record write on a terminal; remarks keep their line ends. */
static bool
text_clean(const char *s, bool lines)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c < 0x20 && !(lines && (c == '\n' || c == '\t'))) || c == 0x7f)
			return false;
	}
	return true;
}

static const char *
read_text(struct js_reader *r, struct arena *a, const char *key, size_t max, bool wanted)
{
	const char *s = wanted ? js_want_str(r, key, max) : js_opt_str(r, key, max);
	if (s != NULL && !text_clean(s, max == RECORD_REMARK_MAX))
		field_fails(r, key, "holds control characters");
	return r->err == ENT_OK ? arena_strdup(a, s) : NULL;
}

static unsigned
read_code(struct js_reader *r, const char *key, unsigned value)
{
	if (value == 0)
		field_fails(r, key, "is not a code of spec/registry/statements.def");
	return value;
}

static void
read_name(struct js_reader *r, struct arena *a, struct statement *s)
{
	static const char *const known[] = { "kind", "basis", "value", "script", "name_kind", "parts",
		"source", NULL };
	js_only(r, known);
	s->name.value = read_text(r, a, "value", RECORD_TEXT_MAX, true);
	s->name.kind = (enum name_kind)read_code(r, "name_kind",
	    name_kind_of(js_want_str(r, "name_kind", 16)));
	const char *script = js_want_str(r, "script", 4);
	if (r->err == ENT_OK && (strlen(script) != 4 || !text_clean(script, false)))
		field_fails(r, "script", "must be four letters of ISO 15924, such as Latn or Arab");
	(void)snprintf(s->name.script, sizeof s->name.script, "%s", script);
	struct js *parts = js_opt_array(r, "parts", RECORD_PARTS_MAX);
	for (size_t i = 0; i < js_len(parts) && r->err == ENT_OK; i++) {
		const char *part = js_str(js_at(parts, i));
		if (part == NULL || strlen(part) > RECORD_TEXT_MAX || !text_clean(part, false))
			field_fails(r, "parts", "must be texts");
		else
			s->name.parts[s->name.parts_count++] = arena_strdup(a, part);
	}
}

/* One way of writing alone: a body comes back byte for byte. */
static bool
read_islamic(const char *text, struct record_date *out)
{
	char again[RECORD_ISLAMIC_TEXT];
	if (record_islamic_parse(str_of(text), out) != ENT_OK)
		return false;
	record_islamic_format(*out, again);
	return strcmp(text, again) == 0;
}

static void
read_dates(struct js_reader *r, struct record_birth *b)
{
	const char *from = js_want_str(r, "from", 10), *to = js_want_str(r, "to", 10);
	b->precision = (enum date_precision)read_code(r, "precision",
	    date_precision_of(js_want_str(r, "precision", 16)));
	b->circa = js_opt_bool(r, "circa", false);
	const char *islamic = js_opt_str(r, "islamic", RECORD_ISLAMIC_TEXT - 1);
	if (r->err != ENT_OK)
		return;
	if (record_date_parse(str_of(from), &b->from) != ENT_OK)
		field_fails(r, "from", "must be a date such as 1956-02-29");
	else if (record_date_parse(str_of(to), &b->to) != ENT_OK)
		field_fails(r, "to", "must be a date such as 1956-02-29");
	else if (islamic != NULL && !read_islamic(islamic, &b->islamic))
		field_fails(r, "islamic", "must be a date of the Islamic calendar such as 1400-05-12 AH");
	else if (!record_birth_consistent(b))
		field_fails(r, "precision", "does not go with from and to");
}

static void
read_birth(struct js_reader *r, struct statement *s)
{
	static const char *const known[] = { "kind", "basis", "from", "to", "precision", "circa",
		"islamic", "source", NULL };
	js_only(r, known);
	read_dates(r, &s->birth);
}

/* Who it is not must be told apart from who it is: a name alone would hide the subject too. */
static void
read_other(struct js_reader *r, struct arena *a, struct statement *s)
{
	static const char *const known[] = { "kind", "basis", "name", "from", "to", "precision", "circa",
		"islamic", "number", "country", "source", NULL };
	js_only(r, known);
	s->other.name = read_text(r, a, "name", RECORD_TEXT_MAX, false);
	s->other.number = read_text(r, a, "number", RECORD_TEXT_MAX, false);
	s->other.country = read_text(r, a, "country", RECORD_COUNTRY_MAX, false);
	bool dated = js_get(r->obj, "from") != NULL || js_get(r->obj, "to") != NULL ||
	    js_get(r->obj, "precision") != NULL || js_get(r->obj, "circa") != NULL;
	if (dated)
		read_dates(r, &s->other.birth);
	if (s->other.number == NULL && (s->other.name == NULL || !dated))
		field_fails(r, "number", "is missing, and so is a name with from, to and precision: who "
		    "it is not must be told apart from who it is");
}

static void
read_document(struct js_reader *r, struct arena *a, struct statement *s)
{
	static const char *const known[] = { "kind", "basis", "number", "document_kind", "country",
		"source", NULL };
	js_only(r, known);
	s->document.number = read_text(r, a, "number", RECORD_TEXT_MAX, true);
	s->document.kind = (enum document_kind)read_code(r, "document_kind",
	    document_kind_of(js_want_str(r, "document_kind", 16)));
	s->document.country = read_text(r, a, "country", RECORD_COUNTRY_MAX, false);
}

static void
read_place(struct js_reader *r, struct arena *a, struct statement *s)
{
	static const char *const known[] = { "kind", "basis", "text", "city", "region", "postcode",
		"country", "source", "place_kind", NULL };
	js_only(r, known);
	s->place.text = read_text(r, a, "text", RECORD_TEXT_MAX, false);
	s->place.city = read_text(r, a, "city", RECORD_TEXT_MAX, false);
	s->place.region = read_text(r, a, "region", RECORD_TEXT_MAX, false);
	s->place.postcode = read_text(r, a, "postcode", RECORD_COUNTRY_MAX, false);
	s->place.country = read_text(r, a, "country", RECORD_COUNTRY_MAX, false);
	if (s->place.text == NULL && s->place.city == NULL && s->place.region == NULL &&
	    s->place.postcode == NULL && s->place.country == NULL)
		field_fails(r, "text", "is missing: one of text, city, region, postcode, country is "
		    "wanted");
	if (s->kind == STATEMENT_PLACE)
		s->place.kind = (enum place_kind)read_code(r, "place_kind",
		    place_kind_of(js_want_str(r, "place_kind", 16)));
	else if (js_get(r->obj, "place_kind") != NULL)
		field_fails(r, "place_kind", "is not known here");
}

/* What a source wrote in its own words may hold special categories of data: it is taken as a
 * quotation that is flagged, or not at all ([REC-7]). */
static void
read_remark(struct js_reader *r, struct arena *a, struct statement *s)
{
	static const char *const known[] = { "kind", "basis", "text", "quoted", "flagged", "source",
		NULL };
	js_only(r, known);
	s->remark = read_text(r, a, "text", RECORD_REMARK_MAX, true);
	if (!js_opt_bool(r, "quoted", false))
		field_fails(r, "quoted", "must be true: a remark is a quotation");
	if (!js_opt_bool(r, "flagged", false))
		field_fails(r, "flagged", "must be true: a remark is never indexed");
}

static void
read_relation(struct js_reader *r, struct arena *a, struct statement *s)
{
	static const char *const known[] = { "kind", "basis", "to", "name", "relation_kind", "source",
		NULL };
	js_only(r, known);
	s->relation.kind = (enum relation_kind)read_code(r, "relation_kind",
	    relation_kind_of(js_want_str(r, "relation_kind", 16)));
	s->relation.name = read_text(r, a, "name", RECORD_TEXT_MAX, false);
	if (js_get(r->obj, "to") != NULL)
		js_want_id(r, "to", s->relation.to.b);
	else if (s->relation.name == NULL)
		field_fails(r, "to", "is missing, and so is name: one of them is wanted");
}

static void
read_source(struct js_reader *r, struct arena *a, struct record_source *out)
{
	static const char *const known[] = { "file", "row", "columns", NULL };
	struct js *obj = js_get(r->obj, "source");
	if (obj == NULL || r->err != ENT_OK)
		return;
	char path[64];
	(void)snprintf(path, sizeof path, "%s.source", r->path);
	struct js_reader in = js_reader_of(obj, path, r->why);
	js_only(&in, known);
	out->file = arena_strdup(a, js_want_str(&in, "file", 64));
	out->row = arena_strdup(a, js_want_str(&in, "row", 64));
	out->columns = js_get(obj, "columns");
	const char *key;
	struct js *value;
	if (in.err == ENT_OK && out->columns != NULL &&
	    (!js_is_object(out->columns) || js_len(out->columns) > RECORD_COLUMNS_MAX))
		field_fails(&in, "columns", "must be an object of at most 64 texts");
	for (void *it = NULL; in.err == ENT_OK && out->columns != NULL &&
	     (it = js_each(out->columns, it, &key, &value)) != NULL;)
		if (strlen(key) > 64 || js_str(value) == NULL ||
		    strlen(js_str(value)) > RECORD_REMARK_MAX)
			field_fails(&in, "columns", "must be an object of at most 64 texts");
	r->err = in.err;
}

static void
read_kind(struct js_reader *r, struct arena *a, struct statement *s)
{
	static const char *const nationality[] = { "kind", "basis", "country", "source", NULL };
	static const char *const sex[] = { "kind", "basis", "sex", "source", NULL };
	static const char *const row[] = { "kind", "basis", "format", "source", NULL };
	switch (s->kind) {
	case STATEMENT_NONE:
		field_fails(r, "kind", "is not one that a record may state "
		    "(spec/registry/statements.def)");
		return;
	case STATEMENT_NAME:
		read_name(r, a, s);
		return;
	case STATEMENT_BIRTH:
		read_birth(r, s);
		return;
	case STATEMENT_DOCUMENT:
		read_document(r, a, s);
		return;
	case STATEMENT_NATIONALITY:
		js_only(r, nationality);
		s->nationality = read_text(r, a, "country", RECORD_COUNTRY_MAX, true);
		return;
	case STATEMENT_SEX:
		js_only(r, sex);
		s->sex = (enum record_sex)read_code(r, "sex", record_sex_of(js_want_str(r, "sex", 1)));
		return;
	case STATEMENT_PLACE:
	case STATEMENT_ADDRESS:
		read_place(r, a, s);
		return;
	case STATEMENT_REMARK:
		read_remark(r, a, s);
		return;
	case STATEMENT_RELATION:
		read_relation(r, a, s);
		return;
	case STATEMENT_OTHER:
		read_other(r, a, s);
		return;
	case STATEMENT_SOURCE_ROW:
		js_only(r, row);
		s->format = read_text(r, a, "format", 32, true);
		(void)js_want_object(r, "source");
		return;
	}
}

enum ent_err
statement_read(const struct js *obj, const char *path, struct arena *a, struct statement *out,
    struct ent_why *why)
{
	struct js_reader r = js_reader_of(obj, path, why);
	struct statement s;
	memset(&s, 0, sizeof s);
	s.kind = statement_kind_of(js_want_str(&r, "kind", 16));
	if (r.err == ENT_OK && s.kind == STATEMENT_NONE)
		field_fails(&r, "kind", "is not one that a record may state "
		    "(spec/registry/statements.def)");
	const char *basis = js_want_str(&r, "basis", 16);
	s.basis = statement_basis_of(basis);
	if (s.basis == BASIS_NONE)
		field_fails(&r, "basis", "must be fact or assessment");
	if (r.err == ENT_OK)
		read_kind(&r, a, &s);
	read_source(&r, a, &s.source);
	if (r.err == ENT_OK)
		*out = s;
	return r.err;
}

static void
write_name(struct js *obj, const struct statement *s)
{
	js_set_str(obj, "value", s->name.value);
	js_set_str(obj, "script", s->name.script);
	js_set_str(obj, "name_kind", name_kind_name(s->name.kind));
	if (s->name.parts_count == 0)
		return;
	struct js *parts = js_array();
	for (size_t i = 0; i < s->name.parts_count; i++)
		js_append_take(parts, js_new_str(s->name.parts[i]));
	js_set_take(obj, "parts", parts);
}

static void
write_birth(struct js *obj, const struct record_birth *b)
{
	char text[RECORD_ISLAMIC_TEXT];
	record_date_format(b->from, text);
	js_set_str(obj, "from", text);
	record_date_format(b->to, text);
	js_set_str(obj, "to", text);
	js_set_str(obj, "precision", date_precision_name(b->precision));
	if (b->circa)
		js_set_bool(obj, "circa", true);
	if (b->islamic.year != 0) {
		record_islamic_format(b->islamic, text);
		js_set_str(obj, "islamic", text);
	}
}

static void
write_place(struct js *obj, const struct statement *s)
{
	if (s->kind == STATEMENT_PLACE)
		js_set_str(obj, "place_kind", place_kind_name(s->place.kind));
	js_set_str(obj, "text", s->place.text);
	js_set_str(obj, "city", s->place.city);
	js_set_str(obj, "region", s->place.region);
	js_set_str(obj, "postcode", s->place.postcode);
	js_set_str(obj, "country", s->place.country);
}

static void
write_source(struct js *obj, const struct record_source *source)
{
	if (source->file == NULL)
		return;
	struct js *in = js_object();
	js_set_str(in, "file", source->file);
	js_set_str(in, "row", source->row);
	if (source->columns != NULL && js_len(source->columns) > 0)
		js_set_take(in, "columns", js_copy(source->columns));
	js_set_take(obj, "source", in);
}

static void
write_kind(struct js *obj, const struct statement *s)
{
	switch (s->kind) {
	case STATEMENT_NONE:
		return;
	case STATEMENT_NAME:
		write_name(obj, s);
		return;
	case STATEMENT_BIRTH:
		write_birth(obj, &s->birth);
		return;
	case STATEMENT_DOCUMENT:
		js_set_str(obj, "number", s->document.number);
		js_set_str(obj, "document_kind", document_kind_name(s->document.kind));
		js_set_str(obj, "country", s->document.country);
		return;
	case STATEMENT_NATIONALITY:
		js_set_str(obj, "country", s->nationality);
		return;
	case STATEMENT_SEX:
		js_set_str(obj, "sex", record_sex_name(s->sex));
		return;
	case STATEMENT_PLACE:
	case STATEMENT_ADDRESS:
		write_place(obj, s);
		return;
	case STATEMENT_REMARK:
		js_set_str(obj, "text", s->remark);
		js_set_bool(obj, "quoted", true);
		js_set_bool(obj, "flagged", true);
		return;
	case STATEMENT_RELATION:
		js_set_str(obj, "relation_kind", relation_kind_name(s->relation.kind));
		if (!id_is_zero(&s->relation.to))
			js_set_id(obj, "to", s->relation.to.b);
		js_set_str(obj, "name", s->relation.name);
		return;
	case STATEMENT_OTHER:
		js_set_str(obj, "name", s->other.name);
		if (s->other.birth.precision != PRECISION_NONE)
			write_birth(obj, &s->other.birth);
		js_set_str(obj, "number", s->other.number);
		js_set_str(obj, "country", s->other.country);
		return;
	case STATEMENT_SOURCE_ROW:
		js_set_str(obj, "format", s->format);
		return;
	}
}

struct js *
statement_write(const struct statement *s)
{
	struct js *obj = js_object();
	js_set_str(obj, "kind", statement_kind_name(s->kind));
	js_set_str(obj, "basis", statement_basis_name(s->basis));
	write_kind(obj, s);
	write_source(obj, &s->source);
	return obj;
}
