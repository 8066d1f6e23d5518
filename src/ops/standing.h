/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/standing: suspensions, resumptions and terminations travel with each hello, both ways, so that
 * the other side learns of them whatever waits in the feeds.  Private to ops.
 */
#ifndef ENT_OPS_STANDING_H
#define ENT_OPS_STANDING_H

#include "ops/node.h"

/* Put our last statement on the agreement, if there is one, into message as "standing". */
void standing_attach(struct node *n, const char *agreement, struct js *message);
/* Take the partner's over, if message brings one that is newer than what we have; the policy is
 * loaded anew then.  ESIG and others if it does not verify. */
ENT_CHECK enum ent_err standing_learn(struct node *n, const char *agreement,
    const struct js *message, struct ent_why *why);

#endif
