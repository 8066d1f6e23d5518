/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a query: its follow-up, the withdrawal of what it hit, its opening to the oversight body, its
 * end.
 */
#include "hit_fixture.h"
#include "ops/hit_follow.h"
#include "ops/hit_list.h"

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

/* The number of the list that BRU gets from RAB; 0: none, and clause tells why. */
static int64_t
list_number(struct two_nodes *t, char clause[static 128])
{
	struct ent_why why = { .text = "" };
	struct js *in = js_object(), *answer = NULL, *payload = NULL;
	struct buf body, got;
	int64_t number = 0;
	buf_init(&body, 4096);
	buf_init(&got, JWS_MAX);
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "annex", "A");
	js_write(in, &body);
	if (two_post(&t->bru, "", "RAB", node_keys(t->rab.node)->identity, "/peer/withdrawn",
		buf_bytes(&body), &got, &why) == ENT_OK &&
	    js_parse(buf_bytes(&got), JWS_MAX, &answer, &why) == ENT_OK &&
	    jws_peek(str_of(js_get_str(answer, "jws")), JWS_WITHDRAWN, &payload, &why) == ENT_OK)
		number = js_get_int(payload, "seq", 0);
	(void)snprintf(clause, 128, "%s", why.clause);
	js_free(payload);
	js_free(answer);
	js_free(in);
	buf_done(&body);
	buf_done(&got);
	return number;
}

/* Withdrawals pass whatever the agreement's standing: made known, and to be had. */
static void
test_what_is_withdrawn_is_told_while_the_agreement_is_suspended(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	char clause[128];
	struct ent_id id = two_person(&t->rab, "Nadia Berrada", "1966-02-03", NULL, SUBJECT_SUSPECT,
	    clock_now() + ENT_DAY * 30);
	build(t);
	(void)runner_hits(t->rab.node, clock_now());
	int64_t before = list_number(t, clause);
	assert_true(before > 0);
	stand(&t->rab, "/v1/agreement/suspend");
	assert_int_equal(store_write(node_store(t->rab.node), withdraw_body, &id, &why), ENT_OK);
	(void)runner_hits(t->rab.node, clock_now());
	assert_int_equal(list_number(t, clause), before + 1);
	assert_string_equal(clause, "");
	stand(&t->rab, "/v1/agreement/resume");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_follow_up_opens_one_query_and_finds_its_record),
		cmocka_unit_test(test_a_withdrawn_record_hits_no_more_and_cannot_be_followed_up),
		cmocka_unit_test(test_what_is_withdrawn_is_told_while_the_agreement_is_suspended),
		cmocka_unit_test(test_openings_of_a_query_go_when_its_time_is_over),
		cmocka_unit_test(test_a_query_opens_to_our_oversight_body_alone),
	};
	return hit_tests(tests);
}
