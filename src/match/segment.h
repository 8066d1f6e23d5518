/* SPDX-License-Identifier: Apache-2.0
 *
 * match/segment: the block of bytes that a part is opened on, and how one is built from other parts.
 *
 * Numbers in it are little-endian, as the machines are that this is built for; offsets count from the
 * block's start, so that it may lie anywhere.
 */
#ifndef ENT_MATCH_SEGMENT_H
#define ENT_MATCH_SEGMENT_H

#include "match/index.h"

#define SEGMENT_MAGIC 0x31474553544e45u /* "ENTSEG1" */
#define SEGMENT_VERSION 8u

enum segment_section {
	SECTION_WORDS,
	SECTION_PHONES,
	SECTION_LISTS,
	SECTION_KEY_HEADS,
	SECTION_KEYS,
	SECTION_WORD_SLOTS,
	SECTION_VARIANT_HEADS,
	SECTION_VARIANTS,
	SECTION_NAME_ROWS,
	SECTION_NAME_SHAPES,
	SECTION_NAME_DATA,
	SECTION_LOWS,
	SECTION_LETTERS,
	SECTION_RECORD_ROWS,
	SECTION_RECORD_SHAPES,
	SECTION_RECORD_DATA,
	SECTION_FACT_HEADS,
	SECTION_FACTS,
	SECTION_WRITTEN_HEADS,
	SECTION_WRITTEN,
	SECTION_INITIALS,
	SECTION_TWICE,
	SECTION_FREQUENCY,
	SECTIONS
};

struct segment_head {
	uint64_t magic;
	uint32_t version, rules; /* rules: segment_rules */
	uint64_t bytes;
	uint32_t words, plain, names, records, block_shift, epoch_names;
	uint32_t persons, orgs; /* names of each */
	uint64_t population; /* match_population_print of what its frequencies lean on */
	struct {
		uint64_t at, bytes;
	} section[SECTIONS];
};

/* A block in memory of its own that no core dump holds. */
struct block {
	void *p;
	size_t n;
};
struct block block_new(size_t n);
void block_free(struct block *b); /* wipes */
void *block_room(size_t n); /* zeroed, on large pages where there are such; free() */

/* By what rules words sound, stand for each other and weigh: another number with any change of text or match. */
uint32_t segment_rules(void);

#define SECTION_SLACK 4u /* bytes after numbers of three bytes that reading the last may touch */

/* Bytes of a key's entry. */
static inline uint8_t
segment_key_bytes(uint32_t words)
{
	return words <= NARROW_WORDS ? 3 : 4;
}

/* Set the pointers of a block whose head and sections are good. */
void part_map(struct part *p, const void *bytes);

/* Build one segment of the live records of parts, newest last.  fresh: also freeze frequencies anew and
 * compute variants (a base), leaning on p; else weights are of that epoch.  The block is the caller's. */
struct block segment_build(const struct part *const *parts, size_t n, const struct epoch *e, bool base,
    const struct match_population *p);

#endif
