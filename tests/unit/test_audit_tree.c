/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/tile.h"
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEAVES 700

typedef uint8_t hash[CRYPTO_HASH_LEN];

static void
leaf_of(uint64_t i, uint8_t *out)
{
	uint8_t text[8];
	for (size_t k = 0; k < sizeof text; k++)
		text[k] = (uint8_t)(i >> (8 * k));
	tree_leaf(bytes_of(text, sizeof text), out);
}

/* RFC 6962 2.1, word by word: what the code under test is held against. */
static void
slow_root(hash *leaves, size_t n, uint8_t *out)
{
	hash left, right;
	size_t k = 1;
	if (n == 0) {
		crypto_sha256(bytes_of("", 0), out);
		return;
	}
	if (n == 1) {
		memcpy(out, leaves[0], sizeof(hash));
		return;
	}
	while (k * 2 < n)
		k *= 2;
	slow_root(leaves, k, left);
	slow_root(leaves + k, n - k, right);
	tree_node(left, right, out);
}

static enum ent_err
slow_node(void *ctx, unsigned level, uint64_t index, uint8_t *out, struct ent_why *why)
{
	hash *leaves = ctx;
	size_t n = (size_t)1 << level;
	(void)why;
	slow_root(leaves + index * n, n, out);
	return ENT_OK;
}

static hash *
make_leaves(size_t n)
{
	hash *leaves = ent_alloc_array(n, sizeof *leaves);
	for (size_t i = 0; i < n; i++)
		leaf_of(i, leaves[i]);
	return leaves;
}

static uint64_t
next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void
test_frontier_has_the_root_of_the_definition(void **state)
{
	hash *leaves = make_leaves(LEAVES), want, got;
	struct tree t = { .size = 0 }, back;
	struct buf b;
	(void)state;
	buf_init(&b, TREE_FRONTIER_BYTES);
	for (size_t n = 0; n < LEAVES; n++) {
		slow_root(leaves, n, want);
		tree_root(&t, got);
		assert_memory_equal(want, got, sizeof got);
		buf_reset(&b);
		tree_save(&t, &b);
		assert_int_equal(tree_load(n, buf_bytes(&b), &back), ENT_OK);
		tree_root(&back, got);
		assert_memory_equal(want, got, sizeof got);
		assert_int_equal(tree_load(n + 1, bytes_of(b.p, b.n + 7), &back), ENT_ESYNTAX);
		tree_push(&t, leaves[n]);
	}
	buf_done(&b);
	free(leaves);
}

static void
test_a_frontier_of_another_size_is_refused(void **state)
{
	uint8_t bytes[4 * CRYPTO_HASH_LEN] = { 0 };
	struct tree t;
	(void)state;
	assert_int_equal(tree_load(7, bytes_of(bytes, 96), &t), ENT_OK);
	assert_int_equal(tree_load(7, bytes_of(bytes, 64), &t), ENT_ESYNTAX);
	assert_int_equal(tree_load(7, bytes_of(bytes, 128), &t), ENT_ESYNTAX);
	assert_int_equal(tree_load((uint64_t)1 << 63, bytes_of(bytes, 32), &t), ENT_ESYNTAX);
}

/* Each good proof is accepted; the same with one bit, one hash, the index, the size or the root
 * changed is not. */
static void
test_thousand_inclusion_proofs_good_and_bad(void **state)
{
	hash *leaves = make_leaves(LEAVES), root, other;
	struct tree_source src = { leaves, slow_node };
	uint64_t seed = 7;
	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct tree_proof p, bad;
		uint64_t size = 2 + next(&seed) % (LEAVES - 2), index = next(&seed) % size;
		slow_root(leaves, size, root);
		assert_int_equal(tree_prove_entry(&src, index, size, &p, NULL), ENT_OK);
		assert_true(tree_check_entry(leaves[index], index, size, &p, root));
		bad = p;
		bad.hash[next(&seed) % p.count][next(&seed) % 32] ^= (uint8_t)(1 << next(&seed) % 8);
		assert_false(tree_check_entry(leaves[index], index, size, &bad, root));
		bad = p;
		bad.count--;
		assert_false(tree_check_entry(leaves[index], index, size, &bad, root));
		bad.count += 2;
		memset(bad.hash[bad.count - 1], 0, sizeof(hash));
		assert_false(tree_check_entry(leaves[index], index, size, &bad, root));
		assert_false(tree_check_entry(leaves[(index + 1) % size], index, size, &p, root));
		assert_false(tree_check_entry(leaves[index], (index + 1) % size, size, &p, root));
		assert_false(tree_check_entry(leaves[index], size, size, &p, root));
		slow_root(leaves, size - 1, other);
		assert_false(tree_check_entry(leaves[index], index, size, &p, other));
	}
	free(leaves);
}

static void
test_six_hundred_consistency_proofs_good_and_bad(void **state)
{
	hash *leaves = make_leaves(LEAVES), old, new;
	struct tree_source src = { leaves, slow_node };
	uint64_t seed = 11;
	(void)state;
	for (int round = 0; round < 600; round++) {
		struct tree_proof p, bad;
		uint64_t to = 2 + next(&seed) % (LEAVES - 2), from = 1 + next(&seed) % (to - 1);
		slow_root(leaves, from, old);
		slow_root(leaves, to, new);
		assert_int_equal(tree_prove_growth(&src, from, to, &p, NULL), ENT_OK);
		assert_true(tree_check_growth(from, old, to, new, &p));
		bad = p;
		bad.hash[next(&seed) % p.count][next(&seed) % 32] ^= (uint8_t)(1 << next(&seed) % 8);
		assert_false(tree_check_growth(from, old, to, new, &bad));
		bad = p;
		bad.count = 0;
		assert_false(tree_check_growth(from, old, to, new, &bad));
		bad.count = p.count - 1;
		assert_false(tree_check_growth(from, old, to, new, &bad));
		assert_false(tree_check_growth(to, old, from, new, &p));
		assert_false(tree_check_growth(from, new, to, new, &p));
		assert_false(tree_check_growth(from, old, to, old, &p));
	}
	free(leaves);
}

static void
test_growth_from_nothing_and_to_itself_needs_no_hashes(void **state)
{
	hash empty, root, other = { 1 };
	struct tree_proof none = { 0 }, some = { .count = 1 };
	(void)state;
	tree_root(&(struct tree){ .size = 0 }, empty);
	leaf_of(1, root);
	assert_true(tree_check_growth(0, empty, 1, root, &none));
	assert_true(tree_check_growth(1, root, 1, root, &none));
	assert_true(tree_check_growth(0, empty, 0, empty, &none));
	assert_false(tree_check_growth(0, empty, 1, root, &some));
	assert_false(tree_check_growth(0, other, 1, root, &none));
	assert_false(tree_check_growth(1, root, 1, other, &none)); /* same size, another root */
	assert_false(tree_check_growth(1, root, 0, empty, &none)); /* rolled back */
}

static void
test_absurd_sizes_end_without_an_answer(void **state)
{
	hash h = { 0 };
	struct tree_proof p = { .count = TREE_PROOF_MAX };
	struct tree_source src = { NULL, slow_node };
	(void)state;
	assert_false(tree_check_entry(h, 0, 0, &p, h));
	assert_false(tree_check_entry(h, UINT64_MAX - 1, UINT64_MAX, &p, h));
	assert_false(tree_check_growth(1, h, UINT64_MAX, h, &p));
	assert_false(tree_check_growth((uint64_t)1 << 62, h, ((uint64_t)1 << 63) - 1, h, &p));
	assert_int_equal(tree_prove_entry(&src, 5, 5, &p, NULL), ENT_EFIELD);
	assert_int_equal(tree_prove_growth(&src, 0, 5, &p, NULL), ENT_EFIELD);
	assert_int_equal(tree_prove_growth(&src, 6, 5, &p, NULL), ENT_EFIELD);
}

/* ---- tiles -------------------------------------------------------------------------------------- */

static void
test_tile_paths_are_those_of_tlog_tiles(void **state)
{
	char path[TILE_PATH_MAX];
	(void)state;
	tile_path(&(struct tile){ 0, 0, 256 }, path);
	assert_string_equal(path, "tile/0/000");
	tile_path(&(struct tile){ 3, 1234067, 256 }, path);
	assert_string_equal(path, "tile/3/x001/x234/067");
	tile_path(&(struct tile){ TILE_ENTRIES, 1000, 17 }, path);
	assert_string_equal(path, "tile/entries/x001/000.p/17");
	tile_path(&(struct tile){ 1, UINT64_MAX, 255 }, path);
	assert_string_equal(path, "tile/1/x018/x446/x744/x073/x709/x551/615.p/255");
}

struct kept {
	uint64_t size; /* of the log, to hold the names against */
	hash *leaves;
	size_t tiles, bundles, entries;
};

static enum ent_err
check_tile(void *ctx, const struct tile *t, struct bytes content, struct ent_why *why)
{
	struct kept *k = ctx;
	struct tile want;
	hash root;
	(void)why;
	assert_true(tile_of(k->size, t->level, t->index, &want));
	assert_int_equal(t->width, want.width);
	if (t->level == TILE_ENTRIES) {
		struct bytes entry;
		unsigned n = 0;
		while (bundle_next(&content, &entry) == ENT_OK)
			n++;
		assert_int_equal(content.n, 0);
		assert_int_equal(n, t->width);
		k->bundles++;
		k->entries += n;
		return ENT_OK;
	}
	assert_int_equal(content.n, t->width * sizeof root);
	size_t span = (size_t)1 << (8 * t->level);
	for (unsigned i = 0; i < t->width; i += t->width > 1 ? t->width - 1 : 1) {
		slow_root(k->leaves + (t->index * TILE_WIDTH + i) * span, span, root);
		assert_memory_equal(root, content.p + i * sizeof root, sizeof root);
	}
	k->tiles++;
	return ENT_OK;
}

static void
check_size(hash *leaves, uint64_t size)
{
	struct kept k = { .size = size, .leaves = leaves };
	struct tiling *t = tiling_new(check_tile, &k);
	size_t tiles = 0;
	hash want, got;
	for (uint64_t i = 0; i < size; i++) {
		uint8_t text[8];
		for (size_t n = 0; n < sizeof text; n++)
			text[n] = (uint8_t)(i >> (8 * n));
		assert_int_equal(tiling_entry(t, bytes_of(text, sizeof text), NULL), ENT_OK);
	}
	assert_int_equal(tiling_end(t, NULL), ENT_OK);
	for (uint64_t n = size; n > 0; n /= TILE_WIDTH)
		tiles += (n + TILE_WIDTH - 1) / TILE_WIDTH;
	assert_int_equal(k.tiles, tiles);
	assert_int_equal(k.entries, size);
	assert_int_equal(k.bundles, (size + TILE_WIDTH - 1) / TILE_WIDTH);
	tree_root(&t->tree, got);
	slow_root(leaves, size, want);
	assert_memory_equal(got, want, sizeof got);
	tiling_free(t);
}

static void
test_tiles_at_their_boundaries(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536, 65537 };
	hash *leaves = make_leaves(65537);
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		check_size(leaves, sizes[i]);
	free(leaves);
}

static void
test_spans_find_the_nodes_in_the_tiles(void **state)
{
	struct tile_span s = tile_span_of(0, 300);
	(void)state;
	assert_int_equal(s.level, 0);
	assert_int_equal(s.index, 1);
	assert_int_equal(s.first, 44);
	assert_int_equal(s.count, 1);
	s = tile_span_of(7, 3);
	assert_int_equal(s.level, 0);
	assert_int_equal(s.index, 1);
	assert_int_equal(s.first, 128);
	assert_int_equal(s.count, 128);
	s = tile_span_of(8, 3);
	assert_int_equal(s.level, 1);
	assert_int_equal(s.index, 0);
	assert_int_equal(s.first, 3);
	assert_int_equal(s.count, 1);
}

static void
test_a_cut_bundle_is_refused(void **state)
{
	static const uint8_t in[] = { 0, 2, 'h', 'i', 0, 5, 'x' };
	struct bytes b = bytes_of(in, sizeof in), e;
	(void)state;
	assert_int_equal(bundle_next(&b, &e), ENT_OK);
	assert_int_equal(e.n, 2);
	assert_int_equal(bundle_next(&b, &e), ENT_ESYNTAX);
	b = bytes_of(in, 1);
	assert_int_equal(bundle_next(&b, &e), ENT_ESYNTAX);
	b = bytes_of(in, 0);
	assert_int_equal(bundle_next(&b, &e), ENT_ENOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frontier_has_the_root_of_the_definition),
		cmocka_unit_test(test_a_frontier_of_another_size_is_refused),
		cmocka_unit_test(test_thousand_inclusion_proofs_good_and_bad),
		cmocka_unit_test(test_six_hundred_consistency_proofs_good_and_bad),
		cmocka_unit_test(test_growth_from_nothing_and_to_itself_needs_no_hashes),
		cmocka_unit_test(test_absurd_sizes_end_without_an_answer),
		cmocka_unit_test(test_tile_paths_are_those_of_tlog_tiles),
		cmocka_unit_test(test_tiles_at_their_boundaries),
		cmocka_unit_test(test_spans_find_the_nodes_in_the_tiles),
		cmocka_unit_test(test_a_cut_bundle_is_refused),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
