/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/verify: is an exported log the one that its checkpoint commits to, and does it continue an
 * older one?  If not: which entry is the first that is wrong (spec/6-audit.md, section 5).
 */
#ifndef ENT_AUDIT_VERIFY_H
#define ENT_AUDIT_VERIFY_H

#include "audit/folder.h"

#define VERIFY_FINDINGS_MAX 100
#define VERIFY_OPEN_MAX 10000

struct audit_finding {
	const char *kind;  /* "edited" "missing" "inserted" "moved" "rolled-back" "rewritten" "tile"
			    * "checkpoint" "sequence" "syntax" */
	bool has_entry;
	uint64_t entry;
	char text[300];
};

struct audit_report {
	uint64_t entries; /* read */
	uint8_t root[CRYPTO_HASH_LEN]; /* of the entries */
	size_t count;
	struct audit_finding finding[VERIFY_FINDINGS_MAX]; /* the first is the first bad entry */
	size_t open_count;    /* intents that no outcome follows; the first VERIFY_OPEN_MAX are kept */
	uint64_t *open;	      /* owned: audit_report_free */
};

/* What the log is held against; at most one.  All may be NULL. */
struct audit_against {
	const struct audit_log *log;
	const struct checkpoint *checkpoint;
};

/* The outcome is in the report, count 0 is good; an error is one of reading. */
ENT_CHECK enum ent_err audit_verify(const struct audit_log *l, const struct audit_against *against,
    struct audit_report **out, struct ent_why *why);
void audit_report_free(struct audit_report *r); /* may be NULL */

#endif
