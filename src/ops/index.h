/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/index: the search index beside the store.  The store is the truth: each result of a search is
 * looked up there before it is shown, so an index that is ahead or behind shows nothing it may not.
 * Private to ops.
 */
#ifndef ENT_OPS_INDEX_H
#define ENT_OPS_INDEX_H

#include "ops/node.h"
#include "record/record.h"

/* Add every visible record that the index does not hold: at start, and after an import was flipped
 * (not within a transaction).  Admitted as the node's own act. */
ENT_CHECK enum ent_err index_build(struct node *n, struct ent_why *why);
/* A record was added or changed: put it in the place of what the index holds. */
ENT_CHECK enum ent_err index_record(struct node *n, const struct record *r, struct ent_why *why);
/* A record was erased or has expired. */
void index_drop(struct node *n, const struct ent_id *id);

#endif
