/* SPDX-License-Identifier: Apache-2.0
 *
 * store/names: statistics of names that an operator loaded.  Configuration, no data of persons: reading
 * takes no grant, changing takes NAMES.
 */
#ifndef ENT_STORE_NAMES_H
#define ENT_STORE_NAMES_H

#include "store/store.h"

#define NAME_SET_MAX ((size_t)96 << 20) /* bytes of one */

struct name_set_row {
	struct ent_id id;
	char format[16];
	int64_t rules, rows, entries;
	ent_time loaded_at;
	struct ent_id loaded_by;
};
/* Grant: NAMES.  ETOOBIG. */
ENT_CHECK enum ent_err name_set_put(struct store_tx *tx, const struct grant *g,
    const struct name_set_row *row, struct bytes body, struct ent_why *why);
/* Grant: NAMES.  ENOTFOUND. */
ENT_CHECK enum ent_err name_set_drop(struct store_tx *tx, const struct grant *g, const struct ent_id *id,
    struct ent_why *why);
/* body: NULL unless bodies are asked for; borrowed for the call. */
typedef enum ent_err name_set_fn(void *ctx, const struct name_set_row *row, struct bytes body,
    struct ent_why *why);
ENT_CHECK enum ent_err name_sets(struct store_tx *tx, bool bodies, name_set_fn *fn, void *ctx,
    struct ent_why *why);

#endif
