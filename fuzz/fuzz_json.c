/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON text: what is taken is written and read again to the same value, and the reader of fields never
 * goes beyond it.
 */
#include "base/js.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX ((size_t)1 << 16)

/* deeper: j may be nested deeper than what was read, and then be refused for that alone. */
static void
write_and_read(const struct js *j, bool pretty, bool deeper)
{
	struct buf b;
	struct js *again = NULL;
	struct ent_why why;
	buf_init(&b, TEXT_MAX * 64);
	if (pretty)
		js_write_pretty(j, &b);
	else
		js_write(j, &b);
	if (buf_err(&b) != ENT_OK)
		abort();
	enum ent_err err = js_parse(buf_bytes(&b), TEXT_MAX * 64, &again, &why);
	if (!(deeper && err == ENT_ETOOBIG) && (err != ENT_OK || !js_equal(j, again)))
		abort();
	js_free(again);
	buf_done(&b);
}

static void
read_fields(const struct js *j)
{
	static const char *const known[] = { "s", "n", "a", "b", "id", "o", "t", NULL };
	uint8_t raw[16], id[16];
	struct ent_why why;
	struct js_reader r = js_reader_of(j, "x", &why);
	(void)js_opt_str(&r, "s", 20);
	(void)js_opt_int(&r, "n", -5, 100, 0);
	(void)js_opt_array(&r, "a", 3);
	(void)js_opt_bool(&r, "t", false);
	js_only(&r, known);
	struct js_reader q = js_reader_of(j, "", &why);
	(void)js_want_str(&q, "s", 20);
	(void)js_want_int(&q, "n", 0, INT64_MAX);
	(void)js_want_array(&q, "a", 100);
	(void)js_want_object(&q, "o");
	js_want_b64u(&q, "b", raw, sizeof raw);
	js_want_id(&q, "id", id);
	if (q.err == ENT_OK && js_get_str(j, "s") == NULL)
		abort();
}

/* Each kind of accessor on each value. */
static void
walk(const struct js *j, int depth)
{
	const char *key;
	struct js *value;
	if (depth > JS_DEPTH_MAX)
		abort();
	if ((js_is_string(j) && js_str(j) == NULL) || (js_is_int(j) && js_int(j, 1) != js_int(j, 2)) ||
	    (js_is_bool(j) && js_bool(j, true) != js_bool(j, false)) ||
	    (js_is_null(j) && js_len(j) != 0))
		abort();
	for (size_t i = 0; js_is_array(j) && i < js_len(j); i++)
		walk(js_at(j, i), depth + 1);
	for (void *it = NULL; js_is_object(j) && (it = js_each(j, it, &key, &value)) != NULL;)
		walk(value, depth + 1);
}

/* Takes a copy apart and builds it anew. */
static void
rebuild(const struct js *j)
{
	static const uint8_t id[16] = { 1 };
	struct js *o = js_object(), *a = js_array(), *copy = js_copy(j);
	js_append_take(a, copy);
	js_append_take(a, js_new_null());
	js_append_take(a, js_new_bool(true));
	js_append_take(a, js_new_strn("ab", 1));
	js_set_take(o, "a", a);
	js_set_int(o, "n", js_get_int(j, "n", 0));
	js_set_str(o, "s", js_get_str(j, "s"));
	js_set_bool(o, "t", js_get_bool(j, "t", true));
	js_set_b64u(o, "b", bytes_of(id, sizeof id));
	js_set_id(o, "id", id);
	js_del(o, "n");
	write_and_read(o, false, true);
	read_fields(o);
	char *text = js_text(o);
	free(text);
	js_free(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct js *j = NULL;
	struct ent_why why;
	if (js_parse(bytes_of(data, size), TEXT_MAX, &j, &why) != ENT_OK)
		return 0;
	walk(j, 1);
	write_and_read(j, false, false);
	write_and_read(j, true, false);
	read_fields(j);
	rebuild(j);
	js_free(j);
	return 0;
}
