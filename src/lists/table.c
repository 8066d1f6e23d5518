/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of persons to look up: CSV with a header, JSONL.
 */
#include "lists/table.h"

#include <stdlib.h>
#include <string.h>

enum table_format
table_format_of(const char *name)
{
	if (name != NULL && strcmp(name, "csv") == 0)
		return TABLE_CSV;
	return name != NULL && strcmp(name, "jsonl") == 0 ? TABLE_JSONL : TABLE_NONE;
}

struct reading {
	const struct table_options *opt;
	const char *file;
	table_emit *emit;
	table_bad *bad;
	void *ctx;
	struct table_report *report;
	struct ent_why *why;
	struct table_columns columns;
	char joined[TABLE_JOINED_MAX * 64 + TABLE_TEXT];
	char value[TABLE_FIELDS][TABLE_TEXT];
};

/* ---- one row ------------------------------------------------------------------------------------------ */

static enum ent_err
tell_bad(struct reading *r, uint64_t line, const char *column, const char *what)
{
	char text[512];
	if (column != NULL)
		(void)snprintf(text, sizeof text, "%.80s:%llu: column '%.80s' %.300s", r->file,
		    (unsigned long long)line, column, what);
	else
		(void)snprintf(text, sizeof text, "%.80s:%llu: %.400s", r->file, (unsigned long long)line, what);
	r->report->bad++;
	if (utf8_valid(bytes_of_cstr(text)) && r->report->bad <= r->opt->bad_max)
		r->bad(r->ctx, line, text);
	if (r->opt->skip_bad || r->report->bad < r->opt->bad_max)
		return ENT_OK;
	return ent_fail(ENT_EFIELD, r->why, "%llu bad rows: mend them, or leave them out with --skip-bad",
	    (unsigned long long)r->report->bad);
}

/* The texts of a field, as they stand in the row; joined where it has several columns. */
static const char *
text_of(struct reading *r, enum table_field f, const char *const *cells, size_t count)
{
	size_t n = 0;
	if (r->columns.field[f].count == 0)
		return NULL; /* and what another field was joined to stays */
	if (r->columns.field[f].count == 1)
		return r->columns.field[f].at[0] < count ? cells[r->columns.field[f].at[0]] : NULL;
	r->joined[0] = '\0';
	for (size_t i = 0; i < r->columns.field[f].count; i++) {
		size_t at = r->columns.field[f].at[i];
		const char *cell = at < count ? cells[at] : NULL;
		if (cell == NULL || n + strlen(cell) + 2 > sizeof r->joined)
			continue;
		int w = snprintf(r->joined + n, sizeof r->joined - n, "%s%s", n > 0 ? " " : "", cell);
		n += w > 0 ? (size_t)w : 0;
	}
	return n > 0 ? r->joined : NULL;
}

/* texts: one for each field, NULL for none. */
static enum ent_err
take_row(struct reading *r, uint64_t line, const char *const texts[TABLE_FIELDS])
{
	struct table_row row = { .line = line };
	for (int f = 0; f < TABLE_FIELDS; f++) {
		const char *bad = NULL;
		if (texts[f] == NULL)
			continue;
		table_value((enum table_field)f, texts[f], r->opt->month_first, r->value[f], &bad);
		if (bad != NULL)
			return tell_bad(r, line, r->report->from[f], bad);
		row.field[f] = r->value[f][0] == '\0' ? NULL : r->value[f];
	}
	if (row.field[TABLE_NAME] == NULL && row.field[TABLE_DOCUMENT] == NULL)
		return tell_bad(r, line, NULL, "has neither name nor document: nobody can be looked up by it");
	r->report->rows++;
	return r->emit(r->ctx, &row, r->why);
}

/* ---- CSV ---------------------------------------------------------------------------------------------- */

static enum ent_err
read_header(struct reading *r, struct csv *c)
{
	enum ent_err err = csv_next(c, r->why);
	if (err == ENT_OK && c->count == 0)
		return ent_fail(ENT_EFIELD, r->why, "'%.80s' is empty: its first line names the columns", r->file);
	if (err == ENT_OK)
		err = table_columns_find(c->cells, c->count, r->opt->columns, &r->columns, r->why);
	for (int f = 0; f < TABLE_FIELDS && err == ENT_OK; f++) {
		size_t n = 0;
		for (size_t i = 0; i < r->columns.field[f].count; i++) {
			const char *name = c->cells[r->columns.field[f].at[i]];
			int w = snprintf(r->report->names[f] + n, sizeof r->report->names[f] - n, "%s%.40s",
			    i > 0 ? "+" : "", name);
			n += w > 0 ? (size_t)w : 0;
			n = n < sizeof r->report->names[f] ? n : sizeof r->report->names[f] - 1;
		}
		if (n > 0 && utf8_valid(bytes_of_cstr(r->report->names[f])))
			r->report->from[f] = r->report->names[f];
	}
	return err;
}

static enum ent_err
read_csv(struct reading *r, const struct list_input *in)
{
	struct csv *c = ent_alloc(sizeof *c);
	struct ent_why row_why = { .text = "" };
	csv_init(c, in);
	csv_sniff(c);
	enum ent_err err = read_header(r, c);
	while (err == ENT_OK) {
		const char *texts[TABLE_FIELDS];
		err = csv_next(c, &row_why);
		if (err == ENT_ESYNTAX && c->source.end == false) {
			err = tell_bad(r, c->line, NULL, row_why.text);
			row_why.text[0] = '\0';
			continue;
		}
		if (err != ENT_OK || c->count == 0)
			break;
		/* one name at most is made of several columns, so that they share the room */
		for (int f = 0; f < TABLE_FIELDS; f++)
			texts[f] = text_of(r, (enum table_field)f, c->cells, c->count);
		err = take_row(r, c->line, texts);
	}
	if (err != ENT_OK && row_why.text[0] != '\0' && r->why->text[0] == '\0')
		err = ent_fail(err, r->why, "%.80s:%llu: %.300s", r->file, (unsigned long long)c->line,
		    row_why.text);
	csv_done(c);
	free(c);
	return err;
}

/* ---- JSONL -------------------------------------------------------------------------------------------- */

/* A text, or the first of several. */
static const char *
text_at(const struct js *o, const char *key)
{
	const struct js *v = js_get(o, key);
	return js_is_array(v) ? js_str(js_at(v, 0)) : js_str(v);
}

#define KEYS_MAX LIST_CELLS_MAX

static enum ent_err
take_object(struct reading *r, uint64_t line, const struct js *o)
{
	const char *keys[KEYS_MAX], *cells[KEYS_MAX], *texts[TABLE_FIELDS], *key;
	struct js *value;
	size_t n = 0;
	for (void *it = NULL; (it = js_each(o, it, &key, &value)) != NULL && n < KEYS_MAX;) {
		keys[n] = key;
		cells[n++] = text_at(o, key);
	}
	struct ent_why why = { .text = "" };
	if (table_columns_find(keys, n, r->opt->columns, &r->columns, &why) != ENT_OK)
		return tell_bad(r, line, NULL, why.text);
	for (int f = 0; f < TABLE_FIELDS; f++) {
		texts[f] = text_of(r, (enum table_field)f, cells, n);
		r->report->from[f] = NULL;
		if (r->columns.field[f].count > 0) {
			(void)snprintf(r->report->names[f], sizeof r->report->names[f], "%.100s",
			    keys[r->columns.field[f].at[0]]);
			r->report->from[f] = r->report->names[f];
		}
	}
	return take_row(r, line, texts);
}

static enum ent_err
read_jsonl(struct reading *r, const struct list_input *in)
{
	struct source *s = ent_alloc(sizeof *s);
	struct buf line;
	bool more = true;
	enum ent_err err = ENT_OK;
	source_init(s, in);
	buf_init(&line, LIST_LINE_MAX);
	while (err == ENT_OK) {
		struct js *o = NULL;
		struct ent_why why = { .text = "" };
		uint64_t at = s->line;
		err = source_line(s, &line, &more, r->why);
		if (err != ENT_OK || (!more && line.n == 0))
			break;
		if (line.n == 0)
			continue;
		if (js_parse(buf_bytes(&line), LIST_LINE_MAX, &o, &why) != ENT_OK)
			err = tell_bad(r, at, NULL, why.text);
		else if (!js_is_object(o))
			err = tell_bad(r, at, NULL, "is no JSON object: each line is one, such as {\"name\": ...}");
		else
			err = take_object(r, at, o);
		js_free(o);
	}
	buf_done(&line);
	source_done(s);
	free(s);
	return err;
}

enum ent_err
table_read(const struct table_options *opt, const struct list_input *in, table_emit *emit,
    table_bad *bad, void *ctx, struct table_report *report, struct ent_why *why)
{
	struct reading *r = ent_alloc(sizeof *r);
	struct ent_why inner = { .text = "" };
	*r = (struct reading){ .opt = opt, .file = in->name, .emit = emit, .bad = bad, .ctx = ctx,
		.report = report, .why = &inner };
	*report = (struct table_report){ .rows = 0 };
	enum ent_err err = opt->format == TABLE_CSV ? read_csv(r, in) : read_jsonl(r, in);
	if (err == ENT_OK && report->bad > 0 && !opt->skip_bad)
		err = ent_fail(ENT_EFIELD, &inner, "%llu bad rows: mend them, or leave them out with --skip-bad",
		    (unsigned long long)report->bad);
	if (err != ENT_OK)
		*why = inner;
	explicit_bzero(r, sizeof *r);
	free(r);
	return err;
}
