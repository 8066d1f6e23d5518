/* SPDX-License-Identifier: Apache-2.0
 *
 * The shim loses what is not synced, and nothing else: it finds the planted bug (synchronous=OFF), and
 * the store stands under it at every write and sync.  usage: test_powerloss SHIM PROBER
 */
#include "../unit/store_fixture.h"

#include "prober.h"
#include "store/db.h"
#include "store/engine.h"
#include "store/records.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#define EVENTS_MAX 2000 /* more than the longest run has */

struct tools {
	const char *shim, *prober;
};

/* Run the prober with power for `at` events; its words go to out.  True: it was killed. */
static bool
run(const struct tools *t, uint64_t at, const char *keep, char *const argv[], struct buf *out)
{
	int pipe_fd[2];
	assert_int_equal(pipe(pipe_fd), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char n[24];
		(void)snprintf(n, sizeof n, "%llu", (unsigned long long)at);
		(void)setenv("ENTENTE_KILL_AT", n, 1);
		(void)setenv("ENTENTE_KILL_KEEP", keep, 1);
		(void)setenv("LD_PRELOAD", t->shim, 1);
		(void)dup2(pipe_fd[1], STDOUT_FILENO);
		(void)close(pipe_fd[0]);
		(void)execv(t->prober, argv);
		_exit(126);
	}
	(void)close(pipe_fd[1]);
	buf_reset(out);
	assert_int_equal(file_read_fd(pipe_fd[0], out, NULL), ENT_OK);
	(void)close(pipe_fd[0]);
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 137);
	return WEXITSTATUS(status) == 137;
}

/* ---- the engine alone -------------------------------------------------------------------------- */

static int
rows_after(const char *dir)
{
	char path[200];
	sqlite3 *db;
	sqlite3_stmt *st = NULL;
	(void)snprintf(path, sizeof path, "%s/raw.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	int rows = 0;
	if (sqlite3_prepare_v2(db, "SELECT count(*), max(id) FROM t", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW) {
		rows = sqlite3_column_int(st, 0);
		assert_int_equal(rows, sqlite3_column_int(st, 1)); /* none in between is missing */
	}
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	return rows;
}

static int
last_said(const struct buf *out)
{
	int lines = 0;
	for (size_t i = 0; i < out->n; i++)
		lines += out->p[i] == '\n';
	return lines;
}

/* How many of the runs, one for each event, lost a row that was acknowledged. */
static int
losing_runs(const struct tools *t, const char *dir, const char *level, const char *keep)
{
	static char mode[] = "raw", name[] = "prober";
	static const char *const files[] = { "raw.db", "raw.db-wal", "raw.db-shm" };
	char where[100], how[10];
	char *const argv[] = { name, mode, where, how, NULL };
	struct buf out;
	int losing = 0;
	bool killed = true;
	(void)snprintf(where, sizeof where, "%s", dir);
	(void)snprintf(how, sizeof how, "%s", level);
	buf_init(&out, 65536);
	for (uint64_t at = 1; killed; at++) {
		assert_true(at < EVENTS_MAX);
		killed = run(t, at, keep, argv, &out);
		if (killed)
			losing += rows_after(dir) < last_said(&out);
		for (size_t i = 0; i < 3; i++) {
			char path[200];
			(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
			(void)unlink(path);
		}
	}
	buf_done(&out);
	return losing;
}

static void
test_a_planted_bug_is_found(const struct tools *t, const char *dir)
{
	assert_true(losing_runs(t, dir, "OFF", "none") > PROBER_ROWS / 2);
	assert_true(losing_runs(t, dir, "NORMAL", "none") > PROBER_ROWS / 2);
}

static void
test_what_is_synced_is_kept(const struct tools *t, const char *dir)
{
	assert_int_equal(losing_runs(t, dir, "FULL", "none"), 0);
	assert_int_equal(losing_runs(t, dir, "FULL", "11"), 0);
	assert_int_equal(losing_runs(t, dir, "FULL", "torn:11"), 0);
}

/* ---- the store ------------------------------------------------------------------------------------ */

struct fate {
	struct ent_id id;
	bool put, erase, gone;
};

static size_t
read_fates(const struct buf *out, struct fate *fates, size_t max)
{
	size_t n = 0;
	for (const char *at = buf_cstr(out); *at != '\0';) {
		char word[8], id[ENT_ID_TEXT];
		int used = 0;
		assert_int_equal(sscanf(at, "%7s %36s\n%n", word, id, &used), 2);
		if (strcmp(word, "try") == 0) {
			assert_true(n < max);
			fates[n] = (struct fate){ .put = false };
			assert_int_equal(id_parse(str_of(id), &fates[n++].id), ENT_OK);
		}
		assert_true(n > 0);
		fates[n - 1].put = fates[n - 1].put || strcmp(word, "put") == 0;
		fates[n - 1].erase = fates[n - 1].erase || strcmp(word, "erase") == 0;
		fates[n - 1].gone = fates[n - 1].gone || strcmp(word, "gone") == 0;
		at += used;
	}
	return n;
}

struct looking {
	const struct grant *g;
	const struct fate *f;
	enum ent_err err;
	enum record_state state; /* 0: no row */
};

static enum ent_err
look(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct looking *l = ctx;
	struct record_row row;
	struct buf body;
	buf_init(&body, 1000);
	l->err = record_get(tx, l->g, &l->f->id, PROBER_NOW, &row, &body, why);
	if (l->err == ENT_OK)
		assert_string_equal(buf_cstr(&body), PROBER_BODY);
	buf_done(&body);
	l->state = record_label_get(tx, &l->f->id, &row, why) == ENT_OK ? row.state : 0;
	return ENT_OK;
}

static bool
has_key(struct store *s, const struct ent_id *id)
{
	bool row;
	struct db_stmt *st = conn_stmt(s->writer.keys, DB_KEY_GET); /* the writer is idle */
	db_id(st, 1, id);
	assert_int_equal(db_step(st, &row, NULL), ENT_OK);
	db_done(st);
	return row;
}

static void
check_fate(struct store *s, const struct grant *g, const struct fate *f)
{
	struct looking l = { .g = g, .f = f };
	struct ent_why why = { 0 };
	assert_int_equal(store_read(s, look, &l, &why), ENT_OK);
	bool there = l.state == RECORD_LIVE;
	assert_true(l.err == (there ? ENT_OK : ENT_ENOTFOUND));
	assert_true(there == has_key(s, &f->id)); /* neither a record without key nor an orphan key */
	if (f->put)
		assert_true(l.state != 0);
	if (f->put && !f->erase)
		assert_true(there);
	if (f->gone)
		assert_int_equal(l.state, RECORD_TOMBSTONE);
}

static void
remove_store(const char *dir)
{
	static const char *const files[] = { "records.db", "records.db-wal", "records.db-shm", "keys.db",
		"keys.db-wal", "keys.db-shm", "lock" };
	char path[200];
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
}

static void
sweep_store(const struct tools *t, const char *dir, const char *keep)
{
	static char mode[] = "store", name[] = "prober";
	char where[100];
	char *const argv[] = { name, mode, where, NULL };
	struct grant *g = fixture_grant(ACTION_READ, 1, 0);
	struct buf out;
	struct fate fates[PROBER_ACTS];
	bool killed = true;
	(void)snprintf(where, sizeof where, "%s", dir);
	buf_init(&out, 65536);
	for (uint64_t at = 1; killed; at++) {
		struct store *s = NULL;
		struct ent_why why = { 0 };
		assert_true(at < EVENTS_MAX);
		assert_int_equal(store_create(dir, &why), ENT_OK);
		killed = run(t, at, keep, argv, &out);
		size_t n = read_fates(&out, fates, PROBER_ACTS);
		enum ent_err err = store_open(dir, prober_key, &s, &why);
		assert_string_equal(why.text, "");
		assert_int_equal(err, ENT_OK);
		for (size_t i = 0; i < n; i++)
			check_fate(s, g, &fates[i]);
		store_close(s);
		remove_store(dir);
	}
	buf_done(&out);
	grant_free(g);
}

int
main(int argc, char **argv)
{
	/* In memory where there is such a place: the shim decides what a disk would have, and the many
	 * stores that are made and thrown away need no real syncs. */
	char memory[] = "/dev/shm/ent-power-XXXXXX", disk[] = "/tmp/ent-power-XXXXXX";
	if (argc != 3)
		return 2;
	char *dir = mkdtemp(memory);
	if (dir == NULL)
		dir = mkdtemp(disk);
	struct tools t = { argv[1], argv[2] };
	if (crypto_init() != ENT_OK || dir == NULL)
		return 3;
	test_a_planted_bug_is_found(&t, dir);
	(void)printf("ok 1 - test_a_planted_bug_is_found\n");
	test_what_is_synced_is_kept(&t, dir);
	(void)printf("ok 2 - test_what_is_synced_is_kept\n");
	sweep_store(&t, dir, "none");
	(void)printf("ok 3 - test_the_store_stands_at_every_write_and_sync\n");
	sweep_store(&t, dir, "4711");
	(void)printf("ok 4 - test_the_store_stands_torn_writes_in_any_order\n");
	sweep_store(&t, dir, "torn:4711");
	(void)printf("ok 5 - test_the_store_stands_a_torn_last_write\n1..5\n");
	return rmdir(dir) == 0 ? 0 : 1;
}
