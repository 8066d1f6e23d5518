/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter of tags: a 3-wise binary fuse filter with 32-bit fingerprints, after the published
 * description (Graf and Lemire 2022, sections 3 and 4).  Sizes are integers, so that two nodes lay
 * the same filter out from the same tags.
 */
#include "hit/hit.h"

#include "base/int.h"

#include <string.h>

static const uint8_t magic[8] = { 'E', 'N', 'T', 'F', 'L', 'T', '1', '\n' };

#define TAGS_MIN 4096
#define ATTEMPTS 64
#define SEGMENT_MIN 64u
#define SEGMENT_MAX (1u << 18)

/* Where one tag stands: three slots in three segments that follow each other. */
struct places {
	uint32_t at[3];
};

/* 64 by 64 bits; the type is the compiler's own. */
__extension__ typedef unsigned __int128 wide_product;

/* A bijection of 64 bits (finaliser of MurmurHash3), so that equal tags alone collide. */
static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static uint32_t
fingerprint(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

static struct places
places_of(uint64_t hash, uint32_t segment, uint32_t segments)
{
	struct places p;
	uint32_t mask = segment - 1;
	wide_product wide = (wide_product)hash * ((wide_product)segment * segments);
	p.at[0] = (uint32_t)(wide >> 64);
	p.at[1] = (p.at[0] + segment) ^ ((uint32_t)(hash >> 18) & mask);
	p.at[2] = (p.at[0] + 2 * segment) ^ ((uint32_t)hash & mask);
	return p;
}

uint64_t
hit_tag(const uint8_t id[static HIT_FILTER_ID], const uint8_t output[static OPRF_OUTPUT])
{
	uint8_t h[16];
	crypto_blake2b(bytes_of(id, HIT_FILTER_ID), bytes_of(output, OPRF_OUTPUT), h, sizeof h);
	return get_be64(h);
}

uint64_t
hit_filter_grid(uint64_t tags)
{
	uint64_t step = TAGS_MIN / 16;
	if (tags <= TAGS_MIN)
		return TAGS_MIN;
	while (tags > step * 32)
		step *= 2;
	return (tags + step - 1) / step * step;
}

/* Segment length and count for that many tags: the paper's 2^floor(log(n)/log(3.33)+2.25) as a table
 * of thresholds, and its 0.875+0.25*log(10^6)/log(n) in integers, a little above. */
static void
layout(uint64_t tags, uint32_t *segment, uint32_t *segments)
{
	static const uint32_t from[] = { /* the least n for a segment of 2^(9+i) */
		3362, 11193, 37273, 124118, 413310, 1376322, 4583150, 15261887, 50822082, 169237530 };
	uint32_t length = 256, log2 = 0;
	for (size_t i = 0; i < sizeof from / sizeof from[0]; i++)
		if (tags >= from[i])
			length = 512u << i;
	for (uint64_t n = tags; n > 1; n >>= 1)
		log2++;
	uint64_t per_mille = 875 + 4983 / log2;
	uint64_t slots = tags * (per_mille < 1125 ? 1125 : per_mille) / 1000;
	uint64_t count = (slots + length - 1) / length;
	*segment = length;
	*segments = (uint32_t)(count < 3 ? 1 : count - 2);
}

/* Stable sort by one byte of each value. */
static void
sort_by_byte(const uint64_t *in, uint64_t *out, size_t n, unsigned shift)
{
	size_t start[257] = { 0 };
	for (size_t i = 0; i < n; i++)
		start[(in[i] >> shift & 0xff) + 1]++;
	for (size_t i = 1; i < 257; i++)
		start[i] += start[i - 1];
	for (size_t i = 0; i < n; i++)
		out[start[in[i] >> shift & 0xff]++] = in[i];
}

static size_t
sort_unique(uint64_t *tags, uint64_t *spare, size_t n)
{
	for (unsigned shift = 0; shift < 64; shift += 16) {
		sort_by_byte(tags, spare, n, shift);
		sort_by_byte(spare, tags, n, shift + 8);
	}
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || tags[kept - 1] != tags[i])
			tags[kept++] = tags[i];
	return kept;
}

/* What the peeling works on; all arrays owned by build. */
struct peel {
	uint32_t segment, segments;
	size_t n, slots;
	uint64_t *hash;	 /* n */
	uint64_t *spare; /* n, for sorting; then the order in which tags were taken off */
	uint8_t *which;	 /* n: the slot, of three, that the tag was alone in */
	uint64_t *xored; /* slots: all hashes that stand there */
	uint8_t *count;	 /* slots: how many, times 4, xor of which of the three they came by */
	uint32_t *queue; /* slots */
};

static bool
peel_fill(struct peel *p)
{
	memset(p->xored, 0, p->slots * sizeof *p->xored);
	memset(p->count, 0, p->slots);
	for (size_t i = 0; i < p->n; i++) {
		struct places at = places_of(p->hash[i], p->segment, p->segments);
		for (unsigned k = 0; k < 3; k++) {
			uint8_t *c = &p->count[at.at[k]];
			if (*c >= 63 * 4)
				return false; /* would overflow: another seed */
			*c = (uint8_t)((*c + 4) ^ k);
			p->xored[at.at[k]] ^= p->hash[i];
		}
	}
	return true;
}

/* Take off, again and again, a tag that stands alone in a slot.  True if all came off. */
static bool
peel_run(struct peel *p)
{
	size_t waiting = 0, taken = 0;
	for (uint32_t s = 0; s < p->slots; s++)
		if (p->count[s] >> 2 == 1)
			p->queue[waiting++] = s;
	while (waiting > 0) {
		uint32_t s = p->queue[--waiting];
		if (p->count[s] >> 2 != 1)
			continue;
		uint64_t hash = p->xored[s];
		unsigned mine = p->count[s] & 3;
		struct places at = places_of(hash, p->segment, p->segments);
		p->spare[taken] = hash;
		p->which[taken++] = (uint8_t)mine;
		for (unsigned k = 0; k < 3; k++) {
			uint32_t t = at.at[k];
			p->count[t] = (uint8_t)((p->count[t] - 4) ^ k);
			p->xored[t] ^= hash;
			if (k != mine && p->count[t] >> 2 == 1)
				p->queue[waiting++] = t;
		}
	}
	return taken == p->n;
}

/* Backwards: each tag's own slot is still free and makes the three add up to its fingerprint. */
static void
peel_assign(const struct peel *p, uint32_t *slot)
{
	for (size_t i = p->n; i-- > 0;) {
		struct places at = places_of(p->spare[i], p->segment, p->segments);
		uint32_t v = fingerprint(p->spare[i]);
		for (unsigned k = 0; k < 3; k++)
			if (k != p->which[i])
				v ^= slot[at.at[k]];
		slot[at.at[p->which[i]]] = v;
	}
}

static bool
attempt(struct peel *p, const uint64_t *tags, uint64_t seed)
{
	for (size_t i = 0; i < p->n; i++)
		p->spare[i] = mix(tags[i] + seed);
	/* In the order of the slots, roughly: neighbours share cache lines. */
	sort_by_byte(p->spare, p->hash, p->n, 48);
	sort_by_byte(p->hash, p->spare, p->n, 56);
	uint64_t *t = p->hash;
	p->hash = p->spare;
	p->spare = t;
	return peel_fill(p) && peel_run(p);
}

static uint64_t
derive(struct bytes key, const char *what, uint64_t i)
{
	uint8_t in[24] = { 0 }, out[16];
	memcpy(in, what, strnlen(what, 16));
	put_be64(in + 16, i);
	crypto_blake2b(key, bytes_of(in, sizeof in), out, sizeof out);
	return get_be64(out);
}

static void
head_write(const struct hit_filter_head *h, uint8_t out[static HIT_FILTER_HEAD])
{
	memset(out, 0, HIT_FILTER_HEAD);
	memcpy(out, magic, sizeof magic);
	memcpy(out + 8, h->id, HIT_FILTER_ID);
	put_be32(out + 24, h->epoch);
	put_be32(out + 28, h->rules);
	memcpy(out + 32, h->pk, OPRF_ELEMENT);
	put_be64(out + 64, h->seed);
	put_be64(out + 72, h->tags);
	put_be32(out + 80, h->segment);
	put_be32(out + 84, h->segments);
	memcpy(out + 88, h->agreement, strlen(h->agreement));
}

static void
put_filter(const struct hit_filter_head *head, const uint32_t *slot, size_t slots, struct buf *out)
{
	uint8_t h[HIT_FILTER_HEAD], chunk[4096];
	head_write(head, h);
	buf_put(out, h, sizeof h);
	size_t fill = 0;
	for (size_t i = 0; i < slots; i++) {
		put_be32(chunk + fill, slot[i]);
		fill += 4;
		if (fill == sizeof chunk || i + 1 == slots) {
			buf_put(out, chunk, fill);
			fill = 0;
		}
	}
}

/* All distinct tags, sorted, with the filling; the array is the caller's to free. */
static uint64_t *
padded(const uint64_t *tags, size_t count, const uint8_t pad_seed[static 32], size_t *total)
{
	size_t room = (size_t)hit_filter_grid(count);
	uint64_t *all = ent_alloc_array(room, sizeof *all);
	uint64_t *spare = ent_alloc_array(room, sizeof *spare);
	uint64_t made = 0;
	if (count > 0)
		memcpy(all, tags, count * sizeof *all);
	size_t n = sort_unique(all, spare, count);
	room = (size_t)hit_filter_grid(n);
	while (n < room) { /* a made tag may be a repeat: look again */
		while (n < room)
			all[n++] = derive(bytes_of(pad_seed, 32), "padding", made++);
		n = sort_unique(all, spare, n);
	}
	free(spare);
	*total = n;
	return all;
}

enum ent_err
hit_filter_build(struct hit_filter_head *head, uint64_t *tags, size_t count,
    const uint8_t pad_seed[static 32], struct buf *out, struct ent_why *why)
{
	struct peel p = { 0 };
	enum ent_err err = ENT_OK;
	uint32_t *slot = NULL;
	bool built = false;
	if (count > HIT_TAGS_MAX || strlen(head->agreement) >= AGREEMENT_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a filter holds at most %llu tags",
		    (unsigned long long)HIT_TAGS_MAX);
	uint64_t *all = padded(tags, count, pad_seed, &p.n);
	layout(p.n, &p.segment, &p.segments);
	p.slots = (size_t)p.segment * (p.segments + 2);
	p.hash = ent_alloc_array(p.n, sizeof *p.hash);
	p.spare = ent_alloc_array(p.n, sizeof *p.spare);
	p.which = ent_alloc_array(p.n, 1);
	p.xored = ent_alloc_array(p.slots, sizeof *p.xored);
	p.count = ent_alloc_array(p.slots, 1);
	p.queue = ent_alloc_array(p.slots, sizeof *p.queue);
	for (uint64_t i = 0; i < ATTEMPTS && !built; i++) {
		head->seed = derive(bytes_of(head->id, HIT_FILTER_ID), "seed", i);
		built = attempt(&p, all, head->seed);
	}
	if (!built) {
		err = ent_fail(ENT_EINTERNAL, why, "no filter came out of %d attempts", ATTEMPTS);
		goto out;
	}
	slot = ent_alloc_array(p.slots, sizeof *slot);
	peel_assign(&p, slot);
	head->tags = p.n;
	head->segment = p.segment;
	head->segments = p.segments;
	put_filter(head, slot, p.slots, out);
	err = buf_err(out);
out:
	free(slot);
	free(p.queue);
	free(p.count);
	free(p.xored);
	free(p.which);
	free(p.spare);
	free(p.hash);
	free(all);
	return err;
}

/* Sizes that fit each other and the bytes that are there. */
static bool
head_fits(const struct hit_filter_head *h, size_t bytes)
{
	uint32_t segment, segments;
	if (h->tags < TAGS_MIN || h->tags > 2 * HIT_TAGS_MAX || h->tags != hit_filter_grid(h->tags))
		return false;
	layout(h->tags, &segment, &segments);
	return h->segment == segment && h->segments == segments && segment >= SEGMENT_MIN &&
	    segment <= SEGMENT_MAX &&
	    bytes == HIT_FILTER_HEAD + (size_t)segment * ((size_t)segments + 2) * 4;
}

enum ent_err
hit_filter_parse(struct bytes in, struct hit_filter_head *out, struct ent_why *why)
{
	struct hit_filter_head h = { 0 };
	uint8_t again[HIT_FILTER_HEAD];
	if (in.n > HIT_FILTER_MAX)
		return ent_fail(ENT_ETOOBIG, why, "the filter is over %zu bytes", HIT_FILTER_MAX);
	if (in.n < HIT_FILTER_HEAD || memcmp(in.p, magic, sizeof magic) != 0)
		return ent_fail(ENT_ESYNTAX, why, "these bytes are no filter of this version");
	memcpy(h.id, in.p + 8, HIT_FILTER_ID);
	h.epoch = get_be32(in.p + 24);
	h.rules = get_be32(in.p + 28);
	memcpy(h.pk, in.p + 32, OPRF_ELEMENT);
	h.seed = get_be64(in.p + 64);
	h.tags = get_be64(in.p + 72);
	h.segment = get_be32(in.p + 80);
	h.segments = get_be32(in.p + 84);
	memcpy(h.agreement, in.p + 88, AGREEMENT_MAX - 1);
	head_write(&h, again); /* nothing but zeros behind the agreement */
	if (memcmp(again, in.p, HIT_FILTER_HEAD) != 0)
		return ent_fail(ENT_ESYNTAX, why, "the filter's head is not in its one form");
	if (!head_fits(&h, in.n))
		return ent_fail(ENT_ESYNTAX, why, "the filter's sizes do not fit its %zu bytes", in.n);
	if (oprf_element_check(h.pk) != ENT_OK)
		return ent_fail(ENT_ESYNTAX, why, "the filter's key is no group element");
	*out = h;
	return ENT_OK;
}

bool
hit_filter_has(const struct hit_filter_head *head, struct bytes in, uint64_t tag)
{
	uint64_t hash = mix(tag + head->seed);
	struct places at = places_of(hash, head->segment, head->segments);
	uint32_t v = fingerprint(hash);
	for (unsigned k = 0; k < 3; k++) {
		size_t where = HIT_FILTER_HEAD + (size_t)at.at[k] * 4;
		ENT_ASSERT(where + 4 <= in.n);
		v ^= get_be32(in.p + where);
	}
	return v == 0;
}

enum ent_err
hit_filter_check(const struct hit_note *note, struct bytes filter, struct hit_filter_head *out,
    struct ent_why *why)
{
	uint8_t sum[CRYPTO_HASH_LEN];
	struct hit_filter_head h = { .epoch = 0 };
	if (filter.n != note->bytes)
		return ent_fail(ENT_EPEER, why, "the filter has %zu bytes, its note says %llu", filter.n,
		    (unsigned long long)note->bytes);
	crypto_sha256(filter, sum);
	if (memcmp(sum, note->sha256, sizeof sum) != 0)
		return ent_fail(ENT_EPEER, why, "the filter is not the one that its note was signed for");
	enum ent_err err = hit_filter_parse(filter, &h, why);
	if (err != ENT_OK)
		return err;
	if (strcmp(h.agreement, note->agreement) != 0 || h.epoch != note->epoch ||
	    h.rules != note->rules)
		return ent_fail(ENT_EPEER, why, "the filter's head differs from its signed note");
	*out = h;
	return ENT_OK;
}
