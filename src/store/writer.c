/* SPDX-License-Identifier: Apache-2.0
 *
 * The one writer thread.  It takes all that waits, runs each behind a savepoint, commits once, and
 * only then wakes those who wait: first keys.db, so that a record without its key cannot exist, then
 * records.db, then, if something is to be erased, its keys.
 */
#include "base/arena.h"
#include "store/engine.h"

#include <stdlib.h>
#include <string.h>

#define GROUP_MAX 256	     /* bodies that share one commit */
#define IDLE_PAGES 1000	     /* checkpoint when nobody waits */
#define CHECKPOINT_PAGES 4000 /* and when somebody does */

struct store_job {
	store_body *body;
	void *ctx;
	struct ent_why *why;
	enum ent_err err;
	bool done, erases;
	pthread_cond_t ended;
	struct store_job *next;
};

static enum ent_err
savepoint(struct store_tx *tx, enum conn_command what, struct ent_why *why)
{
	enum ent_err err = conn_do(tx->records, what, why);
	if (err == ENT_OK && tx->keys_open)
		err = conn_do(tx->keys, what, why);
	return err;
}

/* Undo what the body did; the transaction itself is given up if even that fails. */
static void
undo(struct store_tx *tx, bool keys_were_open)
{
	bool began = tx->keys_open && !keys_were_open;
	keys_forget(tx->store); /* it may be one that the body made */
	tx->keys_open = keys_were_open;
	enum ent_err rc = savepoint(tx, CONN_ROLLBACK_TO, NULL);
	if (rc == ENT_OK)
		rc = savepoint(tx, CONN_RELEASE, NULL);
	if (began) /* the group of keys began inside: it has no savepoint */
		conn_rollback(tx->keys);
	if (rc != ENT_OK)
		conn_rollback(tx->records); /* run_bodies sees it */
}

static enum ent_err
keep(struct store_tx *tx, bool keys_were_open, struct ent_why *why)
{
	bool open = tx->keys_open;
	tx->keys_open = keys_were_open;
	enum ent_err err = savepoint(tx, CONN_RELEASE, why);
	tx->keys_open = open;
	return err;
}

enum ent_err
store_nested(struct store_tx *tx, store_body *body, void *ctx, struct ent_why *why)
{
	if (!tx->write)
		return body(tx, ctx, why); /* nothing to roll back */
	struct store_tx before = *tx;
	enum ent_err err = savepoint(tx, CONN_SAVEPOINT, why);
	if (err != ENT_OK)
		return err;
	err = body(tx, ctx, why);
	if (!conn_in_transaction(tx->records)) /* the engine gave up the whole group */
		return err != ENT_OK ? err : ent_fail(ENT_EIO, why, "store: transaction lost");
	if (err == ENT_OK)
		return keep(tx, before.keys_open, why);
	undo(tx, before.keys_open);
	tx->keys_told = before.keys_told;
	tx->erase = before.erase;
	return err;
}

/* Everyone in the group who had no error yet gets this one. */
static void
fail_group(struct store_job *group, enum ent_err err, const struct ent_why *why)
{
	for (struct store_job *j = group; j != NULL; j = j->next) {
		if (j->err != ENT_OK)
			continue;
		j->err = err;
		if (j->why != NULL)
			*j->why = *why;
	}
}

static void
abandon(struct store_tx *tx)
{
	conn_rollback(tx->records);
	conn_rollback(tx->keys);
}

/* keys.db before records.db.  A lost second commit leaves orphan keys, which keys_sweep removes.
 * After a failed write or sync nobody knows what is on the disk, and going on would lie; a full disk
 * is another matter. */
static enum ent_err
commit(struct store_tx *tx, struct ent_why *why)
{
	struct conn *at = tx->keys;
	enum ent_err err = ENT_OK;
	if (tx->keys_open)
		err = conn_do(tx->keys, CONN_COMMIT, why);
	if (err == ENT_OK) {
		at = tx->records;
		err = conn_do(tx->records, CONN_COMMIT, why);
	}
	if (err == ENT_OK)
		return ENT_OK;
	if (err == ENT_EIO && !conn_disk_full(at))
		tx->store->broken = true;
	abandon(tx);
	tx->store->sweep_left = tx->keys_open;
	return err;
}

/* Destroy the keys of what was just committed as erased.  Whoever erased waits for it; if it fails the
 * erasure stands, is told as pending, and is tried again with the next group and at the next start. */
static void
finish_erasures(struct store *s, struct store_job *group)
{
	struct ent_why why = { 0 }, inner = { 0 };
	enum ent_err err = keys_erase(s, &inner);
	s->erase_left = err != ENT_OK;
	if (err == ENT_OK)
		return;
	(void)ent_fail(err, &why, "the erasure is recorded, its key not destroyed yet: %.250s",
	    inner.text);
	for (struct store_job *j = group; j != NULL; j = j->next) {
		if (!j->erases || j->err != ENT_OK)
			continue;
		j->err = err;
		if (j->why != NULL)
			*j->why = why;
	}
}

static enum ent_err
run_bodies(struct store *s, struct store_job *group, size_t *good, struct ent_why *why)
{
	struct store_tx *tx = &s->writer;
	enum ent_err err = conn_do(tx->records, CONN_BEGIN_WRITE, why);
	for (struct store_job *j = group; err == ENT_OK && j != NULL; j = j->next) {
		tx->erase = false;
		j->err = store_nested(tx, j->body, j->ctx, j->why);
		j->erases = tx->erase;
		*good += j->err == ENT_OK;
		conn_settle(tx->records);
		conn_settle(tx->keys);
		if (!conn_in_transaction(tx->records))
			err = ent_fail(ENT_EIO, why, "store: the engine gave up the transaction: "
			    "is the disk full?");
	}
	return err;
}

/* May a group begin? */
static enum ent_err
ready(struct store *s, struct ent_why *why)
{
	if (s->broken)
		return ent_fail(ENT_EIO, why, "store: a write to disk failed, so nothing more is "
		    "written: mend the disk, then restart the node");
	enum ent_err err = s->sweep_left ? keys_sweep(s, why) : ENT_OK;
	if (err == ENT_OK)
		s->sweep_left = false;
	return err;
}

static void
run_group(struct store *s, struct store_job *group)
{
	struct store_tx *tx = &s->writer;
	struct ent_why why = { 0 };
	size_t good = 0;
	tx->keys_open = tx->keys_told = false;
	enum ent_err err = ready(s, &why);
	if (err == ENT_OK)
		err = run_bodies(s, group, &good, &why);
	if (err == ENT_OK && good > 0)
		err = commit(tx, &why);
	if (err != ENT_OK || good == 0)
		abandon(tx);
	if (err != ENT_OK) {
		fail_group(group, err, &why);
		return;
	}
	bool erases = s->erase_left;
	for (const struct store_job *j = group; j != NULL; j = j->next)
		erases = erases || (j->erases && j->err == ENT_OK);
	if (erases)
		finish_erasures(s, group);
}

static void
wake(struct store *s, struct store_job *group)
{
	(void)pthread_mutex_lock(&s->lock);
	for (struct store_job *j = group; j != NULL;) {
		struct store_job *next = j->next; /* j is its caller's again as soon as the lock is free */
		j->done = true;
		(void)pthread_cond_signal(&j->ended);
		j = next;
	}
	(void)pthread_mutex_unlock(&s->lock);
}

/* Take up to GROUP_MAX jobs, waiting for the first; NULL: stop. */
static struct store_job *
take(struct store *s)
{
	(void)pthread_mutex_lock(&s->lock);
	while (s->first == NULL && !s->stop)
		(void)pthread_cond_wait(&s->work, &s->lock);
	struct store_job *group = s->first, *end = group;
	for (int n = 1; end != NULL && end->next != NULL && n < GROUP_MAX; n++)
		end = end->next;
	if (end != NULL) {
		s->first = end->next;
		end->next = NULL;
		if (s->first == NULL)
			s->last = &s->first;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return group;
}

static bool
queue_empty(struct store *s)
{
	(void)pthread_mutex_lock(&s->lock);
	bool empty = s->first == NULL;
	(void)pthread_mutex_unlock(&s->lock);
	return empty;
}

static void *
writer_main(void *ctx)
{
	struct store *s = ctx;
	for (struct store_job *group; (group = take(s)) != NULL;) {
		run_group(s, group);
		keys_forget(s);
		wake(s, group);
		int limit = queue_empty(s) ? IDLE_PAGES : CHECKPOINT_PAGES;
		conn_tidy(s->writer.records, limit);
		conn_tidy(s->writer.keys, limit);
	}
	return NULL;
}

enum ent_err
writer_start(struct store *s, struct ent_why *why)
{
	if (pthread_create(&s->thread, NULL, writer_main, s) != 0)
		return ent_fail(ENT_EINTERNAL, why, "store: cannot start the writer thread");
	s->started = true;
	return ENT_OK;
}

void
writer_stop(struct store *s)
{
	if (!s->started)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stop = true;
	(void)pthread_cond_signal(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	s->started = false;
}

static void
hand_in(struct store *s, struct store_job *j)
{
	if (pthread_equal(pthread_self(), s->thread))
		ENT_BUG("store_write inside a body: use store_nested");
	(void)pthread_cond_init(&j->ended, NULL);
	(void)pthread_mutex_lock(&s->lock);
	*s->last = j;
	s->last = &j->next;
	(void)pthread_cond_signal(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
}

static enum ent_err
wait_for(struct store *s, struct store_job *j)
{
	(void)pthread_mutex_lock(&s->lock);
	while (!j->done)
		(void)pthread_cond_wait(&j->ended, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_cond_destroy(&j->ended);
	return j->err;
}

enum ent_err
store_write(struct store *s, store_body *body, void *ctx, struct ent_why *why)
{
	struct store_job j = { .body = body, .ctx = ctx, .why = why };
	hand_in(s, &j); /* out of the queue again before this returns */
	return wait_for(s, &j);
}

struct store_job *
store_write_begin(struct store *s, store_body *body, void *ctx, struct ent_why *why)
{
	struct store_job *j = ent_alloc(sizeof *j);
	*j = (struct store_job){ .body = body, .ctx = ctx, .why = why };
	hand_in(s, j);
	return j;
}

enum ent_err
store_write_end(struct store *s, struct store_job *j)
{
	enum ent_err err = wait_for(s, j);
	free(j);
	return err;
}
