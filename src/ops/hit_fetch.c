/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching the partner's filter and its list of withdrawn references; both are checked against the
 * partner's signature before anything is done with them.
 */
#include "ops/hit_asking.h"


#include <stdio.h>
#include <string.h>

#define NOTE_ANSWER_MAX ((size_t)65536)
#define PIECE_MAX ((size_t)8 << 20)

/* "rab.entente.invalid/filter": the key name of a filter's note. */
static void
note_name(const char *code, char out[static NOTE_NAME_MAX])
{
	char lower[CODE_MAX];
	size_t n = 0;
	for (; code[n] != '\0' && n + 1 < sizeof lower; n++)
		lower[n] = code[n] >= 'A' && code[n] <= 'Z' ? (char)(code[n] - 'A' + 'a') : code[n];
	lower[n] = '\0';
	(void)snprintf(out, NOTE_NAME_MAX, "%s.entente.invalid/filter", lower);
}

static enum ent_err
check_note(struct hit_asking *a, struct bytes note, struct hit_note *out)
{
	char name[NOTE_NAME_MAX];
	struct bytes text;
	note_name(a->channel.partner, name);
	enum ent_err err = note_verify(note, name, a->channel.record, &text, a->why);
	if (err == ENT_OK)
		err = hit_note_parse(text, out, a->why);
	if (err == ENT_OK && (strcmp(out->agreement, a->channel.agreement) != 0 ||
	    strcmp(out->annex, a->channel.annex) != 0))
		err = ent_fail(ENT_EPEER, a->why, "the filter's note is of another agreement or annex");
	return err;
}

static enum ent_err
fetch_note(struct hit_asking *a, struct hit_note *note)
{
	struct js *request = js_object(), *answer = NULL;
	struct buf got;
	buf_init(&got, NOTE_ANSWER_MAX);
	js_set_str(request, "agreement", a->channel.agreement);
	js_set_str(request, "annex", a->channel.annex);
	enum ent_err err = hit_channel_post(a->node, &a->channel, "/peer/filter", request, &got, a->why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&got), NOTE_ANSWER_MAX, &answer, a->why);
	const char *text = js_get_str(answer, "note");
	if (err == ENT_OK && text == NULL)
		err = ent_fail(ENT_EPEER, a->why, "the partner's filter has no note");
	if (err == ENT_OK)
		err = check_note(a, bytes_of_cstr(text), note);
	if (err == ENT_OK) {
		buf_reset(&a->note);
		buf_puts(&a->note, text);
		err = buf_err(&a->note);
	}
	js_free(answer);
	buf_done(&got);
	return err;
}

static enum ent_err
fetch_bytes(struct hit_asking *a, const struct hit_note *note, struct buf *out)
{
	struct buf piece;
	enum ent_err err = ENT_OK;
	buf_init(&piece, PIECE_MAX);
	while (err == ENT_OK && out->n < note->bytes) {
		struct js *request = js_object();
		buf_reset(&piece);
		js_set_str(request, "agreement", a->channel.agreement);
		js_set_str(request, "annex", a->channel.annex);
		js_set_int(request, "epoch", note->epoch);
		js_set_int(request, "offset", (int64_t)out->n);
		err = hit_channel_post(a->node, &a->channel, "/peer/filter", request, &piece, a->why);
		if (err == ENT_OK && (piece.n == 0 || piece.n > note->bytes - out->n))
			err = ent_fail(ENT_EPEER, a->why, "the partner's filter is not as long as its note says");
		buf_put(out, piece.p, piece.n);
	}
	buf_done(&piece);
	return err == ENT_OK ? buf_err(out) : err;
}

static enum ent_err
save_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct hit_asking *a = ctx;
	struct hit_asker_row now;
	/* Others may have counted meanwhile: only what was fetched is changed. */
	enum ent_err err = hit_asker_get(tx, a->channel.agreement, a->channel.annex, &now, NULL, why);
	if (err == ENT_OK) {
		if (now.epoch != a->row.epoch) {
			now.used_epoch = 0;
			now.stopped[0] = '\0';
		}
		now.epoch = a->row.epoch;
		now.rules = a->row.rules;
		now.fetched_at = a->row.fetched_at;
		now.list_seq = a->row.list_seq;
		now.list_at = a->row.list_at;
		a->row = now;
		err = hit_asker_put(tx, a->channel.agreement, a->channel.annex, &now, buf_cstr(&a->note), buf_cstr(&a->list),
		    NULL, why);
	}
	return err;
}

static enum ent_err
keep_filter(struct hit_asking *a, const struct hit_note *note, struct bytes filter)
{
	char path[HIT_FILE_PATH];
	uint32_t before = a->row.epoch;
	hit_file_path(node_dir(a->node), "partner", a->channel.agreement, note->epoch, path);
	enum ent_err err = hit_file_write(path, filter, a->why);
	if (err != ENT_OK)
		return err;
	a->row.epoch = note->epoch;
	a->row.rules = note->rules;
	a->row.fetched_at = clock_now();
	err = store_write(node_store(a->node), save_body, a, a->why);
	if (err == ENT_OK && before != 0 && before != note->epoch) {
		hit_file_path(node_dir(a->node), "partner", a->channel.agreement, before, path);
		hit_file_remove(path);
	}
	return err;
}

#define FETCHES 4 /* of a filter that is built anew while it is being fetched */

static enum ent_err
fetch_whole(struct hit_asking *a, struct hit_note *note, struct buf *out)
{
	enum ent_err err = ENT_ESTATE;
	for (int i = 0; i < FETCHES && err == ENT_ESTATE; i++) { /* ESTATE: its epoch is over */
		buf_reset(out);
		err = fetch_note(a, note);
		if (err == ENT_OK && note->epoch < a->row.epoch)
			err = ent_fail(ENT_EPEER, a->why, "the partner offers a filter of epoch %u, we had %u",
			    note->epoch, a->row.epoch);
		if (err == ENT_OK)
			err = fetch_bytes(a, note, out);
	}
	return err;
}

enum ent_err
hit_fetch_filter(struct hit_asking *a)
{
	struct hit_note note;
	struct hit_filter_head head;
	struct buf bytes;
	buf_init(&bytes, HIT_FILTER_MAX);
	enum ent_err err = fetch_whole(a, &note, &bytes);
	if (err == ENT_OK) {
		err = hit_filter_check(&note, buf_bytes(&bytes), &head, a->why);
		hit_file_unmap(&a->map);
	}
	if (err == ENT_OK)
		err = keep_filter(a, &note, buf_bytes(&bytes));
	buf_done(&bytes);
	if (err == ENT_OK)
		err = hit_fetch_list(a);
	return err == ENT_OK ? hit_fetch_open(a) : err;
}

static enum ent_err
check_list(struct hit_asking *a, const char *jws)
{
	struct js *payload = NULL;
	struct hit_withdrawn w = { .refs = NULL };
	enum ent_err err = jws_verify(str_of(jws), JWS_WITHDRAWN, a->channel.record, &payload, a->why);
	if (err == ENT_OK)
		err = hit_withdrawn_read(payload, &w, a->why);
	js_free(payload);
	if (err == ENT_OK && (strcmp(w.iss, a->channel.partner) != 0 ||
	    strcmp(w.to, a->channel.own) != 0 || strcmp(w.agreement, a->channel.agreement) != 0))
		err = ent_fail(ENT_EPEER, a->why, "the withdrawn list is of another channel");
	else if (err == ENT_OK && w.seq < a->row.list_seq)
		err = ent_fail(ENT_EPEER, a->why, "the withdrawn list is older than the one we had");
	if (err == ENT_OK) {
		hit_withdrawn_done(&a->withdrawn);
		a->withdrawn = w;
		a->row.list_seq = w.seq;
	} else {
		hit_withdrawn_done(&w);
	}
	return err;
}

enum ent_err
hit_fetch_list(struct hit_asking *a)
{
	struct js *request = js_object(), *answer = NULL;
	struct buf got;
	buf_init(&got, JWS_MAX + 1024);
	js_set_str(request, "agreement", a->channel.agreement);
	js_set_str(request, "annex", a->channel.annex);
	enum ent_err err = hit_channel_post(a->node, &a->channel, "/peer/withdrawn", request, &got,
	    a->why);
	if (err == ENT_OK)
		err = js_parse(buf_bytes(&got), JWS_MAX + 1024, &answer, a->why);
	const char *jws = js_get_str(answer, "jws");
	if (err == ENT_OK && jws == NULL)
		err = ent_fail(ENT_EPEER, a->why, "the partner's withdrawn list is missing");
	if (err == ENT_OK)
		err = check_list(a, jws);
	if (err == ENT_OK) {
		buf_reset(&a->list);
		buf_puts(&a->list, jws);
		a->row.list_at = clock_now();
		err = store_write(node_store(a->node), save_body, a, a->why);
	}
	js_free(answer);
	buf_done(&got);
	return err;
}

enum ent_err
hit_fetch_open(struct hit_asking *a)
{
	char path[HIT_FILE_PATH];
	hit_file_unmap(&a->map);
	hit_file_path(node_dir(a->node), "partner", a->channel.agreement, a->row.epoch, path);
	enum ent_err err = hit_file_map(path, HIT_FILTER_MAX, &a->map, a->why);
	if (err == ENT_OK)
		err = hit_filter_parse(a->map, &a->head, a->why);
	if (err == ENT_OK && (a->head.epoch != a->row.epoch ||
	    strcmp(a->head.agreement, a->channel.agreement) != 0))
		err = ent_fail(ENT_EIO, a->why, "the filter's file is not of epoch %u", a->row.epoch);
	if (err == ENT_OK && a->withdrawn.refs == NULL)
		err = check_list(a, buf_cstr(&a->list));
	return err;
}
