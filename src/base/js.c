/* SPDX-License-Identifier: Apache-2.0 */
#include "base/js.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct js is never defined: a pointer to it is a json_t pointer in this file only. */
static json_t *
in(const struct js *j)
{
	union {
		const struct js *from;
		json_t *to;
	} u = { .from = j };
	return u.to;
}

static struct js *
out(json_t *j)
{
	return (struct js *)(void *)j;
}

static struct js *
made(json_t *j)
{
	if (j == NULL)
		ENT_BUG("out of memory, or text that is not UTF-8");
	return out(j);
}

/* jansson bounds nesting by 2048; ours is lower, and real numbers are refused. */
static enum ent_err
check_value(const json_t *j, unsigned depth, struct ent_why *why)
{
	const char *key;
	json_t *value;
	size_t i;
	enum ent_err err = ENT_OK;
	if (depth > JS_DEPTH_MAX)
		return ent_fail(ENT_ETOOBIG, why, "nested deeper than %d", JS_DEPTH_MAX);
	if (json_is_real(j))
		return ent_fail(ENT_ESYNTAX, why, "a number is not an integer");
	if (json_is_object(j)) {
		void *it = json_object_iter(in(out((json_t *)(uintptr_t)j)));
		for (; it != NULL && err == ENT_OK;
		     it = json_object_iter_next((json_t *)(uintptr_t)j, it)) {
			key = json_object_iter_key(it);
			value = json_object_iter_value(it);
			(void)key;
			err = check_value(value, depth + 1, why);
		}
	} else if (json_is_array(j)) {
		for (i = 0; i < json_array_size(j) && err == ENT_OK; i++)
			err = check_value(json_array_get(j, i), depth + 1, why);
	}
	return err;
}

enum ent_err
js_parse(struct bytes text, size_t max, struct js **result, struct ent_why *why)
{
	json_error_t where;
	if (text.n > max)
		return ent_fail(ENT_ETOOBIG, why, "%zu bytes, at most %zu are taken", text.n, max);
	if (text.n == 0)
		return ent_fail(ENT_ESYNTAX, why, "empty, where JSON is expected");
	json_t *j = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
	    &where);
	if (j == NULL)
		return ent_fail(ENT_ESYNTAX, why, "not JSON at line %d, column %d", where.line,
		    where.column);
	enum ent_err err = check_value(j, 1, why);
	if (err != ENT_OK) {
		json_decref(j);
		return err;
	}
	*result = out(j);
	return ENT_OK;
}

void
js_free(struct js *j)
{
	json_decref(in(j));
}

bool
js_is_object(const struct js *j)
{
	return json_is_object(in(j));
}

bool
js_is_array(const struct js *j)
{
	return json_is_array(in(j));
}

bool
js_is_string(const struct js *j)
{
	return json_is_string(in(j));
}

bool
js_is_int(const struct js *j)
{
	return json_is_integer(in(j));
}

bool
js_is_bool(const struct js *j)
{
	return json_is_boolean(in(j));
}

bool
js_is_null(const struct js *j)
{
	return json_is_null(in(j));
}

struct js *
js_get(const struct js *obj, const char *key)
{
	return out(json_object_get(in(obj), key));
}

const char *
js_get_str(const struct js *obj, const char *key)
{
	return json_string_value(json_object_get(in(obj), key));
}

int64_t
js_get_int(const struct js *obj, const char *key, int64_t otherwise)
{
	return js_int(js_get(obj, key), otherwise);
}

bool
js_get_bool(const struct js *obj, const char *key, bool otherwise)
{
	return js_bool(js_get(obj, key), otherwise);
}

const char *
js_str(const struct js *j)
{
	return json_string_value(in(j));
}

int64_t
js_int(const struct js *j, int64_t otherwise)
{
	return js_is_int(j) ? (int64_t)json_integer_value(in(j)) : otherwise;
}

bool
js_bool(const struct js *j, bool otherwise)
{
	return js_is_bool(j) ? json_is_true(in(j)) : otherwise;
}

size_t
js_len(const struct js *j)
{
	return js_is_array(j) ? json_array_size(in(j)) : json_object_size(in(j));
}

struct js *
js_at(const struct js *arr, size_t i)
{
	return out(json_array_get(in(arr), i));
}

void *
js_each(const struct js *obj, void *it, const char **key, struct js **value)
{
	it = it == NULL ? json_object_iter(in(obj)) : json_object_iter_next(in(obj), it);
	if (it == NULL)
		return NULL;
	*key = json_object_iter_key(it);
	*value = out(json_object_iter_value(it));
	return it;
}

bool
js_equal(const struct js *a, const struct js *b)
{
	return a == b || (a != NULL && b != NULL && json_equal(in(a), in(b)) == 1);
}

struct js *
js_object(void)
{
	return made(json_object());
}

struct js *
js_array(void)
{
	return made(json_array());
}

struct js *
js_new_str(const char *s)
{
	return made(json_string(s));
}

struct js *
js_new_strn(const char *s, size_t n)
{
	return made(json_stringn(s, n));
}

struct js *
js_new_int(int64_t v)
{
	return made(json_integer(v));
}

struct js *
js_new_bool(bool v)
{
	return made(json_boolean(v));
}

struct js *
js_new_null(void)
{
	return made(json_null());
}

struct js *
js_copy(const struct js *j)
{
	return made(json_deep_copy(in(j)));
}

void
js_set_take(struct js *obj, const char *key, struct js *value)
{
	if (json_object_set_new(in(obj), key, in(value)) != 0)
		ENT_BUG("cannot set a field");
}

void
js_set_str(struct js *obj, const char *key, const char *s)
{
	if (s != NULL)
		js_set_take(obj, key, js_new_str(s));
}

void
js_set_int(struct js *obj, const char *key, int64_t v)
{
	js_set_take(obj, key, js_new_int(v));
}

void
js_set_time(struct js *obj, const char *key, ent_time t)
{
	char text[ENT_TIME_TEXT];
	time_format(t, text);
	js_set_str(obj, key, text);
}

void
js_set_bool(struct js *obj, const char *key, bool v)
{
	js_set_take(obj, key, js_new_bool(v));
}

void
js_set_b64u(struct js *obj, const char *key, struct bytes v)
{
	char *text = ent_alloc(B64U_SIZE(v.n));
	b64u_encode(v, text);
	js_set_str(obj, key, text);
	free(text);
}

void
js_del(struct js *obj, const char *key)
{
	(void)json_object_del(in(obj), key); /* absent is fine */
}

void
js_append_take(struct js *arr, struct js *value)
{
	if (json_array_append_new(in(arr), in(value)) != 0)
		ENT_BUG("cannot append");
}

static int
to_buf(const char *text, size_t n, void *ctx)
{
	buf_put(ctx, text, n);
	return 0;
}

/* The bytes that jansson's JSON_COMPACT gives (test_base holds them against each other), without its
 * search for loops, which costs more than the writing: nothing here can build one. */
static void
write_text(const char *s, size_t n, struct buf *b)
{
	static const char *const short_form[32] = { ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",
		['\f'] = "\\f", ['\r'] = "\\r" };
	size_t from = 0;
	buf_putc(b, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		buf_put(b, s + from, i - from);
		from = i + 1;
		if (c >= ' ')
			buf_put(b, (const char[]){ '\\', (char)c }, 2);
		else if (short_form[c] != NULL)
			buf_puts(b, short_form[c]);
		else
			buf_printf(b, "\\u%04X", c);
	}
	buf_put(b, s + from, n - from);
	buf_putc(b, '"');
}

static void write_value(json_t *j, struct buf *b);

static void
write_object(json_t *j, struct buf *b)
{
	bool first = true;
	buf_putc(b, '{');
	for (void *it = json_object_iter(j); it != NULL; it = json_object_iter_next(j, it)) {
		const char *key = json_object_iter_key(it);
		if (!first)
			buf_putc(b, ',');
		first = false;
		write_text(key, json_object_iter_key_len(it), b);
		buf_putc(b, ':');
		write_value(json_object_iter_value(it), b);
	}
	buf_putc(b, '}');
}

static void
write_value(json_t *j, struct buf *b)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		write_object(j, b);
		return;
	case JSON_ARRAY:
		buf_putc(b, '[');
		for (size_t i = 0; i < json_array_size(j); i++) {
			if (i > 0)
				buf_putc(b, ',');
			write_value(json_array_get(j, i), b);
		}
		buf_putc(b, ']');
		return;
	case JSON_STRING:
		write_text(json_string_value(j), json_string_length(j), b);
		return;
	case JSON_INTEGER:
		buf_printf(b, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_puts(b, json_is_true(j) ? "true" : "false");
		return;
	case JSON_NULL:
		buf_puts(b, "null");
		return;
	case JSON_REAL: /* never taken in, never made */
		break;
	}
	ENT_BUG("cannot write JSON");
}

void
js_write(const struct js *j, struct buf *b)
{
	if (j == NULL)
		ENT_BUG("cannot write JSON");
	write_value(in(j), b);
}

void
js_write_pretty(const struct js *j, struct buf *b)
{
	if (json_dump_callback(in(j), to_buf, b, JSON_INDENT(2) | JSON_ENCODE_ANY) != 0)
		ENT_BUG("cannot write JSON");
}

char *
js_text(const struct js *j)
{
	char *text = json_dumps(in(j), JSON_COMPACT | JSON_ENCODE_ANY);
	if (text == NULL)
		ENT_BUG("cannot write JSON");
	return text;
}
