/* SPDX-License-Identifier: Apache-2.0
 *
 * match-eval's bands: those that a node would derive for the register.
 */
#ifndef ENT_TESTS_EVAL_BANDS_H
#define ENT_TESTS_EVAL_BANDS_H

#include "match/match.h"

/* As ops/thresholds.c does, of the same frozen persons, without an end in time. */
bool bands_derive(struct match_index *x, struct match_thresholds *out);

#endif
