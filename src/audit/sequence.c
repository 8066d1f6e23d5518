/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/sequence.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct lane {
	struct exchange_line last;
};

struct sequence {
	size_t count;
	struct lane lane[SEQUENCE_LANES_MAX];
};

struct sequence *
sequence_new(void)
{
	return ent_alloc(sizeof(struct sequence));
}

void
sequence_free(struct sequence *s)
{
	free(s);
}

bool
sequence_next(struct sequence *s, const struct exchange_line *l, uint64_t *expected)
{
	*expected = 1;
	for (size_t i = 0; i < s->count; i++) {
		struct exchange_line *last = &s->lane[i].last;
		if (strcmp(last->dir, l->dir) != 0 || strcmp(last->channel, l->channel) != 0 ||
		    strcmp(last->typ, l->typ) != 0)
			continue;
		*expected = last->seq + 1;
		bool good = l->seq == *expected || (line_refusable(l) && l->seq < *expected);
		if (l->seq > last->seq || !good)
			*last = *l;
		return good;
	}
	if (s->count < SEQUENCE_LANES_MAX) /* more lanes than any log has: those are not counted */
		s->lane[s->count++].last = *l;
	return l->seq <= 1;
}
