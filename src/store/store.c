/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/arena.h"
#include "store/engine.h"
#include "store/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define READERS_MAX 32 /* connections for reading, made when needed; more callers wait */

static const char records_file[] = "records.db", keys_file[] = "keys.db", lock_file[] = "lock";

/* A file that is ours alone before the engine first sees it; the engine's logs inherit the mode. */
static enum ent_err
make_file(int dir_fd, const char *name, struct ent_why *why)
{
	int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return ent_fail(errno == EEXIST ? ENT_EEXISTS : ENT_EIO, why,
		    "store: cannot make '%s': %s", name, strerror(errno));
	(void)close(fd);
	return ENT_OK;
}

static enum ent_err
open_writer(const char *dir, struct store_tx *tx, struct ent_why *why)
{
	enum ent_err err = conn_open(dir, records_file, CONN_WRITER, &tx->records, why);
	if (err == ENT_OK)
		err = conn_migrate(tx->records, migrations_records, why);
	if (err == ENT_OK)
		err = conn_open(dir, keys_file, CONN_WRITER, &tx->keys, why);
	if (err == ENT_OK)
		err = conn_migrate(tx->keys, migrations_keys, why);
	tx->write = true;
	return err;
}

static void
close_pair(struct store_tx *tx)
{
	conn_close(tx->records);
	conn_close(tx->keys);
	tx->records = tx->keys = NULL;
}

enum ent_err
store_create(const char *dir, struct ent_why *why)
{
	struct store_tx tx = { 0 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ent_fail(errno == ENOENT ? ENT_ENOTFOUND : ENT_EIO, why,
		    "store: cannot open folder '%s': %s", dir, strerror(errno));
	enum ent_err err = make_file(fd, records_file, why);
	if (err == ENT_OK)
		err = make_file(fd, keys_file, why);
	if (err == ENT_OK)
		err = make_file(fd, lock_file, why);
	if (err == ENT_OK)
		err = open_writer(dir, &tx, why);
	close_pair(&tx);
	if (err == ENT_OK && fsync(fd) != 0)
		err = ent_fail(ENT_EIO, why, "store: cannot sync '%s': %s", dir, strerror(errno));
	(void)close(fd);
	return err;
}

/* One process a store: the sweeps at start-up rely on it. */
static enum ent_err
take_lock(struct store *s, struct ent_why *why)
{
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/%s", s->dir, lock_file);
	if (n < 0 || (size_t)n >= sizeof path)
		return ent_fail(ENT_ETOOBIG, why, "store: path too long");
	s->lock_fd = open(path, O_RDWR | O_CLOEXEC);
	if (s->lock_fd < 0)
		return ent_fail(errno == ENOENT ? ENT_ENOTFOUND : ENT_EIO, why,
		    "store: cannot open '%s': %s", path, strerror(errno));
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return ent_fail(ENT_EBUSY, why, "store: '%s' is in use by another process", s->dir);
	return ENT_OK;
}

enum ent_err
store_open(const char *dir, const uint8_t store_key[static CRYPTO_KEY_LEN], struct store **out,
    struct ent_why *why)
{
	struct store *s = ent_alloc(sizeof *s);
	s->dir = ent_strdup(dir);
	s->lock_fd = -1;
	s->last = &s->first;
	s->writer.store = s;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->work, NULL);
	(void)pthread_cond_init(&s->idle, NULL);
	(void)pthread_rwlock_init(&s->key_lock, NULL);
	s->key = crypto_secret_new(CRYPTO_KEY_LEN);
	s->group_key = crypto_secret_new(CRYPTO_KEY_LEN);
	memcpy(s->key, store_key, CRYPTO_KEY_LEN);
	enum ent_err err = take_lock(s, why);
	if (err == ENT_OK)
		err = open_writer(dir, &s->writer, why);
	if (err == ENT_OK)
		err = keys_check(s, why);
	if (err == ENT_OK)
		err = keys_sweep(s, why);
	if (err == ENT_OK)
		err = keys_erase(s, why);
	if (err == ENT_OK)
		err = writer_start(s, why);
	if (err == ENT_OK)
		err = import_sweep(s, why);
	if (err != ENT_OK) {
		store_close(s);
		return err;
	}
	*out = s;
	return ENT_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	writer_stop(s);
	while (s->readers != NULL) {
		struct store_tx *tx = s->readers;
		s->readers = tx->next;
		close_pair(tx);
		free(tx);
	}
	close_pair(&s->writer);
	crypto_secret_free(s->group_key);
	crypto_secret_free(s->key);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	(void)pthread_rwlock_destroy(&s->key_lock);
	(void)pthread_cond_destroy(&s->idle);
	(void)pthread_cond_destroy(&s->work);
	(void)pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s);
}

struct store *
store_of(struct store_tx *tx)
{
	return tx->store;
}

static enum ent_err
reader_new(struct store *s, struct store_tx **out, struct ent_why *why)
{
	struct store_tx *tx = ent_alloc(sizeof *tx);
	tx->store = s;
	enum ent_err err = conn_open(s->dir, records_file, CONN_READER, &tx->records, why);
	if (err == ENT_OK)
		err = conn_open(s->dir, keys_file, CONN_READER, &tx->keys, why);
	if (err != ENT_OK) {
		close_pair(tx);
		free(tx);
		return err;
	}
	*out = tx;
	return ENT_OK;
}

static enum ent_err
reader_get(struct store *s, struct store_tx **out, struct ent_why *why)
{
	(void)pthread_mutex_lock(&s->lock);
	while (s->readers == NULL && s->readers_open >= READERS_MAX)
		(void)pthread_cond_wait(&s->idle, &s->lock);
	struct store_tx *tx = s->readers;
	if (tx != NULL)
		s->readers = tx->next;
	else
		s->readers_open++;
	(void)pthread_mutex_unlock(&s->lock);
	if (tx != NULL) {
		*out = tx;
		return ENT_OK;
	}
	enum ent_err err = reader_new(s, out, why);
	if (err == ENT_OK)
		return ENT_OK;
	(void)pthread_mutex_lock(&s->lock);
	s->readers_open--;
	(void)pthread_cond_signal(&s->idle);
	(void)pthread_mutex_unlock(&s->lock);
	return err;
}

static void
reader_put(struct store *s, struct store_tx *tx)
{
	(void)pthread_mutex_lock(&s->lock);
	tx->next = s->readers;
	s->readers = tx;
	(void)pthread_cond_signal(&s->idle);
	(void)pthread_mutex_unlock(&s->lock);
}

enum ent_err
store_read(struct store *s, store_body *body, void *ctx, struct ent_why *why)
{
	struct store_tx *tx = NULL;
	enum ent_err err = reader_get(s, &tx, why);
	if (err != ENT_OK)
		return err;
	err = conn_do(tx->records, CONN_BEGIN, why);
	if (err == ENT_OK)
		err = body(tx, ctx, why);
	conn_settle(tx->records);
	conn_settle(tx->keys);
	conn_rollback(tx->records); /* it only read */
	conn_rollback(tx->keys);
	reader_put(s, tx);
	return err;
}
