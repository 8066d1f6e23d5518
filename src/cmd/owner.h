/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/owner: the system user that a node runs as.
 */
#ifndef ENT_CMD_OWNER_H
#define ENT_CMD_OWNER_H

#include "base/err.h"

#include <sys/types.h>

struct owner {
	uid_t uid;
	gid_t gid;
	char name[64];
};

/* By name or number.  ENOTFOUND; EUSAGE for the superuser: a node does not run as root by name. */
ENT_CHECK enum ent_err owner_find(const char *name, struct owner *out, struct ent_why *why);
/* Become it for good: groups, group, user; checked afterwards.  EIO. */
ENT_CHECK enum ent_err owner_become(const struct owner *o, struct ent_why *why);
/* Open a file below the owner's folder with the owner's rights, not root's: the owner could have put a
 * link there.  o NULL: with our own.  -1 and errno. */
int owner_open(const struct owner *o, const char *path, int flags, mode_t mode);
/* Hand the folder with all beneath over to it; links are not followed. */
ENT_CHECK enum ent_err owner_hand_over(const struct owner *o, const char *dir, struct ent_why *why);
/* Remove a folder with all beneath; what cannot be removed stays. */
void owner_remove_tree(const char *dir);

#endif
