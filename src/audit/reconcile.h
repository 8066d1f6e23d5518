/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/reconcile: the exchange logs of both parties of an agreement, line by line (spec/6-audit.md,
 * section 7).  Lines meet by direction, channel, type and number; their order within a log is each
 * node's own.
 */
#ifndef ENT_AUDIT_RECONCILE_H
#define ENT_AUDIT_RECONCILE_H

#include "audit/folder.h"
#include "grant/grant.h"

#define RECONCILE_LINES_MAX ((size_t)4 << 20)
#define RECONCILE_DIFFERENCES_MAX 1000

enum difference {
	DIFFERENCE_HASH,      /* both have it, with other bytes */
	DIFFERENCE_UNLOGGED,  /* the receiver has it, the sender did not log it */
	DIFFERENCE_LOST,      /* the sender has it, the receiver went on without it */
	DIFFERENCE_UNDERWAY,  /* the sender has it, the receiver has nothing after it either */
	DIFFERENCE_DOUBLE,    /* twice in one log */
	DIFFERENCE_GAP,	      /* in neither, though later ones are */
};
const char *difference_name(enum difference d); /* "hash differs" */

struct reconcile_row {
	enum difference what;
	char side[CODE_MAX]; /* whose log lacks it, or has it twice; "" for both */
	char dir[LINE_DIR_MAX], channel[16], typ[64];
	uint64_t seq;
	bool has_a, has_b;
	uint64_t at_a, at_b; /* indices in the two logs */
};

struct reconcile_report {
	size_t a_lines, b_lines, same;
	size_t count; /* may pass RECONCILE_DIFFERENCES_MAX: only so many are kept */
	size_t underway; /* of count */
	struct reconcile_row row[RECONCILE_DIFFERENCES_MAX];
};

/* Both have been verified by the caller.  EFIELD unless they are exchange logs of the same agreement
 * and of different services; ETOOBIG. */
ENT_CHECK enum ent_err audit_reconcile(const struct audit_log *a, const struct audit_log *b,
    struct reconcile_report **out, struct ent_why *why);
void reconcile_report_free(struct reconcile_report *r); /* may be NULL */

#endif
