/* SPDX-License-Identifier: Apache-2.0
 *
 * The real entente-keyd, in its sandbox, behind the calls that the node makes.
 */
#include "base/file.h"
#include "crypto/cert.h"
#include "keeper/keeper.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW ((ent_time)1795000000 * ENT_SECOND)
#define PASS "correct horse"

struct fixture {
	char top[40], dir[64];
	bool full; /* Landlock is there */
	struct keeper_process process;
	struct keeper *k;
	struct keeper_keys keys;
	struct ent_why why;
};

static void
start(struct fixture *f)
{
	assert_int_equal(keeper_start(f->dir, !f->full, &f->process, &f->why), ENT_OK);
	enum ent_err err = keeper_unlock(f->process.fd, bytes_of_cstr(PASS), &f->why);
	if (err == ENT_EKEEPER && f->full) { /* a kernel without Landlock */
		(void)close(f->process.fd);
		keeper_wait(&f->process);
		f->full = false;
		start(f);
		return;
	}
	assert_int_equal(err, ENT_OK);
	assert_int_equal(keeper_attach(f->process.fd, &f->k, &f->why), ENT_OK);
	assert_int_equal(keeper_keys(f->k, &f->keys, &f->why), ENT_OK);
}

static void
stop(struct fixture *f)
{
	keeper_detach(f->k);
	f->k = NULL;
	keeper_wait(&f->process);
}

static void
kill_and_start(struct fixture *f)
{
	(void)kill(f->process.pid, SIGKILL);
	stop(f);
	start(f);
}

static int
setup(void **state)
{
	struct fixture *f = ent_alloc(sizeof *f);
	f->full = true;
	(void)snprintf(f->top, sizeof f->top, "/tmp/entente-keeper-XXXXXX");
	assert_non_null(mkdtemp(f->top));
	(void)snprintf(f->dir, sizeof f->dir, "%s/keeper", f->top);
	assert_int_equal(keeper_create(f->dir, "RAB", "Service of Rabat", bytes_of_cstr(PASS), &f->why),
	    ENT_OK);
	start(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const files[] = { "keeper.key", "keeper.db", "keeper.db-wal", "keeper.db-shm" };
	struct fixture *f = *state;
	char path[128];
	if (f->k != NULL)
		stop(f);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", f->dir, files[i]);
		(void)unlink(path);
	}
	int rc = rmdir(f->dir) == 0 && rmdir(f->top) == 0 ? 0 : -1; /* nothing else lies there */
	free(f);
	return rc;
}

static enum ent_err
open_epoch(struct fixture *f, const char *agreement, const char *annex, uint32_t epoch, uint64_t day,
    uint64_t all, uint8_t pk[static OPRF_ELEMENT])
{
	struct keeper_epoch e = { .epoch = epoch, .quota_day = day, .quota_epoch = all };
	(void)snprintf(e.agreement, sizeof e.agreement, "%s", agreement);
	(void)snprintf(e.annex, sizeof e.annex, "%s", annex);
	return keeper_oprf_open(f->k, &e, pk, &f->why);
}

/* ---- keys and passphrase ----------------------------------------------------------------------- */

static void
test_keys_stay_the_same_over_a_restart(void **state)
{
	struct fixture *f = *state;
	struct keeper_keys before = f->keys;
	uint8_t a[CRYPTO_KEY_LEN], b[CRYPTO_KEY_LEN];
	assert_string_equal(before.code, "RAB");
	assert_string_equal(before.service, "Service of Rabat");
	assert_int_equal(keeper_store_key(f->k, a, &f->why), ENT_OK);
	assert_int_equal(keeper_store_key(f->k, b, &f->why), ENT_ESTATE); /* once */
	kill_and_start(f);
	assert_memory_equal(&before, &f->keys, sizeof before);
	assert_int_equal(keeper_store_key(f->k, b, &f->why), ENT_OK);
	assert_memory_equal(a, b, sizeof a);
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

/* ---- evaluations ------------------------------------------------------------------------------- */

struct ask {
	struct keeper_eval e;
	uint8_t blinded[OPRF_BATCH_MAX * OPRF_ELEMENT], evaluated[OPRF_BATCH_MAX * OPRF_ELEMENT];
	uint8_t proof[OPRF_PROOF];
	uint64_t day, epoch;
};

static void
ask_init(struct ask *a, uint64_t seq, size_t count)
{
	memset(a, 0, sizeof *a);
	(void)snprintf(a->e.agreement, sizeof a->e.agreement, "AGR-1");
	a->e.epoch = 1;
	a->e.seq = seq;
	a->e.request[0] = (uint8_t)seq;
	a->e.count = count;
	a->e.now = NOW;
	a->e.blinded = a->blinded;
	for (size_t i = 0; i < count; i++)
		oprf_element_random(a->blinded + i * OPRF_ELEMENT);
}

static enum ent_err
evaluate(struct fixture *f, struct ask *a)
{
	return keeper_evaluate(f->k, &a->e, a->evaluated, a->proof, &a->day, &a->epoch, &f->why);
}

/* A fresh request of count elements; ENT_OK also means that the proof verifies. */
static enum ent_err
ask(struct fixture *f, uint64_t seq, size_t count, ent_time now)
{
	struct ask a;
	ask_init(&a, seq, count);
	a.e.now = now;
	return evaluate(f, &a);
}

/* Two annexes of one agreement: one row of numbers, but each counts its own days. */
static void
test_each_annex_has_its_own_day(void **state)
{
	struct fixture *f = *state;
	struct keeper_filter note = { .agreement = "AGR-1", .annex = "A", .epoch = 2, .rules = 1 };
	uint8_t pk[OPRF_ELEMENT];
	struct buf text;
	struct ask a;
	buf_init(&text, NOTE_MAX);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 1, 16, 64, pk), ENT_OK);
	assert_int_equal(open_epoch(f, "AGR-1", "B", 2, 8, 64, pk), ENT_OK);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 2, 8, 64, pk), ENT_ESTATE);
	assert_int_equal(keeper_filter_note(f->k, &note, &text, &f->why), ENT_ESTATE);
	ask_init(&a, 1, 16);
	a.e.now = NOW;
	assert_int_equal(evaluate(f, &a), ENT_OK);
	kill_and_start(f);
	ask_init(&a, 2, 8);
	a.e.now = NOW;
	assert_int_equal(evaluate(f, &a), ENT_EQUOTA); /* of A */
	a.e.epoch = 2;
	assert_int_equal(evaluate(f, &a), ENT_OK);
	assert_int_equal(a.day, 8);
	ask_init(&a, 3, 8);
	a.e.now = NOW;
	a.e.epoch = 2;
	assert_int_equal(evaluate(f, &a), ENT_EQUOTA);
	buf_done(&text);
}

static void
open_key(struct fixture *f, uint64_t day, uint64_t epoch, uint8_t pk[static OPRF_ELEMENT])
{
	assert_int_equal(open_epoch(f, "AGR-1", "A", 1, day, epoch, pk), ENT_OK);
}

static void
test_evaluations_are_proved_under_the_published_key(void **state)
{
	struct fixture *f = *state;
	uint8_t pk[OPRF_ELEMENT], again[OPRF_ELEMENT], own[OPRF_BATCH_MAX * OPRF_ELEMENT];
	struct ask a;
	open_key(f, 1000, 1000, pk);
	for (size_t count = 8; count <= OPRF_BATCH_MAX; count += 28) {
		ask_init(&a, count == 8 ? 1 : count == 36 ? 2 : 3, count - count % 8);
		assert_int_equal(evaluate(f, &a), ENT_OK);
		assert_int_equal(oprf_verify(pk, a.blinded, a.evaluated, a.e.count, a.proof), ENT_OK);
		assert_int_equal(keeper_evaluate_own(f->k, "AGR-1", 1, a.blinded, a.e.count, own, &f->why),
		    ENT_OK);
		assert_memory_equal(own, a.evaluated, a.e.count * OPRF_ELEMENT);
	}
	assert_int_equal(a.day, 8 + 32 + 64);
	kill_and_start(f);
	open_key(f, 1000, 1000, again);
	assert_memory_equal(pk, again, sizeof pk);
}

static void
test_the_quota_holds_over_days_and_restarts(void **state)
{
	struct fixture *f = *state;
	uint8_t pk[OPRF_ELEMENT];
	open_key(f, 32, 56, pk);
	assert_int_equal(ask(f, 1, 16, NOW), ENT_OK);
	assert_int_equal(ask(f, 2, 24, NOW), ENT_EQUOTA); /* 40 of 32 */
	assert_non_null(strstr(f->why.text, "2 of 4 persons"));
	assert_string_equal(f->why.clause, "keeper/quota/day");
	assert_int_equal(ask(f, 2, 16, NOW), ENT_OK); /* a refusal has used no number */
	assert_int_equal(ask(f, 3, 8, NOW), ENT_EQUOTA);
	kill_and_start(f);
	assert_int_equal(ask(f, 3, 8, NOW), ENT_EQUOTA);
	assert_int_equal(ask(f, 3, 8, NOW - 3 * ENT_DAY), ENT_EQUOTA); /* the clock set back */
	assert_int_equal(ask(f, 3, 8, NOW + ENT_DAY), ENT_OK);
	assert_int_equal(ask(f, 4, 8, NOW), ENT_OK);	    /* counted on the later day */
	assert_int_equal(ask(f, 5, 24, NOW + ENT_DAY), ENT_EQUOTA);
	assert_int_equal(ask(f, 5, 16, NOW + ENT_DAY), ENT_EQUOTA); /* 64 of 56 in the epoch */
	assert_string_equal(f->why.clause, "keeper/quota/epoch");
	assert_int_equal(ask(f, 5, 8, NOW + ENT_DAY), ENT_OK);
	assert_int_equal(ask(f, 6, 8, NOW + 9 * ENT_DAY), ENT_EQUOTA);
}

static void
test_the_last_request_is_answered_again_and_counted_once(void **state)
{
	struct fixture *f = *state;
	uint8_t pk[OPRF_ELEMENT];
	struct ask a, b;
	open_key(f, 16, 16, pk);
	ask_init(&a, 1, 8);
	assert_int_equal(evaluate(f, &a), ENT_OK);
	b = a;
	b.e.blinded = b.blinded;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(evaluate(f, &b), ENT_OK);
		assert_memory_equal(a.evaluated, b.evaluated, sizeof a.evaluated);
		assert_int_equal(b.day, 8);
		if (i == 0)
			kill_and_start(f);
	}
	b.e.request[1] ^= 1; /* another request under the same number */
	assert_int_equal(evaluate(f, &b), ENT_ESEQ);
	b.e.request[1] ^= 1;
	oprf_element_random(b.blinded); /* the same hash, other elements */
	assert_int_equal(evaluate(f, &b), ENT_ESEQ);
	assert_int_equal(ask(f, 1, 8, NOW), ENT_ESEQ);
	assert_int_equal(ask(f, 3, 8, NOW), ENT_ESEQ);
	assert_int_equal(ask(f, 2, 8, NOW), ENT_OK);
	assert_int_equal(evaluate(f, &a), ENT_ESEQ); /* no longer the last */
}

static void
test_bad_requests_are_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t pk[OPRF_ELEMENT];
	struct ask a;
	assert_int_equal(ask(f, 1, 8, NOW), ENT_ENOTFOUND);
	open_key(f, 1000, 1000, pk);
	assert_int_equal(ask(f, 1, 0, NOW), ENT_EFIELD);
	assert_int_equal(ask(f, 1, 7, NOW), ENT_EFIELD);
	assert_int_equal(ask(f, 1, 9, NOW), ENT_EFIELD);
	ask_init(&a, 1, 8);
	a.e.count = 72;
	assert_int_equal(evaluate(f, &a), ENT_EFIELD);
	assert_int_equal(ask(f, 0, 8, NOW), ENT_ESYNTAX);
	assert_int_equal(ask(f, 1, 8, -1), ENT_ESYNTAX);
	ask_init(&a, 1, 8);
	memset(a.blinded + 5 * OPRF_ELEMENT, 0, OPRF_ELEMENT); /* the identity */
	assert_int_equal(evaluate(f, &a), ENT_EPROOF);
	memset(a.blinded + 5 * OPRF_ELEMENT, 0xff, OPRF_ELEMENT);
	assert_int_equal(keeper_evaluate_own(f->k, "AGR-1", 1, a.blinded, 8, a.evaluated, &f->why),
	    ENT_EPROOF);
	assert_int_equal(keeper_evaluate_own(f->k, "AGR-9", 1, a.blinded, 8, a.evaluated, &f->why),
	    ENT_ENOTFOUND);
}

static void
test_a_quota_is_lowered_but_not_raised(void **state)
{
	struct fixture *f = *state;
	uint8_t pk[OPRF_ELEMENT];
	open_key(f, 16, 64, pk);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 1, 24, 64, pk), ENT_ESTATE);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 1, 16, 65, pk), ENT_ESTATE);
	open_key(f, 8, 64, pk);
	kill_and_start(f);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 1, 16, 64, pk), ENT_ESTATE);
	assert_int_equal(ask(f, 1, 16, NOW), ENT_EQUOTA);
	assert_int_equal(ask(f, 1, 8, NOW), ENT_OK);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 2, 24, 64, pk), ENT_OK);
}

static void
test_a_destroyed_key_is_gone_for_good(void **state)
{
	struct fixture *f = *state;
	uint8_t pk[OPRF_ELEMENT];
	assert_int_equal(keeper_oprf_destroy(f->k, "AGR-1", 1, &f->why), ENT_ENOTFOUND);
	open_key(f, 64, 64, pk);
	assert_int_equal(ask(f, 1, 8, NOW), ENT_OK);
	assert_int_equal(keeper_oprf_destroy(f->k, "AGR-1", 1, &f->why), ENT_OK);
	assert_int_equal(ask(f, 2, 8, NOW), ENT_ESTATE);
	assert_int_equal(open_epoch(f, "AGR-1", "A", 1, 64, 64, pk), ENT_ESTATE);
	kill_and_start(f);
	assert_int_equal(ask(f, 2, 8, NOW), ENT_ESTATE);
	assert_int_equal(keeper_oprf_destroy(f->k, "AGR-1", 1, &f->why), ENT_OK);
}

/* ---- many at once ------------------------------------------------------------------------------ */

struct asker {
	struct fixture *f;
	char agreement[16];
	unsigned answered, refused, other;
};

static void *
ask_forty_times(void *arg)
{
	struct asker *who = arg;
	struct ent_why why;
	uint64_t seq = 1;
	for (int i = 0; i < 40; i++) {
		struct ask a;
		ask_init(&a, seq, 8);
		memcpy(a.e.agreement, who->agreement, sizeof who->agreement);
		enum ent_err err = keeper_evaluate(who->f->k, &a.e, a.evaluated, a.proof, &a.day, &a.epoch,
		    &why);
		who->answered += err == ENT_OK;
		who->refused += err == ENT_EQUOTA;
		who->other += err != ENT_OK && err != ENT_EQUOTA;
		seq += err == ENT_OK;
	}
	return NULL;
}

static void
test_many_askers_at_once_get_exactly_their_quota(void **state)
{
	struct fixture *f = *state;
	struct asker askers[8];
	pthread_t threads[8];
	uint8_t pk[OPRF_ELEMENT];
	uint64_t us = 0;
	for (int i = 0; i < 8; i++) {
		askers[i] = (struct asker){ .f = f };
		(void)snprintf(askers[i].agreement, sizeof askers[i].agreement, "AGR-%d", i);
		assert_int_equal(open_epoch(f, askers[i].agreement, "A", 1, 160, 160, pk),
		    ENT_OK);
		assert_int_equal(pthread_create(&threads[i], NULL, ask_forty_times, &askers[i]), 0);
	}
	for (int i = 0; i < 8; i++) {
		(void)pthread_join(threads[i], NULL);
		assert_int_equal(askers[i].answered, 20);
		assert_int_equal(askers[i].refused, 20);
		assert_int_equal(askers[i].other, 0);
	}
	assert_int_equal(keeper_cpu(f->k, &us, &f->why), ENT_OK);
	assert_true(us > 1000);
}

/* Killed while eight askers are at it: what was answered is counted. */
static void *
ask_till_the_end(void *arg)
{
	struct asker *who = arg;
	struct ent_why why;
	enum ent_err err = ENT_OK;
	for (uint64_t seq = 1; err == ENT_OK; seq++) {
		struct ask a;
		ask_init(&a, seq, 8);
		memcpy(a.e.agreement, who->agreement, sizeof who->agreement);
		err = keeper_evaluate(who->f->k, &a.e, a.evaluated, a.proof, &a.day, &a.epoch, &why);
		who->answered += err == ENT_OK;
	}
	return NULL;
}

static void
test_what_was_answered_is_counted_whenever_the_keeper_is_killed(void **state)
{
	struct fixture *f = *state;
	struct asker askers[4];
	pthread_t threads[4];
	uint8_t pk[OPRF_ELEMENT];
	for (int i = 0; i < 4; i++) {
		askers[i] = (struct asker){ .f = f };
		(void)snprintf(askers[i].agreement, sizeof askers[i].agreement, "AGR-%d", i);
		assert_int_equal(open_epoch(f, askers[i].agreement, "A", 1, 80000, 80000, pk),
		    ENT_OK);
		assert_int_equal(pthread_create(&threads[i], NULL, ask_till_the_end, &askers[i]), 0);
	}
	(void)usleep(200000);
	(void)kill(f->process.pid, SIGKILL);
	for (int i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	stop(f);
	start(f);
	for (int i = 0; i < 4; i++) {
		struct ask a;
		assert_true(askers[i].answered > 0);
		ask_init(&a, askers[i].answered, 8); /* was the last, or the one before: never free */
		memcpy(a.e.agreement, askers[i].agreement, sizeof askers[i].agreement);
		assert_int_equal(evaluate(f, &a), ENT_ESEQ);
		uint64_t next = askers[i].answered + 1;
		ask_init(&a, next, 8);
		memcpy(a.e.agreement, askers[i].agreement, sizeof askers[i].agreement);
		if (evaluate(f, &a) != ENT_OK) { /* one was counted whose answer was lost */
			ask_init(&a, ++next, 8);
			memcpy(a.e.agreement, askers[i].agreement, sizeof askers[i].agreement);
			assert_int_equal(evaluate(f, &a), ENT_OK);
		}
		assert_int_equal(a.epoch, next * 8);
	}
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_annex_has_its_own_day),
		TEST(test_a_keeper_waits_for_the_one_before_to_end),
		TEST(test_keys_stay_the_same_over_a_restart),
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
		TEST(test_evaluations_are_proved_under_the_published_key),
		TEST(test_the_quota_holds_over_days_and_restarts),
		TEST(test_the_last_request_is_answered_again_and_counted_once),
		TEST(test_bad_requests_are_refused),
		TEST(test_a_quota_is_lowered_but_not_raised),
		TEST(test_a_destroyed_key_is_gone_for_good),
		TEST(test_many_askers_at_once_get_exactly_their_quota),
		TEST(test_what_was_answered_is_counted_whenever_the_keeper_is_killed),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
