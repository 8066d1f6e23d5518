/* SPDX-License-Identifier: Apache-2.0
 *
 * audit: the tamper-evident log (spec/6-audit.md).  RFC 6962 trees in C2SP tiles; checkpoints are
 * signed notes.  One internal log a node, one exchange log an agreement.  Pure: entries and nodes go
 * through a sink, which the store provides inside the transaction of the act itself.
 *
 * Beside this header: tree.h (Merkle tree and proofs), tile.h (a log as files), entry.h (reading
 * entries back), proof.h (portable proofs), reconcile.h (two exchange logs); for the offline verbs.
 *
 * An entry is one JSON object with codes, ids, counts and salted digests; personal data, cases and
 * reasons are hidden (crypto/sdjwt.h) and their disclosures rest sealed beside the log.
 */
#ifndef ENT_AUDIT_AUDIT_H
#define ENT_AUDIT_AUDIT_H

#include "crypto/note.h"
#include "crypto/sdjwt.h"
#include "grant/grant.h"

enum ent_event {
	EVENT_NONE = 0,
#define EVENT(num, name, text, kind) EVENT_##name = num,
#include "spec/registry/events.def"
#undef EVENT
};
const char *event_name(enum ent_event e); /* "search"; "none" */
const char *event_kind(enum ent_event e); /* Directive (EU) 2016/680 Art. 25: "CONSULTATION" */

#define AUDIT_NODE "node" /* the internal log; an exchange log has its agreement's id */

/* The origin of a log's checkpoints: "entente/RAB/node", "entente/RAB/exchange/<agreement>". */
void audit_origin(const char *code, const char *log, char out[static NOTE_NAME_MAX]);

/* A local write or a read has one entry (DONE).  An act with an outside effect has INTENT, durable
 * before the effect, and OUTCOME, durable before the answer leaves. */
enum audit_phase { AUDIT_DONE = 0, AUDIT_INTENT = 1, AUDIT_OUTCOME = 2 };

/* Where a log's bytes go, within the caller's transaction.  log: "node", or the agreement's id. */
struct audit_sink {
	void *ctx;
	/* The log's state: size and the up to 64 subtree roots of its frontier. */
	enum ent_err (*load)(void *ctx, const char *log, uint64_t *size, struct buf *frontier,
	    struct ent_why *why);
	enum ent_err (*append)(void *ctx, const char *log, uint64_t index, struct bytes entry,
	    const struct js *disclosures, uint64_t new_size, struct bytes frontier,
	    struct ent_why *why);
};

/* What an entry tells.  Pointers are borrowed for the call. */
struct audit_event {
	enum ent_event event;
	enum audit_phase phase;
	uint64_t intent;	     /* OUTCOME: index of its intent */
	ent_time time;
	const struct actor *actor;   /* NULL: the node itself */
	enum ent_purpose purpose;
	const char *agreement, *annex, *partner; /* NULL or "": none */
	enum ent_err result;	     /* ENT_OK, or what refused */
	const char *clause;
	const char *object;	     /* an id in text, or NULL */
	const struct js *facts;	     /* extra codes, ids, counts, roots: an object, no personal data; or NULL */
	const struct js *hidden;     /* name → value, each hidden under a salt: case, reason, query…; or NULL */
};

/* Append to a log through the sink; *index may be NULL. */
ENT_CHECK enum ent_err audit_append(const struct audit_sink *sink, const char *log,
    const struct audit_event *ev, uint64_t *index, struct ent_why *why);
/* The same to "node", telling of the grant (its action's terms, verdict and clause), which lives from
 * then on; a refusal is written alike. */
ENT_CHECK enum ent_err audit_admit(const struct audit_sink *sink, struct grant *g,
    const struct audit_event *ev, uint64_t *index, struct ent_why *why);
/* The same for what was allowed and failed before its entry, with ev's result and clause: the grant
 * stays dead. */
ENT_CHECK enum ent_err audit_failed(const struct audit_sink *sink, const struct grant *g,
    const struct audit_event *ev, struct ent_why *why);

/* The exchange log of an agreement: one line a message, the same bytes on both sides for the same
 * message: {"agreement","dir":"RAB>BRU","channel","seq","typ","hash"}; seq by direction and kind of
 * channel ("feed", "hit"). */
ENT_CHECK enum ent_err audit_exchange(const struct audit_sink *sink, const char *agreement,
    const char *from, const char *to, const char *channel, uint64_t seq, const char *typ,
    const uint8_t hash[static CRYPTO_HASH_LEN], uint64_t *index, struct ent_why *why);

#endif
