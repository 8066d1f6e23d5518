/* SPDX-License-Identifier: Apache-2.0
 *
 * text_similarity_over for many spellings at once: thirty-two abreast where the machine has AVX2, one by
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

#define LANES 32u
#define BATCH 512u /* spellings that are put in the order of their lengths at a time */

/* Phones as numbers under 32: small letters as they lie in ASCII, then four capitals; digits are one, for
 * they cost alike, and so are hexadecimals. */
#define CODES 32u
#define CODE_DIGIT 0u
#define CODE_HEX 31u
#define CODE_NONE 0x80u /* no phone */

static uint8_t
code_of(unsigned char c)
{
	static const char capitals[] = "DGTZ";
	const char *at = c == 0 ? NULL : strchr(capitals, c);
	if (at != NULL)
		return (uint8_t)('z' - 96 + 1 + (at - capitals));
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 96);
	if (c >= 'A' && c <= 'P')
		return CODE_HEX;
	return c >= '0' && c <= '9' ? CODE_DIGIT : CODE_NONE;
}

void
text_costs_fill(struct text_costs *out)
{
	unsigned char phone[CODES];
	for (unsigned c = 0; c < 128; c++) {
		uint8_t code = code_of((unsigned char)c);
		out->code[c] = code;
		if (code != CODE_NONE)
			phone[code] = (unsigned char)c;
	}
	for (size_t i = 0; i < CODES; i++) {
		struct text_phone p = text_phone((char)phone[i]);
		out->weight[i] = p.weight;
		out->before[i] = p.before;
		out->after[i] = p.after;
		for (size_t u = 0; u < 2; u++) {
			out->drop[u][i] = p.drop[u];
			out->rules[u][i] = p.rules[u];
		}
		/* those of one code, digits or hexadecimals, differ: the same phone is seen to apart */
		for (size_t k = 0; k < CODES; k++)
			out->swap[i][k] = (uint8_t)(i != k ? text_swap_cost((char)phone[i], (char)phone[k]) :
			    i == CODE_DIGIT		   ? text_swap_cost('1', '2') :
			    i == CODE_HEX		   ? text_swap_cost('A', 'B') : 0);
	}
	for (uint8_t i = 0; i < 16; i++) {
		out->light[0][i] = i == 0 ? 0 : (uint8_t)text_light_drop(i);
		out->light[1][i] = i == 0 ? 0 : (uint8_t)text_light_drop((unsigned)i << 4);
	}
	struct text_phone none = text_phone('\0');
	out->first = none.before;
	out->last = none.after;
}

static uint16_t
over(unsigned like, unsigned least)
{
	return (uint16_t)(like > least ? like : 0);
}

#if HAS_WIDE
#define WIDE __attribute__((target("avx2")))

/* A table of 32 bytes, each half in both halves. */
struct table {
	__m256i low, high;
};

WIDE static inline struct table
table_of(const uint8_t t[32])
{
	return (struct table){ _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)t)),
		_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)(t + 16))) };
}

/* Of each byte, which is under 32 but for bits 5 and 6. */
WIDE static inline __m256i
look_up(struct table t, __m256i code)
{
	return _mm256_blendv_epi8(_mm256_shuffle_epi8(t.low, code), _mm256_shuffle_epi8(t.high, code),
	    _mm256_slli_epi16(code, 3));
}

/* Thirty-two spellings by rows: of each first phone, of each second phone... */
struct abreast {
	__m256i phone[TEXT_PHONES_MAX], code[TEXT_PHONES_MAX], drop[TEXT_PHONES_MAX];
	__m256i n, unwritten;	    /* unwritten: all bits of those that write no short vowels */
	__m256i weight[2];	    /* 16 bits each, as all sums are */
	unsigned shortest, longest; /* of the lanes that are not empty */
	uint32_t strange;	    /* bits: lanes that hold what is no phone */
};

static inline uint64_t
eight(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

/* n phones, 1 to 8, and zeros. */
static inline uint64_t
up_to_eight(const char *p, size_t n)
{
	uint32_t a, b;
	if (n == 8)
		return eight(p);
	if (n >= 4) {
		memcpy(&a, p, sizeof a);
		memcpy(&b, p + n - 4, sizeof b);
		return a | (uint64_t)b << (n - 4) * 8;
	}
	return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << n / 2 * 8 |
	    (uint64_t)(unsigned char)p[n - 1] << (n - 1) * 8;
}

/* The first sixteen phones, and zeros. */
WIDE static inline __m128i
sixteen(const char *p, size_t n)
{
	if (n <= 8)
		return _mm_cvtsi64_si128((long long)up_to_eight(p, n));
	if (n >= 16)
		return _mm_loadu_si128((const __m128i_u *)p);
	return _mm_set_epi64x((long long)(eight(p + n - 8) >> (16 - n) * 8), (long long)eight(p));
}

/* Eight bytes of thirty-two lanes, those of lanes i and i + 16 in in[i], turned: out[j] has byte j of each lane. */
WIDE static inline void
turn(const __m256i in[16], bool upper, __m256i out[8])
{
	TEXT_UNSET __m256i a[8], b[8];
	for (size_t i = 0; i < 8; i++)
		a[i] = upper ? _mm256_unpackhi_epi8(in[i], in[i + 8]) : _mm256_unpacklo_epi8(in[i], in[i + 8]);
	for (size_t i = 0; i < 4; i++) {
		b[2 * i] = _mm256_unpacklo_epi8(a[i], a[i + 4]);
		b[2 * i + 1] = _mm256_unpackhi_epi8(a[i], a[i + 4]);
	}
	for (size_t i = 0; i < 4; i++) {
		a[2 * i] = _mm256_unpacklo_epi8(b[i], b[i + 4]);
		a[2 * i + 1] = _mm256_unpackhi_epi8(b[i], b[i + 4]);
	}
	for (size_t i = 0; i < 4; i++) {
		out[2 * i] = _mm256_unpacklo_epi8(a[i], a[i + 4]);
		out[2 * i + 1] = _mm256_unpackhi_epi8(a[i], a[i + 4]);
	}
}

/* Lanes past n are empty. */
WIDE static void
load(const struct text_spelling *b, const uint16_t *order, size_t n, struct abreast *s)
{
	TEXT_UNSET __m256i in[16];
	TEXT_UNSET __m128i lane[LANES];
	TEXT_UNSET uint8_t length[LANES], unwritten[LANES];
	s->shortest = TEXT_PHONES_MAX;
	s->longest = 0;
	for (size_t l = 0; l < n; l++) {
		const struct text_spelling *of = &b[order[l]];
		lane[l] = sixteen(of->phones, of->n);
		length[l] = of->n;
		unwritten[l] = of->vowelled ? 0 : UINT8_MAX;
		s->shortest = of->n < s->shortest ? of->n : s->shortest;
		s->longest = of->n > s->longest ? of->n : s->longest;
	}
	for (size_t l = n; l < LANES; l++) {
		lane[l] = _mm_setzero_si128();
		length[l] = unwritten[l] = 0;
	}
	s->n = _mm256_loadu_si256((const __m256i_u *)length);
	s->unwritten = _mm256_loadu_si256((const __m256i_u *)unwritten);
	for (size_t i = 0; i < 16; i++)
		in[i] = _mm256_set_m128i(lane[i + 16], lane[i]);
	turn(in, false, s->phone);
	if (s->longest > 8)
		turn(in, true, s->phone + 8);
	if (s->longest <= 16)
		return;
	for (size_t l = 0; l < n; l++) {
		const struct text_spelling *of = &b[order[l]];
		lane[l] = of->n <= 16 ? _mm_setzero_si128() :
		    _mm_cvtsi64_si128((long long)up_to_eight(of->phones + 16, of->n - 16u));
	}
	for (size_t i = 0; i < 16; i++)
		in[i] = _mm256_set_m128i(lane[i + 16], lane[i]);
	turn(in, false, s->phone + 16);
}

/* Codes of the phones, and what is no phone. */
WIDE static void
encode(const struct text_costs *c, struct abreast *s)
{
	struct table digit = table_of(c->code + 32), capital = table_of(c->code + 64), small = table_of(c->code + 96);
	__m256i strange = _mm256_setzero_si256();
	for (unsigned j = 0; j < s->longest; j++) {
		__m256i phone = s->phone[j], low = _mm256_and_si256(phone, _mm256_set1_epi8(31));
		__m256i code = look_up(digit, low);
		code = _mm256_blendv_epi8(code, look_up(capital, low),
		    _mm256_cmpgt_epi8(phone, _mm256_set1_epi8(63)));
		code = _mm256_blendv_epi8(code, look_up(small, low),
		    _mm256_cmpgt_epi8(phone, _mm256_set1_epi8(95)));
		/* bytes under the digits, as those over 127 are here */
		__m256i odd = _mm256_or_si256(code, _mm256_cmpgt_epi8(_mm256_set1_epi8(32), phone));
		__m256i in = _mm256_cmpgt_epi8(s->n, _mm256_set1_epi8((char)j));
		strange = _mm256_or_si256(strange, _mm256_and_si256(odd, in));
		s->code[j] = _mm256_and_si256(code, _mm256_set1_epi8(31));
	}
	s->strange = (uint32_t)_mm256_movemask_epi8(strange);
}

WIDE static inline __m256i
wide_low(__m256i bytes)
{
	return _mm256_cvtepu8_epi16(_mm256_castsi256_si128(bytes));
}

WIDE static inline __m256i
wide_high(__m256i bytes)
{
	return _mm256_cvtepu8_epi16(_mm256_extracti128_si256(bytes, 1));
}

/* What dropping each phone costs, and what all weigh. */
WIDE static void
measure(const struct text_costs *c, bool unwritten, struct abreast *s)
{
	struct table rules = table_of(c->rules[unwritten]), drop = table_of(c->drop[unwritten]);
	struct table before = table_of(c->before), after = table_of(c->after), weight = table_of(c->weight);
	struct table light = { _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)c->light[0])),
		_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)c->light[1])) };
	__m256i nibble = _mm256_set1_epi8(15), zero = _mm256_setzero_si256(), last = _mm256_set1_epi8((char)c->last);
	__m256i earlier = _mm256_set1_epi8((char)c->first), sum[2] = { zero, zero };
	for (unsigned j = 0; j < s->longest; j++) {
		__m256i code = s->code[j], next = _mm256_set1_epi8((char)(j + 1));
		__m256i later = j + 1 < s->longest ? look_up(after, s->code[j + 1]) : last;
		later = _mm256_blendv_epi8(last, later, _mm256_cmpgt_epi8(s->n, next));
		__m256i hold = _mm256_and_si256(look_up(rules, code), _mm256_and_si256(earlier, later));
		__m256i cost = _mm256_or_si256(_mm256_shuffle_epi8(light.low, _mm256_and_si256(hold, nibble)),
		    _mm256_shuffle_epi8(light.high, _mm256_and_si256(_mm256_srli_epi16(hold, 4), nibble)));
		s->drop[j] = _mm256_blendv_epi8(cost, look_up(drop, code), _mm256_cmpeq_epi8(hold, zero));
		earlier = look_up(before, code);
		__m256i own = _mm256_andnot_si256(_mm256_cmpgt_epi8(next, s->n), look_up(weight, code));
		sum[0] = _mm256_add_epi16(sum[0], wide_low(own));
		sum[1] = _mm256_add_epi16(sum[1], wide_high(own));
	}
	s->weight[0] = sum[0];
	s->weight[1] = sum[1];
}

/* Of each lane that cost at which it is not alike enough, or up to two more: 16 bits. */
WIDE static inline __m256i
limit_of(__m256i weight, unsigned own, unsigned least)
{
	__m256i length = _mm256_add_epi16(weight, _mm256_set1_epi16((short)own));
	__m256i limit = _mm256_mulhi_epu16(length, _mm256_set1_epi16((short)((1000 - least) * 32768u / 1000 + 1)));
	return _mm256_add_epi16(limit, _mm256_set1_epi16(1));
}

/* The weighted edit distance of a from each lane, if none's limit is over 254: in bytes, where what is more stays
 * 255.  a has no digits.  False: no lane is within its limit. */
WIDE static bool
distances(const struct text_costs *c, const struct text_asked *a, const struct abreast *s, __m256i limit,
    __m256i *cost)
{
	TEXT_UNSET __m256i row[TEXT_PHONES_MAX + 1], low[TEXT_PHONES_MAX], high[TEXT_PHONES_MAX];
	__m256i top = _mm256_set1_epi8((char)0x80), half = _mm256_set1_epi8(15);
	row[0] = _mm256_setzero_si256();
	for (unsigned j = 0; j < s->longest; j++) {
		/* bit 7 has a shuffle give 0: of one half of the table or the other */
		__m256i upper = _mm256_cmpgt_epi8(s->code[j], half);
		low[j] = _mm256_or_si256(s->code[j], _mm256_and_si256(upper, top));
		high[j] = _mm256_or_si256(s->code[j], _mm256_andnot_si256(upper, top));
		row[j + 1] = _mm256_adds_epu8(row[j], s->drop[j]);
	}
	for (unsigned i = 0; i < a->n; i++) {
		struct table swap = table_of(c->swap[c->code[(unsigned char)a->phones[i] & 127]]);
		__m256i drop = _mm256_blendv_epi8(_mm256_set1_epi8((char)a->drop[0][i]),
		    _mm256_set1_epi8((char)a->drop[1][i]), s->unwritten);
		__m256i corner = row[0], left = _mm256_adds_epu8(corner, drop), lowest = left;
		row[0] = left;
		for (unsigned j = 0; j < s->longest; j++) {
			__m256i change = _mm256_or_si256(_mm256_shuffle_epi8(swap.low, low[j]),
			    _mm256_shuffle_epi8(swap.high, high[j]));
			__m256i best = _mm256_adds_epu8(corner, change);
			corner = row[j + 1];
			best = _mm256_min_epu8(best, _mm256_adds_epu8(corner, drop));
			left = _mm256_min_epu8(best, _mm256_adds_epu8(left, s->drop[j]));
			row[j + 1] = left;
			lowest = _mm256_min_epu8(lowest, left);
		}
		__m256i within = _mm256_cmpeq_epi8(_mm256_min_epu8(lowest, limit), lowest);
		if (_mm256_testz_si256(within, within))
			return false;
	}
	*cost = _mm256_setzero_si256();
	for (unsigned j = s->shortest; j <= s->longest; j++)
		*cost = _mm256_blendv_epi8(*cost, row[j], _mm256_cmpeq_epi8(s->n, _mm256_set1_epi8((char)j)));
	return true;
}

/* The same of any words, in 16 bits: long ones differ by more. */
WIDE static void
wide_distances(const struct text_costs *c, const struct text_asked *a, const struct abreast *s, __m256i cost[2])
{
	TEXT_UNSET __m256i row[TEXT_PHONES_MAX + 1][2];
	row[0][0] = row[0][1] = _mm256_setzero_si256();
	for (unsigned j = 0; j < s->longest; j++) {
		row[j + 1][0] = _mm256_add_epi16(row[j][0], wide_low(s->drop[j]));
		row[j + 1][1] = _mm256_add_epi16(row[j][1], wide_high(s->drop[j]));
	}
	for (unsigned i = 0; i < a->n; i++) {
		uint8_t code = c->code[(unsigned char)a->phones[i] & 127];
		struct table swap = table_of(c->swap[code]);
		/* one of those that share a code is itself */
		__m256i same = _mm256_set1_epi8(code == CODE_DIGIT || code == CODE_HEX ? a->phones[i] : (char)-1);
		__m256i drop = _mm256_blendv_epi8(_mm256_set1_epi8((char)a->drop[0][i]),
		    _mm256_set1_epi8((char)a->drop[1][i]), s->unwritten);
		__m256i drop_low = wide_low(drop), drop_high = wide_high(drop);
		__m256i corner_low = row[0][0], corner_high = row[0][1];
		__m256i left_low = row[0][0] = _mm256_add_epi16(corner_low, drop_low);
		__m256i left_high = row[0][1] = _mm256_add_epi16(corner_high, drop_high);
		for (unsigned j = 0; j < s->longest; j++) {
			__m256i change = _mm256_andnot_si256(_mm256_cmpeq_epi8(s->phone[j], same),
			    look_up(swap, s->code[j]));
			__m256i best = _mm256_add_epi16(corner_low, wide_low(change));
			corner_low = row[j + 1][0];
			best = _mm256_min_epu16(best, _mm256_add_epi16(corner_low, drop_low));
			left_low = _mm256_min_epu16(best, _mm256_add_epi16(left_low, wide_low(s->drop[j])));
			row[j + 1][0] = left_low;
			best = _mm256_add_epi16(corner_high, wide_high(change));
			corner_high = row[j + 1][1];
			best = _mm256_min_epu16(best, _mm256_add_epi16(corner_high, drop_high));
			left_high = _mm256_min_epu16(best, _mm256_add_epi16(left_high, wide_high(s->drop[j])));
			row[j + 1][1] = left_high;
		}
	}
	cost[0] = cost[1] = _mm256_setzero_si256();
	for (unsigned j = s->shortest; j <= s->longest; j++) {
		__m256i end = _mm256_cmpeq_epi8(s->n, _mm256_set1_epi8((char)j));
		__m256i low = _mm256_cvtepi8_epi16(_mm256_castsi256_si128(end));
		__m256i high = _mm256_cvtepi8_epi16(_mm256_extracti128_si256(end, 1));
		cost[0] = _mm256_blendv_epi8(cost[0], row[j][0], low);
		cost[1] = _mm256_blendv_epi8(cost[1], row[j][1], high);
	}
}

/* The costs of lanes, and bits of those that may be alike enough: none that are is missing. */
WIDE static uint32_t
promising(const struct text_costs *c, const struct text_asked *a, const struct abreast *s, unsigned least,
    uint16_t costs[static LANES])
{
	TEXT_UNSET __m256i cost[2];
	__m256i low = limit_of(s->weight[0], a->weight, least), high = limit_of(s->weight[1], a->weight, least);
	__m256i most = _mm256_max_epu16(low, high);
	__m256i limit = _mm256_permute4x64_epi64(_mm256_packus_epi16(low, high), 0xd8), within;
	if (!a->digits && _mm256_testz_si256(_mm256_cmpgt_epi16(most, _mm256_set1_epi16(254)),
			      _mm256_set1_epi8(-1))) {
		__m256i narrow;
		if (!distances(c, a, s, limit, &narrow))
			return 0;
		within = _mm256_cmpeq_epi8(_mm256_min_epu8(narrow, limit), narrow);
		cost[0] = wide_low(narrow);
		cost[1] = wide_high(narrow);
	} else {
		wide_distances(c, a, s, cost);
		within = _mm256_permute4x64_epi64(_mm256_packs_epi16(_mm256_cmpgt_epi16(cost[0], low),
						      _mm256_cmpgt_epi16(cost[1], high)), 0xd8);
		within = _mm256_xor_si256(within, _mm256_set1_epi8(-1));
	}
	for (size_t i = 0; i < 2; i++)
		_mm256_storeu_si256((__m256i_u *)(costs + i * 16), cost[i]);
	return (uint32_t)_mm256_movemask_epi8(within);
}

WIDE static void
abreast(const struct text_costs *c, const struct text_asked *a, const struct text_spelling *b,
    const uint16_t *order, size_t n, unsigned least, uint16_t *out)
{
	TEXT_UNSET struct abreast s;
	TEXT_UNSET uint16_t costs[LANES], weights[LANES];
	load(b, order, n, &s);
	encode(c, &s);
	measure(c, !a->vowelled, &s);
	uint32_t bits = (promising(c, a, &s, least, costs) | s.strange) & UINT32_MAX >> (LANES - n);
	if (bits == 0)
		return;
	for (size_t i = 0; i < 2; i++)
		_mm256_storeu_si256((__m256i_u *)(weights + i * 16), s.weight[i]);
	for (; bits != 0; bits &= bits - 1) {
		unsigned l = (unsigned)__builtin_ctz(bits);
		const struct text_spelling *of = &b[order[l]];
		unsigned length = a->weight + weights[l], twice = costs[l] * 2000u;
		if ((s.strange >> l & 1) != 0) {
			out[order[l]] = over(text_asked_like(a, of, least), least);
			continue;
		}
		if (a->vowelled && of->vowelled)
			length = text_short_length(length, a->n > of->n ? a->n : of->n);
		if (twice < 1000 * length)
			out[order[l]] = over(1000 - twice / length, least);
	}
}

/* At most BATCH of them, in the order of their lengths if they are more than stand abreast. */
WIDE static void
batch(const struct text_costs *c, const struct text_asked *a, const struct text_spelling *b, size_t n,
    unsigned least, uint16_t *out)
{
	TEXT_UNSET uint16_t order[BATCH];
	uint16_t at[TEXT_PHONES_MAX + 2] = { 0 };
	memset(out, 0, n * sizeof *out);
	if (n <= LANES) {
		size_t some = 0;
		for (size_t i = 0; i < n; some += b[i++].n > 0)
			order[some] = (uint16_t)i;
		if (some > 0)
			abreast(c, a, b, order, some, least, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
		at[b[i].n + 1]++;
	uint16_t none = at[1];
	for (size_t k = 1; k < TEXT_PHONES_MAX + 2; k++)
		at[k] = (uint16_t)(at[k] + at[k - 1]);
	for (size_t i = 0; i < n; i++)
		order[at[b[i].n]++] = (uint16_t)i;
	for (size_t i = none; i < n; i += LANES)
		abreast(c, a, b, order + i, n - i < LANES ? n - i : LANES, least, out);
}

/* Has it phones alone?  Then they have codes. */
static bool
is_plain(const struct text_costs *c, struct text_asked *a)
{
	bool plain = a->n > 0;
	a->digits = false;
	for (size_t i = 0; i < a->n; i++) {
		uint8_t code = c->code[(unsigned char)a->phones[i] & 127];
		plain &= (unsigned char)a->phones[i] < 128 && code != CODE_NONE;
		a->digits |= code == CODE_DIGIT || code == CODE_HEX;
	}
	return plain;
}
#endif

void
text_similarity_many(const struct text_costs *c, const struct text_token *a,
    const struct text_spelling *b, size_t n, unsigned least_wanted, uint16_t *out)
{
	TEXT_UNSET struct text_asked asked;
	text_asked_of(a, &asked);
#if HAS_WIDE
	if (n > 1 && is_plain(c, &asked) && __builtin_cpu_supports("avx2")) {
		for (size_t i = 0; i < n; i += BATCH)
			batch(c, &asked, b + i, n - i < BATCH ? n - i : BATCH, least_wanted, out + i);
		return;
	}
#endif
	(void)c;
	for (size_t i = 0; i < n; i++)
		out[i] = over(text_asked_like(&asked, &b[i], least_wanted), least_wanted);
}
