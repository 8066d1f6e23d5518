/* SPDX-License-Identifier: Apache-2.0
 *
 * audit_export: a log, a page at a time.  The first page signs a checkpoint over all that stands
 * there, this call's own entry included; the next ones name its size.  Openings, which show what
 * entries hide, go to the data-protection officer alone.
 */
#include "audit/folder.h"
#include "ops/node.h"
#include "store/agreements.h"
#include "store/audit_log.h"

#include <string.h>

#define PAGE_ENTRIES 8192
#define PAGE_BYTES ((size_t)8 << 20)
#define CARD_MAX ((size_t)16384)

struct export {
	struct op_call *c;
	const char *log;
	bool openings, sign;
	uint64_t from, size;
	struct js *entries, *opened; /* the answer's */
	size_t bytes;
	bool full;
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "log", "from", "size", "openings", "purpose", "case",
		"reason", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct export *x = arena_alloc(c->arena, sizeof *x);
	js_only(&r, known);
	x->c = c;
	x->log = js_opt_str(&r, "log", AGREEMENT_MAX - 1);
	x->from = (uint64_t)js_opt_int(&r, "from", 0, INT64_MAX, 0);
	x->sign = js_get(c->in, "size") == NULL;
	x->size = (uint64_t)js_opt_int(&r, "size", 0, INT64_MAX, 0);
	x->openings = js_opt_bool(&r, "openings", false);
	if (x->log == NULL)
		x->log = AUDIT_NODE;
	if (x->openings)
		c->ask.roles = ROLE_DPO;
	c->state = x;
	op_fact_str(c, "log", x->log);
	op_fact_int(c, "from", (int64_t)x->from);
	if (x->openings)
		op_fact_str(c, "openings", "yes");
	return r.err;
}

static enum ent_err
take(void *ctx, uint64_t index, struct bytes entry, const struct js *disclosures,
    struct ent_why *why)
{
	struct export *x = ctx;
	(void)why;
	if (x->bytes > PAGE_BYTES) {
		x->full = true;
		return ENT_ETOOBIG; /* the page is; what is left comes with the next */
	}
	js_append_take(x->entries, js_new_strn((const char *)entry.p, entry.n));
	x->bytes += entry.n;
	if (disclosures == NULL)
		return ENT_OK;
	struct js *o = js_object();
	js_set_int(o, "index", (int64_t)index);
	js_set_take(o, "disclosures", js_copy(disclosures));
	js_append_take(x->opened, o);
	x->bytes += entry.n;
	return ENT_OK;
}

static enum ent_err
own_card(struct op_call *c, struct ent_why *why)
{
	struct buf card;
	buf_init(&card, CARD_MAX);
	enum ent_err err = card_get(c->tx, NULL, &card, why);
	if (err == ENT_OK)
		js_set_str(c->out, "card", buf_cstr(&card));
	buf_done(&card);
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

/* The root of all that stands there, signed by the keeper. */
static enum ent_err
sign(struct export *x, const struct tree *t)
{
	struct op_call *c = x->c;
	const struct keeper_keys *keys = node_keys(c->node);
	struct checkpoint point = { .size = t->size };
	struct audit_key key;
	struct buf note, text;
	buf_init(&note, NOTE_MAX);
	buf_init(&text, NOTE_MAX);
	audit_origin(keys->code, x->log, point.origin);
	tree_root(t, point.root);
	enum ent_err err = keeper_checkpoint(node_keeper(c->node), &point, &note, c->why);
	if (err == ENT_OK) {
		memcpy(key.name, point.origin, sizeof key.name);
		memcpy(key.pk, keys->checkpoint, sizeof key.pk);
		audit_key_write(&key, &text);
		js_set_str(c->out, "checkpoint", buf_cstr(&note));
		js_set_str(c->out, "key", buf_cstr(&text));
		err = own_card(c, c->why);
	}
	buf_done(&text);
	buf_done(&note);
	return err;
}

static enum ent_err
load_tree(struct op_call *c, const char *log, struct tree *t)
{
	struct buf frontier;
	uint64_t size = 0;
	buf_init(&frontier, TREE_FRONTIER_BYTES);
	enum ent_err err = audit_log_load(c->tx, log, &size, &frontier, c->why);
	if (err == ENT_OK && tree_load(size, buf_bytes(&frontier), t) != ENT_OK)
		err = ent_fail(ENT_EINTERNAL, c->why, "the state of log '%s' is damaged", log);
	buf_done(&frontier);
	return err;
}

static enum ent_err
read_page(struct export *x)
{
	struct op_call *c = x->c;
	struct audit_range range = { .log = x->log, .from = x->from, .openings = x->openings,
		.to = x->size - x->from > PAGE_ENTRIES ? x->from + PAGE_ENTRIES : x->size };
	x->entries = js_array();
	x->opened = js_array();
	js_set_take(c->out, "entries", x->entries);
	js_set_take(c->out, "openings", x->opened);
	enum ent_err err = audit_log_read(c->tx, c->grant, &range, take, x, c->why);
	return err == ENT_ETOOBIG && x->full ? ENT_OK : err;
}

static enum ent_err
run(struct op_call *c)
{
	struct export *x = c->state;
	struct tree t = { .size = 0 };
	enum ent_err err = load_tree(c, x->log, &t);
	if (err != ENT_OK)
		return err;
	if (t.size == 0)
		return ent_fail(ENT_ENOTFOUND, c->why, "there is no log '%s': 'node', or the id of an "
		    "agreement under which something was exchanged", x->log);
	if (x->sign)
		x->size = t.size;
	if (x->size > t.size || x->from > x->size)
		return ent_fail(ENT_EFIELD, c->why, "the log has %llu entries",
		    (unsigned long long)t.size);
	js_set_str(c->out, "code", node_keys(c->node)->code);
	js_set_str(c->out, "log", x->log);
	js_set_int(c->out, "size", (int64_t)x->size);
	js_set_int(c->out, "from", (int64_t)x->from);
	if (x->sign)
		err = sign(x, &t);
	return err != ENT_OK ? err : read_page(x);
}

const struct op_impl op_audit_export = { .decode = decode, .run = run };
