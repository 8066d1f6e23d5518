/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/hit_follow.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 16)

/* The list of that epoch that is here, checked when it came, has the reference. */
static enum ent_err
consult_list(struct op_call *c, const struct hit_query_row *row)
{
	struct hit_asker_row place;
	struct hit_withdrawn w = { .refs = NULL };
	struct js *payload = NULL;
	struct buf list;
	const struct hit_asker_texts texts = { .list = &list };
	buf_init(&list, HITS_JWS_MAX);
	enum ent_err err = hit_asker_get(c->tx, row->agreement, grant_annex(c->grant), &place, &texts, c->why);
	if (err == ENT_OK && list.n > 0)
		err = jws_peek(str_of(buf_cstr(&list)), JWS_WITHDRAWN, &payload, c->why);
	if (err == ENT_OK && payload != NULL)
		err = hit_withdrawn_read(payload, &w, c->why);
	if (err == ENT_OK && payload != NULL && w.epoch == row->epoch && hit_withdrawn_has(&w, row->ref))
		err = ent_refuse(ENT_ESTATE, c->why, "hit/withdrawn", "the partner has withdrawn the record "
		    "behind this hit; there is nothing to follow up");
	hit_withdrawn_done(&w);
	js_free(payload);
	buf_done(&list);
	return err;
}

enum ent_err
hit_follow(struct op_call *c, const char *query, struct js **opening)
{
	struct ent_id id;
	struct hit_query_row row;
	struct hit_query q;
	struct js *text = NULL;
	struct buf clear;
	if (id_parse(str_of(query), &id) != ENT_OK)
		return ent_fail(ENT_EFIELD, c->why, "field 'hit' must be the id of a query, as ask prints it");
	buf_init(&clear, TEXT_MAX);
	enum ent_err err = hit_query_get(c->tx, c->grant, &id, &row, &clear, c->why);
	if (err == ENT_OK && (row.state != HIT_QUERY_HIT || c->ask.agreement == NULL ||
	    strcmp(row.agreement, c->ask.agreement) != 0))
		err = ent_fail(ENT_ESTATE, c->why, "that query is not a hit under this agreement");
	if (err == ENT_OK)
		err = consult_list(c, &row);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&clear), TEXT_MAX, &text, c->why);
	if (err == ENT_OK)
		err = hit_query_read(js_get(text, "query"), &q, c->why);
	if (err == ENT_OK) {
		struct js *o = hit_opening(c->grant, &q, row.ref, c->why);
		if (o == NULL)
			err = ENT_EREFUSED;
		js_set_int(o, "seq", (int64_t)row.seq);
		js_set_int(o, "person", row.person);
		js_set_int(o, "epoch", row.epoch);
		*opening = o;
	}
	hit_query_wipe(&q);
	js_free(text);
	crypto_wipe(clear.p, clear.n);
	buf_done(&clear);
	return err;
}

/* The opening as src/hit knows it, without its place. */
static struct js *
bare(const struct js *opening)
{
	struct js *o = js_copy(opening);
	js_del(o, "seq");
	js_del(o, "person");
	js_del(o, "epoch");
	return o;
}

static enum ent_err
check_logged(const struct hit_received_row *row, const char *agreement, const struct js *opening,
    size_t person, uint8_t ref[static HIT_REF], int *class, struct ent_why *why)
{
	struct hit_domain d = { agreement, row->epoch, row->rules };
	size_t at = person * ((size_t)HIT_SLOTS * OPRF_ELEMENT), slot = 0;
	if (row->result != HIT_RECEIVED_ANSWERED || at + (size_t)HIT_SLOTS * OPRF_ELEMENT > row->bytes)
		return ent_fail(ENT_ESIG, why, "no such query was answered here");
	struct js *o = bare(opening);
	enum ent_err err = hit_check_opening(o, &d, row->elements + at, row->evaluated + at, ref, &slot,
	    why);
	if (err == ENT_OK)
		*class = (int)js_get_int(js_at(js_get(o, "slots"), slot), "class", 0);
	js_free(o);
	return err;
}

enum ent_err
hit_follow_check(struct store_tx *tx, const char *agreement, const struct js *opening,
    struct hit_followed *out, struct ent_why *why)
{
	struct js_reader r = js_reader_of(opening, "hit", why);
	uint64_t seq = (uint64_t)js_want_int(&r, "seq", 1, INT64_MAX);
	size_t person = (size_t)js_want_int(&r, "person", 0, HIT_PERSONS_MAX - 1);
	uint8_t ref[HIT_REF];
	enum hit_ref_state state;
	struct hit_followed f = { .class = 0 };
	if (r.err != ENT_OK)
		return r.err;
	struct hit_received_row *row = ent_alloc(sizeof *row);
	enum ent_err err = hit_received_get(tx, agreement, seq, row, NULL, why);
	if (err == ENT_ENOTFOUND)
		err = ent_fail(ENT_ESIG, why, "no query of that number was answered here, or it is past its "
		    "retention");
	if (err == ENT_OK)
		err = check_logged(row, agreement, opening, person, ref, &f.class, why);
	if (err == ENT_OK)
		err = hit_ref_find(tx, agreement, row->epoch, ref, f.records, HIT_FOLLOW_RECORDS, &f.count,
		    &state, why);
	if (err == ENT_OK) {
		f.state = state == HIT_REF_HELD ? HIT_FOLLOW_HELD
		    : state == HIT_REF_WITHDRAWN ? HIT_FOLLOW_WITHDRAWN : HIT_FOLLOW_UNKNOWN;
		*out = f;
	}
	free(row);
	return err;
}

struct js *
hit_follow_show(struct store_tx *tx, const char *agreement, const struct js *opening)
{
	struct hit_followed f;
	struct ent_why why = { .text = "" };
	struct js *o = js_object();
	enum ent_err err = hit_follow_check(tx, agreement, opening, &f, &why);
	js_set_bool(o, "checked", err == ENT_OK);
	if (err != ENT_OK) {
		js_set_str(o, "why", why.text);
		return o;
	}
	js_set_int(o, "class", f.class);
	js_set_str(o, "by", hit_class_text(f.class));
	js_set_str(o, "state", f.state == HIT_FOLLOW_HELD ? "held"
	        : f.state == HIT_FOLLOW_WITHDRAWN ? "withdrawn" : "unknown");
	struct js *list = js_array();
	for (size_t i = 0; i < f.count; i++) {
		char text[ENT_ID_TEXT];
		id_format(&f.records[i], text);
		js_append_take(list, js_new_str(text));
	}
	js_set_take(o, "records", list);
	return o;
}
