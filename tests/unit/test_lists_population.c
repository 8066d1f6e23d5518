/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics of names in the publishers' formats; the rows are invented.
 */
#include "lists/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum ent_err
see(void *ctx, const struct population_row *row, struct ent_why *why)
{
	char *out = ctx;
	size_t n = strlen(out);
	(void)why;
	(void)snprintf(out + n, 4096 - n, "%s %s %s %llu\n", row->name, row->country, population_kind_name(row->kind),
	    (unsigned long long)row->count);
	return ENT_OK;
}

static enum ent_err
read_text(const char *text, enum population_format f, const char *country, enum population_kind kind, char *out,
    struct ent_why *why)
{
	struct population_options opt = { .format = f, .kind = kind };
	struct bytes rest = bytes_of_cstr(text);
	struct list_input in = list_input_of("file", &rest);
	uint64_t rows;
	(void)snprintf(opt.country, sizeof opt.country, "%s", country);
	out[0] = '\0';
	*why = (struct ent_why){ .text = "" };
	return population_read(&opt, &in, see, out, &rows, why);
}

static void
expect(const char *text, enum population_format f, const char *country, enum population_kind kind, const char *want)
{
	char out[4096];
	struct ent_why why;
	enum ent_err err = read_text(text, f, country, kind, out, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(err, ENT_OK);
	assert_string_equal(out, want);
}

static void
test_the_french_files_are_read_as_they_come(void **state)
{
	(void)state;
	expect("sexe;preusuel;annais;nombre\n1;_PRENOMS_RARES;1900;1249\n1;ZÉPHIRIN;1900;12\n1;ZÉPHIRIN;XXXX;3\n",
	    POPULATION_INSEE, "", POPULATION_ANY, "ZÉPHIRIN FR given 12\nZÉPHIRIN FR given 3\n");
	expect("NOM\t_1891_1900\t_1901_1910\t_1991_2000\nQUATREVAUX\t10\t0\t7\nAUTRES NOMS\t1000\t1000\t1000\n",
	    POPULATION_INSEE, "", POPULATION_ANY, "QUATREVAUX FR family 17\n");
}

static void
test_the_belgian_files_are_read_as_they_come(void **state)
{
	(void)state;
	expect("CD_YEAR|CD_SEX|TX_FST_NAME|MS_FREQUENCY\n2024|F|Zeldewine|41\n", POPULATION_STATBEL, "", POPULATION_ANY,
	    "Zeldewine BE given 41\n");
	expect("Familienaam;Aantal\nVan Overwater;1.204\n", POPULATION_STATBEL, "", POPULATION_ANY,
	    "Van Overwater BE family 1204\n");
}

static void
test_legal_forms_are_read_as_they_come(void **state)
{
	(void)state;
	expect("\"ELF Code\",\"Country of formation\",\"Country Code (ISO 3166-1)\",\"Entity Legal Form name Local name\","
	       "\"Entity Legal Form name Transliterated name (per ISO 01-140-10)\",\"Abbreviations Local language\","
	       "\"Abbreviations transliterated\",\"ELF Status ACTV/INAC\"\n"
	       "Z1,Atlantis,XA,\"Gesellschaft, fein\",,GF;G.F.,,ACTV\nZ2,Atlantis,XA,Alt,,,,INAC\n",
	    POPULATION_GLEIF, "", POPULATION_ANY, "Gesellschaft, fein XA legal 1\nGF XA legal 1\nG.F. XA legal 1\n");
}

static void
test_any_table_is_read_that_says_what_it_is(void **state)
{
	char out[4096];
	struct ent_why why;
	(void)state;
	expect("name\tcountry\tkind\tcount\nZora\tXA\tgiven\t5\nQuux\tXB\tfamily\t6\n", POPULATION_TSV, "", POPULATION_ANY,
	    "Zora XA given 5\nQuux XB family 6\n");
	expect("name\tgender\tbirths_1900_2021\tbirths_1980_2021\nZora\tf\t50\t5\n", POPULATION_TSV, "FR", POPULATION_GIVEN,
	    "Zora FR given 50\n");
	assert_int_equal(read_text("name\tcount\nA\t1\n", POPULATION_TSV, "", POPULATION_GIVEN, out, &why), ENT_EFIELD);
	assert_non_null(strstr(why.text, "say --country"));
	assert_int_equal(read_text("name\tcount\nA\t1\n", POPULATION_TSV, "FR", POPULATION_ANY, out, &why), ENT_EFIELD);
	assert_non_null(strstr(why.text, "say --kind"));
	assert_int_equal(read_text("name\tcount\nA\t1\nB\t1,5\n", POPULATION_TSV, "FR", POPULATION_GIVEN, out, &why), ENT_EFIELD);
	assert_non_null(strstr(why.text, "file:3: column 'count' is no whole number"));
	assert_int_equal(read_text("x;y\n1;2\n", POPULATION_INSEE, "", POPULATION_ANY, out, &why), ENT_EFIELD);
	assert_non_null(strstr(why.text, "is it another --format?"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_french_files_are_read_as_they_come),
		cmocka_unit_test(test_the_belgian_files_are_read_as_they_come),
		cmocka_unit_test(test_legal_forms_are_read_as_they_come),
		cmocka_unit_test(test_any_table_is_read_that_says_what_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
