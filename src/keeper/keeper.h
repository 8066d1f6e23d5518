/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper: the node's side of the keeper process, which alone holds the identity, record, checkpoint
 * and OPRF keys (spec/registry/keeper.def lists its messages).  entente-keyd has no network and no
 * files but its own; it builds or parses what it signs, so it is no oracle; it keeps durable quota
 * counters, the last request of each agreement, who has signed which agreement, and the last size of
 * each log, and refuses to go above the one or below the other.
 *
 * Messages are fixed-size frames over a SOCK_SEQPACKET pair; many may be in flight.  All functions
 * here may be called from any thread; each blocks until its answer comes.  EKEEPER if the keeper is
 * gone.
 */
#ifndef ENT_KEEPER_KEEPER_H
#define ENT_KEEPER_KEEPER_H

#include "base/id.h"
#include "crypto/jws.h"
#include "crypto/note.h"
#include "crypto/oprf.h"

struct keeper;

/* Make a keeper's files in folder dir (0700, made here): all long-term keys, sealed by the
 * passphrase (Argon2id).  code and service stand in what the keeper signs. */
ENT_CHECK enum ent_err keeper_create(const char *dir, const char *code, const char *service,
    struct bytes passphrase, struct ent_why *why);

/* Start entente-keyd, which stands beside the running program, on folder dir; *fd is the node's end of
 * the pair, owned by the caller (keeper_attach takes it).  The keeper ends when fd is closed;
 * keeper_wait then collects it.  seccomp_only: no Landlock.  EKEEPER. */
struct keeper_process {
	int fd;
	int pid;
};
ENT_CHECK enum ent_err keeper_start(const char *dir, bool seccomp_only, struct keeper_process *out,
    struct ent_why *why);
/* Open the sealed keys; first of all messages, from whoever has the passphrase, before
 * keeper_attach.  EAUTH if it is wrong (try again), EKEEPER. */
ENT_CHECK enum ent_err keeper_unlock(int fd, struct bytes passphrase, struct ent_why *why);
void keeper_wait(const struct keeper_process *p); /* after the pair was closed */

/* Take over the node's end of the pair; starts the reader thread. */
ENT_CHECK enum ent_err keeper_attach(int fd, struct keeper **out, struct ent_why *why);
void keeper_detach(struct keeper *k); /* closes fd: the keeper ends; may be NULL */

struct keeper_keys {
	char code[16];
	char service[128];
	uint8_t identity[CRYPTO_SIGN_PK], record[CRYPTO_SIGN_PK], checkpoint[CRYPTO_SIGN_PK];
};
ENT_CHECK enum ent_err keeper_keys(struct keeper *k, struct keeper_keys *out, struct ent_why *why);

/* The store key, which wraps the data keys of keys.db; made at the first call.  It is renewed in three
 * steps, because keeper and store commit apart: keeper_store_key_next makes the next one (durable, and
 * the same one until it is settled), the store wraps its keys anew, keeper_store_key_settle destroys the
 * one before.  Whatever happens in between, one of the two opens the store. */
struct keeper_store_keys { /* secret: in memory of crypto_secret_new */
	uint8_t current[CRYPTO_KEY_LEN], next[CRYPTO_KEY_LEN];
	bool has_next;
	ent_time made; /* current */
};
/* Once per attach (ESTATE). */
ENT_CHECK enum ent_err keeper_store_key(struct keeper *k, ent_time now,
    struct keeper_store_keys *out, struct ent_why *why);
ENT_CHECK enum ent_err keeper_store_key_next(struct keeper *k, ent_time now,
    uint8_t out[static CRYPTO_KEY_LEN], struct ent_why *why);
/* Once the store opens with the next key alone.  ESTATE if there is none. */
ENT_CHECK enum ent_err keeper_store_key_settle(struct keeper *k, struct ent_why *why);

/* Certify the node's TLS key: the keeper builds the leaf (SAN "<code, lower case>.entente.invalid", 7
 * days) and answers it and its CA certificate as DER, appended to the buffers (crypto/cert.h: names, and
 * the shell that the other side makes around a pinned identity). */
ENT_CHECK enum ent_err keeper_certify_tls(struct keeper *k, struct bytes spki, ent_time now,
    struct buf *leaf, struct buf *ca, struct ent_why *why);

/* Sign with the record key (or the identity key for CARD and STANDING): the keeper parses payload,
 * wants "iss" to be its own code, in a CARD its own keys too, and refuses CONSENT here.  payload:
 * up to KEEPER_PAYLOAD_MAX bytes. */
#define KEEPER_PAYLOAD_MAX ((size_t)768 << 10)
ENT_CHECK enum ent_err keeper_sign(struct keeper *k, enum jws_type t, struct bytes payload,
    struct buf *jws, struct ent_why *why);
struct signer keeper_signer(struct keeper *k);

/* One person's signature under a document: the keeper builds the payload {iss, doc, by, user, role,
 * time} itself, and refuses (EEXISTS) the same person twice for the same document; jws then gets the
 * signature of the first time all the same, so that one lost in a crash can be found again. */
ENT_CHECK enum ent_err keeper_consent(struct keeper *k,
    const uint8_t document[static CRYPTO_HASH_LEN], const struct ent_id *user, const char *name,
    const char *role, ent_time now, struct buf *jws, struct ent_why *why);

/* Sign a log's checkpoint, key name = origin; refuses (ESTATE) a size below the last signed, or another
 * root at the same size. */
ENT_CHECK enum ent_err keeper_checkpoint(struct keeper *k, const struct checkpoint *c,
    struct buf *note, struct ent_why *why);
/* Sign the note of a filter with the record key, key name "<code, lower case>.entente.invalid/filter".
 * The keeper builds its text from the fields, nine lines in this order, numbers in decimal:
 *   entente-filter-1
 *   agreement AGR-1
 *   annex A
 *   epoch 1
 *   rules 1
 *   bytes 36000000
 *   quota-day 4000
 *   quota-epoch 120000
 *   sha256 <base64url>
 * ENOTFOUND without an OPRF key of that agreement and epoch; ESTATE if it is another annex's. */
struct keeper_filter {
	char agreement[64], annex[64];
	uint32_t epoch, rules;
	uint64_t bytes, quota_day, quota_epoch;
	uint8_t sha256[CRYPTO_HASH_LEN];
};
ENT_CHECK enum ent_err keeper_filter_note(struct keeper *k, const struct keeper_filter *f,
    struct buf *note, struct ent_why *why);

/* OPRF key of (agreement, epoch), made on first use for one annex, whose days are counted by
 * themselves; quota in elements, fixed then: a lower one is taken over, a higher one is refused (ESTATE)
 * until the next epoch.  ESTATE too if it was destroyed or is another annex's. */
struct keeper_epoch {
	char agreement[64], annex[64];
	uint32_t epoch;
	uint64_t quota_day, quota_epoch;
};
ENT_CHECK enum ent_err keeper_oprf_open(struct keeper *k, const struct keeper_epoch *e,
    uint8_t pk[static OPRF_ELEMENT], struct ent_why *why);
ENT_CHECK enum ent_err keeper_oprf_destroy(struct keeper *k, const char *agreement, uint32_t epoch,
    struct ent_why *why);
/* Evaluate for a partner: seq and request hash identify the request; the counter is durable before
 * the first scalar multiplication; the last request of an agreement, sent again with the same seq and
 * hash and elements, is evaluated and not counted again; another seq than last+1 (the first is 1) is
 * ESEQ; EQUOTA over the quota.  A refusal uses up neither number nor quota, but EPROOF does (an element
 * that is none: check with oprf_element_check before).  count is a multiple of 8, up to OPRF_BATCH_MAX.
 * Proof over the whole batch.  The day is the UTC day of now, and never goes back. */
struct keeper_eval {
	char agreement[64];
	uint32_t epoch;
	uint64_t seq;
	uint8_t request[CRYPTO_HASH_LEN];
	size_t count;
	const uint8_t *blinded;	/* count * OPRF_ELEMENT */
	ent_time now;
};
ENT_CHECK enum ent_err keeper_evaluate(struct keeper *k, const struct keeper_eval *in,
    uint8_t *evaluated, uint8_t proof[static OPRF_PROOF], uint64_t *used_day, uint64_t *used_epoch,
    struct ent_why *why);
/* Was that request the last one counted for its agreement, and what is used with it by its annex today
 * and in its epoch?  Also when the epoch's key is destroyed.  ENOTFOUND: there never was such a key. */
struct keeper_count {
	bool counted;
	uint64_t used_day, used_epoch;
};
ENT_CHECK enum ent_err keeper_counted(struct keeper *k, const struct keeper_eval *in,
    struct keeper_count *out, struct ent_why *why);
/* Evaluate for our own register, uncounted: blinded by the caller's own blinds or not, no proof. */
ENT_CHECK enum ent_err keeper_evaluate_own(struct keeper *k, const char *agreement, uint32_t epoch,
    const uint8_t *blinded, size_t count, uint8_t *evaluated, struct ent_why *why);

/* CPU time the keeper has used, in microseconds (status, benchmarks). */
ENT_CHECK enum ent_err keeper_cpu(struct keeper *k, uint64_t *us, struct ent_why *why);

#endif
