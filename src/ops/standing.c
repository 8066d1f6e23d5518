/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/standing.h"

#include "store/agreements.h"

#include <stdio.h>
#include <string.h>

struct last {
	const char *agreement, *party;
	int64_t seq;
	struct buf jws;
};

static enum ent_err
last_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct last *l = ctx;
	return standing_last(tx, l->agreement, l->party, &l->seq, &l->jws, why);
}

void
standing_attach(struct node *n, const char *agreement, struct js *message)
{
	struct last l = { .agreement = agreement, .party = node_keys(n)->code };
	struct ent_why why;
	buf_init(&l.jws, 8192);
	if (store_read(node_store(n), last_body, &l, &why) == ENT_OK)
		js_set_str(message, "standing", buf_cstr(&l.jws));
	buf_done(&l.jws);
}

struct learn {
	const struct grant *grant;
	const char *agreement, *party;
	int64_t seq;
	struct str jws;
	ent_time now;
};

static enum ent_err
learn_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct learn *l = ctx;
	enum ent_err err = standing_put(tx, l->grant, l->agreement, l->party, l->seq, l->jws, l->now, why);
	if (err != ENT_OK)
		return err;
	struct js *facts = js_object();
	js_set_str(facts, "party", l->party);
	js_set_int(facts, "seq", l->seq);
	err = node_audit(tx, EVENT_STANDING, l->agreement, facts, why);
	js_free(facts);
	return err;
}

/* Keep a statement that is newer than ours of that party; policy tries it first, so that one which
 * would stop the next load is never kept. */
static enum ent_err
keep(struct node *n, const char *agreement, const char *partner, const char *jws,
    struct ent_why *why)
{
	struct grant *g = NULL;
	char issuer[CODE_MAX] = "";
	struct learn l = { .agreement = agreement, .party = partner, .jws = str_of(jws),
		.now = clock_now() };
	const struct policy *p = node_policy_get(n);
	enum ent_err err = policy_standing_check(p, agreement, l.jws, issuer, &l.seq, why);
	node_policy_put(n, p);
	if (err == ENT_OK && strcmp(issuer, partner) != 0)
		err = ent_fail(ENT_EPIN, why, "a statement of %s came from %s", issuer, partner);
	if (err == ENT_OK)
		err = node_system_grant(n, ACTION_NOTICE, PURPOSE_NONE, agreement, &g, why);
	if (err == ENT_OK) {
		l.grant = g;
		err = store_write(node_store(n), learn_body, &l, why);
	}
	if (err == ENT_OK)
		err = node_policy_reload(n, why);
	grant_free(g);
	return err;
}

enum ent_err
standing_learn(struct node *n, const char *agreement, const struct js *message,
    struct ent_why *why)
{
	char partner[CODE_MAX] = "";
	const char *jws = js_get_str(message, "standing");
	struct js *payload = NULL;
	if (jws == NULL)
		return ENT_OK;
	enum ent_err err = jws_peek(str_of(jws), JWS_STANDING, &payload, why);
	if (err != ENT_OK)
		return err;
	const struct policy *p = node_policy_get(n);
	const struct policy_agreement *a = policy_agreement(p, agreement);
	if (a != NULL && policy_other_party(p, a) != NULL)
		(void)snprintf(partner, sizeof partner, "%s", policy_other_party(p, a));
	node_policy_put(n, p);
	struct last l = { .agreement = agreement, .party = partner };
	buf_init(&l.jws, 8192);
	struct ent_why none;
	bool known = store_read(node_store(n), last_body, &l, &none) == ENT_OK;
	buf_done(&l.jws);
	if (!known || js_get_int(payload, "seq", 0) > l.seq)
		err = keep(n, agreement, partner, jws, why);
	js_free(payload);
	return err;
}
