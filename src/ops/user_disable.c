/* SPDX-License-Identifier: Apache-2.0
 *
 * user disable: shut a user out and end the user's sessions, or ("enable") let the user in again.
 * Users are never deleted: the log names them.
 */
#include "ops/user_call.h"

struct disabling {
	const char *name;
	bool enable;
};

static enum ent_err
decode(struct op_call *c)
{
	struct disabling *d = arena_alloc(c->arena, sizeof *d);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	d->name = js_want_str(&r, "name", USER_NAME_MAX);
	d->enable = js_opt_bool(&r, "enable", false);
	c->state = d;
	return r.err;
}

static enum ent_err
run(struct op_call *c)
{
	const struct disabling *d = c->state;
	struct user_row user = { .uid = -1 };
	enum ent_err err = user_by_name(c->tx, d->name, &user, NULL, c->why);
	if (err == ENT_OK)
		err = user_disable(c->tx, c->grant, &user.id, !d->enable, c->why);
	user.disabled = !d->enable;
	if (err == ENT_OK)
		js_set_take(c->out, "user", user_call_show(&user));
	return err;
}

const struct op_impl op_user_disable = { .decode = decode, .run = run };
