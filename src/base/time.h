/* SPDX-License-Identifier: Apache-2.0
 *
 * base/time: time as microseconds since 1970-01-01 UTC, and its text form (RFC 3339, always Z).
 */
#ifndef ENT_BASE_TIME_H
#define ENT_BASE_TIME_H

#include "base/bytes.h"

typedef int64_t ent_time;

#define ENT_SECOND ((ent_time)1000000)
#define ENT_HOUR (3600 * ENT_SECOND)
#define ENT_DAY (24 * ENT_HOUR)
#define ENT_TIME_TEXT 28 /* "2026-11-23T10:00:00.000000Z" and NUL */
#define ENT_DATE_TEXT 11 /* "2026-11-23" and NUL */

ent_time clock_now(void);	/* wall clock; only ops, wire and cmd may call it */
int64_t clock_mono_us(void);	/* for deadlines and durations */

void time_format(ent_time t, char out[static ENT_TIME_TEXT]);
void date_format(ent_time t, char out[static ENT_DATE_TEXT]);
/* Accepts "2026-11-23" (midnight) and RFC 3339 with Z and up to 6 decimals; years 1..9999. */
ENT_CHECK enum ent_err time_parse(struct str in, ent_time *out);
/* Days since 1970-01-01 of a Gregorian date; ESYNTAX if there is no such day. */
ENT_CHECK enum ent_err date_days(int year, int month, int day, int64_t *days);

#endif
