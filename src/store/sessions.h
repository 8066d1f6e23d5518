/* SPDX-License-Identifier: Apache-2.0
 *
 * store/sessions: what people.c needs of sessions.c.  Both implement people.h.
 */
#ifndef ENT_STORE_SESSIONS_H
#define ENT_STORE_SESSIONS_H

#include "store/store.h"

/* End all sessions of a user, keys too. */
ENT_CHECK enum ent_err sessions_end_of(struct store_tx *tx, const struct ent_id *user,
    struct ent_why *why);

#endif
