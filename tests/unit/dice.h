/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers from a seed, the same everywhere (splitmix64).
 */
#ifndef ENT_TESTS_DICE_H
#define ENT_TESTS_DICE_H

#include <stdint.h>

static inline uint64_t
roll(uint64_t *seed)
{
	uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

#endif
