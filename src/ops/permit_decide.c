/* SPDX-License-Identifier: Apache-2.0
 *
 * permit grant, permit deny: a named person decides whether a partner may pass our record on, to that
 * one recipient.
 */
#include "ops/thread_call.h"

#include <stdio.h>

struct decide_call {
	struct permission_row row;
	bool granted;
};

static enum ent_err
load(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct permission_row *row = ctx;
	struct ent_id ref = row->ref;
	return permission_of_ref(tx, &ref, row, why);
}

static enum ent_err
decode(struct op_call *c)
{
	struct decide_call *d = arena_alloc(c->arena, sizeof *d);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	js_want_id(&r, "ref", d->row.ref.b);
	d->granted = js_opt_bool(&r, "granted", false);
	const char *ground = js_opt_str(&r, "ground", 64);
	if (r.err != ENT_OK)
		return r.err;
	if (ground != NULL && ground_of(ground) == GROUND_NONE)
		return ent_fail(ENT_EFIELD, c->why, "unknown ground '%s'", ground);
	enum ent_err err = store_read(node_store(c->node), load, &d->row, c->why);
	if (err != ENT_OK)
		return err;
	if (d->row.direction != FEED_THEIRS || d->row.state != PERMISSION_ASKED)
		return ent_fail(ENT_ESTATE, c->why, "this permission is not ours to decide, or it is decided");
	c->ask.agreement = d->row.agreement;
	c->ask.recipient = d->row.recipient;
	op_fact_str(c, "recipient", d->row.recipient);
	op_fact_str(c, "decision", d->granted ? "granted" : "denied");
	c->state = d;
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct decide_call *d = c->state;
	struct js *codes = js_object(), *hidden = js_object();
	struct permission_row row = d->row;
	row.state = d->granted ? PERMISSION_GRANTED : PERMISSION_DENIED;
	row.changed_at = clock_now();
	enum ent_err err = permission_put(c->tx, &row, c->why);
	if (err != ENT_OK) {
		js_free(codes);
		js_free(hidden);
		return err;
	}
	js_set_id(codes, "record", row.record.b);
	js_set_str(codes, "recipient", row.recipient);
	js_set_bool(codes, "granted", d->granted);
	js_set_str(codes, "ground", js_get_str(c->in, "ground"));
	thread_call_by(c, codes, hidden);
	return thread_call_say(c, KIND_PERMISSION, &row.ref, codes, hidden, NULL, 0);
}

const struct op_impl op_permit_decide = { .decode = decode, .run = run };
