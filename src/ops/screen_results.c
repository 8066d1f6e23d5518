/* SPDX-License-Identifier: Apache-2.0
 *
 * screen_results: a page of a screening's candidates, each held against its record anew, explained.
 */
#include "ops/screen_call.h"
#include "ops/thresholds.h"

#define PAGE_MAX 200
#define PAGE 50

struct results {
	struct op_call *c;
	struct screening_row row;
	struct match_call m;
	struct match_thresholds thresholds;
	int64_t after, last;
	int max;
	size_t count;
	bool undecided;
	struct js *list;
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "job", "after", "max", "undecided", "purpose", "case", "reason",
		"agreement", "annex", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct results *s = arena_alloc(c->arena, sizeof *s);
	js_only(&r, known);
	s->after = js_opt_int(&r, "after", 0, INT64_MAX, 0);
	s->max = (int)js_opt_int(&r, "max", 1, PAGE_MAX, PAGE);
	s->undecided = js_opt_bool(&r, "undecided", false);
	s->c = c;
	c->state = s;
	enum ent_err err = r.err != ENT_OK ? r.err : screen_call_target(c, "job", &s->row);
	if (err == ENT_OK && s->row.state == SCREENING_CLOSED)
		err = ent_fail(ENT_ESTATE, c->why, "the screening is closed: its candidates are deleted");
	return err;
}

/* The match as it is now; NULL if the record is not found for this row any more, or not to be seen. */
static enum ent_err
match_now(struct results *s, const struct match_query *asked, const char *record, struct js **out,
    struct ent_why *why)
{
	struct match_query q = *asked;
	struct match_results found = { .n = 0 };
	struct match_weight *all = NULL;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	s->m.only = record;
	q.top = 1;
	q.admits = match_call_admits;
	q.ctx = &s->m;
	enum ent_err err = match_search(node_index(s->c->node), s->c->grant, &q, a, &found, why);
	if (err == ENT_OK) {
		err = s->m.err;
		if (err == ENT_OK)
			err = match_call_weigh(&s->m, &q, &found, a, &all);
		if (err == ENT_OK && found.n == 1)
			err = match_call_tell(&s->m, &q, &all[0], out);
		if (err != ENT_OK)
			*why = s->m.bad;
	}
	arena_free(a);
	return err;
}

static enum ent_err
put_candidate(void *ctx, const struct candidate_row *row, struct bytes text, struct ent_why *why)
{
	struct results *s = ctx;
	struct js *listed = NULL, *match = NULL;
	struct match_query q = { .top = 1 };
	char record[ENT_ID_TEXT];
	id_format(&row->record, record);
	enum ent_err err = js_parse(text, SCREEN_LINE_MAX, &listed, why);
	if (err == ENT_OK)
		err = screen_row_read(listed, &q, why);
	if (err == ENT_OK)
		err = match_now(s, &q, record, &match, why);
	if (err != ENT_OK) {
		js_free(listed);
		return err;
	}
	struct js *o = js_object();
	js_set_int(o, "candidate", row->seq);
	js_set_take(o, "row", listed);
	js_set_str(o, "record", record);
	js_set_str(o, "verdict", row->verdict == VERDICT_NONE ? NULL : verdict_name(row->verdict));
	if (match != NULL)
		js_set_take(o, "match", match);
	js_append_take(s->list, o);
	s->last = row->seq;
	s->count++;
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct results *s = c->state;
	s->list = js_array();
	thresholds_get(node_thresholds(c->node), false, &s->thresholds);
	s->m = (struct match_call){ .tx = c->tx, .grant = c->grant, .now = c->ask.now,
		.thresholds = &s->thresholds,
		.policy = node_policy_get(c->node) };
	enum ent_err err = candidate_page(c->tx, c->grant, &s->row, s->after, s->max, s->undecided,
	    put_candidate, s, c->why);
	node_policy_put(c->node, s->m.policy);
	if (err != ENT_OK) {
		js_free(s->list);
		return err;
	}
	js_set_take(c->out, "screening", screen_call_codes(&s->row));
	js_set_take(c->out, "candidates", s->list);
	if (s->count == (size_t)s->max)
		js_set_int(c->out, "next", s->last);
	return ENT_OK;
}

const struct op_impl op_screen_results = { .decode = decode, .run = run };
