/* SPDX-License-Identifier: Apache-2.0
 *
 * lists/un: one entry of the UN list as its texts in order, and its mapping to a record.
 */
#ifndef ENT_LISTS_UN_H
#define ENT_LISTS_UN_H

#include "lists/builder.h"

struct un_leaf {
	const char *group; /* the element below the entry: "INDIVIDUAL_ALIAS", "FIRST_NAME" */
	size_t place;	   /* which element below the entry it is, from 1 */
	const char *name;  /* within it: "QUALITY"; NULL: the group's own text */
	const char *text;  /* verbatim, not blank */
};

struct un_entry {
	const char *name; /* "INDIVIDUAL", "ENTITY" */
	struct un_leaf *leaves;
	size_t count, groups;
};

ENT_CHECK enum ent_err un_entry_emit(struct builder *b, const struct un_entry *e, struct ent_why *why);

#endif
