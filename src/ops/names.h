/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/names: statistics of names, from the store to the index.  Private to ops.
 */
#ifndef ENT_OPS_NAMES_H
#define ENT_OPS_NAMES_H

#include "ops/node.h"

/* Read all sets that are kept and give them to the index: at start, and after a change.  A set folded by other
 * rules than these is left out and told of in the log. */
ENT_CHECK enum ent_err names_build(struct node *n, struct ent_why *why);

#endif
