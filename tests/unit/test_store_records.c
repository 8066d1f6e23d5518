/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "store/db.h"
#include "store/engine.h"
#include "store/keys.h"
#include "store/records.h"

#define NOW ((ent_time)1800000000 * ENT_SECOND)
#define BODY "{\"statements\":[\"Fatima, entirely invented\"]}"

/* One call into the family, as a body. */
struct call {
	enum { PUT, REPLACE, GET, CODES, ERASE, EXPIRE, BEGIN, FLIP, COUNT, PAGE, DUE } what;
	const struct grant *g;
	struct record_row row;
	struct ent_id id;
	ent_time now;
	struct buf body;
	bool erased;
	int64_t n;
	struct record_counts counts;
	struct record_query q;
	enum record_due which;
	struct ent_id last;
};

static enum ent_err
tally(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	struct call *c = ctx;
	(void)why;
	if (c->what == PAGE)
		assert_true(bytes_equal(body, bytes_of_cstr(BODY)));
	c->last = row->id;
	c->n++;
	return ENT_OK;
}

static enum ent_err
run(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct call *c = ctx;
	struct record_due_query due = { .which = c->which, .now = c->now, .after_time = INT64_MIN,
		.max = 100 };
	switch (c->what) {
	case PUT:
		return record_put(tx, c->g, &c->row, bytes_of_cstr(BODY), why);
	case REPLACE:
		return record_replace(tx, c->g, &c->row, bytes_of_cstr("{\"other\":1}"), why);
	case GET:
		return record_get(tx, c->g, &c->id, c->now, &c->row, &c->body, why);
	case CODES:
		return record_label_get(tx, &c->id, &c->row, why);
	case ERASE:
		return record_erase(tx, c->g, &c->id, "expired", c->now, &c->erased, why);
	case EXPIRE:
		return record_expire(tx, c->now, 100, NULL, NULL, &c->n, why);
	case BEGIN:
		return import_begin(tx, c->g, &c->id, c->now, why);
	case FLIP:
		return import_flip(tx, c->g, &c->id, c->n, why);
	case COUNT:
		return record_count(tx, c->now, &c->counts, why);
	case PAGE:
		return record_page(tx, c->g, &c->q, tally, c, why);
	case DUE:
		return record_due_page(tx, &due, tally, c, why);
	}
	return ENT_EINTERNAL;
}

static struct record_row
a_row(void)
{
	struct record_row row = { .id = id_new(), .type = RTYPE_PERSON, .changed_at = NOW };
	row.label = (struct record_label){ .originator = "RAB", .legal_basis = "law 1, art. 2",
		.handling = HANDLING_H1, .tlp = TLP_AMBER, .source = SOURCE_B, .information = 2,
		.subject = SUBJECT_SUSPECT, .review_at = NOW + ENT_DAY,
		.expires_at = NOW + 10 * ENT_DAY };
	return row;
}

static struct ent_id
put_one(struct store *s, const struct record_row *row)
{
	struct grant *g = fixture_grant(id_is_zero(&row->import) ? ACTION_WRITE : ACTION_IMPORT, 1, 0);
	struct call c = { .what = PUT, .g = g, .row = *row };
	struct ent_why why = { 0 };
	enum ent_err err = store_write(s, run, &c, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(err, ENT_OK);
	grant_free(g);
	return row->id;
}

static enum ent_err
get_one(struct store *s, const struct ent_id *id, ent_time now, enum ent_action action,
    struct record_row *row)
{
	struct grant *g = fixture_grant(action, 1, 0);
	struct call c = { .what = GET, .g = g, .id = *id, .now = now };
	buf_init(&c.body, RECORD_BODY_MAX);
	enum ent_err err = store_read(s, run, &c, NULL);
	if (err == ENT_OK && c.row.version == 1)
		assert_string_equal(buf_cstr(&c.body), BODY);
	if (row != NULL)
		*row = c.row;
	buf_done(&c.body);
	grant_free(g);
	return err;
}

static void
test_a_record_comes_back_with_its_label(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row(), out;
	put_one(f->s, &in);
	fixture_reopen(f);
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_READ, &out), ENT_OK);
	assert_int_equal(out.version, 1);
	assert_int_equal(out.state, RECORD_LIVE);
	assert_string_equal(out.label.legal_basis, "law 1, art. 2");
	assert_int_equal(out.label.subject, SUBJECT_SUSPECT);
	assert_true(out.label.expires_at == in.label.expires_at);
	assert_int_equal(out.label.tlp, TLP_AMBER);
}

static void
test_no_live_grant_no_record(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row();
	put_one(f->s, &in);
	struct call c = { .what = GET, .id = in.id, .now = NOW };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_EREFUSED);
	c.what = PUT;
	c.row = a_row();
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_EREFUSED);
	c.what = PAGE;
	c.q = (struct record_query){ .now = NOW, .max = 10 };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_EREFUSED);
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_STATUS, NULL), ENT_EREFUSED);
	struct grant_terms t = { .action = ACTION_READ };
	struct grant *dead = grant_mint(&t);
	c.what = GET;
	c.g = dead;
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_EREFUSED);
	grant_free(dead);
}

static bool
file_holds(const char *dir, const char *name, const char *what)
{
	char path[128];
	struct buf b;
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	buf_init(&b, 64 << 20);
	bool there = file_read(path, &b, NULL) == ENT_OK && memmem(b.p, b.n, what, strlen(what)) != NULL;
	buf_done(&b);
	return there;
}

static void
test_nothing_of_a_body_is_in_the_files(void **state)
{
	struct fixture *f = *state;
	static const char *const files[] = { "records.db", "records.db-wal", "keys.db", "keys.db-wal" };
	struct record_row in = a_row();
	put_one(f->s, &in);
	assert_true(file_holds(f->dir, "records.db-wal", "law 1, art. 2")); /* the search itself works */
	for (size_t i = 0; i < 4; i++)
		assert_false(file_holds(f->dir, files[i], "Fatima"));
}

static void
test_a_stale_version_does_not_replace(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row(), out;
	struct grant *g = fixture_grant(ACTION_WRITE, 1, 0);
	put_one(f->s, &in);
	struct call c = { .what = REPLACE, .g = g, .row = in };
	c.row.version = 1;
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_OK);
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_ECONFLICT);
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_READ, &out), ENT_OK);
	assert_int_equal(out.version, 2);
	c.row = a_row();
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_ENOTFOUND);
	grant_free(g);
}

static void
test_an_expired_record_is_invisible_at_once(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row();
	ent_time later = in.label.expires_at;
	put_one(f->s, &in);
	assert_int_equal(get_one(f->s, &in.id, later - 1, ACTION_READ, NULL), ENT_OK);
	assert_int_equal(get_one(f->s, &in.id, later, ACTION_READ, NULL), ENT_ENOTFOUND);
	struct call c = { .what = EXPIRE, .now = later };
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_OK);
	assert_int_equal(c.n, 1);
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_READ, NULL), ENT_ENOTFOUND);
	assert_int_equal(get_one(f->s, &in.id, later, ACTION_ERASE, NULL), ENT_OK);
	c = (struct call){ .what = DUE, .which = RECORD_ERASURE, .now = later };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_int_equal(c.n, 1);
	assert_true(id_equal(&c.last, &in.id));
}

static void
test_what_is_to_be_reviewed_is_in_the_queue(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row();
	put_one(f->s, &in);
	struct call c = { .what = DUE, .which = RECORD_REVIEW, .now = NOW };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_int_equal(c.n, 0);
	c.now = in.label.review_at;
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_int_equal(c.n, 1);
}

static enum ent_err
erase_as(struct store *s, const struct ent_id *id, uint8_t who, unsigned roles, bool *erased)
{
	struct grant *g = fixture_grant(ACTION_ERASE, who, roles);
	struct call c = { .what = ERASE, .g = g, .id = *id, .now = NOW };
	enum ent_err err = store_write(s, run, &c, NULL);
	*erased = c.erased;
	grant_free(g);
	return err;
}

static bool
key_there(struct fixture *f, const struct ent_id *id)
{
	bool row;
	struct db_stmt *st = conn_stmt(f->s->writer.keys, DB_KEY_GET); /* the writer is idle */
	db_id(st, 1, id);
	assert_int_equal(db_step(st, &row, NULL), ENT_OK);
	db_done(st);
	return row;
}

static void
test_erasing_takes_the_officer_and_a_second_person(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row(), out;
	bool erased;
	put_one(f->s, &in);
	assert_int_equal(erase_as(f->s, &in.id, 1, ROLE_SUPERVISOR, &erased), ENT_OK);
	assert_false(erased);
	assert_int_equal(erase_as(f->s, &in.id, 1, ROLE_DPO, &erased), ENT_EEXISTS);
	assert_int_equal(erase_as(f->s, &in.id, 2, ROLE_SUPERVISOR, &erased), ENT_OK);
	assert_false(erased); /* two, and no officer */
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_READ, NULL), ENT_OK);
	assert_true(key_there(f, &in.id));
	assert_int_equal(erase_as(f->s, &in.id, 3, ROLE_DPO, &erased), ENT_OK);
	assert_true(erased);
	assert_false(key_there(f, &in.id));
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_ERASE, NULL), ENT_ENOTFOUND);
	struct call c = { .what = CODES, .id = in.id };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	out = c.row;
	assert_int_equal(out.state, RECORD_TOMBSTONE);
	assert_int_equal(erase_as(f->s, &in.id, 4, ROLE_DPO, &erased), ENT_ESTATE);
}

/* As after a crash between the commit that says erased and the destruction of the key. */
static enum ent_err
say_pending(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_ERASE_ADD);
	db_id(st, 1, ctx);
	return db_run(st, NULL, why);
}

static void
test_start_up_finishes_an_erasure(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row();
	put_one(f->s, &in);
	assert_int_equal(store_write(f->s, say_pending, &in.id, NULL), ENT_OK);
	assert_true(key_there(f, &in.id));
	fixture_reopen(f);
	assert_false(key_there(f, &in.id));
}

static struct ent_id
begin_import(struct fixture *f)
{
	struct grant *g = fixture_grant(ACTION_IMPORT, 1, 0);
	struct call c = { .what = BEGIN, .g = g, .id = id_new(), .now = NOW };
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_OK);
	grant_free(g);
	return c.id;
}

static enum ent_err
flip_import(struct fixture *f, struct ent_id id, int64_t n)
{
	struct grant *g = fixture_grant(ACTION_IMPORT, 1, 0);
	struct call c = { .what = FLIP, .g = g, .id = id, .n = n };
	enum ent_err err = store_write(f->s, run, &c, NULL);
	grant_free(g);
	return err;
}

static void
test_an_import_is_invisible_until_flipped(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row(), other = a_row();
	struct call count = { .what = COUNT, .now = NOW };
	in.import = other.import = begin_import(f);
	other.label.subject = SUBJECT_UNCATEGORISED;
	put_one(f->s, &in);
	put_one(f->s, &other);
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_READ, NULL), ENT_ENOTFOUND);
	assert_int_equal(store_read(f->s, run, &count, NULL), ENT_OK);
	assert_int_equal(count.counts.visible, 0);
	assert_int_equal(flip_import(f, in.import, 3), ENT_ESTATE);
	assert_int_equal(flip_import(f, in.import, 2), ENT_OK);
	assert_int_equal(flip_import(f, in.import, 2), ENT_ESTATE);
	assert_int_equal(get_one(f->s, &in.id, NOW, ACTION_READ, NULL), ENT_OK);
	assert_int_equal(get_one(f->s, &other.id, NOW, ACTION_SEARCH, NULL), ENT_OK);
	assert_int_equal(store_read(f->s, run, &count, NULL), ENT_OK);
	assert_int_equal(count.counts.visible, 2);
	assert_int_equal(count.counts.quarantined, 1);
	struct grant *g = fixture_grant(ACTION_FILTER, 1, 0);
	struct call page = { .what = PAGE, .g = g,
		.q = { .now = NOW, .max = 10, .state = RECORD_LIVE } };
	assert_int_equal(store_read(f->s, run, &page, NULL), ENT_OK);
	assert_int_equal(page.n, 1);
	assert_true(id_equal(&page.last, &in.id));
	grant_free(g);
}

/* Minted and not admitted: what an import is staged with (grant/stage.h). */
static struct grant *
dead_grant(enum ent_action action)
{
	struct grant_terms terms = { .action = action };
	return grant_mint(&terms);
}

static enum ent_err
call_with(struct fixture *f, struct call *c, const struct grant *g)
{
	c->g = g;
	return store_write(f->s, run, c, NULL);
}

static void
test_a_grant_without_entry_stages_and_does_nothing_else(void **state)
{
	static const enum ent_action seeing[] = { ACTION_READ, ACTION_WRITE, ACTION_SEARCH,
		ACTION_ANSWER, ACTION_FILTER, ACTION_FORWARD, ACTION_PERMIT, ACTION_NOTICE, ACTION_ERASE };
	struct fixture *f = *state;
	struct grant *g = dead_grant(ACTION_IMPORT), *other = dead_grant(ACTION_WRITE);
	struct call begin = { .what = BEGIN, .id = id_new(), .now = NOW };
	struct call put = { .what = PUT, .row = a_row() }, flip = { .what = FLIP, .id = begin.id, .n = 1 };
	struct call codes = { .what = CODES }, plain = put;
	assert_int_equal(call_with(f, &begin, NULL), ENT_EREFUSED);
	assert_int_equal(call_with(f, &begin, other), ENT_EREFUSED);
	assert_int_equal(call_with(f, &begin, g), ENT_OK);
	assert_int_equal(call_with(f, &plain, g), ENT_EREFUSED); /* not of an import: anybody would see it */
	put.row.import = begin.id;
	assert_int_equal(call_with(f, &put, other), ENT_EREFUSED);
	assert_int_equal(call_with(f, &put, g), ENT_OK);
	codes.id = put.row.id;
	for (size_t i = 0; i < sizeof seeing / sizeof seeing[0]; i++) {
		struct grant *live = fixture_grant(seeing[i], 1, 0);
		struct call page = { .what = PAGE, .g = live, .q = { .now = NOW, .max = 10 } };
		assert_int_equal(get_one(f->s, &put.row.id, NOW, seeing[i], NULL), ENT_ENOTFOUND);
		assert_int_equal(store_read(f->s, run, &page, NULL), ENT_OK);
		assert_int_equal(page.n, 0);
		assert_int_equal(record_scan(f->s, live, NOW, tally, &page, NULL), ENT_OK);
		assert_int_equal(page.n, 0);
		grant_free(live);
	}
	assert_int_equal(store_read(f->s, run, &codes, NULL), ENT_ENOTFOUND);
	for (enum record_due which = RECORD_REVIEW; which <= RECORD_ERASURE; which++) {
		struct call due = { .what = DUE, .which = which, .now = NOW + 20 * ENT_DAY };
		assert_int_equal(store_read(f->s, run, &due, NULL), ENT_OK);
		assert_int_equal(due.n, 0);
	}
	assert_int_equal(call_with(f, &flip, NULL), ENT_EREFUSED);
	assert_int_equal(call_with(f, &flip, g), ENT_EREFUSED);
	assert_int_equal(get_one(f->s, &put.row.id, NOW, ACTION_READ, NULL), ENT_ENOTFOUND);
	grant_admit(g, 1);
	assert_int_equal(call_with(f, &flip, g), ENT_OK);
	assert_int_equal(get_one(f->s, &put.row.id, NOW, ACTION_READ, NULL), ENT_OK);
	struct call late = { .what = PUT, .row = a_row() };
	late.row.import = begin.id; /* now it would be seen */
	assert_int_equal(call_with(f, &late, g), ENT_ESTATE);
	grant_free(g);
	grant_free(other);
}

static int64_t
scan_import(struct fixture *f, const struct record_span *span, const struct grant *g,
    enum ent_err expected)
{
	struct call tallied = { .what = PAGE };
	assert_int_equal(record_import_scan(f->s, g, span, NOW, tally, &tallied, NULL), expected);
	return tallied.n;
}

static void
test_a_scan_of_an_import_sees_what_it_brought(void **state)
{
	struct fixture *f = *state;
	struct grant *dead = dead_grant(ACTION_IMPORT), *g = fixture_grant(ACTION_IMPORT, 1, 0);
	struct record_row other = a_row();
	struct record_span span = { .import = begin_import(f) };
	put_one(f->s, &other);
	for (int i = 0; i < 3; i++) {
		struct record_row in = a_row();
		in.import = span.import;
		put_one(f->s, &in);
		/* ids of one millisecond are in no order */
		if (i == 0 || memcmp(in.id.b, span.lowest.b, sizeof in.id.b) < 0)
			span.lowest = in.id;
		if (i == 0 || memcmp(in.id.b, span.highest.b, sizeof in.id.b) > 0)
			span.highest = in.id;
	}
	other = a_row();
	put_one(f->s, &other);
	assert_int_equal(scan_import(f, &span, g, ENT_OK), 0); /* not shown yet */
	assert_int_equal(flip_import(f, span.import, 3), ENT_OK);
	assert_int_equal(scan_import(f, &span, dead, ENT_EREFUSED), 0);
	assert_int_equal(scan_import(f, &span, g, ENT_OK), 3);
	span.lowest = (struct ent_id){ { 0 } };
	memset(span.highest.b, 0xff, sizeof span.highest.b);
	assert_int_equal(scan_import(f, &span, g, ENT_OK), 3);
	span.import = id_new();
	assert_int_equal(scan_import(f, &span, g, ENT_OK), 0);
	grant_free(dead);
	grant_free(g);
}

static void
test_start_up_sweeps_an_import_that_was_not_flipped(void **state)
{
	struct fixture *f = *state;
	struct record_row in = a_row(), kept = a_row();
	put_one(f->s, &kept);
	in.import = begin_import(f);
	put_one(f->s, &in);
	fixture_reopen(f);
	struct call c = { .what = CODES, .id = in.id };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_ENOTFOUND);
	assert_false(key_there(f, &in.id));
	assert_int_equal(flip_import(f, in.import, 1), ENT_ESTATE);
	assert_int_equal(get_one(f->s, &kept.id, NOW, ACTION_READ, NULL), ENT_OK);
	in = a_row();
	in.import = begin_import(f);
	put_one(f->s, &in);
	assert_int_equal(import_drop(f->s, &in.import, NULL), ENT_OK);
	assert_int_equal(import_drop(f->s, &in.import, NULL), ENT_ENOTFOUND);
	assert_false(key_there(f, &in.id));
}

static void
test_a_scan_sees_each_visible_record_once(void **state)
{
	struct fixture *f = *state;
	struct call tallied = { .what = PAGE };
	struct grant *g = fixture_grant(ACTION_SEARCH, 1, 0);
	for (int i = 0; i < 25; i++) {
		struct record_row in = a_row();
		if (i % 5 == 0)
			in.label.expires_at = NOW;
		put_one(f->s, &in);
	}
	assert_int_equal(record_scan(f->s, g, NOW, tally, &tallied, NULL), ENT_OK);
	assert_int_equal(tallied.n, 20);
	struct call page = { .what = PAGE, .g = g, .q = { .now = NOW, .max = 7 } };
	int pages = 0;
	do {
		page.q.after = page.last;
		pages++;
		page.n = 0;
		assert_int_equal(store_read(f->s, run, &page, NULL), ENT_OK);
	} while (page.n == 7);
	assert_int_equal(pages, 3);
	assert_int_equal(page.n, 6);
	grant_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_a_record_comes_back_with_its_label),
		T(test_no_live_grant_no_record),
		T(test_nothing_of_a_body_is_in_the_files),
		T(test_a_stale_version_does_not_replace),
		T(test_an_expired_record_is_invisible_at_once),
		T(test_what_is_to_be_reviewed_is_in_the_queue),
		T(test_erasing_takes_the_officer_and_a_second_person),
		T(test_start_up_finishes_an_erasure),
		T(test_an_import_is_invisible_until_flipped),
		T(test_a_grant_without_entry_stages_and_does_nothing_else),
		T(test_a_scan_of_an_import_sees_what_it_brought),
		T(test_start_up_sweeps_an_import_that_was_not_flipped),
		T(test_a_scan_sees_each_visible_record_once),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
