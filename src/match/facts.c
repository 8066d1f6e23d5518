/* SPDX-License-Identifier: Apache-2.0
 *
 * Full birth dates to records.
 */
#include "match/index.h"

uint32_t
match_fact_birth(const struct match_date *d)
{
	uint8_t b[5] = { 'B', (uint8_t)(d->year >> 8), (uint8_t)d->year, d->month, d->day };
	return (uint32_t)match_hash(b, sizeof b);
}
