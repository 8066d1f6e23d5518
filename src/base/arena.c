/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16384)
#define ALIGNMENT ((size_t)16)

struct block {
	struct block *next;
	size_t used, size;
};

struct arena {
	struct block *head;
	size_t total, max;
};

void *
ent_alloc(size_t n)
{
	void *p = calloc(1, n == 0 ? 1 : n);
	if (p == NULL)
		ENT_BUG("out of memory");
	return p;
}

void *
ent_alloc_array(size_t count, size_t size)
{
	size_t n;
	if (!ent_mul(count, size, &n))
		ENT_BUG("allocation overflows");
	return ent_alloc(n);
}

void *
ent_realloc(void *p, size_t n)
{
	p = realloc(p, n == 0 ? 1 : n);
	if (p == NULL)
		ENT_BUG("out of memory");
	return p;
}

char *
ent_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	return memcpy(ent_alloc(n), s, n);
}

struct arena *
arena_new(size_t max)
{
	struct arena *a = ent_alloc(sizeof *a);
	a->max = max;
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	while (a->head != NULL) {
		struct block *next = a->head->next;
		free(a->head);
		a->head = next;
	}
	free(a);
}

static size_t
block_header(void)
{
	return (sizeof(struct block) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	if (n > a->max)
		ENT_BUG("arena request over its cap");
	n = (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	struct block *b = a->head;
	if (b == NULL || n > b->size - b->used) {
		size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;
		if (size > a->max - a->total)
			ENT_BUG("arena cap reached");
		b = ent_realloc(NULL, block_header() + size); /* pieces are zeroed as they are given */
		b->used = 0;
		b->size = size;
		b->next = a->head;
		a->head = b;
		a->total += size;
	}
	void *p = (uint8_t *)b + block_header() + b->used;
	b->used += n;
	return memset(p, 0, n);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t n;
	if (!ent_mul(count, size, &n))
		ENT_BUG("allocation overflows");
	return arena_alloc(a, n);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	if (n > 0)
		memcpy(out, s, n);
	return out;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		ENT_BUG("format");
	char *out = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(out, (size_t)n + 1, fmt, again);
	va_end(again);
	return out;
}

struct bytes
arena_copy(struct arena *a, struct bytes in)
{
	uint8_t *p = arena_alloc(a, in.n + 1);
	if (in.n > 0)
		memcpy(p, in.p, in.n);
	return (struct bytes){ .p = p, .n = in.n };
}
