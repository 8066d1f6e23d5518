/* SPDX-License-Identifier: Apache-2.0
 *
 * record: persons, organisations, documents and their label (spec/1-record.md).  Types and rules, no
 * I/O.  A record's canonical body is one JSON object; the structs here are its checked view.
 */
#ifndef ENT_RECORD_RECORD_H
#define ENT_RECORD_RECORD_H

#include "base/id.h"
#include "base/js.h"

#define TLP(num, name, text, what) TLP_##name = num,
enum tlp { TLP_NONE = 0,
#include "spec/registry/labels.def"
};
#undef TLP
#define SOURCE(num, name, text, what) SOURCE_##name = num,
enum source_grade { SOURCE_NONE = 0,
#include "spec/registry/labels.def"
};
#undef SOURCE
#define SUBJECT(num, name, text, what) SUBJECT_##name = num,
enum subject_category { SUBJECT_NONE = 0,
#include "spec/registry/labels.def"
};
#undef SUBJECT
#define RTYPE(num, name, text, what) RTYPE_##name = num,
enum record_type { RTYPE_NONE = 0,
#include "spec/registry/labels.def"
};
#undef RTYPE

#define HANDLING_H0 1u /* bits, combinable */
#define HANDLING_H1 2u
#define HANDLING_H2 4u
#define HANDLING_H3 8u

/* The mandatory label.  Codes only: nothing here is personal data, so it may stand in SQL columns,
 * feeds and logs. */
struct record_label {
	char originator[16];	  /* service code */
	char agreement[64];	  /* "" : national */
	char legal_basis[128];
	unsigned handling;	  /* HANDLING_ bits */
	enum tlp tlp;
	enum source_grade source;
	int information;	  /* 1..4 */
	enum subject_category subject;
	ent_time review_at;	  /* both mandatory */
	ent_time expires_at;
	char conditions[256];	  /* H3's text; "" if none */
};

const char *tlp_name(enum tlp v);
const char *source_name(enum source_grade v);
const char *subject_name(enum subject_category v);
const char *record_type_name(enum record_type v);
enum tlp tlp_of(const char *s);
enum source_grade source_of(const char *s);
enum subject_category subject_of(const char *s);
enum record_type record_type_of(const char *s);

/* Label from and to JSON; every field is wanted but `agreement` and `conditions`.  EFIELD names it. */
ENT_CHECK enum ent_err label_read(const struct js *obj, struct record_label *out,
    struct ent_why *why);
struct js *label_write(const struct record_label *l);
/* In quarantine: without a subject category.  Never in a filter or an answer. */
bool label_quarantined(const struct record_label *l);

#endif
