/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/hit_list.h"

#include <stdio.h>
#include <string.h>

enum ent_err
hit_withdraw_record(struct store_tx *tx, const struct ent_id *record, struct ent_why *why)
{
	bool changed;
	return hit_refs_withdraw(tx, record, &changed, why);
}

struct publish {
	struct node *node;
	const struct hit_channel *ch;
	struct hit_withdrawn list;
	struct hit_list_row row;
	struct buf refs;
};

/* Up to the next step, and one more if nothing was added since: a list that did not grow would tell
 * that nothing happened. */
static enum ent_err
pad(struct store_tx *tx, struct publish *p, struct ent_why *why)
{
	size_t n = p->refs.n / HIT_REF;
	size_t want = (n + HIT_WITHDRAWN_GRID - 1) / HIT_WITHDRAWN_GRID * HIT_WITHDRAWN_GRID;
	enum ent_err err = ENT_OK;
	uint8_t ref[HIT_REF];
	if (want == n && (n == 0 || !p->row.dirty))
		want += HIT_WITHDRAWN_GRID;
	if (want > HIT_WITHDRAWN_MAX)
		return ent_fail(ENT_ETOOBIG, why, "the withdrawn list of annex '%s' of agreement '%s' is "
		    "full: build the filter anew (entente filter build)", p->ch->annex, p->ch->agreement);
	for (; n < want && err == ENT_OK; n++) {
		crypto_random(ref, sizeof ref);
		err = hit_withdrawn_pad(tx, p->ch->agreement, p->list.epoch, ref, why);
	}
	buf_reset(&p->refs);
	if (err == ENT_OK)
		err = hit_withdrawn_all(tx, p->ch->agreement, p->list.epoch, &p->refs, why);
	return err;
}

static enum ent_err
publish(struct store_tx *tx, struct publish *p, struct ent_why *why)
{
	struct buf payload, jws;
	enum ent_err err = hit_list_get(tx, p->ch->agreement, p->ch->annex, &p->row, NULL, why);
	if (err == ENT_OK)
		err = hit_withdrawn_all(tx, p->ch->agreement, p->list.epoch, &p->refs, why);
	if (err == ENT_OK)
		err = pad(tx, p, why);
	if (err != ENT_OK)
		return err;
	p->list.seq = p->row.seq + 1;
	p->list.refs = p->refs.p;
	p->list.count = p->refs.n / HIT_REF;
	buf_init(&payload, JWS_MAX);
	buf_init(&jws, JWS_MAX);
	err = hit_withdrawn_write(&p->list, &payload, why);
	if (err == ENT_OK)
		err = keeper_sign(node_keeper(p->node), JWS_WITHDRAWN, buf_bytes(&payload), &jws, why);
	p->row = (struct hit_list_row){ .epoch = p->list.epoch, .seq = p->list.seq,
		.made_at = p->list.time };
	if (err == ENT_OK)
		err = hit_list_put(tx, p->ch->agreement, p->ch->annex, &p->row, buf_cstr(&jws), why);
	buf_done(&payload);
	buf_done(&jws);
	return err;
}

enum ent_err
hit_list_publish(struct node *n, struct store_tx *tx, const struct hit_channel *ch, uint32_t epoch,
    ent_time now, struct ent_why *why)
{
	struct publish p = { .node = n, .ch = ch, .list = { .epoch = epoch, .time = now } };
	(void)snprintf(p.list.iss, sizeof p.list.iss, "%s", ch->own);
	(void)snprintf(p.list.to, sizeof p.list.to, "%s", ch->partner);
	(void)snprintf(p.list.agreement, sizeof p.list.agreement, "%s", ch->agreement);
	buf_init(&p.refs, (size_t)(HIT_WITHDRAWN_MAX + 4096) * HIT_REF);
	enum ent_err err = publish(tx, &p, why);
	buf_done(&p.refs);
	return err;
}
