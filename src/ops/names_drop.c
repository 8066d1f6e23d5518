/* SPDX-License-Identifier: Apache-2.0
 *
 * names_drop: a set of names is taken away again.
 */
#include "ops/names.h"
#include "ops/thresholds.h"
#include "store/names.h"

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct ent_id *id = arena_alloc(c->arena, sizeof *id);
	js_want_id(&r, "set", id->b);
	c->state = id;
	return r.err;
}

static enum ent_err
run(struct op_call *c)
{
	enum ent_err err = name_set_drop(c->tx, c->grant, c->state, c->why);
	if (err == ENT_OK)
		js_set_bool(c->out, "dropped", true);
	return err;
}

static enum ent_err
after(struct op_call *c)
{
	enum ent_err err = names_build(c->node, c->why);
	if (err == ENT_OK) /* other names are rare now */
		thresholds_derive(node_thresholds(c->node));
	return err;
}

const struct op_impl op_names_drop = { .decode = decode, .run = run, .after = after };
