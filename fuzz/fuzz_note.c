/* SPDX-License-Identifier: Apache-2.0
 *
 * First byte: bit 0 signs the text that follows, so that the inside is reached; else the bytes are a
 * note as they are.  A text that parses as a checkpoint is written again to the same bytes.
 */
#include "crypto/note.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t seed_sk[CRYPTO_SIGN_SK] = { 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba,
	0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70,
	0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60, 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5,
	0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf,
	0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a }; /* RFC 8032 section 7.1, test 1 */

static void
check_text(struct bytes text)
{
	struct checkpoint c;
	struct ent_why why;
	struct buf b;
	if (checkpoint_parse(text, &c, &why) != ENT_OK)
		return;
	buf_init(&b, NOTE_MAX);
	checkpoint_write(&c, &b);
	if (!bytes_equal(buf_bytes(&b), text))
		abort();
	buf_done(&b);
}

/* text, signed, and with what follows the first NUL appended as further lines. */
static void
sign_and_verify(struct bytes in)
{
	static const char name[] = "rab.entente/node";
	uint8_t sig[CRYPTO_SIG_LEN];
	struct bytes text;
	struct ent_why why;
	struct buf note;
	const uint8_t *nul = in.n == 0 ? NULL : memchr(in.p, '\0', in.n);
	size_t n = nul == NULL ? in.n : (size_t)(nul - in.p);
	buf_init(&note, NOTE_MAX * 2);
	crypto_ed25519_sign(seed_sk, bytes_of(in.p, n), sig);
	note_write(bytes_of(in.p, n), name, seed_sk + 32, sig, &note);
	if (nul != NULL)
		buf_put(&note, nul + 1, in.n - n - 1);
	if (buf_err(&note) == ENT_OK &&
	    note_verify(buf_bytes(&note), name, seed_sk + 32, &text, &why) == ENT_OK)
		check_text(text);
	buf_done(&note);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text;
	struct ent_why why;
	if (size < 1)
		return 0;
	struct bytes in = { data + 1, size - 1 };
	if ((data[0] & 1) != 0)
		sign_and_verify(in);
	else if (note_verify(in, "rab.entente/node", seed_sk + 32, &text, &why) == ENT_OK)
		check_text(text);
	check_text(in);
	return 0;
}
