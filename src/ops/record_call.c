/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/record_call.h"

#include <string.h>

struct label_of {
	const struct ent_id *id;
	struct record_row *row;
};

static enum ent_err
label_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct label_of *l = ctx;
	return record_label_get(tx, l->id, l->row, why);
}

enum ent_err
record_call_target(struct op_call *c, const char *key, struct record_row *row)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct ent_id id;
	js_want_id(&r, key, id.b);
	if (r.err != ENT_OK)
		return r.err;
	struct label_of l = { .id = &id, .row = row };
	enum ent_err err = store_read(node_store(c->node), label_body, &l, c->why);
	if (err != ENT_OK)
		return err;
	char *text = arena_alloc(c->arena, ENT_ID_TEXT);
	id_format(&id, text);
	c->event.object = text;
	c->ask.label = &row->label;
	c->ask.type = record_type_name(row->type);
	return ENT_OK;
}

static enum ent_err
pack(struct op_call *c, struct record_call *rc)
{
	struct buf text;
	struct record *r = rc->rec;
	buf_init(&text, RECORD_BODY_MAX);
	crypto_random(r->salt, sizeof r->salt);
	struct js *body = record_write(r);
	js_write(body, &text);
	js_free(body);
	enum ent_err err = buf_err(&text);
	if (err == ENT_OK)
		rc->body = arena_copy(c->arena, buf_bytes(&text));
	else
		err = ent_fail(ENT_ETOOBIG, c->why, "the record is over %zu bytes: split it",
		    RECORD_BODY_MAX);
	buf_done(&text);
	return err;
}

static void
describe(struct op_call *c, struct record_call *rc)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	char digest[B64U_SIZE(CRYPTO_HASH_LEN)];
	const struct record *r = rc->rec;
	crypto_sha256(rc->body, hash);
	b64u_encode(bytes_of(hash, sizeof hash), digest);
	op_fact_str(c, "digest", digest);
	op_fact_str(c, "type", record_type_name(r->type));
	op_fact_str(c, "subject", subject_name(r->label.subject));
	op_fact_int(c, "version", r->version);
	rc->row = (struct record_row){ .id = r->id, .type = r->type, .version = r->version,
		.label = r->label, .others = record_has_others(r), .changed_at = c->ask.now };
	char *text = arena_alloc(c->arena, ENT_ID_TEXT);
	id_format(&r->id, text);
	c->event.object = text;
	c->ask.label = &rc->row.label;
	c->ask.type = record_type_name(r->type);
}

enum ent_err
record_call_take(struct op_call *c, const struct js *given, const struct ent_id *id, int64_t version,
    struct record_call *out)
{
	if (!js_is_object(given))
		return ent_fail(ENT_EFIELD, c->why, "field 'record' must be an object (spec/1-record.md)");
	struct js *whole = js_copy(given);
	js_set_id(whole, "id", id->b);
	js_set_int(whole, "version", version);
	js_del(whole, "salt"); /* ours to choose */
	enum ent_err err = record_read(whole, c->arena, &out->rec, c->why);
	if (err == ENT_OK)
		err = pack(c, out);
	if (err == ENT_OK)
		describe(c, out);
	js_free(whole);
	return err;
}

enum ent_err
record_call_open(struct op_call *c, const struct ent_id *id, struct record_row *row, struct js **body)
{
	struct buf text;
	buf_init(&text, RECORD_BODY_MAX);
	enum ent_err err = record_get(c->tx, c->grant, id, c->ask.now, row, &text, c->why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&text), RECORD_BODY_MAX, body, c->why);
	buf_done(&text);
	return err;
}

struct js *
record_call_codes(const struct record_row *row)
{
	static const char *const states[] = { "", "live", "quarantine", "expired", "erased" };
	struct js *o = js_object();
	js_set_id(o, "id", row->id.b);
	js_set_str(o, "type", record_type_name(row->type));
	js_set_int(o, "version", row->version);
	js_set_str(o, "state", (size_t)row->state < 5 ? states[row->state] : "");
	js_set_str(o, "subject", subject_name(row->label.subject));
	js_set_str(o, "originator", row->label.originator);
	js_set_str(o, "tlp", tlp_name(row->label.tlp));
	js_set_time(o, "review_at", row->label.review_at);
	js_set_time(o, "expires_at", row->label.expires_at);
	return o;
}

enum ent_err
record_call_own(struct op_call *c, const struct record_row *row)
{
	if (strcmp(row->label.originator, node_keys(c->node)->code) != 0)
		return ent_refuse(ENT_EREFUSED, c->why, "originator", "%s originated this record: ask "
		    "them for a correction", row->label.originator);
	return ENT_OK;
}

enum ent_err
record_call_replace(struct op_call *c, const struct record_row *was, struct record_call *next)
{
	next->row.version = was->version; /* the one that was read; the store raises it */
	enum ent_err err = record_replace(c->tx, c->grant, &next->row, next->body, c->why);
	if (err != ENT_OK)
		return err;
	js_set_id(c->out, "id", was->id.b);
	js_set_int(c->out, "version", was->version + 1);
	js_set_bool(c->out, "quarantine", label_quarantined(&next->row.label));
	return ENT_OK;
}
