/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters as files: they are large, hold nothing that a partner may not have, and are mapped.
 */
#include "base/file.h"
#include "store/hits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void
hit_file_path(const char *dir, const char *side, const char *agreement, uint32_t epoch,
    char out[static HIT_FILE_PATH])
{
	uint8_t hash[16];
	char hex[HEX_SIZE(16)];
	crypto_blake2b(bytes_of(NULL, 0), bytes_of_cstr(agreement), hash, sizeof hash);
	hex_encode(bytes_of(hash, sizeof hash), hex);
	(void)snprintf(out, HIT_FILE_PATH, "%s/filters/%s-%s-%" PRIu32 ".filter", dir, side, hex, epoch);
}

enum ent_err
hit_file_write(const char *path, struct bytes in, struct ent_why *why)
{
	char folder[HIT_FILE_PATH];
	(void)snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash != NULL) {
		*slash = '\0';
		enum ent_err err = file_mkdir(folder, 0700, why);
		if (err != ENT_OK && err != ENT_EEXISTS)
			return err;
	}
	return file_replace(path, in, 0600, why);
}

enum ent_err
hit_file_map(const char *path, size_t max, struct bytes *out, struct ent_why *why)
{
	struct stat st;
	enum ent_err err = ENT_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return ent_fail(errno == ENOENT ? ENT_ENOTFOUND : ENT_EIO, why, "cannot open '%s': %s", path,
		    strerror(errno));
	if (fstat(fd, &st) != 0 || st.st_size <= 0) {
		err = ent_fail(ENT_EIO, why, "'%s' is empty or cannot be read", path);
	} else if ((uint64_t)st.st_size > max) {
		err = ent_fail(ENT_ETOOBIG, why, "'%s' is over %zu bytes", path, max);
	} else {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			err = ent_fail(ENT_EIO, why, "cannot map '%s': %s", path, strerror(errno));
		else
			*out = bytes_of(p, (size_t)st.st_size);
	}
	(void)close(fd);
	return err;
}

void
hit_file_unmap(struct bytes *map)
{
	if (map->p != NULL)
		(void)munmap((void *)(uintptr_t)map->p, map->n);
	*map = bytes_of(NULL, 0);
}

void
hit_file_remove(const char *path)
{
	(void)unlink(path); /* if it stays, the next start sweeps nothing but space */
}
