/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements of a register that its subject is not somebody else, held against a query.  Looks at the
 * two of them alone, never at the index.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LIKE_MIN 750u /* likeness of two words, of 1000: the same name */
#define NAMES_WANTED 2u	   /* words of a name that must be there */

/* How many words of a have a partner in b, and how many there are. */
static size_t
words_met(const struct text_name *a, const struct text_name *b, size_t *all)
{
	size_t met = 0;
	*all = 0;
	for (size_t i = 0; i < a->n; i++) {
		bool found = false;
		if (a->tok[i].role != TEXT_NAME)
			continue;
		for (size_t j = 0; j < b->n && !found; j++)
			found = b->tok[j].role == TEXT_NAME &&
			    text_similarity(&a->tok[i], &b->tok[j]) >= NAME_LIKE_MIN;
		*all += 1;
		met += found;
	}
	return met;
}

/* Every word of the shorter name in the longer one, two if there are two. */
static bool
names_fit(const char *query, const char *other)
{
	struct text_name *n = ent_alloc_array(2, sizeof *n);
	size_t all_q = 0, all_o = 0, met_q, met_o;
	bool fits = false;
	if (text_parse(str_of(query), &n[0], NULL) == ENT_OK &&
	    text_parse(str_of(other), &n[1], NULL) == ENT_OK) {
		met_q = words_met(&n[0], &n[1], &all_q);
		met_o = words_met(&n[1], &n[0], &all_o);
		size_t less = all_q < all_o ? all_q : all_o, met = met_q < met_o ? met_q : met_o;
		fits = less > 0 && met >= less && (less >= NAMES_WANTED || all_q == all_o);
	}
	explicit_bzero(n, 2 * sizeof *n);
	free(n);
	return fits;
}

static bool
documents_fit(const char *query, const char *other)
{
	char a[TEXT_KEY_MAX], b[TEXT_KEY_MAX];
	return query != NULL && other != NULL && text_key_document(str_of(query), a, NULL) == ENT_OK &&
	    text_key_document(str_of(other), b, NULL) == ENT_OK && a[0] != '\0' && strcmp(a, b) == 0;
}

enum match_other_line
match_other_fits(const struct match_query *q, const struct match_result *r,
    const struct match_other *o)
{
	if (r->document == MATCH_DOCUMENT_EQUAL) /* the subject's own */
		return MATCH_OTHER_NONE;
	if (documents_fit(q->document, o->document))
		return MATCH_OTHER_DOCUMENT;
	if (o->name == NULL || q->name == NULL)
		return MATCH_OTHER_NONE;
	enum match_date_line line = match_date_compare(&q->birth, &o->birth);
	if (match_date_worth(line) <= 0 || match_date_worth(line) <= match_date_worth(r->date))
		return MATCH_OTHER_NONE; /* fits the subject at least as well, or neither */
	return names_fit(q->name, o->name) ? MATCH_OTHER_BIRTH : MATCH_OTHER_NONE;
}

void
match_other_lower(struct match_result *r, enum match_other_line line)
{
	if (line == MATCH_OTHER_NONE)
		return;
	r->degree /= line == MATCH_OTHER_DOCUMENT ? 4 : 2;
	r->band = MATCH_TRACE;
}

const char *
match_other_text(enum match_other_line line)
{
	static const char *const texts[] = { "",
		"the register states that this is not the person of that name and birth date",
		"the register states that this is not the holder of that document" };
	return texts[line];
}
