/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/sequence: the numbers of an exchange log's lines, counted for each direction, channel and
 * type.  Private to audit.
 */
#ifndef ENT_AUDIT_SEQUENCE_H
#define ENT_AUDIT_SEQUENCE_H

#include "audit/entry.h"

#define SEQUENCE_LANES_MAX 256

struct sequence;

struct sequence *sequence_new(void);
void sequence_free(struct sequence *s); /* may be NULL */
/* True if the line follows the last of its lane: the next number, the first (0 or 1), or in a lane of
 * private queries one that was there before.  *expected is the number that was due. */
bool sequence_next(struct sequence *s, const struct exchange_line *l, uint64_t *expected);

#endif
