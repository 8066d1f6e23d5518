/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner of private hit/no-hit: withdrawn lists each day and when something was withdrawn, queries
 * past their time.
 */
#include "base/log.h"
#include "ops/hit_list.h"
#include "ops/runner.h"

#include <stdlib.h>

#define ROUND (60 * ENT_SECOND)
#define SWEEP 100

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
	bool some;
	int64_t queries, received;
};

static enum ent_err
overdue_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sweep *s = ctx;
	return hit_overdue(tx, s->now, &s->some, why);
}

static enum ent_err
sweep_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sweep *s = ctx;
	enum ent_err err = hit_query_erase_overdue(tx, s->now, SWEEP, &s->queries, why);
	return err == ENT_OK ? hit_received_sweep(tx, s->now, &s->received, why) : err;
}

ent_time
runner_hits(struct node *n, ent_time now)
{
	size_t count;
	struct sweep s = { .now = now };
	struct ent_why why = { .text = "" };
	struct hit_pair *pairs = hit_channels_in_force(n, now, &count);
	for (size_t i = 0; i < count; i++) {
		struct round r = { .node = n, .now = now };
		if (hit_channel_get(n, pairs[i].agreement, pairs[i].annex, &r.channel, &why) == ENT_OK &&
		    store_read(node_store(n), look_body, &r, &why) == ENT_OK && r.built)
			keep_up(&r);
	}
	free(pairs);
	enum ent_err err = store_read(node_store(n), overdue_body, &s, &why);
	if (err == ENT_OK && s.some)
		err = store_write(node_store(n), sweep_body, &s, &why);
	if (err != ENT_OK)
		log_event(LOG_ERROR, "query.sweep", "cannot erase queries past their time: %s", why.text);
	return s.queries == SWEEP ? now : now + ROUND;
}
