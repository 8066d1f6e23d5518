/* SPDX-License-Identifier: Apache-2.0
 *
 * What an explanation tells beside the words that met: the words that did not, and the facts that
 * were held against each other.  Computes nothing that weighs.
 */
#include "match/hunt.h"

#include <string.h>

/* The first and the last of a few days. */
static void
format_span(const struct match_date *d, char out[static MATCH_DATE_TEXT])
{
	int64_t first = 0;
	char last[ENT_DATE_TEXT] = "";
	if (date_days(d->year, d->month, d->day, &first) == ENT_OK)
		date_format((first + d->span) * ENT_DAY, last);
	(void)snprintf(out, MATCH_DATE_TEXT, "%04u-%02u-%02u..%s", d->year % 10000u, d->month % 100u,
	    d->day % 100u, last);
}

void
match_date_format(const struct match_date *d, char out[static MATCH_DATE_TEXT])
{
	unsigned y = d->year % 10000u, m = d->month % 100u, day = d->day % 100u;
	switch ((enum match_precision)d->precision) {
	case MATCH_DATE_DAY:
		if (d->span > 0) {
			format_span(d, out);
			return;
		}
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

/* The date that the line is about: the first that compares so. */
static void
tell_birth(const struct question *qn, const struct part_facts *f, struct match_result *out)
{
	for (uint32_t i = 0; i < f->births_n; i++) {
		struct match_date d = part_date(part_u32(f->births + (size_t)i * 4));
		bool it = match_date_compare(&qn->q->birth, &d) == out->date;
		if (i == 0 || it)
			out->reasons.birth = d;
		if (it)
			return;
	}
}

/* "AB123456 (passport, MA)" */
static const char *
number_text(struct match_number d, struct arena *a)
{
	const char *number = arena_strndup(a, d.p, d.n), *kind = document_kind_name((enum document_kind)d.kind);
	if (kind[0] == '\0' && d.country[0] == '\0')
		return number;
	return arena_printf(a, "%s (%s%s%s)", number, kind, kind[0] != '\0' && d.country[0] != '\0' ? ", " : "",
	    d.country);
}

void
match_reasons_facts(const struct question *qn, const struct part *p, uint32_t record, struct arena *a,
    struct match_result *out)
{
	struct match_reasons *re = &out->reasons;
	struct part_facts f;
	part_facts(p, record, &f);
	size_t n = f.documents_n < MATCH_SHOWN_MAX ? f.documents_n : MATCH_SHOWN_MAX;
	const char **numbers = arena_array(a, n + 1, sizeof *numbers);
	const uint8_t *at = f.documents;
	char number[MATCH_NUMBER_MAX];
	for (size_t i = 0; i < n; i++)
		numbers[i] = number_text(match_document_read(number, part_document(&at, number)), a);
	re->documents = numbers;
	re->documents_n = n;
	if (qn->document[0] != '\0')
		(void)match_document_best(qn->document, &f, &re->check);
	tell_birth(qn, &f, out);
	struct about_lines lines;
	match_about_compare(&qn->about, &f, &lines);
	re->nation = lines.nation;
	re->sex = lines.sex;
	re->place = lines.place;
	char *nation = arena_strndup(a, lines.own_nation.p, lines.own_nation.n);
	for (size_t i = 0; i < 2 && lines.own_nation.n == 2; i++) /* a country's code */
		nation[i] = nation[i] >= 'a' && nation[i] <= 'z' ? (char)(nation[i] - 'a' + 'A') : nation[i];
	re->own_nation = nation;
	re->own_sex = arena_strndup(a, lines.own_sex.p, lines.own_sex.n);
	re->own_place = arena_strndup(a, lines.own_place.p, lines.own_place.n);
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
match_reasons_left(const struct question *qn, const struct seen_name *n, const struct text_name *own,
    const struct aligned *al, struct arena *a, struct match_result *out)
{
	struct match_reasons *re = &out->reasons;
	struct match_left *room = arena_array(a, qn->parts + own->n + 1, sizeof *room);
	for (size_t i = 0; i < qn->parts; i++)
		if ((al->query_used >> i & 1) == 0)
			put_left(re, room, &qn->name.tok[i], true, qn->item[i].weight, a);
	for (size_t j = 0; j < own->n && j < n->parts; j++)
		if ((al->record_used >> j & 1) == 0)
			put_left(re, room, &own->tok[j], false, n->tok[j].weight, a);
	re->left = room;
}
