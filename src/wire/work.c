/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers: they find out who calls, run the operation and write the answer.  A thread is started
 * when a request finds none idle, up to the pool's maximum.
 */
#include "wire/inner.h"

#include "base/log.h"
#include "wire/answer.h"

#include <string.h>

/* ---- progress and streamed bodies, for the operation -------------------------------------------- */

/* The operation is over.  A streamed body may still be coming: it runs out first, then the answer
 * goes; but not for ever. */
static void
end_locked(struct req *r)
{
	r->done = true;
	if (!r->gone && (r->lines || (r->kind == BODY_STREAM && !r->body_end)))
		conn_deadline(r->conn, server_draining(r->server) ? 1000 : r->server->limits.send_ms);
}

/* Append one NDJSON line {name: what}; both are taken.  Progress that the caller does not fetch is
 * thrown away beyond a maximum, the answer never. */
static void
put_line(struct req *r, const char *name, struct js *what, bool last)
{
	struct js *line = what;
	if (name != NULL) {
		line = js_object();
		js_set_take(line, name, what);
	}
	pthread_mutex_lock(&r->lock);
	if (!r->gone && (last || r->out.n < WIRE_LINES_MAX)) {
		js_write(line, &r->out);
		buf_putc(&r->out, '\n');
	}
	if (last)
		end_locked(r);
	request_resume_locked(r);
	pthread_mutex_unlock(&r->lock);
	js_free(line);
}

static void
on_progress(void *ctx, struct js *what)
{
	put_line(ctx, "progress", what, false);
}

static int64_t
on_read_body(void *ctx, void *p, size_t n)
{
	struct req *r = ctx;
	int64_t got = -1;
	pthread_mutex_lock(&r->lock);
	while (r->ring_n == 0 && !r->body_end && !r->gone && !server_draining(r->server)) {
		/* the drain is not told to each request: look again now and then */
		struct timespec until;
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		(void)pthread_cond_timedwait(&r->came, &r->lock, &until);
	}
	if (r->ring_n > 0 && !r->gone) {
		size_t take = n < r->ring_n ? n : r->ring_n;
		size_t first = take < WIRE_RING - r->ring_at ? take : WIRE_RING - r->ring_at;
		memcpy(p, r->ring + r->ring_at, first);
		memcpy((uint8_t *)p + first, r->ring, take - first);
		r->ring_at = (r->ring_at + take) % WIRE_RING;
		r->ring_n -= take;
		got = (int64_t)take;
		if (!r->body_end)
			request_resume_locked(r);
	} else if (r->body_end && !r->gone) {
		got = 0;
	}
	pthread_mutex_unlock(&r->lock);
	return got;
}

/* ---- one request -------------------------------------------------------------------------------- */

static enum ent_err
find_caller(const struct req *r, struct op_caller *who, struct ent_why *why)
{
	const struct wire_server *s = r->server;
	memset(who, 0, sizeof *who);
	who->uid = -1;
	if (s->tls != NULL) {
		who->actor.roles = ROLE_PEER;
		(void)snprintf(who->actor.service, sizeof who->actor.service, "%s", r->code);
		who->authenticated = true;
		return ENT_OK;
	}
	enum ent_err err;
	if (r->token != NULL) {
		err = s->app.by_session(s->app.node, r->token, who, why);
		if (err == ENT_ENOTFOUND)
			err = ent_fail(ENT_EAUTH, why, "the session has ended: entente login");
		who->uid = r->uid;
		return err;
	}
	err = s->app.by_uid(s->app.node, r->uid, who, why);
	who->uid = r->uid;
	if (err == ENT_ENOTFOUND) { /* nobody: login may still be tried */
		who->authenticated = false;
		err = ENT_OK;
	}
	return err;
}

static enum ent_err
parse_request(struct req *r, struct js **in, struct ent_why *why)
{
	if (r->body.n == 0) {
		*in = js_object();
		return ENT_OK;
	}
	enum ent_err err = js_parse(buf_bytes(&r->body), WIRE_BODY_MAX, in, why);
	if (err == ENT_OK && !js_is_object(*in)) {
		js_free(*in);
		*in = NULL;
		err = ent_fail(ENT_ESYNTAX, why, "the request is not a JSON object");
	}
	return err;
}

/* The answer's bytes, for one that is not a stream. */
static void
put_answer(struct req *r, const struct op_call *c, enum ent_err err)
{
	struct ent_why why = { 0 };
	struct js *e = NULL;
	if (err == ENT_OK && c->raw.p != NULL) {
		buf_put(&r->out, c->raw.p, c->raw.n);
		r->type = ent_strdup(c->raw_type == NULL ? "application/octet-stream" : c->raw_type);
	} else if (err == ENT_OK) {
		js_write(c->out, &r->out);
	}
	if (err == ENT_OK && buf_err(&r->out) != ENT_OK) {
		err = ent_fail(ENT_ETOOBIG, &why, "the answer is longer than %zu bytes; ask for less",
		    WIRE_ANSWER_MAX);
		free(r->type);
		r->type = NULL;
		buf_reset(&r->out);
		e = answer_of_error(err, &why);
	} else if (err != ENT_OK) {
		e = answer_of_error(err, c->why);
	}
	if (e != NULL)
		js_write(e, &r->out);
	js_free(e);
	r->status = ent_err_http(err);
}

static void
answer(struct req *r, struct op_call *c, enum ent_err err)
{
	if (r->lines) {
		bool ok = err == ENT_OK;
		put_line(r, ok ? "answer" : NULL, ok ? js_copy(c->out) : answer_of_error(err, c->why),
		    true);
		return;
	}
	pthread_mutex_lock(&r->lock);
	put_answer(r, c, err);
	end_locked(r);
	request_resume_locked(r);
	pthread_mutex_unlock(&r->lock);
}

static void
work(struct req *r)
{
	struct ent_why why = { 0 };
	struct op_caller who;
	struct js *in = NULL;
	int64_t began = clock_mono_us();
	struct op_call c = { .node = r->server->app.node, .row = r->row, .who = &who, .why = &why };
	enum ent_err err = find_caller(r, &who, &why);
	if (err == ENT_OK)
		err = parse_request(r, &in, &why);
	if (err == ENT_OK) {
		c.arena = arena_new(ARENA_REQUEST_MAX);
		c.in = in;
		c.out = js_object();
		if (r->lines) {
			c.progress = on_progress;
			c.progress_ctx = r;
		}
		if (r->kind == BODY_STREAM) {
			c.read_body = on_read_body;
			c.body_ctx = r;
		}
		err = r->server->app.dispatch(&c);
	}
	if (err == ENT_EINTERNAL || err == ENT_EIO || err == ENT_EKEEPER)
		log_event(LOG_ERROR, "wire.failed", "op=%s code=%d", r->row->name, (int)err);
	log_event(LOG_DEBUG, "wire.done", "op=%s code=%d us=%lld", r->row->name, (int)err,
	    (long long)(clock_mono_us() - began));
	answer(r, &c, err);
	js_free(c.out);
	js_free(in);
	arena_free(c.arena);
}

/* ---- the pool ----------------------------------------------------------------------------------- */

static void *
run_worker(void *ctx)
{
	struct pool *p = ctx;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		p->idle++;
		while (p->head == NULL && !p->stop)
			(void)pthread_cond_wait(&p->work, &p->lock);
		p->idle--;
		struct req *r = p->head;
		if (r == NULL)
			break;
		p->head = r->next;
		if (p->head == NULL)
			p->tail = &p->head;
		pthread_mutex_unlock(&p->lock);
		work(r);
		request_put(r);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static bool
start_one(struct pool *p)
{
	if (p->started >= p->max ||
	    pthread_create(&p->threads[p->started], NULL, run_worker, p) != 0)
		return false;
	p->started++;
	return true;
}

enum ent_err
pool_start(struct pool *p, unsigned max)
{
	*p = (struct pool){ .max = max };
	p->tail = &p->head;
	p->threads = ent_alloc_array(max, sizeof *p->threads);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work, NULL);
	/* one at once, so that a system that allows none says so at start */
	if (start_one(p))
		return ENT_OK;
	free(p->threads);
	return ENT_EINTERNAL;
}

void
pool_push(struct wire_server *s, struct req *r)
{
	struct pool *p = &s->pool;
	pthread_mutex_lock(&r->lock);
	r->refs++;
	pthread_mutex_unlock(&r->lock);
	pthread_mutex_lock(&p->lock);
	size_t waiting = 1;
	for (const struct req *q = p->head; q != NULL && waiting <= p->idle; q = q->next)
		waiting++;
	r->next = NULL;
	*p->tail = r;
	p->tail = &r->next;
	if (waiting > p->idle)
		(void)start_one(p);
	(void)pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

void
pool_stop(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	(void)pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->started; i++)
		(void)pthread_join(p->threads[i], NULL);
	free(p->threads);
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_cond_destroy(&p->work);
}
