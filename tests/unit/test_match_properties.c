/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence and degree, over thousands of invented queries: what agrees never lowers a degree, what
 * contradicts never raises it.
 */
#include "match_fixture.h"

static bool
is_it(void *ctx, const char *id)
{
	return strcmp(ctx, id) == 0;
}

/* The degree of one record, whatever others there are; 0 if it is not even a trace. */
static unsigned
degree(struct match_index *x, const struct person *p, struct match_query q)
{
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_results r = { .n = 0 };
	char id[16];
	memcpy(id, p->id, sizeof id);
	q.top = 1;
	q.brief = true;
	q.admits = is_it;
	q.ctx = id;
	assert_int_equal(match_run(x, &q, a, &r, NULL), ENT_OK);
	unsigned d = r.n > 0 ? r.r[0].degree : 0;
	arena_free(a);
	return d;
}

/* ---- dates, documents, nationalities ----------------------------------------------------------------------- */

/* Facts by number, of the record or against it. */
static void
put_fact(unsigned fact, const struct person *p, bool agrees, struct match_query *q, uint64_t *seed)
{
	switch (fact) {
	case 0:
		q->birth = p->birth;
		if (agrees && roll(seed) % 3 == 0)
			q->birth = (struct match_date){ .precision = MATCH_DATE_YEAR, .year = p->birth.year };
		if (!agrees)
			q->birth.year = (uint16_t)(p->birth.year + (roll(seed) % 2 == 0 ? 37 : -26));
		break;
	case 1: q->document = agrees ? p->document : "ZZ999999"; break;
	default: q->nationality = agrees ? p->nation : "Atlantis"; break;
	}
}

static void
test_facts_that_agree_never_lower_and_facts_against_never_raise(void **state)
{
	uint64_t seed = 101;
	for (unsigned i = 0; i < 1500; i++) {
		struct person p = invent(roll(&seed) % RECORDS);
		char name[TEXT];
		struct match_query q = { .name = name };
		ask_for(&seed, &p, name);
		unsigned facts = (unsigned)roll(&seed) % 8, more = (unsigned)(roll(&seed) % 3);
		for (unsigned k = 0; k < 3; k++)
			if ((facts >> k & 1) != 0 && k != more)
				put_fact(k, &p, roll(&seed) % 2 == 0, &q, &seed);
		unsigned without = degree(*state, &p, q);
		struct match_query with = q, against = q;
		put_fact(more, &p, true, &with, &seed);
		put_fact(more, &p, false, &against, &seed);
		unsigned agrees = degree(*state, &p, with), contradicts = degree(*state, &p, against);
		if (agrees < without || contradicts > without)
			print_error("%s: %s, fact %u: %u, agreeing %u, against %u\n", p.id, name, more, without, agrees,
			    contradicts);
		assert_true(agrees >= without);
		assert_true(contradicts <= without);
	}
}

/* ---- words ------------------------------------------------------------------------------------------------- */

/* Like no word of the register. */
static const char *const unlike[] = { "Vrzwing", "Plumtexo", "Dobbelqua", "Fnistrog" };

static bool
is_one_of(const char *word, const char *const *list, size_t n)
{
	while (n > 0 && list[n - 1] != word)
		n--;
	return n > 0;
}

static void
test_a_word_that_agrees_never_lowers_a_degree(void **state)
{
	uint64_t seed = 102;
	for (unsigned i = 0; i < 1500; i++) {
		struct person p = invent(roll(&seed) % RECORDS);
		uint32_t all = (1u << p.n) - 1, bits = (uint32_t)roll(&seed) & all;
		uint32_t one = 1u << roll(&seed) % p.n;
		char less[TEXT], more[TEXT];
		bool other = roll(&seed) % 2 == 0; /* a word beside that is not his */
		if ((bits & ~one) == 0)
			continue;
		join(p.word, p.n, bits & ~one, less);
		join(p.word, p.n, bits | one, more);
		if (other) {
			const char *stray = unlike[roll(&seed) % 4];
			size_t end = strlen(less);
			(void)snprintf(less + end, sizeof less - end, " %s", stray);
			end = strlen(more);
			(void)snprintf(more + end, sizeof more - end, " %s", stray);
		}
		unsigned before = degree(*state, &p, (struct match_query){ .name = less });
		unsigned after = degree(*state, &p, (struct match_query){ .name = more });
		if (after < before)
			print_error("%s: %s %u, %s %u\n", p.id, less, before, more, after);
		assert_true(after >= before);
	}
}

static void
test_a_word_of_somebody_else_never_raises_a_degree(void **state)
{
	uint64_t seed = 103;
	for (unsigned i = 0; i < 1500; i++) {
		struct person p = invent(roll(&seed) % RECORDS);
		char less[TEXT], more[TEXT];
		const char *word[WORDS_MAX + 3];
		size_t n = 0, strays = 1 + roll(&seed) % 3, have = 1 + roll(&seed) % p.n;
		for (size_t k = 0; k < have; k++)
			word[n++] = p.word[k];
		for (size_t k = 0; k < strays; k++, n++) { /* anywhere */
			size_t at = roll(&seed) % (n + 1);
			memmove(word + at + 1, word + at, (n - at) * sizeof *word);
			word[at] = k == 2 ? words[0][roll(&seed) % 32] : unlike[roll(&seed) % 4];
		}
		size_t out = roll(&seed) % n; /* one that is not his */
		while (!is_one_of(word[out], unlike, 4))
			out = (out + 1) % n;
		join(word, n, UINT32_MAX & ~(1u << out), less);
		join(word, n, UINT32_MAX, more);
		unsigned before = degree(*state, &p, (struct match_query){ .name = less });
		unsigned after = degree(*state, &p, (struct match_query){ .name = more });
		if (after > before)
			print_error("%s: %s %u, %s %u\n", p.id, less, before, more, after);
		assert_true(after <= before);
	}
}

/* Names are left out by these bits that may meet no letter of the query. */
static void
test_letters_that_may_meet_share_a_bit(void **state)
{
	size_t meet = 0, apart = 0;
	(void)state;
	for (int a = 1; a < 128; a++)
		for (int b = 1; b < 128; b++) {
			bool share = (match_letters((char)a) & match_letters((char)b)) != 0;
			meet += match_same_initial((char)a, (char)b);
			apart += !share;
			assert_true(share || !match_same_initial((char)a, (char)b));
		}
	assert_true(meet > 128 && apart > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts_that_agree_never_lower_and_facts_against_never_raise),
		cmocka_unit_test(test_a_word_that_agrees_never_lowers_a_degree),
		cmocka_unit_test(test_a_word_of_somebody_else_never_raises_a_degree),
		cmocka_unit_test(test_letters_that_may_meet_share_a_bit),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
