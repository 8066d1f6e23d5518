/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"

#include <stdio.h>
#include <string.h>

#define SKEW_MAX (300 * ENT_SECOND)

enum ent_err
hello_write(const struct hello *h, const struct signer *signer, struct buf *jws,
    struct ent_why *why)
{
	struct js *p = js_object();
	struct buf text;
	buf_init(&text, 4096);
	js_set_str(p, "iss", h->from);
	js_set_str(p, "to", h->to);
	js_set_str(p, "agreement", h->agreement);
	js_set_int(p, "version", h->version);
	js_set_b64u(p, "nonce", bytes_of(h->nonce, sizeof h->nonce));
	js_set_b64u(p, "echo", bytes_of(h->echo, sizeof h->echo));
	js_set_int(p, "time", h->time);
	js_write(p, &text);
	enum ent_err err = signer->sign(signer->ctx, JWS_HELLO, buf_bytes(&text), jws, why);
	js_free(p);
	buf_done(&text);
	return err;
}

enum ent_err
hello_check(struct str jws, const uint8_t pk[static CRYPTO_SIGN_PK], const char *own_code,
    ent_time now, struct hello *out, struct ent_why *why)
{
	static const char *const known[] = { "iss", "to", "agreement", "version", "nonce", "echo", "time",
		NULL };
	struct js *p = NULL;
	struct hello h = { 0 };
	enum ent_err err = jws_verify(jws, JWS_HELLO, pk, &p, why);
	if (err != ENT_OK)
		return err;
	struct js_reader r = js_reader_of(p, "hello", why);
	(void)snprintf(h.from, sizeof h.from, "%s", js_want_str(&r, "iss", CODE_MAX - 1));
	(void)snprintf(h.to, sizeof h.to, "%s", js_want_str(&r, "to", CODE_MAX - 1));
	(void)snprintf(h.agreement, sizeof h.agreement, "%s",
	    js_want_str(&r, "agreement", AGREEMENT_MAX - 1));
	h.version = js_want_int(&r, "version", 1, 1000);
	js_want_b64u(&r, "nonce", h.nonce, sizeof h.nonce);
	js_want_b64u(&r, "echo", h.echo, sizeof h.echo);
	h.time = js_want_int(&r, "time", 0, INT64_MAX / 2);
	js_only(&r, known);
	err = r.err;
	if (err == ENT_OK && strcmp(h.to, own_code) != 0)
		err = ent_fail(ENT_EPIN, why, "the hello is for %s, this is %s", h.to, own_code);
	if (err == ENT_OK && (h.time > now + SKEW_MAX || h.time < now - SKEW_MAX))
		err = ent_fail(ENT_EPEER, why, "the two nodes' clocks differ by more than five minutes; set "
		    "them right");
	if (err == ENT_OK)
		*out = h;
	js_free(p);
	return err;
}
