/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_impl.h"

#include <stdlib.h>
#include <string.h>

/* One list of names as bits; of() answers 0 for a name it does not know. */
struct name_list {
	const char *key;
	unsigned (*bit)(const char *name);
	size_t max;
};

static unsigned
purpose_bit(const char *s)
{
	enum ent_purpose u = purpose_of(s);
	return u == PURPOSE_NONE ? 0 : 1u << u;
}

static unsigned
type_bit(const char *s)
{
	enum record_type t = record_type_of(s);
	return t == RTYPE_NONE ? 0 : 1u << t;
}

static unsigned
subject_bit(const char *s)
{
	enum subject_category c = subject_of(s);
	return c == SUBJECT_NONE ? 0 : 1u << c;
}

static unsigned
field_bit(const char *s)
{
	enum statement_kind k = statement_kind_of(s);
	return k == STATEMENT_NONE ? 0 : 1u << k;
}

static unsigned
handling_bit(const char *s)
{
	static const char *const names[] = { "H0", "H1", "H2", "H3" };
	for (unsigned i = 0; s != NULL && i < 4; i++)
		if (strcmp(names[i], s) == 0)
			return 1u << i;
	return 0;
}

/* Every name known, none twice: a list that people sign must mean what it says. */
static unsigned
read_names(struct js_reader *r, const struct name_list *list)
{
	unsigned bits = 0;
	struct js *arr = js_want_array(r, list->key, list->max);
	for (size_t i = 0; r->err == ENT_OK && i < js_len(arr); i++) {
		const char *name = js_str(js_at(arr, i));
		unsigned bit = name == NULL ? 0 : list->bit(name);
		if (bit == 0 || (bits & bit) != 0)
			r->err = ent_fail(ENT_EFIELD, r->why, "field '%s.%s', entry %zu: %s", r->path,
			    list->key, i + 1, bit == 0 ? "is not known" : "comes twice");
		bits |= bit;
	}
	return bits;
}

bool
policy_code_valid(const char *s)
{
	size_t n = s == NULL ? 0 : strlen(s);
	return n >= 2 && n < CODE_MAX && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == n;
}

bool
policy_id_valid(const char *s, size_t max)
{
	size_t n = s == NULL ? 0 : strlen(s);
	return n >= 1 && n <= max && s[0] != '.' && s[0] != '-' &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == n;
}

static void
copy_text(char *out, size_t room, const char *in)
{
	size_t n = strlen(in);
	if (n >= room)
		ENT_BUG("a text is longer than its checked maximum");
	memcpy(out, in, n + 1);
}

/* A date alone means its midnight; as an end, the midnight after it, so that the day itself counts. */
static ent_time
read_date(struct js_reader *r, const char *key, bool end)
{
	ent_time t = 0;
	const char *s = js_want_str(r, key, POLICY_DATE_MAX);
	if (r->err == ENT_OK && time_parse(str_of(s), &t) != ENT_OK)
		r->err = ent_fail(ENT_EFIELD, r->why,
		    "field '%s' must be a date, such as 2026-11-23", key);
	if (end && strlen(s) == ENT_DATE_TEXT - 1)
		t += ENT_DAY;
	if (r->err == ENT_OK && t > POLICY_LAST_TIME)
		r->err = ent_fail(ENT_EFIELD, r->why, "field '%s' is after the year 9998", key);
	return t;
}

static void
read_handling(struct js_reader *r, struct policy_annex *x)
{
	static const char *const known[] = { "max_tlp", "codes", NULL };
	static const struct name_list codes = { "codes", handling_bit, 4 };
	struct js *obj = js_want_object(r, "handling");
	if (r->err != ENT_OK)
		return;
	struct js_reader h = js_reader_of(obj, "handling", r->why);
	js_only(&h, known);
	x->max_tlp = tlp_of(js_want_str(&h, "max_tlp", 16));
	if (h.err == ENT_OK && x->max_tlp == TLP_NONE)
		h.err = ent_fail(ENT_EFIELD, r->why, "field 'handling.max_tlp' is no TLP 2.0 label");
	x->handling = read_names(&h, &codes);
	r->err = h.err;
}

/* A row may only make a label stricter: TLP to a higher TLP, anything to one handling code more. */
static void
read_translation_row(struct js_reader *r, const struct js *row, struct policy_annex *x)
{
	static const char *const known[] = { "from", "to", NULL };
	struct js_reader t = js_reader_of(row, "translation", r->why);
	js_only(&t, known);
	const char *from = js_want_str(&t, "from", 16), *to = js_want_str(&t, "to", 16);
	size_t n = x->translation_count++;
	x->translation[n].from_tlp = tlp_of(from);
	x->translation[n].to_tlp = tlp_of(to);
	x->translation[n].from_handling = handling_bit(from);
	x->translation[n].to_handling = handling_bit(to);
	if (t.err == ENT_OK && ((tlp_of(from) == TLP_NONE && handling_bit(from) == 0) ||
		(tlp_of(to) == TLP_NONE && handling_bit(to) == 0)))
		t.err = ent_fail(ENT_EFIELD, r->why,
		    "translation row %zu names no TLP label or handling code", n + 1);
	if (t.err == ENT_OK && tlp_of(to) != TLP_NONE && tlp_of(to) < tlp_of(from))
		t.err = ent_fail(ENT_EFIELD, r->why,
		    "translation row %zu makes a label looser; it may only become stricter", n + 1);
	r->err = t.err;
}

static void
read_translation(struct js_reader *r, struct policy_annex *x)
{
	struct js *arr = js_opt_array(r, "translation", POLICY_TRANSLATIONS_MAX);
	for (size_t i = 0; r->err == ENT_OK && i < js_len(arr); i++)
		read_translation_row(r, js_at(arr, i), x);
}

static void
read_quota(struct js_reader *r, struct policy_annex *x)
{
	static const char *const known[] = { "day", "epoch_persons", "epoch_days", NULL };
	struct js *obj = js_want_object(r, "quota");
	if (r->err != ENT_OK)
		return;
	struct js_reader q = js_reader_of(obj, "quota", r->why);
	js_only(&q, known);
	x->quota_day = (uint64_t)js_want_int(&q, "day", 0, 1000000) * POLICY_ELEMENTS_PER_PERSON;
	x->quota_epoch = (uint64_t)js_want_int(&q, "epoch_persons", 0, 100000000) *
	    POLICY_ELEMENTS_PER_PERSON;
	x->epoch_days = js_want_int(&q, "epoch_days", 1, 366);
	r->err = q.err;
}

static void
read_deadlines(struct js_reader *r, struct policy_annex *x)
{
	static const char *const known[] = { "urgent_h", "hit_h", "normal_d", "long_d", NULL };
	struct js *obj = js_want_object(r, "deadlines");
	if (r->err != ENT_OK)
		return;
	struct js_reader d = js_reader_of(obj, "deadlines", r->why);
	js_only(&d, known);
	x->urgent_h = js_want_int(&d, "urgent_h", 1, 720);
	x->hit_h = js_want_int(&d, "hit_h", 1, 720);
	x->normal_d = js_want_int(&d, "normal_d", 1, 90);
	x->long_d = js_want_int(&d, "long_d", 1, 365);
	r->err = d.err;
}

static void
read_onward(struct js_reader *r, struct policy_annex *x)
{
	const char *s = js_want_str(r, "onward", 16);
	x->onward = strcmp(s, "permission") == 0;
	if (r->err == ENT_OK && !x->onward && strcmp(s, "never") != 0)
		r->err = ent_fail(ENT_EFIELD, r->why,
		    "field 'annex.onward' must be \"permission\" or \"never\"");
}

static void
read_oversight(struct js_reader *r, struct policy_annex *x)
{
	static const char *const known[] = { "party", "checkpoint_key", "box_key", NULL };
	struct js *arr = js_opt_array(r, "oversight", POLICY_PARTIES_MAX);
	for (size_t i = 0; r->err == ENT_OK && i < js_len(arr); i++) {
		struct policy_oversight *o = &x->oversight[x->oversight_count];
		struct js_reader v = js_reader_of(js_at(arr, i), "oversight", r->why);
		js_only(&v, known);
		const char *party = js_want_str(&v, "party", CODE_MAX - 1);
		if (v.err == ENT_OK && (!policy_code_valid(party) ||
			policy_oversight(x, party) != NULL))
			v.err = ent_fail(ENT_EFIELD, r->why,
			    "oversight entry %zu: its party is no code, or comes twice", i + 1);
		if (v.err == ENT_OK)
			copy_text(o->party, sizeof o->party, party);
		o->has_checkpoint = js_get(v.obj, "checkpoint_key") != NULL;
		if (o->has_checkpoint)
			js_want_b64u(&v, "checkpoint_key", o->checkpoint_key, CRYPTO_SIGN_PK);
		o->has_box = js_get(v.obj, "box_key") != NULL;
		if (o->has_box)
			js_want_b64u(&v, "box_key", o->box_key, CRYPTO_BOX_PK);
		x->oversight_count++;
		r->err = v.err;
	}
}

static void
read_commitments(struct js_reader *r, struct policy_annex *x)
{
	static const char *const known[] = { "type", "text", NULL };
	struct js *arr = js_opt_array(r, "commitments", 16);
	for (size_t i = 0; r->err == ENT_OK && i < js_len(arr); i++) {
		struct js_reader c = js_reader_of(js_at(arr, i), "commitment", r->why);
		js_only(&c, known);
		unsigned bit = commitment_of(js_want_str(&c, "type", 32));
		(void)js_opt_str(&c, "text", 1024); /* for the signers; the type is what is enforced */
		if (c.err == ENT_OK && (bit == 0 || (x->commitments & bit) != 0))
			c.err = ent_fail(ENT_EFIELD, r->why, "commitment %zu: its type %s", i + 1,
			    bit == 0 ? "has no rule here, so it cannot be kept" : "comes twice");
		x->commitments |= bit;
		r->err = c.err;
	}
}

/* Absent: no list may be screened under this annex. */
static void
read_screening(struct js_reader *r, struct policy_annex *x)
{
	static const char *const known[] = { "law", "max_rows", "keep_days", NULL };
	if (r->err != ENT_OK || js_get(r->obj, "screening") == NULL)
		return;
	struct js *obj = js_want_object(r, "screening");
	struct js_reader s = js_reader_of(obj, "screening", r->why);
	if (r->err != ENT_OK)
		return;
	js_only(&s, known);
	const char *law = js_want_str(&s, "law", sizeof x->screening.law - 1);
	x->screening.rows = (uint64_t)js_want_int(&s, "max_rows", 1, POLICY_SCREENING_ROWS_MAX);
	x->screening.keep_days = js_opt_int(&s, "keep_days", 1, 366, POLICY_SCREENING_DAYS);
	if (s.err == ENT_OK)
		copy_text(x->screening.law, sizeof x->screening.law, law);
	r->err = s.err;
}

static void
read_annex_heads(struct js_reader *r, struct policy_annex *x)
{
	const char *id = js_want_str(r, "id", POLICY_ANNEX_ID_MAX);
	if (r->err == ENT_OK && !policy_id_valid(id, POLICY_ANNEX_ID_MAX))
		r->err = ent_fail(ENT_EFIELD, r->why, "field 'annex.id' has a character that no id has");
	const char *domain = js_want_str(r, "domain", sizeof x->domain - 1);
	const char *law = js_want_str(r, "law", sizeof x->law - 1);
	const char *basis = js_want_str(r, "transfer_basis", sizeof x->transfer_basis - 1);
	if (r->err != ENT_OK)
		return;
	copy_text(x->id, sizeof x->id, id);
	copy_text(x->domain, sizeof x->domain, domain);
	copy_text(x->law, sizeof x->law, law);
	copy_text(x->transfer_basis, sizeof x->transfer_basis, basis);
}

static enum ent_err
read_annex(const struct js *obj, struct policy_annex *x, bool national, struct ent_why *why)
{
	static const char *const known[] = { "id", "domain", "purposes", "law", "transfer_basis",
		"types", "fields", "subjects", "handling", "translation", "retention_days", "quota",
		"deadlines", "onward", "oversight", "commitments", "screening", NULL };
	static const struct name_list purposes = { "purposes", purpose_bit, 32 };
	static const struct name_list types = { "types", type_bit, 16 };
	static const struct name_list subjects = { "subjects", subject_bit, 16 };
	static const struct name_list fields = { "fields", field_bit, 32 };
	struct js_reader r = js_reader_of(obj, "annex", why);
	js_only(&r, known);
	read_annex_heads(&r, x);
	x->purposes = read_names(&r, &purposes);
	x->types = read_names(&r, &types);
	x->subjects = read_names(&r, &subjects);
	x->fields = read_names(&r, &fields);
	x->retention_days = js_want_int(&r, "retention_days", 1, 36525);
	read_handling(&r, x);
	read_translation(&r, x);
	read_quota(&r, x);
	read_deadlines(&r, x);
	read_onward(&r, x);
	read_oversight(&r, x);
	read_commitments(&r, x);
	read_screening(&r, x);
	if (r.err == ENT_OK && !national && (x->subjects & 1u << SUBJECT_UNCATEGORISED) != 0)
		return ent_fail(ENT_EFIELD, why,
		    "annex '%s' shares uncategorised subjects; these stay in quarantine", x->id);
	if (r.err == ENT_OK && (x->purposes & 1u << PURPOSE_OPERATION) != 0)
		return ent_fail(ENT_EFIELD, why,
		    "annex '%s' admits 'administration', which reads no records", x->id);
	return r.err;
}

static enum ent_err
read_party(const struct js *obj, struct policy_agreement *a, struct ent_why *why)
{
	static const char *const known[] = { "code", "service", "identity", NULL };
	struct policy_party *q = &a->parties[a->party_count];
	struct js_reader r = js_reader_of(obj, "party", why);
	js_only(&r, known);
	const char *code = js_want_str(&r, "code", CODE_MAX - 1);
	const char *service = js_want_str(&r, "service", sizeof q->service - 1);
	js_want_b64u(&r, "identity", q->identity, sizeof q->identity);
	if (r.err != ENT_OK)
		return r.err;
	if (!policy_code_valid(code))
		return ent_fail(ENT_EFIELD, why, "field 'party.code' must be 2 to 15 of A-Z 0-9 -");
	for (size_t i = 0; i < a->party_count; i++)
		if (strcmp(a->parties[i].code, code) == 0 ||
		    crypto_equal(a->parties[i].identity, q->identity, CRYPTO_SIGN_PK))
			return ent_fail(ENT_EFIELD, why, "one party comes twice, by code or identity");
	copy_text(q->code, sizeof q->code, code);
	copy_text(q->service, sizeof q->service, service);
	a->party_count++;
	return ENT_OK;
}

static enum ent_err
read_annexes(const struct js *arr, struct policy_agreement *a, struct ent_why *why)
{
	bool national = policy_is_national(a->id);
	if (js_len(arr) == 0)
		return ent_fail(ENT_EFIELD, why, "field 'annexes' is empty: nothing would be agreed");
	a->annexes = ent_alloc_array(js_len(arr), sizeof *a->annexes);
	for (size_t i = 0; i < js_len(arr); i++) {
		struct policy_annex *x = &a->annexes[i];
		enum ent_err err = read_annex(js_at(arr, i), x, national, why);
		if (err != ENT_OK)
			return err;
		if (policy_annex(a, x->id) != NULL)
			return ent_fail(ENT_EFIELD, why, "annex '%s' comes twice", x->id);
		for (size_t o = 0; o < x->oversight_count; o++)
			if (policy_party_of(a, x->oversight[o].party) == NULL)
				return ent_fail(ENT_EFIELD, why,
				    "annex '%s': oversight of a service that is no party", x->id);
		a->annex_count++;
	}
	return ENT_OK;
}

static enum ent_err
read_document(const struct js *obj, struct policy_agreement *a, struct ent_why *why)
{
	static const char *const known[] = { "id", "version", "parties", "from", "until", "annexes",
		NULL };
	struct js_reader r = js_reader_of(obj, "", why);
	js_only(&r, known);
	const char *id = js_want_str(&r, "id", POLICY_ID_MAX);
	a->version = js_want_int(&r, "version", 1, 1000000);
	struct js *parties = js_want_array(&r, "parties", POLICY_PARTIES_MAX);
	a->from = read_date(&r, "from", false);
	a->until = read_date(&r, "until", true);
	struct js *annexes = js_want_array(&r, "annexes", POLICY_ANNEXES_MAX);
	if (r.err != ENT_OK)
		return r.err;
	/* "node" names the internal log; an agreement's log bears the agreement's id */
	if (!policy_id_valid(id, POLICY_ID_MAX) || strcmp(id, "node") == 0)
		return ent_fail(ENT_EFIELD, why,
		    "field 'id' must be letters, digits, '-', '_' and '.', and not \"node\"");
	copy_text(a->id, sizeof a->id, id);
	if (a->until <= a->from)
		return ent_fail(ENT_EFIELD, why, "field 'until' is not after 'from'");
	size_t wanted = policy_is_national(id) ? 1 : 2;
	if (wanted == 1 && id[sizeof POLICY_NATIONAL - 1] == '.' &&
	    strtoll(id + sizeof POLICY_NATIONAL, NULL, 10) != a->version)
		return ent_fail(ENT_EFIELD, why, "field 'version' is not the one of the id");
	if (js_len(parties) != wanted)
		return ent_fail(ENT_EFIELD, why, "field 'parties' must name %zu", wanted);
	enum ent_err err = ENT_OK;
	for (size_t i = 0; err == ENT_OK && i < wanted; i++)
		err = read_party(js_at(parties, i), a, why);
	return err != ENT_OK ? err : read_annexes(annexes, a, why);
}

enum ent_err
policy_document_check(struct bytes document, struct policy_agreement **out, struct ent_why *why)
{
	struct js *json = NULL;
	enum ent_err err = js_parse(document, POLICY_DOCUMENT_MAX, &json, why);
	if (err != ENT_OK)
		return err;
	struct policy_agreement *a = ent_alloc(sizeof *a);
	err = read_document(json, a, why);
	js_free(json);
	if (err != ENT_OK) {
		policy_agreement_free(a);
		return err;
	}
	uint8_t *copy = ent_alloc(document.n);
	memcpy(copy, document.p, document.n);
	a->document = bytes_of(copy, document.n);
	crypto_sha256(document, a->digest);
	*out = a;
	return ENT_OK;
}

void
policy_agreement_free(struct policy_agreement *a)
{
	if (a == NULL)
		return;
	union { /* the struct lends its document as const; here its owner lets go */
		const uint8_t *lent;
		uint8_t *owned;
	} u = { .lent = a->document.p };
	free(u.owned);
	free(a->annexes);
	free(a);
}
