/* SPDX-License-Identifier: Apache-2.0
 *
 * request: a formal request to a partner, on its own or as the follow-up of a hit, which opens that
 * one private query to the partner.
 */
#include "ops/hit_follow.h"
#include "ops/thread_call.h"

#include <string.h>

struct request_call {
	enum urgency urgency;
	const char *hit; /* the query's id, or NULL */
};

static enum ent_err
decode_assurances(struct op_call *c, struct js_reader *r, struct js *codes)
{
	struct js *list = js_opt_array(r, "assurances", 32);
	if (r->err != ENT_OK || list == NULL)
		return r->err;
	for (size_t i = 0; i < js_len(list); i++)
		if (js_str(js_at(list, i)) == NULL || commitment_of(js_str(js_at(list, i))) == 0)
			return ent_fail(ENT_EFIELD, c->why, "unknown assurance; the annex lists its "
			    "commitments (entente agreement show)");
	c->ask.assurances = policy_assurances(list);
	js_set_take(codes, "assurances", js_copy(list));
	return ENT_OK;
}

/* The annex must be known before the entry names it: the one that admits the purpose. */
static enum ent_err
choose_annex(struct op_call *c, struct js *codes)
{
	enum ent_err err = ENT_OK;
	const struct policy *p = node_policy_get(c->node);
	const struct policy_agreement *a = policy_agreement(p, c->ask.agreement);
	const struct policy_annex *x = NULL;
	if (a != NULL)
		x = c->ask.annex != NULL ? policy_annex(a, c->ask.annex)
		                         : policy_annex_for(a, c->ask.purpose);
	if (a == NULL || policy_other_party(p, a) == NULL)
		err = ent_fail(ENT_ENOTFOUND, c->why, "there is no agreement '%s' with a partner",
		    c->ask.agreement);
	else
		c->event.partner = arena_strdup(c->arena, policy_other_party(p, a));
	/* No annex for the purpose: policy refuses with its clause; the entry is never made. */
	js_set_str(codes, "annex", x != NULL ? x->id : "none");
	node_policy_put(c->node, p);
	return err;
}

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct request_call *q = arena_alloc(c->arena, sizeof *q);
	const char *urgency = js_opt_str(&r, "urgency", 16);
	(void)js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	(void)js_want_str(&r, "question", EXCHANGE_TEXT_MAX);
	(void)js_opt_str(&r, "name", 1024);
	(void)js_opt_str(&r, "birth", 32);
	(void)js_opt_str(&r, "document", 64);
	q->hit = js_opt_str(&r, "hit", ENT_ID_TEXT);
	q->urgency = urgency == NULL ? (q->hit != NULL ? URGENCY_HIT : URGENCY_NORMAL)
	                             : urgency_of(urgency);
	if (r.err != ENT_OK)
		return r.err;
	if (q->urgency == URGENCY_NONE)
		return ent_fail(ENT_EFIELD, c->why, "urgency is urgent, hit, normal or long");
	c->codes = js_object();
	c->state = q;
	enum ent_err err = feed_grading(&r, c->codes);
	if (err == ENT_OK)
		err = decode_assurances(c, &r, c->codes);
	if (err == ENT_OK)
		err = choose_annex(c, c->codes);
	op_fact_str(c, "urgency", urgency_name(q->urgency));
	return err;
}

/* What the partner's people read; each a disclosure of its own. */
static struct js *
hidden_of(const struct op_call *c)
{
	static const char *const fields[] = { "name", "birth", "document" };
	struct js *h = js_object(), *subject = js_object();
	for (size_t i = 0; i < 3; i++)
		js_set_str(subject, fields[i], js_get_str(c->in, fields[i]));
	js_set_str(h, "question", js_get_str(c->in, "question"));
	js_set_str(h, "case", c->ask.case_ref);
	js_set_str(h, "reason", c->ask.reason);
	if (js_len(subject) > 0)
		js_set_take(h, "subject", subject);
	else
		js_free(subject);
	return h;
}

static enum ent_err
run(struct op_call *c)
{
	struct request_call *q = c->state;
	struct ent_id ref = id_new();
	char text[ENT_ID_TEXT];
	struct js *codes = js_copy(c->codes), *hidden = hidden_of(c), *opening = NULL;
	js_set_str(codes, "urgency", urgency_name(q->urgency));
	js_set_str(codes, "purpose", purpose_name(c->ask.purpose));
	thread_call_by(c, codes, hidden);
	if (q->hit != NULL) {
		enum ent_err err = hit_follow(c, q->hit, &opening);
		if (err != ENT_OK) {
			js_free(codes);
			js_free(hidden);
			return err;
		}
		js_set_take(hidden, "hit", opening);
	}
	id_format(&ref, text);
	op_fact_str(c, "ref", text);
	return thread_call_say(c, KIND_REQUEST, &ref, codes, hidden, NULL, 0);
}

const struct op_impl op_request = { .decode = decode, .run = run };
