/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner of private hit/no-hit: withdrawn lists each day and when something was withdrawn, queries
 * past their time.
 */
#include "base/log.h"
#include "ops/hit_list.h"
#include "ops/runner.h"
#include "store/audit_log.h"

#include <stdlib.h>

#define ROUND (60 * ENT_SECOND)

struct round {
	struct node *node;
	ent_time now;
	struct hit_channel channel;
	struct hit_filter_row filter;
	struct hit_list_row list;
	bool built; /* there is a filter in force */
};

static enum ent_err
look_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct round *r = ctx;
	enum ent_err err = hit_filter_current(tx, r->channel.agreement, r->channel.annex, &r->filter, NULL, why);
	r->built = err == ENT_OK;
	if (err == ENT_OK || err == ENT_ENOTFOUND)
		err = hit_list_get(tx, r->channel.agreement, r->channel.annex, &r->list, NULL, why);
	return err;
}

static enum ent_err
publish_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct round *r = ctx;
	return hit_list_publish(r->node, tx, &r->channel, r->filter.epoch, r->now, why);
}

/* A list that takes no more (ETOOBIG) waits for a new filter. */
static void
keep_up(struct round *r)
{
	struct ent_why why = { .text = "" };
	if (!r->list.dirty && r->now < r->list.made_at + ENT_DAY)
		return;
	enum ent_err err = store_write(node_store(r->node), publish_body, r, &why);
	if (err != ENT_OK && err != ENT_ETOOBIG)
		log_event(LOG_WARN, "withdrawn.published", "agreement=%s annex=%s state=%s why=%s",
		    r->channel.agreement, r->channel.annex, ent_err_name(err), why.text);
}

struct sweep {
	ent_time now;
	const struct grant *grant; /* ERASE */
	bool some;
	int64_t queries, received, entries;
};

static enum ent_err
overdue_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sweep *s = ctx;
	return hit_overdue(tx, s->now, &s->some, why);
}

/* Names, dates and the reason that stood salted in the log.  Of a call about several persons they go with
 * the first whose time is over; what is kept of the others is sealed with their queries. */
static enum ent_err
erase_openings(struct store_tx *tx, struct sweep *s, const uint64_t *entries, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (int64_t i = 0; i < s->queries && err == ENT_OK; i++) {
		if (i > 0 && entries[i] == entries[i - 1])
			continue;
		err = audit_log_erase(tx, s->grant, AUDIT_NODE, entries[i], why);
		s->entries += err == ENT_OK;
		err = err == ENT_ENOTFOUND ? ENT_OK : err;
	}
	return err;
}

static enum ent_err
tell_erased(struct store_tx *tx, const struct sweep *s, struct ent_why *why)
{
	struct js *facts = js_object();
	js_set_str(facts, "what", "private queries past their retention");
	js_set_int(facts, "queries", s->queries);
	js_set_int(facts, "openings", s->entries);
	enum ent_err err = node_audit(tx, EVENT_ERASE, NULL, facts, why);
	js_free(facts);
	return err;
}

static enum ent_err
sweep_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sweep *s = ctx;
	uint64_t entries[HIT_OVERDUE_MAX];
	s->entries = 0;
	enum ent_err err = hit_query_erase_overdue(tx, s->now, entries, &s->queries, why);
	if (err == ENT_OK)
		err = erase_openings(tx, s, entries, why);
	if (err == ENT_OK)
		err = hit_received_sweep(tx, s->now, &s->received, why);
	return err == ENT_OK && s->queries > 0 ? tell_erased(tx, s, why) : err;
}

static void
sweep(struct node *n, struct sweep *s)
{
	struct grant *g = NULL;
	struct ent_why why = { .text = "" };
	enum ent_err err = store_read(node_store(n), overdue_body, s, &why);
	if (err == ENT_OK && s->some) {
		err = node_system_grant(n, ACTION_ERASE, PURPOSE_PROTECTION, NULL, &g, &why);
		s->grant = g;
		if (err == ENT_OK)
			err = store_write(node_store(n), sweep_body, s, &why);
		grant_free(g);
	}
	if (err != ENT_OK)
		log_event(LOG_ERROR, "query.sweep", "cannot erase queries past their time: %s", why.text);
}

ent_time
runner_hits(struct node *n, ent_time now)
{
	size_t count;
	struct sweep s = { .now = now };
	struct ent_why why = { .text = "" };
	struct hit_pair *pairs = hit_channels_all(n, &count);
	for (size_t i = 0; i < count; i++) {
		struct round r = { .node = n, .now = now };
		if (hit_channel_get(n, pairs[i].agreement, pairs[i].annex, &r.channel, &why) == ENT_OK &&
		    store_read(node_store(n), look_body, &r, &why) == ENT_OK && r.built)
			keep_up(&r);
	}
	free(pairs);
	sweep(n, &s);
	return s.queries == HIT_OVERDUE_MAX ? now : now + ROUND;
}
