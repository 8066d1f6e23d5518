/* SPDX-License-Identifier: Apache-2.0
 *
 * rekey: the store key is replaced now, not when its day comes: a backup or a disk was lost.
 */
#include "ops/node.h"
#include "ops/store_key.h"

static enum ent_err
run(struct op_call *c)
{
	ent_time due;
	op_fact_str(c, "state", "store key replaced");
	enum ent_err err = store_key_renew(c->node, c->ask.now, c->why);
	if (err != ENT_OK)
		return err;
	(void)store_key_made(c->node, &due);
	js_set_time(c->out, "next", due);
	return ENT_OK;
}

const struct op_impl op_rekey = { .decode = NULL, .run = run };
