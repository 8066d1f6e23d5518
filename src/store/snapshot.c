/* SPDX-License-Identifier: Apache-2.0 */
#include "store/snapshot.h"

#include "base/file.h"
#include "base/int.h"
#include "base/workers.h"
#include "crypto/crypto.h"
#include "store/db.h"
#include "store/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC_N 8
#define HEAD_N (MAGIC_N + 8)
#define PIECE ((size_t)1 << 20)
#define PATH_MAX_HERE 4300

static const uint8_t magic[MAGIC_N] = { 'E', 'N', 'T', 'S', 'N', 'A', 'P', '1' };

/* ---- its key ------------------------------------------------------------------------------------------- */

enum ent_err
snapshot_spoil(struct store_tx *tx, struct ent_why *why)
{
	struct ent_id id;
	bool row;
	struct db_stmt *st = db_begin(tx, DB_SNAPSHOT_GET);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row)
		db_col_id(st, 0, &id);
	db_done(st);
	if (err != ENT_OK || !row)
		return err;
	st = db_begin(tx, DB_SNAPSHOT_DROP);
	db_id(st, 1, &id);
	err = db_run(st, NULL, why);
	return err == ENT_OK ? store_key_erase(tx, &id, why) : err;
}

enum ent_err
snapshot_key_put(struct store_tx *tx, const struct ent_id *id,
    const uint8_t key[static CRYPTO_KEY_LEN], struct ent_why *why)
{
	struct buf sealed;
	buf_init(&sealed, CRYPTO_KEY_LEN + CRYPTO_AEAD_OVERHEAD);
	enum ent_err err = snapshot_spoil(tx, why);
	if (err == ENT_OK)
		err = store_seal_new(tx, id, bytes_of(key, CRYPTO_KEY_LEN), &sealed, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_SNAPSHOT_PUT);
		db_id(st, 1, id);
		db_blob(st, 2, buf_bytes(&sealed));
		err = db_run(st, NULL, why);
	}
	buf_done(&sealed);
	return err;
}

enum ent_err
snapshot_key_get(struct store_tx *tx, uint8_t key[static CRYPTO_KEY_LEN], struct ent_why *why)
{
	struct ent_id id;
	struct buf plain;
	bool row;
	struct db_stmt *st = db_begin(tx, DB_SNAPSHOT_GET);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && !row)
		err = ent_fail(ENT_ENOTFOUND, why, "there is no snapshot of the index as it is");
	buf_init(&plain, CRYPTO_KEY_LEN);
	if (err == ENT_OK) {
		db_col_id(st, 0, &id);
		err = store_unseal(tx, &id, db_col_blob(st, 1), &plain, why);
	}
	db_done(st);
	if (err == ENT_OK && plain.n != CRYPTO_KEY_LEN)
		err = ent_fail(ENT_ESYNTAX, why, "the key of the index's snapshot is damaged");
	if (err == ENT_OK)
		memcpy(key, plain.p, CRYPTO_KEY_LEN);
	if (plain.p != NULL)
		crypto_wipe(plain.p, plain.n);
	buf_done(&plain);
	return err;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

struct snapshot_writer {
	int fd;
	char path[PATH_MAX_HERE], beside[PATH_MAX_HERE + 8];
	uint8_t *key; /* crypto_secret_new */
	uint64_t bytes, done, piece;
	uint8_t *plain, *sealed;
	size_t n; /* of plain */
};

static void
bind(uint64_t piece, uint64_t bytes, uint8_t out[static 16])
{
	put_be64(out, piece);
	put_be64(out + 8, bytes);
}

void
snapshot_abandon(struct snapshot_writer *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0) {
		(void)close(w->fd);
		(void)unlink(w->beside); /* half a file is of no use; the next one takes its place anyway */
	}
	crypto_secret_free(w->key);
	crypto_wipe(w->plain, PIECE);
	free(w->plain);
	free(w->sealed);
	free(w);
}

static enum ent_err
write_failed(const struct snapshot_writer *w, struct ent_why *why)
{
	return ent_fail(ENT_EIO, why, "%s: %s", w->beside, strerror(errno));
}

enum ent_err
snapshot_begin(const char *path, const uint8_t key[static CRYPTO_KEY_LEN], uint64_t bytes,
    struct snapshot_writer **out, struct ent_why *why)
{
	uint8_t head[MAGIC_N + 8];
	struct snapshot_writer *w = ent_alloc(sizeof *w);
	w->key = crypto_secret_new(CRYPTO_KEY_LEN);
	memcpy(w->key, key, CRYPTO_KEY_LEN);
	w->plain = ent_alloc(PIECE);
	w->sealed = ent_alloc(PIECE + CRYPTO_AEAD_OVERHEAD);
	w->bytes = bytes;
	(void)snprintf(w->path, sizeof w->path, "%s", path);
	(void)snprintf(w->beside, sizeof w->beside, "%s.new", path);
	memcpy(head, magic, sizeof magic);
	put_be64(head + MAGIC_N, bytes);
	w->fd = open(w->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum ent_err err = w->fd < 0 || file_write_fd(w->fd, bytes_of(head, sizeof head)) != ENT_OK ?
		write_failed(w, why) :
		ENT_OK;
	if (err == ENT_OK)
		*out = w;
	else
		snapshot_abandon(w);
	return err;
}

static enum ent_err
flush(struct snapshot_writer *w, struct ent_why *why)
{
	uint8_t place[16];
	bind(w->piece++, w->bytes, place);
	crypto_seal(w->key, bytes_of(w->plain, w->n), bytes_of(place, sizeof place), w->sealed);
	struct bytes sealed = bytes_of(w->sealed, w->n + CRYPTO_AEAD_OVERHEAD);
	w->n = 0;
	return file_write_fd(w->fd, sealed) == ENT_OK ? ENT_OK : write_failed(w, why);
}

enum ent_err
snapshot_put(struct snapshot_writer *w, struct bytes in, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	if (in.n > w->bytes - w->done)
		return ent_fail(ENT_ETOOBIG, why, "the snapshot is longer than was said");
	w->done += in.n;
	while (in.n > 0 && err == ENT_OK) {
		size_t n = in.n < PIECE - w->n ? in.n : PIECE - w->n;
		memcpy(w->plain + w->n, in.p, n);
		w->n += n;
		in = bytes_of(in.p + n, in.n - n);
		if (w->n == PIECE)
			err = flush(w, why);
	}
	return err;
}

enum ent_err
snapshot_commit(struct snapshot_writer *w, struct ent_why *why)
{
	enum ent_err err = w->done == w->bytes ? ENT_OK :
		ent_fail(ENT_ESTATE, why, "the snapshot is shorter than was said");
	if (err == ENT_OK && w->n > 0)
		err = flush(w, why);
	/* no need to sync the folder: a snapshot that is lost is one that is made again */
	if (err == ENT_OK && (fsync(w->fd) != 0 || rename(w->beside, w->path) != 0))
		err = write_failed(w, why);
	if (err == ENT_OK) {
		(void)close(w->fd); /* synced already */
		w->fd = -1;
	}
	snapshot_abandon(w);
	return err;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

/* All n bytes from there on, or the file ends before. */
static bool
read_all(int fd, uint8_t *p, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
		at += (uint64_t)got;
	}
	return true;
}

/* Pieces are opened by several threads, each the next that nobody took. */
struct opening {
	int fd;
	const uint8_t *key;
	uint64_t bytes;
	uint8_t *out;
	_Atomic uint64_t next;
	_Atomic int err; /* enum ent_err, of whichever piece */
};

static enum ent_err
open_piece(const struct opening *o, uint64_t piece, uint8_t *sealed)
{
	uint8_t place[16];
	uint64_t at = piece * PIECE;
	size_t n = o->bytes - at < PIECE ? (size_t)(o->bytes - at) : PIECE;
	bind(piece, o->bytes, place);
	if (!read_all(o->fd, sealed, n + CRYPTO_AEAD_OVERHEAD, HEAD_N + piece * (PIECE + CRYPTO_AEAD_OVERHEAD)))
		return ENT_ESYNTAX;
	return crypto_open(o->key, bytes_of(sealed, n + CRYPTO_AEAD_OVERHEAD), bytes_of(place, sizeof place), o->out + at);
}

static void *
open_pieces(void *ctx)
{
	struct opening *o = ctx;
	uint8_t *sealed = ent_alloc(PIECE + CRYPTO_AEAD_OVERHEAD);
	uint64_t piece, pieces = (o->bytes + PIECE - 1) / PIECE;
	while (atomic_load(&o->err) == ENT_OK && (piece = atomic_fetch_add(&o->next, 1)) < pieces) {
		enum ent_err err = open_piece(o, piece, sealed);
		if (err != ENT_OK)
			atomic_store(&o->err, err);
	}
	free(sealed);
	return NULL;
}

static enum ent_err
read_pieces(int fd, const uint8_t *key, uint64_t bytes, uint8_t *out, struct ent_why *why)
{
	struct opening o = { .fd = fd, .key = key, .bytes = bytes, .out = out };
	workers_run(open_pieces, &o, (size_t)((bytes + PIECE - 1) / PIECE));
	enum ent_err err = (enum ent_err)atomic_load(&o.err);
	if (err == ENT_ESYNTAX)
		err = ent_fail(err, why, "the snapshot of the index ends too soon");
	if (err == ENT_ESIG)
		err = ent_fail(err, why, "the snapshot of the index does not open under its key");
	return err;
}

enum ent_err
snapshot_read(const char *path, const uint8_t key[static CRYPTO_KEY_LEN], uint64_t max,
    void *(*room)(void *ctx, size_t n), void *ctx, struct ent_why *why)
{
	uint8_t head[HEAD_N];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ent_fail(errno == ENOENT ? ENT_ENOTFOUND : ENT_EIO, why, "%s: %s", path,
		    strerror(errno));
	enum ent_err err = ENT_OK;
	uint64_t bytes = 0;
	if (!read_all(fd, head, sizeof head, 0) || memcmp(head, magic, sizeof magic) != 0)
		err = ent_fail(ENT_ESYNTAX, why, "%s: not a snapshot of the index", path);
	else
		bytes = get_be64(head + MAGIC_N);
	if (err == ENT_OK && (bytes == 0 || bytes > max))
		err = ent_fail(ENT_ETOOBIG, why, "%s: a snapshot of %llu bytes", path,
		    (unsigned long long)bytes);
	/* the length is bound into the seals; a file that says more than it holds is not believed before
	 * memory is taken */
	off_t end = err == ENT_OK ? lseek(fd, 0, SEEK_END) : 0;
	uint64_t pieces = (bytes + PIECE - 1) / PIECE;
	if (err == ENT_OK && (end < 0 ||
	    (uint64_t)end != sizeof head + bytes + pieces * CRYPTO_AEAD_OVERHEAD))
		err = ent_fail(ENT_ESYNTAX, why, "%s: not as long as it says", path);
	if (err == ENT_OK)
		err = read_pieces(fd, key, bytes, room(ctx, (size_t)bytes), why);
	(void)close(fd);
	return err;
}
