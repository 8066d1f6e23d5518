/* SPDX-License-Identifier: Apache-2.0
 *
 * filter_status: our filters and the partners' that we hold, for each annex that lets private
 * questions be asked: codes and counts.
 */
#include "ops/hit_channel.h"
#include "text/text.h"

#include <string.h>

/* Of our register, by the partner: what our keeper counted with its last answer. */
static void
put_counted(struct op_call *c, const struct hit_channel *ch, uint32_t epoch, struct js *f)
{
	struct hit_received_row *last = arena_alloc(c->arena, sizeof *last);
	uint64_t day = 0, all = 0;
	if (hit_received_last(c->tx, ch->agreement, ch->annex, last, NULL, NULL) == ENT_OK) {
		day = hit_used_on(last->used_day, last->asked_at, c->ask.now);
		all = last->epoch == epoch ? last->used_epoch : 0;
	}
	js_set_int(f, "asked_today", (int64_t)(day / HIT_SLOTS));
	js_set_int(f, "quota_day", (int64_t)(ch->quota_day / HIT_SLOTS));
	js_set_int(f, "asked_epoch", (int64_t)(all / HIT_SLOTS));
	js_set_int(f, "quota_epoch", (int64_t)(ch->quota_epoch / HIT_SLOTS));
}

static void
put_own(struct op_call *c, const struct hit_channel *ch, struct js *o)
{
	struct hit_filter_row row;
	struct hit_list_row list;
	struct js *f = js_object();
	char text[ENT_TIME_TEXT];
	if (hit_filter_current(c->tx, ch->agreement, ch->annex, &row, NULL, NULL) != ENT_OK ||
	    hit_list_get(c->tx, ch->agreement, ch->annex, &list, NULL, NULL) != ENT_OK) {
		js_set_str(f, "state", "not built");
		js_set_take(o, "own", f);
		return;
	}
	time_format(row.built_at, text);
	js_set_str(f, "state", row.rules == TEXT_RULES_VERSION ? "in force" : "of older rules: build anew");
	js_set_int(f, "epoch", row.epoch);
	js_set_str(f, "built", text);
	js_set_int(f, "age_h", (c->ask.now - row.built_at) / ENT_HOUR);
	js_set_int(f, "records", row.records);
	js_set_int(f, "keys", row.tags);
	js_set_int(f, "left_out", row.left_out);
	js_set_int(f, "bytes", (int64_t)row.bytes);
	js_set_int(f, "rules", row.rules);
	js_set_b64u(f, "sha256", bytes_of(row.sha256, sizeof row.sha256));
	js_set_int(f, "withdrawn_list", (int64_t)list.seq);
	put_counted(c, ch, row.epoch, f);
	js_set_take(o, "own", f);
}

static void
put_partner(struct op_call *c, const struct hit_channel *ch, struct js *o)
{
	struct hit_asker_row row;
	struct js *f = js_object();
	char text[ENT_TIME_TEXT];
	if (hit_asker_get(c->tx, ch->agreement, ch->annex, &row, NULL, NULL) != ENT_OK || row.epoch == 0) {
		js_set_str(f, "state", "not fetched");
	} else {
		uint64_t day = hit_used_on(row.used_day, row.counted_at, c->ask.now);
		time_format(row.fetched_at, text);
		js_set_str(f, "state", row.stopped[0] != '\0' ? "stopped" : "at hand");
		js_set_str(f, "why", row.stopped[0] != '\0' ? row.stopped : NULL);
		js_set_int(f, "epoch", row.epoch);
		js_set_str(f, "fetched", text);
		js_set_int(f, "rules", row.rules);
		js_set_int(f, "asked_today", (int64_t)(day / HIT_SLOTS));
		js_set_int(f, "quota_day", (int64_t)(ch->quota_day / HIT_SLOTS));
		js_set_int(f, "asked_epoch", (int64_t)(row.used_epoch / HIT_SLOTS));
		js_set_int(f, "quota_epoch", (int64_t)(ch->quota_epoch / HIT_SLOTS));
		js_set_int(f, "withdrawn_list", (int64_t)row.list_seq);
	}
	js_set_take(o, "partners", f);
}

static void
put_annex(struct op_call *c, const char *agreement, const char *annex, struct js *list)
{
	struct hit_channel ch;
	if (hit_channel_get(c->node, agreement, annex, &ch, NULL) != ENT_OK)
		return;
	struct js *o = js_object();
	js_set_str(o, "agreement", agreement);
	js_set_str(o, "annex", annex);
	js_set_str(o, "partner", ch.partner);
	put_own(c, &ch, o);
	put_partner(c, &ch, o);
	js_append_take(list, o);
}

static enum ent_err
run(struct op_call *c)
{
	struct js *list = js_array();
	const char *wanted = js_get_str(c->in, "agreement");
	const struct policy *p = node_policy_get(c->node);
	for (size_t i = 0; i < policy_agreement_count(p); i++) {
		const struct policy_agreement *a = policy_agreement_at(p, i);
		if (policy_other_party(p, a) == NULL || (wanted != NULL && strcmp(wanted, a->id) != 0))
			continue;
		for (size_t k = 0; k < a->annex_count; k++)
			if (hit_channel_allowed(&a->annexes[k]))
				put_annex(c, a->id, a->annexes[k].id, list);
	}
	node_policy_put(c->node, p);
	js_set_take(c->out, "filters", list);
	return ENT_OK;
}

const struct op_impl op_filter_status = { .run = run };
