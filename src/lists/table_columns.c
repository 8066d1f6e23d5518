/* SPDX-License-Identifier: Apache-2.0
 *
 * Which column of a table is which field: as it was said, or by the usual names.  Letters alone count,
 * so that "Date of birth", "date_of_birth" and "DATE OF BIRTH" are one.
 */
#include "lists/table.h"

#include <stdio.h>
#include <string.h>

const char *
table_field_name(enum table_field f)
{
	static const char *const names[] = { "name", "birth", "document", "nationality", "type", "sex", "place" };
	return names[f];
}

/* Usual names, letters and digits only, lower case where there is one; a space between alternatives. */
static const char *const usual[TABLE_FIELDS] = {
	[TABLE_NAME] = " name names fullname nom nomcomplet nometprenom nomprenom naam volledigenaam naamvoornaam "
	    "passengername holder titulaire الاسم الاسمالكامل ",
	[TABLE_BIRTH] = " birth dob birthdate dateofbirth born datenaissance datedenaissance naissance nele "
	    "geboortedatum geboren تاريخالميلاد تاريخالازدياد ",
	[TABLE_DOCUMENT] = " document docs documentnumber documentno docnumber docno passport passportnumber "
	    "passportno passeport numerodepasseport numeropasseport numerodocument paspoort paspoortnummer "
	    "documentnummer cin idnumber رقمالجواز جوازالسفر ",
	[TABLE_NATIONALITY] = " nationality nat citizenship nationalite nationaliteit الجنسية ",
	[TABLE_TYPE] = " type recordtype ",
	[TABLE_SEX] = " sex gender sexe genre geslacht الجنس ",
	[TABLE_PLACE] = " place pob placeofbirth birthplace lieudenaissance lieunaissance nea geboorteplaats "
	    "مكانالميلاد مكانالازدياد ",
};
static const char *const usual_given = " givenname givennames firstname firstnames forename forenames prenom "
    "prenoms voornaam voornamen الاسمالشخصي ";
static const char *const usual_family = " familyname lastname surname nom nomdefamille naam achternaam familienaam "
    "الاسمالعائلي النسب ";

/* Letters and digits of a header's text; accents of French are folded by hand, as few as they are. */
static void
squeeze(const char *in, char out[static 128])
{
	static const char *const accents[][2] = { { "é", "e" }, { "è", "e" }, { "ê", "e" }, { "É", "e" },
		{ "à", "a" }, { "ï", "i" }, { "°", "" } };
	size_t n = 0;
	while (*in != '\0' && n + 5 < 128) {
		bool folded = false;
		for (size_t i = 0; i < sizeof accents / sizeof accents[0] && !folded; i++) {
			size_t len = strlen(accents[i][0]);
			folded = strncmp(in, accents[i][0], len) == 0;
			if (folded) {
				n += (size_t)snprintf(out + n, 128 - n, "%s", accents[i][1]);
				in += len;
			}
		}
		if (folded)
			continue;
		unsigned char c = (unsigned char)*in++;
		if (c >= 'A' && c <= 'Z')
			out[n++] = (char)(c - 'A' + 'a');
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80)
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

static bool
listed(const char *list, const char *text)
{
	char padded[136], name[128];
	squeeze(text, name);
	if (name[0] == '\0')
		return false;
	(void)snprintf(padded, sizeof padded, " %s ", name);
	return strstr(list, padded) != NULL;
}

/* The first column of that kind; count if there is none. */
static size_t
first_of(const char *const *header, size_t count, const char *list)
{
	for (size_t i = 0; i < count; i++)
		if (header[i] != NULL && listed(list, header[i]))
			return i;
	return count;
}

static void
by_usual_names(const char *const *header, size_t count, struct table_columns *out)
{
	size_t given = first_of(header, count, usual_given), family = first_of(header, count, usual_family);
	for (int f = 0; f < TABLE_FIELDS; f++) {
		size_t at = first_of(header, count, usual[f]);
		if (at == count || out->field[f].count > 0)
			continue;
		out->field[f].at[0] = at;
		out->field[f].count = 1;
	}
	/* "nom" beside "prenom" is the family name alone */
	if (given < count && family < count) {
		out->field[TABLE_NAME].at[0] = given;
		out->field[TABLE_NAME].at[1] = family;
		out->field[TABLE_NAME].count = 2;
	}
}

static void
put_header(const char *const *header, size_t count, char *out, size_t room)
{
	size_t n = 0;
	out[0] = '\0';
	for (size_t i = 0; i < count && n + 24 < room; i++)
		if (header[i] != NULL) {
			int w = snprintf(out + n, room - n, "%s%.20s", n > 0 ? ", " : "", header[i]);
			n += w > 0 ? (size_t)w : 0;
		}
	if (!utf8_valid(bytes_of_cstr(out)))
		(void)snprintf(out, room, "%zu columns", count);
}

static enum ent_err
add_column(const char *const *header, size_t count, enum table_field f, struct str want,
    struct table_columns *out, struct ent_why *why)
{
	char there[160];
	size_t at = 0;
	while (at < count && (header[at] == NULL || strlen(header[at]) != want.n ||
	    memcmp(header[at], want.p, want.n) != 0))
		at++;
	if (at == count) {
		put_header(header, count, there, sizeof there);
		return ent_fail(ENT_EFIELD, why, "--columns: there is no column '%.*s'; there are: %s",
		    (int)(want.n < 40 ? want.n : 40), want.p, there);
	}
	if (out->field[f].count == TABLE_JOINED_MAX)
		return ent_fail(ENT_EFIELD, why, "--columns: a name is made of at most %u columns",
		    TABLE_JOINED_MAX);
	out->field[f].at[out->field[f].count++] = at;
	return ENT_OK;
}

/* "name=Last+First,birth=DOB". */
static enum ent_err
as_said(const char *const *header, size_t count, const char *wanted, struct table_columns *out,
    struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (const char *p = wanted; *p != '\0' && err == ENT_OK;) {
		size_t len = strcspn(p, ","), key = strcspn(p, "=");
		int f = 0;
		while (f < TABLE_FIELDS && (strlen(table_field_name((enum table_field)f)) != key ||
		    memcmp(table_field_name((enum table_field)f), p, key) != 0))
			f++;
		if (key >= len || f == TABLE_FIELDS)
			return ent_fail(ENT_EFIELD, why, "--columns is FIELD=COLUMN,...; a field is name, birth, "
			    "document, nationality, type, sex or place; several columns of a name are joined by +");
		for (const char *q = p + key + 1; q <= p + len && err == ENT_OK;) {
			size_t part = strcspn(q, "+,");
			err = add_column(header, count, (enum table_field)f, (struct str){ q, part }, out, why);
			q += part + 1;
		}
		p += len + (p[len] == ',');
	}
	return err;
}

enum ent_err
table_columns_find(const char *const *header, size_t count, const char *wanted,
    struct table_columns *out, struct ent_why *why)
{
	char there[160];
	enum ent_err err = ENT_OK;
	memset(out, 0, sizeof *out);
	if (wanted != NULL)
		err = as_said(header, count, wanted, out, why);
	else
		by_usual_names(header, count, out);
	if (err != ENT_OK || out->field[TABLE_NAME].count + out->field[TABLE_DOCUMENT].count > 0)
		return err;
	put_header(header, count, there, sizeof there);
	return ent_fail(ENT_EFIELD, why, "no column is a name or a document: say which, as in --columns "
	    "name=Last+First,birth=DOB; there are: %s", there);
}
