/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/decision.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX (TEXT_FOLD_MAX + 64)

enum ent_err
decision_read(struct js_reader *r, enum verdict *verdict, const char **because)
{
	const char *v = js_want_str(r, "verdict", 16);
	*because = js_want_str(r, "because", DECISION_BECAUSE_MAX);
	*verdict = verdict_of(v);
	if (r->err == ENT_OK && *verdict == VERDICT_NONE)
		r->err = ent_fail(ENT_EFIELD, r->why, "field 'verdict' must be same, not-same or unsure");
	if (r->err == ENT_OK && (*because)[strspn(*because, " \t\r\n")] == '\0')
		r->err = ent_fail(ENT_EFIELD, r->why, "field 'because' is empty: on what grounds?");
	return r->err;
}

enum ent_err
decision_put(struct op_call *c, const struct ent_id *record, int64_t record_version,
    const struct js *query, struct ent_id *id)
{
	static const char *const fields[] = { "name", "birth", "document", "nationality", "type" };
	struct buf text;
	struct js *o = js_object(), *q = js_object();
	struct adjudication_row row = { .id = id_new(), .record = *record, .decided_at = c->ask.now };
	js_set_str(o, "verdict", js_get_str(c->in, "verdict"));
	js_set_str(o, "because", js_get_str(c->in, "because"));
	js_set_str(o, "by", c->who->actor.name);
	js_set_id(o, "user", c->who->actor.id.b);
	js_set_time(o, "time", c->ask.now);
	js_set_int(o, "version", record_version);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		js_set_str(q, fields[i], js_get_str(query, fields[i]));
	js_set_take(o, "query", q);
	buf_init(&text, ADJUDICATION_MAX);
	js_write(o, &text);
	js_free(o);
	enum ent_err err = buf_err(&text) == ENT_OK ? ENT_OK :
	    ent_fail(ENT_ETOOBIG, c->why, "the decision is over %zu bytes: shorten its grounds",
	        ADJUDICATION_MAX);
	if (err == ENT_OK)
		err = adjudication_put(c->tx, c->grant, &row, buf_bytes(&text), c->why);
	if (text.p != NULL)
		crypto_wipe(text.p, text.n);
	buf_done(&text);
	*id = row.id;
	return err;
}

/* ---- which query it is about ----------------------------------------------------------------------- */

static int
by_text(const void *pa, const void *pb)
{
	const struct text_token *const *a = pa, *const *b = pb;
	size_t n = (*a)->n < (*b)->n ? (*a)->n : (*b)->n;
	int c = n == 0 ? 0 : memcmp((*a)->p, (*b)->p, n);
	return c != 0 ? c : ((*a)->n > (*b)->n) - ((*a)->n < (*b)->n);
}

/* The folded words, sorted: order of words is not what tells persons apart. */
static bool
words_of(const char *name, char out[static WORDS_MAX])
{
	const struct text_token *order[TEXT_TOKENS_MAX];
	struct text_name *n = ent_alloc(sizeof *n);
	size_t at = 0;
	bool good = name != NULL && text_parse(str_of(name), n, NULL) == ENT_OK && n->n > 0;
	for (size_t i = 0; good && i < n->n; i++)
		order[i] = &n->tok[i];
	if (good && n->n > 1)
		qsort(order, n->n, sizeof(const struct text_token *), by_text);
	for (size_t i = 0; good && i < n->n && at + order[i]->n + 2 < WORDS_MAX; i++) {
		memcpy(out + at, order[i]->p, order[i]->n);
		at += order[i]->n;
		out[at++] = ' ';
	}
	out[at] = '\0';
	explicit_bzero(n, sizeof *n);
	free(n);
	return good;
}

enum likeness { OTHER, LIKE, EXACT };

static enum likeness
names_like(const char *now, const char *then)
{
	char a[WORDS_MAX], b[WORDS_MAX], ka[TEXT_KEY_MAX], kb[TEXT_KEY_MAX];
	if (!words_of(now, a) || !words_of(then, b))
		return now == NULL && then == NULL ? EXACT : LIKE; /* a side that gives none says nothing */
	if (strcmp(a, b) == 0)
		return EXACT;
	bool sound = text_skeleton_name(str_of(now), ka, NULL) == ENT_OK &&
	    text_skeleton_name(str_of(then), kb, NULL) == ENT_OK && ka[0] != '\0' && strcmp(ka, kb) == 0;
	return sound ? LIKE : OTHER;
}

static enum likeness
births_like(const struct match_date *now, const char *then)
{
	char text[MATCH_DATE_TEXT], before[MATCH_DATE_TEXT] = "";
	struct match_date d;
	match_date_format(now, text);
	if (then != NULL && match_date_parse(str_of(then), &d, NULL) == ENT_OK)
		match_date_format(&d, before);
	if (before[0] == '\0' || text[0] == '\0')
		return before[0] == text[0] ? EXACT : LIKE;
	return strcmp(text, before) == 0 ? EXACT : OTHER;
}

static enum likeness
documents_like(const char *now, const char *then)
{
	char a[TEXT_KEY_MAX], b[TEXT_KEY_MAX];
	if (now == NULL || then == NULL)
		return now == then ? EXACT : LIKE;
	return text_key_document(str_of(now), a, NULL) == ENT_OK &&
	    text_key_document(str_of(then), b, NULL) == ENT_OK && strcmp(a, b) == 0 ? EXACT : OTHER;
}

/* Something must be the same in both: the name, or the document. */
static enum likeness
query_like(const struct match_query *now, const struct js *then)
{
	const char *name = js_get_str(then, "name"), *document = js_get_str(then, "document");
	enum likeness n = names_like(now->name, name), d = documents_like(now->document, document);
	enum likeness b = births_like(&now->birth, js_get_str(then, "birth"));
	bool same = (now->name != NULL && name != NULL) || (now->document != NULL && document != NULL);
	if (!same || n == OTHER || d == OTHER || b == OTHER)
		return OTHER;
	return n == EXACT && d == EXACT && b == EXACT ? EXACT : LIKE;
}

/* ---- those of a record ----------------------------------------------------------------------------- */

struct gathering {
	const struct match_query *q; /* NULL: all, with their queries */
	int64_t version;	     /* of the record now */
	struct js *list;
};

static enum ent_err
gather(void *ctx, const struct adjudication_row *row, struct bytes body, struct ent_why *why)
{
	struct gathering *g = ctx;
	struct js *o = NULL;
	enum ent_err err = js_parse(body, ADJUDICATION_MAX, &o, why);
	if (err != ENT_OK)
		return err;
	enum likeness like = g->q == NULL ? EXACT : query_like(g->q, js_get(o, "query"));
	if (like == OTHER || (g->q != NULL && js_len(g->list) >= DECISIONS_SHOWN)) {
		js_free(o);
		return ENT_OK;
	}
	js_set_id(o, "id", row->id.b);
	if (js_get_int(o, "version", 0) != g->version)
		js_set_bool(o, "changed", true);
	js_del(o, "user");
	if (g->q != NULL) {
		js_set_bool(o, "exact", like == EXACT);
		js_del(o, "query");
	}
	if (g->list == NULL)
		g->list = js_array();
	js_append_take(g->list, o);
	return ENT_OK;
}

static enum ent_err
gather_all(struct store_tx *tx, const struct grant *grant, const struct ent_id *record,
    struct gathering *g, struct js **out, struct ent_why *why)
{
	enum ent_err err = adjudication_each(tx, grant, record, ADJUDICATIONS_READ, gather, g, why);
	if (err == ENT_OK)
		*out = g->list;
	else
		js_free(g->list);
	return err;
}

enum ent_err
decision_about(struct store_tx *tx, const struct grant *g, const struct ent_id *record,
    int64_t record_version, const struct match_query *q, struct js **out, struct ent_why *why)
{
	struct gathering all = { .q = q, .version = record_version };
	return gather_all(tx, g, record, &all, out, why);
}

enum ent_err
decision_all(struct store_tx *tx, const struct grant *g, const struct ent_id *record,
    int64_t record_version, struct js **out, struct ent_why *why)
{
	struct gathering all = { .version = record_version };
	return gather_all(tx, g, record, &all, out, why);
}
