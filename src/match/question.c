/* SPDX-License-Identifier: Apache-2.0
 *
 * The question: its words and joined words, and what the index has that is like each.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

#define LIKE_MIN 540u	    /* likeness below which two words are not the same name */
#define LIKE_FULL 970u	    /* and above which they are, wholly (fitted: tests/eval/README.md) */
#define COMPARE_MAX 16384u  /* spellings looked at for one word: a hostile query's cost is bounded */
#define SHORT_WIDE 200000u  /* words; above, three-letter skeletons do not both leave one out */

enum ent_err
match_question_read(const struct match_query *q, struct question *qn, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	qn->q = q;
	if (q->top < 1 || q->top > MATCH_TOP_MAX)
		return ent_fail(ENT_EFIELD, why, "top is 1 to %u", MATCH_TOP_MAX);
	if (q->name != NULL)
		err = text_parse(str_of(q->name), &qn->name, why);
	if (err == ENT_OK && q->document != NULL)
		err = text_key_document(str_of(q->document), qn->document, why);
	if (err == ENT_OK && q->nationality != NULL)
		err = text_fold(str_of(q->nationality), qn->nationality, TEXT_KEY_MAX, why);
	if (err == ENT_OK && qn->name.n == 0 && qn->document[0] == '\0')
		err = ent_fail(ENT_EFIELD, why, "neither a name nor a document to search for; a birth date "
		    "alone finds nothing");
	return err;
}

static uint16_t
share_of(unsigned likeness)
{
	if (likeness >= LIKE_FULL)
		return 1000;
	return (uint16_t)((likeness - LIKE_MIN) * 1000 / (LIKE_FULL - LIKE_MIN));
}

/* Room for the words that share a key with an item. */
struct near {
	uint32_t word[COMPARE_MAX];
	uint16_t likeness[COMPARE_MAX];
};

static int
by_number(const void *pa, const void *pb)
{
	const uint32_t *a = pa, *b = pb;
	return *a < *b ? -1 : *a > *b;
}

/* The words that share a key with the token, each once, ascending. */
static size_t
near_words(const struct match_index *x, const struct text_token *tok, uint32_t *out)
{
	struct token_keys k;
	size_t n = 0, kept = 0;
	match_token_keys(tok->phones, tok->same, &k);
	for (size_t i = 0; i < k.n && x->key_heads_n > 0; i++) {
		bool whole_only = k.is_short && !k.whole[i] && x->words_n > SHORT_WIDE;
		uint32_t at = x->key_heads[k.hash[i] & (x->key_heads_n - 1)];
		for (; at != 0 && n < COMPARE_MAX; at = x->keys[at - 1].next) {
			const struct key *key = &x->keys[at - 1];
			if (key->hash == k.hash[i] && !(whole_only && (key->word & KEY_LESS) != 0))
				out[n++] = key->word & ~KEY_LESS;
		}
	}
	if (n > 1)
		qsort(out, n, sizeof *out, by_number);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || out[kept - 1] != out[i])
			out[kept++] = out[i];
	return kept;
}

#define STEP 4u /* likenesses are told apart by so many thousandths */

/* Each word's weight: how rare it is to find one as like the item as this. */
static void
weigh_likes(const struct match_index *x, struct item *it)
{
	uint32_t names[1000 / STEP + 1] = { 0 };
	for (size_t i = 0; i < it->like_n; i++)
		names[it->like[i].likeness / STEP] += x->words[it->like[i].word].n;
	for (size_t at = 1000 / STEP; at-- > 0;)
		names[at] += names[at + 1];
	for (size_t i = 0; i < it->like_n; i++)
		it->like[i].weight = match_count_weight(x, names[it->like[i].likeness / STEP]);
}

/* The words of the index that are like the item, each once, by word. */
static void
find_words(const struct match_index *x, struct item *it, struct near *near, struct arena *a)
{
	size_t n = near_words(x, &it->tok, near->word), found = 0;
	for (size_t i = 0; i < n; i++) {
		const struct word *w = &x->words[near->word[i]];
		struct text_token other = { .vowelled = w->vowelled, .phones_n = w->phones_n };
		memcpy(other.phones, w->phones, sizeof other.phones);
		unsigned like = w->n == 0 ? 0 : text_similarity_over(&it->tok, &other, LIKE_MIN);
		unsigned same = text_equivalent_likeness(it->tok.same, w->same);
		like = w->n > 0 && same > like ? same : like;
		if (like > LIKE_MIN) {
			near->word[found] = near->word[i];
			near->likeness[found++] = (uint16_t)like;
			it->postings += w->n;
		}
	}
	it->like = arena_array(a, found + 1, sizeof *it->like);
	it->like_n = found;
	for (size_t i = 0; i < found; i++)
		it->like[i] = (struct likely){ near->word[i], near->likeness[i],
			share_of(near->likeness[i]), 0 };
	weigh_likes(x, it);
}

static bool
joinable(const struct text_token *a, const struct text_token *b)
{
	return a->role != TEXT_INITIAL && b->role != TEXT_INITIAL && a->role != TEXT_LEGAL &&
	    b->role != TEXT_LEGAL && a->role != TEXT_TITLE && b->role != TEXT_TITLE;
}

static void
add_item(const struct match_index *x, struct question *qn, size_t first, size_t last)
{
	struct item *it = &qn->item[qn->items++];
	*it = (struct item){ .first = (uint8_t)first, .last = (uint8_t)last };
	if (first == last) {
		it->tok = qn->name.tok[first];
		it->weight = it->tok.role == TEXT_NAME ? match_sound_weight(x, it->tok.sound) :
			match_token_weight(x, 0, (enum text_role)it->tok.role);
		return;
	}
	text_join(&qn->name, first, last, &it->tok);
	for (size_t i = first; i <= last; i++)
		it->weight += qn->item[i].weight;
}

/* The name without its abd, or in another reading, in the same place. */
static void
add_bare(const struct match_index *x, struct question *qn, size_t at)
{
	struct item *it = &qn->item[qn->items];
	*it = (struct item){ .first = (uint8_t)at, .last = (uint8_t)at };
	if (!text_without_abd(&qn->name.tok[at], &it->tok) &&
	    !text_other_reading(&qn->name.tok[at], 0, &it->tok))
		return;
	it->weight = match_sound_weight(x, it->tok.sound);
	qn->items++;
}

/* An organisation's letters as a word, and its words' first letters as one. */
static void
add_short(const struct match_index *x, struct question *qn)
{
	for (size_t i = 0; i < qn->parts && qn->items + 2 < MATCH_ITEMS_MAX; i++) {
		size_t last = i;
		while (last + 1 < qn->parts && qn->name.tok[last].role == TEXT_INITIAL &&
		    qn->name.tok[last + 1].role == TEXT_INITIAL)
			last++;
		if (last > i)
			add_item(x, qn, i, last);
		i = last;
	}
	struct item *it = &qn->item[qn->items];
	*it = (struct item){ .first = 0, .last = (uint8_t)(qn->parts - 1) };
	if (qn->parts < 2 || qn->items + 1 >= MATCH_ITEMS_MAX || !text_acronym(&qn->name, &it->tok))
		return;
	it->weight = match_sound_weight(x, it->tok.sound);
	qn->items++;
}

void
match_question_items(const struct match_index *x, struct question *qn, struct arena *a)
{
	qn->parts = qn->name.n;
	qn->meetings = arena_alloc(a, sizeof *qn->meetings);
	for (size_t i = 0; i < qn->name.n; i++)
		add_item(x, qn, i, i);
	for (size_t i = 0; i < qn->name.n && qn->items + 2 < MATCH_ITEMS_MAX; i++)
		add_bare(x, qn, i);
	for (size_t i = 0; i + 1 < qn->name.n && qn->items + 2 < MATCH_ITEMS_MAX; i++) {
		if (!joinable(&qn->name.tok[i], &qn->name.tok[i + 1]))
			continue;
		if (qn->name.tok[i + 1].role == TEXT_NAME)
			add_item(x, qn, i, i + 1);
		else if (qn->name.tok[i].role == TEXT_PARTICLE && i + 2 < qn->name.n)
			add_item(x, qn, i, i + 2);
	}
	if (qn->q->type == RTYPE_ORG)
		add_short(x, qn);
	struct near *near = arena_alloc(a, sizeof *near);
	for (size_t i = 0; i < qn->items; i++)
		find_words(x, &qn->item[i], near, a);
}
