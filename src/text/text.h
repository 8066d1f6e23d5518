/* SPDX-License-Identifier: Apache-2.0
 *
 * text: names to tokens, tokens to sound codes, the same for every script (spec/6-hit.md names the
 * rules version).  No I/O, no locale, no state.
 *
 * ICU normalises (forms that Unicode guarantees never to change); everything else is in the tables
 * of this folder, so that two services compute the same bytes.  Any change of a table that changes
 * a code raises TEXT_RULES_VERSION: filters of private queries are then rebuilt.
 */
#ifndef ENT_TEXT_TEXT_H
#define ENT_TEXT_TEXT_H

#include "base/bytes.h"

#define TEXT_RULES_VERSION 5u

#define TEXT_NAME_MAX 1024u  /* bytes of a name as it comes in */
#define TEXT_FOLD_MAX 4096u  /* bytes of a folded name, NUL included */
#define TEXT_TOKENS_MAX 32u  /* tokens of a name */
#define TEXT_WORD_MAX 64u    /* letters of one word that are looked at */
#define TEXT_PHONES_MAX 24u  /* phones of one token */
#define TEXT_SOUND_MAX 16u   /* letters of one sound code */
#define TEXT_KEY_MAX 512u    /* bytes of a key value, NUL included */

enum text_script { TEXT_LATIN, TEXT_ARABIC, TEXT_CYRILLIC, TEXT_TIFINAGH, TEXT_DIGITS, TEXT_OTHER };

/* What a token does in a name.  Everything but TEXT_NAME is light: little or no evidence. */
enum text_role {
	TEXT_NAME,	/* carries evidence */
	TEXT_INITIAL,	/* one letter */
	TEXT_KUNYA,	/* abu, umm: the token after it is the name */
	TEXT_PARTICLE,	/* ben, bin, ibn, ould, van, de: part of a family name or a chain */
	TEXT_ARTICLE,	/* al, el and their assimilated forms */
	TEXT_TITLE,	/* haji, sheikh, dr */
	TEXT_LEGAL,	/* ltd, sarl: of organisations */
};

/* Where in a name a token stands, as the writing tells: family before a comma, or in capitals among
 * words that are not ("BENALI, Karim"; "Karim BENALI").  Evidence for order, never part of a code. */
enum text_place { TEXT_PLACE_UNKNOWN, TEXT_PLACE_FAMILY, TEXT_PLACE_GIVEN };

struct text_token {
	const char *p;	/* its folded words inside text_name.text, joined ones with a space between */
	uint16_t n;
	uint8_t script; /* enum text_script */
	uint8_t role;	/* enum text_role */
	uint8_t place;	/* enum text_place */
	bool vowelled;	/* false: the script leaves short vowels out */
	uint16_t same; /* words that stand for it (data/equivalents.txt); 0: none */
	uint8_t phones_n;
	char phones[TEXT_PHONES_MAX + 1]; /* the phonemic spelling; alphabet in phones.c */
	char sound[TEXT_SOUND_MAX + 1];	  /* its sound code: consonant classes */
};

struct text_name {
	size_t n;
	struct text_token tok[TEXT_TOKENS_MAX];
	size_t used; /* of text */
	char text[TEXT_FOLD_MAX];
};

/* Fold for exact comparison: NFKC, case folded, marks, format characters (bidi marks among them)
 * and tatweel removed, Arabic letter variants joined, punctuation and blanks made one space, none at the
 * ends.  out holds max bytes, NUL included.  ESYNTAX: not UTF-8; ETOOBIG: over TEXT_NAME_MAX or max. */
ENT_CHECK enum ent_err text_fold(struct str in, char *out, size_t max, struct ent_why *why);

/* Split a name into tokens with roles; abd + divine name, -eddine and -allah are joined to one token.
 * Tokens keep their order.  ESYNTAX: not UTF-8; ETOOBIG: over TEXT_NAME_MAX or TEXT_TOKENS_MAX; *out
 * is undefined then.  A name without any letter or digit has n == 0. */
ENT_CHECK enum ent_err text_parse(struct str in, struct text_name *out, struct ent_why *why);

/* A token made of tokens first..last of a name, particles and all ("ben" + "ali": "benali"); where last is before
 * first, of those two alone, in that order. */
void text_join(const struct text_name *name, size_t first, size_t last, struct text_token *out);

/* The divine name alone, of a token that is abd and one: people drop the abd.  False if it is not one. */
bool text_without_abd(const struct text_token *t, struct text_token *out);

/* The sound code of one word or joined expression ("Abd al-Rahman"): that of the first token that is
 * not light, else of the first.  "" if there is none.  Errors as text_parse. */
ENT_CHECK enum ent_err text_sound(struct str in, char out[static TEXT_SOUND_MAX + 1],
    struct ent_why *why);

#define TEXT_ACRONYM_MAX 8u
/* The first letters of an organisation's words as one word, three to eight of them; else false.  forms: with
 * those of its legal form too, false where that changes nothing. */
bool text_acronym(const struct text_name *name, bool forms, struct text_token *out);

/* Another reading of a token, number 0 upwards: a Czech or Slavic woman's name without -ova.  False: no more. */
bool text_other_reading(const struct text_token *t, size_t number, struct text_token *out);

/* How alike two phonemic spellings are: 0..1000, 1000 only if no difference costs anything.
 * Symmetric.  Weighted edit distance, pairs that transliterations exchange are cheap. */
unsigned text_similarity(const struct text_token *a, const struct text_token *b);
/* The same, but 0 may be answered for anything under least_wanted (0..1000): quicker. */
unsigned text_similarity_over(const struct text_token *a, const struct text_token *b,
    unsigned least_wanted);

/* The same for many spellings: out[i] is how alike a and b[i] are, 0 for least_wanted or under.  The costs
 * are filled once and shared by any number of calls. */
struct text_spelling {
	const char *phones; /* n of them, no end mark needed */
	uint8_t n;
	bool vowelled;
};
struct text_costs {
	uint8_t code[128], swap[32][32], weight[32], before[32], after[32], drop[2][32], rules[2][32];
	uint8_t light[2][16], first, last;
};
void text_costs_fill(struct text_costs *out);
void text_similarity_many(const struct text_costs *c, const struct text_token *a,
    const struct text_spelling *b, size_t n, unsigned least_wanted, uint16_t *out);

/* Is it what some token may have as `same`? */
bool text_equivalent_is(uint16_t same);
/* Words that stand for each other, by the token's `same`: 0, or a likeness. */
unsigned text_equivalent_likeness(uint16_t a, uint16_t b);
/* Is it a generic word of organisations (bank, trading)?  Such words are common, however rare here. */
bool text_is_generic(uint16_t same);
#define TEXT_SAME_MAX 4u
/* Numbers of the sets that it belongs to; two words that stand for each other share one. */
size_t text_equivalent_keys(uint16_t same, uint16_t out[static TEXT_SAME_MAX]);

/* ---- key values of private queries, classes 1 to 4 --------------------------------------------- */

/* Each writes a NUL-ended value into out; "" if the name or number holds nothing to key on.
 * Dates and the rest of a key's input are the hit module's.  ESYNTAX, ETOOBIG. */

/* Class 1: upper-case letters and digits only; O and 0, I and 1 stay what they are. */
ENT_CHECK enum ent_err text_key_document(struct str number, char out[static TEXT_KEY_MAX],
    struct ent_why *why);
/* Class 2: the folded name, words in the order given.  Does not cross scripts. */
ENT_CHECK enum ent_err text_key_name_exact(struct str name, char out[static TEXT_KEY_MAX],
    struct ent_why *why);

/* Two skeletons of a name, for its particles can be part of a family name or a link of a chain. */
enum text_skeleton {
	TEXT_SKELETON_PLAIN,  /* particles, kunyas, titles, articles left out: "Ahmed ben Ali" = "Ahmed Ali" */
	TEXT_SKELETON_JOINED, /* particles joined to what follows: "Ahmed ben Ali" = "Ahmed Benali" */
};
/* Classes 3 and 4: sound codes sorted by byte value, one space between.  Crosses scripts.  Both
 * kinds are the same text for a name without particles: then one key is enough. */
ENT_CHECK enum ent_err text_key_skeleton(struct str name, enum text_skeleton kind,
    char out[static TEXT_KEY_MAX], struct ent_why *why);
/* The same, kind PLAIN. */
ENT_CHECK enum ent_err text_skeleton_name(struct str name, char out[static TEXT_KEY_MAX],
    struct ent_why *why);

#endif
