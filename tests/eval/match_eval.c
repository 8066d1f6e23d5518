/* SPDX-License-Identifier: Apache-2.0
 *
 * match-eval: run queries against a register in files, for measuring.  Links text, match and lists only:
 * it cannot open a node.  Not shipped.
 *
 *   match-eval --register FILE.jsonl --queries FILE.tsv [--top K] [--threads N] [--explain] [--every]
 *
 *   match-eval --register FILE.jsonl --queries FILE.tsv --adds MORE.jsonl [--rate 10000] [--seconds 20]
 *
 * --explain adds columns: the register's name, how the words met, the evidence.  --every holds each name
 * against each query, as a search must do no better; --save and --load write and start from a snapshot.
 * --names loads statistics of names, a line "given|family|legal<TAB>COUNTRY<TAB>COUNT<TAB>NAME".
 * --bands derives the register's bands as a node does and adds two columns: band ("-" below trace), tradition;
 * a query without a result has a line of rank 0.  --sections tells where the index's bytes go.
 *
 * With --queries - the register is read once and lines "QUERIES<TAB>ANSWERS<TAB>SECONDS" are taken from
 * standard input: the first as many queries of the file as the seconds allow (0: all) are answered into
 * ANSWERS, and the figures are a line on standard output.  tests/perf/peers measures so.
 */
#include "match_eval.h"

#include "bands.h"
#include "base/file.h"

#include <errno.h>
#include <getopt.h>

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

struct match_entry
eval_entry(const struct js *o, struct eval_room *room)
{
	struct match_entry e = { .id = js_get_str(o, "id"), .type = type_of(js_get_str(o, "type")),
		.names = room->names, .weak = room->weak, .documents = room->docs, .nationalities = room->nat,
		.births = room->births };
	e.names_n = list_of(o, "names", room->names);
	e.weak_n = list_of(o, "weak", room->weak);
	e.documents_n = list_of(o, "docs", room->docs);
	e.nationalities_n = list_of(o, "nat", room->nat);
	size_t dates = list_of(o, "dob", room->dob);
	if (e.documents_n > MATCH_DOCUMENTS_MAX)
		e.documents_n = MATCH_DOCUMENTS_MAX;
	if (e.nationalities_n > MATCH_DOCUMENTS_MAX)
		e.nationalities_n = MATCH_DOCUMENTS_MAX;
	for (size_t i = 0; i < dates && e.births_n < MATCH_BIRTHS_MAX; i++)
		if (match_date_parse(str_of(room->dob[i]), &room->births[e.births_n], NULL) == ENT_OK)
			e.births_n++;
	return e;
}

static enum ent_err
add_record(struct match_index *x, const struct js *o, struct ent_why *why)
{
	struct eval_room room;
	struct match_entry e = eval_entry(o, &room);
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

static void
put_alignment(struct buf *out, const struct match_result *r)
{
	buf_printf(out, "\t%s\t", r->name);
	for (size_t i = 0; i < r->pairs_n; i++)
		buf_printf(out, "%s=%s %s %u 1:%u; ", r->pairs[i].query, r->pairs[i].record,
		    match_how_name(r->pairs[i].how), r->pairs[i].likeness, r->pairs[i].one_in);
	buf_printf(out, "left: %s | %s\t", r->query_left, r->record_left);
	for (size_t i = 0; r->evidence != NULL && i < EV_N; i++)
		buf_printf(out, "%d ", r->evidence[i]);
}

/* As a node would judge it. */
static void
put_band(const struct eval *e, const struct match_query *q, struct buf *out, struct match_result *r)
{
	bool seen = match_thresholds_judge(&e->thresholds, q, r);
	buf_printf(out, "\t%s\t%s", seen ? match_band_name(r->band) : "-",
	    match_tradition_name(match_tradition_of(q->name)));
}

const char *
eval_ask(struct eval *e, char *line, struct arena *a, struct match_query *q, struct match_results *out)
{
	char *f[32];
	size_t n;
	fields(line, f, 32, &n);
	const char *dob = field(e, f, n, 3), *doc = field(e, f, n, 4), *nat = field(e, f, n, 5);
	*q = (struct match_query){ .name = field(e, f, n, 1), .top = e->top, .brief = !e->explain && !e->bands,
		.type = type_of(field(e, f, n, 2)), .document = doc[0] != '\0' ? doc : NULL,
		.nationality = nat[0] != '\0' ? nat : NULL };
	if (dob[0] != '\0' && match_date_parse(str_of(dob), &q->birth, NULL) != ENT_OK)
		q->birth.precision = MATCH_DATE_NONE;
	struct ent_why why;
	out->n = 0;
	if (match_run_how(e->x, q, e->every, a, out, &why) != ENT_OK)
		out->n = 0; /* a name without letters finds nothing */
	return field(e, f, n, 0);
}

static char *
answer(struct eval *e, const char *id, const struct match_query *q, struct match_results r)
{
	struct buf out;
	buf_init(&out, (size_t)1 << 20);
	for (size_t i = 0; i < r.n; i++) {
		buf_printf(&out, "%s\t%zu\t%s\t%u", id, i + 1, r.r[i].id, r.r[i].degree);
		if (e->bands)
			put_band(e, q, &out, &r.r[i]);
		if (e->explain)
			put_alignment(&out, &r.r[i]);
		buf_printf(&out, "\n");
	}
	if (e->bands && r.n == 0)
		buf_printf(&out, "%s\t0\t-\t0\t-\t%s\n", id,
		    match_tradition_name(match_tradition_of(q->name)));
	return buf_take(&out, NULL);
}

int64_t
eval_clock(clockid_t which)
{
	struct timespec t;
	return clock_gettime(which, &t) == 0 ? (int64_t)t.tv_sec * 1000000000 + t.tv_nsec : 0;
}

static void *
work(void *arg)
{
	struct eval *e = arg;
	for (;;) {
		pthread_mutex_lock(&e->lock);
		size_t from = e->next, to = from + 16 < e->n ? from + 16 : e->n;
		e->next = to;
		pthread_mutex_unlock(&e->lock);
		if (from >= to || (e->until != 0 && clock_mono_us() > e->until))
			return NULL;
		for (size_t i = from; i < to; i++) {
			int64_t wall = eval_clock(CLOCK_MONOTONIC), cpu = eval_clock(CLOCK_THREAD_CPUTIME_ID);
			struct arena *a = arena_new(ARENA_REQUEST_MAX);
			struct match_results r;
			struct match_query q;
			const char *id = eval_ask(e, e->lines[i], a, &q, &r);
			e->cpu[i] = eval_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
			e->wall[i] = eval_clock(CLOCK_MONOTONIC) - wall;
			e->answers[i] = answer(e, id, &q, r);
			arena_free(a);
		}
	}
}

static bool
read_queries(struct eval *e, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL, *h[32];
	size_t cap = 0, n = 0;
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
		if (e->n == e->all) {
			e->all = e->all == 0 ? 1024 : e->all * 2;
			e->lines = ent_realloc(e->lines, e->all * sizeof *e->lines);
		}
		e->lines[e->n++] = ent_strdup(line);
	}
	free(line);
	fclose(f);
	if (e->column[0] < 0 || e->column[1] < 0)
		fprintf(stderr, "match-eval: %s: no columns query_id and name\n", path);
	return e->column[0] >= 0 && e->column[1] >= 0;
}

/* Ask them all, or as many as the seconds allow. */
static void
ask(struct eval *e, long threads, double seconds)
{
	pthread_t t[64];
	e->answers = ent_alloc_array(e->n + 1, sizeof *e->answers);
	e->wall = ent_alloc_array(e->n + 1, sizeof *e->wall);
	e->cpu = ent_alloc_array(e->n + 1, sizeof *e->cpu);
	for (size_t i = 0; i < e->n; i++)
		e->wall[i] = e->cpu[i] = -1;
	int64_t t0 = clock_mono_us();
	e->until = seconds > 0 ? t0 + (int64_t)(seconds * 1e6) : 0;
	for (long i = 0; i < threads; i++)
		ENT_ASSERT(pthread_create(&t[i], NULL, work, e) == 0);
	for (long i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	e->seconds = (double)(clock_mono_us() - t0) / 1e6;
}

static void
forget(struct eval *e)
{
	for (size_t i = 0; i < e->n; i++) {
		if (e->answers != NULL)
			free(e->answers[i]);
		free(e->lines[i]);
	}
	free(e->answers);
	free(e->wall);
	free(e->cpu);
	e->answers = NULL;
	e->wall = e->cpu = NULL;
	e->n = e->next = 0;
}

static bool
put_answers(const struct eval *e, FILE *f)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->answers[i] != NULL)
			fputs(e->answers[i], f);
	return fflush(f) == 0;
}

static int
ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

size_t
eval_times(int64_t *v, size_t n, double *sum, double *half, double *high)
{
	size_t skipped = 0;
	*sum = *half = *high = 0;
	qsort(v, n, sizeof *v, ascending);
	while (skipped < n && v[skipped] < 0)
		skipped++;
	size_t asked = n - skipped;
	if (asked == 0)
		return 0;
	for (size_t i = skipped; i < n; i++)
		*sum += (double)v[i] / 1e9;
	*half = (double)v[skipped + asked / 2] / 1e3;
	*high = (double)v[skipped + asked * 99 / 100] / 1e3;
	return asked;
}

/* cpu_s is of the search alone; what per_s is on a machine that does nothing else is queries / cpu_s. */
static bool
put_figures(struct eval *e, FILE *f)
{
	struct match_stats st;
	double wall, wall_half, wall_high, cpu, cpu_half, cpu_high;
	size_t asked = eval_times(e->wall, e->n, &wall, &wall_half, &wall_high);
	(void)eval_times(e->cpu, e->n, &cpu, &cpu_half, &cpu_high);
	match_stats(e->x, &st);
	fprintf(f,
	    "{\"records\":%llu,\"names\":%llu,\"build_s\":%.3f,\"index_bytes\":%llu,\"queries\":%zu,"
	    "\"seconds\":%.3f,\"per_s\":%.0f,\"cpu_s\":%.3f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
	    "\"p50_cpu_us\":%.0f,\"p99_cpu_us\":%.0f}\n",
	    (unsigned long long)st.records, (unsigned long long)st.names, e->build_s,
	    (unsigned long long)st.bytes, asked, e->seconds,
	    e->seconds > 0 ? (double)asked / e->seconds : 0.0, cpu, wall_half, wall_high, cpu_half,
	    cpu_high);
	return fflush(f) == 0;
}

/* The lines of standard input, one run each, until it ends. */
static int
serve(struct eval *e, long threads)
{
	char *line = NULL, *f[3];
	size_t cap = 0, n;
	bool good = put_figures(e, stdout);
	while (good && getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		fields(line, f, 3, &n);
		FILE *out = n == 3 ? fopen(f[1], "w") : NULL;
		if (out == NULL)
			fprintf(stderr, "match-eval: a line is QUERIES, ANSWERS, SECONDS\n");
		good = out != NULL && read_queries(e, f[0]);
		if (good)
			ask(e, threads, strtod(f[2], NULL));
		good = good && put_answers(e, out) && put_figures(e, stdout);
		if (out != NULL)
			fclose(out);
		forget(e);
	}
	free(line);
	return good ? 0 : 1;
}

static enum ent_err
write_part(void *ctx, uint64_t all, struct bytes part, struct ent_why *why)
{
	(void)all;
	return fwrite(part.p, 1, part.n, ctx) == part.n ? ENT_OK :
		ent_fail(ENT_EIO, why, "cannot write: %s", strerror(errno));
}

static bool
save(struct match_index *x, const char *path)
{
	struct ent_why why = { .text = "" };
	FILE *f = fopen(path, "w");
	bool good = f != NULL && match_save(x, write_part, f, &why) == ENT_OK;
	if (f != NULL)
		good &= fclose(f) == 0;
	if (!good)
		fprintf(stderr, "match-eval: %s: %s\n", path, f == NULL ? strerror(errno) : why.text);
	return good;
}

static bool
load_saved(struct match_index *x, const char *path)
{
	struct ent_why why = { .text = "" };
	FILE *f = fopen(path, "r");
	long n = f != NULL && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : 0;
	struct match_image m = match_image_new(n > 0 ? (size_t)n : 1);
	bool good = n > 0 && fseek(f, 0, SEEK_SET) == 0 && fread(m.p, 1, m.n, f) == m.n &&
	    match_load_take(x, &m, &why) == ENT_OK;
	if (f != NULL)
		fclose(f);
	if (!good)
		fprintf(stderr, "match-eval: %s: %s\n", path, why.text);
	return good;
}

/* "given<TAB>FR<TAB>93840<TAB>Mohamed" a line; given, family or legal. */
static bool
load_names(struct match_index *x, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL, *part[4];
	size_t cap = 0, n = 0;
	struct match_population *p = match_population_new();
	struct ent_why why = { .text = "no such file" };
	bool good = f != NULL;
	while (good && getline(&line, &cap, f) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		fields(line, part, 4, &n);
		if (n < 4 || strlen(part[1]) != 2)
			continue;
		char country[3] = { part[1][0], part[1][1], '\0' };
		enum match_name_kind kind = part[0][0] == 'g' ? MATCH_KIND_GIVEN :
		    part[0][0] == 'f'			      ? MATCH_KIND_FAMILY :
								MATCH_KIND_LEGAL;
		good = match_population_add(p, part[3], country, kind, strtoull(part[2], NULL, 10), &why) == ENT_OK;
	}
	if (!good)
		fprintf(stderr, "match-eval: %s: %s\n", path, why.text);
	match_names_set(x, p);
	free(line);
	if (f != NULL)
		fclose(f);
	return good;
}

static int
run(struct eval *e, const char *reg, const char *queries, long threads)
{
	int64_t t0 = clock_mono_us();
	if (e->names != NULL && !load_names(e->x, e->names))
		return 1;
	if (e->saved != NULL ? !load_saved(e->x, e->saved) : !load(e->x, reg))
		return 1;
	if (e->saved == NULL)
		match_settle(e->x);
	if (e->save != NULL && !save(e->x, e->save))
		return 1;
	if (e->bands && !bands_derive(e->x, &e->thresholds))
		return 1;
	e->build_s = (double)(clock_mono_us() - t0) / 1e6;
	if (e->sections)
		eval_sections(e, stderr);
	if (strcmp(queries, "-") == 0)
		return serve(e, threads);
	bool good = read_queries(e, queries);
	if (good && e->adds != NULL) {
		good = eval_adds(e, stdout);
		forget(e);
		return good ? 0 : 1;
	}
	if (good)
		ask(e, threads, 0);
	good = good && put_answers(e, stdout) && put_figures(e, stderr);
	forget(e);
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = { { "register", required_argument, NULL, 'r' },
		{ "queries", required_argument, NULL, 'q' }, { "top", required_argument, NULL, 'k' },
		{ "threads", required_argument, NULL, 't' }, { "explain", no_argument, NULL, 'e' },
		{ "every", no_argument, NULL, 'a' }, { "save", required_argument, NULL, 's' },
		{ "load", required_argument, NULL, 'l' }, { "names", required_argument, NULL, 'n' },
		{ "bands", no_argument, NULL, 'b' }, { "adds", required_argument, NULL, 'd' },
		{ "rate", required_argument, NULL, 'R' }, { "seconds", required_argument, NULL, 'S' },
		{ "sections", no_argument, NULL, 'z' },
		{ NULL, 0, NULL, 0 } };
	const char *reg = NULL, *queries = NULL;
	struct eval e = { .top = 10, .rate = 10000, .adds_seconds = 20, .lock = PTHREAD_MUTEX_INITIALIZER };
	long threads = 1, top = 10;
	bool wrong = false;
	int c;
	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case 'r': reg = optarg; break;
		case 'q': queries = optarg; break;
		case 'k': top = strtol(optarg, NULL, 10); break;
		case 't': threads = strtol(optarg, NULL, 10); break;
		case 'e': e.explain = true; break;
		case 'a': e.every = true; break;
		case 's': e.save = optarg; break;
		case 'b': e.bands = true; break;
		case 'z': e.sections = true; break;
		case 'n': e.names = optarg; break;
		case 'l': e.saved = optarg; break;
		case 'd': e.adds = optarg; break;
		case 'R': e.rate = strtod(optarg, NULL); break;
		case 'S': e.adds_seconds = strtod(optarg, NULL); break;
		default: wrong = true; break;
		}
	}
	if (wrong || (reg == NULL) == (e.saved == NULL) || queries == NULL || top < 1 || top > MATCH_TOP_MAX || threads < 1 ||
	    threads > 64 || !(e.rate > 0) || !(e.adds_seconds > 0)) {
		fprintf(stderr, "usage: match-eval --register FILE.jsonl --queries FILE.tsv|- "
				"[--top 1..%u] [--threads 1..64] [--explain] [--every] [--names FILE] [--bands] [--sections]\n"
				"    [--save FILE]; --load FILE in place of --register;\n"
				"    --adds FILE.jsonl [--rate NAMES-A-SECOND] [--seconds N]\n", MATCH_TOP_MAX);
		return 2;
	}
	e.top = (unsigned)top;
	e.x = match_index_new();
	int status = run(&e, reg, queries, threads);
	match_index_free(e.x);
	free(e.lines);
	return status;
}
