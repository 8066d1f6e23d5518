/* SPDX-License-Identifier: Apache-2.0
 *
 * permit ask: ask the originator whether a record of its answer may pass to one third service.
 */
#include "ops/thread_call.h"

#include <stdio.h>

static enum ent_err
decode(struct op_call *c)
{
	struct thread_call *t;
	uint8_t record[16];
	struct js_reader r = js_reader_of(c->in, "", c->why);
	const char *to = js_want_str(&r, "to", CODE_MAX - 1);
	js_want_id(&r, "record", record);
	if (r.err == ENT_OK && !record_code_valid(to))
		return ent_fail(ENT_EFIELD, c->why, "field 'to' is a service's code, such as SEN");
	if (r.err != ENT_OK)
		return r.err;
	op_fact_str(c, "recipient", to);
	op_fact_str(c, "record", js_get_str(c->in, "record"));
	return thread_call_decode(c, &t);
}

static enum ent_err
run(struct op_call *c)
{
	const struct thread_call *t = c->state;
	struct permission_row row = { .ref = id_new(), .direction = FEED_OURS,
		.state = PERMISSION_ASKED, .changed_at = clock_now() };
	struct js *codes = js_object(), *hidden = js_object();
	enum ent_err err = id_parse(str_of(js_get_str(c->in, "record")), &row.record);
	if (err == ENT_OK) {
		(void)snprintf(row.agreement, sizeof row.agreement, "%s", t->thread.agreement);
		(void)snprintf(row.recipient, sizeof row.recipient, "%s", js_get_str(c->in, "to"));
		err = permission_put(c->tx, &row, c->why);
	}
	if (err != ENT_OK) {
		js_free(codes);
		js_free(hidden);
		return err;
	}
	js_set_str(codes, "record", js_get_str(c->in, "record"));
	js_set_str(codes, "recipient", row.recipient);
	js_set_str(hidden, "reason", c->ask.reason);
	thread_call_by(c, codes, hidden);
	return thread_call_say(c, KIND_PERMISSION_REQUEST, &row.ref, codes, hidden, NULL, 0);
}

const struct op_impl op_permit_ask = { .decode = decode, .run = run };
