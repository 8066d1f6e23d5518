/* SPDX-License-Identifier: Apache-2.0
 *
 * Nothing stays of a record that was removed: its bytes are overwritten where they stand, and with them
 * the words that no other name has.
 */
#include "match/view.h"

#include <stdlib.h>

void
wipe_later(struct match_index *x, struct held *held, uint32_t record)
{
	struct part *p = held->p;
	atomic_fetch_or_explicit(&p->gone[record / 64], (uint64_t)1 << (record % 64), memory_order_release);
	held->gone++;
	if (x->wipes == x->wipes_cap) {
		x->wipes_cap = x->wipes_cap * 2 + 16;
		x->wipe = ent_realloc(x->wipe, x->wipes_cap * sizeof *x->wipe);
	}
	x->wipe[x->wipes++] = (struct wipe){ held, record };
}

/* ---- how many live names a word has ---------------------------------------------------------------------- */

static void
count_name(struct held *h, uint32_t name, uint32_t by)
{
	const struct part *p = h->p;
	const struct part_name *n = &p->name[name];
	const uint8_t *at = part_tokens(p, n);
	size_t tokens = part_tokens_n(n);
	for (size_t i = 0; i < tokens; i++)
		h->live[TOKEN_WORD(part_u32(at + i * 4))] += by;
	if (p->recent != NULL)
		return;
	at += tokens * 4;
	uint32_t words = part_varint(&at);
	for (uint32_t i = 0; i < words; i++)
		h->written_live[part_varint(&at)] += by;
}

/* Count the live ones; of a segment once, and kept after. */
static void
count_all(struct held *h)
{
	const struct part *p = h->p;
	uint32_t names = p->recent != NULL ? p->recent->names : p->names;
	free(h->live);
	free(h->written_live);
	h->live = ent_alloc_array(p->words + 1u, sizeof *h->live);
	h->written_live = ent_alloc_array(p->written_n + 1u, sizeof *h->written_live);
	for (uint32_t i = 0; i < names; i++)
		if (!part_gone(p, p->name[i].record))
			count_name(h, i, 1);
}

static void
for_names(struct held *h, uint32_t record, void (*each)(struct held *h, uint32_t name))
{
	struct part_facts f;
	part_facts(h->p, record, &f);
	for (uint32_t i = 0; i < f.names_n; i++)
		each(h, part_u32(f.names + (size_t)i * 4));
}

static void
uncount(struct held *h, uint32_t name)
{
	count_name(h, name, UINT32_MAX); /* less one */
}

static void
mark_dead(struct held *h, uint32_t name)
{
	struct part *p = h->p;
	const struct part_name *n = &p->name[name];
	for (size_t i = 0; i < part_tokens_n(n); i++) {
		uint32_t word = TOKEN_WORD(part_u32(part_tokens(p, n) + i * 4));
		if (h->live[word] > 0 || part_dead(p, word))
			continue;
		atomic_fetch_or(&p->dead[word / 64], (uint64_t)1 << (word % 64));
		atomic_fetch_add(&p->deads, 1);
	}
}

/* ---- overwriting ----------------------------------------------------------------------------------------- */

/* Parts are read-only to all but their owner, which this is. */
static void
clear(const void *p, size_t n)
{
	explicit_bzero((void *)(uintptr_t)p, n);
}

static void
wipe_name(struct held *h, uint32_t name)
{
	const struct part *p = h->p;
	const struct part_name *n = &p->name[name];
	const uint8_t *tokens = part_tokens(p, n), *at = tokens + part_tokens_n(n) * 4;
	for (size_t i = 0; i < part_tokens_n(n); i++) {
		uint32_t word = TOKEN_WORD(part_u32(tokens + i * 4));
		const struct part_word *w = &p->word[word];
		if (part_dead(p, word))
			clear(p->phones + w->phones, w->phones_n);
	}
	if (p->recent != NULL) {
		at += 2 + ((size_t)at[0] | (size_t)at[1] << 8);
	} else {
		const uint8_t *start = at;
		uint32_t words = part_varint(&at);
		for (uint32_t i = 0; i < words; i++) {
			uint32_t word = part_varint(&at);
			if (h->written_live[word] == 0)
				clear(p->written + p->written_head[word],
				    p->written_head[word + 1] - p->written_head[word]);
		}
		clear(start, 1);
	}
	clear(tokens, (size_t)(at - tokens));
}

static void
clear_texts(const uint8_t *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = part_varint(&at);
		clear(at, len);
		at += len;
	}
}

static void
set_id(const struct part *p, uint32_t record, const struct part_record *from)
{
	struct part_record *r = (struct part_record *)(uintptr_t)&p->record[record];
	memcpy(r->id, from->id, sizeof r->id);
	r->flags = (uint8_t)((r->flags & ~RECORD_ID_TEXT) | (from->flags & RECORD_ID_TEXT));
}

static bool
same_id(const struct part_record *a, const struct part_record *b)
{
	return memcmp(a->id, b->id, sizeof a->id) == 0 && ((a->flags ^ b->flags) & RECORD_ID_TEXT) == 0;
}

/* Ids of a segment must stay in order: a removed record takes its neighbour's, and so do those removed
 * before that had taken this one's. */
static void
wipe_id(const struct part *p, uint32_t record)
{
	const struct part_record old = p->record[record];
	if ((old.flags & RECORD_ID_TEXT) != 0)
		clear(p->id_text + part_u32(old.id), old.id[4]);
	uint32_t first = record, end = record + 1;
	if (p->recent == NULL) {
		while (first > 0 && same_id(&p->record[first - 1], &old))
			first--;
		while (end < p->records && same_id(&p->record[end], &old))
			end++;
	}
	const struct part_record none = { .flags = 0 }, *other = &none;
	if (p->recent == NULL)
		other = first > 0 ? &p->record[first - 1] : end < p->records ? &p->record[end] : &none;
	for (uint32_t i = first; i < end; i++)
		set_id(p, i, other);
}

static void
wipe_record(struct held *h, uint32_t record)
{
	struct part_facts f;
	part_facts(h->p, record, &f);
	for_names(h, record, wipe_name);
	clear(f.births, (size_t)f.births_n * 4);
	clear_texts(f.documents, f.documents_n);
	clear_texts(f.nations, f.nations_n);
	wipe_id(h->p, record);
}

void
wipe_all(struct match_index *x)
{
	if (x->merging || x->wipes == 0)
		return; /* a merge reads what is to be wiped; it sees to it when it ends */
	for (size_t i = 0; i < x->wipes; i++) {
		struct held *h = x->wipe[i].held;
		if (h->p->recent == NULL && h->live != NULL)
			for_names(h, x->wipe[i].record, uncount);
	}
	for (size_t i = 0; i < x->wipes; i++) {
		struct held *h = x->wipe[i].held;
		if (h->live == NULL || (h->p->recent != NULL && (i == 0 || x->wipe[i - 1].held != h)))
			count_all(h);
		for_names(h, x->wipe[i].record, mark_dead);
	}
	readers_wait(x);
	for (size_t i = 0; i < x->wipes; i++)
		wipe_record(x->wipe[i].held, x->wipe[i].record);
	x->wipes = 0;
}
