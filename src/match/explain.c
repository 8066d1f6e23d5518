/* SPDX-License-Identifier: Apache-2.0
 *
 * What a result says: its degree and band, and why.
 */
#include "match/hunt.h"

/* Degrees: 1000 / (1 + exp(-score / 4)), score in log-odds; and where the bands begin. */
#define DEGREE_SCALE 4
#define STRONG_MIN 445u
#define REVIEW_MIN 330u

unsigned
match_degree(int32_t score)
{
	uint32_t size = (uint32_t)(score < 0 ? -score : score) / DEGREE_SCALE;
	uint32_t low = match_exp_minus(size); /* millionths */
	uint32_t high = (uint32_t)(1000000000000u / (1000000u + low) / 1000);
	return score < 0 ? 1000 - high : high;
}

int32_t
match_score_of_degree(unsigned degree)
{
	int32_t low = -64000, high = 64000;
	while (low < high) {
		int32_t mid = low + (high - low) / 2;
		if (match_degree(mid) < degree)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
match_result_of(const struct find *f, struct arena *a, struct match_result *out)
{
	char id[MATCH_ID_MAX + 1];
	struct part_facts facts;
	bool proven = f->document == MATCH_DOCUMENT_EQUAL;
	size_t n = part_id(f->part, f->record, id);
	part_facts(f->part, f->record, &facts);
	out->id = arena_strndup(a, id, n);
	out->type = (enum record_type)facts.type;
	out->quarantined = (facts.flags & RECORD_QUARANTINED) != 0;
	out->date = (enum match_date_line)f->date;
	out->document = (enum match_document_line)f->document;
	out->degree = match_degree(f->final);
	out->band = out->degree >= STRONG_MIN ? MATCH_STRONG :
	    out->degree >= REVIEW_MIN	      ? MATCH_REVIEW :
						MATCH_TRACE;
	/* one name is never strong; nor is a document whose holder has another name */
	if (out->band == MATCH_STRONG && (proven ? f->solid < 1 : f->solid < 2))
		out->band = MATCH_REVIEW;
	out->name = out->query_left = out->record_left = "";
}

/* ---- the alignment ------------------------------------------------------------------------------------- */

static enum match_how
how_of(const struct paired *p, const struct text_token *q, const struct text_token *r)
{
	if (p->how != MATCH_SPELLING)
		return (enum match_how)p->how;
	if (q->n == r->n && memcmp(q->p, r->p, q->n) == 0)
		return MATCH_SAME;
	return q->script == r->script ? MATCH_SPELLING : MATCH_SOUND;
}

/* The folded words first..last of a name. */
static char *
words_text(const struct text_name *n, size_t first, size_t last, struct arena *a)
{
	if (first > last)
		return arena_printf(a, "%s %s", words_text(n, first, first, a), words_text(n, last, last, a));
	const char *from = n->tok[first].p, *to = n->tok[last].p + n->tok[last].n;
	if (first == last)
		return arena_strndup(a, from, (size_t)(to - from));
	char *text = arena_strndup(a, "", 0);
	for (size_t i = first; i <= last; i++)
		text = arena_printf(a, "%s%s%.*s", text, i > first && text[0] != '\0' ? " " : "",
		    (int)n->tok[i].n, n->tok[i].p);
	return text;
}

static char *
left_text(const struct text_name *n, uint32_t used, struct arena *a)
{
	char *text = arena_strndup(a, "", 0);
	for (size_t i = 0; i < n->n; i++)
		if ((used >> i & 1) == 0 && n->tok[i].n > 0 && n->tok[i].role != TEXT_ARTICLE)
			text = arena_printf(a, "%s%s%.*s", text, text[0] != '\0' ? " " : "",
			    (int)n->tok[i].n, n->tok[i].p);
	return text;
}

static void
put_pairs(struct hunt *h, const struct text_name *own, struct arena *a, struct match_result *out)
{
	const struct aligned *al = &h->aligned;
	struct match_pair *pairs = arena_array(a, al->pairs + 1, sizeof *pairs);
	for (size_t i = 0; i < al->pairs; i++) {
		const struct paired *p = &al->pair[i];
		const struct item *it = &h->qn.item[p->item];
		const struct seen_token *t = &h->seen.tok[p->token];
		struct match_pair *pair = &pairs[out->pairs_n];
		*pair = (struct match_pair){ .how = how_of(p, &it->tok, &own->tok[t->first]),
			.likeness = p->likeness };
		pair->query = words_text(&h->qn.name, it->first, it->last, a);
		pair->record = words_text(own, t->first, t->last, a);
		bool light = pair->how == MATCH_PARTICLE || pair->how == MATCH_INITIAL;
		pair->one_in = light ? 0 : match_one_in(p->weight);
		/* an article inside an Arabic word has no text of its own */
		out->pairs_n += pair->query[0] != '\0' && pair->record[0] != '\0';
	}
	out->pairs = pairs;
}

void
match_explain(struct hunt *h, const struct find *f, struct arena *a, struct match_result *out)
{
	char text[TEXT_NAME_MAX + 2];
	struct text_name own;
	match_reasons_facts(&h->qn, f->part, f->record, a, out);
	part_written(f->part, f->name, text);
	out->name = arena_strdup(a, text);
	weigh_seen(h, f->part, f->name, &h->seen);
	out->weak = h->seen.weak;
	match_align(&h->qn, &h->seen, true, &h->aligned);
	int32_t *ev = arena_array(a, EV_N, sizeof *ev);
	memcpy(ev, h->aligned.ev, sizeof h->aligned.ev);
	out->evidence = ev;
	if (text_parse(str_of(text), &own, NULL) != ENT_OK || own.n != h->seen.parts)
		return;
	put_pairs(h, &own, a, out);
	out->query_left = left_text(&h->qn.name, h->aligned.query_used, a);
	out->record_left = left_text(&own, h->aligned.record_used, a);
	match_reasons_left(&h->qn, &h->seen, &own, &h->aligned, a, out);
}
