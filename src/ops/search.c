/* SPDX-License-Identifier: Apache-2.0
 *
 * search: by name across scripts, by document; each result explained.  A result is a likeness of
 * query and record for a named person to judge; nothing of it is kept.
 */
#include "ops/match_call.h"
#include "ops/thresholds.h"

#include <string.h>

struct search {
	struct match_query q;
	struct match_thresholds thresholds;
	struct match_call m;
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "name", "document", "document_kind",
		"document_country", "birth", "nationality", "sex", "place", "type", "top",
		"explain", "purpose", "case", "reason", "annex", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct search *s = arena_alloc(c->arena, sizeof *s);
	js_only(&r, known);
	s->q.top = (unsigned)js_opt_int(&r, "top", 1, MATCH_TOP_MAX, 10);
	c->state = s;
	enum ent_err err = match_call_read(&r, &s->q);
	if (err != ENT_OK)
		return err;
	c->ask.type = js_get_str(c->in, "type");
	if (s->q.name != NULL)
		op_hide_str(c, "name", s->q.name);
	if (s->q.birth.precision != MATCH_DATE_NONE)
		op_hide_str(c, "birth", js_get_str(c->in, "birth"));
	if (s->q.place != NULL)
		op_hide_str(c, "place", s->q.place);
	if (s->q.document != NULL)
		op_hide_str(c, "document", s->q.document);
	return ENT_OK;
}

static enum ent_err
find(struct op_call *c, struct search *s, struct js *list)
{
	struct match_results found = { .n = 0 };
	struct match_weight *all = NULL;
	unsigned top = s->q.top;
	s->q.top = top + MATCH_CALL_SPARE < MATCH_TOP_MAX ? top + MATCH_CALL_SPARE : MATCH_TOP_MAX;
	enum ent_err err = match_search(node_index(c->node), c->grant, &s->q, c->arena, &found, c->why);
	if (err != ENT_OK)
		return err;
	err = s->m.err;
	if (err == ENT_OK)
		err = match_call_weigh(&s->m, &s->q, &found, c->arena, &all);
	for (size_t i = 0; i < found.n && i < top && err == ENT_OK; i++) {
		struct js *one = NULL;
		err = match_call_tell(&s->m, &s->q, &all[i], &one);
		if (err == ENT_OK)
			js_append_take(list, one);
	}
	if (err != ENT_OK)
		*c->why = s->m.bad;
	return err;
}

/* Where bands begin for such a query, and what they stand for. */
static struct js *
bands_of(const struct search *s)
{
	enum match_tradition t = match_tradition_of(s->q.name);
	enum match_pattern p = match_pattern_of(&s->q);
	const struct match_cut *cut = &s->thresholds.cut[t][p];
	struct js *o = js_object();
	js_set_str(o, "tradition", match_tradition_name(t));
	js_set_str(o, "pattern", match_pattern_name(p));
	js_set_int(o, "strong", cut->strong);
	js_set_int(o, "review", cut->review);
	js_set_int(o, "trace", cut->trace);
	js_set_int(o, "negatives", cut->negatives);
	return o;
}

static enum ent_err
run(struct op_call *c)
{
	struct search *s = c->state;
	struct js *list = js_array();
	thresholds_get(node_thresholds(c->node), false, &s->thresholds);
	s->m = (struct match_call){ .tx = c->tx, .grant = c->grant, .now = c->ask.now,
		.thresholds = &s->thresholds,
		.policy = node_policy_get(c->node) };
	s->q.admits = match_call_admits;
	s->q.ctx = &s->m;
	enum ent_err err = find(c, s, list);
	node_policy_put(c->node, s->m.policy);
	if (err != ENT_OK) {
		js_free(list);
		return err;
	}
	js_set_bool(c->out, "explain", js_get_bool(c->in, "explain", false));
	js_set_int(c->out, "rules", TEXT_RULES_VERSION);
	if (s->thresholds.derived)
		js_set_take(c->out, "bands", bands_of(s));
	js_set_take(c->out, "results", list);
	return ENT_OK;
}

const struct op_impl op_search = { .decode = decode, .run = run };
