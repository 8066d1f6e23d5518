/* SPDX-License-Identifier: Apache-2.0
 *
 * OPRF keys and evaluations: quota and sequence on the main thread, multiplications on a worker.
 */
#include "base/time.h"
#include "keeper/server.h"

#include <inttypes.h>
#include <string.h>

#define ELEMENTS_A_PERSON 8
#define ELEMENTS_SIZE ((size_t)OPRF_BATCH_MAX * OPRF_ELEMENT)

static enum ent_err
malformed(struct job *j)
{
	return ent_fail(ENT_ESYNTAX, &j->why, "a malformed message to the keeper");
}

static enum ent_err
broken(struct job *j)
{
	return ent_fail(ENT_EIO, &j->why, "the keeper's state cannot be read or written");
}

static bool
read_key_name(struct cursor *in, char agreement[static STATE_AGREEMENT], uint32_t *epoch)
{
	cur_get_text(in, agreement, STATE_AGREEMENT);
	*epoch = cur_get_u32(in);
	return !in->bad && agreement[0] != '\0';
}

static enum ent_err
make_key(struct server *s, struct job *j, const char *agreement, uint32_t epoch,
    struct state_key *k)
{
	char room[96];
	uint8_t seed[32];
	enum ent_err err;
	uint8_t *sk = crypto_secret_new(OPRF_SCALAR);
	crypto_random(seed, sizeof seed);
	err = oprf_derive_key(OPRF_MODE_VERIFIABLE, seed, bytes_of_cstr(agreement), sk, k->pk);
	crypto_wipe(seed, sizeof seed);
	if (err == ENT_OK) {
		crypto_seal(s->keys->master, bytes_of(sk, OPRF_SCALAR),
		    cache_context(agreement, epoch, room), k->sealed);
		err = state_key_add(s->state, agreement, epoch, k);
	}
	if (err == ENT_OK) {
		s->changed = true;
		j->entry = cache_add(s, agreement, epoch, k->pk, sk);
		j->entry->fresh = true;
	}
	crypto_secret_free(sk);
	return err == ENT_OK ? ENT_OK : broken(j);
}

enum ent_err
prepare_oprf_open(struct server *s, struct job *j, struct cursor *in)
{
	char agreement[STATE_AGREEMENT];
	uint32_t epoch;
	char annex[STATE_AGREEMENT];
	struct state_key k;
	bool ok = read_key_name(in, agreement, &epoch);
	cur_get_text(in, annex, sizeof annex);
	uint64_t day = cur_get_u64(in), all = cur_get_u64(in);
	if (!ok || !cur_done(in) || annex[0] == '\0' || day > INT64_MAX || all > INT64_MAX)
		return malformed(j);
	if (state_key_get(s->state, agreement, epoch, &k) != ENT_OK)
		return broken(j);
	if (!k.found) {
		memcpy(k.annex, annex, sizeof k.annex);
		k.quota_day = day;
		k.quota_epoch = all;
		return make_key(s, j, agreement, epoch, &k);
	}
	if (strcmp(annex, k.annex) != 0)
		return ent_refuse(ENT_ESTATE, &j->why, "keeper/annex",
		    "the key of epoch %" PRIu32 " is that of annex '%s'", epoch, k.annex);
	if (day > k.quota_day || all > k.quota_epoch)
		return ent_refuse(ENT_ESTATE, &j->why, "keeper/quota",
		    "the quota of an epoch is not raised: it was %" PRIu64 " a day and %" PRIu64
		    " in all; the next epoch may have more", k.quota_day, k.quota_epoch);
	enum ent_err err = cache_hold(s, agreement, epoch, &j->entry, &j->why);
	if (err != ENT_OK || (day == k.quota_day && all == k.quota_epoch))
		return err;
	s->changed = true;
	return state_key_quota(s->state, agreement, epoch, day, all) == ENT_OK ? ENT_OK : broken(j);
}

enum ent_err
work_oprf_open(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	(void)s;
	(void)in;
	cur_put(out, j->entry->pk, sizeof j->entry->pk);
	return ENT_OK;
}

enum ent_err
prepare_oprf_destroy(struct server *s, struct job *j, struct cursor *in)
{
	char agreement[STATE_AGREEMENT];
	uint32_t epoch;
	struct state_key k;
	if (!read_key_name(in, agreement, &epoch) || !cur_done(in))
		return malformed(j);
	if (state_key_get(s->state, agreement, epoch, &k) != ENT_OK)
		return broken(j);
	if (!k.found)
		return ent_fail(ENT_ENOTFOUND, &j->why, "no OPRF key of '%s', epoch %" PRIu32, agreement,
		    epoch);
	cache_drop(s, agreement, epoch);
	s->changed = s->shred = true;
	return state_key_destroy(s->state, agreement, epoch) == ENT_OK ? ENT_OK : broken(j);
}

struct evaluation {
	char agreement[STATE_AGREEMENT];
	uint32_t epoch, count;
	uint64_t seq;
	uint8_t request[CRYPTO_HASH_LEN];
	int64_t now;
	const uint8_t *elements; /* borrowed from the frame */
};

static bool
read_elements(struct cursor *in, struct evaluation *e, uint32_t unit)
{
	e->elements = in->p + in->at;
	in->bad = in->bad || in->n - in->at != ELEMENTS_SIZE;
	return !in->bad && e->count >= 1 && e->count <= OPRF_BATCH_MAX && e->count % unit == 0;
}

static bool
read_evaluation(struct cursor *in, struct evaluation *e)
{
	bool ok = read_key_name(in, e->agreement, &e->epoch);
	e->seq = cur_get_u64(in);
	cur_get(in, e->request, sizeof e->request);
	e->count = cur_get_u32(in);
	e->now = (int64_t)cur_get_u64(in);
	return ok && e->seq >= 1 && e->seq <= INT64_MAX && e->now >= 0 &&
	    read_elements(in, e, ELEMENTS_A_PERSON);
}

/* The node names a request by its hash; the keeper binds it to what it was really given, or a node
 * gone bad could have other elements evaluated under an old number, uncounted. */
static void
hash_elements(const struct evaluation *e, uint8_t out[static CRYPTO_HASH_LEN])
{
	char room[96];
	const struct bytes parts[] = { cache_context(e->agreement, e->epoch, room),
		bytes_of(e->elements, (size_t)e->count * OPRF_ELEMENT) };
	crypto_sha256_parts(parts, 2, out);
}

static enum ent_err
check_quota(struct job *j, const struct evaluation *e, const struct state_key *k,
    const struct state_counter *c)
{
	if (c->used_day > k->quota_day || e->count > k->quota_day - c->used_day)
		return ent_refuse(ENT_EQUOTA, &j->why, "keeper/quota/day",
		    "the quota of the day is used up: %" PRIu64 " of %" PRIu64 " persons",
		    c->used_day / ELEMENTS_A_PERSON, k->quota_day / ELEMENTS_A_PERSON);
	if (k->used_epoch > k->quota_epoch || e->count > k->quota_epoch - k->used_epoch)
		return ent_refuse(ENT_EQUOTA, &j->why, "keeper/quota/epoch",
		    "the quota of the epoch is used up: %" PRIu64 " of %" PRIu64 " persons",
		    k->used_epoch / ELEMENTS_A_PERSON, k->quota_epoch / ELEMENTS_A_PERSON);
	return ENT_OK;
}

/* Counts, in the open transaction.  A clock that was set back leaves the day where it was. */
static enum ent_err
count(struct server *s, struct job *j, const struct evaluation *e, const struct state_key *k,
    struct state_counter *c)
{
	int64_t today = e->now / ENT_DAY;
	if (today > c->day) {
		c->day = today;
		c->used_day = 0;
	}
	enum ent_err err = check_quota(j, e, k, c);
	if (err != ENT_OK)
		return err;
	c->seq = e->seq;
	c->used_day += e->count;
	memcpy(c->request, e->request, sizeof c->request);
	hash_elements(e, c->elements);
	j->used_day = c->used_day;
	j->used_epoch = k->used_epoch + e->count;
	s->changed = true;
	if (state_counter_put(s->state, e->agreement, k->annex, c) != ENT_OK ||
	    state_key_used(s->state, e->agreement, e->epoch, j->used_epoch) != ENT_OK)
		return broken(j);
	return ENT_OK;
}

static enum ent_err
check_sequence(struct server *s, struct job *j, const struct evaluation *e,
    const struct state_key *k, struct state_counter *c)
{
	uint8_t elements[CRYPTO_HASH_LEN];
	if (e->seq == c->seq) {
		hash_elements(e, elements);
		if (memcmp(e->request, c->request, sizeof c->request) != 0 ||
		    memcmp(elements, c->elements, sizeof elements) != 0)
			return ent_refuse(ENT_ESEQ, &j->why, "keeper/sequence",
			    "number %" PRIu64 " was another request", e->seq);
		j->used_day = c->used_day; /* the same again: answered, not counted */
		j->used_epoch = k->used_epoch;
		return ENT_OK;
	}
	if (e->seq != c->seq + 1)
		return ent_refuse(ENT_ESEQ, &j->why, "keeper/sequence",
		    "number %" PRIu64 " comes where %" PRIu64 " is due", e->seq, c->seq + 1);
	return count(s, j, e, k, c);
}

enum ent_err
prepare_evaluate(struct server *s, struct job *j, struct cursor *in)
{
	struct evaluation e;
	struct state_key k;
	struct state_counter c;
	if (!read_evaluation(in, &e))
		return malformed(j);
	enum ent_err err = cache_hold(s, e.agreement, e.epoch, &j->entry, &j->why);
	if (err != ENT_OK)
		return err;
	if (state_key_get(s->state, e.agreement, e.epoch, &k) != ENT_OK ||
	    state_counter_get(s->state, e.agreement, k.annex, &c) != ENT_OK)
		return broken(j);
	return check_sequence(s, j, &e, &k, &c);
}

/* Into evaluated, which has room for the whole batch. */
static enum ent_err
evaluate_all(struct job *j, const struct evaluation *e, uint8_t *evaluated)
{
	for (size_t i = 0; i < e->count; i++)
		if (oprf_evaluate(j->entry->sk, e->elements + i * OPRF_ELEMENT,
			evaluated + i * OPRF_ELEMENT) != ENT_OK)
			return ent_fail(ENT_EPROOF, &j->why, "element %zu is not one of the group", i);
	return ENT_OK;
}

enum ent_err
work_evaluate(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct evaluation e;
	uint8_t evaluated[ELEMENTS_SIZE] = { 0 }, proof[OPRF_PROOF], r[OPRF_SCALAR];
	(void)s;
	if (!read_evaluation(in, &e))
		return malformed(j);
	enum ent_err err = evaluate_all(j, &e, evaluated);
	if (err != ENT_OK)
		return err;
	oprf_scalar_random(r);
	err = oprf_prove(j->entry->sk, j->entry->pk, e.elements, evaluated, e.count, r, proof);
	crypto_wipe(r, sizeof r);
	if (err != ENT_OK)
		return ent_fail(err, &j->why, "the proof cannot be made");
	cur_put(out, evaluated, sizeof evaluated);
	cur_put(out, proof, sizeof proof);
	cur_put_u64(out, j->used_day);
	cur_put_u64(out, j->used_epoch);
	return ENT_OK;
}

enum ent_err
prepare_counted(struct server *s, struct job *j, struct cursor *in)
{
	struct evaluation e;
	struct state_key k;
	struct state_counter c;
	bool ok = read_key_name(in, e.agreement, &e.epoch);
	e.seq = cur_get_u64(in);
	cur_get(in, e.request, sizeof e.request);
	if (!ok || !cur_done(in))
		return malformed(j);
	if (state_key_get(s->state, e.agreement, e.epoch, &k) != ENT_OK ||
	    state_counter_get(s->state, e.agreement, k.annex, &c) != ENT_OK)
		return broken(j);
	if (!k.found)
		return ent_fail(ENT_ENOTFOUND, &j->why, "no OPRF key of '%s', epoch %" PRIu32, e.agreement,
		    e.epoch);
	j->counted = e.seq == c.seq && memcmp(e.request, c.request, sizeof c.request) == 0;
	j->used_day = c.used_day;
	j->used_epoch = k.used_epoch;
	return ENT_OK;
}

enum ent_err
work_counted(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	(void)s;
	(void)in;
	cur_put_u32(out, j->counted ? 1 : 0);
	cur_put_u64(out, j->used_day);
	cur_put_u64(out, j->used_epoch);
	return ENT_OK;
}

static bool
read_own(struct cursor *in, struct evaluation *e)
{
	bool ok = read_key_name(in, e->agreement, &e->epoch);
	e->count = cur_get_u32(in);
	return ok && read_elements(in, e, 1);
}

enum ent_err
prepare_evaluate_own(struct server *s, struct job *j, struct cursor *in)
{
	struct evaluation e;
	if (!read_own(in, &e))
		return malformed(j);
	return cache_hold(s, e.agreement, e.epoch, &j->entry, &j->why);
}

enum ent_err
work_evaluate_own(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct evaluation e;
	uint8_t evaluated[ELEMENTS_SIZE] = { 0 };
	(void)s;
	if (!read_own(in, &e))
		return malformed(j);
	enum ent_err err = evaluate_all(j, &e, evaluated);
	if (err == ENT_OK)
		cur_put(out, evaluated, sizeof evaluated);
	return err;
}
