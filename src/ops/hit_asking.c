/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/hit_asking.h"

#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum ent_err
begin_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hit_asking *a = ctx;
	const struct hit_asker_texts texts = { &a->note, &a->list, &a->pending };
	buf_reset(&a->note);
	buf_reset(&a->list);
	buf_reset(&a->pending);
	return hit_asker_get(tx, a->channel.agreement, a->channel.annex, &a->row, &texts, why);
}

static enum ent_err
load(struct hit_asking *a)
{
	return store_read(node_store(a->node), begin_body, a, a->why);
}

enum ent_err
hit_asking_begin(struct hit_asking *a)
{
	buf_init(&a->note, NOTE_MAX);
	buf_init(&a->list, HITS_JWS_MAX);
	buf_init(&a->pending, HITS_JWS_MAX);
	return load(a);
}

void
hit_asking_done(struct hit_asking *a)
{
	buf_done(&a->note);
	buf_done(&a->list);
	buf_done(&a->pending);
	hit_file_unmap(&a->map);
	hit_withdrawn_done(&a->withdrawn);
}

enum ent_err
hit_asking_filter(struct hit_asking *a, bool anew)
{
	enum ent_err err = ENT_OK;
	if (anew || a->row.epoch == 0 || a->row.stopped[0] != '\0')
		err = hit_fetch_filter(a);
	else if (a->map.p == NULL || a->head.epoch != a->row.epoch)
		err = hit_fetch_open(a);
	if (err == ENT_OK && a->row.stopped[0] != '\0') /* a new epoch would have cleared it */
		err = ent_fail(ENT_ESTATE, a->why, "%s", a->row.stopped);
	return err;
}

/* Send what is pending and take over what comes back. */
static enum ent_err
exchange(struct hit_asking *a, bool *again)
{
	struct js *request = js_object(), *answer = NULL;
	struct buf got;
	*again = false;
	js_set_str(request, "jws", buf_cstr(&a->pending));
	buf_init(&got, JWS_MAX + 1024);
	enum ent_err err = hit_channel_post(a->node, &a->channel, "/peer/hit", request, &got, a->why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&got), JWS_MAX + 1024, &answer, a->why);
	const char *jws = js_get_str(answer, "jws");
	if (err == ENT_OK && jws == NULL)
		err = ent_fail(ENT_EPEER, a->why, "the partner's answer is missing");
	if (err == ENT_OK)
		err = hit_answered(a, str_of(jws), again);
	js_free(answer);
	buf_done(&got);
	return err;
}

static enum ent_err
settle(struct hit_asking *a)
{
	bool again = false;
	if (a->pending.n == 0 || strcmp(a->row.pending_annex, a->channel.annex) != 0)
		return ENT_OK;
	enum ent_err err = hit_asking_filter(a, false);
	if (err == ENT_OK)
		err = exchange(a, &again);
	if (again) /* refused for its epoch: nothing was answered */
		return hit_asking_filter(a, true);
	/* Refused for whatever reason, signed: it is settled; the next request is judged by itself. */
	return err != ENT_OK && a->pending.n == 0 && a->row.stopped[0] == '\0' ? ENT_OK : err;
}

/* What is pending was asked under another annex, and is held against that one's filter. */
static enum ent_err
settle_other(struct hit_asking *a)
{
	struct hit_asking o = { .node = a->node, .grant = a->grant, .purpose = a->purpose,
		.user = a->user, .why = a->why };
	enum ent_err err = hit_channel_get(a->node, a->channel.agreement, a->row.pending_annex, &o.channel,
	    a->why);
	if (err != ENT_OK)
		return err;
	err = hit_asking_begin(&o);
	if (err == ENT_OK)
		err = settle(&o);
	hit_asking_done(&o);
	return err == ENT_OK ? load(a) : err;
}

enum ent_err
hit_asking_settle(struct hit_asking *a)
{
	enum ent_err err = load(a);
	if (err != ENT_OK || a->pending.n == 0)
		return err;
	return strcmp(a->row.pending_annex, a->channel.annex) == 0 ? settle(a) : settle_other(a);
}

/* ---- one message --------------------------------------------------------------------------------- */

struct send {
	struct hit_asking *asking;
	struct hit_person *persons;
	size_t count;
	struct hit_ask ask;
	struct hit_query *queries; /* owned, wiped */
	uint8_t salt[CRYPTO_SALT_LEN]; /* of the case's digest */
	struct buf jws;
	bool taken; /* another caller's request is pending */
};

/* What is sealed of one person: how to open it, and what was asked for people. */
static enum ent_err
put_query(struct store_tx *tx, struct send *s, size_t i, struct ent_why *why)
{
	const struct hit_asking *a = s->asking;
	struct hit_query_row row = { .id = s->persons[i].id, .asked_by = a->user, .epoch = s->ask.epoch,
		.seq = s->ask.seq, .person = (int)i, .asked_at = s->ask.time, .state = HIT_QUERY_SENT };
	struct js *text = js_object();
	struct buf b;
	int64_t days = a->channel.retention_days < HIT_NO_HIT_DAYS ? a->channel.retention_days
	                                                           : HIT_NO_HIT_DAYS;
	(void)snprintf(row.agreement, sizeof row.agreement, "%s", a->channel.agreement);
	row.keep_until = s->ask.time + days * ENT_DAY;
	js_set_take(text, "query", hit_query_write(&s->queries[i]));
	js_set_take(text, "about", js_copy(s->persons[i].about));
	js_set_str(text, "case", a->case_ref);
	js_set_b64u(text, "salt", bytes_of(s->salt, sizeof s->salt));
	buf_init(&b, (size_t)1 << 16);
	js_write(text, &b);
	js_free(text);
	enum ent_err err = buf_err(&b);
	if (err == ENT_OK)
		err = hit_query_put(tx, a->grant, &row, buf_bytes(&b), why);
	crypto_wipe(b.p, b.n);
	buf_done(&b);
	return err;
}

static enum ent_err
put_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct send *s = ctx;
	struct hit_asking *a = s->asking;
	struct hit_asker_row now;
	struct buf pending;
	buf_init(&pending, HITS_JWS_MAX);
	const struct hit_asker_texts texts = { .pending = &pending };
	enum ent_err err = hit_asker_get(tx, a->channel.agreement, a->channel.annex, &now, &texts, why);
	s->taken = err == ENT_OK && (pending.n > 0 || now.seq + 1 != s->ask.seq ||
	    now.epoch != s->ask.epoch);
	buf_done(&pending);
	if (err != ENT_OK || s->taken)
		return err;
	for (size_t i = 0; i < s->count && err == ENT_OK; i++)
		err = put_query(tx, s, i, why);
	if (err == ENT_OK)
		err = hit_asker_put(tx, a->channel.agreement, a->channel.annex, &now, NULL, NULL, buf_cstr(&s->jws), why);
	if (err == ENT_OK)
		err = hit_channel_log(tx, &a->channel, true, s->ask.seq, JWS_HITASK,
		    str_of(buf_cstr(&s->jws)), why);
	return err;
}

static void
digest_case(const struct hit_asking *a, struct send *s)
{
	struct bytes key = bytes_of(s->salt, sizeof s->salt);
	crypto_random(s->salt, sizeof s->salt);
	crypto_blake2b(key, bytes_of_cstr(a->case_ref == NULL ? "" : a->case_ref), s->ask.case_digest,
	    sizeof s->ask.case_digest);
}

/* Queries, blinded elements, counters as they will be. */
static enum ent_err
compose(struct send *s)
{
	struct hit_asking *a = s->asking;
	struct hit_domain d = { a->channel.agreement, a->row.epoch, a->row.rules };
	uint8_t commits[HIT_PERSONS_MAX * CRYPTO_HASH_LEN], seed[HIT_SEED];
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < s->count && err == ENT_OK; i++) {
		crypto_random(seed, sizeof seed);
		err = hit_query_make(a->grant, &s->persons[i].terms, &d, seed, &s->queries[i], a->why);
		if (err == ENT_OK)
			err = hit_query_blind(&s->queries[i], s->ask.elements + i * HIT_SLOTS * OPRF_ELEMENT,
			    a->why);
		hit_query_commit(&s->queries[i], commits + i * CRYPTO_HASH_LEN);
	}
	crypto_wipe(seed, sizeof seed);
	crypto_sha256(bytes_of(commits, s->count * CRYPTO_HASH_LEN), s->ask.commit);
	(void)snprintf(s->ask.iss, sizeof s->ask.iss, "%s", a->channel.own);
	(void)snprintf(s->ask.to, sizeof s->ask.to, "%s", a->channel.partner);
	(void)snprintf(s->ask.agreement, sizeof s->ask.agreement, "%s", a->channel.agreement);
	s->ask.epoch = a->row.epoch;
	s->ask.seq = a->row.seq + 1;
	s->ask.time = clock_now();
	s->ask.purpose = a->purpose;
	s->ask.count = s->count * HIT_SLOTS;
	memcpy(s->ask.prev, a->row.prev, sizeof s->ask.prev);
	s->ask.used_day = hit_used_on(a->row.used_day, a->row.counted_at, s->ask.time) + s->ask.count;
	s->ask.used_epoch = a->row.used_epoch + s->ask.count;
	digest_case(a, s);
	return err;
}

static enum ent_err
sign_and_keep(struct send *s)
{
	struct hit_asking *a = s->asking;
	struct buf payload;
	buf_init(&payload, JWS_MAX);
	enum ent_err err = hit_ask_write(&s->ask, &payload, a->why);
	if (err == ENT_OK)
		err = keeper_sign(node_keeper(a->node), JWS_HITASK, buf_bytes(&payload), &s->jws, a->why);
	if (err == ENT_OK)
		err = store_write(node_store(a->node), put_body, s, a->why);
	buf_done(&payload);
	return err;
}

static enum ent_err
send_once(struct hit_asking *a, struct hit_person *persons, size_t count, bool *again)
{
	struct send *s = ent_alloc(sizeof *s);
	s->asking = a;
	s->persons = persons;
	s->count = count;
	s->queries = ent_alloc_array(count, sizeof *s->queries);
	buf_init(&s->jws, HITS_JWS_MAX);
	for (size_t i = 0; i < count; i++)
		persons[i].id = id_new();
	enum ent_err err = compose(s);
	if (err == ENT_OK)
		err = sign_and_keep(s);
	*again = s->taken;
	if (err == ENT_OK && !s->taken) {
		buf_reset(&a->pending);
		buf_put(&a->pending, s->jws.p, s->jws.n);
		err = exchange(a, again);
	}
	crypto_wipe(s->queries, count * sizeof *s->queries);
	free(s->queries);
	buf_done(&s->jws);
	crypto_wipe(s, sizeof *s);
	free(s);
	return err;
}

/* Questions are made by this node's rules, and fit a filter of no others.  Where the rules have changed
 * since it was fetched, the partner may have built anew; what is pending is settled by the old one. */
static enum ent_err
filter_of_our_rules(struct hit_asking *a)
{
	enum ent_err err = hit_asking_filter(a, a->row.rules != TEXT_RULES_VERSION);
	if (err == ENT_OK && a->row.rules != TEXT_RULES_VERSION)
		err = ent_fail(ENT_ESTATE, a->why, "the filter of %s is of rules version %u, this node has "
		    "%u: %s", a->channel.partner, a->row.rules, TEXT_RULES_VERSION,
		    a->row.rules < TEXT_RULES_VERSION
		        ? "it must be built anew there (entente filter build)"
		        : "bring this node up to date");
	return err;
}

#define ATTEMPTS 16 /* other callers at the same time, or a filter that was just replaced */

enum ent_err
hit_asking_send(struct hit_asking *a, struct hit_person *persons, size_t count)
{
	ENT_ASSERT(count > 0 && count <= HIT_PERSONS_MAX);
	for (int i = 0; i < ATTEMPTS; i++) {
		bool again = false;
		enum ent_err err = hit_asking_settle(a);
		if (err == ENT_OK)
			err = filter_of_our_rules(a);
		if (err == ENT_OK)
			err = send_once(a, persons, count, &again);
		if (again && err == ENT_ESTATE)
			err = hit_asking_filter(a, true);
		if (err != ENT_OK || !again)
			return err;
	}
	return ent_fail(ENT_EBUSY, a->why, "others are asking under this agreement; try again");
}
