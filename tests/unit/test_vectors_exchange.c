/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs spec/vectors/exchange.json: entries that a receiver takes or refuses, and the clock of a
 * request.  With ENTENTE_WRITE_VECTORS=FILE the messages are made anew, from a fresh key.
 */
#include "base/file.h"
#include "exchange/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VECTORS "spec/vectors/exchange.json"
#define T0 ((ent_time)1790000000 * ENT_SECOND)

static struct js *vectors;

static void
head_init(struct feed_head *h)
{
	*h = (struct feed_head){ .agreement = "AGR-1", .from = "BRU", .to = "RAB" };
}

static enum ent_err
err_of(const char *name)
{
	static const enum ent_err all[] = { ENT_OK, ENT_ESIG, ENT_ESEQ, ENT_EFIELD, ENT_ESTATE,
		ENT_EPIN, ENT_EPEER, ENT_ETOOBIG, ENT_ENOTFOUND };
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (strcmp(ent_err_name(all[i]), name) == 0)
			return all[i];
	fail_msg("vector names the unknown error %s", name);
	return ENT_EINTERNAL;
}

static void
key_of_vectors(uint8_t pk[static CRYPTO_SIGN_PK])
{
	size_t n;
	const char *text = js_get_str(vectors, "record_key");
	assert_int_equal(b64u_decode(str_of(text), pk, CRYPTO_SIGN_PK, &n), ENT_OK);
	assert_int_equal(n, CRYPTO_SIGN_PK);
}

static void
test_entries_are_taken_and_refused_as_the_vectors_say(void **state)
{
	(void)state;
	const struct js *feed = js_get(vectors, "feed"), *cases = js_get(vectors, "entries");
	uint8_t pk[CRYPTO_SIGN_PK];
	key_of_vectors(pk);
	assert_true(js_len(cases) >= 10);
	for (size_t i = 0; i < js_len(cases); i++) {
		const struct js *c = js_at(cases, i);
		struct feed_head head;
		struct ent_why why = { 0 };
		struct entry e = { 0 };
		head_init(&head);
		for (size_t k = 0; k < (size_t)js_get_int(c, "after", 0); k++) {
			assert_int_equal(exchange_check(&head, js_at(feed, k), pk, &e, &why), ENT_OK);
			entry_done(&e);
		}
		struct feed_head before = head;
		enum ent_err err = exchange_check(&head, js_get(c, "message"), pk, &e, &why);
		if (err != err_of(js_get_str(c, "error")))
			fail_msg("%s: %s gives %s: %s", js_get_str(c, "id"), js_get_str(c, "what"),
			    ent_err_name(err), why.text);
		if (err != ENT_OK) /* EXC-6: nothing is left behind */
			assert_memory_equal(&head, &before, sizeof head);
		entry_done(&e);
	}
}

static void
test_the_clock_runs_as_the_vectors_say(void **state)
{
	(void)state;
	const struct js *threads = js_get(vectors, "threads");
	assert_true(js_len(threads) >= 3);
	for (size_t i = 0; i < js_len(threads); i++) {
		const struct js *steps = js_get(js_at(threads, i), "steps");
		struct thread t = { 0 };
		for (size_t k = 0; k < js_len(steps); k++) {
			const struct js *s = js_at(steps, k);
			struct js *payload = js_copy(js_get(s, "payload"));
			struct ent_why why = { 0 };
			struct entry e = { .kind = kind_of(js_get_str(payload, "kind")),
				.seq = (uint64_t)js_get_int(payload, "seq", 0),
				.time = js_get_int(payload, "time", 0), .payload = payload,
				.opened = js_copy(payload) };
			enum ent_err err = thread_apply(&t, &e, js_get_str(payload, "iss"), 0, &why);
			assert_int_equal(err, err_of(js_get_str(s, "error")));
			assert_string_equal(thread_state_name(t.state), js_get_str(s, "state"));
			assert_true(t.due == js_get_int(s, "due", -1));
			entry_done(&e);
		}
	}
}

static void
test_hellos_are_taken_and_refused_as_the_vectors_say(void **state)
{
	(void)state;
	const struct js *cases = js_get(vectors, "hellos");
	uint8_t pk[CRYPTO_SIGN_PK];
	key_of_vectors(pk);
	assert_true(js_len(cases) >= 3);
	for (size_t i = 0; i < js_len(cases); i++) {
		const struct js *c = js_at(cases, i);
		struct hello h;
		struct ent_why why = { 0 };
		enum ent_err err = hello_check(str_of(js_get_str(c, "hello")), pk,
		    js_get_str(c, "own_code"), js_get_int(c, "now", 0), &h, &why);
		assert_int_equal(err, err_of(js_get_str(c, "error")));
	}
}

/* ---- making them ------------------------------------------------------------------------------- */

struct maker {
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK];
	struct signer signer;
	struct js *out;
};

static struct js *
text(const char *json)
{
	struct js *j = NULL;
	if (js_parse(bytes_of_cstr(json), 100000, &j, NULL) != ENT_OK)
		ENT_BUG("vector text");
	return j;
}

static struct js *
message(struct maker *m, struct feed_head *head, enum entry_kind kind, const char *codes,
    const char *hidden, const char *items)
{
	struct js *c = text(codes), *h = hidden == NULL ? NULL : text(hidden), *out = NULL;
	struct js *it = items == NULL ? NULL : text(items);
	struct ent_why why;
	struct entry_draft d = { .kind = kind, .time = T0, .codes = c, .hidden = h, .items = it };
	if (id_parse(str_of("019b76da-a800-776f-8995-4eee7ba9b2b4"), &d.ref) != ENT_OK ||
	    exchange_compose(head, &d, &m->signer, &out, &why) != ENT_OK)
		ENT_BUG("vector message");
	js_free(c);
	js_free(h);
	js_free(it);
	return out;
}

/* A payload signed as it is, past the sender's own rules: what only a bad sender would make. */
static struct js *
raw_message(struct maker *m, struct js *payload)
{
	struct buf body, jws;
	struct ent_why why;
	struct js *out = js_object();
	buf_init(&body, JWS_MAX);
	buf_init(&jws, JWS_MAX);
	js_write(payload, &body);
	if (m->signer.sign(m->signer.ctx, JWS_ENTRY, buf_bytes(&body), &jws, &why) != ENT_OK)
		ENT_BUG("vector signature");
	js_set_str(out, "jws", buf_cstr(&jws));
	js_set_take(out, "disclosures", js_array());
	js_free(payload);
	buf_done(&body);
	buf_done(&jws);
	return out;
}

static struct js *
payload_of(const struct js *msg)
{
	struct js *p = NULL;
	struct ent_why why;
	if (jws_peek(str_of(js_get_str(msg, "jws")), JWS_ENTRY, &p, &why) != ENT_OK)
		ENT_BUG("vector payload");
	return p;
}

static void
add_case(struct js *list, const char *id, const char *what, int after, struct js *msg,
    const char *error)
{
	struct js *c = js_object();
	js_set_str(c, "id", id);
	js_set_str(c, "what", what);
	js_set_int(c, "after", after);
	js_set_take(c, "message", msg);
	js_set_str(c, "error", error);
	js_append_take(list, c);
}

static const char request_codes[] = "{\"urgency\":\"urgent\",\"purpose\":\"terrorism\",\"annex\":\"A\","
    "\"handling\":[\"H1\"],\"evaluation\":\"B2\",\"by_role\":\"liaison\"}";
static const char answer_codes[] = "{\"complete\":\"partial\",\"handling\":[\"H1\"],\"evaluation\":\"B2\","
    "\"retain_until\":1800000000000000,\"transfer_basis\":\"agreement\",\"by_role\":\"liaison\","
    "\"refused\":[{\"part\":\"sources\",\"ground\":\"human-rights\"}]}";

static void
make_bad_payloads(struct maker *m, struct js *cases, const struct js *m1)
{
	struct js *p = payload_of(m1);
	js_set_str(p, "to", "SEN");
	add_case(cases, "EXC-3", "an entry for another service", 0, raw_message(m, p), "ESIG");
	p = payload_of(m1);
	js_set_str(p, "agreement", "AGR-2");
	add_case(cases, "EXC-3", "an entry of another agreement", 0, raw_message(m, p), "ESIG");
	p = payload_of(m1);
	js_set_str(p, "name", "X");
	add_case(cases, "EXC-8", "a claim that a request does not have", 0, raw_message(m, p), "EFIELD");
	p = payload_of(m1);
	js_del(p, "urgency");
	add_case(cases, "EXC-8", "a request without its urgency", 0, raw_message(m, p), "EFIELD");
	p = payload_of(m1);
	js_set_str(p, "kind", "refusal");
	js_set_str(p, "ground", "because");
	add_case(cases, "EXC-9", "a ground that is not in the registry", 0, raw_message(m, p), "EFIELD");
}

static void
make_entries(struct maker *m, struct js *feed, struct js *cases)
{
	struct feed_head head, fork;
	head_init(&head);
	fork = head;
	struct js *m1 = message(m, &head, KIND_REQUEST, request_codes, "{\"question\":\"where?\"}", NULL);
	struct js *m2 = message(m, &head, KIND_ANSWER, answer_codes, NULL,
	    "[{\"jws\":\"a.b.c\",\"disclosures\":[]}]");
	struct js *other = message(m, &fork, KIND_REQUEST, request_codes, NULL, NULL), *x;
	js_append_take(feed, js_copy(m1));
	js_append_take(feed, js_copy(m2));
	add_case(cases, "EXC-1", "the first entry of a feed", 0, js_copy(m1), "OK");
	x = js_copy(m1);
	char *jws = ent_strdup(js_get_str(x, "jws"));
	jws[strlen(jws) - 4] = jws[strlen(jws) - 4] == 'A' ? 'B' : 'A';
	js_set_str(x, "jws", jws);
	free(jws);
	add_case(cases, "EXC-1", "one letter of the signature is another", 0, x, "ESIG");
	add_case(cases, "EXC-2", "the second before the first", 0, js_copy(m2), "ESEQ");
	add_case(cases, "EXC-2", "the first twice", 1, js_copy(m1), "ESEQ");
	add_case(cases, "EXC-2", "a fork: number 1 again, with another content", 1, js_copy(other), "ESEQ");
	add_case(cases, "EXC-2", "the second after the first", 1, js_copy(m2), "OK");
	x = js_copy(m1);
	js_append_take(js_get(x, "disclosures"), js_copy(js_at(js_get(x, "disclosures"), 0)));
	add_case(cases, "EXC-4", "a disclosure twice", 0, x, "ESIG");
	x = js_copy(m1);
	js_set_take(x, "disclosures", js_array());
	add_case(cases, "EXC-4", "a disclosure left out", 0, x, "OK");
	x = js_copy(m2);
	js_set_take(x, "items", text("[{\"jws\":\"a.b.d\",\"disclosures\":[]}]"));
	add_case(cases, "EXC-5", "another record beside the entry", 1, x, "ESIG");
	x = js_copy(m2);
	js_del(x, "items");
	add_case(cases, "EXC-17", "its records are left out, and it does not say so", 1, js_copy(x), "ESIG");
	js_set_bool(x, "erased", true);
	add_case(cases, "EXC-17", "what was hidden is erased at the sender", 1, x, "OK");
	make_bad_payloads(m, cases, m1);
	js_free(m1);
	js_free(m2);
	js_free(other);
}

static void
make_hellos(struct maker *m, struct js *cases)
{
	static const struct {
		const char *what, *own, *error;
		ent_time late;
	} rows[] = {
		{ "for us, now", "RAB", "OK", 0 },
		{ "for another service", "SEN", "EPIN", 0 },
		{ "six minutes late", "RAB", "EPEER", 360 * ENT_SECOND },
	};
	struct hello h = { .from = "BRU", .to = "RAB", .agreement = "AGR-1", .version = 1, .time = T0 };
	struct buf jws;
	struct ent_why why;
	buf_init(&jws, 4096);
	if (hello_write(&h, &m->signer, &jws, &why) != ENT_OK)
		ENT_BUG("vector hello");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct js *c = js_object();
		js_set_str(c, "id", "EXC-7");
		js_set_str(c, "what", rows[i].what);
		js_set_str(c, "hello", buf_cstr(&jws));
		js_set_str(c, "own_code", rows[i].own);
		js_set_int(c, "now", T0 + rows[i].late);
		js_set_str(c, "error", rows[i].error);
		js_append_take(cases, c);
	}
	buf_done(&jws);
}

static int
write_vectors(const char *path)
{
	const char *const by_hand[] = { "threads", "retention" };
	struct maker m = { .out = js_object() };
	struct js *feed = js_array(), *entries = js_array(), *hellos = js_array();
	struct ent_why why = { 0 };
	struct buf out;
	crypto_ed25519_keypair(m.pk, m.sk);
	m.signer = signer_of_key(m.sk);
	make_entries(&m, feed, entries);
	make_hellos(&m, hellos);
	js_set_take(m.out, "shows", text("{\"entries\":[\"EXC-6\"]}"));
	js_set_b64u(m.out, "record_key", bytes_of(m.pk, sizeof m.pk));
	js_set_take(m.out, "feed", feed);
	js_set_take(m.out, "entries", entries);
	js_set_take(m.out, "hellos", hellos);
	for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++)
		js_set_take(m.out, by_hand[i], js_copy(js_get(vectors, by_hand[i])));
	buf_init(&out, (size_t)1 << 20);
	js_write_pretty(m.out, &out);
	buf_putc(&out, '\n');
	enum ent_err err = file_replace(path, buf_bytes(&out), 0644, &why);
	buf_done(&out);
	js_free(m.out);
	return err == ENT_OK ? 0 : 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_taken_and_refused_as_the_vectors_say),
		cmocka_unit_test(test_the_clock_runs_as_the_vectors_say),
		cmocka_unit_test(test_hellos_are_taken_and_refused_as_the_vectors_say),
	};
	struct buf in;
	struct ent_why why = { 0 };
	buf_init(&in, (size_t)1 << 20);
	if (crypto_init() != ENT_OK || file_read(VECTORS, &in, &why) != ENT_OK ||
	    js_parse(buf_bytes(&in), in.max, &vectors, &why) != ENT_OK) {
		(void)fprintf(stderr, "%s: %s\n", VECTORS, why.text);
		return 1;
	}
	buf_done(&in);
	const char *path = getenv("ENTENTE_WRITE_VECTORS");
	int rc = path != NULL ? write_vectors(path) : cmocka_run_group_tests(tests, NULL, NULL);
	js_free(vectors);
	return rc;
}
