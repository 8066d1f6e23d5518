/* SPDX-License-Identifier: Apache-2.0
 *
 * One name held against the question, and the best that were found.
 */
#include "match/hunt.h"

/* The score in all that a record must reach, at least: if one is full, only such are wanted, else the one that
 * comes nearest. */
static int32_t
wanted(const struct hunt *h)
{
	if (h->found == h->top)
		return h->best[h->top - 1].score;
	if (h->found == 0)
		return h->floor;
	return h->best[0].score < h->full ? h->best[0].score : h->full;
}

int32_t
weigh_least(const struct hunt *h)
{
	int32_t least = wanted(h) - h->extra;
	return least > h->trace ? least : h->trace;
}

/* ---- bounds of one name -------------------------------------------------------------------------------- */

/* Its words as they are needed to align it. */
void
weigh_seen(const struct hunt *h, const struct part *p, uint32_t name, struct seen_name *out)
{
	struct part_name read PART_UNREAD;
	part_name_read(p, name, &read);
	const struct part_name *n = &read;
	const uint8_t *at = part_tokens(p, n);
	out->tokens = part_tokens_n(n);
	out->parts = part_parts_n(n);
	out->weak = (n->tokens & PART_WEAK) != 0;
	out->org = n->type == RTYPE_ORG;
	out->initials = (n->parts & PART_INITIALS) != 0;
	for (size_t j = 0; j < out->tokens; j++) {
		uint32_t t = part_u32(at + j * 4), word = TOKEN_WORD(t);
		const struct part_word *w = &p->word[word];
		struct seen_token *s = &out->tok[j];
		bool plain = j < out->parts;
		*s = (struct seen_token){ .sound = w->sound, .weight = w->weight, .like = likes_of(h, word),
			.role = plain ? TOKEN_ROLE(t) : TEXT_NAME, .phones_n = w->phones_n,
			.phones = p->phones + w->phones,
			.vowelled = w->vowelled };
		if (plain) {
			s->first = s->last = (uint8_t)j;
			s->place = TOKEN_PLACE(t);
			s->weight = match_role_weight((enum text_role)s->role, w->weight);
			if (h->qn.initials || out->initials)
				s->initial = *s->phones;
			continue;
		}
		s->first = TOKEN_FIRST(t);
		s->last = (uint8_t)(s->first + TOKEN_MORE(t));
		s->place = out->tok[s->first].place;
		s->weight = 0;
		for (size_t k = s->first; k <= s->last && k < out->parts; k++)
			s->weight += out->tok[k].weight;
	}
}

/* Bits of parts. */
static uint32_t
span(size_t first, size_t last)
{
	if (first > last) /* a name's last word and its first, as one */
		return (uint32_t)1 << first | (uint32_t)1 << last;
	return (uint32_t)(((uint64_t)2 << last) - ((uint64_t)1 << first));
}

static void
take_most(struct match_worth *most, bool first, struct match_worth m)
{
	if (first) {
		*most = m;
		return;
	}
	most->gain = m.gain > most->gain ? m.gain : most->gain;
	most->excess = m.excess > most->excess ? m.excess : most->excess;
	most->lift = m.lift > most->lift ? m.lift : most->lift;
}

/* A meeting of an item and a word that begins at a part. */
static inline void
take(struct bests *out, size_t item, size_t at, struct match_worth m, uint8_t scripts)
{
	take_most(&out->item[item], (out->have >> item & 1) == 0, m);
	take_most(&out->at[at], (out->begun >> at & 1) == 0, m);
	out->have |= (uint64_t)1 << item;
	out->begun |= (uint32_t)1 << at;
	out->scripts |= scripts;
}

/* What a meeting takes from what speaks against the name, at most. */
static uint32_t
lift_of(const struct item *it, uint32_t poor, bool org)
{
	uint32_t missing = it->missing[org];
	return missing > poor ? missing - poor : 0;
}

/* Of a joined word, or a light one. */
static void
take_likes(struct hunt *h, const struct likely *l, uint32_t own, uint32_t taken, size_t first, bool plain)
{
	struct bests *out = &h->bests;
	for (; l != NULL; l = l->next) {
		const struct item *it = &h->qn.item[l->item];
		uint32_t weight = own < it->weight ? own : it->weight;
		uint32_t poor = match_bound_poor(weight, l->f, out->org);
		if (l->item >= h->qn.parts && !plain)
			continue;
		if (it->tok.role == TEXT_NAME && l->weight < weight)
			weight = l->weight;
		if (out->org && it->generic && weight > MATCH_GENERIC)
			weight = MATCH_GENERIC;
		struct match_worth worth = match_bound_pair(weight, l->f, it->span, taken);
		worth.lift = lift_of(it, it->first == it->last ? poor : 0, out->org);
		take(out, l->item, first, worth, l->scripts);
	}
}

/* A letter of the register and a name of the question, or the other way round. */
static void
take_letter(struct hunt *h, const struct part *p, uint32_t t, size_t j, size_t i)
{
	const struct item *it = &h->qn.item[i];
	const struct part_word *w = &p->word[TOKEN_WORD(t)];
	bool own = TOKEN_ROLE(t) == TEXT_INITIAL, asked = it->tok.role == TEXT_INITIAL;
	if (own == asked || !(own ? it->tok.role == TEXT_NAME : TOKEN_ROLE(t) == TEXT_NAME) || w->phones_n == 0 ||
	    it->tok.phones_n == 0 || !match_same_initial(p->phones[w->phones], it->tok.phones[0]))
		return;
	struct match_worth worth = match_bound_initial(it->span, own ? 0 : w->weight, lift_of(it, 0, h->bests.org));
	take(&h->bests, i, j, worth, match_scripts(w->vowelled, it->tok.vowelled));
	h->bests.letters |= (uint32_t)1 << j;
}

static void
take_letters(struct hunt *h, const struct part *p, const struct part_name *n)
{
	size_t parts = part_parts_n(n);
	for (size_t j = 0; j < parts; j++)
		for (size_t i = 0; i < h->qn.parts; i++)
			take_letter(h, p, part_u32(part_tokens(p, n) + j * 4), j, i);
}

/* What its words cost that are like none of the question's, at least.  like: bits of those that are. */
static int32_t
left_of(const struct hunt *h, const struct part *p, const struct part_name *n, uint32_t like, bool org)
{
	const uint8_t *at = part_tokens(p, n);
	bool seen[4] = { false, false, false, false };
	size_t parts = part_parts_n(n), last = parts;
	uint32_t sum = 0;
	for (size_t i = 0; i < parts; i++) {
		uint32_t t = part_u32(at + i * 4);
		if (TOKEN_ROLE(t) == TEXT_NAME && TOKEN_PLACE(t) == TEXT_PLACE_UNKNOWN)
			last = i;
	}
	for (size_t i = 0; i < parts; i++) {
		uint32_t t = part_u32(at + i * 4), place = TOKEN_PLACE(t);
		bool first = !seen[place], said = false;
		if (TOKEN_ROLE(t) != TEXT_NAME)
			continue;
		seen[place] = true;
		first = first && !(h->qn.alone && place == TEXT_PLACE_GIVEN);
		uint32_t worth = match_bound_left((enum text_place)place, first, i == last, org);
		if ((like >> i & 1) != 0 || worth == 0)
			continue;
		const struct part_word *w = &p->word[TOKEN_WORD(t)];
		/* a name of the same sound counts as said twice */
		for (uint32_t k = like; k != 0 && !said; k &= k - 1)
			said = p->word[TOKEN_WORD(part_u32(at + (size_t)__builtin_ctz(k) * 4))].sound == w->sound;
		sum += said ? 0 : (uint32_t)((uint64_t)w->weight * worth / 1000);
	}
	return (int32_t)sum;
}

/* A joined word's, or a light one's: by what of the name it stands for. */
static void
take_token(struct hunt *h, const struct part *p, const uint8_t *at, size_t j, size_t parts, const struct likely *l)
{
	uint32_t t = part_u32(at + j * 4), taken = 0, own = 0;
	size_t first = j < parts ? j : TOKEN_FIRST(t), last = j < parts ? j : first + TOKEN_MORE(t);
	for (size_t k = first; k <= last && k < parts; k++) {
		uint32_t part = part_u32(at + k * 4), weight = p->word[TOKEN_WORD(part)].weight;
		own += match_role_weight((enum text_role)TOKEN_ROLE(part), weight);
		taken += TOKEN_ROLE(part) == TEXT_NAME ? weight : 0;
	}
	take_likes(h, l, own, taken, first, j < parts);
}

/* The words of a name that are like an item, and what they may bring. */
static void
take_tokens(struct hunt *h, const struct part *p, const struct part_name *n)
{
	const uint8_t *at = part_tokens(p, n);
	size_t tokens = part_tokens_n(n), parts = part_parts_n(n);
	for (size_t j = 0; j < tokens; j++) {
		uint32_t t = part_u32(at + j * 4);
		const struct likely *l = likes_of(h, TOKEN_WORD(t));
		if (l == NULL)
			continue;
		if (j >= parts || TOKEN_ROLE(t) != TEXT_NAME) {
			take_token(h, p, at, j, parts, l);
			continue;
		}
		for (; l != NULL; l = l->next) /* most words */
			take(&h->bests, l->item, j, l->worth, l->scripts);
	}
}

/* Is the name an organisation's?  Others than are asked for are left out by who asks. */
static bool
is_org(const struct hunt *h, const struct part_name *n)
{
	if (h->qn.q->type != RTYPE_NONE)
		return h->qn.q->type == RTYPE_ORG;
	return n->type == RTYPE_ORG;
}

/* An item meets one word, and a word one item: the less of both sums. */
static struct match_sum
sum_of_met(const struct bests *best)
{
	struct match_sum items = { 0, 0, 0 }, words = { 0, 0, 0 };
	for (uint64_t have = best->have; have != 0; have &= have - 1) {
		const struct match_worth *m = &best->item[__builtin_ctzll(have)];
		items.gain += m->gain;
		items.excess += m->excess;
		items.lift += m->lift;
	}
	for (uint32_t begun = best->begun; begun != 0; begun &= begun - 1) {
		const struct match_worth *m = &best->at[__builtin_ctz(begun)];
		words.gain += m->gain;
		words.excess += m->excess;
		words.lift += m->lift;
	}
	return (struct match_sum){ items.gain < words.gain ? items.gain : words.gain,
		items.excess < words.excess ? items.excess : words.excess,
		items.lift < words.lift ? items.lift : words.lift };
}

/* By the name's words alone; aimed: if that is under what the plan aims at, any number under it. */
static int32_t
bound_of(struct hunt *h, const struct part *p, const struct part_name *n, bool aimed)
{
	struct bests *best = &h->bests;
	bool org = is_org(h, n), letters = !org && (h->qn.initials || (n->parts & PART_INITIALS) != 0);
	best->have = 0;
	best->begun = 0;
	best->scripts = 0;
	best->letters = 0;
	best->org = org;
	take_tokens(h, p, n);
	if (letters)
		take_letters(h, p, n);
	struct match_bounds b = { .query = h->qn.total, .kinds = org ? 2 : 1,
		.missing = { h->qn.missing[0], h->qn.missing[1] } };
	struct match_sum sum = sum_of_met(best);
	if (!letters && sum.gain > h->qn.most)
		sum.gain = h->qn.most;
	sum.lift += (best->scripts & MATCH_LIFTED) != 0 ? match_bound_scripts() : 0;
	uint32_t total = (uint32_t)n->total * PART_UNIT;
	if (aimed && !match_bound_reaches(&sum, &b, &h->plan.aim, total))
		return INT32_MIN;
	bool unwritten = best->have != 0 && (best->scripts & MATCH_WRITTEN) == 0;
	/* one more: the score is cut towards zero after all of it is summed */
	return match_bound(&sum, &b, total) + h->letters + 1 +
	    match_bound_always((n->tokens & PART_WEAK) != 0, unwritten, org);
}

int32_t
weigh_words(struct hunt *h, const struct part *p, const struct part_name *n)
{
	return bound_of(h, p, n, true);
}

/* Bits of its parts that are like a word of the question, or may be a letter's. */
static uint32_t
like_of(const struct hunt *h, const struct part *p, const struct part_name *n)
{
	const uint8_t *at = part_tokens(p, n);
	size_t tokens = part_tokens_n(n), parts = part_parts_n(n);
	uint32_t like = h->bests.letters;
	for (size_t j = 0; j < tokens; j++) {
		uint32_t t = part_u32(at + j * 4);
		if (likes_of(h, TOKEN_WORD(t)) != NULL)
			like |= j < parts ? (uint32_t)1 << j : span(TOKEN_FIRST(t), TOKEN_FIRST(t) + TOKEN_MORE(t));
	}
	return like;
}

int32_t
weigh_bound(struct hunt *h, const struct part *p, const struct part_name *n, int32_t least)
{
	int32_t bound = bound_of(h, p, n, false);
	return bound < least ? bound : bound - left_of(h, p, n, like_of(h, p, n), is_org(h, n));
}

/* ---- beside the name ----------------------------------------------------------------------------------- */

/* Dates, documents, nationality, sex and place of a record; what they add if the name speaks for it. */
static int32_t
beside(const struct hunt *h, const struct part *p, uint32_t record, struct find *f, int32_t *always)
{
	const struct match_query *q = h->qn.q;
	struct part_facts facts;
	int32_t best = INT32_MIN, sum = 0;
	f->date = MATCH_DATE_UNKNOWN;
	f->document = MATCH_DOCUMENT_UNKNOWN;
	*always = 0;
	if (q->birth.precision == MATCH_DATE_NONE && h->qn.document[0] == '\0' &&
	    !match_about_any(&h->qn.about))
		return 0;
	part_facts(p, record, &facts);
	for (uint32_t i = 0; i < facts.births_n; i++) {
		struct match_date d = part_date(part_u32(facts.births + (size_t)i * 4));
		enum match_date_line line = match_date_compare(&q->birth, &d);
		if (line != MATCH_DATE_UNKNOWN && match_date_worth(line) > best) {
			best = match_date_worth(line);
			f->date = (uint8_t)line;
		}
	}
	sum += best > INT32_MIN ? best : 0;
	if (h->qn.document[0] != '\0' && facts.documents_n > 0) {
		const char *check;
		enum match_document_line line = match_document_best(h->qn.document, &facts, &check);
		f->document = (uint8_t)line;
		*always = line == MATCH_DOCUMENT_EQUAL ? match_document_worth(line) : 0;
		sum += line == MATCH_DOCUMENT_EQUAL ? 0 : match_document_worth(line);
	}
	if (match_about_any(&h->qn.about)) {
		struct about_lines lines;
		match_about_compare(&h->qn.about, &facts, &lines);
		sum += match_about_worth(&lines);
	}
	return sum;
}

/* ---- the best ------------------------------------------------------------------------------------------ */

/* Of equals: more words that stand at the same place where both writings tell, family with family; then the
 * likest spelling; each in bits of its own. */
#define TIE_PLACE ((uint32_t)1 << 16)

static uint32_t
tie_of(const struct hunt *h)
{
	uint32_t tie = 0;
	for (size_t i = 0; i < h->aligned.pairs; i++) {
		const struct paired *pair = &h->aligned.pair[i];
		uint8_t asked = h->qn.item[pair->item].tok.place, own = h->seen.tok[pair->token].place;
		tie += pair->likeness + (asked == own && asked != TEXT_PLACE_UNKNOWN ? TIE_PLACE : 0);
	}
	return tie;
}

/* No name has more.  Few writings tell places. */
static uint32_t
tie_most(const struct hunt *h, const struct part *p, const struct part_name *n)
{
	uint32_t asked = 0, own = 0;
	for (size_t i = 0; i < h->qn.parts; i++)
		asked += h->qn.item[i].tok.place != TEXT_PLACE_UNKNOWN;
	for (size_t j = 0; asked > 0 && j < part_parts_n(n); j++)
		own += TOKEN_PLACE(part_u32(part_tokens(p, n) + j * 4)) != TEXT_PLACE_UNKNOWN;
	return (asked < own ? asked : own) * TIE_PLACE + (uint32_t)h->qn.parts * 1000;
}

/* Does a stand before b?  By score, as equals, then by id. */
static bool
before(const struct find *a, const struct find *b)
{
	char ia[MATCH_ID_MAX + 1], ib[MATCH_ID_MAX + 1];
	if (a->score != b->score)
		return a->score > b->score;
	if (a->tie != b->tie)
		return a->tie > b->tie;
	(void)part_id(a->part, a->record, ia);
	(void)part_id(b->part, b->record, ib);
	return strcmp(ia, ib) < 0;
}

/* The place of a name among its record's. */
static uint32_t
ordinal(const struct find *f)
{
	struct part_facts facts;
	part_facts(f->part, f->record, &facts);
	for (uint32_t i = 0; i < facts.names_n; i++)
		if (part_name_of(&facts, i) == f->name)
			return i;
	return UINT32_MAX;
}

/* Two names of one record: which one shows it? */
static bool
shows_better(const struct find *a, const struct find *b)
{
	if (a->score != b->score)
		return a->score > b->score;
	if (a->name_score != b->name_score)
		return a->name_score > b->name_score;
	if (a->tie != b->tie)
		return a->tie > b->tie;
	return ordinal(a) < ordinal(b);
}

static bool
admitted(const struct hunt *h, const struct find *f)
{
	char id[MATCH_ID_MAX + 1];
	if (h->qn.q->admits == NULL)
		return true;
	(void)part_id(f->part, f->record, id);
	return h->qn.q->admits(h->qn.q->ctx, id);
}

static void
keep(struct hunt *h, const struct find *f)
{
	size_t at = h->found;
	for (size_t i = 0; i < h->found; i++) {
		if (h->best[i].record != f->record || h->best[i].part != f->part)
			continue;
		if (!shows_better(f, &h->best[i]))
			return;
		h->found--;
		memmove(&h->best[i], &h->best[i + 1], (h->found - i) * sizeof *h->best);
		at = h->found;
		goto place; /* it was admitted before */
	}
	if (h->found == h->top && !before(f, &h->best[h->top - 1]))
		return;
	if (!admitted(h, f))
		return;
	if (h->found == h->top)
		at = --h->found;
place:
	for (; at > 0 && before(f, &h->best[at - 1]); at--)
		h->best[at] = h->best[at - 1];
	h->best[at] = *f;
	h->found++;
}

/* Of equals that one cannot tell apart the lowest id stays, and in a segment records stand in the order of their
 * ids. */
static bool
tie_lost(const struct hunt *h, const struct part *p, const struct part_name *n)
{
	const struct find *worst = &h->best[h->top - 1];
	if (h->found < h->top || h->extra != 0 || h->qn.document[0] != '\0' || weigh_least(h) != worst->score)
		return false;
	uint32_t most = tie_most(h, p, n);
	return most < worst->tie || (most == worst->tie && p->recent == NULL && worst->part == p &&
	    n->record > worst->record);
}

/* Letters and particles prove nothing; and a date is evidence beside a name, never without: what the name
 * alone would not show, it does not. */
static int32_t
score_of(const struct hunt *h, int32_t sum, int32_t always)
{
	bool named = h->aligned.solid > 0 && (h->aligned.score >= h->trace || sum < 0);
	int32_t score = h->aligned.score + (named ? sum : 0);
	/* a document decides the order whatever the name; the band says that the name disagrees */
	return always > 0 ? (score > 0 ? score : 0) + always : score;
}

/* Is there a word left over that may hold two of the other side's?  Else a thorough look finds no more. */
static bool
may_join(const struct hunt *h)
{
	size_t asked = 0, own = 0;
	bool longest = false;
	for (size_t i = 0; i < h->qn.parts; i++) {
		const struct text_token *t = &h->qn.item[i].tok;
		if ((h->aligned.query_used >> i & 1) != 0 || t->role != TEXT_NAME)
			continue;
		asked++;
		longest |= t->phones_n >= LATE_LONG;
	}
	for (size_t j = 0; j < h->seen.parts; j++) {
		const struct seen_token *t = &h->seen.tok[j];
		if ((h->aligned.record_used >> j & 1) != 0 || t->role != TEXT_NAME)
			continue;
		own++;
		longest |= t->phones_n >= LATE_LONG;
	}
	return longest && asked > 0 && own > 0 && asked + own > 2;
}

static void
weigh(struct hunt *h, const struct part *p, uint32_t name, const struct part_name *n, int32_t bound)
{
	struct find f = { .part = p, .record = n->record, .name = name };
	int32_t always = 0, least = weigh_least(h);
	if (bound < least && h->qn.document[0] == '\0')
		return;
	if (bound == least && tie_lost(h, p, n))
		return;
	if (!weigh_is_asked(h, n))
		return;
	int32_t sum = beside(h, p, n->record, &f, &always);
	int32_t worst = wanted(h);
	if (bound + sum < worst && always == 0)
		return;
	weigh_seen(h, p, name, &h->seen);
	match_align(&h->qn, &h->seen, false, &h->aligned);
	f.name_score = h->aligned.score;
	f.score = score_of(h, sum, always);
	if (f.score < worst && always == 0)
		return;
	f.tie = tie_of(h);
	if ((h->aligned.solid == 0 && always == 0) ||
	    (h->found == h->top && !before(&f, &h->best[h->top - 1])))
		return;
	if (may_join(h))
		match_align(&h->qn, &h->seen, true, &h->aligned);
	f.solid = (uint8_t)h->aligned.solid;
	f.final = score_of(h, sum, always);
	keep(h, &f);
}

void
weigh_name(struct hunt *h, const struct part *p, uint32_t name)
{
	struct part_name n PART_UNREAD;
	if (!part_name_live(p, name, &n))
		return;
	weigh(h, p, name, &n, h->every ? INT32_MAX / 2 : weigh_bound(h, p, &n, weigh_least(h)));
}

void
weigh_bounded(struct hunt *h, const struct part *p, uint32_t name, int32_t bound)
{
	int32_t least = weigh_least(h);
	struct part_name n PART_UNREAD;
	if ((bound < least && h->qn.document[0] == '\0') || !part_name_live(p, name, &n))
		return;
	if (bound >= least && (h->qn.initials || (n.parts & PART_INITIALS) != 0)) {
		bound = weigh_bound(h, p, &n, least);
	} else if (bound >= least) {
		h->bests.letters = 0;
		bound -= left_of(h, p, &n, like_of(h, p, &n), is_org(h, &n));
	}
	weigh(h, p, name, &n, bound);
}

/* Does a stand before b in the answer? */
static bool
answers_before(const struct find *a, const struct find *b)
{
	struct find ca = *a, cb = *b;
	ca.score = a->final;
	cb.score = b->final;
	return before(&ca, &cb);
}

void
weigh_finally(struct hunt *h, size_t top)
{
	bool full = h->found > 0 && h->best[0].score >= h->full;
	while (h->found > 1 && (!full || h->best[h->found - 1].score < h->full))
		h->found--;
	for (size_t i = 1; i < h->found; i++) {
		struct find f = h->best[i];
		size_t at = i;
		for (; at > 0 && answers_before(&f, &h->best[at - 1]); at--)
			h->best[at] = h->best[at - 1];
		h->best[at] = f;
	}
	if (h->found > top)
		h->found = top;
}
