/* SPDX-License-Identifier: Apache-2.0 */
#include "bands.h"

#include "lists/lists.h"

#include <stdio.h>
#include <string.h>

/* stream: 0x6e6567 of negatives, 0x706f73 of positives */
static void
frozen(uint64_t stream, uint64_t i, uint64_t variant, struct match_sample *out)
{
	struct list_frozen f;
	list_frozen(stream, i, variant, &f);
	*out = (struct match_sample){ .birth = { .precision = MATCH_DATE_NONE } };
	memcpy(out->name, f.name, sizeof out->name);
	memcpy(out->nation, f.nation, sizeof out->nation);
	if (f.birth[0] != '\0' && match_date_parse(str_of(f.birth), &out->birth, NULL) != ENT_OK)
		out->birth.precision = MATCH_DATE_NONE;
}

static void
negative(void *ctx, uint64_t i, struct match_sample *out)
{
	(void)ctx;
	frozen(0x6e6567u, i, 0, out);
}

static void
known(void *ctx, uint64_t i, struct match_sample *out)
{
	(void)ctx;
	frozen(0x706f73u, i, 0, out);
}

static void
asked(void *ctx, uint64_t i, struct match_sample *out)
{
	(void)ctx;
	frozen(0x706f73u, i, 1, out);
}

static bool
never(void *ctx)
{
	(void)ctx;
	return false;
}

bool
bands_derive(struct match_index *x, struct match_thresholds *out)
{
	struct match_derivation d = { .negative = negative, .known = known, .asked = asked, .stop = never,
		.negatives = 12000, .positives = 1500 };
	struct ent_why why = { .text = "" };
	enum ent_err err = match_thresholds_derive(x, &d, out, &why);
	if (err != ENT_OK)
		fprintf(stderr, "match-eval: bands: %s\n", why.text);
	for (int t = 0; t < MATCH_TRADITIONS && err == ENT_OK; t++)
		fprintf(stderr, "bands %-12s name: strong %u review %u trace %u, of %u negatives%s\n",
		    match_tradition_name((enum match_tradition)t), out->cut[t][MATCH_BY_NAME].strong,
		    out->cut[t][MATCH_BY_NAME].review, out->cut[t][MATCH_BY_NAME].trace,
		    out->cut[t][MATCH_BY_NAME].negatives, out->cut[t][MATCH_BY_NAME].own ? "" : " of all");
	return err == ENT_OK;
}
