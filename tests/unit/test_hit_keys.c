/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: the same person gives the same key in both scripts, another gives none of them, and what is
 * bound to one agreement, epoch and rules version is worth nothing under another.  Shows HIT-1 to
 * HIT-5.
 */
#include "grant/admit.h"
#include "grant/mint.h"
#include "hit/hit.h"
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct hit_domain domain = { "RAB-BRU-1", 3, TEXT_RULES_VERSION };

static struct grant *
grant_of(enum ent_action action)
{
	struct grant_terms t = { .action = action, .purpose = PURPOSE_TERRORISM };
	struct grant *g = grant_mint(&t);
	grant_admit(g, 1);
	return g;
}

static struct hit_terms
person(const char *name, int year, int month, int day)
{
	struct hit_terms t = { .person = true, .names = 1, .dates = 1, .name = { name },
		.date = { { year, month, day } } };
	return t;
}

static struct hit_keys *
keys_of(const struct hit_terms *t, const struct hit_domain *d)
{
	struct hit_keys *k = ent_alloc(sizeof *k);
	struct ent_why why = { 0 };
	assert_int_equal(hit_keys_of_terms(t, d, k, &why), ENT_OK);
	return k;
}

/* The lowest class in which a register's person answers a query's; 0: no hit. */
static int
meets(const struct hit_terms *held, const struct hit_terms *asked)
{
	struct grant *g = grant_of(ACTION_ASK);
	struct hit_keys *k = keys_of(held, &domain);
	struct hit_query q;
	struct ent_why why = { 0 };
	uint8_t seed[HIT_SEED] = { 1 };
	int class = 0;
	assert_int_equal(hit_query_make(g, asked, &domain, seed, &q, &why), ENT_OK);
	for (size_t s = 0; s < HIT_SLOTS && class == 0; s++)
		for (size_t i = 0; i < k->n && q.slot[s].class != 0; i++)
			if (k->key[i].n == q.slot[s].n &&
			    memcmp(k->key[i].input, q.slot[s].input, q.slot[s].n) == 0)
				class = q.slot[s].class;
	free(k);
	grant_free(g);
	return class;
}

static int
meet_names(const char *held, const char *asked)
{
	struct hit_terms h = person(held, 1975, 3, 20), a = person(asked, 1975, 3, 20);
	return meets(&h, &a);
}

static void
test_spellings_and_scripts_of_one_name_meet(void **state)
{
	(void)state;
	assert_int_equal(meet_names("Rachid Bouazza", "RACHID  BOUAZZA"), 2);
	assert_int_equal(meet_names("Rachid Bouazza", "Bouazza Rachid"), 3);
	assert_int_equal(meet_names("Rachid Bouazza", "Rashid Bouaza"), 3);
	assert_int_equal(meet_names("محمد العربي", "Mohammed El Arabi"), 3);
	assert_int_equal(meet_names("Mohammed El Arabi", "محمد العربي"), 3);
	assert_int_equal(meet_names("Ahmed Benali", "Ahmed ben Ali"), 3);
	assert_int_equal(meet_names("Ahmed ben Ali", "Ahmed Benali"), 3);
}

static void
test_other_names_and_other_dates_do_not_meet(void **state)
{
	struct hit_terms held = person("Rachid Bouazza", 1975, 3, 20);
	struct hit_terms day = person("Rachid Bouazza", 1975, 3, 21);
	struct hit_terms year = person("Rachid Bouazza", 1976, 3, 20);
	(void)state;
	assert_int_equal(meet_names("Rachid Bouazza", "Karim Bouazza"), 0);
	assert_int_equal(meet_names("Rachid Bouazza", "Rachid Benkirane"), 0);
	assert_int_equal(meets(&held, &day), 0);
	assert_int_equal(meets(&held, &year), 0);
}

static void
test_day_and_month_swapped_meet_in_class_four(void **state)
{
	struct hit_terms held = person("Rachid Bouazza", 1975, 3, 7);
	struct hit_terms swapped = person("Rachid Bouazza", 1975, 7, 3);
	(void)state;
	assert_int_equal(meets(&held, &swapped), 4);
}

static void
test_a_document_meets_by_itself(void **state)
{
	struct hit_terms held = { .documents = 1, .document = { "EH 123-456" } };
	struct hit_terms asked = person("Somebody Else", 1990, 2, 3);
	(void)state;
	asked.documents = 1;
	asked.document[0] = "eh123456";
	assert_int_equal(meets(&held, &asked), 1);
	asked.document[0] = "eh123457";
	assert_int_equal(meets(&held, &asked), 0);
}

static void
test_a_second_name_or_date_is_asked_too(void **state)
{
	struct hit_terms held = person("Rachid Bouazza", 1975, 3, 20);
	struct hit_terms asked = person("Karim Idrissi", 1975, 3, 20);
	(void)state;
	asked.names = 2;
	asked.name[1] = "Rachid Bouazza";
	assert_int_equal(meets(&held, &asked), 2);
	asked = person("Rachid Bouazza", 1974, 3, 20);
	asked.dates = 2;
	asked.date[1] = (struct hit_date){ 1975, 3, 20 };
	assert_int_equal(meets(&held, &asked), 2);
}

static struct record
record_of(struct statement *s, size_t n)
{
	struct record r = { .type = RTYPE_PERSON, .version = 1, .statements = s, .count = n };
	return r;
}

static void
test_placeholder_dates_give_no_key(void **state)
{
	struct grant *g = grant_of(ACTION_FILTER);
	struct statement s[3] = { { .kind = STATEMENT_NAME }, { .kind = STATEMENT_BIRTH },
		{ .kind = STATEMENT_BIRTH } };
	struct hit_terms t;
	struct ent_why why = { 0 };
	struct record r = record_of(s, 3);
	struct hit_date d;
	bool whole;
	(void)state;
	s[0].name.value = "Rachid Bouazza";
	assert_int_equal(record_birth_of(1975, 1, 1, &s[1].birth), ENT_OK);
	assert_int_equal(record_birth_of(1975, 0, 0, &s[2].birth), ENT_OK);
	assert_int_equal(hit_terms_of_record(g, &r, &t, &why), ENT_OK);
	assert_int_equal(t.dates, 0);
	struct hit_keys *k = keys_of(&t, &domain);
	assert_int_equal(k->n, 0);
	free(k);
	assert_int_equal(hit_date_parse("1975-01-01", &d, &whole, &why), ENT_OK);
	assert_false(whole);
	assert_int_equal(hit_date_parse("1975-02-01", &d, &whole, &why), ENT_OK);
	assert_true(whole);
	assert_int_equal(hit_date_parse("1975-02-30", &d, &whole, &why), ENT_EFIELD);
	grant_free(g);
}

static void
test_each_name_of_a_record_stands_with_each_date(void **state)
{
	struct hit_terms t = person("Rachid Bouazza", 1975, 3, 20);
	(void)state;
	t.names = t.dates = 2;
	t.name[1] = "رشيد بوعزة";
	t.date[1] = (struct hit_date){ 1975, 7, 1 };
	struct hit_terms a = person("Rachid Bouazza", 1975, 7, 1);
	struct hit_terms b = person("رشيد بوعزة", 1975, 3, 20);
	assert_int_equal(meets(&t, &a), 2);
	assert_int_equal(meets(&t, &b), 2);
}

static void
test_the_cap_of_a_record_counts_what_it_leaves_out(void **state)
{
	static char names[HIT_NAMES_MAX][24];
	struct hit_terms t = person(names[0], 1975, 3, 20);
	(void)state;
	for (size_t i = 0; i < HIT_NAMES_MAX; i++) {
		(void)snprintf(names[i], sizeof names[i], "Rachid B%cr%cz", 'a' + (int)i % 26,
		    i < 26 ? 'a' : 'u');
		t.name[i] = names[i];
	}
	t.names = HIT_NAMES_MAX;
	t.dates = HIT_DATES_MAX;
	for (int i = 0; i < HIT_DATES_MAX; i++)
		t.date[i] = (struct hit_date){ 1970 + i, 2, 3 };
	struct hit_keys *k = keys_of(&t, &domain);
	assert_int_equal(k->n, HIT_KEYS_MAX);
	assert_true(k->left_out > 0);
	free(k);
}

static void
test_keys_are_bound_to_agreement_epoch_and_rules(void **state)
{
	static const struct hit_domain others[] = { { "RAB-PAR-1", 3, TEXT_RULES_VERSION },
		{ "RAB-BRU-1", 4, TEXT_RULES_VERSION }, { "RAB-BRU-1", 3, TEXT_RULES_VERSION + 1 } };
	struct hit_terms t = person("Rachid Bouazza", 1975, 3, 20);
	struct hit_keys *mine = keys_of(&t, &domain);
	struct hit_domain bad = { "A|B", 1, 1 };
	struct ent_why why = { 0 };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hit_keys *k = keys_of(&t, &others[i]);
		for (size_t j = 0; j < k->n; j++)
			assert_string_not_equal(k->key[j].input, mine->key[j].input);
		free(k);
	}
	assert_int_equal(hit_keys_of_terms(&t, &bad, mine, &why), ENT_EFIELD);
	free(mine);
}

static void
test_keys_without_a_grant_are_refused(void **state)
{
	struct statement s[1] = { { .kind = STATEMENT_NAME } };
	struct record r = record_of(s, 1);
	struct grant *wrong = grant_of(ACTION_SEARCH);
	struct hit_terms t = person("Rachid Bouazza", 1975, 3, 20);
	struct hit_query q;
	struct ent_why why = { 0 };
	uint8_t seed[HIT_SEED] = { 1 };
	(void)state;
	s[0].name.value = "Rachid Bouazza";
	assert_int_equal(hit_terms_of_record(NULL, &r, &t, &why), ENT_EREFUSED);
	assert_int_equal(hit_terms_of_record(wrong, &r, &t, &why), ENT_EREFUSED);
	assert_int_equal(hit_query_make(NULL, &t, &domain, seed, &q, &why), ENT_EREFUSED);
	assert_int_equal(hit_query_make(wrong, &t, &domain, seed, &q, &why), ENT_EREFUSED);
	grant_free(wrong);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings_and_scripts_of_one_name_meet),
		cmocka_unit_test(test_other_names_and_other_dates_do_not_meet),
		cmocka_unit_test(test_day_and_month_swapped_meet_in_class_four),
		cmocka_unit_test(test_a_document_meets_by_itself),
		cmocka_unit_test(test_a_second_name_or_date_is_asked_too),
		cmocka_unit_test(test_placeholder_dates_give_no_key),
		cmocka_unit_test(test_each_name_of_a_record_stands_with_each_date),
		cmocka_unit_test(test_the_cap_of_a_record_counts_what_it_leaves_out),
		cmocka_unit_test(test_keys_are_bound_to_agreement_epoch_and_rules),
		cmocka_unit_test(test_keys_without_a_grant_are_refused),
	};
	return crypto_init() == ENT_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
