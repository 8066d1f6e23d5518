/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement draft, import, sign, show, suspend, resume, terminate.
 */
#include "base/file.h"
#include "cmd/render.h"
#include "cmd/verb.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AGREEMENT_FILE_MAX ((size_t)1 << 20)

static const char *
text_of(const struct js *o, const char *key)
{
	const char *s = js_get_str(o, key);
	return s == NULL ? "" : s;
}

static void
print_list(const char *what, const struct js *list, FILE *out)
{
	(void)fprintf(out, "  %-12s ", what);
	for (size_t i = 0; i < js_len(list); i++) {
		(void)fputs(i > 0 ? ", " : "", out);
		render_text(js_str(js_at(list, i)), out);
	}
	(void)fputs(js_len(list) == 0 ? "none\n" : "\n", out);
}

static void
print_status(const struct js *a, FILE *out)
{
	struct style st = render_style(out);
	bool active = js_get_bool(a, "active", false);
	(void)fprintf(out, "%s", st.bold);
	render_text(text_of(a, "id"), out);
	(void)fprintf(out, "%s  version %lld  %.10s to %.10s  %s%s%s", st.off,
	    (long long)js_get_int(a, "version", 0), text_of(a, "from"), text_of(a, "last_day"),
	    active ? st.green : st.yellow, active ? "active" : "not active: ", st.off);
	if (!active) {
		(void)fprintf(out, "%s: ", text_of(a, "clause"));
		render_text(text_of(a, "why"), out);
	}
	(void)fputc('\n', out);
}

static void
print_party(const struct js *q, FILE *out)
{
	const struct js *signatures = js_get(q, "signatures");
	int64_t missing = js_get_int(q, "missing", 0);
	(void)fprintf(out, "%-6s ", text_of(q, "code"));
	render_text(text_of(q, "service"), out);
	(void)fprintf(out, "\n  %-12s %s\n", "fingerprint", text_of(q, "fingerprint"));
	for (size_t i = 0; i < js_len(signatures); i++) {
		const struct js *s = js_at(signatures, i);
		(void)fprintf(out, "  %-12s ", "signed by");
		render_text(text_of(s, "by"), out);
		(void)fprintf(out, " (%s) %.10s %.5s\n", text_of(s, "role"), text_of(s, "time"),
		    strlen(text_of(s, "time")) > 16 ? text_of(s, "time") + 11 : "");
	}
	if (missing > 0)
		(void)fprintf(out, "  %-12s %lld more of this service must sign\n", "missing",
		    (long long)missing);
	if (js_get_str(q, "standing") != NULL) {
		(void)fprintf(out, "  %-12s %s by ", "standing", text_of(q, "standing"));
		render_text(text_of(q, "standing_by"), out);
		(void)fprintf(out, " since %.16s\n", text_of(q, "standing_since"));
	}
}

static void
print_annex(const struct js *x, FILE *out)
{
	(void)fputs("annex ", out);
	render_text(text_of(x, "id"), out);
	(void)fputs("  ", out);
	render_text(text_of(x, "domain"), out);
	(void)fputc('\n', out);
	print_list("purposes", js_get(x, "purposes"), out);
	print_list("types", js_get(x, "types"), out);
	print_list("subjects", js_get(x, "subjects"), out);
	print_list("fields", js_get(x, "fields"), out);
	print_list("commitments", js_get(x, "commitments"), out);
	(void)fprintf(out, "  %-12s up to TLP:%s, kept %lld days, onward: %s\n", "handling",
	    text_of(x, "max_tlp"), (long long)js_get_int(x, "retention_days", 0), text_of(x, "onward"));
	(void)fprintf(out, "  %-12s %lld persons a day, %lld in %lld days\n", "quota",
	    (long long)js_get_int(x, "quota_day", 0), (long long)js_get_int(x, "quota_epoch", 0),
	    (long long)js_get_int(x, "epoch_days", 0));
	const struct js *s = js_get(x, "screening");
	if (s == NULL)
		return;
	(void)fprintf(out, "  %-12s lists of up to %lld rows, candidates kept %lld days: ", "screening",
	    (long long)js_get_int(s, "max_rows", 0), (long long)js_get_int(s, "keep_days", 0));
	render_text(text_of(s, "law"), out);
	(void)fputc('\n', out);
}

static void
render_agreement(const struct js *a, FILE *out)
{
	const struct js *parties = js_get(a, "parties"), *annexes = js_get(a, "annexes");
	print_status(a, out);
	(void)fprintf(out, "digest %s\n", text_of(a, "digest"));
	for (size_t i = 0; i < js_len(parties); i++)
		print_party(js_at(parties, i), out);
	for (size_t i = 0; i < js_len(annexes); i++)
		print_annex(js_at(annexes, i), out);
}

static void
render_show(const struct js *a, FILE *out)
{
	const struct js *agreements = js_get(a, "agreements"), *partners = js_get(a, "partners");
	if (agreements == NULL) {
		render_agreement(a, out);
		return;
	}
	for (size_t i = 0; i < js_len(agreements); i++)
		print_status(js_at(agreements, i), out);
	for (size_t i = 0; i < js_len(partners); i++) {
		const struct js *q = js_at(partners, i);
		(void)fprintf(out, "partner %s  ", text_of(q, "code"));
		render_text(text_of(q, "address"), out);
		(void)fprintf(out, "  %s\n", text_of(q, "fingerprint"));
	}
}

static void
render_signed(const struct js *a, FILE *out)
{
	const struct js *parties = js_get(a, "parties");
	print_status(a, out);
	for (size_t i = 0; i < js_len(parties); i++)
		print_party(js_at(parties, i), out);
}

static void
render_imported(const struct js *a, FILE *out)
{
	(void)fprintf(out, "%s, %lld signatures added\n",
	    js_get_bool(a, "new", false) ? "new agreement" : "known agreement",
	    (long long)js_get_int(a, "signatures_added", 0));
	render_agreement(a, out);
}

static void
render_draft(const struct js *a, FILE *out)
{
	(void)fprintf(out, "%s\n", text_of(a, "document"));
}

static void
render_standing(const struct js *a, FILE *out)
{
	(void)fprintf(out, "%s is %s here from now on; the partner learns of it when its node is reached\n",
	    text_of(a, "agreement"), text_of(a, "state"));
}

static int
run_import(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = js_object(), *answer = NULL;
	const char *path = verb_text(c, "file");
	struct buf text;
	buf_init(&text, AGREEMENT_FILE_MAX);
	enum ent_err err = strcmp(path, "-") == 0 ? file_read_fd(STDIN_FILENO, &text, &why)
						 : file_read(path, &text, &why);
	if (err == ENT_OK && (!utf8_valid(buf_bytes(&text)) || strlen(buf_cstr(&text)) != text.n))
		err = ent_fail(ENT_ESYNTAX, &why, "'%s' is not a text file", path);
	if (err == ENT_OK) {
		js_set_str(request, "file", buf_cstr(&text));
		err = verb_send(c, "agreement import", request, &answer, &why);
	}
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	buf_done(&text);
	js_free(request);
	js_free(answer);
	return status;
}

static enum ent_err
write_file(const char *path, const struct js *file, struct ent_why *why)
{
	struct buf text;
	buf_init(&text, AGREEMENT_FILE_MAX);
	js_write_pretty(file, &text);
	buf_putc(&text, '\n');
	enum ent_err err = buf_err(&text);
	if (err != ENT_OK)
		err = ent_fail(err, why, "the agreement's file is too large");
	else if (strcmp(path, "-") != 0)
		err = file_replace(path, buf_bytes(&text), 0644, why);
	else if (fwrite(text.p, 1, text.n, stdout) != text.n)
		err = ent_fail(ENT_EIO, why, "cannot write to standard output");
	buf_done(&text);
	return err;
}

static int
run_show(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = js_object(), *answer = NULL;
	const char *path = verb_text(c, "file"), *id = verb_text(c, "agreement");
	js_set_str(request, "agreement", id);
	if (path != NULL)
		js_set_bool(request, "file", true);
	enum ent_err err = path != NULL && id == NULL
	    ? ent_fail(ENT_EUSAGE, &why, "name the agreement whose file is wanted")
	    : verb_send(c, "agreement show", request, &answer, &why);
	if (err == ENT_OK && path != NULL)
		err = write_file(path, js_get(answer, "file"), &why);
	int status = err != ENT_OK ? verb_fail(c, err, &why)
	    : path != NULL && strcmp(path, "-") == 0 ? 0 : verb_show(c, answer);
	js_free(request);
	js_free(answer);
	return status;
}

static void
render_amended(const struct js *a, FILE *out)
{
	render_agreement(a, out);
	(void)fprintf(out, "another person must sign it: entente agreement sign %s\n", text_of(a, "id"));
}

static const struct verb_arg amend_args[] = {
	{ "screening-law", ARG_TEXT, false, false, "TEXT", "lists may be screened, on this legal basis" },
	{ "screening-rows", ARG_INT, false, false, "N", "of at most so many rows each" },
	{ "keep-days", ARG_INT, false, false, "DAYS", "candidates are deleted after so many days; default 30" },
	{ "no-screening", ARG_FLAG, false, false, NULL, "no lists are screened any more" },
	{ 0 },
};

static const struct verb_arg draft_args[] = {
	{ "partner", ARG_TEXT, false, true, "CODE", "the other service" },
	{ "id", ARG_TEXT, false, true, "ID", "the agreement's name, such as AGR-1" },
	{ "from", ARG_TEXT, false, false, "DATE", "first day (today)" },
	{ "until", ARG_TEXT, false, false, "DATE", "last day (two years on)" },
	{ "annexes", ARG_JSONFILE, false, false, "FILE", "a JSON list of annexes; what one leaves out gets its default" },
	{ .name = NULL },
};
static const struct verb_arg import_args[] = {
	{ "file", ARG_LOCAL, true, true, "FILE", "a draft, or a partner's file with signatures (\"-\": standard input)" },
	{ .name = NULL },
};
static const struct verb_arg one_args[] = {
	{ "agreement", ARG_TEXT, true, true, "ID", "the agreement" },
	{ .name = NULL },
};
static const struct verb_arg show_args[] = {
	{ "agreement", ARG_TEXT, true, false, "ID", "the agreement; without it, all in short" },
	{ "file", ARG_LOCAL, false, false, "FILE", "write what the partner is to import (\"-\": standard output)" },
	{ .name = NULL },
};

const struct verb verb_annex_amend = { .name = "annex amend",
	.summary = "a later version of the node's own annex: may lists be screened?", .op = "annex amend",
	.args = amend_args, .render = render_amended };

const struct verb verb_agreement_draft = { .name = "agreement draft", .op = "agreement draft",
	.summary = "write an agreement's document, to be read and edited", .args = draft_args,
	.render = render_draft };
const struct verb verb_agreement_import = { .name = "agreement import", .op = "agreement import",
	.summary = "take in a draft, or a partner's signatures", .args = import_args, .run = run_import,
	.render = render_imported };
const struct verb verb_agreement_sign = { .name = "agreement sign", .op = "agreement sign",
	.summary = "sign an agreement as the person logged in", .args = one_args,
	.render = render_signed };
const struct verb verb_agreement_show = { .name = "agreement show", .op = "agreement show",
	.summary = "tell who has signed, and whether it is active", .args = show_args, .run = run_show,
	.render = render_show };
const struct verb verb_agreement_suspend = { .name = "agreement suspend", .op = "agreement suspend",
	.summary = "stop all but notices under an agreement, at once", .args = one_args,
	.render = render_standing };
const struct verb verb_agreement_resume = { .name = "agreement resume", .op = "agreement resume",
	.summary = "lift our own suspension", .args = one_args, .render = render_standing };
const struct verb verb_agreement_terminate = { .name = "agreement terminate",
	.op = "agreement terminate", .summary = "end an agreement for good", .args = one_args,
	.render = render_standing };
