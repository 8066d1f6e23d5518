/* SPDX-License-Identifier: Apache-2.0
 *
 * What is written, word by word between blanks, and what records say of nation, sex and place: by number in a
 * dictionary whose most frequent entries have the shortest numbers.
 */
#include "match/build.h"

#include <stdlib.h>

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

static void
spelt_add(struct spelt *s, uint32_t entry)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 4096;
		s->entry = ent_realloc(s->entry, s->cap * sizeof *s->entry);
	}
	s->entry[s->n++] = entry;
}

/* The words of a name. */
static void
split(struct build *b, const char *text)
{
	for (const char *p = text;; p++) {
		const char *blank = strchrnul(p, ' ');
		spelt_add(&b->spelt, entry_get(&b->written, p, (size_t)(blank - p)));
		p = blank;
		if (*p == '\0')
			return;
	}
}

static void
nations_of(struct build *b, const struct build_record *from)
{
	struct part_facts f;
	part_facts(b->part[from->part], from->record, &f);
	const uint8_t *at = f.nations;
	for (uint32_t i = 0; i < f.nations_n; i++) {
		struct str text = part_nation(&f, &at);
		spelt_add(&b->nation, entry_get(&b->written, text.p, text.n));
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
put_dictionary(struct build *b)
{
	struct dictionary *d = &b->written;
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

void
build_written(struct build *b)
{
	struct dictionary *d = &b->written;
	char text[TEXT_NAME_MAX + 2];
	d->text.p = ent_alloc(1); /* an empty word is compared with it too */
	d->text.cap = 1;
	b->spelt.first = ent_alloc_array(b->names + 1u, sizeof *b->spelt.first);
	b->nation.first = ent_alloc_array(b->records + 1u, sizeof *b->nation.first);
	for (uint32_t i = 0; i < b->names; i++) {
		const struct build_name *name = &b->name[b->order[i]];
		part_written(b->part[name->part], name->name, text);
		b->spelt.first[i] = b->spelt.n;
		split(b, text);
	}
	b->spelt.first[b->names] = b->spelt.n;
	for (uint32_t i = 0; i < b->records; i++) {
		b->nation.first[i] = b->nation.n;
		nations_of(b, &b->record[i]);
	}
	b->nation.first[b->records] = b->nation.n;
	for (uint32_t i = 0; i < b->spelt.n; i++)
		d->e[b->spelt.entry[i]].count++;
	for (uint32_t i = 0; i < b->nation.n; i++)
		d->e[b->nation.entry[i]].count++;
	put_dictionary(b);
	explicit_bzero(text, sizeof text);
}

void
build_written_done(struct build *b)
{
	struct dictionary *d = &b->written;
	if (d->text.n > 0)
		explicit_bzero(d->text.p, d->text.n);
	free(d->text.p);
	free(d->e);
	free(d->slot);
	free(b->spelt.first);
	free(b->spelt.entry);
	free(b->nation.first);
	free(b->nation.entry);
}
