/* SPDX-License-Identifier: Apache-2.0
 *
 * The keeper behind the calls that the node makes: its start and end, its keys, what it signs.
 */
#include "crypto/cert.h"
#include "keeper_fixture.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

/* ---- keys and passphrase ----------------------------------------------------------------------- */

static void
test_keys_stay_the_same_over_a_restart(void **state)
{
	struct fixture *f = *state;
	struct keeper_keys before = f->keys;
	struct keeper_store_keys a, b;
	assert_string_equal(before.code, "RAB");
	assert_string_equal(before.service, "Service of Rabat");
	assert_int_equal(keeper_store_key(f->k, NOW, &a, &f->why), ENT_OK);
	assert_int_equal(keeper_store_key(f->k, NOW, &b, &f->why), ENT_ESTATE); /* once */
	assert_false(a.has_next);
	assert_int_equal(a.made, NOW);
	kill_and_start(f);
	assert_memory_equal(&before, &f->keys, sizeof before);
	assert_int_equal(keeper_store_key(f->k, NOW + ENT_DAY, &b, &f->why), ENT_OK);
	assert_memory_equal(a.current, b.current, sizeof a.current);
	assert_int_equal(b.made, NOW);
}

static void
test_the_store_key_is_followed_by_another_and_nothing_of_it_stays(void **state)
{
	struct fixture *f = *state;
	struct keeper_store_keys a, b;
	uint8_t next[CRYPTO_KEY_LEN], again[CRYPTO_KEY_LEN];
	assert_int_equal(keeper_store_key(f->k, NOW, &a, &f->why), ENT_OK);
	assert_int_equal(keeper_store_key_settle(f->k, &f->why), ENT_ESTATE); /* none is to follow */
	assert_int_equal(keeper_store_key_next(f->k, NOW + ENT_DAY, next, &f->why), ENT_OK);
	assert_memory_not_equal(a.current, next, sizeof next);
	/* until it is settled both are there, whatever happens */
	kill_and_start(f);
	assert_int_equal(keeper_store_key_next(f->k, NOW + 2 * ENT_DAY, again, &f->why), ENT_OK);
	assert_memory_equal(next, again, sizeof next);
	assert_int_equal(keeper_store_key(f->k, NOW, &b, &f->why), ENT_OK);
	assert_memory_equal(a.current, b.current, sizeof next);
	assert_true(b.has_next);
	assert_memory_equal(b.next, next, sizeof next);
	assert_int_equal(keeper_store_key_settle(f->k, &f->why), ENT_OK);
	kill_and_start(f);
	assert_int_equal(keeper_store_key(f->k, NOW, &b, &f->why), ENT_OK);
	assert_memory_equal(b.current, next, sizeof next);
	assert_false(b.has_next);
	assert_int_equal(b.made, NOW + ENT_DAY);
}

static void
test_a_wrong_passphrase_opens_nothing(void **state)
{
	struct fixture *f = *state;
	struct keeper_process p;
	struct keeper *k;
	struct keeper_keys keys;
	stop(f);
	assert_int_equal(keeper_start(f->dir, !f->full, &p, &f->why), ENT_OK);
	assert_int_equal(keeper_unlock(p.fd, bytes_of_cstr("wrong"), &f->why), ENT_EAUTH);
	assert_int_equal(keeper_unlock(p.fd, bytes_of_cstr(""), &f->why), ENT_EAUTH);
	assert_int_equal(keeper_attach(p.fd, &k, &f->why), ENT_OK);
	assert_int_equal(keeper_keys(k, &keys, &f->why), ENT_ESTATE);
	keeper_detach(k);
	keeper_wait(&p);
	start(f);
}

static void
test_key_files_are_made_once_and_for_sound_names(void **state)
{
	struct fixture *f = *state;
	char other[80];
	struct stat st;
	(void)snprintf(other, sizeof other, "%s/other", f->top);
	struct bytes pass = bytes_of_cstr(PASS);
	assert_int_equal(keeper_create(f->dir, "RAB", "X", pass, &f->why), ENT_EEXISTS);
	assert_int_equal(keeper_create(other, "rab", "X", pass, &f->why), ENT_EFIELD);
	assert_int_equal(keeper_create(other, "R", "X", pass, &f->why), ENT_EFIELD);
	assert_int_equal(keeper_create(other, "RAB", "", pass, &f->why), ENT_EFIELD);
	assert_int_equal(keeper_create(other, "RAB", "a\nb", pass, &f->why), ENT_EFIELD);
	assert_int_equal(keeper_create(other, "RAB", "X", bytes_of("", 0), &f->why), ENT_EFIELD);
	assert_int_not_equal(stat(other, &st), 0);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
test_a_second_keeper_on_the_same_folder_does_not_start(void **state)
{
	struct fixture *f = *state;
	struct keeper_process p;
	uint8_t pk[OPRF_ELEMENT];
	assert_int_equal(open_epoch(f, "AGR-1", "A", 1, 8, 8, pk), ENT_OK);
	assert_int_equal(keeper_start(f->dir, !f->full, &p, &f->why), ENT_OK);
	assert_int_equal(keeper_unlock(p.fd, bytes_of_cstr(PASS), &f->why), ENT_EKEEPER);
	(void)close(p.fd);
	keeper_wait(&p);
}

static void
test_calls_fail_when_the_keeper_is_gone(void **state)
{
	struct fixture *f = *state;
	struct keeper_keys keys;
	(void)kill(f->process.pid, SIGKILL);
	keeper_wait(&f->process);
	assert_int_equal(keeper_keys(f->k, &keys, &f->why), ENT_EKEEPER);
	assert_int_equal(keeper_keys(f->k, &keys, &f->why), ENT_EKEEPER);
	keeper_detach(f->k);
	start(f);
}

/* ---- signing ----------------------------------------------------------------------------------- */

static enum ent_err
sign(struct fixture *f, enum jws_type t, const char *payload, const uint8_t *pk)
{
	struct buf out;
	struct js *j = NULL;
	buf_init(&out, JWS_MAX);
	enum ent_err err = keeper_sign(f->k, t, bytes_of_cstr(payload), &out, &f->why);
	if (err == ENT_OK)
		err = jws_verify(str_of(buf_cstr(&out)), t, pk, &j, &f->why);
	js_free(j);
	buf_done(&out);
	return err;
}

static void
test_only_own_statements_are_signed(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(sign(f, JWS_HELLO, "{\"iss\":\"RAB\"}", f->keys.record), ENT_OK);
	assert_int_equal(sign(f, JWS_STANDING, "{\"iss\":\"RAB\"}", f->keys.identity), ENT_OK);
	assert_int_equal(sign(f, JWS_HELLO, "{\"iss\":\"BRU\"}", f->keys.record), ENT_EREFUSED);
	assert_int_equal(sign(f, JWS_HELLO, "{\"iss\":1}", f->keys.record), ENT_EREFUSED);
	assert_int_equal(sign(f, JWS_HELLO, "{}", f->keys.record), ENT_EREFUSED);
	assert_int_equal(sign(f, JWS_HELLO, "[]", f->keys.record), ENT_EREFUSED);
	assert_int_equal(sign(f, JWS_HELLO, "not json", f->keys.record), ENT_ESYNTAX);
	assert_int_equal(sign(f, JWS_CONSENT, "{\"iss\":\"RAB\"}", f->keys.identity), ENT_EREFUSED);
	assert_int_equal(sign(f, (enum jws_type)99, "{\"iss\":\"RAB\"}", f->keys.record), ENT_EFIELD);
}

static void
test_a_card_must_hold_the_true_keys(void **state)
{
	struct fixture *f = *state;
	struct js *card = js_object();
	js_set_str(card, "iss", "RAB");
	js_set_str(card, "service", "Service of Rabat");
	js_set_b64u(card, "identity", bytes_of(f->keys.identity, 32));
	js_set_b64u(card, "record", bytes_of(f->keys.record, 32));
	js_set_b64u(card, "checkpoint", bytes_of(f->keys.checkpoint, 32));
	char *text = js_text(card);
	assert_int_equal(sign(f, JWS_CARD, text, f->keys.identity), ENT_OK);
	free(text);
	js_set_b64u(card, "record", bytes_of(f->keys.identity, 32));
	text = js_text(card);
	assert_int_equal(sign(f, JWS_CARD, text, f->keys.identity), ENT_EREFUSED);
	free(text);
	js_free(card);
}

static void
test_large_payloads_are_signed_too(void **state)
{
	struct fixture *f = *state;
	static const size_t sizes[] = { 8100, 8192, 8193, 200000, 700000 };
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *text = ent_alloc(sizes[i] + 1);
		int n = snprintf(text, sizes[i], "{\"iss\":\"RAB\",\"x\":\"");
		memset(text + n, 'x', sizes[i] - (size_t)n);
		memcpy(text + sizes[i] - 2, "\"}", 2);
		assert_int_equal(strlen(text), sizes[i]);
		assert_int_equal(sign(f, JWS_WITHDRAWN, text, f->keys.record), ENT_OK);
		free(text);
	}
	char *big = ent_alloc(KEEPER_PAYLOAD_MAX + 2);
	memset(big, ' ', KEEPER_PAYLOAD_MAX + 1);
	assert_int_equal(sign(f, JWS_WITHDRAWN, big, f->keys.record), ENT_ETOOBIG);
	free(big);
}

static void
test_one_person_signs_a_document_once(void **state)
{
	struct fixture *f = *state;
	uint8_t doc[CRYPTO_HASH_LEN] = { 1 }, other[CRYPTO_HASH_LEN] = { 2 };
	struct ent_id anna = id_new(), badr = id_new();
	struct buf first, again, next;
	struct js *p = NULL;
	buf_init(&first, 4096);
	buf_init(&again, 4096);
	buf_init(&next, 4096);
	assert_int_equal(keeper_consent(f->k, doc, &anna, "anna", "liaison", NOW, &first, &f->why), ENT_OK);
	assert_int_equal(jws_verify(str_of(buf_cstr(&first)), JWS_CONSENT, f->keys.identity, &p, &f->why),
	    ENT_OK);
	assert_string_equal(js_get_str(p, "iss"), "RAB");
	assert_string_equal(js_get_str(p, "by"), "anna");
	assert_string_equal(js_get_str(p, "role"), "liaison");
	assert_int_equal(js_get_int(p, "time", 0), NOW);
	js_free(p);
	kill_and_start(f); /* it is remembered, and what was signed is not lost */
	assert_int_equal(keeper_consent(f->k, doc, &anna, "anna2", "supervisor", NOW + 1, &again, &f->why),
	    ENT_EEXISTS);
	assert_string_equal(buf_cstr(&first), buf_cstr(&again));
	assert_int_equal(keeper_consent(f->k, doc, &badr, "badr", "supervisor", NOW, &next, &f->why),
	    ENT_OK);
	assert_int_equal(keeper_consent(f->k, other, &anna, "anna", "liaison", NOW, &next, &f->why),
	    ENT_OK);
	assert_int_equal(keeper_consent(f->k, other, &badr, "ba\ndr", "liaison", NOW, &next, &f->why),
	    ENT_ESYNTAX);
	assert_int_equal(keeper_consent(f->k, other, &badr, "", "liaison", NOW, &next, &f->why),
	    ENT_ESYNTAX);
	buf_done(&first);
	buf_done(&again);
	buf_done(&next);
}

static enum ent_err
checkpoint(struct fixture *f, const char *origin, uint64_t size, uint8_t root)
{
	struct checkpoint c = { .size = size, .root = { root } }, back;
	struct buf note;
	struct bytes text;
	(void)snprintf(c.origin, sizeof c.origin, "%s", origin);
	buf_init(&note, NOTE_MAX);
	enum ent_err err = keeper_checkpoint(f->k, &c, &note, &f->why);
	if (err == ENT_OK) {
		err = note_verify(buf_bytes(&note), origin, f->keys.checkpoint, &text, &f->why);
		assert_int_equal(checkpoint_parse(text, &back, &f->why), ENT_OK);
		assert_int_equal(back.size, size);
	}
	buf_done(&note);
	return err;
}

static void
test_a_log_is_never_signed_smaller_or_rewritten(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(checkpoint(f, "rab/node", 10, 1), ENT_OK);
	assert_int_equal(checkpoint(f, "rab/node", 10, 1), ENT_OK); /* the same again */
	assert_int_equal(checkpoint(f, "rab/node", 10, 2), ENT_ESTATE);
	assert_int_equal(checkpoint(f, "rab/node", 9, 1), ENT_ESTATE);
	assert_int_equal(checkpoint(f, "rab/AGR-1", 3, 1), ENT_OK); /* another log */
	assert_int_equal(checkpoint(f, "rab/node", 12, 3), ENT_OK);
	kill_and_start(f);
	assert_int_equal(checkpoint(f, "rab/node", 11, 9), ENT_ESTATE);
	assert_int_equal(checkpoint(f, "rab/node", 12, 9), ENT_ESTATE);
	assert_int_equal(checkpoint(f, "rab/node", 13, 9), ENT_OK);
	assert_int_equal(checkpoint(f, "no space", 1, 1), ENT_ESYNTAX);
}

static void
test_the_filter_note_is_built_by_the_keeper(void **state)
{
	struct fixture *f = *state;
	struct keeper_filter filter = { .agreement = "AGR-1", .annex = "A", .epoch = 3, .rules = 2,
		.bytes = 1000, .quota_day = 4000, .quota_epoch = 120000 };
	uint8_t pk[OPRF_ELEMENT];
	struct buf note;
	struct bytes text;
	buf_init(&note, NOTE_MAX);
	assert_int_equal(keeper_filter_note(f->k, &filter, &note, &f->why), ENT_ENOTFOUND);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 3, 4000, 120000, pk), ENT_OK);
	assert_int_equal(keeper_filter_note(f->k, &filter, &note, &f->why), ENT_OK);
	assert_int_equal(note_verify(buf_bytes(&note), "rab.entente.invalid/filter", f->keys.record, &text,
		&f->why), ENT_OK);
	assert_true(bytes_equal(text, bytes_of_cstr("entente-filter-1\nagreement AGR-1\nannex A\nepoch 3\nrules 2\n"
						    "bytes 1000\nquota-day 4000\nquota-epoch 120000\n"
						    "sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")));
	buf_done(&note);
}

static void
test_the_tls_key_is_certified_for_seven_days(void **state)
{
	struct fixture *f = *state;
	gnutls_x509_privkey_t key;
	gnutls_privkey_t abstract;
	gnutls_pubkey_t pub;
	gnutls_datum_t spki;
	struct buf leaf, ca;
	buf_init(&leaf, CERT_MAX);
	buf_init(&ca, CERT_MAX);
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_EDDSA_ED25519, 256, 0), 0);
	assert_int_equal(gnutls_privkey_init(&abstract), 0);
	assert_int_equal(gnutls_privkey_import_x509(abstract, key, 0), 0);
	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(pub, abstract, 0, 0), 0);
	assert_int_equal(gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &spki), 0);
	assert_int_equal(keeper_certify_tls(f->k, bytes_of(spki.data, spki.size), NOW, &leaf, &ca, &f->why),
	    ENT_OK);
	assert_true(leaf.n > 200 && ca.n > 200);
	assert_int_equal(keeper_certify_tls(f->k, bytes_of("x", 1), NOW, &leaf, &ca, &f->why), ENT_EFIELD);
	gnutls_free(spki.data);
	gnutls_pubkey_deinit(pub);
	gnutls_privkey_deinit(abstract);
	gnutls_x509_privkey_deinit(key);
	buf_done(&leaf);
	buf_done(&ca);
}

/* A node that is started again at once finds the keeper before still there, for a moment. */
static void
test_a_keeper_waits_for_the_one_before_to_end(void **state)
{
	struct fixture *f = *state;
	struct keeper_process second;
	pid_t before = f->process.pid, child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)usleep(300000);
		_exit(kill(before, SIGKILL) == 0 ? 0 : 1);
	}
	assert_int_equal(keeper_start(f->dir, true, &second, &f->why), ENT_OK);
	enum ent_err err = keeper_unlock(second.fd, bytes_of_cstr(PASS), &f->why);
	(void)close(second.fd);
	keeper_wait(&second);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(err, ENT_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_keeper_waits_for_the_one_before_to_end),
		TEST(test_keys_stay_the_same_over_a_restart),
		TEST(test_the_store_key_is_followed_by_another_and_nothing_of_it_stays),
		TEST(test_a_wrong_passphrase_opens_nothing),
		TEST(test_key_files_are_made_once_and_for_sound_names),
		TEST(test_a_second_keeper_on_the_same_folder_does_not_start),
		TEST(test_calls_fail_when_the_keeper_is_gone),
		TEST(test_only_own_statements_are_signed),
		TEST(test_a_card_must_hold_the_true_keys),
		TEST(test_large_payloads_are_signed_too),
		TEST(test_one_person_signs_a_document_once),
		TEST(test_a_log_is_never_signed_smaller_or_rewritten),
		TEST(test_the_filter_note_is_built_by_the_keeper),
		TEST(test_the_tls_key_is_certified_for_seven_days),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
