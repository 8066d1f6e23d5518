/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/tree.h"

#include <string.h>

void
tree_leaf(struct bytes entry, uint8_t out[static CRYPTO_HASH_LEN])
{
	static const uint8_t mark[1] = { 0 };
	const struct bytes parts[] = { { mark, 1 }, entry };
	crypto_sha256_parts(parts, 2, out);
}

void
tree_node(const uint8_t left[static CRYPTO_HASH_LEN], const uint8_t right[static CRYPTO_HASH_LEN],
    uint8_t out[static CRYPTO_HASH_LEN])
{
	uint8_t both[1 + 2 * CRYPTO_HASH_LEN] = { 1 };
	memcpy(both + 1, left, CRYPTO_HASH_LEN);
	memcpy(both + 1 + CRYPTO_HASH_LEN, right, CRYPTO_HASH_LEN);
	crypto_sha256(bytes_of(both, sizeof both), out);
}

void
tree_push(struct tree *t, const uint8_t leaf[static CRYPTO_HASH_LEN])
{
	uint8_t h[CRYPTO_HASH_LEN];
	unsigned level = 0;
	if (t->size >= ((uint64_t)1 << TREE_LEVELS) - 1)
		ENT_BUG("a tree of 2^63 leaves");
	memcpy(h, leaf, sizeof h);
	for (; (t->size >> level & 1) != 0; level++)
		tree_node(t->hash[level], h, h);
	memcpy(t->hash[level], h, sizeof h);
	t->size++;
}

void
tree_root(const struct tree *t, uint8_t out[static CRYPTO_HASH_LEN])
{
	bool begun = false;
	if (t->size == 0)
		crypto_sha256(bytes_of(NULL, 0), out);
	for (unsigned level = 0; level < TREE_LEVELS; level++) {
		if ((t->size >> level & 1) == 0)
			continue;
		if (begun)
			tree_node(t->hash[level], out, out);
		else
			memcpy(out, t->hash[level], CRYPTO_HASH_LEN);
		begun = true;
	}
}

void
tree_save(const struct tree *t, struct buf *out)
{
	for (unsigned level = TREE_LEVELS; level-- > 0;)
		if ((t->size >> level & 1) != 0)
			buf_put(out, t->hash[level], CRYPTO_HASH_LEN);
}

enum ent_err
tree_load(uint64_t size, struct bytes frontier, struct tree *out)
{
	size_t want = (size_t)__builtin_popcountll(size) * CRYPTO_HASH_LEN, at = 0;
	if (size >> TREE_LEVELS != 0 || frontier.n != want)
		return ENT_ESYNTAX;
	out->size = size;
	for (unsigned level = TREE_LEVELS; level-- > 0;) {
		if ((size >> level & 1) == 0)
			continue;
		memcpy(out->hash[level], frontier.p + at, CRYPTO_HASH_LEN);
		at += CRYPTO_HASH_LEN;
	}
	return ENT_OK;
}

/* ---- proofs ------------------------------------------------------------------------------------ */

/* The largest power of two below n, n > 1: where RFC 6962 splits. */
static unsigned
split_level(uint64_t n)
{
	return 63u - (unsigned)__builtin_clzll(n - 1);
}

/* Root of leaves [begin, end), not empty.  RFC 6962's splits keep begin a multiple of the left part's
 * size, so each complete part is one node of the source. */
static enum ent_err
range_root(const struct tree_source *src, uint64_t begin, uint64_t end,
    uint8_t out[static CRYPTO_HASH_LEN], struct ent_why *why)
{
	uint8_t right[CRYPTO_HASH_LEN];
	uint64_t n = end - begin;
	if ((n & (n - 1)) == 0) {
		unsigned level = (unsigned)__builtin_ctzll(n);
		return src->node(src->ctx, level, begin >> level, out, why);
	}
	uint64_t middle = begin + ((uint64_t)1 << split_level(n));
	enum ent_err err = range_root(src, begin, middle, out, why);
	if (err == ENT_OK)
		err = range_root(src, middle, end, right, why);
	if (err == ENT_OK)
		tree_node(out, right, out);
	return err;
}

enum ent_err
tree_root_of(const struct tree_source *src, uint64_t size, uint8_t out[static CRYPTO_HASH_LEN],
    struct ent_why *why)
{
	if (size == 0) {
		crypto_sha256(bytes_of(NULL, 0), out);
		return ENT_OK;
	}
	return range_root(src, 0, size, out, why);
}

/* A proof's hashes come deepest first, the walk goes from the top: they are filled from the end. */
struct walk {
	const struct tree_source *src;
	uint64_t begin[TREE_PROOF_MAX], end[TREE_PROOF_MAX];
	size_t count;
};

static void
note_range(struct walk *w, uint64_t begin, uint64_t end)
{
	w->begin[w->count] = begin;
	w->end[w->count++] = end;
}

static enum ent_err
resolve(const struct walk *w, struct tree_proof *out, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < w->count && err == ENT_OK; i++) {
		size_t from = w->count - 1 - i;
		err = range_root(w->src, w->begin[from], w->end[from], out->hash[i], why);
	}
	out->count = w->count;
	return err;
}

enum ent_err
tree_prove_entry(const struct tree_source *src, uint64_t index, uint64_t size,
    struct tree_proof *out, struct ent_why *why)
{
	struct walk w = { .src = src };
	uint64_t begin = 0, end = size;
	if (index >= size || size >> TREE_LEVELS != 0)
		return ent_fail(ENT_EFIELD, why, "there is no entry %llu in a log of %llu",
		    (unsigned long long)index, (unsigned long long)size);
	while (end - begin > 1) {
		uint64_t middle = begin + ((uint64_t)1 << split_level(end - begin));
		if (index < middle) {
			note_range(&w, middle, end);
			end = middle;
		} else {
			note_range(&w, begin, middle);
			begin = middle;
		}
	}
	return resolve(&w, out, why);
}

enum ent_err
tree_prove_growth(const struct tree_source *src, uint64_t from, uint64_t to, struct tree_proof *out,
    struct ent_why *why)
{
	struct walk w = { .src = src };
	uint64_t begin = 0, end = to;
	if (from == 0 || from > to || to >> TREE_LEVELS != 0)
		return ent_fail(ENT_EFIELD, why, "a log does not grow from %llu to %llu",
		    (unsigned long long)from, (unsigned long long)to);
	while (end != from) { /* SUBPROOF(m, D[n], b) of RFC 6962 2.1.2 */
		uint64_t middle = begin + ((uint64_t)1 << split_level(end - begin));
		if (from <= middle) {
			note_range(&w, middle, end);
			end = middle;
		} else {
			note_range(&w, begin, middle);
			begin = middle;
		}
	}
	if (begin != 0)
		note_range(&w, begin, end);
	return resolve(&w, out, why);
}

bool
tree_check_entry(const uint8_t leaf[static CRYPTO_HASH_LEN], uint64_t index, uint64_t size,
    const struct tree_proof *p, const uint8_t root[static CRYPTO_HASH_LEN])
{
	uint8_t r[CRYPTO_HASH_LEN];
	uint64_t fn = index, sn = size - 1;
	if (index >= size || p->count > TREE_PROOF_MAX)
		return false;
	memcpy(r, leaf, sizeof r);
	for (size_t i = 0; i < p->count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			tree_node(p->hash[i], r, r);
			for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			tree_node(r, p->hash[i], r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(r, root, sizeof r) == 0;
}

/* RFC 9162 2.1.4.2 for 0 < from < to; the hashes begin with the old root if from is a power of two. */
static bool
check_growth(uint64_t from, const uint8_t *from_root, uint64_t to, const uint8_t *to_root,
    const struct tree_proof *p)
{
	uint8_t fr[CRYPTO_HASH_LEN], sr[CRYPTO_HASH_LEN];
	uint64_t fn = from - 1, sn = to - 1;
	bool whole = (from & (from - 1)) == 0;
	size_t i = whole ? 0 : 1;
	if (p->count == 0 || p->count > TREE_PROOF_MAX)
		return false;
	for (; (fn & 1) != 0; fn >>= 1)
		sn >>= 1;
	memcpy(fr, whole ? from_root : p->hash[0], sizeof fr);
	memcpy(sr, fr, sizeof sr);
	for (; i < p->count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			tree_node(p->hash[i], fr, fr);
			tree_node(p->hash[i], sr, sr);
			for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			tree_node(sr, p->hash[i], sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(fr, from_root, sizeof fr) == 0 &&
	    memcmp(sr, to_root, sizeof sr) == 0;
}

bool
tree_check_growth(uint64_t from, const uint8_t from_root[static CRYPTO_HASH_LEN], uint64_t to,
    const uint8_t to_root[static CRYPTO_HASH_LEN], const struct tree_proof *p)
{
	uint8_t empty[CRYPTO_HASH_LEN];
	if (from > to || to >> TREE_LEVELS != 0)
		return false;
	if (from == to)
		return p->count == 0 && memcmp(from_root, to_root, CRYPTO_HASH_LEN) == 0;
	if (from > 0)
		return check_growth(from, from_root, to, to_root, p);
	crypto_sha256(bytes_of(NULL, 0), empty);
	return p->count == 0 && memcmp(from_root, empty, sizeof empty) == 0;
}
