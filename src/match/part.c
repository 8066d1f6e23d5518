/* SPDX-License-Identifier: Apache-2.0
 *
 * What a part says of its records and names.
 */
#include "match/recent.h"

#include "base/id.h"

/* ---- names ----------------------------------------------------------------------------------------------- */

static void
read_recent(const struct part *p, const struct recent_name *row, struct part_name *out)
{
	out->record = row->record;
	out->total = row->total;
	out->parts = row->parts;
	out->tokens = row->tokens;
	out->type = row->type;
	out->words = 0;
	out->data = p->name_data + (size_t)row->data * 4;
	size_t tokens = part_tokens_n(out);
	memcpy(out->token, out->data, tokens * 4);
	out->written = out->data + tokens * 4;
}

static inline void
read_narrow(struct part_name *out)
{
	size_t parts = part_parts_n(out), tokens = part_tokens_n(out), i = 0;
	const uint8_t *at = out->data;
	for (; i < parts; i++, at += 3) {
		uint32_t v = part_u32(at);
		out->token[i] = (v & (NARROW_WORDS - 1)) | (v & 0xf80000u) << (23 - NARROW_BITS);
	}
	for (; i < tokens; i++, at += 3) {
		uint32_t v = part_u32(at);
		out->token[i] = (v & (NARROW_WORDS - 1)) | (v & 0x380000u) << (23 - NARROW_BITS) | (v >> 22 & 3u) << 28;
	}
	out->written = at;
}

/* The shape of a segment's name, and where its record stands. */
static uint32_t
shape_of(const struct part *p, uint32_t name, const uint8_t **at)
{
	*at = p->name_data + part_row_at(&p->name_row[name / PART_ROW], name % PART_ROW, 0);
	uint8_t code = *(*at)++;
	if (code != PART_SHAPE_TOLD)
		return part_u32(p->name_shape + (size_t)code * 4);
	*at += 4;
	return part_u32(*at - 4);
}

bool
part_name_is(const struct part *p, uint32_t name, uint32_t record, uint8_t type)
{
	const uint8_t *at;
	uint32_t shape = shape_of(p, name, &at);
	return part_number(at, p->record_bytes) == record && (shape >> 16 & 31u) == type;
}

/* at: where its record stands. */
static inline void
read_segment(const struct part *p, uint32_t name, uint32_t shape, const uint8_t *at, struct part_name *out)
{
	const struct part_row *row = &p->name_row[name / PART_ROW];
	out->record = part_number(at, p->record_bytes);
	out->total = row->more;
	out->parts = (uint8_t)((shape & 63u) | ((shape >> 13 & NAME_INITIALS) != 0 ? PART_INITIALS : 0));
	out->tokens = (uint8_t)((shape >> 6 & 127u) | ((shape >> 13 & NAME_WEAK) != 0 ? PART_WEAK : 0));
	out->type = shape >> 16 & 31u;
	out->words = (uint16_t)(shape >> 21);
	out->data = at + p->record_bytes;
	if ((shape >> 13 & NAME_WIDE) == 0) {
		read_narrow(out);
		return;
	}
	size_t tokens = part_tokens_n(out);
	memcpy(out->token, out->data, tokens * 4);
	out->written = out->data + tokens * 4;
}

void
part_name_read(const struct part *p, uint32_t name, struct part_name *out)
{
	const uint8_t *at;
	if (p->name != NULL) {
		read_recent(p, &p->name[name], out);
		return;
	}
	uint32_t shape = shape_of(p, name, &at);
	read_segment(p, name, shape, at, out);
}

bool
part_name_live(const struct part *p, uint32_t name, struct part_name *out)
{
	const uint8_t *at;
	if (p->name != NULL) {
		if (part_gone(p, p->name[name].record))
			return false;
		read_recent(p, &p->name[name], out);
		return true;
	}
	uint32_t shape = shape_of(p, name, &at);
	if (part_gone(p, part_number(at, p->record_bytes)))
		return false;
	read_segment(p, name, shape, at, out);
	return true;
}

void
part_written(const struct part *p, uint32_t name, char *out)
{
	struct part_name n;
	part_name_read(p, name, &n);
	const uint8_t *at = n.written;
	if (p->recent != NULL) {
		size_t len = (size_t)at[0] | (size_t)at[1] << 8;
		memcpy(out, at + 2, len);
		out[len] = '\0';
		return;
	}
	size_t used = 0;
	for (uint32_t i = 0; i < n.words; i++) {
		uint32_t word = part_varint(&at), from = p->written_head[word];
		size_t len = p->written_head[word + 1] - from;
		if (used + len + 2 > TEXT_NAME_MAX + 1)
			break;
		if (i > 0)
			out[used++] = ' ';
		memcpy(out + used, p->written + from, len);
		used += len;
	}
	out[used] = '\0';
}

/* ---- records --------------------------------------------------------------------------------------------- */

static const uint8_t *
skip_documents(const uint8_t *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t halves = part_varint(&at);
		at += (halves + 1) / 2;
	}
	return at;
}

static void
facts_of_recent(const struct part *p, const struct recent_record *r, struct part_facts *out)
{
	const uint8_t *at = p->record_data + r->data;
	bool text = (r->flags & RECORD_ID_TEXT) != 0;
	out->type = r->type;
	out->flags = r->flags;
	out->name_bytes = 4;
	out->id = text ? (const uint8_t *)p->id_text + part_u32(r->id) : r->id;
	out->id_n = text ? r->id[4] : PART_UUID;
	out->births_n = part_varint(&at);
	out->births = at;
	at += (size_t)out->births_n * 4;
	out->documents_n = part_varint(&at);
	out->documents = at;
	out->documents_end = at = skip_documents(at, out->documents_n);
	out->nations_n = part_varint(&at);
	out->nations = at;
	for (uint32_t i = 0; i < out->nations_n; i++) {
		uint32_t len = part_varint(&at);
		at += len;
	}
	out->names = at;
	out->names_n = r->names;
}

/* What UUIDs of a row have in common stands before its records, behind its length. */
static const uint8_t *
common_of(const struct part *p, uint32_t record, uint8_t *n)
{
	const uint8_t *at = p->record_data + part_row_base(&p->record_row[record / PART_ROW]);
	*n = *at;
	return at + 1;
}

void
part_facts(const struct part *p, uint32_t record, struct part_facts *out)
{
	out->part = p;
	if (p->record != NULL) {
		facts_of_recent(p, &p->record[record], out);
		return;
	}
	const struct part_row *row = &p->record_row[record / PART_ROW];
	const uint8_t *at = p->record_data + part_row_at(row, record % PART_ROW, row->more);
	uint64_t shape;
	uint8_t common = 0;
	const uint8_t *from = *at == PART_SHAPE_TOLD ? at + 1 : p->record_shape + (size_t)*at * 8;
	memcpy(&shape, from, sizeof shape);
	at += *at == PART_SHAPE_TOLD ? 9 : 1;
	out->type = shape & 31u;
	out->flags = (uint8_t)(shape >> 5 & 3u);
	out->name_bytes = p->name_bytes;
	out->births_n = (uint8_t)(shape >> 8);
	out->documents_n = (uint16_t)(shape >> 16);
	out->nations_n = (uint16_t)(shape >> 32);
	out->names_n = (uint16_t)(shape >> 48);
	if ((out->flags & RECORD_ID_TEXT) != 0) {
		out->id_n = *at++;
	} else {
		(void)common_of(p, record, &common);
		out->id_n = (uint8_t)(PART_UUID - common);
	}
	out->id = at;
	out->births = at + out->id_n;
	out->documents = out->births + (size_t)out->births_n * 4;
	out->nations = out->documents_end = skip_documents(out->documents, out->documents_n);
	out->names = out->nations;
	for (uint32_t i = 0; i < out->nations_n; i++)
		(void)part_varint(&out->names);
}

struct str
part_nation(const struct part_facts *f, const uint8_t **at)
{
	const struct part *p = f->part;
	uint32_t v = part_varint(at);
	if (p->recent == NULL)
		return (struct str){ p->written + p->written_head[v], p->written_head[v + 1] - p->written_head[v] };
	struct str out = { (const char *)*at, v };
	*at += v;
	return out;
}

static void
uuid_of(const struct part *p, uint32_t record, const struct part_facts *f, uint8_t *out)
{
	uint8_t common = 0;
	if (p->record == NULL)
		memcpy(out, common_of(p, record, &common), PART_UUID - f->id_n);
	memcpy(out + PART_UUID - f->id_n, f->id, f->id_n);
}

void
part_uuid(const struct part *p, uint32_t record, uint8_t out[static PART_UUID])
{
	struct part_facts f;
	part_facts(p, record, &f);
	uuid_of(p, record, &f, out);
}

size_t
part_id(const struct part *p, uint32_t record, char out[static MATCH_ID_MAX + 1])
{
	struct part_facts f;
	struct ent_id id;
	part_facts(p, record, &f);
	if ((f.flags & RECORD_ID_TEXT) != 0) {
		memcpy(out, f.id, f.id_n);
		out[f.id_n] = '\0';
		return f.id_n;
	}
	uuid_of(p, record, &f, id.b);
	id_format(&id, out);
	return ENT_ID_TEXT - 1;
}

/* The first record from `at` on, under `end`, that was not removed; or end. */
static uint32_t
next_live(const struct part *p, uint32_t at, uint32_t end)
{
	while (at < end) {
		uint64_t live = ~atomic_load_explicit(&p->gone[at / 64], memory_order_acquire) >> (at % 64);
		if (live != 0) {
			at += (uint32_t)__builtin_ctzll(live);
			break;
		}
		at += 64 - at % 64;
	}
	return at < end ? at : end;
}

/* Live records of a segment stand in the order of their ids as text; removed ones have none. */
uint32_t
part_find(const struct part *p, const char *id)
{
	char own[MATCH_ID_MAX + 1];
	if (p->recent != NULL)
		return recent_find(p->recent, id);
	uint32_t low = 0, high = p->records;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2, live = next_live(p, mid, high);
		if (live == high) {
			high = mid;
			continue;
		}
		(void)part_id(p, live, own);
		int order = strcmp(own, id);
		if (order == 0)
			return live;
		if (order < 0)
			low = live + 1;
		else
			high = mid;
	}
	return NO_RECORD;
}

/* ---- documents ------------------------------------------------------------------------------------------- */

/* A half byte is a digit, a bar, or the first of two of a letter; after the last of them two tell any byte. */
#define HALF_BAR 10u
#define HALF_LETTER 11u
#define HALF_BYTE 15u
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz /-.+_#:()*,";

struct halves {
	uint8_t *p;
	size_t n;
};

static void
put_half(struct halves *h, unsigned v)
{
	if (h->n % 2 == 0)
		h->p[h->n / 2] = (uint8_t)v;
	else
		h->p[h->n / 2] |= (uint8_t)(v << 4);
	h->n++;
}

static void
put_letter(struct halves *h, char c)
{
	const char *at = c == '\0' ? NULL : strchr(letters, c);
	if (c >= '0' && c <= '9') {
		put_half(h, (unsigned)(c - '0'));
	} else if (c == '|') {
		put_half(h, HALF_BAR);
	} else if (at != NULL) {
		put_half(h, HALF_LETTER + (unsigned)(at - letters) / 16);
		put_half(h, (unsigned)(at - letters) % 16);
	} else {
		put_half(h, HALF_BYTE);
		put_half(h, (uint8_t)c & 15u);
		put_half(h, (uint8_t)c >> 4);
	}
}

size_t
part_document_pack(const char *text, size_t n, uint8_t *out)
{
	struct halves count = { out + 3, 0 };
	for (size_t i = 0; i < n; i++)
		put_letter(&count, text[i]);
	size_t head = 0, bytes = (count.n + 1) / 2;
	for (size_t v = count.n; head == 0 || v > 0; v >>= 7)
		out[head++] = (uint8_t)((v & 0x7fu) | (v >= 0x80 ? 0x80u : 0));
	memmove(out + head, out + 3, bytes);
	return head + bytes;
}

static unsigned
half(const uint8_t *p, uint32_t i, uint32_t n)
{
	return i < n ? (unsigned)p[i / 2] >> (i % 2 * 4) & 15u : 0;
}

size_t
part_document(const uint8_t **at, char *out)
{
	uint32_t halves = part_varint(at);
	const uint8_t *p = *at;
	size_t n = 0;
	*at += (halves + 1) / 2;
	for (uint32_t i = 0; i < halves && n < MATCH_NUMBER_MAX;) {
		unsigned v = half(p, i++, halves);
		if (v < HALF_LETTER) {
			out[n++] = v < HALF_BAR ? (char)('0' + v) : '|';
		} else if (v < HALF_BYTE) {
			out[n++] = letters[(v - HALF_LETTER) * 16 + half(p, i, halves)];
			i++;
		} else {
			out[n++] = (char)(half(p, i, halves) | half(p, i + 1, halves) << 4);
			i += 2;
		}
	}
	return n;
}
