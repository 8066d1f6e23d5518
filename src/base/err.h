/* SPDX-License-Identifier: Apache-2.0
 *
 * base/err: error codes (from spec/registry/errors.def), and the reason that goes with one.
 *
 * A fallible function returns enum ent_err, 0 is success, and is marked ENT_CHECK.  The one who
 * knows the cause fills struct ent_why; those above pass it on untouched.
 */
#ifndef ENT_BASE_ERR_H
#define ENT_BASE_ERR_H

#define ENT_CHECK __attribute__((warn_unused_result))
#define ENT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum ent_err {
	ENT_OK = 0,
#define ERR(num, name, http, text) ENT_##name = num,
#include "spec/registry/errors.def"
#undef ERR
};

/* Why something failed or was refused.  Never holds names, query terms or record content. */
struct ent_why {
	char text[400];	  /* what, where, and the remedy; lower case, no full stop */
	char clause[120]; /* the clause that refuses, such as "AGR-1/annex A/purposes"; else empty */
};

/* The registry's name ("EREFUSED"), message and HTTP status of a code; never NULL, 500 if unknown. */
const char *ent_err_name(enum ent_err err);
const char *ent_err_text(enum ent_err err);
int ent_err_http(enum ent_err err);

/* Fills why (may be NULL) and returns err, so that a failure is one line: return ent_fail(...). */
enum ent_err ent_fail(enum ent_err err, struct ent_why *why, const char *fmt, ...) ENT_PRINTF(3, 4);

/* The same for a refusal, with the clause that refuses. */
enum ent_err ent_refuse(enum ent_err err, struct ent_why *why, const char *clause, const char *fmt,
    ...) ENT_PRINTF(4, 5);

#ifdef __clang_analyzer__ /* which does not look into err.c: both return the error that they are given */
#define ent_fail(err, ...) ((void)ent_fail(err, __VA_ARGS__), (err))
#define ent_refuse(err, ...) ((void)ent_refuse(err, __VA_ARGS__), (err))
#endif

/* A broken invariant of our own: prints file and line, ends the process, in release too. */
#define ENT_BUG(msg) ent_bug_at(__FILE__, __LINE__, msg)
#define ENT_ASSERT(cond) ((cond) ? (void)0 : ENT_BUG(#cond))
_Noreturn void ent_bug_at(const char *file, int line, const char *msg);

#endif
