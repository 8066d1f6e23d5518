/* SPDX-License-Identifier: Apache-2.0
 *
 * forward, permit ask, permit grant, permit deny: a partner's record and a third service.
 */
#include "base/file.h"
#include "cmd/render.h"
#include "cmd/verb.h"

static const struct verb_arg forward_args[] = {
	{ "ref", ARG_TEXT, true, true, "REF", "the exchange in which the record came" },
	{ "record", ARG_TEXT, false, true, "ID", "the record" },
	{ "to", ARG_TEXT, false, true, "CODE", "the third service" },
	{ "assurances", ARG_LIST, false, false, "TYPE", "a human-rights commitment that is given; may be repeated" },
	{ "out", ARG_LOCAL, false, false, "FILE", "write the packet to deliver here, instead of standard output" },
	{ 0 },
};
static const struct verb_arg ask_args[] = {
	{ "ref", ARG_TEXT, true, true, "REF", "the exchange in which the record came" },
	{ "record", ARG_TEXT, false, true, "ID", "the record" },
	{ "to", ARG_TEXT, false, true, "CODE", "the one third service" },
	{ 0 },
};
static const struct verb_arg decide_args[] = {
	{ "ref", ARG_TEXT, true, true, "REF", "the permission that is asked (entente inbox)" },
	{ "ground", ARG_TEXT, false, false, "CODE", "why it is denied" },
	{ 0 },
};

static enum ent_err
write_packet(const struct verb_call *c, const struct js *answer, struct ent_why *why)
{
	struct buf text;
	enum ent_err err = ENT_OK;
	const char *path = verb_text(c, "out");
	buf_init(&text, (size_t)16 << 20);
	js_write_pretty(js_get(answer, "packet"), &text);
	buf_putc(&text, '\n');
	if (path != NULL)
		err = file_replace(path, buf_bytes(&text), 0600, why);
	else if (fwrite(text.p, 1, text.n, stdout) != text.n)
		err = ent_fail(ENT_EIO, why, "cannot write the packet");
	buf_done(&text);
	return err;
}

static int
run_forward(struct verb_call *c)
{
	struct ent_why why = { 0 };
	struct js *request = verb_request(c), *answer = NULL;
	enum ent_err err = verb_send(c, "forward", request, &answer, &why);
	js_free(request);
	if (err == ENT_OK)
		err = write_packet(c, answer, &why);
	js_free(answer);
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	(void)fprintf(stderr, "permitted by the originator, which is told of it; the copy register has the "
	    "recipient\n");
	return 0;
}

static int
decide(struct verb_call *c, bool granted)
{
	struct ent_why why = { 0 };
	struct js *request = verb_request(c), *answer = NULL;
	js_set_bool(request, "granted", granted);
	enum ent_err err = verb_send(c, "permit grant", request, &answer, &why);
	js_free(request);
	int rc = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(answer);
	return rc;
}

static int
run_grant(struct verb_call *c)
{
	return decide(c, true);
}

static int
run_deny(struct verb_call *c)
{
	return decide(c, false);
}

const struct verb verb_forward = { .name = "forward", .op = "forward",
	.summary = "hand a partner's record to a third service it permitted", .args = forward_args,
	.reasoned = true, .run = run_forward };
const struct verb verb_permit_ask = { .name = "permit ask", .op = "permit ask",
	.summary = "ask the originator to permit one third service", .args = ask_args, .reasoned = true };
const struct verb verb_permit_grant = { .name = "permit grant", .op = "permit grant",
	.summary = "permit a partner to pass our record to that service", .args = decide_args,
	.reasoned = true, .run = run_grant };
const struct verb verb_permit_deny = { .name = "permit deny", .op = "permit grant",
	.summary = "deny it", .args = decide_args, .reasoned = true, .run = run_deny };
