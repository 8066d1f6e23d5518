/* SPDX-License-Identifier: Apache-2.0
 *
 * Words with a role, and divine names: words.def, the former as sorted rows.
 */
#include "text/private.h"

#include <string.h>

static const struct {
	char spell[20]; /* Arabic after @ */
	uint32_t roles; /* bits */
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

uint32_t
text_word_roles(enum text_script script, const char *spell)
{
	char at[sizeof words[0].spell];
	size_t n = strlen(spell), low = 0, high = sizeof words / sizeof words[0];
	if (n + 2 > sizeof at || script == TEXT_DIGITS || script == TEXT_OTHER)
		return 0;
	at[0] = '@';
	memcpy(at + 1, spell, n + 1);
	const char *want = script == TEXT_ARABIC ? at : spell;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(words[mid].spell, want);
		if (order == 0)
			return words[mid].roles;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
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
