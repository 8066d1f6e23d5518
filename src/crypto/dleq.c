/* SPDX-License-Identifier: Apache-2.0
 *
 * The proof that one key made a whole batch: RFC 9497 section 2.2.  The prover knows the key, so it
 * has Z = k * M with one multiplication (ComputeCompositesFast) where the verifier needs one an
 * element.  Mode is VOPRF throughout: base mode has no proofs.
 */
#include "base/int.h"
#include "crypto/oprf.h"
#include "crypto/oprf_hash.h"

#include <sodium.h>
#include <string.h>

#define PART_LEN (2 + OPRF_ELEMENT) /* I2OSP(len, 2) || element */

static uint8_t *
put_part(uint8_t *at, const uint8_t *p, size_t n)
{
	put_be16(at, (uint16_t)n);
	memcpy(at + 2, p, n);
	return at + 2 + n;
}

/* Section 2.2.1, seed = Hash(len pk || pk || len seedDST || seedDST). */
static void
composite_seed(const uint8_t pk[static OPRF_ELEMENT], uint8_t seed[static 64])
{
	struct oprf_dst dst = oprf_dst_of("Seed-", OPRF_MODE_VERIFIABLE);
	uint8_t in[PART_LEN + 2 + sizeof dst.b];
	uint8_t *end = put_part(in, pk, OPRF_ELEMENT);
	end = put_part(end, dst.b, dst.n);
	crypto_sha512(bytes_of(in, (size_t)(end - in)), seed);
}

static void
composite_factor(const uint8_t seed[static 64], size_t i, const uint8_t *c, const uint8_t *d,
    uint8_t factor[static OPRF_SCALAR])
{
	uint8_t in[2 + 64 + 2 + 2 * PART_LEN + 9];
	uint8_t *end = put_part(in, seed, 64);
	put_be16(end, (uint16_t)i);
	end = put_part(end + 2, c, OPRF_ELEMENT);
	end = put_part(end, d, OPRF_ELEMENT);
	memcpy(end, "Composite", 9);
	oprf_hash_to_scalar(OPRF_MODE_VERIFIABLE, bytes_of(in, sizeof in), factor);
}

/* sum += factor * element; first: sum = factor * element. */
static enum ent_err
accumulate(uint8_t sum[static OPRF_ELEMENT], const uint8_t factor[static OPRF_SCALAR],
    const uint8_t *element, bool first)
{
	uint8_t product[OPRF_ELEMENT];
	if (crypto_scalarmult_ristretto255(product, factor, element) != 0)
		return ENT_EPROOF;
	if (first)
		memcpy(sum, product, sizeof product);
	else if (crypto_core_ristretto255_add(sum, sum, product) != 0)
		return ENT_EPROOF;
	return ENT_OK;
}

/* M, and Z too if z is given (what the verifier has to do). */
static enum ent_err
composites(const uint8_t pk[static OPRF_ELEMENT], const uint8_t *blinded, const uint8_t *evaluated,
    size_t count, uint8_t m[static OPRF_ELEMENT], uint8_t *z)
{
	uint8_t seed[64], factor[OPRF_SCALAR];
	enum ent_err err = ENT_OK;
	composite_seed(pk, seed);
	for (size_t i = 0; i < count && err == ENT_OK; i++) {
		const uint8_t *c = blinded + i * OPRF_ELEMENT, *d = evaluated + i * OPRF_ELEMENT;
		composite_factor(seed, i, c, d, factor);
		err = accumulate(m, factor, c, i == 0);
		if (err == ENT_OK && z != NULL)
			err = accumulate(z, factor, d, i == 0);
	}
	return err;
}

/* parts: pk, M, Z, t2, t3. */
static void
challenge(const uint8_t *const parts[static 5], uint8_t c[static OPRF_SCALAR])
{
	uint8_t in[5 * PART_LEN + 9], *end = in;
	for (size_t i = 0; i < 5; i++)
		end = put_part(end, parts[i], OPRF_ELEMENT);
	memcpy(end, "Challenge", 9);
	oprf_hash_to_scalar(OPRF_MODE_VERIFIABLE, bytes_of(in, sizeof in), c);
}

enum ent_err
oprf_prove(const uint8_t sk[static OPRF_SCALAR], const uint8_t pk[static OPRF_ELEMENT],
    const uint8_t *blinded, const uint8_t *evaluated, size_t count,
    const uint8_t r[static OPRF_SCALAR], uint8_t proof[static OPRF_PROOF])
{
	uint8_t m[OPRF_ELEMENT], z[OPRF_ELEMENT], t2[OPRF_ELEMENT], t3[OPRF_ELEMENT];
	uint8_t c[OPRF_SCALAR], ck[OPRF_SCALAR];
	if (count < 1 || count > OPRF_BATCH_MAX)
		return ENT_EFIELD;
	if (composites(pk, blinded, evaluated, count, m, NULL) != ENT_OK ||
	    crypto_scalarmult_ristretto255(z, sk, m) != 0 ||
	    crypto_scalarmult_ristretto255_base(t2, r) != 0 ||
	    crypto_scalarmult_ristretto255(t3, r, m) != 0)
		return ENT_EPROOF;
	challenge((const uint8_t *const[]){ pk, m, z, t2, t3 }, c);
	crypto_core_ristretto255_scalar_mul(ck, c, sk);
	crypto_core_ristretto255_scalar_sub(proof + OPRF_SCALAR, r, ck); /* s = r - c * k */
	memcpy(proof, c, OPRF_SCALAR);
	crypto_wipe(ck, sizeof ck);
	return ENT_OK;
}

/* DeserializeScalar of section 4.1: below the group's order. */
static bool
scalar_canonical(const uint8_t s[static OPRF_SCALAR])
{
	uint8_t wide[64] = { 0 }, reduced[OPRF_SCALAR];
	memcpy(wide, s, OPRF_SCALAR);
	crypto_core_ristretto255_scalar_reduce(reduced, wide);
	return memcmp(reduced, s, OPRF_SCALAR) == 0;
}

/* out = s * a + c * b. */
static enum ent_err
combine(const uint8_t s[static OPRF_SCALAR], const uint8_t *a, const uint8_t c[static OPRF_SCALAR],
    const uint8_t *b, uint8_t out[static OPRF_ELEMENT])
{
	uint8_t sa[OPRF_ELEMENT], cb[OPRF_ELEMENT];
	int bad = a == NULL ? crypto_scalarmult_ristretto255_base(sa, s)
			    : crypto_scalarmult_ristretto255(sa, s, a);
	if (bad != 0 || crypto_scalarmult_ristretto255(cb, c, b) != 0 ||
	    crypto_core_ristretto255_add(out, sa, cb) != 0)
		return ENT_EPROOF;
	return ENT_OK;
}

/* Section 2.2.2.  An honest s or c of zero, or an honest identity among the intermediate elements,
 * has probability 2^-252; refusing them costs nothing and closes corners. */
enum ent_err
oprf_verify(const uint8_t pk[static OPRF_ELEMENT], const uint8_t *blinded, const uint8_t *evaluated,
    size_t count, const uint8_t proof[static OPRF_PROOF])
{
	const uint8_t *c = proof, *s = proof + OPRF_SCALAR;
	uint8_t m[OPRF_ELEMENT], z[OPRF_ELEMENT], t2[OPRF_ELEMENT], t3[OPRF_ELEMENT];
	uint8_t expected[OPRF_SCALAR];
	if (count < 1 || count > OPRF_BATCH_MAX)
		return ENT_EFIELD;
	if (!scalar_canonical(c) || !scalar_canonical(s) || oprf_element_check(pk) != ENT_OK ||
	    composites(pk, blinded, evaluated, count, m, z) != ENT_OK ||
	    combine(s, NULL, c, pk, t2) != ENT_OK || combine(s, m, c, z, t3) != ENT_OK)
		return ENT_EPROOF;
	challenge((const uint8_t *const[]){ pk, m, z, t2, t3 }, expected);
	return crypto_equal(expected, c, OPRF_SCALAR) ? ENT_OK : ENT_EPROOF;
}
