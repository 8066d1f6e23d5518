/* SPDX-License-Identifier: Apache-2.0
 *
 * base/file: whole small files, with a maximum, and durable replacement.
 */
#ifndef ENT_BASE_FILE_H
#define ENT_BASE_FILE_H

#include "base/buf.h"

/* Read a whole file (or what a descriptor still gives) up to out->max bytes.  ENOTFOUND, EIO,
 * ETOOBIG; why names the path. */
ENT_CHECK enum ent_err file_read(const char *path, struct buf *out, struct ent_why *why);
ENT_CHECK enum ent_err file_read_fd(int fd, struct buf *out, struct ent_why *why);

/* All of it, to where the descriptor stands; EIO, errno says why. */
ENT_CHECK enum ent_err file_write_fd(int fd, struct bytes in);

/* Write beside, fsync, rename, fsync the folder: the old content or the new, never half.
 * mode as for open(2). */
ENT_CHECK enum ent_err file_replace(const char *path, struct bytes in, unsigned mode,
    struct ent_why *why);

ENT_CHECK enum ent_err file_mkdir(const char *path, unsigned mode, struct ent_why *why); /* EEXISTS */

#endif
