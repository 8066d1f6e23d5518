/* SPDX-License-Identifier: Apache-2.0
 *
 * The variant graph: of the plain words of a base, but for rare ones, their neighbours with how like they are, so that a
 * query of known words compares no spellings.
 */
#include "match/build.h"

#include "match/hunt.h"

#include <stdlib.h>

/* Words that fewer than one name of so many has get no row: they are many and seldom asked for. */
#define RARE_SHARE 65536u

struct neighbour {
	uint32_t word;
	uint16_t likeness;
};

static int
by_word(const void *pa, const void *pb)
{
	const struct neighbour *a = pa, *b = pb;
	return a->word < b->word ? -1 : a->word > b->word;
}

static const uint32_t *
words32(const struct build *b, enum segment_section s)
{
	return (const uint32_t *)(const void *)b->section[s].p;
}

/* As much of a part as finding words takes. */
static void
half_built(const struct build *b, struct part *p)
{
	*p = (struct part){ .words = b->words, .plain = b->plain,
		.word = (const struct part_word *)(const void *)b->section[SECTION_WORDS].p,
		.phones = (const char *)b->section[SECTION_PHONES].p,
		.key_head = words32(b, SECTION_KEY_HEADS), .key = b->section[SECTION_KEYS].p,
		.key_bytes = segment_key_bytes(b->words) };
	p->key_buckets = (uint32_t)(b->section[SECTION_KEY_HEADS].n / 4 - 1);
}

void
build_variants(struct build *b)
{
	struct near *near = ent_alloc(sizeof *near);
	struct neighbour *row = ent_alloc_array(HUNT_NEAR_MAX, sizeof *row);
	struct bytes_out *heads = &b->section[SECTION_VARIANT_HEADS], *out = &b->section[SECTION_VARIANTS];
	struct part p;
	half_built(b, &p);
	near->wide = b->epoch.names > NEAR_WIDE;
	near->seen = ent_alloc_array(b->words / 64 + 1, sizeof *near->seen);
	for (uint32_t i = 0; i < b->plain; i++) {
		const struct part_word *w = &p.word[i];
		struct text_token tok = { .phones_n = w->phones_n, .vowelled = w->vowelled,
			.same = w->same };
		uint32_t at = (uint32_t)out->n, last = 0;
		memcpy(tok.phones, p.phones + w->phones, w->phones_n);
		bytes_put(heads, &at, sizeof at);
		if (b->word[b->by_final[i]].plain <= b->names / RARE_SHARE)
			continue;
		likes_near(&p, &tok, false, near);
		for (uint32_t k = 0; k < near->n; k++)
			row[k] = (struct neighbour){ near->word[k], near->likeness[k] };
		qsort(row, near->n, sizeof *row, by_word);
		for (uint32_t k = 0; k < near->n; last = row[k++].word)
			bytes_varint(out, (row[k].word - last) << 9 | (row[k].likeness - MATCH_LIKE_MIN));
	}
	uint32_t end = (uint32_t)out->n;
	bytes_put(heads, &end, sizeof end);
	free(near->seen);
	free(near);
	free(row);
}
