/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/feed_effects.h"

#include "ops/hit_follow.h"

#include <stdio.h>
#include <string.h>

ent_time
feed_retention(const struct policy_agreement *a)
{
	int64_t days = 0;
	for (size_t i = 0; i < a->annex_count; i++)
		if (a->annexes[i].retention_days > days)
			days = a->annexes[i].retention_days;
	return days * ENT_DAY;
}

ent_time
feed_erase_at(const struct policy_agreement *a, const struct entry *e, ent_time now)
{
	ent_time longest = now + feed_retention(a);
	ent_time own = js_get_int(e->payload, "retain_until", longest);
	return own < longest ? own : longest;
}

static enum ent_err
permission_row_of(const struct policy_agreement *a, const struct entry *e,
    struct permission_row *row, ent_time now)
{
	*row = (struct permission_row){ .ref = e->ref, .changed_at = now };
	(void)snprintf(row->agreement, sizeof row->agreement, "%s", a->id);
	(void)snprintf(row->recipient, sizeof row->recipient, "%s", js_get_str(e->payload, "recipient"));
	return id_parse(str_of(js_get_str(e->payload, "record")), &row->record);
}

/* The partner asks: it stands in our inbox until a person decides. */
static enum ent_err
permission_asked(struct store_tx *tx, const struct policy_agreement *a, const struct entry *e,
    ent_time now, struct ent_why *why)
{
	struct permission_row row;
	enum ent_err err = permission_row_of(a, e, &row, now);
	if (err != ENT_OK)
		return err;
	row.direction = FEED_THEIRS;
	row.state = PERMISSION_ASKED;
	return permission_put(tx, &row, why);
}

/* The partner decided on what we asked; an answer to nothing is refused. */
static enum ent_err
permission_decided(struct store_tx *tx, const struct policy_agreement *a, const struct entry *e,
    ent_time now, struct ent_why *why)
{
	struct permission_row row, asked;
	enum ent_err err = permission_row_of(a, e, &row, now);
	if (err != ENT_OK)
		return err;
	err = permission_get(tx, &row.record, row.recipient, FEED_OURS, &asked, why);
	if (err != ENT_OK)
		return err;
	row.direction = FEED_OURS;
	row.state = js_get_bool(e->payload, "granted", false) ? PERMISSION_GRANTED : PERMISSION_DENIED;
	return permission_put(tx, &row, why);
}

enum ent_err
feed_effects(struct store_tx *tx, const struct policy_agreement *a, const struct entry *e,
    ent_time now, struct ent_why *why)
{
	switch (e->kind) {
	case KIND_PERMISSION_REQUEST:
		return permission_asked(tx, a, e, now, why);
	case KIND_PERMISSION:
		return permission_decided(tx, a, e, now, why);
	case KIND_NONE:
	case KIND_REQUEST:
	case KIND_CLARIFY:
	case KIND_CLARIFICATION:
	case KIND_ANSWER:
	case KIND_REFUSAL:
	case KIND_RECEIPT:
	case KIND_FORWARDED:
		break;
	}
	return ENT_OK;
}

enum ent_err
feed_refuse_withdrawn(struct node *n, struct store_tx *tx, const struct grant *g,
    const struct policy_agreement *a, const struct entry *e, ent_time now, struct ent_why *why)
{
	struct hit_followed f = { .class = 0 };
	struct ent_why unchecked = { .text = "" };
	const struct js *opening = js_get(e->opened, "hit");
	/* an opening that does not check is shown to a person as such */
	if (opening == NULL || hit_follow_check(tx, a->id, opening, &f, &unchecked) != ENT_OK ||
	    f.state != HIT_FOLLOW_WITHDRAWN)
		return ENT_OK;
	struct js *codes = js_object(), *hidden = js_object();
	js_set_str(codes, "ground", ground_name(GROUND_WITHDRAWN));
	js_set_str(codes, "by_role", role_name(ROLE_SYSTEM));
	js_set_str(hidden, "text", "the record behind this hit was withdrawn; refused by rule, without a person");
	struct feed_out o = { .agreement = a, .kind = KIND_REFUSAL, .ref = e->ref, .codes = codes,
		.hidden = hidden, .now = now, .erase_at = now + feed_retention(a) };
	enum ent_err err = feed_say(n, tx, g, &o, NULL, why);
	js_free(codes);
	js_free(hidden);
	return err;
}
