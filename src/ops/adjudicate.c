/* SPDX-License-Identifier: Apache-2.0
 *
 * adjudicate: a named person decides whether a record is of the person that was sought.  The decision
 * is about the two of them together; it changes nothing of the record and scores nobody.
 */
#include "ops/decision.h"
#include "ops/record_call.h"

struct adjudicate {
	struct record_row row;
	struct match_query q;
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "id", "verdict", "because", "name", "birth", "document",
		"nationality", "type", "purpose", "case", "reason", "annex", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct adjudicate *a = arena_alloc(c->arena, sizeof *a);
	enum verdict verdict;
	const char *because;
	c->state = a;
	js_only(&r, known);
	enum ent_err err = decision_read(&r, &verdict, &because);
	if (err == ENT_OK)
		err = match_call_read(&r, &a->q);
	if (err == ENT_OK)
		err = record_call_target(c, "id", &a->row);
	if (err != ENT_OK)
		return err;
	op_fact_str(c, "verdict", verdict_name(verdict));
	op_hide_str(c, "because", because);
	if (a->q.name != NULL)
		op_hide_str(c, "name", a->q.name);
	if (a->q.birth.precision != MATCH_DATE_NONE)
		op_hide_str(c, "birth", js_get_str(c->in, "birth"));
	if (a->q.document != NULL)
		op_hide_str(c, "document", a->q.document);
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct adjudicate *a = c->state;
	struct record_row row;
	struct ent_id id;
	enum ent_err err = record_label_get(c->tx, &a->row.id, &row, c->why);
	if (err == ENT_OK && row.state != RECORD_LIVE && row.state != RECORD_QUARANTINE)
		err = ent_fail(ENT_ENOTFOUND, c->why, "no such record");
	if (err == ENT_OK)
		err = decision_put(c, &row.id, row.version, c->in, &id);
	if (err != ENT_OK)
		return err;
	js_set_id(c->out, "id", id.b);
	js_set_id(c->out, "record", row.id.b);
	js_set_str(c->out, "verdict", js_get_str(c->in, "verdict"));
	return ENT_OK;
}

const struct op_impl op_adjudicate = { .decode = decode, .run = run };
