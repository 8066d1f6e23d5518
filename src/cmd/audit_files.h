/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/audit_files: exported logs as folders, and what the audit verbs share.  Private to cmd.
 */
#ifndef ENT_CMD_AUDIT_FILES_H
#define ENT_CMD_AUDIT_FILES_H

#include "audit/folder.h"
#include "cmd/verb.h"

/* Reads below dir, which is borrowed and has to live as long. */
struct audit_folder audit_files_of(const char *dir);
/* Write a file below dir, its folders made as needed (0700, 0600); not synced. */
ENT_CHECK enum ent_err audit_files_write(const char *dir, const char *path, struct bytes in,
    bool append, struct ent_why *why);

/* The verb's argument of that name as a key; *given says whether it is there. */
ENT_CHECK enum ent_err audit_key_arg(const struct verb_call *c, const char *name,
    struct audit_key *out, bool *given, struct ent_why *why);
/* Open an export with the key of argument key_arg (may be NULL: the export's own). */
ENT_CHECK enum ent_err audit_open_arg(const struct verb_call *c, const char *dir,
    const char *key_arg, struct audit_log *out, struct ent_why *why);

/* An export that does not even open, or does not prove what it should, is a finding and no failure of
 * ours: prints it (or {"ok":false,"findings":[…]}) and answers 1; else verb_fail. */
int audit_fail(const struct verb_call *c, enum ent_err err, const struct ent_why *why);
struct js *audit_finding_js(const char *kind, const char *text);

#endif
