/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates of the Islamic calendar: how people write them, and which days they may be.
 */
#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_islamic_dates_read_as_people_write_them(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = { { "1400-05-12 AH", "1400-05-12 AH" }, { "1400/5/12 A.H.", "1400-05-12 AH" },
		{ "12/05/1400 H", "1400-05-12 AH" }, { "12-05-1400h", "1400-05-12 AH" },
		{ "12 Jumada I 1400", "1400-05-12 AH" }, { "12 Jumādā al-Ūlā 1400", "1400-05-12 AH" },
		{ "3 Joumada II 1390", "1390-06-03 AH" }, { "9 Rabi' al-awwal 1379", "1379-03-09 AH" },
		{ "9 Rabi al-Thani 1379 AH", "1379-04-09 AH" }, { "1 Sha'ban 1401", "1401-08-01 AH" },
		{ "15 Chaabane 1401", "1401-08-15 AH" }, { "27 Ramadan 1388", "1388-09-27 AH" },
		{ "10 Dhu al-Hijja 1391", "1391-12-10 AH" }, { "10 Dhu l-Qa'da 1391", "1391-11-10 AH" },
		{ "1400 AH", "1400 AH" }, { "1400-05 AH", "1400-05 AH" }, { "Muharram 1400", "1400-01 AH" },
		{ "12 جمادى الأولى 1400 هـ", "1400-05-12 AH" }, { "١٢ رمضان ١٣٨٨", "1388-09-12 AH" },
		{ "5 ذو الحجة 1390", "1390-12-05 AH" }, { "3 ربيع الآخر 1390", "1390-04-03 AH" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct record_date d;
		char text[RECORD_ISLAMIC_TEXT];
		if (record_islamic_parse(str_of(rows[i].in), &d) != ENT_OK)
			fail_msg("%s does not read", rows[i].in);
		record_islamic_format(d, text);
		assert_string_equal(text, rows[i].out);
	}
}

static void
test_what_does_not_say_its_calendar_is_not_islamic(void **state)
{
	(void)state;
	static const char *const bad[] = { "1400-05-12", "1400", "", "AH", "12 May 1979", "12 Rabi 1400",
		"1400-13-01 AH", "1400-05-31 AH", "1979-05-12 AH", "12 Ramadan", "1 2 3 4 AH", "Ramadan Ali 1400",
		"1400-00-12 AH", "99999-01-01 AH", "\xff 1400 AH" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct record_date d;
		if (record_islamic_parse(str_of(bad[i]), &d) == ENT_OK)
			fail_msg("'%s' reads", bad[i]);
	}
}

static void
test_an_islamic_day_is_both_reckonings_and_a_day_to_either_side(void **state)
{
	(void)state;
	struct record_birth b;
	char text[RECORD_BIRTH_TEXT], from[ENT_DATE_TEXT], to[ENT_DATE_TEXT];
	assert_int_equal(record_birth_parse(str_of("2 Muharram 1400"), &b), ENT_OK);
	record_date_format(b.from, from);
	record_date_format(b.to, to);
	assert_int_equal(b.precision, PRECISION_RANGE);
	assert_string_equal(from, "1979-11-21");
	assert_string_equal(to, "1979-11-23");
	record_birth_format(&b, text);
	assert_string_equal(text, "1400-01-02 AH");
	assert_true(record_birth_consistent(&b));
	b.to.day = 28;
	assert_false(record_birth_consistent(&b));
}

static void
test_two_reckonings_that_differ_are_both_taken(void **state)
{
	(void)state;
	struct record_birth b; /* Umm al-Qura: 20 August 1963; civil: 22 August */
	char from[ENT_DATE_TEXT], to[ENT_DATE_TEXT];
	assert_int_equal(record_birth_parse(str_of("1 Rabi II 1383"), &b), ENT_OK);
	record_date_format(b.from, from);
	record_date_format(b.to, to);
	assert_string_equal(from, "1963-08-19");
	assert_string_equal(to, "1963-08-23");
}

static void
test_first_muharram_and_a_year_are_the_whole_year(void **state)
{
	(void)state;
	struct record_birth a, b;
	assert_int_equal(record_birth_parse(str_of("1379 AH"), &a), ENT_OK);
	assert_int_equal(record_birth_parse(str_of("1379-01-01 AH"), &b), ENT_OK);
	assert_int_equal(a.from.year, 1959);
	assert_int_equal(a.from.month, 7);
	assert_int_equal(a.to.year, 1960);
	assert_int_equal(a.to.month, 6);
	assert_memory_equal(&a.from, &b.from, sizeof a.from);
	assert_memory_equal(&a.to, &b.to, sizeof a.to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_islamic_dates_read_as_people_write_them),
		cmocka_unit_test(test_what_does_not_say_its_calendar_is_not_islamic),
		cmocka_unit_test(test_an_islamic_day_is_both_reckonings_and_a_day_to_either_side),
		cmocka_unit_test(test_two_reckonings_that_differ_are_both_taken),
		cmocka_unit_test(test_first_muharram_and_a_year_are_the_whole_year),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
