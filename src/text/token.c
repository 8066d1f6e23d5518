/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens made of tokens: joined, without abd, in another reading, of first letters.
 */
#include "text/private.h"

#include <string.h>

static void
put_phones(struct text_token *t, const char *phones)
{
	for (; *phones != '\0' && t->phones_n < TEXT_PHONES_MAX; phones++)
		t->phones[t->phones_n++] = *phones;
	t->phones[t->phones_n] = '\0';
}

void
text_add_phones(struct text_token *t, const char *phones)
{
	put_phones(t, phones);
	text_sound_of(t->phones, t->sound);
}

void
text_join(const struct text_name *name, size_t first, size_t last, struct text_token *out)
{
	*out = name->tok[first];
	out->same = 0;
	out->role = TEXT_NAME;
	for (size_t i = first < last ? first + 1 : last; i <= last; i++) {
		const struct text_token *t = &name->tok[i];
		if (first < last)
			out->n = (uint16_t)(t->p + t->n - out->p);
		out->vowelled = out->vowelled && t->vowelled;
		/* doubled where they meet: one sound, as in a fused spelling */
		bool same = out->phones_n > 0 && t->phones[0] == out->phones[out->phones_n - 1] &&
		    out->vowelled;
		put_phones(out, t->phones + same);
	}
	text_sound_of(out->phones, out->sound);
}

/* How many first letters a word gives to an acronym: a legal form by its letters (SA), a long one or one of
 * English by its first (Company, Co); 0: none. */
static size_t
acronym_letters(const struct text_token *t, bool forms)
{
	static const char *const first[] = { "co", "corp", "inc", "ltd" };
	if (t->role == TEXT_NAME || (t->role == TEXT_LEGAL && t->n >= 7))
		return 1;
	if (t->role != TEXT_LEGAL || !forms)
		return 0;
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
		if (t->n == strlen(first[i]) && memcmp(t->p, first[i], t->n) == 0)
			return 1;
	return t->n <= 3 ? t->n : 1;
}

bool
text_acronym(const struct text_name *name, bool forms, struct text_token *out)
{
	char letters[TEXT_ACRONYM_MAX + 1], phones[TEXT_PHONES_MAX + 1];
	size_t n = 0;
	bool any = false;
	for (size_t i = 0; i < name->n; i++) {
		const struct text_token *t = &name->tok[i];
		size_t more = acronym_letters(t, forms);
		any |= more != acronym_letters(t, false);
		if (more == 0)
			continue;
		if (n + more > TEXT_ACRONYM_MAX || t->script != TEXT_LATIN || t->n == 0 || t->p[0] < 'a' || t->p[0] > 'z')
			return false;
		memcpy(letters + n, t->p, more);
		n += more;
	}
	letters[n] = '\0';
	if (n < 3 || (forms && !any))
		return false;
	text_phones_latin(letters, phones);
	*out = name->tok[0];
	out->role = TEXT_NAME;
	out->place = TEXT_PLACE_UNKNOWN;
	out->phones_n = 0;
	out->same = 0;
	text_add_phones(out, phones);
	return true;
}

bool
text_without_abd(const struct text_token *t, struct text_token *out)
{
	if (t->role != TEXT_NAME || t->phones_n < 6 || strncmp(t->phones, "abd", 3) != 0)
		return false;
	*out = *t;
	out->phones_n = 0;
	out->same = 0;
	text_add_phones(out, t->phones + 3);
	return true;
}

/* Is-haq and Az-har are written with sh and zh, which others read as one sound: that sound. */
static bool
with_digraphs(const char *phones, char out[static TEXT_PHONES_MAX + 1])
{
	static const char pairs[][3] = { "zj", "sc", "kx", "dD", "tT", "gG" };
	size_t n = 0;
	bool any = false;
	for (size_t i = 0; phones[i] != '\0'; i++) {
		char c = phones[i];
		for (size_t k = 0; phones[i + 1] == 'h' && k < sizeof pairs / sizeof pairs[0]; k++)
			if (pairs[k][0] == phones[i])
				c = pairs[k][1];
		if (c != phones[i]) {
			any = true;
			i++;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return any;
}

bool
text_other_reading(const struct text_token *t, size_t number, struct text_token *out)
{
	char stem[TEXT_PHONES_MAX + 1];
	size_t n = t->phones_n;
	if (t->role != TEXT_NAME || number > 0)
		return false;
	if (!t->vowelled) {
		if (!with_digraphs(t->phones, stem))
			return false;
	} else {
		if (n < 7 || memcmp(t->phones + n - 3, "ova", 3) != 0)
			return false;
		memcpy(stem, t->phones, n - 3);
		stem[n - 3] = '\0';
	}
	*out = *t;
	out->phones_n = 0;
	out->same = 0;
	text_add_phones(out, stem);
	return true;
}
