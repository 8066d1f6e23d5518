/* SPDX-License-Identifier: Apache-2.0
 *
 * store/db: the driver, about ten functions, for the families of this folder alone (not for ops).
 *
 * SQL text lives in store/sql: tables in sql/NNNN-family.sql (DDL with type tokens), statements in
 * sql/family.def as Q(NAME, "text with $1 $2").  One text for SQLite and PostgreSQL: numbered
 * parameters, BIGINT times and booleans, keyset pagination, no functions of the engine.
 * A statement is prepared once per connection.  Errors are sticky on the statement until db_done.
 */
#ifndef ENT_STORE_DB_H
#define ENT_STORE_DB_H

#include "store/store.h"

enum db_query {
#define Q(name, text) DB_##name,
#include "store/sql/all.def"
#undef Q
	DB_QUERIES
};

struct db_stmt;

struct db_stmt *db_begin(struct store_tx *tx, enum db_query q); /* never NULL */
void db_int(struct db_stmt *st, int n, int64_t v);		  /* n from 1 */
void db_text(struct db_stmt *st, int n, const char *s);		  /* NULL: SQL NULL */
void db_blob(struct db_stmt *st, int n, struct bytes v);	  /* p NULL: SQL NULL */
void db_id(struct db_stmt *st, int n, const struct ent_id *id);
/* One more row? ENT_OK with *row; columns are valid until the next step. */
ENT_CHECK enum ent_err db_step(struct db_stmt *st, bool *row, struct ent_why *why);
int64_t db_col_int(struct db_stmt *st, int n); /* n from 0 */
const char *db_col_text(struct db_stmt *st, int n); /* "" for NULL */
void db_col_copy(struct db_stmt *st, int n, char *out, size_t room); /* the text, cut to room */
struct bytes db_col_blob(struct db_stmt *st, int n);
bool db_col_null(struct db_stmt *st, int n);
void db_col_id(struct db_stmt *st, int n, struct ent_id *out);
void db_done(struct db_stmt *st);
/* Step once, expect no row, db_done: for INSERT, UPDATE, DELETE.  *changed may be NULL.
 * EEXISTS on a uniqueness violation. */
ENT_CHECK enum ent_err db_run(struct db_stmt *st, int64_t *changed, struct ent_why *why);

#endif
