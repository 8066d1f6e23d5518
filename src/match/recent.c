/* SPDX-License-Identifier: Apache-2.0 */
#include "match/recent.h"

#include "base/id.h"

#include <stdlib.h>

/* Ordinary room; a record that needs more gets it. */
#define NAMES 4096u
#define WORDS ((size_t)NAMES * 4)
#define BUCKETS 16384u
#define KEYS_A_WORD 12u

static uint32_t
power(size_t n)
{
	uint32_t p = 64;
	while (p < n)
		p *= 2;
	return p;
}

static uint32_t
larger(size_t a, size_t b)
{
	size_t v = a > b ? a : b;
	ENT_ASSERT(v < UINT32_MAX / 4);
	return (uint32_t)v;
}

/* Bytes of record_data that a record takes. */
static size_t
record_bytes(const struct fresh *f)
{
	return f->data_n + 5 + f->names * 4;
}

static size_t
name_bytes(const struct fresh *f)
{
	return f->toks * 4 + f->text_bytes + f->names * 8;
}

static size_t
facts_of(const struct fresh *f)
{
	return f->documents + f->e->births_n;
}

static void
caps(struct recent *r, const struct fresh *f)
{
	r->words_cap = larger(WORDS, f->toks);
	r->phones_cap = larger((size_t)WORDS * 12, f->toks * (size_t)(TEXT_PHONES_MAX + 1));
	r->names_cap = larger(NAMES, f->names);
	r->data_cap = larger((size_t)NAMES * 48, name_bytes(f)) & ~3u;
	r->data_cap += 4;
	r->records_cap = NAMES;
	r->record_data_cap = larger((size_t)NAMES * 40, record_bytes(f));
	r->id_cap = larger((size_t)NAMES * 12, MATCH_ID_MAX + 1);
	r->keys_cap = larger((size_t)WORDS * KEYS_A_WORD, f->toks * MATCH_KEYS_MAX);
	r->posts_cap = larger((size_t)NAMES * 8, f->toks);
	r->facts_cap = larger((size_t)NAMES * 2, facts_of(f));
	r->buckets = BUCKETS;
	r->word_slots = power((size_t)r->words_cap * 2);
	r->id_slots = power((size_t)r->records_cap * 2);
}

static void *
room(struct recent *r, size_t n, size_t size)
{
	r->bytes += n * size;
	return ent_alloc_array(n + 1, size);
}

struct recent *
recent_new(const struct fresh *f)
{
	struct recent *r = ent_alloc(sizeof *r);
	r->bytes = sizeof *r;
	caps(r, f);
	r->word = room(r, r->words_cap, sizeof *r->word);
	r->phones = room(r, r->phones_cap, 1);
	r->name = room(r, r->names_cap, sizeof *r->name);
	r->name_data = room(r, r->data_cap, 1);
	r->record = room(r, r->records_cap, sizeof *r->record);
	r->record_data = room(r, r->record_data_cap, 1);
	r->id_text = room(r, r->id_cap, 1);
	r->word_slot = room(r, r->word_slots, 4);
	r->id_slot = room(r, r->id_slots, 4);
	r->key_head = room(r, r->buckets, sizeof *r->key_head);
	r->fact_head = room(r, r->buckets, sizeof *r->fact_head);
	r->list_head = room(r, (size_t)r->words_cap * LISTS, sizeof *r->list_head);
	r->key = room(r, r->keys_cap, sizeof *r->key);
	r->fact = room(r, r->facts_cap, sizeof *r->fact);
	r->post = room(r, r->posts_cap, sizeof *r->post);
	r->part = (struct part){ .words = r->words_cap, .plain = r->words_cap, .names = r->names_cap,
		.records = r->records_cap, .blocks = 1, .block_shift = 31, .word = r->word, .phones = r->phones,
		.name = r->name, .name_data = r->name_data, .record = r->record,
		.record_data = r->record_data, .id_text = r->id_text, .recent = r,
		.gone = room(r, r->records_cap / 64 + 1, 8), .dead = room(r, r->words_cap / 64 + 1, 8) };
	return r;
}

static void
drop(void *p, size_t n)
{
	explicit_bzero(p, n);
	free(p);
}

void
recent_free(struct recent *r)
{
	if (r == NULL)
		return;
	drop(r->phones, r->phones_cap);
	drop(r->name_data, r->data_cap);
	drop(r->record_data, r->record_data_cap);
	drop(r->id_text, r->id_cap);
	drop(r->record, r->records_cap * sizeof *r->record);
	drop(r->name, r->names_cap * sizeof *r->name);
	drop(r->word, r->words_cap * sizeof *r->word);
	free(r->word_slot);
	free(r->id_slot);
	free(r->key_head);
	free(r->fact_head);
	free(r->list_head);
	free(r->key);
	free(r->fact);
	free(r->post);
	free(r->part.gone);
	free(r->part.dead);
	free(r);
}

bool
recent_fits(const struct recent *r, const struct fresh *f)
{
	return r->names + f->names <= r->names_cap && r->records < r->records_cap &&
	    r->words + f->toks <= r->words_cap && r->data_n + name_bytes(f) <= r->data_cap &&
	    r->phones_n + f->toks * (TEXT_PHONES_MAX + 1) <= r->phones_cap &&
	    r->record_data_n + record_bytes(f) <= r->record_data_cap &&
	    r->id_n + MATCH_ID_MAX + 1 <= r->id_cap && r->posts_n + f->toks <= r->posts_cap &&
	    r->keys_n + f->toks * MATCH_KEYS_MAX <= r->keys_cap &&
	    r->facts_n + facts_of(f) <= r->facts_cap &&
	    (r->records == 0 || r->initials + f->toks <= RECENT_INITIALS_MAX);
}

/* ---- chains -------------------------------------------------------------------------------------------- */

/* What the node says is written before the head that leads to it is. */
static void
link_in(_Atomic uint32_t *head, struct chain *nodes, uint32_t *n, uint32_t value)
{
	nodes[*n] = (struct chain){ value, atomic_load_explicit(head, memory_order_relaxed) };
	atomic_store_explicit(head, ++*n, memory_order_release);
}

static void
add_keys(struct recent *r, uint32_t word)
{
	struct token_keys k;
	match_token_keys(r->phones + r->word[word].phones, r->word[word].same, &k);
	for (size_t i = 0; i < k.n; i++)
		link_in(&r->key_head[k.hash[i] & (r->buckets - 1)], r->key, &r->keys_n,
		    KEY_ENTRY(word, k.hash[i], !k.whole[i]));
}

static uint32_t
word_get(struct recent *r, const struct epoch *e, const struct fresh_token *t)
{
	uint64_t hash = part_word_mix(match_hash(t->phones, t->phones_n), t->vowelled, t->same);
	uint32_t at = (uint32_t)hash & (r->word_slots - 1);
	for (; r->word_slot[at] != 0; at = (at + 1) & (r->word_slots - 1)) {
		const struct part_word *w = &r->word[r->word_slot[at] - 1];
		if (w->vowelled == t->vowelled && w->same == t->same && w->phones_n == t->phones_n &&
		    memcmp(r->phones + w->phones, t->phones, t->phones_n) == 0)
			return r->word_slot[at] - 1;
	}
	uint32_t index = atomic_load_explicit(&r->words, memory_order_relaxed);
	uint32_t weight = match_rarity(e, match_epoch_count(e, t->sound));
	r->word[index] = (struct part_word){ .phones = r->phones_n, .sound = t->sound,
		.weight = (uint16_t)weight, .phones_n = t->phones_n, .vowelled = t->vowelled,
		.same = t->same };
	memcpy(r->phones + r->phones_n, t->phones, t->phones_n);
	r->phones_n += t->phones_n + 1u;
	r->word_slot[at] = index + 1;
	atomic_store_explicit(&r->words, index + 1, memory_order_release);
	add_keys(r, index);
	return index;
}

/* ---- adding -------------------------------------------------------------------------------------------- */

static void
add_initial(struct recent *r, struct recent_name *n, uint32_t word)
{
	uint32_t have = atomic_load_explicit(&r->initials, memory_order_relaxed), i = 0;
	n->parts |= PART_INITIALS;
	while (i < have && r->initial[i] != word)
		i++;
	if (i < have || have == RECENT_INITIALS_MAX)
		return;
	r->initial[have] = word;
	atomic_store_explicit(&r->initials, have + 1, memory_order_release);
}

/* Of equal sounds one counts, and none that a light word has: see part_name.total. */
static bool
same_sound(const struct fresh *f, const struct fresh_name *fn, size_t at)
{
	const struct fresh_token *t = &f->tok[fn->at];
	for (size_t i = 0; i < fn->parts; i++)
		if (i != at && (i < at || t[i].role != TEXT_NAME) && t[i].sound == t[at].sound)
			return true;
	return false;
}

static uint32_t
add_name(struct recent *r, const struct epoch *e, const struct fresh *f, const struct fresh_name *fn,
    uint32_t record)
{
	uint32_t index = atomic_load_explicit(&r->names, memory_order_relaxed), total = 0;
	uint8_t *at = r->name_data + r->data_n;
	struct recent_name *n = &r->name[index];
	*n = (struct recent_name){ .data = r->data_n / 4, .record = record, .type = (uint8_t)f->e->type, .parts = fn->parts,
		.tokens = (uint8_t)(fn->tokens | (fn->weak ? PART_WEAK : 0u)) };
	for (size_t i = 0; i < fn->tokens; i++) {
		const struct fresh_token *t = &f->tok[fn->at + i];
		uint32_t word = word_get(r, e, t), token;
		if (i < fn->parts) {
			token = word | (uint32_t)t->role << 23 | (uint32_t)t->place << 26;
			if (t->role == TEXT_INITIAL)
				add_initial(r, n, word);
			if (t->role == TEXT_NAME && !same_sound(f, fn, i))
				total += r->word[word].weight;
		} else {
			token = word | (uint32_t)t->first << 23 | (uint32_t)t->more << 28;
		}
		memcpy(at + i * 4, &token, sizeof token);
	}
	total /= PART_UNIT;
	n->total = (uint16_t)(total > UINT16_MAX ? UINT16_MAX : total);
	at += (size_t)fn->tokens * 4;
	at[0] = (uint8_t)fn->text_n;
	at[1] = (uint8_t)(fn->text_n >> 8);
	memcpy(at + 2, fn->text, fn->text_n);
	r->data_n += (fn->tokens * 4u + 2u + (uint32_t)fn->text_n + 3u) & ~3u;
	atomic_store_explicit(&r->names, index + 1, memory_order_release);
	return index;
}

/* A name once in each list of a word. */
static void
post(struct recent *r, uint32_t name)
{
	struct part_name n;
	part_name_read(&r->part, name, &n);
	size_t tokens = part_tokens_n(&n);
	for (size_t i = 0; i < tokens; i++) {
		size_t list = i < part_parts_n(&n) ? part_list_of((enum text_role)TOKEN_ROLE(n.token[i])) : LIST_JOINED;
		_Atomic uint32_t *head = &r->list_head[(size_t)TOKEN_WORD(n.token[i]) * LISTS + list];
		uint32_t top = atomic_load_explicit(head, memory_order_relaxed);
		if (top == 0 || r->post[top - 1].value != name)
			link_in(head, r->post, &r->posts_n, name);
	}
}

static void
set_id(struct recent *r, struct recent_record *rec, const char *id)
{
	struct ent_id uuid;
	char text[ENT_ID_TEXT];
	if (id_parse(str_of(id), &uuid) == ENT_OK) {
		id_format(&uuid, text);
		if (strcmp(text, id) == 0) {
			memcpy(rec->id, uuid.b, sizeof rec->id);
			return;
		}
	}
	size_t n = strlen(id);
	memcpy(rec->id, &r->id_n, 4);
	rec->id[4] = (uint8_t)n;
	rec->flags |= RECORD_ID_TEXT;
	memcpy(r->id_text + r->id_n, id, n);
	r->id_n += (uint32_t)n;
}

static void
put_facts(struct recent *r, const struct fresh *f, uint32_t record)
{
	for (size_t i = 0; i < f->documents; i++)
		link_in(&r->fact_head[match_fact_document(f->document[i].p, f->document[i].n) & (r->buckets - 1)], r->fact,
		    &r->facts_n, record);
	for (size_t i = 0; i < f->e->births_n; i++)
		if (f->e->births[i].precision == MATCH_DATE_DAY)
			link_in(&r->fact_head[match_fact_birth(&f->e->births[i]) & (r->buckets - 1)],
			    r->fact, &r->facts_n, record);
}

void
recent_add(struct recent *r, const struct epoch *e, const struct fresh *f)
{
	uint32_t record = atomic_load_explicit(&r->records, memory_order_relaxed);
	uint32_t first = atomic_load_explicit(&r->names, memory_order_relaxed);
	struct recent_record *rec = &r->record[record];
	*rec = (struct recent_record){ .data = r->record_data_n, .type = (uint8_t)f->e->type,
		.flags = f->e->quarantined ? RECORD_QUARANTINED : 0, .names = (uint16_t)f->names };
	set_id(r, rec, f->e->id);
	memcpy(r->record_data + r->record_data_n, f->data, f->data_n);
	r->record_data_n += (uint32_t)f->data_n;
	for (size_t i = 0; i < f->names; i++) {
		uint32_t name = add_name(r, e, f, &f->name[i], record);
		memcpy(r->record_data + r->record_data_n, &name, sizeof name);
		r->record_data_n += 4;
	}
	uint32_t at = (uint32_t)match_hash(f->e->id, strlen(f->e->id)) & (r->id_slots - 1);
	while (r->id_slot[at] != 0)
		at = (at + 1) & (r->id_slots - 1);
	r->id_slot[at] = record + 1;
	for (size_t i = 0; i < f->names; i++)
		post(r, first + (uint32_t)i);
	put_facts(r, f, record);
	atomic_store_explicit(&r->records, record + 1, memory_order_release);
}

uint32_t
recent_find(const struct recent *r, const char *id)
{
	char own[MATCH_ID_MAX + 1];
	uint32_t at = (uint32_t)match_hash(id, strlen(id)) & (r->id_slots - 1);
	for (; r->id_slot[at] != 0; at = (at + 1) & (r->id_slots - 1)) {
		uint32_t record = r->id_slot[at] - 1;
		if (part_gone(&r->part, record))
			continue;
		(void)part_id(&r->part, record, own);
		if (strcmp(own, id) == 0)
			return record;
	}
	return NO_RECORD;
}
