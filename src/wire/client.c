/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include "wire/answer.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* What comes in while curl runs. */
struct intake {
	const struct wire_call *call;
	uint64_t sent;	 /* of a streamed body */
	curl_socket_t socket;
	struct buf body; /* the answer, or the line that is not complete yet */
	struct js *last; /* of a stream: the line that is no progress; owned */
	bool stream;	 /* NDJSON */
	enum ent_err err;
	struct ent_why *why;
};

static void
take_line(struct intake *in)
{
	struct js *line = NULL;
	if (in->body.n == 0)
		return;
	in->err = js_parse(buf_bytes(&in->body), WIRE_ANSWER_MAX, &line, in->why);
	buf_reset(&in->body);
	if (in->err != ENT_OK)
		return;
	if (js_get(line, "progress") != NULL) {
		if (in->call->progress != NULL)
			in->call->progress(in->call->progress_ctx, js_get(line, "progress"));
		js_free(line);
		return;
	}
	js_free(in->last);
	in->last = line;
}

static size_t
on_bytes(char *p, size_t size, size_t n, void *ctx)
{
	struct intake *in = ctx;
	size_t all = size * n;
	for (size_t at = 0; at < all && in->err == ENT_OK;) {
		char *end = in->stream ? memchr(p + at, '\n', all - at) : NULL;
		size_t len = end == NULL ? all - at : (size_t)(end - p) - at;
		buf_put(&in->body, p + at, len);
		if (buf_err(&in->body) != ENT_OK)
			in->err = ent_fail(ENT_ETOOBIG, in->why, "the answer is longer than %zu bytes",
			    WIRE_ANSWER_MAX);
		if (end != NULL && in->err == ENT_OK)
			take_line(in);
		at += len + (end != NULL);
	}
	return in->err == ENT_OK ? all : 0;
}

static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	static const char want[] = "content-type: application/x-ndjson";
	struct intake *in = ctx;
	if (size * n >= sizeof want - 1 && strncasecmp(p, want, sizeof want - 1) == 0)
		in->stream = true;
	return size * n;
}

static int
on_socket(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	struct intake *in = ctx;
	(void)purpose;
	in->socket = fd;
	return CURL_SOCKOPT_OK;
}

/* Input that comes from a pipe may be long in coming; a node that is gone by then is noticed meanwhile. */
static bool
wait_for_input(struct intake *in)
{
	struct pollfd fds[] = { { .fd = in->call->body_fd, .events = POLLIN },
		{ .fd = in->socket, .events = POLLRDHUP } };
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		continue;
	if (fds[0].revents != 0 || fds[1].revents == 0)
		return true;
	in->err = ent_fail(ENT_EDOWN, in->why, "the node of '%s' broke off before the input ended: it ended "
	    "itself, or no input came for two minutes; see its log, start it, and give the command again",
	    in->call->dir);
	return false;
}

static size_t
on_read(char *p, size_t size, size_t n, void *ctx)
{
	struct intake *in = ctx;
	const struct wire_call *c = in->call;
	ssize_t got;
	if (!wait_for_input(in))
		return CURL_READFUNC_ABORT;
	do
		got = read(c->body_fd, p, size * n);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		in->err = ent_fail(ENT_EIO, in->why, "cannot read the input: %s", strerror(errno));
		return CURL_READFUNC_ABORT;
	}
	in->sent += (uint64_t)got;
	/* while the body goes out no answer can come in, so the bar shows what the node has taken */
	if (c->progress != NULL) {
		struct js *what = js_object();
		js_set_int(what, "done", (int64_t)(in->sent >> 10));
		js_set_int(what, "total", (int64_t)(c->body_size >> 10));
		js_set_str(what, "what", "KiB");
		c->progress(c->progress_ctx, what);
		js_free(what);
	}
	return (size_t)got;
}

/* Headers; for a streamed body the request itself is one of them. */
static enum ent_err
set_headers(CURL *h, struct intake *in, struct buf *request, struct curl_slist **list,
    struct ent_why *why)
{
	const struct wire_call *c = in->call;
	struct buf line;
	buf_init(&line, WIRE_REQUEST_HEADER_MAX + 64);
	*list = curl_slist_append(*list, "Expect:");
	if (c->progress != NULL)
		*list = curl_slist_append(*list, "Accept: application/x-ndjson");
	if (c->token != NULL) {
		buf_printf(&line, "Authorization: Bearer %s", c->token);
		*list = curl_slist_append(*list, buf_cstr(&line));
		explicit_bzero(line.p, line.n);
		buf_reset(&line);
	}
	if (c->body_fd < 0) {
		*list = curl_slist_append(*list, "Content-Type: application/json");
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, buf_cstr(request));
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->n);
	} else {
		buf_puts(&line, "Entente-Request: ");
		buf_put_b64u(&line, buf_bytes(request));
		*list = curl_slist_append(*list, buf_cstr(&line));
		*list = curl_slist_append(*list, "Content-Type: application/octet-stream");
		*list = curl_slist_append(*list, "Transfer-Encoding: chunked");
		curl_easy_setopt(h, CURLOPT_POST, 1L);
		curl_easy_setopt(h, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(h, CURLOPT_READDATA, in);
		curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, on_socket);
		curl_easy_setopt(h, CURLOPT_SOCKOPTDATA, in);
		curl_easy_setopt(h, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20);
	}
	enum ent_err err = buf_err(&line);
	buf_done(&line);
	if (err != ENT_OK)
		return ent_fail(ENT_ETOOBIG, why, "the arguments are longer than %d bytes",
		    WIRE_REQUEST_HEADER_MAX);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, *list);
	return ENT_OK;
}

static enum ent_err
set_target(CURL *h, const struct wire_call *c, struct ent_why *why)
{
	char path[PATH_MAX], url[256];
	int n = snprintf(path, sizeof path, "%s/" WIRE_SOCKET, c->dir);
	if (n < 0 || (size_t)n >= sizeof((struct sockaddr_un *)0)->sun_path)
		return ent_fail(ENT_ETOOBIG, why,
		    "the path '%s/" WIRE_SOCKET "' is too long for a socket; use a shorter one or a link",
		    c->dir);
	(void)snprintf(url, sizeof url, "http://node%s", c->path);
	curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, path);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 10L);
	return ENT_OK;
}

/* The answer of a finished exchange. */
static enum ent_err
finish(struct intake *in, CURL *h, struct js **answer, struct ent_why *why)
{
	struct js *got = in->last;
	char *type = NULL;
	(void)curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
	in->last = NULL;
	if (got == NULL && type != NULL && strncmp(type, "application/json", 16) != 0) {
		got = js_object();
		js_set_str(got, "type", type);
		js_set_b64u(got, "bytes", buf_bytes(&in->body));
		*answer = got;
		return ENT_OK;
	}
	if (got == NULL) {
		enum ent_err err = js_parse(buf_bytes(&in->body), WIRE_ANSWER_MAX, &got, why);
		if (err != ENT_OK)
			return ent_fail(ENT_EIO, why, "the node's answer was cut off or is not JSON");
	}
	enum ent_err err = answer_error(got, why);
	if (err == ENT_OK) {
		const struct js *inner = in->stream ? js_get(got, "answer") : got;
		*answer = js_copy(inner == NULL ? got : inner);
	}
	js_free(got);
	return err;
}

static enum ent_err
map_failure(CURLcode rc, const struct wire_call *c, struct ent_why *why)
{
	if (rc == CURLE_COULDNT_CONNECT)
		return ent_fail(ENT_EDOWN, why, "the node of '%s' is not running: entente serve %s",
		    c->dir, c->dir);
	return ent_fail(ENT_EIO, why, "the talk with the node of '%s' broke off: %s; its log says more", c->dir,
	    curl_easy_strerror(rc));
}

enum ent_err
wire_call(const struct wire_call *c, struct js **answer, struct ent_why *why)
{
	struct intake in = { .call = c, .why = why };
	struct buf request;
	struct curl_slist *headers = NULL;
	CURL *h = curl_easy_init();
	if (h == NULL)
		return ent_fail(ENT_EINTERNAL, why, "libcurl does not start");
	buf_init(&in.body, WIRE_ANSWER_MAX);
	buf_init(&request, WIRE_BODY_MAX);
	js_write(c->request, &request);
	enum ent_err err = buf_err(&request);
	if (err != ENT_OK)
		(void)ent_fail(err, why, "the request is longer than %zu bytes", WIRE_BODY_MAX);
	if (err == ENT_OK)
		err = set_target(h, c, why);
	if (err == ENT_OK)
		err = set_headers(h, &in, &request, &headers, why);
	if (err != ENT_OK)
		goto out;
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &in);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, &in);
	CURLcode rc = curl_easy_perform(h);
	if (in.err != ENT_OK)
		err = in.err;
	else if (rc != CURLE_OK)
		err = map_failure(rc, c, why);
	else
		err = finish(&in, h, answer, why);
out:
	curl_easy_cleanup(h);
	curl_slist_free_all(headers);
	js_free(in.last);
	buf_done(&in.body);
	buf_done(&request);
	return err;
}
