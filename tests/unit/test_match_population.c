/* SPDX-License-Identifier: Apache-2.0 */
#include "match/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
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

/* ---- in scoring: SCR-12 ------------------------------------------------------------------------------------ */

static struct match_population *
french(bool backwards)
{
	static const char *const names[] = { "Jean", "Marie", "Zéphyrin", "Théodule" };
	static const uint64_t counts[] = { 400000, 500000, 90000, 10000 };
	struct match_population *p = match_population_new();
	for (size_t i = 0; i < 4; i++) {
		size_t k = backwards ? 3 - i : i;
		add(p, names[k], "FR", MATCH_KIND_GIVEN, counts[k]);
	}
	add(p, "Sh.p.k.", "AL", MATCH_KIND_LEGAL, 1);
	add(p, "Shpk", "AL", MATCH_KIND_LEGAL, 1);
	return p;
}

static void
add_names(struct match_index *x)
{
	static const char *const names[] = { "Zéphyrin Cherkaoui", "Wolfram Lindqvist", "Noor Bennani" };
	for (size_t i = 0; i < 3; i++) {
		struct match_entry e = { .id = names[i], .type = RTYPE_PERSON, .names = &names[i], .names_n = 1 };
		assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	}
	const char *org = "Balaton Hajozasi";
	struct match_entry e = { .id = "org", .type = RTYPE_ORG, .names = &org, .names_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
}

/* What its best result says of the rarity of its first word; its degree. */
static uint32_t
one_in(struct match_index *x, const char *name, enum record_type type, unsigned *degree)
{
	struct match_query q = { .name = name, .type = type, .top = 1 };
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_results r = { .n = 0 };
	assert_int_equal(match_run(x, &q, a, &r, NULL), ENT_OK);
	assert_int_equal(r.n, 1);
	uint32_t rare = 0;
	for (size_t i = 0; i < r.r[0].pairs_n; i++)
		if (strncmp(r.r[0].pairs[i].query, name, 2) == 0)
			rare = r.r[0].pairs[i].one_in;
	*degree = r.r[0].degree;
	arena_free(a);
	return rare;
}

static void
test_a_name_that_a_population_has_is_not_rare(void **state)
{
	struct match_index *x = match_index_new();
	unsigned before, after;
	(void)state;
	add_names(x);
	match_settle(x);
	uint32_t rare = one_in(x, "zephyrin cherkaoui", RTYPE_PERSON, &before);
	match_names_set(x, french(false)); /* nine of a hundred */
	uint32_t known = one_in(x, "zephyrin cherkaoui", RTYPE_PERSON, &after);
	assert_true(known < 20 && rare > 1000);
	assert_true(after < before);
	match_names_set(x, NULL); /* the figures hold without */
	assert_int_equal(one_in(x, "zephyrin cherkaoui", RTYPE_PERSON, &after), rare);
	assert_int_equal(after, before);
	match_index_free(x);
}

struct bytes_at {
	uint8_t *p;
	size_t n;
};

static enum ent_err
keep(void *ctx, uint64_t all, struct bytes part, struct ent_why *why)
{
	struct bytes_at *b = ctx;
	(void)all;
	(void)why;
	b->p = ent_realloc(b->p, b->n + part.n);
	memcpy(b->p + b->n, part.p, part.n);
	b->n += part.n;
	return ENT_OK;
}

static void
test_two_services_with_the_same_statistics_answer_the_same_bytes(void **state)
{
	struct bytes_at saved[2] = { { NULL, 0 }, { NULL, 0 } };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct match_index *x = match_index_new();
		if (i == 0)
			match_names_set(x, french(false)); /* before the records, or after; in another order */
		add_names(x);
		if (i == 1)
			match_names_set(x, french(true));
		assert_int_equal(match_save(x, keep, &saved[i], NULL), ENT_OK);
		match_index_free(x);
	}
	assert_int_equal(saved[0].n, saved[1].n);
	assert_memory_equal(saved[0].p, saved[1].p, saved[0].n);
	free(saved[0].p);
	free(saved[1].p);
}

static void
test_a_snapshot_of_other_statistics_is_settled_anew(void **state)
{
	struct bytes_at saved = { NULL, 0 };
	struct match_index *x = match_index_new(), *y = match_index_new();
	unsigned degree, other;
	(void)state;
	add_names(x);
	assert_int_equal(match_save(x, keep, &saved, NULL), ENT_OK);
	match_names_set(x, french(false));
	match_names_set(y, french(true));
	struct match_image image = match_image_new(saved.n);
	memcpy(image.p, saved.p, saved.n);
	assert_int_equal(match_load_take(y, &image, NULL), ENT_OK);
	assert_int_equal(one_in(x, "zephyrin cherkaoui", RTYPE_PERSON, &degree),
	    one_in(y, "zephyrin cherkaoui", RTYPE_PERSON, &other));
	assert_int_equal(degree, other);
	free(saved.p);
	match_index_free(x);
	match_index_free(y);
}

static void
test_a_loaded_legal_form_of_the_query_counts_for_little(void **state)
{
	struct match_index *x = match_index_new();
	unsigned before, after;
	(void)state;
	add_names(x);
	(void)one_in(x, "balaton hajozasi Shpk", RTYPE_ORG, &before);
	match_names_set(x, french(false));
	(void)one_in(x, "balaton hajozasi Shpk", RTYPE_ORG, &after);
	assert_true(after > before);
	match_index_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares_are_by_country_and_kind_of_what_was_added_up),
		cmocka_unit_test(test_many_names_and_legal_forms_are_found_again),
		cmocka_unit_test(test_a_name_that_a_population_has_is_not_rare),
		cmocka_unit_test(test_two_services_with_the_same_statistics_answer_the_same_bytes),
		cmocka_unit_test(test_a_snapshot_of_other_statistics_is_settled_anew),
		cmocka_unit_test(test_a_loaded_legal_form_of_the_query_counts_for_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
