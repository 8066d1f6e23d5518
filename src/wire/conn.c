/* SPDX-License-Identifier: Apache-2.0
 *
 * A server's connections: who is at the other end, and how long it may take.
 */
#include "wire/inner.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

void
conn_deadline(struct conn *c, unsigned ms)
{
	pthread_mutex_lock(&c->server->lock);
	c->deadline = ms == 0 ? 0 : clock_mono_us() + (int64_t)ms * 1000;
	pthread_mutex_unlock(&c->server->lock);
}

/* Refused handshakes are told of at most once a second, so that nobody can fill the log. */
static void
tell_refused(struct wire_server *s, const struct ent_why *why)
{
	unsigned more = 0;
	bool tell = false;
	int64_t now = clock_mono_us();
	pthread_mutex_lock(&s->lock);
	if (s->told == 0 || now - s->told >= 1000000) {
		more = s->untold;
		s->untold = 0;
		s->told = now;
		tell = true;
	} else {
		s->untold++;
	}
	pthread_mutex_unlock(&s->lock);
	if (tell)
		log_event(LOG_WARN, "wire.handshake.refused", "why=\"%s\" more=%u", why->text, more);
}

/* GnuTLS calls this at the end of a handshake; anything but 0 ends it. */
static int
verify_peer(gnutls_session_t session)
{
	struct conn *c = gnutls_session_get_ptr(session);
	struct ent_why why = { 0 };
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
	if (chain == NULL)
		(void)ent_fail(ENT_EPIN, &why, "the caller shows no certificate");
	else if (tls_check_chain(chain, n, &c->server->app, c->code, &why) == ENT_OK)
		c->verified = true;
	if (c->verified)
		return 0;
	tell_refused(c->server, &why);
	return GNUTLS_E_CERTIFICATE_ERROR;
}

static void
prepare_tls(struct conn *c, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info == NULL)
		return; /* then verified stays false, and every request is refused */
	gnutls_session_t session = info->tls_session;
	gnutls_session_set_ptr(session, c);
	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
	gnutls_session_set_verify_function(session, verify_peer);
}

static void
conn_open(struct wire_server *s, struct MHD_Connection *mhd, void **socket_context)
{
	struct conn *c = ent_alloc(sizeof *c);
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	c->server = s;
	c->fd = info == NULL ? -1 : info->connect_fd;
	c->uid = -1;
	if (s->tls != NULL) {
		prepare_tls(c, mhd);
	} else {
		struct ucred cred;
		socklen_t n = sizeof cred;
		if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 && n == sizeof cred)
			c->uid = (int64_t)cred.uid;
	}
	pthread_mutex_lock(&s->lock);
	c->deadline = clock_mono_us() + (int64_t)s->limits.first_ms * 1000;
	c->next = s->conns;
	if (c->next != NULL)
		c->next->prev = c;
	s->conns = c;
	pthread_mutex_unlock(&s->lock);
	*socket_context = c;
}

static void
conn_close(struct wire_server *s, void **socket_context)
{
	struct conn *c = *socket_context;
	if (c == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	pthread_mutex_unlock(&s->lock);
	*socket_context = NULL;
	free(c);
}

void
conn_notify(void *ctx, struct MHD_Connection *mhd, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		conn_open(ctx, mhd, socket_context);
	else
		conn_close(ctx, socket_context);
}

/* Time in which the node itself did not run - a machine that swaps, a frozen guest - is nobody's
 * delay: what a caller sent meanwhile has not been read yet.  Known by the watchdog's own lateness. */
static void
forgive(struct wire_server *s, int64_t slept)
{
	int64_t tick = (int64_t)WIRE_TICK_MS * 1000, late = slept - tick;
	if (late <= tick)
		return;
	log_event(LOG_WARN, "wire.late", "ms=%lld", (long long)(late / 1000));
	for (struct conn *c = s->conns; c != NULL; c = c->next)
		if (c->deadline != 0)
			c->deadline += late;
}

/* Shut down what is late.  libmicrohttpd's own timeout is one of inactivity, which a byte a second
 * keeps awake for ever.  The descriptor is still the connection's: conn_close runs before it is
 * closed, under the same lock. */
void *
conn_watch(void *server)
{
	struct wire_server *s = server;
	int64_t last = clock_mono_us();
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		struct timespec until;
		int64_t now = clock_mono_us();
		forgive(s, now - last);
		last = now;
		for (struct conn *c = s->conns; c != NULL; c = c->next)
			if (c->deadline != 0 && now > c->deadline && c->fd >= 0) {
				if (s->tls == NULL) /* callers from outside could fill the log */
					log_event(LOG_WARN, "wire.cut", "why=\"a caller was too slow\"");
				(void)shutdown(c->fd, SHUT_RDWR);
				c->deadline = 0;
			}
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += WIRE_TICK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		(void)pthread_cond_timedwait(&s->changed, &s->lock, &until);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}
