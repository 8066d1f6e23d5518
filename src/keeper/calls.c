/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls of keeper.h, each a request written, sent and its answer read.
 */
#include "base/arena.h"
#include "base/int.h"
#include "keeper/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static enum ent_err
wrong(struct ent_why *why)
{
	return ent_fail(ENT_EKEEPER, why, "the keeper's answer is malformed");
}

static enum ent_err
full(const struct buf *out, struct ent_why *why)
{
	return buf_err(out) == ENT_OK ? ENT_OK
				      : ent_fail(ENT_ETOOBIG, why, "what the keeper made does not fit");
}

enum ent_err
keeper_keys(struct keeper *k, struct keeper_keys *out, struct ent_why *why)
{
	struct exchange x;
	struct keeper_keys keys;
	client_begin(&x, KEEPER_KEYS);
	enum ent_err err = client_call(k, &x, why);
	if (err != ENT_OK)
		return err;
	cur_get_text(&x.in, keys.code, sizeof keys.code);
	cur_get_text(&x.in, keys.service, sizeof keys.service);
	cur_get(&x.in, keys.identity, sizeof keys.identity);
	cur_get(&x.in, keys.record, sizeof keys.record);
	cur_get(&x.in, keys.checkpoint, sizeof keys.checkpoint);
	if (!cur_done(&x.in))
		return wrong(why);
	*out = keys;
	return ENT_OK;
}

enum ent_err
keeper_store_key(struct keeper *k, ent_time now, struct keeper_store_keys *out,
    struct ent_why *why)
{
	struct exchange *x = crypto_secret_new(sizeof *x);
	client_begin(x, KEEPER_STORE_KEY);
	cur_put_u64(&x->out, (uint64_t)now);
	enum ent_err err = client_call(k, x, why);
	if (err == ENT_OK) {
		cur_get(&x->in, out->current, CRYPTO_KEY_LEN);
		out->made = (ent_time)cur_get_u64(&x->in);
		out->has_next = cur_get_u32(&x->in) == 1;
		cur_get(&x->in, out->next, CRYPTO_KEY_LEN);
	}
	crypto_secret_free(x);
	return err;
}

enum ent_err
keeper_store_key_next(struct keeper *k, ent_time now, uint8_t out[static CRYPTO_KEY_LEN],
    struct ent_why *why)
{
	struct exchange *x = crypto_secret_new(sizeof *x);
	client_begin(x, KEEPER_STORE_KEY_NEXT);
	cur_put_u64(&x->out, (uint64_t)now);
	enum ent_err err = client_call(k, x, why);
	if (err == ENT_OK)
		cur_get(&x->in, out, CRYPTO_KEY_LEN);
	crypto_secret_free(x);
	return err;
}

enum ent_err
keeper_store_key_settle(struct keeper *k, struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_STORE_KEY_SETTLE);
	return client_call(k, &x, why);
}

enum ent_err
keeper_certify_tls(struct keeper *k, struct bytes spki, ent_time now, struct buf *leaf,
    struct buf *ca, struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_CERTIFY);
	cur_put_var(&x.out, spki, FRAME_SPKI);
	cur_put_u64(&x.out, (uint64_t)now);
	enum ent_err err = client_call(k, &x, why);
	if (err != ENT_OK)
		return err;
	struct bytes a = cur_get_var(&x.in, FRAME_CERT), b = cur_get_var(&x.in, FRAME_CERT);
	if (!cur_done(&x.in))
		return wrong(why);
	buf_put(leaf, a.p, a.n);
	buf_put(ca, b.p, b.n);
	err = full(leaf, why);
	return err != ENT_OK ? err : full(ca, why);
}

/* A file in memory that holds payload; -1 if there is none to be had. */
static int
in_memory(struct bytes payload)
{
	int fd = memfd_create("entente-payload", MFD_CLOEXEC);
	for (size_t at = 0; fd >= 0 && at < payload.n;) {
		ssize_t n = write(fd, payload.p + at, payload.n - at);
		if (n <= 0) {
			(void)close(fd);
			return -1;
		}
		at += (size_t)n;
	}
	return fd;
}

static enum ent_err
signature(struct keeper *k, struct exchange *x, uint8_t sig[static CRYPTO_SIG_LEN],
    struct ent_why *why)
{
	enum ent_err err = client_call(k, x, why);
	if (err == ENT_OK)
		cur_get(&x->in, sig, CRYPTO_SIG_LEN);
	return err;
}

static enum ent_err
sign_file(struct keeper *k, enum jws_type t, struct bytes payload,
    uint8_t sig[static CRYPTO_SIG_LEN], struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_SIGN_FILE);
	cur_put_u32(&x.out, (uint32_t)t);
	cur_put_u32(&x.out, (uint32_t)payload.n);
	x.passed_fd = in_memory(payload);
	if (x.passed_fd < 0)
		return ent_fail(ENT_EIO, why, "no memory file for what is to be signed");
	enum ent_err err = signature(k, &x, sig, why);
	(void)close(x.passed_fd);
	return err;
}

static enum ent_err
sign_frame(struct keeper *k, enum jws_type t, struct bytes payload,
    uint8_t sig[static CRYPTO_SIG_LEN], struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_SIGN);
	cur_put_u32(&x.out, (uint32_t)t);
	cur_put_var(&x.out, payload, FRAME_PAYLOAD);
	return signature(k, &x, sig, why);
}

enum ent_err
keeper_sign(struct keeper *k, enum jws_type t, struct bytes payload, struct buf *jws,
    struct ent_why *why)
{
	uint8_t sig[CRYPTO_SIG_LEN];
	if (jws_typ(t) == NULL || payload.n == 0)
		return ent_fail(ENT_EFIELD, why, "nothing that could be signed");
	if (payload.n > KEEPER_PAYLOAD_MAX)
		return ent_fail(ENT_ETOOBIG, why, "%zu bytes to sign, at most %zu are taken", payload.n,
		    KEEPER_PAYLOAD_MAX);
	enum ent_err err = payload.n <= FRAME_PAYLOAD ? sign_frame(k, t, payload, sig, why)
						      : sign_file(k, t, payload, sig, why);
	if (err != ENT_OK)
		return err;
	jws_signing_input(t, payload, jws);
	jws_finish(jws, sig);
	return full(jws, why);
}

static enum ent_err
sign_by_keeper(void *ctx, enum jws_type t, struct bytes payload, struct buf *out,
    struct ent_why *why)
{
	return keeper_sign(ctx, t, payload, out, why);
}

struct signer
keeper_signer(struct keeper *k)
{
	return (struct signer){ .sign = sign_by_keeper, .ctx = k };
}

/* Length and text into out. */
static enum ent_err
read_signed(struct exchange *x, struct buf *out, struct ent_why *why)
{
	struct bytes b = cur_get_var(&x->in, FRAME_SIGNED);
	if (!cur_done(&x->in) || b.n == 0)
		return wrong(why);
	buf_put(out, b.p, b.n);
	return full(out, why);
}

enum ent_err
keeper_consent(struct keeper *k, const uint8_t document[static CRYPTO_HASH_LEN],
    const struct ent_id *user, const char *name, const char *role, ent_time now, struct buf *jws,
    struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_CONSENT);
	cur_put(&x.out, document, CRYPTO_HASH_LEN);
	cur_put(&x.out, user->b, sizeof user->b);
	cur_put_text(&x.out, name, 64);
	cur_put_text(&x.out, role, 32);
	cur_put_u64(&x.out, (uint64_t)now);
	enum ent_err err = client_call(k, &x, why);
	if (err != ENT_OK && err != ENT_EEXISTS)
		return err;
	enum ent_err read = read_signed(&x, jws, why);
	if (read != ENT_OK || err == ENT_OK)
		return read;
	return ent_refuse(ENT_EEXISTS, why, "keeper/consent",
	    "this person has signed this document already");
}

enum ent_err
keeper_checkpoint(struct keeper *k, const struct checkpoint *c, struct buf *note,
    struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_CHECKPOINT);
	cur_put_text(&x.out, c->origin, NOTE_NAME_MAX);
	cur_put_u64(&x.out, c->size);
	cur_put(&x.out, c->root, sizeof c->root);
	enum ent_err err = client_call(k, &x, why);
	return err != ENT_OK ? err : read_signed(&x, note, why);
}

enum ent_err
keeper_filter_note(struct keeper *k, const struct keeper_filter *f, struct buf *note,
    struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_FILTER_NOTE);
	cur_put_text(&x.out, f->agreement, sizeof f->agreement);
	cur_put_text(&x.out, f->annex, sizeof f->annex);
	cur_put_u32(&x.out, f->epoch);
	cur_put_u32(&x.out, f->rules);
	cur_put_u64(&x.out, f->bytes);
	cur_put_u64(&x.out, f->quota_day);
	cur_put_u64(&x.out, f->quota_epoch);
	cur_put(&x.out, f->sha256, sizeof f->sha256);
	enum ent_err err = client_call(k, &x, why);
	return err != ENT_OK ? err : read_signed(&x, note, why);
}

static void
put_key_name(struct exchange *x, const char *agreement, uint32_t epoch)
{
	cur_put_text(&x->out, agreement, 64);
	cur_put_u32(&x->out, epoch);
}

enum ent_err
keeper_oprf_open(struct keeper *k, const struct keeper_epoch *e, uint8_t pk[static OPRF_ELEMENT],
    struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_OPRF_OPEN);
	put_key_name(&x, e->agreement, e->epoch);
	cur_put_text(&x.out, e->annex, sizeof e->annex);
	cur_put_u64(&x.out, e->quota_day);
	cur_put_u64(&x.out, e->quota_epoch);
	enum ent_err err = client_call(k, &x, why);
	if (err == ENT_OK)
		cur_get(&x.in, pk, OPRF_ELEMENT);
	return err;
}

enum ent_err
keeper_oprf_destroy(struct keeper *k, const char *agreement, uint32_t epoch, struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_OPRF_DESTROY);
	put_key_name(&x, agreement, epoch);
	return client_call(k, &x, why);
}

/* The elements, which end the body: the rest of it stays zero. */
static enum ent_err
put_elements(struct exchange *x, const uint8_t *elements, size_t count, size_t unit,
    struct ent_why *why)
{
	if (count < 1 || count > OPRF_BATCH_MAX || count % unit != 0)
		return ent_fail(ENT_EFIELD, why, "%zu elements: from %zu to %d, by %zu", count, unit,
		    OPRF_BATCH_MAX, unit);
	cur_put(&x->out, elements, count * OPRF_ELEMENT);
	return ENT_OK;
}

/* The reply's first elements; the cursor stands after all OPRF_BATCH_MAX of them. */
static void
get_elements(struct exchange *x, uint8_t *out, size_t count)
{
	uint8_t all[OPRF_BATCH_MAX * OPRF_ELEMENT];
	cur_get(&x->in, all, sizeof all);
	memcpy(out, all, count * OPRF_ELEMENT);
}

enum ent_err
keeper_evaluate(struct keeper *k, const struct keeper_eval *in, uint8_t *evaluated,
    uint8_t proof[static OPRF_PROOF], uint64_t *used_day, uint64_t *used_epoch, struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_EVALUATE);
	put_key_name(&x, in->agreement, in->epoch);
	cur_put_u64(&x.out, in->seq);
	cur_put(&x.out, in->request, sizeof in->request);
	cur_put_u32(&x.out, (uint32_t)in->count);
	cur_put_u64(&x.out, (uint64_t)in->now);
	enum ent_err err = put_elements(&x, in->blinded, in->count, 8, why);
	if (err == ENT_OK)
		err = client_call(k, &x, why);
	if (err != ENT_OK)
		return err;
	get_elements(&x, evaluated, in->count);
	cur_get(&x.in, proof, OPRF_PROOF);
	*used_day = cur_get_u64(&x.in);
	*used_epoch = cur_get_u64(&x.in);
	return cur_done(&x.in) ? ENT_OK : wrong(why);
}

enum ent_err
keeper_counted(struct keeper *k, const struct keeper_eval *in, struct keeper_count *out,
    struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_COUNTED);
	put_key_name(&x, in->agreement, in->epoch);
	cur_put_u64(&x.out, in->seq);
	cur_put(&x.out, in->request, sizeof in->request);
	enum ent_err err = client_call(k, &x, why);
	if (err != ENT_OK)
		return err;
	out->counted = cur_get_u32(&x.in) != 0;
	out->used_day = cur_get_u64(&x.in);
	out->used_epoch = cur_get_u64(&x.in);
	return cur_done(&x.in) ? ENT_OK : wrong(why);
}

enum ent_err
keeper_evaluate_own(struct keeper *k, const char *agreement, uint32_t epoch, const uint8_t *blinded,
    size_t count, uint8_t *evaluated, struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_EVALUATE_OWN);
	put_key_name(&x, agreement, epoch);
	cur_put_u32(&x.out, (uint32_t)count);
	enum ent_err err = put_elements(&x, blinded, count, 1, why);
	if (err == ENT_OK)
		err = client_call(k, &x, why);
	if (err == ENT_OK)
		get_elements(&x, evaluated, count);
	return err;
}

enum ent_err
keeper_cpu(struct keeper *k, uint64_t *us, struct ent_why *why)
{
	struct exchange x;
	client_begin(&x, KEEPER_CPU);
	enum ent_err err = client_call(k, &x, why);
	if (err == ENT_OK)
		*us = cur_get_u64(&x.in);
	return err;
}
