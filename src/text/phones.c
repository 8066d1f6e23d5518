/* SPDX-License-Identifier: Apache-2.0
 *
 * Phones, one ASCII letter each, for every script:
 *   a e i o u   vowels            w y         between vowels or first
 *   b p f v m n l r t d s z k g h as written   q   uvular k      x  kh       G  gh, ghayn
 *   c  sh, tch  j  j, dj, zh      T  th, tha   D   dh, dal with dot, dad      Z  zah
 *   0-9         digits            A-P after #  other scripts, hexadecimal
 */
#include "text/private.h"

#include <string.h>

enum follow { ANY, VOWEL, FRONT, CONS, END, START };

static const struct rule {
	char from[6], to[4];
	uint8_t next, before;
} rules[] = {
#define LETTER(name, letter)
#define RULE(from, to, next, before) { from, to, next, before },
#include "text/latin.def"
#undef RULE
#undef LETTER
	{ "", "", ANY, ANY }, /* begins with no letter */
};

/* Where each letter's rules begin: a number for each rule, and a name for a letter's first. */
enum {
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define LETTER(name, letter) RULES_OF_##name, BEFORE_##name = RULES_OF_##name - 1,
#define RULE(from, to, next, before) JOIN(RULE_, __COUNTER__),
#include "text/latin.def"
#undef RULE
#undef LETTER
	NO_RULES
};

static const uint8_t rules_of[128] = {
#define LETTER(name, letter) [letter] = 1 + RULES_OF_##name,
#define RULE(from, to, next, before)
#include "text/latin.def"
#undef RULE
#undef LETTER
};

bool
text_is_vowel(char phone)
{
	return phone == 'a' || phone == 'e' || phone == 'i' || phone == 'o' || phone == 'u';
}

static bool
letter_is_vowel(char c)
{
	switch (c) {
	case 'a': case 'e': case 'i': case 'o': case 'u': case 'y': case 'I': case 'E': return true;
	default: return false;
	}
}

static bool
letter_is_front(char c)
{
	return c == 'e' || c == 'i' || c == 'y' || c == 'E' || c == 'I';
}

static bool
follows(enum follow want, char next)
{
	switch (want) {
	case ANY: return true;
	case VOWEL: return letter_is_vowel(next);
	case FRONT: return letter_is_front(next);
	case CONS: return next != '\0' && !letter_is_vowel(next);
	case END: return next == '\0';
	case START: break;
	}
	return false;
}

struct phones {
	char *out;
	size_t n;
};

/* Twice the same letter is one sound: gemination is not heard across scripts. */
static void
add(struct phones *p, const char *phones, bool merge)
{
	for (; *phones != '\0'; phones++) {
		if (merge && p->n > 0 && p->out[p->n - 1] == *phones)
			continue;
		if (p->n < TEXT_PHONES_MAX)
			p->out[p->n++] = *phones;
	}
}

/* The rule that fits there, and how many letters it takes. */
static const struct rule *
rule_at(const char *spell, size_t at, size_t *len)
{
	const char *s = spell + at;
	size_t of = rules_of[(unsigned char)s[0] & 127];
	*len = 1;
	for (const struct rule *r = &rules[of > 0 ? of - 1 : NO_RULES]; r->from[0] == s[0]; r++) {
		size_t n = 1;
		while (r->from[n] != '\0' && r->from[n] == s[n])
			n++;
		if (r->from[n] != '\0' || !follows((enum follow)r->next, s[n]) || (r->before == START && at > 0))
			continue;
		*len = n;
		return r;
	}
	return NULL;
}

void
text_phones_latin(const char *spell, char out[static TEXT_PHONES_MAX + 1])
{
	struct phones p = { out, 0 };
	for (size_t at = 0; spell[at] != '\0';) {
		size_t len;
		const struct rule *r = rule_at(spell, at, &len);
		bool digit = spell[at] >= '0' && spell[at] <= '9';
		add(&p, r != NULL ? r->to : (char[]){ spell[at], '\0' }, !digit);
		at += len;
	}
	/* a final h, and a final e after a consonant, are not heard; the e of -eh is; one vowel must stay */
	bool h = p.n > 1 && out[p.n - 1] == 'h';
	p.n -= h;
	if (!h && p.n > 3 && out[p.n - 1] == 'e' && !text_is_vowel(out[p.n - 2]))
		p.n--;
	out[p.n] = '\0';
}

static bool
carries(char next)
{
	return next != '\0' && strchr("A|>ypwY", next) != NULL;
}

/* The phone of one Arabic letter; prev and next are its neighbours, NUL at the ends. */
static char
arabic_phone(char c, char prev, char next)
{
	switch (c) {
	case 'A': case '|': case '>': return 'a';
	case 'Y': return next == '\0' ? 'e' : 'a'; /* alef maqsura, or an i without dots */
	case '<': case '}': return 'i';
	case '&': return 'u';
	case '\'': return '\0';
	case 'E': return prev == '\0' ? 'a' : '\0';
	case 'w': return prev == '\0' || carries(next) ? 'w' : 'u';
	case 'y': return (prev == '\0' && next != '\0') || (carries(next) && next != 'y') ? 'y' : 'i';
	case 'p': return 'a';
	case 'h': case 'H': return next == '\0' && prev != '\0' ? '\0' : 'h';
	case 'v': return 'T';
	case '*': case 'D': return 'D';
	case '$': case 'C': return 'c';
	case 'S': return 's';
	case 'T': return 't';
	case 'J': return 'j';
	case 'g': return 'G';
	case 'G': return 'g';
	case 'P': return 'p';
	case 'V': return 'v';
	default: return c;
	}
}

void
text_phones_arabic(const char *spell, char out[static TEXT_PHONES_MAX + 1])
{
	struct phones p = { out, 0 };
	char prev = '\0';
	for (size_t at = 0; spell[at] != '\0'; at++) {
		char c = spell[at], next = spell[at + 1];
		if (c == 't' && next == '$') { /* the usual writing of tch */
			add(&p, "c", false);
			at++;
		} else if (c == 'd' && next == 'j') {
			add(&p, "j", false);
			at++;
		} else if (c >= 'A' && c <= 'P' && strchr("ACDEGHJP", c) == NULL) {
			add(&p, (char[]){ c, '\0' }, false); /* hexadecimal of a foreign letter */
		} else {
			char phone = arabic_phone(c, prev, next);
			/* a long vowel beside its own letter is one vowel; consonants stay two,
			 * for a short vowel stands between them */
			add(&p, (char[]){ phone, '\0' }, text_is_vowel(phone));
		}
		prev = c;
	}
	out[p.n] = '\0';
}

/* Classes of consonants and digits. */
static const char class_of[256] = { ['b'] = 'B', ['p'] = 'B', ['f'] = 'F', ['v'] = 'F', ['m'] = 'M', ['n'] = 'N',
	['l'] = 'L', ['r'] = 'R', ['t'] = 'T', ['d'] = 'T', ['T'] = 'T', ['D'] = 'T', ['s'] = 'S', ['z'] = 'S',
	['Z'] = 'S', ['c'] = 'C', ['j'] = 'J', ['k'] = 'K', ['q'] = 'K', ['g'] = 'K', ['G'] = 'K', ['x'] = 'K',
	['h'] = 'H', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
	['7'] = '7', ['8'] = '8', ['9'] = '9' };

/* Classes of the consonants in order.  A first vowel is A; a first w or y stays, a later one only
 * where fewer than two other consonants are, since Arabic script does not tell it from a vowel. */
void
text_sound_of(const char *phones, char out[static TEXT_SOUND_MAX + 1])
{
	size_t n = 0, consonants = 0;
	if (phones[0] == '#') {
		for (size_t i = 0; phones[i] != '\0' && n < TEXT_SOUND_MAX; i++)
			out[n++] = phones[i];
		out[n] = '\0';
		return;
	}
	for (size_t i = 0; phones[i] != '\0'; i++)
		consonants += class_of[(unsigned char)phones[i]] != '\0';
	for (size_t i = 0; phones[i] != '\0' && n < TEXT_SOUND_MAX; i++) {
		char c = class_of[(unsigned char)phones[i]];
		if (c == '\0' && i == 0 && text_is_vowel(phones[i]))
			c = 'A';
		else if (c == '\0' && !text_is_vowel(phones[i]) && (i == 0 || consonants < 2))
			c = phones[i] == 'w' ? 'W' : 'Y';
		if (c != '\0')
			out[n++] = c;
	}
	out[n] = '\0';
}
