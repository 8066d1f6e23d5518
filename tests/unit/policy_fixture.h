/* SPDX-License-Identifier: Apache-2.0
 *
 * policy_fixture: two services with keys, cards, a national annex and an agreement, made anew for
 * each test, so that a test can spoil one thing and look at what refuses.  Own code BRU, partner RAB.
 */
#ifndef ENT_TESTS_POLICY_FIXTURE_H
#define ENT_TESTS_POLICY_FIXTURE_H

#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0 ((ent_time)1790000000 * ENT_SECOND)
#define FIXTURE_INPUTS 24
#define UNUSED __attribute__((unused))

struct service {
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK];
	struct policy_card card;
	char *card_jws;
};

struct world {
	struct service bru, rab;
	struct js *document; /* may be spoilt before world_load */
	char *texts[FIXTURE_INPUTS];
	struct policy_input inputs[FIXTURE_INPUTS];
	size_t count;
	bool no_agreement, no_consents, no_card;
	struct policy *policy;
};

static inline char *
sign_with(const uint8_t *sk, enum jws_type t, const struct js *payload)
{
	struct buf text, jws;
	struct signer s = signer_of_key(sk);
	struct ent_why why = { .text = "" };
	buf_init(&text, 100000);
	buf_init(&jws, 200000);
	js_write(payload, &text);
	assert_int_equal(s.sign(s.ctx, t, buf_bytes(&text), &jws, &why), ENT_OK);
	buf_done(&text);
	return buf_take(&jws, NULL);
}

static inline void
service_init(struct service *s, const char *code, const char *name)
{
	struct ent_why why = { .text = "" };
	struct js *o = js_object();
	memset(s, 0, sizeof *s);
	crypto_ed25519_keypair(s->pk, s->sk);
	js_set_str(o, "iss", code);
	js_set_str(o, "service", name);
	js_set_b64u(o, "identity", bytes_of(s->pk, 32));
	js_set_b64u(o, "record", bytes_of(s->pk, 32));
	js_set_b64u(o, "checkpoint", bytes_of(s->pk, 32));
	js_set_b64u(o, "oversight_box", bytes_of(s->pk, 32));
	js_set_str(o, "address", "127.0.0.1:7001");
	js_set_int(o, "time", T0);
	s->card_jws = sign_with(s->sk, JWS_CARD, o);
	js_free(o);
	assert_int_equal(policy_card_check(str_of(s->card_jws), &s->card, &why), ENT_OK);
}

/* A consent's payload; user is one byte that fills the id. */
static inline struct js *
consent_of(const char *iss, const char *doc, const char *by, int user)
{
	uint8_t digest[32], id[16];
	struct js *o = js_object();
	memset(id, user, sizeof id);
	crypto_sha256(bytes_of_cstr(doc), digest);
	js_set_str(o, "iss", iss);
	js_set_b64u(o, "doc", bytes_of(digest, 32));
	js_set_str(o, "by", by);
	js_set_id(o, "user", id);
	js_set_str(o, "role", "supervisor");
	js_set_int(o, "time", T0);
	return o;
}

static inline void
world_add(struct world *w, enum policy_input_kind kind, char *text_taken)
{
	assert_true(w->count < FIXTURE_INPUTS);
	w->texts[w->count] = text_taken;
	w->inputs[w->count++] = (struct policy_input){ kind, bytes_of_cstr(text_taken) };
}

static inline void
world_consent(struct world *w, const struct service *s, const char *doc, const char *by, int user)
{
	struct js *o = consent_of(s->card.code, doc, by, user);
	world_add(w, POLICY_CONSENT, sign_with(s->sk, JWS_CONSENT, o));
	js_free(o);
}

static inline void
world_init(struct world *w)
{
	memset(w, 0, sizeof *w);
	assert_int_equal(crypto_init(), ENT_OK);
	service_init(&w->bru, "BRU", "Brussels");
	service_init(&w->rab, "RAB", "Rabat");
	w->document = policy_draft(&w->bru.card, &w->rab.card, "AGR-1", T0 - ENT_DAY,
	    T0 + 100 * ENT_DAY, NULL);
}

static inline void
world_national(struct world *w)
{
	struct js *n = policy_national_default("BRU", "Brussels", w->bru.pk, T0 - ENT_DAY);
	char *text = js_text(n);
	world_add(w, POLICY_DOCUMENT, text);
	world_consent(w, &w->bru, text, "admin", 9);
	js_free(n);
}

/* Everything signed as it must be, but for what the flags leave out. */
static inline enum ent_err
world_try(struct world *w, struct ent_why *why)
{
	world_national(w);
	if (!w->no_card)
		world_add(w, POLICY_CARD, ent_strdup(w->rab.card_jws));
	if (!w->no_agreement) {
		char *text = js_text(w->document);
		world_add(w, POLICY_DOCUMENT, text);
		if (!w->no_consents) {
			world_consent(w, &w->bru, text, "anna", 1);
			world_consent(w, &w->bru, text, "bert", 2);
			world_consent(w, &w->rab, text, "amina", 3);
			world_consent(w, &w->rab, text, "brahim", 4);
		}
	}
	return policy_load(&w->bru.card, w->inputs, w->count, &w->policy, why);
}

static inline void
world_load(struct world *w)
{
	struct ent_why why = { .text = "" };
	enum ent_err err = world_try(w, &why);
	if (err != ENT_OK)
		fail_msg("%s: %s", ent_err_name(err), why.text);
}

static inline void
world_done(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->texts[i]);
	free(w->bru.card_jws);
	free(w->rab.card_jws);
	js_free(w->document);
	policy_free(w->policy);
	memset(w, 0, sizeof *w);
}

/* The document's annex A. */
static inline struct js *
world_annex(struct world *w)
{
	return js_at(js_get(w->document, "annexes"), 0);
}

#endif
