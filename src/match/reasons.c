/* SPDX-License-Identifier: Apache-2.0
 *
 * What an explanation tells beside the words that met: the words that did not, and the facts that
 * were held against each other.  Computes nothing that weighs.
 */
#include "match/index.h"

#include <string.h>

void
match_date_format(const struct match_date *d, char out[static MATCH_DATE_TEXT])
{
	unsigned y = d->year % 10000u, m = d->month % 100u, day = d->day % 100u;
	switch ((enum match_precision)d->precision) {
	case MATCH_DATE_DAY:
		(void)snprintf(out, MATCH_DATE_TEXT, "%04u-%02u-%02u", y, m, day);
		return;
	case MATCH_DATE_MONTH:
		(void)snprintf(out, MATCH_DATE_TEXT, "%04u-%02u", y, m);
		return;
	case MATCH_DATE_YEAR:
		(void)snprintf(out, MATCH_DATE_TEXT, "%04u", y);
		return;
	case MATCH_DATE_RANGE:
		(void)snprintf(out, MATCH_DATE_TEXT, "%04u/%04u", y, d->year_to % 10000u);
		return;
	case MATCH_DATE_PLACEHOLDER:
		(void)snprintf(out, MATCH_DATE_TEXT, "%04u-01-01", y);
		return;
	case MATCH_DATE_NONE:
		break;
	}
	out[0] = '\0';
}

const char *
match_nation_text(enum match_nation_line n)
{
	static const char *const texts[] = { "nationality not known on both sides",
		"nationality equal", "nationalities differ" };
	return texts[n];
}

/* The date that the line is about: the first that compares so. */
static void
tell_birth(const struct question *qn, const struct indexed *r, struct match_result *out)
{
	for (size_t i = 0; i < r->births_n; i++)
		if (i == 0 || match_date_compare(&qn->q->birth, &r->births[i]) == out->date) {
			out->reasons.birth = r->births[i];
			if (match_date_compare(&qn->q->birth, &r->births[i]) == out->date)
				return;
		}
}

void
match_reasons_facts(const struct question *qn, const struct indexed *r, struct arena *a,
    struct match_result *out)
{
	struct match_reasons *re = &out->reasons;
	size_t n = r->documents_n < MATCH_SHOWN_MAX ? r->documents_n : MATCH_SHOWN_MAX;
	const char **numbers = arena_array(a, n + 1, sizeof *numbers);
	for (size_t i = 0; i < n; i++)
		numbers[i] = arena_strdup(a, r->documents[i]);
	re->documents = numbers;
	re->documents_n = n;
	tell_birth(qn, r, out);
	re->nation = MATCH_NATION_UNKNOWN;
	if (qn->nationality[0] == '\0' || r->nationalities_n == 0)
		return;
	re->nation = MATCH_NATION_DIFFERENT;
	for (size_t i = 0; i < r->nationalities_n; i++)
		if (strcmp(r->nationalities[i], qn->nationality) == 0)
			re->nation = MATCH_NATION_EQUAL;
}

static bool
is_light(const struct text_token *t)
{
	return t->role != TEXT_NAME;
}

static void
put_left(struct match_reasons *re, struct match_left *room, const struct text_token *t,
    bool of_query, uint32_t weight, struct arena *a)
{
	if (t->n == 0 || t->role == TEXT_ARTICLE)
		return; /* an article inside an Arabic word has no text of its own */
	room[re->left_n++] = (struct match_left){ .word = arena_strndup(a, t->p, t->n),
		.of_query = of_query, .light = is_light(t),
		.one_in = is_light(t) ? 0 : match_one_in(weight) };
}

void
match_reasons_left(const struct match_index *x, const struct question *qn, const struct name *n,
    const struct text_name *own, const struct aligned *al, struct arena *a, struct match_result *out)
{
	struct match_reasons *re = &out->reasons;
	struct match_left *room = arena_array(a, qn->parts + own->n + 1, sizeof *room);
	for (size_t i = 0; i < qn->parts; i++)
		if ((al->query_used >> i & 1) == 0)
			put_left(re, room, &qn->name.tok[i], true, qn->item[i].weight, a);
	for (size_t j = 0; j < own->n && j < n->parts; j++)
		if ((al->record_used >> j & 1) == 0)
			put_left(re, room, &own->tok[j], false,
			    match_token_weight(x, n->tok[j].word, (enum text_role)n->tok[j].role), a);
	re->left = room;
}
