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
	const struct match_thresholds *thresholds; /* NULL: the built-in bands */
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

/* ---- match_weigh.c -------------------------------------------------------------------------------- */

/* Results that are looked at beyond those wanted, so that one which is lowered does not stand in the way
 * of a better one. */
#define MATCH_CALL_SPARE 8u

struct match_weight {
	struct match_result *r;	     /* its degree and band lowered, where a statement says so */
	enum match_other_line other; /* the register states that this is somebody else */
	unsigned was;		     /* the degree before */
	bool below;		     /* below trace: as many who are not in the register get as far */
};
/* Hold results against what their records state of somebody else; best first again, in the arena.  The
 * error's text is in m->bad. */
ENT_CHECK enum ent_err match_call_weigh(struct match_call *m, const struct match_query *q,
    struct match_results *found, struct arena *a, struct match_weight **out);
/* One result as an answer shows it, with what people decided on it before; owned by the caller.  The
 * error's text is in m->bad. */
ENT_CHECK enum ent_err match_call_tell(struct match_call *m, const struct match_query *q,
    const struct match_weight *w, struct js **out);

#endif
