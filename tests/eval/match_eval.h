/* SPDX-License-Identifier: Apache-2.0
 *
 * match-eval, inside: a register, questions and their times.
 */
#ifndef ENT_TESTS_MATCH_EVAL_H
#define ENT_TESTS_MATCH_EVAL_H

#include "base/js.h"
#include "base/time.h"
#include "match/index.h"

#include <pthread.h>
#include <time.h>

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define LIST_MAX 512u

struct eval {
	struct match_index *x;
	unsigned top;
	char **lines; /* queries; NUL-ended */
	char **answers;
	int64_t *wall, *cpu; /* nanoseconds of each query; -1: not asked */
	size_t n, next, all;
	int64_t until; /* clock_mono_us; 0: no end */
	double build_s, seconds;
	pthread_mutex_t lock;
	int column[6]; /* query_id name type dob document nationality */
	bool explain, every, bands, sections;
	struct match_thresholds thresholds;
	const char *names; /* statistics of names to lean on, or NULL */
	const char *save, *saved; /* a snapshot to write; one to read in place of a register */
	const char *adds;	  /* JSONL of records to add beside the questions */
	double rate, adds_seconds; /* names a second; how long */
};

/* Ask what a line of the questions' file asks; the line is cut up, and *q points into it.  *out is in the arena.
 * Answers the question's id. */
const char *eval_ask(struct eval *e, char *line, struct arena *a, struct match_query *q,
    struct match_results *out);
/* An entry of a line of a register; good until the next call for the same room and the end of o. */
struct eval_room {
	const char *names[LIST_MAX], *weak[LIST_MAX], *docs[LIST_MAX], *nat[LIST_MAX], *dob[LIST_MAX];
	struct match_date births[MATCH_BIRTHS_MAX];
};
struct match_entry eval_entry(const struct js *o, struct eval_room *room);
int64_t eval_clock(clockid_t which); /* nanoseconds */
/* Sorts v; sets the sum in seconds, and the quantiles in microseconds.  Answers how many were asked. */
size_t eval_times(int64_t *v, size_t n, double *sum, double *half, double *high);

/* Ask for a while, then while records are added at e->rate names a second and merged, then again in quiet; the
 * figures of all three on f.  False: the records to add cannot be read. */
bool eval_adds(struct eval *e, FILE *f);
/* The bytes of each section of the base, and bytes a name. */
void eval_sections(const struct eval *e, FILE *f);

#endif
