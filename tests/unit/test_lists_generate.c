/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT 3000

static struct record *
read_line(const struct buf *line, struct arena *a)
{
	struct js *obj = NULL;
	struct record *r = NULL;
	struct ent_why why = { .text = "" };
	assert_int_equal(line->p[line->n - 1], '\n');
	assert_int_equal(js_parse(bytes_of(line->p, line->n - 1), GENERATE_LINE_MAX, &obj, &why), ENT_OK);
	if (record_read(obj, a, &r, &why) != ENT_OK)
		fail_msg("%s in %s", why.text, buf_cstr(line));
	struct js *again = record_write(r);
	char *text = js_text(again);
	assert_int_equal(strlen(text) + 1, line->n);
	assert_memory_equal(text, line->p, line->n - 1); /* canonical, byte for byte */
	free(text);
	js_free(again);
	js_free(obj);
	return r;
}

static void
test_every_line_is_a_canonical_record(void **state)
{
	(void)state;
	struct generate_options o = { .seed = 1, .errors = 30, .originator = "RAB" };
	unsigned arabic = 0, latin = 0, placeholder = 0, aliases = 0, documents = 0;
	struct buf line;
	buf_init(&line, GENERATE_LINE_MAX);
	for (uint64_t i = 0; i < COUNT; i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		buf_reset(&line);
		generate_line(&o, i, &line);
		struct record *r = read_line(&line, a);
		for (size_t j = 0; j < r->count; j++) {
			const struct statement *s = &r->statements[j];
			if (s->kind == STATEMENT_NAME) {
				/* an error never breaks a letter of the other script */
				assert_string_equal(script_of(str_of(s->name.value)), s->name.script);
				arabic += strcmp(s->name.script, "Arab") == 0;
				latin += strcmp(s->name.script, "Latn") == 0;
				aliases += s->name.kind == NAMEKIND_ALIAS;
			}
			placeholder += s->kind == STATEMENT_BIRTH &&
			    s->birth.precision == PRECISION_PLACEHOLDER;
			documents += s->kind == STATEMENT_DOCUMENT;
		}
		arena_free(a);
	}
	assert_true(arabic > COUNT / 5 && latin > COUNT / 2 && aliases > COUNT / 10);
	assert_true(placeholder > COUNT / 20 && documents > COUNT / 2);
	buf_done(&line);
}

static void
test_the_same_seed_gives_the_same_bytes_and_another_others(void **state)
{
	(void)state;
	struct generate_options o = { .seed = 42 }, other = { .seed = 43 };
	struct buf a, b, c;
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	buf_init(&c, 1 << 20);
	for (uint64_t i = 0; i < 50; i++) {
		generate_line(&o, i, &a);
		generate_line(&other, i, &c);
	}
	for (uint64_t i = 0; i < 50; i++)
		generate_line(&o, i, &b);
	assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	assert_false(bytes_equal(buf_bytes(&a), buf_bytes(&c)));
	buf_done(&a);
	buf_done(&b);
	buf_done(&c);
}

/* A variant is the same person as another service has written them down. */
static void
test_a_variant_is_the_same_person_written_otherwise(void **state)
{
	(void)state;
	struct generate_options one = { .seed = 9, .script = GENERATE_ARABIC, .originator = "RAB" };
	struct generate_options two = { .seed = 9, .script = GENERATE_LATIN, .variant = 1,
		.originator = "BRU" };
	struct buf line;
	unsigned same_number = 0, both = 0;
	buf_init(&line, GENERATE_LINE_MAX);
	for (uint64_t i = 0; i < 200; i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		buf_reset(&line);
		generate_line(&one, i, &line);
		struct record *r = read_line(&line, a);
		buf_reset(&line);
		generate_line(&two, i, &line);
		struct record *s = read_line(&line, a);
		assert_false(id_equal(&r->id, &s->id));
		const char *x = NULL, *y = NULL;
		for (size_t j = 0; j < r->count; j++) {
			if (r->statements[j].kind == STATEMENT_NAME)
				assert_string_equal(r->statements[j].name.script, "Arab");
			if (r->statements[j].kind == STATEMENT_DOCUMENT && x == NULL)
				x = r->statements[j].document.number;
		}
		for (size_t j = 0; j < s->count; j++) {
			if (s->statements[j].kind == STATEMENT_NAME)
				assert_string_equal(s->statements[j].name.script, "Latn");
			if (s->statements[j].kind == STATEMENT_DOCUMENT && y == NULL)
				y = s->statements[j].document.number;
		}
		both += x != NULL && y != NULL;
		same_number += x != NULL && y != NULL && strcmp(x, y) == 0;
		arena_free(a);
	}
	assert_true(both > 50);
	assert_int_equal(same_number, both); /* without errors, a known document is the same */
	buf_done(&line);
}

static enum ent_err
count_record(void *ctx, struct record *r, struct ent_why *why)
{
	(void)why;
	assert_non_null(record_primary_name(r));
	(*(unsigned *)ctx)++;
	return ENT_OK;
}

static void
test_simple_lines_are_read_back(void **state)
{
	(void)state;
	struct generate_options o = { .seed = 3, .errors = 10, .simple = true };
	struct record_label label;
	struct list_report report;
	struct ent_why why = { .text = "" };
	struct buf text;
	unsigned n = 0;
	memset(&label, 0, sizeof label);
	label.subject = SUBJECT_OTHER;
	buf_init(&text, 1 << 20);
	for (uint64_t i = 0; i < 300; i++)
		generate_line(&o, i, &text);
	assert_int_equal(buf_err(&text), ENT_OK);
	struct bytes rest = buf_bytes(&text);
	struct list_input in = list_input_of("x", &rest);
	if (list_read(LIST_JSONL, &in, 1, &label, count_record, &n, &report, &why) != ENT_OK)
		fail_msg("%s", why.text);
	assert_int_equal(n, 300);
	list_report_done(&report);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_line_is_a_canonical_record),
		cmocka_unit_test(test_the_same_seed_gives_the_same_bytes_and_another_others),
		cmocka_unit_test(test_a_variant_is_the_same_person_written_otherwise),
		cmocka_unit_test(test_simple_lines_are_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
