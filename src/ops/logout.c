/* SPDX-License-Identifier: Apache-2.0
 *
 * logout: the caller's session ends.
 */
#include "ops/user_call.h"

static enum ent_err
decode(struct op_call *c)
{
	struct ent_id *id = arena_alloc(c->arena, sizeof *id);
	c->state = id;
	if (!c->who->authenticated || id_parse(str_of(c->who->session), id) != ENT_OK)
		return ent_fail(ENT_EAUTH, c->why, "there is no session to end");
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	js_set_str(c->out, "state", "logged out");
	return session_end(c->tx, c->grant, c->state, c->why);
}

const struct op_impl op_logout = { .decode = decode, .run = run };
