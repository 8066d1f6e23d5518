/* SPDX-License-Identifier: Apache-2.0
 *
 * proc/sandbox: the two halves of sandbox_enter.  Private.
 */
#ifndef ENT_PROC_SANDBOX_H
#define ENT_PROC_SANDBOX_H

#include "proc/proc.h"

/* *abi = 0 if the kernel has no Landlock (nothing applied then). */
ENT_CHECK enum ent_err landlock_apply(const struct sandbox_rules *rules, int *abi,
    struct ent_why *why);
ENT_CHECK enum ent_err seccomp_apply(enum sandbox_role role, struct ent_why *why);

#endif
