/* SPDX-License-Identifier: Apache-2.0 */
#include "store/people.h"

#include "store/db.h"
#include "store/keys.h"
#include "store/sessions.h"

#include <stdio.h>
#include <string.h>

#define PERSON_ROLES ((unsigned)(ROLE_ANALYST | ROLE_LIAISON | ROLE_SUPERVISOR | ROLE_DPO | ROLE_ADMIN))
#define PAGE_MAX 1000

enum ent_err
user_password_make(struct bytes password, struct user_password *out, struct ent_why *why)
{
	struct user_password p = { .salt = { 0 } };
	if (password.n < 8 || password.n > 1024)
		return ent_fail(ENT_EFIELD, why, "a password has 8 to 1024 bytes");
	crypto_random(p.salt, sizeof p.salt);
	if (crypto_argon2id(password, p.salt, p.verifier, sizeof p.verifier) != ENT_OK)
		return ent_fail(ENT_EINTERNAL, why, "no memory for the password's hash (64 MiB)");
	*out = p;
	return ENT_OK;
}

enum ent_err
user_password_check(struct bytes password, const struct user_password *kept, struct ent_why *why)
{
	static const struct user_password nobody = { .salt = { 1 } };
	uint8_t got[sizeof nobody.verifier];
	const struct user_password *p = kept != NULL ? kept : &nobody;
	if (crypto_argon2id(password, p->salt, got, sizeof got) != ENT_OK)
		return ent_fail(ENT_EINTERNAL, why, "no memory for the password's hash (64 MiB)");
	bool right = crypto_equal(got, p->verifier, sizeof got) && kept != NULL;
	crypto_wipe(got, sizeof got);
	return right ? ENT_OK : ent_fail(ENT_EAUTH, why, "name or password are wrong");
}

bool
user_name_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz", more[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);
	return n >= 1 && n <= USER_NAME_MAX && strspn(name, letters) >= 1 && strspn(name, more) == n;
}

bool
user_roles_valid(unsigned roles)
{
	return roles != 0 && (roles & ~PERSON_ROLES) == 0;
}

static void
read_user(struct db_stmt *st, struct user_row *out)
{
	db_col_id(st, 0, &out->id);
	db_col_copy(st, 1, out->name, sizeof out->name);
	out->roles = (unsigned)db_col_int(st, 2) & PERSON_ROLES;
	out->uid = db_col_null(st, 3) ? -1 : db_col_int(st, 3);
	out->disabled = db_col_int(st, 4) != 0;
	out->has_password = !db_col_null(st, 5);
	out->created_at = db_col_int(st, 6);
	out->failures = db_col_int(st, 8);
	out->locked_until = db_col_int(st, 9);
}

static void
read_password(struct db_stmt *st, struct user_password *out)
{
	struct bytes verifier = db_col_blob(st, 5);
	if (verifier.n == sizeof out->verifier)
		memcpy(out->verifier, verifier.p, verifier.n);
	struct bytes salt = db_col_blob(st, 7);
	if (salt.n == sizeof out->salt)
		memcpy(out->salt, salt.p, salt.n);
}

enum ent_err
user_put(struct store_tx *tx, const struct grant *g, const struct user_row *row, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_USERS, why);
	if (err == ENT_OK && !user_name_valid(row->name))
		err = ent_fail(ENT_EFIELD, why, "a user's name has 1 to %d of a-z 0-9 . _ - and "
		    "begins with a letter", USER_NAME_MAX);
	if (err == ENT_OK && !user_roles_valid(row->roles))
		err = ent_fail(ENT_EFIELD, why, "a user has one role or more of those for persons");
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_USER_PUT);
	db_id(st, 1, &row->id);
	db_text(st, 2, row->name);
	db_int(st, 3, row->roles);
	if (row->uid >= 0)
		db_int(st, 4, row->uid);
	db_int(st, 5, row->created_at);
	err = db_run(st, NULL, why);
	return err == ENT_EEXISTS ? ent_fail(err, why, "there is a user of that name, or bound to that "
	    "system user") : err;
}

/* The statement with its parameter bound; done here. */
static enum ent_err
find(struct db_stmt *st, struct user_row *out, struct user_password *password, struct ent_why *why)
{
	bool row;
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK && !row)
		err = ent_fail(ENT_ENOTFOUND, why, "no such user");
	if (err == ENT_OK) {
		read_user(st, out);
		if (password != NULL)
			read_password(st, password);
	}
	db_done(st);
	return err;
}

enum ent_err
user_by_id(struct store_tx *tx, const struct ent_id *id, struct user_row *out, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_USER_BY_ID);
	db_id(st, 1, id);
	return find(st, out, NULL, why);
}

enum ent_err
user_by_name(struct store_tx *tx, const char *name, struct user_row *out,
    struct user_password *password, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_USER_BY_NAME);
	db_text(st, 1, name);
	return find(st, out, password, why);
}

enum ent_err
user_by_uid(struct store_tx *tx, int64_t uid, struct user_row *out, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_USER_BY_UID);
	db_int(st, 1, uid);
	return find(st, out, NULL, why);
}

static enum ent_err
walk(struct store_tx *tx, const char *after, int max, user_row_fn *fn, void *ctx,
    struct ent_why *why)
{
	bool row = true;
	enum ent_err err = ENT_OK;
	struct db_stmt *st = db_begin(tx, DB_USER_PAGE);
	db_text(st, 1, after);
	db_int(st, 2, max);
	while (err == ENT_OK && row) {
		struct user_row user = { .uid = -1 };
		err = db_step(st, &row, why);
		if (err != ENT_OK || !row)
			break;
		read_user(st, &user);
		err = fn(ctx, &user, why);
	}
	db_done(st);
	return err;
}

enum ent_err
user_page(struct store_tx *tx, const struct grant *g, const char *after, int max, user_row_fn *fn,
    void *ctx, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_USERS, why);
	if (err == ENT_OK && (max < 1 || max > PAGE_MAX))
		err = ent_fail(ENT_ETOOBIG, why, "a page has 1 to %d users", PAGE_MAX);
	return err == ENT_OK ? walk(tx, after, max, fn, ctx, why) : err;
}

struct administrators {
	const struct ent_id *but;
	int64_t n;
};

static enum ent_err
count_administrator(void *ctx, const struct user_row *row, struct ent_why *why)
{
	struct administrators *a = ctx;
	(void)why;
	a->n += (row->roles & ROLE_ADMIN) != 0 && !row->disabled && !id_equal(&row->id, a->but);
	return ENT_OK;
}

enum ent_err
user_disable(struct store_tx *tx, const struct grant *g, const struct ent_id *id, bool disabled,
    struct ent_why *why)
{
	struct user_row user = { .uid = -1 };
	struct administrators others = { .but = id };
	enum ent_err err = grant_check(g, ACTION_USERS, why);
	if (err == ENT_OK)
		err = user_by_id(tx, id, &user, why);
	if (err == ENT_OK && disabled && (user.roles & ROLE_ADMIN) != 0)
		err = walk(tx, "", INT32_MAX, count_administrator, &others, why);
	if (err == ENT_OK && disabled && (user.roles & ROLE_ADMIN) != 0 && others.n == 0)
		err = ent_refuse(ENT_ECONFLICT, why, "users/last-administrator", "the last "
		    "administrator cannot be disabled: add another one first");
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_USER_DISABLED);
	db_id(st, 1, id);
	db_int(st, 2, disabled);
	err = db_run(st, NULL, why);
	return err == ENT_OK && disabled ? sessions_end_of(tx, id, why) : err;
}

enum ent_err
user_password_set(struct store_tx *tx, const struct grant *g, const struct ent_id *id,
    const struct user_password *password, struct ent_why *why)
{
	int64_t changed = 0;
	enum ent_err err = grant_check(g, ACTION_USERS, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_USER_PASSWORD);
	db_id(st, 1, id);
	db_blob(st, 2, bytes_of(password->salt, sizeof password->salt));
	db_blob(st, 3, bytes_of(password->verifier, sizeof password->verifier));
	err = db_run(st, &changed, why);
	if (err == ENT_OK && changed != 1)
		err = ent_fail(ENT_ENOTFOUND, why, "no such user");
	return err == ENT_OK ? sessions_end_of(tx, id, why) : err;
}

enum ent_err
user_tried(struct store_tx *tx, const struct grant *g, const struct ent_id *id, bool right,
    ent_time now, struct ent_why *why)
{
	struct user_row user = { .uid = -1 };
	enum ent_err err = grant_check(g, ACTION_SESSION, why);
	if (err == ENT_OK && id == NULL) {
		struct db_stmt *decoy = db_begin(tx, DB_SETTING_PUT);
		db_text(decoy, 1, "login of nobody");
		db_int(decoy, 2, now);
		return db_run(decoy, NULL, why);
	}
	if (err == ENT_OK)
		err = user_by_id(tx, id, &user, why);
	if (err != ENT_OK)
		return err;
	int64_t failures = right ? 0 : user.failures + 1;
	bool lock = failures >= USER_TRIES;
	struct db_stmt *st = db_begin(tx, DB_USER_TRIES);
	db_id(st, 1, id);
	db_int(st, 2, lock ? 0 : failures);
	db_int(st, 3, lock ? now + USER_PAUSE : 0);
	return db_run(st, NULL, why);
}
