/* SPDX-License-Identifier: Apache-2.0
 *
 * store/screenings: lists that are held against the register.  The list itself is never kept: a running
 * screening keeps where it stands, sealed under a key that is destroyed when the list has ended; rows
 * with candidates are kept sealed until the screening is closed, decided on or not.
 *
 * Codes and counts go without a grant; what opens or makes more takes one.
 */
#ifndef ENT_STORE_SCREENINGS_H
#define ENT_STORE_SCREENINGS_H

#include "store/adjudications.h"
#include "store/store.h"

#define SCREENING_PROGRESS_MAX ((size_t)4096)
#define SCREENING_ROW_MAX ((size_t)16 << 10) /* bytes of a list's row, as it is kept */
#define SCREENING_PAGE_MAX 1000

enum screening_state { SCREENING_RUNNING = 1, SCREENING_OPEN = 2, SCREENING_CLOSED = 3 };
const char *screening_state_name(enum screening_state s); /* "running" */

struct screening_row {
	struct ent_id id, results; /* of the screening; of its candidates' key */
	enum screening_state state;
	char agreement[AGREEMENT_MAX], annex[AGREEMENT_MAX]; /* "" for the national annex */
	enum ent_purpose purpose;
	struct ent_id started_by;
	ent_time started_at, ended_at, expires_at; /* ended_at 0: not yet */
	int64_t rows, candidates, strong, decided;
};

/* Begin: id, results, agreement, annex, purpose, started_by, started_at and expires_at from row.  Grant:
 * SCREEN.  EEXISTS. */
ENT_CHECK enum ent_err screening_begin(struct store_tx *tx, const struct grant *g,
    const struct screening_row *row, struct bytes progress, struct ent_why *why);
/* ENOTFOUND.  Codes: no grant. */
ENT_CHECK enum ent_err screening_get(struct store_tx *tx, const struct ent_id *id,
    struct screening_row *out, struct ent_why *why);
/* Where a running one stands, appended to progress, which the caller wipes.  Grant: SCREEN.  ESTATE. */
ENT_CHECK enum ent_err screening_progress(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, struct buf *progress, struct ent_why *why);

/* A row that may be of the record's subject; text is borrowed. */
struct screening_hit {
	struct ent_id record;
	struct bytes text;
	bool strong;
};
/* One batch: from `was` rows to `now`, its hits, where it stands.  Hits on records erased meanwhile are
 * left out.  Grant: SCREEN.  ECONFLICT: another run goes on. */
ENT_CHECK enum ent_err screening_advance(struct store_tx *tx, const struct grant *g,
    const struct screening_row *row, int64_t now_rows, const struct screening_hit *hits, size_t count,
    struct bytes progress, struct ent_why *why);
/* The list has ended: the progress and its key go.  Grant: SCREEN. */
ENT_CHECK enum ent_err screening_end(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, ent_time now, struct ent_why *why);
/* Nothing of it stays but codes and counts.  Grant: SCREEN.  ESTATE if it is closed. */
ENT_CHECK enum ent_err screening_close(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, ent_time now, struct ent_why *why);
/* The runner: close up to max of those past their end; *count of them.  No grant: a rule of the annex. */
ENT_CHECK enum ent_err screening_expire(struct store_tx *tx, ent_time now, int max, int64_t *count,
    struct ent_why *why);

typedef enum ent_err screening_fn(void *ctx, const struct screening_row *row, struct ent_why *why);
/* Newest first, those begun before the id (zero: all), up to max.  Codes: no grant. */
ENT_CHECK enum ent_err screening_page(struct store_tx *tx, const struct ent_id *before, int max,
    screening_fn *fn, void *ctx, struct ent_why *why);
struct screening_counts {
	int64_t running, open, undecided;
};
ENT_CHECK enum ent_err screening_count(struct store_tx *tx, struct screening_counts *out,
    struct ent_why *why);

/* ---- candidates -------------------------------------------------------------------------------------- */

struct candidate_row {
	int64_t seq; /* from 1 */
	struct ent_id record;
	enum verdict verdict; /* NONE: not decided */
};
typedef enum ent_err candidate_fn(void *ctx, const struct candidate_row *row, struct bytes text,
    struct ent_why *why);
/* After seq, up to max (SCREENING_PAGE_MAX); text is the list's row, borrowed, wiped after the call.
 * Grant: SCREEN. */
ENT_CHECK enum ent_err candidate_page(struct store_tx *tx, const struct grant *g,
    const struct screening_row *row, int64_t after, int max, bool undecided, candidate_fn *fn, void *ctx,
    struct ent_why *why);
/* One; text (NULL: codes alone, no grant) gets the row appended, which the caller wipes.  Grant:
 * ADJUDICATE.  ENOTFOUND. */
ENT_CHECK enum ent_err candidate_get(struct store_tx *tx, const struct grant *g,
    const struct screening_row *row, int64_t seq, struct candidate_row *out, struct buf *text,
    struct ent_why *why);
/* Grant: ADJUDICATE. */
ENT_CHECK enum ent_err candidate_decide(struct store_tx *tx, const struct grant *g,
    const struct screening_row *row, const struct candidate_row *candidate, enum verdict verdict,
    struct ent_why *why);

#endif
