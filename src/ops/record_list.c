/* SPDX-License-Identifier: Apache-2.0
 *
 * record_list: a page of the register, by identifier, with names; each record is looked at under the
 * grant.
 */
#include "ops/record_call.h"

#include <string.h>

#define LIST_MAX 500

struct list {
	struct op_call *c;
	const struct policy *policy;
	struct record_query query;
	struct js *rows;
	struct ent_id last;
	int seen;
};

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct list *l = arena_alloc(c->arena, sizeof *l);
	const char *type = js_opt_str(&r, "type", 16), *state = js_opt_str(&r, "state", 16);
	if (js_get(c->in, "after") != NULL)
		js_want_id(&r, "after", l->query.after.b);
	l->query.max = (int)js_opt_int(&r, "max", 1, LIST_MAX, 50);
	l->query.type = record_type_of(type);
	l->query.now = c->ask.now;
	c->state = l;
	if (r.err != ENT_OK)
		return r.err;
	if (type != NULL && l->query.type == RTYPE_NONE)
		return ent_fail(ENT_EFIELD, c->why, "field 'type' must be person, organisation or document");
	if (state != NULL && strcmp(state, "live") == 0)
		l->query.state = RECORD_LIVE;
	else if (state != NULL && strcmp(state, "quarantine") == 0)
		l->query.state = RECORD_QUARANTINE;
	else if (state != NULL)
		return ent_fail(ENT_EFIELD, c->why, "field 'state' must be live or quarantine");
	c->ask.type = type;
	return ENT_OK;
}

static enum ent_err
list_row(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	struct list *l = ctx;
	struct js *obj = NULL;
	struct record *rec = NULL;
	l->last = row->id;
	l->seen++;
	if (!policy_admits(l->policy, l->c->grant, &row->label, record_type_name(row->type),
	    l->query.now))
		return ENT_OK;
	enum ent_err err = js_parse(body, RECORD_BODY_MAX, &obj, why);
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	if (err == ENT_OK)
		err = record_read(obj, a, &rec, why);
	if (err == ENT_OK) {
		struct js *o = record_call_codes(row);
		js_set_str(o, "name", record_primary_name(rec));
		js_append_take(l->rows, o);
	}
	arena_free(a);
	js_free(obj);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	struct list *l = c->state;
	l->c = c;
	l->rows = js_array();
	l->policy = node_policy_get(c->node);
	enum ent_err err = record_page(c->tx, c->grant, &l->query, list_row, l, c->why);
	node_policy_put(c->node, l->policy);
	if (err == ENT_OK && l->seen == l->query.max)
		js_set_id(c->out, "next", l->last.b);
	js_set_take(c->out, "records", l->rows);
	return err;
}

const struct op_impl op_record_list = { .decode = decode, .run = run };
