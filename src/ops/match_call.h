/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/match_call: what the operations that search share: who may see a candidate, and an explained
 * result as an answer's object.  Private to ops.
 */
#ifndef ENT_OPS_MATCH_CALL_H
#define ENT_OPS_MATCH_CALL_H

#include "match/match.h"
#include "ops/node.h"

/* One search's look into the register; a struct match_query's ctx. */
struct match_call {
	struct store_tx *tx;
	const struct grant *grant;
	const struct policy *policy;
	ent_time now;
	const char *only; /* the id that alone is wanted; NULL: any */
	struct ent_why bad;
	enum ent_err err; /* of a look-up in the store: no result may rest on it */
};
/* Asked for each candidate, best first: is it there, in date, and let in by the annex? */
bool match_call_admits(void *match_call, const char *id);

/* The fields that say who is sought: name, birth, document, nationality, type; what is absent is not set.
 * EFIELD.  Texts are borrowed from r. */
ENT_CHECK enum ent_err match_call_read(struct js_reader *r, struct match_query *q);

/* A result with its explanation; owned by the caller. */
struct js *match_call_result(const struct match_query *q, const struct match_result *r);

#endif
