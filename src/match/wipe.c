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
	struct part_name n;
	part_name_read(h->p, name, &n);
	for (size_t i = 0; i < part_tokens_n(&n); i++)
		h->live[TOKEN_WORD(n.token[i])] += by;
	const uint8_t *at = n.written;
	for (uint32_t i = 0; i < n.words; i++)
		h->written_live[part_varint(&at)] += by;
}

/* All of a record's names, and of a segment what else it has in the dictionary. */
static void
count_record(struct held *h, uint32_t record, uint32_t by)
{
	struct part_facts f;
	part_facts(h->p, record, &f);
	for (uint32_t i = 0; i < f.names_n; i++)
		count_name(h, part_name_of(&f, i), by);
	const uint8_t *at = f.nations;
	for (uint32_t i = 0; i < f.nations_n && h->p->recent == NULL; i++)
		h->written_live[part_varint(&at)] += by;
}

/* Count the live ones; of a segment once, and kept after. */
static void
count_all(struct held *h)
{
	const struct part *p = h->p;
	uint32_t records = p->recent != NULL ? p->recent->records : p->records;
	free(h->live);
	free(h->written_live);
	h->live = ent_alloc_array(p->words + 1u, sizeof *h->live);
	h->written_live = ent_alloc_array(p->written_n + 1u, sizeof *h->written_live);
	for (uint32_t i = 0; i < records; i++)
		if (!part_gone(p, i))
			count_record(h, i, 1);
}

static void
for_names(struct held *h, uint32_t record, void (*each)(struct held *h, uint32_t name))
{
	struct part_facts f;
	part_facts(h->p, record, &f);
	for (uint32_t i = 0; i < f.names_n; i++)
		each(h, part_name_of(&f, i));
}

static void
mark_dead(struct held *h, uint32_t name)
{
	struct part *p = h->p;
	struct part_name n;
	part_name_read(p, name, &n);
	for (size_t i = 0; i < part_tokens_n(&n); i++) {
		uint32_t word = TOKEN_WORD(n.token[i]);
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

/* Numbers of the dictionary, and words of it that nothing else has: all become the first one. */
static void
clear_numbers(struct held *h, const uint8_t *at, uint32_t n)
{
	const struct part *p = h->p;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *start = at;
		uint32_t word = part_varint(&at);
		if (h->written_live[word] == 0)
			clear(p->written + p->written_head[word], p->written_head[word + 1] - p->written_head[word]);
		for (; start < at; start++)
			*(uint8_t *)(uintptr_t)start &= 0x80u; /* as long as it was: others stand behind it */
	}
}

static void
wipe_name(struct held *h, uint32_t name)
{
	const struct part *p = h->p;
	struct part_name n;
	part_name_read(p, name, &n);
	for (size_t i = 0; i < part_tokens_n(&n); i++) {
		uint32_t word = TOKEN_WORD(n.token[i]);
		const struct part_word *w = &p->word[word];
		if (part_dead(p, word))
			clear(p->phones + w->phones, w->phones_n);
	}
	clear(n.data, (size_t)(n.written - n.data));
	if (p->recent != NULL)
		clear(n.written, 2 + ((size_t)n.written[0] | (size_t)n.written[1] << 8));
	else
		clear_numbers(h, n.written, n.words);
	explicit_bzero(&n, sizeof n);
}

static void
clear_documents(const struct part_facts *f)
{
	const uint8_t *at = f->documents;
	for (uint32_t i = 0; i < f->documents_n; i++) {
		uint32_t bytes = (part_varint(&at) + 1) / 2;
		clear(at, bytes);
		at += bytes;
	}
}

/* In a recent part they stand as text. */
static void
clear_nations(struct held *h, const struct part_facts *f)
{
	const uint8_t *at = f->nations;
	if (h->p->recent == NULL)
		clear_numbers(h, at, f->nations_n);
	for (uint32_t i = 0; i < f->nations_n && h->p->recent != NULL; i++) {
		struct str text = part_nation(f, &at);
		clear(text.p, text.n);
	}
}

/* What UUIDs of a row have in common goes with its last record. */
static void
wipe_id(const struct part *p, uint32_t record, const struct part_facts *f)
{
	uint32_t first = record - record % PART_ROW;
	bool live = p->record != NULL;
	clear(f->id, f->id_n);
	if (p->record != NULL)
		clear(p->record[record].id, sizeof p->record[record].id);
	for (uint32_t i = first; i < first + PART_ROW && i < p->records; i++)
		live |= !part_gone(p, i);
	if (!live) {
		const uint8_t *common = p->record_data + part_row_base(&p->record_row[record / PART_ROW]);
		clear(common + 1, *common);
	}
}

static void
wipe_record(struct held *h, uint32_t record)
{
	struct part_facts f;
	part_facts(h->p, record, &f);
	for_names(h, record, wipe_name);
	clear(f.births, (size_t)f.births_n * 4);
	clear_documents(&f);
	clear_nations(h, &f);
	wipe_id(h->p, record, &f);
}

void
wipe_all(struct match_index *x)
{
	if (x->merging || x->wipes == 0)
		return; /* a merge reads what is to be wiped; it sees to it when it ends */
	for (size_t i = 0; i < x->wipes; i++) {
		struct held *h = x->wipe[i].held;
		if (h->p->recent == NULL && h->live != NULL)
			count_record(h, x->wipe[i].record, UINT32_MAX); /* less one */
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
