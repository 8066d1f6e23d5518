/* SPDX-License-Identifier: Apache-2.0
 *
 * A record's body, or a date: what is taken comes back the same.
 */
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
dates(struct str text)
{
	struct record_birth b, again;
	char out[RECORD_BIRTH_TEXT];
	if (record_birth_parse(text, &b) != ENT_OK)
		return;
	record_birth_format(&b, out);
	if (!record_birth_consistent(&b) || record_birth_parse(str_of(out), &again) != ENT_OK ||
	    again.precision != b.precision || again.from.year != b.from.year)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct js *obj = NULL;
	struct record *r = NULL, *again = NULL;
	struct ent_why why;
	dates((struct str){ .p = (const char *)data, .n = size });
	if (js_parse(bytes_of(data, size), RECORD_BODY_MAX, &obj, &why) != ENT_OK)
		return 0;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	if (record_read(obj, a, &r, &why) == ENT_OK) {
		struct js *body = record_write(r);
		if (record_read(body, a, &again, &why) != ENT_OK)
			abort();
		struct js *twice = record_write(again);
		if (!js_equal(body, twice))
			abort();
		(void)record_primary_name(r);
		for (size_t i = 0; i < r->count; i++)
			if (r->statements[i].kind == STATEMENT_NAME &&
			    strlen(script_of(str_of(r->statements[i].name.value))) != 4)
				abort();
		js_free(body);
		js_free(twice);
	}
	arena_free(a);
	js_free(obj);
	return 0;
}
