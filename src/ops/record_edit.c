/* SPDX-License-Identifier: Apache-2.0
 *
 * record_edit: a new version of a record, with the reason of the call.  A record that another service originated is theirs: a correction is asked from them.
 */
#include "ops/index.h"
#include "ops/record_call.h"

#include <string.h>

struct edit {
	struct record_row was;
	struct record_call next;
};

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct js *given = js_want_object(&r, "record");
	int64_t version = js_opt_int(&r, "version", 1, INT32_MAX, 0);
	struct edit *e = arena_alloc(c->arena, sizeof *e);
	c->state = e;
	enum ent_err err = r.err;
	if (err == ENT_OK)
		err = record_call_target(c, "id", &e->was);
	if (err == ENT_OK)
		err = record_call_own(c, &e->was);
	if (err == ENT_OK && version != 0 && version != e->was.version)
		err = ent_fail(ENT_ECONFLICT, c->why, "version %lld is not the last one, %lld is: look at "
		    "that first", (long long)version, (long long)e->was.version);
	if (err == ENT_OK)
		err = record_call_take(c, given, &e->was.id, e->was.version + 1, &e->next);
	if (err != ENT_OK)
		return err;
	if (e->next.row.type != e->was.type)
		return ent_fail(ENT_EFIELD, c->why, "field 'type' cannot change: add another record");
	if (strcmp(e->next.row.label.originator, e->was.label.originator) != 0 ||
	    strcmp(e->next.row.label.agreement, e->was.label.agreement) != 0)
		return ent_fail(ENT_EFIELD, c->why, "field 'label.originator' and 'label.agreement' cannot "
		    "change: they say where the record is from");
	return ENT_OK;
}

static enum ent_err
run(struct op_call *c)
{
	struct edit *e = c->state;
	return record_call_replace(c, &e->was, &e->next);
}

static enum ent_err
after(struct op_call *c)
{
	const struct edit *e = c->state;
	return index_record(c->node, e->next.rec, c->why);
}

const struct op_impl op_record_edit = { .decode = decode, .run = run, .after = after };
