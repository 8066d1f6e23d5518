/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates of the Islamic calendar.  Where a month begins is a matter of reckoning: the civil (tabular) one and
 * that of Umm al-Qura are both taken, and a day to either side for the sighting of the moon.
 */
#include "record/record.h"

#include "text/text.h"

#include <string.h>
#include <unicode/ucal.h>

#define YEAR_MIN 1200 /* 1785: nobody in a register was born before */
#define YEAR_MAX 1600 /* where ICU's table of Umm al-Qura ends */
#define WORDS_MAX 8u
#define MS_PER_DAY INT64_C(86400000)

/* ---- reckoning ----------------------------------------------------------------------------------------- */

/* Days since 1970 of a date in one of ICU's calendars; false: it has no such day. */
static bool
days_in(const char *calendar, int year, int month, int day, int64_t *out)
{
	static const UChar utc[] = { 'U', 'T', 'C', 0 };
	UErrorCode e = U_ZERO_ERROR;
	UCalendar *c = ucal_open(utc, -1, calendar, UCAL_DEFAULT, &e);
	if (U_FAILURE(e))
		return false;
	ucal_clear(c);
	ucal_setDate(c, year, month - 1, day, &e);
	UDate at = ucal_getMillis(c, &e);
	bool same = U_SUCCESS(e) && ucal_get(c, UCAL_DATE, &e) == day && U_SUCCESS(e);
	ucal_close(c);
	int64_t ms = (int64_t)at;
	if (same)
		*out = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
	return same;
}

/* The first and the last that either reckoning gives; a month has 30 days in one and 29 in the other. */
static bool
days_of(int year, int month, int day, int64_t *first, int64_t *last)
{
	int64_t a, b;
	bool civil = days_in("ar@calendar=islamic-civil", year, month, day, &a);
	bool qura = days_in("ar@calendar=islamic-umalqura", year, month, day, &b);
	if (!civil && !qura)
		return false;
	a = civil ? a : b;
	b = qura ? b : a;
	*first = a < b ? a : b;
	*last = a < b ? b : a;
	return true;
}

/* The Gregorian date of a count of days: Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2014). */
static struct record_date
date_of_days(int64_t days)
{
	int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097; /* after the year 0 alone */
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;
	return (struct record_date){ .year = (int16_t)(yoe + era * 400 + (month <= 2)),
		.month = (int8_t)month, .day = (int8_t)(doy - (153 * mp + 2) / 5 + 1) };
}

enum ent_err
record_islamic_birth(struct record_date ah, struct record_birth *out)
{
	int64_t first, last, unused;
	bool year = ah.month == 0 || (ah.month == 1 && ah.day == 1); /* 1 Muharram is their 1 January */
	if (ah.year < YEAR_MIN || ah.year >= YEAR_MAX || ah.month < 0 || ah.month > 12 || ah.day < 0 ||
	    ah.day > 30 || (ah.month == 0 && ah.day != 0))
		return ENT_EFIELD;
	int to_year = ah.year, to_month = (unsigned char)ah.month, to_day = 1;
	if (year) {
		to_year++;
		to_month = 1;
	} else if (ah.day == 0) {
		to_month = ah.month == 12 ? 1 : ah.month + 1;
		to_year += ah.month == 12;
	}
	if (!days_of(ah.year, year ? 1 : ah.month, year || ah.day == 0 ? 1 : ah.day, &first, &last))
		return ENT_EFIELD;
	if (year || ah.day == 0) {
		if (!days_of(to_year, to_month, to_day, &unused, &last))
			return ENT_EFIELD;
		last--;
	}
	*out = (struct record_birth){ .from = date_of_days(first - 1), .to = date_of_days(last + 1),
		.precision = PRECISION_RANGE, .islamic = ah };
	return ENT_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

struct words {
	const char *w[WORDS_MAX];
	size_t n;
};

static bool
one_of(const char *word, const char *list)
{
	char padded[72];
	(void)snprintf(padded, sizeof padded, " %.64s ", word);
	return strstr(list, padded) != NULL;
}

/* Numbers apart from words: "1400h" is both. */
static void
split(char *text, char room[static 160], struct words *numbers, struct words *words)
{
	size_t at = 0;
	for (const char *p = text; *p != '\0' && at + 2 < 160;) {
		bool digit = *p >= '0' && *p <= '9';
		struct words *to = digit ? numbers : words;
		if (*p == ' ') {
			p++;
			continue;
		}
		if (to->n < WORDS_MAX)
			to->w[to->n++] = room + at;
		while (*p != '\0' && *p != ' ' && (*p >= '0' && *p <= '9') == digit && at + 2 < 160)
			room[at++] = *p++;
		room[at++] = '\0';
	}
}

/* Numerals of Arabic and Persian, which folding leaves as they are, as ASCII. */
static void
plain_digits(char *text)
{
	char *to = text;
	for (const char *p = text; *p != '\0';) {
		unsigned char a = (unsigned char)p[0], b = (unsigned char)p[1];
		if (a == 0xd9 && b >= 0xa0 && b <= 0xa9) {
			*to++ = (char)('0' + (b - 0xa0));
			p += 2;
		} else if (a == 0xdb && b >= 0xb0 && b <= 0xb9) {
			*to++ = (char)('0' + (b - 0xb0));
			p += 2;
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
}

/* Which of two months of one name; 0: not said. */
static int
ordinal(const char *word)
{
	if (one_of(word, " i awwal awal aoual ula oula oola uwla اول الاول اولي الاولي "))
		return 1;
	return one_of(word, " ii thani thaniya thaniyah tani sani akhir akher akhira akhirah "
	    "اخر الاخر اخره الاخره الاخرة ثاني الثاني ثانيه الثانيه الثانية ") ? 2 : 0;
}

/* Spellings without articles and blanks, in Latin letters and in Arabic, as text_fold leaves them. */
static const char *const months[12] = {
	" muharram moharram mouharram muharam moharam محرم المحرم ",
	" safar صفر ",
	" rabi rabia rabie rebi rabiulawwal ربيع ",
	"",
	" jumada joumada jumad djoumada joumad jamadi جمادي جماد ",
	"",
	" rajab radjab redjeb rejeb رجب ",
	" shaban shaaban chaban chaabane chaaban cha3ban شعبان ",
	" ramadan ramadhan ramadane ramazan رمضان ",
	" shawwal shawal chawwal chawal chaoual شوال ",
	" dhuqada dhulqada dhuqadah dhulqadah dhuqida dhulqida zulqada zilqada doulkaada dhulkaada "
	    "dhoualqida ذوالقعده ذيالقعده ذوالقعدة ذيالقعدة ",
	" dhuhijja dhulhijja dhuhijjah dhulhijjah zulhijja zilhijja doulhijja dhoulhijja dhoualhijja "
	    "ذوالحجه ذيالحجه ذوالحجة ذيالحجة ",
};

static bool
is_era(const char *word)
{
	return one_of(word, " ah h hijri hidjri hijriya hegire hegira hégire ه هـ هجري هجريه هجرية للهجره للهجرة ");
}

/* The month that the words say; 0: none.  *era: they say which calendar it is. */
static int
month_of(const struct words *words, bool *era)
{
	char base[64] = "";
	int which = 0;
	size_t n = 0;
	*era = false;
	for (size_t i = 0; i < words->n; i++) {
		const char *w = words->w[i];
		int order = ordinal(w);
		bool marks = is_era(w) || (strcmp(w, "a") == 0 && i + 1 < words->n && strcmp(words->w[i + 1], "h") == 0);
		*era |= marks;
		if (marks || one_of(w, " al el ul ath ad as l of de "))
			continue;
		if (order > 0) {
			which = order;
			continue;
		}
		int len = snprintf(base + n, sizeof base - n, "%s", w);
		n += len > 0 && (size_t)len < sizeof base - n ? (size_t)len : 0;
	}
	for (int m = 0; m < 12 && base[0] != '\0'; m++)
		if (one_of(base, months[m]))
			return m == 2 || m == 4 ? (which == 0 ? -1 : m + which) : m + 1;
	return base[0] == '\0' && which == 0 ? 0 : -1;
}

static int
value(const char *digits)
{
	int v = 0;
	for (size_t i = 0; i < 5 && digits[i] != '\0'; i++)
		v = v * 10 + (digits[i] - '0');
	return v;
}

enum ent_err
record_islamic_parse(struct str in, struct record_date *out)
{
	char folded[160], room[160];
	struct words numbers = { .n = 0 }, words = { .n = 0 };
	bool era;
	int v[3] = { 0 };
	if (in.n > 100 || text_fold(in, folded, sizeof folded, NULL) != ENT_OK)
		return ENT_ESYNTAX;
	plain_digits(folded);
	split(folded, room, &numbers, &words);
	int month = month_of(&words, &era);
	if (month < 0 || (month == 0 && !era) || numbers.n == 0 || numbers.n + (month > 0) > 3)
		return ENT_ESYNTAX;
	for (size_t i = 0; i < numbers.n; i++)
		v[i] = value(numbers.w[i]);
	bool year_last = numbers.n > 1 && v[0] < 100;
	for (size_t i = 0; year_last && i < numbers.n / 2; i++) {
		int t = v[i];
		v[i] = v[numbers.n - 1 - i];
		v[numbers.n - 1 - i] = t;
	}
	struct record_date d = { .year = (int16_t)(v[0] > 9999 ? 0 : v[0]), .month = (int8_t)month };
	if (month > 0)
		d.day = (int8_t)(v[1] > 31 ? 31 : v[1]);
	if (month == 0) {
		d.month = (int8_t)(v[1] > 12 ? 13 : v[1]);
		d.day = (int8_t)(v[2] > 31 ? 31 : v[2]);
	}
	struct record_birth b;
	if ((numbers.n > 1 && v[1] == 0) || (numbers.n > 2 && v[2] == 0) || record_islamic_birth(d, &b) != ENT_OK)
		return ENT_EFIELD;
	*out = d;
	return ENT_OK;
}

void
record_islamic_format(struct record_date ah, char out[static RECORD_ISLAMIC_TEXT])
{
	unsigned y = (unsigned)ah.year % 10000u, m = (unsigned)ah.month % 100u, d = (unsigned)ah.day % 100u;
	if (m == 0)
		(void)snprintf(out, RECORD_ISLAMIC_TEXT, "%04u AH", y);
	else if (d == 0)
		(void)snprintf(out, RECORD_ISLAMIC_TEXT, "%04u-%02u AH", y, m);
	else
		(void)snprintf(out, RECORD_ISLAMIC_TEXT, "%04u-%02u-%02u AH", y, m, d);
}
