/* SPDX-License-Identifier: Apache-2.0
 *
 * The question: its words and joined words, and what they weigh.
 */
#include "match/index.h"

#include <string.h>

#define LIKE_FULL 970u /* likeness above which two words are the same name, wholly (fitted: tests/eval/README.md) */
#define SHARE_BENT 500u /* how far the share bends below a straight line, thousandths (fitted) */
#define SHARE_FROM 580u /* likeness at which the share begins; words that earn less than that of MATCH_LIKE_MIN are not looked at */

enum ent_err
match_question_read(const struct match_query *q, struct question *qn, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	qn->q = q;
	qn->name.n = qn->name.used = 0;
	qn->document[0] = '\0';
	if (q->top < 1 || q->top > MATCH_TOP_MAX)
		return ent_fail(ENT_EFIELD, why, "top is 1 to %u", MATCH_TOP_MAX);
	if (q->name != NULL)
		err = text_parse(str_of(q->name), &qn->name, why);
	if (err == ENT_OK && q->document != NULL)
		err = match_document_write(q->document, q->document_of.kind, q->document_of.country, qn->document,
		    why);
	if (err == ENT_OK)
		err = match_about_read(q, &qn->about, why);
	if (err == ENT_OK && qn->name.n == 0 && qn->document[0] == '\0')
		err = ent_fail(ENT_EFIELD, why, "neither a name nor a document to search for; a birth date "
		    "alone finds nothing");
	return err;
}

void
match_question_legal(const struct match_population *p, struct question *qn)
{
	for (size_t i = 1; qn->q->type == RTYPE_ORG && i < qn->name.n; i++) {
		struct text_token *t = &qn->name.tok[i];
		if (t->role == TEXT_NAME && t->n > 1 && match_population_is_legal(p, t->p, t->n))
			t->role = TEXT_LEGAL;
	}
}

uint16_t
match_share(unsigned likeness)
{
	if (likeness >= LIKE_FULL)
		return 1000;
	unsigned x = (likeness - SHARE_FROM) * 1000 / (LIKE_FULL - SHARE_FROM);
	return (uint16_t)((x * (1000 - SHARE_BENT) + x * x * SHARE_BENT / 1000) / 1000);
}

/* Of a register's name only tokens that files also write as one are joined: after a particle or article,
 * or where one is short. */
static bool
joinable(const struct text_token *a, const struct text_token *b)
{
	if (b->role == TEXT_INITIAL || b->role == TEXT_LEGAL || b->role == TEXT_TITLE ||
	    a->role == TEXT_INITIAL || a->role == TEXT_LEGAL || a->role == TEXT_TITLE)
		return false;
	if (b->role != TEXT_NAME)
		return a->role == TEXT_PARTICLE && b->role == TEXT_PARTICLE;
	return a->role != TEXT_NAME || a->phones_n <= 4 || b->phones_n <= 4;
}

size_t
match_joined_to(const struct text_name *n, size_t i)
{
	size_t last = i + 1;
	if (last >= n->n || !joinable(&n->tok[i], &n->tok[last]))
		return i;
	if (n->tok[last].role == TEXT_PARTICLE && last + 1 < n->n)
		last++; /* van den berghe */
	return n->tok[last].role == TEXT_NAME ? last : i;
}

/* The first sounds that one letter may stand for. */
bool
match_same_initial(char a, char b)
{
	/* bits of the groups ksc, gjy, vwf, iy, uw, Tt, Dd; who has no letter is in all */
	static const uint8_t groups[256] = { ['\0'] = 0x7f, ['k'] = 1, ['s'] = 1, ['c'] = 1, ['g'] = 2, ['j'] = 2,
		['y'] = 2 | 8, ['v'] = 4, ['f'] = 4, ['w'] = 4 | 16, ['i'] = 8, ['u'] = 16, ['T'] = 32, ['t'] = 32,
		['D'] = 64, ['d'] = 64 };
	return a == b || (groups[(unsigned char)a] & groups[(unsigned char)b]) != 0;
}

uint16_t
match_letters(char first)
{
	/* the same groups, then what is frequent, b with p, a with e and o, what is rare, and any other */
	static const uint16_t bits[256] = { ['\0'] = 0xffff, ['k'] = 1, ['s'] = 1, ['c'] = 1, ['g'] = 2, ['j'] = 2,
		['y'] = 2 | 8, ['v'] = 4, ['f'] = 4, ['w'] = 4 | 16, ['i'] = 8, ['u'] = 16, ['T'] = 32, ['t'] = 32,
		['D'] = 64, ['d'] = 64, ['m'] = 0x80, ['n'] = 0x100, ['l'] = 0x200, ['r'] = 0x400, ['h'] = 0x800,
		['b'] = 0x1000, ['p'] = 0x1000, ['a'] = 0x2000, ['e'] = 0x2000, ['o'] = 0x2000, ['z'] = 0x4000,
		['Z'] = 0x4000, ['x'] = 0x4000, ['q'] = 0x4000, ['G'] = 0x4000 };
	uint16_t out = bits[(unsigned char)first];
	return out != 0 ? out : 0x8000;
}

size_t
match_letters_from(const struct text_name *n, size_t at)
{
	size_t last = at;
	while (last + 1 < n->n && n->tok[last].role == TEXT_INITIAL && n->tok[last + 1].role == TEXT_INITIAL)
		last++;
	return last;
}

/* Of the query any two words may be one. */
static bool
asked_as_one(const struct text_token *a, const struct text_token *b)
{
	return a->role != TEXT_INITIAL && b->role != TEXT_INITIAL && a->role != TEXT_LEGAL &&
	    b->role != TEXT_LEGAL && a->role != TEXT_TITLE && b->role != TEXT_TITLE;
}

/* What words without a partner cost, at least; those said twice may cost nothing. */
static void
set_missing(struct question *qn)
{
	qn->missing[0] = qn->missing[1] = 0;
	for (size_t i = 0; i < qn->parts; i++) {
		struct item *it = &qn->item[i];
		bool twice = it->tok.role != TEXT_NAME;
		for (size_t k = 0; k < qn->parts; k++)
			twice |= k != i && qn->item[k].sound == it->sound;
		for (unsigned org = 0; org < 2; org++) {
			it->missing[org] = twice ? 0 :
				match_bound_missing((enum text_place)it->tok.place, org != 0, it->weight);
			qn->missing[org] += it->missing[org];
		}
	}
	for (size_t i = qn->parts; i < qn->items; i++)
		for (size_t org = 0; org < 2; org++) {
			struct item *it = &qn->item[i];
			it->missing[org] = it->first > it->last ? qn->item[it->first].missing[org] : 0;
			for (size_t k = it->first <= it->last ? it->first : it->last; k <= it->last; k++)
				it->missing[org] += qn->item[k].missing[org];
		}
}

/* Amn allahi, Amanollahi: what stands as an article may be within a name. */
static bool
joins_over(const struct text_name *n, size_t i)
{
	return i + 2 < n->n && n->tok[i].role == TEXT_NAME && n->tok[i + 1].role == TEXT_ARTICLE &&
	    n->tok[i + 2].role == TEXT_NAME;
}

/* Of equal sounds one counts as left over at least, and none that a light word has. */
static bool
said_before(const struct question *qn, size_t at)
{
	for (size_t i = 0; i < qn->parts; i++)
		if (i != at && (i < at || qn->name.tok[i].role != TEXT_NAME) && qn->item[i].sound == qn->item[at].sound)
			return true;
	return false;
}

static void
add_item(const struct epoch *e, struct question *qn, size_t first, size_t last)
{
	struct item *it = &qn->item[qn->items++];
	it->first = (uint8_t)first;
	it->last = (uint8_t)last;
	it->generic = false;
	if (first == last) {
		it->tok = qn->name.tok[first];
		it->weight = match_role_weight((enum text_role)it->tok.role,
		    match_sound_weight(e, it->tok.sound));
		it->generic = it->tok.role == TEXT_NAME && text_is_generic(it->tok.same);
		if (it->generic && qn->q->type == RTYPE_ORG && it->weight > MATCH_GENERIC)
			it->weight = MATCH_GENERIC;
		it->span = it->tok.role == TEXT_NAME ? it->weight : 0;
		qn->total += said_before(qn, first) ? 0 : it->span;
		qn->most += it->weight;
		qn->initials |= it->tok.role == TEXT_INITIAL;
		return;
	}
	text_join(&qn->name, first, last, &it->tok);
	it->weight = 0;
	for (size_t i = first < last ? first : last; i <= last; i++)
		it->weight += qn->item[i].weight;
	it->weight += first > last ? qn->item[first].weight : 0;
	it->span = it->weight;
}

/* The name without its abd, or in another reading, in the same place. */
static void
add_bare(const struct epoch *e, struct question *qn, size_t at)
{
	struct item *it = &qn->item[qn->items];
	if (!text_without_abd(&qn->name.tok[at], &it->tok) &&
	    !text_other_reading(&qn->name.tok[at], 0, &it->tok))
		return;
	it->first = it->last = (uint8_t)at;
	it->generic = false;
	it->weight = match_sound_weight(e, it->tok.sound);
	it->span = qn->item[at].weight;
	if (it->weight > it->span)
		qn->most += it->weight - it->span;
	qn->items++;
}

static void
add_acronym(const struct epoch *e, struct question *qn, bool forms)
{
	struct item *it = &qn->item[qn->items];
	if (qn->parts < 2 || qn->items + 1 >= MATCH_ITEMS_MAX || !text_acronym(&qn->name, forms, &it->tok))
		return;
	it->first = 0;
	it->last = (uint8_t)(qn->parts - 1);
	it->generic = false;
	it->weight = match_sound_weight(e, it->tok.sound);
	it->span = 0;
	for (size_t i = 0; i < qn->parts; i++)
		it->span += qn->item[i].weight;
	if (it->weight > it->span)
		qn->most += it->weight - it->span;
	qn->items++;
}

/* An organisation's letters as a word, and its words' first letters as one. */
static void
add_short(const struct epoch *e, struct question *qn)
{
	for (size_t i = 0; i < qn->parts && qn->items + 2 < MATCH_ITEMS_MAX; i++) {
		size_t last = match_letters_from(&qn->name, i);
		if (last > i)
			add_item(e, qn, i, last);
		i = last;
	}
	add_acronym(e, qn, false);
	add_acronym(e, qn, true);
}

/* Is what is asked one name alone, be it in several spellings? */
static bool
is_alone(const struct question *qn)
{
	size_t first = qn->parts;
	for (size_t i = 0; i < qn->parts; i++) {
		if (qn->item[i].tok.role != TEXT_NAME)
			continue;
		if (first < qn->parts && qn->item[i].sound != qn->item[first].sound)
			return false;
		first = first < qn->parts ? first : i;
	}
	return true;
}

void
match_question_items(const struct epoch *e, struct question *qn)
{
	qn->parts = qn->name.n;
	qn->items = 0;
	qn->total = qn->most = 0;
	qn->initials = false;
	for (size_t i = 0; i < qn->name.n; i++)
		qn->item[i].sound = match_sound_print(qn->name.tok[i].sound);
	for (size_t i = 0; i < qn->name.n; i++)
		add_item(e, qn, i, i);
	qn->alone = is_alone(qn);
	for (size_t i = 0; i < qn->name.n && qn->items + 2 < MATCH_ITEMS_MAX; i++)
		add_bare(e, qn, i);
	for (size_t i = 0; i + 1 < qn->name.n && qn->items + 2 < MATCH_ITEMS_MAX; i++) {
		if (!asked_as_one(&qn->name.tok[i], &qn->name.tok[i + 1]))
			continue;
		if (qn->name.tok[i + 1].role == TEXT_NAME)
			add_item(e, qn, i, i + 1);
		else if ((qn->name.tok[i].role == TEXT_PARTICLE || joins_over(&qn->name, i)) && i + 2 < qn->name.n)
			add_item(e, qn, i, i + 2);
	}
	size_t last = qn->name.n > 0 ? qn->name.n - 1 : 0;
	if (last > 0 && qn->items + 2 < MATCH_ITEMS_MAX && qn->name.tok[0].role == TEXT_NAME &&
	    qn->name.tok[0].place == TEXT_PLACE_FAMILY && qn->name.tok[last].place == TEXT_PLACE_GIVEN)
		add_item(e, qn, last, 0); /* "Zadeh, Ali Khalil": Khalilzadeh, cut in two by who wrote the comma */
	if (qn->q->type == RTYPE_ORG)
		add_short(e, qn);
	set_missing(qn);
}
