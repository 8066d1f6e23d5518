/* SPDX-License-Identifier: Apache-2.0
 *
 * status: is the node well?  Counts, dates, sizes and codes, for everybody on this machine who reaches
 * the local socket; no data of persons, so no grant and no entry.
 */
#include "audit/tree.h"
#include "exchange/exchange.h"
#include "match/match.h"
#include "ops/node.h"
#include "ops/store_key.h"
#include "store/audit_log.h"
#include "store/feeds.h"
#include "store/people.h"
#include "store/records.h"
#include "store/screenings.h"

#include <string.h>

#define AGREEMENTS_MAX 1000
#define THREAD_PAGE 500

struct status {
	struct op_call *c;
	ent_time now;
	struct record_counts records;
	int64_t sessions;
	struct screening_counts screenings;
	int64_t open, overdue;	 /* exchanges */
	ent_time next_due;	 /* 0: none */
	struct ent_id last;
	int seen;
	struct js *logs, *feeds; /* owned until handed over */
};

static void
set_time(struct js *o, const char *key, ent_time t)
{
	if (t != 0)
		js_set_time(o, key, t);
}

static void
take_head(void *ctx, const char *log, uint64_t size, struct bytes frontier)
{
	struct status *s = ctx;
	struct js *o = js_object();
	struct tree tree;
	uint8_t root[CRYPTO_HASH_LEN];
	js_set_str(o, "log", log);
	js_set_int(o, "size", (int64_t)size);
	if (tree_load(size, frontier, &tree) == ENT_OK) {
		tree_root(&tree, root);
		js_set_b64u(o, "root", bytes_of(root, sizeof root));
	}
	js_append_take(s->logs, o);
}

static enum ent_err
take_thread(void *ctx, const struct thread_row *row, struct ent_why *why)
{
	struct status *s = ctx;
	(void)why;
	s->last = row->ref;
	s->seen++;
	if (row->state == THREAD_ANSWERED || row->state == THREAD_REFUSED)
		return ENT_OK;
	s->open++;
	if (row->due == 0)
		return ENT_OK;
	s->overdue += row->due < s->now;
	if (s->next_due == 0 || row->due < s->next_due)
		s->next_due = row->due;
	return ENT_OK;
}

static enum ent_err
read_threads(struct store_tx *tx, struct status *s, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	do {
		s->seen = 0;
		err = thread_page(tx, &s->last, THREAD_PAGE, take_thread, s, why);
	} while (err == ENT_OK && s->seen == THREAD_PAGE);
	return err;
}

/* One agreement's feeds: how far ours is, how far the partner has pulled it, when it was reached. */
static enum ent_err
read_feed(struct store_tx *tx, struct status *s, const struct policy *p,
    const struct policy_agreement *a, struct ent_why *why)
{
	uint64_t ours = 0, theirs = 0;
	uint8_t hash[CRYPTO_HASH_LEN];
	struct contact_row contact = { .acked = 0 };
	enum ent_err err = feed_head_get(tx, a->id, FEED_OURS, &ours, hash, why);
	if (err == ENT_OK)
		err = feed_head_get(tx, a->id, FEED_THEIRS, &theirs, hash, why);
	if (err == ENT_OK)
		err = contact_get(tx, a->id, &contact, why);
	if (err != ENT_OK)
		return err;
	struct js *o = js_object();
	js_set_str(o, "agreement", a->id);
	js_set_str(o, "partner", policy_other_party(p, a));
	js_set_str(o, "standing", standing_name(policy_standing(a)));
	js_set_bool(o, "in_force", policy_in_force(a, s->now, NULL));
	set_time(o, "until", a->until - 1); /* its last moment */
	js_set_int(o, "sent", (int64_t)ours);
	js_set_int(o, "lag", (int64_t)(ours - contact.acked)); /* entries that wait to be pulled */
	js_set_int(o, "received", (int64_t)theirs);
	set_time(o, "reached", contact.reached_at);
	js_set_int(o, "failures", contact.failures);
	js_append_take(s->feeds, o);
	return ENT_OK;
}

static enum ent_err
read_feeds(struct store_tx *tx, struct status *s, struct ent_why *why)
{
	const struct policy *p = node_policy_get(s->c->node);
	size_t n = policy_agreement_count(p);
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < n && i < AGREEMENTS_MAX && err == ENT_OK; i++) {
		const struct policy_agreement *a = policy_agreement_at(p, i);
		if (policy_other_party(p, a) != NULL)
			err = read_feed(tx, s, p, a, why);
	}
	node_policy_put(s->c->node, p);
	return err;
}

static enum ent_err
read_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct status *s = ctx;
	enum ent_err err = record_count(tx, s->now, &s->records, why);
	if (err == ENT_OK)
		err = session_count(tx, s->now, &s->sessions, why);
	if (err == ENT_OK)
		err = screening_count(tx, &s->screenings, why);
	if (err == ENT_OK)
		err = audit_log_heads(tx, take_head, s, why);
	if (err == ENT_OK)
		err = read_threads(tx, s, why);
	return err == ENT_OK ? read_feeds(tx, s, why) : err;
}

static void
put_node(struct op_call *c, const struct status *s)
{
	const struct keeper_keys *keys = node_keys(c->node);
	js_set_str(c->out, "code", keys->code);
	js_set_str(c->out, "service", keys->service);
	set_time(c->out, "now", s->now);
	set_time(c->out, "started", node_started(c->node));
	js_set_str(c->out, "sandbox", node_sandbox(c->node));
}

static void
put_counts(struct op_call *c, const struct status *s)
{
	struct js *o = js_object();
	js_set_int(o, "visible", s->records.visible);
	js_set_int(o, "quarantined", s->records.quarantined);
	js_set_int(o, "review_due", s->records.review_due);
	js_set_int(o, "erasure_due", s->records.erasure_due);
	set_time(o, "next_review", s->records.next_review);
	set_time(o, "next_expiry", s->records.next_expiry);
	js_set_take(c->out, "records", o);
	o = js_object();
	js_set_int(o, "open", s->open);
	js_set_int(o, "overdue", s->overdue);
	set_time(o, "next_due", s->next_due);
	js_set_take(c->out, "exchanges", o);
	js_set_int(c->out, "sessions", s->sessions);
	o = js_object();
	js_set_int(o, "running", s->screenings.running);
	js_set_int(o, "open", s->screenings.open);
	js_set_int(o, "undecided", s->screenings.undecided);
	js_set_take(c->out, "screenings", o);
}

/* Parts outside the store; a keeper that does not answer is an answer, not an error. */
static void
put_parts(struct op_call *c)
{
	struct match_stats index;
	struct js *o = js_object(), *k = js_object();
	uint64_t us = 0;
	ent_time due;
	match_stats(node_index(c->node), &index);
	js_set_int(o, "records", (int64_t)index.records);
	js_set_int(o, "names", (int64_t)index.names);
	js_set_int(o, "bytes", (int64_t)index.bytes);
	js_set_int(o, "parts", (int64_t)index.parts);
	js_set_take(c->out, "index", o);
	bool up = keeper_cpu(node_keeper(c->node), &us, NULL) == ENT_OK;
	js_set_bool(k, "answers", up);
	if (up)
		js_set_int(k, "cpu_us", (int64_t)us);
	set_time(k, "store_key_made", store_key_made(c->node, &due));
	set_time(k, "store_key_due", due);
	js_set_take(c->out, "keeper", k);
}

static enum ent_err
run(struct op_call *c)
{
	struct status s = { .c = c, .now = clock_now(), .logs = js_array(), .feeds = js_array() };
	enum ent_err err = store_read(node_store(c->node), read_body, &s, c->why);
	if (err != ENT_OK) {
		js_free(s.logs);
		js_free(s.feeds);
		return err;
	}
	put_node(c, &s);
	put_counts(c, &s);
	js_set_take(c->out, "feeds", s.feeds);
	js_set_take(c->out, "logs", s.logs);
	put_parts(c);
	return ENT_OK;
}

const struct op_impl op_status = { .decode = NULL, .run = run };
