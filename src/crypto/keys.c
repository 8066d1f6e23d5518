/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures, sealing and passphrases: libsodium behind the names that the rest uses.
 */
#include "crypto/crypto.h"

#include <sodium.h>

_Static_assert(CRYPTO_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "AEAD key");
_Static_assert(CRYPTO_AEAD_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
	crypto_aead_xchacha20poly1305_ietf_ABYTES, "AEAD overhead");
_Static_assert(CRYPTO_SIGN_PK == crypto_sign_PUBLICKEYBYTES, "Ed25519 public key");
_Static_assert(CRYPTO_SIGN_SK == crypto_sign_SECRETKEYBYTES, "Ed25519 secret key");
_Static_assert(CRYPTO_SIG_LEN == crypto_sign_BYTES, "Ed25519 signature");
_Static_assert(CRYPTO_BOX_PK == crypto_box_PUBLICKEYBYTES, "X25519 public key");
_Static_assert(CRYPTO_BOX_SK == crypto_box_SECRETKEYBYTES, "X25519 secret key");
_Static_assert(CRYPTO_BOX_OVERHEAD == crypto_box_SEALBYTES, "sealed box overhead");
_Static_assert(CRYPTO_SALT_LEN == crypto_pwhash_SALTBYTES, "Argon2id salt");

#define NONCE_LEN ((size_t)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)

/* RFC 9106 section 4, second recommended option: 64 MiB, 3 passes (libsodium has one lane only). */
#define ARGON_MEMORY ((size_t)64 << 20)
#define ARGON_PASSES 3

void
crypto_ed25519_keypair(uint8_t pk[static CRYPTO_SIGN_PK], uint8_t sk[static CRYPTO_SIGN_SK])
{
	(void)crypto_sign_ed25519_keypair(pk, sk); /* cannot fail */
}

void
crypto_ed25519_sign(const uint8_t sk[static CRYPTO_SIGN_SK], struct bytes in,
    uint8_t sig[static CRYPTO_SIG_LEN])
{
	(void)crypto_sign_ed25519_detached(sig, NULL, in.p, in.n, sk); /* cannot fail */
}

/* libsodium refuses S >= L, small-order R and keys, and keys that are not canonical. */
bool
crypto_verify(const uint8_t pk[static CRYPTO_SIGN_PK], struct bytes in,
    const uint8_t sig[static CRYPTO_SIG_LEN])
{
	return crypto_sign_ed25519_verify_detached(sig, in.p, in.n, pk) == 0;
}

void
crypto_seal(const uint8_t key[static CRYPTO_KEY_LEN], struct bytes in, struct bytes ad, uint8_t *out)
{
	randombytes_buf(out, NONCE_LEN); /* 192 random bits: no counter to keep */
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_LEN, NULL, in.p, in.n, ad.p,
	    ad.n, NULL, out, key); /* cannot fail */
}

enum ent_err
crypto_open(const uint8_t key[static CRYPTO_KEY_LEN], struct bytes in, struct bytes ad, uint8_t *out)
{
	if (in.n < CRYPTO_AEAD_OVERHEAD ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, in.p + NONCE_LEN,
		in.n - NONCE_LEN, ad.p, ad.n, in.p, key) != 0)
		return ENT_ESIG;
	return ENT_OK;
}

enum ent_err
crypto_argon2id(struct bytes secret, const uint8_t salt[static CRYPTO_SALT_LEN], uint8_t *out,
    size_t out_len)
{
	if (crypto_pwhash_argon2id(out, out_len, (const char *)secret.p, secret.n, salt,
		ARGON_PASSES, ARGON_MEMORY, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
		return ENT_EINTERNAL; /* no memory, or out_len under 16 */
	return ENT_OK;
}

/* Canonical: below 2^255 - 19, little-endian. */
static bool
field_canonical(const uint8_t e[static 32])
{
	bool high = e[31] == 0x7f;
	for (size_t i = 1; i < 31; i++)
		high = high && e[i] == 0xff;
	return e[31] < 0x80 && !(high && e[0] >= 0xed);
}

bool
crypto_sealbox_pk_valid(const uint8_t pk[static CRYPTO_BOX_PK])
{
	static const uint8_t any_scalar[32] = { 1 };
	uint8_t q[32];
	return field_canonical(pk) && crypto_scalarmult_curve25519(q, any_scalar, pk) == 0;
}

void
crypto_sealbox_keypair(uint8_t pk[static CRYPTO_BOX_PK], uint8_t sk[static CRYPTO_BOX_SK])
{
	(void)crypto_box_keypair(pk, sk); /* cannot fail */
}

void
crypto_sealbox_seal(const uint8_t pk[static CRYPTO_BOX_PK], struct bytes in, uint8_t *out)
{
	if (crypto_box_seal(out, in.p, in.n, pk) != 0)
		ENT_BUG("sealed box to a key that was not checked");
}

enum ent_err
crypto_sealbox_open(const uint8_t pk[static CRYPTO_BOX_PK], const uint8_t sk[static CRYPTO_BOX_SK],
    struct bytes in, uint8_t *out)
{
	if (in.n < CRYPTO_BOX_OVERHEAD || crypto_box_seal_open(out, in.p, in.n, pk, sk) != 0)
		return ENT_ESIG;
	return ENT_OK;
}
