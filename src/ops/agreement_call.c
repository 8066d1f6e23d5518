/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/agreement_call.h"

#include "ops/peer_session.h"
#include "store/agreements.h"

#include <stdio.h>
#include <string.h>

enum ent_err
agreement_own_card(struct keeper *k, const struct keeper_keys *keys, const char *address,
    const uint8_t *oversight_box, ent_time now, struct policy_card *card, struct buf *jws,
    struct ent_why *why)
{
	struct policy_card c = { .time = now };
	struct buf payload;
	(void)snprintf(c.code, sizeof c.code, "%s", keys->code);
	(void)snprintf(c.service, sizeof c.service, "%s", keys->service);
	(void)snprintf(c.address, sizeof c.address, "%s", address);
	memcpy(c.identity, keys->identity, sizeof c.identity);
	memcpy(c.record, keys->record, sizeof c.record);
	memcpy(c.checkpoint, keys->checkpoint, sizeof c.checkpoint);
	c.has_oversight = oversight_box != NULL;
	if (oversight_box != NULL)
		memcpy(c.oversight_box, oversight_box, sizeof c.oversight_box);
	buf_init(&payload, AGREEMENT_JWS_MAX);
	struct js *o = policy_card_make(&c);
	js_write(o, &payload);
	js_free(o);
	enum ent_err err = buf_err(&payload);
	if (err == ENT_OK)
		err = keeper_sign(k, JWS_CARD, buf_bytes(&payload), jws, why);
	buf_done(&payload);
	/* what a partner would refuse is not given out */
	if (err == ENT_OK)
		err = policy_card_check((struct str){ buf_cstr(jws), jws->n }, card, why);
	return err;
}

void
agreement_tell_card(struct js *out, const struct policy_card *card)
{
	char fingerprint[POLICY_FINGERPRINT_TEXT], time[ENT_TIME_TEXT];
	policy_fingerprint(card->identity, fingerprint);
	time_format(card->time, time);
	js_set_str(out, "code", card->code);
	js_set_str(out, "service", card->service);
	js_set_str(out, "address", card->address);
	js_set_str(out, "fingerprint", fingerprint);
	js_set_bool(out, "oversight", card->has_oversight);
	js_set_str(out, "made", time);
}

static bool
same_identity(const struct policy_party *q, const struct policy_card *card)
{
	return crypto_equal(q->identity, card->identity, CRYPTO_SIGN_PK);
}

enum ent_err
agreement_check_parties(const struct policy *p, const struct policy_agreement *a,
    struct ent_why *why)
{
	const struct policy_card *own = policy_own(p);
	bool ours = false;
	if (a->party_count != POLICY_PARTIES_MAX)
		return ent_fail(ENT_EREFUSED, why, "the national annex is made at init and amended with entente annex amend; it is "
		    "not exchanged");
	for (size_t i = 0; i < a->party_count; i++) {
		const struct policy_party *q = &a->parties[i];
		bool mine = strcmp(q->code, own->code) == 0;
		const struct policy_card *card = mine ? own : policy_partner(p, q->code);
		ours = ours || mine;
		if (card == NULL)
			return ent_fail(ENT_ENOTFOUND, why, "no card of '%s' is here; get it by another "
			    "channel and run entente partner add", q->code);
		if (!same_identity(q, card))
			return ent_fail(ENT_EPIN, why, "the document pins another identity of '%s' than its "
			    "card has; compare fingerprints with the partner", q->code);
	}
	if (!ours)
		return ent_fail(ENT_EPIN, why, "'%s' is no party of this agreement", own->code);
	return ENT_OK;
}

enum ent_err
agreement_add_stored(struct store_tx *tx, struct policy_agreement *a, struct js **consents,
    struct ent_why *why)
{
	struct js *list = NULL;
	enum ent_err err = consents_of(tx, a->digest, &list, why);
	for (size_t i = 0; err == ENT_OK && i < js_len(list); i++)
		err = policy_consent_add(a, str_of(js_str(js_at(list, i))), why);
	if (err != ENT_OK)
		js_free(list);
	else
		*consents = list;
	return err;
}

/* ---- telling ------------------------------------------------------------------------------------- */

static struct js *
tell_signatures(const struct policy_agreement *a, const char *party)
{
	struct js *arr = js_array();
	for (size_t i = 0; i < a->consent_count; i++) {
		const struct policy_consent *s = &a->consents[i];
		char time[ENT_TIME_TEXT];
		if (strcmp(s->party, party) != 0)
			continue;
		struct js *o = js_object();
		time_format(s->time, time);
		js_set_str(o, "by", s->by);
		js_set_str(o, "role", s->role);
		js_set_str(o, "time", time);
		js_append_take(arr, o);
	}
	return arr;
}

static struct js *
tell_party(const struct policy_agreement *a, size_t i)
{
	char fingerprint[POLICY_FINGERPRINT_TEXT], time[ENT_TIME_TEXT];
	const struct policy_party *q = &a->parties[i];
	const struct policy_statement *s = &a->standing[i];
	size_t wanted = policy_signers_wanted(a), have = policy_signers(a, q->code);
	struct js *o = js_object();
	policy_fingerprint(q->identity, fingerprint);
	js_set_str(o, "code", q->code);
	js_set_str(o, "service", q->service);
	js_set_str(o, "fingerprint", fingerprint);
	js_set_take(o, "signatures", tell_signatures(a, q->code));
	js_set_int(o, "missing", have >= wanted ? 0 : (int64_t)(wanted - have));
	if (s->seq > 0) {
		time_format(s->time, time);
		js_set_str(o, "standing", standing_name(s->state));
		js_set_str(o, "standing_by", s->by);
		js_set_str(o, "standing_since", time);
	}
	return o;
}

static void
append_bits(struct js *o, const char *key, unsigned bits, const char *(*name)(unsigned bit))
{
	struct js *arr = js_array();
	for (unsigned bit = 0; bit < 32; bit++)
		if ((bits & 1u << bit) != 0)
			js_append_take(arr, js_new_str(name(bit)));
	js_set_take(o, key, arr);
}

static const char *
name_of_purpose(unsigned bit)
{
	return purpose_name((enum ent_purpose)bit);
}

static const char *
name_of_type(unsigned bit)
{
	return record_type_name((enum record_type)bit);
}

static const char *
name_of_subject(unsigned bit)
{
	return subject_name((enum subject_category)bit);
}

static const char *
name_of_field(unsigned bit)
{
	return statement_kind_name((enum statement_kind)bit);
}

static const char *
name_of_commitment(unsigned bit)
{
	return commitment_name(1u << bit);
}

static struct js *
tell_annex(const struct policy_annex *x)
{
	struct js *o = js_object();
	js_set_str(o, "id", x->id);
	js_set_str(o, "domain", x->domain);
	js_set_str(o, "law", x->law);
	js_set_str(o, "transfer_basis", x->transfer_basis);
	append_bits(o, "purposes", x->purposes, name_of_purpose);
	append_bits(o, "types", x->types, name_of_type);
	append_bits(o, "subjects", x->subjects, name_of_subject);
	append_bits(o, "fields", x->fields, name_of_field);
	append_bits(o, "commitments", x->commitments, name_of_commitment);
	js_set_str(o, "max_tlp", tlp_name(x->max_tlp));
	js_set_int(o, "retention_days", x->retention_days);
	js_set_int(o, "quota_day", (int64_t)(x->quota_day / POLICY_ELEMENTS_PER_PERSON));
	js_set_int(o, "quota_epoch", (int64_t)(x->quota_epoch / POLICY_ELEMENTS_PER_PERSON));
	js_set_int(o, "epoch_days", x->epoch_days);
	js_set_str(o, "onward", x->onward ? "permission" : "never");
	if (x->screening.rows > 0) {
		struct js *s = js_object();
		js_set_str(s, "law", x->screening.law);
		js_set_int(s, "max_rows", (int64_t)x->screening.rows);
		js_set_int(s, "keep_days", x->screening.keep_days);
		js_set_take(o, "screening", s);
	}
	return o;
}

void
agreement_tell(struct js *out, const struct policy_agreement *a, ent_time now)
{
	struct ent_why why = { .text = "" };
	char from[ENT_TIME_TEXT], until[ENT_TIME_TEXT], last[ENT_DATE_TEXT];
	struct js *parties = js_array(), *annexes = js_array();
	time_format(a->from, from);
	time_format(a->until, until);
	date_format(a->until - 1, last);
	js_set_str(out, "id", a->id);
	js_set_int(out, "version", a->version);
	js_set_b64u(out, "digest", bytes_of(a->digest, sizeof a->digest));
	bool active = policy_in_force(a, now, &why);
	js_set_bool(out, "active", active);
	if (!active) {
		js_set_str(out, "clause", why.clause);
		js_set_str(out, "why", why.text);
	}
	js_set_str(out, "standing", standing_name(policy_standing(a)));
	js_set_str(out, "from", from);
	js_set_str(out, "until", until); /* the first moment after the end */
	js_set_str(out, "last_day", last);
	for (size_t i = 0; i < a->party_count; i++)
		js_append_take(parties, tell_party(a, i));
	for (size_t i = 0; i < a->annex_count; i++)
		js_append_take(annexes, tell_annex(&a->annexes[i]));
	js_set_take(out, "parties", parties);
	js_set_take(out, "annexes", annexes);
}

/* ---- standing ------------------------------------------------------------------------------------ */

struct standing_call {
	const struct grant *grant;
	const char *agreement, *party;
	int64_t seq;
	struct buf jws;
};

enum ent_err
agreement_standing_decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *id = js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	c->event.object = id;
	return r.err;
}

static enum ent_err
standing_allowed(const struct policy *p, const struct policy_agreement *a,
    enum policy_standing state, struct ent_why *why)
{
	const struct policy_statement *own = NULL;
	for (size_t i = 0; i < a->party_count; i++)
		if (strcmp(a->parties[i].code, policy_own(p)->code) == 0)
			own = &a->standing[i];
	if (a->party_count == 1 || own == NULL)
		return ent_fail(ENT_EREFUSED, why, "the national annex cannot be suspended or terminated");
	if (policy_standing(a) == STANDING_TERMINATED)
		return ent_fail(ENT_ESTATE, why, "agreement '%s' is terminated, for good", a->id);
	if (own->state == state)
		return ent_fail(ENT_ESTATE, why, "agreement '%s' is %s on our side already", a->id,
		    standing_name(state));
	return ENT_OK;
}

static enum ent_err
standing_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct standing_call *s = ctx;
	return standing_put(tx, s->grant, s->agreement, s->party, s->seq,
	    (struct str){ buf_cstr(&s->jws), s->jws.n }, clock_now(), why);
}

enum ent_err
agreement_standing_run(struct op_call *c, enum policy_standing state)
{
	struct buf payload;
	struct standing_call s = { .grant = c->grant, .agreement = c->ask.agreement,
		.party = node_keys(c->node)->code };
	buf_init(&payload, AGREEMENT_JWS_MAX);
	buf_init(&s.jws, AGREEMENT_JWS_MAX);
	const struct policy *p = node_policy_get(c->node);
	const struct policy_agreement *a = policy_agreement(p, s.agreement);
	enum ent_err err = a == NULL
	    ? ent_fail(ENT_ENOTFOUND, c->why, "there is no agreement '%s'", s.agreement)
	    : standing_allowed(p, a, state, c->why);
	if (err == ENT_OK) {
		struct js *o = policy_standing_make(p, a, state, &c->who->actor, clock_now());
		s.seq = js_get_int(o, "seq", 0);
		js_write(o, &payload);
		js_free(o);
		err = keeper_sign(node_keeper(c->node), JWS_STANDING, buf_bytes(&payload), &s.jws, c->why);
	}
	node_policy_put(c->node, p);
	if (err == ENT_OK)
		err = store_write(node_store(c->node), standing_body, &s, c->why);
	if (err == ENT_OK)
		err = node_policy_reload(c->node, c->why);
	if (err == ENT_OK) {
		op_fact_str(c, "state", standing_name(state));
		js_set_str(c->out, "agreement", s.agreement);
		js_set_str(c->out, "state", standing_name(state));
		js_set_int(c->out, "seq", s.seq);
		/* the partner learns of it with the next hello, which is to be now */
		peer_session_forget(node_peer_sessions(c->node), s.agreement);
		node_wake(c->node);
	}
	buf_done(&payload);
	buf_done(&s.jws);
	return err;
}
