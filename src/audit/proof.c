/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/proof.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "c2sp.org/tlog-proof@v1";

static void
put_b64(struct buf *out, struct bytes in)
{
	char *text = ent_alloc(B64_SIZE(in.n));
	b64_encode(in, text);
	buf_puts(out, text);
	free(text);
}

/* The hashes of an inclusion proof, checked against the signed root. */
static enum ent_err
prove_hashes(const struct audit_log *l, uint64_t index, struct bytes entry, struct tree_proof *out,
    struct ent_why *why)
{
	uint8_t leaf[CRYPTO_HASH_LEN];
	struct audit_nodes *nodes = ent_alloc(sizeof *nodes);
	struct tree_source src = { nodes, audit_node_of };
	nodes->folder = &l->folder;
	nodes->size = l->checkpoint.size;
	tree_leaf(entry, leaf);
	enum ent_err err = tree_prove_entry(&src, index, l->checkpoint.size, out, why);
	if (err == ENT_OK &&
	    !tree_check_entry(leaf, index, l->checkpoint.size, out, l->checkpoint.root))
		err = ent_fail(ENT_EPROOF, why, "entry %" PRIu64 " does not lead to the signed root; "
		    "entente audit verify says where the export is wrong", index);
	free(nodes);
	return err;
}

enum ent_err
audit_prove(const struct audit_log *l, uint64_t index, struct buf *out, struct ent_why *why)
{
	struct buf entry;
	struct tree_proof p = { .count = 0 };
	buf_init(&entry, ENTRY_MAX);
	enum ent_err err = audit_log_entry(l, index, &entry, why);
	if (err == ENT_OK)
		err = prove_hashes(l, index, buf_bytes(&entry), &p, why);
	if (err == ENT_OK) {
		buf_printf(out, "%s\nextra ", magic);
		put_b64(out, buf_bytes(&entry));
		buf_printf(out, "\nindex %" PRIu64 "\n", index);
		for (size_t i = 0; i < p.count; i++) {
			put_b64(out, bytes_of(p.hash[i], CRYPTO_HASH_LEN));
			buf_putc(out, '\n');
		}
		buf_putc(out, '\n');
		buf_put(out, l->note.p, l->note.n);
		err = buf_err(out);
	}
	buf_done(&entry);
	return err;
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* If line begins with prefix, drop it. */
static bool
after(struct str *line, const char *prefix)
{
	size_t n = strlen(prefix);
	if (line->n < n || memcmp(line->p, prefix, n) != 0)
		return false;
	*line = (struct str){ line->p + n, line->n - n };
	return true;
}

static bool
read_index(struct str s, uint64_t *out)
{
	uint64_t v = 0;
	if (s.n == 0 || s.n > 18 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = v;
	return true;
}

static enum ent_err
read_entry(struct str b64, struct buf *out, struct ent_why *why)
{
	uint8_t *room = ent_alloc(ENTRY_MAX);
	size_t n = 0;
	enum ent_err err = b64_decode(b64, room, ENTRY_MAX, &n);
	if (err == ENT_OK)
		buf_put(out, room, n);
	else
		err = ent_fail(err, why, "the proof's entry is not base64, or too long");
	free(room);
	return err;
}

static enum ent_err
read_hashes(struct bytes *text, struct tree_proof *out, struct ent_why *why)
{
	struct str line;
	size_t n;
	for (out->count = 0; bytes_take_line(text, &line); out->count++) {
		if (line.n == 0)
			return ENT_OK;
		if (out->count == TREE_LEVELS)
			return ent_fail(ENT_ETOOBIG, why, "a proof has at most %d hashes", TREE_LEVELS);
		if (b64_decode(line, out->hash[out->count], CRYPTO_HASH_LEN, &n) != ENT_OK ||
		    n != CRYPTO_HASH_LEN)
			return ent_fail(ENT_ESYNTAX, why, "a proof's hash is not 32 bytes in base64");
	}
	return ent_fail(ENT_ESYNTAX, why, "a proof ends without its checkpoint");
}

enum ent_err
audit_proof_read(struct bytes text, struct audit_proof *out, struct ent_why *why)
{
	struct audit_proof p = { .index = 0 };
	struct str line;
	enum ent_err err = ENT_OK;
	buf_init(&p.entry, ENTRY_MAX);
	if (text.n > PROOF_MAX)
		err = ent_fail(ENT_ETOOBIG, why, "a proof has at most %zu bytes", PROOF_MAX);
	else if (!bytes_take_line(&text, &line) || line.n != sizeof magic - 1 ||
	    memcmp(line.p, magic, line.n) != 0)
		err = ent_fail(ENT_ESYNTAX, why, "not a proof: its first line is not '%s'", magic);
	else if (!bytes_take_line(&text, &line) || !after(&line, "extra "))
		err = ent_fail(ENT_ESYNTAX, why, "the proof does not hold its entry (extra)");
	else
		err = read_entry(line, &p.entry, why);
	if (err == ENT_OK &&
	    (!bytes_take_line(&text, &line) || !after(&line, "index ") || !read_index(line, &p.index)))
		err = ent_fail(ENT_ESYNTAX, why, "the proof has no index");
	if (err == ENT_OK)
		err = read_hashes(&text, &p.hashes, why);
	if (err != ENT_OK) {
		buf_done(&p.entry);
		return err;
	}
	p.note = text;
	*out = p;
	return ENT_OK;
}

void
audit_proof_done(struct audit_proof *p)
{
	buf_done(&p->entry);
}

enum ent_err
audit_proof_check(const struct audit_proof *p, const struct audit_key *key, struct checkpoint *out,
    struct ent_why *why)
{
	struct checkpoint c;
	struct bytes text;
	uint8_t leaf[CRYPTO_HASH_LEN];
	enum ent_err err = note_verify(p->note, key->name, key->pk, &text, why);
	if (err == ENT_OK)
		err = checkpoint_parse(text, &c, why);
	if (err != ENT_OK)
		return err;
	tree_leaf(buf_bytes(&p->entry), leaf);
	if (!tree_check_entry(leaf, p->index, c.size, &p->hashes, c.root))
		return ent_fail(ENT_EPROOF, why, "the entry is not number %" PRIu64 " of the log that the "
		    "checkpoint commits to", p->index);
	*out = c;
	return ENT_OK;
}

enum ent_err
audit_consistency(const struct checkpoint *older, const struct audit_log *newer, size_t *hashes,
    struct ent_why *why)
{
	struct tree_proof p = { .count = 0 };
	const struct checkpoint *c = &newer->checkpoint;
	enum ent_err err = ENT_OK;
	if (strcmp(older->origin, c->origin) != 0)
		return ent_fail(ENT_EFIELD, why, "they are of different logs: '%.100s' and '%.100s'",
		    older->origin, c->origin);
	if (older->size > c->size)
		return ent_fail(ENT_ESTATE, why, "rolled back from %" PRIu64 " entries to %" PRIu64,
		    older->size, c->size);
	if (older->size > 0 && older->size < c->size) {
		struct audit_nodes *nodes = ent_alloc(sizeof *nodes);
		struct tree_source src = { nodes, audit_node_of };
		nodes->folder = &newer->folder;
		nodes->size = c->size;
		err = tree_prove_growth(&src, older->size, c->size, &p, why);
		free(nodes);
	}
	if (err == ENT_OK && !tree_check_growth(older->size, older->root, c->size, c->root, &p))
		err = ent_fail(ENT_EPROOF, why, "the log of %" PRIu64 " entries does not continue the one of %"
		    PRIu64 ": one of the older entries was changed (verify --against names it)", c->size,
		    older->size);
	if (err == ENT_OK)
		*hashes = p.count;
	return err;
}
