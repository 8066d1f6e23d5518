/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement_sign: the keeper signs a document for the person who calls; two different persons of each
 * party must, before the agreement is active.
 */
#include "ops/agreement_call.h"
#include "store/agreements.h"

#include <stdlib.h>
#include <string.h>

struct sign_call {
	const struct grant *grant;
	const struct actor *who;
	const char *id, *own;
	struct policy_agreement *agreement;
	struct buf document, jws;
	ent_time now;
};

static enum ent_err
decode(struct op_call *c)
{
	struct sign_call *s = arena_alloc(c->arena, sizeof *s);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	s->id = js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	c->event.object = s->id;
	c->state = s;
	return r.err;
}

static enum ent_err
load_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sign_call *s = ctx;
	struct js *consents = NULL;
	enum ent_err err = agreement_get(tx, s->id, &s->document, NULL, why);
	if (err == ENT_OK)
		err = policy_document_check(buf_bytes(&s->document), &s->agreement, why);
	if (err == ENT_OK)
		err = agreement_add_stored(tx, s->agreement, &consents, why);
	js_free(consents);
	return err;
}

static enum ent_err
put_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct sign_call *s = ctx;
	return consent_put(tx, s->grant, s->agreement->digest, s->own, &s->who->id,
	    (struct str){ buf_cstr(&s->jws), s->jws.n }, s->now, why);
}

static enum ent_err
check(struct op_call *c, const struct sign_call *s)
{
	const struct policy *p = node_policy_get(c->node);
	/* a national annex in the store is of this node: policy_load took it */
	enum ent_err err = policy_is_national(s->agreement->id) ? ENT_OK :
	    agreement_check_parties(p, s->agreement, c->why);
	node_policy_put(c->node, p);
	if (err == ENT_OK && s->now >= s->agreement->until)
		return ent_fail(ENT_EEXPIRED, c->why, "agreement '%s' has ended", s->id);
	for (size_t i = 0; err == ENT_OK && i < s->agreement->consent_count; i++)
		if (id_equal(&s->agreement->consents[i].user, &s->who->id))
			return ent_fail(ENT_EEXISTS, c->why, "%s has signed '%s' already; another person must",
			    s->who->name, s->id);
	return err;
}

static enum ent_err
sign(struct op_call *c, struct sign_call *s)
{
	unsigned fit = s->who->roles & c->row->roles;
	enum ent_err err = keeper_consent(node_keeper(c->node), s->agreement->digest, &s->who->id,
	    s->who->name, role_name((enum ent_role)(fit & -fit)), s->now, &s->jws, c->why);
	if (err == ENT_EEXISTS && s->jws.n > 0) {
		/* signed before, and lost from the store in a crash, since check found none there */
		err = ENT_OK;
		*c->why = (struct ent_why){ .text = "" };
	}
	if (err == ENT_OK)
		err = policy_consent_add(s->agreement, (struct str){ buf_cstr(&s->jws), s->jws.n }, c->why);
	if (err != ENT_OK)
		return err;
	return store_write(node_store(c->node), put_body, s, c->why);
}

static enum ent_err
run(struct op_call *c)
{
	struct sign_call *s = c->state;
	s->grant = c->grant;
	s->who = &c->who->actor;
	s->own = node_keys(c->node)->code;
	s->now = clock_now();
	buf_init(&s->document, POLICY_DOCUMENT_MAX);
	buf_init(&s->jws, AGREEMENT_JWS_MAX);
	enum ent_err err = store_read(node_store(c->node), load_body, s, c->why);
	if (err == ENT_OK)
		err = check(c, s);
	if (err == ENT_OK)
		err = sign(c, s);
	if (err == ENT_OK)
		err = node_policy_reload(c->node, c->why);
	if (err == ENT_OK) {
		agreement_tell(c->out, s->agreement, s->now);
		node_wake(c->node);
	}
	policy_agreement_free(s->agreement);
	buf_done(&s->document);
	buf_done(&s->jws);
	return err;
}

const struct op_impl op_agreement_sign = { .decode = decode, .run = run };
