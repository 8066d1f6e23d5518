/* SPDX-License-Identifier: Apache-2.0 */
#include "text/private.h"

#include <string.h>

/* Costs are in hundredths of a consonant (research/matching.md 4: fitted there on attested pairs). */
#define CONSONANT 100u
#define VOWEL 40u	   /* weight of a vowel in the length */
#define DROP_VOWEL 30u
#define DROP_UNWRITTEN 6u  /* a short vowel against a script that writes none */
#define DROP_HALF 60u	   /* h, w, y */

static bool
half(char c)
{
	return c == 'h' || c == 'w' || c == 'y';
}

static unsigned
weight_of(char c)
{
	return text_is_vowel(c) ? VOWEL : CONSONANT;
}

static unsigned
drop_cost(char c, bool unwritten)
{
	if (c < 64) /* a digit */
		return 2 * CONSONANT;
	if (text_is_vowel(c))
		return unwritten ? DROP_UNWRITTEN : DROP_VOWEL;
	return half(c) ? DROP_HALF : CONSONANT;
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
	PAIR('v', 'u', 35) PAIR('m', 'n', 50) PAIR('x', 's', 60) PAIR('h', 'j', 60)
	PAIR('h', 'g', 60) PAIR('v', 'o', 50) PAIR('z', 'd', 50) PAIR('j', 'i', 35)
	PAIR('i', 'e', 10) PAIR('o', 'u', 10) PAIR('a', 'e', 20) PAIR('a', 'i', 20)
	PAIR('a', 'o', 20) PAIR('a', 'u', 20) PAIR('e', 'o', 20) PAIR('e', 'u', 20)
	PAIR('i', 'o', 20) PAIR('i', 'u', 20)
};
#undef PAIR

static unsigned
swap_cost(char a, char b)
{
	if (a == b)
		return 0;
	if (a < 64 || b < 64) /* a digit is no other digit, and no letter */
		return 200;
	unsigned cost = swaps[a & 63][b & 63];
	if (cost > 0)
		return cost;
	return text_is_vowel(a) || text_is_vowel(b) ? 120 : 110;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
text_similarity(const struct text_token *a, const struct text_token *b)
{
	if (a->phones[0] == '#' || b->phones[0] == '#')
		return strcmp(a->phones, b->phones) == 0 ? 1000 : 0;
	size_t n = a->phones_n, m = b->phones_n;
	if (n == 0 || m == 0)
		return 0;
	bool unwritten_a = !b->vowelled, unwritten_b = !a->vowelled; /* of vowels only a, b has */
	unsigned row[TEXT_PHONES_MAX + 1], before[TEXT_PHONES_MAX + 1], length = 0;
	before[0] = 0;
	for (size_t j = 1; j <= m; j++)
		before[j] = before[j - 1] + drop_cost(b->phones[j - 1], unwritten_b);
	for (size_t i = 1; i <= n; i++) {
		char ca = a->phones[i - 1];
		unsigned drop = drop_cost(ca, unwritten_a);
		row[0] = before[0] + drop;
		for (size_t j = 1; j <= m; j++) {
			char cb = b->phones[j - 1];
			unsigned best = before[j - 1] + swap_cost(ca, cb);
			best = least(best, before[j] + drop);
			row[j] = least(best, row[j - 1] + drop_cost(cb, unwritten_b));
		}
		memcpy(before, row, sizeof row);
		length += weight_of(ca);
	}
	for (size_t j = 0; j < m; j++)
		length += weight_of(b->phones[j]);
	unsigned cost = before[m] * 2000;
	return cost >= 1000 * length ? 0 : 1000 - cost / length;
}
