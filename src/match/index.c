/* SPDX-License-Identifier: Apache-2.0
 *
 * The index: records come, go and are counted.
 */
#include "match/view.h"

#include <stdlib.h>

#define LARGE_FROM 50000u /* names from which a register is large: MATCH_TRACE_LARGE */

struct match_index *
match_index_new(void)
{
	struct match_index *x = aligned_alloc(64, (sizeof *x + 63) & ~(size_t)63);
	ENT_ASSERT(x != NULL);
	memset(x, 0, sizeof *x);
	ENT_ASSERT(pthread_mutex_init(&x->lock, NULL) == 0);
	ENT_ASSERT(pthread_mutex_init(&x->merge_lock, NULL) == 0);
	ENT_ASSERT(pthread_cond_init(&x->wake, NULL) == 0);
	atomic_store(&x->turn, 1);
	x->large_from = LARGE_FROM;
	view_publish(x);
	return x;
}

struct held *
held_of_block(struct block b)
{
	struct held *h = ent_alloc(sizeof *h);
	h->block = b;
	h->p = &h->part;
	part_map(&h->part, b.p);
	h->part.gone = ent_alloc_array(h->part.records / 64 + 1, sizeof *h->part.gone);
	h->part.dead = ent_alloc_array(h->part.words / 64 + 1, sizeof *h->part.dead);
	return h;
}

static struct held *
held_of_recent(struct recent *r)
{
	struct held *h = ent_alloc(sizeof *h);
	h->recent = r;
	h->p = &r->part;
	return h;
}

void
held_free(struct held *h)
{
	if (h == NULL)
		return;
	recent_free(h->recent);
	if (h->recent == NULL) {
		free(h->part.gone);
		free(h->part.dead);
	}
	block_free(&h->block);
	free(h->live);
	free(h->written_live);
	free(h);
}

/* ---- adding and removing ------------------------------------------------------------------------------- */

/* Where the live record of an id is; under lock. */
static struct held *
find(const struct match_index *x, const char *id, uint32_t *record)
{
	for (size_t i = x->helds; i-- > 0;) {
		*record = part_find(x->held[i]->p, id);
		if (*record != NO_RECORD)
			return x->held[i];
	}
	return NULL;
}

/* A part with room for the record; under lock. */
static struct recent *
growing(struct match_index *x, const struct fresh *f)
{
	struct held *last = x->helds > 0 ? x->held[x->helds - 1] : NULL;
	if (last != NULL && last->recent != NULL && !last->frozen && recent_fits(last->recent, f))
		return last->recent;
	ENT_ASSERT(x->helds < VIEW_PARTS_MAX);
	struct recent *r = recent_new(f);
	x->held[x->helds++] = held_of_recent(r);
	/* who searches keeps the view before: an add waits for nobody */
	view_publish(x);
	return r;
}

static void
drop(struct match_index *x, struct held *held, uint32_t record, const char *id)
{
	struct part_facts f;
	part_facts(held->p, record, &f);
	atomic_fetch_sub(&x->records, 1);
	atomic_fetch_sub(&x->names, f.names_n);
	if (x->merging) { /* what is being built may hold it: it goes there too, before it is seen */
		if (x->removed_n == x->removed_cap) {
			x->removed_cap = x->removed_cap * 2 + 16;
			x->removed = ent_realloc(x->removed, x->removed_cap * sizeof *x->removed);
		}
		struct removed *r = &x->removed[x->removed_n++];
		r->held = held;
		memcpy(r->id, id, strlen(id) + 1);
	}
	wipe_later(x, held, record);
}

enum ent_err
match_add(struct match_index *x, const struct match_entry *e, size_t *left_out, struct ent_why *why)
{
	size_t id_n = e->id == NULL ? 0 : strlen(e->id);
	struct fresh f;
	uint32_t record = NO_RECORD;
	if (id_n == 0 || id_n > MATCH_ID_MAX)
		return ent_fail(ENT_EFIELD, why, "an id has 1 to %u bytes", MATCH_ID_MAX);
	if (e->names_n > MATCH_NAMES_MAX || e->weak_n > MATCH_NAMES_MAX - e->names_n ||
	    e->births_n > MATCH_BIRTHS_MAX || e->documents_n > MATCH_DOCUMENTS_MAX ||
	    e->nationalities_n > MATCH_DOCUMENTS_MAX || e->places_n > MATCH_PLACES_MAX)
		return ent_fail(ENT_EFIELD, why, "the record has more names, dates or documents than "
		    "the index takes");
	fresh_read(e, &f);
	pthread_mutex_lock(&x->lock);
	while (x->helds > VIEW_PARTS_MAX * 3 / 4) { /* merging does not keep up: whoever adds helps */
		pthread_mutex_unlock(&x->lock);
		merge_run(x, false);
		pthread_mutex_lock(&x->lock);
	}
	struct recent *r = growing(x, &f);
	struct held *old = find(x, e->id, &record);
	/* the new one is there before the old one goes: no search misses both */
	recent_add(r, &x->epoch, &f);
	atomic_fetch_add(&x->records, 1);
	atomic_fetch_add(&x->names, f.names);
	atomic_fetch_add(&x->changes, 1);
	if (old != NULL) {
		readers_wait(x); /* those who came too early to see the new one still see the old */
		drop(x, old, record, e->id);
	}
	bool due = merge_due(x);
	if (due && x->started)
		pthread_cond_signal(&x->wake);
	pthread_mutex_unlock(&x->lock);
	if (due && !x->started)
		merge_run(x, false);
	if (left_out != NULL)
		*left_out = f.left_out;
	fresh_done(&f);
	return ENT_OK;
}

bool
match_remove(struct match_index *x, const char *id)
{
	uint32_t record;
	pthread_mutex_lock(&x->lock);
	struct held *held = find(x, id, &record);
	if (held != NULL) {
		drop(x, held, record, id);
		atomic_fetch_add(&x->changes, 1);
		wipe_all(x);
	}
	pthread_mutex_unlock(&x->lock);
	return held != NULL;
}

bool
match_has(struct match_index *x, const char *id)
{
	uint32_t record;
	pthread_mutex_lock(&x->lock);
	bool has = find(x, id, &record) != NULL;
	pthread_mutex_unlock(&x->lock);
	return has;
}

/* ---- searching ----------------------------------------------------------------------------------------- */

enum ent_err
match_run_how(struct match_index *x, const struct match_query *q, bool every, struct arena *a,
    struct match_results *out, struct ent_why *why)
{
	const struct view *v;
	struct reader *r = reader_enter(x, &v);
	r->hunt->every = every;
	enum ent_err err = match_question_read(q, &r->hunt->qn, why);
	if (err == ENT_OK) {
		match_question_legal(atomic_load(&x->population), &r->hunt->qn);
		match_hunt(r->hunt, v, a, out);
	}
	reader_leave(r);
	return err;
}

enum ent_err
match_run(struct match_index *x, const struct match_query *q, struct arena *a,
    struct match_results *out, struct ent_why *why)
{
	return match_run_how(x, q, false, a, out, why);
}

enum ent_err
match_search(struct match_index *x, const struct grant *g, const struct match_query *q,
    struct arena *a, struct match_results *out, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_SCREEN, why);
	if (err != ENT_OK)
		err = grant_check(g, ACTION_SEARCH, why);
	return err != ENT_OK ? err : match_run(x, q, a, out, why);
}

/* ---- population frequencies -------------------------------------------------------------------------------- */

void
match_names_set(struct match_index *x, struct match_population *p)
{
	if (p != NULL)
		match_population_freeze(p);
	pthread_mutex_lock(&x->merge_lock); /* a merge may be reading the one before */
	pthread_mutex_lock(&x->lock);
	struct match_population *was = atomic_exchange(&x->population, p);
	readers_wait(x);
	bool stale = merge_stale(x);
	pthread_mutex_unlock(&x->lock);
	pthread_mutex_unlock(&x->merge_lock);
	match_population_free(was);
	if (stale)
		match_settle(x);
}

size_t
match_names_count(struct match_index *x)
{
	pthread_mutex_lock(&x->lock);
	size_t n = match_population_entries(atomic_load(&x->population));
	pthread_mutex_unlock(&x->lock);
	return n;
}

/* ---- counting and ending ------------------------------------------------------------------------------- */

void
match_stats(struct match_index *x, struct match_stats *out)
{
	pthread_mutex_lock(&x->lock);
	*out = (struct match_stats){ .records = x->records, .names = x->names, .bytes = sizeof *x,
		.changes = x->changes, .parts = x->helds, .merges = x->merges,
		.epoch_names = x->epoch.names };
	for (size_t i = 0; i < x->helds; i++) {
		const struct held *h = x->held[i];
		out->words += h->recent != NULL ? h->recent->words : h->p->words;
		out->bytes += h->recent != NULL ? h->recent->bytes :
						  h->block.n + h->p->records / 8 + h->p->words / 8;
		if (h->live != NULL)
			out->bytes += ((uint64_t)h->p->words + h->p->written_n) * 4;
	}
	pthread_mutex_unlock(&x->lock);
}

void
match_index_free(struct match_index *x)
{
	if (x == NULL)
		return;
	match_merger_stop(x);
	for (size_t i = 0; i < x->helds; i++)
		held_free(x->held[i]);
	for (size_t i = 0; i < READERS; i++)
		hunt_free(x->reader[i].hunt);
	free(atomic_load(&x->view));
	views_free(x->replaced);
	match_population_free(atomic_load(&x->population));
	free(x->wipe);
	free(x->removed);
	pthread_cond_destroy(&x->wake);
	pthread_mutex_destroy(&x->merge_lock);
	pthread_mutex_destroy(&x->lock);
	free(x);
}
