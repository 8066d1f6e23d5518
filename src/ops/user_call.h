/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/user_call: what the operations on users share.  Private to ops.
 */
#ifndef ENT_OPS_USER_CALL_H
#define ENT_OPS_USER_CALL_H

#include "ops/node.h"
#include "store/people.h"

#define USER_PASSWORD_MAX 1024 /* bytes */

/* A user as an answer shows it; owned by the caller. */
struct js *user_call_show(const struct user_row *user);

/* The request's "password", if it has one, hashed: a tenth of a second, so only for a caller who has
 * the role, and outside of any transaction.  NULL if it has none; in the call's arena. */
ENT_CHECK enum ent_err user_call_password(struct op_call *c, struct user_password **out);

#endif
