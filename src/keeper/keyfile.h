/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper/keyfile: the long-term keys and their sealed file.  Private.
 *
 * File: "ENTKEYD2", salt 16, then XChaCha20-Poly1305 under Argon2id(passphrase, salt) over code 16,
 * service 128, and the keys in the order below, with the first 24 bytes as associated data.
 */
#ifndef ENT_KEEPER_KEYFILE_H
#define ENT_KEEPER_KEYFILE_H

#include "crypto/crypto.h"

#define KEYFILE_NAME "keeper.key"
#define KEYFILE_HEAD ((size_t)24)
#define KEYFILE_CODE 16
#define KEYFILE_SERVICE 128
#define KEYFILE_SIZE (KEYFILE_HEAD + CRYPTO_AEAD_OVERHEAD + sizeof(struct keyfile_keys))

/* Bytes alone, so that the struct is the plaintext as it stands.  Lives in locked memory. */
struct keyfile_keys {
	char code[KEYFILE_CODE], service[KEYFILE_SERVICE];
	uint8_t identity[CRYPTO_SIGN_SK], record[CRYPTO_SIGN_SK], checkpoint[CRYPTO_SIGN_SK];
	uint8_t master[CRYPTO_KEY_LEN]; /* seals OPRF keys and store keys in keeper.db */
};

/* 2..15 of A-Z 0-9 - */
bool keyfile_code_valid(const char *code);
ENT_CHECK enum ent_err keyfile_write(const char *path, const char *code, const char *service,
    struct bytes passphrase, struct ent_why *why);
/* in: the file's bytes.  EAUTH if the passphrase does not open it, ESYNTAX if it is no such file. */
ENT_CHECK enum ent_err keyfile_open(struct bytes in, struct bytes passphrase,
    struct keyfile_keys *out, struct ent_why *why);

#endif
