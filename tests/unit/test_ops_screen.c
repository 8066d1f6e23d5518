/* SPDX-License-Identifier: Apache-2.0
 *
 * A list on a running node, under an agreement's annex: cut off and gone on with, refused where it is not what it
 * says, the same whatever the order in which workers end.  Shows SCR-4, SCR-5, SCR-7.
 */
#include "two_nodes.h"

#include "ops/index.h"
#include "store/screenings.h"

#define ROWS 2600 /* more than two batches */
#define CAP 3000

struct list {
	struct buf text;
	size_t at;
};

static int64_t
feed(void *ctx, void *p, size_t n)
{
	struct list *l = ctx;
	size_t left = l->text.n - l->at, take = n < left ? n : left;
	memcpy(p, l->text.p + l->at, take);
	l->at += take;
	return (int64_t)take;
}

/* Rows of invented sounds, of whom three are in the register; with an end or without. */
static struct list
list_of(int rows, bool end)
{
	static const char *const known[] = { "Rachid Benkirane", "Noureddine Cherkaoui", "Zineb Ouahbi" };
	struct list l = { .at = 0 };
	buf_init(&l.text, (size_t)1 << 20);
	for (int i = 1; i <= rows; i++) {
		int k = i == 7 ? 0 : i == 1400 ? 1 : i == 2500 ? 2 : -1;
		buf_printf(&l.text, "{\"row\":%d,\"line\":%d,\"name\":\"%s%d\",\"birth\":\"%s\"}\n", i, i + 1,
		    k >= 0 ? known[k] : "Wubbo Xyster", k >= 0 ? 0 : i, k >= 0 ? "1985-03-12" : "1950-02-03");
	}
	if (end)
		buf_printf(&l.text, "{\"end\":%d}\n", rows);
	return l;
}

static enum ent_err
screen(struct two_side *s, const char *job, bool resume, struct list list, struct js **out, struct ent_why *why)
{
	struct js *in = js_object();
	struct op_caller who = { .authenticated = true, .uid = -1 };
	who.actor.id = s->people[0];
	who.actor.roles = ROLE_ANALYST;
	(void)snprintf(who.actor.name, sizeof who.actor.name, "an");
	(void)snprintf(who.actor.service, sizeof who.actor.service, "%s", s->code);
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "job", job);
	js_set_bool(in, "resume", resume);
	*why = (struct ent_why){ .text = "" };
	struct op_call c = { .node = s->node, .row = ops_row_by_path("POST", "/v1/screen"), .who = &who,
		.arena = arena_new(ARENA_REQUEST_MAX), .in = in, .out = js_object(), .why = why, .read_body = feed,
		.body_ctx = &list };
	enum ent_err err = ops_dispatch(&c);
	*out = c.out;
	js_free(in);
	arena_free(c.arena);
	buf_done(&list.text);
	return err;
}

static const char *
new_job(void)
{
	static char text[ENT_ID_TEXT];
	struct ent_id id = id_new();
	id_format(&id, text);
	return text;
}

static void
expect(struct two_side *s, const char *job, bool resume, struct list list, enum ent_err want, const char *text)
{
	struct js *out;
	struct ent_why why;
	enum ent_err err = screen(s, job, resume, list, &out, &why);
	if (err != want || strstr(why.text, text) == NULL)
		fail_msg("%s, not %s: %s", ent_err_name(err), ent_err_name(want), why.text);
	js_free(out);
}

static void
test_a_list_that_is_cut_off_goes_on_and_finds_the_same(void **state)
{
	struct two_nodes *t = *state;
	struct js *whole, *parts;
	struct ent_why why;
	char job[ENT_ID_TEXT];
	assert_int_equal(screen(&t->bru, new_job(), false, list_of(ROWS, true), &whole, &why), ENT_OK);
	assert_int_equal(js_get_int(whole, "rows", 0), ROWS);
	assert_int_equal(js_get_int(whole, "candidates", 0), 3);
	(void)snprintf(job, sizeof job, "%s", new_job());
	expect(&t->bru, job, false, list_of(1500, false), ENT_EIO, "broke off after row 1500");
	struct list other = list_of(ROWS, true);
	other.text.p[20] = 'Z'; /* within the first row's name */
	expect(&t->bru, job, true, other, ENT_EFIELD, "this is not the list that was begun");
	expect(&t->bru, job, true, list_of(1400, true), ENT_EFIELD, "the list says that it has 1400 rows");
	assert_int_equal(screen(&t->bru, job, true, list_of(ROWS, true), &parts, &why), ENT_OK);
	assert_int_equal(js_get_int(parts, "rows", 0), ROWS);
	assert_int_equal(js_get_int(parts, "candidates", 0), js_get_int(whole, "candidates", 0));
	assert_int_equal(js_get_int(parts, "strong", 0), js_get_int(whole, "strong", 0));
	expect(&t->bru, job, true, list_of(ROWS, true), ENT_ESTATE, "nothing to go on with");
	js_free(whole);
	js_free(parts);
}

static void
test_a_list_that_is_not_what_it_says_is_refused(void **state)
{
	struct two_nodes *t = *state;
	struct list l = list_of(3, true);
	buf_printf(&l.text, "{\"row\":4,\"name\":\"A B\"}\n");
	expect(&t->bru, new_job(), false, l, ENT_EFIELD, "rows come after the list's end");
	l = list_of(2, false);
	buf_printf(&l.text, "{\"row\":9,\"name\":\"A B\"}\n{\"end\":3}\n");
	expect(&t->bru, new_job(), false, l, ENT_EFIELD, "row 9 comes where row 3 is due");
	l = list_of(2, false);
	buf_printf(&l.text, "{\"row\":3,\"line\":44,\"name\":\"A B\",\"religion\":\"x\"}\n{\"end\":3}\n");
	expect(&t->bru, new_job(), false, l, ENT_EFIELD, "line 44: ");
	l = list_of(2, false);
	buf_printf(&l.text, "{\"end\":2");
	expect(&t->bru, new_job(), false, l, ENT_EIO, "broke off");
	expect(&t->bru, new_job(), false, list_of(CAP + 1, true), ENT_EREFUSED, "nothing of the list is kept");
	expect(&t->rab, "01933b1e-0000-7000-8000-000000000000", true, list_of(1, true), ENT_ENOTFOUND, "no such screening");
}

static int
setup(void **state)
{
	static const char annexes[] = "[{\"id\":\"A\",\"screening\":{\"law\":\"art. 7\",\"max_rows\":3000}}]";
	struct two_nodes *t = two_new(NULL);
	struct js *list = NULL;
	struct ent_why why = { .text = "" };
	ent_time far = clock_now() + 100 * ENT_DAY;
	assert_int_equal(js_parse(bytes_of_cstr(annexes), sizeof annexes, &list, NULL), ENT_OK);
	two_agree(t, list);
	(void)two_person(&t->bru, "Rachid Benkirane", "1985-03-12", NULL, SUBJECT_SUSPECT, far);
	(void)two_person(&t->bru, "نور الدين الشرقاوي", "1985-03-12", NULL, SUBJECT_SUSPECT, far);
	(void)two_person(&t->bru, "Zineb Ouahbi", "1985-03-12", NULL, SUBJECT_SUSPECT, far);
	assert_int_equal(index_build(t->bru.node, &why), ENT_OK);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	two_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list_that_is_cut_off_goes_on_and_finds_the_same),
		cmocka_unit_test(test_a_list_that_is_not_what_it_says_is_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
