/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/frame.h"

#include "base/int.h"

#include <string.h>

static const struct {
	size_t request, reply;
} sizes[] = {
#define MSG(num, name, request, reply) [num] = { FRAME_HEAD + (request), FRAME_HEAD + (reply) },
#include "spec/registry/keeper.def"
#undef MSG
};

#define MSG(num, name, request, reply)                                                             \
	_Static_assert(FRAME_HEAD + (request) <= FRAME_MAX && FRAME_HEAD + (reply) <= FRAME_MAX,    \
	    "FRAME_MAX");
#include "spec/registry/keeper.def"
#undef MSG

size_t
frame_request_size(enum keeper_msg m)
{
	return (size_t)m < sizeof sizes / sizeof sizes[0] ? sizes[m].request : 0;
}

size_t
frame_reply_size(enum keeper_msg m)
{
	return (size_t)m < sizeof sizes / sizeof sizes[0] ? sizes[m].reply : 0;
}

void
frame_head_put(uint8_t *frame, const struct frame_head *h)
{
	put_be16(frame, FRAME_VERSION);
	put_be16(frame + 2, (uint16_t)h->msg);
	put_be32(frame + 4, (uint32_t)h->err);
	put_be64(frame + 8, h->id);
}

enum ent_err
frame_head_get(const uint8_t *frame, size_t n, struct frame_head *h)
{
	if (n < FRAME_HEAD || get_be16(frame) != FRAME_VERSION)
		return ENT_ESYNTAX;
	h->msg = (enum keeper_msg)get_be16(frame + 2);
	h->err = (enum ent_err)get_be32(frame + 4);
	h->id = get_be64(frame + 8);
	return frame_request_size(h->msg) == 0 ? ENT_ESYNTAX : ENT_OK;
}

struct cursor
cursor_of(uint8_t *frame, size_t n)
{
	return (struct cursor){ .p = frame + FRAME_HEAD, .n = n - FRAME_HEAD };
}

/* The next n bytes, or NULL. */
static uint8_t *
next(struct cursor *c, size_t n)
{
	if (c->bad || n > c->n - c->at) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return c->p + c->at - n;
}

void
cur_put(struct cursor *c, const void *p, size_t n)
{
	uint8_t *at = next(c, n);
	if (at != NULL && n > 0)
		memcpy(at, p, n);
}

void
cur_put_u32(struct cursor *c, uint32_t v)
{
	uint8_t *at = next(c, 4);
	if (at != NULL)
		put_be32(at, v);
}

void
cur_put_u64(struct cursor *c, uint64_t v)
{
	uint8_t *at = next(c, 8);
	if (at != NULL)
		put_be64(at, v);
}

void
cur_put_text(struct cursor *c, const char *s, size_t width)
{
	size_t n = strlen(s);
	uint8_t *at = next(c, width);
	if (at == NULL || n >= width) {
		c->bad = true;
		return;
	}
	memset(at, 0, width);
	memcpy(at, s, n + 1);
}

void
cur_put_var(struct cursor *c, struct bytes b, size_t room)
{
	if (b.n > room) {
		c->bad = true;
		return;
	}
	cur_put_u32(c, (uint32_t)b.n);
	uint8_t *at = next(c, room);
	if (at == NULL)
		return;
	memset(at, 0, room);
	if (b.n > 0)
		memcpy(at, b.p, b.n);
}

void
cur_get(struct cursor *c, void *p, size_t n)
{
	const uint8_t *at = next(c, n);
	if (at == NULL)
		memset(p, 0, n);
	else
		memcpy(p, at, n);
}

uint32_t
cur_get_u32(struct cursor *c)
{
	const uint8_t *at = next(c, 4);
	return at == NULL ? 0 : get_be32(at);
}

uint64_t
cur_get_u64(struct cursor *c)
{
	const uint8_t *at = next(c, 8);
	return at == NULL ? 0 : get_be64(at);
}

void
cur_get_text(struct cursor *c, char *out, size_t width)
{
	cur_get(c, out, width);
	size_t n = strnlen(out, width);
	bool ok = n < width && utf8_valid(bytes_of(out, n));
	for (size_t i = 0; i < n && ok; i++)
		ok = (unsigned char)out[i] >= 0x20 && out[i] != 0x7f;
	for (size_t i = n; i < width && ok; i++)
		ok = out[i] == '\0';
	if (!ok) {
		c->bad = true;
		memset(out, 0, width);
	}
}

struct bytes
cur_get_var(struct cursor *c, size_t room)
{
	uint32_t n = cur_get_u32(c);
	const uint8_t *at = next(c, room);
	if (at == NULL || n > room) {
		c->bad = true;
		return bytes_of(NULL, 0);
	}
	return bytes_of(at, n);
}

bool
cur_done(const struct cursor *c)
{
	return !c->bad && c->at == c->n;
}
