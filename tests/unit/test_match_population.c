/* SPDX-License-Identifier: Apache-2.0 */
#include "match/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint32_t
share(const struct match_population *p, const char *name, const char *country, enum match_name_kind kind)
{
	return match_population_share(p, name, strlen(name), country, kind);
}

static void
add(struct match_population *p, const char *name, const char *country, enum match_name_kind kind, uint64_t count)
{
	assert_int_equal(match_population_add(p, name, country, kind, count, NULL), ENT_OK);
}

static void
test_shares_are_by_country_and_kind_of_what_was_added_up(void **state)
{
	struct match_population *p = match_population_new();
	(void)state;
	add(p, "ZÉPHIRIN", "FR", MATCH_KIND_GIVEN, 30);
	add(p, "Zephirin", "FR", MATCH_KIND_GIVEN, 20); /* folds to the same */
	add(p, "MARIE-LOU", "FR", MATCH_KIND_GIVEN, 50);
	add(p, "zephirin", "BE", MATCH_KIND_GIVEN, 1);
	add(p, "maria", "BE", MATCH_KIND_GIVEN, 999);
	add(p, "zephirin", "FR", MATCH_KIND_FAMILY, 7);
	add(p, "...", "FR", MATCH_KIND_GIVEN, 1000); /* holds no letter */
	assert_int_equal(match_population_entries(p), 5);
	assert_int_equal(share(p, "zephirin", "FR", MATCH_KIND_GIVEN), 500000000);
	assert_int_equal(share(p, "marie lou", "FR", MATCH_KIND_GIVEN), 500000000);
	assert_int_equal(share(p, "zephirin", "BE", MATCH_KIND_GIVEN), 1000000);
	assert_int_equal(share(p, "zephirin", NULL, MATCH_KIND_GIVEN), 500000000);
	assert_int_equal(share(p, "zephirin", "FR", MATCH_KIND_FAMILY), 1000000000);
	assert_int_equal(share(p, "zephirin", "NL", MATCH_KIND_GIVEN), 0);
	assert_int_equal(share(p, "nobody", NULL, MATCH_KIND_GIVEN), 0);
	assert_int_equal(match_population_share(p, "zephirin of france", 8, "FR", MATCH_KIND_GIVEN), 500000000);
	assert_int_equal(match_population_share(NULL, "zephirin", 8, NULL, MATCH_KIND_GIVEN), 0);
	match_population_free(p);
}

static void
test_many_names_and_legal_forms_are_found_again(void **state)
{
	struct match_population *p = match_population_new();
	char name[32];
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof name, "name %u", i);
		add(p, name, i % 2 == 0 ? "FR" : "BE", MATCH_KIND_FAMILY, 1 + i % 7);
	}
	add(p, "Société à responsabilité limitée", "FR", MATCH_KIND_LEGAL, 1);
	add(p, "S.A.R.L.", "FR", MATCH_KIND_LEGAL, 1);
	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof name, "name %u", i);
		assert_true(share(p, name, i % 2 == 0 ? "FR" : "BE", MATCH_KIND_FAMILY) > 0);
		assert_int_equal(share(p, name, i % 2 == 0 ? "BE" : "FR", MATCH_KIND_FAMILY), 0);
	}
	assert_true(match_population_is_legal(p, "societe a responsabilite limitee", 32));
	assert_false(match_population_is_legal(p, "societe", 7));
	struct match_index *x = match_index_new();
	assert_int_equal(match_names_count(x), 0);
	match_names_set(x, p); /* the index owns it now */
	assert_int_equal(match_names_count(x), 20002);
	match_names_set(x, NULL);
	assert_int_equal(match_names_count(x), 0);
	match_index_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares_are_by_country_and_kind_of_what_was_added_up),
		cmocka_unit_test(test_many_names_and_legal_forms_are_found_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
