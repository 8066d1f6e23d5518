/* SPDX-License-Identifier: Apache-2.0
 *
 * The feeds family: which exchange a receipt is of.
 */
#include "base/arena.h"
#include "store/feeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define THREADS 50

static struct thread_row
thread_number(unsigned n)
{
	struct thread_row row = { .state = 1, .urgency = 1, .request_seq = 2 * n + 1 };
	row.ref.b[0] = 1;
	row.ref.b[15] = (uint8_t)n;
	(void)snprintf(row.agreement, sizeof row.agreement, "AGR-%u", n % 2);
	(void)snprintf(row.asker, sizeof row.asker, "%s", n % 4 < 2 ? "BRU" : "RAB");
	(void)snprintf(row.answerer, sizeof row.answerer, "%s", n % 4 < 2 ? "RAB" : "BRU");
	return row;
}

static enum ent_err
put_all(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	(void)ctx;
	for (unsigned n = 0; n < THREADS; n++) {
		struct thread_row row = thread_number(n);
		assert_int_equal(thread_put(tx, &row, why), ENT_OK);
	}
	/* the clarification of the fourth has the number behind its request's */
	struct thread_row row = thread_number(4);
	row.clarification_seq = row.request_seq + 1;
	return thread_put(tx, &row, why);
}

static enum ent_err
look_up(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct thread_row row;
	(void)ctx;
	for (unsigned n = 0; n < THREADS; n++) {
		struct thread_row want = thread_number(n);
		const char *other = strcmp(want.asker, "BRU") == 0 ? "RAB" : "BRU";
		assert_int_equal(thread_of_seq(tx, want.agreement, want.asker, want.request_seq, &row,
		    why), ENT_OK);
		assert_memory_equal(&row.ref, &want.ref, sizeof row.ref);
		assert_int_equal(thread_of_seq(tx, want.agreement, other, want.request_seq, &row, why),
		    ENT_ENOTFOUND);
		assert_int_equal(thread_of_seq(tx, "AGR-9", want.asker, want.request_seq, &row, why),
		    ENT_ENOTFOUND);
	}
	assert_int_equal(thread_of_seq(tx, "AGR-0", "BRU", 10, &row, why), ENT_OK);
	assert_int_equal(row.ref.b[15], 4);
	assert_int_equal(row.request_seq, 9);
	assert_int_equal(thread_of_seq(tx, "AGR-0", "BRU", 12, &row, why), ENT_ENOTFOUND);
	return ENT_OK;
}

static void
a_receipt_finds_its_request_or_clarification_and_no_other(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	assert_int_equal(store_write(f->s, put_all, NULL, &why), ENT_OK);
	assert_int_equal(store_read(f->s, look_up, NULL, &why), ENT_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_receipt_finds_its_request_or_clarification_and_no_other, fixture_setup,
		    fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
