/* SPDX-License-Identifier: Apache-2.0
 *
 * Which lists a search opens.  A name scores enough only if what its words have in common with the
 * question's sums to a need, which grows with what the name weighs; so for each item the lists that
 * bring little can stay shut, as long as what they bring together stays under the need.  How the need
 * is shared out among the items is chosen so that the fewest names are read.
 */
#include "match/hunt.h"

#include <stdlib.h>

static struct opening *
opening_new(struct hunt *h)
{
	if (h->opens == h->opens_cap) {
		h->opens_cap = h->opens_cap * 2 + 1024;
		h->open = ent_realloc(h->open, h->opens_cap * sizeof *h->open);
	}
	return &h->open[h->opens++];
}

static struct match_worth
most_of(struct match_worth a, struct match_worth b)
{
	return (struct match_worth){ a.gain > b.gain ? a.gain : b.gain,
		a.excess > b.excess ? a.excess : b.excess, a.lift > b.lift ? a.lift : b.lift };
}

/* What no longer speaks against a name when the item meets with a word that weighs so much. */
static uint32_t
lift_of(const struct hunt *h, const struct item *it, uint32_t own, uint32_t f)
{
	uint32_t most = 0;
	for (unsigned org = 0; org < 2; org++) {
		uint32_t missing = it->missing[org];
		if ((h->bounds.kinds >> org & 1) == 0 || missing <= most)
			continue;
		uint32_t poor = own == 0 ? 0 : match_bound_poor(own, f, org != 0);
		if (missing > poor && missing - poor > most)
			most = missing - poor;
	}
	return most;
}

/* What a token with this word may add that is a name. */
static struct match_worth
name_worth(const struct hunt *h, const struct item *it, const struct likely *l, const struct part_word *w)
{
	uint32_t own = it->weight < w->weight ? it->weight : w->weight, least = own;
	if (it->tok.role == TEXT_NAME && l->weight < least)
		least = l->weight;
	struct match_worth out = match_bound_pair(least, l->f, it->span, w->weight);
	/* of an organisation it counts less, and takes as much */
	if (it->generic && (h->bounds.kinds & 2) != 0 && least > MATCH_GENERIC)
		out.excess = match_bound_pair(MATCH_GENERIC, l->f, it->span, w->weight).excess;
	out.lift = lift_of(h, it, own, l->f);
	return out;
}

/* One that is light: it weighs little and still takes the item from what is left over.  Two words of the query said as
 * one meet it however like (align.c, may_meet). */
static struct match_worth
light_worth(const struct hunt *h, const struct item *it, const struct likely *l, enum text_role heaviest)
{
	if (it->tok.role == TEXT_NAME && it->first == it->last && l->likeness < MATCH_LIGHT_LIKE)
		return (struct match_worth){ 0, 0, 0 };
	uint32_t role = match_role_weight(heaviest, 0), least = it->weight < role ? it->weight : role;
	struct match_worth none = match_bound_pair(0, 0, it->span, 0);
	none.gain = match_bound_pair(least, l->f, 0, 0).gain;
	none.lift = lift_of(h, it, 0, 0);
	return none;
}

/* A joined token weighs what it joins, which differs from name to name: names that weigh `least` together or more, and
 * no more than `most` with light words. */
static struct match_worth
joined_worth(const struct hunt *h, const struct part *p, const struct item *it, const struct likely *l,
    const struct part_word *w)
{
	bool any = p->recent != NULL || w->joined_most == JOINED_ANY;
	uint32_t least = p->recent != NULL ? 0 : (uint32_t)w->joined_least * JOINED_UNIT,
		 most = any ? match_rarity(h->epoch, 0) * (TOKEN_MORE_MAX + 1) : (uint32_t)w->joined_most * JOINED_UNIT;
	uint32_t own = it->weight < most ? it->weight : most;
	if (it->tok.role == TEXT_NAME && l->weight < own)
		own = l->weight;
	struct match_worth out = match_bound_pair(own, l->f, 0, 0);
	if (it->generic && (h->bounds.kinds & 2) != 0 && own > MATCH_GENERIC)
		own = MATCH_GENERIC;
	/* what it takes from the line less what it adds falls until it weighs `own`, then rises */
	uint32_t low = match_bound_pair(own < least ? own : least, 0, it->span, least).excess,
		 high = match_bound_pair(own, 0, it->span, most).excess;
	out.excess = low > high ? low : high;
	out.lift = lift_of(h, it, it->weight < least ? it->weight : least, l->f);
	return out;
}

/* The lists of a word; those of a recent part are chains, of which it is not known how long they are. */
static struct word_lists
lists_in(const struct part *p, uint32_t word)
{
	if (p->recent == NULL)
		return lists_of(p, word);
	return (struct word_lists){ .of = { { .n = 1 }, { .n = 1 }, { .n = 1 } } };
}

/* A list of one word, and what it brings: to the one of these items that it meets. */
struct bringing {
	struct match_worth worth;
	uint64_t items; /* bits */
	uint32_t most;	/* gain of the item that it brings most */
	uint8_t item;
};

static void
bring(struct bringing *b, size_t item, struct match_worth worth)
{
	if (worth.gain == 0 && worth.excess == 0 && worth.lift == 0)
		return;
	if (b->items == 0 || worth.gain > b->most) {
		b->most = worth.gain;
		b->item = (uint8_t)item;
	}
	b->worth = most_of(b->worth, worth);
	b->items |= (uint64_t)1 << item;
}

static void
add_opening(struct hunt *h, const struct bringing *b, uint32_t word, const struct word_lists *lists, size_t list)
{
	if (b->items == 0)
		return;
	*opening_new(h) = (struct opening){ .worth = b->worth, .items = b->items, .word = word, .item = b->item,
		.list = (uint8_t)list, .n = lists->of[list].n, .at = lists->of[list] };
}

/* An initial of the register and the items it may meet; they are like no word. */
static void
add_initial(struct hunt *h, const struct part *p, uint32_t word)
{
	const struct part_word *w = &p->word[word];
	struct word_lists lists = lists_in(p, word);
	struct bringing all = { .items = 0 };
	if (w->phones_n == 0 || part_dead(p, word) || lists.of[LIST_LIGHT].n == 0)
		return;
	for (size_t i = 0; i < h->qn.parts; i++) {
		const struct item *it = &h->qn.item[i];
		if (it->tok.role != TEXT_NAME || it->tok.phones_n == 0 ||
		    !match_same_initial(p->phones[w->phones], it->tok.phones[0]))
			continue;
		struct match_worth one = match_bound_initial(it->span, 0, lift_of(h, it, 0, 0));
		one.lift += (w->vowelled && !it->tok.vowelled ? match_bound_scripts() : 0);
		bring(&all, i, one);
		if (p->recent != NULL) { /* its names are not known that say a letter twice */
			add_opening(h, &all, word, &lists, LIST_LIGHT);
			all.items = 0;
		}
	}
	add_opening(h, &all, word, &lists, LIST_LIGHT);
}

static void
add_initials(struct hunt *h, const struct part *p)
{
	uint32_t n = p->initials;
	const uint32_t *words = p->initial;
	if (p->recent != NULL) {
		n = atomic_load_explicit(&p->recent->initials, memory_order_acquire);
		words = p->recent->initial;
	}
	for (uint32_t i = 0; i < n; i++)
		add_initial(h, p, words[i]);
}

/* A word's lists, from the first of its likes on. */
static void
add_word(struct hunt *h, const struct part *p, const struct likely *l)
{
	const struct part_word *w = &p->word[l->word];
	const struct word_lists lists = p->recent == NULL ? h->lists[l - h->like] : lists_in(p, l->word);
	/* of a recent part it may be any: the heaviest */
	enum text_role light = p->recent != NULL ? TEXT_KUNYA : (enum text_role)w->light;
	struct bringing all[LISTS] = { { .items = 0 } };
	for (uint32_t word = l->word; l != NULL; l = l->next) {
		const struct item *it = &h->qn.item[l->item];
		uint32_t lifted = (l->scripts & MATCH_LIFTED) != 0 ? match_bound_scripts() : 0;
		struct match_worth worth[LISTS] = { [LIST_NAME] = l->worth, [LIST_LIGHT] = light_worth(h, it, l, light) };
		if (l->item < h->qn.parts)
			worth[LIST_JOINED] = joined_worth(h, p, it, l, w);
		for (size_t list = 0; list < LISTS; list++) {
			if (lists.of[list].n == 0)
				continue;
			bool none = worth[list].gain == 0 && worth[list].excess == 0 && worth[list].lift == 0;
			worth[list].lift += none ? 0 : lifted;
			bring(&all[list], l->item, worth[list]);
			if (l->next != NULL && p->recent == NULL)
				continue;
			add_opening(h, &all[list], word, &lists, list);
			all[list] = (struct bringing){ .items = 0 };
		}
	}
}

void
plan_openings(struct hunt *h, const struct part *p)
{
	h->opens = 0;
	for (size_t i = 0; i < h->likes; i++) {
		struct likely *l = &h->like[i];
		const struct item *it = &h->qn.item[l->item];
		const struct part_word *w = &p->word[l->word];
		l->scripts = match_scripts(w->vowelled, it->tok.vowelled);
		l->worth = name_worth(h, it, l, w);
	}
	for (size_t i = 0; i < h->likes; i++)
		if (h->slot[h->like[i].slot].first == i)
			add_word(h, p, &h->like[i]);
	size_t before = h->opens;
	add_initials(h, p);
	h->initials = h->opens > before;
}

#define READ_ALL 65536u /* so few names are read in the time that others take to look at */
#define SHUT_PART 10u    /* of what is needed, may stay shut */

/* ---- the plan ------------------------------------------------------------------------------------------ */

/* What an initial of the query may meet is in no list: any name with that letter. */
static void
set_apart(struct hunt *h)
{
	struct plan *pl = &h->plan;
	uint32_t n = (uint32_t)h->letters_n;
	pl->letter = match_bound_pair(match_role_weight(TEXT_INITIAL, 0), 1000, 0, match_rarity(h->epoch, 0));
	pl->apart = (struct match_worth){ n * pl->letter.gain, n * pl->letter.excess, 0 };
}

/* By item and step, lists in the order of what they bring at one need: names to be read if lists up to
 * that step stay shut, and what those may add. */
static void
tabulate(struct hunt *h, const struct match_need *need)
{
	struct plan *pl = &h->plan;
	uint64_t best[MATCH_ITEMS_MAX] = { 0 };
	for (size_t i = 0; i < h->opens; i++) {
		struct opening *o = &h->open[i];
		uint64_t part = match_need_part(need, o->worth);
		o->part = part > UINT32_MAX ? UINT32_MAX : (uint32_t)part;
		if (o->part > best[o->item])
			best[o->item] = o->part;
	}
	memset(pl->cost, 0, h->qn.items * sizeof pl->cost[0]);
	memset(pl->best, 0, h->qn.items * sizeof pl->best[0]);
	for (size_t i = 0; i < h->opens; i++) {
		struct opening *o = &h->open[i];
		uint64_t most = best[o->item]; /* 0: its lists bring nothing at this need */
		uint64_t step = most == 0 ? 0 : ((uint64_t)o->part * HUNT_STEPS + most - 1) / most;
		o->step = (uint8_t)step;
		pl->cost[o->item][step > 0 ? step - 1 : 0] += step > 0 ? o->n : 0;
		pl->best[o->item][step] = most_of(pl->best[o->item][step], o->worth);
	}
	for (size_t i = 0; i < h->qn.items; i++) {
		for (size_t k = HUNT_STEPS; k-- > 0;)
			pl->cost[i][k] += pl->cost[i][k + 1];
		for (size_t k = 1; k <= HUNT_STEPS; k++)
			pl->best[i][k] = most_of(pl->best[i][k], pl->best[i][k - 1]);
	}
}

/* The least cost for each sum that may stay shut, in so many shares of the need. */
static void
share_out(struct hunt *h, const struct match_need *need, uint64_t room)
{
	struct plan *pl = &h->plan;
	memset(pl->sum[0], 0, sizeof pl->sum[0]);
	for (size_t i = 0; i < h->qn.items; i++) {
		uint32_t take[HUNT_STEPS + 1], steps = 0;
		for (; steps <= HUNT_STEPS; steps++) {
			uint64_t part = match_need_part(need, pl->best[i][steps]);
			uint64_t shares = room == 0 ? (part > 0 ? HUNT_SHARES + 1u : 0) :
						      (part * HUNT_SHARES + room - 1) / room;
			if (shares > HUNT_SHARES)
				break;
			take[steps] = (uint32_t)shares;
		}
		for (uint32_t all = 0; all <= HUNT_SHARES; all++) {
			uint32_t least = UINT32_MAX;
			for (uint32_t k = 0; k < steps && take[k] <= all; k++) {
				uint32_t cost = pl->sum[i][all - take[k]] + pl->cost[i][k];
				if (cost < least) {
					least = cost;
					pl->choice[i + 1][all] = (uint8_t)k;
					pl->taken[i + 1][all] = (uint8_t)take[k];
				}
			}
			pl->sum[i + 1][all] = least;
		}
	}
}

static void
add_rest(struct match_sum *sum, struct match_worth w)
{
	sum->gain += w.gain;
	sum->excess += w.excess;
	sum->lift += w.lift;
}

/* What an item may meet at most, in all and in lists that stay shut.  A list is one item's to shut, and may bring any
 * that its word is like. */
static void
sum_items(struct hunt *h)
{
	struct plan *pl = &h->plan;
	memset(pl->most, 0, h->qn.items * sizeof pl->most[0]);
	memset(pl->shut, 0, h->qn.items * sizeof pl->shut[0]);
	for (size_t i = 0; i < h->opens; i++) {
		const struct opening *o = &h->open[i];
		for (uint64_t left = o->items; left != 0; left &= left - 1) {
			size_t item = (size_t)__builtin_ctzll(left);
			pl->most[item] = most_of(pl->most[item], o->worth);
			if (o->step <= pl->cut[o->item])
				pl->shut[item] = most_of(pl->shut[item], o->worth);
		}
	}
}

/* The same at a need, of all items. */
static uint64_t
part_of_all(const struct match_worth *w, const struct match_need *need, size_t items)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < items; i++)
		sum += match_need_part(need, w[i]);
	return sum;
}

/* A name whose lists all stay shut must not have enough, so where it would all are opened. */
static void
plan_block(struct hunt *h, size_t b)
{
	struct plan *pl = &h->plan;
	const struct match_need *need = &pl->need[b];
	uint64_t given = match_need_part(need, pl->apart);
	if (given + part_of_all(pl->most, need, h->qn.items) < need->gain)
		return;
	pl->all |= (uint32_t)1 << b;
	pl->rest[b] = (struct match_sum){ pl->apart.gain, pl->apart.excess, pl->apart.lift };
	if (given + part_of_all(pl->shut, need, h->qn.items) >= need->gain)
		pl->bare |= (uint32_t)1 << b;
	else
		for (size_t i = 0; i < h->qn.items; i++)
			add_rest(&pl->rest[b], pl->shut[i]);
}

/* Reading a list is quick, and the fewer stay shut the fewer names survive: only of many names some do, and such
 * as bring little of what is needed. */
static void
choose_shut(struct hunt *h, const struct match_need *need, uint64_t given)
{
	struct plan *pl = &h->plan;
	share_out(h, need, need->gain > given + 1 ? (need->gain - given - 1) / SHUT_PART : 0);
	uint32_t left = HUNT_SHARES;
	for (size_t i = h->qn.items; i-- > 0;) {
		pl->cut[i] = pl->choice[i + 1][left];
		left -= pl->taken[i + 1][left];
	}
}

void
plan_aim(struct hunt *h, int32_t least)
{
	/* what initials are worth beside stands as gain, which then may be more than the query weighs */
	match_bound_aim(&h->bounds, least, h->initials ? h->qn.most * 2 + 40000 : h->qn.most, &h->plan.aim);
	h->plan.aimed = least;
}

static void
need_of_block(struct hunt *h, const struct part *p, uint32_t b)
{
	uint32_t low = p->recent == NULL ? (uint32_t)p->block_low[b] * PART_UNIT : 0;
	match_bound_need(&h->bounds, &h->plan.aim, low, &h->plan.need[b]);
}

void
plan_raise(struct hunt *h, const struct part *p, uint32_t from, uint32_t to)
{
	struct plan *pl = &h->plan;
	/* where a name could not have enough for less, it cannot for more */
	uint32_t all = pl->all, bare = pl->bare;
	for (uint32_t b = from; b < to; b++) {
		pl->all &= ~((uint32_t)1 << b);
		pl->bare &= ~((uint32_t)1 << b);
		need_of_block(h, p, b);
		plan_block(h, b);
	}
	pl->all &= all;
	pl->bare &= bare;
}

void
plan_make(struct hunt *h, const struct part *p, int32_t least)
{
	struct plan *pl = &h->plan;
	uint64_t reads = 0;
	set_apart(h);
	pl->blocks = p->blocks;
	pl->shift = p->block_shift;
	pl->least = least;
	plan_aim(h, least);
	for (uint32_t b = 0; b < p->blocks; b++)
		need_of_block(h, p, b);
	const struct match_need *middle = &pl->need[p->blocks / 4];
	tabulate(h, middle);
	for (size_t i = 0; i < h->qn.items; i++)
		reads += pl->cost[i][0];
	memset(pl->cut, 0, sizeof pl->cut);
	if (reads > READ_ALL)
		choose_shut(h, middle, match_need_part(middle, pl->apart));
	sum_items(h);
	pl->all = pl->bare = 0;
	part_names_of(p, (enum record_type)h->qn.q->type, &pl->from, &pl->to);
	for (uint32_t b = 0; b < p->blocks; b++)
		if (((uint64_t)b << pl->shift) < pl->to && ((uint64_t)(b + 1) << pl->shift) > pl->from)
			plan_block(h, b);
}
