/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/serve: a node from start to stop, in one process beside its keeper.
 */
#ifndef ENT_CMD_SERVE_H
#define ENT_CMD_SERVE_H

#include "cmd/conf.h"
#include "cmd/owner.h"

struct serve_options {
	const char *dir;
	struct conf conf;
	const struct owner *owner; /* NULL: stay who we are */
	bool seccomp_only;
	struct bytes passphrase;   /* wiped by the caller once `ready` was called or serve_run ended */
	/* Called once the node answers; the passphrase is of no more use then. */
	void (*ready)(void *ctx);
	void *ctx;
};

/* Serve until SIGTERM or SIGINT (ENT_OK) or until the keeper ends (EKEEPER).  EEXISTS: the node runs
 * already. */
ENT_CHECK enum ent_err serve_run(const struct serve_options *opt, struct ent_why *why);

#endif
