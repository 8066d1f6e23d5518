/* SPDX-License-Identifier: Apache-2.0
 *
 * Bands as rates of false positives on frozen negatives (SCR-10), and the probability beside the degree
 * (SCR-11).
 */
#include "match/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const given[] = { "Mohamed", "Ahmed", "Karim", "Youssef", "Abdelaziz", "Khalid", "Noureddine", "Said",
	"Rachid", "Abdellah" };
static const char *const family[] = { "Tazi", "Bennani", "Alaoui", "Benkirane", "Bouziane", "Ghazali", "Chraibi", "Amrani",
	"El Idrissi", "Boukhari" };
static const char *const west[] = { "Jan", "Pieter", "Marie", "Luc", "Anne", "Joris", "Wim", "Claire", "Paul", "Greet" };
static const char *const last[] = { "Janssens", "Peeters", "Dubois", "Lambert", "Maes", "Willems", "Goossens", "Wouters",
	"Claes", "Leclercq" };

/* Half of them of few sounds, half of made-up ones; the same i, the same person. */
static void
person(uint64_t i, uint64_t salt, struct match_sample *out)
{
	static const char *const syllables[] = { "ba", "ko", "mi", "ru", "te", "sa", "lo", "ne", "vi", "du" };
	uint64_t h = (i + salt) * 0x9e3779b97f4a7c15u;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	h ^= h >> 32;
	if (i % 2 == 0)
		(void)snprintf(out->name, sizeof out->name, "%s %s", given[h % 10], family[h / 10 % 10]);
	else if (i % 4 == 1)
		(void)snprintf(out->name, sizeof out->name, "%s %s", west[h % 10], last[h / 10 % 10]);
	else
		(void)snprintf(out->name, sizeof out->name, "%s%s%s %s%s%s", syllables[h % 10], syllables[h / 10 % 10],
		    syllables[h / 100 % 10], syllables[h / 1000 % 10], syllables[h / 10000 % 10], syllables[h / 100000 % 10]);
	out->nation[0] = '\0';
	out->birth = (struct match_date){ .precision = MATCH_DATE_DAY, .year = (uint16_t)(1940 + h % 60),
		.month = (uint8_t)(1 + h / 60 % 12), .day = (uint8_t)(2 + h / 720 % 26) };
}
static void negative(void *ctx, uint64_t i, struct match_sample *out) { (void)ctx; person(i, 1000003, out); }
static void known(void *ctx, uint64_t i, struct match_sample *out) { (void)ctx; person(i, 77, out); }
static bool never(void *ctx) { (void)ctx; return false; }
static bool at_once(void *ctx) { (void)ctx; return true; }

static const struct match_derivation derivation = { .negative = negative, .known = known, .asked = known, .stop = never,
	.negatives = 2300, .positives = 120 };

/* A register of many who share few names: namesakes of anybody with such a name. */
static struct match_index *
register_of(size_t n)
{
	struct match_index *x = match_index_new();
	for (size_t i = 0; i < n; i++) {
		struct match_sample s;
		char id[24];
		const char *name = s.name;
		struct match_entry e = { .id = id, .type = RTYPE_PERSON, .names = &name, .names_n = 1, .births = &s.birth, .births_n = 1 };
		(void)snprintf(id, sizeof id, "p-%zu", i);
		person(i * 2 + (i % 5 == 0), 5, &s);
		assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
	}
	return x;
}

static void
test_traditions_follow_script_and_sounds_alone(void **state)
{
	static const struct {
		const char *name;
		enum match_tradition t;
	} rows[] = { { "عبد الرحمن بوزيان", MATCH_ARABIC }, { "Abderrahmane Bouziane", MATCH_ARABIC_LATIN },
		{ "Noureddine Cherkaoui", MATCH_ARABIC_LATIN }, { "Khalid Ben Ghazi", MATCH_ARABIC_LATIN },
		{ "Владимир Петров", MATCH_CYRILLIC }, { "Sergei Ivanov", MATCH_SLAVIC_LATIN },
		{ "Andrzej Kowalczyk", MATCH_SLAVIC_LATIN }, { "Jan Peeters", MATCH_WESTERN }, { "Marie Dubois", MATCH_WESTERN },
		{ NULL, MATCH_WESTERN }, { "", MATCH_WESTERN } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (match_tradition_of(rows[i].name) != rows[i].t)
			fail_msg("'%s' is %s", rows[i].name, match_tradition_name(match_tradition_of(rows[i].name)));
}

/* Of 1000 negatives of a tradition, how many get to each band, by the built-in bands and by t. */
struct rates {
	unsigned n, before[3], after[3];
};

static void
rates_of(struct match_index *x, const struct match_thresholds *t, struct rates out[static MATCH_TRADITIONS])
{
	for (uint32_t i = 0; i < derivation.negatives; i++) {
		struct match_sample s;
		struct match_results found = { .n = 0 };
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_query q = { .name = s.name, .top = 1 };
		negative(NULL, i, &s);
		struct rates *r = &out[match_tradition_of(s.name)];
		assert_int_equal(match_run(x, &q, a, &found, NULL), ENT_OK);
		r->n++;
		for (int band = 0; found.n == 1 && band <= MATCH_STRONG; band++)
			r->before[band] += found.r[0].band >= (enum match_band)band;
		if (found.n == 1 && match_thresholds_judge(t, &q, &found.r[0]))
			for (int band = 0; band <= MATCH_STRONG; band++)
				r->after[band] += found.r[0].band >= (enum match_band)band;
		arena_free(a);
	}
}

struct fixture {
	struct match_index *x;
	struct match_thresholds t;
};

static int
setup(void **state)
{
	struct fixture *f = ent_alloc(sizeof *f);
	f->x = register_of(1200);
	*state = f;
	return match_thresholds_derive(f->x, &derivation, &f->t, NULL) == ENT_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	match_index_free(f->x);
	free(f);
	return 0;
}

static void
test_bands_begin_where_so_many_negatives_reach_them(void **state)
{
	struct fixture *f = *state;
	struct rates rates[MATCH_TRADITIONS] = { { .n = 0 } };
	assert_true(f->t.derived);
	for (int p = 0; p < MATCH_PATTERNS; p++)
		for (int k = 0; k < MATCH_TRADITIONS; k++) {
			const struct match_cut *c = &f->t.cut[k][p];
			assert_true(c->trace <= c->review && c->review <= c->strong);
			assert_true(c->negatives >= 1000);
		}
	assert_true(f->t.cut[MATCH_ARABIC_LATIN][MATCH_BY_NAME].own);
	assert_false(f->t.cut[MATCH_CYRILLIC][MATCH_BY_NAME].own);
	rates_of(f->x, &f->t, rates);
	const struct rates *r = &rates[MATCH_ARABIC_LATIN];
	assert_true(r->n >= 1000 && r->before[MATCH_REVIEW] * 2 > r->n); /* the built-in bands alarm for half of them */
	assert_true(r->after[MATCH_STRONG] * 1000 <= r->n * MATCH_RATE_STRONG);
	assert_true(r->after[MATCH_REVIEW] * 1000 <= r->n * MATCH_RATE_REVIEW);
	assert_true(r->after[MATCH_TRACE] * 1000 <= r->n * MATCH_RATE_TRACE);
	r = &rates[MATCH_WESTERN];
	assert_true(r->after[MATCH_REVIEW] * 1000 <= r->n * MATCH_RATE_REVIEW);
}

static void
test_the_same_register_gives_the_same_bands(void **state)
{
	struct fixture *f = *state;
	struct match_index *x = register_of(1200);
	struct match_thresholds again;
	assert_int_equal(match_thresholds_derive(x, &derivation, &again, NULL), ENT_OK);
	for (int p = 0; p < MATCH_PATTERNS; p++)
		for (int k = 0; k < MATCH_TRADITIONS; k++) {
			const struct match_cut *a = &f->t.cut[k][p], *b = &again.cut[k][p];
			assert_true(a->strong == b->strong && a->review == b->review && a->trace == b->trace);
		}
	assert_memory_equal(f->t.probability, again.probability, sizeof again.probability);
	match_index_free(x);
}

static void
test_the_probability_never_falls_and_is_never_certain(void **state)
{
	struct fixture *f = *state;
	for (int p = 0; p < MATCH_PATTERNS; p++) {
		for (size_t b = 1; b < MATCH_BINS; b++)
			assert_true(f->t.probability[p][b] >= f->t.probability[p][b - 1]);
		assert_true(f->t.probability[p][MATCH_BINS - 1] < 1000);
		assert_true(f->t.probability[p][0] < 100);
	}
	assert_true(f->t.probability[MATCH_BY_DATE][MATCH_BINS - 1] > 500);
}

static void
test_a_result_is_judged_by_the_register_and_caps_hold(void **state)
{
	struct match_thresholds t = { .derived = true };
	struct match_pair two[2] = { { .how = MATCH_SAME }, { .how = MATCH_SPELLING } };
	struct match_query q = { .name = "Jan Peeters" };
	struct match_result r = { .degree = 800, .band = MATCH_STRONG, .pairs = two, .pairs_n = 2 };
	(void)state;
	t.cut[MATCH_WESTERN][MATCH_BY_NAME] = (struct match_cut){ .strong = 850, .review = 700, .trace = 400 };
	t.probability[MATCH_BY_NAME][80] = 640;
	assert_true(match_thresholds_judge(&t, &q, &r));
	assert_int_equal(r.band, MATCH_REVIEW);
	assert_int_equal(r.probability, 640);
	r.degree = 860;
	assert_true(match_thresholds_judge(&t, &q, &r));
	assert_int_equal(r.band, MATCH_STRONG);
	r.pairs_n = 1; /* one name is never strong */
	assert_true(match_thresholds_judge(&t, &q, &r));
	assert_int_equal(r.band, MATCH_REVIEW);
	r.degree = 399;
	assert_false(match_thresholds_judge(&t, &q, &r));
	r = (struct match_result){ .degree = 990, .band = MATCH_STRONG };
	assert_true(match_thresholds_judge(NULL, &q, &r));
	assert_int_equal(r.band, MATCH_STRONG);
	assert_int_equal(r.probability, 0);
}

static void
test_who_says_stop_is_heard(void **state)
{
	struct match_derivation d = derivation;
	struct match_index *x = register_of(10);
	struct match_thresholds t = { .derived = false };
	struct ent_why why;
	(void)state;
	d.stop = at_once;
	assert_int_equal(match_thresholds_derive(x, &d, &t, &why), ENT_EBUSY);
	assert_false(t.derived);
	match_index_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traditions_follow_script_and_sounds_alone),
		cmocka_unit_test(test_bands_begin_where_so_many_negatives_reach_them),
		cmocka_unit_test(test_the_same_register_gives_the_same_bands),
		cmocka_unit_test(test_the_probability_never_falls_and_is_never_certain),
		cmocka_unit_test(test_a_result_is_judged_by_the_register_and_caps_hold),
		cmocka_unit_test(test_who_says_stop_is_heard),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
