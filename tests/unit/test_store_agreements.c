/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "store/agreements.h"
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct family {
	struct fixture at;
	struct grant *agree, *sign, *standing, *feed, *dead;
};

static int
setup(void **state)
{
	struct family *f = ent_alloc(sizeof *f);
	fixture_open(&f->at);
	f->agree = fixture_grant(ACTION_AGREE, 0, 0);
	f->sign = fixture_grant(ACTION_CONSENT, 0, 0);
	f->standing = fixture_grant(ACTION_STANDING, 0, 0);
	f->feed = fixture_grant(ACTION_FEED, 0, 0);
	f->dead = fixture_dead_grant(ACTION_AGREE);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct family *f = *state;
	fixture_close(&f->at);
	grant_free(f->agree);
	grant_free(f->sign);
	grant_free(f->standing);
	grant_free(f->feed);
	grant_free(f->dead);
	free(f);
	return 0;
}

static const uint8_t identity_a[32] = { 1 }, identity_b[32] = { 2 };
static const struct ent_id anna = { { 1 } }, bert = { { 2 } };

static struct card_row
card(const char *code, const uint8_t *identity, ent_time time, const char *jws)
{
	return (struct card_row){ .code = code, .identity = identity, .time = time, .jws = str_of(jws) };
}

/* Bodies run in the writer's thread, which cmocka does not know: they report the line that failed. */
#define WANT(cond)                                                                           \
	do {                                                                                 \
		if (!(cond)) {                                                               \
			struct ent_why was = *why;                                           \
			return ent_fail(ENT_EINTERNAL, why, "line %d: %.300s", __LINE__, was.text); \
		}                                                                            \
	} while (0)

static void
expect_ok(enum ent_err err, const struct ent_why *why)
{
	if (err != ENT_OK)
		fail_msg("%s: %s", ent_err_name(err), why->text);
}

static enum ent_err
cards_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct family *f = ctx;
	struct card_row rab = card("RAB", identity_a, 10, "card.rab.1");
	WANT(card_put(tx, f->dead, &rab, 1, why) == ENT_EREFUSED);
	WANT(card_put(tx, f->sign, &rab, 1, why) == ENT_EREFUSED);
	WANT(card_put(tx, NULL, &rab, 1, why) == ENT_EREFUSED);
	WANT(card_put(tx, f->agree, &rab, 1, why) == ENT_OK);
	/* a newer card of the same identity takes its place, an older does not */
	struct card_row newer = card("RAB", identity_a, 20, "card.rab.2");
	WANT(card_put(tx, f->agree, &newer, 1, why) == ENT_OK);
	WANT(card_put(tx, f->agree, &rab, 1, why) == ENT_ESTATE);
	/* another identity never does, nor the identity under another code, nor a partner's as ours */
	struct card_row forged = card("RAB", identity_b, 30, "card.rab.3");
	struct card_row twin = card("TUN", identity_a, 30, "card.tun.1");
	newer.own = true;
	WANT(card_put(tx, f->agree, &forged, 1, why) == ENT_EEXISTS);
	WANT(card_put(tx, f->agree, &twin, 1, why) == ENT_EEXISTS);
	WANT(card_put(tx, f->agree, &newer, 1, why) == ENT_EEXISTS);
	struct buf jws;
	buf_init(&jws, 1000);
	WANT(card_get(tx, "RAB", &jws, why) == ENT_OK);
	WANT(strcmp(buf_cstr(&jws), "card.rab.2") == 0);
	WANT(card_get(tx, NULL, &jws, why) == ENT_ENOTFOUND);
	WANT(card_get(tx, "TUN", &jws, why) == ENT_ENOTFOUND);
	buf_done(&jws);
	return ENT_OK;
}

static void
test_a_code_keeps_its_identity(void **state)
{
	struct family *f = *state;
	struct ent_why why = { .text = "" };
	expect_ok(store_write(f->at.s, cards_body, f, &why), &why);
}

static enum ent_err
agreement_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct family *f = ctx;
	uint8_t digest[32], got[32];
	struct bytes doc = bytes_of_cstr("{\"id\":\"AGR-1\"}");
	crypto_sha256(doc, digest);
	WANT(agreement_put(tx, f->sign, "AGR-1", doc, 1, why) == ENT_EREFUSED);
	WANT(agreement_put(tx, f->agree, "AGR-1", doc, 1, why) == ENT_OK);
	WANT(agreement_put(tx, f->agree, "AGR-1", bytes_of_cstr("{}"), 1, why) == ENT_EEXISTS);
	WANT(consent_put(tx, f->dead, digest, "BRU", &anna, str_of("c1"), 1, why) ==
	    ENT_EREFUSED);
	WANT(consent_put(tx, f->sign, digest, "BRU", &anna, str_of("c1"), 1, why) == ENT_OK);
	WANT(consent_put(tx, f->agree, digest, "BRU", &anna, str_of("c2"), 2, why) ==
	    ENT_EEXISTS);
	WANT(consent_put(tx, f->agree, digest, "BRU", &bert, str_of("c2"), 2, why) == ENT_OK);
	struct buf text;
	struct js *consents = NULL;
	buf_init(&text, 1000);
	WANT(agreement_get(tx, "AGR-1", &text, got, why) == ENT_OK);
	WANT(memcmp(got, digest, 32) == 0);
	WANT(strcmp(buf_cstr(&text), "{\"id\":\"AGR-1\"}") == 0);
	WANT(agreement_get(tx, "AGR-2", &text, NULL, why) == ENT_ENOTFOUND);
	buf_done(&text);
	WANT(consents_of(tx, digest, &consents, why) == ENT_OK);
	WANT(js_len(consents) == 2);
	js_free(consents);
	return ENT_OK;
}

static void
test_documents_and_signatures_stay_as_they_were_put(void **state)
{
	struct family *f = *state;
	struct ent_why why = { .text = "" };
	expect_ok(store_write(f->at.s, agreement_body, f, &why), &why);
}

static enum ent_err
standing_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct family *f = ctx;
	struct buf jws;
	int64_t seq = 0;
	buf_init(&jws, 1000);
	WANT(standing_last(tx, "AGR-1", "BRU", &seq, &jws, why) == ENT_ENOTFOUND);
	WANT(standing_put(tx, f->agree, "AGR-1", "BRU", 1, str_of("s1"), 1, why) ==
	    ENT_EREFUSED);
	WANT(standing_put(tx, f->standing, "AGR-1", "BRU", 1, str_of("s1"), 1, why) == ENT_OK);
	WANT(standing_put(tx, f->feed, "AGR-1", "RAB", 1, str_of("r1"), 1, why) == ENT_OK);
	WANT(standing_put(tx, f->standing, "AGR-1", "BRU", 2, str_of("s2"), 1, why) == ENT_OK);
	WANT(standing_put(tx, f->standing, "AGR-1", "BRU", 2, str_of("sX"), 1, why) ==
	    ENT_EEXISTS);
	WANT(standing_last(tx, "AGR-1", "BRU", &seq, &jws, why) == ENT_OK);
	WANT(strcmp(buf_cstr(&jws), "s2") == 0);
	WANT(seq == 2);
	buf_done(&jws);
	return ENT_OK;
}

static void
test_the_last_statement_of_each_party_is_at_hand(void **state)
{
	struct family *f = *state;
	struct ent_why why = { .text = "" };
	expect_ok(store_write(f->at.s, standing_body, f, &why), &why);
}

struct walk {
	char seen[200];
};

static enum ent_err
note_one(void *ctx, enum agreements_kind kind, struct bytes data, struct ent_why *why)
{
	struct walk *w = ctx;
	size_t n = strlen(w->seen);
	(void)why;
	(void)snprintf(w->seen + n, sizeof w->seen - n, "%d:%.*s ", kind, (int)data.n, (const char *)data.p);
	return ENT_OK;
}

static enum ent_err
walk_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct family *f = ctx;
	uint8_t digest[32] = { 5 };
	struct card_row own = card("BRU", identity_b, 1, "own"), rab = card("RAB", identity_a, 1, "rab");
	own.own = true;
	WANT(card_put(tx, f->agree, &rab, 1, why) == ENT_OK);
	WANT(card_put(tx, f->agree, &own, 1, why) == ENT_OK);
	WANT(agreement_put(tx, f->agree, "A", bytes_of_cstr("{}"), 1, why) == ENT_OK);
	WANT(consent_put(tx, f->agree, digest, "BRU", &anna, str_of("c"), 1, why) == ENT_OK);
	WANT(standing_put(tx, f->standing, "A", "BRU", 2, str_of("s2"), 1, why) == ENT_OK);
	WANT(standing_put(tx, f->standing, "A", "BRU", 1, str_of("s1"), 1, why) == ENT_OK);
	struct walk w = { .seen = "" };
	WANT(agreements_each(tx, note_one, &w, why) == ENT_OK);
	WANT(strcmp(w.seen, "0:own 1:rab 2:{} 3:c 4:s1 4:s2 ") == 0);
	return ENT_OK;
}

static void
test_a_walk_gives_all_in_the_order_of_loading(void **state)
{
	struct family *f = *state;
	struct ent_why why = { .text = "" };
	expect_ok(store_write(f->at.s, walk_body, f, &why), &why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_code_keeps_its_identity, setup, teardown),
		cmocka_unit_test_setup_teardown(test_documents_and_signatures_stay_as_they_were_put, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_the_last_statement_of_each_party_is_at_hand, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_a_walk_gives_all_in_the_order_of_loading, setup,
		    teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
