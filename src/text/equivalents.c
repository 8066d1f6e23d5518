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
	char spell[TEXT_ROW];
	uint16_t set[SETS];
} rows[] = {
#include "text/equivalents.inc"
};

#define ROWS (sizeof rows / sizeof rows[0])

static uint16_t
find(const char *spell, size_t n)
{
	char want[TEXT_ROW] = "";
	if (n == 0 || n >= sizeof want)
		return 0;
	memcpy(want, spell, n);
	size_t at = text_row_find(rows, ROWS, sizeof rows[0], want);
	return at < ROWS ? (uint16_t)(at + 1) : 0;
}

static uint16_t
find_patronymic(const char *spell, size_t n)
{
	static const struct {
		char tail[8];
		uint8_t n;
		uint16_t of;
	} tails[] = {
#define T(tail, of) { tail, sizeof tail - 1, of }
		T("yevich", SON), T("ievich", SON), T("jevich", SON), T("ovich", SON), T("evich", SON),
		T("avich", SON), T("ovych", SON), T("yovych", SON), T("owitch", SON), T("evitch", SON),
		T("ovitch", SON), T("ovitsch", SON), T("ich", SON), T("yevna", DAUGHTER), T("ievna", DAUGHTER),
		T("yivna", DAUGHTER), T("ovna", DAUGHTER), T("evna", DAUGHTER), T("ivna", DAUGHTER),
		T("auna", DAUGHTER), T("euna", DAUGHTER), T("ouna", DAUGHTER), T("yeuna", DAUGHTER),
		T("awna", DAUGHTER), T("ichna", DAUGHTER), T("ov", FAMILY), T("ev", FAMILY), T("yev", FAMILY),
		T("av", FAMILY), T("au", FAMILY), T("eu", FAMILY), T("yeu", FAMILY), T("ou", FAMILY),
		T("aw", FAMILY), T("iv", FAMILY), T("off", FAMILY), T("eff", FAMILY), T("ova", FAMILY),
		T("eva", FAMILY), T("yeva", FAMILY), T("ava", FAMILY)
#undef T
	};
	for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
		size_t len = tails[i].n;
		if (tails[i].tail[len - 1] != spell[n - 1])
			continue;
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
