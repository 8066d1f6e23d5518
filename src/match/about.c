/* SPDX-License-Identifier: Apache-2.0
 *
 * What else is known of a person: nationality, sex, place of birth.  Weak evidence beside a name, for or
 * against; values set by reasoning (tests/eval/README.md).
 *
 * In the index these are texts of one list: a nationality as it is folded; what begins with a control
 * character is marked so: a sex, a place as written, a place's country folded.
 */
#include "match/index.h"

#include <string.h>

#define MARK_SEX '\1'
#define MARK_PLACE '\2'
#define MARK_COUNTRY '\3'
#define PLACE_MAX 160u	 /* bytes of a place that are looked at */
#define PLACE_LIKE 750u	 /* likeness of two words, of 1000: the same place */

/* ---- writing -------------------------------------------------------------------------------------------- */

static void
trim(struct str *s)
{
	while (s->n > 0 && s->p[0] == ' ') {
		s->p++;
		s->n--;
	}
	while (s->n > 0 && s->p[s->n - 1] == ' ')
		s->n--;
}

/* "Fez, Morocco": the place, and what stands after the last comma, which is its country. */
static void
split_place(const char *text, struct str *place, struct str *country)
{
	const char *first = strchr(text, ','), *last = strrchr(text, ',');
	*place = (struct str){ text, first == NULL ? strlen(text) : (size_t)(first - text) };
	*country = (struct str){ "", 0 };
	if (last != NULL)
		*country = (struct str){ last + 1, strlen(last + 1) };
	trim(place);
	trim(country);
}

static void
put_marked(char mark, struct str text, match_about_fn *put, void *ctx)
{
	char out[TEXT_KEY_MAX + 1];
	if (text.n == 0 || text.n > TEXT_KEY_MAX - 1)
		return;
	out[0] = mark;
	memcpy(out + 1, text.p, text.n);
	put(ctx, out, text.n + 1);
}

static void
put_folded(char mark, struct str text, match_about_fn *put, void *ctx)
{
	char folded[TEXT_KEY_MAX];
	if (text_fold(text, folded, sizeof folded, NULL) == ENT_OK)
		put_marked(mark, str_of(folded), put, ctx);
}

void
match_about_write(const struct match_entry *e, match_about_fn *put, void *ctx)
{
	char folded[TEXT_KEY_MAX];
	for (size_t i = 0; i < e->nationalities_n; i++)
		if (text_fold(str_of(e->nationalities[i]), folded, sizeof folded, NULL) == ENT_OK)
			put(ctx, folded, strlen(folded));
	if (e->sex == SEX_MALE || e->sex == SEX_FEMALE)
		put_marked(MARK_SEX, str_of(record_sex_name(e->sex)), put, ctx);
	for (size_t i = 0; i < e->places_n; i++) {
		struct str place, country;
		split_place(e->places[i].text == NULL ? "" : e->places[i].text, &place, &country);
		put_marked(MARK_PLACE, place.n > PLACE_MAX ? (struct str){ "", 0 } : place, put, ctx);
		put_folded(MARK_COUNTRY, country, put, ctx);
		if (e->places[i].country != NULL)
			put_folded(MARK_COUNTRY, str_of(e->places[i].country), put, ctx);
	}
}

/* ---- the question --------------------------------------------------------------------------------------- */

enum ent_err
match_about_read(const struct match_query *q, struct about *out, struct ent_why *why)
{
	struct str place, country;
	enum ent_err err = ENT_OK;
	out->nationality[0] = out->country[0] = out->whole[0] = '\0';
	out->place.n = 0;
	out->sex = q->sex == SEX_MALE || q->sex == SEX_FEMALE ? record_sex_name(q->sex) : "";
	if (q->nationality != NULL)
		err = text_fold(str_of(q->nationality), out->nationality, sizeof out->nationality, why);
	if (err != ENT_OK || q->place == NULL)
		return err;
	split_place(q->place, &place, &country);
	/* a place of too many words is none: it is no reason to look for nobody */
	if (text_parse(place, &out->place, NULL) != ENT_OK)
		out->place.n = 0;
	if (text_fold(country, out->country, sizeof out->country, NULL) != ENT_OK)
		out->country[0] = '\0';
	if (text_fold(place, out->whole, sizeof out->whole, NULL) != ENT_OK) /* "Morocco" alone is a country too */
		out->whole[0] = '\0';
	return ENT_OK;
}

bool
match_about_any(const struct about *a)
{
	return a->nationality[0] != '\0' || a->sex[0] != '\0' || a->place.n > 0 || a->country[0] != '\0';
}

int32_t
match_about_most(const struct about *a)
{
	return (a->nationality[0] != '\0' ? MATCH_NATION_BEST : 0) + (a->sex[0] != '\0' ? MATCH_SEX_BEST : 0) +
	    (a->place.n > 0 || a->country[0] != '\0' ? MATCH_PLACE_BEST : 0);
}

/* ---- comparing ------------------------------------------------------------------------------------------ */

static bool
same_word(const struct text_token *a, const struct text_token *b)
{
	return a->role == TEXT_NAME && b->role == TEXT_NAME && a->phones_n > 1 &&
	    text_similarity_over(a, b, PLACE_LIKE) >= PLACE_LIKE;
}

/* A word of one is a word of the other: "Fez" and "Fès-Boulemane", across scripts. */
static bool
same_place(const struct text_name *q, const char *p, size_t n)
{
	struct text_name own;
	if (q->n == 0 || text_parse((struct str){ p, n }, &own, NULL) != ENT_OK)
		return false;
	for (size_t i = 0; i < q->n; i++)
		for (size_t j = 0; j < own.n; j++)
			if (same_word(&q->tok[i], &own.tok[j]))
				return true;
	return false;
}

static bool
is_text(const char *want, const char *p, size_t n)
{
	return want[0] != '\0' && strlen(want) == n && memcmp(want, p, n) == 0;
}

static void
hold_nation(const struct about *a, struct str own, struct about_lines *out)
{
	bool equal = is_text(a->nationality, own.p, own.n);
	if (out->own_nation.n == 0 || equal)
		out->own_nation = own;
	if (a->nationality[0] != '\0' && out->nation != MATCH_NATION_EQUAL)
		out->nation = equal ? MATCH_NATION_EQUAL : MATCH_NATION_DIFFERENT;
}

static void
hold_place(const struct about *a, struct str own, struct about_lines *out)
{
	bool equal = out->place != MATCH_PLACE_EQUAL && same_place(&a->place, own.p, own.n);
	if (out->own_place.n == 0 || equal)
		out->own_place = own;
	if (equal)
		out->place = MATCH_PLACE_EQUAL;
	else if (a->place.n > 0 && out->place == MATCH_PLACE_UNKNOWN)
		out->place = MATCH_PLACE_DIFFERENT;
}

static void
hold(const struct about *a, struct str own, struct about_lines *out)
{
	struct str rest = { own.p + 1, own.n - 1 };
	if (own.n == 0 || own.p[0] > MARK_COUNTRY) {
		hold_nation(a, own, out);
	} else if (own.p[0] == MARK_SEX) {
		out->own_sex = rest;
		if (a->sex[0] != '\0')
			out->sex = is_text(a->sex, rest.p, rest.n) ? MATCH_SEX_EQUAL : MATCH_SEX_DIFFERENT;
	} else if (own.p[0] == MARK_PLACE) {
		hold_place(a, rest, out);
	} else if (out->place != MATCH_PLACE_EQUAL &&
	    (is_text(a->country, rest.p, rest.n) || is_text(a->whole, rest.p, rest.n))) {
		out->place = MATCH_PLACE_COUNTRY;
	}
}

void
match_about_compare(const struct about *a, const struct part_facts *f, struct about_lines *out)
{
	const uint8_t *at = f->nations;
	*out = (struct about_lines){ .nation = MATCH_NATION_UNKNOWN };
	for (uint32_t i = 0; i < f->nations_n; i++)
		hold(a, part_nation(f, &at), out);
}

/* A name mostly tells the sex, so that the same one says little; of another one in fifty are errors, where half of
 * all would differ.  A town is one of thirty among namesakes; places are written at many scales, so that another
 * one says little. */
int32_t
match_about_worth(const struct about_lines *l)
{
	static const int32_t place[] = { 0, MATCH_PLACE_BEST, 150, -300 };
	return (l->nation == MATCH_NATION_EQUAL ? MATCH_NATION_BEST : 0) +
	    (l->sex == MATCH_SEX_EQUAL ? MATCH_SEX_BEST : l->sex == MATCH_SEX_DIFFERENT ? -1500 : 0) +
	    place[l->place];
}

const char *
match_nation_text(enum match_nation_line n)
{
	static const char *const texts[] = { "nationality not known on both sides",
		"nationality equal", "nationalities differ" };
	return texts[n];
}

const char *
match_sex_text(enum match_sex_line s)
{
	static const char *const texts[] = { "sex not known on both sides", "sex equal", "sex differs" };
	return texts[s];
}

const char *
match_place_text(enum match_place_line p)
{
	static const char *const texts[] = { "place of birth not known on both sides", "place of birth equal",
		"places of birth in the same country", "places of birth differ" };
	return texts[p];
}
