/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"
#include "audit/entry.h"
#include "store/audit_log.h"
#include "store_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>

static const char needle[] = "a reason nobody else would write: zqxjkv";

static struct audit_sink
sink_of(struct store_tx *tx)
{
	return (struct audit_sink){ tx, audit_log_load, audit_log_append };
}

static struct grant *
grant_of(enum ent_action action)
{
	struct grant_terms t = { .action = action, .purpose = PURPOSE_PROTECTION };
	return grant_mint(&t);
}

struct write {
	uint64_t count;
	const struct js *hidden;
	struct grant *g;
	uint64_t index;
	enum ent_err answer;
};

static enum ent_err
append(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct write *w = ctx;
	struct audit_sink sink = sink_of(tx);
	struct audit_event ev = { .event = EVENT_SEARCH, .time = 5, .hidden = w->hidden };
	enum ent_err err = ENT_OK;
	for (uint64_t i = 0; i < w->count && err == ENT_OK; i++)
		err = audit_append(&sink, AUDIT_NODE, &ev, &w->index, why);
	return err != ENT_OK ? err : w->answer;
}

static void
write_entries(struct fixture *f, uint64_t count)
{
	struct js *hidden = js_object();
	js_set_str(hidden, "case", "C-1");
	js_set_str(hidden, "reason", needle);
	struct write w = { .count = count, .hidden = hidden };
	struct ent_why why = { 0 };
	enum ent_err err = store_write(f->s, append, &w, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(err, ENT_OK);
	js_free(hidden);
}

static enum ent_err
admit(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct audit_sink sink = sink_of(tx);
	struct audit_event ev = { .event = EVENT_EXPORT, .time = 6 };
	return audit_admit(&sink, ctx, &ev, NULL, why);
}

static struct grant *
live_grant(struct fixture *f, enum ent_action action)
{
	struct grant *g = grant_of(action);
	assert_int_equal(store_write(f->s, admit, g, NULL), ENT_OK);
	return g;
}

struct reading {
	const struct grant *g;
	struct audit_range range;
	struct tree tree;
	uint64_t opened, next;
};

static enum ent_err
see(void *ctx, uint64_t index, struct bytes entry, const struct js *disclosures,
    struct ent_why *why)
{
	struct reading *r = ctx;
	struct entry_view v;
	struct js *value;
	uint8_t leaf[CRYPTO_HASH_LEN];
	assert_int_equal(index, r->next++);
	assert_int_equal(entry_read(entry, &v, why), ENT_OK);
	assert_int_equal(v.index, index);
	entry_view_done(&v);
	tree_leaf(entry, leaf);
	tree_push(&r->tree, leaf);
	if (disclosures == NULL)
		return ENT_OK;
	assert_int_equal(entry_open(entry, disclosures, "reason", &value, why), ENT_OK);
	assert_string_equal(js_str(value), needle);
	js_free(value);
	assert_int_equal(entry_open(entry, disclosures, "query", &value, why), ENT_ENOTFOUND);
	r->opened++;
	return ENT_OK;
}

static enum ent_err
read_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct reading *r = ctx;
	return audit_log_read(tx, r->g, &r->range, see, r, why);
}

static enum ent_err
head_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct tree *t = ctx;
	struct buf b;
	uint64_t size;
	buf_init(&b, TREE_FRONTIER_BYTES);
	enum ent_err err = audit_log_load(tx, AUDIT_NODE, &size, &b, why);
	if (err == ENT_OK)
		err = tree_load(size, buf_bytes(&b), t);
	buf_done(&b);
	return err;
}

/* Everything in the log's order, the root the same as the frontier's. */
static void
check_log(struct fixture *f, const struct grant *g, uint64_t size, uint64_t opened)
{
	struct reading r = { .g = g, .range = { AUDIT_NODE, 0, size, true } };
	struct tree head = { .size = 0 };
	uint8_t a[CRYPTO_HASH_LEN], b[CRYPTO_HASH_LEN];
	assert_int_equal(store_read(f->s, read_body, &r, NULL), ENT_OK);
	assert_int_equal(store_read(f->s, head_body, &head, NULL), ENT_OK);
	assert_int_equal(r.next, size);
	assert_int_equal(head.size, size);
	assert_int_equal(r.opened, opened);
	tree_root(&head, a);
	tree_root(&r.tree, b);
	assert_memory_equal(a, b, sizeof a);
}

static void
test_what_is_appended_is_read_back_and_opens(void **state)
{
	struct fixture *f = *state;
	write_entries(f, 300);
	struct grant *g = live_grant(f, ACTION_AUDIT);
	check_log(f, g, 301, 300);
	store_close(f->s);
	assert_int_equal(store_open(f->dir, fixture_key, &f->s, NULL), ENT_OK);
	check_log(f, g, 301, 300);
	grant_free(g);
}

static void
test_a_failed_body_leaves_no_entry(void **state)
{
	struct fixture *f = *state;
	struct write w = { .count = 3, .answer = ENT_ESTATE };
	write_entries(f, 2);
	assert_int_equal(store_write(f->s, append, &w, NULL), ENT_ESTATE);
	struct grant *g = live_grant(f, ACTION_AUDIT);
	check_log(f, g, 3, 2);
	grant_free(g);
}

static void
test_reading_and_erasing_want_their_grants(void **state)
{
	struct fixture *f = *state;
	struct reading r = { .range = { AUDIT_NODE, 0, 1, true } };
	write_entries(f, 1);
	assert_int_equal(store_read(f->s, read_body, &r, NULL), ENT_EREFUSED); /* none */
	struct grant *dead = grant_of(ACTION_AUDIT), *other = live_grant(f, ACTION_SEARCH);
	r.g = dead;
	assert_int_equal(store_read(f->s, read_body, &r, NULL), ENT_EREFUSED);
	r.g = other;
	assert_int_equal(store_read(f->s, read_body, &r, NULL), ENT_EREFUSED);
	assert_int_equal(r.next, 0);
	grant_free(dead);
	grant_free(other);
}

struct erasing {
	const struct grant *g;
	uint64_t index;
};

static enum ent_err
erase_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct erasing *e = ctx;
	return audit_log_erase(tx, e->g, AUDIT_NODE, e->index, why);
}

/* Is text in any file of the store's folder? */
static bool
on_disk(struct fixture *f, const char *text)
{
	static const char *const names[] = { "records.db", "records.db-wal", "keys.db",
		"keys.db-wal" };
	bool found = false;
	for (size_t i = 0; i < 4; i++) {
		char path[128];
		struct buf b;
		buf_init(&b, (size_t)64 << 20);
		(void)snprintf(path, sizeof path, "%s/%s", f->dir, names[i]);
		if (file_read(path, &b, NULL) == ENT_OK)
			found = found || memmem(b.p, b.n, text, strlen(text)) != NULL;
		buf_done(&b);
	}
	return found;
}

/* AUD-5 */
static void
test_erased_openings_are_gone_and_the_tree_stays(void **state)
{
	struct fixture *f = *state;
	write_entries(f, 1500); /* two segments */
	struct grant *erase = live_grant(f, ACTION_ERASE), *g = live_grant(f, ACTION_AUDIT);
	struct erasing e = { erase, 700 };
	assert_false(on_disk(f, needle));
	assert_int_equal(store_write(f->s, erase_body, &e, NULL), ENT_OK);
	assert_int_equal(store_write(f->s, erase_body, &e, NULL), ENT_ENOTFOUND);
	e.index = 1400;
	assert_int_equal(store_write(f->s, erase_body, &e, NULL), ENT_OK);
	e.index = 1501; /* its entry hides nothing */
	assert_int_equal(store_write(f->s, erase_body, &e, NULL), ENT_ENOTFOUND);
	check_log(f, g, 1502, 1498);
	write_entries(f, 10);
	check_log(f, g, 1512, 1508);
	grant_free(erase);
	grant_free(g);
}

static void
test_the_only_opening_of_a_segment_can_be_erased(void **state)
{
	struct fixture *f = *state;
	write_entries(f, 1);
	struct grant *erase = live_grant(f, ACTION_ERASE), *g = live_grant(f, ACTION_AUDIT);
	struct erasing e = { erase, 0 };
	assert_int_equal(store_write(f->s, erase_body, &e, NULL), ENT_OK);
	check_log(f, g, 3, 0);
	write_entries(f, 2);
	check_log(f, g, 5, 2);
	grant_free(erase);
	grant_free(g);
}

static enum ent_err
append_twice_same_index(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	uint8_t frontier[CRYPTO_HASH_LEN] = { 0 };
	struct bytes fr = bytes_of(frontier, sizeof frontier), e = bytes_of_cstr("{}");
	(void)ctx;
	assert_int_equal(audit_log_append(tx, "x", 0, e, NULL, 1, fr, why), ENT_OK);
	assert_int_equal(audit_log_append(tx, "x", 1, e, NULL, 3, fr, why), ENT_ECONFLICT);
	return audit_log_append(tx, "x", 0, e, NULL, 1, fr, why);
}

static void
test_an_index_is_never_written_twice(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(store_write(f->s, append_twice_same_index, NULL, NULL), ENT_ECONFLICT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_appended_is_read_back_and_opens, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(test_a_failed_body_leaves_no_entry, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(test_reading_and_erasing_want_their_grants, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(test_erased_openings_are_gone_and_the_tree_stays, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(test_the_only_opening_of_a_segment_can_be_erased, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(test_an_index_is_never_written_twice, fixture_setup,
		    fixture_teardown),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
