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

static struct run *
run_new(struct hunt *h)
{
	if (h->runs == h->runs_cap) {
		h->runs_cap = h->runs_cap * 2 + 256;
		h->run = ent_realloc(h->run, h->runs_cap * sizeof *h->run);
	}
	return &h->run[h->runs++];
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

/* A list that is to be summed. */
static void
open_list(struct hunt *h, const struct part *p, const struct opening *o)
{
	struct run run = { .at = (uint32_t)h->pooled, .opening = (uint32_t)(o - h->open),
		.brought = { o->worth.gain, (o->worth.excess + 999) / 1000, o->worth.lift, 0 } };
	if (p->recent != NULL)
		unpack_chain(h, p->recent, o);
	else
		unpack_list(h, o);
	run.end = (uint32_t)h->pooled;
	*run_new(h) = run;
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
	const unsigned shift = h->plan.shift;
	const size_t from = h->window.from, to = h->window.to;
	const uint8_t *restrict worth = r->worth - h->window.block;
	const uint32_t *restrict pool = h->pool, *at = pool + r->at, *end = pool + r->end;
	uint8_t *restrict shares = h->shares;
	uint32_t *restrict out = h->met;
	for (; at < end && *at < from; at++)
		;
	r->was = (uint32_t)(at - pool);
	for (; at < end && *at < to; at++) {
		uint32_t name = *at;
		uint8_t had = shares[name - from], has = capped(had, worth[name >> shift]);
		shares[name - from] = has;
		out[met] = name;
		met += (has & ~had & 0xffu) / AIM;
	}
	r->at = (uint32_t)(at - pool);
	return met;
}

/* Each word of a name brings what the item brings that it meets, and each that is said twice does so twice. */
static size_t
add_twice(struct hunt *h, const struct part *p, size_t met)
{
	const struct window *w = &h->window;
	for (uint32_t i = w->twice; i < w->twice_to; i++) {
		uint32_t name = p->twice[i];
		uint8_t had = h->shares[name - w->from], has = capped(had, had);
		if (had == 0)
			continue;
		h->shares[name - w->from] = has;
		if (had < AIM && has >= AIM)
			h->met[met++] = name;
	}
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
hold_run(struct hunt *h, const struct run *r)
{
	const size_t from = h->window.from;
	const uint32_t *restrict pool = h->pool, *restrict rank = h->rank;
	const uint8_t *restrict shares = h->shares;
	uint32_t *restrict met = h->met;
	const struct brought b = r->brought;
	size_t n = 0;
	for (const uint32_t *at = pool + r->was, *end = pool + r->at; at < end; at++) {
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

static void
hold_twice(struct hunt *h, const struct part *p)
{
	const struct window *w = &h->window;
	for (uint32_t i = w->twice; i < w->twice_to; i++) {
		size_t at = p->twice[i] - w->from;
		if (h->shares[at] < AIM)
			continue;
		struct brought *d = &h->held[h->rank[at]];
		d->gain *= 2;
		d->excess *= 2;
		d->lift *= 2;
	}
}

static struct match_sum
all_of(const struct hunt *h, const struct survivor *s)
{
	const struct brought *d = &h->held[s->held];
	const struct match_sum *rest = &h->plan.rest[s->name >> h->plan.shift];
	return (struct match_sum){ rest->gain + d->gain, rest->excess + (uint64_t)d->excess * 1000, rest->lift + d->lift };
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
	struct match_sum sum = all_of(h, s);
	return match_bound(&sum, &h->bounds, low_of(p, s->name)) + h->letters + 1;
}

static bool
has_enough(const struct hunt *h, const struct part *p, const struct survivor *s)
{
	struct match_sum sum = all_of(h, s);
	return match_bound_reaches(&sum, &h->bounds, &h->plan.aim, low_of(p, s->name));
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
	for (size_t i = 0; i < h->runs; i++) {
		struct opening *o = &h->open[h->run[i].opening];
		o->mask = blocks_of(pl, o);
		shares_of(&h->gauge, o->worth, o->mask >> w->block, h->run[i].worth);
	}
}

/* Sum up the names of the window. */
static void
sum_window(struct hunt *h, const struct part *p)
{
	struct window *w = &h->window;
	uint32_t to = w->to;
	size_t met = 0;
	while (w->twice_to < p->twices && p->twice[w->twice_to] < w->from)
		w->twice_to++;
	w->twice = w->twice_to;
	while (w->twice_to < p->twices && p->twice[w->twice_to] < to)
		w->twice_to++;
	for (size_t i = 0; i < h->runs; i++)
		met = add_run(h, &h->run[i], met);
	met = add_twice(h, p, met);
	survive(h, met);
	if (h->survivors > 0) {
		for (size_t i = 0; i < h->runs; i++)
			hold_run(h, &h->run[i]);
		hold_twice(h, p);
	}
	memset(h->shares, 0, to - w->from);
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
		sum_window(h, p);
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
		if (h->open[i].mask != 0)
			open_list(h, p, &h->open[i]);
	}
	window_room(h, less(window_names(p), p->names));
	h->window = (struct window){ .from = pl->from, .to = pl->from };
}

void
open_raise(struct hunt *h, const struct part *p, size_t from, int32_t least)
{
	size_t n = from;
	plan_aim(h, least - h->letters);
	for (size_t i = from; i < h->survivors; i++) {
		struct survivor s = h->survivor[i];
		h->survivor[n] = s;
		n += has_enough(h, p, &s);
	}
	h->survivors = n;
}
