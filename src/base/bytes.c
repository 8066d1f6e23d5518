/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <string.h>

struct bytes
bytes_of(const void *p, size_t n)
{
	return (struct bytes){ .p = p, .n = n };
}

struct bytes
bytes_of_cstr(const char *s)
{
	return (struct bytes){ .p = (const uint8_t *)s, .n = strlen(s) };
}

struct str
str_of(const char *s)
{
	return (struct str){ .p = s, .n = strlen(s) };
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
bytes_take_line(struct bytes *in, struct str *line)
{
	const uint8_t *eol = in->n == 0 ? NULL : memchr(in->p, '\n', in->n);
	if (eol == NULL)
		return false;
	*line = (struct str){ (const char *)in->p, (size_t)(eol - in->p) };
	*in = bytes_of(eol + 1, in->n - line->n - 1);
	return true;
}

/* Length of the well-formed sequence at p, 0 if there is none (RFC 3629 section 4). */
static size_t
utf8_sequence(const uint8_t *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

bool
utf8_valid(struct bytes in)
{
	for (size_t i = 0; i < in.n;) {
		size_t len = utf8_sequence(in.p + i, in.n - i);
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

void
hex_encode(struct bytes in, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < in.n; i++) {
		*out++ = digits[in.p[i] >> 4];
		*out++ = digits[in.p[i] & 15];
	}
	*out = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

enum ent_err
hex_decode(struct str in, uint8_t *out, size_t out_max, size_t *n)
{
	if (in.n % 2 != 0)
		return ENT_ESYNTAX;
	if (in.n / 2 > out_max)
		return ENT_ETOOBIG;
	for (size_t i = 0; i < in.n; i += 2) {
		int hi = hex_value(in.p[i]), lo = hex_value(in.p[i + 1]);
		if (hi < 0 || lo < 0)
			return ENT_ESYNTAX;
		out[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	*n = in.n / 2;
	return ENT_OK;
}

static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char alphabet_std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
encode64(struct bytes in, char *out, const char *alphabet)
{
	size_t i = 0;
	for (; i + 2 < in.n; i += 3) {
		uint32_t v = (uint32_t)in.p[i] << 16 | (uint32_t)in.p[i + 1] << 8 | in.p[i + 2];
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		*out++ = alphabet[v >> 6 & 63];
		*out++ = alphabet[v & 63];
	}
	if (in.n - i == 1) {
		*out++ = alphabet[in.p[i] >> 2];
		*out++ = alphabet[(in.p[i] & 3) << 4];
	} else if (in.n - i == 2) {
		uint32_t v = (uint32_t)in.p[i] << 8 | in.p[i + 1];
		*out++ = alphabet[v >> 10];
		*out++ = alphabet[v >> 4 & 63];
		*out++ = alphabet[(v & 15) << 2];
	}
	*out = '\0';
	return out;
}

void
b64u_encode(struct bytes in, char *out)
{
	(void)encode64(in, out, alphabet_url);
}

void
b64_encode(struct bytes in, char *out)
{
	out = encode64(in, out, alphabet_std);
	for (size_t i = in.n % 3; i != 0 && i < 3; i++)
		*out++ = '=';
	*out = '\0';
}

static int
value64(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : -1;
}

/* in has no padding left; the bits that do not fill a byte must be zero. */
static enum ent_err
decode64(struct str in, uint8_t *out, size_t out_max, size_t *n, const char *alphabet)
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t len = 0;
	if (in.n % 4 == 1)
		return ENT_ESYNTAX;
	if (in.n / 4 * 3 + (in.n % 4 == 0 ? 0 : in.n % 4 - 1) > out_max)
		return ENT_ETOOBIG;
	for (size_t i = 0; i < in.n; i++) {
		int v = value64(in.p[i], alphabet);
		if (v < 0)
			return ENT_ESYNTAX;
		acc = (acc << 6 | (uint32_t)v) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (uint8_t)(acc >> bits);
		}
	}
	if ((acc & ((1u << bits) - 1)) != 0)
		return ENT_ESYNTAX;
	*n = len;
	return ENT_OK;
}

enum ent_err
b64u_decode(struct str in, uint8_t *out, size_t out_max, size_t *n)
{
	return decode64(in, out, out_max, n, alphabet_url);
}

enum ent_err
b64_decode(struct str in, uint8_t *out, size_t out_max, size_t *n)
{
	if (in.n % 4 != 0)
		return ENT_ESYNTAX;
	if (in.n > 0 && in.p[in.n - 1] == '=')
		in.n--;
	if (in.n % 4 == 3 && in.p[in.n - 1] == '=')
		in.n--;
	return decode64(in, out, out_max, n, alphabet_std);
}
