/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_hex(const uint8_t *got, size_t n, const char *want)
{
	char text[HEX_SIZE(64)];
	hex_encode(bytes_of(got, n), text);
	assert_string_equal(text, want);
}

static void
test_hashes_agree_with_their_standards(void **state)
{
	(void)state;
	uint8_t out[64];
	crypto_sha256(bytes_of("abc", 3), out); /* FIPS 180-2 B.1 */
	assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256(bytes_of(NULL, 0), out);
	assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	crypto_sha512(bytes_of("abc", 3), out); /* FIPS 180-2 C.1 */
	assert_hex(out, 64, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	crypto_blake2b(bytes_of(NULL, 0), bytes_of("abc", 3), out, 64); /* RFC 7693 appendix A */
	assert_hex(out, 64, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
			    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

static void
test_parts_hash_as_their_concatenation(void **state)
{
	(void)state;
	static uint8_t data[2000];
	uint8_t whole[32], parts_hash[32];
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7);
	for (size_t cut = 0; cut <= sizeof data; cut += 125) {
		const struct bytes parts[] = { { data, cut }, { NULL, 0 },
			{ data + cut, sizeof data - cut } };
		crypto_sha256(bytes_of(data, sizeof data), whole);
		crypto_sha256_parts(parts, 3, parts_hash);
		assert_memory_equal(whole, parts_hash, 32);
		const struct bytes small[] = { { data, 1 }, { data + 1, cut / 8 } };
		crypto_sha256(bytes_of(data, 1 + cut / 8), whole);
		crypto_sha256_parts(small, 2, parts_hash);
		assert_memory_equal(whole, parts_hash, 32);
	}
}

/* s + L: the same signature for a lax verifier. */
static void
add_order(uint8_t s[static 32])
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c,
		0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
	unsigned carry = 0;
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)s[i] + order[i];
		s[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static void
test_signatures_are_verified_strictly(void **state)
{
	(void)state;
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK], sig[CRYPTO_SIG_LEN], bad[CRYPTO_SIG_LEN];
	struct bytes msg = bytes_of_cstr("message");
	crypto_ed25519_keypair(pk, sk);
	crypto_ed25519_sign(sk, msg, sig);
	assert_true(crypto_verify(pk, msg, sig));
	assert_false(crypto_verify(pk, bytes_of_cstr("massage"), sig));
	for (size_t i = 0; i < sizeof sig; i++) {
		memcpy(bad, sig, sizeof bad);
		bad[i] ^= 4;
		assert_false(crypto_verify(pk, msg, bad));
	}
	memcpy(bad, sig, sizeof bad);
	add_order(bad + 32);
	assert_false(crypto_verify(pk, msg, bad));
	/* small-order key: R = identity, S = 0 holds for any message with a lax verifier */
	static const uint8_t small[CRYPTO_SIGN_PK] = { 1 };
	static const uint8_t forged[CRYPTO_SIG_LEN] = { 1 };
	assert_false(crypto_verify(small, msg, forged));
}

static void
test_sealed_bytes_open_only_unchanged_and_with_their_context(void **state)
{
	(void)state;
	uint8_t key[CRYPTO_KEY_LEN], box[5 + CRYPTO_AEAD_OVERHEAD], out[5];
	struct bytes ad = bytes_of_cstr("row 7"), in = bytes_of_cstr("hello");
	crypto_random(key, sizeof key);
	crypto_seal(key, in, ad, box);
	struct bytes sealed = bytes_of(box, sizeof box);
	assert_int_equal(crypto_open(key, sealed, ad, out), ENT_OK);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(crypto_open(key, sealed, bytes_of_cstr("row 8"), out), ENT_ESIG);
	assert_int_equal(crypto_open(key, bytes_of(box, CRYPTO_AEAD_OVERHEAD - 1), ad, out), ENT_ESIG);
	for (size_t i = 0; i < sizeof box; i++) {
		box[i] ^= 1;
		assert_int_equal(crypto_open(key, sealed, ad, out), ENT_ESIG);
		box[i] ^= 1;
	}
}

static void
test_sealed_boxes_open_for_their_owner_alone(void **state)
{
	(void)state;
	uint8_t pk[CRYPTO_BOX_PK], sk[CRYPTO_BOX_SK], pk2[CRYPTO_BOX_PK], sk2[CRYPTO_BOX_SK];
	uint8_t box[5 + CRYPTO_BOX_OVERHEAD], out[5];
	crypto_sealbox_keypair(pk, sk);
	crypto_sealbox_keypair(pk2, sk2);
	assert_true(crypto_sealbox_pk_valid(pk));
	crypto_sealbox_seal(pk, bytes_of_cstr("hello"), box);
	assert_int_equal(crypto_sealbox_open(pk, sk, bytes_of(box, sizeof box), out), ENT_OK);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(crypto_sealbox_open(pk2, sk2, bytes_of(box, sizeof box), out), ENT_ESIG);
	assert_int_equal(crypto_sealbox_open(pk, sk, bytes_of(box, 47), out), ENT_ESIG);
	box[40] ^= 1;
	assert_int_equal(crypto_sealbox_open(pk, sk, bytes_of(box, sizeof box), out), ENT_ESIG);
}

static void
test_bad_box_keys_are_found(void **state)
{
	(void)state;
	uint8_t pk[CRYPTO_BOX_PK] = { 0 };
	assert_false(crypto_sealbox_pk_valid(pk)); /* order 1 or 4 */
	pk[0] = 1;
	assert_false(crypto_sealbox_pk_valid(pk));
	memset(pk, 0xff, sizeof pk);
	assert_false(crypto_sealbox_pk_valid(pk));
	pk[31] = 0x7f;
	assert_false(crypto_sealbox_pk_valid(pk)); /* 2^255 - 1 */
	pk[0] = 0xed + 9;
	assert_false(crypto_sealbox_pk_valid(pk)); /* p + 9, not canonical: 9 is the base point */
}

static void
test_passphrases_depend_on_salt_and_text(void **state)
{
	(void)state;
	uint8_t salt[CRYPTO_SALT_LEN] = { 1 }, a[32], b[32], c[32];
	assert_int_equal(crypto_argon2id(bytes_of_cstr("pass"), salt, a, sizeof a), ENT_OK);
	assert_int_equal(crypto_argon2id(bytes_of_cstr("past"), salt, b, sizeof b), ENT_OK);
	salt[0] = 2;
	assert_int_equal(crypto_argon2id(bytes_of_cstr("pass"), salt, c, sizeof c), ENT_OK);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(a, c, sizeof a);
}

static void
test_secrets_are_zero_at_first_and_compare_in_full(void **state)
{
	(void)state;
	uint8_t zero[64] = { 0 }, *p = crypto_secret_new(64);
	assert_true(crypto_equal(p, zero, 64));
	p[63] = 1;
	assert_false(crypto_equal(p, zero, 64));
	crypto_wipe(p, 64);
	assert_true(crypto_equal(p, zero, 64));
	crypto_secret_free(p);
	crypto_secret_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes_agree_with_their_standards),
		cmocka_unit_test(test_parts_hash_as_their_concatenation),
		cmocka_unit_test(test_signatures_are_verified_strictly),
		cmocka_unit_test(test_sealed_bytes_open_only_unchanged_and_with_their_context),
		cmocka_unit_test(test_sealed_boxes_open_for_their_owner_alone),
		cmocka_unit_test(test_bad_box_keys_are_found),
		cmocka_unit_test(test_passphrases_depend_on_salt_and_text),
		cmocka_unit_test(test_secrets_are_zero_at_first_and_compare_in_full),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
