/* SPDX-License-Identifier: Apache-2.0
 *
 * base/js: JSON values.  The only place that knows the JSON library.
 *
 * Strict on input: UTF-8, one value, no duplicate keys, no \u0000, no fractions, integers within
 * int64, at most JS_DEPTH_MAX deep, at most the caller's maximum of bytes.  Object keys keep the
 * order in which they were set or read.  Building never fails (out of memory ends the process);
 * a string that is not UTF-8 is a bug of the caller.
 */
#ifndef ENT_BASE_JS_H
#define ENT_BASE_JS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"

struct js;

#define JS_DEPTH_MAX 64

/* Parse; *out is owned by the caller (js_free).  why names line and column. */
ENT_CHECK enum ent_err js_parse(struct bytes in, size_t max, struct js **out, struct ent_why *why);
void js_free(struct js *j); /* may be NULL */

/* Reading: borrowed pointers that live as long as the value.  All accept NULL and answer "no". */
bool js_is_object(const struct js *j);
bool js_is_array(const struct js *j);
bool js_is_string(const struct js *j);
bool js_is_int(const struct js *j);
bool js_is_bool(const struct js *j);
bool js_is_null(const struct js *j);
struct js *js_get(const struct js *obj, const char *key);	 /* NULL if absent */
const char *js_get_str(const struct js *obj, const char *key); /* NULL if absent or not text */
int64_t js_get_int(const struct js *obj, const char *key, int64_t otherwise);
bool js_get_bool(const struct js *obj, const char *key, bool otherwise);
const char *js_str(const struct js *j); /* NULL if not text */
int64_t js_int(const struct js *j, int64_t otherwise);
bool js_bool(const struct js *j, bool otherwise);
size_t js_len(const struct js *j); /* of an array or object, else 0 */
struct js *js_at(const struct js *arr, size_t i);
/* Walk an object: it = NULL to begin; NULL at the end; key and value are set otherwise. */
void *js_each(const struct js *obj, void *it, const char **key, struct js **value);
bool js_equal(const struct js *a, const struct js *b);

/* Building.  _take moves the value into the container, which owns it then. */
struct js *js_object(void);
struct js *js_array(void);
struct js *js_new_str(const char *s);
struct js *js_new_strn(const char *s, size_t n);
struct js *js_new_int(int64_t v);
struct js *js_new_bool(bool v);
struct js *js_new_null(void);
struct js *js_copy(const struct js *j); /* deep */
void js_set_take(struct js *obj, const char *key, struct js *value);
void js_set_str(struct js *obj, const char *key, const char *s); /* s NULL: sets nothing */
void js_set_int(struct js *obj, const char *key, int64_t v);
void js_set_time(struct js *obj, const char *key, ent_time t); /* as RFC 3339 text */
void js_set_bool(struct js *obj, const char *key, bool v);
void js_set_b64u(struct js *obj, const char *key, struct bytes v);
void js_set_id(struct js *obj, const char *key, const uint8_t id[static 16]);
void js_del(struct js *obj, const char *key);
void js_append_take(struct js *arr, struct js *value);

/* Compact text, keys in order, UTF-8 as it is. */
void js_write(const struct js *j, struct buf *out);
void js_write_pretty(const struct js *j, struct buf *out); /* two spaces, for people */
char *js_text(const struct js *j);			   /* caller frees */

/* A sticky reader of an object's fields: the first error stays, with the field's path in why;
 * later calls answer with zero values.  Check r.err once before using what was read. */
struct js_reader {
	const struct js *obj;
	const char *path; /* "annex" or "", put before the field's name */
	struct ent_why *why;
	enum ent_err err;
};
struct js_reader js_reader_of(const struct js *obj, const char *path, struct ent_why *why);
const char *js_want_str(struct js_reader *r, const char *key, size_t max); /* bytes, 1..max */
const char *js_opt_str(struct js_reader *r, const char *key, size_t max);  /* NULL if absent */
int64_t js_want_int(struct js_reader *r, const char *key, int64_t min, int64_t max);
int64_t js_opt_int(struct js_reader *r, const char *key, int64_t min, int64_t max, int64_t otherwise);
bool js_opt_bool(struct js_reader *r, const char *key, bool otherwise);
struct js *js_want_array(struct js_reader *r, const char *key, size_t max_len);
struct js *js_opt_array(struct js_reader *r, const char *key, size_t max_len);
struct js *js_want_object(struct js_reader *r, const char *key);
/* Exactly n bytes in base64url. */
void js_want_b64u(struct js_reader *r, const char *key, uint8_t *out, size_t n);
void js_want_id(struct js_reader *r, const char *key, uint8_t out[static 16]);
/* Refuse fields that are not in the NULL-ended list. */
void js_only(struct js_reader *r, const char *const *known);

#endif
