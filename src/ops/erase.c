/* SPDX-License-Identifier: Apache-2.0
 *
 * erase: one person's confirmation of an erasure; the second one's carries it out.
 */
#include "ops/hit_list.h"
#include "ops/index.h"
#include "ops/record_call.h"

#include <string.h>

/* Coded, so that the tombstone and the log hold no text about somebody. */
static const char *const grounds[] = { "expired", "unlawful", "wrong", "court", "withdrawn", "request",
	NULL };

struct erase {
	struct record_row row;
	bool erased;
	const char *ground;
};

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct erase *e = arena_alloc(c->arena, sizeof *e);
	size_t i = 0;
	c->state = e;
	e->ground = js_want_str(&r, "ground", 32);
	while (grounds[i] != NULL && strcmp(grounds[i], e->ground) != 0)
		i++;
	if (r.err != ENT_OK)
		return r.err;
	if (grounds[i] == NULL)
		return ent_fail(ENT_EFIELD, c->why, "field 'ground' must be expired, unlawful, wrong, court, "
		    "withdrawn or request");
	op_fact_str(c, "ground", e->ground);
	enum ent_err err = record_call_target(c, "id", &e->row);
	if (err == ENT_OK && strcmp(e->ground, "expired") == 0 &&
	    e->row.label.expires_at > c->ask.now)
		err = ent_fail(ENT_ESTATE, c->why, "the record has not expired: name another ground");
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	struct erase *e = c->state;
	bool erased = false;
	enum ent_err err = record_erase(c->tx, c->grant, &e->row.id, e->ground, c->ask.now, &erased,
	    c->why);
	if (err != ENT_OK)
		return err;
	e->erased = erased;
	if (erased && (err = hit_withdraw_record(c->tx, &e->row.id, c->why)) != ENT_OK)
		return err;
	js_set_id(c->out, "id", e->row.id.b);
	js_set_bool(c->out, "erased", erased);
	js_set_str(c->out, "waits_for", erased ? NULL :
	    (c->who->actor.roles & ROLE_DPO) != 0 ? "a second person" :
	    "the data-protection officer, or a second person if that was them");
	return ENT_OK;
}

static enum ent_err
after(struct op_call *c)
{
	const struct erase *e = c->state;
	if (e->erased) {
		index_drop(c->node, &e->row.id);
		node_wake(c->node); /* partners' lists of what is withdrawn */
	}
	return ENT_OK;
}

const struct op_impl op_erase = { .decode = decode, .run = run, .after = after };
