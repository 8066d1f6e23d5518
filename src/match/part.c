/* SPDX-License-Identifier: Apache-2.0
 *
 * What a part says of its records and names.
 */
#include "match/recent.h"

#include "base/id.h"

/* Over so many texts, each a length and its bytes. */
static const uint8_t *
skip_texts(const uint8_t *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = part_varint(&at);
		at += len;
	}
	return at;
}

void
part_facts(const struct part *p, uint32_t record, struct part_facts *out)
{
	const uint8_t *at = p->record_data + p->record[record].data;
	out->births_n = part_varint(&at);
	out->births = at;
	at += (size_t)out->births_n * 4;
	out->documents_n = part_varint(&at);
	out->documents = at;
	at = skip_texts(at, out->documents_n);
	out->nations_n = part_varint(&at);
	out->nations = at;
	at = skip_texts(at, out->nations_n);
	out->names = at;
	out->names_n = p->record[record].names;
	out->end = at + (size_t)out->names_n * 4;
}

size_t
part_id(const struct part *p, uint32_t record, char out[static MATCH_ID_MAX + 1])
{
	const struct part_record *r = &p->record[record];
	if ((r->flags & RECORD_ID_TEXT) != 0) {
		size_t n = r->id[4];
		memcpy(out, p->id_text + part_u32(r->id), n);
		out[n] = '\0';
		return n;
	}
	struct ent_id id;
	memcpy(id.b, r->id, sizeof id.b);
	id_format(&id, out);
	return ENT_ID_TEXT - 1;
}

void
part_written(const struct part *p, uint32_t name, char *out)
{
	const struct part_name *n = &p->name[name];
	const uint8_t *at = part_tokens(p, n) + (size_t)(n->tokens & ~PART_WEAK) * 4;
	if (p->recent != NULL) {
		size_t len = (size_t)at[0] | (size_t)at[1] << 8;
		memcpy(out, at + 2, len);
		out[len] = '\0';
		return;
	}
	uint32_t words = part_varint(&at);
	size_t used = 0;
	for (uint32_t i = 0; i < words; i++) {
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

/* Records of a segment stand in the order of their ids as text. */
uint32_t
part_find(const struct part *p, const char *id)
{
	char own[MATCH_ID_MAX + 1];
	if (p->recent != NULL)
		return recent_find(p->recent, id);
	uint32_t low = 0, high = p->records;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		(void)part_id(p, mid, own);
		if (strcmp(own, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	/* a removed record has its neighbour's id */
	for (; low < p->records; low++) {
		(void)part_id(p, low, own);
		if (strcmp(own, id) != 0)
			break;
		if (!part_gone(p, low))
			return low;
	}
	return NO_RECORD;
}
