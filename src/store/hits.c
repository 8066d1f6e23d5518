/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hits.h"

#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A column of fixed size; zeros if it is another. */
static void
copy_blob(struct db_stmt *st, int n, uint8_t *out, size_t size)
{
	struct bytes b = db_col_blob(st, n);
	memset(out, 0, size);
	if (b.n == size)
		memcpy(out, b.p, size);
}

/* ---- filters --------------------------------------------------------------------------------------- */

enum ent_err
hit_filter_put(struct store_tx *tx, const struct grant *g, const struct hit_filter_row *row,
    const char *note, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_FILTER, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_HIT_FILTER_PUT);
	db_text(st, 1, row->agreement);
	db_int(st, 2, row->epoch);
	db_int(st, 3, row->state);
	db_text(st, 4, row->annex);
	db_blob(st, 5, bytes_of(row->filter, sizeof row->filter));
	db_int(st, 6, row->rules);
	db_int(st, 7, row->records);
	db_int(st, 8, row->tags);
	db_int(st, 9, row->left_out);
	db_int(st, 10, (int64_t)row->bytes);
	db_blob(st, 11, bytes_of(row->sha256, sizeof row->sha256));
	db_blob(st, 12, bytes_of(row->pad_seed, sizeof row->pad_seed));
	db_int(st, 13, row->built_at);
	db_text(st, 14, note);
	return db_run(st, NULL, why);
}

/* Of a statement that gives one row, or none: ENOTFOUND, without a text. */
static enum ent_err
filter_row(struct db_stmt *st, struct hit_filter_row *out, struct buf *note, struct ent_why *why)
{
	bool row;
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && !row)
		err = ENT_ENOTFOUND;
	if (err == ENT_OK) {
		*out = (struct hit_filter_row){ .epoch = (uint32_t)db_col_int(st, 1),
			.state = (enum hit_filter_state)db_col_int(st, 2),
			.rules = (uint32_t)db_col_int(st, 5), .records = db_col_int(st, 6),
			.tags = db_col_int(st, 7), .left_out = db_col_int(st, 8),
			.bytes = (uint64_t)db_col_int(st, 9), .built_at = db_col_int(st, 12) };
		db_col_copy(st, 0, out->agreement, sizeof out->agreement);
		db_col_copy(st, 3, out->annex, sizeof out->annex);
		copy_blob(st, 4, out->filter, sizeof out->filter);
		copy_blob(st, 10, out->sha256, sizeof out->sha256);
		copy_blob(st, 11, out->pad_seed, sizeof out->pad_seed);
		if (note != NULL)
			buf_puts(note, db_col_text(st, 13));
	}
	db_done(st);
	return err;
}

enum ent_err
hit_filter_current(struct store_tx *tx, const char *agreement, const char *annex,
    struct hit_filter_row *out, struct buf *note, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_FILTER_CURRENT);
	db_text(st, 1, agreement);
	db_text(st, 2, annex);
	enum ent_err err = filter_row(st, out, note, why);
	if (err == ENT_ENOTFOUND)
		err = ent_fail(err, why, "no filter is built for annex '%s' of agreement '%s' (entente filter "
		    "build)", annex, agreement);
	return err;
}

enum ent_err
hit_filter_of(struct store_tx *tx, const char *agreement, uint32_t epoch,
    struct hit_filter_row *out, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_FILTER_OF);
	db_text(st, 1, agreement);
	db_int(st, 2, epoch);
	enum ent_err err = filter_row(st, out, NULL, why);
	if (err == ENT_ENOTFOUND)
		err = ent_fail(err, why, "agreement '%s' has no epoch %u", agreement, epoch);
	return err;
}

enum ent_err
hit_filter_before(struct store_tx *tx, const struct hit_filter_row *of, uint32_t *out, size_t max,
    size_t *count, struct ent_why *why)
{
	bool row = true;
	size_t n = 0;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, DB_HIT_FILTER_BEFORE);
	db_text(st, 1, of->agreement);
	db_text(st, 2, of->annex);
	db_int(st, 3, of->epoch);
	db_int(st, 4, (int64_t)max);
	while (n < max && (err = db_step(st, &row, why)) == ENT_OK && row)
		out[n++] = (uint32_t)db_col_int(st, 0);
	db_done(st);
	*count = n;
	return err;
}

enum ent_err
hit_filter_last(struct store_tx *tx, const char *agreement, uint32_t *epoch, struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_HIT_FILTER_LAST);
	db_text(st, 1, agreement);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK)
		*epoch = row ? (uint32_t)db_col_int(st, 0) : 0;
	db_done(st);
	return err;
}

enum ent_err
hit_filter_tried(struct store_tx *tx, const char *agreement, const char *annex, ent_time *at,
    struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_HIT_FILTER_TRIED);
	db_text(st, 1, agreement);
	db_text(st, 2, annex);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK)
		*at = row ? db_col_int(st, 0) : 0;
	db_done(st);
	return err;
}

static enum ent_err
run_for_row(struct store_tx *tx, enum db_query q, const struct hit_filter_row *row,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, q);
	db_text(st, 1, row->agreement);
	db_text(st, 2, row->annex);
	db_int(st, 3, row->epoch);
	return db_run(st, NULL, why);
}

enum ent_err
hit_filter_retire(struct store_tx *tx, const struct grant *g, const struct hit_filter_row *row,
    struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_FILTER, why);
	if (err == ENT_OK)
		err = run_for_row(tx, DB_HIT_REF_DROP_BEFORE, row, why);
	return err == ENT_OK ? run_for_row(tx, DB_HIT_FILTER_RETIRE, row, why) : err;
}

enum ent_err
hit_refs_put(struct store_tx *tx, const struct grant *g, const char *agreement, uint32_t epoch,
    const struct ent_id *record, const uint8_t *refs, size_t count, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_FILTER, why);
	for (size_t i = 0; i < count && err == ENT_OK; i++) {
		struct db_stmt *st = db_begin(tx, DB_HIT_REF_PUT);
		db_text(st, 1, agreement);
		db_int(st, 2, epoch);
		db_blob(st, 3, bytes_of(refs + i * HITS_REF, HITS_REF));
		db_id(st, 4, record);
		err = db_run(st, NULL, why);
	}
	return err;
}

enum ent_err
hit_refs_drop(struct store_tx *tx, const struct hit_filter_row *row, struct ent_why *why)
{
	return run_for_row(tx, DB_HIT_REF_DROP, row, why);
}

/* ---- references ------------------------------------------------------------------------------------ */

static struct db_stmt *
begin_ref(struct store_tx *tx, enum db_query q, const char *agreement, uint32_t epoch,
    const uint8_t ref[static HITS_REF])
{
	struct db_stmt *st = db_begin(tx, q);
	db_text(st, 1, agreement);
	db_int(st, 2, epoch);
	db_blob(st, 3, bytes_of(ref, HITS_REF));
	return st;
}

static enum ent_err
is_there(struct db_stmt *st, bool *row, struct ent_why *why)
{
	enum ent_err err = db_step(st, row, why);
	db_done(st);
	return err;
}

enum ent_err
hit_ref_find(struct store_tx *tx, const char *agreement, uint32_t epoch,
    const uint8_t ref[static HITS_REF], struct ent_id *records, size_t max, size_t *count,
    enum hit_ref_state *state, struct ent_why *why)
{
	bool row = false;
	enum ent_err err;
	size_t n = 0;
	struct db_stmt *st = begin_ref(tx, DB_HIT_REF_GET, agreement, epoch, ref);
	while ((err = db_step(st, &row, why)) == ENT_OK && row && n < max)
		db_col_id(st, 0, &records[n++]);
	db_done(st);
	row = false;
	if (err == ENT_OK && n == 0)
		err = is_there(begin_ref(tx, DB_HIT_WITHDRAWN_GET, agreement, epoch, ref), &row, why);
	if (err != ENT_OK)
		return err;
	*count = n;
	*state = n > 0 ? HIT_REF_HELD : row ? HIT_REF_WITHDRAWN : HIT_REF_UNKNOWN;
	return ENT_OK;
}

struct held_ref {
	char agreement[AGREEMENT_MAX];
	uint32_t epoch;
	uint8_t ref[HITS_REF];
};

#define HELD_MAX 4096 /* references of one record, over all agreements and two epochs */

static enum ent_err
refs_of_record(struct store_tx *tx, const struct ent_id *record, struct held_ref *out, size_t *count,
    struct ent_why *why)
{
	bool row;
	enum ent_err err;
	struct db_stmt *st = db_begin(tx, DB_HIT_REF_OF_RECORD);
	db_id(st, 1, record);
	*count = 0;
	while ((err = db_step(st, &row, why)) == ENT_OK && row && *count < HELD_MAX) {
		struct held_ref *h = &out[(*count)++];
		db_col_copy(st, 0, h->agreement, sizeof h->agreement);
		h->epoch = (uint32_t)db_col_int(st, 1);
		copy_blob(st, 2, h->ref, sizeof h->ref);
	}
	db_done(st);
	if (err == ENT_OK && *count == HELD_MAX)
		err = ent_fail(ENT_ETOOBIG, why, "one record stands behind over %d references", HELD_MAX);
	return err;
}

static enum ent_err
withdraw_one(struct store_tx *tx, const struct held_ref *h, struct ent_why *why)
{
	bool shared;
	enum ent_err err = is_there(begin_ref(tx, DB_HIT_REF_GET, h->agreement, h->epoch, h->ref),
	    &shared, why);
	if (err != ENT_OK || shared)
		return err;
	err = db_run(begin_ref(tx, DB_HIT_WITHDRAWN_PUT, h->agreement, h->epoch, h->ref), NULL, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_HIT_LIST_DIRTY);
	db_text(st, 1, h->agreement);
	db_int(st, 2, h->epoch);
	return db_run(st, NULL, why);
}

enum ent_err
hit_refs_withdraw(struct store_tx *tx, const struct ent_id *record, bool *changed,
    struct ent_why *why)
{
	struct held_ref *held = ent_alloc_array(HELD_MAX, sizeof *held);
	size_t n = 0;
	enum ent_err err = refs_of_record(tx, record, held, &n, why);
	if (err == ENT_OK && n > 0) {
		struct db_stmt *st = db_begin(tx, DB_HIT_REF_DROP_RECORD);
		db_id(st, 1, record);
		err = db_run(st, NULL, why);
	}
	for (size_t i = 0; i < n && err == ENT_OK; i++)
		err = withdraw_one(tx, &held[i], why);
	if (err == ENT_OK)
		*changed = n > 0;
	free(held);
	return err;
}

enum ent_err
hit_withdrawn_pad(struct store_tx *tx, const char *agreement, uint32_t epoch,
    const uint8_t ref[static HITS_REF], struct ent_why *why)
{
	return db_run(begin_ref(tx, DB_HIT_WITHDRAWN_PUT, agreement, epoch, ref), NULL, why);
}

enum ent_err
hit_withdrawn_all(struct store_tx *tx, const char *agreement, uint32_t epoch, struct buf *out,
    struct ent_why *why)
{
	bool row;
	enum ent_err err;
	uint8_t ref[HITS_REF];
	struct db_stmt *st = db_begin(tx, DB_HIT_WITHDRAWN_ALL);
	db_text(st, 1, agreement);
	db_int(st, 2, epoch);
	while ((err = db_step(st, &row, why)) == ENT_OK && row) {
		copy_blob(st, 0, ref, sizeof ref);
		buf_put(out, ref, sizeof ref);
	}
	db_done(st);
	return err == ENT_OK ? buf_err(out) : err;
}

enum ent_err
hit_withdrawn_count(struct store_tx *tx, const char *agreement, uint32_t epoch, size_t *count,
    struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_HIT_WITHDRAWN_COUNT);
	db_text(st, 1, agreement);
	db_int(st, 2, epoch);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK)
		*count = row ? (size_t)db_col_int(st, 0) : 0;
	db_done(st);
	return err;
}

enum ent_err
hit_list_get(struct store_tx *tx, const char *agreement, const char *annex,
    struct hit_list_row *out, struct buf *jws, struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_HIT_LIST_GET);
	db_text(st, 1, agreement);
	db_text(st, 2, annex);
	enum ent_err err = db_step(st, &row, why);
	*out = (struct hit_list_row){ 0 };
	if (err == ENT_OK && row) {
		*out = (struct hit_list_row){ .epoch = (uint32_t)db_col_int(st, 0),
			.seq = (uint64_t)db_col_int(st, 1), .made_at = db_col_int(st, 2),
			.dirty = db_col_int(st, 3) != 0 };
		if (jws != NULL)
			buf_puts(jws, db_col_text(st, 4));
	}
	db_done(st);
	return err;
}

enum ent_err
hit_list_put(struct store_tx *tx, const char *agreement, const char *annex,
    const struct hit_list_row *row, const char *jws, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_LIST_PUT);
	db_text(st, 1, agreement);
	db_text(st, 2, annex);
	db_int(st, 3, row->epoch);
	db_int(st, 4, (int64_t)row->seq);
	db_int(st, 5, row->made_at);
	db_int(st, 6, row->dirty);
	db_text(st, 7, jws);
	return db_run(st, NULL, why);
}
