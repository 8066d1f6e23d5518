/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/verb: one command-line verb, as a table row with its own file src/cmd/verb_<name>.c, listed in
 * src/cmd/verbs.def.  A stateful verb is a client of the node: arguments become the operation's
 * request object, the answer is rendered for people or, with --json, printed as it came.
 */
#ifndef ENT_CMD_VERB_H
#define ENT_CMD_VERB_H

#include "base/js.h"

#include <stdio.h>

enum verb_arg_kind {
	ARG_TEXT,	/* becomes a string field */
	ARG_INT,	/* an integer field */
	ARG_FLAG,	/* true when given */
	ARG_LIST,	/* may be repeated; an array of strings */
	ARG_JSONFILE,	/* the named file's JSON becomes the field ("-": standard input) */
	ARG_LOCAL,	/* for the verb's own run; not sent */
};

struct verb_arg {
	const char *name;	/* option "--name", and the field in the request; '-' becomes '_' there */
	enum verb_arg_kind kind;
	bool positional, required;
	const char *meta;	/* "DATE", for --help */
	const char *help;	/* one line */
};

struct verb_call; /* parsed arguments and the connection */

struct verb {
	const char *name;	      /* "search", "agreement draft"; words are separate arguments */
	const char *summary;	      /* one line, lower case */
	const char *op;		      /* the operation's verb in ops.def; NULL for offline verbs */
	const struct verb_arg *args;  /* ends with name NULL */
	bool reasoned;		      /* takes --purpose --case --reason */
	/* NULL: send, wait with a progress bar if the node reports progress, render. */
	int (*run)(struct verb_call *c);
	/* NULL: the answer as indented "key: value" lines. */
	void (*render)(const struct js *answer, FILE *out);
};

/* For run functions.  verb_text: the argument or NULL. */
const char *verb_text(const struct verb_call *c, const char *name);
bool verb_flag(const struct verb_call *c, const char *name);
int64_t verb_int(const struct verb_call *c, const char *name, int64_t otherwise);
size_t verb_list(const struct verb_call *c, const char *name, const char *const **items);
bool verb_json(const struct verb_call *c);   /* --json was given */
/* The node's folder: an argument "dir" of the verb's own, --dir, the session, ENTENTE_DIR; or NULL. */
const char *verb_dir(const struct verb_call *c);
struct js *verb_request(const struct verb_call *c); /* the object built from the arguments; owned */
/* Send to the node's operation and wait; *answer is owned by the caller.  Shows progress. */
ENT_CHECK enum ent_err verb_send(struct verb_call *c, const char *op, const struct js *request,
    struct js **answer, struct ent_why *why);
/* The same with a body streamed from a descriptor (import). */
ENT_CHECK enum ent_err verb_send_stream(struct verb_call *c, const char *op,
    const struct js *request, int fd, uint64_t size, struct js **answer, struct ent_why *why);
/* Print "entente: <text>" and the refusing clause to standard error; the exit status for err: 0 done,
 * 1 refused or nothing found, 2 usage, 3 anything else. */
int verb_fail(const struct verb_call *c, enum ent_err err, const struct ent_why *why);
/* Print the answer: --json or render.  The exit status: 0, or 3 if it could not be printed. */
int verb_show(const struct verb_call *c, const struct js *answer);

/* A secret from the descriptor that the argument `fd_arg` names (up to its end, one closing newline
 * taken off), else asked for on the terminal without echo, twice if confirm.  *secret is a
 * crypto_secret_new of *n bytes (1..VERB_SECRET_MAX), owned by the caller. */
#define VERB_SECRET_MAX 1024
ENT_CHECK enum ent_err verb_secret(const struct verb_call *c, const char *fd_arg,
    const char *prompt, bool confirm, void **secret, size_t *n, struct ent_why *why);

/* The session file that ENTENTE_SESSION names, for login and logout: {"dir", "token"}, mode 0600.
 * EUSAGE if the variable is not set; token NULL removes the file. */
ENT_CHECK enum ent_err verb_session_save(const struct verb_call *c, const char *token,
    struct ent_why *why);

#endif
