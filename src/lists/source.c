/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/formats.h"

#include <stdlib.h>
#include <string.h>

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

/* What is at hand of the line, its end left out; true once that end was met. */
static bool
take_part(struct source *s, struct buf *line)
{
	const uint8_t *from = s->chunk + s->at;
	const uint8_t *end = memchr(from, '\n', s->n - s->at);
	size_t n = end == NULL ? s->n - s->at : (size_t)(end - from);
	buf_put(line, from, n);
	s->at += n;
	if (end == NULL)
		return false;
	s->at++;
	s->line++;
	return true;
}

enum ent_err
source_line(struct source *s, struct buf *line, bool *more, struct ent_why *why)
{
	buf_reset(line);
	*more = source_peek(s) >= 0;
	while (source_peek(s) >= 0 && !take_part(s, line))
		;
	if (s->failed)
		return ent_fail(ENT_EIO, why, "reading failed");
	if (buf_err(line) != ENT_OK)
		return ent_fail(ENT_ETOOBIG, why, "a line of more than %zu bytes: split the entry",
		    line->max);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->p[--line->n] = '\0';
	return ENT_OK;
}
