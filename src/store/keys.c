/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keys.h"

#include "base/arena.h"
#include "store/engine.h"

#include <string.h>

#define WRAPPED_LEN (CRYPTO_KEY_LEN + CRYPTO_AEAD_OVERHEAD)
#define PAGE 1000 /* keys at once */

static const char check_text[] = "entente store key";

static struct bytes
id_bytes(const struct ent_id *id)
{
	return bytes_of(id->b, sizeof id->b);
}

/* The first key of a group opens keys.db's transaction and gives the group its number, in both
 * databases: if records.db does not come to know it, the group's keys are orphans. */
static enum ent_err
group_begin(struct store_tx *tx, struct ent_why *why)
{
	int64_t group = 0;
	if (tx->keys_open)
		return ENT_OK;
	enum ent_err err = conn_do(tx->keys, CONN_BEGIN_WRITE, why);
	if (err == ENT_OK)
		err = conn_setting_get(tx->keys, "group", 0, &group, why);
	if (err == ENT_OK)
		err = conn_setting_put(tx->keys, "group", group + 1, why);
	if (err == ENT_OK)
		err = db_run(conn_stmt(tx->keys, DB_KEY_UNSETTLED_CLEAR), NULL, why);
	if (err == ENT_OK)
		tx->keys_open = true;
	else
		conn_rollback(tx->keys);
	return err;
}

/* Written by the first body that makes a key and stands; one that fails takes its own back. */
static enum ent_err
group_tell(struct store_tx *tx, struct ent_why *why)
{
	int64_t group = 0;
	if (tx->keys_told)
		return ENT_OK;
	enum ent_err err = conn_setting_get(tx->keys, "group", 0, &group, why);
	if (err == ENT_OK)
		err = conn_setting_put(tx->records, "key_group", group, why);
	tx->keys_told = err == ENT_OK;
	return err;
}

static enum ent_err
seal_with(const uint8_t *key, const struct ent_id *id, struct bytes in, struct buf *out,
    struct ent_why *why)
{
	if (in.n > STORE_SEALED_MAX)
		return ent_fail(ENT_ETOOBIG, why, "store: %zu bytes are more than one sealed item "
		    "may have", in.n);
	uint8_t *tmp = ent_alloc(in.n + CRYPTO_AEAD_OVERHEAD);
	crypto_seal(key, in, id_bytes(id), tmp);
	buf_put(out, tmp, in.n + CRYPTO_AEAD_OVERHEAD);
	free(tmp);
	return buf_err(out);
}

static enum ent_err
insert(struct store_tx *tx, const struct ent_id *id, const uint8_t *key, struct ent_why *why)
{
	uint8_t wrapped[WRAPPED_LEN];
	struct db_stmt *st = conn_stmt(tx->keys, DB_KEY_PUT);
	/* Only the writer replaces the store key, and this is the writer: no lock. */
	crypto_seal(tx->store->key, bytes_of(key, CRYPTO_KEY_LEN), id_bytes(id), wrapped);
	db_id(st, 1, id);
	db_blob(st, 2, bytes_of(wrapped, sizeof wrapped));
	enum ent_err err = db_run(st, NULL, why);
	if (err != ENT_OK)
		return err;
	st = conn_stmt(tx->keys, DB_KEY_UNSETTLED_ADD);
	db_id(st, 1, id);
	return db_run(st, NULL, why);
}

/* key gets the new data key, which the caller wipes. */
static enum ent_err
make(struct store_tx *tx, const struct ent_id *id, uint8_t key[static CRYPTO_KEY_LEN],
    struct ent_why *why)
{
	if (!tx->write)
		return ent_fail(ENT_EINTERNAL, why, "store: a key can only be made by the writer");
	enum ent_err err = group_begin(tx, why);
	if (err != ENT_OK)
		return err;
	crypto_random(key, CRYPTO_KEY_LEN);
	err = insert(tx, id, key, why);
	return err == ENT_OK ? group_tell(tx, why) : err;
}

enum ent_err
store_key_make(struct store_tx *tx, const struct ent_id *id, struct ent_why *why)
{
	uint8_t key[CRYPTO_KEY_LEN];
	enum ent_err err = make(tx, id, key, why);
	crypto_wipe(key, sizeof key);
	return err;
}

enum ent_err
store_seal_new(struct store_tx *tx, const struct ent_id *id, struct bytes in, struct buf *out,
    struct ent_why *why)
{
	uint8_t key[CRYPTO_KEY_LEN];
	enum ent_err err = make(tx, id, key, why);
	if (err == ENT_OK)
		err = seal_with(key, id, in, out, why);
	crypto_wipe(key, sizeof key);
	return err;
}

static enum ent_err
unwrap(struct store *s, const struct ent_id *id, struct bytes wrapped, uint8_t *key)
{
	if (wrapped.n != WRAPPED_LEN)
		return ENT_ESIG;
	return crypto_open(s->key, wrapped, id_bytes(id), key);
}

static enum ent_err
fetch_once(struct store_tx *tx, const struct ent_id *id, uint8_t key[static CRYPTO_KEY_LEN],
    struct ent_why *why)
{
	bool row;
	struct db_stmt *st = conn_stmt(tx->keys, DB_KEY_GET);
	db_id(st, 1, id);
	(void)pthread_rwlock_rdlock(&tx->store->key_lock);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && !row)
		err = ent_fail(ENT_ENOTFOUND, why, "store: its key was erased");
	if (err == ENT_OK && unwrap(tx->store, id, db_col_blob(st, 0), key) != ENT_OK)
		err = ent_fail(ENT_ESIG, why, "store: a data key does not open: keys.db was "
		    "altered, or is of another store");
	(void)pthread_rwlock_unlock(&tx->store->key_lock);
	db_done(st);
	return err;
}

/* Outside a transaction for readers, so that no snapshot of keys.db outlives an erasure; under the
 * lock from reading to unwrapping, so that row and store key belong together (store_rewrap).  A
 * snapshot that is held may be from before a rewrapping: then look again without it. */
static enum ent_err
fetch(struct store_tx *tx, const struct ent_id *id, uint8_t key[static CRYPTO_KEY_LEN],
    struct ent_why *why)
{
	enum ent_err err = fetch_once(tx, id, key, why);
	if (err != ENT_ESIG || tx->write || !conn_in_transaction(tx->keys))
		return err;
	conn_rollback(tx->keys);
	return fetch_once(tx, id, key, why);
}

/* The engine takes the snapshot at the first key that is read, so after the record that needs it. */
enum ent_err
store_keys_hold(struct store_tx *tx, struct ent_why *why)
{
	return tx->write || conn_in_transaction(tx->keys) ? ENT_OK
	                                                   : conn_do(tx->keys, CONN_BEGIN, why);
}

/* The audit log seals under the same key for each entry of a group: it is looked up once. */
static enum ent_err
seal_in_group(struct store_tx *tx, const struct ent_id *id, struct bytes in, struct buf *out,
    struct ent_why *why)
{
	struct store *s = tx->store;
	enum ent_err err = ENT_OK;
	if (id_is_zero(&s->group_key_id) || !id_equal(&s->group_key_id, id)) {
		s->group_key_id = (struct ent_id){ 0 };
		err = fetch(tx, id, s->group_key, why);
		if (err != ENT_OK)
			return err;
		s->group_key_id = *id;
	}
	return seal_with(s->group_key, id, in, out, why);
}

/* In the writer, when a group has ended, or a body that may have made the key was undone. */
void
keys_forget(struct store *s)
{
	s->group_key_id = (struct ent_id){ 0 };
	crypto_wipe(s->group_key, CRYPTO_KEY_LEN);
}

enum ent_err
store_seal(struct store_tx *tx, const struct ent_id *id, struct bytes in, struct buf *out,
    struct ent_why *why)
{
	uint8_t key[CRYPTO_KEY_LEN];
	if (tx->write)
		return seal_in_group(tx, id, in, out, why);
	enum ent_err err = fetch(tx, id, key, why);
	if (err == ENT_OK)
		err = seal_with(key, id, in, out, why);
	crypto_wipe(key, sizeof key);
	return err;
}

enum ent_err
store_unseal(struct store_tx *tx, const struct ent_id *id, struct bytes in, struct buf *out,
    struct ent_why *why)
{
	uint8_t key[CRYPTO_KEY_LEN];
	if (in.n < CRYPTO_AEAD_OVERHEAD || in.n > STORE_SEALED_MAX + CRYPTO_AEAD_OVERHEAD)
		return ent_fail(ENT_ESIG, why, "store: a sealed item has %zu bytes", in.n);
	enum ent_err err = fetch(tx, id, key, why);
	if (err != ENT_OK)
		return err;
	size_t n = in.n - CRYPTO_AEAD_OVERHEAD;
	uint8_t *plain = ent_alloc(n + 1);
	err = crypto_open(key, in, id_bytes(id), plain);
	if (err == ENT_OK) {
		buf_put(out, plain, n);
		err = buf_err(out);
	} else {
		err = ent_fail(err, why, "store: a sealed item does not open: the database was "
		    "altered");
	}
	crypto_wipe(plain, n + 1);
	crypto_wipe(key, sizeof key);
	free(plain);
	return err;
}

enum ent_err
store_key_erase(struct store_tx *tx, const struct ent_id *id, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_ERASE_ADD);
	db_id(st, 1, id);
	tx->erase = true;
	return db_run(st, NULL, why);
}

/* ---- the writer's side ------------------------------------------------------------------------- */

enum ent_err
keys_check(struct store *s, struct ent_why *why)
{
	uint8_t sealed[sizeof check_text + CRYPTO_AEAD_OVERHEAD], back[sizeof check_text];
	struct bytes text = bytes_of(check_text, sizeof check_text);
	bool row;
	struct db_stmt *st = conn_stmt(s->writer.keys, DB_KEY_CHECK_GET);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row) {
		struct bytes got = db_col_blob(st, 0);
		if (got.n != sizeof sealed || crypto_open(s->key, got, text, back) != ENT_OK)
			err = ent_fail(ENT_ESIG, why, "store: the store key does not fit this "
			    "store: is it another node's folder?");
	}
	db_done(st);
	if (err != ENT_OK || row)
		return err;
	crypto_seal(s->key, text, text, sealed);
	st = conn_stmt(s->writer.keys, DB_KEY_CHECK_PUT);
	db_blob(st, 1, bytes_of(sealed, sizeof sealed));
	return db_run(st, NULL, why);
}

enum ent_err
keys_sweep(struct store *s, struct ent_why *why)
{
	struct conn *k = s->writer.keys;
	int64_t made = 0, known = 0;
	enum ent_err err = conn_setting_get(k, "group", 0, &made, why);
	if (err == ENT_OK)
		err = conn_setting_get(s->writer.records, "key_group", 0, &known, why);
	if (err != ENT_OK || made == known)
		return err;
	if (made < known)
		return ent_fail(ENT_ESTATE, why, "store: keys.db is older than records.db: restore "
		    "both from the same moment");
	err = conn_do(k, CONN_BEGIN_WRITE, why);
	if (err != ENT_OK)
		return err;
	err = db_run(conn_stmt(k, DB_KEY_UNSETTLED_DROP), NULL, why);
	if (err == ENT_OK)
		err = db_run(conn_stmt(k, DB_KEY_UNSETTLED_CLEAR), NULL, why);
	if (err == ENT_OK)
		err = conn_setting_put(k, "group", known, why);
	if (err == ENT_OK)
		err = conn_do(k, CONN_COMMIT, why);
	conn_rollback(k);
	return err;
}

static enum ent_err
pending_page(struct conn *records, struct ent_id *ids, size_t *n, struct ent_why *why)
{
	struct ent_id after = { 0 };
	bool row = true;
	struct db_stmt *st = conn_stmt(records, DB_ERASE_LIST);
	db_id(st, 1, &after);
	db_int(st, 2, PAGE);
	enum ent_err err = ENT_OK;
	for (*n = 0; *n < PAGE && err == ENT_OK && row;) {
		err = db_step(st, &row, why);
		if (err == ENT_OK && row)
			db_col_id(st, 0, &ids[(*n)++]);
	}
	db_done(st);
	return err;
}

/* One statement for each id within one transaction of c. */
static enum ent_err
each_id(struct conn *c, enum db_query q, const struct ent_id *ids, size_t n, struct ent_why *why)
{
	enum ent_err err = conn_do(c, CONN_BEGIN_WRITE, why);
	if (err != ENT_OK)
		return err;
	for (size_t i = 0; i < n && err == ENT_OK; i++) {
		struct db_stmt *st = conn_stmt(c, q);
		db_id(st, 1, &ids[i]);
		err = db_run(st, NULL, why);
	}
	if (err == ENT_OK)
		err = conn_do(c, CONN_COMMIT, why);
	conn_rollback(c);
	return err;
}

/* Idempotent: what a crash interrupts, the next start repeats.  The pending row goes last, after the
 * checkpoint has left nothing of the key in keys.db's log. */
enum ent_err
keys_erase(struct store *s, struct ent_why *why)
{
	struct ent_id *ids = ent_alloc_array(PAGE, sizeof *ids);
	size_t n = 0;
	enum ent_err err = pending_page(s->writer.records, ids, &n, why);
	while (err == ENT_OK && n > 0) {
		err = each_id(s->writer.keys, DB_KEY_DELETE, ids, n, why);
		if (err == ENT_OK)
			err = conn_truncate_log(s->writer.keys, why);
		if (err == ENT_OK)
			err = each_id(s->writer.records, DB_ERASE_DONE, ids, n, why);
		if (err == ENT_OK)
			err = pending_page(s->writer.records, ids, &n, why);
	}
	free(ids);
	return err;
}

struct rewrap {
	const uint8_t *key;
	struct ent_id ids[PAGE];
	uint8_t wrapped[PAGE][WRAPPED_LEN];
};

static enum ent_err
rewrap_page(struct store *s, struct rewrap *r, struct ent_id *after, size_t *n, struct ent_why *why)
{
	uint8_t key[CRYPTO_KEY_LEN];
	bool row = true;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = conn_stmt(s->writer.keys, DB_KEY_PAGE);
	db_id(st, 1, after);
	db_int(st, 2, PAGE);
	for (*n = 0; *n < PAGE && row && err == ENT_OK;) {
		err = db_step(st, &row, why);
		if (err != ENT_OK || !row)
			break;
		db_col_id(st, 0, &r->ids[*n]);
		err = unwrap(s, &r->ids[*n], db_col_blob(st, 1), key);
		if (err == ENT_OK)
			crypto_seal(r->key, bytes_of(key, sizeof key), id_bytes(&r->ids[*n]),
			    r->wrapped[*n]);
		else
			err = ent_fail(err, why, "store: a data key does not open");
		(*n)++;
	}
	crypto_wipe(key, sizeof key);
	db_done(st);
	for (size_t i = 0; i < *n && err == ENT_OK; i++) {
		st = conn_stmt(s->writer.keys, DB_KEY_REWRAP);
		db_id(st, 1, &r->ids[i]);
		db_blob(st, 2, bytes_of(r->wrapped[i], WRAPPED_LEN));
		err = db_run(st, NULL, why);
	}
	if (*n > 0)
		*after = r->ids[*n - 1];
	return err;
}

static enum ent_err
rewrap_all(struct store *s, struct rewrap *r, struct ent_why *why)
{
	uint8_t sealed[sizeof check_text + CRYPTO_AEAD_OVERHEAD];
	struct ent_id after = { 0 };
	size_t n = PAGE;
	enum ent_err err = ENT_OK;
	while (err == ENT_OK && n == PAGE)
		err = rewrap_page(s, r, &after, &n, why);
	if (err != ENT_OK)
		return err;
	struct bytes text = bytes_of(check_text, sizeof check_text);
	crypto_seal(r->key, text, text, sealed);
	struct db_stmt *st = conn_stmt(s->writer.keys, DB_KEY_CHECK_PUT);
	db_blob(st, 1, bytes_of(sealed, sizeof sealed));
	return db_run(st, NULL, why);
}

/* In the writer, as the only body that touches keys.db in its group: readers are kept out from the
 * commit until the new key stands in memory, so that none unwraps with the wrong one. */
static enum ent_err
rewrap_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct rewrap *r = ctx;
	struct store *s = tx->store;
	if (tx->keys_open)
		return ent_fail(ENT_EBUSY, why, "store: keys are being made; try again");
	enum ent_err err = conn_do(tx->keys, CONN_BEGIN_WRITE, why);
	if (err == ENT_OK)
		err = rewrap_all(s, r, why);
	if (err == ENT_OK) {
		(void)pthread_rwlock_wrlock(&s->key_lock);
		err = conn_do(tx->keys, CONN_COMMIT, why);
		if (err == ENT_OK)
			memcpy(s->key, r->key, CRYPTO_KEY_LEN);
		(void)pthread_rwlock_unlock(&s->key_lock);
	}
	conn_settle(tx->keys);
	conn_rollback(tx->keys);
	if (err == ENT_OK)
		err = conn_truncate_log(tx->keys, why);
	return err;
}

enum ent_err
store_rewrap(struct store *s, const uint8_t key[static CRYPTO_KEY_LEN], struct ent_why *why)
{
	struct rewrap *r = ent_alloc(sizeof *r);
	r->key = key;
	enum ent_err err = store_write(s, rewrap_body, r, why);
	crypto_wipe(r, sizeof *r);
	free(r);
	return err;
}
