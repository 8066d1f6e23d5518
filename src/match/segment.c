/* SPDX-License-Identifier: Apache-2.0
 *
 * A block read as a part.  One that was built here is taken as it is; one that comes from outside is
 * checked: each offset, number and list, so that no search can leave the block.
 */
#include "match/segment.h"

#include "base/workers.h"
#include "match/postings.h"
#include "match/rules.inc"

uint32_t
segment_rules(void)
{
	return MATCH_RULES;
}

static const void *
section(const struct segment_head *h, enum segment_section s)
{
	return (const uint8_t *)h + h->section[s].at;
}

static uint32_t
count(const struct segment_head *h, enum segment_section s, size_t size)
{
	return (uint32_t)(h->section[s].bytes / size);
}

void
part_map(struct part *p, const void *bytes)
{
	const struct segment_head *h = bytes;
	*p = (struct part){ .words = h->words, .plain = h->plain, .names = h->names, .records = h->records,
		.persons = h->persons, .orgs = h->orgs, .block_shift = h->block_shift, .epoch_names = h->epoch_names,
		.population = h->population,
		.blocks = (uint32_t)(((uint64_t)h->names + ((uint64_t)1 << h->block_shift) - 1) >> h->block_shift),
		.word = section(h, SECTION_WORDS), .phones = section(h, SECTION_PHONES),
		.name_row = section(h, SECTION_NAME_ROWS), .name_shape = section(h, SECTION_NAME_SHAPES),
		.name_shapes = count(h, SECTION_NAME_SHAPES, 4), .name_data = section(h, SECTION_NAME_DATA),
		.record_row = section(h, SECTION_RECORD_ROWS), .record_shape = section(h, SECTION_RECORD_SHAPES),
		.record_shapes = count(h, SECTION_RECORD_SHAPES, 8), .record_data = section(h, SECTION_RECORD_DATA),
		.name_bytes = part_number_bytes(h->names), .record_bytes = part_number_bytes(h->records),
		.key_bytes = segment_key_bytes(h->words),
		.low = section(h, SECTION_LOWS), .letters = section(h, SECTION_LETTERS), .lists = section(h, SECTION_LISTS),
		.key_head = section(h, SECTION_KEY_HEADS), .key = section(h, SECTION_KEYS),
		.key_buckets = count(h, SECTION_KEY_HEADS, 4) - 1,
		.word_slot = section(h, SECTION_WORD_SLOTS), .word_slots = count(h, SECTION_WORD_SLOTS, 4),
		.fact_head = section(h, SECTION_FACT_HEADS), .fact = section(h, SECTION_FACTS),
		.fact_buckets = count(h, SECTION_FACT_HEADS, 4) - 1,
		.written_head = section(h, SECTION_WRITTEN_HEADS), .written = section(h, SECTION_WRITTEN),
		.written_n = count(h, SECTION_WRITTEN_HEADS, 4) - 1,
		.initial = section(h, SECTION_INITIALS), .initials = count(h, SECTION_INITIALS, 4),
		.twice = section(h, SECTION_TWICE), .twices = count(h, SECTION_TWICE, sizeof(struct part_twice)),
		.frequency = section(h, SECTION_FREQUENCY),
		.frequency_slots = count(h, SECTION_FREQUENCY, 8) };
	if (h->section[SECTION_VARIANT_HEADS].bytes > 0) {
		p->variant_head = section(h, SECTION_VARIANT_HEADS);
		p->variants = section(h, SECTION_VARIANTS);
	}
	for (uint32_t b = 0; b < p->blocks && b < PART_BLOCKS_MAX; b++) {
		uint64_t steps = ((uint64_t)h->names + PART_STEP - 1) / PART_STEP,
			 from = ((uint64_t)b << h->block_shift) / PART_STEP, to = ((uint64_t)(b + 1) << h->block_shift) / PART_STEP;
		p->block_low[b] = p->low[from];
		for (uint64_t i = from; i < to && i < steps; i++)
			p->block_low[b] = p->low[i] < p->block_low[b] ? p->low[i] : p->block_low[b];
	}
}

/* ---- checking ------------------------------------------------------------------------------------------ */

#define DATA_SLACK 8u /* bytes after the data of names and records that reading may touch */

struct reading {
	const uint8_t *at, *end;
	bool good;
};

enum check { CHECK_WORDS, CHECK_VARIANTS, CHECK_NAMES, CHECK_RECORDS, CHECKS };
#define SHARE 8192u /* of words, names or records that a thread checks before it takes more */

struct checking {
	const struct part *p;
	const struct segment_head *h;
	uint32_t of[CHECKS], shares; /* how many there are of each */
	_Atomic uint32_t next;
	_Atomic uint64_t names; /* that records have */
	atomic_bool bad;
};

static uint32_t
take_varint(struct reading *r)
{
	uint32_t v = 0;
	for (unsigned shift = 0; shift < 32 && r->at < r->end; shift += 7) {
		uint8_t b = *r->at++;
		v |= (uint32_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return v;
	}
	r->good = false;
	return 0;
}

static void
skip(struct reading *r, size_t n)
{
	if ((size_t)(r->end - r->at) < n) {
		r->good = false;
		n = 0;
	}
	r->at += n;
}

static bool
head_good(const struct segment_head *h, size_t n)
{
	uint64_t at = (sizeof *h + 7) & ~(uint64_t)7;
	if (n < sizeof *h || h->magic != SEGMENT_MAGIC || h->bytes != n || h->plain > h->words ||
	    h->words > PART_WORDS_MAX || h->persons > h->names || h->orgs > h->names - h->persons || h->block_shift < 9 || h->block_shift > 31)
		return false;
	for (size_t i = 0; i < SECTIONS; i++) {
		if (h->section[i].at != at || h->section[i].bytes > n - at)
			return false;
		at += (h->section[i].bytes + 7) & ~(uint64_t)7;
		if (at > n)
			return false;
	}
	return at == n;
}

static bool
is_power(uint32_t n)
{
	return n > 0 && (n & (n - 1)) == 0;
}

/* Sections whose sizes follow from the counts. */
static bool
sizes_good(const struct segment_head *h)
{
	uint64_t blocks = ((uint64_t)h->names + ((uint64_t)1 << h->block_shift) - 1) >> h->block_shift;
	uint64_t key_heads = h->section[SECTION_KEY_HEADS].bytes,
		 fact_heads = h->section[SECTION_FACT_HEADS].bytes,
		 slots = h->section[SECTION_WORD_SLOTS].bytes / 4,
		 variants = h->section[SECTION_VARIANT_HEADS].bytes,
		 frequency = h->section[SECTION_FREQUENCY].bytes;
	return h->section[SECTION_WORDS].bytes == (uint64_t)h->words * sizeof(struct part_word) &&
	    h->section[SECTION_NAME_ROWS].bytes == ((uint64_t)h->names + PART_ROW - 1) / PART_ROW * sizeof(struct part_row) &&
	    h->section[SECTION_RECORD_ROWS].bytes ==
		((uint64_t)h->records + PART_ROW - 1) / PART_ROW * sizeof(struct part_row) &&
	    h->section[SECTION_NAME_SHAPES].bytes / 4 <= PART_SHAPES_MAX && h->section[SECTION_NAME_SHAPES].bytes % 4 == 0 &&
	    h->section[SECTION_RECORD_SHAPES].bytes / 8 <= PART_SHAPES_MAX &&
	    h->section[SECTION_RECORD_SHAPES].bytes % 8 == 0 && h->section[SECTION_NAME_DATA].bytes >= DATA_SLACK &&
	    h->section[SECTION_RECORD_DATA].bytes >= DATA_SLACK && h->section[SECTION_KEYS].bytes >= SECTION_SLACK &&
	    h->section[SECTION_FACTS].bytes >= SECTION_SLACK &&
	    h->section[SECTION_LOWS].bytes == ((uint64_t)h->names + PART_STEP - 1) / PART_STEP * 2 && blocks <= PART_BLOCKS_MAX &&
	    h->section[SECTION_LETTERS].bytes == (uint64_t)h->names * 2 &&
	    h->section[SECTION_PHONES].bytes > 0 && key_heads >= 8 && key_heads % 4 == 0 &&
	    is_power((uint32_t)(key_heads / 4 - 1)) && fact_heads >= 8 && fact_heads % 4 == 0 &&
	    is_power((uint32_t)(fact_heads / 4 - 1)) && slots < UINT32_MAX && is_power((uint32_t)slots) &&
	    slots > h->plain && h->section[SECTION_WRITTEN_HEADS].bytes >= 4 &&
	    (variants == 0 || variants == ((uint64_t)h->plain + 1) * 4) &&
	    (frequency == 0 || (frequency % 8 == 0 && frequency / 8 < UINT32_MAX));
}

/* Heads that rise from 0 to n. */
static bool
heads_good(const uint32_t *head, size_t heads, size_t n)
{
	bool good = head[0] == 0 && head[heads - 1] == n;
	for (size_t i = 1; i < heads; i++)
		good &= head[i] >= head[i - 1];
	return good;
}

static bool
words_good(const struct checking *c, uint32_t from, uint32_t to)
{
	const struct part *p = c->p;
	size_t phones = c->h->section[SECTION_PHONES].bytes, lists = c->h->section[SECTION_LISTS].bytes;
	uint64_t unused;
	for (uint32_t i = from; i < to; i++) {
		const struct part_word *w = &p->word[i];
		if (w->phones_n > TEXT_PHONES_MAX || w->phones >= phones ||
		    w->phones_n >= phones - w->phones || p->phones[w->phones + w->phones_n] != '\0' ||
		    memchr(p->phones + w->phones, '\0', w->phones_n) != NULL || !text_equivalent_is(w->same) ||
		    !(w->one != 0 ? list_check_one(w->list, p->names) :
				    list_check(p->lists, lists, w->list, p->names, &unused)))
			return false;
	}
	return true;
}

static bool
slots_good(const struct part *p)
{
	size_t free_slots = 0;
	for (uint32_t i = 0; i < p->word_slots; i++) {
		free_slots += p->word_slot[i] == 0;
		if (p->word_slot[i] > p->plain)
			return false;
	}
	for (uint32_t i = 0; i < p->twices; i++) {
		const struct part_twice *t = &p->twice[i], *before = i > 0 ? t - 1 : t;
		if (t->list / LISTS >= p->words || t->name >= p->names || t->list < before->list ||
		    (t->list == before->list && t->name < before->name))
			return false;
	}
	for (uint32_t i = 0; i < p->initials; i++)
		if (p->initial[i] >= p->words)
			return false;
	return free_slots > 0;
}

static bool
keys_good(const struct part *p, const struct segment_head *h)
{
	size_t keys = (h->section[SECTION_KEYS].bytes - SECTION_SLACK) / p->key_bytes,
	       facts = (h->section[SECTION_FACTS].bytes - SECTION_SLACK) / p->record_bytes;
	if (!heads_good(p->key_head, p->key_buckets + 1u, keys) ||
	    !heads_good(p->fact_head, p->fact_buckets + 1u, facts))
		return false;
	for (size_t i = 0; i < keys; i++)
		if (KEY_WORD(part_key(p, (uint32_t)i, 0)) >= p->words)
			return false;
	for (size_t i = 0; i < facts; i++)
		if (part_fact(p, (uint32_t)i) >= p->records)
			return false;
	return true;
}

static bool
variants_good(const struct checking *c, uint32_t from, uint32_t to)
{
	const struct part *p = c->p;
	for (uint32_t i = from; i < to; i++) {
		struct reading r = { p->variants + p->variant_head[i], p->variants + p->variant_head[i + 1],
			true };
		uint64_t word = 0, n = 0;
		while (r.at < r.end && r.good) {
			uint32_t step = take_varint(&r);
			word += step >> 9;
			r.good &= word < p->words && (step & 511u) <= 1000 - MATCH_LIKE_MIN && ++n < 16384 &&
			    (step >> 9 > 0 || n == 1) && (step & 511u) > 0;
		}
		if (!r.good)
			return false;
	}
	return true;
}

/* From where a row's name or record begins, if that is inside. */
static struct reading
reading_at(const uint8_t *data, size_t n, const struct part_row *row, uint32_t i, unsigned shift)
{
	size_t at = shift < 24 ? part_row_at(row, i % PART_ROW, shift) : n;
	n -= DATA_SLACK;
	return (struct reading){ data + (at < n ? at : n), data + n, at < n };
}

/* A shape of `size` bytes: by its number, or as it stands there. */
static uint64_t
take_shape(struct reading *r, const uint8_t *shapes, uint32_t n, size_t size)
{
	uint64_t shape = 0;
	uint8_t code = r->at < r->end ? *r->at : 0;
	const uint8_t *from = shapes + (size_t)code * size;
	skip(r, 1);
	if (code == PART_SHAPE_TOLD) {
		from = r->at;
		skip(r, size);
	} else {
		r->good &= code < n;
	}
	if (r->good)
		memcpy(&shape, from, size);
	return shape;
}

/* The tokens of a name that stands inside. */
static bool
tokens_good(const struct part *p, const struct part_name *n)
{
	size_t tokens = part_tokens_n(n), parts = part_parts_n(n);
	for (size_t i = 0; i < tokens; i++) {
		uint32_t t = n->token[i];
		if (TOKEN_WORD(t) >= p->words ||
		    (i < parts ? TOKEN_ROLE(t) > TEXT_LEGAL || TOKEN_PLACE(t) > TEXT_PLACE_GIVEN :
				 TOKEN_FIRST(t) + TOKEN_MORE(t) >= parts))
			return false;
	}
	return true;
}

static bool
name_good(const struct part *p, const struct segment_head *h, uint32_t name)
{
	const struct part_row *row = &p->name_row[name / PART_ROW];
	struct reading r = reading_at(p->name_data, h->section[SECTION_NAME_DATA].bytes, row, name, 0);
	struct part_name n PART_UNREAD;
	uint32_t shape = (uint32_t)take_shape(&r, p->name_shape, p->name_shapes, 4);
	size_t parts = shape & 63u, tokens = shape >> 6 & 127u;
	skip(&r, p->record_bytes + tokens * ((shape >> 13 & NAME_WIDE) != 0 ? 4 : 3));
	if (!r.good || parts > tokens || parts > TEXT_TOKENS_MAX || tokens > (size_t)2 * TEXT_TOKENS_MAX)
		return false;
	part_name_read(p, name, &n);
	for (uint32_t i = 0; i < n.words && r.good; i++)
		r.good &= take_varint(&r) < p->written_n;
	uint32_t from, to;
	part_names_of(p, (enum record_type)n.type, &from, &to);
	return r.good && n.record < p->records && name >= from && name < to && tokens_good(p, &n);
}

static bool
names_good(const struct checking *c, uint32_t from, uint32_t to)
{
	const struct part *p = c->p;
	for (uint32_t i = from; i < to; i++)
		if (!name_good(p, c->h, i) || p->name_row[i / PART_ROW].more < p->low[i / PART_STEP])
			return false;
	return true;
}

/* What the UUIDs of its row have in common. */
static bool
common_good(const struct part *p, const struct segment_head *h, uint32_t record, uint8_t *n)
{
	size_t data = h->section[SECTION_RECORD_DATA].bytes - DATA_SLACK,
	       base = part_row_base(&p->record_row[record / PART_ROW]);
	*n = base < data ? p->record_data[base] : 0;
	return base < data && *n <= PART_UUID && *n < data - base;
}

static void
skip_facts(const struct part *p, struct reading *r, uint64_t shape)
{
	uint32_t births = (uint8_t)(shape >> 8), documents = (uint16_t)(shape >> 16), nations = (uint16_t)(shape >> 32);
	r->good &= births <= MATCH_BIRTHS_MAX && documents <= MATCH_DOCUMENTS_MAX;
	skip(r, (size_t)births * 4);
	for (uint32_t i = 0; i < documents && r->good; i++) {
		uint32_t halves = take_varint(r);
		r->good &= halves <= 3 * MATCH_NUMBER_MAX;
		skip(r, (halves + 1) / 2);
	}
	for (uint32_t i = 0; i < nations && r->good; i++)
		r->good &= take_varint(r) < p->written_n;
}

static bool
record_good(const struct part *p, const struct segment_head *h, uint32_t record, uint32_t *names)
{
	const struct part_row *row = &p->record_row[record / PART_ROW];
	struct reading r = reading_at(p->record_data, h->section[SECTION_RECORD_DATA].bytes, row, record, row->more);
	uint8_t common;
	uint64_t shape = take_shape(&r, p->record_shape, p->record_shapes, 8);
	r.good &= common_good(p, h, record, &common);
	if ((shape >> 5 & RECORD_ID_TEXT) != 0) {
		uint8_t n = r.at < r.end ? *r.at : 0;
		skip(&r, 1);
		r.good &= n <= MATCH_ID_MAX;
		skip(&r, n);
	} else {
		skip(&r, (size_t)PART_UUID - common);
	}
	skip_facts(p, &r, shape);
	uint32_t own = (uint16_t)(shape >> 48);
	r.good &= own <= MATCH_NAMES_MAX;
	for (uint32_t k = 0; k < own && r.good; k++) {
		uint32_t name = part_number(r.at, p->name_bytes);
		skip(&r, p->name_bytes);
		r.good = r.good && name < p->names && part_name_is(p, name, record, shape & 31u);
	}
	*names += own;
	return r.good;
}

static bool
records_good(struct checking *c, uint32_t from, uint32_t to)
{
	uint32_t names = 0;
	for (uint32_t i = from; i < to; i++)
		if (!record_good(c->p, c->h, i, &names))
			return false;
	atomic_fetch_add(&c->names, names);
	return true;
}

static bool
frequency_good(const struct part *p)
{
	for (uint32_t i = 0; i < p->frequency_slots; i++)
		if (p->frequency[(size_t)i * 2] == 0)
			return true;
	return p->frequency_slots == 0;
}

/* Heads first: what is looked at after rests on them. */
static bool
tables_good(const struct part *p, const struct segment_head *h)
{
	return slots_good(p) && keys_good(p, h) && frequency_good(p) &&
	    heads_good(p->written_head, p->written_n + 1u, h->section[SECTION_WRITTEN].bytes) &&
	    (p->variant_head == NULL ||
		heads_good(p->variant_head, p->plain + 1u, h->section[SECTION_VARIANTS].bytes));
}

static bool
share_good(struct checking *c, uint32_t share)
{
	for (size_t i = 0; i < CHECKS; i++) {
		uint32_t shares = (c->of[i] + SHARE - 1) / SHARE, from = share * SHARE;
		if (share >= shares) {
			share -= shares;
			continue;
		}
		uint32_t to = c->of[i] - from < SHARE ? c->of[i] : from + SHARE;
		return i == CHECK_WORDS ? words_good(c, from, to) :
		    i == CHECK_VARIANTS ? variants_good(c, from, to) :
		    i == CHECK_NAMES	? names_good(c, from, to) :
					  records_good(c, from, to);
	}
	return true;
}

static void *
check_shares(void *ctx)
{
	struct checking *c = ctx;
	uint32_t share;
	while (!atomic_load(&c->bad) && (share = atomic_fetch_add(&c->next, 1)) < c->shares)
		if (!share_good(c, share))
			atomic_store(&c->bad, true);
	return NULL;
}

/* So many of each, in shares that several threads take. */
static bool
all_good(struct checking *c)
{
	c->shares = 0;
	atomic_store(&c->next, 0);
	for (size_t i = 0; i < CHECKS; i++)
		c->shares += (c->of[i] + SHARE - 1) / SHARE;
	workers_run(check_shares, c, c->shares);
	return !atomic_load(&c->bad);
}

enum ent_err
part_open(struct part *p, const void *bytes, size_t n, struct ent_why *why)
{
	const struct segment_head *h = bytes;
	if (n >= sizeof *h && h->magic == SEGMENT_MAGIC &&
	    (h->version != SEGMENT_VERSION || h->rules != segment_rules()))
		return ent_fail(ENT_ESTATE, why, "the index snapshot is of other rules; rebuild it");
	if (!head_good(h, n) || !sizes_good(h))
		return ent_fail(ENT_ESYNTAX, why, "the index snapshot is damaged");
	part_map(p, bytes);
	struct checking c = { .p = p, .h = h,
		.of = { [CHECK_WORDS] = p->words, [CHECK_VARIANTS] = p->variant_head != NULL ? p->plain : 0,
		    [CHECK_NAMES] = p->names } };
	bool good = tables_good(p, h) && all_good(&c);
	if (good) { /* a record's names are read where they are known to stand inside */
		memset(c.of, 0, sizeof c.of);
		c.of[CHECK_RECORDS] = p->records;
		good = all_good(&c) && atomic_load(&c.names) == p->names;
	}
	if (!good)
		return ent_fail(ENT_ESYNTAX, why, "the index snapshot is damaged");
	return ENT_OK;
}
