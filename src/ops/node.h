/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/node: the parts of a running node, for the operations' files alone.
 */
#ifndef ENT_OPS_NODE_H
#define ENT_OPS_NODE_H

#include "audit/audit.h"
#include "keeper/keeper.h"
#include "ops/ops.h"

struct match_index;
struct thresholds;

struct store *node_store(struct node *n);
struct keeper *node_keeper(struct node *n);
const struct keeper_keys *node_keys(const struct node *n); /* own code, service, public keys */
const char *node_dir(const struct node *n);
const char *node_sandbox(const struct node *n);
struct match_index *node_index(struct node *n);
struct thresholds *node_thresholds(struct node *n); /* thresholds.h */
/* What the runner that saves the index has seen of it; its alone. */
struct index_marks {
	uint64_t seen, saved; /* changes of the index */
	ent_time since;	      /* when it last saw another number of them */
};
struct index_marks *node_index_marks(struct node *n);
const struct transport *node_transport(const struct node *n);
ent_time node_started(const struct node *n);
size_t node_import_batch(const struct node *n); /* 1 to IMPORT_BATCH */

/* The policy in force: a snapshot that stays valid until it is put back, whatever is reloaded. */
const struct policy *node_policy_get(struct node *n);
void node_policy_put(struct node *n, const struct policy *p);
/* Build it anew from the store: after a card, a consent or a standing came in. */
ENT_CHECK enum ent_err node_policy_reload(struct node *n, struct ent_why *why);

/* Make the runners look at what is due soon. */
void node_wake(struct node *n);
bool node_woken(struct node *n, enum node_lane lane); /* asks and clears */
bool node_stopping(struct node *n);		      /* what takes long ends at its next step */

/* One filter is built at a time, by whomever. */
void node_filter_lock(struct node *n);
void node_filter_unlock(struct node *n);

/* The audit log's way into a transaction. */
struct audit_sink node_sink(struct store_tx *tx);

/* An entry of the node's own doing (started, swept, a runner's act), in the caller's transaction. */
ENT_CHECK enum ent_err node_audit(struct store_tx *tx, enum ent_event event, const char *object,
    const struct js *facts, struct ent_why *why);

/* The node as an actor for acts that a rule demands and no person starts (dates, feeds): role
 * SYSTEM.  Decides and admits in its own transaction; *out is owned by the caller. */
ENT_CHECK enum ent_err node_system_grant(struct node *n, enum ent_action action,
    enum ent_purpose purpose, const char *agreement, struct grant **out, struct ent_why *why);
/* The same under one annex, without a purpose. */
ENT_CHECK enum ent_err node_system_grant_for(struct node *n, enum ent_action action,
    const char *agreement, const char *annex, struct grant **out, struct ent_why *why);

#endif
