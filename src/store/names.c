/* SPDX-License-Identifier: Apache-2.0 */
#include "store/names.h"

#include "store/db.h"

enum ent_err
name_set_put(struct store_tx *tx, const struct grant *g, const struct name_set_row *row,
    struct bytes body, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_NAMES, why);
	if (err == ENT_OK && body.n > NAME_SET_MAX)
		err = ent_fail(ENT_ETOOBIG, why, "a set of names over %zu bytes: leave rare ones out",
		    NAME_SET_MAX);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_NAME_SET_PUT);
	db_id(st, 1, &row->id);
	db_text(st, 2, row->format);
	db_int(st, 3, row->rules);
	db_int(st, 4, row->rows);
	db_int(st, 5, row->entries);
	db_int(st, 6, row->loaded_at);
	db_id(st, 7, &row->loaded_by);
	db_blob(st, 8, body);
	return db_run(st, NULL, why);
}

enum ent_err
name_set_drop(struct store_tx *tx, const struct grant *g, const struct ent_id *id, struct ent_why *why)
{
	int64_t changed = 0;
	enum ent_err err = grant_check(g, ACTION_NAMES, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_NAME_SET_DROP);
	db_id(st, 1, id);
	err = db_run(st, &changed, why);
	return err == ENT_OK && changed == 0 ? ent_fail(ENT_ENOTFOUND, why, "no such set of names") : err;
}

enum ent_err
name_sets(struct store_tx *tx, bool bodies, name_set_fn *fn, void *ctx, struct ent_why *why)
{
	bool more = true;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, bodies ? DB_NAME_SET_ALL : DB_NAME_SET_LIST);
	while (err == ENT_OK && (err = db_step(st, &more, why)) == ENT_OK && more) {
		struct name_set_row row = { .rules = db_col_int(st, 2), .rows = db_col_int(st, 3),
			.entries = db_col_int(st, 4), .loaded_at = db_col_int(st, 5) };
		db_col_id(st, 0, &row.id);
		db_col_copy(st, 1, row.format, sizeof row.format);
		db_col_id(st, 6, &row.loaded_by);
		err = fn(ctx, &row, bodies ? db_col_blob(st, 7) : bytes_of(NULL, 0), why);
	}
	db_done(st);
	return err;
}
