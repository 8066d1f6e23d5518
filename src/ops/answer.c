/* SPDX-License-Identifier: Apache-2.0
 *
 * answer: disclose records to the partner that asked, whole or in part.  Each is signed now, under the
 * label that the annex translates it to and with the statements that the annex lets out; each stands
 * in the copy register.
 */
#include "ops/feed_answer.h"
#include "ops/feed_effects.h"
#include "ops/thread_call.h"
#include "store/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct answer_record {
	struct ent_id id;
	unsigned kinds; /* 1 << STATEMENT_, named by the caller; 0: all that the annex lets out */
	struct record_row row;
};

struct answer_call {
	struct thread_call *thread;
	struct answer_record *records;
	size_t count;
	ent_time retain_until;
};

/* "ID" or "ID:kind,kind". */
static enum ent_err
decode_record(struct op_call *c, const char *text, struct answer_record *out)
{
	const char *colon = strchr(text, ':');
	struct str id = { text, colon == NULL ? strlen(text) : (size_t)(colon - text) };
	if (id_parse(id, &out->id) != ENT_OK)
		return ent_fail(ENT_EFIELD, c->why, "'%s' is no record: give its identifier, and the kinds of "
		    "statement behind a colon", text);
	for (const char *at = colon == NULL ? "" : colon + 1; *at != '\0';) {
		size_t n = strcspn(at, ",");
		char *kind = arena_strndup(c->arena, at, n);
		if (statement_kind_of(kind) == STATEMENT_NONE)
			return ent_fail(ENT_EFIELD, c->why, "'%s' is no kind of statement (name, birth, "
			    "document, ...)", kind);
		out->kinds |= 1u << statement_kind_of(kind);
		at += n + (at[n] == ',');
	}
	return ENT_OK;
}

/* ["part=ground"] to [{part, ground}]. */
static enum ent_err
decode_refused(struct op_call *c, struct js_reader *r, struct js *codes)
{
	struct js *list = js_opt_array(r, "refused", EXCHANGE_ITEMS_MAX), *out;
	if (r->err != ENT_OK || list == NULL)
		return r->err;
	out = js_array();
	for (size_t i = 0; i < js_len(list); i++) {
		const char *s = js_str(js_at(list, i)), *eq = s == NULL ? NULL : strchr(s, '=');
		if (eq == NULL || eq == s || ground_of(eq + 1) == GROUND_NONE) {
			js_free(out);
			return ent_fail(ENT_EFIELD, c->why, "refused wants PART=GROUND with a coded ground "
			    "(man entente-refuse)");
		}
		struct js *row = js_object();
		js_set_take(row, "part", js_new_strn(s, (size_t)(eq - s)));
		js_set_str(row, "ground", eq + 1);
		js_append_take(out, row);
	}
	js_set_take(codes, "refused", out);
	return ENT_OK;
}

static enum ent_err
labels_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct answer_call *a = ctx;
	for (size_t i = 0; i < a->count; i++) {
		enum ent_err err = record_label_get(tx, &a->records[i].id, &a->records[i].row, why);
		if (err != ENT_OK)
			return err;
	}
	return ENT_OK;
}

static enum ent_err
decode_records(struct op_call *c, struct js_reader *r, struct answer_call *a)
{
	struct js *list = js_opt_array(r, "record", EXCHANGE_ITEMS_MAX);
	a->count = js_len(list);
	a->records = arena_array(c->arena, a->count + 1, sizeof *a->records);
	for (size_t i = 0; i < a->count; i++) {
		const char *s = js_str(js_at(list, i));
		enum ent_err err = s == NULL ? ENT_EFIELD : decode_record(c, s, &a->records[i]);
		if (err != ENT_OK)
			return err;
		c->ask.fields |= a->records[i].kinds;
	}
	enum ent_err err = store_read(node_store(c->node), labels_body, a, c->why);
	if (err == ENT_OK && a->count > 0) {
		c->ask.label = &a->records[0].row.label;
		c->ask.type = record_type_name(a->records[0].row.type);
	}
	op_fact_int(c, "records", (int64_t)a->count);
	return err;
}

static enum ent_err
decode_rest(struct op_call *c, struct js_reader *r, struct answer_call *a)
{
	const char *until = js_opt_str(r, "retain_until", ENT_TIME_TEXT);
	struct js *assurances = js_opt_array(r, "assurances", 32);
	js_set_str(c->codes, "complete", js_opt_bool(r, "partial", false) ? "partial" : "whole");
	(void)js_opt_str(r, "text", EXCHANGE_TEXT_MAX);
	c->ask.assurances = policy_assurances(assurances);
	if (r->err == ENT_OK && until != NULL && time_parse(str_of(until), &a->retain_until) != ENT_OK)
		return ent_fail(ENT_EFIELD, c->why, "field 'retain_until' is a date, such as 2027-06-30");
	enum ent_err err = r->err;
	if (err == ENT_OK)
		err = feed_grading(r, c->codes);
	if (err == ENT_OK)
		err = decode_refused(c, r, c->codes);
	if (err == ENT_OK)
		err = thread_call_decode(c, &a->thread);
	c->state = a;
	if (err == ENT_OK && !a->thread->answering)
		err = ent_fail(ENT_ESTATE, c->why, "this request is our own; %s answers it",
		    a->thread->partner);
	return err;
}

struct load_annex {
	struct op_call *call;
	const struct thread *thread;
	char annex[AGREEMENT_MAX];
};

static enum ent_err
annex_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct load_annex *l = ctx;
	return feed_request_annex(l->call->node, tx, l->thread, l->annex, why);
}

/* An answer stands under the annex of its request: who asked holds it against that one. */
static enum ent_err
decode_annex(struct op_call *c, const struct thread *t)
{
	struct load_annex l = { .call = c, .thread = t };
	enum ent_err err = store_read(node_store(c->node), annex_body, &l, c->why);
	if (err == ENT_OK && c->ask.annex != NULL && strcmp(c->ask.annex, l.annex) != 0)
		return ent_fail(ENT_EFIELD, c->why, "the request was made under annex '%s', and is answered "
		    "under no other", l.annex);
	c->ask.annex = arena_strdup(c->arena, l.annex);
	return err;
}

static enum ent_err
decode(struct op_call *c)
{
	struct answer_call *a = arena_alloc(c->arena, sizeof *a);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	c->codes = js_object();
	enum ent_err err = decode_records(c, &r, a);
	if (err == ENT_OK)
		err = decode_rest(c, &r, a);
	if (err == ENT_OK)
		err = decode_annex(c, &a->thread->thread);
	return err;
}

/* Sign one record for the partner: the statements that both the annex and the caller let out. */
static enum ent_err
sign_record(struct op_call *c, const struct policy_annex *x, struct record *r,
    const struct answer_record *spec, struct js *items)
{
	const char *fields[32];
	size_t n = 0;
	unsigned kinds = x->fields & (spec->kinds == 0 ? ~0u : spec->kinds);
	bool *let = arena_array(c->arena, r->count + 1, sizeof *let);
	struct js *payload, *disclosures, *item;
	struct buf text, jws;
	for (unsigned i = 1; i < 32; i++)
		if ((kinds >> i & 1u) != 0)
			fields[n++] = statement_kind_name((enum statement_kind)i);
	(void)record_disclosable(r, fields, n, let);
	record_hide(r, &payload, &disclosures);
	js_set_str(payload, "iss", node_keys(c->node)->code);
	buf_init(&text, JWS_MAX);
	buf_init(&jws, JWS_MAX);
	js_write(payload, &text);
	enum ent_err err = keeper_sign(node_keeper(c->node), JWS_RECORD, buf_bytes(&text), &jws, c->why);
	if (err == ENT_OK) {
		item = js_object();
		js_set_str(item, "jws", buf_cstr(&jws));
		js_set_take(item, "disclosures", record_release(disclosures, let, r->count));
		js_append_take(items, item);
	}
	js_free(payload);
	js_free(disclosures);
	buf_done(&text);
	buf_done(&jws);
	return err;
}

static enum ent_err
disclose(struct op_call *c, const struct policy *p, const struct answer_record *spec,
    struct js *items)
{
	const struct policy_agreement *a = policy_agreement(p, c->ask.agreement);
	const struct policy_annex *x = policy_annex(a, grant_annex(c->grant));
	ent_time now = clock_now();
	struct record_row row;
	struct record *r;
	struct record_label label;
	struct js *body = NULL;
	struct buf bytes;
	buf_init(&bytes, RECORD_BODY_MAX);
	enum ent_err err = record_get(c->tx, c->grant, &spec->id, now, &row, &bytes, c->why);
	if (err == ENT_OK && (x == NULL ||
	    !policy_admits(p, c->grant, &row.label, record_type_name(row.type), now)))
		err = ent_refuse(ENT_EREFUSED, c->why, grant_annex(c->grant), "the annex does not admit a "
		    "record with this label or type; entente decide --explain says which clause");
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&bytes), RECORD_BODY_MAX, &body, c->why);
	if (err == ENT_OK)
		err = record_read(body, c->arena, &r, c->why);
	if (err == ENT_OK) {
		policy_translate(a, x, &row.label, now, &label);
		r->label = label;
		err = sign_record(c, x, r, spec, items);
	}
	js_free(body);
	crypto_wipe(bytes.p, bytes.n);
	buf_done(&bytes);
	return err;
}

static enum ent_err
register_copies(struct op_call *c, const struct answer_call *a, const char *basis)
{
	for (size_t i = 0; i < a->count; i++) {
		struct copy_row row = { .record = a->records[i].id, .ref = a->thread->ref,
			.given_by = c->who->actor.id, .seq = (uint64_t)js_get_int(c->out, "seq", 0),
			.given_at = clock_now(), .retain_until = a->retain_until };
		(void)snprintf(row.recipient, sizeof row.recipient, "%s", a->thread->partner);
		(void)snprintf(row.agreement, sizeof row.agreement, "%s", c->ask.agreement);
		(void)snprintf(row.transfer_basis, sizeof row.transfer_basis, "%.127s", basis);
		enum ent_err err = copy_put(c->tx, c->grant, &row, c->why);
		if (err != ENT_OK)
			return err;
	}
	return ENT_OK;
}

static enum ent_err
say(struct op_call *c, struct answer_call *a, const struct policy *p)
{
	const struct policy_agreement *g = policy_agreement(p, c->ask.agreement);
	const struct policy_annex *x = policy_annex(g, grant_annex(c->grant));
	ent_time longest = clock_now() + (x == NULL ? 0 : x->retention_days) * ENT_DAY;
	struct js *codes = js_copy(c->codes), *hidden = js_object();
	struct js *items = a->count > 0 ? js_array() : NULL;
	char basis[128];
	enum ent_err err = ENT_OK;
	if (a->retain_until == 0 || a->retain_until > longest)
		a->retain_until = longest; /* the annex is the upper bound */
	(void)snprintf(basis, sizeof basis, "%.127s",
	    x == NULL || x->transfer_basis[0] == '\0' ? "agreement" : x->transfer_basis);
	for (size_t i = 0; i < a->count && err == ENT_OK; i++)
		err = disclose(c, p, &a->records[i], items);
	js_set_int(codes, "retain_until", a->retain_until);
	js_set_str(codes, "transfer_basis", basis);
	js_set_str(hidden, "text", js_get_str(c->in, "text"));
	thread_call_by(c, codes, hidden);
	if (err != ENT_OK) {
		js_free(codes);
		js_free(hidden);
		js_free(items);
		return err;
	}
	err = thread_call_say(c, KIND_ANSWER, &a->thread->ref, codes, hidden, items, a->retain_until);
	return err == ENT_OK ? register_copies(c, a, basis) : err;
}

static enum ent_err
run(struct op_call *c)
{
	const struct policy *p = node_policy_get(c->node);
	enum ent_err err = say(c, c->state, p);
	node_policy_put(c->node, p);
	return err;
}

const struct op_impl op_answer = { .decode = decode, .run = run };
