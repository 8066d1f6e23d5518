/* SPDX-License-Identifier: Apache-2.0
 *
 * Two nodes with real keepers and an agreement that lets BRU ask RAB, for the tests of private
 * hit/no-hit; and the questions they share.
 */
#ifndef TESTS_HIT_FIXTURE_H
#define TESTS_HIT_FIXTURE_H

#include "base/file.h"
#include "two_nodes.h"

#define LIAISON ROLE_LIAISON

static uint8_t box_pk[CRYPTO_BOX_PK], box_sk[CRYPTO_BOX_SK];

static inline struct js *
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
static inline struct two_nodes *
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

static inline int
setup(void **state)
{
	*state = made(400);
	return 0;
}

static inline int
teardown(void **state)
{
	two_free(*state);
	return 0;
}

static inline struct js *
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

static inline struct js *
ask(struct two_nodes *t, const char *name, const char *birth, const char *document)
{
	return two_must(&t->bru, 0, LIAISON, "/v1/ask", question(name, birth, document));
}

static inline enum ent_err
ask_fails(struct two_nodes *t, struct ent_why *why)
{
	*why = (struct ent_why){ .text = "" };
	return two_call(&t->bru, 0, LIAISON, "/v1/ask", question("Nobody Known", "1970-02-03", NULL), NULL,
	    why);
}

static inline const struct js *
first(const struct js *answer)
{
	return js_at(js_get(answer, "results"), 0);
}

static inline void
expect_result(const struct js *answer, const char *result, int class)
{
	assert_string_equal(js_get_str(first(answer), "result"), result);
	assert_int_equal(js_get_int(first(answer), "class", 0), class);
}

static inline int64_t
left(const struct js *answer)
{
	return js_get_int(js_get(answer, "quota"), "day_left", -1);
}

static inline void
build(struct two_nodes *t)
{
	struct js *in = js_object();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_free(two_must(&t->rab, 0, ROLE_SUPERVISOR, "/v1/filter/build", in));
}

/* Ask about somebody unknown; answers what is left of the day's quota. */
static inline int64_t
left_after_one(struct two_nodes *t)
{
	struct js *a = ask(t, "Nobody Known", "1970-02-03", NULL);
	int64_t n = left(a);
	expect_result(a, "no hit", 0);
	js_free(a);
	return n;
}

static inline void
expect(struct two_nodes *t, const char *name, const char *birth, const char *document,
    const char *result, int class)
{
	struct js *a = ask(t, name, birth, document);
	expect_result(a, result, class);
	js_free(a);
}

/* A statement of standing, by a supervisor: path is that of suspend, resume or terminate. */
static inline void
stand(struct two_side *s, const char *path)
{
	struct js *in = js_object();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_str(in, "reason", "a test");
	js_free(two_must(s, 0, ROLE_SUPERVISOR, path, in));
}

/* The main of each program. */
#define hit_tests(tests) (crypto_init() != ENT_OK ? 1 : \
	(crypto_sealbox_keypair(box_pk, box_sk), cmocka_run_group_tests(tests, setup, teardown)))

#endif
