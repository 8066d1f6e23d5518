/* SPDX-License-Identifier: Apache-2.0
 *
 * One query: what B sees of it is noise, what A opens of it is what was asked and nothing else.
 * Shows HIT-5, HIT-6, HIT-7, HIT-8, HIT-23.
 */
#include "base/int.h"
#include "grant/admit.h"
#include "grant/mint.h"
#include "hit/hit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct hit_domain domain = { "RAB-BRU-1", 3, 7 };

static struct grant *
grant_of(enum ent_action action)
{
	struct grant_terms t = { .action = action, .purpose = PURPOSE_TERRORISM };
	struct grant *g = grant_mint(&t);
	grant_admit(g, 1);
	return g;
}

static void
put_key(struct hit_query *q, size_t slot, int class, const char *value)
{
	q->slot[slot].class = class;
	q->slot[slot].n = (size_t)snprintf(q->slot[slot].input, HIT_INPUT_MAX,
	    "entente-hit-v1|RAB-BRU-1|3|7|%d|%s", class, value);
}

/* A query of two keys: slots 0 and 3. */
static struct hit_query
query_new(void)
{
	struct hit_query q;
	memset(&q, 0, sizeof q);
	crypto_random(q.seed, sizeof q.seed);
	put_key(&q, 0, 1, "AB123456");
	put_key(&q, 3, 3, "brhm|1975-03-20");
	return q;
}

struct channel {
	uint8_t sk[OPRF_SCALAR], pk[OPRF_ELEMENT];
	uint8_t blinded[HIT_SLOTS * OPRF_ELEMENT], evaluated[HIT_SLOTS * OPRF_ELEMENT];
};

static void
run_channel(struct channel *c, const struct hit_query *q)
{
	uint8_t seed[32];
	struct ent_why why = { 0 };
	crypto_random(seed, sizeof seed);
	assert_int_equal(oprf_derive_key(OPRF_MODE_VERIFIABLE, seed, bytes_of_cstr("t"), c->sk, c->pk),
	    ENT_OK);
	assert_int_equal(hit_query_blind(q, c->blinded, &why), ENT_OK);
	for (size_t i = 0; i < HIT_SLOTS; i++)
		assert_int_equal(oprf_evaluate(c->sk, c->blinded + i * 32, c->evaluated + i * 32), ENT_OK);
}

static void
ref_of(const struct channel *c, const struct hit_query *q, size_t slot, uint8_t ref[static HIT_REF])
{
	uint8_t out[OPRF_OUTPUT];
	struct ent_why why = { 0 };
	assert_int_equal(hit_query_output(q, slot, c->evaluated + slot * 32, out, &why), ENT_OK);
	hit_ref(out, ref);
}

static void
test_asker_and_register_come_to_the_same_output(void **state)
{
	struct hit_query q = query_new();
	struct channel c;
	struct ent_why why = { 0 };
	uint8_t mine[OPRF_OUTPUT], theirs[OPRF_OUTPUT], element[OPRF_ELEMENT], own[OPRF_OUTPUT];
	struct bytes in = bytes_of(q.slot[3].input, q.slot[3].n);
	(void)state;
	run_channel(&c, &q);
	assert_int_equal(hit_query_output(&q, 3, c.evaluated + 96, mine, &why), ENT_OK);
	assert_int_equal(oprf_output(OPRF_MODE_VERIFIABLE, c.sk, in, theirs), ENT_OK);
	assert_memory_equal(mine, theirs, OPRF_OUTPUT);
	assert_int_equal(oprf_hash_to_group(OPRF_MODE_VERIFIABLE, in, element), ENT_OK);
	assert_int_equal(oprf_evaluate(c.sk, element, element), ENT_OK);
	oprf_finish(in, element, own);
	assert_memory_equal(mine, own, OPRF_OUTPUT);
	assert_int_equal(hit_query_output(&q, 1, c.evaluated + 32, mine, &why), ENT_EINTERNAL);
}

static void
test_an_honest_opening_is_accepted_and_names_the_slot(void **state)
{
	struct grant *g = grant_of(ACTION_REQUEST);
	(void)state;
	for (int round = 0; round < 8; round++) {
		struct hit_query q = query_new();
		struct channel c;
		struct ent_why why = { 0 };
		uint8_t ref[HIT_REF], got[HIT_REF];
		size_t slot = 99, want = round % 2 == 0 ? 0 : 3;
		run_channel(&c, &q);
		ref_of(&c, &q, want, ref);
		struct js *o = hit_opening(g, &q, ref, &why);
		assert_non_null(o);
		assert_int_equal(hit_check_opening(o, &domain, c.blinded, c.evaluated, got, &slot, &why),
		    ENT_OK);
		assert_int_equal(slot, want);
		assert_memory_equal(got, ref, HIT_REF);
		js_free(o);
	}
	grant_free(g);
}

static enum ent_err
check(const struct hit_query *q, const struct channel *c, const uint8_t ref[static HIT_REF],
    const struct hit_domain *d)
{
	struct grant *g = grant_of(ACTION_REQUEST);
	struct ent_why why = { 0 };
	uint8_t got[HIT_REF];
	size_t slot;
	struct js *o = hit_opening(g, q, ref, &why);
	enum ent_err err = hit_check_opening(o, d, c->blinded, c->evaluated, got, &slot, &why);
	js_free(o);
	grant_free(g);
	return err;
}

static void
test_false_openings_are_refused(void **state)
{
	struct hit_query q = query_new(), other;
	struct hit_domain elsewhere = domain;
	struct channel c, apart;
	uint8_t ref[HIT_REF], foreign[HIT_REF];
	(void)state;
	run_channel(&c, &q);
	ref_of(&c, &q, 3, ref);
	assert_int_equal(check(&q, &c, ref, &domain), ENT_OK);
	other = q; /* another name than was asked */
	put_key(&other, 3, 3, "krm|1975-03-20");
	assert_int_equal(check(&other, &c, ref, &domain), ENT_ESIG);
	other = q; /* a key where padding stood */
	put_key(&other, 5, 2, "karim|1975-03-20");
	assert_int_equal(check(&other, &c, ref, &domain), ENT_ESIG);
	other = q; /* a key hidden as padding */
	memset(&other.slot[0], 0, sizeof other.slot[0]);
	assert_int_equal(check(&other, &c, ref, &domain), ENT_ESIG);
	other = q;
	other.seed[0] ^= 1;
	assert_int_equal(check(&other, &c, ref, &domain), ENT_ESIG);
	other = q; /* the class does not fit the input */
	other.slot[3].class = 4;
	assert_int_equal(check(&other, &c, ref, &domain), ENT_ESIG);
	elsewhere.agreement = "RAB-PAR-1";
	assert_int_equal(check(&q, &c, ref, &elsewhere), ENT_ESIG);
	elsewhere = domain;
	elsewhere.epoch = 4;
	assert_int_equal(check(&q, &c, ref, &elsewhere), ENT_ESIG);
	run_channel(&apart, &q); /* a reference got under another key */
	ref_of(&apart, &q, 3, foreign);
	assert_int_equal(check(&q, &c, foreign, &domain), ENT_ESIG);
}

static void
test_invented_references_are_refused(void **state)
{
	struct hit_query q = query_new();
	struct channel c;
	uint8_t ref[HIT_REF];
	(void)state;
	run_channel(&c, &q);
	for (int i = 0; i < 100; i++) {
		crypto_random(ref, sizeof ref);
		assert_int_equal(check(&q, &c, ref, &domain), ENT_ESIG);
	}
}

static void
test_a_query_survives_its_json_and_its_commitment_binds(void **state)
{
	struct hit_query q = query_new(), back;
	struct ent_why why = { 0 };
	uint8_t a[CRYPTO_HASH_LEN], b[CRYPTO_HASH_LEN];
	(void)state;
	struct js *j = hit_query_write(&q);
	assert_int_equal(hit_query_read(j, &back, &why), ENT_OK);
	assert_memory_equal(&q, &back, sizeof q);
	hit_query_commit(&q, a);
	hit_query_commit(&back, b);
	assert_memory_equal(a, b, sizeof a);
	back.slot[0].input[back.slot[0].n - 1] ^= 1;
	hit_query_commit(&back, b);
	assert_memory_not_equal(a, b, sizeof a);
	js_del(j, "seed");
	assert_int_equal(hit_query_read(j, &back, &why), ENT_EFIELD);
	js_free(j);
}

static void
test_opening_without_a_grant_is_refused(void **state)
{
	struct hit_query q = query_new();
	struct ent_why why = { 0 };
	uint8_t ref[HIT_REF] = { 0 };
	struct grant *wrong = grant_of(ACTION_SEARCH);
	(void)state;
	assert_null(hit_opening(NULL, &q, ref, &why));
	assert_null(hit_opening(wrong, &q, ref, &why));
	grant_free(wrong);
}

/* ---- what the answering side sees -------------------------------------------------------------- */

#ifdef ENT_SANITIZED
#define QUERIES 300
#else
#define QUERIES 1200
#endif

/* Elements of `count` queries, of one person always or of a new one each; unblinded: the mutant. */
static uint8_t *
observed(size_t count, bool fixed, bool mutant)
{
	uint8_t *all = ent_alloc(count * HIT_SLOTS * OPRF_ELEMENT);
	struct ent_why why = { 0 };
	for (size_t i = 0; i < count; i++) {
		struct hit_query q = query_new();
		uint8_t *at = all + i * HIT_SLOTS * OPRF_ELEMENT;
		char value[40];
		(void)snprintf(value, sizeof value, "name%zu|1975-03-20", i);
		if (!fixed)
			put_key(&q, 3, 3, value);
		assert_int_equal(hit_query_blind(&q, at, &why), ENT_OK);
		for (size_t s = 0; s < HIT_SLOTS && mutant; s++)
			if (q.slot[s].class != 0)
				assert_int_equal(oprf_hash_to_group(OPRF_MODE_VERIFIABLE,
				    bytes_of(q.slot[s].input, q.slot[s].n), at + s * OPRF_ELEMENT), ENT_OK);
	}
	return all;
}

static int
by_element(const void *a, const void *b)
{
	return memcmp(a, b, OPRF_ELEMENT);
}

static size_t
repeats(const uint8_t *all, size_t elements)
{
	uint8_t *s = ent_alloc(elements * OPRF_ELEMENT);
	size_t n = 0;
	memcpy(s, all, elements * OPRF_ELEMENT);
	qsort(s, elements, OPRF_ELEMENT, by_element);
	for (size_t i = 1; i < elements; i++)
		n += memcmp(s + (i - 1) * OPRF_ELEMENT, s + i * OPRF_ELEMENT, OPRF_ELEMENT) == 0;
	free(s);
	return n;
}

/* The largest chi-square, over slots, of whether the bytes of one slot are even: 255 degrees of
 * freedom.  Byte 0 is even by the encoding and byte 31 under 128; the 30 between are looked at. */
static double
worst_chi_square(const uint8_t *all, size_t queries)
{
	double worst = 0;
	for (size_t slot = 0; slot < HIT_SLOTS; slot++) {
		double seen[256] = { 0 }, chi = 0, want = (double)queries * 30 / 256;
		for (size_t i = 0; i < queries; i++)
			for (size_t b = 1; b < 31; b++)
				seen[all[(i * HIT_SLOTS + slot) * OPRF_ELEMENT + b]]++;
		for (size_t v = 0; v < 256; v++)
			chi += (seen[v] - want) * (seen[v] - want) / want;
		if (chi > worst)
			worst = chi;
	}
	return worst;
}

/* 255 + 6 standard deviations of sqrt(2 * 255): once in 10^7 or rarer by chance, over 8 slots. */
#define CHI_LIMIT (255 + 6 * 22.6 + 40)

static bool
told_apart(const uint8_t *all, size_t queries)
{
	return repeats(all, queries * HIT_SLOTS) > 0 || worst_chi_square(all, queries) > CHI_LIMIT;
}

static void
test_one_person_and_many_cannot_be_told_apart(void **state)
{
	uint8_t *fixed = observed(QUERIES, true, false), *random = observed(QUERIES, false, false);
	(void)state;
	assert_false(told_apart(fixed, QUERIES));
	assert_false(told_apart(random, QUERIES));
	free(fixed);
	free(random);
}

static void
test_the_same_test_tells_an_unblinded_mutant(void **state)
{
	uint8_t *fixed = observed(QUERIES, true, true), *random = observed(QUERIES, false, true);
	(void)state;
	assert_true(repeats(fixed, QUERIES * HIT_SLOTS) > 0);
	assert_true(worst_chi_square(fixed, QUERIES) > CHI_LIMIT);
	assert_true(told_apart(random, QUERIES)); /* its document is the same each time */
	free(fixed);
	free(random);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asker_and_register_come_to_the_same_output),
		cmocka_unit_test(test_an_honest_opening_is_accepted_and_names_the_slot),
		cmocka_unit_test(test_false_openings_are_refused),
		cmocka_unit_test(test_invented_references_are_refused),
		cmocka_unit_test(test_a_query_survives_its_json_and_its_commitment_binds),
		cmocka_unit_test(test_opening_without_a_grant_is_refused),
		cmocka_unit_test(test_one_person_and_many_cannot_be_told_apart),
		cmocka_unit_test(test_the_same_test_tells_an_unblinded_mutant),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
