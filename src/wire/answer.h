/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/answer: the JSON form of an error, {"error":{"code","name","text","clause"}}, both ways;
 * private to wire.
 */
#ifndef ENT_WIRE_ANSWER_H
#define ENT_WIRE_ANSWER_H

#include "base/js.h"

struct js *answer_of_error(enum ent_err err, const struct ent_why *why); /* owned by the caller */

/* The error that an answer's object tells of, with its text and clause in why; ENT_OK if it tells of
 * none.  An unknown code is EPEER. */
ENT_CHECK enum ent_err answer_error(const struct js *answer, struct ent_why *why);

#endif
