/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify.h"

#include "audit/proof.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/audit_fixture.h"

#define ROUNDS 60

static uint64_t
next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static struct audit_report *
verify(struct exported *x, struct exported *other)
{
	struct audit_folder f = folder_of(x), g;
	struct audit_log l, o;
	struct audit_against against = { NULL, NULL };
	struct audit_report *r = NULL;
	struct ent_why why = { 0 };
	enum ent_err err = audit_log_open(&f, &x->key, &l, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(err, ENT_OK);
	if (other != NULL) {
		g = folder_of(other);
		assert_int_equal(audit_log_open(&g, &other->key, &o, &why), ENT_OK);
		against.log = &o;
	}
	assert_int_equal(audit_verify(&l, &against, &r, &why), ENT_OK);
	audit_log_close(&l);
	if (other != NULL)
		audit_log_close(&o);
	return r;
}

static void
expect_first(struct exported *x, struct exported *other, uint64_t entry)
{
	struct audit_report *r = verify(x, other);
	assert_true(r->count > 0);
	assert_true(r->finding[0].has_entry);
	assert_int_equal(r->finding[0].entry, entry);
	audit_report_free(r);
}

static void
expect_good(struct exported *x, struct exported *other)
{
	struct audit_report *r = verify(x, other);
	if (r->count > 0)
		fail_msg("%s", r->finding[0].text);
	assert_int_equal(r->entries, x->count);
	audit_report_free(r);
}

/* Bundles anew from the entries, under the names that a log of `size` has; what is left over goes into
 * the last.  Tiles and checkpoint stay. */
static void
recut(struct exported *x, uint64_t size)
{
	struct tile t;
	size_t at = 0;
	for (uint64_t b = 0; tile_of(size, TILE_ENTRIES, b, &t); b++) {
		char path[TILE_PATH_MAX];
		bool last = (b + 1) * TILE_WIDTH >= size;
		tile_path(&t, path);
		struct file *f = file_of(x, path);
		buf_reset(&f->content);
		for (unsigned i = 0; at < x->count && (i < TILE_WIDTH || last); i++)
			bundle_put(&f->content, buf_bytes(&x->entry[at++]));
	}
}

/* The same under the names that the entries have now: the last bundle's width tells their number. */
static void
rename_bundles(struct exported *x, size_t size)
{
	struct tile t;
	char path[TILE_PATH_MAX];
	for (uint64_t b = 0; tile_of(size, TILE_ENTRIES, b, &t); b++) {
		tile_path(&t, path);
		(void)snprintf(file_of(x, path)->path, TILE_PATH_MAX, "gone");
	}
	recut(x, x->count);
}

static void
replace(struct exported *x, size_t i, const char *text)
{
	buf_reset(&x->entry[i]);
	buf_puts(&x->entry[i], text);
}

static void
drop(struct exported *x, size_t i)
{
	buf_done(&x->entry[i]);
	memmove(&x->entry[i], &x->entry[i + 1], (x->count - i - 1) * sizeof *x->entry);
	x->count--;
}

static void
swap(struct exported *x, size_t i, size_t j)
{
	struct buf b = x->entry[i];
	x->entry[i] = x->entry[j];
	x->entry[j] = b;
}

static void
insert(struct exported *x, size_t i, const char *text)
{
	add_entry(x, text);
	struct buf b = x->entry[x->count - 1];
	memmove(&x->entry[i + 1], &x->entry[i], (x->count - 1 - i) * sizeof *x->entry);
	x->entry[i] = b;
}

static const size_t sizes[] = { 1, 2, 3, 255, 256, 257, 511, 513, 700 };
#define SIZES (sizeof sizes / sizeof sizes[0])

static void
test_good_logs_of_all_shapes_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZES; i++) {
		struct exported *x = node_log(sizes[i]);
		expect_good(x, NULL);
		expect_good(x, x);
		exported_free(x);
	}
	struct exported *x = node_log(0);
	expect_good(x, NULL);
	exported_free(x);
}

/* how: 0 edit, 1 drop, 2 reorder, 3 insert. */
static uint64_t
tamper(struct exported *x, int how, uint64_t *seed)
{
	char text[80];
	uint64_t n = x->count, i = next(seed) % n, j = next(seed) % n;
	(void)snprintf(text, sizeof text, "{\"index\":%llu,\"event\":\"forged\",\"time\":%llu}",
	    (unsigned long long)i, (unsigned long long)next(seed));
	if (how == 0)
		replace(x, i, text);
	else if (how == 1)
		drop(x, i);
	else if (how == 3)
		insert(x, i, text);
	if (how != 2)
		return i;
	if (i == j)
		j = (i + 1) % n;
	swap(x, i, j);
	return i < j ? i : j;
}

static void
test_edit_drop_reorder_insert_name_the_first_bad_entry(void **state)
{
	uint64_t seed = 3;
	(void)state;
	for (int how = 0; how < 4; how++) {
		for (int round = 0; round < ROUNDS; round++) {
			struct exported *x = node_log(sizes[1 + next(&seed) % (SIZES - 1)]);
			size_t size = x->count;
			uint64_t first = tamper(x, how, &seed);
			recut(x, size);
			expect_first(x, NULL, first);
			rename_bundles(x, size);
			expect_first(x, NULL, first);
			exported_free(x);
		}
	}
}

/* The lines of an exchange log do not say their number, as entries do. */
static void
test_what_a_forger_left_of_the_tiles_is_not_blamed(void **state)
{
	(void)state;
	struct exported *x = node_log(300);
	drop(x, 290);
	replace(x, 20, "{\"index\":20,\"event\":\"forged\"}");
	rename_bundles(x, 300);
	struct audit_report *r = verify(x, NULL);
	assert_int_equal(r->finding[0].entry, 20);
	assert_non_null(strstr(r->finding[0].text, "content differs from what the tree committed to"));
	audit_report_free(r);
	exported_free(x);
}

static void
test_entries_behind_the_last_are_named(void **state)
{
	(void)state;
	struct exported *x = node_log(300);
	add_entry(x, "{\"index\":300,\"event\":\"forged\"}");
	rename_bundles(x, 300);
	expect_first(x, NULL, 300);
	exported_free(x);
}

/* The forger recomputes the tiles and even has the key: only another export shows it, and names it. */
static void
test_a_rewritten_and_signed_log_is_named_against_an_older_export(void **state)
{
	uint64_t seed = 5;
	(void)state;
	for (int how = 0; how < 4; how++) {
		for (int round = 0; round < ROUNDS / 2; round++) {
			size_t n = sizes[1 + next(&seed) % (SIZES - 1)];
			struct exported *old = node_log(n), *x = node_log(n);
			memcpy(x->sk, old->sk, sizeof x->sk);
			x->key = old->key;
			uint64_t first = tamper(x, how, &seed);
			while (x->count < n)
				add_entry(x, "{\"index\":0}");
			cut(x, true);
			expect_first(x, old, first);
			exported_free(x);
			exported_free(old);
		}
	}
}

static void
test_a_rollback_is_named_with_the_first_missing_entry(void **state)
{
	uint64_t seed = 9;
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t n = sizes[1 + next(&seed) % (SIZES - 1)], left = next(&seed) % n;
		struct exported *old = node_log(n), *x = node_log(left);
		x->key = old->key;
		memcpy(x->sk, old->sk, sizeof x->sk);
		cut(x, true);
		expect_good(x, NULL);
		struct audit_report *r = verify(x, old);
		assert_int_equal(r->count, 1);
		assert_string_equal(r->finding[0].kind, "rolled-back");
		assert_int_equal(r->finding[0].entry, left);
		audit_report_free(r);
		expect_good(old, x); /* the other way round it only has grown */
		exported_free(x);
		exported_free(old);
	}
}

static void
test_tiles_made_anew_without_the_key_do_not_lead_to_the_root(void **state)
{
	struct exported *x = node_log(300);
	(void)state;
	replace(x, 17, "{\"index\":17,\"event\":\"forged\"}");
	cut(x, false);
	struct audit_report *r = verify(x, NULL);
	assert_int_equal(r->count, 1);
	assert_string_equal(r->finding[0].kind, "rewritten");
	audit_report_free(r);
	exported_free(x);
}

static void
test_each_changed_byte_of_an_export_is_found(void **state)
{
	uint64_t seed = 21;
	struct exported *x = node_log(600);
	(void)state;
	for (int round = 0; round < 300; round++) {
		struct file *f = &x->file[1 + next(&seed) % (x->files - 1)]; /* not log.json */
		size_t at = next(&seed) % f->content.n;
		struct audit_folder dir = folder_of(x);
		struct audit_log l;
		uint8_t bit = (uint8_t)(1 << next(&seed) % 8);
		f->content.p[at] ^= bit;
		if (strcmp(f->path, "checkpoint") == 0) {
			assert_int_not_equal(audit_log_open(&dir, &x->key, &l, NULL), ENT_OK);
		} else {
			struct audit_report *r = verify(x, NULL);
			assert_true(r->count > 0);
			audit_report_free(r);
		}
		f->content.p[at] ^= bit;
	}
	expect_good(x, NULL);
	exported_free(x);
}

static void
test_missing_files_are_named(void **state)
{
	struct exported *x = node_log(600);
	(void)state;
	struct file *f = file_of(x, "tile/entries/001");
	f->path[0] = 'X';
	expect_first(x, NULL, 256);
	f->path[0] = 't';
	f = file_of(x, "tile/1/000.p/2");
	f->path[0] = 'X';
	expect_first(x, NULL, 0);
	exported_free(x);
}

static void
test_another_key_or_a_foreign_checkpoint_does_not_open(void **state)
{
	struct exported *x = node_log(5), *y = node_log(5), *z = exported_new("BRU", AUDIT_NODE);
	struct audit_folder f = folder_of(x), g = folder_of(z);
	struct audit_log l;
	(void)state;
	assert_int_equal(audit_log_open(&f, &y->key, &l, NULL), ENT_ESIG);
	assert_int_equal(audit_log_open(&f, NULL, &l, NULL), ENT_OK);
	assert_false(l.trusted);
	audit_log_close(&l);
	struct file *from = file_of(x, "checkpoint"), *to = file_of(z, "checkpoint");
	from = file_of(x, "checkpoint");
	buf_put(&to->content, from->content.p, from->content.n);
	assert_int_equal(audit_log_open(&g, &x->key, &l, NULL), ENT_ESIG);
	exported_free(x);
	exported_free(y);
	exported_free(z);
}

static void
test_what_is_no_entry_is_named(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"index\":-1}", "not json" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct exported *x = node_log(9);
		replace(x, 4, bad[i]);
		cut(x, true); /* committed to as it is */
		expect_first(x, NULL, 4);
		exported_free(x);
	}
}

static void
test_intents_without_outcome_are_marked(void **state)
{
	struct exported *x = exported_new("RAB", AUDIT_NODE);
	(void)state;
	add_entry(x, "{\"index\":0,\"event\":\"hit.ask\",\"phase\":\"intent\"}");
	add_entry(x, "{\"index\":1,\"event\":\"hit.ask\",\"phase\":\"intent\"}");
	add_entry(x, "{\"index\":2,\"event\":\"hit.ask\",\"phase\":\"outcome\",\"intent\":0}");
	cut(x, true);
	struct audit_report *r = verify(x, NULL);
	assert_int_equal(r->count, 0);
	assert_int_equal(r->open_count, 1);
	assert_int_equal(r->open[0], 1);
	audit_report_free(r);
	exported_free(x);
}

/* ---- proofs ------------------------------------------------------------------------------------- */

static void
test_each_entry_has_a_proof_that_stands_alone(void **state)
{
	struct exported *x = node_log(300);
	struct audit_folder f = folder_of(x);
	struct audit_log l;
	(void)state;
	assert_int_equal(audit_log_open(&f, &x->key, &l, NULL), ENT_OK);
	for (uint64_t i = 0; i < 300; i += 13) {
		struct buf text;
		struct audit_proof p;
		struct checkpoint c;
		buf_init(&text, PROOF_MAX);
		assert_int_equal(audit_prove(&l, i, &text, NULL), ENT_OK);
		assert_int_equal(audit_proof_read(buf_bytes(&text), &p, NULL), ENT_OK);
		assert_int_equal(p.index, i);
		assert_true(bytes_equal(buf_bytes(&p.entry), buf_bytes(&x->entry[i])));
		assert_int_equal(audit_proof_check(&p, &x->key, &c, NULL), ENT_OK);
		assert_int_equal(c.size, 300);
		p.index ^= 1;
		assert_int_equal(audit_proof_check(&p, &x->key, &c, NULL), ENT_EPROOF);
		p.index ^= 1;
		p.entry.p[3] ^= 1;
		assert_int_equal(audit_proof_check(&p, &x->key, &c, NULL), ENT_EPROOF);
		audit_proof_done(&p);
		buf_done(&text);
	}
	struct buf none;
	buf_init(&none, PROOF_MAX);
	assert_int_equal(audit_prove(&l, 300, &none, NULL), ENT_ENOTFOUND);
	buf_done(&none);
	audit_log_close(&l);
	exported_free(x);
}

static void
test_malformed_proofs_are_refused(void **state)
{
	static const char *const bad[] = { "", "c2sp.org/tlog-proof@v2\nextra \nindex 0\n\n",
		"c2sp.org/tlog-proof@v1\nindex 0\n\nx\n", "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n",
		"c2sp.org/tlog-proof@v1\nextra \nindex 00\n\n", "c2sp.org/tlog-proof@v1\nextra \nindex 0\n",
		"c2sp.org/tlog-proof@v1\nextra \nindex 0\nAAAA\n\n",
		"c2sp.org/tlog-proof@v1\nextra \nindex 9999999999999999999\n\n" };
	struct audit_proof p;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_not_equal(audit_proof_read(bytes_of_cstr(bad[i]), &p, NULL), ENT_OK);
}

static void
test_consistency_holds_only_for_what_grew(void **state)
{
	struct exported *old = node_log(257), *x = node_log(700), *forged = node_log(700);
	struct exported *all[] = { old, x, forged };
	struct audit_log l[3];
	size_t hashes;
	(void)state;
	replace(forged, 99, "{\"index\":99}");
	cut(forged, true);
	for (size_t i = 0; i < 3; i++) {
		struct audit_folder f = folder_of(all[i]);
		assert_int_equal(audit_log_open(&f, NULL, &l[i], NULL), ENT_OK);
	}
	assert_int_equal(audit_consistency(&l[0].checkpoint, &l[1], &hashes, NULL), ENT_OK);
	assert_true(hashes > 0);
	assert_int_equal(audit_consistency(&l[0].checkpoint, &l[2], &hashes, NULL), ENT_EPROOF);
	assert_int_equal(audit_consistency(&l[1].checkpoint, &l[0], &hashes, NULL), ENT_ESTATE);
	assert_int_equal(audit_consistency(&l[1].checkpoint, &l[2], &hashes, NULL), ENT_EPROOF);
	for (size_t i = 0; i < 3; i++) {
		audit_log_close(&l[i]);
		exported_free(all[i]);
	}
}

static void
test_keys_are_read_as_they_are_written(void **state)
{
	struct exported *x = node_log(1);
	struct audit_key back;
	struct buf b;
	(void)state;
	buf_init(&b, 512);
	audit_key_write(&x->key, &b);
	assert_int_equal(audit_key_read(str_of(buf_cstr(&b)), &back, NULL), ENT_OK);
	assert_string_equal(back.name, x->key.name);
	assert_memory_equal(back.pk, x->key.pk, sizeof back.pk);
	for (size_t i = 0; i < b.n; i++) {
		b.p[i] ^= 1;
		if (audit_key_read((struct str){ (const char *)b.p, b.n }, &back, NULL) == ENT_OK)
			fail_msg("byte %zu", i);
		b.p[i] ^= 1;
		assert_int_not_equal(audit_key_read((struct str){ (const char *)b.p, i }, &back, NULL),
		    ENT_OK);
	}
	buf_done(&b);
	exported_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_logs_of_all_shapes_verify),
		cmocka_unit_test(test_edit_drop_reorder_insert_name_the_first_bad_entry),
		cmocka_unit_test(test_what_a_forger_left_of_the_tiles_is_not_blamed),
		cmocka_unit_test(test_entries_behind_the_last_are_named),
		cmocka_unit_test(test_a_rewritten_and_signed_log_is_named_against_an_older_export),
		cmocka_unit_test(test_a_rollback_is_named_with_the_first_missing_entry),
		cmocka_unit_test(test_tiles_made_anew_without_the_key_do_not_lead_to_the_root),
		cmocka_unit_test(test_each_changed_byte_of_an_export_is_found),
		cmocka_unit_test(test_missing_files_are_named),
		cmocka_unit_test(test_another_key_or_a_foreign_checkpoint_does_not_open),
		cmocka_unit_test(test_what_is_no_entry_is_named),
		cmocka_unit_test(test_intents_without_outcome_are_marked),
		cmocka_unit_test(test_each_entry_has_a_proof_that_stands_alone),
		cmocka_unit_test(test_malformed_proofs_are_refused),
		cmocka_unit_test(test_consistency_holds_only_for_what_grew),
		cmocka_unit_test(test_keys_are_read_as_they_are_written),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
