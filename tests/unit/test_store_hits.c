/* SPDX-License-Identifier: Apache-2.0
 *
 * The hits family: references and their withdrawal (HIT-21), requests kept, queries sealed and erased
 * (HIT-25).
 */
#include "base/arena.h"
#include "store/hits.h"
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct family {
	struct fixture at;
	struct grant *filter, *ask, *open, *dead;
};

static int
setup(void **state)
{
	struct family *f = ent_alloc(sizeof *f);
	fixture_open(&f->at);
	f->filter = fixture_grant(ACTION_FILTER, 0, 0);
	f->ask = fixture_grant(ACTION_ASK, 0, 0);
	f->open = fixture_grant(ACTION_OPENQUERY, 0, 0);
	f->dead = fixture_dead_grant(ACTION_ASK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct family *f = *state;
	fixture_close(&f->at);
	grant_free(f->filter);
	grant_free(f->ask);
	grant_free(f->open);
	grant_free(f->dead);
	free(f);
	return 0;
}

#define WANT(cond) \
	do { \
		if (!(cond)) \
			return ent_fail(ENT_EINTERNAL, why, "line %d: %s", __LINE__, #cond); \
	} while (0)

static void
write_ok(struct family *f, store_body *body)
{
	struct ent_why why = { .text = "" };
	enum ent_err err = store_write(f->at.s, body, f, &why);
	if (err != ENT_OK)
		fail_msg("%s: %s", ent_err_name(err), why.text);
}

static const struct ent_id one = { { 1 } }, two = { { 2 } };
static const uint8_t a[HITS_REF] = { 0xa }, b[HITS_REF] = { 0xb }, c[HITS_REF] = { 0xc };

static enum ent_err
put_refs(struct store_tx *tx, struct family *f, struct ent_why *why)
{
	uint8_t ab[2 * HITS_REF], bc[2 * HITS_REF];
	memcpy(ab, a, HITS_REF);
	memcpy(ab + HITS_REF, b, HITS_REF);
	memcpy(bc, b, HITS_REF);
	memcpy(bc + HITS_REF, c, HITS_REF);
	WANT(hit_refs_put(tx, f->filter, "A", 1, &one, ab, 2, why) == ENT_OK);
	WANT(hit_refs_put(tx, f->filter, "A", 1, &two, bc, 2, why) == ENT_OK);
	return ENT_OK;
}

static enum hit_ref_state
state_of(struct store_tx *tx, const char *agreement, uint32_t epoch, const uint8_t *ref, size_t *n)
{
	struct ent_id ids[4];
	enum hit_ref_state s = HIT_REF_UNKNOWN;
	struct ent_why why;
	if (hit_ref_find(tx, agreement, epoch, ref, ids, 4, n, &s, &why) != ENT_OK)
		return HIT_REF_UNKNOWN;
	return s;
}

static enum ent_err
withdraw_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hit_list_row list = { .epoch = 1, .seq = 1 };
	struct buf all;
	size_t n;
	bool changed = false;
	WANT(put_refs(tx, ctx, why) == ENT_OK);
	WANT(hit_list_put(tx, "A", "X", &list, "x", why) == ENT_OK);
	WANT(state_of(tx, "A", 1, b, &n) == HIT_REF_HELD && n == 2);
	WANT(hit_refs_withdraw(tx, &one, &changed, why) == ENT_OK && changed);
	WANT(state_of(tx, "A", 1, a, &n) == HIT_REF_WITHDRAWN);
	WANT(state_of(tx, "A", 1, b, &n) == HIT_REF_HELD && n == 1); /* another stands behind it */
	WANT(hit_list_get(tx, "A", "X", &list, NULL, why) == ENT_OK && list.dirty);
	WANT(hit_refs_withdraw(tx, &two, &changed, why) == ENT_OK && changed);
	WANT(state_of(tx, "A", 1, b, &n) == HIT_REF_WITHDRAWN);
	WANT(state_of(tx, "A", 2, b, &n) == HIT_REF_UNKNOWN); /* worthless elsewhere */
	WANT(state_of(tx, "B", 1, b, &n) == HIT_REF_UNKNOWN);
	WANT(hit_refs_withdraw(tx, &two, &changed, why) == ENT_OK && !changed);
	buf_init(&all, 4096);
	WANT(hit_withdrawn_all(tx, "A", 1, &all, why) == ENT_OK && all.n == 3 * HITS_REF);
	WANT(memcmp(all.p, a, HITS_REF) == 0 && memcmp(all.p + 2 * HITS_REF, c, HITS_REF) == 0);
	buf_done(&all);
	return ENT_OK;
}

static void
test_a_reference_is_withdrawn_when_nobody_stands_behind_it(void **state)
{
	write_ok(*state, withdraw_body);
}

static enum ent_err
filter_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct family *f = ctx;
	struct hit_filter_row row = { .agreement = "A", .annex = "X", .epoch = 1, .rules = 1,
		.state = HIT_FILTER_BUILDING, .bytes = 77 }, got;
	uint32_t last = 9;
	struct buf note;
	size_t n;
	buf_init(&note, 100);
	WANT(hit_filter_put(tx, f->ask, &row, "", why) == ENT_EREFUSED);
	WANT(hit_refs_put(tx, f->dead, "A", 1, &one, a, 1, why) == ENT_EREFUSED);
	WANT(hit_filter_last(tx, "A", &last, why) == ENT_OK && last == 0);
	WANT(hit_filter_put(tx, f->filter, &row, "", why) == ENT_OK);
	WANT(hit_filter_current(tx, "A", "X", &got, NULL, why) == ENT_ENOTFOUND);
	row.state = HIT_FILTER_IN_FORCE;
	WANT(hit_filter_put(tx, f->filter, &row, "note", why) == ENT_OK);
	WANT(hit_filter_current(tx, "A", "X", &got, &note, why) == ENT_OK && got.bytes == 77);
	WANT(strcmp(buf_cstr(&note), "note") == 0 && strcmp(got.annex, "X") == 0);
	WANT(put_refs(tx, f, why) == ENT_OK);
	for (row.epoch = 2; row.epoch < 4; row.epoch++) {
		WANT(hit_filter_put(tx, f->filter, &row, "note", why) == ENT_OK);
		WANT(hit_filter_retire(tx, f->filter, &row, why) == ENT_OK);
		WANT(hit_filter_current(tx, "A", "X", &got, NULL, why) == ENT_OK && got.epoch == row.epoch);
		/* The epoch before can still be followed up; another annex does not count. */
		WANT(state_of(tx, "A", 1, a, &n) == (row.epoch == 2 ? HIT_REF_HELD : HIT_REF_UNKNOWN));
	}
	struct hit_filter_row other = { .agreement = "A", .annex = "Y", .epoch = 4, .rules = 1,
		.state = HIT_FILTER_IN_FORCE };
	uint32_t before[4];
	WANT(hit_filter_put(tx, f->filter, &other, "theirs", why) == ENT_OK);
	WANT(hit_filter_retire(tx, f->filter, &other, why) == ENT_OK);
	WANT(hit_filter_current(tx, "A", "X", &got, NULL, why) == ENT_OK && got.epoch == 3);
	WANT(hit_filter_current(tx, "A", "Y", &got, NULL, why) == ENT_OK && got.epoch == 4);
	WANT(hit_filter_of(tx, "A", 2, &got, why) == ENT_OK && strcmp(got.annex, "X") == 0);
	WANT(hit_filter_of(tx, "A", 5, &got, why) == ENT_ENOTFOUND);
	row.epoch = 9;
	WANT(hit_filter_before(tx, &row, before, 4, &n, why) == ENT_OK && n == 3 && before[0] == 3);
	WANT(hit_filter_last(tx, "A", &last, why) == ENT_OK && last == 4);
	buf_done(&note);
	return ENT_OK;
}

static void
test_one_filter_is_in_force_and_the_epoch_before_can_be_followed_up(void **state)
{
	write_ok(*state, filter_body);
}

static enum ent_err
received_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hit_received_row *row = ent_alloc(sizeof *row), *got = ent_alloc(sizeof *got);
	struct buf answer;
	int64_t count = 0;
	(void)ctx;
	buf_init(&answer, 100);
	*row = (struct hit_received_row){ .seq = 1, .epoch = 2, .bytes = 256, .keep_until = 50 };
	memset(row->elements, 3, 256);
	WANT(hit_received_put(tx, "A", row, "", why) == ENT_OK);
	WANT(hit_received_last(tx, "A", NULL, got, NULL, why) == ENT_ENOTFOUND);
	row->result = HIT_RECEIVED_ANSWERED;
	WANT(hit_received_put(tx, "A", row, "jws", why) == ENT_OK);
	WANT(hit_received_last(tx, "A", NULL, got, &answer, why) == ENT_OK);
	WANT(got->bytes == 256 && memcmp(got->elements, row->elements, 256) == 0);
	WANT(strcmp(buf_cstr(&answer), "jws") == 0);
	WANT(hit_received_sweep(tx, 100, &count, why) == ENT_OK && count == 0); /* the last one stays */
	row->seq = 2;
	row->keep_until = 200;
	WANT(hit_received_put(tx, "A", row, "jws", why) == ENT_OK);
	WANT(hit_received_sweep(tx, 100, &count, why) == ENT_OK && count == 1);
	WANT(hit_received_get(tx, "A", 1, got, NULL, why) == ENT_ENOTFOUND);
	buf_done(&answer);
	free(row);
	free(got);
	return ENT_OK;
}

static void
test_the_last_answered_request_is_kept_whatever_its_age(void **state)
{
	write_ok(*state, received_body);
}

static enum ent_err
count_one(void *ctx, const struct hit_query_row *row, struct bytes text, struct ent_why *why)
{
	int *n = ctx;
	WANT(row->person == *n && bytes_equal(text, bytes_of_cstr("secret")));
	(*n)++;
	return ENT_OK;
}

static enum ent_err
query_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct family *f = ctx;
	struct hit_query_row q = { .id = one, .agreement = "A", .epoch = 1, .seq = 4,
		.state = HIT_QUERY_SENT, .keep_until = 100 }, got;
	struct buf text;
	int n = 0;
	bool some = true;
	int64_t count = 0;
	uint64_t entries[HIT_OVERDUE_MAX];
	buf_init(&text, 100);
	WANT(hit_query_put(tx, f->dead, &q, bytes_of_cstr("secret"), why) == ENT_EREFUSED);
	WANT(hit_query_put(tx, f->ask, &q, bytes_of_cstr("secret"), why) == ENT_OK);
	q.id = two;
	q.person = 1;
	q.keep_until = 300;
	WANT(hit_query_put(tx, f->ask, &q, bytes_of_cstr("secret"), why) == ENT_OK);
	WANT(hit_query_message(tx, f->ask, "A", 4, count_one, &n, why) == ENT_OK && n == 2);
	q.state = HIT_QUERY_HIT;
	q.class = 3;
	memcpy(q.ref, a, HITS_REF);
	WANT(hit_query_result(tx, &q, why) == ENT_OK);
	WANT(hit_query_get(tx, f->filter, &two, &got, &text, why) == ENT_EREFUSED);
	WANT(hit_query_get(tx, f->open, &two, &got, &text, why) == ENT_OK && got.class == 3);
	WANT(memcmp(got.ref, a, HITS_REF) == 0 && strcmp(buf_cstr(&text), "secret") == 0);
	WANT(hit_overdue(tx, 50, &some, why) == ENT_OK && !some);
	WANT(hit_overdue(tx, 200, &some, why) == ENT_OK && some);
	WANT(hit_query_erase_overdue(tx, 200, entries, &count, why) == ENT_OK && count == 1);
	WANT(hit_query_get(tx, f->open, &one, &got, NULL, why) == ENT_ENOTFOUND);
	WANT(hit_query_get(tx, f->open, &two, &got, NULL, why) == ENT_OK);
	buf_done(&text);
	return ENT_OK;
}

static void
test_a_query_is_sealed_and_erased_when_its_time_is_over(void **state)
{
	write_ok(*state, query_body);
}

static enum ent_err
asker_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hit_asker_row row = { .seq = 7 }, got;
	struct buf note, list, pending;
	const struct hit_asker_texts texts = { &note, &list, &pending };
	(void)ctx;
	buf_init(&note, 100);
	buf_init(&list, 100);
	buf_init(&pending, 100);
	WANT(hit_asker_get(tx, "A", "X", &got, &texts, why) == ENT_OK && got.seq == 0 && note.n == 0);
	(void)snprintf(row.stopped, sizeof row.stopped, "why");
	WANT(hit_asker_put(tx, "A", "X", &row, "n", "l", "p", why) == ENT_OK);
	row.used_day = 8;
	WANT(hit_asker_put(tx, "A", "X", &row, NULL, "l", NULL, why) == ENT_OK);
	WANT(hit_asker_get(tx, "A", "X", &got, &texts, why) == ENT_OK && got.seq == 7 && got.used_day == 8);
	/* Another annex: its own filter and counts, but one row of numbers and one pending request. */
	struct hit_asker_row other;
	buf_reset(&note);
	buf_reset(&pending);
	WANT(hit_asker_get(tx, "A", "Y", &other, &texts, why) == ENT_OK && other.seq == 7);
	WANT(other.used_day == 0 && other.stopped[0] == '\0' && note.n == 0);
	WANT(strcmp(other.pending_annex, "X") == 0 && strcmp(buf_cstr(&pending), "p") == 0);
	buf_reset(&pending);
	WANT(hit_asker_get(tx, "A", "X", &got, &texts, why) == ENT_OK);
	WANT(strcmp(got.stopped, "why") == 0 && strcmp(buf_cstr(&pending), "p") == 0 &&
	    strcmp(buf_cstr(&note), "n") == 0);
	buf_done(&note);
	buf_done(&list);
	buf_done(&pending);
	return ENT_OK;
}

static void
test_the_askers_place_is_kept(void **state)
{
	write_ok(*state, asker_body);
}

static void
test_a_filters_file_is_mapped_as_it_was_written(void **state)
{
	struct family *f = *state;
	char path[HIT_FILE_PATH];
	struct bytes map = { 0 };
	struct ent_why why = { .text = "" };
	hit_file_path(f->at.dir, "own", "A/../B", 3, path);
	assert_null(strstr(path, ".."));
	assert_int_equal(hit_file_map(path, 100, &map, &why), ENT_ENOTFOUND);
	assert_int_equal(hit_file_write(path, bytes_of_cstr("filter"), &why), ENT_OK);
	assert_int_equal(hit_file_map(path, 5, &map, &why), ENT_ETOOBIG);
	assert_int_equal(hit_file_map(path, 6, &map, &why), ENT_OK);
	assert_true(bytes_equal(map, bytes_of_cstr("filter")));
	hit_file_unmap(&map);
	hit_file_remove(path);
	assert_int_equal(hit_file_map(path, 6, &map, &why), ENT_ENOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_reference_is_withdrawn_when_nobody_stands_behind_it,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_one_filter_is_in_force_and_the_epoch_before_can_be_followed_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_last_answered_request_is_kept_whatever_its_age,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_query_is_sealed_and_erased_when_its_time_is_over,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_askers_place_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_filters_file_is_mapped_as_it_was_written, setup,
		    teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
