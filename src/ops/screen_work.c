/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of a list against the register, on all cores: each worker has its own snapshot of the store and
 * every n-th row, so that the same batch gives the same candidates however many workers there are.
 */
#include "ops/screen_call.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS_MAX 64u

struct worker {
	const struct screen_job *job;
	struct screen_line *lines;
	size_t n, first, step;
	struct match_call m;
	enum ent_err err;
	struct ent_why why;
	pthread_t thread;
	bool started;
};

size_t
screen_workers(void)
{
	cpu_set_t cpus;
	size_t n = 1;
	CPU_ZERO(&cpus);
	if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
		n = (size_t)CPU_COUNT(&cpus);
	return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : n;
}

enum ent_err
screen_row_read(const struct js *row, struct match_query *q, struct ent_why *why)
{
	static const char *const known[] = { "row", "line", "name", "birth", "document", "nationality",
		"type", "sex", "place", NULL };
	struct ent_why inner = { .text = "" };
	struct js_reader r = js_reader_of(row, "", &inner);
	long long line = (long long)js_get_int(row, "line", js_get_int(row, "row", 0));
	js_only(&r, known);
	enum ent_err err = match_call_read(&r, q);
	if (err != ENT_OK)
		return ent_fail(err, why, "line %lld: %.300s", line, inner.text);
	return ENT_OK;
}

static void
take(struct screen_line *line, const struct match_weight *all, size_t n, const struct screen_job *job)
{
	line->count = 0;
	for (size_t i = 0; i < n && line->count < job->per_row; i++) {
		struct screen_found *f = &line->found[line->count];
		if (all[i].r->band < job->least || all[i].below || id_parse(str_of(all[i].r->id), &f->record) != ENT_OK)
			continue;
		f->strong = all[i].r->band == MATCH_STRONG;
		line->count++;
	}
}

/* An error of the line stays with it; what is returned is the store's. */
static enum ent_err
search_line(struct worker *w, struct screen_line *line)
{
	const struct screen_job *job = w->job;
	struct match_query q = { .top = job->per_row + MATCH_CALL_SPARE, .admits = match_call_admits,
		.ctx = &w->m };
	struct match_results found = { .n = 0 };
	struct match_weight *all = NULL;
	struct js *row = NULL;
	enum ent_err err = ENT_OK;
	line->err = js_parse(line->text, SCREEN_LINE_MAX, &row, &line->why);
	if (line->err == ENT_OK && js_get_int(row, "row", -1) != line->number)
		line->err = ent_fail(ENT_EFIELD, &line->why, "row %lld comes where row %lld is due",
		    (long long)js_get_int(row, "row", -1), (long long)line->number);
	if (line->err == ENT_OK)
		line->err = screen_row_read(row, &q, &line->why);
	if (line->err != ENT_OK) {
		js_free(row);
		return ENT_OK;
	}
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	line->err = match_search(node_index(job->node), job->grant, &q, a, &found, &line->why);
	err = w->m.err;
	if (line->err == ENT_OK && err == ENT_OK)
		err = match_call_weigh(&w->m, &q, &found, a, &all);
	if (line->err == ENT_OK && err == ENT_OK)
		take(line, all, found.n, job);
	if (err != ENT_OK)
		w->why = w->m.bad;
	arena_free(a);
	js_free(row);
	return err;
}

static enum ent_err
work_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct worker *w = ctx;
	enum ent_err err = ENT_OK;
	(void)why; /* the same as w->why */
	w->m.tx = tx;
	for (size_t i = w->first; i < w->n && err == ENT_OK; i += w->step)
		err = search_line(w, &w->lines[i]);
	return err;
}

static void *
run_worker(void *ctx)
{
	struct worker *w = ctx;
	w->err = store_read(node_store(w->job->node), work_body, w, &w->why);
	return NULL;
}

enum ent_err
screen_work(const struct screen_job *job, struct screen_line *lines, size_t n, struct ent_why *why)
{
	size_t count = job->workers < n ? job->workers : n;
	const struct policy *p = node_policy_get(job->node);
	struct worker *all = ent_alloc_array(count + 1, sizeof *all);
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < count; i++) {
		all[i] = (struct worker){ .job = job, .lines = lines, .n = n, .first = i, .step = count,
			.m = { .grant = job->grant, .policy = p, .now = job->now,
			    .thresholds = job->thresholds } };
		if (i > 0)
			all[i].started = pthread_create(&all[i].thread, NULL, run_worker, &all[i]) == 0;
	}
	for (size_t i = 0; i < count; i++) /* the first, and those that no thread could be had for */
		if (!all[i].started)
			(void)run_worker(&all[i]);
	for (size_t i = 0; i < count; i++) {
		if (all[i].started)
			(void)pthread_join(all[i].thread, NULL);
		if (err == ENT_OK && all[i].err != ENT_OK) {
			err = all[i].err;
			*why = all[i].why;
		}
	}
	free(all);
	node_policy_put(job->node, p);
	for (size_t i = 0; i < n && err == ENT_OK; i++)
		if (lines[i].err != ENT_OK) {
			err = lines[i].err;
			*why = lines[i].why;
		}
	return err;
}
