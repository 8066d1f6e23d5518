/* SPDX-License-Identifier: Apache-2.0
 *
 * [ENV-16] [ENV-17] A leaf made by one side is accepted by the other, which has nothing but the pinned identity key.
 * spec/vectors/envelope.json, "certificates": what a leaf says, and leaves that openssl made.
 */
#include "crypto/cert.h"
#include "vectors_fixture.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW ((ent_time)1795000000 * ENT_SECOND)

static void
make_spki(gnutls_pk_algorithm_t algorithm, unsigned bits, struct buf *out)
{
	gnutls_x509_privkey_t key;
	gnutls_privkey_t abstract;
	gnutls_pubkey_t pub;
	gnutls_datum_t der;
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, algorithm, bits, 0), 0);
	assert_int_equal(gnutls_privkey_init(&abstract), 0);
	assert_int_equal(gnutls_privkey_import_x509(abstract, key, 0), 0);
	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(pub, abstract, 0, 0), 0);
	assert_int_equal(gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &der), 0);
	buf_reset(out);
	buf_put(out, der.data, der.size);
	gnutls_free(der.data);
	gnutls_pubkey_deinit(pub);
	gnutls_privkey_deinit(abstract);
	gnutls_x509_privkey_deinit(key);
}

static gnutls_x509_crt_t
import(const struct buf *b)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t der = { b->p, (unsigned)b->n };
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER), 0);
	return crt;
}

/* The verdict on leaf for that host name, with anchor alone trusted. */
static unsigned
verdict(const struct buf *anchor, const struct buf *leaf, const char *host)
{
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t ca = import(anchor), crt = import(leaf);
	unsigned status = 0;
	gnutls_typed_vdata_st data = { .type = GNUTLS_DT_DNS_HOSTNAME };
	char name[CERT_NAME_MAX];
	(void)snprintf(name, sizeof name, "%s", host);
	data.data = (unsigned char *)name;
	assert_int_equal(gnutls_x509_trust_list_init(&list, 0), 0);
	assert_int_equal(gnutls_x509_trust_list_add_cas(list, &ca, 1, 0), 1);
	assert_int_equal(gnutls_x509_trust_list_verify_crt2(list, &crt, 1, &data, 1,
		GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status, NULL), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_trust_list_deinit(list, 1);
	return status;
}

struct fixture {
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK], other_pk[CRYPTO_SIGN_PK],
	    other_sk[CRYPTO_SIGN_SK];
	struct buf spki, leaf, ca, shell, other_shell;
	struct ent_why why;
};

static void
make(struct fixture *f)
{
	crypto_ed25519_keypair(f->pk, f->sk);
	crypto_ed25519_keypair(f->other_pk, f->other_sk);
	buf_init(&f->spki, CERT_SPKI_MAX);
	buf_init(&f->leaf, CERT_MAX);
	buf_init(&f->ca, CERT_MAX);
	buf_init(&f->shell, CERT_MAX);
	buf_init(&f->other_shell, CERT_MAX);
	make_spki(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), &f->spki);
	assert_int_equal(cert_leaf("RAB", f->sk, buf_bytes(&f->spki), NOW, &f->leaf, &f->why), ENT_OK);
	assert_int_equal(cert_ca("RAB", f->sk, NOW, &f->ca, &f->why), ENT_OK);
	assert_int_equal(cert_shell("RAB", f->pk, NOW, &f->shell, &f->why), ENT_OK);
	assert_int_equal(cert_shell("RAB", f->other_pk, NOW, &f->other_shell, &f->why), ENT_OK);
}

static void
done(struct fixture *f)
{
	buf_done(&f->spki);
	buf_done(&f->leaf);
	buf_done(&f->ca);
	buf_done(&f->shell);
	buf_done(&f->other_shell);
}

static void
test_a_leaf_verifies_under_the_shell_of_its_identity_alone(void **state)
{
	(void)state;
	struct fixture f;
	make(&f);
	assert_int_equal(verdict(&f.shell, &f.leaf, "rab.entente.invalid"), 0);
	assert_int_equal(verdict(&f.ca, &f.leaf, "rab.entente.invalid"), 0);
	assert_int_not_equal(verdict(&f.other_shell, &f.leaf, "rab.entente.invalid"), 0);
	assert_int_not_equal(verdict(&f.shell, &f.leaf, "bru.entente.invalid"), 0);
	done(&f);
}

static void
test_a_leaf_cannot_issue(void **state)
{
	(void)state;
	struct fixture f;
	unsigned critical = 0, ca = 1;
	int pathlen = 0;
	make(&f);
	gnutls_x509_crt_t crt = import(&f.leaf);
	(void)gnutls_x509_crt_get_basic_constraints(crt, &critical, &ca, &pathlen);
	assert_int_equal(ca, 0);
	assert_int_equal(gnutls_x509_crt_get_expiration_time(crt) -
		gnutls_x509_crt_get_activation_time(crt), CERT_LEAF_DAYS * 24 * 3600);
	gnutls_x509_crt_deinit(crt);
	done(&f);
}

static void
bytes_at(const struct js *v, const char *key, struct buf *out)
{
	uint8_t raw[CERT_MAX];
	size_t n = 0;
	assert_int_equal(b64u_decode(str_of(js_get_str(v, key)), raw, sizeof raw, &n), ENT_OK);
	buf_init(out, CERT_MAX);
	buf_put(out, raw, n);
}

static void
test_leaves_of_another_hand_are_held_against_the_pinned_identity(void **state)
{
	(void)state;
	struct js *all = vectors_read("envelope"), *v = js_get(all, "certificates"), *seen = js_get(v, "seen");
	struct buf pk, shell;
	struct ent_why why;
	bytes_at(v, "identity", &pk);
	buf_init(&shell, CERT_MAX);
	assert_int_equal(cert_shell(js_get_str(v, "code"), pk.p, NOW, &shell, &why), ENT_OK);
	assert_true(js_len(seen) > 3);
	for (size_t i = 0; i < js_len(seen); i++) {
		const struct js *row = js_at(seen, i);
		struct buf leaf;
		bytes_at(row, "der", &leaf);
		bool ok = verdict(&shell, &leaf, "rab.entente.invalid") == 0;
		if (ok != (strcmp(js_get_str(row, "result"), "OK") == 0))
			fail_msg("[%s] %s", js_get_str(row, "id"), js_get_str(row, "why"));
		buf_done(&leaf);
	}
	buf_done(&shell);
	buf_done(&pk);
	js_free(all);
}

static void
assert_says(const char *key, const struct js *want, const char *got, size_t n)
{
	const char *text = js_get_str(want, key);
	if (strlen(text) != n || memcmp(text, got, n) != 0)
		fail_msg("%s is '%.*s', not '%s'", key, (int)n, got, text);
}

static void
test_a_leaf_says_what_the_vector_says(void **state)
{
	(void)state;
	struct js *all = vectors_read("envelope"), *v = js_get(all, "certificates"), *want = js_get(v, "leaf");
	uint8_t sk[CRYPTO_SIGN_SK], id[64];
	char text[128], hex[2 * 20 + 1];
	struct buf spki, leaf, identity;
	struct ent_why why;
	size_t n = sizeof text;
	bytes_at(v, "spki", &spki);
	bytes_at(v, "identity", &identity);
	memset(sk, 11, sizeof sk - CRYPTO_SIGN_PK); /* the vector's seed, and behind it the public key */
	memcpy(sk + sizeof sk - CRYPTO_SIGN_PK, identity.p, CRYPTO_SIGN_PK);
	buf_init(&leaf, CERT_MAX);
	assert_int_equal(cert_leaf(js_get_str(v, "code"), sk, buf_bytes(&spki), NOW, &leaf, &why), ENT_OK);
	gnutls_x509_crt_t crt = import(&leaf);
	assert_int_equal(gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &n), 0);
	assert_says("cn", want, text, n);
	n = sizeof text;
	assert_int_equal(gnutls_x509_crt_get_issuer_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &n), 0);
	assert_says("issuer", want, text, n);
	n = sizeof text;
	assert_int_equal(gnutls_x509_crt_get_subject_alt_name(crt, 0, text, &n, NULL), GNUTLS_SAN_DNSNAME);
	assert_says("dns", want, text, n);
	n = sizeof id;
	assert_int_equal(gnutls_x509_crt_get_authority_key_id(crt, id, &n, NULL), 0);
	assert_int_equal(n, 20);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", id[i]);
	assert_says("key_id", want, hex, 40);
	for (unsigned i = 0; i < js_len(js_get(want, "purposes")); i++) {
		n = sizeof text;
		assert_int_equal(gnutls_x509_crt_get_key_purpose_oid(crt, i, text, &n, NULL), 0);
		bool found = false;
		for (size_t k = 0; k < 2; k++)
			found = found || strcmp(text, js_str(js_at(js_get(want, "purposes"), k))) == 0;
		assert_true(found);
	}
	gnutls_x509_crt_deinit(crt);
	buf_done(&leaf);
	buf_done(&spki);
	buf_done(&identity);
	js_free(all);
}

static void
test_keys_of_two_kinds_alone_are_certified(void **state)
{
	(void)state;
	struct fixture f;
	make(&f);
	make_spki(GNUTLS_PK_EDDSA_ED25519, 256, &f.spki);
	buf_reset(&f.leaf);
	assert_int_equal(cert_leaf("RAB", f.sk, buf_bytes(&f.spki), NOW, &f.leaf, &f.why), ENT_OK);
	assert_int_equal(verdict(&f.shell, &f.leaf, "rab.entente.invalid"), 0);
	make_spki(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), &f.spki);
	assert_int_equal(cert_leaf("RAB", f.sk, buf_bytes(&f.spki), NOW, &f.leaf, &f.why), ENT_EFIELD);
	assert_int_equal(cert_leaf("RAB", f.sk, bytes_of("x", 1), NOW, &f.leaf, &f.why), ENT_EFIELD);
	assert_int_equal(cert_leaf("RAB", f.sk, bytes_of(NULL, 0), NOW, &f.leaf, &f.why), ENT_EFIELD);
	done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_leaf_verifies_under_the_shell_of_its_identity_alone),
		cmocka_unit_test(test_a_leaf_cannot_issue),
		cmocka_unit_test(test_a_leaf_says_what_the_vector_says),
		cmocka_unit_test(test_leaves_of_another_hand_are_held_against_the_pinned_identity),
		cmocka_unit_test(test_keys_of_two_kinds_alone_are_certified),
	};
	if (crypto_init() != ENT_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
