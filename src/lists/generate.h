/* SPDX-License-Identifier: Apache-2.0
 *
 * lists/generate: an invented person between drawing (generate.c) and writing (generate_write.c).
 */
#ifndef ENT_LISTS_GENERATE_H
#define ENT_LISTS_GENERATE_H

#include "lists/lists.h"

/* xoshiro256** 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), its
 * state filled by splitmix64: quick and the same everywhere; no secrets depend on it. */
struct dice {
	uint64_t s[4];
};
void dice_init(struct dice *d, uint64_t seed, uint64_t stream, uint64_t number);
uint64_t dice_roll(struct dice *d);
unsigned dice_below(struct dice *d, unsigned n); /* 0..n-1; n over 0 */
bool dice_chance(struct dice *d, unsigned percent);

#define PERSON_TEXT_MAX 160
#define PERSON_NAMES_MAX 6
#define PERSON_DOCUMENTS_MAX 2

struct person_name {
	char text[PERSON_TEXT_MAX];
	const char *script; /* "Latn", "Arab" */
	enum name_kind kind;
};

struct person_document {
	char number[24];
	enum document_kind kind;
	const char *country;
};

struct person {
	struct ent_id id;
	char sex; /* 'm', 'f' */
	struct person_name names[PERSON_NAMES_MAX];
	struct person_document documents[PERSON_DOCUMENTS_MAX];
	size_t names_count, documents_count;
	struct record_birth birth;
	bool birth_known, sex_known, place_known;
	const char *place, *place_country, *nationality;
	bool nationality_assessed;
	enum subject_category subject;
	enum source_grade source;
	int information;
};

/* generate_names: writes names as a service would have them, with the dice of the variant. */
struct person_draw {
	size_t given, second, family; /* rows; second SIZE_MAX: none */
	unsigned given_list, family_list;
};
enum { LIST_MAGHREBI, LIST_FR, LIST_NL, LIST_BE_FR, LIST_ORIGINS };
/* A row of the list's given names of that sex, or of its family names. */
size_t names_given(struct dice *d, unsigned list, char sex);
size_t names_family(struct dice *d, unsigned list);
void names_town(struct dice *d, const char *country, const char **latin, const char **arabic);
void names_write(struct dice *d, const struct generate_options *o, const struct person_draw *draw,
    struct person *p);

/* One error in ASCII letters, Arabic letters or digits; the text keeps its size or loses some. */
void error_in_name(struct dice *d, char *text, bool arabic);
void error_in_number(struct dice *d, char *text);

void person_write(const struct generate_options *o, const struct person *p, struct buf *out);
void person_write_simple(const struct person *p, struct buf *out);

#endif
