/* SPDX-License-Identifier: Apache-2.0
 *
 * Ask, answer, refusal, withdrawn list: sizes, round trips, and what is refused.  Shows HIT-14, HIT-15,
 * HIT-18, HIT-20, HIT-21.
 */
#include "base/int.h"
#include "hit/hit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct hit_ask
ask_new(size_t count)
{
	struct hit_ask a = { .iss = "BRU", .to = "RAB", .agreement = "RAB-BRU-1", .epoch = 3, .seq = 17,
		.time = 1795000000000000, .purpose = PURPOSE_TERRORISM, .count = count, .used_day = 24,
		.used_epoch = 240 };
	crypto_random(a.commit, sizeof a.commit);
	for (size_t i = 0; i < count; i++)
		oprf_element_random(a.elements + i * OPRF_ELEMENT);
	return a;
}

static struct hit_answer
answer_to(const struct hit_ask *ask, const uint8_t hash[static CRYPTO_HASH_LEN])
{
	struct hit_answer b = { .iss = "RAB", .to = "BRU", .agreement = "RAB-BRU-1", .epoch = 3,
		.seq = 17, .time = 1795000000000001, .count = ask->count, .used_day = 24,
		.used_epoch = 240, .withdrawn = 2 };
	memcpy(b.request, hash, sizeof b.request);
	memcpy(b.elements, ask->elements, sizeof b.elements);
	return b;
}

static struct js *
parse(const struct buf *b)
{
	struct js *j = NULL;
	struct ent_why why = { 0 };
	assert_int_equal(js_parse(buf_bytes(b), JWS_MAX, &j, &why), ENT_OK);
	return j;
}

static struct js *
ask_json(const struct hit_ask *a)
{
	struct buf b;
	struct ent_why why = { 0 };
	buf_init(&b, JWS_MAX);
	assert_int_equal(hit_ask_write(a, &b, &why), ENT_OK);
	struct js *j = parse(&b);
	buf_done(&b);
	return j;
}

static void
test_the_size_follows_from_the_number_of_elements_alone(void **state)
{
	struct ent_why why = { 0 };
	(void)state;
	for (size_t n = 8; n <= 64; n += 8) {
		struct hit_ask a = ask_new(n);
		struct buf b;
		buf_init(&b, JWS_MAX);
		assert_int_equal(hit_ask_write(&a, &b, &why), ENT_OK);
		assert_int_equal(b.n, HIT_ASK_SIZE(n));
		buf_reset(&b);
		a.seq = INT64_MAX;
		a.used_day = a.used_epoch = 1;
		a.purpose = PURPOSE_FINANCE;
		memset(a.agreement, 'X', AGREEMENT_MAX - 1);
		assert_int_equal(hit_ask_write(&a, &b, &why), ENT_OK);
		assert_int_equal(b.n, HIT_ASK_SIZE(n));
		buf_done(&b);
	}
}

static void
test_an_ask_comes_back_as_it_was(void **state)
{
	struct hit_ask a = ask_new(16), back;
	struct ent_why why = { 0 };
	struct js *j = ask_json(&a);
	(void)state;
	assert_int_equal(hit_ask_read(j, &back, &why), ENT_OK);
	assert_memory_equal(&a, &back, sizeof a);
	js_free(j);
}

static void
refused_with(const char *key, struct js *value, enum ent_err err)
{
	struct hit_ask a = ask_new(8), back;
	struct ent_why why = { 0 };
	struct js *j = ask_json(&a);
	js_set_take(j, key, value);
	assert_int_equal(hit_ask_read(j, &back, &why), err);
	js_free(j);
}

static struct js *
elements(size_t n, const char *text)
{
	struct js *a = js_array();
	for (size_t i = 0; i < n; i++)
		js_append_take(a, js_new_str(text));
	return a;
}

static void
test_malformed_asks_are_refused(void **state)
{
	uint8_t e[OPRF_ELEMENT];
	char good[B64U_SIZE(OPRF_ELEMENT)], zero[B64U_SIZE(OPRF_ELEMENT)], bad[B64U_SIZE(OPRF_ELEMENT)];
	(void)state;
	oprf_element_random(e);
	b64u_encode(bytes_of(e, sizeof e), good);
	memset(e, 0, sizeof e);
	b64u_encode(bytes_of(e, sizeof e), zero);
	memset(e, 0xff, sizeof e);
	b64u_encode(bytes_of(e, sizeof e), bad);
	refused_with("elements", elements(7, good), ENT_EFIELD);
	refused_with("elements", elements(9, good), ENT_EFIELD);
	refused_with("elements", elements(0, good), ENT_EFIELD);
	refused_with("elements", elements(16, good), ENT_EFIELD); /* n says 8 */
	refused_with("elements", elements(72, good), ENT_EFIELD);
	refused_with("elements", elements(8, zero), ENT_EPROOF);
	refused_with("elements", elements(8, bad), ENT_EPROOF);
	refused_with("elements", elements(8, "AAAA"), ENT_EFIELD);
	refused_with("seq", js_new_int(0), ENT_EFIELD);
	refused_with("seq", js_new_int(-1), ENT_EFIELD);
	refused_with("epoch", js_new_int(INT64_C(1) << 32), ENT_EFIELD);
	refused_with("purpose", js_new_str("curiosity"), ENT_EFIELD);
	refused_with("pad", js_new_str("secret"), ENT_EFIELD);
	refused_with("name", js_new_str("x"), ENT_EFIELD);
	refused_with("commit", js_new_str("AA"), ENT_EFIELD);
}

static void
test_answer_and_refusal_come_back_as_they_were(void **state)
{
	uint8_t hash[CRYPTO_HASH_LEN] = { 5 };
	struct hit_ask a = ask_new(8);
	struct hit_answer b = answer_to(&a, hash), back;
	struct ent_why why = { 0 };
	struct buf out;
	(void)state;
	buf_init(&out, JWS_MAX);
	assert_int_equal(hit_answer_write(&b, &out, &why), ENT_OK);
	assert_int_equal(out.n, HIT_ANSWER_SIZE(8));
	struct js *j = parse(&out);
	assert_int_equal(hit_answer_read(j, &back, &why), ENT_OK);
	assert_memory_equal(&b.elements, &back.elements, sizeof b.elements);
	assert_int_equal(back.used_epoch, 240);
	js_free(j);
	buf_reset(&out);
	b.error = ENT_EQUOTA;
	(void)snprintf(b.clause, sizeof b.clause, "RAB-BRU-1/annex A/quota");
	assert_int_equal(hit_answer_write(&b, &out, &why), ENT_OK);
	j = parse(&out);
	assert_int_equal(hit_answer_read(j, &back, &why), ENT_OK);
	assert_int_equal(back.error, ENT_EQUOTA);
	assert_false(back.counted);
	assert_string_equal(back.clause, b.clause);
	assert_int_equal(back.count, 0);
	js_set_str(j, "error", "EIO");
	assert_int_equal(hit_answer_read(j, &back, &why), ENT_EFIELD);
	js_free(j);
	buf_done(&out);
}

static void
test_an_answer_must_fit_its_ask(void **state)
{
	uint8_t hash[CRYPTO_HASH_LEN] = { 5 };
	struct hit_ask a = ask_new(8);
	struct hit_answer good = answer_to(&a, hash), b = good;
	struct ent_why why = { 0 };
	(void)state;
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_OK);
	b.request[0] ^= 1;
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_ESEQ);
	b = good;
	b.seq++;
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_ESEQ);
	b = good;
	(void)snprintf(b.iss, sizeof b.iss, "BRU"); /* reflected */
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_EPEER);
	b = good;
	b.epoch++;
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_EPEER);
	b = good;
	b.count = 16;
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_EPEER);
	b = good;
	b.used_epoch = 248;
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_ESTATE);
	b.error = ENT_ESTATE; /* a refusal of what was counted is held to the counts, any other is not */
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_OK);
	b.counted = true;
	assert_int_equal(hit_answer_fits(&a, hash, &b, &why), ENT_ESTATE);
	b.error = ENT_OK;
	assert_non_null(strstr(why.text, "248"));
	assert_non_null(strstr(why.text, "240"));
}

static void
test_a_withdrawn_list_is_sorted_on_its_grid_and_searched(void **state)
{
	struct hit_withdrawn w = { .iss = "RAB", .to = "BRU", .agreement = "RAB-BRU-1", .epoch = 3,
		.seq = 1, .count = 128 }, back;
	struct ent_why why = { 0 };
	struct buf out;
	uint8_t ref[HIT_REF] = { 0 };
	(void)state;
	w.refs = ent_alloc(128 * HIT_REF);
	for (size_t i = 0; i < 128; i++)
		w.refs[i * HIT_REF] = (uint8_t)(2 * i);
	buf_init(&out, JWS_MAX);
	assert_int_equal(hit_withdrawn_write(&w, &out, &why), ENT_OK);
	struct js *j = parse(&out);
	assert_int_equal(hit_withdrawn_read(j, &back, &why), ENT_OK);
	for (unsigned i = 0; i < 256; i++) {
		ref[0] = (uint8_t)i;
		assert_int_equal(hit_withdrawn_has(&back, ref), i % 2 == 0);
	}
	hit_withdrawn_done(&back);
	struct js *refs = js_get(j, "refs");
	js_append_take(refs, js_new_str("AAAAAAAAAAAAAAAAAAAAAA"));
	assert_int_equal(hit_withdrawn_read(j, &back, &why), ENT_EFIELD); /* 129 */
	assert_null(back.refs);
	js_free(j);
	w.count = 127;
	assert_int_equal(hit_withdrawn_write(&w, &out, &why), ENT_ETOOBIG);
	w.count = 128;
	memset(w.refs + HIT_REF, 0xff, HIT_REF); /* out of order */
	buf_reset(&out);
	assert_int_equal(hit_withdrawn_write(&w, &out, &why), ENT_OK);
	j = parse(&out);
	assert_int_equal(hit_withdrawn_read(j, &back, &why), ENT_EFIELD);
	js_free(j);
	buf_done(&out);
	hit_withdrawn_done(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_size_follows_from_the_number_of_elements_alone),
		cmocka_unit_test(test_an_ask_comes_back_as_it_was),
		cmocka_unit_test(test_malformed_asks_are_refused),
		cmocka_unit_test(test_answer_and_refusal_come_back_as_they_were),
		cmocka_unit_test(test_an_answer_must_fit_its_ask),
		cmocka_unit_test(test_a_withdrawn_list_is_sorted_on_its_grid_and_searched),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
