/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_impl.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	unsigned bit;
	const char *name;
} commitments[] = {
#define COMMITMENT(num, name, text, acts, what) { COMMITMENT_##name, text },
#include "spec/registry/commitments.def"
#undef COMMITMENT
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

unsigned
commitment_of(const char *type)
{
	for (size_t i = 0; type != NULL && i < COUNT(commitments); i++)
		if (strcmp(commitments[i].name, type) == 0)
			return commitments[i].bit;
	return 0;
}

const char *
commitment_name(unsigned bit)
{
	for (size_t i = 0; i < COUNT(commitments); i++)
		if (commitments[i].bit == bit)
			return commitments[i].name;
	return "none";
}

unsigned
policy_assurances(const struct js *types)
{
	unsigned bits = 0;
	for (size_t i = 0; i < js_len(types); i++)
		bits |= commitment_of(js_str(js_at(types, i)));
	return bits;
}

/* ---- loading ------------------------------------------------------------------------------------- */

static struct str
as_str(struct bytes b)
{
	return (struct str){ .p = (const char *)b.p, .n = b.n };
}

static enum ent_err
load_card(struct policy *p, struct bytes jws, struct ent_why *why)
{
	struct policy_card *c = &p->cards[p->card_count];
	enum ent_err err = policy_card_check(as_str(jws), c, why);
	if (err != ENT_OK)
		return err;
	if (strcmp(c->code, p->own.code) == 0 || policy_partner(p, c->code) != NULL ||
	    policy_partner_by_identity(p, c->identity) != NULL)
		return ent_fail(ENT_EEXISTS, why, "card '%s': its code or identity is there twice", c->code);
	p->card_count++;
	return ENT_OK;
}

static enum ent_err
load_document(struct policy *p, struct bytes document, struct ent_why *why)
{
	struct policy_agreement *a = NULL;
	enum ent_err err = policy_document_check(document, &a, why);
	if (err == ENT_OK && policy_agreement(p, a->id) != NULL)
		err = ent_fail(ENT_EEXISTS, why, "agreement '%s' is there twice", a->id);
	const struct policy_party *own = err != ENT_OK ? NULL : policy_party_of(a, p->own.code);
	if (err == ENT_OK &&
	    (own == NULL || !crypto_equal(own->identity, p->own.identity, CRYPTO_SIGN_PK)))
		err = ent_fail(ENT_EPIN, why, "agreement '%s' does not name this node's identity", a->id);
	if (err != ENT_OK) {
		policy_agreement_free(a);
		return err;
	}
	p->agreements[p->agreement_count++] = a;
	return ENT_OK;
}

/* A signature says by its digest which document it is under. */
static enum ent_err
load_proof(struct policy *p, enum jws_type t, struct bytes jws, struct ent_why *why)
{
	struct js *peeked = NULL;
	struct policy_agreement *a = NULL;
	uint8_t digest[CRYPTO_HASH_LEN];
	enum ent_err err = jws_peek(as_str(jws), t, &peeked, why);
	if (err != ENT_OK)
		return err;
	struct js_reader r = js_reader_of(peeked, "signature", why);
	js_want_b64u(&r, "doc", digest, sizeof digest);
	err = r.err;
	js_free(peeked);
	for (size_t i = 0; err == ENT_OK && a == NULL && i < p->agreement_count; i++)
		if (memcmp(p->agreements[i]->digest, digest, sizeof digest) == 0)
			a = p->agreements[i];
	if (err == ENT_OK && a == NULL)
		return ent_fail(ENT_ENOTFOUND, why, "a stored signature is under no stored agreement");
	if (err != ENT_OK)
		return err;
	return t == JWS_CONSENT ? policy_consent_add(a, as_str(jws), why)
				: policy_standing_add(a, as_str(jws), NULL, why);
}

static enum ent_err
load_one(struct policy *p, const struct policy_input *in, struct ent_why *why)
{
	switch (in->kind) {
	case POLICY_CARD:
		return load_card(p, in->data, why);
	case POLICY_DOCUMENT:
		return load_document(p, in->data, why);
	case POLICY_CONSENT:
		return load_proof(p, JWS_CONSENT, in->data, why);
	case POLICY_STANDING:
		return load_proof(p, JWS_STANDING, in->data, why);
	}
	return ent_fail(ENT_EINTERNAL, why, "an input of no kind");
}

enum ent_err
policy_load(const struct policy_card *own, const struct policy_input *inputs, size_t count,
    struct policy **out, struct ent_why *why)
{
	static const enum policy_input_kind order[] = { POLICY_CARD, POLICY_DOCUMENT, POLICY_CONSENT,
		POLICY_STANDING };
	size_t of_kind[4] = { 0 };
	for (size_t i = 0; i < count; i++)
		of_kind[inputs[i].kind]++;
	if (of_kind[POLICY_CARD] > POLICY_CARDS_MAX || of_kind[POLICY_DOCUMENT] > POLICY_AGREEMENTS_MAX)
		return ent_fail(ENT_ETOOBIG, why, "more than %d partners or agreements", POLICY_CARDS_MAX);
	struct policy *p = ent_alloc(sizeof *p);
	p->own = *own;
	p->cards = ent_alloc_array(of_kind[POLICY_CARD] + 1, sizeof *p->cards);
	p->agreements = ent_alloc_array(of_kind[POLICY_DOCUMENT] + 1, sizeof(struct policy_agreement *));
	enum ent_err err = ENT_OK;
	for (size_t k = 0; k < COUNT(order); k++)
		for (size_t i = 0; err == ENT_OK && i < count; i++)
			if (inputs[i].kind == order[k])
				err = load_one(p, &inputs[i], why);
	if (err != ENT_OK) {
		policy_free(p);
		return err;
	}
	*out = p;
	return ENT_OK;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->agreement_count; i++)
		policy_agreement_free(p->agreements[i]);
	free(p->agreements);
	free(p->cards);
	free(p);
}

/* ---- asking -------------------------------------------------------------------------------------- */

const struct policy_card *
policy_own(const struct policy *p)
{
	return &p->own;
}

const struct policy_card *
policy_partner(const struct policy *p, const char *code)
{
	for (size_t i = 0; code != NULL && i < p->card_count; i++)
		if (strcmp(p->cards[i].code, code) == 0)
			return &p->cards[i];
	return NULL;
}

const struct policy_card *
policy_partner_by_identity(const struct policy *p, const uint8_t identity[static CRYPTO_SIGN_PK])
{
	for (size_t i = 0; i < p->card_count; i++)
		if (crypto_equal(p->cards[i].identity, identity, CRYPTO_SIGN_PK))
			return &p->cards[i];
	return NULL;
}

size_t
policy_partner_count(const struct policy *p)
{
	return p->card_count;
}

const struct policy_card *
policy_partner_at(const struct policy *p, size_t i)
{
	return i < p->card_count ? &p->cards[i] : NULL;
}

size_t
policy_agreement_count(const struct policy *p)
{
	return p->agreement_count;
}

const struct policy_agreement *
policy_agreement_at(const struct policy *p, size_t i)
{
	return i < p->agreement_count ? p->agreements[i] : NULL;
}

/* Of the versions that are signed the last; unsigned is inert. */
static const struct policy_agreement *
national(const struct policy *p)
{
	const struct policy_agreement *best = policy_agreement(p, POLICY_NATIONAL);
	struct ent_why none;
	for (size_t i = 0; best != NULL && i < p->agreement_count; i++) {
		const struct policy_agreement *a = p->agreements[i];
		if (a->version > best->version && policy_is_national(a->id) && policy_signed(a, &none))
			best = a;
	}
	return best;
}

const struct policy_agreement *
policy_agreement(const struct policy *p, const char *id)
{
	if (id == NULL || id[0] == '\0')
		return national(p);
	for (size_t i = 0; i < p->agreement_count; i++)
		if (strcmp(p->agreements[i]->id, id) == 0)
			return p->agreements[i];
	return NULL;
}

const struct policy_party *
policy_party_of(const struct policy_agreement *a, const char *code)
{
	for (size_t i = 0; i < a->party_count; i++)
		if (strcmp(a->parties[i].code, code) == 0)
			return &a->parties[i];
	return NULL;
}

const char *
policy_other_party(const struct policy *p, const struct policy_agreement *a)
{
	for (size_t i = 0; i < a->party_count; i++)
		if (strcmp(a->parties[i].code, p->own.code) != 0)
			return a->parties[i].code;
	return NULL;
}

const struct policy_annex *
policy_annex(const struct policy_agreement *a, const char *id)
{
	for (size_t i = 0; id != NULL && i < a->annex_count; i++)
		if (strcmp(a->annexes[i].id, id) == 0)
			return &a->annexes[i];
	return NULL;
}

const struct policy_annex *
policy_annex_for(const struct policy_agreement *a, enum ent_purpose u)
{
	const struct policy_annex *found = NULL;
	for (size_t i = 0; i < a->annex_count; i++) {
		if (u != PURPOSE_NONE && (a->annexes[i].purposes & 1u << u) == 0)
			continue;
		if (found != NULL)
			return NULL; /* several: the asker must name one */
		found = &a->annexes[i];
	}
	return found;
}

bool
policy_annex_field(const struct policy_annex *x, enum statement_kind k)
{
	return k != STATEMENT_NONE && (x->fields & 1u << k) != 0;
}

const struct policy_oversight *
policy_oversight(const struct policy_annex *x, const char *party)
{
	for (size_t i = 0; i < x->oversight_count; i++)
		if (strcmp(x->oversight[i].party, party) == 0)
			return &x->oversight[i];
	return NULL;
}

static bool
not_in_force(enum ent_err err, const struct policy_agreement *a, const char *clause,
    const char *text, struct ent_why *why)
{
	char name[47 + 1 + 20 + 1];
	(void)snprintf(name, sizeof name, "%.47s/%.20s", a->id, clause);
	(void)ent_refuse(err, why, name, "%s", text);
	return false;
}

bool
policy_in_force(const struct policy_agreement *a, ent_time now, struct ent_why *why)
{
	struct ent_why inner;
	if (!policy_signed(a, &inner))
		return not_in_force(ENT_EREFUSED, a, "signatures", inner.text, why);
	if (now < a->from)
		return not_in_force(ENT_EREFUSED, a, "dates", "the agreement has not begun", why);
	if (now >= a->until)
		return not_in_force(ENT_EEXPIRED, a, "dates", "the agreement has ended", why);
	switch (policy_standing(a)) {
	case STANDING_ACTIVE:
		return true;
	case STANDING_SUSPENDED:
		return not_in_force(ENT_ESUSPENDED, a, "standing", "the agreement is suspended", why);
	case STANDING_TERMINATED:
		break;
	}
	return not_in_force(ENT_ESUSPENDED, a, "standing", "the agreement is terminated", why);
}
