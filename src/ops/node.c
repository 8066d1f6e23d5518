/* SPDX-License-Identifier: Apache-2.0
 *
 * A running node: its parts, put together and taken apart; the policy in force; the runner.
 */
#include "ops/node.h"

#include "base/log.h"
#include "match/match.h"
#include "ops/index.h"
#include "ops/peer_session.h"
#include "ops/runner.h"
#include "store/agreements.h"
#include "store/audit_log.h"

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
	struct peer_sessions *sessions;
	ent_time started;
	pthread_mutex_t lock; /* the two below */
	struct policy_ref *current, *old;
	atomic_bool woken;
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

struct peer_sessions *
node_peer_sessions(struct node *n)
{
	return n->sessions;
}

void
node_wake(struct node *n)
{
	atomic_store(&n->woken, true);
}

bool
node_woken(struct node *n)
{
	return atomic_exchange(&n->woken, false);
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

static enum ent_err
load_policy(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	return agreements_load(tx, ctx, why);
}

enum ent_err
node_policy_reload(struct node *n, struct ent_why *why)
{
	struct agreements_loaded in = { 0 };
	struct policy *fresh = NULL;
	enum ent_err err = store_read(n->store, load_policy, &in, why);
	if (err == ENT_OK)
		err = policy_of_store(&in, &fresh, why);
	agreements_loaded_done(&in);
	if (err != ENT_OK)
		return err;
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
	return ENT_OK;
}
