/* SPDX-License-Identifier: Apache-2.0
 *
 * wire: all network I/O.  The command line's client of a node's local socket; the node's two
 * listeners (wire_server); the node's way to its partners (wire_peers).
 */
#ifndef ENT_WIRE_WIRE_H
#define ENT_WIRE_WIRE_H

#include "ops/ops.h"

/* Maxima, in bytes unless said otherwise. */
#define WIRE_BODY_MAX ((size_t)8 << 20)	   /* a JSON request, local or from a partner */
#define WIRE_ANSWER_MAX ((size_t)64 << 20) /* an answer, at the one who asked */
#define WIRE_REQUEST_HEADER_MAX 16384	   /* the request of a streamed body, as base64url */
#define WIRE_SOCKET "run/node.sock"	   /* below the node's folder */

/* ---- the command line's client ------------------------------------------------------------------ */

struct wire_call {
	const char *dir;	  /* the node's folder */
	const char *token;	  /* of the session, or NULL: the uid of the caller */
	const char *path;	  /* "/v1/search" */
	const struct js *request;
	int body_fd;		  /* a body to stream after the request, or -1 */
	uint64_t body_size;	  /* its bytes where known, for the bar; else 0 */
	void (*progress)(void *ctx, const struct js *what); /* NULL: not asked for */
	void *progress_ctx;
};

/* Send and wait.  *answer is owned by the caller; raw bytes come as {"type", "bytes": b64u}.
 * EDOWN: nobody listens; ETOOBIG; else the node's own error with its text and clause in why. */
ENT_CHECK enum ent_err wire_call(const struct wire_call *c, struct js **answer,
    struct ent_why *why);

/* ---- TLS between nodes: spec/4-exchange.md ------------------------------------------------------ */

/* A TLS key made here, certified by the identity key in the keeper, and its two certificates.
 * Renewed while the node runs, since a certificate lives seven days; handshakes under way go on with
 * the one that they began with. */
struct wire_tls;
#define WIRE_TLS_RENEW (3 * ENT_DAY)

/* Ask the keeper (through ops) to certify: as keeper_certify_tls. */
typedef enum ent_err wire_certify(void *ctx, struct bytes spki, ent_time now, struct buf *leaf,
    struct buf *ca, struct ent_why *why);
ENT_CHECK enum ent_err wire_tls_new(wire_certify *certify, void *ctx, ent_time now,
    struct wire_tls **out, struct ent_why *why);
ENT_CHECK enum ent_err wire_tls_renew(struct wire_tls *t, ent_time now, struct ent_why *why);
ent_time wire_tls_made(struct wire_tls *t); /* when the current one was made */
void wire_tls_free(struct wire_tls *t);	    /* after the servers that use it; may be NULL */

/* ---- the node's listeners ----------------------------------------------------------------------- */

/* What a server hands its requests to; ops in a node, a table of their own in tests. */
struct wire_app {
	struct node *node;
	void *ctx; /* of partner */
	const struct op_row *(*row)(const char *method, const char *path);
	enum ent_err (*dispatch)(struct op_call *c);
	/* Is this identity key pinned, and whose is it?  Called inside a handshake: quick. */
	bool (*partner)(void *ctx, const uint8_t identity[static CRYPTO_SIGN_PK],
	    char code[static CODE_MAX]);
	enum ent_err (*by_session)(struct node *n, const char *token, struct op_caller *out,
	    struct ent_why *why);
	enum ent_err (*by_uid)(struct node *n, int64_t uid, struct op_caller *out,
	    struct ent_why *why);
};

/* Zero takes the default, which is named beside it.  stack.md's figures, held by tests. */
struct wire_limits {
	unsigned connections;	 /* 256, at once */
	unsigned per_ip;	 /* 64, at once, partners only */
	unsigned workers;	 /* WIRE_LOCAL_WORKERS or WIRE_PEER_WORKERS */
	unsigned first_ms;	 /* 10000: handshake and first request, wholly received */
	unsigned next_ms;	 /* 30000: from the end of a request to the end of the next */
	unsigned stream_ms;	 /* 120000: from one piece of a streamed body to the next */
	unsigned send_ms;	 /* 30000, and a second more for each 64 KiB of the answer */
};
#define WIRE_LOCAL_WORKERS 64
#define WIRE_PEER_WORKERS 16

struct wire_server;

/* A listening socket, made before privileges are dropped and the sandbox closes.  The local one is
 * dir/WIRE_SOCKET, mode 0666: who calls is asked of the kernel, or shown by a session's token. */
ENT_CHECK enum ent_err wire_listen_local(const char *dir, int *fd, struct ent_why *why);
ENT_CHECK enum ent_err wire_listen_tcp(const char *host_port, int *fd, struct ent_why *why);

struct wire_options {
	int fd;			/* listening; stays the caller's, who closes it after wire_stop */
	struct wire_tls *tls;	/* NULL: the local socket */
	struct wire_app app;
	struct wire_limits limits;
};
ENT_CHECK enum ent_err wire_start(const struct wire_options *opt, struct wire_server **out,
    struct ent_why *why);
/* Take no new connections, finish what has begun, then end; streamed bodies that are still coming
 * are broken off.  May be NULL. */
void wire_stop(struct wire_server *s);

/* ---- the node's way to its partners ------------------------------------------------------------- */

struct wire_peers;

/* dir: the node's folder; key and pins rest in dir/run, mode 0600, as libcurl wants files. */
ENT_CHECK enum ent_err wire_peers_new(const char *dir, struct wire_peers **out,
    struct ent_why *why);
/* Show this certificate from now on; connections that are open keep theirs. */
ENT_CHECK enum ent_err wire_peers_identify(struct wire_peers *p, struct wire_tls *t,
    struct ent_why *why);
struct transport wire_peers_transport(struct wire_peers *p); /* any thread may use it */
void wire_peers_free(struct wire_peers *p);		      /* removes the files; may be NULL */

#endif
