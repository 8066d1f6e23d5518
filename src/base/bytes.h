/* SPDX-License-Identifier: Apache-2.0
 *
 * base/bytes: borrowed runs of bytes and of UTF-8 text, and their text encodings.
 */
#ifndef ENT_BASE_BYTES_H
#define ENT_BASE_BYTES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

/* Valid UTF-8, not NUL-ended. */
struct str {
	const char *p;
	size_t n;
};

struct bytes bytes_of(const void *p, size_t n);
struct bytes bytes_of_cstr(const char *s); /* without the NUL */
struct str str_of(const char *s);
bool bytes_equal(struct bytes a, struct bytes b); /* not for secrets: crypto_equal */
/* Takes the first line off in, without its LF; false if no LF is left. */
bool bytes_take_line(struct bytes *in, struct str *line);
bool utf8_valid(struct bytes in);		  /* RFC 3629: no surrogates, no overlongs */

/* Sizes of the encodings, the ending NUL included. */
#define HEX_SIZE(n) ((n) * 2 + 1)
#define B64U_SIZE(n) (((n) * 8 + 5) / 6 + 1)
#define B64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* Encode into out, which holds the size above; NUL-ended.  b64u: RFC 4648 section 5, no padding;
 * b64: section 4, padded. */
void hex_encode(struct bytes in, char *out);
void b64u_encode(struct bytes in, char *out);
void b64_encode(struct bytes in, char *out);

/* Decode strictly: no white space, no stray bits, the canonical form only.  out_max is the room in
 * out; *n is what was written.  ESYNTAX or ETOOBIG, out undefined then. */
ENT_CHECK enum ent_err hex_decode(struct str in, uint8_t *out, size_t out_max, size_t *n);
ENT_CHECK enum ent_err b64u_decode(struct str in, uint8_t *out, size_t out_max, size_t *n);
ENT_CHECK enum ent_err b64_decode(struct str in, uint8_t *out, size_t out_max, size_t *n);

#endif
