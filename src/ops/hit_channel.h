/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/hit_channel: what the operations of private hit/no-hit have in common: the other side of an
 * agreement with its keys and quotas, copied out of the policy.  Private to ops.
 */
#ifndef ENT_OPS_HIT_CHANNEL_H
#define ENT_OPS_HIT_CHANNEL_H

#include "hit/hit.h"
#include "ops/node.h"
#include "store/hits.h"

#define HIT_NO_HIT_DAYS 30	      /* a query without a hit is kept so long, or less if the annex says so */
#define HIT_CLOCKS_APART (600 * ENT_SECOND) /* how far the two clocks may differ */

struct hit_channel {
	char agreement[AGREEMENT_MAX], annex[AGREEMENT_MAX];
	char own[CODE_MAX], partner[CODE_MAX], address[128];
	uint8_t identity[CRYPTO_SIGN_PK], record[CRYPTO_SIGN_PK]; /* the partner's */
	uint64_t quota_day, quota_epoch;			  /* elements */
	int64_t retention_days, epoch_days;
	bool has_oversight;
	uint8_t oversight[CRYPTO_BOX_PK]; /* of our own oversight body */
};

/* annex: NULL or "" for the one that there is.  ENOTFOUND. */
ENT_CHECK enum ent_err hit_channel_get(struct node *n, const char *agreement, const char *annex,
    struct hit_channel *out, struct ent_why *why);
/* The annex of a purpose: what quotas are counted against. */
ENT_CHECK enum ent_err hit_channel_for(struct node *n, const char *agreement, const char *annex,
    enum ent_purpose purpose, struct hit_channel *out, struct ent_why *why);

/* The annex lets private questions be asked: it has a quota for them. */
bool hit_channel_allowed(const struct policy_annex *x);
/* The annexes of agreements with partners that are in force and let private questions be asked; an array
 * owned by the caller (free). */
struct hit_pair {
	char agreement[AGREEMENT_MAX], annex[AGREEMENT_MAX];
};
struct hit_pair *hit_channels_in_force(struct node *n, ent_time now, size_t *count);
/* The same of all agreements: what is withdrawn is told whatever their standing. */
struct hit_pair *hit_channels_all(struct node *n, size_t *count);
/* The annex of an epoch of our own filters, in force or retired; else that of the purpose; else any, so
 * that it can be told no by policy. */
ENT_CHECK enum ent_err hit_channel_of(struct node *n, const char *agreement, uint32_t epoch,
    enum ent_purpose purpose, struct hit_channel *out, struct ent_why *why);

/* POST a request object (taken) to the partner; *answer gets the raw body. */
ENT_CHECK enum ent_err hit_channel_post(struct node *n, const struct hit_channel *ch,
    const char *path, struct js *request, struct buf *answer, struct ent_why *why);

/* What is counted on the day of t, when `used` was counted at `at`: a day later it begins anew; a
 * clock that was set back does not give a day back. */
uint64_t hit_used_on(uint64_t used, ent_time at, ent_time t);

/* The exchange log's line of a message, the same on both sides. */
ENT_CHECK enum ent_err hit_channel_log(struct store_tx *tx, const struct hit_channel *ch,
    bool outgoing, uint64_t seq, enum jws_type type, struct str compact, struct ent_why *why);

#endif
