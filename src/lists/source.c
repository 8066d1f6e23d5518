/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/formats.h"

#include <stdlib.h>

void
source_init(struct source *s, const struct list_input *in)
{
	*s = (struct source){ .in = in, .chunk = ent_alloc(SOURCE_CHUNK), .line = 1 };
}

void
source_done(struct source *s)
{
	free(s->chunk);
	s->chunk = NULL;
}

int
source_peek(struct source *s)
{
	if (s->at == s->n && !s->end) {
		int64_t n = s->in->read(s->in->ctx, s->chunk, SOURCE_CHUNK);
		s->failed = n < 0 || (uint64_t)n > SOURCE_CHUNK;
		s->end = n <= 0 || s->failed;
		s->n = s->end ? 0 : (size_t)n;
		s->at = 0;
	}
	return s->at < s->n ? s->chunk[s->at] : -1;
}

int
source_next(struct source *s)
{
	int c = source_peek(s);
	if (c >= 0)
		s->at++;
	if (c == '\n')
		s->line++;
	return c;
}

enum ent_err
source_line(struct source *s, struct buf *line, bool *more, struct ent_why *why)
{
	buf_reset(line);
	int c = source_next(s);
	*more = c >= 0;
	for (; c >= 0 && c != '\n'; c = source_next(s))
		buf_putc(line, (char)c);
	if (s->failed)
		return ent_fail(ENT_EIO, why, "reading failed");
	if (buf_err(line) != ENT_OK)
		return ent_fail(ENT_ETOOBIG, why, "a line of more than %zu bytes: split the entry",
		    line->max);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->p[--line->n] = '\0';
	return ENT_OK;
}
