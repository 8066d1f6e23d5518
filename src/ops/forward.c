/* SPDX-License-Identifier: Apache-2.0
 *
 * forward: hand a record that a partner gave us to one third service.  The label forbids it until the
 * originator has permitted that recipient.  The answer holds the record as the originator signed it and
 * the permission as it signed that, for delivery; the originator is told, and the copy register knows.
 */
#include "ops/thread_call.h"

#include <stdio.h>
#include <string.h>

struct forward_call {
	struct thread_call *thread;
	struct ent_id record;
	const char *to;
	struct record_label label;
	struct js *packet; /* {record: {jws, disclosures}, permission: {jws, disclosures}} */
	struct ent_id permission;
};

/* What decode may know before there is a grant: the label's codes, which stand in the signed part. */
static enum ent_err
label_of_item(const struct js *item, const struct ent_id *record, struct record_label *out,
    bool *found)
{
	struct js *payload = NULL;
	struct ent_why why;
	char text[ENT_ID_TEXT];
	id_format(record, text);
	if (jws_peek(str_of(js_get_str(item, "jws")), JWS_RECORD, &payload, &why) != ENT_OK)
		return ENT_OK;
	const char *id = js_get_str(payload, "id");
	if (id != NULL && strcmp(id, text) == 0)
		*found = label_read(js_get(payload, "label"), out, &why) == ENT_OK;
	js_free(payload);
	return ENT_OK;
}

struct look {
	struct node *node;
	struct forward_call *f;
	bool found, permitted;
	const struct grant *grant;
};

static enum ent_err
look_row(void *ctx, const struct feed_row *row, struct ent_why *why)
{
	struct look *l = ctx;
	const struct js *items = js_get(row->beside, "items");
	(void)why;
	for (size_t i = 0; i < js_len(items); i++) {
		bool this_one = false;
		enum ent_err err = label_of_item(js_at(items, i), &l->f->record, &l->f->label, &this_one);
		if (err != ENT_OK)
			return err;
		if (this_one && l->f->packet != NULL)
			js_set_take(l->f->packet, "record", js_copy(js_at(items, i)));
		l->found = l->found || this_one;
	}
	return ENT_OK;
}

static enum ent_err
look_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct look *l = ctx;
	struct permission_row row;
	enum ent_err err = feed_of_ref(tx, l->grant, &l->f->thread->ref, look_row, l, why);
	if (err != ENT_OK)
		return err;
	err = permission_get(tx, &l->f->record, l->f->to, FEED_OURS, &row, why);
	l->permitted = err == ENT_OK && row.state == PERMISSION_GRANTED;
	l->f->permission = row.ref;
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

static enum ent_err
decode(struct op_call *c)
{
	struct forward_call *f = arena_alloc(c->arena, sizeof *f);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct grant *g = NULL;
	f->to = js_want_str(&r, "to", CODE_MAX - 1);
	c->ask.assurances = policy_assurances(js_opt_array(&r, "assurances", 32));
	js_want_id(&r, "record", f->record.b);
	if (r.err != ENT_OK)
		return r.err;
	if (!record_code_valid(f->to))
		return ent_fail(ENT_EFIELD, c->why, "field 'to' is a service's code, such as SEN");
	enum ent_err err = thread_call_decode(c, &f->thread);
	if (err == ENT_OK)
		err = node_system_grant(c->node, ACTION_FEED, PURPOSE_NONE, f->thread->thread.agreement,
		    &g, c->why);
	struct look l = { .node = c->node, .f = f, .grant = g };
	if (err == ENT_OK)
		err = store_read(node_store(c->node), look_body, &l, c->why);
	grant_free(g);
	if (err == ENT_OK && !l.found)
		err = ent_fail(ENT_ENOTFOUND, c->why, "no record of that id came in this exchange");
	if (err != ENT_OK)
		return err;
	c->ask.label = &f->label;
	c->ask.recipient = f->to;
	c->ask.permitted = l.permitted;
	op_fact_str(c, "recipient", f->to);
	op_fact_str(c, "record", js_get_str(c->in, "record"));
	c->state = f;
	return ENT_OK;
}

static enum ent_err
permission_entry(void *ctx, const struct feed_row *row, struct ent_why *why)
{
	struct js *packet = ctx;
	(void)why;
	if (strcmp(row->kind, kind_name(KIND_PERMISSION)) == 0)
		js_set_take(packet, "permission", feed_message(row));
	return ENT_OK;
}

static enum ent_err
note_copy(struct op_call *c, const struct forward_call *f)
{
	struct copy_row copy = { .record = f->record, .ref = f->thread->ref,
		.given_by = c->who->actor.id, .given_at = clock_now(),
		.retain_until = f->label.expires_at };
	(void)snprintf(copy.recipient, sizeof copy.recipient, "%s", f->to);
	(void)snprintf(copy.agreement, sizeof copy.agreement, "%s", f->thread->thread.agreement);
	(void)snprintf(copy.transfer_basis, sizeof copy.transfer_basis, "originator's permission");
	return copy_put(c->tx, c->grant, &copy, c->why);
}

static enum ent_err
run(struct op_call *c)
{
	struct forward_call *f = c->state;
	struct look l = { .node = c->node, .f = f, .grant = c->grant };
	f->packet = js_object();
	enum ent_err err = look_body(c->tx, &l, c->why);
	if (err == ENT_OK)
		err = feed_of_ref(c->tx, c->grant, &f->permission, permission_entry, f->packet, c->why);
	if (err == ENT_OK)
		err = note_copy(c, f);
	js_set_take(c->out, "packet", f->packet);
	if (err != ENT_OK)
		return err;
	struct js *codes = js_object(), *hidden = js_object();
	js_set_id(codes, "record", f->record.b);
	js_set_str(codes, "recipient", f->to);
	thread_call_by(c, codes, hidden);
	return thread_call_say(c, KIND_FORWARDED, &f->permission, codes, hidden, NULL, 0);
}

const struct op_impl op_forward = { .decode = decode, .run = run };
