/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements that the subject is not somebody else, held against queries (SCR-3).
 */
#include "match/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct match_date
date(const char *text)
{
	struct match_date d = { .precision = MATCH_DATE_NONE };
	if (text != NULL)
		assert_int_equal(match_date_parse(str_of(text), &d, NULL), ENT_OK);
	return d;
}

/* The subject was born in 1985; somebody of the same name in 1990, who holds ZZ 99. */
static enum match_other_line
fits(const char *name, const char *birth, const char *document, enum match_date_line own)
{
	struct match_query q = { .name = name, .document = document, .birth = date(birth) };
	struct match_other o = { .name = "Rachid Benkirane", .document = "ZZ 99", .birth = date("1990-05-06") };
	struct match_result r = { .date = own };
	return match_other_fits(&q, &r, &o);
}

static void
test_a_query_that_tells_the_other_one_apart_fits(void **state)
{
	(void)state;
	assert_int_equal(fits("Rachid Benkirane", "1990-05-06", NULL, MATCH_DATE_DIFFERENT), MATCH_OTHER_BIRTH);
	assert_int_equal(fits("رشيد بنكيران", "1990-05-06", NULL, MATCH_DATE_DIFFERENT), MATCH_OTHER_BIRTH);
	assert_int_equal(fits("BENKIRANE Rachid", "1990", NULL, MATCH_DATE_DIFFERENT), MATCH_OTHER_BIRTH);
	assert_int_equal(fits(NULL, NULL, "zz-99", MATCH_DATE_UNKNOWN), MATCH_OTHER_DOCUMENT);
	assert_int_equal(fits("Rachid Benkirane", "1990-05-06", "zz-99", MATCH_DATE_DIFFERENT), MATCH_OTHER_DOCUMENT);
}

static void
test_a_name_alone_or_the_subjects_own_facts_fit_nobody_else(void **state)
{
	(void)state;
	assert_int_equal(fits("Rachid Benkirane", NULL, NULL, MATCH_DATE_UNKNOWN), MATCH_OTHER_NONE);
	assert_int_equal(fits("Rachid Benkirane", "1985-03-12", NULL, MATCH_DATE_EQUAL), MATCH_OTHER_NONE);
	assert_int_equal(fits("Rachid Benkirane", "1990-05-06", NULL, MATCH_DATE_EQUAL), MATCH_OTHER_NONE);
	assert_int_equal(fits("Karim Tazi", "1990-05-06", NULL, MATCH_DATE_DIFFERENT), MATCH_OTHER_NONE);
	assert_int_equal(fits("Rachid", "1990-05-06", NULL, MATCH_DATE_DIFFERENT), MATCH_OTHER_NONE);
	struct match_query q = { .name = "Rachid Benkirane", .document = "zz99" };
	struct match_other o = { .document = "ZZ 99" };
	struct match_result r = { .document = MATCH_DOCUMENT_EQUAL }; /* the subject holds it too */
	assert_int_equal(match_other_fits(&q, &r, &o), MATCH_OTHER_NONE);
}

static void
test_a_result_that_is_somebody_else_is_lowered_to_a_trace(void **state)
{
	(void)state;
	struct match_result r = { .degree = 900, .band = MATCH_STRONG };
	match_other_lower(&r, MATCH_OTHER_NONE);
	assert_int_equal(r.degree, 900);
	assert_int_equal(r.band, MATCH_STRONG);
	match_other_lower(&r, MATCH_OTHER_BIRTH);
	assert_int_equal(r.degree, 450);
	assert_int_equal(r.band, MATCH_TRACE);
	r = (struct match_result){ .degree = 900, .band = MATCH_STRONG };
	match_other_lower(&r, MATCH_OTHER_DOCUMENT);
	assert_int_equal(r.degree, 225);
	assert_int_equal(r.band, MATCH_TRACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_query_that_tells_the_other_one_apart_fits),
		cmocka_unit_test(test_a_name_alone_or_the_subjects_own_facts_fit_nobody_else),
		cmocka_unit_test(test_a_result_that_is_somebody_else_is_lowered_to_a_trace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
