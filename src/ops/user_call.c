/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/user_call.h"

#include <string.h>

struct js *
user_call_show(const struct user_row *user)
{
	struct js *o = js_object(), *roles = js_array();
	js_set_id(o, "id", user->id.b);
	js_set_str(o, "name", user->name);
	for (unsigned bit = 1; bit != 0 && bit <= user->roles; bit <<= 1)
		if ((user->roles & bit) != 0)
			js_append_take(roles, js_new_str(role_name((enum ent_role)bit)));
	js_set_take(o, "roles", roles);
	if (user->uid >= 0)
		js_set_int(o, "uid", user->uid);
	js_set_bool(o, "password", user->has_password);
	js_set_bool(o, "disabled", user->disabled);
	js_set_time(o, "created", user->created_at);
	return o;
}

enum ent_err
user_call_password(struct op_call *c, struct user_password **out)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *password = js_opt_str(&r, "password", USER_PASSWORD_MAX);
	*out = NULL;
	if (r.err != ENT_OK || password == NULL || (c->who->actor.roles & ROLE_ADMIN) == 0)
		return r.err;
	*out = arena_alloc(c->arena, sizeof **out);
	return user_password_make(bytes_of_cstr(password), *out, c->why);
}
