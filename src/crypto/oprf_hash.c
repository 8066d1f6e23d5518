/* SPDX-License-Identifier: Apache-2.0
 *
 * expand_message_xmd (RFC 9380 section 5.3.1) with SHA-512 to 64 bytes, so with one block, and the
 * two maps of RFC 9497 section 4.1 over it.
 */
#include "crypto/oprf_hash.h"

#include "base/int.h"

#include <sodium.h>
#include <string.h>

struct oprf_dst
oprf_dst_of(const char *label, enum oprf_mode m)
{
	struct oprf_dst d;
	int n = snprintf((char *)d.b, sizeof d.b, "%sOPRFV1-%c-ristretto255-SHA512", label, '0');
	ENT_ASSERT(n > 0 && (size_t)n < sizeof d.b);
	d.n = (size_t)n;
	d.b[strlen(label) + strlen("OPRFV1-")] = (uint8_t)m; /* I2OSP(mode, 1), which may be NUL */
	return d;
}

static void
expand(const struct oprf_dst *dst, struct bytes msg, uint8_t out[static 64])
{
	static const uint8_t block[128]; /* Z_pad: one input block of SHA-512 */
	static const uint8_t len_zero[3] = { 0, 64, 0 }, one = 1;
	const uint8_t dst_len = (uint8_t)dst->n;
	uint8_t b0[64];
	crypto_hash_sha512_state h;
	(void)crypto_hash_sha512_init(&h);
	(void)crypto_hash_sha512_update(&h, block, sizeof block);
	(void)crypto_hash_sha512_update(&h, msg.p, msg.n);
	(void)crypto_hash_sha512_update(&h, len_zero, sizeof len_zero);
	(void)crypto_hash_sha512_update(&h, dst->b, dst->n);
	(void)crypto_hash_sha512_update(&h, &dst_len, 1);
	(void)crypto_hash_sha512_final(&h, b0);
	(void)crypto_hash_sha512_init(&h);
	(void)crypto_hash_sha512_update(&h, b0, sizeof b0);
	(void)crypto_hash_sha512_update(&h, &one, 1);
	(void)crypto_hash_sha512_update(&h, dst->b, dst->n);
	(void)crypto_hash_sha512_update(&h, &dst_len, 1);
	(void)crypto_hash_sha512_final(&h, out);
	crypto_wipe(b0, sizeof b0);
	crypto_wipe(&h, sizeof h);
}

enum ent_err
oprf_hash_to_group(enum oprf_mode m, struct bytes in, uint8_t out[static OPRF_ELEMENT])
{
	struct oprf_dst dst = oprf_dst_of("HashToGroup-", m);
	uint8_t uniform[64];
	if (in.n > OPRF_INPUT_MAX)
		return ENT_EFIELD;
	expand(&dst, in, uniform);
	(void)crypto_core_ristretto255_from_hash(out, uniform); /* cannot fail */
	crypto_wipe(uniform, sizeof uniform);
	return sodium_is_zero(out, OPRF_ELEMENT) ? ENT_EFIELD : ENT_OK;
}

void
oprf_hash_to_scalar_dst(const struct oprf_dst *dst, struct bytes in, uint8_t out[static OPRF_SCALAR])
{
	uint8_t uniform[64];
	expand(dst, in, uniform);
	crypto_core_ristretto255_scalar_reduce(out, uniform);
	crypto_wipe(uniform, sizeof uniform);
}

void
oprf_hash_to_scalar(enum oprf_mode m, struct bytes in, uint8_t out[static OPRF_SCALAR])
{
	struct oprf_dst dst = oprf_dst_of("HashToScalar-", m);
	oprf_hash_to_scalar_dst(&dst, in, out);
}
