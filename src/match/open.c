/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that have enough of the question's words: their lists opened as planned, and summed.
 *
 * What names need differs by block, and so does what a list is worth of it.  Each list brings its names so many
 * shares, rounded up, of which AIM are what is needed; a byte a name holds them, so that the sums of a million names
 * stay near.  Shares are linear where the bound is not (match_bound_need), so that some names have enough that the
 * bound would hold back: of these what their lists bring is summed once more, as it is.
 */
#include "match/hunt.h"

#include <stdlib.h>

#define AIM 128u /* the highest bit tells that they are enough */
#define SHARES_MAX 255u
#define UNIT_MAX ((uint32_t)1 << 20)
#define PART_MAX 65535u

/* ---- what lists are worth ------------------------------------------------------------------------------- */

static uint32_t
less(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

static void
gauge_block(struct gauge *g, size_t b, const struct match_need *need, const struct match_sum *sum)
{
	struct match_worth rest = { less(sum->gain, UINT32_MAX), less(sum->excess, UINT32_MAX), less(sum->lift, UINT32_MAX) };
	uint64_t have = match_need_part(need, rest), left = need->gain > have ? need->gain - have : 0;
	uint32_t unit = left == 0 ? 1 : less(left, UNIT_MAX);
	g->excess[b] = (need->excess * 1024 + 999) / 1000;
	g->lift[b] = less(((uint64_t)need->lift * 1024 + 999) / 1000, INT16_MAX);
	g->unit[b] = unit;
	g->scale[b] = ((AIM << 16) + unit - 1) / unit;
	g->least[b] = left == 0 ? AIM : 1;
}

/* Of a list in each block that it is opened for; 0 in others. */
static inline void
shares_of(const struct gauge *g, struct match_worth w, uint32_t mask, uint8_t out[static WINDOW_BLOCKS])
{
	uint32_t gain = less(w.gain, PART_MAX), excess = less(((uint64_t)w.excess + 999) / 1000, PART_MAX),
		 lift = less(w.lift, PART_MAX);
	for (size_t b = 0; b < WINDOW_BLOCKS; b++) {
		uint32_t part = gain + ((excess * g->excess[b] + 1023) >> 10) + ((lift * g->lift[b] + 1023) >> 10);
		part = part < g->unit[b] ? part : g->unit[b];
		uint32_t shares = ((part * g->scale[b]) >> 16) + g->least[b];
		shares = shares < SHARES_MAX ? shares : SHARES_MAX;
		out[b] = (uint8_t)((mask >> b & 1) != 0 ? shares : 0);
	}
}

/* ---- lists ------------------------------------------------------------------------------------------------ */

/* Blocks that this list is opened for. */
static uint32_t
blocks_of(const struct plan *pl, const struct opening *o)
{
	return o->step > pl->cut[o->item] ? pl->all : pl->bare;
}

static void
pool_room(struct hunt *h, size_t more)
{
	if (h->pooled + more <= h->pool_cap)
		return;
	h->pool_cap = (h->pooled + more) * 2 + 16384;
	h->pool = ent_realloc(h->pool, h->pool_cap * sizeof *h->pool);
}

/* The names of a list, in blocks that it is opened for and their neighbours, go to the pool. */
static void
unpack_list(struct hunt *h, const struct opening *o)
{
	const struct plan *pl = &h->plan;
	uint32_t blocks = list_blocks(&o->at), from = 0;
	pool_room(h, (size_t)o->at.n + LIST_BLOCK);
	for (uint32_t b = 0; b < blocks; b++) {
		if (o->at.n >= LIST_BLOCK) {
			uint32_t to = list_last(&o->at, b) >> pl->shift;
			uint32_t range = (uint32_t)(((uint64_t)2 << to) - ((uint64_t)1 << from));
			from = to;
			if ((o->mask & range) == 0)
				continue;
		}
		h->pooled += list_unpack(&o->at, b, h->pool + h->pooled);
	}
}

/* What was put into the pool from `at` on, without names before those of the kind that is asked for. */
static void
run_new(struct hunt *h, uint32_t at, size_t opening)
{
	while (at < h->pooled && h->pool[at] < h->plan.from)
		at++;
	if (at == h->pooled)
		return;
	if (h->runs == h->runs_cap) {
		h->runs_cap = h->runs_cap * 2 + 256;
		h->run = ent_realloc(h->run, h->runs_cap * sizeof *h->run);
		h->summed = ent_realloc(h->summed, h->runs_cap * sizeof *h->summed);
	}
	h->run[h->runs++] = (struct run){ h->pool[at], at, (uint32_t)h->pooled, (uint32_t)opening };
}

/* Of a recent part, in any order: it is one block. */
static void
unpack_chain(struct hunt *h, const struct recent *r, const struct opening *o)
{
	uint32_t at = atomic_load_explicit(&r->list_head[o->word * LISTS + o->list], memory_order_acquire);
	for (; at != 0; at = r->post[at - 1].next) {
		pool_room(h, 1);
		h->pool[h->pooled++] = r->post[at - 1].value;
	}
}

/* Names that say its word twice, where these may meet two items. */
static void
unpack_twice(struct hunt *h, const struct part *p, const struct opening *o)
{
	uint32_t list = o->word * LISTS + o->list, low = 0, high = p->twices;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (p->twice[mid].list < list)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < p->twices && p->twice[low].list == list; low++) {
		pool_room(h, 1);
		h->pool[h->pooled++] = p->twice[low].name;
	}
}

/* A list that is to be summed; again: its names that bring twice what it brings. */
static void
open_list(struct hunt *h, const struct part *p, const struct opening *o, bool again)
{
	uint32_t at = (uint32_t)h->pooled;
	if (again)
		unpack_twice(h, p, o);
	else if (p->recent != NULL)
		unpack_chain(h, p->recent, o);
	else
		unpack_list(h, o);
	run_new(h, at, (size_t)(o - h->open));
}

/* ---- names that have enough ------------------------------------------------------------------------------ */

static inline uint8_t
capped(uint8_t a, uint8_t b)
{
	uint8_t sum = (uint8_t)(a + b);
	return (uint8_t)(sum | -(sum < a));
}

/* A list, as far as names of the window.  Those that have enough by it and had not before go to
 * h->met behind `met` others, without a branch: few do.  Answers how many are there. */
static size_t
add_run(struct hunt *h, struct run *r, size_t met)
{
	const struct opening *o = &h->open[r->opening];
	const unsigned shift = h->plan.shift;
	const size_t from = h->window.from, to = h->window.to, block = h->window.block;
	const uint32_t *restrict pool = h->pool, *at = pool + r->at, *end = pool + r->end;
	uint8_t *restrict shares = h->shares, worth[WINDOW_BLOCKS];
	uint32_t *restrict out = h->met;
	shares_of(&h->gauge, o->worth, blocks_of(&h->plan, o) >> block, worth);
	for (; at < end && *at < to; at++) {
		uint32_t name = *at;
		uint8_t had = shares[name - from], has = capped(had, worth[(name >> shift) - block]);
		shares[name - from] = has;
		out[met] = name;
		met += (has & ~had & 0xffu) / AIM;
	}
	r->at = (uint32_t)(at - pool);
	r->next = at < end ? *at : UINT32_MAX;
	return met;
}

/* Those that were met. */
static void
survive(struct hunt *h, size_t met)
{
	size_t from = h->window.from;
	if (h->survivors + met > h->survivors_cap) {
		h->survivors_cap = (h->survivors + met) * 2 + 4096;
		h->survivor = ent_realloc(h->survivor, h->survivors_cap * sizeof *h->survivor);
		h->sorted = ent_realloc(h->sorted, h->survivors_cap * sizeof *h->sorted);
		h->held = ent_realloc(h->held, h->survivors_cap * sizeof *h->held);
	}
	for (size_t i = 0; i < met; i++) {
		uint32_t name = h->met[i], n = (uint32_t)h->survivors++;
		h->rank[name - from] = n;
		h->held[n] = (struct brought){ 0 };
		h->survivor[n] = (struct survivor){ .name = name, .held = n, .shares = h->shares[name - from] };
	}
}

/* ---- what they have, as it is ---------------------------------------------------------------------------- */

/* What a list brings to names that have enough.  Few do: they are picked first, without a branch. */
static void
hold_run(struct hunt *h, const struct summed *r)
{
	const struct match_worth *w = &h->open[r->opening].worth;
	const size_t from = h->window.from;
	const uint32_t *restrict pool = h->pool, *restrict rank = h->rank;
	const uint8_t *restrict shares = h->shares;
	uint32_t *restrict met = h->met;
	const struct brought b = { w->gain, (w->excess + 999) / 1000, w->lift, 0 };
	size_t n = 0;
	for (const uint32_t *at = pool + r->from, *end = pool + r->to; at < end; at++) {
		size_t place = *at - from;
		met[n] = (uint32_t)place;
		n += shares[place] / AIM;
	}
	for (size_t i = 0; i < n; i++) {
		struct brought *d = &h->held[rank[met[i]]];
		d->gain += b.gain;
		d->excess += b.excess;
		d->lift += b.lift;
	}
}

static struct match_sum
all_of(const struct hunt *h, const struct part *p, const struct survivor *s)
{
	const struct brought *d = &h->held[s->held];
	const struct match_worth *letter = &h->plan.letter;
	struct match_sum sum = h->plan.rest[s->name >> h->plan.shift];
	for (size_t i = 0; i < h->letters_n && p->recent == NULL; i++)
		if ((p->letters[s->name] & h->letter[i]) == 0) { /* it may meet no name there */
			sum.gain -= letter->gain;
			sum.excess -= letter->excess;
		}
	return (struct match_sum){ sum.gain + d->gain, sum.excess + (uint64_t)d->excess * 1000, sum.lift + d->lift };
}

/* A name has no less in all. */
static uint32_t
low_of(const struct part *p, uint32_t name)
{
	return p->recent != NULL ? 0 : (uint32_t)p->low[name / PART_STEP] * PART_UNIT;
}

int32_t
open_bound(const struct hunt *h, const struct part *p, const struct survivor *s)
{
	struct match_sum sum = all_of(h, p, s);
	return match_bound(&sum, &h->bounds, low_of(p, s->name)) + h->letters + 1;
}

static bool
has_enough(const struct hunt *h, const struct part *p, const struct survivor *s)
{
	struct match_sum sum = all_of(h, p, s);
	return match_bound_reaches(&sum, &h->bounds, &h->plan.aim, low_of(p, s->name));
}

/* Of survivors from `from` on those that have enough. */
static void
keep_enough(struct hunt *h, const struct part *p, size_t from)
{
	size_t n = from;
	for (size_t i = from; i < h->survivors; i++) {
		struct survivor s = h->survivor[i];
		h->survivor[n] = s;
		n += has_enough(h, p, &s);
	}
	h->survivors = n;
}

#define NEAR_NAMES ((uint32_t)1 << 18) /* the shares of so many stay near while they are summed and looked at */
_Static_assert(NEAR_NAMES % WINDOW_BLOCKS == 0, "a window's blocks are whole ones");

static void
window_room(struct hunt *h, size_t names)
{
	if (names <= h->window_cap)
		return;
	free(h->shares);
	free(h->rank);
	free(h->met);
	h->window_cap = names;
	h->shares = ent_alloc_array(names, sizeof *h->shares);
	h->rank = ent_alloc_array(names, sizeof *h->rank);
	h->met = ent_alloc_array(names + 1, sizeof *h->met);
}

/* What the lists are worth in the window that is next. */
static void
gauge_window(struct hunt *h, const struct part *p)
{
	struct plan *pl = &h->plan;
	struct window *w = &h->window;
	uint32_t last = (w->to - 1) >> pl->shift;
	w->block = w->from >> pl->shift;
	if (pl->aimed > pl->least)
		plan_raise(h, p, w->block, last + 1);
	for (uint32_t b = w->block; b <= last; b++)
		gauge_block(&h->gauge, b - w->block, &pl->need[b], &pl->rest[b]);
}

#define FEW_OF 32u /* fewer names than one in so many are cleared one by one */

static void
clear_window(struct hunt *h, size_t summed, size_t names)
{
	const struct window *w = &h->window;
	if (names >= (w->to - w->from) / FEW_OF) {
		memset(h->shares, 0, w->to - w->from);
		return;
	}
	for (size_t i = 0; i < summed; i++)
		for (uint32_t k = h->summed[i].from; k < h->summed[i].to; k++)
			h->shares[h->pool[k] - w->from] = 0;
}

/* Sum up the names of the window. */
static void
sum_window(struct hunt *h)
{
	size_t met = 0, summed = 0, kept = 0, names = 0;
	for (size_t i = 0; i < h->runs; i++) {
		struct run *r = &h->run[i];
		if (r->next < h->window.to) {
			uint32_t from = r->at;
			met = add_run(h, r, met);
			h->summed[summed++] = (struct summed){ from, r->at, r->opening };
			names += r->at - from;
		}
		h->run[kept] = *r;
		kept += r->at < r->end;
	}
	h->runs = kept;
	survive(h, met);
	for (size_t i = 0; i < summed && met > 0; i++)
		hold_run(h, &h->summed[i]);
	clear_window(h, summed, names);
}

/* Names of a window: of few blocks, or of a part of one.  Chains are in no order: all at once. */
static uint32_t
window_names(const struct part *p)
{
	uint32_t blocks = (uint32_t)WINDOW_BLOCKS << p->block_shift;
	return p->recent != NULL ? p->names : blocks < NEAR_NAMES ? blocks : NEAR_NAMES;
}

bool
open_next(struct hunt *h, const struct part *p, int32_t least)
{
	const struct plan *pl = &h->plan;
	struct window *w = &h->window;
	uint32_t most = window_names(p);
	h->survivors = 0;
	if (least - h->letters > pl->aimed)
		plan_aim(h, least - h->letters);
	while (h->survivors == 0 && w->to < pl->to) {
		w->from = w->to;
		w->to = p->recent != NULL ? pl->to : (w->from / most + 1) * most;
		w->to = w->to < pl->to ? w->to : pl->to;
		gauge_window(h, p);
		sum_window(h);
		if (h->letters_n > 0)
			keep_enough(h, p, 0);
	}
	return h->survivors > 0;
}

void
open_lists(struct hunt *h, const struct part *p, int32_t least)
{
	struct plan *pl = &h->plan;
	plan_make(h, p, least - h->letters);
	h->survivors = h->pooled = h->runs = 0;
	for (size_t i = 0; i < h->opens; i++) {
		h->open[i].mask = blocks_of(pl, &h->open[i]);
		if (h->open[i].mask == 0)
			continue;
		open_list(h, p, &h->open[i], false);
		if (p->recent == NULL && (h->open[i].items & (h->open[i].items - 1)) != 0)
			open_list(h, p, &h->open[i], true);
	}
	window_room(h, less(window_names(p), p->names));
	h->window = (struct window){ .from = pl->from, .to = pl->from };
}

void
open_raise(struct hunt *h, const struct part *p, size_t from, int32_t least)
{
	plan_aim(h, least - h->letters);
	keep_enough(h, p, from);
}
