/* SPDX-License-Identifier: Apache-2.0
 *
 * policy: may this actor do this, to this data, for this purpose?  (spec/2-policy.md)
 *
 * Rules are signed agreements, and the national annex that the node signed at init.  Deciding is a
 * pure function of its arguments: no clock, no I/O, no globals.  A loaded policy is immutable and may
 * be shared between threads.  Unsigned is inert; no rule matching: refused.
 */
#ifndef ENT_POLICY_POLICY_H
#define ENT_POLICY_POLICY_H

#include "crypto/jws.h"
#include "grant/grant.h"
#include "record/record.h"

struct policy; /* an immutable set: own card, partners' cards, agreements with their signatures and standing */

/* Types of human-rights commitments (spec/registry/commitments.def), as bits. */
enum policy_commitment {
	COMMITMENT_NONE = 0,
#define COMMITMENT(num, name, text, acts, what) COMMITMENT_##name = 1 << (num),
#include "spec/registry/commitments.def"
#undef COMMITMENT
};
unsigned commitment_of(const char *type);   /* the bit, 0 if unknown */
const char *commitment_name(unsigned bit);  /* "no-torture"; "none" */

/* The bits of an array of commitment types, as a request carries them in "assurances"; 0 for NULL.
 * Unknown types count for nothing. */
unsigned policy_assurances(const struct js *types);

/* One question.  Every pointer is borrowed, for the call only. */
struct policy_ask {
	const struct actor *actor;
	enum ent_action action;
	unsigned roles;			  /* ROLE_ bits that may do this operation (ops.def) */
	enum ent_purpose purpose;
	const char *agreement;		  /* "" or NULL: the national annex */
	const char *annex;		  /* NULL: the one annex that admits the purpose */
	const char *case_ref, *reason;	  /* presence is checked; content is not looked at */
	const struct record_label *label; /* what it touches; NULL: a whole collection */
	const char *type;		  /* record type; NULL: any */
	const char *recipient;		  /* FORWARD: the third service's code */
	uint64_t used_day, used_epoch;	  /* quota counters, in elements */
	uint32_t elements;		  /* asked for now */
	bool permitted;			  /* FORWARD: a recorded permission names recipient; ANSWER: the
					   * originator of a record that is not ours permits it */
	ent_time now;
	unsigned fields;		  /* ANSWER: kinds of statement that would leave, 1 << STATEMENT_ */
	unsigned assurances;		  /* COMMITMENT_ bits that the request or answer carries */
	ent_time retain_until;		  /* policy_accepts: how long the answer says that it may be kept */
	uint64_t rows;			  /* SCREEN: of the list, as far as it is known; 0: not yet */
};

/* Decide.  A refusal is an answer, not an error: always a grant, owned by the caller, dead until
 * audit admits it.  Role, purpose, case and reason, agreement's dates, standing, label, quota, onward
 * rule are each a clause with a name. */
struct grant *policy_decide(const struct policy *p, const struct policy_ask *ask);

/* Would the annex let a record with this label and type pass to the partner?  Used for each record
 * of a collection that a live grant covers (filter, answers, search). */
bool policy_admits(const struct policy *p, const struct grant *g, const struct record_label *label,
    const char *type, ent_time now);

/* Does what has been answered under an annex keep to it?  To be asked by who receives it, and by who
 * sends it before it goes: both get the same from the same.  given names agreement and annex, how long
 * it may be kept, as now the time at which it was said; and for each record its label as it came,
 * type and the kinds disclosed (label and type NULL: none came).  EREFUSED or EEXPIRED with the
 * clause ([POL-37]). */
ENT_CHECK enum ent_err policy_accepts(const struct policy *p, const struct policy_ask *given,
    struct ent_why *why);

/* The same question explained for people, each clause looked at in order with pass or fail; an
 * array of {clause, pass, text}.  Owned by the caller. */
struct js *policy_explain(const struct policy *p, const struct policy_ask *ask);

void policy_free(struct policy *p); /* may be NULL */

/* ---- what a policy is made of ------------------------------------------------------------------ */

#define POLICY_NATIONAL "national"	/* the national annex's agreement id in documents */
#define POLICY_DOCUMENT_MAX ((size_t)256 << 10) /* bytes of an agreement document */
#define POLICY_FILE_MAX ((size_t)1 << 20)	/* bytes of an exchange file */
#define POLICY_PARTIES_MAX 2
#define POLICY_ANNEXES_MAX 16
#define POLICY_CONSENTS_MAX 16		/* per agreement */
#define POLICY_TRANSLATIONS_MAX 16
#define POLICY_ELEMENTS_PER_PERSON 8
#define POLICY_SCREENING_ROWS_MAX 100000000 /* of one list, whatever an annex says */
#define POLICY_SCREENING_DAYS 30	/* candidates are kept if the annex does not say */
#define POLICY_FINGERPRINT_TEXT 50	/* 20 bytes of hex in ten groups of four, and NUL */

/* A service's card (JWS CARD by its identity key). */
struct policy_card {
	char code[CODE_MAX];
	char service[128];
	uint8_t identity[CRYPTO_SIGN_PK], record[CRYPTO_SIGN_PK], checkpoint[CRYPTO_SIGN_PK];
	bool has_oversight;
	uint8_t oversight_box[CRYPTO_BOX_PK]; /* its oversight body's, if has_oversight */
	char address[128];		      /* "host:port" */
	ent_time time;
};

struct policy_party {
	char code[CODE_MAX];
	char service[128];
	uint8_t identity[CRYPTO_SIGN_PK];
};

/* One person's verified signature under a document. */
struct policy_consent {
	char party[CODE_MAX];
	char by[64];
	struct ent_id user;
	char role[32];
	ent_time time;
};

enum policy_standing { STANDING_ACTIVE = 0, STANDING_SUSPENDED = 1, STANDING_TERMINATED = 2 };
const char *standing_name(enum policy_standing s); /* "active" */

/* One party's last verified statement; seq 0: it never made one. */
struct policy_statement {
	enum policy_standing state;
	int64_t seq;
	char by[64];
	ent_time time;
};

struct policy_oversight {
	char party[CODE_MAX];
	bool has_checkpoint, has_box;
	uint8_t checkpoint_key[CRYPTO_SIGN_PK];
	uint8_t box_key[CRYPTO_BOX_PK];
};

struct policy_annex {
	char id[AGREEMENT_MAX];
	char domain[128], law[256], transfer_basis[256];
	unsigned purposes;    /* 1 << PURPOSE_ */
	unsigned types;	      /* 1 << RTYPE_ */
	unsigned subjects;    /* 1 << SUBJECT_ */
	enum tlp max_tlp;
	unsigned handling;    /* HANDLING_ bits that a record under it may have */
	unsigned commitments; /* COMMITMENT_ bits */
	int64_t retention_days;
	uint64_t quota_day, quota_epoch; /* elements: persons of the document times 8 */
	int64_t epoch_days;
	int64_t urgent_h, hit_h, normal_d, long_d; /* deadlines: hours, days */
	bool onward;				   /* onward with permission; false: never */
	unsigned fields;			   /* kinds that may leave, 1 << STATEMENT_ */
	struct {
		enum tlp from_tlp, to_tlp; /* TLP_NONE: the other one is set */
		unsigned from_handling, to_handling;
	} translation[POLICY_TRANSLATIONS_MAX];
	size_t translation_count;
	struct policy_oversight oversight[POLICY_PARTIES_MAX];
	size_t oversight_count;
	struct {		 /* lists may be screened; rows 0: they may not */
		char law[256];	 /* the legal basis */
		uint64_t rows;	 /* of one list */
		int64_t keep_days; /* candidates are deleted so long after the list came */
	} screening;
};

struct policy_agreement {
	char id[AGREEMENT_MAX];
	int64_t version;
	struct bytes document;		 /* verbatim; owned */
	uint8_t digest[CRYPTO_HASH_LEN]; /* SHA-256 of document */
	struct policy_party parties[POLICY_PARTIES_MAX];
	struct policy_statement standing[POLICY_PARTIES_MAX]; /* by party */
	size_t party_count;		 /* 1: a national annex */
	ent_time from, until;		 /* from ≤ t < until */
	struct policy_annex *annexes;	 /* owned */
	size_t annex_count;
	struct policy_consent consents[POLICY_CONSENTS_MAX];
	size_t consent_count;
};

/* ---- checking what comes in; each from untrusted bytes ------------------------------------------ */

/* A self-signed card: the signature verifies with the identity in it.  ESYNTAX, EFIELD, ESIG. */
ENT_CHECK enum ent_err policy_card_check(struct str jws, struct policy_card *out,
    struct ent_why *why);
/* SHA-256 of the identity key, its first 20 bytes in hex, in groups of four, to read aloud. */
void policy_fingerprint(const uint8_t identity[static CRYPTO_SIGN_PK],
    char out[static POLICY_FINGERPRINT_TEXT]);
/* An agreement document, without signatures.  ESYNTAX, ETOOBIG, EFIELD names the field.  *out is
 * owned by the caller. */
ENT_CHECK enum ent_err policy_document_check(struct bytes document, struct policy_agreement **out,
    struct ent_why *why);
void policy_agreement_free(struct policy_agreement *a); /* may be NULL */
/* One consent, verified with the identity that the document pins for its issuer, added to a.
 * EEXISTS: this person's is there already; ESIG, EFIELD, ETOOBIG. */
ENT_CHECK enum ent_err policy_consent_add(struct policy_agreement *a, struct str jws,
    struct ent_why *why);
/* One standing statement, verified alike, taken over if its seq is above the party's last.  ESEQ if
 * not; ESTATE for anything after a termination; *party (may be NULL) gets the issuer's code. */
ENT_CHECK enum ent_err policy_standing_add(struct policy_agreement *a, struct str jws,
    char party[CODE_MAX], struct ent_why *why);
/* Would policy_standing_add take this statement on agreement id?  To be asked before one that came
 * from outside is kept.  Same errors, and ENOTFOUND; party and *seq tell of it. */
ENT_CHECK enum ent_err policy_standing_check(const struct policy *p, const char *id, struct str jws,
    char party[static CODE_MAX], int64_t *seq, struct ent_why *why);

/* An exchange file taken apart: {"document", "consents", "cards"}.  Nothing is verified yet. */
struct policy_file {
	struct js *json;	/* owned; consents and cards borrow from it */
	struct bytes document;	/* owned */
	const struct js *consents, *cards; /* arrays of text */
};
ENT_CHECK enum ent_err policy_file_read(struct bytes in, struct policy_file *out,
    struct ent_why *why);
void policy_file_done(struct policy_file *f);
/* The same made; cards may be NULL.  Owned by the caller. */
struct js *policy_file_make(struct bytes document, const struct js *consents,
    const struct js *cards);

/* ---- loading ------------------------------------------------------------------------------------ */

enum policy_input_kind { POLICY_CARD, POLICY_DOCUMENT, POLICY_CONSENT, POLICY_STANDING };
struct policy_input {
	enum policy_input_kind kind;
	struct bytes data; /* a compact JWS, or a document's bytes */
};

/* Cards, documents, consents and statements in any order (one party's statements in that of their
 * seq), each verified anew; one that does not
 * verify or belongs to nothing fails the whole, with why naming it: a store that was tampered with
 * is not to be worked from.  own is this node's card, not among the inputs.  Does not look at any
 * clock.  *out is owned by the caller. */
ENT_CHECK enum ent_err policy_load(const struct policy_card *own, const struct policy_input *inputs,
    size_t count, struct policy **out, struct ent_why *why);

/* ---- asking a loaded policy: borrowed, as long as the policy lives ------------------------------- */

const struct policy_card *policy_own(const struct policy *p);
const struct policy_card *policy_partner(const struct policy *p, const char *code); /* NULL: none */
const struct policy_card *policy_partner_by_identity(const struct policy *p,
    const uint8_t identity[static CRYPTO_SIGN_PK]); /* NULL: none */
size_t policy_partner_count(const struct policy *p);
const struct policy_card *policy_partner_at(const struct policy *p, size_t i);

size_t policy_agreement_count(const struct policy *p); /* the national annex included */
const struct policy_agreement *policy_agreement_at(const struct policy *p, size_t i);
/* "" and NULL: the national annex, of its signed versions the last.  NULL: no such agreement. */
const struct policy_agreement *policy_agreement(const struct policy *p, const char *id);
/* The other party's code; NULL for the national annex. */
const char *policy_other_party(const struct policy *p, const struct policy_agreement *a);
/* Of an annex's id. NULL: none. */
const struct policy_annex *policy_annex(const struct policy_agreement *a, const char *id);
/* The one annex that admits the purpose; with PURPOSE_NONE the only annex.  NULL: none, or several. */
const struct policy_annex *policy_annex_for(const struct policy_agreement *a, enum ent_purpose u);
bool policy_annex_field(const struct policy_annex *x, enum statement_kind k); /* may it leave? */
const struct policy_oversight *policy_oversight(const struct policy_annex *x, const char *party);

/* How many different persons of each party must sign: two, one for the first national annex. */
size_t policy_signers_wanted(const struct policy_agreement *a);
/* Enough of them have.  why says who is missing. */
bool policy_signed(const struct policy_agreement *a, struct ent_why *why);
size_t policy_signers(const struct policy_agreement *a, const char *party);
/* The strictest of the parties' statements. */
enum policy_standing policy_standing(const struct policy_agreement *a);
/* Signed, within its dates, and not suspended or terminated; else why with the clause.  While it is
 * not, hello and pull are asked for as NOTICE and carry notices only. */
bool policy_in_force(const struct policy_agreement *a, ent_time now, struct ent_why *why);

/* The label that a record carries when it leaves under the annex: translation table, agreement,
 * and the annex's retention as the latest expiry.  Never looser than the label it came with. */
void policy_translate(const struct policy_agreement *a, const struct policy_annex *x,
    const struct record_label *in, ent_time now, struct record_label *out);

/* ---- making documents ---------------------------------------------------------------------------- */

/* The national annex: every purpose but administration, every type and category, ten years. */
struct js *policy_national_default(const char *code, const char *service,
    const uint8_t identity[static CRYPTO_SIGN_PK], ent_time now);
/* Put into its annex that lists of up to max_rows rows may be screened, on that legal basis; candidates
 * stay for keep_days, 0: as long as it is usual. */
void policy_national_screening(struct js *document, const char *law, int64_t max_rows,
    int64_t keep_days);
/* A later version of it: its id is "national.VERSION", and two persons must sign. */
void policy_national_version(struct js *document, int64_t version);
/* "national", or "national." and a number from 2. */
bool policy_is_national(const char *id);
/* An agreement between two cards, parties in the order of their codes.  annexes: an array, taken; or
 * NULL for one annex "A" on terrorism with defaults.  Missing fields of given annexes get the
 * defaults. */
struct js *policy_draft(const struct policy_card *own, const struct policy_card *partner,
    const char *id, ent_time from, ent_time until, struct js *annexes);
/* The payload of a CARD; owned by the caller. */
struct js *policy_card_make(const struct policy_card *c);
/* The payload of a STANDING statement by this node; owned by the caller. */
struct js *policy_standing_make(const struct policy *p, const struct policy_agreement *a,
    enum policy_standing state, const struct actor *by, ent_time now);

#endif
