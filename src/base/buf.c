/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->err = ENT_OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* Room for n more and the NUL; false once the maximum is passed. */
static bool
reserve(struct buf *b, size_t n)
{
	if (b->err != ENT_OK)
		return false;
	if (n > b->max - b->n) {
		b->err = ENT_ETOOBIG;
		return false;
	}
	if (b->p != NULL && b->n + n < b->cap)
		return true;
	size_t cap = b->cap < 128 ? 256 : b->cap * 2;
	if (cap < b->n + n + 1)
		cap = b->n + n + 1;
	b->p = ent_realloc(b->p, cap);
	b->cap = cap;
	return true;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0 && reserve(b, (size_t)n)) {
		(void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void
buf_put_b64u(struct buf *b, struct bytes in)
{
	if (in.n > b->max || !reserve(b, B64U_SIZE(in.n) - 1))
		return;
	b64u_encode(in, (char *)b->p + b->n);
	b->n += B64U_SIZE(in.n) - 1;
}

void
buf_put_hex(struct buf *b, struct bytes in)
{
	if (in.n > b->max || !reserve(b, in.n * 2))
		return;
	hex_encode(in, (char *)b->p + b->n);
	b->n += in.n * 2;
}

enum ent_err
buf_err(const struct buf *b)
{
	return b->err;
}

struct bytes
buf_bytes(const struct buf *b)
{
	return (struct bytes){ .p = b->p, .n = b->n };
}

const char *
buf_cstr(const struct buf *b)
{
	return b->p == NULL ? "" : (const char *)b->p;
}

char *
buf_take(struct buf *b, size_t *n)
{
	char *p = b->p == NULL ? ent_strdup("") : (char *)b->p;
	if (n != NULL)
		*n = b->n;
	*b = (struct buf){ .max = b->max };
	return p;
}
