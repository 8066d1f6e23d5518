/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/inner.h"

#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128
#define LOCAL_IDLE_S 600u /* a local caller that neither sends nor reads */
#define PEER_IDLE_S 60u

enum ent_err
wire_listen_local(const char *dir, int *fd, struct ent_why *why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int n = snprintf(a.sun_path, sizeof a.sun_path, "%s/" WIRE_SOCKET, dir);
	if (n < 0 || (size_t)n >= sizeof a.sun_path)
		return ent_fail(ENT_ETOOBIG, why,
		    "the path '%s/" WIRE_SOCKET "' is too long for a socket", dir);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return ent_fail(ENT_EIO, why, "cannot make a socket: %s", strerror(errno));
	/* the caller holds the folder's lock: a socket that lies there is a dead node's */
	(void)unlink(a.sun_path);
	if (bind(s, (const struct sockaddr *)&a, sizeof a) != 0 || chmod(a.sun_path, 0666) != 0 ||
	    listen(s, BACKLOG) != 0) {
		enum ent_err err = ent_fail(ENT_EIO, why, "cannot listen on '%s': %s", a.sun_path,
		    strerror(errno));
		(void)close(s);
		return err;
	}
	*fd = s;
	return ENT_OK;
}

/* "host:port", "[v6]:port", ":port". */
static bool
split_address(const char *text, char *host, size_t host_max, const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);
	if (colon == NULL || colon[1] == '\0' || n >= host_max)
		return false;
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	*port = colon + 1;
	return true;
}

static int
try_listen(const struct addrinfo *ai)
{
	int one = 1;
	int s = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return -1;
	(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(s, ai->ai_addr, ai->ai_addrlen) == 0 && listen(s, BACKLOG) == 0)
		return s;
	int keep = errno;
	(void)close(s);
	errno = keep;
	return -1;
}

enum ent_err
wire_listen_tcp(const char *host_port, int *fd, struct ent_why *why)
{
	char host[256];
	const char *port;
	struct addrinfo *found = NULL, hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	if (!split_address(host_port, host, sizeof host, &port))
		return ent_fail(ENT_EFIELD, why, "'%s' is no HOST:PORT", host_port);
	int rc = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
	if (rc != 0)
		return ent_fail(ENT_EFIELD, why, "cannot resolve '%s': %s", host_port,
		    gai_strerror(rc));
	int s = -1;
	for (const struct addrinfo *ai = found; ai != NULL && s < 0; ai = ai->ai_next)
		s = try_listen(ai);
	freeaddrinfo(found);
	if (s < 0)
		return ent_fail(ENT_EIO, why, "cannot listen on '%s': %s", host_port, strerror(errno));
	*fd = s;
	return ENT_OK;
}

static unsigned
or_default(unsigned v, unsigned otherwise)
{
	return v == 0 ? otherwise : v;
}

static void
set_limits(struct wire_server *s, const struct wire_limits *l)
{
	s->limits.connections = or_default(l->connections, 256);
	s->limits.per_ip = or_default(l->per_ip, 64);
	s->limits.workers =
	    or_default(l->workers, s->tls == NULL ? WIRE_LOCAL_WORKERS : WIRE_PEER_WORKERS);
	s->limits.first_ms = or_default(l->first_ms, 10000);
	s->limits.next_ms = or_default(l->next_ms, 30000);
	s->limits.stream_ms = or_default(l->stream_ms, 120000);
	s->limits.send_ms = or_default(l->send_ms, 30000);
}

/* libmicrohttpd's own complaints name no caller, but say nothing that an operator could act on
 * either; the first words are enough to search for. */
static void
on_mhd_log(void *ctx, const char *fmt, va_list ap)
{
	char text[160];
	(void)ctx;
	(void)ap; /* arguments may hold what a caller sent */
	(void)snprintf(text, sizeof text, "%s", fmt);
	text[strcspn(text, "\n")] = '\0';
	log_event(LOG_DEBUG, "wire.http", "%s", text);
}

/* While it drains nobody new is let in.  MHD_quiesce_daemon would do that, but in 0.9.75 it and its own
 * worker may both take the socket off the same epoll set, and the second one ends the process. */
static enum MHD_Result
on_accept(void *ctx, const struct sockaddr *from, socklen_t len)
{
	(void)from;
	(void)len;
	return server_draining(ctx) ? MHD_NO : MHD_YES;
}

static struct MHD_Daemon *
start_daemon(struct wire_server *s, int fd)
{
	bool peers = s->tls != NULL;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
	    MHD_USE_ERROR_LOG | (peers ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3" },
		{ MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)s->limits.per_ip, NULL },
		{ MHD_OPTION_THREAD_POOL_SIZE, 2, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	/* The address of a function has no place in an option item, hence the two calls' sake here. */
	return MHD_start_daemon(flags, 0, on_accept, s, request_handle, s,
	    MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_CONNECTION_LIMIT, s->limits.connections,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WIRE_MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, peers ? PEER_IDLE_S : LOCAL_IDLE_S,
	    MHD_OPTION_NOTIFY_CONNECTION, conn_notify, s,
	    MHD_OPTION_NOTIFY_COMPLETED, request_completed, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, request_unescape, NULL,
	    peers ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, tls_retrieve,
	    MHD_OPTION_ARRAY, tls,
	    MHD_OPTION_END);
}

static void
init_locks(struct wire_server *s)
{
	pthread_condattr_t attr;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void
end_watch(struct wire_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	(void)pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->watchdog, NULL);
}

enum ent_err
wire_start(const struct wire_options *opt, struct wire_server **out, struct ent_why *why)
{
	struct wire_server *s = ent_alloc(sizeof *s);
	s->app = opt->app;
	s->tls = opt->tls;
	set_limits(s, &opt->limits);
	init_locks(s);
	(void)signal(SIGPIPE, SIG_IGN);
	if (pool_start(&s->pool, s->limits.workers) != ENT_OK) {
		free(s);
		return ent_fail(ENT_EINTERNAL, why, "cannot start a thread");
	}
	if (pthread_create(&s->watchdog, NULL, conn_watch, s) != 0) {
		pool_stop(&s->pool);
		free(s);
		return ent_fail(ENT_EINTERNAL, why, "cannot start a thread");
	}
	int fd = dup(opt->fd); /* libmicrohttpd closes its own */
	s->daemon = fd < 0 ? NULL : start_daemon(s, fd);
	if (s->daemon == NULL) {
		end_watch(s);
		pool_stop(&s->pool);
		free(s);
		return ent_fail(ENT_EINTERNAL, why, "the HTTP server does not start");
	}
	*out = s;
	return ENT_OK;
}

void
wire_stop(struct wire_server *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->draining = true;
	/* Workers end their requests: each wait on a partner or the keeper has its own limit. */
	while (s->requests > 0)
		(void)pthread_cond_wait(&s->changed, &s->lock);
	s->closed = true;
	pthread_mutex_unlock(&s->lock);
	MHD_stop_daemon(s->daemon); /* closes the listening socket too */
	pool_stop(&s->pool);
	end_watch(s);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_cond_destroy(&s->changed);
	free(s);
}
