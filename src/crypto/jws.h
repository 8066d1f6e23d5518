/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto/jws: the one envelope (spec/3-envelope.md).  JWS compact serialisation (RFC 7515), EdDSA
 * (RFC 8037).  The protected header is exactly {"alg":"EdDSA","typ":"<types.def>"}, byte for byte;
 * any other is refused.  The bytes that were signed are the bytes that travel.
 */
#ifndef ENT_CRYPTO_JWS_H
#define ENT_CRYPTO_JWS_H

#include "base/js.h"
#include "crypto/crypto.h"

enum jws_type {
	JWS_NONE = 0,
#define TYPE(num, name, typ, key) JWS_##name = num,
#include "spec/registry/types.def"
#undef TYPE
};

enum jws_key { JWS_KEY_IDENTITY = 1, JWS_KEY_RECORD = 2 };

#define JWS_MAX ((size_t)1 << 20) /* bytes of a compact JWS taken from outside */

const char *jws_typ(enum jws_type t);	   /* the typ value; NULL if unknown */
enum jws_key jws_key_of(enum jws_type t);  /* which of a service's keys signs it */

/* What a signature covers: BASE64URL(header) "." BASE64URL(payload), appended to out. */
void jws_signing_input(enum jws_type t, struct bytes payload, struct buf *out);
/* Appends "." BASE64URL(sig). */
void jws_finish(struct buf *out, const uint8_t sig[static CRYPTO_SIG_LEN]);

/* How ops and the tests sign: the keeper, or a key at hand in a test.  Appends one compact JWS to
 * out.  Fails with EKEEPER, or EREFUSED if the keeper finds that it must not sign this. */
struct signer {
	enum ent_err (*sign)(void *ctx, enum jws_type t, struct bytes payload, struct buf *out,
	    struct ent_why *why);
	void *ctx;
};

/* A signer over a key in memory; for tests and tools.  sk is borrowed. */
struct signer signer_of_key(const uint8_t sk[static CRYPTO_SIGN_SK]);

/* Verify and parse: type, header bytes, signature, payload an object.  *payload is owned by the
 * caller.  ESYNTAX, ETOOBIG, ESIG. */
ENT_CHECK enum ent_err jws_verify(struct str compact, enum jws_type t,
    const uint8_t pk[static CRYPTO_SIGN_PK], struct js **payload, struct ent_why *why);
/* The payload before the signer is known, to find out whose key to verify with; decide nothing on
 * it.  Same errors but ESIG. */
ENT_CHECK enum ent_err jws_peek(struct str compact, enum jws_type t, struct js **payload,
    struct ent_why *why);
/* SHA-256 of the compact form: how entries, logs and receipts name a message. */
void jws_hash(struct str compact, uint8_t out[static CRYPTO_HASH_LEN]);

#endif
