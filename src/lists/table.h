/* SPDX-License-Identifier: Apache-2.0
 *
 * lists/table: which column is which field, and what a cell says.  Private to lists.
 */
#ifndef ENT_LISTS_TABLE_H
#define ENT_LISTS_TABLE_H

#include "lists/formats.h"

#define TABLE_JOINED_MAX 4u /* columns that make up one name */

/* For each field, the columns whose texts are joined; none: count 0. */
struct table_columns {
	struct {
		size_t at[TABLE_JOINED_MAX]; /* of the header */
		size_t count;
	} field[TABLE_FIELDS];
};


/* From the header's texts (NULL: empty) and what was asked for (NULL: usual names).  EFIELD names what is
 * missing, and what is there. */
ENT_CHECK enum ent_err table_columns_find(const char *const *header, size_t count, const char *wanted,
    struct table_columns *out, struct ent_why *why);

/* A cell's text into what match reads; *bad: NULL, or what to do about it.  out: TABLE_TEXT bytes. */
#define TABLE_TEXT 1040u
void table_value(enum table_field f, const char *text, bool month_first, char out[static TABLE_TEXT],
    const char **bad);

#endif
