/* SPDX-License-Identifier: Apache-2.0
 *
 * partner_add: keep a partner's card that came by another channel.  Its fingerprint is shown, for two
 * people to compare aloud; given here, it must be right.
 */
#include "ops/agreement_call.h"
#include "store/agreements.h"

#include <string.h>

struct add_call {
	const struct grant *grant;
	const char *jws;
	struct policy_card card;
};

/* Hex digits alone count: people write groups, colons, capitals. */
static bool
fingerprint_says(const char *given, const char *right)
{
	size_t i = 0;
	for (; *given != '\0'; given++) {
		char ch = *given;
		if (strchr(" :-.\t\n", ch) != NULL)
			continue;
		while (right[i] == ' ')
			i++;
		if (ch >= 'A' && ch <= 'F')
			ch = (char)(ch - 'A' + 'a');
		if (right[i] == '\0' || ch != right[i++])
			return false;
	}
	return right[i] == '\0';
}

static enum ent_err
decode(struct op_call *c)
{
	char right[POLICY_FINGERPRINT_TEXT];
	struct add_call *a = arena_alloc(c->arena, sizeof *a);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	a->jws = js_want_str(&r, "card", AGREEMENT_JWS_MAX);
	const char *given = js_opt_str(&r, "fingerprint", 128);
	if (r.err != ENT_OK)
		return r.err;
	enum ent_err err = policy_card_check(str_of(a->jws), &a->card, c->why);
	if (err != ENT_OK)
		return err;
	policy_fingerprint(a->card.identity, right);
	if (given != NULL && !fingerprint_says(given, right))
		return ent_fail(ENT_EPIN, c->why, "the card's fingerprint is %s, not the one given: do not "
		    "use it", right);
	if (strcmp(a->card.code, node_keys(c->node)->code) == 0)
		return ent_fail(ENT_EEXISTS, c->why, "'%s' is this node's own code", a->card.code);
	c->event.partner = a->card.code;
	op_fact_str(c, "fingerprint", right);
	c->state = a;
	return ENT_OK;
}

static enum ent_err
put_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct add_call *a = ctx;
	struct card_row row = { .code = a->card.code, .identity = a->card.identity,
		.time = a->card.time, .jws = str_of(a->jws) };
	return card_put(tx, a->grant, &row, clock_now(), why);
}

static enum ent_err
run(struct op_call *c)
{
	struct add_call *a = c->state;
	a->grant = c->grant;
	enum ent_err err = store_write(node_store(c->node), put_body, a, c->why);
	if (err == ENT_OK)
		err = node_policy_reload(c->node, c->why);
	if (err == ENT_OK)
		agreement_tell_card(c->out, &a->card);
	return err;
}

const struct op_impl op_partner_add = { .decode = decode, .run = run };
