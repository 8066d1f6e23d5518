/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"
#include "base/js.h"

#include <inttypes.h>
#include <string.h>

struct js_reader
js_reader_of(const struct js *obj, const char *path, struct ent_why *why)
{
	struct js_reader r = { .obj = obj, .path = path, .why = why, .err = ENT_OK };
	if (!js_is_object(obj))
		r.err = ent_fail(ENT_ESYNTAX, why, "%s%san object is expected", path,
		    path[0] == '\0' ? "" : ": ");
	return r;
}

static void
fail(struct js_reader *r, const char *key, const char *what)
{
	r->err = ent_fail(ENT_EFIELD, r->why, "field '%s%s%s' %s", r->path,
	    r->path[0] == '\0' ? "" : ".", key, what);
}

/* The field's value, or NULL with the error noted if it is missing and wanted. */
static struct js *
field(struct js_reader *r, const char *key, bool wanted)
{
	if (r->err != ENT_OK)
		return NULL;
	struct js *v = js_get(r->obj, key);
	if (v == NULL && wanted)
		fail(r, key, "is missing");
	return v;
}

static const char *
read_str(struct js_reader *r, const char *key, size_t max, bool wanted)
{
	struct js *v = field(r, key, wanted);
	const char *s = js_str(v);
	if (v == NULL)
		return NULL;
	if (s == NULL || s[0] == '\0' || strlen(s) > max) {
		char what[64];
		(void)snprintf(what, sizeof what, "must be text of 1 to %zu bytes", max);
		fail(r, key, what);
		return NULL;
	}
	return s;
}

const char *
js_want_str(struct js_reader *r, const char *key, size_t max)
{
	const char *s = read_str(r, key, max, true);
	return s == NULL ? "" : s;
}

const char *
js_opt_str(struct js_reader *r, const char *key, size_t max)
{
	return read_str(r, key, max, false);
}

static int64_t
read_int(struct js_reader *r, const char *key, int64_t min, int64_t max, struct js *v)
{
	int64_t n = js_int(v, min);
	if (!js_is_int(v) || n < min || n > max) {
		char what[96];
		(void)snprintf(what, sizeof what, "must be an integer from %" PRId64 " to %" PRId64,
		    min, max);
		fail(r, key, what);
		return min;
	}
	return n;
}

int64_t
js_want_int(struct js_reader *r, const char *key, int64_t min, int64_t max)
{
	struct js *v = field(r, key, true);
	return v == NULL ? min : read_int(r, key, min, max, v);
}

int64_t
js_opt_int(struct js_reader *r, const char *key, int64_t min, int64_t max, int64_t otherwise)
{
	struct js *v = field(r, key, false);
	return v == NULL ? otherwise : read_int(r, key, min, max, v);
}

bool
js_opt_bool(struct js_reader *r, const char *key, bool otherwise)
{
	struct js *v = field(r, key, false);
	if (v != NULL && !js_is_bool(v))
		fail(r, key, "must be true or false");
	return js_bool(v, otherwise);
}

static struct js *
read_array(struct js_reader *r, const char *key, size_t max_len, bool wanted)
{
	struct js *v = field(r, key, wanted);
	if (v == NULL)
		return NULL;
	if (!js_is_array(v) || js_len(v) > max_len) {
		char what[64];
		(void)snprintf(what, sizeof what, "must be a list of at most %zu", max_len);
		fail(r, key, what);
		return NULL;
	}
	return v;
}

struct js *
js_want_array(struct js_reader *r, const char *key, size_t max_len)
{
	return read_array(r, key, max_len, true);
}

struct js *
js_opt_array(struct js_reader *r, const char *key, size_t max_len)
{
	return read_array(r, key, max_len, false);
}

struct js *
js_want_object(struct js_reader *r, const char *key)
{
	struct js *v = field(r, key, true);
	if (v != NULL && !js_is_object(v)) {
		fail(r, key, "must be an object");
		return NULL;
	}
	return v;
}

void
js_want_b64u(struct js_reader *r, const char *key, uint8_t *out, size_t n)
{
	size_t got = 0;
	memset(out, 0, n);
	const char *s = js_want_str(r, key, B64U_SIZE(n));
	if (r->err == ENT_OK && (b64u_decode(str_of(s), out, n, &got) != ENT_OK || got != n)) {
		char what[64];
		(void)snprintf(what, sizeof what, "must be %zu bytes in base64url", n);
		fail(r, key, what);
	}
}

void
js_want_id(struct js_reader *r, const char *key, uint8_t out[static 16])
{
	struct ent_id id = { 0 };
	const char *s = js_want_str(r, key, ENT_ID_TEXT);
	if (r->err == ENT_OK && id_parse(str_of(s), &id) != ENT_OK)
		fail(r, key, "must be an identifier (UUID)");
	memcpy(out, id.b, 16);
}

void
js_set_id(struct js *obj, const char *key, const uint8_t id[static 16])
{
	struct ent_id v;
	char text[ENT_ID_TEXT];
	memcpy(v.b, id, 16);
	id_format(&v, text);
	js_set_str(obj, key, text);
}

void
js_only(struct js_reader *r, const char *const *known)
{
	const char *key;
	struct js *value;
	for (void *it = NULL; r->err == ENT_OK && (it = js_each(r->obj, it, &key, &value)) != NULL;) {
		size_t i = 0;
		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL)
			fail(r, key, "is not known here: take it out");
	}
}
