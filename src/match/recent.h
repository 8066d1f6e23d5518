/* SPDX-License-Identifier: Apache-2.0
 *
 * match/recent: records as they come: read once (prepare.c), then in a part that grows.
 *
 * One writer at a time; any readers beside it.  What a reader can reach was written before the head
 * of the chain that leads there was stored.
 */
#ifndef ENT_MATCH_RECENT_H
#define ENT_MATCH_RECENT_H

#include "match/index.h"

/* A token as a name will hold it. */
struct fresh_token {
	char phones[TEXT_PHONES_MAX + 1];
	uint8_t phones_n, role, place, first, more;
	bool vowelled;
	uint16_t same;
	uint32_t sound;
};

struct fresh_name {
	const char *text; /* borrowed from the entry */
	size_t text_n;
	size_t at; /* of fresh.tok */
	uint8_t tokens, parts;
	bool weak;
};

struct fresh_text {
	char *p;
	size_t n;
};

/* A record that has been read. */
struct fresh {
	const struct match_entry *e;
	struct fresh_name *name;
	size_t names, left_out;
	struct fresh_token *tok;
	size_t toks, toks_cap;
	uint8_t *data; /* births, documents, nations as record_data holds them */
	size_t data_n, data_cap;
	struct fresh_text *document; /* folded */
	size_t documents;
	size_t text_bytes; /* of all names */
};

/* Read an entry, whose counts were checked. */
void fresh_read(const struct match_entry *e, struct fresh *out);
void fresh_done(struct fresh *f); /* wipes */

#define RECENT_INITIALS_MAX 512u

struct chain {
	uint32_t value, next; /* next: index + 1, 0 at the end */
};

struct recent {
	struct part part;
	uint32_t words_cap, phones_cap, names_cap, data_cap, records_cap, record_data_cap, id_cap;
	uint32_t keys_cap, posts_cap, facts_cap, buckets; /* buckets: a power of two */
	_Atomic uint32_t words, names, records, initials;
	uint32_t initial[RECENT_INITIALS_MAX];
	uint32_t phones_n, data_n, record_data_n, id_n, keys_n, posts_n, facts_n;
	struct part_word *word;
	char *phones;
	struct recent_name *name;
	uint8_t *name_data;
	struct recent_record *record;
	uint8_t *record_data;
	char *id_text;
	uint32_t *word_slot, *id_slot; /* the writer's: index + 1 by hash */
	uint32_t word_slots, id_slots;
	_Atomic uint32_t *key_head, *fact_head, *list_head; /* list_head: LISTS of each word */
	struct chain *key, *fact, *post;
	size_t bytes; /* of memory, all in */
};

/* Room for ordinary records, and for this one whatever it needs. */
struct recent *recent_new(const struct fresh *f);
void recent_free(struct recent *r); /* wipes; may be NULL */
bool recent_fits(const struct recent *r, const struct fresh *f);
void recent_add(struct recent *r, const struct epoch *e, const struct fresh *f);
uint32_t recent_find(const struct recent *r, const char *id); /* a live record or NO_RECORD; the writer's */

#endif
