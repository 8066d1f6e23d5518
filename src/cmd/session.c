/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/call.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SESSION_FILE_MAX 8192 /* bytes */

enum ent_err
session_load(struct verb_call *c, struct ent_why *why)
{
	const char *path = getenv("ENTENTE_SESSION");
	struct js *j = NULL;
	struct buf text;
	if (path == NULL || *path == '\0')
		return ENT_OK;
	buf_init(&text, SESSION_FILE_MAX);
	enum ent_err err = file_read(path, &text, why);
	if (err == ENT_ENOTFOUND) {
		buf_done(&text);
		return ENT_OK; /* nobody has logged in yet */
	}
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&text), SESSION_FILE_MAX, &j, why);
	if (err == ENT_OK && (js_get_str(j, "dir") == NULL || js_get_str(j, "token") == NULL))
		err = ENT_ESYNTAX;
	if (err == ENT_OK) {
		c->session_dir = ent_strdup(js_get_str(j, "dir"));
		c->session_token = ent_strdup(js_get_str(j, "token"));
	} else if (err != ENT_EIO) {
		(void)ent_fail(err, why, "'%s' is no session file; log in again", path);
	}
	if (text.p != NULL)
		explicit_bzero(text.p, text.n);
	buf_done(&text);
	js_free(j);
	return err;
}

enum ent_err
verb_session_save(const struct verb_call *c, const char *token, struct ent_why *why)
{
	const char *path = getenv("ENTENTE_SESSION"), *dir = verb_dir(c);
	char full[PATH_MAX];
	if (path == NULL || *path == '\0')
		return ent_fail(ENT_EUSAGE, why,
		    "ENTENTE_SESSION is not set; set it to the path of a session file of your own");
	if (token == NULL) {
		if (unlink(path) != 0 && errno != ENOENT)
			return ent_fail(ENT_EIO, why, "cannot remove '%s': %s", path, strerror(errno));
		return ENT_OK;
	}
	if (dir == NULL || realpath(dir, full) == NULL)
		return ent_fail(ENT_EUSAGE, why, "no node's folder is named; use --dir");
	struct js *j = js_object();
	struct buf text;
	js_set_str(j, "dir", full);
	js_set_str(j, "token", token);
	buf_init(&text, SESSION_FILE_MAX);
	js_write(j, &text);
	enum ent_err err = buf_err(&text);
	if (err == ENT_OK)
		err = file_replace(path, buf_bytes(&text), 0600, why);
	if (text.p != NULL)
		explicit_bzero(text.p, text.n);
	buf_done(&text);
	js_free(j);
	return err;
}
