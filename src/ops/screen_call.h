/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/screen_call: what the operations on screenings share.  Private to ops.
 */
#ifndef ENT_OPS_SCREEN_CALL_H
#define ENT_OPS_SCREEN_CALL_H

#include "ops/match_call.h"
#include "store/screenings.h"

/* Find the screening that the field names, and ask under its agreement and annex.  Refused unless the
 * purpose is the one that it was begun for. */
ENT_CHECK enum ent_err screen_call_target(struct op_call *c, const char *key,
    struct screening_row *row);

/* Its codes and counts; owned by the caller. */
struct js *screen_call_codes(const struct screening_row *row);

/* ---- screen_work.c: rows held against the register, on all cores ----------------------------------- */

#define SCREEN_BATCH 1024u   /* rows of one commit */
#define SCREEN_PER_ROW_MAX 10u /* candidates of one row */
#define SCREEN_LINE_MAX SCREENING_ROW_MAX

struct screen_found {
	struct ent_id record;
	bool strong;
};

/* One row of a batch, as it came, and what it may be. */
struct screen_line {
	struct bytes text; /* one JSON object; borrowed */
	int64_t number;	   /* that it must have, from 1 */
	struct screen_found found[SCREEN_PER_ROW_MAX];
	size_t count;
	enum ent_err err;
	struct ent_why why;
};

struct screen_job {
	struct node *node;
	const struct grant *grant;
	ent_time now;
	const struct match_thresholds *thresholds; /* one rule for the whole list */
	enum match_band least; /* of a candidate */
	unsigned per_row;      /* 1..SCREEN_PER_ROW_MAX */
	size_t workers;	       /* threads, from 1 */
};
size_t screen_workers(void); /* one a core that this process may use */
/* Hold n lines against the register; each line's err tells how it went.  The first error of the store is
 * returned; else the error of the first line that has one. */
ENT_CHECK enum ent_err screen_work(const struct screen_job *job, struct screen_line *lines, size_t n,
    struct ent_why *why);
/* The fields of a row that say who is on the list.  EFIELD names the line. */
ENT_CHECK enum ent_err screen_row_read(const struct js *row, struct match_query *q,
    struct ent_why *why);

#endif
