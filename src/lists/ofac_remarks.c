/* SPDX-License-Identifier: Apache-2.0
 *
 * An OFAC remark is a list of set phrases, parted by "; " and ended by ".".  Those that tell of dates,
 * places, nationality, sex, documents and links become statements; the rest stays in the quotation.
 */
#include "lists/formats.h"

#include <string.h>

#define PHRASE_MAX 400
#define REMARK_CUT 1000 /* the Treasury cuts remarks here: what comes last may be half */

static const struct {
	const char *begins;
	enum document_kind kind;
} documents[] = {
	{ "Passport ", DOCKIND_PASSPORT },
	{ "Travel Document Number ", DOCKIND_PASSPORT },
	{ "Diplomatic Passport ", DOCKIND_PASSPORT },
	{ "Stateless Person Passport ", DOCKIND_PASSPORT },
	{ "National ID No. ", DOCKIND_NATIONAL },
	{ "National Foreign ID Number ", DOCKIND_NATIONAL },
	{ "Cedula No. ", DOCKIND_NATIONAL },
	{ "Cedula de Ciudadania ", DOCKIND_NATIONAL },
	{ "C.U.R.P. ", DOCKIND_NATIONAL },
	{ "C.U.I.P. ", DOCKIND_NATIONAL },
	{ "D.N.I. ", DOCKIND_NATIONAL },
	{ "Identification Number ", DOCKIND_NATIONAL },
	{ "Personal ID Card ", DOCKIND_NATIONAL },
	{ "Electoral Registry No. ", DOCKIND_NATIONAL },
	{ "Birth Certificate Number ", DOCKIND_OTHER },
	{ "Driver's License No. ", DOCKIND_DRIVING },
	{ "Residency Number ", DOCKIND_RESIDENCE },
	{ "NIT # ", DOCKIND_TAX },
	{ "R.F.C. ", DOCKIND_TAX },
	{ "RFC ", DOCKIND_TAX },
	{ "RUC # ", DOCKIND_TAX },
	{ "RIF # ", DOCKIND_TAX },
	{ "SSN ", DOCKIND_TAX },
	{ "Tax ID No. ", DOCKIND_TAX },
	{ "V.A.T. Number ", DOCKIND_TAX },
	{ "Italian Fiscal Code ", DOCKIND_TAX },
	{ "Folio Mercantil No. ", DOCKIND_REGISTER },
	{ "Matricula Mercantil No ", DOCKIND_REGISTER },
	{ "Company Number ", DOCKIND_REGISTER },
	{ "Registration ID ", DOCKIND_REGISTER },
	{ "Registration Number ", DOCKIND_REGISTER },
	{ "Business Registration Document # ", DOCKIND_REGISTER },
	{ "Business Registration Number ", DOCKIND_REGISTER },
	{ "Commercial Registry Number ", DOCKIND_REGISTER },
	{ "Trade License No. ", DOCKIND_REGISTER },
	{ "Government Gazette Number ", DOCKIND_REGISTER },
	{ "D-U-N-S Number ", DOCKIND_REGISTER },
	{ "Vessel Registration Identification ", DOCKIND_VESSEL },
	{ "MMSI ", DOCKIND_VESSEL },
	{ "Aircraft Tail Number ", DOCKIND_VESSEL },
	{ "Aircraft Manufacturer's Serial Number (MSN) ", DOCKIND_VESSEL },
	{ "Aircraft Construction Number (also called L/N or S/N or F/N) ", DOCKIND_VESSEL },
};

/* What follows if p begins so, else NULL. */
static const char *
after(const char *p, const char *begins)
{
	size_t n = strlen(begins);
	return strncmp(p, begins, n) == 0 ? p + n : NULL;
}

static int
month_of(const char *p, size_t n)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (int i = 0; n == 3 && i < 12; i++)
		if (memcmp(p, names + (ptrdiff_t)i * 3, 3) == 0)
			return i + 1;
	return 0;
}

/* The next number (1..4 digits), or month, of "10 Dec 1948"; moves on over one blank. */
static int
date_word(const char **p, int *month)
{
	size_t n = strcspn(*p, " ");
	int v = 0;
	*month = month_of(*p, n);
	for (size_t i = 0; i < n && *month == 0; i++) {
		if ((*p)[i] < '0' || (*p)[i] > '9' || n > 4)
			return -1;
		v = v * 10 + ((*p)[i] - '0');
	}
	*p += n;
	if (**p == ' ')
		(*p)++;
	return v;
}

/* "1948", "Dec 1948", "10 Dec 1948"; moves *p behind it. */
static bool
parse_date(const char **p, struct record_birth *out)
{
	int month, other, day = 0;
	int v = date_word(p, &month);
	if (v < 0)
		return false;
	if (month == 0 && v >= 1000)
		return record_birth_of(v, 0, 0, out) == ENT_OK;
	if (month == 0) {
		day = v;
		v = date_word(p, &month);
		if (v < 0 || month == 0)
			return false;
	}
	int year = date_word(p, &other);
	return year >= 1000 && other == 0 && record_birth_of(year, month, day, out) == ENT_OK;
}

static void
birth(struct builder *b, const char *text)
{
	struct record_birth from, to;
	const char *rest = after(text, "circa ");
	bool circa = rest != NULL, range = false;
	text = circa ? rest : text;
	if (!parse_date(&text, &from))
		return;
	if ((rest = after(text, "to ")) != NULL) {
		const char *about = after(rest, "circa ");
		range = true;
		circa = circa || about != NULL;
		text = about != NULL ? about : rest;
		if (!parse_date(&text, &to))
			return;
	}
	if (*text != '\0')
		return;
	if (range) {
		from.precision = PRECISION_RANGE;
		from.to = to.precision == PRECISION_PLACEHOLDER ? to.from : to.to;
	}
	from.circa = circa;
	if (record_birth_consistent(&from))
		builder_birth(b, &from);
}

/* "1084010 (Egypt) issued 1968": the number ends at the country, or at what is said of it. */
static void
document(struct builder *b, const char *text, enum document_kind kind)
{
	static const char *const ends[] = { " issued ", " expires ", " (" };
	char number[PHRASE_MAX + 1], country[RECORD_COUNTRY_MAX + 1] = "";
	size_t n = strlen(text);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		const char *end = strstr(text, ends[i]);
		if (end != NULL && (size_t)(end - text) < n)
			n = (size_t)(end - text);
	}
	(void)snprintf(number, sizeof number, "%.*s", (int)n, text);
	if (strncmp(text + n, " (", 2) == 0) {
		size_t len = strcspn(text + n + 2, ")");
		if (len < sizeof country)
			(void)snprintf(country, sizeof country, "%.*s", (int)len, text + n + 2);
	}
	builder_document(b, number, kind, country);
}

static void
sex(struct builder *b, const char *text)
{
	bool female = strcmp(text, "Female") == 0;
	struct statement *s = female || strcmp(text, "Male") == 0 ? builder_add(b, STATEMENT_SEX) : NULL;
	if (s != NULL)
		s->sex = female ? SEX_FEMALE : SEX_MALE;
}

/* a.k.a. 'ABU HAFS' : OFAC's weak names stand in remarks. */
static void
weak_name(struct builder *b, char *text)
{
	size_t n = strlen(text);
	if (n < 3 || text[0] != '\'' || text[n - 1] != '\'')
		return;
	text[n - 1] = '\0';
	(void)builder_name(b, text + 1, NAMEKIND_WEAK);
}

static void
phrase(struct builder *b, char *p)
{
	const char *rest = after(p, "alt. ");
	if (rest != NULL)
		p += strlen("alt. ");
	if ((rest = after(p, "DOB ")) != NULL)
		birth(b, rest);
	else if ((rest = after(p, "POB ")) != NULL)
		builder_birth_place(b, rest);
	else if ((rest = after(p, "nationality ")) != NULL || (rest = after(p, "citizen ")) != NULL)
		builder_nationality(b, rest);
	else if ((rest = after(p, "Gender ")) != NULL)
		sex(b, rest);
	else if ((rest = after(p, "Linked To: ")) != NULL)
		builder_relation(b, rest, RELATION_LINKED);
	else if (after(p, "a.k.a. ") != NULL)
		weak_name(b, p + strlen("a.k.a. "));
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
		if ((rest = after(p, documents[i].begins)) != NULL) {
			document(b, rest, documents[i].kind);
			return;
		}
}

void
ofac_remarks(struct builder *b, const char *text)
{
	char p[PHRASE_MAX + 1] = "";
	size_t total = strlen(text);
	while (*text != '\0') {
		const char *end = strstr(text, "; ");
		size_t n = end == NULL ? strlen(text) : (size_t)(end - text);
		bool cut = end == NULL && total >= REMARK_CUT && text[n - 1] != '.';
		size_t keep = end == NULL && n > 0 && text[n - 1] == '.' ? n - 1 : n;
		if (keep < sizeof p && !cut) {
			memcpy(p, text, keep);
			p[keep] = '\0';
			phrase(b, p);
		}
		text += end == NULL ? n : n + 2;
	}
}
