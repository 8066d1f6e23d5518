/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/runner: the node's own acts, by the clock or when woken (runners.def).  Private to ops.
 */
#ifndef ENT_OPS_RUNNER_H
#define ENT_OPS_RUNNER_H

#include "ops/node.h"

#define RUNNER(name, lane) ent_time runner_##name(struct node *n, ent_time now);
#include "ops/runners.def"
#undef RUNNER

#endif
