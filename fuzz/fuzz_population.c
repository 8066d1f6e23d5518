/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics of names: the first byte chooses format, country and kind.
 */
#include "lists/lists.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ent_err
take(void *ctx, const struct population_row *row, struct ent_why *why)
{
	(void)ctx;
	(void)why;
	if (row->name == NULL || row->name[0] == '\0' || strlen(row->country) != 2 || row->kind == POPULATION_ANY ||
	    row->count == 0)
		abort();
	return ENT_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct population_options opt = { .kind = POPULATION_ANY };
	struct ent_why why;
	uint64_t rows;
	if (size == 0)
		return 0;
	struct bytes rest = bytes_of(data + 1, size - 1);
	struct list_input in = list_input_of("file", &rest);
	opt.format = (enum population_format)(1 + (data[0] & 3));
	if ((data[0] & 4) != 0)
		memcpy(opt.country, "XA", 3);
	if ((data[0] & 8) != 0)
		opt.kind = POPULATION_FAMILY;
	enum ent_err err = population_read(&opt, &in, take, NULL, &rows, &why);
	if (err != ENT_OK && memchr(why.text, '\0', sizeof why.text) == NULL)
		abort();
	return 0;
}
