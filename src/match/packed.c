/* SPDX-License-Identifier: Apache-2.0
 *
 * Names and records of a segment as bytes: where each stands, its shape, and what it holds.
 */
#include "match/build.h"

#include <stdlib.h>

/* ---- shapes ---------------------------------------------------------------------------------------------- */

/* The most frequent ones, ascending. */
struct shapes {
	uint64_t of[PART_SHAPES_MAX];
	uint32_t n;
};

struct shape_count {
	uint64_t shape;
	uint32_t count;
};

static int
by_value(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;
	return (*a > *b) - (*a < *b);
}

static int
by_count(const void *pa, const void *pb)
{
	const struct shape_count *a = pa, *b = pb;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->shape > b->shape) - (a->shape < b->shape);
}

/* Of the shapes of all, whose order is lost. */
static void
shapes_choose(uint64_t *all, size_t n, struct shapes *out)
{
	size_t kinds = 0;
	qsort(all, n, sizeof *all, by_value);
	for (size_t i = 0; i < n; i++)
		kinds += i == 0 || all[i] != all[i - 1];
	struct shape_count *count = ent_alloc_array(kinds + 1, sizeof *count);
	kinds = 0;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || all[i] != all[i - 1])
			count[kinds++].shape = all[i];
		count[kinds - 1].count++;
	}
	qsort(count, kinds, sizeof *count, by_count);
	out->n = (uint32_t)(kinds < PART_SHAPES_MAX ? kinds : PART_SHAPES_MAX);
	for (uint32_t i = 0; i < out->n; i++)
		out->of[i] = count[i].shape;
	qsort(out->of, out->n, sizeof *out->of, by_value);
	free(count);
}

/* The shape's number, or it is told in so many bytes. */
static void
put_shape(struct bytes_out *out, const struct shapes *s, uint64_t shape, size_t bytes)
{
	const uint64_t *at = bsearch(&shape, s->of, s->n, sizeof *s->of, by_value);
	uint8_t code = at == NULL ? PART_SHAPE_TOLD : (uint8_t)(at - s->of);
	bytes_put(out, &code, 1);
	if (at == NULL)
		bytes_put(out, &shape, bytes);
}

static void
put_shapes(struct build *b, enum segment_section section, const struct shapes *s, size_t bytes)
{
	for (uint32_t i = 0; i < s->n; i++)
		bytes_put(&b->section[section], &s->of[i], bytes);
}

static void
row_begin(struct part_row *row, size_t base)
{
	ENT_ASSERT(base <= UINT32_MAX);
	*row = (struct part_row){ .base = { (uint16_t)base, (uint16_t)(base >> 16) } };
}

/* ---- names ----------------------------------------------------------------------------------------------- */

/* As a segment numbers its words. */
static uint32_t
final_token(const struct build *b, const struct build_name *n, size_t i)
{
	uint32_t t = b->token[n->token + i];
	return (t & ~0x7fffffu) | b->word[TOKEN_WORD(t)].final;
}

static bool
is_wide(const struct build *b, const struct build_name *n)
{
	for (size_t i = 0; i < (n->tokens & ~PART_WEAK); i++) {
		uint32_t t = final_token(b, n, i);
		if (TOKEN_WORD(t) >= NARROW_WORDS ||
		    (i >= n->parts && (TOKEN_FIRST(t) >= NARROW_FIRST || TOKEN_MORE(t) >= NARROW_MORE)))
			return true;
	}
	return false;
}

static uint64_t
name_shape(const struct build *b, uint32_t at)
{
	const struct build_name *n = &b->name[b->order[at]];
	unsigned flags = ((n->flags & PART_INITIALS) != 0 ? NAME_INITIALS : 0u) |
	    ((n->tokens & PART_WEAK) != 0 ? NAME_WEAK : 0u) | (is_wide(b, n) ? NAME_WIDE : 0u);
	return NAME_SHAPE(n->parts, n->tokens & ~PART_WEAK, flags, n->type,
	    b->spelt.first[at + 1] - b->spelt.first[at]);
}

static void
put_name(struct build *b, uint32_t at, const struct shapes *shapes)
{
	const struct build_name *n = &b->name[b->order[at]];
	struct bytes_out *data = &b->section[SECTION_NAME_DATA];
	uint64_t shape = name_shape(b, at);
	put_shape(data, shapes, shape, 4);
	bytes_put(data, &n->record, part_number_bytes(b->records));
	for (size_t i = 0; i < (n->tokens & ~PART_WEAK); i++) {
		uint32_t t = final_token(b, n, i);
		uint32_t narrow = i < n->parts ? t >> 23 : TOKEN_FIRST(t) | TOKEN_MORE(t) * NARROW_FIRST;
		if ((shape >> 13 & NAME_WIDE) == 0)
			t = TOKEN_WORD(t) | narrow << NARROW_BITS;
		bytes_put(data, &t, (shape >> 13 & NAME_WIDE) == 0 ? 3 : 4);
	}
	for (uint32_t i = b->spelt.first[at]; i < b->spelt.first[at + 1]; i++)
		bytes_varint(data, b->written.e[b->spelt.entry[i]].number);
}

/* Of the names in their order; they rise, but where another kind begins. */
static uint16_t
least_total(const struct build *b, uint32_t from, uint32_t n)
{
	uint32_t least = UINT16_MAX;
	for (uint32_t i = from; i < from + n && i < b->names; i++)
		least = b->name[b->order[i]].total < least ? b->name[b->order[i]].total : least;
	return (uint16_t)least;
}

/* What the names begin with that a name holds. */
static uint16_t
letters_of(const struct build *b, uint32_t number)
{
	const struct build_name *n = &b->name[b->order[number]];
	uint16_t bits = 0;
	for (size_t i = 0; i < n->parts; i++) {
		uint32_t t = b->token[n->token + i];
		const struct build_word *w = &b->word[TOKEN_WORD(t)];
		if (TOKEN_ROLE(t) == TEXT_NAME && w->phones_n > 0)
			bits |= match_letters((char)b->phones.p[w->phones]);
	}
	return bits;
}

void
build_names(struct build *b)
{
	struct bytes_out *data = &b->section[SECTION_NAME_DATA];
	struct shapes shapes;
	struct part_row row;
	uint64_t *all = ent_alloc_array(b->names + 1u, sizeof *all);
	for (uint32_t i = 0; i < b->names; i++)
		all[i] = name_shape(b, i);
	shapes_choose(all, b->names, &shapes);
	free(all);
	put_shapes(b, SECTION_NAME_SHAPES, &shapes, 4);
	for (uint32_t i = 0; i < b->names; i++) {
		if (i % PART_STEP == 0) {
			uint16_t low = least_total(b, i, PART_STEP);
			bytes_put(&b->section[SECTION_LOWS], &low, sizeof low);
		}
		if (i % PART_ROW == 0) {
			row_begin(&row, data->n);
			row.more = least_total(b, i, PART_ROW);
		}
		/* sixteen names of TEXT_NAME_MAX bytes are less */
		ENT_ASSERT(data->n - part_row_base(&row) <= UINT16_MAX);
		row.at[i % PART_ROW] = (uint16_t)(data->n - part_row_base(&row));
		put_name(b, i, &shapes);
		uint16_t letters = letters_of(b, i);
		bytes_put(&b->section[SECTION_LETTERS], &letters, sizeof letters);
		if (i % PART_ROW == PART_ROW - 1 || i + 1 == b->names)
			bytes_put(&b->section[SECTION_NAME_ROWS], &row, sizeof row);
	}
	bytes_put(data, (uint8_t[8]){ 0 }, 8);
}

/* ---- records --------------------------------------------------------------------------------------------- */

struct pairs {
	uint64_t *p;
	size_t n, cap;
};

static void
add_fact(struct pairs *out, uint32_t hash, uint32_t record)
{
	if (out->n == out->cap) {
		out->cap = out->cap * 2 + 1024;
		out->p = ent_realloc(out->p, out->cap * sizeof *out->p);
	}
	out->p[out->n++] = (uint64_t)hash << 32 | record;
}

static void
facts_of(const struct part_facts *f, uint32_t record, struct pairs *out)
{
	char number[MATCH_NUMBER_MAX];
	for (uint32_t i = 0; i < f->births_n; i++) {
		struct match_date d = part_date(part_u32(f->births + (size_t)i * 4));
		if (d.precision == MATCH_DATE_DAY)
			add_fact(out, match_fact_birth(&d), record);
	}
	const uint8_t *at = f->documents;
	for (uint32_t i = 0; i < f->documents_n; i++) {
		size_t n = part_document(&at, number);
		add_fact(out, match_fact_document(number, n), record);
	}
}

static uint64_t
record_shape(const struct part_facts *f)
{
	return (uint64_t)f->type | (uint64_t)f->flags << 5 | (uint64_t)f->births_n << 8 | (uint64_t)f->documents_n << 16 |
	    (uint64_t)f->nations_n << 32 | (uint64_t)f->names_n << 48;
}

static void
record_facts(const struct build *b, uint32_t record, struct part_facts *out)
{
	part_facts(b->part[b->record[record].part], b->record[record].record, out);
}

/* common: how many bytes of its UUID its row has in common. */
static void
put_record(struct build *b, uint32_t record, size_t common, const struct shapes *shapes, struct bytes_out *out)
{
	struct part_facts f;
	uint8_t id[PART_UUID];
	const struct build_record *from = &b->record[record];
	record_facts(b, record, &f);
	put_shape(out, shapes, record_shape(&f), 8);
	if ((f.flags & RECORD_ID_TEXT) != 0) {
		bytes_put(out, &f.id_n, 1);
		bytes_put(out, f.id, f.id_n);
	} else {
		part_uuid(b->part[from->part], from->record, id);
		bytes_put(out, id + common, PART_UUID - common);
	}
	bytes_put(out, f.births, (size_t)f.births_n * 4);
	bytes_put(out, f.documents, (size_t)(f.documents_end - f.documents));
	for (uint32_t i = b->nation.first[record]; i < b->nation.first[record + 1]; i++)
		bytes_varint(out, b->written.e[b->nation.entry[i]].number);
	for (uint32_t i = 0; i < from->names; i++)
		bytes_put(out, &b->number[from->name + i], part_number_bytes(b->names));
}

/* How many first bytes the UUIDs of records from..to share, into id. */
static uint8_t
common_bytes(const struct build *b, uint32_t from, uint32_t to, uint8_t id[static PART_UUID])
{
	uint8_t n = PART_UUID;
	bool any = false;
	for (uint32_t i = from; i < to; i++) {
		struct part_facts f;
		uint8_t own[PART_UUID];
		record_facts(b, i, &f);
		if ((f.flags & RECORD_ID_TEXT) != 0)
			continue;
		part_uuid(b->part[b->record[i].part], b->record[i].record, own);
		for (uint8_t k = 0; any && k < n; k++)
			if (own[k] != id[k])
				n = k;
		if (!any)
			memcpy(id, own, sizeof own);
		any = true;
	}
	return any ? n : 0;
}

/* In what unit offsets are counted, so that the last of them fits. */
static unsigned
unit_of(const size_t *size, uint32_t n, size_t head)
{
	for (unsigned shift = 0;; shift++) {
		size_t unit = (size_t)1 << shift, at = (head + unit - 1) >> shift;
		for (uint32_t i = 0; i + 1 < n; i++)
			at += (size[i] + unit - 1) >> shift;
		if (at <= UINT16_MAX)
			return shift;
	}
}

static void
pad(struct bytes_out *data, size_t base, unsigned shift)
{
	while (((data->n - base) & (((size_t)1 << shift) - 1)) != 0)
		bytes_put(data, "", 1);
}

static void
put_record_row(struct build *b, uint32_t from, uint32_t to, const struct shapes *shapes)
{
	struct bytes_out *data = &b->section[SECTION_RECORD_DATA], each = { .n = 0 };
	struct part_row row;
	uint8_t id[PART_UUID];
	size_t size[PART_ROW], at = 0;
	uint8_t common = common_bytes(b, from, to, id);
	for (uint32_t i = from; i < to; i++) {
		size_t before = each.n;
		put_record(b, i, common, shapes, &each);
		size[i - from] = each.n - before;
	}
	row_begin(&row, data->n);
	row.more = (uint16_t)unit_of(size, to - from, 1u + common);
	bytes_put(data, &common, 1);
	bytes_put(data, id, common);
	for (uint32_t i = from; i < to; at += size[i - from], i++) {
		pad(data, part_row_base(&row), row.more);
		row.at[i - from] = (uint16_t)((data->n - part_row_base(&row)) >> row.more);
		bytes_put(data, each.p + at, size[i - from]);
	}
	bytes_put(&b->section[SECTION_RECORD_ROWS], &row, sizeof row);
	explicit_bzero(each.p, each.n);
	free(each.p);
}

static void
put_fact(struct bytes_out *out, uint64_t pair, unsigned bytes)
{
	uint32_t record = (uint32_t)pair;
	bytes_put(out, &record, bytes);
}

void
build_records(struct build *b)
{
	struct pairs facts = { .n = 0 };
	struct shapes shapes;
	uint64_t *all = ent_alloc_array(b->records + 1u, sizeof *all);
	for (uint32_t i = 0; i < b->records; i++) {
		struct part_facts f;
		record_facts(b, i, &f);
		all[i] = record_shape(&f);
		facts_of(&f, i, &facts);
	}
	shapes_choose(all, b->records, &shapes);
	free(all);
	put_shapes(b, SECTION_RECORD_SHAPES, &shapes, 8);
	for (uint32_t i = 0; i < b->records; i += PART_ROW)
		put_record_row(b, i, b->records - i < PART_ROW ? b->records : i + PART_ROW, &shapes);
	bytes_put(&b->section[SECTION_RECORD_DATA], (uint8_t[8]){ 0 }, 8);
	build_buckets(b, SECTION_FACT_HEADS, facts.p, facts.n, put_fact, part_number_bytes(b->records));
	free(facts.p);
}
