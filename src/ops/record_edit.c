/* SPDX-License-Identifier: Apache-2.0
 *
 * record_edit: a new version of a record, with the reason of the call; and review, which moves its dates
 * alone.  A record that another service originated is theirs: a correction is asked from them.
 */
#include "ops/index.h"
#include "ops/record_call.h"

#include <string.h>

static enum ent_err
own_record(struct op_call *c, const struct record_row *row)
{
	if (strcmp(row->label.originator, node_keys(c->node)->code) != 0)
		return ent_refuse(ENT_EREFUSED, c->why, "originator", "%s originated this record: ask "
		    "them for a correction", row->label.originator);
	return ENT_OK;
}

struct edit {
	struct record_row was;
	struct record_call next;
};

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct js *given = js_want_object(&r, "record");
	int64_t version = js_opt_int(&r, "version", 1, INT32_MAX, 0);
	struct edit *e = arena_alloc(c->arena, sizeof *e);
	c->state = e;
	enum ent_err err = r.err;
	if (err == ENT_OK)
		err = record_call_target(c, "id", &e->was);
	if (err == ENT_OK)
		err = own_record(c, &e->was);
	if (err == ENT_OK && version != 0 && version != e->was.version)
		err = ent_fail(ENT_ECONFLICT, c->why, "version %lld is not the last one, %lld is: look at "
		    "that first", (long long)version, (long long)e->was.version);
	if (err == ENT_OK)
		err = record_call_take(c, given, &e->was.id, e->was.version + 1, &e->next);
	if (err != ENT_OK)
		return err;
	if (e->next.row.type != e->was.type)
		return ent_fail(ENT_EFIELD, c->why, "field 'type' cannot change: add another record");
	if (strcmp(e->next.row.label.originator, e->was.label.originator) != 0 ||
	    strcmp(e->next.row.label.agreement, e->was.label.agreement) != 0)
		return ent_fail(ENT_EFIELD, c->why, "field 'label.originator' and 'label.agreement' cannot "
		    "change: they say where the record is from");
	return ENT_OK;
}

static enum ent_err
replace(struct op_call *c, const struct record_row *was, struct record_call *next)
{
	next->row.version = was->version; /* the one that was read; the store raises it */
	enum ent_err err = record_replace(c->tx, c->grant, &next->row, next->body, c->why);
	if (err != ENT_OK)
		return err;
	js_set_id(c->out, "id", was->id.b);
	js_set_int(c->out, "version", was->version + 1);
	js_set_bool(c->out, "quarantine", label_quarantined(&next->row.label));
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct edit *e = c->state;
	return replace(c, &e->was, &e->next);
}

static enum ent_err
after(struct op_call *c)
{
	const struct edit *e = c->state;
	return index_record(c->node, e->next.rec, c->why);
}

const struct op_impl op_record_edit = { .decode = decode, .run = run, .after = after };

/* ---- review: the dates ---------------------------------------------------------------------------- */

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
	return err != ENT_OK ? err : own_record(c, &v->was);
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
	char text[ENT_TIME_TEXT];
	time_format(v->review_at, text);
	js_set_str(js_get(body, "label"), "review_at", text);
	if (v->expires_at != 0) {
		time_format(v->expires_at, text);
		js_set_str(js_get(body, "label"), "expires_at", text);
	}
	err = record_call_take(c, body, &row.id, row.version + 1, &v->next);
	js_free(body);
	return err == ENT_OK ? replace(c, &row, &v->next) : err;
}

static enum ent_err
review_after(struct op_call *c)
{
	const struct review *v = c->state;
	return index_record(c->node, v->next.rec, c->why);
}

const struct op_impl op_review = { .decode = review_decode, .run = review_run,
	.after = review_after };
