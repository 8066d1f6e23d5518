/* SPDX-License-Identifier: Apache-2.0
 *
 * Making and checking feed entries.
 */
#include "exchange/exchange.h"
#include "exchange/rules.h"

#include <stdlib.h>
#include <string.h>

void
entry_done(struct entry *e)
{
	js_free(e->payload);
	js_free(e->opened);
	js_free(e->items);
	*e = (struct entry){ 0 };
}

/* The claim that binds the records that travel beside: hash of each JWS, in order. */
static enum ent_err
items_claim(const struct js *items, struct js **claim, struct ent_why *why)
{
	if (js_len(items) > EXCHANGE_ITEMS_MAX)
		return ent_fail(ENT_ETOOBIG, why, "%zu records in one answer, at most %d are taken",
		    js_len(items), EXCHANGE_ITEMS_MAX);
	*claim = js_array();
	for (size_t i = 0; i < js_len(items); i++) {
		uint8_t hash[CRYPTO_HASH_LEN];
		char text[B64U_SIZE(CRYPTO_HASH_LEN)];
		const char *jws = js_get_str(js_at(items, i), "jws");
		if (jws == NULL) {
			js_free(*claim);
			return ent_fail(ENT_EFIELD, why, "field 'items[%zu].jws' is missing", i);
		}
		jws_hash(str_of(jws), hash);
		b64u_encode(bytes_of(hash, sizeof hash), text);
		js_append_take(*claim, js_new_str(text));
	}
	return ENT_OK;
}

static struct js *
payload_of(const struct feed_head *head, const struct entry_draft *d)
{
	struct js *p = js_object();
	js_set_str(p, "iss", head->from);
	js_set_str(p, "to", head->to);
	js_set_str(p, "agreement", head->agreement);
	js_set_int(p, "seq", (int64_t)head->seq + 1);
	js_set_b64u(p, "prev", bytes_of(head->hash, sizeof head->hash));
	js_set_int(p, "time", d->time);
	js_set_str(p, "kind", kind_name(d->kind));
	js_set_id(p, "ref", d->ref.b);
	const char *key;
	struct js *value;
	for (void *it = NULL; d->codes != NULL && (it = js_each(d->codes, it, &key, &value)) != NULL;)
		js_set_take(p, key, js_copy(value));
	return p;
}

enum ent_err
exchange_compose(struct feed_head *head, const struct entry_draft *draft,
    const struct signer *signer, struct js **message, struct ent_why *why)
{
	struct js *claim = NULL, *disclosures = js_array(), *opened = NULL, *out;
	struct js *payload = payload_of(head, draft);
	struct buf text, jws;
	const char *key;
	struct js *value;
	enum ent_err err = ENT_OK;
	buf_init(&text, JWS_MAX);
	buf_init(&jws, JWS_MAX);
	if (draft->items != NULL && (err = items_claim(draft->items, &claim, why)) != ENT_OK)
		goto out;
	if (claim != NULL)
		js_set_take(payload, "items", claim);
	opened = js_copy(payload);
	for (void *it = NULL;
	     draft->hidden != NULL && (it = js_each(draft->hidden, it, &key, &value)) != NULL;) {
		js_set_take(opened, key, js_copy(value));
		sdjwt_hide_take(payload, disclosures, key, js_copy(value));
	}
	if ((err = rules_check(draft->kind, opened, why)) != ENT_OK)
		goto out;
	sdjwt_seal(payload);
	js_write(payload, &text);
	if ((err = buf_err(&text)) != ENT_OK) {
		err = ent_fail(err, why, "the entry is over %zu bytes", text.max);
		goto out;
	}
	if ((err = signer->sign(signer->ctx, JWS_ENTRY, buf_bytes(&text), &jws, why)) != ENT_OK)
		goto out;
	jws_hash((struct str){ buf_cstr(&jws), jws.n }, head->hash);
	head->seq++;
	out = js_object();
	js_set_str(out, "jws", buf_cstr(&jws));
	js_set_take(out, "disclosures", js_copy(disclosures));
	if (draft->items != NULL)
		js_set_take(out, "items", js_copy(draft->items));
	*message = out;
out:
	js_free(payload);
	js_free(opened);
	js_free(disclosures);
	buf_done(&text);
	buf_done(&jws);
	return err;
}

/* The claims every entry has, into e; parties and agreement are compared with head if there is one. */
static enum ent_err
read_claims(const struct feed_head *head, struct entry *e, uint8_t prev[static CRYPTO_HASH_LEN],
    struct ent_why *why)
{
	struct js_reader r = js_reader_of(e->payload, "", why);
	const char *iss = js_want_str(&r, "iss", CODE_MAX - 1);
	const char *to = js_want_str(&r, "to", CODE_MAX - 1);
	const char *agreement = js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	e->seq = (uint64_t)js_want_int(&r, "seq", 1, INT64_MAX);
	js_want_b64u(&r, "prev", prev, CRYPTO_HASH_LEN);
	e->time = js_want_int(&r, "time", 0, (int64_t)253402300799 * ENT_SECOND);
	e->kind = kind_of(js_want_str(&r, "kind", 32));
	js_want_id(&r, "ref", e->ref.b);
	if (r.err != ENT_OK)
		return r.err;
	if (e->kind == KIND_NONE)
		return ent_fail(ENT_EFIELD, why, "field 'kind' is not known to version %d",
		    EXCHANGE_VERSION);
	if (head == NULL)
		return ENT_OK;
	if (strcmp(iss, head->from) != 0 || strcmp(to, head->to) != 0 ||
	    strcmp(agreement, head->agreement) != 0)
		return ent_fail(ENT_ESIG, why, "the entry is of another agreement or for another service");
	return ENT_OK;
}

/* Each record beside must be one the signed entry names, in its order. */
static enum ent_err
check_items(const struct js *message, struct entry *e, struct ent_why *why)
{
	const struct js *claimed = js_get(e->payload, "items"), *items = js_get(message, "items");
	struct js *claim = NULL;
	if (claimed == NULL && items == NULL)
		return ENT_OK;
	if (items == NULL && js_get_bool(message, "erased", false) &&
	    js_len(js_get(message, "disclosures")) == 0)
		return ENT_OK; /* gone at the sender before we pulled; its codes still chain [EXC-17] */
	enum ent_err err = items_claim(items, &claim, why);
	if (err != ENT_OK)
		return err;
	if (!js_equal(claimed, claim))
		err = ent_fail(ENT_ESIG, why, "the records beside the entry are not those it was signed with");
	else
		e->items = js_copy(items);
	js_free(claim);
	return err;
}

/* Everything behind the signature; e->payload is set. */
static enum ent_err
check_content(const struct feed_head *head, const struct js *message, struct entry *e,
    struct ent_why *why)
{
	uint8_t prev[CRYPTO_HASH_LEN];
	const struct js *disclosures = js_get(message, "disclosures");
	enum ent_err err = read_claims(head, e, prev, why);
	if (err != ENT_OK)
		return err;
	if (head != NULL && (e->seq != head->seq + 1 || memcmp(prev, head->hash, sizeof prev) != 0))
		return ent_fail(ENT_ESEQ, why, "entry %llu does not continue entry %llu of the feed; pull "
		    "again from the cursor", (unsigned long long)e->seq, (unsigned long long)head->seq);
	if (!js_is_array(disclosures))
		return ent_fail(ENT_EFIELD, why, "field 'disclosures' is missing");
	if ((err = sdjwt_open(e->payload, disclosures, &e->opened, why)) != ENT_OK)
		return err;
	if ((err = check_items(message, e, why)) != ENT_OK)
		return err;
	return rules_check(e->kind, e->opened, why);
}

enum ent_err
exchange_check(struct feed_head *head, const struct js *message,
    const uint8_t pk[static CRYPTO_SIGN_PK], struct entry *out, struct ent_why *why)
{
	struct entry e = { 0 };
	const char *jws = js_get_str(message, "jws");
	if (jws == NULL)
		return ent_fail(ENT_EFIELD, why, "field 'jws' is missing");
	enum ent_err err = jws_verify(str_of(jws), JWS_ENTRY, pk, &e.payload, why);
	if (err == ENT_OK)
		err = check_content(head, message, &e, why);
	if (err != ENT_OK) {
		entry_done(&e);
		return err;
	}
	jws_hash(str_of(jws), e.hash);
	head->seq = e.seq;
	memcpy(head->hash, e.hash, sizeof head->hash);
	*out = e;
	return ENT_OK;
}

enum ent_err
exchange_read(const struct js *message, struct entry *out, struct ent_why *why)
{
	struct entry e = { 0 };
	const char *jws = js_get_str(message, "jws");
	if (jws == NULL)
		return ent_fail(ENT_EFIELD, why, "field 'jws' is missing");
	enum ent_err err = jws_peek(str_of(jws), JWS_ENTRY, &e.payload, why);
	if (err == ENT_OK)
		err = check_content(NULL, message, &e, why);
	if (err != ENT_OK) {
		entry_done(&e);
		return err;
	}
	jws_hash(str_of(jws), e.hash);
	*out = e;
	return ENT_OK;
}
