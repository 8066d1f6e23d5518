/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/merkle.h"

#include <string.h>

static void
node_hash(const uint8_t *left, const uint8_t *right, uint8_t out[static CRYPTO_HASH_LEN])
{
	static const uint8_t prefix = 1;
	struct bytes parts[3] = { bytes_of(&prefix, 1), bytes_of(left, CRYPTO_HASH_LEN),
		bytes_of(right, CRYPTO_HASH_LEN) };
	crypto_sha256_parts(parts, 3, out);
}

void
merkle_add(struct merkle *m, struct bytes leaf)
{
	static const uint8_t prefix = 0;
	uint8_t hash[CRYPTO_HASH_LEN];
	struct bytes parts[2] = { bytes_of(&prefix, 1), leaf };
	size_t height = 0;
	crypto_sha256_parts(parts, 2, hash);
	for (uint64_t n = m->count; (n & 1) != 0; n >>= 1)
		node_hash(m->roots[height++], hash, hash);
	memcpy(m->roots[height], hash, sizeof hash);
	m->count++;
}

void
merkle_root(const struct merkle *m, uint8_t out[static CRYPTO_HASH_LEN])
{
	bool any = false;
	uint8_t hash[CRYPTO_HASH_LEN];
	crypto_sha256(bytes_of(NULL, 0), hash); /* of the empty tree */
	for (size_t height = 0; height < 64; height++) {
		if ((m->count >> height & 1) == 0)
			continue;
		if (any)
			node_hash(m->roots[height], hash, hash);
		else
			memcpy(hash, m->roots[height], sizeof hash);
		any = true;
	}
	memcpy(out, hash, sizeof hash);
}
