/* SPDX-License-Identifier: Apache-2.0
 *
 * show: one exchange, entry by entry, as both sides signed it, with the records that came.
 */
#include "ops/hit_follow.h"
#include "ops/thread_call.h"

#include <string.h>

struct show {
	struct op_call *c;
	struct js *entries;
};

static enum ent_err
decode(struct op_call *c)
{
	struct thread_call *t;
	return thread_call_decode(c, &t);
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
	const struct thread_call *t = c->state;
	if (t->answering)
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

static enum ent_err
run(struct op_call *c)
{
	const struct thread_call *t = c->state;
	struct show s = { .c = c, .entries = js_array() };
	enum ent_err err = feed_of_ref(c->tx, c->grant, &t->ref, take_entry, &s, c->why);
	js_set_take(c->out, "exchange", thread_call_show(&t->thread, node_keys(c->node)->code));
	js_set_take(c->out, "entries", s.entries);
	return err;
}

const struct op_impl op_show = { .decode = decode, .run = run };
