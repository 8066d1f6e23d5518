/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/vectors/hit.json, made by tools/vectors-hit without any of our code.
 */
#include "base/int.h"
#include "hit/hit.h"
#include "text/text.h"
#include "vectors_fixture.h"

#include <string.h>

static int
load(void **state)
{
	assert_int_equal(crypto_init(), ENT_OK);
	*state = vectors_read("hit");
	return 0;
}

static void
exact(const struct js *j, uint8_t *out, size_t n)
{
	size_t got = 0;
	assert_non_null(js_str(j));
	assert_int_equal(b64u_decode(str_of(js_str(j)), out, n, &got), ENT_OK);
	assert_int_equal(got, n);
}

/* Does a key's input end in that text? */
static bool
some_ends(const struct hit_keys *k, const char *tail)
{
	size_t n = strlen(tail);
	for (size_t i = 0; i < k->n; i++)
		if (k->key[i].n > n && memcmp(k->key[i].input + k->key[i].n - n, tail, n) == 0)
			return true;
	return false;
}

static void
check_inputs(const struct js *row)
{
	struct hit_domain d = { "AGR-1", 2, 1 };
	struct hit_terms t = { .person = true };
	struct hit_keys *k = ent_alloc(sizeof *k);
	bool whole = false;
	if (js_get(row, "document") != NULL)
		t.document[t.documents++] = js_get_str(row, "document");
	if (js_get(row, "name") != NULL)
		t.name[t.names++] = js_get_str(row, "name");
	if (js_get(row, "birth") != NULL) {
		assert_int_equal(hit_date_parse(js_get_str(row, "birth"), &t.date[0], &whole, NULL), ENT_OK);
		t.dates = whole;
	}
	assert_int_equal(hit_keys_of_terms(&t, &d, k, NULL), ENT_OK);
	const struct js *dates = js_get(row, "date"), *keys = js_get(row, "keys");
	if (dates != NULL)
		assert_int_equal(k->n > 0, js_len(dates) > 0);
	for (size_t i = 0; i < js_len(dates); i++)
		assert_true(some_ends(k, js_str(js_at(dates, i))));
	for (size_t i = 0; i < js_len(keys); i++)
		assert_string_equal(k->key[i].input, js_str(js_at(keys, i)));
	free(k);
}

static void
test_inputs_are_bound_and_dates_have_their_forms(void **state)
{
	const struct js *rows = js_get(*state, "inputs");
	for (size_t i = 0; i < js_len(rows); i++)
		check_inputs(js_at(rows, i));
}

static void
test_blinds_and_commitment_follow_from_the_seed(void **state)
{
	const struct js *v = js_get(*state, "query");
	struct js *q = js_object();
	struct hit_query query;
	uint8_t commit[CRYPTO_HASH_LEN], want[CRYPTO_HASH_LEN], blind[OPRF_SCALAR];
	uint8_t blinded[HIT_SLOTS * OPRF_ELEMENT], again[OPRF_ELEMENT];
	js_set_take(q, "seed", js_copy(js_get(v, "seed")));
	js_set_take(q, "slots", js_copy(js_get(v, "slots")));
	assert_int_equal(hit_query_read(q, &query, NULL), ENT_OK);
	hit_query_commit(&query, commit);
	exact(js_get(v, "commit"), want, sizeof want);
	assert_memory_equal(commit, want, sizeof want);
	assert_int_equal(hit_query_blind(&query, blinded, NULL), ENT_OK);
	for (size_t i = 0; i < HIT_SLOTS; i++) {
		if (query.slot[i].class == 0)
			continue;
		exact(js_at(js_get(v, "blinds"), i), blind, sizeof blind);
		assert_int_equal(oprf_blind(OPRF_MODE_VERIFIABLE,
		    bytes_of(query.slot[i].input, query.slot[i].n), blind, again), ENT_OK);
		assert_memory_equal(again, blinded + i * OPRF_ELEMENT, sizeof again);
	}
	/* all eight, padding too: what who is shown the opening computes */
	for (size_t i = 0; i < HIT_SLOTS; i++) {
		exact(js_at(js_get(v, "elements"), i), again, sizeof again);
		assert_memory_equal(again, blinded + i * OPRF_ELEMENT, sizeof again);
	}
	js_free(q);
}

static void
test_tag_and_reference_of_an_output(void **state)
{
	const struct js *v = js_get(*state, "output");
	uint8_t output[OPRF_OUTPUT], id[HIT_FILTER_ID], tag[8], ref[HIT_REF], got[HIT_REF];
	exact(js_get(v, "output"), output, sizeof output);
	exact(js_get(v, "filter_id"), id, sizeof id);
	exact(js_get(v, "tag"), tag, sizeof tag);
	exact(js_get(v, "ref"), ref, sizeof ref);
	assert_int_equal(hit_tag(id, output), get_be64(tag));
	hit_ref(output, got);
	assert_memory_equal(got, ref, sizeof ref);
}

static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static void
build(const struct js *v, struct buf *out)
{
	struct hit_filter_head h = { .epoch = (uint32_t)js_get_int(v, "epoch", 0),
		.rules = (uint32_t)js_get_int(v, "rules", 0) };
	uint8_t pad[32];
	uint64_t tags[1000];
	exact(js_get(v, "id"), h.id, sizeof h.id);
	exact(js_get(v, "pk"), h.pk, sizeof h.pk);
	exact(js_get(v, "pad_seed"), pad, sizeof pad);
	(void)snprintf(h.agreement, sizeof h.agreement, "%s", js_get_str(v, "agreement"));
	for (uint64_t i = 0; i < 1000; i++)
		tags[i] = mix(i + 1);
	buf_init(out, 1 << 20);
	assert_int_equal(hit_filter_build(&h, tags, 1000, pad, out, NULL), ENT_OK);
}

static void
test_the_filter_has_these_bytes(void **state)
{
	const struct js *v = js_get(*state, "filter");
	uint8_t head[HIT_FILTER_HEAD], want[CRYPTO_HASH_LEN], sum[CRYPTO_HASH_LEN];
	struct buf out;
	build(v, &out);
	exact(js_get(v, "head"), head, sizeof head);
	exact(js_get(v, "sha256"), want, sizeof want);
	assert_int_equal(out.n, js_get_int(v, "bytes", 0));
	assert_memory_equal(out.p, head, sizeof head);
	crypto_sha256(buf_bytes(&out), sum);
	assert_memory_equal(sum, want, sizeof want);
	buf_done(&out);
}

static void
test_a_filter_is_held_against_its_note(void **state)
{
	const struct js *rows = js_get(*state, "notes");
	struct buf filter;
	build(js_get(*state, "filter"), &filter);
	assert_true(js_len(rows) > 5);
	for (size_t i = 0; i < js_len(rows); i++) {
		const struct js *row = js_at(rows, i);
		struct hit_note note;
		struct hit_filter_head head;
		struct ent_why why = { .text = "" };
		enum ent_err err = hit_note_parse(bytes_of_cstr(js_get_str(row, "text")), &note, &why);
		if (err == ENT_OK)
			err = hit_filter_check(&note, buf_bytes(&filter), &head, &why);
		if (strcmp(ent_err_name(err), js_get_str(row, "error")) != 0)
			fail_msg("note %zu: %s: %s", i, ent_err_name(err), why.text);
	}
	buf_done(&filter);
}

static void
test_sizes_of_messages(void **state)
{
	const struct js *rows = js_get(*state, "sizes");
	for (size_t i = 0; i < js_len(rows); i++) {
		size_t n = (size_t)js_int(js_at(js_at(rows, i), 0), 0);
		assert_int_equal(HIT_ASK_SIZE(n), js_int(js_at(js_at(rows, i), 1), 0));
		assert_int_equal(HIT_ANSWER_SIZE(n), js_int(js_at(js_at(rows, i), 1), 0));
	}
	assert_int_equal(js_len(rows), 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inputs_are_bound_and_dates_have_their_forms),
		cmocka_unit_test(test_blinds_and_commitment_follow_from_the_seed),
		cmocka_unit_test(test_tag_and_reference_of_an_output),
		cmocka_unit_test(test_the_filter_has_these_bytes),
		cmocka_unit_test(test_a_filter_is_held_against_its_note),
		cmocka_unit_test(test_sizes_of_messages),
	};
	return cmocka_run_group_tests(tests, load, vectors_unload);
}
