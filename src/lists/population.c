/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics of names, as INSEE, Statbel and GLEIF publish them.  Columns are found by the header, since
 * editions name and order them differently.
 */
#include "lists/formats.h"

#include <stdlib.h>
#include <string.h>

static const char *const formats[] = { "", "insee", "statbel", "gleif", "tsv" };
static const char *const kinds[] = { "", "given", "family", "legal" };

enum population_format
population_format_of(const char *name)
{
	for (size_t i = 1; name != NULL && i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(formats[i], name) == 0)
			return (enum population_format)i;
	return POPULATION_NONE;
}

const char *
population_format_name(enum population_format f)
{
	return formats[f];
}

enum population_kind
population_kind_of(const char *name)
{
	for (size_t i = 1; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i], name) == 0)
			return (enum population_kind)i;
	return POPULATION_ANY;
}

const char *
population_kind_name(enum population_kind k)
{
	return kinds[k];
}

#define NAMES_MAX 4u /* columns that hold names: a legal form has several */

struct reading {
	const struct population_options *opt;
	struct csv csv;
	const char *file;
	population_emit *emit;
	void *ctx;
	struct ent_why *why;
	size_t name[NAMES_MAX], names;
	size_t count[LIST_CELLS_MAX], counts; /* columns that add up */
	size_t country, kind_at, status;      /* LIST_CELLS_MAX: none */
	enum population_kind kind;	      /* of the file; ANY: by column */
	char title[LIST_CELLS_MAX][48];
};

static enum ent_err
bad(const struct reading *r, size_t column, const char *what)
{
	return ent_fail(ENT_EFIELD, r->why, "%.80s:%llu: column '%s' %s", r->file,
	    (unsigned long long)r->csv.line, column < LIST_CELLS_MAX ? r->title[column] : "?", what);
}

/* Is the header's text one of these (a '*' at the end: begins so)?  Case does not matter. */
static bool
is_any(const char *text, const char *const *list)
{
	for (size_t i = 0; text != NULL && list[i] != NULL; i++) {
		size_t n = strlen(list[i]);
		bool open = list[i][n - 1] == '*';
		if (strncasecmp(text, list[i], open ? n - 1 : n) == 0 && (open || text[n] == '\0'))
			return true;
	}
	return false;
}

static size_t
find(const struct reading *r, const char *const *list)
{
	for (size_t i = 0; i < r->csv.count; i++)
		if (is_any(r->csv.cells[i], list))
			return i;
	return LIST_CELLS_MAX;
}

static void
add_name(struct reading *r, size_t column)
{
	if (column < LIST_CELLS_MAX && r->names < NAMES_MAX)
		r->name[r->names++] = column;
}

static void
add_count(struct reading *r, size_t column)
{
	if (column < LIST_CELLS_MAX)
		r->count[r->counts++] = column;
}

static void
insee_columns(struct reading *r)
{
	static const char *const given[] = { "preusuel", "prenom", "prenoms", NULL };
	static const char *const family[] = { "NOM", NULL };
	static const char *const counts[] = { "nombre", "valeur", NULL }, *const decades[] = { "_1*", "_2*", NULL };
	size_t g = find(r, given);
	r->kind = g < LIST_CELLS_MAX ? POPULATION_GIVEN : POPULATION_FAMILY;
	add_name(r, g < LIST_CELLS_MAX ? g : find(r, family));
	add_count(r, find(r, counts));
	for (size_t i = 0; g == LIST_CELLS_MAX && i < r->csv.count; i++)
		if (is_any(r->csv.cells[i], decades))
			add_count(r, i);
}

static void
statbel_columns(struct reading *r)
{
	static const char *const given[] = { "TX_FST_NAME*", "TX_FIRST*", "Prénom*", "Prenom*", "Voornaam*", "First name*",
		NULL };
	static const char *const family[] = { "TX_LST_NAME*", "TX_LAST*", "TX_FAM*", "Nom de famille*", "Familienaam*",
		"Achternaam*", "Last name*", "Surname*", NULL };
	static const char *const counts[] = { "MS_*", "Nombre*", "Aantal*", "Frequen*", "Count*", "N", NULL };
	size_t g = find(r, given);
	r->kind = g < LIST_CELLS_MAX ? POPULATION_GIVEN : POPULATION_FAMILY;
	add_name(r, g < LIST_CELLS_MAX ? g : find(r, family));
	add_count(r, find(r, counts));
}

static void
gleif_columns(struct reading *r)
{
	static const char *const local[] = { "Entity Legal Form name Local name", NULL };
	static const char *const latin[] = { "Entity Legal Form name Transliterated name*", NULL };
	static const char *const abbreviations[] = { "Abbreviations Local language", NULL };
	static const char *const transliterated[] = { "Abbreviations transliterated", NULL };
	static const char *const country[] = { "Country Code*", NULL }, *const status[] = { "ELF Status*", NULL };
	r->kind = POPULATION_LEGAL;
	add_name(r, find(r, local));
	add_name(r, find(r, latin));
	add_name(r, find(r, abbreviations));
	add_name(r, find(r, transliterated));
	r->country = find(r, country);
	r->status = find(r, status);
}

static void
tsv_columns(struct reading *r)
{
	static const char *const name[] = { "name", "latin", "token", NULL };
	static const char *const counts[] = { "count", "count_*", "births*", "bearers*", "frequency*", NULL };
	static const char *const country[] = { "country", NULL }, *const kind[] = { "kind", NULL };
	add_name(r, find(r, name));
	add_count(r, find(r, counts));
	r->country = find(r, country);
	r->kind_at = find(r, kind);
}

static enum ent_err
read_header(struct reading *r)
{
	enum ent_err err = csv_next(&r->csv, r->why);
	if (err != ENT_OK)
		return err;
	for (size_t i = 0; i < r->csv.count && r->csv.cells[i] != NULL; i++)
		if (strlen(r->csv.cells[i]) < sizeof r->title[i])
			memcpy(r->title[i], r->csv.cells[i], strlen(r->csv.cells[i]) + 1);
	r->country = r->kind_at = r->status = LIST_CELLS_MAX;
	switch (r->opt->format) {
	case POPULATION_INSEE: insee_columns(r); break;
	case POPULATION_STATBEL: statbel_columns(r); break;
	case POPULATION_GLEIF: gleif_columns(r); break;
	case POPULATION_TSV: case POPULATION_NONE: tsv_columns(r); break;
	}
	if (r->opt->kind != POPULATION_ANY)
		r->kind = r->opt->kind;
	if (r->names == 0 || (r->counts == 0 && r->kind != POPULATION_LEGAL))
		return ent_fail(ENT_EFIELD, r->why, "%.80s:1: the header has no column of %s that '%s' files have: is it "
		    "another --format?", r->file, r->names == 0 ? "names" : "counts", formats[r->opt->format]);
	if (r->kind == POPULATION_ANY && r->kind_at == LIST_CELLS_MAX)
		return ent_fail(ENT_EFIELD, r->why, "%.80s:1: given names or family names? say --kind", r->file);
	if (r->opt->country[0] == '\0' && r->country == LIST_CELLS_MAX && r->opt->format == POPULATION_TSV)
		return ent_fail(ENT_EFIELD, r->why, "%.80s:1: of which country? say --country", r->file);
	return ENT_OK;
}

static const char *
cell(const struct reading *r, size_t column)
{
	return column < r->csv.count ? r->csv.cells[column] : NULL;
}

/* Digits, with blanks or points between thousands as workbooks write them. */
static bool
number(const char *text, uint64_t *out)
{
	uint64_t v = 0;
	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '.' || *text == '\'')
			continue;
		if (*text < '0' || *text > '9' || v > UINT64_MAX / 100)
			return false;
		v = v * 10 + (uint64_t)(*text - '0');
	}
	*out = v;
	return true;
}

static enum ent_err
sum_counts(const struct reading *r, uint64_t *out)
{
	*out = r->counts == 0 ? 1 : 0;
	for (size_t i = 0; i < r->counts; i++) {
		uint64_t one = 0;
		const char *text = cell(r, r->count[i]);
		if (text != NULL && !number(text, &one))
			return bad(r, r->count[i], "is no whole number: mend it, or save the workbook without decimals");
		*out += one;
	}
	return ENT_OK;
}

/* Rows that stand for many names at once. */
static bool
is_rest(const char *name)
{
	return name[0] == '_' || strcmp(name, "AUTRES NOMS") == 0 || strcmp(name, "PRENOMS_RARES") == 0;
}

static enum ent_err
emit_name(struct reading *r, const char *name, struct population_row *row)
{
	char part[RECORD_TEXT_MAX + 1];
	enum ent_err err = ENT_OK;
	/* a legal form's abbreviations stand in one cell, parted by ; */
	for (const char *p = name; *p != '\0' && err == ENT_OK;) {
		size_t n = row->kind == POPULATION_LEGAL ? strcspn(p, ";") : strlen(p);
		if (n < sizeof part && n > 0) {
			memcpy(part, p, n);
			part[n] = '\0';
			row->name = part;
			err = r->emit(r->ctx, row, r->why);
		}
		p += n + (p[n] == ';');
	}
	return err;
}

static enum ent_err
take_row(struct reading *r)
{
	static const char *const own[] = { "", "FR", "BE", "", "" };
	struct population_row row = { .kind = r->kind };
	const char *country = r->opt->country[0] != '\0' ? r->opt->country :
	    r->country < LIST_CELLS_MAX			 ? cell(r, r->country) :
							   own[r->opt->format];
	if (r->kind_at < LIST_CELLS_MAX && r->opt->kind == POPULATION_ANY)
		row.kind = population_kind_of(cell(r, r->kind_at));
	if (row.kind == POPULATION_ANY)
		return bad(r, r->kind_at, "must be given, family or legal");
	if (r->status < LIST_CELLS_MAX && cell(r, r->status) != NULL && strcmp(cell(r, r->status), "ACTV") != 0)
		return ENT_OK;
	if (country == NULL || strlen(country) != 2)
		return bad(r, r->country, "must be a country's two letters (ISO 3166)");
	memcpy(row.country, country, 3);
	enum ent_err err = sum_counts(r, &row.count);
	for (size_t i = 0; i < r->names && err == ENT_OK; i++) {
		const char *name = cell(r, r->name[i]);
		if (name != NULL && !is_rest(name) && row.count > 0)
			err = emit_name(r, name, &row);
	}
	return err;
}

enum ent_err
population_read(const struct population_options *opt, const struct list_input *in, population_emit *emit,
    void *ctx, uint64_t *rows, struct ent_why *why)
{
	struct reading *r = ent_alloc(sizeof *r);
	*r = (struct reading){ .opt = opt, .file = in->name, .emit = emit, .ctx = ctx, .why = why };
	csv_init(&r->csv, in);
	csv_sniff(&r->csv);
	enum ent_err err = read_header(r);
	for (*rows = 0; err == ENT_OK; ++*rows) {
		struct ent_why inner = { .text = "" };
		err = csv_next(&r->csv, &inner);
		if (err != ENT_OK)
			err = ent_fail(err, why, "%.80s:%llu: %.300s", r->file, (unsigned long long)r->csv.line,
			    inner.text);
		if (err != ENT_OK || r->csv.count == 0)
			break;
		err = take_row(r);
	}
	csv_done(&r->csv);
	free(r);
	return err;
}
