/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/thresholds.h"

#include "base/log.h"
#include "lists/lists.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NEGATIVE_STREAM 0x6e6567u /* frozen: never a seed of anybody's register */
#define POSITIVE_STREAM 0x706f73u
#define NEGATIVES 12000u
#define NEGATIVES_LARGE 6000u /* of a register of over LARGE names */
#define LARGE 2000000u
#define POSITIVES 1500u
#define TIME_MAX ((int64_t)300 * 1000000) /* microseconds; then the bands stay as they were */

struct thresholds {
	struct match_index *x;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct match_thresholds now;
	bool running, wanted, started;
	pthread_t thread;
	atomic_bool stop;
	int64_t until; /* the thread's own */
};

static void
sample_of(uint64_t stream, uint64_t i, uint64_t variant, struct match_sample *out)
{
	struct list_frozen f;
	list_frozen(stream, i, variant, &f);
	*out = (struct match_sample){ .birth = { .precision = MATCH_DATE_NONE } };
	memcpy(out->name, f.name, sizeof f.name);
	memcpy(out->nation, f.nation, sizeof f.nation);
	if (f.birth[0] != '\0' && match_date_parse(str_of(f.birth), &out->birth, NULL) != ENT_OK)
		out->birth = (struct match_date){ .precision = MATCH_DATE_NONE };
}

static void
negative(void *ctx, uint64_t i, struct match_sample *out)
{
	(void)ctx;
	sample_of(NEGATIVE_STREAM, i, 0, out);
}

static void
known(void *ctx, uint64_t i, struct match_sample *out)
{
	(void)ctx;
	sample_of(POSITIVE_STREAM, i, 0, out);
}

static void
asked(void *ctx, uint64_t i, struct match_sample *out)
{
	(void)ctx;
	sample_of(POSITIVE_STREAM, i, 1, out);
}

static bool
is_over(void *ctx)
{
	struct thresholds *t = ctx;
	return atomic_load(&t->stop) || clock_mono_us() > t->until;
}

/* Bands rest on frequencies.  Those of a register that has changed by more than a tenth since they were counted
 * depend on when its last merge happened to begin: they are counted anew, of all of it. */
static void
settle(struct match_index *x, struct match_stats *stats)
{
	match_stats(x, stats);
	if (stats->names * 10 <= stats->epoch_names * 11 && stats->epoch_names * 10 <= stats->names * 11)
		return;
	match_settle(x);
	match_stats(x, stats);
}

static void
derive_once(struct thresholds *t)
{
	struct match_stats stats;
	struct match_thresholds fresh = { .derived = false };
	struct ent_why why = { .text = "" };
	int64_t began = clock_mono_us();
	settle(t->x, &stats);
	struct match_derivation d = { .negative = negative, .known = known, .asked = asked, .stop = is_over,
		.ctx = t, .positives = POSITIVES,
		.negatives = stats.names > LARGE ? NEGATIVES_LARGE : NEGATIVES };
	t->until = began + TIME_MAX;
	enum ent_err err = ENT_OK;
	if (stats.names >= THRESHOLDS_NAMES_MIN)
		err = match_thresholds_derive(t->x, &d, &fresh, &why);
	if (err == ENT_OK) {
		(void)pthread_mutex_lock(&t->lock);
		t->now = fresh;
		(void)pthread_mutex_unlock(&t->lock);
	}
	if (stats.names >= THRESHOLDS_NAMES_MIN)
		log_event(err == ENT_OK ? LOG_INFO : LOG_WARN, "match.thresholds",
		    "names=%llu negatives=%u ms=%lld state=%s", (unsigned long long)stats.names, d.negatives,
		    (long long)((clock_mono_us() - began) / 1000), ent_err_name(err));
}

static void *
run(void *ctx)
{
	struct thresholds *t = ctx;
	(void)pthread_mutex_lock(&t->lock);
	while (t->wanted && !atomic_load(&t->stop)) {
		t->wanted = false;
		(void)pthread_mutex_unlock(&t->lock);
		derive_once(t);
		(void)pthread_mutex_lock(&t->lock);
	}
	t->running = false;
	(void)pthread_cond_broadcast(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

struct thresholds *
thresholds_new(struct match_index *x)
{
	struct thresholds *t = ent_alloc(sizeof *t);
	t->x = x;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_cond_init(&t->changed, NULL);
	return t;
}

void
thresholds_free(struct thresholds *t)
{
	if (t == NULL)
		return;
	atomic_store(&t->stop, true);
	if (t->started)
		(void)pthread_join(t->thread, NULL);
	(void)pthread_cond_destroy(&t->changed);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

void
thresholds_derive(struct thresholds *t)
{
	(void)pthread_mutex_lock(&t->lock);
	t->wanted = true;
	if (!t->running) {
		if (t->started) /* it has left its loop under this lock: there is nothing to wait for */
			(void)pthread_join(t->thread, NULL);
		t->started = t->running = pthread_create(&t->thread, NULL, run, t) == 0;
		t->wanted = t->running;
	}
	(void)pthread_mutex_unlock(&t->lock);
}

void
thresholds_get(struct thresholds *t, bool wait, struct match_thresholds *out)
{
	(void)pthread_mutex_lock(&t->lock);
	while (wait && t->running)
		(void)pthread_cond_wait(&t->changed, &t->lock);
	*out = t->now;
	(void)pthread_mutex_unlock(&t->lock);
}
