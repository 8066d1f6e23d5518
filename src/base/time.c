/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <stdio.h>
#include <time.h>

ent_time
clock_now(void)
{
	struct timespec ts;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

int64_t
clock_mono_us(void)
{
	struct timespec ts;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

/* Days from civil date and back, after H. Hinnant's public-domain note "chrono-Compatible
 * Low-Level Date Algorithms": eras of 400 years that begin on 1 March. */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
civil_from_days(int64_t z, int64_t *y, int *m, int *d)
{
	z += 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

enum ent_err
date_days(int year, int month, int day, int64_t *days)
{
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
		return ENT_ESYNTAX;
	int64_t n = days_from_civil(year, month, day), y;
	int m, d;
	civil_from_days(n, &y, &m, &d);
	if (m != month || d != day)
		return ENT_ESYNTAX;
	*days = n;
	return ENT_OK;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void
date_format(ent_time t, char out[static ENT_DATE_TEXT])
{
	int64_t y;
	int m, d;
	civil_from_days(floor_div(t, ENT_DAY), &y, &m, &d);
	if (y < 1 || y > 9999)
		ENT_BUG("time outside years 1 to 9999");
	(void)snprintf(out, ENT_DATE_TEXT, "%04u-%02u-%02u", (unsigned)y % 10000u,
	    (unsigned)m % 100u, (unsigned)d % 100u);
}

void
time_format(ent_time t, char out[static ENT_TIME_TEXT])
{
	char date[ENT_DATE_TEXT];
	date_format(t, date);
	int64_t us = t - floor_div(t, ENT_DAY) * ENT_DAY;
	unsigned s = (unsigned)(us / ENT_SECOND);
	(void)snprintf(out, ENT_TIME_TEXT, "%sT%02u:%02u:%02u.%06uZ", date, s / 3600u % 24u,
	    s / 60u % 60u, s % 60u, (unsigned)(us % ENT_SECOND) % 1000000u);
}

/* Exactly n digits at p[*at], which moves past them; -1 if there are not. */
static int
digits(struct str in, size_t *at, size_t n)
{
	int v = 0;
	if (in.n - *at < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		char c = in.p[*at + i];
		if (c < '0' || c > '9')
			return -1;
		v = v * 10 + (c - '0');
	}
	*at += n;
	return v;
}

static bool
skip(struct str in, size_t *at, char c)
{
	if (*at >= in.n || in.p[*at] != c)
		return false;
	(*at)++;
	return true;
}

/* "T10:00:00[.000000]Z" at *at, as microseconds of the day; -1 if malformed. */
static int64_t
parse_clock(struct str in, size_t *at)
{
	if (!skip(in, at, 'T'))
		return -1;
	int h = digits(in, at, 2);
	if (!skip(in, at, ':'))
		return -1;
	int m = digits(in, at, 2);
	if (!skip(in, at, ':'))
		return -1;
	int s = digits(in, at, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
		return -1;
	int64_t us = (((int64_t)h * 60 + m) * 60 + s) * ENT_SECOND;
	if (skip(in, at, '.')) {
		int64_t unit = ENT_SECOND / 10;
		size_t from = *at;
		for (int d; unit > 0 && (d = digits(in, at, 1)) >= 0; unit /= 10)
			us += d * unit;
		if (*at == from)
			return -1;
	}
	return skip(in, at, 'Z') ? us : -1;
}

enum ent_err
time_parse(struct str in, ent_time *out)
{
	size_t at = 0;
	int64_t days, us = 0;
	int y = digits(in, &at, 4);
	if (y < 0 || !skip(in, &at, '-'))
		return ENT_ESYNTAX;
	int m = digits(in, &at, 2);
	if (m < 0 || !skip(in, &at, '-'))
		return ENT_ESYNTAX;
	int d = digits(in, &at, 2);
	if (d < 0 || date_days(y, m, d, &days) != ENT_OK)
		return ENT_ESYNTAX;
	if (at < in.n)
		us = parse_clock(in, &at);
	if (us < 0 || at != in.n)
		return ENT_ESYNTAX;
	*out = days * ENT_DAY + us;
	return ENT_OK;
}
