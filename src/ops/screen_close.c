/* SPDX-License-Identifier: Apache-2.0
 *
 * screen_close: a screening ends; its candidates are deleted, decided on or not, and their key
 * destroyed.
 */
#include "ops/screen_call.h"

static enum ent_err
decode(struct op_call *c)
{
	struct screening_row *row = arena_alloc(c->arena, sizeof *row);
	c->state = row;
	return screen_call_target(c, "job", row);
}

static enum ent_err
run(struct op_call *c)
{
	struct screening_row *row = c->state;
	enum ent_err err = screening_close(c->tx, c->grant, &row->id, c->ask.now, c->why);
	if (err == ENT_OK)
		err = screening_get(c->tx, &row->id, row, c->why);
	if (err != ENT_OK)
		return err;
	op_fact_int(c, "candidates", row->candidates);
	op_fact_int(c, "decided", row->decided);
	js_free(c->out);
	c->out = screen_call_codes(row);
	return ENT_OK;
}

const struct op_impl op_screen_close = { .decode = decode, .run = run };
