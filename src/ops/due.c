/* SPDX-License-Identifier: Apache-2.0
 *
 * due: what is to be reviewed and what waits for its erasure; codes and dates, no names.  erase: one
 * person's confirmation of an erasure; the second one's carries it out.  The runner marks what has
 * expired.
 */
#include "ops/hit_list.h"
#include "ops/index.h"
#include "ops/record_call.h"
#include "ops/runner.h"

#include "base/log.h"

#include <string.h>

#define DUE_MAX 500
#define EXPIRE_MAX 200
#define DATES_EVERY (5 * ENT_SECOND)

static enum ent_err
take_row(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	struct js *list = ctx;
	(void)body;
	(void)why;
	js_append_take(list, record_call_codes(row));
	return ENT_OK;
}

static enum ent_err
due_run(struct op_call *c)
{
	static const struct {
		enum record_due which;
		const char *key;
	} queues[] = { { RECORD_REVIEW, "review" }, { RECORD_EXPIRY, "erasure" },
		{ RECORD_ERASURE, "erasure" } };
	for (size_t i = 0; i < sizeof queues / sizeof queues[0]; i++) {
		struct record_due_query q = { .which = queues[i].which, .now = c->ask.now, .max = DUE_MAX };
		struct js *list = js_get(c->out, queues[i].key);
		if (list == NULL) {
			list = js_array();
			js_set_take(c->out, queues[i].key, list);
		}
		enum ent_err err = record_due_page(c->tx, &q, take_row, list, c->why);
		if (err != ENT_OK)
			return err;
	}
	return ENT_OK;
}

const struct op_impl op_due = { .decode = NULL, .run = due_run };

/* ---- erase ----------------------------------------------------------------------------------------- */

/* Coded, so that the tombstone and the log hold no text about somebody. */
static const char *const grounds[] = { "expired", "unlawful", "wrong", "court", "withdrawn", "request",
	NULL };

struct erase {
	struct record_row row;
	bool erased;
	const char *ground;
};

static enum ent_err
erase_decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct erase *e = arena_alloc(c->arena, sizeof *e);
	size_t i = 0;
	c->state = e;
	e->ground = js_want_str(&r, "ground", 32);
	while (grounds[i] != NULL && strcmp(grounds[i], e->ground) != 0)
		i++;
	if (r.err != ENT_OK)
		return r.err;
	if (grounds[i] == NULL)
		return ent_fail(ENT_EFIELD, c->why, "field 'ground' must be expired, unlawful, wrong, court, "
		    "withdrawn or request");
	op_fact_str(c, "ground", e->ground);
	enum ent_err err = record_call_target(c, "id", &e->row);
	if (err == ENT_OK && strcmp(e->ground, "expired") == 0 &&
	    e->row.label.expires_at > c->ask.now)
		err = ent_fail(ENT_ESTATE, c->why, "the record has not expired: name another ground");
	return err;
}

static enum ent_err
erase_run(struct op_call *c)
{
	struct erase *e = c->state;
	bool erased = false;
	enum ent_err err = record_erase(c->tx, c->grant, &e->row.id, e->ground, c->ask.now, &erased,
	    c->why);
	if (err != ENT_OK)
		return err;
	e->erased = erased;
	if (erased && (err = hit_withdraw_record(c->tx, &e->row.id, c->why)) != ENT_OK)
		return err;
	js_set_id(c->out, "id", e->row.id.b);
	js_set_bool(c->out, "erased", erased);
	js_set_str(c->out, "waits_for", erased ? NULL :
	    (c->who->actor.roles & ROLE_DPO) != 0 ? "a second person" :
	    "the data-protection officer, or a second person if that was them");
	return ENT_OK;
}

static enum ent_err
erase_after(struct op_call *c)
{
	const struct erase *e = c->state;
	if (e->erased) {
		index_drop(c->node, &e->row.id);
		node_wake(c->node); /* partners' lists of what is withdrawn */
	}
	return ENT_OK;
}

const struct op_impl op_erase = { .decode = erase_decode, .run = erase_run, .after = erase_after };

/* ---- the runner ------------------------------------------------------------------------------------ */

struct expiry {
	struct node *node;
	struct store_tx *tx;
	ent_time now;
	int64_t count;
};

static enum ent_err
expired_row(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	struct expiry *x = ctx;
	(void)body;
	index_drop(x->node, &row->id);
	return hit_withdraw_record(x->tx, &row->id, why);
}

static enum ent_err
expire_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct expiry *x = ctx;
	x->tx = tx;
	enum ent_err err = record_expire(tx, x->now, EXPIRE_MAX, expired_row, x, &x->count, why);
	if (err != ENT_OK || x->count == 0)
		return err;
	struct js *facts = js_object();
	js_set_str(facts, "what", "expired");
	js_set_int(facts, "records", x->count);
	err = node_audit(tx, EVENT_REVIEW, NULL, facts, why);
	js_free(facts);
	return err;
}

/* Is there anything to mark?  Read first: a write each round would be an fsync each round. */
static enum ent_err
found_row(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	bool *found = ctx;
	(void)row;
	(void)body;
	(void)why;
	*found = true;
	return ENT_OK;
}

struct look {
	ent_time now;
	bool found;
};

static enum ent_err
look_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct look *l = ctx;
	struct record_due_query q = { .which = RECORD_EXPIRY, .now = l->now, .max = 1 };
	return record_due_page(tx, &q, found_row, &l->found, why);
}

ent_time
runner_dates(struct node *n, ent_time now)
{
	struct ent_why why = { .text = "" };
	struct look l = { .now = now };
	struct expiry x = { .node = n, .now = now };
	enum ent_err err = store_read(node_store(n), look_body, &l, &why);
	if (err == ENT_OK && l.found)
		err = store_write(node_store(n), expire_body, &x, &why);
	if (err != ENT_OK)
		log_event(LOG_ERROR, "dates.failed", "err=%s", ent_err_name(err));
	else if (x.count > 0)
		node_wake(n); /* partners' lists of what is withdrawn */
	return x.count == EXPIRE_MAX ? now : now + DATES_EVERY;
}
