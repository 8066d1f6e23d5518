/* SPDX-License-Identifier: Apache-2.0
 *
 * record_show: one record of the register.
 */
#include "ops/decision.h"
#include "ops/record_call.h"

static enum ent_err
decode(struct op_call *c)
{
	struct record_row *row = arena_alloc(c->arena, sizeof *row);
	c->state = row;
	return record_call_target(c, "id", row);
}

static enum ent_err
run(struct op_call *c)
{
	struct record_row *row = c->state;
	struct ent_id id = row->id;
	struct js *body = NULL, *decisions = NULL;
	enum ent_err err = record_call_open(c, &id, row, &body);
	if (err == ENT_OK)
		err = decision_all(c->tx, c->grant, &id, row->version, &decisions, c->why);
	if (err != ENT_OK) {
		js_free(body);
		return err;
	}
	js_del(body, "salt"); /* of use to nobody but the log */
	js_set_take(c->out, "record", body);
	js_set_take(c->out, "codes", record_call_codes(row));
	if (decisions != NULL)
		js_set_take(c->out, "decisions", decisions);
	return ENT_OK;
}

const struct op_impl op_record_show = { .decode = decode, .run = run };
