/* SPDX-License-Identifier: Apache-2.0
 *
 * What the register itself, and people before, say of a result: statements of who its subject is not,
 * and decisions on the same query.
 */
#include "ops/decision.h"
#include "store/records.h"

#include <stdlib.h>
#include <string.h>

#define BODY_ARENA_MAX ((size_t)8 << 20)

static enum match_other_line
strongest(const struct record *rec, const struct match_query *q, const struct match_result *r)
{
	enum match_other_line best = MATCH_OTHER_NONE;
	for (size_t i = 0; i < rec->count; i++) {
		const struct statement *s = &rec->statements[i];
		if (s->kind != STATEMENT_OTHER)
			continue;
		struct match_other o = { .name = s->other.name, .document = s->other.number,
			.birth = match_date_of(&s->other.birth) };
		enum match_other_line line = match_other_fits(q, r, &o);
		best = line > best ? line : best;
	}
	return best;
}

static enum ent_err
look_at(struct match_call *m, const struct match_query *q, const struct ent_id *id,
    struct match_weight *w)
{
	struct record_row row;
	struct record *rec;
	struct buf text;
	struct js *body = NULL;
	struct arena *a = arena_new(BODY_ARENA_MAX);
	buf_init(&text, RECORD_BODY_MAX);
	enum ent_err err = record_get(m->tx, m->grant, id, m->now, &row, &text, &m->bad);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&text), RECORD_BODY_MAX, &body, &m->bad);
	if (err == ENT_OK)
		err = record_read(body, a, &rec, &m->bad);
	if (err == ENT_OK)
		w->other = strongest(rec, q, w->r);
	js_free(body);
	if (text.p != NULL)
		crypto_wipe(text.p, text.n);
	buf_done(&text);
	arena_free(a);
	return err == ENT_ENOTFOUND ? ENT_OK : err; /* erased since: it is left as it is */
}

static int
by_degree(const void *pa, const void *pb)
{
	const struct match_weight *a = pa, *b = pb;
	if (a->r->degree != b->r->degree)
		return a->r->degree > b->r->degree ? -1 : 1;
	return strcmp(a->r->id, b->r->id);
}

enum ent_err
match_call_weigh(struct match_call *m, const struct match_query *q, struct match_results *found,
    struct arena *a, struct match_weight **out)
{
	struct match_weight *all = arena_array(a, found->n + 1, sizeof *all);
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < found->n && err == ENT_OK; i++) {
		struct ent_id id;
		bool others = false;
		all[i] = (struct match_weight){ .r = &found->r[i], .was = found->r[i].degree };
		all[i].below = !match_thresholds_judge(m->thresholds, q, &found->r[i]);
		if (id_parse(str_of(found->r[i].id), &id) != ENT_OK)
			continue;
		err = record_others_get(m->tx, &id, &others, &m->bad);
		if (err == ENT_OK && others)
			err = look_at(m, q, &id, &all[i]);
		match_other_lower(&found->r[i], all[i].other);
	}
	if (err == ENT_OK && found->n > 1)
		qsort(all, found->n, sizeof *all, by_degree);
	*out = all;
	return err;
}

enum ent_err
match_call_tell(struct match_call *m, const struct match_query *q, const struct match_weight *w,
    struct js **out)
{
	struct record_row row = { .version = 0 };
	struct ent_id id;
	struct js *decisions = NULL, *o = match_call_result(q, w->r);
	enum ent_err err = ENT_OK;
	if (w->other != MATCH_OTHER_NONE) {
		js_set_str(o, "other", match_other_text(w->other));
		js_set_int(o, "degree_without", w->was);
	}
	if (id_parse(str_of(w->r->id), &id) == ENT_OK)
		err = record_label_get(m->tx, &id, &row, &m->bad);
	if (err == ENT_OK)
		err = decision_about(m->tx, m->grant, &id, row.version, q, &decisions, &m->bad);
	if (err != ENT_OK) {
		js_free(o);
		return err;
	}
	if (decisions != NULL)
		js_set_take(o, "decisions", decisions);
	*out = o;
	return ENT_OK;
}
