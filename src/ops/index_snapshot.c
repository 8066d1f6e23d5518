/* SPDX-License-Identifier: Apache-2.0
 *
 * The index's snapshot: read at start in place of every record, written when the register has been
 * still for a while.  A change of the register destroys its key in the same transaction (store/snapshot.h).
 */
#include "ops/index.h"

#include "base/log.h"
#include "match/match.h"
#include "ops/runner.h"
#include "store/records.h"
#include "store/snapshot.h"

#include <string.h>

#define SNAPSHOT_MAX ((uint64_t)64 << 30) /* bytes */
#define STILL (10 * ENT_SECOND)		  /* so long nothing has changed */
#define LOOK (5 * ENT_SECOND)

static void
path_of(const struct node *n, char out[static 4300])
{
	(void)snprintf(out, 4300, "%s/store/index.snapshot", node_dir(n));
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static enum ent_err
get_key(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	return snapshot_key_get(tx, ctx, why);
}

static void *
room(void *ctx, size_t n)
{
	struct match_image *m = ctx;
	*m = match_image_new(n);
	return m->p;
}

bool
index_load(struct node *n)
{
	char path[4300];
	struct ent_why why = { .text = "" };
	struct match_image image = { NULL, 0 };
	struct match_stats st;
	uint8_t *key = crypto_secret_new(CRYPTO_KEY_LEN);
	int64_t start = clock_mono_us();
	path_of(n, path);
	enum ent_err err = store_read(node_store(n), get_key, key, &why);
	bool there = err == ENT_OK;
	if (err == ENT_OK)
		err = snapshot_read(path, key, SNAPSHOT_MAX, room, &image, &why);
	crypto_secret_free(key);
	if (err == ENT_OK)
		err = match_load_take(node_index(n), &image, &why);
	match_image_free(&image);
	match_stats(node_index(n), &st);
	if (err == ENT_OK)
		log_event(LOG_INFO, "index.loaded", "records=%llu ms=%lld",
		    (unsigned long long)st.records, (long long)((clock_mono_us() - start) / 1000));
	else if (there) /* without a key there is none, which is nothing to tell */
		log_event(LOG_WARN, "index.refused", "error=%s %s", ent_err_name(err), why.text);
	return err == ENT_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

struct saving {
	struct node *n;
	struct ent_id id;
	uint8_t *key;
	struct snapshot_writer *w;
	int64_t visible;
};

static enum ent_err
put_key(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct saving *s = ctx;
	struct record_counts counts;
	enum ent_err err = record_count(tx, clock_now(), &counts, why);
	s->visible = counts.visible;
	return err == ENT_OK ? snapshot_key_put(tx, &s->id, s->key, why) : err;
}

static enum ent_err
drop_key(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	(void)ctx;
	return snapshot_spoil(tx, why);
}

static enum ent_err
put_part(void *ctx, uint64_t all, struct bytes part, struct ent_why *why)
{
	struct saving *s = ctx;
	char path[4300];
	path_of(s->n, path);
	enum ent_err err = s->w == NULL ? snapshot_begin(path, s->key, all, &s->w, why) : ENT_OK;
	return err == ENT_OK ? snapshot_put(s->w, part, why) : err;
}

/* The key first: what changes after that destroys it, whether or not it is in what is written. */
static enum ent_err
save(struct node *n, struct ent_why *why)
{
	struct saving s = { .n = n, .id = id_new(), .key = crypto_secret_new(CRYPTO_KEY_LEN) };
	struct match_stats st;
	crypto_random(s.key, CRYPTO_KEY_LEN);
	match_stats(node_index(n), &st);
	uint64_t before = st.changes;
	enum ent_err err = store_write(node_store(n), put_key, &s, why);
	if (err == ENT_OK)
		err = match_save(node_index(n), put_part, &s, why);
	match_stats(node_index(n), &st);
	/* a record may be committed and not yet in the index; then the counts differ */
	if (err == ENT_OK && (st.changes != before || st.records != (uint64_t)s.visible))
		err = ent_fail(ENT_EBUSY, why, "the register changed meanwhile");
	if (err == ENT_OK)
		err = snapshot_commit(s.w, why);
	else
		snapshot_abandon(s.w);
	crypto_secret_free(s.key);
	struct ent_why other;
	if (err != ENT_OK && store_write(node_store(n), drop_key, NULL, &other) != ENT_OK)
		log_event(LOG_WARN, "index.key", "%s", other.text); /* a key without a file opens nothing */
	return err;
}

ent_time
runner_index(struct node *n, ent_time now)
{
	struct index_marks *m = node_index_marks(n);
	struct match_stats st;
	struct ent_why why = { .text = "" };
	int64_t start = clock_mono_us();
	match_stats(node_index(n), &st);
	if (st.changes != m->seen) {
		m->seen = st.changes;
		m->since = now;
	}
	if (st.changes == m->saved || now - m->since < STILL || st.records == 0)
		return now + LOOK;
	enum ent_err err = save(n, &why);
	if (err == ENT_OK) {
		m->saved = st.changes;
		log_event(LOG_INFO, "index.saved", "records=%llu bytes=%llu ms=%lld",
		    (unsigned long long)st.records, (unsigned long long)st.bytes,
		    (long long)((clock_mono_us() - start) / 1000));
	} else {
		log_event(LOG_WARN, "index.unsaved", "error=%s %s", ent_err_name(err), why.text);
		m->since = now;
	}
	return now + LOOK;
}
