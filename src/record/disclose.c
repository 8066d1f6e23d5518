/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "crypto/sdjwt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A statement's claim is "s" and its place, so that each name is there once. */
#define CLAIM_SIZE 24

void
record_hide(const struct record *r, struct js **payload, struct js **disclosures)
{
	struct js *p = js_object(), *d = js_array();
	js_set_id(p, "id", r->id.b);
	js_set_str(p, "type", record_type_name(r->type));
	js_set_int(p, "version", r->version);
	js_set_take(p, "label", label_write(&r->label));
	for (size_t i = 0; i < r->count; i++) {
		char claim[CLAIM_SIZE];
		struct js *value = statement_write(&r->statements[i]);
		/* where we have it from is ours: a source row's is its content */
		if (r->statements[i].kind != STATEMENT_SOURCE_ROW)
			js_del(value, "source");
		(void)snprintf(claim, sizeof claim, "s%zu", i);
		sdjwt_hide_take(p, d, claim, value);
	}
	sdjwt_seal(p);
	*payload = p;
	*disclosures = d;
}

struct js *
record_release(const struct js *disclosures, const bool *let, size_t count)
{
	struct js *out = js_array();
	for (size_t i = 0; i < count && i < js_len(disclosures); i++)
		if (let[i])
			js_append_take(out, js_copy(js_at(disclosures, i)));
	return out;
}

/* The place in "s12"; false if it is another claim. */
static bool
claim_place(const char *name, size_t *place)
{
	char again[CLAIM_SIZE];
	if (name[0] != 's' || name[1] < '0' || name[1] > '9')
		return false;
	unsigned long n = strtoul(name + 1, NULL, 10);
	(void)snprintf(again, sizeof again, "s%lu", n);
	*place = n;
	return n < RECORD_STATEMENTS_MAX && strcmp(again, name) == 0;
}

static enum ent_err
reveal_statements(const struct js *claims, struct arena *a, struct record *rec, struct ent_why *why)
{
	const char *key;
	struct js *value, *at[RECORD_STATEMENTS_MAX] = { NULL };
	size_t place, n = 0;
	for (void *it = NULL; (it = js_each(claims, it, &key, &value)) != NULL;)
		if (claim_place(key, &place)) {
			at[place] = value;
			n++;
		}
	struct statement *all = arena_array(a, n + 1, sizeof *all);
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i < RECORD_STATEMENTS_MAX && err == ENT_OK; i++) {
		char path[CLAIM_SIZE];
		if (at[i] == NULL)
			continue;
		(void)snprintf(path, sizeof path, "s%zu", i);
		err = statement_read(at[i], path, a, &all[rec->count], why);
		all[rec->count++].source.columns = NULL; /* would be borrowed from what we free */
	}
	rec->statements = all;
	return err;
}

enum ent_err
record_reveal(const struct js *payload, const struct js *disclosures, struct arena *a,
    struct record **out, struct ent_why *why)
{
	struct js *claims = NULL;
	struct record *rec = arena_alloc(a, sizeof *rec);
	enum ent_err err = sdjwt_open(payload, disclosures, &claims, why);
	if (err != ENT_OK)
		return err;
	/* what stands in clear must be signed in clear: a disclosure may not bring it */
	struct js_reader r = js_reader_of(payload, "", why);
	js_want_id(&r, "id", rec->id.b);
	rec->type = record_type_of(js_want_str(&r, "type", 16));
	rec->version = js_want_int(&r, "version", 1, INT32_MAX);
	struct js *label = js_want_object(&r, "label");
	err = r.err;
	if (err == ENT_OK && rec->type == RTYPE_NONE)
		err = ent_fail(ENT_EFIELD, why, "field 'type' must be person, organisation or document");
	if (err == ENT_OK)
		err = label_read(label, &rec->label, why);
	if (err == ENT_OK)
		err = reveal_statements(claims, a, rec, why);
	js_free(claims);
	if (err == ENT_OK)
		*out = rec;
	return err;
}
