/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/conf.h"

#include "base/file.h"
#include "cmd/call.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key {
	const char *name, *help;
	const char *text; /* default of a text */
	unsigned number;  /* of a number */
	bool is_text;
	unsigned min, max; /* of a text: the most bytes */
	size_t offset;
};

static const struct key keys[] = {
#define CONF_TEXT(name, otherwise, most, help) \
	{ #name, help, otherwise, 0, true, 0, most, offsetof(struct conf, name) },
#define CONF_INT(name, otherwise, least, most, help) \
	{ #name, help, NULL, otherwise, false, least, most, offsetof(struct conf, name) },
#include "cmd/conf.def"
#undef CONF_TEXT
#undef CONF_INT
};
#define KEYS (sizeof keys / sizeof keys[0])

static char *
text_at(struct conf *c, const struct key *k)
{
	return (char *)c + k->offset;
}

static void
set_number(struct conf *c, const struct key *k, unsigned v)
{
	memcpy((char *)c + k->offset, &v, sizeof v);
}

struct conf
conf_default(void)
{
	struct conf c = { 0 };
	for (size_t i = 0; i < KEYS; i++) {
		if (keys[i].is_text)
			(void)snprintf(text_at(&c, &keys[i]), keys[i].max + 1u, "%s", keys[i].text);
		else
			set_number(&c, &keys[i], keys[i].number);
	}
	return c;
}

/* White space off both ends, in place. */
static char *
trim(char *s)
{
	s += strspn(s, " \t\r");
	size_t n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	s[n] = '\0';
	return s;
}

static enum ent_err
set_value(struct conf *c, const struct key *k, const char *value, const char *where,
    struct ent_why *why)
{
	if (k->is_text) {
		if (*value == '\0' || strlen(value) > k->max)
			return ent_fail(ENT_EFIELD, why, "%s: %s wants 1 to %u bytes: %s", where,
			    k->name, k->max, k->help);
		(void)snprintf(text_at(c, k), k->max + 1u, "%s", value);
		return ENT_OK;
	}
	char *end;
	errno = 0;
	unsigned long v = strtoul(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || *value == '-' || v < k->min || v > k->max)
		return ent_fail(ENT_EFIELD, why, "%s: %s wants a number from %u to %u, not '%s': %s",
		    where, k->name, k->min, k->max, value, k->help);
	set_number(c, k, (unsigned)v);
	return ENT_OK;
}

static enum ent_err
unknown_key(const char *name, const char *where, struct ent_why *why)
{
	const char *names[KEYS];
	for (size_t i = 0; i < KEYS; i++)
		names[i] = keys[i].name;
	const char *near = args_nearest(name, names, KEYS);
	return near == NULL
	    ? ent_fail(ENT_EFIELD, why, "%s: there is no key '%s'", where, name)
	    : ent_fail(ENT_EFIELD, why, "%s: there is no key '%s'; did you mean '%s'?", where, name,
	        near);
}

static enum ent_err
parse_line(char *line, const char *where, bool *seen, struct conf *c, struct ent_why *why)
{
	char *text = trim(line);
	if (*text == '\0' || *text == '#')
		return ENT_OK;
	char *equals = strchr(text, '=');
	if (equals == NULL)
		return ent_fail(ENT_EFIELD, why, "%s: a line is 'key = value' or begins with #", where);
	*equals = '\0';
	const char *name = trim(text), *value = trim(equals + 1);
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (seen[i])
			return ent_fail(ENT_EFIELD, why, "%s: %s stands twice", where, name);
		seen[i] = true;
		return set_value(c, &keys[i], value, where, why);
	}
	return unknown_key(name, where, why);
}

enum ent_err
conf_parse(struct bytes text, const char *file, struct conf *out, struct ent_why *why)
{
	struct conf c = conf_default();
	bool seen[KEYS] = { false };
	char where[160];
	enum ent_err err = ENT_OK;
	if (text.n > CONF_FILE_MAX || (text.n > 0 && memchr(text.p, '\0', text.n) != NULL))
		return ent_fail(ENT_EFIELD, why, "%s: no text of up to %zu bytes", file, CONF_FILE_MAX);
	char *copy = ent_alloc(text.n + 1);
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	unsigned number = 0;
	for (char *line = copy; line != NULL && err == ENT_OK;) {
		char *end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		(void)snprintf(where, sizeof where, "%.120s, line %u", file, ++number);
		err = parse_line(line, where, seen, &c, why);
		line = end == NULL ? NULL : end + 1;
	}
	free(copy);
	if (err == ENT_OK)
		*out = c;
	return err;
}

enum ent_err
conf_read(const char *dir, struct conf *out, struct ent_why *why)
{
	char path[PATH_MAX];
	struct buf text;
	int n = snprintf(path, sizeof path, "%s/" CONF_NAME, dir);
	if (n < 0 || (size_t)n >= sizeof path)
		return ent_fail(ENT_ETOOBIG, why, "path too long");
	buf_init(&text, CONF_FILE_MAX);
	enum ent_err err = file_read(path, &text, why);
	if (err == ENT_ENOTFOUND)
		err = ent_fail(err, why, "'%s' is no node's folder: there is no %s in it", dir,
		    CONF_NAME);
	if (err == ENT_OK)
		err = conf_parse(buf_bytes(&text), path, out, why);
	buf_done(&text);
	return err;
}

void
conf_write(const struct conf *c, const char *service, const char *code, struct buf *out)
{
	struct conf mine = *c;
	buf_printf(out, "# The node of %s (%s).  entente-serve(1) tells of the keys.\n", service, code);
	for (size_t i = 0; i < KEYS; i++) {
		const struct key *k = &keys[i];
		buf_printf(out, "\n# %s\n", k->help);
		if (k->is_text) {
			const char *v = text_at(&mine, k);
			buf_printf(out, "%s%s = %s\n", strcmp(v, k->text) == 0 ? "#" : "", k->name, v);
		} else {
			unsigned v;
			memcpy(&v, (const char *)&mine + k->offset, sizeof v);
			buf_printf(out, "%s%s = %u\n", v == k->number ? "#" : "", k->name, v);
		}
	}
}
