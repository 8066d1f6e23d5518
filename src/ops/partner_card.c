/* SPDX-License-Identifier: Apache-2.0
 *
 * partner_card: this node's card, to be given to a partner by another channel; made anew when the
 * address or the oversight body's key changes.
 */
#include "ops/agreement_call.h"
#include "store/agreements.h"

#include <stdio.h>
#include <string.h>

struct card_call {
	const struct grant *grant;
	const char *address;
	bool has_box, fresh;
	uint8_t box[CRYPTO_BOX_PK];
	struct policy_card card;
	struct buf jws;
};

static enum ent_err
decode(struct op_call *c)
{
	struct card_call *k = arena_alloc(c->arena, sizeof *k);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	k->address = js_opt_str(&r, "address", sizeof k->card.address - 1);
	k->has_box = js_get(c->in, "oversight_box") != NULL;
	if (k->has_box)
		js_want_b64u(&r, "oversight_box", k->box, sizeof k->box);
	k->fresh = k->address != NULL || k->has_box;
	if (r.err == ENT_OK && k->address != NULL && strrchr(k->address, ':') == NULL)
		return ent_fail(ENT_EFIELD, c->why, "field 'address' must be host:port");
	c->state = k;
	return r.err;
}

static enum ent_err
get_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct card_call *k = ctx;
	buf_reset(&k->jws);
	return card_get(tx, NULL, &k->jws, why);
}

static enum ent_err
put_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct card_call *k = ctx;
	struct card_row row = { .code = k->card.code, .identity = k->card.identity, .own = true,
		.time = k->card.time, .jws = { buf_cstr(&k->jws), k->jws.n } };
	return card_put(tx, k->grant, &row, k->card.time, why);
}

/* The old card with what is new. */
static enum ent_err
make_anew(struct op_call *c, struct card_call *k)
{
	char address[sizeof k->card.address];
	struct policy_card old = k->card;
	(void)snprintf(address, sizeof address, "%s", k->address != NULL ? k->address : old.address);
	buf_reset(&k->jws);
	enum ent_err err = agreement_own_card(node_keeper(c->node), node_keys(c->node), address,
	    k->has_box ? k->box : old.has_oversight ? old.oversight_box : NULL, clock_now(), &k->card,
	    &k->jws, c->why);
	if (err == ENT_OK)
		err = store_write(node_store(c->node), put_body, k, c->why);
	return err != ENT_OK ? err : node_policy_reload(c->node, c->why);
}

static enum ent_err
run(struct op_call *c)
{
	struct card_call *k = c->state;
	k->grant = c->grant;
	buf_init(&k->jws, AGREEMENT_JWS_MAX);
	enum ent_err err = store_read(node_store(c->node), get_body, k, c->why);
	if (err == ENT_OK)
		err = policy_card_check((struct str){ buf_cstr(&k->jws), k->jws.n }, &k->card, c->why);
	if (err == ENT_OK && k->fresh)
		err = make_anew(c, k);
	if (err == ENT_OK) {
		js_set_str(c->out, "card", buf_cstr(&k->jws));
		agreement_tell_card(c->out, &k->card);
	}
	buf_done(&k->jws);
	return err;
}

const struct op_impl op_partner_card = { .decode = decode, .run = run };
