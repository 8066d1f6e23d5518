/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/formats.h"

#include <string.h>

#define CTRL_Z 0x1a /* the Treasury's files have ended with one */

void
csv_init(struct csv *c, const struct list_input *in)
{
	memset(c, 0, sizeof *c);
	source_init(&c->source, in);
	c->separator = ',';
	buf_init(&c->text, LIST_ROW_MAX);
}

void
csv_sniff(struct csv *c)
{
	static const char signs[] = { ',', ';', '\t', '|' };
	size_t count[sizeof signs] = { 0 }, best = 0;
	struct source *s = &c->source;
	if (source_peek(s) == 0xef && s->n - s->at >= 3 && s->chunk[s->at + 1] == 0xbb &&
	    s->chunk[s->at + 2] == 0xbf)
		s->at += 3;
	for (size_t i = s->at; i < s->n && s->chunk[i] != '\n'; i++)
		for (size_t k = 0; k < sizeof signs; k++)
			count[k] += s->chunk[i] == (uint8_t)signs[k];
	for (size_t k = 1; k < sizeof signs; k++)
		if (count[k] > count[best])
			best = k;
	c->separator = signs[best];
}

void
csv_done(struct csv *c)
{
	source_done(&c->source);
	buf_done(&c->text);
}

/* After the opening quote; *next is the byte after the closing one. */
static enum ent_err
quoted(struct csv *c, int *next, struct ent_why *why)
{
	int ch;
	while ((ch = source_next(&c->source)) >= 0) {
		if (ch != '"') {
			buf_putc(&c->text, (char)ch);
		} else if (source_peek(&c->source) == '"') {
			(void)source_next(&c->source);
			buf_putc(&c->text, '"');
		} else {
			break;
		}
		if (c->text.err != ENT_OK)
			break;
	}
	if (ch < 0)
		return ent_fail(ENT_ESYNTAX, why, "column %zu opens a quote that is never closed: "
		    "close it", c->count + 1);
	*next = source_next(&c->source);
	while (*next == ' ' || *next == '\r')
		*next = source_next(&c->source);
	if (*next >= 0 && *next != c->separator && *next != '\n')
		return ent_fail(ENT_ESYNTAX, why, "column %zu goes on after its closing quote: double "
		    "the quotes within", c->count + 1);
	return ENT_OK;
}

static void
bare(struct csv *c, int *next)
{
	size_t begin = c->text.n;
	while (*next >= 0 && *next != c->separator && *next != '\n' && c->text.err == ENT_OK) {
		buf_putc(&c->text, (char)*next);
		*next = source_next(&c->source);
	}
	while (c->text.n > begin && strchr(" \r\t", c->text.p[c->text.n - 1]) != NULL)
		c->text.n--;
}

/* One cell into the text, its beginning into *at; *next is what ended it.  *empty: nothing given. */
static enum ent_err
cell(struct csv *c, size_t *at, bool *empty, int *next, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	*next = source_next(&c->source);
	while (*next == ' ')
		*next = source_next(&c->source);
	*at = c->text.n;
	bool quotes = *next == '"';
	if (quotes)
		err = quoted(c, next, why);
	else
		bare(c, next);
	size_t n = c->text.n - *at;
	const char *p = n == 0 ? "" : (const char *)c->text.p + *at;
	/* -0- stands for nothing; at the very end of some files its last sign is lost */
	*empty = n == 0 || (!quotes && ((n == 3 && memcmp(p, "-0-", 3) == 0) ||
	    (n == 2 && *next < 0 && memcmp(p, "-0", 2) == 0)));
	buf_putc(&c->text, '\0');
	return err;
}

static enum ent_err
check_row(struct csv *c, struct ent_why *why)
{
	if (c->source.failed)
		return ent_fail(ENT_EIO, why, "reading failed");
	if (c->text.err != ENT_OK)
		return ent_fail(ENT_ETOOBIG, why, "a row of more than %zu bytes: is a quote missing?",
		    LIST_ROW_MAX);
	for (size_t i = 0; i < c->count; i++) {
		const char *s = c->cells[i];
		if (s != NULL && !utf8_valid(bytes_of_cstr(s)))
			return ent_fail(ENT_ESYNTAX, why, "column %zu is not UTF-8: convert the file "
			    "(iconv -t UTF-8)", i + 1);
	}
	return ENT_OK;
}

enum ent_err
csv_next(struct csv *c, struct ent_why *why)
{
	size_t at[LIST_CELLS_MAX] = { 0 };
	bool empty[LIST_CELLS_MAX] = { false };
	int next = (unsigned char)c->separator;
	enum ent_err err = ENT_OK;
	buf_reset(&c->text);
	c->count = 0;
	while (source_peek(&c->source) == '\n' || source_peek(&c->source) == '\r')
		(void)source_next(&c->source);
	c->line = c->source.line;
	if (source_peek(&c->source) == CTRL_Z)
		(void)source_next(&c->source);
	if (source_peek(&c->source) < 0)
		return check_row(c, why);
	while (next == c->separator && err == ENT_OK) {
		if (c->count == LIST_CELLS_MAX) {
			c->count = 0;
			return ent_fail(ENT_ETOOBIG, why, "a row of more than %d columns: is a quote "
			    "missing?", LIST_CELLS_MAX);
		}
		err = cell(c, &at[c->count], &empty[c->count], &next, why);
		c->count++;
	}
	while (err == ENT_ESYNTAX && source_peek(&c->source) >= 0 && source_next(&c->source) != '\n')
		continue; /* who goes on after a bad row begins with the next line */
	for (size_t i = 0; i < c->count; i++)
		c->cells[i] = empty[i] || c->text.err != ENT_OK ? NULL :
		    (const char *)c->text.p + at[i];
	return err != ENT_OK ? err : check_row(c, why);
}
