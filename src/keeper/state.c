/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper.db over SQLite, by itself and not through store: the keeper shares no code path with the
 * node's data, and its statements are these few.
 */
#include "keeper/state.h"

#include "base/arena.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long to wait for the keeper before us, which may just be ending. */
#define BUSY_MS 2000

/* Exclusive before WAL: the index of the log is then in memory, not in a shared file, and a second
 * keeper on the same folder is refused.  secure_delete: a destroyed key is overwritten. */
static const char pragmas[] =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"
    "PRAGMA wal_autocheckpoint=200;";

static const char schema[] =
    /* OPRF keys, sealed under the master key; sealed is empty once destroyed */
    "CREATE TABLE IF NOT EXISTS oprf_key (agreement TEXT NOT NULL, epoch INTEGER NOT NULL,"
    " annex TEXT NOT NULL, sealed BLOB NOT NULL, pk BLOB NOT NULL, quota_day INTEGER NOT NULL,"
    " quota_epoch INTEGER NOT NULL, used_epoch INTEGER NOT NULL, PRIMARY KEY (agreement, epoch))"
    " STRICT, WITHOUT ROWID;"
    /* the last counted request of each agreement */
    "CREATE TABLE IF NOT EXISTS counter (agreement TEXT PRIMARY KEY, seq INTEGER NOT NULL,"
    " request BLOB NOT NULL, elements BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    /* today's count of each annex, over its epochs */
    "CREATE TABLE IF NOT EXISTS today (agreement TEXT NOT NULL, annex TEXT NOT NULL,"
    " day INTEGER NOT NULL, used_day INTEGER NOT NULL, PRIMARY KEY (agreement, annex))"
    " STRICT, WITHOUT ROWID;"
    /* who has signed which document, and the signature */
    "CREATE TABLE IF NOT EXISTS consent (document BLOB NOT NULL, user BLOB NOT NULL,"
    " jws BLOB NOT NULL, PRIMARY KEY (document, user)) STRICT, WITHOUT ROWID;"
    /* the last checkpoint signed for each log */
    "CREATE TABLE IF NOT EXISTS head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL,"
    " root BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    /* the store key (slot 0) and the one that is to follow (slot 1), sealed under the master key */
    "CREATE TABLE IF NOT EXISTS store_key (slot INTEGER PRIMARY KEY, sealed BLOB NOT NULL,"
    " made INTEGER NOT NULL) STRICT;";

enum statement {
	BEGIN, COMMIT, ROLLBACK, KEY_GET, KEY_ADD, KEY_QUOTA, KEY_USED, KEY_DESTROY, COUNTER_GET,
	COUNTER_PUT, TODAY_GET, TODAY_PUT, CONSENT_GET, CONSENT_ADD, HEAD_GET, HEAD_PUT,
	STORE_GET, STORE_ADD, STORE_DROP, STORE_FOLLOW, STATEMENTS
};

static const char *const texts[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[KEY_GET] = ("SELECT sealed, pk, quota_day, quota_epoch, used_epoch, annex FROM oprf_key"
		     " WHERE agreement = ?1 AND epoch = ?2"),
	[KEY_ADD] = "INSERT INTO oprf_key VALUES (?1, ?2, ?7, ?3, ?4, ?5, ?6, 0)",
	[KEY_QUOTA] = ("UPDATE oprf_key SET quota_day = ?3, quota_epoch = ?4"
		       " WHERE agreement = ?1 AND epoch = ?2"),
	[KEY_USED] = "UPDATE oprf_key SET used_epoch = ?3 WHERE agreement = ?1 AND epoch = ?2",
	[KEY_DESTROY] = "UPDATE oprf_key SET sealed = x'' WHERE agreement = ?1 AND epoch = ?2",
	[COUNTER_GET] = "SELECT seq, request, elements FROM counter WHERE agreement = ?1",
	[COUNTER_PUT] = "INSERT OR REPLACE INTO counter VALUES (?1, ?2, ?3, ?4)",
	[TODAY_GET] = "SELECT day, used_day FROM today WHERE agreement = ?1 AND annex = ?2",
	[TODAY_PUT] = "INSERT OR REPLACE INTO today VALUES (?1, ?2, ?3, ?4)",
	[CONSENT_GET] = "SELECT jws FROM consent WHERE document = ?1 AND user = ?2",
	[CONSENT_ADD] = "INSERT INTO consent VALUES (?1, ?2, ?3)",
	[HEAD_GET] = "SELECT size, root FROM head WHERE origin = ?1",
	[HEAD_PUT] = "INSERT OR REPLACE INTO head VALUES (?1, ?2, ?3)",
	[STORE_GET] = "SELECT sealed, made FROM store_key WHERE slot = ?1",
	[STORE_ADD] = "INSERT INTO store_key VALUES (?1, ?2, ?3)",
	[STORE_DROP] = "DELETE FROM store_key WHERE slot = 0",
	[STORE_FOLLOW] = "UPDATE store_key SET slot = 0 WHERE slot = 1",
};

struct state {
	sqlite3 *db;
	sqlite3_stmt *q[STATEMENTS];
	bool open; /* in a transaction */
};

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		(void)sqlite3_finalize(s->q[i]);
	(void)sqlite3_close(s->db);
	free(s);
}

/* WAL and FULL are asked for and looked at: a file system that cannot do them must not pass. */
static bool
is_durable(sqlite3 *db)
{
	sqlite3_stmt *q = NULL;
	bool ok = sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW &&
	    strcmp((const char *)sqlite3_column_text(q, 0), "wal") == 0;
	(void)sqlite3_finalize(q);
	q = NULL;
	ok = ok && sqlite3_prepare_v2(db, "PRAGMA synchronous", -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0) == 2;
	(void)sqlite3_finalize(q);
	return ok;
}

enum ent_err
state_open(const char *dir, struct state **out, struct ent_why *why)
{
	char path[4096];
	struct state *s = ent_alloc(sizeof *s);
	int n = snprintf(path, sizeof path, "%s/keeper.db", dir);
	if (n < 0 || (size_t)n >= sizeof path) {
		free(s);
		return ent_fail(ENT_ETOOBIG, why, "the keeper's folder has too long a path");
	}
	bool ok = sqlite3_open_v2(path, &s->db,
		      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ==
	    SQLITE_OK &&
	    sqlite3_busy_timeout(s->db, BUSY_MS) == SQLITE_OK &&
	    sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(s->db, schema, NULL, NULL, NULL) == SQLITE_OK && is_durable(s->db);
	for (size_t i = 0; ok && i < STATEMENTS; i++)
		ok = sqlite3_prepare_v3(s->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &s->q[i], NULL) ==
		    SQLITE_OK;
	if (!ok) {
		(void)ent_fail(ENT_EIO, why, "cannot open '%s': %s", path, sqlite3_errmsg(s->db));
		state_close(s);
		return ENT_EIO;
	}
	if (state_shred(s) != ENT_OK) { /* what was destroyed just before a crash */
		state_close(s);
		return ent_fail(ENT_EIO, why, "cannot write '%s'", path);
	}
	*out = s;
	return ENT_OK;
}

/* Steps a statement that gives no row, and makes it ready for the next time. */
static enum ent_err
done(struct state *s, enum statement which)
{
	int rc = sqlite3_step(s->q[which]);
	(void)sqlite3_reset(s->q[which]);
	(void)sqlite3_clear_bindings(s->q[which]);
	return rc == SQLITE_DONE ? ENT_OK : ENT_EIO;
}

enum ent_err
state_begin(struct state *s)
{
	enum ent_err err = done(s, BEGIN);
	s->open = err == ENT_OK;
	return err;
}

enum ent_err
state_commit(struct state *s)
{
	enum ent_err err = done(s, COMMIT);
	if (err == ENT_OK)
		s->open = false;
	return err;
}

void
state_rollback(struct state *s)
{
	if (s->open)
		(void)done(s, ROLLBACK); /* may have been rolled back by the error itself */
	s->open = false;
}

enum ent_err
state_shred(struct state *s)
{
	return sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) == SQLITE_OK
	    ? ENT_OK
	    : ENT_EIO;
}

static void
bind_text(sqlite3_stmt *q, int at, const char *s)
{
	(void)sqlite3_bind_text(q, at, s, -1, SQLITE_STATIC); /* step fails if this did */
}

static void
bind_blob(sqlite3_stmt *q, int at, const void *p, size_t n)
{
	(void)sqlite3_bind_blob64(q, at, p, n, SQLITE_STATIC);
}

static void
bind_u64(sqlite3_stmt *q, int at, uint64_t v)
{
	(void)sqlite3_bind_int64(q, at, (sqlite3_int64)v); /* checked to be within 63 bits before */
}

static bool
column_blob(sqlite3_stmt *q, int at, uint8_t *out, size_t n)
{
	if ((size_t)sqlite3_column_bytes(q, at) != n)
		return false;
	memcpy(out, sqlite3_column_blob(q, at), n);
	return true;
}

/* After the binds of a SELECT of at most one row: ENT_OK and *found. */
static enum ent_err
row(sqlite3_stmt *q, bool *found)
{
	int rc = sqlite3_step(q);
	*found = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? ENT_OK : ENT_EIO;
}

static void
row_end(sqlite3_stmt *q)
{
	(void)sqlite3_reset(q);
	(void)sqlite3_clear_bindings(q);
}

enum ent_err
state_key_get(struct state *s, const char *agreement, uint32_t epoch, struct state_key *out)
{
	sqlite3_stmt *q = s->q[KEY_GET];
	struct state_key k = { 0 };
	bind_text(q, 1, agreement);
	bind_u64(q, 2, epoch);
	enum ent_err err = row(q, &k.found);
	if (err == ENT_OK && k.found) {
		k.destroyed = sqlite3_column_bytes(q, 0) == 0;
		if ((!k.destroyed && !column_blob(q, 0, k.sealed, sizeof k.sealed)) ||
		    !column_blob(q, 1, k.pk, sizeof k.pk))
			err = ENT_EIO;
		k.quota_day = (uint64_t)sqlite3_column_int64(q, 2);
		k.quota_epoch = (uint64_t)sqlite3_column_int64(q, 3);
		k.used_epoch = (uint64_t)sqlite3_column_int64(q, 4);
		(void)snprintf(k.annex, sizeof k.annex, "%s", (const char *)sqlite3_column_text(q, 5));
	}
	row_end(q);
	if (err == ENT_OK)
		*out = k;
	return err;
}

enum ent_err
state_key_add(struct state *s, const char *agreement, uint32_t epoch, const struct state_key *k)
{
	sqlite3_stmt *q = s->q[KEY_ADD];
	bind_text(q, 1, agreement);
	bind_u64(q, 2, epoch);
	bind_blob(q, 3, k->sealed, sizeof k->sealed);
	bind_blob(q, 4, k->pk, sizeof k->pk);
	bind_u64(q, 5, k->quota_day);
	bind_u64(q, 6, k->quota_epoch);
	bind_text(q, 7, k->annex);
	return done(s, KEY_ADD);
}

enum ent_err
state_key_quota(struct state *s, const char *agreement, uint32_t epoch, uint64_t quota_day,
    uint64_t quota_epoch)
{
	sqlite3_stmt *q = s->q[KEY_QUOTA];
	bind_text(q, 1, agreement);
	bind_u64(q, 2, epoch);
	bind_u64(q, 3, quota_day);
	bind_u64(q, 4, quota_epoch);
	return done(s, KEY_QUOTA);
}

enum ent_err
state_key_used(struct state *s, const char *agreement, uint32_t epoch, uint64_t used_epoch)
{
	sqlite3_stmt *q = s->q[KEY_USED];
	bind_text(q, 1, agreement);
	bind_u64(q, 2, epoch);
	bind_u64(q, 3, used_epoch);
	return done(s, KEY_USED);
}

enum ent_err
state_key_destroy(struct state *s, const char *agreement, uint32_t epoch)
{
	sqlite3_stmt *q = s->q[KEY_DESTROY];
	bind_text(q, 1, agreement);
	bind_u64(q, 2, epoch);
	return done(s, KEY_DESTROY);
}

static enum ent_err
last_get(struct state *s, const char *agreement, struct state_counter *c)
{
	sqlite3_stmt *q = s->q[COUNTER_GET];
	bool found;
	bind_text(q, 1, agreement);
	enum ent_err err = row(q, &found);
	if (err == ENT_OK && found) {
		c->seq = (uint64_t)sqlite3_column_int64(q, 0);
		if (!column_blob(q, 1, c->request, sizeof c->request) ||
		    !column_blob(q, 2, c->elements, sizeof c->elements))
			err = ENT_EIO;
	}
	row_end(q);
	return err;
}

enum ent_err
state_counter_get(struct state *s, const char *agreement, const char *annex,
    struct state_counter *out)
{
	sqlite3_stmt *q = s->q[TODAY_GET];
	struct state_counter c = { 0 };
	bool found;
	enum ent_err err = last_get(s, agreement, &c);
	if (err != ENT_OK)
		return err;
	bind_text(q, 1, agreement);
	bind_text(q, 2, annex);
	err = row(q, &found);
	if (err == ENT_OK && found) {
		c.day = sqlite3_column_int64(q, 0);
		c.used_day = (uint64_t)sqlite3_column_int64(q, 1);
	}
	row_end(q);
	if (err == ENT_OK)
		*out = c;
	return err;
}

enum ent_err
state_counter_put(struct state *s, const char *agreement, const char *annex,
    const struct state_counter *c)
{
	sqlite3_stmt *q = s->q[COUNTER_PUT];
	bind_text(q, 1, agreement);
	bind_u64(q, 2, c->seq);
	bind_blob(q, 3, c->request, sizeof c->request);
	bind_blob(q, 4, c->elements, sizeof c->elements);
	enum ent_err err = done(s, COUNTER_PUT);
	if (err != ENT_OK)
		return err;
	q = s->q[TODAY_PUT];
	bind_text(q, 1, agreement);
	bind_text(q, 2, annex);
	(void)sqlite3_bind_int64(q, 3, c->day);
	bind_u64(q, 4, c->used_day);
	return done(s, TODAY_PUT);
}

enum ent_err
state_consent_get(struct state *s, const uint8_t document[static 32], const struct ent_id *user,
    uint8_t jws[static STATE_JWS_MAX], size_t *n)
{
	sqlite3_stmt *q = s->q[CONSENT_GET];
	bool found;
	size_t len = 0;
	bind_blob(q, 1, document, 32);
	bind_blob(q, 2, user->b, sizeof user->b);
	enum ent_err err = row(q, &found);
	if (err == ENT_OK && found) {
		len = (size_t)sqlite3_column_bytes(q, 0);
		if (len == 0 || len > STATE_JWS_MAX)
			err = ENT_EIO;
		else
			memcpy(jws, sqlite3_column_blob(q, 0), len);
	}
	row_end(q);
	if (err == ENT_OK)
		*n = len;
	return err;
}

enum ent_err
state_consent_add(struct state *s, const uint8_t document[static 32], const struct ent_id *user,
    struct bytes jws)
{
	sqlite3_stmt *q = s->q[CONSENT_ADD];
	bind_blob(q, 1, document, 32);
	bind_blob(q, 2, user->b, sizeof user->b);
	bind_blob(q, 3, jws.p, jws.n);
	return done(s, CONSENT_ADD);
}

enum ent_err
state_head_get(struct state *s, const char *origin, bool *found, struct checkpoint *out)
{
	sqlite3_stmt *q = s->q[HEAD_GET];
	struct checkpoint c = { 0 };
	bind_text(q, 1, origin);
	enum ent_err err = row(q, found);
	if (err == ENT_OK && *found) {
		(void)snprintf(c.origin, sizeof c.origin, "%s", origin);
		c.size = (uint64_t)sqlite3_column_int64(q, 0);
		if (!column_blob(q, 1, c.root, sizeof c.root))
			err = ENT_EIO;
	}
	row_end(q);
	if (err == ENT_OK)
		*out = c;
	return err;
}

enum ent_err
state_head_put(struct state *s, const struct checkpoint *c)
{
	sqlite3_stmt *q = s->q[HEAD_PUT];
	bind_text(q, 1, c->origin);
	bind_u64(q, 2, c->size);
	bind_blob(q, 3, c->root, sizeof c->root);
	return done(s, HEAD_PUT);
}

enum ent_err
state_store_key_get(struct state *s, bool next, struct state_store_key *out)
{
	sqlite3_stmt *q = s->q[STORE_GET];
	struct state_store_key k = { 0 };
	bind_u64(q, 1, next);
	enum ent_err err = row(q, &k.found);
	if (err == ENT_OK && k.found) {
		k.made = sqlite3_column_int64(q, 1);
		if (!column_blob(q, 0, k.sealed, sizeof k.sealed))
			err = ENT_EIO;
	}
	row_end(q);
	if (err == ENT_OK)
		*out = k;
	return err;
}

enum ent_err
state_store_key_add(struct state *s, bool next, const struct state_store_key *k)
{
	sqlite3_stmt *q = s->q[STORE_ADD];
	bind_u64(q, 1, next);
	bind_blob(q, 2, k->sealed, sizeof k->sealed);
	(void)sqlite3_bind_int64(q, 3, k->made);
	return done(s, STORE_ADD);
}

enum ent_err
state_store_key_settle(struct state *s)
{
	enum ent_err err = done(s, STORE_DROP);
	return err == ENT_OK ? done(s, STORE_FOLLOW) : err;
}
