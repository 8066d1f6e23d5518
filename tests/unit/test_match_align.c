/* SPDX-License-Identifier: Apache-2.0
 *
 * The alignment's score: its upper bound, and what more evidence does to it.
 */
#include "match/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct dice {
	uint64_t state;
};

static uint32_t
roll(struct dice *d, uint32_t sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(d->state >> 33) % sides;
}

/* A name of one to six words; particles, initials, commas, capitals and Arabic among them. */
static void
invent(struct dice *d, char out[static 256])
{
	static const char *const words[] = { "mohamed", "ahmed", "BENALI", "van", "der", "Berg", "al", "abd", "Karim",
		"Youssef", "ivanovich", "J", "M", "ben", "Nour", "eddine", "محمد", "بن", "يوسف", "Petrov", "Петров",
		"Kim", "Su", "Yong", "Garcia", "Lopez,", "haji", "abou", "Bakr", "Jafaribandar", "jafari", "bandar" };
	size_t n = 0, k = 1 + roll(d, 6);
	for (size_t i = 0; i < k; i++)
		n += (size_t)snprintf(out + n, 256 - n, "%s%s", i > 0 ? " " : "",
		    words[roll(d, sizeof words / sizeof words[0])]);
}

/* The bound from what met: exactly what a search adds up, but for what might meet beside. */
static int32_t
bound_of(const struct epoch *e, const struct question *qn, const struct seen_name *n, const struct aligned *al,
    uint32_t total)
{
	struct match_bounds b = { .query = qn->total, .kinds = n->org ? 2 : 1,
		.missing = { qn->missing[0], qn->missing[1] } };
	struct match_sum sum = { (uint64_t)al->ev[EV_MET], 0, al->ev[EV_SCRIPTS] > 0 ? match_bound_scripts() : 0 };
	for (size_t i = 0; i < qn->parts; i++)
		sum.lift += (al->query_used >> i & 1) != 0 ? qn->item[i].missing[n->org] : 0;
	for (size_t i = 0; i < al->pairs; i++) {
		const struct item *it = &qn->item[al->pair[i].item];
		const struct seen_token *t = &n->tok[al->pair[i].token];
		uint32_t taken = 0; /* a name that sounds as a light word is not of the total */
		for (size_t k = t->first; k <= t->last; k++)
			taken += n->tok[k].role != TEXT_NAME ? 0 : match_rarity(e, match_epoch_count(e, n->tok[k].sound));
		sum.excess += match_bound_pair(al->pair[i].weight, 1000, it->span, taken).excess;
		if (al->pair[i].how == MATCH_INITIAL)
			sum.lift -= it->missing[n->org] - match_bound_initial(it->span, taken, it->missing[n->org]).lift;
	}
	return match_bound(&sum, &b, total);
}

static void
test_no_alignment_scores_over_its_bound(void **state)
{
	(void)state;
	struct dice d = { 20261123 };
	struct match_index *x = match_index_new();
	struct hunt *h = hunt_new();
	char text[256], id[16];
	const char *name = text;
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(id, sizeof id, "n%u", i);
		invent(&d, text);
		struct match_entry e = { .id = id, .type = i % 5 == 0 ? RTYPE_ORG : RTYPE_PERSON, .names = &name,
			.names_n = 1 };
		assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	}
	match_settle(x);
	const struct part *p = x->held[0]->p;
	h->epoch = &x->epoch;
	hunt_room(h, p->words);
	for (unsigned i = 0; i < 200; i++) {
		invent(&d, text);
		struct match_query q = { .name = text, .top = 1 };
		assert_int_equal(match_question_read(&q, &h->qn, NULL), ENT_OK);
		match_question_items(h->epoch, &h->qn);
		h->bounds.kinds = 3;
		likes_collect(h, p);
		plan_openings(h, p);
		for (uint32_t k = 0; k < p->names; k++) {
			struct part_name n;
			part_name_read(p, k, &n);
			weigh_seen(h, p, k, &h->seen);
			match_align(&h->qn, &h->seen, false, &h->aligned);
			int32_t bound = bound_of(h->epoch, &h->qn, &h->seen, &h->aligned,
			    (uint32_t)n.total * PART_UNIT);
			if (h->aligned.score > bound)
				print_error("%s | name %u: %d over %d\n", text, k, h->aligned.score, bound);
			assert_true(h->aligned.score <= bound);
			bound = weigh_bound(h, p, &n, INT32_MIN);
			if (h->aligned.score > bound)
				print_error("%s | name %u: %d over %d, from its words\n", text, k,
				    h->aligned.score, bound);
			assert_true(h->aligned.score <= bound);
		}
		likes_clear(h);
	}
	hunt_free(h);
	match_index_free(x);
}

static void
test_the_bound_grows_with_what_may_meet(void **state)
{
	(void)state;
	const struct match_bounds b = { .query = 9000, .kinds = 3, .missing = { 1500, 0 } };
	for (uint32_t met = 500; met < 40000; met += 500)
		for (int32_t least = -9000; least < 4000; least += 1000) {
			struct match_aim aim = { .filled = false };
			struct match_sum sum = { met, 700000, met / 20 }, more = { met + 500, 700000, met / 20 },
					 lifted = { met, 700000, met / 20 + 100 };
			int32_t bound = match_bound(&sum, &b, 5000);
			match_bound_aim(&b, least, 40500, &aim);
			assert_true(bound <= match_bound(&more, &b, 5000));
			assert_true(bound <= match_bound(&lifted, &b, 5000));
			if (bound >= least)
				assert_true(match_bound_reaches(&sum, &b, &aim, 5000));
		}
}

/* Lists are opened, and names survive, by a line under which no bound reaches what is aimed at. */
static void
test_what_reaches_has_what_is_needed(void **state)
{
	(void)state;
	unsigned reached = 0;
	for (uint8_t kinds = 1; kinds <= 3; kinds++)
		for (int32_t least = -15600; least < 4000; least += 700) {
			const struct match_bounds b = { .query = 14000, .kinds = kinds, .missing = { 1500, 700 } };
			struct match_aim aim = { .filled = false };
			match_bound_aim(&b, least, 40500, &aim);
			for (uint32_t record = 0; record < 40000; record += 1900) {
				struct match_need need;
				match_bound_need(&b, &aim, record, &need);
				for (uint32_t k = 0; k < 40 * 12 * 8; k++) {
					struct match_worth w = { k % 40 * 1013, k / 40 % 12 * 900000, k / 480 * 470 };
					struct match_sum sum = { w.gain, w.excess, w.lift };
					if (match_bound(&sum, &b, record) < least)
						continue;
					reached++;
					assert_true(match_need_part(&need, w) >= need.gain);
				}
			}
		}
	assert_true(reached > 100000);
}

static unsigned
degree(struct match_index *x, const char *name)
{
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_query q = { .name = name, .top = 5 };
	struct match_results r = { .n = 0 };
	assert_int_equal(match_run(x, &q, a, &r, NULL), ENT_OK);
	unsigned d = r.n > 0 ? r.r[0].degree : 0;
	arena_free(a);
	return d;
}

static void
test_a_degree_grows_with_each_word_that_agrees(void **state)
{
	(void)state;
	static const char *const steps[] = { "Zoubeida", "Zoubeida Marrakchi", "Zoubeida Hafsa Marrakchi",
		"Zoubeida Hafsa Ghizlane Marrakchi" };
	struct match_index *x = match_index_new();
	const char *name = "MARRAKCHI, Zoubeida Hafsa Ghizlane", *other = "Karim Tazi";
	struct match_entry e = { .id = "a", .type = RTYPE_PERSON, .names = &name, .names_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	e = (struct match_entry){ .id = "b", .type = RTYPE_PERSON, .names = &other, .names_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	for (size_t i = 0; i + 1 < sizeof steps / sizeof steps[0]; i++)
		assert_true(degree(x, steps[i]) < degree(x, steps[i + 1]));
	match_index_free(x);
}

static void
test_a_degree_does_not_hang_on_normal_form_case_or_bidi_marks(void **state)
{
	(void)state;
	struct match_index *x = match_index_new();
	const char *name = "Jérôme Lefèvre";
	struct match_entry e = { .id = "a", .type = RTYPE_PERSON, .names = &name, .names_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	unsigned want = degree(x, "Jérôme Lefèvre");
	assert_true(want > 0);
	assert_int_equal(degree(x, "Je\u0301ro\u0302me Lefe\u0300vre"), want);
	assert_int_equal(degree(x, "JÉRÔME LEFÈVRE"), want);
	assert_int_equal(degree(x, "\u200fJérôme Lefèvre\u200e"), want);
	match_index_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_alignment_scores_over_its_bound),
		cmocka_unit_test(test_the_bound_grows_with_what_may_meet),
		cmocka_unit_test(test_what_reaches_has_what_is_needed),
		cmocka_unit_test(test_a_degree_grows_with_each_word_that_agrees),
		cmocka_unit_test(test_a_degree_does_not_hang_on_normal_form_case_or_bidi_marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
