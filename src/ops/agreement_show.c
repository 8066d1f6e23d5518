/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement_show: who has signed, active or why not; with `file`, what to hand to the partner.
 */
#include "ops/agreement_call.h"
#include "store/agreements.h"

#include <string.h>

static enum ent_err
decode(struct op_call *c)
{
	c->event.object = c->ask.agreement;
	return ENT_OK;
}

static enum ent_err
add_card(struct store_tx *tx, const char *code, struct js *cards, struct ent_why *why)
{
	struct buf jws;
	buf_init(&jws, AGREEMENT_JWS_MAX);
	enum ent_err err = card_get(tx, code, &jws, why);
	if (err == ENT_OK)
		js_append_take(cards, js_new_str(buf_cstr(&jws)));
	buf_done(&jws);
	return err;
}

static enum ent_err
tell_file(struct op_call *c, const struct policy *p, const struct policy_agreement *a)
{
	struct js *consents = NULL, *cards = js_array();
	const char *partner = policy_other_party(p, a);
	enum ent_err err = consents_of(c->tx, a->digest, &consents, c->why);
	if (err == ENT_OK)
		err = add_card(c->tx, NULL, cards, c->why);
	if (err == ENT_OK && partner != NULL)
		err = add_card(c->tx, partner, cards, c->why);
	if (err == ENT_OK)
		js_set_take(c->out, "file", policy_file_make(a->document, consents, cards));
	js_free(consents);
	js_free(cards);
	return err;
}

static void
tell_all(struct op_call *c, const struct policy *p)
{
	struct js *agreements = js_array(), *partners = js_array();
	for (size_t i = 0; i < policy_agreement_count(p); i++) {
		struct js *o = js_object();
		agreement_tell(o, policy_agreement_at(p, i), c->ask.now);
		js_append_take(agreements, o);
	}
	for (size_t i = 0; i < policy_partner_count(p); i++) {
		struct js *o = js_object();
		agreement_tell_card(o, policy_partner_at(p, i));
		js_append_take(partners, o);
	}
	js_set_take(c->out, "agreements", agreements);
	js_set_take(c->out, "partners", partners);
}

static enum ent_err
run(struct op_call *c)
{
	enum ent_err err = ENT_OK;
	const struct policy *p = node_policy_get(c->node);
	const char *id = c->ask.agreement;
	const struct policy_agreement *a = id == NULL ? NULL : policy_agreement(p, id);
	if (id == NULL)
		tell_all(c, p);
	else if (a == NULL)
		err = ent_fail(ENT_ENOTFOUND, c->why, "there is no agreement '%s'; entente agreement show "
		    "lists them", id);
	else
		agreement_tell(c->out, a, c->ask.now);
	if (err == ENT_OK && a != NULL && js_get_bool(c->in, "file", false))
		err = tell_file(c, p, a);
	node_policy_put(c->node, p);
	return err;
}

const struct op_impl op_agreement_show = { .decode = decode, .run = run };
