/* SPDX-License-Identifier: Apache-2.0
 *
 * screen: hold a list against the register.  The file is looked through first, so that bad rows are told of
 * before anything leaves; then its rows go to the node one by one, as fast as it takes them.
 */
#include "cmd/render.h"
#include "cmd/verb.h"
#include "lists/lists.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BAD_SHOWN 20

struct sending {
	struct table_options opt;
	const char *path, *name; /* name: for people, without folders */
	int from, to;		 /* the file; the pipe to the node */
	struct buf out;
	uint64_t rows;
	struct table_report report;
	enum ent_err err;
	struct ent_why why;
};

/* ---- reading ------------------------------------------------------------------------------------------ */

static int64_t
read_file(void *ctx, void *p, size_t n)
{
	struct sending *s = ctx;
	ssize_t got;
	do
		got = read(s->from, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static enum ent_err
count_row(void *ctx, const struct table_row *row, struct ent_why *why)
{
	struct sending *s = ctx;
	(void)row;
	(void)why;
	s->rows++;
	return ENT_OK;
}

static void
print_bad(void *ctx, uint64_t line, const char *text)
{
	(void)ctx;
	(void)line;
	render_text(text, stderr);
	(void)fputc('\n', stderr);
}

static void
quiet_bad(void *ctx, uint64_t line, const char *text)
{
	(void)ctx;
	(void)line;
	(void)text;
}

/* ---- sending ------------------------------------------------------------------------------------------ */

static enum ent_err
write_out(struct sending *s, struct ent_why *why)
{
	for (size_t at = 0; at < s->out.n;) {
		ssize_t n = write(s->to, s->out.p + at, s->out.n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* the node has hung up; it says why */
			return ent_fail(ENT_EIO, why, "the node takes no more");
		at += (size_t)n;
	}
	buf_reset(&s->out);
	return ENT_OK;
}

static enum ent_err
send_row(void *ctx, const struct table_row *row, struct ent_why *why)
{
	struct sending *s = ctx;
	struct js *o = js_object();
	js_set_int(o, "row", (int64_t)++s->rows);
	js_set_int(o, "line", (int64_t)row->line);
	for (int f = 0; f < TABLE_FIELDS; f++)
		js_set_str(o, table_field_name((enum table_field)f), row->field[f]);
	js_write(o, &s->out);
	buf_putc(&s->out, '\n');
	js_free(o);
	return s->out.n > 32768 ? write_out(s, why) : ENT_OK;
}

/* Its own thread: the caller's waits for the node.  A list that is not whole has no end line. */
static void *
run_sending(void *ctx)
{
	struct sending *s = ctx;
	struct list_input in = { .name = s->name, .read = read_file, .ctx = s };
	s->rows = 0;
	s->err = table_read(&s->opt, &in, send_row, s->opt.skip_bad ? quiet_bad : print_bad, s, &s->report,
	    &s->why);
	if (s->err == ENT_OK) {
		buf_printf(&s->out, "{\"end\":%llu}\n", (unsigned long long)s->rows);
		s->err = write_out(s, &s->why);
	}
	(void)close(s->to);
	return NULL;
}

static enum ent_err
send_list(struct verb_call *c, struct sending *s, const struct js *request, struct js **answer,
    struct ent_why *why)
{
	int ends[2];
	pthread_t thread;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return ent_fail(ENT_EIO, why, "cannot make a pipe: %s", strerror(errno));
	s->to = ends[1];
	buf_init(&s->out, (size_t)1 << 20);
	if (pthread_create(&thread, NULL, run_sending, s) != 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return ent_fail(ENT_EINTERNAL, why, "cannot start a thread");
	}
	enum ent_err err = verb_send_stream(c, "screen", request, ends[0], 0, answer, why);
	(void)close(ends[0]); /* whoever writes still is told so */
	(void)pthread_join(thread, NULL);
	if (s->out.p != NULL)
		explicit_bzero(s->out.p, s->out.n);
	buf_done(&s->out);
	if (err != ENT_OK && s->err != ENT_OK && s->err != ENT_EIO) { /* what was wrong with the file itself */
		*why = s->why;
		err = s->err;
	}
	return err;
}

/* ---- the verb ----------------------------------------------------------------------------------------- */

static enum ent_err
read_options(const struct verb_call *c, struct sending *s, struct ent_why *why)
{
	const char *format = verb_text(c, "format"), *dates = verb_text(c, "dates"), *dot;
	s->path = verb_text(c, "list");
	const char *slash = strrchr(s->path, '/');
	s->name = slash == NULL ? s->path : slash + 1;
	if (strcmp(s->path, "-") == 0)
		s->name = "standard input";
	dot = strrchr(s->name, '.');
	if (format == NULL)
		format = dot != NULL && (strcmp(dot, ".jsonl") == 0 || strcmp(dot, ".ndjson") == 0) ? "jsonl" :
											     "csv";
	s->opt = (struct table_options){ .format = table_format_of(format),
		.columns = verb_text(c, "columns"), .bad_max = BAD_SHOWN, .skip_bad = verb_flag(c, "skip-bad"),
		.month_first = dates != NULL && strcmp(dates, "mdy") == 0 };
	if (s->opt.format == TABLE_NONE)
		return ent_fail(ENT_EUSAGE, why, "--format must be csv or jsonl");
	if (dates != NULL && !s->opt.month_first && strcmp(dates, "dmy") != 0)
		return ent_fail(ENT_EUSAGE, why, "--dates must be dmy or mdy: how is 03/12/1985 meant?");
	s->from = strcmp(s->path, "-") == 0 ? dup(STDIN_FILENO) : open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->from < 0)
		return ent_fail(ENT_EIO, why, "cannot open '%.200s': %s", s->path, strerror(errno));
	return ENT_OK;
}

/* Look the file through, where it can be read twice: bad rows are told of before anything is sent. */
static enum ent_err
look_through(struct sending *s, bool *counted, struct ent_why *why)
{
	struct stat st;
	struct list_input in = { .name = s->name, .read = read_file, .ctx = s };
	*counted = fstat(s->from, &st) == 0 && S_ISREG(st.st_mode);
	if (!*counted)
		return ENT_OK;
	enum ent_err err = table_read(&s->opt, &in, count_row, print_bad, s, &s->report, why);
	if (err == ENT_OK && lseek(s->from, 0, SEEK_SET) != 0)
		err = ent_fail(ENT_EIO, why, "cannot read '%.200s' again: %s", s->path, strerror(errno));
	return err;
}

static void
show_columns(const struct sending *s)
{
	for (int f = 0; f < TABLE_FIELDS; f++) {
		if (s->report.from[f] == NULL)
			continue;
		(void)fprintf(stderr, "%s=", table_field_name((enum table_field)f));
		render_text(s->report.from[f], stderr);
		(void)fputc(' ', stderr);
	}
	(void)fprintf(stderr, " %llu rows, %llu bad\n", (unsigned long long)s->report.rows,
	    (unsigned long long)s->report.bad);
}

static enum ent_err
make_request(const struct verb_call *c, const struct sending *s, bool counted, struct js **out,
    struct ent_why *why)
{
	static const char *const own[] = { "list", "columns", "format", "dates", "skip_bad", "check", "resume" };
	const char *resume = verb_text(c, "resume");
	struct ent_id id = id_new();
	struct js *o = verb_request(c);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		js_del(o, own[i]);
	if (resume != NULL && id_parse(str_of(resume), &id) != ENT_OK) {
		js_free(o);
		return ent_fail(ENT_EUSAGE, why, "--resume takes a screening's id (entente screen list)");
	}
	js_set_id(o, "job", id.b);
	if (resume != NULL)
		js_set_bool(o, "resume", true);
	if (counted)
		js_set_int(o, "rows", (int64_t)s->report.rows);
	if (!verb_json(c))
		(void)fprintf(stderr, "screening %s\n", js_get_str(o, "job"));
	*out = o;
	return ENT_OK;
}

static int
run(struct verb_call *c)
{
	struct sending s = { .from = -1 };
	struct ent_why why = { .text = "" };
	struct js *request = NULL, *answer = NULL;
	bool counted = false, check = verb_flag(c, "check");
	enum ent_err err = read_options(c, &s, &why);
	if (err == ENT_OK)
		err = look_through(&s, &counted, &why);
	if (err == ENT_OK && counted)
		show_columns(&s);
	if (err == ENT_OK && !check)
		err = make_request(c, &s, counted, &request, &why);
	if (err == ENT_OK && !check)
		err = send_list(c, &s, request, &answer, &why);
	if (s.from >= 0)
		(void)close(s.from);
	int status = err != ENT_OK ? verb_fail(c, err, &why) : check ? 0 : verb_show(c, answer);
	js_free(request);
	js_free(answer);
	return status;
}

static void
render(const struct js *answer, FILE *out)
{
	struct style st = render_style(out);
	(void)fprintf(out, "%s%lld candidates%s in %lld rows, %s%lld strong%s\n", st.bold,
	    (long long)js_get_int(answer, "candidates", 0), st.off, (long long)js_get_int(answer, "rows", 0),
	    st.red, (long long)js_get_int(answer, "strong", 0), st.off);
	(void)fprintf(out, "to decide: entente screen results %s\ndeleted on %.10s, decided or not; the list "
	    "itself is not kept\n", render_text_or(answer, "job", "?"),
	    render_text_or(answer, "expires_at", "?"));
}

static const struct verb_arg args[] = {
	{ "list", ARG_TEXT, true, true, "LIST", "CSV with a header, or JSONL (\"-\": standard input)" },
	{ "columns", ARG_TEXT, false, false, "FIELD=COLUMN,...", "such as name=Last+First,birth=DOB,document=Passport" },
	{ "format", ARG_TEXT, false, false, "FORMAT", "csv or jsonl (by the file's name)" },
	{ "dates", ARG_TEXT, false, false, "ORDER", "dmy or mdy: what 03/12/1985 means (dmy)" },
	{ "skip-bad", ARG_FLAG, false, false, NULL, "leave bad rows out" },
	{ "check", ARG_FLAG, false, false, NULL, "look the file through and send nothing" },
	{ "resume", ARG_TEXT, false, false, "JOB", "go on with a screening that was cut off, same list" },
	{ "band", ARG_TEXT, false, false, "BAND", "what is a candidate: strong, review or trace (review)" },
	{ "per-row", ARG_INT, false, false, "N", "candidates of one row, up to 10 (5)" },
	{ "keep-days", ARG_INT, false, false, "N", "delete them earlier than the annex says" },
	{ "agreement", ARG_TEXT, false, false, "ID", "whose annex allows it (the national annex)" },
	{ "annex", ARG_TEXT, false, false, "ID", "which annex" },
	{ .name = NULL },
};

const struct verb verb_screen = {
	.name = "screen",
	.summary = "hold a list against the register; the list is not kept",
	.op = "screen",
	.args = args,
	.reasoned = true,
	.run = run,
	.render = render,
};
