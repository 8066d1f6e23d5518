/* SPDX-License-Identifier: Apache-2.0
 *
 * audit/folder: an exported log, read through a function that the caller provides (files for the
 * command line, memory for the tests).  Whatever it answers is taken as an enemy's.
 */
#ifndef ENT_AUDIT_FOLDER_H
#define ENT_AUDIT_FOLDER_H

#include "audit/entry.h"
#include "crypto/note.h"

/* Read a file of the export by its path within it, up to out->max bytes.  ENOTFOUND, ETOOBIG, EIO. */
struct audit_folder {
	void *ctx;
	enum ent_err (*read)(void *ctx, const char *path, struct buf *out, struct ent_why *why);
};

/* Who signs a log's checkpoints, as C2SP writes it: NAME+HEXID+BASE64(0x01 || key). */
struct audit_key {
	char name[NOTE_NAME_MAX];
	uint8_t pk[CRYPTO_SIGN_PK];
};
void audit_key_write(const struct audit_key *k, struct buf *out);
ENT_CHECK enum ent_err audit_key_read(struct str in, struct audit_key *out, struct ent_why *why);

#define LOG_JSON_MAX ((size_t)65536)

/* An export's head.  `trusted` says that the key came from the caller and not from the export. */
struct audit_log {
	struct audit_folder folder;
	struct audit_key key;
	bool trusted, exchange;
	char code[16], log[64]; /* whose, and which: "node" or the agreement's id */
	struct checkpoint checkpoint;
	struct buf note;	/* owned: the checkpoint as it was signed */
};
/* Reads log.json and the checkpoint and verifies its signature, with key or, if that is NULL, with
 * log.json's own.  ESIG, ESYNTAX, EFIELD, ENOTFOUND.  On success audit_log_close frees. */
ENT_CHECK enum ent_err audit_log_open(const struct audit_folder *f, const struct audit_key *key,
    struct audit_log *out, struct ent_why *why);
void audit_log_close(struct audit_log *l);

/* One entry, appended to out.  ENOTFOUND, ESYNTAX. */
ENT_CHECK enum ent_err audit_log_entry(const struct audit_log *l, uint64_t index, struct buf *out,
    struct ent_why *why);
/* Each entry in order; an error of fn stops and is returned. */
typedef enum ent_err audit_each_fn(void *ctx, uint64_t index, struct bytes entry,
    struct ent_why *why);
ENT_CHECK enum ent_err audit_log_each(const struct audit_log *l, audit_each_fn *fn, void *ctx,
    struct ent_why *why);

/* Nodes of the tree, from the tiles; keeps the last tile of each level.  size: of the log at hand. */
struct audit_nodes {
	const struct audit_folder *folder;
	uint64_t size;
	struct {
		bool there;
		uint64_t index;
		unsigned width;
		uint8_t hash[TILE_BYTES];
	} last[TILE_LEVELS];
};
enum ent_err audit_node_of(void *nodes, unsigned level, uint64_t index,
    uint8_t out[static CRYPTO_HASH_LEN], struct ent_why *why);

/* "node log of RAB", "exchange log AGR-1 of RAB": for people. */
void audit_log_title(const struct audit_log *l, char out[static 128]);

#endif
