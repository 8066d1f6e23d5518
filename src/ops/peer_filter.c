/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_filter: a partner fetches the filter that an annex of its agreement entitles it to: the signed note first,
 * then the bytes in pieces.
 */
#include "ops/hit_channel.h"

#include <string.h>

#define PIECE ((size_t)4 << 20)

struct peer_filter {
	bool bytes;	 /* a piece of the file, else the note */
	uint32_t epoch;
	uint64_t offset;
};

static enum ent_err
decode(struct op_call *c)
{
	struct js_reader r = js_reader_of(c->in, "", c->why);
	struct peer_filter *p = arena_alloc(c->arena, sizeof *p);
	const char *agreement = js_want_str(&r, "agreement", AGREEMENT_MAX - 1);
	p->epoch = (uint32_t)js_opt_int(&r, "epoch", 1, UINT32_MAX, 0);
	p->offset = (uint64_t)js_opt_int(&r, "offset", 0, (int64_t)HIT_FILTER_MAX, 0);
	p->bytes = js_get(c->in, "offset") != NULL;
	if (r.err != ENT_OK)
		return r.err;
	c->event.partner = c->who->actor.service;
	op_fact_int(c, "epoch", p->epoch);
	op_fact_int(c, "offset", (int64_t)p->offset);
	c->state = p;
	(void)agreement; /* decode_common has put it into the ask */
	return ENT_OK;
}

static enum ent_err
give_piece(struct op_call *c, const struct hit_filter_row *row)
{
	const struct peer_filter *p = c->state;
	struct bytes map = { 0 };
	char path[HIT_FILE_PATH];
	if (p->epoch != row->epoch)
		return ent_fail(ENT_ESTATE, c->why, "epoch %u is over; %u is in force", p->epoch, row->epoch);
	hit_file_path(node_dir(c->node), "own", row->agreement, row->epoch, path);
	enum ent_err err = hit_file_map(path, HIT_FILTER_MAX, &map, c->why);
	if (err != ENT_OK)
		return err;
	if (p->offset >= map.n) {
		err = ent_fail(ENT_EFIELD, c->why, "offset: the filter has %zu bytes", map.n);
	} else {
		size_t n = map.n - p->offset < PIECE ? map.n - p->offset : PIECE;
		c->raw = arena_copy(c->arena, bytes_of(map.p + p->offset, n));
		c->raw_type = "application/octet-stream";
	}
	hit_file_unmap(&map);
	return err;
}

static enum ent_err
run(struct op_call *c)
{
	const struct peer_filter *p = c->state;
	struct hit_filter_row row;
	struct hit_channel ch;
	struct buf note;
	enum ent_err err = hit_channel_get(c->node, c->ask.agreement, c->ask.annex, &ch, c->why);
	if (err != ENT_OK)
		return err;
	buf_init(&note, NOTE_MAX);
	err = hit_filter_current(c->tx, ch.agreement, ch.annex, &row, &note, c->why);
	if (err == ENT_OK && p->bytes) {
		err = give_piece(c, &row);
	} else if (err == ENT_OK) {
		js_set_int(c->out, "epoch", row.epoch);
		js_set_int(c->out, "bytes", (int64_t)row.bytes);
		js_set_str(c->out, "note", buf_cstr(&note));
	}
	buf_done(&note);
	return err;
}

const struct op_impl op_peer_filter = { .decode = decode, .run = run };
