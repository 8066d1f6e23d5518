/* SPDX-License-Identifier: Apache-2.0
 *
 * A store that an earlier version of the program made is brought up to this one's tables, with what is in
 * it; one that a later version made, or another, is refused.
 */
#include "store_fixture.h"

#include "store/engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 64

static struct conn *
writer(struct fixture *f, const char *file)
{
	struct ent_why why = { .text = "" };
	struct conn *c = NULL;
	if (conn_open(f->dir, file, CONN_WRITER, &c, &why) != ENT_OK)
		fail_msg("%s", why.text);
	return c;
}

static size_t
length(const struct migration *list)
{
	size_t n = 0;
	while (list[n].sql != NULL)
		n++;
	assert_true(n < LIST_MAX - 2);
	return n;
}

/* An empty file with the first n migrations of this program: what an earlier one left. */
static struct conn *
earlier(struct fixture *f, const char *file, size_t n)
{
	struct migration list[LIST_MAX] = { 0 };
	struct ent_why why = { .text = "" };
	char path[128];
	(void)snprintf(path, sizeof path, "%s/%s", f->dir, file);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	memcpy(list, migrations_records, n * sizeof list[0]);
	struct conn *c = writer(f, file);
	if (conn_migrate(c, list, &why) != ENT_OK)
		fail_msg("%s", why.text);
	return c;
}

static void
test_an_earlier_store_is_brought_up_and_keeps_what_it_has(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { .text = "" };
	size_t all = length(migrations_records);
	for (size_t n = 1; n < all; n++) {
		char file[32];
		int64_t value = 0;
		(void)snprintf(file, sizeof file, "earlier-%zu.db", n);
		struct conn *c = earlier(f, file, n);
		conn_close(c);
		c = writer(f, file);
		if (conn_migrate(c, migrations_records, &why) != ENT_OK)
			fail_msg("from %zu: %s", n, why.text);
		/* every statement can be prepared now, and a second run changes nothing */
		assert_int_equal(conn_setting_put(c, "kept", 7, &why), ENT_OK);
		assert_int_equal(conn_migrate(c, migrations_records, &why), ENT_OK);
		assert_int_equal(conn_setting_get(c, "kept", 0, &value, &why), ENT_OK);
		assert_int_equal(value, 7);
		conn_close(c);
	}
}

static void
test_rows_stay_when_a_table_grows(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { .text = "" };
	struct migration list[LIST_MAX] = { 0 };
	int64_t value = 0;
	size_t all = length(migrations_records);
	struct conn *c = earlier(f, "grows.db", all);
	assert_int_equal(conn_setting_put(c, "kept", 7, &why), ENT_OK);
	conn_close(c);
	memcpy(list, migrations_records, all * sizeof list[0]);
	list[all] = (struct migration){ 9000, "9000-grows", "ALTER TABLE setting ADD COLUMN note {text};\n"
		"CREATE TABLE grown (id {id} PRIMARY KEY) {keyed};" };
	c = writer(f, "grows.db");
	if (conn_migrate(c, list, &why) != ENT_OK)
		fail_msg("%s", why.text);
	assert_int_equal(conn_setting_get(c, "kept", 0, &value, &why), ENT_OK);
	assert_int_equal(value, 7);
	conn_close(c);
}

static void
test_a_migration_that_fails_leaves_nothing_of_itself(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { .text = "" };
	struct migration list[LIST_MAX] = { 0 };
	size_t all = length(migrations_records);
	struct conn *c = earlier(f, "fails.db", all);
	memcpy(list, migrations_records, all * sizeof list[0]);
	list[all] = (struct migration){ 9000, "9000-fails",
		"CREATE TABLE half (id {id} PRIMARY KEY) {keyed};\nCREATE TABLE setting (id {int});" };
	assert_int_not_equal(conn_migrate(c, list, &why), ENT_OK);
	assert_non_null(strstr(why.text, "9000-fails"));
	list[all].sql = "CREATE TABLE half (id {id} PRIMARY KEY) {keyed};"; /* mended */
	assert_int_equal(conn_migrate(c, list, &why), ENT_OK);
	conn_close(c);
}

static void
test_a_later_or_another_programs_store_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { .text = "" };
	struct migration list[LIST_MAX] = { 0 };
	size_t all = length(migrations_records);
	store_close(f->s);
	f->s = NULL;
	memcpy(list, migrations_records, all * sizeof list[0]);
	list[all] = (struct migration){ 9000, "9000-later", "CREATE TABLE later (id {id} PRIMARY KEY) {keyed};" };
	struct conn *c = writer(f, "records.db");
	assert_int_equal(conn_migrate(c, list, &why), ENT_OK);
	conn_close(c);
	assert_int_equal(store_open(f->dir, fixture_key, &f->s, &why), ENT_ESTATE);
	assert_non_null(strstr(why.text, "9000-later"));
	assert_non_null(strstr(why.text, "later version"));
	list[0].name = "another";
	c = writer(f, "records.db");
	assert_int_equal(conn_migrate(c, list, &why), ENT_ESTATE);
	conn_close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_an_earlier_store_is_brought_up_and_keeps_what_it_has),
		T(test_rows_stay_when_a_table_grows),
		T(test_a_migration_that_fails_leaves_nothing_of_itself),
		T(test_a_later_or_another_programs_store_is_refused),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
