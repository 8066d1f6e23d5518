/* SPDX-License-Identifier: Apache-2.0
 *
 * grant/admit: bringing a grant to life once its entry is in the log.  For audit alone (layers.txt:
 * friend).
 */
#ifndef ENT_GRANT_ADMIT_H
#define ENT_GRANT_ADMIT_H

#include "grant/grant.h"

void grant_admit(struct grant *g, uint64_t entry); /* entry: index in the node's log */

#endif
