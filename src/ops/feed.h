/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/feed: keeping both feeds of an agreement: our entries as they are made, the partner's as they
 * come in, the exchange log beside them, and the threads they make.  Private to ops.
 */
#ifndef ENT_OPS_FEED_H
#define ENT_OPS_FEED_H

#include "exchange/exchange.h"
#include "ops/node.h"
#include "store/feeds.h"

/* One entry to be said; pointers are borrowed for the call. */
struct feed_out {
	const struct policy_agreement *agreement;
	enum entry_kind kind;
	struct ent_id ref;
	const struct js *codes, *hidden, *items; /* as struct entry_draft */
	ent_time now, erase_at;
};

/* Compose, sign, keep, log and apply, all within tx; *seq (may be NULL) is its number.  The partner
 * can pull it once tx is durable. */
ENT_CHECK enum ent_err feed_say(struct node *n, struct store_tx *tx, const struct grant *g,
    const struct feed_out *o, uint64_t *seq, struct ent_why *why);

/* Take one message of the partner's feed in: check, decide, keep, log, apply, answer with a receipt.
 * What is refused leaves nothing behind. */
ENT_CHECK enum ent_err feed_hear(struct node *n, struct store_tx *tx, const struct grant *g,
    const struct policy *p, const struct policy_agreement *a, const struct js *message,
    ent_time now, struct ent_why *why);

/* The entry that tells of a refused one, in the node's log; it makes none in the exchange log. */
ENT_CHECK enum ent_err feed_tell_refused(struct store_tx *tx, const struct grant *g,
    const struct policy_agreement *a, const char *partner, const uint8_t hash[static CRYPTO_HASH_LEN],
    const struct ent_why *refusal, enum ent_err result);

/* The thread of a reference, which must be one that we take part in. */
ENT_CHECK enum ent_err feed_thread(struct store_tx *tx, const struct ent_id *ref,
    struct thread *out, struct ent_why *why);

/* The message {jws, disclosures, items} of a kept entry; owned by the caller. */
struct js *feed_message(const struct feed_row *row);

/* {handling: [...], evaluation: "B2"} checked and copied from a request into codes: handling is a
 * list of H0..H3, evaluation a letter A B C X and a digit 1..4. */
ENT_CHECK enum ent_err feed_grading(struct js_reader *r, struct js *codes);

#endif
