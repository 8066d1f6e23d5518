/* SPDX-License-Identifier: Apache-2.0
 *
 * store/records: the register.  A record's body, its JSON bytes, rests sealed under a data key of its
 * own; columns hold its label's codes and dates.  Visible is what is live or in quarantine, not
 * expired, and not of an import that is still being staged.
 *
 * Whatever opens or changes a record takes a live grant; functions that answer with codes and counts
 * alone go without, and say so.
 */
#ifndef ENT_STORE_RECORDS_H
#define ENT_STORE_RECORDS_H

#include "record/record.h"
#include "store/store.h"

enum record_state {
	RECORD_LIVE = 1,
	RECORD_QUARANTINE = 2, /* without subject category: local search only */
	RECORD_EXPIRED = 3,    /* invisible, waits for its erasure */
	RECORD_TOMBSTONE = 4,  /* erased: codes and dates only, no body */
};

/* The codes of a record. */
struct record_row {
	struct ent_id id;
	enum record_type type;
	int64_t version; /* 1, then one more with each change */
	enum record_state state;
	struct record_label label;
	struct ent_id import; /* zero: none */
	bool others; /* put and replace: the body states who its subject is not; record_others_get */
	ent_time changed_at;
};

/* body: NULL where codes alone are asked for; borrowed for the call.  An error stops and is returned. */
typedef enum ent_err record_row_fn(void *ctx, const struct record_row *row, struct bytes body,
    struct ent_why *why);

/* Add: id, type, label, import and changed_at are taken from row, version is 1, the state follows from
 * the label (quarantine).  Grant: WRITE; where row->import is set, IMPORT, which need not be admitted
 * yet, since nobody can see the row: that import must be open (ESTATE).  EEXISTS; ETOOBIG over
 * RECORD_BODY_MAX. */
ENT_CHECK enum ent_err record_put(struct store_tx *tx, const struct grant *g,
    const struct record_row *row, struct bytes body, struct ent_why *why);
/* Replace: row->version is the one that was read (ECONFLICT if it is another by now); the version
 * rises.  Grant: WRITE.  ENOTFOUND if it is not visible. */
ENT_CHECK enum ent_err record_replace(struct store_tx *tx, const struct grant *g,
    const struct record_row *row, struct bytes body, struct ent_why *why);
/* A visible record; body (may be NULL) gets its bytes appended.  Grant: READ, WRITE, SEARCH, ANSWER,
 * FILTER, FORWARD, PERMIT, NOTICE; with ERASE, expired ones too.  ENOTFOUND. */
ENT_CHECK enum ent_err record_get(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, ent_time now, struct record_row *row, struct buf *body,
    struct ent_why *why);
/* Codes only, no grant; of any state but staged.  ENOTFOUND. */
ENT_CHECK enum ent_err record_label_get(struct store_tx *tx, const struct ent_id *id,
    struct record_row *row, struct ent_why *why);

/* Does a record's body state who its subject is not?  A code, no grant. */
ENT_CHECK enum ent_err record_others_get(struct store_tx *tx, const struct ent_id *id, bool *yes,
    struct ent_why *why);

struct record_query {
	ent_time now;
	struct ent_id after;   /* keyset: the last id of the page before, or zero */
	int max;	       /* rows, 1..1000 */
	enum record_type type; /* NONE: any */
	enum record_state state; /* 0: live and quarantine; LIVE, QUARANTINE; EXPIRED with ERASE */
};
/* One page in order of id, bodies opened.  Grant as record_get. */
ENT_CHECK enum ent_err record_page(struct store_tx *tx, const struct grant *g,
    const struct record_query *q, record_row_fn *fn, void *ctx, struct ent_why *why);
/* All visible records in order of id, page by page, each in a snapshot of its own, so that a long walk
 * holds nothing up: for building an index or a filter.  Not within a body.  Grant as record_get. */
ENT_CHECK enum ent_err record_scan(struct store *s, const struct grant *g, ent_time now,
    record_row_fn *fn, void *ctx, struct ent_why *why);

/* The same of what one flipped import brought, all of it between two ids: for the index, which tells
 * nobody.  Grant: that import's, live. */
struct record_span {
	struct ent_id import, lowest, highest;
};
ENT_CHECK enum ent_err record_import_scan(struct store *s, const struct grant *g,
    const struct record_span *span, ent_time now, record_row_fn *fn, void *ctx, struct ent_why *why);

/* The queues of dates: codes only, no grant.  REVIEW: due, visible.  EXPIRY: past its date and not yet
 * marked (the runner's).  ERASURE: marked, waiting for two persons.  After (after_time, after_id); max
 * rows 1..1000; fn gets no body. */
enum record_due { RECORD_REVIEW, RECORD_EXPIRY, RECORD_ERASURE };
struct record_due_query {
	enum record_due which;
	ent_time now, after_time;
	struct ent_id after_id;
	int max;
};
ENT_CHECK enum ent_err record_due_page(struct store_tx *tx, const struct record_due_query *q,
    record_row_fn *fn, void *ctx, struct ent_why *why);
/* The runner: mark up to max records that are past their expiry; fn (may be NULL) is told of each, so
 * that the index drops it.  *count of them.  No grant: a rule that the label carries. */
ENT_CHECK enum ent_err record_expire(struct store_tx *tx, ent_time now, int max, record_row_fn *fn,
    void *ctx, int64_t *count, struct ent_why *why);

/* One person's confirmation of an erasure; grant ERASE, whose actor it is.  With the second one, of
 * whom one is data-protection officer, the record becomes a tombstone and its key is destroyed before
 * store_write returns: *erased.  EEXISTS: the same person twice.  ground: a code, up to 64 bytes. */
ENT_CHECK enum ent_err record_erase(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, const char *ground, ent_time now, bool *erased, struct ent_why *why);

/* Counts for health and status: no grant. */
struct record_counts {
	int64_t visible;     /* those in quarantine included */
	int64_t quarantined; /* those of an import that is being staged included */
	int64_t review_due, erasure_due;
	ent_time next_review, next_expiry; /* after now; 0: none */
};
ENT_CHECK enum ent_err record_count(struct store_tx *tx, ent_time now, struct record_counts *out,
    struct ent_why *why);

/* An import: begin; record_put with row.import in bodies of up to IMPORT_BATCH records (entente.conf:
 * fewer); then flip, in the body that writes its audit entry, and all become visible at once.  Grant:
 * IMPORT; until the flip it need not be admitted (grant/stage.h), for the flip it must be. */
#define IMPORT_BATCH 1000
ENT_CHECK enum ent_err import_begin(struct store_tx *tx, const struct grant *g,
    const struct ent_id *import, ent_time now, struct ent_why *why);
/* ESTATE unless it is open and holds exactly that many records. */
ENT_CHECK enum ent_err import_flip(struct store_tx *tx, const struct grant *g,
    const struct ent_id *import, int64_t records, struct ent_why *why);
/* Remove what an import that failed has staged, records and keys; not within a body.  No grant: it
 * was never visible.  ENOTFOUND if it is flipped or unknown. */
ENT_CHECK enum ent_err import_drop(struct store *s, const struct ent_id *import,
    struct ent_why *why);
/* The same for all that are open: start-up's. */
ENT_CHECK enum ent_err import_sweep(struct store *s, struct ent_why *why);

#endif
