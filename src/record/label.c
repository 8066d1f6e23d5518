/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <string.h>

static const char *const label_fields[] = { "originator", "agreement", "legal_basis", "handling", "tlp",
	"source", "information", "subject", "review_at", "expires_at", "conditions", NULL };

static const char *const handling_codes[] = {
#define HANDLING(bit, name, text, what) [bit] = text,
#include "spec/registry/labels.def"
#undef HANDLING
};

#define HANDLINGS (sizeof handling_codes / sizeof handling_codes[0])

static void
field_fails(struct js_reader *r, const char *key, const char *what)
{
	if (r->err == ENT_OK)
		r->err = ent_fail(ENT_EFIELD, r->why, "field '%s.%s' %s", r->path, key, what);
}

static void
read_text(struct js_reader *r, const char *key, char *out, size_t size, bool wanted)
{
	const char *s = wanted ? js_want_str(r, key, size - 1) : js_opt_str(r, key, size - 1);
	(void)snprintf(out, size, "%s", s == NULL ? "" : s);
}

static unsigned
read_handling(struct js_reader *r)
{
	unsigned bits = 0;
	struct js *codes = js_want_array(r, "handling", HANDLINGS);
	for (size_t i = 0; i < js_len(codes); i++) {
		const char *code = js_str(js_at(codes, i));
		size_t bit = 0;
		while (bit < HANDLINGS && (code == NULL || strcmp(handling_codes[bit], code) != 0))
			bit++;
		if (bit == HANDLINGS || (bits & 1u << bit) != 0)
			field_fails(r, "handling", "takes each of H0, H1, H2, H3 once at most");
		else
			bits |= 1u << bit;
	}
	if (bits == 0)
		field_fails(r, "handling", "must name at least one of H0, H1, H2, H3");
	return bits;
}

static ent_time
read_time(struct js_reader *r, const char *key)
{
	ent_time t = 0;
	const char *s = js_want_str(r, key, ENT_TIME_TEXT);
	if (r->err == ENT_OK && time_parse(str_of(s), &t) != ENT_OK)
		field_fails(r, key, "must be a date (2027-01-31) or a time (2027-01-31T12:00:00Z)");
	return t;
}

static void
check_together(struct js_reader *r, const struct record_label *l)
{
	if (!record_code_valid(l->originator))
		field_fails(r, "originator", "must be a service's code, 2 to 15 of A-Z 0-9 -");
	if (l->expires_at <= l->review_at)
		field_fails(r, "expires_at", "must be after review_at");
	if ((l->handling & HANDLING_H3) != 0 && l->conditions[0] == '\0')
		field_fails(r, "conditions", "is missing: H3 stands for what it says");
	if ((l->handling & HANDLING_H3) == 0 && l->conditions[0] != '\0')
		field_fails(r, "conditions", "needs H3 in handling, which stands for it");
}

enum ent_err
label_read(const struct js *obj, struct record_label *out, struct ent_why *why)
{
	struct js_reader r = js_reader_of(obj, "label", why);
	struct record_label l;
	memset(&l, 0, sizeof l);
	js_only(&r, label_fields);
	read_text(&r, "originator", l.originator, sizeof l.originator, true);
	read_text(&r, "agreement", l.agreement, sizeof l.agreement, false);
	read_text(&r, "legal_basis", l.legal_basis, sizeof l.legal_basis, true);
	l.handling = read_handling(&r);
	l.tlp = tlp_of(js_want_str(&r, "tlp", 32));
	if (l.tlp == TLP_NONE)
		field_fails(&r, "tlp", "must be CLEAR, GREEN, AMBER, AMBER+STRICT or RED");
	l.source = source_of(js_want_str(&r, "source", 8));
	if (l.source == SOURCE_NONE)
		field_fails(&r, "source", "must be A, B, C or X");
	l.information = (int)js_want_int(&r, "information", 1, 4);
	l.subject = subject_of(js_want_str(&r, "subject", 32));
	if (l.subject == SUBJECT_NONE)
		field_fails(&r, "subject", "must be suspect, convicted, victim, other, not-a-person or, "
		    "for quarantine, uncategorised");
	l.review_at = read_time(&r, "review_at");
	l.expires_at = read_time(&r, "expires_at");
	read_text(&r, "conditions", l.conditions, sizeof l.conditions, false);
	check_together(&r, &l);
	if (r.err == ENT_OK)
		*out = l;
	return r.err;
}

struct js *
label_write(const struct record_label *l)
{
	struct js *obj = js_object(), *codes = js_array();
	js_set_str(obj, "originator", l->originator);
	if (l->agreement[0] != '\0')
		js_set_str(obj, "agreement", l->agreement);
	js_set_str(obj, "legal_basis", l->legal_basis);
	for (size_t bit = 0; bit < HANDLINGS; bit++)
		if ((l->handling & 1u << bit) != 0)
			js_append_take(codes, js_new_str(handling_codes[bit]));
	js_set_take(obj, "handling", codes);
	js_set_str(obj, "tlp", tlp_name(l->tlp));
	js_set_str(obj, "source", source_name(l->source));
	js_set_int(obj, "information", l->information);
	js_set_str(obj, "subject", subject_name(l->subject));
	js_set_time(obj, "review_at", l->review_at);
	js_set_time(obj, "expires_at", l->expires_at);
	if (l->conditions[0] != '\0')
		js_set_str(obj, "conditions", l->conditions);
	return obj;
}

bool
label_quarantined(const struct record_label *l)
{
	return l->subject == SUBJECT_NONE || l->subject == SUBJECT_UNCATEGORISED;
}
