/* SPDX-License-Identifier: Apache-2.0
 *
 * A register's name held against the question, word by word, and what that is worth.
 *
 * Words meet greedily, best gain first.  A meeting weighs how rare it is that any word here is as like,
 * times the share that its likeness earns; MET is their sum, T the weight of what met, U what is left over
 * on a side.  LIKENESS = MET / (T + 0.70 min(Uq, Ur) + 0.29 max(Uq, Ur)), LITTLE = exp(-MET / 6.8).  These and
 * what is left over by place (first family name, given name) are the evidence; the score is its weighted sum
 * in log-odds (evidence.def; the constants were fitted: tests/eval/README.md).
 */
#include "match/score.h"

#include <stdlib.h>
#include <string.h>

#define LATE_WORDS 6u
#define BARE 800u /* what a name without its abd earns of its weight, thousandths */

uint32_t
match_role_weight(enum text_role role, uint32_t name)
{
	switch (role) {
	case TEXT_NAME: return name;
	case TEXT_INITIAL: return WEIGHT_INITIAL;
	case TEXT_KUNYA: return WEIGHT_KUNYA;
	case TEXT_PARTICLE: return WEIGHT_PARTICLE;
	case TEXT_ARTICLE: return WEIGHT_ARTICLE;
	case TEXT_TITLE: return WEIGHT_TITLE;
	case TEXT_LEGAL: return WEIGHT_LEGAL;
	}
	return 0;
}

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t
span(unsigned first, unsigned last)
{
	if (first > last) /* a name's last word and its first, as one */
		return (uint32_t)1 << first | (uint32_t)1 << last;
	return (uint32_t)(((uint64_t)2 << last) - ((uint64_t)1 << first));
}

static void
meet(struct meetings *out, struct meeting m)
{
	if (out->n < MATCH_MEETINGS_MAX)
		out->m[out->n++] = m;
}

/* A name meets a light word only where it is spelled alike; an article meets articles. */
static bool
may_meet(const struct item *it, const struct seen_token *t, unsigned likeness, bool joined)
{
	if (it->tok.role == t->role || joined)
		return true;
	if (it->tok.role == TEXT_ARTICLE || t->role == TEXT_ARTICLE)
		return false;
	return likeness >= MATCH_LIGHT_LIKE;
}

/* A letter and a name that begins with it, either way round. */
static void
meet_initial(const struct question *qn, const struct seen_name *n, size_t i, size_t j,
    struct meetings *out)
{
	const struct item *it = &qn->item[i];
	const struct seen_token *t = &n->tok[j];
	if (!n->org && match_is_initial(it, t) && match_same_initial(t->initial, it->tok.phones[0]))
		meet(out, (struct meeting){ INITIAL_GAIN, WEIGHT_INITIAL, 0, (uint8_t)i, (uint8_t)j,
			MATCH_INITIAL, false, 500 });
}

bool
match_is_initial(const struct item *it, const struct seen_token *t)
{
	bool joined = it->first != it->last || t->first < t->last;
	bool one = (it->tok.role == TEXT_INITIAL) != (t->role == TEXT_INITIAL);
	return one && !joined && t->phones_n > 0 && it->tok.phones_n > 0 &&
	    (it->tok.role == TEXT_NAME || t->role == TEXT_NAME);
}

static void
meet_like(const struct question *qn, const struct seen_name *n, const struct likely *like, size_t j,
    struct meetings *out)
{
	size_t i = like->item;
	const struct item *it = &qn->item[i];
	const struct seen_token *t = &n->tok[j];
	bool joined = it->first != it->last || t->first < t->last;
	bool initial = (it->tok.role == TEXT_INITIAL) != (t->role == TEXT_INITIAL);
	if ((i >= qn->parts && j >= n->parts) || (initial && n->org) || match_is_initial(it, t) ||
	    !may_meet(it, t, like->likeness, joined))
		return;
	uint32_t weight = least(it->weight, t->weight), own = weight;
	if (like->weight < weight && it->tok.role == TEXT_NAME)
		weight = like->weight;
	if (n->org && it->generic && weight > MATCH_GENERIC)
		weight = MATCH_GENERIC;
	uint32_t f = like->f;
	if (!joined && (i >= qn->parts || j >= n->parts)) /* abd was dropped on one side */
		f = f * BARE / 1000;
	bool light = it->tok.role != TEXT_NAME || t->role != TEXT_NAME;
	uint32_t poor = f < POOR_UNDER ? own * (POOR_UNDER - f) / POOR_UNDER : 0;
	meet(out, (struct meeting){ (uint32_t)((uint64_t)weight * f / 1000), weight, poor, (uint8_t)i,
		(uint8_t)j, (uint8_t)(joined ? MATCH_JOINED : light ? MATCH_PARTICLE : MATCH_SPELLING),
		it->tok.vowelled != t->vowelled, like->likeness });
}

/* Best first; a plain pair before a joined one; the likest, of one script; then by place, so that the order is
 * total.  By place last, for that depends on the order of the query's words. */
static bool
before(const struct meeting *a, const struct meeting *b)
{
	if (a->gain != b->gain)
		return a->gain > b->gain;
	if ((a->how == MATCH_JOINED) != (b->how == MATCH_JOINED))
		return b->how == MATCH_JOINED;
	if (a->likeness != b->likeness)
		return a->likeness > b->likeness;
	if (a->scripts != b->scripts)
		return b->scripts;
	if (a->item != b->item)
		return a->item < b->item;
	return a->token < b->token;
}

static int
by_gain(const void *pa, const void *pb)
{
	return before(pa, pb) ? -1 : 1;
}

/* Names have few words that meet: put in place one by one, unless somebody means harm. */
static void
sort_meetings(struct meetings *all)
{
	if (all->n > 24) {
		qsort(all->m, all->n, sizeof all->m[0], by_gain);
		return;
	}
	for (size_t i = 1; i < all->n; i++) {
		struct meeting m = all->m[i];
		size_t at = i;
		for (; at > 0 && before(&m, &all->m[at - 1]); at--)
			all->m[at] = all->m[at - 1];
		all->m[at] = m;
	}
}

/* One side's words, for what is left over of them. */
struct side {
	size_t n;
	uint8_t role[TEXT_TOKENS_MAX], place[TEXT_TOKENS_MAX];
	uint32_t weight[TEXT_TOKENS_MAX];
	uint32_t used, repeated; /* bits */
	bool alone;		 /* it is one name alone */
};

/* What is left over of a side's names, thousandths of a nat. */
struct left {
	uint32_t given, all;
};

/* Is that a name that is left over, and not one that was said before?  Light words are counted
 * here. */
static bool
is_left(const struct side *s, size_t i, int32_t *ev)
{
	if ((s->used >> i & 1) != 0)
		return false;
	bool repeated = s->role[i] == TEXT_NAME && (s->repeated >> i & 1) != 0;
	if (s->role[i] != TEXT_NAME)
		ev[EV_LIGHT] += (int32_t)s->weight[i];
	return s->role[i] == TEXT_NAME && !repeated;
}

/* Of each place the heaviest word that is left over, or n.  Where the writing tells family and given names
 * apart, of those before the first that met: the first family name says most.  Else the order of a query's
 * words says nothing.  The heaviest and not the first of these, lest one more stranger make less of another. */
static void
heaviest_left(const struct side *s, const bool *left, size_t out[3])
{
	bool met[3] = { false, false, false };
	out[0] = out[1] = out[2] = s->n;
	for (size_t i = 0; i < s->n; i++) {
		size_t place = s->place[i];
		met[place] |= s->role[i] == TEXT_NAME && !left[i] && place != TEXT_PLACE_UNKNOWN;
		if (left[i] && !met[place] && (out[place] == s->n || s->weight[i] > s->weight[out[place]]))
			out[place] = i;
	}
}

static void
left_of_query(const struct side *s, int32_t *ev, struct left *out)
{
	size_t heaviest[3];
	bool left[TEXT_TOKENS_MAX];
	for (size_t i = 0; i < s->n; i++)
		left[i] = is_left(s, i, ev);
	heaviest_left(s, left, heaviest);
	for (size_t i = 0; i < s->n; i++) {
		enum text_place place = (enum text_place)s->place[i];
		bool most = i == heaviest[place];
		int32_t weight = (int32_t)s->weight[i];
		if (!left[i])
			continue;
		out->all += s->weight[i];
		if (place == TEXT_PLACE_FAMILY)
			ev[most ? EV_Q_FAMILY : EV_Q_FAMILY_MORE] += weight;
		else if (place == TEXT_PLACE_GIVEN)
			ev[most ? EV_Q_GIVEN : EV_Q_GIVEN_MORE] += weight;
		else
			ev[most ? EV_Q_HEAVIEST : EV_Q_OTHER] += weight;
		bool family = place == TEXT_PLACE_FAMILY || (place == TEXT_PLACE_UNKNOWN && most);
		out->given += family ? 0 : s->weight[i];
	}
}

/* Of the register's name, whose order is the register's.  Who asks for one name alone says nothing of given
 * names: that one is left over does not speak against the family that met. */
static void
left_of_record(const struct side *s, bool alone, int32_t *ev, struct left *out)
{
	bool seen[3] = { false, false, false };
	size_t last = s->n;
	for (size_t i = 0; i < s->n; i++)
		if (s->role[i] == TEXT_NAME && s->place[i] == TEXT_PLACE_UNKNOWN)
			last = i;
	for (size_t i = 0; i < s->n; i++) {
		enum text_place place = (enum text_place)s->place[i];
		bool first = !seen[place];
		int32_t weight = (int32_t)s->weight[i];
		seen[place] |= s->role[i] == TEXT_NAME;
		if (!is_left(s, i, ev))
			continue;
		out->all += s->weight[i];
		if (place == TEXT_PLACE_FAMILY)
			ev[first ? EV_R_FAMILY : EV_R_FAMILY_MORE] += weight;
		else if (place == TEXT_PLACE_GIVEN)
			ev[first && !alone ? EV_R_GIVEN : EV_R_GIVEN_MORE] += weight;
		else
			ev[first ? EV_R_FIRST : i == last ? EV_R_LAST : EV_R_MIDDLE] += weight;
		bool family = place == TEXT_PLACE_FAMILY || i == last;
		out->given += family ? 0 : s->weight[i];
	}
}

/* Particles left over of a side right before a name that met: how many, thousandths. */
static int32_t
sons(const struct side *s)
{
	int32_t n = 0;
	for (size_t i = 0, next; i < s->n; i++) {
		for (next = i + 1; next < s->n && s->role[next] == TEXT_ARTICLE; next++)
			;
		if (s->role[i] == TEXT_PARTICLE && (s->used >> i & 1) == 0 && next < s->n &&
		    s->role[next] == TEXT_NAME && (s->used >> next & 1) != 0)
			n += 1000;
	}
	return n;
}

static void
sum_up(const struct side *q, const struct side *r, uint32_t met, uint32_t total, struct aligned *out)
{
	struct left ql = { 0 }, rl = { 0 };
	int32_t *ev = out->ev;
	left_of_query(q, ev, &ql);
	left_of_record(r, q->alone, ev, &rl);
	ev[EV_BASE] = 1000;
	ev[EV_MET] = (int32_t)met;
	ev[EV_SON] = sons(q) + sons(r);
	ev[EV_BOTH_GIVEN] = (int32_t)least(ql.given, rl.given);
	uint64_t less = least(ql.all, rl.all), more = ql.all + rl.all - less;
	uint64_t light = (uint64_t)ev[EV_LIGHT];
	uint64_t below = (uint64_t)total * 1000 + less * LEFT_BOTH + (more + light) * LEFT_ONE;
	ev[EV_LIKENESS] = below == 0 ? 0 : (int32_t)((uint64_t)met * 1000000 / below);
	ev[EV_LITTLE] = (int32_t)(match_exp_minus((uint32_t)((uint64_t)met * 1000 / LITTLE_SCALE)) / 1000);
}

const int32_t match_worths[EV_N][2] = {
#define EVIDENCE(name, worth, org) { worth, org },
#include "match/evidence.def"
#undef EVIDENCE
};

int32_t
match_worth(const int32_t *ev, bool org)
{
	int64_t sum = 0;
	for (size_t i = 0; i < EV_N; i++)
		sum += (int64_t)ev[i] * match_worths[i][org];
	return (int32_t)(sum / 1000);
}

/* Is a word somebody's child, by the roles of the two words before it? */
static bool
is_child(uint8_t before, uint8_t before_that)
{
	return before == TEXT_KUNYA || (before == TEXT_ARTICLE && before_that == TEXT_KUNYA);
}

/* A name on one side and the father or mother of one on the other: they met, and are two persons. */
static bool
meets_father(const struct question *qn, const struct seen_name *n, size_t i, size_t j)
{
	const struct item *it = qn->item;
	const struct seen_token *t = n->tok;
	bool asked = is_child(i > 0 ? it[i - 1].tok.role : TEXT_NAME, i > 1 ? it[i - 2].tok.role : TEXT_NAME);
	return asked != is_child(j > 0 ? t[j - 1].role : TEXT_NAME, j > 1 ? t[j - 2].role : TEXT_NAME);
}

static void
note_pair(const struct question *qn, const struct seen_name *n, const struct meeting *m, int32_t *ev)
{
	const struct item *it = &qn->item[m->item];
	const struct seen_token *t = &n->tok[m->token];
	int32_t gain = (int32_t)m->gain;
	if (m->how == MATCH_JOINED)
		ev[EV_JOINED] += gain;
	else if (m->how == MATCH_INITIAL)
		ev[EV_INITIAL] += gain;
	else if (m->how == MATCH_SPELLING && (it->tok.phones_n <= 3 || t->phones_n <= 3))
		ev[EV_SHORT] += gain;
	ev[EV_POOR] += (int32_t)m->poor;
	if (it->tok.vowelled != t->vowelled)
		ev[t->vowelled ? EV_SCRIPTS : EV_UNWRITTEN] = 1000;
	if (m->how == MATCH_SPELLING && meets_father(qn, n, it->first, t->first))
		ev[EV_FATHER] += gain;
}

/* Abdikadir Mohamed Abdikadir: who is said again behind others, and nobody else is, is the grandfather, and
 * not the same name in another spelling. */
static bool
is_grandfather(const struct seen_name *n, const struct side *r)
{
	size_t again = TEXT_TOKENS_MAX;
	for (size_t j = 0; j < r->n; j++) {
		if (n->tok[j].role != TEXT_NAME || (r->repeated >> j & 1) == 0)
			continue;
		if (again < r->n)
			return false;
		again = j;
	}
	if (again >= r->n)
		return false;
	bool between = false, other = false, seen = false;
	for (size_t j = 0; j < r->n; j++) {
		if (n->tok[j].role != TEXT_NAME)
			continue;
		bool same = n->tok[j].sound == n->tok[again].sound;
		between |= same && seen && other;
		seen |= same;
		other |= seen && !same;
	}
	return between;
}

static void
sides(const struct question *qn, const struct seen_name *n, struct side *q, struct side *r)
{
	q->n = qn->parts;
	r->n = n->parts;
	for (size_t i = 0; i < q->n; i++) {
		q->role[i] = qn->item[i].tok.role;
		q->place[i] = qn->item[i].tok.place;
		q->weight[i] = qn->item[i].weight;
		for (size_t k = 0; k < q->n; k++)
			if (k != i && ((q->used >> k & 1) != 0) && qn->item[k].sound == qn->item[i].sound)
				q->repeated |= (uint32_t)1 << i;
	}
	for (size_t j = 0; j < r->n; j++) {
		r->role[j] = n->tok[j].role;
		r->place[j] = n->tok[j].place;
		r->weight[j] = n->tok[j].weight;
		for (size_t k = 0; k < r->n; k++)
			if (k != j && ((r->used >> k & 1) != 0) && n->tok[k].sound == n->tok[j].sound)
				r->repeated |= (uint32_t)1 << j;
	}
	if (is_grandfather(n, r))
		r->repeated = 0;
}

#define LATE_LIKE 800u

static void
token_of(const struct seen_token *t, struct text_token *out)
{
	*out = (struct text_token){ .vowelled = t->vowelled, .phones_n = t->phones_n };
	memcpy(out->phones, t->phones, t->phones_n);
}

/* How like one long word is two of the other side said together. */
static unsigned
like_two(const struct text_token *one, const struct text_token *a, const struct text_token *b)
{
	struct text_token two = *a;
	size_t n = a->phones_n, more = b->phones_n;
	if (n + more > TEXT_PHONES_MAX || n + more + 3 < one->phones_n || n + more > one->phones_n + 3u)
		return 0;
	memcpy(two.phones + n, b->phones, more + 1);
	two.phones_n = (uint8_t)(n + more);
	two.vowelled = a->vowelled && b->vowelled;
	return text_similarity_over(one, &two, LATE_LIKE);
}

static void
take_late(struct aligned *out, const struct paired *p, uint32_t query, uint32_t record, unsigned like,
    uint32_t *met, uint32_t *total)
{
	uint32_t gain = p->weight / 1000 * like;
	out->query_used |= query;
	out->record_used |= record;
	out->solid += 2;
	out->ev[EV_JOINED] += (int32_t)gain;
	*met += gain;
	*total += p->weight;
	if (out->pairs < MATCH_PAIRS_MAX)
		out->pair[out->pairs++] = *p;
}

/* Words left over on both sides that are one word on the other: "Jafari Bandarabadi", Jafaribandarabadi;
 * also in the other order. */
static void
join_late(const struct question *qn, const struct seen_name *n, struct aligned *out, uint32_t *met,
    uint32_t *total)
{
	uint8_t q[TEXT_TOKENS_MAX], r[TEXT_TOKENS_MAX];
	struct text_token rt[LATE_WORDS];
	size_t qs = 0, rs = 0;
	for (size_t i = 0; i < qn->parts && qs < LATE_WORDS; i++)
		if ((out->query_used >> i & 1) == 0 && qn->item[i].tok.role == TEXT_NAME)
			q[qs++] = (uint8_t)i;
	for (size_t j = 0; j < n->parts && rs < LATE_WORDS; j++)
		if ((out->record_used >> j & 1) == 0 && n->tok[j].role == TEXT_NAME) {
			token_of(&n->tok[j], &rt[rs]);
			r[rs++] = (uint8_t)j;
		}
	for (size_t i = 0; i < qs; i++)
		for (size_t j = 0; j < rs; j++) {
			const struct text_token *qt = &qn->item[q[i]].tok;
			for (size_t k = 0; k < rs && qt->phones_n >= LATE_LONG; k++) {
				uint32_t bits = (uint32_t)1 << r[j] | (uint32_t)1 << r[k];
				unsigned like = j == k || (out->record_used & bits) != 0 ||
					(out->query_used >> q[i] & 1) != 0 ? 0 : like_two(qt, &rt[j], &rt[k]);
				uint32_t weight = least(qn->item[q[i]].weight, n->tok[r[j]].weight + n->tok[r[k]].weight);
				if (like >= LATE_LIKE)
					take_late(out, &(struct paired){ q[i], r[j], MATCH_JOINED, (uint16_t)like,
						weight }, (uint32_t)1 << q[i], bits, like, met, total);
			}
			for (size_t k = 0; k < qs && rt[j].phones_n >= LATE_LONG; k++) {
				uint32_t bits = (uint32_t)1 << q[i] | (uint32_t)1 << q[k];
				unsigned like = i == k || (out->query_used & bits) != 0 ||
					(out->record_used >> r[j] & 1) != 0 ? 0 :
					like_two(&rt[j], qt, &qn->item[q[k]].tok);
				uint32_t weight = least(n->tok[r[j]].weight, qn->item[q[i]].weight + qn->item[q[k]].weight);
				if (like >= LATE_LIKE)
					take_late(out, &(struct paired){ q[i], r[j], MATCH_JOINED, (uint16_t)like,
						weight }, bits, (uint32_t)1 << r[j], like, met, total);
			}
		}
}

static void
collect(const struct question *qn, const struct seen_name *n, struct meetings *all)
{
	all->n = 0;
	for (size_t j = 0; j < n->tokens; j++)
		for (const struct likely *l = n->tok[j].like; l != NULL; l = l->next)
			meet_like(qn, n, l, j, all);
	for (size_t i = 0; i < qn->parts; i++)
		for (size_t j = 0; j < n->parts && (qn->initials || n->initials); j++)
			meet_initial(qn, n, i, j, all);
	sort_meetings(all);
}

void
match_align(const struct question *qn, const struct seen_name *n, bool thorough, struct aligned *out)
{
	struct meetings *all = qn->meetings;
	uint32_t met = 0, total = 0;
	collect(qn, n, all);
	out->pairs = 0;
	out->query_used = out->record_used = 0;
	out->solid = 0;
	memset(out->ev, 0, sizeof out->ev);
	for (size_t k = 0; k < all->n && out->pairs < MATCH_PAIRS_MAX; k++) {
		const struct meeting *m = &all->m[k];
		uint32_t qs = span(qn->item[m->item].first, qn->item[m->item].last);
		uint32_t rs = span(n->tok[m->token].first, n->tok[m->token].last);
		if ((out->query_used & qs) != 0 || (out->record_used & rs) != 0)
			continue;
		out->query_used |= qs;
		out->record_used |= rs;
		met += m->gain;
		total += m->weight;
		note_pair(qn, n, m, out->ev);
		out->solid += m->how == MATCH_JOINED ? 2 : m->how == MATCH_SPELLING;
		out->pair[out->pairs++] = (struct paired){ m->item, m->token, m->how, m->likeness,
			m->weight };
	}
	if (thorough)
		join_late(qn, n, out, &met, &total);
	struct side q = { .used = out->query_used, .alone = qn->alone }, r = { .used = out->record_used };
	sides(qn, n, &q, &r);
	sum_up(&q, &r, met, total, out);
	out->ev[EV_WEAK] = n->weak ? 1000 : 0;
	out->score = match_worth(out->ev, n->org);
}
