/* SPDX-License-Identifier: Apache-2.0
 *
 * What an answer says: its place, its counters, its proof; then each person's keys are unblinded and
 * looked up here, in the partner's filter, with the withdrawn list beside it.  Whether there was a hit
 * shows in nothing that is sent.
 */
#include "ops/hit_asking.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct taken {
	struct hit_asking *asking;
	struct str compact;	   /* the answer */
	struct hit_ask *ask;	   /* owned; parsed from what is pending */
	struct hit_answer *answer; /* owned */
	enum hit_query_state unanswered; /* state to set when it was refused; 0: look up */
	const char *stopped;	   /* why the channel stops, or NULL */
	bool settled;		   /* another caller was first */
	/* Results by person, made before the transaction. */
	struct hit_query_row rows[HIT_PERSONS_MAX];
	size_t count;
};

/* ---- looking up ---------------------------------------------------------------------------------- */

/* The lowest class that hits decides; a withdrawn reference is as good as none. */
static enum ent_err
look_up(struct taken *t, const struct hit_query *q, struct hit_query_row *row)
{
	const struct hit_asking *a = t->asking;
	const uint8_t *evaluated = t->answer->elements + (size_t)row->person * HIT_SLOTS * OPRF_ELEMENT;
	uint8_t output[OPRF_OUTPUT], ref[HIT_REF];
	enum ent_err err = ENT_OK;
	row->state = HIT_QUERY_NO_HIT;
	for (size_t i = 0; i < HIT_SLOTS && err == ENT_OK; i++) {
		int class = q->slot[i].class;
		if (class == 0 || (row->state == HIT_QUERY_HIT && class >= row->class))
			continue;
		err = hit_query_output(q, i, evaluated + i * OPRF_ELEMENT, output, a->why);
		if (err != ENT_OK || !hit_filter_has(&a->head, a->map, hit_tag(a->head.id, output)))
			continue;
		hit_ref(output, ref);
		bool gone = hit_withdrawn_has(&a->withdrawn, ref);
		if (gone && row->state != HIT_QUERY_NO_HIT)
			continue;
		row->state = gone ? HIT_QUERY_WITHDRAWN : HIT_QUERY_HIT;
		row->class = class;
		memcpy(row->ref, ref, sizeof row->ref);
	}
	if (row->state == HIT_QUERY_HIT)
		row->keep_until = row->asked_at + a->channel.retention_days * ENT_DAY;
	crypto_wipe(output, sizeof output);
	return err;
}

static enum ent_err
take_query(void *ctx, const struct hit_query_row *row, struct bytes text, struct ent_why *why)
{
	struct taken *t = ctx;
	struct js *j = NULL;
	struct hit_query q;
	if (t->count == HIT_PERSONS_MAX || row->person < 0 ||
	    (size_t)row->person >= t->ask->count / HIT_SLOTS)
		return ent_fail(ENT_EINTERNAL, why, "more queries are kept than were asked");
	t->rows[t->count] = *row;
	struct hit_query_row *mine = &t->rows[t->count++];
	if (t->unanswered != 0) {
		mine->state = t->unanswered;
		return ENT_OK;
	}
	enum ent_err err = js_parse(text, (size_t)1 << 16, &j, why);
	if (err == ENT_OK)
		err = hit_query_read(js_get(j, "query"), &q, why);
	if (err == ENT_OK)
		err = look_up(t, &q, mine);
	hit_query_wipe(&q);
	js_free(j);
	return err;
}

static enum ent_err
queries_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct taken *t = ctx;
	t->count = 0;
	return hit_query_message(tx, t->asking->grant, t->asking->channel.agreement, t->ask->seq,
	    take_query, t, why);
}

/* ---- taking over --------------------------------------------------------------------------------- */

static enum ent_err
take_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct taken *t = ctx;
	struct hit_asking *a = t->asking;
	struct hit_asker_row now;
	struct buf pending;
	buf_init(&pending, HITS_JWS_MAX);
	const struct hit_asker_texts texts = { .pending = &pending };
	enum ent_err err = hit_asker_get(tx, a->channel.agreement, a->channel.annex, &now, &texts, why);
	t->settled = err == ENT_OK && !bytes_equal(buf_bytes(&pending), buf_bytes(&a->pending));
	buf_done(&pending);
	if (err != ENT_OK || t->settled)
		return err;
	if (t->answer->error == ENT_OK || t->answer->counted) {
		now.seq = t->ask->seq;
		jws_hash(t->compact, now.prev);
		now.used_day = t->answer->used_day;
		now.used_epoch = t->answer->used_epoch;
		now.counted_at = t->ask->time > now.counted_at ? t->ask->time : now.counted_at;
	}
	if (t->stopped != NULL)
		(void)snprintf(now.stopped, sizeof now.stopped, "%s", t->stopped);
	for (size_t i = 0; i < t->count && err == ENT_OK; i++)
		err = hit_query_result(tx, &t->rows[i], why);
	if (err == ENT_OK)
		err = hit_asker_put(tx, a->channel.agreement, a->channel.annex, &now, NULL, NULL, "", why);
	if (err == ENT_OK)
		err = hit_channel_log(tx, &a->channel, false, t->ask->seq, JWS_HITANSWER, t->compact, why);
	if (err == ENT_OK)
		a->row = now;
	return err;
}

static enum ent_err
take_over(struct taken *t)
{
	struct hit_asking *a = t->asking;
	enum ent_err err = store_read(node_store(a->node), queries_body, t, a->why);
	if (err == ENT_OK)
		err = store_write(node_store(a->node), take_body, t, a->why);
	if (err == ENT_OK)
		buf_reset(&a->pending);
	return err;
}

/* The two sides count differently: what was answered is not used, and nothing more is asked. */
static enum ent_err
stop(struct taken *t)
{
	struct ent_why why = *t->asking->why;
	t->stopped = why.text;
	t->unanswered = HIT_QUERY_UNANSWERED;
	enum ent_err err = take_over(t);
	*t->asking->why = why;
	return err == ENT_OK ? ENT_ESTATE : err;
}

static enum ent_err
refused(struct taken *t, bool *again)
{
	struct hit_asking *a = t->asking;
	const struct hit_answer *no = t->answer;
	t->unanswered = HIT_QUERY_UNANSWERED;
	enum ent_err err = take_over(t);
	if (err != ENT_OK)
		return err;
	*again = no->error == ENT_ESTATE && no->epoch != 0 && no->epoch != t->ask->epoch;
	if (no->error == ENT_EQUOTA)
		return ent_refuse(ENT_EQUOTA, a->why, no->clause, "%s refuses, signed: the quota is used up "
		    "(%" PRIu64 " persons today, %" PRIu64 " in this epoch)", a->channel.partner,
		    no->used_day / HIT_SLOTS, no->used_epoch / HIT_SLOTS);
	return ent_refuse(no->error, a->why, no->clause, "%s refuses, signed: %s", a->channel.partner,
	    ent_err_text(no->error));
}

/* The list is fetched whenever the answer names a newer one, hit or no hit. */
static enum ent_err
answered(struct taken *t)
{
	struct hit_asking *a = t->asking;
	enum ent_err err = oprf_verify(a->head.pk, t->ask->elements, t->answer->elements, t->ask->count,
	    t->answer->proof);
	if (err != ENT_OK)
		return ent_fail(ENT_EPROOF, a->why, "the proof of %s does not verify: it did not evaluate with "
		    "the key of its filter", a->channel.partner);
	if (t->answer->withdrawn > a->row.list_seq)
		err = hit_fetch_list(a);
	return err == ENT_OK ? take_over(t) : err;
}

static enum ent_err
read_both(struct taken *t)
{
	struct hit_asking *a = t->asking;
	struct js *payload = NULL;
	struct str pending = { (const char *)a->pending.p, a->pending.n };
	enum ent_err err = jws_peek(pending, JWS_HITASK, &payload, a->why); /* our own */
	if (err == ENT_OK)
		err = hit_ask_read(payload, t->ask, a->why);
	js_free(payload);
	if (err != ENT_OK)
		return err;
	payload = NULL;
	err = jws_verify(t->compact, JWS_HITANSWER, a->channel.record, &payload, a->why);
	if (err == ENT_OK)
		err = hit_answer_read(payload, t->answer, a->why);
	js_free(payload);
	return err;
}

enum ent_err
hit_answered(struct hit_asking *a, struct str compact, bool *again)
{
	struct taken *t = ent_alloc(sizeof *t);
	uint8_t hash[CRYPTO_HASH_LEN];
	t->asking = a;
	t->compact = compact;
	t->ask = ent_alloc(sizeof *t->ask);
	t->answer = ent_alloc(sizeof *t->answer);
	*again = false;
	enum ent_err err = read_both(t);
	if (err == ENT_OK) {
		jws_hash((struct str){ (const char *)a->pending.p, a->pending.n }, hash);
		err = hit_answer_fits(t->ask, hash, t->answer, a->why);
		if (err == ENT_ESTATE)
			err = stop(t);
		else if (err == ENT_OK)
			err = t->answer->error != ENT_OK ? refused(t, again) : answered(t);
	}
	free(t->ask);
	free(t->answer);
	crypto_wipe(t, sizeof *t);
	free(t);
	return err;
}
