/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that lead from a sound to the words that are like it.
 */
#include "match/index.h"

/* FNV-1a with a final mix; not for hostile keys' sake but for spread: lists are capped elsewhere. */
static uint64_t
hash_more(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	return h;
}

static uint64_t
hash_end(uint64_t h)
{
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

#define HASH_BEGIN 0xcbf29ce484222325u

uint64_t
match_hash(const void *p, size_t n)
{
	return hash_end(hash_more(HASH_BEGIN, p, n));
}

uint32_t
match_sound_print(const char *code)
{
	uint32_t print = (uint32_t)(match_hash(code, strlen(code)) >> 8);
	return print == 0 ? 1 : print;
}

static void
put_key(struct token_keys *out, uint64_t h, bool whole)
{
	uint32_t hash = (uint32_t)hash_end(h);
	for (size_t i = 0; i < out->n; i++)
		if (out->hash[i] == hash && out->whole[i] == whole)
			return;
	if (out->n < MATCH_KEYS_MAX) {
		out->hash[out->n] = hash;
		out->whole[out->n++] = whole;
	}
}

static void
add_key(struct token_keys *out, const char *s, size_t n)
{
	put_key(out, hash_more(HASH_BEGIN, s, n), true);
}

/* Itself, and where three letters are, without each. */
static void
add_keys(struct token_keys *out, const char *s, size_t n)
{
	uint64_t before = HASH_BEGIN;
	add_key(out, s, n);
	for (size_t i = 0; n >= 3 && i < n; i++) {
		if (i == 0 || s[i] != s[i - 1]) /* else it is the same without the one before */
			put_key(out, hash_more(before, s + i + 1, n - i - 1), false);
		before = hash_more(before, s + i, 1);
	}
}

/* Classes of phones; a dental that is T, or S where others write it so, has S in the second. */
static const char coarse[2][256] = {
#define BOTH ['b'] = 'B', ['p'] = 'B', ['f'] = 'F', ['v'] = 'F', ['t'] = 'T', ['d'] = 'T', ['s'] = 'S', ['z'] = 'S', \
	['j'] = 'K', ['k'] = 'K', ['q'] = 'K', ['g'] = 'K', ['G'] = 'K', ['x'] = 'K', ['m'] = 'm', ['n'] = 'n', \
	['l'] = 'l', ['r'] = 'r', ['c'] = 'c', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', \
	['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9'
	{ BOTH, ['T'] = 'T', ['D'] = 'T', ['Z'] = 'T' },
	{ BOTH, ['T'] = 'S', ['D'] = 'S', ['Z'] = 'S' },
#undef BOTH
};

/* Coarser than a sound code: no h, w, y, no first vowel, j as g; dh, th and their like both ways. */
static size_t
skeleton(const char *phones, bool sibilant, char out[static TEXT_PHONES_MAX])
{
	size_t n = 0;
	for (; *phones != '\0'; phones++) {
		char c = coarse[sibilant][(unsigned char)*phones];
		/* ts and dz are t and d of other languages, or s and z */
		if (n > 0 && ((*phones == 's' && phones[-1] == 't') || (*phones == 'z' && phones[-1] == 'd'))) {
			if (sibilant)
				out[n - 1] = c;
		} else if (c != '\0') {
			out[n++] = c;
		}
	}
	return n;
}

/* Has it phones that are T, or S in other spellings? */
static bool
has_dental(const char *phones)
{
	bool has = false;
	for (char before = '\0'; *phones != '\0'; before = *phones++)
		has |= *phones == 'T' || *phones == 'D' || *phones == 'Z' || (*phones == 's' && before == 't') ||
		    (*phones == 'z' && before == 'd');
	return has;
}

/* Of a name of h, w, y and vowels alone (Yahya), or of six sounds or more and but two others (Nuwayri): those are of its
 * skeleton, too. */
#define SOFT_SOUNDS 6u
static void
soft_keys(const char *phones, struct token_keys *out)
{
	char s[TEXT_PHONES_MAX];
	size_t n = 0, soft = 0;
	for (; *phones != '\0'; phones++) {
		bool is_soft = strchr("hwy", *phones) != NULL;
		char c = is_soft ? *phones : coarse[0][(unsigned char)*phones];
		soft += is_soft;
		if (c != '\0')
			s[n++] = c;
	}
	if (soft >= 1 && n >= 2)
		add_keys(out, s, n);
}

/* Sh where others write s (Nashir, Naseer): of more letters both are found without it. */
static void
short_keys(const char *s, size_t n, struct token_keys *out)
{
	char plain[3];
	if (n > sizeof plain || memchr(s, 'c', n) == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		plain[i] = s[i] == 'c' ? 'S' : s[i];
	add_key(out, plain, n);
}

void
match_token_keys(const char *phones, uint16_t same, struct token_keys *out)
{
	char s[TEXT_PHONES_MAX], out_y[TEXT_PHONES_MAX];
	uint16_t sets[TEXT_SAME_MAX];
	out->n = 0;
	out->is_short = false;
	size_t n = text_equivalent_keys(same, sets);
	for (size_t i = 0; i < n; i++)
		add_key(out, (char[]){ '=', (char)(sets[i] >> 8), (char)sets[i] }, 3);
	n = skeleton(phones, false, s);
	if (phones[0] == '#' || n == 0) { /* other scripts and bare vowels: only their like */
		add_key(out, phones, strlen(phones));
		if (phones[0] != '#')
			soft_keys(phones, out);
		return;
	}
	out->is_short = n <= 3;
	add_keys(out, s, n);
	if (n == 2 && strlen(phones) >= SOFT_SOUNDS)
		soft_keys(phones, out);
	short_keys(s, n, out);
	if (strchr(phones, 'j') != NULL) { /* j is y in German, Dutch and Slavic spellings */
		char y[TEXT_PHONES_MAX + 1] = "";
		size_t len = strlen(phones);
		for (size_t i = 0; i <= len; i++)
			y[i] = phones[i] == 'j' ? 'y' : phones[i];
		size_t soft = skeleton(y, false, out_y);
		put_key(out, hash_more(HASH_BEGIN, out_y, soft), soft > 0);
	}
	if (phones[0] == 'w' && n < TEXT_PHONES_MAX) { /* Persian and Turkish say v */
		memmove(s + 1, s, n);
		s[0] = 'F';
		add_key(out, s, n + 1);
	}
	if (has_dental(phones)) {
		n = skeleton(phones, true, s);
		add_key(out, s, n);
	}
}
