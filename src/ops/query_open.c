/* SPDX-License-Identifier: Apache-2.0
 *
 * query_open: one of our own private queries, opened to our own oversight body and to nobody else: the
 * answer is sealed to its key.  With it the body recomputes what the partner logged.
 */
#include "ops/hit_channel.h"

#include <string.h>

#define TEXT_MAX ((size_t)1 << 16)

struct open_call {
	struct ent_id id;
	struct hit_query_row row;
};

static enum ent_err
find_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct open_call *q = ctx;
	return hit_query_get(tx, NULL, &q->id, &q->row, NULL, why);
}

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct open_call *q = arena_alloc(c->arena, sizeof *q);
	const char *whom = js_want_str(&r, "for", 16);
	js_want_id(&r, "query", q->id.b);
	if (r.err != ENT_OK)
		return r.err;
	if (strcmp(whom, "oversight") != 0)
		return ent_fail(ENT_EFIELD, c->why, "a query is opened for 'oversight'; to the partner it is "
		    "opened by a request (entente request --hit)");
	enum ent_err err = store_read(node_store(c->node), find_body, q, c->why);
	if (err != ENT_OK)
		return err;
	c->ask.agreement = q->row.agreement;
	c->event.object = js_get_str(c->in, "query");
	op_fact_str(c, "for", whom);
	c->state = q;
	return ENT_OK;
}

static struct js *
opened(const struct op_call *c, const struct open_call *q, struct js *text)
{
	struct js *o = js_object();
	js_set_str(o, "iss", node_keys(c->node)->code);
	js_set_str(o, "agreement", q->row.agreement);
	js_set_int(o, "epoch", q->row.epoch);
	js_set_int(o, "seq", (int64_t)q->row.seq);
	js_set_int(o, "person", q->row.person);
	js_set_int(o, "asked_at", q->row.asked_at);
	js_set_id(o, "asked_by", q->row.asked_by.b);
	js_set_int(o, "state", q->row.state);
	if (q->row.state == HIT_QUERY_HIT)
		js_set_b64u(o, "ref", bytes_of(q->row.ref, sizeof q->row.ref));
	js_set_take(o, "query", text);
	return o;
}

static enum ent_err
run(struct op_call *c)
{
	const struct open_call *q = c->state;
	struct hit_channel ch;
	struct hit_query_row row;
	struct js *text = NULL;
	struct buf clear;
	enum ent_err err = hit_channel_get(c->node, q->row.agreement, grant_annex(c->grant), &ch, c->why);
	if (err == ENT_OK && !ch.has_oversight)
		err = ent_fail(ENT_ESTATE, c->why, "agreement '%s' names no box key of our oversight body",
		    ch.agreement);
	if (err != ENT_OK)
		return err;
	buf_init(&clear, 2 * TEXT_MAX);
	err = hit_query_get(c->tx, c->grant, &q->id, &row, &clear, c->why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&clear), TEXT_MAX, &text, c->why);
	if (err == ENT_OK) {
		struct js *o = opened(c, q, text);
		crypto_wipe(clear.p, clear.n);
		buf_reset(&clear);
		js_write(o, &clear);
		js_free(o);
		err = buf_err(&clear);
	}
	if (err == ENT_OK) {
		uint8_t *out = arena_alloc(c->arena, clear.n + CRYPTO_BOX_OVERHEAD);
		crypto_sealbox_seal(ch.oversight, buf_bytes(&clear), out);
		js_set_b64u(c->out, "opening", bytes_of(out, clear.n + CRYPTO_BOX_OVERHEAD));
		js_set_id(c->out, "query", q->id.b);
	}
	crypto_wipe(clear.p, clear.n);
	buf_done(&clear);
	return err;
}

const struct op_impl op_query_open = { .decode = decode, .run = run };
