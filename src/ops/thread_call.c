/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/thread_call.h"

#include "ops/feed_effects.h"

#include <stdio.h>
#include <string.h>

struct search {
	const char *tail; /* the end of a reference as people type it */
	struct ent_id found, last;
	size_t hits, seen;
};

static enum ent_err
match_tail(void *ctx, const struct thread_row *row, struct ent_why *why)
{
	struct search *s = ctx;
	char text[ENT_ID_TEXT];
	(void)why;
	id_format(&row->ref, text);
	if (strcmp(text + strlen(text) - strlen(s->tail), s->tail) == 0) {
		s->found = row->ref;
		s->hits++;
	}
	s->last = row->ref;
	s->seen++;
	return ENT_OK;
}

#define PAGE 500

static enum ent_err
find_tail(struct store_tx *tx, struct search *s, struct ent_why *why)
{
	do {
		s->seen = 0;
		enum ent_err err = thread_page(tx, &s->last, PAGE, match_tail, s, why);
		if (err != ENT_OK)
			return err;
	} while (s->seen == PAGE);
	if (s->hits == 0)
		return ent_fail(ENT_ENOTFOUND, why, "there is no exchange '%s'; entente inbox lists them",
		    s->tail);
	if (s->hits > 1)
		return ent_fail(ENT_EFIELD, why, "several exchanges end in '%s'; give more of the "
		    "reference", s->tail);
	return ENT_OK;
}

struct load {
	const char *ref;
	struct thread_call *call;
};

static enum ent_err
load_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct load *l = ctx;
	if (id_parse(str_of(l->ref), &l->call->ref) != ENT_OK) {
		struct search s = { .tail = l->ref };
		if (strlen(l->ref) < 8 || strlen(l->ref) >= ENT_ID_TEXT)
			return ent_fail(ENT_EFIELD, why, "field 'ref' must be a reference, or its last 8 "
			    "digits or more");
		enum ent_err err = find_tail(tx, &s, why);
		if (err != ENT_OK)
			return err;
		l->call->ref = s.found;
	}
	return feed_thread(tx, &l->call->ref, &l->call->thread, why);
}

enum ent_err
thread_call_decode(struct op_call *c, struct thread_call **out)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct thread_call *t = arena_alloc(c->arena, sizeof *t);
	struct load l = { .ref = js_want_str(&r, "ref", ENT_ID_TEXT), .call = t };
	char text[ENT_ID_TEXT];
	if (r.err != ENT_OK)
		return r.err;
	enum ent_err err = store_read(node_store(c->node), load_body, &l, c->why);
	if (err != ENT_OK)
		return err;
	t->answering = strcmp(t->thread.answerer, node_keys(c->node)->code) == 0;
	t->partner = t->answering ? t->thread.asker : t->thread.answerer;
	c->ask.agreement = t->thread.agreement;
	id_format(&t->ref, text);
	c->event.object = arena_strdup(c->arena, text);
	c->event.partner = t->partner;
	c->state = t;
	*out = t;
	return ENT_OK;
}

void
thread_call_by(const struct op_call *c, struct js *codes, struct js *hidden)
{
	unsigned roles = c->who->actor.roles & c->row->roles;
	js_set_str(codes, "by_role", role_name((enum ent_role)(roles & -roles)));
	js_set_str(hidden, "by", c->who->actor.name);
}

enum ent_err
thread_call_say(struct op_call *c, enum entry_kind kind, const struct ent_id *ref,
    struct js *codes, struct js *hidden, struct js *items, ent_time erase_at)
{
	uint64_t seq = 0;
	enum ent_err err;
	const struct policy *p = node_policy_get(c->node);
	const struct policy_agreement *a = policy_agreement(p, c->ask.agreement);
	if (a == NULL) {
		err = ent_fail(ENT_ENOTFOUND, c->why, "there is no agreement '%s'", c->ask.agreement);
	} else {
		struct feed_out o = { .agreement = a, .kind = kind, .ref = *ref, .codes = codes,
			.hidden = hidden, .items = items, .now = clock_now(),
			.erase_at = erase_at != 0 ? erase_at : clock_now() + feed_retention(a) };
		err = feed_say(c->node, c->tx, c->grant, &o, &seq, c->why);
	}
	node_policy_put(c->node, p);
	if (err == ENT_OK) {
		js_set_id(c->out, "ref", ref->b);
		js_set_int(c->out, "seq", (int64_t)seq);
		op_fact_int(c, "seq", (int64_t)seq);
		c->wake = true;
	}
	js_free(codes);
	js_free(hidden);
	js_free(items);
	return err;
}

struct js *
thread_call_show(const struct thread *t, const char *own)
{
	bool answering = strcmp(t->answerer, own) == 0;
	struct js *o = js_object();
	js_set_id(o, "ref", t->ref.b);
	js_set_str(o, "agreement", t->agreement);
	js_set_str(o, "partner", answering ? t->asker : t->answerer);
	js_set_str(o, "part", answering ? "asked" : "asking");
	js_set_str(o, "state", thread_state_name(t->state));
	js_set_str(o, "urgency", urgency_name(t->urgency));
	js_set_time(o, "opened", t->opened_at);
	if (t->due != 0) {
		js_set_time(o, "due", t->due);
	}
	if (t->state == THREAD_CLARIFYING)
		js_set_int(o, "left_minutes", t->left / (60 * ENT_SECOND));
	return o;
}
