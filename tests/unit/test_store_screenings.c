/* SPDX-License-Identifier: Apache-2.0
 *
 * Screenings at rest: SCR-6, SCR-7, SCR-8.
 */
#include "store_fixture.h"

#include "store/records.h"
#include "store/screenings.h"

#include <stdio.h>
#include <string.h>

#define NOW ((ent_time)1800000000 * ENT_SECOND)
#define ROW "{\"row\":1,\"name\":\"Zebulon Quatermain\"}"

/* One call into the family, as a body. */
struct call {
	enum { ADD, BEGIN, ADVANCE, END, CLOSE, EXPIRE, GET, PROGRESS, PAGE, DECIDE, ERASE, COUNT } what;
	const struct grant *g;
	struct screening_row row;
	struct ent_id record;
	int64_t to, n;
	size_t hits;
	bool undecided, yes;
	struct buf text;
	struct screening_counts counts;
};

static enum ent_err
see(void *ctx, const struct candidate_row *row, struct bytes text, struct ent_why *why)
{
	struct call *c = ctx;
	(void)why;
	assert_true(bytes_equal(text, bytes_of_cstr(ROW)));
	assert_true(row->seq > 0);
	c->n++;
	return ENT_OK;
}

static enum ent_err
add(struct store_tx *tx, struct call *c, struct ent_why *why)
{
	struct record_row row = { .id = c->record, .type = RTYPE_PERSON, .changed_at = NOW };
	row.label = (struct record_label){ .originator = "RAB", .legal_basis = "law", .handling = HANDLING_H1,
		.tlp = TLP_AMBER, .source = SOURCE_B, .information = 2, .subject = SUBJECT_SUSPECT,
		.review_at = NOW + ENT_DAY, .expires_at = NOW + 10 * ENT_DAY };
	return record_put(tx, c->g, &row, bytes_of_cstr("{}"), why);
}

static enum ent_err
decide(struct store_tx *tx, struct call *c, struct ent_why *why)
{
	struct candidate_row k;
	enum ent_err err = candidate_get(tx, c->g, &c->row, c->to, &k, &c->text, why);
	return err == ENT_OK ? candidate_decide(tx, c->g, &c->row, &k, VERDICT_NOT_SAME, why) : err;
}

static enum ent_err
run(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct call *c = ctx;
	struct screening_hit hit = { .record = c->record, .text = bytes_of_cstr(ROW), .strong = true };
	struct screening_hit hits[3] = { hit, hit, hit };
	switch (c->what) {
	case ADD: return add(tx, c, why);
	case BEGIN: return screening_begin(tx, c->g, &c->row, bytes_of_cstr("SECRET place"), why);
	case ADVANCE: return screening_advance(tx, c->g, &c->row, c->to, hits, c->hits, bytes_of_cstr("SECRET next"), why);
	case END: return screening_end(tx, c->g, &c->row.id, NOW, why);
	case CLOSE: return screening_close(tx, c->g, &c->row.id, NOW, why);
	case EXPIRE: return screening_expire(tx, c->to, 10, &c->n, why);
	case GET: return screening_get(tx, &c->row.id, &c->row, why);
	case PROGRESS: return screening_progress(tx, c->g, &c->row.id, &c->text, why);
	case PAGE: return candidate_page(tx, c->g, &c->row, c->to, 100, c->undecided, see, c, why);
	case DECIDE: return decide(tx, c, why);
	case ERASE: return record_erase(tx, c->g, &c->record, "court", NOW, &c->yes, why);
	case COUNT: return screening_count(tx, &c->counts, why);
	}
	return ENT_EINTERNAL;
}

/* In the writer, with a grant for that action (NONE: without). */
static enum ent_err
act(struct store *s, struct call *c, enum ent_action action)
{
	struct grant *g = action == ACTION_NONE ? NULL : fixture_grant(action, 1, 0);
	c->g = g;
	enum ent_err err = store_write(s, run, c, NULL);
	grant_free(g);
	c->g = NULL;
	return err;
}

static void
begin(struct store *s, struct call *c)
{
	*c = (struct call){ .what = ADD, .record = id_new() };
	buf_init(&c->text, 4096);
	assert_int_equal(act(s, c, ACTION_WRITE), ENT_OK);
	c->row = (struct screening_row){ .id = id_new(), .results = id_new(), .purpose = PURPOSE_BORDER,
		.started_at = NOW, .expires_at = NOW + ENT_DAY };
	c->what = BEGIN;
	assert_int_equal(act(s, c, ACTION_SCREEN), ENT_OK);
	c->what = ADVANCE;
	c->to = 1000;
	c->hits = 2;
	assert_int_equal(act(s, c, ACTION_SCREEN), ENT_OK);
	c->what = GET;
	assert_int_equal(act(s, c, ACTION_NONE), ENT_OK);
}

static int64_t
candidates(struct store *s, struct call *c, bool undecided)
{
	c->what = PAGE;
	c->to = c->n = 0;
	c->undecided = undecided;
	assert_int_equal(act(s, c, ACTION_SCREEN), ENT_OK);
	return c->n;
}

static void
test_a_screening_goes_on_from_where_it_stood(void **state)
{
	struct fixture *f = *state;
	struct call c;
	begin(f->s, &c);
	fixture_reopen(f);
	assert_int_equal(c.row.rows, 1000);
	assert_int_equal(c.row.candidates, 2);
	assert_int_equal(c.row.strong, 2);
	c.what = PROGRESS;
	assert_int_equal(act(f->s, &c, ACTION_SCREEN), ENT_OK);
	assert_string_equal(buf_cstr(&c.text), "SECRET next");
	c.what = ADVANCE;
	c.to = 1500;
	c.hits = 1;
	struct call late = c; /* somebody who still believes in row 1000 */
	assert_int_equal(act(f->s, &c, ACTION_SCREEN), ENT_OK);
	assert_int_equal(act(f->s, &late, ACTION_SCREEN), ENT_ECONFLICT);
	assert_int_equal(candidates(f->s, &c, false), 3);
	buf_done(&c.text);
}

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
test_nothing_of_a_list_stands_unsealed_and_its_place_goes_with_its_end(void **state)
{
	struct fixture *f = *state;
	struct call c;
	begin(f->s, &c);
	static const char *const files[] = { "records.db", "records.db-wal" };
	for (size_t i = 0; i < 2; i++) {
		assert_false(stands_in(f, files[i], "Zebulon"));
		assert_false(stands_in(f, files[i], "SECRET"));
	}
	c.what = END;
	assert_int_equal(act(f->s, &c, ACTION_SCREEN), ENT_OK);
	assert_int_equal(act(f->s, &c, ACTION_SCREEN), ENT_ECONFLICT);
	c.what = PROGRESS;
	assert_int_equal(act(f->s, &c, ACTION_SCREEN), ENT_ESTATE);
	assert_int_equal(candidates(f->s, &c, false), 2);
	buf_done(&c.text);
}

static void
test_a_decision_marks_its_candidate_and_counts_once(void **state)
{
	struct fixture *f = *state;
	struct call c;
	begin(f->s, &c);
	c.what = DECIDE;
	c.to = 2;
	assert_int_equal(act(f->s, &c, ACTION_SCREEN), ENT_EREFUSED);
	assert_int_equal(act(f->s, &c, ACTION_ADJUDICATE), ENT_OK);
	assert_int_equal(act(f->s, &c, ACTION_ADJUDICATE), ENT_OK);
	assert_int_equal(candidates(f->s, &c, true), 1);
	c.what = GET;
	assert_int_equal(act(f->s, &c, ACTION_NONE), ENT_OK);
	assert_int_equal(c.row.decided, 1);
	c.what = DECIDE;
	c.to = 9;
	assert_int_equal(act(f->s, &c, ACTION_ADJUDICATE), ENT_ENOTFOUND);
	buf_done(&c.text);
}

static void
test_candidates_go_with_their_record_with_the_close_and_at_the_end(void **state)
{
	struct fixture *f = *state;
	struct call c, d;
	begin(f->s, &c);
	begin(f->s, &d);
	struct grant *a = fixture_grant(ACTION_ERASE, 1, ROLE_SUPERVISOR), *b = fixture_grant(ACTION_ERASE, 2, ROLE_DPO);
	c.what = ERASE;
	c.g = a;
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_OK);
	c.g = b;
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_OK);
	grant_free(a);
	grant_free(b);
	assert_int_equal(candidates(f->s, &c, false), 0);
	assert_int_equal(candidates(f->s, &d, false), 2);
	c.what = ADVANCE; /* a hit on a record that is erased meanwhile is left out */
	c.to = 1200;
	c.hits = 3;
	assert_int_equal(act(f->s, &c, ACTION_SCREEN), ENT_OK);
	assert_int_equal(candidates(f->s, &c, false), 0);
	d.what = CLOSE;
	assert_int_equal(act(f->s, &d, ACTION_SEARCH), ENT_EREFUSED);
	assert_int_equal(act(f->s, &d, ACTION_SCREEN), ENT_OK);
	assert_int_equal(act(f->s, &d, ACTION_SCREEN), ENT_ESTATE);
	assert_int_equal(candidates(f->s, &d, false), 0);
	c.what = EXPIRE;
	c.to = NOW;
	assert_int_equal(act(f->s, &c, ACTION_NONE), ENT_OK);
	assert_int_equal(c.n, 0);
	c.to = NOW + ENT_DAY;
	assert_int_equal(act(f->s, &c, ACTION_NONE), ENT_OK);
	assert_int_equal(c.n, 1);
	c.what = COUNT;
	assert_int_equal(act(f->s, &c, ACTION_NONE), ENT_OK);
	assert_int_equal(c.counts.running + c.counts.open + c.counts.undecided, 0);
	buf_done(&c.text);
	buf_done(&d.text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_screening_goes_on_from_where_it_stood),
		T(test_nothing_of_a_list_stands_unsealed_and_its_place_goes_with_its_end),
		T(test_a_decision_marks_its_candidate_and_counts_once),
		T(test_candidates_go_with_their_record_with_the_close_and_at_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
