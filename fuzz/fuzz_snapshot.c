/* SPDX-License-Identifier: Apache-2.0
 *
 * A snapshot of the index.  A snapshot comes sealed, so that only its own key makes damaged bytes;
 * whatever they are, they are refused or searching them stays inside.  First byte: 0 the rest is a
 * snapshot; else a small good one is made, and the rest says which of its bytes change to what.
 */
#include "match/index.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ent_err
put_bytes(void *ctx, uint64_t all, struct bytes part, struct ent_why *why)
{
	(void)why;
	(void)all;
	buf_put(ctx, part.p, part.n);
	return buf_err(ctx);
}

/* Made once: most of the time is for what is made of it. */
static const struct buf *
good_one(void)
{
	static struct buf made, *out = &made;
	if (made.n > 0)
		return out;
	buf_init(out, (size_t)1 << 20);
	/* one of so many words that its tokens are wide; ids of both kinds */
	static const char *const names[] = { "Karim Benali", "عبد الرحمن بوزيان", "J. van den Berghe", "Kim Jong Un",
		"Abu Karim Ali Ben Omar Bel Hadj Al Amin Ben Saad El Din Abd Allah Jo An" };
	static const char *const ids[] = { "a", "b", "019b76e4-8083-7650-907a-555943152627",
		"019b76e4-8084-71f2-a59c-5dd4b216dc64", "e" };
	static const char *const documents[] = { "AB123456" }, *const nations[] = { "MA", "Belgium" };
	static const struct match_document_of of[] = { { .kind = DOCKIND_PASSPORT, .country = "MA" } };
	struct match_index *x = match_index_new();
	struct match_date d = { .precision = MATCH_DATE_DAY, .year = 1980, .month = 2, .day = 3 };
	for (size_t i = 0; i < 5; i++) {
		struct match_entry e = { .id = ids[i], .type = RTYPE_PERSON, .names = names + i, .names_n = 1,
			.births = &d, .births_n = 1, .documents = documents, .documents_n = 1,
			.documents_of = i % 2 == 0 ? of : NULL, .nationalities = nations, .nationalities_n = i % 3 };
		(void)!match_add(x, &e, NULL, NULL);
	}
	(void)!match_save(x, put_bytes, out, NULL);
	match_index_free(x);
	return out;
}

static void
search(struct match_index *x)
{
	static const char *const names[] = { "Abderrahmane Bouziane", "Jan van den Berghe", "Karim Ben Ali" };
	for (size_t i = 0; i < 3; i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r;
		struct match_query q = { .name = names[i], .document = "AB 123456", .nationality = "MA", .top = 5 };
		q.birth = (struct match_date){ .precision = MATCH_DATE_DAY, .year = 1980, .month = 2, .day = 3 };
		(void)!match_run(x, &q, a, &r, NULL);
		arena_free(a);
	}
	(void)match_remove(x, "b");
	match_settle(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b;
	if (size < 2)
		return 0;
	buf_init(&b, (size_t)1 << 20);
	if (data[0] == 0)
		buf_put(&b, data + 1, size - 1);
	else
		buf_put(&b, good_one()->p, good_one()->n);
	struct match_image m = match_image_new(b.n);
	memcpy(m.p, b.p, b.n);
	for (size_t i = 1; data[0] != 0 && i + 4 <= size; i += 4) {
		size_t at = ((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % m.n;
		((uint8_t *)m.p)[at] = data[i + 3];
	}
	struct match_index *x = match_index_new();
	if (match_load_take(x, &m, NULL) == ENT_OK)
		search(x);
	match_index_free(x);
	buf_done(&b);
	return 0;
}
