/* SPDX-License-Identifier: Apache-2.0
 *
 * record: persons, organisations, documents and their label (spec/1-record.md).  Types and rules, no
 * I/O.  A record's canonical body is one JSON object; the structs here are its checked view.  Pure:
 * any thread may call anything, each on its own data.
 */
#ifndef ENT_RECORD_RECORD_H
#define ENT_RECORD_RECORD_H

#include "base/id.h"
#include "base/js.h"
#include "base/time.h"

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

/* A code of 2 to 15 of A-Z 0-9 -, as services have. */
bool record_code_valid(const char *s);

/* ---- statements -------------------------------------------------------------------------------- */

#define STATEMENT(num, name, text, what) STATEMENT_##name = num,
enum statement_kind { STATEMENT_NONE = 0,
#include "spec/registry/statements.def"
};
#undef STATEMENT
#define BASIS(num, name, text, what) BASIS_##name = num,
enum statement_basis { BASIS_NONE = 0,
#include "spec/registry/statements.def"
};
#undef BASIS
#define NAMEKIND(num, name, text, what) NAMEKIND_##name = num,
enum name_kind { NAMEKIND_NONE = 0,
#include "spec/registry/statements.def"
};
#undef NAMEKIND
#define PRECISION(num, name, text, what) PRECISION_##name = num,
enum date_precision { PRECISION_NONE = 0,
#include "spec/registry/statements.def"
};
#undef PRECISION
#define SEX(num, name, text, what) SEX_##name = num,
enum record_sex { SEX_NONE = 0,
#include "spec/registry/statements.def"
};
#undef SEX
#define DOCKIND(num, name, text, what) DOCKIND_##name = num,
enum document_kind { DOCKIND_NONE = 0,
#include "spec/registry/statements.def"
};
#undef DOCKIND
#define PLACEKIND(num, name, text, what) PLACEKIND_##name = num,
enum place_kind { PLACEKIND_NONE = 0,
#include "spec/registry/statements.def"
};
#undef PLACEKIND
#define RELATION(num, name, text, what) RELATION_##name = num,
enum relation_kind { RELATION_NONE = 0,
#include "spec/registry/statements.def"
};
#undef RELATION

/* The registry's code of a value ("" for none), and back (NONE if unknown or s is NULL). */
const char *statement_kind_name(enum statement_kind v);
const char *statement_basis_name(enum statement_basis v);
const char *name_kind_name(enum name_kind v);
const char *date_precision_name(enum date_precision v);
const char *record_sex_name(enum record_sex v);
const char *document_kind_name(enum document_kind v);
const char *place_kind_name(enum place_kind v);
const char *relation_kind_name(enum relation_kind v);
enum statement_kind statement_kind_of(const char *s);
enum statement_basis statement_basis_of(const char *s);
enum name_kind name_kind_of(const char *s);
enum date_precision date_precision_of(const char *s);
enum record_sex record_sex_of(const char *s);
enum document_kind document_kind_of(const char *s);
enum place_kind place_kind_of(const char *s);
enum relation_kind relation_kind_of(const char *s);

/* Maxima (spec/1-record.md, [REC-4]); bytes of UTF-8 where they are of text. */
#define RECORD_BODY_MAX ((size_t)256 * 1024)
#define RECORD_SALT_LEN 16
#define RECORD_STATEMENTS_MAX 1000
#define RECORD_TEXT_MAX 1024	  /* a name, number, place, address */
#define RECORD_COUNTRY_MAX 128
#define RECORD_REMARK_MAX 16384
#define RECORD_PARTS_MAX 8	  /* of a name */
#define RECORD_COLUMNS_MAX 64	  /* of a source row */

struct record_date {
	int16_t year; /* 1..9999 */
	int8_t month, day;
};

/* When somebody was born: some day in from..to, both included; see PRECISION_. */
struct record_birth {
	struct record_date from, to;
	enum date_precision precision;
	bool circa; /* the source says "about" */
	/* The source wrote it in the Islamic calendar, so; year 0: it did not.  Month and day may be 0. */
	struct record_date islamic;
};

/* Where a statement came from in a source list, and what else stood there. */
struct record_source {
	const char *file, *row;	   /* "alt", "12" */
	const struct js *columns;  /* name → text of what no field holds; NULL: none.  Borrowed */
};

struct statement {
	enum statement_kind kind;
	enum statement_basis basis;
	union {
		struct {
			const char *value;
			char script[5]; /* ISO 15924: "Latn", "Arab" */
			enum name_kind kind;
			const char *parts[RECORD_PARTS_MAX]; /* as the source splits it */
			size_t parts_count;
		} name;
		struct record_birth birth;
		struct {
			const char *number, *country; /* country may be NULL */
			enum document_kind kind;
		} document;
		const char *nationality; /* ISO 3166 code, or the country as the source writes it */
		enum record_sex sex;
		struct {
			/* also for ADDRESS, which has no kind; each may be NULL, but not all */
			const char *text, *city, *region, *postcode, *country;
			enum place_kind kind;
		} place;
		const char *remark;
		struct {
			struct ent_id to; /* zero: only the name is known */
			const char *name; /* NULL: only the record is */
			enum relation_kind kind;
		} relation;
		struct { /* of an OTHER: who it is not; a number, or a name and a birth date */
			const char *name, *number, *country; /* each may be NULL */
			struct record_birth birth;	     /* precision NONE: not stated */
		} other;
		const char *format; /* of a SOURCE_ROW: "ofac-sdn"; the rest is in source */
	};
	struct record_source source; /* file NULL: none */
};

/* ---- records ----------------------------------------------------------------------------------- */

struct record {
	struct ent_id id;
	enum record_type type;
	int64_t version; /* from 1 */
	/* Random, and gone with the body: a digest of a body that has one tells nobody anything, and may
	 * stand in logs.  All zero: none.  Never disclosed. */
	uint8_t salt[RECORD_SALT_LEN];
	struct record_label label;
	const struct statement *statements;
	size_t count;
};

/* Check a body whole.  *out and its texts are in the arena but for source.columns, which are borrowed
 * from obj.  EFIELD names the field ("statements[3].precision"); ETOOBIG. */
ENT_CHECK enum ent_err record_read(const struct js *obj, struct arena *a, struct record **out,
    struct ent_why *why);
/* The canonical body; owned by the caller.  record_read of it gives the same record. */
struct js *record_write(const struct record *r);
/* One statement alone. */
ENT_CHECK enum ent_err statement_read(const struct js *obj, const char *path, struct arena *a,
    struct statement *out, struct ent_why *why);
struct js *statement_write(const struct statement *s);

/* The first primary name's text, else the first name's; NULL if there is none. */
const char *record_primary_name(const struct record *r);
/* Does it state of somebody else that this is not that person? */
bool record_has_others(const struct record *r);
/* ISO 15924 code of the script that most letters of a text are in; "Zyyy" if none is known. */
const char *script_of(struct str text);

/* "1956-02-29" and back. */
void record_date_format(struct record_date d, char out[static ENT_DATE_TEXT]);
ENT_CHECK enum ent_err record_date_parse(struct str in, struct record_date *out);
/* The interval that a year (month 0), a month (day 0) or a day means; 1 January gives PLACEHOLDER.
 * EFIELD if there is no such date. */
ENT_CHECK enum ent_err record_birth_of(int year, int month, int day, struct record_birth *out);
/* The same of text: "1956", "1956-02", "1956-02-29", "1950..1955" (two of the others), or what
 * record_islamic_parse reads. */
ENT_CHECK enum ent_err record_birth_parse(struct str in, struct record_birth *out);
/* Do from and to say what the precision, and a date of the Islamic calendar, say? */
bool record_birth_consistent(const struct record_birth *b);
/* For people: as record_birth_parse reads it; circa as "~". */
#define RECORD_BIRTH_TEXT 32
void record_birth_format(const struct record_birth *b, char out[static RECORD_BIRTH_TEXT]);

/* ---- the Islamic calendar (islamic.c) ----------------------------------------------------------------- */

/* A date said to be of the Islamic calendar: by AH, H, hijri, or by its month: "1400-05-12 AH", "12/05/1400 H",
 * "12 Jumada I 1400", "1400 AH", "12 جمادى الأولى 1400 هـ".  Month and day are 0 if not given.  ESYNTAX: it
 * does not say so; EFIELD: there is no such date. */
ENT_CHECK enum ent_err record_islamic_parse(struct str in, struct record_date *out);
/* The days that it may be: by the civil reckoning and that of Umm al-Qura, and one to either side; 1 Muharram
 * stands for its year.  Precision RANGE, islamic set.  EFIELD. */
ENT_CHECK enum ent_err record_islamic_birth(struct record_date ah, struct record_birth *out);
/* "1400-05-12 AH" */
#define RECORD_ISLAMIC_TEXT 20
void record_islamic_format(struct record_date ah, char out[static RECORD_ISLAMIC_TEXT]);

/* ---- disclosure -------------------------------------------------------------------------------- */

/* Which statements an annex's `fields` (kinds' names) let out: let[i] for each of r->count.  Answers how
 * many.  A remark or a source row goes only if named itself. */
size_t record_disclosable(const struct record *r, const char *const *fields, size_t fields_count,
    bool *let);
/* As SD-JWT (crypto/sdjwt.h): *payload gets id, type, version and label in clear and a salted digest
 * of each statement, without its `source` (a SOURCE_ROW apart); *disclosures one text a statement,
 * in order.  sdjwt_seal was called: sign the payload
 * as it is, after adding claims of the envelope such as "iss".  Both are owned by the caller. */
void record_hide(const struct record *r, struct js **payload, struct js **disclosures);
/* The disclosures that `let` lets out; owned by the caller. */
struct js *record_release(const struct js *disclosures, const bool *let, size_t count);
/* Back: what a verified payload and those disclosures that came tell.  EFIELD, ESIG. */
ENT_CHECK enum ent_err record_reveal(const struct js *payload, const struct js *disclosures,
    struct arena *a, struct record **out, struct ent_why *why);

#endif
