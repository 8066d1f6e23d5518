/* SPDX-License-Identifier: Apache-2.0
 *
 * filter_build: a new filter for one annex of an agreement: a new epoch, with a new key.
 */
#include "ops/hit_build.h"

#include <string.h>

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	(void)js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	return r.err;
}

static void
tell(void *ctx, uint64_t records, uint64_t keys)
{
	struct op_call *c = ctx;
	struct js *o = js_object();
	js_set_str(o, "what", "building the filter");
	js_set_int(o, "done", (int64_t)records);
	js_set_int(o, "keys", (int64_t)keys);
	c->progress(c->progress_ctx, o);
}

static enum ent_err
run(struct op_call *c)
{
	struct hit_channel ch;
	struct hit_filter_row row;
	enum ent_err err = hit_channel_get(c->node, c->ask.agreement, grant_annex(c->grant), &ch, c->why);
	if (err != ENT_OK)
		return err;
	struct hit_build b = { .node = c->node, .grant = c->grant, .channel = &ch, .now = clock_now(),
		.progress = c->progress == NULL ? NULL : tell, .progress_ctx = c };
	node_filter_lock(c->node);
	err = hit_build_run(&b, &row, c->why);
	node_filter_unlock(c->node);
	if (err != ENT_OK)
		return err;
	op_fact_int(c, "epoch", row.epoch);
	op_fact_int(c, "records", row.records);
	js_set_str(c->out, "agreement", row.agreement);
	js_set_str(c->out, "annex", row.annex);
	js_set_int(c->out, "epoch", row.epoch);
	js_set_int(c->out, "records", row.records);
	js_set_int(c->out, "keys", row.tags);
	js_set_int(c->out, "left_out", row.left_out);
	js_set_int(c->out, "bytes", (int64_t)row.bytes);
	js_set_int(c->out, "rules", row.rules);
	js_set_b64u(c->out, "sha256", bytes_of(row.sha256, sizeof row.sha256));
	js_set_int(c->out, "took_ms", (clock_now() - b.now) / 1000);
	return ENT_OK;
}

const struct op_impl op_filter_build = { .decode = decode, .run = run };
