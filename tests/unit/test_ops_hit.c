/* SPDX-License-Identifier: Apache-2.0
 *
 * Private hit/no-hit between two nodes with real keepers: hit and no hit, quotas on both sides, lost
 * answers, rotation, withdrawal, follow-up, opening, and answers that lie.  Shows HIT-4, HIT-13,
 * HIT-16, HIT-17, HIT-18, HIT-19, HIT-20, HIT-21, HIT-22, HIT-23, HIT-24, HIT-25, HIT-26,
 * HIT-27.
 */
#include "base/file.h"
#include "two_nodes.h"

#include "ops/hit_build.h"
#include "ops/hit_follow.h"
#include "ops/hit_list.h"
#include "store/keys.h"

#include <signal.h>

#define LIAISON ROLE_LIAISON

static uint8_t box_pk[CRYPTO_BOX_PK], box_sk[CRYPTO_BOX_SK];

static struct js *
annexes(int64_t day)
{
	struct js *list = js_array(), *a = js_object(), *quota = js_object();
	js_set_str(a, "id", "A");
	js_set_int(quota, "day", day);
	js_set_int(quota, "epoch_persons", 2000);
	js_set_int(quota, "epoch_days", 30);
	js_set_take(a, "quota", quota);
	js_append_take(list, a);
	return list;
}

/* A fixture costs some seconds, for its keepers' passphrases: most tests share one, and count from
 * where they find it. */
static struct two_nodes *
made(int64_t quota)
{
	struct two_nodes *t = two_new(box_pk);
	ent_time later = clock_now() + 300 * ENT_DAY;
	(void)two_person(&t->rab, "محمد العربي", "1975-03-20", NULL, SUBJECT_SUSPECT, later);
	(void)two_person(&t->rab, "Karim Idrissi", "1980-05-06", "AB 123-456", SUBJECT_SUSPECT, later);
	(void)two_person(&t->rab, "Salma Haddad", "1991-07-08", NULL, SUBJECT_UNCATEGORISED, later);
	two_agree(t, annexes(quota));
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now()); /* builds what became active */
	return t;
}

static int
setup(void **state)
{
	*state = made(400);
	return 0;
}

static int
teardown(void **state)
{
	two_free(*state);
	return 0;
}

static struct js *
question(const char *name, const char *birth, const char *document)
{
	struct js *in = js_object();
	js_set_str(in, "partner", "RAB");
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	js_set_str(in, "name", name);
	js_set_str(in, "birth", birth);
	js_set_str(in, "document", document);
	return in;
}

static struct js *
ask(struct two_nodes *t, const char *name, const char *birth, const char *document)
{
	return two_must(&t->bru, 0, LIAISON, "/v1/ask", question(name, birth, document));
}

static enum ent_err
ask_fails(struct two_nodes *t, struct ent_why *why)
{
	*why = (struct ent_why){ .text = "" };
	return two_call(&t->bru, 0, LIAISON, "/v1/ask", question("Nobody Known", "1970-02-03", NULL), NULL,
	    why);
}

static const struct js *
first(const struct js *answer)
{
	return js_at(js_get(answer, "results"), 0);
}

static void
expect_result(const struct js *answer, const char *result, int class)
{
	assert_string_equal(js_get_str(first(answer), "result"), result);
	assert_int_equal(js_get_int(first(answer), "class", 0), class);
}

static int64_t
left(const struct js *answer)
{
	return js_get_int(js_get(answer, "quota"), "day_left", -1);
}

static void
build(struct two_nodes *t)
{
	struct js *in = js_object();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_free(two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/build", in));
}

/* Ask about somebody unknown; answers what is left of the day's quota. */
static int64_t
left_after_one(struct two_nodes *t)
{
	struct js *a = ask(t, "Nobody Known", "1970-02-03", NULL);
	int64_t n = left(a);
	expect_result(a, "no hit", 0);
	js_free(a);
	return n;
}

static void
expect(struct two_nodes *t, const char *name, const char *birth, const char *document,
    const char *result, int class)
{
	struct js *a = ask(t, name, birth, document);
	expect_result(a, result, class);
	js_free(a);
}

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

static void
stand(struct two_side *s, const char *path)
{
	struct js *in = js_object();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "reason", "a test");
	js_free(two_must(s, 0, ROLE_SUPERVISOR, path, in));
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

/* What was said before the lights went out may not have been told to the partner. */
static void
test_a_node_that_started_calls_on_its_partners_at_once(void **state)
{
	struct two_nodes *t = *state;
	two_close(&t->bru);
	two_open(&t->bru);
	assert_true(node_wake_pending(t->bru.node, LANE_QUEUES));
}

/* Signed, and then the power goes: the keeper first, while the filter is being built. */
static void
test_a_filter_is_built_at_the_next_start_if_the_first_build_was_cut_off(void **state)
{
	struct two_nodes *t = two_new(box_pk);
	(void)state;
	(void)two_person(&t->rab, "Karim Idrissi", "1980-05-06", NULL, SUBJECT_SUSPECT,
	    clock_now() + 300 * ENT_DAY);
	two_agree(t, annexes(40));
	assert_int_equal(kill((pid_t)t->rab.keeper.pid, SIGKILL), 0);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	two_close(&t->rab);
	two_open(&t->rab);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
	two_free(t);
}

static void
append_annex(struct js *list, const char *id, const char *purpose, const char *subject, int64_t day)
{
	struct js *a = js_object(), *quota = js_object(), *purposes = js_array(), *subjects = js_array();
	js_set_str(a, "id", id);
	js_append_take(purposes, js_new_str(purpose));
	js_append_take(subjects, js_new_str(subject));
	js_set_take(a, "purposes", purposes);
	js_set_take(a, "subjects", subjects);
	js_set_int(quota, "day", day);
	js_set_int(quota, "epoch_persons", day * 10);
	js_set_int(quota, "epoch_days", 30);
	js_set_take(a, "quota", quota);
	js_append_take(list, a);
}

static struct js *
two_annexes(void)
{
	struct js *list = js_array();
	append_annex(list, "A", "terrorism", "suspect", 40);
	append_annex(list, "B", "border", "victim", 3);
	append_annex(list, "C", "terrorist-financing", "suspect", 0); /* lets nothing be asked */
	return list;
}

static struct js *
ask_for(struct two_nodes *t, const char *purpose, const char *name, const char *birth)
{
	struct js *in = question(name, birth, NULL);
	js_set_str(in, "purpose", purpose);
	return two_must(&t->bru, 0, LIAISON, "/v1/ask", in);
}

static void
expect_for(struct two_nodes *t, const char *purpose, const char *name, const char *birth,
    const char *annex, const char *result)
{
	struct js *a = ask_for(t, purpose, name, birth);
	assert_string_equal(js_get_str(a, "annex"), annex);
	assert_string_equal(js_get_str(first(a), "result"), result);
	js_free(a);
}

static void
build_annex(struct two_nodes *t, const char *annex)
{
	struct js *in = js_object();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "annex", annex);
	js_free(two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/build", in));
}

/* Each annex has its filter, its epochs, its quota; one row of numbers runs through both. */
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
test_each_annex_has_its_filter_and_its_quota(void **state)
{
	struct two_nodes *t = two_new(box_pk);
	ent_time later = clock_now() + 300 * ENT_DAY;
	struct ent_why why = { .text = "" };
	(void)state;
	(void)two_person(&t->rab, "Karim Idrissi", "1980-05-06", NULL, SUBJECT_SUSPECT, later);
	(void)two_person(&t->rab, "Salma Haddad", "1991-07-08", NULL, SUBJECT_VICTIM, later);
	two_agree(t, two_annexes());
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	struct js *s = two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	assert_int_equal(js_len(js_get(s, "filters")), 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(js_get_int(js_get(js_at(js_get(s, "filters"), i), "own"), "records", 0), 1);
	js_free(s);
	expect_for(t, "terrorism", "Karim Idrissi", "1980-05-06", "A", "hit");
	expect_for(t, "terrorism", "Salma Haddad", "1991-07-08", "A", "no hit");
	expect_for(t, "border", "Karim Idrissi", "1980-05-06", "B", "no hit");
	expect_for(t, "border", "Salma Haddad", "1991-07-08", "B", "hit");
	/* A lost answer under one annex is asked for again by who asks under the other. */
	t->lose_answers = 1;
	assert_int_equal(ask_fails(t, &why), ENT_EDOWN);
	expect_for(t, "border", "Salma Haddad", "1991-07-08", "B", "hit");
	struct js *a = ask_for(t, "terrorism", "Karim Idrissi", "1980-05-06");
	assert_int_equal(left(a), 40 - 4);
	js_free(a);
	/* The quota of B is used up, that of A is not. */
	struct js *in = question("Salma Haddad", "1991-07-08", NULL);
	js_set_str(in, "purpose", "border");
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/ask", in, NULL, &why), ENT_EQUOTA);
	assert_non_null(strstr(why.clause, "annex B"));
	expect_for(t, "terrorism", "Karim Idrissi", "1980-05-06", "A", "hit");
	/* A new epoch of A leaves B's in force; a new one of B does not give the day's quota back. */
	build_annex(t, "A");
	build_annex(t, "B");
	expect_for(t, "terrorism", "Karim Idrissi", "1980-05-06", "A", "hit");
	in = question("Salma Haddad", "1991-07-08", NULL);
	js_set_str(in, "purpose", "border");
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/ask", in, NULL, &why), ENT_EQUOTA);
	two_free(t);
}

static bool
is_built(struct two_nodes *t)
{
	struct js *s = two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	const struct js *own = js_get(js_at(js_get(s, "filters"), 0), "own");
	bool built = js_get(own, "epoch") != NULL;
	js_free(s);
	return built;
}

/* Feeds are not kept waiting by a filter, nor is the end of the node. */
static void
test_a_filter_is_built_in_a_lane_of_its_own_that_stops_when_told_to(void **state)
{
	struct two_nodes *t = two_new(box_pk);
	(void)state;
	(void)two_person(&t->rab, "Karim Idrissi", "1980-05-06", NULL, SUBJECT_SUSPECT,
	    clock_now() + 300 * ENT_DAY);
	two_agree(t, annexes(40));
	(void)node_tick(t->rab.node, LANE_QUEUES, clock_now());
	assert_false(is_built(t));
	node_stop(t->rab.node);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	assert_false(is_built(t));
	two_close(&t->rab);
	two_open(&t->rab);
	(void)node_tick(t->rab.node, LANE_FILTERS, clock_now());
	assert_true(is_built(t));
	two_free(t);
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
test_a_new_epoch_is_followed_without_a_persons_doing(void **state)
{
	struct two_nodes *t = *state;
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
	(void)two_person(&t->rab, "Leila Mansouri", "1977-01-09", NULL, SUBJECT_SUSPECT,
	    clock_now() + ENT_DAY * 30);
	expect(t, "Leila Mansouri", "1977-01-09", NULL, "no hit", 0); /* not in this epoch's filter */
	build(t);
	expect(t, "Leila Mansouri", "1977-01-09", NULL, "hit", 2);
}

struct withdraw {
	struct ent_id record;
};

static enum ent_err
withdraw_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	return hit_withdraw_record(tx, ctx, why);
}

struct follow {
	const struct js *opening;
	struct hit_followed out;
};

static enum ent_err
check_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct follow *f = ctx;
	return hit_follow_check(tx, TWO_AGREEMENT, f->opening, &f->out, why);
}

struct open {
	struct op_call call;
	const char *query;
	struct js *opening;
};

static enum ent_err
open_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct open *o = ctx;
	o->call.tx = tx;
	o->call.why = why;
	return hit_follow(&o->call, o->query, &o->opening);
}

/* The opening that a request would carry. */
static struct js *
opening_of(struct two_nodes *t, const char *query)
{
	struct ent_why why = { .text = "" };
	struct grant *g = two_grant(ACTION_REQUEST);
	struct open o = { .call = { .node = t->bru.node, .grant = g, .ask = { .agreement = TWO_AGREEMENT } },
		.query = query };
	if (store_read(node_store(t->bru.node), open_body, &o, &why) != ENT_OK)
		fail_msg("opening: %s", why.text);
	grant_free(g);
	return o.opening;
}

static enum ent_err
follow(struct two_nodes *t, const struct js *opening, struct hit_followed *out)
{
	struct follow f = { .opening = opening };
	struct ent_why why = { .text = "" };
	enum ent_err err = store_read(node_store(t->rab.node), check_body, &f, &why);
	*out = f.out;
	return err;
}

static void
test_a_follow_up_opens_one_query_and_finds_its_record(void **state)
{
	struct two_nodes *t = *state;
	struct hit_followed f;
	struct ent_id id = two_person(&t->rab, "Nadia Benkirane", "1988-08-09", NULL, SUBJECT_SUSPECT,
	    clock_now() + ENT_DAY * 30);
	build(t);
	struct js *a = ask(t, "Benkirane Nadia", "1988-08-09", NULL);
	expect_result(a, "hit", 3);
	struct js *o = opening_of(t, js_get_str(first(a), "query"));
	assert_int_equal(follow(t, o, &f), ENT_OK);
	assert_int_equal(f.state, HIT_FOLLOW_HELD);
	assert_int_equal(f.class, 3);
	assert_int_equal(f.count, 1);
	assert_true(id_equal(&f.records[0], &id));
	/* Another number, another person, another reference: not what was asked. */
	struct js *other = ask(t, "Karim Idrissi", "1980-05-06", NULL);
	struct js *theirs = opening_of(t, js_get_str(first(other), "query"));
	js_set_str(theirs, "ref", js_get_str(o, "ref"));
	assert_int_equal(follow(t, theirs, &f), ENT_ESIG);
	js_set_int(o, "seq", js_get_int(theirs, "seq", 0));
	assert_int_equal(follow(t, o, &f), ENT_ESIG);
	js_free(theirs);
	js_free(other);
	js_free(o);
	js_free(a);
}

static struct js *
follow_up(const struct js *result)
{
	static const char *const promised[] = { "no-torture", "no-death-penalty", "no-political-purpose" };
	struct js *in = js_object(), *list = js_array();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "question", "what is held");
	js_set_str(in, "hit", js_get_str(result, "query"));
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	for (size_t i = 0; i < 3; i++)
		js_append_take(list, js_new_str(promised[i]));
	js_set_take(in, "assurances", list);
	return in;
}

/* The exchange comes to RAB and back, and nobody there has done anything. */
static void
expect_refused(struct two_nodes *t, const char *ref)
{
	for (int i = 0; i < 3; i++) {
		node_wake(t->rab.node);
		node_wake(t->bru.node);
		(void)node_tick(t->rab.node, LANE_QUEUES, clock_now());
		(void)node_tick(t->bru.node, LANE_QUEUES, clock_now());
	}
	struct js *in = js_object();
	js_set_str(in, "ref", ref);
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	struct js *out = two_must(&t->bru, 0, LIAISON, "/v1/show", in);
	char *text = js_text(out);
	assert_non_null(strstr(text, "\"withdrawn\""));
	assert_non_null(strstr(text, "refused"));
	free(text);
	js_free(out);
}

static void
test_a_withdrawn_record_hits_no_more_and_cannot_be_followed_up(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	struct hit_followed f;
	struct ent_id id = two_person(&t->rab, "Hicham Tazi", "1959-11-12", NULL, SUBJECT_SUSPECT,
	    clock_now() + ENT_DAY * 30);
	build(t);
	struct js *a = ask(t, "Hicham Tazi", "1959-11-12", NULL);
	expect_result(a, "hit", 2);
	struct js *o = opening_of(t, js_get_str(first(a), "query"));
	assert_int_equal(store_write(node_store(t->rab.node), withdraw_body, &id, &why), ENT_OK);
	assert_int_equal(follow(t, o, &f), ENT_OK);
	assert_int_equal(f.state, HIT_FOLLOW_WITHDRAWN);
	/* Followed up all the same, it is refused by rule as soon as it comes in. */
	struct js *r = two_must(&t->bru, 0, LIAISON, "/v1/request", follow_up(first(a)));
	expect_refused(t, js_get_str(r, "ref"));
	js_free(r);
	(void)runner_hits(t->rab.node, clock_now());
	expect(t, "Hicham Tazi", "1959-11-12", NULL, "withdrawn", 0);
	/* With the list at hand the asker does not even send it. */
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/request", follow_up(first(a)), NULL, &why),
	    ENT_ESTATE);
	assert_string_equal(why.clause, "hit/withdrawn");
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
	js_free(o);
	js_free(a);
}

static void
test_an_expired_record_is_not_in_the_next_filter(void **state)
{
	struct two_nodes *t = *state;
	ent_time expires = clock_now() + 2 * ENT_SECOND;
	(void)two_person(&t->rab, "Youssef Amrani", "1966-10-11", NULL, SUBJECT_SUSPECT, expires);
	build(t);
	expect(t, "Youssef Amrani", "1966-10-11", NULL, "hit", 2);
	while (clock_now() <= expires)
		(void)usleep(50000);
	build(t);
	expect(t, "Youssef Amrani", "1966-10-11", NULL, "no hit", 0);
}

static void
test_a_record_that_expires_is_withdrawn_from_the_filter_in_force(void **state)
{
	struct two_nodes *t = *state;
	ent_time expires = clock_now() + 2 * ENT_SECOND;
	(void)two_person(&t->rab, "Anissa Chraibi", "1969-04-05", NULL, SUBJECT_SUSPECT, expires);
	build(t);
	expect(t, "Anissa Chraibi", "1969-04-05", NULL, "hit", 2);
	while (clock_now() <= expires)
		(void)usleep(50000);
	(void)runner_dates(t->rab.node, clock_now());
	(void)runner_hits(t->rab.node, clock_now());
	expect(t, "Anissa Chraibi", "1969-04-05", NULL, "withdrawn", 0);
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

struct seen {
	size_t opened;
};

static enum ent_err
count_openings(void *ctx, uint64_t index, struct bytes entry, const struct js *disclosures,
    struct ent_why *why)
{
	struct seen *s = ctx;
	(void)index;
	(void)entry;
	(void)why;
	for (size_t i = 0; i < js_len(disclosures); i++) {
		const char *text = js_str(js_at(disclosures, i));
		uint8_t *clear = ent_alloc(strlen(text) + 1); /* zeros behind what is decoded */
		size_t n;
		assert_int_equal(b64u_decode(str_of(text), clear, strlen(text), &n), ENT_OK);
		s->opened += strstr((const char *)clear, "Zohra Unasked") != NULL;
		free(clear);
	}
	return ENT_OK;
}

static size_t
openings(struct two_nodes *t)
{
	struct seen s = { 0 };
	two_read_log(&t->bru, count_openings, &s);
	return s.opened;
}

/* The clock of a query without a hit takes with it what the log could open of it. */
static void
test_openings_of_a_query_go_when_its_time_is_over(void **state)
{
	struct two_nodes *t = *state;
	expect(t, "Zohra Unasked", "1971-12-13", NULL, "no hit", 0);
	assert_true(openings(t) > 0);
	(void)runner_hits(t->bru.node, clock_now() + (HIT_NO_HIT_DAYS - 1) * ENT_DAY);
	assert_true(openings(t) > 0);
	while (runner_hits(t->bru.node, clock_now() + (HIT_NO_HIT_DAYS + 1) * ENT_DAY) <=
	    clock_now() + (HIT_NO_HIT_DAYS + 1) * ENT_DAY)
		continue; /* so many at a time */
	assert_int_equal(openings(t), 0);
}

static void
test_a_query_opens_to_our_oversight_body_alone(void **state)
{
	struct two_nodes *t = *state;
	struct js *a = ask(t, "Karim Idrissi", "1980-05-06", NULL), *in = js_object();
	struct ent_why why = { .text = "" };
	js_set_str(in, "query", js_get_str(first(a), "query"));
	js_set_str(in, "for", "oversight");
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "sample");
	stand(&t->bru, "/v1/agreement/suspend"); /* which does not concern the oversight body */
	struct js *o = two_must(&t->bru, 0, ROLE_DPO, "/v1/query/open", in);
	stand(&t->bru, "/v1/agreement/resume");
	const char *text = js_get_str(o, "opening");
	uint8_t *sealed = ent_alloc(strlen(text) + 1), *clear = ent_alloc(strlen(text) + 1);
	size_t n = 0;
	assert_null(strstr(text, "Idrissi"));
	assert_int_equal(b64u_decode(str_of(text), sealed, strlen(text), &n), ENT_OK);
	assert_int_equal(crypto_sealbox_open(box_pk, box_sk, bytes_of(sealed, n), clear), ENT_OK);
	assert_non_null(strstr((const char *)clear, "Karim Idrissi"));
	free(sealed);
	free(clear);
	js_free(o);
	in = js_object(); /* a liaison officer may not */
	js_set_str(in, "query", js_get_str(first(a), "query"));
	js_set_str(in, "for", "oversight");
	assert_int_equal(two_call(&t->bru, 0, LIAISON, "/v1/query/open", in, NULL, &why), ENT_EROLE);
	js_free(a);
}

/* ---- partners that lie ---------------------------------------------------------------------------- */

static struct two_nodes *between;
static int built_between;

static void
flip_filter(const char *path, struct buf *answer)
{
	if (strcmp(path, "/peer/filter") == 0 && answer->n > 4096)
		answer->p[4000] ^= 1;
}

static void
flip_answer(const char *path, struct buf *answer)
{
	if (strcmp(path, "/peer/hit") == 0)
		answer->p[answer->n / 2] = answer->p[answer->n / 2] == 'A' ? 'B' : 'A';
}

static void
test_tampered_filters_and_answers_are_refused(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why;
	build(t); /* another filter is to be fetched */
	t->tamper = flip_filter;
	assert_int_equal(ask_fails(t, &why), ENT_EPEER);
	t->tamper = flip_answer;
	assert_int_equal(ask_fails(t, &why), ENT_ESIG);
	t->tamper = NULL;
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
}

static void
build_between(const char *path, struct buf *answer)
{
	(void)answer;
	if (strcmp(path, "/peer/filter") == 0 && built_between++ == 0)
		build(between);
}

static void
test_a_filter_that_is_built_anew_while_it_is_fetched_is_fetched_anew(void **state)
{
	struct two_nodes *t = *state;
	build(t);
	between = t;
	built_between = 0;
	t->tamper = build_between;
	expect(t, "Karim Idrissi", "1980-05-06", NULL, "hit", 2);
	t->tamper = NULL;
	assert_in_range(built_between, 3, 20); /* note, again a note, pieces */
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

static void
test_status_tells_epoch_size_hash_and_what_is_used(void **state)
{
	struct two_nodes *t = *state;
	int64_t n = left_after_one(t);
	struct js *s = two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	const struct js *own = js_get(js_at(js_get(s, "filters"), 0), "own");
	assert_int_equal(js_get_int(own, "epoch", 0), 1);
	assert_int_equal(js_get_int(own, "records", 0), 2); /* not the one in quarantine */
	assert_non_null(js_get_str(own, "sha256"));
	js_free(s);
	s = two_must(&t->bru, 0, ROLE_SUPERVISOR, "/v1/filter/status", js_object());
	const struct js *theirs = js_get(js_at(js_get(s, "filters"), 0), "partners");
	assert_int_equal(js_get_int(theirs, "asked_today", 0), 400 - n);
	js_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_filter_is_built_at_the_next_start_if_the_first_build_was_cut_off),
		cmocka_unit_test(test_a_filter_is_built_in_a_lane_of_its_own_that_stops_when_told_to),
		cmocka_unit_test(test_each_annex_has_its_filter_and_its_quota),
		cmocka_unit_test(test_the_quota_ends_exactly_and_is_refused_on_both_sides),
		cmocka_unit_test(test_a_decision_is_explained_with_the_counters_as_they_are),
		cmocka_unit_test(test_a_hit_crosses_scripts_and_no_hit_is_no_hit),
		cmocka_unit_test(test_status_tells_epoch_size_hash_and_what_is_used),
		cmocka_unit_test(test_what_cannot_be_asked_is_refused_before_anything_is_sent),
		cmocka_unit_test(test_a_lost_answer_is_asked_again_and_counted_once),
		cmocka_unit_test(test_a_request_cut_off_after_it_was_counted_is_settled_in_the_next_epoch),
		cmocka_unit_test(test_a_request_cut_off_after_it_was_counted_is_settled_by_a_refusal),
		cmocka_unit_test(test_a_pending_request_survives_a_restart_of_both),
		cmocka_unit_test(test_a_node_that_started_calls_on_its_partners_at_once),
		cmocka_unit_test(test_a_new_epoch_is_followed_without_a_persons_doing),
		cmocka_unit_test(test_a_follow_up_opens_one_query_and_finds_its_record),
		cmocka_unit_test(test_a_withdrawn_record_hits_no_more_and_cannot_be_followed_up),
		cmocka_unit_test(test_an_expired_record_is_not_in_the_next_filter),
		cmocka_unit_test(test_a_record_that_expires_is_withdrawn_from_the_filter_in_force),
		cmocka_unit_test(test_a_suspension_that_the_asker_does_not_know_of_is_a_signed_refusal),
		cmocka_unit_test(test_openings_of_a_query_go_when_its_time_is_over),
		cmocka_unit_test(test_a_query_opens_to_our_oversight_body_alone),
		cmocka_unit_test(test_tampered_filters_and_answers_are_refused),
		cmocka_unit_test(test_an_answer_without_its_proof_is_refused),
		cmocka_unit_test(test_a_filter_that_is_built_anew_while_it_is_fetched_is_fetched_anew),
		cmocka_unit_test(test_an_asker_that_counts_otherwise_is_refused_signed_or_stops),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	crypto_sealbox_keypair(box_pk, box_sk);
	return cmocka_run_group_tests(tests, setup, teardown);
}
