/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper/client: one exchange with the keeper.  Private.
 */
#ifndef ENT_KEEPER_CLIENT_H
#define ENT_KEEPER_CLIENT_H

#include "keeper/frame.h"
#include "keeper/keeper.h"

struct exchange {
	uint8_t request[FRAME_MAX], reply[FRAME_MAX];
	struct cursor in;  /* over the reply's body, after client_call */
	struct cursor out; /* over the request's body, after client_begin */
	enum keeper_msg msg;
	int passed_fd; /* -1, or borrowed */
};

void client_begin(struct exchange *x, enum keeper_msg msg);
/* Sends, waits, and takes a refusal apart.  A request that did not fit its frame is EFIELD. */
ENT_CHECK enum ent_err client_call(struct keeper *k, struct exchange *x, struct ent_why *why);
/* The frame part of it: refusal or body, of a reply of n bytes. */
ENT_CHECK enum ent_err client_read(struct exchange *x, size_t n, uint64_t id, struct ent_why *why);

#endif
