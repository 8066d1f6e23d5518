/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/agreement_call: what the operations on cards and agreements share.  Private to ops.
 */
#ifndef ENT_OPS_AGREEMENT_CALL_H
#define ENT_OPS_AGREEMENT_CALL_H

#include "ops/node.h"

#define AGREEMENT_JWS_MAX ((size_t)16384) /* bytes of a card, a consent or a statement */

/* Make this node's card and sign it: appends the JWS, fills *card with its checked content.
 * oversight_box may be NULL. */
ENT_CHECK enum ent_err agreement_own_card(struct keeper *k, const struct keeper_keys *keys,
    const char *address, const uint8_t *oversight_box, ent_time now, struct policy_card *card,
    struct buf *jws, struct ent_why *why);

/* code, service, address, fingerprint, and since when, for people. */
void agreement_tell_card(struct js *out, const struct policy_card *card);

/* The parties are this node and a partner whose card is here, both by the identity that the document
 * pins.  EPIN, or ENOTFOUND with the remedy. */
ENT_CHECK enum ent_err agreement_check_parties(const struct policy *p,
    const struct policy_agreement *a, struct ent_why *why);

/* Add what the store has under a's document to a. */
ENT_CHECK enum ent_err agreement_add_stored(struct store_tx *tx, struct policy_agreement *a,
    struct js **consents, struct ent_why *why);

/* Where it stands: parties with signatures and who is missing, dates, standing, active or why not,
 * the annexes in short. */
void agreement_tell(struct js *out, const struct policy_agreement *a, ent_time now);

/* suspend, resume, terminate: field `agreement` names which. */
ENT_CHECK enum ent_err agreement_standing_decode(struct op_call *c);
ENT_CHECK enum ent_err agreement_standing_run(struct op_call *c, enum policy_standing state);

#endif
