/* SPDX-License-Identifier: Apache-2.0
 *
 * How rare a sound is, as of an epoch.
 */
#include "match/index.h"

/* Frequencies lean on an imagined register of PRIOR tokens in which each name is one of PRIOR_RARE:
 * in a small register one namesake is no proof of frequency.  Where statistics of a population are loaded,
 * a name has as many bearers of that register as of the population. */
#define PRIOR 6000u
#define PRIOR_RARE 10000u

uint32_t
match_epoch_count(const struct epoch *e, uint32_t print)
{
	if (e->slots_n == 0)
		return 0;
	for (uint32_t at = match_epoch_slot(print, e->slots_n);; at = at + 1 < e->slots_n ? at + 1 : 0) {
		const uint32_t *slot = e->slots + (size_t)at * 2;
		if (slot[0] == print)
			return slot[1];
		if (slot[0] == 0)
			return 0;
	}
}

uint32_t
match_imagined_names(uint64_t share)
{
	uint64_t some = share * PRIOR / 1000000u, anyway = (uint64_t)PRIOR * 1000 / PRIOR_RARE; /* thousandths */
	return some <= anyway ? 0 : (uint32_t)((some - anyway + 500) / 1000);
}

uint32_t
match_rarity(const struct epoch *e, uint64_t names)
{
	uint64_t all = ((uint64_t)e->names + PRIOR) * PRIOR_RARE;
	uint64_t some = names * PRIOR_RARE + PRIOR;
	uint32_t a = match_ln(all), b = match_ln(some);
	return a > b ? a - b : 0;
}

uint32_t
match_sound_weight(const struct epoch *e, const char *code)
{
	return match_rarity(e, match_epoch_count(e, match_sound_print(code)));
}
