/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_pull: a partner's node fetches the entries of our feed behind its cursor.  Admission is durable
 * before the first byte leaves, so nothing is given that the log does not tell of.
 */
#include "ops/feed.h"
#include "ops/peer_session.h"

#include <stdlib.h>
#include <string.h>

struct pull_call {
	uint64_t after;
	struct js *entries;
	uint64_t last;
	size_t bytes;
};

static enum ent_err
decode(struct op_call *c)
{
	struct pull_call *q = arena_alloc(c->arena, sizeof *q);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *session = js_want_str(&r, "session", PEER_TOKEN_TEXT);
	const char *agreement = js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	q->after = (uint64_t)js_want_int(&r, "after", 0, INT64_MAX);
	if (r.err != ENT_OK)
		return r.err;
	c->event.partner = c->who->actor.service;
	op_fact_int(c, "after", (int64_t)q->after);
	c->state = q;
	return peer_session_check(node_peer_sessions(c->node), session, c->who->actor.service,
	    agreement, clock_now(), c->why);
}

static enum ent_err
take(void *ctx, const struct feed_row *row, struct ent_why *why)
{
	struct pull_call *q = ctx;
	(void)why;
	if (q->bytes > EXCHANGE_MESSAGE_MAX / 2)
		return ENT_OK; /* the rest with the next pull */
	struct js *message = feed_message(row);
	char *text = js_text(message);
	q->bytes += strlen(text);
	free(text);
	js_append_take(q->entries, message);
	q->last = row->seq;
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct pull_call *q = c->state;
	uint64_t head;
	uint8_t hash[CRYPTO_HASH_LEN];
	q->entries = js_array();
	enum ent_err err = feed_page(c->tx, c->grant, c->ask.agreement, FEED_OURS, q->after,
	    EXCHANGE_PULL_MAX, take, q, c->why);
	if (err == ENT_OK)
		err = feed_head_get(c->tx, c->ask.agreement, FEED_OURS, &head, hash, c->why);
	js_set_take(c->out, "entries", q->entries);
	if (err == ENT_OK)
		js_set_int(c->out, "head", (int64_t)head);
	return err;
}

const struct op_impl op_peer_pull = { .decode = decode, .run = run };
