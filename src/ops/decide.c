/* SPDX-License-Identifier: Apache-2.0
 *
 * decide: what policy would say to an act, clause by clause, without doing it.
 */
#include "ops/hit_channel.h"

#include <stdlib.h>
#include <string.h>

#define DECIDE_LIST_MAX 32
#define DECIDE_KEPT_DAYS 3653 /* of a record whose expiry is not asked about: long */

struct decide_call {
	struct policy_ask ask;
	struct actor actor;
	struct record_label label;
};

/* The act by its verb ("search", "agreement sign"), its operation's or its action's name; the roles
 * are those of all operations that it may mean. */
static bool
find_act(const char *name, bool peer, enum ent_action *action, unsigned *roles)
{
	size_t count;
	const struct op_row *rows = ops_rows(&count);
	*action = action_of(name);
	for (size_t i = 0; *action == ACTION_NONE && i < count; i++)
		if (strcmp(rows[i].name, name) == 0 || strcmp(rows[i].verb, name) == 0)
			*action = rows[i].action;
	*roles = peer ? ROLE_PEER : 0;
	for (size_t i = 0; !peer && i < count; i++)
		if (rows[i].action == *action && (rows[i].verb[0] == '\0' ||
			strcmp(rows[i].verb, name) == 0 || action_of(name) != ACTION_NONE))
			*roles |= rows[i].roles & ~(unsigned)ROLE_PEER;
	if (*roles == 0)
		*roles = ROLE_SYSTEM; /* an act of the runner's alone has no row */
	return *action != ACTION_NONE;
}

static unsigned
read_bits(struct js_reader *r, const char *key, unsigned (*bit)(const char *))
{
	unsigned bits = 0;
	struct js *list = js_opt_array(r, key, DECIDE_LIST_MAX);
	for (size_t i = 0; r->err == ENT_OK && i < js_len(list); i++) {
		const char *name = js_str(js_at(list, i));
		unsigned one = name == NULL ? 0 : bit(name);
		if (one == 0)
			r->err = ent_fail(ENT_EFIELD, r->why, "field '%s', entry %zu: is not known", key, i + 1);
		bits |= one;
	}
	return bits;
}

static unsigned
field_bit(const char *s)
{
	enum statement_kind k = statement_kind_of(s);
	return k == STATEMENT_NONE ? 0 : 1u << k;
}

static unsigned
handling_bit(const char *s)
{
	return s[0] == 'H' && s[1] >= '0' && s[1] <= '3' && s[2] == '\0' ? 1u << (s[1] - '0') : 0;
}

/* A label of which only the asked-for parts matter; the rest is what hinders nothing. */
static void
read_label(struct op_call *c, struct js_reader *r, struct decide_call *d)
{
	const char *tlp = js_opt_str(r, "tlp", 16), *subject = js_opt_str(r, "subject", 32);
	const char *originator = js_opt_str(r, "originator", CODE_MAX - 1);
	const char *expires = js_opt_str(r, "expires", 32);
	d->label = (struct record_label){ .tlp = TLP_CLEAR, .subject = SUBJECT_SUSPECT,
		.source = SOURCE_A, .information = 1,
		.expires_at = c->ask.now + DECIDE_KEPT_DAYS * ENT_DAY };
	d->label.handling = read_bits(r, "handling", handling_bit);
	if (tlp != NULL && (d->label.tlp = tlp_of(tlp)) == TLP_NONE)
		r->err = ent_fail(ENT_EFIELD, c->why, "field 'tlp' is no TLP 2.0 label");
	if (subject != NULL && (d->label.subject = subject_of(subject)) == SUBJECT_NONE)
		r->err = ent_fail(ENT_EFIELD, c->why, "field 'subject' is no category of subject");
	if (expires != NULL && time_parse(str_of(expires), &d->label.expires_at) != ENT_OK)
		r->err = ent_fail(ENT_EFIELD, c->why, "field 'expires' must be a date");
	(void)snprintf(d->label.originator, sizeof d->label.originator, "%s",
	    originator != NULL ? originator : node_keys(c->node)->code);
	if (tlp != NULL || subject != NULL || originator != NULL || expires != NULL ||
	    d->label.handling != 0)
		d->ask.label = &d->label;
}

static void
read_actor(struct op_call *c, struct js_reader *r, struct decide_call *d)
{
	const char *peer = js_opt_str(r, "peer", CODE_MAX - 1), *role = js_opt_str(r, "role", 32);
	const char *act = js_want_str(r, "act", 64);
	d->actor = c->who->actor;
	if (peer != NULL) {
		memset(&d->actor, 0, sizeof d->actor);
		(void)snprintf(d->actor.service, sizeof d->actor.service, "%s", peer);
		d->actor.roles = ROLE_PEER;
	}
	if (role != NULL && (d->actor.roles = role_of(role)) == 0 && r->err == ENT_OK)
		r->err = ent_fail(ENT_EFIELD, c->why, "there is no role '%s'", role);
	d->ask.actor = &d->actor;
	if (r->err == ENT_OK && !find_act(act, peer != NULL, &d->ask.action, &d->ask.roles))
		r->err = ent_fail(ENT_EFIELD, c->why, "there is no act '%s'; give a verb, such as search", act);
}

struct live {
	const struct hit_channel *channel;
	struct policy_ask *ask;
	bool peer;
};

static enum ent_err
live_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct live *l = ctx;
	const struct hit_channel *ch = l->channel;
	struct hit_received_row *row = ent_alloc(sizeof *row);
	struct hit_filter_row filter = { .epoch = 0 };
	struct hit_asker_row own = { .epoch = 0 };
	enum ent_err err;
	if (!l->peer) {
		err = hit_asker_get(tx, ch->agreement, ch->annex, &own, NULL, why);
		l->ask->used_day = hit_used_on(own.used_day, own.counted_at, l->ask->now);
		l->ask->used_epoch = own.used_epoch;
	} else if ((err = hit_received_last(tx, ch->agreement, ch->annex, row, NULL, NULL)) == ENT_OK) {
		err = hit_filter_current(tx, ch->agreement, ch->annex, &filter, NULL, NULL);
		l->ask->used_day = hit_used_on(row->used_day, row->asked_at, l->ask->now);
		l->ask->used_epoch = row->epoch == filter.epoch ? row->used_epoch : 0;
	}
	free(row);
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

/* What is used of the quota: as it was said, else as it is counted now. */
static enum ent_err
read_used(struct op_call *c, struct js_reader *r, struct decide_call *d)
{
	int64_t said = js_opt_int(r, "used", 0, 100000000, -1);
	struct hit_channel ch;
	struct live l = { .channel = &ch, .ask = &d->ask, .peer = (d->actor.roles & ROLE_PEER) != 0 };
	bool counts = d->ask.action == ACTION_ASK || d->ask.action == ACTION_EVALUATE;
	if (said >= 0)
		d->ask.used_day = (uint64_t)said * POLICY_ELEMENTS_PER_PERSON;
	if (r->err != ENT_OK || said >= 0 || !counts || hit_channel_for(c->node, d->ask.agreement,
	    d->ask.annex, d->ask.purpose, &ch, NULL) != ENT_OK)
		return r->err; /* without a channel another clause refuses */
	return store_read(node_store(c->node), live_body, &l, c->why);
}

static enum ent_err
decode(struct op_call *c)
{
	struct decide_call *d = arena_alloc(c->arena, sizeof *d);
	struct js_reader r = js_reader_of(c->in, "", c->why);
	d->ask = c->ask;
	read_actor(c, &r, d);
	read_label(c, &r, d);
	const char *at = js_opt_str(&r, "at", 32);
	d->ask.type = js_opt_str(&r, "type", 32);
	d->ask.recipient = js_opt_str(&r, "recipient", CODE_MAX - 1);
	d->ask.permitted = js_opt_bool(&r, "permitted", false);
	d->ask.fields = read_bits(&r, "fields", field_bit);
	d->ask.assurances = read_bits(&r, "assurances", commitment_of);
	d->ask.elements = (uint32_t)js_opt_int(&r, "persons", 0, 1000000, 1) * POLICY_ELEMENTS_PER_PERSON;
	d->ask.rows = (uint64_t)js_opt_int(&r, "rows", 0, POLICY_SCREENING_ROWS_MAX, 0);
	if (r.err == ENT_OK && at != NULL && time_parse(str_of(at), &d->ask.now) != ENT_OK)
		return ent_fail(ENT_EFIELD, c->why, "field 'at' must be a date or a time");
	c->state = d;
	return read_used(c, &r, d);
}

static enum ent_err
run(struct op_call *c)
{
	const struct decide_call *d = c->state;
	const struct policy *p = node_policy_get(c->node);
	struct grant *g = policy_decide(p, &d->ask);
	js_set_str(c->out, "act", action_name(d->ask.action));
	js_set_bool(c->out, "granted", grant_allows(g));
	js_set_str(c->out, "clause", grant_clause(g));
	js_set_str(c->out, "text", grant_text(g));
	if (js_get_bool(c->in, "explain", false))
		js_set_take(c->out, "clauses", policy_explain(p, &d->ask));
	grant_free(g); /* never admitted: it allows nothing */
	node_policy_put(c->node, p);
	return ENT_OK;
}

const struct op_impl op_decide = { .decode = decode, .run = run };
