/* SPDX-License-Identifier: Apache-2.0 */
#include "store/records.h"
#include "store/snapshot.h"

#include "base/arena.h"
#include "grant/stage.h"
#include "store/db.h"
#include "store/keys.h"

#include <stdio.h>
#include <string.h>

#define PAGE_MAX 1000
#define GROUND_MAX 64
#define BODY_COLUMN 17
#define SEALED_BODY_MAX (RECORD_BODY_MAX + CRYPTO_AEAD_OVERHEAD)

/* A live grant for one of the actions that may see a record's content. */
static enum ent_err
check_reading(const struct grant *g, struct ent_why *why)
{
	static const enum ent_action allowed[] = { ACTION_READ, ACTION_WRITE, ACTION_SEARCH,
		ACTION_ANSWER, ACTION_FILTER, ACTION_FORWARD, ACTION_PERMIT, ACTION_NOTICE,
		ACTION_ERASE, ACTION_SCREEN };
	enum ent_err err = grant_check(g, ACTION_READ, why);
	for (size_t i = 1; err != ENT_OK && i < sizeof allowed / sizeof allowed[0]; i++)
		err = grant_check(g, allowed[i], why);
	return err;
}

static enum ent_err
not_found(struct ent_why *why)
{
	return ent_fail(ENT_ENOTFOUND, why, "no such record");
}

/* Columns as RECORD_COLUMNS of records.def. */
static void
read_row(struct db_stmt *st, struct record_row *out)
{
	struct record_label *l = &out->label;
	db_col_id(st, 0, &out->id);
	out->type = (enum record_type)db_col_int(st, 1);
	out->version = db_col_int(st, 2);
	out->state = (enum record_state)db_col_int(st, 3);
	l->subject = (enum subject_category)db_col_int(st, 4);
	l->review_at = db_col_int(st, 5);
	l->expires_at = db_col_int(st, 6);
	db_col_id(st, 7, &out->import);
	out->changed_at = db_col_int(st, 8);
	db_col_copy(st, 9, l->originator, sizeof l->originator);
	db_col_copy(st, 10, l->agreement, sizeof l->agreement);
	db_col_copy(st, 11, l->legal_basis, sizeof l->legal_basis);
	l->handling = (unsigned)db_col_int(st, 12);
	l->tlp = (enum tlp)db_col_int(st, 13);
	l->source = (enum source_grade)db_col_int(st, 14);
	l->information = (int)db_col_int(st, 15);
	db_col_copy(st, 16, l->conditions, sizeof l->conditions);
}

/* The label's codes, kept once under a hash of them; dates and subject stand in the record's row. */
static enum ent_err
intern_label(struct store_tx *tx, const struct record_label *l, struct ent_id *out,
    struct ent_why *why)
{
	char codes[768];
	int n = snprintf(codes, sizeof codes, "%s\n%s\n%s\n%u\n%d\n%d\n%d\n%s", l->originator,
	    l->agreement, l->legal_basis, l->handling, (int)l->tlp, (int)l->source, l->information,
	    l->conditions);
	if (n < 0 || (size_t)n >= sizeof codes)
		return ent_fail(ENT_ETOOBIG, why, "label: too long");
	crypto_blake2b(bytes_of_cstr("entente label"), bytes_of(codes, (size_t)n), out->b,
	    sizeof out->b);
	struct db_stmt *st = db_begin(tx, DB_LABEL_PUT);
	db_id(st, 1, out);
	db_text(st, 2, l->originator);
	db_text(st, 3, l->agreement);
	db_text(st, 4, l->legal_basis);
	db_int(st, 5, l->handling);
	db_int(st, 6, (int64_t)l->tlp);
	db_int(st, 7, (int64_t)l->source);
	db_int(st, 8, l->information);
	db_text(st, 9, l->conditions);
	return db_run(st, NULL, why);
}

static enum record_state
state_of(const struct record_label *l)
{
	return label_quarantined(l) ? RECORD_QUARANTINE : RECORD_LIVE;
}

static enum ent_err
insert(struct store_tx *tx, const struct record_row *row, struct bytes sealed, struct ent_why *why)
{
	struct ent_id label;
	enum ent_err err = intern_label(tx, &row->label, &label, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_RECORD_PUT);
	db_id(st, 1, &row->id);
	db_int(st, 2, (int64_t)row->type);
	db_int(st, 3, (int64_t)state_of(&row->label));
	db_id(st, 4, &label);
	db_int(st, 5, (int64_t)row->label.subject);
	db_int(st, 6, row->label.review_at);
	db_int(st, 7, row->label.expires_at);
	db_blob(st, 8, id_is_zero(&row->import) ? bytes_of(NULL, 0)
	                                        : bytes_of(row->import.b, sizeof row->import.b));
	db_int(st, 9, row->changed_at);
	db_blob(st, 10, sealed);
	return db_run(st, NULL, why);
}

/* Keep the mark of records that state who their subject is not. */
static enum ent_err
mark_others(struct store_tx *tx, const struct ent_id *id, bool others, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, others ? DB_RECORD_OTHER_PUT : DB_RECORD_OTHER_DROP);
	db_id(st, 1, id);
	return db_run(st, NULL, why);
}

enum ent_err
record_others_get(struct store_tx *tx, const struct ent_id *id, bool *yes, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_RECORD_OTHER_GET);
	db_id(st, 1, id);
	enum ent_err err = db_step(st, yes, why);
	db_done(st);
	return err;
}

static enum ent_err
count_import(struct store_tx *tx, const struct ent_id *import, struct ent_why *why)
{
	int64_t changed = 0;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_ADD);
	db_id(st, 1, import);
	db_int(st, 2, 1);
	enum ent_err err = db_run(st, &changed, why);
	return err == ENT_OK && changed != 1
	    ? ent_fail(ENT_ESTATE, why, "the import is not open any more") : err;
}

static enum ent_err
check_size(struct bytes body, struct ent_why *why)
{
	return body.n > RECORD_BODY_MAX ? ent_fail(ENT_ETOOBIG, why,
	    "a record has at most %zu bytes, this has %zu", RECORD_BODY_MAX, body.n) : ENT_OK;
}

enum ent_err
record_put(struct store_tx *tx, const struct grant *g, const struct record_row *row,
    struct bytes body, struct ent_why *why)
{
	bool imported = !id_is_zero(&row->import);
	struct buf sealed;
	enum ent_err err = imported ? grant_check_staging(g, why) : grant_check(g, ACTION_WRITE, why);
	if (err == ENT_OK)
		err = check_size(body, why);
	if (err != ENT_OK)
		return err;
	buf_init(&sealed, SEALED_BODY_MAX);
	if (imported)
		err = count_import(tx, &row->import, why);
	if (err == ENT_OK)
		err = store_seal_new(tx, &row->id, body, &sealed, why);
	if (err == ENT_OK)
		err = insert(tx, row, buf_bytes(&sealed), why);
	if (err == ENT_OK && row->others)
		err = mark_others(tx, &row->id, true, why);
	err = err == ENT_OK && !imported ? snapshot_spoil(tx, why) : err;
	buf_done(&sealed);
	return err == ENT_EEXISTS ? ent_fail(err, why, "there is a record with this id") : err;
}

/* Finds a row; body, if wanted, is left sealed in *sealed.  The statement stays open for it. */
static enum ent_err
find(struct db_stmt *st, const struct ent_id *id, struct record_row *row, struct ent_why *why)
{
	bool there;
	db_id(st, 1, id);
	enum ent_err err = db_step(st, &there, why);
	if (err == ENT_OK && !there)
		return not_found(why);
	if (err == ENT_OK)
		read_row(st, row);
	return err;
}

enum ent_err
record_label_get(struct store_tx *tx, const struct ent_id *id, struct record_row *row,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_RECORD_GET);
	enum ent_err err = find(st, id, row, why);
	db_done(st);
	return err;
}

static bool
visible(const struct record_row *row, const struct grant *g, ent_time now)
{
	if (row->state == RECORD_TOMBSTONE)
		return false;
	if (grant_action(g) == ACTION_ERASE)
		return true;
	return row->state != RECORD_EXPIRED && row->label.expires_at > now;
}

enum ent_err
record_get(struct store_tx *tx, const struct grant *g, const struct ent_id *id, ent_time now,
    struct record_row *row, struct buf *body, struct ent_why *why)
{
	struct record_row found = { .version = 0 };
	enum ent_err err = check_reading(g, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_RECORD_GET);
	err = find(st, id, &found, why);
	if (err == ENT_OK && !visible(&found, g, now))
		err = not_found(why);
	if (err == ENT_OK && body != NULL)
		err = store_unseal(tx, id, db_col_blob(st, BODY_COLUMN), body, why);
	db_done(st);
	if (err == ENT_OK)
		*row = found;
	return err;
}

static enum ent_err
update(struct store_tx *tx, const struct record_row *row, struct bytes sealed, struct ent_why *why)
{
	struct ent_id label;
	int64_t changed = 0;
	enum ent_err err = intern_label(tx, &row->label, &label, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_RECORD_REPLACE);
	db_id(st, 1, &row->id);
	db_int(st, 2, row->version);
	db_int(st, 3, (int64_t)row->type);
	db_int(st, 4, (int64_t)state_of(&row->label));
	db_id(st, 5, &label);
	db_int(st, 6, (int64_t)row->label.subject);
	db_int(st, 7, row->label.review_at);
	db_int(st, 8, row->label.expires_at);
	db_int(st, 9, row->changed_at);
	db_blob(st, 10, sealed);
	err = db_run(st, &changed, why);
	return err == ENT_OK && changed != 1 ? ent_fail(ENT_ECONFLICT, why,
	    "the record was changed meanwhile: read it again") : err;
}

enum ent_err
record_replace(struct store_tx *tx, const struct grant *g, const struct record_row *row,
    struct bytes body, struct ent_why *why)
{
	struct record_row old = { .version = 0 };
	struct buf sealed;
	enum ent_err err = grant_check(g, ACTION_WRITE, why);
	if (err == ENT_OK)
		err = check_size(body, why);
	if (err == ENT_OK)
		err = record_label_get(tx, &row->id, &old, why);
	if (err == ENT_OK && !visible(&old, g, row->changed_at))
		err = not_found(why);
	if (err != ENT_OK)
		return err;
	buf_init(&sealed, SEALED_BODY_MAX);
	err = store_seal(tx, &row->id, body, &sealed, why);
	if (err == ENT_OK)
		err = update(tx, row, buf_bytes(&sealed), why);
	if (err == ENT_OK)
		err = mark_others(tx, &row->id, row->others, why);
	err = err == ENT_OK ? snapshot_spoil(tx, why) : err;
	buf_done(&sealed);
	return err;
}

/* ---- walking ----------------------------------------------------------------------------------- */

static enum ent_err
emit(struct store_tx *tx, struct db_stmt *st, struct buf *body, record_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	struct record_row row = { .version = 0 };
	read_row(st, &row);
	buf_reset(body);
	enum ent_err err = store_unseal(tx, &row.id, db_col_blob(st, BODY_COLUMN), body, why);
	if (err == ENT_ENOTFOUND) /* its key was erased since this snapshot was taken */
		return ENT_OK;
	return err == ENT_OK ? fn(ctx, &row, buf_bytes(body), why) : err;
}

static void
done_wiped(struct buf *b)
{
	if (b->p != NULL)
		crypto_wipe(b->p, b->cap);
	buf_done(b);
}

/* Rows that st gives; *last is the last one's id, *n how many, those skipped included. */
static enum ent_err
walk(struct store_tx *tx, struct db_stmt *st, record_row_fn *fn, void *ctx, struct ent_id *last,
    int *n, struct ent_why *why)
{
	struct buf body;
	bool row = true;
	enum ent_err err = ENT_OK;
	buf_init(&body, SEALED_BODY_MAX);
	for (*n = 0; err == ENT_OK && row; ++*n) {
		err = db_step(st, &row, why);
		if (err != ENT_OK || !row)
			break;
		db_col_id(st, 0, last);
		err = emit(tx, st, &body, fn, ctx, why);
	}
	done_wiped(&body);
	return err;
}

struct scan {
	const struct grant *g;
	struct record_query q; /* after moves on */
	record_row_fn *fn;
	void *ctx;
	int n; /* rows of the last page */
};

static enum ent_err
scan_page(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scan *s = ctx;
	const struct record_query *q = &s->q;
	bool expired = q->state == RECORD_EXPIRED;
	enum ent_err err = check_reading(s->g, why);
	if (err == ENT_OK && expired)
		err = grant_check(s->g, ACTION_ERASE, why);
	if (err == ENT_OK && (q->max < 1 || q->max > PAGE_MAX))
		err = ent_fail(ENT_ETOOBIG, why, "a page has 1 to %d records", PAGE_MAX);
	if (err == ENT_OK)
		err = store_keys_hold(tx, why);
	if (err != ENT_OK)
		return err;
	int64_t first = q->state != 0 ? (int64_t)q->state : RECORD_LIVE;
	int64_t second = q->state != 0 ? (int64_t)q->state : RECORD_QUARANTINE;
	struct db_stmt *st = db_begin(tx, DB_RECORD_PAGE);
	db_id(st, 1, &q->after);
	db_int(st, 2, (int64_t)q->type);
	db_int(st, 3, first);
	db_int(st, 4, second);
	db_int(st, 5, expired ? INT64_MIN : q->now);
	db_int(st, 6, q->max);
	err = walk(tx, st, s->fn, s->ctx, &s->q.after, &s->n, why);
	db_done(st);
	return err;
}

enum ent_err
record_page(struct store_tx *tx, const struct grant *g, const struct record_query *q,
    record_row_fn *fn, void *ctx, struct ent_why *why)
{
	struct scan scan = { .g = g, .q = *q, .fn = fn, .ctx = ctx };
	return scan_page(tx, &scan, why);
}

enum ent_err
record_scan(struct store *s, const struct grant *g, ent_time now, record_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	struct scan scan = { .g = g, .q = { .now = now, .max = PAGE_MAX }, .fn = fn, .ctx = ctx };
	enum ent_err err;
	do
		err = store_read(s, scan_page, &scan, why);
	while (err == ENT_OK && scan.n == PAGE_MAX);
	return err;
}

struct import_scan {
	const struct grant *g;
	const struct record_span *span;
	ent_time now;
	record_row_fn *fn;
	void *ctx;
	struct ent_id after;
	int n; /* rows of the last page */
};

static enum ent_err
import_page(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct import_scan *s = ctx;
	enum ent_err err = grant_check(s->g, ACTION_IMPORT, why);
	if (err == ENT_OK)
		err = store_keys_hold(tx, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_IMPORT_PAGE);
	db_id(st, 1, &s->after);
	db_id(st, 2, &s->span->highest);
	db_id(st, 3, &s->span->import);
	db_int(st, 4, s->now);
	db_int(st, 5, PAGE_MAX);
	err = walk(tx, st, s->fn, s->ctx, &s->after, &s->n, why);
	db_done(st);
	return err;
}

/* The id before, where there is one. */
static struct ent_id
before(struct ent_id id)
{
	if (id_is_zero(&id))
		return id;
	for (size_t i = sizeof id.b; i-- > 0 && id.b[i]-- == 0;)
		;
	return id;
}

enum ent_err
record_import_scan(struct store *s, const struct grant *g, const struct record_span *span,
    ent_time now, record_row_fn *fn, void *ctx, struct ent_why *why)
{
	struct import_scan scan = { .g = g, .span = span, .now = now, .fn = fn, .ctx = ctx,
		.after = before(span->lowest) };
	enum ent_err err;
	do
		err = store_read(s, import_page, &scan, why);
	while (err == ENT_OK && scan.n == PAGE_MAX);
	return err;
}

/* ---- dates --------------------------------------------------------------------------------------- */

enum ent_err
record_due_page(struct store_tx *tx, const struct record_due_query *q, record_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	static const enum db_query queries[] = { [RECORD_REVIEW] = DB_RECORD_REVIEW_DUE,
		[RECORD_EXPIRY] = DB_RECORD_EXPIRY_DUE, [RECORD_ERASURE] = DB_RECORD_ERASURE_DUE };
	bool more = true;
	enum ent_err err = ENT_OK;
	if (q->max < 1 || q->max > PAGE_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a page has 1 to %d records", PAGE_MAX);
	struct db_stmt *st = db_begin(tx, queries[q->which]);
	db_int(st, 1, q->after_time);
	db_id(st, 2, &q->after_id);
	db_int(st, 3, q->now);
	db_int(st, 4, q->max);
	while (err == ENT_OK && more) {
		struct record_row row = { .version = 0 };
		err = db_step(st, &more, why);
		if (err != ENT_OK || !more)
			break;
		read_row(st, &row);
		err = fn(ctx, &row, bytes_of(NULL, 0), why);
	}
	db_done(st);
	return err;
}

struct expiring {
	struct record_row *rows; /* of max */
	size_t n;
};

static enum ent_err
note_expiring(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	struct expiring *e = ctx;
	(void)body;
	(void)why;
	e->rows[e->n++] = *row;
	return ENT_OK;
}

enum ent_err
record_expire(struct store_tx *tx, ent_time now, int max, record_row_fn *fn, void *ctx,
    int64_t *count, struct ent_why *why)
{
	struct record_due_query q = { .which = RECORD_EXPIRY, .now = now, .after_time = INT64_MIN,
		.max = max };
	struct expiring e = { .rows = ent_alloc_array(PAGE_MAX, sizeof(struct record_row)) };
	enum ent_err err = record_due_page(tx, &q, note_expiring, &e, why);
	for (size_t i = 0; i < e.n && err == ENT_OK; i++) {
		struct db_stmt *st = db_begin(tx, DB_RECORD_STATE);
		db_id(st, 1, &e.rows[i].id);
		db_int(st, 2, RECORD_EXPIRED);
		db_int(st, 3, now);
		err = db_run(st, NULL, why);
		e.rows[i].state = RECORD_EXPIRED;
		if (err == ENT_OK && fn != NULL)
			err = fn(ctx, &e.rows[i], bytes_of(NULL, 0), why);
	}
	if (err == ENT_OK)
		*count = (int64_t)e.n;
	free(e.rows);
	return err;
}

/* ---- erasure --------------------------------------------------------------------------------------- */

static enum ent_err
confirm(struct store_tx *tx, const struct actor *who, const struct ent_id *id, const char *ground,
    ent_time now, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_ERASURE_PUT);
	db_id(st, 1, id);
	db_id(st, 2, &who->id);
	db_int(st, 3, (who->roles & ROLE_DPO) != 0);
	db_text(st, 4, ground);
	db_int(st, 5, now);
	enum ent_err err = db_run(st, NULL, why);
	return err == ENT_EEXISTS ? ent_refuse(err, why, "erasure/two-persons", "this person has "
	    "confirmed already: an erasure takes the data-protection officer and a second person")
	                          : err;
}

static enum ent_err
confirmed(struct store_tx *tx, const struct ent_id *id, bool *yes, struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_ERASURE_COUNT);
	db_id(st, 1, id);
	enum ent_err err = db_step(st, &row, why);
	*yes = err == ENT_OK && row && db_col_int(st, 0) >= 2 && db_col_int(st, 1) >= 1;
	db_done(st);
	return err;
}

enum ent_err
record_erase(struct store_tx *tx, const struct grant *g, const struct ent_id *id, const char *ground,
    ent_time now, bool *erased, struct ent_why *why)
{
	/* sealed under the key that goes: nothing could open them */
	static const enum db_query along[] = { DB_RECORD_OTHER_DROP, DB_ADJUDICATION_DROP, DB_CANDIDATE_DROP_RECORD };
	struct record_row row = { .version = 0 };
	bool yes = false;
	enum ent_err err = grant_check(g, ACTION_ERASE, why);
	if (err == ENT_OK && id_is_zero(&grant_actor(g)->id))
		err = ent_refuse(ENT_EREFUSED, why, "erasure/two-persons",
		    "an erasure is confirmed by named persons");
	if (err == ENT_OK && (ground == NULL || strlen(ground) > GROUND_MAX))
		err = ent_fail(ENT_EFIELD, why, "ground: a code of up to %d bytes", GROUND_MAX);
	if (err == ENT_OK)
		err = record_label_get(tx, id, &row, why);
	if (err == ENT_OK && row.state == RECORD_TOMBSTONE)
		err = ent_fail(ENT_ESTATE, why, "the record is erased already");
	if (err == ENT_OK)
		err = confirm(tx, grant_actor(g), id, ground, now, why);
	if (err == ENT_OK)
		err = confirmed(tx, id, &yes, why);
	if (err == ENT_OK && yes) {
		struct db_stmt *st = db_begin(tx, DB_RECORD_EMPTY);
		db_id(st, 1, id);
		db_int(st, 2, now);
		err = db_run(st, NULL, why);
	}
	for (size_t i = 0; err == ENT_OK && yes && i < sizeof along / sizeof along[0]; i++) {
		struct db_stmt *st = db_begin(tx, along[i]);
		db_id(st, 1, id);
		err = db_run(st, NULL, why);
	}
	if (err == ENT_OK && yes && (err = store_key_erase(tx, id, why)) == ENT_OK)
		err = snapshot_spoil(tx, why);
	if (err == ENT_OK)
		*erased = yes;
	return err;
}

/* ---- counts ------------------------------------------------------------------------------------ */

static enum ent_err
count_row(struct store_tx *tx, enum db_query q, ent_time now, int n, int64_t *out,
    struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, q);
	db_int(st, 1, now);
	enum ent_err err = db_step(st, &row, why);
	for (int i = 0; i < n && err == ENT_OK && row; i++)
		out[i] = db_col_int(st, i);
	db_done(st);
	return err;
}

enum ent_err
record_count(struct store_tx *tx, ent_time now, struct record_counts *out, struct ent_why *why)
{
	int64_t there[2] = { 0 }, due[4] = { 0 };
	enum ent_err err = count_row(tx, DB_RECORD_COUNT, now, 2, there, why);
	if (err == ENT_OK)
		err = count_row(tx, DB_RECORD_DUE_COUNTS, now, 4, due, why);
	if (err == ENT_OK)
		*out = (struct record_counts){ there[0], there[1], due[0], due[1], due[2], due[3] };
	return err;
}
