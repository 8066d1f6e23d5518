/* SPDX-License-Identifier: Apache-2.0
 *
 * match/build: a segment in the making: what is gathered from other parts (gather.c), then laid out
 * section by section (build.c).
 */
#ifndef ENT_MATCH_BUILD_H
#define ENT_MATCH_BUILD_H

#include "match/postings.h"
#include "match/segment.h"

struct build_word {
	uint32_t phones; /* offset */
	uint32_t sound;
	uint32_t count[LISTS]; /* names in each list */
	uint32_t plain;	       /* names that have it as a token that is no joined one */
	uint32_t final;	       /* its number in the segment */
	uint32_t joined_least, joined_most; /* of joined tokens: what the words weigh that they stand for; see part_word */
	uint8_t phones_n;
	bool vowelled, initial;
	uint8_t light;		       /* enum text_role: the heaviest light one that it has in a name; TEXT_NAME: none */
	uint16_t same;
};

struct build_record {
	uint32_t part, record; /* where it comes from */
	uint32_t name;	       /* first of its names here */
	uint32_t names;
};

struct build_name {
	uint32_t part, name; /* where it comes from */
	uint32_t record;
	uint32_t token; /* first of its tokens here */
	uint32_t total;
	uint8_t parts, tokens, flags; /* flags: PART_INITIALS */
	uint8_t type;
};

/* Words as they are written, and what else is a text of many records, each once. */
struct entry {
	uint32_t at, n, count, number;
};

struct dictionary {
	struct bytes_out text;
	struct entry *e;
	uint32_t n, cap;
	uint32_t *slot, slots;
};

/* Lists of entries, one behind the other: that of i from first[i] on. */
struct spelt {
	uint32_t *first, *entry;
	uint32_t n, cap;
};

struct build {
	const struct part *const *part;
	size_t parts;
	struct epoch epoch;
	bool base;
	const struct match_population *population; /* may be NULL */
	struct build_word *word;
	uint32_t words, words_cap, plain;
	uint32_t *slot, slots;
	struct bytes_out phones;
	struct build_record *record;
	uint32_t records;
	struct build_name *name;
	uint32_t names;
	uint32_t *token; /* as in names, the word being one of build */
	uint32_t tokens, of_kind[3]; /* of_kind: names of persons, of organisations, and others */
	uint32_t *order;    /* names by kind and total */
	uint32_t *number;   /* of each name: its place in order */
	uint32_t *weight;   /* of each word */
	uint32_t *by_final; /* words by their number */
	uint32_t block_shift;
	struct dictionary written;
	struct spelt spelt, nation; /* of each name in its order; of each record */
	struct bytes_out section[SECTIONS];
};

/* Gather the live records, in the order of their ids. */
void build_gather(struct build *b);
/* Number the words: those of plain tokens first. */
void build_words(struct build *b);
/* Weights, and names by what they weigh. */
void build_order(struct build *b);

void build_lists(struct build *b);
void build_keys(struct build *b);
void build_written(struct build *b); /* the dictionary, and what names and records have of it */
void build_written_done(struct build *b); /* wipes */
void build_names(struct build *b);
void build_records(struct build *b); /* and what they are found by */
/* Values by bucket of their hashes, which stand above them, each bucket's in the order given; heads are one more
 * than buckets.  put writes one. */
void build_buckets(struct build *b, enum segment_section heads, const uint64_t *pair, size_t n,
    void (*put)(struct bytes_out *out, uint64_t pair, unsigned bytes), unsigned bytes);
void build_variants(struct build *b);

#endif
