/* SPDX-License-Identifier: Apache-2.0
 *
 * The protocol of RFC 9497 section 3.3, the proof apart (dleq.c).  Secret scalars meet constant-time
 * functions of libsodium only, and leave no copy behind.
 */
#include "crypto/oprf.h"

#include "base/int.h"
#include "crypto/oprf_hash.h"

#include <sodium.h>
#include <string.h>

_Static_assert(OPRF_ELEMENT == crypto_core_ristretto255_BYTES, "element");
_Static_assert(OPRF_SCALAR == crypto_core_ristretto255_SCALARBYTES, "scalar");

enum ent_err
oprf_derive_key(enum oprf_mode m, const uint8_t seed[static 32], struct bytes info,
    uint8_t sk[static OPRF_SCALAR], uint8_t pk[static OPRF_ELEMENT])
{
	uint8_t in[32 + 2 + 256 + 1];
	struct oprf_dst dst = oprf_dst_of("DeriveKeyPair", m);
	enum ent_err err = ENT_EINTERNAL;
	if (info.n > 256)
		return ENT_EFIELD;
	memcpy(in, seed, 32);
	put_be16(in + 32, (uint16_t)info.n);
	if (info.n > 0)
		memcpy(in + 34, info.p, info.n);
	for (unsigned counter = 0; counter <= 255 && err != ENT_OK; counter++) {
		in[34 + info.n] = (uint8_t)counter;
		oprf_hash_to_scalar_dst(&dst, bytes_of(in, 35 + info.n), sk);
		if (crypto_scalarmult_ristretto255_base(pk, sk) == 0)
			err = ENT_OK;
	}
	crypto_wipe(in, sizeof in);
	return err;
}

void
oprf_scalar_random(uint8_t out[static OPRF_SCALAR])
{
	crypto_core_ristretto255_scalar_random(out); /* never zero */
}

void
oprf_element_random(uint8_t out[static OPRF_ELEMENT])
{
	do
		crypto_core_ristretto255_random(out);
	while (sodium_is_zero(out, OPRF_ELEMENT));
}

enum ent_err
oprf_element_check(const uint8_t e[static OPRF_ELEMENT])
{
	if (sodium_is_zero(e, OPRF_ELEMENT) || crypto_core_ristretto255_is_valid_point(e) != 1)
		return ENT_EPROOF;
	return ENT_OK;
}

enum ent_err
oprf_blind(enum oprf_mode m, struct bytes input, const uint8_t blind[static OPRF_SCALAR],
    uint8_t blinded[static OPRF_ELEMENT])
{
	uint8_t element[OPRF_ELEMENT];
	enum ent_err err = oprf_hash_to_group(m, input, element);
	if (err == ENT_OK && crypto_scalarmult_ristretto255(blinded, blind, element) != 0)
		err = ENT_EFIELD; /* blind is zero */
	crypto_wipe(element, sizeof element);
	return err;
}

/* libsodium refuses encodings that are not canonical, and a product that is the identity: so an
 * identity that comes in is refused too. */
enum ent_err
oprf_evaluate(const uint8_t sk[static OPRF_SCALAR], const uint8_t blinded[static OPRF_ELEMENT],
    uint8_t evaluated[static OPRF_ELEMENT])
{
	uint8_t product[OPRF_ELEMENT];
	if (crypto_scalarmult_ristretto255(product, sk, blinded) != 0)
		return ENT_EPROOF;
	memcpy(evaluated, product, sizeof product);
	return ENT_OK;
}

/* H(len input || input || len element || element || "Finalize"). */
void
oprf_finish(struct bytes input, const uint8_t element[static OPRF_ELEMENT],
    uint8_t out[static OPRF_OUTPUT])
{
	static const char label[] = "Finalize";
	static const uint8_t element_len[2] = { 0, OPRF_ELEMENT };
	uint8_t input_len[2];
	crypto_hash_sha512_state h;
	put_be16(input_len, (uint16_t)input.n);
	(void)crypto_hash_sha512_init(&h);
	(void)crypto_hash_sha512_update(&h, input_len, 2);
	(void)crypto_hash_sha512_update(&h, input.p, input.n);
	(void)crypto_hash_sha512_update(&h, element_len, 2);
	(void)crypto_hash_sha512_update(&h, element, OPRF_ELEMENT);
	(void)crypto_hash_sha512_update(&h, (const uint8_t *)label, sizeof label - 1);
	(void)crypto_hash_sha512_final(&h, out);
	crypto_wipe(&h, sizeof h);
}

enum ent_err
oprf_finalize(struct bytes input, const uint8_t blind[static OPRF_SCALAR],
    const uint8_t evaluated[static OPRF_ELEMENT], uint8_t out[static OPRF_OUTPUT])
{
	uint8_t inverse[OPRF_SCALAR], element[OPRF_ELEMENT];
	enum ent_err err = ENT_OK;
	if (input.n > OPRF_INPUT_MAX || crypto_core_ristretto255_scalar_invert(inverse, blind) != 0)
		return ENT_EFIELD;
	if (crypto_scalarmult_ristretto255(element, inverse, evaluated) != 0)
		err = ENT_EPROOF;
	else
		oprf_finish(input, element, out);
	crypto_wipe(inverse, sizeof inverse);
	crypto_wipe(element, sizeof element);
	return err;
}

enum ent_err
oprf_output(enum oprf_mode m, const uint8_t sk[static OPRF_SCALAR], struct bytes input,
    uint8_t out[static OPRF_OUTPUT])
{
	uint8_t element[OPRF_ELEMENT];
	enum ent_err err = oprf_hash_to_group(m, input, element);
	if (err == ENT_OK && crypto_scalarmult_ristretto255(element, sk, element) != 0)
		err = ENT_EFIELD; /* sk is zero */
	if (err == ENT_OK)
		oprf_finish(input, element, out);
	crypto_wipe(element, sizeof element);
	return err;
}
