/* SPDX-License-Identifier: Apache-2.0
 *
 * From a question to records: words that are like its words, names that hold them, the best of those
 * held against the question in full.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

#define FREQUENT 4000u	    /* postings; such a word opens no new names once WIDE are touched */
#define WIDE 4000u
#define CANDIDATES 400u	    /* names that are held against the question in full */
#define FACTS_MAX 256u	    /* records of one birth date or document that are looked at */

/* Degrees: 1000 / (1 + exp(-score / 4)), score in log-odds; and where the bands begin. */
#define DEGREE_SCALE 4
#define STRONG_MIN 500u
#define REVIEW_MIN 362u
#define TRACE_MIN 50u
#define TRACE_SCORE (-11800) /* the score of that degree */

#define DOCUMENT_EQUAL 9000
#define SAME_NATION 400

/* ---- names ----------------------------------------------------------------------------------------- */

static struct scratch *
scratch_take(struct match_index *x)
{
	pthread_mutex_lock(&x->scratch_lock);
	struct scratch *s = x->spare;
	if (s != NULL)
		x->spare = s->next;
	pthread_mutex_unlock(&x->scratch_lock);
	if (s == NULL)
		s = ent_alloc(sizeof *s);
	if (s->cap < x->names_n) {
		free(s->mass);
		free(s->last);
		free(s->touched);
		s->cap = x->names_cap;
		s->mass = ent_alloc_array(s->cap, sizeof *s->mass);
		s->last = ent_alloc_array(s->cap, sizeof *s->last);
		s->touched = ent_alloc_array(s->cap, sizeof *s->touched);
	}
	s->touched_n = 0;
	return s;
}

static void
scratch_give(struct match_index *x, struct scratch *s)
{
	for (size_t i = 0; i < s->touched_n; i++) {
		s->mass[s->touched[i]] = 0;
		s->last[s->touched[i]] = 0;
	}
	pthread_mutex_lock(&x->scratch_lock);
	s->next = x->spare;
	x->spare = s;
	pthread_mutex_unlock(&x->scratch_lock);
}

/* Best share first, so that a name counts the best of its words for an item. */
static int
by_share(const void *pa, const void *pb)
{
	const struct likely *a = pa, *b = pb;
	if (a->f != b->f)
		return a->f > b->f ? -1 : 1;
	return a->word < b->word ? -1 : a->word > b->word;
}

static void
spread(const struct match_index *x, const struct item *it, uint8_t mark, bool open,
    struct scratch *s, struct arena *a)
{
	struct likely *like = arena_array(a, it->like_n, sizeof *like);
	memcpy(like, it->like, it->like_n * sizeof *like);
	if (it->like_n > 1)
		qsort(like, it->like_n, sizeof *like, by_share);
	for (size_t i = 0; i < it->like_n; i++) {
		const struct word *w = &x->words[like[i].word];
		uint32_t gain = (uint32_t)((uint64_t)it->weight * like[i].f / 1000);
		for (uint32_t k = 0; k < w->n && gain > 0; k++) {
			uint32_t name = w->posting[k];
			if (s->last[name] == mark || (s->mass[name] == 0 && !open))
				continue;
			if (s->mass[name] == 0)
				s->touched[s->touched_n++] = name;
			s->mass[name] += gain;
			s->last[name] = mark;
		}
	}
}

/* Items by weight, heaviest first; light ones never open names. */
static void
touch_names(const struct match_index *x, const struct question *qn, struct scratch *s,
    struct arena *a)
{
	uint8_t order[MATCH_ITEMS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < qn->items; i++) {
		if (qn->item[i].like_n == 0)
			continue;
		size_t at = n++;
		for (; at > 0 && qn->item[order[at - 1]].weight < qn->item[i].weight; at--)
			order[at] = order[at - 1];
		order[at] = (uint8_t)i;
	}
	for (size_t i = 0; i < n; i++) {
		const struct item *it = &qn->item[order[i]];
		bool open = it->tok.role == TEXT_NAME &&
		    (it->postings <= FREQUENT || s->touched_n <= WIDE);
		spread(x, it, (uint8_t)(order[i] + 1), open, s, a);
	}
}

/* ---- the best of them ------------------------------------------------------------------------------ */

struct candidate {
	uint32_t mass, name;
	uint8_t parts;
};

static bool
better(const struct candidate *a, const struct candidate *b)
{
	if (a->mass != b->mass)
		return a->mass > b->mass;
	if (a->parts != b->parts)
		return a->parts < b->parts;
	return a->name < b->name;
}

struct heap { /* the worst on top */
	struct candidate c[CANDIDATES];
	size_t n;
};

static void
heap_put(struct heap *h, const struct candidate *c)
{
	size_t at;
	if (h->n < CANDIDATES) {
		for (at = h->n++; at > 0 && better(&h->c[(at - 1) / 2], c); at = (at - 1) / 2)
			h->c[at] = h->c[(at - 1) / 2];
		h->c[at] = *c;
		return;
	}
	if (!better(c, &h->c[0]))
		return;
	for (at = 0;;) {
		size_t child = at * 2 + 1;
		if (child >= h->n)
			break;
		if (child + 1 < h->n && better(&h->c[child], &h->c[child + 1]))
			child++;
		if (!better(c, &h->c[child]))
			break;
		h->c[at] = h->c[child];
		at = child;
	}
	h->c[at] = *c;
}

/* What is known of one record so far. */
struct found {
	uint32_t record, name;
	int32_t score;	/* of the name, thousandths */
	unsigned solid; /* its words that met */
	struct match_result r;
};

struct finds {
	struct found *f;
	size_t n, cap;
	struct arena *a;
};

static bool
wanted(const struct match_index *x, const struct question *qn, uint32_t record)
{
	return qn->q->type == RTYPE_NONE || x->records[record].type == qn->q->type;
}

static struct found *
found_of(struct finds *fs, uint32_t record)
{
	for (size_t i = 0; i < fs->n; i++)
		if (fs->f[i].record == record)
			return &fs->f[i];
	if (fs->n == fs->cap)
		return NULL;
	fs->f[fs->n] = (struct found){ .record = record, .name = NO_RECORD, .score = INT32_MIN };
	return &fs->f[fs->n++];
}

static void
weigh(const struct match_index *x, const struct question *qn, uint32_t name, struct finds *fs)
{
	const struct name *n = &x->names[name];
	struct aligned al;
	match_align(x, qn, n, &al);
	int32_t score = al.score;
	struct found *f = found_of(fs, n->record);
	if (f == NULL || score <= f->score)
		return;
	f->score = score;
	f->name = name;
	f->solid = al.solid;
}

/* Records that a document or a full birth date names. */
static void
weigh_facts(const struct match_index *x, const struct question *qn, const struct scratch *s,
    struct finds *fs)
{
	uint32_t ids[FACTS_MAX];
	size_t n = 0;
	if (qn->document[0] != '\0') {
		n = match_fact_find(x, match_fact_document(qn->document), ids, FACTS_MAX);
		for (size_t i = 0; i < n; i++) {
			const struct indexed *r = &x->records[ids[i]];
			if (!wanted(x, qn, ids[i]))
				continue;
			(void)found_of(fs, ids[i]);
			for (size_t k = 0; k < r->names_n && k < 64; k++)
				weigh(x, qn, r->names[k], fs);
		}
	}
	if (qn->q->birth.precision != MATCH_DATE_DAY)
		return;
	struct match_date swapped = qn->q->birth;
	swapped.day = qn->q->birth.month;
	swapped.month = qn->q->birth.day;
	n = match_fact_find(x, match_fact_birth(&qn->q->birth), ids, FACTS_MAX / 2);
	n += match_fact_find(x, match_fact_birth(&swapped), ids + n, FACTS_MAX / 2);
	for (size_t i = 0; i < n; i++) {
		const struct indexed *r = &x->records[ids[i]];
		for (size_t k = 0; wanted(x, qn, ids[i]) && k < r->names_n && k < 64; k++)
			if (s->mass[r->names[k]] > 0) /* a date alone finds nothing */
				weigh(x, qn, r->names[k], fs);
	}
}

static void
weigh_names(struct match_index *x, const struct question *qn, struct finds *fs, struct arena *a)
{
	struct scratch *s = scratch_take(x);
	struct heap *h = arena_alloc(a, sizeof *h);
	touch_names(x, qn, s, a);
	for (size_t i = 0; i < s->touched_n; i++) {
		uint32_t name = s->touched[i];
		if (qn->q->type != RTYPE_NONE && x->name_type[name] != (uint8_t)qn->q->type)
			continue;
		struct candidate c = { s->mass[name], name, x->name_parts[name] };
		heap_put(h, &c);
	}
	fs->cap = CANDIDATES + FACTS_MAX * 2;
	fs->f = arena_array(a, fs->cap, sizeof *fs->f);
	for (size_t i = 0; i < h->n; i++)
		weigh(x, qn, h->c[i].name, fs);
	weigh_facts(x, qn, s, fs);
	scratch_give(x, s);
}

/* ---- degrees --------------------------------------------------------------------------------------- */

static bool
has_text(char *const *list, size_t n, const char *value)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], value) == 0)
			return true;
	return false;
}

static void
rate(const struct match_index *x, const struct question *qn, struct found *f)
{
	const struct indexed *r = &x->records[f->record];
	int32_t best = INT32_MIN;
	bool named = f->solid > 0;
	f->r.date = MATCH_DATE_UNKNOWN;
	for (size_t i = 0; i < r->births_n; i++) {
		enum match_date_line line = match_date_compare(&qn->q->birth, &r->births[i]);
		if (line != MATCH_DATE_UNKNOWN && match_date_worth(line) > best) {
			best = match_date_worth(line);
			f->r.date = line;
		}
	}
	/* a date is evidence beside a name, never without: what the name alone would not show, it does not */
	if (named && (f->score >= TRACE_SCORE || match_date_worth(f->r.date) < 0))
		f->score += match_date_worth(f->r.date);
	if (qn->document[0] != '\0' && r->documents_n > 0)
		f->r.document = has_text(r->documents, r->documents_n, qn->document) ?
			MATCH_DOCUMENT_EQUAL : MATCH_DOCUMENT_DIFFERENT;
	bool proven = f->r.document == MATCH_DOCUMENT_EQUAL;
	if (proven) /* decides the order whatever the name; the band says that the name disagrees */
		f->score = (f->score > 0 ? f->score : 0) + DOCUMENT_EQUAL;
	else if (f->name == NO_RECORD)
		f->score = -DOCUMENT_EQUAL;
	if (named && qn->nationality[0] != '\0' &&
	    has_text(r->nationalities, r->nationalities_n, qn->nationality))
		f->score += SAME_NATION;
	uint32_t size = (uint32_t)(f->score < 0 ? -f->score : f->score) / DEGREE_SCALE;
	uint32_t low = match_exp_minus(size); /* millionths */
	uint32_t high = (uint32_t)(1000000000000u / (1000000u + low) / 1000);
	f->r.degree = f->score < 0 ? 1000 - high : high;
	f->r.band = f->r.degree >= STRONG_MIN ? MATCH_STRONG :
	    f->r.degree >= REVIEW_MIN	      ? MATCH_REVIEW :
						MATCH_TRACE;
	/* one name is never strong; nor is a document whose holder has another name */
	if (f->r.band == MATCH_STRONG && (proven ? f->solid < 1 : f->solid < 2))
		f->r.band = MATCH_REVIEW;
}

/* ---- explanation ----------------------------------------------------------------------------------- */

static enum match_how
how_of(const struct paired *p, const struct text_token *q, const struct text_token *r)
{
	if (p->how != MATCH_SPELLING)
		return (enum match_how)p->how;
	if (q->n == r->n && memcmp(q->p, r->p, q->n) == 0)
		return MATCH_SAME;
	return q->script == r->script ? MATCH_SPELLING : MATCH_SOUND;
}

/* The folded words first..last of a name. */
static char *
words_text(const struct text_name *n, size_t first, size_t last, struct arena *a)
{
	const char *from = n->tok[first].p, *to = n->tok[last].p + n->tok[last].n;
	if (first == last)
		return arena_strndup(a, from, (size_t)(to - from));
	char *text = arena_strndup(a, "", 0);
	for (size_t i = first; i <= last; i++)
		text = arena_printf(a, "%s%s%.*s", text, i > first && text[0] != '\0' ? " " : "",
		    (int)n->tok[i].n, n->tok[i].p);
	return text;
}

static char *
left_text(const struct text_name *n, uint32_t used, struct arena *a)
{
	char *text = arena_strndup(a, "", 0);
	for (size_t i = 0; i < n->n; i++)
		if ((used >> i & 1) == 0 && n->tok[i].n > 0 && n->tok[i].role != TEXT_ARTICLE)
			text = arena_printf(a, "%s%s%.*s", text, text[0] != '\0' ? " " : "",
			    (int)n->tok[i].n, n->tok[i].p);
	return text;
}

static void
explain(const struct match_index *x, const struct question *qn, struct found *f, struct arena *a)
{
	const struct indexed *r = &x->records[f->record];
	f->r.id = arena_strdup(a, r->id);
	f->r.type = (enum record_type)r->type;
	f->r.quarantined = r->quarantined;
	f->r.name = f->r.query_left = f->r.record_left = "";
	match_reasons_facts(qn, r, a, &f->r);
	uint32_t name = f->name != NO_RECORD ? f->name : r->names_n > 0 ? r->names[0] : NO_RECORD;
	if (name == NO_RECORD)
		return;
	const struct name *n = &x->names[name];
	struct text_name *own = arena_alloc(a, sizeof *own);
	f->r.name = arena_strdup(a, n->text);
	f->r.weak = n->weak;
	struct aligned *al = arena_alloc(a, sizeof *al);
	match_align(x, qn, n, al);
	if (text_parse(str_of(n->text), own, NULL) != ENT_OK || own->n != n->parts)
		return;
	struct match_pair *pairs = arena_array(a, al->pairs + 1, sizeof *pairs);
	for (size_t i = 0; i < al->pairs; i++) {
		const struct paired *p = &al->pair[i];
		const struct item *it = &qn->item[p->item];
		const struct name_token *t = &n->tok[p->token];
		struct match_pair *out = &pairs[f->r.pairs_n];
		*out = (struct match_pair){ .how = how_of(p, &it->tok, &own->tok[t->first]),
			.likeness = p->likeness };
		out->query = words_text(&qn->name, it->first, it->last, a);
		out->record = words_text(own, t->first, t->last, a);
		bool light = out->how == MATCH_PARTICLE || out->how == MATCH_INITIAL;
		out->one_in = light ? 0 : match_one_in(p->weight);
		/* an article inside an Arabic word has no text of its own */
		f->r.pairs_n += out->query[0] != '\0' && out->record[0] != '\0';
	}
	f->r.pairs = pairs;
	int32_t *ev = arena_array(a, EV_N, sizeof *ev);
	memcpy(ev, al->ev, sizeof al->ev);
	f->r.evidence = ev;
	f->r.query_left = left_text(&qn->name, al->query_used, a);
	f->r.record_left = left_text(own, al->record_used, a);
	match_reasons_left(x, qn, n, own, al, a, &f->r);
}

/* ---- all of it ------------------------------------------------------------------------------------- */

struct order {
	const char *id;
	int32_t score;
	size_t at;
};

static int
by_degree(const void *pa, const void *pb)
{
	const struct order *a = pa, *b = pb;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return strcmp(a->id, b->id);
}

static void
pick(const struct match_index *x, const struct question *qn, struct finds *fs, struct arena *a,
    struct match_results *out)
{
	struct order *order = arena_array(a, fs->n + 1, sizeof *order);
	size_t n = 0;
	for (size_t i = 0; i < fs->n; i++) {
		rate(x, qn, &fs->f[i]);
		if (fs->f[i].r.degree >= TRACE_MIN)
			order[n++] = (struct order){ x->records[fs->f[i].record].id,
				fs->f[i].score, i };
	}
	if (n > 1)
		qsort(order, n, sizeof *order, by_degree);
	out->r = arena_array(a, qn->q->top, sizeof *out->r);
	out->n = 0;
	for (size_t i = 0; i < n && out->n < qn->q->top; i++) {
		if (qn->q->admits != NULL && !qn->q->admits(qn->q->ctx, order[i].id))
			continue;
		explain(x, qn, &fs->f[order[i].at], a);
		out->r[out->n++] = fs->f[order[i].at].r;
	}
}

enum ent_err
match_run(struct match_index *x, const struct match_query *q, struct arena *a,
    struct match_results *out, struct ent_why *why)
{
	struct question *qn = arena_alloc(a, sizeof *qn);
	struct finds fs = { .a = a };
	enum ent_err err = match_question_read(q, qn, why);
	if (err != ENT_OK)
		return err;
	pthread_rwlock_rdlock(&x->lock);
	match_question_items(x, qn, a);
	weigh_names(x, qn, &fs, a);
	pick(x, qn, &fs, a, out);
	pthread_rwlock_unlock(&x->lock);
	return ENT_OK;
}

enum ent_err
match_search(struct match_index *x, const struct grant *g, const struct match_query *q,
    struct arena *a, struct match_results *out, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err != ENT_OK)
		err = grant_check(g, ACTION_SEARCH, why);
	return err != ENT_OK ? err : match_run(x, q, a, out, why);
}
