/* SPDX-License-Identifier: Apache-2.0
 *
 * Records and names come and go.
 */
#include "match/index.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

struct match_index *
match_index_new(void)
{
	struct match_index *x = ent_alloc(sizeof *x);
	ENT_ASSERT(pthread_rwlock_init(&x->lock, NULL) == 0);
	ENT_ASSERT(pthread_mutex_init(&x->scratch_lock, NULL) == 0);
	return x;
}

/* Wipe and free a small block; what it held may be a name. */
static void
wipe(struct match_index *x, void *p)
{
	if (p == NULL)
		return;
	size_t n = malloc_usable_size(p);
	explicit_bzero(p, n);
	x->heap -= n + sizeof(size_t);
	free(p);
}

static void *
keep(struct match_index *x, size_t n)
{
	void *p = ent_alloc(n == 0 ? 1 : n);
	x->heap += malloc_usable_size(p) + sizeof(size_t);
	return p;
}

static char *
keep_text(struct match_index *x, const char *s)
{
	size_t n = strlen(s) + 1;
	return memcpy(keep(x, n), s, n);
}

/* ---- ids ------------------------------------------------------------------------------------------- */

uint32_t
match_record_find(const struct match_index *x, const char *id)
{
	const struct table *t = &x->id_table;
	if (t->cap == 0)
		return NO_RECORD;
	size_t at = (size_t)match_hash(id, strlen(id)) & (t->cap - 1);
	for (; t->slot[at] != 0; at = (at + 1) & (t->cap - 1)) {
		const struct indexed *r = &x->records[t->slot[at] - 1];
		if (r->id != NULL && strcmp(r->id, id) == 0)
			return t->slot[at] - 1;
	}
	return NO_RECORD;
}

static void
id_put(struct match_index *x, uint32_t record)
{
	struct table *t = &x->id_table;
	const char *id = x->records[record].id;
	size_t at = (size_t)match_hash(id, strlen(id)) & (t->cap - 1);
	while (t->slot[at] != 0)
		at = (at + 1) & (t->cap - 1);
	t->slot[at] = record + 1;
	t->n++;
}

static void
id_add(struct match_index *x, uint32_t record)
{
	if (match_table_full(&x->id_table)) {
		match_table_grow(&x->id_table);
		for (uint32_t i = 0; i < x->records_n; i++)
			if (x->records[i].id != NULL && i != record)
				id_put(x, i);
	}
	id_put(x, record);
}

/* Linear probing: what stands behind the gap moves up, so that no chain is cut. */
static void
id_drop(struct match_index *x, uint32_t record)
{
	struct table *t = &x->id_table;
	const char *id = x->records[record].id;
	size_t mask = t->cap - 1, at = (size_t)match_hash(id, strlen(id)) & mask;
	while (t->slot[at] != record + 1)
		at = (at + 1) & mask;
	size_t gap = at;
	for (at = (at + 1) & mask; t->slot[at] != 0; at = (at + 1) & mask) {
		const char *other = x->records[t->slot[at] - 1].id;
		size_t home = (size_t)match_hash(other, strlen(other)) & mask;
		if (((at - home) & mask) >= ((at - gap) & mask)) {
			t->slot[gap] = t->slot[at];
			gap = at;
		}
	}
	t->slot[gap] = 0;
	t->n--;
}

/* ---- names ----------------------------------------------------------------------------------------- */

/* Two tokens that files also write as one: after a particle or article, or where one is short. */
static bool
joinable(const struct text_token *a, const struct text_token *b)
{
	if (b->role == TEXT_INITIAL || b->role == TEXT_LEGAL || b->role == TEXT_TITLE ||
	    a->role == TEXT_INITIAL || a->role == TEXT_LEGAL || a->role == TEXT_TITLE)
		return false;
	if (b->role != TEXT_NAME)
		return a->role == TEXT_PARTICLE && b->role == TEXT_PARTICLE;
	return a->role != TEXT_NAME || a->phones_n <= 4 || b->phones_n <= 4;
}

/* Single letters beside each other, from `at` on: the last of them. */
static size_t
letters_from(const struct text_name *n, size_t at)
{
	size_t last = at;
	while (last + 1 < n->n && n->tok[last].role == TEXT_INITIAL && n->tok[last + 1].role == TEXT_INITIAL)
		last++;
	return last;
}

struct name_build {
	struct name_token tok[2 * TEXT_TOKENS_MAX];
	size_t n;
};

static void
build_tokens(struct match_index *x, const struct text_name *parsed, struct name_build *out)
{
	for (size_t i = 0; i < parsed->n; i++)
		out->tok[out->n++] = (struct name_token){ .word = match_word_get(x, &parsed->tok[i]),
			.role = parsed->tok[i].role, .place = parsed->tok[i].place, .first = (uint8_t)i, .last = (uint8_t)i };
	for (size_t i = 0; i < parsed->n && out->n < sizeof out->tok / sizeof out->tok[0]; i++) {
		struct text_token bare;
		if (text_without_abd(&parsed->tok[i], &bare))
			out->tok[out->n++] = (struct name_token){ .word = match_word_get(x, &bare),
				.role = TEXT_NAME, .first = (uint8_t)i, .last = (uint8_t)i };
	}
	for (size_t i = 0; i + 1 < parsed->n && out->n < sizeof out->tok / sizeof out->tok[0]; i++) {
		size_t last = i + 1;
		if (!joinable(&parsed->tok[i], &parsed->tok[last]))
			continue;
		if (parsed->tok[last].role == TEXT_PARTICLE && last + 1 < parsed->n)
			last++; /* van den berghe */
		if (parsed->tok[last].role != TEXT_NAME)
			continue;
		struct text_token joined;
		text_join(parsed, i, last, &joined);
		out->tok[out->n++] = (struct name_token){ .word = match_word_get(x, &joined),
			.role = TEXT_NAME, .first = (uint8_t)i, .last = (uint8_t)last };
	}
}

/* What organisations are also called: the letters I A C as IAC, the words' first letters as one word. */
static void
build_short(struct match_index *x, const struct text_name *parsed, struct name_build *out)
{
	struct text_token t;
	size_t room = sizeof out->tok / sizeof out->tok[0];
	for (size_t i = 0; i < parsed->n && out->n < room; i++) {
		size_t last = letters_from(parsed, i);
		if (last == i)
			continue;
		text_join(parsed, i, last, &t);
		out->tok[out->n++] = (struct name_token){ .word = match_word_get(x, &t), .role = TEXT_NAME,
			.first = (uint8_t)i, .last = (uint8_t)last };
		i = last;
	}
	if (out->n < room && text_acronym(parsed, &t))
		out->tok[out->n++] = (struct name_token){ .word = match_word_get(x, &t), .role = TEXT_NAME,
			.first = 0, .last = (uint8_t)(parsed->n - 1) };
}

static uint32_t
name_slot(struct match_index *x)
{
	if (x->free_names_n > 0)
		return x->free_names[--x->free_names_n];
	if (x->names_n == x->names_cap) {
		x->names_cap = x->names_cap == 0 ? 256 : x->names_cap + x->names_cap / 2;
		x->names = ent_realloc(x->names, x->names_cap * sizeof *x->names);
		x->name_type = ent_realloc(x->name_type, x->names_cap);
		x->name_parts = ent_realloc(x->name_parts, x->names_cap);
	}
	return (uint32_t)x->names_n++;
}

/* Answers the name's index, or NO_RECORD for a name that cannot be searched. */
static uint32_t
name_add(struct match_index *x, uint32_t record, const char *text, bool weak)
{
	struct text_name parsed;
	struct name_build b = { .n = 0 };
	if (text_parse(str_of(text), &parsed, NULL) != ENT_OK || parsed.n == 0)
		return NO_RECORD;
	build_tokens(x, &parsed, &b);
	if (x->records[record].type == RTYPE_ORG)
		build_short(x, &parsed, &b);
	uint32_t index = name_slot(x);
	struct name *n = &x->names[index];
	*n = (struct name){ .record = record, .tokens = (uint8_t)b.n, .parts = (uint8_t)parsed.n,
		.weak = weak };
	size_t bytes = b.n * sizeof *n->tok, text_n = strlen(text) + 1;
	n->tok = keep(x, bytes + text_n);
	memcpy(n->tok, b.tok, bytes);
	n->text = (char *)(n->tok + b.n);
	memcpy(n->text, text, text_n);
	x->name_type[index] = x->records[record].type;
	x->name_parts[index] = n->parts;
	x->names_live++;
	for (size_t i = 0; i < b.n; i++)
		match_word_post(x, b.tok[i].word, index);
	return index;
}

static void
name_drop(struct match_index *x, uint32_t index)
{
	struct name *n = &x->names[index];
	for (size_t i = 0; i < n->tokens; i++)
		match_word_unpost(x, n->tok[i].word, index);
	wipe(x, n->tok);
	*n = (struct name){ .record = NO_RECORD };
	x->names_live--;
	if (x->free_names_n == x->free_names_cap) {
		x->free_names_cap = x->free_names_cap == 0 ? 64 : x->free_names_cap * 2;
		x->free_names = ent_realloc(x->free_names,
		    x->free_names_cap * sizeof *x->free_names);
	}
	x->free_names[x->free_names_n++] = index;
}

/* ---- records --------------------------------------------------------------------------------------- */

static bool
whole_date(const struct match_date *d)
{
	return d->precision == MATCH_DATE_DAY;
}

/* Wipe a record's own blocks, names not among them. */
static void
release_record(struct match_index *x, struct indexed *r)
{
	for (size_t i = 0; i < r->documents_n; i++)
		wipe(x, r->documents[i]);
	for (size_t i = 0; i < r->nationalities_n; i++)
		wipe(x, r->nationalities[i]);
	wipe(x, r->names);
	wipe(x, r->births);
	wipe(x, r->documents);
	wipe(x, r->nationalities);
	wipe(x, r->id);
	*r = (struct indexed){ .id = NULL };
}

static void
record_drop(struct match_index *x, uint32_t index)
{
	struct indexed *r = &x->records[index];
	id_drop(x, index);
	for (size_t i = 0; i < r->names_n; i++)
		name_drop(x, r->names[i]);
	for (size_t i = 0; i < r->documents_n; i++)
		match_fact_drop(x, match_fact_document(r->documents[i]), index);
	for (size_t i = 0; i < r->births_n; i++)
		if (whole_date(&r->births[i]))
			match_fact_drop(x, match_fact_birth(&r->births[i]), index);
	release_record(x, r);
	x->records_live--;
	if (x->free_records_n == x->free_records_cap) {
		x->free_records_cap = x->free_records_cap == 0 ? 64 : x->free_records_cap * 2;
		x->free_records = ent_realloc(x->free_records,
		    x->free_records_cap * sizeof *x->free_records);
	}
	x->free_records[x->free_records_n++] = index;
}

static uint32_t
record_slot(struct match_index *x)
{
	if (x->free_records_n > 0)
		return x->free_records[--x->free_records_n];
	if (x->records_n == x->records_cap) {
		x->records_cap = x->records_cap == 0 ? 256 : x->records_cap + x->records_cap / 2;
		x->records = ent_realloc(x->records, x->records_cap * sizeof *x->records);
	}
	x->records[x->records_n] = (struct indexed){ .id = NULL };
	return (uint32_t)x->records_n++;
}

static size_t
add_names(struct match_index *x, uint32_t index, const struct match_entry *e)
{
	size_t left_out = 0, n = 0;
	uint32_t *names = keep(x, (e->names_n + e->weak_n) * sizeof *names);
	for (size_t i = 0; i < e->names_n + e->weak_n; i++) {
		bool weak = i >= e->names_n;
		uint32_t name = name_add(x, index, weak ? e->weak[i - e->names_n] : e->names[i], weak);
		if (name == NO_RECORD)
			left_out++;
		else
			names[n++] = name;
	}
	x->records[index].names = names;
	x->records[index].names_n = (uint32_t)n;
	return left_out;
}

static void
add_facts(struct match_index *x, uint32_t index, const struct match_entry *e)
{
	struct indexed *r = &x->records[index];
	char value[TEXT_KEY_MAX];
	if (e->documents_n > 0)
		r->documents = keep(x, e->documents_n * sizeof *r->documents);
	for (size_t i = 0; i < e->documents_n; i++) {
		if (text_key_document(str_of(e->documents[i]), value, NULL) != ENT_OK ||
		    value[0] == '\0')
			continue;
		r->documents[r->documents_n++] = keep_text(x, value);
		match_fact_add(x, match_fact_document(value), index);
	}
	if (e->births_n > 0) {
		r->births = keep(x, e->births_n * sizeof *r->births);
		memcpy(r->births, e->births, e->births_n * sizeof *r->births);
		r->births_n = (uint32_t)e->births_n;
	}
	for (size_t i = 0; i < e->births_n; i++)
		if (whole_date(&e->births[i]))
			match_fact_add(x, match_fact_birth(&e->births[i]), index);
	if (e->nationalities_n > 0)
		r->nationalities = keep(x, e->nationalities_n * sizeof *r->nationalities);
	for (size_t i = 0; i < e->nationalities_n; i++)
		if (text_fold(str_of(e->nationalities[i]), value, sizeof value, NULL) == ENT_OK)
			r->nationalities[r->nationalities_n++] = keep_text(x, value);
}

enum ent_err
match_add(struct match_index *x, const struct match_entry *e, size_t *left_out, struct ent_why *why)
{
	size_t id_n = e->id == NULL ? 0 : strlen(e->id);
	if (id_n == 0 || id_n > MATCH_ID_MAX)
		return ent_fail(ENT_EFIELD, why, "an id has 1 to %u bytes", MATCH_ID_MAX);
	if (e->names_n > MATCH_NAMES_MAX || e->weak_n > MATCH_NAMES_MAX - e->names_n ||
	    e->births_n > MATCH_BIRTHS_MAX || e->documents_n > MATCH_DOCUMENTS_MAX ||
	    e->nationalities_n > MATCH_DOCUMENTS_MAX)
		return ent_fail(ENT_EFIELD, why, "the record has more names, dates or documents than "
		    "the index takes");
	pthread_rwlock_wrlock(&x->lock);
	uint32_t old = match_record_find(x, e->id);
	if (old != NO_RECORD)
		record_drop(x, old);
	uint32_t index = record_slot(x);
	x->records[index] = (struct indexed){ .id = keep_text(x, e->id), .type = (uint8_t)e->type,
		.quarantined = e->quarantined };
	x->records_live++;
	id_add(x, index);
	size_t left = add_names(x, index, e);
	add_facts(x, index, e);
	pthread_rwlock_unlock(&x->lock);
	if (left_out != NULL)
		*left_out = left;
	return ENT_OK;
}

bool
match_remove(struct match_index *x, const char *id)
{
	pthread_rwlock_wrlock(&x->lock);
	uint32_t index = match_record_find(x, id);
	if (index != NO_RECORD)
		record_drop(x, index);
	pthread_rwlock_unlock(&x->lock);
	return index != NO_RECORD;
}

bool
match_has(struct match_index *x, const char *id)
{
	pthread_rwlock_rdlock(&x->lock);
	bool has = match_record_find(x, id) != NO_RECORD;
	pthread_rwlock_unlock(&x->lock);
	return has;
}

void
match_stats(struct match_index *x, struct match_stats *out)
{
	pthread_rwlock_rdlock(&x->lock);
	uint64_t bytes = x->heap + x->words_cap * sizeof *x->words + x->sounds_cap * sizeof *x->sounds +
	    x->keys_cap * sizeof *x->keys + x->key_heads_n * 4 + x->names_cap * (sizeof *x->names + 2) +
	    x->records_cap * sizeof *x->records + x->facts_cap * sizeof *x->facts +
	    x->fact_heads_n * 4 + (x->word_table.cap + x->sound_table.cap + x->id_table.cap) * 4;
	for (size_t i = 0; i < x->words_n; i++)
		bytes += x->words[i].cap * 4 + 16;
	*out = (struct match_stats){ x->records_live, x->names_live, x->words_n, bytes };
	pthread_rwlock_unlock(&x->lock);
}

void
match_index_free(struct match_index *x)
{
	if (x == NULL)
		return;
	for (uint32_t i = 0; i < x->records_n; i++)
		release_record(x, &x->records[i]);
	for (size_t i = 0; i < x->names_n; i++)
		wipe(x, x->names[i].tok);
	for (size_t i = 0; i < x->words_n; i++)
		free(x->words[i].posting);
	if (x->words_n > 0)
		explicit_bzero(x->words, x->words_n * sizeof *x->words);
	for (struct scratch *s = x->spare; s != NULL;) {
		struct scratch *next = s->next;
		free(s->mass);
		free(s->last);
		free(s->touched);
		free(s);
		s = next;
	}
	free(x->words);
	free(x->word_table.slot);
	free(x->sounds);
	free(x->sound_table.slot);
	free(x->keys);
	free(x->key_heads);
	free(x->names);
	free(x->name_type);
	free(x->name_parts);
	free(x->free_names);
	free(x->records);
	free(x->free_records);
	free(x->id_table.slot);
	free(x->facts);
	free(x->fact_heads);
	pthread_rwlock_destroy(&x->lock);
	pthread_mutex_destroy(&x->scratch_lock);
	match_population_free(x->population);
	free(x);
}
