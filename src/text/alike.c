/* SPDX-License-Identifier: Apache-2.0
 *
 * text_similarity_over for many spellings at once: sixteen abreast where the machine has AVX2, one by
 * one elsewhere.  Both give the same numbers (test_text_alike).
 */
#include "text/private.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_WIDE 1
#else
#define HAS_WIDE 0
#endif

#define LANES 16

/* Phones as numbers under 64: letters as they lie in ASCII, digits where those leave room. */
static uint8_t
code_of(char phone)
{
	unsigned char c = (unsigned char)phone;
	if (c >= '0' && c <= '5')
		return (uint8_t)(c - '0' + 27);
	if (c >= '6' && c <= '9')
		return (uint8_t)(c - '6' + 59);
	return c >= 64 && c < 123 ? (uint8_t)(c - 64) : 0;
}

static char
phone_of(uint8_t code)
{
	if (code >= 27 && code < 33)
		return (char)('0' + code - 27);
	if (code >= 59 && code < 63)
		return (char)('6' + code - 59);
	return code > 0 && code < 59 ? (char)(code + 64) : '\0';
}

void
text_costs_fill(struct text_costs *out)
{
	for (uint8_t i = 0; i < 64; i++) {
		char a = phone_of(i);
		out->weight[i] = (uint8_t)text_phone_weight(a);
		for (uint8_t k = 0; k < 64; k++)
			out->swap[i][k] = (uint8_t)text_swap_cost(a, phone_of(k));
	}
	for (size_t i = 0; i < 128; i++)
		out->code[i] = code_of((char)i);
}

static void
one_by_one(const struct text_token *a, const struct text_spelling *b, size_t n, unsigned least,
    uint16_t *out)
{
	for (size_t i = 0; i < n; i++) {
		struct text_token t;
		t.phones_n = b[i].n;
		t.vowelled = b[i].vowelled;
		memcpy(t.phones, b[i].phones, b[i].n);
		t.phones[b[i].n] = '\0';
		unsigned like = text_similarity_over(a, &t, least);
		out[i] = (uint16_t)(like > least ? like : 0);
	}
}

#if HAS_WIDE
#define WIDE __attribute__((target("avx2")))

/* A byte of a table of 64 for each lane. */
WIDE static inline __m256i
look_up(const uint8_t table[64], __m128i codes)
{
	__m128i low = _mm_and_si128(codes, _mm_set1_epi8(15)), found = _mm_setzero_si128();
	__m128i quarter = _mm_and_si128(_mm_srli_epi16(codes, 4), _mm_set1_epi8(3));
	for (size_t q = 0; q < 4; q++) {
		__m128i part = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i_u *)(table + q * 16)), low);
		__m128i here = _mm_cmpeq_epi8(quarter, _mm_set1_epi8((char)q));
		found = _mm_or_si128(found, _mm_and_si128(part, here));
	}
	return _mm256_cvtepu8_epi16(found);
}

struct sixteen {
	_Alignas(32) uint8_t code[TEXT_PHONES_MAX][LANES];
	_Alignas(32) uint8_t drop[TEXT_PHONES_MAX][LANES];
	_Alignas(32) uint16_t unwritten[LANES]; /* all bits: the spelling writes no short vowels */
	uint8_t n[LANES];
	unsigned longest;
};

WIDE static void
load(const struct text_costs *c, bool unwritten, const struct text_spelling *b, size_t n,
    struct sixteen *out)
{
	out->longest = 0;
	for (size_t l = 0; l < n; l++)
		out->longest = b[l].n > out->longest ? b[l].n : out->longest;
	memset(out->code, 0, (size_t)out->longest * LANES);
	for (size_t l = 0; l < LANES; l++) {
		out->n[l] = l < n ? b[l].n : 0;
		out->unwritten[l] = l < n && !b[l].vowelled ? UINT16_MAX : 0;
		for (size_t j = 0; j < out->n[l]; j++) {
			out->code[j][l] = c->code[b[l].phones[j] & 127];
			out->drop[j][l] = (uint8_t)text_drop_at(b[l].phones, b[l].n, j, unwritten);
		}
	}
}

/* The weighted edit distance of a from each lane, and the lane's own weight. */
WIDE static void
distances(const struct text_costs *c, const struct text_token *a, const struct sixteen *s,
    uint16_t cost[LANES], uint16_t weight[LANES])
{
	__m256i row[TEXT_PHONES_MAX + 1], drop_b[TEXT_PHONES_MAX], sum = _mm256_setzero_si256();
	__m128i code[TEXT_PHONES_MAX];
	_Alignas(32) uint16_t kept[TEXT_PHONES_MAX + 1][LANES], weights[TEXT_PHONES_MAX + 1][LANES];
	__m256i unwritten = _mm256_loadu_si256((const __m256i_u *)s->unwritten);
	row[0] = _mm256_setzero_si256();
	_mm256_storeu_si256((__m256i_u *)weights[0], sum);
	for (unsigned j = 0; j < s->longest; j++) {
		code[j] = _mm_loadu_si128((const __m128i_u *)s->code[j]);
		drop_b[j] = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i_u *)s->drop[j]));
		row[j + 1] = _mm256_add_epi16(row[j], drop_b[j]);
		sum = _mm256_add_epi16(sum, look_up(c->weight, code[j]));
		_mm256_storeu_si256((__m256i_u *)weights[j + 1], sum);
	}
	for (unsigned i = 0; i < a->phones_n; i++) {
		uint8_t own = c->code[a->phones[i] & 127];
		__m256i drop = _mm256_blendv_epi8(
		    _mm256_set1_epi16((short)text_drop_at(a->phones, a->phones_n, i, false)),
		    _mm256_set1_epi16((short)text_drop_at(a->phones, a->phones_n, i, true)), unwritten);
		__m256i corner = row[0];
		row[0] = _mm256_add_epi16(row[0], drop);
		for (unsigned j = 0; j < s->longest; j++) {
			__m256i best = _mm256_add_epi16(corner, look_up(c->swap[own], code[j]));
			corner = row[j + 1];
			best = _mm256_min_epu16(best, _mm256_add_epi16(corner, drop));
			row[j + 1] = _mm256_min_epu16(best, _mm256_add_epi16(row[j], drop_b[j]));
		}
	}
	for (unsigned j = 0; j <= s->longest; j++)
		_mm256_storeu_si256((__m256i_u *)kept[j], row[j]);
	for (size_t l = 0; l < LANES; l++) {
		cost[l] = kept[s->n[l]][l];
		weight[l] = weights[s->n[l]][l];
	}
}

static void
sixteen_abreast(const struct text_costs *c, const struct text_token *a, unsigned own,
    const struct text_spelling *b, size_t n, unsigned least, uint16_t *out)
{
	struct sixteen s;
	uint16_t cost[LANES], weight[LANES];
	load(c, !a->vowelled, b, n, &s);
	distances(c, a, &s, cost, weight);
	for (size_t l = 0; l < n; l++) {
		unsigned length = own + weight[l];
		if (a->vowelled && b[l].vowelled)
			length = text_short_length(length, a->phones_n > b[l].n ? a->phones_n : b[l].n);
		unsigned twice = cost[l] * 2000u;
		out[l] = 0;
		if (b[l].n == 0 || twice > (1000 - least) * length)
			continue;
		unsigned like = 1000 - twice / length;
		out[l] = (uint16_t)(like > least ? like : 0);
		if (b[l].phones[0] == '#')
			out[l] = 0; /* alike only if the same, and a is not of that script */
	}
}
#endif

void
text_similarity_many(const struct text_costs *c, const struct text_token *a,
    const struct text_spelling *b, size_t n, unsigned least_wanted, uint16_t *out)
{
#if HAS_WIDE
	if (a->phones_n > 0 && a->phones[0] != '#' && n > 2 && __builtin_cpu_supports("avx2")) {
		unsigned own = 0;
		for (size_t i = 0; i < a->phones_n; i++)
			own += c->weight[c->code[a->phones[i] & 127]];
		for (size_t i = 0; i < n; i += LANES)
			sixteen_abreast(c, a, own, b + i, n - i < LANES ? n - i : LANES, least_wanted,
			    out + i);
		return;
	}
#endif
	(void)c;
	one_by_one(a, b, n, least_wanted, out);
}
