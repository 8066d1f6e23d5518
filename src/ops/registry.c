/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/ops.h"

#include <string.h>

#define OP(name, method, path, verb, action, event, mode, roles) \
	extern const struct op_impl op_##name;
#include "spec/registry/ops.def"
#undef OP

static const struct op_row rows[] = {
#define OP(name_, method_, path_, verb_, action_, event_, mode_, roles_) \
	{ .id = OP_##name_, .name = #name_, .method = method_, .path = path_, .verb = verb_, \
	    .action = ACTION_##action_, .event = EVENT_##event_, .mode = OP_##mode_, \
	    .roles = (unsigned)(roles_), .impl = &op_##name_ },
#include "spec/registry/ops.def"
#undef OP
};

const struct op_row *
ops_rows(size_t *count)
{
	*count = sizeof rows / sizeof rows[0];
	return rows;
}

const struct op_row *
ops_row_by_path(const char *method, const char *path)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].method, method) == 0 && strcmp(rows[i].path, path) == 0)
			return &rows[i];
	return NULL;
}

const struct op_row *
ops_row_by_verb(const char *verb)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].verb[0] != '\0' && strcmp(rows[i].verb, verb) == 0)
			return &rows[i];
	return NULL;
}
