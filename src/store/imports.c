/* SPDX-License-Identifier: Apache-2.0 */
#include "store/records.h"
#include "store/snapshot.h"

#include "base/arena.h"
#include "base/log.h"
#include "grant/stage.h"
#include "store/db.h"
#include "store/keys.h"

enum ent_err
import_begin(struct store_tx *tx, const struct grant *g, const struct ent_id *import, ent_time now,
    struct ent_why *why)
{
	enum ent_err err = grant_check_staging(g, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_BEGIN);
	db_id(st, 1, import);
	db_int(st, 2, now);
	return db_run(st, NULL, why);
}

enum ent_err
import_flip(struct store_tx *tx, const struct grant *g, const struct ent_id *import,
    int64_t records, struct ent_why *why)
{
	bool row;
	enum ent_err err = grant_check(g, ACTION_IMPORT, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_GET);
	db_id(st, 1, import);
	err = db_step(st, &row, why);
	if (err == ENT_OK && (!row || db_col_int(st, 0) != 0))
		err = ent_fail(ENT_ESTATE, why, "the import is not open any more");
	else if (err == ENT_OK && db_col_int(st, 1) != records)
		err = ent_fail(ENT_ESTATE, why, "the import holds %lld records, not %lld",
		    (long long)db_col_int(st, 1), (long long)records);
	db_done(st);
	if (err != ENT_OK)
		return err;
	st = db_begin(tx, DB_IMPORT_FLIP);
	db_id(st, 1, import);
	err = db_run(st, NULL, why);
	return err == ENT_OK ? snapshot_spoil(tx, why) : err;
}

/* ---- removing what was staged ------------------------------------------------------------------- */

struct dropping {
	struct ent_id import, after;
	struct ent_id ids[IMPORT_BATCH];
	size_t n;
	bool found;
};

static enum ent_err
drop_page(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct dropping *d = ctx;
	bool row = true;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_RECORDS);
	db_id(st, 1, &d->import);
	db_id(st, 2, &d->after);
	db_int(st, 3, IMPORT_BATCH);
	for (d->n = 0; d->n < IMPORT_BATCH && row && err == ENT_OK;) {
		err = db_step(st, &row, why);
		if (err == ENT_OK && row)
			db_col_id(st, 0, &d->ids[d->n++]);
	}
	db_done(st);
	for (size_t i = 0; i < d->n && err == ENT_OK; i++) {
		st = db_begin(tx, DB_IMPORT_DROP_RECORD);
		db_id(st, 1, &d->ids[i]);
		err = db_run(st, NULL, why);
		if (err == ENT_OK) {
			st = db_begin(tx, DB_RECORD_OTHER_DROP);
			db_id(st, 1, &d->ids[i]);
			err = db_run(st, NULL, why);
		}
		if (err == ENT_OK)
			err = store_key_erase(tx, &d->ids[i], why);
	}
	return err;
}

static enum ent_err
drop_import(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct dropping *d = ctx;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_DROP);
	db_id(st, 1, &d->import);
	return db_run(st, NULL, why);
}

static enum ent_err
look_up(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct dropping *d = ctx;
	bool row;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_GET);
	db_id(st, 1, &d->import);
	enum ent_err err = db_step(st, &row, why);
	d->found = err == ENT_OK && row && db_col_int(st, 0) == 0;
	db_done(st);
	return err;
}

/* The import's own row goes last: a crash on the way is swept at the next start. */
static enum ent_err
drop_all(struct store *s, struct dropping *d, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (d->n = IMPORT_BATCH; err == ENT_OK && d->n == IMPORT_BATCH;) {
		err = store_write(s, drop_page, d, why);
		if (d->n > 0)
			d->after = d->ids[d->n - 1];
	}
	return err == ENT_OK ? store_write(s, drop_import, d, why) : err;
}

enum ent_err
import_drop(struct store *s, const struct ent_id *import, struct ent_why *why)
{
	struct dropping *d = ent_alloc(sizeof *d);
	d->import = *import;
	enum ent_err err = store_read(s, look_up, d, why);
	if (err == ENT_OK && !d->found)
		err = ent_fail(ENT_ENOTFOUND, why, "no such import is open");
	if (err == ENT_OK)
		err = drop_all(s, d, why);
	free(d);
	return err;
}

static enum ent_err
next_open(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct dropping *d = ctx;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_UNFLIPPED);
	enum ent_err err = db_step(st, &d->found, why);
	if (err == ENT_OK && d->found)
		db_col_id(st, 0, &d->import);
	db_done(st);
	return err;
}

enum ent_err
import_sweep(struct store *s, struct ent_why *why)
{
	struct dropping *d = ent_alloc(sizeof *d);
	int swept = 0;
	enum ent_err err = store_read(s, next_open, d, why);
	while (err == ENT_OK && d->found) {
		d->after = (struct ent_id){ { 0 } };
		err = drop_all(s, d, why);
		if (err == ENT_OK)
			swept++;
		if (err == ENT_OK)
			err = store_read(s, next_open, d, why);
	}
	if (swept > 0)
		log_event(LOG_INFO, "import.swept", "imports=%d", swept);
	free(d);
	return err;
}
