/* SPDX-License-Identifier: Apache-2.0
 *
 * Signs whatever it is told with the keys of a node, as a service would that has taken its own software
 * apart: for tests of what an honest partner makes of it.  usage: sign-as NODE PASSPHRASE-FILE; each
 * line "TYP<TAB>PAYLOAD" on standard input is answered by one compact JWS.  "other-key<TAB>[ELEMENT, ...]"
 * is answered by {"elements", "proof"}: evaluated and proved, flawlessly, under a key that nobody published.
 */
#include "base/file.h"
#include "base/js.h"
#include "crypto/jws.h"
#include "crypto/oprf.h"
#include "keeper/keyfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
fail(const char *what, const struct ent_why *why)
{
	(void)fprintf(stderr, "sign-as: %s: %s\n", what, why->text);
	exit(1);
}

static void
read_whole(const char *path, size_t max, struct buf *out)
{
	struct ent_why why = { .text = "" };
	buf_init(out, max);
	if (file_read(path, out, &why) != ENT_OK)
		fail(path, &why);
}

static void
open_keys(const char *node, const char *passphrase, struct keyfile_keys *keys)
{
	struct ent_why why = { .text = "" };
	struct buf file, pass;
	char path[4096];
	(void)snprintf(path, sizeof path, "%s/keeper/" KEYFILE_NAME, node);
	read_whole(path, KEYFILE_SIZE, &file);
	read_whole(passphrase, 1024, &pass);
	while (pass.n > 0 && pass.p[pass.n - 1] == '\n')
		pass.n--;
	if (keyfile_open(buf_bytes(&file), buf_bytes(&pass), keys, &why) != ENT_OK)
		fail(path, &why);
	buf_done(&file);
	buf_done(&pass);
}

static enum jws_type
type_of(const char *typ)
{
	for (int t = 1; jws_typ((enum jws_type)t) != NULL; t++)
		if (strcmp(jws_typ((enum jws_type)t), typ) == 0)
			return (enum jws_type)t;
	return JWS_NONE;
}

static void
other_key(const char *payload)
{
	struct ent_why why = { .text = "not [ELEMENT, ...]" };
	uint8_t in[OPRF_BATCH_MAX * OPRF_ELEMENT], out[sizeof in], sk[OPRF_SCALAR], pk[OPRF_ELEMENT];
	uint8_t r[OPRF_SCALAR], proof[OPRF_PROOF], seed[32] = { 7 };
	char one[B64U_SIZE(OPRF_ELEMENT)];
	struct js *list = NULL, *answer = js_object(), *elements = js_array();
	struct buf text;
	size_t n = 0, len;
	buf_init(&text, JWS_MAX);
	if (js_parse(bytes_of_cstr(payload), JWS_MAX, &list, &why) != ENT_OK || js_len(list) > OPRF_BATCH_MAX ||
	    oprf_derive_key(OPRF_MODE_VERIFIABLE, seed, bytes_of("", 0), sk, pk) != ENT_OK)
		fail("other-key", &why);
	for (; n < js_len(list); n++) {
		uint8_t *from = in + n * OPRF_ELEMENT, *to = out + n * OPRF_ELEMENT;
		const char *e = js_str(js_at(list, n));
		if (e == NULL || b64u_decode(str_of(e), from, OPRF_ELEMENT, &len) != ENT_OK ||
		    len != OPRF_ELEMENT || oprf_evaluate(sk, from, to) != ENT_OK)
			fail("other-key", &why);
		b64u_encode(bytes_of(to, OPRF_ELEMENT), one);
		js_append_take(elements, js_new_str(one));
	}
	oprf_scalar_random(r);
	if (oprf_prove(sk, pk, in, out, n, r, proof) != ENT_OK)
		fail("other-key", &why);
	js_set_take(answer, "elements", elements);
	js_set_b64u(answer, "proof", bytes_of(proof, sizeof proof));
	js_write(answer, &text);
	(void)puts(buf_cstr(&text));
	(void)fflush(stdout);
	buf_done(&text);
	js_free(answer);
	js_free(list);
}

static void
sign_line(const struct keyfile_keys *keys, char *line)
{
	struct ent_why why = { .text = "not TYP<TAB>PAYLOAD" };
	char *payload = strchr(line, '\t');
	if (payload == NULL)
		fail("line", &why);
	*payload++ = '\0';
	if (strcmp(line, "other-key") == 0) {
		other_key(payload);
		return;
	}
	enum jws_type t = type_of(line);
	if (t == JWS_NONE)
		fail(line, &why);
	struct signer s = signer_of_key(jws_key_of(t) == JWS_KEY_IDENTITY ? keys->identity : keys->record);
	struct buf jws;
	buf_init(&jws, JWS_MAX);
	if (s.sign(s.ctx, t, bytes_of_cstr(payload), &jws, &why) != ENT_OK)
		fail(line, &why);
	(void)puts(buf_cstr(&jws));
	(void)fflush(stdout);
	buf_done(&jws);
}

int
main(int argc, char **argv)
{
	struct keyfile_keys keys;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	if (argc != 3 || crypto_init() != ENT_OK)
		return 2;
	open_keys(argv[1], argv[2], &keys);
	while ((n = getline(&line, &room, stdin)) > 0) {
		line[n - 1] = '\0';
		sign_line(&keys, line);
	}
	free(line);
	crypto_wipe(&keys, sizeof keys);
	return 0;
}
