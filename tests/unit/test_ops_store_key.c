/* SPDX-License-Identifier: Apache-2.0
 *
 * The key that wraps the data keys: replaced on its day or by an administrator, and wherever that stops
 * halfway, the node opens its store again and goes on from there.
 */
#include "two_nodes.h"

#include "ops/store_key.h"
#include "store/keys.h"

static void
look(struct two_side *s, int64_t records)
{
	struct ent_why why = { .text = "" };
	struct js *in = js_object(), *out = NULL;
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	enum ent_err err = two_call(s, 0, ROLE_SUPERVISOR, "/v1/record/list", in, &out, &why);
	if (err != ENT_OK)
		fail_msg("list: %s", why.text);
	assert_int_equal(js_len(js_get(out, "records")), records);
	js_free(out);
}

/* keys.db as a backup would have it: the node is stopped, so nothing is in its log. */
static void
keys_copy(struct two_side *s, struct buf *out)
{
	struct ent_why why = { .text = "" };
	char path[120];
	(void)snprintf(path, sizeof path, "%s/store/keys.db", s->dir);
	buf_init(out, (size_t)16 << 20);
	assert_int_equal(file_read(path, out, &why), ENT_OK);
}

static void
keys_put_back(struct two_side *s, struct bytes keys)
{
	struct ent_why why = { .text = "" };
	char path[120];
	(void)snprintf(path, sizeof path, "%s/store/keys.db", s->dir);
	assert_int_equal(file_replace(path, keys, 0600, &why), ENT_OK);
}

static bool
opens(struct two_side *s)
{
	struct ent_why why = { .text = "" };
	char path[120];
	(void)snprintf(path, sizeof path, "%s/keeper", s->dir);
	assert_int_equal(keeper_start(path, true, &s->keeper, &why), ENT_OK);
	assert_int_equal(keeper_unlock(s->keeper.fd, bytes_of_cstr("a passphrase"), &why), ENT_OK);
	struct node_options opt = { .dir = s->dir, .keeper_fd = s->keeper.fd, .sandbox = "none" };
	enum ent_err err = node_open(&opt, &s->node, &why);
	if (err != ENT_OK)
		assert_int_equal(err, ENT_ESIG);
	two_close(s);
	return err == ENT_OK;
}

static void
test_its_day_comes_and_a_copy_from_before_opens_no_more(void **state)
{
	struct two_nodes *t = *state;
	struct buf before, after;
	ent_time due, later;
	two_close(&t->rab);
	keys_copy(&t->rab, &before);
	assert_true(opens(&t->rab));
	two_open(&t->rab);
	(void)store_key_made(t->rab.node, &due);
	(void)runner_keys(t->rab.node, due - ENT_SECOND);
	(void)store_key_made(t->rab.node, &later);
	assert_int_equal(later, due); /* not yet */
	(void)node_tick(t->rab.node, LANE_FILTERS, due);
	(void)store_key_made(t->rab.node, &later);
	assert_int_equal(later, due + STORE_KEY_DAYS * ENT_DAY);
	look(&t->rab, 1);
	two_close(&t->rab);
	keys_copy(&t->rab, &after);
	keys_put_back(&t->rab, buf_bytes(&before));
	assert_false(opens(&t->rab));
	keys_put_back(&t->rab, buf_bytes(&after));
	two_open(&t->rab);
	look(&t->rab, 1);
	(void)store_key_made(t->rab.node, &later);
	assert_int_equal(later, due + STORE_KEY_DAYS * ENT_DAY); /* the keeper remembers */
	buf_done(&before);
	buf_done(&after);
}

static void
test_an_administrator_replaces_it_and_nobody_else(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	ent_time made, due;
	assert_int_not_equal(two_call(&t->bru, 0, ROLE_SUPERVISOR, "/v1/rekey", js_object(), NULL, &why),
	    ENT_OK);
	assert_string_equal(why.clause, "role");
	made = store_key_made(t->bru.node, &due);
	js_free(two_must(&t->bru, 0, ROLE_ADMIN, "/v1/rekey", js_object()));
	assert_true(store_key_made(t->bru.node, &due) > made);
	look(&t->bru, 0);
	two_close(&t->bru);
	two_open(&t->bru);
}

/* The keeper has made the next key; the node stopped before it wrapped anything. */
static void
test_a_next_key_that_was_never_used_is_used_the_next_time(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	uint8_t next[CRYPTO_KEY_LEN], again[CRYPTO_KEY_LEN];
	assert_int_equal(keeper_store_key_next(node_keeper(t->rab.node), clock_now(), next, &why), ENT_OK);
	two_close(&t->rab);
	two_open(&t->rab);
	look(&t->rab, 1);
	assert_int_equal(keeper_store_key_next(node_keeper(t->rab.node), clock_now(), again, &why), ENT_OK);
	assert_memory_equal(next, again, sizeof next);
	assert_int_equal(store_key_renew(t->rab.node, clock_now(), &why), ENT_OK);
	look(&t->rab, 1);
}

/* All is wrapped anew; the keeper was not told any more. */
static void
test_a_key_that_wraps_already_is_settled_at_the_next_start(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	uint8_t next[CRYPTO_KEY_LEN], other[CRYPTO_KEY_LEN];
	assert_int_equal(keeper_store_key_next(node_keeper(t->rab.node), clock_now(), next, &why), ENT_OK);
	assert_int_equal(store_rewrap(node_store(t->rab.node), next, &why), ENT_OK);
	two_close(&t->rab);
	two_open(&t->rab);
	look(&t->rab, 1);
	assert_int_equal(keeper_store_key_next(node_keeper(t->rab.node), clock_now(), other, &why), ENT_OK);
	assert_memory_not_equal(next, other, sizeof next); /* next is the current one now */
	assert_int_equal(store_key_renew(t->rab.node, clock_now(), &why), ENT_OK);
	look(&t->rab, 1);
	two_close(&t->rab);
	two_open(&t->rab);
	look(&t->rab, 1);
}

static int
setup(void **state)
{
	struct two_nodes *t = two_new(NULL);
	(void)two_person(&t->rab, "Salma Haddad", "1991-07-08", NULL, SUBJECT_SUSPECT,
	    clock_now() + 300 * ENT_DAY);
	two_agree(t, NULL);
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
		cmocka_unit_test(test_its_day_comes_and_a_copy_from_before_opens_no_more),
		cmocka_unit_test(test_an_administrator_replaces_it_and_nobody_else),
		cmocka_unit_test(test_a_next_key_that_was_never_used_is_used_the_next_time),
		cmocka_unit_test(test_a_key_that_wraps_already_is_settled_at_the_next_start),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
