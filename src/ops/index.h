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

/* Add every visible record that the index does not hold: at start (not within a transaction).  Admitted
 * as the node's own act. */
ENT_CHECK enum ent_err index_build(struct node *n, struct ent_why *why);
/* The same from the snapshot, if there is one that says what the register says: into an empty index, in
 * place of index_build.  False, and the log says why, if it was refused: then build. */
bool index_load(struct node *n);
/* A record was added or changed: put it in the place of what the index holds. */
ENT_CHECK enum ent_err index_record(struct node *n, const struct record *r, struct ent_why *why);
/* What the index takes of an import's records, in the order they come, until they are shown; up to about
 * max bytes, then nothing is held and they are read again. */
#define INDEX_HELD_MAX ((size_t)128 << 20)
struct index_held;
struct index_held *index_held_new(size_t max); /* owned by the caller */
void index_hold(struct index_held *h, const struct record *r);
void index_held_free(struct index_held *h); /* may be NULL */
/* Tell of the records that index_import has added: at its start, and now and then. */
typedef void index_told(void *ctx, uint64_t added);
void index_held_watch(struct index_held *h, index_told *told, void *ctx);
/* The import was flipped, and its entry is durable: g is its grant.  Not within a transaction. */
ENT_CHECK enum ent_err index_import(struct node *n, const struct index_held *h, const struct grant *g,
    const struct ent_id *import, struct ent_why *why);
/* A record was erased or has expired. */
void index_drop(struct node *n, const struct ent_id *id);

#endif
