/* SPDX-License-Identifier: Apache-2.0
 *
 * base/int: checked arithmetic for anything from outside, and big-endian integers on the wire.
 */
#ifndef ENT_BASE_INT_H
#define ENT_BASE_INT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False on overflow, *out undefined then. */
static inline bool ENT_CHECK
ent_add(size_t a, size_t b, size_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

static inline bool ENT_CHECK
ent_mul(size_t a, size_t b, size_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

static inline void
put_be16(uint8_t out[static 2], uint16_t v)
{
	out[0] = (uint8_t)(v >> 8);
	out[1] = (uint8_t)v;
}

static inline void
put_be32(uint8_t out[static 4], uint32_t v)
{
	put_be16(out, (uint16_t)(v >> 16));
	put_be16(out + 2, (uint16_t)v);
}

static inline void
put_be64(uint8_t out[static 8], uint64_t v)
{
	put_be32(out, (uint32_t)(v >> 32));
	put_be32(out + 4, (uint32_t)v);
}

static inline uint16_t
get_be16(const uint8_t in[static 2])
{
	return (uint16_t)((unsigned)in[0] << 8 | in[1]);
}

static inline uint32_t
get_be32(const uint8_t in[static 4])
{
	return (uint32_t)get_be16(in) << 16 | get_be16(in + 2);
}

static inline uint64_t
get_be64(const uint8_t in[static 8])
{
	return (uint64_t)get_be32(in) << 32 | get_be32(in + 4);
}

#endif
