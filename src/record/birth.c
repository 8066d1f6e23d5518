/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <string.h>

void
record_date_format(struct record_date d, char out[static ENT_DATE_TEXT])
{
	unsigned year = (unsigned)d.year % 10000u, month = (unsigned)d.month % 100u;
	(void)snprintf(out, ENT_DATE_TEXT, "%04u-%02u-%02u", year, month, (unsigned)d.day % 100u);
}

/* Digits of a fixed count; -1 if there is something else. */
static int
digits(const char *p, size_t n)
{
	int v = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

static bool
date_exists(int year, int month, int day)
{
	int64_t days;
	return year >= 1 && year <= 9999 && date_days(year, month, day, &days) == ENT_OK;
}

static struct record_date
date_of(int year, int month, int day)
{
	return (struct record_date){ .year = (int16_t)year, .month = (int8_t)month,
		.day = (int8_t)day };
}

static bool
date_equal(struct record_date a, struct record_date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

static bool
date_before(struct record_date a, struct record_date b)
{
	if (a.year != b.year)
		return a.year < b.year;
	return a.month != b.month ? a.month < b.month : a.day < b.day;
}

enum ent_err
record_date_parse(struct str in, struct record_date *out)
{
	if (in.n != 10 || in.p[4] != '-' || in.p[7] != '-')
		return ENT_ESYNTAX;
	int year = digits(in.p, 4), month = digits(in.p + 5, 2), day = digits(in.p + 8, 2);
	if (!date_exists(year, month, day))
		return ENT_ESYNTAX;
	*out = date_of(year, month, day);
	return ENT_OK;
}

enum ent_err
record_birth_of(int year, int month, int day, struct record_birth *out)
{
	struct record_birth b = { .circa = false };
	if (!date_exists(year, month == 0 ? 1 : month, day == 0 ? 1 : day) || (month == 0 && day != 0))
		return ENT_EFIELD;
	if (month == 0 || (month == 1 && day == 1)) {
		b.precision = month == 0 ? PRECISION_YEAR : PRECISION_PLACEHOLDER;
		b.from = date_of(year, 1, 1);
		b.to = date_of(year, 12, 31);
	} else if (day == 0) {
		int last = 31;
		while (!date_exists(year, month, last))
			last--;
		b.precision = PRECISION_MONTH;
		b.from = date_of(year, month, 1);
		b.to = date_of(year, month, last);
	} else {
		b.precision = PRECISION_DAY;
		b.from = b.to = date_of(year, month, day);
	}
	*out = b;
	return ENT_OK;
}

/* "1956", "1956-02" or "1956-02-29". */
static enum ent_err
parse_one(struct str in, struct record_birth *out)
{
	if ((in.n != 4 && in.n != 7 && in.n != 10) || (in.n > 4 && in.p[4] != '-') ||
	    (in.n > 7 && in.p[7] != '-'))
		return ENT_ESYNTAX;
	int year = digits(in.p, 4);
	int month = in.n >= 7 ? digits(in.p + 5, 2) : 0;
	int day = in.n == 10 ? digits(in.p + 8, 2) : 0;
	if (year < 1 || month < 0 || day < 0 || (in.n >= 7 && month == 0) || (in.n == 10 && day == 0))
		return ENT_ESYNTAX;
	return record_birth_of(year, month, day, out);
}

enum ent_err
record_birth_parse(struct str in, struct record_birth *out)
{
	struct record_birth b, last;
	bool circa = in.n > 0 && in.p[0] == '~';
	if (circa)
		in = (struct str){ .p = in.p + 1, .n = in.n - 1 };
	const char *dots = in.n > 2 ? memmem(in.p, in.n, "..", 2) : NULL;
	struct str head = { .p = in.p, .n = dots == NULL ? in.n : (size_t)(dots - in.p) };
	enum ent_err err = parse_one(head, &b);
	if (err == ENT_OK && dots != NULL) {
		err = parse_one((struct str){ .p = dots + 2, .n = in.n - head.n - 2 }, &last);
		if (err == ENT_OK && !date_before(b.from, last.to))
			err = ENT_EFIELD;
		if (err == ENT_OK) {
			b.precision = PRECISION_RANGE;
			b.to = head.n == 10 && last.precision == PRECISION_PLACEHOLDER ? last.from : last.to;
		}
	}
	struct record_date ah;
	if (err != ENT_OK && record_islamic_parse(in, &ah) == ENT_OK)
		err = record_islamic_birth(ah, &b);
	if (err != ENT_OK)
		return err;
	b.circa = circa;
	*out = b;
	return ENT_OK;
}

void
record_birth_format(const struct record_birth *b, char out[static RECORD_BIRTH_TEXT])
{
	char from[ENT_DATE_TEXT], to[ENT_DATE_TEXT], ah[RECORD_ISLAMIC_TEXT];
	const char *about = b->circa ? "~" : "";
	if (b->islamic.year != 0) {
		record_islamic_format(b->islamic, ah);
		(void)snprintf(out, RECORD_BIRTH_TEXT, "%s%s", about, ah);
		return;
	}
	record_date_format(b->from, from);
	record_date_format(b->to, to);
	switch (b->precision) {
	case PRECISION_YEAR:
		(void)snprintf(out, RECORD_BIRTH_TEXT, "%s%.4s", about, from);
		break;
	case PRECISION_MONTH:
		(void)snprintf(out, RECORD_BIRTH_TEXT, "%s%.7s", about, from);
		break;
	case PRECISION_RANGE:
		(void)snprintf(out, RECORD_BIRTH_TEXT, "%s%s..%s", about, from, to);
		break;
	case PRECISION_NONE:
	case PRECISION_DAY:
	case PRECISION_PLACEHOLDER:
		(void)snprintf(out, RECORD_BIRTH_TEXT, "%s%s", about, from);
		break;
	}
}

/* Reckonings of another edition may differ by as much. */
#define ISLAMIC_SLACK 2

static bool
days_near(struct record_date a, struct record_date b)
{
	int64_t da = 0, db = 0;
	bool exist = date_days(a.year, a.month, a.day, &da) == ENT_OK && date_days(b.year, b.month, b.day, &db) == ENT_OK;
	return exist && da - db <= ISLAMIC_SLACK && db - da <= ISLAMIC_SLACK;
}

bool
record_birth_consistent(const struct record_birth *b)
{
	struct record_birth means;
	if (b->islamic.year != 0)
		return b->precision == PRECISION_RANGE && date_before(b->from, b->to) &&
		    record_islamic_birth(b->islamic, &means) == ENT_OK && days_near(b->from, means.from) &&
		    days_near(b->to, means.to);
	int month = b->precision == PRECISION_YEAR ? 0 : b->from.month;
	int day = b->precision == PRECISION_YEAR || b->precision == PRECISION_MONTH ? 0 : b->from.day;
	if (b->precision == PRECISION_RANGE)
		return date_before(b->from, b->to);
	if (b->precision == PRECISION_DAY)
		return date_equal(b->from, b->to);
	if (record_birth_of(b->from.year, month, day, &means) != ENT_OK)
		return false;
	return means.precision == b->precision && date_equal(means.from, b->from) &&
	    date_equal(means.to, b->to);
}
