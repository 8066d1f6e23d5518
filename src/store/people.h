/* SPDX-License-Identifier: Apache-2.0
 *
 * store/people: named users with their roles, and sessions (ARCHITECTURE.md, "people").
 *
 * Looking up who somebody is comes before any grant and goes without one; it answers codes only.
 * Changing users takes a grant of USERS; sessions one of SESSION.
 */
#ifndef ENT_STORE_PEOPLE_H
#define ENT_STORE_PEOPLE_H

#include "store/store.h"

#define USER_NAME_MAX 63
#define USER_TRIES 5			  /* wrong passwords in a row, then */
#define USER_PAUSE (60 * ENT_SECOND)	  /* none is looked at for this long */
#define SESSION_LIFE (12 * ENT_HOUR)
#define SESSION_TOKEN_LEN 32		  /* random bytes */
#define SESSION_TOKEN_TEXT B64U_SIZE(SESSION_TOKEN_LEN)
#define SESSION_DEFAULTS_MAX 2048	  /* bytes of JSON */

struct user_row {
	struct ent_id id;
	char name[USER_NAME_MAX + 1]; /* a-z 0-9 . _ -, begins with a letter */
	unsigned roles;		      /* ROLE_ bits, those of persons */
	int64_t uid;		      /* system user bound to it, -1: none */
	bool disabled, has_password;
	ent_time created_at;
	int64_t failures;
	ent_time locked_until;	      /* 0: not locked */
};

/* A password as it is kept: Argon2id (crypto_argon2id) of the password under the salt. */
struct user_password {
	uint8_t salt[CRYPTO_SALT_LEN];
	uint8_t verifier[32];
};
/* Outside any body: each takes a tenth of a second and 64 MiB.  _check with row absent (NULL) takes as
 * long as with one, and answers EAUTH. */
ENT_CHECK enum ent_err user_password_make(struct bytes password, struct user_password *out,
    struct ent_why *why);
ENT_CHECK enum ent_err user_password_check(struct bytes password, const struct user_password *kept,
    struct ent_why *why);

/* Is that name well formed, and are those bits roles that a person may have? */
bool user_name_valid(const char *name);
bool user_roles_valid(unsigned roles);

/* Add: id, name, roles, uid, created_at of row.  EEXISTS: name or uid are taken; EFIELD. */
ENT_CHECK enum ent_err user_put(struct store_tx *tx, const struct grant *g,
    const struct user_row *row, struct ent_why *why);
/* ECONFLICT with clause users/last-administrator if nobody could administer the node then; ends the
 * user's sessions. */
ENT_CHECK enum ent_err user_disable(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, bool disabled, struct ent_why *why);
/* Sets or replaces the password; ends the user's sessions.  ENOTFOUND. */
ENT_CHECK enum ent_err user_password_set(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, const struct user_password *password, struct ent_why *why);

/* No grant.  ENOTFOUND.  password (may be NULL) is zero if there is none. */
ENT_CHECK enum ent_err user_by_id(struct store_tx *tx, const struct ent_id *id,
    struct user_row *out, struct ent_why *why);
ENT_CHECK enum ent_err user_by_name(struct store_tx *tx, const char *name, struct user_row *out,
    struct user_password *password, struct ent_why *why);
ENT_CHECK enum ent_err user_by_uid(struct store_tx *tx, int64_t uid, struct user_row *out,
    struct ent_why *why);
typedef enum ent_err user_row_fn(void *ctx, const struct user_row *row, struct ent_why *why);
/* In order of name, after that name ("" to begin), at most max.  Grant: USERS. */
ENT_CHECK enum ent_err user_page(struct store_tx *tx, const struct grant *g, const char *after,
    int max, user_row_fn *fn, void *ctx, struct ent_why *why);

/* A wrong password, or (right) a good one: counts, locks after USER_TRIES.  id NULL: there is no such
 * user; a write as long, so that the time tells nothing.  Grant: SESSION. */
ENT_CHECK enum ent_err user_tried(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, bool right, ent_time now, struct ent_why *why);

/* What a session says where a request says nothing; "" where there is none. */
struct session_defaults {
	char purpose[64], case_ref[201], reason[1001];
};
struct session_row {
	struct ent_id id; /* may stand in logs; the token may not */
	struct user_row user;
	ent_time created_at, expires_at;
	struct session_defaults defaults;
};
/* Begin one; token gets its text, which is kept as a hash only.  Grant: SESSION. */
ENT_CHECK enum ent_err session_begin(struct store_tx *tx, const struct grant *g,
    const struct ent_id *user, const struct session_defaults *defaults, ent_time now,
    char token[static SESSION_TOKEN_TEXT], struct session_row *out, struct ent_why *why);
/* No grant.  ENOTFOUND if there is none, it is over, or its user is disabled. */
ENT_CHECK enum ent_err session_get(struct store_tx *tx, const char *token, ent_time now,
    struct session_row *out, struct ent_why *why);
/* End one of the grant's own actor, by its id.  Grant: SESSION.  No error if there is none. */
ENT_CHECK enum ent_err session_end(struct store_tx *tx, const struct grant *g,
    const struct ent_id *id, struct ent_why *why);
/* The runner: remove up to max that are over, keys too.  No grant: a date that each carries. */
ENT_CHECK enum ent_err session_sweep(struct store_tx *tx, ent_time now, int max, int64_t *count,
    struct ent_why *why);
ENT_CHECK enum ent_err session_count(struct store_tx *tx, ent_time now, int64_t *out,
    struct ent_why *why);

#endif
