/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/hit_follow: the follow-up of a hit: the asker opens that one query with its request; the
 * answering side holds the opening against what it logged.  Private to ops.
 */
#ifndef ENT_OPS_HIT_FOLLOW_H
#define ENT_OPS_HIT_FOLLOW_H

#include "ops/hit_channel.h"

/* Within a request's transaction (c->tx, grant REQUEST): the opening of the query of that id, which
 * must have been a hit under the same agreement.  *opening, {seq, person, epoch, seed, slots, ref}, is
 * personal data and owned by the caller.  ENOTFOUND, ESTATE. */
ENT_CHECK enum ent_err hit_follow(struct op_call *c, const char *query, struct js **opening);

enum hit_follow_state { HIT_FOLLOW_HELD = 1, HIT_FOLLOW_WITHDRAWN = 2, HIT_FOLLOW_UNKNOWN = 3 };
#define HIT_FOLLOW_RECORDS 16
struct hit_followed {
	enum hit_follow_state state;
	int class; /* of the key that hit */
	struct ent_id records[HIT_FOLLOW_RECORDS];
	size_t count;
};
/* The answering side: the opening is that of a request which we logged and answered, and its reference
 * is ours.  ESIG if it is not what was asked; WITHDRAWN is an answer, not an error. */
ENT_CHECK enum ent_err hit_follow_check(struct store_tx *tx, const char *agreement,
    const struct js *opening, struct hit_followed *out, struct ent_why *why);
/* The same for people: {checked, class, by, records} or {checked: false, why}; owned by the caller. */
struct js *hit_follow_show(struct store_tx *tx, const char *agreement, const struct js *opening);

#endif
