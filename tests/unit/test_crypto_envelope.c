/* SPDX-License-Identifier: Apache-2.0
 *
 * JWS, SD-JWT, notes and checkpoints made here and opened again, and what a careful forger tries.
 * The vectors of spec/3-envelope.md are run by test_vectors_envelope.
 */
#include "crypto/note.h"
#include "crypto/sdjwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK];
	struct buf out;
	struct ent_why why;
};

static int
setup(void **state)
{
	struct fixture *f = ent_alloc(sizeof *f);
	crypto_ed25519_keypair(f->pk, f->sk);
	buf_init(&f->out, JWS_MAX);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	buf_done(&f->out);
	free(f);
	return 0;
}

static void
sign(struct fixture *f, enum jws_type t, const char *payload)
{
	struct signer s = signer_of_key(f->sk);
	buf_reset(&f->out);
	assert_int_equal(s.sign(s.ctx, t, bytes_of_cstr(payload), &f->out, &f->why), ENT_OK);
}

static enum ent_err
verify(struct fixture *f, enum jws_type t, const char *compact)
{
	struct js *payload = NULL;
	enum ent_err err = jws_verify(str_of(compact), t, f->pk, &payload, &f->why);
	js_free(payload);
	return err;
}

static void
test_a_jws_opens_with_its_key_and_type_alone(void **state)
{
	struct fixture *f = *state, other;
	struct js *payload = NULL;
	sign(f, JWS_CARD, "{\"iss\":\"RAB\",\"n\":7}");
	struct str compact = { (const char *)f->out.p, f->out.n };
	assert_int_equal(jws_verify(compact, JWS_CARD, f->pk, &payload, &f->why), ENT_OK);
	assert_string_equal(js_get_str(payload, "iss"), "RAB");
	js_free(payload);
	assert_int_equal(jws_peek(compact, JWS_CARD, &payload, &f->why), ENT_OK);
	js_free(payload);
	crypto_ed25519_keypair(other.pk, other.sk);
	assert_int_equal(jws_verify(compact, JWS_CARD, other.pk, &payload, &f->why), ENT_ESIG);
	assert_int_equal(jws_verify(compact, JWS_CONSENT, f->pk, &payload, &f->why), ENT_ESYNTAX);
}

static void
test_each_changed_character_of_a_jws_is_refused(void **state)
{
	struct fixture *f = *state;
	sign(f, JWS_HELLO, "{\"iss\":\"RAB\"}");
	char *text = ent_strdup(buf_cstr(&f->out));
	for (size_t i = 0; text[i] != '\0'; i++) {
		char was = text[i];
		text[i] = was == 'A' ? 'B' : 'A';
		enum ent_err err = verify(f, JWS_HELLO, text);
		assert_true(err == ENT_ESIG || err == ENT_ESYNTAX);
		text[i] = was;
	}
	for (size_t n = strlen(text); n > 0; n--) {
		text[n - 1] = '\0';
		assert_int_not_equal(verify(f, JWS_HELLO, text), ENT_OK);
	}
	free(text);
}

/* Signs any header: what another library, or a forger with the key, might send. */
static void
sign_header(struct fixture *f, const char *header, const char *payload)
{
	uint8_t sig[CRYPTO_SIG_LEN];
	buf_reset(&f->out);
	buf_put_b64u(&f->out, bytes_of_cstr(header));
	buf_putc(&f->out, '.');
	buf_put_b64u(&f->out, bytes_of_cstr(payload));
	crypto_ed25519_sign(f->sk, buf_bytes(&f->out), sig);
	jws_finish(&f->out, sig);
}

static void
test_other_headers_are_refused_though_signed(void **state)
{
	struct fixture *f = *state;
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"typ\":\"entente-hello+jwt\"}",
		"{\"alg\":\"HS256\",\"typ\":\"entente-hello+jwt\"}",
		"{\"typ\":\"entente-hello+jwt\",\"alg\":\"EdDSA\"}",
		"{\"alg\":\"EdDSA\",\"typ\":\"entente-hello+jwt\",\"kid\":\"1\"}",
		"{\"alg\":\"EdDSA\", \"typ\":\"entente-hello+jwt\"}",
		"{\"alg\":\"EdDSA\",\"crit\":[\"x\"],\"typ\":\"entente-hello+jwt\"}",
		"{\"alg\":\"EdDSA\"}",
	};
	sign_header(f, "{\"alg\":\"EdDSA\",\"typ\":\"entente-hello+jwt\"}", "{}");
	assert_int_equal(verify(f, JWS_HELLO, buf_cstr(&f->out)), ENT_OK);
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		sign_header(f, headers[i], "{}");
		assert_int_equal(verify(f, JWS_HELLO, buf_cstr(&f->out)), ENT_ESYNTAX);
	}
}

static void
test_payloads_that_are_no_object_are_refused_though_signed(void **state)
{
	struct fixture *f = *state;
	static const char *const payloads[] = { "[]", "1", "\"x\"", "", "{\"a\":1,\"a\":2}", "{\"a\":1.5}",
		"{} {}", "{\"a\":\"\xff\"}" };
	for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
		sign(f, JWS_HELLO, payloads[i]);
		assert_int_equal(verify(f, JWS_HELLO, buf_cstr(&f->out)), ENT_ESYNTAX);
	}
}

static void
test_every_type_has_a_name_and_a_key(void **state)
{
	(void)state;
	assert_string_equal(jws_typ(JWS_CARD), "entente-card+jwt");
	assert_int_equal(jws_key_of(JWS_CARD), JWS_KEY_IDENTITY);
	assert_int_equal(jws_key_of(JWS_ENTRY), JWS_KEY_RECORD);
	assert_null(jws_typ(JWS_NONE));
	assert_null(jws_typ((enum jws_type)999));
}

struct hidden {
	struct js *payload, *disclosures;
};

static struct hidden
hide(void)
{
	struct hidden h = { js_object(), js_array() };
	js_set_str(h.payload, "iss", "RAB");
	sdjwt_hide_take(h.payload, h.disclosures, "name", js_new_str("\xd8\xad\xd8\xb3\xd9\x86"));
	sdjwt_hide_take(h.payload, h.disclosures, "born", js_new_int(1970));
	sdjwt_hide_take(h.payload, h.disclosures, "docs", js_array());
	sdjwt_seal(h.payload);
	return h;
}

static void
hidden_done(struct hidden *h)
{
	js_free(h->payload);
	js_free(h->disclosures);
}

static enum ent_err
open_it(const struct hidden *h)
{
	struct js *out = NULL;
	struct ent_why why;
	enum ent_err err = sdjwt_open(h->payload, h->disclosures, &out, &why);
	js_free(out);
	return err;
}

static void
test_disclosures_open_in_any_number_and_order(void **state)
{
	(void)state;
	struct hidden h = hide();
	struct js *out = NULL, *some = js_array();
	struct ent_why why;
	assert_int_equal(sdjwt_open(h.payload, h.disclosures, &out, &why), ENT_OK);
	assert_int_equal(js_len(out), 4);
	assert_string_equal(js_get_str(out, "name"), "\xd8\xad\xd8\xb3\xd9\x86");
	assert_int_equal(js_get_int(out, "born", 0), 1970);
	assert_null(js_get(out, "_sd"));
	assert_null(js_get(out, "_sd_alg"));
	js_free(out);
	js_append_take(some, js_new_str(js_str(js_at(h.disclosures, 1))));
	assert_int_equal(sdjwt_open(h.payload, some, &out, &why), ENT_OK);
	assert_int_equal(js_len(out), 2);
	assert_null(js_get(out, "name"));
	js_free(out);
	assert_int_equal(sdjwt_open(h.payload, NULL, &out, &why), ENT_OK);
	assert_int_equal(js_len(out), 1);
	js_free(out);
	js_free(some);
	hidden_done(&h);
}

static void
test_the_signed_part_tells_neither_values_nor_order(void **state)
{
	(void)state;
	struct hidden a = hide(), b = hide();
	char *text = js_text(a.payload);
	assert_null(strstr(text, "1970"));
	assert_null(strstr(text, "born"));
	free(text);
	const struct js *sd = js_get(a.payload, "_sd");
	assert_int_equal(js_len(sd), 3);
	for (size_t i = 1; i < js_len(sd); i++)
		assert_true(strcmp(js_str(js_at(sd, i - 1)), js_str(js_at(sd, i))) < 0);
	assert_false(js_equal(sd, js_get(b.payload, "_sd"))); /* salted */
	hidden_done(&a);
	hidden_done(&b);
}

static void
test_unsigned_and_doubled_disclosures_are_refused(void **state)
{
	(void)state;
	struct hidden h = hide(), other = hide();
	js_append_take(h.disclosures, js_new_str(js_str(js_at(h.disclosures, 0))));
	assert_int_equal(open_it(&h), ENT_ESIG);
	hidden_done(&h);
	h = hide();
	js_append_take(h.disclosures, js_new_str(js_str(js_at(other.disclosures, 0))));
	assert_int_equal(open_it(&h), ENT_ESIG);
	js_append_take(h.disclosures, js_new_int(1));
	hidden_done(&h);
	hidden_done(&other);
}

/* A payload whose "_sd" holds the digest of any text, as a signer gone wrong would make it. */
static enum ent_err
open_raw(const char *json)
{
	char digest[B64U_SIZE(CRYPTO_HASH_LEN)], text[512];
	struct hidden h = { js_object(), js_array() };
	struct js *sd = js_array();
	js_set_str(h.payload, "iss", "RAB");
	b64u_encode(bytes_of_cstr(json), text);
	sdjwt_digest(text, digest);
	js_append_take(sd, js_new_str(digest));
	js_set_take(h.payload, "_sd", sd);
	js_append_take(h.disclosures, js_new_str(text));
	enum ent_err err = open_it(&h);
	hidden_done(&h);
	return err;
}

#define SALT "\"0123456789abcdef012345\""

static void
test_malformed_and_reserved_disclosures_are_refused(void **state)
{
	(void)state;
	assert_int_equal(open_raw("[" SALT ",\"name\",1]"), ENT_OK);
	assert_int_equal(open_raw("[" SALT ",\"iss\",1]"), ENT_ESIG); /* the name is taken */
	assert_int_equal(open_raw("[" SALT ",\"_sd\",1]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[" SALT ",\"...\",1]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[" SALT ",\"_sd_alg\",1]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[" SALT ",\"x\",{\"_sd\":[]}]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[" SALT ",\"x\",[{\"...\":\"y\"}]]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[" SALT ",\"x\"]"), ENT_ESYNTAX); /* an array element's */
	assert_int_equal(open_raw("[" SALT ",\"x\",1,2]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[1,\"x\",1]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[\"short\",\"x\",1]"), ENT_ESYNTAX);
	assert_int_equal(open_raw("{}"), ENT_ESYNTAX);
	assert_int_equal(open_raw("[" SALT ",\"x\",1"), ENT_ESYNTAX);
}

static enum ent_err
open_payload(const char *json)
{
	struct hidden h = { NULL, js_array() };
	struct ent_why why;
	assert_int_equal(js_parse(bytes_of_cstr(json), 4096, &h.payload, &why), ENT_OK);
	enum ent_err err = open_it(&h);
	hidden_done(&h);
	return err;
}

#define DIGEST "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""

static void
test_malformed_payloads_are_refused(void **state)
{
	(void)state;
	assert_int_equal(open_payload("{\"_sd\":[" DIGEST "],\"_sd_alg\":\"sha-256\"}"), ENT_OK);
	assert_int_equal(open_payload("{\"_sd\":[" DIGEST "," DIGEST "]}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"_sd\":[\"AA\"]}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"_sd\":[1]}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"_sd\":" DIGEST "}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"_sd_alg\":\"sha-512\"}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"_sd_alg\":1}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"a\":{\"_sd\":[]}}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"a\":[{\"...\":" DIGEST "}]}"), ENT_ESIG);
	assert_int_equal(open_payload("{\"...\":1}"), ENT_ESIG);
}

static void
write_note(struct fixture *f, const char *text, const char *name)
{
	uint8_t sig[CRYPTO_SIG_LEN];
	buf_reset(&f->out);
	crypto_ed25519_sign(f->sk, bytes_of_cstr(text), sig);
	note_write(bytes_of_cstr(text), name, f->pk, sig, &f->out);
}

static enum ent_err
check_note(struct fixture *f, const char *note, size_t n)
{
	struct bytes text;
	return note_verify(bytes_of(note, n), "rab.entente/log", f->pk, &text, &f->why);
}

static void
test_a_note_opens_for_its_name_and_key(void **state)
{
	struct fixture *f = *state;
	struct bytes text;
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK];
	write_note(f, "one\n\ntwo\n", "rab.entente/log");
	assert_int_equal(note_verify(buf_bytes(&f->out), "rab.entente/log", f->pk, &text, &f->why), ENT_OK);
	assert_true(bytes_equal(text, bytes_of_cstr("one\n\ntwo\n")));
	assert_int_equal(note_verify(buf_bytes(&f->out), "bru.entente/log", f->pk, &text, &f->why),
	    ENT_ESIG);
	crypto_ed25519_keypair(pk, sk);
	assert_int_equal(note_verify(buf_bytes(&f->out), "rab.entente/log", pk, &text, &f->why), ENT_ESIG);
}

static void
test_each_changed_byte_of_a_note_is_refused(void **state)
{
	struct fixture *f = *state;
	write_note(f, "one\ntwo\n", "rab.entente/log");
	char *note = ent_strdup(buf_cstr(&f->out));
	size_t n = strlen(note);
	assert_int_equal(check_note(f, note, n), ENT_OK);
	for (size_t i = 0; i < n; i++) {
		char was = note[i];
		note[i] = was == 'A' ? 'B' : 'A';
		assert_int_not_equal(check_note(f, note, n), ENT_OK);
		note[i] = was;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_not_equal(check_note(f, note, i), ENT_OK);
	free(note);
}

static void
test_foreign_signatures_are_skipped_up_to_a_maximum(void **state)
{
	struct fixture *f = *state;
	write_note(f, "one\n", "rab.entente/log");
	for (int i = 1; i < NOTE_SIGS_MAX; i++) {
		buf_puts(&f->out, "\xe2\x80\x94 witness.example AAAAAAAA\n");
		assert_int_equal(check_note(f, (const char *)f->out.p, f->out.n), ENT_OK);
	}
	buf_puts(&f->out, "\xe2\x80\x94 witness.example AAAAAAAA\n");
	assert_int_equal(check_note(f, (const char *)f->out.p, f->out.n), ENT_ETOOBIG);
}

static void
test_malformed_notes_are_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const tails[] = { "- rab.entente/log AAAA\n", "\xe2\x80\x94 rab AAA\n",
		"\xe2\x80\x94 rab\n", "\xe2\x80\x94  AAAA\n", "\xe2\x80\x94 rab \n", "\n",
		"\xe2\x80\x94 rab AAAA" };
	for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
		write_note(f, "one\n", "rab.entente/log");
		buf_puts(&f->out, tails[i]);
		assert_int_equal(check_note(f, (const char *)f->out.p, f->out.n), ENT_ESYNTAX);
	}
	write_note(f, "one\ttab\n", "rab.entente/log");
	assert_int_equal(check_note(f, (const char *)f->out.p, f->out.n), ENT_ESYNTAX);
	assert_false(note_name_valid(str_of("")));
	assert_false(note_name_valid(str_of("a b")));
	assert_false(note_name_valid(str_of("a+b")));
	assert_true(note_name_valid(str_of("rab.entente/log")));
}

static enum ent_err
parse_checkpoint(const char *text, struct checkpoint *out)
{
	struct ent_why why;
	return checkpoint_parse(bytes_of_cstr(text), out, &why);
}

#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
test_checkpoints_have_one_form(void **state)
{
	struct fixture *f = *state;
	struct checkpoint c;
	assert_int_equal(parse_checkpoint("rab/log\n20852163\n" ROOT "\n", &c), ENT_OK);
	assert_string_equal(c.origin, "rab/log");
	assert_int_equal(c.size, 20852163);
	checkpoint_write(&c, &f->out);
	assert_string_equal(buf_cstr(&f->out), "rab/log\n20852163\n" ROOT "\n");
	assert_int_equal(parse_checkpoint("rab/log\n0\n" ROOT "\n", &c), ENT_OK);
	assert_int_equal(parse_checkpoint("rab/log\n9223372036854775807\n" ROOT "\n", &c), ENT_OK);
	static const char *const bad[] = { "rab/log\n007\n" ROOT "\n", "rab/log\n-1\n" ROOT "\n",
		"rab/log\n9223372036854775808\n" ROOT "\n", "rab/log\n1\n" ROOT, "rab/log\n1\nAAAA\n",
		"rab/log\n1\n" ROOT "\nextension\n", "\n1\n" ROOT "\n", "r b\n1\n" ROOT "\n",
		"rab/log\n\n" ROOT "\n", "rab/log\n99999999999999999999\n" ROOT "\n", "",
		"rab/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(parse_checkpoint(bad[i], &c), ENT_ESYNTAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_jws_opens_with_its_key_and_type_alone),
		TEST(test_each_changed_character_of_a_jws_is_refused),
		TEST(test_other_headers_are_refused_though_signed),
		TEST(test_payloads_that_are_no_object_are_refused_though_signed),
		TEST(test_every_type_has_a_name_and_a_key),
		TEST(test_disclosures_open_in_any_number_and_order),
		TEST(test_the_signed_part_tells_neither_values_nor_order),
		TEST(test_unsigned_and_doubled_disclosures_are_refused),
		TEST(test_malformed_and_reserved_disclosures_are_refused),
		TEST(test_malformed_payloads_are_refused),
		TEST(test_a_note_opens_for_its_name_and_key),
		TEST(test_each_changed_byte_of_a_note_is_refused),
		TEST(test_foreign_signatures_are_skipped_up_to_a_maximum),
		TEST(test_malformed_notes_are_refused),
		TEST(test_checkpoints_have_one_form),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
