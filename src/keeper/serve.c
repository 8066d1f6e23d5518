/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop of entente-keyd: batches, one commit each, workers.
 */
#include "base/arena.h"
#include "crypto/cert.h"
#include "keeper/server.h"
#include "proc/proc.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum ent_err
serve_unlock(struct server *s, struct job *j, struct cursor *in)
{
	struct bytes passphrase = cur_get_var(in, FRAME_PASSPHRASE);
	if (!cur_done(in))
		return ent_fail(ENT_ESYNTAX, &j->why, "a malformed message to the keeper");
	if (s->keys != NULL)
		return ent_fail(ENT_ESTATE, &j->why, "the keeper is open already");
	struct keyfile_keys *keys = crypto_secret_new(sizeof *keys);
	enum ent_err err = keyfile_open(s->keyfile, passphrase, keys, &j->why);
	crypto_wipe(j->frame, sizeof j->frame);
	if (err == ENT_OK)
		s->keys = keys;
	else
		crypto_secret_free(keys);
	return err;
}

static enum ent_err
work_keys(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	(void)j;
	(void)in;
	cur_put_text(out, s->keys->code, KEYFILE_CODE);
	cur_put_text(out, s->keys->service, KEYFILE_SERVICE);
	cur_put(out, s->keys->identity + 32, CRYPTO_SIGN_PK);
	cur_put(out, s->keys->record + 32, CRYPTO_SIGN_PK);
	cur_put(out, s->keys->checkpoint + 32, CRYPTO_SIGN_PK);
	return ENT_OK;
}

static enum ent_err
work_certify(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct bytes spki = cur_get_var(in, FRAME_SPKI);
	uint64_t now = cur_get_u64(in);
	struct buf leaf, ca;
	if (!cur_done(in) || now > INT64_MAX)
		return ent_fail(ENT_ESYNTAX, &j->why, "a malformed message to the keeper");
	buf_init(&leaf, FRAME_CERT);
	buf_init(&ca, FRAME_CERT);
	enum ent_err err = cert_leaf(s->keys->code, s->keys->identity, spki, (ent_time)now, &leaf,
	    &j->why);
	if (err == ENT_OK)
		err = cert_ca(s->keys->code, s->keys->identity, (ent_time)now, &ca, &j->why);
	if (err == ENT_OK) {
		cur_put_var(out, buf_bytes(&leaf), FRAME_CERT);
		cur_put_var(out, buf_bytes(&ca), FRAME_CERT);
	}
	buf_done(&leaf);
	buf_done(&ca);
	return err;
}

static enum ent_err
work_cpu(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct rusage u;
	(void)s;
	(void)in;
	if (getrusage(RUSAGE_SELF, &u) != 0)
		return ent_fail(ENT_EIO, &j->why, "no processor time to be had");
	cur_put_u64(out, (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec));
	return ENT_OK;
}

static const struct handler handlers[] = {
	[KEEPER_UNLOCK] = { false, serve_unlock, NULL },
	[KEEPER_KEYS] = { false, NULL, work_keys },
	[KEEPER_STORE_KEY] = { true, prepare_store_key, work_store_key },
	[KEEPER_STORE_KEY_NEXT] = { true, prepare_store_key_next, work_store_key_next },
	[KEEPER_STORE_KEY_SETTLE] = { true, prepare_store_key_settle, NULL },
	[KEEPER_CERTIFY] = { false, NULL, work_certify },
	[KEEPER_SIGN] = { false, NULL, work_sign },
	[KEEPER_SIGN_FILE] = { false, NULL, work_sign_file },
	[KEEPER_CONSENT] = { true, prepare_consent, work_consent },
	[KEEPER_CHECKPOINT] = { true, prepare_checkpoint, work_checkpoint },
	[KEEPER_FILTER_NOTE] = { true, prepare_filter_note, work_filter_note },
	[KEEPER_OPRF_OPEN] = { true, prepare_oprf_open, work_oprf_open },
	[KEEPER_OPRF_DESTROY] = { true, prepare_oprf_destroy, NULL },
	[KEEPER_EVALUATE] = { true, prepare_evaluate, work_evaluate },
	[KEEPER_EVALUATE_OWN] = { true, prepare_evaluate_own, work_evaluate_own },
	[KEEPER_COUNTED] = { true, prepare_counted, work_counted },
	[KEEPER_CPU] = { false, NULL, work_cpu },
};

const struct handler *
handler_of(enum keeper_msg m)
{
	return &handlers[m]; /* frame_head_get has let only known numbers through */
}

bool
server_accept(struct server *s, struct job *j)
{
	if (frame_head_get(j->frame, j->n, &j->head) != ENT_OK)
		return false;
	const struct handler *h = handler_of(j->head.msg);
	struct cursor in = cursor_of(j->frame, j->n);
	if (j->n != frame_request_size(j->head.msg) ||
	    (j->passed_fd >= 0) != (j->head.msg == KEEPER_SIGN_FILE))
		j->err = ent_fail(ENT_ESYNTAX, &j->why, "a malformed message to the keeper");
	else if (s->keys == NULL && j->head.msg != KEEPER_UNLOCK)
		j->err = ent_fail(ENT_ESTATE, &j->why, "the keeper is locked");
	else if (h->prepare != NULL)
		j->err = h->prepare(s, j, &in);
	return true;
}

size_t
server_finish(struct server *s, struct job *j, uint8_t reply[static FRAME_MAX])
{
	const struct handler *h = handler_of(j->head.msg);
	size_t n = frame_reply_size(j->head.msg);
	struct cursor in = cursor_of(j->frame, j->n), out = cursor_of(reply, n);
	struct frame_head head = j->head;
	memset(reply, 0, n);
	/* The consent that exists goes along with its refusal: one lost in a crash is found again. */
	bool first = j->err == ENT_EEXISTS && j->head.msg == KEEPER_CONSENT;
	if (first)
		(void)h->work(s, j, &in, &out);
	else if (j->err == ENT_OK && h->work != NULL)
		j->err = h->work(s, j, &in, &out);
	if (j->err == ENT_OK && out.bad)
		j->err = ent_fail(ENT_EINTERNAL, &j->why, "an answer does not fit its frame");
	head.err = j->err;
	if (j->err != ENT_OK && !first) {
		n = FRAME_HEAD + FRAME_REFUSAL;
		memset(reply, 0, n);
		out = cursor_of(reply, n);
		char clause[FRAME_CLAUSE], text[FRAME_TEXT];
		(void)snprintf(clause, sizeof clause, "%.*s", FRAME_CLAUSE - 1, j->why.clause);
		(void)snprintf(text, sizeof text, "%.*s", FRAME_TEXT - 1, j->why.text);
		cur_put_text(&out, clause, FRAME_CLAUSE);
		cur_put_text(&out, text, FRAME_TEXT);
	}
	frame_head_put(reply, &head);
	return n;
}

static void
job_free(struct server *s, struct job *j)
{
	cache_release(s, j->entry);
	if (j->passed_fd >= 0)
		(void)close(j->passed_fd);
	free(j);
}

static void
answer(struct server *s, struct job *j)
{
	uint8_t reply[FRAME_MAX];
	size_t n = server_finish(s, j, reply);
	if (proc_send(s->fd, bytes_of(reply, n), -1) != ENT_OK)
		(void)shutdown(s->fd, SHUT_RDWR); /* nobody there: the loop ends */
	if (j->head.msg == KEEPER_STORE_KEY || j->head.msg == KEEPER_STORE_KEY_NEXT)
		crypto_wipe(reply, sizeof reply);
	job_free(s, j);
}

static void *
worker(void *arg)
{
	struct server *s = arg;
	for (;;) {
		(void)pthread_mutex_lock(&s->lock);
		while (s->first == NULL && !s->stopping)
			(void)pthread_cond_wait(&s->work, &s->lock);
		struct job *j = s->first;
		if (j != NULL) {
			s->first = j->next;
			s->queued--;
			(void)pthread_cond_signal(&s->room);
		}
		(void)pthread_mutex_unlock(&s->lock);
		if (j == NULL)
			return NULL;
		answer(s, j);
	}
}

static void
hand_out(struct server *s, struct job *j)
{
	j->next = NULL;
	(void)pthread_mutex_lock(&s->lock);
	while (s->queued >= SERVER_QUEUE)
		(void)pthread_cond_wait(&s->room, &s->lock);
	if (s->first == NULL)
		s->first = j;
	else
		s->last->next = j;
	s->last = j;
	s->queued++;
	(void)pthread_cond_signal(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
}

/* The next frame, NULL if there is none (*closed: nor will there be).  What is not even a frame is
 * dropped: there is no id to answer to. */
static struct job *
receive(struct server *s, bool wait, bool *closed)
{
	struct job *j = ent_alloc(sizeof *j);
	j->passed_fd = -1;
	enum ent_err err = proc_receive(s->fd, j->frame, sizeof j->frame, wait, &j->n, &j->passed_fd);
	if (err == ENT_OK && j->n > 0)
		return j;
	*closed = (err == ENT_OK && j->n == 0) || err == ENT_EIO;
	free(j);
	return NULL;
}

/* All or nothing: what changed the state is answered only if the commit is through. */
static bool
settle(struct server *s)
{
	bool ok = true;
	if (s->changed)
		ok = state_commit(s->state) == ENT_OK;
	if (!ok || !s->changed)
		state_rollback(s->state);
	if (ok && s->shred)
		ok = state_shred(s->state) == ENT_OK;
	cache_settle(s, ok);
	s->changed = s->shred = false;
	return ok;
}

static void
run_batch(struct server *s, struct job **batch, size_t n)
{
	bool begun = false, ok = true;
	for (size_t i = 0; i < n; i++) {
		struct job *j = batch[i];
		bool state = frame_head_get(j->frame, j->n, &j->head) == ENT_OK &&
		    handler_of(j->head.msg)->state;
		if (state && !begun)
			begun = ok = state_begin(s->state) == ENT_OK;
		if (state && !ok) {
			j->err = ENT_EIO;
		} else if (!server_accept(s, j)) {
			job_free(s, j);
			batch[i] = NULL;
		} else if (state && j->err == ENT_EIO) {
			ok = false; /* the transaction may be gone: nothing more of it counts */
		}
	}
	if (begun) {
		if (!ok)
			s->changed = false;
		ok = settle(s) && ok;
	}
	for (size_t i = 0; i < n; i++) {
		if (batch[i] == NULL)
			continue;
		if (!ok && handler_of(batch[i]->head.msg)->state)
			batch[i]->err = ent_fail(ENT_EIO, &batch[i]->why,
			    "the keeper could not make its state durable");
		hand_out(s, batch[i]);
	}
}

static size_t
start_workers(struct server *s, pthread_t *threads)
{
	cpu_set_t cpus;
	size_t want = 1, n = 0;
	if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
		want = (size_t)CPU_COUNT(&cpus);
	if (want > SERVER_WORKERS)
		want = SERVER_WORKERS;
	while (n < want && pthread_create(&threads[n], NULL, worker, s) == 0)
		n++;
	return n;
}

void
server_run(int fd, struct state *state, struct bytes keyfile)
{
	struct server *s = ent_alloc(sizeof *s);
	struct job *batch[SERVER_BATCH];
	pthread_t threads[SERVER_WORKERS];
	bool closed = false;
	s->fd = fd;
	s->state = state;
	s->keyfile = keyfile;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->work, NULL);
	(void)pthread_cond_init(&s->room, NULL);
	size_t workers = start_workers(s, threads);
	if (workers == 0)
		ENT_BUG("no thread to be had");
	while (!closed) {
		size_t n = 0;
		struct job *j = receive(s, true, &closed);
		for (; j != NULL; j = n < SERVER_BATCH ? receive(s, false, &closed) : NULL)
			batch[n++] = j;
		run_batch(s, batch, n);
	}
	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	(void)pthread_cond_broadcast(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < workers; i++)
		(void)pthread_join(threads[i], NULL);
	cache_done(s);
	crypto_secret_free(s->keys);
	state_close(s->state);
	free(s);
}
