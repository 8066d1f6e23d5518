/* SPDX-License-Identifier: Apache-2.0
 *
 * From a query's word to the words of a part that are like it.
 */
#include "match/hunt.h"

#include <stdlib.h>

/* Without a branch: which were found before, or do not fit, is not foreseen. */
static inline void
put_near(struct near *near, uint32_t word, bool want)
{
	uint64_t *seen = &near->seen[word / 64], bit = (uint64_t)want << (word % 64);
	uint32_t n = near->n;
	near->word[n] = word;
	near->n = n + (want && (*seen & bit) == 0);
	*seen |= bit;
}

/* Three letters of which either side leaves one out have one in common: too little. */
static bool
fits(const struct token_keys *k, size_t i, uint32_t entry)
{
	return ((entry ^ k->hash[i]) & 0xff000000u) == 0 &&
	    !(k->is_short && !k->whole[i] && (entry & KEY_LESS) != 0);
}

static void
near_of_segment(const struct part *p, const struct token_keys *k, bool plain, struct near *near)
{
	for (size_t i = 0; i < k->n; i++)
		__builtin_prefetch(&p->key_head[k->hash[i] & (p->key_buckets - 1)]);
	for (size_t i = 0; i < k->n; i++)
		__builtin_prefetch(p->key + (size_t)p->key_head[k->hash[i] & (p->key_buckets - 1)] * p->key_bytes);
	for (size_t i = 0; i < k->n; i++) {
		uint32_t bucket = k->hash[i] & (p->key_buckets - 1), to = p->key_head[bucket + 1];
		for (uint32_t at = p->key_head[bucket]; at < to && near->n < HUNT_NEAR_MAX; at++) {
			uint32_t entry = part_key(p, at, k->hash[i]);
			if (plain && KEY_WORD(entry) >= p->plain)
				break; /* words of joined tokens come last */
			put_near(near, KEY_WORD(entry), fits(k, i, entry));
			__builtin_prefetch(&p->word[KEY_WORD(entry)]);
		}
	}
}

static void
near_of_recent(const struct recent *r, const struct token_keys *k, struct near *near)
{
	for (size_t i = 0; i < k->n; i++) {
		uint32_t at = atomic_load_explicit(&r->key_head[k->hash[i] & (r->buckets - 1)],
		    memory_order_acquire);
		for (; at != 0 && near->n < HUNT_NEAR_MAX; at = r->key[at - 1].next)
			put_near(near, KEY_WORD(r->key[at - 1].value), fits(k, i, r->key[at - 1].value));
	}
}

/* What all questions share, once. */
static void
fill(struct near *near)
{
	if (near->filled)
		return;
	text_costs_fill(&near->costs);
	for (unsigned like = MATCH_LIKE_MIN; like <= 1000; like++)
		near->share[like - MATCH_LIKE_MIN] = match_share(like);
	near->filled = true;
}

/* Spellings of the words that were found, dead ones left out. */
static void
spell_near(const struct part *p, struct near *near)
{
	bool deads = atomic_load_explicit(&p->deads, memory_order_acquire) > 0;
	uint32_t n = 0;
	for (uint32_t i = 0; i < near->n; i++) {
		uint32_t word = near->word[i];
		const struct part_word *w = &p->word[word];
		near->seen[word / 64] = 0;
		if (deads && part_dead(p, word))
			continue;
		near->word[n] = word;
		near->spelling[n] = (struct text_spelling){ p->phones + w->phones, w->phones_n, w->vowelled };
		__builtin_prefetch(near->spelling[n++].phones);
	}
	near->n = n;
}

void
likes_near(const struct part *p, const struct text_token *tok, bool plain, struct near *near)
{
	struct token_keys k;
	uint32_t kept = 0;
	near->n = 0;
	match_token_keys(tok->phones, tok->same, &k);
	k.is_short = k.is_short && near->wide;
	if (p->recent != NULL)
		near_of_recent(p->recent, &k, near);
	else
		near_of_segment(p, &k, plain, near);
	fill(near);
	spell_near(p, near);
	text_similarity_many(&near->costs, tok, near->spelling, near->n, MATCH_LIKE_MIN, near->likeness);
	for (uint32_t i = 0; i < near->n && tok->same != 0; i++) {
		unsigned same = text_equivalent_likeness(tok->same, p->word[near->word[i]].same);
		if (same > MATCH_LIKE_MIN && same > near->likeness[i])
			near->likeness[i] = (uint16_t)same;
	}
	for (uint32_t i = 0; i < near->n; i++) { /* without a branch: which are kept is not foreseen */
		uint16_t like = near->likeness[i];
		near->word[kept] = near->word[i];
		near->likeness[kept] = like;
		kept += like > 0;
	}
	near->n = kept;
}

/* A known word's neighbours were found when the segment was built. */
static bool
near_of_known(const struct part *p, const struct text_token *tok, struct near *near)
{
	if (p->recent != NULL || p->variant_head == NULL)
		return false;
	uint64_t hash = part_word_mix(match_hash(tok->phones, tok->phones_n), tok->vowelled, tok->same);
	uint32_t at = (uint32_t)hash & (p->word_slots - 1), word = NO_WORD;
	for (; p->word_slot[at] != 0; at = (at + 1) & (p->word_slots - 1)) {
		const struct part_word *w = &p->word[p->word_slot[at] - 1];
		if (part_dead(p, p->word_slot[at] - 1))
			continue;
		if (w->vowelled == tok->vowelled && w->same == tok->same && w->phones_n == tok->phones_n &&
		    memcmp(p->phones + w->phones, tok->phones, tok->phones_n) == 0) {
			word = p->word_slot[at] - 1;
			break;
		}
	}
	if (word == NO_WORD)
		return false;
	const uint8_t *v = p->variants + p->variant_head[word], *end = p->variants + p->variant_head[word + 1];
	if (v == end)
		return false; /* a rare word, or one that is not even like itself */
	near->n = 0;
	for (uint32_t other = 0; v < end;) {
		uint32_t step = part_varint(&v);
		other += step >> 9;
		near->word[near->n] = other;
		near->likeness[near->n++] = (uint16_t)(MATCH_LIKE_MIN + (step & 511u));
	}
	return true;
}

/* ---- what was found before ------------------------------------------------------------------------------ */

#define CACHE_LIKE 23u /* bits of a word; its likeness is above */

void
near_cache_done(struct near_cache *c)
{
	if (c->key != NULL)
		explicit_bzero(c->key, CACHE_KEYS * sizeof *c->key);
	free(c->key);
	free(c->word);
	*c = (struct near_cache){ .key = NULL };
}

/* The place of a spelling, or a free one. */
static struct near_key *
cache_key(struct near_cache *c, const struct near_key *want)
{
	if (c->key == NULL)
		c->key = ent_alloc_array(CACHE_KEYS, sizeof *c->key);
	uint64_t hash = part_word_mix(match_hash(want->phones, want->phones_n), want->vowelled, want->same);
	uint32_t at = (uint32_t)(hash ^ want->serial * 0x9e3779b1u) & (CACHE_KEYS - 1);
	for (; c->key[at].serial != 0; at = (at + 1) & (CACHE_KEYS - 1)) {
		const struct near_key *k = &c->key[at];
		if (k->serial == want->serial && k->deads == want->deads && k->same == want->same &&
		    k->vowelled == want->vowelled && k->wide == want->wide &&
		    k->phones_n == want->phones_n && memcmp(k->phones, want->phones, k->phones_n) == 0)
			break;
	}
	return &c->key[at];
}

static void
cache_put(struct near_cache *c, const struct near_key *want, const struct near *near)
{
	if (near->n > CACHE_WORDS)
		return;
	if (c->keys == CACHE_KEYS / 2 || c->words + near->n > CACHE_WORDS) {
		explicit_bzero(c->key, CACHE_KEYS * sizeof *c->key);
		c->keys = c->words = 0;
	}
	if (c->words + near->n > c->words_cap) {
		c->words_cap = c->words_cap * 2 + near->n + 4096;
		c->word = ent_realloc(c->word, c->words_cap * sizeof *c->word);
	}
	struct near_key *k = cache_key(c, want);
	*k = *want;
	k->at = (uint32_t)c->words;
	k->n = near->n;
	for (uint32_t i = 0; i < near->n; i++)
		c->word[c->words++] = near->word[i] | (near->likeness[i] - MATCH_LIKE_MIN) << CACHE_LIKE;
	c->keys++;
}

/* Words that are like the token; whole: one of the query's own, which joined forms may meet too. */
static void
near_of(struct hunt *h, const struct part *p, const struct text_token *tok, bool whole)
{
	struct near *near = &h->near;
	if (whole && near_of_known(p, tok, near))
		return;
	if (p->recent != NULL || p->serial == 0 || !whole) { /* two words as one are hardly said again */
		likes_near(p, tok, !whole, near);
		return;
	}
	struct near_key want = { .serial = p->serial, .same = tok->same, .vowelled = tok->vowelled, .wide = near->wide, .phones_n = tok->phones_n,
		.deads = atomic_load_explicit(&p->deads, memory_order_acquire) };
	memcpy(want.phones, tok->phones, tok->phones_n);
	const struct near_key *k = cache_key(&h->cache, &want);
	if (k->serial == 0) {
		likes_near(p, tok, false, near);
		cache_put(&h->cache, &want, near);
		return;
	}
	near->n = k->n;
	for (uint32_t i = 0; i < k->n; i++) {
		uint32_t w = h->cache.word[k->at + i];
		near->word[i] = w & (((uint32_t)1 << CACHE_LIKE) - 1);
		near->likeness[i] = (uint16_t)(MATCH_LIKE_MIN + (w >> CACHE_LIKE));
	}
}

/* ---- all items ------------------------------------------------------------------------------------------- */

static void
add_likes(struct hunt *h, size_t item)
{
	if (h->likes + h->near.n > h->likes_cap) {
		h->likes_cap = h->likes_cap * 2 + h->near.n + 1024;
		h->like = ent_realloc(h->like, h->likes_cap * sizeof *h->like);
		h->lists = ent_realloc(h->lists, h->likes_cap * sizeof *h->lists);
	}
	for (uint32_t i = 0; i < h->near.n; i++)
		h->like[h->likes++] = (struct likely){ .word = h->near.word[i], .item = (uint8_t)item,
			.likeness = h->near.likeness[i],
			.f = h->near.share[h->near.likeness[i] - MATCH_LIKE_MIN] };
}

/* Where the lists of words stand. */
static void
find_lists(struct hunt *h, const struct part *p)
{
	for (size_t i = 0; i < h->likes; i++)
		__builtin_prefetch(&p->word[h->like[i].word]);
	for (size_t i = 0; i < h->likes; i++)
		list_expect(p, &p->word[h->like[i].word]);
	for (size_t i = 0; i < h->likes; i++)
		h->lists[i] = lists_of(p, h->like[i].word);
}

/* How like, in steps. */
static unsigned
step_of(const struct likely *l)
{
	return l->likeness / HUNT_STEP - MATCH_LIKE_MIN / HUNT_STEP;
}

/* How rare it is to find a word as like an item as this: by how often words of the base are. */
static void
weigh_likes(struct hunt *h)
{
	memset(h->rare_at, 0, h->qn.items * sizeof h->rare_at[0]);
	for (size_t i = 0; i < h->likes; i++) {
		const struct word_lists *lists = &h->lists[i];
		unsigned step = step_of(&h->like[i]);
		uint32_t *names = &h->rare[h->like[i].item][step];
		uint64_t *at = &h->rare_at[h->like[i].item][step / 64], bit = (uint64_t)1 << (step % 64);
		if ((*at & bit) == 0)
			*names = 0;
		for (size_t k = 0; k < LISTS; k++)
			*names += lists->of[k].n;
		*at |= bit;
	}
	h->rare_none = match_rarity(h->epoch, 0);
	for (size_t i = 0; i < h->qn.items; i++) {
		uint32_t names = 0, weight = h->rare_none;
		for (size_t k = sizeof h->rare_at[0] / sizeof h->rare_at[0][0]; k-- > 0;)
			for (uint64_t left = h->rare_at[i][k]; left != 0;) {
				unsigned bit = 63u - (unsigned)__builtin_clzll(left);
				uint32_t *more = &h->rare[i][k * 64 + bit];
				if (*more > 0)
					weight = match_rarity(h->epoch, names += *more);
				*more = weight;
				left ^= (uint64_t)1 << bit;
			}
	}
}

/* Of words of the base at least as like the item. */
static uint32_t
rare_of(const struct hunt *h, const struct likely *l)
{
	unsigned step = step_of(l);
	for (size_t k = step / 64; k < sizeof h->rare_at[0] / sizeof h->rare_at[0][0]; k++) {
		uint64_t bits = h->rare_at[l->item][k];
		if (k == step / 64)
			bits &= UINT64_MAX << (step % 64);
		if (bits != 0)
			return h->rare[l->item][k * 64 + (unsigned)__builtin_ctzll(bits)];
	}
	return h->rare_none;
}

static uint32_t
slot_at(const struct hunt *h, uint32_t word)
{
	uint32_t at = (word * 0x9e3779b1u) >> 8 & h->slot_mask;
	while (h->slot[at].word != 0 && h->slot[at].word != word + 1)
		at = (at + 1) & h->slot_mask;
	return at;
}

/* Slots for this question's words: few, so that they stay near however many another question had. */
static void
lay_slots(struct hunt *h)
{
	size_t want = 256;
	while (want < h->likes * 3)
		want *= 2;
	h->slot_mask = (uint32_t)want - 1;
	if (h->slots >= want)
		return; /* all are clear between uses */
	free(h->slot);
	h->slots = want;
	h->slot = ent_alloc_array(h->slots, sizeof *h->slot);
}

void
likes_collect(struct hunt *h, const struct part *p)
{
	likes_clear(h);
	fill(&h->near);
	for (size_t i = 0; i < h->qn.items; i++) {
		const struct item *it = &h->qn.item[i];
		bool whole = i < h->qn.parts; /* joined and bare items meet plain tokens only */
		near_of(h, p, &it->tok, whole);
		add_likes(h, i);
	}
	if (p->recent == NULL)
		find_lists(h, p);
	if (p->frequency_slots > 0)
		weigh_likes(h);
	for (size_t i = 0; i < h->likes; i++)
		h->like[i].weight = rare_of(h, &h->like[i]);
	lay_slots(h);
	for (size_t i = h->likes; i-- > 0;) {
		struct likely *l = &h->like[i];
		l->slot = slot_at(h, l->word);
		struct like_slot *s = &h->slot[l->slot];
		l->next = s->word != 0 ? &h->like[s->first] : NULL;
		*s = (struct like_slot){ l->word + 1, (uint32_t)i };
		h->near.seen[l->word / 64] |= (uint64_t)1 << (l->word % 64);
	}
}

void
likes_clear(struct hunt *h)
{
	for (size_t i = 0; i < h->likes; i++) {
		h->slot[h->like[i].slot] = (struct like_slot){ 0, 0 };
		h->near.seen[h->like[i].word / 64] = 0;
	}
	h->likes = 0;
}

const struct likely *
likes_found(const struct hunt *h, uint32_t word)
{
	return &h->like[h->slot[slot_at(h, word)].first];
}
