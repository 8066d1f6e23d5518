/* SPDX-License-Identifier: Apache-2.0
 *
 * match, inside: vocabulary, postings, names, records; and the search without a grant, which only
 * match.c and the measuring program may call.
 */
#ifndef ENT_MATCH_INDEX_H
#define ENT_MATCH_INDEX_H

#include "match/match.h"

#include <pthread.h>

/* A set of indices into some array, by hash; 0 marks an empty slot, index + 1 a full one. */
struct table {
	uint32_t *slot;
	size_t cap, n; /* cap is a power of two, or 0 */
};

/* One distinct phonemic spelling. */
struct word {
	char phones[TEXT_PHONES_MAX + 1];
	uint8_t phones_n;
	bool vowelled;
	uint16_t same;	   /* of text_token */
	uint32_t sound;	   /* index into sounds */
	uint32_t *posting; /* names, ascending */
	uint32_t n, cap;
};

/* All spellings of one sound share a frequency: a rare spelling of a frequent name is not rare. */
struct sound {
	char code[TEXT_SOUND_MAX + 1];
	uint32_t names; /* tokens with it */
};

/* The way from a sound, or a sound less one letter, to words. */
struct key {
	uint32_t hash, word, next; /* next: index + 1 of the same bucket, 0 at its end */
};
#define KEY_LESS 0x80000000u /* in key.word: one letter was left out */

struct name_token {
	uint32_t word;
	uint8_t role;	     /* enum text_role */
	uint8_t first, last; /* of the name's tokens; first < last: joined */
	uint8_t place; /* enum text_place, of the first of its tokens */
};

struct name {
	uint32_t record;
	uint8_t tokens, parts; /* parts: without joined ones, the first of tokens */
	bool weak;
	struct name_token *tok; /* owned, one block with text */
	char *text;		/* as written */
};

/* An exact value of a record: a document number or a full birth date. */
struct fact {
	uint32_t hash, record, next; /* record NO_RECORD: dropped; next: index + 1 in the bucket */
};
#define NO_RECORD UINT32_MAX

struct indexed {
	char *id;	 /* owned; NULL: a free slot */
	uint32_t *names; /* owned */
	uint32_t names_n;
	struct match_date *births; /* owned */
	uint32_t births_n;
	char **documents; /* owned, each */
	uint32_t documents_n;
	char **nationalities; /* owned, each; folded */
	uint32_t nationalities_n;
	uint8_t type;
	bool quarantined;
};

/* What one search marks; kept for the next one. */
struct scratch {
	struct scratch *next;
	size_t cap;	    /* names */
	uint32_t *mass;	    /* evidence so far, thousandths of a nat; 0: not touched */
	uint8_t *last;	    /* the query item that added last, + 1 */
	uint32_t *touched;  /* list, to clear by */
	size_t touched_n;
};

struct match_index {
	pthread_rwlock_t lock;
	pthread_mutex_t scratch_lock;
	struct scratch *spare;

	struct word *words;
	size_t words_n, words_cap;
	struct table word_table;
	struct sound *sounds;
	size_t sounds_n, sounds_cap;
	struct table sound_table;
	struct key *keys;
	size_t keys_n, keys_cap;
	uint32_t *key_heads;
	size_t key_heads_n;

	struct name *names; /* text NULL: a free slot */
	uint8_t *name_type; /* beside names, for the hot loop */
	uint8_t *name_parts;
	size_t names_n, names_cap, names_live;
	uint32_t *free_names;
	size_t free_names_n, free_names_cap;

	struct indexed *records;
	size_t records_n, records_cap, records_live;
	uint32_t *free_records;
	size_t free_records_n, free_records_cap;
	struct table id_table;
	struct fact *facts;
	size_t facts_n, facts_cap;
	uint32_t *fact_heads;
	size_t fact_heads_n;
	uint64_t heap; /* bytes of small blocks */
	struct match_population *population; /* owned; under lock; NULL: none is loaded */
};

/* ---- number.c: thousandths of a nat --------------------------------------------------------------- */

uint32_t match_ln(uint64_t x);		 /* 1000 ln x, x at least 1 */
uint32_t match_exp_minus(uint32_t milli); /* 1000000 exp(-milli / 1000) */
uint32_t match_one_in(uint32_t milli);	 /* exp(milli / 1000), rounded */

/* ---- vocab.c ------------------------------------------------------------------------------------- */

uint64_t match_hash(const void *p, size_t n);
void match_table_grow(struct table *t); /* empties too: the caller puts all back */
bool match_table_full(const struct table *t);

uint32_t match_word_get(struct match_index *x, const struct text_token *t); /* makes it if new */
void match_word_post(struct match_index *x, uint32_t word, uint32_t name);
void match_word_unpost(struct match_index *x, uint32_t word, uint32_t name);
/* Rarity of a word by its sound, thousandths of a nat. */
uint32_t match_word_weight(const struct match_index *x, uint32_t word);
uint32_t match_count_weight(const struct match_index *x, uint64_t names);
uint32_t match_sound_weight(const struct match_index *x, const char *code);

#define MATCH_KEYS_MAX 40u
/* Keys of a token: its coarse skeleton, each of them less one letter. */
struct token_keys {
	uint32_t hash[MATCH_KEYS_MAX];
	bool whole[MATCH_KEYS_MAX]; /* nothing left out */
	bool is_short;		    /* three letters: two sides may not both leave one out */
	size_t n;
};
void match_token_keys(const char *phones, uint16_t same, struct token_keys *out);

/* ---- facts.c -------------------------------------------------------------------------------------- */

uint32_t match_fact_document(const char *value);
uint32_t match_fact_birth(const struct match_date *d); /* of a whole date */
void match_fact_add(struct match_index *x, uint32_t hash, uint32_t record);
void match_fact_drop(struct match_index *x, uint32_t hash, uint32_t record);
/* Records with that fact, up to max; answers how many.  Hashes may collide: compare after. */
size_t match_fact_find(const struct match_index *x, uint32_t hash, uint32_t *out, size_t max);

/* ---- index.c -------------------------------------------------------------------------------------- */

/* The record of an id, or NO_RECORD. */
uint32_t match_record_find(const struct match_index *x, const char *id);

/* ---- search -------------------------------------------------------------------------------------- */

#define MATCH_ITEMS_MAX 48u /* tokens and joined tokens of a query */

struct likely { /* a word that is like a query's item */
	uint32_t word;
	uint16_t likeness, f; /* likeness 0..1000; f: what share of the weight it earns, 0..1000 */
	uint32_t weight;      /* how rare it is that a word is as like the item as this one */
};

struct item {
	struct text_token tok;
	uint8_t first, last;
	uint32_t weight;
	struct likely *like; /* by word, in the arena */
	size_t like_n;
	uint64_t postings;
};

/* One way two words may meet. */
struct meeting {
	uint32_t gain, weight; /* gain: weight times f */
	uint32_t poor;	       /* own weight times what f lacks of POOR_UNDER */
	uint8_t item, token, how;
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
	struct meetings *meetings; /* room for match_align; in the arena */
	char document[TEXT_KEY_MAX];
	char nationality[TEXT_KEY_MAX];
};

struct paired {
	uint8_t item, token; /* of question.item and name.tok */
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
	struct paired pair[MATCH_PAIRS_MAX];
	size_t pairs;
	uint32_t query_used, record_used; /* bits of parts */
	unsigned solid;			  /* names that met, not counting light ones */
	int32_t ev[EV_N];
	int32_t score; /* thousandths; may be negative */
};

/* Read a query; its words' weights and likes come with items, under the lock.  Errors as match_search. */
ENT_CHECK enum ent_err match_question_read(const struct match_query *q, struct question *qn,
    struct ent_why *why);
void match_question_items(const struct match_index *x, struct question *qn, struct arena *a);

void match_align(const struct match_index *x, const struct question *qn, const struct name *n,
    struct aligned *out);
int32_t match_worth(const int32_t *ev, bool org);
/* No alignment whose MET is at most met_upper scores more.  Left: weight of words that surely meet nothing,
 * without those whose sound the name says twice; 0 is always true.  What initials and words joined late
 * (join_late) may add belongs to met_upper. */
int32_t match_bound(uint32_t met_upper, uint32_t query_left, uint32_t record_left, bool org);
uint32_t match_token_weight(const struct match_index *x, uint32_t word, enum text_role role);

enum match_date_line match_date_compare(const struct match_date *q, const struct match_date *r);
int32_t match_date_worth(enum match_date_line line); /* thousandths of score */

/* ---- reasons.c ------------------------------------------------------------------------------------ */

/* What an explanation tells beside the pairs: of a record's facts, and of the words that are left. */
void match_reasons_facts(const struct question *qn, const struct indexed *r, struct arena *a,
    struct match_result *out);
void match_reasons_left(const struct match_index *x, const struct question *qn,
    const struct name *n, const struct text_name *own, const struct aligned *al, struct arena *a,
    struct match_result *out);

/* The search itself; the caller has seen to the grant. */
ENT_CHECK enum ent_err match_run(struct match_index *x, const struct match_query *q,
    struct arena *a, struct match_results *out, struct ent_why *why);

#endif
