/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cell of a table says: names as they are, dates in the ways that people write them.
 */
#include "lists/table.h"

#include <stdio.h>
#include <string.h>

static const char *const bad_date = "is no date: write 1985-03-12, 1985-03, 1985 or 12/03/1985 (with --dates "
    "mdy 03/12/1985), or 1400-05-12 AH of the Islamic calendar";

/* A number of digits, from..to of them; 0 of them: none.  Moves *p on. */
static bool
number(const char **p, size_t from, size_t to, unsigned *out, size_t *len)
{
	size_t n = 0;
	unsigned v = 0;
	while ((*p)[n] >= '0' && (*p)[n] <= '9' && n < to)
		v = v * 10 + (unsigned)((*p)[n++] - '0');
	if (n < from)
		return false;
	*p += n;
	*out = v;
	*len = n;
	return true;
}

static bool
is_day(unsigned y, unsigned m, unsigned d)
{
	int64_t days;
	return y >= 1 && y <= 9999 && date_days((int)y, (int)m, (int)d, &days) == ENT_OK;
}

/* Year first: 1985, 1985-03, 1985-03-12 (or / or . between, or nothing: 19850312), 1985/1987 a range. */
static bool
year_first(const char *p, char out[static TABLE_TEXT])
{
	unsigned y, m = 0, d = 0;
	size_t len;
	if (!number(&p, 4, 4, &y, &len) || y == 0)
		return false;
	if (*p == '\0') {
		(void)snprintf(out, TABLE_TEXT, "%04u", y);
		return true;
	}
	if (*p >= '0' && *p <= '9') {
		if (!number(&p, 2, 2, &m, &len) || !number(&p, 2, 2, &d, &len) || *p != '\0' || !is_day(y, m, d))
			return false;
		(void)snprintf(out, TABLE_TEXT, "%04u-%02u-%02u", y, m, d);
		return true;
	}
	char sign = *p++;
	if (strchr("-/.", sign) == NULL || !number(&p, 1, 4, &m, &len))
		return false;
	if (*p == '\0' && len == 4 && sign == '/' && m >= y) {
		(void)snprintf(out, TABLE_TEXT, "%04u/%04u", y, m);
		return true;
	}
	if (*p == '\0' && len <= 2 && m >= 1 && m <= 12) {
		(void)snprintf(out, TABLE_TEXT, "%04u-%02u", y, m);
		return true;
	}
	if (*p++ != sign || !number(&p, 1, 2, &d, &len) || !is_day(y, m, d))
		return false;
	/* a time of day may follow */
	if (*p != '\0' && *p != 'T' && *p != ' ')
		return false;
	(void)snprintf(out, TABLE_TEXT, "%04u-%02u-%02u", y, m, d);
	return true;
}

/* Year last: 12/03/1985, 12.03.1985, 12-03-1985. */
static bool
year_last(const char *p, bool month_first, char out[static TABLE_TEXT])
{
	unsigned a, b, y;
	size_t len;
	if (!number(&p, 1, 2, &a, &len) || strchr("/.-", *p) == NULL || *p == '\0')
		return false;
	char sign = *p++;
	if (!number(&p, 1, 2, &b, &len) || *p++ != sign || !number(&p, 4, 4, &y, &len) || *p != '\0')
		return false;
	unsigned d = month_first ? b : a, m = month_first ? a : b;
	if (!is_day(y, m, d))
		return false;
	(void)snprintf(out, TABLE_TEXT, "%04u-%02u-%02u", y, m, d);
	return true;
}

/* As people and forms write it; NULL: something else. */
static const char *
sex_of(const char *text)
{
	static const struct {
		const char *text, *code;
	} rows[] = { { "m", "m" }, { "f", "f" }, { "x", "x" }, { "male", "m" }, { "female", "f" }, { "man", "m" },
		{ "vrouw", "f" }, { "v", "f" }, { "h", "m" }, { "homme", "m" }, { "femme", "f" }, { "masculin", "m" },
		{ "feminin", "f" }, { "féminin", "f" }, { "ذكر", "m" }, { "أنثى", "f" }, { "انثى", "f" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcasecmp(text, rows[i].text) == 0)
			return rows[i].code;
	return NULL;
}

/* A date that says that it is of the Islamic calendar. */
static bool
islamic(const char *p, char out[static TABLE_TEXT])
{
	struct record_date ah;
	if (record_islamic_parse(str_of(p), &ah) != ENT_OK)
		return false;
	record_islamic_format(ah, out);
	return true;
}

void
table_value(enum table_field f, const char *text, bool month_first, char out[static TABLE_TEXT],
    const char **bad)
{
	size_t n = strlen(text), max = f == TABLE_NATIONALITY ? RECORD_COUNTRY_MAX :
	    f == TABLE_TYPE || f == TABLE_SEX			? 32 :
								  RECORD_TEXT_MAX;
	*bad = NULL;
	while (*text == ' ' || *text == '\t') {
		text++;
		n--;
	}
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	if (n > max) {
		*bad = f == TABLE_NAME ? "is over 1024 bytes: is a quote missing?" : "is too long: is it the right column?";
		return;
	}
	(void)snprintf(out, TABLE_TEXT, "%.*s", (int)n, text);
	if (f == TABLE_BIRTH && n > 0) {
		char day[TABLE_TEXT];
		if (!year_first(out, day) && !year_last(out, month_first, day) && !islamic(out, day))
			*bad = bad_date;
		else
			memcpy(out, day, strlen(day) + 1);
	} else if (f == TABLE_TYPE && n > 0 && record_type_of(out) == RTYPE_NONE) {
		*bad = "is no type: person, organisation or document";
	} else if (f == TABLE_SEX && n > 0) {
		const char *code = sex_of(out);
		*bad = code == NULL ? "is no sex: m, f or x" : NULL;
		(void)snprintf(out, TABLE_TEXT, "%s", code == NULL ? "" : code);
	}
}
