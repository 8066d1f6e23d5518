/* SPDX-License-Identifier: Apache-2.0
 *
 * Private hit/no-hit between two nodes with real keepers: hit and no hit, quotas on both sides, lost
 * answers, rotation, withdrawal, follow-up, opening, and answers that lie.  Shows HIT-4, HIT-13,
 * HIT-16, HIT-17, HIT-18, HIT-19, HIT-20, HIT-21, HIT-22, HIT-23, HIT-24, HIT-25, HIT-26,
 * HIT-27.
 */
#include "hit_fixture.h"
#include "hit/hit.h"
#include "store/hits.h"
#include "store/keys.h"

#include <signal.h>

static void
test_a_hit_crosses_scripts_and_no_hit_is_no_hit(void **state)
{
	struct two_nodes *t = *state;
	struct js *a = ask(t, "Mohammed El Arabi", "1975-03-20", NULL);
	expect_result(a, "hit", 3);
	js_free(a);
	expect(t, "Mohammed El Arabi", "1975-03-21", NULL, "no hit", 0);
	expect(t, "Idrissi Karim", "1980-06-05", NULL, "hit", 4);
	expect(t, "Somebody Else", "1999-09-09", "ab123456", "hit", 1);
	/* Quarantined: never in a filter. */
	expect(t, "Salma Haddad", "1991-07-08", NULL, "no hit", 0);
}

static void
test_what_cannot_be_asked_is_refused_before_anything_is_sent(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	int posts = t->posts;
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/ask", question("A Name", "1975-01-01", NULL),
	    NULL, &why), ENT_EFIELD);
	struct js *q = question("Karim Idrissi", "1980-05-06", NULL);
	js_set_str(q, "purpose", "border");
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/ask", q, NULL, &why), ENT_EREFUSED);
	assert_string_equal(why.clause, "RAB-BRU-1/annex A/purposes");
	q = question("Karim Idrissi", "1980-05-06", NULL);
	js_del(q, "reason");
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/ask", q, NULL, &why), ENT_EREFUSED);
	assert_int_equal(two_call(&t->bru, 0, ROLE_ADMIN, "/v1/ask",
	    question("Karim Idrissi", "1980-05-06", NULL), NULL, &why), ENT_EROLE);
	assert_int_equal(t->posts, posts);
}

static void
test_a_lost_answer_is_asked_again_and_counted_once(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	int64_t before = left_after_one(t);
	t->lose_answers = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	t->lose_requests = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	struct js *a = ask(t, "Karim Idrissi", "1980-05-06", NULL);
	expect_result(a, "hit", 2);
	assert_int_equal(left(a), before - 2); /* the second failure never made a new request */
	js_free(a);
}

static void
test_a_pending_request_survives_a_restart_of_both(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	int64_t before = left_after_one(t);
	t->lose_answers = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	two_close(&t->bru);
	two_close(&t->rab);
	two_open(&t->rab);
	two_open(&t->bru);
	struct js *a = ask(t, "Karim Idrissi", "1980-05-06", NULL);
	expect_result(a, "hit", 2);
	assert_int_equal(left(a), before - 2);
	js_free(a);
}

struct cut {
	struct buf pending;
	struct hit_received_row row;
};

static enum ent_err
pending_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct cut *k = ctx;
	struct hit_asker_row row;
	const struct hit_asker_texts texts = { .pending = &k->pending };
	buf_reset(&k->pending);
	return hit_asker_get(tx, TWO_AGREEMENT, "A", &row, &texts, why);
}

static enum ent_err
cut_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct cut *k = ctx;
	return hit_received_put(tx, TWO_AGREEMENT, &k->row, "", why);
}

/* What is pending at BRU came to RAB, which took it in, counted it, and went dark before the answer. */
static void
cut_off(struct two_nodes *t)
{
	struct cut *k = ent_alloc(sizeof *k);
	struct hit_ask *ask = ent_alloc(sizeof *ask);
	struct ent_why why = { .text = "" };
	struct js *payload = NULL;
	uint8_t out[OPRF_BATCH_MAX * OPRF_ELEMENT], proof[OPRF_PROOF];
	uint64_t day, epoch;
	buf_init(&k->pending, HITS_JWS_MAX);
	assert_int_equal(store_read(node_store(t->bru.node), pending_body, k, &why), ENT_OK);
	assert_int_equal(jws_peek(str_of(buf_cstr(&k->pending)), JWS_HITASK, &payload, &why), ENT_OK);
	assert_int_equal(hit_ask_read(payload, ask, &why), ENT_OK);
	k->row = (struct hit_received_row){ .seq = ask->seq, .epoch = ask->epoch, .rules = 1,
		.asked_at = ask->time, .received_at = ask->time, .keep_until = ask->time + ENT_DAY,
		.bytes = ask->count * OPRF_ELEMENT };
	jws_hash(str_of(buf_cstr(&k->pending)), k->row.hash);
	assert_int_equal(store_write(node_store(t->rab.node), cut_body, k, &why), ENT_OK);
	struct keeper_eval e = { .agreement = TWO_AGREEMENT, .epoch = ask->epoch, .seq = ask->seq,
		.count = ask->count, .blinded = ask->elements, .now = ask->time };
	memcpy(e.request, k->row.hash, sizeof e.request);
	assert_int_equal(keeper_evaluate(node_keeper(t->rab.node), &e, out, proof, &day, &epoch, &why),
	    ENT_OK);
	js_free(payload);
	buf_done(&k->pending);
	free(k);
	free(ask);
}

static void
test_a_request_cut_off_after_it_was_counted_is_settled_in_the_next_epoch(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	int64_t before = left_after_one(t);
	t->lose_requests = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	cut_off(t);
	build(t);
	assert_int_equal(left_after_one(t), before - 2); /* it and this one, each once on either side */
	assert_int_equal(left_after_one(t), before - 3);
}

/* Nor does anything else that refuses the second time leave the channel stuck. */
static void
test_a_request_cut_off_after_it_was_counted_is_settled_by_a_refusal(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	int64_t before = left_after_one(t);
	t->lose_requests = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	cut_off(t);
	stand(&t->rab, "/v1/agreement/suspend");
	t->lose_answers = 1; /* and the refusal is told again, the same */
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	assert_int_equal(ask_fails(t, &why), ENT_ESUSPENDED);
	stand(&t->rab, "/v1/agreement/resume");
	assert_int_equal(left_after_one(t), before - 2);
}

/* "N of M persons are left": what decide says of the quota, with --used or as counted. */
static void
expect_decided(struct two_side *s, const char *peer, int64_t used, const char *text)
{
	struct js *in = js_object();
	js_set_str(in, "act", peer == NULL ? "ask" : "hit.evaluate");
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "peer", peer);
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	js_set_bool(in, "explain", true);
	if (used >= 0)
		js_set_int(in, "used", used);
	struct js *out = two_must(s, 0, LIAISON, "/v1/decide", in);
	const struct js *clauses = js_get(out, "clauses");
	const char *found = "";
	for (size_t i = 0; i < js_len(clauses); i++)
		if (strstr(js_get_str(js_at(clauses, i), "clause"), "/quota") != NULL)
			found = js_get_str(js_at(clauses, i), "text");
	if (strstr(found, text) != found)
		fail_msg("decided: %s", found);
	js_free(out);
}

static void
test_a_decision_is_explained_with_the_counters_as_they_are(void **state)
{
	struct two_nodes *t = *state;
	char text[40];
	int64_t n = left_after_one(t);
	(void)snprintf(text, sizeof text, "%d of 400 persons are left today", (int)n);
	expect_decided(&t->bru, NULL, -1, text);
	expect_decided(&t->rab, "BRU", -1, text);
	expect_decided(&t->bru, NULL, 7, "393 of 400 persons are left today");
}

static void
test_the_quota_ends_exactly_and_is_refused_on_both_sides(void **state)
{
	struct two_nodes *t = made(40); /* its own */
	struct ent_why why;
	(void)state;
	struct js *q = question(NULL, NULL, NULL), *persons = js_array();
	for (int i = 0; i < 40; i++) {
		char name[32];
		struct js *p = js_object();
		(void)snprintf(name, sizeof name, "Person Number%c%c", 'a' + i % 26, 'a' + i / 26);
		js_set_str(p, "name", i == 17 ? "Karim Idrissi" : name);
		js_set_str(p, "birth", "1980-05-06");
		js_append_take(persons, p);
	}
	js_set_take(q, "persons", persons);
	struct js *a = two_must(&t->bru, 0, LIAISON, "/v1/ask", q);
	assert_int_equal(js_len(js_get(a, "results")), 40);
	assert_int_equal(js_get_int(a, "hits", 0), 1);
	assert_string_equal(js_get_str(js_at(js_get(a, "results"), 17), "result"), "hit");
	assert_int_equal(left(a), 0);
	js_free(a);
	assert_int_equal(ask_fails(t, &why), ENT_EQUOTA);
	assert_non_null(strstr(why.clause, "quota"));
	two_close(&t->bru); /* and after a restart */
	two_open(&t->bru);
	assert_int_equal(ask_fails(t, &why), ENT_EQUOTA);
	two_free(t);
}

struct forget {
	uint64_t used;
};

/* The asker's node that forgets what it has counted. */
static enum ent_err
forget_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct forget *f = ctx;
	struct hit_asker_row row;
	enum ent_err err = hit_asker_get(tx, TWO_AGREEMENT, "A", &row, NULL, why);
	row.used_day = f->used;
	return err == ENT_OK ? hit_asker_put(tx, TWO_AGREEMENT, "A", &row, NULL, NULL, NULL, why) : err;
}

static void
test_an_asker_that_counts_otherwise_is_refused_signed_or_stops(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	struct forget f = { .used = 0 };
	char ours[40], theirs[60];
	int64_t before = left_after_one(t);
	assert_int_equal(store_write(node_store(t->bru.node), forget_body, &f, &why), ENT_OK);
	assert_int_equal(ask_fails(t, &why), ENT_ESTATE);
	(void)snprintf(ours, sizeof ours, "we count %d and", 8);
	assert_non_null(strstr(why.text, ours));
	(void)snprintf(theirs, sizeof theirs, "counts %d elements today", (int)(400 - before + 1) * 8);
	assert_non_null(strstr(why.text, theirs));
	assert_int_equal(ask_fails(t, &why), ENT_ESTATE); /* stopped */
	/* A new epoch of the partner begins both counts of the epoch anew and opens the channel. */
	build(t);
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
}

static void
test_a_suspension_that_the_asker_does_not_know_of_is_a_signed_refusal(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	int64_t before = left_after_one(t);
	stand(&t->rab, "/v1/agreement/suspend");
	assert_int_equal(ask_fails(t, &why), ENT_ESUSPENDED);
	assert_non_null(strstr(why.text, "signed"));
	assert_string_equal(why.clause, "RAB-BRU-1/standing");
	stand(&t->rab, "/v1/agreement/resume");
	assert_int_equal(left_after_one(t), before - 1); /* its number is free, nothing was counted */
}

/* RAB's node signs what is not its key's doing: two elements swapped. */
static struct two_nodes *liar;

static void
swap_elements(const char *path, struct buf *answer)
{
	struct js *in = NULL, *payload = NULL, *out = js_object();
	struct hit_answer *a = ent_alloc(sizeof *a);
	struct ent_why why = { .text = "" };
	struct buf text, jws;
	uint8_t e[OPRF_ELEMENT];
	if (strcmp(path, "/peer/hit") == 0) {
		assert_int_equal(js_parse(buf_bytes(answer), JWS_MAX, &in, &why), ENT_OK);
		assert_int_equal(jws_peek(str_of(js_get_str(in, "jws")), JWS_HITANSWER, &payload, &why), ENT_OK);
		assert_int_equal(hit_answer_read(payload, a, &why), ENT_OK);
		memcpy(e, a->elements, sizeof e);
		memcpy(a->elements, a->elements + OPRF_ELEMENT, sizeof e);
		memcpy(a->elements + OPRF_ELEMENT, e, sizeof e);
		buf_init(&text, JWS_MAX);
		buf_init(&jws, JWS_MAX);
		assert_int_equal(hit_answer_write(a, &text, &why), ENT_OK);
		assert_int_equal(keeper_sign(node_keeper(liar->rab.node), JWS_HITANSWER, buf_bytes(&text), &jws,
		    &why), ENT_OK);
		js_set_str(out, "jws", buf_cstr(&jws));
		buf_reset(answer);
		js_write(out, answer);
		buf_done(&text);
		buf_done(&jws);
	}
	js_free(in);
	js_free(payload);
	js_free(out);
	free(a);
}

static void
test_an_answer_without_its_proof_is_refused(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	liar = t;
	t->tamper = swap_elements;
	assert_int_equal(ask_fails(t, &why), ENT_EPROOF);
	t->tamper = NULL;
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_quota_ends_exactly_and_is_refused_on_both_sides),
		cmocka_unit_test(test_a_decision_is_explained_with_the_counters_as_they_are),
		cmocka_unit_test(test_a_hit_crosses_scripts_and_no_hit_is_no_hit),
		cmocka_unit_test(test_what_cannot_be_asked_is_refused_before_anything_is_sent),
		cmocka_unit_test(test_a_lost_answer_is_asked_again_and_counted_once),
		cmocka_unit_test(test_a_request_cut_off_after_it_was_counted_is_settled_in_the_next_epoch),
		cmocka_unit_test(test_a_request_cut_off_after_it_was_counted_is_settled_by_a_refusal),
		cmocka_unit_test(test_a_pending_request_survives_a_restart_of_both),
		cmocka_unit_test(test_a_suspension_that_the_asker_does_not_know_of_is_a_signed_refusal),
		cmocka_unit_test(test_an_answer_without_its_proof_is_refused),
		cmocka_unit_test(test_an_asker_that_counts_otherwise_is_refused_signed_or_stops),
	};
	return hit_tests(tests);
}
