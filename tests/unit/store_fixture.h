/* SPDX-License-Identifier: Apache-2.0
 *
 * A store in a folder of its own for one test, and grants as policy and audit would give them.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "base/file.h"
#include "grant/admit.h"
#include "grant/mint.h"
#include "store/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[64];
	struct store *s;
};

static const uint8_t fixture_key[CRYPTO_KEY_LEN] = { 7 };

static inline void
fixture_open(struct fixture *f)
{
	struct ent_why why = { 0 };
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/ent-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(crypto_init(), ENT_OK);
	assert_int_equal(store_create(f->dir, &why), ENT_OK);
	assert_int_equal(store_open(f->dir, fixture_key, &f->s, &why), ENT_OK);
}

static inline int
fixture_setup(void **state)
{
	struct fixture *f = ent_alloc(sizeof *f);
	fixture_open(f);
	*state = f;
	return 0;
}

static inline int
fixture_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void
fixture_close(struct fixture *f)
{
	store_close(f->s);
	(void)nftw(f->dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int
fixture_teardown(void **state)
{
	fixture_close(*state);
	free(*state);
	return 0;
}

static inline void
fixture_reopen(struct fixture *f)
{
	struct ent_why why = { 0 };
	store_close(f->s);
	f->s = NULL;
	enum ent_err err = store_open(f->dir, fixture_key, &f->s, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(err, ENT_OK);
}

/* A live grant; who: first byte of the actor's id. */
static inline struct grant *
fixture_grant(enum ent_action action, uint8_t who, unsigned roles)
{
	struct grant_terms t = { .action = action };
	t.actor.id.b[0] = who;
	t.actor.roles = roles;
	struct grant *g = grant_mint(&t);
	grant_admit(g, 1);
	return g;
}

/* A grant that no log has admitted. */
static inline struct grant *
fixture_dead_grant(enum ent_action action)
{
	struct grant_terms t = { .action = action };
	return grant_mint(&t);
}

#endif
