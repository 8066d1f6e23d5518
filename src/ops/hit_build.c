/* SPDX-License-Identifier: Apache-2.0
 *
 * The build: records → keys → elements, evaluated by the keeper in batches → tags and references →
 * filter → signed note.  Whatever fails leaves the filter in force as it was.
 */
#include "ops/hit_build.h"

#include "ops/hit_list.h"
#include "store/records.h"
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORGET_AT_ONCE 8 /* epochs before: one, and builds since that failed */
#define REFS_FLUSH 4096 /* references written in one transaction */

struct made_ref {
	struct ent_id record;
	uint8_t ref[HIT_REF];
};

struct build {
	const struct hit_build *in;
	const struct policy *policy;
	struct hit_filter_row row;
	struct hit_filter_head head;
	struct hit_domain domain;
	struct hit_keys *keys;
	uint64_t *tags;
	size_t tag_count, tag_room;
	struct ent_id *records; /* all that have keys, to look at once more in the end */
	size_t record_room;
	/* One batch for the keeper. */
	size_t waiting;
	struct hit_key batch[OPRF_BATCH_MAX];
	struct ent_id batch_record[OPRF_BATCH_MAX];
	struct made_ref *refs;
	size_t ref_count;
};

static enum ent_err
flush_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct build *b = ctx;
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < b->ref_count && err == ENT_OK; i++)
		err = hit_refs_put(tx, b->in->grant, b->row.agreement, b->row.epoch, &b->refs[i].record,
		    b->refs[i].ref, 1, why);
	return err;
}

static enum ent_err
flush(struct build *b, struct ent_why *why)
{
	if (b->ref_count == 0)
		return ENT_OK;
	enum ent_err err = store_write(node_store(b->in->node), flush_body, b, why);
	b->ref_count = 0;
	if (err == ENT_OK && b->in->progress != NULL)
		b->in->progress(b->in->progress_ctx, (uint64_t)b->row.records, b->tag_count);
	return err;
}

static void
take_output(struct build *b, size_t i, const uint8_t output[static OPRF_OUTPUT])
{
	if (b->tag_count == b->tag_room) {
		b->tag_room = b->tag_room == 0 ? 65536 : b->tag_room * 2;
		b->tags = ent_realloc(b->tags, b->tag_room * sizeof *b->tags);
	}
	b->tags[b->tag_count++] = hit_tag(b->row.filter, output);
	b->refs[b->ref_count].record = b->batch_record[i];
	hit_ref(output, b->refs[b->ref_count++].ref);
}

/* The keeper multiplies what waits; it sees elements alone, which for our own register are not blinded. */
static enum ent_err
evaluate(struct build *b, struct ent_why *why)
{
	uint8_t in[OPRF_BATCH_MAX * OPRF_ELEMENT], out[OPRF_BATCH_MAX * OPRF_ELEMENT];
	uint8_t output[OPRF_OUTPUT];
	enum ent_err err = ENT_OK;
	if (node_stopping(b->in->node))
		err = ent_fail(ENT_ESTATE, why, "the node is stopping; it builds anew when it starts");
	for (size_t i = 0; i < b->waiting && err == ENT_OK; i++)
		err = oprf_hash_to_group(OPRF_MODE_VERIFIABLE,
		    bytes_of(b->batch[i].input, b->batch[i].n), in + i * OPRF_ELEMENT);
	if (err == ENT_OK && b->waiting > 0)
		err = keeper_evaluate_own(node_keeper(b->in->node), b->row.agreement, b->row.epoch, in,
		    b->waiting, out, why);
	for (size_t i = 0; i < b->waiting && err == ENT_OK; i++) {
		oprf_finish(bytes_of(b->batch[i].input, b->batch[i].n), out + i * OPRF_ELEMENT, output);
		take_output(b, i, output);
	}
	b->waiting = 0;
	crypto_wipe(output, sizeof output);
	crypto_wipe(in, sizeof in);
	if (err == ENT_OK && b->ref_count + OPRF_BATCH_MAX > REFS_FLUSH)
		err = flush(b, why);
	return err;
}

static enum ent_err
add_record(struct build *b, const struct record *r, struct ent_why *why)
{
	struct hit_terms t;
	enum ent_err err = hit_terms_of_record(b->in->grant, r, &t, why);
	if (err == ENT_OK)
		err = hit_keys_of_terms(&t, &b->domain, b->keys, why);
	if (err != ENT_OK || b->keys->n == 0)
		return err;
	b->row.left_out += (int64_t)b->keys->left_out;
	if ((size_t)b->row.records == b->record_room) {
		b->record_room = b->record_room == 0 ? 16384 : b->record_room * 2;
		b->records = ent_realloc(b->records, b->record_room * sizeof *b->records);
	}
	b->records[b->row.records++] = r->id;
	for (size_t i = 0; i < b->keys->n && err == ENT_OK; i++) {
		b->batch[b->waiting] = b->keys->key[i];
		b->batch_record[b->waiting++] = r->id;
		if (b->waiting == OPRF_BATCH_MAX)
			err = evaluate(b, why);
	}
	return err;
}

static enum ent_err
take_record(void *ctx, const struct record_row *row, struct bytes body, struct ent_why *why)
{
	struct build *b = ctx;
	struct js *j = NULL;
	struct record *r;
	if (row->state != RECORD_LIVE || !policy_admits(b->policy, b->in->grant, &row->label,
	    record_type_name(row->type), b->in->now))
		return ENT_OK;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	enum ent_err err = js_parse(body, RECORD_BODY_MAX, &j, why);
	if (err == ENT_OK)
		err = record_read(j, a, &r, why);
	if (err == ENT_OK)
		err = add_record(b, r, why);
	js_free(j);
	arena_free(a);
	return err;
}

/* ---- the frame around it ------------------------------------------------------------------------- */

static enum ent_err
start_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct build *b = ctx;
	uint32_t last;
	enum ent_err err = hit_filter_last(tx, b->row.agreement, &last, why);
	if (err != ENT_OK)
		return err;
	b->row.epoch = last + 1;
	b->row.state = HIT_FILTER_BUILDING;
	err = hit_refs_drop(tx, &b->row, why);
	return err == ENT_OK ? hit_filter_put(tx, b->in->grant, &b->row, "", why) : err;
}

static enum ent_err
start(struct build *b, struct ent_why *why)
{
	const struct hit_channel *ch = b->in->channel;
	(void)snprintf(b->row.agreement, sizeof b->row.agreement, "%s", ch->agreement);
	(void)snprintf(b->row.annex, sizeof b->row.annex, "%s", ch->annex);
	b->row.rules = TEXT_RULES_VERSION;
	b->row.built_at = b->in->now;
	crypto_random(b->row.filter, sizeof b->row.filter);
	crypto_random(b->row.pad_seed, sizeof b->row.pad_seed);
	enum ent_err err = store_write(node_store(b->in->node), start_body, b, why);
	struct keeper_epoch epoch = { .epoch = b->row.epoch, .quota_day = ch->quota_day,
		.quota_epoch = ch->quota_epoch };
	memcpy(epoch.agreement, b->row.agreement, sizeof epoch.agreement);
	memcpy(epoch.annex, b->row.annex, sizeof epoch.annex);
	if (err == ENT_OK)
		err = keeper_oprf_open(node_keeper(b->in->node), &epoch, b->head.pk, why);
	b->domain = (struct hit_domain){ b->row.agreement, b->row.epoch, b->row.rules };
	b->head.epoch = b->row.epoch;
	b->head.rules = b->row.rules;
	memcpy(b->head.id, b->row.filter, sizeof b->head.id);
	memcpy(b->head.agreement, b->row.agreement, sizeof b->head.agreement);
	return err;
}

struct finish {
	struct build *build;
	struct buf note;
};

/* A record that was erased or expired while the build went on is withdrawn at once. */
static enum ent_err
recheck(struct store_tx *tx, struct build *b, struct ent_why *why)
{
	struct record_row row;
	enum ent_err err = ENT_OK;
	for (int64_t i = 0; i < b->row.records && err == ENT_OK; i++) {
		err = record_label_get(tx, &b->records[i], &row, why);
		if (err == ENT_ENOTFOUND || (err == ENT_OK && row.state != RECORD_LIVE))
			err = hit_withdraw_record(tx, &b->records[i], why);
	}
	return err;
}

static enum ent_err
finish_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct finish *f = ctx;
	struct build *b = f->build;
	b->row.state = HIT_FILTER_IN_FORCE;
	enum ent_err err = recheck(tx, b, why);
	if (err == ENT_OK) /* a filter in force always has its list */
		err = hit_list_publish(b->in->node, tx, b->in->channel, b->row.epoch, b->in->now, why);
	if (err == ENT_OK)
		err = hit_filter_put(tx, b->in->grant, &b->row, buf_cstr(&f->note), why);
	if (err == ENT_OK)
		err = hit_filter_retire(tx, b->in->grant, &b->row, why);
	return err;
}

static enum ent_err
write_filter(struct build *b, struct ent_why *why)
{
	struct buf bytes;
	char path[HIT_FILE_PATH];
	buf_init(&bytes, HIT_FILTER_MAX);
	enum ent_err err = hit_filter_build(&b->head, b->tags, b->tag_count, b->row.pad_seed, &bytes, why);
	if (err == ENT_OK) {
		crypto_sha256(buf_bytes(&bytes), b->row.sha256);
		b->row.bytes = bytes.n;
		b->row.tags = (int64_t)b->tag_count;
		hit_file_path(node_dir(b->in->node), "own", b->row.agreement, b->row.epoch, path);
		err = hit_file_write(path, buf_bytes(&bytes), why);
	}
	buf_done(&bytes);
	return err;
}

static enum ent_err
put_in_force(struct build *b, struct ent_why *why)
{
	const struct hit_channel *ch = b->in->channel;
	struct finish f = { .build = b };
	struct keeper_filter note = { .epoch = b->row.epoch, .rules = b->row.rules,
		.bytes = b->row.bytes, .quota_day = ch->quota_day, .quota_epoch = ch->quota_epoch };
	(void)snprintf(note.agreement, sizeof note.agreement, "%s", ch->agreement);
	(void)snprintf(note.annex, sizeof note.annex, "%s", ch->annex);
	memcpy(note.sha256, b->row.sha256, sizeof note.sha256);
	buf_init(&f.note, NOTE_MAX);
	enum ent_err err = keeper_filter_note(node_keeper(b->in->node), &note, &f.note, why);
	if (err == ENT_OK)
		err = store_write(node_store(b->in->node), finish_body, &f, why);
	buf_done(&f.note);
	return err;
}

struct before {
	const struct hit_filter_row *row;
	uint32_t epochs[FORGET_AT_ONCE];
	size_t count;
};

static enum ent_err
before_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct before *f = ctx;
	return hit_filter_before(tx, f->row, f->epochs, FORGET_AT_ONCE, &f->count, why);
}

/* The keys and files of the annex's epochs before: what was built under them is worthless from now on. */
static enum ent_err
forget_before(struct build *b, struct ent_why *why)
{
	char path[HIT_FILE_PATH];
	struct before f = { .row = &b->row };
	enum ent_err err = store_read(node_store(b->in->node), before_body, &f, why);
	for (size_t i = 0; i < f.count && err == ENT_OK; i++) {
		err = keeper_oprf_destroy(node_keeper(b->in->node), b->row.agreement, f.epochs[i], why);
		if (err == ENT_ENOTFOUND)
			err = ENT_OK;
		hit_file_path(node_dir(b->in->node), "own", b->row.agreement, f.epochs[i], path);
		hit_file_remove(path);
	}
	return err;
}

enum ent_err
hit_build_run(const struct hit_build *in, struct hit_filter_row *out, struct ent_why *why)
{
	struct build *b = ent_alloc(sizeof *b);
	b->in = in;
	b->keys = ent_alloc(sizeof *b->keys);
	b->refs = ent_alloc_array(REFS_FLUSH, sizeof *b->refs);
	b->policy = node_policy_get(in->node);
	enum ent_err err = start(b, why);
	if (err == ENT_OK)
		err = record_scan(node_store(in->node), in->grant, in->now, take_record, b, why);
	if (err == ENT_OK)
		err = evaluate(b, why);
	if (err == ENT_OK)
		err = flush(b, why);
	if (err == ENT_OK)
		err = write_filter(b, why);
	if (err == ENT_OK)
		err = put_in_force(b, why);
	if (err == ENT_OK)
		err = forget_before(b, why);
	if (err == ENT_OK)
		*out = b->row;
	node_policy_put(in->node, b->policy);
	crypto_wipe(b->keys, sizeof *b->keys);
	free(b->keys);
	free(b->refs);
	free(b->tags);
	free(b->records);
	crypto_wipe(b, sizeof *b);
	free(b);
	return err;
}
