/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/inner: the parts of a server, private to wire.
 *
 * Threads: libmicrohttpd's loops own connections and never block; a pool of workers runs the
 * operations; a watchdog ends connections that take too long.  A request is shared by its connection
 * and its worker and counted; what both touch lies under its lock.  Order of locks: a request's, then
 * the server's.
 */
#ifndef ENT_WIRE_INNER_H
#define ENT_WIRE_INNER_H

#include "wire/wire.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>

#define WIRE_RING ((size_t)1 << 20)	/* bytes of a streamed body that wait for its operation */
#define WIRE_LINES_MAX ((size_t)1 << 20) /* bytes of progress that wait for the caller */
#define WIRE_MEMORY ((size_t)64 << 10)	/* a connection's, all headers included */
#define WIRE_TICK_MS 200		/* the watchdog's round */

struct req;

/* One connection, as long as libmicrohttpd keeps it.  deadline under the server's lock. */
struct conn {
	struct wire_server *server;
	struct conn *next, *prev;
	int fd;
	int64_t deadline;	/* monotonic microseconds; 0: none, a worker has the request */
	int64_t uid;		/* of a local caller, else -1 */
	bool verified;		/* a partner whose pinned key stands behind the certificate */
	char code[CODE_MAX];	/* that partner's */
};

enum req_body { BODY_WHOLE, BODY_STREAM };

struct req {
	struct conn *conn;	/* the loop's; the worker's only under the lock and while not gone */
	struct wire_server *server;
	int64_t uid;
	char code[CODE_MAX];
	struct MHD_Connection *mhd;
	const struct op_row *row;
	char *token;		/* owned, wiped */
	bool lines;		/* the caller wants NDJSON */
	enum req_body kind;
	struct buf body;	/* BODY_WHOLE: as received; BODY_STREAM: the request's JSON */
	size_t too_much;	/* bytes thrown away beyond the maximum */
	bool handed;		/* a worker has or had it */
	bool answered;		/* a response is queued */

	pthread_mutex_t lock;
	pthread_cond_t came;	/* bytes, the end, or the loss of a streamed body */
	unsigned refs;
	bool suspended, gone, done, body_end;
	uint8_t *ring;		/* BODY_STREAM */
	size_t ring_at, ring_n;
	struct buf out;		/* the answer, or the lines not sent yet */
	int status;		/* HTTP */
	char *type;		/* Content-Type, owned; NULL: JSON */

	struct req *next;	/* in the pool's queue */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct req *head, **tail;
	pthread_t *threads;	/* owned, max of them */
	unsigned max, started, idle;
	bool stop;
};

struct wire_server {
	struct MHD_Daemon *daemon;
	struct wire_app app;
	struct wire_tls *tls;
	struct wire_limits limits;
	struct pool pool;
	pthread_t watchdog;
	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t changed;
	struct conn *conns;
	unsigned requests;	/* begun and not completed */
	bool draining, closed, stop; /* closed: the last request has ended, and none begins */
	int64_t told;		/* when a refused handshake was last logged */
	unsigned untold;	/* and how many since */
};

/* conn.c */
void conn_notify(void *ctx, struct MHD_Connection *mhd, void **socket_context,
    enum MHD_ConnectionNotificationCode code);
void conn_deadline(struct conn *c, unsigned ms); /* 0: none */
void *conn_watch(void *server);

/* request.c: libmicrohttpd's callbacks */
enum MHD_Result request_handle(void *ctx, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *size, void **state);
void request_completed(void *ctx, struct MHD_Connection *mhd, void **state,
    enum MHD_RequestTerminationCode code);
size_t request_unescape(void *ctx, struct MHD_Connection *mhd, char *s);
void request_put(struct req *r); /* drops a reference */
void request_resume_locked(struct req *r);
bool server_draining(struct wire_server *s);

/* work.c */
ENT_CHECK enum ent_err pool_start(struct pool *p, unsigned max);
void pool_stop(struct pool *p);
void pool_push(struct wire_server *s, struct req *r);

/* tls.c */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *ca, int ca_n,
    const gnutls_pk_algorithm_t *algos, int algos_n, gnutls_pcert_st **pcert, unsigned *pcert_n,
    gnutls_privkey_t *key);
/* Holds the chain that the other side shows against what is pinned: ENT_OK and the partner's code;
 * EPIN with the reason.  chain: the leaf, then the CA shell around the identity key, DER. */
ENT_CHECK enum ent_err tls_check_chain(const gnutls_datum_t *chain, unsigned n,
    const struct wire_app *app, char code[static CODE_MAX], struct ent_why *why);
/* A CA certificate around a partner's pinned key, for libcurl: PEM, appended. */
ENT_CHECK enum ent_err tls_shell(const char *code, const uint8_t identity[static CRYPTO_SIGN_PK],
    struct buf *pem, struct ent_why *why);
/* Key and chain as PEM, appended. */
ENT_CHECK enum ent_err tls_export(struct wire_tls *t, struct buf *key, struct buf *chain,
    struct ent_why *why);

#endif
