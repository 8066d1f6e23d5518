/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that is signed.  The keeper parses or builds what it signs: it is no oracle.
 */
#include "base/arena.h"
#include "base/js.h"
#include "crypto/cert.h"
#include "crypto/jws.h"
#include "keeper/keeper.h"
#include "keeper/server.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ent_err
malformed(struct job *j)
{
	return ent_fail(ENT_ESYNTAX, &j->why, "a malformed message to the keeper");
}

static bool
is_text(const struct js *obj, const char *key, const char *want)
{
	const char *s = js_get_str(obj, key);
	return s != NULL && strcmp(s, want) == 0;
}

static bool
is_key(const struct js *obj, const char *key, const uint8_t pk[static CRYPTO_SIGN_PK])
{
	char text[B64U_SIZE(CRYPTO_SIGN_PK)];
	b64u_encode(bytes_of(pk, CRYPTO_SIGN_PK), text);
	return is_text(obj, key, text);
}

static enum ent_err
check_payload(const struct keyfile_keys *keys, enum jws_type t, struct bytes payload,
    struct ent_why *why)
{
	struct js *j = NULL;
	if (jws_typ(t) == NULL || t == JWS_CONSENT)
		return ent_refuse(ENT_EREFUSED, why, "keeper/type", "the keeper does not sign this type");
	enum ent_err err = js_parse(payload, KEEPER_PAYLOAD_MAX, &j, why);
	if (err != ENT_OK)
		return err;
	if (!is_text(j, "iss", keys->code))
		err = ent_refuse(ENT_EREFUSED, why, "keeper/iss",
		    "the issuer of what is signed here is '%s'", keys->code);
	else if (t == JWS_CARD && (!is_key(j, "identity", keys->identity + 32) ||
		     !is_key(j, "record", keys->record + 32) ||
		     !is_key(j, "checkpoint", keys->checkpoint + 32) ||
		     !is_text(j, "service", keys->service)))
		err = ent_refuse(ENT_EREFUSED, why, "keeper/card",
		    "a card holds the keeper's own keys and the service's name");
	js_free(j);
	return err;
}

static const uint8_t *
key_for(const struct keyfile_keys *keys, enum jws_type t)
{
	return jws_key_of(t) == JWS_KEY_IDENTITY ? keys->identity : keys->record;
}

static enum ent_err
sign_payload(struct server *s, struct job *j, enum jws_type t, struct bytes payload,
    struct cursor *out)
{
	struct buf input;
	uint8_t sig[CRYPTO_SIG_LEN];
	enum ent_err err = check_payload(s->keys, t, payload, &j->why);
	if (err != ENT_OK)
		return err;
	buf_init(&input, JWS_MAX + 256);
	jws_signing_input(t, payload, &input);
	if (buf_err(&input) != ENT_OK) {
		err = ent_fail(ENT_ETOOBIG, &j->why, "what is to be signed is too big");
	} else {
		crypto_ed25519_sign(key_for(s->keys, t), buf_bytes(&input), sig);
		cur_put(out, sig, sizeof sig);
	}
	buf_done(&input);
	return err;
}

enum ent_err
work_sign(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	uint32_t t = cur_get_u32(in);
	struct bytes payload = cur_get_var(in, FRAME_PAYLOAD);
	if (!cur_done(in))
		return malformed(j);
	return sign_payload(s, j, (enum jws_type)t, payload, out);
}

/* The node might change the file while it is read: what was read is what is parsed and signed. */
static bool
read_passed(int fd, uint8_t *out, size_t n)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(fd, out + at, n - at, (off_t)at);
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

enum ent_err
work_sign_file(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	uint32_t t = cur_get_u32(in), n = cur_get_u32(in);
	if (!cur_done(in) || j->passed_fd < 0 || n == 0)
		return malformed(j);
	if (n > KEEPER_PAYLOAD_MAX)
		return ent_fail(ENT_ETOOBIG, &j->why, "%u bytes to sign, at most %zu are taken",
		    (unsigned)n, KEEPER_PAYLOAD_MAX);
	uint8_t *payload = ent_alloc(n);
	enum ent_err err = read_passed(j->passed_fd, payload, n)
	    ? sign_payload(s, j, (enum jws_type)t, bytes_of(payload, n), out)
	    : malformed(j);
	free(payload);
	return err;
}

static bool
role_valid(const char *role)
{
	size_t n = strlen(role);
	return n > 0 && strspn(role, "abcdefghijklmnopqrstuvwxyz-") == n;
}

static void
build_consent(const struct keyfile_keys *keys, const uint8_t *document, const struct ent_id *user,
    const char *name, const char *role, ent_time now, struct buf *jws)
{
	struct js *p = js_object();
	struct buf payload;
	struct ent_why why;
	js_set_str(p, "iss", keys->code);
	js_set_b64u(p, "doc", bytes_of(document, CRYPTO_HASH_LEN));
	js_set_str(p, "by", name);
	js_set_id(p, "user", user->b);
	js_set_str(p, "role", role);
	js_set_int(p, "time", now);
	buf_init(&payload, FRAME_SIGNED);
	js_write(p, &payload);
	js_free(p);
	struct signer signer = signer_of_key(keys->identity);
	if (buf_err(&payload) != ENT_OK ||
	    signer.sign(signer.ctx, JWS_CONSENT, buf_bytes(&payload), jws, &why) != ENT_OK)
		jws->err = ENT_ETOOBIG;
	buf_done(&payload);
}

/* The second time: the signature of the first, and EEXISTS. */
enum ent_err
prepare_consent(struct server *s, struct job *j, struct cursor *in)
{
	uint8_t document[CRYPTO_HASH_LEN];
	struct ent_id user = { .b = { 0 } };
	char name[64], role[32];
	struct buf jws;
	cur_get(in, document, sizeof document);
	cur_get(in, user.b, sizeof user.b);
	cur_get_text(in, name, sizeof name);
	cur_get_text(in, role, sizeof role);
	uint64_t now = cur_get_u64(in);
	if (!cur_done(in) || name[0] == '\0' || !role_valid(role) || now > INT64_MAX ||
	    id_is_zero(&user))
		return malformed(j);
	if (state_consent_get(s->state, document, &user, j->made, &j->made_n) != ENT_OK)
		return ent_fail(ENT_EIO, &j->why, "the keeper's state cannot be read");
	if (j->made_n > 0)
		return ent_refuse(ENT_EEXISTS, &j->why, "keeper/consent",
		    "this person has signed this document already");
	buf_init(&jws, FRAME_SIGNED);
	build_consent(s->keys, document, &user, name, role, (ent_time)now, &jws);
	enum ent_err err = buf_err(&jws);
	if (err != ENT_OK)
		err = ent_fail(err, &j->why, "the consent is too big");
	else if (state_consent_add(s->state, document, &user, buf_bytes(&jws)) != ENT_OK)
		err = ent_fail(ENT_EIO, &j->why, "the keeper's state cannot be written");
	if (err == ENT_OK) {
		s->changed = true;
		memcpy(j->made, jws.p, jws.n);
		j->made_n = jws.n;
	}
	buf_done(&jws);
	return err;
}

enum ent_err
work_consent(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	(void)s;
	(void)in;
	cur_put_var(out, bytes_of(j->made, j->made_n), FRAME_SIGNED);
	return ENT_OK;
}

static bool
read_checkpoint(struct cursor *in, struct checkpoint *c)
{
	cur_get_text(in, c->origin, sizeof c->origin);
	c->size = cur_get_u64(in);
	cur_get(in, c->root, sizeof c->root);
	return cur_done(in) && note_name_valid(str_of(c->origin)) && c->size <= INT64_MAX;
}

enum ent_err
prepare_checkpoint(struct server *s, struct job *j, struct cursor *in)
{
	struct checkpoint c, last;
	bool found;
	if (!read_checkpoint(in, &c))
		return malformed(j);
	if (state_head_get(s->state, c.origin, &found, &last) != ENT_OK)
		return ent_fail(ENT_EIO, &j->why, "the keeper's state cannot be read");
	if (found && c.size < last.size)
		return ent_refuse(ENT_ESTATE, &j->why, "keeper/checkpoint",
		    "log '%s' had %" PRIu64 " entries when it was last signed, not %" PRIu64
		    ": it was cut back", c.origin, last.size, c.size);
	if (found && c.size == last.size)
		return memcmp(c.root, last.root, sizeof c.root) == 0
		    ? ENT_OK
		    : ent_refuse(ENT_ESTATE, &j->why, "keeper/checkpoint",
			  "log '%s' has another root at the size that was signed", c.origin);
	s->changed = true;
	if (state_head_put(s->state, &c) != ENT_OK)
		return ent_fail(ENT_EIO, &j->why, "the keeper's state cannot be written");
	return ENT_OK;
}

/* Signs text under name, and puts the note into the reply. */
static enum ent_err
put_note(struct job *j, const struct buf *text, const char *name, const uint8_t *sk,
    struct cursor *out)
{
	struct buf note;
	uint8_t sig[CRYPTO_SIG_LEN];
	buf_init(&note, FRAME_SIGNED);
	crypto_ed25519_sign(sk, buf_bytes(text), sig);
	note_write(buf_bytes(text), name, sk + 32, sig, &note);
	enum ent_err err = ENT_OK;
	if (buf_err(text) != ENT_OK || buf_err(&note) != ENT_OK)
		err = ent_fail(ENT_ETOOBIG, &j->why, "the note is too big");
	else
		cur_put_var(out, buf_bytes(&note), FRAME_SIGNED);
	buf_done(&note);
	return err;
}

enum ent_err
work_checkpoint(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct checkpoint c;
	struct buf text;
	if (!read_checkpoint(in, &c))
		return malformed(j);
	buf_init(&text, FRAME_SIGNED);
	checkpoint_write(&c, &text);
	enum ent_err err = put_note(j, &text, c.origin, s->keys->checkpoint, out);
	buf_done(&text);
	return err;
}

static bool
read_filter(struct cursor *in, struct keeper_filter *f)
{
	cur_get_text(in, f->agreement, sizeof f->agreement);
	cur_get_text(in, f->annex, sizeof f->annex);
	f->epoch = cur_get_u32(in);
	f->rules = cur_get_u32(in);
	f->bytes = cur_get_u64(in);
	f->quota_day = cur_get_u64(in);
	f->quota_epoch = cur_get_u64(in);
	cur_get(in, f->sha256, sizeof f->sha256);
	return cur_done(in) && f->agreement[0] != '\0' && f->annex[0] != '\0';
}

enum ent_err
prepare_filter_note(struct server *s, struct job *j, struct cursor *in)
{
	struct keeper_filter f;
	struct state_key k;
	if (!read_filter(in, &f))
		return malformed(j);
	if (state_key_get(s->state, f.agreement, f.epoch, &k) != ENT_OK)
		return ent_fail(ENT_EIO, &j->why, "the keeper's state cannot be read");
	if (k.found && strcmp(k.annex, f.annex) != 0)
		return ent_refuse(ENT_ESTATE, &j->why, "keeper/annex",
		    "the key of epoch %" PRIu32 " is that of annex '%s'", f.epoch, k.annex);
	return cache_hold(s, f.agreement, f.epoch, &j->entry, &j->why);
}

enum ent_err
work_filter_note(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct keeper_filter f;
	struct buf text;
	char name[CERT_NAME_MAX + 8], host[CERT_NAME_MAX];
	if (!read_filter(in, &f))
		return malformed(j);
	cert_name(s->keys->code, host);
	(void)snprintf(name, sizeof name, "%s/filter", host);
	buf_init(&text, FRAME_SIGNED);
	buf_printf(&text, "entente-filter-1\nagreement %s\nannex %s\nepoch %" PRIu32 "\nrules %" PRIu32
	    "\n", f.agreement, f.annex, f.epoch, f.rules);
	buf_printf(&text, "bytes %" PRIu64 "\nquota-day %" PRIu64 "\nquota-epoch %" PRIu64 "\nsha256 ",
	    f.bytes, f.quota_day, f.quota_epoch);
	buf_put_b64u(&text, bytes_of(f.sha256, sizeof f.sha256));
	buf_putc(&text, '\n');
	enum ent_err err = put_note(j, &text, name, s->keys->record, out);
	buf_done(&text);
	return err;
}
