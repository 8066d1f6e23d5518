/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/call: one parsed command line, private to cmd.  Pointers into argv are borrowed for the
 * process; what is owned says so.
 */
#ifndef ENT_CMD_CALL_H
#define ENT_CMD_CALL_H

#include "cmd/verb.h"

#define VERB_ARGS_MAX 40   /* options and positionals of one verb */
#define VERB_LIST_MAX 4096 /* items of a repeated argument */

struct verb_value {
	bool given;
	const char *text;
	int64_t num;
	const char **items; /* owned array of borrowed texts */
	size_t count;
	struct js *json;    /* owned */
};

struct verb_call {
	const struct verb *verb;
	struct verb_value value[VERB_ARGS_MAX]; /* by the index of verb->args */
	bool json, help, progress;
	const char *dir, *purpose, *case_ref, *reason;
	char *session_dir, *session_token; /* owned; NULL without a session */
};

/* Fill *out from argv, where argv[0] is the verb's (last) word.  EUSAGE: why says what and, for an
 * unknown option, which is nearest; EIO and ESYNTAX for a file that an argument names. */
ENT_CHECK enum ent_err args_parse(const struct verb *v, int argc, char **argv,
    struct verb_call *out, struct ent_why *why);
void args_done(struct verb_call *c);

/* Options that every verb takes, and those of reasoned verbs; both end with name NULL. */
extern const struct verb_arg args_common[];
extern const struct verb_arg args_reasoned[];
/* Has the verb an option of its own by that name? */
bool args_own(const struct verb *v, const char *name);

/* The nearest of the names to word, NULL if none is near. */
const char *args_nearest(const char *word, const char *const *names, size_t count);

/* The exit status that goes with an error. */
int call_status(enum ent_err err);

/* The verb table, and the verb that argv[1] (and argv[2]) name; *words is 1 or 2. */
const struct verb *const *verbs_all(size_t *count);
const struct verb *verbs_find(int argc, char *const *argv, int *words);
/* Is word the first of some two-word verbs? */
bool verbs_has_group(const char *word);

/* Help, generated from the tables. */
void help_overview(FILE *out);
void help_group(const char *word, FILE *out);
void help_verb(const struct verb *v, FILE *out);

/* Read the session file that ENTENTE_SESSION names into c; no file: no session. */
ENT_CHECK enum ent_err session_load(struct verb_call *c, struct ent_why *why);

#endif
