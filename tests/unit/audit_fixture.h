/* SPDX-License-Identifier: Apache-2.0
 *
 * An exported log in memory: entries, files by path, and a key to sign it with.  For the audit tests.
 */
#ifndef AUDIT_FIXTURE_H
#define AUDIT_FIXTURE_H

#include "audit/audit.h"
#include "audit/folder.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file {
	char path[TILE_PATH_MAX];
	struct buf content;
};

struct exported {
	const char *code, *log;
	struct buf *entry; /* as they are written to bundles */
	size_t count, room;
	struct file *file;
	size_t files, file_room;
	uint8_t sk[CRYPTO_SIGN_SK];
	struct audit_key key;
};

static inline struct file *
file_of(struct exported *x, const char *path)
{
	for (size_t i = 0; i < x->files; i++)
		if (strcmp(x->file[i].path, path) == 0)
			return &x->file[i];
	if (x->files == x->file_room) {
		x->file_room = x->file_room * 2 + 16;
		x->file = ent_realloc(x->file, x->file_room * sizeof *x->file);
	}
	struct file *f = &x->file[x->files++];
	(void)snprintf(f->path, sizeof f->path, "%s", path);
	buf_init(&f->content, BUNDLE_MAX);
	return f;
}

static inline enum ent_err
read_memory(void *ctx, const char *path, struct buf *out, struct ent_why *why)
{
	struct exported *x = ctx;
	for (size_t i = 0; i < x->files; i++) {
		if (strcmp(x->file[i].path, path) != 0)
			continue;
		buf_put(out, x->file[i].content.p, x->file[i].content.n);
		return buf_err(out);
	}
	return ent_fail(ENT_ENOTFOUND, why, "no '%s'", path);
}

static inline struct audit_folder
folder_of(struct exported *x)
{
	return (struct audit_folder){ x, read_memory };
}

static inline enum ent_err
put_tile(void *ctx, const struct tile *t, struct bytes content, struct ent_why *why)
{
	struct exported *x = ctx;
	char path[TILE_PATH_MAX];
	(void)why;
	tile_path(t, path);
	struct file *f = file_of(x, path);
	buf_reset(&f->content);
	buf_put(&f->content, content.p, content.n);
	return ENT_OK;
}

static inline void
sign_checkpoint(struct exported *x, const struct checkpoint *c)
{
	struct buf text;
	uint8_t sig[CRYPTO_SIG_LEN];
	buf_init(&text, NOTE_MAX);
	checkpoint_write(c, &text);
	crypto_ed25519_sign(x->sk, buf_bytes(&text), sig);
	struct file *f = file_of(x, "checkpoint");
	buf_reset(&f->content);
	note_write(buf_bytes(&text), x->key.name, x->key.pk, sig, &f->content);
	buf_done(&text);
}

/* Write bundles and tiles from the entries; sign: the checkpoint too. */
static inline void
cut(struct exported *x, bool sign)
{
	struct tiling *t = tiling_new(put_tile, x);
	struct checkpoint c = { .size = x->count };
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < x->count && err == ENT_OK; i++)
		err = tiling_entry(t, buf_bytes(&x->entry[i]), NULL);
	if (err == ENT_OK)
		err = tiling_end(t, NULL);
	if (err != ENT_OK)
		abort();
	audit_origin(x->code, x->log, c.origin);
	tree_root(&t->tree, c.root);
	if (sign)
		sign_checkpoint(x, &c);
	tiling_free(t);
}

static inline void
add_entry(struct exported *x, const char *text)
{
	if (x->count == x->room) {
		x->room = x->room * 2 + 64;
		x->entry = ent_realloc(x->entry, x->room * sizeof *x->entry);
	}
	buf_init(&x->entry[x->count], ENTRY_MAX);
	buf_puts(&x->entry[x->count++], text);
}

static inline struct exported *
exported_new(const char *code, const char *log)
{
	struct exported *x = ent_alloc(sizeof *x);
	x->code = code;
	x->log = log;
	audit_origin(code, log, x->key.name);
	crypto_ed25519_keypair(x->key.pk, x->sk);
	struct file *f = file_of(x, "log.json");
	buf_printf(&f->content, "{\"code\":\"%s\",\"log\":\"%s\",\"key\":\"", code, log);
	audit_key_write(&x->key, &f->content);
	buf_puts(&f->content, "\"}");
	return x;
}

static inline void
exported_free(struct exported *x)
{
	for (size_t i = 0; i < x->files; i++)
		buf_done(&x->file[i].content);
	for (size_t i = 0; i < x->count; i++)
		buf_done(&x->entry[i]);
	free(x->file);
	free(x->entry);
	free(x);
}

/* A node log of n entries, signed. */
static inline struct exported *
node_log(size_t n)
{
	struct exported *x = exported_new("RAB", AUDIT_NODE);
	for (size_t i = 0; i < n; i++) {
		char text[128];
		(void)snprintf(text, sizeof text,
		    "{\"index\":%zu,\"time\":%zu,\"event\":\"search\",\"phase\":\"done\"}", i, 1000 + i * 7);
		add_entry(x, text);
	}
	cut(x, true);
	return x;
}

#endif
