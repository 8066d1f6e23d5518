/* SPDX-License-Identifier: Apache-2.0
 *
 * names_list: the statistics of names that are loaded.
 */
#include "match/match.h"
#include "ops/node.h"
#include "store/names.h"

static enum ent_err
put_row(void *ctx, const struct name_set_row *row, struct bytes body, struct ent_why *why)
{
	struct js *o = js_object();
	(void)body;
	(void)why;
	js_set_id(o, "set", row->id.b);
	js_set_str(o, "format", row->format);
	js_set_int(o, "rows", row->rows);
	js_set_int(o, "entries", row->entries);
	js_set_time(o, "loaded_at", row->loaded_at);
	if (row->rules != TEXT_RULES_VERSION)
		js_set_bool(o, "old", true); /* folded by other rules: load it again */
	js_append_take(ctx, o);
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct js *list = js_array();
	enum ent_err err = name_sets(c->tx, false, put_row, list, c->why);
	if (err != ENT_OK) {
		js_free(list);
		return err;
	}
	js_set_take(c->out, "sets", list);
	js_set_int(c->out, "in_use", (int64_t)match_names_count(node_index(c->node)));
	return ENT_OK;
}

const struct op_impl op_names_list = { .decode = NULL, .run = run };
