/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_log.h"

#include "store/db.h"
#include "store/keys.h"

#include <stdlib.h>
#include <string.h>

#define FRONTIER_MAX ((size_t)64 * CRYPTO_HASH_LEN)
#define OPENINGS_MAX ((size_t)1 << 20) /* bytes of one entry's disclosures */

static enum ent_err
head(struct store_tx *tx, const char *log, int64_t *size, struct buf *frontier,
    struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_AUDIT_HEAD_GET);
	db_text(st, 1, log);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK)
		*size = row ? db_col_int(st, 0) : 0;
	if (err == ENT_OK && row && frontier != NULL) {
		struct bytes f = db_col_blob(st, 1);
		buf_put(frontier, f.p, f.n);
		err = buf_err(frontier);
	}
	db_done(st);
	return err;
}

enum ent_err
audit_log_load(void *tx, const char *log, uint64_t *size, struct buf *frontier,
    struct ent_why *why)
{
	int64_t n = 0;
	enum ent_err err = head(tx, log, &n, frontier, why);
	if (err == ENT_OK)
		*size = (uint64_t)n;
	return err;
}

/* ---- sealing ----------------------------------------------------------------------------------- */

static enum ent_err
segment_key(struct store_tx *tx, const char *log, uint64_t index, struct ent_id *id, bool *there,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_AUDIT_SEGMENT_GET);
	db_text(st, 1, log);
	db_int(st, 2, (int64_t)(index / AUDIT_SEGMENT));
	enum ent_err err = db_step(st, there, why);
	if (err == ENT_OK && *there)
		db_col_id(st, 0, id);
	db_done(st);
	return err;
}

static enum ent_err
segment_set(struct store_tx *tx, const char *log, uint64_t index, const struct ent_id *id,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_AUDIT_SEGMENT_PUT);
	db_text(st, 1, log);
	db_int(st, 2, (int64_t)(index / AUDIT_SEGMENT));
	db_id(st, 3, id);
	return db_run(st, NULL, why);
}

/* A new key's id: nothing has to be read from it, it only is nobody else's. */
static struct ent_id
fresh_id(void)
{
	uint8_t entropy[10];
	crypto_random(entropy, sizeof entropy);
	return id_make(0, entropy);
}

static enum ent_err
seal(struct store_tx *tx, const char *log, uint64_t index, const struct js *disclosures,
    struct buf *out, struct ent_why *why)
{
	struct ent_id id;
	struct buf plain;
	bool there = false;
	buf_init(&plain, OPENINGS_MAX);
	js_write(disclosures, &plain);
	enum ent_err err = buf_err(&plain);
	if (err != ENT_OK)
		err = ent_fail(err, why, "an entry's hidden values are longer than %zu bytes",
		    OPENINGS_MAX);
	if (err == ENT_OK)
		err = segment_key(tx, log, index, &id, &there, why);
	if (err == ENT_OK && there)
		err = store_seal(tx, &id, buf_bytes(&plain), out, why);
	if (err == ENT_OK && !there) {
		id = fresh_id();
		err = store_seal_new(tx, &id, buf_bytes(&plain), out, why);
		if (err == ENT_OK)
			err = segment_set(tx, log, index, &id, why);
	}
	if (plain.p != NULL)
		crypto_wipe(plain.p, plain.n);
	buf_done(&plain);
	return err;
}

enum ent_err
audit_log_append(void *tx, const char *log, uint64_t index, struct bytes entry,
    const struct js *disclosures, uint64_t new_size, struct bytes frontier, struct ent_why *why)
{
	struct buf sealed;
	buf_init(&sealed, OPENINGS_MAX + CRYPTO_AEAD_OVERHEAD);
	enum ent_err err = ENT_OK;
	if (new_size != index + 1 || new_size > INT64_MAX || frontier.n > FRONTIER_MAX)
		err = ent_fail(ENT_ECONFLICT, why, "a log grows by one entry at a time");
	if (err == ENT_OK && disclosures != NULL)
		err = seal(tx, log, index, disclosures, &sealed, why);
	if (err == ENT_OK) { /* the primary key refuses an index that is taken */
		struct db_stmt *st = db_begin(tx, DB_AUDIT_ENTRY_PUT);
		db_text(st, 1, log);
		db_int(st, 2, (int64_t)index);
		db_blob(st, 3, entry);
		db_blob(st, 4, disclosures != NULL ? buf_bytes(&sealed) : bytes_of(NULL, 0));
		err = db_run(st, NULL, why);
		if (err == ENT_EEXISTS)
			err = ent_fail(ENT_ECONFLICT, why, "entry %llu of log '%s' is there already",
			    (unsigned long long)index, log);
	}
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_AUDIT_HEAD_PUT);
		db_text(st, 1, log);
		db_int(st, 2, (int64_t)new_size);
		db_blob(st, 3, frontier);
		err = db_run(st, NULL, why);
	}
	buf_done(&sealed);
	return err;
}

/* ---- reading ----------------------------------------------------------------------------------- */

enum ent_err
audit_log_heads(struct store_tx *tx, audit_head_fn *fn, void *ctx, struct ent_why *why)
{
	bool row = true;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, DB_AUDIT_HEAD_LIST);
	while (err == ENT_OK && row) {
		err = db_step(st, &row, why);
		if (err == ENT_OK && row)
			fn(ctx, db_col_text(st, 0), (uint64_t)db_col_int(st, 1), db_col_blob(st, 2));
	}
	db_done(st);
	return err;
}

/* *out is owned by the caller; NULL if the key is erased. */
static enum ent_err
open_sealed(struct store_tx *tx, const char *log, uint64_t index, struct bytes sealed,
    struct js **out, struct ent_why *why)
{
	struct ent_id id;
	struct buf plain;
	bool there = false;
	*out = NULL;
	buf_init(&plain, OPENINGS_MAX);
	enum ent_err err = segment_key(tx, log, index, &id, &there, why);
	if (err == ENT_OK && there)
		err = store_unseal(tx, &id, sealed, &plain, why);
	if (err == ENT_OK && there)
		err = js_parse(buf_bytes(&plain), OPENINGS_MAX, out, why);
	if (plain.p != NULL)
		crypto_wipe(plain.p, plain.n);
	buf_done(&plain);
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

static enum ent_err
tell_row(struct store_tx *tx, const struct audit_range *range, struct db_stmt *st,
    audit_entry_fn *fn, void *ctx, struct ent_why *why)
{
	struct js *disclosures = NULL;
	uint64_t index = (uint64_t)db_col_int(st, 0);
	enum ent_err err = ENT_OK;
	if (range->openings && !db_col_null(st, 2))
		err = open_sealed(tx, range->log, index, db_col_blob(st, 2), &disclosures, why);
	if (err == ENT_OK)
		err = fn(ctx, index, db_col_blob(st, 1), disclosures, why);
	js_free(disclosures);
	return err;
}

enum ent_err
audit_log_read(struct store_tx *tx, const struct grant *g, const struct audit_range *range,
    audit_entry_fn *fn, void *ctx, struct ent_why *why)
{
	bool row = true;
	enum ent_err err = grant_check(g, ACTION_AUDIT, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_AUDIT_ENTRY_PAGE);
	db_text(st, 1, range->log);
	db_int(st, 2, (int64_t)range->from);
	db_int(st, 3, (int64_t)range->to);
	while (err == ENT_OK && row) {
		err = db_step(st, &row, why);
		if (err == ENT_OK && row)
			err = tell_row(tx, range, st, fn, ctx, why);
	}
	db_done(st);
	return err;
}

/* ---- erasing ------------------------------------------------------------------------------------ */

struct kept {
	uint64_t index[AUDIT_SEGMENT];
	struct js *disclosures[AUDIT_SEGMENT]; /* owned */
	size_t count;
	bool found; /* the one to erase */
};

static enum ent_err
read_segment(struct store_tx *tx, const char *log, uint64_t victim, struct kept *k,
    struct ent_why *why)
{
	uint64_t first = victim - victim % AUDIT_SEGMENT;
	bool row = true;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, DB_AUDIT_SEALED_PAGE);
	db_text(st, 1, log);
	db_int(st, 2, (int64_t)first);
	db_int(st, 3, (int64_t)(first + AUDIT_SEGMENT));
	while (err == ENT_OK && row && k->count < AUDIT_SEGMENT) {
		err = db_step(st, &row, why);
		if (err != ENT_OK || !row)
			break;
		uint64_t index = (uint64_t)db_col_int(st, 0);
		k->found = k->found || index == victim;
		if (index == victim)
			continue;
		k->index[k->count] = index;
		err = open_sealed(tx, log, index, db_col_blob(st, 1), &k->disclosures[k->count], why);
		k->count += err == ENT_OK && k->disclosures[k->count] != NULL;
	}
	db_done(st);
	return err;
}

static enum ent_err
put_sealed(struct store_tx *tx, const char *log, uint64_t index, struct bytes sealed,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_AUDIT_SEALED_PUT);
	db_text(st, 1, log);
	db_int(st, 2, (int64_t)index);
	db_blob(st, 3, sealed);
	return db_run(st, NULL, why);
}

/* The kept ones under a new key; with none to keep, the next append of the segment makes it. */
static enum ent_err
seal_anew(struct store_tx *tx, const char *log, const struct kept *k, const struct ent_id *id,
    struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < k->count && err == ENT_OK; i++) {
		struct buf plain, sealed;
		buf_init(&plain, OPENINGS_MAX);
		buf_init(&sealed, OPENINGS_MAX + CRYPTO_AEAD_OVERHEAD);
		js_write(k->disclosures[i], &plain);
		err = buf_err(&plain);
		if (err == ENT_OK)
			err = i == 0 ? store_seal_new(tx, id, buf_bytes(&plain), &sealed, why) :
			    store_seal(tx, id, buf_bytes(&plain), &sealed, why);
		if (err == ENT_OK)
			err = put_sealed(tx, log, k->index[i], buf_bytes(&sealed), why);
		if (plain.p != NULL)
			crypto_wipe(plain.p, plain.n);
		buf_done(&sealed);
		buf_done(&plain);
	}
	return err;
}

static enum ent_err
segment_forget(struct store_tx *tx, const char *log, uint64_t index, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_AUDIT_SEGMENT_DROP);
	db_text(st, 1, log);
	db_int(st, 2, (int64_t)(index / AUDIT_SEGMENT));
	return db_run(st, NULL, why);
}

enum ent_err
audit_log_erase(struct store_tx *tx, const struct grant *g, const char *log, uint64_t index,
    struct ent_why *why)
{
	struct ent_id old, id = fresh_id();
	bool there = false;
	enum ent_err err = grant_check(g, ACTION_ERASE, why);
	if (err != ENT_OK)
		return err;
	struct kept *k = ent_alloc(sizeof *k);
	err = segment_key(tx, log, index, &old, &there, why);
	if (err == ENT_OK && there)
		err = read_segment(tx, log, index, k, why);
	if (err == ENT_OK && !k->found)
		err = ent_fail(ENT_ENOTFOUND, why, "entry %llu of log '%s' has no openings",
		    (unsigned long long)index, log);
	if (err == ENT_OK)
		err = seal_anew(tx, log, k, &id, why);
	if (err == ENT_OK)
		err = put_sealed(tx, log, index, bytes_of(NULL, 0), why);
	if (err == ENT_OK)
		err = k->count > 0 ? segment_set(tx, log, index, &id, why) :
		    segment_forget(tx, log, index, why);
	if (err == ENT_OK)
		err = store_key_erase(tx, &old, why);
	for (size_t i = 0; i < k->count; i++)
		js_free(k->disclosures[i]);
	free(k);
	return err;
}
