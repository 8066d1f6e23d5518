/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner of private hit/no-hit: filters of agreements that became active, epochs that are over or
 * of older rules, withdrawn lists each day and when something was withdrawn, queries past their time.
 */
#include "base/log.h"
#include "ops/hit_build.h"
#include "ops/hit_list.h"
#include "ops/runner.h"
#include "store/agreements.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

#define ROUND (60 * ENT_SECOND)
#define RETRY ENT_HOUR /* a build that failed */
#define SWEEP 100
#define AGREEMENTS_AT_ONCE 64

struct round {
	struct node *node;
	ent_time now;
	char agreement[AGREEMENT_MAX];
	struct hit_channel channel;
	struct hit_filter_row filter;
	struct hit_list_row list;
	bool built;	/* there is a filter in force */
	ent_time retry; /* activation: put off until then; 0: done */
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
activation_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct round *r = ctx;
	return r->retry == 0 ? activation_done(tx, r->agreement, why)
	                     : activation_put(tx, r->agreement, r->retry, why);
}

static enum ent_err
build(struct round *r, struct ent_why *why)
{
	struct grant *g = NULL;
	struct hit_filter_row row;
	enum ent_err err = node_system_grant(r->node, ACTION_FILTER, PURPOSE_NONE, r->agreement, &g, why);
	if (err != ENT_OK)
		return err;
	err = hit_channel_get(r->node, r->agreement, grant_annex(g), &r->channel, why);
	if (err == ENT_OK) {
		struct hit_build b = { .node = r->node, .grant = g, .channel = &r->channel, .now = r->now };
		err = hit_build_run(&b, &row, why);
	}
	if (err == ENT_OK)
		log_event(LOG_INFO, "filter.built", "agreement=%s epoch=%u bytes=%llu", r->agreement,
		    row.epoch, (unsigned long long)row.bytes);
	grant_free(g);
	return err;
}

static bool
is_due(const struct round *r)
{
	return r->built && (r->filter.rules != TEXT_RULES_VERSION ||
	    r->now >= r->filter.built_at + r->channel.epoch_days * ENT_DAY);
}

static enum ent_err
publish_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct round *r = ctx;
	return hit_list_publish(r->node, tx, &r->channel, r->filter.epoch, r->now, why);
}

/* Of an agreement that has a filter: rotate it, or publish its list. */
static void
keep_up(struct round *r)
{
	struct ent_why why = { .text = "" };
	enum ent_err err = ENT_OK;
	if (is_due(r)) {
		err = build(r, &why);
	} else if (r->list.dirty || r->now >= r->list.made_at + ENT_DAY) {
		err = store_write(node_store(r->node), publish_body, r, &why);
		if (err == ENT_ETOOBIG)
			err = build(r, &why);
	}
	if (err != ENT_OK)
		log_event(LOG_WARN, "filter.kept", "agreement=%s state=%s why=%s", r->agreement,
		    ent_err_name(err), why.text);
}

/* Agreements that became active wait in a queue until their filter is built. */
struct queue {
	struct activation rows[AGREEMENTS_AT_ONCE];
	size_t count;
};

static enum ent_err
queue_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct queue *q = ctx;
	return activations(tx, "", q->rows, AGREEMENTS_AT_ONCE, &q->count, why);
}

static void
activate(struct node *n, ent_time now)
{
	struct queue q = { .count = 0 };
	struct ent_why why = { .text = "" };
	if (store_read(node_store(n), queue_body, &q, &why) != ENT_OK)
		return;
	for (size_t i = 0; i < q.count; i++) {
		struct round r = { .node = n, .now = now };
		if (q.rows[i].due_at > now)
			continue;
		(void)snprintf(r.agreement, sizeof r.agreement, "%s", q.rows[i].agreement);
		enum ent_err err = build(&r, &why);
		if (err != ENT_OK) {
			r.retry = now + RETRY;
			log_event(LOG_WARN, "filter.built", "agreement=%s state=%s why=%s", r.agreement,
			    ent_err_name(err), why.text);
		}
		if (store_write(node_store(n), activation_body, &r, &why) != ENT_OK)
			log_event(LOG_ERROR, "filter.built", "cannot note the activation: %s", why.text);
	}
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
	activate(n, now);
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
