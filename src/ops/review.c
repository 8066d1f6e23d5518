/* SPDX-License-Identifier: Apache-2.0
 *
 * review: somebody looked at a record and set its next dates; nothing else of it changes.
 */
#include "ops/index.h"
#include "ops/record_call.h"

#include <string.h>

struct review {
	struct record_row was;
	struct record_call next;
	ent_time review_at, expires_at; /* 0: stays */
};

static ent_time
opt_time(struct js_reader *r, const char *key)
{
	ent_time t = 0;
	const char *s = js_opt_str(r, key, ENT_TIME_TEXT);
	if (s != NULL && r->err == ENT_OK && time_parse(str_of(s), &t) != ENT_OK)
		r->err = ent_fail(ENT_EFIELD, r->why, "field '%s' must be a date such as 2027-06-30", key);
	return t;
}

static enum ent_err
review_decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct review *v = arena_alloc(c->arena, sizeof *v);
	c->state = v;
	v->review_at = opt_time(&r, "review_at");
	v->expires_at = opt_time(&r, "expires_at");
	enum ent_err err = r.err;
	if (err == ENT_OK && v->review_at == 0)
		err = ent_fail(ENT_EFIELD, c->why, "field 'review_at' is missing: when is the next review?");
	if (err == ENT_OK && v->review_at <= c->ask.now)
		err = ent_fail(ENT_EFIELD, c->why, "field 'review_at' must lie ahead");
	if (err == ENT_OK)
		err = record_call_target(c, "id", &v->was);
	if (err == ENT_OK)
		op_fact_str(c, "review_at", js_get_str(c->in, "review_at"));
	return err != ENT_OK ? err : record_call_own(c, &v->was);
}

static enum ent_err
review_run(struct op_call *c)
{
	struct review *v = c->state;
	struct record_row row;
	struct js *body = NULL;
	enum ent_err err = record_call_open(c, &v->was.id, &row, &body);
	if (err != ENT_OK)
		return err;
	js_set_time(js_get(body, "label"), "review_at", v->review_at);
	if (v->expires_at != 0) {
		js_set_time(js_get(body, "label"), "expires_at", v->expires_at);
	}
	err = record_call_take(c, body, &row.id, row.version + 1, &v->next);
	js_free(body);
	return err == ENT_OK ? record_call_replace(c, &row, &v->next) : err;
}

static enum ent_err
review_after(struct op_call *c)
{
	const struct review *v = c->state;
	return index_record(c->node, v->next.rec, c->why);
}

const struct op_impl op_review = { .decode = review_decode, .run = review_run,
	.after = review_after };
