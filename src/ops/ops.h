/* SPDX-License-Identifier: Apache-2.0
 *
 * ops: what a node can do, in which order.  One row of spec/registry/ops.def and one file here for
 * each operation; dispatch.c alone knows the order: decode, decide, admit, run, close, commit,
 * encode.
 */
#ifndef ENT_OPS_OPS_H
#define ENT_OPS_OPS_H

#include "audit/audit.h"
#include "base/arena.h"
#include "base/js.h"
#include "policy/policy.h"
#include "store/store.h"

struct node;

enum op_id {
#define OP(name, method, path, verb, action, event, mode, roles) OP_##name,
#include "spec/registry/ops.def"
#undef OP
	OPS_COUNT
};

/* How an operation touches the world, and so how its entries are written:
 * READ    admit (durable), run on a snapshot, answer.
 * WRITE   admit and run in one transaction, durable, answer.
 * EFFECT  admit as INTENT (durable), run freely (keeper, network, own store_write calls), then
 *         OUTCOME (durable), answer.
 * STAGED  a write too long for one transaction: run makes, in its own store_write calls, what nobody
 *         sees; then admit and finish, which shows it, in one transaction, durable, answer.
 * OPEN    no entry by dispatch: health only, no data of persons. */
enum op_mode { OP_READ, OP_WRITE, OP_EFFECT, OP_STAGED, OP_OPEN };

/* Who calls: a user known by session or by the uid of the local socket, or a partner by its pinned key. */
struct op_caller {
	struct actor actor;
	bool authenticated;
	int64_t uid;		/* of a local caller, -1 for a partner */
	char purpose[64];	/* the session's defaults; "" where there is none */
	char case_ref[201];
	char reason[1001];
	char session[ENT_ID_TEXT]; /* the session's id, which may stand in logs; "" without one */
};

/* One call, as an operation's file sees it. */
struct op_call {
	struct node *node;
	const struct op_row *row;
	const struct op_caller *who;
	struct arena *arena;	   /* of this call */
	const struct js *in;	   /* the request's object; never NULL */
	struct js *out;		   /* the answer's object; run fills it */
	struct policy_ask ask;	   /* dispatch sets actor, action, purpose, case, reason, now; decode adds
				    * agreement, annex, label, type, recipient, counters, elements */
	struct audit_event event;  /* dispatch fills most; decode and run may add object, facts, hidden */
	struct js *facts, *hidden; /* event's, made on demand by op_fact and op_hide */
	struct js *codes;	   /* what decode made of an entry to be said; dispatch frees it */
	const struct grant *grant; /* live from admit on; in run of STAGED minted only (grant/stage.h) */
	struct store_tx *tx;	   /* READ: the snapshot; WRITE: the transaction; else NULL */
	void *state;		   /* the operation's own, in the arena */
	bool wake;		   /* run asks for the runner, once what it did is durable */
	struct ent_why *why;
	/* Tell the caller of progress while run goes on (NULL if it did not ask): a small object,
	 * taken. */
	void (*progress)(void *ctx, struct js *what);
	void *progress_ctx;
	/* A body that is not JSON (import), read in pieces: bytes got, 0 at the end, -1 on error. */
	int64_t (*read_body)(void *ctx, void *p, size_t n);
	void *body_ctx;
	/* The answer's raw bytes instead of out, if set (tiles, filter): in the arena or mmapped. */
	struct bytes raw;
	const char *raw_type;
};

struct op_impl {
	/* Check the request and fill ask; no side effect; may read codes (never personal data). */
	enum ent_err (*decode)(struct op_call *c);
	/* Do it, with a live grant (STAGED: prepare it). */
	enum ent_err (*run)(struct op_call *c);
	/* EFFECT, may be NULL: policy refused with that verdict and the log says so; make of it the
	 * answer (a signed refusal to a partner) and ENT_OK, or pass the verdict on. */
	enum ent_err (*refused)(struct op_call *c, enum ent_err verdict);
	/* EFFECT (may be NULL) and STAGED: the last step, in the transaction of OUTCOME or of the one entry
	 * (c->tx), so that both are durable or neither; an error is what the entry then tells.  May run
	 * twice, as any body. */
	enum ent_err (*finish)(struct op_call *c);
	/* STAGED: it failed or was refused after run began: remove what nobody saw. */
	void (*undo)(struct op_call *c);
	/* May be NULL: once all is durable, before the answer. */
	enum ent_err (*after)(struct op_call *c);
};

struct op_row {
	enum op_id id;
	const char *name, *method, *path, *verb;
	enum ent_action action;
	enum ent_event event;
	enum op_mode mode;
	unsigned roles; /* who may, ROLE_ bits; checked by policy as clause "role" */
	const struct op_impl *impl;
};

/* The row of an HTTP method and path, or of a verb; NULL if none. */
const struct op_row *ops_row_by_path(const char *method, const char *path);
const struct op_row *ops_row_by_verb(const char *verb);
const struct op_row *ops_rows(size_t *count);

void op_fact_str(struct op_call *c, const char *key, const char *value);
void op_fact_int(struct op_call *c, const char *key, int64_t value);
void op_hide_str(struct op_call *c, const char *key, const char *value); /* salted in the entry */

/* Run one call to the end.  c->in and c->who are set; c->out, c->why are filled.  The error is the
 * answer's; on ENT_OK everything that had to be durable is. */
ENT_CHECK enum ent_err ops_dispatch(struct op_call *c);

/* How the node sends to partners; wire hands one in at start, a test its own. */
struct transport {
	void *ctx;
	/* POST body to the partner's node at address over mutual TLS, pinned to identity; *out gets the
	 * answer's body up to out->max.  EDOWN if nobody answers, EPIN, EPEER; an error answer of
	 * the partner comes back as its code with its text in why. */
	enum ent_err (*post)(void *ctx, const char *address, const char *partner_code,
	    const uint8_t identity[static CRYPTO_SIGN_PK], const char *path, struct bytes body,
	    struct buf *out, struct ent_why *why);
};

/* What init writes into a new store, behind its new keeper: the first administrator, bound to a system
 * user, our own card, and the national annex with that one signature.  All of it or nothing. */
struct node_init_options {
	const char *dir;	     /* holds the store that store_create made, as dir/store */
	int keeper_fd;		     /* the unlocked keeper's; taken over and closed */
	const char *address;	     /* "host:port" under which partners reach us */
	const uint8_t *oversight_box; /* CRYPTO_BOX_PK bytes, or NULL */
	const char *admin;	     /* login name */
	int64_t uid;		     /* of the administrator on this machine, or -1 */
	const char *screening_law;   /* the national annex lets lists be screened on it; NULL: none */
	int64_t screening_rows;	     /* 1 to POLICY_SCREENING_ROWS_MAX of one list */
};
ENT_CHECK enum ent_err node_init(const struct node_init_options *opt,
    char fingerprint[static POLICY_FINGERPRINT_TEXT], struct ent_why *why);

struct node_options {
	const char *dir;
	int keeper_fd;		     /* the socket pair's end */
	struct transport transport;
	const char *sandbox;	     /* as status shows it: "seccomp+landlock", "seccomp" */
	unsigned import_batch;	     /* records of a staged commit; 0, or over it: IMPORT_BATCH */
	unsigned store_key_days;     /* the key that wraps the data keys is replaced then; 0: 30 */
};
ENT_CHECK enum ent_err node_open(const struct node_options *opt, struct node **out,
    struct ent_why *why);
void node_close(struct node *n); /* finishes what was acknowledged; may be NULL */
/* What the node does by itself (runners.def): dates, pulls, withdrawn lists; and apart from them, since
 * they take long, filters.  One round of a lane, called by serve in that lane's thread when it is time
 * or woken; answers when it wants to run next. */
enum node_lane { LANE_QUEUES, LANE_FILTERS, LANES };
ent_time node_tick(struct node *n, enum node_lane lane, ent_time now);
/* Was the lane woken since its last round?  Does not clear that: the round does. */
bool node_wake_pending(struct node *n, enum node_lane lane);
/* From now on a round ends early; what it leaves is begun anew by the next start. */
void node_stop(struct node *n);
/* Certify wire's TLS key, as keeper_certify_tls. */
ENT_CHECK enum ent_err node_certify_tls(struct node *n, struct bytes spki, ent_time now,
    struct buf *leaf, struct buf *ca, struct ent_why *why);
/* The pinned identities wire may accept, looked up at each handshake: true and the code if some
 * partner's card has this key. */
bool node_partner_of_identity(struct node *n, const uint8_t identity[static CRYPTO_SIGN_PK],
    char code[static CODE_MAX]);
/* Who a session token, or a local uid, is.  ENOTFOUND: nobody. */
ENT_CHECK enum ent_err node_caller_of_session(struct node *n, const char *token,
    struct op_caller *out, struct ent_why *why);
ENT_CHECK enum ent_err node_caller_of_uid(struct node *n, int64_t uid, struct op_caller *out,
    struct ent_why *why);

#endif
