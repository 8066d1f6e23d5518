/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP requests, through libmicrohttpd and a real local socket; and the answers of a partner's node.
 * The first byte chooses: 'a' an answer, anything else a request.
 */
#include "base/log.h"
#include "wire/answer.h"
#include "wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct op_row rows[] = {
	{ .name = "echo", .method = "POST", .path = "/v1/echo", .roles = ROLE_ANALYST },
	{ .name = "refuse", .method = "POST", .path = "/v1/refuse", .roles = ROLE_ANALYST },
	{ .name = "count", .method = "POST", .path = "/v1/count", .roles = ROLE_ANALYST },
	{ .name = "peer", .method = "POST", .path = "/peer/who", .roles = ROLE_PEER },
};

static const struct op_row *
row_of(const char *method, const char *path)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].method, method) == 0 && strcmp(rows[i].path, path) == 0)
			return &rows[i];
	return NULL;
}

static enum ent_err
dispatch(struct op_call *c)
{
	uint8_t piece[64];
	if (strcmp(c->row->name, "refuse") == 0)
		return ent_refuse(ENT_EREFUSED, c->why, "clause", "no");
	while (c->read_body != NULL && c->read_body(c->body_ctx, piece, sizeof piece) > 0)
		;
	if (c->progress != NULL)
		c->progress(c->progress_ctx, js_copy(c->in));
	js_set_take(c->out, "in", js_copy(c->in));
	return ENT_OK;
}

static enum ent_err
by_session(struct node *n, const char *token, struct op_caller *out, struct ent_why *why)
{
	(void)n;
	(void)out;
	(void)why;
	return token[0] == 'g' ? ENT_OK : ENT_ENOTFOUND;
}

static enum ent_err
by_uid(struct node *n, int64_t uid, struct op_caller *out, struct ent_why *why)
{
	(void)n;
	(void)uid;
	(void)out;
	(void)why;
	return ENT_ENOTFOUND;
}

/* One server for the whole run: state between requests is part of what is tried. */
static const struct sockaddr_un *
server(void)
{
	static struct sockaddr_un address;
	static char dir[] = "/tmp/ent-fuzz-XXXXXX";
	char run[64];
	struct ent_why why;
	struct wire_server *s;
	if (address.sun_family != 0)
		return &address;
	struct wire_options opt = { .fd = -1,
		.app = { .row = row_of, .dispatch = dispatch, .by_session = by_session, .by_uid = by_uid },
		.limits = { .workers = 2, .first_ms = 300, .next_ms = 300, .stream_ms = 300,
		    .send_ms = 300 } };
	log_set_level(LOG_ERROR);
	if (mkdtemp(dir) == NULL)
		ENT_BUG("no folder");
	(void)snprintf(run, sizeof run, "%s/run", dir);
	if (mkdir(run, 0700) != 0 || wire_listen_local(dir, &opt.fd, &why) != ENT_OK ||
	    wire_start(&opt, &s, &why) != ENT_OK)
		ENT_BUG("no server");
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s/" WIRE_SOCKET, dir);
	address.sun_family = AF_UNIX;
	return &address;
}

static void
try_answer(const uint8_t *data, size_t size)
{
	struct js *j = NULL;
	struct ent_why why = { 0 };
	if (js_parse(bytes_of(data, size), 1 << 20, &j, NULL) == ENT_OK &&
	    answer_error(j, &why) != ENT_OK)
		js_free(answer_of_error(ENT_EPEER, &why));
	js_free(j);
}

/* Send it all, then read until the server closes: it must always do so, by its deadlines at the latest.
 * (libmicrohttpd does not see an end that comes in one event with the bytes before it: hence the
 * short wait, which only saves time.) */
static void
try_request(const uint8_t *data, size_t size)
{
	char answer[4096];
	struct timeval patience = { .tv_sec = 5 };
	const struct sockaddr_un *a = server();
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0 || connect(s, (const struct sockaddr *)a, sizeof *a) != 0)
		ENT_BUG("the server does not take connections any more");
	(void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)send(s, data, size, MSG_NOSIGNAL);
	struct pollfd p = { .fd = s, .events = POLLIN };
	(void)poll(&p, 1, 2);
	(void)shutdown(s, SHUT_WR);
	ssize_t n;
	do
		n = recv(s, answer, sizeof answer, 0);
	while (n > 0);
	if (n < 0 && errno == EAGAIN)
		ENT_BUG("the server neither answers nor closes");
	(void)close(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'a')
		try_answer(data + 1, size - 1);
	else
		try_request(data, size);
	return 0;
}
