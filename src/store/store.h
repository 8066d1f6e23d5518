/* SPDX-License-Identifier: Apache-2.0
 *
 * store: what a node keeps.  Embedded SQLite: `records.db` and, apart from it, `keys.db` with the
 * wrapped data keys (ARCHITECTURE.md, "sealed records").
 *
 * One writer thread with group commit: what many callers hand in at the same time shares one
 * transaction and one fsync, each behind its own savepoint, so one that fails takes none along.
 * Readers have a connection each.  Every family of tables has its own header here (records.h,
 * people.h, ...); each function there that touches data takes a grant.
 */
#ifndef ENT_STORE_STORE_H
#define ENT_STORE_STORE_H

#include "base/id.h"
#include "base/js.h"
#include "crypto/crypto.h"
#include "grant/grant.h"

struct store;
struct store_tx; /* a read snapshot, or the writer's open transaction */

/* Create the two databases in folder `dir` (the store's own), which exists; EEXISTS if they are there. */
ENT_CHECK enum ent_err store_create(const char *dir, struct ent_why *why);
/* Open, migrate, finish pending erasures (keys first), sweep unflipped imports and orphan keys.
 * store_key wraps the data keys; it is copied into a secret.  *out is owned by the caller. */
ENT_CHECK enum ent_err store_open(const char *dir, const uint8_t store_key[static CRYPTO_KEY_LEN],
    struct store **out, struct ent_why *why);
void store_close(struct store *s); /* finishes what was handed in; may be NULL */

typedef enum ent_err store_body(struct store_tx *tx, void *ctx, struct ent_why *why);

/* Run body in the writer, behind a savepoint; returns once it is durable.  If body fails, its own
 * changes are rolled back, its error returned, and others in the group are untouched.  body may run
 * once more if the engine asks for it, so it has no effect but in tx and ctx. */
ENT_CHECK enum ent_err store_write(struct store *s, store_body *body, void *ctx,
    struct ent_why *why);
/* The same in two halves: hand it in, go on, and later wait for it, exactly once.  ctx and why live
 * until then. */
struct store_job;
struct store_job *store_write_begin(struct store *s, store_body *body, void *ctx, struct ent_why *why);
ENT_CHECK enum ent_err store_write_end(struct store *s, struct store_job *j);
/* Run body on a read snapshot. */
ENT_CHECK enum ent_err store_read(struct store *s, store_body *body, void *ctx,
    struct ent_why *why);

/* Inside a body: behind a savepoint of its own; an error rolls back to it and is returned. */
ENT_CHECK enum ent_err store_nested(struct store_tx *tx, store_body *body, void *ctx,
    struct ent_why *why);

struct store *store_of(struct store_tx *tx);

#endif
