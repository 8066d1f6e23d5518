/* SPDX-License-Identifier: Apache-2.0 */
#include "text/private.h"

#include <string.h>

/* Costs are in hundredths of a consonant (fitted: tests/eval/README.md). */
#define CONSONANT 100u
#define VOWEL 55u	   /* weight of a vowel in the length */
#define DROP_VOWEL 34u
#define DROP_UNWRITTEN 3u  /* a short vowel against a script that writes none */
#define DROP_HALF 45u	   /* h, w, y */
#define DROP_GLIDE 20u
#define DROP_AFFRICATE 40u
#define DROP_NG 45u
#define DROP_H 30u
#define DROP_LAST 60u	   /* a last vowel; a last consonant that nobody says */
#define SWAP_OTHER 105u	   /* phones that nobody exchanges */
#define DIGIT 200u	   /* a digit is no other digit */

/* Where its neighbours make dropping a phone light.  ts and dz stand for a t and d before soft vowels; ng for
 * n; an h between vowel and consonant is hardly heard; French writes last consonants that nobody says,
 * which Arabic script leaves out.  A rule holds where the phone, the one before it and the one after it
 * all have its bit. */
#define AFTER_T 0x01u
#define AFTER_D 0x02u
#define LAST 0x04u   /* Mansour and Mansouri are two names; Arabic writes it too */
#define SILENT 0x08u /* against a script that writes no short vowels */
#define NG 0x10u
#define SOFT_H 0x20u
#define GLIDE 0x40u /* Fadeev and Fadeyev, Petrovna and Piatrouna */
/* As most have it; a row below says what is otherwise. */
#define BEFORE (LAST | GLIDE)
#define AFTER (AFTER_T | AFTER_D | SOFT_H)

/* Of each phone: what dropping it costs and by which rules it is light, by whether the other side writes short
 * vowels; what differs for the phone after it and before it; its weight. */
static const struct {
	uint8_t drop[2], rules[2], before, after, weight;
} costs[128] = {
	['\0'] = { .before = GLIDE, .after = LAST | SILENT | NG | SOFT_H }, /* no phone */
#define V(phone, last, last_unwritten) \
	[phone] = { { DROP_VOWEL, DROP_UNWRITTEN }, { last, last_unwritten }, SILENT | SOFT_H, SOFT_H | GLIDE, VOWEL }
	V('a', LAST, 0), V('e', 0, 0), V('i', LAST, LAST), V('o', LAST, LAST), V('u', LAST, LAST),
#undef V
#define R(phone, cost, rules, unwritten, before) \
	[phone] = { { cost, cost }, { rules, unwritten }, before, 0, CONSONANT }
	R('h', DROP_HALF, SOFT_H, SOFT_H, 0), R('w', DROP_HALF, 0, 0, 0), R('y', DROP_HALF, GLIDE, GLIDE, 0),
	R('n', CONSONANT, 0, 0, NG | SILENT), R('l', CONSONANT, 0, 0, SILENT), R('r', CONSONANT, 0, SILENT, 0),
	R('t', CONSONANT, 0, SILENT, AFTER_T), R('d', CONSONANT, 0, SILENT, AFTER_D),
	R('s', CONSONANT, AFTER_T, AFTER_T | SILENT, 0), R('z', CONSONANT, AFTER_D, AFTER_D | SILENT, 0),
	R('g', CONSONANT, NG, NG, 0),
#define C(phone) R(phone, CONSONANT, 0, 0, 0)
	C('b'), C('p'), C('f'), C('v'), C('m'), C('k'), C('q'), C('x'), C('G'), C('c'), C('j'), C('T'),
	C('D'), C('Z'),
	/* hexadecimal of a letter that no table knows, among Arabic ones */
	C('A'), C('B'), C('C'), C('E'), C('F'), C('H'), C('I'), C('J'), C('K'), C('L'), C('M'), C('N'),
	C('O'), C('P'),
#undef C
#define D(digit) R(digit, DIGIT, 0, 0, 0)
	D('0'), D('1'), D('2'), D('3'), D('4'), D('5'), D('6'), D('7'), D('8'), D('9'),
#undef D
#undef R
};

struct text_phone
text_phone(char c)
{
	unsigned char i = (unsigned char)c & 127;
	return (struct text_phone){ { costs[i].drop[0], costs[i].drop[1] },
		{ costs[i].rules[0], costs[i].rules[1] }, costs[i].before ^ BEFORE, costs[i].after ^ AFTER,
		costs[i].weight };
}

unsigned
text_light_drop(unsigned rules)
{
	if ((rules & (AFTER_T | AFTER_D)) != 0)
		return DROP_AFFRICATE;
	if ((rules & (LAST | SILENT)) != 0)
		return DROP_LAST;
	if ((rules & NG) != 0)
		return DROP_NG;
	return (rules & SOFT_H) != 0 ? DROP_H : DROP_GLIDE;
}

/* What dropping each phone costs. */
static void
drops_of(const char *p, size_t n, bool unwritten, uint8_t out[static TEXT_PHONES_MAX])
{
	unsigned char before = 0, c = (unsigned char)p[0] & 127;
	for (size_t i = 0; i < n; i++) {
		unsigned char after = i + 1 < n ? (unsigned char)p[i + 1] & 127 : 0;
		unsigned rules = costs[c].rules[unwritten] & (costs[before].before ^ BEFORE) &
		    (costs[after].after ^ AFTER);
		out[i] = rules == 0 ? costs[c].drop[unwritten] : (uint8_t)text_light_drop(rules);
		before = c;
		c = after;
	}
}

static unsigned
weight_of(const char *p, size_t n)
{
	unsigned sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += costs[(unsigned char)p[i] & 127].weight;
	return sum;
}

/* Pairs that transliterations exchange, both ways; 0: not listed. */
#define PAIR(a, b, cost) [(a) - 64][(b) - 64] = cost, [(b) - 64][(a) - 64] = cost,
static const uint8_t swaps[64][64] = {
	PAIR('q', 'k', 10) PAIR('G', 'g', 20) PAIR('q', 'g', 25) PAIR('G', 'r', 60)
	PAIR('G', 'k', 50) PAIR('x', 'k', 25) PAIR('x', 'h', 30) PAIR('x', 'c', 40)
	PAIR('x', 'G', 40) PAIR('q', 'G', 35) PAIR('k', 'g', 40) PAIR('j', 'g', 35)
	PAIR('j', 'y', 25) PAIR('j', 'c', 35) PAIR('j', 'z', 50) PAIR('c', 's', 45)
	PAIR('c', 'k', 50) PAIR('D', 'd', 12) PAIR('D', 'z', 20) PAIR('Z', 'z', 5)
	PAIR('Z', 'D', 12) PAIR('Z', 'd', 25) PAIR('T', 't', 15) PAIR('T', 's', 25)
	PAIR('T', 'D', 35) PAIR('t', 'd', 40) PAIR('s', 'z', 30) PAIR('b', 'p', 25)
	PAIR('f', 'v', 25) PAIR('f', 'p', 50) PAIR('b', 'v', 45) PAIR('v', 'w', 20)
	PAIR('w', 'u', 12) PAIR('w', 'o', 15) PAIR('y', 'i', 8) PAIR('y', 'e', 20)
	PAIR('v', 'u', 20) PAIR('m', 'n', 50) PAIR('x', 's', 60) PAIR('h', 'j', 60)
	PAIR('h', 'g', 60) PAIR('v', 'o', 50) PAIR('z', 'd', 50) PAIR('j', 'i', 35)
	PAIR('D', 't', 40) PAIR('x', 'g', 30) PAIR('f', 'w', 40)
	PAIR('i', 'e', 10) PAIR('o', 'u', 10) PAIR('a', 'e', 20) PAIR('a', 'i', 30)
	PAIR('a', 'o', 30) PAIR('a', 'u', 40) PAIR('e', 'o', 40) PAIR('e', 'u', 40)
	PAIR('i', 'o', 40) PAIR('i', 'u', 40)
};
#undef PAIR

static inline unsigned
swap_cost(char a, char b)
{
	if (a == b)
		return 0;
	if (a < 64 || b < 64) /* a digit is no other digit, and no letter */
		return 200;
	unsigned cost = swaps[a & 63][b & 63];
	if (cost > 0)
		return cost;
	return SWAP_OTHER;
}

unsigned
text_swap_cost(char a, char b)
{
	return swap_cost(a, b);
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static void
asked_of(const struct text_token *t, struct text_asked *out)
{
	out->phones = t->phones;
	out->n = t->phones_n;
	out->vowelled = t->vowelled;
	out->weight = weight_of(t->phones, t->phones_n);
}

void
text_asked_of(const struct text_token *t, struct text_asked *out)
{
	asked_of(t, out);
	drops_of(t->phones, t->phones_n, false, out->drop[0]);
	drops_of(t->phones, t->phones_n, true, out->drop[1]);
}

static unsigned
cheapest(const uint8_t *drop, size_t n, unsigned most)
{
	for (size_t i = 0; i < n; i++)
		most = least(most, drop[i]);
	return most;
}

/* A row of the distances: of one more phone of a, from every start of b within the band.  Answers its least. */
static inline unsigned
next_row(char ca, unsigned drop, const char *b, const uint8_t *drop_b, size_t from, size_t to, unsigned *row)
{
	unsigned corner = row[from], lowest;
	lowest = row[from] = from == 0 ? corner + drop : UINT16_MAX; /* what is left of the band is too dear */
	for (size_t j = from; j < to; j++) {
		unsigned best = corner + swap_cost(ca, b[j]);
		corner = row[j + 1];
		best = least(best, corner + drop);
		row[j + 1] = least(best, row[j] + drop_b[j]);
		lowest = least(lowest, row[j + 1]);
	}
	return lowest;
}

unsigned
text_asked_like(const struct text_asked *a, const struct text_spelling *b, unsigned least_wanted)
{
	size_t n = a->n, m = b->n;
	if (n == 0 || m == 0)
		return 0;
	if (a->phones[0] == '#' || b->phones[0] == '#')
		return n == m && memcmp(a->phones, b->phones, n) == 0 ? 1000 : 0;
	unsigned length = a->weight + weight_of(b->phones, m);
	if (a->vowelled && b->vowelled)
		length = text_short_length(length, n > m ? n : m);
	/* above this cost the answer, which is rounded up, is under least_wanted, and 0 will do */
	unsigned limit = ((1001 - least_wanted) * length + 1999) / 2000 - 1;
	const uint8_t *drop_a = a->drop[!b->vowelled]; /* of vowels only a, b has */
	TEXT_UNSET unsigned row[TEXT_PHONES_MAX + 1];
	TEXT_UNSET uint8_t drop_b[TEXT_PHONES_MAX];
	drops_of(b->phones, m, !a->vowelled, drop_b);
	/* so many more phones of one side than of the other are dropped within the limit, at most */
	unsigned drop = cheapest(drop_b, m, cheapest(drop_a, n, CONSONANT));
	size_t band = drop == 0 ? TEXT_PHONES_MAX : limit / drop; /* what is no phone costs nothing */
	if (n > m + band || m > n + band)
		return 0;
	row[0] = 0;
	for (size_t j = 0; j < m; j++)
		row[j + 1] = j < band ? row[j] + drop_b[j] : UINT16_MAX;
	for (size_t i = 0; i < n; i++) {
		size_t to = i + 1 + band;
		if (next_row(a->phones[i], drop_a[i], b->phones, drop_b, i > band ? i - band : 0, to < m ? to : m,
			row) > limit)
			return 0;
	}
	if (row[m] > limit) /* and may be more than it costs: what lies outside the band was not looked at */
		return 0;
	unsigned cost = row[m] * 2000;
	return cost >= 1000 * length ? 0 : 1000 - cost / length;
}

unsigned
text_similarity_over(const struct text_token *a, const struct text_token *b, unsigned least_wanted)
{
	struct text_spelling spelling = { b->phones, b->phones_n, b->vowelled };
	TEXT_UNSET struct text_asked asked;
	asked_of(a, &asked);
	drops_of(a->phones, a->phones_n, !b->vowelled, asked.drop[!b->vowelled]); /* the other is not read */
	return text_asked_like(&asked, &spelling, least_wanted);
}

unsigned
text_similarity(const struct text_token *a, const struct text_token *b)
{
	return text_similarity_over(a, b, 0);
}
