/* SPDX-License-Identifier: Apache-2.0
 *
 * record_add: one record into the own register.  Without subject category it goes to quarantine.
 */
#include "ops/index.h"
#include "ops/record_call.h"

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct js *given = js_want_object(&r, "record");
	struct record_call *rc = arena_alloc(c->arena, sizeof *rc);
	struct ent_id id = id_new();
	if (r.err != ENT_OK)
		return r.err;
	if (js_get(given, "id") != NULL) {
		struct js_reader inner = js_reader_of(given, "record", c->why);
		js_want_id(&inner, "id", id.b);
		if (inner.err != ENT_OK)
			return inner.err;
	}
	c->state = rc;
	return record_call_take(c, given, &id, 1, rc);
}

static enum ent_err
run(struct op_call *c)
{
	const struct record_call *rc = c->state;
	enum ent_err err = record_put(c->tx, c->grant, &rc->row, rc->body, c->why);
	if (err != ENT_OK)
		return err;
	js_set_id(c->out, "id", rc->row.id.b);
	js_set_int(c->out, "version", 1);
	js_set_bool(c->out, "quarantine", label_quarantined(&rc->row.label));
	return ENT_OK;
}

static enum ent_err
after(struct op_call *c)
{
	const struct record_call *rc = c->state;
	return index_record(c->node, rc->rec, c->why);
}

const struct op_impl op_record_add = { .decode = decode, .run = run, .after = after };
