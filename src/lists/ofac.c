/* SPDX-License-Identifier: Apache-2.0
 *
 * The three files of the OFAC list, merged by ent_num, in which all of them ascend.  The columns have
 * no header; their names are those of the Treasury's dat_spec.txt.
 */
#include "lists/formats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SDN, ADD, ALT, TABLES };

static const char *const table_names[TABLES] = { "sdn", "add", "alt" };
static const size_t table_columns[TABLES] = { 12, 6, 5 };

static const char *const sdn_columns[] = { "ent_num", "sdn_name", "sdn_type", "program", "title",
	"call_sign", "vess_type", "tonnage", "grt", "vess_flag", "vess_owner", "remarks" };
static const char *const add_columns[] = { "ent_num", "add_num", "address", "city", "country",
	"add_remarks" };
static const char *const alt_columns[] = { "ent_num", "alt_num", "alt_type", "alt_name",
	"alt_remarks" };

struct table {
	struct csv csv;
	const char *name; /* of the file */
	bool open;
	int64_t entry; /* of the row at hand; INT64_MAX at the end */
	char number[24];
};

static bool
number_of(const char *s, int64_t *out)
{
	int64_t v = 0;
	size_t n = s == NULL ? 0 : strlen(s);
	if (n == 0 || n > 15)
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (*s - '0');
	}
	*out = v;
	return true;
}

/* The table's next row, with its checks. */
static enum ent_err
advance(struct table *t, int kind, struct ent_why *why)
{
	int64_t entry = INT64_MAX, number;
	if (!t->open) {
		t->entry = INT64_MAX;
		return ENT_OK;
	}
	enum ent_err err = csv_next(&t->csv, why);
	if (err == ENT_OK && t->csv.count > 0) {
		if (t->csv.count != table_columns[kind])
			err = ent_fail(ENT_ESYNTAX, why, "%zu columns where %s has %zu: is a quote "
			    "missing, or is it another file?", t->csv.count, table_names[kind],
			    table_columns[kind]);
		else if (!number_of(t->csv.cells[0], &entry))
			err = ent_fail(ENT_EFIELD, why, "field 'ent_num' must be a number: take the "
			    "file without a header");
		else if (entry < t->entry || (kind == SDN && entry == t->entry))
			err = ent_fail(ENT_EFIELD, why, "field 'ent_num' does not ascend: sort the file "
			    "by it (sort -n -t, -k1,1)");
		else if (kind != SDN && !number_of(t->csv.cells[1], &number))
			err = ent_fail(ENT_EFIELD, why, "field '%s_num' must be a number: mend it",
			    table_names[kind]);
	}
	if (err != ENT_OK)
		return list_fail_at(err, why, t->name, t->csv.line);
	t->entry = entry;
	(void)snprintf(t->number, sizeof t->number, "%s", t->csv.count == 0 ? "" :
	    t->csv.cells[kind == SDN ? 0 : 1]);
	return ENT_OK;
}

/* Which of the three a file is shows in its first row. */
static enum ent_err
open_table(struct table *tables, const struct list_input *in, struct ent_why *why)
{
	struct csv csv = { .count = 0 };
	csv_init(&csv, in);
	int kind = 0;
	enum ent_err err = csv_next(&csv, why);
	while (err == ENT_OK && kind < TABLES && csv.count != table_columns[kind])
		kind++;
	if (err == ENT_OK && kind == TABLES)
		err = ent_fail(ENT_ESYNTAX, why, "%zu columns: sdn.csv has 12, add.csv 6, alt.csv 5",
		    csv.count);
	else if (err == ENT_OK && tables[kind].open)
		err = ent_fail(ENT_EUSAGE, why, "a second %s file: give each once", table_names[kind]);
	if (err != ENT_OK) {
		err = list_fail_at(err, why, in->name, csv.line);
		csv_done(&csv);
		return err;
	}
	/* the row was consumed: a table begins with it at hand */
	struct table *t = &tables[kind];
	t->csv = csv;
	t->name = in->name;
	t->open = true;
	return ENT_OK;
}

static void
cells(struct builder *b, const struct table *t, const char *const *columns, int kind)
{
	for (size_t i = kind == SDN ? 1 : 2; i < table_columns[kind]; i++)
		builder_cell(b, columns[i], t->csv.cells[i]);
}

static void
sdn_row(struct builder *b, const struct table *t)
{
	const char *type = t->csv.cells[2];
	enum record_type kind = type == NULL ? RTYPE_ORG :
	    strcmp(type, "individual") == 0 ? RTYPE_PERSON : RTYPE_DOCUMENT;
	builder_begin(b, kind);
	builder_row(b, table_names[SDN], t->number);
	(void)builder_add(b, STATEMENT_SOURCE_ROW);
	cells(b, t, sdn_columns, SDN);
	(void)builder_name(b, t->csv.cells[1], NAMEKIND_PRIMARY);
	builder_remark(b, t->csv.cells[11]);
	builder_row(b, NULL, NULL);
	if (t->csv.cells[11] != NULL)
		ofac_remarks(b, t->csv.cells[11]);
}

static void
alt_row(struct builder *b, const struct table *t)
{
	builder_row(b, table_names[ALT], t->number);
	cells(b, t, alt_columns, ALT);
	(void)builder_name(b, t->csv.cells[3], NAMEKIND_ALIAS);
	builder_row(b, NULL, NULL);
}

static void
add_row(struct builder *b, const struct table *t)
{
	builder_row(b, table_names[ADD], t->number);
	cells(b, t, add_columns, ADD);
	const char *text = builder_text(b, t->csv.cells[2], RECORD_TEXT_MAX);
	const char *city = builder_text(b, t->csv.cells[3], RECORD_TEXT_MAX);
	const char *country = builder_text(b, t->csv.cells[4], RECORD_COUNTRY_MAX);
	struct statement *s = text == NULL && city == NULL && country == NULL ? NULL :
	    builder_add(b, STATEMENT_ADDRESS);
	if (s != NULL) {
		s->place.text = text;
		s->place.city = city;
		s->place.country = country;
	}
	builder_row(b, NULL, NULL);
}

/* The rows of a second table that belong to entry. */
static enum ent_err
join(struct builder *b, struct table *t, int kind, int64_t entry, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	while (err == ENT_OK && t->entry <= entry) {
		if (t->entry < entry) {
			err = ent_fail(ENT_EFIELD, why, "field 'ent_num' %" PRId64 " is not in the sdn "
			    "file: take three files of the same day", t->entry);
			return list_fail_at(err, why, t->name, t->csv.line);
		}
		if (kind == ALT)
			alt_row(b, t);
		else
			add_row(b, t);
		err = advance(t, kind, why);
	}
	return err;
}

/* The first rows were read to know the tables: check them as advance does. */
static enum ent_err
check_first(struct table *t, int kind, struct ent_why *why)
{
	int64_t number;
	if (!t->open) {
		t->entry = INT64_MAX;
		return ENT_OK;
	}
	if (!number_of(t->csv.cells[0], &t->entry) ||
	    (kind != SDN && !number_of(t->csv.cells[1], &number))) {
		enum ent_err err = ent_fail(ENT_EFIELD, why, "fields 'ent_num' and '%s_num' must be "
		    "numbers: take the file without a header", table_names[kind]);
		return list_fail_at(err, why, t->name, t->csv.line);
	}
	(void)snprintf(t->number, sizeof t->number, "%s", t->csv.cells[kind == SDN ? 0 : 1]);
	return ENT_OK;
}

static enum ent_err
merge(struct builder *b, struct table *t, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (int i = 0; i < TABLES && err == ENT_OK; i++)
		err = check_first(&t[i], i, why);
	while (err == ENT_OK && t[SDN].entry != INT64_MAX) {
		int64_t entry = t[SDN].entry;
		uint64_t line = t[SDN].csv.line;
		sdn_row(b, &t[SDN]);
		err = join(b, &t[ALT], ALT, entry, why);
		if (err == ENT_OK)
			err = join(b, &t[ADD], ADD, entry, why);
		if (err != ENT_OK)
			break;
		err = builder_emit(b, why);
		if (err != ENT_OK)
			return list_fail_at(err, why, t[SDN].name, line);
		err = advance(&t[SDN], SDN, why);
	}
	for (int i = ADD; i < TABLES && err == ENT_OK; i++)
		if (t[i].entry != INT64_MAX) {
			err = ent_fail(ENT_EFIELD, why, "field 'ent_num' %" PRId64 " is not in the sdn "
			    "file: take three files of the same day", t[i].entry);
			err = list_fail_at(err, why, t[i].name, t[i].csv.line);
		}
	return err;
}

enum ent_err
ofac_read(struct builder *b, const struct list_input *in, size_t count, struct ent_why *why)
{
	struct table tables[TABLES];
	enum ent_err err = ENT_OK;
	memset(tables, 0, sizeof tables);
	for (size_t i = 0; i < count && err == ENT_OK; i++)
		err = open_table(tables, &in[i], why);
	if (err == ENT_OK && !tables[SDN].open)
		err = ent_fail(ENT_EUSAGE, why, "the sdn file is missing: add and alt only complete it");
	if (err == ENT_OK)
		err = merge(b, tables, why);
	for (int i = 0; i < TABLES; i++)
		if (tables[i].open)
			csv_done(&tables[i].csv);
	return err;
}
