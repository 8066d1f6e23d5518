/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto/oprf_hash: the hash functions of suite ristretto255-SHA512 (RFC 9497 section 4.1).  Private.
 */
#ifndef ENT_CRYPTO_OPRF_HASH_H
#define ENT_CRYPTO_OPRF_HASH_H

#include "crypto/oprf.h"

/* A domain separation tag: label || "OPRFV1-" || mode || "-ristretto255-SHA512". */
struct oprf_dst {
	uint8_t b[64];
	size_t n;
};

struct oprf_dst oprf_dst_of(const char *label, enum oprf_mode m);

void oprf_hash_to_scalar_dst(const struct oprf_dst *dst, struct bytes in,
    uint8_t out[static OPRF_SCALAR]);

#endif
