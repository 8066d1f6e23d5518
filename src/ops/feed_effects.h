/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/feed_effects: what an incoming entry changes here beside its thread.  Private to ops/feed.c.
 */
#ifndef ENT_OPS_FEED_EFFECTS_H
#define ENT_OPS_FEED_EFFECTS_H

#include "ops/feed.h"

ENT_CHECK enum ent_err feed_effects(struct store_tx *tx, const struct policy_agreement *a,
    const struct entry *e, ent_time now, struct ent_why *why);

/* A follow-up whose opening checks and whose reference is withdrawn is refused at once, on the coded
 * ground `withdrawn`: there is nothing left that a person could decide on (spec/5-hit.md, HIT-21).  After
 * the receipt, which opens the exchange. */
ENT_CHECK enum ent_err feed_refuse_withdrawn(struct node *n, struct store_tx *tx,
    const struct grant *g, const struct policy_agreement *a, const struct entry *e, ent_time now,
    struct ent_why *why);

/* How long an entry's contents are kept: an answer's own date, else the longest of the annexes. */
ent_time feed_erase_at(const struct policy_agreement *a, const struct entry *e, ent_time now);
ent_time feed_retention(const struct policy_agreement *a); /* microseconds */

#endif
