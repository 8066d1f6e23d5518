/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/feed_answer.h"

#include <stdio.h>
#include <string.h>

enum ent_err
feed_request_annex(struct node *n, struct store_tx *tx, const struct thread *t,
    char annex[static AGREEMENT_MAX], struct ent_why *why)
{
	struct js *payload = NULL;
	struct buf jws;
	buf_init(&jws, JWS_MAX);
	enum ent_err err = feed_jws_get(tx, t->agreement,
	    strcmp(t->asker, node_keys(n)->code) == 0 ? FEED_OURS : FEED_THEIRS, t->request_seq, &jws,
	    why);
	if (err == ENT_OK)
		err = jws_peek((struct str){ buf_cstr(&jws), jws.n }, JWS_ENTRY, &payload, why);
	if (err == ENT_OK)
		(void)snprintf(annex, AGREEMENT_MAX, "%s", js_get_str(payload, "annex"));
	js_free(payload);
	buf_done(&jws);
	return err;
}

/* A record as its signature covers it, with what came opened.  A disclosure that is no statement
 * would be shown to nobody and kept all the same. */
static enum ent_err
open_item(const struct js *item, const struct entry *e, const uint8_t key[static CRYPTO_SIGN_PK],
    struct arena *arena, struct record **out, struct ent_why *why)
{
	struct js *payload = NULL;
	const struct js *disclosures = js_get(item, "disclosures");
	enum ent_err err = jws_verify(str_of(js_get_str(item, "jws")), JWS_RECORD, key, &payload, why);
	if (err != ENT_OK)
		return err;
	const char *iss = js_get_str(payload, "iss");
	if (iss == NULL || strcmp(iss, js_get_str(e->payload, "iss")) != 0)
		err = ent_fail(ENT_ESIG, why, "a record is not in the name of who answers");
	else
		err = record_reveal(payload, disclosures, arena, out, why);
	if (err == ENT_OK &&
	    strcmp((*out)->label.agreement, js_get_str(e->payload, "agreement")) != 0)
		err = ent_fail(ENT_ESIG, why, "a record is labelled for another agreement");
	if (err == ENT_OK && (*out)->count != js_len(disclosures))
		err = ent_fail(ENT_ESIG, why, "a record discloses what is no statement");
	js_free(payload);
	return err;
}

static enum ent_err
hold(const struct policy *p, const struct policy_ask *ask, struct ent_why *why)
{
	struct ent_why said = { .text = "" };
	enum ent_err err = policy_accepts(p, ask, &said);
	return err == ENT_OK ? ENT_OK
			     : ent_refuse(err, why, said.clause,
				   "the answer does not keep to the agreement: %s", said.text);
}

static enum ent_err
hold_item(const struct policy *p, const struct policy_ask *of_answer, const struct entry *e,
    const struct js *item, const uint8_t key[static CRYPTO_SIGN_PK], struct ent_why *why)
{
	struct policy_ask ask = *of_answer;
	struct record *r;
	struct arena *arena = arena_new(ARENA_REQUEST_MAX);
	enum ent_err err = open_item(item, e, key, arena, &r, why);
	if (err == ENT_OK) {
		ask.label = &r->label;
		ask.type = record_type_name(r->type);
		for (size_t i = 0; i < r->count; i++)
			ask.fields |= 1u << r->statements[i].kind;
		err = hold(p, &ask, why);
	}
	arena_free(arena);
	return err;
}

enum ent_err
feed_answer_check(struct node *n, struct store_tx *tx, const struct policy *p,
    const struct policy_agreement *a, const struct entry *e,
    const uint8_t record[static CRYPTO_SIGN_PK], struct ent_why *why)
{
	struct thread t;
	char annex[AGREEMENT_MAX];
	if (e->kind != KIND_ANSWER)
		return ENT_OK;
	enum ent_err err = feed_thread(tx, &e->ref, &t, why);
	if (err != ENT_OK)
		return err;
	if (strcmp(t.agreement, a->id) != 0)
		return ent_fail(ENT_ESTATE, why, "the exchange is one of another agreement");
	if ((err = feed_request_annex(n, tx, &t, annex, why)) != ENT_OK)
		return err;
	struct policy_ask ask = { .agreement = a->id, .annex = annex, .now = e->time,
		.retain_until = js_get_int(e->payload, "retain_until", INT64_MAX) };
	err = hold(p, &ask, why);
	for (size_t i = 0; i < js_len(e->items) && err == ENT_OK; i++)
		err = hold_item(p, &ask, e, js_at(e->items, i), record, why);
	return err;
}
