/* SPDX-License-Identifier: Apache-2.0
 *
 * clarify: the side that was asked asks back, and the clock stops; the side that asked answers it.
 */
#include "ops/thread_call.h"

static enum ent_err
decode(struct op_call *c)
{
	struct thread_call *t;
	struct js_reader r = js_reader_of(c->in, "", c->why);
	(void)js_want_str(&r, "text", EXCHANGE_TEXT_MAX);
	return r.err != ENT_OK ? r.err : thread_call_decode(c, &t);
}

static enum ent_err
run(struct op_call *c)
{
	const struct thread_call *t = c->state;
	struct js *codes = js_object(), *hidden = js_object();
	js_set_str(hidden, "text", js_get_str(c->in, "text"));
	thread_call_by(c, codes, hidden);
	return thread_call_say(c, t->answering ? KIND_CLARIFY : KIND_CLARIFICATION, &t->ref, codes,
	    hidden, NULL, 0);
}

const struct op_impl op_clarify = { .decode = decode, .run = run };
