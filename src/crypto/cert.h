/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto/cert: the X.509 that TLS wants around keys which are pinned anyway (DESIGN 4.8).
 *
 * A service's identity key is its own certificate authority, and it issues a leaf to the TLS key that
 * the node makes at each start.  The partner knows the identity key alone, from the agreement: it
 * makes a CA certificate around it (cert_shell, signed by a key that is thrown away) and takes that
 * as the only trust anchor.  So names are fixed here: "<code, lower case>.entente.invalid" is the
 * leaf's CN and SAN (DNS), the CA's CN has "ca." before it; both key identifiers are the first 20
 * bytes of SHA-256 of the identity key.  All certificates are DER.
 */
#ifndef ENT_CRYPTO_CERT_H
#define ENT_CRYPTO_CERT_H

#include "base/time.h"
#include "crypto/crypto.h"

#define CERT_MAX ((size_t)1024)	     /* bytes of a certificate made here */
#define CERT_SPKI_MAX ((size_t)160)  /* Ed25519 and P-256 keys fit, RSA does not */
#define CERT_CODE_MAX 16
#define CERT_NAME_MAX 40	     /* "ca." code ".entente.invalid" NUL */
#define CERT_LEAF_DAYS 7

/* "rab.entente.invalid" of "RAB". */
void cert_name(const char *code, char out[static CERT_NAME_MAX]);

/* The identity's own CA certificate; sk is the identity key.  Appended to out. */
ENT_CHECK enum ent_err cert_ca(const char *code, const uint8_t sk[static CRYPTO_SIGN_SK], ent_time now,
    struct buf *out, struct ent_why *why);
/* The same around a partner's public identity key, signed by nobody one knows. */
ENT_CHECK enum ent_err cert_shell(const char *code, const uint8_t pk[static CRYPTO_SIGN_PK],
    ent_time now, struct buf *out, struct ent_why *why);
/* A leaf for a SubjectPublicKeyInfo (Ed25519 or P-256), client and server, valid from an hour before
 * now for CERT_LEAF_DAYS.  EFIELD for another key. */
ENT_CHECK enum ent_err cert_leaf(const char *code, const uint8_t sk[static CRYPTO_SIGN_SK],
    struct bytes spki, ent_time now, struct buf *out, struct ent_why *why);

#endif
