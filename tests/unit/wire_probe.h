/* SPDX-License-Identifier: Apache-2.0
 *
 * A tiny table of operations for the tests of wire, and sockets to poke at it.
 */
#ifndef ENT_TEST_WIRE_PROBE_H
#define ENT_TEST_WIRE_PROBE_H

#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static const struct op_row probe_rows[] = {
	{ .name = "echo", .method = "POST", .path = "/v1/echo", .roles = ROLE_ANALYST },
	{ .name = "refuse", .method = "POST", .path = "/v1/refuse", .roles = ROLE_ANALYST },
	{ .name = "slow", .method = "POST", .path = "/v1/slow", .roles = ROLE_ANALYST },
	{ .name = "count", .method = "POST", .path = "/v1/count", .roles = ROLE_ANALYST },
	{ .name = "raw", .method = "POST", .path = "/v1/raw", .roles = ROLE_ANALYST },
	{ .name = "who", .method = "POST", .path = "/peer/who", .roles = ROLE_PEER },
	{ .name = "no", .method = "POST", .path = "/peer/no", .roles = ROLE_PEER },
	{ .name = "blob", .method = "POST", .path = "/peer/blob", .roles = ROLE_PEER },
};

static inline const struct op_row *
probe_row(const char *method, const char *path)
{
	for (size_t i = 0; i < sizeof probe_rows / sizeof probe_rows[0]; i++)
		if (strcmp(probe_rows[i].method, method) == 0 && strcmp(probe_rows[i].path, path) == 0)
			return &probe_rows[i];
	return NULL;
}

static _Atomic int probe_broken_off; /* streams that ended before their end */

/* Sum of the bytes and their count, in pieces, slower than they come. */
static inline enum ent_err
probe_count(struct op_call *c)
{
	uint8_t piece[60000];
	int64_t n, total = 0, sum = 0;
	while ((n = c->read_body(c->body_ctx, piece, sizeof piece)) > 0) {
		for (int64_t i = 0; i < n; i++)
			sum += piece[i];
		total += n;
		if (js_get_bool(c->in, "stop", false))
			return ent_fail(ENT_EFIELD, c->why, "enough");
	}
	if (n < 0) {
		atomic_fetch_add(&probe_broken_off, 1);
		return ent_fail(ENT_EIO, c->why, "broken off");
	}
	js_set_int(c->out, "bytes", total);
	js_set_int(c->out, "sum", sum);
	return ENT_OK;
}

static inline enum ent_err
probe_dispatch(struct op_call *c)
{
	const char *op = c->row->name;
	if (strcmp(op, "refuse") == 0 || strcmp(op, "no") == 0)
		return ent_refuse(ENT_EREFUSED, c->why, "AGR-1/annex A/purposes", "not for this");
	if (strcmp(op, "count") == 0)
		return probe_count(c);
	if (strcmp(op, "raw") == 0) {
		c->raw = bytes_of("\0\1\2", 3);
		c->raw_type = "application/x-tile";
		return ENT_OK;
	}
	if (strcmp(op, "blob") == 0) {
		c->raw = bytes_of(arena_alloc(c->arena, 100000), 100000);
		return ENT_OK;
	}
	if (strcmp(op, "slow") == 0) {
		for (int64_t i = 0; i < js_get_int(c->in, "rounds", 3); i++) {
			(void)usleep(100000);
			if (c->progress != NULL) {
				struct js *what = js_object();
				js_set_int(what, "done", i + 1);
				c->progress(c->progress_ctx, what);
			}
		}
	}
	js_set_take(c->out, "in", js_copy(c->in));
	js_set_str(c->out, "name", c->who->actor.name);
	js_set_str(c->out, "service", c->who->actor.service);
	js_set_int(c->out, "uid", c->who->uid);
	js_set_int(c->out, "roles", c->who->actor.roles);
	js_set_bool(c->out, "authenticated", c->who->authenticated);
	return ENT_OK;
}

static inline enum ent_err
probe_by_session(struct node *n, const char *token, struct op_caller *out, struct ent_why *why)
{
	(void)n;
	(void)why;
	if (strcmp(token, "good") != 0)
		return ENT_ENOTFOUND;
	(void)snprintf(out->actor.name, sizeof out->actor.name, "nadia");
	out->authenticated = true;
	return ENT_OK;
}

static inline enum ent_err
probe_by_uid(struct node *n, int64_t uid, struct op_caller *out, struct ent_why *why)
{
	(void)n;
	(void)why;
	(void)out;
	return uid == (int64_t)getuid() ? ENT_ENOTFOUND : ENT_EINTERNAL;
}

static inline int
probe_connect_local(const char *dir)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s/" WIRE_SOCKET, dir);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s >= 0);
	assert_int_equal(connect(s, (const struct sockaddr *)&a, sizeof a), 0);
	return s;
}

static inline void
probe_send(int s, const void *p, size_t n)
{
	const char *at = p;
	while (n > 0) {
		ssize_t put = send(s, at, n, MSG_NOSIGNAL);
		if (put <= 0)
			return; /* closed on us; what was answered tells */
		at += put;
		n -= (size_t)put;
	}
}

/* The status of what comes back; 0: closed without an answer. */
static inline int
probe_status(int s)
{
	char text[4096];
	size_t n = 0;
	for (;;) {
		ssize_t got = recv(s, text + n, sizeof text - 1 - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
		if (strstr(text, "\r\n") != NULL)
			break;
	}
	return n >= 12 ? (int)strtol(text + 9, NULL, 10) : 0;
}

#endif
