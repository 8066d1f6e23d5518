/* SPDX-License-Identifier: Apache-2.0
 *
 * user add: a named user with roles, found by a system user (uid), by a password, or both.
 */
#include "ops/user_call.h"

#include <stdio.h>
#include <string.h>

#define ROLES_MAX 8

struct adding {
	struct user_row user;
	struct user_password *password;
};

/* The registry's names, and the two short forms that people type. */
static unsigned
role_bit(const char *name)
{
	if (name != NULL && strcmp(name, "admin") == 0)
		return ROLE_ADMIN;
	if (name != NULL && strcmp(name, "dpo") == 0)
		return ROLE_DPO;
	return role_of(name);
}

static enum ent_err
read_roles(struct op_call *c, const struct js *list, unsigned *out)
{
	*out = 0;
	for (size_t i = 0; i < js_len(list); i++) {
		unsigned bit = role_bit(js_str(js_at(list, i)));
		if (!user_roles_valid(bit))
			return ent_fail(ENT_EFIELD, c->why, "role[%zu]: one of analyst, liaison, "
			    "supervisor, data-protection-officer (dpo), administrator (admin)", i);
		*out |= bit;
	}
	return ENT_OK;
}

static enum ent_err
decode(struct op_call *c)
{
	struct adding *a = arena_alloc(c->arena, sizeof *a);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *name = js_want_str(&r, "name", USER_NAME_MAX);
	const struct js *roles = js_want_array(&r, "role", ROLES_MAX);
	a->user.uid = js_opt_int(&r, "uid", 0, UINT32_MAX - 1, -1);
	a->user.created_at = c->ask.now;
	a->user.id = id_new();
	c->state = a;
	if (r.err != ENT_OK)
		return r.err;
	if (!user_name_valid(name))
		return ent_fail(ENT_EFIELD, c->why, "name: 1 to %d of a-z 0-9 . _ -, beginning with a "
		    "letter", USER_NAME_MAX);
	(void)snprintf(a->user.name, sizeof a->user.name, "%s", name);
	enum ent_err err = read_roles(c, roles, &a->user.roles);
	if (err == ENT_OK)
		err = user_call_password(c, &a->password);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	struct adding *a = c->state;
	enum ent_err err = user_put(c->tx, c->grant, &a->user, c->why);
	if (err == ENT_OK && a->password != NULL)
		err = user_password_set(c->tx, c->grant, &a->user.id, a->password, c->why);
	if (err != ENT_OK)
		return err;
	a->user.has_password = a->password != NULL;
	js_set_take(c->out, "user", user_call_show(&a->user));
	return ENT_OK;
}

const struct op_impl op_user_add = { .decode = decode, .run = run };
