/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct style
render_style(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if ((no != NULL && *no != '\0') || isatty(fileno(out)) == 0 || term == NULL ||
	    strcmp(term, "dumb") == 0)
		return (struct style){ "", "", "", "", "", "" };
	return (struct style){ "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[0m" };
}

/* C0, DEL and C1 controls (in UTF-8: C2 80..9F) can move the cursor or change its colours; the bidi
 * overrides and isolates (E2 80 AA..AE, E2 81 A6..A9) can make text read as another. */
static size_t
harmful(const unsigned char *p)
{
	if ((*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
		return 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae)
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
		return 3;
	return 0;
}

const char *
render_text_or(const struct js *o, const char *key, const char *otherwise)
{
	const char *s = js_get_str(o, key);
	return s == NULL ? otherwise : s;
}

void
render_text(const char *s, FILE *out)
{
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0';) {
		size_t skip = harmful(p);
		(void)fputc(skip == 0 ? *p : '?', out);
		p += skip == 0 ? 1 : skip;
	}
}

static void
scalar(const struct js *v, FILE *out)
{
	if (js_is_string(v))
		render_text(js_str(v), out);
	else if (js_is_int(v))
		(void)fprintf(out, "%" PRId64, js_int(v, 0));
	else if (js_is_bool(v))
		(void)fputs(js_bool(v, false) ? "yes" : "no", out);
	else
		(void)fputs("-", out);
}

static bool
is_scalar(const struct js *v)
{
	return !js_is_object(v) && !js_is_array(v);
}

static bool
all_scalars(const struct js *arr)
{
	for (size_t i = 0; i < js_len(arr); i++)
		if (!is_scalar(js_at(arr, i)))
			return false;
	return true;
}

static void render_nested(const struct js *v, int depth, bool first, FILE *out);

static void
indent(int depth, FILE *out)
{
	for (int i = 0; i < depth; i++)
		(void)fputs("  ", out);
}

static void
render_array(const struct js *v, int depth, FILE *out)
{
	for (size_t i = 0; i < js_len(v); i++) {
		indent(depth, out);
		(void)fputs("- ", out);
		if (is_scalar(js_at(v, i))) {
			scalar(js_at(v, i), out);
			(void)fputc('\n', out);
		} else {
			render_nested(js_at(v, i), depth + 1, true, out);
		}
	}
}

static void
render_field(const struct style *st, const char *key, const struct js *v, int depth, FILE *out)
{
	(void)fputs(st->dim, out);
	for (const char *k = key; *k != '\0'; k++)
		(void)fputc(*k == '_' ? ' ' : *k, out);
	(void)fprintf(out, ":%s", st->off);
	if (is_scalar(v)) {
		(void)fputc(' ', out);
		scalar(v, out);
		(void)fputc('\n', out);
	} else if (js_len(v) == 0) {
		(void)fputs(" none\n", out);
	} else if (js_is_array(v) && all_scalars(v) && js_len(v) <= 8) {
		for (size_t i = 0; i < js_len(v); i++) {
			(void)fputs(i == 0 ? " " : ", ", out);
			scalar(js_at(v, i), out);
		}
		(void)fputc('\n', out);
	} else {
		(void)fputc('\n', out);
		render_nested(v, depth + 1, false, out);
	}
}

/* first: the cursor stands behind a "- " already. */
static void
render_nested(const struct js *v, int depth, bool first, FILE *out)
{
	struct style st = render_style(out);
	const char *key;
	struct js *value;
	if (js_is_array(v)) {
		if (first)
			(void)fputc('\n', out);
		render_array(v, depth, out);
		return;
	}
	for (void *it = js_each(v, NULL, &key, &value); it != NULL; it = js_each(v, it, &key, &value)) {
		if (!first)
			indent(depth, out);
		first = false;
		render_field(&st, key, value, depth, out);
	}
	if (first)
		(void)fputc('\n', out);
}

void
render_value(const struct js *v, FILE *out)
{
	if (is_scalar(v)) {
		scalar(v, out);
		(void)fputc('\n', out);
		return;
	}
	render_nested(v, 0, false, out);
}
