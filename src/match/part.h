/* SPDX-License-Identifier: Apache-2.0
 *
 * match/part: a searchable part of the index, as arrays: vocabulary, names, records.
 *
 * Two kinds share this shape.  A segment is one position-independent block that never changes
 * (emit.c writes it, segment.c checks one that comes from outside); lists in it are packed.  A recent
 * part (recent.c) has fixed room and grows by one writer beside any readers; lists in it are chains.
 * Names are numbered by what their records are, then by how much they weigh in all, in blocks of equal size:
 * what a name has beside a word that meets is left over, so a word's list is ordered by how much it can be worth.
 */
#ifndef ENT_MATCH_PART_H
#define ENT_MATCH_PART_H

#include "match/match.h"

#include <stdatomic.h>
#include <string.h>

#define PART_WORDS_MAX ((uint32_t)1 << 23)
#define NO_RECORD UINT32_MAX
#define NO_WORD UINT32_MAX

/* One distinct phonemic spelling, and what words stand for it. */
struct part_word {
	uint32_t phones; /* offset into the part's phones */
	uint32_t sound;	 /* match_sound_print of its sound code */
	uint32_t list;	 /* of a segment: offset of its names, or, see one, itself a list; of a recent part: unused */
	uint16_t weight; /* rarity of its sound in this epoch, thousandths of a nat */
	uint8_t phones_n;
	/* Of a segment: light: enum text_role, the heaviest light one that it has in some name, TEXT_NAME for none; one: it
	 * has one name, in that list less one. */
	uint8_t vowelled : 1, light : 3, one : 2;
	uint16_t same;	 /* of text_token */
	/* Of a segment: what its joined tokens stand for, in JOINED_UNIT: the least as names, the most whatever they are. */
	uint16_t joined_least, joined_most;
};

#define JOINED_UNIT 2u /* thousandths of a nat */
#define JOINED_ANY UINT16_MAX /* of joined_most: as much as there may be */

/* A name as a search reads it: of a part of either kind. */
struct part_name {
	uint32_t record;
	uint16_t total; /* what its names weigh, each sound once, not those of light words; PART_UNIT, rounded down; of a
			 * segment the least of its row's */
	uint8_t parts;	/* tokens without joined and bare ones, the first of all; bit 7: one is an initial */
	uint8_t tokens; /* bit 7: a weak alias */
	uint8_t type;	/* enum record_type of its record */
	uint16_t words; /* of a segment: of the name as written */
	const uint8_t *data, *written; /* where its tokens stand, and after them the name as written */
	uint32_t token[2 * TEXT_TOKENS_MAX];
};
/* Of a name that part_name_read fills at once: not cleared before, as the compiler else does with 300 bytes. */
#define PART_UNREAD __attribute__((uninitialized))
#define PART_WEAK 0x80u
#define PART_INITIALS 0x80u
#define PART_STEP 64u
#define PART_BLOCKS_MAX 32u
#define PART_UNIT 1u /* thousandths of a nat in a unit of part_name.total */

/* A token of a name: 23 bits of word; of a part its role and place; of others first and length. */
#define TOKEN_WORD(t) ((t) & 0x7fffffu)
#define TOKEN_ROLE(t) ((t) >> 23 & 7u)
#define TOKEN_PLACE(t) ((t) >> 26 & 3u)
#define TOKEN_FIRST(t) ((t) >> 23 & 31u)
#define TOKEN_MORE(t) ((t) >> 28 & 15u) /* tokens after the first: 0 for a bare name */
#define TOKEN_MORE_MAX 15u

/* Where names or records of a segment stand in their data: sixteen in a row. */
#define PART_ROW 16u
struct part_row {
	uint16_t base[2]; /* offset of the row's data, low half first */
	uint16_t more;	  /* of names: the least total; of records: `at` counts in 1 << more bytes */
	uint16_t at[PART_ROW]; /* from there; a row's records stand behind what their UUIDs have in common */
};

/* How a name or a record is laid out, in one byte: names and records of a register have few shapes.  That of
 * others stands behind the byte, in full.
 * A name's: parts 6 bits, tokens 7, an initial, weak, wide, type 5, words 11.  Behind it the record, then
 * the tokens, of 3 bytes each if not wide, then numbers of the words as written.
 * A record's: type 5 bits, quarantined, id as text, births from bit 8, documents 16, nations 32, names 48.
 * Behind it the id, without what the UUIDs of its row have in common, or a length and the text; then births,
 * documents, nations (numbers of written words) and names. */
#define PART_SHAPES_MAX 255u
#define PART_SHAPE_TOLD 255u
#define NAME_SHAPE(parts, tokens, flags, type, words)                                                          \
	((uint32_t)(parts) | (uint32_t)(tokens) << 6 | (uint32_t)(flags) << 13 | (uint32_t)(type) << 16 |          \
	    (uint32_t)(words) << 21)
#define NAME_INITIALS 1u
#define NAME_WEAK 2u
#define NAME_WIDE 4u
#define PART_UUID 16u

/* A narrow token: 19 bits of word; of a part role and place; of others three bits of first and two of more. */
#define NARROW_BITS 19u
#define NARROW_WORDS ((uint32_t)1 << NARROW_BITS)
#define NARROW_FIRST 8u
#define NARROW_MORE 4u

/* Rows of a recent part, whose data grows beside its readers: tokens of 4 bytes, then the text behind its length. */
struct recent_name {
	uint32_t data; /* offset into name_data, in 4 bytes */
	uint32_t record;
	uint16_t total;
	uint8_t parts, tokens, type;
};
/* Data is births, documents, nations, names. */
struct recent_record {
	uint8_t id[16]; /* of a UUID, or its offset (4 bytes) into id_text and its length */
	uint32_t data;	/* offset into record_data */
	uint8_t type;	/* enum record_type */
	uint8_t flags;
	uint16_t names;
};
#define RECORD_QUARANTINED 1u
#define RECORD_ID_TEXT 2u

/* Lists of a word: names that have it as a name; as a light word, an initial being one; and as a joined or bare form. */
enum part_list { LIST_NAME, LIST_LIGHT, LIST_JOINED, LISTS };
static inline enum part_list
part_list_of(enum text_role role)
{
	return role == TEXT_NAME ? LIST_NAME : LIST_LIGHT;
}

/* A name that says a word twice, each time in that list: word * LISTS + list. */
struct part_twice {
	uint32_t list, name;
};

struct recent; /* the chains of a recent part */

/* Everything is borrowed from a segment's block or a recent part. */
struct part {
	uint32_t words, plain; /* words of joined tokens alone come after the plain ones */
	uint32_t names, records;
	uint32_t persons, orgs; /* of a segment: names of persons come first, then those of organisations */
	uint32_t block_shift; /* names of one block: 1 << block_shift; 0: one block */
	uint32_t blocks;
	uint16_t block_low[PART_BLOCKS_MAX]; /* least total of each block of a segment */
	const struct part_word *word;
	const char *phones;
	const uint8_t *name_data, *record_data;
	/* recent parts */
	const struct recent_name *name;
	const struct recent_record *record;
	const char *id_text;
	/* segments */
	const struct part_row *name_row, *record_row;
	const uint8_t *name_shape, *record_shape; /* 4 and 8 bytes each */
	uint32_t name_shapes, record_shapes;
	uint8_t name_bytes, record_bytes; /* of a name's number, of a record's: 3 or 4 */
	uint8_t key_bytes;
	uint32_t key_buckets;
	const uint16_t *low; /* least total of each PART_STEP names */
	const uint16_t *letters; /* of each name match_letters of what its names begin with, together */
	const uint8_t *lists;
	const uint32_t *key_head; /* keys of a bucket: head[b]..head[b + 1]; see part_key */
	const uint8_t *key;
	const uint32_t *word_slot; /* hash of plain words; index + 1 */
	uint32_t word_slots;
	const uint32_t *variant_head; /* plain + 1 offsets into variants */
	const uint8_t *variants;
	const uint32_t *fact_head; /* the same of facts: see part_fact */
	const uint8_t *fact;
	uint32_t fact_buckets;
	const uint32_t *written_head; /* of the dictionary of written words */
	const char *written;
	uint32_t written_n;
	const uint32_t *initial; /* words that stand as initials */
	const struct part_twice *twice; /* in order; who says a word thrice stands there twice */
	uint32_t initials, twices;
	const uint32_t *frequency; /* pairs of sound print and count, by open hash; or none */
	uint32_t frequency_slots;
	uint32_t epoch_names;
	uint64_t population; /* what its frequencies lean on */
	struct recent *recent; /* NULL: a segment */
	uint64_t serial;       /* of a segment that was published: no other part of the index had it */
	_Atomic uint64_t *gone; /* bits of records that were removed */
	_Atomic uint64_t *dead; /* bits of words that no live name has: their phones are not to be read */
	_Atomic uint32_t deads;
};

static inline bool
part_dead(const struct part *p, uint32_t word)
{
	return atomic_load_explicit(&p->deads, memory_order_acquire) > 0 &&
	    (atomic_load_explicit(&p->dead[word / 64], memory_order_acquire) >> (word % 64) & 1) != 0;
}

static inline bool
part_gone(const struct part *p, uint32_t record)
{
	return (atomic_load_explicit(&p->gone[record / 64], memory_order_acquire) >>
		   (record % 64) & 1) != 0;
}

static inline uint32_t
part_u32(const uint8_t *at)
{
	uint32_t v;
	memcpy(&v, at, sizeof v);
	return v;
}

/* The hash that words are found by. */
static inline uint64_t
part_word_mix(uint64_t hash, bool vowelled, uint16_t same)
{
	return hash ^ vowelled ^ (uint64_t)same * 0x9e3779b97f4a7c15u;
}

/* A number of 3 or 4 bytes; one byte more is read. */
static inline uint32_t
part_number(const uint8_t *at, unsigned bytes)
{
	return part_u32(at) & (UINT32_MAX >> (32 - 8 * bytes));
}

/* Bytes of numbers under n. */
static inline uint8_t
part_number_bytes(uint32_t n)
{
	return n <= (uint32_t)1 << 24 ? 3 : 4;
}

static inline size_t
part_row_base(const struct part_row *row)
{
	return (size_t)row->base[0] | (size_t)row->base[1] << 16;
}

static inline size_t
part_row_at(const struct part_row *row, uint32_t i, unsigned shift)
{
	return part_row_base(row) + ((size_t)row->at[i] << shift);
}

static inline const uint8_t *
part_name_data(const struct part *p, uint32_t name)
{
	return p->name != NULL ? p->name_data + (size_t)p->name[name].data * 4 :
				 p->name_data + part_row_at(&p->name_row[name / PART_ROW], name % PART_ROW, 0);
}

/* Names of records of a type are numbered from *from on, and under *to; among them may be others. */
static inline void
part_names_of(const struct part *p, enum record_type type, uint32_t *from, uint32_t *to)
{
	*from = 0;
	*to = p->names;
	if (p->recent != NULL || type == RTYPE_NONE)
		return;
	if (type == RTYPE_PERSON)
		*to = p->persons;
	else if (type == RTYPE_ORG)
		*from = p->persons, *to = p->persons + p->orgs;
	else
		*from = p->persons + p->orgs;
}

/* Names are read in two steps: first where they stand, a little later what stands there. */
static inline void
part_name_expect(const struct part *p, uint32_t name)
{
	__builtin_prefetch(p->name != NULL ? (const void *)&p->name[name] :
					     (const void *)&p->name_row[name / PART_ROW]);
}

void part_name_read(const struct part *p, uint32_t name, struct part_name *out);
/* The same for a search: false, and nothing of it is read, once its record was removed; whoever wipes it waits for
 * those alone who came before that. */
bool part_name_live(const struct part *p, uint32_t name, struct part_name *out);
/* Is a segment's name that record's, of that type? */
bool part_name_is(const struct part *p, uint32_t name, uint32_t record, uint8_t type);

/* A record of a fact's bucket. */
static inline uint32_t
part_fact(const struct part *p, uint32_t at)
{
	return part_number(p->fact + (size_t)at * p->record_bytes, p->record_bytes);
}

static inline const uint8_t *
part_tokens(const struct part *p, const struct part_name *n)
{
	(void)p;
	return (const uint8_t *)n->token;
}

static inline size_t
part_tokens_n(const struct part_name *n)
{
	return n->tokens & ~PART_WEAK;
}

static inline size_t
part_parts_n(const struct part_name *n)
{
	return n->parts & ~PART_INITIALS;
}

/* A number in 7 bits a byte, low first; *at moves. */
static inline uint32_t
part_varint(const uint8_t **at)
{
	uint32_t v = **at & 0x7fu;
	unsigned shift = 0;
	while ((*(*at)++ & 0x80) != 0) {
		shift += 7;
		v |= (uint32_t)(**at & 0x7fu) << (shift & 31);
	}
	return v;
}

/* ---- dates: packed in 32 bits ------------------------------------------------------------------------ */

static inline uint32_t
part_date_pack(const struct match_date *d)
{
	uint32_t low = d->precision == MATCH_DATE_RANGE ?
	    (uint32_t)(d->year_to - d->year) & 0x3fffu :
	    (uint32_t)(d->span & 31u) << 9 | (uint32_t)d->month << 5 | d->day;
	return (uint32_t)d->precision << 28 | (uint32_t)(d->year & 0x3fffu) << 14 | low;
}

static inline struct match_date
part_date(uint32_t v)
{
	struct match_date d = { .precision = (uint8_t)(v >> 28), .year = (uint16_t)(v >> 14 & 0x3fffu) };
	if (d.precision == MATCH_DATE_RANGE) {
		d.year_to = (uint16_t)(d.year + (v & 0x3fffu));
	} else {
		d.month = (uint8_t)(v >> 5 & 15);
		d.day = (uint8_t)(v & 31);
		d.span = (uint8_t)(v >> 9 & 31);
	}
	return d;
}

/* ---- records ------------------------------------------------------------------------------------------- */

/* What record_data holds; lengths stay when a record is wiped. */
struct part_facts {
	uint8_t type, flags; /* enum record_type; RECORD_ */
	uint8_t name_bytes;
	uint8_t id_n;		  /* bytes of id; of a UUID of a segment its last */
	const uint8_t *id;
	const uint8_t *births;	  /* births_n packed dates of 4 bytes */
	const uint8_t *documents, *documents_end; /* see part_document */
	const uint8_t *nations;	  /* see part_nation; of about.c, which marks what is not a nationality */
	const uint8_t *names;	  /* numbers in the record's order: part_name_of */
	uint32_t births_n, documents_n, nations_n, names_n;
	const struct part *part;
};
void part_facts(const struct part *p, uint32_t record, struct part_facts *out);

static inline uint32_t
part_name_of(const struct part_facts *f, uint32_t i)
{
	return part_number(f->names + (size_t)i * f->name_bytes, f->name_bytes);
}

/* The document at *at, which moves, into room for MATCH_NUMBER_MAX; answers its length. */
size_t part_document(const uint8_t **at, char *out);
/* The same packed: how many half bytes, then these, a digit in each; answers how many bytes of out, which has
 * room for PACKED_MAX(n). */
#define PACKED_MAX(n) ((n) * 3 / 2 + 4)
size_t part_document_pack(const char *text, size_t n, uint8_t *out);
/* The nation at *at, which moves; borrowed from the part. */
struct str part_nation(const struct part_facts *f, const uint8_t **at);

/* Of a record whose id is not text. */
void part_uuid(const struct part *p, uint32_t record, uint8_t out[static PART_UUID]);
/* The id as text, NUL-ended; answers its length. */
size_t part_id(const struct part *p, uint32_t record, char out[static MATCH_ID_MAX + 1]);
/* The name as written, NUL-ended; room for TEXT_NAME_MAX + 1. */
void part_written(const struct part *p, uint32_t name, char *out);
/* The live record of an id, or NO_RECORD.  For the writer alone. */
uint32_t part_find(const struct part *p, const char *id);

/* ---- segments -------------------------------------------------------------------------------------------- */

/* Read a segment of n bytes, 8-aligned; what it says is checked in full, so that no later reading
 * leaves the block.  ESYNTAX: not a segment, or a damaged one; ESTATE: of other rules. */
ENT_CHECK enum ent_err part_open(struct part *p, const void *bytes, size_t n, struct ent_why *why);

#endif
