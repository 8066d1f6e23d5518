/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sessions.h"

#include "base/js.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/people.h"

#include <stdio.h>
#include <string.h>

#define PAGE 100

static void
hash_token(const char *token, uint8_t out[static CRYPTO_HASH_LEN])
{
	crypto_sha256(bytes_of_cstr(token), out);
}

static enum ent_err
put_defaults(struct store_tx *tx, const struct ent_id *id, const struct session_defaults *d,
    struct buf *sealed, struct ent_why *why)
{
	struct buf text;
	struct js *obj = js_object();
	/* what is not set is left out: js_set_str sets nothing for NULL */
	js_set_str(obj, "purpose", d->purpose[0] == '\0' ? NULL : d->purpose);
	js_set_str(obj, "case", d->case_ref[0] == '\0' ? NULL : d->case_ref);
	js_set_str(obj, "reason", d->reason[0] == '\0' ? NULL : d->reason);
	buf_init(&text, SESSION_DEFAULTS_MAX);
	js_write(obj, &text);
	enum ent_err err = buf_err(&text);
	if (err != ENT_OK)
		err = ent_fail(err, why, "the session's case and reason are too long");
	if (err == ENT_OK)
		err = store_seal_new(tx, id, buf_bytes(&text), sealed, why);
	buf_done(&text);
	js_free(obj);
	return err;
}

static enum ent_err
get_defaults(struct store_tx *tx, const struct ent_id *id, struct bytes sealed,
    struct session_defaults *d, struct ent_why *why)
{
	struct buf text;
	struct js *obj = NULL;
	buf_init(&text, SESSION_DEFAULTS_MAX);
	enum ent_err err = store_unseal(tx, id, sealed, &text, why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&text), SESSION_DEFAULTS_MAX, &obj, why);
	if (err == ENT_OK) {
		struct js_reader r = js_reader_of(obj, "session", why);
		const char *purpose = js_opt_str(&r, "purpose", sizeof d->purpose - 1);
		const char *case_ref = js_opt_str(&r, "case", sizeof d->case_ref - 1);
		const char *reason = js_opt_str(&r, "reason", sizeof d->reason - 1);
		(void)snprintf(d->purpose, sizeof d->purpose, "%s", purpose ? purpose : "");
		(void)snprintf(d->case_ref, sizeof d->case_ref, "%s", case_ref ? case_ref : "");
		(void)snprintf(d->reason, sizeof d->reason, "%s", reason ? reason : "");
		err = r.err;
	}
	js_free(obj);
	buf_done(&text);
	return err;
}

enum ent_err
session_begin(struct store_tx *tx, const struct grant *g, const struct ent_id *user,
    const struct session_defaults *defaults, ent_time now, char token[static SESSION_TOKEN_TEXT],
    struct session_row *out, struct ent_why *why)
{
	uint8_t raw[SESSION_TOKEN_LEN], hash[CRYPTO_HASH_LEN];
	struct session_row row = { .created_at = now, .expires_at = now + SESSION_LIFE,
		.defaults = *defaults };
	struct buf sealed;
	enum ent_err err = grant_check(g, ACTION_SESSION, why);
	if (err == ENT_OK)
		err = user_by_id(tx, user, &row.user, why);
	if (err == ENT_OK && row.user.disabled)
		err = ent_fail(ENT_EAUTH, why, "name or password are wrong");
	if (err != ENT_OK)
		return err;
	crypto_random(raw, sizeof raw);
	row.id = id_make(now, raw);
	crypto_random(raw, sizeof raw); /* the id may be told, the token may not: nothing in common */
	b64u_encode(bytes_of(raw, sizeof raw), token);
	hash_token(token, hash);
	buf_init(&sealed, SESSION_DEFAULTS_MAX + CRYPTO_AEAD_OVERHEAD);
	err = put_defaults(tx, &row.id, defaults, &sealed, why);
	if (err == ENT_OK) {
		struct db_stmt *st = db_begin(tx, DB_SESSION_PUT);
		db_blob(st, 1, bytes_of(hash, sizeof hash));
		db_id(st, 2, &row.id);
		db_id(st, 3, user);
		db_int(st, 4, row.created_at);
		db_int(st, 5, row.expires_at);
		db_blob(st, 6, buf_bytes(&sealed));
		err = db_run(st, NULL, why);
	}
	buf_done(&sealed);
	crypto_wipe(raw, sizeof raw);
	if (err == ENT_OK)
		*out = row;
	return err;
}

static enum ent_err
nobody(struct ent_why *why)
{
	return ent_fail(ENT_ENOTFOUND, why, "the session is over: entente login");
}

enum ent_err
session_get(struct store_tx *tx, const char *token, ent_time now, struct session_row *out,
    struct ent_why *why)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	struct session_row row = { .created_at = 0 };
	struct ent_id user = { { 0 } };
	bool there;
	hash_token(token, hash);
	struct db_stmt *st = db_begin(tx, DB_SESSION_GET);
	db_blob(st, 1, bytes_of(hash, sizeof hash));
	enum ent_err err = db_step(st, &there, why);
	if (err == ENT_OK && (!there || db_col_int(st, 3) <= now))
		err = nobody(why);
	if (err == ENT_OK) {
		db_col_id(st, 0, &row.id);
		db_col_id(st, 1, &user);
		row.created_at = db_col_int(st, 2);
		row.expires_at = db_col_int(st, 3);
		err = get_defaults(tx, &row.id, db_col_blob(st, 4), &row.defaults, why);
	}
	db_done(st);
	if (err == ENT_OK)
		err = user_by_id(tx, &user, &row.user, why);
	if (err == ENT_OK && row.user.disabled)
		err = nobody(why);
	if (err == ENT_OK)
		*out = row;
	return err;
}

struct found {
	uint8_t hash[CRYPTO_HASH_LEN];
	struct ent_id id;
};

/* Columns token_hash, id; done here. */
static enum ent_err
collect(struct db_stmt *st, struct found out[static PAGE], size_t *n, struct ent_why *why)
{
	bool row = true;
	enum ent_err err = ENT_OK;
	for (*n = 0; *n < PAGE && err == ENT_OK && row;) {
		err = db_step(st, &row, why);
		if (err != ENT_OK || !row)
			break;
		struct bytes hash = db_col_blob(st, 0);
		if (hash.n == sizeof out[*n].hash)
			memcpy(out[*n].hash, hash.p, hash.n);
		db_col_id(st, 1, &out[*n].id);
		++*n;
	}
	db_done(st);
	return err;
}

static enum ent_err
end_one(struct store_tx *tx, const struct found *f, struct ent_why *why)
{
	struct db_stmt *st = db_begin(tx, DB_SESSION_END);
	db_blob(st, 1, bytes_of(f->hash, sizeof f->hash));
	enum ent_err err = db_run(st, NULL, why);
	return err == ENT_OK ? store_key_erase(tx, &f->id, why) : err;
}

enum ent_err
session_end(struct store_tx *tx, const struct grant *g, const struct ent_id *id, struct ent_why *why)
{
	struct found f[PAGE];
	size_t n = 0;
	enum ent_err err = grant_check(g, ACTION_SESSION, why);
	if (err != ENT_OK)
		return err;
	struct db_stmt *st = db_begin(tx, DB_SESSION_BY_ID);
	db_id(st, 1, id);
	db_id(st, 2, &grant_actor(g)->id);
	err = collect(st, f, &n, why);
	return err == ENT_OK && n > 0 ? end_one(tx, &f[0], why) : err;
}

enum ent_err
sessions_end_of(struct store_tx *tx, const struct ent_id *user, struct ent_why *why)
{
	struct found page[PAGE];
	size_t n = PAGE;
	enum ent_err err = ENT_OK;
	while (err == ENT_OK && n == PAGE) {
		struct db_stmt *st = db_begin(tx, DB_SESSION_OF_USER);
		db_id(st, 1, user);
		db_int(st, 2, PAGE);
		err = collect(st, page, &n, why);
		for (size_t i = 0; i < n && err == ENT_OK; i++)
			err = end_one(tx, &page[i], why);
	}
	return err;
}

enum ent_err
session_sweep(struct store_tx *tx, ent_time now, int max, int64_t *count, struct ent_why *why)
{
	struct found page[PAGE];
	size_t n = 0;
	struct db_stmt *st = db_begin(tx, DB_SESSION_OVER);
	db_int(st, 1, now);
	db_int(st, 2, max < PAGE ? max : PAGE);
	enum ent_err err = collect(st, page, &n, why);
	for (size_t i = 0; i < n && err == ENT_OK; i++)
		err = end_one(tx, &page[i], why);
	*count = (int64_t)n;
	return err;
}

enum ent_err
session_count(struct store_tx *tx, ent_time now, int64_t *out, struct ent_why *why)
{
	bool row;
	struct db_stmt *st = db_begin(tx, DB_SESSION_COUNT);
	db_int(st, 1, now);
	enum ent_err err = db_step(st, &row, why);
	if (err == ENT_OK)
		*out = row ? db_col_int(st, 0) : 0;
	db_done(st);
	return err;
}
