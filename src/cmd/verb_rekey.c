/* SPDX-License-Identifier: Apache-2.0
 *
 * rekey: replace the key that wraps the data keys.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

static void
render_rekey(const struct js *answer, FILE *out)
{
	(void)fprintf(out, "the store key is replaced; earlier copies of keys.db open no more; next %.10s\n",
	    render_text_or(answer, "next", "?"));
}

static const struct verb_arg no_args[] = {
	{ .name = NULL },
};

const struct verb verb_rekey = { .name = "rekey", .op = "rekey",
	.summary = "replace the key that wraps the data keys, before its day", .args = no_args,
	.render = render_rekey };
