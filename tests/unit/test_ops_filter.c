/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters of private hit/no-hit between two nodes with real keepers: when they are built, for which annex, with
 * which records, and what a partner that tampers with them gets.
 */
#include "hit_fixture.h"
#include "ops/hit_build.h"
#include "ops/hit_list.h"

#include <signal.h>

/* What was said before the lights went out may not have been told to the partner. */
static void
test_a_node_that_started_calls_on_its_partners_at_once(void **state)
{
	struct two_nodes *t = *state;
	two_close(&t->bru);
	two_open(&t->bru);
	assert_true(node_wake_pending(t->bru.node, LANE_QUEUES));
}

/* Signed, and then the power goes: the keeper first, while the filter is being built. */
static void
test_a_filter_is_built_at_the_next_start_if_the_first_build_was_cut_off(void **state)
{
	struct two_nodes *t = two_new(box_pk);
	(void)state;
	(void)two_person(&t->rab, "Karim Idrissi", "1980-05-06", NULL, SUBJECT_SUSPECT,
	    clock_now() + 300 * ENT_DAY);
	two_agree(t, annexes(40));
	assert_int_equal(kill((pid_t)t->rab.keeper.pid, SIGKILL), 0);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	two_close(&t->rab);
	two_open(&t->rab);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
	two_free(t);
}

static void
append_annex(struct js *list, const char *id, const char *purpose, const char *subject, int64_t day)
{
	struct js *a = js_object(), *quota = js_object(), *purposes = js_array(), *subjects = js_array();
	js_set_str(a, "id", id);
	js_append_take(purposes, js_new_str(purpose));
	js_append_take(subjects, js_new_str(subject));
	js_set_take(a, "purposes", purposes);
	js_set_take(a, "subjects", subjects);
	js_set_int(quota, "day", day);
	js_set_int(quota, "epoch_persons", day * 10);
	js_set_int(quota, "epoch_days", 30);
	js_set_take(a, "quota", quota);
	js_append_take(list, a);
}

static struct js *
two_annexes(void)
{
	struct js *list = js_array();
	append_annex(list, "A", "terrorism", "suspect", 40);
	append_annex(list, "B", "border", "victim", 3);
	append_annex(list, "C", "terrorist-financing", "suspect", 0); /* lets nothing be asked */
	return list;
}

static struct js *
ask_for(struct two_nodes *t, const char *purpose, const char *name, const char *birth)
{
	struct js *in = question(name, birth, NULL);
	js_set_str(in, "purpose", purpose);
	return two_must(&t->bru, 0, LIAISON, "/v1/ask", in);
}

static void
expect_for(struct two_nodes *t, const char *purpose, const char *name, const char *birth,
    const char *annex, const char *result)
{
	struct js *a = ask_for(t, purpose, name, birth);
	assert_string_equal(js_get_str(a, "annex"), annex);
	assert_string_equal(js_get_str(first(a), "result"), result);
	js_free(a);
}

static void
build_annex(struct two_nodes *t, const char *annex)
{
	struct js *in = js_object();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "annex", annex);
	js_free(two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/build", in));
}

/* Each annex has its filter, its epochs, its quota; one row of numbers runs through both. */
static void
test_each_annex_has_its_filter_and_its_quota(void **state)
{
	struct two_nodes *t = two_new(box_pk);
	ent_time later = clock_now() + 300 * ENT_DAY;
	struct ent_why why = { .text = "" };
	(void)state;
	(void)two_person(&t->rab, "Karim Idrissi", "1980-05-06", NULL, SUBJECT_SUSPECT, later);
	(void)two_person(&t->rab, "Salma Haddad", "1991-07-08", NULL, SUBJECT_VICTIM, later);
	two_agree(t, two_annexes());
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	struct js *s = two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	assert_int_equal(js_len(js_get(s, "filters")), 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(js_get_int(js_get(js_at(js_get(s, "filters"), i), "own"), "records", 0), 1);
	js_free(s);
	expect_for(t, "terrorism", "Karim Idrissi", "1980-05-06", "A", "hit");
	expect_for(t, "terrorism", "Salma Haddad", "1991-07-08", "A", "no hit");
	expect_for(t, "border", "Karim Idrissi", "1980-05-06", "B", "no hit");
	expect_for(t, "border", "Salma Haddad", "1991-07-08", "B", "hit");
	/* A lost answer under one annex is asked for again by who asks under the other. */
	t->lose_answers = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	expect_for(t, "border", "Salma Haddad", "1991-07-08", "B", "hit");
	struct js *a = ask_for(t, "terrorism", "Karim Idrissi", "1980-05-06");
	assert_int_equal(left(a), 40 - 4);
	js_free(a);
	/* The quota of B is used up, that of A is not. */
	struct js *in = question("Salma Haddad", "1991-07-08", NULL);
	js_set_str(in, "purpose", "border");
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/ask", in, NULL, &why), ENT_EQUOTA);
	assert_non_null(strstr(why.clause, "annex B"));
	expect_for(t, "terrorism", "Karim Idrissi", "1980-05-06", "A", "hit");
	/* A new epoch of A leaves B's in force; a new one of B does not give the day's quota back. */
	build_annex(t, "A");
	build_annex(t, "B");
	expect_for(t, "terrorism", "Karim Idrissi", "1980-05-06", "A", "hit");
	in = question("Salma Haddad", "1991-07-08", NULL);
	js_set_str(in, "purpose", "border");
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/ask", in, NULL, &why), ENT_EQUOTA);
	two_free(t);
}

static bool
is_built(struct two_nodes *t)
{
	struct js *s = two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	const struct js *own = js_get(js_at(js_get(s, "filters"), 0), "own");
	bool built = js_get(own, "epoch") != NULL;
	js_free(s);
	return built;
}

/* Feeds are not kept waiting by a filter, nor is the end of the node. */
static void
test_a_filter_is_built_in_a_lane_of_its_own_that_stops_when_told_to(void **state)
{
	struct two_nodes *t = two_new(box_pk);
	(void)state;
	(void)two_person(&t->rab, "Karim Idrissi", "1980-05-06", NULL, SUBJECT_SUSPECT,
	    clock_now() + 300 * ENT_DAY);
	two_agree(t, annexes(40));
	(void)node_tick(t->rab.node, LANE_QUEUES, clock_now());
	assert_false(is_built(t));
	node_stop(t->rab.node);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	assert_false(is_built(t));
	two_close(&t->rab);
	two_open(&t->rab);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	assert_true(is_built(t));
	two_free(t);
}

static void
test_a_new_epoch_is_followed_without_a_persons_doing(void **state)
{
	struct two_nodes *t = *state;
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
	(void)two_person(&t->rab, "Leila Mansouri", "1977-01-09", NULL, SUBJECT_SUSPECT,
	    clock_now() + ENT_DAY * 30);
	expect(t, "Leila Mansouri", "1977-01-09", NULL, "no hit", 0); /* not in this epoch's filter */
	build(t);
	expect(t, "Leila Mansouri", "1977-01-09", NULL, "hit", 2);
}

/* As if the asker had been updated since it fetched the filter. */
static enum ent_err
asker_older_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hit_asker_row row;
	enum ent_err err = hit_asker_get(tx, TWO_AGREEMENT, "A", &row, NULL, why);
	(void)ctx;
	row.rules--;
	return err == ENT_OK ? hit_asker_put(tx, TWO_AGREEMENT, "A", &row, NULL, NULL, NULL, why) : err;
}

/* And the answerer, since it built its own. */
static enum ent_err
filter_older_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hit_filter_row row;
	struct buf note;
	buf_init(&note, NOTE_MAX);
	enum ent_err err = hit_filter_current(tx, TWO_AGREEMENT, "A", &row, &note, why);
	row.epoch++;
	row.rules--;
	if (err == ENT_OK)
		err = hit_filter_put(tx, ctx, &row, buf_cstr(&note), why);
	buf_done(&note);
	return err;
}

static void
test_rules_that_change_bring_a_new_filter_and_leave_nobody_stuck(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	struct grant *g = NULL;
	int64_t before = left_after_one(t);
	t->lose_answers = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	assert_int_equal(store_write(node_store(t->bru.node), asker_older_body, NULL, &why), ENT_OK);
	assert_int_equal(left_after_one(t), before - 2); /* what was pending is settled, and one asked */

	assert_int_equal(node_system_grant_for(t->rab.node, ACTION_FILTER, TWO_AGREEMENT, "A", &g, &why),
	    ENT_OK);
	assert_int_equal(store_write(node_store(t->rab.node), filter_older_body, g, &why), ENT_OK);
	grant_free(g);
	struct js *s = two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	const struct js *own = js_get(js_at(js_get(s, "filters"), 0), "own");
	assert_non_null(strstr(js_get_str(own, "state"), "older rules"));
	js_free(s);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
}

static void
test_an_expired_record_is_not_in_the_next_filter(void **state)
{
	struct two_nodes *t = *state;
	ent_time expires = clock_now() + 2 * ENT_SECOND;
	(void)two_person(&t->rab, "Youssef Amrani", "1966-10-11", NULL, SUBJECT_SUSPECT, expires);
	build(t);
	expect(t, "Youssef Amrani", "1966-10-11", NULL, "hit", 2);
	while (clock_now() <= expires)
		(void)usleep(50000);
	build(t);
	expect(t, "Youssef Amrani", "1966-10-11", NULL, "no hit", 0);
}

static void
test_a_record_that_expires_is_withdrawn_from_the_filter_in_force(void **state)
{
	struct two_nodes *t = *state;
	ent_time expires = clock_now() + 2 * ENT_SECOND;
	(void)two_person(&t->rab, "Anissa Chraibi", "1969-04-05", NULL, SUBJECT_SUSPECT, expires);
	build(t);
	expect(t, "Anissa Chraibi", "1969-04-05", NULL, "hit", 2);
	while (clock_now() <= expires)
		(void)usleep(50000);
	(void)runner_dates(t->rab.node, clock_now());
	(void)runner_hits(t->rab.node, clock_now());
	expect(t, "Anissa Chraibi", "1969-04-05", NULL, "withdrawn", 0);
}

static struct two_nodes *between;
static int built_between;

static void
flip_filter(const char *path, struct buf *answer)
{
	if (strcmp(path, "/peer/filter") == 0 && answer->n > 4096)
		answer->p[4000] ^= 1;
}

static void
flip_answer(const char *path, struct buf *answer)
{
	if (strcmp(path, "/peer/hit") == 0)
		answer->p[answer->n / 2] = answer->p[answer->n / 2] == 'A' ? 'B' : 'A';
}

static void
test_tampered_filters_and_answers_are_refused(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	build(t); /* another filter is to be fetched */
	t->tamper = flip_filter;
	assert_int_equal(ask_fails(t, &why), ENT_EPEER);
	t->tamper = flip_answer;
	assert_int_equal(ask_fails(t, &why), ENT_ESIG);
	t->tamper = NULL;
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
}

static void
build_between(const char *path, struct buf *answer)
{
	(void)answer;
	if (strcmp(path, "/peer/filter") == 0 && built_between++ == 0)
		build(between);
}

static void
test_a_filter_that_is_built_anew_while_it_is_fetched_is_fetched_anew(void **state)
{
	struct two_nodes *t = *state;
	build(t);
	between = t;
	built_between = 0;
	t->tamper = build_between;
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
	t->tamper = NULL;
	assert_in_range(built_between, 3, 20); /* note, again a note, pieces */
}

static void
test_status_tells_epoch_size_hash_and_what_is_used(void **state)
{
	struct two_nodes *t = *state;
	int64_t n = left_after_one(t);
	struct js *s = two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	const struct js *own = js_get(js_at(js_get(s, "filters"), 0), "own");
	assert_int_equal(js_get_int(own, "epoch", 0), 1);
	assert_int_equal(js_get_int(own, "records", 0), 2); /* not the one in quarantine */
	assert_non_null(js_get_str(own, "sha256"));
	assert_int_equal(js_get_int(own, "asked_today", -1), 400 - n); /* as its keeper counts */
	assert_int_equal(js_get_int(own, "quota_day", 0), 400);
	assert_int_equal(js_get_int(own, "asked_epoch", -1), 400 - n);
	assert_int_equal(js_get_int(own, "quota_epoch", 0), 2000);
	js_free(s);
	s = two_must(&t->bru, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	const struct js *theirs = js_get(js_at(js_get(s, "filters"), 0), "partners");
	assert_int_equal(js_get_int(theirs, "asked_today", 0), 400 - n);
	js_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_filter_is_built_at_the_next_start_if_the_first_build_was_cut_off),
		cmocka_unit_test(test_a_filter_is_built_in_a_lane_of_its_own_that_stops_when_told_to),
		cmocka_unit_test(test_each_annex_has_its_filter_and_its_quota),
		cmocka_unit_test(test_status_tells_epoch_size_hash_and_what_is_used),
		cmocka_unit_test(test_a_node_that_started_calls_on_its_partners_at_once),
		cmocka_unit_test(test_a_new_epoch_is_followed_without_a_persons_doing),
		cmocka_unit_test(test_rules_that_change_bring_a_new_filter_and_leave_nobody_stuck),
		cmocka_unit_test(test_an_expired_record_is_not_in_the_next_filter),
		cmocka_unit_test(test_a_record_that_expires_is_withdrawn_from_the_filter_in_force),
		cmocka_unit_test(test_tampered_filters_and_answers_are_refused),
		cmocka_unit_test(test_a_filter_that_is_built_anew_while_it_is_fetched_is_fetched_anew),
	};
	return hit_tests(tests);
}
