/* SPDX-License-Identifier: Apache-2.0
 *
 * A segment laid out.
 */
#include "match/build.h"

#include "match/recent.h"

#include <stdlib.h>

/* ---- lists --------------------------------------------------------------------------------------------- */

struct posts {
	uint32_t *start[LISTS], *end[LISTS], *names[LISTS]; /* of each word its names in names[] */
	uint64_t *twice; /* word and list as numbered, above the name */
	size_t twices, twices_cap;
};

static void
post(struct posts *ps, uint32_t word, uint32_t number, size_t list, uint32_t name)
{
	uint32_t *at = &ps->end[list][word];
	if (*at == ps->start[list][word] || ps->names[list][*at - 1] != name) {
		ps->names[list][(*at)++] = name;
		return;
	}
	if (ps->twices == ps->twices_cap) {
		ps->twices_cap = ps->twices_cap * 2 + 256;
		ps->twice = ent_realloc(ps->twice, ps->twices_cap * sizeof *ps->twice);
	}
	ps->twice[ps->twices++] = ((uint64_t)number * LISTS + list) << 32 | name;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t va, vb;
	memcpy(&va, a, sizeof va);
	memcpy(&vb, b, sizeof vb);
	return va < vb ? -1 : va > vb;
}

static void
put_twice(struct build *b, struct posts *ps)
{
	if (ps->twices > 0)
		qsort(ps->twice, ps->twices, sizeof *ps->twice, by_value);
	for (size_t i = 0; i < ps->twices; i++) {
		struct part_twice row = { (uint32_t)(ps->twice[i] >> 32), (uint32_t)ps->twice[i] };
		bytes_put(&b->section[SECTION_TWICE], &row, sizeof row);
	}
	free(ps->twice);
}

/* A word's row and its lists. */
static void
put_word(struct build *b, const struct posts *ps, uint32_t number)
{
	struct bytes_out *out = &b->section[SECTION_LISTS];
	uint32_t from = b->by_final[number];
	const struct build_word *w = &b->word[from];
	uint32_t least = w->joined_least / JOINED_UNIT, most = (w->joined_most + JOINED_UNIT - 1) / JOINED_UNIT;
	struct part_word row = { .phones = w->phones, .sound = w->sound, .list = (uint32_t)out->n,
		.weight = (uint16_t)b->weight[from], .phones_n = w->phones_n, .vowelled = w->vowelled & 1u,
		.light = w->light & 7u, .same = w->same,
		.joined_least = (uint16_t)(least < UINT16_MAX ? least : UINT16_MAX),
		.joined_most = (uint16_t)(most < JOINED_ANY ? most : JOINED_ANY) };
	const uint32_t *names[LISTS];
	uint32_t list = 0, all = 0;
	for (uint32_t l = 0; l < LISTS; l++) {
		names[l] = ps->names[l] + ps->start[l][from];
		list = w->count[l] > 0 ? l : list;
		all += w->count[l];
	}
	uint32_t first = names[list][0];
	if (all == 1 && first < LIST_ONE_MAX) {
		row.list = list_of_one(first);
		row.one = (list + 1u) & 3u;
	}
	bytes_put(&b->section[SECTION_WORDS], &row, sizeof row);
	if (w->initial)
		bytes_put(&b->section[SECTION_INITIALS], &number, sizeof number);
	if (row.one == 0)
		list_write(out, names, w->count);
}

void
build_lists(struct build *b)
{
	struct posts ps = { .twices = 0 };
	for (size_t l = 0; l < LISTS; l++) {
		ps.start[l] = ent_alloc_array(b->words + 1u, sizeof **ps.start);
		ps.end[l] = ent_alloc_array(b->words + 1u, sizeof **ps.end);
		uint32_t sum = 0;
		for (uint32_t i = 0; i < b->words; i++) {
			ps.start[l][i] = ps.end[l][i] = sum;
			sum += b->word[i].count[l];
		}
		ps.names[l] = ent_alloc_array(sum + 1u, sizeof **ps.names);
	}
	for (uint32_t i = 0; i < b->names; i++) {
		const struct build_name *n = &b->name[b->order[i]];
		size_t tokens = n->tokens & ~PART_WEAK;
		for (size_t k = 0; k < tokens; k++) {
			uint32_t t = b->token[n->token + k];
			post(&ps, TOKEN_WORD(t), b->word[TOKEN_WORD(t)].final,
			    k < n->parts ? part_list_of((enum text_role)TOKEN_ROLE(t)) : LIST_JOINED, i);
		}
	}
	put_twice(b, &ps);
	for (uint32_t i = 0; i < b->words; i++)
		put_word(b, &ps, i);
	bytes_put(&b->section[SECTION_LISTS], (uint8_t[LIST_SLACK]){ 0 }, LIST_SLACK);
	for (size_t l = 0; l < LISTS; l++) {
		free(ps.start[l]);
		free(ps.end[l]);
		free(ps.names[l]);
	}
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

static uint32_t
power_under(size_t n, uint32_t least)
{
	uint32_t p = least;
	while ((size_t)p * 2 <= n)
		p *= 2;
	return p;
}

void
build_buckets(struct build *b, enum segment_section heads, const uint64_t *pair, size_t n,
    void (*put)(struct bytes_out *out, uint64_t pair, unsigned bytes), unsigned bytes)
{
	uint32_t buckets = power_under(n / 4, 4096); /* with a key's own bits, enough of the hash */
	uint32_t *head = ent_alloc_array(buckets + 2u, sizeof *head);
	uint64_t *value = ent_alloc_array(n + 1, sizeof *value);
	struct bytes_out *out = &b->section[heads + 1];
	for (size_t i = 0; i < n; i++)
		head[((uint32_t)(pair[i] >> 32) & (buckets - 1)) + 2]++;
	for (uint32_t i = 2; i < buckets + 2; i++)
		head[i] += head[i - 1];
	for (size_t i = 0; i < n; i++)
		value[head[((uint32_t)(pair[i] >> 32) & (buckets - 1)) + 1]++] = pair[i];
	bytes_put(&b->section[heads], head, (buckets + 1u) * sizeof *head);
	for (size_t i = 0; i < n; i++)
		put(out, value[i], bytes);
	bytes_put(out, (uint8_t[SECTION_SLACK]){ 0 }, SECTION_SLACK);
	free(head);
	free(value);
}

static void
put_key(struct bytes_out *out, uint64_t pair, unsigned bytes)
{
	uint32_t v = (uint32_t)pair;
	if (bytes == 3)
		v = KEY_WORD(v) | (v & KEY_LESS) >> (23 - NARROW_BITS) | v >> 28 << 20;
	bytes_put(out, &v, bytes);
}

static void
put_slots(struct build *b)
{
	uint32_t slots = power_under((size_t)b->plain * 3, 64);
	while (slots < b->plain + b->plain / 4)
		slots *= 2;
	uint32_t *slot = ent_alloc_array(slots, sizeof *slot);
	for (uint32_t i = 0; i < b->plain; i++) {
		const struct build_word *w = &b->word[b->by_final[i]];
		uint64_t hash = part_word_mix(match_hash(b->phones.p + w->phones, w->phones_n), w->vowelled,
		    w->same);
		uint32_t at = (uint32_t)hash & (slots - 1);
		while (slot[at] != 0)
			at = (at + 1) & (slots - 1);
		slot[at] = i + 1;
	}
	bytes_put(&b->section[SECTION_WORD_SLOTS], slot, slots * sizeof *slot);
	free(slot);
}

void
build_keys(struct build *b)
{
	size_t n = 0, cap = (size_t)b->words * 8 + MATCH_KEYS_MAX;
	uint64_t *pair = ent_alloc_array(cap, sizeof *pair);
	for (uint32_t i = 0; i < b->words; i++) {
		const struct build_word *w = &b->word[b->by_final[i]];
		struct token_keys k;
		match_token_keys((const char *)b->phones.p + w->phones, w->same, &k);
		if (n + k.n > cap) {
			cap = cap * 2;
			pair = ent_realloc(pair, cap * sizeof *pair);
		}
		for (size_t j = 0; j < k.n; j++)
			pair[n++] = (uint64_t)k.hash[j] << 32 | KEY_ENTRY(i, k.hash[j], !k.whole[j]);
	}
	build_buckets(b, SECTION_KEY_HEADS, pair, n, put_key, segment_key_bytes(b->words));
	free(pair);
	put_slots(b);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static struct block
lay_out(struct build *b)
{
	struct segment_head h = { .magic = SEGMENT_MAGIC, .version = SEGMENT_VERSION,
		.rules = segment_rules(), .words = b->words, .plain = b->plain, .names = b->names,
		.records = b->records, .block_shift = b->block_shift, .epoch_names = b->epoch.names,
		.persons = b->of_kind[0], .orgs = b->of_kind[1],
		.population = match_population_print(b->population) };
	uint64_t at = (sizeof h + 7) & ~(uint64_t)7;
	for (size_t i = 0; i < SECTIONS; i++) {
		h.section[i].at = at;
		h.section[i].bytes = b->section[i].n;
		at += (b->section[i].n + 7) & ~(uint64_t)7;
	}
	h.bytes = at;
	struct block out = block_new(at);
	memcpy(out.p, &h, sizeof h);
	for (size_t i = 0; i < SECTIONS; i++)
		if (b->section[i].n > 0)
			memcpy((uint8_t *)out.p + h.section[i].at, b->section[i].p, b->section[i].n);
	return out;
}

static void
build_done(struct build *b)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		if (b->section[i].p != NULL)
			explicit_bzero(b->section[i].p, b->section[i].n);
		free(b->section[i].p);
	}
	build_written_done(b);
	free(b->word);
	free(b->slot);
	free(b->record);
	free(b->name);
	free(b->token);
	free(b->order);
	free(b->number);
	free(b->weight);
	free(b->by_final);
}

struct block
segment_build(const struct part *const *parts, size_t n, const struct epoch *e, bool base,
    const struct match_population *p)
{
	struct build b = { .part = parts, .parts = n, .epoch = *e, .base = base, .population = p };
	build_gather(&b);
	build_words(&b);
	build_order(&b);
	build_lists(&b);
	build_keys(&b);
	build_written(&b);
	build_names(&b);
	build_records(&b);
	b.section[SECTION_PHONES] = b.phones;
	bytes_put(&b.section[SECTION_PHONES], "", 1);
	if (base)
		build_variants(&b);
	struct block out = lay_out(&b);
	build_done(&b);
	return out;
}
