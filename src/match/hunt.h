/* SPDX-License-Identifier: Apache-2.0
 *
 * match/hunt: one search under way.  Its room is kept from one search to the next, so that a search
 * allocates nothing but its answer.
 */
#ifndef ENT_MATCH_HUNT_H
#define ENT_MATCH_HUNT_H

#include "match/postings.h"
#include "match/recent.h"
#include "match/score.h"

#define HUNT_NEAR_MAX 16384u /* spellings looked at for one word: a hostile query's cost is bounded */

/* From so many names of an epoch on, three-letter skeletons do not both leave one letter out: what they
 * would find is too much, and measured to be of no use. */
#define NEAR_WIDE 100000u

/* Words of a part that may be like an item. */
struct near {
	uint32_t n;
	uint32_t word[HUNT_NEAR_MAX];
	uint16_t likeness[HUNT_NEAR_MAX];
	struct text_spelling spelling[HUNT_NEAR_MAX];
	struct text_costs costs;
	uint16_t share[1000 - MATCH_LIKE_MIN + 1]; /* match_share of each likeness */
	bool filled; /* both */
	bool wide; /* the register has many words: see NEAR_WIDE */
	uint64_t *seen; /* bits of words; of a hunt's near those that are like an item, else clear between uses */
	size_t seen_cap; /* in words of 64 bits */
};

/* What spellings were found to be like, of late: names say the same words again and again, and the words of
 * a segment do not change.  Of one reader alone.  Bounded: when it is full, it starts anew. */
#define CACHE_KEYS 16384u	     /* a power of two; spellings at most half as many */
#define CACHE_WORDS ((size_t)1 << 20) /* likely words in all */
struct near_cache {
	struct near_key {
		uint64_t serial; /* of the part; 0: free */
		uint32_t deads;	 /* the part's, then */
		uint32_t at, n;	 /* of word */
		uint16_t same;
		bool vowelled, wide;
		uint8_t phones_n;
		char phones[TEXT_PHONES_MAX + 1];
	} *key; /* CACHE_KEYS */
	size_t keys;
	uint32_t *word; /* each a word, and its likeness over MATCH_LIKE_MIN above */
	size_t words, words_cap;
};

struct like_slot {
	uint32_t word; /* + 1 */
	uint32_t first; /* of hunt.like */
};

#define HUNT_STEPS 16u	/* what a list may bring is told apart in so many steps, for the plan */
#define HUNT_SHARES 32u /* and the need in so many shares */
#define HUNT_BLOCKS PART_BLOCKS_MAX

/* A list that a part's search may open. */
struct opening {
	struct match_worth worth;
	uint64_t items;		  /* bits of those that the word is like: it meets one of them */
	uint32_t n, word, mask; /* mask: blocks it is opened for */
	uint32_t part;		/* of the need, in the middle */
	uint8_t item, list, step; /* the one it brings most; enum part_list; step: of part, rounded up */
	struct list at; /* of a segment */
};

/* Which lists are opened for which block of names. */
struct plan {
	uint32_t blocks, shift;
	uint32_t from, to; /* names of the kind that is asked for: none is looked at before and after */
	int32_t least, aimed; /* what it was made for; what names are measured by now, which is more by then */
	struct match_worth apart, letter; /* what names may have that is in no list: in all, of one initial of the query */
	uint32_t all;  /* bits of blocks that are looked at */
	uint32_t bare; /* of them, where no list stays shut */
	uint8_t cut[MATCH_ITEMS_MAX]; /* lists of that step or under stay shut */
	struct match_need need[HUNT_BLOCKS];
	struct match_worth most[MATCH_ITEMS_MAX], shut[MATCH_ITEMS_MAX]; /* of all lists, and of those that stay shut */
	struct match_sum rest[HUNT_BLOCKS]; /* what names may have in lists that stay shut */
	struct match_aim aim;
	uint32_t cost[MATCH_ITEMS_MAX][HUNT_STEPS + 1];
	struct match_worth best[MATCH_ITEMS_MAX][HUNT_STEPS + 1]; /* of lists up to a step */
	uint32_t sum[MATCH_ITEMS_MAX + 1][HUNT_SHARES + 1];
	uint8_t choice[MATCH_ITEMS_MAX + 1][HUNT_SHARES + 1], taken[MATCH_ITEMS_MAX + 1][HUNT_SHARES + 1];
};

#define WINDOW_BLOCKS 4u /* of so many, or parts of one, names are summed together */

/* By block of a window: what a list's worth is in shares of what names there need. */
struct gauge {
	uint32_t excess[WINDOW_BLOCKS], lift[WINDOW_BLOCKS]; /* 1024ths of gain */
	uint32_t unit[WINDOW_BLOCKS], scale[WINDOW_BLOCKS];  /* what is needed; of one of it, in 65536ths of a share */
	uint32_t least[WINDOW_BLOCKS];			      /* shares of what brings nothing */
};

/* One record that was found, best name so far. */
struct find {
	const struct part *part;
	uint32_t record, name;
	int32_t score;	    /* in all, thousandths */
	int32_t name_score;
	int32_t final; /* in all, thoroughly aligned */
	uint32_t tie;  /* what puts equals in order, the higher first */
	uint8_t solid, date, document; /* words that met; the enums */
};

/* So many are kept beside those asked for: the order of the best changes when they are aligned thoroughly. */
#define HUNT_MORE 6u
#define HUNT_BEST_MAX (MATCH_TOP_MAX + HUNT_MORE)
#define HUNT_STEP 4u /* likenesses are told apart by so many thousandths */
#define HUNT_LIKES (1000 / HUNT_STEP - MATCH_LIKE_MIN / HUNT_STEP + 1)

/* The best that each item may have in a name. */
struct bests {
	struct match_worth item[MATCH_ITEMS_MAX];
	uint64_t have; /* bits */
	/* The best by where in the name the word begins that meets: a word meets one item, too. */
	struct match_worth at[TEXT_TOKENS_MAX];
	uint32_t begun; /* bits */
	uint32_t letters; /* bits of the name's words: a letter may meet it, or it is one */
	uint8_t scripts;  /* of all meetings: MATCH_LIFTED, MATCH_WRITTEN */
	bool org;
};

/* What the lists of a name bring in all: no name has so many words that 32 bits would not hold it.  Four numbers, so that
 * one addition of a wide register does. */
struct brought {
	uint32_t gain, excess, lift, none; /* as of match_worth; excess: in thousands, rounded up; none: 0 */
};

struct hunt {
	struct question qn;
	struct meetings meetings;
	const struct epoch *epoch;
	struct match_bounds bounds;
	uint32_t rare[MATCH_ITEMS_MAX][HUNT_LIKES]; /* weight of words that are so like an item, where rare_at has a bit */
	uint64_t rare_at[MATCH_ITEMS_MAX][(HUNT_LIKES + 63) / 64];
	uint32_t rare_none; /* of words that nothing in the base is as like as; UINT32_MAX: there is no base */
	bool every; /* look at every name: what a search without pruning would find */
	int32_t extra; /* what date, nationality and the like may add to a name's score */

	struct near near;
	struct near_cache cache;
	struct likely *like;
	struct word_lists *lists; /* of a segment: of each like's word */
	size_t likes, likes_cap;
	struct like_slot *slot;
	size_t slots; /* a power of two */
	uint32_t slot_mask; /* of those in use */
	struct opening *open;
	size_t opens, opens_cap;
	struct plan plan;
	bool initials; /* some lists are of initials */
	int32_t letters; /* what the query's own initials may add to a score */
	uint16_t letter[TEXT_TOKENS_MAX]; /* match_letters of each of them */
	size_t letters_n;

	struct gauge gauge;
	uint32_t *pool; /* names of the lists that are opened, list by list */
	size_t pooled, pool_cap;
	struct run {
		uint32_t next, at, end; /* of pool: what is not summed yet, from at to the end, and its first name */
		uint32_t opening;
	} *run; /* none is empty */
	struct summed {
		uint32_t from, to, opening; /* of pool */
	} *summed; /* of this window */
	size_t runs, runs_cap;
	struct window {
		uint32_t from, to;	  /* of the names that are summed together */
		uint32_t block;		  /* of the first of them */
	} window;
	uint8_t *shares; /* of each of them, what its lists bring in shares of its need; 0 between uses */
	uint32_t *rank;	 /* of those that survive: theirs of held */
	size_t window_cap;
	struct survivor {
		uint32_t name, held;
		int32_t bound;
		uint32_t shares;
	} *survivor, *sorted; /* names that have enough */
	struct brought *held;    /* of each what its lists bring; none is moved */
	size_t survivors, survivors_cap;
	uint32_t *met; /* names of a window that have enough; of one list, by their places there */
	int32_t trace; /* the least score of a result */
	int32_t trace_large, trace_again; /* the same of a large register, and if nothing is found there */
	int32_t full;  /* the least of those of which all are answered: MATCH_FULL */
	int32_t floor; /* the least score of what is looked for now */
	const struct part *likes_part; /* whose likes are collected; NULL: none's */

	/* room of functions that are called often, which would else be cleared each time */
	struct bests bests;
	struct seen_name seen;
	struct aligned aligned;
	struct find best[HUNT_BEST_MAX];
	size_t found, top;
};

struct hunt *hunt_new(void);
void hunt_free(struct hunt *h); /* wipes; may be NULL */
void hunt_room(struct hunt *h, size_t words); /* at least */

/* ---- likes.c ------------------------------------------------------------------------------------------- */

/* Words of the part that are like the token, once each, into near; plain: those of plain tokens alone. */
void likes_near(const struct part *p, const struct text_token *tok, bool plain, struct near *near);
/* For each item of the question its words of this part; looked up by word after. */
void likes_collect(struct hunt *h, const struct part *p);
void likes_clear(struct hunt *h);
void near_cache_done(struct near_cache *c); /* wipes */
const struct likely *likes_found(const struct hunt *h, uint32_t word); /* of one that is like something */

/* Most words are like nothing: quicker told by a bit than by the slots. */
static inline const struct likely *
likes_of(const struct hunt *h, uint32_t word)
{
	return (h->near.seen[word / 64] >> (word % 64) & 1) == 0 ? NULL : likes_found(h, word);
}

/* ---- plan.c -------------------------------------------------------------------------------------------- */

/* All lists that the question's words lead to; likes are collected. */
void plan_openings(struct hunt *h, const struct part *p);
/* More is wanted by now: names are to score `least` or more. */
void plan_aim(struct hunt *h, int32_t least);
/* What names of these blocks need for that. */
void plan_raise(struct hunt *h, const struct part *p, uint32_t from, uint32_t to);
/* Which of them are to be opened for names that may score `least` or more. */
void plan_make(struct hunt *h, const struct part *p, int32_t least);

/* ---- open.c -------------------------------------------------------------------------------------------- */

/* Lists of names that may score `least` or more. */
void open_lists(struct hunt *h, const struct part *p, int32_t least);
/* The next of such names, some at a time, into survivors; false: there are no more.  What the ones before score may
 * have raised what is wanted. */
bool open_next(struct hunt *h, const struct part *p, int32_t least);
/* The highest that a survivor may score, by all that its lists bring. */
int32_t open_bound(const struct hunt *h, const struct part *p, const struct survivor *s);
/* The same: of survivors from `from` on only those stay that may score `least` or more. */
void open_raise(struct hunt *h, const struct part *p, size_t from, int32_t least);

/* ---- weigh.c ------------------------------------------------------------------------------------------- */

/* Hold a name against the question, unless it cannot be among the best; keep it if it is. */
void weigh_name(struct hunt *h, const struct part *p, uint32_t name);
/* Is it of the kind of record that is asked for? */
static inline bool
weigh_is_asked(const struct hunt *h, const struct part_name *n)
{
	return h->qn.q->type == RTYPE_NONE || n->type == h->qn.q->type;
}
/* The same of a name whose bound by its words alone is known. */
void weigh_bounded(struct hunt *h, const struct part *p, uint32_t name, int32_t bound);
/* The highest that a name may score, by which of its words are like the question's. */
int32_t weigh_words(struct hunt *h, const struct part *p, const struct part_name *n);
/* Put the best in the order of their final scores; `top` of them stay. */
void weigh_finally(struct hunt *h, size_t top);
/* The score that a name must reach, at least, to be of use. */
int32_t weigh_least(const struct hunt *h);
/* The highest that a name may score, from which of its words are like the question's;
 * near exact but for what meets twice.  Under `least` it may be any bound. */
int32_t weigh_bound(struct hunt *h, const struct part *p, const struct part_name *n, int32_t least);
void weigh_seen(const struct hunt *h, const struct part *p, uint32_t name, struct seen_name *out);

/* ---- explain.c ----------------------------------------------------------------------------------------- */

#define MATCH_TRACE_MIN 30
#define MATCH_TRACE_LARGE 100 /* of a large register, where names that come near are never far */
#define MATCH_TRACE_AGAIN 80  /* there, if nothing is found */
unsigned match_degree(int32_t score);
int32_t match_score_of_degree(unsigned degree); /* the least score of that degree */
void match_result_of(const struct find *f, struct arena *a, struct match_result *out);
/* The rest of a result: which words met, and what is left over. */
void match_explain(struct hunt *h, const struct find *f, struct arena *a, struct match_result *out);

/* ---- reasons.c ------------------------------------------------------------------------------------------ */

/* What an explanation tells beside the pairs: of a record's facts, and of the words that are left. */
void match_reasons_facts(const struct question *qn, const struct part *p, uint32_t record, struct arena *a,
    struct match_result *out);
void match_reasons_left(const struct question *qn, const struct seen_name *n, const struct text_name *own,
    const struct aligned *al, struct arena *a, struct match_result *out);

#endif
