/* SPDX-License-Identifier: Apache-2.0
 *
 * A list to be screened: the first byte chooses format and order of dates.  What is let through is what a
 * record's checks would take.
 */
#include "lists/lists.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ent_err
take(void *ctx, const struct table_row *row, struct ent_why *why)
{
	struct record_birth b;
	const char *birth = row->field[TABLE_BIRTH], *type = row->field[TABLE_TYPE];
	(void)ctx;
	(void)why;
	if (row->field[TABLE_NAME] == NULL && row->field[TABLE_DOCUMENT] == NULL)
		abort();
	for (int f = 0; f < TABLE_FIELDS; f++)
		if (row->field[f] != NULL && (strlen(row->field[f]) > RECORD_TEXT_MAX ||
		    row->field[f][0] == '\0' || !utf8_valid(bytes_of_cstr(row->field[f]))))
			abort();
	if (birth != NULL && strchr(birth, '/') == NULL && record_birth_parse(str_of(birth), &b) != ENT_OK)
		abort();
	if (type != NULL && record_type_of(type) == RTYPE_NONE)
		abort();
	if (row->field[TABLE_SEX] != NULL && record_sex_of(row->field[TABLE_SEX]) == SEX_NONE)
		abort();
	return ENT_OK;
}

static void
tell(void *ctx, uint64_t line, const char *text)
{
	(void)ctx;
	if (line == 0 || text[0] == '\0' || !utf8_valid(bytes_of_cstr(text)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table_report report;
	struct ent_why why;
	if (size == 0)
		return 0;
	struct bytes rest = bytes_of(data + 1, size - 1);
	struct list_input in = list_input_of("list", &rest);
	struct table_options opt = { .format = (data[0] & 1) != 0 ? TABLE_JSONL : TABLE_CSV, .bad_max = 20,
		.month_first = (data[0] & 2) != 0, .skip_bad = (data[0] & 4) != 0,
		.columns = (data[0] & 8) != 0 ? "name=A+B,birth=C" : NULL };
	enum ent_err err = table_read(&opt, &in, take, tell, NULL, &report, &why);
	if (err != ENT_OK && memchr(why.text, '\0', sizeof why.text) == NULL)
		abort();
	return 0;
}
