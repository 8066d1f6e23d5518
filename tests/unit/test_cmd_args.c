/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/call.h"
#include "cmd/progress.h"
#include "cmd/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct verb_arg args[] = {
	{ "name", ARG_TEXT, true, true, "NAME", "who" },
	{ "more", ARG_LIST, true, false, "MORE", "others" },
	{ "birth", ARG_TEXT, false, false, "DATE", "born" },
	{ "max-rows", ARG_INT, false, false, "N", "rows" },
	{ "urgent", ARG_FLAG, false, false, NULL, "at once" },
	{ "doc", ARG_LIST, false, false, "NUMBER", "document" },
	{ "body", ARG_JSONFILE, false, false, "FILE", "a file" },
	{ "here", ARG_LOCAL, false, false, "X", "not sent" },
	{ .name = NULL },
};
static const struct verb probe = { .name = "probe", .summary = "a verb of the test", .args = args,
	.reasoned = true };

static enum ent_err
parse(struct verb_call *c, struct ent_why *why, char **argv)
{
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	return args_parse(&probe, argc, argv, c, why);
}
#define PARSE(c, why, ...) parse(c, why, (char *[]){ (char[]){ "probe" }, __VA_ARGS__, NULL })
#define S(text) ((char[]){ text })

static void
test_arguments_become_the_request(void **state)
{
	(void)state;
	struct verb_call c;
	struct ent_why why = { 0 };
	assert_int_equal(PARSE(&c, &why, S("--max-rows"), S("5"), S("Nadia"), S("--doc=A1"), S("x"),
	    S("--doc"), S("B2"), S("--urgent"), S("--here"), S("h"), S("--case"), S("C-7"),
	    S("--purpose"), S("terrorism"), S("y")), ENT_OK);
	struct js *r = verb_request(&c);
	char *text = js_text(r);
	assert_string_equal(text, "{\"name\":\"Nadia\",\"more\":[\"x\",\"y\"],\"max_rows\":5,"
	    "\"urgent\":true,\"doc\":[\"A1\",\"B2\"],\"purpose\":\"terrorism\",\"case\":\"C-7\"}");
	assert_string_equal(verb_text(&c, "here"), "h");
	assert_string_equal(verb_text(&c, "purpose"), "terrorism");
	assert_null(verb_text(&c, "birth"));
	assert_int_equal(verb_int(&c, "max-rows", 1), 5);
	free(text);
	js_free(r);
	args_done(&c);
}

static void
test_a_dash_dash_ends_the_options(void **state)
{
	(void)state;
	struct verb_call c;
	struct ent_why why = { 0 };
	assert_int_equal(PARSE(&c, &why, S("--"), S("--birth")), ENT_OK);
	assert_string_equal(verb_text(&c, "name"), "--birth");
	args_done(&c);
}

static void
test_an_unknown_option_names_the_nearest(void **state)
{
	(void)state;
	struct verb_call c;
	struct ent_why why = { 0 };
	assert_int_equal(PARSE(&c, &why, S("N"), S("--brith"), S("1990")), ENT_EUSAGE);
	assert_string_equal(why.text, "unknown option --brith; did you mean --birth?");
	args_done(&c);
	assert_int_equal(PARSE(&c, &why, S("N"), S("--purpos_e=x")), ENT_EUSAGE);
	assert_string_equal(why.text, "unknown option --purpos_e; did you mean --purpose?");
	args_done(&c);
	assert_int_equal(PARSE(&c, &why, S("N"), S("--quetzalcoatl")), ENT_EUSAGE);
	assert_string_equal(why.text, "unknown option --quetzalcoatl");
	args_done(&c);
}

static void
test_wrong_arguments_say_which(void **state)
{
	(void)state;
	struct verb_call c;
	struct ent_why why = { 0 };
	assert_int_equal(PARSE(&c, &why, S("--urgent")), ENT_EUSAGE);
	assert_string_equal(why.text, "NAME is missing: who");
	args_done(&c);
	assert_int_equal(PARSE(&c, &why, S("N"), S("--max-rows"), S("5x")), ENT_EUSAGE);
	assert_string_equal(why.text, "--max-rows wants a whole number, not '5x'");
	args_done(&c);
	assert_int_equal(PARSE(&c, &why, S("N"), S("--birth")), ENT_EUSAGE);
	assert_string_equal(why.text, "--birth wants a value");
	args_done(&c);
	assert_int_equal(PARSE(&c, &why, S("N"), S("--birth=1"), S("--birth=2")), ENT_EUSAGE);
	assert_string_equal(why.text, "--birth is given twice");
	args_done(&c);
	assert_int_equal(PARSE(&c, &why, S("N"), S("--body"), S("/nonexistent/x")), ENT_ENOTFOUND);
	args_done(&c);
}

static void
test_help_needs_no_arguments(void **state)
{
	(void)state;
	struct verb_call c;
	struct ent_why why = { 0 };
	assert_int_equal(PARSE(&c, &why, S("--help")), ENT_OK);
	assert_true(c.help);
	args_done(&c);
}

static void
test_the_folder_comes_from_option_session_or_environment(void **state)
{
	(void)state;
	struct verb_call c;
	struct ent_why why = { 0 };
	assert_int_equal(setenv("ENTENTE_DIR", "/env", 1), 0);
	assert_int_equal(PARSE(&c, &why, S("N")), ENT_OK);
	assert_string_equal(verb_dir(&c), "/env");
	c.session_dir = ent_strdup("/session");
	assert_string_equal(verb_dir(&c), "/session");
	c.dir = "/option";
	assert_string_equal(verb_dir(&c), "/option");
	args_done(&c);
	assert_int_equal(unsetenv("ENTENTE_DIR"), 0);
}

static void
test_a_session_file_is_saved_private_and_read_back(void **state)
{
	(void)state;
	struct verb_call c;
	struct ent_why why = { 0 };
	char folder[] = "/tmp/ent-session-XXXXXX", path[64];
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/s", folder);
	assert_int_equal(setenv("ENTENTE_SESSION", path, 1), 0);
	assert_int_equal(PARSE(&c, &why, S("N"), S("--dir"), folder), ENT_OK);
	assert_int_equal(session_load(&c, &why), ENT_OK);
	assert_null(c.session_token);
	assert_int_equal(verb_session_save(&c, "tok", &why), ENT_OK);
	assert_int_equal(session_load(&c, &why), ENT_OK);
	assert_string_equal(c.session_token, "tok");
	assert_string_equal(c.session_dir, folder);
	assert_int_equal(verb_session_save(&c, NULL, &why), ENT_OK);
	assert_int_equal(access(path, F_OK), -1);
	args_done(&c);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(unsetenv("ENTENTE_SESSION"), 0);
}

static char *
rendered(const char *json)
{
	char *text = NULL;
	size_t n = 0;
	struct js *j;
	FILE *f = open_memstream(&text, &n);
	assert_non_null(f);
	assert_int_equal(js_parse(bytes_of_cstr(json), 4096, &j, NULL), ENT_OK);
	render_value(j, f);
	assert_int_equal(fclose(f), 0);
	js_free(j);
	return text;
}

static void
test_an_answer_is_rendered_as_indented_lines(void **state)
{
	(void)state;
	char *t = rendered("{\"a_b\":1,\"list\":[\"x\",\"y\"],\"deep\":{\"k\":true},"
	    "\"rows\":[{\"id\":\"1\",\"n\":2},{\"id\":\"3\"}],\"none\":[]}");
	assert_string_equal(t, "a b: 1\nlist: x, y\ndeep:\n  k: yes\nrows:\n  - id: 1\n    n: 2\n"
	    "  - id: 3\nnone: none\n");
	free(t);
}

static void
test_control_characters_do_not_reach_the_terminal(void **state)
{
	(void)state;
	char *t = rendered("{\"a\":\"x\\u001b[31my\\u009bz\\u202ew\"}");
	assert_string_equal(t, "a: x?[31my?z?w\n");
	free(t);
}

static void
test_progress_has_bar_and_counts(void **state)
{
	(void)state;
	char line[192];
	progress_line(1234567, 2469134, "records", line, sizeof line);
	assert_string_equal(line, "[############............]  50 %  1,234,567 of 2,469,134 records");
	progress_line(999, 0, "rows", line, sizeof line);
	assert_string_equal(line, "999 rows");
}

static void
test_exit_status_follows_the_kind_of_error(void **state)
{
	(void)state;
	assert_int_equal(call_status(ENT_OK), 0);
	assert_int_equal(call_status(ENT_EREFUSED), 1);
	assert_int_equal(call_status(ENT_ENOTFOUND), 1);
	assert_int_equal(call_status(ENT_EUSAGE), 2);
	assert_int_equal(call_status(ENT_EDOWN), 3);
	assert_int_equal(call_status(ENT_EPEER), 3);
}

static void
test_every_verb_is_complete_and_named_once(void **state)
{
	(void)state;
	size_t count;
	const struct verb *const *all = verbs_all(&count);
	for (size_t i = 0; i < count; i++) {
		size_t n = 0;
		assert_non_null(all[i]->summary);
		assert_true(all[i]->run != NULL || all[i]->op != NULL);
		for (const struct verb_arg *a = all[i]->args; a != NULL && a->name != NULL; a++, n++)
			assert_non_null(a->help);
		assert_true(n <= VERB_ARGS_MAX);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(all[i]->name, all[k]->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments_become_the_request),
		cmocka_unit_test(test_a_dash_dash_ends_the_options),
		cmocka_unit_test(test_an_unknown_option_names_the_nearest),
		cmocka_unit_test(test_wrong_arguments_say_which),
		cmocka_unit_test(test_help_needs_no_arguments),
		cmocka_unit_test(test_the_folder_comes_from_option_session_or_environment),
		cmocka_unit_test(test_a_session_file_is_saved_private_and_read_back),
		cmocka_unit_test(test_an_answer_is_rendered_as_indented_lines),
		cmocka_unit_test(test_control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(test_progress_has_bar_and_counts),
		cmocka_unit_test(test_exit_status_follows_the_kind_of_error),
		cmocka_unit_test(test_every_verb_is_complete_and_named_once),
	};
	return cmocka_run_group_tests_name("cmd_args", tests, NULL, NULL);
}
