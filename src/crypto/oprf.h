/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto/oprf: RFC 9497, modes OPRF and VOPRF, suite ristretto255-SHA512.  Identity elements and
 * non-canonical encodings are refused everywhere.
 */
#ifndef ENT_CRYPTO_OPRF_H
#define ENT_CRYPTO_OPRF_H

#include "crypto/crypto.h"

#define OPRF_ELEMENT 32
#define OPRF_SCALAR 32
#define OPRF_OUTPUT 64
#define OPRF_PROOF 64	    /* c, s */
#define OPRF_BATCH_MAX 64   /* elements of one evaluation */
#define OPRF_INPUT_MAX 65535

enum oprf_mode { OPRF_MODE_BASE = 0, OPRF_MODE_VERIFIABLE = 1 };

/* DeriveKeyPair (3.2.1); EINTERNAL in the 2^-256 case. */
ENT_CHECK enum ent_err oprf_derive_key(enum oprf_mode m, const uint8_t seed[static 32],
    struct bytes info, uint8_t sk[static OPRF_SCALAR], uint8_t pk[static OPRF_ELEMENT]);
void oprf_scalar_random(uint8_t out[static OPRF_SCALAR]);
/* HashToScalar of the input with the mode's domain: deterministic blinds from a seed. */
void oprf_hash_to_scalar(enum oprf_mode m, struct bytes in, uint8_t out[static OPRF_SCALAR]);
/* A uniform group element that is nobody's: padding. */
void oprf_element_random(uint8_t out[static OPRF_ELEMENT]);
ENT_CHECK enum ent_err oprf_element_check(const uint8_t e[static OPRF_ELEMENT]);

/* blinded = blind * HashToGroup(input).  EFIELD if the input maps to the identity. */
ENT_CHECK enum ent_err oprf_blind(enum oprf_mode m, struct bytes input,
    const uint8_t blind[static OPRF_SCALAR], uint8_t blinded[static OPRF_ELEMENT]);
/* evaluated = sk * blinded.  EPROOF for a non-canonical encoding or the identity. */
ENT_CHECK enum ent_err oprf_evaluate(const uint8_t sk[static OPRF_SCALAR],
    const uint8_t blinded[static OPRF_ELEMENT], uint8_t evaluated[static OPRF_ELEMENT]);
/* DLEQ proof over a batch of 1..OPRF_BATCH_MAX, arrays of elements one after the other; r is the
 * fresh random scalar of GenerateProof (given, so that vectors can be checked). */
ENT_CHECK enum ent_err oprf_prove(const uint8_t sk[static OPRF_SCALAR],
    const uint8_t pk[static OPRF_ELEMENT], const uint8_t *blinded, const uint8_t *evaluated,
    size_t count, const uint8_t r[static OPRF_SCALAR], uint8_t proof[static OPRF_PROOF]);
ENT_CHECK enum ent_err oprf_verify(const uint8_t pk[static OPRF_ELEMENT], const uint8_t *blinded,
    const uint8_t *evaluated, size_t count, const uint8_t proof[static OPRF_PROOF]);
/* Unblinds and hashes: Finalize of 3.3.1 and 3.3.2 (the proof is verified before, by oprf_verify). */
ENT_CHECK enum ent_err oprf_finalize(struct bytes input, const uint8_t blind[static OPRF_SCALAR],
    const uint8_t evaluated[static OPRF_ELEMENT], uint8_t out[static OPRF_OUTPUT]);
/* The two ends alone, for a register's own side, where nothing is blinded: the element of an input
 * (HashToGroup, RFC 9380 appendix B; EFIELD if it is the identity), and the output of an input and
 * its evaluated element. */
ENT_CHECK enum ent_err oprf_hash_to_group(enum oprf_mode m, struct bytes input,
    uint8_t out[static OPRF_ELEMENT]);
void oprf_finish(struct bytes input, const uint8_t element[static OPRF_ELEMENT],
    uint8_t out[static OPRF_OUTPUT]);
/* The same output from the key: what the holder of sk computes for its register. */
ENT_CHECK enum ent_err oprf_output(enum oprf_mode m, const uint8_t sk[static OPRF_SCALAR],
    struct bytes input, uint8_t out[static OPRF_OUTPUT]);

#endif
