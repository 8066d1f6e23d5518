/* SPDX-License-Identifier: Apache-2.0
 *
 * base/arena: memory with the life of one request: many small pieces, freed together, with a cap.
 * Running out of the cap or of memory for such sizes ends the process: a size that comes from
 * outside meets its own named maximum first.  Secrets never live here.
 */
#ifndef ENT_BASE_ARENA_H
#define ENT_BASE_ARENA_H

#include "base/bytes.h"

struct arena;

#define ARENA_REQUEST_MAX ((size_t)64 << 20)

struct arena *arena_new(size_t max);  /* never NULL; owned by the caller */
void arena_free(struct arena *a);     /* a may be NULL */
void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned to 16; never NULL */
void *arena_array(struct arena *a, size_t count, size_t size); /* checked product */
char *arena_strdup(struct arena *a, const char *s);	       /* s may be NULL: NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) ENT_PRINTF(2, 3);
struct bytes arena_copy(struct arena *a, struct bytes in);

/* malloc for small sizes with a life of their own; never NULL.  Zeroed. */
void *ent_alloc(size_t n);
void *ent_alloc_array(size_t count, size_t size);
void *ent_realloc(void *p, size_t n);
char *ent_strdup(const char *s);

#endif
