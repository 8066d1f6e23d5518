/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto: the primitives in use, over libsodium (SHA-256 over GnuTLS, which is four times faster on
 * trees: research figure in ARCHITECTURE.md).  Sizes in bytes.  No name here is libsodium's own: both
 * would meet at link time.
 */
#ifndef ENT_CRYPTO_CRYPTO_H
#define ENT_CRYPTO_CRYPTO_H

#include "base/buf.h"

#define CRYPTO_HASH_LEN 32     /* SHA-256, BLAKE2b-256 */
#define CRYPTO_KEY_LEN 32      /* XChaCha20-Poly1305 */
#define CRYPTO_SIGN_PK 32      /* Ed25519 (RFC 8032) */
#define CRYPTO_SIGN_SK 64
#define CRYPTO_SIG_LEN 64
#define CRYPTO_BOX_PK 32       /* X25519 sealed boxes, for oversight bodies */
#define CRYPTO_BOX_SK 32
#define CRYPTO_SALT_LEN 16
#define CRYPTO_AEAD_OVERHEAD 40 /* 24 nonce, 16 tag */
#define CRYPTO_BOX_OVERHEAD 48

ENT_CHECK enum ent_err crypto_init(void); /* once, before all else */

void crypto_random(void *out, size_t n);
void crypto_wipe(void *p, size_t n);
bool crypto_equal(const void *a, const void *b, size_t n); /* constant time */

/* Locked, guarded, never dumped; wiped by _free. */
void *crypto_secret_new(size_t n);
void crypto_secret_free(void *p); /* may be NULL */

void crypto_sha256(struct bytes in, uint8_t out[static CRYPTO_HASH_LEN]);
/* SHA-256 of a || b || c, empty parts allowed: tree nodes without a copy. */
void crypto_sha256_parts(const struct bytes *parts, size_t count,
    uint8_t out[static CRYPTO_HASH_LEN]);
void crypto_sha512(struct bytes in, uint8_t out[static 64]);
/* BLAKE2b keyed (key.n 0..64), out_len 16..64. */
void crypto_blake2b(struct bytes key, struct bytes in, uint8_t *out, size_t out_len);

void crypto_ed25519_keypair(uint8_t pk[static CRYPTO_SIGN_PK], uint8_t sk[static CRYPTO_SIGN_SK]);
void crypto_ed25519_sign(const uint8_t sk[static CRYPTO_SIGN_SK], struct bytes in,
    uint8_t sig[static CRYPTO_SIG_LEN]);
bool crypto_verify(const uint8_t pk[static CRYPTO_SIGN_PK], struct bytes in,
    const uint8_t sig[static CRYPTO_SIG_LEN]); /* strict: canonical S, no small-order keys */

/* out gets nonce || ciphertext || tag, in.n + CRYPTO_AEAD_OVERHEAD bytes. */
void crypto_seal(const uint8_t key[static CRYPTO_KEY_LEN], struct bytes in, struct bytes ad,
    uint8_t *out);
/* out gets in.n - CRYPTO_AEAD_OVERHEAD bytes.  ESIG if it does not open. */
ENT_CHECK enum ent_err crypto_open(const uint8_t key[static CRYPTO_KEY_LEN], struct bytes in,
    struct bytes ad, uint8_t *out);

/* Argon2id (RFC 9106), 64 MiB, 3 passes, fixed here; for passphrases and passwords. */
ENT_CHECK enum ent_err crypto_argon2id(struct bytes secret, const uint8_t salt[static CRYPTO_SALT_LEN],
    uint8_t *out, size_t out_len);

/* Sealed boxes.  A public key from outside is checked (canonical, not of small order) before it is
 * sealed to; sealing to a bad one ends the process.  ESIG if a box does not open. */
bool crypto_sealbox_pk_valid(const uint8_t pk[static CRYPTO_BOX_PK]);
void crypto_sealbox_keypair(uint8_t pk[static CRYPTO_BOX_PK], uint8_t sk[static CRYPTO_BOX_SK]);
void crypto_sealbox_seal(const uint8_t pk[static CRYPTO_BOX_PK], struct bytes in, uint8_t *out);
ENT_CHECK enum ent_err crypto_sealbox_open(const uint8_t pk[static CRYPTO_BOX_PK],
    const uint8_t sk[static CRYPTO_BOX_SK], struct bytes in, uint8_t *out);

#endif
