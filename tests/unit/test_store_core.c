/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "store/db.h"
#include "store/keys.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define THREADS 32
#define ROUNDS 20

/* ---- bodies: the table `setting` serves as a scratch pad ---------------------------------------- */

struct scratch {
	const char *name;
	int64_t value;
	enum ent_err answer; /* what the body returns after it wrote */
	int64_t found;
	struct ent_id id;
	struct buf sealed;
	bool slow;
};

static enum ent_err
put(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	struct db_stmt *st = db_begin(tx, DB_SETTING_PUT);
	db_text(st, 1, x->name);
	db_int(st, 2, x->value);
	enum ent_err err = db_run(st, NULL, why);
	return err != ENT_OK ? err : x->answer;
}

static enum ent_err
get(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	bool row;
	struct db_stmt *st = db_begin(tx, DB_SETTING_GET);
	db_text(st, 1, x->name);
	enum ent_err err = db_step(st, &row, why);
	x->found = err == ENT_OK && row ? db_col_int(st, 0) : -1;
	db_done(st);
	return err;
}

static int64_t
value_of(struct store *s, const char *name)
{
	struct scratch x = { .name = name };
	assert_int_equal(store_read(s, get, &x, NULL), ENT_OK);
	return x.found;
}

static void
test_what_was_written_is_there_after_reopening(void **state)
{
	struct fixture *f = *state;
	struct scratch x = { .name = "a", .value = INT64_MIN };
	assert_int_equal(store_write(f->s, put, &x, NULL), ENT_OK);
	fixture_reopen(f);
	assert_true(value_of(f->s, "a") == INT64_MIN);
}

static void
test_a_store_is_not_made_twice_nor_opened_twice(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	struct ent_why why = { 0 };
	assert_int_equal(store_create(f->dir, &why), ENT_EEXISTS);
	assert_int_equal(store_open(f->dir, fixture_key, &other, &why), ENT_EBUSY);
	assert_null(other);
}

static void
test_a_wrong_store_key_does_not_open(void **state)
{
	struct fixture *f = *state;
	uint8_t wrong[CRYPTO_KEY_LEN] = { 8 };
	struct ent_why why = { 0 };
	store_close(f->s);
	f->s = NULL;
	assert_int_equal(store_open(f->dir, wrong, &f->s, &why), ENT_ESIG);
	assert_null(f->s);
}

static enum ent_err
wait_then_put(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	if (x->slow)
		usleep(50000); /* so that the others queue up behind, and share the next group */
	return put(tx, ctx, why);
}

struct writing {
	struct store *s;
	struct scratch x;
	enum ent_err err;
	pthread_t thread;
};

static void *
write_one(void *ctx)
{
	struct writing *w = ctx;
	w->err = store_write(w->s, wait_then_put, &w->x, NULL);
	return NULL;
}

static void
test_one_body_of_a_group_fails_and_the_others_are_durable(void **state)
{
	struct fixture *f = *state;
	struct writing w[4] = {
		{ .x = { .name = "first", .value = 1, .slow = true } },
		{ .x = { .name = "good", .value = 2 } },
		{ .x = { .name = "bad", .value = 3, .answer = ENT_EREFUSED } },
		{ .x = { .name = "also", .value = 4 } },
	};
	for (size_t i = 0; i < 4; i++) {
		w[i].s = f->s;
		assert_int_equal(pthread_create(&w[i].thread, NULL, write_one, &w[i]), 0);
		usleep(5000);
	}
	for (size_t i = 0; i < 4; i++)
		(void)pthread_join(w[i].thread, NULL);
	assert_int_equal(w[0].err, ENT_OK);
	assert_int_equal(w[1].err, ENT_OK);
	assert_int_equal(w[2].err, ENT_EREFUSED);
	assert_int_equal(w[3].err, ENT_OK);
	fixture_reopen(f);
	assert_int_equal(value_of(f->s, "first"), 1);
	assert_int_equal(value_of(f->s, "good"), 2);
	assert_int_equal(value_of(f->s, "bad"), -1);
	assert_int_equal(value_of(f->s, "also"), 4);
}

static enum ent_err
add_one(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	enum ent_err err = get(tx, x, why);
	x->value = x->found < 0 ? 1 : x->found + 1;
	return err == ENT_OK ? put(tx, x, why) : err;
}

static void *
count_up(void *ctx)
{
	struct store *s = ctx;
	for (int i = 0; i < ROUNDS; i++) {
		struct scratch x = { .name = "count" }, y = { .name = "count" };
		assert_int_equal(store_write(s, add_one, &x, NULL), ENT_OK);
		assert_int_equal(store_read(s, get, &y, NULL), ENT_OK);
		assert_true(y.found >= x.value); /* one reads one's own write */
	}
	return NULL;
}

static void
test_32_threads_lose_no_write(void **state)
{
	struct fixture *f = *state;
	pthread_t t[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, count_up, f->s), 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(t[i], NULL);
	assert_int_equal(value_of(f->s, "count"), THREADS * ROUNDS);
}

static enum ent_err
outer(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	struct scratch inner = { .name = "inner", .value = 1, .answer = ENT_ESTATE };
	enum ent_err err = put(tx, x, why);
	if (err == ENT_OK && store_nested(tx, put, &inner, why) != ENT_ESTATE)
		err = ENT_EINTERNAL;
	inner = (struct scratch){ .name = "kept", .value = 2 };
	return err == ENT_OK ? store_nested(tx, put, &inner, why) : err;
}

static void
test_a_nested_body_that_fails_takes_only_its_own_back(void **state)
{
	struct fixture *f = *state;
	struct scratch x = { .name = "outer", .value = 1 };
	assert_int_equal(store_write(f->s, outer, &x, NULL), ENT_OK);
	assert_int_equal(value_of(f->s, "outer"), 1);
	assert_int_equal(value_of(f->s, "inner"), -1);
	assert_int_equal(value_of(f->s, "kept"), 2);
}

static enum ent_err
misuse(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	(void)ctx;
	bool row = true;
	struct db_stmt *st = db_begin(tx, DB_SETTING_GET);
	db_int(st, 9, 1); /* there is no $9 */
	db_text(st, 1, "a");
	assert_int_equal(db_step(st, &row, why), ENT_EINTERNAL);
	assert_false(row);
	assert_int_equal(db_step(st, &row, why), ENT_EINTERNAL); /* sticky */
	db_done(st);
	st = db_begin(tx, DB_SETTING_GET); /* and gone with the next use */
	db_text(st, 1, "a");
	struct db_stmt *again = db_begin(tx, DB_SETTING_GET); /* the same, inside its own loop */
	db_text(again, 1, "b");
	assert_ptr_not_equal(st, again);
	assert_int_equal(db_step(again, &row, why), ENT_OK);
	db_done(again);
	enum ent_err err = db_step(st, &row, why);
	db_done(st);
	return err;
}

static void
test_errors_of_a_statement_are_sticky_until_done(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	assert_int_equal(store_read(f->s, misuse, NULL, &why), ENT_OK);
}

static void
test_a_reader_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct scratch x = { .name = "a", .value = 1 };
	assert_int_not_equal(store_read(f->s, put, &x, NULL), ENT_OK);
	assert_int_equal(value_of(f->s, "a"), -1);
}

/* ---- data keys ------------------------------------------------------------------------------------ */

static enum ent_err
seal(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	buf_reset(&x->sealed);
	enum ent_err err = store_seal_new(tx, &x->id, bytes_of_cstr("secret of a person"),
	    &x->sealed, why);
	return err != ENT_OK ? err : x->answer;
}

static enum ent_err
erase(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	return store_key_erase(tx, &x->id, why);
}

static enum ent_err
unseal(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct scratch *x = ctx;
	struct buf out;
	buf_init(&out, 100);
	enum ent_err err = store_unseal(tx, &x->id, buf_bytes(&x->sealed), &out, why);
	if (err == ENT_OK)
		assert_string_equal(buf_cstr(&out), "secret of a person");
	buf_done(&out);
	return err;
}

static void
test_what_is_sealed_opens_until_its_key_is_erased(void **state)
{
	struct fixture *f = *state;
	struct scratch x = { .id = id_new() };
	char path[100];
	struct stat st;
	buf_init(&x.sealed, 1000);
	assert_int_equal(store_write(f->s, seal, &x, NULL), ENT_OK);
	assert_int_equal(store_write(f->s, seal, &x, NULL), ENT_EEXISTS);
	buf_reset(&x.sealed);
	x.id = id_new();
	assert_int_equal(store_write(f->s, seal, &x, NULL), ENT_OK);
	assert_int_equal(store_read(f->s, unseal, &x, NULL), ENT_OK);
	fixture_reopen(f);
	assert_int_equal(store_read(f->s, unseal, &x, NULL), ENT_OK);
	assert_int_equal(store_write(f->s, erase, &x, NULL), ENT_OK);
	assert_int_equal(store_read(f->s, unseal, &x, NULL), ENT_ENOTFOUND);
	(void)snprintf(path, sizeof path, "%s/keys.db-wal", f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0); /* nothing of the key is left in the log */
	buf_done(&x.sealed);
}

static void
test_a_body_that_fails_leaves_no_key(void **state)
{
	struct fixture *f = *state;
	struct scratch x = { .id = id_new(), .answer = ENT_ESTATE };
	buf_init(&x.sealed, 1000);
	assert_int_equal(store_write(f->s, seal, &x, NULL), ENT_ESTATE);
	assert_int_equal(store_read(f->s, unseal, &x, NULL), ENT_ENOTFOUND);
	x.answer = ENT_OK;
	assert_int_equal(store_write(f->s, seal, &x, NULL), ENT_OK);
	assert_int_equal(store_read(f->s, unseal, &x, NULL), ENT_OK);
	buf_done(&x.sealed);
}

static void
test_rewrapping_keeps_the_data_and_shuts_out_the_old_key(void **state)
{
	struct fixture *f = *state;
	struct scratch x[3] = { { .name = "" } };
	uint8_t other[CRYPTO_KEY_LEN] = { 99 };
	struct ent_why why = { 0 };
	for (size_t i = 0; i < 3; i++) {
		x[i].id = id_new();
		buf_init(&x[i].sealed, 1000);
		assert_int_equal(store_write(f->s, seal, &x[i], NULL), ENT_OK);
	}
	assert_int_equal(store_rewrap(f->s, other, &why), ENT_OK);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(store_read(f->s, unseal, &x[i], NULL), ENT_OK);
	store_close(f->s);
	f->s = NULL;
	assert_int_equal(store_open(f->dir, fixture_key, &f->s, &why), ENT_ESIG);
	assert_int_equal(store_open(f->dir, other, &f->s, &why), ENT_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(store_read(f->s, unseal, &x[i], NULL), ENT_OK);
		buf_done(&x[i].sealed);
	}
}

static void
test_a_commit_that_fails_is_told_to_all_and_nothing_is_there(void **state)
{
	struct fixture *f = *state;
	char path[100];
	struct stat st;
	struct rlimit old, small;
	struct scratch x = { .name = "lost", .value = 1, .id = id_new() };
	struct scratch y = { .name = "later", .value = 1 };
	buf_init(&x.sealed, 1000);
	assert_int_equal(value_of(f->s, "lost"), -1); /* a reader stands ready */
	(void)snprintf(path, sizeof path, "%s/records.db-wal", f->dir);
	assert_int_equal(stat(path, &st), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = (rlim_t)st.st_size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(store_write(f->s, put, &x, NULL), ENT_EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(value_of(f->s, "lost"), -1);
	assert_int_equal(store_write(f->s, put, &y, NULL), ENT_EIO); /* no more trust in the disk */
	fixture_reopen(f);
	assert_int_equal(value_of(f->s, "lost"), -1);
	assert_int_equal(store_write(f->s, put, &y, NULL), ENT_OK);
	buf_done(&x.sealed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_what_was_written_is_there_after_reopening),
		T(test_a_store_is_not_made_twice_nor_opened_twice),
		T(test_a_wrong_store_key_does_not_open),
		T(test_one_body_of_a_group_fails_and_the_others_are_durable),
		T(test_32_threads_lose_no_write),
		T(test_a_nested_body_that_fails_takes_only_its_own_back),
		T(test_errors_of_a_statement_are_sticky_until_done),
		T(test_a_reader_cannot_write),
		T(test_what_is_sealed_opens_until_its_key_is_erased),
		T(test_a_body_that_fails_leaves_no_key),
		T(test_rewrapping_keeps_the_data_and_shuts_out_the_old_key),
		T(test_a_commit_that_fails_is_told_to_all_and_nothing_is_there),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
