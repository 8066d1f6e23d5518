/* SPDX-License-Identifier: Apache-2.0
 *
 * search: by name across scripts, by document; each result explained.  A result is a likeness of
 * query and record for a named person to judge; nothing of it is kept.
 */
#include "ops/match_call.h"

#include <string.h>

struct search {
	struct match_query q;
	struct match_call m;
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "name", "document", "birth", "nationality", "type", "top",
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
	if (s->q.document != NULL)
		op_hide_str(c, "document", s->q.document);
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct search *s = c->state;
	struct match_results found = { .n = 0 };
	s->m = (struct match_call){ .tx = c->tx, .grant = c->grant, .now = c->ask.now,
		.policy = node_policy_get(c->node) };
	s->q.admits = match_call_admits;
	s->q.ctx = &s->m;
	enum ent_err err = match_search(node_index(c->node), c->grant, &s->q, c->arena, &found, c->why);
	node_policy_put(c->node, s->m.policy);
	if (err == ENT_OK && s->m.err != ENT_OK) {
		*c->why = s->m.bad;
		err = s->m.err;
	}
	if (err != ENT_OK)
		return err;
	struct js *list = js_array();
	for (size_t i = 0; i < found.n; i++)
		js_append_take(list, match_call_result(&s->q, &found.r[i]));
	js_set_bool(c->out, "explain", js_get_bool(c->in, "explain", false));
	js_set_int(c->out, "rules", TEXT_RULES_VERSION);
	js_set_take(c->out, "results", list);
	return ENT_OK;
}

const struct op_impl op_search = { .decode = decode, .run = run };
