/* SPDX-License-Identifier: Apache-2.0
 *
 * An import on a running node: nothing of it is to be seen while it is staged, whoever looks and
 * however; then all of it is, with one entry in the log.  A failed one leaves one entry and nothing
 * else.  Shows REC-10 and AUD-2.
 */
#include "two_nodes.h"

#include "audit/entry.h"
#include "lists/lists.h"
#include "match/match.h"
#include "ops/index.h"

#define ROWS 2600 /* more than two staged commits */
#define HAD 1	  /* records that were there before */

struct upload {
	struct two_side *side;
	struct buf text;
	size_t at;
	bool looked; /* once, when this much was read: */
	size_t look_at;
	size_t held_max; /* for the index */
	bool told_staging, told_searchable;
	void (*look)(struct upload *u);
};

static struct js *
request(void)
{
	struct js *in = js_object();
	js_set_str(in, "purpose", "terrorism");
	js_set_str(in, "case", "C-1");
	js_set_str(in, "reason", "a reason");
	return in;
}

static int64_t
feed(void *ctx, void *p, size_t n)
{
	struct upload *u = ctx;
	if (u->look != NULL && !u->looked && u->at >= u->look_at) {
		u->looked = true;
		u->look(u);
	}
	size_t left = u->text.n - u->at, take = n < left ? n : left;
	memcpy(p, u->text.p + u->at, take);
	u->at += take;
	return (int64_t)take;
}

static void
watch(void *ctx, struct js *what)
{
	struct upload *u = ctx;
	const char *text = js_get_str(what, "what");
	u->told_staging = u->told_staging || strncmp(text, "bytes", 5) == 0;
	if (strcmp(text, "records searchable") == 0) {
		assert_true(u->told_staging);
		assert_int_equal(js_get_int(what, "total", 0), ROWS);
		u->told_searchable = true;
	}
	js_free(what);
}

static struct js *
label_of(const char *originator)
{
	static const char form[] = "{\"originator\":\"%s\",\"legal_basis\":\"law\",\"handling\":[\"H0\"],"
	    "\"tlp\":\"AMBER\",\"source\":\"B\",\"information\":2,\"subject\":\"suspect\","
	    "\"review_at\":\"2090-01-01\",\"expires_at\":\"2091-01-01\"}";
	char text[sizeof form + CODE_MAX];
	struct js *o = NULL;
	(void)snprintf(text, sizeof text, form, originator);
	assert_int_equal(js_parse(bytes_of_cstr(text), sizeof text, &o, NULL), ENT_OK);
	return o;
}

static enum ent_err
import(struct upload *u, unsigned roles, struct js **out, struct ent_why *why)
{
	struct js *in = request();
	struct op_caller who = { .authenticated = true, .uid = -1 };
	who.actor.id = u->side->people[0];
	who.actor.roles = roles;
	(void)snprintf(who.actor.service, sizeof who.actor.service, "%s", u->side->code);
	js_set_str(in, "format", "jsonl");
	js_set_take(in, "label", label_of(u->side->code));
	struct op_call c = { .node = u->side->node, .row = ops_row_by_path("POST", "/v1/import"),
		.who = &who, .arena = arena_new(ARENA_REQUEST_MAX), .in = in, .out = js_object(),
		.why = why, .read_body = feed, .body_ctx = u, .progress = watch,
		.progress_ctx = u };
	enum ent_err err = ops_dispatch(&c);
	*out = c.out;
	js_free(in);
	arena_free(c.arena);
	return err;
}

/* ROWS persons, of whom the first has another name. */
static struct upload
upload_of(struct two_side *s)
{
	struct upload u = { .side = s };
	buf_init(&u.text, (size_t)16 << 20);
	for (int i = 0; i < ROWS; i++)
		buf_printf(&u.text, "{\"id\":\"q%d\",\"type\":\"person\",\"names\":[\"%s%d\"],"
		    "\"weak\":[],\"dob\":[\"1991-07-08\"],\"docs\":[\"P%07d\"],\"nat\":[\"MA\"],"
		    "\"pob\":[]}\n", i, i == 0 ? "Mehdi Zerktouni" : "Karim Row", i, i);
	return u;
}

/* ---- what the log says ---------------------------------------------------------------------------- */

struct told {
	int imports;
	char result[32], phase[16], root[64];
	int64_t records;
};

static enum ent_err
tell(void *ctx, uint64_t index, struct bytes entry, const struct js *disclosures, struct ent_why *why)
{
	struct told *t = ctx;
	struct entry_view v;
	(void)index;
	(void)disclosures;
	assert_int_equal(entry_read(entry, &v, why), ENT_OK);
	const char *event = js_get_str(v.js, "event");
	if (event != NULL && strcmp(event, "import") == 0) {
		const struct js *facts = js_get(v.js, "facts");
		const char *root = js_get_str(facts, "root");
		t->imports++;
		(void)snprintf(t->result, sizeof t->result, "%s", js_get_str(v.js, "result"));
		(void)snprintf(t->phase, sizeof t->phase, "%s", js_get_str(v.js, "phase"));
		(void)snprintf(t->root, sizeof t->root, "%s", root == NULL ? "" : root);
		t->records = js_get_int(facts, "records", -1);
	}
	entry_view_done(&v);
	return ENT_OK;
}

static struct told
told_by(struct two_side *s)
{
	struct told t = { 0 };
	two_read_log(s, tell, &t);
	return t;
}

/* ---- what can be seen ------------------------------------------------------------------------------ */

static size_t
listed(struct two_side *s, const char *path, const char *list)
{
	struct js *in = request();
	if (strcmp(path, "/v1/search") == 0)
		js_set_str(in, "name", "Mehdi Zerktouni");
	struct js *out = two_must(s, 0, ROLE_ANALYST, path, in);
	assert_non_null(js_get(out, list));
	size_t n = js_len(js_get(out, list));
	js_free(out);
	return n;
}

static int64_t
in_filter(struct two_side *s)
{
	struct js *in = request();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_free(two_must(s, 0, ROLE_SUPERVISOR, "/v1/filter/build", in));
	struct js *out = two_must(s, 0, ROLE_SUPERVISOR, "/v1/filter/status", request());
	int64_t n = js_get_int(js_get(js_at(js_get(out, "filters"), 0), "own"), "records", -1);
	js_free(out);
	return n;
}

static enum ent_err
count(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	return record_count(tx, clock_now(), ctx, why);
}

/* In the midst: more than one commit was staged, and nobody can see it. */
static void
look(struct upload *u)
{
	struct record_counts counts;
	struct match_stats stats;
	assert_int_equal(store_read(node_store(u->side->node), count, &counts, NULL), ENT_OK);
	assert_int_equal(counts.visible, HAD);
	match_stats(node_index(u->side->node), &stats);
	assert_int_equal(stats.records, 0);
	assert_int_equal(listed(u->side, "/v1/search", "results"), 0);
	assert_int_equal(listed(u->side, "/v1/record/list", "records"), HAD);
	assert_int_equal(listed(u->side, "/v1/due", "review"), 0);
	assert_int_equal(in_filter(u->side), HAD);
	assert_int_equal(told_by(u->side).imports, 0);
}

static void
test_an_import_is_seen_whole_with_one_entry(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	struct js *out = NULL;
	struct upload u = upload_of(&t->rab);
	u.look = look;
	u.look_at = u.text.n * 9 / 10;
	enum ent_err err = import(&u, ROLE_ANALYST, &out, &why);
	if (err != ENT_OK)
		fail_msg("import: %s", why.text);
	assert_true(u.looked);
	assert_true(u.told_searchable);
	assert_int_equal(js_get_int(out, "records", 0), ROWS);
	struct told told = told_by(&t->rab);
	assert_int_equal(told.imports, 1);
	assert_int_equal(told.records, ROWS);
	assert_string_equal(told.phase, "done");
	assert_string_equal(told.result, "ok");
	assert_string_equal(told.root, js_get_str(out, "root"));
	assert_int_equal(listed(&t->rab, "/v1/search", "results"), 1);
	assert_int_equal(in_filter(&t->rab), HAD + ROWS);
	js_free(out);
	buf_done(&u.text);
}

static void
test_a_failed_import_leaves_one_entry_and_nothing_else(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	struct js *out = NULL;
	struct record_counts counts;
	struct upload u = upload_of(&t->bru);
	buf_puts(&u.text, "no object\n");
	assert_int_equal(import(&u, ROLE_ANALYST, &out, &why), ENT_ESYNTAX);
	assert_non_null(strstr(why.text, "line 2601"));
	struct told told = told_by(&t->bru);
	assert_int_equal(told.imports, 1);
	assert_string_equal(told.result, "ESYNTAX");
	assert_int_equal(told.records, -1);
	assert_int_equal(store_read(node_store(t->bru.node), count, &counts, NULL), ENT_OK);
	assert_int_equal(counts.visible, 0);
	assert_int_equal(listed(&t->bru, "/v1/search", "results"), 0);
	js_free(out);
	buf_done(&u.text);
}

static void
test_a_refused_import_reads_nothing_and_has_its_entry(void **state)
{
	struct two_nodes *t = *state;
	struct ent_why why = { .text = "" };
	struct js *out = NULL;
	struct upload u = upload_of(&t->bru);
	int before = told_by(&t->bru).imports;
	assert_int_equal(import(&u, ROLE_LIAISON, &out, &why), ENT_EROLE);
	assert_int_equal(u.at, 0);
	struct told told = told_by(&t->bru);
	assert_int_equal(told.imports, before + 1);
	assert_string_equal(told.result, "EROLE");
	js_free(out);
	buf_done(&u.text);
}

struct shown {
	const struct two_put *put;
	const struct ent_id *import;
	struct grant *g;
};

static enum ent_err
show(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct shown *s = ctx;
	enum ent_err err = import_begin(tx, s->g, s->import, clock_now(), why);
	if (err == ENT_OK)
		err = record_put(tx, s->g, &s->put->row, bytes_of_cstr(s->put->body), why);
	return err == ENT_OK ? import_flip(tx, s->g, s->import, 1, why) : err;
}

/* A record of an import of one, shown; the index does not know of it. */
static void
one_shown(struct two_side *s, const struct record *r, const struct ent_id *import, struct grant *g)
{
	struct js *body = record_write(r);
	char *text = js_text(body);
	struct two_put put = { .row = { .id = r->id, .type = r->type, .label = r->label,
		.import = *import, .changed_at = clock_now() }, .body = text };
	struct shown shown = { .put = &put, .import = import, .g = g };
	assert_int_equal(store_write(node_store(s->node), show, &shown, NULL), ENT_OK);
	free(text);
	js_free(body);
}

static enum ent_err
take_first(void *ctx, struct record *r, struct ent_why *why)
{
	struct upload *u = ctx;
	struct ent_id import = id_new();
	struct grant *g = two_grant(ACTION_IMPORT);
	r->id = id_new();
	one_shown(u->side, r, &import, g);
	struct index_held *held = index_held_new(u->held_max);
	index_hold(held, r);
	assert_int_equal(index_import(u->side->node, held, g, &import, why), ENT_OK);
	index_held_free(held);
	grant_free(g);
	return ENT_OK;
}

/* Held or read again: search finds the same. */
static void
test_the_index_takes_what_was_held_and_what_was_not(void **state)
{
	struct two_nodes *t = *state;
	static const size_t maxima[] = { INDEX_HELD_MAX, 1 };
	static const char line[] = "{\"id\":\"x\",\"type\":\"person\",\"names\":[\"Mehdi Zerktouni\"],"
	    "\"weak\":[\"Abu Mehdi\"],\"dob\":[\"1991-07-08\"],\"docs\":[\"P1\"],\"nat\":[\"MA\"],"
	    "\"pob\":[]}\n";
	size_t before = listed(&t->bru, "/v1/search", "results");
	for (size_t i = 0; i < 2; i++) {
		struct upload u = { .side = &t->bru, .held_max = maxima[i] };
		struct bytes rest = bytes_of_cstr(line);
		struct list_input in = list_input_of("one", &rest);
		struct list_report report = { .rows = 0 };
		struct record_label label;
		struct js *o = label_of("BRU");
		assert_int_equal(list_label_read(o, &label, NULL), ENT_OK);
		assert_int_equal(list_read(LIST_JSONL, &in, 1, &label, take_first, &u, &report, NULL),
		    ENT_OK);
		assert_int_equal(listed(&t->bru, "/v1/search", "results"), before + 1 + i);
		list_report_done(&report);
		js_free(o);
	}
}

static int
setup(void **state)
{
	struct two_nodes *t = two_new(NULL);
	(void)two_person(&t->rab, "Salma Haddad", "1991-07-08", NULL, SUBJECT_SUSPECT,
	    clock_now() + 300 * ENT_DAY);
	two_agree(t, NULL);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	two_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_import_is_seen_whole_with_one_entry),
		cmocka_unit_test(test_a_failed_import_leaves_one_entry_and_nothing_else),
		cmocka_unit_test(test_a_refused_import_reads_nothing_and_has_its_entry),
		cmocka_unit_test(test_the_index_takes_what_was_held_and_what_was_not),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
