/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_pull: a partner's node fetches the entries of our feed behind its cursor.  Admission is durable
 * before the first byte leaves, so nothing is given that the log does not tell of.  While the
 * agreement is not in force only notices pass: the page ends before the first entry that is none.
 */
#include "ops/feed.h"
#include "ops/peer_session.h"
#include "ops/standing.h"

#include <stdlib.h>
#include <string.h>

struct pull_call {
	uint64_t after;
	bool notices_only, ended;
	struct js *entries;
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
	const struct policy *p = node_policy_get(c->node);
	const struct policy_agreement *a = policy_agreement(p, agreement);
	if (a != NULL && !policy_in_force(a, c->ask.now, NULL)) {
		q->notices_only = true;
		c->ask.action = ACTION_NOTICE;
	}
	node_policy_put(c->node, p);
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
	if (q->bytes > EXCHANGE_MESSAGE_MAX / 2 ||
	    (q->notices_only && kind_receipted(kind_of(row->kind))))
		q->ended = true; /* the rest with a later pull */
	if (q->ended)
		return ENT_OK;
	struct js *message = feed_message(row);
	char *text = js_text(message);
	q->bytes += strlen(text);
	free(text);
	js_append_take(q->entries, message);
	return ENT_OK;
}

/* The cursor is what the partner has for sure. */
static enum ent_err
note_cursor(struct op_call *c, uint64_t after)
{
	struct contact_row row;
	enum ent_err err = contact_get(c->tx, c->ask.agreement, &row, c->why);
	if (err != ENT_OK || row.acked >= after)
		return err;
	row.acked = after;
	return contact_put(c->tx, c->ask.agreement, &row, c->why);
}

static enum ent_err
run(struct op_call *c)
{
	struct pull_call *q = c->state;
	uint64_t head = 0;
	uint8_t hash[CRYPTO_HASH_LEN];
	q->bytes = 0; /* the engine may ask for a second run */
	q->ended = false;
	struct js *entries = q->entries = js_array();
	enum ent_err err = feed_page(c->tx, c->grant, c->ask.agreement, FEED_OURS, q->after,
	    EXCHANGE_PULL_MAX, take, q, c->why);
	if (err == ENT_OK)
		err = feed_head_get(c->tx, c->ask.agreement, FEED_OURS, &head, hash, c->why);
	if (err == ENT_OK)
		err = note_cursor(c, q->after);
	js_set_take(c->out, "entries", entries);
	js_set_int(c->out, "head", (int64_t)head);
	if (q->notices_only)
		standing_attach(c->node, c->ask.agreement, c->out);
	return err;
}

const struct op_impl op_peer_pull = { .decode = decode, .run = run };
