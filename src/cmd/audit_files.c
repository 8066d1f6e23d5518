/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit_files.h"

#include "base/arena.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ent_err
join(char out[static PATH_MAX], const char *dir, const char *path, struct ent_why *why)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, path);
	return n > 0 && n < PATH_MAX ? ENT_OK : ent_fail(ENT_EUSAGE, why, "the path is too long");
}

static enum ent_err
read_file(void *ctx, const char *path, struct buf *out, struct ent_why *why)
{
	const char *dir = ctx;
	char full[PATH_MAX];
	enum ent_err err = join(full, dir, path, why);
	return err != ENT_OK ? err : file_read(full, out, why);
}

struct audit_folder
audit_files_of(const char *dir)
{
	/* the reader takes it back as const */
	return (struct audit_folder){ (void *)(uintptr_t)dir, read_file };
}

/* Make the folders of full below its first `from` bytes. */
static enum ent_err
make_folders(char *full, size_t from, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (char *at = strchr(full + from, '/'); at != NULL && err == ENT_OK; at = strchr(at + 1, '/')) {
		*at = '\0';
		err = file_mkdir(full, 0700, why);
		*at = '/';
		err = err == ENT_EEXISTS ? ENT_OK : err;
	}
	return err;
}

enum ent_err
audit_files_write(const char *dir, const char *path, struct bytes in, bool append,
    struct ent_why *why)
{
	char full[PATH_MAX];
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC);
	enum ent_err err = join(full, dir, path, why);
	if (err != ENT_OK)
		return err;
	int fd = open(full, flags, 0600);
	if (fd < 0 && errno == ENOENT) {
		err = make_folders(full, 1, why);
		if (err != ENT_OK)
			return err;
		fd = open(full, flags, 0600);
	}
	if (fd < 0)
		return ent_fail(ENT_EIO, why, "cannot write '%s': %s", full, strerror(errno));
	err = file_write_fd(fd, in);
	if (err != ENT_OK)
		err = ent_fail(err, why, "cannot write '%s': %s", full, strerror(errno));
	if (close(fd) != 0 && err == ENT_OK)
		err = ent_fail(ENT_EIO, why, "cannot write '%s': %s", full, strerror(errno));
	return err;
}

enum ent_err
audit_key_arg(const struct verb_call *c, const char *name, struct audit_key *out, bool *given,
    struct ent_why *why)
{
	const char *text = name == NULL ? NULL : verb_text(c, name);
	struct ent_why inner = { .text = "" };
	*given = text != NULL;
	if (text == NULL)
		return ENT_OK;
	enum ent_err err = audit_key_read(str_of(text), out, &inner);
	return err == ENT_OK ? err : ent_fail(ENT_EUSAGE, why, "--%s: %s", name, inner.text);
}

enum ent_err
audit_open_arg(const struct verb_call *c, const char *dir, const char *key_arg,
    struct audit_log *out, struct ent_why *why)
{
	struct audit_folder f = audit_files_of(dir);
	struct audit_key key;
	struct ent_why inner = { .text = "" };
	bool given;
	enum ent_err err = audit_key_arg(c, key_arg, &key, &given, why);
	if (err != ENT_OK)
		return err;
	if (access(dir, R_OK | X_OK) != 0)
		return ent_fail(ENT_EUSAGE, why, "'%s': %s", dir, strerror(errno));
	err = audit_log_open(&f, given ? &key : NULL, out, &inner);
	return err == ENT_OK ? err : ent_fail(err, why, "export '%s': %s", dir, inner.text);
}

struct js *
audit_finding_js(const char *kind, const char *text)
{
	struct js *f = js_object();
	js_set_str(f, "kind", kind);
	js_set_str(f, "text", text);
	return f;
}

int
audit_fail(const struct verb_call *c, enum ent_err err, const struct ent_why *why)
{
	bool wrong = err == ENT_ESIG || err == ENT_EPROOF || err == ENT_ESYNTAX || err == ENT_EFIELD ||
	    err == ENT_ENOTFOUND || err == ENT_ETOOBIG || err == ENT_ESTATE;
	if (!wrong || !verb_json(c)) {
		int status = verb_fail(c, err, why);
		return wrong ? 1 : status;
	}
	struct js *answer = js_object(), *list = js_array();
	js_set_bool(answer, "ok", false);
	js_append_take(list, audit_finding_js(ent_err_name(err), why->text));
	js_set_take(answer, "findings", list);
	int status = verb_show(c, answer);
	js_free(answer);
	return status == 0 ? 1 : status;
}
