/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/reconcile.h"
#include "audit/verify.h"

#include "grant/mint.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/audit_fixture.h"

/* ---- a sink in memory ---------------------------------------------------------------------------- */

struct memory {
	struct exported *x;
	struct buf frontier;
	struct js *disclosures; /* of the last entry; owned */
};

static enum ent_err
load(void *ctx, const char *log, uint64_t *size, struct buf *frontier, struct ent_why *why)
{
	struct memory *m = ctx;
	(void)log;
	(void)why;
	*size = m->x->count;
	buf_put(frontier, m->frontier.p, m->frontier.n);
	return ENT_OK;
}

static enum ent_err
append(void *ctx, const char *log, uint64_t index, struct bytes entry, const struct js *disclosures,
    uint64_t new_size, struct bytes frontier, struct ent_why *why)
{
	struct memory *m = ctx;
	(void)log;
	(void)why;
	assert_int_equal(index, m->x->count);
	assert_int_equal(new_size, index + 1);
	add_entry(m->x, "");
	buf_put(&m->x->entry[index], entry.p, entry.n);
	buf_reset(&m->frontier);
	buf_put(&m->frontier, frontier.p, frontier.n);
	js_free(m->disclosures);
	m->disclosures = disclosures != NULL ? js_copy(disclosures) : NULL;
	return ENT_OK;
}

static struct memory
memory_new(const char *code, const char *log)
{
	struct memory m = { .x = exported_new(code, log) };
	buf_init(&m.frontier, TREE_FRONTIER_BYTES);
	return m;
}

static void
memory_done(struct memory *m)
{
	js_free(m->disclosures);
	buf_done(&m->frontier);
	exported_free(m->x);
}

static struct audit_sink
sink_of(struct memory *m)
{
	return (struct audit_sink){ m, load, append };
}

/* ---- entries ------------------------------------------------------------------------------------- */

static void
test_an_entry_has_its_fields_in_the_order_of_the_spec(void **state)
{
	struct memory m = memory_new("RAB", AUDIT_NODE);
	struct audit_sink sink = sink_of(&m);
	struct actor a = { .service = "RAB", .name = "nobody", .roles = ROLE_ANALYST | ROLE_DPO };
	struct js *facts = js_object();
	struct audit_event ev = { .event = EVENT_SEARCH, .phase = AUDIT_OUTCOME, .intent = 0, .time = 7,
		.actor = &a, .purpose = PURPOSE_TERRORISM, .agreement = "AGR-1", .annex = "A",
		.partner = "BRU", .result = ENT_EQUOTA, .clause = "AGR-1/quota", .object = "x",
		.facts = facts };
	uint64_t index = 9;
	(void)state;
	js_set_int(facts, "hits", 2);
	a.id.b[15] = 1;
	assert_int_equal(audit_append(&sink, AUDIT_NODE, &ev, &index, NULL), ENT_OK);
	assert_int_equal(index, 0);
	assert_string_equal(buf_cstr(&m.x->entry[0]),
	    "{\"index\":0,\"time\":7,\"event\":\"search\",\"phase\":\"outcome\",\"intent\":0,"
	    "\"service\":\"RAB\",\"user\":\"00000000-0000-0000-0000-000000000001\","
	    "\"roles\":[\"analyst\",\"data-protection-officer\"],\"purpose\":\"terrorism\","
	    "\"agreement\":\"AGR-1\",\"annex\":\"A\",\"partner\":\"BRU\",\"result\":\"EQUOTA\","
	    "\"clause\":\"AGR-1/quota\",\"object\":\"x\",\"facts\":{\"hits\":2}}");
	struct audit_event bare = { .event = EVENT_NODE, .time = 8 };
	assert_int_equal(audit_append(&sink, AUDIT_NODE, &bare, &index, NULL), ENT_OK);
	assert_int_equal(index, 1);
	assert_string_equal(buf_cstr(&m.x->entry[1]),
	    "{\"index\":1,\"time\":8,\"event\":\"node\",\"phase\":\"done\",\"result\":\"ok\"}");
	assert_null(m.disclosures);
	js_free(facts);
	memory_done(&m);
}

static void
test_what_is_hidden_is_in_no_entry_and_opens_with_its_salt_alone(void **state)
{
	struct memory m = memory_new("RAB", AUDIT_NODE);
	struct audit_sink sink = sink_of(&m);
	struct js *hidden = js_object(), *value = NULL, *none = js_array();
	struct audit_event ev = { .event = EVENT_SEARCH, .time = 7, .hidden = hidden };
	(void)state;
	js_set_str(hidden, "case", "C-2026-77");
	js_set_str(hidden, "reason", "somebody said so");
	assert_int_equal(audit_append(&sink, AUDIT_NODE, &ev, NULL, NULL), ENT_OK);
	assert_int_equal(audit_append(&sink, AUDIT_NODE, &ev, NULL, NULL), ENT_OK);
	const char *first = buf_cstr(&m.x->entry[0]), *second = buf_cstr(&m.x->entry[1]);
	assert_null(strstr(first, "C-2026"));
	assert_null(strstr(first, "said"));
	/* the same values, fresh salts: no digest of one entry is in the other */
	assert_string_not_equal(strstr(first, "_sd"), strstr(second, "_sd"));
	struct bytes b = buf_bytes(&m.x->entry[1]);
	assert_int_equal(entry_open(b, m.disclosures, "reason", &value, NULL), ENT_OK);
	assert_string_equal(js_str(value), "somebody said so");
	js_free(value);
	assert_int_equal(entry_open(buf_bytes(&m.x->entry[0]), m.disclosures, "reason", &value, NULL),
	    ENT_ESIG);
	assert_int_equal(entry_open(b, none, "reason", &value, NULL), ENT_ENOTFOUND);
	js_free(none);
	js_free(hidden);
	memory_done(&m);
}

static void
test_a_grant_lives_once_its_entry_is_written(void **state)
{
	struct memory m = memory_new("RAB", AUDIT_NODE);
	struct audit_sink sink = sink_of(&m);
	struct grant_terms terms = { .action = ACTION_SEARCH, .purpose = PURPOSE_BORDER,
		.actor = { .service = "RAB" }, .annex = "national" };
	struct audit_event ev = { .event = EVENT_SEARCH, .time = 1 };
	struct grant *g = grant_mint(&terms);
	(void)state;
	assert_int_equal(grant_check(g, ACTION_SEARCH, NULL), ENT_EREFUSED);
	assert_int_equal(audit_admit(&sink, g, &ev, NULL, NULL), ENT_OK);
	assert_int_equal(grant_check(g, ACTION_SEARCH, NULL), ENT_OK);
	assert_non_null(strstr(buf_cstr(&m.x->entry[0]), "\"action\":\"search\""));
	grant_free(g);
	memory_done(&m);
}

static enum ent_err
append_fails(void *ctx, const char *log, uint64_t index, struct bytes entry,
    const struct js *disclosures, uint64_t new_size, struct bytes frontier, struct ent_why *why)
{
	(void)ctx; (void)log; (void)index; (void)entry; (void)disclosures; (void)new_size;
	(void)frontier; (void)why;
	return ENT_EIO;
}

/* AUD-2: no entry, no act. */
static void
test_without_an_entry_the_grant_stays_dead(void **state)
{
	struct memory m = memory_new("RAB", AUDIT_NODE);
	struct audit_sink sink = { &m, load, append_fails };
	struct grant_terms terms = { .action = ACTION_SEARCH };
	struct audit_event ev = { .event = EVENT_SEARCH, .time = 1 };
	struct grant *g = grant_mint(&terms);
	(void)state;
	assert_int_equal(audit_admit(&sink, g, &ev, NULL, NULL), ENT_EIO);
	assert_int_equal(grant_check(g, ACTION_SEARCH, NULL), ENT_EREFUSED);
	grant_free(g);
	memory_done(&m);
}

static void
test_what_failed_before_its_entry_is_told_and_the_grant_stays_dead(void **state)
{
	struct memory m = memory_new("RAB", AUDIT_NODE);
	struct audit_sink sink = sink_of(&m);
	struct grant_terms terms = { .action = ACTION_IMPORT, .purpose = PURPOSE_BORDER,
		.actor = { .service = "RAB" }, .annex = "national" };
	struct audit_event ev = { .event = EVENT_IMPORT, .time = 1, .result = ENT_ESYNTAX };
	struct grant *g = grant_mint(&terms);
	struct entry_view v;
	(void)state;
	assert_int_equal(audit_failed(&sink, g, &ev, NULL), ENT_OK);
	assert_int_equal(grant_check(g, ACTION_IMPORT, NULL), ENT_EREFUSED);
	assert_int_equal(entry_read(buf_bytes(&m.x->entry[0]), &v, NULL), ENT_OK);
	assert_string_equal(js_get_str(v.js, "result"), "ESYNTAX");
	assert_string_equal(js_get_str(v.js, "action"), "import");
	assert_string_equal(js_get_str(v.js, "phase"), "done");
	entry_view_done(&v);
	grant_free(g);
	memory_done(&m);
}

static void
test_a_refusal_is_written_with_its_clause_and_has_no_outcome(void **state)
{
	struct memory m = memory_new("RAB", AUDIT_NODE);
	struct audit_sink sink = sink_of(&m);
	struct grant_terms terms = { .action = ACTION_ASK, .verdict = ENT_ESUSPENDED,
		.why = { .clause = "AGR-1/standing" } };
	struct audit_event ev = { .event = EVENT_HIT_ASK, .phase = AUDIT_INTENT, .time = 1 };
	struct grant *g = grant_mint(&terms);
	struct entry_view v;
	(void)state;
	assert_int_equal(audit_admit(&sink, g, &ev, NULL, NULL), ENT_OK);
	assert_int_equal(grant_check(g, ACTION_ASK, NULL), ENT_ESUSPENDED);
	assert_int_equal(entry_read(buf_bytes(&m.x->entry[0]), &v, NULL), ENT_OK);
	assert_false(v.is_intent);
	assert_string_equal(js_get_str(v.js, "result"), "ESUSPENDED");
	assert_string_equal(js_get_str(v.js, "clause"), "AGR-1/standing");
	entry_view_done(&v);
	grant_free(g);
	memory_done(&m);
}

static void
test_an_oversized_entry_is_refused(void **state)
{
	struct memory m = memory_new("RAB", AUDIT_NODE);
	struct audit_sink sink = sink_of(&m);
	char *long_text = ent_alloc(70000);
	struct audit_event ev = { .event = EVENT_SEARCH, .object = long_text };
	(void)state;
	memset(long_text, 'x', 69999);
	assert_int_equal(audit_append(&sink, AUDIT_NODE, &ev, NULL, NULL), ENT_ETOOBIG);
	assert_int_equal(m.x->count, 0);
	free(long_text);
	memory_done(&m);
}

/* ---- exchange logs --------------------------------------------------------------------------------- */

struct pair {
	struct memory a, b;
};

static struct pair
pair_new(void)
{
	return (struct pair){ memory_new("RAB", "AGR-1"), memory_new("BRU", "AGR-1") };
}

static void
pair_done(struct pair *p)
{
	memory_done(&p->a);
	memory_done(&p->b);
}

static void
log_line(struct memory *m, bool from_a, const char *channel, uint64_t seq, uint8_t content)
{
	struct audit_sink sink = sink_of(m);
	uint8_t hash[CRYPTO_HASH_LEN] = { content };
	assert_int_equal(audit_exchange(&sink, "AGR-1", from_a ? "RAB" : "BRU", from_a ? "BRU" : "RAB",
	    channel, seq, "entente-entry+sd-jwt", hash, NULL, NULL), ENT_OK);
}

static struct reconcile_report *
reconcile(struct pair *p)
{
	struct audit_folder f, g;
	struct audit_log a, b;
	struct reconcile_report *r = NULL;
	cut(p->a.x, true);
	cut(p->b.x, true);
	f = folder_of(p->a.x);
	g = folder_of(p->b.x);
	assert_int_equal(audit_log_open(&f, &p->a.x->key, &a, NULL), ENT_OK);
	assert_int_equal(audit_log_open(&g, &p->b.x->key, &b, NULL), ENT_OK);
	assert_int_equal(audit_reconcile(&a, &b, &r, NULL), ENT_OK);
	audit_log_close(&a);
	audit_log_close(&b);
	return r;
}

/* How many findings the verifier has about one log. */
static size_t
faults(struct exported *x)
{
	struct audit_folder f;
	struct audit_log l;
	struct audit_against against = { NULL, NULL };
	struct audit_report *r = NULL;
	cut(x, true);
	f = folder_of(x);
	assert_int_equal(audit_log_open(&f, &x->key, &l, NULL), ENT_OK);
	assert_int_equal(audit_verify(&l, &against, &r, NULL), ENT_OK);
	size_t n = r->count;
	audit_report_free(r);
	audit_log_close(&l);
	return n;
}

static void
expect_one(struct pair *p, enum difference what, const char *side, uint64_t seq)
{
	struct reconcile_report *r = reconcile(p);
	assert_int_equal(r->count, 1);
	assert_int_equal(r->row[0].what, what);
	assert_string_equal(r->row[0].side, side);
	assert_int_equal(r->row[0].seq, seq);
	reconcile_report_free(r);
}

/* Five messages each way, in an order of each side's own; without one of RAB's in either log. */
static struct pair
talk(uint64_t not_in_a, uint64_t not_in_b)
{
	struct pair p = pair_new();
	for (uint64_t seq = 1; seq <= 5; seq++) {
		if (seq != not_in_a)
			log_line(&p.a, true, "feed", seq, (uint8_t)seq);
		log_line(&p.a, false, "feed", seq, (uint8_t)(100 + seq));
	}
	for (uint64_t seq = 1; seq <= 5; seq++)
		log_line(&p.b, false, "feed", seq, (uint8_t)(100 + seq));
	for (uint64_t seq = 1; seq <= 5; seq++)
		if (seq != not_in_b)
			log_line(&p.b, true, "feed", seq, (uint8_t)seq);
	return p;
}

static void
test_the_same_message_has_the_same_bytes_on_both_sides(void **state)
{
	struct pair p = pair_new();
	(void)state;
	log_line(&p.a, true, "feed", 1, 1);
	log_line(&p.b, true, "feed", 1, 1);
	assert_string_equal(buf_cstr(&p.a.x->entry[0]), buf_cstr(&p.b.x->entry[0]));
	assert_string_equal(buf_cstr(&p.a.x->entry[0]),
	    "{\"agreement\":\"AGR-1\",\"dir\":\"RAB>BRU\",\"channel\":\"feed\",\"seq\":1,"
	    "\"typ\":\"entente-entry+sd-jwt\",\"hash\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}");
	pair_done(&p);
}

static void
test_logs_of_one_talk_reconcile_in_any_order(void **state)
{
	struct pair p = talk(0, 0);
	struct reconcile_report *r = reconcile(&p);
	(void)state;
	assert_int_equal(r->count, 0);
	assert_int_equal(r->same, 10);
	reconcile_report_free(r);
	pair_done(&p);
}

static void
test_a_message_sent_without_logging_is_shown(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++) {
		struct pair p = talk(seq, 0);
		expect_one(&p, DIFFERENCE_UNLOGGED, "RAB", seq);
		pair_done(&p);
	}
}

static void
test_a_message_that_did_not_arrive_is_shown(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++) {
		struct pair p = talk(0, seq);
		expect_one(&p, seq < 5 ? DIFFERENCE_LOST : DIFFERENCE_UNDERWAY, "BRU", seq);
		pair_done(&p);
	}
}

static void
test_other_bytes_doubles_and_gaps_are_shown(void **state)
{
	struct pair p = talk(0, 0);
	(void)state;
	log_line(&p.a, true, "feed", 6, 6);
	log_line(&p.b, true, "feed", 6, 66);
	expect_one(&p, DIFFERENCE_HASH, "", 6);
	pair_done(&p);
	p = talk(0, 0);
	log_line(&p.b, true, "feed", 5, 5);
	expect_one(&p, DIFFERENCE_DOUBLE, "BRU", 5);
	pair_done(&p);
	p = talk(3, 3);
	expect_one(&p, DIFFERENCE_GAP, "", 3);
	pair_done(&p);
	p = talk(0, 0);
	log_line(&p.a, true, "hit", 1, 9); /* a query asked again after a lost answer */
	log_line(&p.a, true, "hit", 1, 9);
	log_line(&p.b, true, "hit", 1, 9);
	struct reconcile_report *r = reconcile(&p);
	assert_int_equal(r->count, 0);
	reconcile_report_free(r);
	pair_done(&p);
}

/* [HIT-15]: what was refused leaves its number free, so that honest logs have it more than once. */
static void
test_a_number_that_a_refusal_left_free_is_no_difference(void **state)
{
	struct pair p = talk(0, 0);
	(void)state;
	for (uint64_t i = 0; i < 6; i++) {
		uint64_t seq = i < 2 ? 1 : i < 5 ? 2 : 1; /* the last is an old number, refused too */
		log_line(&p.a, true, "hit", seq, (uint8_t)(20 + i));
		log_line(&p.b, true, "hit", seq, (uint8_t)(20 + i));
	}
	struct reconcile_report *r = reconcile(&p);
	assert_int_equal(r->count, 0);
	assert_int_equal(r->same, 16);
	reconcile_report_free(r);
	assert_int_equal(faults(p.a.x), 0);
	log_line(&p.b, true, "hit", 2, 99);
	expect_one(&p, DIFFERENCE_UNLOGGED, "RAB", 2);
	log_line(&p.a, true, "hit", 4, 30); /* but none is left out */
	assert_int_equal(faults(p.a.x), 1);
	pair_done(&p);
}

static void
test_logs_that_do_not_belong_together_are_refused(void **state)
{
	struct pair p = talk(0, 0);
	struct exported *n = node_log(1);
	struct audit_folder f, g = folder_of(n);
	struct audit_log a, node;
	struct reconcile_report *r;
	(void)state;
	cut(p.a.x, true);
	f = folder_of(p.a.x);
	assert_int_equal(audit_log_open(&f, NULL, &a, NULL), ENT_OK);
	assert_int_equal(audit_log_open(&g, NULL, &node, NULL), ENT_OK);
	assert_int_equal(audit_reconcile(&a, &node, &r, NULL), ENT_EFIELD);
	assert_int_equal(audit_reconcile(&a, &a, &r, NULL), ENT_EFIELD);
	audit_log_close(&a);
	audit_log_close(&node);
	exported_free(n);
	pair_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_entry_has_its_fields_in_the_order_of_the_spec),
		cmocka_unit_test(test_what_is_hidden_is_in_no_entry_and_opens_with_its_salt_alone),
		cmocka_unit_test(test_a_grant_lives_once_its_entry_is_written),
		cmocka_unit_test(test_without_an_entry_the_grant_stays_dead),
		cmocka_unit_test(test_what_failed_before_its_entry_is_told_and_the_grant_stays_dead),
		cmocka_unit_test(test_a_refusal_is_written_with_its_clause_and_has_no_outcome),
		cmocka_unit_test(test_an_oversized_entry_is_refused),
		cmocka_unit_test(test_the_same_message_has_the_same_bytes_on_both_sides),
		cmocka_unit_test(test_logs_of_one_talk_reconcile_in_any_order),
		cmocka_unit_test(test_a_message_sent_without_logging_is_shown),
		cmocka_unit_test(test_a_message_that_did_not_arrive_is_shown),
		cmocka_unit_test(test_other_bytes_doubles_and_gaps_are_shown),
		cmocka_unit_test(test_a_number_that_a_refusal_left_free_is_no_difference),
		cmocka_unit_test(test_logs_that_do_not_belong_together_are_refused),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
