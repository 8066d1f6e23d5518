/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SEQ_MAX ((int64_t)1 << 40)

static const char *const standings[] = { "active", "suspended", "terminated" };

const char *
standing_name(enum policy_standing s)
{
	return (size_t)s < sizeof standings / sizeof standings[0] ? standings[s] : "terminated";
}

static void
put(char *out, size_t room, const char *in)
{
	(void)snprintf(out, room, "%s", in);
}

/* ---- cards --------------------------------------------------------------------------------------- */

static enum ent_err
card_read(const struct js *payload, struct policy_card *c, struct ent_why *why)
{
	static const char *const known[] = { "iss", "service", "identity", "record", "checkpoint",
		"oversight_box", "address", "time", NULL };
	struct js_reader r = js_reader_of(payload, "card", why);
	js_only(&r, known);
	const char *code = js_want_str(&r, "iss", CODE_MAX - 1);
	const char *service = js_want_str(&r, "service", sizeof c->service - 1);
	const char *address = js_want_str(&r, "address", sizeof c->address - 1);
	js_want_b64u(&r, "identity", c->identity, sizeof c->identity);
	js_want_b64u(&r, "record", c->record, sizeof c->record);
	js_want_b64u(&r, "checkpoint", c->checkpoint, sizeof c->checkpoint);
	c->has_oversight = js_get(payload, "oversight_box") != NULL;
	if (c->has_oversight)
		js_want_b64u(&r, "oversight_box", c->oversight_box, sizeof c->oversight_box);
	c->time = js_want_int(&r, "time", 0, POLICY_LAST_TIME);
	if (r.err == ENT_OK && !policy_code_valid(code))
		return ent_fail(ENT_EFIELD, why, "field 'card.iss' must be 2 to 15 of A-Z 0-9 -");
	put(c->code, sizeof c->code, code);
	put(c->service, sizeof c->service, service);
	put(c->address, sizeof c->address, address);
	return r.err;
}

struct js *
policy_card_make(const struct policy_card *c)
{
	struct js *o = js_object();
	js_set_str(o, "iss", c->code);
	js_set_str(o, "service", c->service);
	js_set_b64u(o, "identity", bytes_of(c->identity, sizeof c->identity));
	js_set_b64u(o, "record", bytes_of(c->record, sizeof c->record));
	js_set_b64u(o, "checkpoint", bytes_of(c->checkpoint, sizeof c->checkpoint));
	if (c->has_oversight)
		js_set_b64u(o, "oversight_box", bytes_of(c->oversight_box, sizeof c->oversight_box));
	js_set_str(o, "address", c->address);
	js_set_int(o, "time", c->time);
	return o;
}

enum ent_err
policy_card_check(struct str jws, struct policy_card *out, struct ent_why *why)
{
	struct js *payload = NULL;
	struct policy_card c = { .code = "" };
	enum ent_err err = jws_peek(jws, JWS_CARD, &payload, why);
	if (err == ENT_OK)
		err = card_read(payload, &c, why);
	js_free(payload);
	payload = NULL;
	/* the peek told whose key it claims; nothing was decided on it */
	if (err == ENT_OK)
		err = jws_verify(jws, JWS_CARD, c.identity, &payload, why);
	js_free(payload);
	if (err == ENT_OK)
		*out = c;
	return err;
}

void
policy_fingerprint(const uint8_t identity[static CRYPTO_SIGN_PK],
    char out[static POLICY_FINGERPRINT_TEXT])
{
	uint8_t hash[CRYPTO_HASH_LEN];
	char hex[HEX_SIZE(20)];
	size_t n = 0;
	crypto_sha256(bytes_of(identity, CRYPTO_SIGN_PK), hash);
	hex_encode(bytes_of(hash, 20), hex);
	for (size_t i = 0; i < 40; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = ' ';
		out[n++] = hex[i];
	}
	out[n] = '\0';
}

/* ---- consents ------------------------------------------------------------------------------------ */

/* The payload of a JWS that a party of the document signed, verified with the identity that the
 * document pins; *party is its issuer's place among the parties. */
static enum ent_err
party_verify(const struct policy_agreement *a, struct str jws, enum jws_type t, size_t *party,
    struct js **payload, struct ent_why *why)
{
	struct js *peeked = NULL;
	enum ent_err err = jws_peek(jws, t, &peeked, why);
	if (err != ENT_OK)
		return err;
	const char *iss = js_get_str(peeked, "iss");
	const struct policy_party *q = iss == NULL ? NULL : policy_party_of(a, iss);
	js_free(peeked);
	if (q == NULL)
		return ent_fail(ENT_EPIN, why, "agreement '%s': signed by a service that is no party",
		    a->id);
	*party = (size_t)(q - a->parties);
	return jws_verify(jws, t, q->identity, payload, why);
}

static enum ent_err
digest_matches(struct js_reader *r, const struct policy_agreement *a)
{
	uint8_t digest[CRYPTO_HASH_LEN];
	js_want_b64u(r, "doc", digest, sizeof digest);
	if (r->err == ENT_OK && memcmp(digest, a->digest, sizeof digest) != 0)
		return ent_fail(ENT_ESIG, r->why,
		    "agreement '%s': the signature is under another document", a->id);
	return r->err;
}

static enum ent_err
consent_read(const struct policy_agreement *a, const struct js *payload, struct policy_consent *c,
    struct ent_why *why)
{
	static const char *const known[] = { "iss", "doc", "by", "user", "role", "time", NULL };
	struct js_reader r = js_reader_of(payload, "consent", why);
	js_only(&r, known);
	put(c->party, sizeof c->party, js_want_str(&r, "iss", CODE_MAX - 1));
	put(c->by, sizeof c->by, js_want_str(&r, "by", sizeof c->by - 1));
	put(c->role, sizeof c->role, js_want_str(&r, "role", sizeof c->role - 1));
	js_want_id(&r, "user", c->user.b);
	c->time = js_want_int(&r, "time", 0, POLICY_LAST_TIME);
	enum ent_err err = r.err != ENT_OK ? r.err : digest_matches(&r, a);
	if (err != ENT_OK)
		return err;
	unsigned role = role_of(c->role);
	if (id_is_zero(&c->user) || role == 0 || (role & (ROLE_PEER | ROLE_SYSTEM)) != 0)
		return ent_fail(ENT_EFIELD, why, "agreement '%s': a signature that is no named person's",
		    a->id);
	return ENT_OK;
}

/* One person is told from another by user id and by name: who is the same in either is one. */
static bool
same_person(const struct policy_consent *x, const struct policy_consent *y)
{
	return strcmp(x->party, y->party) == 0 &&
	    (id_equal(&x->user, &y->user) || strcasecmp(x->by, y->by) == 0);
}

enum ent_err
policy_consent_add(struct policy_agreement *a, struct str jws, struct ent_why *why)
{
	struct js *payload = NULL;
	struct policy_consent c = { .party = "" };
	size_t party;
	enum ent_err err = party_verify(a, jws, JWS_CONSENT, &party, &payload, why);
	if (err == ENT_OK)
		err = consent_read(a, payload, &c, why);
	js_free(payload);
	for (size_t i = 0; err == ENT_OK && i < a->consent_count; i++)
		if (same_person(&a->consents[i], &c))
			err = ent_fail(ENT_EEXISTS, why,
			    "agreement '%s': this person of %s has signed it already; another must", a->id,
			    c.party);
	if (err == ENT_OK && a->consent_count == POLICY_CONSENTS_MAX)
		err = ent_fail(ENT_ETOOBIG, why, "agreement '%s': at most %d signatures", a->id,
		    POLICY_CONSENTS_MAX);
	if (err == ENT_OK)
		a->consents[a->consent_count++] = c;
	return err;
}

size_t
policy_signers(const struct policy_agreement *a, const char *party)
{
	size_t n = 0;
	for (size_t i = 0; i < a->consent_count; i++)
		n += strcmp(a->consents[i].party, party) == 0;
	return n;
}

size_t
policy_signers_wanted(const struct policy_agreement *a)
{
	/* the national annex binds only its own node, which has one person when it is made */
	return strcmp(a->id, POLICY_NATIONAL) == 0 ? 1 : 2;
}

bool
policy_signed(const struct policy_agreement *a, struct ent_why *why)
{
	size_t wanted = policy_signers_wanted(a);
	for (size_t i = 0; i < a->party_count; i++) {
		size_t n = policy_signers(a, a->parties[i].code);
		if (n < wanted) {
			(void)ent_fail(ENT_EREFUSED, why,
			    "%zu of %zu persons of %s have signed; unsigned is inert", n, wanted,
			    a->parties[i].code);
			return false;
		}
	}
	return true;
}

/* ---- standing ------------------------------------------------------------------------------------ */

static enum ent_err
standing_read(const struct policy_agreement *a, const struct js *payload,
    struct policy_statement *s, struct ent_why *why)
{
	static const char *const known[] = { "iss", "agreement", "doc", "state", "seq", "by", "user",
		"time", NULL };
	struct ent_id user;
	struct js_reader r = js_reader_of(payload, "standing", why);
	js_only(&r, known);
	const char *id = js_want_str(&r, "agreement", POLICY_ID_MAX);
	const char *state = js_want_str(&r, "state", 16);
	put(s->by, sizeof s->by, js_want_str(&r, "by", sizeof s->by - 1));
	js_want_id(&r, "user", user.b);
	s->seq = js_want_int(&r, "seq", 1, SEQ_MAX);
	s->time = js_want_int(&r, "time", 0, POLICY_LAST_TIME);
	enum ent_err err = r.err != ENT_OK ? r.err : digest_matches(&r, a);
	if (err == ENT_OK && strcmp(id, a->id) != 0)
		return ent_fail(ENT_EFIELD, why, "a statement on agreement '%s' was taken for one on '%s'",
		    id, a->id);
	size_t i = 0;
	while (i < 3 && strcmp(standings[i], state) != 0)
		i++;
	if (err == ENT_OK && i == 3)
		return ent_fail(ENT_EFIELD, why,
		    "field 'standing.state' must be active, suspended or terminated");
	s->state = (enum policy_standing)i;
	return err;
}

enum ent_err
policy_standing_add(struct policy_agreement *a, struct str jws, char party[CODE_MAX],
    struct ent_why *why)
{
	struct js *payload = NULL;
	struct policy_statement s = { .seq = 0 };
	size_t at = 0;
	enum ent_err err = party_verify(a, jws, JWS_STANDING, &at, &payload, why);
	if (err == ENT_OK)
		err = standing_read(a, payload, &s, why);
	js_free(payload);
	if (err != ENT_OK)
		return err;
	struct policy_statement *last = &a->standing[at];
	if (s.seq <= last->seq)
		return ent_fail(ENT_ESEQ, why,
		    "agreement '%s': statement %lld of %s came already, or is older than the last", a->id,
		    (long long)s.seq, a->parties[at].code);
	if (last->state == STANDING_TERMINATED)
		return ent_fail(ENT_ESTATE, why, "agreement '%s' was terminated by %s, for good", a->id,
		    a->parties[at].code);
	*last = s;
	if (party != NULL)
		put(party, CODE_MAX, a->parties[at].code);
	return ENT_OK;
}

enum ent_err
policy_standing_check(const struct policy *p, const char *id, struct str jws,
    char party[static CODE_MAX], int64_t *seq, struct ent_why *why)
{
	const struct policy_agreement *a = policy_agreement(p, id);
	if (a == NULL)
		return ent_fail(ENT_ENOTFOUND, why, "there is no agreement '%s'", id);
	struct policy_agreement trial = *a; /* borrows what a owns; only its standing changes */
	enum ent_err err = policy_standing_add(&trial, jws, party, why);
	if (err == ENT_OK)
		*seq = trial.standing[policy_party_of(&trial, party) - trial.parties].seq;
	return err;
}

enum policy_standing
policy_standing(const struct policy_agreement *a)
{
	enum policy_standing s = STANDING_ACTIVE;
	for (size_t i = 0; i < a->party_count; i++)
		if (a->standing[i].state > s)
			s = a->standing[i].state;
	return s;
}

struct js *
policy_standing_make(const struct policy *p, const struct policy_agreement *a,
    enum policy_standing state, const struct actor *by, ent_time now)
{
	const struct policy_party *own = policy_party_of(a, p->own.code);
	struct js *o = js_object();
	js_set_str(o, "iss", p->own.code);
	js_set_str(o, "agreement", a->id);
	js_set_b64u(o, "doc", bytes_of(a->digest, sizeof a->digest));
	js_set_str(o, "state", standing_name(state));
	js_set_int(o, "seq", own == NULL ? 1 : a->standing[own - a->parties].seq + 1);
	js_set_str(o, "by", by->name);
	js_set_id(o, "user", by->id.b);
	js_set_int(o, "time", now);
	return o;
}

/* ---- exchange files ------------------------------------------------------------------------------ */

static bool
texts_only(const struct js *arr)
{
	for (size_t i = 0; i < js_len(arr); i++)
		if (js_str(js_at(arr, i)) == NULL)
			return false;
	return true;
}

enum ent_err
policy_file_read(struct bytes in, struct policy_file *out, struct ent_why *why)
{
	static const char *const known[] = { "document", "consents", "cards", NULL };
	struct policy_file f = { .json = NULL };
	enum ent_err err = js_parse(in, POLICY_FILE_MAX, &f.json, why);
	if (err != ENT_OK)
		return err;
	struct js_reader r = js_reader_of(f.json, "", why);
	js_only(&r, known);
	const char *b64 = js_want_str(&r, "document", B64U_SIZE(POLICY_DOCUMENT_MAX));
	f.consents = js_want_array(&r, "consents", POLICY_CONSENTS_MAX);
	f.cards = js_opt_array(&r, "cards", POLICY_PARTIES_MAX);
	err = r.err;
	if (err == ENT_OK && !(texts_only(f.consents) && texts_only(f.cards)))
		err = ent_fail(ENT_EFIELD, why, "consents and cards must be lists of signed texts");
	if (err == ENT_OK) {
		uint8_t *doc = ent_alloc(strlen(b64) + 1);
		size_t n = 0;
		err = b64u_decode(str_of(b64), doc, strlen(b64) + 1, &n);
		f.document = bytes_of(doc, n);
		if (err != ENT_OK)
			(void)ent_fail(err, why, "field 'document' is not base64url");
	}
	if (err != ENT_OK)
		policy_file_done(&f);
	else
		*out = f;
	return err;
}

void
policy_file_done(struct policy_file *f)
{
	union { /* lent as const; here its owner lets go */
		const uint8_t *lent;
		uint8_t *owned;
	} u = { .lent = f->document.p };
	free(u.owned);
	js_free(f->json);
	*f = (struct policy_file){ .json = NULL };
}

struct js *
policy_file_make(struct bytes document, const struct js *consents, const struct js *cards)
{
	struct js *o = js_object();
	js_set_b64u(o, "document", document);
	js_set_take(o, "consents", consents == NULL ? js_array() : js_copy(consents));
	js_set_take(o, "cards", cards == NULL ? js_array() : js_copy(cards));
	return o;
}
