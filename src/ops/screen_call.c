/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/screen_call.h"

#include <string.h>

struct look {
	struct ent_id id;
	struct screening_row *row;
};

static enum ent_err
look_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct look *l = ctx;
	return screening_get(tx, &l->id, l->row, why);
}

enum ent_err
screen_call_target(struct op_call *c, const char *key, struct screening_row *row)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct look l = { .row = row };
	js_want_id(&r, key, l.id.b);
	if (r.err != ENT_OK)
		return r.err;
	enum ent_err err = store_read(node_store(c->node), look_body, &l, c->why);
	if (err != ENT_OK)
		return err;
	char *text = arena_alloc(c->arena, ENT_ID_TEXT);
	id_format(&row->id, text);
	c->event.object = text;
	c->ask.agreement = arena_strdup(c->arena, row->agreement);
	c->ask.annex = arena_strdup(c->arena, row->annex);
	if (c->ask.purpose != PURPOSE_NONE && c->ask.purpose != row->purpose)
		return ent_refuse(ENT_EREFUSED, c->why, "screening/purpose", "the list was screened for the "
		    "purpose '%s'; what was found serves no other", purpose_name(row->purpose));
	return ENT_OK;
}

struct js *
screen_call_codes(const struct screening_row *row)
{
	struct js *o = js_object();
	js_set_id(o, "job", row->id.b);
	js_set_str(o, "state", screening_state_name(row->state));
	js_set_str(o, "agreement", row->agreement[0] == '\0' ? NULL : row->agreement);
	js_set_str(o, "annex", row->annex[0] == '\0' ? NULL : row->annex);
	js_set_str(o, "purpose", purpose_name(row->purpose));
	js_set_time(o, "started_at", row->started_at);
	if (row->ended_at != 0)
		js_set_time(o, "ended_at", row->ended_at);
	js_set_time(o, "expires_at", row->expires_at);
	js_set_int(o, "rows", row->rows);
	js_set_int(o, "candidates", row->candidates);
	js_set_int(o, "strong", row->strong);
	js_set_int(o, "decided", row->decided);
	return o;
}
