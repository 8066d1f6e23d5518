/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_fixture.h"

#include "grant/admit.h"

/* A question that is granted, and what a case may spoil in it or in the world. */
struct trial {
	struct world w;
	struct actor actor;
	struct record_label label;
	struct policy_ask ask;
};

static void
trial_init(struct trial *t, enum ent_action action, const char *agreement)
{
	memset(t, 0, sizeof *t);
	world_init(&t->w);
	t->actor.id.b[0] = 1;
	memcpy(t->actor.name, "anna", 5);
	memcpy(t->actor.service, "BRU", 4);
	t->actor.roles = ROLE_LIAISON;
	t->label = (struct record_label){ .originator = "BRU", .handling = HANDLING_H1,
		.tlp = TLP_AMBER, .source = SOURCE_B, .information = 2, .subject = SUBJECT_SUSPECT,
		.review_at = T0 + 10 * ENT_DAY, .expires_at = T0 + 20 * ENT_DAY };
	t->ask = (struct policy_ask){ .actor = &t->actor, .action = action,
		.roles = ROLE_LIAISON | ROLE_ANALYST, .purpose = PURPOSE_TERRORISM,
		.agreement = agreement, .case_ref = "C-1", .reason = "a lead", .label = &t->label,
		.type = "person", .elements = 8, .now = T0, .fields = 1u << STATEMENT_NAME,
		.assurances = COMMITMENT_NO_TORTURE | COMMITMENT_NO_DEATH_PENALTY |
		    COMMITMENT_NO_POLITICAL,
		.recipient = "PAR", .permitted = true };
}

static void
trial_peer(struct trial *t)
{
	memset(&t->actor, 0, sizeof t->actor);
	memcpy(t->actor.service, "RAB", 4);
	t->actor.roles = ROLE_PEER;
	t->ask.roles = ROLE_PEER;
	t->ask.case_ref = t->ask.reason = NULL;
}

static void
standing(struct trial *t, const struct service *by, const char *state, int64_t seq)
{
	uint8_t digest[32], user[16] = { 1 };
	char *text = js_text(t->w.document);
	crypto_sha256(bytes_of_cstr(text), digest);
	free(text);
	struct js *o = js_object();
	js_set_str(o, "iss", by->card.code);
	js_set_str(o, "agreement", "AGR-1");
	js_set_b64u(o, "doc", bytes_of(digest, 32));
	js_set_str(o, "state", state);
	js_set_int(o, "seq", seq);
	js_set_str(o, "by", "anna");
	js_set_id(o, "user", user);
	js_set_int(o, "time", T0);
	world_add(&t->w, POLICY_STANDING, sign_with(by->sk, JWS_STANDING, o));
	js_free(o);
}

/* ---- what a case spoils --------------------------------------------------------------------------- */

static void as_it_is(struct trial *t) { (void)t; }
static void no_role(struct trial *t) { t->actor.roles = ROLE_ADMIN; }
static void no_actor(struct trial *t) { t->ask.actor = NULL; }
static void stranger(struct trial *t) { memcpy(t->actor.service, "PAR", 4); }
static void no_purpose(struct trial *t) { t->ask.purpose = PURPOSE_NONE; }
static void bad_purpose(struct trial *t) { t->ask.purpose = (enum ent_purpose)77; }
static void other_purpose(struct trial *t) { t->ask.purpose = PURPOSE_BORDER; }
static void administration(struct trial *t) { t->ask.purpose = PURPOSE_OPERATION; }
static void no_case(struct trial *t) { t->ask.case_ref = NULL; }
static void blank_case(struct trial *t) { t->ask.case_ref = " \t"; }
static void no_reason(struct trial *t) { t->ask.reason = ""; }
static void other_agreement(struct trial *t) { t->ask.agreement = "AGR-2"; }
static void no_agreement(struct trial *t) { t->ask.agreement = NULL; }
static void the_agreement(struct trial *t) { t->ask.agreement = "AGR-1"; }
static void no_card(struct trial *t) { t->w.no_card = true; }
static void unsigned_(struct trial *t) { t->w.no_consents = true; }
static void too_early(struct trial *t) { t->ask.now = T0 - 2 * ENT_DAY; }
static void too_late(struct trial *t)
{
	t->ask.now = T0 + 100 * ENT_DAY;
	t->label.expires_at = T0 + 200 * ENT_DAY;
}
static void last_moment(struct trial *t)
{
	t->ask.now = T0 + 100 * ENT_DAY - 1;
	t->label.expires_at = T0 + 200 * ENT_DAY;
}
static void suspended(struct trial *t) { standing(t, &t->w.bru, "suspended", 1); }
static void suspended_there(struct trial *t) { standing(t, &t->w.rab, "suspended", 1); }
static void resumed(struct trial *t)
{
	standing(t, &t->w.bru, "suspended", 1);
	standing(t, &t->w.bru, "active", 2);
}
static void resumed_by_other(struct trial *t)
{
	standing(t, &t->w.bru, "suspended", 1);
	standing(t, &t->w.rab, "active", 1);
}
static void terminated(struct trial *t) { standing(t, &t->w.rab, "terminated", 1); }
static void other_annex(struct trial *t) { t->ask.annex = "B"; }
static void this_annex(struct trial *t) { t->ask.annex = "A"; }
static void other_type(struct trial *t) { t->ask.type = "ship"; }
static void uncovered_type(struct trial *t)
{
	struct js *types = js_array();
	js_append_take(types, js_new_str("organisation"));
	js_set_take(world_annex(&t->w), "types", types);
}
static void quarantined(struct trial *t) { t->label.subject = SUBJECT_UNCATEGORISED; }
static void uncovered_subject(struct trial *t)
{
	struct js *subjects = js_array();
	js_append_take(subjects, js_new_str("victim"));
	js_set_take(world_annex(&t->w), "subjects", subjects);
}
static void expired(struct trial *t) { t->label.expires_at = T0; }
static void red(struct trial *t) { t->label.tlp = TLP_RED; }
static void no_tlp(struct trial *t) { t->label.tlp = TLP_NONE; }
static void codes_of_h0(struct trial *t)
{
	struct js *codes = js_array(), *h = js_get(world_annex(&t->w), "handling");
	js_append_take(codes, js_new_str("H0"));
	js_set_take(h, "codes", codes);
}
static void translated_out(struct trial *t)
{
	/* AMBER becomes RED by the table, and RED is above the annex */
	struct js *rows = js_array(), *row = js_object();
	js_set_str(row, "from", "AMBER");
	js_set_str(row, "to", "RED");
	js_append_take(rows, row);
	js_set_take(world_annex(&t->w), "translation", rows);
}
static void remark(struct trial *t) { t->ask.fields |= 1u << STATEMENT_REMARK; }
static void quota_day(struct trial *t) { t->ask.used_day = (uint64_t)200 * 8; }
static void quota_last(struct trial *t) { t->ask.used_day = (uint64_t)199 * 8; }
static void quota_over(struct trial *t) { t->ask.used_day = UINT64_MAX; }
static void quota_epoch(struct trial *t) { t->ask.used_epoch = (uint64_t)2000 * 8; }
static void not_permitted(struct trial *t) { t->ask.permitted = false; }
static void no_recipient(struct trial *t) { t->ask.recipient = NULL; }
static void back_to_self(struct trial *t) { t->ask.recipient = "BRU"; }
static void never_onward(struct trial *t) { js_set_str(world_annex(&t->w), "onward", "never"); }
static void foreign(struct trial *t)
{
	memcpy(t->label.originator, "PAR", 4);
	t->ask.permitted = false;
}
static void foreign_h2(struct trial *t)
{
	foreign(t);
	t->label.tlp = TLP_CLEAR;
	t->label.handling |= HANDLING_H2;
}
static void foreign_public(struct trial *t)
{
	foreign(t);
	t->label.tlp = TLP_CLEAR;
}
static void foreign_permitted(struct trial *t) { memcpy(t->label.originator, "PAR", 4); }
static void may_be_tortured(struct trial *t) { t->ask.assurances &= ~(unsigned)COMMITMENT_NO_TORTURE; }
static void may_be_killed(struct trial *t) { t->ask.assurances &= ~(unsigned)COMMITMENT_NO_DEATH_PENALTY; }
static void political(struct trial *t) { t->ask.assurances &= ~(unsigned)COMMITMENT_NO_POLITICAL; }
static void by_dpo(struct trial *t)
{
	expired(t);
	t->actor.roles = ROLE_DPO;
	t->ask.roles = ROLE_DPO;
}
static void
allow_lists(struct trial *t, int64_t rows, uint64_t asked)
{
	struct js *s = js_object();
	js_set_str(s, "law", "law of 1 May on carriers, art. 3");
	js_set_int(s, "max_rows", rows);
	js_set_take(world_annex(&t->w), "screening", s);
	t->ask.rows = asked;
}
static void list_of_cap(struct trial *t) { allow_lists(t, 1000, 1000); }
static void list_over_cap(struct trial *t) { allow_lists(t, 1000, 1001); }
static void
list_without_case(struct trial *t)
{
	allow_lists(t, 1000, 1);
	t->ask.case_ref = NULL;
}
static void peer(struct trial *t) { trial_peer(t); }
static void peer_outside(struct trial *t)
{
	trial_peer(t);
	memcpy(t->actor.service, "PAR", 4);
}
static void peer_as_us(struct trial *t)
{
	trial_peer(t);
	memcpy(t->actor.service, "BRU", 4);
}

struct row {
	enum ent_action action;
	const char *agreement;
	void (*spoil)(struct trial *t);
	enum ent_err verdict;
	const char *clause;
};
#define A "AGR-1/annex A/"
#define N "national/annex own/"

static const struct row rows[] = {
	/* each act as it should be */
	{ ACTION_SEARCH, NULL, as_it_is, ENT_OK, N "purposes" },
	{ ACTION_SEARCH, "national", as_it_is, ENT_OK, N "purposes" },
	{ ACTION_READ, "", as_it_is, ENT_OK, N "purposes" },
	{ ACTION_ASK, "AGR-1", as_it_is, ENT_OK, A "purposes" },
	{ ACTION_REQUEST, "AGR-1", as_it_is, ENT_OK, A "purposes" },
	{ ACTION_ANSWER, "AGR-1", as_it_is, ENT_OK, A "purposes" },
	{ ACTION_FORWARD, "AGR-1", as_it_is, ENT_OK, A "purposes" },
	{ ACTION_PERMIT, "AGR-1", as_it_is, ENT_OK, A "purposes" },
	{ ACTION_INBOX, NULL, as_it_is, ENT_OK, N "purposes" },
	{ ACTION_INBOX, "AGR-1", as_it_is, ENT_OK, A "purposes" },
	{ ACTION_AGREE, NULL, as_it_is, ENT_OK, "role" },
	{ ACTION_EVALUATE, "AGR-1", peer, ENT_OK, A "purposes" },
	{ ACTION_FEED, "AGR-1", peer, ENT_OK, A "purposes" },
	/* who */
	{ ACTION_NONE, NULL, as_it_is, ENT_EREFUSED, "action" },
	{ (enum ent_action)99, NULL, as_it_is, ENT_EREFUSED, "action" },
	{ ACTION_SEARCH, NULL, no_role, ENT_EROLE, "role" },
	{ ACTION_SEARCH, NULL, no_actor, ENT_EROLE, "role" },
	{ ACTION_SEARCH, NULL, stranger, ENT_EROLE, "role" },
	{ ACTION_SEARCH, NULL, peer, ENT_EROLE, "role" },
	{ ACTION_EVALUATE, "AGR-1", peer_as_us, ENT_EROLE, "role" },
	{ ACTION_AGREE, NULL, no_role, ENT_EROLE, "role" },
	/* why */
	{ ACTION_SEARCH, NULL, no_purpose, ENT_EREFUSED, "purpose" },
	{ ACTION_SEARCH, NULL, bad_purpose, ENT_EREFUSED, "purpose" },
	{ ACTION_SEARCH, NULL, no_case, ENT_EREFUSED, "case" },
	{ ACTION_READ, NULL, blank_case, ENT_EREFUSED, "case" },
	{ ACTION_READ, NULL, no_reason, ENT_EREFUSED, "reason" },
	{ ACTION_ASK, "AGR-1", no_reason, ENT_EREFUSED, "reason" },
	{ ACTION_WRITE, NULL, no_reason, ENT_OK, N "purposes" },
	{ ACTION_IMPORT, NULL, no_purpose, ENT_OK, "national/signatures" },
	/* under what */
	{ ACTION_SEARCH, NULL, the_agreement, ENT_EREFUSED, "agreement" },
	{ ACTION_ASK, "AGR-1", other_agreement, ENT_EREFUSED, "agreement" },
	{ ACTION_ASK, "AGR-1", no_agreement, ENT_EREFUSED, "agreement" },
	{ ACTION_ASK, "national", as_it_is, ENT_EREFUSED, "agreement" },
	{ ACTION_ASK, "AGR-1", no_card, ENT_EPIN, "AGR-1/partner" },
	{ ACTION_EVALUATE, "AGR-1", peer_outside, ENT_EPIN, "AGR-1/partner" },
	{ ACTION_ASK, "AGR-1", unsigned_, ENT_EREFUSED, "AGR-1/signatures" },
	{ ACTION_NOTICE, "AGR-1", unsigned_, ENT_EREFUSED, "AGR-1/signatures" },
	{ ACTION_ASK, "AGR-1", too_early, ENT_EREFUSED, "AGR-1/dates" },
	{ ACTION_ASK, "AGR-1", too_late, ENT_EEXPIRED, "AGR-1/dates" },
	{ ACTION_ASK, "AGR-1", last_moment, ENT_OK, A "purposes" },
	{ ACTION_ASK, "AGR-1", suspended, ENT_ESUSPENDED, "AGR-1/standing" },
	{ ACTION_ASK, "AGR-1", suspended_there, ENT_ESUSPENDED, "AGR-1/standing" },
	{ ACTION_FEED, "AGR-1", suspended, ENT_ESUSPENDED, "AGR-1/standing" },
	{ ACTION_FETCH, "AGR-1", suspended, ENT_ESUSPENDED, "AGR-1/standing" },
	{ ACTION_ANSWER, "AGR-1", terminated, ENT_ESUSPENDED, "AGR-1/standing" },
	{ ACTION_ASK, "AGR-1", resumed, ENT_OK, A "purposes" },
	{ ACTION_ASK, "AGR-1", resumed_by_other, ENT_ESUSPENDED, "AGR-1/standing" },
	{ ACTION_SEARCH, NULL, suspended, ENT_OK, N "purposes" },
	/* notices always pass */
	{ ACTION_NOTICE, "AGR-1", suspended, ENT_OK, A "purposes" },
	{ ACTION_NOTICE, "AGR-1", terminated, ENT_OK, A "purposes" },
	{ ACTION_NOTICE, "AGR-1", too_late, ENT_OK, A "purposes" },
	/* and so does the account to the own oversight body */
	{ ACTION_OPENQUERY, "AGR-1", suspended, ENT_OK, A "purposes" },
	{ ACTION_OPENQUERY, "AGR-1", terminated, ENT_OK, A "purposes" },
	{ ACTION_OPENQUERY, "AGR-1", too_late, ENT_OK, A "purposes" },
	/* which annex */
	{ ACTION_ASK, "AGR-1", other_annex, ENT_EREFUSED, "AGR-1/annex" },
	{ ACTION_ASK, "AGR-1", this_annex, ENT_OK, A "purposes" },
	{ ACTION_ASK, "AGR-1", other_purpose, ENT_EREFUSED, A "purposes" },
	{ ACTION_SEARCH, NULL, administration, ENT_EREFUSED, N "purposes" },
	/* what */
	{ ACTION_ANSWER, "AGR-1", other_type, ENT_EREFUSED, A "types" },
	{ ACTION_ANSWER, "AGR-1", uncovered_type, ENT_EREFUSED, A "types" },
	{ ACTION_ANSWER, "AGR-1", quarantined, ENT_EREFUSED, A "quarantine" },
	{ ACTION_FILTER, "AGR-1", quarantined, ENT_EREFUSED, A "quarantine" },
	{ ACTION_SEARCH, NULL, quarantined, ENT_OK, N "purposes" },
	{ ACTION_ANSWER, "AGR-1", uncovered_subject, ENT_EREFUSED, A "subjects" },
	{ ACTION_ANSWER, "AGR-1", expired, ENT_EEXPIRED, A "expiry" },
	{ ACTION_SEARCH, NULL, expired, ENT_EEXPIRED, N "expiry" },
	{ ACTION_READ, NULL, expired, ENT_EEXPIRED, N "expiry" },
	{ ACTION_READ, NULL, by_dpo, ENT_OK, N "purposes" },
	{ ACTION_ERASE, NULL, expired, ENT_OK, N "purposes" },
	{ ACTION_ANSWER, "AGR-1", red, ENT_EREFUSED, A "handling" },
	{ ACTION_ANSWER, "AGR-1", no_tlp, ENT_EREFUSED, A "handling" },
	{ ACTION_ANSWER, "AGR-1", codes_of_h0, ENT_EREFUSED, A "handling" },
	{ ACTION_ANSWER, "AGR-1", translated_out, ENT_EREFUSED, A "handling" },
	{ ACTION_SEARCH, NULL, red, ENT_OK, N "purposes" },
	{ ACTION_ANSWER, "AGR-1", remark, ENT_EREFUSED, A "fields" },
	/* how much */
	{ ACTION_ASK, "AGR-1", quota_last, ENT_OK, A "purposes" },
	{ ACTION_ASK, "AGR-1", quota_day, ENT_EQUOTA, A "quota" },
	{ ACTION_ASK, "AGR-1", quota_over, ENT_EQUOTA, A "quota" },
	{ ACTION_ASK, "AGR-1", quota_epoch, ENT_EQUOTA, A "quota" },
	{ ACTION_REQUEST, "AGR-1", quota_day, ENT_OK, A "purposes" },
	/* POL-38: lists */
	{ ACTION_SCREEN, NULL, as_it_is, ENT_EREFUSED, N "screening" },
	{ ACTION_SCREEN, "AGR-1", as_it_is, ENT_EREFUSED, A "screening" },
	{ ACTION_SCREEN, "AGR-1", list_of_cap, ENT_OK, A "purposes" },
	{ ACTION_SCREEN, "AGR-1", list_over_cap, ENT_EREFUSED, A "screening" },
	{ ACTION_SCREEN, "AGR-1", list_without_case, ENT_EREFUSED, "case" },
	{ ACTION_SEARCH, NULL, list_over_cap, ENT_OK, N "purposes" },
	{ ACTION_ADJUDICATE, NULL, as_it_is, ENT_OK, N "purposes" },
	{ ACTION_ADJUDICATE, NULL, expired, ENT_EEXPIRED, N "expiry" },
	/* how far */
	{ ACTION_FORWARD, "AGR-1", not_permitted, ENT_EREFUSED, A "onward" },
	{ ACTION_FORWARD, "AGR-1", no_recipient, ENT_EREFUSED, A "onward" },
	{ ACTION_FORWARD, "AGR-1", back_to_self, ENT_EREFUSED, A "onward" },
	{ ACTION_FORWARD, "AGR-1", never_onward, ENT_EREFUSED, A "onward" },
	{ ACTION_PERMIT, "AGR-1", never_onward, ENT_EREFUSED, A "onward" },
	{ ACTION_ANSWER, "AGR-1", foreign, ENT_EREFUSED, A "onward" },
	{ ACTION_FILTER, "AGR-1", foreign, ENT_EREFUSED, A "onward" },
	{ ACTION_ANSWER, "AGR-1", foreign_h2, ENT_EREFUSED, A "onward" },
	{ ACTION_ANSWER, "AGR-1", foreign_public, ENT_OK, A "purposes" },
	{ ACTION_ANSWER, "AGR-1", foreign_permitted, ENT_OK, A "purposes" },
	/* on what promise */
	{ ACTION_REQUEST, "AGR-1", may_be_tortured, ENT_EREFUSED, A "commitments/no-torture" },
	{ ACTION_ANSWER, "AGR-1", may_be_tortured, ENT_EREFUSED, A "commitments/no-torture" },
	{ ACTION_REQUEST, "AGR-1", may_be_killed, ENT_EREFUSED, A "commitments/no-death-penalty" },
	{ ACTION_ANSWER, "AGR-1", may_be_killed, ENT_OK, A "purposes" },
	{ ACTION_FORWARD, "AGR-1", may_be_killed, ENT_EREFUSED, A "commitments/no-death-penalty" },
	{ ACTION_REQUEST, "AGR-1", political, ENT_EREFUSED, A "commitments/no-political-purpose" },
};

/* The explanation's first failing clause, "" if all pass. */
static void
first_failing(const struct js *explained, char *out, size_t room)
{
	out[0] = '\0';
	for (size_t i = 0; i < js_len(explained); i++) {
		const struct js *row = js_at(explained, i);
		assert_true(strlen(js_get_str(row, "text")) > 0);
		if (!js_get_bool(row, "pass", true) && out[0] == '\0')
			(void)snprintf(out, room, "%s", js_get_str(row, "clause"));
	}
}

static void
test_each_clause_grants_and_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct trial t;
		char failing[120];
		trial_init(&t, rows[i].action, rows[i].agreement);
		rows[i].spoil(&t);
		/* a statement must come after its document's input; loading sorts that out */
		world_load(&t.w);
		struct grant *g = policy_decide(t.w.policy, &t.ask);
		if (grant_verdict(g) != rows[i].verdict || strcmp(grant_clause(g), rows[i].clause) != 0)
			fail_msg("row %zu: %s by '%s' (%s)", i, ent_err_name(grant_verdict(g)),
			    grant_clause(g), grant_text(g));
		assert_int_equal(grant_allows(g), rows[i].verdict == ENT_OK);
		struct js *explained = policy_explain(t.w.policy, &t.ask);
		first_failing(explained, failing, sizeof failing);
		assert_string_equal(failing, rows[i].verdict == ENT_OK ? "" : rows[i].clause);
		js_free(explained);
		grant_free(g);
		world_done(&t.w);
	}
}

/* Whatever is spoilt, alone, the clause that is named is the one that was spoilt; and two things
 * spoilt are refused too, by one of the two. */
static void
test_two_spoilt_preconditions_refuse_by_the_earlier(void **state)
{
	(void)state;
	static void (*const spoil[])(struct trial *) = { no_role, no_purpose, no_case, no_reason,
		no_card, too_late, suspended, red, quota_day };
	static const char *const clause[] = { "role", "purpose", "case", "reason", "AGR-1/partner",
		"AGR-1/dates", "AGR-1/standing", A "handling", A "quota" };
	size_t n = sizeof spoil / sizeof spoil[0];
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			struct trial t;
			trial_init(&t, ACTION_ASK, "AGR-1");
			spoil[i](&t);
			spoil[j](&t);
			world_load(&t.w);
			struct grant *g = policy_decide(t.w.policy, &t.ask);
			assert_string_equal(grant_clause(g), clause[i]);
			grant_free(g);
			world_done(&t.w);
		}
}

static void
test_a_grant_is_dead_until_admitted_and_names_its_terms(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t, ACTION_ASK, "AGR-1");
	world_load(&t.w);
	struct grant *g = policy_decide(t.w.policy, &t.ask);
	assert_int_equal(grant_check(g, ACTION_ASK, NULL), ENT_EREFUSED);
	grant_admit(g, 1);
	assert_int_equal(grant_check(g, ACTION_ASK, NULL), ENT_OK);
	assert_string_equal(grant_agreement(g), "AGR-1");
	assert_string_equal(grant_annex(g), "A");
	grant_free(g);
	t.ask.action = ACTION_SEARCH;
	t.ask.agreement = NULL;
	g = policy_decide(t.w.policy, &t.ask);
	assert_string_equal(grant_agreement(g), "");
	assert_string_equal(grant_annex(g), "own");
	grant_free(g);
	world_done(&t.w);
}

static void
test_records_of_a_collection_are_admitted_one_by_one(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t, ACTION_FILTER, "AGR-1");
	struct record_label good = t.label;
	t.ask.label = NULL;
	t.ask.type = NULL;
	world_load(&t.w);
	struct grant *g = policy_decide(t.w.policy, &t.ask);
	assert_true(grant_allows(g));
	assert_true(policy_admits(t.w.policy, g, &good, "person", T0));
	assert_false(policy_admits(t.w.policy, g, &good, "ship", T0));
	assert_false(policy_admits(t.w.policy, g, &good, "person", good.expires_at));
	assert_false(policy_admits(t.w.policy, g, NULL, "person", T0));
	assert_false(policy_admits(t.w.policy, NULL, &good, "person", T0));
	static void (*const spoil[])(struct trial *) = { quarantined, expired, red, foreign };
	for (size_t i = 0; i < sizeof spoil / sizeof spoil[0]; i++) {
		t.label = good;
		spoil[i](&t);
		assert_false(policy_admits(t.w.policy, g, &t.label, "person", T0));
	}
	grant_free(g);
	t.ask.roles = ROLE_ADMIN; /* a refusal admits nothing */
	g = policy_decide(t.w.policy, &t.ask);
	assert_false(policy_admits(t.w.policy, g, &good, "person", T0));
	grant_free(g);
	world_done(&t.w);
}

static void
test_several_annexes_with_the_purpose_must_be_told_apart(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t, ACTION_ASK, "AGR-1");
	struct js *b = js_copy(world_annex(&t.w)), *purposes = js_array();
	js_append_take(purposes, js_new_str("terrorism"));
	js_append_take(purposes, js_new_str("border"));
	js_set_str(b, "id", "B");
	js_set_take(b, "purposes", purposes);
	js_append_take(js_get(t.w.document, "annexes"), b);
	world_load(&t.w);
	struct grant *g = policy_decide(t.w.policy, &t.ask);
	assert_string_equal(grant_clause(g), "AGR-1/annex");
	grant_free(g);
	t.ask.purpose = PURPOSE_BORDER;
	g = policy_decide(t.w.policy, &t.ask);
	assert_string_equal(grant_clause(g), "AGR-1/annex B/purposes");
	assert_true(grant_allows(g));
	grant_free(g);
	t.ask.annex = "A";
	g = policy_decide(t.w.policy, &t.ask);
	assert_false(grant_allows(g));
	assert_string_equal(grant_clause(g), A "purposes");
	grant_free(g);
	world_done(&t.w);
}

static void
test_a_label_leaves_stricter_and_never_looser(void **state)
{
	(void)state;
	struct trial t;
	struct record_label out;
	trial_init(&t, ACTION_ANSWER, "AGR-1");
	world_load(&t.w);
	const struct policy_agreement *a = policy_agreement(t.w.policy, "AGR-1");
	for (int tlp = TLP_CLEAR; tlp <= TLP_RED; tlp++)
		for (unsigned h = 0; h < 16; h++) {
			t.label.tlp = (enum tlp)tlp;
			t.label.handling = h;
			policy_translate(a, &a->annexes[0], &t.label, T0, &out);
			assert_true(out.tlp >= t.label.tlp);
			assert_int_equal(out.handling & h, h);
			assert_int_equal((out.handling & HANDLING_H2) != 0,
			    tlp == TLP_STRICT || (h & HANDLING_H2) != 0);
			assert_string_equal(out.agreement, "AGR-1");
		}
	t.label.expires_at = T0 + 4000 * ENT_DAY;
	t.label.review_at = T0 + 3999 * ENT_DAY;
	policy_translate(a, &a->annexes[0], &t.label, T0, &out);
	assert_true(out.expires_at == T0 + 365 * ENT_DAY && out.review_at < out.expires_at);
	world_done(&t.w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_clause_grants_and_refuses),
		cmocka_unit_test(test_two_spoilt_preconditions_refuse_by_the_earlier),
		cmocka_unit_test(test_a_grant_is_dead_until_admitted_and_names_its_terms),
		cmocka_unit_test(test_records_of_a_collection_are_admitted_one_by_one),
		cmocka_unit_test(test_several_annexes_with_the_purpose_must_be_told_apart),
		cmocka_unit_test(test_a_label_leaves_stricter_and_never_looser),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
