/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/log.h"
#include "wire_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct fixture {
	char dir[64];
	int fd;
	struct wire_server *server;
};

static int
start(void **state)
{
	struct fixture *f = ent_alloc(sizeof *f);
	struct ent_why why = { 0 };
	char run[96];
	log_set_level(LOG_ERROR);
	atomic_store(&probe_broken_off, 0);
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/ent-wire-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(run, sizeof run, "%s/run", f->dir);
	assert_int_equal(file_mkdir(run, 0755, &why), ENT_OK);
	assert_int_equal(wire_listen_local(f->dir, &f->fd, &why), ENT_OK);
	struct wire_options opt = { .fd = f->fd,
		.app = { .row = probe_row, .dispatch = probe_dispatch,
		    .by_session = probe_by_session, .by_uid = probe_by_uid },
		.limits = { .first_ms = 1000, .next_ms = 1500, .stream_ms = 1200, .connections = 40 } };
	assert_int_equal(wire_start(&opt, &f->server, &why), ENT_OK);
	*state = f;
	return 0;
}

static int
stop(void **state)
{
	struct fixture *f = *state;
	char path[128];
	wire_stop(f->server);
	(void)close(f->fd);
	(void)snprintf(path, sizeof path, "%s/" WIRE_SOCKET, f->dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/run", f->dir);
	(void)rmdir(path);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static enum ent_err
ask(struct fixture *f, const char *token, const char *path, const char *json, struct js **answer,
    struct ent_why *why)
{
	struct js *in;
	assert_int_equal(js_parse(bytes_of_cstr(json), 1 << 20, &in, NULL), ENT_OK);
	struct wire_call c = { .dir = f->dir, .token = token, .path = path, .request = in,
		.body_fd = -1 };
	enum ent_err err = wire_call(&c, answer, why);
	js_free(in);
	return err;
}

static void
test_a_request_reaches_its_operation_with_the_callers_uid(void **state)
{
	struct js *out;
	struct ent_why why = { 0 };
	assert_int_equal(ask(*state, NULL, "/v1/echo", "{\"q\":\"x\"}", &out, &why), ENT_OK);
	assert_string_equal(js_get_str(js_get(out, "in"), "q"), "x");
	assert_int_equal(js_get_int(out, "uid", -1), getuid());
	assert_false(js_get_bool(out, "authenticated", true));
	js_free(out);
}

static void
test_a_session_names_the_user_and_a_dead_one_is_refused(void **state)
{
	struct js *out;
	struct ent_why why = { 0 };
	assert_int_equal(ask(*state, "good", "/v1/echo", "{}", &out, &why), ENT_OK);
	assert_string_equal(js_get_str(out, "name"), "nadia");
	assert_true(js_get_bool(out, "authenticated", false));
	js_free(out);
	assert_int_equal(ask(*state, "stale", "/v1/echo", "{}", &out, &why), ENT_EAUTH);
}

static void
test_a_refusal_comes_back_with_its_clause(void **state)
{
	struct js *out;
	struct ent_why why = { 0 };
	assert_int_equal(ask(*state, NULL, "/v1/refuse", "{}", &out, &why), ENT_EREFUSED);
	assert_string_equal(why.text, "not for this");
	assert_string_equal(why.clause, "AGR-1/annex A/purposes");
}

static void
test_raw_bytes_come_with_their_type(void **state)
{
	struct js *out;
	struct ent_why why = { 0 };
	assert_int_equal(ask(*state, NULL, "/v1/raw", "{}", &out, &why), ENT_OK);
	assert_string_equal(js_get_str(out, "type"), "application/x-tile");
	assert_string_equal(js_get_str(out, "bytes"), "AAEC");
	js_free(out);
}

static void
test_nobody_listening_is_said_so(void **state)
{
	(void)state;
	struct js *out;
	struct ent_why why = { 0 };
	struct fixture none = { .dir = "/tmp/ent-no-such-node" };
	assert_int_equal(ask(&none, NULL, "/v1/echo", "{}", &out, &why), ENT_EDOWN);
}

static void
on_progress(void *ctx, const struct js *what)
{
	int64_t *seen = ctx;
	*seen = js_get_int(what, "done", 0);
}

static void
test_progress_arrives_before_the_answer(void **state)
{
	struct fixture *f = *state;
	struct js *in = js_object(), *out;
	struct ent_why why = { 0 };
	int64_t seen = 0;
	struct wire_call c = { .dir = f->dir, .path = "/v1/slow", .request = in, .body_fd = -1,
		.progress = on_progress, .progress_ctx = &seen };
	assert_int_equal(wire_call(&c, &out, &why), ENT_OK);
	assert_int_equal(seen, 3);
	assert_non_null(js_get(out, "in"));
	js_free(out);
	c.path = "/v1/refuse";
	assert_int_equal(wire_call(&c, &out, &why), ENT_EREFUSED);
	assert_string_equal(why.clause, "AGR-1/annex A/purposes");
	js_free(in);
}

static int
file_of(size_t n, int64_t *sum)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	uint8_t block[4096];
	assert_true(fd >= 0);
	*sum = 0;
	for (size_t at = 0; at < n;) {
		size_t len = n - at < sizeof block ? n - at : sizeof block;
		for (size_t i = 0; i < len; i++) {
			block[i] = (uint8_t)((at + i) * 2654435761u >> 24);
			*sum += block[i];
		}
		assert_int_equal(write(fd, block, len), (ssize_t)len);
		at += len;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void
test_a_body_beyond_the_maximum_streams_through(void **state)
{
	struct fixture *f = *state;
	struct js *in = js_object(), *out;
	struct ent_why why = { 0 };
	int64_t sum;
	int fd = file_of(20000003, &sum);
	struct wire_call c = { .dir = f->dir, .path = "/v1/count", .request = in, .body_fd = fd };
	assert_int_equal(wire_call(&c, &out, &why), ENT_OK);
	assert_int_equal(js_get_int(out, "bytes", 0), 20000003);
	assert_int_equal(js_get_int(out, "sum", 0), sum);
	js_free(out);
	(void)close(fd);
	js_free(in);
}

static void
test_an_operation_may_stop_reading_a_stream(void **state)
{
	struct fixture *f = *state;
	struct js *in = js_object(), *out;
	struct ent_why why = { 0 };
	int64_t sum;
	int fd = file_of(5000000, &sum);
	js_set_bool(in, "stop", true);
	struct wire_call c = { .dir = f->dir, .path = "/v1/count", .request = in, .body_fd = fd };
	assert_int_equal(wire_call(&c, &out, &why), ENT_EFIELD);
	assert_string_equal(why.text, "enough");
	(void)close(fd);
	js_free(in);
}

static int
poke(struct fixture *f, const char *request)
{
	int s = probe_connect_local(f->dir);
	probe_send(s, request, strlen(request));
	int status = probe_status(s);
	(void)close(s);
	return status;
}

static void
test_malformed_requests_are_refused(void **state)
{
	static const struct {
		const char *request;
		int status;
	} rows[] = {
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}", 200 },
		{ "POST /v1/nothing HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}", 404 },
		{ "GET /v1/echo HTTP/1.1\r\nHost: n\r\n\r\n", 405 },
		{ "POST /v1/echo?x=1 HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ "POST /v1/echo%00 HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}", 404 },
		{ "POST /v1/%65cho HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}", 404 },
		{ "POST /v1/../v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}", 404 },
		{ "POST /peer/who HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}", 404 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n[]", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 7\r\n\r\n{\"a\":1.", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 99999999\r\n\r\n", 413 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 8388609\r\n\r\n", 413 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: -1\r\n\r\n", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2x\r\n\r\n{}", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n"
		  "Content-Length: 2\r\n\r\n{}", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: gzip\r\n\r\n", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost : n\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ "POST /v1/echo HTTP/1.1\r\nHost: n\r\nAuthorization: Basic eDp5\r\n"
		  "Content-Length: 2\r\n\r\n{}", 401 },
		{ "POST /v1/count HTTP/1.1\r\nHost: n\r\nEntente-Request: ***\r\n"
		  "Content-Length: 2\r\n\r\n{}", 400 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int got = poke(*state, rows[i].request);
		if (got != rows[i].status)
			print_error("row %zu\n", i);
		assert_int_equal(got, rows[i].status);
	}
}

static void
test_a_chunked_body_beyond_the_maximum_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char head[] = "POST /v1/echo HTTP/1.1\r\nHost: n\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n";
	char *chunk = ent_alloc(65536 + 16);
	int s = probe_connect_local(f->dir);
	probe_send(s, head, sizeof head - 1);
	(void)snprintf(chunk, 16, "10000\r\n");
	memset(chunk + 7, ' ', 65536);
	memcpy(chunk + 7 + 65536, "\r\n", 2);
	for (int i = 0; i < 130; i++) /* 8 MiB and 128 KiB */
		probe_send(s, chunk, 7 + 65536 + 2);
	probe_send(s, "0\r\n\r\n", 5);
	assert_int_equal(probe_status(s), 413);
	(void)close(s);
	s = probe_connect_local(f->dir);
	probe_send(s, head, sizeof head - 1);
	for (int i = 0; i < 400; i++) /* without an end: cut off */
		probe_send(s, chunk, 7 + 65536 + 2);
	assert_int_equal(probe_status(s), 0);
	(void)close(s);
	free(chunk);
}

/* The time until the other end closes, in ms, while a byte is sent each 50 ms. */
static int64_t
trickle(int s, const char *text)
{
	int64_t began = clock_mono_us();
	for (size_t i = 0; clock_mono_us() - began < 8 * ENT_SECOND; i++) {
		char c;
		(void)send(s, text + i % strlen(text), 1, MSG_NOSIGNAL);
		ssize_t got = recv(s, &c, 1, MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			break;
		(void)usleep(50000);
	}
	return (clock_mono_us() - began) / 1000;
}

static void
test_a_slow_first_request_is_cut_off(void **state)
{
	struct fixture *f = *state;
	int s = probe_connect_local(f->dir);
	int64_t ms = trickle(s, "POST /v1/echo HTTP/1.1 with a very long and slow request line that"
	    " does not come to an end before its time");
	assert_in_range(ms, 800, 2500);
	(void)close(s);
}

static void
test_a_slow_second_request_is_cut_off(void **state)
{
	struct fixture *f = *state;
	static const char good[] = "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}";
	char rest[4096];
	int s = probe_connect_local(f->dir);
	probe_send(s, good, sizeof good - 1);
	assert_int_equal(probe_status(s), 200);
	(void)usleep(50000);
	(void)recv(s, rest, sizeof rest, MSG_DONTWAIT);
	int64_t ms = trickle(s, "POST /v1/echo HTTP/1.1 with a very long and slow request line that"
	    " does not come to an end before its time");
	assert_in_range(ms, 1000, 3500);
	(void)close(s);
}

static void
test_a_stream_that_stalls_is_cut_off(void **state)
{
	struct fixture *f = *state;
	static const char head[] = "POST /v1/count HTTP/1.1\r\nHost: n\r\nEntente-Request: e30\r\n"
	    "Content-Length: 1000\r\n\r\nabc";
	int64_t began = clock_mono_us();
	int s = probe_connect_local(f->dir);
	probe_send(s, head, sizeof head - 1);
	assert_int_equal(shutdown(s, SHUT_WR), 0);
	assert_int_equal(probe_status(s), 0);
	assert_in_range((clock_mono_us() - began) / 1000, 0, 3000);
	(void)close(s);
}

static void
test_a_streaming_caller_that_dies_is_noticed_at_once(void **state)
{
	struct fixture *f = *state;
	static const char head[] = "POST /v1/count HTTP/1.1\r\nHost: n\r\nEntente-Request: e30\r\n"
	    "Content-Length: 1000\r\n\r\nabc";
	int s = probe_connect_local(f->dir);
	probe_send(s, head, sizeof head - 1);
	(void)usleep(100000);
	probe_send(s, "def", 3);
	(void)close(s); /* in one event with what was sent */
	int64_t began = clock_mono_us();
	for (unsigned i = 0; i < 40 && atomic_load(&probe_broken_off) == 0; i++)
		(void)usleep(50000);
	assert_int_equal(atomic_load(&probe_broken_off), 1);
	assert_in_range((clock_mono_us() - began) / 1000, 0, 800);
}

static void
test_an_operation_may_take_longer_than_the_deadline(void **state)
{
	struct js *out;
	struct ent_why why = { 0 };
	assert_int_equal(ask(*state, NULL, "/v1/slow", "{\"rounds\":20}", &out, &why), ENT_OK);
	js_free(out);
}

static void
test_connections_beyond_the_limit_do_not_stop_the_others(void **state)
{
	struct fixture *f = *state;
	int held[60];
	for (size_t i = 0; i < 60; i++)
		held[i] = probe_connect_local(f->dir);
	(void)usleep(100000);
	for (size_t i = 0; i < 60; i++)
		(void)close(held[i]);
	(void)usleep(200000);
	assert_int_equal(poke(f, "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}"),
	    200);
}

/* The server alone in a process, which then does not run for longer than a piece of a stream may take. */
static void
test_time_in_which_the_node_does_not_run_is_not_the_callers(void **state)
{
	static const char head[] = "POST /v1/count HTTP/1.1\r\nHost: n\r\nEntente-Request: e30\r\n"
	    "Content-Length: 6\r\n\r\nabc";
	struct fixture *f = NULL;
	int ready[2];
	char dir[sizeof f->dir] = "";
	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also where an assertion fails */
		(void)start((void **)&f);
		if (write(ready[1], f->dir, sizeof f->dir) == (ssize_t)sizeof f->dir)
			(void)pause();
		_exit(1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], dir, sizeof dir), sizeof dir);
	int s = probe_connect_local(dir);
	probe_send(s, head, sizeof head - 1);
	(void)usleep(100000);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	(void)usleep(2500000);
	assert_int_equal(kill(pid, SIGCONT), 0);
	(void)usleep(500000);
	probe_send(s, "def", 3);
	assert_int_equal(probe_status(s), 200);
	(void)close(s);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(ready[0]);
	(void)close(ready[1]);
	struct fixture *gone = ent_alloc(sizeof *gone); /* what the killed process left */
	memcpy(gone->dir, dir, sizeof gone->dir);
	gone->fd = -1;
	void *left = gone;
	(void)stop(&left);
}

struct caller {
	struct fixture *f;
	enum ent_err err;
};

static void *
call_slow(void *ctx)
{
	struct caller *c = ctx;
	struct js *out = NULL, *in = js_object();
	struct wire_call w = { .dir = c->f->dir, .path = "/v1/slow", .request = in, .body_fd = -1 };
	c->err = wire_call(&w, &out, NULL);
	js_free(out);
	js_free(in);
	return NULL;
}

static void
test_stopping_finishes_what_has_begun(void **state)
{
	struct fixture *f = *state;
	pthread_t t[30];
	struct caller c[30];
	for (size_t i = 0; i < 30; i++) {
		c[i] = (struct caller){ .f = f, .err = ENT_EINTERNAL };
		assert_int_equal(pthread_create(&t[i], NULL, call_slow, &c[i]), 0);
	}
	(void)usleep(150000);
	wire_stop(f->server);
	f->server = NULL;
	for (size_t i = 0; i < 30; i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_int_equal(c[i].err, ENT_OK);
	}
}

/* Requests on one connection, one behind the other, until it is closed. */
static void *
call_again_and_again(void *ctx)
{
	static const char one[] = "POST /v1/echo HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}";
	const int *s = ctx;
	char text[4096];
	do
		probe_send(*s, one, sizeof one - 1);
	while (recv(*s, text, sizeof text, 0) > 0);
	return NULL;
}

static void
test_stopping_amid_requests_on_open_connections(void **state)
{
	for (size_t round = 0; round < 40; round++) {
		struct fixture *f = NULL;
		pthread_t t[8];
		int s[8];
		(void)start((void **)&f);
		for (size_t i = 0; i < 8; i++) {
			s[i] = probe_connect_local(f->dir);
			assert_int_equal(pthread_create(&t[i], NULL, call_again_and_again, &s[i]), 0);
		}
		(void)usleep(5000);
		wire_stop(f->server); /* libmicrohttpd would end the process if a request were still suspended */
		f->server = NULL;
		for (size_t i = 0; i < 8; i++) {
			assert_int_equal(pthread_join(t[i], NULL), 0);
			(void)close(s[i]);
		}
		(void)stop((void **)&f);
	}
	(void)state;
}

static void
test_stopping_breaks_off_a_stream_that_hangs(void **state)
{
	struct fixture *f = *state;
	static const char head[] = "POST /v1/count HTTP/1.1\r\nHost: n\r\nEntente-Request: e30\r\n"
	    "Content-Length: 1000\r\n\r\nabc";
	int s = probe_connect_local(f->dir);
	probe_send(s, head, sizeof head - 1);
	(void)usleep(100000);
	wire_stop(f->server);
	f->server = NULL;
	(void)close(s);
}

int
main(void)
{
#define WITH(t) cmocka_unit_test_setup_teardown(t, start, stop)
	const struct CMUnitTest tests[] = {
		WITH(test_a_request_reaches_its_operation_with_the_callers_uid),
		WITH(test_a_session_names_the_user_and_a_dead_one_is_refused),
		WITH(test_a_refusal_comes_back_with_its_clause),
		WITH(test_raw_bytes_come_with_their_type),
		cmocka_unit_test(test_nobody_listening_is_said_so),
		WITH(test_progress_arrives_before_the_answer),
		WITH(test_a_body_beyond_the_maximum_streams_through),
		WITH(test_an_operation_may_stop_reading_a_stream),
		WITH(test_malformed_requests_are_refused),
		WITH(test_a_chunked_body_beyond_the_maximum_is_refused),
		WITH(test_a_slow_first_request_is_cut_off),
		WITH(test_a_slow_second_request_is_cut_off),
		WITH(test_a_stream_that_stalls_is_cut_off),
		WITH(test_a_streaming_caller_that_dies_is_noticed_at_once),
		WITH(test_an_operation_may_take_longer_than_the_deadline),
		cmocka_unit_test(test_time_in_which_the_node_does_not_run_is_not_the_callers),
		WITH(test_connections_beyond_the_limit_do_not_stop_the_others),
		WITH(test_stopping_finishes_what_has_begun),
		cmocka_unit_test(test_stopping_amid_requests_on_open_connections),
		WITH(test_stopping_breaks_off_a_stream_that_hangs),
	};
	return cmocka_run_group_tests_name("wire_local", tests, NULL, NULL);
}
