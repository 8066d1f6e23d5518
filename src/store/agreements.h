/* SPDX-License-Identifier: Apache-2.0
 *
 * store/agreements: cards, agreement documents, signatures, standing, and the queue of agreements
 * that became active.  What was signed is kept as it was signed; policy verifies it anew at each load.
 *
 * Nothing here is data of the persons whom records tell of.  Writing wants a live grant; reading goes
 * without, because the policy that grants is made of it.
 */
#ifndef ENT_STORE_AGREEMENTS_H
#define ENT_STORE_AGREEMENTS_H

#include "store/store.h"

enum agreements_kind {
	AGREEMENTS_OWN_CARD,
	AGREEMENTS_CARD,
	AGREEMENTS_DOCUMENT,
	AGREEMENTS_CONSENT,
	AGREEMENTS_STANDING,
};

/* Everything, in the order in which policy_load wants it; an error stops the walk.  data: a compact
 * JWS or a document, borrowed for the call. */
typedef enum ent_err agreements_fn(void *ctx, enum agreements_kind kind, struct bytes data,
    struct ent_why *why);
ENT_CHECK enum ent_err agreements_each(struct store_tx *tx, agreements_fn *fn, void *ctx,
    struct ent_why *why);

/* ---- cards (grant: AGREE) ------------------------------------------------------------------------ */

struct card_row {
	const char *code;
	const uint8_t *identity; /* CRYPTO_SIGN_PK bytes */
	bool own;
	ent_time time;		 /* as the card says */
	struct str jws;
};
/* New, or a newer one of the same code and identity instead of the old.  EEXISTS: the code is there
 * with another identity, or the identity with another code; ESTATE: the card there is newer. */
ENT_CHECK enum ent_err card_put(struct store_tx *tx, const struct grant *g,
    const struct card_row *row, ent_time now, struct ent_why *why);
/* Appends the card's JWS; code NULL: our own.  ENOTFOUND. */
ENT_CHECK enum ent_err card_get(struct store_tx *tx, const char *code, struct buf *jws,
    struct ent_why *why);

/* ---- agreements (grant: AGREE; signatures also CONSENT) ------------------------------------------ */

/* EEXISTS if the id is taken, by whatever document. */
ENT_CHECK enum ent_err agreement_put(struct store_tx *tx, const struct grant *g, const char *id,
    struct bytes document, ent_time now, struct ent_why *why);
/* Appends the document; digest may be NULL.  ENOTFOUND. */
ENT_CHECK enum ent_err agreement_get(struct store_tx *tx, const char *id, struct buf *document,
    uint8_t *digest, struct ent_why *why);
/* EEXISTS: that person has signed. */
ENT_CHECK enum ent_err consent_put(struct store_tx *tx, const struct grant *g,
    const uint8_t digest[static CRYPTO_HASH_LEN], const char *party, const struct ent_id *signer,
    struct str jws, ent_time now, struct ent_why *why);
/* The signatures under a document, an array of text; *out is owned by the caller. */
ENT_CHECK enum ent_err consents_of(struct store_tx *tx,
    const uint8_t digest[static CRYPTO_HASH_LEN], struct js **out, struct ent_why *why);

/* ---- standing ------------------------------------------------------------------------------------- */

/* A party's statement; grant: STANDING for our own, FEED or NOTICE for one that came.  EEXISTS: its
 * number is taken. */
ENT_CHECK enum ent_err standing_put(struct store_tx *tx, const struct grant *g,
    const char *agreement, const char *party, int64_t seq, struct str jws, ent_time now,
    struct ent_why *why);
/* A party's last statement, which is what travels with each hello: appends its JWS; *seq may be NULL.
 * ENOTFOUND: it never made one. */
ENT_CHECK enum ent_err standing_last(struct store_tx *tx, const char *agreement, const char *party,
    int64_t *seq, struct buf *jws, struct ent_why *why);

#endif
