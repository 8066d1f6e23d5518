/* SPDX-License-Identifier: Apache-2.0
 *
 * due: what is to be reviewed and what waits for its erasure; codes and dates, no names.  The
 * runner marks what has expired.
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
