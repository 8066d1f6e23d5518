/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_hello: a partner's node opens a session for one agreement.  The signature says who; the session
 * that follows rests on this connection's pinned identity and the token.
 */
#include "exchange/exchange.h"
#include "ops/peer_session.h"
#include "ops/standing.h"

#include <stdio.h>
#include <string.h>

struct hello_call {
	struct hello hello;
};

static enum ent_err
decode(struct op_call *c)
{
	struct hello_call *h = arena_alloc(c->arena, sizeof *h);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *jws = js_want_str(&r, "hello", 4096);
	if (r.err != ENT_OK)
		return r.err;
	enum ent_err err;
	const struct policy *p = node_policy_get(c->node);
	const struct policy_card *card = policy_partner(p, c->who->actor.service);
	if (card == NULL)
		err = ent_fail(ENT_EPIN, c->why, "no card of %s", c->who->actor.service);
	else
		err = hello_check(str_of(jws), card->record, node_keys(c->node)->code, clock_now(),
		    &h->hello, c->why);
	node_policy_put(c->node, p);
	if (err == ENT_OK && strcmp(h->hello.from, c->who->actor.service) != 0)
		err = ent_fail(ENT_EPIN, c->why, "the hello is signed by %s, the connection is %s's",
		    h->hello.from, c->who->actor.service);
	if (err != ENT_OK)
		return err;
	p = node_policy_get(c->node);
	const struct policy_agreement *a = policy_agreement(p, h->hello.agreement);
	if (a != NULL && !policy_in_force(a, c->ask.now, NULL))
		c->ask.action = ACTION_NOTICE; /* standing and notices pass all the same */
	node_policy_put(c->node, p);
	c->ask.agreement = h->hello.agreement;
	c->event.partner = c->who->actor.service;
	c->state = h;
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	const struct hello_call *in = c->state;
	struct hello out = { .time = clock_now(), .version = EXCHANGE_VERSION };
	struct signer signer = keeper_signer(node_keeper(c->node));
	struct buf jws;
	char token[PEER_TOKEN_TEXT];
	(void)snprintf(out.from, sizeof out.from, "%s", in->hello.to);
	(void)snprintf(out.to, sizeof out.to, "%s", in->hello.from);
	(void)snprintf(out.agreement, sizeof out.agreement, "%s", in->hello.agreement);
	memcpy(out.echo, in->hello.nonce, sizeof out.echo);
	crypto_random(out.nonce, sizeof out.nonce);
	if (in->hello.version < out.version)
		out.version = in->hello.version;
	buf_init(&jws, 4096);
	enum ent_err err = hello_write(&out, &signer, &jws, c->why);
	if (err == ENT_OK)
		err = standing_learn(c->node, in->hello.agreement, c->in, c->why);
	if (err == ENT_OK) {
		standing_attach(c->node, in->hello.agreement, c->out);
		peer_session_open(node_peer_sessions(c->node), in->hello.from, in->hello.agreement,
		    out.time, token);
		js_set_str(c->out, "hello", buf_cstr(&jws));
		js_set_str(c->out, "session", token);
	}
	buf_done(&jws);
	return err;
}

const struct op_impl op_peer_hello = { .decode = decode, .run = run };
