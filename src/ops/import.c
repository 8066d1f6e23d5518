/* SPDX-License-Identifier: Apache-2.0
 *
 * import: a source list into the register, all of it or nothing.  Records are staged in bounded commits
 * that nobody sees; the flip that shows them shares its transaction with the entry that tells of it.
 * What is held at a time is two batches, one of them on its way to the disk, and what the index will
 * take, up to a maximum.
 */
#include "base/log.h"
#include "lists/lists.h"
#include "ops/index.h"
#include "ops/merkle.h"
#include "ops/record_call.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES ((size_t)8 << 20)
#define PART_MAX ((size_t)64 << 20) /* bytes of each file but the last, held while they are merged */
#define PROGRESS_EVERY 2000	    /* records */

struct staged {
	struct record_row row;
	size_t at, n; /* in text */
};

/* What one commit takes. */
struct batch {
	struct import *im;
	struct staged *rows; /* owned, IMPORT_BATCH of them */
	struct buf text;
	size_t count;
	struct store_job *job; /* in flight, or NULL */
	struct ent_why why;
};

struct import {
	struct op_call *c;
	struct ent_id id;
	enum list_format format;
	struct record_label label;
	/* the body is the files one behind the other */
	struct {
		char name[81];
		uint64_t size;
		struct buf held;    /* all but the last */
		struct bytes rest;
	} files[LIST_FILES_MAX];
	size_t files_count;
	uint64_t total, read;
	/* one is filled while the other is committed */
	struct batch batches[2], *batch;
	struct merkle tree;
	struct index_held *held; /* for the index, until they are shown */
	struct list_report report;
};

/* ---- the request ----------------------------------------------------------------------------------- */

static enum ent_err
decode_files(struct op_call *c, struct import *im, struct js_reader *r)
{
	struct js *list = js_opt_array(r, "files", LIST_FILES_MAX);
	im->total = (uint64_t)js_opt_int(r, "size", 0, INT64_MAX, 0);
	im->files_count = list == NULL ? 1 : js_len(list);
	(void)snprintf(im->files[0].name, sizeof im->files[0].name, "the list");
	for (size_t i = 0; i < js_len(list) && r->err == ENT_OK; i++) {
		struct js_reader f = js_reader_of(js_at(list, i), "files", c->why);
		(void)snprintf(im->files[i].name, sizeof im->files[i].name, "%s",
		    js_want_str(&f, "name", sizeof im->files[i].name - 1));
		im->files[i].size = (uint64_t)js_opt_int(&f, "size", 0, INT64_MAX, 0);
		r->err = f.err;
		if (r->err == ENT_OK && i + 1 < js_len(list) && im->files[i].size > PART_MAX)
			r->err = ent_fail(ENT_ETOOBIG, c->why, "'%s' is over %zu bytes: give the largest "
			    "file last", im->files[i].name, PART_MAX);
	}
	if (r->err == ENT_OK && im->files_count == 0)
		r->err = ent_fail(ENT_EFIELD, c->why, "field 'files' is empty");
	return r->err;
}

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct import *im = arena_alloc(c->arena, sizeof *im);
	struct js *label = js_want_object(&r, "label");
	im->format = list_format_of(js_want_str(&r, "format", 16));
	im->c = c;
	im->id = id_new();
	c->state = im;
	enum ent_err err = decode_files(c, im, &r);
	if (err == ENT_OK && im->format == LIST_NONE)
		err = ent_fail(ENT_EFIELD, c->why, "field 'format' must be ofac-sdn, un-sc or jsonl");
	if (err == ENT_OK)
		err = list_label_read(label, &im->label, c->why);
	if (err == ENT_OK && c->read_body == NULL)
		err = ent_fail(ENT_EUSAGE, c->why, "the list itself is missing: entente import FILE");
	if (err != ENT_OK)
		return err;
	char *text = arena_alloc(c->arena, ENT_ID_TEXT);
	id_format(&im->id, text);
	c->event.object = text;
	c->ask.label = &im->label;
	op_fact_str(c, "format", list_format_name(im->format));
	return ENT_OK;
}

/* ---- staging --------------------------------------------------------------------------------------- */

static enum ent_err
begin_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct import *im = ctx;
	return import_begin(tx, im->c->grant, &im->id, im->c->ask.now, why);
}

static enum ent_err
batch_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct batch *b = ctx;
	for (size_t i = 0; i < b->count; i++) {
		const struct staged *s = &b->rows[i];
		enum ent_err err = record_put(tx, b->im->c->grant, &s->row,
		    bytes_of(b->text.p + s->at, s->n), why);
		if (err != ENT_OK) { /* the line that is named with it is further on */
			struct ent_why cause = *why;
			char id[ENT_ID_TEXT];
			id_format(&s->row.id, id);
			return ent_fail(err, why, "record %s, here or before: %s", id, cause.text);
		}
	}
	return ENT_OK;
}

/* Wait until it is durable, if it is on its way, and empty it. */
static enum ent_err
settle(struct batch *b, struct ent_why *why)
{
	enum ent_err err = b->job == NULL ? ENT_OK :
	    store_write_end(node_store(b->im->c->node), b->job);
	if (err != ENT_OK)
		*why = b->why;
	b->job = NULL;
	b->count = 0;
	buf_reset(&b->text);
	return err;
}

/* Send the batch on its way and take up the other one. */
static enum ent_err
flush(struct import *im, struct ent_why *why)
{
	struct batch *b = im->batch;
	if (b->count > 0)
		b->job = store_write_begin(node_store(im->c->node), batch_body, b, &b->why);
	im->batch = b == &im->batches[0] ? &im->batches[1] : &im->batches[0];
	return settle(im->batch, why);
}

/* Behind this nothing is on its way, whatever came before. */
static enum ent_err
settle_all(struct import *im, struct ent_why *why)
{
	struct ent_why other;
	enum ent_err err = settle(&im->batches[0], why);
	enum ent_err second = settle(&im->batches[1], err == ENT_OK ? why : &other);
	return err == ENT_OK ? second : err;
}

static void
tell(struct import *im)
{
	struct op_call *c = im->c;
	if (c->progress == NULL)
		return;
	struct js *o = js_object();
	char what[64];
	(void)snprintf(what, sizeof what, "bytes, %llu records",
	    (unsigned long long)im->report.records);
	js_set_int(o, "done", (int64_t)im->read);
	js_set_int(o, "total", (int64_t)im->total);
	js_set_str(o, "what", what);
	c->progress(c->progress_ctx, o);
}

/* They are in and shown; what search needs is still made. */
static void
tell_searchable(void *ctx, uint64_t added)
{
	const struct import *im = ctx;
	struct js *o = js_object();
	js_set_int(o, "done", (int64_t)added);
	js_set_int(o, "total", (int64_t)im->report.records);
	js_set_str(o, "what", "records searchable");
	im->c->progress(im->c->progress_ctx, o);
}

static enum ent_err
stage(void *ctx, struct record *r, struct ent_why *why)
{
	struct import *im = ctx;
	struct batch *b = im->batch;
	struct staged *s = &b->rows[b->count];
	if (strcmp(r->label.originator, im->label.originator) != 0 ||
	    strcmp(r->label.agreement, im->label.agreement) != 0)
		return ent_fail(ENT_EFIELD, why, "field 'label.originator' or 'label.agreement' is not that "
		    "of the import's label, under which it was allowed");
	if (id_is_zero(&r->id))
		r->id = id_new();
	r->version = 1;
	crypto_random(r->salt, sizeof r->salt);
	struct js *body = record_write(r);
	s->at = b->text.n;
	js_write(body, &b->text);
	js_free(body);
	if (buf_err(&b->text) != ENT_OK || b->text.n - s->at > RECORD_BODY_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a record over %zu bytes: split it", RECORD_BODY_MAX);
	s->n = b->text.n - s->at;
	s->row = (struct record_row){ .id = r->id, .type = r->type, .version = 1, .label = r->label,
		.import = im->id, .others = record_has_others(r), .changed_at = im->c->ask.now };
	merkle_add(&im->tree, bytes_of(b->text.p + s->at, s->n));
	index_hold(im->held, r);
	b->count++;
	if (im->report.records % PROGRESS_EVERY == 0)
		tell(im);
	if (b->count == node_import_batch(im->c->node) || b->text.n > BATCH_BYTES - RECORD_BODY_MAX)
		return flush(im, why);
	return ENT_OK;
}

/* ---- the body -------------------------------------------------------------------------------------- */

static int64_t
read_counted(void *ctx, void *p, size_t n)
{
	struct import *im = ctx;
	int64_t got = im->c->read_body(im->c->body_ctx, p, n);
	if (got > 0)
		im->read += (uint64_t)got;
	return got;
}

static enum ent_err
hold_files(struct import *im)
{
	uint8_t chunk[16384];
	for (size_t i = 0; i + 1 < im->files_count; i++) {
		uint64_t left = im->files[i].size;
		buf_init(&im->files[i].held, PART_MAX + 1);
		while (left > 0) {
			int64_t n = read_counted(im, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk);
			if (n <= 0)
				return ent_fail(ENT_EIO, im->c->why, "'%s' ended early: import again",
				    im->files[i].name);
			buf_put(&im->files[i].held, chunk, (size_t)n);
			left -= (uint64_t)n;
		}
		im->files[i].rest = buf_bytes(&im->files[i].held);
	}
	return ENT_OK;
}

static enum ent_err
read_all(struct import *im)
{
	struct list_input in[LIST_FILES_MAX];
	enum ent_err err = hold_files(im);
	for (size_t i = 0; i < im->files_count; i++)
		in[i] = i + 1 < im->files_count ?
		    list_input_of(im->files[i].name, &im->files[i].rest) :
		    (struct list_input){ .name = im->files[i].name, .read = read_counted, .ctx = im };
	if (err == ENT_OK)
		err = list_read(im->format, in, im->files_count, &im->label, stage, im, &im->report,
		    im->c->why);
	if (err == ENT_OK)
		err = flush(im, im->c->why);
	struct ent_why later;
	enum ent_err late = settle_all(im, err == ENT_OK ? im->c->why : &later);
	return err == ENT_OK ? late : err;
}

static void
answer(struct import *im)
{
	struct js *out = im->c->out;
	const struct list_report *r = &im->report;
	js_set_id(out, "import", im->id.b);
	js_set_int(out, "rows", (int64_t)r->rows);
	js_set_int(out, "records", (int64_t)r->records);
	js_set_int(out, "persons", (int64_t)r->persons);
	js_set_int(out, "organisations", (int64_t)r->organisations);
	js_set_int(out, "documents", (int64_t)r->documents);
	js_set_int(out, "quarantined", (int64_t)r->quarantined);
	js_set_take(out, "unmapped", js_copy(r->unmapped));
}

static enum ent_err
run(struct op_call *c)
{
	struct import *im = c->state;
	struct store *s = node_store(c->node);
	uint8_t root[CRYPTO_HASH_LEN];
	char text[B64U_SIZE(CRYPTO_HASH_LEN)];
	for (size_t i = 0; i < 2; i++) {
		im->batches[i] = (struct batch){ .im = im,
			.rows = ent_alloc_array(IMPORT_BATCH, sizeof *im->batches[i].rows) };
		buf_init(&im->batches[i].text, BATCH_BYTES);
	}
	im->batch = &im->batches[0];
	im->held = index_held_new(INDEX_HELD_MAX);
	if (c->progress != NULL)
		index_held_watch(im->held, tell_searchable, im);
	enum ent_err err = store_write(s, begin_body, im, c->why);
	if (err == ENT_OK)
		err = read_all(im);
	if (err == ENT_OK) {
		merkle_root(&im->tree, root);
		b64u_encode(bytes_of(root, sizeof root), text);
		op_fact_int(c, "records", (int64_t)im->report.records);
		op_fact_int(c, "quarantined", (int64_t)im->report.quarantined);
		op_fact_str(c, "root", text);
		answer(im);
		js_set_str(c->out, "root", text);
	}
	list_report_done(&im->report);
	for (size_t i = 0; i + 1 < im->files_count; i++)
		buf_done(&im->files[i].held);
	for (size_t i = 0; i < 2; i++) {
		buf_done(&im->batches[i].text);
		free(im->batches[i].rows);
	}
	return err;
}

/* In the transaction of the entry: shown and told of at once, or neither. */
static enum ent_err
finish(struct op_call *c)
{
	struct import *im = c->state;
	return import_flip(c->tx, c->grant, &im->id, js_get_int(c->out, "records", 0), c->why);
}

static void
undo(struct op_call *c)
{
	struct import *im = c->state;
	struct ent_why why;
	index_held_free(im->held);
	im->held = NULL;
	enum ent_err err = import_drop(node_store(c->node), &im->id, &why);
	if (err != ENT_OK && err != ENT_ENOTFOUND) /* it never began */
		log_event(LOG_WARN, "import.left", "swept=at-start"); /* by store_open */
}

/* Once durable. */
static enum ent_err
after(struct op_call *c)
{
	struct import *im = c->state;
	log_event(LOG_INFO, "import.shown", "records=%llu", (unsigned long long)im->report.records);
	enum ent_err err = index_import(c->node, im->held, c->grant, &im->id, c->why);
	index_held_free(im->held);
	im->held = NULL;
	return err;
}

const struct op_impl op_import = { .decode = decode, .run = run, .finish = finish, .undo = undo,
	.after = after };
