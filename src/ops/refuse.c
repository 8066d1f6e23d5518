/* SPDX-License-Identifier: Apache-2.0
 *
 * refuse: the whole request, on a coded ground.
 */
#include "ops/thread_call.h"

static enum ent_err
decode(struct op_call *c)
{
	struct thread_call *t;
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *ground = js_want_str(&r, "ground", 64);
	(void)js_opt_str(&r, "text", EXCHANGE_TEXT_MAX);
	if (r.err != ENT_OK)
		return r.err;
	if (ground_of(ground) == GROUND_NONE)
		return ent_fail(ENT_EFIELD, c->why, "unknown ground '%s'; man entente-refuse lists them",
		    ground);
	op_fact_str(c, "ground", ground);
	enum ent_err err = thread_call_decode(c, &t);
	if (err == ENT_OK && !t->answering)
		return ent_fail(ENT_ESTATE, c->why, "this request is our own; only %s can refuse it",
		    t->partner);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	const struct thread_call *t = c->state;
	struct js *codes = js_object(), *hidden = js_object();
	js_set_str(codes, "ground", js_get_str(c->in, "ground"));
	js_set_str(hidden, "text", js_get_str(c->in, "text"));
	thread_call_by(c, codes, hidden);
	return thread_call_say(c, KIND_REFUSAL, &t->ref, codes, hidden, NULL, 0);
}

const struct op_impl op_refuse = { .decode = decode, .run = run };
