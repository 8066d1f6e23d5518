/* SPDX-License-Identifier: Apache-2.0
 *
 * store/feeds: the exchange's tables.  What personal data an entry carries is sealed under a data key
 * of its own; the rest are codes, ids, times and sequence numbers.
 *
 * Writing and reading contents wants a live grant of one of the exchange's actions; heads, threads,
 * permissions, contacts and the signed part of an entry are codes and go without.
 */
#ifndef ENT_STORE_FEEDS_H
#define ENT_STORE_FEEDS_H

#include "store/store.h"

enum feed_direction { FEED_OURS = 0, FEED_THEIRS = 1 };

#define FEED_SEALED_MAX ((size_t)4 << 20)

struct feed_row {
	char agreement[AGREEMENT_MAX];
	enum feed_direction direction;
	uint64_t seq;
	struct ent_id id;		/* of its data key */
	uint8_t hash[CRYPTO_HASH_LEN];
	char kind[32];
	struct ent_id ref;
	ent_time time, stored_at, erase_at;
	const char *jws;		/* borrowed for the call */
	const struct js *beside;	/* {disclosures, items}: borrowed; NULL once erased */
};

/* Called for each row; an error stops the walk and is returned. */
typedef enum ent_err feed_row_fn(void *ctx, const struct feed_row *row, struct ent_why *why);

/* seq 0 and zeros before the first entry. */
ENT_CHECK enum ent_err feed_head_get(struct store_tx *tx, const char *agreement,
    enum feed_direction d, uint64_t *seq, uint8_t hash[static CRYPTO_HASH_LEN],
    struct ent_why *why);
/* Keep an entry and move the head to it, which must stand one before: ESEQ else. */
ENT_CHECK enum ent_err feed_put(struct store_tx *tx, const struct grant *g,
    const struct feed_row *row, struct ent_why *why);
/* Entries after `after`, in order, at most max. */
ENT_CHECK enum ent_err feed_page(struct store_tx *tx, const struct grant *g, const char *agreement,
    enum feed_direction d, uint64_t after, int max, feed_row_fn *fn, void *ctx,
    struct ent_why *why);
/* All entries of an exchange, as they were stored. */
ENT_CHECK enum ent_err feed_of_ref(struct store_tx *tx, const struct grant *g,
    const struct ent_id *ref, feed_row_fn *fn, void *ctx, struct ent_why *why);
/* The signed part of one entry, appended: codes and salted digests.  ENOTFOUND. */
ENT_CHECK enum ent_err feed_jws_get(struct store_tx *tx, const char *agreement,
    enum feed_direction d, uint64_t seq, struct buf *jws, struct ent_why *why);
/* Shorten or lengthen an entry's retention. */
ENT_CHECK enum ent_err feed_retain(struct store_tx *tx, const struct grant *g,
    const char *agreement, enum feed_direction d, uint64_t seq, ent_time erase_at,
    struct ent_why *why);
/* Destroy the contents of what is past its retention, up to max entries; *count of them. */
ENT_CHECK enum ent_err feed_erase_overdue(struct store_tx *tx, ent_time now, int max,
    int64_t *count, struct ent_why *why);

/* The columns of exchange/exchange.h's struct thread, which ops maps. */
struct thread_row {
	struct ent_id ref;
	char agreement[AGREEMENT_MAX], asker[CODE_MAX], answerer[CODE_MAX];
	int64_t state, urgency, allowed, due, left, opened_at;
	uint64_t request_seq, clarification_seq;
};
typedef enum ent_err thread_row_fn(void *ctx, const struct thread_row *row, struct ent_why *why);
ENT_CHECK enum ent_err thread_get(struct store_tx *tx, const struct ent_id *ref,
    struct thread_row *out, struct ent_why *why); /* ENOTFOUND */
/* The thread whose request or clarification has that number in the asker's feed; ENOTFOUND. */
ENT_CHECK enum ent_err thread_of_seq(struct store_tx *tx, const char *agreement, const char *asker,
    uint64_t seq, struct thread_row *out, struct ent_why *why);
ENT_CHECK enum ent_err thread_put(struct store_tx *tx, const struct thread_row *row,
    struct ent_why *why);
ENT_CHECK enum ent_err thread_page(struct store_tx *tx, const struct ent_id *after, int max,
    thread_row_fn *fn, void *ctx, struct ent_why *why);

struct copy_row {
	struct ent_id record, ref, given_by;
	char recipient[CODE_MAX], agreement[AGREEMENT_MAX], transfer_basis[128];
	uint64_t seq;
	ent_time given_at, retain_until;
};
typedef enum ent_err copy_row_fn(void *ctx, const struct copy_row *row, struct ent_why *why);
ENT_CHECK enum ent_err copy_put(struct store_tx *tx, const struct grant *g,
    const struct copy_row *row, struct ent_why *why);
ENT_CHECK enum ent_err copy_of_record(struct store_tx *tx, const struct ent_id *record,
    copy_row_fn *fn, void *ctx, struct ent_why *why);

enum permission_state { PERMISSION_ASKED = 1, PERMISSION_GRANTED = 2, PERMISSION_DENIED = 3 };
/* direction: FEED_OURS for one that we asked, FEED_THEIRS for one that a partner asks of us. */
struct permission_row {
	struct ent_id record, ref;
	char recipient[CODE_MAX], agreement[AGREEMENT_MAX];
	enum feed_direction direction;
	enum permission_state state;
	ent_time changed_at;
};
typedef enum ent_err permission_row_fn(void *ctx, const struct permission_row *row,
    struct ent_why *why);
ENT_CHECK enum ent_err permission_put(struct store_tx *tx, const struct permission_row *row,
    struct ent_why *why);
ENT_CHECK enum ent_err permission_get(struct store_tx *tx, const struct ent_id *record,
    const char *recipient, enum feed_direction d, struct permission_row *out,
    struct ent_why *why); /* ENOTFOUND */
ENT_CHECK enum ent_err permission_of_ref(struct store_tx *tx, const struct ent_id *ref,
    struct permission_row *out, struct ent_why *why); /* ENOTFOUND */
ENT_CHECK enum ent_err permission_open(struct store_tx *tx, int max, permission_row_fn *fn,
    void *ctx, struct ent_why *why);

struct contact_row {
	uint64_t acked;	      /* up to which of our entries the partner has pulled */
	ent_time reached_at;  /* 0: never */
	ent_time tried_at;
	int64_t failures;     /* in a row */
};
ENT_CHECK enum ent_err contact_get(struct store_tx *tx, const char *agreement,
    struct contact_row *out, struct ent_why *why); /* zeros if there is none */
ENT_CHECK enum ent_err contact_put(struct store_tx *tx, const char *agreement,
    const struct contact_row *row, struct ent_why *why);

#endif
