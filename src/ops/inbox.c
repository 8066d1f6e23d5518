/* SPDX-License-Identifier: Apache-2.0
 *
 * inbox: what waits for whom, by what is due first.  Codes and dates; contents are for `show`.
 */
#include "ops/thread_call.h"

#include <stdlib.h>
#include <string.h>

#define INBOX_MAX 2000

struct inbox {
	const char *own, *agreement;
	bool all;
	struct thread rows[INBOX_MAX];
	size_t count;
	struct ent_id last;
	size_t seen;
	struct js *permissions;
};

static enum ent_err
take_thread(void *ctx, const struct thread_row *row, struct ent_why *why)
{
	struct inbox *b = ctx;
	(void)why;
	b->last = row->ref;
	b->seen++;
	bool done = row->state == THREAD_ANSWERED || row->state == THREAD_REFUSED;
	if ((done && !b->all) || b->count == INBOX_MAX ||
	    (b->agreement != NULL && strcmp(b->agreement, row->agreement) != 0))
		return ENT_OK;
	struct thread *t = &b->rows[b->count++];
	*t = (struct thread){ .ref = row->ref, .state = (enum thread_state)row->state,
		.urgency = (enum urgency)row->urgency, .due = row->due, .left = row->left,
		.opened_at = row->opened_at };
	memcpy(t->agreement, row->agreement, sizeof t->agreement);
	memcpy(t->asker, row->asker, sizeof t->asker);
	memcpy(t->answerer, row->answerer, sizeof t->answerer);
	return ENT_OK;
}

static enum ent_err
take_permission(void *ctx, const struct permission_row *row, struct ent_why *why)
{
	struct inbox *b = ctx;
	struct js *o = js_object();
	(void)why;
	js_set_id(o, "ref", row->ref.b);
	js_set_id(o, "record", row->record.b);
	js_set_str(o, "recipient", row->recipient);
	js_set_str(o, "agreement", row->agreement);
	js_set_str(o, "part", row->direction == FEED_THEIRS ? "asked" : "asking");
	js_append_take(b->permissions, o);
	return ENT_OK;
}

/* Running clocks by due time, the rest behind. */
static int
by_due(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;
	ent_time dx = x->due == 0 ? INT64_MAX : x->due, dy = y->due == 0 ? INT64_MAX : y->due;
	return dx < dy ? -1 : dx > dy;
}

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct inbox *b = arena_alloc(c->arena, sizeof *b);
	b->all = js_opt_bool(&r, "all", false);
	b->own = node_keys(c->node)->code;
	b->agreement = c->ask.agreement;
	c->state = b;
	return r.err;
}

static enum ent_err
run(struct op_call *c)
{
	struct inbox *b = c->state;
	ent_time now = clock_now();
	b->permissions = js_array();
	do {
		b->seen = 0;
		enum ent_err err = thread_page(c->tx, &b->last, 500, take_thread, b, c->why);
		if (err != ENT_OK) {
			js_free(b->permissions);
			return err;
		}
	} while (b->seen == 500);
	enum ent_err err = permission_open(c->tx, 500, take_permission, b, c->why);
	qsort(b->rows, b->count, sizeof b->rows[0], by_due);
	struct js *list = js_array();
	for (size_t i = 0; i < b->count; i++) {
		struct js *o = thread_call_show(&b->rows[i], b->own);
		js_set_bool(o, "overdue", b->rows[i].due != 0 && b->rows[i].due < now);
		js_append_take(list, o);
	}
	js_set_take(c->out, "exchanges", list);
	js_set_take(c->out, "permissions", b->permissions);
	return err;
}

const struct op_impl op_inbox = { .decode = decode, .run = run };
