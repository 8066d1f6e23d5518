/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads, copies, permissions, contacts: the exchange's tables that hold codes alone.
 */
#include "store/db.h"
#include "store/feeds.h"

#include <stdio.h>

/* Step once; on a row read it; ENOTFOUND if there is none. */
typedef void read_fn(struct db_stmt *st, void *out);

static enum ent_err
get_one(struct db_stmt *st, read_fn *read, void *out, const char *what, struct ent_why *why)
{
	bool row = false;
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row)
		read(st, out);
	db_done(st);
	if (err == ENT_OK && !row)
		return ent_fail(ENT_ENOTFOUND, why, "there is no such %s", what);
	return err;
}

static void
read_thread(struct db_stmt *st, void *out)
{
	struct thread_row *t = out;
	db_col_id(st, 0, &t->ref);
	db_col_copy(st, 1, t->agreement, sizeof t->agreement);
	db_col_copy(st, 2, t->asker, sizeof t->asker);
	db_col_copy(st, 3, t->answerer, sizeof t->answerer);
	t->state = db_col_int(st, 4);
	t->urgency = db_col_int(st, 5);
	t->allowed = db_col_int(st, 6);
	t->due = db_col_int(st, 7);
	t->left = db_col_int(st, 8);
	t->opened_at = db_col_int(st, 9);
	t->request_seq = (uint64_t)db_col_int(st, 10);
	t->clarification_seq = (uint64_t)db_col_int(st, 11);
}

enum ent_err
thread_get(struct store_tx *tx, const struct ent_id *ref, struct thread_row *out,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_THREAD_GET);
	db_id(st, 1, ref);
	return get_one(st, read_thread, out, "exchange", why);
}

enum ent_err
thread_of_seq(struct store_tx *tx, const char *agreement, const char *asker, uint64_t seq,
    struct thread_row *out, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_THREAD_OF_SEQ);
	db_text(st, 1, agreement);
	db_text(st, 2, asker);
	db_int(st, 3, (int64_t)seq);
	return get_one(st, read_thread, out, "exchange", why);
}

enum ent_err
thread_put(struct store_tx *tx, const struct thread_row *t, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_THREAD_PUT);
	db_id(st, 1, &t->ref);
	db_text(st, 2, t->agreement);
	db_text(st, 3, t->asker);
	db_text(st, 4, t->answerer);
	db_int(st, 5, t->state);
	db_int(st, 6, t->urgency);
	db_int(st, 7, t->allowed);
	db_int(st, 8, t->due);
	db_int(st, 9, t->left);
	db_int(st, 10, t->opened_at);
	db_int(st, 11, (int64_t)t->request_seq);
	db_int(st, 12, (int64_t)t->clarification_seq);
	return db_run(st, NULL, why);
}

enum ent_err
thread_page(struct store_tx *tx, const struct ent_id *after, int max, thread_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	bool row = false;
	enum ent_err err;
	struct db_stmt *st = db_begin(tx, DB_THREAD_PAGE);
	db_id(st, 1, after);
	db_int(st, 2, max);
	while ((err = db_step(st, &row, why)) == ENT_OK && row) {
		struct thread_row t;
		read_thread(st, &t);
		if ((err = fn(ctx, &t, why)) != ENT_OK)
			break;
	}
	db_done(st);
	return err;
}

enum ent_err
copy_put(struct store_tx *tx, const struct grant *g, const struct copy_row *c, struct ent_why *why)
{
	enum ent_action action = g != NULL && grant_action(g) == ACTION_FORWARD ? ACTION_FORWARD
	                                                                         : ACTION_ANSWER;
	enum ent_err err = grant_check(g, action, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_COPY_PUT);
	db_id(st, 1, &c->record);
	db_text(st, 2, c->recipient);
	db_id(st, 3, &c->ref);
	db_text(st, 4, c->agreement);
	db_int(st, 5, (int64_t)c->seq);
	db_int(st, 6, c->given_at);
	db_int(st, 7, c->retain_until);
	db_text(st, 8, c->transfer_basis);
	db_id(st, 9, &c->given_by);
	return db_run(st, NULL, why);
}

enum ent_err
copy_of_record(struct store_tx *tx, const struct ent_id *record, copy_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	bool row = false;
	enum ent_err err;
	struct db_stmt *st = db_begin(tx, DB_COPY_OF_RECORD);
	db_id(st, 1, record);
	while ((err = db_step(st, &row, why)) == ENT_OK && row) {
		struct copy_row c = { .seq = (uint64_t)db_col_int(st, 4), .given_at = db_col_int(st, 5),
			.retain_until = db_col_int(st, 6) };
		db_col_id(st, 0, &c.record);
		db_col_copy(st, 1, c.recipient, sizeof c.recipient);
		db_col_id(st, 2, &c.ref);
		db_col_copy(st, 3, c.agreement, sizeof c.agreement);
		db_col_copy(st, 7, c.transfer_basis, sizeof c.transfer_basis);
		db_col_id(st, 8, &c.given_by);
		if ((err = fn(ctx, &c, why)) != ENT_OK)
			break;
	}
	db_done(st);
	return err;
}

static void
read_permission(struct db_stmt *st, void *out)
{
	struct permission_row *p = out;
	db_col_id(st, 0, &p->record);
	db_col_copy(st, 1, p->recipient, sizeof p->recipient);
	db_col_copy(st, 2, p->agreement, sizeof p->agreement);
	db_col_id(st, 3, &p->ref);
	p->direction = (enum feed_direction)db_col_int(st, 4);
	p->state = (enum permission_state)db_col_int(st, 5);
	p->changed_at = db_col_int(st, 6);
}

enum ent_err
permission_put(struct store_tx *tx, const struct permission_row *p, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_PERMISSION_PUT);
	db_id(st, 1, &p->record);
	db_text(st, 2, p->recipient);
	db_text(st, 3, p->agreement);
	db_id(st, 4, &p->ref);
	db_int(st, 5, p->direction);
	db_int(st, 6, p->state);
	db_int(st, 7, p->changed_at);
	return db_run(st, NULL, why);
}

enum ent_err
permission_get(struct store_tx *tx, const struct ent_id *record, const char *recipient,
    enum feed_direction d, struct permission_row *out, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_PERMISSION_GET);
	db_id(st, 1, record);
	db_text(st, 2, recipient);
	db_int(st, 3, d);
	return get_one(st, read_permission, out, "permission", why);
}

enum ent_err
permission_of_ref(struct store_tx *tx, const struct ent_id *ref, struct permission_row *out,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_PERMISSION_BY_REF);
	db_id(st, 1, ref);
	return get_one(st, read_permission, out, "permission request", why);
}

enum ent_err
permission_open(struct store_tx *tx, int max, permission_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	bool row = false;
	enum ent_err err;
	struct db_stmt *st = db_begin(tx, DB_PERMISSION_OPEN);
	db_int(st, 1, max);
	while ((err = db_step(st, &row, why)) == ENT_OK && row) {
		struct permission_row p;
		read_permission(st, &p);
		if ((err = fn(ctx, &p, why)) != ENT_OK)
			break;
	}
	db_done(st);
	return err;
}

static void
read_contact(struct db_stmt *st, void *out)
{
	struct contact_row *c = out;
	c->acked = (uint64_t)db_col_int(st, 0);
	c->reached_at = db_col_int(st, 1);
	c->tried_at = db_col_int(st, 2);
	c->failures = db_col_int(st, 3);
}

enum ent_err
contact_get(struct store_tx *tx, const char *agreement, struct contact_row *out,
    struct ent_why *why)
{
	struct contact_row c = { 0 };
	struct db_stmt *st = db_begin(tx, DB_PEER_CONTACT_GET);
	db_text(st, 1, agreement);
	enum ent_err err = get_one(st, read_contact, &c, "contact", why);
	if (err != ENT_OK && err != ENT_ENOTFOUND)
		return err;
	*out = c;
	return ENT_OK;
}

enum ent_err
contact_put(struct store_tx *tx, const char *agreement, const struct contact_row *c,
    struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_PEER_CONTACT_PUT);
	db_text(st, 1, agreement);
	db_int(st, 2, (int64_t)c->acked);
	db_int(st, 3, c->reached_at);
	db_int(st, 4, c->tried_at);
	db_int(st, 5, c->failures);
	return db_run(st, NULL, why);
}
