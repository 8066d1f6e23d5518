/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/vectors/oprf.json: RFC 9497 appendix A.1 [ENV-18], elements [ENV-19] and proofs [ENV-20] that
 * are refused.
 */
#include "crypto/oprf.h"
#include "vectors_fixture.h"

#include <string.h>

#define BATCH 8 /* more than any vector has */

static size_t
hex(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;
	assert_non_null(text);
	assert_int_equal(hex_decode(str_of(text), out, max, &n), ENT_OK);
	return n;
}

static void
hex_exact(const char *text, uint8_t *out, size_t n)
{
	assert_int_equal(hex(text, out, n), n);
}

struct mode_keys {
	enum oprf_mode mode;
	uint8_t sk[OPRF_SCALAR], pk[OPRF_ELEMENT];
};

static struct mode_keys
derive(const struct js *m)
{
	struct mode_keys k = { .mode = (enum oprf_mode)js_get_int(m, "mode", -1) };
	uint8_t seed[32], info[64], sk[OPRF_SCALAR], pk[OPRF_ELEMENT];
	hex_exact(js_get_str(m, "seed"), seed, sizeof seed);
	size_t n = hex(js_get_str(m, "info"), info, sizeof info);
	assert_int_equal(oprf_derive_key(k.mode, seed, bytes_of(info, n), k.sk, k.pk), ENT_OK);
	hex_exact(js_get_str(m, "sk"), sk, sizeof sk);
	assert_memory_equal(k.sk, sk, sizeof sk);
	if (js_get(m, "pk") != NULL) {
		hex_exact(js_get_str(m, "pk"), pk, sizeof pk);
		assert_memory_equal(k.pk, pk, sizeof pk);
	}
	return k;
}

struct transcript {
	size_t count;
	uint8_t blinded[BATCH * OPRF_ELEMENT], evaluated[BATCH * OPRF_ELEMENT];
};

static void
run_case(const struct mode_keys *k, const struct js *c, struct transcript *t)
{
	uint8_t input[64], blind[OPRF_SCALAR], want[OPRF_OUTPUT], got[OPRF_OUTPUT], e[OPRF_ELEMENT];
	t->count = js_len(js_get(c, "input"));
	assert_in_range(t->count, 1, BATCH);
	for (size_t i = 0; i < t->count; i++) {
		uint8_t *blinded = t->blinded + i * OPRF_ELEMENT, *out = t->evaluated + i * OPRF_ELEMENT;
		size_t n = hex(js_str(js_at(js_get(c, "input"), i)), input, sizeof input);
		struct bytes in = bytes_of(input, n);
		hex_exact(js_str(js_at(js_get(c, "blind"), i)), blind, sizeof blind);
		assert_int_equal(oprf_blind(k->mode, in, blind, blinded), ENT_OK);
		hex_exact(js_str(js_at(js_get(c, "blinded"), i)), e, sizeof e);
		assert_memory_equal(blinded, e, sizeof e);
		assert_int_equal(oprf_evaluate(k->sk, blinded, out), ENT_OK);
		hex_exact(js_str(js_at(js_get(c, "evaluated"), i)), e, sizeof e);
		assert_memory_equal(out, e, sizeof e);
		hex_exact(js_str(js_at(js_get(c, "output"), i)), want, sizeof want);
		assert_int_equal(oprf_finalize(in, blind, out, got), ENT_OK);
		assert_memory_equal(got, want, sizeof want);
		assert_int_equal(oprf_output(k->mode, k->sk, in, got), ENT_OK);
		assert_memory_equal(got, want, sizeof want);
	}
}

static void
run_proof(const struct mode_keys *k, const struct js *c, const struct transcript *t)
{
	uint8_t r[OPRF_SCALAR], want[OPRF_PROOF], got[OPRF_PROOF];
	hex_exact(js_get_str(c, "r"), r, sizeof r);
	hex_exact(js_get_str(c, "proof"), want, sizeof want);
	assert_int_equal(oprf_prove(k->sk, k->pk, t->blinded, t->evaluated, t->count, r, got), ENT_OK);
	assert_memory_equal(got, want, sizeof want);
	assert_int_equal(oprf_verify(k->pk, t->blinded, t->evaluated, t->count, want), ENT_OK);
}

static void
test_all_vectors_of_rfc_9497_modes_0_and_1(void **state)
{
	(void)state;
	struct js *all = vectors_read("oprf"), *modes = js_get(all, "modes");
	size_t cases = 0, proofs = 0;
	for (size_t m = 0; m < js_len(modes); m++) {
		struct mode_keys k = derive(js_at(modes, m));
		struct js *list = js_get(js_at(modes, m), "cases");
		for (size_t i = 0; i < js_len(list); i++, cases++) {
			struct transcript t;
			run_case(&k, js_at(list, i), &t);
			if (js_get(js_at(list, i), "proof") == NULL)
				continue;
			run_proof(&k, js_at(list, i), &t);
			proofs++;
		}
	}
	assert_int_equal(cases, 5);
	assert_int_equal(proofs, 3);
	js_free(all);
}

static void
test_identity_and_non_canonical_elements_are_refused(void **state)
{
	(void)state;
	struct js *all = vectors_read("oprf"), *list = js_get(all, "elements_refused");
	uint8_t sk[OPRF_SCALAR], pk[OPRF_ELEMENT], seed[32] = { 7 }, e[OPRF_ELEMENT], out[OPRF_ELEMENT];
	uint8_t good[OPRF_ELEMENT], r[OPRF_SCALAR], proof[OPRF_PROOF], tag[OPRF_OUTPUT];
	assert_int_equal(oprf_derive_key(OPRF_MODE_VERIFIABLE, seed, bytes_of(NULL, 0), sk, pk), ENT_OK);
	oprf_element_random(good);
	assert_int_equal(oprf_element_check(good), ENT_OK);
	oprf_scalar_random(r);
	assert_int_equal(oprf_evaluate(sk, good, out), ENT_OK);
	assert_int_equal(oprf_prove(sk, pk, good, out, 1, r, proof), ENT_OK);
	assert_true(js_len(list) >= 20);
	for (size_t i = 0; i < js_len(list); i++) {
		hex_exact(js_get_str(js_at(list, i), "element"), e, sizeof e);
		assert_int_equal(oprf_element_check(e), ENT_EPROOF);
		assert_int_equal(oprf_evaluate(sk, e, out), ENT_EPROOF);
		assert_int_equal(oprf_prove(sk, pk, e, good, 1, r, proof), ENT_EPROOF);
		assert_int_equal(oprf_verify(e, good, good, 1, proof), ENT_EPROOF);
		assert_int_equal(oprf_verify(pk, e, good, 1, proof), ENT_EPROOF);
		assert_int_equal(oprf_verify(pk, good, e, 1, proof), ENT_EPROOF);
		assert_int_equal(oprf_finalize(bytes_of("x", 1), r, e, tag), ENT_EPROOF);
	}
	js_free(all);
}

struct proved {
	uint8_t sk[OPRF_SCALAR], pk[OPRF_ELEMENT];
	uint8_t c[BATCH * OPRF_ELEMENT], d[BATCH * OPRF_ELEMENT], proof[OPRF_PROOF];
};

static struct proved
prove_batch(uint8_t key)
{
	struct proved p;
	uint8_t seed[32] = { key }, r[OPRF_SCALAR];
	assert_int_equal(oprf_derive_key(OPRF_MODE_VERIFIABLE, seed, bytes_of(NULL, 0), p.sk, p.pk),
	    ENT_OK);
	for (size_t i = 0; i < BATCH; i++) {
		oprf_element_random(p.c + i * OPRF_ELEMENT);
		assert_int_equal(oprf_evaluate(p.sk, p.c + i * OPRF_ELEMENT, p.d + i * OPRF_ELEMENT),
		    ENT_OK);
	}
	oprf_scalar_random(r);
	assert_int_equal(oprf_prove(p.sk, p.pk, p.c, p.d, BATCH, r, p.proof), ENT_OK);
	assert_int_equal(oprf_verify(p.pk, p.c, p.d, BATCH, p.proof), ENT_OK);
	return p;
}

static void
test_forged_proofs_are_refused(void **state)
{
	(void)state;
	struct proved p = prove_batch(1), other = prove_batch(2);
	uint8_t proof[OPRF_PROOF], d[sizeof p.d];
	for (size_t bit = 0; bit < OPRF_PROOF * 8; bit += 11) {
		memcpy(proof, p.proof, sizeof proof);
		proof[bit / 8] = (uint8_t)(proof[bit / 8] ^ 1u << bit % 8);
		assert_int_equal(oprf_verify(p.pk, p.c, p.d, BATCH, proof), ENT_EPROOF);
	}
	assert_int_equal(oprf_verify(p.pk, p.c, p.d, BATCH, other.proof), ENT_EPROOF);
	assert_int_equal(oprf_verify(p.pk, p.c, p.d, BATCH - 1, p.proof), ENT_EPROOF);
	assert_int_equal(oprf_verify(p.pk, p.c, p.d, 0, p.proof), ENT_EFIELD);
	assert_int_equal(oprf_verify(p.pk, p.c, p.d, OPRF_BATCH_MAX + 1, p.proof), ENT_EFIELD);
	/* two answers swapped */
	memcpy(d, p.d, sizeof d);
	memcpy(d, p.d + OPRF_ELEMENT, OPRF_ELEMENT);
	memcpy(d + OPRF_ELEMENT, p.d, OPRF_ELEMENT);
	assert_int_equal(oprf_verify(p.pk, p.c, d, BATCH, p.proof), ENT_EPROOF);
	/* one answer twice */
	memcpy(d, p.d, sizeof d);
	memcpy(d, p.d + OPRF_ELEMENT, OPRF_ELEMENT);
	assert_int_equal(oprf_verify(p.pk, p.c, d, BATCH, p.proof), ENT_EPROOF);
}

static void
test_another_key_is_found_out(void **state)
{
	(void)state;
	struct proved p = prove_batch(1), other = prove_batch(2);
	uint8_t d[sizeof p.d], proof[OPRF_PROOF], r[OPRF_SCALAR];
	assert_int_equal(oprf_verify(other.pk, p.c, p.d, BATCH, p.proof), ENT_EPROOF);
	/* one element of the batch evaluated under a tagging key, and proved as well as may be */
	memcpy(d, p.d, sizeof d);
	assert_int_equal(oprf_evaluate(other.sk, p.c + 3 * OPRF_ELEMENT, d + 3 * OPRF_ELEMENT), ENT_OK);
	oprf_scalar_random(r);
	assert_int_equal(oprf_prove(p.sk, p.pk, p.c, d, BATCH, r, proof), ENT_OK);
	assert_int_equal(oprf_verify(p.pk, p.c, d, BATCH, proof), ENT_EPROOF);
}

static void
test_proof_scalars_above_the_order_are_refused(void **state)
{
	(void)state;
	struct js *all = vectors_read("oprf"), *list = js_get(all, "proof_scalars_refused");
	struct proved p = prove_batch(1);
	uint8_t proof[OPRF_PROOF];
	assert_true(js_len(list) >= 3);
	for (size_t i = 0; i < js_len(list); i++)
		for (size_t half = 0; half < OPRF_PROOF; half += OPRF_SCALAR) {
			memcpy(proof, p.proof, sizeof proof);
			hex_exact(js_get_str(js_at(list, i), "scalar"), proof + half, OPRF_SCALAR);
			assert_int_equal(oprf_verify(p.pk, p.c, p.d, BATCH, proof), ENT_EPROOF);
		}
	/* s + order: the same residue, another encoding */
	memcpy(proof, p.proof, sizeof proof);
	uint8_t order[OPRF_SCALAR];
	unsigned carry = 0;
	hex_exact(js_get_str(js_at(list, 0), "scalar"), order, sizeof order);
	for (size_t i = 0; i < OPRF_SCALAR; i++) {
		carry += (unsigned)proof[OPRF_SCALAR + i] + order[i];
		proof[OPRF_SCALAR + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(oprf_verify(p.pk, p.c, p.d, BATCH, proof), ENT_EPROOF);
	js_free(all);
}

static void
test_zero_blinds_and_overlong_inputs_are_refused(void **state)
{
	(void)state;
	static const uint8_t zero[OPRF_SCALAR], big[OPRF_INPUT_MAX + 1];
	uint8_t e[OPRF_ELEMENT], out[OPRF_OUTPUT], r[OPRF_SCALAR];
	oprf_scalar_random(r);
	assert_int_equal(oprf_blind(OPRF_MODE_VERIFIABLE, bytes_of("x", 1), zero, e), ENT_EFIELD);
	assert_int_equal(oprf_blind(OPRF_MODE_VERIFIABLE, bytes_of(big, sizeof big), r, e), ENT_EFIELD);
	oprf_element_random(e);
	assert_int_equal(oprf_finalize(bytes_of("x", 1), zero, e, out), ENT_EFIELD);
	assert_int_equal(oprf_finalize(bytes_of(big, sizeof big), r, e, out), ENT_EFIELD);
	assert_int_equal(oprf_output(OPRF_MODE_VERIFIABLE, zero, bytes_of("x", 1), out), ENT_EFIELD);
}

static void
test_modes_do_not_mix(void **state)
{
	(void)state;
	uint8_t a[OPRF_SCALAR], b[OPRF_SCALAR], sk[OPRF_SCALAR], x[OPRF_OUTPUT], y[OPRF_OUTPUT];
	oprf_hash_to_scalar(OPRF_MODE_BASE, bytes_of("s", 1), a);
	oprf_hash_to_scalar(OPRF_MODE_VERIFIABLE, bytes_of("s", 1), b);
	assert_memory_not_equal(a, b, sizeof a);
	oprf_scalar_random(sk);
	assert_int_equal(oprf_output(OPRF_MODE_BASE, sk, bytes_of("s", 1), x), ENT_OK);
	assert_int_equal(oprf_output(OPRF_MODE_VERIFIABLE, sk, bytes_of("s", 1), y), ENT_OK);
	assert_memory_not_equal(x, y, sizeof x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_vectors_of_rfc_9497_modes_0_and_1),
		cmocka_unit_test(test_identity_and_non_canonical_elements_are_refused),
		cmocka_unit_test(test_forged_proofs_are_refused),
		cmocka_unit_test(test_another_key_is_found_out),
		cmocka_unit_test(test_proof_scalars_above_the_order_are_refused),
		cmocka_unit_test(test_zero_blinds_and_overlong_inputs_are_refused),
		cmocka_unit_test(test_modes_do_not_mix),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
