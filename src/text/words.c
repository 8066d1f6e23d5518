/* SPDX-License-Identifier: Apache-2.0
 *
 * Words with a role, and divine names: words.def, the former as sorted rows.
 */
#include "text/private.h"


static const struct {
	char spell[TEXT_ROW]; /* Arabic after @ */
	uint32_t roles;	      /* bits */
} words[] = {
#include "text/words.inc"
};

static const char *const divine[] = {
#define WORD(script, role, spell)
#define DIVINE(phones) phones,
#include "text/words.def"
#undef DIVINE
#undef WORD
};

size_t
text_row_find(const void *table, size_t rows, size_t size, const char spell[static TEXT_ROW])
{
	const char *from = table;
	struct text_row_key want = text_row_key(spell);
	size_t n = rows;
	while (n > 1) { /* the last row whose first letters are not behind */
		const char *mid = from + n / 2 * size;
		uint64_t part;
		memcpy(&part, mid, sizeof part);
		part = be64toh(part);
		bool behind = part > want.part[0];
		if (part == want.part[0]) {
			struct text_row_key k = text_row_key(mid);
			behind = k.part[1] > want.part[1] || (k.part[1] == want.part[1] && k.part[2] > want.part[2]);
		}
		from = behind ? from : mid;
		n = behind ? n / 2 : n - n / 2;
	}
	return n == 1 && memcmp(from, spell, TEXT_ROW) == 0 ? (size_t)(from - (const char *)table) / size : rows;
}

uint32_t
text_word_roles(enum text_script script, const char *spell)
{
	char want[TEXT_ROW] = "@";
	size_t n = strlen(spell), rows = sizeof words / sizeof words[0], arabic = script == TEXT_ARABIC;
	if (n + arabic >= sizeof want || script == TEXT_DIGITS || script == TEXT_OTHER)
		return 0;
	memcpy(want + arabic, spell, n + 1);
	size_t at = text_row_find(words, rows, sizeof words[0], want);
	return at < rows ? words[at].roles : 0;
}

bool
text_is_divine(const char *phones)
{
	char own[TEXT_SOUND_MAX + 1], one[TEXT_SOUND_MAX + 1];
	text_sound_of(phones, own);
	for (size_t i = 0; i < sizeof divine / sizeof divine[0]; i++) {
		text_sound_of(divine[i], one);
		if (strcmp(own, one) == 0)
			return true;
	}
	return false;
}
