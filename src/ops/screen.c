/* SPDX-License-Identifier: Apache-2.0
 *
 * screen: a list against the register.  Rows stream in, one JSON object a line, and are read no faster
 * than they are searched; what is held is one batch.  The list is never kept: rows that may be of a
 * record's subject become candidates for a named person to decide, where it stands rests under a
 * key of its own until the list has ended (spec/7-screening.md).
 */
#include "base/log.h"
#include "ops/screen_call.h"
#include "ops/thresholds.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES ((size_t)4 << 20)
#define SALT_LEN 32

struct screen {
	struct op_call *c;
	struct screening_row row; /* rows: of what is committed */
	struct screen_job job;
	struct match_thresholds thresholds;
	bool resumed;
	int64_t keep_days;
	/* where it stands: a salted hash of all rows so far, so that another list is noticed */
	uint8_t salt[SALT_LEN], chain[CRYPTO_HASH_LEN], want[CRYPTO_HASH_LEN];
	int64_t seen, skip; /* rows that came; of them, those that an earlier run has done */
	bool ended;
	/* the body */
	uint8_t chunk[16384];
	size_t at, n;
	struct buf line;
	/* the batch at hand */
	struct screen_line *lines; /* owned, SCREEN_BATCH of them */
	size_t *starts;		   /* owned: of each line in text */
	struct buf text;
	size_t count;
};

/* ---- the request ----------------------------------------------------------------------------------- */

static enum ent_err
decode_resumed(struct op_call *c, struct screen *s)
{
	enum ent_err err = screen_call_target(c, "job", &s->row);
	if (err == ENT_OK && s->row.state != SCREENING_RUNNING)
		err = ent_fail(ENT_ESTATE, c->why, "this screening is %s: there is nothing to go on with",
		    screening_state_name(s->row.state));
	return err;
}

static enum ent_err
decode_new(struct op_call *c, struct screen *s, struct js_reader *r)
{
	js_want_id(r, "job", s->row.id.b);
	if (r->err != ENT_OK)
		return r->err;
	char *text = arena_alloc(c->arena, ENT_ID_TEXT);
	id_format(&s->row.id, text);
	c->event.object = text;
	return ENT_OK;
}

static enum ent_err
decode(struct op_call *c)
{
	static const char *const known[] = { "job", "resume", "rows", "size", "band", "per_row", "keep_days",
		"purpose", "case", "reason", "agreement", "annex", NULL };
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct screen *s = arena_alloc(c->arena, sizeof *s);
	c->state = s;
	s->c = c;
	js_only(&r, known);
	s->resumed = js_opt_bool(&r, "resume", false);
	s->keep_days = js_opt_int(&r, "keep_days", 1, 366, 0);
	c->ask.rows = (uint64_t)js_opt_int(&r, "rows", 0, POLICY_SCREENING_ROWS_MAX, 0);
	const char *band = js_opt_str(&r, "band", 16);
	s->job = (struct screen_job){ .node = c->node, .now = c->ask.now, .least = MATCH_REVIEW,
		.per_row = (unsigned)js_opt_int(&r, "per_row", 1, SCREEN_PER_ROW_MAX, 5),
		.workers = screen_workers() };
	if (r.err != ENT_OK)
		return r.err;
	for (int b = MATCH_TRACE; band != NULL && b <= MATCH_STRONG; b++)
		if (strcmp(band, match_band_name((enum match_band)b)) == 0) {
			s->job.least = (enum match_band)b;
			band = NULL;
		}
	if (band != NULL)
		return ent_fail(ENT_EFIELD, c->why, "field 'band' must be strong, review or trace");
	if (c->read_body == NULL)
		return ent_fail(ENT_EUSAGE, c->why, "the list itself is missing: entente screen LIST");
	return s->resumed ? decode_resumed(c, s) : decode_new(c, s, &r);
}

/* ---- where it stands ------------------------------------------------------------------------------- */

static void
chain_row(struct screen *s, struct bytes line)
{
	struct buf b;
	buf_init(&b, SCREEN_LINE_MAX + SALT_LEN + CRYPTO_HASH_LEN + 1);
	buf_put(&b, s->salt, sizeof s->salt);
	buf_put(&b, s->chain, sizeof s->chain);
	buf_put(&b, line.p, line.n);
	crypto_sha256(buf_bytes(&b), s->chain);
	if (b.p != NULL)
		crypto_wipe(b.p, b.n);
	buf_done(&b);
}

static void
progress_write(const struct screen *s, struct buf *out)
{
	struct js *o = js_object();
	buf_init(out, SCREENING_PROGRESS_MAX);
	js_set_b64u(o, "salt", bytes_of(s->salt, sizeof s->salt));
	js_set_b64u(o, "chain", bytes_of(s->chain, sizeof s->chain));
	js_set_int(o, "rows", s->seen);
	js_write(o, out);
	js_free(o);
}

static enum ent_err
begin_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct screen *s = ctx;
	struct buf progress;
	progress_write(s, &progress);
	enum ent_err err = screening_begin(tx, s->c->grant, &s->row, buf_bytes(&progress), why);
	buf_done(&progress);
	return err;
}

static enum ent_err
load_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct screen *s = ctx;
	struct buf text;
	struct js *o = NULL;
	buf_init(&text, SCREENING_PROGRESS_MAX);
	enum ent_err err = screening_progress(tx, s->c->grant, &s->row.id, &text, why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&text), SCREENING_PROGRESS_MAX, &o, why);
	if (err == ENT_OK) {
		struct js_reader r = js_reader_of(o, "progress", why);
		js_want_b64u(&r, "salt", s->salt, sizeof s->salt);
		js_want_b64u(&r, "chain", s->want, sizeof s->want);
		s->row.rows = s->skip = js_want_int(&r, "rows", 0, INT64_MAX);
		err = r.err;
	}
	js_free(o);
	buf_done(&text);
	return err;
}

static enum ent_err
begin(struct screen *s)
{
	struct op_call *c = s->c;
	if (s->resumed)
		return store_read(node_store(c->node), load_body, s, c->why);
	const struct policy *p = node_policy_get(c->node);
	const struct policy_annex *x = policy_annex(policy_agreement(p, grant_agreement(c->grant)),
	    grant_annex(c->grant));
	int64_t days = x == NULL ? 1 : x->screening.keep_days;
	node_policy_put(c->node, p);
	s->row.results = id_new();
	s->row.purpose = grant_purpose(c->grant);
	s->row.started_by = c->who->actor.id;
	s->row.started_at = c->ask.now;
	s->row.expires_at = c->ask.now +
	    (s->keep_days > 0 && s->keep_days < days ? s->keep_days : days) * ENT_DAY;
	(void)snprintf(s->row.agreement, sizeof s->row.agreement, "%s", grant_agreement(c->grant));
	(void)snprintf(s->row.annex, sizeof s->row.annex, "%s", grant_annex(c->grant));
	crypto_random(s->salt, sizeof s->salt);
	return store_write(node_store(c->node), begin_body, s, c->why);
}

/* ---- batches ----------------------------------------------------------------------------------------- */

struct batch {
	struct screen *s;
	struct screening_hit *hits;
	size_t n;
};

static enum ent_err
advance_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct batch *b = ctx;
	struct buf progress;
	progress_write(b->s, &progress);
	enum ent_err err = screening_advance(tx, b->s->c->grant, &b->s->row, b->s->seen, b->hits, b->n,
	    buf_bytes(&progress), why);
	buf_done(&progress);
	return err;
}

static enum ent_err
close_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct screen *s = ctx;
	return screening_close(tx, s->c->grant, &s->row.id, s->c->ask.now, why);
}

/* The rules may have changed since it began, and the list may be longer than was said. */
static enum ent_err
still_allowed(struct screen *s)
{
	struct op_call *c = s->c;
	struct policy_ask ask = c->ask;
	struct ent_why why;
	ask.now = clock_now();
	ask.rows = (uint64_t)s->seen > ask.rows ? (uint64_t)s->seen : ask.rows;
	const struct policy *p = node_policy_get(c->node);
	struct grant *g = policy_decide(p, &ask);
	enum ent_err err = grant_allows(g) ? ENT_OK : ent_refuse(grant_verdict(g), c->why, grant_clause(g),
	    "%s; nothing of the list is kept", grant_text(g));
	grant_free(g);
	node_policy_put(c->node, p);
	if (err != ENT_OK && store_write(node_store(c->node), close_body, s, &why) != ENT_OK)
		log_event(LOG_WARN, "screening.left", "swept=at-its-end");
	return err;
}

static void
tell(struct screen *s)
{
	struct op_call *c = s->c;
	if (c->progress == NULL)
		return;
	struct js *o = js_object();
	js_set_int(o, "done", s->seen);
	js_set_int(o, "total", (int64_t)c->ask.rows);
	js_set_str(o, "what", "rows");
	c->progress(c->progress_ctx, o);
}

static enum ent_err
commit(struct screen *s)
{
	struct batch b = { .s = s, .hits = ent_alloc_array(s->count * SCREEN_PER_ROW_MAX + 1, sizeof *b.hits) };
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->lines[i].count; k++)
			b.hits[b.n++] = (struct screening_hit){ .record = s->lines[i].found[k].record,
				.text = s->lines[i].text, .strong = s->lines[i].found[k].strong };
	enum ent_err err = store_write(node_store(s->c->node), advance_body, &b, s->c->why);
	free(b.hits);
	return err;
}

static enum ent_err
flush(struct screen *s)
{
	if (s->count == 0)
		return ENT_OK;
	for (size_t i = 0; i < s->count; i++) {
		size_t end = i + 1 < s->count ? s->starts[i + 1] : s->text.n;
		s->lines[i].text = bytes_of(s->text.p + s->starts[i], end - s->starts[i]);
	}
	enum ent_err err = still_allowed(s);
	if (err == ENT_OK)
		err = screen_work(&s->job, s->lines, s->count, s->c->why);
	if (err == ENT_OK)
		err = commit(s);
	if (err == ENT_OK)
		s->row.rows = s->seen;
	s->count = 0;
	crypto_wipe(s->text.p, s->text.n);
	buf_reset(&s->text);
	if (err == ENT_OK)
		tell(s);
	return err;
}

/* ---- the body ---------------------------------------------------------------------------------------- */

static enum ent_err
broke_off(struct screen *s)
{
	return ent_fail(ENT_EIO, s->c->why, "the list broke off after row %lld: go on with --resume %s",
	    (long long)s->row.rows, s->c->event.object);
}

/* One line without its end; *more false at the end of the body. */
static enum ent_err
next_line(struct screen *s, bool *more)
{
	buf_reset(&s->line);
	for (;;) {
		if (s->at == s->n) {
			int64_t got = s->c->read_body(s->c->body_ctx, s->chunk, sizeof s->chunk);
			*more = got > 0;
			if (got <= 0)
				return got < 0 || s->line.n > 0 ? broke_off(s) : ENT_OK;
			s->at = 0;
			s->n = (size_t)got;
		}
		const uint8_t *end = memchr(s->chunk + s->at, '\n', s->n - s->at);
		size_t len = end == NULL ? s->n - s->at : (size_t)(end - s->chunk) - s->at;
		buf_put(&s->line, s->chunk + s->at, len);
		s->at += len + (end != NULL);
		if (buf_err(&s->line) != ENT_OK)
			return ent_fail(ENT_ETOOBIG, s->c->why, "row %lld is over %zu bytes",
			    (long long)s->seen + 1, SCREEN_LINE_MAX);
		if (end != NULL)
			return ENT_OK;
	}
}

/* {"end": rows}: without it the list was cut off, which must not pass for "nobody else is known". */
static bool
is_end(struct screen *s, enum ent_err *err)
{
	static const char head[] = "{\"end\":";
	struct js *o = NULL;
	if (s->line.n < sizeof head - 1 || memcmp(s->line.p, head, sizeof head - 1) != 0)
		return false;
	*err = js_parse(buf_bytes(&s->line), SCREEN_LINE_MAX, &o, s->c->why);
	if (*err == ENT_OK && (js_get_int(o, "end", -1) != s->seen || s->skip > s->seen))
		*err = ent_fail(ENT_EFIELD, s->c->why, "the list says that it has %lld rows, %lld came",
		    (long long)js_get_int(o, "end", -1), (long long)s->seen);
	js_free(o);
	s->ended = *err == ENT_OK;
	return true;
}

static enum ent_err
take_row(struct screen *s)
{
	s->seen++;
	chain_row(s, buf_bytes(&s->line));
	if (s->seen < s->skip)
		return ENT_OK;
	if (s->skip > 0 && s->seen == s->skip)
		return memcmp(s->chain, s->want, sizeof s->chain) == 0 ? ENT_OK :
		    ent_fail(ENT_EFIELD, s->c->why, "this is not the list that was begun: its first %lld rows "
		        "differ, or are read by other columns", (long long)s->skip);
	s->lines[s->count] = (struct screen_line){ .number = s->seen };
	s->starts[s->count++] = s->text.n;
	buf_put(&s->text, s->line.p, s->line.n);
	if (s->count == SCREEN_BATCH || s->text.n > BATCH_BYTES - SCREEN_LINE_MAX)
		return flush(s);
	return ENT_OK;
}

static enum ent_err
read_all(struct screen *s)
{
	bool more = true;
	enum ent_err err = ENT_OK;
	while (err == ENT_OK) {
		err = next_line(s, &more);
		if (err != ENT_OK || !more)
			break;
		if (s->line.n == 0)
			continue;
		if (s->ended)
			return ent_fail(ENT_EFIELD, s->c->why, "rows come after the list's end");
		if (!is_end(s, &err))
			err = take_row(s);
	}
	if (err == ENT_OK)
		err = flush(s);
	if (err == ENT_OK && !s->ended)
		err = broke_off(s);
	return err;
}

static void
free_parts(struct screen *s)
{
	struct buf *const bufs[] = { &s->text, &s->line };
	for (size_t i = 0; i < 2; i++) {
		if (bufs[i]->p != NULL)
			crypto_wipe(bufs[i]->p, bufs[i]->cap);
		buf_done(bufs[i]);
	}
	crypto_wipe(s->chunk, sizeof s->chunk);
	free(s->lines);
	free(s->starts);
}

static enum ent_err
run(struct op_call *c)
{
	struct screen *s = c->state;
	s->job.grant = c->grant;
	thresholds_get(node_thresholds(c->node), true, &s->thresholds);
	s->job.thresholds = &s->thresholds;
	s->lines = ent_alloc_array(SCREEN_BATCH, sizeof *s->lines);
	s->starts = ent_alloc_array(SCREEN_BATCH, sizeof *s->starts);
	buf_init(&s->text, BATCH_BYTES);
	buf_init(&s->line, SCREEN_LINE_MAX);
	enum ent_err err = begin(s);
	if (err == ENT_OK)
		err = read_all(s);
	op_fact_int(c, "rows", s->row.rows);
	free_parts(s);
	return err;
}

/* In the transaction of the outcome: its counts stand in the entry that tells of it. */
static enum ent_err
finish(struct op_call *c)
{
	struct screen *s = c->state;
	enum ent_err err = screening_end(c->tx, c->grant, &s->row.id, clock_now(), c->why);
	if (err == ENT_OK)
		err = screening_get(c->tx, &s->row.id, &s->row, c->why);
	if (err != ENT_OK)
		return err;
	op_fact_int(c, "rows", s->row.rows);
	op_fact_int(c, "candidates", s->row.candidates);
	op_fact_int(c, "strong", s->row.strong);
	js_free(c->out);
	c->out = screen_call_codes(&s->row);
	return ENT_OK;
}

const struct op_impl op_screen = { .decode = decode, .run = run, .finish = finish };
