/* SPDX-License-Identifier: Apache-2.0
 *
 * annex_amend: a later version of the national annex, which lets lists be screened on a legal basis, or no
 * more.  It is signed for the person who calls; until another one signs it too, the version before holds.
 */
#include "ops/agreement_call.h"
#include "store/agreements.h"

#include <stdlib.h>
#include <string.h>

struct amend_call {
	const struct grant *grant;
	const struct actor *who;
	const char *law; /* NULL: no lists are screened any more */
	int64_t rows, keep_days;
	struct policy_agreement *agreement;
	struct buf document, jws;
	ent_time now;
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "screening_law", "screening_rows", "keep_days", "no_screening", NULL };
	struct amend_call *m = arena_alloc(c->arena, sizeof *m);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	js_only(&r, known);
	m->law = js_opt_str(&r, "screening_law", 255);
	m->rows = js_opt_int(&r, "screening_rows", 1, POLICY_SCREENING_ROWS_MAX, 0);
	m->keep_days = js_opt_int(&r, "keep_days", 1, 366, 0);
	bool none = js_opt_bool(&r, "no_screening", false);
	if (r.err != ENT_OK)
		return r.err;
	bool some = m->law != NULL && m->law[0] != '\0' && m->rows > 0;
	if (none ? m->law != NULL || m->rows > 0 || m->keep_days > 0 : !some)
		return ent_fail(ENT_EFIELD, c->why, "say screening_law and screening_rows, a legal basis and a "
		    "cap, or no_screening");
	c->state = m;
	return ENT_OK;
}

/* The version after the last one that is here, signed or not. */
static int64_t
next_version(const struct policy *p)
{
	int64_t last = 1;
	for (size_t i = 0; i < policy_agreement_count(p); i++) {
		const struct policy_agreement *a = policy_agreement_at(p, i);
		if (policy_is_national(a->id) && a->version > last)
			last = a->version;
	}
	return last + 1;
}

static enum ent_err
make(struct op_call *c, struct amend_call *m)
{
	const struct keeper_keys *keys = node_keys(c->node);
	const struct policy *p = node_policy_get(c->node);
	struct js *doc = policy_national_default(keys->code, keys->service, keys->identity, m->now);
	policy_national_version(doc, next_version(p));
	node_policy_put(c->node, p);
	if (m->law != NULL)
		policy_national_screening(doc, m->law, m->rows, m->keep_days);
	js_write(doc, &m->document);
	js_free(doc);
	enum ent_err err = buf_err(&m->document);
	return err != ENT_OK ? err : policy_document_check(buf_bytes(&m->document), &m->agreement, c->why);
}

static enum ent_err
sign(struct op_call *c, struct amend_call *m)
{
	unsigned fit = m->who->roles & c->row->roles;
	enum ent_err err = keeper_consent(node_keeper(c->node), m->agreement->digest, &m->who->id, m->who->name,
	    role_name((enum ent_role)(fit & -fit)), m->now, &m->jws, c->why);
	return err != ENT_OK ? err :
	    policy_consent_add(m->agreement, (struct str){ buf_cstr(&m->jws), m->jws.n }, c->why);
}

static enum ent_err
put_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct amend_call *m = ctx;
	const struct policy_agreement *a = m->agreement;
	enum ent_err err = agreement_put(tx, m->grant, a->id, a->document, m->now, why);
	return err != ENT_OK ? err : consent_put(tx, m->grant, a->digest, a->parties[0].code, &m->who->id,
	    (struct str){ buf_cstr(&m->jws), m->jws.n }, m->now, why);
}

static enum ent_err
run(struct op_call *c)
{
	struct amend_call *m = c->state;
	m->grant = c->grant;
	m->who = &c->who->actor;
	m->now = clock_now();
	buf_init(&m->document, POLICY_DOCUMENT_MAX);
	buf_init(&m->jws, AGREEMENT_JWS_MAX);
	enum ent_err err = make(c, m);
	if (err == ENT_OK)
		err = sign(c, m);
	if (err == ENT_OK)
		err = store_write(node_store(c->node), put_body, m, c->why);
	if (err == ENT_OK)
		err = node_policy_reload(c->node, c->why);
	if (err == ENT_OK) {
		op_fact_str(c, "annex", arena_strdup(c->arena, m->agreement->id));
		op_fact_int(c, "screening_rows", m->rows);
		agreement_tell(c->out, m->agreement, m->now);
	}
	policy_agreement_free(m->agreement);
	buf_done(&m->document);
	buf_done(&m->jws);
	return err;
}

const struct op_impl op_annex_amend = { .decode = decode, .run = run };
