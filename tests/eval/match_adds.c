/* SPDX-License-Identifier: Apache-2.0
 *
 * Searching at full rate in one thread while another adds records by the clock and the index merges in its
 * own: what a search costs then, and how soon an added name is found.
 */
#include "match_eval.h"

#include "match/view.h"

#include <errno.h>
#include <sched.h>

#define PROBE_EACH 50000000 /* nanoseconds: so often one that was added is looked for */
#define PROBE_LOST 5000000000	   /* nanoseconds: it is not found */
#define SAMPLES_MAX ((size_t)1 << 22)

/* ---- what is added --------------------------------------------------------------------------------------- */

struct more {
	struct js **record;
	size_t n, cap;
};

static void
more_free(struct more *m)
{
	for (size_t i = 0; i < m->n; i++)
		js_free(m->record[i]);
	free(m->record);
}

/* As many records as make so many names. */
static bool
more_read(struct more *m, const char *path, double names)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	struct ent_why why = { .text = "" };
	bool good = f != NULL;
	for (double have = 0; good && have < names && (n = getline(&line, &cap, f)) > 0; m->n += good) {
		if (m->n == m->cap) {
			m->cap = m->cap * 2 + 1024;
			m->record = ent_realloc(m->record, m->cap * sizeof *m->record);
		}
		good = js_parse(bytes_of(line, (size_t)n), LINE_MAX_BYTES, &m->record[m->n], &why) == ENT_OK;
		have += good ? (double)js_len(js_get(m->record[m->n], "names")) : 0;
	}
	if (!good)
		fprintf(stderr, "match-eval: %s: %s\n", path, f == NULL ? strerror(errno) : why.text);
	free(line);
	if (f != NULL)
		fclose(f);
	return good && m->n > 0;
}

/* ---- adding ------------------------------------------------------------------------------------------------ */

/* One that was added and is to be found: the adding thread fills it, the searching one empties it. */
struct wanted {
	_Atomic bool is;
	int64_t due;
	char id[MATCH_ID_MAX + 1], name[TEXT_NAME_MAX + 1];
};

struct adding {
	struct eval *e;
	const struct more *more;
	int64_t *added, *found; /* nanoseconds from when it was due */
	size_t records, probes, lost;
	double names, seconds;
	struct wanted wanted;
	_Atomic bool done;
};

static void
sleep_until(int64_t when)
{
	struct timespec t = { .tv_sec = when / 1000000000, .tv_nsec = when % 1000000000 };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		continue;
}

static bool
has(const struct match_results *r, const char *id)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->r[i].id, id) == 0)
			return true;
	return false;
}

/* Two words: there are hardly a hundred others of that name. */
static bool
tells_apart(const struct match_entry *m)
{
	return m->names_n > 0 && strchr(m->names[0], ' ') != NULL;
}

static void
want(struct wanted *w, const struct match_entry *m, int64_t due)
{
	w->due = due;
	(void)snprintf(w->id, sizeof w->id, "%s", m->id);
	(void)snprintf(w->name, sizeof w->name, "%s", m->names[0]);
	w->is = true;
}

/* Look for it by its first name until it is there. */
static void
look_for(struct adding *ad)
{
	struct wanted *w = &ad->wanted;
	struct match_query q = { .name = w->name, .top = MATCH_TOP_MAX, .brief = true };
	bool found = false;
	for (int64_t since = 0; !found && since < PROBE_LOST; since = eval_clock(CLOCK_MONOTONIC) - w->due) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r = { .n = 0 };
		struct ent_why why;
		found = match_run(ad->e->x, &q, a, &r, &why) == ENT_OK && has(&r, w->id);
		arena_free(a);
	}
	if (found)
		ad->found[ad->probes++] = eval_clock(CLOCK_MONOTONIC) - w->due;
	else
		ad->lost++;
	w->is = false;
}

static void *
add_on(void *arg)
{
	struct adding *ad = arg;
	struct eval_room room;
	int64_t start = eval_clock(CLOCK_MONOTONIC), probed = start;
	for (size_t i = 0; i < ad->more->n; i++) {
		struct match_entry m = eval_entry(ad->more->record[i], &room);
		int64_t due = start + (int64_t)(ad->names / ad->e->rate * 1e9);
		struct ent_why why = { .text = "" };
		char id[MATCH_ID_MAX + 1];
		(void)snprintf(id, sizeof id, "add-%zu", i); /* none of the register's */
		m.id = id;
		if (due > eval_clock(CLOCK_MONOTONIC))
			sleep_until(due);
		if (match_add(ad->e->x, &m, NULL, &why) != ENT_OK) {
			fprintf(stderr, "match-eval: %s\n", why.text);
			continue;
		}
		ad->added[ad->records++] = eval_clock(CLOCK_MONOTONIC) - due;
		ad->names += (double)(m.names_n + m.weak_n);
		if (due - probed >= PROBE_EACH && !ad->wanted.is && tells_apart(&m)) {
			want(&ad->wanted, &m, due);
			probed = due;
		}
	}
	ad->seconds = (double)(eval_clock(CLOCK_MONOTONIC) - start) / 1e9;
	ad->done = true;
	return NULL;
}

/* ---- searching --------------------------------------------------------------------------------------------- */

struct spell {
	int64_t *wall, *cpu;
	size_t n;
	double per_s, cpu_per_s, p50, p99, p50_cpu, p99_cpu;
};

/* The questions round and round, until the time is over, and the adding if there is any. */
static void
search_on(struct eval *e, double seconds, struct adding *ad, struct spell *s)
{
	int64_t start = eval_clock(CLOCK_MONOTONIC), end = start + (int64_t)(seconds * 1e9);
	double sum;
	char line[4096];
	s->wall = ent_alloc_array(SAMPLES_MAX, sizeof *s->wall);
	s->cpu = ent_alloc_array(SAMPLES_MAX, sizeof *s->cpu);
	for (size_t i = 0; s->n < SAMPLES_MAX && (ad != NULL ? !ad->done : eval_clock(CLOCK_MONOTONIC) < end); i++) {
		struct arena *a = arena_new(ARENA_REQUEST_MAX);
		struct match_results r;
		struct match_query q;
		(void)snprintf(line, sizeof line, "%s", e->lines[i % e->n]);
		int64_t wall = eval_clock(CLOCK_MONOTONIC), cpu = eval_clock(CLOCK_THREAD_CPUTIME_ID);
		(void)eval_ask(e, line, a, &q, &r);
		s->cpu[s->n] = eval_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
		s->wall[s->n++] = eval_clock(CLOCK_MONOTONIC) - wall;
		arena_free(a);
		if (ad != NULL && ad->wanted.is)
			look_for(ad);
	}
	size_t n = eval_times(s->wall, s->n, &sum, &s->p50, &s->p99);
	s->per_s = sum > 0 ? (double)n / sum : 0;
	(void)eval_times(s->cpu, s->n, &sum, &s->p50_cpu, &s->p99_cpu);
	s->cpu_per_s = sum > 0 ? (double)n / sum : 0;
	free(s->wall);
	free(s->cpu);
}

static void
put_spell(FILE *f, const char *name, const struct spell *s)
{
	fprintf(f, "\"%s\":{\"queries\":%zu,\"per_s\":%.0f,\"per_cpu_s\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
		"\"p50_cpu_us\":%.0f,\"p99_cpu_us\":%.0f},", name, s->n, s->per_s, s->cpu_per_s, s->p50, s->p99,
	    s->p50_cpu, s->p99_cpu);
}

static void
put_times(FILE *f, const char *name, int64_t *v, size_t n)
{
	double sum, half, high;
	(void)eval_times(v, n, &sum, &half, &high);
	fprintf(f, "\"%s\":{\"n\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f},", name, n, half / 1e3,
	    high / 1e3, n > 0 ? (double)v[n - 1] / 1e6 : 0.0);
}

/* Under chrt -f a thread that merges would not let another go first; a fair scheduler lets one that slept. */
static bool
start_merging(struct eval *e)
{
	struct ent_why why = { .text = "" };
	struct sched_param p;
	int policy;
	if (match_merger_start(e->x, &why) != ENT_OK) {
		fprintf(stderr, "match-eval: %s\n", why.text);
		return false;
	}
	if (pthread_getschedparam(pthread_self(), &policy, &p) != 0 || policy != SCHED_FIFO || p.sched_priority < 2)
		return true;
	p.sched_priority--;
	return pthread_setschedparam(e->x->thread, policy, &p) == 0;
}

bool
eval_adds(struct eval *e, FILE *f)
{
	struct more more = { .record = NULL };
	struct match_stats before, after;
	struct spell quiet = { .n = 0 }, loud = { .n = 0 }, still = { .n = 0 };
	pthread_t t;
	bool good = e->n > 0 && more_read(&more, e->adds, e->rate * e->adds_seconds) && start_merging(e);
	struct adding ad = { .e = e, .more = &more };
	if (good) {
		ad.added = ent_alloc_array(more.n, sizeof *ad.added);
		ad.found = ent_alloc_array(more.n, sizeof *ad.found);
		search_on(e, 1, NULL, &quiet); /* warm */
		quiet.n = 0;
		search_on(e, e->adds_seconds / 2, NULL, &quiet);
		match_stats(e->x, &before);
		ENT_ASSERT(pthread_create(&t, NULL, add_on, &ad) == 0);
		search_on(e, 0, &ad, &loud);
		pthread_join(t, NULL);
		match_stats(e->x, &after);
		match_settle(e->x); /* what the same names cost when nothing comes */
		search_on(e, e->adds_seconds / 2, NULL, &still);
		fprintf(f, "{\"names_before\":%llu,\"names\":%llu,\"adds_per_s\":%.0f,", (unsigned long long)before.names,
		    (unsigned long long)after.names, ad.seconds > 0 ? ad.names / ad.seconds : 0.0);
		put_spell(f, "quiet", &quiet);
		put_spell(f, "loud", &loud);
		put_spell(f, "quiet_after", &still);
		put_times(f, "added", ad.added, ad.records);
		put_times(f, "found", ad.found, ad.probes);
		fprintf(f, "\"not_found\":%zu,\"merges\":%llu,\"parts\":%llu}\n", ad.lost,
		    (unsigned long long)(after.merges - before.merges), (unsigned long long)after.parts);
		good = fflush(f) == 0;
	}
	free(ad.added);
	free(ad.found);
	more_free(&more);
	return good;
}
