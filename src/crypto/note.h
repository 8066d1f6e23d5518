/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto/note: C2SP signed notes, and the checkpoint that is one.  Ed25519, signature type 0x01;
 * key id = SHA-256(name LF 0x01 pk)[:4].  Unknown signature lines are skipped, up to NOTE_SIGS_MAX.
 */
#ifndef ENT_CRYPTO_NOTE_H
#define ENT_CRYPTO_NOTE_H

#include "crypto/crypto.h"

#define NOTE_MAX ((size_t)16384)
#define NOTE_SIGS_MAX 16
#define NOTE_NAME_MAX 128

/* 1 to NOTE_NAME_MAX-1 characters of printable ASCII without space and plus: what names a key, and what
 * an origin is. */
bool note_name_valid(struct str name);

/* text ends with a newline; appends the whole note to out.  sig is over text. */
void note_write(struct bytes text, const char *name, const uint8_t pk[static CRYPTO_SIGN_PK],
    const uint8_t sig[static CRYPTO_SIG_LEN], struct buf *out);
/* Verify that `name` with pk signed it; *text is borrowed from note.  ESYNTAX, ESIG. */
ENT_CHECK enum ent_err note_verify(struct bytes note, const char *name,
    const uint8_t pk[static CRYPTO_SIGN_PK], struct bytes *text, struct ent_why *why);

struct checkpoint {
	char origin[NOTE_NAME_MAX];
	uint64_t size;
	uint8_t root[CRYPTO_HASH_LEN];
};
void checkpoint_write(const struct checkpoint *c, struct buf *out); /* the note's text */
ENT_CHECK enum ent_err checkpoint_parse(struct bytes text, struct checkpoint *out,
    struct ent_why *why);

#endif
