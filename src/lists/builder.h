/* SPDX-License-Identifier: Apache-2.0
 *
 * lists/builder: one record under construction, row by row of its source.  A row's cells are all given;
 * statements are added for those that have a meaning; what the statements do not give back
 * (lists/columns.c) stays beside them as columns.  So nothing is lost, whatever is mapped.
 */
#ifndef ENT_LISTS_BUILDER_H
#define ENT_LISTS_BUILDER_H

#include "lists/lists.h"

struct builder {
	enum list_format format;
	const struct record_label *label;
	struct list_report *report;
	list_emit *emit;
	void *emit_ctx;
	struct arena *arena; /* of the record at hand; owned */
	struct js *held;     /* its columns; owned */
	struct record rec;
	struct statement *all;
	size_t cap;
	const char *file, *row; /* of the row at hand; file NULL: none */
	size_t first;		/* its first statement */
	struct js *given;	/* its cells; owned */
	bool full;		/* something found no room: the record is refused */
};

void builder_init(struct builder *b, enum list_format f, const struct record_label *label,
    struct list_report *report, list_emit *emit, void *emit_ctx);
void builder_done(struct builder *b);

void builder_begin(struct builder *b, enum record_type type); /* a new record */
/* A row, which ends the one before; file NULL ends only: statements added then were read out of a row
 * but do not stand for its cells.  Texts are copied. */
void builder_row(struct builder *b, const char *file, const char *row);
/* A cell of the row; empty or NULL: nothing.  A column that is there already gets a number. */
void builder_cell(struct builder *b, const char *column, const char *text);
/* A statement of the row; zeroed but for kind, FACT and its place.  NULL when the record holds as many
 * as it may. */
struct statement *builder_add(struct builder *b, enum statement_kind kind);
/* Text for a field: white space runs become one blank, ends trimmed; NULL if nothing remains, if it
 * is over max or holds control characters. */
const char *builder_text(struct builder *b, const char *text, size_t max);
/* Common statements; text as builder_text has it, nothing added if that is NULL. */
struct statement *builder_name(struct builder *b, const char *text, enum name_kind kind);
void builder_birth(struct builder *b, const struct record_birth *birth);
void builder_birth_place(struct builder *b, const char *text);
void builder_document(struct builder *b, const char *number, enum document_kind kind,
    const char *country);
void builder_nationality(struct builder *b, const char *country);
void builder_remark(struct builder *b, const char *text);
void builder_relation(struct builder *b, const char *name, enum relation_kind kind);
/* Label, count, hand over.  EFIELD: it has no name; ETOOBIG. */
ENT_CHECK enum ent_err builder_emit(struct builder *b, struct ent_why *why);

/* lists/columns: the cells that a statement gives back, added to out. */
void columns_of(const char *format, const struct record *r, const struct statement *s, struct js *out);

/* Put "file, line: " before what why says; returns err. */
ENT_CHECK enum ent_err list_fail_at(enum ent_err err, struct ent_why *why, const char *file,
    uint64_t line);

#endif
