/* SPDX-License-Identifier: Apache-2.0 */
#include "match/view.h"

#include <sched.h>
#include <stdlib.h>

struct reader *
reader_enter(struct match_index *x, const struct view **v)
{
	size_t at = ((size_t)pthread_self() >> 12) * 0x9e3779b97f4a7c15u >> 40;
	for (size_t tries = 0;; tries++, at++) {
		struct reader *r = &x->reader[at % READERS];
		uint64_t none = 0, turn = atomic_load(&x->turn);
		if (atomic_load_explicit(&r->since, memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_strong(&r->since, &none, turn)) {
			*v = atomic_load(&x->view);
			if (r->hunt == NULL)
				r->hunt = hunt_new();
			return r;
		}
		if (tries % READERS == READERS - 1)
			sched_yield(); /* more searches at once than slots */
	}
}

void
reader_leave(struct reader *r)
{
	atomic_store_explicit(&r->since, 0, memory_order_release);
}

void
view_publish(struct match_index *x)
{
	struct view *v = ent_alloc(sizeof *v);
	for (size_t i = 0; i < x->helds; i++) {
		if (x->held[i]->recent == NULL && x->held[i]->part.serial == 0)
			x->held[i]->part.serial = ++x->serials; /* no reader sees it yet */
		v->part[i] = x->held[i]->p;
	}
	v->n = x->helds;
	v->epoch = x->epoch;
	v->large_from = x->large_from;
	struct view *old = atomic_exchange(&x->view, v);
	if (old == NULL)
		return;
	old->next = x->replaced;
	x->replaced = old;
}

struct view *
views_replaced(struct match_index *x)
{
	struct view *v = x->replaced;
	x->replaced = NULL;
	return v;
}

void
views_free(struct view *v)
{
	while (v != NULL) {
		struct view *next = v->next;
		free(v);
		v = next;
	}
}

void
readers_wait(struct match_index *x)
{
	uint64_t turn = atomic_fetch_add(&x->turn, 1);
	for (size_t i = 0; i < READERS; i++) {
		for (;;) {
			uint64_t since = atomic_load(&x->reader[i].since);
			if (since == 0 || since > turn)
				break;
			sched_yield();
		}
	}
}
