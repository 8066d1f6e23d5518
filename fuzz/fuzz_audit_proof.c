/* SPDX-License-Identifier: Apache-2.0
 *
 * Proof files and keys from outside.  What is taken as a proof keeps its promises, and no input leads
 * to a root that nobody signed.
 */
#include "audit/proof.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct audit_key key = { .name = "entente/RAB/node", .pk = { 1 } };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct audit_key k;
	struct audit_proof p;
	struct checkpoint c;
	if (!ready && crypto_init() != ENT_OK)
		abort();
	ready = true;
	if (audit_key_read((struct str){ (const char *)data, size }, &k, NULL) == ENT_OK) {
		struct buf back;
		buf_init(&back, 512);
		audit_key_write(&k, &back); /* what is read is the one form that is written */
		ENT_ASSERT(bytes_equal(buf_bytes(&back), bytes_of(data, size)));
		buf_done(&back);
	}
	if (audit_proof_read(bytes_of(data, size), &p, NULL) != ENT_OK)
		return 0;
	ENT_ASSERT(p.hashes.count <= TREE_LEVELS && p.entry.n <= ENTRY_MAX);
	ENT_ASSERT(audit_proof_check(&p, &key, &c, NULL) != ENT_OK);
	audit_proof_done(&p);
	return 0;
}
