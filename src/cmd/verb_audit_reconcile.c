/* SPDX-License-Identifier: Apache-2.0
 *
 * audit reconcile: both parties' exchange logs of one agreement, message by message.
 */
#include "audit/reconcile.h"
#include "audit/verify.h"
#include "cmd/audit_files.h"
#include "cmd/render.h"

#include <inttypes.h>
#include <string.h>

#define SIDES 2

struct reconciling {
	struct audit_log log[SIDES];  /* exchange logs */
	struct audit_log node[SIDES]; /* internal logs, if given */
	bool open[SIDES], has_node[SIDES];
	struct js *findings; /* of the logs themselves */
	struct js *open_intents;
};

static const char *const exports[SIDES] = { "a", "b" };
static const char *const keys[SIDES] = { "key-a", "key-b" };
static const char *const nodes[SIDES] = { "node-a", "node-b" };

/* A log that does not verify proves nothing: its findings go first. */
static enum ent_err
verify_one(struct reconciling *r, const struct audit_log *l, bool node, struct ent_why *why)
{
	struct audit_report *report = NULL;
	enum ent_err err = audit_verify(l, NULL, &report, why);
	if (err != ENT_OK)
		return err;
	for (size_t i = 0; i < report->count; i++) {
		struct js *f = audit_finding_js(report->finding[i].kind, report->finding[i].text);
		js_set_str(f, "code", l->code);
		js_append_take(r->findings, f);
	}
	for (size_t i = 0; node && i < report->open_count; i++) {
		struct js *o = js_object();
		js_set_str(o, "code", l->code);
		js_set_int(o, "entry", (int64_t)report->open[i]);
		js_append_take(r->open_intents, o);
	}
	audit_report_free(report);
	return ENT_OK;
}

static enum ent_err
open_side(struct verb_call *c, struct reconciling *r, int side, struct ent_why *why)
{
	const char *node = verb_text(c, nodes[side]);
	enum ent_err err = audit_open_arg(c, verb_text(c, exports[side]), keys[side], &r->log[side], why);
	if (err != ENT_OK)
		return err;
	r->open[side] = true;
	err = verify_one(r, &r->log[side], false, why);
	if (err != ENT_OK || node == NULL)
		return err;
	err = audit_open_arg(c, node, NULL, &r->node[side], why);
	if (err != ENT_OK)
		return err;
	r->has_node[side] = true;
	if (r->node[side].exchange || strcmp(r->node[side].code, r->log[side].code) != 0)
		return ent_fail(ENT_EUSAGE, why, "--%s is not the node log of %s", nodes[side],
		    r->log[side].code);
	if (memcmp(r->node[side].key.pk, r->log[side].key.pk, CRYPTO_SIGN_PK) != 0)
		return ent_fail(ENT_ESIG, why, "the two logs of %s are signed with different keys",
		    r->log[side].code);
	return verify_one(r, &r->node[side], true, why);
}

static struct js *
row_js(const struct reconcile_row *row, const struct reconciling *r)
{
	struct js *o = js_object();
	js_set_str(o, "difference", difference_name(row->what));
	if (row->side[0] != '\0')
		js_set_str(o, "side", row->side);
	js_set_str(o, "dir", row->dir);
	js_set_str(o, "channel", row->channel);
	js_set_str(o, "typ", row->typ);
	js_set_int(o, "seq", (int64_t)row->seq);
	if (row->has_a) {
		js_set_str(o, "a", r->log[0].code);
		js_set_int(o, "entry_a", (int64_t)row->at_a);
	}
	if (row->has_b) {
		js_set_str(o, "b", r->log[1].code);
		js_set_int(o, "entry_b", (int64_t)row->at_b);
	}
	return o;
}

static struct js *
answer_of(struct reconciling *r, const struct reconcile_report *report, bool good)
{
	struct js *a = js_object(), *rows = js_array();
	size_t kept = report->count < RECONCILE_DIFFERENCES_MAX ? report->count :
	    RECONCILE_DIFFERENCES_MAX;
	for (size_t i = 0; i < kept; i++)
		js_append_take(rows, row_js(&report->row[i], r));
	js_set_bool(a, "ok", good);
	js_set_str(a, "agreement", r->log[0].log);
	js_set_str(a, "a", r->log[0].code);
	js_set_str(a, "b", r->log[1].code);
	js_set_int(a, "lines_a", (int64_t)report->a_lines);
	js_set_int(a, "lines_b", (int64_t)report->b_lines);
	js_set_int(a, "same", (int64_t)report->same);
	js_set_int(a, "differences", (int64_t)report->count);
	js_set_int(a, "underway", (int64_t)report->underway);
	js_set_take(a, "rows", rows);
	js_set_take(a, "findings", js_copy(r->findings));
	js_set_take(a, "open_intents", js_copy(r->open_intents));
	js_set_bool(a, "keys_given", r->log[0].trusted && r->log[1].trusted);
	return a;
}

/* ---- for people ----------------------------------------------------------------------------------- */

static void
render_row(const struct js *row, FILE *out)
{
	const char *side = js_get_str(row, "side");
	render_text(js_get_str(row, "dir"), out);
	(void)fputc(' ', out);
	render_text(js_get_str(row, "channel"), out);
	(void)fprintf(out, " %" PRId64 " (", js_get_int(row, "seq", 0));
	render_text(js_get_str(row, "typ"), out);
	(void)fprintf(out, "): %s", js_get_str(row, "difference"));
	if (side != NULL) {
		(void)fprintf(out, ", by ");
		render_text(side, out);
	}
	if (js_get(row, "a") != NULL)
		(void)fprintf(out, "; entry %" PRId64 " of %s", js_get_int(row, "entry_a", 0),
		    js_get_str(row, "a"));
	if (js_get(row, "b") != NULL)
		(void)fprintf(out, "; entry %" PRId64 " of %s", js_get_int(row, "entry_b", 0),
		    js_get_str(row, "b"));
	(void)fputc('\n', out);
}

static void
render(const struct js *a, FILE *out)
{
	struct style st = render_style(out);
	const struct js *rows = js_get(a, "rows"), *findings = js_get(a, "findings"),
	    *open = js_get(a, "open_intents");
	for (size_t i = 0; i < js_len(findings); i++) {
		(void)fprintf(out, "%sbad%s: ", st.red, st.off);
		render_text(js_get_str(js_at(findings, i), "text"), out);
		(void)fputc('\n', out);
	}
	for (size_t i = 0; i < js_len(rows); i++) {
		(void)fprintf(out, "%sdiffers%s: ", st.red, st.off);
		render_row(js_at(rows, i), out);
	}
	for (size_t i = 0; i < js_len(open); i++)
		(void)fprintf(out, "intent without outcome: entry %" PRId64 " of the node log of %s\n",
		    js_get_int(js_at(open, i), "entry", 0), js_get_str(js_at(open, i), "code"));
	(void)fprintf(out, "%s%s%s: agreement ", js_get_bool(a, "ok", false) ? st.green : st.red,
	    js_get_bool(a, "ok", false) ? "reconciled" : "not reconciled", st.off);
	render_text(js_get_str(a, "agreement"), out);
	(void)fprintf(out, ", %" PRId64 " messages the same on both sides; %s logged %" PRId64 ", %s %" PRId64
	    "; %" PRId64 " differences\n", js_get_int(a, "same", 0), js_get_str(a, "a"),
	    js_get_int(a, "lines_a", 0), js_get_str(a, "b"), js_get_int(a, "lines_b", 0),
	    js_get_int(a, "differences", 0));
	if (!js_get_bool(a, "keys_given", true))
		(void)fprintf(out, "%snote%s: keys are the exports' own; give --key-a and --key-b\n", st.yellow,
		    st.off);
}

static int
run(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct reconciling r = { .findings = js_array(), .open_intents = js_array() };
	struct reconcile_report *report = NULL;
	enum ent_err err = open_side(c, &r, 0, &why);
	int status;
	if (err == ENT_OK)
		err = open_side(c, &r, 1, &why);
	if (err == ENT_OK)
		err = audit_reconcile(&r.log[0], &r.log[1], &report, &why);
	if (err == ENT_OK) {
		size_t bad = report->count - (verb_flag(c, "allow-underway") ? report->underway : 0);
		bool good = bad == 0 && js_len(r.findings) == 0;
		struct js *a = answer_of(&r, report, good);
		int shown = verb_show(c, a);
		status = shown != 0 ? shown : !good;
		js_free(a);
	} else {
		status = audit_fail(c, err, &why);
	}
	for (int side = 0; side < SIDES; side++) {
		if (r.open[side])
			audit_log_close(&r.log[side]);
		if (r.has_node[side])
			audit_log_close(&r.node[side]);
	}
	reconcile_report_free(report);
	js_free(r.findings);
	js_free(r.open_intents);
	return status;
}

static const struct verb_arg args[] = {
	{ "a", ARG_LOCAL, true, true, "A-EXPORT", "one party's export of the agreement's exchange log" },
	{ "b", ARG_LOCAL, true, true, "B-EXPORT", "the other's" },
	{ "key-a", ARG_LOCAL, false, false, "KEY", "NAME+ID+KEY that has to have signed A" },
	{ "key-b", ARG_LOCAL, false, false, "KEY", "the same for B" },
	{ "node-a", ARG_LOCAL, false, false, "EXPORT", "A's node log: intents without outcome are shown" },
	{ "node-b", ARG_LOCAL, false, false, "EXPORT", "the same for B" },
	{ "allow-underway", ARG_FLAG, false, false, NULL, "messages that had not arrived yet are no fault" },
	{ .name = NULL },
};

const struct verb verb_audit_reconcile = {
	.name = "audit reconcile",
	.summary = "hold both parties' exchange logs of an agreement against each other",
	.args = args,
	.run = run,
	.render = render,
};
