/* SPDX-License-Identifier: Apache-2.0
 *
 * Who calls: the named user behind a session's token, or behind the system user of the local socket.
 */
#include "ops/node.h"
#include "store/people.h"

#include <stdio.h>

struct lookup {
	const char *token;
	int64_t uid;
	struct session_row session;
	struct user_row user;
};

static void
fill(const struct node *n, const struct user_row *user, struct op_caller *out)
{
	*out = (struct op_caller){ .authenticated = true, .uid = user->uid };
	out->actor.id = user->id;
	out->actor.roles = user->roles;
	(void)snprintf(out->actor.name, sizeof out->actor.name, "%s", user->name);
	(void)snprintf(out->actor.service, sizeof out->actor.service, "%s", node_keys(n)->code);
}

static enum ent_err
session_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct lookup *l = ctx;
	return session_get(tx, l->token, clock_now(), &l->session, why);
}

enum ent_err
node_caller_of_session(struct node *n, const char *token, struct op_caller *out,
    struct ent_why *why)
{
	struct lookup l = { .token = token };
	enum ent_err err = store_read(node_store(n), session_body, &l, why);
	if (err != ENT_OK)
		return err;
	const struct session_defaults *d = &l.session.defaults;
	fill(n, &l.session.user, out);
	(void)snprintf(out->purpose, sizeof out->purpose, "%s", d->purpose);
	(void)snprintf(out->case_ref, sizeof out->case_ref, "%s", d->case_ref);
	(void)snprintf(out->reason, sizeof out->reason, "%s", d->reason);
	id_format(&l.session.id, out->session);
	return ENT_OK;
}

static enum ent_err
uid_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct lookup *l = ctx;
	return user_by_uid(tx, l->uid, &l->user, why);
}

enum ent_err
node_caller_of_uid(struct node *n, int64_t uid, struct op_caller *out, struct ent_why *why)
{
	struct lookup l = { .uid = uid };
	enum ent_err err = store_read(node_store(n), uid_body, &l, why);
	if (err != ENT_OK)
		return err;
	if (l.user.disabled)
		return ent_fail(ENT_ENOTFOUND, why, "this user is disabled");
	fill(n, &l.user, out);
	return ENT_OK;
}
