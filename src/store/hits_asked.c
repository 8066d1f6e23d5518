/* SPDX-License-Identifier: Apache-2.0
 *
 * What partners asked of us, and what we asked of them.
 */
#include "store/db.h"
#include "store/hits.h"
#include "store/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEALED_MAX ((size_t)1 << 16) /* one person's query */

static void
copy_blob(struct db_stmt *st, int n, uint8_t *out, size_t size)
{
	struct bytes b = db_col_blob(st, n);
	memset(out, 0, size);
	if (b.n <= size && b.n > 0)
		memcpy(out, b.p, b.n);
}

static void
append(struct buf *out, struct db_stmt *st, int n)
{
	if (out != NULL)
		buf_puts(out, db_col_text(st, n));
}

/* ---- received ----------------------------------------------------------------------------------- */

enum ent_err
hit_received_put(struct store_tx *tx, const char *agreement, const struct hit_received_row *row,
    const char *answer, struct ent_why *why)
{
	ENT_ASSERT(row->bytes <= HITS_ELEMENTS);
	struct db_stmt *st = db_begin(tx, DB_HIT_RECEIVED_PUT);
	db_text(st, 1, agreement);
	db_int(st, 2, (int64_t)row->seq);
	db_int(st, 3, row->epoch);
	db_int(st, 4, row->rules);
	db_blob(st, 5, bytes_of(row->hash, sizeof row->hash));
	db_int(st, 6, row->received_at);
	db_int(st, 7, row->asked_at);
	db_int(st, 8, (int64_t)row->used_day);
	db_int(st, 9, (int64_t)row->used_epoch);
	db_int(st, 10, row->result);
	db_blob(st, 11, bytes_of(row->elements, row->bytes));
	db_blob(st, 12, bytes_of(row->evaluated, row->bytes));
	db_text(st, 13, answer);
	db_int(st, 14, row->keep_until);
	return db_run(st, NULL, why);
}

static enum ent_err
received(struct db_stmt *st, struct hit_received_row *out, struct buf *answer, struct ent_why *why)
{
	bool row;
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && !row)
		err = ent_fail(ENT_ENOTFOUND, why, "no such request is kept");
	if (err == ENT_OK) {
		*out = (struct hit_received_row){ .seq = (uint64_t)db_col_int(st, 0),
			.epoch = (uint32_t)db_col_int(st, 1), .rules = (uint32_t)db_col_int(st, 2),
			.received_at = db_col_int(st, 4), .asked_at = db_col_int(st, 5),
			.used_day = (uint64_t)db_col_int(st, 6),
			.used_epoch = (uint64_t)db_col_int(st, 7), .result = db_col_int(st, 8),
			.bytes = db_col_blob(st, 9).n, .keep_until = db_col_int(st, 12) };
		copy_blob(st, 3, out->hash, sizeof out->hash);
		copy_blob(st, 9, out->elements, sizeof out->elements);
		copy_blob(st, 10, out->evaluated, sizeof out->evaluated);
		append(answer, st, 11);
	}
	db_done(st);
	return err;
}

enum ent_err
hit_received_get(struct store_tx *tx, const char *agreement, uint64_t seq,
    struct hit_received_row *out, struct buf *answer, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_RECEIVED_GET);
	db_text(st, 1, agreement);
	db_int(st, 2, (int64_t)seq);
	return received(st, out, answer, why);
}

enum ent_err
hit_received_last(struct store_tx *tx, const char *agreement, const char *annex,
    struct hit_received_row *out, struct buf *answer, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, annex == NULL ? DB_HIT_RECEIVED_LAST : DB_HIT_RECEIVED_LAST_OF);
	db_text(st, 1, agreement);
	if (annex != NULL)
		db_text(st, 2, annex);
	return received(st, out, answer, why);
}

enum ent_err
hit_received_sweep(struct store_tx *tx, ent_time now, int64_t *count, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_RECEIVED_SWEEP);
	db_int(st, 1, now);
	return db_run(st, count, why);
}

/* ---- the asker's place -------------------------------------------------------------------------- */

static enum ent_err
asker_get(struct store_tx *tx, const char *agreement, struct hit_asker_row *out, struct buf *pending,
    struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_HIT_ASKER_GET);
	db_text(st, 1, agreement);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row) {
		out->seq = (uint64_t)db_col_int(st, 0);
		copy_blob(st, 1, out->prev, sizeof out->prev);
		append(pending, st, 2);
		db_col_copy(st, 3, out->pending_annex, sizeof out->pending_annex);
	}
	db_done(st);
	return err;
}

enum ent_err
hit_asker_get(struct store_tx *tx, const char *agreement, const char *annex,
    struct hit_asker_row *out, const struct hit_asker_texts *texts, struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_HIT_ASKED_GET);
	db_text(st, 1, agreement);
	db_text(st, 2, annex);
	enum ent_err err = db_step(st, &row, why);
	*out = (struct hit_asker_row){ 0 };
	if (err == ENT_OK && row) {
		*out = (struct hit_asker_row){ .epoch = (uint32_t)db_col_int(st, 0),
			.rules = (uint32_t)db_col_int(st, 1), .fetched_at = db_col_int(st, 3),
			.list_seq = (uint64_t)db_col_int(st, 4), .list_at = db_col_int(st, 5),
			.counted_at = db_col_int(st, 7), .used_day = (uint64_t)db_col_int(st, 8),
			.used_epoch = (uint64_t)db_col_int(st, 9) };
		db_col_copy(st, 10, out->stopped, sizeof out->stopped);
		if (texts != NULL) {
			append(texts->note, st, 2);
			append(texts->list, st, 6);
		}
	}
	db_done(st);
	return err == ENT_OK ? asker_get(tx, agreement, out, texts == NULL ? NULL : texts->pending, why)
	                     : err;
}

struct asked {
	const char *agreement, *annex, *note, *list, *pending;
};

static enum ent_err
asked_put(struct store_tx *tx, const struct asked *k, const struct hit_asker_row *row,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_ASKED_PUT);
	db_text(st, 1, k->agreement);
	db_text(st, 2, k->annex);
	db_int(st, 3, row->epoch);
	db_int(st, 4, row->rules);
	db_text(st, 5, k->note);
	db_int(st, 6, row->fetched_at);
	db_int(st, 7, (int64_t)row->list_seq);
	db_int(st, 8, row->list_at);
	db_text(st, 9, k->list);
	db_int(st, 10, row->counted_at);
	db_int(st, 11, (int64_t)row->used_day);
	db_int(st, 12, (int64_t)row->used_epoch);
	db_text(st, 13, row->stopped);
	return db_run(st, NULL, why);
}

static enum ent_err
asker_put(struct store_tx *tx, const struct asked *k, const struct hit_asker_row *row,
    const char *pending_annex, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_ASKER_PUT);
	db_text(st, 1, k->agreement);
	db_int(st, 2, (int64_t)row->seq);
	db_blob(st, 3, bytes_of(row->prev, sizeof row->prev));
	db_text(st, 4, k->pending);
	db_text(st, 5, pending_annex);
	return db_run(st, NULL, why);
}

enum ent_err
hit_asker_put(struct store_tx *tx, const char *agreement, const char *annex,
    const struct hit_asker_row *row, const char *note, const char *list, const char *pending,
    struct ent_why *why)
{
	struct hit_asker_row there;
	struct buf kept[3];
	const struct hit_asker_texts texts = { &kept[0], &kept[1], &kept[2] };
	for (size_t i = 0; i < 3; i++)
		buf_init(&kept[i], HITS_JWS_MAX);
	enum ent_err err = hit_asker_get(tx, agreement, annex, &there, &texts, why);
	const struct asked k = { agreement, annex, note != NULL ? note : buf_cstr(&kept[0]),
		list != NULL ? list : buf_cstr(&kept[1]), pending != NULL ? pending : buf_cstr(&kept[2]) };
	if (err == ENT_OK)
		err = asked_put(tx, &k, row, why);
	if (err == ENT_OK)
		err = asker_put(tx, &k, row, pending == NULL ? there.pending_annex
		        : pending[0] == '\0' ? "" : annex, why);
	for (size_t i = 0; i < 3; i++)
		buf_done(&kept[i]);
	return err;
}

/* ---- queries ------------------------------------------------------------------------------------ */

enum ent_err
hit_query_put(struct store_tx *tx, const struct grant *g, const struct hit_query_row *row,
    struct bytes text, struct ent_why *why)
{
	struct buf sealed;
	enum ent_err err = grant_check(g, ACTION_ASK, why);
	if (err != ENT_OK)
		return err;
	buf_init(&sealed, SEALED_MAX + 1024);
	err = store_seal_new(tx, &row->id, text, &sealed, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_HIT_QUERY_PUT);
		db_id(st, 1, &row->id);
		db_text(st, 2, row->agreement);
		db_int(st, 3, row->epoch);
		db_int(st, 4, (int64_t)row->seq);
		db_int(st, 5, row->person);
		db_int(st, 6, row->asked_at);
		db_id(st, 7, &row->asked_by);
		db_int(st, 8, row->state);
		db_int(st, 9, row->class);
		db_blob(st, 10, bytes_of(row->ref, sizeof row->ref));
		db_int(st, 11, row->keep_until);
		db_blob(st, 12, buf_bytes(&sealed));
		db_int(st, 13, (int64_t)grant_entry(g));
		err = db_run(st, NULL, why);
	}
	buf_done(&sealed);
	return err;
}

enum ent_err
hit_query_result(struct store_tx *tx, const struct hit_query_row *row, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_QUERY_RESULT);
	db_id(st, 1, &row->id);
	db_int(st, 2, row->state);
	db_int(st, 3, row->class);
	db_blob(st, 4, bytes_of(row->ref, sizeof row->ref));
	db_int(st, 5, row->keep_until);
	return db_run(st, NULL, why);
}

static void
query_row(struct db_stmt *st, struct hit_query_row *out)
{
	*out = (struct hit_query_row){ .epoch = (uint32_t)db_col_int(st, 2),
		.seq = (uint64_t)db_col_int(st, 3), .person = (int)db_col_int(st, 4),
		.asked_at = db_col_int(st, 5), .state = (enum hit_query_state)db_col_int(st, 7),
		.class = (int)db_col_int(st, 8), .keep_until = db_col_int(st, 10) };
	db_col_id(st, 0, &out->id);
	db_col_copy(st, 1, out->agreement, sizeof out->agreement);
	db_col_id(st, 6, &out->asked_by);
	copy_blob(st, 9, out->ref, sizeof out->ref);
}

enum ent_err
hit_query_get(struct store_tx *tx, const struct grant *g, const struct ent_id *id,
    struct hit_query_row *out, struct buf *text, struct ent_why *why)
{
	bool row;
	enum ent_err err = ENT_OK;
	if (text != NULL && grant_check(g, ACTION_ASK, NULL) != ENT_OK &&
	    grant_check(g, ACTION_REQUEST, NULL) != ENT_OK &&
	    (err = grant_check(g, ACTION_OPENQUERY, why)) != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_HIT_QUERY_GET);
	db_id(st, 1, id);
	err = db_step(st, &row, why);
	if (err == ENT_OK && !row)
		err = ent_fail(ENT_ENOTFOUND, why, "no such query is kept; it may be past its retention");
	if (err == ENT_OK) {
		query_row(st, out);
		if (text != NULL)
			err = store_unseal(tx, &out->id, db_col_blob(st, 11), text, why);
	}
	db_done(st);
	return err;
}

enum ent_err
hit_query_message(struct store_tx *tx, const struct grant *g, const char *agreement, uint64_t seq,
    hit_query_fn *fn, void *ctx, struct ent_why *why)
{
	struct buf text;
	bool row = false;
	enum ent_err err = grant_check(g, ACTION_ASK, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_HIT_QUERY_MESSAGE);
	db_text(st, 1, agreement);
	db_int(st, 2, (int64_t)seq);
	buf_init(&text, SEALED_MAX);
	while (err == ENT_OK && (err = db_step(st, &row, why)) == ENT_OK && row) {
		struct hit_query_row q;
		query_row(st, &q);
		buf_reset(&text);
		err = store_unseal(tx, &q.id, db_col_blob(st, 11), &text, why);
		if (err == ENT_OK)
			err = fn(ctx, &q, buf_bytes(&text), why);
		crypto_wipe(text.p, text.n);
	}
	buf_done(&text);
	db_done(st);
	return err;
}

enum ent_err
hit_query_erase_overdue(struct store_tx *tx, ent_time now, uint64_t entries[static HIT_OVERDUE_MAX],
    int64_t *count, struct ent_why *why)
{
	struct ent_id found[HIT_OVERDUE_MAX];
	size_t n = 0;
	bool row;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, DB_HIT_QUERY_OVERDUE);
	db_int(st, 1, now);
	db_int(st, 2, HIT_OVERDUE_MAX);
	while (n < HIT_OVERDUE_MAX && (err = db_step(st, &row, why)) == ENT_OK && row) {
		entries[n] = (uint64_t)db_col_int(st, 1);
		db_col_id(st, 0, &found[n++]);
	}
	db_done(st);
	for (size_t i = 0; i < n && err == ENT_OK; i++) {
		st = db_begin(tx, DB_HIT_QUERY_DELETE);
		db_id(st, 1, &found[i]);
		if ((err = db_run(st, NULL, why)) == ENT_OK)
			err = store_key_erase(tx, &found[i], why);
	}
	*count = (int64_t)n;
	return err;
}

enum ent_err
hit_overdue(struct store_tx *tx, ent_time now, bool *some, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_HIT_QUERY_OVERDUE);
	db_int(st, 1, now);
	db_int(st, 2, 1);
	enum ent_err err = db_step(st, some, why);
	db_done(st);
	if (err != ENT_OK || *some)
		return err;
	st = db_begin(tx, DB_HIT_RECEIVED_OVERDUE);
	db_int(st, 1, now);
	err = db_step(st, some, why);
	db_done(st);
	return err;
}
