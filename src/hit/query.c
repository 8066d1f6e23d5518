/* SPDX-License-Identifier: Apache-2.0
 *
 * One person asked about: slots, blinds from a seed, and the opening of it.  Seed and slots together
 * give every byte that was sent, so the asker can prove later what it asked, and cannot claim
 * anything else: another input would need a seed whose hash is a chosen scalar.
 */
#include "hit/hit.h"

#include <stdio.h>
#include <string.h>

#define BLIND_LABEL "entente-hit-blind-v1|"
#define PAD_LABEL "entente-hit-pad-v1|"
#define COMMIT_LABEL "entente-hit-commit-v1|"
#define REF_LABEL "entente-hitref"

_Static_assert(HIT_ELEMENTS_MAX == OPRF_BATCH_MAX, "one message, one batch");
_Static_assert(HIT_ELEMENTS_MAX == HIT_SLOTS * HIT_PERSONS_MAX, "8 elements a person");

/* label || seed || slot */
static size_t
seeded(const char *label, const uint8_t seed[static HIT_SEED], size_t slot, uint8_t out[static 64])
{
	size_t n = 0;
	for (; label[n] != '\0'; n++)
		out[n] = (uint8_t)label[n];
	memcpy(out + n, seed, HIT_SEED);
	out[n + HIT_SEED] = (uint8_t)slot;
	return n + HIT_SEED + 1;
}

static void
blind_of(const struct hit_query *q, size_t slot, uint8_t blind[static OPRF_SCALAR])
{
	uint8_t in[64];
	size_t n = seeded(BLIND_LABEL, q->seed, slot, in);
	oprf_hash_to_scalar(OPRF_MODE_VERIFIABLE, bytes_of(in, n), blind);
	crypto_wipe(in, sizeof in);
}

size_t
hit_query_used(const struct hit_query *q)
{
	size_t used = 0;
	for (size_t i = 0; i < HIT_SLOTS; i++)
		used += q->slot[i].class != 0;
	return used;
}

enum ent_err
hit_query_blind(const struct hit_query *q, uint8_t *blinded, struct ent_why *why)
{
	uint8_t blind[OPRF_SCALAR], pad[64];
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < HIT_SLOTS && err == ENT_OK; i++) {
		struct bytes in = bytes_of(q->slot[i].input, q->slot[i].n);
		if (q->slot[i].class == 0)
			in = bytes_of(pad, seeded(PAD_LABEL, q->seed, i, pad));
		blind_of(q, i, blind);
		err = oprf_blind(OPRF_MODE_VERIFIABLE, in, blind, blinded + i * OPRF_ELEMENT);
	}
	crypto_wipe(blind, sizeof blind);
	crypto_wipe(pad, sizeof pad);
	return err == ENT_OK ? ENT_OK : ent_fail(err, why, "a key cannot be blinded; ask again");
}

void
hit_query_commit(const struct hit_query *q, uint8_t out[static CRYPTO_HASH_LEN])
{
	struct buf b;
	buf_init(&b, 8192);
	buf_puts(&b, COMMIT_LABEL);
	for (size_t i = 0; i < HIT_SLOTS; i++) {
		uint8_t head[3] = { (uint8_t)q->slot[i].class, (uint8_t)(q->slot[i].n >> 8),
			(uint8_t)q->slot[i].n };
		buf_put(&b, head, sizeof head);
		buf_put(&b, q->slot[i].input, q->slot[i].n);
	}
	ENT_ASSERT(buf_err(&b) == ENT_OK);
	crypto_blake2b(bytes_of(q->seed, HIT_SEED), buf_bytes(&b), out, CRYPTO_HASH_LEN);
	crypto_wipe(b.p, b.n);
	buf_done(&b);
}

enum ent_err
hit_query_output(const struct hit_query *q, size_t slot,
    const uint8_t evaluated[static OPRF_ELEMENT], uint8_t out[static OPRF_OUTPUT],
    struct ent_why *why)
{
	uint8_t blind[OPRF_SCALAR];
	if (slot >= HIT_SLOTS || q->slot[slot].class == 0)
		return ent_fail(ENT_EINTERNAL, why, "slot %zu holds no key", slot);
	blind_of(q, slot, blind);
	enum ent_err err = oprf_finalize(bytes_of(q->slot[slot].input, q->slot[slot].n), blind,
	    evaluated, out);
	crypto_wipe(blind, sizeof blind);
	return err == ENT_OK ? ENT_OK : ent_fail(err, why, "the partner's answer holds no element");
}

void
hit_query_wipe(struct hit_query *q)
{
	crypto_wipe(q, sizeof *q);
}

void
hit_ref(const uint8_t output[static OPRF_OUTPUT], uint8_t ref[static HIT_REF])
{
	uint8_t in[sizeof REF_LABEL - 1 + OPRF_OUTPUT];
	memcpy(in, REF_LABEL, sizeof REF_LABEL - 1);
	memcpy(in + sizeof REF_LABEL - 1, output, OPRF_OUTPUT);
	crypto_blake2b(bytes_of(NULL, 0), bytes_of(in, sizeof in), ref, HIT_REF);
	crypto_wipe(in, sizeof in);
}

struct js *
hit_query_write(const struct hit_query *q)
{
	struct js *j = js_object(), *slots = js_array();
	js_set_b64u(j, "seed", bytes_of(q->seed, HIT_SEED));
	for (size_t i = 0; i < HIT_SLOTS; i++) {
		struct js *slot = js_new_null();
		if (q->slot[i].class != 0) {
			js_free(slot);
			slot = js_object();
			js_set_int(slot, "class", q->slot[i].class);
			js_set_take(slot, "input", js_new_strn(q->slot[i].input, q->slot[i].n));
		}
		js_append_take(slots, slot);
	}
	js_set_take(j, "slots", slots);
	return j;
}

static void
slot_read(const struct js *in, size_t i, struct hit_key *out, struct js_reader *r)
{
	static const char *const known[] = { "class", "input", NULL };
	char path[24];
	if (js_is_null(in) || r->err != ENT_OK)
		return;
	(void)snprintf(path, sizeof path, "slots[%zu]", i);
	struct js_reader s = js_reader_of(in, path, r->why);
	js_only(&s, known);
	out->class = (int)js_want_int(&s, "class", 1, HIT_CLASSES);
	const char *input = js_want_str(&s, "input", HIT_INPUT_MAX - 1);
	if (s.err != ENT_OK) {
		r->err = s.err;
		return;
	}
	out->n = strlen(input);
	memcpy(out->input, input, out->n);
}

enum ent_err
hit_query_read(const struct js *j, struct hit_query *out, struct ent_why *why)
{
	struct js_reader r = js_reader_of(j, "query", why);
	struct hit_query q;
	memset(&q, 0, sizeof q);
	js_want_b64u(&r, "seed", q.seed, HIT_SEED);
	const struct js *slots = js_want_array(&r, "slots", HIT_SLOTS);
	if (r.err == ENT_OK && js_len(slots) != HIT_SLOTS)
		r.err = ent_fail(ENT_EFIELD, why, "query.slots: %d are wanted", HIT_SLOTS);
	for (size_t i = 0; i < HIT_SLOTS && r.err == ENT_OK; i++)
		slot_read(js_at(slots, i), i, &q.slot[i], &r);
	if (r.err == ENT_OK)
		*out = q;
	hit_query_wipe(&q);
	return r.err;
}

struct js *
hit_opening(const struct grant *g, const struct hit_query *q, const uint8_t ref[static HIT_REF],
    struct ent_why *why)
{
	/* At follow-up the request itself is the act that was granted. */
	if (grant_check(g, ACTION_REQUEST, NULL) != ENT_OK &&
	    grant_check(g, ACTION_OPENQUERY, why) != ENT_OK)
		return NULL;
	struct js *j = hit_query_write(q);
	js_set_b64u(j, "ref", bytes_of(ref, HIT_REF));
	return j;
}

/* The slot's input is of the domain and the class it says. */
static bool
in_domain(const struct hit_key *k, const struct hit_domain *d)
{
	char head[192];
	int n = snprintf(head, sizeof head, "entente-hit-v1|%s|%u|%u|%d|", d->agreement, d->epoch,
	    d->rules, k->class);
	return n > 0 && (size_t)n < sizeof head && k->n > (size_t)n &&
	    memcmp(k->input, head, (size_t)n) == 0;
}

static enum ent_err
same_elements(const struct hit_query *q, const struct hit_domain *d, const uint8_t *blinded,
    struct ent_why *why)
{
	uint8_t again[HIT_SLOTS * OPRF_ELEMENT];
	for (size_t i = 0; i < HIT_SLOTS; i++)
		if (q->slot[i].class != 0 && !in_domain(&q->slot[i], d))
			return ent_fail(ENT_ESIG, why, "slot %zu of the opening is of another "
			    "agreement, epoch or rules version", i);
	enum ent_err err = hit_query_blind(q, again, why);
	if (err != ENT_OK)
		return err;
	for (size_t i = 0; i < HIT_SLOTS; i++)
		if (memcmp(again + i * OPRF_ELEMENT, blinded + i * OPRF_ELEMENT, OPRF_ELEMENT) != 0)
			return ent_fail(ENT_ESIG, why, "slot %zu of the opening is not what was asked", i);
	return ENT_OK;
}

enum ent_err
hit_check_opening(const struct js *opening, const struct hit_domain *d, const uint8_t *blinded,
    const uint8_t *evaluated, uint8_t ref[static HIT_REF], size_t *slot, struct ent_why *why)
{
	static const char *const known[] = { "seed", "slots", "ref", NULL };
	struct js_reader r = js_reader_of(opening, "opening", why);
	uint8_t claimed[HIT_REF], mine[HIT_REF], output[OPRF_OUTPUT];
	struct hit_query q;
	js_only(&r, known);
	js_want_b64u(&r, "ref", claimed, HIT_REF);
	enum ent_err err = r.err != ENT_OK ? r.err : hit_query_read(opening, &q, why);
	if (err != ENT_OK)
		return err;
	err = same_elements(&q, d, blinded, why);
	bool found = false;
	for (size_t i = 0; i < HIT_SLOTS && err == ENT_OK && !found; i++) {
		if (q.slot[i].class == 0)
			continue;
		err = hit_query_output(&q, i, evaluated + i * OPRF_ELEMENT, output, why);
		hit_ref(output, mine);
		if (err == ENT_OK && memcmp(mine, claimed, HIT_REF) == 0) {
			*slot = i;
			found = true;
		}
	}
	if (err == ENT_OK && !found)
		err = ent_fail(ENT_ESIG, why, "the hit reference is not one of this query");
	if (err == ENT_OK)
		memcpy(ref, claimed, HIT_REF);
	crypto_wipe(output, sizeof output);
	hit_query_wipe(&q);
	return err;
}
