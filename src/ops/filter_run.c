/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner of filters, in a lane of its own.  What is due follows from what is there, not from a queue: an annex of
 * an agreement in force without a filter, an epoch that is over or of older rules, a withdrawn list that is full.  So a
 * build that was cut off, whenever that was, is begun anew by the next start.
 */
#include "base/log.h"
#include "ops/hit_build.h"
#include "ops/runner.h"
#include "text/text.h"

#include <stdlib.h>

#define ROUND (60 * ENT_SECOND)
#define RETRY (600 * ENT_SECOND) /* after a build that failed without a new start of the node */

struct round {
	struct node *node;
	ent_time now, tried; /* tried: when a build that did not end began, or 0 */
	struct hit_channel channel;
	struct hit_filter_row filter;
	bool built; /* there is one in force */
	bool full;  /* its withdrawn list takes no more */
};

static enum ent_err
look_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct round *r = ctx;
	size_t refs;
	enum ent_err err = hit_filter_tried(tx, r->channel.agreement, r->channel.annex, &r->tried, why);
	if (err != ENT_OK)
		return err;
	err = hit_filter_current(tx, r->channel.agreement, r->channel.annex, &r->filter, NULL, why);
	r->built = err == ENT_OK;
	if (err != ENT_OK)
		return err == ENT_ENOTFOUND ? ENT_OK : err;
	err = hit_withdrawn_count(tx, r->channel.agreement, r->filter.epoch, &refs, why);
	r->full = err == ENT_OK && refs + HIT_WITHDRAWN_GRID > HIT_WITHDRAWN_MAX;
	return err;
}

static bool
is_due(const struct round *r)
{
	bool failed = r->tried > node_started(r->node) && r->now >= r->tried;
	if (failed && r->now < r->tried + RETRY)
		return false;
	return !r->built || r->full || r->filter.rules != TEXT_RULES_VERSION ||
	    r->now >= r->filter.built_at + r->channel.epoch_days * ENT_DAY;
}

static enum ent_err
build(const struct round *r, struct hit_filter_row *out, struct ent_why *why)
{
	struct grant *g = NULL;
	enum ent_err err = node_system_grant_for(r->node, ACTION_FILTER, r->channel.agreement,
	    r->channel.annex, &g, why);
	if (err != ENT_OK)
		return err;
	struct hit_build b = { .node = r->node, .grant = g, .channel = &r->channel, .now = r->now };
	err = hit_build_run(&b, out, why);
	grant_free(g);
	return err;
}

static void
keep_up(struct round *r)
{
	struct ent_why why = { .text = "" };
	struct hit_filter_row row;
	enum ent_err err = store_read(node_store(r->node), look_body, r, &why);
	if (err == ENT_OK && !is_due(r))
		return;
	if (err == ENT_OK)
		err = build(r, &row, &why);
	if (err == ENT_OK)
		log_event(LOG_INFO, "filter.built", "agreement=%s annex=%s epoch=%u bytes=%llu",
		    r->channel.agreement, r->channel.annex, row.epoch, (unsigned long long)row.bytes);
	else
		log_event(LOG_WARN, "filter.built", "agreement=%s annex=%s state=%s why=%s",
		    r->channel.agreement, r->channel.annex, ent_err_name(err), why.text);
}

ent_time
runner_filters(struct node *n, ent_time now)
{
	size_t count;
	(void)node_woken(n, LANE_FILTERS);
	struct hit_pair *pairs = hit_channels_in_force(n, now, &count);
	for (size_t i = 0; i < count && !node_stopping(n); i++) {
		struct round r = { .node = n, .now = now };
		if (hit_channel_get(n, pairs[i].agreement, pairs[i].annex, &r.channel, NULL) != ENT_OK)
			continue;
		node_filter_lock(n); /* a person may just have built it */
		keep_up(&r);
		node_filter_unlock(n);
	}
	free(pairs);
	return now + ROUND;
}
