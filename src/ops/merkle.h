/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/merkle: the root over many leaves without keeping them: RFC 6962 section 2.1.  Private to ops.
 */
#ifndef ENT_OPS_MERKLE_H
#define ENT_OPS_MERKLE_H

#include "crypto/crypto.h"

/* Zeroed, it is the empty tree. */
struct merkle {
	uint64_t count;
	uint8_t roots[64][CRYPTO_HASH_LEN]; /* of the full subtrees, by height, where count has a bit */
};
void merkle_add(struct merkle *m, struct bytes leaf);
void merkle_root(const struct merkle *m, uint8_t out[static CRYPTO_HASH_LEN]);

#endif
