/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <string.h>

/* One table and two functions for each list of spec/registry/{labels,statements}.def. */
#define CODES(type, stem)                                                                          \
	const char *stem##_name(enum type v)                                                       \
	{                                                                                          \
		return name_at(stem##_codes, sizeof stem##_codes / sizeof stem##_codes[0],         \
		    (size_t)v);                                                                    \
	}                                                                                          \
	enum type stem##_of(const char *s)                                                         \
	{                                                                                          \
		return (enum type)number_of(stem##_codes,                                          \
		    sizeof stem##_codes / sizeof stem##_codes[0], s);                              \
	}

static const char *
name_at(const char *const *codes, size_t count, size_t i)
{
	return i < count && codes[i] != NULL ? codes[i] : "";
}

static unsigned
number_of(const char *const *codes, size_t count, const char *s)
{
	for (unsigned i = 1; s != NULL && i < count; i++)
		if (codes[i] != NULL && strcmp(codes[i], s) == 0)
			return i;
	return 0;
}

static const char *const tlp_codes[] = {
#define TLP(num, name, text, what) [num] = text,
#include "spec/registry/labels.def"
#undef TLP
};
CODES(tlp, tlp)

static const char *const source_codes[] = {
#define SOURCE(num, name, text, what) [num] = text,
#include "spec/registry/labels.def"
#undef SOURCE
};
CODES(source_grade, source)

static const char *const subject_codes[] = {
#define SUBJECT(num, name, text, what) [num] = text,
#include "spec/registry/labels.def"
#undef SUBJECT
};
CODES(subject_category, subject)

static const char *const record_type_codes[] = {
#define RTYPE(num, name, text, what) [num] = text,
#include "spec/registry/labels.def"
#undef RTYPE
};
CODES(record_type, record_type)

static const char *const statement_kind_codes[] = {
#define STATEMENT(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef STATEMENT
};
CODES(statement_kind, statement_kind)

static const char *const statement_basis_codes[] = {
#define BASIS(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef BASIS
};
CODES(statement_basis, statement_basis)

static const char *const name_kind_codes[] = {
#define NAMEKIND(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef NAMEKIND
};
CODES(name_kind, name_kind)

static const char *const date_precision_codes[] = {
#define PRECISION(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef PRECISION
};
CODES(date_precision, date_precision)

static const char *const record_sex_codes[] = {
#define SEX(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef SEX
};
CODES(record_sex, record_sex)

static const char *const document_kind_codes[] = {
#define DOCKIND(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef DOCKIND
};
CODES(document_kind, document_kind)

static const char *const place_kind_codes[] = {
#define PLACEKIND(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef PLACEKIND
};
CODES(place_kind, place_kind)

static const char *const relation_kind_codes[] = {
#define RELATION(num, name, text, what) [num] = text,
#include "spec/registry/statements.def"
#undef RELATION
};
CODES(relation_kind, relation_kind)

bool
record_code_valid(const char *s)
{
	size_t n = strlen(s);
	return n >= 2 && n <= 15 &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == n;
}
