/* SPDX-License-Identifier: Apache-2.0
 *
 * screen_decide: a named person decides on one candidate of a screening; the decision rests with the
 * record, as every other, and the candidate is marked.
 */
#include "ops/decision.h"
#include "ops/screen_call.h"
#include "store/records.h"

struct deciding {
	struct screening_row row;
	struct candidate_row candidate;
	struct record_row record;
	enum verdict verdict;
	int64_t seq;
};

static enum ent_err
look_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct deciding *d = ctx;
	enum ent_err err = candidate_get(tx, NULL, &d->row, d->seq, &d->candidate, NULL, why);
	return err == ENT_OK ? record_label_get(tx, &d->candidate.record, &d->record, why) : err;
}

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "job", "candidate", "verdict", "because", "purpose", "case",
		"reason", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct deciding *d = arena_alloc(c->arena, sizeof *d);
	const char *because;
	c->state = d;
	js_only(&r, known);
	d->seq = js_want_int(&r, "candidate", 1, INT64_MAX);
	enum ent_err err = decision_read(&r, &d->verdict, &because);
	if (err == ENT_OK)
		err = screen_call_target(c, "job", &d->row);
	if (err == ENT_OK)
		err = store_read(node_store(c->node), look_body, d, c->why);
	if (err != ENT_OK)
		return err;
	/* the record is of the own register, whoever's list it was */
	c->ask.agreement = c->ask.annex = NULL;
	c->ask.label = &d->record.label;
	c->ask.type = record_type_name(d->record.type);
	op_fact_int(c, "candidate", d->seq);
	op_fact_str(c, "verdict", verdict_name(d->verdict));
	op_hide_str(c, "because", because);
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct deciding *d = c->state;
	struct buf text;
	struct js *listed = NULL;
	struct ent_id id;
	buf_init(&text, SCREENING_ROW_MAX + 64);
	enum ent_err err = candidate_get(c->tx, c->grant, &d->row, d->seq, &d->candidate, &text, c->why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&text), SCREENING_ROW_MAX, &listed, c->why);
	if (err == ENT_OK)
		err = decision_put(c, &d->candidate.record, d->record.version, listed, &id);
	if (err == ENT_OK)
		err = candidate_decide(c->tx, c->grant, &d->row, &d->candidate, d->verdict, c->why);
	js_free(listed);
	if (text.p != NULL)
		crypto_wipe(text.p, text.n);
	buf_done(&text);
	if (err != ENT_OK)
		return err;
	js_set_id(c->out, "id", id.b);
	js_set_id(c->out, "record", d->candidate.record.b);
	js_set_str(c->out, "verdict", verdict_name(d->verdict));
	return ENT_OK;
}

const struct op_impl op_screen_decide = { .decode = decode, .run = run };
