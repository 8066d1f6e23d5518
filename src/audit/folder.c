/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/folder.h"

#include "audit/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_TEXT_MAX 256
#define KEY_RAW (1 + CRYPTO_SIGN_PK)
#define ED25519 0x01

/* SHA-256(name LF 0x01 pk)[:4], as crypto/note counts it. */
static void
key_id(const struct audit_key *k, char out[static HEX_SIZE(4)])
{
	static const uint8_t mark[] = { '\n', ED25519 };
	uint8_t hash[CRYPTO_HASH_LEN];
	const struct bytes parts[] = { bytes_of_cstr(k->name), bytes_of(mark, sizeof mark),
		bytes_of(k->pk, sizeof k->pk) };
	crypto_sha256_parts(parts, 3, hash);
	hex_encode(bytes_of(hash, 4), out);
}

void
audit_key_write(const struct audit_key *k, struct buf *out)
{
	uint8_t raw[KEY_RAW] = { ED25519 };
	char id[HEX_SIZE(4)], b64[B64_SIZE(KEY_RAW)];
	memcpy(raw + 1, k->pk, sizeof k->pk);
	key_id(k, id);
	b64_encode(bytes_of(raw, sizeof raw), b64);
	buf_printf(out, "%s+%s+%s", k->name, id, b64);
}

enum ent_err
audit_key_read(struct str in, struct audit_key *out, struct ent_why *why)
{
	struct audit_key k = { .name = "" };
	uint8_t raw[KEY_RAW];
	char id[HEX_SIZE(4)];
	size_t n = 0;
	const char *plus = in.n < KEY_TEXT_MAX ? memchr(in.p, '+', in.n) : NULL;
	size_t name_len = plus == NULL ? 0 : (size_t)(plus - in.p);
	if (plus == NULL || in.n - name_len < 11 || in.p[name_len + 9] != '+' ||
	    !note_name_valid((struct str){ in.p, name_len }))
		return ent_fail(ENT_ESYNTAX, why, "a key is written NAME+ID+KEY");
	memcpy(k.name, in.p, name_len);
	struct str b64 = { in.p + name_len + 10, in.n - name_len - 10 };
	if (b64_decode(b64, raw, sizeof raw, &n) != ENT_OK || n != sizeof raw || raw[0] != ED25519)
		return ent_fail(ENT_ESYNTAX, why, "the key of '%s' is not an Ed25519 key", k.name);
	memcpy(k.pk, raw + 1, sizeof k.pk);
	key_id(&k, id);
	if (memcmp(id, plus + 1, 8) != 0)
		return ent_fail(ENT_ESYNTAX, why, "the key of '%s' does not have this id: mistyped?",
		    k.name);
	*out = k;
	return ENT_OK;
}

static bool
keep(char *to, size_t room, const char *from)
{
	size_t n = from == NULL ? room : strlen(from);
	if (n >= room)
		return false;
	memcpy(to, from, n + 1);
	return true;
}

static enum ent_err
read_head(struct audit_log *l, struct audit_key *own, struct ent_why *why)
{
	struct buf text;
	struct js *j = NULL;
	const char *vkey = NULL;
	buf_init(&text, LOG_JSON_MAX);
	enum ent_err err = l->folder.read(l->folder.ctx, "log.json", &text, why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&text), LOG_JSON_MAX, &j, why);
	if (err == ENT_OK) {
		struct js_reader r = js_reader_of(j, "log.json", why);
		const char *code = js_want_str(&r, "code", sizeof l->code - 1);
		const char *log = js_want_str(&r, "log", sizeof l->log - 1);
		vkey = js_want_str(&r, "key", KEY_TEXT_MAX);
		err = r.err;
		if (err == ENT_OK && (!keep(l->code, sizeof l->code, code) ||
		    !keep(l->log, sizeof l->log, log)))
			err = ent_fail(ENT_EFIELD, why, "log.json names no log");
	}
	if (err == ENT_OK)
		err = audit_key_read(str_of(vkey), own, why);
	l->exchange = strcmp(l->log, AUDIT_NODE) != 0;
	js_free(j);
	buf_done(&text);
	return err;
}

enum ent_err
audit_log_open(const struct audit_folder *f, const struct audit_key *key, struct audit_log *out,
    struct ent_why *why)
{
	struct audit_log l = { .folder = *f, .trusted = key != NULL };
	struct audit_key own = { .name = "" };
	struct bytes text;
	char origin[NOTE_NAME_MAX];
	buf_init(&l.note, NOTE_MAX);
	enum ent_err err = read_head(&l, &own, why);
	l.key = key != NULL ? *key : own;
	if (err == ENT_OK)
		err = f->read(f->ctx, "checkpoint", &l.note, why);
	if (err == ENT_OK)
		err = note_verify(buf_bytes(&l.note), l.key.name, l.key.pk, &text, why);
	if (err == ENT_OK)
		err = checkpoint_parse(text, &l.checkpoint, why);
	if (err == ENT_OK) {
		audit_origin(l.code, l.log, origin);
		if (strcmp(origin, l.checkpoint.origin) != 0)
			err = ent_fail(ENT_ESIG, why, "the checkpoint is of log '%s', log.json says '%s'",
			    l.checkpoint.origin, origin);
	}
	if (err != ENT_OK) {
		buf_done(&l.note);
		return err;
	}
	*out = l;
	return ENT_OK;
}

void
audit_log_close(struct audit_log *l)
{
	buf_done(&l->note);
}

void
audit_log_title(const struct audit_log *l, char out[static 128])
{
	if (l->exchange)
		(void)snprintf(out, 128, "exchange log %s of %s", l->log, l->code);
	else
		(void)snprintf(out, 128, "node log of %s", l->code);
}

/* ---- entries ----------------------------------------------------------------------------------- */

static enum ent_err
read_bundle(const struct audit_log *l, uint64_t index, struct buf *out, struct tile *t,
    struct ent_why *why)
{
	char path[TILE_PATH_MAX];
	if (index >= l->checkpoint.size ||
	    !tile_of(l->checkpoint.size, TILE_ENTRIES, index / TILE_WIDTH, t))
		return ent_fail(ENT_ENOTFOUND, why, "there is no entry %" PRIu64 " in a log of %" PRIu64,
		    index, l->checkpoint.size);
	tile_path(t, path);
	return l->folder.read(l->folder.ctx, path, out, why);
}

static enum ent_err
missing(uint64_t index, struct ent_why *why)
{
	return ent_fail(ENT_ESYNTAX, why, "entry %" PRIu64 " is missing or cut off", index);
}

enum ent_err
audit_log_entry(const struct audit_log *l, uint64_t index, struct buf *out, struct ent_why *why)
{
	struct buf file;
	struct tile t;
	struct bytes entry = { NULL, 0 };
	buf_init(&file, BUNDLE_MAX);
	enum ent_err err = read_bundle(l, index, &file, &t, why);
	struct bytes left = buf_bytes(&file);
	for (uint64_t i = 0; i <= index % TILE_WIDTH && err == ENT_OK; i++)
		if (bundle_next(&left, &entry) != ENT_OK)
			err = missing(index, why);
	if (err == ENT_OK) {
		buf_put(out, entry.p, entry.n);
		err = buf_err(out);
	}
	buf_done(&file);
	return err;
}

enum ent_err
audit_log_each(const struct audit_log *l, audit_each_fn *fn, void *ctx, struct ent_why *why)
{
	struct buf file;
	struct tile t;
	enum ent_err err = ENT_OK;
	buf_init(&file, BUNDLE_MAX);
	for (uint64_t at = 0; at < l->checkpoint.size && err == ENT_OK;) {
		buf_reset(&file);
		err = read_bundle(l, at, &file, &t, why);
		struct bytes left = buf_bytes(&file), entry;
		for (unsigned i = 0; err == ENT_OK && i < t.width; i++, at++)
			err = bundle_next(&left, &entry) != ENT_OK ? missing(at, why) :
			    fn(ctx, at, entry, why);
	}
	buf_done(&file);
	return err;
}

/* ---- nodes ------------------------------------------------------------------------------------- */

static enum ent_err
fetch_tile(struct audit_nodes *n, const struct tile *t, struct ent_why *why)
{
	char path[TILE_PATH_MAX];
	struct buf file;
	buf_init(&file, TILE_BYTES);
	tile_path(t, path);
	enum ent_err err = n->folder->read(n->folder->ctx, path, &file, why);
	if (err == ENT_OK && file.n != (size_t)t->width * CRYPTO_HASH_LEN)
		err = ent_fail(ENT_ESYNTAX, why, "'%s' has %zu bytes, %zu are right", path, file.n,
		    (size_t)t->width * CRYPTO_HASH_LEN);
	if (err == ENT_OK) {
		memcpy(n->last[t->level].hash, file.p, file.n);
		n->last[t->level].there = true;
		n->last[t->level].index = t->index;
		n->last[t->level].width = t->width;
	}
	buf_done(&file);
	return err;
}

enum ent_err
audit_node_of(void *nodes, unsigned level, uint64_t index, uint8_t out[static CRYPTO_HASH_LEN],
    struct ent_why *why)
{
	struct audit_nodes *n = nodes;
	struct tile_span s = tile_span_of(level, index);
	struct tile t;
	if (s.level >= TILE_LEVELS || !tile_of(n->size, s.level, s.index, &t) ||
	    s.first + s.count > t.width)
		return ent_fail(ENT_ENOTFOUND, why, "the tree has no such node");
	if (!n->last[s.level].there || n->last[s.level].index != s.index) {
		enum ent_err err = fetch_tile(n, &t, why);
		if (err != ENT_OK)
			return err;
	}
	tile_root(n->last[s.level].hash, s.first, s.count, out);
	return ENT_OK;
}
