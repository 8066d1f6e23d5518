/* SPDX-License-Identifier: Apache-2.0
 *
 * From a question to the best records, part by part of the view.
 */
#include "match/view.h"

#include <stdlib.h>

#define FACTS_MAX 256u /* records of one birth date or document that are looked at */

struct hunt *
hunt_new(void)
{
	struct hunt *h = block_room(sizeof *h);
	h->qn.meetings = &h->meetings;
	h->trace = match_score_of_degree(MATCH_TRACE_MIN);
	h->trace_large = match_score_of_degree(MATCH_TRACE_LARGE);
	h->trace_again = match_score_of_degree(MATCH_TRACE_AGAIN);
	h->full = match_score_of_degree(MATCH_FULL);
	return h;
}

void
hunt_free(struct hunt *h)
{
	if (h == NULL)
		return;
	free(h->near.seen);
	near_cache_done(&h->cache);
	free(h->like);
	free(h->lists);
	free(h->slot);
	free(h->open);
	free(h->pool);
	free(h->run);
	free(h->summed);
	free(h->shares);
	free(h->rank);
	free(h->held);
	free(h->met);
	free(h->survivor);
	free(h->sorted);
	explicit_bzero(h, sizeof *h);
	free(h);
}

void
hunt_room(struct hunt *h, size_t words)
{
	if (words / 64 + 1 <= h->near.seen_cap)
		return;
	free(h->near.seen);
	h->near.seen_cap = words / 64 + words / 256 + 1;
	h->near.seen = ent_alloc_array(h->near.seen_cap, sizeof *h->near.seen);
}

/* ---- exact values -------------------------------------------------------------------------------------- */

/* Records of a bucket; others may share it: compare after. */
static size_t
records_of(const struct part *p, uint32_t hash, uint32_t *out)
{
	size_t n = 0;
	if (p->recent != NULL) {
		const struct recent *r = p->recent;
		uint32_t at = atomic_load_explicit(&r->fact_head[hash & (r->buckets - 1)],
		    memory_order_acquire);
		for (; at != 0 && n < FACTS_MAX; at = r->fact[at - 1].next)
			out[n++] = r->fact[at - 1].value;
		return n;
	}
	uint32_t bucket = hash & (p->fact_buckets - 1);
	for (uint32_t at = p->fact_head[bucket]; at < p->fact_head[bucket + 1] && n < FACTS_MAX; at++)
		out[n++] = part_fact(p, at);
	return n;
}

static void
hunt_holder(struct hunt *h, const struct part *p, uint32_t record)
{
	struct part_facts f;
	const char *check;
	if (part_gone(p, record))
		return;
	part_facts(p, record, &f);
	if (match_document_best(h->qn.document, &f, &check) != MATCH_DOCUMENT_EQUAL)
		return;
	for (uint32_t k = 0; k < f.names_n; k++)
		weigh_name(h, p, part_name_of(&f, k));
}

/* Records that have the document, whatever their names. */
static void
hunt_document(struct hunt *h, const struct part *p)
{
	uint32_t records[FACTS_MAX], key[MATCH_NUMBER_KEYS];
	if (h->qn.document[0] == '\0')
		return;
	size_t keys = match_document_keys(h->qn.document, key);
	for (size_t j = 0; j < keys; j++) {
		size_t n = records_of(p, key[j], records);
		for (size_t i = 0; i < n; i++)
			hunt_holder(h, p, records[i]);
	}
}

/* Records born that day, or with day and month swapped: likely the best, so that little else need be
 * looked at.  A date alone finds nothing: their names must score as any. */
static void
hunt_birth(struct hunt *h, const struct part *p)
{
	uint32_t records[FACTS_MAX];
	struct match_date d = h->qn.q->birth;
	int32_t others = h->extra; /* what is enough for names of another day */
	bool crowded = false;
	if (d.precision != MATCH_DATE_DAY)
		return;
	h->extra += match_date_worth(MATCH_DATE_EQUAL) - MATCH_DATE_BEST;
	for (unsigned round = 0; round < 2; round++) {
		size_t n = records_of(p, match_fact_birth(&d), records);
		crowded |= n == FACTS_MAX;
		for (size_t i = 0; i < n; i++) {
			struct part_facts f;
			if (part_gone(p, records[i]))
				continue;
			part_facts(p, records[i], &f);
			for (uint32_t k = 0; k < f.names_n; k++)
				weigh_name(h, p, part_name_of(&f, k));
		}
		d.day = h->qn.q->birth.month;
		d.month = h->qn.q->birth.day;
	}
	if (!crowded)
		h->extra = others;
}

/* ---- names ---------------------------------------------------------------------------------------------- */

#define BINS 64
#define BIN_LEAST (-12000) /* scores below are one bin, and so are those above the last */
#define BIN_WIDTH 400
#define BIN(bound)                                                                                   \
	((bound) < BIN_LEAST ? 0u :                                                                   \
	 (bound) >= BIN_LEAST + BINS * BIN_WIDTH ? BINS - 1u :                                         \
						   (uint32_t)((bound) - BIN_LEAST) / BIN_WIDTH)

/* The least bound that is in a higher bin; of the last there is none. */
static int32_t
bin_top(int32_t bound)
{
	uint32_t bin = BIN(bound);
	return bin == BINS - 1 ? INT32_MAX : BIN_LEAST + (int32_t)(bin + 1) * BIN_WIDTH;
}

/* Survivors from `from` on, which `to` ends, in the order of their bins, best first. */
static void
sort_by_bin(struct hunt *h, size_t from, size_t to)
{
	uint32_t start[BINS] = { 0 }, at = 0;
	for (size_t i = from; i < to; i++)
		start[BIN(h->survivor[i].bound)]++;
	for (size_t bin = BINS; bin-- > 0;) {
		uint32_t count = start[bin];
		start[bin] = at;
		at += count;
	}
	for (size_t i = from; i < to; i++)
		h->sorted[start[BIN(h->survivor[i].bound)]++] = h->survivor[i];
	if (to > from)
		memcpy(h->survivor + from, h->sorted, (to - from) * sizeof *h->survivor);
}

#define EXPECT_ROWS 40u /* names whose place is read ahead */
#define EXPECT_DATA 16u

/* What is left of survivors once their words are looked at; in place.  Those behind are most often next. */
static size_t
bound_survivors(struct hunt *h, const struct part *p, size_t from, size_t to)
{
	int32_t least = weigh_least(h);
	struct part_name read PART_UNREAD;
	size_t n = from;
	for (size_t i = from; i < to; i++) {
		uint32_t name = h->survivor[i].name;
		if (i + EXPECT_ROWS < h->survivors)
			part_name_expect(p, h->survivor[i + EXPECT_ROWS].name);
		if (i + EXPECT_DATA < h->survivors)
			__builtin_prefetch(part_name_data(p, h->survivor[i + EXPECT_DATA].name));
		if (h->survivor[i].bound < least && h->qn.document[0] == '\0')
			continue;
		if (!part_name_live(p, name, &read) || !weigh_is_asked(h, &read))
			continue;
		int32_t bound = weigh_words(h, p, &read);
		if (bound < least && h->qn.document[0] == '\0')
			continue;
		h->survivor[n] = h->survivor[i];
		h->survivor[n++].bound = bound;
	}
	return n;
}

/* Some of the names that have enough of the question's words, best bound first. */
static void
weigh_some(struct hunt *h, const struct part *p, size_t from, size_t to)
{
	size_t n = bound_survivors(h, p, from, to);
	sort_by_bin(h, from, n);
	for (size_t i = from; i < n; i++) {
		const struct survivor *s = &h->survivor[i];
		if (bin_top(s->bound) <= weigh_least(h) && h->qn.document[0] == '\0')
			break;
		weigh_bounded(h, p, s->name, s->bound);
	}
}

#define BATCH_FIRST 8u /* names that are looked at before any of them is weighed, at first */
#define BATCH 24u      /* then; and twice as many each time */
#define BATCH_MOST 192u

/* Those with the most shares go to the front; answers how many they are. */
static size_t
put_first(struct hunt *h)
{
	uint32_t count[256] = { 0 };
	size_t most = 256, sum = 0, first = 0, rest = 0;
	for (size_t i = 0; i < h->survivors; i++)
		count[h->survivor[i].shares]++;
	while (most > 0 && sum < BATCH_FIRST)
		sum += count[--most];
	for (size_t i = 0; i < h->survivors; i++) {
		struct survivor s = h->survivor[i];
		if (s.shares >= most)
			h->survivor[first++] = s;
		else
			h->sorted[rest++] = s;
	}
	memcpy(h->survivor + first, h->sorted, rest * sizeof *h->survivor);
	return first;
}

/* Survivors from `from` on, which `to` ends, some at a time, best first by what their lists bring: what these score
 * raises what others must.  Answers how far it went. */
static size_t
weigh_batches(struct hunt *h, const struct part *p, size_t from, size_t to, size_t batches)
{
	size_t n = from == 0 ? BATCH_FIRST : BATCH;
	for (size_t i = from; i < to; i++)
		h->survivor[i].bound = open_bound(h, p, &h->survivor[i]);
	sort_by_bin(h, from, to);
	for (size_t i = from; i < to && i < from + EXPECT_ROWS; i++)
		part_name_expect(p, h->survivor[i].name);
	for (size_t i = from; i < to && i < from + EXPECT_DATA; i++)
		__builtin_prefetch(part_name_data(p, h->survivor[i].name));
	for (; from < to && batches-- > 0; n = n * 2 < BATCH_MOST ? n * 2 : BATCH_MOST) {
		size_t end = from + n < to ? from + n : to;
		if (h->qn.document[0] == '\0' && bin_top(h->survivor[from].bound) <= weigh_least(h))
			return to;
		weigh_some(h, p, from, end);
		from = end;
	}
	return from;
}

/* The names that have enough, those with the most first: what they score raises what is enough. */
static void
weigh_survivors(struct hunt *h, const struct part *p)
{
	if (h->survivors == 0)
		return;
	size_t first = weigh_batches(h, p, 0, put_first(h), 1);
	if (first == h->survivors)
		return;
	if (h->qn.document[0] == '\0')
		open_raise(h, p, first, weigh_least(h));
	(void)weigh_batches(h, p, first, h->survivors, SIZE_MAX);
}

static void
hunt_part(struct hunt *h, const struct part *p)
{
	ENT_ASSERT(p != NULL);
	if (h->likes_part != p) {
		likes_collect(h, p);
		plan_openings(h, p);
		h->likes_part = p;
	}
	hunt_document(h, p);
	if (h->every) {
		uint32_t n = p->recent != NULL ?
			atomic_load_explicit(&p->recent->names, memory_order_acquire) :
			p->names;
		for (uint32_t i = 0; i < n; i++)
			weigh_name(h, p, i);
	} else if (h->qn.parts > 0) {
		hunt_birth(h, p);
		open_lists(h, p, weigh_least(h));
		while (open_next(h, p, weigh_least(h)))
			weigh_survivors(h, p);
	}
}

#define MILLION 1000000u

/* In ten times as many names ten times as many strangers come as near. */
static int32_t
strangers_of(const struct hunt *h)
{
	uint32_t names = h->epoch->names;
	return names > MILLION ? (int32_t)(match_ln(names) - match_ln(MILLION)) : 0;
}

static void
hunt_from(struct hunt *h, const struct view *v, int32_t floor)
{
	int32_t extra = h->extra;
	h->floor = floor;
	for (size_t k = 0; k < v->n; k++)
		hunt_part(h, v->part[k]);
	h->extra = extra;
}

/* All from MATCH_FULL on; if there are none, the one that comes nearest.  In a large register there are most often
 * names that come near, so that what is farther is looked for only if there are none. */
static void
hunt_down(struct hunt *h, const struct view *v)
{
	h->found = 0;
	h->top = h->qn.q->top + HUNT_MORE;
	h->likes_part = NULL;
	if (h->epoch->names < v->large_from) {
		hunt_from(h, v, h->trace);
	} else {
		hunt_from(h, v, h->trace_large + strangers_of(h));
		if (h->found == 0)
			hunt_from(h, v, h->trace_again + strangers_of(h));
	}
	likes_clear(h);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static void
answer(struct hunt *h, const struct view *v, struct arena *a, struct match_results *out)
{
	out->r = arena_array(a, h->found + 1, sizeof *out->r);
	out->n = 0;
	for (size_t i = 0; i < h->found; i++) {
		struct match_result *r = &out->r[out->n];
		bool twice = false;
		match_result_of(&h->best[i], a, r);
		/* a record that was put in another's place may be met in both parts */
		for (size_t k = 0; k < out->n && !twice; k++)
			twice = strcmp(out->r[k].id, r->id) == 0;
		if (!twice)
			h->best[out->n++] = h->best[i];
	}
	for (size_t k = 0; k < v->n && !h->qn.q->brief; k++) {
		bool any = false;
		for (size_t i = 0; i < out->n; i++)
			any |= h->best[i].part == v->part[k];
		if (!any)
			continue;
		likes_collect(h, v->part[k]);
		for (size_t i = 0; i < out->n; i++)
			if (h->best[i].part == v->part[k])
				match_explain(h, &h->best[i], a, &out->r[i]);
		likes_clear(h);
	}
}

void
match_hunt(struct hunt *h, const struct view *v, struct arena *a, struct match_results *out)
{
	const struct match_query *q = h->qn.q;
	size_t words = 0;
	for (size_t i = 0; i < v->n; i++)
		words = v->part[i]->words > words ? v->part[i]->words : words;
	hunt_room(h, words);
	h->epoch = &v->epoch;
	h->near.wide = v->epoch.names > NEAR_WIDE;
	h->extra = (h->qn.document[0] != '\0' ? match_document_worth(MATCH_DOCUMENT_NEAR) : 0) +
	    (q->birth.precision != MATCH_DATE_NONE ? MATCH_DATE_BEST : 0) +
	    match_about_most(&h->qn.about);
	match_question_items(h->epoch, &h->qn);
	h->letters_n = 0;
	for (size_t i = 0; i < h->qn.parts; i++)
		if (h->qn.item[i].tok.role == TEXT_INITIAL)
			h->letter[h->letters_n++] = match_letters(h->qn.item[i].tok.phones[0]);
	h->letters = match_bound_letters(h->letters_n);
	h->bounds.query = h->qn.total;
	memcpy(h->bounds.missing, h->qn.missing, sizeof h->bounds.missing);
	h->bounds.kinds = q->type == RTYPE_NONE ? 3 : q->type == RTYPE_ORG ? 2 : 1;
	h->rare_none = UINT32_MAX; /* without a base nothing is known to be frequent */
	memset(h->rare_at, 0, h->qn.items * sizeof h->rare_at[0]);
	hunt_down(h, v);
	weigh_finally(h, q->top);
	answer(h, v, a, out);
}
