/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_wake: a partner says that its feed has grown; we pull soon.  Tells nothing else.
 */
#include "ops/peer_session.h"

static enum ent_err
run(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *session = js_want_str(&r, "session", PEER_TOKEN_TEXT);
	const char *agreement = js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	if (r.err != ENT_OK)
		return r.err;
	enum ent_err err = peer_session_check(node_peer_sessions(c->node), session,
	    c->who->actor.service, agreement, clock_now(), c->why);
	if (err == ENT_OK)
		node_wake(c->node);
	return err;
}

const struct op_impl op_peer_wake = { .decode = NULL, .run = run };
