/* SPDX-License-Identifier: Apache-2.0
 *
 * grant/stage: staging under a grant whose entry is still to come.  For store alone (layers.txt:
 * friend), and there for rows that nobody can see: those of an import that is not flipped.  What
 * shows them wants grant_check.
 */
#ifndef ENT_GRANT_STAGE_H
#define ENT_GRANT_STAGE_H

#include "grant/grant.h"

/* ENT_OK if policy allowed an import with g, whether or not audit has admitted it yet; else EREFUSED
 * and why. */
ENT_CHECK enum ent_err grant_check_staging(const struct grant *g, struct ent_why *why);

#endif
