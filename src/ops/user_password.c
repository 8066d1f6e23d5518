/* SPDX-License-Identifier: Apache-2.0
 *
 * user password: set or replace a user's password, which ends the user's sessions.
 */
#include "ops/user_call.h"

struct setting {
	const char *name;
	struct user_password *password;
};

static enum ent_err
decode(struct op_call *c)
{
	struct setting *s = arena_alloc(c->arena, sizeof *s);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	s->name = js_want_str(&r, "name", USER_NAME_MAX);
	(void)js_want_str(&r, "password", USER_PASSWORD_MAX);
	c->state = s;
	return r.err == ENT_OK ? user_call_password(c, &s->password) : r.err;
}

static enum ent_err
run(struct op_call *c)
{
	const struct setting *s = c->state;
	struct user_row user = { .uid = -1 };
	enum ent_err err = user_by_name(c->tx, s->name, &user, NULL, c->why);
	if (err == ENT_OK && s->password == NULL)
		err = ent_fail(ENT_EROLE, c->why, "only an administrator sets passwords");
	if (err == ENT_OK)
		err = user_password_set(c->tx, c->grant, &user.id, s->password, c->why);
	user.has_password = true;
	if (err == ENT_OK)
		js_set_take(c->out, "user", user_call_show(&user));
	return err;
}

const struct op_impl op_user_password = { .decode = decode, .run = run };
