/* SPDX-License-Identifier: Apache-2.0
 *
 * base/buf: a growing byte buffer that is born with its maximum.  Sticky: after the first failure
 * (ETOOBIG) later calls do nothing; check buf_err once before use.
 */
#ifndef ENT_BASE_BUF_H
#define ENT_BASE_BUF_H

#include "base/bytes.h"

struct buf {
	uint8_t *p; /* owned; one NUL stands after n whenever p is set */
	size_t n, cap, max;
	enum ent_err err;
};

void buf_init(struct buf *b, size_t max); /* max in bytes, over 0 */
void buf_done(struct buf *b);		  /* frees; b may be used again after buf_init */
void buf_reset(struct buf *b);		  /* empties, keeps the memory, clears the error */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) ENT_PRINTF(2, 3);
void buf_put_b64u(struct buf *b, struct bytes in);
void buf_put_hex(struct buf *b, struct bytes in);
ENT_CHECK enum ent_err buf_err(const struct buf *b);
struct bytes buf_bytes(const struct buf *b);
const char *buf_cstr(const struct buf *b);     /* never NULL */
char *buf_take(struct buf *b, size_t *n);      /* caller frees; b is empty after; n may be NULL */

#endif
