/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/feed_effects: what an incoming entry changes here beside its thread.  Private to ops/feed.c.
 */
#ifndef ENT_OPS_FEED_EFFECTS_H
#define ENT_OPS_FEED_EFFECTS_H

#include "ops/feed.h"

ENT_CHECK enum ent_err feed_effects(struct store_tx *tx, const struct policy_agreement *a,
    const struct entry *e, ent_time now, struct ent_why *why);

/* How long an entry's contents are kept: an answer's own date, else the longest of the annexes. */
ent_time feed_erase_at(const struct policy_agreement *a, const struct entry *e, ent_time now);
ent_time feed_retention(const struct policy_agreement *a); /* microseconds */

#endif
