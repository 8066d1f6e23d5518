/* SPDX-License-Identifier: Apache-2.0
 *
 * The one order of events: decode, decide, admit, run, close, commit, encode.  An operation's file
 * cannot skip a step: what it reads and writes wants a live grant, and only admit makes one live.
 */
#include "ops/node.h"
#include "ops/ops.h"

#include <string.h>

#define CASE_MAX 200
#define REASON_MAX 1000

void
op_fact_str(struct op_call *c, const char *key, const char *value)
{
	if (c->facts == NULL)
		c->facts = js_object();
	js_set_str(c->facts, key, value);
}

void
op_fact_int(struct op_call *c, const char *key, int64_t value)
{
	if (c->facts == NULL)
		c->facts = js_object();
	js_set_int(c->facts, key, value);
}

void
op_hide_str(struct op_call *c, const char *key, const char *value)
{
	if (c->hidden == NULL)
		c->hidden = js_object();
	js_set_str(c->hidden, key, value);
}

static const char *
default_of(const char *kept)
{
	return kept[0] == '\0' ? NULL : kept;
}

/* The fields that every request may have; what the caller leaves out comes from the session. */
static enum ent_err
decode_common(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *purpose = js_opt_str(&r, "purpose", 64);
	const char *case_ref = js_opt_str(&r, "case", CASE_MAX);
	const char *reason = js_opt_str(&r, "reason", REASON_MAX);
	c->ask.agreement = js_opt_str(&r, "agreement", AGREEMENT_MAX - 1);
	c->ask.annex = js_opt_str(&r, "annex", AGREEMENT_MAX - 1);
	c->ask.purpose = purpose_of(purpose != NULL ? purpose : c->who->purpose);
	c->ask.case_ref = case_ref != NULL ? case_ref : default_of(c->who->case_ref);
	c->ask.reason = reason != NULL ? reason : default_of(c->who->reason);
	if (r.err == ENT_OK && purpose != NULL && c->ask.purpose == PURPOSE_NONE)
		return ent_fail(ENT_EFIELD, c->why, "unknown purpose '%s'; the annex lists those it "
		    "admits (entente agreement show)", purpose);
	return r.err;
}

static enum ent_err
decode(struct op_call *c)
{
	c->ask.actor = &c->who->actor;
	c->ask.action = c->row->action;
	c->ask.roles = c->row->roles;
	c->ask.now = clock_now();
	enum ent_err err = decode_common(c);
	if (err == ENT_OK && c->row->impl->decode != NULL)
		err = c->row->impl->decode(c);
	return err;
}

/* What the entry tells of the call; the hidden part is salted. */
static void
describe(struct op_call *c, enum audit_phase phase)
{
	struct audit_event *e = &c->event;
	e->event = c->row->event;
	e->phase = phase;
	e->time = clock_now();
	e->actor = &c->who->actor;
	e->purpose = c->ask.purpose;
	e->agreement = c->ask.agreement;
	e->annex = c->ask.annex;
	if (phase != AUDIT_OUTCOME) {
		if (c->ask.case_ref != NULL)
			op_hide_str(c, "case", c->ask.case_ref);
		if (c->ask.reason != NULL)
			op_hide_str(c, "reason", c->ask.reason);
		op_fact_str(c, "op", c->row->name);
	}
	e->facts = c->facts;
	e->hidden = c->hidden;
}

static void
drop_grant(struct op_call *c)
{
	struct grant *g = (struct grant *)(uintptr_t)c->grant;
	grant_free(g);
	c->grant = NULL;
}

static void
decide(struct op_call *c)
{
	const struct policy *p = node_policy_get(c->node);
	drop_grant(c);
	c->grant = policy_decide(p, &c->ask);
	node_policy_put(c->node, p);
}

/* The entry of what was decided; a refusal is one too, and not an error here. */
static enum ent_err
tell(struct store_tx *tx, struct op_call *c, enum audit_phase phase, struct ent_why *why)
{
	struct grant *g = (struct grant *)(uintptr_t)c->grant;
	describe(c, phase);
	struct audit_sink sink = node_sink(tx);
	return audit_admit(&sink, g, &c->event, &c->event.intent, why);
}

/* Decide and admit inside a write transaction. */
static enum ent_err
admit(struct store_tx *tx, struct op_call *c, enum audit_phase phase, struct ent_why *why)
{
	decide(c);
	return tell(tx, c, phase, why);
}

static enum ent_err
refusal(struct op_call *c)
{
	return ent_refuse(grant_verdict(c->grant), c->why, grant_clause(c->grant), "%s",
	    grant_text(c->grant));
}

/* The second entry: how an effect ended, or that a write failed behind its admission. */
static enum ent_err
outcome(struct store_tx *tx, struct op_call *c, enum ent_err result, struct ent_why *why)
{
	uint64_t index;
	js_free(c->hidden);
	c->hidden = NULL;
	describe(c, AUDIT_OUTCOME);
	c->event.result = result;
	c->event.clause = result == ENT_OK ? NULL : c->why->clause;
	struct audit_sink sink = node_sink(tx);
	return audit_append(&sink, "node", &c->event, &index, why);
}

static enum ent_err
admit_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct op_call *c = ctx;
	return admit(tx, c, c->row->mode == OP_EFFECT ? AUDIT_INTENT : AUDIT_DONE, why);
}

static enum ent_err
run_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct op_call *c = ctx;
	(void)why; /* the same as c->why */
	c->tx = tx;
	enum ent_err err = c->row->impl->run(c);
	c->tx = NULL;
	return err;
}

static enum ent_err
dispatch_read(struct op_call *c)
{
	enum ent_err err = store_write(node_store(c->node), admit_body, c, c->why);
	if (err != ENT_OK)
		return err;
	if (!grant_allows(c->grant))
		return refusal(c);
	return store_read(node_store(c->node), run_body, c, c->why);
}

struct write_run {
	struct op_call *c;
	enum ent_err result; /* of the act; the transaction itself commits the entries either way */
};

static enum ent_err
write_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct write_run *w = ctx;
	struct op_call *c = w->c;
	js_free(c->out); /* the engine may ask for a second run */
	c->out = js_object();
	enum ent_err err = admit(tx, c, AUDIT_DONE, why);
	if (err != ENT_OK)
		return err;
	if (!grant_allows(c->grant)) {
		w->result = refusal(c);
		return ENT_OK;
	}
	w->result = store_nested(tx, run_body, c, c->why);
	return w->result == ENT_OK ? ENT_OK : outcome(tx, c, w->result, why);
}

static enum ent_err
dispatch_write(struct op_call *c)
{
	struct write_run w = { .c = c, .result = ENT_OK };
	struct ent_why why = { 0 };
	enum ent_err err = store_write(node_store(c->node), write_body, &w, &why);
	if (err != ENT_OK) {
		*c->why = why;
		return err;
	}
	return w.result;
}

struct outcome_run {
	struct op_call *c;
	enum ent_err ran, result;
};

static enum ent_err
finish_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct op_call *c = ctx;
	(void)why; /* the same as c->why */
	c->tx = tx;
	enum ent_err err = c->row->impl->finish(c);
	c->tx = NULL;
	return err;
}

static enum ent_err
outcome_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct outcome_run *o = ctx;
	o->result = o->ran;
	if (o->ran == ENT_OK && o->c->row->impl->finish != NULL)
		o->result = store_nested(tx, finish_body, o->c, o->c->why);
	return outcome(tx, o->c, o->result, why);
}

static enum ent_err
dispatch_effect(struct op_call *c)
{
	enum ent_err err = store_write(node_store(c->node), admit_body, c, c->why);
	if (err != ENT_OK)
		return err;
	if (!grant_allows(c->grant)) {
		err = refusal(c);
		return c->row->impl->refused != NULL ? c->row->impl->refused(c, err) : err;
	}
	struct outcome_run o = { .c = c, .ran = c->row->impl->run(c) };
	struct ent_why why = { 0 };
	err = store_write(node_store(c->node), outcome_body, &o, &why);
	if (err != ENT_OK) { /* not written: then it is not answered either */
		*c->why = why;
		return err;
	}
	return o.result;
}

static enum ent_err
tell_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	return tell(tx, ctx, AUDIT_DONE, why);
}

/* Decided anew: what was allowed when the staging began may not be any more. */
static enum ent_err
show_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct op_call *c = ctx;
	enum ent_err err = admit(tx, c, AUDIT_DONE, why);
	if (err != ENT_OK || !grant_allows(c->grant))
		return err;
	return finish_body(tx, c, why);
}

/* What was staged failed: one entry tells so, under a grant that never lived. */
static enum ent_err
failed_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct outcome_run *o = ctx;
	struct op_call *c = o->c;
	describe(c, AUDIT_DONE);
	c->event.result = o->result;
	c->event.clause = c->why->clause;
	struct audit_sink sink = node_sink(tx);
	return audit_failed(&sink, c->grant, &c->event, why);
}

static enum ent_err
dispatch_staged(struct op_call *c)
{
	struct store *s = node_store(c->node);
	struct outcome_run o = { .c = c };
	struct ent_why why = { 0 };
	decide(c);
	if (!grant_allows(c->grant)) {
		enum ent_err err = store_write(s, tell_body, c, c->why);
		return err == ENT_OK ? refusal(c) : err;
	}
	o.result = c->row->impl->run(c);
	if (o.result == ENT_OK) {
		c->ask.now = clock_now();
		o.result = store_write(s, show_body, c, c->why);
		if (o.result == ENT_OK && grant_allows(c->grant))
			return ENT_OK;
	}
	enum ent_err err = ENT_OK;
	if (o.result == ENT_OK)
		o.result = refusal(c);
	else
		err = store_write(s, failed_body, &o, &why);
	c->row->impl->undo(c);
	if (err != ENT_OK) /* not written: then it is not answered either */
		*c->why = why;
	return err == ENT_OK ? o.result : err;
}

enum ent_err
ops_dispatch(struct op_call *c)
{
	enum ent_err err;
	if (c->out == NULL)
		c->out = js_object();
	if (!c->who->authenticated && c->row->action != ACTION_SESSION && c->row->mode != OP_OPEN)
		return ent_fail(ENT_EAUTH, c->why, "nobody is logged in: entente login, or run as the "
		    "system user that the administrator bound to your name");
	err = decode(c);
	if (err == ENT_OK) {
		switch (c->row->mode) {
		case OP_READ:
			err = dispatch_read(c);
			break;
		case OP_WRITE:
			err = dispatch_write(c);
			break;
		case OP_EFFECT:
			err = dispatch_effect(c);
			break;
		case OP_STAGED:
			err = dispatch_staged(c);
			break;
		case OP_OPEN:
			if (c->row->roles != 0 && (c->row->roles & c->who->actor.roles) == 0)
				err = ent_refuse(ENT_EROLE, c->why, "role", "this is not for your role");
			else
				err = c->row->impl->run(c);
			break;
		}
	}
	if (err == ENT_OK && c->row->impl->after != NULL)
		err = c->row->impl->after(c);
	if (err == ENT_OK && c->wake)
		node_wake(c->node); /* not before: a round that runs too soon would not see it */
	drop_grant(c);
	js_free(c->facts);
	js_free(c->hidden);
	js_free(c->codes);
	c->facts = c->hidden = c->codes = NULL;
	return err;
}
