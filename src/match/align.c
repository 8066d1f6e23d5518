/* SPDX-License-Identifier: Apache-2.0
 *
 * A register's name held against the question, word by word, and what that is worth.
 *
 * score = M / (T + 0.70 min(Uq, Ur) + 0.29 max(Uq, Ur)) - 0.9 exp(-M / 6.8): M is the weight of
 * what met times how well, T the weight of what met, U the weight of what is left over on either
 * side.  Words left over on both sides speak against a match more than on one; the last term is how
 * much evidence there is at all, so that one word, or two frequent ones, stay weak.  The constants
 * were fitted: tests/eval/README.md.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

#define LEFT_BOTH 700
#define LEFT_ONE 290
#define LITTLE 900
#define BARE 800u /* what a name without its abd earns of its weight, thousandths */
#define LITTLE_SCALE 6800u

/* What light words weigh, thousandths of a nat. */
#define WEIGHT_PARTICLE 150u
#define WEIGHT_KUNYA 1200u
#define WEIGHT_INITIAL 900u
#define WEIGHT_TITLE 200u
#define WEIGHT_LEGAL 400u
#define WEIGHT_ARTICLE 0u

uint32_t
match_token_weight(const struct match_index *x, uint32_t word, enum text_role role)
{
	switch (role) {
	case TEXT_NAME: return match_word_weight(x, word);
	case TEXT_INITIAL: return WEIGHT_INITIAL;
	case TEXT_KUNYA: return WEIGHT_KUNYA;
	case TEXT_PARTICLE: return WEIGHT_PARTICLE;
	case TEXT_ARTICLE: return WEIGHT_ARTICLE;
	case TEXT_TITLE: return WEIGHT_TITLE;
	case TEXT_LEGAL: return WEIGHT_LEGAL;
	}
	return 0;
}

static const struct likely *
find_like(const struct item *it, uint32_t word)
{
	size_t low = 0, high = it->like_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (it->like[mid].word < word)
			low = mid + 1;
		else
			high = mid;
	}
	return low < it->like_n && it->like[low].word == word ? &it->like[low] : NULL;
}

static uint32_t
span(unsigned first, unsigned last)
{
	return (uint32_t)(((uint64_t)2 << last) - ((uint64_t)1 << first));
}

/* The first sounds that one letter may stand for. */
static bool
same_initial(char a, char b)
{
	static const char *const groups[] = { "ksc", "gjy", "vwf", "iy", "uw", "Tt", "Dd" };
	if (a == b)
		return true;
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (strchr(groups[i], a) != NULL && strchr(groups[i], b) != NULL)
			return true;
	return false;
}

static void
meet(struct meetings *out, struct meeting m)
{
	if (out->n < MATCH_MEETINGS_MAX)
		out->m[out->n++] = m;
}

static void
meet_pair(const struct match_index *x, const struct question *qn, const struct name *n, size_t i,
    size_t j, const uint32_t *weights, struct meetings *out)
{
	const struct item *it = &qn->item[i];
	const struct name_token *t = &n->tok[j];
	const struct word *w = &x->words[t->word];
	bool joined = it->first < it->last || t->first < t->last;
	bool initial = (it->tok.role == TEXT_INITIAL) != (t->role == TEXT_INITIAL);
	if (initial && !joined && w->phones_n > 0 && it->tok.phones_n > 0 &&
	    (it->tok.role == TEXT_NAME || t->role == TEXT_NAME)) {
		if (same_initial(w->phones[0], it->tok.phones[0]))
			meet(out, (struct meeting){ WEIGHT_INITIAL * 9 / 10, WEIGHT_INITIAL,
				(uint8_t)i, (uint8_t)j, MATCH_INITIAL, 500 });
		return;
	}
	const struct likely *like = find_like(it, t->word);
	if (like == NULL)
		return;
	uint32_t weight = it->weight < weights[j] ? it->weight : weights[j];
	uint32_t f = like->f;
	if (!joined && (i >= qn->parts || j >= n->parts)) /* abd was dropped on one side */
		f = f * BARE / 1000;
	bool light = it->tok.role != TEXT_NAME || t->role != TEXT_NAME;
	meet(out, (struct meeting){ (uint32_t)((uint64_t)weight * f / 1000), weight, (uint8_t)i,
		(uint8_t)j, (uint8_t)(joined ? MATCH_JOINED : light ? MATCH_PARTICLE : MATCH_SPELLING),
		like->likeness });
}

/* Best first; a plain pair before a joined one; then by place, so that the order is total. */
static int
by_gain(const void *pa, const void *pb)
{
	const struct meeting *a = pa, *b = pb;
	if (a->gain != b->gain)
		return a->gain > b->gain ? -1 : 1;
	if ((a->how == MATCH_JOINED) != (b->how == MATCH_JOINED))
		return a->how == MATCH_JOINED ? 1 : -1;
	if (a->item != b->item)
		return a->item < b->item ? -1 : 1;
	return a->token < b->token ? -1 : a->token > b->token;
}

static int32_t
score_of(uint64_t met, uint64_t total, uint64_t left_q, uint64_t left_r)
{
	uint64_t less = left_q < left_r ? left_q : left_r, more = left_q < left_r ? left_r : left_q;
	uint64_t below = total * 1000 + less * LEFT_BOTH + more * LEFT_ONE;
	if (below == 0)
		return 0;
	int64_t likeness = (int64_t)(met * 1000000 / below);
	uint32_t milli = (uint32_t)(met * 1000 / LITTLE_SCALE);
	int64_t little = (int64_t)match_exp_minus(milli) * LITTLE / 1000000;
	return (int32_t)(likeness - little);
}

void
match_align(const struct match_index *x, const struct question *qn, const struct name *n,
    struct aligned *out)
{
	struct meetings *all = qn->meetings;
	uint32_t weights[2 * TEXT_TOKENS_MAX], left_q = 0, left_r = 0;
	all->n = 0;
	*out = (struct aligned){ .pairs = 0 };
	for (size_t j = 0; j < n->tokens; j++) {
		weights[j] = match_token_weight(x, n->tok[j].word, (enum text_role)n->tok[j].role);
		if (j >= n->parts) { /* joined: worth its parts, or itself if that is less */
			uint32_t parts = 0;
			for (size_t k = n->tok[j].first; k <= n->tok[j].last; k++)
				parts += weights[k];
			weights[j] = parts;
		}
	}
	for (size_t i = 0; i < qn->items; i++)
		for (size_t j = 0; j < n->tokens; j++)
			if (i < qn->parts || j < n->parts)
				meet_pair(x, qn, n, i, j, weights, all);
	if (all->n > 1)
		qsort(all->m, all->n, sizeof all->m[0], by_gain);
	uint64_t met = 0, total = 0;
	for (size_t k = 0; k < all->n && out->pairs < MATCH_PAIRS_MAX; k++) {
		const struct meeting *m = &all->m[k];
		uint32_t qs = span(qn->item[m->item].first, qn->item[m->item].last);
		uint32_t rs = span(n->tok[m->token].first, n->tok[m->token].last);
		if ((out->query_used & qs) != 0 || (out->record_used & rs) != 0)
			continue;
		out->query_used |= qs;
		out->record_used |= rs;
		met += m->gain;
		total += m->weight;
		out->solid += m->how == MATCH_JOINED ? 2 : m->how == MATCH_SPELLING;
		out->pair[out->pairs++] = (struct paired){ m->item, m->token, m->how, m->likeness,
			m->weight };
	}
	for (size_t i = 0; i < qn->parts; i++)
		if ((out->query_used >> i & 1) == 0)
			left_q += qn->item[i].weight;
	for (size_t j = 0; j < n->parts; j++)
		if ((out->record_used >> j & 1) == 0)
			left_r += weights[j]; /* NOLINT(clang-analyzer-core.uninitialized.Assign): parts <= tokens */
	out->score = score_of(met, total, left_q, left_r);
}
