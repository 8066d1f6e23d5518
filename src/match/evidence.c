/* SPDX-License-Identifier: Apache-2.0
 *
 * Birth dates as evidence, and the words that explain results.
 */
#include "match/index.h"

#include <string.h>

static bool
digits(const char *p, size_t n, unsigned *out)
{
	unsigned v = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(p[i] - '0');
	}
	*out = v;
	return true;
}

/* "YYYY" and its like; false: something else. */
static bool
parse_gregorian(struct str in, struct match_date *out)
{
	unsigned year = 0, month = 0, day = 0, to = 0;
	bool good = in.n >= 4 && digits(in.p, 4, &year) && year > 0;
	struct match_date d = { .year = (uint16_t)year, .precision = MATCH_DATE_YEAR };
	if (good && in.n == 9 && in.p[4] == '/') {
		good = digits(in.p + 5, 4, &to) && to >= year;
		d.year_to = (uint16_t)to;
		d.precision = to == year ? MATCH_DATE_YEAR : MATCH_DATE_RANGE;
	} else if (good && (in.n == 7 || in.n == 10) && in.p[4] == '-') {
		int64_t unused;
		good = digits(in.p + 5, 2, &month) && month >= 1 && month <= 12;
		d.precision = MATCH_DATE_MONTH;
		if (good && in.n == 10) {
			good = in.p[7] == '-' && digits(in.p + 8, 2, &day) &&
			    date_days((int)year, (int)month, (int)day, &unused) == ENT_OK;
			d.precision = month == 1 && day == 1 ? MATCH_DATE_PLACEHOLDER :
							       MATCH_DATE_DAY;
		}
		d.month = (uint8_t)month;
		d.day = (uint8_t)day;
	} else if (in.n != 4) {
		good = false;
	}
	*out = d;
	return good;
}

static int64_t
days_of(struct record_date d)
{
	int64_t days = 0;
	return date_days(d.year, d.month, d.day, &days) == ENT_OK ? days : 0;
}

struct match_date
match_date_of(const struct record_birth *b)
{
	struct match_date d = { .year = (uint16_t)b->from.year, .year_to = (uint16_t)b->to.year,
		.precision = b->from.year == b->to.year ? MATCH_DATE_YEAR : MATCH_DATE_RANGE };
	bool day = b->precision == PRECISION_DAY || (b->islamic.year != 0 && b->islamic.day != 0 &&
	    days_of(b->to) - days_of(b->from) <= MATCH_SPAN_MAX);
	if (b->precision == PRECISION_NONE)
		return (struct match_date){ 0 };
	if (b->circa && b->precision != PRECISION_RANGE) { /* "about": a year either way */
		d.precision = MATCH_DATE_RANGE;
		d.year_to = (uint16_t)(b->to.year + 1);
		d.year = (uint16_t)(b->from.year > 1 ? b->from.year - 1 : 1);
	} else if (day && !b->circa) {
		d.precision = MATCH_DATE_DAY;
		d.span = (uint8_t)(days_of(b->to) - days_of(b->from));
		d.day = (uint8_t)b->from.day;
		d.month = (uint8_t)b->from.month;
	} else if (b->precision == PRECISION_MONTH) {
		d.precision = MATCH_DATE_MONTH;
		d.month = (uint8_t)b->from.month;
	} else if (b->precision == PRECISION_PLACEHOLDER) {
		d.precision = MATCH_DATE_PLACEHOLDER;
	}
	if (d.precision != MATCH_DATE_RANGE)
		d.year_to = 0;
	return d;
}

enum ent_err
match_date_parse(struct str in, struct match_date *out, struct ent_why *why)
{
	struct record_date ah;
	struct record_birth b;
	if (parse_gregorian(in, out))
		return ENT_OK;
	if (record_islamic_parse(in, &ah) != ENT_OK || record_islamic_birth(ah, &b) != ENT_OK)
		return ent_fail(ENT_ESYNTAX, why, "a date is YYYY, YYYY-MM, YYYY-MM-DD or YYYY/YYYY, or one of the "
		    "Islamic calendar: 1400-05-12 AH, 12 Jumada I 1400");
	*out = match_date_of(&b);
	return ENT_OK;
}

static bool
known_day(const struct match_date *d)
{
	return d->precision == MATCH_DATE_DAY && d->span == 0;
}

/* How many of the eight digits of two whole dates differ. */
static unsigned
digits_apart(const struct match_date *a, const struct match_date *b)
{
	char ta[16], tb[16];
	unsigned n = 0;
	(void)snprintf(ta, sizeof ta, "%04u%02u%02u", a->year, a->month, a->day);
	(void)snprintf(tb, sizeof tb, "%04u%02u%02u", b->year, b->month, b->day);
	for (size_t i = 0; i < 8; i++)
		n += ta[i] != tb[i];
	return n;
}

static unsigned
year_gap(unsigned year, const struct match_date *d)
{
	unsigned to = d->precision == MATCH_DATE_RANGE ? d->year_to : d->year;
	if (year < d->year)
		return d->year - year;
	return year > to ? year - to : 0;
}

/* Years that differ in one digit, where no more is known of one side: a slip of the pen, perhaps. */
static bool
year_digit(const struct match_date *q, const struct match_date *r)
{
	unsigned a = q->year, b = r->year, n = 0;
	if (q->precision == MATCH_DATE_RANGE || r->precision == MATCH_DATE_RANGE || (known_day(q) && known_day(r)))
		return false;
	for (; a > 0 || b > 0; a /= 10, b /= 10)
		n += a % 10 != b % 10;
	return n == 1;
}

/* ---- the Islamic calendar ----------------------------------------------------------------------------- */

/* Nobody in a register was born in these years of ours: they are the Islamic calendar's, 1863 to 2077. */
#define TAKEN_MIN 1280u
#define TAKEN_MAX 1500u

static bool
is_taken(const struct match_date *d)
{
	return d->year >= TAKEN_MIN && d->year <= TAKEN_MAX && d->precision != MATCH_DATE_RANGE;
}

/* The date, read as one of the Islamic calendar; false: there is no such date. */
static bool
read_islamic(const struct match_date *d, struct match_date *out)
{
	struct record_date ah = { .year = (int16_t)d->year };
	struct record_birth b;
	if (d->precision == MATCH_DATE_DAY || d->precision == MATCH_DATE_MONTH) {
		ah.month = (int8_t)d->month;
		ah.day = (int8_t)d->day;
	}
	if (record_islamic_birth(ah, &b) != ENT_OK)
		return false;
	*out = match_date_of(&b);
	return true;
}

static int64_t
first_day(const struct match_date *d)
{
	return days_of((struct record_date){ .year = (int16_t)d->year, .month = (int8_t)d->month,
	    .day = (int8_t)d->day });
}

static bool
spans_meet(const struct match_date *a, const struct match_date *b)
{
	int64_t from_a = first_day(a), from_b = first_day(b);
	return from_a <= from_b + b->span && from_b <= from_a + a->span;
}

/* No more than the year, or the two that the days are in. */
static struct match_date
years_of(const struct match_date *d)
{
	bool over = d->month == 12 && d->day + d->span > 31;
	return (struct match_date){ .precision = over ? MATCH_DATE_RANGE : MATCH_DATE_YEAR, .year = d->year,
		.year_to = over ? (uint16_t)(d->year + 1) : 0 };
}

/* One of them, or both, is a few days: whether the other's year is right is what remains if no day is. */
static enum match_date_line
compare_spans(const struct match_date *q, const struct match_date *r)
{
	if (q->precision == MATCH_DATE_DAY && r->precision == MATCH_DATE_DAY && spans_meet(q, r))
		return MATCH_DATE_ISLAMIC;
	struct match_date a = q->span > 0 ? years_of(q) : *q, b = r->span > 0 ? years_of(r) : *r;
	return match_date_compare(&a, &b);
}

/* One of them was not converted; UNKNOWN: the other one does not bear it out. */
static enum match_date_line
compare_taken(const struct match_date *taken, const struct match_date *other)
{
	struct match_date meant;
	if (!read_islamic(taken, &meant))
		return MATCH_DATE_UNKNOWN;
	switch (match_date_compare(&meant, other)) {
	case MATCH_DATE_ISLAMIC: return MATCH_DATE_ISLAMIC_TAKEN;
	case MATCH_DATE_SAME_YEAR: case MATCH_DATE_WITHIN: case MATCH_DATE_ISLAMIC_YEAR:
		return MATCH_DATE_ISLAMIC_YEAR;
	case MATCH_DATE_UNKNOWN: case MATCH_DATE_EQUAL: case MATCH_DATE_SWAPPED: case MATCH_DATE_ISLAMIC_TAKEN:
	case MATCH_DATE_ONE_DIGIT: case MATCH_DATE_PART: case MATCH_DATE_NEAR: case MATCH_DATE_APART:
	case MATCH_DATE_DIFFERENT: break;
	}
	return MATCH_DATE_UNKNOWN;
}

enum match_date_line
match_date_compare(const struct match_date *q, const struct match_date *r)
{
	if (q->precision == MATCH_DATE_NONE || r->precision == MATCH_DATE_NONE)
		return MATCH_DATE_UNKNOWN;
	if (is_taken(q) != is_taken(r)) {
		enum match_date_line line = is_taken(q) ? compare_taken(q, r) : compare_taken(r, q);
		if (line != MATCH_DATE_UNKNOWN)
			return line;
	}
	if (q->span > 0 || r->span > 0)
		return compare_spans(q, r);
	if (q->precision == MATCH_DATE_RANGE && r->precision != MATCH_DATE_RANGE)
		return match_date_compare(r, q);
	if (known_day(q) && known_day(r)) {
		unsigned apart = digits_apart(q, r);
		if (apart == 0)
			return MATCH_DATE_EQUAL;
		if (q->year == r->year && q->day == r->month && q->month == r->day)
			return MATCH_DATE_SWAPPED;
		if (apart == 1)
			return MATCH_DATE_ONE_DIGIT;
		if (q->year == r->year)
			return q->month == r->month || q->day == r->day ? MATCH_DATE_PART :
									  MATCH_DATE_NEAR;
	}
	unsigned gap = year_gap(q->year, r);
	if (q->precision == MATCH_DATE_RANGE) /* both are */
		gap = q->year_to < r->year ? r->year - q->year_to :
		    r->year_to < q->year   ? q->year - r->year_to :
					     0;
	if (gap == 0)
		return r->precision == MATCH_DATE_RANGE ? MATCH_DATE_WITHIN : MATCH_DATE_SAME_YEAR;
	return gap == 1 ? MATCH_DATE_NEAR : gap <= 3 || year_digit(q, r) ? MATCH_DATE_APART : MATCH_DATE_DIFFERENT;
}

/* Set by hand: tests/eval/README.md.  An Islamic date is one of five days at most: an equal one less ln 5;
 * and less ln 2 where the calendar itself is supposed. */
int32_t
match_date_worth(enum match_date_line line)
{
	switch (line) {
	case MATCH_DATE_EQUAL: return 10000;
	case MATCH_DATE_SWAPPED: return 8000;
	case MATCH_DATE_ISLAMIC: return 8400;
	case MATCH_DATE_ISLAMIC_TAKEN: return 7700;
	case MATCH_DATE_ONE_DIGIT: case MATCH_DATE_PART: return 3000;
	case MATCH_DATE_SAME_YEAR: return 2200;
	case MATCH_DATE_WITHIN: case MATCH_DATE_ISLAMIC_YEAR: return 1500;
	case MATCH_DATE_APART: return -2000;
	case MATCH_DATE_DIFFERENT: return -4500;
	case MATCH_DATE_UNKNOWN: case MATCH_DATE_NEAR: break;
	}
	return 0;
}

const char *
match_band_name(enum match_band b)
{
	return b == MATCH_STRONG ? "strong" : b == MATCH_REVIEW ? "review" : "trace";
}

const char *
match_how_name(enum match_how h)
{
	static const char *const names[] = { "same", "spelling", "transliteration", "joined", "initial", "particle" };
	return names[h];
}

const char *
match_date_text(enum match_date_line d)
{
	static const char *const texts[] = { "birth date not known on both sides", "birth date equal",
		"birth date equal with day and month swapped",
		"birth date equal, converted from the Islamic calendar (to a day or two)",
		"birth date equal, once its year is read as one of the Islamic calendar (to a day or two)",
		"birth date differs in one digit",
		"same birth year, and same day or month", "same birth year, no more is known",
		"birth date within the register's range",
		"same birth year, once it is read as one of the Islamic calendar", "birth dates less than two years apart",
		"birth years two or three apart", "birth dates contradict" };
	return texts[d];
}

const char *
match_document_text(enum match_document_line d)
{
	static const char *const texts[] = { "document not known on both sides", "document number equal",
		"document numbers differ", "document numbers one edit apart, and one of them fails its check digit",
		"the same document number, but of another country or kind of document" };
	return texts[d];
}
