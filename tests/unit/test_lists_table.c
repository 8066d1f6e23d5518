/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of persons to look up: columns by their names, dates as people write them, bad rows told.
 */
#include "lists/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	char rows[4096]; /* "2|Marie Dubois|1985-12-03|-|-|-\n" */
	char bad[4096];
	struct table_report report;
	struct ent_why why;
};

static enum ent_err
see(void *ctx, const struct table_row *row, struct ent_why *why)
{
	struct seen *s = ctx;
	size_t n = strlen(s->rows);
	(void)why;
	n += (size_t)snprintf(s->rows + n, sizeof s->rows - n, "%llu", (unsigned long long)row->line);
	for (int f = 0; f < TABLE_FIELDS; f++)
		n += f > TABLE_TYPE && row->field[f] == NULL ? 0 :
		     (size_t)snprintf(s->rows + n, sizeof s->rows - n, "|%s", row->field[f] == NULL ? "-" : row->field[f]);
	(void)snprintf(s->rows + n, sizeof s->rows - n, "\n");
	return ENT_OK;
}

static void
see_bad(void *ctx, uint64_t line, const char *text)
{
	struct seen *s = ctx;
	size_t n = strlen(s->bad);
	(void)line;
	(void)snprintf(s->bad + n, sizeof s->bad - n, "%s\n", text);
}

static enum ent_err
read_text(const char *text, enum table_format format, const char *columns, bool month_first, struct seen *s)
{
	struct table_options opt = { .format = format, .columns = columns, .month_first = month_first, .bad_max = 20 };
	struct bytes rest = bytes_of_cstr(text);
	struct list_input in = list_input_of("list", &rest);
	memset(s, 0, sizeof *s);
	return table_read(&opt, &in, see, see_bad, s, &s->report, &s->why);
}

static void
expect(const char *text, enum table_format format, const char *columns, const char *rows)
{
	struct seen s;
	enum ent_err err = read_text(text, format, columns, false, &s);
	assert_string_equal(s.bad, "");
	assert_string_equal(s.why.text, "");
	assert_int_equal(err, ENT_OK);
	assert_string_equal(s.rows, rows);
}

static void
test_columns_are_known_by_their_usual_names(void **state)
{
	(void)state;
	expect("Name,Date of birth,Passport No,Nationality\n\"Dubois, Marie\",1985-12-03,AB 12,FR\n", TABLE_CSV, NULL,
	    "2|Dubois, Marie|1985-12-03|AB 12|FR|-\n");
	expect("\xef\xbb\xbfNom;Prénom;Né le\r\nDubois;Marie;03/12/1985\r\n", TABLE_CSV, NULL,
	    "2|Marie Dubois|1985-12-03|-|-|-\n");
	expect("Achternaam\tVoornaam\tGeboortedatum\nPeeters\tJan\t3.12.1985\n", TABLE_CSV, NULL,
	    "2|Jan Peeters|1985-12-03|-|-|-\n");
	expect("الاسم,تاريخ الميلاد\nكريم بناني,1985\n", TABLE_CSV, NULL, "2|كريم بناني|1985|-|-|-\n");
	expect("{\"id\":\"x\",\"names\":[\"Karim Tazi\",\"K T\"],\"dob\":[\"1985\"],\"docs\":[],\"nat\":[\"MA\"]}\n"
	       "\n{\"name\":\"Jan Peeters\"}", TABLE_JSONL, NULL, "1|Karim Tazi|1985|-|MA|-\n3|Jan Peeters|-|-|-|-\n");
}

static void
test_columns_may_be_named(void **state)
{
	struct seen s;
	(void)state;
	expect("A,B,C,D\nTazi,Karim,x,850312\n", TABLE_CSV, "name=B+A,nationality=C", "2|Karim Tazi|-|-|x|-\n");
	assert_int_equal(read_text("A,B\n1,2\n", TABLE_CSV, "name=Z", false, &s), ENT_EFIELD);
	assert_non_null(strstr(s.why.text, "no column 'Z'; there are: A, B"));
	assert_int_equal(read_text("A,B\n1,2\n", TABLE_CSV, "religion=A", false, &s), ENT_EFIELD);
	assert_non_null(strstr(s.why.text, "a field is name, birth"));
	assert_int_equal(read_text("A,B\n1,2\n", TABLE_CSV, NULL, false, &s), ENT_EFIELD);
	assert_non_null(strstr(s.why.text, "no column is a name or a document"));
	assert_int_equal(read_text("", TABLE_CSV, NULL, false, &s), ENT_EFIELD);
}

static void
test_sex_and_place_of_birth_are_columns(void **state)
{
	struct seen s;
	(void)state;
	expect("Nom;Prénom;Né le;Sexe;Lieu de naissance\nDubois;Marie;1985;Femme;Fès\n", TABLE_CSV, NULL,
	    "2|Marie Dubois|1985|-|-|-|f|Fès\n");
	expect("{\"n\":\"Jan Peeters\",\"g\":\"M\",\"p\":\"Gent, Belgium\"}\n", TABLE_JSONL, "name=n,sex=g,place=p",
	    "1|Jan Peeters|-|-|-|-|m|Gent, Belgium\n");
	assert_int_equal(read_text("name,sex\nA B,perhaps\n", TABLE_CSV, NULL, false, &s), ENT_EFIELD);
	assert_non_null(strstr(s.bad, "list:2: column 'sex' is no sex: m, f or x"));
}

static void
test_dates_are_read_as_people_write_them(void **state)
{
	static const char *const pairs[][3] = { { "1985-03-12", "1985-03-12", "1985-03-12" },
		{ "19850312", "1985-03-12", "1985-03-12" }, { "12/03/1985", "1985-03-12", "1985-12-03" },
		{ "12.3.1985", "1985-03-12", "1985-12-03" }, { "1985-03", "1985-03", "1985-03" },
		{ "1985/1987", "1985/1987", "1985/1987" }, { "1985-03-12T00:00:00", "1985-03-12", "1985-03-12" },
		{ " 1985 ", "1985", "1985" }, { "12/05/1400 H", "1400-05-12 AH", "1400-05-12 AH" },
		{ "12 Jumada I 1400", "1400-05-12 AH", "1400-05-12 AH" } };
	static const char *const bad[] = { "31/02/1985", "12 mars 1985", "85", "1985-13", "13/13/1985", "0000", "1987/1985",
		"1985-03-12x", "12/03/85" };
	struct seen s;
	char text[128], want[128];
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		for (size_t us = 0; us < 2; us++) {
			(void)snprintf(text, sizeof text, "name,dob\nA B,%s\n", pairs[i][0]);
			(void)snprintf(want, sizeof want, "2|A B|%s|-|-|-\n", pairs[i][1 + us]);
			assert_int_equal(read_text(text, TABLE_CSV, NULL, us == 1, &s), ENT_OK);
			assert_string_equal(s.rows, want);
		}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		(void)snprintf(text, sizeof text, "name,dob\nA B,%s\n", bad[i]);
		assert_int_equal(read_text(text, TABLE_CSV, NULL, false, &s), ENT_EFIELD);
		assert_non_null(strstr(s.bad, "list:2: column 'dob' is no date"));
	}
}

static void
test_bad_rows_are_told_and_the_next_is_read(void **state)
{
	struct seen s;
	struct table_options opt = { .format = TABLE_CSV, .bad_max = 20, .skip_bad = true };
	struct bytes rest = bytes_of_cstr("name,dob\nA B,x\n\"C\"D,1985\n,1985\nE F,1985\n\xff,1\nG H,1986\n");
	struct list_input in = list_input_of("list", &rest);
	(void)state;
	memset(&s, 0, sizeof s);
	assert_int_equal(table_read(&opt, &in, see, see_bad, &s, &s.report, &s.why), ENT_OK);
	assert_string_equal(s.rows, "5|E F|1985|-|-|-\n7|G H|1986|-|-|-\n");
	assert_int_equal(s.report.bad, 4);
	assert_int_equal(s.report.rows, 2);
	assert_non_null(strstr(s.bad, "list:3: column 1 goes on after its closing quote"));
	assert_non_null(strstr(s.bad, "list:4: has neither name nor document"));
	assert_non_null(strstr(s.bad, "list:6: column 1 is not UTF-8"));
	assert_int_equal(read_text("{\"name\":\"A\"}\nnot json\n[1]\n", TABLE_JSONL, NULL, false, &s), ENT_EFIELD);
	assert_non_null(strstr(s.bad, "list:2: "));
	assert_non_null(strstr(s.bad, "list:3: is no JSON object"));
	assert_non_null(strstr(s.why.text, "2 bad rows"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_known_by_their_usual_names),
		cmocka_unit_test(test_columns_may_be_named),
		cmocka_unit_test(test_sex_and_place_of_birth_are_columns),
		cmocka_unit_test(test_dates_are_read_as_people_write_them),
		cmocka_unit_test(test_bad_rows_are_told_and_the_next_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
