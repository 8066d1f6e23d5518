/* SPDX-License-Identifier: Apache-2.0
 *
 * JWS compact serialisation with one header a type.  The signature is checked over the bytes that
 * came, and before the payload is parsed.
 */
#include "crypto/jws.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 128 /* bytes of a header in base64url, NUL included */
#define SIG_TEXT (B64U_SIZE(CRYPTO_SIG_LEN) - 1)

static const struct {
	const char *typ;
	enum jws_key key;
} types[] = {
#define TYPE(num, name, typ, key) [num] = { typ, JWS_KEY_##key },
#include "spec/registry/types.def"
#undef TYPE
};

const char *
jws_typ(enum jws_type t)
{
	return (size_t)t < sizeof types / sizeof types[0] ? types[t].typ : NULL;
}

enum jws_key
jws_key_of(enum jws_type t)
{
	if (jws_typ(t) == NULL)
		ENT_BUG("no such JWS type");
	return types[t].key;
}

/* The encoded header; returns its length. */
static size_t
header(enum jws_type t, char out[static HEADER_MAX])
{
	char json[HEADER_MAX * 3 / 4 - 1];
	if (jws_typ(t) == NULL)
		ENT_BUG("no such JWS type");
	int n = snprintf(json, sizeof json, "{\"alg\":\"EdDSA\",\"typ\":\"%s\"}", jws_typ(t));
	ENT_ASSERT(n > 0 && (size_t)n < sizeof json);
	b64u_encode(bytes_of(json, (size_t)n), out);
	return strlen(out);
}

void
jws_signing_input(enum jws_type t, struct bytes payload, struct buf *out)
{
	char h[HEADER_MAX];
	size_t n = header(t, h);
	buf_put(out, h, n);
	buf_putc(out, '.');
	buf_put_b64u(out, payload);
}

void
jws_finish(struct buf *out, const uint8_t sig[static CRYPTO_SIG_LEN])
{
	buf_putc(out, '.');
	buf_put_b64u(out, bytes_of(sig, CRYPTO_SIG_LEN));
}

static enum ent_err
sign_with_key(void *ctx, enum jws_type t, struct bytes payload, struct buf *out, struct ent_why *why)
{
	uint8_t sig[CRYPTO_SIG_LEN];
	size_t start = out->n;
	jws_signing_input(t, payload, out);
	if (buf_err(out) != ENT_OK)
		return ent_fail(ENT_ETOOBIG, why, "what is to be signed is too big");
	crypto_ed25519_sign(ctx, bytes_of(out->p + start, out->n - start), sig);
	jws_finish(out, sig);
	if (buf_err(out) != ENT_OK)
		return ent_fail(ENT_ETOOBIG, why, "what is to be signed is too big");
	return ENT_OK;
}

struct signer
signer_of_key(const uint8_t sk[static CRYPTO_SIGN_SK])
{
	/* ctx is void * for signers that have state; this one only reads. */
	union {
		const uint8_t *from;
		void *to;
	} key = { .from = sk };
	return (struct signer){ .sign = sign_with_key, .ctx = key.to };
}

struct parts {
	struct str input, payload; /* header.payload, payload */
	uint8_t sig[CRYPTO_SIG_LEN];
};

static enum ent_err
split(struct str compact, enum jws_type t, struct parts *out, struct ent_why *why)
{
	char h[HEADER_MAX];
	size_t n = header(t, h), got = 0;
	if (compact.n > JWS_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a JWS of %zu bytes, at most %zu are taken", compact.n,
		    JWS_MAX);
	if (compact.n < n + 1 || memcmp(compact.p, h, n) != 0 || compact.p[n] != '.')
		return ent_fail(ENT_ESYNTAX, why, "not a JWS with exactly the header of '%s'", jws_typ(t));
	struct str rest = { compact.p + n + 1, compact.n - n - 1 };
	if (rest.n < SIG_TEXT + 1 || rest.p[rest.n - SIG_TEXT - 1] != '.')
		return ent_fail(ENT_ESYNTAX, why, "a JWS has three parts, the last of 86 characters");
	struct str sig = { rest.p + rest.n - SIG_TEXT, SIG_TEXT };
	out->payload = (struct str){ rest.p, rest.n - SIG_TEXT - 1 };
	out->input = (struct str){ compact.p, compact.n - SIG_TEXT - 1 };
	if (b64u_decode(sig, out->sig, sizeof out->sig, &got) != ENT_OK || got != sizeof out->sig)
		return ent_fail(ENT_ESYNTAX, why, "the signature of a JWS is not base64url");
	return ENT_OK;
}

static enum ent_err
parse_payload(struct str payload, struct js **out, struct ent_why *why)
{
	size_t max = payload.n / 4 * 3 + 3, n = 0;
	struct js *j = NULL;
	uint8_t *raw = ent_alloc(max);
	enum ent_err err = b64u_decode(payload, raw, max, &n);
	if (err != ENT_OK) {
		err = ent_fail(ENT_ESYNTAX, why, "the payload of a JWS is not base64url");
		goto done;
	}
	err = js_parse(bytes_of(raw, n), JWS_MAX, &j, why);
	if (err == ENT_OK && !js_is_object(j)) {
		js_free(j);
		err = ent_fail(ENT_ESYNTAX, why, "the payload of a JWS is not an object");
	} else if (err == ENT_OK) {
		*out = j;
	}
done:
	free(raw);
	return err;
}

enum ent_err
jws_verify(struct str compact, enum jws_type t, const uint8_t pk[static CRYPTO_SIGN_PK],
    struct js **payload, struct ent_why *why)
{
	struct parts parts = { 0 };
	enum ent_err err = split(compact, t, &parts, why);
	if (err != ENT_OK)
		return err;
	if (!crypto_verify(pk, bytes_of(parts.input.p, parts.input.n), parts.sig))
		return ent_fail(ENT_ESIG, why, "the signature of '%s' does not verify", jws_typ(t));
	return parse_payload(parts.payload, payload, why);
}

enum ent_err
jws_peek(struct str compact, enum jws_type t, struct js **payload, struct ent_why *why)
{
	struct parts parts = { 0 };
	enum ent_err err = split(compact, t, &parts, why);
	return err != ENT_OK ? err : parse_payload(parts.payload, payload, why);
}

void
jws_hash(struct str compact, uint8_t out[static CRYPTO_HASH_LEN])
{
	crypto_sha256(bytes_of(compact.p, compact.n), out);
}
