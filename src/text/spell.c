/* SPDX-License-Identifier: Apache-2.0 */
#include "text/private.h"

#include <string.h>

#define ARABIC_FIRST 0x600u
#define ARABIC_END 0x780u
#define CYRILLIC_FIRST 0x400u
#define CYRILLIC_END 0x530u
#define TIFINAGH_FIRST 0x2d30u
#define TIFINAGH_END 0x2d80u

static const struct {
	uint32_t cp;
	const char *spell;
} latin_letters[] = {
#define LATIN(cp, spell) { cp, spell },
#include "text/letters.def"
#undef LATIN
};

static const char *const cyrillic_table[CYRILLIC_END - CYRILLIC_FIRST] = {
#define CYRILLIC(cp, spell) [(cp) - CYRILLIC_FIRST] = spell,
#include "text/letters.def"
#undef CYRILLIC
};

static const char *const tifinagh_table[TIFINAGH_END - TIFINAGH_FIRST] = {
#define TIFINAGH(cp, spell) [(cp) - TIFINAGH_FIRST] = spell,
#include "text/letters.def"
#undef TIFINAGH
};

static const char arabic_table[ARABIC_END - ARABIC_FIRST] = {
#define ARABIC(cp, letter) [(cp) - ARABIC_FIRST] = letter,
#include "text/letters.def"
#undef ARABIC
};

static const struct {
	uint32_t cp;
	char small, capital;
} lookalikes[] = {
#define LOOKALIKE(cp, small, capital) { cp, small, capital },
#include "text/letters.def"
#undef LOOKALIKE
};

static const char *
latin_spell(uint32_t cp)
{
	for (size_t i = 0; i < sizeof latin_letters / sizeof latin_letters[0]; i++)
		if (latin_letters[i].cp == cp)
			return latin_letters[i].spell;
	return NULL;
}

struct spelling {
	char *out;
	size_t n;
};

static void
put(struct spelling *s, const char *text)
{
	for (; *text != '\0' && s->n < TEXT_WORD_MAX; text++)
		s->out[s->n++] = *text;
}

static void
put_latin(struct spelling *s, uint32_t cp)
{
	const char *spell = cp < 0x80 ? NULL : latin_spell(cp);
	if (spell != NULL) {
		put(s, spell);
		return;
	}
	uint32_t base = text_base(cp);
	if (base >= 'a' && base <= 'z')
		put(s, (char[]){ (char)base, '\0' });
}

static void
put_cyrillic(struct spelling *s, uint32_t cp)
{
	const char *spell = cyrillic_table[cp - CYRILLIC_FIRST];
	if (spell == NULL) {
		uint32_t base = text_base(cp);
		if (base >= CYRILLIC_FIRST && base < CYRILLIC_END)
			spell = cyrillic_table[base - CYRILLIC_FIRST];
	}
	if (spell != NULL)
		put(s, spell);
}

/* Letters of a script without tables: their code points in hex, so that only the same text is equal. */
static void
put_other(struct spelling *s, uint32_t cp)
{
	static const char hex[] = "ABCDEFGHIJKLMNOP";
	char text[5] = { hex[cp >> 12 & 15], hex[cp >> 8 & 15], hex[cp >> 4 & 15], hex[cp & 15], '\0' };
	put(s, text);
}

/* ---- letters in disguise --------------------------------------------------------------------------- */

/* Scripts whose letters are put for each other's. */
enum family { LATIN_LETTERS, CYRILLIC_LETTERS, GREEK_LETTERS, OTHER_LETTERS };

static enum family
family_of(uint32_t cp)
{
	if (cp >= 0x370 && cp <= 0x3ff)
		return GREEK_LETTERS;
	enum text_script s = text_script_of(cp);
	return s == TEXT_LATIN ? LATIN_LETTERS : s == TEXT_CYRILLIC ? CYRILLIC_LETTERS : OTHER_LETTERS;
}

/* The letter of another family that looks like this one; 0 if there is none. */
static uint32_t
look_alike(uint32_t cp, bool upper, enum family to)
{
	uint32_t latin = family_of(cp) == LATIN_LETTERS ? cp : 0;
	size_t n = sizeof lookalikes / sizeof lookalikes[0];
	for (size_t i = 0; latin == 0 && i < n; i++)
		if (lookalikes[i].cp == cp)
			latin = (unsigned char)(upper ? lookalikes[i].capital : lookalikes[i].small);
	if (to == LATIN_LETTERS || latin == 0)
		return latin;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)(upper ? lookalikes[i].capital : lookalikes[i].small) == latin &&
		    family_of(lookalikes[i].cp) == to)
			return lookalikes[i].cp;
	return 0;
}

/* Could all its letters be of that family, as they look? */
static bool
may_be(const struct text_raw *r, enum family f)
{
	for (size_t i = 0; i < r->n; i++) {
		enum family own = family_of(r->cp[i]);
		if (own != f && own != OTHER_LETTERS && look_alike(r->cp[i], r->upper[i], f) == 0)
			return false;
	}
	return true;
}

/* The family that a word of mixed letters is meant in: the one of which all could be, else, or if that is
 * said of several, the one that most are of.  OTHER_LETTERS: they are not mixed. */
static enum family
family_meant(const struct text_raw *r, enum text_script main)
{
	bool has[OTHER_LETTERS + 1] = { false };
	enum family only = OTHER_LETTERS;
	size_t mays = 0;
	for (size_t i = 0; i < r->n; i++)
		has[family_of(r->cp[i])] = true;
	if (has[LATIN_LETTERS] + has[CYRILLIC_LETTERS] + has[GREEK_LETTERS] < 2)
		return OTHER_LETTERS;
	for (enum family f = LATIN_LETTERS; f < OTHER_LETTERS; f++)
		if (has[f] && may_be(r, f)) {
			only = f;
			mays++;
		}
	if (mays == 1)
		return only;
	return main == TEXT_LATIN ? LATIN_LETTERS : main == TEXT_CYRILLIC ? CYRILLIC_LETTERS : GREEK_LETTERS;
}

/* The script that most of the word's letters are of; Latin wins a draw. */
static enum text_script
main_script(const struct text_raw *r)
{
	size_t count[TEXT_OTHER + 1] = { 0 };
	for (size_t i = 0; i < r->n; i++)
		if (!text_is_joiner(r->cp[i]) && !text_is_mark(r->cp[i]))
			count[text_script_of(r->cp[i])]++;
	enum text_script best = TEXT_LATIN;
	for (enum text_script s = TEXT_LATIN; s <= TEXT_OTHER; s++)
		if (s != TEXT_DIGITS && count[s] > count[best])
			best = s;
	return count[best] == 0 ? TEXT_DIGITS : best;
}

static void
put_point(struct spelling *s, uint32_t cp, enum text_script main)
{
	enum text_script own = text_script_of(cp);
	if (own == TEXT_DIGITS) {
		uint32_t digit = cp < 0x100 ? cp - '0' : (cp & 0xf);
		put(s, (char[]){ (char)('0' + digit), '\0' });
	} else if (main == TEXT_ARABIC && own == TEXT_ARABIC) {
		char letter = arabic_table[cp - ARABIC_FIRST];
		if (letter != '\0')
			put(s, (char[]){ letter, '\0' });
	} else if (main == TEXT_ARABIC || main == TEXT_OTHER) {
		put_other(s, cp);
	} else if (own == TEXT_LATIN) {
		put_latin(s, cp);
	} else if (own == TEXT_CYRILLIC) {
		put_cyrillic(s, cp);
	} else if (own == TEXT_TIFINAGH && tifinagh_table[cp - TIFINAGH_FIRST] != NULL) {
		put(s, tifinagh_table[cp - TIFINAGH_FIRST]);
	}
}

/* A word of ASCII, as it stands.  False: it is another. */
static bool
spell_ascii(struct text_raw *r)
{
	size_t n = 0, letters = 0;
	for (size_t i = 0; i < r->n; i++) {
		if (r->cp[i] >= 0x80)
			return false;
		unsigned kind = text_ascii_kind[r->cp[i]];
		letters += kind & TEXT_KIND_LETTER;
		if ((kind & TEXT_KIND_JOINER) == 0 && n < TEXT_WORD_MAX)
			r->spell[n++] = (char)r->cp[i];
	}
	r->spell[n] = '\0';
	r->script = letters > 0 ? TEXT_LATIN : TEXT_DIGITS;
	return true;
}

/* A word of letters of Cyrillic or Arabic script alone: none is in disguise.  False: it is another. */
static bool
spell_alone(struct text_raw *r)
{
	bool cyrillic = true, arabic = true;
	struct spelling s = { r->spell, 0 };
	for (size_t i = 0; i < r->n; i++) {
		uint32_t cp = r->cp[i];
		cyrillic &= cp >= 0x410 && cp <= 0x44f;
		arabic &= (cp >= 0x621 && cp <= 0x63a) || (cp >= 0x641 && cp <= 0x64a) || cp == 0x6cc || cp == 0x6a9;
	}
	for (size_t i = 0; cyrillic && i < r->n; i++)
		put_cyrillic(&s, r->cp[i]);
	for (size_t i = 0; arabic && i < r->n; i++)
		put(&s, (char[]){ arabic_table[r->cp[i] - ARABIC_FIRST], '\0' });
	r->spell[s.n] = '\0';
	r->script = cyrillic ? TEXT_CYRILLIC : TEXT_ARABIC;
	return cyrillic || arabic;
}

void
text_spell(struct text_raw *r)
{
	if (spell_ascii(r) || spell_alone(r))
		return;
	enum text_script main = main_script(r);
	enum family meant = family_meant(r, main);
	if (meant != OTHER_LETTERS)
		main = meant == LATIN_LETTERS ? TEXT_LATIN : meant == CYRILLIC_LETTERS ? TEXT_CYRILLIC : TEXT_OTHER;
	r->script = (uint8_t)main;
	struct spelling s = { r->spell, 0 };
	for (size_t i = 0; i < r->n; i++) {
		if (text_is_joiner(r->cp[i]) || text_is_mark(r->cp[i]))
			continue;
		enum family own = family_of(r->cp[i]);
		uint32_t like = meant == OTHER_LETTERS || own == OTHER_LETTERS || own == meant ? 0 :
			look_alike(r->cp[i], r->upper[i], meant);
		put_point(&s, like != 0 ? like : r->cp[i], main);
	}
	r->spell[s.n] = '\0';
}
