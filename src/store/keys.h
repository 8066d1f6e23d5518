/* SPDX-License-Identifier: Apache-2.0
 *
 * store/keys: data keys, one for each thing that may have to be erased alone.  They rest in keys.db,
 * wrapped by the store key; the thing itself rests in records.db, sealed.  Destroying the key erases
 * the thing in every copy and backup of records.db.
 *
 * Order (ARCHITECTURE.md, "sealed records"): a new key is committed before the group that uses it; an
 * erased one is destroyed, and keys.db checkpointed, after the group that says so and before
 * store_write returns.
 */
#ifndef ENT_STORE_KEYS_H
#define ENT_STORE_KEYS_H

#include "store/store.h"

#define STORE_SEALED_MAX ((size_t)16 << 20) /* one sealed item, in bytes */

/* In a write body: make the data key `id`.  EEXISTS if there is such a key. */
ENT_CHECK enum ent_err store_key_make(struct store_tx *tx, const struct ent_id *id,
    struct ent_why *why);
/* Seal in under the key of that id; out gets in.n + CRYPTO_AEAD_OVERHEAD bytes, appended.  ENOTFOUND if
 * the key was erased, ETOOBIG over STORE_SEALED_MAX. */
ENT_CHECK enum ent_err store_seal(struct store_tx *tx, const struct ent_id *id, struct bytes in,
    struct buf *out, struct ent_why *why);
/* Both in one, for what is sealed as it is made. */
ENT_CHECK enum ent_err store_seal_new(struct store_tx *tx, const struct ent_id *id, struct bytes in,
    struct buf *out, struct ent_why *why);
/* Open what was sealed under the key of that id, appended to out (which the caller wipes); ENOTFOUND if
 * the key was erased, ESIG if it does not open. */
ENT_CHECK enum ent_err store_unseal(struct store_tx *tx, const struct ent_id *id, struct bytes in,
    struct buf *out, struct ent_why *why);
/* In a read body that opens many: one look at keys.db for all of them until the body ends, which must be
 * soon (thousands, not millions), because an erasure waits for it.  In a write body: nothing. */
ENT_CHECK enum ent_err store_keys_hold(struct store_tx *tx, struct ent_why *why);
/* In a write body: destroy the key once this body is committed, before store_write returns.  No error
 * if there is none. */
ENT_CHECK enum ent_err store_key_erase(struct store_tx *tx, const struct ent_id *id,
    struct ent_why *why);

/* Wrap all data keys anew under another store key.  Blocks writing; readers wait per key.  After it
 * returns the old store key opens nothing in keys.db; durable all at once.  On an error either key may
 * be the one: keep both until one of them opens the store. */
ENT_CHECK enum ent_err store_rewrap(struct store *s, const uint8_t key[static CRYPTO_KEY_LEN],
    struct ent_why *why);

#endif
