/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/tree: the Merkle tree of RFC 6962, section 2.1, over SHA-256.  Pure.
 */
#ifndef ENT_AUDIT_TREE_H
#define ENT_AUDIT_TREE_H

#include "crypto/crypto.h"

#define TREE_LEVELS 63	   /* sizes are below 2^63: the store keeps them as signed integers */
#define TREE_PROOF_MAX 126 /* hashes of a consistency proof at most; of an inclusion proof half */
#define TREE_FRONTIER_BYTES ((size_t)TREE_LEVELS * CRYPTO_HASH_LEN)

void tree_leaf(struct bytes entry, uint8_t out[static CRYPTO_HASH_LEN]);
void tree_node(const uint8_t left[static CRYPTO_HASH_LEN], const uint8_t right[static CRYPTO_HASH_LEN],
    uint8_t out[static CRYPTO_HASH_LEN]);

/* What is needed to append: hash[i] is the root of a complete subtree of 2^i leaves wherever bit i
 * of size is set; the others mean nothing. */
struct tree {
	uint64_t size;
	uint8_t hash[TREE_LEVELS][CRYPTO_HASH_LEN];
};

void tree_push(struct tree *t, const uint8_t leaf[static CRYPTO_HASH_LEN]);
void tree_root(const struct tree *t, uint8_t out[static CRYPTO_HASH_LEN]); /* empty: SHA-256("") */
/* The frontier as bytes: the hashes of the set bits, highest first. */
void tree_save(const struct tree *t, struct buf *out);
/* ESYNTAX if the number of bytes does not fit the size. */
ENT_CHECK enum ent_err tree_load(uint64_t size, struct bytes frontier, struct tree *out);

/* Where proofs take their hashes from: the root of the complete subtree of 2^level leaves that begins
 * at leaf index * 2^level. */
struct tree_source {
	void *ctx;
	enum ent_err (*node)(void *ctx, unsigned level, uint64_t index,
	    uint8_t out[static CRYPTO_HASH_LEN], struct ent_why *why);
};

struct tree_proof {
	size_t count;
	uint8_t hash[TREE_PROOF_MAX][CRYPTO_HASH_LEN];
};

/* Root of the first `size` leaves. */
ENT_CHECK enum ent_err tree_root_of(const struct tree_source *src, uint64_t size,
    uint8_t out[static CRYPTO_HASH_LEN], struct ent_why *why);
/* RFC 6962 2.1.1 and 2.1.2.  EFIELD unless index < size, 0 < from <= to. */
ENT_CHECK enum ent_err tree_prove_entry(const struct tree_source *src, uint64_t index, uint64_t size,
    struct tree_proof *out, struct ent_why *why);
ENT_CHECK enum ent_err tree_prove_growth(const struct tree_source *src, uint64_t from, uint64_t to,
    struct tree_proof *out, struct ent_why *why);

/* RFC 9162 2.1.3.2 and 2.1.4.2.  Growth from size 0 wants the empty root and no hashes. */
bool tree_check_entry(const uint8_t leaf[static CRYPTO_HASH_LEN], uint64_t index, uint64_t size,
    const struct tree_proof *p, const uint8_t root[static CRYPTO_HASH_LEN]);
bool tree_check_growth(uint64_t from, const uint8_t from_root[static CRYPTO_HASH_LEN], uint64_t to,
    const uint8_t to_root[static CRYPTO_HASH_LEN], const struct tree_proof *p);

#endif
