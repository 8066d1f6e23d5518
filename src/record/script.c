/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <string.h>

/* Blocks of Unicode 15 by script; coarse, since only the script of whole names is wanted. */
static const struct {
	uint32_t from, to;
	const char *script; /* ISO 15924 */
} blocks[] = {
	{ 0x0041, 0x005a, "Latn" },
	{ 0x0061, 0x007a, "Latn" },
	{ 0x00c0, 0x024f, "Latn" },
	{ 0x0370, 0x03ff, "Grek" },
	{ 0x0400, 0x052f, "Cyrl" },
	{ 0x0530, 0x058f, "Armn" },
	{ 0x0590, 0x05ff, "Hebr" },
	{ 0x0600, 0x06ff, "Arab" },
	{ 0x0750, 0x077f, "Arab" },
	{ 0x0870, 0x08ff, "Arab" },
	{ 0x0900, 0x097f, "Deva" },
	{ 0x0980, 0x09ff, "Beng" },
	{ 0x0e00, 0x0e7f, "Thai" },
	{ 0x1000, 0x109f, "Mymr" },
	{ 0x10a0, 0x10ff, "Geor" },
	{ 0x1200, 0x137f, "Ethi" },
	{ 0x1e00, 0x1eff, "Latn" },
	{ 0x2d30, 0x2d7f, "Tfng" },
	{ 0x3040, 0x30ff, "Jpan" },
	{ 0x3400, 0x9fff, "Hani" },
	{ 0xac00, 0xd7af, "Hang" },
	{ 0xfb50, 0xfdff, "Arab" },
	{ 0xfe70, 0xfeff, "Arab" },
};

#define BLOCKS (sizeof blocks / sizeof blocks[0])

/* The next code point of valid UTF-8. */
static uint32_t
next(const uint8_t **p, const uint8_t *end)
{
	uint32_t c = *(*p)++;
	unsigned more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	if (more > 0)
		c &= 0x3fu >> more;
	for (; more > 0 && *p < end; more--)
		c = c << 6 | (*(*p)++ & 0x3fu);
	return c;
}

static size_t
block_of(uint32_t c)
{
	size_t i = 0;
	while (i < BLOCKS && (c < blocks[i].from || c > blocks[i].to))
		i++;
	return i;
}

const char *
script_of(struct str text)
{
	unsigned seen[BLOCKS] = { 0 };
	const uint8_t *p = (const uint8_t *)text.p, *end = p + text.n;
	size_t best = BLOCKS;
	unsigned most = 0;
	while (p < end) {
		size_t i = block_of(next(&p, end));
		/* count where the script's first block stands, so that its blocks add up */
		for (size_t j = 0; i < BLOCKS && j <= i; j++)
			if (strcmp(blocks[j].script, blocks[i].script) == 0) {
				if (++seen[j] > most) {
					most = seen[j];
					best = j;
				}
				break;
			}
	}
	return best < BLOCKS ? blocks[best].script : "Zyyy";
}
