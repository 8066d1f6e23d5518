/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree is built twice: from the entries, and from the hashes of the level-0 tiles.  Where the two
 * part, whichever gives the signed root is right.
 */
#include "audit/verify.h"

#include "audit/sequence.h"
#include "base/arena.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT64_MAX

struct verifying {
	const struct audit_log *log;
	const struct audit_against *against;
	struct audit_report *report;
	char title[128];
	struct tree entries;	   /* as the entries give it */
	struct tiling *tiles;	   /* as the level-0 tiles give it; compares the others */
	struct buf bundle, tile;
	uint64_t differs;	   /* first entry whose hash is not the tile's */
	uint64_t broken;	   /* first entry that is missing or cut off: reading ends there */
	uint64_t misplaced;	   /* first entry that says it stands elsewhere */
	uint64_t says;
	bool tile_damaged, surplus;
	bool tiles_cut;		   /* a level-0 tile is missing, and so are its entries */
	bool against_done;
	uint8_t against_root[CRYPTO_HASH_LEN]; /* of ours, at the older checkpoint's size */
	struct sequence *sequence; /* exchange logs */
	struct audit_finding first_tile;
	size_t open_room;
};

static void ENT_PRINTF(5, 6)
tell(struct verifying *v, const char *kind, bool has_entry, uint64_t entry, const char *fmt, ...)
{
	va_list ap;
	if (v->report->count == VERIFY_FINDINGS_MAX)
		return;
	struct audit_finding *f = &v->report->finding[v->report->count++];
	*f = (struct audit_finding){ .kind = kind, .has_entry = has_entry, .entry = entry };
	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
}

/* ---- intents ------------------------------------------------------------------------------------ */

static void
open_intent(struct verifying *v, uint64_t index)
{
	struct audit_report *r = v->report;
	if (r->open_count == VERIFY_OPEN_MAX)
		return;
	if (r->open_count == v->open_room) {
		v->open_room = v->open_room == 0 ? 64 : v->open_room * 2;
		r->open = ent_realloc(r->open, v->open_room * sizeof *r->open);
	}
	r->open[r->open_count++] = index;
}

static void
close_intent(struct verifying *v, uint64_t intent)
{
	struct audit_report *r = v->report;
	for (size_t i = r->open_count; i-- > 0;) {
		if (r->open[i] != intent)
			continue;
		memmove(&r->open[i], &r->open[i + 1], (r->open_count - i - 1) * sizeof *r->open);
		r->open_count--;
		return;
	}
}

/* ---- one entry ---------------------------------------------------------------------------------- */

static void
read_node_entry(struct verifying *v, uint64_t index, struct bytes text)
{
	struct entry_view e;
	bool is_entry = entry_read(text, &e, NULL) == ENT_OK;
	if (!is_entry || !e.has_index) {
		if (is_entry)
			entry_view_done(&e);
		tell(v, "syntax", true, index, "entry %" PRIu64 " of the %s is not an entry", index,
		    v->title);
		return;
	}
	if (e.index != index && v->misplaced == NONE) {
		v->misplaced = index;
		v->says = e.index;
	}
	if (e.is_intent)
		open_intent(v, index);
	if (e.has_intent)
		close_intent(v, e.intent);
	entry_view_done(&e);
}

static void
read_line(struct verifying *v, uint64_t index, struct bytes text)
{
	struct exchange_line l;
	uint64_t expected;
	if (line_read(text, &l, NULL) != ENT_OK || strcmp(l.agreement, v->log->log) != 0) {
		tell(v, "syntax", true, index, "entry %" PRIu64 " of the %s is not a line of it", index,
		    v->title);
		return;
	}
	if (!sequence_next(v->sequence, &l, &expected))
		tell(v, "sequence", true, index, "entry %" PRIu64 " of the %s: %s %s %s has number %"
		    PRIu64 ", %" PRIu64 " was due", index, v->title, l.dir, l.channel, l.typ, l.seq,
		    expected);
}

static enum ent_err
take_entry(struct verifying *v, uint64_t index, struct bytes text, const uint8_t *tile_hash,
    struct ent_why *why)
{
	uint8_t leaf[CRYPTO_HASH_LEN];
	tree_leaf(text, leaf);
	if (tile_hash != NULL && memcmp(leaf, tile_hash, sizeof leaf) != 0 && v->differs == NONE)
		v->differs = index;
	if (v->log->exchange)
		read_line(v, index, text);
	else
		read_node_entry(v, index, text);
	tree_push(&v->entries, leaf);
	v->report->entries++;
	if (v->against->checkpoint != NULL && v->entries.size == v->against->checkpoint->size) {
		tree_root(&v->entries, v->against_root);
		v->against_done = true;
	}
	return tiling_leaf(v->tiles, tile_hash != NULL ? tile_hash : leaf, why);
}

/* ---- tiles -------------------------------------------------------------------------------------- */

static void
tile_finding(struct verifying *v, const char *path, const struct tile *t, const char *what)
{
	if (v->tile_damaged)
		return;
	v->tile_damaged = true;
	v->first_tile = (struct audit_finding){ .kind = "tile", .has_entry = true,
		.entry = t->index * TILE_WIDTH << (8 * t->level) };
	(void)snprintf(v->first_tile.text, sizeof v->first_tile.text, "%s of the %s %s; it covers the "
	    "entries from %" PRIu64 " on", path, v->title, what, v->first_tile.entry);
}

/* A tile as the entries' hashes give it, against the file.  Level 0 was read before. */
static enum ent_err
compare_tile(void *ctx, const struct tile *t, struct bytes content, struct ent_why *why)
{
	struct verifying *v = ctx;
	char path[TILE_PATH_MAX];
	if (t->level <= 0)
		return ENT_OK;
	tile_path(t, path);
	buf_reset(&v->tile);
	enum ent_err err = v->log->folder.read(v->log->folder.ctx, path, &v->tile, why);
	if (err == ENT_EIO)
		return err;
	if (err != ENT_OK)
		tile_finding(v, path, t, "is missing");
	else if (!bytes_equal(buf_bytes(&v->tile), content))
		tile_finding(v, path, t, "is not the tree over its entries");
	return ENT_OK;
}

/* *hashes is NULL if there is no such file or not of the right length. */
static enum ent_err
read_leaves(struct verifying *v, uint64_t index, const uint8_t **hashes, struct ent_why *why)
{
	char path[TILE_PATH_MAX];
	struct tile t;
	*hashes = NULL;
	buf_reset(&v->tile);
	if (!tile_of(v->log->checkpoint.size, 0, index, &t))
		return ENT_OK;
	tile_path(&t, path);
	enum ent_err err = v->log->folder.read(v->log->folder.ctx, path, &v->tile, why);
	if (err == ENT_EIO)
		return err;
	if (err != ENT_OK)
		tile_finding(v, path, &t, "is missing");
	else if (v->tile.n != (size_t)t.width * CRYPTO_HASH_LEN)
		tile_finding(v, path, &t, "has the wrong length");
	else
		*hashes = v->tile.p;
	return ENT_OK;
}

/* Whoever dropped or inserted entries may have named the last bundle by the number of what it holds now:
 * then that file is read, and the entry named where it parts from the tree. */
static enum ent_err
read_entries(struct verifying *v, const struct tile *t, struct ent_why *why)
{
	struct ent_why missing = { .text = "" };
	struct tile other = *t;
	char path[TILE_PATH_MAX];
	enum ent_err err = ENT_ENOTFOUND;
	for (unsigned tries = 0; tries <= TILE_WIDTH && err == ENT_ENOTFOUND; tries++) {
		other.width = tries == 0 ? t->width : TILE_WIDTH + 1 - tries;
		tile_path(&other, path);
		buf_reset(&v->bundle);
		err = v->log->folder.read(v->log->folder.ctx, path, &v->bundle, &missing);
	}
	if (err == ENT_ENOTFOUND || err == ENT_ETOOBIG) {
		buf_reset(&v->bundle); /* then its first entry is missing */
		return ENT_OK;
	}
	return err == ENT_OK ? ENT_OK : ent_fail(err, why, "%s", missing.text);
}

/* Behind a broken entry the tiles alone are read on: whether they give the signed root is known then. */
static enum ent_err
take_bundle(struct verifying *v, const struct tile *t, struct ent_why *why)
{
	const uint8_t *hashes = NULL;
	uint8_t leaves[TILE_BYTES];
	buf_reset(&v->bundle);
	enum ent_err err = v->broken == NONE ? read_entries(v, t, why) : ENT_OK;
	if (err == ENT_OK)
		err = read_leaves(v, t->index, &hashes, why);
	if (hashes != NULL)
		memcpy(leaves, hashes, (size_t)t->width * CRYPTO_HASH_LEN); /* the buffer is reused */
	struct bytes left = buf_bytes(&v->bundle), entry = { NULL, 0 };
	for (unsigned i = 0; i < t->width && err == ENT_OK; i++) {
		const uint8_t *hash = hashes == NULL ? NULL : leaves + (size_t)i * CRYPTO_HASH_LEN;
		uint64_t index = t->index * TILE_WIDTH + i;
		if (v->broken == NONE && bundle_next(&left, &entry) != ENT_OK)
			v->broken = index;
		if (v->broken == NONE)
			err = take_entry(v, index, entry, hash, why);
		else if (hash != NULL)
			err = tiling_leaf(v->tiles, hash, why);
		else
			v->tiles_cut = true;
	}
	v->surplus = v->surplus || (v->broken == NONE && left.n > 0);
	return err;
}

/* ---- what it means ------------------------------------------------------------------------------ */

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The entries do not give the signed root.  Name the first that is wrong. */
static void
name_first(struct verifying *v, bool tiles_right)
{
	uint64_t size = v->log->checkpoint.size, first = least(v->differs, v->broken);
	if (first != NONE && first == v->broken && first < v->differs)
		tell(v, "missing", true, first, "entry %" PRIu64 " of the %s is missing or cut off; its "
		    "checkpoint commits to %" PRIu64, first, v->title, size);
	else if (first != NONE && v->misplaced == first)
		tell(v, "moved", true, first, "entry %" PRIu64 " of the %s says that it is entry %" PRIu64
		    ": entries were dropped, inserted or moved here", first, v->title, v->says);
	else if (first != NONE && tiles_right)
		tell(v, "edited", true, first, "entry %" PRIu64 " of the %s: content differs from what the "
		    "tree committed to", first, v->title);
	else if (first != NONE)
		tell(v, "edited", true, first, "entry %" PRIu64 " of the %s differs from its tile, and the "
		    "tiles from the signed root", first, v->title);
	else if (v->misplaced != NONE)
		tell(v, "moved", true, v->misplaced, "entry %" PRIu64 " of the %s says that it is entry %"
		    PRIu64 ", and the tree was made anew over it", v->misplaced, v->title, v->says);
	else
		tell(v, "rewritten", false, 0, "the entries and tiles of the %s agree with each other and "
		    "not with the signed root: the log was rewritten; an older export names the entry "
		    "(--against)", v->title);
}

/* Sequence findings came while reading; the conclusion about the tree goes before them. */
static void
conclude_first(struct verifying *v, bool tiles_right)
{
	struct audit_report *r = v->report;
	if (r->count == VERIFY_FINDINGS_MAX)
		r->count--;
	size_t before = r->count;
	name_first(v, tiles_right);
	struct audit_finding f = r->finding[before];
	memmove(&r->finding[1], &r->finding[0], before * sizeof f);
	r->finding[0] = f;
}

static void
conclude(struct verifying *v)
{
	const struct checkpoint *c = &v->log->checkpoint;
	uint8_t from_tiles[CRYPTO_HASH_LEN];
	tree_root(&v->entries, v->report->root);
	tree_root(&v->tiles->tree, from_tiles);
	bool entries_right = v->broken == NONE &&
	    memcmp(v->report->root, c->root, CRYPTO_HASH_LEN) == 0;
	bool tiles_right = !v->tiles_cut && memcmp(from_tiles, c->root, CRYPTO_HASH_LEN) == 0;
	if (!entries_right)
		conclude_first(v, tiles_right);
	else if (v->differs != NONE)
		tell(v, "tile", true, v->differs, "the hash of entry %" PRIu64 " in tile/0 of the %s is "
		    "wrong; the entry itself is as the signed root wants it", v->differs, v->title);
	else if (v->tile_damaged)
		tell(v, "tile", true, v->first_tile.entry, "%s", v->first_tile.text);
	if (entries_right && v->surplus)
		tell(v, "inserted", true, c->size, "entry %" PRIu64 " of the %s was added: its checkpoint "
		    "commits to %" PRIu64, c->size, v->title, c->size);
}

/* ---- against another export or checkpoint -------------------------------------------------------- */

struct comparing {
	struct verifying *v;
	struct audit_nodes *ours;
	uint64_t first;
};

static enum ent_err
compare_entry(void *ctx, uint64_t index, struct bytes entry, struct ent_why *why)
{
	struct comparing *c = ctx;
	struct buf mine;
	if (index >= c->v->log->checkpoint.size)
		return ENT_ESTATE; /* seen enough */
	uint8_t leaf[CRYPTO_HASH_LEN], theirs[CRYPTO_HASH_LEN];
	tree_leaf(entry, theirs);
	if (audit_node_of(c->ours, 0, index, leaf, NULL) == ENT_OK &&
	    memcmp(leaf, theirs, sizeof leaf) == 0)
		return ENT_OK;
	buf_init(&mine, ENTRY_MAX);
	enum ent_err err = audit_log_entry(c->v->log, index, &mine, why);
	bool same = err == ENT_OK && bytes_equal(buf_bytes(&mine), entry);
	buf_done(&mine);
	if (same)
		return ENT_OK; /* only the tile was damaged */
	c->first = index;
	return ENT_ESTATE;
}

static enum ent_err
against_log(struct verifying *v, struct ent_why *why)
{
	const struct audit_log *other = v->against->log;
	uint64_t ours = v->log->checkpoint.size, theirs = other->checkpoint.size;
	struct comparing c = { .v = v, .ours = ent_alloc(sizeof *c.ours), .first = NONE };
	c.ours->folder = &v->log->folder;
	c.ours->size = ours;
	enum ent_err err = audit_log_each(other, compare_entry, &c, why);
	free(c.ours);
	if (err != ENT_OK && err != ENT_ESTATE)
		return err;
	bool named = v->report->count > 0 && v->report->finding[0].has_entry;
	if (c.first != NONE && !(named && v->report->finding[0].entry <= c.first)) {
		tell(v, "rewritten", true, c.first, "entry %" PRIu64 " of the %s: content differs from the "
		    "other export's", c.first, v->title);
		if (v->report->count > 1) { /* it says more than what the log alone could tell */
			struct audit_finding f = v->report->finding[v->report->count - 1];
			memmove(&v->report->finding[1], &v->report->finding[0],
			    (v->report->count - 1) * sizeof f);
			v->report->finding[0] = f;
		}
	}
	if (ours < theirs)
		tell(v, "rolled-back", true, ours, "entry %" PRIu64 " of the %s is missing: rolled back from "
		    "%" PRIu64 " entries to %" PRIu64, ours, v->title, theirs, ours);
	return ENT_OK;
}

static void
against_checkpoint(struct verifying *v)
{
	const struct checkpoint *c = v->against->checkpoint;
	uint8_t empty[CRYPTO_HASH_LEN];
	tree_root(&(struct tree){ .size = 0 }, empty);
	if (c->size > v->log->checkpoint.size)
		tell(v, "rolled-back", true, v->log->checkpoint.size, "entry %" PRIu64 " of the %s is "
		    "missing: rolled back from %" PRIu64 " entries to %" PRIu64, v->log->checkpoint.size,
		    v->title, c->size, v->log->checkpoint.size);
	else if (c->size > 0 && v->against_done &&
	    memcmp(v->against_root, c->root, CRYPTO_HASH_LEN) != 0)
		tell(v, "rewritten", false, 0, "the first %" PRIu64 " entries of the %s are not those of the "
		    "other checkpoint: one of them was changed", c->size, v->title);
	else if (c->size == 0 && memcmp(c->root, empty, sizeof empty) != 0)
		tell(v, "checkpoint", false, 0, "the other checkpoint is of no entries and has a root");
}

static enum ent_err
check_against(struct verifying *v, struct ent_why *why)
{
	const struct audit_against *a = v->against;
	const struct checkpoint *c = a->log != NULL ? &a->log->checkpoint : a->checkpoint;
	if (c == NULL)
		return ENT_OK;
	if (strcmp(c->origin, v->log->checkpoint.origin) != 0) {
		tell(v, "checkpoint", false, 0, "the other is of another log: '%.100s'", c->origin);
		return ENT_OK;
	}
	if (a->log != NULL)
		return against_log(v, why);
	against_checkpoint(v);
	return ENT_OK;
}

enum ent_err
audit_verify(const struct audit_log *l, const struct audit_against *against,
    struct audit_report **out, struct ent_why *why)
{
	static const struct audit_against nothing = { NULL, NULL };
	struct verifying v = { .log = l, .against = against != NULL ? against : &nothing,
		.report = ent_alloc(sizeof *v.report), .differs = NONE, .broken = NONE,
		.misplaced = NONE };
	enum ent_err err = ENT_OK;
	struct tile t;
	audit_log_title(l, v.title);
	v.tiles = tiling_new(compare_tile, &v);
	v.sequence = sequence_new();
	buf_init(&v.bundle, BUNDLE_MAX);
	buf_init(&v.tile, TILE_BYTES);
	for (uint64_t b = 0; err == ENT_OK && !v.tiles_cut &&
	    tile_of(l->checkpoint.size, TILE_ENTRIES, b, &t); b++)
		err = take_bundle(&v, &t, why);
	if (err == ENT_OK && !v.tiles_cut)
		err = tiling_end(v.tiles, why);
	if (err == ENT_OK) {
		conclude(&v);
		err = check_against(&v, why);
	}
	buf_done(&v.tile);
	buf_done(&v.bundle);
	sequence_free(v.sequence);
	tiling_free(v.tiles);
	if (err != ENT_OK) {
		audit_report_free(v.report);
		return err;
	}
	*out = v.report;
	return ENT_OK;
}

void
audit_report_free(struct audit_report *r)
{
	if (r == NULL)
		return;
	free(r->open);
	free(r);
}
