/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/proof: one entry's portable proof, a C2SP tlog-proof file with the entry itself as its extra
 * data: index, hashes and the signed checkpoint.
 */
#ifndef ENT_AUDIT_PROOF_H
#define ENT_AUDIT_PROOF_H

#include "audit/folder.h"

#define PROOF_MAX (ENTRY_MAX / 3 * 4 + (size_t)64 * 48 + NOTE_MAX + 256)

struct audit_proof {
	uint64_t index;
	struct tree_proof hashes;
	struct buf entry; /* owned: audit_proof_done */
	struct bytes note; /* borrowed from the text */
};

/* Prove an entry of an export: appends the file to out.  ENOTFOUND, ESYNTAX; EPROOF if the export's
 * tiles do not lead to its signed root (verify says where). */
ENT_CHECK enum ent_err audit_prove(const struct audit_log *l, uint64_t index, struct buf *out,
    struct ent_why *why);

ENT_CHECK enum ent_err audit_proof_read(struct bytes text, struct audit_proof *out,
    struct ent_why *why);
void audit_proof_done(struct audit_proof *p);
/* ESIG, EPROOF; *out is the checkpoint. */
ENT_CHECK enum ent_err audit_proof_check(const struct audit_proof *p, const struct audit_key *key,
    struct checkpoint *out, struct ent_why *why);

/* Does newer continue older?  By a consistency proof from the newer export's tiles.  EPROOF if not,
 * ESTATE if it is the smaller one; *hashes is the number of hashes that the proof took. */
ENT_CHECK enum ent_err audit_consistency(const struct checkpoint *older, const struct audit_log *newer,
    size_t *hashes, struct ent_why *why);

#endif
