/* SPDX-License-Identifier: Apache-2.0
 *
 * audit verify, audit consistency: exported logs alone, without node or network.
 */
#include "audit/proof.h"
#include "audit/verify.h"
#include "cmd/audit_files.h"
#include "cmd/render.h"

#include "base/file.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define OPEN_SHOWN 20

/* ---- what the log is held against ---------------------------------------------------------------- */

struct other {
	struct audit_log log;
	struct checkpoint checkpoint;
	bool is_log;
	struct audit_against against;
};

/* A folder is an export, a file a checkpoint signed with the same key. */
static enum ent_err
open_other(const struct audit_log *l, const char *path, struct other *o, struct ent_why *why)
{
	struct audit_folder f = audit_files_of(path);
	struct ent_why inner = { .text = "" };
	struct stat st;
	struct buf note;
	struct bytes text;
	if (path == NULL)
		return ENT_OK;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		enum ent_err err = audit_log_open(&f, &l->key, &o->log, &inner);
		if (err != ENT_OK)
			return ent_fail(err, why, "export '%s': %s", path, inner.text);
		o->is_log = true;
		o->against.log = &o->log;
		return ENT_OK;
	}
	buf_init(&note, NOTE_MAX);
	enum ent_err err = file_read(path, &note, why);
	if (err == ENT_ENOTFOUND)
		err = ENT_EUSAGE;
	if (err == ENT_OK)
		err = note_verify(buf_bytes(&note), l->key.name, l->key.pk, &text, why);
	if (err == ENT_OK)
		err = checkpoint_parse(text, &o->checkpoint, why);
	o->against.checkpoint = &o->checkpoint;
	buf_done(&note);
	return err;
}

/* ---- verify --------------------------------------------------------------------------------------- */

static struct js *
report_js(const struct audit_log *l, const struct audit_report *r)
{
	struct js *a = js_object(), *findings = js_array(), *open = js_array();
	char title[128];
	audit_log_title(l, title);
	js_set_bool(a, "ok", r->count == 0);
	js_set_str(a, "title", title);
	js_set_str(a, "origin", l->checkpoint.origin);
	js_set_int(a, "size", (int64_t)l->checkpoint.size);
	js_set_int(a, "read", (int64_t)r->entries);
	js_set_b64u(a, "root", bytes_of(l->checkpoint.root, CRYPTO_HASH_LEN));
	js_set_bool(a, "key_given", l->trusted);
	for (size_t i = 0; i < r->count; i++) {
		struct js *f = audit_finding_js(r->finding[i].kind, r->finding[i].text);
		if (r->finding[i].has_entry)
			js_set_int(f, "entry", (int64_t)r->finding[i].entry);
		js_append_take(findings, f);
	}
	for (size_t i = 0; i < r->open_count; i++)
		js_append_take(open, js_new_int((int64_t)r->open[i]));
	js_set_take(a, "findings", findings);
	js_set_take(a, "open_intents", open);
	return a;
}

static void
render_open(const struct js *open, FILE *out)
{
	size_t n = js_len(open);
	if (n == 0)
		return;
	(void)fprintf(out, "intents without outcome:");
	for (size_t i = 0; i < n && i < OPEN_SHOWN; i++)
		(void)fprintf(out, " %" PRId64, js_int(js_at(open, i), 0));
	(void)fprintf(out, n > OPEN_SHOWN ? " and %zu more\n" : "\n", n - OPEN_SHOWN);
}

static void
render_verify(const struct js *a, FILE *out)
{
	struct style st = render_style(out);
	const struct js *findings = js_get(a, "findings");
	if (js_get_bool(a, "ok", false)) {
		(void)fprintf(out, "%sgood%s: ", st.green, st.off);
		render_text(js_get_str(a, "title"), out);
		(void)fprintf(out, ", %" PRId64 " entries, root %s\n", js_get_int(a, "size", 0),
		    js_get_str(a, "root"));
	}
	for (size_t i = 0; i < js_len(findings); i++) {
		(void)fprintf(out, "%sbad%s: ", st.red, st.off);
		render_text(js_get_str(js_at(findings, i), "text"), out);
		(void)fputc('\n', out);
	}
	render_open(js_get(a, "open_intents"), out);
	if (!js_get_bool(a, "key_given", true))
		(void)fprintf(out, "%snote%s: the key is the export's own; give --key to hold it against one "
		    "that you know\n", st.yellow, st.off);
}

static int
run_verify(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct audit_log l;
	struct other o = { .is_log = false };
	struct audit_report *r = NULL;
	enum ent_err err = audit_open_arg(c, verb_text(c, "export"), "key", &l, &why);
	if (err != ENT_OK)
		return audit_fail(c, err, &why);
	err = open_other(&l, verb_text(c, "against"), &o, &why);
	if (err == ENT_OK)
		err = audit_verify(&l, &o.against, &r, &why);
	int status;
	if (err == ENT_OK) {
		struct js *a = report_js(&l, r);
		int shown = verb_show(c, a);
		status = shown != 0 ? shown : r->count > 0;
		js_free(a);
	} else {
		status = audit_fail(c, err, &why);
	}
	audit_report_free(r);
	if (o.is_log)
		audit_log_close(&o.log);
	audit_log_close(&l);
	return status;
}

static const struct verb_arg verify_args[] = {
	{ "export", ARG_LOCAL, true, true, "EXPORT", "folder that audit export wrote" },
	{ "key", ARG_LOCAL, false, false, "KEY", "NAME+ID+KEY that has to have signed the checkpoint" },
	{ "against", ARG_LOCAL, false, false, "PATH", "an older or newer export, or a checkpoint file" },
	{ .name = NULL },
};

const struct verb verb_audit_verify = {
	.name = "audit verify",
	.summary = "check an exported log against its signed checkpoint, and name the first bad entry",
	.args = verify_args,
	.run = run_verify,
	.render = render_verify,
};

/* ---- consistency ---------------------------------------------------------------------------------- */

static void
render_consistency(const struct js *a, FILE *out)
{
	(void)fprintf(out, "%s continues: from %" PRId64 " entries to %" PRId64 " (proof of %" PRId64
	    " hashes)\n", js_get_str(a, "origin"), js_get_int(a, "from", 0), js_get_int(a, "to", 0),
	    js_get_int(a, "hashes", 0));
}

static int
run_consistency(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct audit_log l;
	struct other o = { .is_log = false };
	size_t hashes = 0;
	enum ent_err err = audit_open_arg(c, verb_text(c, "new"), "key", &l, &why);
	if (err != ENT_OK)
		return audit_fail(c, err, &why);
	err = open_other(&l, verb_text(c, "old"), &o, &why);
	const struct checkpoint *old = o.is_log ? &o.log.checkpoint : &o.checkpoint;
	if (err == ENT_OK)
		err = audit_consistency(old, &l, &hashes, &why);
	int status;
	if (err == ENT_OK) {
		struct js *a = js_object();
		js_set_bool(a, "ok", true);
		js_set_str(a, "origin", l.checkpoint.origin);
		js_set_int(a, "from", (int64_t)old->size);
		js_set_int(a, "to", (int64_t)l.checkpoint.size);
		js_set_int(a, "hashes", (int64_t)hashes);
		status = verb_show(c, a);
		js_free(a);
	} else {
		status = audit_fail(c, err, &why);
	}
	if (o.is_log)
		audit_log_close(&o.log);
	audit_log_close(&l);
	return status;
}

static const struct verb_arg consistency_args[] = {
	{ "old", ARG_LOCAL, true, true, "OLD", "the older export, or its checkpoint file" },
	{ "new", ARG_LOCAL, true, true, "NEW", "the newer export" },
	{ "key", ARG_LOCAL, false, false, "KEY", "NAME+ID+KEY that has to have signed both" },
	{ .name = NULL },
};

const struct verb verb_audit_consistency = {
	.name = "audit consistency",
	.summary = "check that a newer export continues an older one",
	.args = consistency_args,
	.run = run_consistency,
	.render = render_consistency,
};
