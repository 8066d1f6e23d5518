/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/feed_answer: an answer held against the annex of the request that it answers, by the same rule
 * on both sides (spec/4-exchange.md [EXC-15]).  Private to ops.
 */
#ifndef ENT_OPS_FEED_ANSWER_H
#define ENT_OPS_FEED_ANSWER_H

#include "ops/feed.h"

/* The annex that a thread's request names. */
ENT_CHECK enum ent_err feed_request_annex(struct node *n, struct store_tx *tx,
    const struct thread *t, char annex[static AGREEMENT_MAX], struct ent_why *why);

/* Entries other than answers pass.  record: the record key of who says it.  EREFUSED or EEXPIRED
 * with the annex's clause; ESIG for a record that the sender did not sign, or signed for another
 * agreement or with more beside it than statements; ESTATE, ENOTFOUND for no thread of this one. */
ENT_CHECK enum ent_err feed_answer_check(struct node *n, struct store_tx *tx,
    const struct policy *p, const struct policy_agreement *a, const struct entry *e,
    const uint8_t record[static CRYPTO_SIGN_PK], struct ent_why *why);

#endif
