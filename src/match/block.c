/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for segments: pages of their own, kept out of core dumps.
 */
#include "match/segment.h"

#include <stdlib.h>
#include <sys/mman.h>

struct block
block_new(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ENT_ASSERT(p != MAP_FAILED);
	(void)madvise(p, n, MADV_DONTDUMP); /* best effort: the process dumps nothing anyway */
	(void)madvise(p, n, MADV_HUGEPAGE); /* fewer misses of the page table; best effort too */
	return (struct block){ p, n };
}

#define HUGE ((size_t)2 << 20)

/* Searches jump about in it: with one page of two megabytes they miss no page. */
void *
block_room(size_t n)
{
	size_t all = (n + HUGE - 1) / HUGE * HUGE;
	void *p = aligned_alloc(HUGE, all);
	if (p == NULL)
		ENT_BUG("out of memory");
	(void)madvise(p, all, MADV_HUGEPAGE);
	memset(p, 0, all);
	return p;
}

void
block_free(struct block *b)
{
	if (b->p == NULL)
		return;
	explicit_bzero(b->p, b->n);
	(void)munmap(b->p, b->n);
	*b = (struct block){ NULL, 0 };
}
