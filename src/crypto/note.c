/* SPDX-License-Identifier: Apache-2.0
 *
 * C2SP signed-note and tlog-checkpoint, as written: what is not in the one form is refused.
 */
#include "crypto/note.h"

#include "base/int.h"

#include <inttypes.h>
#include <string.h>

#define ALG_ED25519 0x01
#define KEY_ID_LEN 4
#define DASH "\xe2\x80\x94 " /* em dash, space */
#define DASH_LEN ((size_t)4)
#define SIG_BYTES (KEY_ID_LEN + CRYPTO_SIG_LEN)

/* No Unicode space is looked for: names here are ASCII. */
bool
note_name_valid(struct str name)
{
	if (name.n == 0 || name.n >= NOTE_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == '+')
			return false;
	return true;
}

static void
key_id(const char *name, const uint8_t pk[static CRYPTO_SIGN_PK], uint8_t out[static KEY_ID_LEN])
{
	static const uint8_t mark[] = { '\n', ALG_ED25519 };
	uint8_t hash[CRYPTO_HASH_LEN];
	const struct bytes parts[] = { bytes_of_cstr(name), bytes_of(mark, sizeof mark),
		bytes_of(pk, CRYPTO_SIGN_PK) };
	crypto_sha256_parts(parts, 3, hash);
	memcpy(out, hash, KEY_ID_LEN);
}

void
note_write(struct bytes text, const char *name, const uint8_t pk[static CRYPTO_SIGN_PK],
    const uint8_t sig[static CRYPTO_SIG_LEN], struct buf *out)
{
	uint8_t both[SIG_BYTES];
	char b64[B64_SIZE(SIG_BYTES)];
	if (!note_name_valid(str_of(name)))
		ENT_BUG("a note's key name is printable ASCII without space and plus");
	key_id(name, pk, both);
	memcpy(both + KEY_ID_LEN, sig, CRYPTO_SIG_LEN);
	b64_encode(bytes_of(both, sizeof both), b64);
	buf_put(out, text.p, text.n);
	buf_printf(out, "\n" DASH "%s %s\n", name, b64);
}

/* No control character but newline, valid UTF-8. */
static bool
plain_text(struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < 0x20 && in.p[i] != '\n')
			return false;
	return utf8_valid(in);
}

/* The offset just after the text, where the empty line stands; 0 if there is none. */
static size_t
text_end(struct bytes note)
{
	for (size_t i = note.n; i >= 2; i--)
		if (note.p[i - 1] == '\n' && note.p[i - 2] == '\n')
			return i - 1;
	return 0;
}

struct sig_line {
	struct str name;
	struct bytes sig; /* into room: key id || signature */
	uint8_t room[SIG_BYTES];
};

/* line is without its newline.  Signatures of other algorithms have other lengths: sig.n is 0 then. */
static enum ent_err
parse_line(struct bytes line, struct sig_line *out, struct ent_why *why)
{
	size_t n = 0;
	const uint8_t *space = NULL;
	if (line.n > DASH_LEN && memcmp(line.p, DASH, DASH_LEN) == 0)
		space = memchr(line.p + DASH_LEN, ' ', line.n - DASH_LEN);
	if (space == NULL)
		return ent_fail(ENT_ESYNTAX, why, "a note's signature line is malformed");
	out->name.p = (const char *)line.p + DASH_LEN;
	out->name.n = (size_t)(space - line.p) - DASH_LEN;
	struct str b64 = { (const char *)space + 1, line.n - (size_t)(space - line.p) - 1 };
	if (out->name.n == 0 || b64.n == 0 || b64.n % 4 != 0)
		return ent_fail(ENT_ESYNTAX, why, "a note's signature line is malformed");
	enum ent_err err = b64_decode(b64, out->room, sizeof out->room, &n);
	if (err == ENT_ESYNTAX)
		return ent_fail(err, why, "a note's signature is not base64");
	out->sig = bytes_of(out->room, err == ENT_OK && n == SIG_BYTES ? n : 0);
	return ENT_OK;
}

/* Each line of that name and key must verify; *found says whether there was one. */
static enum ent_err
check_line(const struct sig_line *line, struct bytes text, const char *name,
    const uint8_t pk[static CRYPTO_SIGN_PK], bool *found, struct ent_why *why)
{
	uint8_t id[KEY_ID_LEN];
	key_id(name, pk, id);
	if (line->sig.n == 0 || line->name.n != strlen(name) ||
	    memcmp(line->name.p, name, line->name.n) != 0 || memcmp(line->room, id, sizeof id) != 0)
		return ENT_OK; /* somebody else's */
	if (!crypto_verify(pk, text, line->room + KEY_ID_LEN))
		return ent_fail(ENT_ESIG, why, "the note's signature by '%s' does not verify", name);
	*found = true;
	return ENT_OK;
}

enum ent_err
note_verify(struct bytes note, const char *name, const uint8_t pk[static CRYPTO_SIGN_PK],
    struct bytes *text, struct ent_why *why)
{
	if (note.n > NOTE_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a note of %zu bytes, at most %zu are taken", note.n,
		    NOTE_MAX);
	size_t end = text_end(note), lines = 0;
	bool found = false;
	if (end == 0 || end + 1 == note.n || note.p[note.n - 1] != '\n' || !plain_text(note))
		return ent_fail(ENT_ESYNTAX, why, "not a note: text, an empty line, signatures");
	struct bytes body = { note.p, end };
	for (size_t at = end + 1; at < note.n; lines++) {
		struct sig_line line = { 0 };
		const uint8_t *eol = memchr(note.p + at, '\n', note.n - at);
		size_t n = (size_t)(eol - (note.p + at)); /* there is one: the note ends with it */
		if (lines == NOTE_SIGS_MAX)
			return ent_fail(ENT_ETOOBIG, why, "a note has at most %d signatures", NOTE_SIGS_MAX);
		enum ent_err err = parse_line(bytes_of(note.p + at, n), &line, why);
		if (err == ENT_OK)
			err = check_line(&line, body, name, pk, &found, why);
		if (err != ENT_OK)
			return err;
		at += n + 1;
	}
	if (!found)
		return ent_fail(ENT_ESIG, why, "the note is not signed by '%s'", name);
	*text = body;
	return ENT_OK;
}

void
checkpoint_write(const struct checkpoint *c, struct buf *out)
{
	char root[B64_SIZE(CRYPTO_HASH_LEN)];
	b64_encode(bytes_of(c->root, sizeof c->root), root);
	buf_printf(out, "%s\n%" PRIu64 "\n%s\n", c->origin, c->size, root);
}

/* Decimal without leading zeros, within 63 bits: the store keeps sizes as signed integers. */
static bool
parse_size(struct str s, uint64_t *out)
{
	uint64_t v = 0;
	if (s.n == 0 || s.n > 19 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = v;
	return v <= INT64_MAX;
}

enum ent_err
checkpoint_parse(struct bytes text, struct checkpoint *out, struct ent_why *why)
{
	struct checkpoint c = { .size = 0 };
	struct str origin, size, root;
	size_t n = 0;
	if (!bytes_take_line(&text, &origin) || !bytes_take_line(&text, &size) ||
	    !bytes_take_line(&text, &root) ||
	    text.n != 0)
		return ent_fail(ENT_ESYNTAX, why, "a checkpoint has three lines");
	if (!note_name_valid(origin))
		return ent_fail(ENT_ESYNTAX, why, "a checkpoint's origin is malformed");
	if (!parse_size(size, &c.size))
		return ent_fail(ENT_ESYNTAX, why, "a checkpoint's size is not a number");
	if (b64_decode(root, c.root, sizeof c.root, &n) != ENT_OK || n != sizeof c.root)
		return ent_fail(ENT_ESYNTAX, why, "a checkpoint's root is not 32 bytes in base64");
	memcpy(c.origin, origin.p, origin.n);
	*out = c;
	return ENT_OK;
}
