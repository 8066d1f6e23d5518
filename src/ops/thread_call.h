/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/thread_call: what the operations on one exchange have in common: its reference, its thread, who
 * we are in it.  Private to ops.
 */
#ifndef ENT_OPS_THREAD_CALL_H
#define ENT_OPS_THREAD_CALL_H

#include "ops/feed.h"

struct thread_call {
	struct ent_id ref;
	struct thread thread;
	const char *partner; /* the other side's code */
	bool answering;	     /* we were asked */
};

/* Read "ref" (the whole id, or its last 8 or more digits if they are unique) and the thread, set the
 * ask's agreement, the entry's object and partner.  Allocated in the call's arena; also c->state. */
ENT_CHECK enum ent_err thread_call_decode(struct op_call *c, struct thread_call **out);

/* "by" (hidden) and "by_role" (plain): which person, as which role, does this. */
void thread_call_by(const struct op_call *c, struct js *codes, struct js *hidden);

/* Say one entry in the call's transaction under the call's agreement; answers {ref, seq} in c->out.
 * codes, hidden and items are freed. */
ENT_CHECK enum ent_err thread_call_say(struct op_call *c, enum entry_kind kind,
    const struct ent_id *ref, struct js *codes, struct js *hidden, struct js *items,
    ent_time erase_at);

/* The thread for people: {ref, agreement, partner, part, state, urgency, due, left_h, ...}. */
struct js *thread_call_show(const struct thread *t, const char *own);

#endif
