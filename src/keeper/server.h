/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper/server: the inside of entente-keyd.  Private.
 *
 * The main thread takes frames off the socket in batches, makes all checks against the state in one
 * durable transaction, and hands what remains (signing, evaluating) to one worker a core.  A job is
 * answered only after its batch is committed.  Fields that a worker may read never change once jobs
 * are handed out, except under lock.
 */
#ifndef ENT_KEEPER_SERVER_H
#define ENT_KEEPER_SERVER_H

#include "crypto/oprf.h"
#include "keeper/frame.h"
#include "keeper/keyfile.h"
#include "keeper/state.h"

#include <pthread.h>

#define SERVER_BATCH 64	  /* frames of one transaction */
#define SERVER_QUEUE 256  /* jobs waiting for a worker */
#define SERVER_CACHE 256  /* unsealed OPRF keys */
#define SERVER_WORKERS 16

/* An unsealed OPRF key.  refs and dead under the server's lock. */
struct oprf_entry {
	char agreement[STATE_AGREEMENT];
	uint32_t epoch;
	uint8_t pk[OPRF_ELEMENT];
	uint8_t *sk;	/* secret memory, owned */
	unsigned refs;	/* jobs that use it */
	bool fresh;	/* made in the batch that is not committed yet */
	bool dead;	/* destroyed: wiped when refs is 0 */
};

struct job {
	struct job *next;
	struct frame_head head;
	int passed_fd; /* -1, or owned */
	enum ent_err err;
	struct ent_why why;
	struct oprf_entry *entry; /* held, or NULL */
	uint64_t used_day, used_epoch;
	bool counted;
	uint8_t made[FRAME_SIGNED]; /* what prepare has made already: a consent */
	size_t made_n;
	size_t n;
	uint8_t frame[FRAME_MAX]; /* the request */
};

struct server {
	int fd;
	struct state *state;
	struct bytes keyfile;
	struct keyfile_keys *keys; /* secret memory; NULL while locked */
	bool store_key_given;
	bool changed, shred; /* of the batch */
	struct oprf_entry *cache[SERVER_CACHE];
	size_t cached;
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	struct job *first, *last;
	size_t queued;
	bool stopping;
};

/* What is done for one kind of message.  prepare runs on the main thread, in the transaction if state
 * is set; work on a worker, after the commit, and writes the reply's body.  Either may be NULL. */
struct handler {
	bool state;
	enum ent_err (*prepare)(struct server *s, struct job *j, struct cursor *in);
	enum ent_err (*work)(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
};
const struct handler *handler_of(enum keeper_msg m);

/* Handlers, by file. */
enum ent_err serve_unlock(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_store_key(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_store_key_next(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_store_key_settle(struct server *s, struct job *j, struct cursor *in);
enum ent_err work_store_key(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_store_key_next(struct server *s, struct job *j, struct cursor *in,
    struct cursor *out);
enum ent_err prepare_consent(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_checkpoint(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_filter_note(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_oprf_open(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_oprf_destroy(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_evaluate(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_counted(struct server *s, struct job *j, struct cursor *in);
enum ent_err prepare_evaluate_own(struct server *s, struct job *j, struct cursor *in);
enum ent_err work_sign(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_sign_file(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_consent(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_checkpoint(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_filter_note(struct server *s, struct job *j, struct cursor *in,
    struct cursor *out);
enum ent_err work_oprf_open(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_evaluate(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_counted(struct server *s, struct job *j, struct cursor *in, struct cursor *out);
enum ent_err work_evaluate_own(struct server *s, struct job *j, struct cursor *in,
    struct cursor *out);

/* The key of (agreement, epoch), held for the job: release it.  ENOTFOUND, ESTATE (destroyed). */
ENT_CHECK enum ent_err cache_hold(struct server *s, const char *agreement, uint32_t epoch,
    struct oprf_entry **out, struct ent_why *why);
/* The same, just made; fresh until cache_settle. */
struct oprf_entry *cache_add(struct server *s, const char *agreement, uint32_t epoch,
    const uint8_t *pk, const uint8_t *sk);
void cache_release(struct server *s, struct oprf_entry *e); /* may be NULL */
void cache_drop(struct server *s, const char *agreement, uint32_t epoch);
void cache_settle(struct server *s, bool committed);
void cache_done(struct server *s);
/* Associated data of a sealed OPRF key. */
struct bytes cache_context(const char *agreement, uint32_t epoch, char out[static 96]);

/* Serve until the other end closes.  fd and keyfile are borrowed, state is taken. */
void server_run(int fd, struct state *state, struct bytes keyfile);
/* One frame through head, sizes and handler, as if it had come off the socket; for server_run and the
 * fuzz target.  Answers false if the frame is not even a head: nothing can be replied then. */
bool server_accept(struct server *s, struct job *j);
/* Runs the work of a prepared job and writes the whole reply; returns its size. */
size_t server_finish(struct server *s, struct job *j, uint8_t reply[static FRAME_MAX]);

#endif
