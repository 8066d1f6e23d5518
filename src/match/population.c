/* SPDX-License-Identifier: Apache-2.0
 *
 * How frequent names are in countries: one open table by a hash of the folded name and kind, an entry a
 * country.  Filled by one thread, then only read.
 */
#include "match/index.h"

#include <stdlib.h>
#include <string.h>

#define COUNTRIES_MAX 250u
#define ANYWHERE "**" /* legal forms stand here once more, since a name says no country */
#define TEXT_BLOCK ((size_t)1 << 20)

struct entry {
	uint64_t hash; /* of name and kind */
	uint64_t count;
	const char *name; /* folded, in a block; NULL: an empty slot */
	uint8_t country, kind;
};

struct block {
	struct block *next;
	size_t used;
	char text[TEXT_BLOCK];
};

struct match_population {
	struct entry *slot; /* cap of them, a power of two */
	size_t cap, n;
	size_t twice; /* of n: entries of ANYWHERE */
	struct block *blocks;
	char country[COUNTRIES_MAX][3];
	size_t countries;
	uint64_t total[COUNTRIES_MAX][MATCH_KIND_LEGAL + 1];
	/* frozen */
	struct match_imagined *imagined; /* by print */
	size_t imagined_n;
	uint64_t print;
};

struct match_population *
match_population_new(void)
{
	return ent_alloc(sizeof(struct match_population));
}

void
match_population_free(struct match_population *p)
{
	if (p == NULL)
		return;
	for (struct block *b = p->blocks, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(p->slot);
	free(p->imagined);
	free(p);
}

static uint64_t
hash_of(const char *folded, size_t n, unsigned kind)
{
	return match_hash(folded, n) * 0x9e3779b97f4a7c15u + kind;
}

/* The slot of an entry, or the empty one where it belongs. */
static struct entry *
slot_of(struct entry *slot, size_t cap, uint64_t hash, const char *folded, size_t n, unsigned kind,
    unsigned country)
{
	for (size_t i = (size_t)(hash ^ (uint32_t)(country * 0x85ebca6bu)) & (cap - 1);; i = (i + 1) & (cap - 1)) {
		struct entry *e = &slot[i];
		if (e->name == NULL || (e->hash == hash && e->country == country && e->kind == kind &&
		    strncmp(e->name, folded, n) == 0 && e->name[n] == '\0'))
			return e;
	}
}

static void
grow(struct match_population *p)
{
	size_t cap = p->cap == 0 ? 1024 : p->cap * 2;
	struct entry *slot = ent_alloc_array(cap, sizeof *slot);
	for (size_t i = 0; i < p->cap; i++) {
		const struct entry *e = &p->slot[i];
		if (e->name != NULL)
			*slot_of(slot, cap, e->hash, e->name, strlen(e->name), e->kind, e->country) = *e;
	}
	free(p->slot);
	p->slot = slot;
	p->cap = cap;
}

static const char *
keep(struct match_population *p, const char *text, size_t n)
{
	if (p->blocks == NULL || p->blocks->used + n + 1 > TEXT_BLOCK) {
		struct block *b = ent_alloc(sizeof *b);
		b->next = p->blocks;
		p->blocks = b;
	}
	char *at = p->blocks->text + p->blocks->used;
	memcpy(at, text, n);
	at[n] = '\0';
	p->blocks->used += n + 1;
	return at;
}

/* The country's number, made if it is new; COUNTRIES_MAX: there are too many. */
static size_t
country_of(struct match_population *p, const char *code)
{
	size_t i = 0;
	while (i < p->countries && strncmp(p->country[i], code, 2) != 0)
		i++;
	if (i == p->countries && i < COUNTRIES_MAX) {
		memcpy(p->country[i], code, 2);
		p->countries++;
	}
	return i;
}

static enum ent_err
add_folded(struct match_population *p, const char *folded, size_t n, const char *country,
    enum match_name_kind kind, uint64_t count, struct ent_why *why)
{
	size_t c = country_of(p, country);
	if (p->n >= MATCH_POPULATION_MAX || c == COUNTRIES_MAX)
		return ent_fail(ENT_ETOOBIG, why, "more than %u names or %u countries", MATCH_POPULATION_MAX,
		    COUNTRIES_MAX);
	if (p->n * 3 >= p->cap * 2)
		grow(p);
	uint64_t hash = hash_of(folded, n, kind);
	struct entry *e = slot_of(p->slot, p->cap, hash, folded, n, kind, (unsigned)c);
	if (e->name == NULL) {
		*e = (struct entry){ .hash = hash, .name = keep(p, folded, n), .country = (uint8_t)c,
			.kind = (uint8_t)kind };
		p->n++;
		p->twice += country[0] == ANYWHERE[0];
	}
	e->count += count;
	p->total[c][kind] += count;
	return ENT_OK;
}

enum ent_err
match_population_add(struct match_population *p, const char *name, const char country[static 3],
    enum match_name_kind kind, uint64_t count, struct ent_why *why)
{
	char folded[TEXT_KEY_MAX];
	enum ent_err err = text_fold(str_of(name), folded, sizeof folded, why);
	size_t n = err == ENT_OK ? strlen(folded) : 0;
	if (err != ENT_OK || n == 0)
		return err;
	err = add_folded(p, folded, n, country, kind, count, why);
	if (err == ENT_OK && kind == MATCH_KIND_LEGAL)
		err = add_folded(p, folded, n, ANYWHERE, kind, count, why);
	return err;
}

void
match_population_each(const struct match_population *p, match_population_fn *fn, void *ctx)
{
	for (size_t i = 0; p != NULL && i < p->cap; i++)
		if (p->slot[i].name != NULL && p->country[p->slot[i].country][0] != ANYWHERE[0])
			fn(ctx, p->slot[i].name, p->country[p->slot[i].country],
			    (enum match_name_kind)p->slot[i].kind, p->slot[i].count);
}

size_t
match_population_entries(const struct match_population *p)
{
	return p == NULL ? 0 : p->n - p->twice;
}

static uint32_t
share_in(const struct match_population *p, uint64_t hash, const char *folded, size_t n, size_t country,
    enum match_name_kind kind)
{
	const struct entry *e = slot_of(p->slot, p->cap, hash, folded, n, kind, (unsigned)country);
	uint64_t total = p->total[country][kind];
	if (e->name == NULL || total == 0)
		return 0;
	/* a name that is there is never 0 */
	uint64_t share = e->count / total > 0 ? 1000000000u :
	    e->count < UINT64_MAX / 1000000000u ? e->count * 1000000000u / total :
						  e->count / (total / 1000000000u + 1);
	return share == 0 ? 1 : (uint32_t)share;
}

uint32_t
match_population_share(const struct match_population *p, const char *folded, size_t n,
    const char *country, enum match_name_kind kind)
{
	uint32_t best = 0;
	if (p == NULL || p->n == 0 || n == 0)
		return 0;
	uint64_t hash = hash_of(folded, n, kind);
	for (size_t c = 0; c < p->countries; c++) {
		if (p->total[c][kind] == 0 ||
		    (country != NULL && strncmp(p->country[c], country, 2) != 0))
			continue;
		uint32_t share = share_in(p, hash, folded, n, c, kind);
		best = share > best ? share : best;
	}
	return best;
}

/* ---- by sound ------------------------------------------------------------------------------------------ */

/* What bears a sound in a country: shares of all its spellings, given and family names. */
struct sound {
	uint32_t print, country;
	uint64_t share; /* of a thousand million */
};

struct sounds {
	struct sound *s;
	size_t n, cap;
};

static void
add_sounds(struct sounds *all, const struct match_population *p, const struct entry *e, struct text_name *room)
{
	if (text_parse(str_of(e->name), room, NULL) != ENT_OK)
		return;
	uint64_t share = share_in(p, e->hash, e->name, strlen(e->name), e->country, (enum match_name_kind)e->kind);
	for (size_t i = 0; i < room->n; i++) {
		if (room->tok[i].role != TEXT_NAME)
			continue;
		if (all->n == all->cap) {
			all->cap = all->cap * 2 + 1024;
			all->s = ent_realloc(all->s, all->cap * sizeof *all->s);
		}
		all->s[all->n++] = (struct sound){ .print = match_sound_print(room->tok[i].sound),
			.country = e->country, .share = share };
	}
}

static int
by_print(const void *pa, const void *pb)
{
	const struct sound *a = pa, *b = pb;
	if (a->print != b->print)
		return a->print < b->print ? -1 : 1;
	return a->country < b->country ? -1 : a->country > b->country;
}

/* Of each sound the country where it is most frequent. */
static void
put_imagined(struct match_population *p, const struct sounds *all)
{
	p->imagined = ent_alloc_array(all->n + 1, sizeof *p->imagined);
	for (size_t i = 0; i < all->n;) {
		uint32_t print = all->s[i].print;
		uint64_t most = 0;
		while (i < all->n && all->s[i].print == print) {
			uint32_t country = all->s[i].country;
			uint64_t sum = 0;
			for (; i < all->n && all->s[i].print == print && all->s[i].country == country; i++)
				sum += all->s[i].share;
			most = sum > most ? sum : most;
		}
		uint32_t names = match_imagined_names(most);
		if (names > 0)
			p->imagined[p->imagined_n++] = (struct match_imagined){ print, names };
	}
}

void
match_population_freeze(struct match_population *p)
{
	struct sounds all = { .n = 0 };
	struct text_name *room = ent_alloc(sizeof *room);
	p->print = 0;
	for (size_t i = 0; i < p->cap; i++) {
		const struct entry *e = &p->slot[i];
		if (e->name == NULL || p->country[e->country][0] == ANYWHERE[0])
			continue;
		/* a sum: in whatever order they were loaded */
		p->print += (e->hash ^ (uint64_t)(unsigned char)p->country[e->country][0] << 8 ^
				(unsigned char)p->country[e->country][1]) * 0x9e3779b97f4a7c15u ^
		    e->count * 0xff51afd7ed558ccdu;
		if (e->kind != MATCH_KIND_LEGAL)
			add_sounds(&all, p, e, room);
	}
	if (all.n > 0)
		qsort(all.s, all.n, sizeof *all.s, by_print);
	free(p->imagined);
	p->imagined_n = 0;
	put_imagined(p, &all);
	free(all.s);
	free(room);
}

uint64_t
match_population_print(const struct match_population *p)
{
	return p == NULL ? 0 : p->print;
}

size_t
match_population_imagined(const struct match_population *p, const struct match_imagined **out)
{
	*out = p == NULL ? NULL : p->imagined;
	return p == NULL ? 0 : p->imagined_n;
}

bool
match_population_is_legal(const struct match_population *p, const char *folded, size_t n)
{
	return match_population_share(p, folded, n, ANYWHERE, MATCH_KIND_LEGAL) > 0;
}
