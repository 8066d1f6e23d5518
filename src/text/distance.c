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
#define DROP_SILENT 60u
#define DROP_LAST 60u
#define SWAP_OTHER 105u	   /* phones that nobody exchanges */
#define DIGIT 200u	   /* a digit is no other digit */

/* Of each phone: what dropping it costs, by whether the other side writes short vowels, and its weight. */
static const struct {
	uint8_t drop, drop_unwritten, weight;
} costs[128] = {
	['a'] = { DROP_VOWEL, DROP_UNWRITTEN, VOWEL },
	['e'] = { DROP_VOWEL, DROP_UNWRITTEN, VOWEL },
	['i'] = { DROP_VOWEL, DROP_UNWRITTEN, VOWEL },
	['o'] = { DROP_VOWEL, DROP_UNWRITTEN, VOWEL },
	['u'] = { DROP_VOWEL, DROP_UNWRITTEN, VOWEL },
	['h'] = { DROP_HALF, DROP_HALF, CONSONANT },
	['w'] = { DROP_HALF, DROP_HALF, CONSONANT },
	['y'] = { DROP_HALF, DROP_HALF, CONSONANT },
#define C(phone) [phone] = { CONSONANT, CONSONANT, CONSONANT }
	C('b'), C('p'), C('f'), C('v'), C('m'), C('n'), C('l'), C('r'), C('t'), C('d'), C('s'), C('z'),
	C('k'), C('g'), C('q'), C('x'), C('G'), C('c'), C('j'), C('T'), C('D'), C('Z'),
	/* hexadecimal of a letter that no table knows, among Arabic ones */
	C('A'), C('B'), C('C'), C('E'), C('F'), C('H'), C('I'), C('J'), C('K'), C('L'), C('M'), C('N'),
	C('O'), C('P'),
#undef C
#define D(digit) [digit] = { DIGIT, DIGIT, CONSONANT }
	D('0'), D('1'), D('2'), D('3'), D('4'), D('5'), D('6'), D('7'), D('8'), D('9'),
#undef D
};

static unsigned
drop_cost(char c, bool unwritten)
{
	unsigned char i = (unsigned char)c & 127;
	return unwritten ? costs[i].drop_unwritten : costs[i].drop;
}

/* What dropping phone i of t costs, where its neighbours make it light: ts and dz stand for a t and d
 * before soft vowels; ng for n; an h between vowel and consonant is hardly heard; French writes last
 * consonants that nobody says, which Arabic script leaves out. */
unsigned
text_drop_at(const char *p, size_t n, size_t i, bool unwritten)
{
	unsigned cost = drop_cost(p[i], unwritten);
	char c = p[i], before = i > 0 ? p[i - 1] : '\0', after = i + 1 < n ? p[i + 1] : '\0';
	if ((c == 's' && before == 't') || (c == 'z' && before == 'd'))
		return DROP_AFFRICATE;
	if (c == 'g' && before == 'n' && after == '\0')
		return DROP_NG;
	if (c == 'h' && text_is_vowel(before) && after != '\0' && !text_is_vowel(after))
		return DROP_H;
	if (c == 'y' && after != '\0' && text_is_vowel(after) && i > 0)
		return DROP_GLIDE; /* Fadeev and Fadeyev, Petrovna and Piatrouna */
	if (after == '\0' && (c == 'i' || c == 'o' || c == 'u' || (c == 'a' && !unwritten)))
		return DROP_LAST; /* Mansour and Mansouri are two names; Arabic writes it too */
	if (unwritten && after == '\0' && (text_is_vowel(before) || before == 'n' || before == 'l') &&
	    (c == 's' || c == 't' || c == 'd' || c == 'z' || c == 'r'))
		return DROP_SILENT;
	return cost;
}

unsigned
text_phone_weight(char c)
{
	return costs[(unsigned char)c & 127].weight;
}

static unsigned
weight_of(const struct text_token *t)
{
	unsigned sum = 0;
	for (size_t i = 0; i < t->phones_n; i++)
		sum += costs[(unsigned char)t->phones[i] & 127].weight;
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

unsigned
text_swap_cost(char a, char b)
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

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
text_similarity_over(const struct text_token *a, const struct text_token *b, unsigned least_wanted)
{
	if (a->phones[0] == '#' || b->phones[0] == '#')
		return strcmp(a->phones, b->phones) == 0 ? 1000 : 0;
	size_t n = a->phones_n, m = b->phones_n;
	if (n == 0 || m == 0)
		return 0;
	unsigned length = weight_of(a) + weight_of(b);
	if (a->vowelled && b->vowelled)
		length = text_short_length(length, n > m ? n : m);
	/* above this cost the answer, which is rounded up, is under least_wanted, and 0 will do */
	unsigned limit = ((1001 - least_wanted) * length + 1999) / 2000 - 1;
	bool unwritten_a = !b->vowelled, unwritten_b = !a->vowelled; /* of vowels only a, b has */
	unsigned row[TEXT_PHONES_MAX + 1], drop_b[TEXT_PHONES_MAX];
	row[0] = 0;
	for (size_t j = 0; j < m; j++) {
		drop_b[j] = text_drop_at(b->phones, m, j, unwritten_b);
		row[j + 1] = row[j] + drop_b[j];
	}
	for (size_t i = 0; i < n; i++) {
		char ca = a->phones[i];
		unsigned drop = text_drop_at(a->phones, n, i, unwritten_a), corner = row[0], lowest;
		lowest = row[0] += drop;
		for (size_t j = 0; j < m; j++) {
			unsigned best = corner + text_swap_cost(ca, b->phones[j]);
			corner = row[j + 1];
			best = least(best, corner + drop);
			row[j + 1] = least(best, row[j] + drop_b[j]);
			lowest = least(lowest, row[j + 1]);
		}
		if (lowest > limit)
			return 0;
	}
	unsigned cost = row[m] * 2000;
	return cost >= 1000 * length ? 0 : 1000 - cost / length;
}

unsigned
text_similarity(const struct text_token *a, const struct text_token *b)
{
	return text_similarity_over(a, b, 0);
}
