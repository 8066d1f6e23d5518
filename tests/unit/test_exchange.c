/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0 ((ent_time)1790000000 * ENT_SECOND)

struct side {
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK];
	struct signer signer;
	struct feed_head out; /* as the sender keeps it */
	struct feed_head in;  /* of the same feed, as the receiver keeps it */
};

static void
side_init(struct side *s, const char *from, const char *to)
{
	memset(s, 0, sizeof *s);
	crypto_ed25519_keypair(s->pk, s->sk);
	s->signer = signer_of_key(s->sk);
	(void)snprintf(s->out.agreement, sizeof s->out.agreement, "AGR-1");
	(void)snprintf(s->out.from, sizeof s->out.from, "%s", from);
	(void)snprintf(s->out.to, sizeof s->out.to, "%s", to);
	s->in = s->out;
}

static struct js *
parse(const char *text)
{
	struct js *j = NULL;
	struct ent_why why = { 0 };
	assert_int_equal(js_parse(bytes_of_cstr(text), 10000, &j, &why), ENT_OK);
	return j;
}

static enum ent_err
compose(struct side *s, enum entry_kind kind, const struct ent_id *ref, ent_time time,
    const char *codes, const char *hidden, struct js **message, struct ent_why *why)
{
	struct js *c = parse(codes), *h = hidden == NULL ? NULL : parse(hidden);
	struct entry_draft d = { .kind = kind, .ref = *ref, .time = time, .codes = c, .hidden = h };
	enum ent_err err = exchange_compose(&s->out, &d, &s->signer, message, why);
	js_free(c);
	js_free(h);
	return err;
}

static const char request_codes[] = "{\"urgency\":\"urgent\",\"purpose\":\"terrorism\","
    "\"annex\":\"A\",\"handling\":[\"H1\"],\"evaluation\":\"B2\",\"by_role\":\"liaison\"}";
static const char request_hidden[] = "{\"question\":\"where?\",\"subject\":{\"name\":\"X\"}}";

static void
test_entry_travels_and_chains(void **state)
{
	(void)state;
	struct side s;
	side_init(&s, "BRU", "RAB");
	struct ent_id ref = id_new();
	for (unsigned i = 1; i <= 3; i++) {
		struct js *m = NULL;
		struct entry e = { 0 };
		struct ent_why why = { 0 };
		assert_int_equal(compose(&s, KIND_REQUEST, &ref, T0, request_codes, request_hidden, &m,
		    &why), ENT_OK);
		assert_null(strstr(js_get_str(m, "jws"), "where"));
		assert_int_equal(exchange_check(&s.in, m, s.pk, &e, &why), ENT_OK);
		assert_int_equal(e.seq, i);
		assert_string_equal(js_get_str(e.opened, "question"), "where?");
		assert_null(js_get(e.payload, "question"));
		assert_memory_equal(s.in.hash, s.out.hash, CRYPTO_HASH_LEN);
		entry_done(&e);
		js_free(m);
	}
}

static void
test_dropped_doubled_and_foreign_entries_are_refused(void **state)
{
	(void)state;
	struct side s, other;
	side_init(&s, "BRU", "RAB");
	side_init(&other, "BRU", "RAB");
	struct ent_id ref = id_new();
	struct js *m1 = NULL, *m2 = NULL;
	struct entry e = { 0 };
	struct ent_why why = { 0 };
	assert_int_equal(compose(&s, KIND_REQUEST, &ref, T0, request_codes, NULL, &m1, &why), ENT_OK);
	assert_int_equal(compose(&s, KIND_REQUEST, &ref, T0, request_codes, NULL, &m2, &why), ENT_OK);
	assert_int_equal(exchange_check(&s.in, m2, s.pk, &e, &why), ENT_ESEQ);	  /* one dropped */
	assert_int_equal(exchange_check(&s.in, m1, other.pk, &e, &why), ENT_ESIG); /* other key */
	assert_int_equal(exchange_check(&s.in, m1, s.pk, &e, &why), ENT_OK);
	entry_done(&e);
	assert_int_equal(exchange_check(&s.in, m1, s.pk, &e, &why), ENT_ESEQ); /* doubled */
	struct feed_head elsewhere = s.in;
	(void)snprintf(elsewhere.agreement, sizeof elsewhere.agreement, "AGR-2");
	assert_int_equal(exchange_check(&elsewhere, m2, s.pk, &e, &why), ENT_ESIG);
	/* same number, other predecessor */
	struct feed_head forked = s.in;
	forked.hash[0] ^= 1;
	assert_int_equal(exchange_check(&forked, m2, s.pk, &e, &why), ENT_ESEQ);
	js_free(m1);
	js_free(m2);
}

static void
test_disclosures_that_were_not_signed_are_refused(void **state)
{
	(void)state;
	struct side s;
	side_init(&s, "BRU", "RAB");
	struct ent_id ref = id_new();
	struct js *m = NULL;
	struct entry e = { 0 };
	struct ent_why why = { 0 };
	assert_int_equal(compose(&s, KIND_REQUEST, &ref, T0, request_codes, request_hidden, &m, &why),
	    ENT_OK);
	struct js *extra = js_object(), *more = js_array();
	sdjwt_hide_take(extra, more, "question", js_new_str("forged"));
	js_append_take(js_get(m, "disclosures"), js_copy(js_at(more, 0)));
	assert_int_equal(exchange_check(&s.in, m, s.pk, &e, &why), ENT_ESIG);
	js_set_take(m, "disclosures", js_array()); /* leaving out is allowed: fewer fields */
	assert_int_equal(exchange_check(&s.in, m, s.pk, &e, &why), ENT_OK);
	assert_null(js_get(e.opened, "question"));
	entry_done(&e);
	js_free(extra);
	js_free(more);
	js_free(m);
}

static void
test_records_beside_must_be_the_signed_ones(void **state)
{
	(void)state;
	struct side s;
	side_init(&s, "RAB", "BRU");
	struct ent_id ref = id_new();
	struct js *codes = parse("{\"complete\":\"partial\",\"handling\":[\"H1\"],\"evaluation\":\"B2\","
	    "\"retain_until\":1800000000000000,\"transfer_basis\":\"x\",\"by_role\":\"liaison\","
	    "\"refused\":[{\"part\":\"sources\",\"ground\":\"ongoing-investigation\"}]}");
	struct js *items = parse("[{\"jws\":\"a.b.c\",\"disclosures\":[]}]"), *m = NULL;
	struct entry_draft d = { .kind = KIND_ANSWER, .ref = ref, .time = T0, .codes = codes,
		.items = items };
	struct ent_why why = { 0 };
	struct entry e = { 0 };
	assert_int_equal(exchange_compose(&s.out, &d, &s.signer, &m, &why), ENT_OK);
	struct js *swapped = parse("[{\"jws\":\"a.b.d\",\"disclosures\":[]}]");
	struct js *kept = js_copy(js_get(m, "items"));
	js_set_take(m, "items", swapped);
	assert_int_equal(exchange_check(&s.in, m, s.pk, &e, &why), ENT_ESIG);
	js_del(m, "items");
	assert_int_equal(exchange_check(&s.in, m, s.pk, &e, &why), ENT_ESIG);
	/* unless the sender says that they were erased before they were pulled [EXC-17] */
	struct feed_head erased = s.in;
	js_set_bool(m, "erased", true);
	assert_int_equal(exchange_check(&erased, m, s.pk, &e, &why), ENT_OK);
	assert_null(e.items);
	entry_done(&e);
	js_set_take(m, "items", kept);
	assert_int_equal(exchange_check(&s.in, m, s.pk, &e, &why), ENT_OK);
	entry_done(&e);
	js_free(codes);
	js_free(items);
	js_free(m);
}

static void
test_entries_keep_the_rules_of_their_kind(void **state)
{
	(void)state;
	static const struct {
		enum entry_kind kind;
		const char *codes, *says;
	} bad[] = {
		{ KIND_REQUEST, "{}", "urgency" },
		{ KIND_REFUSAL, "{\"ground\":\"because\",\"by_role\":\"liaison\"}", "ground" },
		{ KIND_REFUSAL, "{\"ground\":\"human-rights\",\"by_role\":\"liaison\",\"name\":\"X\"}", "name" },
		{ KIND_RECEIPT, "{\"of\":0,\"hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"status\":\"received\"}", "of" },
		{ KIND_PERMISSION, "{\"record\":\"x\",\"recipient\":\"SEN\",\"granted\":true,\"by_role\":\"l\"}", "record" },
		{ KIND_ANSWER, "{\"complete\":\"whole\",\"handling\":[],\"evaluation\":\"B2\",\"retain_until\":1,"
		    "\"transfer_basis\":\"x\",\"by_role\":\"l\",\"refused\":[{\"part\":\"a\",\"ground\":\"no\"}]}", "refused" },
	};
	struct side s;
	side_init(&s, "BRU", "RAB");
	struct ent_id ref = id_new();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct js *m = NULL;
		struct ent_why why = { 0 };
		assert_int_equal(compose(&s, bad[i].kind, &ref, T0, bad[i].codes, NULL, &m, &why), ENT_EFIELD);
		assert_non_null(strstr(why.text, bad[i].says));
		assert_int_equal(s.out.seq, 0);
	}
}

/* One entry of `who`'s feed applied to t. */
static enum ent_err
step(struct thread *t, struct side *who, enum entry_kind kind, ent_time time, const char *codes)
{
	struct js *m = NULL;
	struct entry e = { 0 };
	struct ent_why why = { 0 };
	assert_int_equal(compose(who, kind, &t->ref, time, codes, NULL, &m, &why), ENT_OK);
	assert_int_equal(exchange_check(&who->in, m, who->pk, &e, &why), ENT_OK);
	enum ent_err err = thread_apply(t, &e, who->out.from, 8, &why);
	entry_done(&e);
	js_free(m);
	return err;
}

static const char text_codes[] = "{\"by_role\":\"liaison\"}";

static void
receipt_codes(const struct side *of, char *out, size_t room)
{
	char hash[B64U_SIZE(CRYPTO_HASH_LEN)];
	b64u_encode(bytes_of(of->out.hash, CRYPTO_HASH_LEN), hash);
	(void)snprintf(out, room, "{\"of\":%llu,\"hash\":\"%s\",\"status\":\"received\"}",
	    (unsigned long long)of->out.seq, hash);
}

static void
test_clock_starts_at_the_receipt_and_stands_while_clarifying(void **state)
{
	(void)state;
	struct side bru, rab;
	struct thread t = { .ref = id_new() };
	char codes[200];
	side_init(&bru, "BRU", "RAB");
	side_init(&rab, "RAB", "BRU");
	assert_int_equal(step(&t, &bru, KIND_REQUEST, T0, request_codes), ENT_OK);
	assert_int_equal(t.state, THREAD_SENT);
	assert_int_equal(t.due, 0);
	receipt_codes(&bru, codes, sizeof codes);
	assert_int_equal(step(&t, &rab, KIND_RECEIPT, T0 + ENT_HOUR, codes), ENT_OK);
	assert_int_equal(t.state, THREAD_OPEN);
	assert_true(t.due == T0 + 9 * ENT_HOUR);
	assert_int_equal(step(&t, &rab, KIND_CLARIFY, T0 + 3 * ENT_HOUR, text_codes), ENT_OK);
	assert_true(t.due == 0 && t.left == 6 * ENT_HOUR);
	assert_int_equal(step(&t, &rab, KIND_CLARIFY, T0 + 3 * ENT_HOUR, text_codes), ENT_ESTATE);
	assert_int_equal(step(&t, &bru, KIND_CLARIFICATION, T0 + 30 * ENT_HOUR, text_codes), ENT_OK);
	receipt_codes(&bru, codes, sizeof codes);
	assert_int_equal(step(&t, &rab, KIND_RECEIPT, T0 + 31 * ENT_HOUR, codes), ENT_OK);
	assert_true(t.state == THREAD_OPEN && t.due == T0 + 37 * ENT_HOUR);
	assert_int_equal(step(&t, &rab, KIND_REFUSAL, T0 + 32 * ENT_HOUR,
	    "{\"ground\":\"human-rights\",\"by_role\":\"liaison\"}"), ENT_OK);
	assert_int_equal(t.state, THREAD_REFUSED);
	assert_int_equal(step(&t, &rab, KIND_CLARIFY, T0, text_codes), ENT_ESTATE);
}

static void
test_hello_is_for_us_and_of_our_time(void **state)
{
	(void)state;
	struct side s;
	side_init(&s, "BRU", "RAB");
	struct hello h = { .from = "BRU", .to = "RAB", .agreement = "AGR-1", .version = 1, .time = T0 }, got;
	struct buf jws;
	struct ent_why why = { 0 };
	buf_init(&jws, 4096);
	assert_int_equal(hello_write(&h, &s.signer, &jws, &why), ENT_OK);
	struct str text = { buf_cstr(&jws), jws.n };
	assert_int_equal(hello_check(text, s.pk, "RAB", T0 + ENT_SECOND, &got, &why), ENT_OK);
	assert_string_equal(got.from, "BRU");
	assert_int_equal(hello_check(text, s.pk, "SEN", T0, &got, &why), ENT_EPIN);
	assert_int_equal(hello_check(text, s.pk, "RAB", T0 + ENT_HOUR, &got, &why), ENT_EPEER);
	buf_done(&jws);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry_travels_and_chains),
		cmocka_unit_test(test_dropped_doubled_and_foreign_entries_are_refused),
		cmocka_unit_test(test_disclosures_that_were_not_signed_are_refused),
		cmocka_unit_test(test_records_beside_must_be_the_signed_ones),
		cmocka_unit_test(test_entries_keep_the_rules_of_their_kind),
		cmocka_unit_test(test_clock_starts_at_the_receipt_and_stands_while_clarifying),
		cmocka_unit_test(test_hello_is_for_us_and_of_our_time),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
