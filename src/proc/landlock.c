/* SPDX-License-Identifier: Apache-2.0
 *
 * Landlock by raw system calls: glibc has no wrappers, and the headers of Debian 12 know ABI 3, so
 * the later bits are written out here (Documentation/userspace-api/landlock.rst).
 */
#include "proc/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct landlock_ruleset_attr of ABI 6; older kernels take the shorter forms of it. */
struct ruleset_attr {
	uint64_t handled_fs, handled_net, scoped;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                            \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                          \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK)
#define FS_ABI1 (((uint64_t)1 << 13) - 1)
#define FS_REFER ((uint64_t)1 << 13)	 /* ABI 2: rename across folders */
#define FS_TRUNCATE ((uint64_t)1 << 14)	 /* ABI 3 */
#define FS_IOCTL_DEV ((uint64_t)1 << 15) /* ABI 5 */
#define NET_TCP ((uint64_t)3)		 /* ABI 4: bind, connect */
#define SCOPE_ALL ((uint64_t)3)		 /* ABI 6: abstract sockets, signals */

/* What a rule on a plain file may name. */
#define FS_OF_FILES                                                                                \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

static struct ruleset_attr
handled(enum sandbox_role role, int abi, size_t *size)
{
	struct ruleset_attr a = { .handled_fs = FS_ABI1 };
	if (abi >= 2)
		a.handled_fs |= FS_REFER;
	if (abi >= 3)
		a.handled_fs |= FS_TRUNCATE;
	if (abi >= 5)
		a.handled_fs |= FS_IOCTL_DEV;
	if (abi >= 4 && role == SANDBOX_KEEPER)
		a.handled_net = NET_TCP; /* no rule allows any */
	if (abi >= 6 && role == SANDBOX_KEEPER)
		a.scoped = SCOPE_ALL;
	*size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	return a;
}

static enum ent_err
add_path(int ruleset, const struct sandbox_path *p, uint64_t handled_fs, struct ent_why *why)
{
	struct landlock_path_beneath_attr rule = { 0 };
	struct stat st;
	int fd = open(p->path, O_PATH | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ENT_OK;
	if (fd < 0)
		return ent_fail(ENT_EIO, why, "cannot open '%s' for the sandbox: %s", p->path,
		    strerror(errno));
	rule.parent_fd = fd;
	rule.allowed_access = FS_READ;
	if (p->write)
		rule.allowed_access |= FS_WRITE | FS_REFER | FS_TRUNCATE;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_FILES;
	rule.allowed_access &= handled_fs;
	enum ent_err err = ENT_OK;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		err = ent_fail(ENT_EIO, why, "Landlock does not take '%s': %s", p->path,
		    strerror(errno));
	(void)close(fd); /* O_PATH: nothing to lose */
	return err;
}

enum ent_err
landlock_apply(const struct sandbox_rules *rules, int *abi, struct ent_why *why)
{
	size_t size;
	enum ent_err err = ENT_OK;
	*abi = 0;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return ENT_OK; /* not built in, or not switched on */
	struct ruleset_attr attr = handled(rules->role, (int)version, &size);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return ent_fail(ENT_EIO, why, "cannot make a Landlock rule set: %s", strerror(errno));
	for (size_t i = 0; i < rules->count && err == ENT_OK; i++)
		err = add_path(ruleset, &rules->paths[i], attr.handled_fs, why);
	if (err == ENT_OK && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		syscall(SYS_landlock_restrict_self, ruleset, 0) != 0))
		err = ent_fail(ENT_EIO, why, "cannot enter the Landlock sandbox: %s", strerror(errno));
	(void)close(ruleset);
	if (err == ENT_OK)
		*abi = (int)version;
	return err;
}
