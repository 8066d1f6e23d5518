/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/tile: a log as files, after C2SP tlog-tiles: "tile/<L>/<NNN>[.p/<W>]" of up to 256 hashes and
 * "tile/entries/<NNN>[.p/<W>]" of up to 256 entries, each behind its length in 16 bits, big-endian.
 * Pure: a tiling emits what has to be written or compared.
 */
#ifndef ENT_AUDIT_TILE_H
#define ENT_AUDIT_TILE_H

#include "audit/tree.h"

#define TILE_WIDTH 256u
#define TILE_LEVELS 8	   /* 8 * 8 tree levels */
#define TILE_ENTRIES (-1)  /* in the place of a level: a bundle of entries */
#define TILE_PATH_MAX 64
#define TILE_BYTES ((size_t)TILE_WIDTH * CRYPTO_HASH_LEN)
#define ENTRY_MAX ((size_t)65535)
#define BUNDLE_MAX ((size_t)TILE_WIDTH * (ENTRY_MAX + 2))

struct tile {
	int level; /* 0..TILE_LEVELS-1, or TILE_ENTRIES */
	uint64_t index;
	unsigned width; /* 1..256; under 256 it is a partial tile */
};

void tile_path(const struct tile *t, char out[static TILE_PATH_MAX]);
/* The tile of a log of that size at (level, index); false if there is none. */
bool tile_of(uint64_t size, int level, uint64_t index, struct tile *out);

/* Which tile and which hashes within it make the tree node (tree level, index): the root of `count`
 * hashes from `first` on, count a power of two. */
struct tile_span {
	int level;
	uint64_t index;
	unsigned first, count;
};
struct tile_span tile_span_of(unsigned tree_level, uint64_t index);
/* Root of that span within a tile's hashes; the caller has checked that they are there. */
void tile_root(const uint8_t *hashes, unsigned first, unsigned count,
    uint8_t out[static CRYPTO_HASH_LEN]);

/* Take the next entry off the front of a bundle.  ENOTFOUND at its end, ESYNTAX if it is cut off. */
ENT_CHECK enum ent_err bundle_next(struct bytes *bundle, struct bytes *entry);
/* entry: up to ENTRY_MAX bytes. */
void bundle_put(struct buf *bundle, struct bytes entry);

/* Cuts a stream of leaves into hash tiles, and entries into bundles. */
struct tiling {
	struct tree tree;
	struct buf bundle;
	uint8_t hash[TILE_LEVELS][TILE_BYTES];
	unsigned count[TILE_LEVELS];
	/* Borrowed content; called in any order of levels, by index within a level. */
	enum ent_err (*emit)(void *ctx, const struct tile *t, struct bytes content,
	    struct ent_why *why);
	void *ctx;
};
struct tiling *tiling_new(enum ent_err (*emit)(void *, const struct tile *, struct bytes,
    struct ent_why *), void *ctx);
void tiling_free(struct tiling *t); /* may be NULL */
/* With its entry (into the bundle and the tree), or the leaf's hash alone (no bundles). */
ENT_CHECK enum ent_err tiling_entry(struct tiling *t, struct bytes entry, struct ent_why *why);
ENT_CHECK enum ent_err tiling_leaf(struct tiling *t, const uint8_t leaf[static CRYPTO_HASH_LEN],
    struct ent_why *why);
/* Emit the partial tiles; once, at the end. */
ENT_CHECK enum ent_err tiling_end(struct tiling *t, struct ent_why *why);

#endif
