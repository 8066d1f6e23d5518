/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact values: document numbers and full birth dates, to records.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

uint32_t
match_fact_document(const char *value)
{
	return (uint32_t)match_hash(value, strlen(value));
}

uint32_t
match_fact_birth(const struct match_date *d)
{
	uint8_t b[5] = { 'B', (uint8_t)(d->year >> 8), (uint8_t)d->year, d->month, d->day };
	return (uint32_t)match_hash(b, sizeof b);
}

/* Twice the buckets; what was dropped goes. */
static void
rehash(struct match_index *x)
{
	x->fact_heads_n = x->fact_heads_n == 0 ? 256 : x->fact_heads_n * 2;
	free(x->fact_heads);
	x->fact_heads = ent_alloc_array(x->fact_heads_n, sizeof *x->fact_heads);
	size_t n = 0;
	for (size_t i = 0; i < x->facts_n; i++) {
		if (x->facts[i].record == NO_RECORD)
			continue;
		uint32_t *head = &x->fact_heads[x->facts[i].hash & (x->fact_heads_n - 1)];
		x->facts[n] = x->facts[i];
		x->facts[n].next = *head;
		*head = (uint32_t)++n;
	}
	x->facts_n = n;
}

void
match_fact_add(struct match_index *x, uint32_t hash, uint32_t record)
{
	if (x->facts_n >= x->fact_heads_n)
		rehash(x);
	if (x->facts_n == x->facts_cap) {
		x->facts_cap = x->facts_cap == 0 ? 256 : x->facts_cap * 2;
		x->facts = ent_realloc(x->facts, x->facts_cap * sizeof *x->facts);
	}
	uint32_t *head = &x->fact_heads[hash & (x->fact_heads_n - 1)];
	x->facts[x->facts_n] = (struct fact){ hash, record, *head };
	*head = (uint32_t)++x->facts_n;
}

void
match_fact_drop(struct match_index *x, uint32_t hash, uint32_t record)
{
	if (x->fact_heads_n == 0)
		return;
	uint32_t at = x->fact_heads[hash & (x->fact_heads_n - 1)];
	for (; at != 0; at = x->facts[at - 1].next) {
		struct fact *f = &x->facts[at - 1];
		if (f->hash == hash && f->record == record) {
			*f = (struct fact){ 0, NO_RECORD, f->next };
			return;
		}
	}
}

size_t
match_fact_find(const struct match_index *x, uint32_t hash, uint32_t *out, size_t max)
{
	size_t n = 0;
	if (x->fact_heads_n == 0)
		return 0;
	uint32_t at = x->fact_heads[hash & (x->fact_heads_n - 1)];
	for (; at != 0 && n < max; at = x->facts[at - 1].next)
		if (x->facts[at - 1].hash == hash && x->facts[at - 1].record != NO_RECORD)
			out[n++] = x->facts[at - 1].record;
	return n;
}
