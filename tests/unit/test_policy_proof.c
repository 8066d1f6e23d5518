/* SPDX-License-Identifier: Apache-2.0
 *
 * Cards, signatures, statements and exchange files: what is forged, doubled or spoilt is refused.
 */
#include "policy_fixture.h"

static void
test_a_flipped_bit_anywhere_in_a_card_refuses_it(void **state)
{
	(void)state;
	struct world w;
	struct policy_card card;
	world_init(&w);
	size_t n = strlen(w.rab.card_jws);
	for (size_t i = 0; i < n; i += 3) {
		char *spoilt = ent_strdup(w.rab.card_jws);
		spoilt[i] = spoilt[i] == 'A' ? 'B' : 'A';
		if (strcmp(spoilt, w.rab.card_jws) != 0)
			assert_int_not_equal(policy_card_check(str_of(spoilt), &card, NULL), ENT_OK);
		free(spoilt);
	}
	assert_int_equal(policy_card_check(str_of(w.rab.card_jws), &card, NULL), ENT_OK);
	assert_string_equal(card.code, "RAB");
	assert_string_equal(card.address, "127.0.0.1:7001");
	struct js *made = policy_card_make(&card);
	char *again = sign_with(w.rab.sk, JWS_CARD, made);
	assert_string_equal(again, w.rab.card_jws); /* what is made is what is read */
	free(again);
	js_free(made);
	world_done(&w);
}

/* [POL-2] a code keeps its identity, an identity its code; test_store_agreements shows the store's part */
static void
test_two_cards_of_one_code_or_one_identity_do_not_load(void **state)
{
	(void)state;
	for (int twin = 0; twin < 2; twin++) {
		struct world w;
		struct service other;
		struct ent_why why = { .text = "" };
		world_init(&w);
		service_init(&other, twin == 0 ? "RAB" : "BRU", "Impostor");
		world_add(&w, POLICY_CARD, other.card_jws);
		assert_int_equal(world_try(&w, &why), ENT_EEXISTS);
		world_done(&w);
	}
}

struct forgery {
	const char *iss, *doc, *by;
	int user;
	bool by_rab; /* whose key signs */
	const char *field, *value;
	enum ent_err err;
};

static void
test_consents_verify_or_are_refused(void **state)
{
	(void)state;
	static const struct forgery rows[] = {
		{ "BRU", NULL, "anna", 1, false, NULL, NULL, ENT_OK },
		{ "BRU", NULL, "bert", 1, false, NULL, NULL, ENT_EEXISTS },	/* same id */
		{ "BRU", NULL, "ANNA", 2, false, NULL, NULL, ENT_EEXISTS },	/* same name */
		{ "RAB", NULL, "anna", 1, true, NULL, NULL, ENT_OK },		/* of another service */
		{ "BRU", NULL, "carl", 3, true, NULL, NULL, ENT_ESIG },		/* RAB's key for BRU */
		{ "TUN", NULL, "tarek", 4, true, NULL, NULL, ENT_EPIN },	/* no party */
		{ "BRU", "{}", "carl", 3, false, NULL, NULL, ENT_ESIG },	/* another document */
		{ "BRU", NULL, "carl", 3, false, "role", "peer", ENT_EFIELD },
		{ "BRU", NULL, "carl", 3, false, "role", "king", ENT_EFIELD },
		{ "BRU", NULL, "carl", 3, false, "extra", "x", ENT_EFIELD },
		{ "BRU", NULL, "carl", 0, false, NULL, NULL, ENT_EFIELD },	/* the zero id */
		{ "BRU", NULL, "carl", 3, false, NULL, NULL, ENT_OK },
	};
	struct world w;
	struct policy_agreement *a = NULL;
	world_init(&w);
	char *doc = js_text(w.document);
	assert_int_equal(policy_document_check(bytes_of_cstr(doc), &a, NULL), ENT_OK);
	assert_false(policy_signed(a, NULL));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct js *o = consent_of(rows[i].iss, rows[i].doc == NULL ? doc : rows[i].doc, rows[i].by,
		    rows[i].user);
		if (rows[i].field != NULL)
			js_set_str(o, rows[i].field, rows[i].value);
		char *jws = sign_with(rows[i].by_rab ? w.rab.sk : w.bru.sk, JWS_CONSENT, o);
		size_t before = a->consent_count;
		enum ent_err err = policy_consent_add(a, str_of(jws), NULL);
		if (err != rows[i].err)
			fail_msg("row %zu: %s", i, ent_err_name(err));
		assert_int_equal(a->consent_count, before + (err == ENT_OK));
		free(jws);
		js_free(o);
	}
	struct ent_why why = { .text = "" };
	assert_int_equal(policy_signers(a, "BRU"), 2);
	assert_int_equal(policy_signers(a, "RAB"), 1);
	assert_false(policy_signed(a, &why)); /* two there, one here: still inert */
	assert_non_null(strstr(why.text, "RAB"));
	policy_agreement_free(a);
	free(doc);
	world_done(&w);
}

static struct js *
statement(const struct world *w, enum policy_standing s, int64_t seq)
{
	struct actor who = { .id = { { 1 } }, .name = "anna", .service = "BRU" };
	struct js *o = policy_standing_make(w->policy, policy_agreement(w->policy, "AGR-1"), s, &who, T0);
	if (seq > 0)
		js_set_int(o, "seq", seq);
	return o;
}

static void
test_a_statement_is_tried_before_it_is_kept(void **state)
{
	(void)state;
	struct world w;
	char party[CODE_MAX] = "";
	int64_t seq = 0;
	world_init(&w);
	world_load(&w);
	struct js *o = statement(&w, STANDING_SUSPENDED, 0);
	char *jws = sign_with(w.bru.sk, JWS_STANDING, o), *forged = sign_with(w.rab.sk, JWS_STANDING, o);
	assert_int_equal(policy_standing_check(w.policy, "AGR-1", str_of(jws), party, &seq, NULL), ENT_OK);
	assert_string_equal(party, "BRU");
	assert_int_equal(seq, 1);
	assert_int_equal(policy_standing_check(w.policy, "AGR-1", str_of(forged), party, &seq, NULL),
	    ENT_ESIG);
	assert_int_equal(policy_standing_check(w.policy, "AGR-2", str_of(jws), party, &seq, NULL),
	    ENT_ENOTFOUND);
	assert_int_equal(policy_standing_check(w.policy, "", str_of(jws), party, &seq, NULL), ENT_ESIG);
	/* trying changed nothing */
	assert_int_equal(policy_standing(policy_agreement(w.policy, "AGR-1")), STANDING_ACTIVE);
	free(jws);
	free(forged);
	js_free(o);
	world_done(&w);
}

static void
test_statements_count_upwards_and_end_with_a_termination(void **state)
{
	(void)state;
	struct world w;
	struct policy_agreement *a = NULL;
	static const struct {
		enum policy_standing s;
		int64_t seq;
		enum ent_err err;
	} rows[] = {
		{ STANDING_SUSPENDED, 1, ENT_OK }, { STANDING_ACTIVE, 1, ENT_ESEQ },
		{ STANDING_ACTIVE, 5, ENT_OK }, { STANDING_SUSPENDED, 4, ENT_ESEQ },
		{ STANDING_TERMINATED, 6, ENT_OK }, { STANDING_ACTIVE, 7, ENT_ESTATE },
	};
	world_init(&w);
	world_load(&w);
	const struct policy_agreement *loaded = policy_agreement(w.policy, "AGR-1");
	assert_int_equal(policy_document_check(loaded->document, &a, NULL), ENT_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct js *o = statement(&w, rows[i].s, rows[i].seq);
		char *jws = sign_with(w.bru.sk, JWS_STANDING, o);
		assert_int_equal(policy_standing_add(a, str_of(jws), NULL, NULL), rows[i].err);
		free(jws);
		js_free(o);
	}
	assert_int_equal(policy_standing(a), STANDING_TERMINATED);
	policy_agreement_free(a);
	world_done(&w);
}

/* [POL-9] the bytes that were signed are the bytes that travel */
static void
test_a_document_travels_byte_for_byte(void **state)
{
	(void)state;
	struct world w;
	struct policy_file f;
	world_init(&w);
	struct buf text;
	buf_init(&text, 100000);
	js_write_pretty(w.document, &text);
	struct js *consents = js_array(), *made;
	js_append_take(consents, js_new_str("a.b.c"));
	made = policy_file_make(buf_bytes(&text), consents, NULL);
	char *file = js_text(made);
	assert_int_equal(policy_file_read(bytes_of_cstr(file), &f, NULL), ENT_OK);
	assert_true(bytes_equal(f.document, buf_bytes(&text)));
	assert_int_equal(js_len(f.consents), 1);
	policy_file_done(&f);
	static const char *const bad[] = { "{}", "[]", "{\"document\":\"e30\",\"consents\":[1]}",
		"{\"document\":\"e30=\",\"consents\":[]}", "{\"document\":\"e30\",\"consents\":[],\"x\":1}",
		"{\"document\":\"e30\",\"consents\":{}}" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_not_equal(policy_file_read(bytes_of_cstr(bad[i]), &f, NULL), ENT_OK);
	free(file);
	js_free(made);
	js_free(consents);
	buf_done(&text);
	world_done(&w);
}

static void
test_drafts_and_the_national_annex_are_documents(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	world_load(&w);
	const struct policy_agreement *a = policy_agreement(w.policy, "AGR-1");
	const struct policy_agreement *n = policy_agreement(w.policy, NULL);
	assert_string_equal(a->parties[0].code, "BRU"); /* by code, whoever drafts */
	assert_string_equal(policy_other_party(w.policy, a), "RAB");
	assert_null(policy_other_party(w.policy, n));
	assert_int_equal(a->annexes[0].quota_day, 200 * 8);
	assert_true(policy_annex_field(&a->annexes[0], STATEMENT_NAME));
	assert_false(policy_annex_field(&a->annexes[0], STATEMENT_REMARK));
	assert_non_null(policy_oversight(&a->annexes[0], "RAB"));
	assert_true(policy_in_force(n, T0, NULL));
	for (unsigned u = 1; strcmp(purpose_name((enum ent_purpose)u), "none") != 0; u++)
		assert_int_equal((n->annexes[0].purposes & 1u << u) != 0, u != PURPOSE_OPERATION);
	/* a given annex keeps what it says and gets the rest */
	struct js *annexes = js_array(), *one = js_object();
	js_set_str(one, "id", "F");
	js_set_str(one, "onward", "never");
	struct js *quota = js_object();
	js_set_int(quota, "day", 2);
	js_set_take(one, "quota", quota);
	js_append_take(annexes, one);
	struct js *draft = policy_draft(&w.rab.card, &w.bru.card, "AGR-2", T0, T0 + ENT_DAY, annexes);
	char *text = js_text(draft);
	struct policy_agreement *b = NULL;
	assert_int_equal(policy_document_check(bytes_of_cstr(text), &b, NULL), ENT_OK);
	assert_false(b->annexes[0].onward);
	assert_int_equal(b->annexes[0].retention_days, 365);
	assert_int_equal(b->annexes[0].quota_day, 2 * 8);
	assert_int_equal(b->annexes[0].quota_epoch, 2000 * 8);
	policy_agreement_free(b);
	free(text);
	js_free(draft);
	world_done(&w);
}

static void
test_midnights_are_written_as_days_and_read_back_the_same(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	ent_time from = T0 - T0 % ENT_DAY, until = from + 30 * ENT_DAY;
	struct js *draft = policy_draft(&w.bru.card, &w.rab.card, "AGR-2", from, until, NULL);
	char *text = js_text(draft);
	struct policy_agreement *a = NULL;
	assert_int_equal(strlen(js_get_str(draft, "until")), 10);
	assert_int_equal(policy_document_check(bytes_of_cstr(text), &a, NULL), ENT_OK);
	assert_true(a->from == from && a->until == until);
	policy_agreement_free(a);
	free(text);
	js_free(draft);
	world_done(&w);
}

/* POL-39: the last version that two persons signed; one signature, or another's number, is nothing. */
static void
test_a_later_national_annex_holds_once_two_persons_signed_it(void **state)
{
	(void)state;
	struct ent_why why;
	for (int signers = 0; signers <= 2; signers++) {
		struct world w;
		world_init(&w);
		struct js *n = policy_national_default("BRU", "Brussels", w.bru.pk, T0 - ENT_DAY);
		policy_national_version(n, 2);
		policy_national_screening(n, "art. 3", 500, 7);
		char *text = js_text(n);
		world_add(&w, POLICY_DOCUMENT, text);
		for (int i = 0; i < signers; i++)
			world_consent(&w, &w.bru, text, i == 0 ? "anna" : "bert", 1 + i);
		world_load(&w);
		const struct policy_agreement *a = policy_agreement(w.policy, "");
		assert_string_equal(a->id, signers == 2 ? "national.2" : "national");
		assert_int_equal(a->annexes[0].screening.rows, signers == 2 ? 500 : 0);
		if (signers == 2)
			assert_int_equal(a->annexes[0].screening.keep_days, 7);
		assert_int_equal(policy_signers_wanted(policy_agreement(w.policy, "national.2")), 2);
		js_free(n);
		world_done(&w);
	}
	static const char *const bad[] = { "national.1", "national.", "national.02", "national.x", "national.3" };
	struct world w;
	world_init(&w);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct policy_agreement *a = NULL;
		struct js *n = policy_national_default("BRU", "Brussels", w.bru.pk, T0);
		policy_national_version(n, 2);
		js_set_str(n, "id", bad[i]);
		char *text = js_text(n);
		assert_int_equal(policy_document_check(bytes_of_cstr(text), &a, &why), ENT_EFIELD);
		free(text);
		js_free(n);
	}
	world_done(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_flipped_bit_anywhere_in_a_card_refuses_it),
		cmocka_unit_test(test_two_cards_of_one_code_or_one_identity_do_not_load),
		cmocka_unit_test(test_consents_verify_or_are_refused),
		cmocka_unit_test(test_a_statement_is_tried_before_it_is_kept),
		cmocka_unit_test(test_statements_count_upwards_and_end_with_a_termination),
		cmocka_unit_test(test_a_document_travels_byte_for_byte),
		cmocka_unit_test(test_drafts_and_the_national_annex_are_documents),
		cmocka_unit_test(test_a_later_national_annex_holds_once_two_persons_signed_it),
		cmocka_unit_test(test_midnights_are_written_as_days_and_read_back_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
