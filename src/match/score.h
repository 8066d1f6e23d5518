/* SPDX-License-Identifier: Apache-2.0
 *
 * match/score: the numbers that a score is made of, for what computes it (align.c) and what bounds it
 * (bound.c).  Fitted: tests/eval/README.md.
 */
#ifndef ENT_MATCH_SCORE_H
#define ENT_MATCH_SCORE_H

#include "match/index.h"

#define LEFT_BOTH 700
#define LEFT_ONE 290
#define POOR_UNDER 600u
#define LITTLE_SCALE 6800u
#define LATE_LONG 7u /* phones of a word that may hold two of the other side's */

/* What light words weigh, thousandths of a nat. */
#define WEIGHT_PARTICLE 150u
#define WEIGHT_KUNYA 1200u
#define WEIGHT_INITIAL 900u
#define WEIGHT_TITLE 200u
#define WEIGHT_LEGAL 400u
#define WEIGHT_ARTICLE 0u
#define INITIAL_GAIN (WEIGHT_INITIAL * 9 / 10)

/* evidence.def: of persons and others, of organisations. */
extern const int32_t match_worths[EV_N][2];

/* A meeting that counts `weight`, at that share, and takes `query` and `record` from what is left over on
 * either side; its lift is left to the caller. */
static inline struct match_worth
match_bound_pair(uint32_t weight, uint32_t f, uint32_t query, uint32_t record)
{
	uint64_t less = query < record ? query : record, more = query < record ? record : query;
	uint64_t take = less * LEFT_ONE + more * LEFT_BOTH, adds = (uint64_t)weight * 1000;
	return (struct match_worth){ .gain = (uint32_t)((uint64_t)weight * f / 1000),
		.excess = take > adds ? (uint32_t)(take - adds) : 0 };
}

#endif
