/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging: parts that grew full become segments, small segments larger ones, and when the register has
 * grown by half or more, all becomes a new base, whose frequencies hold until the next: an epoch.
 *
 * A merge reads parts that no longer change and takes index.lock only to begin and to put its segment
 * in their place.  Records removed meanwhile are removed from the segment before it is seen.
 */
#include "match/view.h"

#include <stdlib.h>

#define GROWN_LEAST 16u
#define WIDE_NAMES 65536u   /* from here on a base is made when the register is three times as large */
#define TIER_NAMES 4096u
#define TIER_PARTS 4u
#define CATCH_UP_NAMES 256u /* so many are merged while adds wait */
#define CATCH_UP_ROUNDS 8u

static uint64_t
names_of(const struct held *h)
{
	return h->recent != NULL ? atomic_load(&h->recent->names) : h->p->names;
}

static bool
grown(const struct match_index *x)
{
	uint64_t names = atomic_load(&x->names), was = x->epoch.names;
	uint64_t by = was < WIDE_NAMES ? was / 2 : was * 2;
	return names > was + by + GROWN_LEAST;
}

/* Parts that adds have filled: all recent ones but the last. */
static size_t
full_parts(const struct match_index *x)
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < x->helds; i++)
		n += x->held[i]->recent != NULL;
	return n;
}

bool
merge_due(const struct match_index *x)
{
	return !x->merging && (grown(x) || full_parts(x) > 0 || x->wipes > 256);
}

bool
merge_stale(const struct match_index *x)
{
	return x->epoch.names > 0 && x->helds > 0 && x->held[0]->recent == NULL &&
	    x->held[0]->p->population != match_population_print(atomic_load(&x->population));
}

/* ---- one merge ----------------------------------------------------------------------------------------- */

/* What one segment is made of. */
struct job {
	size_t from, n; /* of held */
	size_t removed; /* removals before this one were of records that these parts do not have any more */
	struct held *made;
};

struct merge {
	struct match_index *x;
	bool base;
	struct job job[CATCH_UP_ROUNDS + 1];
	size_t jobs;
	struct epoch epoch;
	struct held *source[VIEW_PARTS_MAX], *old[VIEW_PARTS_MAX * 2];
	size_t olds;
};

/* Size classes: each four times the one before. */
static unsigned
tier(uint64_t names)
{
	unsigned t = 0;
	for (; names > TIER_NAMES; names /= 4)
		t++;
	return t;
}

/* How many segments before `at` are of that tier or less; a base, the first, is of none. */
static size_t
alike_before(const struct match_index *x, size_t at, unsigned t)
{
	size_t n = 0;
	while (n < at && at - n > (x->epoch.names > 0) && tier(names_of(x->held[at - n - 1])) <= t)
		n++;
	return n;
}

/* The parts to merge: all; or those filled, and as often as there are enough segments of one size before
 * them, those too. */
static void
choose(struct merge *m, struct job *j)
{
	struct match_index *x = m->x;
	size_t to = m->base ? x->helds : x->helds > 0 ? x->helds - 1 : 0;
	uint64_t names = 0;
	j->from = m->base ? 0 : to;
	while (j->from > 0 && x->held[j->from - 1]->recent != NULL)
		names += names_of(x->held[--j->from]);
	for (size_t n; !m->base && (n = alike_before(x, j->from, tier(names))) + 1 >= TIER_PARTS;)
		for (; n > 0; n--)
			names += names_of(x->held[--j->from]);
	j->n = to - j->from;
	for (size_t i = j->from; i < to; i++)
		x->held[i]->frozen = true;
}

static void
build(struct merge *m, struct job *j, bool base)
{
	const struct part *parts[VIEW_PARTS_MAX];
	for (size_t i = 0; i < j->n; i++)
		parts[i] = m->source[j->from + i]->p;
	j->made = held_of_block(segment_build(parts, j->n, &m->epoch, base,
	    atomic_load(&m->x->population)));
	if (base)
		m->epoch = (struct epoch){ .names = j->made->p->epoch_names,
			.slots = j->made->p->frequency, .slots_n = j->made->p->frequency_slots };
}

/* What came while the base was built gets its frequencies too, the last of it under lock. */
static void
catch_up(struct merge *m)
{
	struct match_index *x = m->x;
	for (bool last = false; !last;) {
		size_t done = m->job[m->jobs - 1].from + m->job[m->jobs - 1].n;
		uint64_t names = 0;
		struct job *j = &m->job[m->jobs];
		pthread_mutex_lock(&x->lock);
		*j = (struct job){ .from = done, .n = x->helds - done, .removed = x->removed_n };
		for (size_t i = done; i < x->helds; i++) {
			names += names_of(x->held[i]);
			x->held[i]->frozen = true;
			m->source[i] = x->held[i];
		}
		last = names <= CATCH_UP_NAMES || m->jobs == CATCH_UP_ROUNDS;
		if (!last)
			pthread_mutex_unlock(&x->lock);
		if (j->n > 0) {
			build(m, j, false);
			m->jobs++;
		}
	}
}

/* Under lock: records removed since go from what was made of their parts. */
static void
remove_removed(struct merge *m)
{
	struct match_index *x = m->x;
	for (size_t i = 0; i < x->removed_n; i++) {
		for (size_t k = 0; k < m->jobs; k++) {
			const struct job *j = &m->job[k];
			bool source = false;
			if (i < j->removed)
				continue; /* the id may be that of a later form, which lives */
			for (size_t s = j->from; s < j->from + j->n; s++)
				source |= m->source[s] == x->removed[i].held;
			uint32_t record = source ? part_find(j->made->p, x->removed[i].id) : NO_RECORD;
			if (record != NO_RECORD)
				wipe_later(x, j->made, record);
		}
	}
	if (x->removed_n > 0)
		explicit_bzero(x->removed, x->removed_n * sizeof *x->removed);
	x->removed_n = 0;
}

/* Under lock: what was made in the place of what it was made of. */
static void
put_in_place(struct merge *m)
{
	struct match_index *x = m->x;
	size_t from = m->job[0].from, n = from, kept = 0;
	const struct job *end = &m->job[m->jobs - 1];
	for (size_t i = from; i < end->from + end->n; i++)
		m->old[m->olds++] = m->source[i];
	for (size_t i = 0; i < x->wipes; i++) {
		bool gone = false;
		for (size_t k = 0; k < m->olds; k++)
			gone |= x->wipe[i].held == m->old[k];
		if (!gone)
			x->wipe[kept++] = x->wipe[i];
	}
	x->wipes = kept;
	for (size_t k = 0; k < m->jobs; k++) {
		if (m->job[k].made->p->records > 0)
			x->held[n++] = m->job[k].made;
		else
			m->old[m->olds++] = m->job[k].made;
	}
	for (size_t i = end->from + end->n; i < x->helds; i++)
		x->held[n++] = x->held[i];
	x->helds = n;
	if (m->base && m->job[0].made->p->records > 0)
		x->epoch = m->epoch;
	else if (m->base)
		x->epoch = (struct epoch){ .names = 0 };
}

void
merge_run(struct match_index *x, bool all)
{
	struct merge *m = ent_alloc(sizeof *m);
	m->x = x;
	pthread_mutex_lock(&x->merge_lock);
	pthread_mutex_lock(&x->lock);
	m->base = all || grown(x);
	choose(m, &m->job[0]);
	m->epoch = x->epoch;
	memcpy(m->source, x->held, sizeof m->source);
	if (m->job[0].n == 0) {
		wipe_all(x);
		pthread_mutex_unlock(&x->lock);
		pthread_mutex_unlock(&x->merge_lock);
		free(m);
		return;
	}
	wipe_all(x);
	x->merging = true;
	pthread_mutex_unlock(&x->lock);
	build(m, &m->job[0], m->base);
	m->jobs = 1;
	if (m->base)
		catch_up(m); /* comes back with the lock held */
	else
		pthread_mutex_lock(&x->lock);
	remove_removed(m);
	put_in_place(m);
	view_publish(x);
	struct view *old = views_replaced(x);
	atomic_fetch_add(&x->merges, 1);
	x->merging = false;
	pthread_mutex_unlock(&x->lock);
	readers_wait(x);
	views_free(old);
	for (size_t i = 0; i < m->olds; i++)
		held_free(m->old[i]);
	pthread_mutex_lock(&x->lock);
	wipe_all(x);
	pthread_mutex_unlock(&x->lock);
	pthread_mutex_unlock(&x->merge_lock);
	free(m);
}

void
match_settle(struct match_index *x)
{
	merge_run(x, true);
}

/* ---- a thread of its own ------------------------------------------------------------------------------- */

static void *
keep_merging(void *arg)
{
	struct match_index *x = arg;
	pthread_mutex_lock(&x->lock);
	while (!x->stop) {
		if (!merge_due(x)) {
			pthread_cond_wait(&x->wake, &x->lock);
			continue;
		}
		pthread_mutex_unlock(&x->lock);
		merge_run(x, false);
		pthread_mutex_lock(&x->lock);
	}
	pthread_mutex_unlock(&x->lock);
	return NULL;
}

enum ent_err
match_merger_start(struct match_index *x, struct ent_why *why)
{
	if (x->started)
		return ENT_OK;
	if (pthread_create(&x->thread, NULL, keep_merging, x) != 0)
		return ent_fail(ENT_EINTERNAL, why, "the index's merging thread cannot be started");
	pthread_mutex_lock(&x->lock);
	x->started = true;
	pthread_mutex_unlock(&x->lock);
	return ENT_OK;
}

void
match_merger_stop(struct match_index *x)
{
	if (!x->started)
		return;
	pthread_mutex_lock(&x->lock);
	x->stop = true;
	pthread_cond_signal(&x->wake);
	pthread_mutex_unlock(&x->lock);
	pthread_join(x->thread, NULL);
	x->started = x->stop = false;
}
