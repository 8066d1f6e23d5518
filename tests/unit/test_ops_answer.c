/* SPDX-License-Identifier: Apache-2.0
 *
 * What a partner answers beyond what the annex of the request lets out, from a node that has taken its
 * own software apart: RAB's answers are changed and signed anew with RAB's record key on their way.
 * BRU refuses each by its clause, tells of it once, and keeps nothing of it.  Shows EXC-15, EXC-16,
 * EXC-18, POL-37.
 */
#include "two_nodes.h"

#include "audit/entry.h"
#include "exchange/exchange.h"
#include "keeper/keyfile.h"
#include "ops/feed_effects.h"
#include "ops/runner.h"
#include "vectors_fixture.h"

#define RETENTION 30 /* days */

/* What the test does to an answer on the wire: the entry's claims, its first record's, what it discloses. */
typedef void spoil_fn(struct js *entry, struct js *record, struct js *disclosures);

static struct {
	spoil_fn *spoil;
	uint8_t record[CRYPTO_SIGN_SK];
	const uint8_t *sign_record; /* the key that signs the record */
	char *message;		    /* what was made of the answer: the same each time that it is pulled */
} wire;

static void
sign(const uint8_t *sk, enum jws_type type, const struct js *payload, struct js *out)
{
	struct ent_why why = { .text = "" };
	struct signer s = signer_of_key(sk);
	struct buf jws;
	char *text = js_text(payload);
	buf_init(&jws, JWS_MAX);
	assert_int_equal(s.sign(s.ctx, type, bytes_of_cstr(text), &jws, &why), ENT_OK);
	js_set_str(out, "jws", buf_cstr(&jws));
	buf_done(&jws);
	free(text);
}

/* entry: the payload of the message, taken. */
static void
forge_message(struct js *message, struct js *entry)
{
	struct ent_why why = { .text = "" };
	struct js *item = js_at(js_get(message, "items"), 0), *record = NULL, *hashes = js_array();
	uint8_t hash[CRYPTO_HASH_LEN];
	char text[B64U_SIZE(CRYPTO_HASH_LEN)];
	assert_int_equal(jws_peek(str_of(js_get_str(item, "jws")), JWS_RECORD, &record, &why), ENT_OK);
	wire.spoil(entry, record, js_get(item, "disclosures"));
	sign(wire.sign_record, JWS_RECORD, record, item);
	jws_hash(str_of(js_get_str(item, "jws")), hash);
	b64u_encode(bytes_of(hash, sizeof hash), text);
	js_append_take(hashes, js_new_str(text));
	js_set_take(entry, "items", hashes);
	sign(wire.record, JWS_ENTRY, entry, message);
	js_free(record);
	js_free(entry);
	wire.message = js_text(message);
}

static struct js *
parse(const char *text)
{
	struct ent_why why = { .text = "" };
	struct js *j = NULL;
	assert_int_equal(js_parse(bytes_of_cstr(text), JWS_MAX, &j, &why), ENT_OK);
	return j;
}

static void
tamper(const char *path, struct buf *answer)
{
	struct ent_why why = { .text = "" };
	if (strcmp(path, "/peer/pull") != 0)
		return;
	struct js *in = parse(buf_cstr(answer)), *list = js_get(in, "entries"), *out = js_array();
	for (size_t i = 0; i < js_len(list); i++) {
		struct js *message = js_copy(js_at(list, i)), *payload = NULL;
		assert_int_equal(jws_peek(str_of(js_get_str(message, "jws")), JWS_ENTRY, &payload, &why),
		    ENT_OK);
		if (strcmp(js_get_str(payload, "kind"), "answer") != 0) {
			js_free(payload);
		} else if (wire.message != NULL) {
			js_free(payload);
			js_free(message);
			message = parse(wire.message);
		} else {
			forge_message(message, payload);
		}
		js_append_take(out, message);
	}
	js_set_take(in, "entries", out);
	buf_reset(answer);
	js_write(in, answer);
	js_free(in);
}

/* ---- two nodes, and an exchange between them ----------------------------------------------------- */

static struct js *
names(const char *a, const char *b)
{
	struct js *list = js_array();
	js_append_take(list, js_new_str(a));
	if (b != NULL)
		js_append_take(list, js_new_str(b));
	return list;
}

static void
add_translation(struct js *annex, const char *from, const char *to)
{
	struct js *row = js_object(), *rows = js_get(annex, "translation");
	js_set_str(row, "from", from);
	js_set_str(row, "to", to);
	if (rows == NULL)
		js_set_take(annex, "translation", rows = js_array());
	js_append_take(rows, row);
}

/* An annex that lets out little.  A label gets H1 on its way, and were it translated twice, H3, which
 * is not admitted.  Annex B, for the same purpose, lets out anything. */
static struct js *
annexes(void)
{
	struct js *list = js_array(), *a = js_object(), *b = js_object(), *handling = js_object();
	js_set_str(a, "id", "A");
	js_set_take(a, "types", names("person", NULL));
	js_set_take(a, "fields", names("name", "birth"));
	js_set_take(a, "subjects", names("suspect", NULL));
	js_set_str(handling, "max_tlp", "AMBER");
	js_set_take(handling, "codes", names("H0", "H1"));
	js_set_take(a, "handling", handling);
	add_translation(a, "AMBER", "H1");
	add_translation(a, "H1", "H3");
	js_set_int(a, "retention_days", RETENTION);
	js_append_take(list, a);
	js_set_str(b, "id", "B");
	js_append_take(list, b);
	return list;
}

static struct ent_id person;

static int
setup(void **state)
{
	struct ent_why why = { .text = "" };
	struct two_nodes *t = two_new(NULL);
	struct keyfile_keys keys;
	struct buf file;
	char path[128];
	two_agree(t, annexes());
	person = two_person(&t->rab, "Karim Idrissi", "1980-05-06", "AB123456", SUBJECT_SUSPECT,
	    clock_now() + 300 * ENT_DAY);
	(void)snprintf(path, sizeof path, "%s/keeper/" KEYFILE_NAME, t->rab.dir);
	buf_init(&file, KEYFILE_SIZE);
	assert_int_equal(file_read(path, &file, &why), ENT_OK);
	assert_int_equal(keyfile_open(buf_bytes(&file), bytes_of_cstr("a passphrase"), &keys, &why), ENT_OK);
	memcpy(wire.record, keys.record, sizeof wire.record);
	wire.sign_record = wire.record;
	crypto_wipe(&keys, sizeof keys);
	buf_done(&file);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	two_free(*state);
	return 0;
}

static struct js *
input(const char *ref)
{
	struct js *in = js_object(), *list = names("no-torture", "no-death-penalty");
	js_append_take(list, js_new_str("no-political-purpose"));
	js_set_take(in, "assurances", list);
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	if (ref != NULL)
		js_set_str(in, "ref", ref);
	return in;
}

static void
turn(struct two_nodes *t)
{
	for (int i = 0; i < 3; i++) {
		node_wake(t->rab.node);
		node_wake(t->bru.node);
		(void)node_tick(t->rab.node, LANE_QUEUES, clock_now());
		(void)node_tick(t->bru.node, LANE_QUEUES, clock_now());
	}
}

/* BRU asks under that annex, and RAB has it. */
static void
ask(struct two_nodes *t, const char *annex, char ref[static ENT_ID_TEXT])
{
	struct js *in = input(NULL);
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "annex", annex);
	js_set_str(in, "question", "who is this");
	struct js *out = two_must(&t->bru, 0, ROLE_LIAISON, "/v1/request", in);
	(void)snprintf(ref, ENT_ID_TEXT, "%s", js_get_str(out, "ref"));
	js_free(out);
	turn(t);
}

static enum ent_err
answer(struct two_nodes *t, const char *ref, const char *annex, struct ent_why *why)
{
	struct js *in = input(ref);
	char record[ENT_ID_TEXT];
	id_format(&person, record);
	js_set_take(in, "record", names(record, NULL));
	if (annex != NULL)
		js_set_str(in, "annex", annex);
	return two_call(&t->rab, 0, ROLE_LIAISON, "/v1/answer", in, NULL, why);
}

/* Where the exchange stands at BRU, and how many records came. */
static size_t
came(struct two_nodes *t, const char *ref, char thread[static 16])
{
	struct js *in = input(ref);
	js_set_str(in, "annex", "A"); /* under which it is looked at: either will do */
	struct js *out = two_must(&t->bru, 0, ROLE_LIAISON, "/v1/show", in);
	const struct js *entries = js_get(out, "entries");
	size_t n = 0;
	for (size_t i = 0; i < js_len(entries); i++)
		n += js_len(js_get(js_at(entries, i), "records"));
	(void)snprintf(thread, 16, "%s", js_get_str(js_get(out, "exchange"), "state"));
	js_free(out);
	return n;
}

/* ---- what BRU's log tells ------------------------------------------------------------------------- */

struct told {
	size_t count; /* refused entries */
	char result[24], clause[128];
};

static enum ent_err
tell(void *ctx, uint64_t index, struct bytes text, const struct js *disclosures, struct ent_why *why)
{
	struct told *t = ctx;
	struct entry_view v;
	(void)index;
	(void)disclosures;
	assert_int_equal(entry_read(text, &v, why), ENT_OK);
	const char *result = js_get_str(v.js, "result"), *clause = js_get_str(v.js, "clause");
	if (strcmp(v.event, "feed.received") == 0 && result != NULL && strcmp(result, "ok") != 0) {
		t->count++;
		(void)snprintf(t->result, sizeof t->result, "%s", result);
		(void)snprintf(t->clause, sizeof t->clause, "%s", clause == NULL ? "" : clause);
	}
	entry_view_done(&v);
	return ENT_OK;
}

static struct told
told(struct two_nodes *t)
{
	struct told out = { 0 };
	two_read_log(&t->bru, tell, &out);
	return out;
}

/* ---- what is changed on the way -------------------------------------------------------------------- */

static struct js *
label_of(struct js *record)
{
	return js_get(record, "label");
}

static void other_type(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_str(r, "type", "organisation"); }
static void quarantined(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_str(label_of(r), "subject", "uncategorised"); }
static void other_subject(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_str(label_of(r), "subject", "other"); }
static void red(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_str(label_of(r), "tlp", "RED"); }
static void other_code(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_take(label_of(r), "handling", names("H0", "H2")); }
static void of_a_third(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_str(label_of(r), "originator", "SEN"); }
static void in_anothers_name(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_str(r, "iss", "SEN"); }
static void for_another(struct js *e, struct js *r, struct js *d) { (void)e; (void)d; js_set_str(label_of(r), "agreement", "AGR-9"); }
static void as_it_is(struct js *e, struct js *r, struct js *d) { (void)e; (void)r; (void)d; }

static void
expired(struct js *e, struct js *r, struct js *d)
{
	(void)e;
	(void)d;
	js_set_str(label_of(r), "review_at", "2020-01-01");
	js_set_str(label_of(r), "expires_at", "2020-01-02");
}

static void
label_too_long(struct js *e, struct js *r, struct js *d)
{
	(void)e;
	(void)d;
	js_set_str(label_of(r), "expires_at", "2090-01-02");
}

static void
kept_too_long(struct js *e, struct js *r, struct js *d)
{
	(void)r;
	(void)d;
	js_set_int(e, "retain_until", js_get_int(e, "time", 0) + RETENTION * ENT_DAY + 1);
}

static void
disclose(struct js *record, struct js *disclosures, const char *name, struct js *value)
{
	sdjwt_hide_take(record, disclosures, name, value);
	sdjwt_seal(record);
}

static void
more_fields(struct js *e, struct js *r, struct js *d)
{
	struct statement s = { .kind = STATEMENT_NATIONALITY, .basis = BASIS_FACT, .nationality = "MA" };
	(void)e;
	disclose(r, d, "s7", statement_write(&s));
}

static void
in_clear(struct js *e, struct js *r, struct js *d)
{
	struct statement s = { .kind = STATEMENT_NATIONALITY, .basis = BASIS_FACT, .nationality = "MA" };
	(void)e;
	(void)d;
	js_set_take(r, "s7", statement_write(&s));
}

static void
no_statement(struct js *e, struct js *r, struct js *d)
{
	(void)e;
	disclose(r, d, "note", js_new_str("whatever is not looked at"));
}

#define A TWO_AGREEMENT "/annex A/"
static const struct {
	const char *what;
	spoil_fn *spoil;
	const char *result, *clause;
	bool other_key;
} forgeries[] = {
	{ "a type that is not covered", other_type, "EREFUSED", A "types", false },
	{ "a record in quarantine", quarantined, "EREFUSED", A "quarantine", false },
	{ "a category that is not covered", other_subject, "EREFUSED", A "subjects", false },
	{ "a record that had expired", expired, "EEXPIRED", A "expiry", false },
	{ "a TLP above the annex's", red, "EREFUSED", A "handling", false },
	{ "a handling code that is not admitted", other_code, "EREFUSED", A "handling", false },
	{ "a statement that may not leave", more_fields, "EREFUSED", A "fields", false },
	{ "the same in clear", in_clear, "ESIG", "", false },
	{ "retention beyond the annex's", kept_too_long, "EREFUSED", A "retention", false },
	{ "a label that outlasts the annex's retention", label_too_long, "EREFUSED", A "retention", false },
	{ "a third service's record", of_a_third, "EREFUSED", A "onward", false },
	{ "a disclosure that is no statement", no_statement, "ESIG", "", false },
	{ "a record in another's name", in_anothers_name, "ESIG", "", false },
	{ "a record labelled for another agreement", for_another, "ESIG", "", false },
	{ "a record that another key signed", as_it_is, "ESIG", "", true },
};

static void
test_an_answer_beyond_the_annex_is_refused_by_its_clause_and_told_of_once(void **state)
{
	struct two_nodes *t = *state;
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK];
	crypto_ed25519_keypair(pk, sk);
	for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
		char ref[ENT_ID_TEXT], thread[16];
		struct ent_why why = { .text = "" };
		size_t before = told(t).count;
		ask(t, "A", ref);
		assert_int_equal(answer(t, ref, NULL, &why), ENT_OK);
		wire.spoil = forgeries[i].spoil;
		wire.sign_record = forgeries[i].other_key ? sk : wire.record;
		t->tamper = tamper;
		turn(t);
		struct told now = told(t);
		print_message("# %s: %s %s\n", forgeries[i].what, now.result, now.clause);
		assert_int_equal(now.count, before + 1);
		assert_string_equal(now.result, forgeries[i].result);
		assert_string_equal(now.clause, forgeries[i].clause);
		assert_int_equal(came(t, ref, thread), 0);
		assert_string_equal(thread, "open");
		t->tamper = NULL;
		free(wire.message);
		wire.message = NULL;
		turn(t); /* what RAB did sign comes */
		assert_int_equal(came(t, ref, thread), 1);
		assert_string_equal(thread, "answered");
		assert_int_equal(told(t).count, before + 1);
	}
}

static enum ent_err
count_erasure(void *ctx, uint64_t index, struct bytes text, const struct js *disclosures,
    struct ent_why *why)
{
	size_t *n = ctx;
	struct entry_view v;
	(void)index;
	(void)disclosures;
	assert_int_equal(entry_read(text, &v, why), ENT_OK);
	*n += strcmp(v.event, "record.erase") == 0;
	entry_view_done(&v);
	return ENT_OK;
}

static size_t
erasures(struct two_nodes *t)
{
	size_t n = 0;
	two_read_log(&t->bru, count_erasure, &n);
	return n;
}

/* Signed anew and nothing changed: it is not the forging that is refused above. */
static void
test_an_answer_within_the_annex_comes_through_the_same_hands(void **state)
{
	struct two_nodes *t = *state;
	char ref[ENT_ID_TEXT], thread[16];
	struct ent_why why = { .text = "" };
	size_t before = told(t).count;
	ask(t, "A", ref);
	assert_int_equal(answer(t, ref, NULL, &why), ENT_OK);
	wire.spoil = as_it_is;
	wire.sign_record = wire.record;
	t->tamper = tamper;
	turn(t);
	t->tamper = NULL;
	assert_non_null(wire.message);
	free(wire.message);
	wire.message = NULL;
	assert_int_equal(came(t, ref, thread), 1);
	assert_string_equal(thread, "answered");
	assert_int_equal(told(t).count, before);
}

static void
test_an_answer_stands_under_the_annex_of_its_request(void **state)
{
	struct two_nodes *t = *state;
	char ref[ENT_ID_TEXT], thread[16];
	struct ent_why why = { .text = "" };
	ask(t, "A", ref);
	assert_int_equal(answer(t, ref, "B", &why), ENT_EFIELD);
	assert_int_equal(answer(t, ref, "A", &why), ENT_OK);
	turn(t);
	assert_int_equal(came(t, ref, thread), 1);
	ask(t, "B", ref); /* neither is named, and either admits the purpose */
	assert_int_equal(answer(t, ref, NULL, &why), ENT_OK);
	turn(t);
	assert_int_equal(came(t, ref, thread), 1);
}

/* The day when an answer's retention is over: what came goes on both sides, what was signed stays. */
static void
test_what_was_answered_is_erased_when_its_retention_is_over(void **state)
{
	struct two_nodes *t = *state;
	char ref[ENT_ID_TEXT], thread[16];
	struct ent_why why = { .text = "" };
	ent_time now = clock_now();
	ask(t, "A", ref);
	assert_int_equal(answer(t, ref, "A", &why), ENT_OK);
	turn(t);
	(void)runner_feeds(t->bru.node, now + (RETENTION - 1) * ENT_DAY);
	assert_int_equal(came(t, ref, thread), 1);
	while (runner_feeds(t->bru.node, now + (RETENTION + 1) * ENT_DAY) <= now + (RETENTION + 1) * ENT_DAY)
		continue; /* so many at a time */
	assert_int_equal(came(t, ref, thread), 0);
	assert_string_equal(thread, "answered");
	assert_true(erasures(t) > 0);
	ask(t, "A", ref); /* and the feed goes on */
	assert_int_equal(answer(t, ref, "A", &why), ENT_OK);
	turn(t);
	assert_int_equal(came(t, ref, thread), 1);
}

static void
test_what_is_hidden_ends_as_the_vectors_say(void **state)
{
	(void)state;
	struct js *vectors = vectors_read("exchange");
	const struct js *cases = js_get(vectors, "retention");
	assert_true(js_len(cases) >= 4);
	for (size_t i = 0; i < js_len(cases); i++) {
		const struct js *c = js_at(cases, i), *days = js_get(c, "days");
		struct policy_annex annexes[4] = { 0 };
		struct policy_agreement a = { .annexes = annexes, .annex_count = js_len(days) };
		struct entry e = { .payload = js_copy(c) };
		assert_in_range(js_len(days), 1, 4);
		for (size_t k = 0; k < js_len(days); k++)
			annexes[k].retention_days = js_int(js_at(days, k), -1);
		assert_int_equal(feed_erase_at(&a, &e, js_get_int(c, "taken", 0)), js_get_int(c, "erase_at", -1));
		js_free(e.payload);
	}
	js_free(vectors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_hidden_ends_as_the_vectors_say),
		cmocka_unit_test(test_an_answer_within_the_annex_comes_through_the_same_hands),
		cmocka_unit_test(test_an_answer_beyond_the_annex_is_refused_by_its_clause_and_told_of_once),
		cmocka_unit_test(test_an_answer_stands_under_the_annex_of_its_request),
		cmocka_unit_test(test_what_was_answered_is_erased_when_its_retention_is_over),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
