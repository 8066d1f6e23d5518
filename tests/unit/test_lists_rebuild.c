/* SPDX-License-Identifier: Apache-2.0
 *
 * [REC-9] The real lists, where they are: every row of the source is rebuilt from the records and compared with
 * what this test reads by itself (its own CSV splitter, its own expat handlers).
 */
#include "base/file.h"
#include "lists/lists.h"

#include <expat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Source rows by "file row", as read here; what a record gives back is taken out. */
struct expected {
	struct js *rows;
	uint64_t records, compared;
	const char *prefix; /* UN rows are numbered within their entry */
	char entry[32];
};

static bool
load(const char *name, struct buf *out)
{
	char path[512];
	struct ent_why why;
	const char *data = getenv("ENTENTE_DATA");
	(void)snprintf(path, sizeof path, "%s/lists/%s", data == NULL ? "../shared/data" : data, name);
	buf_init(out, (size_t)64 << 20);
	if (access(path, R_OK) != 0) {
		(void)fprintf(stderr, "SKIP: %s is not there\n", path);
		return false;
	}
	assert_int_equal(file_read(path, out, &why), ENT_OK);
	return true;
}

static void
label_default(struct record_label *l)
{
	memset(l, 0, sizeof *l);
	(void)snprintf(l->originator, sizeof l->originator, "RAB");
	(void)snprintf(l->legal_basis, sizeof l->legal_basis, "public list");
	l->handling = HANDLING_H0;
	l->tlp = TLP_CLEAR;
	l->source = SOURCE_B;
	l->information = 2;
	l->subject = SUBJECT_UNCATEGORISED;
	l->review_at = 1800000000 * ENT_SECOND;
	l->expires_at = 1900000000 * ENT_SECOND;
}

static void
compare_row(void *ctx, const char *file, const char *row, const struct js *cells)
{
	struct expected *x = ctx;
	char key[160];
	(void)snprintf(key, sizeof key, "%s%s %s", x->entry, file, row);
	const struct js *want = js_get(x->rows, key);
	if (want == NULL)
		fail_msg("row '%s' was never in the source", key);
	if (!js_equal(want, cells)) {
		char *a = js_text(want), *b = js_text(cells);
		fail_msg("row '%s': %s became %s", key, a, b);
	}
	js_del(x->rows, key);
	x->compared++;
}

static enum ent_err
check_record(void *ctx, struct record *r, struct ent_why *why)
{
	struct expected *x = ctx;
	struct record *again = NULL;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	struct js *body = record_write(r);
	/* what is imported passes the same checks as what is typed in */
	enum ent_err err = record_read(body, a, &again, why);
	if (err == ENT_OK) {
		for (size_t i = 0; i < again->count && x->prefix != NULL; i++)
			if (again->statements[i].kind == STATEMENT_SOURCE_ROW) {
				(void)snprintf(x->entry, sizeof x->entry, "%s ",
				    again->statements[i].source.row);
				break;
			}
		list_rebuild(again, compare_row, x);
		x->records++;
	}
	js_free(body);
	arena_free(a);
	return err;
}

/* ---- OFAC: an own splitter, by the rule that quotes only stand around a whole cell ---------------- */

static void
expect_csv(struct js *rows, const char *file, struct buf *text, const char *const *columns, size_t key)
{
	char *p = (char *)(uintptr_t)buf_cstr(text), *line;
	while ((line = strsep(&p, "\n")) != NULL) {
		struct js *cells = js_object();
		char name[64] = "";
		for (size_t i = 0; *line != '\0'; i++) {
			char *end, *cell = line;
			bool quoted = *cell == '"';
			if (quoted) {
				end = strchr(++cell, '"');
				*end++ = '\0';
				end += strspn(end, " \r");
			} else {
				end = cell + strcspn(cell, ",");
			}
			line = *end == ',' ? end + 1 : end;
			*end = '\0';
			for (char *q = quoted ? cell : end; q > cell && (q[-1] == ' ' || q[-1] == '\r'); q--)
				q[-1] = '\0';
			bool none = !quoted && (strcmp(cell, "-0-") == 0 || strcmp(cell, "-0") == 0);
			if (i == key)
				(void)snprintf(name, sizeof name, "%s %s", file, cell);
			else if (columns[i] != NULL && !none && cell[0] != '\0')
				js_set_str(cells, columns[i], cell);
		}
		if (name[0] != '\0') {
			assert_null(js_get(rows, name));
			js_set_take(rows, name, cells);
		} else {
			js_free(cells);
		}
	}
}

static void
print_report(const char *name, const struct list_report *r)
{
	char *unmapped = js_text(r->unmapped);
	(void)fprintf(stderr, "%s: %llu rows, %llu records (%llu persons, %llu organisations, %llu items), %llu "
	    "in quarantine; kept but not mapped: %s\n", name, (unsigned long long)r->rows,
	    (unsigned long long)r->records, (unsigned long long)r->persons,
	    (unsigned long long)r->organisations, (unsigned long long)r->documents,
	    (unsigned long long)r->quarantined, unmapped);
	free(unmapped);
}

static void
test_every_ofac_row_is_rebuilt(void **state)
{
	static const char *const names[3] = { "ofac-add.csv", "ofac-alt.csv", "ofac-sdn.csv" };
	static const char *const sdn[] = { NULL, "sdn_name", "sdn_type", "program", "title", "call_sign",
		"vess_type", "tonnage", "grt", "vess_flag", "vess_owner", "remarks" };
	static const char *const add[] = { NULL, NULL, "address", "city", "country", "add_remarks" };
	static const char *const alt[] = { NULL, NULL, "alt_type", "alt_name", "alt_remarks" };
	struct buf text[3];
	struct bytes rest[3];
	struct list_input in[3];
	struct list_report report;
	struct record_label label;
	struct ent_why why = { .text = "" };
	struct expected x = { .rows = js_object() };
	(void)state;
	bool there = true;
	for (size_t i = 0; i < 3; i++)
		there = load(names[i], &text[i]) && there;
	if (there) {
		label_default(&label);
		for (size_t i = 0; i < 3; i++) {
			rest[i] = buf_bytes(&text[i]);
			in[i] = list_input_of(names[i], &rest[i]);
		}
		/* the importer reads a copy, since the splitter here writes into its text */
		struct buf copy[3];
		for (size_t i = 0; i < 3; i++) {
			buf_init(&copy[i], (size_t)64 << 20);
			buf_put(&copy[i], text[i].p, text[i].n);
		}
		expect_csv(x.rows, "add", &copy[0], add, 1);
		expect_csv(x.rows, "alt", &copy[1], alt, 1);
		expect_csv(x.rows, "sdn", &copy[2], sdn, 0);
		size_t rows = js_len(x.rows);
		if (list_read(LIST_OFAC_SDN, in, 3, &label, check_record, &x, &report, &why) != ENT_OK)
			fail_msg("%s", why.text);
		assert_int_equal(js_len(x.rows), 0);
		assert_int_equal(x.compared, rows);
		assert_int_equal(report.records, x.records);
		assert_int_equal(report.quarantined, x.records);
		assert_true(report.persons > 1000 && report.organisations > 1000);
		print_report("ofac-sdn", &report);
		list_report_done(&report);
		for (size_t i = 0; i < 3; i++)
			buf_done(&copy[i]);
	}
	for (size_t i = 0; i < 3; i++)
		buf_done(&text[i]);
	js_free(x.rows);
}

/* ---- UN: own handlers that only know depth -------------------------------------------------------- */

struct un_state {
	struct js *rows, *cells, *main; /* rows owned; cells and main are in it or being made */
	struct buf text;
	int depth, group, nationality;
	char names[8][64], id[32];
};

static void
start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct un_state *u = ctx;
	(void)attributes;
	u->depth++;
	(void)snprintf(u->names[u->depth & 7], 64, "%s", name);
	buf_reset(&u->text);
	if (u->depth == 3) {
		u->main = js_object();
		u->group = u->nationality = 0;
	} else if (u->depth == 4) {
		u->group++;
		u->cells = js_object();
	}
}

static void
put(struct js *cells, const char *name, const char *text)
{
	char key[96];
	(void)snprintf(key, sizeof key, "%s", name);
	for (int i = 2; js_get(cells, key) != NULL; i++)
		(void)snprintf(key, sizeof key, "%s.%d", name, i);
	js_set_str(cells, key, text);
}

static void
end(void *ctx, const XML_Char *name)
{
	struct un_state *u = ctx;
	const char *text = buf_cstr(&u->text), *group = u->names[4];
	bool blank = text[strspn(text, " \t\r\n")] == '\0';
	char key[160];
	if (u->depth == 5 && !blank && strcmp(group, "NATIONALITY") == 0) {
		struct js *one = js_object();
		js_set_str(one, "VALUE", text);
		(void)snprintf(key, sizeof key, "%s NATIONALITY %d", u->id, ++u->nationality);
		js_set_take(u->rows, key, one);
	} else if (u->depth == 5 && !blank && strcmp(name, "VALUE") == 0) {
		put(u->main, group, text);
	} else if (u->depth == 5 && !blank) {
		put(u->cells, name, text);
	} else if (u->depth == 4 && !blank && strcmp(name, "DATAID") == 0) {
		(void)snprintf(u->id, sizeof u->id, "%s", text);
	} else if (u->depth == 4 && !blank) {
		put(u->main, name, text);
	}
	if (u->depth == 4 && js_len(u->cells) > 0) {
		(void)snprintf(key, sizeof key, "%s %s %d", u->id, name, u->group);
		js_set_take(u->rows, key, u->cells);
	} else if (u->depth == 4) {
		js_free(u->cells);
	}
	if (u->depth == 3) {
		(void)snprintf(key, sizeof key, "%s %s %s", u->id, name, u->id);
		js_set_take(u->rows, key, u->main);
	}
	buf_reset(&u->text);
	u->depth--;
}

static void
characters(void *ctx, const XML_Char *s, int n)
{
	struct un_state *u = ctx;
	buf_put(&u->text, s, (size_t)n);
}

static void
test_every_un_entry_is_rebuilt(void **state)
{
	struct buf text;
	struct un_state u = { .rows = js_object() };
	(void)state;
	if (load("un-consolidated.xml", &text)) {
		struct list_report report;
		struct record_label label;
		struct ent_why why = { .text = "" };
		XML_Parser p = XML_ParserCreate(NULL);
		buf_init(&u.text, 1 << 20);
		XML_SetUserData(p, &u);
		XML_SetElementHandler(p, start, end);
		XML_SetCharacterDataHandler(p, characters);
		assert_int_equal(XML_Parse(p, buf_cstr(&text), (int)text.n, 1), XML_STATUS_OK);
		XML_ParserFree(p);
		buf_done(&u.text);
		struct expected x = { .rows = u.rows, .prefix = "entry" };
		size_t rows = js_len(u.rows);
		struct bytes rest = buf_bytes(&text);
		struct list_input in = list_input_of("un.xml", &rest);
		label_default(&label);
		if (list_read(LIST_UN_SC, &in, 1, &label, check_record, &x, &report, &why) != ENT_OK)
			fail_msg("%s", why.text);
		if (js_len(u.rows) > 0) {
			char *left = js_text(u.rows);
			fail_msg("rows left: %.600s", left);
		}
		assert_int_equal(x.compared, rows);
		assert_true(report.persons > 300 && report.organisations > 100);
		print_report("un-sc", &report);
		list_report_done(&report);
	}
	buf_done(&text);
	js_free(u.rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_ofac_row_is_rebuilt),
		cmocka_unit_test(test_every_un_entry_is_rebuilt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
