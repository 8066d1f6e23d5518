/* SPDX-License-Identifier: Apache-2.0
 *
 * ask: does the partner's register hold this person?  Up to ASK_PERSONS_MAX persons a call, eight to a
 * message; what the partner learns is time, count and purpose.
 */
#include "ops/hit_asking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_PERSONS_MAX 1024
#define ASK_NAME_MAX 1024
#define ASK_HIDE 64 /* persons of one hidden field of the entry */

struct ask_call {
	struct hit_channel channel;
	struct hit_person *persons; /* in the arena */
	size_t count;
};

/* ---- what is asked -------------------------------------------------------------------------------- */

/* A field that is one text or a list of texts. */
static size_t
read_texts(struct js_reader *r, const char *key, const char **out, size_t max)
{
	const struct js *v = js_get(r->obj, key);
	size_t n = js_is_array(v) ? js_len(v) : v != NULL;
	if (r->err != ENT_OK || v == NULL)
		return 0;
	if (n > max) {
		r->err = ent_fail(ENT_ETOOBIG, r->why, "%s: at most %zu can be asked at once", key, max);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		out[i] = js_str(js_is_array(v) ? js_at(v, i) : v);
		if (out[i] == NULL || out[i][0] == '\0' || strlen(out[i]) > ASK_NAME_MAX) {
			r->err = ent_fail(ENT_EFIELD, r->why, "%s: no text, or over %d bytes", key,
			    ASK_NAME_MAX);
			return 0;
		}
	}
	return n;
}

static void
read_dates(struct js_reader *r, struct hit_terms *t)
{
	const char *texts[2];
	size_t n = read_texts(r, "birth", texts, 2);
	for (size_t i = 0; i < n && r->err == ENT_OK; i++) {
		bool whole = false;
		r->err = hit_date_parse(texts[i], &t->date[t->dates], &whole, r->why);
		if (r->err == ENT_OK && whole)
			t->dates++;
	}
}

/* {name, birth, document, type}: name and birth up to two each, but not both. */
static enum ent_err
read_person(const struct js *in, const char *path, struct hit_person *out, struct ent_why *why)
{
	struct js_reader r = js_reader_of(in, path, why);
	struct hit_terms *t = &out->terms;
	const char *type = js_opt_str(&r, "type", 16);
	t->person = type == NULL || record_type_of(type) == RTYPE_PERSON;
	if (r.err == ENT_OK && type != NULL && record_type_of(type) == RTYPE_NONE)
		return ent_fail(ENT_EFIELD, why, "type is person, organisation or document");
	t->names = read_texts(&r, "name", t->name, 2);
	t->documents = read_texts(&r, "document", t->document, 2);
	read_dates(&r, t);
	if (r.err == ENT_OK && t->names > 1 && t->dates > 1)
		return ent_fail(ENT_EFIELD, why, "two names with two dates are two questions: ask twice");
	if (r.err == ENT_OK && t->documents == 0 && (!t->person || t->names == 0 || t->dates == 0))
		return ent_fail(ENT_EFIELD, why, "%snothing to ask by: give a document number, or a person's "
		    "name and whole birth date (1 January stands for an unknown day and gives no key)", path);
	return r.err;
}

/* What is kept of the question, for the entry and the sealed copy. */
static const struct js *
about(struct op_call *c, const struct js *in, struct js *list)
{
	static const char *const keys[] = { "name", "birth", "document", "type" };
	struct js *o = js_object();
	(void)c;
	for (size_t i = 0; i < 4; i++)
		if (js_get(in, keys[i]) != NULL)
			js_set_take(o, keys[i], js_copy(js_get(in, keys[i])));
	js_append_take(list, o);
	return js_at(list, js_len(list) - 1);
}

/* The persons go into the entry under salts, some at a time. */
static void
hide(struct op_call *c, struct js *list)
{
	for (size_t i = 0; i < js_len(list); i += ASK_HIDE) {
		struct js *part = js_array();
		char key[24];
		for (size_t k = i; k < i + ASK_HIDE && k < js_len(list); k++)
			js_append_take(part, js_copy(js_at(list, k)));
		(void)snprintf(key, sizeof key, "query%zu", i / ASK_HIDE);
		if (c->hidden == NULL)
			c->hidden = js_object();
		js_set_take(c->hidden, key, part);
	}
}

static enum ent_err
read_persons(struct op_call *c, struct ask_call *q)
{
	const struct js *list = js_get(c->in, "persons");
	size_t n = list == NULL ? 1 : js_len(list);
	char path[32] = "";
	if (n == 0 || n > ASK_PERSONS_MAX)
		return ent_fail(ENT_ETOOBIG, c->why, "a list of 1 to %d persons can be asked at once",
		    ASK_PERSONS_MAX);
	q->persons = arena_array(c->arena, n, sizeof *q->persons);
	for (size_t i = 0; i < n; i++) {
		const struct js *in = list == NULL ? c->in : js_at(list, i);
		if (list != NULL)
			(void)snprintf(path, sizeof path, "persons[%zu]: ", i);
		enum ent_err err = read_person(in, path, &q->persons[i], c->why);
		if (err != ENT_OK)
			return err;
	}
	q->count = n;
	return ENT_OK;
}

/* ---- where ---------------------------------------------------------------------------------------- */

/* Only a partner is named: the one agreement with it. */
static enum ent_err
choose_agreement(struct op_call *c, const char *partner)
{
	const struct policy *p = node_policy_get(c->node);
	const struct policy_agreement *found = NULL;
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < policy_agreement_count(p) && err == ENT_OK; i++) {
		const struct policy_agreement *a = policy_agreement_at(p, i);
		const char *other = policy_other_party(p, a);
		if (other == NULL || strcmp(other, partner) != 0)
			continue;
		if (found != NULL)
			err = ent_fail(ENT_EFIELD, c->why, "there are several agreements with %s: name one "
			    "(--agreement)", partner);
		found = a;
	}
	if (err == ENT_OK && found == NULL)
		err = ent_fail(ENT_ENOTFOUND, c->why, "there is no agreement with '%s'", partner);
	if (err == ENT_OK)
		c->ask.agreement = arena_strdup(c->arena, found->id);
	node_policy_put(c->node, p);
	return err;
}

struct counted {
	const struct hit_channel *channel;
	struct hit_asker_row row;
};

static enum ent_err
counted_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct counted *k = ctx;
	return hit_asker_get(tx, k->channel->agreement, k->channel->annex, &k->row, NULL, why);
}

/* A purpose that no annex admits is policy's to refuse, with its clause. */
static enum ent_err
find_channel(struct op_call *c, struct ask_call *q)
{
	enum ent_err err = hit_channel_for(c->node, c->ask.agreement, c->ask.annex, c->ask.purpose,
	    &q->channel, c->why);
	if (err != ENT_OK)
		return ENT_OK;
	struct counted k = { .channel = &q->channel };
	err = store_read(node_store(c->node), counted_body, &k, c->why);
	c->ask.used_day = hit_used_on(k.row.used_day, k.row.counted_at, c->ask.now);
	c->ask.used_epoch = k.row.used_epoch;
	c->event.partner = arena_strdup(c->arena, q->channel.partner);
	c->ask.annex = q->channel.annex;
	return err;
}

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct ask_call *q = arena_alloc(c->arena, sizeof *q);
	const char *partner = js_opt_str(&r, "partner", CODE_MAX - 1);
	enum ent_err err = r.err;
	if (err == ENT_OK)
		err = read_persons(c, q);
	if (err == ENT_OK && c->ask.agreement == NULL) {
		if (partner == NULL)
			return ent_fail(ENT_EFIELD, c->why, "whom to ask: --partner or --agreement");
		err = choose_agreement(c, partner);
	}
	if (err == ENT_OK)
		err = find_channel(c, q);
	if (err == ENT_OK && partner != NULL && q->channel.partner[0] != '\0' &&
	    strcmp(partner, q->channel.partner) != 0)
		err = ent_fail(ENT_EFIELD, c->why, "agreement '%s' is with %s", q->channel.agreement,
		    q->channel.partner);
	if (err != ENT_OK)
		return err;
	c->ask.elements = (uint32_t)(q->count * HIT_SLOTS);
	op_fact_int(c, "persons", (int64_t)q->count);
	struct js *list = js_array();
	for (size_t i = 0; i < q->count; i++)
		(void)about(c, js_get(c->in, "persons") == NULL ? c->in : js_at(js_get(c->in, "persons"), i),
		    list);
	hide(c, list);
	js_free(list);
	c->state = q;
	return ENT_OK;
}

/* ---- asking --------------------------------------------------------------------------------------- */

struct results {
	const struct ask_call *call;
	struct js *list; /* owned */
	int64_t hits;
};

static struct js *
result_of(const struct hit_query_row *row, size_t n)
{
	struct js *o = js_object();
	js_set_int(o, "person", (int64_t)n + 1);
	js_set_id(o, "query", row->id.b);
	js_set_str(o, "result", row->state == HIT_QUERY_HIT ? "hit"
	        : row->state == HIT_QUERY_NO_HIT ? "no hit"
	        : row->state == HIT_QUERY_WITHDRAWN ? "withdrawn" : "not answered");
	if (row->state == HIT_QUERY_HIT) {
		js_set_int(o, "class", row->class);
		js_set_str(o, "by", hit_class_text(row->class));
		js_set_b64u(o, "reference", bytes_of(row->ref, sizeof row->ref));
	}
	return o;
}

static enum ent_err
results_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct results *r = ctx;
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < r->call->count && err == ENT_OK; i++) {
		struct hit_query_row row;
		if (id_is_zero(&r->call->persons[i].id))
			continue; /* the call ended before */
		err = hit_query_get(tx, NULL, &r->call->persons[i].id, &row, NULL, why);
		if (err == ENT_OK) {
			r->hits += row.state == HIT_QUERY_HIT;
			js_append_take(r->list, result_of(&row, i));
		}
	}
	return err;
}

static void
put_quota(struct op_call *c, const struct hit_asking *a)
{
	const struct hit_channel *ch = &a->channel;
	uint64_t day = hit_used_on(a->row.used_day, a->row.counted_at, clock_now());
	uint64_t all = a->row.used_epoch;
	struct js *q = js_object();
	js_set_int(q, "day", (int64_t)(ch->quota_day / HIT_SLOTS));
	js_set_int(q, "day_left", (int64_t)((ch->quota_day > day ? ch->quota_day - day : 0) / HIT_SLOTS));
	js_set_int(q, "epoch", (int64_t)(ch->quota_epoch / HIT_SLOTS));
	js_set_int(q, "epoch_left",
	    (int64_t)((ch->quota_epoch > all ? ch->quota_epoch - all : 0) / HIT_SLOTS));
	js_set_take(c->out, "quota", q);
}

static void
tell(struct op_call *c, size_t done, size_t total)
{
	if (c->progress == NULL || total <= HIT_PERSONS_MAX)
		return;
	struct js *o = js_object();
	js_set_str(o, "what", "asking");
	js_set_int(o, "done", (int64_t)done);
	js_set_int(o, "total", (int64_t)total);
	c->progress(c->progress_ctx, o);
}

static enum ent_err
ask_all(struct op_call *c, struct hit_asking *a)
{
	struct ask_call *q = c->state;
	enum ent_err err = ENT_OK;
	struct js *list = js_array();
	const struct js *many = js_get(c->in, "persons");
	for (size_t i = 0; i < q->count; i++)
		q->persons[i].about = about(c, many == NULL ? c->in : js_at(many, i), list);
	for (size_t i = 0; i < q->count && err == ENT_OK; i += HIT_PERSONS_MAX) {
		size_t n = q->count - i < HIT_PERSONS_MAX ? q->count - i : HIT_PERSONS_MAX;
		err = hit_asking_send(a, q->persons + i, n);
		tell(c, i + n, q->count);
	}
	for (size_t i = 0; i < q->count; i++)
		q->persons[i].about = NULL;
	js_free(list);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	struct ask_call *q = c->state;
	struct hit_asking a = { .node = c->node, .grant = c->grant, .channel = q->channel,
		.purpose = c->ask.purpose, .case_ref = c->ask.case_ref, .user = c->who->actor.id,
		.why = c->why };
	struct results r = { .call = q, .list = js_array() };
	enum ent_err err = hit_asking_begin(&a);
	if (err == ENT_OK)
		err = ask_all(c, &a);
	if (err == ENT_OK)
		err = store_read(node_store(c->node), results_body, &r, c->why);
	op_fact_int(c, "hits", r.hits);
	op_fact_int(c, "epoch", a.row.epoch);
	if (err == ENT_OK) {
		js_set_str(c->out, "partner", a.channel.partner);
		js_set_str(c->out, "agreement", a.channel.agreement);
		js_set_str(c->out, "annex", a.channel.annex);
		js_set_int(c->out, "hits", r.hits);
		js_set_take(c->out, "results", r.list);
		put_quota(c, &a);
	} else {
		js_free(r.list);
	}
	hit_asking_done(&a);
	return err;
}

const struct op_impl op_ask = { .decode = decode, .run = run };
