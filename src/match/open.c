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

#if defined __x86_64__
#include <immintrin.h>
#define HAS_WIDE 1
#endif

#include <stdlib.h>

#define AIM 100u
#define SHARES_MAX 255u
#define UNIT_MIN 256u /* needs under it are told apart by fewer shares */
#define PART_MAX 65535u

/* ---- what lists are worth ------------------------------------------------------------------------------- */

static uint32_t
less(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

static uint64_t
most_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void
gauge_block(struct gauge *g, const struct plan *pl, size_t b)
{
	const struct match_need *need = &pl->need[b];
	struct match_worth rest = { less(pl->rest[b].gain, UINT32_MAX), less(pl->rest[b].excess, UINT32_MAX),
		less(pl->rest[b].lift, UINT32_MAX) };
	uint64_t have = match_need_part(need, rest), left = need->gain > have ? need->gain - have : 0;
	uint32_t unit = left < UNIT_MIN ? UNIT_MIN : less(left, PART_MAX);
	g->excess[b] = (need->excess * 1024 + 999) / 1000;
	g->lift[b] = less(((uint64_t)need->lift * 1024 + 999) / 1000, INT16_MAX);
	g->scale[b] = ((AIM << 16) + unit - 1) / unit;
	g->enough[b] = (uint8_t)most_of(less(left * AIM / unit, SHARES_MAX), 1);
}

/* Of a list in each block that it is opened for; 0 in others. */
static void
shares_of(const struct gauge *g, struct match_worth w, uint32_t mask, uint8_t out[static HUNT_BLOCKS])
{
	uint32_t gain = less(w.gain, PART_MAX), excess = less(((uint64_t)w.excess + 999) / 1000, PART_MAX),
		 lift = less(w.lift, PART_MAX);
	for (size_t b = 0; b < HUNT_BLOCKS; b++) {
		uint32_t part = gain + ((excess * g->excess[b] + 1023) >> 10) + ((lift * g->lift[b] + 1023) >> 10);
		part = part < PART_MAX ? part : PART_MAX;
		uint32_t shares = ((part * g->scale[b]) >> 16) + 1;
		shares = shares < SHARES_MAX ? shares : SHARES_MAX;
		out[b] = (uint8_t)((mask >> b & 1) != 0 ? shares : 0);
	}
}

/* ---- lists ------------------------------------------------------------------------------------------------ */

static inline void
add(uint8_t *shares, unsigned more)
{
	unsigned sum = *shares + more;
	*shares = (uint8_t)(sum < SHARES_MAX ? sum : SHARES_MAX);
}

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

/* All lists, as far as names under `to`; those before the window were summed before. */
static void
add_runs(struct hunt *h, uint64_t to)
{
	unsigned shift = h->plan.shift;
	size_t from = h->window.from;
	for (size_t i = 0; i < h->runs; i++) {
		struct run *r = &h->run[i];
		uint32_t at = r->at;
		r->was = at;
		for (; at < r->end && h->pool[at] < to; at++)
			add(&h->shares[h->pool[at] - from], r->worth[h->pool[at] >> shift]);
		r->at = at;
	}
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

/* ---- names that have enough ----------------------------------------------------------------------------- */

static inline void
survive(struct hunt *h, size_t name)
{
	if (name < h->plan.from || name >= h->plan.to)
		return;
	if (h->survivors == h->survivors_cap) {
		h->survivors_cap = h->survivors_cap * 2 + 4096;
		h->survivor = ent_realloc(h->survivor, h->survivors_cap * sizeof *h->survivor);
		h->sorted = ent_realloc(h->sorted, h->survivors_cap * sizeof *h->sorted);
		h->held = ent_realloc(h->held, h->survivors_cap * sizeof *h->held);
	}
	h->survivor[h->survivors] = (struct survivor){ .name = (uint32_t)name,
		.held = (uint32_t)h->survivors, .shares = h->shares[name - h->window.from] };
	h->survivors++;
}

#if HAS_WIDE
#define WIDE __attribute__((target("avx2")))

WIDE static inline __m256i
enough_of(const uint8_t *shares, __m256i least)
{
	__m256i v = _mm256_loadu_si256((const __m256i_u *)shares);
	return _mm256_cmpeq_epi8(_mm256_max_epu8(v, least), v);
}

WIDE static inline void
collect_one(struct hunt *h, size_t i, __m256i least)
{
	for (uint32_t have = (uint32_t)_mm256_movemask_epi8(enough_of(h->shares + i, least)); have != 0; have &= have - 1)
		survive(h, h->window.from + i + (size_t)__builtin_ctz(have));
	_mm256_storeu_si256((__m256i_u *)(h->shares + i), _mm256_setzero_si256());
}

/* Most names have nothing: four times thirty-two are seen at once. */
WIDE static void
collect_wide(struct hunt *h, size_t from, size_t to, uint8_t enough)
{
	__m256i least = _mm256_set1_epi8((char)enough), zero = _mm256_setzero_si256();
	size_t i = from;
	for (; i + 128 <= to; i += 128) {
		uint8_t *s = h->shares + i;
		__m256i any = _mm256_or_si256(_mm256_or_si256(enough_of(s, least), enough_of(s + 32, least)),
		    _mm256_or_si256(enough_of(s + 64, least), enough_of(s + 96, least)));
		for (size_t k = 0; k < 128 && !_mm256_testz_si256(any, any); k += 32)
			collect_one(h, i + k, least);
		for (size_t k = 0; k < 128; k += 32)
			_mm256_storeu_si256((__m256i_u *)(s + k), zero);
	}
	for (; i < to; i += 32)
		collect_one(h, i, least);
}
#endif

/* Names of a block that have enough, by their place in the window; all shares are 0 after. */
static void
collect(struct hunt *h, size_t from, size_t to, uint8_t enough)
{
#if HAS_WIDE
	if (__builtin_cpu_supports("avx2")) {
		collect_wide(h, from, to, enough);
		return;
	}
#endif
	for (size_t i = from; i < to; i++) {
		if (h->shares[i] >= enough)
			survive(h, h->window.from + i);
		h->shares[i] = 0;
	}
}

/* A list that is to be summed. */
static void
open_list(struct hunt *h, const struct part *p, const struct opening *o)
{
	struct run run = { .at = (uint32_t)h->pooled,
		.brought = { o->worth.gain, (o->worth.excess + 999) / 1000, o->worth.lift, 0 } };
	shares_of(&h->gauge, o->worth, o->mask, run.worth);
	if (p->recent != NULL)
		unpack_chain(h, p->recent, o);
	else
		unpack_list(h, o);
	run.end = (uint32_t)h->pooled;
	*run_new(h) = run;
}

/* ---- what they have, as it is ---------------------------------------------------------------------------- */

static void
met_room(struct hunt *h)
{
	size_t longest = 1;
	for (size_t i = 0; i < h->runs; i++)
		longest = most_of(longest, h->run[i].at - h->run[i].was);
	if (longest <= h->met_cap)
		return;
	free(h->met);
	h->met_cap = longest * 2;
	h->met = ent_alloc_array(h->met_cap, sizeof *h->met);
}

/* What a list brings to names that survive, which are marked in shares.  Few do: they are picked first, without a
 * branch. */
static void
hold_run(struct hunt *h, const struct run *r)
{
	size_t n = 0, from = h->window.from;
	for (uint32_t at = r->was; at < r->at; at++) {
		h->met[n] = (uint32_t)(h->pool[at] - from);
		n += h->shares[h->met[n]];
	}
	for (size_t i = 0; i < n; i++) {
		struct brought *d = &h->held[h->rank[h->met[i]]];
		d->gain += r->brought.gain;
		d->excess += r->brought.excess;
		d->lift += r->brought.lift;
	}
}

/* Each word of a name brings what the item brings that it meets, and each that is said twice does so twice. */
static void
double_shares(struct hunt *h, const struct part *p)
{
	const struct window *w = &h->window;
	for (uint32_t i = w->twice; i < w->twice_to; i++)
		add(&h->shares[p->twice[i] - w->from], h->shares[p->twice[i] - w->from]);
}

/* The same of survivors, which are marked in shares. */
static void
double_held(struct hunt *h, const struct part *p)
{
	const struct window *w = &h->window;
	for (uint32_t i = w->twice; i < w->twice_to; i++) {
		size_t at = p->twice[i] - w->from;
		if (h->shares[at] == 0)
			continue;
		struct brought *d = &h->held[h->rank[at]];
		d->gain *= 2;
		d->excess *= 2;
		d->lift *= 2;
	}
}

/* Of survivors from `first` on, all of the window. */
static void
hold_all(struct hunt *h, const struct part *p, size_t first)
{
	size_t from = h->window.from;
	if (first == h->survivors)
		return;
	met_room(h);
	for (size_t i = first; i < h->survivors; i++) {
		size_t at = h->survivor[i].name - from;
		h->shares[at] = 1;
		h->rank[at] = (uint32_t)i;
		h->held[i] = (struct brought){ 0 };
	}
	for (size_t i = 0; i < h->runs; i++)
		hold_run(h, &h->run[i]);
	double_held(h, p);
	for (size_t i = first; i < h->survivors; i++)
		h->shares[h->survivor[i].name - from] = 0;
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

static void
window_room(struct hunt *h, size_t names)
{
	if (names <= h->window_cap)
		return;
	free(h->shares);
	free(h->rank);
	h->window_cap = names;
	h->shares = ent_alloc_array(names + OPEN_SLACK, sizeof *h->shares);
	h->rank = ent_alloc_array(names, sizeof *h->rank);
}

/* Sum up and collect, some blocks at a time. */
static void
sum_blocks(struct hunt *h, const struct part *p)
{
	const struct plan *pl = &h->plan;
	uint32_t step = pl->shift >= 18 ? 1 : NEAR_NAMES >> pl->shift;
	struct window *w = &h->window;
	w->twice_to = 0;
	window_room(h, less((uint64_t)step << pl->shift, p->names));
	for (uint32_t b = 0; b < pl->blocks; b += step) {
		size_t first = h->survivors, end = (size_t)b << pl->shift;
		w->from = end;
		w->twice = w->twice_to;
		while (w->twice_to < p->twices && p->twice[w->twice_to] >> pl->shift < b + step)
			w->twice_to++;
		add_runs(h, (uint64_t)(b + step) << pl->shift);
		double_shares(h, p);
		for (uint32_t k = b; k < b + step && k < pl->blocks; k++) {
			size_t from = end;
			end = from + ((size_t)1 << pl->shift);
			end = end < p->names ? end : p->names;
			if ((pl->all >> k & 1) != 0)
				collect(h, from - w->from, end - w->from, h->gauge.enough[k]);
		}
		hold_all(h, p, first);
	}
}

void
open_lists(struct hunt *h, const struct part *p, int32_t least)
{
	struct plan *pl = &h->plan;
	plan_make(h, p, least - h->letters);
	for (uint32_t b = 0; b < pl->blocks; b++)
		gauge_block(&h->gauge, pl, b);
	h->survivors = h->pooled = h->runs = 0;
	for (size_t i = 0; i < h->opens; i++) {
		h->open[i].mask = blocks_of(pl, &h->open[i]);
		if (h->open[i].mask != 0)
			open_list(h, p, &h->open[i]);
	}
	sum_blocks(h, p);
}

void
open_raise(struct hunt *h, const struct part *p, size_t from, int32_t least)
{
	size_t n = from;
	plan_aim(h, p, least - h->letters);
	for (size_t i = from; i < h->survivors; i++) {
		struct survivor s = h->survivor[i];
		h->survivor[n] = s;
		n += has_enough(h, p, &s);
	}
	h->survivors = n;
}
