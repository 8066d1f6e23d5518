/* SPDX-License-Identifier: Apache-2.0
 *
 * text, inside: from normalised code points to spelled words, to tokens.
 */
#ifndef ENT_TEXT_PRIVATE_H
#define ENT_TEXT_PRIVATE_H

#include "text/text.h"

#include <endian.h>
#include <string.h>

#define TEXT_POINTS_MAX 2048u
#define TEXT_RAW_MAX 64u

struct text_points {
	size_t n;
	uint32_t cp[TEXT_POINTS_MAX];
	bool upper[TEXT_POINTS_MAX]; /* it was a capital */
};

/* One run of letters or digits, before roles. */
struct text_raw {
	const uint32_t *cp;
	const bool *upper; /* of each */
	uint16_t n;
	uint8_t script;
	uint8_t place;
	uint32_t roles; /* bits, by words.def */
	bool capitals; /* two letters at least, none of them small */
	bool small;    /* a small letter is among them, and another letter */
	char spell[TEXT_WORD_MAX + 1]; /* Latin, Cyrillic: a..z and a few capitals (letters.def);
					* Arabic: one ASCII letter a letter; others: cut UTF-8 in hex */
};

/* NFKC with case folding, composed; format characters, tatweel and Arabic vowel signs removed. */
ENT_CHECK enum ent_err text_normalise(struct str in, struct text_points *out, struct ent_why *why);
/* What a code point is; some are several.  Joiners are apostrophes and their like: part of the word, without a
 * sound. */
enum { TEXT_KIND_LETTER = 1, TEXT_KIND_DIGIT = 2, TEXT_KIND_JOINER = 4, TEXT_KIND_MARK = 8 };
extern const uint8_t text_ascii_kind[128];
unsigned text_wide_kind(uint32_t cp); /* of those that are no ASCII */
static inline unsigned
text_kind(uint32_t cp)
{
	return cp < 0x80 ? text_ascii_kind[cp] : text_wide_kind(cp);
}
bool text_is_letter(uint32_t cp);
bool text_is_mark(uint32_t cp);
bool text_is_digit(uint32_t cp);
bool text_is_joiner(uint32_t cp);
enum text_script text_script_of(uint32_t cp);
uint32_t text_base(uint32_t cp); /* the letter without its marks; cp itself if it has none */
/* The code point as UTF-8; answers the length, 1 to 4. */
size_t text_put_utf8(uint32_t cp, char out[static 4]);

/* Fill script and spell of a raw word; look-alikes of another script are read as the main one's. */
void text_spell(struct text_raw *r);

/* Phones of a spelling; out is NUL-ended, at most TEXT_PHONES_MAX. */
void text_phones_latin(const char *spell, char out[static TEXT_PHONES_MAX + 1]);
void text_phones_arabic(const char *spell, char out[static TEXT_PHONES_MAX + 1]);
/* The sound code of phones. */
void text_sound_of(const char *phones, char out[static TEXT_SOUND_MAX + 1]);
bool text_is_vowel(char phone);

/* More phones at a token's end; its sound follows. */
void text_add_phones(struct text_token *t, const char *phones);

/* Of raw words (abd.c). */
bool text_is_latin(const struct text_raw *r); /* spelled in Latin letters: Cyrillic and Tifinagh too */
bool text_is_abd(const struct text_raw *r);
const char *text_fused_abd(const struct text_raw *r);
const char *text_without_article(const struct text_raw *r);
bool text_is_allah(const struct text_raw *r);
bool text_is_din(const struct text_raw *r);
size_t text_fused_tail(const struct text_raw *r, const char **phones);

/* A spelling of under TEXT_ROW bytes as numbers that are ordered as strcmp orders texts: rows of a table are
 * looked up by them. */
#define TEXT_ROW 24u
struct text_row_key {
	uint64_t part[TEXT_ROW / 8];
};
static inline struct text_row_key
text_row_key(const char spell[static TEXT_ROW]) /* zeros behind its end */
{
	struct text_row_key k;
	memcpy(k.part, spell, sizeof k.part);
	for (size_t i = 0; i < TEXT_ROW / 8; i++)
		k.part[i] = be64toh(k.part[i]);
	return k;
}
/* Of `rows` sorted rows of `size` bytes that begin with a spelling, the one that has it, or `rows`. */
size_t text_row_find(const void *table, size_t rows, size_t size, const char spell[static TEXT_ROW]);

/* Lists of words.def. */
uint32_t text_word_roles(enum text_script script, const char *spell); /* bits */
uint16_t text_equivalent(enum text_script script, const char *spell);
bool text_is_divine(const char *phones); /* by sound code */

/* What phones cost (distance.c); '\0': no phone. */
struct text_phone {
	uint8_t drop[2];  /* what dropping it costs, by whether the other side writes no short vowels */
	uint8_t rules[2]; /* by which it may be light to drop: bits that the two neighbours must have too */
	uint8_t before, after, weight;
};
struct text_phone text_phone(char c);
unsigned text_light_drop(unsigned rules); /* the cost; rules: those that hold, one at least */
unsigned text_swap_cost(char a, char b);

/* Room that is written before it is read, where clearing it would take as long as using it. */
#define TEXT_UNSET __attribute__((uninitialized))

/* A spelling that many are held against.  Phones are borrowed. */
struct text_asked {
	const char *phones;
	uint8_t n;
	bool vowelled;
	bool digits; /* or hexadecimals: phones that share a code of alike.c */
	unsigned weight;
	uint8_t drop[2][TEXT_PHONES_MAX]; /* as text_phone's */
};
void text_asked_of(const struct text_token *t, struct text_asked *out);
unsigned text_asked_like(const struct text_asked *a, const struct text_spelling *b, unsigned least_wanted);
/* A difference between short words counts more: as if they were only so long.  longest: phones of the longer one. */
static inline unsigned
text_short_length(unsigned length, size_t longest)
{
	return longest <= 3 ? length * 65 / 100 : longest == 4 ? length * 90 / 100 : length;
}

#endif
