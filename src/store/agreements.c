/* SPDX-License-Identifier: Apache-2.0 */
#include "store/agreements.h"

#include "store/db.h"

#include <stdio.h>
#include <string.h>

/* A compact JWS is plain ASCII, so it rests as text; bound as a NUL-ended copy. */
static void
bind_text(struct db_stmt *st, int n, struct str s, struct buf *copy)
{
	buf_init(copy, s.n + 1);
	buf_put(copy, s.p, s.n);
	db_text(st, n, buf_cstr(copy));
}

struct source {
	enum db_query query;
	enum agreements_kind kind;
	int column;	/* of the text or blob */
};

static enum ent_err
each_of(struct store_tx *tx, const struct source *s, agreements_fn *fn, void *ctx,
    struct ent_why *why)
{
	bool row = false;
	struct db_stmt *st = db_begin(tx, s->query);
	enum ent_err err = db_step(st, &row, why);
	while (err == ENT_OK && row) {
		enum agreements_kind kind = s->kind;
		if (kind == AGREEMENTS_CARD && db_col_int(st, 1) != 0)
			kind = AGREEMENTS_OWN_CARD;
		err = fn(ctx, kind, kind == AGREEMENTS_DOCUMENT ? db_col_blob(st, s->column)
			: bytes_of_cstr(db_col_text(st, s->column)), why);
		if (err == ENT_OK)
			err = db_step(st, &row, why);
	}
	db_done(st);
	return err;
}

enum ent_err
agreements_each(struct store_tx *tx, agreements_fn *fn, void *ctx, struct ent_why *why)
{
	static const struct source sources[] = {
		{ DB_CARD_ALL, AGREEMENTS_CARD, 2 },
		{ DB_AGREEMENT_ALL, AGREEMENTS_DOCUMENT, 0 },
		{ DB_CONSENT_ALL, AGREEMENTS_CONSENT, 0 },
		{ DB_STANDING_ALL, AGREEMENTS_STANDING, 0 },
	};
	enum ent_err err = ENT_OK;
	for (size_t i = 0; err == ENT_OK && i < sizeof sources / sizeof sources[0]; i++)
		err = each_of(tx, &sources[i], fn, ctx, why);
	return err;
}

/* ---- cards ---------------------------------------------------------------------------------------- */

/* The card that is there may be replaced by this one; a code keeps its identity. */
static enum ent_err
check_replaced(struct store_tx *tx, const struct card_row *row, struct ent_why *why)
{
	bool there = false;
	struct db_stmt *st = db_begin(tx, DB_CARD_GET);
	db_text(st, 1, row->code);
	enum ent_err err = db_step(st, &there, why);
	if (err == ENT_OK && there) {
		struct bytes was = db_col_blob(st, 0);
		if (!bytes_equal(was, bytes_of(row->identity, CRYPTO_SIGN_PK)) ||
		    (db_col_int(st, 2) != 0) != row->own)
			err = ent_fail(ENT_EEXISTS, why, "'%s' is here with another identity; ask the "
			    "partner by another channel which fingerprint is right", row->code);
		else if (db_col_int(st, 1) > row->time)
			err = ent_fail(ENT_ESTATE, why, "the card of '%s' that is here is newer",
			    row->code);
	}
	db_done(st);
	return err;
}

enum ent_err
card_put(struct store_tx *tx, const struct grant *g, const struct card_row *row, ent_time now,
    struct ent_why *why)
{
	struct buf copy;
	enum ent_err err = grant_check(g, ACTION_AGREE, why);
	if (err == ENT_OK)
		err = check_replaced(tx, row, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_CARD_PUT);
	db_text(st, 1, row->code);
	db_blob(st, 2, bytes_of(row->identity, CRYPTO_SIGN_PK));
	db_int(st, 3, row->own);
	db_int(st, 4, row->time);
	db_int(st, 5, now);
	bind_text(st, 6, row->jws, &copy);
	err = db_run(st, NULL, why);
	buf_done(&copy);
	if (err == ENT_EEXISTS)
		return ent_fail(err, why, "the identity of '%s' is here under another code", row->code);
	return err;
}

enum ent_err
card_get(struct store_tx *tx, const char *code, struct buf *jws, struct ent_why *why)
{
	bool row = false;
	struct db_stmt *st = db_begin(tx, code == NULL ? DB_CARD_OWN : DB_CARD_GET);
	if (code != NULL)
		db_text(st, 1, code);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row)
		buf_puts(jws, db_col_text(st, code == NULL ? 0 : 3));
	db_done(st);
	if (err != ENT_OK)
		return err;
	if (!row)
		return ent_fail(ENT_ENOTFOUND, why, "no card of '%s' is here",
		    code == NULL ? "this node" : code);
	return buf_err(jws);
}

/* ---- agreements ------------------------------------------------------------------------------------ */

enum ent_err
agreement_put(struct store_tx *tx, const struct grant *g, const char *id, struct bytes document,
    ent_time now, struct ent_why *why)
{
	uint8_t digest[CRYPTO_HASH_LEN];
	enum ent_err err = grant_check(g, ACTION_AGREE, why);
	if (err != ENT_OK)
		return err;
	crypto_sha256(document, digest);
	struct db_stmt *st = db_begin(tx, DB_AGREEMENT_PUT);
	db_text(st, 1, id);
	db_blob(st, 2, bytes_of(digest, sizeof digest));
	db_int(st, 3, now);
	db_blob(st, 4, document);
	err = db_run(st, NULL, why);
	if (err == ENT_EEXISTS)
		return ent_fail(err, why, "an agreement '%s' is here already", id);
	return err;
}

enum ent_err
agreement_get(struct store_tx *tx, const char *id, struct buf *document, uint8_t *digest,
    struct ent_why *why)
{
	bool row = false;
	struct db_stmt *st = db_begin(tx, DB_AGREEMENT_GET);
	db_text(st, 1, id);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row) {
		struct bytes d = db_col_blob(st, 0), doc = db_col_blob(st, 1);
		if (digest != NULL && d.n == CRYPTO_HASH_LEN)
			memcpy(digest, d.p, d.n);
		buf_put(document, doc.p, doc.n);
	}
	db_done(st);
	if (err != ENT_OK)
		return err;
	if (!row)
		return ent_fail(ENT_ENOTFOUND, why, "there is no agreement '%s'", id);
	return buf_err(document);
}

enum ent_err
consent_put(struct store_tx *tx, const struct grant *g,
    const uint8_t digest[static CRYPTO_HASH_LEN], const char *party, const struct ent_id *signer,
    struct str jws, ent_time now, struct ent_why *why)
{
	struct buf copy;
	bool signing = g != NULL && grant_action(g) == ACTION_CONSENT;
	enum ent_err err = grant_check(g, signing ? ACTION_CONSENT : ACTION_AGREE, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_CONSENT_PUT);
	db_blob(st, 1, bytes_of(digest, CRYPTO_HASH_LEN));
	db_text(st, 2, party);
	db_id(st, 3, signer);
	db_int(st, 4, now);
	bind_text(st, 5, jws, &copy);
	err = db_run(st, NULL, why);
	buf_done(&copy);
	if (err == ENT_EEXISTS)
		return ent_fail(err, why, "this person of %s has signed it already; another must", party);
	return err;
}

enum ent_err
consents_of(struct store_tx *tx, const uint8_t digest[static CRYPTO_HASH_LEN], struct js **out,
    struct ent_why *why)
{
	bool row = false;
	struct js *arr = js_array();
	struct db_stmt *st = db_begin(tx, DB_CONSENT_OF);
	db_blob(st, 1, bytes_of(digest, CRYPTO_HASH_LEN));
	enum ent_err err = db_step(st, &row, why);
	while (err == ENT_OK && row) {
		js_append_take(arr, js_new_str(db_col_text(st, 0)));
		err = db_step(st, &row, why);
	}
	db_done(st);
	if (err != ENT_OK)
		js_free(arr);
	else
		*out = arr;
	return err;
}

/* ---- standing ------------------------------------------------------------------------------------- */

enum ent_err
standing_put(struct store_tx *tx, const struct grant *g, const char *agreement, const char *party,
    int64_t seq, struct str jws, ent_time now, struct ent_why *why)
{
	static const enum ent_action allowed[] = { ACTION_FEED, ACTION_NOTICE };
	struct buf copy;
	enum ent_action action = ACTION_STANDING;
	for (size_t i = 0; g != NULL && i < sizeof allowed / sizeof allowed[0]; i++)
		if (grant_action(g) == allowed[i])
			action = allowed[i];
	enum ent_err err = grant_check(g, action, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_STANDING_PUT);
	db_text(st, 1, agreement);
	db_text(st, 2, party);
	db_int(st, 3, seq);
	db_int(st, 4, now);
	bind_text(st, 5, jws, &copy);
	err = db_run(st, NULL, why);
	buf_done(&copy);
	return err;
}

enum ent_err
standing_last(struct store_tx *tx, const char *agreement, const char *party, int64_t *seq,
    struct buf *jws, struct ent_why *why)
{
	bool row = false;
	struct db_stmt *st = db_begin(tx, DB_STANDING_LAST);
	db_text(st, 1, agreement);
	db_text(st, 2, party);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row) {
		if (seq != NULL)
			*seq = db_col_int(st, 0);
		buf_puts(jws, db_col_text(st, 1));
	}
	db_done(st);
	if (err != ENT_OK)
		return err;
	if (!row)
		return ent_fail(ENT_ENOTFOUND, why, "%s has made no statement on '%s'", party, agreement);
	return buf_err(jws);
}
