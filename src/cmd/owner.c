/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ent_err
owner_find(const char *name, struct owner *out, struct ent_why *why)
{
	char *end;
	errno = 0;
	unsigned long number = strtoul(name, &end, 10);
	bool numeric = errno == 0 && end != name && *end == '\0' && number < 0xfffffffeUL;
	const struct passwd *pw = numeric ? getpwuid((uid_t)number) : getpwnam(name);
	if (pw == NULL && !numeric)
		return ent_fail(ENT_ENOTFOUND, why, "there is no system user '%s'", name);
	uid_t uid = pw != NULL ? pw->pw_uid : (uid_t)number;
	if (uid == 0)
		return ent_fail(ENT_EUSAGE, why, "a node does not run as root: name another user");
	*out = (struct owner){ .uid = uid, .gid = pw != NULL ? pw->pw_gid : (gid_t)number };
	(void)snprintf(out->name, sizeof out->name, "%s", name);
	return ENT_OK;
}

enum ent_err
owner_become(const struct owner *o, struct ent_why *why)
{
	if (geteuid() == o->uid)
		return ENT_OK;
	if (geteuid() != 0)
		return ent_fail(ENT_EUSAGE, why, "only root can become '%s'", o->name);
	if (setgroups(1, &o->gid) != 0 || setresgid(o->gid, o->gid, o->gid) != 0 ||
	    setresuid(o->uid, o->uid, o->uid) != 0)
		return ent_fail(ENT_EIO, why, "cannot become '%s': %s", o->name, strerror(errno));
	if (setuid(0) == 0 || geteuid() != o->uid || getegid() != o->gid)
		return ent_fail(ENT_EIO, why, "became '%s' only in part", o->name);
	return ENT_OK;
}

int
owner_open(const struct owner *o, const char *path, int flags, mode_t mode)
{
	bool other = o != NULL && geteuid() == 0;
	if (other && (setegid(o->gid) != 0 || seteuid(o->uid) != 0))
		return -1;
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	int keep = errno;
	if (other && (seteuid(0) != 0 || setegid(0) != 0)) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	errno = keep;
	return fd;
}

static FTS *
walk(const char *dir)
{
	char *copy = strdup(dir);
	char *roots[] = { copy, NULL };
	FTS *f = copy == NULL ? NULL : fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	free(copy);
	return f;
}

enum ent_err
owner_hand_over(const struct owner *o, const char *dir, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	FTS *f = walk(dir);
	if (f == NULL)
		return ent_fail(ENT_EIO, why, "cannot look into '%s': %s", dir, strerror(errno));
	for (const FTSENT *e; err == ENT_OK && (e = fts_read(f)) != NULL;)
		if (e->fts_info != FTS_DP && lchown(e->fts_path, o->uid, o->gid) != 0)
			err = ent_fail(ENT_EIO, why, "cannot give '%s' to %s: %s", e->fts_path, o->name,
			    strerror(errno));
	(void)fts_close(f);
	return err;
}

void
owner_remove_tree(const char *dir)
{
	FTS *f = walk(dir);
	if (f == NULL)
		return;
	for (const FTSENT *e; (e = fts_read(f)) != NULL;) {
		if (e->fts_info == FTS_D)
			continue;
		if (e->fts_info == FTS_DP)
			(void)rmdir(e->fts_accpath);
		else
			(void)unlink(e->fts_accpath);
	}
	(void)fts_close(f);
}
