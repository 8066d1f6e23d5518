/* SPDX-License-Identifier: Apache-2.0
 *
 * One request: its head is judged at the first callback, its body gathered or streamed, then a worker
 * has it while the connection is suspended.
 */
#include "wire/inner.h"

#include "wire/answer.h"

#include <errno.h>
#include <string.h>

#define TOKEN_MAX 256	      /* bytes of a session's token */
#define CONTENT_LENGTH_MAX 19 /* digits that fit 64 bits */

bool
server_draining(struct wire_server *s)
{
	pthread_mutex_lock(&s->lock);
	bool draining = s->draining;
	pthread_mutex_unlock(&s->lock);
	return draining;
}

/* Counts one more request, unless the server is about to end: libmicrohttpd ends the process if one is
 * suspended by then, and on an open connection the next may begin at any time. */
static bool
server_admits(struct wire_server *s)
{
	pthread_mutex_lock(&s->lock);
	bool admits = !s->closed;
	s->requests += admits;
	pthread_mutex_unlock(&s->lock);
	return admits;
}

void
request_put(struct req *r)
{
	pthread_mutex_lock(&r->lock);
	bool last = --r->refs == 0;
	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	if (r->token != NULL)
		explicit_bzero(r->token, strlen(r->token));
	free(r->token);
	free(r->ring);
	free(r->type);
	buf_done(&r->body);
	buf_done(&r->out);
	(void)pthread_mutex_destroy(&r->lock);
	(void)pthread_cond_destroy(&r->came);
	free(r);
}

void
request_resume_locked(struct req *r)
{
	if (!r->suspended)
		return;
	r->suspended = false;
	MHD_resume_connection(r->mhd);
}

static void
suspend_locked(struct req *r)
{
	r->suspended = true;
	MHD_suspend_connection(r->mhd);
}

static enum MHD_Result
queue(struct req *r, unsigned status, struct MHD_Response *resp, const char *type, size_t size)
{
	struct wire_server *s = r->conn->server;
	if (resp == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(resp, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	(void)MHD_add_response_header(resp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(resp, MHD_HTTP_HEADER_ALLOW, "POST");
	if (server_draining(s))
		(void)MHD_add_response_header(resp, MHD_HTTP_HEADER_CONNECTION, "close");
	enum MHD_Result rc = MHD_queue_response(r->mhd, status, resp);
	MHD_destroy_response(resp);
	r->answered = true;
	conn_deadline(r->conn, s->limits.send_ms + (unsigned)(size / 66));
	return rc;
}

/* An error that is known before the operation is. */
static enum MHD_Result
reply_error(struct req *r, unsigned status, enum ent_err err, const char *text)
{
	struct ent_why why = { 0 };
	struct buf out;
	(void)ent_fail(err, &why, "%s", text);
	struct js *j = answer_of_error(err, &why);
	buf_init(&out, 4096);
	js_write(j, &out);
	js_free(j);
	struct MHD_Response *resp =
	    MHD_create_response_from_buffer(out.n, out.p, MHD_RESPMEM_MUST_COPY);
	size_t n = out.n;
	buf_done(&out);
	return queue(r, status, resp, "application/json", n);
}

/* ---- the answer of a worker --------------------------------------------------------------------- */

/* Lines as they come; suspended while there are none. */
static ssize_t
read_lines(void *ctx, uint64_t pos, char *p, size_t max)
{
	struct req *r = ctx;
	ssize_t n = 0;
	(void)pos;
	pthread_mutex_lock(&r->lock);
	if (r->out.n > 0) {
		size_t take = r->out.n < max ? r->out.n : max;
		memcpy(p, r->out.p, take);
		memmove(r->out.p, r->out.p + take, r->out.n - take);
		r->out.n -= take;
		n = (ssize_t)take;
	} else if (r->done) {
		n = MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		suspend_locked(r);
	}
	pthread_mutex_unlock(&r->lock);
	return n;
}

static void
lines_over(void *ctx)
{
	request_put(ctx);
}

static enum MHD_Result
reply_lines(struct req *r)
{
	pthread_mutex_lock(&r->lock);
	r->refs++;
	pthread_mutex_unlock(&r->lock);
	struct MHD_Response *resp = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384,
	    read_lines, r, lines_over);
	if (resp == NULL) {
		request_put(r);
		return MHD_NO;
	}
	enum MHD_Result rc = queue(r, MHD_HTTP_OK, resp, "application/x-ndjson", 0);
	conn_deadline(r->conn, 0); /* it lasts as long as the operation does */
	return rc;
}

static enum MHD_Result
reply_done(struct req *r)
{
	size_t n;
	if (r->lines)
		return reply_lines(r);
	char *p = buf_take(&r->out, &n);
	struct MHD_Response *resp =
	    MHD_create_response_from_buffer(n, p, p == NULL ? MHD_RESPMEM_PERSISTENT
	                                                    : MHD_RESPMEM_MUST_FREE);
	return queue(r, (unsigned)r->status, resp, r->type == NULL ? "application/json" : r->type, n);
}

/* ---- the head ----------------------------------------------------------------------------------- */

static const char *
header(struct req *r, const char *name)
{
	return MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name);
}

/* The row that this listener offers under the path: partners' rows for partners alone. */
static const struct op_row *
route(struct req *r, const char *method, const char *path)
{
	const struct wire_server *s = r->conn->server;
	const struct op_row *row = s->app.row(method, path);
	if (row == NULL)
		return NULL;
	bool peers = (row->roles & ROLE_PEER) != 0;
	return peers == (s->tls != NULL) ? row : NULL;
}

static enum ent_err
take_token(struct req *r)
{
	const char *auth = header(r, MHD_HTTP_HEADER_AUTHORIZATION);
	if (auth == NULL)
		return ENT_OK;
	if (strncmp(auth, "Bearer ", 7) != 0 || strlen(auth) > TOKEN_MAX || auth[7] == '\0')
		return ENT_EAUTH;
	r->token = ent_strdup(auth + 7);
	return ENT_OK;
}

/* A streamed body's request comes in a header, as base64url. */
static enum ent_err
take_stream(struct req *r, const char *b64)
{
	uint8_t json[WIRE_REQUEST_HEADER_MAX];
	size_t n;
	enum ent_err err = b64u_decode(str_of(b64), json, sizeof json, &n);
	if (err != ENT_OK)
		return err;
	buf_put(&r->body, json, n);
	r->kind = BODY_STREAM;
	r->ring = ent_alloc(WIRE_RING);
	return buf_err(&r->body);
}

/* False: longer than the maximum, or not a number. */
static bool
length_fits(const char *text)
{
	uint64_t v = 0;
	size_t n = strlen(text);
	if (n == 0 || n > CONTENT_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(text[i] - '0');
	}
	return v <= WIRE_BODY_MAX;
}

/* How a body is framed must be beyond doubt: two lengths, or a length and chunks, are what smuggled
 * requests are made of (RFC 9112, section 6.3). */
static enum MHD_Result
count_framing(void *ctx, enum MHD_ValueKind kind, const char *key, const char *value)
{
	unsigned *n = ctx;
	(void)kind;
	(void)value;
	if (strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 ||
	    strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0)
		*n += 1;
	return MHD_YES;
}

static bool
framing_is_plain(struct req *r)
{
	unsigned n = 0;
	const char *coding = header(r, MHD_HTTP_HEADER_TRANSFER_ENCODING);
	(void)MHD_get_connection_values(r->mhd, MHD_HEADER_KIND, count_framing, &n);
	return n <= 1 && (coding == NULL || strcasecmp(coding, "chunked") == 0);
}

static enum MHD_Result
judge_head(struct req *r, const char *url, const char *method)
{
	struct wire_server *s = r->conn->server;
	if (s->tls != NULL && !r->conn->verified)
		return reply_error(r, MHD_HTTP_FORBIDDEN, ENT_EPIN, "no pinned certificate");
	if (!framing_is_plain(r))
		return reply_error(r, MHD_HTTP_BAD_REQUEST, ENT_ESYNTAX,
		    "more than one length of the body");
	if (strcmp(method, "POST") != 0)
		return reply_error(r, MHD_HTTP_METHOD_NOT_ALLOWED, ENT_EUSAGE,
		    "requests are made with POST");
	if (MHD_get_connection_values(r->mhd, MHD_GET_ARGUMENT_KIND, NULL, NULL) > 0)
		return reply_error(r, MHD_HTTP_BAD_REQUEST, ENT_EFIELD,
		    "a request has no query part; its fields stand in the body");
	r->row = route(r, method, url);
	if (r->row == NULL)
		return reply_error(r, MHD_HTTP_NOT_FOUND, ENT_ENOTFOUND, "there is no such operation");
	if (s->tls == NULL && take_token(r) != ENT_OK)
		return reply_error(r, MHD_HTTP_UNAUTHORIZED, ENT_EAUTH, "malformed authorization");
	const char *accept = header(r, MHD_HTTP_HEADER_ACCEPT);
	r->lines = s->tls == NULL && accept != NULL && strcmp(accept, "application/x-ndjson") == 0;
	const char *request = s->tls == NULL ? header(r, "Entente-Request") : NULL;
	if (request != NULL) {
		if (take_stream(r, request) != ENT_OK)
			return reply_error(r, MHD_HTTP_BAD_REQUEST, ENT_ESYNTAX,
			    "malformed Entente-Request");
		r->handed = true;
		conn_deadline(r->conn, s->limits.stream_ms);
		pool_push(s, r);
		return MHD_YES;
	}
	const char *length = header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
	if (length != NULL && !length_fits(length))
		return reply_error(r, MHD_HTTP_CONTENT_TOO_LARGE, ENT_ETOOBIG,
		    "the request is longer than 8 MiB");
	return MHD_YES;
}

static enum MHD_Result
begin(struct wire_server *s, struct MHD_Connection *mhd, const char *url, const char *method,
    void **state)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (info == NULL || info->socket_context == NULL || !server_admits(s))
		return MHD_NO;
	struct req *r = ent_alloc(sizeof *r);
	r->conn = info->socket_context;
	r->server = s;
	r->uid = r->conn->uid;
	memcpy(r->code, r->conn->code, sizeof r->code);
	r->mhd = mhd;
	r->refs = 1;
	buf_init(&r->body, WIRE_BODY_MAX);
	buf_init(&r->out, WIRE_ANSWER_MAX);
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->came, NULL);
	*state = r;
	return judge_head(r, url, method);
}

/* ---- the body ----------------------------------------------------------------------------------- */

static enum MHD_Result
gather(struct req *r, const char *data, size_t *size)
{
	buf_put(&r->body, data, *size);
	if (buf_err(&r->body) != ENT_OK) {
		/* a chunked body tells its length by its end only: thrown away, up to a point */
		r->too_much += *size;
		if (r->too_much > WIRE_BODY_MAX)
			return MHD_NO;
	}
	*size = 0;
	return MHD_YES;
}

static enum MHD_Result
pour(struct req *r, const char *data, size_t *size)
{
	pthread_mutex_lock(&r->lock);
	if (r->done) {
		*size = 0; /* the operation wants no more: let the rest run out */
	} else if (r->ring_n == WIRE_RING) {
		conn_deadline(r->conn, 0); /* now it is the operation that takes its time */
		suspend_locked(r);
	} else {
		size_t n = WIRE_RING - r->ring_n < *size ? WIRE_RING - r->ring_n : *size;
		size_t at = (r->ring_at + r->ring_n) % WIRE_RING;
		size_t first = n < WIRE_RING - at ? n : WIRE_RING - at;
		memcpy(r->ring + at, data, first);
		memcpy(r->ring, data + first, n - first);
		r->ring_n += n;
		*size -= n;
		conn_deadline(r->conn, r->server->limits.stream_ms);
		(void)pthread_cond_signal(&r->came);
	}
	pthread_mutex_unlock(&r->lock);
	return MHD_YES;
}

/* The whole request is here. */
static enum MHD_Result
received(struct wire_server *s, struct req *r)
{
	if (buf_err(&r->body) != ENT_OK)
		return reply_error(r, MHD_HTTP_CONTENT_TOO_LARGE, ENT_ETOOBIG,
		    "the request is longer than 8 MiB");
	conn_deadline(r->conn, 0);
	if (!r->handed) {
		r->handed = true;
		if (r->lines) {
			pool_push(s, r);
			return reply_lines(r);
		}
		pthread_mutex_lock(&r->lock);
		suspend_locked(r);
		pthread_mutex_unlock(&r->lock);
		pool_push(s, r);
		return MHD_YES;
	}
	pthread_mutex_lock(&r->lock);
	bool done = r->done || r->lines;
	r->body_end = true;
	(void)pthread_cond_signal(&r->came);
	if (!done)
		suspend_locked(r);
	pthread_mutex_unlock(&r->lock);
	return done ? reply_done(r) : MHD_YES;
}

enum MHD_Result
request_handle(void *ctx, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
	struct req *r = *state;
	(void)version;
	if (r == NULL)
		return begin(ctx, mhd, url, method, state);
	if (r->answered) {
		*size = 0;
		return MHD_YES;
	}
	if (*size > 0)
		return r->kind == BODY_STREAM ? pour(r, data, size) : gather(r, data, size);
	return received(ctx, r);
}

void
request_completed(void *ctx, struct MHD_Connection *mhd, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct wire_server *s = ctx;
	struct req *r = *state;
	(void)mhd;
	(void)code;
	if (r == NULL)
		return;
	conn_deadline(r->conn, s->limits.next_ms);
	pthread_mutex_lock(&r->lock);
	r->gone = true;
	r->suspended = false;
	(void)pthread_cond_signal(&r->came);
	pthread_mutex_unlock(&r->lock);
	*state = NULL;
	request_put(r);
	pthread_mutex_lock(&s->lock);
	s->requests--;
	(void)pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* Paths are compared as they came: nothing of ours holds a '%', so none is decoded, and "%00" or
 * "%2e" cannot make one path look like another. */
size_t
request_unescape(void *ctx, struct MHD_Connection *mhd, char *s)
{
	(void)ctx;
	(void)mhd;
	return strlen(s);
}
