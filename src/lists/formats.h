/* SPDX-License-Identifier: Apache-2.0
 *
 * lists/formats: one function a format, and the readers beneath them.
 */
#ifndef ENT_LISTS_FORMATS_H
#define ENT_LISTS_FORMATS_H

#include "lists/builder.h"

ENT_CHECK enum ent_err ofac_read(struct builder *b, const struct list_input *in, size_t count,
    struct ent_why *why);
ENT_CHECK enum ent_err un_read(struct builder *b, const struct list_input *in, struct ent_why *why);
ENT_CHECK enum ent_err jsonl_read(struct builder *b, const struct list_input *in,
    struct ent_why *why);

/* What an OFAC remark tells in set phrases, as statements; the remark itself is kept apart. */
void ofac_remarks(struct builder *b, const char *text);

/* A text file, read in pieces. */
#define SOURCE_CHUNK ((size_t)64 * 1024)
struct source {
	const struct list_input *in;
	uint8_t *chunk; /* owned */
	size_t n, at;
	uint64_t line; /* of the next byte, from 1 */
	bool end, failed;
};
void source_init(struct source *s, const struct list_input *in);
void source_done(struct source *s);
int source_next(struct source *s); /* the next byte, -1 at the end or if reading failed */
int source_peek(struct source *s);
/* One line without its end (LF or CR LF) into line, which is emptied first; *more false at the end.
 * ETOOBIG, EIO. */
ENT_CHECK enum ent_err source_line(struct source *s, struct buf *line, bool *more,
    struct ent_why *why);

/* One row of CSV (RFC 4180), strictly UTF-8.  Empty and -0- cells are NULL. */
struct csv {
	struct source source;
	struct buf text; /* the cells' bytes */
	char separator;	 /* ',' unless set after csv_init */
	const char *cells[LIST_CELLS_MAX];
	size_t count;  /* 0 at the end */
	uint64_t line; /* of the row's beginning */
};
void csv_init(struct csv *c, const struct list_input *in);
/* Find out from the header what stands between columns (comma, semicolon, tab, bar); skips a byte order mark. */
void csv_sniff(struct csv *c);
void csv_done(struct csv *c);
ENT_CHECK enum ent_err csv_next(struct csv *c, struct ent_why *why);

#endif
