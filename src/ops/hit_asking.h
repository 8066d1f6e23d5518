/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/hit_asking: the asker's side of a channel: the partner's filter and list, one request at a time,
 * its answer and what follows from it.  Private to ops.
 *
 * A request is durable, with its sealed queries, before it is sent, and stays `pending` until an answer
 * to it is taken over; so a lost answer is asked for again with the same bytes, by whoever comes next.
 * Two callers at once are safe: what one has settled the other finds settled.
 */
#ifndef ENT_OPS_HIT_ASKING_H
#define ENT_OPS_HIT_ASKING_H

#include "ops/hit_channel.h"

struct hit_asking {
	struct node *node;
	const struct grant *grant; /* ASK */
	struct hit_channel channel;
	enum ent_purpose purpose;
	const char *case_ref;
	struct ent_id user;
	struct ent_why *why;
	/* Loaded and kept up by the functions below. */
	struct hit_asker_row row;
	struct buf note, list, pending; /* owned */
	struct bytes map;		/* the filter, mapped; p NULL: none */
	struct hit_filter_head head;
	struct hit_withdrawn withdrawn; /* owned */
};

/* One person asked about: borrowed. */
struct hit_person {
	struct hit_terms terms;
	const struct js *about; /* as it came, for the sealed copy */
	struct ent_id id;	/* the query's: set by hit_asking_send */
};

/* Load what is kept.  Call hit_asking_done in any case. */
ENT_CHECK enum ent_err hit_asking_begin(struct hit_asking *a);
void hit_asking_done(struct hit_asking *a);

/* Have the partner's filter at hand, fetched if there is none or another is in force (`anew`). */
ENT_CHECK enum ent_err hit_asking_filter(struct hit_asking *a, bool anew);
/* Finish a request that is pending. */
ENT_CHECK enum ent_err hit_asking_settle(struct hit_asking *a);
/* Ask about up to HIT_PERSONS_MAX persons in one message, and take the answer over.  Their results are
 * in the store, under their ids. */
ENT_CHECK enum ent_err hit_asking_send(struct hit_asking *a, struct hit_person *persons,
    size_t count);

/* The parts in hit_fetch.c. */
ENT_CHECK enum ent_err hit_fetch_filter(struct hit_asking *a);
ENT_CHECK enum ent_err hit_fetch_list(struct hit_asking *a);
ENT_CHECK enum ent_err hit_fetch_open(struct hit_asking *a); /* map and parse what is kept */
/* In hit_answered.c: verify an answer to what is pending and take it over.  *again: the partner has
 * another filter in force; fetch it and ask anew. */
ENT_CHECK enum ent_err hit_answered(struct hit_asking *a, struct str answer, bool *again);

#endif
