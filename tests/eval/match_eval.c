/* SPDX-License-Identifier: Apache-2.0
 *
 * match-eval: run queries against a register in files, for measuring.  Links text and match only: it
 * cannot open a node.  Not shipped.
 *
 *   match-eval --register FILE.jsonl --queries FILE.tsv [--top K] [--threads N]
 */
#include "base/file.h"
#include "base/js.h"
#include "base/time.h"
#include "match/index.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define LIST_MAX 512u

struct eval {
	struct match_index *x;
	unsigned top;
	char **lines; /* queries; NUL-ended */
	char **answers;
	size_t n, next;
	pthread_mutex_t lock;
	int column[6]; /* query_id name type dob document nationality */
	bool failed;
};

static const char *const columns[6] = { "query_id", "name", "type", "dob", "document", "nationality" };

static size_t
list_of(const struct js *o, const char *key, const char **out)
{
	const struct js *list = js_get(o, key);
	size_t n = js_len(list) < LIST_MAX ? js_len(list) : LIST_MAX;
	for (size_t i = 0; i < n; i++) {
		out[i] = js_str(js_at(list, i));
		if (out[i] == NULL)
			out[i] = "";
	}
	return n;
}

static enum record_type
type_of(const char *s)
{
	if (s == NULL || s[0] == '\0')
		return RTYPE_NONE;
	return strcmp(s, "org") == 0 ? RTYPE_ORG : record_type_of(s);
}

static enum ent_err
add_record(struct match_index *x, const struct js *o, struct ent_why *why)
{
	const char *names[LIST_MAX], *weak[LIST_MAX], *docs[LIST_MAX], *nat[LIST_MAX], *dob[LIST_MAX];
	struct match_date births[MATCH_BIRTHS_MAX];
	struct match_entry e = { .id = js_get_str(o, "id"), .type = type_of(js_get_str(o, "type")),
		.names = names, .weak = weak, .documents = docs, .nationalities = nat,
		.births = births };
	e.names_n = list_of(o, "names", names);
	e.weak_n = list_of(o, "weak", weak);
	e.documents_n = list_of(o, "docs", docs);
	e.nationalities_n = list_of(o, "nat", nat);
	size_t dates = list_of(o, "dob", dob);
	if (e.documents_n > MATCH_DOCUMENTS_MAX)
		e.documents_n = MATCH_DOCUMENTS_MAX;
	if (e.nationalities_n > MATCH_DOCUMENTS_MAX)
		e.nationalities_n = MATCH_DOCUMENTS_MAX;
	for (size_t i = 0; i < dates && e.births_n < MATCH_BIRTHS_MAX; i++)
		if (match_date_parse(str_of(dob[i]), &births[e.births_n], NULL) == ENT_OK)
			e.births_n++;
	return match_add(x, &e, NULL, why);
}

static bool
load(struct match_index *x, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0, at = 0;
	ssize_t n;
	struct ent_why why = { .text = "" };
	bool good = f != NULL;
	while (good && (n = getline(&line, &cap, f)) > 0) {
		struct js *o = NULL;
		at++;
		good = js_parse(bytes_of(line, (size_t)n), LINE_MAX_BYTES, &o, &why) == ENT_OK &&
		    add_record(x, o, &why) == ENT_OK;
		js_free(o);
	}
	if (!good)
		fprintf(stderr, "match-eval: %s:%zu: %s\n", path, at,
		    f == NULL ? strerror(errno) : why.text);
	free(line);
	if (f != NULL)
		fclose(f);
	return good;
}

/* The tab-separated field at column c, in place; "" if there is none. */
static void
fields(char *line, char **out, size_t max, size_t *n)
{
	*n = 0;
	for (char *p = line; p != NULL && *n < max;)
		out[(*n)++] = strsep(&p, "\t");
}

static const char *
field(const struct eval *e, char *const *f, size_t n, size_t which)
{
	int c = e->column[which];
	return c >= 0 && (size_t)c < n ? f[c] : "";
}

static char *
answer(struct eval *e, char *line)
{
	char *f[32];
	size_t n;
	struct buf out;
	fields(line, f, 32, &n);
	const char *dob = field(e, f, n, 3), *doc = field(e, f, n, 4), *nat = field(e, f, n, 5);
	struct match_query q = { .name = field(e, f, n, 1), .top = e->top,
		.type = type_of(field(e, f, n, 2)), .document = doc[0] != '\0' ? doc : NULL,
		.nationality = nat[0] != '\0' ? nat : NULL };
	if (dob[0] != '\0' && match_date_parse(str_of(dob), &q.birth, NULL) != ENT_OK)
		q.birth.precision = MATCH_DATE_NONE;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct match_results r = { .n = 0 };
	struct ent_why why;
	buf_init(&out, (size_t)1 << 20);
	if (match_run(e->x, &q, a, &r, &why) != ENT_OK)
		r.n = 0; /* a name without letters finds nothing */
	for (size_t i = 0; i < r.n; i++)
		buf_printf(&out, "%s\t%zu\t%s\t%u\n", field(e, f, n, 0), i + 1, r.r[i].id,
		    r.r[i].degree);
	arena_free(a);
	return buf_take(&out, NULL);
}

static void *
work(void *arg)
{
	struct eval *e = arg;
	for (;;) {
		pthread_mutex_lock(&e->lock);
		size_t from = e->next, to = from + 64 < e->n ? from + 64 : e->n;
		e->next = to;
		pthread_mutex_unlock(&e->lock);
		if (from >= to)
			return NULL;
		for (size_t i = from; i < to; i++)
			e->answers[i] = answer(e, e->lines[i]);
	}
}

static bool
read_queries(struct eval *e, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL, *h[32];
	size_t cap = 0, all = 0, n = 0;
	if (f == NULL) {
		fprintf(stderr, "match-eval: %s: %s\n", path, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < 6; i++)
		e->column[i] = -1;
	for (bool head = true; getline(&line, &cap, f) > 0; head = false) {
		line[strcspn(line, "\r\n")] = '\0';
		if (head) {
			fields(line, h, 32, &n);
			for (size_t c = 0; c < n; c++)
				for (size_t i = 0; i < 6; i++)
					if (strcmp(h[c], columns[i]) == 0)
						e->column[i] = (int)c;
			continue;
		}
		if (e->n == all) {
			all = all == 0 ? 1024 : all * 2;
			e->lines = ent_realloc(e->lines, all * sizeof *e->lines);
		}
		e->lines[e->n++] = ent_strdup(line);
	}
	free(line);
	fclose(f);
	e->answers = ent_alloc_array(e->n + 1, sizeof *e->answers);
	if (e->column[0] < 0 || e->column[1] < 0)
		fprintf(stderr, "match-eval: %s: no columns query_id and name\n", path);
	return e->column[0] >= 0 && e->column[1] >= 0;
}

static int
run(struct eval *e, const char *reg, const char *queries, long threads)
{
	pthread_t t[64];
	struct match_stats st;
	int64_t t0 = clock_mono_us();
	if (!load(e->x, reg) || !read_queries(e, queries))
		return 1;
	int64_t t1 = clock_mono_us();
	for (long i = 0; i < threads; i++)
		ENT_ASSERT(pthread_create(&t[i], NULL, work, e) == 0);
	for (long i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	int64_t t2 = clock_mono_us();
	for (size_t i = 0; i < e->n; i++) {
		if (e->answers[i] != NULL)
			fputs(e->answers[i], stdout);
		free(e->answers[i]);
		free(e->lines[i]);
	}
	match_stats(e->x, &st);
	double build_s = (double)(t1 - t0) / 1e6, seconds = (double)(t2 - t1) / 1e6;
	fprintf(stderr,
	    "{\"records\":%llu,\"names\":%llu,\"build_s\":%.3f,\"index_bytes\":%llu,\"queries\":%zu,"
	    "\"seconds\":%.3f,\"per_s\":%.0f}\n",
	    (unsigned long long)st.records, (unsigned long long)st.names, build_s,
	    (unsigned long long)st.bytes, e->n, seconds,
	    seconds > 0 ? (double)e->n / seconds : 0.0);
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = { { "register", required_argument, NULL, 'r' },
		{ "queries", required_argument, NULL, 'q' }, { "top", required_argument, NULL, 'k' },
		{ "threads", required_argument, NULL, 't' }, { NULL, 0, NULL, 0 } };
	const char *reg = NULL, *queries = NULL;
	struct eval e = { .top = 10, .lock = PTHREAD_MUTEX_INITIALIZER };
	long threads = 1, top = 10;
	int c;
	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case 'r': reg = optarg; break;
		case 'q': queries = optarg; break;
		case 'k': top = strtol(optarg, NULL, 10); break;
		case 't': threads = strtol(optarg, NULL, 10); break;
		default: reg = NULL; optind = argc + 1; break;
		}
	}
	if (reg == NULL || queries == NULL || top < 1 || top > MATCH_TOP_MAX || threads < 1 ||
	    threads > 64) {
		fprintf(stderr, "usage: match-eval --register FILE.jsonl --queries FILE.tsv "
				"[--top 1..%u] [--threads 1..64]\n", MATCH_TOP_MAX);
		return 2;
	}
	e.top = (unsigned)top;
	e.x = match_index_new();
	int status = run(&e, reg, queries, threads);
	match_index_free(e.x);
	free(e.lines);
	free(e.answers);
	return status;
}
