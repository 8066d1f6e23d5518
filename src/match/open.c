/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that have the question's words: their lists opened as planned, and summed.
 */
#include "match/hunt.h"

#define LOOK_UP 10u /* names of a list that are read in the time that it takes to look into one name */

/* Gain, excess and lift in one number: thousandths of a nat, and of score.  21 bits each hold as much as
 * the words of a name can be worth. */
#define FIELD 21
#define FIELD_MAX ((uint64_t)0xffff)

static uint64_t
field(uint64_t v)
{
	return v > FIELD_MAX ? FIELD_MAX : v;
}

static uint64_t
sum_of(struct match_worth w)
{
	return field(w.gain) | field((w.excess + 999) / 1000) << FIELD | field(w.lift) << 2 * FIELD;
}

static void
add_name(struct hunt *h, uint32_t name, uint64_t worth)
{
	uint64_t sum = h->sum[name];
	if (sum == 0)
		h->touched[h->touched_n++] = name;
	h->sum[name] = sum + worth;
}

/* Blocks that this list is opened for. */
static uint32_t
blocks_of(const struct plan *pl, const struct opening *o)
{
	uint32_t mask = 0;
	for (uint32_t b = 0; b < pl->blocks; b++)
		mask |= (uint32_t)(!pl->shut[b] && o->step > pl->cut[b][o->item]) << b;
	return mask;
}

/* Names of a list, in those blocks. */
static void
open_segment(struct hunt *h, const struct opening *o, uint32_t mask, uint64_t worth)
{
	const struct plan *pl = &h->plan;
	uint32_t *names = h->unpacked, blocks = list_blocks(&o->at), from = 0;
	for (uint32_t b = 0; b < blocks; b++) {
		if (o->at.n >= LIST_BLOCK) {
			uint32_t to = list_last(&o->at, b) >> pl->shift;
			uint32_t range = (uint32_t)(((uint64_t)2 << to) - ((uint64_t)1 << from));
			from = to;
			if ((mask & range) == 0)
				continue;
		}
		uint32_t n = list_unpack(&o->at, b, names);
		for (uint32_t i = 0; i < n; i++)
			__builtin_prefetch(&h->sum[names[i]], 1);
		for (uint32_t i = 0; i < n; i++)
			if ((mask >> (names[i] >> pl->shift) & 1) != 0)
				add_name(h, names[i], worth);
	}
}

static void
open_recent(struct hunt *h, const struct recent *r, const struct opening *o, uint64_t worth)
{
	uint32_t at = atomic_load_explicit(&r->list_head[o->word * LISTS + o->list], memory_order_acquire);
	for (; at != 0; at = r->post[at - 1].next)
		add_name(h, r->post[at - 1].value, worth);
}

/* Names of a list in blocks where it was shut, as far as they were touched by others. */
static void
open_shut(struct hunt *h, const struct opening *o, uint32_t mask)
{
	const struct plan *pl = &h->plan;
	uint32_t *names = h->unpacked, blocks = list_blocks(&o->at), from = 0;
	uint64_t worth = sum_of(o->worth);
	for (uint32_t b = 0; b < blocks; b++) {
		if (o->at.n >= LIST_BLOCK) {
			uint32_t to = list_last(&o->at, b) >> pl->shift;
			uint32_t range = (uint32_t)(((uint64_t)2 << to) - ((uint64_t)1 << from));
			from = to;
			if ((mask & range) == 0)
				continue;
		}
		uint32_t n = list_unpack(&o->at, b, names);
		for (uint32_t i = 0; i < n; i++)
			__builtin_prefetch(&h->sum[names[i]], 1);
		for (uint32_t i = 0; i < n; i++)
			if ((mask >> (names[i] >> pl->shift) & 1) != 0 && h->sum[names[i]] != 0)
				h->sum[names[i]] += worth;
	}
}

/* The items whose shut lists are quicker read than what names may have of them is looked up. */
static uint64_t
worth_reading(const struct hunt *h)
{
	uint64_t cost[MATCH_ITEMS_MAX] = { 0 }, chosen = 0, budget = (uint64_t)h->touched_n * LOOK_UP;
	const struct plan *pl = &h->plan;
	for (size_t i = 0; i < h->opens; i++)
		if (h->open[i].mask != pl->all)
			cost[h->open[i].item] += h->open[i].n;
	for (;;) {
		size_t least = MATCH_ITEMS_MAX;
		for (size_t i = 0; i < h->qn.items; i++)
			if ((chosen >> i & 1) == 0 && cost[i] > 0 &&
			    (least == MATCH_ITEMS_MAX || cost[i] < cost[least]))
				least = i;
		if (least == MATCH_ITEMS_MAX || cost[least] > budget)
			return chosen;
		budget -= cost[least];
		chosen |= (uint64_t)1 << least;
	}
}

static void
read_shut(struct hunt *h, uint64_t items)
{
	struct plan *pl = &h->plan;
	for (size_t i = 0; i < h->opens; i++) {
		const struct opening *o = &h->open[i];
		uint32_t mask = pl->all & ~o->mask;
		if ((items >> o->item & 1) != 0 && mask != 0)
			open_shut(h, o, mask);
	}
	for (uint32_t b = 0; b < pl->blocks; b++) {
		for (size_t i = 0; i < h->qn.items && !pl->shut[b]; i++) {
			if ((items >> i & 1) == 0)
				continue;
			const struct match_worth *w = &pl->best[i][pl->cut[b][i]];
			pl->rest[b].gain -= w->gain;
			pl->rest[b].excess -= w->excess;
			pl->rest[b].lift -= w->lift;
		}
	}
}

void
open_lists(struct hunt *h, const struct part *p, int32_t least)
{
	plan_make(h, p, least - h->letters);
	h->touched_n = 0;
	for (size_t i = 0; i < h->opens; i++) {
		struct opening *o = &h->open[i];
		uint64_t worth = sum_of(o->worth);
		o->mask = blocks_of(&h->plan, o);
		if (o->mask == 0)
			continue;
		if (p->recent != NULL)
			open_recent(h, p->recent, o, worth);
		else
			open_segment(h, o, o->mask, worth);
	}
	if (p->recent == NULL && h->touched_n > 0)
		read_shut(h, worth_reading(h));
}

/* What a name may have in all. */
static struct match_sum
most_of(const struct hunt *h, uint32_t name)
{
	const uint64_t mask = ((uint64_t)1 << FIELD) - 1;
	const struct match_sum *rest = &h->plan.rest[name >> h->plan.shift];
	uint64_t sum = h->sum[name];
	struct match_sum out = { (sum & mask) + rest->gain, (sum >> FIELD & mask) * 1000 + rest->excess,
		(sum >> 2 * FIELD) + rest->lift };
	if (out.gain > h->qn.most && !h->initials)
		out.gain = h->qn.most;
	return out;
}

static uint32_t
low_of(const struct plan *pl, uint32_t name)
{
	return pl->lows != NULL ? (uint32_t)pl->lows[name / PART_STEP] * PART_UNIT : 0;
}

bool
open_reaches(const struct hunt *h, uint32_t name)
{
	struct match_sum sum = most_of(h, name);
	return match_bound_reaches(&sum, &h->bounds, &h->plan.aim, low_of(&h->plan, name));
}

int32_t
open_bound(const struct hunt *h, uint32_t name)
{
	struct match_sum sum = most_of(h, name);
	return match_bound(&sum, &h->bounds, low_of(&h->plan, name)) + h->letters;
}

void
open_clear(struct hunt *h)
{
	for (size_t i = 0; i < h->touched_n; i++)
		h->sum[h->touched[i]] = 0;
	h->touched_n = 0;
}
