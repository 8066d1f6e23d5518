/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/vectors/record.json: bodies that are taken byte for byte, bodies that are refused with the field
 * named, what an annex lets out and a receiver takes in, rows of source lists, the root of an import.
 */
#include "audit/tree.h"
#include "crypto/sdjwt.h"
#include "lists/lists.h"
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

static void
test_a_receiver_takes_the_signed_part_and_checks_each_statement(void **state)
{
	const struct js *list = js_get(*state, "reveals");
	assert_true(js_len(list) > 4);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i), *payload = js_get(v, "payload");
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct record *r = NULL;
		struct ent_why why = { .text = "" };
		enum ent_err err = record_reveal(payload, js_get(v, "disclosures"), a, &r, &why);
		if (strcmp(ent_err_name(err), js_get_str(v, "error")) != 0)
			fail_msg("%s: %s '%s'", js_get_str(v, "what"), ent_err_name(err), why.text);
		if (err == ENT_OK) {
			struct js *back = record_write(r);
			assert_int_equal(r->count, 1);
			assert_string_equal(js_get_str(back, "id"), js_get_str(payload, "id"));
			assert_int_equal(js_get_int(back, "version", 0), js_get_int(payload, "version", 0));
			assert_true(js_equal(js_get(back, "label"), js_get(payload, "label")));
			js_free(back);
		}
		arena_free(a);
	}
}

/* ---- source lists --------------------------------------------------------------------------------- */

static void
take_row(void *ctx, const char *file, const char *row, const struct js *cells)
{
	struct js *rows = ctx;
	char key[160];
	(void)snprintf(key, sizeof key, "%s %s", file, row);
	const struct js *want = js_get(rows, key);
	if (want == NULL || !js_equal(want, cells)) {
		char *text = js_text(cells);
		fail_msg("row '%s' became %s", key, text);
	}
	js_del(rows, key);
}

static enum ent_err
take_record(void *ctx, struct record *r, struct ent_why *why)
{
	(void)why;
	list_rebuild(r, take_row, ctx);
	return ENT_OK;
}

static void
test_rows_of_a_list_are_had_back(void **state)
{
	const struct js *list = js_get(*state, "lists");
	const struct js *label = js_get(js_get(js_at(js_get(*state, "accepted"), 0), "body"), "label");
	assert_int_equal(js_len(list), 2);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i);
		struct js *rows = js_copy(js_get(v, "rows")), *text;
		struct bytes rest[3];
		struct list_input in[3];
		struct list_report report;
		struct record_label l;
		struct ent_why why = { .text = "" };
		const char *name;
		size_t n = 0;
		for (void *it = NULL; (it = js_each(js_get(v, "files"), it, &name, &text)) != NULL; n++) {
			rest[n] = bytes_of_cstr(js_str(text));
			in[n] = list_input_of(name, &rest[n]);
		}
		assert_int_equal(list_label_read(label, &l, &why), ENT_OK);
		if (list_read(strcmp(js_get_str(v, "format"), "un-sc") == 0 ? LIST_UN_SC : LIST_OFAC_SDN, in, n,
			&l, take_record, rows, &report, &why) != ENT_OK)
			fail_msg("%s", why.text);
		if (js_len(rows) > 0)
			fail_msg("rows that no record gives back: %s", js_text(rows));
		list_report_done(&report);
		js_free(rows);
	}
}

static void
test_the_root_of_an_import_covers_its_canonical_bodies(void **state)
{
	const struct js *v = js_get(*state, "imported"), *bodies = js_get(v, "bodies");
	struct tree tree = { .size = 0 };
	uint8_t root[CRYPTO_HASH_LEN], leaf[CRYPTO_HASH_LEN];
	char text[B64U_SIZE(CRYPTO_HASH_LEN)];
	assert_true(js_len(bodies) > 3);
	for (size_t i = 0; i < js_len(bodies); i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct record *r = NULL;
		struct ent_why why = { .text = "" };
		assert_int_equal(record_read(js_at(bodies, i), a, &r, &why), ENT_OK);
		struct js *again = record_write(r);
		char *body = js_text(again);
		tree_leaf(bytes_of_cstr(body), leaf);
		tree_push(&tree, leaf);
		free(body);
		js_free(again);
		arena_free(a);
	}
	tree_root(&tree, root);
	b64u_encode(bytes_of(root, sizeof root), text);
	assert_string_equal(text, js_get_str(v, "root"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted_bodies_come_back_byte_for_byte),
		cmocka_unit_test(test_refused_bodies_are_refused_by_the_field),
		cmocka_unit_test(test_an_annex_lets_out_what_its_fields_name),
		cmocka_unit_test(test_a_receiver_takes_the_signed_part_and_checks_each_statement),
		cmocka_unit_test(test_rows_of_a_list_are_had_back),
		cmocka_unit_test(test_the_root_of_an_import_covers_its_canonical_bodies),
	};
	return cmocka_run_group_tests(tests, load, vectors_unload);
}
