/* SPDX-License-Identifier: Apache-2.0
 *
 * Many calls in flight over one socket: each waits on its own condition; one thread reads replies
 * and wakes whom they are for.
 */
#include "keeper/client.h"

#include "base/arena.h"
#include "proc/proc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct waiting {
	struct waiting *next;
	uint64_t id;
	uint8_t *reply; /* FRAME_MAX bytes */
	size_t n;
	bool done;
	pthread_cond_t wake;
};

struct keeper {
	int fd;
	pthread_t reader;
	pthread_mutex_t lock;
	struct waiting *first;
	uint64_t next_id;
	bool gone;
};

void
client_begin(struct exchange *x, enum keeper_msg msg)
{
	size_t n = frame_request_size(msg);
	memset(x->request, 0, n);
	x->msg = msg;
	x->passed_fd = -1;
	x->out = cursor_of(x->request, n);
}

enum ent_err
client_read(struct exchange *x, size_t n, uint64_t id, struct ent_why *why)
{
	struct frame_head head;
	char clause[FRAME_CLAUSE], text[FRAME_TEXT];
	if (frame_head_get(x->reply, n, &head) != ENT_OK || head.msg != x->msg || head.id != id)
		return ent_fail(ENT_EKEEPER, why, "the keeper answers what it was not asked");
	x->in = cursor_of(x->reply, n);
	if (n == frame_reply_size(x->msg) && (head.err == ENT_OK || head.err == ENT_EEXISTS))
		return head.err;
	if (head.err == ENT_OK || n != FRAME_HEAD + FRAME_REFUSAL)
		return ent_fail(ENT_EKEEPER, why, "the keeper's answer has a wrong size");
	cur_get_text(&x->in, clause, sizeof clause);
	cur_get_text(&x->in, text, sizeof text);
	return clause[0] == '\0' ? ent_fail(head.err, why, "%s", text)
				 : ent_refuse(head.err, why, clause, "%s", text);
}

static void
take_out(struct keeper *k, const struct waiting *w)
{
	struct waiting **at = &k->first;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
}

enum ent_err
client_call(struct keeper *k, struct exchange *x, struct ent_why *why)
{
	struct waiting w = { .reply = x->reply };
	if (x->out.bad)
		return ent_fail(ENT_EFIELD, why, "a field for the keeper is too long");
	(void)pthread_cond_init(&w.wake, NULL);
	(void)pthread_mutex_lock(&k->lock);
	w.id = k->next_id++;
	w.next = k->first;
	/* cppcheck-suppress autoVariables ; taken out again before this function returns */
	k->first = &w;
	bool gone = k->gone;
	(void)pthread_mutex_unlock(&k->lock);
	frame_head_put(x->request, &(struct frame_head){ .msg = x->msg, .id = w.id });
	if (!gone)
		gone = proc_send(k->fd, bytes_of(x->request, frame_request_size(x->msg)), x->passed_fd) !=
		    ENT_OK;
	(void)pthread_mutex_lock(&k->lock);
	while (!w.done && !k->gone && !gone)
		(void)pthread_cond_wait(&w.wake, &k->lock);
	take_out(k, &w);
	(void)pthread_mutex_unlock(&k->lock);
	(void)pthread_cond_destroy(&w.wake);
	if (!w.done)
		return ent_fail(ENT_EKEEPER, why, "the keeper is gone");
	return client_read(x, w.n, w.id, why);
}

/* Copies under the lock: the caller's buffer lives as long as its entry in the list. */
static void
deliver(struct keeper *k, const uint8_t *frame, size_t n)
{
	struct frame_head head;
	if (frame_head_get(frame, n, &head) != ENT_OK)
		return;
	for (struct waiting *w = k->first; w != NULL; w = w->next)
		if (w->id == head.id && !w->done) {
			memcpy(w->reply, frame, n);
			w->n = n;
			w->done = true;
			(void)pthread_cond_signal(&w->wake);
		}
}

static void *
read_replies(void *arg)
{
	struct keeper *k = arg;
	uint8_t frame[FRAME_MAX];
	enum ent_err err;
	size_t n = 0;
	do {
		err = proc_receive(k->fd, frame, sizeof frame, true, &n, NULL);
		(void)pthread_mutex_lock(&k->lock);
		if (err == ENT_OK && n > 0)
			deliver(k, frame, n);
		else
			k->gone = true;
		for (struct waiting *w = k->first; k->gone && w != NULL; w = w->next)
			(void)pthread_cond_signal(&w->wake);
		(void)pthread_mutex_unlock(&k->lock);
	} while (err == ENT_OK && n > 0);
	crypto_wipe(frame, sizeof frame); /* the store key passed through */
	return NULL;
}

enum ent_err
keeper_attach(int fd, struct keeper **out, struct ent_why *why)
{
	struct keeper *k = ent_alloc(sizeof *k);
	k->fd = fd;
	k->next_id = 1;
	(void)pthread_mutex_init(&k->lock, NULL);
	if (pthread_create(&k->reader, NULL, read_replies, k) != 0) {
		(void)pthread_mutex_destroy(&k->lock);
		free(k);
		return ent_fail(ENT_EKEEPER, why, "no thread for the keeper's answers");
	}
	*out = k;
	return ENT_OK;
}

void
keeper_detach(struct keeper *k)
{
	if (k == NULL)
		return;
	(void)shutdown(k->fd, SHUT_RDWR); /* wakes the reader */
	(void)pthread_join(k->reader, NULL);
	(void)close(k->fd);
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}
