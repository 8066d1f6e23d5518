/* SPDX-License-Identifier: Apache-2.0
 *
 * Decisions on matches at rest (SCR-1).
 */
#include "store_fixture.h"

#include "store/adjudications.h"
#include "store/records.h"

#include <stdio.h>
#include <string.h>

#define NOW ((ent_time)1800000000 * ENT_SECOND)
#define DECISION "{\"verdict\":\"not-same\",\"query\":{\"name\":\"Zebulon Quatermain\"}}"

struct call {
	enum { ADD, DECIDE, EACH, ERASE, OTHERS } what;
	const struct grant *g;
	struct ent_id record, id;
	const char *body;
	ent_time at;
	size_t n;
	ent_time first;
	bool yes;
};

static enum ent_err
see(void *ctx, const struct adjudication_row *row, struct bytes body, struct ent_why *why)
{
	struct call *c = ctx;
	(void)why;
	assert_true(bytes_equal(body, bytes_of_cstr(DECISION)));
	if (c->n++ == 0)
		c->first = row->decided_at;
	return ENT_OK;
}

static enum ent_err
run(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct call *c = ctx;
	struct record_row row = { .id = c->record, .type = RTYPE_PERSON, .changed_at = NOW, .others = c->yes };
	struct adjudication_row a = { .id = c->id, .record = c->record, .decided_at = c->at };
	row.label = (struct record_label){ .originator = "RAB", .legal_basis = "law", .handling = HANDLING_H1,
		.tlp = TLP_AMBER, .source = SOURCE_B, .information = 2, .subject = SUBJECT_SUSPECT,
		.review_at = NOW + ENT_DAY, .expires_at = NOW + 10 * ENT_DAY };
	switch (c->what) {
	case ADD:
		return record_put(tx, c->g, &row, bytes_of_cstr("{}"), why);
	case DECIDE:
		return adjudication_put(tx, c->g, &a, bytes_of_cstr(c->body), why);
	case EACH:
		return adjudication_each(tx, c->g, &c->record, 100, see, c, why);
	case ERASE:
		return record_erase(tx, c->g, &c->record, "court", NOW, &c->yes, why);
	case OTHERS:
		return record_others_get(tx, &c->record, &c->yes, why);
	}
	return ENT_EINTERNAL;
}

static struct ent_id
add(struct store *s, bool others)
{
	struct grant *g = fixture_grant(ACTION_WRITE, 1, 0);
	struct call c = { .what = ADD, .g = g, .record = id_new(), .yes = others };
	assert_int_equal(store_write(s, run, &c, NULL), ENT_OK);
	grant_free(g);
	return c.record;
}

static enum ent_err
decide(struct store *s, const struct ent_id *record, enum ent_action action, ent_time at)
{
	struct grant *g = fixture_grant(action, 1, 0);
	struct call c = { .what = DECIDE, .g = g, .record = *record, .id = id_new(), .body = DECISION, .at = at };
	enum ent_err err = store_write(s, run, &c, NULL);
	grant_free(g);
	return err;
}

static enum ent_err
count(struct store *s, const struct ent_id *record, enum ent_action action, struct call *out)
{
	struct grant *g = fixture_grant(action, 1, 0);
	*out = (struct call){ .what = EACH, .g = g, .record = *record };
	enum ent_err err = store_read(s, run, out, NULL);
	grant_free(g);
	return err;
}

static void
erase(struct store *s, const struct ent_id *record)
{
	struct grant *a = fixture_grant(ACTION_ERASE, 1, ROLE_SUPERVISOR), *b = fixture_grant(ACTION_ERASE, 2, ROLE_DPO);
	struct call c = { .what = ERASE, .g = a, .record = *record };
	assert_int_equal(store_write(s, run, &c, NULL), ENT_OK);
	c.g = b;
	assert_int_equal(store_write(s, run, &c, NULL), ENT_OK);
	assert_true(c.yes);
	grant_free(a);
	grant_free(b);
}

static void
test_decisions_of_a_record_come_back_newest_first_and_no_others(void **state)
{
	struct fixture *f = *state;
	struct call c;
	struct ent_id one = add(f->s, false), two = add(f->s, false);
	assert_int_equal(decide(f->s, &one, ACTION_ADJUDICATE, NOW), ENT_OK);
	assert_int_equal(decide(f->s, &one, ACTION_ADJUDICATE, NOW + 5), ENT_OK);
	fixture_reopen(f);
	assert_int_equal(count(f->s, &one, ACTION_SEARCH, &c), ENT_OK);
	assert_int_equal(c.n, 2);
	assert_true(c.first == NOW + 5);
	assert_int_equal(count(f->s, &two, ACTION_READ, &c), ENT_OK);
	assert_int_equal(c.n, 0);
}

static void
test_without_the_grant_for_it_nothing_is_decided_or_read(void **state)
{
	struct fixture *f = *state;
	struct call c;
	struct ent_id one = add(f->s, false);
	assert_int_equal(decide(f->s, &one, ACTION_SEARCH, NOW), ENT_EREFUSED);
	assert_int_equal(count(f->s, &one, ACTION_STATUS, &c), ENT_EREFUSED);
}

/* Whether the text stands anywhere in a file of the store. */
static bool
stands_in(const struct fixture *f, const char *file, const char *text)
{
	char path[128];
	static char all[4 << 20];
	(void)snprintf(path, sizeof path, "%s/%s", f->dir, file);
	FILE *in = fopen(path, "rb");
	if (in == NULL)
		return false;
	size_t n = fread(all, 1, sizeof all, in);
	(void)fclose(in);
	return memmem(all, n, text, strlen(text)) != NULL;
}

static void
test_no_query_stands_in_the_store_unsealed_and_an_erasure_takes_decisions_along(void **state)
{
	struct fixture *f = *state;
	struct call c;
	struct ent_id one = add(f->s, true), two = add(f->s, false);
	assert_int_equal(decide(f->s, &one, ACTION_ADJUDICATE, NOW), ENT_OK);
	assert_int_equal(decide(f->s, &two, ACTION_ADJUDICATE, NOW), ENT_OK);
	assert_false(stands_in(f, "records.db", "Zebulon"));
	assert_false(stands_in(f, "records.db-wal", "Zebulon"));
	struct call marked = { .what = OTHERS, .record = one };
	assert_int_equal(store_read(f->s, run, &marked, NULL), ENT_OK);
	assert_true(marked.yes);
	erase(f->s, &one);
	assert_int_equal(count(f->s, &one, ACTION_READ, &c), ENT_OK);
	assert_int_equal(c.n, 0);
	assert_int_equal(decide(f->s, &one, ACTION_ADJUDICATE, NOW), ENT_ENOTFOUND); /* its key is gone */
	assert_int_equal(store_read(f->s, run, &marked, NULL), ENT_OK);
	assert_false(marked.yes);
	assert_int_equal(count(f->s, &two, ACTION_READ, &c), ENT_OK);
	assert_int_equal(c.n, 1);
}

static void
test_verdicts_are_those_of_the_registry(void **state)
{
	(void)state;
	assert_int_equal(verdict_of("not-same"), VERDICT_NOT_SAME);
	assert_string_equal(verdict_name(VERDICT_UNSURE), "unsure");
	assert_int_equal(verdict_of("guilty"), VERDICT_NONE);
	assert_int_equal(verdict_of(NULL), VERDICT_NONE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_decisions_of_a_record_come_back_newest_first_and_no_others),
		T(test_without_the_grant_for_it_nothing_is_decided_or_read),
		T(test_no_query_stands_in_the_store_unsealed_and_an_erasure_takes_decisions_along),
		cmocka_unit_test(test_verdicts_are_those_of_the_registry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
