/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_withdrawn: a partner fetches the newest list of withdrawn hit references.
 */
#include "ops/hit_channel.h"

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	(void)js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	c->event.partner = c->who->actor.service;
	op_fact_str(c, "list", "withdrawn");
	return r.err;
}

static enum ent_err
run(struct op_call *c)
{
	struct hit_list_row list;
	struct hit_channel ch;
	struct buf jws;
	enum ent_err err = hit_channel_get(c->node, c->ask.agreement, c->ask.annex, &ch, c->why);
	if (err != ENT_OK)
		return err;
	buf_init(&jws, HITS_JWS_MAX);
	err = hit_list_get(c->tx, ch.agreement, ch.annex, &list, &jws, c->why);
	if (err == ENT_OK && list.seq == 0)
		err = ent_fail(ENT_ENOTFOUND, c->why, "no filter is built for this annex yet");
	if (err == ENT_OK)
		js_set_str(c->out, "jws", buf_cstr(&jws));
	buf_done(&jws);
	return err;
}

const struct op_impl op_peer_withdrawn = { .decode = decode, .run = run };
