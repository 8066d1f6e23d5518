/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/id.h"
#include "base/js.h"
#include "base/time.h"
#include "base/workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

static void
test_b64u_round_trips_and_refuses_stray_bits(void **state)
{
	(void)state;
	uint8_t in[64], back[64];
	char text[B64U_SIZE(64)];
	for (size_t n = 0; n <= sizeof in; n++) {
		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)(i * 37 + n);
		b64u_encode(bytes_of(in, n), text);
		assert_int_equal(strlen(text) + 1, B64U_SIZE(n));
		size_t got = 99;
		assert_int_equal(b64u_decode(str_of(text), back, sizeof back, &got), ENT_OK);
		assert_int_equal(got, n);
		assert_memory_equal(in, back, n);
	}
	size_t got;
	assert_int_equal(b64u_decode(str_of("AB"), back, 64, &got), ENT_ESYNTAX); /* stray bits */
	assert_int_equal(b64u_decode(str_of("AA="), back, 64, &got), ENT_ESYNTAX);
	assert_int_equal(b64u_decode(str_of("A"), back, 64, &got), ENT_ESYNTAX);
	assert_int_equal(b64u_decode(str_of("AAAA"), back, 2, &got), ENT_ETOOBIG);
	assert_int_equal(b64_decode(str_of("AA=="), back, 64, &got), ENT_OK);
	assert_int_equal(got, 1);
	assert_int_equal(b64_decode(str_of("A==="), back, 64, &got), ENT_ESYNTAX);
}

static void
test_buffer_stops_at_its_maximum(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	buf_puts(&b, "12345");
	buf_puts(&b, "67890");
	assert_int_equal(buf_err(&b), ENT_OK);
	assert_string_equal(buf_cstr(&b), "1234567890");
	buf_putc(&b, 'x');
	assert_int_equal(buf_err(&b), ENT_ETOOBIG);
	buf_reset(&b);
	buf_printf(&b, "%d", 42);
	assert_string_equal(buf_cstr(&b), "42");
	buf_done(&b);
}

static void
test_times_parse_and_format(void **state)
{
	(void)state;
	ent_time t;
	char text[ENT_TIME_TEXT];
	assert_int_equal(time_parse(str_of("2026-11-23T10:20:30.5Z"), &t), ENT_OK);
	time_format(t, text);
	assert_string_equal(text, "2026-11-23T10:20:30.500000Z");
	assert_int_equal(time_parse(str_of("1956-02-29"), &t), ENT_OK);
	time_format(t, text);
	assert_string_equal(text, "1956-02-29T00:00:00.000000Z");
	assert_int_equal(time_parse(str_of("2025-02-29"), &t), ENT_ESYNTAX);
	assert_int_equal(time_parse(str_of("2025-02-28T24:00:00Z"), &t), ENT_ESYNTAX);
	assert_int_equal(time_parse(str_of("2025-02-28T23:00:00+01:00"), &t), ENT_ESYNTAX);
	assert_int_equal(time_parse(str_of("2025-02-28T23:00:00.Z"), &t), ENT_ESYNTAX);
}

static void
test_ids_are_version_7_and_round_trip(void **state)
{
	(void)state;
	static const uint8_t entropy[10] = { 0xff, 1, 2, 0xff, 4, 5, 6, 7, 8, 9 };
	struct ent_id id = id_make(1700000000000000, entropy), back;
	char text[ENT_ID_TEXT];
	id_format(&id, text);
	assert_int_equal(text[14], '7');
	assert_int_equal(id_parse(str_of(text), &back), ENT_OK);
	assert_true(id_equal(&id, &back));
	text[8] = 'a';
	assert_int_equal(id_parse(str_of(text), &back), ENT_ESYNTAX);
}

static void
test_json_refuses_what_is_ambiguous(void **state)
{
	(void)state;
	static const char *const bad[] = { "{\"a\":1,\"a\":2}", "[1.5]", "[1e3]", "\"\\u0000\"",
		"\"\xff\"", "[NaN]", "{'a':1}", "[01]", "[18446744073709551616]", "[1] x", "", "[\"\\ud800\"]" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct js *j = NULL;
		struct ent_why why = { 0 };
		assert_int_equal(js_parse(bytes_of_cstr(bad[i]), 1000, &j, &why), ENT_ESYNTAX);
		assert_null(j);
		assert_true(why.text[0] != '\0');
	}
	char deep[200];
	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	struct js *j = NULL;
	assert_int_equal(js_parse(bytes_of(deep, 130), 1000, &j, NULL), ENT_ETOOBIG);
	assert_int_equal(js_parse(bytes_of_cstr("[1,2]"), 4, &j, NULL), ENT_ETOOBIG);
}

/* js_write is ours, js_text is jansson's: the bytes that are signed and hashed must not differ. */
static void
same_bytes(struct js *j)
{
	struct buf b;
	char *text = js_text(j);
	buf_init(&b, 100000);
	js_write(j, &b);
	assert_int_equal(buf_err(&b), ENT_OK);
	assert_string_equal(buf_cstr(&b), text);
	buf_done(&b);
	free(text);
	js_free(j);
}

static void
test_json_is_written_as_the_library_would(void **state)
{
	(void)state;
	static const char *const texts[] = { "null", "true", "false", "0", "-1", "9223372036854775807",
		"-9223372036854775808", "\"\"", "[]", "{}", "[[],{},[{\"a\":[]}]]",
		"{\"z\":1,\"a\":{\"k\":null,\"\\\"q\\\"\":[true,false]},\"/\":\"a/b\"}",
		"[\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\\\", \"كريم\", \"\\u20ac\\ud83d\\ude00\"]" };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct js *j = NULL;
		assert_int_equal(js_parse(bytes_of_cstr(texts[i]), 1000, &j, NULL), ENT_OK);
		same_bytes(j);
	}
	char all[256];
	for (size_t c = 0; c < 128; c++)
		all[c] = (char)c;
	for (size_t from = 0; from < 128; from++)
		same_bytes(js_new_strn(all + from, 128 - from));
	struct js *o = js_object();
	all[127] = '\0';
	js_set_str(o, all + 1, all + 20);
	same_bytes(o);
}

static void
test_reader_names_the_field(void **state)
{
	(void)state;
	struct js *j = NULL;
	struct ent_why why = { 0 };
	assert_int_equal(js_parse(bytes_of_cstr("{\"n\":5,\"s\":\"x\"}"), 100, &j, NULL), ENT_OK);
	struct js_reader r = js_reader_of(j, "query", &why);
	assert_string_equal(js_want_str(&r, "s", 10), "x");
	assert_int_equal(js_want_int(&r, "n", 1, 4), 1);
	assert_int_equal(r.err, ENT_EFIELD);
	assert_string_equal(why.text, "field 'query.n' must be an integer from 1 to 4");
	(void)js_want_str(&r, "missing", 10);
	assert_string_equal(why.text, "field 'query.n' must be an integer from 1 to 4");
	js_free(j);
}

static void
test_utf8_is_checked(void **state)
{
	(void)state;
	assert_true(utf8_valid(bytes_of_cstr("عبد الرحمن é")));
	assert_false(utf8_valid(bytes_of("\xc0\x80", 2)));
	assert_false(utf8_valid(bytes_of("\xed\xa0\x80", 3)));
	assert_false(utf8_valid(bytes_of("\xf4\x90\x80\x80", 4)));
	assert_false(utf8_valid(bytes_of("\xe2\x82", 2)));
}

struct shares {
	_Atomic size_t next, done, threads;
};

static void *
take_shares(void *ctx)
{
	struct shares *s = ctx;
	atomic_fetch_add(&s->threads, 1);
	while (atomic_fetch_add(&s->next, 1) < 1000)
		atomic_fetch_add(&s->done, 1);
	return NULL;
}

static void
test_workers_share_what_there_is_and_are_all_back(void **state)
{
	(void)state;
	for (size_t most = 0; most < 8; most++) {
		struct shares s = { 0 };
		workers_run(take_shares, &s, most);
		assert_int_equal(s.done, 1000);
		assert_true(s.threads >= 1 && s.threads <= WORKERS_MAX && (s.threads <= most || s.threads == 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_b64u_round_trips_and_refuses_stray_bits),
		cmocka_unit_test(test_buffer_stops_at_its_maximum),
		cmocka_unit_test(test_times_parse_and_format),
		cmocka_unit_test(test_ids_are_version_7_and_round_trip),
		cmocka_unit_test(test_json_refuses_what_is_ambiguous),
		cmocka_unit_test(test_json_is_written_as_the_library_would),
		cmocka_unit_test(test_reader_names_the_field),
		cmocka_unit_test(test_utf8_is_checked),
		cmocka_unit_test(test_workers_share_what_there_is_and_are_all_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
