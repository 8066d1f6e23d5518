/* SPDX-License-Identifier: Apache-2.0
 *
 * How a name is encoded, written in capitals or ordered says nothing, over thousands of invented queries;
 * and what is written to do harm does none.
 */
#include "match_fixture.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

static void
normal(const char *kind, UNormalization2Mode mode, const char *in, char out[static TEXT])
{
	UErrorCode err = U_ZERO_ERROR;
	UChar wide[TEXT], done[TEXT];
	int32_t n = 0;
	const UNormalizer2 *norm = unorm2_getInstance(NULL, kind, mode, &err);
	u_strFromUTF8(wide, TEXT, &n, in, -1, &err);
	n = unorm2_normalize(norm, wide, n, done, TEXT, &err);
	u_strToUTF8(out, TEXT, NULL, done, n, &err);
	assert_true(U_SUCCESS(err));
}

static void
in_case(unsigned which, const char *in, char out[static TEXT])
{
	UErrorCode err = U_ZERO_ERROR;
	UChar wide[TEXT], done[TEXT];
	int32_t n = 0;
	u_strFromUTF8(wide, TEXT, &n, in, -1, &err);
	n = which == 0 ? u_strToUpper(done, TEXT, wide, n, "", &err) : u_strToLower(done, TEXT, wide, n, "", &err);
	u_strToUTF8(out, TEXT, NULL, done, n, &err);
	assert_true(U_SUCCESS(err));
}

/* Marks of direction and other format characters between any two code points. */
static void
with_marks(uint64_t *seed, const char *in, char out[static TEXT])
{
	static const char *const marks[] = { "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
		"\u2067", "\u2068", "\u2069", "\u061c", "\ufeff", "\u200b", "\u200d", "\u00ad" };
	size_t used = 0;
	for (size_t i = 0; in[i] != '\0'; i++) {
		if (((unsigned char)in[i] & 0xc0) != 0x80 && roll(seed) % 4 == 0)
			used += (size_t)snprintf(out + used, TEXT - used, "%s", marks[roll(seed) % 16]);
		out[used++] = in[i];
	}
	out[used] = '\0';
}

/* A code point, none if it is 0; room for four bytes. */
static size_t
utf8(uint32_t cp, char *out)
{
	size_t n = cp == 0 ? 0 : cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3f));
	if (n > 0)
		out[0] = (char)(n == 1 ? cp : (0xf00u >> n & 0xff) | cp);
	return n;
}

/* Latin letters in the wide forms of East Asian files; Arabic ones as presentation forms would fold alike. */
static void
wide_forms(const char *in, char out[static TEXT])
{
	size_t used = 0;
	for (; *in != '\0'; in++) {
		bool ascii = *in > ' ' && *in < 0x7f;
		used += utf8(ascii ? 0xff00u + (uint32_t)(*in - 0x20) : 0, out + used);
		if (!ascii)
			out[used++] = *in;
	}
	out[used] = '\0';
}

static void
rewrite(uint64_t *seed, const char *in, char out[static TEXT])
{
	char more[TEXT];
	switch (roll(seed) % 10) {
	case 0: normal("nfc", UNORM2_COMPOSE, in, out); break;
	case 1: normal("nfc", UNORM2_DECOMPOSE, in, out); break;
	case 2: normal("nfkc", UNORM2_COMPOSE, in, out); break;
	case 3: normal("nfkc", UNORM2_DECOMPOSE, in, out); break;
	case 4: in_case(0, in, out); break;
	case 5: in_case(1, in, out); break;
	case 6: with_marks(seed, in, out); break;
	case 7: wide_forms(in, out); break;
	case 8:
		normal("nfc", UNORM2_DECOMPOSE, in, more);
		with_marks(seed, more, out);
		break;
	default:
		in_case(0, in, out);
		normal("nfkc", UNORM2_DECOMPOSE, out, more);
		with_marks(seed, more, out);
		break;
	}
}

static void
same_answers(struct match_index *x, struct match_index *y, const char *one, const char *other)
{
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_results r[2];
	const struct match_query q = { .name = one, .top = 10, .brief = true };
	struct match_query again = q;
	again.name = other;
	assert_int_equal(match_run(x, &q, a, &r[0], NULL), ENT_OK);
	assert_int_equal(match_run(y, &again, a, &r[1], NULL), ENT_OK);
	if (r[0].n != r[1].n)
		print_error("%s | %s: %zu and %zu results\n", one, other, r[0].n, r[1].n);
	assert_int_equal(r[0].n, r[1].n);
	for (size_t i = 0; i < r[0].n; i++) {
		if (r[0].r[i].degree != r[1].r[i].degree || strcmp(r[0].r[i].id, r[1].r[i].id) != 0)
			print_error("%s | %s: %s %u, %s %u\n", one, other, r[0].r[i].id, r[0].r[i].degree, r[1].r[i].id,
			    r[1].r[i].degree);
		assert_string_equal(r[0].r[i].id, r[1].r[i].id);
		assert_int_equal(r[0].r[i].degree, r[1].r[i].degree);
	}
	arena_free(a);
}

static void
test_normal_form_case_and_bidi_marks_of_a_query_change_nothing(void **state)
{
	uint64_t seed = 104;
	for (unsigned i = 0; i < 1000; i++) {
		struct person p = invent(roll(&seed) % RECORDS);
		char name[TEXT], other[TEXT];
		ask_for(&seed, &p, name);
		rewrite(&seed, name, other);
		same_answers(*state, *state, name, other);
	}
}

static void
test_normal_form_case_and_bidi_marks_of_a_register_change_nothing(void **state)
{
	struct match_index *other = register_of(rewrite);
	uint64_t seed = 105;
	for (unsigned i = 0; i < 1000; i++) {
		struct person p = invent(roll(&seed) % RECORDS);
		char name[TEXT];
		ask_for(&seed, &p, name);
		same_answers(*state, other, name, name);
	}
	match_index_free(other);
}

static void
shuffle(uint64_t *seed, const char **word, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t at = roll(seed) % i;
		const char *w = word[at];
		word[at] = word[i - 1];
		word[i - 1] = w;
	}
}

static void
shuffled(uint64_t *seed, const char *in, char out[static TEXT])
{
	char copy[TEXT], *rest = copy;
	const char *word[WORDS_MAX + 1];
	size_t n = 0;
	memcpy(copy, in, strlen(in) + 1);
	while (rest != NULL && n <= WORDS_MAX)
		word[n++] = strsep(&rest, " ");
	shuffle(seed, word, n);
	join(word, n, UINT32_MAX, out);
}

/* Does a word of some answer stand for two beside each other? */
static bool
joins_words(struct match_index *x, const char *name)
{
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_results r;
	const struct match_query q = { .name = name, .top = 40 };
	bool joined = false;
	assert_int_equal(match_run(x, &q, a, &r, NULL), ENT_OK);
	for (size_t i = 0; i < r.n; i++)
		for (size_t k = 0; k < r.r[i].pairs_n; k++)
			joined |= r.r[i].pairs[k].how == MATCH_JOINED;
	arena_free(a);
	return joined;
}

static void
test_the_order_of_words_changes_nothing_but_what_is_joined(void **state)
{
	uint64_t seed = 106;
	unsigned compared = 0;
	for (unsigned i = 0; i < 1000; i++) {
		struct person p = invent(roll(&seed) % RECORDS);
		char name[TEXT], other[TEXT];
		ask_for(&seed, &p, name);
		shuffled(&seed, name, other);
		if (joins_words(*state, name) || joins_words(*state, other))
			continue;
		same_answers(*state, *state, name, other);
		compared++;
	}
	assert_true(compared > 750);
}

/* ---- what means harm --------------------------------------------------------------------------------------- */

/* Letters that look the same in Latin, Cyrillic and Greek. */
static const struct {
	char latin;
	const char *like[2];
} alike[] = { { 'a', { "а", "α" } }, { 'e', { "е", NULL } }, { 'o', { "о", "ο" } }, { 'p', { "р", "ρ" } },
	{ 'c', { "с", NULL } }, { 'y', { "у", NULL } }, { 'x', { "х", "χ" } }, { 'i', { "і", "ι" } }, { 'j', { "ј", NULL } },
	{ 's', { "ѕ", NULL } }, { 'v', { NULL, "ν" } }, { 'k', { NULL, "κ" } }, { 'u', { NULL, "υ" } }, { 'A', { "А", "Α" } },
	{ 'B', { "В", "Β" } }, { 'C', { "С", NULL } }, { 'E', { "Е", "Ε" } }, { 'H', { "Н", "Η" } }, { 'K', { "К", "Κ" } },
	{ 'M', { "М", "Μ" } }, { 'N', { NULL, "Ν" } }, { 'O', { "О", "Ο" } }, { 'P', { "Р", "Ρ" } }, { 'T', { "Т", "Τ" } },
	{ 'X', { "Х", "Χ" } }, { 'Z', { NULL, "Ζ" } }, { 'I', { "І", "Ι" } }, { 'Y', { NULL, "Υ" } } };

static const char *
like_of(uint64_t *seed, char c)
{
	for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++)
		if (alike[i].latin == c && roll(seed) % 2 == 0)
			return alike[i].like[roll(seed) % 2];
	return NULL;
}

/* Look-alikes for about half the letters that have one. */
static void
in_disguise(uint64_t *seed, const char *in, char out[static TEXT])
{
	size_t used = 0;
	for (; *in != '\0'; in++) {
		const char *like = like_of(seed, *in);
		used += (size_t)snprintf(out + used, TEXT - used, "%.*s", like != NULL ? 4 : 1, like != NULL ? like : in);
	}
}

static void
test_letters_in_disguise_hide_nobody(void **state)
{
	/* in each is a letter, d or q or l, that neither Cyrillic nor Greek has: else it might be meant in these */
	static const char *const names[] = { "Mohamed", "Karim", "Fatima", "Youssef", "Ghizlane", "Zoubeida", "Vandersteen",
		"Quintero", "Hafsa", "Marrakchi", "Tighanimine", "Ouazzani", "Rakotomalala", "Belkheir" };
	uint64_t seed = 107;
	for (unsigned i = 0; i < 1000; i++) {
		const char *word[3] = { names[roll(&seed) % 14], names[roll(&seed) % 14], names[roll(&seed) % 14] };
		char name[TEXT], other[TEXT];
		join(word, 3, UINT32_MAX, name);
		in_disguise(&seed, name, other);
		same_answers(*state, *state, name, other);
	}
}

static void
test_oversize_input_is_refused_with_its_limit(void **state)
{
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_results r;
	uint64_t seed = 108;
	static char big[20000];
	for (unsigned i = 0; i < 300; i++) {
		struct ent_why why = { .text = "" };
		size_t n = TEXT_NAME_MAX + 1 + roll(&seed) % 15000;
		bool long_words = roll(&seed) % 2 == 0;
		memset(big, 'a' + (int)(roll(&seed) % 26), n);
		for (size_t k = 5; k < n && !long_words; k += 2 + roll(&seed) % 9)
			big[k] = ' ';
		big[n] = '\0';
		struct match_query q = { .name = big, .top = 1 };
		if (roll(&seed) % 3 == 0) {
			q.name = "Karim Tazi";
			q.document = big;
		}
		assert_int_equal(match_run(*state, &q, a, &r, &why), ENT_ETOOBIG);
		assert_non_null(strstr(why.text, "limit is 1024"));
	}
	for (size_t n = TEXT_TOKENS_MAX + 1; n < 120; n++) {
		struct ent_why why = { .text = "" };
		for (size_t k = 0; k < n; k++)
			memcpy(big + k * 4, "abc ", 5);
		struct match_query q = { .name = big, .top = 1 };
		assert_int_equal(match_run(*state, &q, a, &r, &why), ENT_ETOOBIG);
		assert_string_equal(why.text, "the name has over 32 words");
	}
	arena_free(a);
}

/* Whatever stands in a query: an answer or a refusal, and nobody is strong by chance. */
static void
test_any_letters_are_answered_or_refused(void **state)
{
	uint64_t seed = 109;
	for (unsigned i = 0; i < 1000; i++) {
		char name[200];
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r = { .n = 0 };
		size_t used = 0, n = roll(&seed) % 60;
		for (size_t k = 0; k < n && used + 4 < sizeof name; k++) {
			static const uint32_t starts[] = { 0x20, 0x61, 0xc0, 0x300, 0x370, 0x410, 0x5d0, 0x600, 0x620, 0x900, 0x1e00,
				0x2000, 0x2d30, 0x3040, 0x4e00, 0xac00, 0xfb50, 0xfe70, 0xff00, 0x1d400, 0x1f600 };
			uint32_t cp = starts[roll(&seed) % 21] + (uint32_t)(roll(&seed) % 60);
			used += utf8(cp, name + used);
		}
		name[used] = '\0';
		struct match_query q = { .name = name, .top = 5 };
		enum ent_err err = match_run(*state, &q, a, &r, NULL);
		assert_true(err == ENT_OK || err == ENT_EFIELD || err == ENT_ETOOBIG);
		for (size_t k = 0; k < r.n; k++)
			assert_int_not_equal(r.r[k].band, MATCH_STRONG);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal_form_case_and_bidi_marks_of_a_query_change_nothing),
		cmocka_unit_test(test_normal_form_case_and_bidi_marks_of_a_register_change_nothing),
		cmocka_unit_test(test_the_order_of_words_changes_nothing_but_what_is_joined),
		cmocka_unit_test(test_letters_in_disguise_hide_nobody),
		cmocka_unit_test(test_oversize_input_is_refused_with_its_limit),
		cmocka_unit_test(test_any_letters_are_answered_or_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
