/* SPDX-License-Identifier: Apache-2.0 */
#include "store/screenings.h"

#include "store/db.h"
#include "store/keys.h"

#include <string.h>

#define EXPIRE_MAX 100
#define SEALED_MAX (SCREENING_ROW_MAX + (size_t)2 * CRYPTO_AEAD_OVERHEAD)

const char *
screening_state_name(enum screening_state s)
{
	static const char *const names[] = { "", "running", "open", "closed" };
	return (size_t)s < sizeof names / sizeof names[0] ? names[s] : "";
}

/* Columns as SCREENING_COLUMNS of screenings.def. */
static void
read_row(struct db_stmt *st, struct screening_row *out)
{
	*out = (struct screening_row){ .state = (enum screening_state)db_col_int(st, 2),
		.purpose = (enum ent_purpose)db_col_int(st, 5), .started_at = db_col_int(st, 7),
		.ended_at = db_col_int(st, 8), .expires_at = db_col_int(st, 9), .rows = db_col_int(st, 10),
		.candidates = db_col_int(st, 11), .strong = db_col_int(st, 12),
		.decided = db_col_int(st, 13) };
	db_col_id(st, 0, &out->id);
	db_col_id(st, 1, &out->results);
	db_col_copy(st, 3, out->agreement, sizeof out->agreement);
	db_col_copy(st, 4, out->annex, sizeof out->annex);
	db_col_id(st, 6, &out->started_by);
}

static void
done_wiped(struct buf *b)
{
	if (b->p != NULL)
		crypto_wipe(b->p, b->cap);
	buf_done(b);
}

enum ent_err
screening_begin(struct store_tx *tx, const struct grant *g, const struct screening_row *row,
    struct bytes progress, struct ent_why *why)
{
	struct buf sealed;
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err != ENT_OK)
		return err;
	buf_init(&sealed, SCREENING_PROGRESS_MAX + CRYPTO_AEAD_OVERHEAD);
	err = store_seal_new(tx, &row->id, progress, &sealed, why);
	if (err == ENT_OK)
		err = store_key_make(tx, &row->results, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_SCREENING_PUT);
		db_id(st, 1, &row->id);
		db_id(st, 2, &row->results);
		db_text(st, 3, row->agreement);
		db_text(st, 4, row->annex);
		db_int(st, 5, (int64_t)row->purpose);
		db_id(st, 6, &row->started_by);
		db_int(st, 7, row->started_at);
		db_int(st, 8, row->expires_at);
		db_blob(st, 9, buf_bytes(&sealed));
		err = db_run(st, NULL, why);
	}
	buf_done(&sealed);
	return err == ENT_EEXISTS ? ent_fail(err, why, "there is a screening with this id") : err;
}

static enum ent_err
find(struct db_stmt *st, const struct ent_id *id, struct screening_row *out, struct ent_why *why)
{
	bool there = false;
	db_id(st, 1, id);
	enum ent_err err = db_step(st, &there, why);
	if (err == ENT_OK && !there)
		return ent_fail(ENT_ENOTFOUND, why, "no such screening (entente screen list)");
	if (err == ENT_OK)
		read_row(st, out);
	return err;
}

enum ent_err
screening_get(struct store_tx *tx, const struct ent_id *id, struct screening_row *out,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_SCREENING_GET);
	enum ent_err err = find(st, id, out, why);
	db_done(st);
	return err;
}

enum ent_err
screening_progress(struct store_tx *tx, const struct grant *g, const struct ent_id *id,
    struct buf *progress, struct ent_why *why)
{
	struct screening_row row;
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_SCREENING_GET);
	err = find(st, id, &row, why);
	if (err == ENT_OK && row.state != SCREENING_RUNNING)
		err = ent_fail(ENT_ESTATE, why, "the list has ended: there is nothing to go on with");
	if (err == ENT_OK)
		err = store_unseal(tx, id, db_col_blob(st, 14), progress, why);
	db_done(st);
	return err;
}

/* Under the record's key, and that under the screening's. */
static enum ent_err
put_candidate(struct store_tx *tx, const struct screening_row *row, int64_t seq,
    const struct screening_hit *hit, struct ent_why *why)
{
	struct buf inner, outer;
	if (hit->text.n > SCREENING_ROW_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a row over %zu bytes", SCREENING_ROW_MAX);
	buf_init(&inner, SEALED_MAX);
	buf_init(&outer, SEALED_MAX);
	enum ent_err err = store_seal(tx, &hit->record, hit->text, &inner, why);
	if (err == ENT_OK)
		err = store_seal(tx, &row->results, buf_bytes(&inner), &outer, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_CANDIDATE_PUT);
		db_id(st, 1, &row->id);
		db_int(st, 2, seq);
		db_id(st, 3, &hit->record);
		db_blob(st, 4, buf_bytes(&outer));
		err = db_run(st, NULL, why);
	}
	buf_done(&inner);
	buf_done(&outer);
	return err;
}

enum ent_err
screening_advance(struct store_tx *tx, const struct grant *g, const struct screening_row *row,
    int64_t now_rows, const struct screening_hit *hits, size_t count, struct bytes progress,
    struct ent_why *why)
{
	struct buf sealed;
	int64_t put = 0, strong = 0, changed = 0;
	struct screening_row now;
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err == ENT_OK)
		err = screening_get(tx, &row->id, &now, why);
	for (size_t i = 0; i < count && err == ENT_OK; i++) {
		err = put_candidate(tx, row, now.candidates + put + 1, &hits[i], why);
		if (err == ENT_ENOTFOUND) { /* the record was erased meanwhile */
			err = ENT_OK;
			continue;
		}
		put++;
		strong += hits[i].strong;
	}
	if (err == ENT_EEXISTS) /* its number was taken by another run */
		return ent_fail(ENT_ECONFLICT, why, "another run of this screening goes on");
	if (err != ENT_OK)
		return err;
	buf_init(&sealed, SCREENING_PROGRESS_MAX + CRYPTO_AEAD_OVERHEAD);
	err = store_seal(tx, &row->id, progress, &sealed, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_SCREENING_ADVANCE);
		db_id(st, 1, &row->id);
		db_int(st, 2, row->rows);
		db_int(st, 3, now_rows);
		db_int(st, 4, put);
		db_int(st, 5, strong);
		db_blob(st, 6, buf_bytes(&sealed));
		err = db_run(st, &changed, why);
	}
	buf_done(&sealed);
	if (err == ENT_OK && changed != 1)
		err = ent_fail(ENT_ECONFLICT, why, "another run of this screening goes on, or it was closed");
	return err;
}

static enum ent_err
set_state(struct store_tx *tx, const struct ent_id *id, enum screening_state state, ent_time now,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_SCREENING_STATE);
	db_id(st, 1, id);
	db_int(st, 2, (int64_t)state);
	db_int(st, 3, now);
	return db_run(st, NULL, why);
}

enum ent_err
screening_end(struct store_tx *tx, const struct grant *g, const struct ent_id *id, ent_time now,
    struct ent_why *why)
{
	struct screening_row row;
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err == ENT_OK)
		err = screening_get(tx, id, &row, why);
	if (err == ENT_OK && row.state != SCREENING_RUNNING)
		err = ent_fail(ENT_ECONFLICT, why, "the screening was ended or closed meanwhile");
	if (err == ENT_OK)
		err = set_state(tx, id, SCREENING_OPEN, now, why);
	return err == ENT_OK ? store_key_erase(tx, id, why) : err;
}

static enum ent_err
close_one(struct store_tx *tx, const struct screening_row *row, ent_time now, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_CANDIDATE_DROP_ALL);
	db_id(st, 1, &row->id);
	enum ent_err err = db_run(st, NULL, why);
	if (err == ENT_OK)
		err = set_state(tx, &row->id, SCREENING_CLOSED, now, why);
	if (err == ENT_OK)
		err = store_key_erase(tx, &row->results, why);
	if (err == ENT_OK && row->state == SCREENING_RUNNING)
		err = store_key_erase(tx, &row->id, why);
	return err;
}

enum ent_err
screening_close(struct store_tx *tx, const struct grant *g, const struct ent_id *id, ent_time now,
    struct ent_why *why)
{
	struct screening_row row;
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err == ENT_OK)
		err = screening_get(tx, id, &row, why);
	if (err == ENT_OK && row.state == SCREENING_CLOSED)
		err = ent_fail(ENT_ESTATE, why, "the screening is closed already");
	return err == ENT_OK ? close_one(tx, &row, now, why) : err;
}

enum ent_err
screening_expire(struct store_tx *tx, ent_time now, int max, int64_t *count, struct ent_why *why)
{
	struct screening_row rows[EXPIRE_MAX];
	size_t n = 0;
	bool more = true;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, DB_SCREENING_EXPIRED);
	db_int(st, 1, now);
	db_int(st, 2, max < EXPIRE_MAX ? max : EXPIRE_MAX);
	while (n < EXPIRE_MAX && (err = db_step(st, &more, why)) == ENT_OK && more)
		read_row(st, &rows[n++]);
	db_done(st);
	for (size_t i = 0; i < n && err == ENT_OK; i++)
		err = close_one(tx, &rows[i], now, why);
	*count = (int64_t)n;
	return err;
}

enum ent_err
screening_page(struct store_tx *tx, const struct ent_id *before, int max, screening_fn *fn, void *ctx,
    struct ent_why *why)
{
	struct ent_id last;
	bool more = true;
	enum ent_err err = ENT_OK;
	memset(last.b, 0xff, sizeof last.b);
	struct db_stmt *st = db_begin(tx, DB_SCREENING_PAGE);
	db_id(st, 1, id_is_zero(before) ? &last : before);
	db_int(st, 2, max < SCREENING_PAGE_MAX ? max : SCREENING_PAGE_MAX);
	while (err == ENT_OK && (err = db_step(st, &more, why)) == ENT_OK && more) {
		struct screening_row row;
		read_row(st, &row);
		err = fn(ctx, &row, why);
	}
	db_done(st);
	return err;
}

enum ent_err
screening_count(struct store_tx *tx, struct screening_counts *out, struct ent_why *why)
{
	bool row = false;
	struct db_stmt *st = db_begin(tx, DB_SCREENING_COUNT);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row)
		*out = (struct screening_counts){ db_col_int(st, 0), db_col_int(st, 1), db_col_int(st, 2) };
	db_done(st);
	return err;
}

/* ---- candidates -------------------------------------------------------------------------------------- */

static void
read_candidate(struct db_stmt *st, struct candidate_row *out)
{
	out->seq = db_col_int(st, 0);
	db_col_id(st, 1, &out->record);
	out->verdict = (enum verdict)db_col_int(st, 2);
}

static enum ent_err
open_candidate(struct store_tx *tx, const struct screening_row *row, const struct candidate_row *c,
    struct bytes sealed, struct buf *text, struct ent_why *why)
{
	struct buf inner;
	buf_init(&inner, SEALED_MAX);
	enum ent_err err = store_unseal(tx, &row->results, sealed, &inner, why);
	if (err == ENT_OK)
		err = store_unseal(tx, &c->record, buf_bytes(&inner), text, why);
	buf_done(&inner);
	return err;
}

enum ent_err
candidate_page(struct store_tx *tx, const struct grant *g, const struct screening_row *row,
    int64_t after, int max, bool undecided, candidate_fn *fn, void *ctx, struct ent_why *why)
{
	struct buf text;
	bool more = true;
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err != ENT_OK)
		return err;
	buf_init(&text, SEALED_MAX);
	struct db_stmt *st = db_begin(tx, DB_CANDIDATE_PAGE);
	db_id(st, 1, &row->id);
	db_int(st, 2, after);
	db_int(st, 3, undecided ? 1 : 0);
	db_int(st, 4, max < SCREENING_PAGE_MAX ? max : SCREENING_PAGE_MAX);
	while (err == ENT_OK && (err = db_step(st, &more, why)) == ENT_OK && more) {
		struct candidate_row c;
		read_candidate(st, &c);
		buf_reset(&text);
		err = open_candidate(tx, row, &c, db_col_blob(st, 3), &text, why);
		if (err == ENT_OK)
			err = fn(ctx, &c, buf_bytes(&text), why);
		else if (err == ENT_ENOTFOUND) /* a key was erased since this snapshot was taken */
			err = ENT_OK;
	}
	db_done(st);
	done_wiped(&text);
	return err;
}

enum ent_err
candidate_get(struct store_tx *tx, const struct grant *g, const struct screening_row *row, int64_t seq,
    struct candidate_row *out, struct buf *text, struct ent_why *why)
{
	bool there = false;
	enum ent_err err = text == NULL ? ENT_OK : grant_check(g, ACTION_ADJUDICATE, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_CANDIDATE_GET);
	db_id(st, 1, &row->id);
	db_int(st, 2, seq);
	err = db_step(st, &there, why);
	if (err == ENT_OK && !there)
		err = ent_fail(ENT_ENOTFOUND, why, "the screening has no such candidate");
	if (err == ENT_OK)
		read_candidate(st, out);
	if (err == ENT_OK && text != NULL)
		err = open_candidate(tx, row, out, db_col_blob(st, 3), text, why);
	db_done(st);
	return err;
}

enum ent_err
candidate_decide(struct store_tx *tx, const struct grant *g, const struct screening_row *row,
    const struct candidate_row *candidate, enum verdict verdict, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_ADJUDICATE, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_CANDIDATE_DECIDE);
	db_id(st, 1, &row->id);
	db_int(st, 2, candidate->seq);
	db_int(st, 3, (int64_t)verdict);
	err = db_run(st, NULL, why);
	if (err != ENT_OK || candidate->verdict != VERDICT_NONE)
		return err;
	st = db_begin(tx, DB_SCREENING_DECIDED);
	db_id(st, 1, &row->id);
	return db_run(st, NULL, why);
}
