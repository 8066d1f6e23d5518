/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LABEL                                                                                      \
	"{\"originator\":\"RAB\",\"legal_basis\":\"law 1\",\"handling\":[\"H1\",\"H2\"],"          \
	"\"tlp\":\"AMBER\",\"source\":\"B\",\"information\":2,\"subject\":\"suspect\","            \
	"\"review_at\":\"2027-01-01T00:00:00.000000Z\",\"expires_at\":\"2029-01-01T00:00:00.000000Z\"}"

#define ID "\"id\":\"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\""
#define NAME                                                                                       \
	"{\"kind\":\"name\",\"basis\":\"fact\",\"value\":\"Karim Example\",\"script\":\"Latn\","  \
	"\"name_kind\":\"primary\"}"
#define SALT "\"salt\":\"AAECAwQFBgcICQoLDA0ODw\""
#define BODY(statements)                                                                           \
	"{" ID ",\"type\":\"person\",\"version\":1," SALT ",\"label\":" LABEL                      \
	",\"statements\":[" statements "]}"

static enum ent_err
read_body(const char *text, struct arena *a, struct record **out, struct ent_why *why)
{
	struct js *obj = NULL;
	*why = (struct ent_why){ .text = "" };
	assert_int_equal(js_parse(bytes_of_cstr(text), RECORD_BODY_MAX, &obj, why), ENT_OK);
	enum ent_err err = record_read(obj, a, out, why);
	if (err == ENT_OK) {
		struct js *again = record_write(*out);
		assert_true(js_equal(obj, again));
		js_free(again);
	}
	js_free(obj);
	return err;
}

static void
test_every_kind_of_statement_round_trips(void **state)
{
	(void)state;
	struct ent_why why;
	struct record *r = NULL;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	assert_int_equal(read_body(BODY(NAME ","
	    "{\"kind\":\"name\",\"basis\":\"fact\",\"value\":\"كريم\",\"script\":\"Arab\","
	    "\"name_kind\":\"original\",\"parts\":[\"كريم\"]},"
	    "{\"kind\":\"birth\",\"basis\":\"fact\",\"from\":\"1980-02-01\",\"to\":\"1980-02-29\","
	    "\"precision\":\"month\",\"circa\":true},"
	    "{\"kind\":\"document\",\"basis\":\"fact\",\"number\":\"AB1\","
	    "\"document_kind\":\"passport\",\"country\":\"MA\"},"
	    "{\"kind\":\"nationality\",\"basis\":\"assessment\",\"country\":\"MA\"},"
	    "{\"kind\":\"sex\",\"basis\":\"fact\",\"sex\":\"m\"},"
	    "{\"kind\":\"place\",\"basis\":\"fact\",\"place_kind\":\"birth\",\"text\":\"Fès\"},"
	    "{\"kind\":\"address\",\"basis\":\"fact\",\"country\":\"BE\"},"
	    "{\"kind\":\"remark\",\"basis\":\"fact\",\"text\":\"a\\nb\",\"quoted\":true,"
	    "\"flagged\":true,\"source\":{\"file\":\"sdn\",\"row\":\"1\",\"columns\":{\"x\":\"y\"}}},"
	    "{\"kind\":\"relation\",\"basis\":\"fact\",\"relation_kind\":\"linked\",\"name\":\"X\"},"
	    "{\"kind\":\"source_row\",\"basis\":\"fact\",\"format\":\"ofac-sdn\","
	    "\"source\":{\"file\":\"sdn\",\"row\":\"36\"}},"
	    "{\"kind\":\"not-this-person\",\"basis\":\"fact\",\"name\":\"Karim Example\","
	    "\"from\":\"1990-05-05\",\"to\":\"1990-05-05\",\"precision\":\"day\"},"
	    "{\"kind\":\"not-this-person\",\"basis\":\"fact\",\"number\":\"ZZ 9\",\"country\":\"MA\"}"),
	    a, &r, &why), ENT_OK);
	assert_int_equal(r->count, 13);
	assert_true(record_has_others(r));
	assert_string_equal(record_primary_name(r), "Karim Example");
	assert_int_equal(r->label.handling, HANDLING_H1 | HANDLING_H2);
	assert_int_equal(r->statements[2].birth.to.day, 29);
	arena_free(a);
}

/* Each line: a body, and the field that the refusal must name. */
static const char *const refused[][2] = {
	{ BODY(""), "statements" },
	{ BODY("{\"kind\":\"religion\",\"basis\":\"fact\",\"value\":\"x\"}"), "statements[0].kind" },
	{ BODY("{\"kind\":\"ethnicity\",\"basis\":\"fact\",\"value\":\"x\"}"), "statements[0].kind" },
	{ BODY("{\"kind\":\"opinion\",\"basis\":\"fact\",\"value\":\"x\"}"), "statements[0].kind" },
	{ BODY(NAME ",{\"kind\":\"sex\",\"basis\":\"fact\",\"sex\":\"m\",\"religion\":\"x\"}"),
	    "statements[1].religion" },
	{ BODY("{\"kind\":\"name\",\"value\":\"A\",\"script\":\"Latn\",\"name_kind\":\"alias\"}"),
	    "statements[0].basis" },
	{ BODY("{\"kind\":\"name\",\"basis\":\"rumour\",\"value\":\"A\",\"script\":\"Latn\","
	       "\"name_kind\":\"alias\"}"), "statements[0].basis" },
	{ BODY("{\"kind\":\"name\",\"basis\":\"fact\",\"value\":\"A\\u001b[2J\",\"script\":\"Latn\","
	       "\"name_kind\":\"alias\"}"), "statements[0].value" },
	{ BODY(NAME ",{\"kind\":\"remark\",\"basis\":\"fact\",\"text\":\"x\",\"quoted\":true}"),
	    "statements[1].flagged" },
	{ BODY(NAME ",{\"kind\":\"remark\",\"basis\":\"fact\",\"text\":\"x\",\"flagged\":true}"),
	    "statements[1].quoted" },
	{ BODY(NAME ",{\"kind\":\"birth\",\"basis\":\"fact\",\"from\":\"1980-02-01\","
	       "\"to\":\"1980-02-28\",\"precision\":\"month\"}"), "statements[1].precision" },
	{ BODY(NAME ",{\"kind\":\"birth\",\"basis\":\"fact\",\"from\":\"1981-02-29\","
	       "\"to\":\"1981-02-29\",\"precision\":\"day\"}"), "statements[1].from" },
	{ BODY(NAME ",{\"kind\":\"birth\",\"basis\":\"fact\",\"from\":\"1980-02-01\","
	       "\"to\":\"1980-12-31\",\"precision\":\"placeholder\"}"), "statements[1].precision" },
	{ BODY(NAME ",{\"kind\":\"address\",\"basis\":\"fact\"}"), "statements[1].text" },
	/* REC-13: a name alone would hide the subject too */
	{ BODY(NAME ",{\"kind\":\"not-this-person\",\"basis\":\"fact\",\"name\":\"Karim Example\"}"),
	    "statements[1].number" },
	{ BODY(NAME ",{\"kind\":\"not-this-person\",\"basis\":\"fact\",\"from\":\"1990-05-05\","
	       "\"to\":\"1990-05-05\",\"precision\":\"day\"}"), "statements[1].number" },
	{ BODY(NAME ",{\"kind\":\"not-this-person\",\"basis\":\"fact\",\"name\":\"K\",\"from\":\"1990-05-05\","
	       "\"to\":\"1990-05-06\",\"precision\":\"day\"}"), "statements[1].precision" },
	{ BODY(NAME ",{\"kind\":\"relation\",\"basis\":\"fact\",\"relation_kind\":\"same\"}"),
	    "statements[1].to" },
	{ "{" ID ",\"type\":\"person\",\"version\":1,\"statements\":[" NAME "]}", "label" },
	{ "{" ID ",\"type\":\"person\",\"version\":0,\"label\":" LABEL ",\"statements\":[" NAME "]}",
	    "version" },
	{ "{" ID ",\"type\":\"person\",\"version\":1,\"salt\":\"AAA\",\"label\":" LABEL
	  ",\"statements\":[" NAME "]}", "salt" },
	{ "{" ID ",\"type\":\"vessel\",\"version\":1,\"label\":" LABEL ",\"statements\":[" NAME "]}",
	    "type" },
	{ "{" ID ",\"type\":\"person\",\"version\":1,\"faith\":1,\"label\":" LABEL
	  ",\"statements\":[" NAME "]}", "faith" },
};

static void
test_what_a_record_may_not_state_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct ent_why why;
		struct record *r = NULL;
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		assert_int_equal(read_body(refused[i][0], a, &r, &why), ENT_EFIELD);
		if (strstr(why.text, refused[i][1]) == NULL)
			fail_msg("body %zu: '%s' does not name '%s'", i, why.text, refused[i][1]);
		assert_null(r);
		arena_free(a);
	}
}

static enum ent_err
read_label(const char *key, struct js *value_taken, struct record_label *out, struct ent_why *why)
{
	struct js *obj = NULL;
	assert_int_equal(js_parse(bytes_of_cstr(LABEL), 4096, &obj, why), ENT_OK);
	if (value_taken != NULL)
		js_set_take(obj, key, value_taken);
	else
		js_del(obj, key);
	enum ent_err err = label_read(obj, out, why);
	js_free(obj);
	return err;
}

static void
test_every_field_of_the_label_is_mandatory(void **state)
{
	(void)state;
	static const char *const wanted[] = { "originator", "legal_basis", "handling", "tlp", "source",
		"information", "subject", "review_at", "expires_at" };
	struct record_label l;
	struct ent_why why;
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		assert_int_equal(read_label(wanted[i], NULL, &l, &why), ENT_EFIELD);
		assert_non_null(strstr(why.text, wanted[i]));
		assert_int_equal(read_label(wanted[i], js_new_str(""), &l, &why), ENT_EFIELD);
	}
	assert_int_equal(read_label("conditions", js_new_str("x"), &l, &why), ENT_EFIELD);
	assert_int_equal(read_label("expires_at", js_new_str("2026-01-01"), &l, &why), ENT_EFIELD);
	assert_int_equal(read_label("subject", js_new_str("uncategorised"), &l, &why), ENT_OK);
	assert_true(label_quarantined(&l));
	assert_int_equal(read_label("agreement", js_new_str("AGR-1"), &l, &why), ENT_OK);
	assert_false(label_quarantined(&l));
	assert_string_equal(l.agreement, "AGR-1");
}

static void
test_dates_say_how_precise_they_are(void **state)
{
	(void)state;
	static const struct {
		const char *in, *from, *to;
		enum date_precision precision;
	} cases[] = {
		{ "1956", "1956-01-01", "1956-12-31", PRECISION_YEAR },
		{ "~1956", "1956-01-01", "1956-12-31", PRECISION_YEAR },
		{ "1956-02", "1956-02-01", "1956-02-29", PRECISION_MONTH },
		{ "1956-02-29", "1956-02-29", "1956-02-29", PRECISION_DAY },
		{ "1956-01-01", "1956-01-01", "1956-12-31", PRECISION_PLACEHOLDER },
		{ "1950..1955", "1950-01-01", "1955-12-31", PRECISION_RANGE },
		{ "1950-03-02..1950-04-01", "1950-03-02", "1950-04-01", PRECISION_RANGE },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct record_birth b, again;
		char text[ENT_DATE_TEXT], whole[RECORD_BIRTH_TEXT];
		assert_int_equal(record_birth_parse(str_of(cases[i].in), &b), ENT_OK);
		assert_int_equal(b.precision, cases[i].precision);
		record_date_format(b.from, text);
		assert_string_equal(text, cases[i].from);
		record_date_format(b.to, text);
		assert_string_equal(text, cases[i].to);
		assert_true(record_birth_consistent(&b));
		record_birth_format(&b, whole);
		assert_int_equal(record_birth_parse(str_of(whole), &again), ENT_OK);
		assert_int_equal(again.precision, b.precision);
		assert_int_equal(again.circa, b.circa);
	}
	struct record_birth b;
	static const char *const bad[] = { "", "19", "1957-02-29", "1956-00", "1956-1-1", "1956-02-00",
		"1955..1950", "x..y", "0000", "1956..", "195a", "1956-13" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_not_equal(record_birth_parse(str_of(bad[i]), &b), ENT_OK);
}

static void
test_the_script_is_that_of_most_letters(void **state)
{
	(void)state;
	assert_string_equal(script_of(str_of("Karim")), "Latn");
	assert_string_equal(script_of(str_of("صدام حسين (alias)")), "Arab");
	assert_string_equal(script_of(str_of("Шевченко")), "Cyrl");
	assert_string_equal(script_of(str_of("김정은")), "Hang");
	assert_string_equal(script_of(str_of("Éžö")), "Latn");
	assert_string_equal(script_of(str_of("12 - 4")), "Zyyy");
}

static void
test_an_annex_lets_out_only_the_kinds_it_names(void **state)
{
	(void)state;
	static const char *const fields[] = { "name", "sex" };
	bool let[8];
	struct ent_why why;
	struct record *r = NULL;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	assert_int_equal(read_body(BODY(NAME ","
	    "{\"kind\":\"sex\",\"basis\":\"fact\",\"sex\":\"f\"},"
	    "{\"kind\":\"remark\",\"basis\":\"fact\",\"text\":\"x\",\"quoted\":true,\"flagged\":true}"),
	    a, &r, &why), ENT_OK);
	assert_int_equal(record_disclosable(r, fields, 2, let), 2);
	assert_true(let[0] && let[1] && !let[2]);
	assert_int_equal(record_disclosable(r, NULL, 0, let), 0);
	assert_true(!let[0] && !let[1] && !let[2]);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_statement_round_trips),
		cmocka_unit_test(test_what_a_record_may_not_state_is_refused_by_name),
		cmocka_unit_test(test_every_field_of_the_label_is_mandatory),
		cmocka_unit_test(test_dates_say_how_precise_they_are),
		cmocka_unit_test(test_the_script_is_that_of_most_letters),
		cmocka_unit_test(test_an_annex_lets_out_only_the_kinds_it_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
