/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: drive call SESSION PATH CALLERS COUNT STATUS BODIES
 *        drive sync DIR append|again
 *
 * call: send COUNT requests to a node's local socket, from CALLERS threads with a connection each, kept
 * open; the node and the token come from the session file, the bodies from the lines of BODIES in turn.
 * Any answer but STATUS ends it.  sync: for a second, write 4 KiB and fdatasync, in a file of DIR that
 * grows (append) or whose blocks are there, written over in turn (again: as SQLite's log does it).
 * One JSON line on standard output.  The HTTP is as thin as can be, since the caller's work is on the
 * same cores as the node's.
 */
#include "base/arena.h"
#include "base/file.h"
#include "base/js.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CALLERS_MAX 256
#define COUNT_MAX 1000000
#define BODY_MAX ((size_t)1 << 20)
#define BODIES_MAX ((size_t)64 << 20)
#define HEAD_MAX 16384
#define ANSWER_MAX ((size_t)16 << 20)
#define SYNC_BYTES 4096
#define SYNC_BLOCKS 1024

static _Noreturn void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "drive: %s: %s\n", what, why);
	exit(1);
}

static double
seconds_now(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the load ----------------------------------------------------------------------------------- */

struct load {
	char socket[sizeof((struct sockaddr_un *)0)->sun_path];
	const char *path, *token;
	struct bytes *bodies;
	size_t bodies_n, count;
	long status;
	_Atomic size_t next;
	double *took; /* seconds, of each call */
};

static int
open_socket(const struct load *l)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(a.sun_path, l->socket, sizeof a.sun_path);
	if (s < 0 || connect(s, (const struct sockaddr *)&a, sizeof a) != 0)
		die(l->socket, strerror(errno));
	return s;
}

static void
send_all(int s, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = send(s, p, n, MSG_NOSIGNAL);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			die("send", strerror(errno));
		p += w;
		n -= (size_t)w;
	}
}

/* The length of the answer's body; -1: the head is not complete yet. */
static long
body_length(const char *head, const char **body)
{
	static const char want[] = "\r\ncontent-length:";
	const char *end = strstr(head, "\r\n\r\n");
	if (end == NULL)
		return -1;
	*body = end + 4;
	for (const char *p = head; p < end; p++)
		if (strncasecmp(p, want, sizeof want - 1) == 0)
			return strtol(p + sizeof want - 1, NULL, 10);
	die("answer", "it does not tell its length");
}

struct answer {
	char *p; /* owned */
	size_t n, max;
};

static long
receive(int s, struct answer *a)
{
	long length = -1;
	const char *body = NULL;
	a->n = 0;
	while (length < 0 || a->n < (size_t)(body - a->p) + (size_t)length) {
		if (a->n + 1 == a->max)
			die("answer", "it is too long");
		ssize_t got = recv(s, a->p + a->n, a->max - 1 - a->n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("receive", got == 0 ? "the node closed the connection" : strerror(errno));
		a->n += (size_t)got;
		a->p[a->n] = '\0';
		if (length < 0)
			length = body_length(a->p, &body);
	}
	return a->n > 12 ? strtol(a->p + 9, NULL, 10) : 0;
}

static void *
caller(void *arg)
{
	struct load *l = arg;
	struct answer a = { .p = ent_alloc(ANSWER_MAX), .max = ANSWER_MAX };
	char *out = ent_alloc(HEAD_MAX + BODY_MAX);
	int s = open_socket(l);
	for (size_t i; (i = atomic_fetch_add(&l->next, 1)) < l->count;) {
		const struct bytes body = l->bodies[i % l->bodies_n];
		int n = snprintf(out, HEAD_MAX, "POST %s HTTP/1.1\r\nHost: node\r\n"
		    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
		    "Content-Length: %zu\r\n\r\n", l->path, l->token, body.n);
		if (n < 0 || n >= HEAD_MAX || body.n > BODY_MAX)
			die("request", "it is too long");
		memcpy(out + n, body.p, body.n);
		double start = seconds_now();
		send_all(s, out, (size_t)n + body.n);
		long status = receive(s, &a);
		l->took[i] = seconds_now() - start;
		if (status != l->status)
			die("not the status that was expected", a.p);
	}
	(void)close(s);
	free(out);
	free(a.p);
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void
run_load(struct load *l, size_t callers)
{
	pthread_t threads[CALLERS_MAX];
	double start = seconds_now();
	for (size_t i = 0; i < callers; i++)
		if (pthread_create(&threads[i], NULL, caller, l) != 0)
			die("thread", strerror(errno));
	for (size_t i = 0; i < callers; i++)
		(void)pthread_join(threads[i], NULL);
	double took = seconds_now() - start;
	qsort(l->took, l->count, sizeof *l->took, by_size);
	(void)printf("{\"calls\":%zu,\"seconds\":%.3f,\"per_s\":%.2f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n",
	    l->count, took, (double)l->count / took, l->took[l->count / 2] * 1e6,
	    l->took[(l->count - 1) * 99 / 100] * 1e6);
}

/* ---- what to send and whereto -------------------------------------------------------------------- */

static void
read_bodies(struct load *l, const char *path, struct buf *text)
{
	struct ent_why why = { .text = "" };
	size_t at = 0, lines = 0;
	buf_init(text, BODIES_MAX);
	if (file_read(path, text, &why) != ENT_OK)
		die("bodies", why.text);
	for (size_t i = 0; i < text->n; i++)
		lines += text->p[i] == '\n';
	if (lines == 0)
		die(path, "no line");
	l->bodies = ent_alloc_array(lines, sizeof *l->bodies);
	for (; l->bodies_n < lines; l->bodies_n++) {
		const uint8_t *end = memchr(text->p + at, '\n', text->n - at);
		size_t n = (size_t)(end - text->p) - at;
		l->bodies[l->bodies_n] = bytes_of(text->p + at, n);
		at += n + 1;
	}
}

static struct js *
read_session(struct load *l, const char *path)
{
	struct ent_why why = { .text = "" };
	struct buf text;
	struct js *session = NULL;
	buf_init(&text, HEAD_MAX);
	if (file_read(path, &text, &why) != ENT_OK ||
	    js_parse(buf_bytes(&text), HEAD_MAX, &session, &why) != ENT_OK)
		die("session", why.text);
	buf_done(&text);
	const char *dir = js_get_str(session, "dir");
	l->token = js_get_str(session, "token");
	if (dir == NULL || l->token == NULL)
		die(path, "no session");
	int n = snprintf(l->socket, sizeof l->socket, "%s/run/node.sock", dir);
	if (n < 0 || (size_t)n >= sizeof l->socket)
		die(dir, "the path is too long for a socket");
	return session;
}

static size_t
number(const char *text, size_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (*end != '\0' || n == 0 || n > max)
		die(text, "not a number in range");
	return n;
}

static void
call(char **argv)
{
	struct load l = { .path = argv[1] };
	struct buf text;
	size_t callers = number(argv[2], CALLERS_MAX);
	l.count = number(argv[3], COUNT_MAX);
	l.status = (long)number(argv[4], 999);
	struct js *session = read_session(&l, argv[0]);
	read_bodies(&l, argv[5], &text);
	l.took = ent_alloc_array(l.count, sizeof *l.took);
	run_load(&l, callers);
	free(l.took);
	free(l.bodies);
	buf_done(&text);
	js_free(session);
}

static void
sync_rate(const char *dir, bool again)
{
	static const uint8_t block[SYNC_BYTES] = { 1 };
	char path[PATH_MAX];
	size_t n = 0;
	(void)snprintf(path, sizeof path, "%s/drive.sync", dir);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path, strerror(errno));
	for (size_t i = 0; again && i < SYNC_BLOCKS; i++)
		if (pwrite(fd, block, sizeof block, (off_t)(i * SYNC_BYTES)) != (ssize_t)sizeof block)
			die(path, strerror(errno));
	if (fsync(fd) != 0)
		die(path, strerror(errno));
	double start = seconds_now(), took;
	do {
		size_t at = again ? n % SYNC_BLOCKS : n;
		if (pwrite(fd, block, sizeof block, (off_t)(at * SYNC_BYTES)) != (ssize_t)sizeof block ||
		    fdatasync(fd) != 0)
			die(path, strerror(errno));
		n++;
		took = seconds_now() - start;
	} while (took < 1);
	(void)close(fd);
	(void)unlink(path);
	(void)printf("{\"calls\":%zu,\"seconds\":%.3f,\"per_s\":%.2f}\n", n, took, (double)n / took);
}

int
main(int argc, char **argv)
{
	if (argc == 8 && strcmp(argv[1], "call") == 0)
		call(argv + 2);
	else if (argc == 4 && strcmp(argv[1], "sync") == 0)
		sync_rate(argv[2], strcmp(argv[3], "again") == 0);
	else
		die("usage", "drive call SESSION PATH CALLERS COUNT STATUS BODIES | drive sync DIR append|again");
	return 0;
}
