/* SPDX-License-Identifier: Apache-2.0
 *
 * What a new segment holds: live records of its parts, their names and words.
 */
#include "match/build.h"

#include "match/recent.h"

#include <stdlib.h>

#define BLOCK_NAMES 4096u /* names of a block at least; a power of two */
#define BLOCKS_MAX 32u

/* ---- words --------------------------------------------------------------------------------------------- */

static void
slots_grow(struct build *b)
{
	b->slots = b->slots == 0 ? 4096 : b->slots * 2;
	free(b->slot);
	b->slot = ent_alloc_array(b->slots, sizeof *b->slot);
	for (uint32_t i = 0; i < b->words; i++) {
		const struct build_word *w = &b->word[i];
		uint64_t hash = part_word_mix(match_hash(b->phones.p + w->phones, w->phones_n), w->vowelled,
		    w->same);
		uint32_t at = (uint32_t)hash & (b->slots - 1);
		while (b->slot[at] != 0)
			at = (at + 1) & (b->slots - 1);
		b->slot[at] = i + 1;
	}
}

static uint32_t
word_get(struct build *b, const struct part *p, uint32_t word)
{
	const struct part_word *from = &p->word[word];
	const char *phones = p->phones + from->phones;
	if ((uint64_t)b->words * 4 >= (uint64_t)b->slots * 3)
		slots_grow(b);
	uint64_t hash = part_word_mix(match_hash(phones, from->phones_n), from->vowelled, from->same);
	uint32_t at = (uint32_t)hash & (b->slots - 1);
	for (; b->slot[at] != 0; at = (at + 1) & (b->slots - 1)) {
		const struct build_word *w = &b->word[b->slot[at] - 1];
		if (w->vowelled == from->vowelled && w->same == from->same && w->phones_n == from->phones_n &&
		    memcmp(b->phones.p + w->phones, phones, from->phones_n) == 0)
			return b->slot[at] - 1;
	}
	if (b->words == b->words_cap) {
		b->words_cap = b->words_cap * 2 + 1024;
		b->word = ent_realloc(b->word, b->words_cap * sizeof *b->word);
	}
	ENT_ASSERT(b->words < PART_WORDS_MAX);
	b->word[b->words] = (struct build_word){ .phones = (uint32_t)b->phones.n, .sound = from->sound,
		.phones_n = from->phones_n, .vowelled = from->vowelled, .same = from->same,
		.joined_least = UINT32_MAX };
	bytes_put(&b->phones, phones, from->phones_n);
	bytes_put(&b->phones, "", 1);
	b->slot[at] = ++b->words;
	return b->words - 1;
}

/* ---- records in order ---------------------------------------------------------------------------------- */

struct ordered {
	const struct part *p;
	uint32_t part, record;
	bool text; /* its id is text, and no UUID */
	uint8_t uuid[PART_UUID];
};

static struct ordered
ordered_of(const struct part *p, uint32_t part, uint32_t record)
{
	struct ordered out = { .p = p, .part = part, .record = record };
	struct part_facts f;
	part_facts(p, record, &f);
	out.text = (f.flags & RECORD_ID_TEXT) != 0;
	if (!out.text)
		part_uuid(p, record, out.uuid);
	return out;
}

static int
by_id(const void *pa, const void *pb)
{
	const struct ordered *a = pa, *b = pb;
	char ta[MATCH_ID_MAX + 1], tb[MATCH_ID_MAX + 1];
	if (!a->text && !b->text)
		return memcmp(a->uuid, b->uuid, sizeof a->uuid);
	(void)part_id(a->p, a->record, ta);
	(void)part_id(b->p, b->record, tb);
	return strcmp(ta, tb);
}

static struct ordered *
order_records(struct build *b)
{
	size_t all = 0, n = 0;
	bool sorted = true;
	for (size_t i = 0; i < b->parts; i++)
		all += b->part[i]->records;
	struct ordered *out = ent_alloc_array(all + 1, sizeof *out);
	for (uint32_t i = 0; i < b->parts; i++) {
		const struct part *p = b->part[i];
		uint32_t records = p->recent != NULL ? p->recent->records : p->records;
		for (uint32_t k = 0; k < records; k++) {
			if (part_gone(p, k))
				continue;
			out[n] = ordered_of(p, i, k);
			sorted = sorted && (n == 0 || by_id(&out[n - 1], &out[n]) < 0);
			n++;
		}
	}
	if (!sorted)
		qsort(out, n, sizeof *out, by_id);
	b->records = (uint32_t)n;
	return out;
}

/* ---- gathering ----------------------------------------------------------------------------------------- */

static enum part_list
list_of(const struct build_name *n, const uint32_t *tok, size_t i)
{
	return i < n->parts ? part_list_of((enum text_role)TOKEN_ROLE(tok[i])) : LIST_JOINED;
}

/* Does the word stand in front of itself, among parts or joined ones?  *same: in the same list. */
static bool
seen_before(const struct build_name *n, const uint32_t *tok, size_t at, bool *same)
{
	bool any = false;
	*same = false;
	for (size_t i = at < n->parts ? 0 : n->parts; i < at; i++) {
		if (TOKEN_WORD(tok[i]) != TOKEN_WORD(tok[at]))
			continue;
		any = true;
		*same |= list_of(n, tok, i) == list_of(n, tok, at);
	}
	return any;
}

static void
note_role(struct build_word *w, enum text_role role)
{
	w->initial |= role == TEXT_INITIAL;
	if (role != TEXT_NAME && (w->light == TEXT_NAME ||
	    match_role_weight(role, 0) > match_role_weight((enum text_role)w->light, 0)))
		w->light = (uint8_t)role;
}

static void
take_name(struct build *b, const struct part *p, uint32_t *seen, struct build_name *n)
{
	struct part_name from;
	part_name_read(p, n->name, &from);
	uint32_t *out = b->token + b->tokens;
	n->token = b->tokens;
	n->parts = (uint8_t)part_parts_n(&from);
	n->flags = (uint8_t)(from.parts & PART_INITIALS);
	n->tokens = from.tokens;
	n->type = from.type;
	size_t tokens = part_tokens_n(&from);
	for (size_t i = 0; i < tokens; i++) {
		uint32_t t = from.token[i], word = TOKEN_WORD(t);
		if (seen[word] == 0)
			seen[word] = word_get(b, p, word) + 1;
		out[i] = (t & ~0x7fffffu) | (seen[word] - 1);
		struct build_word *w = &b->word[seen[word] - 1];
		if (i < n->parts)
			note_role(w, (enum text_role)TOKEN_ROLE(t));
		bool same, before = seen_before(n, out, i, &same);
		w->plain += !before && i < n->parts;
		w->count[list_of(n, out, i)] += !same;
	}
	b->tokens += (uint32_t)tokens;
}

static void
take_record(struct build *b, const struct part *p, uint32_t *seen, struct build_record *r)
{
	struct part_facts f;
	part_facts(p, r->record, &f);
	r->name = b->names;
	r->names = f.names_n;
	for (uint32_t i = 0; i < f.names_n; i++) {
		struct build_name *n = &b->name[b->names++];
		*n = (struct build_name){ .part = r->part, .name = part_name_of(&f, i),
			.record = (uint32_t)(r - b->record) };
		take_name(b, p, seen, n);
	}
}

void
build_gather(struct build *b)
{
	size_t names = 0, tokens = 0;
	struct ordered *order = order_records(b);
	uint32_t **seen = ent_alloc_array(b->parts + 1, sizeof *seen);
	for (size_t i = 0; i < b->parts; i++) {
		const struct part *p = b->part[i];
		uint32_t n = p->recent != NULL ? p->recent->names : p->names;
		names += n;
		for (uint32_t k = 0; k < n; k++) {
			struct part_name name;
			part_name_read(p, k, &name);
			tokens += part_tokens_n(&name);
		}
		seen[i] = ent_alloc_array(p->words + 1u, sizeof **seen);
	}
	b->record = ent_alloc_array(b->records + 1u, sizeof *b->record);
	b->name = ent_alloc_array(names + 1, sizeof *b->name);
	b->token = ent_alloc_array(tokens + 1, sizeof *b->token);
	for (uint32_t i = 0; i < b->records; i++) {
		b->record[i] = (struct build_record){ .part = order[i].part, .record = order[i].record };
		take_record(b, order[i].p, seen[order[i].part], &b->record[i]);
	}
	for (size_t i = 0; i < b->parts; i++)
		free(seen[i]);
	free(seen);
	free(order);
}

void
build_words(struct build *b)
{
	uint32_t n = 0;
	b->by_final = ent_alloc_array(b->words + 1u, sizeof *b->by_final);
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < b->words; i++) {
			if ((b->word[i].plain > 0) != (round == 0))
				continue;
			b->by_final[n] = i;
			b->word[i].final = n++;
		}
		if (round == 0)
			b->plain = n;
	}
}

/* ---- frequencies and order ----------------------------------------------------------------------------- */

static void
count_sound(uint32_t *table, uint32_t slots, uint32_t print, uint32_t more)
{
	uint32_t at = match_epoch_slot(print, slots);
	while (table[(size_t)at * 2] != 0 && table[(size_t)at * 2] != print)
		at = at + 1 < slots ? at + 1 : 0;
	table[(size_t)at * 2] = print;
	table[(size_t)at * 2 + 1] += more;
}

/* How often each sound stands in the names, and in the register that populations imagine. */
static void
freeze(struct build *b)
{
	const struct match_imagined *imagined;
	size_t n = match_population_imagined(b->population, &imagined);
	uint32_t slots = 1024;
	while (slots < b->words + n)
		slots *= 2;
	slots *= 2;
	size_t bytes = (size_t)slots * 8;
	uint32_t *table = ent_alloc(bytes);
	for (uint32_t i = 0; i < b->words; i++)
		count_sound(table, slots, b->word[i].sound, b->word[i].plain + b->word[i].count[LIST_JOINED]);
	for (size_t i = 0; i < n; i++)
		count_sound(table, slots, imagined[i].print, imagined[i].names);
	/* sounds are fewer than words: a tighter table once their number is known */
	uint32_t sounds = 0;
	for (uint32_t i = 0; i < slots; i++)
		sounds += table[(size_t)i * 2] != 0;
	uint32_t tight = sounds + sounds / 7 + 64;
	uint32_t *packed = ent_alloc((size_t)tight * 8);
	for (uint32_t i = 0; i < slots; i++) {
		uint32_t at = match_epoch_slot(table[(size_t)i * 2], tight);
		if (table[(size_t)i * 2] == 0)
			continue;
		while (packed[(size_t)at * 2] != 0)
			at = at + 1 < tight ? at + 1 : 0;
		memcpy(packed + (size_t)at * 2, table + (size_t)i * 2, 8);
	}
	free(table);
	bytes_put(&b->section[SECTION_FREQUENCY], packed, (size_t)tight * 8);
	free(packed);
	b->epoch = (struct epoch){ .names = b->names, .slots_n = tight,
		.slots = (const uint32_t *)(const void *)b->section[SECTION_FREQUENCY].p };
}

/* Of equal sounds one, and none that a light word of the name has: those left over beside one that met count nothing. */
static uint32_t
total_of(const struct build *b, const struct build_name *n)
{
	uint32_t total = 0, sound[TEXT_TOKENS_MAX];
	size_t sounds = 0;
	for (size_t i = 0; i < n->parts; i++)
		if (TOKEN_ROLE(b->token[n->token + i]) != TEXT_NAME)
			sound[sounds++] = b->word[TOKEN_WORD(b->token[n->token + i])].sound;
	for (size_t i = 0; i < n->parts; i++) {
		uint32_t t = b->token[n->token + i], own = b->word[TOKEN_WORD(t)].sound;
		if (TOKEN_ROLE(t) != TEXT_NAME)
			continue;
		size_t k = 0;
		while (k < sounds && sound[k] != own)
			k++;
		if (k < sounds)
			continue;
		sound[sounds++] = own;
		total += b->weight[TOKEN_WORD(t)];
	}
	total /= PART_UNIT;
	return total > UINT16_MAX ? UINT16_MAX : total;
}

/* How heavy joined words are, as weigh.c takes them. */
static void
weigh_joined(struct build *b, const struct build_name *n)
{
	for (size_t i = n->parts; i < (n->tokens & ~PART_WEAK); i++) {
		uint32_t t = b->token[n->token + i], names = 0, all = 0;
		for (size_t k = TOKEN_FIRST(t); k <= TOKEN_FIRST(t) + TOKEN_MORE(t) && k < n->parts; k++) {
			uint32_t part = b->token[n->token + k], weight = b->weight[TOKEN_WORD(part)];
			names += TOKEN_ROLE(part) == TEXT_NAME ? weight : 0;
			all += match_role_weight((enum text_role)TOKEN_ROLE(part), weight);
		}
		struct build_word *w = &b->word[TOKEN_WORD(t)];
		w->joined_least = names < w->joined_least ? names : w->joined_least;
		w->joined_most = all > w->joined_most ? all : w->joined_most;
	}
}

#define KINDS 3u
#define TOTALS (UINT16_MAX + 1u)

static uint32_t
kind_of(const struct build_name *n)
{
	return n->type == RTYPE_PERSON ? 0 : n->type == RTYPE_ORG ? 1 : 2;
}

static uint32_t
place_of(const struct build_name *n)
{
	return kind_of(n) * TOTALS + n->total;
}

void
build_order(struct build *b)
{
	if (b->base)
		freeze(b);
	b->weight = ent_alloc_array(b->words + 1u, sizeof *b->weight);
	for (uint32_t i = 0; i < b->words; i++)
		b->weight[i] = match_rarity(&b->epoch, match_epoch_count(&b->epoch, b->word[i].sound));
	uint32_t *first = ent_alloc_array(KINDS * TOTALS + 1u, sizeof *first);
	b->order = ent_alloc_array(b->names + 1u, sizeof *b->order);
	b->number = ent_alloc_array(b->names + 1u, sizeof *b->number);
	for (uint32_t i = 0; i < b->names; i++) {
		b->name[i].total = total_of(b, &b->name[i]);
		weigh_joined(b, &b->name[i]);
		first[place_of(&b->name[i]) + 1]++;
		b->of_kind[kind_of(&b->name[i])]++;
	}
	for (uint32_t i = 0; i < KINDS * TOTALS; i++)
		first[i + 1] += first[i];
	for (uint32_t i = 0; i < b->names; i++) {
		b->number[i] = first[place_of(&b->name[i])]++;
		b->order[b->number[i]] = i;
	}
	free(first);
	while (((uint64_t)BLOCK_NAMES << b->block_shift) * BLOCKS_MAX < b->names)
		b->block_shift++;
	b->block_shift += (uint32_t)__builtin_ctz(BLOCK_NAMES);
}
