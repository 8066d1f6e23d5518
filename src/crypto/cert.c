/* SPDX-License-Identifier: Apache-2.0
 *
 * X.509 over GnuTLS.  One struct holds what a certificate is made of; each GnuTLS call is a row of a
 * sticky sequence, so that a failure is reported once.
 */
#include "crypto/cert.h"

#include "base/time.h"
#include "crypto/datum.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#define KEY_ID_LEN 20
#define SERIAL_LEN 16
#define CA_DAYS 3650

void
cert_name(const char *code, char out[static CERT_NAME_MAX])
{
	char lower[CERT_CODE_MAX] = { 0 };
	for (size_t i = 0; code[i] != '\0' && i + 1 < sizeof lower; i++)
		lower[i] = code[i] >= 'A' && code[i] <= 'Z' ? (char)(code[i] - 'A' + 'a') : code[i];
	(void)snprintf(out, CERT_NAME_MAX, "%s.entente.invalid", lower);
}

static void
key_id(const uint8_t pk[static CRYPTO_SIGN_PK], uint8_t out[static KEY_ID_LEN])
{
	uint8_t hash[CRYPTO_HASH_LEN];
	crypto_sha256(bytes_of(pk, CRYPTO_SIGN_PK), hash);
	memcpy(out, hash, KEY_ID_LEN);
}

struct making {
	gnutls_x509_crt_t crt;
	int rc; /* sticky: the first failure stays */
};

static void
step(struct making *m, int rc)
{
	if (m->rc == 0 && rc < 0)
		m->rc = rc;
}

static enum ent_err
import_private(const uint8_t sk[static CRYPTO_SIGN_SK], gnutls_x509_privkey_t *out)
{
	/* libsodium: seed || pk */
	const gnutls_datum_t x = crypto_datum(sk + 32, 32), k = crypto_datum(sk, 32);
	if (gnutls_x509_privkey_init(out) < 0)
		return ENT_EINTERNAL;
	if (gnutls_x509_privkey_import_ecc_raw(*out, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k) < 0) {
		gnutls_x509_privkey_deinit(*out);
		return ENT_EINTERNAL;
	}
	return ENT_OK;
}

/* Version, serial, names, time, key identifiers: what all three have. */
static struct making
begin(const char *cn, const uint8_t identity[static CRYPTO_SIGN_PK], ent_time from, int64_t days)
{
	struct making m = { 0 };
	uint8_t serial[SERIAL_LEN], id[KEY_ID_LEN];
	step(&m, gnutls_x509_crt_init(&m.crt));
	if (m.rc < 0)
		return m;
	crypto_random(serial, sizeof serial);
	serial[0] = (serial[0] & 0x3f) | 0x40; /* positive, and never shorter */
	key_id(identity, id);
	step(&m, gnutls_x509_crt_set_version(m.crt, 3));
	step(&m, gnutls_x509_crt_set_serial(m.crt, serial, sizeof serial));
	step(&m, gnutls_x509_crt_set_dn_by_oid(m.crt, GNUTLS_OID_X520_COMMON_NAME, 0, cn,
	    (unsigned)strlen(cn)));
	step(&m, gnutls_x509_crt_set_activation_time(m.crt, (time_t)(from / ENT_SECOND)));
	step(&m, gnutls_x509_crt_set_expiration_time(m.crt,
	    (time_t)((from + days * ENT_DAY) / ENT_SECOND)));
	step(&m, gnutls_x509_crt_set_authority_key_id(m.crt, id, sizeof id));
	return m;
}

static void
make_ca(struct making *m, const uint8_t pk[static CRYPTO_SIGN_PK])
{
	const gnutls_datum_t x = crypto_datum(pk, CRYPTO_SIGN_PK);
	gnutls_pubkey_t pub = NULL;
	uint8_t id[KEY_ID_LEN];
	key_id(pk, id);
	step(m, gnutls_pubkey_init(&pub));
	if (m->rc < 0)
		return;
	step(m, gnutls_pubkey_import_ecc_raw(pub, GNUTLS_ECC_CURVE_ED25519, &x, NULL));
	step(m, gnutls_x509_crt_set_pubkey(m->crt, pub));
	step(m, gnutls_x509_crt_set_basic_constraints(m->crt, 1, 0));
	step(m, gnutls_x509_crt_set_key_usage(m->crt, GNUTLS_KEY_KEY_CERT_SIGN));
	step(m, gnutls_x509_crt_set_subject_key_id(m->crt, id, sizeof id));
	gnutls_pubkey_deinit(pub);
}

/* Sign and append as DER; frees the certificate either way. */
static enum ent_err
finish(struct making *m, gnutls_x509_crt_t issuer, gnutls_x509_privkey_t key, struct buf *out,
    struct ent_why *why)
{
	gnutls_datum_t der = { 0 };
	step(m, gnutls_x509_crt_sign2(m->crt, issuer != NULL ? issuer : m->crt, key, GNUTLS_DIG_SHA512,
	    0));
	step(m, m->rc < 0 ? m->rc : gnutls_x509_crt_export2(m->crt, GNUTLS_X509_FMT_DER, &der));
	if (m->rc >= 0)
		buf_put(out, der.data, der.size);
	gnutls_free(der.data);
	gnutls_x509_crt_deinit(m->crt);
	if (m->rc < 0)
		return ent_fail(ENT_EINTERNAL, why, "cannot make a certificate: %s",
		    gnutls_strerror(m->rc));
	return buf_err(out) == ENT_OK ? ENT_OK : ent_fail(ENT_ETOOBIG, why, "a certificate is too big");
}

static void
ca_name(const char *code, char out[static CERT_NAME_MAX])
{
	char name[CERT_NAME_MAX];
	cert_name(code, name);
	(void)snprintf(out, CERT_NAME_MAX, "ca.%.36s", name);
}

static enum ent_err
ca_signed_by(const char *code, const uint8_t pk[static CRYPTO_SIGN_PK],
    const uint8_t signer[static CRYPTO_SIGN_SK], ent_time now, struct buf *out, struct ent_why *why)
{
	char cn[CERT_NAME_MAX];
	gnutls_x509_privkey_t key;
	if (import_private(signer, &key) != ENT_OK)
		return ent_fail(ENT_EINTERNAL, why, "GnuTLS does not take the key");
	ca_name(code, cn);
	struct making m = begin(cn, pk, now - ENT_DAY, CA_DAYS);
	make_ca(&m, pk);
	enum ent_err err = finish(&m, NULL, key, out, why);
	gnutls_x509_privkey_deinit(key);
	return err;
}

enum ent_err
cert_ca(const char *code, const uint8_t sk[static CRYPTO_SIGN_SK], ent_time now, struct buf *out,
    struct ent_why *why)
{
	return ca_signed_by(code, sk + 32, sk, now, out, why);
}

enum ent_err
cert_shell(const char *code, const uint8_t pk[static CRYPTO_SIGN_PK], ent_time now, struct buf *out,
    struct ent_why *why)
{
	uint8_t nobody_pk[CRYPTO_SIGN_PK], nobody_sk[CRYPTO_SIGN_SK];
	crypto_ed25519_keypair(nobody_pk, nobody_sk);
	enum ent_err err = ca_signed_by(code, pk, nobody_sk, now, out, why);
	crypto_wipe(nobody_sk, sizeof nobody_sk);
	return err;
}

/* The public key of the leaf; Ed25519 or P-256 alone. */
static enum ent_err
import_spki(struct bytes spki, gnutls_pubkey_t *out, struct ent_why *why)
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	const gnutls_datum_t der = crypto_datum(spki.p, spki.n);
	gnutls_pubkey_t pub;
	if (spki.n == 0 || spki.n > CERT_SPKI_MAX)
		return ent_fail(ENT_EFIELD, why, "a public key of %zu bytes", spki.n);
	if (gnutls_pubkey_init(&pub) < 0)
		return ent_fail(ENT_EINTERNAL, why, "no memory for a public key");
	if (gnutls_pubkey_import(pub, &der, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_pubkey_export_ecc_raw(pub, &curve, NULL, NULL) < 0 ||
	    (curve != GNUTLS_ECC_CURVE_ED25519 && curve != GNUTLS_ECC_CURVE_SECP256R1)) {
		gnutls_pubkey_deinit(pub);
		return ent_fail(ENT_EFIELD, why, "the TLS key is neither Ed25519 nor P-256");
	}
	*out = pub;
	return ENT_OK;
}

/* GnuTLS finds the signer of a certificate only if the issuer was imported, not made. */
static enum ent_err
import_ca(const char *code, const uint8_t sk[static CRYPTO_SIGN_SK], ent_time now,
    gnutls_x509_crt_t *out, struct ent_why *why)
{
	struct buf der;
	buf_init(&der, CERT_MAX);
	enum ent_err err = cert_ca(code, sk, now, &der, why);
	const gnutls_datum_t in = crypto_datum(der.p, der.n);
	if (err == ENT_OK && gnutls_x509_crt_init(out) < 0)
		err = ent_fail(ENT_EINTERNAL, why, "no memory for a certificate");
	else if (err == ENT_OK && gnutls_x509_crt_import(*out, &in, GNUTLS_X509_FMT_DER) < 0) {
		gnutls_x509_crt_deinit(*out);
		err = ent_fail(ENT_EINTERNAL, why, "the CA certificate does not import");
	}
	buf_done(&der);
	return err;
}

enum ent_err
cert_leaf(const char *code, const uint8_t sk[static CRYPTO_SIGN_SK], struct bytes spki, ent_time now,
    struct buf *out, struct ent_why *why)
{
	char cn[CERT_NAME_MAX];
	gnutls_x509_crt_t ca = NULL;
	gnutls_x509_privkey_t key = NULL;
	gnutls_pubkey_t pub = NULL;
	cert_name(code, cn);
	enum ent_err err = import_spki(spki, &pub, why);
	if (err != ENT_OK)
		return err;
	err = import_private(sk, &key);
	if (err != ENT_OK)
		goto out_pub;
	err = import_ca(code, sk, now, &ca, why);
	if (err != ENT_OK)
		goto out_key;
	struct making m = begin(cn, sk + 32, now - ENT_HOUR, CERT_LEAF_DAYS);
	step(&m, gnutls_x509_crt_set_pubkey(m.crt, pub));
	step(&m, gnutls_x509_crt_set_basic_constraints(m.crt, 0, -1));
	step(&m, gnutls_x509_crt_set_key_usage(m.crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
	step(&m, gnutls_x509_crt_set_subject_alt_name(m.crt, GNUTLS_SAN_DNSNAME, cn,
	    (unsigned)strlen(cn), GNUTLS_FSAN_SET));
	step(&m, gnutls_x509_crt_set_key_purpose_oid(m.crt, GNUTLS_KP_TLS_WWW_SERVER, 0));
	step(&m, gnutls_x509_crt_set_key_purpose_oid(m.crt, GNUTLS_KP_TLS_WWW_CLIENT, 0));
	err = finish(&m, ca, key, out, why);
	gnutls_x509_crt_deinit(ca);
out_key:
	gnutls_x509_privkey_deinit(key);
out_pub:
	gnutls_pubkey_deinit(pub);
	return err;
}
