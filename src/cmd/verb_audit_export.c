/* SPDX-License-Identifier: Apache-2.0
 *
 * audit export: fetch a log from the node, page by page, and write it as a folder that the other audit
 * verbs, or any C2SP tlog-tiles client, can check without the node.  A folder that has an older export
 * grows; nothing in it is believed before its root was computed.
 */
#include "audit/audit.h"
#include "base/file.h"
#include "cmd/audit_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPENINGS_LINE_MAX ((size_t)2 << 20)

struct export {
	struct verb_call *c;
	const char *out, *log;
	bool openings, replaying;
	uint64_t keep; /* entries that the folder has already */
	uint64_t old_size; /* of the export that stands there */
	struct tiling *tiling;
	struct js *head; /* the first page's answer; owned */
};

static enum ent_err
write_tile(void *ctx, const struct tile *t, struct bytes content, struct ent_why *why)
{
	struct export *x = ctx;
	char path[TILE_PATH_MAX];
	if (x->replaying)
		return ENT_OK;
	tile_path(t, path);
	return audit_files_write(x->out, path, content, false, why);
}

/* ---- what the folder has ------------------------------------------------------------------------- */

static enum ent_err
replay_entry(void *ctx, uint64_t index, struct bytes entry, struct ent_why *why)
{
	struct export *x = ctx;
	return index < x->keep ? tiling_entry(x->tiling, entry, why) : ENT_OK;
}

static enum ent_err
replay(struct export *x, struct ent_why *why)
{
	struct audit_folder f = audit_files_of(x->out);
	struct audit_log old;
	struct ent_why inner = { .text = "" };
	uint8_t root[CRYPTO_HASH_LEN];
	int64_t since = verb_int(x->c, "since", -1);
	enum ent_err err = audit_log_open(&f, NULL, &old, &inner);
	if (err == ENT_ENOTFOUND && since <= 0)
		return ENT_OK; /* a new folder */
	if (err != ENT_OK)
		return ent_fail(err == ENT_ENOTFOUND ? ENT_EUSAGE : err, why, "'%s' has no export to "
		    "continue: %s", x->out, inner.text);
	if (strcmp(old.log, x->log) != 0)
		err = ent_fail(ENT_EUSAGE, why, "'%s' holds log '%s'", x->out, old.log);
	else if (since >= 0 && (uint64_t)since > old.checkpoint.size)
		err = ent_fail(ENT_EUSAGE, why, "'%s' has %" PRIu64 " entries", x->out,
		    old.checkpoint.size);
	x->old_size = old.checkpoint.size;
	x->keep = since >= 0 ? (uint64_t)since : old.checkpoint.size;
	x->replaying = true;
	if (err == ENT_OK)
		err = audit_log_each(&old, replay_entry, x, why);
	x->replaying = false;
	tree_root(&x->tiling->tree, root);
	if (err == ENT_OK && x->keep == old.checkpoint.size &&
	    memcmp(root, old.checkpoint.root, sizeof root) != 0)
		err = ent_fail(ENT_EPROOF, why, "'%s' was altered (entente audit verify says where); export "
		    "into an empty folder", x->out);
	audit_log_close(&old);
	return err;
}

/* ---- pages --------------------------------------------------------------------------------------- */

static enum ent_err
write_openings(struct export *x, const struct js *list, struct ent_why *why)
{
	struct buf line;
	bool fresh = x->openings && x->keep == 0 && x->head == NULL;
	enum ent_err err = fresh ? audit_files_write(x->out, "openings.jsonl", bytes_of("", 0), false, why) :
	    ENT_OK;
	buf_init(&line, OPENINGS_LINE_MAX);
	for (size_t i = 0; i < js_len(list) && err == ENT_OK; i++) {
		buf_reset(&line);
		js_write(js_at(list, i), &line);
		buf_putc(&line, '\n');
		err = buf_err(&line);
		if (err == ENT_OK)
			err = audit_files_write(x->out, "openings.jsonl", buf_bytes(&line), true, why);
	}
	buf_done(&line);
	return err;
}

static enum ent_err
take_page(struct export *x, const struct js *answer, struct ent_why *why)
{
	const struct js *entries = js_get(answer, "entries");
	enum ent_err err = ENT_OK;
	if (js_len(entries) == 0)
		return ent_fail(ENT_EPEER, why, "the node sent an empty page");
	for (size_t i = 0; i < js_len(entries) && err == ENT_OK; i++) {
		const char *text = js_str(js_at(entries, i));
		err = text == NULL ? ent_fail(ENT_EPEER, why, "the node sent what is not an entry") :
		    tiling_entry(x->tiling, bytes_of_cstr(text), why);
	}
	return err != ENT_OK ? err : write_openings(x, js_get(answer, "openings"), why);
}

static enum ent_err
fetch(struct export *x, struct ent_why *why)
{
	uint64_t size = UINT64_MAX;
	enum ent_err err = ENT_OK;
	while (err == ENT_OK && x->tiling->tree.size < size) {
		struct js *request = verb_request(x->c), *answer = NULL;
		js_del(request, "since"); /* the folder's matter, not the node's */
		js_set_str(request, "log", x->log);
		js_set_int(request, "from", (int64_t)x->tiling->tree.size);
		if (x->head != NULL)
			js_set_int(request, "size", (int64_t)size);
		err = verb_send(x->c, "audit export", request, &answer, why);
		if (err == ENT_OK && x->head == NULL)
			size = (uint64_t)js_get_int(answer, "size", 0);
		if (err == ENT_OK && x->tiling->tree.size < size)
			err = take_page(x, answer, why);
		if (err == ENT_OK && x->head == NULL) {
			x->head = answer;
			answer = NULL;
		}
		js_free(answer);
		js_free(request);
	}
	return err == ENT_OK ? tiling_end(x->tiling, why) : err;
}

/* ---- the head, last ------------------------------------------------------------------------------ */

static enum ent_err
write_head(struct export *x, struct ent_why *why)
{
	static const char *const fields[] = { "code", "log", "key", "card" };
	struct js *head = js_object();
	struct buf text;
	buf_init(&text, LOG_JSON_MAX);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		js_set_str(head, fields[i], js_get_str(x->head, fields[i]));
	js_write_pretty(head, &text);
	buf_putc(&text, '\n');
	enum ent_err err = buf_err(&text);
	if (err == ENT_OK)
		err = audit_files_write(x->out, "log.json", buf_bytes(&text), false, why);
	buf_done(&text);
	js_free(head);
	return err;
}

/* The older export's partial tiles: nothing checks them any more, so nothing may be read from them. */
static void
drop_stale(const struct export *x)
{
	for (int level = TILE_ENTRIES; level < TILE_LEVELS; level++) {
		char path[TILE_PATH_MAX], full[4096];
		struct tile old, now;
		uint64_t index = x->old_size >> (level == TILE_ENTRIES ? 0 : 8 * level) >> 8;
		if (!tile_of(x->old_size, level, index, &old) ||
		    (tile_of(x->tiling->tree.size, level, index, &now) && now.width == old.width))
			continue;
		tile_path(&old, path);
		if (snprintf(full, sizeof full, "%s/%s", x->out, path) < (int)sizeof full)
			(void)unlink(full); /* it only is in the way */
	}
}

/* The checkpoint is written once the entries are known to give its root. */
static enum ent_err
write_checkpoint(struct export *x, struct ent_why *why)
{
	const char *note = js_get_str(x->head, "checkpoint"), *vkey = js_get_str(x->head, "key");
	char path[4096];
	struct audit_key key;
	struct checkpoint point;
	struct bytes text;
	uint8_t root[CRYPTO_HASH_LEN];
	if (note == NULL || vkey == NULL)
		return ent_fail(ENT_EPEER, why, "the node sent no checkpoint");
	enum ent_err err = audit_key_read(str_of(vkey), &key, why);
	if (err == ENT_OK)
		err = note_verify(bytes_of_cstr(note), key.name, key.pk, &text, why);
	if (err == ENT_OK)
		err = checkpoint_parse(text, &point, why);
	if (err != ENT_OK)
		return err;
	tree_root(&x->tiling->tree, root);
	if (point.size != x->tiling->tree.size || memcmp(root, point.root, sizeof root) != 0)
		return ent_fail(ENT_EPROOF, why, "the entries do not give the root that the node signed%s",
		    x->keep > 0 ? ": the folder's older entries, or the node's, were rewritten" : "");
	err = write_head(x, why);
	if (err == ENT_OK && snprintf(path, sizeof path, "%s/checkpoint", x->out) >= (int)sizeof path)
		err = ent_fail(ENT_EUSAGE, why, "the path is too long");
	return err != ENT_OK ? err : file_replace(path, bytes_of_cstr(note), 0600, why);
}

static struct js *
summary(const struct export *x)
{
	struct js *a = js_object();
	js_set_bool(a, "ok", true);
	js_set_str(a, "folder", x->out);
	js_set_str(a, "log", x->log);
	js_set_str(a, "code", js_get_str(x->head, "code"));
	js_set_int(a, "entries", (int64_t)x->tiling->tree.size);
	js_set_int(a, "new", (int64_t)(x->tiling->tree.size - x->keep));
	js_set_str(a, "key", js_get_str(x->head, "key"));
	return a;
}

static void
render(const struct js *a, FILE *out)
{
	(void)fprintf(out, "%" PRId64 " entries of log '%s' of %s in '%s' (%" PRId64 " new)\nkey %s\n",
	    js_get_int(a, "entries", 0), js_get_str(a, "log"), js_get_str(a, "code"),
	    js_get_str(a, "folder"), js_get_int(a, "new", 0), js_get_str(a, "key"));
}

static int
run(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct export x = { .c = c, .out = verb_text(c, "out"), .log = verb_text(c, "log"),
		.openings = verb_flag(c, "openings") };
	int status;
	if (x.log == NULL)
		x.log = AUDIT_NODE;
	x.tiling = tiling_new(write_tile, &x);
	enum ent_err err = file_mkdir(x.out, 0700, &why);
	if (err == ENT_OK || err == ENT_EEXISTS)
		err = replay(&x, &why);
	if (err == ENT_OK)
		err = fetch(&x, &why);
	if (err == ENT_OK)
		err = write_checkpoint(&x, &why);
	if (err == ENT_OK) {
		struct js *a = summary(&x);
		drop_stale(&x);
		status = verb_show(c, a);
		js_free(a);
	} else {
		status = verb_fail(c, err, &why);
	}
	js_free(x.head);
	tiling_free(x.tiling);
	return status;
}

static const struct verb_arg args[] = {
	{ "log", ARG_LOCAL, false, false, "LOG", "\"node\" (default), or an agreement's id: its exchange log" },
	{ "out", ARG_LOCAL, false, true, "DIR", "folder to write; one that has an older export grows" },
	{ "since", ARG_INT, false, false, "N", "take only the folder's first N entries as there" },
	{ "openings", ARG_FLAG, false, false, NULL,
	    "also what entries hide (data-protection officer), into openings.jsonl" },
	{ .name = NULL },
};

const struct verb verb_audit_export = {
	.name = "audit export",
	.summary = "write a log as a folder that can be checked without the node",
	.op = "audit export",
	.args = args,
	.reasoned = true,
	.run = run,
	.render = render,
};
