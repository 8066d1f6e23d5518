/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	enum ent_err err;
	int http;
	const char *name;
	const char *text;
} rows[] = {
	{ ENT_OK, 200, "OK", "done" },
#define ERR(num, name, http, text) { ENT_##name, http, #name, text },
#include "spec/registry/errors.def"
#undef ERR
};

static size_t
row_of(enum ent_err err)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].err == err)
			return i;
	return sizeof rows / sizeof rows[0];
}

const char *
ent_err_name(enum ent_err err)
{
	size_t i = row_of(err);
	return i < sizeof rows / sizeof rows[0] ? rows[i].name : "EUNKNOWN";
}

const char *
ent_err_text(enum ent_err err)
{
	size_t i = row_of(err);
	return i < sizeof rows / sizeof rows[0] ? rows[i].text : "unknown error";
}

int
ent_err_http(enum ent_err err)
{
	size_t i = row_of(err);
	return i < sizeof rows / sizeof rows[0] ? rows[i].http : 500;
}

#undef ent_fail
#undef ent_refuse

enum ent_err
ent_fail(enum ent_err err, struct ent_why *why, const char *fmt, ...)
{
	if (why != NULL) {
		va_list ap;
		va_start(ap, fmt);
		(void)vsnprintf(why->text, sizeof why->text, fmt, ap);
		va_end(ap);
		why->clause[0] = '\0';
	}
	return err;
}

enum ent_err
ent_refuse(enum ent_err err, struct ent_why *why, const char *clause, const char *fmt, ...)
{
	if (why != NULL) {
		va_list ap;
		va_start(ap, fmt);
		(void)vsnprintf(why->text, sizeof why->text, fmt, ap);
		va_end(ap);
		(void)snprintf(why->clause, sizeof why->clause, "%s", clause);
	}
	return err;
}

void
ent_bug_at(const char *file, int line, const char *msg)
{
	(void)fprintf(stderr, "entente: broken invariant at %s:%d: %s\n", file, line, msg);
	abort();
}
