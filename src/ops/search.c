/* SPDX-License-Identifier: Apache-2.0
 *
 * search: by name across scripts, by document; each result explained.  A result is a likeness of
 * query and record for a named person to judge; nothing of it is kept.
 */
#include "match/match.h"
#include "ops/node.h"
#include "store/records.h"

#include <string.h>

struct search {
	struct match_query q;
	struct op_call *c;
	const struct policy *policy;
	struct ent_why bad;
	enum ent_err err; /* of a look-up in the store: no result may rest on it */
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "name", "document", "birth", "nationality", "type", "top",
		"explain", "purpose", "case", "reason", "annex", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct search *s = arena_alloc(c->arena, sizeof *s);
	js_only(&r, known);
	s->c = c;
	s->q.name = js_opt_str(&r, "name", TEXT_NAME_MAX);
	s->q.document = js_opt_str(&r, "document", RECORD_TEXT_MAX);
	s->q.nationality = js_opt_str(&r, "nationality", RECORD_COUNTRY_MAX);
	s->q.top = (unsigned)js_opt_int(&r, "top", 1, MATCH_TOP_MAX, 10);
	const char *birth = js_opt_str(&r, "birth", 10), *type = js_opt_str(&r, "type", 32);
	c->state = s;
	if (r.err != ENT_OK)
		return r.err;
	if (s->q.name == NULL && s->q.document == NULL)
		return ent_fail(ENT_EFIELD, c->why, "neither a name nor a document to search for");
	if (type != NULL && (s->q.type = record_type_of(type)) == RTYPE_NONE)
		return ent_fail(ENT_EFIELD, c->why, "unknown type '%s': person, organisation or document",
		    type);
	if (birth != NULL && match_date_parse(str_of(birth), &s->q.birth, c->why) != ENT_OK)
		return ENT_EFIELD;
	c->ask.type = type;
	if (s->q.name != NULL)
		op_hide_str(c, "name", s->q.name);
	if (birth != NULL)
		op_hide_str(c, "birth", birth);
	if (s->q.document != NULL)
		op_hide_str(c, "document", s->q.document);
	return ENT_OK;
}

/* Asked for each candidate, best first: is it there, in date, and let in by the annex? */
static bool
admits(void *ctx, const char *id_text)
{
	struct search *s = ctx;
	struct record_row row;
	struct ent_id id;
	if (s->err != ENT_OK || id_parse(str_of(id_text), &id) != ENT_OK)
		return false;
	enum ent_err err = record_label_get(s->c->tx, &id, &row, &s->bad);
	if (err == ENT_ENOTFOUND)
		return false;
	s->err = err;
	return err == ENT_OK && (row.state == RECORD_LIVE || row.state == RECORD_QUARANTINE) &&
	    row.label.expires_at > s->c->ask.now &&
	    policy_admits(s->policy, s->c->grant, &row.label, record_type_name(row.type),
		s->c->ask.now);
}

static struct js *
pairs_of(const struct match_result *r)
{
	struct js *list = js_array();
	for (size_t i = 0; i < r->pairs_n; i++) {
		const struct match_pair *p = &r->pairs[i];
		struct js *o = js_object();
		js_set_str(o, "query", p->query);
		js_set_str(o, "record", p->record);
		js_set_str(o, "how", match_how_name(p->how));
		js_set_int(o, "likeness", p->likeness);
		if (p->one_in > 0)
			js_set_int(o, "one_in", p->one_in);
		js_append_take(list, o);
	}
	return list;
}

static struct js *
result_of(const struct match_result *r)
{
	struct js *o = js_object();
	js_set_str(o, "id", r->id);
	js_set_str(o, "type", record_type_name(r->type));
	js_set_str(o, "name", r->name);
	js_set_str(o, "band", match_band_name(r->band));
	js_set_int(o, "degree", r->degree);
	if (r->weak)
		js_set_bool(o, "weak_alias", true);
	if (r->quarantined)
		js_set_bool(o, "quarantined", true);
	js_set_take(o, "pairs", pairs_of(r));
	if (r->query_left[0] != '\0')
		js_set_str(o, "query_left", r->query_left);
	if (r->record_left[0] != '\0')
		js_set_str(o, "record_left", r->record_left);
	if (r->date != MATCH_DATE_UNKNOWN)
		js_set_str(o, "date", match_date_text(r->date));
	if (r->document != MATCH_DOCUMENT_UNKNOWN)
		js_set_str(o, "document", match_document_text(r->document));
	return o;
}

static enum ent_err
run(struct op_call *c)
{
	struct search *s = c->state;
	struct match_results found = { .n = 0 };
	s->policy = node_policy_get(c->node);
	s->q.admits = admits;
	s->q.ctx = s;
	enum ent_err err = match_search(node_index(c->node), c->grant, &s->q, c->arena, &found, c->why);
	node_policy_put(c->node, s->policy);
	if (err == ENT_OK && s->err != ENT_OK) {
		*c->why = s->bad;
		err = s->err;
	}
	if (err != ENT_OK)
		return err;
	struct js *list = js_array();
	for (size_t i = 0; i < found.n; i++)
		js_append_take(list, result_of(&found.r[i]));
	js_set_bool(c->out, "explain", js_get_bool(c->in, "explain", false));
	js_set_int(c->out, "rules", TEXT_RULES_VERSION);
	js_set_take(c->out, "results", list);
	return ENT_OK;
}

const struct op_impl op_search = { .decode = decode, .run = run };
