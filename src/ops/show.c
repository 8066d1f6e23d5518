/* SPDX-License-Identifier: Apache-2.0
 *
 * show: one exchange, entry by entry, as both sides signed it, with the records that came; or one
 * permission to pass a record on, from who asks and why to whom it was handed.
 */
#include "ops/hit_follow.h"
#include "ops/thread_call.h"

#include <string.h>

struct show {
	struct op_call *c;
	struct js *entries;
};

struct show_call {
	struct thread_call *thread; /* NULL: it is a permission */
	struct permission_row permission;
};

static enum ent_err
permission_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct show_call *s = ctx;
	struct ent_id ref = s->permission.ref;
	enum ent_err err = permission_of_ref(tx, &ref, &s->permission, why);
	s->permission.ref = ref;
	return err;
}

static enum ent_err
decode(struct op_call *c)
{
	struct show_call *s = arena_alloc(c->arena, sizeof *s);
	struct ent_why none = { .text = "" };
	const char *ref = js_get_str(c->in, "ref");
	enum ent_err err = ENT_ENOTFOUND;
	if (ref != NULL && id_parse(str_of(ref), &s->permission.ref) == ENT_OK)
		err = store_read(node_store(c->node), permission_body, s, &none);
	if (err == ENT_ENOTFOUND) {
		err = thread_call_decode(c, &s->thread);
	} else if (err == ENT_OK) {
		c->ask.agreement = s->permission.agreement;
		c->event.object = ref;
	}
	c->state = s;
	return err;
}

/* A record as it was disclosed: what its signature covers, opened; its JWS was checked on arrival by
 * the hash that the signed entry names. */
static struct js *
open_item(const struct js *item, struct arena *arena, struct ent_why *why)
{
	struct js *payload = NULL, *out = NULL;
	struct record *record;
	if (jws_peek(str_of(js_get_str(item, "jws")), JWS_RECORD, &payload, why) == ENT_OK &&
	    record_reveal(payload, js_get(item, "disclosures"), arena, &record, why) == ENT_OK)
		out = record_write(record);
	js_free(payload);
	return out;
}

/* A time of the signed part, for people. */
static struct js *
date_of(const struct js *time)
{
	char text[ENT_DATE_TEXT];
	ent_time t = js_int(time, 0), last = (ent_time)253402300799 * ENT_SECOND;
	date_format(t < 0 || t > last ? 0 : t, text);
	return js_new_str(text);
}

static void
add_claims(struct js *out, const struct entry *e)
{
	static const char *const envelope[] = { "iss", "to", "agreement", "prev", "ref", "seq", "time",
		"kind", "items", "hash" };
	const char *key;
	struct js *value;
	for (void *it = NULL; (it = js_each(e->opened, it, &key, &value)) != NULL;) {
		size_t i = 0;
		while (i < sizeof envelope / sizeof envelope[0] && strcmp(envelope[i], key) != 0)
			i++;
		if (i == sizeof envelope / sizeof envelope[0])
			js_set_take(out, key, strcmp(key, "retain_until") == 0 ? date_of(value) : js_copy(value));
	}
}

/* The opening of a hit: the side that was asked holds it against what it logged; ours we know. */
static struct js *
show_hit(struct op_call *c, const char *agreement, const struct js *opening)
{
	const struct show_call *s = c->state;
	if (s->thread != NULL && s->thread->answering)
		return hit_follow_show(c->tx, agreement, opening);
	struct js *o = js_object();
	js_set_bool(o, "opened", true);
	js_set_str(o, "reference", js_get_str(opening, "ref"));
	return o;
}

static enum ent_err
take_entry(void *ctx, const struct feed_row *row, struct ent_why *why)
{
	struct show *s = ctx;
	struct js *message = feed_message(row);
	struct entry e = { 0 };
	enum ent_err err = exchange_read(message, &e, why);
	js_free(message);
	if (err != ENT_OK)
		return err;
	struct js *o = js_object();
	js_set_str(o, "kind", kind_name(e.kind));
	js_set_str(o, "from", js_get_str(e.payload, "iss"));
	js_set_int(o, "seq", (int64_t)e.seq);
	js_set_time(o, "time", e.time);
	add_claims(o, &e);
	if (js_get(o, "hit") != NULL)
		js_set_take(o, "hit", show_hit(s->c, row->agreement, js_get(e.opened, "hit")));
	if (js_len(e.items) > 0) {
		struct js *list = js_array();
		for (size_t i = 0; i < js_len(e.items); i++) {
			struct js *record = open_item(js_at(e.items, i), s->c->arena, why);
			js_append_take(list, record == NULL ? js_new_null() : record);
		}
		js_set_take(o, "records", list);
	}
	if (row->beside == NULL)
		js_set_bool(o, "erased", true);
	js_append_take(s->entries, o);
	entry_done(&e);
	return ENT_OK;
}

static struct js *
show_permission(struct op_call *c, const struct permission_row *row)
{
	static const char *const states[] = { [PERMISSION_ASKED] = "asked",
		[PERMISSION_GRANTED] = "granted", [PERMISSION_DENIED] = "denied" };
	const struct policy *p = node_policy_get(c->node);
	const struct policy_agreement *a = policy_agreement(p, row->agreement);
	struct js *o = js_object();
	js_set_id(o, "ref", row->ref.b);
	js_set_str(o, "agreement", row->agreement);
	js_set_str(o, "partner", a == NULL ? NULL : policy_other_party(p, a));
	js_set_str(o, "part", row->direction == FEED_THEIRS ? "asked" : "asking");
	js_set_str(o, "state", states[row->state]);
	js_set_id(o, "record", row->record.b);
	js_set_str(o, "recipient", row->recipient);
	node_policy_put(c->node, p);
	return o;
}

static enum ent_err
run(struct op_call *c)
{
	const struct show_call *call = c->state;
	const struct thread_call *t = call->thread;
	struct show s = { .c = c, .entries = js_array() };
	enum ent_err err = feed_of_ref(c->tx, c->grant, t == NULL ? &call->permission.ref : &t->ref,
	    take_entry, &s, c->why);
	if (t == NULL)
		js_set_take(c->out, "permission", show_permission(c, &call->permission));
	else
		js_set_take(c->out, "exchange", thread_call_show(&t->thread, node_keys(c->node)->code));
	js_set_take(c->out, "entries", s.entries);
	return err;
}

const struct op_impl op_show = { .decode = decode, .run = run };
