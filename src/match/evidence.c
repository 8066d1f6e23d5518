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

enum ent_err
match_date_parse(struct str in, struct match_date *out, struct ent_why *why)
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
	if (!good)
		return ent_fail(ENT_ESYNTAX, why, "a date is YYYY, YYYY-MM, YYYY-MM-DD or YYYY/YYYY");
	*out = d;
	return ENT_OK;
}

static bool
known_day(const struct match_date *d)
{
	return d->precision == MATCH_DATE_DAY;
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

enum match_date_line
match_date_compare(const struct match_date *q, const struct match_date *r)
{
	if (q->precision == MATCH_DATE_NONE || r->precision == MATCH_DATE_NONE)
		return MATCH_DATE_UNKNOWN;
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

/* Set by hand: tests/eval/README.md. */
int32_t
match_date_worth(enum match_date_line line)
{
	switch (line) {
	case MATCH_DATE_EQUAL: return 10000;
	case MATCH_DATE_SWAPPED: return 8000;
	case MATCH_DATE_ONE_DIGIT: return 3000;
	case MATCH_DATE_PART: return 3000;
	case MATCH_DATE_SAME_YEAR: return 2200;
	case MATCH_DATE_WITHIN: return 1500;
	case MATCH_DATE_APART: return -2000;
	case MATCH_DATE_DIFFERENT: return -4500;
	case MATCH_DATE_UNKNOWN: case MATCH_DATE_NEAR: return 0;
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
		"birth date equal with day and month swapped", "birth date differs in one digit",
		"same birth year, and same day or month", "same birth year, no more is known",
		"birth date within the register's range", "birth dates less than two years apart",
		"birth years two or three apart", "birth dates contradict" };
	return texts[d];
}

const char *
match_document_text(enum match_document_line d)
{
	static const char *const texts[] = { "document not known on both sides", "document number equal",
		"document numbers differ" };
	return texts[d];
}
