/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of documents: check digits of those that have them, near numbers, countries and kinds.  The
 * examples are those of the publishers, or computed from their rules by hand.
 */
#include "match/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *check;

static enum match_document_line
compare_as(const char *q, enum document_kind qk, const char *qc, const char *r, enum document_kind rk, const char *rc)
{
	char a[MATCH_NUMBER_MAX], b[MATCH_NUMBER_MAX];
	assert_int_equal(match_document_write(q, qk, qc, a, NULL), ENT_OK);
	assert_int_equal(match_document_write(r, rk, rc, b, NULL), ENT_OK);
	struct match_number na = match_document_read(a, strlen(a)), nb = match_document_read(b, strlen(b));
	enum match_document_line line = match_document_compare(&na, &nb, &check);
	const char *again;
	assert_int_equal(match_document_compare(&nb, &na, &again), line);
	return line;
}

static enum match_document_line
compare(const char *q, const char *r)
{
	return compare_as(q, DOCKIND_NONE, NULL, r, DOCKIND_NONE, NULL);
}

static void
test_blanks_case_and_o_for_zero_do_not_matter(void **state)
{
	(void)state;
	assert_int_equal(compare("ab 123-456", "AB123456"), MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare("ABO12345", "AB012345"), MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare("AB123456", "AB123457"), MATCH_DOCUMENT_DIFFERENT);
	assert_int_equal(compare("AB123456", "AB12345"), MATCH_DOCUMENT_DIFFERENT);
}

static void
test_another_country_or_kind_is_not_the_same_document(void **state)
{
	(void)state;
	assert_int_equal(compare_as("AB123456", DOCKIND_PASSPORT, "MA", "AB123456", DOCKIND_PASSPORT, "BE"),
	    MATCH_DOCUMENT_OTHER);
	assert_int_equal(compare_as("AB123456", DOCKIND_PASSPORT, NULL, "AB123456", DOCKIND_DRIVING, NULL),
	    MATCH_DOCUMENT_OTHER);
	assert_int_equal(compare_as("AB123456", DOCKIND_PASSPORT, "MA", "AB123456", DOCKIND_NONE, NULL),
	    MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare_as("AB123456", DOCKIND_OTHER, "MA", "AB123456", DOCKIND_PASSPORT, "Morocco"),
	    MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare_as("123456782", DOCKIND_NATIONAL, "NL", "123456782", DOCKIND_TAX, "NL"),
	    MATCH_DOCUMENT_EQUAL);
}

static void
test_a_belgian_number_that_fails_its_check_is_near(void **state)
{
	(void)state;
	assert_int_equal(compare("85.07.30-033.28", "85073003328"), MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare("85.07.30-034.28", "85073003328"), MATCH_DOCUMENT_NEAR);
	assert_non_null(strstr(check, "Belgian"));
	assert_int_equal(compare("58073003328", "85073003328"), MATCH_DOCUMENT_NEAR); /* exchanged */
	assert_int_equal(compare("8507300328", "85073003328"), MATCH_DOCUMENT_NEAR);  /* one left out */
	assert_int_equal(compare("85.07.30-044.28", "85073003328"), MATCH_DOCUMENT_DIFFERENT);
	/* born from 2000 on: 97 - (2000000000 + 050101001) % 97 = 13 */
	assert_int_equal(compare("05010100114", "05010100113"), MATCH_DOCUMENT_NEAR);
	/* neither is one: nothing says which is wrong */
	assert_int_equal(compare("85073003329", "85073003327"), MATCH_DOCUMENT_DIFFERENT);
	assert_int_equal(compare_as("85073003428", DOCKIND_NATIONAL, "FR", "85073003328", DOCKIND_NONE, NULL),
	    MATCH_DOCUMENT_DIFFERENT);
}

static void
test_a_french_number_that_fails_its_key_is_near(void **state)
{
	(void)state;
	assert_int_equal(compare("2 55 08 14 168 025 38", "255081416802538"), MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare("2 55 08 14 168 026 38", "255081416802538"), MATCH_DOCUMENT_NEAR);
	assert_non_null(strstr(check, "French"));
	/* Corsica: 1 85 01 2A 004 005 counts as 1850119004005, key 97 - that % 97 = 13 */
	assert_int_equal(compare("185012A00400613", "185012A00400513"), MATCH_DOCUMENT_NEAR);
}

static void
test_a_dutch_number_is_near_if_it_is_said_to_be_one(void **state)
{
	(void)state;
	assert_int_equal(compare_as("111222334", DOCKIND_NATIONAL, "NL", "111222333", DOCKIND_NONE, NULL),
	    MATCH_DOCUMENT_NEAR);
	assert_non_null(strstr(check, "BSN"));
	/* nine digits may be anything */
	assert_int_equal(compare("111222334", "111222333"), MATCH_DOCUMENT_DIFFERENT);
	assert_int_equal(compare_as("111222334", DOCKIND_PASSPORT, "NL", "111222333", DOCKIND_NONE, NULL),
	    MATCH_DOCUMENT_DIFFERENT);
}

static void
test_a_moroccan_card_is_the_same_without_its_zeros(void **state)
{
	(void)state;
	assert_int_equal(compare_as("AB 012345", DOCKIND_NATIONAL, "MA", "AB12345", DOCKIND_NONE, NULL),
	    MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare_as("AB 012345", DOCKIND_NONE, NULL, "AB12345", DOCKIND_NONE, NULL),
	    MATCH_DOCUMENT_DIFFERENT);
	assert_int_equal(compare_as("AB12346", DOCKIND_NATIONAL, "MA", "AB12345", DOCKIND_NONE, NULL),
	    MATCH_DOCUMENT_DIFFERENT); /* it has no check digit */
}

/* The example of ICAO Doc 9303, part 4, appendix B. */
static void
test_a_machine_readable_zone_gives_its_number(void **state)
{
	(void)state;
	assert_int_equal(compare("L898902C36UTO7408122F1204159ZE184226B<<<<<10", "L898902C3"), MATCH_DOCUMENT_EQUAL);
	assert_int_equal(compare("L898902C36", "L898902C3"), MATCH_DOCUMENT_EQUAL); /* with its check digit */
	assert_non_null(strstr(check, "ICAO"));
	/* misread: 8 for 9; the check digit is the other's */
	assert_int_equal(compare("L888902C36UTO7408122F1204159ZE184226B<<<<<10", "L898902C3"), MATCH_DOCUMENT_NEAR);
	assert_int_equal(compare("L888902C3", "L898902C3"), MATCH_DOCUMENT_DIFFERENT); /* without it nothing fails */
}

static void
add(struct match_index *x, const char *id, const char *name, const char *number, enum document_kind kind,
    const char *country)
{
	struct match_document_of of = { .kind = kind, .country = country };
	struct match_entry e = { .id = id, .type = RTYPE_PERSON, .names = &name, .names_n = 1,
		.documents = &number, .documents_n = 1, .documents_of = &of };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
}

static const struct match_result *
find(struct match_index *x, const struct match_query *q, const char *id, struct arena *a)
{
	struct match_results r = { .n = 0 };
	assert_int_equal(match_run(x, q, a, &r, NULL), ENT_OK);
	for (size_t i = 0; i < r.n; i++)
		if (strcmp(r.r[i].id, id) == 0)
			return &r.r[i];
	return NULL;
}

static void
test_a_near_number_lifts_its_name_and_finds_nobody_alone(void **state)
{
	(void)state;
	for (unsigned settled = 0; settled < 2; settled++) {
		struct match_index *x = match_index_new();
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		add(x, "p-1", "Karim Tazi", "85.07.30-033.28", DOCKIND_NATIONAL, "BE");
		add(x, "p-2", "Karim Tazi", "62.01.05-011.11", DOCKIND_NATIONAL, "BE");
		add(x, "p-3", "Luc Lambert", "L898902C3", DOCKIND_PASSPORT, "MA");
		if (settled == 1)
			match_settle(x);
		struct match_query q = { .name = "Karim Tazi", .document = "85.07.30-034.28", .top = 10 };
		const struct match_result *m = find(x, &q, "p-1", a), *other = find(x, &q, "p-2", a);
		assert_int_equal(m->document, MATCH_DOCUMENT_NEAR);
		assert_non_null(strstr(m->reasons.check, "Belgian"));
		assert_string_equal(m->reasons.documents[0], "85073003328 (national-id, BE)");
		assert_int_equal(other->document, MATCH_DOCUMENT_DIFFERENT);
		assert_true(m->degree > other->degree);
		q.document = "85.07.30-033.28";
		assert_true(find(x, &q, "p-1", a)->degree > m->degree); /* an equal one is worth more */
		q = (struct match_query){ .document = "85.07.30-034.28", .top = 10 };
		assert_null(find(x, &q, "p-1", a));
		q = (struct match_query){ .document = "L898902C36", .top = 10 };
		assert_int_equal(find(x, &q, "p-3", a)->document, MATCH_DOCUMENT_EQUAL);
		q = (struct match_query){ .document = "L8989O2C3", .top = 10 };
		assert_int_equal(find(x, &q, "p-3", a)->document, MATCH_DOCUMENT_EQUAL);
		q.document_of.country = "BE";
		assert_null(find(x, &q, "p-3", a)); /* another country's */
		q.name = "Luc Lambert";
		assert_int_equal(find(x, &q, "p-3", a)->document, MATCH_DOCUMENT_OTHER);
		arena_free(a);
		match_index_free(x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blanks_case_and_o_for_zero_do_not_matter),
		cmocka_unit_test(test_another_country_or_kind_is_not_the_same_document),
		cmocka_unit_test(test_a_belgian_number_that_fails_its_check_is_near),
		cmocka_unit_test(test_a_french_number_that_fails_its_key_is_near),
		cmocka_unit_test(test_a_dutch_number_is_near_if_it_is_said_to_be_one),
		cmocka_unit_test(test_a_moroccan_card_is_the_same_without_its_zeros),
		cmocka_unit_test(test_a_machine_readable_zone_gives_its_number),
		cmocka_unit_test(test_a_near_number_lifts_its_name_and_finds_nobody_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
