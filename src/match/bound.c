/* SPDX-License-Identifier: Apache-2.0
 *
 * What a name may score at most, before it is looked at: from the lists that it stands in.
 *
 * Of the evidence only likeness, what met, and another script can speak for a name; all else speaks
 * against it or not at all: the assertions below look at that.  What speaks against it and is known
 * beforehand is counted: words of the question without a partner, and words that meet poorly.
 *
 * What is below the line of likeness, T + both (less) + one (more), is linear in what meets, in one of
 * two ways as either side is left with less.  A meeting takes the weights q and r from what is left over
 * and adds one to T.  Were all equal it would change nothing (LEFT_BOTH + LEFT_ONE is 1 at most); what it
 * may take from the line beyond that is its excess.  Light words and words said twice count less when
 * they are left over: both sides' sums are without them.
 */
#include "match/score.h"

_Static_assert(LEFT_BOTH + LEFT_ONE <= 1000 && LEFT_ONE <= LEFT_BOTH, "the bound rests on it");
#define TANGENT_SLACK 60000 /* millionths of score: what roundings of the tangent come to, and more */
#define HELPS(name) (EV_##name == EV_LIKENESS || EV_##name == EV_MET || EV_##name == EV_INITIAL || \
    EV_##name == EV_SCRIPTS || EV_##name == EV_BASE)
#define EVIDENCE(name, worth, org) \
	_Static_assert(HELPS(name) || ((worth) <= 0 && (org) <= 0), #name " would lift a name over its bound");
#include "match/evidence.def"
#undef EVIDENCE

/* ---- what one meeting is worth -------------------------------------------------------------------------- */

struct match_worth
match_bound_initial(uint32_t query, uint32_t record, uint32_t missing)
{
	struct match_worth w = match_bound_pair(WEIGHT_INITIAL, INITIAL_GAIN * 1000 / WEIGHT_INITIAL, query, record);
	int64_t worth = (int64_t)match_worths[EV_INITIAL][0] * INITIAL_GAIN / 1000;
	/* what an initial is worth beside is counted as gain, where gain is worth something */
	if (worth > 0 && match_worths[EV_MET][0] > 0)
		w.gain += (uint32_t)(worth * 1000 / match_worths[EV_MET][0]);
	/* or it costs, and what no longer speaks against the name is less by that */
	int64_t lift = (int64_t)missing + (worth < 0 ? worth + 1 : 0);
	w.lift = lift > 0 ? (uint32_t)lift : 0;
	return w;
}

int32_t
match_bound_letters(size_t letters)
{
	int32_t worth = match_worths[EV_INITIAL][0];
	int32_t one = worth > 0 ? (int32_t)(worth * (int32_t)INITIAL_GAIN / 1000) : 0;
	return (int32_t)letters * one;
}

uint32_t
match_bound_poor(uint32_t own, uint32_t f, bool org)
{
	uint64_t poor = f < POOR_UNDER ? (uint64_t)own * (POOR_UNDER - f) / POOR_UNDER : 0;
	return (uint32_t)(poor * (uint64_t)-match_worths[EV_POOR][org] / 1000);
}

/* At whichever place it counts less: what is the heaviest depends on what else meets. */
uint32_t
match_bound_missing(enum text_place place, bool org, uint32_t weight)
{
	size_t at = place == TEXT_PLACE_FAMILY ? EV_Q_FAMILY : place == TEXT_PLACE_GIVEN ? EV_Q_GIVEN : EV_Q_HEAVIEST;
	int64_t most = match_worths[at][org], other = match_worths[at + 1][org];
	return (uint32_t)((uint64_t)weight * (uint64_t)-(most > other ? most : other) / 1000);
}

uint32_t
match_bound_left(enum text_place place, bool first, bool last, bool org)
{
	size_t more = place == TEXT_PLACE_FAMILY ? (first ? 0 : 1) : place == TEXT_PLACE_GIVEN ? (first ? 2 : 3) :
	    first ? 4 : last ? 5 : 6;
	return (uint32_t)-match_worths[EV_R_FAMILY + more][org];
}

int32_t
match_bound_always(bool weak, bool unwritten, bool org)
{
	return (weak ? match_worths[EV_WEAK][org] : 0) + (unwritten ? match_worths[EV_UNWRITTEN][org] : 0);
}

uint32_t
match_bound_scripts(void)
{
	int32_t most = 0;
	for (size_t org = 0; org < 2; org++)
		most = match_worths[EV_SCRIPTS][org] > most ? match_worths[EV_SCRIPTS][org] : most;
	return (uint32_t)most;
}

/* ---- all of them ---------------------------------------------------------------------------------------- */

/* In thousandths of the unit of weights, as sum_up has it. */
static uint64_t
line(uint32_t query, uint32_t record)
{
	uint64_t less = query < record ? query : record, more = query < record ? record : query;
	return less * LEFT_BOTH + more * LEFT_ONE;
}

static int64_t
little_of(uint64_t gain)
{
	return match_exp_minus((uint32_t)(gain * 1000 / LITTLE_SCALE)) / 1000;
}

/* All that the bound says but likeness itself, in millionths. */
static inline int64_t
beside_likeness(uint64_t gain, int64_t little, bool org)
{
	return (int64_t)1000 * match_worths[EV_BASE][org] + little * match_worths[EV_LITTLE][org] +
	    (int64_t)gain * match_worths[EV_MET][org];
}

int32_t
match_bound(const struct match_sum *s, const struct match_bounds *b, uint32_t record)
{
	uint64_t below = line(b->query, record), least_below = s->gain * 1000;
	below = below > s->excess + least_below ? below - s->excess : least_below;
	int64_t likeness = below == 0 ? 0 : (int64_t)(s->gain * 1000000 / below);
	int64_t best = INT64_MIN, little = little_of(s->gain);
	for (size_t org = 0; org < 2; org++) {
		if ((b->kinds >> org & 1) == 0)
			continue;
		int64_t sum = beside_likeness(s->gain, little, org != 0) +
		    likeness * match_worths[EV_LIKENESS][org] - ((int64_t)b->missing[org] - (int64_t)s->lift) * 1000;
		best = sum > best ? sum : best;
	}
	/* the score's division cuts towards zero */
	return (int32_t)(best >= 0 ? best / 1000 : -(-best / 1000));
}

/* What gains say beside likeness is the same for all questions. */
static void
fill_aim(struct match_aim *out, unsigned shift)
{
	if (out->filled && out->shift == shift)
		return;
	out->filled = true;
	out->shift = shift;
	for (size_t i = 0; i <= MATCH_AIM_STEPS; i++)
		for (size_t org = 0; org < 2; org++) {
			uint64_t gain = (uint64_t)i << shift;
			out->beside[i][org] = beside_likeness(gain, little_of(gain), org != 0);
		}
}

void
match_bound_aim(const struct match_bounds *b, int32_t least, uint64_t most, struct match_aim *out)
{
	unsigned shift = 0;
	while (((uint64_t)MATCH_AIM_STEPS << shift) <= most)
		shift++;
	fill_aim(out, shift);
	for (size_t i = 0; i <= MATCH_AIM_STEPS; i++)
		for (size_t org = 0; org < 2; org++)
			out->want[i][org] = ((int64_t)least - 1 + b->missing[org]) * 1000 - out->beside[i][org];
}

bool
match_bound_reaches(const struct match_sum *s, const struct match_bounds *b, const struct match_aim *aim,
    uint32_t record)
{
	uint64_t below = line(b->query, record), least_below = s->gain * 1000;
	below = below > s->excess + least_below ? below - s->excess : least_below;
	uint64_t at = s->gain == 0 ? 0 : ((s->gain - 1) >> aim->shift) + 1;
	if (at > MATCH_AIM_STEPS)
		return true;
	for (size_t org = 0; org < 2; org++) {
		if ((b->kinds >> org & 1) == 0)
			continue;
		int64_t need = aim->want[at][org] - (int64_t)s->lift * 1000;
		if (need <= 0 ||
		    (uint64_t)match_worths[EV_LIKENESS][org] * s->gain * 1000000 >= (uint64_t)need * below)
			return true;
	}
	return false;
}

/* What speaks for a name beside likeness, its gain alone, bends: the tangent at any gain is over it.  A score of `least`
 * then is gain (worth + slope below) + excess first + lift below >= first below, where first is what likeness
 * must bring at no gain by the tangent; the tangent at the gain that just suffices says most. */
static struct match_need
need_of(const struct match_aim *aim, uint64_t below, size_t org)
{
	const uint64_t worth = (uint64_t)match_worths[EV_LIKENESS][org] * 1000;
	size_t i = 0;
	while (i < MATCH_AIM_STEPS && aim->want[i][org] > 0 &&
	    (uint64_t)aim->want[i][org] * below > ((uint64_t)i << aim->shift) * worth)
		i++;
	uint64_t gain = (uint64_t)i << aim->shift;
	int64_t bend = (int64_t)match_exp_minus((uint32_t)(gain * 1000 / LITTLE_SCALE)) *
	    -match_worths[EV_LITTLE][org] / LITTLE_SCALE / 1000;
	int64_t slope = match_worths[EV_MET][org] + bend;
	int64_t first = aim->want[i][org] + slope * (int64_t)gain - TANGENT_SLACK;
	if (first <= 0 || slope < 0)
		return (struct match_need){ 0, 0, 0 };
	uint64_t all = worth + (uint64_t)slope * below, excess = (uint64_t)first * 1000 / all + 1;
	return (struct match_need){ .gain = (uint64_t)first * below / all,
		.excess = (uint32_t)(excess < 1000 ? excess : 1000),
		.lift = (uint32_t)(below * 1000000 / all + 1) };
}

void
match_bound_need(const struct match_bounds *b, const struct match_aim *aim, uint32_t record,
    struct match_need *out)
{
	*out = (struct match_need){ UINT64_MAX, 0, 0 };
	for (size_t org = 0; org < 2; org++) {
		if ((b->kinds >> org & 1) == 0)
			continue;
		struct match_need own = need_of(aim, line(b->query, record) / 1000, org);
		out->gain = own.gain < out->gain ? own.gain : out->gain;
		out->excess = own.excess > out->excess ? own.excess : out->excess;
		out->lift = own.lift > out->lift ? own.lift : out->lift;
	}
}

uint64_t
match_need_part(const struct match_need *n, struct match_worth w)
{
	return w.gain + ((uint64_t)w.excess * n->excess + 999999) / 1000000 +
	    ((uint64_t)w.lift * n->lift + 999) / 1000;
}
