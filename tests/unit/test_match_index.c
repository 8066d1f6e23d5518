/* SPDX-License-Identifier: Apache-2.0
 *
 * The index's parts: whatever has been added, removed, merged, saved and loaded, a search finds what a
 * search that holds every name against the question finds.
 */
#include "match/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dice.h"

static const char *
pick(uint64_t *seed, const char *const *list, size_t n)
{
	size_t a = roll(seed) % n, b = roll(seed) % n;
	return list[a < b ? a : b]; /* the first are frequent */
}

/* A name of a few frequent and many rare words, in two scripts, with particles and initials. */
static void
invent_name(uint64_t *seed, char *out, size_t max)
{
	static const char *const words[] = { "Mohamed", "Ahmed", "Ali", "Karim", "محمد", "علي", "Youssef", "Fatima",
		"Jan", "Maria", "Abderrahmane", "Abd al-Aziz", "Noureddine", "عبد الرحمن", "Peter", "Said", "Saïd",
		"Muhammad", "Hassan", "Khadija", "Aïcha", "Benali", "Ben Ali", "Luc", "Kim", "Jong", "Un" };
	static const char *const heads[] = { "Bou", "Char", "Ben", "El ", "Tah", "Van ", "Ker", "Lah", "Mez", "Zer", "Ou",
		"Sti", "Dra", "Al-", "Kha", "Gue" };
	static const char *const tails[] = { "kir", "zian", "rani", "louni", "berg", "mans", "diri", "touati", "fassi",
		"ssens", "nejad", "mov", "sky", "rami", "haj", "qawi" };
	size_t n = 2 + roll(seed) % 3, used = 0, said = roll(seed) % 12;
	bool comma = roll(seed) % 3 == 0; /* places: they put equals in order */
	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		char word[64];
		unsigned kind = (unsigned)(roll(seed) % 20);
		if (kind < 10)
			(void)snprintf(word, sizeof word, "%s", pick(seed, words, sizeof words / sizeof *words));
		else if (kind < 18)
			(void)snprintf(word, sizeof word, "%s%s%s", heads[roll(seed) % 16],
			    roll(seed) % 2 == 0 ? tails[roll(seed) % 16] : "", tails[roll(seed) % 16]);
		else if (kind == 18)
			(void)snprintf(word, sizeof word, "%c", (char)('A' + roll(seed) % 26));
		else
			(void)snprintf(word, sizeof word, "ben");
		for (size_t k = said == 0 && i == 0 ? 1 + roll(seed) % 4 : 1; k > 0; k--) /* some say a word up to four times */
			used += (size_t)snprintf(out + used, max - used, "%s%s", used == 0 ? "" : i == 1 && comma ? ", " : " ", word);
	}
}

static struct match_date
invent_date(uint64_t *seed)
{
	struct match_date d = { .precision = MATCH_DATE_DAY, .year = (uint16_t)(1950 + roll(seed) % 2), /* many share a day */
		.month = (uint8_t)(1 + roll(seed) % 12), .day = (uint8_t)(1 + roll(seed) % 28) };
	if (roll(seed) % 4 == 0)
		d = (struct match_date){ .precision = MATCH_DATE_YEAR, .year = d.year };
	return d;
}

static void
add_invented(struct match_index *x, uint64_t number)
{
	uint64_t seed = number * 7919;
	char name[3][256], id[MATCH_ID_MAX + 1], document[32];
	const char *names[3] = { name[0], name[1], name[2] }, *documents = document, *nation = "Morocco";
	size_t n = 1 + roll(&seed) % 3;
	for (size_t i = 0; i < n; i++)
		invent_name(&seed, name[i], sizeof name[i]);
	struct match_date d = invent_date(&seed);
	(void)snprintf(document, sizeof document, "AB%llu", (unsigned long long)(roll(&seed) % 5000));
	/* ids of both kinds, in no order */
	if (number % 3 == 0)
		(void)snprintf(id, sizeof id, "x-%llu", (unsigned long long)number);
	else
		(void)snprintf(id, sizeof id, "%08x-0000-7000-8000-%012llx", (unsigned)roll(&seed),
		    (unsigned long long)number);
	enum record_type type = number % 5 == 0 ? RTYPE_ORG : number % 11 == 0 ? RTYPE_DOCUMENT : RTYPE_PERSON;
	struct match_entry e = { .id = id, .type = type, .names = names,
		.names_n = n, .births = &d, .births_n = 1, .documents = &documents, .documents_n = 1,
		.nationalities = &nation, .nationalities_n = number % 2 };
	if (n > 1 && number % 4 == 0) {
		e.weak = names + --e.names_n;
		e.weak_n = 1;
	}
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
}

static bool
remove_invented(struct match_index *x, uint64_t number)
{
	uint64_t seed = number * 7919;
	char name[256], id[MATCH_ID_MAX + 1];
	if (number % 3 == 0) {
		(void)snprintf(id, sizeof id, "x-%llu", (unsigned long long)number);
		return match_remove(x, id);
	}
	size_t n = 1 + roll(&seed) % 3;
	for (size_t i = 0; i < n; i++)
		invent_name(&seed, name, sizeof name);
	(void)invent_date(&seed);
	(void)roll(&seed);
	(void)snprintf(id, sizeof id, "%08x-0000-7000-8000-%012llx", (unsigned)roll(&seed),
	    (unsigned long long)number);
	return match_remove(x, id);
}

static void
same_results(const struct match_results *a, const struct match_results *b, const char *name)
{
	if (a->n != b->n)
		print_error("%s: %zu results, not %zu\n", name, a->n, b->n);
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->r[i].id, b->r[i].id) != 0)
			print_error("%s: result %zu is %s (%u), not %s (%u)\n", name, i, a->r[i].id,
			    a->r[i].degree, b->r[i].id, b->r[i].degree);
		assert_string_equal(a->r[i].id, b->r[i].id);
		assert_int_equal(a->r[i].degree, b->r[i].degree);
		assert_int_equal(a->r[i].band, b->r[i].band);
		assert_int_equal(a->r[i].date, b->r[i].date);
		assert_int_equal(a->r[i].document, b->r[i].document);
		assert_string_equal(a->r[i].name, b->r[i].name);
		assert_int_equal(a->r[i].pairs_n, b->r[i].pairs_n);
	}
}

static void
ask_both(struct match_index *x, uint64_t *seed, size_t queries)
{
	for (size_t i = 0; i < queries; i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results found, all;
		char name[256], document[32];
		invent_name(seed, name, sizeof name);
		(void)snprintf(document, sizeof document, "AB%llu", (unsigned long long)(roll(seed) % 5000));
		struct match_query q = { .name = name, .top = 1 + (unsigned)(roll(seed) % 12) };
		if (i % 3 == 0)
			q.birth = invent_date(seed);
		if (i % 4 == 0)
			q.nationality = "Morocco";
		if (i % 5 == 0)
			q.document = document;
		static const enum record_type types[] = { RTYPE_NONE, RTYPE_PERSON, RTYPE_NONE, RTYPE_ORG, RTYPE_PERSON,
			RTYPE_DOCUMENT, RTYPE_ORG };
		q.type = types[i % (sizeof types / sizeof types[0])];
		assert_int_equal(match_run_how(x, &q, false, a, &found, NULL), ENT_OK);
		assert_int_equal(match_run_how(x, &q, true, a, &all, NULL), ENT_OK);
		same_results(&found, &all, name);
		arena_free(a);
	}
}

static void
test_searches_equal_those_of_every_name(void **state)
{
	struct match_index *x = match_index_new();
	uint64_t seed = 1;
	x->large_from = *state != NULL ? 100 : UINT32_MAX; /* as large registers are searched, or small ones */
	for (uint64_t i = 0; i < 6000; i++)
		add_invented(x, i);
	ask_both(x, &seed, 100); /* a base, segments and a recent part */
	for (uint64_t i = 0; i < 6000; i += 7)
		assert_true(remove_invented(x, i));
	for (uint64_t i = 0; i < 6000; i += 7)
		assert_false(remove_invented(x, i));
	ask_both(x, &seed, 50);
	match_settle(x);
	ask_both(x, &seed, 100);
	match_index_free(x);
}

static void
test_the_same_records_in_another_order_answer_the_same(void **state)
{
	(void)state;
	struct match_index *x[2] = { match_index_new(), match_index_new() };
	uint64_t seed = 5;
	for (uint64_t i = 0; i < 3000; i++) {
		add_invented(x[0], i);
		add_invented(x[1], 2999 - i);
	}
	for (uint64_t i = 3000; i < 4000; i++) {
		add_invented(x[1], i);
		assert_true(remove_invented(x[1], i));
	}
	for (size_t i = 0; i < 2; i++)
		match_settle(x[i]);
	for (size_t i = 0; i < 100; i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r[2];
		char name[256];
		invent_name(&seed, name, sizeof name);
		struct match_query q = { .name = name, .top = 10 };
		for (size_t k = 0; k < 2; k++)
			assert_int_equal(match_run(x[k], &q, a, &r[k], NULL), ENT_OK);
		same_results(&r[0], &r[1], name);
		arena_free(a);
	}
	match_index_free(x[0]);
	match_index_free(x[1]);
}

/* ---- what is removed ------------------------------------------------------------------------------------- */

static bool
holds(const void *p, size_t n, const char *text)
{
	return p != NULL && memmem(p, n, text, strlen(text)) != NULL;
}

static bool
any_part_holds(const struct match_index *x, const char *text)
{
	for (size_t i = 0; i < x->helds; i++) {
		const struct held *h = x->held[i];
		const struct recent *r = h->recent;
		if (r == NULL ? holds(h->block.p, h->block.n, text) :
				holds(r->name_data, r->data_cap, text) || holds(r->phones, r->phones_cap, text) ||
				    holds(r->record_data, r->record_data_cap, text) ||
				    holds(r->id_text, r->id_cap, text))
			return true;
	}
	return false;
}

/* A number of a document stands packed. */
static bool
any_part_has_number(const struct match_index *x, const char *number)
{
	uint8_t packed[PACKED_MAX(32) + 1] = { 0 };
	size_t n = part_document_pack(number, strlen(number), packed);
	packed[n] = '\0';
	assert_true(strlen((char *)packed) == n);
	return any_part_holds(x, (char *)packed);
}

static void
add_one(struct match_index *x, const char *id, const char *name, const char *document)
{
	struct match_entry e = { .id = id, .type = RTYPE_PERSON, .names = &name, .names_n = 1,
		.documents = &document, .documents_n = 1 };
	assert_int_equal(match_add(x, &e, NULL, NULL), ENT_OK);
}

/* "De Han" said as one is not unlike "den", which is no name here: what its list brings must be counted. */
static void
test_two_words_said_as_one_may_meet_a_light_word(void **state)
{
	struct match_index *x = match_index_new();
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_query q = { .name = "Hans De Han", .type = RTYPE_PERSON, .top = 10 };
	struct match_results r[2];
	char id[16];
	(void)state;
	add_one(x, "haan", "Hans De Haan", "A 1");
	add_one(x, "berghe", "Hans Van den Berghe", "A 2");
	for (unsigned i = 0; i < 70; i++) {
		(void)snprintf(id, sizeof id, "other-%u", i);
		add_one(x, id, i < 50 ? "Piet van der Broek" : "Jan de Boer", "A 3");
	}
	match_settle(x);
	for (unsigned every = 0; every < 2; every++)
		assert_int_equal(match_run_how(x, &q, every != 0, a, &r[every], NULL), ENT_OK);
	assert_int_equal(r[1].n, 2);
	assert_int_equal(r[0].n, 2);
	assert_string_equal(r[0].r[1].id, "berghe");
	arena_free(a);
	match_index_free(x);
}

static void
test_nothing_of_a_removed_record_stays(void **state)
{
	(void)state;
	static const char *const traces[] = { "Zworbek", "Qulimandor", "qulimandor", "secret-id" };
	for (size_t settled = 0; settled < 2; settled++) {
		struct match_index *x = match_index_new();
		for (uint64_t i = 0; i < 40; i++)
			add_invented(x, i);
		add_one(x, "secret-id", "Zworbek Qulimandor", "XQ 99887");
		add_one(x, "secret-twin", "Karim Qulimandor", "XQ 1");
		if (settled == 1)
			match_settle(x);
		for (size_t i = 0; i < 4; i++)
			assert_true(any_part_holds(x, traces[i]));
		assert_true(any_part_has_number(x, "XQ99887"));
		assert_true(match_remove(x, "secret-id"));
		assert_false(any_part_holds(x, "Zworbek"));
		assert_false(any_part_has_number(x, "XQ99887"));
		assert_false(any_part_holds(x, "secret-id"));
		assert_true(any_part_holds(x, "Qulimandor")); /* another has that name */
		assert_true(match_remove(x, "secret-twin"));
		assert_false(any_part_holds(x, "Qulimandor"));
		assert_false(any_part_holds(x, "qulimandor"));
		match_index_free(x);
	}
}

/* ---- snapshots --------------------------------------------------------------------------------------------- */

static enum ent_err
put_bytes(void *ctx, uint64_t all, struct bytes part, struct ent_why *why)
{
	(void)why;
	(void)all;
	buf_put(ctx, part.p, part.n);
	return buf_err(ctx);
}

static enum ent_err
load(struct match_index *x, const void *p, size_t n)
{
	struct match_image m = match_image_new(n);
	if (n > 0)
		memcpy(m.p, p, n);
	return match_load_take(x, &m, NULL);
}

static void
test_a_snapshot_is_the_index_again(void **state)
{
	(void)state;
	struct match_index *x = match_index_new(), *y = match_index_new();
	struct buf b;
	struct ent_why why;
	uint64_t seed = 3;
	buf_init(&b, (size_t)64 << 20);
	assert_int_equal(match_save(x, put_bytes, &b, &why), ENT_EBUSY); /* nothing to save */
	for (uint64_t i = 0; i < 3000; i++)
		add_invented(x, i);
	assert_int_equal(match_save(x, put_bytes, &b, &why), ENT_OK);
	assert_int_equal(load(y, b.p, b.n), ENT_OK);
	assert_int_equal(load(y, b.p, b.n), ENT_ESTATE); /* it holds records now */
	for (size_t i = 0; i < 100; i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r[2];
		char name[256];
		invent_name(&seed, name, sizeof name);
		struct match_query q = { .name = name, .top = 10 };
		assert_int_equal(match_run(x, &q, a, &r[0], NULL), ENT_OK);
		assert_int_equal(match_run(y, &q, a, &r[1], NULL), ENT_OK);
		same_results(&r[0], &r[1], name);
		arena_free(a);
	}
	assert_true(remove_invented(y, 17));
	add_invented(y, 5000);
	ask_both(y, &seed, 20);
	match_index_free(x);
	match_index_free(y);
	buf_done(&b);
}

/* One flipped bit is refused, or harmless: a search of what is loaded stays inside it (ASan watches). */
static void
test_a_damaged_snapshot_is_refused_or_harmless(void **state)
{
	(void)state;
	struct match_index *x = match_index_new();
	struct buf b;
	struct ent_why why;
	uint64_t seed = 9;
	size_t refused = 0;
	buf_init(&b, (size_t)64 << 20);
	for (uint64_t i = 0; i < 200; i++)
		add_invented(x, i);
	assert_int_equal(match_save(x, put_bytes, &b, &why), ENT_OK);
	assert_int_equal(load(x, b.p, b.n / 2), ENT_ESYNTAX);
	assert_int_equal(load(x, b.p, 100), ENT_ESYNTAX);
	for (size_t i = 0; i < 400; i++) {
		struct match_index *y = match_index_new();
		struct match_image m = match_image_new(b.n);
		memcpy(m.p, b.p, b.n);
		size_t at = i < 200 ? roll(&seed) % 400 : roll(&seed) % b.n;
		((uint8_t *)m.p)[at] ^= (uint8_t)(1u << roll(&seed) % 8);
		if (match_load_take(y, &m, NULL) != ENT_OK) {
			refused++;
			match_index_free(y);
			continue;
		}
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r;
		char name[256];
		invent_name(&seed, name, sizeof name);
		struct match_query q = { .name = name, .top = 10 };
		assert_int_equal(match_run(y, &q, a, &r, NULL), ENT_OK);
		arena_free(a);
		match_index_free(y);
	}
	assert_true(refused > 150);
	match_index_free(x);
	buf_done(&b);
}

/* Load bytes of which some are changed; answers what came of it, and searches what was loaded. */
static enum ent_err
load_changed(const struct buf *b, size_t at, const void *bytes, size_t n)
{
	struct match_index *x = match_index_new();
	struct match_image m = match_image_new(b->n);
	memcpy(m.p, b->p, b->n);
	memcpy((uint8_t *)m.p + at, bytes, n);
	enum ent_err err = match_load_take(x, &m, NULL);
	struct match_stats st;
	match_stats(x, &st);
	assert_true(err == ENT_OK || (st.records == 0 && m.p == NULL));
	uint64_t seed = at;
	if (err == ENT_OK)
		ask_both(x, &seed, 1);
	match_index_free(x);
	return err;
}

static void
test_a_snapshot_of_each_kind_of_damage_is_refused(void **state)
{
	(void)state;
	struct match_index *x = match_index_new();
	struct segment_head h;
	struct buf b;
	struct ent_why why = { .text = "" };
	buf_init(&b, (size_t)64 << 20);
	for (uint64_t i = 0; i < 50; i++)
		add_invented(x, i);
	assert_int_equal(match_save(x, put_bytes, &b, &why), ENT_OK);
	match_index_free(x);
	x = match_index_new();
	memcpy(&h, b.p, sizeof h);
	assert_int_equal(load_changed(&b, 0, &h, 8), ENT_OK); /* as it was */
	for (size_t n = 0; n < b.n; n += n < 4096 ? 7 : 611)
		assert_int_equal(load(x, b.p, n), ENT_ESYNTAX);
	/* versions and rules but these */
	for (uint32_t v = 0; v < 9; v++) {
		if (v != h.version)
			assert_int_equal(load_changed(&b, offsetof(struct segment_head, version), &v, 4), ENT_ESTATE);
		if (v != h.rules)
			assert_int_equal(load_changed(&b, offsetof(struct segment_head, rules), &v, 4), ENT_ESTATE);
	}
	/* each bit of the head; free are how many names frequencies are of, a block's size, since there is one, and
	 * where in the last eight bytes a section ends */
	size_t free_bits = 0;
	for (size_t bit = 0; bit < sizeof h * 8; bit++) {
		uint8_t byte = (uint8_t)(b.p[bit / 8] ^ (1u << bit % 8));
		free_bits += load_changed(&b, bit / 8, &byte, 1) == ENT_OK;
	}
	assert_true(free_bits <= 2 * 32 + SECTIONS * 3);
	/* each section's first and last word of four bytes: nothing but ones leads nowhere */
	static const uint8_t ones[4] = { 0xff, 0xff, 0xff, 0xff };
	size_t refused = 0, sections = 0;
	for (size_t s = 0; s < SECTIONS; s++) {
		if (h.section[s].bytes < 4)
			continue;
		sections++;
		bool first = load_changed(&b, h.section[s].at, ones, 4) != ENT_OK;
		bool last = load_changed(&b, h.section[s].at + h.section[s].bytes - 4, ones, 4) != ENT_OK;
		refused += first || last;
	}
	assert_true(sections >= 15 && refused >= sections - 5);
	match_index_free(x);
	buf_done(&b);
}

/* ---- all at once ------------------------------------------------------------------------------------------- */

struct at_once {
	struct match_index *x;
	_Atomic bool stop;
	uint64_t seed;
	size_t searches, found;
};

static void *
search_on(void *arg)
{
	struct at_once *s = arg;
	while (!s->stop) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r;
		char name[256];
		bool known = s->searches % 2 == 0;
		invent_name(&s->seed, name, sizeof name);
		struct match_query q = { .name = known ? "Zworbek Qulimandor" : name, .top = 5 };
		if (match_run(s->x, &q, a, &r, NULL) == ENT_OK && known)
			s->found += r.n > 0 && strcmp(r.r[0].id, "known") == 0;
		s->searches++;
		arena_free(a);
	}
	return NULL;
}

struct saving {
	struct match_index *x;
	_Atomic bool stop;
	size_t saved, busy;
};

static enum ent_err
count_bytes(void *ctx, uint64_t all, struct bytes part, struct ent_why *why)
{
	(void)why;
	*(uint64_t *)ctx += part.n;
	return all >= part.n ? ENT_OK : ENT_EINTERNAL;
}

static void *
save_on(void *arg)
{
	struct saving *s = arg;
	while (!s->stop) {
		uint64_t bytes = 0;
		struct match_stats st;
		enum ent_err err = match_save(s->x, count_bytes, &bytes, NULL);
		s->saved += err == ENT_OK && bytes > 0;
		s->busy += err == ENT_EBUSY; /* records were removed meanwhile */
		match_stats(s->x, &st);
	}
	return NULL;
}

static void
test_searches_adds_removals_merges_and_snapshots_at_once(void **state)
{
	(void)state;
	struct match_index *x = match_index_new();
	struct ent_why why;
	struct at_once s[2] = { { .x = x, .seed = 1 }, { .x = x, .seed = 2 } };
	struct saving saving = { .x = x };
	pthread_t t[2], saver;
	assert_int_equal(match_merger_start(x, &why), ENT_OK);
	add_one(x, "known", "Zworbek Qulimandor", "K1");
	assert_int_equal(pthread_create(&saver, NULL, save_on, &saving), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, search_on, &s[i]), 0);
	for (uint64_t i = 0; i < 6000; i++) {
		add_invented(x, i);
		if (i % 500 == 0)
			add_one(x, "known", "Zworbek Qulimandor", "K1"); /* in its own place */
		if (i % 3 == 0)
			assert_true(remove_invented(x, i / 3));
		if (i == 3000)
			match_settle(x);
	}
	for (size_t i = 0; i < 2; i++) {
		s[i].stop = true;
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_int_equal(s[i].found, (s[i].searches + 1) / 2);
	}
	saving.stop = true;
	assert_int_equal(pthread_join(saver, NULL), 0);
	assert_true(saving.saved + saving.busy > 0);
	match_settle(x);
	struct match_stats st;
	match_stats(x, &st);
	assert_int_equal(st.records, 1 + 4000);
	ask_both(x, &s[0].seed, 30);
	match_index_free(x);
}

int
main(void)
{
	static bool large = true;
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_searches_equal_those_of_every_name),
		cmocka_unit_test_prestate(test_searches_equal_those_of_every_name, &large),
		cmocka_unit_test(test_the_same_records_in_another_order_answer_the_same),
		cmocka_unit_test(test_two_words_said_as_one_may_meet_a_light_word),
		cmocka_unit_test(test_nothing_of_a_removed_record_stays),
		cmocka_unit_test(test_a_snapshot_is_the_index_again),
		cmocka_unit_test(test_a_damaged_snapshot_is_refused_or_harmless),
		cmocka_unit_test(test_a_snapshot_of_each_kind_of_damage_is_refused),
		cmocka_unit_test(test_searches_adds_removals_merges_and_snapshots_at_once) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
