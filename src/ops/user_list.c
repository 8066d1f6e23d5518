/* SPDX-License-Identifier: Apache-2.0
 *
 * user list: who may work on this node, as what.
 */
#include "ops/user_call.h"

#include <stdio.h>

#define PAGE 200

struct listing {
	struct js *list;
	char last[USER_NAME_MAX + 1];
	int n;
};

static enum ent_err
take(void *ctx, const struct user_row *row, struct ent_why *why)
{
	struct listing *l = ctx;
	(void)why;
	js_append_take(l->list, user_call_show(row));
	(void)snprintf(l->last, sizeof l->last, "%s", row->name);
	l->n++;
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct listing l = { .list = js_array(), .n = PAGE };
	enum ent_err err = ENT_OK;
	while (err == ENT_OK && l.n == PAGE) {
		l.n = 0;
		err = user_page(c->tx, c->grant, l.last, PAGE, take, &l, c->why);
	}
	js_set_take(c->out, "users", l.list);
	return err;
}

const struct op_impl op_user_list = { .decode = NULL, .run = run };
