/* SPDX-License-Identifier: Apache-2.0
 *
 * What an explanation tells beside the words that met.
 */
#include "match/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct match_index *x;
	struct arena *a;
	struct match_results r;
};

static void
add(struct match_index *x, const char *id, const char *name, const char *birth, const char *document)
{
	struct match_date d = { .year = 0 };
	const char *nation = "MA";
	struct match_entry e = { .id = id, .type = RTYPE_PERSON, .names = &name, .names_n = 1,
		.births = &d, .documents = &document, .nationalities = &nation, .nationalities_n = 1 };
	if (birth != NULL) {
		assert_int_equal(match_date_parse(str_of(birth), &d, NULL), ENT_OK);
		e.births_n = 1;
	}
	e.documents_n = document != NULL;
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
}

static int
setup(void **state)
{
	static const char *const given[] = { "Mohamed", "Ahmed", "Karim", "Youssef", "Fatima", "Jan",
		"Pieter", "Marie", "Luc", "Said" };
	static const char *const family[] = { "Tazi", "Bennani", "Alaoui", "Chraibi", "Janssens", "Peeters",
		"Dubois", "Lambert", "El Idrissi", "Amrani" };
	struct fixture *f = ent_alloc(sizeof *f);
	f->x = match_index_new();
	f->a = arena_new(ARENA_REQUEST_MAX);
	for (size_t i = 0; i < 100; i++) {
		char id[16], name[64];
		(void)snprintf(id, sizeof id, "crowd-%zu", i);
		(void)snprintf(name, sizeof name, "%s %s", given[i / 10], family[i % 10]);
		add(f->x, id, name, NULL, NULL);
	}
	add(f->x, "p-ar", "عبد الرحمن بوزيان", "1985-03-12", "AB 123456");
	add(f->x, "p-three", "Zineb Ouahbi ben Tazi", NULL, NULL);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	match_index_free(f->x);
	arena_free(f->a);
	free(f);
	return 0;
}

static const struct match_result *
first(struct fixture *f, const char *id, const struct match_query *in)
{
	struct match_query q = *in;
	q.top = 10;
	match_settle(f->x); /* frequencies of what is there now */
	assert_int_equal(match_run(f->x, &q, f->a, &f->r, NULL), ENT_OK);
	assert_true(f->r.n > 0);
	assert_string_equal(f->r.r[0].id, id);
	return &f->r.r[0];
}

static void
test_leftovers_of_both_sides_are_told_with_their_rarity(void **state)
{
	struct fixture *f = *state;
	bool light = false, family = false;
	struct match_query q = { .name = "Karim Bouziane Abderrahmane" };
	const struct match_result *m = first(f, "p-ar", &q);
	assert_int_equal(m->reasons.left_n, 1);
	assert_string_equal(m->reasons.left[0].word, "karim");
	assert_true(m->reasons.left[0].of_query);
	uint32_t karim = m->reasons.left[0].one_in, bouziane = m->pairs[0].one_in;
	assert_in_range(karim, 2, bouziane - 1); /* of the two the frequent one here */
	struct match_query met = { .name = "Karim Tazi" };
	m = first(f, "crowd-20", &met);
	assert_string_equal(m->pairs[0].query, "karim");
	assert_int_equal(m->pairs[0].one_in, karim); /* the same figure, met or left */
	q.name = "Zineb Ouahbi";
	m = first(f, "p-three", &q);
	for (size_t i = 0; i < m->reasons.left_n; i++) {
		const struct match_left *l = &m->reasons.left[i];
		assert_false(l->of_query);
		light = light || (strcmp(l->word, "ben") == 0 && l->light && l->one_in == 0);
		family = family || (strcmp(l->word, "tazi") == 0 && !l->light && l->one_in > 1);
	}
	assert_true(light && family);
}

static void
test_the_facts_that_were_compared_are_told(void **state)
{
	struct fixture *f = *state;
	char text[MATCH_DATE_TEXT];
	struct match_query q = { .name = "Abderrahmane Bouziane", .document = "ab 9", .nationality = "ma" };
	assert_int_equal(match_date_parse(str_of("1985-12-03"), &q.birth, NULL), ENT_OK);
	const struct match_result *m = first(f, "p-ar", &q);
	match_date_format(&m->reasons.birth, text);
	assert_string_equal(text, "1985-03-12");
	assert_int_equal(m->date, MATCH_DATE_SWAPPED);
	assert_int_equal(m->document, MATCH_DOCUMENT_DIFFERENT);
	assert_int_equal(m->reasons.documents_n, 1);
	assert_string_equal(m->reasons.documents[0], "AB123456");
	assert_int_equal(m->reasons.nation, MATCH_NATION_EQUAL);
	q.nationality = "be";
	assert_int_equal(first(f, "p-ar", &q)->reasons.nation, MATCH_NATION_DIFFERENT);
	q.nationality = NULL;
	assert_int_equal(first(f, "p-ar", &q)->reasons.nation, MATCH_NATION_UNKNOWN);
}

static void
test_dates_are_told_as_they_are_read(void **state)
{
	static const char *const texts[] = { "1950", "1950-02", "1950-02-28", "1950-01-01", "1949/1952" };
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct match_date d;
		char out[MATCH_DATE_TEXT];
		assert_int_equal(match_date_parse(str_of(texts[i]), &d, NULL), ENT_OK);
		match_date_format(&d, out);
		assert_string_equal(out, texts[i]);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_leftovers_of_both_sides_are_told_with_their_rarity),
		T(test_the_facts_that_were_compared_are_told),
		cmocka_unit_test(test_dates_are_told_as_they_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
