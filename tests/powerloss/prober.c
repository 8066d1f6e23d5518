/* SPDX-License-Identifier: Apache-2.0
 *
 * The process that loses power in test_powerloss.c: writes, and says on standard output what was
 * acknowledged.  prober raw DIR FULL|NORMAL|OFF; prober store DIR.
 */
#include "base/file.h"
#include "grant/admit.h"
#include "grant/mint.h"
#include "prober.h"
#include "store/records.h"

#include <sqlite3.h>
#include <unistd.h>

static void
say(const char *what, const struct ent_id *id)
{
	char text[ENT_ID_TEXT], line[80];
	id_format(id, text);
	int n = snprintf(line, sizeof line, "%s %s\n", what, text);
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(3);
}

static int
raw(const char *dir, const char *level)
{
	char path[200], sql[200];
	sqlite3 *db;
	(void)snprintf(path, sizeof path, "%s/raw.db", dir);
	(void)snprintf(sql, sizeof sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=%s;"
	    "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY)", level);
	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return 2;
	for (int i = 1; i <= PROBER_ROWS; i++) {
		(void)snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%d)", i);
		if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
			return 2;
		int n = snprintf(sql, sizeof sql, "%d\n", i);
		if (write(STDOUT_FILENO, sql, (size_t)n) != n)
			return 3;
	}
	_exit(0); /* no close: no last checkpoint */
}

static struct grant *
grant_of(enum ent_action action, uint8_t who)
{
	struct grant_terms t = { .action = action, .actor.roles = ROLE_DPO };
	t.actor.id.b[0] = who;
	struct grant *g = grant_mint(&t);
	grant_admit(g, 1);
	return g;
}

struct act {
	struct grant *g;
	struct record_row row;
	bool erased;
};

static enum ent_err
put(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct act *a = ctx;
	return record_put(tx, a->g, &a->row, bytes_of_cstr(PROBER_BODY), why);
}

static enum ent_err
erase(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct act *a = ctx;
	return record_erase(tx, a->g, &a->row.id, "wrong", PROBER_NOW, &a->erased, why);
}

static int
store(const char *dir)
{
	struct store *s = NULL;
	struct ent_why why = { 0 };
	struct act a = { .row = { .type = RTYPE_PERSON, .changed_at = PROBER_NOW } };
	struct grant *writer, *one, *two;
	a.row.label = (struct record_label){ .originator = "RAB", .legal_basis = "law",
		.handling = HANDLING_H0, .tlp = TLP_AMBER, .source = SOURCE_A, .information = 1,
		.subject = SUBJECT_SUSPECT, .review_at = PROBER_NOW * 2, .expires_at = PROBER_NOW * 3 };
	if (crypto_init() != ENT_OK || store_open(dir, prober_key, &s, &why) != ENT_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return 2;
	}
	writer = grant_of(ACTION_WRITE, 1);
	one = grant_of(ACTION_ERASE, 1);
	two = grant_of(ACTION_ERASE, 2);
	for (int i = 1; i <= PROBER_ACTS; i++) {
		a.row.id = id_new();
		a.g = writer;
		say("try", &a.row.id);
		if (store_write(s, put, &a, &why) != ENT_OK)
			return 2;
		say("put", &a.row.id);
		if (i % 3 != 0)
			continue;
		a.g = one;
		if (store_write(s, erase, &a, &why) != ENT_OK)
			return 2;
		a.g = two;
		say("erase", &a.row.id);
		if (store_write(s, erase, &a, &why) != ENT_OK)
			return 2;
		say("gone", &a.row.id);
	}
	grant_free(writer);
	grant_free(one);
	grant_free(two);
	store_close(s);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "raw") == 0)
		return raw(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "store") == 0)
		return store(argv[2]);
	return 2;
}
