/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/match_call.h"

#include "store/records.h"

#include <string.h>

bool
match_call_admits(void *match_call, const char *id_text)
{
	struct match_call *m = match_call;
	struct record_row row;
	struct ent_id id;
	if (m->err != ENT_OK || id_parse(str_of(id_text), &id) != ENT_OK)
		return false;
	if (m->only != NULL && strcmp(m->only, id_text) != 0)
		return false;
	enum ent_err err = record_label_get(m->tx, &id, &row, &m->bad);
	if (err == ENT_ENOTFOUND)
		return false;
	m->err = err;
	return err == ENT_OK && (row.state == RECORD_LIVE || row.state == RECORD_QUARANTINE) &&
	    row.label.expires_at > m->now &&
	    policy_admits(m->policy, m->grant, &row.label, record_type_name(row.type), m->now);
}

enum ent_err
match_call_read(struct js_reader *r, struct match_query *q)
{
	q->name = js_opt_str(r, "name", TEXT_NAME_MAX);
	q->document = js_opt_str(r, "document", RECORD_TEXT_MAX);
	q->document_of.country = js_opt_str(r, "document_country", 2);
	q->nationality = js_opt_str(r, "nationality", RECORD_COUNTRY_MAX);
	const char *birth = js_opt_str(r, "birth", MATCH_DATE_INPUT_MAX), *type = js_opt_str(r, "type", 32);
	const char *kind = js_opt_str(r, "document_kind", 32), *sex = js_opt_str(r, "sex", 8);
	q->place = js_opt_str(r, "place", RECORD_TEXT_MAX);
	if (r->err != ENT_OK)
		return r->err;
	if (q->name == NULL && q->document == NULL)
		return r->err = ent_fail(ENT_EFIELD, r->why, "neither a name nor a document to search for");
	if (type != NULL && (q->type = record_type_of(type)) == RTYPE_NONE)
		return r->err = ent_fail(ENT_EFIELD, r->why,
		    "unknown type '%s': person, organisation or document", type);
	if (kind != NULL && (q->document_of.kind = document_kind_of(kind)) == DOCKIND_NONE)
		return r->err = ent_fail(ENT_EFIELD, r->why,
		    "unknown document_kind '%s': passport, national-id, driving, residence, tax or other", kind);
	if (sex != NULL && (q->sex = record_sex_of(sex)) == SEX_NONE)
		return r->err = ent_fail(ENT_EFIELD, r->why, "unknown sex '%s': m, f or x", sex);
	if (birth != NULL && match_date_parse(str_of(birth), &q->birth, r->why) != ENT_OK)
		return r->err = ENT_EFIELD;
	return ENT_OK;
}

/* ---- the explanation ------------------------------------------------------------------------------- */

static struct js *
pairs_of(const struct match_result *r)
{
	struct js *list = js_array();
	for (size_t i = 0; i < r->pairs_n; i++) {
		const struct match_pair *p = &r->pairs[i];
		struct js *o = js_object();
		js_set_str(o, "query", p->query);
		js_set_str(o, "record", p->record);
		js_set_str(o, "how", match_how_name(p->how));
		js_set_int(o, "likeness", p->likeness);
		if (p->one_in > 0)
			js_set_int(o, "one_in", p->one_in);
		js_append_take(list, o);
	}
	return list;
}

static void
put_left(struct js *o, const struct match_result *r)
{
	struct js *list = js_array();
	for (size_t i = 0; i < r->reasons.left_n; i++) {
		const struct match_left *l = &r->reasons.left[i];
		struct js *w = js_object();
		js_set_str(w, "of", l->of_query ? "query" : "record");
		js_set_str(w, "word", l->word);
		if (l->light)
			js_set_bool(w, "light", true);
		else
			js_set_int(w, "one_in", l->one_in);
		js_append_take(list, w);
	}
	js_set_take(o, "left", list);
	if (r->query_left[0] != '\0')
		js_set_str(o, "query_left", r->query_left);
	if (r->record_left[0] != '\0')
		js_set_str(o, "record_left", r->record_left);
}

/* What was compared and what came of it; `compared` false: one side has none, or both. */
static struct js *
line_of(const char *what, const char *text, const char *query, const char *record, bool compared)
{
	char missing[80];
	bool asked = query != NULL && query[0] != '\0', held = record != NULL && record[0] != '\0';
	struct js *o = js_object();
	(void)snprintf(missing, sizeof missing, "%s %s", what, asked && !held ? "asked for, the register has none" :
	    held && !asked ? "not asked for" : "known on neither side");
	js_set_str(o, "line", compared ? text : missing);
	js_set_bool(o, "compared", compared);
	js_set_str(o, "query", asked ? query : NULL);
	js_set_str(o, "record", held ? record : NULL);
	return o;
}

static void
put_lines(struct js *o, const struct match_query *q, const struct match_result *r)
{
	char asked[MATCH_DATE_TEXT], held[MATCH_DATE_TEXT], numbers[160] = "";
	match_date_format(&q->birth, asked);
	match_date_format(&r->reasons.birth, held);
	for (size_t i = 0, at = 0; i < r->reasons.documents_n && at < sizeof numbers; i++) {
		int n = snprintf(numbers + at, sizeof numbers - at, "%s%s", i > 0 ? ", " : "",
		    r->reasons.documents[i]);
		at += n > 0 ? (size_t)n : 0;
	}
	if (!utf8_valid(bytes_of_cstr(numbers))) /* cut within a letter */
		numbers[0] = '\0';
	struct js *lines = js_object();
	js_set_take(lines, "birth", line_of("birth date", match_date_text(r->date), asked, held,
	    r->date != MATCH_DATE_UNKNOWN));
	struct js *document = line_of("document", match_document_text(r->document), q->document, numbers,
	    r->document != MATCH_DOCUMENT_UNKNOWN);
	js_set_str(document, "check", r->reasons.check);
	js_set_take(lines, "document", document);
	js_set_take(lines, "nationality", line_of("nationality", match_nation_text(r->reasons.nation), q->nationality,
	    r->reasons.own_nation, r->reasons.nation != MATCH_NATION_UNKNOWN));
	js_set_take(lines, "sex", line_of("sex", match_sex_text(r->reasons.sex), record_sex_name(q->sex),
	    r->reasons.own_sex, r->reasons.sex != MATCH_SEX_UNKNOWN));
	js_set_take(lines, "place", line_of("place of birth", match_place_text(r->reasons.place), q->place,
	    r->reasons.own_place,
	    r->reasons.place != MATCH_PLACE_UNKNOWN));
	js_set_take(o, "lines", lines);
	if (r->date != MATCH_DATE_UNKNOWN)
		js_set_str(o, "date", match_date_text(r->date));
	if (r->document != MATCH_DOCUMENT_UNKNOWN)
		js_set_str(o, "document", match_document_text(r->document));
}

struct js *
match_call_result(const struct match_query *q, const struct match_result *r)
{
	struct js *o = js_object();
	js_set_str(o, "id", r->id);
	js_set_str(o, "type", record_type_name(r->type));
	js_set_str(o, "name", r->name);
	js_set_str(o, "band", match_band_name(r->band));
	js_set_int(o, "degree", r->degree);
	if (r->probability > 0)
		js_set_int(o, "probability", r->probability);
	if (r->weak)
		js_set_bool(o, "weak_alias", true);
	if (r->quarantined)
		js_set_bool(o, "quarantined", true);
	js_set_take(o, "pairs", pairs_of(r));
	put_left(o, r);
	put_lines(o, q, r);
	return o;
}
