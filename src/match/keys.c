/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that lead from a sound to the words that are like it.
 */
#include "match/index.h"

/* FNV-1a with a final mix; not for hostile keys' sake but for spread: lists are capped elsewhere. */
uint64_t
match_hash(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

uint32_t
match_sound_print(const char *code)
{
	uint32_t print = (uint32_t)(match_hash(code, strlen(code)) >> 8);
	return print == 0 ? 1 : print;
}

static void
add_key(struct token_keys *out, const char *s, size_t n, size_t without, bool whole)
{
	char part[TEXT_PHONES_MAX + 2] = "";
	size_t len = 0;
	for (size_t i = 0; i < n; i++)
		if (i != without)
			part[len++] = s[i];
	uint32_t hash = (uint32_t)match_hash(part, len);
	for (size_t i = 0; i < out->n; i++)
		if (out->hash[i] == hash && out->whole[i] == whole)
			return;
	if (out->n < MATCH_KEYS_MAX) {
		out->hash[out->n] = hash;
		out->whole[out->n++] = whole;
	}
}

static char
coarse(char phone, bool sibilant)
{
	switch (phone) {
	case 'b': case 'p': return 'B';
	case 'f': case 'v': return 'F';
	case 'T': case 'D': case 'Z': return sibilant ? 'S' : 'T';
	case 't': case 'd': return 'T';
	case 's': case 'z': return 'S';
	case 'j': case 'k': case 'q': case 'g': case 'G': case 'x': return 'K';
	case 'm': case 'n': case 'l': case 'r': case 'c': return phone;
	default: return phone >= '0' && phone <= '9' ? phone : '\0';
	}
}

/* Coarser than a sound code: no h, w, y, no first vowel, j as g; dh, th and their like both ways. */
static size_t
skeleton(const char *phones, bool sibilant, char out[static TEXT_PHONES_MAX])
{
	size_t n = 0;
	for (; *phones != '\0'; phones++) {
		char c = coarse(*phones, sibilant);
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

/* A name of h, w, y and vowels alone (Yahya): those make its skeleton. */
static void
soft_keys(const char *phones, struct token_keys *out)
{
	char s[TEXT_PHONES_MAX];
	size_t n = 0;
	for (; *phones != '\0'; phones++)
		if (strchr("hwy", *phones) != NULL)
			s[n++] = *phones;
	if (n < 2)
		return;
	add_key(out, s, n, SIZE_MAX, true);
	for (size_t i = 0; n >= 3 && i < n; i++)
		add_key(out, s, n, i, false);
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
		add_key(out, (char[]){ '=', (char)(sets[i] >> 8), (char)sets[i] }, 3, SIZE_MAX, true);
	n = skeleton(phones, false, s);
	if (phones[0] == '#' || n == 0) { /* other scripts and bare vowels: only their like */
		add_key(out, phones, strlen(phones), SIZE_MAX, true);
		if (phones[0] != '#')
			soft_keys(phones, out);
		return;
	}
	out->is_short = n <= 3;
	add_key(out, s, n, SIZE_MAX, true);
	for (size_t i = 0; n >= 3 && i < n; i++)
		add_key(out, s, n, i, false);
	if (strchr(phones, 'j') != NULL) { /* j is y in German, Dutch and Slavic spellings */
		char y[TEXT_PHONES_MAX + 1] = "";
		size_t len = strlen(phones);
		for (size_t i = 0; i <= len; i++)
			y[i] = phones[i] == 'j' ? 'y' : phones[i];
		size_t soft = skeleton(y, false, out_y);
		add_key(out, out_y, soft, SIZE_MAX, soft > 0);
	}
	if (phones[0] == 'w' && n < TEXT_PHONES_MAX) { /* Persian and Turkish say v */
		memmove(s + 1, s, n);
		s[0] = 'F';
		add_key(out, s, n + 1, SIZE_MAX, true);
	}
	if (strpbrk(phones, "TDZ") == NULL && strstr(phones, "ts") == NULL && strstr(phones, "dz") == NULL)
		return;
	n = skeleton(phones, true, s);
	add_key(out, s, n, SIZE_MAX, true);
}
