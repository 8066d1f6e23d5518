/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/builder.h"

#include <string.h>

/* One entry with all its texts; its own size meets LIST_ROW_MAX and the XML limits before. */
#define BUILDER_ARENA_MAX ((size_t)64 << 20)
#define COLUMN_NAME_MAX 48

void
builder_init(struct builder *b, enum list_format f, const struct record_label *label,
    struct list_report *report, list_emit *emit, void *emit_ctx)
{
	memset(b, 0, sizeof *b);
	b->format = f;
	b->label = label;
	b->report = report;
	b->emit = emit;
	b->emit_ctx = emit_ctx;
}

void
builder_done(struct builder *b)
{
	arena_free(b->arena);
	js_free(b->held);
	js_free(b->given);
	b->arena = NULL;
	b->held = b->given = NULL;
}

void
builder_begin(struct builder *b, enum record_type type)
{
	builder_done(b);
	b->arena = arena_new(BUILDER_ARENA_MAX);
	b->held = js_array();
	memset(&b->rec, 0, sizeof b->rec);
	b->rec.type = type;
	b->rec.version = 1;
	b->rec.label = *b->label;
	b->all = NULL;
	b->cap = 0;
	b->file = NULL;
	b->full = false;
}

static void
count_unmapped(struct builder *b, const char *column)
{
	char name[2 * COLUMN_NAME_MAX + 2];
	int n = (int)strcspn(column, "."); /* TITLE.2 counts as TITLE */
	(void)snprintf(name, sizeof name, "%.48s.%.*s", b->file, n, column);
	js_set_int(b->report->unmapped, name, js_get_int(b->report->unmapped, name, 0) + 1);
}

/* What the row's statements do not give back. */
static struct js *
left_over(struct builder *b)
{
	const char *column;
	struct js *value, *implied = js_object(), *left = js_object();
	for (size_t i = b->first; i < b->rec.count; i++)
		columns_of(list_format_name(b->format), &b->rec, &b->all[i], implied);
	for (void *it = NULL; (it = js_each(b->given, it, &column, &value)) != NULL;) {
		const char *told = js_get_str(implied, column);
		if (told == NULL || strcmp(told, js_str(value)) != 0) {
			js_set_str(left, column, js_str(value));
			count_unmapped(b, column);
		}
	}
	for (void *it = NULL; (it = js_each(implied, it, &column, &value)) != NULL;)
		if (js_get(b->given, column) == NULL)
			js_set_str(left, column, "");
	js_free(implied);
	return left;
}

static void
row_end(struct builder *b)
{
	if (b->file == NULL)
		return;
	if (b->first == b->rec.count)
		(void)builder_add(b, STATEMENT_SOURCE_ROW);
	struct js *left = left_over(b);
	if (js_len(left) > 0 && b->first < b->rec.count) {
		b->all[b->first].source.columns = left;
		js_append_take(b->held, left);
	} else {
		js_free(left);
	}
	js_free(b->given);
	b->given = NULL;
	b->file = NULL;
}

void
builder_row(struct builder *b, const char *file, const char *row)
{
	row_end(b);
	if (file == NULL)
		return;
	b->file = arena_strdup(b->arena, file);
	b->row = arena_strdup(b->arena, row);
	b->first = b->rec.count;
	b->given = js_object();
	b->report->rows++;
}

void
builder_cell(struct builder *b, const char *column, const char *text)
{
	char numbered[COLUMN_NAME_MAX + 16];
	if (text == NULL || text[0] == '\0')
		return;
	if (js_len(b->given) >= RECORD_COLUMNS_MAX || strlen(text) > RECORD_REMARK_MAX) {
		b->full = true;
		return;
	}
	(void)snprintf(numbered, sizeof numbered, "%.48s", column);
	for (unsigned i = 2; js_get(b->given, numbered) != NULL; i++)
		(void)snprintf(numbered, sizeof numbered, "%.48s.%u", column, i);
	js_set_str(b->given, numbered, text);
}

struct statement *
builder_add(struct builder *b, enum statement_kind kind)
{
	if (b->rec.count >= RECORD_STATEMENTS_MAX) {
		b->full = true;
		return NULL;
	}
	if (b->rec.count == b->cap) {
		size_t cap = b->cap == 0 ? 16 : b->cap * 2;
		struct statement *all = arena_array(b->arena, cap, sizeof *all);
		if (b->rec.count > 0)
			memcpy(all, b->all, b->rec.count * sizeof *all);
		b->all = all;
		b->cap = cap;
		b->rec.statements = all;
	}
	struct statement *s = &b->all[b->rec.count++];
	s->kind = kind;
	s->basis = BASIS_FACT;
	if (b->file != NULL) {
		s->source.file = b->file;
		s->source.row = b->row;
	}
	if (kind == STATEMENT_SOURCE_ROW)
		s->format = list_format_name(b->format);
	return s;
}

const char *
builder_text(struct builder *b, const char *text, size_t max)
{
	if (text == NULL)
		return NULL;
	char *out = arena_strdup(b->arena, text);
	size_t n = 0;
	for (const char *p = text; *p != '\0'; p++) {
		bool blank = *p == ' ' || *p == '\n' || *p == '\t' || *p == '\r';
		if (!blank && ((unsigned char)*p < 0x20 || *p == 0x7f))
			return NULL;
		if (!blank)
			out[n++] = *p;
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	if (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n == 0 || n > max ? NULL : out;
}

struct statement *
builder_name(struct builder *b, const char *text, enum name_kind kind)
{
	const char *value = builder_text(b, text, RECORD_TEXT_MAX);
	struct statement *s = value == NULL ? NULL : builder_add(b, STATEMENT_NAME);
	if (s == NULL)
		return NULL;
	s->name.value = value;
	s->name.kind = kind;
	(void)snprintf(s->name.script, sizeof s->name.script, "%s", script_of(str_of(value)));
	return s;
}

void
builder_birth(struct builder *b, const struct record_birth *birth)
{
	struct statement *s = builder_add(b, STATEMENT_BIRTH);
	if (s != NULL)
		s->birth = *birth;
}

void
builder_birth_place(struct builder *b, const char *text)
{
	const char *value = builder_text(b, text, RECORD_TEXT_MAX);
	struct statement *s = value == NULL ? NULL : builder_add(b, STATEMENT_PLACE);
	if (s == NULL)
		return;
	s->place.kind = PLACEKIND_BIRTH;
	s->place.text = value;
}

void
builder_document(struct builder *b, const char *number, enum document_kind kind, const char *country)
{
	const char *value = builder_text(b, number, RECORD_TEXT_MAX);
	struct statement *s = value == NULL ? NULL : builder_add(b, STATEMENT_DOCUMENT);
	if (s == NULL)
		return;
	s->document.number = value;
	s->document.kind = kind;
	s->document.country = builder_text(b, country, RECORD_COUNTRY_MAX);
}

void
builder_nationality(struct builder *b, const char *country)
{
	const char *value = builder_text(b, country, RECORD_COUNTRY_MAX);
	struct statement *s = value == NULL ? NULL : builder_add(b, STATEMENT_NATIONALITY);
	if (s != NULL)
		s->nationality = value;
}

/* Verbatim: it is a quotation.  What a remark may not hold stays in the columns. */
void
builder_remark(struct builder *b, const char *text)
{
	if (text == NULL || text[0] == '\0' || strlen(text) > RECORD_REMARK_MAX)
		return;
	for (const char *p = text; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			return;
	struct statement *s = builder_add(b, STATEMENT_REMARK);
	if (s != NULL)
		s->remark = arena_strdup(b->arena, text);
}

void
builder_relation(struct builder *b, const char *name, enum relation_kind kind)
{
	const char *value = builder_text(b, name, RECORD_TEXT_MAX);
	struct statement *s = value == NULL ? NULL : builder_add(b, STATEMENT_RELATION);
	if (s == NULL)
		return;
	s->relation.name = value;
	s->relation.kind = kind;
}

enum ent_err
builder_emit(struct builder *b, struct ent_why *why)
{
	struct record *r = &b->rec;
	row_end(b);
	if (b->full)
		return ent_fail(ENT_ETOOBIG, why, "an entry of more than %d statements, or %d columns "
		    "or %d bytes in one place: split it", RECORD_STATEMENTS_MAX, RECORD_COLUMNS_MAX,
		    RECORD_REMARK_MAX);
	if (record_primary_name(r) == NULL)
		return ent_fail(ENT_EFIELD, why, "the entry has no name: give it one, or take it out");
	if (r->type == RTYPE_PERSON && r->label.subject == SUBJECT_NOTPERSON)
		r->label.subject = SUBJECT_UNCATEGORISED;
	b->report->records++;
	b->report->persons += r->type == RTYPE_PERSON;
	b->report->organisations += r->type == RTYPE_ORG;
	b->report->documents += r->type == RTYPE_DOCUMENT;
	b->report->quarantined += label_quarantined(&r->label);
	return b->emit(b->emit_ctx, r, why);
}
