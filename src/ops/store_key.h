/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/store_key: the key that wraps the data keys, replaced every so many days or when an administrator
 * says so.  What was copied of keys.db before opens no more then, so an erased data key is gone from
 * backups too.  Private to ops.
 */
#ifndef ENT_OPS_STORE_KEY_H
#define ENT_OPS_STORE_KEY_H

#include "keeper/keeper.h"
#include "store/store.h"

#include <pthread.h>

struct node;

#define STORE_KEY_DAYS 30 /* unless the configuration says otherwise */

/* Of a node; its alone. */
struct store_key {
	pthread_mutex_t lock; /* held while it is replaced; made is under it */
	ent_time made, every;
};
struct store_key *node_store_key(struct node *n);

/* Open the store with the keeper's key, whichever of the two it is after a crash; *made is when the one
 * that opened it was made. */
ENT_CHECK enum ent_err store_key_open(struct keeper *k, const char *path, ent_time now,
    struct store **out, ent_time *made, struct ent_why *why);
/* Replace it; writers wait meanwhile.  After an error the old one or the new one is in force, both open
 * the store, and the next try goes on from there. */
ENT_CHECK enum ent_err store_key_renew(struct node *n, ent_time now, struct ent_why *why);
/* When it was made, and when it is to be replaced. */
ent_time store_key_made(struct node *n, ent_time *due);

#endif
