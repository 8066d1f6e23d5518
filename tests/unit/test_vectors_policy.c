/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/vectors/policy.json: cards, documents, signatures, statements, decisions and labels, made by
 * tools/vectors-policy without any of our code.
 */
#include "policy/policy.h"
#include "vectors_fixture.h"

#include <stdio.h>
#include <string.h>

#define INPUTS_MAX 32

static enum policy_input_kind
kind_of(const char *s)
{
	return strcmp(s, "card") == 0	   ? POLICY_CARD
	    : strcmp(s, "document") == 0 ? POLICY_DOCUMENT
	    : strcmp(s, "consent") == 0	   ? POLICY_CONSENT
					   : POLICY_STANDING;
}

static enum ent_err
load(const struct js *v, const struct js *names, struct policy **out, struct ent_why *why)
{
	struct policy_input inputs[INPUTS_MAX];
	struct policy_card own;
	size_t n = js_len(names);
	assert_true(n <= INPUTS_MAX);
	assert_int_equal(policy_card_check(str_of(js_get_str(v, "own")), &own, why), ENT_OK);
	for (size_t i = 0; i < n; i++) {
		const struct js *in = js_get(js_get(v, "inputs"), js_str(js_at(names, i)));
		assert_non_null(in);
		inputs[i] = (struct policy_input){ kind_of(js_get_str(in, "kind")),
			bytes_of_cstr(js_get_str(in, "data")) };
	}
	return policy_load(&own, inputs, n, out, why);
}

static void
test_what_does_not_verify_is_not_loaded(void **state)
{
	(void)state;
	struct js *v = vectors_read("policy"), *rows = js_get(v, "loads");
	assert_true(js_len(rows) > 10);
	for (size_t i = 0; i < js_len(rows); i++) {
		const struct js *row = js_at(rows, i);
		struct policy *p = NULL;
		struct ent_why why = { .text = "" };
		enum ent_err err = load(v, js_get(row, "inputs"), &p, &why);
		if (strcmp(ent_err_name(err), js_get_str(row, "error")) != 0)
			fail_msg("load %zu (%s): %s, %s", i, js_get_str(row, "id"), ent_err_name(err), why.text);
		assert_null(p);
	}
	js_free(v);
}

static void
test_documents_are_taken_or_refused(void **state)
{
	(void)state;
	struct js *v = vectors_read("policy"), *rows = js_get(v, "documents");
	assert_true(js_len(rows) > 20);
	for (size_t i = 0; i < js_len(rows); i++) {
		const struct js *row = js_at(rows, i);
		struct policy_agreement *a = NULL;
		struct ent_why why = { .text = "" };
		enum ent_err err = policy_document_check(bytes_of_cstr(js_get_str(row, "document")), &a,
		    &why);
		if (strcmp(ent_err_name(err), js_get_str(row, "error")) != 0)
			fail_msg("document %zu (%s): %s, %s", i, js_get_str(row, "id"), ent_err_name(err),
			    why.text);
		assert_true((err == ENT_OK) == (a != NULL));
		policy_agreement_free(a);
	}
	js_free(v);
}

static unsigned
roles_of(const struct js *list)
{
	unsigned bits = 0;
	for (size_t i = 0; i < js_len(list); i++)
		bits |= role_of(js_str(js_at(list, i)));
	return bits;
}

static void
decide_one(const struct js *v, const struct js *row, size_t number)
{
	const struct js *in = js_get(row, "ask"), *fields = js_get(in, "fields");
	struct policy *p = NULL;
	struct record_label label;
	struct actor actor = { .id = { { 1 } }, .name = "anna" };
	struct ent_why why = { .text = "" };
	struct policy_ask ask = { .actor = &actor, .action = action_of(js_get_str(in, "action")),
		.roles = roles_of(js_get(in, "roles")), .purpose = purpose_of(js_get_str(in, "purpose")),
		.agreement = js_get_str(in, "agreement"), .annex = js_get_str(in, "annex"),
		.case_ref = js_get_str(in, "case"), .reason = js_get_str(in, "reason"), .label = &label,
		.type = js_get_str(in, "type"), .recipient = js_get_str(in, "recipient"),
		.used_day = (uint64_t)js_get_int(in, "used_day", 0),
		.used_epoch = (uint64_t)js_get_int(in, "used_epoch", 0),
		.elements = (uint32_t)js_get_int(in, "persons", 0) * 8,
		.rows = (uint64_t)js_get_int(in, "rows", 0),
		.permitted = js_get_bool(in, "permitted", false), .now = js_get_int(in, "at", 0),
		.assurances = policy_assurances(js_get(in, "assurances")) };
	actor.roles = roles_of(js_get(in, "actor_roles"));
	(void)snprintf(actor.service, sizeof actor.service, "%s", js_get_str(in, "service"));
	for (size_t i = 0; i < js_len(fields); i++)
		ask.fields |= 1u << statement_kind_of(js_str(js_at(fields, i)));
	assert_int_equal(label_read(js_get(in, "label"), &label, &why), ENT_OK);
	const struct js *set = js_get(js_get(v, "sets"), js_get_str(row, "set"));
	assert_non_null(set);
	if (load(v, set, &p, &why) != ENT_OK)
		fail_msg("decision %zu: %s", number, why.text);
	struct grant *g = policy_decide(p, &ask);
	const char *verdict = ent_err_name(grant_verdict(g));
	if (strcmp(verdict, js_get_str(row, "error")) != 0 ||
	    strcmp(grant_clause(g), js_get_str(row, "clause")) != 0)
		fail_msg("decision %zu (%s): %s by '%s': %s", number, js_get_str(row, "id"), verdict,
		    grant_clause(g), grant_text(g));
	grant_free(g);
	policy_free(p);
}

static void
test_decisions_are_as_the_specification_says(void **state)
{
	(void)state;
	struct js *v = vectors_read("policy"), *rows = js_get(v, "decisions");
	assert_true(js_len(rows) > 50);
	for (size_t i = 0; i < js_len(rows); i++)
		decide_one(v, js_at(rows, i), i);
	js_free(v);
}

static void
accept_one(const struct js *v, const struct js *row, size_t number)
{
	const struct js *in = js_get(row, "given"), *fields = js_get(in, "fields");
	struct policy *p = NULL;
	struct record_label label;
	struct ent_why why = { .text = "" };
	struct policy_ask given = { .agreement = js_get_str(in, "agreement"),
		.annex = js_get_str(in, "annex"), .now = js_get_int(in, "at", 0),
		.retain_until = js_get_int(in, "retain_until", 0), .type = js_get_str(in, "type") };
	for (size_t i = 0; i < js_len(fields); i++)
		given.fields |= 1u << statement_kind_of(js_str(js_at(fields, i)));
	if (js_get(in, "label") != NULL) {
		assert_int_equal(label_read(js_get(in, "label"), &label, &why), ENT_OK);
		given.label = &label;
	}
	if (load(v, js_get(js_get(v, "sets"), js_get_str(row, "set")), &p, &why) != ENT_OK)
		fail_msg("answer %zu: %s", number, why.text);
	enum ent_err err = policy_accepts(p, &given, &why);
	if (strcmp(ent_err_name(err), js_get_str(row, "error")) != 0 ||
	    strcmp(why.clause, js_get_str(row, "clause")) != 0)
		fail_msg("answer %zu (%s): %s by '%s': %s", number, js_get_str(row, "id"), ent_err_name(err),
		    why.clause, why.text);
	policy_free(p);
}

static void
test_answers_are_held_against_the_annex_of_the_request(void **state)
{
	(void)state;
	struct js *v = vectors_read("policy"), *rows = js_get(v, "accepts");
	assert_true(js_len(rows) > 10);
	for (size_t i = 0; i < js_len(rows); i++)
		accept_one(v, js_at(rows, i), i);
	js_free(v);
}

static void
test_labels_are_translated(void **state)
{
	(void)state;
	struct js *v = vectors_read("policy"), *rows = js_get(v, "labels");
	struct policy *p = NULL;
	struct ent_why why = { .text = "" };
	assert_int_equal(load(v, js_get(js_get(v, "sets"), "active"), &p, &why), ENT_OK);
	const struct policy_agreement *a = policy_agreement(p, "AGR-1");
	for (size_t i = 0; i < js_len(rows); i++) {
		const struct js *row = js_at(rows, i);
		struct record_label in, out, right;
		assert_int_equal(label_read(js_get(row, "in"), &in, &why), ENT_OK);
		assert_int_equal(label_read(js_get(row, "out"), &right, &why), ENT_OK);
		policy_translate(a, policy_annex(a, "A"), &in, js_get_int(row, "at", 0), &out);
		struct js *was = label_write(&out), *wanted = label_write(&right);
		assert_true(js_equal(was, wanted));
		js_free(was);
		js_free(wanted);
	}
	policy_free(p);
	js_free(v);
}

static void
test_the_fingerprint_is_read_in_groups(void **state)
{
	(void)state;
	struct js *v = vectors_read("policy");
	struct policy_card own;
	struct ent_why why = { .text = "" };
	char text[POLICY_FINGERPRINT_TEXT];
	assert_int_equal(policy_card_check(str_of(js_get_str(v, "own")), &own, &why), ENT_OK);
	policy_fingerprint(own.identity, text);
	assert_string_equal(text, js_get_str(v, "fingerprint"));
	js_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_does_not_verify_is_not_loaded),
		cmocka_unit_test(test_documents_are_taken_or_refused),
		cmocka_unit_test(test_decisions_are_as_the_specification_says),
		cmocka_unit_test(test_answers_are_held_against_the_annex_of_the_request),
		cmocka_unit_test(test_labels_are_translated),
		cmocka_unit_test(test_the_fingerprint_is_read_in_groups),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
