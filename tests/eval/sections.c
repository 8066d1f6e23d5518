/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the bytes of a register's base go.
 */
#include "match_eval.h"

#include "match/view.h"

static const char *const section_names[SECTIONS] = {
	[SECTION_WORDS] = "words",
	[SECTION_PHONES] = "phones",
	[SECTION_LISTS] = "lists",
	[SECTION_KEY_HEADS] = "key heads",
	[SECTION_KEYS] = "keys",
	[SECTION_WORD_SLOTS] = "word slots",
	[SECTION_VARIANT_HEADS] = "variant heads",
	[SECTION_VARIANTS] = "variants",
	[SECTION_NAME_ROWS] = "name rows",
	[SECTION_NAME_SHAPES] = "name shapes",
	[SECTION_NAME_DATA] = "name data",
	[SECTION_LOWS] = "lows",
	[SECTION_LETTERS] = "letters",
	[SECTION_RECORD_ROWS] = "record rows",
	[SECTION_RECORD_SHAPES] = "record shapes",
	[SECTION_RECORD_DATA] = "record data",
	[SECTION_FACT_HEADS] = "fact heads",
	[SECTION_FACTS] = "facts",
	[SECTION_WRITTEN_HEADS] = "written heads",
	[SECTION_WRITTEN] = "written",
	[SECTION_INITIALS] = "initials",
	[SECTION_TWICE] = "names that say a word twice",
	[SECTION_FREQUENCY] = "frequency",
};

void
eval_sections(const struct eval *e, FILE *f)
{
	const struct segment_head *h = e->x->helds > 0 ? e->x->held[0]->block.p : NULL;
	for (size_t i = 0; i < SECTIONS && h != NULL && h->names > 0; i++)
		fprintf(f, "%-15s %11llu %6.2f\n", section_names[i], (unsigned long long)h->section[i].bytes,
		    (double)h->section[i].bytes / h->names);
	if (h != NULL && h->names > 0)
		fprintf(f, "%-15s %11llu %6.2f\n", "all", (unsigned long long)h->bytes, (double)h->bytes / h->names);
}
