/* SPDX-License-Identifier: Apache-2.0
 *
 * Names with their tokens and what is written: words between blanks, by number in a dictionary whose
 * most frequent words have the shortest numbers.
 */
#include "match/build.h"

#include <stdlib.h>

struct entry {
	uint32_t at, n, count, number;
};

struct dictionary {
	struct bytes_out text;
	struct entry *e;
	uint32_t n, cap;
	uint32_t *slot, slots;
};

static uint32_t
slot_of(const struct dictionary *d, const char *p, size_t n)
{
	uint32_t at = (uint32_t)match_hash(p, n) & (d->slots - 1);
	for (; d->slot[at] != 0; at = (at + 1) & (d->slots - 1)) {
		const struct entry *e = &d->e[d->slot[at] - 1];
		if (e->n == n && d->text.p != NULL && memcmp(d->text.p + e->at, p, n) == 0)
			break;
	}
	return at;
}

static void
grow(struct dictionary *d)
{
	d->slots = d->slots == 0 ? 4096 : d->slots * 2;
	free(d->slot);
	d->slot = ent_alloc_array(d->slots, sizeof *d->slot);
	for (uint32_t i = 0; i < d->n; i++) {
		const char *p = (const char *)d->text.p + d->e[i].at;
		d->slot[slot_of(d, p, d->e[i].n)] = i + 1;
	}
}

static uint32_t
entry_get(struct dictionary *d, const char *p, size_t n)
{
	if ((uint64_t)d->n * 4 >= (uint64_t)d->slots * 3)
		grow(d);
	uint32_t at = slot_of(d, p, n);
	if (d->slot[at] != 0)
		return d->slot[at] - 1;
	if (d->n == d->cap) {
		d->cap = d->cap * 2 + 1024;
		d->e = ent_realloc(d->e, d->cap * sizeof *d->e);
	}
	d->e[d->n] = (struct entry){ (uint32_t)d->text.n, (uint32_t)n, 0, 0 };
	bytes_put(&d->text, p, n);
	d->slot[at] = ++d->n;
	return d->n - 1;
}

/* The words of a name into out; answers how many. */
static uint32_t
split(struct dictionary *d, const char *text, uint32_t *out)
{
	uint32_t n = 0;
	for (const char *p = text;;) {
		const char *blank = strchrnul(p, ' ');
		out[n++] = entry_get(d, p, (size_t)(blank - p));
		if (*blank == '\0')
			return n;
		p = blank + 1;
	}
}

struct ranked {
	uint32_t count, entry;
};

static int
by_count(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->entry < b->entry ? -1 : a->entry > b->entry;
}

static void
put_dictionary(struct build *b, struct dictionary *d)
{
	struct ranked *rank = ent_alloc_array(d->n + 1u, sizeof *rank);
	for (uint32_t i = 0; i < d->n; i++)
		rank[i] = (struct ranked){ d->e[i].count, i };
	qsort(rank, d->n, sizeof *rank, by_count);
	struct bytes_out *heads = &b->section[SECTION_WRITTEN_HEADS], *text = &b->section[SECTION_WRITTEN];
	for (uint32_t i = 0; i < d->n; i++) {
		struct entry *e = &d->e[rank[i].entry];
		uint32_t at = (uint32_t)text->n;
		e->number = i;
		bytes_put(heads, &at, sizeof at);
		bytes_put(text, d->text.p + e->at, e->n);
	}
	uint32_t end = (uint32_t)text->n;
	bytes_put(heads, &end, sizeof end);
	free(rank);
}

static void
put_name(struct build *b, const struct dictionary *d, const struct build_name *n, const uint32_t *word,
    uint32_t words)
{
	struct bytes_out *data = &b->section[SECTION_NAME_DATA];
	struct part_name row = { .data = (uint32_t)(data->n / 4), .record = n->record,
		.total = (uint16_t)n->total, .parts = (uint8_t)(n->parts | n->flags),
		.tokens = n->tokens };
	bytes_put(&b->section[SECTION_NAMES], &row, sizeof row);
	for (size_t i = 0; i < (n->tokens & ~PART_WEAK); i++) {
		uint32_t t = b->token[n->token + i];
		t = (t & ~0x7fffffu) | b->word[TOKEN_WORD(t)].final;
		bytes_put(data, &t, sizeof t);
	}
	bytes_varint(data, words);
	for (uint32_t i = 0; i < words; i++)
		bytes_varint(data, d->e[word[i]].number);
	bytes_put(data, "\0\0\0", (4 - data->n % 4) % 4);
}

void
build_written(struct build *b)
{
	struct dictionary d = { .n = 0, .cap = 1024, .e = ent_alloc_array(1024, sizeof *d.e) };
	uint32_t n = 0, cap = 4 * TEXT_NAME_MAX,
		 *first = ent_alloc_array(b->names + 1u, sizeof *first),
		 *words = ent_alloc_array(cap, sizeof *words);
	char text[TEXT_NAME_MAX + 2];
	for (uint32_t i = 0; i < b->names; i++) {
		const struct build_name *name = &b->name[b->order[i]];
		if (n + TEXT_NAME_MAX + 2 > cap) {
			cap = cap * 2 + 4 * TEXT_NAME_MAX;
			words = ent_realloc(words, cap * sizeof *words);
		}
		part_written(b->part[name->part], name->name, text);
		first[i] = n;
		n += split(&d, text, words + n);
	}
	first[b->names] = n;
	for (uint32_t i = 0; i < n; i++)
		d.e[words[i]].count++;
	put_dictionary(b, &d);
	for (uint32_t i = 0; i < b->names; i++) {
		const struct build_name *name = &b->name[b->order[i]];
		uint16_t low = (uint16_t)name->total;
		if (i % PART_STEP == 0)
			bytes_put(&b->section[SECTION_LOWS], &low, sizeof low);
		put_name(b, &d, name, words + first[i], first[i + 1] - first[i]);
	}
	bytes_put(&b->section[SECTION_NAME_DATA], "\0\0\0\0\0\0\0", 8);
	if (d.text.n > 0)
		explicit_bzero(d.text.p, d.text.n);
	explicit_bzero(text, sizeof text);
	free(d.text.p);
	free(d.e);
	free(d.slot);
	free(first);
	free(words);
}
