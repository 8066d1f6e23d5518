/* SPDX-License-Identifier: Apache-2.0
 *
 * The alignment's score: its upper bound, and what more evidence does to it.
 */
#include "match/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct dice {
	uint64_t state;
};

static uint32_t
roll(struct dice *d, uint32_t sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(d->state >> 33) % sides;
}

/* A name of one to six words; particles, initials, commas, capitals and Arabic among them. */
static void
invent(struct dice *d, char out[static 256])
{
	static const char *const words[] = { "mohamed", "ahmed", "BENALI", "van", "der", "Berg", "al", "abd", "Karim",
		"Youssef", "ivanovich", "J", "ben", "Nour", "eddine", "محمد", "بن", "يوسف", "Petrov", "Петров",
		"Kim", "Su", "Yong", "Garcia", "Lopez,", "haji", "abou", "Bakr", "Jafaribandar", "jafari", "bandar" };
	size_t n = 0, k = 1 + roll(d, 6);
	for (size_t i = 0; i < k; i++)
		n += (size_t)snprintf(out + n, 256 - n, "%s%s", i > 0 ? " " : "",
		    words[roll(d, sizeof words / sizeof words[0])]);
}

static uint32_t
query_left(const struct question *qn, const struct aligned *al)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < qn->parts; i++) {
		bool twice = false;
		for (size_t k = 0; k < qn->parts; k++)
			twice |= k != i && strcmp(qn->item[k].tok.sound, qn->item[i].tok.sound) == 0;
		sum += twice || (al->query_used >> i & 1) != 0 ? 0 : qn->item[i].weight;
	}
	return sum;
}

static uint32_t
record_left(const struct match_index *x, const struct name *n, const struct aligned *al)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < n->parts; i++) {
		bool twice = false;
		for (size_t k = 0; k < n->parts; k++)
			twice |= k != i && x->words[n->tok[k].word].sound == x->words[n->tok[i].word].sound;
		if (!twice && (al->record_used >> i & 1) == 0)
			sum += match_token_weight(x, n->tok[i].word, (enum text_role)n->tok[i].role);
	}
	return sum;
}

static void
test_no_alignment_scores_over_its_bound(void **state)
{
	(void)state;
	struct dice d = { 20261123 };
	struct match_index *x = match_index_new();
	char text[256], id[16];
	const char *name = text;
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(id, sizeof id, "n%u", i);
		invent(&d, text);
		struct match_entry e = { .id = id, .type = i % 5 == 0 ? RTYPE_ORG : RTYPE_PERSON, .names = &name,
			.names_n = 1 };
		assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	}
	for (unsigned i = 0; i < 200; i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct question *qn = arena_alloc(a, sizeof *qn);
		invent(&d, text);
		struct match_query q = { .name = text, .top = 1 };
		assert_int_equal(match_question_read(&q, qn, NULL), ENT_OK);
		match_question_items(x, qn, a);
		for (size_t k = 0; k < x->names_n; k++) {
			struct aligned al;
			bool org = x->records[x->names[k].record].type == RTYPE_ORG;
			match_align(x, qn, &x->names[k], &al);
			int32_t bound = match_bound((uint32_t)al.ev[EV_MET], query_left(qn, &al),
			    record_left(x, &x->names[k], &al), org);
			if (al.score > bound)
				print_error("%s | %s: %d over %d\n", text, x->names[k].text, al.score, bound);
			assert_true(al.score <= bound);
		}
		arena_free(a);
	}
	match_index_free(x);
}

static void
test_the_bound_grows_with_what_may_meet(void **state)
{
	(void)state;
	for (uint32_t met = 500; met < 40000; met += 500)
		assert_true(match_bound(met, 9000, 5000, false) <= match_bound(met + 500, 9000, 5000, false));
}

static unsigned
degree(struct match_index *x, const char *name)
{
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_query q = { .name = name, .top = 5 };
	struct match_results r = { .n = 0 };
	assert_int_equal(match_run(x, &q, a, &r, NULL), ENT_OK);
	unsigned d = r.n > 0 ? r.r[0].degree : 0;
	arena_free(a);
	return d;
}

static void
test_a_degree_grows_with_each_word_that_agrees(void **state)
{
	(void)state;
	static const char *const steps[] = { "Zoubeida", "Zoubeida Marrakchi", "Zoubeida Hafsa Marrakchi",
		"Zoubeida Hafsa Ghizlane Marrakchi" };
	struct match_index *x = match_index_new();
	const char *name = "MARRAKCHI, Zoubeida Hafsa Ghizlane", *other = "Karim Tazi";
	struct match_entry e = { .id = "a", .type = RTYPE_PERSON, .names = &name, .names_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	e = (struct match_entry){ .id = "b", .type = RTYPE_PERSON, .names = &other, .names_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	for (size_t i = 0; i + 1 < sizeof steps / sizeof steps[0]; i++)
		assert_true(degree(x, steps[i]) < degree(x, steps[i + 1]));
	match_index_free(x);
}

static void
test_a_degree_does_not_hang_on_normal_form_case_or_bidi_marks(void **state)
{
	(void)state;
	struct match_index *x = match_index_new();
	const char *name = "Jérôme Lefèvre";
	struct match_entry e = { .id = "a", .type = RTYPE_PERSON, .names = &name, .names_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	unsigned want = degree(x, "Jérôme Lefèvre");
	assert_true(want > 0);
	assert_int_equal(degree(x, "Je\u0301ro\u0302me Lefe\u0300vre"), want);
	assert_int_equal(degree(x, "JÉRÔME LEFÈVRE"), want);
	assert_int_equal(degree(x, "\u200fJérôme Lefèvre\u200e"), want);
	match_index_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_alignment_scores_over_its_bound),
		cmocka_unit_test(test_the_bound_grows_with_what_may_meet),
		cmocka_unit_test(test_a_degree_grows_with_each_word_that_agrees),
		cmocka_unit_test(test_a_degree_does_not_hang_on_normal_form_case_or_bidi_marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
