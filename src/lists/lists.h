/* SPDX-License-Identifier: Apache-2.0
 *
 * lists: source lists become records (spec/1-record.md, section 4).  Pure: bytes come in through a
 * read function, records go out through a callback; what is held at a time is one entry of the list,
 * whatever the list's size.  An error names file, line, field and remedy.
 */
#ifndef ENT_LISTS_LISTS_H
#define ENT_LISTS_LISTS_H

#include "record/record.h"

enum list_format {
	LIST_NONE = 0,
	LIST_OFAC_SDN, /* the US Treasury's sdn.csv, add.csv and alt.csv, the last two optional */
	LIST_UN_SC,    /* the UN Security Council's consolidated list, XML */
	LIST_JSONL,    /* one JSON object a line: a record, or {id,type,names,weak,dob,docs,nat,pob} */
};
const char *list_format_name(enum list_format f);   /* "ofac-sdn"; "" for none */
enum list_format list_format_of(const char *name); /* NONE if unknown */

/* Maxima, in bytes unless said otherwise. */
#define LIST_FILES_MAX 3
#define LIST_ROW_MAX ((size_t)64 * 1024) /* of CSV */
#define LIST_CELLS_MAX 64		 /* columns of CSV */
#define LIST_LINE_MAX RECORD_BODY_MAX	 /* of JSONL */
#define LIST_XML_DEPTH_MAX 8		 /* elements */
#define LIST_XML_LEAVES_MAX 2000	 /* texts of one entry */
#define LIST_XML_TOKEN_MAX ((size_t)1 << 20)

struct list_input {
	const char *name; /* for errors: the file's name without folders */
	/* Up to n bytes into p: how many, 0 at the end, -1 if reading failed. */
	int64_t (*read)(void *ctx, void *p, size_t n);
	void *ctx;
};

/* An input over bytes at hand; *rest moves on. */
struct list_input list_input_of(const char *name, struct bytes *rest);

struct list_report {
	uint64_t rows; /* source rows, entries' parts or lines that held something */
	uint64_t records, persons, organisations, documents, quarantined;
	struct js *unmapped; /* "sdn.title" → rows in which it holds something that no field tells:
			      * kept with the record, not searched.  Owned */
};
void list_report_done(struct list_report *r);

/* One record; valid during the call.  Its id is zero if the list gives none: set one.  An error ends the
 * reading and is passed on. */
typedef enum ent_err list_emit(void *ctx, struct record *r, struct ent_why *why);

/* Read inputs of one format to the end.  label: what stands on each record that has none of its own;
 * subject UNCATEGORISED puts them into quarantine.  *report is filled as far as it went, also on an
 * error; the caller ends it with list_report_done.  ESYNTAX, EFIELD, ETOOBIG, EIO, or emit's. */
ENT_CHECK enum ent_err list_read(enum list_format f, const struct list_input *in, size_t count,
    const struct record_label *label, list_emit *emit, void *ctx, struct list_report *report,
    struct ent_why *why);

/* The label that an importer's file gives: as label_read, but subject may be absent (quarantine). */
ENT_CHECK enum ent_err list_label_read(const struct js *obj, struct record_label *out,
    struct ent_why *why);

/* The source rows that a record was made from, cell by cell, as they stood there: file, row's number,
 * column → text (empty cells left out).  Borrowed for the call. */
typedef void list_row(void *ctx, const char *file, const char *row, const struct js *cells);
void list_rebuild(const struct record *r, list_row *row, void *ctx);

/* ---- how frequent names are -------------------------------------------------------------------------
 *
 * The publishers' own files of names by births or bearers, and of legal forms, read as they come.  Statistics,
 * not persons: names with few bearers are not in them. */
enum population_format {
	POPULATION_NONE = 0,
	POPULATION_INSEE,   /* prénoms (sexe;preusuel;annais;nombre) and noms (NOM, decades) of France */
	POPULATION_STATBEL, /* first and family names of Belgium, text or a workbook saved as CSV */
	POPULATION_GLEIF,   /* ISO 20275 entity legal forms */
	POPULATION_TSV,	    /* a header with name and count, and country and kind if they differ */
};
enum population_format population_format_of(const char *name); /* "insee" */
const char *population_format_name(enum population_format f);
enum population_kind { POPULATION_ANY = 0, POPULATION_GIVEN, POPULATION_FAMILY, POPULATION_LEGAL };
enum population_kind population_kind_of(const char *name); /* "given", "family", "legal"; ANY if unknown */
const char *population_kind_name(enum population_kind k);

struct population_options {
	enum population_format format;
	char country[3];	   /* ISO 3166; "" : the publisher's, or the file's column */
	enum population_kind kind; /* ANY: what the file says */
};
struct population_row {
	const char *name; /* as written; valid during the call */
	char country[3];
	enum population_kind kind;
	uint64_t count; /* births or bearers; of a legal form 1 */
};
typedef enum ent_err population_emit(void *ctx, const struct population_row *row, struct ent_why *why);
/* Read to the end; *rows of them.  The same name may come more than once (a row a year): counts add up.  EFIELD names
 * file, line, column and remedy; ESYNTAX, ETOOBIG, EIO; emit's. */
ENT_CHECK enum ent_err population_read(const struct population_options *opt, const struct list_input *in,
    population_emit *emit, void *ctx, uint64_t *rows, struct ent_why *why);

/* ---- tables of persons to look up -------------------------------------------------------------------
 *
 * A list that somebody wants to hold against the register: CSV with a header, or JSONL.  Columns are named, or
 * known by their usual names in English, French, Dutch and Arabic.  Pure, as the readers above. */
enum table_format { TABLE_NONE = 0, TABLE_CSV, TABLE_JSONL };
enum table_format table_format_of(const char *name); /* "csv", "jsonl"; NONE if unknown */

enum table_field { TABLE_NAME, TABLE_BIRTH, TABLE_DOCUMENT, TABLE_NATIONALITY, TABLE_TYPE, TABLE_SEX, TABLE_PLACE,
	TABLE_FIELDS };
const char *table_field_name(enum table_field f); /* "name" */

struct table_options {
	enum table_format format;
	const char *columns; /* "name=Last+First,birth=DOB"; NULL: by their usual names */
	bool month_first;    /* 03/12/1985 is 12 March */
	uint64_t bad_max;    /* bad rows that are told of before reading ends; from 1 */
	bool skip_bad;	     /* go on whatever their number */
};

/* One row; texts are valid during the call, NULL where there is nothing.  birth: as match reads it. */
struct table_row {
	uint64_t line;
	const char *field[TABLE_FIELDS];
};
struct table_report {
	uint64_t rows, bad;
	const char *from[TABLE_FIELDS]; /* the column that each field comes from; NULL: none */
	char names[TABLE_FIELDS][128];	/* what they point into */
};
/* An error ends the reading and is passed on. */
typedef enum ent_err table_emit(void *ctx, const struct table_row *row, struct ent_why *why);
/* A row that cannot be taken: file, line, column and remedy are in text. */
typedef void table_bad(void *ctx, uint64_t line, const char *text);
/* Read to the end.  EFIELD: the header has no column to look people up by, or rows are bad (bad told of each);
 * ESYNTAX, ETOOBIG, EIO of the file itself. */
ENT_CHECK enum ent_err table_read(const struct table_options *opt, const struct list_input *in,
    table_emit *emit, table_bad *bad, void *ctx, struct table_report *report, struct ent_why *why);

/* ---- invented persons ----------------------------------------------------------------------------
 *
 * The same seed and number give the same person, on every machine; the same person under another variant
 * has another identifier and is written otherwise (spelling, script, what is known, errors), as another
 * service would have it. */
enum generate_script { GENERATE_ANY, GENERATE_LATIN, GENERATE_ARABIC };

struct generate_options {
	uint64_t seed, variant;
	unsigned errors;	 /* 0..100: of a hundred names, dates and numbers, how many are wrong */
	enum generate_script script;
	const char *originator;	 /* puts a label with this code on each record; NULL: none */
	bool simple;		 /* {id,type,names,...} in place of a record */
};

/* One line of JSONL, with its line end, appended to out; at most GENERATE_LINE_MAX bytes. */
#define GENERATE_LINE_MAX ((size_t)8192)
void generate_line(const struct generate_options *o, uint64_t number, struct buf *out);

/* ---- frozen persons to try a register with ---------------------------------------------------------
 *
 * Invented, of data/'s names and a few Slavic ones of this file's own, in Latin, Arabic and Cyrillic script.  The
 * same stream and number give the same person for as long as LIST_FROZEN_VERSION stands; another variant is the same
 * person as somebody else writes him. */
#define LIST_FROZEN_VERSION 1u
struct list_frozen {
	char name[256];
	char birth[11]; /* "1985-03-12"; "" if none is known */
	char nation[32]; /* as the generator writes it; "" */
};
void list_frozen(uint64_t stream, uint64_t number, uint64_t variant, struct list_frozen *out);

#endif
