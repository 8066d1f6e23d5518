/* SPDX-License-Identifier: Apache-2.0
 *
 * wire: all network I/O.  The command line's client of a node's local socket; the node's two
 * listeners (wire_server); the node's way to its partners (wire_peers).
 */
#ifndef ENT_WIRE_WIRE_H
#define ENT_WIRE_WIRE_H

#include "ops/ops.h"

/* Maxima, in bytes unless said otherwise (spec/7-api.md). */
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
	void (*progress)(void *ctx, const struct js *what); /* NULL: not asked for */
	void *progress_ctx;
};

/* Send and wait.  *answer is owned by the caller; raw bytes come as {"type", "bytes": b64u}.
 * EDOWN: nobody listens; ETOOBIG; else the node's own error with its text and clause in why. */
ENT_CHECK enum ent_err wire_call(const struct wire_call *c, struct js **answer,
    struct ent_why *why);

#endif
