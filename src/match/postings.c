/* SPDX-License-Identifier: Apache-2.0 */
#include "match/postings.h"

#include <stdlib.h>

#define WIDTH_MAX 32u

static size_t
packed_bytes(uint32_t n, unsigned width)
{
	return ((size_t)n * width + 7) / 8;
}

uint32_t
list_blocks(const struct list *l)
{
	return l->n < LIST_BLOCK ? 1 : (l->n + LIST_BLOCK - 1) / LIST_BLOCK;
}

struct word_lists
lists_of(const struct part *p, uint32_t word)
{
	const struct part_word *w = &p->word[word];
	struct word_lists out = { .of = { { 0, NULL } } };
	if (w->one != 0) {
		out.of[w->one - 1] = (struct list){ 1, (const uint8_t *)&w->list };
		return out;
	}
	const uint8_t *at = p->lists + w->list;
	uint32_t bytes[LISTS] = { 0 }, left = 0;
	for (size_t i = 0; i < LISTS; i++) {
		out.of[i].n = part_varint(&at);
		left += out.of[i].n > 0;
	}
	for (size_t i = 0; i < LISTS; i++)
		if (out.of[i].n > 0 && --left > 0)
			bytes[i] = part_varint(&at);
	for (size_t i = 0; i < LISTS; at += bytes[i++])
		out.of[i].at = at;
	return out;
}

uint32_t
list_last(const struct list *l, uint32_t block)
{
	return part_u32(l->at + (size_t)block * 8);
}

static uint32_t
unpack_short(const struct list *l, uint32_t *out)
{
	const uint8_t *at = l->at;
	uint32_t name = 0;
	for (uint32_t i = 0; i < l->n; i++) {
		name += part_varint(&at);
		out[i] = name;
	}
	return l->n;
}

/* n deltas of width bits behind `name`: eight begin at a byte, so that of a known width all but the sum is known. */
static inline __attribute__((always_inline)) void
unpack_width(const uint8_t *at, uint32_t n, unsigned width, uint32_t name, uint32_t *out)
{
	const uint64_t mask = ((uint64_t)1 << width) - 1;
	uint32_t i = 0;
	for (; i + 8 <= n; i += 8, at += width)
		for (unsigned k = 0; k < 8; k++) {
			uint64_t v;
			memcpy(&v, at + k * width / 8, sizeof v);
			out[i + k] = name += (uint32_t)(v >> k * width % 8 & mask);
		}
	for (unsigned bit = 0; i < n; i++, bit += width) {
		uint64_t v;
		memcpy(&v, at + bit / 8, sizeof v);
		out[i] = name += (uint32_t)(v >> bit % 8 & mask);
	}
}

uint32_t
list_unpack(const struct list *l, uint32_t block, uint32_t *out)
{
	if (l->n < LIST_BLOCK)
		return unpack_short(l, out);
	uint32_t n = l->n - block * LIST_BLOCK;
	if (n > LIST_BLOCK)
		n = LIST_BLOCK;
	uint32_t name = block == 0 ? 0 : list_last(l, block - 1);
	const uint8_t *at = l->at + part_u32(l->at + (size_t)block * 8 + 4);
	unsigned width = *at++;
	switch (width) {
#define W(w) case w: unpack_width(at, n, w, name, out); break;
	W(1) W(2) W(3) W(4) W(5) W(6) W(7) W(8) W(9) W(10) W(11) W(12) W(13) W(14) W(15) W(16)
#undef W
	default: unpack_width(at, n, width, name, out);
	}
	return n;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

void
bytes_put(struct bytes_out *b, const void *p, size_t n)
{
	if (b->n + n > b->cap) {
		size_t cap = b->cap + b->cap / 2 + n + 64;
		b->p = ent_realloc(b->p, cap);
		b->cap = cap;
	}
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
bytes_varint(struct bytes_out *b, uint32_t v)
{
	uint8_t out[5];
	size_t n = 0;
	for (; v >= 0x80; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	bytes_put(b, out, n);
}

static void
write_block(struct bytes_out *b, const uint32_t *names, uint32_t n, uint32_t before)
{
	uint32_t widest = 0;
	uint8_t packed[LIST_BLOCK * 4 + 8] = { 0 };
	for (uint32_t i = 0, last = before; i < n; last = names[i++])
		widest |= names[i] - last;
	unsigned width = widest == 0 ? 1 : 32u - (unsigned)__builtin_clz(widest);
	for (uint32_t i = 0, bit = 0, last = before; i < n; last = names[i++], bit += width) {
		uint64_t v;
		memcpy(&v, packed + bit / 8, sizeof v);
		v |= (uint64_t)(names[i] - last) << (bit % 8);
		memcpy(packed + bit / 8, &v, sizeof v);
	}
	bytes_put(b, &(uint8_t){ (uint8_t)width }, 1);
	bytes_put(b, packed, packed_bytes(n, width));
}

static void
write_list(struct bytes_out *b, const uint32_t *names, uint32_t n)
{
	if (n < LIST_BLOCK) {
		for (uint32_t i = 0, last = 0; i < n; last = names[i++])
			bytes_varint(b, names[i] - last);
		return;
	}
	size_t start = b->n;
	uint32_t blocks = (n + LIST_BLOCK - 1) / LIST_BLOCK;
	for (uint32_t i = 0; i < blocks; i++)
		bytes_put(b, (uint8_t[8]){ 0 }, 8);
	for (uint32_t i = 0; i < blocks; i++) {
		uint32_t first = i * LIST_BLOCK, end = first + LIST_BLOCK < n ? first + LIST_BLOCK : n;
		uint32_t row[2] = { names[end - 1], (uint32_t)(b->n - start) };
		memcpy(b->p + start + (size_t)i * 8, row, sizeof row);
		write_block(b, names + first, end - first, first == 0 ? 0 : names[first - 1]);
	}
}

uint32_t
list_of_one(uint32_t name)
{
	uint32_t out = 0;
	unsigned at = 0;
	for (; name >= 0x80; name >>= 7, at += 8)
		out |= ((name & 0x7fu) | 0x80u) << at;
	return out | name << at;
}

bool
list_check_one(uint32_t list, uint32_t names)
{
	uint32_t name = 0;
	for (unsigned i = 0; i < 4; i++) {
		uint32_t b = list >> i * 8 & 0xffu;
		name |= (b & 0x7fu) << i * 7;
		if (b < 0x80)
			return name < names;
	}
	return false;
}

void
list_write(struct bytes_out *b, const uint32_t *const names[static LISTS], const uint32_t n[static LISTS])
{
	struct bytes_out list[LISTS] = { { .n = 0 } };
	size_t left = 0;
	for (size_t i = 0; i < LISTS; i++) {
		bytes_varint(b, n[i]);
		write_list(&list[i], names[i], n[i]);
		left += n[i] > 0;
	}
	for (size_t i = 0; i < LISTS; i++)
		if (n[i] > 0 && --left > 0)
			bytes_varint(b, (uint32_t)list[i].n);
	for (size_t i = 0; i < LISTS; i++) {
		bytes_put(b, list[i].p, list[i].n);
		free(list[i].p);
	}
}

/* ---- checking ------------------------------------------------------------------------------------------ */

struct check {
	const uint8_t *p, *end;
	bool good;
};

static uint32_t
read_varint(struct check *c)
{
	uint32_t v = 0;
	for (unsigned shift = 0; shift < 32; shift += 7) {
		if (c->p >= c->end)
			break;
		uint8_t b = *c->p++;
		v |= (uint32_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return v;
	}
	c->good = false;
	return 0;
}

/* Where the list ends, or good is false. */
static const uint8_t *
check_list(struct check *c, const uint8_t *at, uint32_t n, uint32_t names)
{
	struct check own = { at, c->end, true };
	uint64_t name = 0;
	if (n < LIST_BLOCK) {
		for (uint32_t i = 0; i < n && own.good; i++) {
			uint32_t step = read_varint(&own);
			name += step;
			own.good &= (i == 0 || step > 0) && name < names;
		}
		c->good &= own.good;
		return own.p;
	}
	uint32_t blocks = (n + LIST_BLOCK - 1) / LIST_BLOCK;
	if ((size_t)(c->end - at) < (size_t)blocks * 8) {
		c->good = false;
		return at;
	}
	struct list l = { n, at };
	size_t want = (size_t)blocks * 8;
	for (uint32_t b = 0; b < blocks && c->good; b++) {
		uint32_t rows[LIST_BLOCK], count = n - b * LIST_BLOCK;
		count = count > LIST_BLOCK ? LIST_BLOCK : count;
		size_t off = part_u32(at + (size_t)b * 8 + 4);
		c->good = off == want && off < (size_t)(c->end - at) && at[off] >= 1 &&
		    at[off] <= WIDTH_MAX &&
		    packed_bytes(count, at[off]) <= (size_t)(c->end - at) - off - 1;
		if (!c->good)
			break;
		want = off + 1 + packed_bytes(count, at[off]);
		uint32_t last = b == 0 ? 0 : list_last(&l, b - 1);
		(void)list_unpack(&l, b, rows);
		for (uint32_t i = 0; i < count && c->good; last = rows[i++])
			c->good = (rows[i] > last || (b == 0 && i == 0)) && rows[i] < names;
		c->good = c->good && count > 0 && rows[count - 1] == list_last(&l, b);
	}
	return at + want;
}

bool
list_check(const uint8_t *lists, size_t n, size_t offset, uint32_t names, uint64_t *count)
{
	if (n < LIST_SLACK || offset >= n - LIST_SLACK)
		return false;
	struct check c = { lists + offset, lists + n - LIST_SLACK, true };
	uint32_t of[LISTS], bytes[LISTS] = { 0 };
	size_t left = 0;
	*count = 0;
	for (size_t i = 0; i < LISTS; i++) {
		of[i] = read_varint(&c);
		c.good = c.good && of[i] <= names;
		left += of[i] > 0;
		*count += of[i];
	}
	for (size_t i = 0; i < LISTS; i++)
		if (of[i] > 0 && --left > 0)
			bytes[i] = read_varint(&c);
	for (size_t i = 0; i < LISTS && c.good; i++) {
		if (of[i] == 0)
			continue;
		const uint8_t *end = check_list(&c, c.p, of[i], names);
		c.good = c.good && (bytes[i] == 0 || end == c.p + bytes[i]);
		c.p = end;
	}
	return c.good;
}
