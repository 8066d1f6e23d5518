/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange: what two nodes tell each other under an agreement (spec/4-exchange.md).
 *
 * Each direction is a feed: numbered entries, each a signed SD-JWT that names the hash of the one
 * before.  The receiver pulls from its cursor; an outage is only a larger distance.  A receipt is an
 * entry of the feed that goes back.  Pure: keys, time and state come in as arguments.
 */
#ifndef ENT_EXCHANGE_EXCHANGE_H
#define ENT_EXCHANGE_EXCHANGE_H

#include "base/id.h"
#include "crypto/sdjwt.h"
#include "grant/grant.h"
#include "record/record.h"

#define EXCHANGE_VERSION 1
#define EXCHANGE_TEXT_MAX 8000	   /* bytes of a question, a clarification, a ground's text */
#define EXCHANGE_ITEMS_MAX 64	   /* records of one answer */
#define EXCHANGE_PULL_MAX 100	   /* entries of one answer to a pull */
#define EXCHANGE_MESSAGE_MAX ((size_t)4 << 20) /* bytes of one message with all it carries */

enum entry_kind {
	KIND_NONE = 0,
#define KIND(num, name, text, event, receipted) KIND_##name = num,
#include "spec/registry/kinds.def"
#undef KIND
};

enum refusal_ground {
	GROUND_NONE = 0,
#define GROUND(num, name, text, what) GROUND_##name = num,
#include "spec/registry/grounds.def"
#undef GROUND
};

enum urgency {
	URGENCY_NONE = 0,
#define URGENCY(num, name, text, hours) URGENCY_##name = num,
#include "spec/registry/urgencies.def"
#undef URGENCY
};

const char *kind_name(enum entry_kind k);
enum entry_kind kind_of(const char *name);
bool kind_receipted(enum entry_kind k);
const char *ground_name(enum refusal_ground g);
const char *ground_meaning(enum refusal_ground g);
enum refusal_ground ground_of(const char *name);
const char *urgency_name(enum urgency u);
enum urgency urgency_of(const char *name);
uint32_t urgency_hours(enum urgency u); /* the default; 0 for NONE */

/* Where a feed stands: what its next entry continues. */
struct feed_head {
	char agreement[AGREEMENT_MAX];
	char from[CODE_MAX], to[CODE_MAX];
	uint64_t seq;			 /* of the last entry, 0 before the first */
	uint8_t hash[CRYPTO_HASH_LEN];	 /* its hash, zeros before the first */
};

/* An entry taken apart.  Owns payload and opened; entry_done frees. */
struct entry {
	enum entry_kind kind;
	uint64_t seq;
	ent_time time;
	struct ent_id ref;		 /* the exchange it belongs to */
	uint8_t hash[CRYPTO_HASH_LEN];
	struct js *payload;		 /* the signed claims: codes and digests, no personal data */
	struct js *opened;		 /* the same with what was disclosed */
	struct js *items;		 /* records that travel with it: [{jws, disclosures}], or NULL */
};
void entry_done(struct entry *e);

/* What a sender has to say. */
struct entry_draft {
	enum entry_kind kind;
	struct ent_id ref;
	ent_time time;
	const struct js *codes;	  /* plain claims, or NULL */
	const struct js *hidden;  /* name → value, each under a salt, or NULL */
	const struct js *items;	  /* [{jws, disclosures}], or NULL; their hashes become a claim */
};

/* Make the next entry after head and move head to it.  *message {jws, disclosures, items} is owned by
 * the caller.  EFIELD if the draft breaks the rules of its kind; or what the signer says. */
ENT_CHECK enum ent_err exchange_compose(struct feed_head *head, const struct entry_draft *draft,
    const struct signer *signer, struct js **message, struct ent_why *why);

/* Check a message from a partner: signature by its record key, parties, agreement, sequence, chain,
 * disclosures, items' hashes, and the rules of its kind; moves head to it on success.
 * ESEQ if it does not continue head, ESIG, EFIELD, ETOOBIG; *out is filled on success only. */
ENT_CHECK enum ent_err exchange_check(struct feed_head *head, const struct js *message,
    const uint8_t pk[static CRYPTO_SIGN_PK], struct entry *out, struct ent_why *why);
/* The same without the chain, for an entry of our own feed that is kept. */
ENT_CHECK enum ent_err exchange_read(const struct js *message, struct entry *out,
    struct ent_why *why);

/* A thread: one request and what became of it.  Both nodes compute it from the same entries, so both
 * have the same due time.  The clock starts at the time in the receipt of the request, stops at a
 * clarify entry and runs on from the receipt of the clarification. */
enum thread_state {
	THREAD_SENT = 1,     /* no receipt yet */
	THREAD_OPEN = 2,     /* the clock runs */
	THREAD_CLARIFYING = 3, /* the clock stands */
	THREAD_PARTIAL = 4,  /* some of it is answered; the clock runs for the rest */
	THREAD_ANSWERED = 5,
	THREAD_REFUSED = 6,
};
const char *thread_state_name(enum thread_state s);

struct thread {
	struct ent_id ref;
	char agreement[AGREEMENT_MAX];
	char asker[CODE_MAX], answerer[CODE_MAX];
	enum thread_state state;
	enum urgency urgency;
	ent_time allowed;     /* microseconds that the urgency gives */
	ent_time due;	      /* 0 while there is none */
	ent_time left;	      /* while the clock stands */
	ent_time opened_at;
	uint64_t request_seq, clarification_seq; /* in the asker's feed */
};

/* Apply one entry that `from` sent.  allowed_hours: of the annex for the request's urgency; used for
 * REQUEST only.  ESTATE if the entry makes no sense in this state (why says). */
ENT_CHECK enum ent_err thread_apply(struct thread *t, const struct entry *e, const char *from,
    uint32_t allowed_hours, struct ent_why *why);

/* Session: HELLO payloads {iss, to, agreement, versions, nonce, time}. */
struct hello {
	char from[CODE_MAX], to[CODE_MAX];
	char agreement[AGREEMENT_MAX];
	uint8_t nonce[16];   /* the caller's own, answered back as `echo` */
	uint8_t echo[16];    /* zeros in the first of the two */
	int64_t version;     /* highest that both speak, settled by the answerer */
	ent_time time;
};
ENT_CHECK enum ent_err hello_write(const struct hello *h, const struct signer *signer,
    struct buf *jws, struct ent_why *why);
/* time may differ from now by at most 5 minutes. */
ENT_CHECK enum ent_err hello_check(struct str jws, const uint8_t pk[static CRYPTO_SIGN_PK],
    const char *own_code, ent_time now, struct hello *out, struct ent_why *why);

#endif
