/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/hit_list: the list of withdrawn hit references, signed and padded.  Private to ops.
 */
#ifndef ENT_OPS_HIT_LIST_H
#define ENT_OPS_HIT_LIST_H

#include "ops/hit_channel.h"

/* A record is erased, has expired or is restricted: its references are withdrawn in this transaction,
 * so that a follow-up on them is refused from now on; wake the node (node_wake) afterwards, its runner
 * publishes the new lists. */
ENT_CHECK enum ent_err hit_withdraw_record(struct store_tx *tx, const struct ent_id *record,
    struct ent_why *why);

/* Publish the list of an epoch anew: one step of the grid is added, with random references among the
 * real ones.  Each publication grows by whole steps, whatever happened. */
ENT_CHECK enum ent_err hit_list_publish(struct node *n, struct store_tx *tx,
    const struct hit_channel *ch, uint32_t epoch, ent_time now, struct ent_why *why);

#endif
