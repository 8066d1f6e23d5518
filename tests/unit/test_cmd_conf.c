/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum ent_err
parse(const char *text, struct conf *c, struct ent_why *why)
{
	return conf_parse(bytes_of_cstr(text), "x.conf", c, why);
}

static void
test_keys_are_read_and_the_rest_has_defaults(void **state)
{
	(void)state;
	struct conf c;
	struct ent_why why;
	assert_int_equal(parse("# a comment\n\n  listen =  [::]:99 \r\nidle_ms=5\n", &c, &why), ENT_OK);
	assert_string_equal(c.listen, "[::]:99");
	assert_int_equal(c.idle_ms, 5);
	assert_string_equal(c.log, "info");
	assert_int_equal(parse("", &c, &why), ENT_OK);
	assert_string_equal(c.listen, "127.0.0.1:7440");
	assert_int_equal(c.import_batch, 1000);
}

static void
test_mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	struct conf c;
	struct ent_why why;
	assert_int_equal(parse("log = info\nlisen = a:1\n", &c, &why), ENT_EFIELD);
	assert_string_equal(why.text,
	    "x.conf, line 2: there is no key 'lisen'; did you mean 'listen'?");
	assert_int_equal(parse("idle_ms = 700000", &c, &why), ENT_EFIELD);
	assert_non_null(strstr(why.text, "line 1: idle_ms wants a number from 0 to 600000"));
	assert_int_equal(parse("idle_ms = -1", &c, &why), ENT_EFIELD);
	assert_int_equal(parse("import_batch = 0", &c, &why), ENT_EFIELD); /* nor more than is checked */
	assert_int_equal(parse("import_batch = 1001", &c, &why), ENT_EFIELD);
	assert_int_equal(parse("idle_ms = 5s", &c, &why), ENT_EFIELD);
	assert_int_equal(parse("listen =", &c, &why), ENT_EFIELD);
	assert_int_equal(parse("listen", &c, &why), ENT_EFIELD);
	assert_int_equal(parse("log=info\nlog=info", &c, &why), ENT_EFIELD);
	assert_string_equal(why.text, "x.conf, line 2: log stands twice");
	assert_int_equal(conf_parse(bytes_of("a\0b", 3), "x.conf", &c, &why), ENT_EFIELD);
}

static void
test_what_is_written_is_read_back(void **state)
{
	(void)state;
	struct conf c = conf_default(), back;
	struct ent_why why;
	struct buf text;
	buf_init(&text, CONF_FILE_MAX);
	(void)snprintf(c.address, sizeof c.address, "node.example:7440");
	c.connections = 12;
	conf_write(&c, "Service of Tests", "TST", &text);
	assert_int_equal(buf_err(&text), ENT_OK);
	assert_int_equal(conf_parse(buf_bytes(&text), "x", &back, &why), ENT_OK);
	assert_memory_equal(&c, &back, sizeof c);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_are_read_and_the_rest_has_defaults),
		cmocka_unit_test(test_mistakes_are_named_with_their_line),
		cmocka_unit_test(test_what_is_written_is_read_back),
	};
	return cmocka_run_group_tests_name("cmd_conf", tests, NULL, NULL);
}
