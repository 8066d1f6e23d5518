/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
	enum ent_err err;
	struct ent_why why;
	struct js *records; /* bodies, as a list */
	struct list_report report;
};

static enum ent_err
keep(void *ctx, struct record *r, struct ent_why *why)
{
	struct outcome *o = ctx;
	(void)why;
	js_append_take(o->records, record_write(r));
	return ENT_OK;
}

static struct record_label
label(enum subject_category subject)
{
	struct record_label l;
	memset(&l, 0, sizeof l);
	(void)snprintf(l.originator, sizeof l.originator, "RAB");
	(void)snprintf(l.legal_basis, sizeof l.legal_basis, "law");
	l.handling = HANDLING_H0;
	l.tlp = TLP_CLEAR;
	l.source = SOURCE_A;
	l.information = 1;
	l.subject = subject;
	l.review_at = ENT_DAY;
	l.expires_at = 2 * ENT_DAY;
	return l;
}

static struct outcome
run(enum list_format f, enum subject_category subject, const char *const *texts, size_t count)
{
	struct outcome o = { .records = js_array() };
	struct bytes rest[4];
	struct list_input in[4];
	struct record_label l = label(subject);
	for (size_t i = 0; i < count; i++) {
		rest[i] = bytes_of_cstr(texts[i]);
		in[i] = list_input_of("list", &rest[i]);
	}
	o.err = list_read(f, in, count, &l, keep, &o, &o.report, &o.why);
	return o;
}

static struct outcome
run_one(enum list_format f, const char *text)
{
	return run(f, SUBJECT_UNCATEGORISED, &text, 1);
}

static void
done(struct outcome *o)
{
	js_free(o->records);
	list_report_done(&o->report);
}

static void
assert_fails(enum list_format f, const char *text, enum ent_err err, const char *says)
{
	struct outcome o = run_one(f, text);
	if (o.err != err || strstr(o.why.text, says) == NULL || strstr(o.why.text, "line") == NULL)
		fail_msg("%d '%s' for: %.80s", (int)o.err, o.why.text, text);
	done(&o);
}

/* The statement of that kind, the n-th. */
static const struct js *
statement(const struct outcome *o, size_t rec, const char *kind, size_t n)
{
	const struct js *list = js_get(js_at(o->records, rec), "statements");
	for (size_t i = 0; i < js_len(list); i++)
		if (strcmp(js_get_str(js_at(list, i), "kind"), kind) == 0 && n-- == 0)
			return js_at(list, i);
	return NULL;
}

static void
test_ofac_files_join_whatever_their_order(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"7,1,\"1 Road, \"\"A\"\"\",\"Fes\",\"Morocco\",-0- \r\n8,2,-0- ,-0- ,-0- ,-0- \r\n",
		"7,\"EXAMPLE, Karim\",\"individual\",\"X\",\"Head\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 10 Dec "
		"1948; alt. DOB circa 1950; POB Fes, Morocco; Passport K123 (Morocco) issued 2001; nationality "
		"Morocco; Gender Male; a.k.a. 'ABU X'; Linked To: ACME; unknown words.\"\r\n"
		"8,\"ACME\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a",
		"7,4,\"fka\",\"EXEMPLE, Karim\",-0- \r\n",
	};
	struct outcome o = run(LIST_OFAC_SDN, SUBJECT_SUSPECT, texts, 3);
	assert_int_equal(o.err, ENT_OK);
	assert_int_equal(o.report.records, 2);
	assert_int_equal(o.report.quarantined, 0);
	assert_string_equal(js_get_str(js_at(o.records, 0), "type"), "person");
	assert_string_equal(js_get_str(js_at(o.records, 1), "type"), "organisation");
	assert_string_equal(js_get_str(statement(&o, 0, "birth", 0), "precision"), "day");
	assert_true(js_get_bool(statement(&o, 0, "birth", 1), "circa", false));
	assert_string_equal(js_get_str(statement(&o, 0, "place", 0), "text"), "Fes, Morocco");
	assert_string_equal(js_get_str(statement(&o, 0, "document", 0), "number"), "K123");
	assert_string_equal(js_get_str(statement(&o, 0, "document", 0), "country"), "Morocco");
	assert_string_equal(js_get_str(statement(&o, 0, "nationality", 0), "country"), "Morocco");
	assert_string_equal(js_get_str(statement(&o, 0, "sex", 0), "sex"), "m");
	assert_string_equal(js_get_str(statement(&o, 0, "name", 1), "name_kind"), "weak");
	assert_string_equal(js_get_str(statement(&o, 0, "name", 2), "value"), "EXEMPLE, Karim");
	assert_string_equal(js_get_str(statement(&o, 0, "relation", 0), "name"), "ACME");
	assert_string_equal(js_get_str(statement(&o, 0, "address", 0), "text"), "1 Road, \"A\"");
	assert_true(js_get_bool(statement(&o, 0, "remark", 0), "flagged", false));
	assert_int_equal(js_get_int(o.report.unmapped, "sdn.title", 0), 1);
	done(&o);
}

#define ROW12(n) n ",\"A\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n"

static void
test_ofac_errors_name_file_line_field_and_remedy(void **state)
{
	(void)state;
	assert_fails(LIST_OFAC_SDN, "1,2\n", ENT_ESYNTAX, "sdn.csv has 12");
	assert_fails(LIST_OFAC_SDN, "", ENT_ESYNTAX, "sdn.csv has 12");
	assert_fails(LIST_OFAC_SDN, ROW12("7") ROW12("7"), ENT_EFIELD, "line 2: field 'ent_num' does not "
	    "ascend");
	assert_fails(LIST_OFAC_SDN, ROW12("ent_num"), ENT_EFIELD, "without a header");
	assert_fails(LIST_OFAC_SDN, ROW12("7") "8,\"A\n", ENT_ESYNTAX, "never closed");
	assert_fails(LIST_OFAC_SDN, ROW12("7") "8,\"A\"b,\n", ENT_ESYNTAX, "closing quote");
	assert_fails(LIST_OFAC_SDN, ROW12("7") "8,a\n", ENT_ESYNTAX, "line 2: 2 columns where sdn has 12");
	assert_fails(LIST_OFAC_SDN, "7,\"\xe9\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n",
	    ENT_ESYNTAX, "UTF-8");
	static const char *const orphan[] = { ROW12("7") ROW12("9"), "8,1,\"aka\",\"B\",-0- \n" };
	struct outcome o = run(LIST_OFAC_SDN, SUBJECT_OTHER, orphan, 2);
	assert_int_equal(o.err, ENT_EFIELD);
	assert_non_null(strstr(o.why.text, "same day"));
	done(&o);
	static const char *const twice[] = { ROW12("7"), ROW12("9") };
	o = run(LIST_OFAC_SDN, SUBJECT_OTHER, twice, 2);
	assert_int_equal(o.err, ENT_EUSAGE);
	done(&o);
}

#define UN(inside) "<?xml version=\"1.0\"?>\n<CONSOLIDATED_LIST><INDIVIDUALS>" inside                \
	"</INDIVIDUALS></CONSOLIDATED_LIST>"

static void
test_un_entries_map(void **state)
{
	(void)state;
	struct outcome o = run_one(LIST_UN_SC, UN("<INDIVIDUAL><DATAID>12</DATAID><FIRST_NAME>ALI</FIRST_NAME>"
	    "<THIRD_NAME>X &amp; Y</THIRD_NAME><NAME_ORIGINAL_SCRIPT>علي</NAME_ORIGINAL_SCRIPT>"
	    "<NATIONALITY><VALUE>Mali</VALUE></NATIONALITY><COMMENTS1>faith: none of our business</COMMENTS1>"
	    "<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Abu  A</ALIAS_NAME></INDIVIDUAL_ALIAS>"
	    "<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR>"
	    "<TO_YEAR>1962</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>"
	    "<INDIVIDUAL_DATE_OF_BIRTH><DATE>1964-01-01</DATE></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL>"));
	assert_int_equal(o.err, ENT_OK);
	assert_string_equal(js_get_str(statement(&o, 0, "name", 0), "value"), "ALI X & Y");
	assert_string_equal(js_get_str(statement(&o, 0, "name", 1), "script"), "Arab");
	assert_string_equal(js_get_str(statement(&o, 0, "name", 2), "value"), "Abu A");
	assert_string_equal(js_get_str(statement(&o, 0, "name", 2), "name_kind"), "weak");
	assert_string_equal(js_get_str(statement(&o, 0, "birth", 0), "to"), "1962-12-31");
	assert_string_equal(js_get_str(statement(&o, 0, "birth", 1), "precision"), "placeholder");
	assert_true(js_get_bool(statement(&o, 0, "remark", 0), "flagged", false));
	assert_int_equal(o.report.quarantined, 1);
	done(&o);
}

static void
test_xml_with_a_dtd_or_beyond_its_limits_is_refused(void **state)
{
	(void)state;
	assert_fails(LIST_UN_SC, "<!DOCTYPE a [<!ENTITY b \"c\">]><CONSOLIDATED_LIST/>", ENT_ESYNTAX, "DTD");
	assert_fails(LIST_UN_SC, "<LIST/>", ENT_ESYNTAX, "CONSOLIDATED_LIST");
	assert_fails(LIST_UN_SC, "<CONSOLIDATED_LIST>", ENT_ESYNTAX, "well-formed");
	assert_fails(LIST_UN_SC, UN("<INDIVIDUAL><DATAID>1</DATAID></INDIVIDUAL>"), ENT_EFIELD, "no name");
	assert_fails(LIST_UN_SC, UN("<A><B/></A>"), ENT_ESYNTAX, "INDIVIDUAL or ENTITY");
	assert_fails(LIST_UN_SC, UN("<ENTITY><A><B><C><D><E><F/></E></D></C></B></A></ENTITY>"),
	    ENT_ETOOBIG, "deeper");
	struct buf big;
	buf_init(&big, 1 << 20);
	buf_puts(&big, "<CONSOLIDATED_LIST><ENTITIES><ENTITY><FIRST_NAME>");
	for (int i = 0; i < RECORD_REMARK_MAX + 1; i++)
		buf_putc(&big, 'a');
	assert_fails(LIST_UN_SC, buf_cstr(&big), ENT_ETOOBIG, "FIRST_NAME");
	buf_reset(&big);
	buf_puts(&big, "<CONSOLIDATED_LIST><ENTITIES><ENTITY>");
	for (int i = 0; i < LIST_XML_LEAVES_MAX + 1; i++)
		buf_puts(&big, "<A>b</A>");
	assert_fails(LIST_UN_SC, buf_cstr(&big), ENT_ETOOBIG, "texts");
	buf_done(&big);
}

static void
test_simple_lines_and_whole_records_are_read(void **state)
{
	(void)state;
	struct outcome o = run_one(LIST_JSONL,
	    "{\"id\":\"q-1\",\"type\":\"person\",\"names\":[\"Ali B\",\"Aly B\"],\"weak\":[\"Abu\"],\"dob\":"
	    "[\"1960\",\"1961-01-01\"],\"docs\":[\"A1\"],\"nat\":[\"Mali\"],\"pob\":[\"Gao\"]}\r\n\n"
	    "{\"type\":\"organisation\",\"statements\":[{\"kind\":\"name\",\"basis\":\"fact\",\"value\":"
	    "\"Acme\",\"script\":\"Latn\",\"name_kind\":\"primary\"}]}");
	assert_int_equal(o.err, ENT_OK);
	assert_int_equal(o.report.records, 2);
	assert_string_equal(js_get_str(statement(&o, 0, "name", 1), "name_kind"), "alias");
	assert_string_equal(js_get_str(statement(&o, 0, "birth", 1), "precision"), "placeholder");
	assert_string_equal(js_get_str(js_get(js_at(o.records, 1), "label"), "originator"), "RAB");
	done(&o);
	assert_fails(LIST_JSONL, "{}\n", ENT_EFIELD, "line 1");
	assert_fails(LIST_JSONL, "\n{\"id\":\"1\",\"type\":\"org\",\"names\":[\"A\"],\"faith\":[\"x\"]}\n",
	    ENT_EFIELD, "line 2: field 'faith' is not known here: take it out");
	assert_fails(LIST_JSONL, "{\"id\":\"1\",\"type\":\"org\",\"names\":[]}\n", ENT_EFIELD, "no name");
	assert_fails(LIST_JSONL, "{\"id\":\"1\",\"type\":\"org\",\"names\":[\"A\"],\"dob\":[\"soon\"]}\n",
	    ENT_EFIELD, "dates such as");
	assert_fails(LIST_JSONL, "\"\"\n", ENT_ESYNTAX, "line 1: an object is expected on each line: is it a list");
	assert_fails(LIST_JSONL, "[1,2\n", ENT_ESYNTAX, "not JSON");
	assert_fails(LIST_JSONL, "{\"id\":\"1\"\n", ENT_ESYNTAX, "each line must be one whole object");
}

static void
test_a_label_without_subject_means_quarantine(void **state)
{
	(void)state;
	struct record_label in = label(SUBJECT_OTHER), out;
	struct ent_why why;
	struct js *obj = label_write(&in);
	assert_int_equal(list_label_read(obj, &out, &why), ENT_OK);
	assert_false(label_quarantined(&out));
	js_del(obj, "subject");
	assert_int_equal(list_label_read(obj, &out, &why), ENT_OK);
	assert_true(label_quarantined(&out));
	js_del(obj, "tlp");
	assert_int_equal(list_label_read(obj, &out, &why), ENT_EFIELD);
	js_free(obj);
	/* a person cannot be not-a-person: back to quarantine, an organisation may */
	static const char *const two = "{\"id\":\"1\",\"type\":\"person\",\"names\":[\"A\"]}\n"
	    "{\"id\":\"2\",\"type\":\"org\",\"names\":[\"B\"]}\n";
	struct outcome o = run(LIST_JSONL, SUBJECT_NOTPERSON, &two, 1);
	assert_int_equal(o.err, ENT_OK);
	assert_int_equal(o.report.quarantined, 1);
	done(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ofac_files_join_whatever_their_order),
		cmocka_unit_test(test_ofac_errors_name_file_line_field_and_remedy),
		cmocka_unit_test(test_un_entries_map),
		cmocka_unit_test(test_xml_with_a_dtd_or_beyond_its_limits_is_refused),
		cmocka_unit_test(test_simple_lines_and_whole_records_are_read),
		cmocka_unit_test(test_a_label_without_subject_means_quarantine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
