/* SPDX-License-Identifier: Apache-2.0
 *
 * What a private query about a person is made of: for "name<TAB>YYYY-MM-DD<TAB>document" lines on
 * standard input, the value of each key that hit would ask with, a line each: sound codes, the name as
 * it is written for keys, the document's number.  For tests that look for these at the partner's.
 */
#include "hit/hit.h"
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct hit_domain domain = { "AGR-1", 1, TEXT_RULES_VERSION };

/* "entente-hit-v1|agreement|epoch|rules|class|value" */
static void
print_value(const struct hit_key *k)
{
	const char *at = k->input;
	for (int bars = 0; bars < 5 && at != NULL; bars++)
		at = memchr(at, '|', k->n - (size_t)(at - k->input)) == NULL ? NULL :
		    (const char *)memchr(at, '|', k->n - (size_t)(at - k->input)) + 1;
	if (at != NULL)
		(void)printf("%.*s\n", (int)(k->n - (size_t)(at - k->input)), at);
}

static int
one_line(char *line)
{
	char *save = NULL;
	const char *name = strtok_r(line, "\t\n", &save), *birth = strtok_r(NULL, "\t\n", &save);
	const char *document = strtok_r(NULL, "\t\n", &save);
	struct hit_terms t = { .person = true, .names = 1, .name = { name } };
	struct hit_keys *keys = ent_alloc(sizeof *keys);
	struct ent_why why = { .text = "" };
	bool whole = false;
	if (name == NULL || birth == NULL || hit_date_parse(birth, &t.date[0], &whole, &why) != ENT_OK)
		ENT_BUG("lines are name, date, document");
	t.dates = whole ? 1 : 0;
	if (document != NULL)
		t.document[t.documents++] = document;
	enum ent_err err = hit_keys_of_terms(&t, &domain, keys, &why);
	for (size_t i = 0; err == ENT_OK && i < keys->n; i++)
		print_value(&keys->key[i]);
	free(keys);
	return err == ENT_OK ? 0 : 1;
}

int
main(void)
{
	char line[1024];
	int status = 0;
	while (status == 0 && fgets(line, sizeof line, stdin) != NULL)
		status = one_line(line);
	return status;
}
