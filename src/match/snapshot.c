/* SPDX-License-Identifier: Apache-2.0
 *
 * The base's bytes out, and in again.
 */
#include "match/view.h"

#include <stdlib.h>

#define PUT_BYTES ((size_t)1 << 20)

enum ent_err
match_save(struct match_index *x,
    enum ent_err (*put)(void *ctx, uint64_t all, struct bytes part, struct ent_why *why), void *ctx,
    struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	match_settle(x);
	pthread_mutex_lock(&x->merge_lock); /* the base stays while it is read */
	pthread_mutex_lock(&x->lock);
	const struct held *base = x->helds > 0 && x->held[0]->recent == NULL ? x->held[0] : NULL;
	/* a record removed since must not go out with it */
	bool stale = base == NULL || base->gone > 0;
	x->merging = true; /* nor be wiped while it does: see wipe_all */
	pthread_mutex_unlock(&x->lock);
	if (stale)
		err = ent_fail(ENT_EBUSY, why, "the index is empty, or records were removed meanwhile");
	for (size_t at = 0; err == ENT_OK && at < base->block.n; at += PUT_BYTES) {
		size_t n = base->block.n - at < PUT_BYTES ? base->block.n - at : PUT_BYTES;
		err = put(ctx, base->block.n, bytes_of((const uint8_t *)base->block.p + at, n), why);
	}
	pthread_mutex_lock(&x->lock);
	x->merging = false;
	x->removed_n = 0;
	wipe_all(x);
	pthread_mutex_unlock(&x->lock);
	pthread_mutex_unlock(&x->merge_lock);
	return err;
}

struct match_image
match_image_new(size_t n)
{
	struct block b = n == 0 ? (struct block){ NULL, 0 } : block_new(n);
	return (struct match_image){ b.p, b.n };
}

void
match_image_free(struct match_image *m)
{
	struct block b = { m->p, m->n };
	block_free(&b);
	*m = (struct match_image){ NULL, 0 };
}

enum ent_err
match_load_take(struct match_index *x, struct match_image *m, struct ent_why *why)
{
	struct part checked;
	bool stale = false;
	enum ent_err err = part_open(&checked, m->p, m->n, why);
	if (err == ENT_OK && checked.frequency_slots == 0)
		err = ent_fail(ENT_ESYNTAX, why, "the index snapshot is damaged");
	if (err == ENT_OK) {
		pthread_mutex_lock(&x->lock);
		if (x->helds > 0) {
			err = ent_fail(ENT_ESTATE, why, "the index holds records already");
		} else {
			struct held *h = held_of_block((struct block){ m->p, m->n });
			x->held[x->helds++] = h;
			x->epoch = (struct epoch){ .names = h->p->epoch_names, .slots = h->p->frequency,
				.slots_n = h->p->frequency_slots };
			atomic_store(&x->records, h->p->records);
			atomic_store(&x->names, h->p->names);
			view_publish(x);
			*m = (struct match_image){ NULL, 0 };
		}
		stale = merge_stale(x);
		pthread_mutex_unlock(&x->lock);
	}
	if (stale) /* saved before statistics of names were loaded, or dropped */
		match_settle(x);
	if (err != ENT_OK)
		match_image_free(m);
	return err;
}
