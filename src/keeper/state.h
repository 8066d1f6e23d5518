/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper/state: what the keeper must not forget, in keeper.db.  Private.
 *
 * One thread, one connection, exclusive.  Nothing is remembered outside the file: a batch that does
 * not commit has not happened.  Every function answers EIO if the file does not do its part.
 */
#ifndef ENT_KEEPER_STATE_H
#define ENT_KEEPER_STATE_H

#include "base/id.h"
#include "crypto/note.h"
#include "crypto/oprf.h"

#define STATE_AGREEMENT 64
#define STATE_JWS_MAX ((size_t)1020)

struct state;

ENT_CHECK enum ent_err state_open(const char *dir, struct state **out, struct ent_why *why);
void state_close(struct state *s); /* may be NULL */

ENT_CHECK enum ent_err state_begin(struct state *s);
ENT_CHECK enum ent_err state_commit(struct state *s); /* durable when it returns */
void state_rollback(struct state *s);
/* After a key was destroyed: no trace of it stays in the write-ahead log. */
ENT_CHECK enum ent_err state_shred(struct state *s);

struct state_key {
	bool found, destroyed;
	char annex[STATE_AGREEMENT]; /* whose it is */
	uint8_t sealed[OPRF_SCALAR + CRYPTO_AEAD_OVERHEAD], pk[OPRF_ELEMENT];
	uint64_t quota_day, quota_epoch, used_epoch; /* elements */
};
ENT_CHECK enum ent_err state_key_get(struct state *s, const char *agreement, uint32_t epoch,
    struct state_key *out);
ENT_CHECK enum ent_err state_key_add(struct state *s, const char *agreement, uint32_t epoch,
    const struct state_key *k);
ENT_CHECK enum ent_err state_key_quota(struct state *s, const char *agreement, uint32_t epoch,
    uint64_t quota_day, uint64_t quota_epoch);
ENT_CHECK enum ent_err state_key_used(struct state *s, const char *agreement, uint32_t epoch,
    uint64_t used_epoch);
ENT_CHECK enum ent_err state_key_destroy(struct state *s, const char *agreement, uint32_t epoch);

/* Keys that wrap the node's data keys, sealed under the master key: the current one, and the one that is
 * to follow while the store wraps its keys anew. */
struct state_store_key {
	bool found;
	uint8_t sealed[CRYPTO_KEY_LEN + CRYPTO_AEAD_OVERHEAD];
	int64_t made; /* microseconds since 1970, by the node's clock */
};
ENT_CHECK enum ent_err state_store_key_get(struct state *s, bool next, struct state_store_key *out);
ENT_CHECK enum ent_err state_store_key_add(struct state *s, bool next,
    const struct state_store_key *k);
/* The next one takes the place of the current one. */
ENT_CHECK enum ent_err state_store_key_settle(struct state *s);

/* Of an agreement, the day's count of one annex; all zero at first. */
struct state_counter {
	uint64_t seq;			    /* of the last request that was counted */
	uint8_t request[CRYPTO_HASH_LEN];   /* its hash, as the node names it */
	uint8_t elements[CRYPTO_HASH_LEN];  /* over epoch and elements, as the keeper saw them */
	int64_t day;			    /* days since 1970 of used_day */
	uint64_t used_day;
};
ENT_CHECK enum ent_err state_counter_get(struct state *s, const char *agreement, const char *annex,
    struct state_counter *out);
ENT_CHECK enum ent_err state_counter_put(struct state *s, const char *agreement, const char *annex,
    const struct state_counter *c);

/* The consent that was signed for that document and person: *n = 0 if none. */
ENT_CHECK enum ent_err state_consent_get(struct state *s, const uint8_t document[static 32],
    const struct ent_id *user, uint8_t jws[static STATE_JWS_MAX], size_t *n);
ENT_CHECK enum ent_err state_consent_add(struct state *s, const uint8_t document[static 32],
    const struct ent_id *user, struct bytes jws);

/* The last checkpoint signed for an origin; size 0 and *found false if none. */
ENT_CHECK enum ent_err state_head_get(struct state *s, const char *origin, bool *found,
    struct checkpoint *out);
ENT_CHECK enum ent_err state_head_put(struct state *s, const struct checkpoint *c);

#endif
