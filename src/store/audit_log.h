/* SPDX-License-Identifier: Apache-2.0
 *
 * store/audit_log: where the audit logs rest.  audit_log_load and audit_log_append have the
 * signatures of struct audit_sink (audit/audit.h), with the transaction as ctx; ops joins the two.
 *
 * What opens an entry's hidden values is sealed under a data key of its own for each
 * AUDIT_SEGMENT entries.  Erasing one entry's openings seals the others of its segment under a new
 * key and destroys the old one, so the salts are gone from every copy and backup of records.db.
 */
#ifndef ENT_STORE_AUDIT_LOG_H
#define ENT_STORE_AUDIT_LOG_H

#include "store/store.h"

#define AUDIT_SEGMENT 1024u

/* Codes only, so without a grant: the log that admits grants is written through these.  A log that
 * was never written has size 0. */
ENT_CHECK enum ent_err audit_log_load(void *tx, const char *log, uint64_t *size,
    struct buf *frontier, struct ent_why *why);
/* ECONFLICT unless index is the log's size and new_size one more. */
ENT_CHECK enum ent_err audit_log_append(void *tx, const char *log, uint64_t index,
    struct bytes entry, const struct js *disclosures, uint64_t new_size, struct bytes frontier,
    struct ent_why *why);

/* Each log, its size and frontier (audit/tree.h), in the order of their names; codes only. */
typedef void audit_head_fn(void *ctx, const char *log, uint64_t size, struct bytes frontier);
ENT_CHECK enum ent_err audit_log_heads(struct store_tx *tx, audit_head_fn *fn, void *ctx,
    struct ent_why *why);

/* Entries [from, to) in order.  disclosures: borrowed, and NULL unless openings are wanted and there
 * (none hidden, or erased).  An error of fn stops the walk and is returned.  Wants a grant of
 * ACTION_AUDIT. */
typedef enum ent_err audit_entry_fn(void *ctx, uint64_t index, struct bytes entry,
    const struct js *disclosures, struct ent_why *why);
struct audit_range {
	const char *log;
	uint64_t from, to;
	bool openings;
};
ENT_CHECK enum ent_err audit_log_read(struct store_tx *tx, const struct grant *g,
    const struct audit_range *range, audit_entry_fn *fn, void *ctx, struct ent_why *why);

/* Destroy what opens one entry.  The entry and the tree stay as they are.  ENOTFOUND if it has no
 * openings (any more).  Wants a grant of ACTION_ERASE. */
ENT_CHECK enum ent_err audit_log_erase(struct store_tx *tx, const struct grant *g, const char *log,
    uint64_t index, struct ent_why *why);

#endif
