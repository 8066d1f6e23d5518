/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for segments: pages of their own, kept out of core dumps.
 */
#include "match/segment.h"

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

void
block_free(struct block *b)
{
	if (b->p == NULL)
		return;
	explicit_bzero(b->p, b->n);
	(void)munmap(b->p, b->n);
	*b = (struct block){ NULL, 0 };
}
