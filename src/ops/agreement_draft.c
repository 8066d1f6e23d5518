/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement_draft: a document between this node and a partner, with defaults, to be read, edited and
 * imported on both sides.  It is not kept.
 */
#include "ops/agreement_call.h"

#include <string.h>

#define DRAFT_DAYS 730

struct draft_call {
	const char *partner, *id;
	ent_time from, until;
	struct js *annexes;
};

static ent_time
read_date(struct js_reader *r, const char *key, bool end, ent_time otherwise)
{
	ent_time t = otherwise;
	const char *s = js_opt_str(r, key, 32);
	if (s != NULL && time_parse(str_of(s), &t) != ENT_OK)
		r->err = ent_fail(ENT_EFIELD, r->why, "field '%s' must be a date, such as 2026-11-23", key);
	/* the last day counts, as in the document */
	return end && s != NULL && strlen(s) == ENT_DATE_TEXT - 1 ? t + ENT_DAY : t;
}

static enum ent_err
decode(struct op_call *c)
{
	struct draft_call *d = arena_alloc(c->arena, sizeof *d);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	ent_time today = c->ask.now - c->ask.now % ENT_DAY;
	d->partner = js_want_str(&r, "partner", CODE_MAX - 1);
	d->id = js_want_str(&r, "id", AGREEMENT_MAX - 1);
	d->from = read_date(&r, "from", false, today);
	d->until = read_date(&r, "until", true, d->from + DRAFT_DAYS * ENT_DAY);
	d->annexes = js_opt_array(&r, "annexes", POLICY_ANNEXES_MAX);
	c->event.partner = d->partner;
	c->state = d;
	return r.err;
}

/* What nobody could import is not handed out. */
static enum ent_err
check(struct bytes document, struct ent_why *why)
{
	struct policy_agreement *a = NULL;
	enum ent_err err = policy_document_check(document, &a, why);
	policy_agreement_free(a);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	const struct draft_call *d = c->state;
	struct buf text;
	enum ent_err err = ENT_OK;
	const struct policy *p = node_policy_get(c->node);
	const struct policy_card *card = policy_partner(p, d->partner);
	buf_init(&text, POLICY_DOCUMENT_MAX);
	if (card == NULL) {
		err = ent_fail(ENT_ENOTFOUND, c->why, "no card of '%s' is here; entente partner add",
		    d->partner);
	} else {
		struct js *o = policy_draft(policy_own(p), card, d->id, d->from, d->until,
		    d->annexes == NULL ? NULL : js_copy(d->annexes));
		js_write_pretty(o, &text);
		js_free(o);
		err = buf_err(&text);
	}
	node_policy_put(c->node, p);
	if (err == ENT_OK)
		err = check(buf_bytes(&text), c->why);
	if (err == ENT_OK)
		js_set_str(c->out, "document", buf_cstr(&text));
	buf_done(&text);
	return err;
}

const struct op_impl op_agreement_draft = { .decode = decode, .run = run };
