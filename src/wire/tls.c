/* SPDX-License-Identifier: Apache-2.0
 *
 * The node's TLS key, and the check of a partner's certificates against the pinned identities.
 */
#include "wire/inner.h"

#include "crypto/cert.h"
#include "crypto/datum.h"

#include <gnutls/x509.h>
#include <string.h>

#define CHAIN_MAX 4 /* certificates that a caller may show */

/* One key with its chain; two are kept, so that a handshake keeps the one that it began with. */
struct generation {
	gnutls_x509_privkey_t raw; /* for libcurl's file */
	gnutls_privkey_t key;
	gnutls_pcert_st chain[2];  /* leaf, CA */
	unsigned certs;
	ent_time made;
};

struct wire_tls {
	wire_certify *certify;
	void *ctx;
	pthread_mutex_t lock;
	struct generation now, before;
};

static void
generation_done(struct generation *g)
{
	for (unsigned i = 0; i < g->certs; i++)
		gnutls_pcert_deinit(&g->chain[i]);
	if (g->key != NULL)
		gnutls_privkey_deinit(g->key);
	if (g->raw != NULL)
		gnutls_x509_privkey_deinit(g->raw);
	*g = (struct generation){ 0 };
}

static int
make_key(struct generation *g, struct buf *spki)
{
	gnutls_pubkey_t pub = NULL;
	gnutls_datum_t der = { 0 };
	int rc = gnutls_x509_privkey_init(&g->raw);
	if (rc >= 0)
		rc = gnutls_x509_privkey_generate(g->raw, GNUTLS_PK_EDDSA_ED25519, 0, 0);
	if (rc >= 0)
		rc = gnutls_privkey_init(&g->key);
	if (rc >= 0)
		rc = gnutls_privkey_import_x509(g->key, g->raw, 0);
	if (rc >= 0)
		rc = gnutls_pubkey_init(&pub);
	if (rc >= 0)
		rc = gnutls_pubkey_import_privkey(pub, g->key, 0, 0);
	if (rc >= 0)
		rc = gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &der);
	if (rc >= 0)
		buf_put(spki, der.data, der.size);
	gnutls_free(der.data);
	if (pub != NULL)
		gnutls_pubkey_deinit(pub);
	return rc;
}

static int
add_cert(struct generation *g, const struct buf *der)
{
	const gnutls_datum_t d = crypto_datum(der->p, der->n);
	int rc = gnutls_pcert_import_x509_raw(&g->chain[g->certs], &d, GNUTLS_X509_FMT_DER, 0);
	if (rc >= 0)
		g->certs++;
	return rc;
}

enum ent_err
wire_tls_renew(struct wire_tls *t, ent_time now, struct ent_why *why)
{
	struct generation g = { .made = now };
	struct buf spki, leaf, ca;
	buf_init(&spki, CERT_SPKI_MAX);
	buf_init(&leaf, CERT_MAX);
	buf_init(&ca, CERT_MAX);
	enum ent_err err = ENT_OK;
	int rc = make_key(&g, &spki);
	if (rc >= 0)
		err = t->certify(t->ctx, buf_bytes(&spki), now, &leaf, &ca, why);
	if (rc >= 0 && err == ENT_OK)
		rc = add_cert(&g, &leaf);
	if (rc >= 0 && err == ENT_OK)
		rc = add_cert(&g, &ca);
	if (rc < 0)
		err = ent_fail(ENT_EINTERNAL, why, "cannot make a TLS key: %s", gnutls_strerror(rc));
	buf_done(&spki);
	buf_done(&leaf);
	buf_done(&ca);
	if (err != ENT_OK) {
		generation_done(&g);
		return err;
	}
	pthread_mutex_lock(&t->lock);
	generation_done(&t->before);
	t->before = t->now;
	t->now = g;
	pthread_mutex_unlock(&t->lock);
	return ENT_OK;
}

enum ent_err
wire_tls_new(wire_certify *certify, void *ctx, ent_time now, struct wire_tls **out,
    struct ent_why *why)
{
	struct wire_tls *t = ent_alloc(sizeof *t);
	t->certify = certify;
	t->ctx = ctx;
	(void)pthread_mutex_init(&t->lock, NULL);
	enum ent_err err = wire_tls_renew(t, now, why);
	if (err != ENT_OK) {
		wire_tls_free(t);
		return err;
	}
	*out = t;
	return ENT_OK;
}

ent_time
wire_tls_made(struct wire_tls *t)
{
	pthread_mutex_lock(&t->lock);
	ent_time made = t->now.made;
	pthread_mutex_unlock(&t->lock);
	return made;
}

void
wire_tls_free(struct wire_tls *t)
{
	if (t == NULL)
		return;
	generation_done(&t->now);
	generation_done(&t->before);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

int
tls_retrieve(gnutls_session_t session, const gnutls_datum_t *ca, int ca_n,
    const gnutls_pk_algorithm_t *algos, int algos_n, gnutls_pcert_st **pcert, unsigned *pcert_n,
    gnutls_privkey_t *key)
{
	struct conn *c = gnutls_session_get_ptr(session);
	(void)ca;
	(void)ca_n;
	(void)algos;
	(void)algos_n;
	if (c == NULL || c->server->tls == NULL)
		return -1;
	struct wire_tls *t = c->server->tls;
	pthread_mutex_lock(&t->lock);
	*pcert = t->now.chain;
	*pcert_n = t->now.certs;
	*key = t->now.key;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

/* ---- the other side's --------------------------------------------------------------------------- */

/* The Ed25519 key of a CA certificate; false for any other. */
static bool
identity_of(const gnutls_datum_t *der, uint8_t identity[static CRYPTO_SIGN_PK])
{
	gnutls_x509_crt_t crt;
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	gnutls_datum_t x = { 0 }, y = { 0 };
	bool ok = false;
	if (der->size > CERT_MAX || gnutls_x509_crt_init(&crt) < 0)
		return false;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_x509_crt_get_pk_ecc_raw(crt, &curve, &x, &y) >= 0 &&
	    curve == GNUTLS_ECC_CURVE_ED25519 && x.size == CRYPTO_SIGN_PK) {
		memcpy(identity, x.data, CRYPTO_SIGN_PK);
		ok = true;
	}
	gnutls_free(x.data);
	gnutls_free(y.data);
	gnutls_x509_crt_deinit(crt);
	return ok;
}

/* Is the leaf signed by that identity, in date, for a client, and named for that code? */
static enum ent_err
check_leaf(gnutls_x509_crt_t leaf, gnutls_x509_trust_list_t trust, const char *code,
    struct ent_why *why)
{
	static const char client[] = GNUTLS_KP_TLS_WWW_CLIENT;
	char name[CERT_NAME_MAX];
	unsigned status = 0;
	cert_name(code, name);
	const gnutls_datum_t n = crypto_datum(name, 0), p = crypto_datum(client, 0);
	gnutls_typed_vdata_st want[] = {
		{ .type = GNUTLS_DT_DNS_HOSTNAME, .data = n.data, .size = 0 },
		{ .type = GNUTLS_DT_KEY_PURPOSE_OID, .data = p.data, .size = 0 },
	};
	int rc = gnutls_x509_trust_list_verify_crt2(trust, &leaf, 1, want, 2, 0, &status, NULL);
	if (rc < 0)
		return ent_fail(ENT_EPIN, why, "the certificate of %s does not verify: %s", code,
		    gnutls_strerror(rc));
	if (status != 0)
		return ent_fail(ENT_EPIN, why, "the certificate of %s does not verify: status %#x",
		    code, status);
	return ENT_OK;
}

static enum ent_err
check_signed(const gnutls_datum_t *leaf_der, const uint8_t identity[static CRYPTO_SIGN_PK],
    const char *code, struct ent_why *why)
{
	struct buf shell;
	gnutls_x509_crt_t leaf = NULL, anchor = NULL;
	gnutls_x509_trust_list_t trust = NULL;
	buf_init(&shell, CERT_MAX);
	enum ent_err err = cert_shell(code, identity, clock_now(), &shell, why);
	const gnutls_datum_t d = crypto_datum(shell.p, shell.n);
	if (err == ENT_OK &&
	    (leaf_der->size > CERT_MAX || gnutls_x509_crt_init(&leaf) < 0 ||
	        gnutls_x509_crt_init(&anchor) < 0 ||
	        gnutls_x509_crt_import(leaf, leaf_der, GNUTLS_X509_FMT_DER) < 0 ||
	        gnutls_x509_crt_import(anchor, &d, GNUTLS_X509_FMT_DER) < 0 ||
	        gnutls_x509_trust_list_init(&trust, 1) < 0 ||
	        gnutls_x509_trust_list_add_cas(trust, &anchor, 1, 0) < 1))
		err = ent_fail(ENT_EPIN, why, "a certificate of %s does not parse", code);
	if (err == ENT_OK)
		err = check_leaf(leaf, trust, code, why);
	if (trust != NULL)
		gnutls_x509_trust_list_deinit(trust, 0);
	if (anchor != NULL)
		gnutls_x509_crt_deinit(anchor);
	if (leaf != NULL)
		gnutls_x509_crt_deinit(leaf);
	buf_done(&shell);
	return err;
}

enum ent_err
tls_check_chain(const gnutls_datum_t *chain, unsigned n, const struct wire_app *app,
    char code[static CODE_MAX], struct ent_why *why)
{
	uint8_t identity[CRYPTO_SIGN_PK];
	char found[CODE_MAX] = { 0 };
	if (n < 2 || n > CHAIN_MAX)
		return ent_fail(ENT_EPIN, why, "a chain of %u certificates, not of leaf and identity",
		    n);
	if (!identity_of(&chain[1], identity))
		return ent_fail(ENT_EPIN, why, "the chain does not end in an Ed25519 identity");
	if (!app->partner(app->ctx, identity, found))
		return ent_fail(ENT_EPIN, why, "the caller's identity is no partner's");
	enum ent_err err = check_signed(&chain[0], identity, found, why);
	if (err == ENT_OK)
		memcpy(code, found, CODE_MAX);
	return err;
}

/* ---- files for libcurl -------------------------------------------------------------------------- */

static enum ent_err
put_pem(const char *label, const gnutls_datum_t *der, struct buf *pem, struct ent_why *why)
{
	gnutls_datum_t text = { 0 };
	int rc = gnutls_pem_base64_encode2(label, der, &text);
	if (rc < 0)
		return ent_fail(ENT_EINTERNAL, why, "cannot write PEM: %s", gnutls_strerror(rc));
	buf_put(pem, text.data, text.size);
	gnutls_free(text.data);
	return buf_err(pem) == ENT_OK ? ENT_OK : ent_fail(ENT_ETOOBIG, why, "PEM is too long");
}

enum ent_err
tls_shell(const char *code, const uint8_t identity[static CRYPTO_SIGN_PK], struct buf *pem,
    struct ent_why *why)
{
	struct buf der;
	buf_init(&der, CERT_MAX);
	enum ent_err err = cert_shell(code, identity, clock_now(), &der, why);
	const gnutls_datum_t d = crypto_datum(der.p, der.n);
	if (err == ENT_OK)
		err = put_pem("CERTIFICATE", &d, pem, why);
	buf_done(&der);
	return err;
}

enum ent_err
tls_export(struct wire_tls *t, struct buf *key, struct buf *chain, struct ent_why *why)
{
	gnutls_datum_t text = { 0 };
	enum ent_err err = ENT_OK;
	pthread_mutex_lock(&t->lock);
	int rc = gnutls_x509_privkey_export2_pkcs8(t->now.raw, GNUTLS_X509_FMT_PEM, NULL,
	    GNUTLS_PKCS_PLAIN, &text);
	if (rc < 0)
		err = ent_fail(ENT_EINTERNAL, why, "cannot export the TLS key: %s",
		    gnutls_strerror(rc));
	else
		buf_put(key, text.data, text.size);
	for (unsigned i = 0; i < t->now.certs && err == ENT_OK; i++)
		err = put_pem("CERTIFICATE", &t->now.chain[i].cert, chain, why);
	pthread_mutex_unlock(&t->lock);
	if (text.data != NULL)
		gnutls_memset(text.data, 0, text.size);
	gnutls_free(text.data);
	return err;
}
