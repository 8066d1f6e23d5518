/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/reconcile.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	struct exchange_line line;
	uint64_t at;
};

struct side {
	const struct audit_log *log;
	struct row *row; /* owned */
	size_t count, room;
};

const char *
difference_name(enum difference d)
{
	switch (d) {
	case DIFFERENCE_HASH: return "hash differs";
	case DIFFERENCE_UNLOGGED: return "sent without logging";
	case DIFFERENCE_LOST: return "never received";
	case DIFFERENCE_UNDERWAY: return "not received yet";
	case DIFFERENCE_DOUBLE: return "logged twice";
	case DIFFERENCE_GAP: return "in neither log";
	}
	return "?";
}

static enum ent_err
take(void *ctx, uint64_t index, struct bytes entry, struct ent_why *why)
{
	struct side *s = ctx;
	if (s->count == RECONCILE_LINES_MAX)
		return ent_fail(ENT_ETOOBIG, why, "more than %zu lines", RECONCILE_LINES_MAX);
	if (s->count == s->room) {
		s->room *= 2;
		s->row = ent_realloc(s->row, s->room * sizeof *s->row);
	}
	struct row *r = &s->row[s->count];
	r->at = index;
	enum ent_err err = line_read(entry, &r->line, why);
	s->count += err == ENT_OK;
	return err;
}

static int
compare_lane(const struct exchange_line *a, const struct exchange_line *b)
{
	int c = strcmp(a->dir, b->dir);
	if (c == 0)
		c = strcmp(a->channel, b->channel);
	return c != 0 ? c : strcmp(a->typ, b->typ);
}

/* A private query that was refused leaves its number to another: there the hash tells them apart. */
static int
compare_line(const struct exchange_line *a, const struct exchange_line *b)
{
	int c = compare_lane(a, b);
	if (c == 0)
		c = (a->seq > b->seq) - (a->seq < b->seq);
	return c == 0 && line_refusable(a) ? memcmp(a->hash, b->hash, sizeof a->hash) : c;
}

static int
compare_row(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = compare_line(&x->line, &y->line);
	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

struct merging {
	struct side a, b;
	struct reconcile_report *report;
	struct exchange_line last; /* the last one told of, for gaps */
	bool begun;
};

static void
tell(struct merging *m, enum difference what, const char *side, const struct row *a,
    const struct row *b)
{
	struct reconcile_report *r = m->report;
	const struct exchange_line *l = a != NULL ? &a->line : &b->line;
	r->underway += what == DIFFERENCE_UNDERWAY;
	if (r->count++ >= RECONCILE_DIFFERENCES_MAX)
		return;
	struct reconcile_row *row = &r->row[r->count - 1];
	*row = (struct reconcile_row){ .what = what, .seq = l->seq, .has_a = a != NULL,
		.has_b = b != NULL, .at_a = a != NULL ? a->at : 0, .at_b = b != NULL ? b->at : 0 };
	(void)snprintf(row->side, sizeof row->side, "%s", side);
	(void)snprintf(row->dir, sizeof row->dir, "%s", l->dir);
	(void)snprintf(row->channel, sizeof row->channel, "%s", l->channel);
	(void)snprintf(row->typ, sizeof row->typ, "%s", l->typ);
}

/* A number that is in neither log: told once for each gap, at the first number missing. */
static void
check_gap(struct merging *m, const struct row *next)
{
	const struct exchange_line *l = &next->line;
	bool same_lane = m->begun && compare_lane(&m->last, l) == 0;
	uint64_t due = same_lane ? m->last.seq + 1 : 1;
	if (l->seq > due) {
		struct row gap = *next;
		gap.line.seq = due;
		tell(m, DIFFERENCE_GAP, "", &gap, NULL);
		if (m->report->count <= RECONCILE_DIFFERENCES_MAX)
			m->report->row[m->report->count - 1].has_a = false;
	}
	m->last = *l;
	m->begun = true;
}

/* Has this side a later line of the same lane? */
static bool
went_on(const struct side *s, const struct exchange_line *l)
{
	size_t low = 0, high = s->count; /* the rows are sorted: find the end of the lane */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_lane(&s->row[middle].line, l) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && compare_lane(&s->row[low - 1].line, l) == 0 &&
	    s->row[low - 1].line.seq > l->seq;
}

static bool
sent_by(const struct side *s, const struct exchange_line *l)
{
	size_t n = strlen(s->log->code);
	return strncmp(l->dir, s->log->code, n) == 0 && l->dir[n] == '>';
}

/* Only one of the two has it. */
static void
alone(struct merging *m, const struct row *r, bool in_a)
{
	const struct side *has = in_a ? &m->a : &m->b, *lacks = in_a ? &m->b : &m->a;
	enum difference what = DIFFERENCE_UNLOGGED;
	if (sent_by(has, &r->line))
		what = went_on(lacks, &r->line) ? DIFFERENCE_LOST : DIFFERENCE_UNDERWAY;
	tell(m, what, lacks->log->code, in_a ? r : NULL, in_a ? NULL : r);
}

/* Skip what stands twice, and tell of it unless it is a private query, which may have been repeated
 * after a lost answer. */
static void
drop_doubles(struct merging *m, struct side *s, bool in_a)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->count; i++) {
		if (kept > 0 && compare_line(&s->row[kept - 1].line, &s->row[i].line) == 0) {
			if (!line_refusable(&s->row[i].line))
				tell(m, DIFFERENCE_DOUBLE, s->log->code, in_a ? &s->row[i] : NULL,
				    in_a ? NULL : &s->row[i]);
			continue;
		}
		s->row[kept++] = s->row[i];
	}
	s->count = kept;
}

static void
merge(struct merging *m)
{
	size_t i = 0, j = 0;
	while (i < m->a.count || j < m->b.count) {
		int c = i == m->a.count ? 1 : j == m->b.count ? -1 :
		    compare_line(&m->a.row[i].line, &m->b.row[j].line);
		const struct row *a = &m->a.row[i], *b = &m->b.row[j]; /* one may stand at the end */
		check_gap(m, c <= 0 ? a : b);
		if (c < 0)
			alone(m, a, true);
		else if (c > 0)
			alone(m, b, false);
		else if (memcmp(a->line.hash, b->line.hash, CRYPTO_HASH_LEN) != 0)
			tell(m, DIFFERENCE_HASH, "", a, b);
		else
			m->report->same++;
		i += c <= 0;
		j += c >= 0;
	}
}

static struct side
side_of(const struct audit_log *l)
{
	return (struct side){ .log = l, .room = 256, .row = ent_alloc_array(256, sizeof(struct row)) };
}

enum ent_err
audit_reconcile(const struct audit_log *a, const struct audit_log *b,
    struct reconcile_report **out, struct ent_why *why)
{
	if (!a->exchange || !b->exchange || strcmp(a->log, b->log) != 0)
		return ent_fail(ENT_EFIELD, why, "reconciling wants both exchange logs of one agreement, "
		    "not '%s' and '%s'", a->log, b->log);
	if (strcmp(a->code, b->code) == 0)
		return ent_fail(ENT_EFIELD, why, "both exports are from %s", a->code);
	struct merging m = { .a = side_of(a), .b = side_of(b),
		.report = ent_alloc(sizeof *m.report) };
	enum ent_err err = audit_log_each(a, take, &m.a, why);
	if (err == ENT_OK)
		err = audit_log_each(b, take, &m.b, why);
	if (err == ENT_OK) {
		m.report->a_lines = m.a.count;
		m.report->b_lines = m.b.count;
		if (m.a.count > 0)
			qsort(m.a.row, m.a.count, sizeof *m.a.row, compare_row);
		if (m.b.count > 0)
			qsort(m.b.row, m.b.count, sizeof *m.b.row, compare_row);
		drop_doubles(&m, &m.a, true);
		drop_doubles(&m, &m.b, false);
		merge(&m);
	}
	free(m.a.row);
	free(m.b.row);
	if (err != ENT_OK) {
		reconcile_report_free(m.report);
		return err;
	}
	*out = m.report;
	return ENT_OK;
}

void
reconcile_report_free(struct reconcile_report *r)
{
	free(r);
}
