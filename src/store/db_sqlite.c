/* SPDX-License-Identifier: Apache-2.0 */
#include "store/engine.h"

#include "base/arena.h"

#include <sqlite3.h>
#include <string.h>

#define PARAMS_MAX 32
#define TEXT_MAX (64 << 20) /* bytes of one value: the engine refuses longer ones */

static const char *const texts[DB_QUERIES] = {
#define Q(name, text) [DB_##name] = text,
#include "store/sql/all.def"
#undef Q
};

static const char *const commands[CONN_COMMANDS] = {
	[CONN_BEGIN] = "BEGIN",
	[CONN_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[CONN_COMMIT] = "COMMIT",
	[CONN_SAVEPOINT] = "SAVEPOINT s",
	[CONN_RELEASE] = "RELEASE s",
	[CONN_ROLLBACK_TO] = "ROLLBACK TO s",
};

struct db_stmt {
	sqlite3_stmt *p;
	struct conn *conn;
	const char *text;
	enum ent_err err; /* sticky until db_done */
	char what[200];	  /* of err */
	bool open;	  /* between db_begin and db_done */
	bool spare;	  /* made because the prepared one was in use; freed by db_done */
	struct db_stmt *next_spare;
	uint8_t index[PARAMS_MAX + 1]; /* the engine's number of $n; it counts by first appearance */
};

struct conn {
	sqlite3 *db;
	struct db_stmt stmts[DB_QUERIES];
	sqlite3_stmt *commands[CONN_COMMANDS];
	struct db_stmt *spares;
	int wal_pages;
	bool full; /* the last failure */
};

static enum ent_err
map_error(int extended)
{
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return ENT_EEXISTS;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return ENT_ENOTFOUND;
	default:
		break;
	}
	switch (extended & 0xff) {
	case SQLITE_OK:
		return ENT_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_INTERRUPT:
		return ENT_EBUSY;
	case SQLITE_TOOBIG:
		return ENT_ETOOBIG;
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return ENT_EIO;
	default:
		return ENT_EINTERNAL;
	}
}

/* The engine's message names tables and columns, never values. */
static enum ent_err
fail(struct conn *c, const char *doing, struct ent_why *why)
{
	int rc = sqlite3_extended_errcode(c->db);
	enum ent_err err = map_error(rc);
	if (err == ENT_OK)
		err = ENT_EINTERNAL;
	c->full = (rc & 0xff) == SQLITE_FULL;
	return ent_fail(err, why, "store: cannot %s: %s (%d)%s", doing, sqlite3_errmsg(c->db), rc,
	    c->full ? "; free some space, then try again" : "");
}

static enum ent_err
exec(struct conn *c, const char *sql, struct ent_why *why)
{
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return ENT_OK;
	return fail(c, "run a statement", why);
}

static int
on_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct conn *c = ctx;
	(void)db;
	(void)name;
	c->wal_pages = pages; /* the writer checkpoints when nobody waits, not inside a commit */
	return SQLITE_OK;
}

/* Each setting is obligatory.  mmap_size 0: a mapped page would show a reader what is not synced
 * without passing the VFS, which the power-loss tests replace, and an I/O error would be a SIGBUS. */
static const char settings[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA temp_store=MEMORY;"	      /* no plain text in files outside, none outside the sandbox */
    "PRAGMA cell_size_check=ON;"
    "PRAGMA mmap_size=0;"
    "PRAGMA wal_autocheckpoint=0;"
    "PRAGMA journal_size_limit=67108864;";

static enum ent_err
configure(struct conn *c, enum conn_kind kind, struct ent_why *why)
{
	static const struct { int op, on; } flags[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 }, { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 }, { SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	};
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (sqlite3_db_config(c->db, flags[i].op, flags[i].on, (int *)NULL) != SQLITE_OK)
			return fail(c, "configure the engine", why);
	(void)sqlite3_extended_result_codes(c->db, 1);
	(void)sqlite3_busy_timeout(c->db, 5000);
	(void)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, TEXT_MAX);
	(void)sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
	enum ent_err err = exec(c, settings, why);
	if (err != ENT_OK)
		return err;
	(void)sqlite3_wal_hook(c->db, on_wal, c);
	return exec(c, kind == CONN_WRITER ? "PRAGMA cache_size=-65536;"
	                                   : "PRAGMA cache_size=-8192; PRAGMA query_only=ON;", why);
}

enum ent_err
conn_open(const char *dir, const char *file, enum conn_kind kind, struct conn **out,
    struct ent_why *why)
{
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/%s", dir, file);
	if (n < 0 || (size_t)n >= sizeof path)
		return ent_fail(ENT_ETOOBIG, why, "store: path too long");
	struct conn *c = ent_alloc(sizeof *c);
	enum ent_err err = ENT_OK;
	/* NOMUTEX: one thread at a time by construction.  Never CREATE: store_create makes files. */
	if (sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		err = c->db == NULL ? ent_fail(ENT_EINTERNAL, why, "store: out of memory")
		                    : fail(c, "open the database", why);
	if (err == ENT_OK)
		err = configure(c, kind, why);
	if (err != ENT_OK) {
		conn_close(c);
		return err;
	}
	*out = c;
	return ENT_OK;
}

void
conn_close(struct conn *c)
{
	if (c == NULL)
		return;
	conn_settle(c);
	for (size_t i = 0; i < DB_QUERIES; i++)
		(void)sqlite3_finalize(c->stmts[i].p);
	for (size_t i = 0; i < CONN_COMMANDS; i++)
		(void)sqlite3_finalize(c->commands[i]);
	(void)sqlite3_close(c->db);
	free(c);
}

enum ent_err
conn_do(struct conn *c, enum conn_command what, struct ent_why *why)
{
	if (c->commands[what] == NULL &&
	    sqlite3_prepare_v3(c->db, commands[what], -1, SQLITE_PREPARE_PERSISTENT,
		&c->commands[what], NULL) != SQLITE_OK)
		return fail(c, commands[what], why);
	int rc = sqlite3_step(c->commands[what]);
	enum ent_err err = rc == SQLITE_DONE ? ENT_OK : fail(c, commands[what], why);
	(void)sqlite3_reset(c->commands[what]);
	return err;
}

bool
conn_in_transaction(const struct conn *c)
{
	return sqlite3_get_autocommit(c->db) == 0;
}

bool
conn_disk_full(const struct conn *c)
{
	return c->full;
}

void
conn_rollback(struct conn *c)
{
	if (c != NULL && conn_in_transaction(c))
		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

enum ent_err
conn_truncate_log(struct conn *c, struct ent_why *why)
{
	if (sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
	    SQLITE_OK)
		return fail(c, "checkpoint", why);
	c->wal_pages = 0;
	return ENT_OK;
}

void
conn_tidy(struct conn *c, int pages)
{
	if (c->wal_pages <= pages)
		return;
	/* Readers may hold part of it back: the hook tells the length again at the next commit. */
	(void)sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	c->wal_pages = 0;
}

static void
note_error(struct db_stmt *st, const char *doing)
{
	struct ent_why why = { 0 };
	if (st->err != ENT_OK)
		return;
	st->err = fail(st->conn, doing, &why);
	(void)snprintf(st->what, sizeof st->what, "%.199s", why.text);
}

static void
prepare(struct db_stmt *st)
{
	if (sqlite3_prepare_v3(st->conn->db, st->text, -1,
		st->spare ? 0 : SQLITE_PREPARE_PERSISTENT, &st->p, NULL) != SQLITE_OK) {
		note_error(st, "prepare a statement");
		return;
	}
	for (int n = 1; n <= PARAMS_MAX; n++) {
		char name[8];
		(void)snprintf(name, sizeof name, "$%d", n);
		st->index[n] = (uint8_t)sqlite3_bind_parameter_index(st->p, name);
	}
}

struct db_stmt *
conn_stmt(struct conn *c, enum db_query q)
{
	struct db_stmt *st = &c->stmts[q];
	if (st->open) { /* the same statement inside its own loop */
		st = ent_alloc(sizeof *st);
		st->spare = true;
		st->next_spare = c->spares;
		c->spares = st;
	}
	st->conn = c;
	st->text = texts[q];
	st->open = true;
	st->err = ENT_OK;
	st->what[0] = '\0';
	if (st->p == NULL)
		prepare(st);
	return st;
}

struct db_stmt *
db_begin(struct store_tx *tx, enum db_query q)
{
	return conn_stmt(tx->records, q);
}

void
db_done(struct db_stmt *st)
{
	if (!st->open)
		return;
	(void)sqlite3_reset(st->p);
	(void)sqlite3_clear_bindings(st->p);
	st->open = false;
	if (!st->spare)
		return;
	struct db_stmt **at = &st->conn->spares;
	while (*at != st)
		at = &(*at)->next_spare;
	*at = st->next_spare;
	(void)sqlite3_finalize(st->p);
	free(st);
}

void
conn_settle(struct conn *c)
{
	bool left = c->spares != NULL;
	while (c->spares != NULL)
		db_done(c->spares);
	for (size_t i = 0; i < DB_QUERIES; i++) {
		left = left || c->stmts[i].open;
		db_done(&c->stmts[i]);
	}
#ifdef ENT_SANITIZED
	if (left)
		ENT_BUG("a body ended with a statement open: db_done is missing");
#endif
}

/* The engine's number of $n, 0 with a sticky error if the statement has none. */
static int
place(struct db_stmt *st, int n)
{
	if (st->err != ENT_OK)
		return 0;
	if (n >= 1 && n <= PARAMS_MAX && st->index[n] != 0)
		return st->index[n];
	st->err = ENT_EINTERNAL;
	(void)snprintf(st->what, sizeof st->what, "store: a statement has no $%d", n);
	return 0;
}

void
db_int(struct db_stmt *st, int n, int64_t v)
{
	int at = place(st, n);
	if (at != 0 && sqlite3_bind_int64(st->p, at, v) != SQLITE_OK)
		note_error(st, "bind");
}

void
db_text(struct db_stmt *st, int n, const char *s)
{
	int at = place(st, n);
	if (at == 0)
		return;
	int rc = s == NULL ? sqlite3_bind_null(st->p, at)
	                   : sqlite3_bind_text64(st->p, at, s, strlen(s), SQLITE_TRANSIENT,
	                         SQLITE_UTF8);
	if (rc != SQLITE_OK)
		note_error(st, "bind");
}

void
db_blob(struct db_stmt *st, int n, struct bytes v)
{
	int at = place(st, n);
	if (at == 0)
		return;
	int rc = v.p == NULL ? sqlite3_bind_null(st->p, at)
	                     : sqlite3_bind_blob64(st->p, at, v.p, v.n, SQLITE_TRANSIENT);
	if (rc != SQLITE_OK)
		note_error(st, "bind");
}

void
db_id(struct db_stmt *st, int n, const struct ent_id *id)
{
	db_blob(st, n, bytes_of(id->b, sizeof id->b));
}

enum ent_err
db_step(struct db_stmt *st, bool *row, struct ent_why *why)
{
	*row = false;
	if (st->err == ENT_OK) {
		int rc = sqlite3_step(st->p);
		*row = rc == SQLITE_ROW;
		if (rc == SQLITE_ROW || rc == SQLITE_DONE)
			return ENT_OK;
		note_error(st, "run a statement");
	}
	return ent_fail(st->err, why, "%s", st->what);
}

int64_t
db_col_int(struct db_stmt *st, int n)
{
	return sqlite3_column_int64(st->p, n);
}

const char *
db_col_text(struct db_stmt *st, int n)
{
	const unsigned char *s = sqlite3_column_text(st->p, n);
	return s == NULL ? "" : (const char *)s;
}

void
db_col_copy(struct db_stmt *st, int n, char *out, size_t room)
{
	(void)snprintf(out, room, "%s", db_col_text(st, n));
}

struct bytes
db_col_blob(struct db_stmt *st, int n)
{
	const void *p = sqlite3_column_blob(st->p, n);
	return bytes_of(p, (size_t)sqlite3_column_bytes(st->p, n));
}

bool
db_col_null(struct db_stmt *st, int n)
{
	return sqlite3_column_type(st->p, n) == SQLITE_NULL;
}

void
db_col_id(struct db_stmt *st, int n, struct ent_id *out)
{
	struct bytes b = db_col_blob(st, n);
	memset(out, 0, sizeof *out);
	if (b.n == sizeof out->b)
		memcpy(out->b, b.p, b.n);
}

enum ent_err
db_run(struct db_stmt *st, int64_t *changed, struct ent_why *why)
{
	bool row;
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && row)
		err = ent_fail(ENT_EINTERNAL, why, "store: a row where none was expected");
	if (err == ENT_OK && changed != NULL)
		*changed = sqlite3_changes64(st->conn->db);
	db_done(st);
	return err;
}

enum ent_err
conn_setting_get(struct conn *c, const char *name, int64_t otherwise, int64_t *out,
    struct ent_why *why)
{
	bool row;
	struct db_stmt *st = conn_stmt(c, DB_SETTING_GET);
	db_text(st, 1, name);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK)
		*out = row ? db_col_int(st, 0) : otherwise;
	db_done(st);
	return err;
}

enum ent_err
conn_setting_put(struct conn *c, const char *name, int64_t v, struct ent_why *why)
{
	struct db_stmt *st = conn_stmt(c, DB_SETTING_PUT);
	db_text(st, 1, name);
	db_int(st, 2, v);
	return db_run(st, NULL, why);
}

/* ---- migrations ------------------------------------------------------------------------------ */

static const struct { const char *token, *type; } tokens[] = {
	{ "{id}", "BLOB" }, { "{int}", "INTEGER" }, { "{time}", "INTEGER" },
	{ "{bool}", "INTEGER" }, { "{text}", "TEXT" }, { "{blob}", "BLOB" },
	{ "{table}", "STRICT" }, { "{keyed}", "STRICT, WITHOUT ROWID" },
};

static enum ent_err
expand(const struct migration *m, struct buf *out, struct ent_why *why)
{
	for (const char *p = m->sql; *p != '\0';) {
		size_t i = 0, count = sizeof tokens / sizeof tokens[0];
		while (i < count && strncmp(p, tokens[i].token, strlen(tokens[i].token)) != 0)
			i++;
		if (i < count) {
			buf_puts(out, tokens[i].type);
			p += strlen(tokens[i].token);
		} else if (*p == '{') {
			return ent_fail(ENT_EINTERNAL, why, "store: %s: unknown token %.12s",
			    m->name, p);
		} else {
			buf_putc(out, *p++);
		}
	}
	return buf_err(out);
}

static enum ent_err
applied(struct conn *c, const struct migration *m, bool *yes, struct ent_why *why)
{
	sqlite3_stmt *p = NULL;
	if (sqlite3_prepare_v2(c->db, "SELECT name FROM migration WHERE number = $1", -1, &p,
		NULL) != SQLITE_OK)
		return fail(c, "read the migrations", why);
	(void)sqlite3_bind_int(p, 1, m->number);
	int rc = sqlite3_step(p);
	enum ent_err err = ENT_OK;
	*yes = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(p, 0), m->name) != 0)
		err = ent_fail(ENT_ESTATE, why, "store: migration %d was '%s', is '%s' here: "
		    "another version's store", m->number, sqlite3_column_text(p, 0), m->name);
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = fail(c, "read the migrations", why);
	(void)sqlite3_finalize(p);
	return err;
}

static enum ent_err
apply(struct conn *c, const struct migration *m, struct ent_why *why)
{
	struct buf sql;
	buf_init(&sql, 1 << 20);
	buf_puts(&sql, "BEGIN IMMEDIATE;\n");
	enum ent_err err = expand(m, &sql, why);
	buf_printf(&sql, "INSERT INTO migration (number, name) VALUES (%d, '%s');\nCOMMIT;",
	    m->number, m->name);
	if (err == ENT_OK)
		err = buf_err(&sql);
	if (err == ENT_OK)
		err = exec(c, buf_cstr(&sql), why);
	conn_rollback(c);
	buf_done(&sql);
	if (err != ENT_OK && why != NULL) {
		struct ent_why inner = *why;
		return ent_fail(err, why, "%s: %.300s", m->name, inner.text);
	}
	return err;
}

/* A store of a later version has tables that this program would not keep in step. */
static enum ent_err
none_later(struct conn *c, const struct migration *list, struct ent_why *why)
{
	sqlite3_stmt *p = NULL;
	int last = 0;
	enum ent_err err = ENT_OK;
	for (const struct migration *m = list; m->sql != NULL; m++)
		last = m->number;
	if (sqlite3_prepare_v2(c->db, "SELECT name FROM migration WHERE number > $1 LIMIT 1", -1, &p,
		NULL) != SQLITE_OK)
		return fail(c, "read the migrations", why);
	(void)sqlite3_bind_int(p, 1, last);
	int rc = sqlite3_step(p);
	if (rc == SQLITE_ROW)
		err = ent_fail(ENT_ESTATE, why, "store: it has '%s', of a later version of this "
		    "program: run that one", sqlite3_column_text(p, 0));
	else if (rc != SQLITE_DONE)
		err = fail(c, "read the migrations", why);
	(void)sqlite3_finalize(p);
	return err;
}

enum ent_err
conn_migrate(struct conn *c, const struct migration *list, struct ent_why *why)
{
	enum ent_err err = exec(c, "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY "
	    "KEY, name TEXT NOT NULL) STRICT", why);
	if (err == ENT_OK)
		err = none_later(c, list, why);
	for (const struct migration *m = list; err == ENT_OK && m->sql != NULL; m++) {
		bool yes = false;
		err = applied(c, m, &yes, why);
		if (err == ENT_OK && !yes)
			err = apply(c, m, why);
	}
	return err;
}
