/* SPDX-License-Identifier: Apache-2.0
 *
 * The real entente-keyd, in its sandbox, on a folder of its own, for one test.
 */
#ifndef TESTS_KEEPER_FIXTURE_H
#define TESTS_KEEPER_FIXTURE_H

#include "base/file.h"
#include "crypto/cert.h"
#include "keeper/keeper.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW ((ent_time)1795000000 * ENT_SECOND)
#define PASS "correct horse"

struct fixture {
	char top[40], dir[64];
	bool full; /* Landlock is there */
	struct keeper_process process;
	struct keeper *k;
	struct keeper_keys keys;
	struct ent_why why;
};

static inline void
start(struct fixture *f)
{
	assert_int_equal(keeper_start(f->dir, !f->full, &f->process, &f->why), ENT_OK);
	enum ent_err err = keeper_unlock(f->process.fd, bytes_of_cstr(PASS), &f->why);
	if (err == ENT_EKEEPER && f->full) { /* a kernel without Landlock */
		(void)close(f->process.fd);
		keeper_wait(&f->process);
		f->full = false;
		start(f);
		return;
	}
	assert_int_equal(err, ENT_OK);
	assert_int_equal(keeper_attach(f->process.fd, &f->k, &f->why), ENT_OK);
	assert_int_equal(keeper_keys(f->k, &f->keys, &f->why), ENT_OK);
}

static inline void
stop(struct fixture *f)
{
	keeper_detach(f->k);
	f->k = NULL;
	keeper_wait(&f->process);
}

static inline void
kill_and_start(struct fixture *f)
{
	(void)kill(f->process.pid, SIGKILL);
	stop(f);
	start(f);
}

static inline int
setup(void **state)
{
	struct fixture *f = ent_alloc(sizeof *f);
	f->full = true;
	(void)snprintf(f->top, sizeof f->top, "/tmp/entente-keeper-XXXXXX");
	assert_non_null(mkdtemp(f->top));
	(void)snprintf(f->dir, sizeof f->dir, "%s/keeper", f->top);
	assert_int_equal(keeper_create(f->dir, "RAB", "Service of Rabat", bytes_of_cstr(PASS), &f->why),
	    ENT_OK);
	start(f);
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	static const char *const files[] = { "keeper.key", "keeper.db", "keeper.db-wal", "keeper.db-shm" };
	struct fixture *f = *state;
	char path[128];
	if (f->k != NULL)
		stop(f);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", f->dir, files[i]);
		(void)unlink(path);
	}
	int rc = rmdir(f->dir) == 0 && rmdir(f->top) == 0 ? 0 : -1; /* nothing else lies there */
	free(f);
	return rc;
}

static inline enum ent_err
open_epoch(struct fixture *f, const char *agreement, const char *annex, uint32_t epoch, uint64_t day,
    uint64_t all, uint8_t pk[static OPRF_ELEMENT])
{
	struct keeper_epoch e = { .epoch = epoch, .quota_day = day, .quota_epoch = all };
	(void)snprintf(e.agreement, sizeof e.agreement, "%s", agreement);
	(void)snprintf(e.annex, sizeof e.annex, "%s", annex);
	return keeper_oprf_open(f->k, &e, pk, &f->why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
