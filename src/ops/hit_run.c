/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner of private hit/no-hit: withdrawn lists each day and when something was withdrawn, queries
 * past their time.
 */
#include "base/log.h"
#include "ops/hit_list.h"
#include "ops/runner.h"

#include <stdio.h>
#include <string.h>

#define ROUND (60 * ENT_SECOND)
#define SWEEP 100
#define AGREEMENTS_AT_ONCE 64

struct round {
	struct node *node;
	ent_time now;
	char agreement[AGREEMENT_MAX];
	struct hit_channel channel;
	struct hit_filter_row filter;
	struct hit_list_row list;
	bool built; /* there is a filter in force */
};

static enum ent_err
look_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct round *r = ctx;
	enum ent_err err = hit_filter_current(tx, r->agreement, &r->filter, NULL, why);
	r->built = err == ENT_OK;
	if (err == ENT_OK || err == ENT_ENOTFOUND)
		err = hit_list_get(tx, r->agreement, &r->list, NULL, why);
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
		log_event(LOG_WARN, "withdrawn.published", "agreement=%s state=%s why=%s", r->agreement,
		    ent_err_name(err), why.text);
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

static size_t
agreements_in_force(struct node *n, ent_time now, char (*out)[AGREEMENT_MAX])
{
	size_t count = 0;
	const struct policy *p = node_policy_get(n);
	for (size_t i = 0; i < policy_agreement_count(p) && count < AGREEMENTS_AT_ONCE; i++) {
		const struct policy_agreement *a = policy_agreement_at(p, i);
		if (policy_other_party(p, a) != NULL && policy_in_force(a, now, NULL))
			(void)snprintf(out[count++], AGREEMENT_MAX, "%s", a->id);
	}
	node_policy_put(n, p);
	return count;
}

ent_time
runner_hits(struct node *n, ent_time now)
{
	char ids[AGREEMENTS_AT_ONCE][AGREEMENT_MAX];
	struct sweep s = { .now = now };
	struct ent_why why = { .text = "" };
	size_t count = agreements_in_force(n, now, ids);
	for (size_t i = 0; i < count; i++) {
		struct round r = { .node = n, .now = now };
		memcpy(r.agreement, ids[i], sizeof r.agreement);
		if (store_read(node_store(n), look_body, &r, &why) == ENT_OK && r.built &&
		    hit_channel_get(n, r.agreement, r.filter.annex, &r.channel, &why) == ENT_OK)
			keep_up(&r);
	}
	enum ent_err err = store_read(node_store(n), overdue_body, &s, &why);
	if (err == ENT_OK && s.some)
		err = store_write(node_store(n), sweep_body, &s, &why);
	if (err != ENT_OK)
		log_event(LOG_ERROR, "query.sweep", "cannot erase queries past their time: %s", why.text);
	return s.queries == SWEEP ? now : now + ROUND;
}
