/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/record_call: what the operations on the register share.  Private to ops.
 */
#ifndef ENT_OPS_RECORD_CALL_H
#define ENT_OPS_RECORD_CALL_H

#include "ops/node.h"
#include "store/records.h"

/* A record on its way into the store; all of it in the call's arena. */
struct record_call {
	struct record *rec; /* without the columns of its source rows, which are in body alone */
	struct bytes body;
	struct record_row row;
};

/* The identifier in field `key` (codes only: opens nothing), its codes into *row, and from these what
 * policy needs: label, type; also the entry's object.  EFIELD, ENOTFOUND. */
ENT_CHECK enum ent_err record_call_target(struct op_call *c, const char *key, struct record_row *row);
/* Check a whole body that a caller gave, under this id and version, and make the bytes to store, with
 * a fresh salt.  Sets policy's question and the entry's object and digest (which the salt makes
 * blind). */
ENT_CHECK enum ent_err record_call_take(struct op_call *c, const struct js *given,
    const struct ent_id *id, int64_t version, struct record_call *out);
/* Open a visible record within run; *body is owned by the caller. */
ENT_CHECK enum ent_err record_call_open(struct op_call *c, const struct ent_id *id,
    struct record_row *row, struct js **body);
/* Refuses what another service originated. */
ENT_CHECK enum ent_err record_call_own(struct op_call *c, const struct record_row *row);
/* Put next in the place of the version that was read, and answer id and version. */
ENT_CHECK enum ent_err record_call_replace(struct op_call *c, const struct record_row *was,
    struct record_call *next);
/* Codes and dates of a row, for lists; owned by the caller. */
struct js *record_call_codes(const struct record_row *row);

#endif
