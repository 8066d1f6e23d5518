/* SPDX-License-Identifier: Apache-2.0
 *
 * store/engine: connections of the embedded engine and the writer's inside.  For store's own core
 * files alone; families use db.h, and this folder's headers for the rest.
 *
 * A connection is used by one thread at a time.
 */
#ifndef ENT_STORE_ENGINE_H
#define ENT_STORE_ENGINE_H

#include "store/db.h"

#include <pthread.h>

struct conn; /* one connection, with its prepared statements */

struct migration {
	int number;
	const char *name;
	const char *sql; /* with type tokens; NULL ends a table */
};
extern const struct migration migrations_records[];
extern const struct migration migrations_keys[];

enum conn_kind { CONN_WRITER, CONN_READER };

ENT_CHECK enum ent_err conn_open(const char *dir, const char *file, enum conn_kind kind,
    struct conn **out, struct ent_why *why);
void conn_close(struct conn *c); /* may be NULL */
/* Apply what is not applied yet, each file in a transaction of its own. */
ENT_CHECK enum ent_err conn_migrate(struct conn *c, const struct migration *list,
    struct ent_why *why);
/* One statement without parameters or rows: BEGIN, COMMIT, SAVEPOINT s ... */
enum conn_command {
	CONN_BEGIN, CONN_BEGIN_WRITE, CONN_COMMIT,
	CONN_SAVEPOINT, CONN_RELEASE, CONN_ROLLBACK_TO, CONN_COMMANDS
};
ENT_CHECK enum ent_err conn_do(struct conn *c, enum conn_command what, struct ent_why *why);
bool conn_in_transaction(const struct conn *c);
/* A statement that a body left open is closed; a bug of the family (fatal in sanitized builds). */
void conn_settle(struct conn *c);
/* Roll back if a transaction is open; what fails here is undone when the file is opened next. */
void conn_rollback(struct conn *c);
/* Write the log's pages back until nothing is left in it; EBUSY if readers hold it. */
ENT_CHECK enum ent_err conn_truncate_log(struct conn *c, struct ent_why *why);
/* Write back what can be without waiting, if the log is longer than that many pages. */
void conn_tidy(struct conn *c, int pages);
bool conn_disk_full(const struct conn *c); /* the last failure was for want of room */
struct db_stmt *conn_stmt(struct conn *c, enum db_query q); /* as db_begin */

ENT_CHECK enum ent_err conn_setting_get(struct conn *c, const char *name, int64_t otherwise,
    int64_t *out, struct ent_why *why);
ENT_CHECK enum ent_err conn_setting_put(struct conn *c, const char *name, int64_t v,
    struct ent_why *why);

/* A pair on one thread: records.db in a transaction, keys.db beside it. */
struct store_tx {
	struct store *store;
	struct conn *records;
	struct conn *keys;
	bool write;
	bool keys_open;	  /* writer: a group of keys has begun */
	bool keys_told;	  /* writer: records.db knows the group's number */
	bool erase;	  /* writer: something stands in erase_pending */
	struct store_tx *next; /* in the pool of readers */
};

struct store {
	char *dir;
	int lock_fd;
	uint8_t *key;		    /* owned secret: the store key */
	uint8_t *group_key;	    /* owned secret: the data key the writer used last in this group */
	struct ent_id group_key_id; /* zero: none */
	pthread_rwlock_t key_lock;  /* rewrap replaces it */
	struct store_tx writer;
	bool broken;		    /* a sync failed; nothing is written until reopened */
	bool sweep_left;	    /* a group's keys were committed, its records not: sweep first */
	bool erase_left;	    /* keys_erase is to be tried again */
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;	    /* guards all below */
	pthread_cond_t work, idle;  /* for the writer; for those who wait for a reader */
	struct store_job *first, **last;
	bool stop;
	struct store_tx *readers;   /* free ones */
	int readers_open;
};

ENT_CHECK enum ent_err writer_start(struct store *s, struct ent_why *why);
void writer_stop(struct store *s); /* after what was handed in */

/* keys.c: the writer's side of keys.db. */
ENT_CHECK enum ent_err keys_check(struct store *s, struct ent_why *why);  /* the right store key? */
ENT_CHECK enum ent_err keys_sweep(struct store *s, struct ent_why *why);  /* orphans of a lost group */
void keys_forget(struct store *s); /* the group's key */
ENT_CHECK enum ent_err keys_erase(struct store *s, struct ent_why *why);  /* what is pending */

#endif
