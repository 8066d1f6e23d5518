/* SPDX-License-Identifier: Apache-2.0
 *
 * Proof files and keys from outside.  What is taken as a proof keeps its promises, and no input leads
 * to a root that nobody signed.  The same input as a log: each entry's proof is read back and holds.
 */
#include "audit/proof.h"

#include "tests/unit/audit_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct audit_key key = { .name = "entente/RAB/node", .pk = { 1 } };

#define ENTRIES_MAX 300

/* Entries of 0 to 7 bytes; the log is signed, then proven and continued. */
static void
prove(const uint8_t *data, size_t size)
{
	struct exported *x = exported_new("RAB", AUDIT_NODE);
	struct audit_folder f = folder_of(x);
	struct checkpoint older = { .size = 0 }, c;
	struct audit_log l;
	struct audit_proof p;
	struct buf text;
	size_t hashes;
	buf_init(&text, PROOF_MAX);
	for (size_t at = 1; at < size && x->count < ENTRIES_MAX;) {
		size_t n = data[at] % 8;
		n = n < size - at - 1 ? n : size - at - 1;
		add_entry(x, "");
		buf_put(&x->entry[x->count - 1], data + at + 1, n);
		at += n + 1;
		if (x->count != data[0])
			continue;
		cut(x, true);
		ENT_ASSERT(audit_log_open(&f, &x->key, &l, NULL) == ENT_OK);
		older = l.checkpoint;
		audit_log_close(&l);
	}
	cut(x, true);
	ENT_ASSERT(audit_log_open(&f, &x->key, &l, NULL) == ENT_OK);
	if (older.size > 0) {
		ENT_ASSERT(audit_consistency(&older, &l, &hashes, NULL) == ENT_OK);
		older.root[0] ^= 1;
		ENT_ASSERT(audit_consistency(&older, &l, &hashes, NULL) == ENT_EPROOF);
	}
	if (x->count > 0) {
		ENT_ASSERT(audit_prove(&l, data[size - 1] % x->count, &text, NULL) == ENT_OK);
		ENT_ASSERT(audit_proof_read(buf_bytes(&text), &p, NULL) == ENT_OK);
		ENT_ASSERT(audit_proof_check(&p, &x->key, &c, NULL) == ENT_OK);
		p.entry.p[p.entry.n++] ^= 1; /* the byte behind it belongs to the buffer */
		ENT_ASSERT(audit_proof_check(&p, &x->key, &c, NULL) == ENT_EPROOF);
		audit_proof_done(&p);
	}
	audit_log_close(&l);
	buf_done(&text);
	exported_free(x);
}

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
	if (size > 1 && data[0] < 0x40) {
		prove(data, size);
		return 0;
	}
	if (audit_proof_read(bytes_of(data, size), &p, NULL) != ENT_OK)
		return 0;
	ENT_ASSERT(p.hashes.count <= TREE_LEVELS && p.entry.n <= ENTRY_MAX);
	ENT_ASSERT(audit_proof_check(&p, &key, &c, NULL) != ENT_OK);
	audit_proof_done(&p);
	return 0;
}
