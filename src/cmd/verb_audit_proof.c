/* SPDX-License-Identifier: Apache-2.0
 *
 * audit prove, audit check, audit open: single entries, without node or network.
 */
#include "audit/proof.h"
#include "base/file.h"
#include "cmd/audit_files.h"
#include "cmd/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define OPENINGS_MAX ((size_t)256 << 20)

/* ---- prove ---------------------------------------------------------------------------------------- */

static enum ent_err
prove(struct verb_call *c, struct buf *text, struct ent_why *why)
{
	struct audit_log l;
	int64_t index = verb_int(c, "index", -1);
	const char *out = verb_text(c, "out");
	enum ent_err err = index < 0 ? ent_fail(ENT_EUSAGE, why, "an index is 0 or more") :
	    audit_open_arg(c, verb_text(c, "export"), "key", &l, why);
	if (err != ENT_OK)
		return err;
	err = audit_prove(&l, (uint64_t)index, text, why);
	audit_log_close(&l);
	if (err == ENT_OK && out != NULL)
		err = file_replace(out, buf_bytes(text), 0600, why);
	return err;
}

static void
render_prove(const struct js *a, FILE *out)
{
	const char *file = js_get_str(a, "file");
	if (file != NULL)
		(void)fprintf(out, "proof of entry %" PRId64 " in '%s'\n", js_get_int(a, "index", 0), file);
	else
		(void)fputs(js_get_str(a, "proof"), out);
}

static int
run_prove(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct buf text;
	int status;
	buf_init(&text, PROOF_MAX);
	enum ent_err err = prove(c, &text, &why);
	if (err == ENT_OK) {
		struct js *a = js_object();
		js_set_bool(a, "ok", true);
		js_set_int(a, "index", verb_int(c, "index", 0));
		js_set_str(a, "file", verb_text(c, "out"));
		js_set_str(a, "proof", buf_cstr(&text));
		status = verb_show(c, a);
		js_free(a);
	} else {
		status = audit_fail(c, err, &why);
	}
	buf_done(&text);
	return status;
}

static const struct verb_arg prove_args[] = {
	{ "export", ARG_LOCAL, true, true, "EXPORT", "folder that audit export wrote" },
	{ "index", ARG_INT, true, true, "INDEX", "of the entry, from 0" },
	{ "out", ARG_LOCAL, false, false, "FILE", "where to write the proof (NAME.tlog-proof)" },
	{ "key", ARG_LOCAL, false, false, "KEY", "NAME+ID+KEY that has to have signed the checkpoint" },
	{ .name = NULL },
};

const struct verb verb_audit_prove = {
	.name = "audit prove",
	.summary = "write a proof of one entry that stands alone",
	.args = prove_args,
	.run = run_prove,
	.render = render_prove,
};

/* ---- check ---------------------------------------------------------------------------------------- */

static enum ent_err
check(struct verb_call *c, struct js *a, struct ent_why *why)
{
	struct audit_key key;
	struct audit_proof p;
	struct checkpoint point;
	struct buf text;
	bool given;
	enum ent_err err = audit_key_arg(c, "key", &key, &given, why);
	if (err != ENT_OK)
		return err;
	buf_init(&text, PROOF_MAX);
	err = file_read(verb_text(c, "proof"), &text, why);
	err = err == ENT_ENOTFOUND ? ENT_EUSAGE : err;
	if (err == ENT_OK)
		err = audit_proof_read(buf_bytes(&text), &p, why);
	if (err == ENT_OK) {
		struct js *entry = NULL;
		err = audit_proof_check(&p, &key, &point, why);
		if (err == ENT_OK)
			err = js_parse(buf_bytes(&p.entry), ENTRY_MAX, &entry, why);
		if (err == ENT_OK) {
			js_set_bool(a, "ok", true);
			js_set_str(a, "origin", point.origin);
			js_set_int(a, "size", (int64_t)point.size);
			js_set_int(a, "index", (int64_t)p.index);
			js_set_take(a, "entry", entry);
		}
		audit_proof_done(&p);
	}
	buf_done(&text);
	return err;
}

static void
render_check(const struct js *a, FILE *out)
{
	struct style st = render_style(out);
	(void)fprintf(out, "%sgood%s: entry %" PRId64 " of %" PRId64 " of %s\n", st.green, st.off,
	    js_get_int(a, "index", 0), js_get_int(a, "size", 0), js_get_str(a, "origin"));
	render_value(js_get(a, "entry"), out);
}

static int
run_check(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *a = js_object();
	enum ent_err err = check(c, a, &why);
	int status = err == ENT_OK ? verb_show(c, a) : audit_fail(c, err, &why);
	js_free(a);
	return status;
}

static const struct verb_arg check_args[] = {
	{ "proof", ARG_LOCAL, true, true, "PROOF", "file that audit prove wrote" },
	{ "key", ARG_LOCAL, false, true, "KEY", "NAME+ID+KEY that has to have signed the checkpoint" },
	{ .name = NULL },
};

const struct verb verb_audit_check = {
	.name = "audit check",
	.summary = "check a proof of one entry",
	.args = check_args,
	.run = run_check,
	.render = render_check,
};

/* ---- open ----------------------------------------------------------------------------------------- */

/* The disclosures of an entry from a file of lines {"index","disclosures"}; owned by the caller. */
static enum ent_err
find_disclosures(const char *path, int64_t index, struct js **out, struct ent_why *why)
{
	struct buf text;
	buf_init(&text, OPENINGS_MAX);
	enum ent_err err = file_read(path, &text, why);
	err = err == ENT_ENOTFOUND ? ENT_EUSAGE : err;
	const char *at = buf_cstr(&text);
	for (size_t n; err == ENT_OK && *out == NULL && *at != '\0'; at += n + (at[n] != '\0')) {
		struct js *line = NULL;
		n = strcspn(at, "\n");
		err = js_parse(bytes_of(at, n), OPENINGS_MAX, &line, why);
		if (err == ENT_OK && js_get_int(line, "index", -1) == index)
			*out = js_copy(js_get(line, "disclosures"));
		js_free(line);
	}
	if (err == ENT_OK && *out == NULL)
		err = ent_fail(ENT_ENOTFOUND, why, "'%s' has no openings of entry %" PRId64, path, index);
	buf_done(&text);
	return err;
}

static enum ent_err
open_field(struct verb_call *c, const struct audit_log *l, struct js *a, struct ent_why *why)
{
	char beside[4096];
	const char *openings = verb_text(c, "openings"), *field = verb_text(c, "field");
	int64_t index = verb_int(c, "index", -1);
	struct js *disclosures = NULL, *value = NULL;
	struct buf entry;
	if (openings == NULL) {
		if (snprintf(beside, sizeof beside, "%s/openings.jsonl", verb_text(c, "export")) >=
		    (int)sizeof beside)
			return ent_fail(ENT_EUSAGE, why, "the path is too long");
		openings = beside;
	}
	buf_init(&entry, PROOF_MAX);
	/* through its proof: an entry that does not lead to the signed root opens nothing */
	struct audit_proof p;
	enum ent_err err = audit_prove(l, (uint64_t)index, &entry, why);
	if (err == ENT_OK)
		err = audit_proof_read(buf_bytes(&entry), &p, why);
	if (err != ENT_OK) {
		buf_done(&entry);
		return err;
	}
	err = find_disclosures(openings, index, &disclosures, why);
	if (err == ENT_OK)
		err = entry_open(buf_bytes(&p.entry), disclosures, field, &value, why);
	if (err == ENT_OK) {
		js_set_bool(a, "ok", true);
		js_set_int(a, "index", index);
		js_set_str(a, "field", field);
		js_set_take(a, "value", value);
	}
	audit_proof_done(&p);
	buf_done(&entry);
	js_free(disclosures);
	return err;
}

static void
render_open(const struct js *a, FILE *out)
{
	(void)fprintf(out, "entry %" PRId64 ", its digest stands in the entry:\n", js_get_int(a, "index", 0));
	(void)fprintf(out, "  %s: ", js_get_str(a, "field"));
	render_value(js_get(a, "value"), out);
	(void)fputc('\n', out);
}

static int
run_open(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *a = js_object();
	struct audit_log l;
	enum ent_err err = verb_int(c, "index", -1) < 0 ?
	    ent_fail(ENT_EUSAGE, &why, "an index is 0 or more") :
	    audit_open_arg(c, verb_text(c, "export"), "key", &l, &why);
	if (err == ENT_OK) {
		err = open_field(c, &l, a, &why);
		audit_log_close(&l);
	}
	int status = err == ENT_OK ? verb_show(c, a) : audit_fail(c, err, &why);
	js_free(a);
	return status;
}

static const struct verb_arg open_args[] = {
	{ "export", ARG_LOCAL, true, true, "EXPORT", "folder that audit export wrote" },
	{ "index", ARG_INT, true, true, "INDEX", "of the entry, from 0" },
	{ "field", ARG_LOCAL, true, true, "FIELD", "what it hides: case, reason, name, ..." },
	{ "openings", ARG_LOCAL, false, false, "FILE", "openings.jsonl of an export (default: the folder's)" },
	{ "key", ARG_LOCAL, false, false, "KEY", "NAME+ID+KEY that has to have signed the checkpoint" },
	{ .name = NULL },
};

const struct verb verb_audit_open = {
	.name = "audit open",
	.summary = "show what an entry hides, and that this is what it hides",
	.args = open_args,
	.run = run_open,
	.render = render_open,
};
