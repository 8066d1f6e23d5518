/* SPDX-License-Identifier: Apache-2.0
 *
 * match: find records by name across scripts, by document and by birth date, and say why.
 *
 * An index in memory, built from records as they come and go; its bytes are private.  Degrees are a
 * likeness of query and record, computed in integers: the same query on the same records answers
 * the same bytes.  Never a score of a person, and never kept on one: a match proposes, a named
 * person decides.  A single name is never strong; a birth date alone finds nothing.
 *
 * Threads: any number of searches beside one add or remove.
 */
#ifndef ENT_MATCH_MATCH_H
#define ENT_MATCH_MATCH_H

#include "base/arena.h"
#include "grant/grant.h"
#include "record/record.h"
#include "text/text.h"

#define MATCH_ID_MAX 63u	 /* bytes of an id */
#define MATCH_NAMES_MAX 512u	 /* names of one record, weak ones included */
#define MATCH_DOCUMENTS_MAX 256u
#define MATCH_BIRTHS_MAX 32u
#define MATCH_PLACES_MAX 16u
#define MATCH_SPAN_MAX 7
#define MATCH_TOP_MAX 100u	 /* results of one search */
#define MATCH_PAIRS_MAX 40u	 /* lines of one explanation */

struct match_index;

enum match_precision {
	MATCH_DATE_NONE,
	MATCH_DATE_DAY,
	MATCH_DATE_MONTH,
	MATCH_DATE_YEAR,
	MATCH_DATE_RANGE,	/* year..year_to */
	MATCH_DATE_PLACEHOLDER, /* 1 January, written where only the year is known */
};

/* A birth date as a register knows it; what the precision does not give is 0. */
struct match_date {
	uint16_t year, year_to;
	uint8_t month, day;
	uint8_t precision; /* enum match_precision */
	/* Of a DAY that was converted from the Islamic calendar: as many days after it are as likely; else 0. */
	uint8_t span;
};

/* "YYYY", "YYYY-MM", "YYYY-MM-DD" (1 January becomes a placeholder), "YYYY/YYYY" a range; or a date of the
 * Islamic calendar, as record_islamic_parse reads it.  ESYNTAX. */
#define MATCH_DATE_INPUT_MAX 80 /* bytes of a date that somebody typed */
ENT_CHECK enum ent_err match_date_parse(struct str in, struct match_date *out,
    struct ent_why *why);
/* Of a record's; "about" is a year either way. */
struct match_date match_date_of(const struct record_birth *b);

/* What is known of a document beside its number. */
struct match_document_of {
	enum document_kind kind; /* DOCKIND_NONE: not known */
	const char *country;	 /* ISO 3166 code of two letters; anything else, or NULL: not known */
};

/* A place as written, "Fez" or "Fez, Morocco", and its country apart; each may be NULL. */
struct match_place {
	const char *text, *country;
};

/* One record, as the index takes it.  Everything is borrowed for the call. */
struct match_entry {
	const char *id; /* 1..MATCH_ID_MAX bytes */
	enum record_type type;
	const char *const *names; /* UTF-8 */
	size_t names_n;
	const char *const *weak; /* low-quality aliases */
	size_t weak_n;
	const struct match_date *births;
	size_t births_n;
	const char *const *documents; /* numbers as written */
	size_t documents_n;
	const struct match_document_of *documents_of; /* of each; NULL: nothing is known of them */
	const char *const *nationalities; /* codes or names */
	size_t nationalities_n;
	enum record_sex sex; /* NONE: not known */
	const struct match_place *places; /* of birth */
	size_t places_n;
	bool quarantined; /* local search sees it, marked */
};

struct match_index *match_index_new(void); /* owned by the caller */
void match_index_free(struct match_index *x); /* may be NULL; wipes what names it held */

/* Add a record, or put it in the place of the one with that id.  Names that are over text's limits or
 * hold no letter are left out; *left_out (may be NULL) counts them.  EFIELD: id or counts. */
ENT_CHECK enum ent_err match_add(struct match_index *x, const struct match_entry *e,
    size_t *left_out, struct ent_why *why);
/* Drop a record; nothing of it stays in memory.  False if there is none with that id. */
bool match_remove(struct match_index *x, const char *id);
bool match_has(struct match_index *x, const char *id);

/* Merge all that was added into one segment and freeze frequencies anew: after it the index answers as
 * one that was built of the same records in any other order.  For after an import; takes seconds on a
 * large register, while searches and adds go on. */
void match_settle(struct match_index *x);
/* Merge in a thread of its own, until the index is freed, instead of within match_add. */
ENT_CHECK enum ent_err match_merger_start(struct match_index *x, struct ent_why *why);
void match_merger_stop(struct match_index *x);

/* ---- a snapshot: the index as bytes, so that a start need not read every record -------------------------- */

/* Settle, then hand over the bytes, which name everybody in the register: seal them before they are
 * written anywhere.  What is added meanwhile is not in them.  `put` is called with one part after the
 * other, and how many bytes all of them are; its error is passed on.  EBUSY: nothing to save, or records
 * were removed meanwhile. */
ENT_CHECK enum ent_err match_save(struct match_index *x,
    enum ent_err (*put)(void *ctx, uint64_t all, struct bytes part, struct ent_why *why), void *ctx,
    struct ent_why *why);
/* Memory for the bytes of a snapshot: out of core dumps, wiped when freed. */
struct match_image {
	void *p;
	size_t n;
};
struct match_image match_image_new(size_t n); /* zeroed; owned by the caller */
void match_image_free(struct match_image *m);
/* Take a snapshot into an empty index; *m is empty after.  All of it is checked: whatever the bytes are,
 * the index is as it was or sound.  ESYNTAX: not a snapshot, or damaged; ESTATE: of other rules, or
 * the index is not empty. */
ENT_CHECK enum ent_err match_load_take(struct match_index *x, struct match_image *m,
    struct ent_why *why);

struct match_stats {
	uint64_t records, names, words, bytes; /* bytes: of memory, all in */
	uint64_t changes; /* records added, changed and removed since the index was made or loaded */
	uint64_t parts;   /* segments and recent parts that a search looks through */
	uint64_t merges;  /* since the index was made or loaded */
	uint64_t epoch_names; /* names that frequencies rest on: those of the register at the epoch's beginning */
};
void match_stats(struct match_index *x, struct match_stats *out);

struct match_query {
	const char *name;	  /* UTF-8; NULL or "": by document only */
	const char *document;	  /* or NULL; also the second line of a passport's machine-readable zone */
	struct match_document_of document_of;
	const char *nationality;  /* or NULL */
	enum record_sex sex;	  /* NONE: not known */
	const char *place;	  /* of birth: "Fez", "Fez, Morocco"; or NULL */
	struct match_date birth;  /* precision NONE: not known */
	enum record_type type;	  /* RTYPE_NONE: any */
	unsigned top;		  /* 1..MATCH_TOP_MAX */
	bool brief;		  /* ids, degrees, bands, dates and documents alone: no name, no pairs */
	/* May the caller see this record?  NULL: all.  Asked only for records that would be results. */
	bool (*admits)(void *ctx, const char *id);
	void *ctx;
};

enum match_band { MATCH_TRACE, MATCH_REVIEW, MATCH_STRONG };

enum match_how {
	MATCH_SAME,	/* the same letters */
	MATCH_SPELLING, /* another spelling in the same script */
	MATCH_SOUND,	/* the same name across scripts */
	MATCH_JOINED,	/* two words against one */
	MATCH_INITIAL,
	MATCH_PARTICLE, /* ben, van, al: hardly counts */
};

/* One line of the alignment. */
struct match_pair {
	const char *query, *record; /* words as folded; in the arena */
	enum match_how how;
	unsigned likeness; /* 0..1000 */
	uint32_t one_in;   /* how rare the name is here: one in so many; 0 for particles */
};

enum match_date_line {
	MATCH_DATE_UNKNOWN, /* on one side or both */
	MATCH_DATE_EQUAL,
	MATCH_DATE_SWAPPED,	/* day and month */
	MATCH_DATE_ISLAMIC,	/* one of the few days that a date of the Islamic calendar may be */
	MATCH_DATE_ISLAMIC_TAKEN, /* the same, once a year such as 1379 is taken for one of that calendar */
	MATCH_DATE_ONE_DIGIT,	/* one digit differs */
	MATCH_DATE_PART,	/* same year, and same day or month */
	MATCH_DATE_SAME_YEAR,	/* no more is known, or it is 1 January */
	MATCH_DATE_WITHIN,	/* in the register's range */
	MATCH_DATE_ISLAMIC_YEAR, /* in the year, once it is taken for one of the Islamic calendar */
	MATCH_DATE_NEAR,	/* a year apart */
	MATCH_DATE_APART,	/* two or three years apart */
	MATCH_DATE_DIFFERENT,
};

enum match_document_line {
	MATCH_DOCUMENT_UNKNOWN,
	MATCH_DOCUMENT_EQUAL,
	MATCH_DOCUMENT_DIFFERENT,
	MATCH_DOCUMENT_NEAR,  /* one edit apart, and one of them fails its own check digit */
	MATCH_DOCUMENT_OTHER, /* the same number, of another country or kind of document */
};

/* A word without a partner, on one of the sides. */
struct match_left {
	const char *word; /* as folded */
	bool of_query;	  /* else of the record's name */
	bool light;	  /* particle, title, legal form: hardly counts */
	uint32_t one_in;  /* how rare the name is here; 0 if light */
};

enum match_nation_line { MATCH_NATION_UNKNOWN, MATCH_NATION_EQUAL, MATCH_NATION_DIFFERENT };
enum match_sex_line { MATCH_SEX_UNKNOWN, MATCH_SEX_EQUAL, MATCH_SEX_DIFFERENT };
enum match_place_line { MATCH_PLACE_UNKNOWN, MATCH_PLACE_EQUAL, MATCH_PLACE_COUNTRY, MATCH_PLACE_DIFFERENT };

/* What else an explanation tells; in the arena. */
struct match_reasons {
	const struct match_left *left;
	size_t left_n;
	struct match_date birth;  /* the register's date that the date line is about; NONE: it has none */
	const char *const *documents; /* the register's numbers, as compared; MATCH_SHOWN_MAX at most */
	size_t documents_n;
	const char *check; /* whose check digit the document line is about; NULL: none */
	enum match_nation_line nation;
	enum match_sex_line sex;
	enum match_place_line place;
	const char *own_nation, *own_sex, *own_place; /* the register's; "" : it has none */
};
#define MATCH_SHOWN_MAX 8u

/* One record found.  Everything is in the arena. */
struct match_result {
	const char *id;
	enum record_type type;
	unsigned degree; /* 0..1000: likeness of query and record */
	enum match_band band;
	const char *name; /* the register's name that fits best, as written */
	bool weak;	  /* it is a low-quality alias */
	bool quarantined;
	const struct match_pair *pairs;
	size_t pairs_n;
	const int32_t *evidence; /* what the degree was computed from: src/match/evidence.def */
	const char *query_left, *record_left; /* words without a partner, "" if none */
	enum match_date_line date;
	enum match_document_line document;
	struct match_reasons reasons;
	unsigned probability; /* per thousand, that query and record are of one person; 0: not derived */
};

struct match_results {
	/* Best first.  Of equal scores: whose words stand at the same places, family with family; then the likest
	 * spelled; then the lowest id. */
	struct match_result *r;
	size_t n;
};

/* Of degrees from here on a search answers every record, up to `top`; if there is none, the one that comes
 * nearest.  The degree that counts here is that without leftover words.  In a register of 50,000 names or more that one
 * has degree 80 at least, and the more beyond a million. */
#define MATCH_FULL 300u

/* Search, under a live grant for ACTION_SEARCH or ACTION_SCREEN.  No result is no error.  EREFUSED; EFIELD: neither a
 * name nor a document, or top; ESYNTAX, ETOOBIG of the name. */
ENT_CHECK enum ent_err match_search(struct match_index *x, const struct grant *g,
    const struct match_query *q, struct arena *a, struct match_results *out, struct ent_why *why);

const char *match_band_name(enum match_band b); /* "strong", "review", "trace" */
const char *match_how_name(enum match_how h);
const char *match_date_text(enum match_date_line d);	     /* for people */
const char *match_document_text(enum match_document_line d); /* for people */
const char *match_nation_text(enum match_nation_line n);     /* for people */
const char *match_sex_text(enum match_sex_line s);	     /* for people */
const char *match_place_text(enum match_place_line p);	     /* for people */
/* The date as match_date_parse reads it, "" for NONE; of one that was converted the days that it may be. */
#define MATCH_DATE_TEXT 24
void match_date_format(const struct match_date *d, char out[static MATCH_DATE_TEXT]);

/* ---- somebody else (other.c) --------------------------------------------------------------------- */

/* Whom a register states not to be its record's subject.  Borrowed; what is not known is NULL, or NONE. */
struct match_other {
	const char *name, *document;
	struct match_date birth;
};
enum match_other_line { MATCH_OTHER_NONE, MATCH_OTHER_BIRTH, MATCH_OTHER_DOCUMENT };
/* Does the query fit the other one, and better than it fits the result's record?  Pure; needs no
 * grant.  A query that tells neither date nor document fits nobody else. */
enum match_other_line match_other_fits(const struct match_query *q, const struct match_result *r,
    const struct match_other *o);
/* Lower a result that such a statement tells against: a quarter of its degree for a document, half of
 * it for a name and date; a trace in both cases.  NONE leaves it as it is. */
void match_other_lower(struct match_result *r, enum match_other_line line);
const char *match_other_text(enum match_other_line line); /* for people */

/* ---- population frequencies (population.c) -------------------------------------------------------------
 *
 * How frequent names are in countries, from the publishers' statistics that an operator loads: no data of
 * persons.  Immutable once it is given to an index.  Scoring must hold without it: then every look-up
 * answers 0, "not known". */
struct match_population;
enum match_name_kind { MATCH_KIND_GIVEN = 1, MATCH_KIND_FAMILY = 2, MATCH_KIND_LEGAL = 3 };
#define MATCH_POPULATION_MAX 4000000u /* entries */

struct match_population *match_population_new(void); /* owned by the caller until it is set */
void match_population_free(struct match_population *p); /* may be NULL */
/* Add bearers of a name as written ("JEAN-PIERRE"); the same name adds up.  country: two letters.  Names that fold
 * to nothing are left out.  ETOOBIG over MATCH_POPULATION_MAX. */
ENT_CHECK enum ent_err match_population_add(struct match_population *p, const char *name,
    const char country[static 3], enum match_name_kind kind, uint64_t count, struct ent_why *why);
/* Every entry, in no order: the folded name, for keeping. */
typedef void match_population_fn(void *ctx, const char *folded, const char country[static 3],
    enum match_name_kind kind, uint64_t count);
void match_population_each(const struct match_population *p, match_population_fn *fn, void *ctx);
size_t match_population_entries(const struct match_population *p); /* 0 for NULL */

/* For scoring.  Bearers of the folded name (a text_token's p and n, or several words with a space between) among a
 * thousand million of that kind in that country; country NULL: the highest of all countries, since a query
 * rarely says.  0: not known, which is not the same as rare.  One hash look-up a country of which that kind is loaded. */
uint32_t match_population_share(const struct match_population *p, const char *folded, size_t n,
    const char *country, enum match_name_kind kind);
/* Is it a legal form, or an abbreviation of one, somewhere? */
bool match_population_is_legal(const struct match_population *p, const char *folded, size_t n);

/* The one way in: give it to an index, which owns it from then on and frees the one before once no search looks
 * at it.  NULL takes it away.  What the index holds is settled anew: a name that is frequent in a population loaded
 * is not rare, and two indexes of the same records and statistics answer the same bytes. */
void match_names_set(struct match_index *x, struct match_population *p);
/* Entries in use, for status; 0: none. */
size_t match_names_count(struct match_index *x);

/* ---- thresholds (threshold.c) ---------------------------------------------------------------------- */

/* How a name is written and sounds, by rules of script and sound alone: it groups queries whose namesakes
 * are as frequent, and says nothing of a person. */
enum match_tradition {
	MATCH_ARABIC,	    /* Arabic script */
	MATCH_ARABIC_LATIN, /* sounds of Arabic in Latin letters: ben, abd, kh, -eddine, -oui */
	MATCH_CYRILLIC,
	MATCH_SLAVIC_LATIN, /* -ov, -ski, -enko, cz in Latin letters */
	MATCH_WESTERN,	    /* Latin otherwise, and all else */
	MATCH_TRADITIONS
};
enum match_tradition match_tradition_of(const char *name); /* NULL: WESTERN */
const char *match_tradition_name(enum match_tradition t);   /* "arabic-latin" */

/* What a query brings. */
enum match_pattern { MATCH_BY_NAME, MATCH_BY_DATE, MATCH_BY_DOCUMENT, MATCH_PATTERNS };
enum match_pattern match_pattern_of(const struct match_query *q);
const char *match_pattern_name(enum match_pattern p); /* "name", "name+date", "document" */

/* False positives that the bands stand for: of 1000 queries for persons who are not in the register, so
 * many have a result of that band or above. */
#define MATCH_RATE_STRONG 1u
#define MATCH_RATE_REVIEW 10u
#define MATCH_RATE_TRACE 100u
/* The probability supposes that so many of 1000 queries are for persons of the register. */
#define MATCH_PRIOR 100u
#define MATCH_BINS 101u /* degrees 0, 10, ... 1000 */

/* Degrees at which bands begin, for one register; a copy may be kept. */
struct match_thresholds {
	bool derived; /* false: nothing but built-in bands, no probability */
	struct match_cut {
		uint16_t strong, review, trace;
		uint32_t negatives; /* that they rest on; those of all traditions if these are too few */
		bool own;	    /* of this tradition's own negatives */
	} cut[MATCH_TRADITIONS][MATCH_PATTERNS];
	uint16_t probability[MATCH_PATTERNS][MATCH_BINS]; /* per thousand; never falls */
	uint64_t names; /* of the register, as they were derived */
};

/* One invented person to ask for. */
struct match_sample {
	char name[256];
	char nation[32]; /* ""; asked with the date: it weighs for namesakes too */
	struct match_date birth;
};
struct match_derivation {
	/* The i-th: one who is in no register; one to be put into a register of trial; the same one as somebody
	 * else writes him.  The same i gives the same person for ever. */
	void (*negative)(void *ctx, uint64_t i, struct match_sample *out);
	void (*known)(void *ctx, uint64_t i, struct match_sample *out);
	void (*asked)(void *ctx, uint64_t i, struct match_sample *out);
	bool (*stop)(void *ctx); /* asked now and then: give up */
	void *ctx;
	uint32_t negatives, positives; /* how many */
};
/* Derive the thresholds of a register from frozen negatives.  The same index content gives the same.  No
 * data of a person leaves, only where bands begin: no grant.  EBUSY: stop said so; *out is untouched. */
ENT_CHECK enum ent_err match_thresholds_derive(struct match_index *x, const struct match_derivation *d,
    struct match_thresholds *out, struct ent_why *why);
/* Set a result's band and probability; before match_other_lower.  False: it is below trace.  Caps of the
 * bands hold: one name is never strong.  t NULL or not derived: as it is, true. */
bool match_thresholds_judge(const struct match_thresholds *t, const struct match_query *q,
    struct match_result *r);

#endif
