/* SPDX-License-Identifier: Apache-2.0
 *
 * What the keeper evaluates: proofs, quotas that outlive it, repeats that are counted once, many at once.
 */
#include "keeper_fixture.h"
#include "vectors_fixture.h"

#include <pthread.h>

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

static enum ent_err
ask_step(struct fixture *f, const struct js *step, const uint8_t *elements, struct ask *a)
{
	ask_init(a, (uint64_t)js_get_int(step, "seq", 0), (size_t)js_get_int(step, "elements", 0));
	a->e.epoch = (uint32_t)js_get_int(step, "epoch", 0);
	a->e.request[0] = (uint8_t)js_get_int(step, "request", 0);
	a->e.now = NOW + js_get_int(step, "day", 0) * ENT_DAY;
	a->e.blinded = elements;
	return evaluate(f, a);
}

/* spec/vectors/hit.json, "keeper"; with a kill between any two steps. */
static void
test_one_request_after_another_as_the_vectors_say(void **state)
{
	static uint8_t elements[16][OPRF_BATCH_MAX * OPRF_ELEMENT];
	struct fixture *f = *state;
	struct js *vectors = vectors_read("hit"), *v = js_get(vectors, "keeper"), *steps = js_get(v, "steps");
	uint64_t day = (uint64_t)js_get_int(v, "quota_day", 0), all = (uint64_t)js_get_int(v, "quota_epoch", 0);
	uint8_t pk[OPRF_ELEMENT];
	for (size_t i = 0; i < sizeof elements / OPRF_ELEMENT; i++)
		oprf_element_random(elements[0] + i * OPRF_ELEMENT);
	open_key(f, day, all, pk);
	assert_true(js_len(steps) > 10);
	for (size_t i = 0; i < js_len(steps); i++) {
		const struct js *step = js_at(steps, i);
		int64_t next = js_get_int(step, "next", 0);
		struct ask a;
		if (next > 0) { /* a new epoch: the key before is destroyed */
			assert_int_equal(keeper_oprf_destroy(f->k, "AGR-1", (uint32_t)next - 1, &f->why), ENT_OK);
			assert_int_equal(open_epoch(f, "AGR-1", "A", (uint32_t)next, day, all, pk), ENT_OK);
			continue;
		}
		enum ent_err err = ask_step(f, step, elements[js_get_int(step, "request", 0) % 16], &a);
		if (strcmp(ent_err_name(err), js_get_str(step, "error")) != 0)
			fail_msg("step %zu: %s: %s", i, ent_err_name(err), f->why.text);
		if (err == ENT_OK) {
			assert_int_equal(a.day, js_get_int(step, "used_day", -1));
			assert_int_equal(a.epoch, js_get_int(step, "used_epoch", -1));
		}
		kill_and_start(f);
	}
	js_free(vectors);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_annex_has_its_own_day),
		TEST(test_evaluations_are_proved_under_the_published_key),
		TEST(test_the_quota_holds_over_days_and_restarts),
		TEST(test_the_last_request_is_answered_again_and_counted_once),
		TEST(test_bad_requests_are_refused),
		TEST(test_a_quota_is_lowered_but_not_raised),
		TEST(test_a_destroyed_key_is_gone_for_good),
		TEST(test_one_request_after_another_as_the_vectors_say),
		TEST(test_many_askers_at_once_get_exactly_their_quota),
		TEST(test_what_was_answered_is_counted_whenever_the_keeper_is_killed),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
