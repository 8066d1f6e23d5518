/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/entry: one entry's text, as it is written and as an overseer reads it back (spec/6-audit.md,
 * section 2).  Pure.
 */
#ifndef ENT_AUDIT_ENTRY_H
#define ENT_AUDIT_ENTRY_H

#include "audit/tile.h"
#include "base/js.h"

/* What reading back tells of a node log's entry; text is borrowed from `js`. */
struct entry_view {
	struct js *js;	   /* owned: entry_view_done */
	bool has_index;	   /* its own number, which must be where it stands */
	uint64_t index;
	bool has_intent;
	uint64_t intent;   /* of an outcome: the index it ends */
	bool is_intent;
	const char *event; /* "" if absent */
};
/* A node log's entry.  ESYNTAX, EFIELD. */
ENT_CHECK enum ent_err entry_read(struct bytes text, struct entry_view *out, struct ent_why *why);
void entry_view_done(struct entry_view *e);

/* A line of an exchange log. */
#define LINE_DIR_MAX 32
struct exchange_line {
	char agreement[64];
	char dir[LINE_DIR_MAX]; /* "RAB>BRU" */
	char channel[16];	/* "feed", "hit" */
	uint64_t seq;
	char typ[64];
	uint8_t hash[CRYPTO_HASH_LEN];
};
ENT_CHECK enum ent_err line_read(struct bytes text, struct exchange_line *out, struct ent_why *why);
/* The bytes, appended; the same on both sides for the same message. */
void line_write(const struct exchange_line *l, struct buf *out);
/* A private query or its answer: a refused one leaves its number free, and one whose answer was lost is
 * repeated [AUD-7]. */
bool line_refusable(const struct exchange_line *l);

/* Find the disclosure of `field` among an entry's and check that its digest stands in the entry:
 * *value is a copy, owned.  ENOTFOUND, ESIG (its digest is not in the entry). */
ENT_CHECK enum ent_err entry_open(struct bytes entry, const struct js *disclosures,
    const char *field, struct js **value, struct ent_why *why);

#endif
