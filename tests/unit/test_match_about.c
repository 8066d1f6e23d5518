/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands beside a name: sex, place of birth, nationality, and that none of it finds anybody alone.
 */
#include "match/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct match_index *x;
	struct arena *a;
};

static void
add(struct match_index *x, const char *id, const char *name, enum record_sex sex, const char *place,
    const char *country)
{
	struct match_place p = { .text = place, .country = country };
	struct match_date d = { .precision = MATCH_DATE_DAY, .year = 1985, .month = 3, .day = 12 };
	const char *nation = "MA";
	struct match_entry e = { .id = id, .type = RTYPE_PERSON, .names = &name, .names_n = 1, .sex = sex,
		.places = &p, .places_n = place != NULL || country != NULL, .nationalities = &nation,
		.nationalities_n = 1, .births = &d, .births_n = strcmp(id, "p-born") == 0 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
}

static int
setup(void **state)
{
	static const char *const given[] = { "Mohamed", "Ahmed", "Karim", "Youssef", "Fatima", "Jan", "Pieter",
		"Marie", "Luc", "Said" };
	static const char *const family[] = { "Tazi", "Bennani", "Alaoui", "Chraibi", "Janssens", "Peeters",
		"Dubois", "Lambert", "El Idrissi", "Amrani" };
	struct fixture *f = ent_alloc(sizeof *f);
	f->x = match_index_new();
	f->a = arena_new(ARENA_REQUEST_MAX);
	for (size_t i = 0; i < 100; i++) {
		char id[16], name[64];
		(void)snprintf(id, sizeof id, "crowd-%zu", i);
		(void)snprintf(name, sizeof name, "%s %s", given[i / 10], family[i % 10]);
		add(f->x, id, name, SEX_NONE, NULL, NULL);
	}
	add(f->x, "p-fez", "Noureddine Cherkaoui", SEX_MALE, "Fès", "Morocco");
	add(f->x, "p-liege", "Noureddine Cherkaoui", SEX_FEMALE, "Liège, Belgium", NULL);
	add(f->x, "p-bare", "Noureddine Cherkaoui", SEX_NONE, NULL, NULL);
	add(f->x, "p-born", "Zakaria Ouazzani", SEX_NONE, NULL, NULL);
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
find(struct fixture *f, const struct match_query *q, const char *id)
{
	struct match_results r = { .n = 0 };
	struct match_query own = *q;
	own.top = 20;
	assert_int_equal(match_run(f->x, &own, f->a, &r, NULL), ENT_OK);
	for (size_t i = 0; i < r.n; i++)
		if (strcmp(r.r[i].id, id) == 0)
			return &r.r[i];
	return NULL;
}

static void
test_sex_weighs_a_little_for_and_more_against(void **state)
{
	struct fixture *f = *state;
	struct match_query q = { .name = "Noureddine Cherkaoui", .sex = SEX_MALE };
	const struct match_result *same = find(f, &q, "p-fez"), *other = find(f, &q, "p-liege"),
				  *none = find(f, &q, "p-bare");
	assert_int_equal(same->reasons.sex, MATCH_SEX_EQUAL);
	assert_int_equal(other->reasons.sex, MATCH_SEX_DIFFERENT);
	assert_string_equal(other->reasons.own_sex, "f");
	assert_int_equal(none->reasons.sex, MATCH_SEX_UNKNOWN);
	assert_true(same->degree > none->degree && none->degree > other->degree);
	assert_true(none->degree - other->degree > same->degree - none->degree);
	q.sex = SEX_X; /* says nothing against either */
	assert_int_equal(find(f, &q, "p-liege")->reasons.sex, MATCH_SEX_UNKNOWN);
}

static void
test_a_place_of_birth_meets_across_spellings_and_scripts(void **state)
{
	struct fixture *f = *state;
	static const char *const same[] = { "Fez", "Fes", "فاس", "FÈS, Morocco" };
	struct match_query q = { .name = "Noureddine Cherkaoui" };
	unsigned plain = find(f, &q, "p-fez")->degree;
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		q.place = same[i];
		const struct match_result *m = find(f, &q, "p-fez");
		assert_int_equal(m->reasons.place, MATCH_PLACE_EQUAL);
		assert_string_equal(m->reasons.own_place, "Fès");
		assert_true(m->degree > plain);
		assert_int_equal(find(f, &q, "p-liege")->reasons.place, MATCH_PLACE_DIFFERENT);
		assert_true(find(f, &q, "p-liege")->degree < plain);
		assert_int_equal(find(f, &q, "p-bare")->reasons.place, MATCH_PLACE_UNKNOWN);
	}
}

static void
test_another_town_of_the_country_is_less_than_the_town(void **state)
{
	struct fixture *f = *state;
	struct match_query q = { .name = "Noureddine Cherkaoui", .place = "Marrakech, Morocco" };
	unsigned country = find(f, &q, "p-fez")->degree;
	assert_int_equal(find(f, &q, "p-fez")->reasons.place, MATCH_PLACE_COUNTRY);
	q.place = "Belgium";
	assert_int_equal(find(f, &q, "p-liege")->reasons.place, MATCH_PLACE_COUNTRY);
	q.place = "Fez";
	assert_true(find(f, &q, "p-fez")->degree > country);
}

static void
test_neither_date_nor_sex_nor_place_finds_anybody_alone(void **state)
{
	struct fixture *f = *state;
	struct ent_why why;
	struct match_results r;
	struct match_query q = { .top = 10, .sex = SEX_MALE, .place = "Fez", .nationality = "MA",
		.birth = { .precision = MATCH_DATE_DAY, .year = 1985, .month = 3, .day = 12 } };
	assert_int_equal(match_run(f->x, &q, f->a, &r, &why), ENT_EFIELD);
	/* nor do they lift a name that is another's */
	q.name = "Wilfried Hoogstraten";
	assert_null(find(f, &q, "p-fez"));
	assert_null(find(f, &q, "p-born"));
}

static void
test_two_persons_of_one_name_are_told_apart_by_what_else_is_known(void **state)
{
	struct fixture *f = *state;
	struct match_query q = { .name = "Noureddine Cherkaoui" };
	assert_int_equal(find(f, &q, "p-fez")->degree, find(f, &q, "p-liege")->degree);
	q.place = "Liège";
	q.sex = SEX_FEMALE;
	assert_true(find(f, &q, "p-liege")->degree > find(f, &q, "p-fez")->degree);
}

/* Everything else agrees: still one name is one name. */
static void
test_a_single_name_is_not_strong_with_date_place_and_sex(void **state)
{
	struct fixture *f = *state;
	struct match_query q = { .name = "Ouazzani", .sex = SEX_MALE, .place = "Fez", .nationality = "MA",
		.birth = { .precision = MATCH_DATE_DAY, .year = 1985, .month = 3, .day = 12 } };
	const struct match_result *m = find(f, &q, "p-born");
	assert_non_null(m);
	assert_int_equal(m->date, MATCH_DATE_EQUAL);
	assert_int_not_equal(m->band, MATCH_STRONG);
}

static void
test_a_segment_keeps_sex_and_place(void **state)
{
	struct fixture *f = *state;
	struct match_query q = { .name = "Noureddine Cherkaoui", .place = "Fez", .sex = SEX_MALE };
	match_settle(f->x);
	const struct match_result *m = find(f, &q, "p-fez");
	assert_int_equal(m->reasons.place, MATCH_PLACE_EQUAL);
	assert_int_equal(m->reasons.sex, MATCH_SEX_EQUAL);
	assert_string_equal(m->reasons.own_nation, "MA");
	assert_int_equal(find(f, &q, "p-liege")->reasons.sex, MATCH_SEX_DIFFERENT);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_sex_weighs_a_little_for_and_more_against),
		T(test_a_place_of_birth_meets_across_spellings_and_scripts),
		T(test_another_town_of_the_country_is_less_than_the_town),
		T(test_neither_date_nor_sex_nor_place_finds_anybody_alone),
		T(test_two_persons_of_one_name_are_told_apart_by_what_else_is_known),
		T(test_a_single_name_is_not_strong_with_date_place_and_sex),
		T(test_a_segment_keeps_sex_and_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
