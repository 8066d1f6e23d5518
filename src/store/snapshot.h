/* SPDX-License-Identifier: Apache-2.0
 *
 * store/snapshot: the search index's snapshot, a file beside the store, sealed under a key of its own.
 *
 * The key lives as long as the snapshot says what the register says: whatever adds, changes or erases a
 * record destroys it in its own transaction.  So a snapshot that opens is neither old nor holds
 * anybody who was erased.  The file: magic, bytes of content; then content in sealed pieces, each bound to
 * its place and to that length.
 */
#ifndef ENT_STORE_SNAPSHOT_H
#define ENT_STORE_SNAPSHOT_H

#include "store/store.h"

/* In a write body: keep this key for the snapshot that is to be written now, in place of any other;
 * id is a new one.  No grant: it opens no record. */
ENT_CHECK enum ent_err snapshot_key_put(struct store_tx *tx, const struct ent_id *id,
    const uint8_t key[static CRYPTO_KEY_LEN], struct ent_why *why);
/* ENOTFOUND: there is no snapshot, or what it says is no longer so. */
ENT_CHECK enum ent_err snapshot_key_get(struct store_tx *tx, uint8_t key[static CRYPTO_KEY_LEN],
    struct ent_why *why);
/* In a write body: the register changes; destroy the key, if there is one. */
ENT_CHECK enum ent_err snapshot_spoil(struct store_tx *tx, struct ent_why *why);

/* Write the file: content of exactly `bytes`, in any pieces, then commit; what was there before stays
 * until then.  EIO. */
struct snapshot_writer;
ENT_CHECK enum ent_err snapshot_begin(const char *path, const uint8_t key[static CRYPTO_KEY_LEN],
    uint64_t bytes, struct snapshot_writer **out, struct ent_why *why);
ENT_CHECK enum ent_err snapshot_put(struct snapshot_writer *w, struct bytes in, struct ent_why *why);
/* Takes w, whether or not it fails. */
ENT_CHECK enum ent_err snapshot_commit(struct snapshot_writer *w, struct ent_why *why);
void snapshot_abandon(struct snapshot_writer *w); /* may be NULL */

/* Read the file into room that the caller gives for its length.  ENOTFOUND; ESYNTAX; ESIG: not sealed
 * under that key, or changed; EIO; ETOOBIG over max. */
ENT_CHECK enum ent_err snapshot_read(const char *path, const uint8_t key[static CRYPTO_KEY_LEN],
    uint64_t max, void *(*room)(void *ctx, size_t n), void *ctx, struct ent_why *why);

#endif
