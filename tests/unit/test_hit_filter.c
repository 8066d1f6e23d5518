/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter: nobody is missed, strangers pass as rarely as 32 bits say, hostile bytes are refused.
 * Shows HIT-10, HIT-11, HIT-12.
 */
#include "base/int.h"
#include "hit/hit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#ifdef ENT_SANITIZED
#define MEMBERS 100000
#define STRANGERS 1000000
#else
#define MEMBERS 1000000
#define STRANGERS 10000000
#endif

static uint64_t
member(uint64_t i)
{
	uint8_t in[8], out[16];
	put_be64(in, i);
	crypto_blake2b(bytes_of("test", 4), bytes_of(in, 8), out, sizeof out);
	return get_be64(out);
}

static struct hit_filter_head
head_new(void)
{
	struct hit_filter_head h = { .epoch = 3, .rules = 7, .agreement = "RAB-BRU-1" };
	memset(h.id, 0x5a, sizeof h.id);
	oprf_element_random(h.pk);
	return h;
}

static const uint8_t pad_seed[32] = { 9 };

static struct hit_filter_head
build(size_t n, struct buf *out)
{
	struct hit_filter_head h = head_new();
	struct ent_why why = { 0 };
	uint64_t *tags = ent_alloc_array(n > 0 ? n : 1, sizeof *tags);
	for (size_t i = 0; i < n; i++)
		tags[i] = member(i);
	buf_init(out, HIT_FILTER_MAX);
	assert_int_equal(hit_filter_build(&h, tags, n, pad_seed, out, &why), ENT_OK);
	free(tags);
	return h;
}

static void
test_no_member_is_missed_and_strangers_do_not_pass(void **state)
{
	struct hit_filter_head h;
	struct ent_why why = { 0 };
	struct buf b;
	uint64_t passed = 0, x = 88172645463325252u;
	(void)state;
	(void)build(MEMBERS, &b);
	assert_int_equal(hit_filter_parse(buf_bytes(&b), &h, &why), ENT_OK);
	for (uint64_t i = 0; i < MEMBERS; i++)
		assert_true(hit_filter_has(&h, buf_bytes(&b), member(i)));
	for (uint64_t i = 0; i < STRANGERS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		passed += hit_filter_has(&h, buf_bytes(&b), x);
	}
	assert_true(passed <= 2); /* expected: 0.002 */
	/* 4.55 bytes a key, and the grid's sixteenth above. */
	assert_true((double)b.n < MEMBERS * 4.5 * 1.15 + HIT_FILTER_HEAD);
	buf_done(&b);
}

static void
test_sixteen_bits_of_the_fingerprints_are_even(void **state)
{
	/* Were fingerprints skewed, strangers would agree in half of them more often than 2^-16. */
	struct buf b;
	uint64_t zero = 0;
	(void)state;
	(void)build(40000, &b);
	for (size_t i = HIT_FILTER_HEAD; i + 4 <= b.n; i += 4)
		zero += (get_be32(b.p + i) & 0xff) == 0 && get_be32(b.p + i) != 0;
	double slots = (double)(b.n - HIT_FILTER_HEAD) / 4;
	assert_true((double)zero > slots / 256 * 0.6 && (double)zero < slots / 256 * 1.2);
	buf_done(&b);
}

static void
test_the_same_tags_in_any_order_give_the_same_bytes(void **state)
{
	struct hit_filter_head h = head_new(), g = h;
	struct ent_why why = { 0 };
	struct buf a, b;
	uint64_t tags[2001], back[2001];
	(void)state;
	for (size_t i = 0; i < 2001; i++) {
		tags[i] = member(i % 2000); /* one repeat */
		back[2000 - i] = member(i % 2000);
	}
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	assert_int_equal(hit_filter_build(&h, tags, 2001, pad_seed, &a, &why), ENT_OK);
	assert_int_equal(hit_filter_build(&g, back, 2001, pad_seed, &b, &why), ENT_OK);
	assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	buf_done(&a);
	buf_done(&b);
}

static void
test_sizes_stand_on_a_grid_that_blurs_growth(void **state)
{
	uint64_t last = 0, steps = 0;
	(void)state;
	for (uint64_t n = 0; n < 20000; n += 10) {
		uint64_t g = hit_filter_grid(n);
		assert_true(g >= n && g >= last && hit_filter_grid(g) == g);
		assert_true(n < 4096 || g <= n + n / 16 + 1);
		steps += g != last;
		last = g;
	}
	assert_true(steps < 45);
	struct buf a, b;
	(void)build(0, &a);
	(void)build(4000, &b);
	assert_int_equal(a.n, b.n);
	buf_done(&a);
	buf_done(&b);
}

static void
test_hostile_filters_are_refused_before_any_lookup(void **state)
{
	static const size_t places[] = { 0, 7, 72, 79, 80, 83, 84, 87, 151, 152, 159 };
	struct hit_filter_head h;
	struct ent_why why = { 0 };
	struct buf b;
	(void)state;
	(void)build(100, &b);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		b.p[places[i]] ^= 0x81;
		assert_int_equal(hit_filter_parse(buf_bytes(&b), &h, &why), ENT_ESYNTAX);
		b.p[places[i]] ^= 0x81;
	}
	assert_int_equal(hit_filter_parse(buf_bytes(&b), &h, &why), ENT_OK);
	for (size_t n = 0; n < b.n; n += n < 200 ? 1 : 997)
		assert_int_equal(hit_filter_parse(bytes_of(b.p, n), &h, &why), ENT_ESYNTAX);
	memset(b.p + 32, 0, 32); /* identity for a key */
	assert_int_equal(hit_filter_parse(buf_bytes(&b), &h, &why), ENT_ESYNTAX);
	assert_int_equal(hit_filter_parse(bytes_of(b.p, HIT_FILTER_MAX + 1), &h, &why), ENT_ETOOBIG);
	buf_done(&b);
}

static void
test_a_filter_other_than_its_note_says_is_refused(void **state)
{
	struct hit_note note = { .agreement = "RAB-BRU-1", .epoch = 3, .rules = 7 };
	struct hit_filter_head h;
	struct ent_why why = { 0 };
	struct buf b;
	(void)state;
	(void)build(100, &b);
	note.bytes = b.n;
	crypto_sha256(buf_bytes(&b), note.sha256);
	assert_int_equal(hit_filter_check(&note, buf_bytes(&b), &h, &why), ENT_OK);
	for (size_t i = 0; i < b.n; i += 101) { /* any byte flipped */
		b.p[i] ^= 1;
		assert_int_equal(hit_filter_check(&note, buf_bytes(&b), &h, &why), ENT_EPEER);
		b.p[i] ^= 1;
	}
	note.epoch = 4;
	assert_int_equal(hit_filter_check(&note, buf_bytes(&b), &h, &why), ENT_EPEER);
	note.epoch = 3;
	note.rules = 8;
	assert_int_equal(hit_filter_check(&note, buf_bytes(&b), &h, &why), ENT_EPEER);
	note.rules = 7;
	note.bytes++;
	assert_int_equal(hit_filter_check(&note, buf_bytes(&b), &h, &why), ENT_EPEER);
	buf_done(&b);
}

static void
test_a_note_has_one_form(void **state)
{
	static const char good[] = "entente-filter-1\nagreement RAB-BRU-1\nannex A\nepoch 3\nrules 7\n"
	    "bytes 20000\n"
	    "quota-day 4000\nquota-epoch 120000\n"
	    "sha256 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";
	static const char *const bad[] = { "", "entente-filter-2\n", "entente-filter-1\nepoch 3\n" };
	struct hit_note n;
	struct ent_why why = { 0 };
	char text[sizeof good];
	(void)state;
	assert_int_equal(hit_note_parse(bytes_of_cstr(good), &n, &why), ENT_OK);
	assert_string_equal(n.agreement, "RAB-BRU-1");
	assert_string_equal(n.annex, "A");
	assert_int_equal(n.epoch, 3);
	assert_int_equal(n.quota_epoch, 120000);
	assert_int_equal(n.sha256[31], 31);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(hit_note_parse(bytes_of_cstr(bad[i]), &n, &why), ENT_ESYNTAX);
	for (size_t cut = 0; cut < sizeof good - 1; cut++)
		assert_int_equal(hit_note_parse(bytes_of(good, cut), &n, &why), ENT_ESYNTAX);
	memcpy(text, good, sizeof good);
	*strstr(text, "epoch 3") = 'E';
	assert_int_equal(hit_note_parse(bytes_of_cstr(text), &n, &why), ENT_ESYNTAX);
	memcpy(text, good, sizeof good);
	memcpy(strstr(text, "4000"), "0400", 4);
	assert_int_equal(hit_note_parse(bytes_of_cstr(text), &n, &why), ENT_ESYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_member_is_missed_and_strangers_do_not_pass),
		cmocka_unit_test(test_sixteen_bits_of_the_fingerprints_are_even),
		cmocka_unit_test(test_the_same_tags_in_any_order_give_the_same_bytes),
		cmocka_unit_test(test_sizes_stand_on_a_grid_that_blurs_growth),
		cmocka_unit_test(test_hostile_filters_are_refused_before_any_lookup),
		cmocka_unit_test(test_a_note_has_one_form),
		cmocka_unit_test(test_a_filter_other_than_its_note_says_is_refused),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
