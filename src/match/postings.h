/* SPDX-License-Identifier: Apache-2.0
 *
 * match/postings: packed lists of ascending names.
 *
 * Of a word its lists stand together (enum part_list): how many names each has, how many bytes those take that others
 * follow, and the lists.  Under LIST_BLOCK names a list is deltas of 7 bits a byte; a longer one is blocks of
 * LIST_BLOCK deltas of equal width, behind a table of where each block ends and stands.
 */
#ifndef ENT_MATCH_POSTINGS_H
#define ENT_MATCH_POSTINGS_H

#include "match/part.h"

#define LIST_BLOCK 128u
#define LIST_SLACK 8u /* bytes after all lists that unpacking may read */

struct list {
	uint32_t n;
	const uint8_t *at;
};

struct word_lists {
	struct list of[LISTS];
};
_Static_assert(LISTS <= 3, "part_word.one has two bits");

/* Most words have one name: it stands in the word's own row, in 7 bits a byte. */
#define LIST_ONE_MAX ((uint32_t)1 << 28)
uint32_t list_of_one(uint32_t name);
static inline void
list_expect(const struct part *p, const struct part_word *w)
{
	if (w->one == 0)
		__builtin_prefetch(p->lists + w->list);
}

/* The lists of a segment's word. */
struct word_lists lists_of(const struct part *p, uint32_t word);
/* Blocks of a list; a short one is one block. */
uint32_t list_blocks(const struct list *l);
/* The last name of a block of a long list. */
uint32_t list_last(const struct list *l, uint32_t block);
/* Unpack a block into room for LIST_BLOCK names; answers how many. */
uint32_t list_unpack(const struct list *l, uint32_t block, uint32_t *out);

/* Growing bytes for the writer. */
struct bytes_out {
	uint8_t *p; /* owned */
	size_t n, cap;
};
void bytes_put(struct bytes_out *b, const void *p, size_t n);
void bytes_varint(struct bytes_out *b, uint32_t v);
/* Pack ascending lists. */
void list_write(struct bytes_out *b, const uint32_t *const names[static LISTS], const uint32_t n[static LISTS]);
/* Are what stands at offset lists of ascending names under `names`, inside n bytes?  Answers how many names they hold
 * in *count. */
bool list_check_one(uint32_t list, uint32_t names); /* is it one name under `names`? */
bool list_check(const uint8_t *lists, size_t n, size_t offset, uint32_t names, uint64_t *count);

#endif
