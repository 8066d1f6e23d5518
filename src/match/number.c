/* SPDX-License-Identifier: Apache-2.0
 *
 * Logarithm and exponential in integers, so that two services get the same bytes.
 */
#include "match/index.h"

/* 1000000 ln(1 + i / 32) */
static const uint32_t ln_table[33] = {
	0, 30772, 60625, 89612, 117783, 145182, 171850, 197826, 223144, 247836, 271934, 295464,
	318454, 340927, 362905, 384412, 405465, 426084, 446287, 466090, 485508, 504556, 523248,
	541597, 559616, 577315, 594707, 611802, 628609, 645138, 661398, 677399, 693147,
};

/* 1000000 exp(-i / 4) */
static const uint32_t exp_table[65] = {
	1000000, 778801, 606531, 472367, 367879, 286505, 223130, 173774, 135335, 105399, 82085,
	63928, 49787, 38774, 30197, 23518, 18316, 14264, 11109, 8652, 6738, 5248, 4087, 3183,
	2479, 1930, 1503, 1171, 912, 710, 553, 431, 335, 261, 203, 158, 123, 96, 75, 58, 45, 35,
	28, 21, 17, 13, 10, 8, 6, 5, 4, 3, 2, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
};

#define LN2_MICRO 693147u

uint32_t
match_ln(uint64_t x)
{
	if (x <= 1)
		return 0;
	unsigned bits = 63u - (unsigned)__builtin_clzll(x);
	/* the 32 bits after the leading one: five choose the step, the rest lie within it */
	uint64_t mantissa = bits >= 32 ? (x >> (bits - 32)) : (x << (32 - bits));
	uint32_t fraction = (uint32_t)mantissa;
	unsigned step = fraction >> 27;
	uint64_t within = fraction & 0x7ffffffu;
	uint64_t micro = ln_table[step] +
	    (((uint64_t)(ln_table[step + 1] - ln_table[step]) * within) >> 27);
	return (uint32_t)((micro + (uint64_t)bits * LN2_MICRO) / 1000);
}

uint32_t
match_exp_minus(uint32_t milli)
{
	uint32_t step = milli / 250, within = milli % 250;
	if (step >= 64)
		return 0;
	return exp_table[step] - (exp_table[step] - exp_table[step + 1]) * within / 250;
}

uint32_t
match_one_in(uint32_t milli)
{
	uint32_t share = match_exp_minus(milli);
	return share == 0 ? 10000000u : (1000000u + share / 2) / share;
}
