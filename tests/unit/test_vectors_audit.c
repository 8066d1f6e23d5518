/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/vectors/audit.json: trees, proofs, entries, whole exports and pairs of exchange logs, made by
 * tools/vectors-audit without any of our code.
 */
#include "audit/proof.h"
#include "audit/reconcile.h"
#include "audit/verify.h"
#include "audit_fixture.h"
#include "vectors_fixture.h"

#include <stdio.h>

typedef uint8_t hash[CRYPTO_HASH_LEN];

static int
load(void **state)
{
	*state = vectors_read("audit");
	return 0;
}

static size_t
b64(const struct js *j, uint8_t *out, size_t max)
{
	size_t n = 0;
	assert_non_null(js_str(j));
	assert_int_equal(b64_decode(str_of(js_str(j)), out, max, &n), ENT_OK);
	return n;
}

static void
hash_of(const struct js *j, uint8_t *out)
{
	assert_int_equal(b64(j, out, CRYPTO_HASH_LEN), CRYPTO_HASH_LEN);
}

static struct tree_proof
hashes_of(const struct js *row)
{
	const struct js *list = js_get(row, "hashes");
	struct tree_proof p = { .count = js_len(list) };
	assert_true(p.count <= TREE_PROOF_MAX);
	for (size_t i = 0; i < p.count; i++)
		hash_of(js_at(list, i), p.hash[i]);
	return p;
}

static uint64_t
number(const struct js *row, const char *key)
{
	int64_t v = js_get_int(row, key, -1);
	assert_true(v >= 0);
	return (uint64_t)v;
}

/* ---- trees --------------------------------------------------------------------------------------- */

struct leaves {
	hash leaf[16];
};

static enum ent_err
node_of(void *ctx, unsigned level, uint64_t index, uint8_t *out, struct ent_why *why)
{
	const struct leaves *l = ctx;
	(void)why;
	tile_root(l->leaf[0], (unsigned)index << level, 1u << level, out);
	return ENT_OK;
}

static struct leaves
leaves_of(const struct js *v)
{
	const struct js *list = js_get(js_get(v, "tree"), "leaves");
	struct leaves l;
	for (size_t i = 0; i < js_len(list); i++) {
		uint8_t raw[64];
		size_t n = b64(js_at(list, i), raw, sizeof raw);
		tree_leaf(bytes_of(raw, n), l.leaf[i]);
	}
	return l;
}

static void
root_of(const struct js *v, uint64_t size, uint8_t *out)
{
	hash_of(js_at(js_get(js_get(v, "tree"), "roots"), size), out);
}

static void
test_roots_of_the_vectors(void **state)
{
	struct leaves l = leaves_of(*state);
	struct tree t = { .size = 0 };
	hash want, got;
	for (uint64_t n = 0; n <= 8; n++) {
		root_of(*state, n, want);
		tree_root(&t, got);
		assert_memory_equal(want, got, sizeof got);
		if (n < 8)
			tree_push(&t, l.leaf[n]);
	}
}

static void
test_proofs_of_the_vectors_are_made_and_accepted(void **state)
{
	struct leaves l = leaves_of(*state);
	struct tree_source src = { &l, node_of };
	const struct js *rows = js_get(js_get(*state, "tree"), "inclusion");
	struct tree_proof mine;
	hash old, root;
	assert_true(js_len(rows) > 30);
	for (size_t i = 0; i < js_len(rows); i++) {
		struct tree_proof p = hashes_of(js_at(rows, i));
		uint64_t index = number(js_at(rows, i), "index"), size = number(js_at(rows, i), "size");
		root_of(*state, size, root);
		assert_true(tree_check_entry(l.leaf[index], index, size, &p, root));
		assert_int_equal(tree_prove_entry(&src, index, size, &mine, NULL), ENT_OK);
		assert_int_equal(mine.count, p.count);
		assert_memory_equal(mine.hash, p.hash, p.count * sizeof root);
	}
	rows = js_get(*state, "growth");
	assert_true(js_len(rows) > 20);
	for (size_t i = 0; i < js_len(rows); i++) {
		struct tree_proof p = hashes_of(js_at(rows, i));
		uint64_t from = number(js_at(rows, i), "from"), to = number(js_at(rows, i), "to");
		root_of(*state, from, old);
		root_of(*state, to, root);
		assert_true(tree_check_growth(from, old, to, root, &p));
		assert_int_equal(tree_prove_growth(&src, from, to, &mine, NULL), ENT_OK);
		assert_int_equal(mine.count, p.count);
		assert_memory_equal(mine.hash, p.hash, p.count * sizeof root);
	}
}

static void
test_paths_of_the_vectors(void **state)
{
	const struct js *rows = js_get(*state, "paths");
	for (size_t i = 0; i < js_len(rows); i++) {
		const struct js *row = js_at(rows, i);
		struct tile t = { (int)js_get_int(row, "level", 0), number(row, "index"),
			(unsigned)number(row, "width") };
		char path[TILE_PATH_MAX];
		tile_path(&t, path);
		assert_string_equal(path, js_get_str(row, "path"));
	}
}

/* ---- entries and lines --------------------------------------------------------------------------- */

static void
test_the_vectors_entry_opens(void **state)
{
	const struct js *v = js_get(*state, "entry"), *open = js_get(v, "open");
	struct bytes text = bytes_of_cstr(js_get_str(v, "text"));
	const char *key;
	struct js *want;
	for (void *it = NULL; (it = js_each(open, it, &key, &want)) != NULL;) {
		struct js *got = NULL;
		assert_int_equal(entry_open(text, js_get(v, "disclosures"), key, &got, NULL), ENT_OK);
		assert_true(js_equal(want, got));
		js_free(got);
	}
}

/* One opening was erased: entry and leaf are as they were, the other opens, this one does not. */
static void
test_an_erased_opening_leaves_all_else(void **state)
{
	const struct js *v = js_get(*state, "erased"), *open = js_get(v, "open");
	struct bytes text = bytes_of_cstr(js_get_str(v, "text"));
	const char *key;
	struct js *want, *got = NULL;
	hash leaf, told;
	for (void *it = NULL; (it = js_each(open, it, &key, &want)) != NULL;) {
		assert_int_equal(entry_open(text, js_get(v, "disclosures"), key, &got, NULL), ENT_OK);
		assert_true(js_equal(want, got));
		js_free(got);
	}
	assert_int_not_equal(entry_open(text, js_get(v, "disclosures"), js_get_str(v, "gone"), &got, NULL),
	    ENT_OK);
	hash_of(js_get(v, "leaf"), told);
	tree_leaf(text, leaf);
	assert_memory_equal(leaf, told, sizeof leaf);
	assert_string_equal(js_get_str(v, "text"), js_get_str(js_get(*state, "entry"), "text"));
}

static void
test_the_vectors_line_is_written_as_it_stands(void **state)
{
	const struct js *v = js_get(*state, "line");
	struct exchange_line l;
	struct buf b;
	buf_init(&b, ENTRY_MAX);
	assert_int_equal(line_read(bytes_of_cstr(js_get_str(v, "text")), &l, NULL), ENT_OK);
	assert_string_equal(l.dir, js_get_str(v, "dir"));
	assert_string_equal(l.channel, js_get_str(v, "channel"));
	assert_int_equal(l.seq, number(v, "seq"));
	line_write(&l, &b);
	assert_string_equal(buf_cstr(&b), js_get_str(v, "text"));
	buf_done(&b);
}

/* ---- exports ------------------------------------------------------------------------------------- */

static struct exported *
export_of(const struct js *files)
{
	struct exported *x = ent_alloc(sizeof *x);
	const char *path;
	struct js *content;
	for (void *it = NULL; (it = js_each(files, it, &path, &content)) != NULL;) {
		static uint8_t raw[65536];
		struct file *f = file_of(x, path);
		buf_put(&f->content, raw, b64(content, raw, sizeof raw));
	}
	return x;
}

static void
check_export(const struct js *row, const struct audit_key *key)
{
	struct exported *x = export_of(js_get(row, "files")), *y = NULL;
	struct audit_folder f = folder_of(x), g;
	struct audit_log l, other;
	struct audit_against against = { NULL, NULL };
	struct audit_report *r = NULL;
	assert_int_equal(audit_log_open(&f, key, &l, NULL), ENT_OK);
	if (js_get(row, "against") != NULL) {
		y = export_of(js_get(row, "against"));
		g = folder_of(y);
		assert_int_equal(audit_log_open(&g, key, &other, NULL), ENT_OK);
		against.log = &other;
	}
	assert_int_equal(audit_verify(&l, &against, &r, NULL), ENT_OK);
	if (js_is_null(js_get(row, "first"))) {
		assert_int_equal(r->count, 0);
	} else {
		assert_true(r->count > 0 && r->finding[0].has_entry);
		assert_int_equal(r->finding[0].entry, number(row, "first"));
	}
	audit_report_free(r);
	audit_log_close(&l);
	exported_free(x);
	if (y != NULL) {
		audit_log_close(&other);
		exported_free(y);
	}
}

static struct audit_key
key_of(const struct js *v)
{
	struct audit_key key;
	assert_int_equal(audit_key_read(str_of(js_get_str(v, "key")), &key, NULL), ENT_OK);
	return key;
}

static void
test_the_first_bad_entry_of_each_export(void **state)
{
	const struct js *rows = js_get(*state, "exports");
	struct audit_key key = key_of(*state);
	assert_int_equal(js_len(rows), 8);
	for (size_t i = 0; i < js_len(rows); i++)
		check_export(js_at(rows, i), &key);
}

static void
test_the_vectors_proof_is_the_one_we_write(void **state)
{
	const char *text = js_get_str(*state, "proof");
	struct audit_key key = key_of(*state);
	struct audit_proof p;
	struct checkpoint c;
	struct audit_log l;
	struct buf mine;
	struct exported *x = export_of(js_get(js_at(js_get(*state, "exports"), 0), "files"));
	struct audit_folder f = folder_of(x);
	buf_init(&mine, PROOF_MAX);
	assert_int_equal(audit_proof_read(bytes_of_cstr(text), &p, NULL), ENT_OK);
	assert_int_equal(audit_proof_check(&p, &key, &c, NULL), ENT_OK);
	assert_int_equal(c.size, 7);
	assert_int_equal(audit_log_open(&f, &key, &l, NULL), ENT_OK);
	assert_int_equal(audit_prove(&l, 4, &mine, NULL), ENT_OK);
	assert_string_equal(buf_cstr(&mine), text);
	audit_log_close(&l);
	audit_proof_done(&p);
	buf_done(&mine);
	exported_free(x);
}

/* ---- reconciling --------------------------------------------------------------------------------- */

static struct exported *
exchange_of(const char *code, const struct js *lines)
{
	struct exported *x = exported_new(code, "AGR-1");
	for (size_t i = 0; i < js_len(lines); i++)
		add_entry(x, js_str(js_at(lines, i)));
	cut(x, true);
	return x;
}

static void
check_pair(const struct js *row)
{
	struct exported *x = exchange_of("RAB", js_get(row, "a")), *y = exchange_of("BRU", js_get(row, "b"));
	struct audit_folder f = folder_of(x), g = folder_of(y);
	struct audit_log a, b;
	struct reconcile_report *r = NULL;
	const struct js *want = js_get(row, "rows");
	assert_int_equal(audit_log_open(&f, NULL, &a, NULL), ENT_OK);
	assert_int_equal(audit_log_open(&g, NULL, &b, NULL), ENT_OK);
	assert_int_equal(audit_reconcile(&a, &b, &r, NULL), ENT_OK);
	assert_int_equal(r->count, js_len(want));
	for (size_t i = 0; i < r->count; i++) {
		char text[128];
		(void)snprintf(text, sizeof text, "%s %s %llu", difference_name(r->row[i].what),
		    r->row[i].side, (unsigned long long)r->row[i].seq);
		assert_string_equal(text, js_str(js_at(want, i)));
	}
	reconcile_report_free(r);
	audit_log_close(&a);
	audit_log_close(&b);
	exported_free(x);
	exported_free(y);
}

static void
test_pairs_of_the_vectors_reconcile_as_they_say(void **state)
{
	const struct js *rows = js_get(*state, "reconcile");
	assert_int_equal(js_len(rows), 10);
	for (size_t i = 0; i < js_len(rows); i++)
		check_pair(js_at(rows, i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots_of_the_vectors),
		cmocka_unit_test(test_proofs_of_the_vectors_are_made_and_accepted),
		cmocka_unit_test(test_paths_of_the_vectors),
		cmocka_unit_test(test_the_vectors_entry_opens),
		cmocka_unit_test(test_an_erased_opening_leaves_all_else),
		cmocka_unit_test(test_the_vectors_line_is_written_as_it_stands),
		cmocka_unit_test(test_the_first_bad_entry_of_each_export),
		cmocka_unit_test(test_the_vectors_proof_is_the_one_we_write),
		cmocka_unit_test(test_pairs_of_the_vectors_reconcile_as_they_say),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, load, vectors_unload);
}
