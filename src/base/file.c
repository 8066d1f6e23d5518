/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ent_err
file_read_fd(int fd, struct buf *out, struct ent_why *why)
{
	char chunk[16384];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ent_fail(ENT_EIO, why, "cannot read: %s", strerror(errno));
		if (n == 0)
			break;
		buf_put(out, chunk, (size_t)n);
		if (buf_err(out) != ENT_OK)
			return ent_fail(ENT_ETOOBIG, why, "longer than %zu bytes", out->max);
	}
	explicit_bzero(chunk, sizeof chunk); /* it may have been a passphrase */
	return ENT_OK;
}

enum ent_err
file_read(const char *path, struct buf *out, struct ent_why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ent_fail(errno == ENOENT ? ENT_ENOTFOUND : ENT_EIO, why,
		    "cannot open '%s': %s", path, strerror(errno));
	struct ent_why inner = { 0 };
	enum ent_err err = file_read_fd(fd, out, &inner);
	(void)close(fd);
	return err == ENT_OK ? ENT_OK : ent_fail(err, why, "'%s': %s", path, inner.text);
}

enum ent_err
file_write_fd(int fd, struct bytes in)
{
	while (in.n > 0) {
		ssize_t n = write(fd, in.p, in.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ENT_EIO;
		in.p += n;
		in.n -= (size_t)n;
	}
	return ENT_OK;
}

static enum ent_err
sync_folder_of(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int n = slash == NULL ? snprintf(folder, sizeof folder, ".")
	                      : snprintf(folder, sizeof folder, "%.*s",
	                            slash == path ? 1 : (int)(slash - path), path);
	if (n < 0 || (size_t)n >= sizeof folder)
		return ENT_EIO;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ENT_EIO;
	int rc = fsync(fd);
	(void)close(fd);
	return rc == 0 ? ENT_OK : ENT_EIO;
}

enum ent_err
file_replace(const char *path, struct bytes in, unsigned mode, struct ent_why *why)
{
	char beside[PATH_MAX];
	enum ent_err err = ENT_OK;
	int n = snprintf(beside, sizeof beside, "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof beside)
		return ent_fail(ENT_ETOOBIG, why, "path too long");
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return ent_fail(ENT_EIO, why, "cannot write '%s': %s", beside, strerror(errno));
	if (file_write_fd(fd, in) != ENT_OK || fchmod(fd, (mode_t)mode) != 0 || fsync(fd) != 0)
		err = ent_fail(ENT_EIO, why, "cannot write '%s': %s", beside, strerror(errno));
	if (close(fd) != 0 && err == ENT_OK)
		err = ent_fail(ENT_EIO, why, "cannot write '%s': %s", beside, strerror(errno));
	if (err == ENT_OK && (rename(beside, path) != 0 || sync_folder_of(path) != ENT_OK))
		err = ent_fail(ENT_EIO, why, "cannot replace '%s': %s", path, strerror(errno));
	if (err != ENT_OK)
		(void)unlink(beside);
	return err;
}

enum ent_err
file_mkdir(const char *path, unsigned mode, struct ent_why *why)
{
	if (mkdir(path, (mode_t)mode) == 0)
		return ENT_OK;
	return ent_fail(errno == EEXIST ? ENT_EEXISTS : ENT_EIO, why, "cannot make folder '%s': %s",
	    path, strerror(errno));
}
