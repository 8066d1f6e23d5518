/* SPDX-License-Identifier: Apache-2.0
 *
 * names_load: a publisher's statistics of names into the node's configuration.  No data of persons.
 */
#include "lists/lists.h"
#include "match/match.h"
#include "ops/names.h"
#include "ops/thresholds.h"
#include "store/names.h"

#include <stdlib.h>
#include <string.h>

struct load {
	struct op_call *c;
	struct population_options opt;
	char name[81];
	struct match_population *p;
	struct buf text;
	uint64_t rows;
	struct name_set_row row;
};

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "format", "country", "kind", "name", "size", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct load *l = arena_alloc(c->arena, sizeof *l);
	js_only(&r, known);
	const char *country = js_opt_str(&r, "country", 2), *kind = js_opt_str(&r, "kind", 16);
	const char *name = js_opt_str(&r, "name", sizeof l->name - 1);
	l->opt.format = population_format_of(js_want_str(&r, "format", 16));
	l->opt.kind = population_kind_of(kind);
	l->c = c;
	c->state = l;
	(void)snprintf(l->name, sizeof l->name, "%s", name == NULL ? "the file" : name);
	if (r.err != ENT_OK)
		return r.err;
	if (l->opt.format == POPULATION_NONE)
		return ent_fail(ENT_EFIELD, c->why, "field 'format' must be insee, statbel, gleif or tsv");
	if (kind != NULL && l->opt.kind == POPULATION_ANY)
		return ent_fail(ENT_EFIELD, c->why, "field 'kind' must be given, family or legal");
	if (country != NULL && (strlen(country) != 2 || country[0] < 'A' || country[0] > 'Z' ||
	    country[1] < 'A' || country[1] > 'Z'))
		return ent_fail(ENT_EFIELD, c->why, "field 'country' must be two capital letters (ISO 3166)");
	if (country != NULL)
		memcpy(l->opt.country, country, 3);
	if (c->read_body == NULL)
		return ent_fail(ENT_EUSAGE, c->why, "the file itself is missing: entente names load FILE");
	op_fact_str(c, "format", population_format_name(l->opt.format));
	return ENT_OK;
}

static int64_t
read_body(void *ctx, void *p, size_t n)
{
	struct load *l = ctx;
	return l->c->read_body(l->c->body_ctx, p, n);
}

static enum ent_err
take(void *ctx, const struct population_row *row, struct ent_why *why)
{
	struct load *l = ctx;
	return match_population_add(l->p, row->name, row->country, (enum match_name_kind)row->kind, row->count, why);
}

static void
write_entry(void *ctx, const char *folded, const char country[static 3], enum match_name_kind kind, uint64_t count)
{
	buf_printf(ctx, "%d\t%.2s\t%llu\t%s\n", (int)kind, country, (unsigned long long)count, folded);
}

static enum ent_err
put_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct load *l = ctx;
	return name_set_put(tx, l->c->grant, &l->row, buf_bytes(&l->text), why);
}

static enum ent_err
run(struct op_call *c)
{
	struct load *l = c->state;
	struct list_input in = { .name = l->name, .read = read_body, .ctx = l };
	l->p = match_population_new();
	buf_init(&l->text, NAME_SET_MAX);
	enum ent_err err = population_read(&l->opt, &in, take, l, &l->rows, c->why);
	if (err == ENT_OK && match_population_entries(l->p) == 0)
		err = ent_fail(ENT_EFIELD, c->why, "%s holds no names", l->name);
	if (err == ENT_OK) {
		match_population_each(l->p, write_entry, &l->text);
		l->row = (struct name_set_row){ .id = id_new(), .rules = TEXT_RULES_VERSION,
			.rows = (int64_t)l->rows, .entries = (int64_t)match_population_entries(l->p),
			.loaded_at = c->ask.now, .loaded_by = c->who->actor.id };
		(void)snprintf(l->row.format, sizeof l->row.format, "%s", population_format_name(l->opt.format));
		err = buf_err(&l->text) != ENT_OK ? ent_fail(ENT_ETOOBIG, c->why, "a set of names over %zu bytes: "
		    "leave rare ones out", NAME_SET_MAX) : store_write(node_store(c->node), put_body, l, c->why);
	}
	match_population_free(l->p);
	buf_done(&l->text);
	if (err != ENT_OK)
		return err;
	op_fact_int(c, "entries", l->row.entries);
	js_set_id(c->out, "set", l->row.id.b);
	js_set_int(c->out, "rows", l->row.rows);
	js_set_int(c->out, "entries", l->row.entries);
	return ENT_OK;
}

static enum ent_err
after(struct op_call *c)
{
	enum ent_err err = names_build(c->node, c->why);
	if (err == ENT_OK) /* other names are rare now */
		thresholds_derive(node_thresholds(c->node));
	return err;
}

const struct op_impl op_names_load = { .decode = decode, .run = run, .after = after };
