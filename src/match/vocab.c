/* SPDX-License-Identifier: Apache-2.0
 *
 * Words, their sounds and the keys that lead from a sound to the words that are like it.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

/* Frequencies lean on an imagined register of PRIOR tokens in which each name is one of PRIOR_RARE:
 * in a small register one namesake is no proof of frequency. */
#define PRIOR 6000u
#define PRIOR_RARE 10000u

/* FNV-1a with a final mix; not for hostile keys' sake but for spread: chains are capped elsewhere. */
uint64_t
match_hash(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

bool
match_table_full(const struct table *t)
{
	return t->n * 4 >= t->cap * 3;
}

void
match_table_grow(struct table *t)
{
	size_t cap = t->cap == 0 ? 64 : t->cap * 2;
	free(t->slot);
	t->slot = ent_alloc_array(cap, sizeof *t->slot);
	t->cap = cap;
	t->n = 0;
}

static void
table_put(struct table *t, uint64_t hash, uint32_t index)
{
	size_t at = (size_t)hash & (t->cap - 1);
	while (t->slot[at] != 0)
		at = (at + 1) & (t->cap - 1);
	t->slot[at] = index + 1;
	t->n++;
}

/* ---- sounds ---------------------------------------------------------------------------------------- */

/* Index + 1, or 0. */
static uint32_t
sound_find(const struct match_index *x, const char *code)
{
	const struct table *t = &x->sound_table;
	if (t->cap == 0)
		return 0;
	size_t at = (size_t)match_hash(code, strlen(code)) & (t->cap - 1);
	for (; t->slot[at] != 0; at = (at + 1) & (t->cap - 1))
		if (strcmp(x->sounds[t->slot[at] - 1].code, code) == 0)
			return t->slot[at];
	return 0;
}

static uint32_t
sound_get(struct match_index *x, const char *code)
{
	uint32_t found = sound_find(x, code);
	if (found != 0)
		return found - 1;
	if (match_table_full(&x->sound_table)) {
		match_table_grow(&x->sound_table);
		for (uint32_t i = 0; i < x->sounds_n; i++)
			table_put(&x->sound_table,
			    match_hash(x->sounds[i].code, strlen(x->sounds[i].code)), i);
	}
	if (x->sounds_n == x->sounds_cap) {
		x->sounds_cap = x->sounds_cap == 0 ? 256 : x->sounds_cap * 2;
		x->sounds = ent_realloc(x->sounds, x->sounds_cap * sizeof *x->sounds);
	}
	struct sound *s = &x->sounds[x->sounds_n];
	*s = (struct sound){ .names = 0 };
	memcpy(s->code, code, strlen(code) + 1);
	table_put(&x->sound_table, match_hash(code, strlen(code)), (uint32_t)x->sounds_n);
	return (uint32_t)x->sounds_n++;
}

uint32_t
match_count_weight(const struct match_index *x, uint64_t names)
{
	uint64_t all = (x->names_live + PRIOR) * PRIOR_RARE;
	uint64_t some = names * PRIOR_RARE + PRIOR;
	uint32_t a = match_ln(all), b = match_ln(some);
	return a > b ? a - b : 0;
}

uint32_t
match_word_weight(const struct match_index *x, uint32_t word)
{
	return match_count_weight(x, x->sounds[x->words[word].sound].names);
}

uint32_t
match_sound_weight(const struct match_index *x, const char *code)
{
	uint32_t found = sound_find(x, code);
	return match_count_weight(x, found == 0 ? 0 : x->sounds[found - 1].names);
}

/* ---- keys ------------------------------------------------------------------------------------------ */

static void
add_key(struct token_keys *out, const char *s, size_t n, size_t without, bool whole)
{
	char part[TEXT_PHONES_MAX + 2] = { 0 };
	size_t len = 0;
	for (size_t i = 0; i < n; i++)
		if (i != without)
			part[len++] = s[i];
	uint32_t hash = (uint32_t)match_hash(part, len);
	for (size_t i = 0; i < out->n; i++)
		if (out->hash[i] == hash && out->whole[i] == whole)
			return;
	if (out->n < MATCH_KEYS_MAX) {
		out->hash[out->n] = hash;
		out->whole[out->n++] = whole;
	}
}

static char
coarse(char phone, bool sibilant)
{
	switch (phone) {
	case 'b': case 'p': return 'B';
	case 'f': case 'v': return 'F';
	case 'T': case 'D': case 'Z': return sibilant ? 'S' : 'T';
	case 't': case 'd': return 'T';
	case 's': case 'z': return 'S';
	case 'j': case 'k': case 'q': case 'g': case 'G': case 'x': return 'K';
	case 'm': case 'n': case 'l': case 'r': case 'c': return phone;
	default: return phone >= '0' && phone <= '9' ? phone : '\0';
	}
}

/* Coarser than a sound code: no h, w, y, no first vowel, j as g; dh, th and their like both ways. */
static size_t
skeleton(const char *phones, bool sibilant, char out[static TEXT_PHONES_MAX])
{
	size_t n = 0;
	for (; *phones != '\0'; phones++) {
		char c = coarse(*phones, sibilant);
		/* ts and dz are t and d of other languages, or s and z */
		if (n > 0 && ((*phones == 's' && phones[-1] == 't') || (*phones == 'z' && phones[-1] == 'd'))) {
			if (sibilant)
				out[n - 1] = c;
		} else if (c != '\0') {
			out[n++] = c;
		}
	}
	return n;
}

/* A name of h, w, y and vowels alone (Yahya): those make its skeleton. */
static void
soft_keys(const char *phones, struct token_keys *out)
{
	char s[TEXT_PHONES_MAX];
	size_t n = 0;
	for (; *phones != '\0'; phones++)
		if (strchr("hwy", *phones) != NULL)
			s[n++] = *phones;
	if (n < 2)
		return;
	add_key(out, s, n, SIZE_MAX, true);
	for (size_t i = 0; n >= 3 && i < n; i++)
		add_key(out, s, n, i, false);
}

void
match_token_keys(const char *phones, uint16_t same, struct token_keys *out)
{
	char s[TEXT_PHONES_MAX], out_y[TEXT_PHONES_MAX];
	uint16_t sets[TEXT_SAME_MAX];
	*out = (struct token_keys){ .n = 0 };
	size_t n = text_equivalent_keys(same, sets);
	for (size_t i = 0; i < n; i++)
		add_key(out, (char[]){ '=', (char)(sets[i] >> 8), (char)sets[i] }, 3, SIZE_MAX, true);
	n = skeleton(phones, false, s);
	if (phones[0] == '#' || n == 0) { /* other scripts and bare vowels: only their like */
		add_key(out, phones, strlen(phones), SIZE_MAX, true);
		if (phones[0] != '#')
			soft_keys(phones, out);
		return;
	}
	out->is_short = n <= 3;
	add_key(out, s, n, SIZE_MAX, true);
	for (size_t i = 0; n >= 3 && i < n; i++)
		add_key(out, s, n, i, false);
	if (strchr(phones, 'j') != NULL) { /* j is y in German, Dutch and Slavic spellings */
		char y[TEXT_PHONES_MAX + 1];
		size_t len = strlen(phones);
		for (size_t i = 0; i <= len; i++)
			y[i] = phones[i] == 'j' ? 'y' : phones[i];
		size_t soft = skeleton(y, false, out_y);
		add_key(out, out_y, soft, SIZE_MAX, soft > 0);
	}
	if (phones[0] == 'w' && n < TEXT_PHONES_MAX) { /* Persian and Turkish say v */
		memmove(s + 1, s, n);
		s[0] = 'F';
		add_key(out, s, n + 1, SIZE_MAX, true);
	}
	if (strpbrk(phones, "TDZ") == NULL && strstr(phones, "ts") == NULL && strstr(phones, "dz") == NULL)
		return;
	n = skeleton(phones, true, s);
	add_key(out, s, n, SIZE_MAX, true);
}

static void
keys_rehash(struct match_index *x)
{
	x->key_heads_n = x->key_heads_n == 0 ? 256 : x->key_heads_n * 2;
	free(x->key_heads);
	x->key_heads = ent_alloc_array(x->key_heads_n, sizeof *x->key_heads);
	for (uint32_t i = 0; i < x->keys_n; i++) {
		uint32_t *head = &x->key_heads[x->keys[i].hash & (x->key_heads_n - 1)];
		x->keys[i].next = *head;
		*head = i + 1;
	}
}

static void
keys_add(struct match_index *x, uint32_t word)
{
	struct token_keys k;
	match_token_keys(x->words[word].phones, x->words[word].same, &k);
	for (size_t i = 0; i < k.n; i++) {
		if (x->keys_n >= x->key_heads_n)
			keys_rehash(x);
		if (x->keys_n == x->keys_cap) {
			x->keys_cap = x->keys_cap == 0 ? 1024 : x->keys_cap * 2;
			x->keys = ent_realloc(x->keys, x->keys_cap * sizeof *x->keys);
		}
		uint32_t *head = &x->key_heads[k.hash[i] & (x->key_heads_n - 1)];
		x->keys[x->keys_n] = (struct key){ k.hash[i],
			word | (k.whole[i] ? 0 : KEY_LESS), *head };
		*head = (uint32_t)++x->keys_n;
	}
}

/* ---- words ----------------------------------------------------------------------------------------- */

static uint64_t
word_hash(const char *phones, bool vowelled, uint16_t same)
{
	return match_hash(phones, strlen(phones)) ^ (vowelled ? 0x5bd1e995u : 0u) ^
	    (uint64_t)same * 0x9e3779b97f4a7c15u;
}

uint32_t
match_word_get(struct match_index *x, const struct text_token *tok)
{
	struct table *t = &x->word_table;
	uint64_t hash = word_hash(tok->phones, tok->vowelled, tok->same);
	if (match_table_full(t)) {
		match_table_grow(t);
		for (uint32_t i = 0; i < x->words_n; i++)
			if (x->words[i].n > 0)
				table_put(t, word_hash(x->words[i].phones, x->words[i].vowelled,
				    x->words[i].same), i);
	}
	for (size_t at = (size_t)hash & (t->cap - 1); t->slot[at] != 0; at = (at + 1) & (t->cap - 1)) {
		const struct word *w = &x->words[t->slot[at] - 1];
		if (w->vowelled == tok->vowelled && w->same == tok->same && strcmp(w->phones, tok->phones) == 0)
			return t->slot[at] - 1;
	}
	if (x->words_n == x->words_cap) {
		x->words_cap = x->words_cap == 0 ? 256 : x->words_cap * 2;
		x->words = ent_realloc(x->words, x->words_cap * sizeof *x->words);
	}
	uint32_t index = (uint32_t)x->words_n++;
	struct word *w = &x->words[index];
	*w = (struct word){ .phones_n = tok->phones_n, .vowelled = tok->vowelled,
		.same = tok->same };
	memcpy(w->phones, tok->phones, sizeof w->phones);
	w->sound = sound_get(x, tok->sound);
	table_put(t, hash, index);
	keys_add(x, index);
	return index;
}

void
match_word_post(struct match_index *x, uint32_t word, uint32_t name)
{
	struct word *w = &x->words[word];
	uint32_t at = w->n;
	while (at > 0 && w->posting[at - 1] > name) /* a reused slot may lie before the last */
		at--;
	if (at > 0 && w->posting[at - 1] == name)
		return;
	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 2 : w->cap + w->cap / 2 + 1;
		w->posting = ent_realloc(w->posting, w->cap * sizeof *w->posting);
	}
	memmove(w->posting + at + 1, w->posting + at, (w->n - at) * sizeof *w->posting);
	w->posting[at] = name;
	w->n++;
	x->sounds[w->sound].names++;
}

void
match_word_unpost(struct match_index *x, uint32_t word, uint32_t name)
{
	struct word *w = &x->words[word];
	uint32_t low = 0, high = w->n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (w->posting[mid] < name)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == w->n || w->posting[low] != name)
		return;
	memmove(w->posting + low, w->posting + low + 1, (w->n - low - 1) * sizeof *w->posting);
	w->n--;
	struct sound *sound = &x->sounds[w->sound];
	sound->names--;
	/* the last of its kind: the spelling itself may tell who it was */
	if (w->n == 0)
		explicit_bzero(w->phones, sizeof w->phones);
	if (sound->names == 0)
		explicit_bzero(sound->code, sizeof sound->code);
}
