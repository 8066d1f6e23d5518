/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/tile.h"

#include "base/arena.h"
#include "base/int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* C2SP tlog-tiles: groups of three digits, all but the last begin with an x. */
void
tile_path(const struct tile *t, char out[static TILE_PATH_MAX])
{
	unsigned group[7];
	size_t groups = 0;
	struct buf b;
	uint64_t n = t->index;
	do {
		group[groups++] = (unsigned)(n % 1000);
		n /= 1000;
	} while (n > 0);
	buf_init(&b, TILE_PATH_MAX - 1);
	if (t->level == TILE_ENTRIES)
		buf_puts(&b, "tile/entries");
	else
		buf_printf(&b, "tile/%d", t->level);
	while (groups-- > 0)
		buf_printf(&b, groups > 0 ? "/x%03u" : "/%03u", group[groups]);
	if (t->width < TILE_WIDTH)
		buf_printf(&b, ".p/%u", t->width);
	memcpy(out, buf_cstr(&b), b.n + 1);
	buf_done(&b);
}

bool
tile_of(uint64_t size, int level, uint64_t index, struct tile *out)
{
	unsigned shift = level == TILE_ENTRIES ? 0 : 8u * (unsigned)level;
	if (shift >= 64 || index > UINT64_MAX / TILE_WIDTH)
		return false;
	uint64_t hashes = size >> shift, begin = index * TILE_WIDTH;
	if (begin >= hashes)
		return false;
	uint64_t left = hashes - begin;
	*out = (struct tile){ level, index, left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH };
	return true;
}

struct tile_span
tile_span_of(unsigned tree_level, uint64_t index)
{
	unsigned within = tree_level % 8;
	uint64_t first = index << within;
	return (struct tile_span){ (int)(tree_level / 8), first / TILE_WIDTH,
		(unsigned)(first % TILE_WIDTH), 1u << within };
}

void
tile_root(const uint8_t *hashes, unsigned first, unsigned count,
    uint8_t out[static CRYPTO_HASH_LEN])
{
	struct tree t = { .size = 0 };
	for (unsigned i = 0; i < count; i++)
		tree_push(&t, hashes + (size_t)(first + i) * CRYPTO_HASH_LEN);
	tree_root(&t, out);
}

enum ent_err
bundle_next(struct bytes *bundle, struct bytes *entry)
{
	if (bundle->n == 0)
		return ENT_ENOTFOUND;
	if (bundle->n < 2)
		return ENT_ESYNTAX;
	size_t n = get_be16(bundle->p);
	if (bundle->n - 2 < n)
		return ENT_ESYNTAX;
	*entry = bytes_of(bundle->p + 2, n);
	*bundle = bytes_of(bundle->p + 2 + n, bundle->n - 2 - n);
	return ENT_OK;
}

void
bundle_put(struct buf *bundle, struct bytes entry)
{
	uint8_t n[2];
	put_be16(n, (uint16_t)entry.n);
	buf_put(bundle, n, sizeof n);
	buf_put(bundle, entry.p, entry.n);
}

struct tiling *
tiling_new(enum ent_err (*emit)(void *, const struct tile *, struct bytes, struct ent_why *),
    void *ctx)
{
	struct tiling *t = ent_alloc(sizeof *t);
	t->emit = emit;
	t->ctx = ctx;
	buf_init(&t->bundle, BUNDLE_MAX);
	return t;
}

void
tiling_free(struct tiling *t)
{
	if (t == NULL)
		return;
	buf_done(&t->bundle);
	free(t);
}

static enum ent_err
emit_bundle(struct tiling *t, struct ent_why *why)
{
	struct tile at = { TILE_ENTRIES, (t->tree.size - 1) / TILE_WIDTH,
		(unsigned)((t->tree.size - 1) % TILE_WIDTH) + 1 };
	enum ent_err err = buf_err(&t->bundle);
	if (err == ENT_OK)
		err = t->emit(t->ctx, &at, buf_bytes(&t->bundle), why);
	buf_reset(&t->bundle);
	return err;
}

enum ent_err
tiling_leaf(struct tiling *t, const uint8_t leaf[static CRYPTO_HASH_LEN], struct ent_why *why)
{
	uint8_t h[CRYPTO_HASH_LEN];
	enum ent_err err = ENT_OK;
	tree_push(&t->tree, leaf);
	memcpy(h, leaf, sizeof h);
	for (int level = 0; level < TILE_LEVELS && err == ENT_OK; level++) {
		memcpy(t->hash[level] + (size_t)t->count[level] * CRYPTO_HASH_LEN, h, sizeof h);
		if (++t->count[level] < TILE_WIDTH)
			break;
		struct tile full = { level, (t->tree.size >> (8 * level) >> 8) - 1, TILE_WIDTH };
		err = t->emit(t->ctx, &full, bytes_of(t->hash[level], TILE_BYTES), why);
		tile_root(t->hash[level], 0, TILE_WIDTH, h);
		t->count[level] = 0;
	}
	return err;
}

enum ent_err
tiling_entry(struct tiling *t, struct bytes entry, struct ent_why *why)
{
	uint8_t leaf[CRYPTO_HASH_LEN];
	if (entry.n > ENTRY_MAX)
		return ent_fail(ENT_ETOOBIG, why, "an entry of %zu bytes", entry.n);
	bundle_put(&t->bundle, entry);
	tree_leaf(entry, leaf);
	enum ent_err err = tiling_leaf(t, leaf, why);
	if (err == ENT_OK && t->tree.size % TILE_WIDTH == 0)
		err = emit_bundle(t, why);
	return err;
}

enum ent_err
tiling_end(struct tiling *t, struct ent_why *why)
{
	enum ent_err err = t->bundle.n > 0 ? emit_bundle(t, why) : ENT_OK;
	for (int level = 0; level < TILE_LEVELS && err == ENT_OK; level++) {
		if (t->count[level] == 0)
			continue;
		struct tile part = { level, t->tree.size >> (8 * level) >> 8, t->count[level] };
		err = t->emit(t->ctx, &part,
		    bytes_of(t->hash[level], (size_t)t->count[level] * CRYPTO_HASH_LEN), why);
	}
	return err;
}
