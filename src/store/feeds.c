/* SPDX-License-Identifier: Apache-2.0 */
#include "store/feeds.h"

#include "store/db.h"
#include "store/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row or none: *row says which.  The statement is still open if there is one. */
static enum ent_err
one(struct db_stmt *st, bool *row, struct ent_why *why)
{
	enum ent_err err = db_step(st, row, why);
	if (err != ENT_OK || !*row)
		db_done(st);
	return err;
}

enum ent_err
feed_head_get(struct store_tx *tx, const char *agreement, enum feed_direction d, uint64_t *seq,
    uint8_t hash[static CRYPTO_HASH_LEN], struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_FEED_HEAD_GET);
	db_text(st, 1, agreement);
	db_int(st, 2, d);
	enum ent_err err = one(st, &row, why);
	if (err != ENT_OK)
		return err;
	*seq = 0;
	memset(hash, 0, CRYPTO_HASH_LEN);
	if (row) {
		struct bytes b = db_col_blob(st, 1);
		*seq = (uint64_t)db_col_int(st, 0);
		if (b.n == CRYPTO_HASH_LEN)
			memcpy(hash, b.p, b.n);
		db_done(st);
	}
	return ENT_OK;
}

/* Every action of the exchange may keep and read its entries; nothing else may. */
static enum ent_err
check_exchange(const struct grant *g, struct ent_why *why)
{
	static const enum ent_action allowed[] = { ACTION_REQUEST, ACTION_CLARIFY, ACTION_ANSWER,
		ACTION_REFUSE, ACTION_INBOX, ACTION_FORWARD, ACTION_PERMIT, ACTION_FEED,
		ACTION_NOTICE, ACTION_STANDING, ACTION_ERASE };
	for (size_t i = 0; g != NULL && i < sizeof allowed / sizeof allowed[0]; i++)
		if (grant_action(g) == allowed[i])
			return grant_check(g, allowed[i], why);
	return grant_check(g, ACTION_FEED, why);
}

enum ent_err
feed_put(struct store_tx *tx, const struct grant *g, const struct feed_row *row,
    struct ent_why *why)
{
	uint64_t seq;
	uint8_t hash[CRYPTO_HASH_LEN];
	struct buf text, sealed;
	enum ent_err err = check_exchange(g, why);
	if (err != ENT_OK || (err = feed_head_get(tx, row->agreement, row->direction, &seq, hash, why)) != ENT_OK)
		return err;
	if (row->seq != seq + 1)
		return ent_fail(ENT_ESEQ, why, "entry %llu does not follow entry %llu",
		    (unsigned long long)row->seq, (unsigned long long)seq);
	buf_init(&text, FEED_SEALED_MAX);
	buf_init(&sealed, FEED_SEALED_MAX + 1024);
	js_write(row->beside, &text);
	if ((err = buf_err(&text)) != ENT_OK)
		err = ent_fail(err, why, "what travels with the entry is over %zu bytes", text.max);
	if (err == ENT_OK)
		err = store_seal_new(tx, &row->id, buf_bytes(&text), &sealed, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_FEED_PUT);
		db_text(st, 1, row->agreement);
		db_int(st, 2, row->direction);
		db_int(st, 3, (int64_t)row->seq);
		db_id(st, 4, &row->id);
		db_blob(st, 5, bytes_of(row->hash, sizeof row->hash));
		db_text(st, 6, row->kind);
		db_id(st, 7, &row->ref);
		db_int(st, 8, row->time);
		db_int(st, 9, row->stored_at);
		db_int(st, 10, row->erase_at);
		db_text(st, 11, row->jws);
		db_blob(st, 12, buf_bytes(&sealed));
		err = db_run(st, NULL, why);
	}
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_FEED_HEAD_PUT);
		db_text(st, 1, row->agreement);
		db_int(st, 2, row->direction);
		db_int(st, 3, (int64_t)row->seq);
		db_blob(st, 4, bytes_of(row->hash, sizeof row->hash));
		err = db_run(st, NULL, why);
	}
	crypto_wipe(text.p, text.n);
	buf_done(&text);
	buf_done(&sealed);
	return err;
}

/* The row under st, its contents opened (NULL once erased), handed to fn. */
static enum ent_err
emit(struct store_tx *tx, struct db_stmt *st, feed_row_fn *fn, void *ctx, struct ent_why *why)
{
	struct feed_row row = { .direction = (enum feed_direction)db_col_int(st, 1),
		.seq = (uint64_t)db_col_int(st, 2), .time = db_col_int(st, 7),
		.stored_at = db_col_int(st, 8), .erase_at = db_col_int(st, 9),
		.jws = db_col_text(st, 10) };
	struct bytes hash = db_col_blob(st, 4), sealed = db_col_blob(st, 11);
	struct js *beside = NULL;
	struct buf text;
	enum ent_err err = ENT_OK;
	db_col_copy(st, 0, row.agreement, sizeof row.agreement);
	db_col_copy(st, 5, row.kind, sizeof row.kind);
	db_col_id(st, 3, &row.id);
	db_col_id(st, 6, &row.ref);
	if (hash.n == sizeof row.hash)
		memcpy(row.hash, hash.p, hash.n);
	buf_init(&text, FEED_SEALED_MAX);
	if (sealed.n > 0)
		err = store_unseal(tx, &row.id, sealed, &text, why);
	if (err == ENT_OK && sealed.n > 0)
		err = js_parse(buf_bytes(&text), FEED_SEALED_MAX, &beside, why);
	if (err == ENT_OK) {
		row.beside = beside;
		err = fn(ctx, &row, why);
	}
	crypto_wipe(text.p, text.n);
	buf_done(&text);
	js_free(beside);
	return err;
}

static enum ent_err
walk(struct store_tx *tx, struct db_stmt *st, feed_row_fn *fn, void *ctx, struct ent_why *why)
{
	bool row = false;
	enum ent_err err;
	while ((err = db_step(st, &row, why)) == ENT_OK && row)
		if ((err = emit(tx, st, fn, ctx, why)) != ENT_OK)
			break;
	db_done(st);
	return err;
}

enum ent_err
feed_page(struct store_tx *tx, const struct grant *g, const char *agreement,
    enum feed_direction d, uint64_t after, int max, feed_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	enum ent_err err = check_exchange(g, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_FEED_PAGE);
	db_text(st, 1, agreement);
	db_int(st, 2, d);
	db_int(st, 3, (int64_t)after);
	db_int(st, 4, max);
	return walk(tx, st, fn, ctx, why);
}

enum ent_err
feed_of_ref(struct store_tx *tx, const struct grant *g, const struct ent_id *ref, feed_row_fn *fn,
    void *ctx, struct ent_why *why)
{
	enum ent_err err = check_exchange(g, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_FEED_BY_REF);
	db_id(st, 1, ref);
	return walk(tx, st, fn, ctx, why);
}

enum ent_err
feed_jws_get(struct store_tx *tx, const char *agreement, enum feed_direction d, uint64_t seq,
    struct buf *jws, struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_FEED_JWS);
	db_text(st, 1, agreement);
	db_int(st, 2, d);
	db_int(st, 3, (int64_t)seq);
	enum ent_err err = one(st, &row, why);
	if (err != ENT_OK)
		return err;
	if (!row)
		return ent_fail(ENT_ENOTFOUND, why, "the feed has no entry %llu", (unsigned long long)seq);
	buf_puts(jws, db_col_text(st, 0));
	db_done(st);
	return buf_err(jws);
}

enum ent_err
feed_retain(struct store_tx *tx, const struct grant *g, const char *agreement,
    enum feed_direction d, uint64_t seq, ent_time erase_at, struct ent_why *why)
{
	enum ent_err err = check_exchange(g, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_FEED_RETAIN);
	db_text(st, 1, agreement);
	db_int(st, 2, d);
	db_int(st, 3, (int64_t)seq);
	db_int(st, 4, erase_at);
	return db_run(st, NULL, why);
}

struct overdue {
	char agreement[AGREEMENT_MAX];
	int64_t direction, seq;
	struct ent_id id;
};

#define OVERDUE_MAX 100

enum ent_err
feed_erase_overdue(struct store_tx *tx, ent_time now, int max, int64_t *count,
    struct ent_why *why)
{
	struct overdue found[OVERDUE_MAX];
	size_t n = 0;
	bool row;
	enum ent_err err;
	struct db_stmt *st = db_begin(tx, DB_FEED_OVERDUE);
	db_int(st, 1, now);
	db_int(st, 2, max < OVERDUE_MAX ? max : OVERDUE_MAX);
	while ((err = db_step(st, &row, why)) == ENT_OK && row && n < OVERDUE_MAX) {
		struct overdue *o = &found[n++];
		db_col_copy(st, 0, o->agreement, sizeof o->agreement);
		o->direction = db_col_int(st, 1);
		o->seq = db_col_int(st, 2);
		db_col_id(st, 3, &o->id);
	}
	db_done(st);
	for (size_t i = 0; i < n && err == ENT_OK; i++) {
		st = db_begin(tx, DB_FEED_EMPTY);
		db_text(st, 1, found[i].agreement);
		db_int(st, 2, found[i].direction);
		db_int(st, 3, found[i].seq);
		db_blob(st, 4, bytes_of("", 0));
		if ((err = db_run(st, NULL, why)) == ENT_OK)
			err = store_key_erase(tx, &found[i].id, why);
	}
	*count = (int64_t)n;
	return err;
}
