/* SPDX-License-Identifier: Apache-2.0
 *
 * From a statement back to the cells of its source row.  The importer compares with what stood there
 * and keeps the rest, so a mapping that gives nothing back here costs space but loses nothing.
 */
#include "lists/builder.h"

#include <string.h>

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void
ofac_columns(const struct record *r, const struct statement *s, struct js *out)
{
	const char *file = s->source.file;
	if (is(file, "sdn") && s->kind == STATEMENT_SOURCE_ROW)
		js_set_str(out, "sdn_type", r->type == RTYPE_PERSON ? "individual" : NULL);
	else if (is(file, "sdn") && s->kind == STATEMENT_NAME)
		js_set_str(out, "sdn_name", s->name.value);
	else if (is(file, "sdn") && s->kind == STATEMENT_REMARK)
		js_set_str(out, "remarks", s->remark);
	if (is(file, "alt") && s->kind == STATEMENT_NAME) {
		js_set_str(out, "alt_type", "aka");
		js_set_str(out, "alt_name", s->name.value);
	}
	if (is(file, "add") && s->kind == STATEMENT_ADDRESS) {
		js_set_str(out, "address", s->place.text);
		js_set_str(out, "city", s->place.city);
		js_set_str(out, "country", s->place.country);
	}
}

static void
un_name_columns(const struct statement *s, struct js *out)
{
	static const char *const parts[] = { "FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME" };
	if (s->name.kind == NAMEKIND_ORIGINAL)
		js_set_str(out, "NAME_ORIGINAL_SCRIPT", s->name.value);
	for (size_t i = 0; i < s->name.parts_count && i < 4; i++)
		if (s->name.parts[i][0] != '\0')
			js_set_str(out, parts[i], s->name.parts[i]);
}

static void
un_birth_columns(const struct record_birth *b, struct js *out)
{
	char from[ENT_DATE_TEXT], to[ENT_DATE_TEXT];
	record_date_format(b->from, from);
	record_date_format(b->to, to);
	if (b->precision == PRECISION_RANGE) {
		from[4] = to[4] = '\0';
		js_set_str(out, "TYPE_OF_DATE", "BETWEEN");
		js_set_str(out, "FROM_YEAR", from);
		js_set_str(out, "TO_YEAR", to);
		return;
	}
	js_set_str(out, "TYPE_OF_DATE", b->circa ? "APPROXIMATELY" : "EXACT");
	if (b->precision == PRECISION_YEAR)
		from[4] = '\0';
	js_set_str(out, b->precision == PRECISION_YEAR ? "YEAR" : "DATE", from);
}

static void
un_place_columns(const struct statement *s, struct js *out)
{
	js_set_str(out, "STREET", s->place.text);
	js_set_str(out, "CITY", s->place.city);
	js_set_str(out, "STATE_PROVINCE", s->place.region);
	js_set_str(out, "ZIP_CODE", s->place.postcode);
	js_set_str(out, "COUNTRY", s->place.country);
}

static void
un_document_columns(const struct statement *s, struct js *out)
{
	if (s->document.kind == DOCKIND_PASSPORT)
		js_set_str(out, "TYPE_OF_DOCUMENT", "Passport");
	else if (s->document.kind == DOCKIND_NATIONAL)
		js_set_str(out, "TYPE_OF_DOCUMENT", "National Identification Number");
	js_set_str(out, "NUMBER", s->document.number);
	js_set_str(out, "ISSUING_COUNTRY", s->document.country);
}

/* An alias may come with a date and a place of birth of its own. */
static void
un_alias_columns(const struct statement *s, bool person, struct js *out)
{
	char text[RECORD_BIRTH_TEXT];
	if (s->kind == STATEMENT_NAME) {
		js_set_str(out, "ALIAS_NAME", s->name.value);
		js_set_str(out, "QUALITY", !person ? "a.k.a." :
		    s->name.kind == NAMEKIND_WEAK ? "Low" : "Good");
	} else if (s->kind == STATEMENT_BIRTH) {
		record_birth_format(&s->birth, text);
		js_set_str(out, "DATE_OF_BIRTH", text);
	} else if (s->kind == STATEMENT_PLACE) {
		js_set_str(out, "CITY_OF_BIRTH", s->place.city);
		js_set_str(out, "COUNTRY_OF_BIRTH", s->place.country);
	}
}

static void
un_columns(const struct record *r, const struct statement *s, struct js *out)
{
	const char *file = s->source.file;
	bool main_row = is(file, "INDIVIDUAL") || is(file, "ENTITY");
	if (main_row && s->kind == STATEMENT_NAME)
		un_name_columns(s, out);
	else if (main_row && s->kind == STATEMENT_SEX)
		js_set_str(out, "GENDER", s->sex == SEX_MALE ? "Male" : "Female");
	else if (main_row && s->kind == STATEMENT_REMARK)
		js_set_str(out, "COMMENTS1", s->remark);
	else if (s->kind == STATEMENT_NATIONALITY)
		js_set_str(out, "VALUE", s->nationality);
	else if (strstr(file, "_ALIAS") != NULL)
		un_alias_columns(s, r->type == RTYPE_PERSON, out);
	else if (s->kind == STATEMENT_BIRTH)
		un_birth_columns(&s->birth, out);
	else if (s->kind == STATEMENT_PLACE || s->kind == STATEMENT_ADDRESS)
		un_place_columns(s, out);
	else if (s->kind == STATEMENT_DOCUMENT)
		un_document_columns(s, out);
}

void
columns_of(const char *format, const struct record *r, const struct statement *s, struct js *out)
{
	if (is(format, list_format_name(LIST_OFAC_SDN)))
		ofac_columns(r, s, out);
	else if (is(format, list_format_name(LIST_UN_SC)))
		un_columns(r, s, out);
}

static void
overlay(struct js *cells, const struct js *columns)
{
	const char *key;
	struct js *value;
	for (void *it = NULL; (it = js_each(columns, it, &key, &value)) != NULL;)
		if (js_str(value)[0] == '\0')
			js_del(cells, key);
		else
			js_set_str(cells, key, js_str(value));
}

static bool
same_row(const struct record_source *a, const struct record_source *b)
{
	return a->file != NULL && b->file != NULL && is(a->file, b->file) && is(a->row, b->row);
}

void
list_rebuild(const struct record *r, list_row *row, void *ctx)
{
	const char *format = "";
	for (size_t i = 0; i < r->count && format[0] == '\0'; i++)
		if (r->statements[i].kind == STATEMENT_SOURCE_ROW)
			format = r->statements[i].format;
	for (size_t i = 0, end; i < r->count; i = end) {
		const struct record_source *from = &r->statements[i].source;
		end = i + 1;
		if (from->file == NULL)
			continue;
		struct js *cells = js_object();
		columns_of(format, r, &r->statements[i], cells);
		for (; end < r->count && same_row(from, &r->statements[end].source); end++)
			columns_of(format, r, &r->statements[end], cells);
		overlay(cells, from->columns);
		row(ctx, from->file, from->row, cells);
		js_free(cells);
	}
}
