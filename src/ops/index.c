/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/index.h"

#include "base/arena.h"
#include "base/log.h"
#include "match/match.h"
#include "ops/thresholds.h"
#include "store/records.h"

#include <string.h>

#define RECORD_ARENA_MAX ((size_t)8 << 20)

/* What match takes of a record; remarks and source rows are never indexed. */
struct mapping {
	struct match_entry e;
	const char *names[MATCH_NAMES_MAX], *weak[MATCH_NAMES_MAX];
	struct match_document_of documents_of[MATCH_DOCUMENTS_MAX];
	const char *documents[MATCH_DOCUMENTS_MAX], *nationalities[MATCH_DOCUMENTS_MAX];
	struct match_date births[MATCH_BIRTHS_MAX];
	struct match_place places[MATCH_PLACES_MAX];
	size_t left_out;
};

/* One more of a list with a maximum; what is over it cannot be searched, and is counted. */
static void
put_text(struct mapping *m, const char **list, size_t *n, size_t max, const char *value)
{
	if (*n < max)
		list[(*n)++] = value;
	else
		m->left_out++;
}

static void
map_statement(const struct statement *s, struct mapping *m)
{
	struct match_entry *e = &m->e;
	if (s->kind == STATEMENT_NAME && s->name.kind == NAMEKIND_WEAK) {
		put_text(m, m->weak, &e->weak_n, MATCH_NAMES_MAX / 2, s->name.value);
	} else if (s->kind == STATEMENT_NAME) {
		put_text(m, m->names, &e->names_n, MATCH_NAMES_MAX / 2, s->name.value);
	} else if (s->kind == STATEMENT_DOCUMENT) {
		if (e->documents_n < MATCH_DOCUMENTS_MAX)
			m->documents_of[e->documents_n] = (struct match_document_of){ .kind = s->document.kind,
				.country = s->document.country };
		put_text(m, m->documents, &e->documents_n, MATCH_DOCUMENTS_MAX, s->document.number);
	} else if (s->kind == STATEMENT_NATIONALITY) {
		put_text(m, m->nationalities, &e->nationalities_n, MATCH_DOCUMENTS_MAX,
		    s->nationality);
	} else if (s->kind == STATEMENT_SEX) {
		e->sex = s->sex;
	} else if (s->kind == STATEMENT_PLACE && s->place.kind == PLACEKIND_BIRTH) {
		if (e->places_n < MATCH_PLACES_MAX)
			m->places[e->places_n++] = (struct match_place){ .country = s->place.country,
				.text = s->place.city != NULL ? s->place.city : s->place.text };
	} else if (s->kind == STATEMENT_BIRTH) {
		if (e->births_n < MATCH_BIRTHS_MAX)
			m->births[e->births_n++] = match_date_of(&s->birth);
		else
			m->left_out++;
	}
}

/* id is r's, in text; m keeps pointers to both. */
static void
map_record(const struct record *r, const char *id, struct mapping *m)
{
	m->left_out = 0;
	m->e = (struct match_entry){ .id = id, .type = r->type, .names = m->names, .weak = m->weak,
		.documents = m->documents, .documents_of = m->documents_of, .nationalities = m->nationalities, .births = m->births,
		.places = m->places, .quarantined = label_quarantined(&r->label) };
	for (size_t i = 0; i < r->count; i++)
		map_statement(&r->statements[i], m);
}

static enum ent_err
add_entry(struct node *n, const struct match_entry *e, size_t left_out, struct ent_why *why)
{
	size_t more = 0;
	enum ent_err err = match_add(node_index(n), e, &more, why);
	if (err == ENT_OK && left_out + more > 0)
		log_event(LOG_WARN, "index.left_out", "record=%s values=%zu", e->id, left_out + more);
	return err;
}

enum ent_err
index_record(struct node *n, const struct record *r, struct ent_why *why)
{
	char id[ENT_ID_TEXT];
	struct mapping *m = ent_alloc(sizeof *m);
	id_format(&r->id, id);
	map_record(r, id, m);
	enum ent_err err = add_entry(n, &m->e, m->left_out, why);
	explicit_bzero(m, sizeof *m);
	free(m);
	return err;
}

void
index_drop(struct node *n, const struct ent_id *id)
{
	char text[ENT_ID_TEXT];
	id_format(id, text);
	(void)match_remove(node_index(n), text); /* it may never have been searchable */
}

#define TELL_EVERY 10000 /* records */

struct build {
	struct node *node;
	uint64_t added, unreadable;
	index_told *told; /* NULL: nobody waits */
	void *told_ctx;
};

static void
count_added(struct build *b)
{
	if (b->told != NULL && b->added % TELL_EVERY == 0)
		b->told(b->told_ctx, b->added);
	b->added++;
}

/* A body that does not read is the store's trouble, not a reason to serve no search at all. */
static enum ent_err
add_body(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	struct build *b = ctx;
	struct ent_why bad;
	struct record *r;
	struct js *obj = NULL;
	char id[ENT_ID_TEXT];
	id_format(&row->id, id);
	if (match_has(node_index(b->node), id))
		return ENT_OK;
	struct arena *a = arena_new(RECORD_ARENA_MAX);
	enum ent_err err = js_parse(body, RECORD_BODY_MAX, &obj, &bad);
	if (err == ENT_OK)
		err = record_read(obj, a, &r, &bad);
	if (err == ENT_OK) {
		err = index_record(b->node, r, why);
		count_added(b);
	} else {
		log_event(LOG_ERROR, "index.unreadable", "record=%s error=%s", id, ent_err_name(err));
		b->unreadable++;
		err = ENT_OK;
	}
	js_free(obj);
	arena_free(a);
	return err;
}

enum ent_err
index_build(struct node *n, struct ent_why *why)
{
	struct build b = { .node = n };
	struct grant *g = NULL;
	int64_t start = clock_mono_us();
	enum ent_err err = node_system_grant(n, ACTION_SEARCH, PURPOSE_PROTECTION, NULL, &g, why);
	if (err == ENT_OK)
		err = record_scan(node_store(n), g, clock_now(), add_body, &b, why);
	grant_free(g);
	if (err == ENT_OK) {
		match_settle(node_index(n)); /* frequencies of all of it */
		thresholds_derive(node_thresholds(n));
		log_event(LOG_INFO, "index.built", "records=%llu unreadable=%llu ms=%lld",
		    (unsigned long long)b.added, (unsigned long long)b.unreadable,
		    (long long)((clock_mono_us() - start) / 1000));
	}
	return err;
}

/* ---- an import's ---------------------------------------------------------------------------------- */

struct held {
	struct match_entry e;
	size_t left_out;
	struct held *next;
};

struct index_held {
	struct arena *arena; /* NULL: it would have been too much */
	struct held *first, **last;
	size_t bytes, max;
	struct ent_id lowest, highest; /* of all, held or not */
	uint64_t count;
	index_told *told;
	void *told_ctx;
	struct mapping mapping;
};

struct index_held *
index_held_new(size_t max)
{
	struct index_held *h = ent_alloc(sizeof *h);
	h->max = max;
	h->arena = arena_new(2 * max + RECORD_ARENA_MAX); /* blocks are not filled to the end */
	h->last = &h->first;
	return h;
}

void
index_held_free(struct index_held *h)
{
	if (h == NULL)
		return;
	arena_free(h->arena);
	free(h);
}

void
index_held_watch(struct index_held *h, index_told *told, void *ctx)
{
	h->told = told;
	h->told_ctx = ctx;
}

static const char *const *
keep_texts(struct index_held *h, const char *const *texts, size_t n)
{
	const char **copy = arena_array(h->arena, n, sizeof *copy);
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(texts[i]);
		copy[i] = arena_strndup(h->arena, texts[i], size);
		h->bytes += size + 2 * sizeof *copy;
	}
	return copy;
}

static const struct match_document_of *
keep_documents(struct index_held *h, const struct mapping *m)
{
	struct match_document_of *copy = arena_array(h->arena, m->e.documents_n, sizeof *copy);
	for (size_t i = 0; i < m->e.documents_n; i++) {
		copy[i] = m->documents_of[i];
		if (copy[i].country != NULL)
			copy[i].country = arena_strdup(h->arena, copy[i].country);
	}
	h->bytes += m->e.documents_n * (sizeof *copy + 8);
	return copy;
}

static const struct match_place *
keep_places(struct index_held *h, const struct mapping *m)
{
	struct match_place *copy = arena_array(h->arena, m->e.places_n, sizeof *copy);
	for (size_t i = 0; i < m->e.places_n; i++) {
		const struct match_place *p = &m->places[i];
		copy[i].text = p->text == NULL ? NULL : arena_strdup(h->arena, p->text);
		copy[i].country = p->country == NULL ? NULL : arena_strdup(h->arena, p->country);
		h->bytes += sizeof *copy + (p->text == NULL ? 0 : strlen(p->text)) +
		    (p->country == NULL ? 0 : strlen(p->country));
	}
	return copy;
}

static void
keep_entry(struct index_held *h, const struct mapping *m)
{
	struct held *it = arena_alloc(h->arena, sizeof *it);
	struct match_date *births = arena_array(h->arena, m->e.births_n, sizeof *births);
	memcpy(births, m->births, m->e.births_n * sizeof *births);
	it->left_out = m->left_out;
	it->e = m->e;
	it->e.id = arena_strdup(h->arena, m->e.id);
	it->e.names = keep_texts(h, m->names, m->e.names_n);
	it->e.weak = keep_texts(h, m->weak, m->e.weak_n);
	it->e.documents = keep_texts(h, m->documents, m->e.documents_n);
	it->e.documents_of = keep_documents(h, m);
	it->e.nationalities = keep_texts(h, m->nationalities, m->e.nationalities_n);
	it->e.births = births;
	it->e.places = keep_places(h, m);
	h->bytes += sizeof *it + ENT_ID_TEXT + m->e.births_n * sizeof *births;
	*h->last = it;
	h->last = &it->next;
}

void
index_hold(struct index_held *h, const struct record *r)
{
	char id[ENT_ID_TEXT];
	if (h->count == 0 || memcmp(r->id.b, h->lowest.b, sizeof r->id.b) < 0)
		h->lowest = r->id;
	if (h->count++ == 0 || memcmp(r->id.b, h->highest.b, sizeof r->id.b) > 0)
		h->highest = r->id;
	if (h->arena == NULL)
		return;
	id_format(&r->id, id);
	map_record(r, id, &h->mapping);
	keep_entry(h, &h->mapping);
	if (h->bytes <= h->max)
		return;
	arena_free(h->arena);
	h->arena = NULL;
	h->first = NULL;
}

static enum ent_err
add_held(struct build *b, const struct index_held *h, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (const struct held *it = h->first; it != NULL && err == ENT_OK; it = it->next) {
		err = add_entry(b->node, &it->e, it->left_out, why);
		count_added(b);
	}
	return err;
}

enum ent_err
index_import(struct node *n, const struct index_held *h, const struct grant *g,
    const struct ent_id *import, struct ent_why *why)
{
	struct build b = { .node = n, .told = h->told, .told_ctx = h->told_ctx };
	int64_t start = clock_mono_us();
	struct record_span span = { .import = *import, .lowest = h->lowest, .highest = h->highest };
	enum ent_err err = h->arena != NULL ? add_held(&b, h, why) :
	    record_import_scan(node_store(n), g, &span, clock_now(), add_body, &b, why);
	if (err == ENT_OK)
		thresholds_derive(node_thresholds(n));
	if (err == ENT_OK)
		log_event(LOG_INFO, "index.added", "records=%llu unreadable=%llu held=%d ms=%lld",
		    (unsigned long long)h->count, (unsigned long long)b.unreadable, h->arena != NULL,
		    (long long)((clock_mono_us() - start) / 1000));
	return err;
}
