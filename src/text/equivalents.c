/* SPDX-License-Identifier: Apache-2.0
 *
 * Words that stand for each other: data/equivalents.txt, as sorted rows.
 */
#include "text/private.h"

#include <string.h>

#define SETS 4u
#define LIKE_NAME 955
#define LIKE_SYLLABLE 930
#define LIKE_SHORT 780
#define LIKE_WORD 930

/* Kinds, above the set's number. */
#define EQUIVALENT_NAME 0x0000u
#define EQUIVALENT_SHORT 0x1000u
#define EQUIVALENT_WORD 0x2000u
#define EQUIVALENT_FORM 0x3000u
#define EQUIVALENT_SYLLABLE 0x4000u
#define EQUIVALENT_KIND 0xf000u

#define SON 0x4000u /* of a row's number: a patronymic of it */
#define DAUGHTER 0x8000u
#define FAMILY (SON | DAUGHTER) /* a family name made of it */
#define ROW 0x3fffu

static const struct row {
	char spell[24];
	uint16_t set[SETS];
} rows[] = {
#include "text/equivalents.inc"
};

#define ROWS (sizeof rows / sizeof rows[0])

static uint16_t
find(const char *spell, size_t n)
{
	size_t low = 0, high = ROWS;
	if (n == 0 || n >= sizeof rows[0].spell)
		return 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strncmp(rows[mid].spell, spell, n);
		if (order == 0)
			order = rows[mid].spell[n] == '\0' ? 0 : 1;
		if (order == 0)
			return (uint16_t)(mid + 1);
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

static uint16_t
find_patronymic(const char *spell, size_t n)
{
	static const struct {
		char tail[8];
		uint16_t of;
	} tails[] = { { "yevich", SON }, { "ievich", SON }, { "jevich", SON }, { "ovich", SON },
		{ "evich", SON }, { "avich", SON }, { "ovych", SON }, { "yovych", SON }, { "owitch", SON },
		{ "evitch", SON }, { "ovitch", SON }, { "ovitsch", SON }, { "ich", SON },
		{ "yevna", DAUGHTER }, { "ievna", DAUGHTER }, { "yivna", DAUGHTER }, { "ovna", DAUGHTER },
		{ "evna", DAUGHTER }, { "ivna", DAUGHTER }, { "auna", DAUGHTER }, { "euna", DAUGHTER },
		{ "ouna", DAUGHTER }, { "yeuna", DAUGHTER }, { "awna", DAUGHTER }, { "ichna", DAUGHTER },
		{ "ov", FAMILY }, { "ev", FAMILY }, { "yev", FAMILY }, { "av", FAMILY }, { "au", FAMILY },
		{ "eu", FAMILY }, { "yeu", FAMILY }, { "ou", FAMILY }, { "aw", FAMILY }, { "iv", FAMILY },
		{ "off", FAMILY }, { "eff", FAMILY }, { "ova", FAMILY }, { "eva", FAMILY }, { "yeva", FAMILY },
		{ "ava", FAMILY } };
	for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
		size_t len = strlen(tails[i].tail);
		size_t least = tails[i].of == FAMILY ? 4 : 3; /* "Alieu" is no Aliev */
		if (n < len + least || memcmp(spell + n - len, tails[i].tail, len) != 0)
			continue;
		uint16_t row = find(spell, n - len);
		if (row != 0)
			return (uint16_t)(row | tails[i].of);
	}
	return 0;
}

uint16_t
text_equivalent(enum text_script script, const char *spell)
{
	size_t n = strlen(spell);
	if (script == TEXT_ARABIC) {
		char at[TEXT_WORD_MAX + 2];
		at[0] = '@';
		memcpy(at + 1, spell, n + 1);
		return find(at, n + 1);
	}
	if (script != TEXT_LATIN && script != TEXT_CYRILLIC && script != TEXT_TIFINAGH)
		return 0;
	uint16_t row = find(spell, n);
	return row != 0 || n < 6 || strchr("ahvuwf", spell[n - 1]) == NULL ? row : find_patronymic(spell, n);
}

bool
text_equivalent_is(uint16_t same)
{
	return same == 0 || ((same & ROW) > 0 && (same & ROW) <= ROWS);
}

size_t
text_equivalent_keys(uint16_t same, uint16_t out[static TEXT_SAME_MAX])
{
	size_t n = 0;
	if (same == 0)
		return 0;
	const struct row *r = &rows[(same & ROW) - 1];
	for (size_t i = 0; i < SETS && r->set[i] != 0; i++)
		out[n++] = (uint16_t)(r->set[i] | (same & (SON | DAUGHTER)));
	return n;
}

bool
text_is_generic(uint16_t same)
{
	if (same == 0)
		return false;
	const struct row *r = &rows[(same & ROW) - 1];
	for (size_t i = 0; i < SETS && r->set[i] != 0; i++)
		if ((r->set[i] & EQUIVALENT_KIND) == EQUIVALENT_WORD)
			return true;
	return false;
}

unsigned
text_equivalent_likeness(uint16_t a, uint16_t b)
{
	static const uint16_t worth[] = { LIKE_NAME, LIKE_SHORT, LIKE_WORD, LIKE_WORD, LIKE_SYLLABLE };
	unsigned best = 0;
	if (a == 0 || b == 0 || (a & ~ROW) != (b & ~ROW))
		return 0;
	const struct row *ra = &rows[(a & ROW) - 1], *rb = &rows[(b & ROW) - 1];
	for (size_t i = 0; i < SETS && ra->set[i] != 0; i++)
		for (size_t k = 0; k < SETS && rb->set[k] != 0; k++)
			if (ra->set[i] == rb->set[k] && worth[ra->set[i] >> 12] > best)
				best = worth[ra->set[i] >> 12];
	return best;
}
