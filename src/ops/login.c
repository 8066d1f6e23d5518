/* SPDX-License-Identifier: Apache-2.0
 *
 * login: name and password for a session.  Whoever calls is nobody yet, so the node itself asks policy
 * (role SYSTEM) and the first entry names the user only as the one that was claimed; the outcome names
 * the user as the one who acts.  A wrong name, a wrong password and a right one take as long; after
 * USER_TRIES wrong ones in a row none is looked at for USER_PAUSE.
 */
#include "ops/user_call.h"

#include <stdio.h>
#include <string.h>

struct login {
	const char *name, *password;
	struct op_caller who; /* stands for c->who from decode on */
	struct user_row user;
	struct user_password kept;
	bool known, usable, right;
	struct session_defaults defaults;
	struct session_row session;
	char token[SESSION_TOKEN_TEXT];
	const struct grant *grant;
	ent_time now;
};

static enum ent_err
look_up(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct login *l = ctx;
	enum ent_err err = user_by_name(tx, l->name, &l->user, &l->kept, why);
	l->known = err == ENT_OK;
	l->usable = l->known && l->user.has_password && !l->user.disabled;
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

static void
put(char *out, size_t room, const char *text)
{
	(void)snprintf(out, room, "%s", text != NULL ? text : "");
}

static enum ent_err
decode(struct op_call *c)
{
	struct login *l = arena_alloc(c->arena, sizeof *l);
	char id[ENT_ID_TEXT];
	struct js_reader r = js_reader_of(c->in, "", c->why);
	l->name = js_want_str(&r, "name", USER_NAME_MAX);
	l->password = js_want_str(&r, "password", USER_PASSWORD_MAX);
	if (r.err != ENT_OK)
		return r.err;
	enum ent_err err = store_read(node_store(c->node), look_up, l, c->why);
	if (err != ENT_OK)
		return err;
	l->now = c->ask.now;
	l->who = (struct op_caller){ .uid = c->who->uid, .actor.roles = ROLE_SYSTEM };
	put(l->who.actor.service, sizeof l->who.actor.service, node_keys(c->node)->code);
	put(l->who.actor.name, sizeof l->who.actor.name, "login");
	put(l->defaults.purpose, sizeof l->defaults.purpose,
	    c->ask.purpose == PURPOSE_NONE ? "" : purpose_name(c->ask.purpose));
	put(l->defaults.case_ref, sizeof l->defaults.case_ref, c->ask.case_ref);
	put(l->defaults.reason, sizeof l->defaults.reason, c->ask.reason);
	c->who = &l->who;
	c->ask.actor = &l->who.actor;
	if (l->known) {
		id_format(&l->user.id, id);
		op_fact_str(c, "claimed", id);
	}
	c->state = l;
	return ENT_OK;
}

/* Counts what was tried, and begins the session if it was right; all of it durable or none. */
static enum ent_err
try_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct login *l = ctx;
	struct user_row user = { .uid = -1 };
	if (!l->usable)
		return user_tried(tx, l->grant, NULL, false, l->now, why);
	enum ent_err err = user_by_id(tx, &l->user.id, &user, why);
	if (err != ENT_OK)
		return err;
	if (user.locked_until > l->now) { /* others may have tried while this one was computed */
		l->right = false;
		return ENT_OK;
	}
	err = user_tried(tx, l->grant, &user.id, l->right, l->now, why);
	if (err == ENT_OK && l->right)
		err = session_begin(tx, l->grant, &user.id, &l->defaults, l->now, l->token,
		    &l->session, why);
	return err;
}

static void
answer(struct op_call *c, struct login *l)
{
	char when[ENT_TIME_TEXT];
	l->who.actor.id = l->user.id;
	l->who.actor.roles = l->user.roles;
	put(l->who.actor.name, sizeof l->who.actor.name, l->user.name);
	id_format(&l->session.id, l->who.session);
	op_fact_str(c, "session", l->who.session);
	time_format(l->session.expires_at, when);
	js_set_str(c->out, "token", l->token);
	js_set_str(c->out, "expires", when);
	js_set_take(c->out, "user", user_call_show(&l->user));
	crypto_wipe(l->token, sizeof l->token);
}

static enum ent_err
run(struct op_call *c)
{
	struct login *l = c->state;
	enum ent_err err = user_password_check(bytes_of_cstr(l->password),
	    l->usable ? &l->kept : NULL, c->why);
	if (err != ENT_OK && err != ENT_EAUTH)
		return err;
	l->right = err == ENT_OK;
	l->grant = c->grant;
	err = store_write(node_store(c->node), try_body, l, c->why);
	crypto_wipe(&l->kept, sizeof l->kept);
	if (err != ENT_OK)
		return err;
	if (!l->right)
		return ent_refuse(ENT_EAUTH, c->why, "login", "name or password are wrong, or too "
		    "many were: then wait a minute");
	answer(c, l);
	return ENT_OK;
}

const struct op_impl op_login = { .decode = decode, .run = run };
