/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/vectors/envelope.json: each vector of spec/3-envelope.md gives just the verdict that it names.
 */
#include "crypto/note.h"
#include "crypto/sdjwt.h"
#include "vectors_fixture.h"

#include <stdlib.h>
#include <string.h>

static void
key_of(const struct js *v, uint8_t pk[static CRYPTO_SIGN_PK])
{
	struct ent_why why;
	struct js_reader r = js_reader_of(v, "", &why);
	js_want_b64u(&r, "pk", pk, CRYPTO_SIGN_PK);
	assert_int_equal(r.err, ENT_OK);
}

/* The verdict is the one that the vector names. */
static void
assert_verdict(const struct js *v, enum ent_err err)
{
	const char *name = err == ENT_OK ? "OK" : ent_err_name(err);
	if (strcmp(name, js_get_str(v, "result")) != 0)
		fail_msg("[%s] %s: %s, not %s", js_get_str(v, "id"), js_get_str(v, "why"), name,
		    js_get_str(v, "result"));
}

static enum jws_type
type_of(const char *name)
{
#define TYPE(num, n, typ, key)                                                                     \
	if (strcmp(name, #n) == 0)                                                                  \
		return JWS_##n;
#include "spec/registry/types.def"
#undef TYPE
	fail_msg("no type %s", name);
	return JWS_NONE;
}

static void
run_jws(const struct js *v, const uint8_t pk[static CRYPTO_SIGN_PK])
{
	struct js *payload = NULL, *want = NULL;
	struct ent_why why;
	const char *compact = js_get_str(v, "jws"), *hash = js_get_str(v, "hash");
	uint8_t raw[CRYPTO_HASH_LEN];
	char text[B64U_SIZE(CRYPTO_HASH_LEN)];
	enum ent_err err = jws_verify(str_of(compact), type_of(js_get_str(v, "type")), pk, &payload, &why);
	assert_verdict(v, err);
	if (err != ENT_OK)
		return;
	assert_int_equal(js_parse(bytes_of_cstr(js_get_str(v, "payload")), VECTORS_MAX, &want, &why), ENT_OK);
	assert_true(js_equal(payload, want));
	if (hash != NULL) {
		jws_hash(str_of(compact), raw);
		b64u_encode(bytes_of(raw, sizeof raw), text);
		assert_string_equal(text, hash);
	}
	js_free(payload);
	js_free(want);
}

static void
test_jws_vectors(void **state)
{
	(void)state;
	struct js *all = vectors_read("envelope"), *list = js_get(all, "jws");
	uint8_t pk[CRYPTO_SIGN_PK];
	key_of(all, pk);
	assert_true(js_len(list) >= 20);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i);
		uint8_t own[CRYPTO_SIGN_PK];
		if (js_get(v, "pk") != NULL)
			key_of(v, own);
		run_jws(v, js_get(v, "pk") != NULL ? own : pk);
	}
	js_free(all);
}

static void
test_sdjwt_vectors(void **state)
{
	(void)state;
	struct js *all = vectors_read("envelope"), *list = js_get(all, "sdjwt");
	struct ent_why why;
	assert_true(js_len(list) >= 22);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i);
		struct js *out = NULL;
		enum ent_err err = sdjwt_open(js_get(v, "payload"), js_get(v, "disclosures"), &out, &why);
		assert_verdict(v, err);
		if (err == ENT_OK)
			assert_true(js_equal(out, js_get(v, "claims")));
		js_free(out);
	}
	js_free(all);
}

static void
test_note_vectors(void **state)
{
	(void)state;
	struct js *all = vectors_read("envelope"), *list = js_get(all, "note");
	struct ent_why why;
	assert_true(js_len(list) >= 14);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i);
		uint8_t pk[CRYPTO_SIGN_PK];
		struct bytes text;
		key_of(v, pk);
		enum ent_err err = note_verify(bytes_of_cstr(js_get_str(v, "note")), js_get_str(v, "name"), pk,
		    &text, &why);
		assert_verdict(v, err);
		if (err == ENT_OK)
			assert_true(bytes_equal(text, bytes_of_cstr(js_get_str(v, "text"))));
	}
	js_free(all);
}

static void
test_checkpoint_vectors(void **state)
{
	(void)state;
	struct js *all = vectors_read("envelope"), *list = js_get(all, "checkpoint");
	struct ent_why why;
	assert_true(js_len(list) >= 10);
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *v = js_at(list, i);
		struct checkpoint c;
		struct buf again;
		enum ent_err err = checkpoint_parse(bytes_of_cstr(js_get_str(v, "text")), &c, &why);
		assert_verdict(v, err);
		if (err != ENT_OK)
			continue;
		assert_string_equal(c.origin, js_get_str(v, "origin"));
		assert_int_equal(c.size, js_get_int(v, "size", -1));
		buf_init(&again, NOTE_MAX);
		checkpoint_write(&c, &again);
		assert_string_equal(buf_cstr(&again), js_get_str(v, "text"));
		buf_done(&again);
	}
	js_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jws_vectors),
		cmocka_unit_test(test_sdjwt_vectors),
		cmocka_unit_test(test_note_vectors),
		cmocka_unit_test(test_checkpoint_vectors),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
