/* SPDX-License-Identifier: Apache-2.0
 *
 * screen_list: screenings with their counts, for those who oversee them; nothing of a list.
 */
#include "ops/screen_call.h"
#include "store/people.h"

#define PAGE_MAX 500

struct listing {
	struct op_call *c;
	struct js *list;
};

static enum ent_err
put_row(void *ctx, const struct screening_row *row, struct ent_why *why)
{
	struct listing *l = ctx;
	struct user_row user;
	struct js *o = screen_call_codes(row);
	(void)why;
	if (user_by_id(l->c->tx, &row->started_by, &user, NULL) == ENT_OK)
		js_set_str(o, "by", user.name);
	js_append_take(l->list, o);
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct listing l = { .c = c, .list = js_array() };
	struct ent_id all = { { 0 } };
	enum ent_err err = screening_page(c->tx, &all, PAGE_MAX, put_row, &l, c->why);
	if (err != ENT_OK) {
		js_free(l.list);
		return err;
	}
	js_set_take(c->out, "screenings", l.list);
	return ENT_OK;
}

const struct op_impl op_screen_list = { .decode = NULL, .run = run };
