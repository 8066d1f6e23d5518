/* SPDX-License-Identifier: Apache-2.0
 *
 * store/hits: private hit/no-hit: our filters and who stands behind a reference, what partners asked
 * of us, what we asked.  Columns hold codes, counts, blinded elements and references, which tell
 * nothing without a key; the clear text of our own queries is sealed under a data key each.
 *
 * What opens or makes clear text, references of records and filters takes a live grant; codes and
 * counters go without.
 */
#ifndef ENT_STORE_HITS_H
#define ENT_STORE_HITS_H

#include "store/store.h"

#define HITS_REF 16
#define HITS_ELEMENTS 2048 /* bytes: 64 elements of 32 */
#define HITS_JWS_MAX ((size_t)1 << 20)

/* An agreement's epochs are numbered through, over its annexes; each annex has one filter in force,
 * each epoch belongs to one annex. */

/* ---- our filters (grant: FILTER) ----------------------------------------------------------------- */

enum hit_filter_state { HIT_FILTER_BUILDING = 1, HIT_FILTER_IN_FORCE = 2, HIT_FILTER_RETIRED = 3 };

struct hit_filter_row {
	char agreement[AGREEMENT_MAX], annex[AGREEMENT_MAX];
	uint32_t epoch, rules;
	enum hit_filter_state state;
	uint8_t filter[16]; /* its id */
	int64_t records, tags, left_out;
	uint64_t bytes;
	uint8_t sha256[CRYPTO_HASH_LEN];
	uint8_t pad_seed[32];
	ent_time built_at;
};
ENT_CHECK enum ent_err hit_filter_put(struct store_tx *tx, const struct grant *g,
    const struct hit_filter_row *row, const char *note, struct ent_why *why);
/* An annex's one in force; note (may be NULL) gets its text appended.  ENOTFOUND.  Codes: no grant. */
ENT_CHECK enum ent_err hit_filter_current(struct store_tx *tx, const char *agreement,
    const char *annex, struct hit_filter_row *out, struct buf *note, struct ent_why *why);
/* That of an epoch, in any state.  ENOTFOUND.  Codes: no grant. */
ENT_CHECK enum ent_err hit_filter_of(struct store_tx *tx, const char *agreement, uint32_t epoch,
    struct hit_filter_row *out, struct ent_why *why);
/* Up to max epochs of an annex below `epoch`, the highest first; *count of them. */
ENT_CHECK enum ent_err hit_filter_before(struct store_tx *tx, const struct hit_filter_row *row,
    uint32_t *out, size_t max, size_t *count, struct ent_why *why);
/* The highest epoch of any state, 0 if there is none. */
ENT_CHECK enum ent_err hit_filter_last(struct store_tx *tx, const char *agreement, uint32_t *epoch,
    struct ent_why *why);
/* When the newest build that has not come to its end began; 0 if there is none after the one in force.
 * Codes: no grant. */
ENT_CHECK enum ent_err hit_filter_tried(struct store_tx *tx, const char *agreement,
    const char *annex, ent_time *at, struct ent_why *why);
/* All of the annex's lower epochs than the row's are retired; references of all but the one that was in
 * force before are dropped. */
ENT_CHECK enum ent_err hit_filter_retire(struct store_tx *tx, const struct grant *g,
    const struct hit_filter_row *row, struct ent_why *why);

/* refs: count times HITS_REF bytes, all of one record. */
ENT_CHECK enum ent_err hit_refs_put(struct store_tx *tx, const struct grant *g,
    const char *agreement, uint32_t epoch, const struct ent_id *record, const uint8_t *refs,
    size_t count, struct ent_why *why);
/* What the annex's builds before the row's left behind that did not come to their end. */
ENT_CHECK enum ent_err hit_refs_drop(struct store_tx *tx, const struct hit_filter_row *row,
    struct ent_why *why);

enum hit_ref_state { HIT_REF_UNKNOWN = 0, HIT_REF_HELD = 1, HIT_REF_WITHDRAWN = 2 };
/* Who stands behind a reference: up to max record ids.  Ids alone: no grant. */
ENT_CHECK enum ent_err hit_ref_find(struct store_tx *tx, const char *agreement, uint32_t epoch,
    const uint8_t ref[static HITS_REF], struct ent_id *records, size_t max, size_t *count,
    enum hit_ref_state *state, struct ent_why *why);

/* ---- withdrawal ----------------------------------------------------------------------------------- */

/* The record no longer stands behind any reference; those that nobody else stands behind are withdrawn,
 * and the lists they belong to are to be made anew.  *changed: some were.  In the transaction of the
 * erasure or expiry itself, whose right it is: no grant. */
ENT_CHECK enum ent_err hit_refs_withdraw(struct store_tx *tx, const struct ent_id *record,
    bool *changed, struct ent_why *why);
/* Padding, which nothing tells from the rest. */
ENT_CHECK enum ent_err hit_withdrawn_pad(struct store_tx *tx, const char *agreement, uint32_t epoch,
    const uint8_t ref[static HITS_REF], struct ent_why *why);
/* All, sorted, HITS_REF bytes each, appended. */
ENT_CHECK enum ent_err hit_withdrawn_all(struct store_tx *tx, const char *agreement, uint32_t epoch,
    struct buf *out, struct ent_why *why);

ENT_CHECK enum ent_err hit_withdrawn_count(struct store_tx *tx, const char *agreement, uint32_t epoch,
    size_t *count, struct ent_why *why);

struct hit_list_row {
	uint32_t epoch;
	uint64_t seq;
	ent_time made_at;
	bool dirty;
};
/* Of an annex.  seq 0: there is none; jws may be NULL. */
ENT_CHECK enum ent_err hit_list_get(struct store_tx *tx, const char *agreement, const char *annex,
    struct hit_list_row *out, struct buf *jws, struct ent_why *why);
ENT_CHECK enum ent_err hit_list_put(struct store_tx *tx, const char *agreement, const char *annex,
    const struct hit_list_row *row, const char *jws, struct ent_why *why);

/* ---- what partners ask (codes and noise: no grant) ------------------------------------------------- */

#define HIT_RECEIVED_OPEN 0	/* result: taken in, not answered yet */
#define HIT_RECEIVED_ANSWERED 1
#define HIT_RECEIVED_SPENT 2	/* refused, but counted before: its number is used up, as if answered */
				/* any other: the error that was told */

struct hit_received_row {
	uint64_t seq;
	uint32_t epoch, rules;
	uint8_t hash[CRYPTO_HASH_LEN];
	ent_time received_at, asked_at, keep_until;
	uint64_t used_day, used_epoch;
	int64_t result;
	size_t bytes; /* of elements and of evaluated */
	uint8_t elements[HITS_ELEMENTS], evaluated[HITS_ELEMENTS];
};
/* New, or instead of one of the same number that was not answered. */
ENT_CHECK enum ent_err hit_received_put(struct store_tx *tx, const char *agreement,
    const struct hit_received_row *row, const char *answer, struct ent_why *why);
/* ENOTFOUND; answer (may be NULL) gets the compact JWS appended. */
ENT_CHECK enum ent_err hit_received_get(struct store_tx *tx, const char *agreement, uint64_t seq,
    struct hit_received_row *out, struct buf *answer, struct ent_why *why);
/* The last whose number is used up (answered or spent), of an annex or (NULL) of any; ENOTFOUND. */
ENT_CHECK enum ent_err hit_received_last(struct store_tx *tx, const char *agreement,
    const char *annex, struct hit_received_row *out, struct buf *answer, struct ent_why *why);
ENT_CHECK enum ent_err hit_received_sweep(struct store_tx *tx, ent_time now, int64_t *count,
    struct ent_why *why);

/* ---- what we ask ----------------------------------------------------------------------------------- */

/* Where we stand: seq, prev and what is pending with the agreement, the rest with one annex of it. */
struct hit_asker_row {
	uint32_t epoch, rules; /* of the partner's filter; 0: none fetched */
	ent_time fetched_at, list_at, counted_at;
	uint64_t list_seq, seq; /* seq: of the last answered request */
	uint8_t prev[CRYPTO_HASH_LEN];
	uint64_t used_day, used_epoch; /* elements, at counted_at */
	char stopped[400];
	char pending_annex[AGREEMENT_MAX]; /* whose filter the pending request asks; "": none pends */
};
struct hit_asker_texts { /* each may be NULL; appended */
	struct buf *note, *list, *pending;
};
/* Zeros if we never asked. */
ENT_CHECK enum ent_err hit_asker_get(struct store_tx *tx, const char *agreement, const char *annex,
    struct hit_asker_row *out, const struct hit_asker_texts *texts, struct ent_why *why);
/* A text that is NULL stays as it is; pending is of this annex, or "". */
ENT_CHECK enum ent_err hit_asker_put(struct store_tx *tx, const char *agreement, const char *annex,
    const struct hit_asker_row *row, const char *note, const char *list, const char *pending,
    struct ent_why *why);

enum hit_query_state {
	HIT_QUERY_SENT = 1, HIT_QUERY_NO_HIT = 2, HIT_QUERY_HIT = 3, HIT_QUERY_WITHDRAWN = 4,
	HIT_QUERY_UNANSWERED = 5,
};
struct hit_query_row {
	struct ent_id id, asked_by;
	char agreement[AGREEMENT_MAX];
	uint32_t epoch;
	uint64_t seq;
	int person; /* place in the message */
	ent_time asked_at, keep_until;
	enum hit_query_state state;
	int class;
	uint8_t ref[HITS_REF];
};
/* Grant: ASK.  text: what is to be sealed. */
ENT_CHECK enum ent_err hit_query_put(struct store_tx *tx, const struct grant *g,
    const struct hit_query_row *row, struct bytes text, struct ent_why *why);
ENT_CHECK enum ent_err hit_query_result(struct store_tx *tx, const struct hit_query_row *row,
    struct ent_why *why);
/* The row is codes; text (may be NULL) gets the clear text appended, which wants a grant: ASK, REQUEST
 * or OPENQUERY.  ENOTFOUND. */
ENT_CHECK enum ent_err hit_query_get(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, struct hit_query_row *out, struct buf *text, struct ent_why *why);
/* Grant: ASK.  The unanswered ones of a message, in order. */
typedef enum ent_err hit_query_fn(void *ctx, const struct hit_query_row *row, struct bytes text,
    struct ent_why *why);
ENT_CHECK enum ent_err hit_query_message(struct store_tx *tx, const struct grant *g,
    const char *agreement, uint64_t seq, hit_query_fn *fn, void *ctx, struct ent_why *why);
/* Destroy up to HIT_OVERDUE_MAX that are past their retention; *count of them, and for each the entry of
 * the node's log that tells of it, whose openings are to go too. */
#define HIT_OVERDUE_MAX 32
ENT_CHECK enum ent_err hit_query_erase_overdue(struct store_tx *tx, ent_time now,
    uint64_t entries[static HIT_OVERDUE_MAX], int64_t *count, struct ent_why *why);

/* Is anything, of ours or received, past its time?  Asked before a sweep: a write is an fsync. */
ENT_CHECK enum ent_err hit_overdue(struct store_tx *tx, ent_time now, bool *some,
    struct ent_why *why);

/* ---- files of filters ------------------------------------------------------------------------------ */

/* dir/filters/<side>-<hash of the agreement>-<epoch>.filter; side "own" or "partner". */
#define HIT_FILE_PATH 4096
void hit_file_path(const char *dir, const char *side, const char *agreement, uint32_t epoch,
    char out[static HIT_FILE_PATH]);
ENT_CHECK enum ent_err hit_file_write(const char *path, struct bytes in, struct ent_why *why);
/* Read-only mapping; ENOTFOUND, ETOOBIG over max. */
ENT_CHECK enum ent_err hit_file_map(const char *path, size_t max, struct bytes *out,
    struct ent_why *why);
void hit_file_unmap(struct bytes *map); /* p NULL: nothing */
void hit_file_remove(const char *path); /* none there: nothing */

#endif
