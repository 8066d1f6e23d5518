/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/vectors/record.json: bodies that are taken byte for byte, bodies that are refused with the field
 * named, and what an annex lets out.
 */
#include "crypto/sdjwt.h"
#include "record/record.h"
#include "vectors_fixture.h"

#include <stdlib.h>
#include <string.h>

static int
load(void **state)
{
	assert_int_equal(crypto_init(), ENT_OK);
	*state = vectors_read("record");
	return 0;
}

static void
test_accepted_bodies_come_back_byte_for_byte(void **state)
{
	const struct js *list = js_get(*state, "accepted");
	assert_true(js_len(list) > 5);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i), *body = js_get(v, "body");
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct record *r = NULL;
		struct ent_why why = { .text = "" };
		if (record_read(body, a, &r, &why) != ENT_OK)
			fail_msg("%s: %s", js_get_str(v, "what"), why.text);
		struct js *again = record_write(r);
		char *in = js_text(body), *out = js_text(again);
		assert_string_equal(in, out);
		assert_int_equal(label_quarantined(&r->label), js_get_bool(v, "quarantine", false));
		if (js_get_str(v, "digest") != NULL) {
			uint8_t hash[CRYPTO_HASH_LEN];
			char text[B64U_SIZE(CRYPTO_HASH_LEN)];
			crypto_sha256(bytes_of_cstr(out), hash);
			b64u_encode(bytes_of(hash, sizeof hash), text);
			assert_string_equal(text, js_get_str(v, "digest"));
		}
		free(in);
		free(out);
		js_free(again);
		arena_free(a);
	}
}

static void
test_refused_bodies_are_refused_by_the_field(void **state)
{
	const struct js *list = js_get(*state, "refused");
	assert_true(js_len(list) > 20);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i);
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct record *r = NULL;
		struct ent_why why = { .text = "" };
		enum ent_err err = record_read(js_get(v, "body"), a, &r, &why);
		char wanted[80];
		(void)snprintf(wanted, sizeof wanted, "'%s'", js_get_str(v, "names"));
		if (err != ENT_EFIELD || strstr(why.text, wanted) == NULL)
			fail_msg("%s: %d '%s' does not name %s", js_get_str(v, "what"), (int)err, why.text,
			    wanted);
		arena_free(a);
	}
}

static void
test_an_annex_lets_out_what_its_fields_name(void **state)
{
	const struct js *d = js_get(*state, "disclosed"), *cases = js_get(d, "cases");
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct record *r = NULL;
	struct ent_why why;
	struct js *payload, *disclosures;
	assert_int_equal(record_read(js_get(d, "body"), a, &r, &why), ENT_OK);
	record_hide(r, &payload, &disclosures);
	assert_null(js_get(payload, "salt"));
	for (size_t i = 0; i < js_len(cases); i++) {
		const struct js *fields = js_get(js_at(cases, i), "fields"), *lets = js_get(js_at(cases, i),
		    "lets");
		const char *names[16];
		bool let[32];
		struct record *back = NULL;
		for (size_t k = 0; k < js_len(fields); k++)
			names[k] = js_str(js_at(fields, k));
		assert_int_equal(record_disclosable(r, names, js_len(fields), let), js_len(lets));
		for (size_t k = 0; k < js_len(lets); k++)
			assert_true(let[js_int(js_at(lets, k), 0)]);
		struct js *out = record_release(disclosures, let, r->count);
		assert_int_equal(record_reveal(payload, out, a, &back, &why), ENT_OK);
		assert_int_equal(back->count, js_len(lets));
		for (size_t k = 0; k < back->count; k++)
			assert_int_equal(back->statements[k].kind,
			    r->statements[js_int(js_at(lets, k), 0)].kind);
		js_free(out);
	}
	js_free(payload);
	js_free(disclosures);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted_bodies_come_back_byte_for_byte),
		cmocka_unit_test(test_refused_bodies_are_refused_by_the_field),
		cmocka_unit_test(test_an_annex_lets_out_what_its_fields_name),
	};
	return cmocka_run_group_tests(tests, load, vectors_unload);
}
