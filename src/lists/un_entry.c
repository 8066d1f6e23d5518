/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/un.h"

#include <string.h>

static bool
is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The text of one leaf; place 0: of the whole entry.  NULL if there is none. */
static const char *
text_of(const struct un_entry *e, size_t place, const char *group, const char *name)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct un_leaf *l = &e->leaves[i];
		if ((place == 0 || l->place == place) && (group == NULL || is(l->group, group)) &&
		    (name == NULL ? l->name == NULL : is(l->name, name)))
			return l->text;
	}
	return NULL;
}

static int
number_of(const char *s)
{
	int v = 0;
	size_t n = s == NULL ? 0 : strlen(s);
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || n > 4)
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return n == 0 ? -1 : v;
}

static void
primary_name(struct builder *b, const struct un_entry *e)
{
	static const char *const fields[] = { "FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME" };
	const char *parts[4], *value;
	struct buf whole;
	buf_init(&whole, (size_t)4 * RECORD_TEXT_MAX);
	for (size_t i = 0; i < 4; i++) {
		parts[i] = builder_text(b, text_of(e, 0, fields[i], NULL), RECORD_TEXT_MAX);
		if (parts[i] != NULL)
			buf_printf(&whole, "%s ", parts[i]);
	}
	value = buf_err(&whole) == ENT_OK ? buf_cstr(&whole) : NULL;
	struct statement *s = builder_name(b, value, NAMEKIND_PRIMARY);
	for (size_t i = 0; s != NULL && i < 4; i++)
		s->name.parts[s->name.parts_count++] = parts[i] == NULL ? "" : parts[i];
	buf_done(&whole);
}

/* Texts that stand once, and lists of VALUE that no statement takes. */
static void
main_row(struct builder *b, const struct un_entry *e)
{
	const char *id = text_of(e, 0, "DATAID", NULL), *sex = text_of(e, 0, "GENDER", NULL);
	builder_row(b, e->name, id == NULL || strlen(id) > 63 ? "?" : id);
	(void)builder_add(b, STATEMENT_SOURCE_ROW);
	for (size_t i = 0; i < e->count; i++) {
		const struct un_leaf *l = &e->leaves[i];
		bool alone = l->name == NULL && !is(l->group, "DATAID");
		if (alone || (is(l->name, "VALUE") && !is(l->group, "NATIONALITY")))
			builder_cell(b, l->group, l->text);
	}
	primary_name(b, e);
	(void)builder_name(b, text_of(e, 0, "NAME_ORIGINAL_SCRIPT", NULL), NAMEKIND_ORIGINAL);
	if (is(sex, "Male") || is(sex, "Female")) {
		struct statement *s = builder_add(b, STATEMENT_SEX);
		if (s != NULL)
			s->sex = is(sex, "Male") ? SEX_MALE : SEX_FEMALE;
	}
	builder_remark(b, text_of(e, 0, "COMMENTS1", NULL));
}

static void
nationalities(struct builder *b, const struct un_entry *e)
{
	char row[24];
	size_t n = 0;
	for (size_t i = 0; i < e->count; i++) {
		if (!is(e->leaves[i].group, "NATIONALITY") || !is(e->leaves[i].name, "VALUE"))
			continue;
		(void)snprintf(row, sizeof row, "%zu", ++n);
		builder_row(b, "NATIONALITY", row);
		builder_cell(b, "VALUE", e->leaves[i].text);
		builder_nationality(b, e->leaves[i].text);
	}
}

static struct statement *
place(struct builder *b, const struct un_entry *e, size_t at, enum statement_kind kind)
{
	const char *text = builder_text(b, text_of(e, at, NULL, "STREET"), RECORD_TEXT_MAX);
	const char *city = builder_text(b, text_of(e, at, NULL, "CITY"), RECORD_TEXT_MAX);
	const char *region = builder_text(b, text_of(e, at, NULL, "STATE_PROVINCE"), RECORD_TEXT_MAX);
	const char *postcode = builder_text(b, text_of(e, at, NULL, "ZIP_CODE"), RECORD_COUNTRY_MAX);
	const char *country = builder_text(b, text_of(e, at, NULL, "COUNTRY"), RECORD_COUNTRY_MAX);
	bool any = text != NULL || city != NULL || region != NULL || postcode != NULL || country != NULL;
	struct statement *s = any ? builder_add(b, kind) : NULL;
	if (s == NULL)
		return NULL;
	s->place.text = text;
	s->place.city = city;
	s->place.region = region;
	s->place.postcode = postcode;
	s->place.country = country;
	s->place.kind = kind == STATEMENT_PLACE ? PLACEKIND_BIRTH : PLACEKIND_NONE;
	return s;
}

static void
alias(struct builder *b, const struct un_entry *e, size_t at)
{
	struct record_birth birth;
	const char *born = text_of(e, at, NULL, "DATE_OF_BIRTH");
	const char *city = builder_text(b, text_of(e, at, NULL, "CITY_OF_BIRTH"), RECORD_TEXT_MAX);
	const char *country = builder_text(b, text_of(e, at, NULL, "COUNTRY_OF_BIRTH"),
	    RECORD_COUNTRY_MAX);
	(void)builder_name(b, text_of(e, at, NULL, "ALIAS_NAME"),
	    is(text_of(e, at, NULL, "QUALITY"), "Low") ? NAMEKIND_WEAK : NAMEKIND_ALIAS);
	if (born != NULL && record_birth_parse(str_of(born), &birth) == ENT_OK)
		builder_birth(b, &birth);
	struct statement *s = city == NULL && country == NULL ? NULL : builder_add(b, STATEMENT_PLACE);
	if (s == NULL)
		return;
	s->place.kind = PLACEKIND_BIRTH;
	s->place.city = city;
	s->place.country = country;
}

static void
birth(struct builder *b, const struct un_entry *e, size_t at)
{
	struct record_birth birth, last;
	const char *date = text_of(e, at, NULL, "DATE"), *year = text_of(e, at, NULL, "YEAR");
	const char *from = text_of(e, at, NULL, "FROM_YEAR"), *to = text_of(e, at, NULL, "TO_YEAR");
	enum ent_err err = ENT_EFIELD;
	if (date != NULL)
		err = record_birth_parse(str_of(date), &birth);
	else if (year != NULL)
		err = record_birth_of(number_of(year), 0, 0, &birth);
	else if (from != NULL && to != NULL)
		err = record_birth_of(number_of(from), 0, 0, &birth);
	if (err == ENT_OK && date == NULL && year == NULL) {
		err = record_birth_of(number_of(to), 0, 0, &last);
		birth.precision = PRECISION_RANGE;
		birth.to = last.to;
	}
	if (err != ENT_OK)
		return;
	birth.circa = is(text_of(e, at, NULL, "TYPE_OF_DATE"), "APPROXIMATELY");
	if (record_birth_consistent(&birth))
		builder_birth(b, &birth);
}

static void
document(struct builder *b, const struct un_entry *e, size_t at)
{
	const char *kind = text_of(e, at, NULL, "TYPE_OF_DOCUMENT");
	const char *country = text_of(e, at, NULL, "ISSUING_COUNTRY");
	if (country == NULL)
		country = text_of(e, at, NULL, "COUNTRY_OF_ISSUE");
	builder_document(b, text_of(e, at, NULL, "NUMBER"), kind == NULL ? DOCKIND_OTHER :
	    strncmp(kind, "Passport", 8) == 0 || strstr(kind, "passport") != NULL ||
	    strstr(kind, "pasaporte") != NULL ? DOCKIND_PASSPORT :
	    strncmp(kind, "National Ident", 14) == 0 ? DOCKIND_NATIONAL : DOCKIND_OTHER, country);
}

/* One element with parts; i is its first leaf.  What is not known here keeps its cells. */
static void
group_row(struct builder *b, const struct un_entry *e, size_t i)
{
	const char *group = e->leaves[i].group;
	size_t at = e->leaves[i].place;
	char row[24];
	(void)snprintf(row, sizeof row, "%zu", at);
	builder_row(b, group, row);
	for (; i < e->count && e->leaves[i].place == at; i++)
		builder_cell(b, e->leaves[i].name == NULL ? group : e->leaves[i].name,
		    e->leaves[i].text);
	if (strstr(group, "_ALIAS") != NULL)
		alias(b, e, at);
	else if (strstr(group, "_DATE_OF_BIRTH") != NULL)
		birth(b, e, at);
	else if (strstr(group, "_PLACE_OF_BIRTH") != NULL)
		(void)place(b, e, at, STATEMENT_PLACE);
	else if (strstr(group, "_ADDRESS") != NULL)
		(void)place(b, e, at, STATEMENT_ADDRESS);
	else if (strstr(group, "_DOCUMENT") != NULL)
		document(b, e, at);
}

enum ent_err
un_entry_emit(struct builder *b, const struct un_entry *e, struct ent_why *why)
{
	builder_begin(b, is(e->name, "INDIVIDUAL") ? RTYPE_PERSON : RTYPE_ORG);
	main_row(b, e);
	nationalities(b, e);
	for (size_t i = 0, done = 0; i < e->count; i++) {
		const struct un_leaf *l = &e->leaves[i];
		if (l->name == NULL || is(l->name, "VALUE") || l->place == done)
			continue;
		done = l->place;
		group_row(b, e, i);
	}
	return builder_emit(b, why);
}
