/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner of the exchange: for each agreement say hello, pull the partner's feed from our cursor,
 * take the entries in, and wake the partner if it has not fetched ours.  An outage only makes the
 * distance larger; nothing is sent again that was taken, nothing is left out.
 */
#include "base/log.h"
#include "ops/feed.h"
#include "ops/peer_session.h"
#include "ops/runner.h"
#include "ops/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL (30 * ENT_SECOND) /* without being woken */
#define RETRY (2 * ENT_SECOND) /* after the first failure; doubles */
#define BACKOFF_MAX (60 * ENT_SECOND)
#define ANSWER_MAX ((size_t)8 << 20)

/* One agreement's round; strings are copies, so that no policy is held while the network is slow. */
struct round {
	struct node *node;
	char agreement[AGREEMENT_MAX], partner[CODE_MAX], address[128];
	uint8_t identity[CRYPTO_SIGN_PK];
	bool in_force;
	ent_time now;
	struct contact_row contact;
	uint64_t head, acked, cursor; /* of our feed; what they have of it; what we have of theirs */
	char session[PEER_TOKEN_TEXT];
};

static enum ent_err
post(struct round *r, const char *path, struct js *request, struct js **answer,
    struct ent_why *why)
{
	struct buf body, got;
	const struct transport *t = node_transport(r->node);
	buf_init(&body, 65536);
	buf_init(&got, ANSWER_MAX);
	js_write(request, &body);
	js_free(request);
	enum ent_err err = t->post(t->ctx, r->address, r->partner, r->identity, path,
	    buf_bytes(&body), &got, why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&got), ANSWER_MAX, answer, why);
	buf_done(&body);
	buf_done(&got);
	return err;
}

static enum ent_err
check_hello(struct round *r, const struct js *answer, const uint8_t nonce[static 16],
    struct ent_why *why)
{
	struct hello h;
	enum ent_err err;
	const struct policy *p = node_policy_get(r->node);
	const struct policy_card *card = policy_partner(p, r->partner);
	const char *jws = js_get_str(answer, "hello");
	if (card == NULL || jws == NULL)
		err = ent_fail(ENT_EPEER, why, "the partner's hello is missing");
	else
		err = hello_check(str_of(jws), card->record, node_keys(r->node)->code, r->now, &h, why);
	node_policy_put(r->node, p);
	if (err == ENT_OK && (strcmp(h.from, r->partner) != 0 || memcmp(h.echo, nonce, 16) != 0))
		err = ent_fail(ENT_EPEER, why, "the partner's hello answers another");
	return err;
}

/* Did we make another statement while the hello was under way?  Then the session must not keep the
 * next hello, which would bring it, from being said. */
static bool
standing_moved(struct round *r, const struct js *sent)
{
	struct js *now = js_object();
	standing_attach(r->node, r->agreement, now);
	const char *a = js_str(sent), *b = js_get_str(now, "standing");
	bool moved = (a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0);
	js_free(now);
	return moved;
}

static enum ent_err
say_hello(struct round *r, struct ent_why *why)
{
	struct hello h = { .version = EXCHANGE_VERSION, .time = r->now };
	struct signer signer = keeper_signer(node_keeper(r->node));
	struct js *answer = NULL, *sent = NULL;
	struct buf jws;
	(void)snprintf(h.from, sizeof h.from, "%s", node_keys(r->node)->code);
	(void)snprintf(h.to, sizeof h.to, "%s", r->partner);
	(void)snprintf(h.agreement, sizeof h.agreement, "%s", r->agreement);
	crypto_random(h.nonce, sizeof h.nonce);
	buf_init(&jws, 4096);
	enum ent_err err = hello_write(&h, &signer, &jws, why);
	if (err == ENT_OK) {
		struct js *request = js_object();
		js_set_str(request, "hello", buf_cstr(&jws));
		standing_attach(r->node, r->agreement, request);
		const struct js *standing = js_get(request, "standing");
		sent = standing == NULL ? NULL : js_copy(standing);
		err = post(r, "/peer/hello", request, &answer, why);
	}
	buf_done(&jws);
	if (err == ENT_OK)
		err = check_hello(r, answer, h.nonce, why);
	if (err == ENT_OK)
		err = standing_learn(r->node, r->agreement, answer, why);
	if (err == ENT_OK && js_get_str(answer, "session") != NULL) {
		(void)snprintf(r->session, sizeof r->session, "%s", js_get_str(answer, "session"));
		peer_session_keep(node_peer_sessions(r->node), r->agreement, r->session, r->now);
		if (standing_moved(r, sent))
			peer_session_forget(node_peer_sessions(r->node), r->agreement);
	}
	js_free(sent);
	js_free(answer);
	return err;
}

struct hear {
	struct round *round;
	const struct js *entries;
	const struct grant *grant;
	const struct policy *policy;
	const struct policy_agreement *agreement;
	size_t at, taken;
	enum ent_err stopped; /* why the batch ended early; what came before it is kept */
	struct ent_why *why;
};

static enum ent_err
hear_one(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hear *h = ctx;
	return feed_hear(h->round->node, tx, h->grant, h->policy, h->agreement,
	    js_at(h->entries, h->at), h->round->now, why);
}

static enum ent_err
hear_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hear *h = ctx;
	(void)why;
	h->stopped = ENT_OK;
	for (h->at = 0; h->at < js_len(h->entries) && h->stopped == ENT_OK; h->at++)
		h->stopped = store_nested(tx, hear_one, h, h->why);
	h->taken = h->stopped == ENT_OK ? h->at : h->at - 1;
	return ENT_OK;
}

static enum ent_err
refused_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hear *h = ctx;
	uint8_t hash[CRYPTO_HASH_LEN];
	(void)why;
	jws_hash(str_of(js_get_str(js_at(h->entries, h->taken), "jws")), hash);
	return feed_tell_refused(tx, h->grant, h->agreement, h->round->partner, hash, h->why, h->stopped);
}

/* It is logged once, and not each time that it comes. */
static void
tell_refused(struct hear *h)
{
	struct round *r = h->round;
	struct ent_why why = { .text = "" };
	const char *jws = js_get_str(js_at(h->entries, h->taken), "jws");
	uint8_t hash[CRYPTO_HASH_LEN];
	if (jws == NULL)
		return;
	jws_hash(str_of(jws), hash);
	if (!peer_session_refused(node_peer_sessions(r->node), r->agreement, hash))
		return;
	log_event(LOG_WARN, "feed.refused", "partner=%s agreement=%s state=%s clause=%s why=%s", r->partner,
	    r->agreement, ent_err_name(h->stopped), h->why->clause, h->why->text);
	if (store_write(node_store(r->node), refused_body, h, &why) != ENT_OK)
		log_event(LOG_ERROR, "feed.refused", "cannot write the entry: %s", why.text);
}

static enum ent_err
hear(struct round *r, const struct js *entries, struct ent_why *why)
{
	struct grant *g = NULL;
	enum ent_err err = node_system_grant(r->node,
	    r->in_force ? ACTION_FEED : ACTION_NOTICE, PURPOSE_NONE, r->agreement, &g, why);
	if (err != ENT_OK)
		return err;
	const struct policy *p = node_policy_get(r->node);
	struct hear h = { .round = r, .entries = entries, .grant = g, .policy = p,
		.agreement = policy_agreement(p, r->agreement), .why = why };
	if (h.agreement != NULL) {
		err = store_write(node_store(r->node), hear_body, &h, why);
		if (err == ENT_OK && h.stopped != ENT_OK)
			tell_refused(&h);
		if (err == ENT_OK)
			err = h.stopped;
	}
	r->cursor += h.taken;
	node_policy_put(r->node, p);
	grant_free(g);
	return err;
}

static enum ent_err
pull(struct round *r, struct ent_why *why)
{
	enum ent_err err;
	size_t got;
	do {
		struct js *request = js_object(), *answer = NULL;
		js_set_str(request, "session", r->session);
		js_set_str(request, "agreement", r->agreement);
		js_set_int(request, "after", (int64_t)r->cursor);
		if ((err = post(r, "/peer/pull", request, &answer, why)) != ENT_OK)
			return err;
		const struct js *entries = js_get(answer, "entries");
		got = js_len(entries);
		if (got > EXCHANGE_PULL_MAX)
			err = ent_fail(ENT_EPEER, why, "more entries than were asked for");
		else if (got > 0)
			err = hear(r, entries, why);
		if (err == ENT_OK)
			err = standing_learn(r->node, r->agreement, answer, why);
		js_free(answer);
	} while (err == ENT_OK && got > 0);
	return err;
}

static enum ent_err
wake(struct round *r, struct ent_why *why)
{
	struct js *request = js_object(), *answer = NULL;
	js_set_str(request, "session", r->session);
	js_set_str(request, "agreement", r->agreement);
	enum ent_err err = post(r, "/peer/wake", request, &answer, why);
	js_free(answer);
	return err;
}

static enum ent_err
load_heads(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct round *r = ctx;
	struct contact_row contact;
	uint8_t hash[CRYPTO_HASH_LEN];
	enum ent_err err = contact_get(tx, r->agreement, &contact, why);
	r->acked = contact.acked;
	if (err == ENT_OK)
		err = feed_head_get(tx, r->agreement, FEED_OURS, &r->head, hash, why);
	if (err == ENT_OK)
		err = feed_head_get(tx, r->agreement, FEED_THEIRS, &r->cursor, hash, why);
	return err;
}

static enum ent_err
load_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct round *r = ctx;
	enum ent_err err = contact_get(tx, r->agreement, &r->contact, why);
	return err == ENT_OK ? load_heads(tx, r, why) : err;
}

static enum ent_err
save_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct round *r = ctx;
	struct contact_row now;
	enum ent_err err = contact_get(tx, r->agreement, &now, why);
	if (err != ENT_OK)
		return err;
	now.tried_at = r->contact.tried_at;
	now.reached_at = r->contact.reached_at;
	now.failures = r->contact.failures;
	return contact_put(tx, r->agreement, &now, why);
}

/* Talk to the partner once; a session that it no longer knows is opened anew. */
static enum ent_err
talk(struct round *r, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (int attempt = 0; attempt < 2; attempt++) {
		peer_session_ours(node_peer_sessions(r->node), r->agreement, r->now, r->session);
		if (r->session[0] == '\0' && (err = say_hello(r, why)) != ENT_OK)
			return err;
		err = pull(r, why);
		if (err == ENT_OK) /* what came in was answered with receipts */
			err = store_read(node_store(r->node), load_heads, r, why);
		if (err == ENT_OK && r->head > r->acked)
			err = wake(r, why);
		if (err != ENT_EAUTH)
			return err;
		peer_session_forget(node_peer_sessions(r->node), r->agreement);
	}
	return err;
}

static ent_time
wait_of(const struct contact_row *c)
{
	if (c->failures == 0)
		return POLL;
	ent_time wait = RETRY;
	for (int64_t i = 1; i < c->failures && wait < BACKOFF_MAX; i++)
		wait *= 2;
	return wait < BACKOFF_MAX ? wait : BACKOFF_MAX;
}

static ent_time
round_run(struct round *r, bool woken)
{
	struct ent_why why = { 0 };
	enum ent_err err = store_read(node_store(r->node), load_body, r, &why);
	if (err != ENT_OK)
		return r->now + POLL;
	ent_time next = r->contact.tried_at + wait_of(&r->contact);
	if (!woken && next > r->now)
		return next;
	bool was_down = r->contact.failures > 0;
	r->contact.tried_at = r->now;
	err = talk(r, &why);
	if (err == ENT_OK) {
		r->contact.reached_at = r->now;
		r->contact.failures = 0;
	} else {
		r->contact.failures++;
	}
	if ((err == ENT_OK) == was_down) /* tell of the change, not of each try */
		log_event(err == ENT_OK ? LOG_INFO : LOG_WARN, "exchange.contact",
		    "partner=%s agreement=%s state=%s why=%s", r->partner, r->agreement,
		    ent_err_name(err), why.text);
	if (store_write(node_store(r->node), save_body, r, &why) != ENT_OK)
		log_event(LOG_ERROR, "exchange.contact", "cannot keep the contact's state");
	return r->now + wait_of(&r->contact);
}

#define ROUNDS_MAX 64

ent_time
runner_exchange(struct node *n, ent_time now)
{
	struct round *rounds = ent_alloc_array(ROUNDS_MAX, sizeof *rounds);
	size_t count = 0;
	ent_time next = now + POLL;
	bool woken = node_woken(n, LANE_QUEUES);
	const struct policy *p = node_policy_get(n);
	for (size_t i = 0; i < policy_agreement_count(p) && count < ROUNDS_MAX; i++) {
		const struct policy_agreement *a = policy_agreement_at(p, i);
		const char *partner = policy_other_party(p, a);
		const struct policy_card *card = partner == NULL ? NULL : policy_partner(p, partner);
		if (card == NULL || !policy_signed(a, NULL))
			continue;
		struct round *r = &rounds[count++];
		r->node = n;
		r->now = now;
		r->in_force = policy_in_force(a, now, NULL);
		(void)snprintf(r->agreement, sizeof r->agreement, "%s", a->id);
		(void)snprintf(r->partner, sizeof r->partner, "%s", partner);
		(void)snprintf(r->address, sizeof r->address, "%s", card->address);
		memcpy(r->identity, card->identity, sizeof r->identity);
	}
	node_policy_put(n, p);
	for (size_t i = 0; i < count; i++) {
		ent_time t = round_run(&rounds[i], woken);
		next = t < next ? t : next;
	}
	free(rounds);
	return next;
}
