/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/verb.h"
#include "lists/lists.h"

#include <string.h>

#define COUNT_MAX ((int64_t)100000000)

static enum ent_err
options(const struct verb_call *c, struct generate_options *o, struct ent_why *why)
{
	const char *script = verb_text(c, "script");
	int64_t errors = verb_int(c, "errors", 10), variant = verb_int(c, "variant", 0);
	int64_t count = verb_int(c, "count", 0);
	memset(o, 0, sizeof *o);
	if (count < 0 || count > COUNT_MAX)
		return ent_fail(ENT_EUSAGE, why, "--count must be 0 to %lld", (long long)COUNT_MAX);
	if (errors < 0 || errors > 100)
		return ent_fail(ENT_EUSAGE, why, "--errors must be 0 to 100, of a hundred");
	if (variant < 0)
		return ent_fail(ENT_EUSAGE, why, "--variant must not be negative");
	if (script != NULL && strcmp(script, "arabic") == 0)
		o->script = GENERATE_ARABIC;
	else if (script != NULL && strcmp(script, "latin") == 0)
		o->script = GENERATE_LATIN;
	else if (script != NULL && strcmp(script, "any") != 0)
		return ent_fail(ENT_EUSAGE, why, "--script must be any, latin or arabic");
	o->seed = (uint64_t)verb_int(c, "seed", 0);
	o->variant = (uint64_t)variant;
	o->errors = (unsigned)errors;
	o->originator = verb_text(c, "originator");
	o->simple = verb_flag(c, "simple");
	if (o->originator != NULL && !record_code_valid(o->originator))
		return ent_fail(ENT_EUSAGE, why, "--originator must be a service's code, 2 to 15 of "
		    "A-Z 0-9 -");
	return ENT_OK;
}

static int
run(struct verb_call *c)
{
	struct generate_options o;
	struct ent_why why = { .text = "" };
	struct buf out;
	enum ent_err err = options(c, &o, &why);
	uint64_t count = (uint64_t)verb_int(c, "count", 0);
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	buf_init(&out, 64 * GENERATE_LINE_MAX);
	for (uint64_t i = 0; i < count && err == ENT_OK; i++) {
		generate_line(&o, i, &out);
		if (out.n < 32 * GENERATE_LINE_MAX && i + 1 < count)
			continue;
		if (buf_err(&out) != ENT_OK || fwrite(out.p, 1, out.n, stdout) != out.n)
			err = ent_fail(ENT_EIO, &why, "cannot write to standard output");
		buf_reset(&out);
	}
	if (err == ENT_OK && fflush(stdout) != 0)
		err = ent_fail(ENT_EIO, &why, "cannot write to standard output");
	buf_done(&out);
	return err == ENT_OK ? 0 : verb_fail(c, err, &why);
}

static const struct verb_arg args[] = {
	{ "count", ARG_INT, false, true, "N", "how many persons" },
	{ "seed", ARG_INT, false, true, "S", "the same seed gives the same persons" },
	{ "errors", ARG_INT, false, false, "PERCENT", "wrong names, dates and numbers of a hundred (10)" },
	{ "variant", ARG_INT, false, false, "V", "the same persons as another service writes them (0)" },
	{ "script", ARG_TEXT, false, false, "SCRIPT", "any, latin or arabic (any)" },
	{ "originator", ARG_TEXT, false, false, "CODE", "put a label of that service on each record" },
	{ "simple", ARG_FLAG, false, false, NULL, "short lines {id,type,names,...} in place of records" },
	{ .name = NULL },
};

const struct verb verb_generate = {
	.name = "generate",
	.summary = "print invented persons for exercises and tests",
	.args = args,
	.run = run,
};
