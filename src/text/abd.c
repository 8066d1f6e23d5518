/* SPDX-License-Identifier: Apache-2.0
 *
 * Halves of names that are written fused or apart: abd and a divine name, -eddine, -allah, articles.
 */
#include "text/private.h"

#include <string.h>

bool
text_is_latin(const struct text_raw *r)
{
	return r->script == TEXT_LATIN || r->script == TEXT_CYRILLIC || r->script == TEXT_TIFINAGH;
}

static bool
plain_vowel(char c)
{
	return c != '\0' && strchr("aeiouIE", c) != NULL;
}

/* After "abd": the divine name's spelling, without article.  `spell` is what follows, fused. */
static const char *
after_abd(const char *spell)
{
	const char *s = spell;
	while (plain_vowel(*s) || (*s == 'y' && s[1] == 'l'))
		s++;
	if (s == spell && s[0] != '\0')
		return s; /* abdrahman */
	if (s[0] == 's' && s[1] == 'h' && s[2] == 's' && s[3] == 'h')
		return s + 2;
	if (s[0] == 'c' && s[1] == 'h' && s[2] == 'c' && s[3] == 'h')
		return s + 2;
	if (s[0] != '\0' && s[0] == s[1])
		return s + 1; /* assimilated: rrahman; or l + lah */
	if (s[0] == 'l') {
		char phones[TEXT_PHONES_MAX + 1];
		text_phones_latin(s, phones);
		return text_is_divine(phones) ? s : s + 1;
	}
	return s; /* abderahman */
}

bool
text_is_abd(const struct text_raw *r)
{
	static const char *const forms[] = { "abd", "abdul", "abdel", "abdal", "abdol", "abdoul", "abdu",
		"abdou", "abdil", "abde", "abdur", "abder", "abdus", "abdes", "abdun", "abden", "abdar",
		"abdor", "abdoel", "abdulla" };
	if (r->script == TEXT_ARABIC)
		return strcmp(r->spell, "Ebd") == 0;
	if (strncmp(r->spell, "abd", 3) != 0)
		return false;
	for (size_t i = 0; i + 1 < sizeof forms / sizeof forms[0]; i++)
		if (text_is_latin(r) && strcmp(r->spell, forms[i]) == 0)
			return true;
	return false;
}

/* The fused name after abd in one word, or NULL: abdi, abdo and the like are names of their own. */
const char *
text_fused_abd(const struct text_raw *r)
{
	size_t n = strlen(r->spell);
	if (r->script == TEXT_ARABIC && n >= 7 && strncmp(r->spell, "EbdAl", 5) == 0)
		return r->spell + 5;
	if (!text_is_latin(r) || n < 6 || strncmp(r->spell, "abd", 3) != 0)
		return NULL;
	const char *rest = after_abd(r->spell + 3);
	if (strlen(rest) >= 3)
		return rest;
	return strlen(rest) >= 2 && rest[-1] == 'l' ? rest : NULL; /* abdullah: lah, la */
}

/* Where the article of a word ends: Arabic al-; Latin e + doubled letter (errachidi). */
const char *
text_without_article(const struct text_raw *r)
{
	const char *s = r->spell;
	size_t n = strlen(s);
	if (r->script == TEXT_ARABIC && n >= 4 && s[0] == 'A' && s[1] == 'l')
		return s + 2;
	if (text_is_latin(r) && n >= 6 && s[0] == 'e' && s[1] == s[2] && strchr("rsnzdt", s[1]) != NULL)
		return s + 2;
	if (text_is_latin(r) && n >= 8 && strncmp(s, "ech", 3) == 0 && strncmp(s + 3, "ch", 2) == 0)
		return s + 3;
	return s;
}

bool
text_is_allah(const struct text_raw *r)
{
	static const char *const forms[] = { "allah", "ullah", "oullah", "ollah", "ellah", "alla", "ulla",
		"lah", "illah" };
	if (r->script == TEXT_ARABIC)
		return strcmp(r->spell, "Allh") == 0;
	if (r->spell[0] == '\0' || strstr(r->spell + 1, "la") == NULL)
		return strcmp(r->spell, "lah") == 0;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (text_is_latin(r) && strcmp(r->spell, forms[i]) == 0)
			return true;
	return false;
}

/* A word that is the second half of a name: eddine, uddin, aldin. */
bool
text_is_din(const struct text_raw *r)
{
	static const char *const forms[] = { "eddine", "eddin", "uddin", "addin", "aldin", "eldin", "uldin",
		"eddeen", "uddeen", "aldeen", "eldeen", "aldine", "eldine", "oddin", "addine", "din", "dine",
		"deen" };
	if (r->script == TEXT_ARABIC)
		return strcmp(r->spell, "Aldyn") == 0;
	const char *s = r->spell;
	if (s[0] != 'd' && strchr("euao", s[0]) == NULL)
		return false;
	if (s[0] != 'd' && s[1] != 'd' && (s[1] != 'l' || s[2] != 'd'))
		return false;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (text_is_latin(r) && strcmp(r->spell, forms[i]) == 0)
			return true;
	return false;
}

/* How many letters at the end of a word are a fused -eddine or -allah; *phones gets its sound. */
size_t
text_fused_tail(const struct text_raw *r, const char **phones)
{
	static const struct {
		char tail[8], phones[4];
	} tails[] = { { "eddine", "din" }, { "eddin", "din" }, { "uddin", "din" }, { "addin", "din" },
		{ "oddin", "din" }, { "iddin", "din" }, { "eldin", "din" }, { "aldin", "din" },
		{ "uddine", "din" }, { "eldine", "din" }, { "uddeen", "din" }, { "eddeen", "din" },
		{ "oullah", "la" }, { "allah", "la" }, { "ullah", "la" }, { "ollah", "la" },
		{ "ellah", "la" } };
	size_t n = strlen(r->spell);
	if (r->script == TEXT_ARABIC) {
		if (n >= 8 && strcmp(r->spell + n - 5, "Aldyn") == 0) {
			*phones = "din";
			return 5;
		}
		*phones = "l";
		return n >= 7 && strcmp(r->spell + n - 4, "Allh") == 0 ? 4 : 0;
	}
	if (n < 7 || strchr("enh", r->spell[n - 1]) == NULL)
		return 0;
	for (size_t i = 0; text_is_latin(r) && i < sizeof tails / sizeof tails[0]; i++) {
		size_t len = strlen(tails[i].tail);
		if (n >= len + 3 && strcmp(r->spell + n - len, tails[i].tail) == 0) {
			*phones = tails[i].phones;
			return len;
		}
	}
	return 0;
}
