/* SPDX-License-Identifier: Apache-2.0
 *
 * base/id: 128-bit identifiers, UUIDv7 (RFC 9562) made here and never by a database.
 */
#ifndef ENT_BASE_ID_H
#define ENT_BASE_ID_H

#include "base/time.h"

struct ent_id {
	uint8_t b[16];
};

#define ENT_ID_TEXT 37 /* with dashes and NUL */

/* A new id of that time; entropy is 10 random bytes. */
struct ent_id id_make(ent_time now, const uint8_t entropy[static 10]);
struct ent_id id_new(void); /* now, from the kernel's randomness; ops, wire, cmd and tests only */
void id_format(const struct ent_id *id, char out[static ENT_ID_TEXT]);
ENT_CHECK enum ent_err id_parse(struct str in, struct ent_id *out);
bool id_equal(const struct ent_id *a, const struct ent_id *b);
bool id_is_zero(const struct ent_id *a);

#endif
