/* SPDX-License-Identifier: Apache-2.0
 *
 * match/view: what searches read at one moment, who is reading it, and the index that changes it.
 *
 * A search takes no lock: it claims a slot with one exchange, reads the pointer to the view, and lets go
 * of the slot when done.  Whoever replaces a view waits, before anything is freed or wiped, until no
 * slot is held from before.  Adding, removing and the last step of merging hold index.lock.
 */
#ifndef ENT_MATCH_VIEW_H
#define ENT_MATCH_VIEW_H

#include "match/hunt.h"
#include "match/segment.h"

#define VIEW_PARTS_MAX 64u
#define READERS 64u

struct view {
	struct view *next; /* of those that were replaced */
	size_t n; /* a base first, if there is one; the growing part last */
	const struct part *part[VIEW_PARTS_MAX];
	struct epoch epoch;
	uint32_t large_from; /* names of the epoch from which a register is large */
};

/* A part with what it owns. */
struct held {
	struct part part; /* of a segment */
	struct part *p;	  /* &part, or the recent's */
	struct block block;
	struct recent *recent;
	uint32_t *live, *written_live; /* names of each word; NULL until a record was removed */
	uint32_t gone;		       /* records removed */
	bool frozen;		       /* nothing is added any more */
};

struct reader {
	_Alignas(64) _Atomic uint64_t since; /* the turn it came in; 0: free */
	struct hunt *hunt;
};

/* A record that was removed and is yet to be wiped. */
struct wipe {
	struct held *held;
	uint32_t record;
};

struct removed {
	const struct held *held;
	char id[MATCH_ID_MAX + 1];
};

struct match_index {
	struct reader reader[READERS];
	_Alignas(64) _Atomic(struct view *) view;
	_Atomic uint64_t turn;
	_Atomic(struct match_population *) population; /* owned; NULL: none is loaded */
	pthread_mutex_t lock;	    /* all below */
	pthread_mutex_t merge_lock; /* one merge at a time; taken before lock */
	struct held *held[VIEW_PARTS_MAX];
	size_t helds; /* the last is the growing one, if any */
	struct epoch epoch;
	struct view *replaced; /* yet to be freed, when nobody reads them any more */
	uint32_t large_from;
	uint64_t serials; /* given to segments so far */
	struct wipe *wipe;
	size_t wipes, wipes_cap;
	bool merging;
	struct removed *removed; /* while merging */
	size_t removed_n, removed_cap;
	_Atomic uint64_t records, names, changes, merges;
	/* the merging thread, if one was started */
	pthread_t thread;
	pthread_cond_t wake;
	bool started, stop;
};

/* ---- readers.c ----------------------------------------------------------------------------------------- */

struct reader *reader_enter(struct match_index *x, const struct view **v);
void reader_leave(struct reader *r);
/* Put a view of what is held in the place of the old one, which goes to those replaced; under lock. */
void view_publish(struct match_index *x);
/* Views that were replaced, now the caller's: to be freed after readers_wait; under lock. */
struct view *views_replaced(struct match_index *x);
void views_free(struct view *v); /* and the next ones; may be NULL */
/* Wait until all who read what was there before this call have left. */
void readers_wait(struct match_index *x);

/* ---- search.c ------------------------------------------------------------------------------------------ */

/* h->qn was read. */
void match_hunt(struct hunt *h, const struct view *v, struct arena *a, struct match_results *out);
/* ---- index.c ------------------------------------------------------------------------------------------- */

struct held *held_of_block(struct block b);
void held_free(struct held *h); /* wipes */

/* ---- wipe.c -------------------------------------------------------------------------------------------- */

/* Mark a record as gone, under lock; wipe_all wipes it when no reader can see it any more. */
void wipe_later(struct match_index *x, struct held *held, uint32_t record);
void wipe_all(struct match_index *x); /* under lock, not while merging */

/* ---- merge.c ------------------------------------------------------------------------------------------- */

/* Is there something to merge?  Under lock. */
bool merge_due(const struct match_index *x);
/* Does the base rest on other statistics of names than those loaded?  Under lock. */
bool merge_stale(const struct match_index *x);
/* Merge what is due, or everything into a new base with fresh frequencies. */
void merge_run(struct match_index *x, bool all);

#endif
