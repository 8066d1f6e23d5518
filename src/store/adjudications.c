/* SPDX-License-Identifier: Apache-2.0 */
#include "store/adjudications.h"

#include "store/db.h"
#include "store/keys.h"

#include <string.h>

static const char *const verdict_names[] = {
	"",
#define VERDICT(num, name, text, what) [num] = text,
#include "spec/registry/verdicts.def"
#undef VERDICT
};
#define VERDICTS (sizeof verdict_names / sizeof verdict_names[0])

const char *
verdict_name(enum verdict v)
{
	return (size_t)v < VERDICTS ? verdict_names[v] : "";
}

enum verdict
verdict_of(const char *s)
{
	for (size_t i = 1; s != NULL && i < VERDICTS; i++)
		if (strcmp(verdict_names[i], s) == 0)
			return (enum verdict)i;
	return VERDICT_NONE;
}

enum ent_err
adjudication_put(struct store_tx *tx, const struct grant *g, const struct adjudication_row *row,
    struct bytes body, struct ent_why *why)
{
	struct buf sealed;
	enum ent_err err = grant_check(g, ACTION_ADJUDICATE, why);
	if (err != ENT_OK)
		return err;
	if (body.n > ADJUDICATION_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a decision over %zu bytes: shorten its grounds",
		    ADJUDICATION_MAX);
	buf_init(&sealed, ADJUDICATION_MAX + CRYPTO_AEAD_OVERHEAD);
	err = store_seal(tx, &row->record, body, &sealed, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_ADJUDICATION_PUT);
		db_id(st, 1, &row->id);
		db_id(st, 2, &row->record);
		db_int(st, 3, row->decided_at);
		db_blob(st, 4, buf_bytes(&sealed));
		err = db_run(st, NULL, why);
	}
	buf_done(&sealed);
	return err;
}

static enum ent_err
check_reading(const struct grant *g, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_READ, why);
	if (err != ENT_OK)
		err = grant_check(g, ACTION_SCREEN, why);
	return err == ENT_OK ? err : grant_check(g, ACTION_SEARCH, why);
}

enum ent_err
adjudication_each(struct store_tx *tx, const struct grant *g, const struct ent_id *record, int max,
    adjudication_fn *fn, void *ctx, struct ent_why *why)
{
	struct buf body;
	bool more = true;
	enum ent_err err = check_reading(g, why);
	if (err != ENT_OK)
		return err;
	buf_init(&body, ADJUDICATION_MAX);
	struct db_stmt *st = db_begin(tx, DB_ADJUDICATION_OF);
	db_id(st, 1, record);
	db_int(st, 2, max < ADJUDICATIONS_READ ? max : ADJUDICATIONS_READ);
	while (err == ENT_OK && (err = db_step(st, &more, why)) == ENT_OK && more) {
		struct adjudication_row row = { .record = *record, .decided_at = db_col_int(st, 1) };
		db_col_id(st, 0, &row.id);
		buf_reset(&body);
		err = store_unseal(tx, record, db_col_blob(st, 2), &body, why);
		if (err == ENT_ENOTFOUND) { /* its key was erased since this snapshot was taken */
			err = ENT_OK;
			break;
		}
		if (err == ENT_OK)
			err = fn(ctx, &row, buf_bytes(&body), why);
		if (body.p != NULL)
			crypto_wipe(body.p, body.n);
	}
	db_done(st);
	buf_done(&body);
	return err;
}
