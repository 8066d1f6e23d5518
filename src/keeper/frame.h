/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper/frame: the frames between node and keeper (spec/registry/keeper.def), and a sticky cursor
 * over their bodies.  Private.
 */
#ifndef ENT_KEEPER_FRAME_H
#define ENT_KEEPER_FRAME_H

#include "base/bytes.h"

#define FRAME_VERSION 1
#define FRAME_HEAD ((size_t)16)
#define FRAME_MAX (FRAME_HEAD + 8200)
#define FRAME_REFUSAL ((size_t)256) /* clause 64, text 192 */
#define FRAME_CLAUSE 64
#define FRAME_TEXT 192
#define FRAME_PAYLOAD ((size_t)8192)	/* of SIGN; more goes by SIGN_FILE */
#define FRAME_PASSPHRASE ((size_t)512)
#define FRAME_SPKI ((size_t)160)
#define FRAME_CERT ((size_t)1024)
#define FRAME_SIGNED ((size_t)1020)

enum keeper_msg {
	KEEPER_NONE = 0,
#define MSG(num, name, request, reply) KEEPER_##name = num,
#include "spec/registry/keeper.def"
#undef MSG
};

/* Whole sizes, head included; 0 if there is no such message. */
size_t frame_request_size(enum keeper_msg m);
size_t frame_reply_size(enum keeper_msg m);

struct frame_head {
	enum keeper_msg msg;
	enum ent_err err; /* of a reply */
	uint64_t id;
};
void frame_head_put(uint8_t *frame, const struct frame_head *h);
/* ESYNTAX: shorter than a head, another version, or a number that is none. */
ENT_CHECK enum ent_err frame_head_get(const uint8_t *frame, size_t n, struct frame_head *h);

/* Reads or writes a body in order.  bad stays once something did not fit or was malformed. */
struct cursor {
	uint8_t *p;
	size_t n, at;
	bool bad;
};
struct cursor cursor_of(uint8_t *frame, size_t n); /* the body of a frame of n bytes */
void cur_put(struct cursor *c, const void *p, size_t n);
void cur_put_u32(struct cursor *c, uint32_t v);
void cur_put_u64(struct cursor *c, uint64_t v);
void cur_put_text(struct cursor *c, const char *s, size_t width); /* shorter than width */
/* Length (4), then room bytes that hold it. */
void cur_put_var(struct cursor *c, struct bytes b, size_t room);
void cur_get(struct cursor *c, void *p, size_t n);
uint32_t cur_get_u32(struct cursor *c);
uint64_t cur_get_u64(struct cursor *c);
/* out has width bytes; valid UTF-8 without control characters, NULs to the end. */
void cur_get_text(struct cursor *c, char *out, size_t width);
struct bytes cur_get_var(struct cursor *c, size_t room); /* borrowed from the frame */
bool cur_done(const struct cursor *c);			 /* all read, nothing bad */

#endif
