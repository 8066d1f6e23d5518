/* SPDX-License-Identifier: Apache-2.0
 *
 * First byte: bit 0 signs the payload and its digests as a signer gone bad would.  The rest: a
 * compact JWS, then disclosures, parted by "~".
 */
#include "crypto/sdjwt.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t sk[CRYPTO_SIGN_SK] = { 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84,
	0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b,
	0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60, 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b,
	0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02,
	0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a }; /* RFC 8032 section 7.1, test 1 */

static struct js *
disclosures_of(const char *text)
{
	struct js *list = js_array();
	for (const char *at = strchr(text, '~'); at != NULL && at[1] != '\0'; at = strchr(at + 1, '~')) {
		size_t n = strcspn(at + 1, "~");
		if (!utf8_valid(bytes_of(at + 1, n)) || js_len(list) > SDJWT_DISCLOSURES_MAX)
			break;
		js_append_take(list, js_new_strn(at + 1, n));
	}
	return list;
}

static void
add_digests(struct js *payload, const struct js *disclosures)
{
	char digest[B64U_SIZE(CRYPTO_HASH_LEN)];
	struct js *sd = js_get(payload, "_sd");
	if (!js_is_array(sd)) {
		sd = js_array();
		js_set_take(payload, "_sd", sd);
	}
	for (size_t i = 0; i < js_len(disclosures); i++) {
		sdjwt_digest(js_str(js_at(disclosures, i)), digest);
		js_append_take(sd, js_new_str(digest));
	}
}

/* Signed by us it must verify, and open to the same whatever the order of the digests. */
static void
sign_and_open(struct js *payload, const struct js *disclosures)
{
	struct signer signer = signer_of_key(sk);
	struct js *verified = NULL, *out = NULL;
	struct ent_why why;
	struct buf text, jws;
	buf_init(&text, JWS_MAX * 2);
	buf_init(&jws, JWS_MAX * 2);
	js_write(payload, &text);
	if (signer.sign(signer.ctx, JWS_ENTRY, buf_bytes(&text), &jws, &why) == ENT_OK &&
	    jws.n <= JWS_MAX) {
		struct str compact = { (const char *)jws.p, jws.n };
		if (jws_verify(compact, JWS_ENTRY, sk + 32, &verified, &why) != ENT_OK)
			abort();
		if (sdjwt_open(verified, disclosures, &out, &why) == ENT_OK &&
		    (js_get(out, "_sd") != NULL || js_get(out, "_sd_alg") != NULL))
			abort();
	}
	js_free(out);
	js_free(verified);
	buf_done(&jws);
	buf_done(&text);
}

static void
hide_and_open(const struct js *claims)
{
	struct js *payload = js_object(), *disclosures = js_array(), *value, *out = NULL;
	const char *key;
	struct ent_why why;
	for (void *it = NULL; (it = js_each(claims, it, &key, &value)) != NULL;)
		sdjwt_hide_take(payload, disclosures, key, js_copy(value));
	sdjwt_seal(payload);
	if (sdjwt_open(payload, disclosures, &out, &why) == ENT_OK && !js_equal(out, claims))
		abort();
	js_free(out);
	js_free(payload);
	js_free(disclosures);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ent_why why;
	struct js *payload = NULL;
	if (size < 1 || memchr(data, '\0', size) != NULL)
		return 0;
	/* Exactly as long as it is, so that a byte too far is seen. */
	struct str in = { (const char *)data + 1, size - 1 };
	for (int t = JWS_CARD; jws_typ((enum jws_type)t) != NULL; t++) {
		const char *tilde = in.n == 0 ? NULL : memchr(in.p, '~', in.n);
		struct str compact = { in.p, tilde == NULL ? in.n : (size_t)(tilde - in.p) };
		if (jws_verify(compact, (enum jws_type)t, sk + 32, &payload, &why) == ENT_OK)
			js_free(payload);
		if (jws_peek(compact, (enum jws_type)t, &payload, &why) != ENT_OK)
			continue;
		char *text = ent_alloc(size);
		memcpy(text, in.p, in.n);
		struct js *disclosures = disclosures_of(text);
		if ((data[0] & 1) != 0)
			add_digests(payload, disclosures);
		if ((data[0] & 2) != 0)
			hide_and_open(payload);
		sign_and_open(payload, disclosures);
		js_free(disclosures);
		js_free(payload);
		free(text);
	}
	return 0;
}
