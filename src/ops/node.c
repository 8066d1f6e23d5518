/* SPDX-License-Identifier: Apache-2.0
 *
 * A running node: its parts, put together and taken apart; the policy in force; the runner.
 */
#include "ops/node.h"

#include "base/log.h"
#include "match/match.h"
#include "ops/index.h"
#include "ops/names.h"
#include "ops/peer_session.h"
#include "ops/runner.h"
#include "ops/store_key.h"
#include "ops/thresholds.h"
#include "store/agreements.h"
#include "store/audit_log.h"
#include "store/records.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A policy with the number of those who look at it; the node itself is one. */
struct policy_ref {
	struct policy *policy;
	unsigned users;
	struct policy_ref *next; /* of those that are replaced and still in use */
};

struct node {
	char dir[4096];
	char sandbox[32];
	struct store *store;
	struct keeper *keeper;
	struct keeper_keys keys;
	struct transport transport;
	struct match_index *index;
	struct thresholds *thresholds;
	struct index_marks index_marks;
	struct store_key store_key;
	struct peer_sessions *sessions;
	ent_time started;
	size_t import_batch;
	pthread_mutex_t lock; /* the two below */
	struct policy_ref *current, *old;
	atomic_bool woken[LANES], stopping;
	pthread_mutex_t filters; /* held while one is built */
};

struct store *
node_store(struct node *n)
{
	return n->store;
}

struct keeper *
node_keeper(struct node *n)
{
	return n->keeper;
}

const struct keeper_keys *
node_keys(const struct node *n)
{
	return &n->keys;
}

const char *
node_dir(const struct node *n)
{
	return n->dir;
}

const char *
node_sandbox(const struct node *n)
{
	return n->sandbox;
}

struct match_index *
node_index(struct node *n)
{
	return n->index;
}

struct thresholds *
node_thresholds(struct node *n)
{
	return n->thresholds;
}

struct index_marks *
node_index_marks(struct node *n)
{
	return &n->index_marks;
}

struct store_key *
node_store_key(struct node *n)
{
	return &n->store_key;
}

const struct transport *
node_transport(const struct node *n)
{
	return &n->transport;
}

ent_time
node_started(const struct node *n)
{
	return n->started;
}

size_t
node_import_batch(const struct node *n)
{
	return n->import_batch;
}

struct peer_sessions *
node_peer_sessions(struct node *n)
{
	return n->sessions;
}

void
node_wake(struct node *n)
{
	for (size_t i = 0; i < LANES; i++)
		atomic_store(&n->woken[i], true);
}

bool
node_wake_pending(struct node *n, enum node_lane lane)
{
	return atomic_load(&n->woken[lane]);
}

bool
node_woken(struct node *n, enum node_lane lane)
{
	return atomic_exchange(&n->woken[lane], false);
}

void
node_stop(struct node *n)
{
	atomic_store(&n->stopping, true);
}

bool
node_stopping(struct node *n)
{
	return atomic_load(&n->stopping);
}

void
node_filter_lock(struct node *n)
{
	(void)pthread_mutex_lock(&n->filters);
}

void
node_filter_unlock(struct node *n)
{
	(void)pthread_mutex_unlock(&n->filters);
}

enum ent_err
node_certify_tls(struct node *n, struct bytes spki, ent_time now, struct buf *leaf, struct buf *ca,
    struct ent_why *why)
{
	return keeper_certify_tls(n->keeper, spki, now, leaf, ca, why);
}

const struct policy *
node_policy_get(struct node *n)
{
	(void)pthread_mutex_lock(&n->lock);
	n->current->users++;
	const struct policy *p = n->current->policy;
	(void)pthread_mutex_unlock(&n->lock);
	return p;
}

/* Frees the replaced ones that nobody looks at any more; under the lock. */
static void
sweep_old(struct node *n)
{
	for (struct policy_ref **at = &n->old; *at != NULL;) {
		struct policy_ref *r = *at;
		if (r->users > 0) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		policy_free(r->policy);
		free(r);
	}
}

void
node_policy_put(struct node *n, const struct policy *p)
{
	(void)pthread_mutex_lock(&n->lock);
	if (n->current->policy == p) {
		n->current->users--;
	} else {
		for (struct policy_ref *r = n->old; r != NULL; r = r->next)
			if (r->policy == p)
				r->users--;
		sweep_old(n);
	}
	(void)pthread_mutex_unlock(&n->lock);
}

/* What the store has of agreements, copied out so that it can be verified outside the snapshot. */
struct loading {
	struct policy_input *inputs;
	size_t count, room;
	struct policy_card own;
	bool have_own;
};

static enum ent_err
collect(void *ctx, enum agreements_kind kind, struct bytes data, struct ent_why *why)
{
	static const enum policy_input_kind kinds[] = {
		[AGREEMENTS_CARD] = POLICY_CARD,
		[AGREEMENTS_DOCUMENT] = POLICY_DOCUMENT,
		[AGREEMENTS_CONSENT] = POLICY_CONSENT,
		[AGREEMENTS_STANDING] = POLICY_STANDING,
	};
	struct loading *l = ctx;
	if (kind == AGREEMENTS_OWN_CARD) {
		l->have_own = true;
		return policy_card_check((struct str){ (const char *)data.p, data.n }, &l->own, why);
	}
	if (l->count == l->room) {
		l->room = l->room == 0 ? 32 : l->room * 2;
		l->inputs = ent_realloc(l->inputs, l->room * sizeof *l->inputs);
	}
	uint8_t *copy = ent_alloc(data.n + 1);
	memcpy(copy, data.p, data.n);
	l->inputs[l->count++] = (struct policy_input){ .kind = kinds[kind],
		.data = bytes_of(copy, data.n) };
	return ENT_OK;
}

static enum ent_err
collect_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	return agreements_each(tx, collect, ctx, why);
}

static void
replace_policy(struct node *n, struct policy *fresh)
{
	struct policy_ref *r = ent_alloc(sizeof *r);
	r->policy = fresh;
	(void)pthread_mutex_lock(&n->lock);
	if (n->current != NULL) {
		n->current->next = n->old;
		n->old = n->current;
	}
	n->current = r;
	sweep_old(n);
	(void)pthread_mutex_unlock(&n->lock);
}

enum ent_err
node_policy_reload(struct node *n, struct ent_why *why)
{
	struct loading l = { 0 };
	struct policy *fresh = NULL;
	enum ent_err err = store_read(n->store, collect_body, &l, why);
	if (err == ENT_OK && !l.have_own)
		err = ent_fail(ENT_ESTATE, why, "the store has no card of this node; was init finished?");
	if (err == ENT_OK && memcmp(l.own.identity, n->keys.identity, CRYPTO_SIGN_PK) != 0)
		err = ent_fail(ENT_EPIN, why, "the store belongs to another keeper");
	if (err == ENT_OK)
		err = policy_load(&l.own, l.inputs, l.count, &fresh, why);
	if (err == ENT_OK)
		replace_policy(n, fresh);
	for (size_t i = 0; i < l.count; i++)
		free((void *)(uintptr_t)l.inputs[i].data.p);
	free(l.inputs);
	return err;
}

bool
node_partner_of_identity(struct node *n, const uint8_t identity[static CRYPTO_SIGN_PK],
    char code[static CODE_MAX])
{
	const struct policy *p = node_policy_get(n);
	const struct policy_card *card = policy_partner_by_identity(p, identity);
	if (card != NULL)
		(void)snprintf(code, CODE_MAX, "%s", card->code);
	node_policy_put(n, p);
	return card != NULL;
}

struct audit_sink
node_sink(struct store_tx *tx)
{
	return (struct audit_sink){ .ctx = tx, .load = audit_log_load, .append = audit_log_append };
}

enum ent_err
node_audit(struct store_tx *tx, enum ent_event event, const char *object, const struct js *facts,
    struct ent_why *why)
{
	struct audit_event ev = { .event = event, .phase = AUDIT_DONE, .time = clock_now(),
		.object = object, .facts = facts };
	struct audit_sink sink = node_sink(tx);
	return audit_append(&sink, "node", &ev, NULL, why);
}

struct system_admission {
	struct grant *grant;
	struct audit_event event;
};

static enum ent_err
admit_system(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct system_admission *s = ctx;
	struct audit_sink sink = node_sink(tx);
	return audit_admit(&sink, s->grant, &s->event, NULL, why);
}

/* Which event tells of the node's own acts; others are told of as NODE. */
static enum ent_event
event_of(enum ent_action action)
{
	return action == ACTION_FEED    ? EVENT_FEED_IN
	    : action == ACTION_NOTICE   ? EVENT_NOTICE
	    : action == ACTION_FILTER   ? EVENT_FILTER
	    : action == ACTION_ERASE    ? EVENT_ERASE
	    : action == ACTION_SEARCH   ? EVENT_SEARCH
	                                : EVENT_NODE;
}

static enum ent_err
grant_system(struct node *n, const struct policy_ask *what, struct grant **out, struct ent_why *why)
{
	struct actor actor = { .roles = ROLE_SYSTEM };
	struct policy_ask ask = *what;
	(void)snprintf(actor.service, sizeof actor.service, "%s", n->keys.code);
	(void)snprintf(actor.name, sizeof actor.name, "node");
	ask.actor = &actor;
	ask.roles = ROLE_SYSTEM;
	ask.case_ref = ask.reason = "rule";
	ask.now = clock_now();
	const struct policy *p = node_policy_get(n);
	struct system_admission s = { .grant = policy_decide(p, &ask),
		.event = { .event = event_of(ask.action), .phase = AUDIT_DONE, .time = ask.now,
		    .actor = &actor, .purpose = ask.purpose, .agreement = ask.agreement,
		    .annex = ask.annex } };
	node_policy_put(n, p);
	enum ent_err err = store_write(n->store, admit_system, &s, why);
	if (err == ENT_OK && !grant_allows(s.grant))
		err = ent_refuse(grant_verdict(s.grant), why, grant_clause(s.grant), "%s",
		    grant_text(s.grant));
	if (err != ENT_OK) {
		grant_free(s.grant);
		return err;
	}
	*out = s.grant;
	return ENT_OK;
}

enum ent_err
node_system_grant(struct node *n, enum ent_action action, enum ent_purpose purpose,
    const char *agreement, struct grant **out, struct ent_why *why)
{
	struct policy_ask ask = { .action = action, .purpose = purpose, .agreement = agreement };
	return grant_system(n, &ask, out, why);
}

enum ent_err
node_system_grant_for(struct node *n, enum ent_action action, const char *agreement,
    const char *annex, struct grant **out, struct ent_why *why)
{
	struct policy_ask ask = { .action = action, .agreement = agreement, .annex = annex };
	return grant_system(n, &ask, out, why);
}

static enum ent_err
tell_started(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct node *n = ctx;
	struct js *facts = js_object();
	js_set_str(facts, "state", "started");
	js_set_str(facts, "sandbox", n->sandbox);
	enum ent_err err = node_audit(tx, EVENT_NODE, NULL, facts, why);
	js_free(facts);
	return err;
}

static enum ent_err
open_parts(struct node *n, const struct node_options *opt, struct ent_why *why)
{
	char path[4200];
	(void)snprintf(path, sizeof path, "%s/store", n->dir);
	enum ent_err err = keeper_attach(opt->keeper_fd, &n->keeper, why);
	if (err == ENT_OK)
		err = keeper_keys(n->keeper, &n->keys, why);
	if (err == ENT_OK)
		err = store_key_open(n->keeper, path, n->started, &n->store, &n->store_key.made, why);
	if (err == ENT_OK)
		err = node_policy_reload(n, why);
	if (err == ENT_OK)
		err = store_write(n->store, tell_started, n, why);
	if (err == ENT_OK)
		err = names_build(n, why);
	if (err == ENT_OK && index_load(n))
		thresholds_derive(node_thresholds(n));
	else if (err == ENT_OK)
		err = index_build(n, why);
	if (err == ENT_OK)
		err = match_merger_start(n->index, why);
	return err;
}

enum ent_err
node_open(const struct node_options *opt, struct node **out, struct ent_why *why)
{
	struct node *n = ent_alloc(sizeof *n);
	(void)snprintf(n->dir, sizeof n->dir, "%s", opt->dir);
	(void)snprintf(n->sandbox, sizeof n->sandbox, "%s", opt->sandbox);
	n->transport = opt->transport;
	n->started = clock_now();
	n->import_batch = opt->import_batch == 0 || opt->import_batch > IMPORT_BATCH ? IMPORT_BATCH :
	    opt->import_batch;
	n->sessions = peer_sessions_new();
	n->index = match_index_new();
	n->thresholds = thresholds_new(n->index);
	(void)pthread_mutex_init(&n->lock, NULL);
	(void)pthread_mutex_init(&n->filters, NULL);
	(void)pthread_mutex_init(&n->store_key.lock, NULL);
	n->store_key.every = (opt->store_key_days == 0 ? STORE_KEY_DAYS : opt->store_key_days) * ENT_DAY;
	enum ent_err err = open_parts(n, opt, why);
	if (err != ENT_OK) {
		node_close(n);
		return err;
	}
	node_wake(n); /* what was said before a loss of power may not have been told to the partner */
	*out = n;
	return ENT_OK;
}

void
node_close(struct node *n)
{
	if (n == NULL)
		return;
	store_close(n->store);
	keeper_detach(n->keeper);
	thresholds_free(n->thresholds);
	match_index_free(n->index);
	peer_sessions_free(n->sessions);
	if (n->current != NULL) {
		policy_free(n->current->policy);
		free(n->current);
	}
	sweep_old(n);
	(void)pthread_mutex_destroy(&n->lock);
	(void)pthread_mutex_destroy(&n->filters);
	(void)pthread_mutex_destroy(&n->store_key.lock);
	free(n);
}

ent_time
node_tick(struct node *n, enum node_lane lane, ent_time now)
{
	static const struct {
		enum node_lane lane;
		ent_time (*run)(struct node *, ent_time);
	} runners[] = {
#define RUNNER(name, of) { LANE_##of, runner_##name },
#include "ops/runners.def"
#undef RUNNER
	};
	ent_time next = now + 60 * ENT_SECOND;
	for (size_t i = 0; i < sizeof runners / sizeof runners[0]; i++) {
		if (runners[i].lane != lane)
			continue;
		ent_time t = runners[i].run(n, now);
		next = t < next ? t : next;
	}
	return next;
}
