/* SPDX-License-Identifier: Apache-2.0
 *
 * match, inside: the question, how a name is held against it, the view that searches read, and the
 * search without a grant, which only match_search and the measuring program may call.
 */
#ifndef ENT_MATCH_INDEX_H
#define ENT_MATCH_INDEX_H

#include "match/part.h"

#include <pthread.h>

/* ---- number.c: thousandths of a nat --------------------------------------------------------------- */

uint32_t match_ln(uint64_t x);		 /* 1000 ln x, x at least 1 */
uint32_t match_exp_minus(uint32_t milli); /* 1000000 exp(-milli / 1000) */
uint32_t match_one_in(uint32_t milli);	 /* exp(milli / 1000), rounded */

/* ---- keys.c ----------------------------------------------------------------------------------------- */

uint64_t match_hash(const void *p, size_t n);
uint32_t match_sound_print(const char *code); /* stands for a sound code; never 0 */

#define MATCH_KEYS_MAX 40u
/* Keys of a token: its coarse skeleton, each of them less one letter. */
struct token_keys {
	uint32_t hash[MATCH_KEYS_MAX];
	bool whole[MATCH_KEYS_MAX]; /* nothing left out */
	bool is_short;		    /* three letters: two sides may not both leave one out */
	size_t n;
};
void match_token_keys(const char *phones, uint16_t same, struct token_keys *out);

/* An entry of a key table: the word, a bit that says that a letter was left out, and some of the hash. */
#define KEY_LESS 0x800000u
#define KEY_WORD(k) ((k) & 0x7fffffu)
#define KEY_ENTRY(word, hash, less) ((word) | ((less) ? KEY_LESS : 0u) | ((hash) & 0xff000000u))

/* Of a segment of few words an entry has 3 bytes: 19 bits of word, the bit, and 4 of the hash.  What such a one does
 * not tell is taken to be as in the hash that is looked for. */
static inline uint32_t
part_key(const struct part *p, uint32_t at, uint32_t hash)
{
	if (p->key_bytes == 4)
		return part_u32(p->key + (size_t)at * 4);
	uint32_t v = part_u32(p->key + (size_t)at * 3);
	return (v & (NARROW_WORDS - 1)) | (v >> NARROW_BITS & 1) << 23 | (v & 0xf00000u) << 8 | (hash & 0x0f000000u);
}

/* ---- frequency.c ------------------------------------------------------------------------------------ */

/* How often sounds stand in the register, as of an epoch: the same for all that is searched until the
 * next one.  All spellings of one sound share a frequency: a rare spelling of a frequent name is not
 * rare. */
struct epoch {
	uint32_t names;
	const uint32_t *slots; /* pairs of sound print and count, open hash; print 0: empty */
	uint32_t slots_n;	/* pairs, or 0 */
};
/* Where the search for a print begins. */
static inline uint32_t
match_epoch_slot(uint32_t print, uint32_t slots_n)
{
	return (uint32_t)((uint64_t)print * slots_n >> 32);
}
/* Statistics of populations as names of the imagined register that frequencies lean on (population.c): beside
 * what each sound has there anyway. */
struct match_imagined {
	uint32_t print, names;
};
/* Sum it all up, once, before an index takes it. */
void match_population_freeze(struct match_population *p);
uint64_t match_population_print(const struct match_population *p); /* of the whole content; 0: none */
size_t match_population_imagined(const struct match_population *p, const struct match_imagined **out);
uint32_t match_imagined_names(uint64_t share); /* share: of a thousand million */
uint32_t match_epoch_count(const struct epoch *e, uint32_t print);
/* Rarity of what stands in so many names, thousandths of a nat. */
uint32_t match_rarity(const struct epoch *e, uint64_t names);
uint32_t match_sound_weight(const struct epoch *e, const char *code);

/* ---- facts.c -------------------------------------------------------------------------------------- */

uint32_t match_fact_birth(const struct match_date *d); /* of a whole date */

/* ---- document.c ------------------------------------------------------------------------------------- */

#define MATCH_NUMBER_MAX (TEXT_KEY_MAX + 8u)
#define MATCH_NUMBER_KEYS 3u
/* A number with what is known of it, as the index keeps it; "" if it holds no letter or digit.  country: two
 * capital letters, or it is not known; may be NULL.  Errors as text_key_document. */
ENT_CHECK enum ent_err match_document_write(const char *number, enum document_kind kind,
    const char *country, char out[static MATCH_NUMBER_MAX], struct ent_why *why);
struct match_number {
	const char *p; /* n letters and digits */
	size_t n;
	unsigned kind; /* enum document_kind */
	char country[3];
};
struct match_number match_document_read(const char *p, size_t n);
/* What such a number is found by, whatever is known of it; a query's number may be looked up under several. */
uint32_t match_fact_document(const char *value, size_t n);
size_t match_document_keys(const char *query, uint32_t out[static MATCH_NUMBER_KEYS]);
/* *check: whose check digit one of them fails, or that both share; for people, or NULL. */
enum match_document_line match_document_compare(const struct match_number *q,
    const struct match_number *r, const char **check);
enum match_document_line match_document_best(const char *query, const struct part_facts *f,
    const char **check);
int32_t match_document_worth(enum match_document_line line);

/* ---- the question ------------------------------------------------------------------------------------ */

#define MATCH_ITEMS_MAX 48u /* tokens and joined tokens of a query */

/* What a meeting adds at most (bound.c). */
struct match_worth {
	uint32_t gain;	 /* thousandths of a nat */
	uint32_t excess; /* millionths: what it takes from what is below the line */
	uint32_t lift;	 /* thousandths of score: what no longer speaks against the name, or speaks for it */
};

struct likely { /* a word of one part that is like a query's item */
	const struct likely *next; /* the same word, like another item */
	uint32_t word, slot;
	uint8_t item;
	uint16_t likeness, f; /* likeness 0..1000; f: what share of the weight it earns, 0..1000 */
	uint8_t scripts;      /* match_scripts */
	uint32_t weight;      /* how rare it is that a word is as like the item as this one */
	struct match_worth worth; /* of a name's word that is no light one, at most; by plan_openings */
};

struct item {
	struct text_token tok;
	uint8_t first, last;
	uint32_t weight, span; /* span: what names among its parts weigh together */
	uint32_t missing[2];   /* what it costs if it does not meet: of persons, of organisations */
	uint32_t sound;	       /* match_sound_print */
	bool generic;	       /* a generic word of organisations */
};

/* One way two words may meet. */
struct meeting {
	uint32_t gain, weight; /* gain: weight times f */
	uint32_t poor;	       /* own weight times what f lacks of POOR_UNDER */
	uint8_t item, token, how;
	bool scripts; /* they are of different scripts */
	uint16_t likeness;
};

#define MATCH_MEETINGS_MAX 512u
struct meetings {
	struct meeting m[MATCH_MEETINGS_MAX];
	size_t n;
};

struct question {
	const struct match_query *q;
	struct text_name name;
	struct item item[MATCH_ITEMS_MAX]; /* the tokens themselves first */
	size_t items, parts;
	bool initials; /* one of its words is one letter */
	bool alone;    /* its names are one, perhaps in several spellings */
	uint32_t total;	/* what its parts weigh */
	uint32_t most;	/* what can meet at most */
	uint32_t missing[2]; /* of all its parts */
	struct meetings *meetings; /* room for match_align */
	char document[MATCH_NUMBER_MAX];
	struct about {
		char nationality[TEXT_KEY_MAX], country[TEXT_KEY_MAX], whole[TEXT_KEY_MAX]; /* folded */
		const char *sex; /* "" : not asked */
		struct text_name place;
	} about;
};

/* ---- align.c ------------------------------------------------------------------------------------------- */

/* A token of a register's name, with the query's words that it is like. */
struct seen_token {
	uint32_t sound, weight; /* weight: of a joined one, of all it joins */
	const struct likely *like; /* or NULL */
	uint8_t role, place, first, last, phones_n; /* first < last: joined */
	const char *phones;
	char initial;
	bool vowelled;
};

struct seen_name {
	size_t tokens, parts; /* parts: without joined and bare ones, the first of tokens */
	bool weak, org;
	bool initials; /* one of its words is one letter */
	struct seen_token tok[2 * TEXT_TOKENS_MAX];
};

struct paired {
	uint8_t item, token; /* of question.item and seen_name.tok */
	uint8_t how;
	uint16_t likeness;
	uint32_t weight;
};

enum match_evidence {
#define EVIDENCE(name, worth, org) EV_##name,
#include "match/evidence.def"
#undef EVIDENCE
	EV_N
};

/* A name held against the question. */
struct aligned {
	size_t pairs;
	uint32_t query_used, record_used; /* bits of parts */
	unsigned solid;			  /* names that met, not counting light ones */
	int32_t ev[EV_N];
	int32_t score; /* log-odds, thousandths */
	struct paired pair[MATCH_PAIRS_MAX];
};

/* thorough: also words that are left over, two of one side against one of the other: for the best alone. */
void match_align(const struct question *qn, const struct seen_name *n, bool thorough, struct aligned *out);
/* What a token weighs by its role; `name`: if it is a name. */
uint32_t match_role_weight(enum text_role role, uint32_t name);
bool match_is_initial(const struct item *it, const struct seen_token *t);
bool match_same_initial(char a, char b); /* first sounds that one letter may stand for */
uint16_t match_letters(char first); /* bits, of which such sounds have one in common, others perhaps */
int32_t match_worth(const int32_t *ev, bool org);
#define MATCH_GENERIC 4600u /* what a generic word of organisations weighs at most, thousandths of a nat */
#define MATCH_LIGHT_LIKE 900u /* a name meets a light word from that likeness on */

/* ---- bound.c ------------------------------------------------------------------------------------------- */

/* Bounds: no score is over them, so that pruning by them never loses the best. */

/* The same of a letter of the register that meets a word of the query, whose absence costs `missing`. */
struct match_worth match_bound_initial(uint32_t query, uint32_t record, uint32_t missing);
/* What so many letters of the query may add to a score by meeting words. */
int32_t match_bound_letters(size_t letters);
/* What a poor meeting of a word that weighs so much costs, thousandths of score, rounded down. */
uint32_t match_bound_poor(uint32_t own, uint32_t f, bool org);
/* What a name of the query costs that is left over, at least; by where it stands among its side's. */
uint32_t match_bound_missing(enum text_place place, bool org, uint32_t weight);
/* What a thousandth of a nat left over of the register is against a name, thousandths of score. */
uint32_t match_bound_left(enum text_place place, bool first, bool last, bool org);

/* How scripts meet: MATCH_LIFTED, the record's has vowels where the query's writes none; MATCH_WRITTEN, it is not
 * the other way round. */
#define MATCH_LIFTED 1u
#define MATCH_WRITTEN 2u
static inline uint8_t
match_scripts(bool record_vowelled, bool query_vowelled)
{
	return (uint8_t)((record_vowelled && !query_vowelled ? MATCH_LIFTED : 0u) |
	    (record_vowelled || !query_vowelled ? MATCH_WRITTEN : 0u));
}
/* What it speaks for a name that has vowels where the query's script writes none, whichever. */
uint32_t match_bound_scripts(void);
/* What a low-quality alias, and one all of whose meetings are UNWRITTEN, has against it; 0 or less. */
int32_t match_bound_always(bool weak, bool unwritten, bool org);

struct match_bounds {
	uint32_t query; /* question.total */
	uint32_t missing[2]; /* of persons, of organisations: what the query's words cost if none meets */
	uint8_t kinds;	/* bit 0: persons and others, bit 1: organisations */
};
/* What a name's meetings sum to, or more. */
struct match_sum {
	uint64_t gain, excess, lift;
};
/* No name that weighs `record` or more, whose meetings sum to that or less, scores more. */
int32_t match_bound(const struct match_sum *s, const struct match_bounds *b, uint32_t record);

/* For many names at once: what a score wants, by how much gains.  Zeroed before its first use. */
#define MATCH_AIM_STEPS 64u
struct match_aim {
	unsigned shift; /* gains are told apart in steps of 1 << shift; those of the last one are over all */
	bool filled;
	int64_t beside[MATCH_AIM_STEPS + 1][2]; /* what a gain says beside likeness, millionths of score */
	int64_t want[MATCH_AIM_STEPS + 1][2];	/* what likeness must bring */
};
void match_bound_aim(const struct match_bounds *b, int32_t least, uint64_t most, struct match_aim *out);
/* Is match_bound `least` or more?  Quicker; may say yes a little too early. */
bool match_bound_reaches(const struct match_sum *s, const struct match_bounds *b, const struct match_aim *aim,
    uint32_t record);
/* A name that weighs `record` or more reaches the aim only if the parts of what it meets sum to `gain`. */
struct match_need {
	uint64_t gain;
	uint32_t excess, lift; /* what these are worth of it, thousandths */
};
void match_bound_need(const struct match_bounds *b, const struct match_aim *aim, uint32_t record,
    struct match_need *out);
uint64_t match_need_part(const struct match_need *n, struct match_worth w);

/* ---- about.c: nationality, sex, place of birth ---------------------------------------------------------- */

typedef void match_about_fn(void *ctx, const char *text, size_t n);
/* What a record's list of such things holds, one by one. */
void match_about_write(const struct match_entry *e, match_about_fn *put, void *ctx);
ENT_CHECK enum ent_err match_about_read(const struct match_query *q, struct about *out,
    struct ent_why *why);
bool match_about_any(const struct about *a);	  /* does the query say anything of it? */
int32_t match_about_most(const struct about *a); /* that it may add to a score */
struct about_lines {
	enum match_nation_line nation;
	enum match_sex_line sex;
	enum match_place_line place;
	struct str own_nation, own_sex, own_place; /* the record's, in the part; n 0: it has none */
};
void match_about_compare(const struct about *a, const struct part_facts *f, struct about_lines *out);
int32_t match_about_worth(const struct about_lines *l); /* thousandths of score */
#define MATCH_NATION_BEST 400
#define MATCH_SEX_BEST 150
#define MATCH_PLACE_BEST 1200

/* ---- evidence.c ---------------------------------------------------------------------------------------- */

enum match_date_line match_date_compare(const struct match_date *q, const struct match_date *r);
int32_t match_date_worth(enum match_date_line line); /* thousandths of score */
#define MATCH_DATE_BEST 8500 /* of those that are not of the same day: those are looked at first */

/* ---- question.c ---------------------------------------------------------------------------------------- */

/* Read a query.  Errors as match_search. */
ENT_CHECK enum ent_err match_question_read(const struct match_query *q, struct question *qn,
    struct ent_why *why);
/* Of an organisation's name: words that loaded statistics know as legal forms count as such. */
void match_question_legal(const struct match_population *p, struct question *qn);
/* Its words and joined words with their weights. */
void match_question_items(const struct epoch *e, struct question *qn);
/* What share of its weight a word that is so like earns. */
uint16_t match_share(unsigned likeness);
#define MATCH_LIKE_MIN 700u /* likeness at or below which two words are not the same name */

/* Two tokens that files also write as one; answers the last of them, or i if there is none. */
size_t match_joined_to(const struct text_name *n, size_t i);
/* Single letters beside each other, from `at` on: the last of them. */
size_t match_letters_from(const struct text_name *n, size_t at);

/* ---- index.c -------------------------------------------------------------------------------------------- */

/* The search itself; the caller has seen to the grant.  every: hold each name against the question,
 * to measure against. */
ENT_CHECK enum ent_err match_run_how(struct match_index *x, const struct match_query *q, bool every,
    struct arena *a, struct match_results *out, struct ent_why *why);
ENT_CHECK enum ent_err match_run(struct match_index *x, const struct match_query *q, struct arena *a,
    struct match_results *out, struct ent_why *why);

#endif
