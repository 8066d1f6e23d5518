/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/names.h"

#include "base/log.h"
#include "match/match.h"
#include "store/names.h"

#include <stdlib.h>
#include <string.h>

struct build {
	struct match_population *p;
	size_t sets;
};

/* "1\tFR\t2232235\tmarie". */
static enum ent_err
add_line(struct build *b, char *line, struct ent_why *why)
{
	char *country = strchr(line, '\t'), *count = country == NULL ? NULL : strchr(country + 1, '\t');
	char *name = count == NULL ? NULL : strchr(count + 1, '\t');
	if (name == NULL || count - country != 3)
		return ent_fail(ENT_ESYNTAX, why, "a set of names is not as it was kept: load it again");
	char code[3] = { country[1], country[2], '\0' };
	*name = '\0';
	return match_population_add(b->p, name + 1, code, (enum match_name_kind)(line[0] - '0'),
	    strtoull(count + 1, NULL, 10), why);
}

static enum ent_err
add_set(void *ctx, const struct name_set_row *row, struct bytes body, struct ent_why *why)
{
	struct build *b = ctx;
	char line[TEXT_KEY_MAX + 64];
	enum ent_err err = ENT_OK;
	if (row->rules != TEXT_RULES_VERSION) {
		log_event(LOG_WARN, "names.old", "format=%s entries=%lld rules=%lld", row->format,
		    (long long)row->entries, (long long)row->rules);
		return ENT_OK;
	}
	for (size_t at = 0; at < body.n && err == ENT_OK;) {
		const uint8_t *end = memchr(body.p + at, '\n', body.n - at);
		size_t n = end == NULL ? body.n - at : (size_t)(end - body.p) - at;
		if (n > 0 && n < sizeof line) {
			memcpy(line, body.p + at, n);
			line[n] = '\0';
			err = add_line(b, line, why);
		}
		at += n + 1;
	}
	b->sets++;
	return err;
}

static enum ent_err
build_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	return name_sets(tx, true, add_set, ctx, why);
}

enum ent_err
names_build(struct node *n, struct ent_why *why)
{
	struct build b = { .p = match_population_new() };
	enum ent_err err = store_read(node_store(n), build_body, &b, why);
	size_t entries = match_population_entries(b.p);
	if (err == ENT_OK && b.sets > 0) {
		match_names_set(node_index(n), b.p);
		log_event(LOG_INFO, "names.loaded", "sets=%zu entries=%zu", b.sets, entries);
		return ENT_OK;
	}
	match_population_free(b.p);
	if (err == ENT_OK)
		match_names_set(node_index(n), NULL);
	return err;
}
