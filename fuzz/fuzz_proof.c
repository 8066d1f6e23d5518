/* SPDX-License-Identifier: Apache-2.0
 *
 * First byte: how many elements (up to four), and whether the batch is honest.  Dishonest: key, elements
 * and proof are the input's own, and must not verify.  Honest: inputs of the batch are the input's own,
 * and one bit of the proof, named by the second byte, is turned: it must not verify either.
 */
#include "crypto/oprf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BATCH 4

static void
dishonest(const uint8_t *p, size_t n, size_t count)
{
	uint8_t pk[OPRF_ELEMENT], c[BATCH * OPRF_ELEMENT], d[BATCH * OPRF_ELEMENT], proof[OPRF_PROOF];
	uint8_t out[OPRF_OUTPUT], all[sizeof pk + sizeof c + sizeof d + sizeof proof] = { 0 };
	memcpy(all, p, n < sizeof all ? n : sizeof all);
	memcpy(pk, all, sizeof pk);
	memcpy(c, all + sizeof pk, sizeof c);
	memcpy(d, all + sizeof pk + sizeof c, sizeof d);
	memcpy(proof, all + sizeof pk + sizeof c + sizeof d, sizeof proof);
	if (oprf_verify(pk, c, d, count, proof) == ENT_OK)
		abort();
	if (oprf_element_check(c) != oprf_evaluate(proof, c, d) && oprf_element_check(c) != ENT_OK)
		abort(); /* what is no element is not evaluated either */
	if (oprf_finalize(bytes_of(p, n), proof, c, out) == ENT_OK && oprf_element_check(c) != ENT_OK)
		abort();
	(void)!oprf_prove(pk, c, c, d, count, proof, all);
}

static void
honest(const uint8_t *p, size_t n, size_t count, uint8_t bit)
{
	uint8_t seed[32] = { 1 }, sk[OPRF_SCALAR], pk[OPRF_ELEMENT], blind[OPRF_SCALAR], r[OPRF_SCALAR];
	uint8_t c[BATCH * OPRF_ELEMENT], d[BATCH * OPRF_ELEMENT], proof[OPRF_PROOF];
	uint8_t a[OPRF_OUTPUT], b[OPRF_OUTPUT];
	const enum oprf_mode m = OPRF_MODE_VERIFIABLE;
	if (oprf_derive_key(m, seed, bytes_of(p, n > 256 ? 256 : n), sk, pk) != ENT_OK)
		abort();
	oprf_hash_to_scalar(m, bytes_of(p, n), blind);
	oprf_scalar_random(r);
	for (size_t i = 0; i < count; i++) {
		struct bytes input = { p, n > i ? n - i : 0 };
		if (oprf_blind(m, input, blind, c + i * OPRF_ELEMENT) != ENT_OK ||
		    oprf_evaluate(sk, c + i * OPRF_ELEMENT, d + i * OPRF_ELEMENT) != ENT_OK ||
		    oprf_finalize(input, blind, d + i * OPRF_ELEMENT, a) != ENT_OK ||
		    oprf_output(m, sk, input, b) != ENT_OK || memcmp(a, b, sizeof a) != 0)
			abort();
	}
	if (oprf_prove(sk, pk, c, d, count, r, proof) != ENT_OK ||
	    oprf_verify(pk, c, d, count, proof) != ENT_OK)
		abort();
	proof[bit / 8] = (uint8_t)(proof[bit / 8] ^ 1u << bit % 8);
	if (oprf_verify(pk, c, d, count, proof) == ENT_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > OPRF_INPUT_MAX)
		return 0;
	size_t count = data[0] % (BATCH + 1);
	if ((data[0] & 0x80) != 0)
		dishonest(data + 2, size - 2, count);
	else
		honest(data + 2, size - 2, count == 0 ? 1 : count, data[1]);
	return 0;
}
