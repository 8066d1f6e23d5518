/* SPDX-License-Identifier: Apache-2.0
 *
 * hit: asking a partner whether its register holds a person, without saying whom (spec/5-hit.md).
 *
 * Pure: keys from names, dates and numbers; blinded elements from a seed; the filter of tags; the
 * payloads of the messages; openings.  Keys of the OPRF are in the keeper, bytes in the store, and
 * ops joins them.  Nothing here knows a clock, a socket or a file.
 */
#ifndef ENT_HIT_HIT_H
#define ENT_HIT_HIT_H

#include "base/js.h"
#include "crypto/jws.h"
#include "crypto/oprf.h"
#include "grant/grant.h"
#include "record/record.h"

#define HIT_SLOTS 8	      /* elements a person, always */
#define HIT_PERSONS_MAX 8     /* persons of one message */
#define HIT_ELEMENTS_MAX 64   /* elements of one message: OPRF_BATCH_MAX */
#define HIT_SEED 32
#define HIT_REF 16
#define HIT_INPUT_MAX 512     /* bytes of one key's input */
#define HIT_CLASSES 4	      /* 1 document, 2 exact name, 3 sounds of the name, 4 day and month swapped */
#define HIT_KEYS_MAX 128      /* keys of one record; what is above is counted and left out */

/* ---- keys -------------------------------------------------------------------------------------- */

/* What every input is bound to: another agreement, epoch or rules version is another key. */
struct hit_domain {
	const char *agreement; /* no '|' in it */
	uint32_t epoch;
	uint32_t rules;	       /* TEXT_RULES_VERSION that the filter was built under */
};

struct hit_date {
	int year, month, day;
};

/* What is known of a person (or of a document): borrowed. */
#define HIT_NAMES_MAX 32
#define HIT_DATES_MAX 8
#define HIT_DOCUMENTS_MAX 16
struct hit_terms {
	bool person; /* classes 2 to 4 are persons' only */
	size_t names, dates, documents;
	const char *name[HIT_NAMES_MAX];
	struct hit_date date[HIT_DATES_MAX]; /* whole dates; placeholders stay out */
	const char *document[HIT_DOCUMENTS_MAX];
};

struct hit_key {
	int class; /* 1..HIT_CLASSES; 0: an unused slot */
	size_t n;
	char input[HIT_INPUT_MAX];
};

struct hit_keys {
	size_t n, left_out;
	struct hit_key key[HIT_KEYS_MAX];
};

/* "birth date", "name and birth date"...: a class for people. */
const char *hit_class_text(int class);

/* The terms of a record: names of every kind, whole birth dates that are no placeholders,
 * document numbers.  Strings are borrowed from the record. */
ENT_CHECK enum ent_err hit_terms_of_record(const struct grant *g, const struct record *r,
    struct hit_terms *out, struct ent_why *why);
/* A date of a query, "YYYY-MM-DD"; *whole is false for a year, a month, or 1 January, which many
 * registers enter for an unknown day: such a date gives no key.  EFIELD. */
ENT_CHECK enum ent_err hit_date_parse(const char *text, struct hit_date *out, bool *whole,
    struct ent_why *why);

/* All keys of a record: names x dates, and documents; equal ones once. */
ENT_CHECK enum ent_err hit_keys_of_terms(const struct hit_terms *t, const struct hit_domain *d,
    struct hit_keys *out, struct ent_why *why);

/* ---- one person asked about -------------------------------------------------------------------- */

/* 8 slots in a fixed order: 0, 1 documents; 2..4 classes 2 to 4 of the first name and date; 5..7 of a
 * second name or date, or of the first name with its particles joined.  An unused slot is a random element, made from the seed, that nobody can tell from a used
 * one.  Everything follows from seed and slots, so that a query can be opened later. */
struct hit_query {
	uint8_t seed[HIT_SEED];
	struct hit_key slot[HIT_SLOTS];
};

ENT_CHECK enum ent_err hit_query_make(const struct grant *g, const struct hit_terms *t,
    const struct hit_domain *d, const uint8_t seed[static HIT_SEED], struct hit_query *out,
    struct ent_why *why);
/* How many slots hold a key: 0 means that nothing can be asked. */
size_t hit_query_used(const struct hit_query *q);
/* The blinded elements, HIT_SLOTS * OPRF_ELEMENT bytes. */
ENT_CHECK enum ent_err hit_query_blind(const struct hit_query *q, uint8_t *blinded,
    struct ent_why *why);
/* A commitment to seed and slots, that tells nothing as long as the seed is secret. */
void hit_query_commit(const struct hit_query *q, uint8_t out[static CRYPTO_HASH_LEN]);
/* Unblind one slot: the OPRF output of its input. */
ENT_CHECK enum ent_err hit_query_output(const struct hit_query *q, size_t slot,
    const uint8_t evaluated[static OPRF_ELEMENT], uint8_t out[static OPRF_OUTPUT],
    struct ent_why *why);
void hit_query_wipe(struct hit_query *q);

/* The reference of a hit: derived from the output, unlinkable between keys, worthless elsewhere. */
void hit_ref(const uint8_t output[static OPRF_OUTPUT], uint8_t ref[static HIT_REF]);

/* To and from JSON, for the sealed copy and for openings: {"seed", "slots":[{"class","input"}|null]}. */
struct js *hit_query_write(const struct hit_query *q);
ENT_CHECK enum ent_err hit_query_read(const struct js *j, struct hit_query *out,
    struct ent_why *why);

/* ---- opening ----------------------------------------------------------------------------------- */

/* The asker at follow-up, or towards its own oversight body: the query as it was, and the reference. */
struct js *hit_opening(const struct grant *g, const struct hit_query *q,
    const uint8_t ref[static HIT_REF], struct ent_why *why); /* NULL: no grant */
/* The answering side: every slot reproduces the logged blinded element, inputs are of that domain,
 * and ref is that of one of the slots, by the evaluated elements that were answered.  ESIG if not.
 * *slot is the one that hit. */
ENT_CHECK enum ent_err hit_check_opening(const struct js *opening, const struct hit_domain *d,
    const uint8_t *blinded, const uint8_t *evaluated, uint8_t ref[static HIT_REF], size_t *slot,
    struct ent_why *why);

/* ---- the filter -------------------------------------------------------------------------------- */

/* A 3-wise binary fuse filter with 32-bit fingerprints (Graf and Lemire, "Binary Fuse Filters: Fast
 * and Smaller Than Xor Filters", 2022).  No member is ever missed; a stranger passes once in 2^32. */
#define HIT_FILTER_ID 16
#define HIT_FILTER_HEAD 160
#define HIT_TAGS_MAX ((uint64_t)1 << 27)
#define HIT_FILTER_MAX ((size_t)1 << 30) /* bytes of a file taken from outside */

struct hit_filter_head {
	uint8_t id[HIT_FILTER_ID];
	char agreement[AGREEMENT_MAX];
	uint32_t epoch, rules;
	uint8_t pk[OPRF_ELEMENT]; /* of the OPRF key of this epoch */
	uint64_t tags;		  /* padded to the grid: says nothing finer about the register */
	uint64_t seed;
	uint32_t segment, segments;
};

/* What the filter holds of an output: bound to the filter's id. */
uint64_t hit_tag(const uint8_t id[static HIT_FILTER_ID], const uint8_t output[static OPRF_OUTPUT]);
/* The next size of the grid, about one in sixteen apart, at least 4096. */
uint64_t hit_filter_grid(uint64_t tags);
/* Build: sorts tags, drops repeats, fills up with tags made from pad_seed, which stays secret.  head:
 * id, agreement, epoch, rules, pk are given, the rest is set.  Same arguments, same bytes. */
ENT_CHECK enum ent_err hit_filter_build(struct hit_filter_head *head, uint64_t *tags, size_t count,
    const uint8_t pad_seed[static 32], struct buf *out, struct ent_why *why);
/* Check the whole of a filter's bytes: magic, sizes, nothing left over.  ESYNTAX, ETOOBIG. */
ENT_CHECK enum ent_err hit_filter_parse(struct bytes in, struct hit_filter_head *out,
    struct ent_why *why);
/* in: bytes that hit_filter_parse accepted with this head. */
bool hit_filter_has(const struct hit_filter_head *head, struct bytes in, uint64_t tag);

/* The note that the keeper signs over it. */
struct hit_note {
	char agreement[AGREEMENT_MAX], annex[AGREEMENT_MAX];
	uint32_t epoch, rules;
	uint64_t bytes, quota_day, quota_epoch;
	uint8_t sha256[CRYPTO_HASH_LEN];
};
ENT_CHECK enum ent_err hit_note_parse(struct bytes text, struct hit_note *out, struct ent_why *why);
/* The filter is the one that the note tells of. */
ENT_CHECK enum ent_err hit_filter_check(const struct hit_note *note, struct bytes filter,
    struct hit_filter_head *out, struct ent_why *why);

/* ---- messages ---------------------------------------------------------------------------------- */

#define HIT_ASK_SIZE(n) (1024 + (n) * 46)    /* bytes of the payload: fixed by the number of elements */
#define HIT_ANSWER_SIZE(n) (1024 + (n) * 46)
#define HIT_WITHDRAWN_MAX 16384		     /* references of one list */
#define HIT_WITHDRAWN_GRID 64		     /* a list grows by whole steps of so many */

struct hit_ask {
	char iss[CODE_MAX], to[CODE_MAX], agreement[AGREEMENT_MAX];
	uint32_t epoch;
	uint64_t seq;
	ent_time time;
	enum ent_purpose purpose;
	size_t count; /* elements: 8, 16 ... 64 */
	uint8_t case_digest[CRYPTO_HASH_LEN], commit[CRYPTO_HASH_LEN];
	uint8_t prev[CRYPTO_HASH_LEN]; /* of the last answer, zeros at first */
	uint64_t used_day, used_epoch; /* as the asker counts, this one included */
	uint8_t elements[HIT_ELEMENTS_MAX * OPRF_ELEMENT];
};

struct hit_answer {
	char iss[CODE_MAX], to[CODE_MAX], agreement[AGREEMENT_MAX];
	uint32_t epoch;
	uint64_t seq;
	ent_time time;
	uint8_t request[CRYPTO_HASH_LEN];   /* of the ask's compact form */
	enum ent_err error;		    /* ENT_OK: answered; else a signed refusal */
	char clause[120];		    /* of a refusal */
	bool counted;			    /* a refusal of what was counted already: its number is used up */
	size_t count;
	uint8_t elements[HIT_ELEMENTS_MAX * OPRF_ELEMENT];
	uint8_t proof[OPRF_PROOF];
	uint64_t used_day, used_epoch;
	uint64_t withdrawn;		    /* seq of the newest withdrawn list, 0: none */
};

struct hit_withdrawn {
	char iss[CODE_MAX], to[CODE_MAX], agreement[AGREEMENT_MAX];
	uint32_t epoch;
	uint64_t seq;
	ent_time time;
	size_t count;
	uint8_t *refs; /* count * HIT_REF, sorted; owned */
};

/* Appends the payload, padded to its size. */
ENT_CHECK enum ent_err hit_ask_write(const struct hit_ask *a, struct buf *out, struct ent_why *why);
ENT_CHECK enum ent_err hit_answer_write(const struct hit_answer *a, struct buf *out,
    struct ent_why *why);
ENT_CHECK enum ent_err hit_withdrawn_write(const struct hit_withdrawn *w, struct buf *out,
    struct ent_why *why);
/* From a verified payload; EFIELD, ESYNTAX.  Elements are checked to be canonical and no identity
 * (EPROOF). */
ENT_CHECK enum ent_err hit_ask_read(const struct js *payload, struct hit_ask *out,
    struct ent_why *why);
ENT_CHECK enum ent_err hit_answer_read(const struct js *payload, struct hit_answer *out,
    struct ent_why *why);
ENT_CHECK enum ent_err hit_withdrawn_read(const struct js *payload, struct hit_withdrawn *out,
    struct ent_why *why);
void hit_withdrawn_done(struct hit_withdrawn *w);
bool hit_withdrawn_has(const struct hit_withdrawn *w, const uint8_t ref[static HIT_REF]);

/* An answer to that ask: everything but the signature and the proof.  ESEQ, ESTATE (the counters
 * differ, the text names both), EPEER. */
ENT_CHECK enum ent_err hit_answer_fits(const struct hit_ask *ask,
    const uint8_t ask_hash[static CRYPTO_HASH_LEN], const struct hit_answer *answer,
    struct ent_why *why);

#endif
