/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/thresholds: the bands of this node's register, derived anew in a thread of their own each time that the
 * index was built, bounded in time.  Private to ops.
 */
#ifndef ENT_OPS_THRESHOLDS_H
#define ENT_OPS_THRESHOLDS_H

#include "match/match.h"

struct thresholds;

struct thresholds *thresholds_new(struct match_index *x); /* x outlives it; owned by the caller */
void thresholds_free(struct thresholds *t);		   /* ends the thread; may be NULL */
/* The index was built or has grown: count its frequencies anew if it has changed much, and derive, or begin once
 * more if that is under way.  Below THRESHOLDS_NAMES_MIN names the built-in bands stay. */
#define THRESHOLDS_NAMES_MIN 1000u
void thresholds_derive(struct thresholds *t);
/* Those in force; wait: until what is under way has ended (screening, so that a list meets one rule). */
void thresholds_get(struct thresholds *t, bool wait, struct match_thresholds *out);

#endif
