/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement_import: take in a draft, or a partner's exchange file with signatures.  Every signature
 * is verified; a document that differs from the one of that name is refused.
 */
#include "ops/agreement_call.h"
#include "store/agreements.h"

#include <stdlib.h>
#include <string.h>

struct import_call {
	const struct grant *grant;
	const char *text;
	struct policy_file file;
	struct policy_agreement *agreement; /* of the file, with the signatures that are stored */
	bool known;
	size_t added;
	size_t fresh[POLICY_CONSENTS_MAX]; /* places in the file's consents that are new */
	ent_time now;
};

/* A draft is a document alone; an exchange file wraps one. */
static enum ent_err
read_file(struct bytes in, struct policy_file *f, struct ent_why *why)
{
	struct js *json = NULL;
	enum ent_err err = js_parse(in, POLICY_FILE_MAX, &json, why);
	if (err != ENT_OK)
		return err;
	bool wrapped = js_get(json, "document") != NULL;
	js_free(json);
	if (wrapped)
		return policy_file_read(in, f, why);
	struct js *made = policy_file_make(in, NULL, NULL);
	struct buf text;
	buf_init(&text, POLICY_FILE_MAX);
	js_write(made, &text);
	js_free(made);
	err = buf_err(&text);
	if (err == ENT_OK)
		err = policy_file_read(buf_bytes(&text), f, why);
	buf_done(&text);
	return err;
}

static enum ent_err
open_file(struct import_call *m, struct ent_why *why)
{
	enum ent_err err = read_file(bytes_of_cstr(m->text), &m->file, why);
	return err != ENT_OK ? err : policy_document_check(m->file.document, &m->agreement, why);
}

static void
close_file(struct import_call *m)
{
	policy_agreement_free(m->agreement);
	policy_file_done(&m->file);
	m->agreement = NULL;
}

/* Opened here for its name and for what is wrong with it, and again in run: between the two the act
 * may be refused, and nothing may stay behind. */
static enum ent_err
decode(struct op_call *c)
{
	struct import_call *m = arena_alloc(c->arena, sizeof *m);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	m->text = js_want_str(&r, "file", POLICY_FILE_MAX);
	m->now = c->ask.now;
	c->state = m;
	enum ent_err err = r.err != ENT_OK ? r.err : open_file(m, c->why);
	if (err == ENT_OK)
		c->event.object = arena_strdup(c->arena, m->agreement->id);
	close_file(m);
	return err;
}

/* Cards in the file must be of the identities that are known here; none is taken from it. */
static enum ent_err
check_cards(const struct import_call *m, const struct policy *p, struct ent_why *why)
{
	for (size_t i = 0; i < js_len(m->file.cards); i++) {
		struct policy_card card;
		enum ent_err err = policy_card_check(str_of(js_str(js_at(m->file.cards, i))), &card, why);
		if (err != ENT_OK)
			return err;
		const struct policy_card *here = strcmp(card.code, policy_own(p)->code) == 0
		    ? policy_own(p) : policy_partner(p, card.code);
		if (here != NULL && !crypto_equal(here->identity, card.identity, CRYPTO_SIGN_PK))
			return ent_fail(ENT_EPIN, why, "the file's card of '%s' has another identity than "
			    "the one that is here", card.code);
	}
	return ENT_OK;
}

/* The signatures that the store does not have, each verified as it is added. */
static enum ent_err
merge(struct import_call *m, const struct js *stored, struct ent_why *why)
{
	for (size_t i = 0; i < js_len(m->file.consents); i++) {
		const struct js *one = js_at(m->file.consents, i);
		bool have = false;
		for (size_t k = 0; !have && k < js_len(stored); k++)
			have = js_equal(js_at(stored, k), one);
		if (have)
			continue;
		enum ent_err err = policy_consent_add(m->agreement, str_of(js_str(one)), why);
		if (err != ENT_OK)
			return err;
		m->fresh[m->added++] = i;
	}
	return ENT_OK;
}

static enum ent_err
put_fresh(struct store_tx *tx, const struct import_call *m, struct ent_why *why)
{
	const struct policy_agreement *a = m->agreement;
	enum ent_err err = ENT_OK;
	for (size_t i = 0; err == ENT_OK && i < m->added; i++) {
		const struct policy_consent *s = &a->consents[a->consent_count - m->added + i];
		err = consent_put(tx, m->grant, a->digest, s->party, &s->user,
		    str_of(js_str(js_at(m->file.consents, m->fresh[i]))), m->now, why);
	}
	return err;
}

static enum ent_err
import_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct import_call *m = ctx;
	struct js *stored = NULL;
	struct buf document;
	struct ent_why none;
	m->added = m->agreement->consent_count = 0; /* the engine may ask for a second run */
	buf_init(&document, POLICY_DOCUMENT_MAX);
	enum ent_err err = agreement_get(tx, m->agreement->id, &document, NULL, &none);
	m->known = err == ENT_OK;
	if (m->known && !bytes_equal(buf_bytes(&document), m->agreement->document))
		err = ent_fail(ENT_ECONFLICT, why, "another document is here as '%s'; compare the two, and "
		    "give the new one another id", m->agreement->id);
	else if (err == ENT_ENOTFOUND)
		err = agreement_put(tx, m->grant, m->agreement->id, m->agreement->document, m->now, why);
	buf_done(&document);
	if (err == ENT_OK)
		err = agreement_add_stored(tx, m->agreement, &stored, why);
	if (err == ENT_OK)
		err = merge(m, stored, why);
	if (err == ENT_OK)
		err = put_fresh(tx, m, why);
	js_free(stored);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	struct import_call *m = c->state;
	m->grant = c->grant;
	const struct policy *p = node_policy_get(c->node);
	enum ent_err err = open_file(m, c->why);
	if (err == ENT_OK)
		err = agreement_check_parties(p, m->agreement, c->why);
	if (err == ENT_OK)
		err = check_cards(m, p, c->why);
	node_policy_put(c->node, p);
	if (err == ENT_OK)
		err = store_write(node_store(c->node), import_body, m, c->why);
	if (err == ENT_OK)
		err = node_policy_reload(c->node, c->why);
	if (err == ENT_OK) {
		agreement_tell(c->out, m->agreement, m->now);
		js_set_bool(c->out, "new", !m->known);
		js_set_int(c->out, "signatures_added", (int64_t)m->added);
		op_fact_int(c, "signatures", (int64_t)m->added);
		node_wake(c->node);
	}
	close_file(m);
	return err;
}

const struct op_impl op_agreement_import = { .decode = decode, .run = run };
