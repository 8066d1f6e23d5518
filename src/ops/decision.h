/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/decision: what a person decides on a match, as it rests sealed with the record, and which of a
 * record's decisions a query is about.  Private to ops.
 */
#ifndef ENT_OPS_DECISION_H
#define ENT_OPS_DECISION_H

#include "ops/match_call.h"
#include "store/adjudications.h"

#define DECISION_BECAUSE_MAX 2000 /* bytes of the grounds */
#define DECISIONS_SHOWN 3u	  /* on one result */

/* The request's verdict and grounds ("verdict", "because").  EFIELD. */
ENT_CHECK enum ent_err decision_read(struct js_reader *r, enum verdict *verdict,
    const char **because);

/* Keep it, sealed under the record's key; query: its name, birth, document, nationality, type as they
 * were asked.  Grant: ADJUDICATE; id gets the decision's. */
ENT_CHECK enum ent_err decision_put(struct op_call *c, const struct ent_id *record,
    int64_t record_version, const struct js *query, struct ent_id *id);

/* Those of a record that are about the query, newest first, an array as a result shows it; without any,
 * NULL.  exact: the same folded words, date and document; else the same name by sound, and no
 * fact that speaks against it.  Owned by the caller. */
ENT_CHECK enum ent_err decision_about(struct store_tx *tx, const struct grant *g,
    const struct ent_id *record, int64_t record_version, const struct match_query *q,
    struct js **out, struct ent_why *why);
/* All of a record, with their queries.  Owned by the caller; NULL without any. */
ENT_CHECK enum ent_err decision_all(struct store_tx *tx, const struct grant *g,
    const struct ent_id *record, int64_t record_version, struct js **out, struct ent_why *why);

#endif
