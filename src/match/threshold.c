/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the bands of a register begin: as rates of false positives on frozen negatives, invented persons
 * who are in no register.  The best of N records grows with N, and a name of which there are many
 * is matched by many: so they are derived for each register and for each tradition of names.  All in
 * integers; counts by degree, so that the order of queries does not matter.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

#define DEGREES 1001u
#define OWN_MIN 1000u	/* negatives of a tradition on which a rate of one in a thousand may rest */
#define STOP_EVERY 32u
#define POSITIVE_TOP 5u
#define SIDE 1000000u	/* what all positives, and all negatives, weigh before the prior */

struct counts {
	uint32_t by_degree[MATCH_TRADITIONS][MATCH_BY_DOCUMENT][DEGREES]; /* the best result's; 0: none */
	uint32_t n[MATCH_TRADITIONS];
	uint32_t positive[MATCH_BY_DOCUMENT][DEGREES], positives;
};

/* The degree of the best result, or of the record that is wanted. */
static unsigned
degree_of(struct match_index *x, const struct match_sample *s, bool dated, const char *wanted)
{
	struct match_query q = { .name = s->name, .top = wanted == NULL ? 1 : POSITIVE_TOP };
	struct match_results found = { .n = 0 };
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	unsigned degree = 0;
	if (dated) {
		q.birth = s->birth;
		q.nationality = s->nation[0] != '\0' ? s->nation : NULL;
	}
	if (match_run(x, &q, a, &found, NULL) == ENT_OK)
		for (size_t i = 0; i < found.n && degree == 0; i++)
			if (wanted == NULL || strcmp(found.r[i].id, wanted) == 0)
				degree = found.r[i].degree;
	arena_free(a);
	return degree < DEGREES ? degree : DEGREES - 1;
}

static enum ent_err
stopped(struct ent_why *why)
{
	return ent_fail(ENT_EBUSY, why, "given up: the register's bands stay as they were");
}

static enum ent_err
count_negatives(struct match_index *x, const struct match_derivation *d, struct counts *c,
    struct ent_why *why)
{
	for (uint32_t i = 0; i < d->negatives; i++) {
		struct match_sample s;
		if (i % STOP_EVERY == 0 && d->stop(d->ctx))
			return stopped(why);
		d->negative(d->ctx, i, &s);
		enum match_tradition t = match_tradition_of(s.name);
		c->by_degree[t][MATCH_BY_NAME][degree_of(x, &s, false, NULL)]++;
		c->by_degree[t][MATCH_BY_DATE][degree_of(x, &s, true, NULL)]++;
		c->n[t]++;
	}
	return ENT_OK;
}

/* Persons of a register of trial, asked for as somebody else writes them. */
static enum ent_err
count_positives(const struct match_derivation *d, struct counts *c, struct ent_why *why)
{
	struct match_index *x = match_index_new();
	struct match_sample s;
	char id[24];
	enum ent_err err = ENT_OK;
	for (uint32_t i = 0; i < d->positives && err == ENT_OK; i++) {
		const char *name = s.name;
		struct match_entry e = { .id = id, .type = RTYPE_PERSON, .names = &name, .names_n = 1,
			.births = &s.birth, .births_n = 1 };
		(void)snprintf(id, sizeof id, "%u", i);
		d->known(d->ctx, i, &s);
		err = match_add(x, &e, NULL, why);
	}
	for (uint32_t i = 0; i < d->positives && err == ENT_OK; i++) {
		if (i % STOP_EVERY == 0 && d->stop(d->ctx))
			err = stopped(why);
		(void)snprintf(id, sizeof id, "%u", i);
		d->asked(d->ctx, i, &s);
		c->positive[MATCH_BY_NAME][degree_of(x, &s, false, id)]++;
		c->positive[MATCH_BY_DATE][degree_of(x, &s, true, id)]++;
		c->positives++;
	}
	match_index_free(x);
	return err;
}

/* ---- where bands begin ------------------------------------------------------------------------------- */

/* The least degree that at most rate of 1000 of them reach. */
static uint16_t
cut_at(const uint32_t by_degree[static DEGREES], uint32_t n, unsigned rate)
{
	uint64_t allowed = (uint64_t)n * rate / 1000, above = 0;
	unsigned at = DEGREES;
	while (at > 1 && above + by_degree[at - 1] <= allowed)
		above += by_degree[--at];
	return (uint16_t)at; /* 1001: even an equal name is met too often */
}

static void
set_cuts(const struct counts *c, struct match_thresholds *out)
{
	uint32_t *all = ent_alloc_array(DEGREES, sizeof *all), total = 0;
	for (int t = 0; t < MATCH_TRADITIONS; t++)
		total += c->n[t];
	for (int p = 0; p < MATCH_BY_DOCUMENT; p++) {
		for (unsigned g = 0; g < DEGREES; g++) {
			all[g] = 0;
			for (int t = 0; t < MATCH_TRADITIONS; t++)
				all[g] += c->by_degree[t][p][g];
		}
		for (int t = 0; t < MATCH_TRADITIONS; t++) {
			bool own = c->n[t] >= OWN_MIN;
			const uint32_t *by = own ? c->by_degree[t][p] : all;
			uint32_t n = own ? c->n[t] : total;
			out->cut[t][p] = (struct match_cut){ .strong = cut_at(by, n, MATCH_RATE_STRONG),
				.review = cut_at(by, n, MATCH_RATE_REVIEW),
				.trace = cut_at(by, n, MATCH_RATE_TRACE), .negatives = n, .own = own };
		}
	}
	/* nobody who is not in the register has one of its documents: what else is known decides */
	for (int t = 0; t < MATCH_TRADITIONS; t++)
		out->cut[t][MATCH_BY_DOCUMENT] = out->cut[t][MATCH_BY_DATE];
	free(all);
}

/* ---- probability ------------------------------------------------------------------------------------- */

/* Neighbours that would fall are pooled: the probability never falls as the degree rises (Ayer et al. 1955). */
static void
set_probability(const uint32_t positive[static DEGREES], uint64_t positives,
    const uint64_t negative[static DEGREES], uint64_t negatives, uint16_t out[static MATCH_BINS])
{
	struct {
		uint64_t match, all; /* weights; each side counts by its prior, whatever its number */
		unsigned bins;
	} pool[MATCH_BINS];
	size_t n = 0;
	for (unsigned b = 0; b < MATCH_BINS; b++) {
		uint64_t m = 0, o = 0;
		for (unsigned g = b * 10; g < b * 10 + 10 && g < DEGREES; g++) {
			m += positive[g];
			o += negative[g];
		}
		pool[n].match = positives == 0 ? 0 : m * MATCH_PRIOR * SIDE / positives;
		pool[n].all = pool[n].match +
		    (negatives == 0 ? 0 : o * (1000 - MATCH_PRIOR) * SIDE / negatives);
		pool[n++].bins = 1;
		/* an empty pool has no opinion: it joins the one before */
		while (n > 1 && (pool[n - 1].all == 0 || pool[n - 2].all == 0 ||
		    pool[n - 1].match * pool[n - 2].all <= pool[n - 2].match * pool[n - 1].all)) {
			pool[n - 2].match += pool[n - 1].match;
			pool[n - 2].all += pool[n - 1].all;
			pool[n - 2].bins += pool[n - 1].bins;
			n--;
		}
	}
	for (size_t i = 0, at = 0; i < n; i++)
		for (unsigned k = 0; k < pool[i].bins; k++) {
			uint64_t share = pool[i].all == 0 ? 0 : pool[i].match * 1000 / pool[i].all;
			out[at++] = (uint16_t)(share > 999 ? 999 : share); /* never certain */
		}
}

static void
set_probabilities(const struct counts *c, struct match_thresholds *out)
{
	uint64_t *negative = ent_alloc_array(DEGREES, sizeof *negative), total = 0;
	for (int t = 0; t < MATCH_TRADITIONS; t++)
		total += c->n[t];
	for (int p = 0; p < MATCH_BY_DOCUMENT; p++) {
		for (unsigned g = 0; g < DEGREES; g++) {
			negative[g] = 0;
			for (int t = 0; t < MATCH_TRADITIONS; t++)
				negative[g] += c->by_degree[t][p][g];
		}
		set_probability(c->positive[p], c->positives, negative, total, out->probability[p]);
	}
	memcpy(out->probability[MATCH_BY_DOCUMENT], out->probability[MATCH_BY_DATE],
	    sizeof out->probability[MATCH_BY_DOCUMENT]);
	free(negative);
}

enum ent_err
match_thresholds_derive(struct match_index *x, const struct match_derivation *d,
    struct match_thresholds *out, struct ent_why *why)
{
	struct counts *c = ent_alloc(sizeof *c);
	struct match_stats stats;
	match_stats(x, &stats);
	enum ent_err err = count_negatives(x, d, c, why);
	if (err == ENT_OK)
		err = count_positives(d, c, why);
	if (err == ENT_OK) {
		*out = (struct match_thresholds){ .derived = true, .names = stats.names };
		set_cuts(c, out);
		set_probabilities(c, out);
	}
	free(c);
	return err;
}

/* ---- judging ------------------------------------------------------------------------------------------ */

/* Words that met, as the alignment counts them; light ones do not. */
static unsigned
words_met(const struct match_result *r)
{
	unsigned n = 0;
	for (size_t i = 0; i < r->pairs_n; i++)
		switch (r->pairs[i].how) {
		case MATCH_SAME: case MATCH_SPELLING: case MATCH_SOUND: n++; break;
		case MATCH_JOINED: n += 2; break;
		case MATCH_INITIAL: case MATCH_PARTICLE: break;
		}
	return n;
}

bool
match_thresholds_judge(const struct match_thresholds *t, const struct match_query *q,
    struct match_result *r)
{
	if (t == NULL || !t->derived)
		return true;
	enum match_pattern p = match_pattern_of(q);
	const struct match_cut *cut = &t->cut[match_tradition_of(q->name)][p];
	bool proven = r->document == MATCH_DOCUMENT_EQUAL;
	if (p == MATCH_BY_DATE && r->date == MATCH_DATE_UNKNOWN)
		p = MATCH_BY_NAME; /* the record has none: what is known of it is a name */
	r->probability = t->probability[p][(r->degree < DEGREES ? r->degree : DEGREES - 1) / 10];
	if (proven)
		return true; /* bands are about namesakes: a document has its own */
	r->band = r->degree >= cut->strong ? MATCH_STRONG : r->degree >= cut->review ? MATCH_REVIEW :
										      MATCH_TRACE;
	if (r->band == MATCH_STRONG && words_met(r) < 2)
		r->band = MATCH_REVIEW;
	return r->degree >= cut->trace;
}
