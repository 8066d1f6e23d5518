/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/hit_channel.h"

#include <stdio.h>
#include <string.h>

static void
copy_annex(struct hit_channel *out, const struct policy_annex *x, const char *own)
{
	const struct policy_oversight *o = policy_oversight(x, own);
	(void)snprintf(out->annex, sizeof out->annex, "%s", x->id);
	out->quota_day = x->quota_day;
	out->quota_epoch = x->quota_epoch;
	out->retention_days = x->retention_days;
	out->epoch_days = x->epoch_days;
	out->has_oversight = o != NULL && o->has_box;
	if (out->has_oversight)
		memcpy(out->oversight, o->box_key, sizeof out->oversight);
}

static enum ent_err
fill(const struct policy *p, const char *agreement, const char *annex, enum ent_purpose purpose,
    struct hit_channel *out, struct ent_why *why)
{
	const struct policy_agreement *a = policy_agreement(p, agreement);
	const char *partner = a == NULL ? NULL : policy_other_party(p, a);
	const struct policy_card *card = partner == NULL ? NULL : policy_partner(p, partner);
	const struct policy_card *own = policy_own(p);
	if (card == NULL)
		return ent_fail(ENT_ENOTFOUND, why, "there is no agreement '%s' with a partner whose card "
		    "is here", agreement == NULL ? "" : agreement);
	const struct policy_annex *x = annex != NULL && annex[0] != '\0' ? policy_annex(a, annex)
	                                                                 : policy_annex_for(a, purpose);
	if (x == NULL)
		return ent_fail(ENT_ENOTFOUND, why, "not exactly one annex fits: name it (--annex)");
	*out = (struct hit_channel){ .quota_day = 0 };
	(void)snprintf(out->agreement, sizeof out->agreement, "%s", a->id);
	(void)snprintf(out->own, sizeof out->own, "%s", own->code);
	(void)snprintf(out->partner, sizeof out->partner, "%s", partner);
	(void)snprintf(out->address, sizeof out->address, "%s", card->address);
	memcpy(out->identity, card->identity, sizeof out->identity);
	memcpy(out->record, card->record, sizeof out->record);
	copy_annex(out, x, own->code);
	if (!out->has_oversight && own->has_oversight) {
		out->has_oversight = true;
		memcpy(out->oversight, own->oversight_box, sizeof out->oversight);
	}
	return ENT_OK;
}

enum ent_err
hit_channel_for(struct node *n, const char *agreement, const char *annex, enum ent_purpose purpose,
    struct hit_channel *out, struct ent_why *why)
{
	const struct policy *p = node_policy_get(n);
	enum ent_err err = fill(p, agreement, annex, purpose, out, why);
	node_policy_put(n, p);
	return err;
}

enum ent_err
hit_channel_get(struct node *n, const char *agreement, const char *annex, struct hit_channel *out,
    struct ent_why *why)
{
	return hit_channel_for(n, agreement, annex, PURPOSE_NONE, out, why);
}

bool
hit_channel_allowed(const struct policy_annex *x)
{
	return x->quota_day >= HIT_SLOTS && x->quota_epoch >= HIT_SLOTS;
}

/* now: those in force then; NULL: whatever their standing. */
static struct hit_pair *
channels(struct node *n, const ent_time *now, size_t *count)
{
	const struct policy *p = node_policy_get(n);
	size_t agreements = policy_agreement_count(p), k = 0;
	struct hit_pair *out = ent_alloc_array(agreements * POLICY_ANNEXES_MAX + 1, sizeof *out);
	for (size_t i = 0; i < agreements; i++) {
		const struct policy_agreement *a = policy_agreement_at(p, i);
		if (policy_other_party(p, a) == NULL || (now != NULL && !policy_in_force(a, *now, NULL)))
			continue;
		for (size_t x = 0; x < a->annex_count; x++) {
			if (!hit_channel_allowed(&a->annexes[x]))
				continue;
			(void)snprintf(out[k].agreement, AGREEMENT_MAX, "%s", a->id);
			(void)snprintf(out[k++].annex, AGREEMENT_MAX, "%s", a->annexes[x].id);
		}
	}
	node_policy_put(n, p);
	*count = k;
	return out;
}

struct hit_pair *
hit_channels_in_force(struct node *n, ent_time now, size_t *count)
{
	return channels(n, &now, count);
}

struct hit_pair *
hit_channels_all(struct node *n, size_t *count)
{
	return channels(n, NULL, count);
}

struct find_epoch {
	const char *agreement;
	uint32_t epoch;
	struct hit_filter_row row;
};

static enum ent_err
epoch_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct find_epoch *f = ctx;
	return hit_filter_of(tx, f->agreement, f->epoch, &f->row, why);
}

enum ent_err
hit_channel_of(struct node *n, const char *agreement, uint32_t epoch, enum ent_purpose purpose,
    struct hit_channel *out, struct ent_why *why)
{
	struct find_epoch f = { .agreement = agreement, .epoch = epoch };
	enum ent_err err = store_read(node_store(n), epoch_body, &f, why);
	if (err == ENT_OK)
		return hit_channel_get(n, agreement, f.row.annex, out, why);
	if (err != ENT_ENOTFOUND)
		return err;
	err = hit_channel_for(n, agreement, NULL, purpose, out, why);
	if (err != ENT_ENOTFOUND)
		return err;
	char first[AGREEMENT_MAX] = "";
	const struct policy *p = node_policy_get(n);
	const struct policy_agreement *a = policy_agreement(p, agreement);
	if (a != NULL && a->annex_count > 0)
		(void)snprintf(first, sizeof first, "%s", a->annexes[0].id);
	node_policy_put(n, p);
	return hit_channel_get(n, agreement, first, out, why);
}

enum ent_err
hit_channel_post(struct node *n, const struct hit_channel *ch, const char *path,
    struct js *request, struct buf *answer, struct ent_why *why)
{
	const struct transport *t = node_transport(n);
	struct buf body;
	buf_init(&body, JWS_MAX + 1024);
	js_write(request, &body);
	js_free(request);
	enum ent_err err = buf_err(&body);
	if (err == ENT_OK)
		err = t->post(t->ctx, ch->address, ch->partner, ch->identity, path, buf_bytes(&body), answer,
		    why);
	buf_done(&body);
	return err;
}

uint64_t
hit_used_on(uint64_t used, ent_time at, ent_time t)
{
	return t / ENT_DAY > at / ENT_DAY ? 0 : used;
}

enum ent_err
hit_channel_log(struct store_tx *tx, const struct hit_channel *ch, bool outgoing, uint64_t seq,
    enum jws_type type, struct str compact, struct ent_why *why)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	struct audit_sink sink = node_sink(tx);
	jws_hash(compact, hash);
	return audit_exchange(&sink, ch->agreement, outgoing ? ch->own : ch->partner,
	    outgoing ? ch->partner : ch->own, "hit", seq, jws_typ(type), hash, NULL, why);
}
