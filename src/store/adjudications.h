/* SPDX-License-Identifier: Apache-2.0
 *
 * store/adjudications: what named persons decided on matches of a query and a record.  A decision rests
 * sealed under the record's own data key and goes with it; nothing of the query stands in a column, no
 * hash of it either: to find out whether a query was decided on, those of the record are opened.
 */
#ifndef ENT_STORE_ADJUDICATIONS_H
#define ENT_STORE_ADJUDICATIONS_H

#include "store/store.h"

#define ADJUDICATION_MAX ((size_t)16 << 10) /* bytes of one */
#define ADJUDICATIONS_READ 256		    /* the newest of a record that are looked at */

enum verdict {
	VERDICT_NONE = 0,
#define VERDICT(num, name, text, what) VERDICT_##name = num,
#include "spec/registry/verdicts.def"
#undef VERDICT
};
const char *verdict_name(enum verdict v); /* "" for none */
enum verdict verdict_of(const char *s);	  /* NONE if unknown or NULL */

struct adjudication_row {
	struct ent_id id, record;
	ent_time decided_at;
};

/* Grant: ADJUDICATE.  ENOTFOUND: the record's key is gone; ETOOBIG over ADJUDICATION_MAX. */
ENT_CHECK enum ent_err adjudication_put(struct store_tx *tx, const struct grant *g,
    const struct adjudication_row *row, struct bytes body, struct ent_why *why);
/* body is borrowed for the call and wiped after it.  An error stops and is returned. */
typedef enum ent_err adjudication_fn(void *ctx, const struct adjudication_row *row,
    struct bytes body, struct ent_why *why);
/* The newest of a record first, up to max and ADJUDICATIONS_READ.  Grant: READ, SEARCH or SCREEN. */
ENT_CHECK enum ent_err adjudication_each(struct store_tx *tx, const struct grant *g,
    const struct ent_id *record, int max, adjudication_fn *fn, void *ctx, struct ent_why *why);

#endif
