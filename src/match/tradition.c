/* SPDX-License-Identifier: Apache-2.0
 *
 * How a name is written and sounds, by its script and a few sounds.  It groups queries whose namesakes are
 * as frequent, so that bands alarm as often for each; nothing is inferred of a person, and nothing kept.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

/* Sounds that Latin spellings of Arabic names have and others seldom: '^' at a word's beginning, '$' at
 * its end.  The project's own, from the rules of transliteration in src/text. */
static const char *const arabic_sounds[] = { "^abd", "^abou", "^abu", "^ben", "^bou", "^ould", "^al$", "^el$", "^ibn$",
	"^bin$", "^bint$", "eddine$", "uddin$", "eddin$", "allah$", "ullah$", "kh", "gh", "dh", "dj", "aoui$",
	"oui$", "iya$", "iyya", "aa", "ouane$", "ouf$", "imi$", "ani$", "med$", "mad$", "ss$", "q$", "ah$" };
static const char *const slavic_sounds[] = { "ov$", "ova$", "ev$", "eva$", "ski$", "sky$", "ska$", "skaya$", "skij$",
	"enko$", "chuk$", "czyk$", "czak$", "vich$", "vic$", "wicz$", "sz", "cz", "shch", "slav", "mir$", "iya$",
	"yev", "zhe", "zh" };

#define SOUNDS(list) list, sizeof list / sizeof list[0]

static bool
sounds_like(const char *word, size_t n, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool begin = list[i][0] == '^';
		const char *s = list[i] + begin;
		size_t len = strlen(s);
		bool end = len > 0 && s[len - 1] == '$';
		len -= end;
		if (len > n || (begin && memcmp(word, s, len) != 0) ||
		    (end && memcmp(word + n - len, s, len) != 0) || (begin && end && len != n))
			continue;
		if (begin || end || memmem(word, n, s, len) != NULL)
			return true;
	}
	return false;
}

enum match_tradition
match_tradition_of(const char *name)
{
	struct text_name *n = ent_alloc(sizeof *n);
	size_t script[5] = { 0 }, arabic = 0, slavic = 0, words = 0;
	if (name == NULL || text_parse(str_of(name), n, NULL) != ENT_OK)
		n->n = 0;
	for (size_t i = 0; i < n->n; i++) {
		const struct text_token *t = &n->tok[i];
		script[t->script % 5] += t->n;
		if (t->script != TEXT_LATIN || t->n == 0)
			continue;
		words++;
		arabic += sounds_like(t->p, t->n, SOUNDS(arabic_sounds));
		slavic += sounds_like(t->p, t->n, SOUNDS(slavic_sounds));
	}
	explicit_bzero(n, sizeof *n);
	free(n);
	if (script[TEXT_ARABIC] > script[TEXT_LATIN] && script[TEXT_ARABIC] >= script[TEXT_CYRILLIC])
		return MATCH_ARABIC;
	if (script[TEXT_CYRILLIC] > script[TEXT_LATIN])
		return MATCH_CYRILLIC;
	if (slavic > arabic)
		return MATCH_SLAVIC_LATIN;
	return arabic > 0 && arabic * 3 >= words ? MATCH_ARABIC_LATIN : MATCH_WESTERN;
}

const char *
match_tradition_name(enum match_tradition t)
{
	static const char *const names[] = { "arabic", "arabic-latin", "cyrillic", "slavic-latin", "western" };
	return names[t];
}

enum match_pattern
match_pattern_of(const struct match_query *q)
{
	if (q->document != NULL)
		return MATCH_BY_DOCUMENT;
	return q->birth.precision != MATCH_DATE_NONE ? MATCH_BY_DATE : MATCH_BY_NAME;
}

const char *
match_pattern_name(enum match_pattern p)
{
	static const char *const names[] = { "name", "name+date", "document" };
	return names[p];
}
