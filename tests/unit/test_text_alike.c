/* SPDX-License-Identifier: Apache-2.0 */
#include "text/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 700u

static uint32_t seed = 1;

static uint32_t
below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed >> 8) * n) >> 24);
}

/* ---- what a difference costs, as it is told in words ----------------------------------------------------- */

static bool
one_of(const char *phones, char c)
{
	return c != '\0' && strchr(phones, c) != NULL;
}

static unsigned
drop(const char *p, size_t n, size_t i, bool unwritten)
{
	char c = p[i], before = i > 0 ? p[i - 1] : '\0', after = i + 1 < n ? p[i + 1] : '\0';
	if ((c == 's' && before == 't') || (c == 'z' && before == 'd'))
		return 40;
	if (c == 'g' && before == 'n' && after == '\0')
		return 45;
	if (c == 'h' && text_is_vowel(before) && after != '\0' && !text_is_vowel(after))
		return 30;
	if (c == 'y' && text_is_vowel(after) && i > 0)
		return 20;
	if (after == '\0' && (one_of("iou", c) || (c == 'a' && !unwritten)))
		return 60;
	if (unwritten && after == '\0' && (text_is_vowel(before) || one_of("nl", before)) && one_of("stdzr", c))
		return 60;
	if (text_is_vowel(c))
		return unwritten ? 3 : 34;
	if (one_of("hwy", c))
		return 45;
	return one_of("0123456789", c) ? 200 : one_of("bpfvmnlrtdszkgqxGcjTDZABCEFHIJKLMNOP", c) ? 100 : 0;
}

static unsigned
weight(const char *p, size_t n)
{
	unsigned sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += text_is_vowel(p[i]) ? 55 : one_of("QRSUVWXY", p[i]) ? 0 : 100;
	return sum;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned
likeness(const struct text_token *a, const struct text_token *b)
{
	size_t n = a->phones_n, m = b->phones_n;
	unsigned row[TEXT_PHONES_MAX + 1][TEXT_PHONES_MAX + 1] = { { 0 } };
	if (a->phones[0] == '#' || b->phones[0] == '#')
		return strcmp(a->phones, b->phones) == 0 ? 1000 : 0;
	if (n == 0 || m == 0)
		return 0;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			unsigned off_a = i > 0 ? row[i - 1][j] + drop(a->phones, n, i - 1, !b->vowelled) : UINT16_MAX;
			unsigned off_b = j > 0 ? row[i][j - 1] + drop(b->phones, m, j - 1, !a->vowelled) : UINT16_MAX;
			unsigned swap = i > 0 && j > 0 ?
			    row[i - 1][j - 1] + text_swap_cost(a->phones[i - 1], b->phones[j - 1]) : UINT16_MAX;
			row[i][j] = i + j == 0 ? 0 : least(swap, least(off_a, off_b));
		}
	unsigned length = weight(a->phones, n) + weight(b->phones, m);
	if (a->vowelled && b->vowelled)
		length = text_short_length(length, n > m ? n : m);
	return row[n][m] * 2000 >= 1000 * length ? 0 : 1000 - row[n][m] * 2000 / length;
}

/* ---- spellings ------------------------------------------------------------------------------------------- */

static const char ordinary[] = "aeiouaeiouaeiouhwybpfvmnlrtdszkgqxGcjTDZ";
static const char hostile[] = "aeiouhwystdzngGTDZ0123456789ABCEFHIJKLMNOPQRSUVWXY";

static void
invent(struct text_token *t, const char *alphabet, size_t longest)
{
	t->phones_n = (uint8_t)below((uint32_t)longest + 1);
	t->vowelled = below(3) > 0;
	for (size_t i = 0; i < t->phones_n; i++)
		t->phones[i] = alphabet[below((uint32_t)strlen(alphabet))];
	t->phones[t->phones_n] = '\0';
	if (t->phones_n > 0 && below(40) == 0)
		t->phones[0] = '#';
}

/* What is nearly another. */
static void
spoil(const struct text_token *from, struct text_token *out)
{
	*out = *from;
	for (uint32_t k = below(4); k > 0 && out->phones_n > 1; k--) {
		size_t at = below(out->phones_n);
		if (below(2) == 0)
			memmove(out->phones + at, out->phones + at + 1, out->phones_n-- - at);
		else
			out->phones[at] = ordinary[below(sizeof ordinary - 1)];
	}
	out->vowelled = below(3) > 0;
}

/* Each spelling in memory of its own, so that reading over its end is seen. */
static void
hold(const struct text_token *a, const struct text_token *b, size_t n, unsigned least_wanted)
{
	static struct text_costs costs;
	struct text_spelling s[MANY];
	uint16_t many[MANY], few[2];
	text_costs_fill(&costs);
	for (size_t i = 0; i < n; i++) {
		char *own = malloc(b[i].phones_n > 0 ? b[i].phones_n : 1u);
		assert_non_null(own);
		memcpy(own, b[i].phones, b[i].phones_n);
		s[i] = (struct text_spelling){ own, b[i].phones_n, b[i].vowelled };
	}
	text_similarity_many(&costs, a, s, n, least_wanted, many);
	for (size_t i = 0; i < n; i++) {
		unsigned like = likeness(a, &b[i]), wanted = like > least_wanted ? like : 0;
		unsigned over = text_similarity_over(a, &b[i], least_wanted);
		assert_int_equal(text_similarity(a, &b[i]), like);
		assert_true(over == like || (over == 0 && like < least_wanted));
		assert_int_equal(many[i], wanted);
		/* so few are compared one by one, as all are on a machine without wide registers */
		text_similarity_many(&costs, a, &s[i], 1, least_wanted, few);
		assert_int_equal(few[0], wanted);
	}
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)s[i].phones);
}

static void
many_are_as_like_as_each_alone(void **state)
{
	static struct text_token a, b[MANY];
	static const unsigned wanted[] = { 580, 0, 300, 999, 1000 };
	size_t sizes[] = { 1, 2, 3, 31, 32, 33, 64, 511, 512, 513, MANY };
	(void)state;
	for (size_t round = 0; round < 120; round++) {
		const char *alphabet = round % 3 == 2 ? hostile : ordinary;
		size_t longest = round % 4 == 0 ? TEXT_PHONES_MAX : round % 4 == 1 ? 16 : 9;
		size_t n = sizes[round % (sizeof sizes / sizeof sizes[0])];
		invent(&a, alphabet, longest);
		for (size_t i = 0; i < n; i++) {
			if (i % 2 == 0)
				invent(&b[i], alphabet, longest);
			else
				spoil(&a, &b[i]);
		}
		hold(&a, b, n, wanted[round / 3 % 5]);
	}
}

static void
rules_hold_at_both_ends(void **state)
{
	static const char *const words[] = { "s", "ts", "ats", "tsa", "dz", "adz", "sts", "ng", "ang", "anga", "ngs", "h",
		"ah", "ahm", "aha", "ahmed", "y", "ya", "aya", "fadeyev", "fadeev", "i", "mansur", "mansuri", "a",
		"sara", "sar", "dupont", "dupon", "ludovis", "ludovi", "als", "ans", "ars", "abr", "ibnz", "dz0",
		"0", "00", "12", "13", "1A", "KL", "KM", "aK", "aL", "Gali", "gali", "Zahir", "Dahir", "zahir",
		"abahdaman", "bnw", "abdurrahmanabdullahia", "abdurrahmanabdullah", "abdulrahmanabdulahiahmed" };
	enum { N = sizeof words / sizeof words[0] };
	static struct text_token t[2 * N];
	(void)state;
	for (size_t i = 0; i < (size_t)2 * N; i++) {
		t[i].phones_n = (uint8_t)strlen(words[i / 2]);
		memcpy(t[i].phones, words[i / 2], t[i].phones_n + 1u);
		t[i].vowelled = i % 2 == 0;
	}
	for (size_t i = 0; i < (size_t)2 * N; i++) {
		hold(&t[i], t, (size_t)2 * N, 580);
		hold(&t[i], t, (size_t)2 * N, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_are_as_like_as_each_alone),
		cmocka_unit_test(rules_hold_at_both_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
