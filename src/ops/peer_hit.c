/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_hit: a partner asks in private.  Order: signature, place in the channel, then `intent`
 * (dispatch), then the request itself durable, the keeper's counter durable, evaluation, the answer
 * durable with the outcome, and only then it leaves.  The same request again gets the same bytes.
 * What a rule refuses is answered by a signed refusal.
 */
#include "ops/hit_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer_hit {
	struct hit_channel channel;
	const char *jws;	    /* the request as it came */
	uint8_t hash[CRYPTO_HASH_LEN];
	struct hit_ask *ask;	    /* in the arena */
	struct hit_received_row *kept; /* of the same number, in the arena; seq 0: none */
	const char *kept_answer;
	struct arena *arena;
	uint64_t last_seq, used_day, used_epoch; /* of the last answered, on the day of the ask */
	uint8_t prev[CRYPTO_HASH_LEN]; /* hash of the last answer */
	uint32_t epoch, rules;	    /* of the annex's filter in force; 0: none */
	uint64_t list_seq;
};

/* ---- what is known of the channel ---------------------------------------------------------------- */

static enum ent_err
load_kept(struct store_tx *tx, struct peer_hit *p, struct ent_why *why)
{
	struct buf answer;
	buf_init(&answer, HITS_JWS_MAX);
	enum ent_err err = hit_received_get(tx, p->channel.agreement, p->ask->seq, p->kept, &answer, why);
	p->kept_answer = arena_strdup(p->arena, buf_cstr(&answer));
	if (err == ENT_ENOTFOUND)
		p->kept->seq = 0;
	buf_done(&answer);
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

static enum ent_err
load_last(struct store_tx *tx, struct peer_hit *p, struct ent_why *why)
{
	struct hit_received_row *last = ent_alloc(sizeof *last);
	struct buf answer;
	buf_init(&answer, HITS_JWS_MAX);
	enum ent_err err = hit_received_last(tx, p->channel.agreement, NULL, last, &answer, why);
	if (err == ENT_OK) {
		p->last_seq = last->seq;
		jws_hash((struct str){ (const char *)answer.p, answer.n }, p->prev);
		err = hit_received_last(tx, p->channel.agreement, p->channel.annex, last, NULL, why);
	}
	if (err == ENT_OK) {
		p->used_day = hit_used_on(last->used_day, last->asked_at, p->ask->time);
		p->used_epoch = last->epoch == p->ask->epoch ? last->used_epoch : 0;
	}
	buf_done(&answer);
	free(last);
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

static enum ent_err
load_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct peer_hit *p = ctx;
	struct hit_filter_row filter = { .epoch = 0 };
	struct hit_list_row list;
	enum ent_err err = load_kept(tx, p, why);
	if (err == ENT_OK)
		err = load_last(tx, p, why);
	if (err == ENT_OK)
		err = hit_list_get(tx, p->channel.agreement, p->channel.annex, &list, NULL, why);
	if (err != ENT_OK)
		return err;
	p->list_seq = list.seq;
	err = hit_filter_current(tx, p->channel.agreement, p->channel.annex, &filter, NULL, why);
	p->epoch = err == ENT_OK ? filter.epoch : 0;
	p->rules = err == ENT_OK ? filter.rules : 0;
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

static bool
is_repeat(const struct peer_hit *p)
{
	return p->kept->seq == p->ask->seq && memcmp(p->kept->hash, p->hash, sizeof p->hash) == 0;
}

/* Its number is used up: whoever sends it again gets the same bytes. */
static bool
is_settled(const struct hit_received_row *row)
{
	return row->result == HIT_RECEIVED_ANSWERED || row->result == HIT_RECEIVED_SPENT;
}

/* ---- decode: nothing is believed before the signature -------------------------------------------- */

static enum ent_err
verify(struct op_call *c, struct peer_hit *p)
{
	struct js *payload = NULL;
	enum ent_err err = jws_peek(str_of(p->jws), JWS_HITASK, &payload, c->why);
	if (err != ENT_OK)
		return err;
	const char *agreement = js_get_str(payload, "agreement");
	err = hit_channel_of(c->node, agreement == NULL ? "" : agreement,
	    (uint32_t)js_get_int(payload, "epoch", 0), purpose_of(js_get_str(payload, "purpose")),
	    &p->channel, c->why);
	js_free(payload);
	if (err != ENT_OK)
		return err;
	if (strcmp(p->channel.partner, c->who->actor.service) != 0)
		return ent_fail(ENT_EPIN, c->why, "the caller is no party of agreement '%s'",
		    p->channel.agreement);
	err = jws_verify(str_of(p->jws), JWS_HITASK, p->channel.record, &payload, c->why);
	if (err == ENT_OK)
		err = hit_ask_read(payload, p->ask, c->why);
	js_free(payload);
	if (err == ENT_OK && (strcmp(p->ask->iss, p->channel.partner) != 0 ||
	    strcmp(p->ask->to, p->channel.own) != 0))
		err = ent_fail(ENT_EPEER, c->why, "the request is of another channel");
	return err;
}

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct peer_hit *p = arena_alloc(c->arena, sizeof *p);
	p->jws = js_want_str(&r, "jws", JWS_MAX);
	if (r.err != ENT_OK)
		return r.err;
	p->arena = c->arena;
	p->ask = arena_alloc(c->arena, sizeof *p->ask);
	p->kept = arena_alloc(c->arena, sizeof *p->kept);
	enum ent_err err = verify(c, p);
	if (err != ENT_OK)
		return err;
	jws_hash(str_of(p->jws), p->hash);
	err = store_read(node_store(c->node), load_body, p, c->why);
	c->ask.agreement = p->channel.agreement;
	c->ask.annex = p->channel.annex;
	c->ask.purpose = p->ask->purpose;
	c->ask.used_day = p->used_day;
	c->ask.used_epoch = p->used_epoch;
	c->ask.elements = is_repeat(p) ? 0 : (uint32_t)p->ask->count;
	c->event.partner = p->channel.partner;
	op_fact_int(c, "seq", (int64_t)p->ask->seq);
	op_fact_int(c, "elements", (int64_t)p->ask->count);
	c->state = p;
	return err;
}

/* ---- answers -------------------------------------------------------------------------------------- */

static enum ent_err
sign_answer(struct op_call *c, struct hit_answer *a, struct buf *jws)
{
	const struct peer_hit *p = c->state;
	struct buf payload;
	(void)snprintf(a->iss, sizeof a->iss, "%s", p->channel.own);
	(void)snprintf(a->to, sizeof a->to, "%s", p->channel.partner);
	(void)snprintf(a->agreement, sizeof a->agreement, "%s", p->channel.agreement);
	a->seq = p->ask->seq;
	a->time = clock_now();
	a->withdrawn = p->list_seq;
	memcpy(a->request, p->hash, sizeof a->request);
	buf_init(&payload, JWS_MAX);
	enum ent_err err = hit_answer_write(a, &payload, c->why);
	if (err == ENT_OK)
		err = keeper_sign(node_keeper(c->node), JWS_HITANSWER, buf_bytes(&payload), jws, c->why);
	buf_done(&payload);
	return err;
}

/* One transaction: what is kept of the request, and lines of the exchange log. */
struct keep {
	struct op_call *call;
	const struct hit_received_row *row;
	const char *answer; /* "" before it is answered */
};

/* Another call may have come in between with the same number: what is answered stays. */
static enum ent_err
keep_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct keep *k = ctx;
	const struct peer_hit *p = k->call->state;
	struct hit_received_row *there = arena_alloc(p->arena, sizeof *there);
	enum ent_err err = hit_received_get(tx, p->channel.agreement, p->ask->seq, there, NULL, why);
	bool same = err == ENT_OK && memcmp(there->hash, p->hash, sizeof p->hash) == 0;
	bool answered = err == ENT_OK && is_settled(there);
	bool refusal = k->row->result > HIT_RECEIVED_ANSWERED;
	if (err != ENT_OK && err != ENT_ENOTFOUND)
		return err;
	if (answered && same)
		return ent_fail(ENT_EBUSY, why, "the same request is being answered");
	if (answered && !refusal)
		return ent_fail(ENT_ESEQ, why, "request %llu was answered already",
		    (unsigned long long)p->ask->seq);
	err = answered ? ENT_OK : hit_received_put(tx, p->channel.agreement, k->row, k->answer, why);
	if (err == ENT_OK && !same)
		err = hit_channel_log(tx, &p->channel, false, p->ask->seq, JWS_HITASK, str_of(p->jws), why);
	if (err == ENT_OK && k->answer[0] != '\0')
		err = hit_channel_log(tx, &p->channel, true, p->ask->seq, JWS_HITANSWER, str_of(k->answer),
		    why);
	return err;
}

static enum ent_err
keep(struct op_call *c, const struct hit_received_row *row, const char *answer)
{
	struct keep k = { .call = c, .row = row, .answer = answer };
	return store_write(node_store(c->node), keep_body, &k, c->why);
}

static void
row_of(const struct peer_hit *p, struct hit_received_row *row)
{
	*row = (struct hit_received_row){ .seq = p->ask->seq, .epoch = p->ask->epoch,
		.rules = p->rules, .received_at = clock_now(), .asked_at = p->ask->time,
		.bytes = p->ask->count * OPRF_ELEMENT };
	memcpy(row->hash, p->hash, sizeof row->hash);
	memcpy(row->elements, p->ask->elements, row->bytes);
	row->keep_until = row->received_at + p->channel.retention_days * ENT_DAY;
}

static struct keeper_eval
evaluation_of(const struct peer_hit *p)
{
	struct keeper_eval in = { .epoch = p->ask->epoch, .seq = p->ask->seq, .count = p->ask->count,
		.blinded = p->ask->elements, .now = p->ask->time };
	(void)snprintf(in.agreement, sizeof in.agreement, "%s", p->channel.agreement);
	memcpy(in.request, p->hash, sizeof in.request);
	return in;
}

/* Taken in once, counted by the keeper, and then cut off before it was answered: whatever refuses it now,
 * its quota is used, and so its number must be, on both sides. */
static enum ent_err
was_counted(struct op_call *c, struct hit_answer *a, struct hit_received_row *row)
{
	const struct peer_hit *p = c->state;
	struct keeper_count count = { .counted = false };
	if (!is_repeat(p) || p->kept->result != HIT_RECEIVED_OPEN)
		return ENT_OK;
	const struct keeper_eval in = evaluation_of(p);
	enum ent_err err = keeper_counted(node_keeper(c->node), &in, &count, c->why);
	if (err != ENT_OK || !count.counted)
		return err;
	a->counted = true;
	a->used_day = row->used_day = count.used_day;
	a->used_epoch = row->used_epoch = count.used_epoch;
	row->result = HIT_RECEIVED_SPENT;
	return ENT_OK;
}

/* A signed refusal; kept and logged like an answer, but the number is free for another request. */
static enum ent_err
refuse(struct op_call *c, enum ent_err err, const char *clause)
{
	struct peer_hit *p = c->state;
	struct hit_answer *a = arena_alloc(c->arena, sizeof *a);
	struct hit_received_row *row = arena_alloc(c->arena, sizeof *row);
	struct buf jws;
	op_fact_str(c, "refused", clause);
	a->error = err;
	a->epoch = p->epoch;
	a->used_day = p->used_day;
	a->used_epoch = p->used_epoch;
	(void)snprintf(a->clause, sizeof a->clause, "%s", clause);
	row_of(p, row);
	row->result = err;
	buf_init(&jws, HITS_JWS_MAX);
	enum ent_err failed = was_counted(c, a, row);
	if (failed == ENT_OK)
		failed = sign_answer(c, a, &jws);
	if (failed == ENT_OK)
		failed = keep(c, row, buf_cstr(&jws));
	if (failed == ENT_OK)
		js_set_str(c->out, "jws", buf_cstr(&jws));
	buf_done(&jws);
	return failed;
}

/* A number that leaves others out has no place in the exchange log, where it would look as if we had
 * dropped those: it is refused without a message of the channel. */
static enum ent_err
skipped(struct op_call *c, const struct peer_hit *p)
{
	op_fact_str(c, "refused", "hit/sequence");
	return ent_refuse(ENT_ESEQ, c->why, "hit/sequence", "request %llu came, %llu was due",
	    (unsigned long long)p->ask->seq, (unsigned long long)p->last_seq + 1);
}

static enum ent_err
refused(struct op_call *c, enum ent_err verdict)
{
	struct peer_hit *p = c->state;
	enum ent_err err = verdict;
	char clause[sizeof c->why->clause];
	(void)snprintf(clause, sizeof clause, "%s", c->why->clause);
	bool tells = verdict == ENT_EREFUSED || verdict == ENT_EQUOTA || verdict == ENT_ESUSPENDED ||
	    verdict == ENT_EEXPIRED;
	if (tells && p->ask->seq > p->last_seq + 1)
		err = skipped(c, p);
	else if (tells && is_repeat(p) && (p->kept->result == (int64_t)verdict ||
	    p->kept->result == HIT_RECEIVED_SPENT)) {
		js_set_str(c->out, "jws", p->kept_answer);
		err = ENT_OK;
	} else if (tells) {
		err = refuse(c, verdict, clause);
	}
	return err;
}

/* Its place in the channel; ENT_OK, or what to refuse it with.  A repeat of what was taken in once is
 * not late: the keeper may have counted it. */
static enum ent_err
place(const struct peer_hit *p, ent_time now, const char **clause)
{
	ent_time apart = now > p->ask->time ? now - p->ask->time : p->ask->time - now;
	*clause = p->epoch == 0 ? "hit/no filter is in force here" : "hit/epoch";
	if (p->epoch == 0 || p->ask->epoch != p->epoch)
		return ENT_ESTATE;
	*clause = "hit/sequence";
	if (p->ask->seq != p->last_seq + 1 || memcmp(p->ask->prev, p->prev, sizeof p->prev) != 0)
		return ENT_ESEQ;
	*clause = "hit/time";
	return apart > HIT_CLOCKS_APART && !is_repeat(p) ? ENT_ESTATE : ENT_OK;
}

static enum ent_err
evaluate(struct op_call *c, struct hit_answer *a, struct hit_received_row *row)
{
	const struct peer_hit *p = c->state;
	const struct keeper_eval in = evaluation_of(p);
	enum ent_err err = keeper_evaluate(node_keeper(c->node), &in, a->elements, a->proof, &a->used_day,
	    &a->used_epoch, c->why);
	if (err != ENT_OK)
		return err;
	a->epoch = p->ask->epoch;
	a->count = p->ask->count;
	memcpy(row->evaluated, a->elements, row->bytes);
	row->used_day = a->used_day;
	row->used_epoch = a->used_epoch;
	row->result = HIT_RECEIVED_ANSWERED;
	return ENT_OK;
}

static enum ent_err
answer(struct op_call *c)
{
	struct peer_hit *p = c->state;
	struct hit_answer *a = arena_alloc(c->arena, sizeof *a);
	struct hit_received_row *row = arena_alloc(c->arena, sizeof *row);
	struct buf jws;
	row_of(p, row);
	enum ent_err err = is_repeat(p) ? ENT_OK : keep(c, row, "");
	if (err == ENT_OK)
		err = evaluate(c, a, row);
	if (err == ENT_EQUOTA)
		return refuse(c, err, "quota");
	if (err != ENT_OK)
		return err;
	buf_init(&jws, HITS_JWS_MAX);
	err = sign_answer(c, a, &jws);
	if (err == ENT_OK)
		err = keep(c, row, buf_cstr(&jws));
	if (err == ENT_OK)
		js_set_str(c->out, "jws", buf_cstr(&jws));
	op_fact_int(c, "used_day", (int64_t)a->used_day);
	op_fact_int(c, "used_epoch", (int64_t)a->used_epoch);
	buf_done(&jws);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	struct peer_hit *p = c->state;
	const char *clause;
	enum ent_err err = ENT_OK, no;
	if (is_repeat(p) && is_settled(p->kept))
		js_set_str(c->out, "jws", p->kept_answer); /* it was lost on the way; counted once */
	else if (p->ask->seq > p->last_seq + 1)
		err = skipped(c, p);
	else if ((no = place(p, clock_now(), &clause)) != ENT_OK)
		err = refuse(c, no, clause);
	else
		err = answer(c);
	return err;
}

const struct op_impl op_peer_hit = { .decode = decode, .run = run, .refused = refused };
