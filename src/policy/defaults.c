/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_impl.h"

#include <string.h>

#define NATIONAL_YEARS 10
#define NATIONAL_RETENTION_DAYS 3653 /* ten years */

static struct js *
names(const char *const *list)
{
	struct js *arr = js_array();
	for (size_t i = 0; list[i] != NULL; i++)
		js_append_take(arr, js_new_str(list[i]));
	return arr;
}

static struct js *
all_types(void)
{
	static const char *const types[] = {
#define RTYPE(num, name, text, what) text,
#include "spec/registry/labels.def"
#undef RTYPE
		NULL
	};
	return names(types);
}

static struct js *
all_subjects(bool quarantine)
{
	struct js *arr = js_array();
#define SUBJECT(num, name, text, what)                                \
	if (quarantine || SUBJECT_##name != SUBJECT_UNCATEGORISED)    \
		js_append_take(arr, js_new_str(text));
#include "spec/registry/labels.def"
#undef SUBJECT
	return arr;
}

static struct js *
all_fields(bool quotations)
{
	struct js *arr = js_array();
#define STATEMENT(num, name, text, what)                                                          \
	if (quotations || (STATEMENT_##name != STATEMENT_REMARK &&                                \
	    STATEMENT_##name != STATEMENT_SOURCE_ROW && STATEMENT_##name != STATEMENT_OTHER))     \
		js_append_take(arr, js_new_str(text));
#include "spec/registry/statements.def"
#undef STATEMENT
	return arr;
}

static struct js *
all_purposes(void)
{
	struct js *arr = js_array();
#define PURPOSE(num, name, text, what)            \
	if (PURPOSE_##name != PURPOSE_OPERATION)  \
		js_append_take(arr, js_new_str(text));
#include "spec/registry/purposes.def"
#undef PURPOSE
	return arr;
}

static struct js *
handling(const char *max_tlp, const char *const *codes)
{
	struct js *o = js_object();
	js_set_str(o, "max_tlp", max_tlp);
	js_set_take(o, "codes", names(codes));
	return o;
}

static struct js *
quota(int64_t day, int64_t epoch, int64_t days)
{
	struct js *o = js_object();
	js_set_int(o, "day", day);
	js_set_int(o, "epoch_persons", epoch);
	js_set_int(o, "epoch_days", days);
	return o;
}

/* research: Directive (EU) 2023/977 Art. 5 (8 hours, 3 and 7 days), SIS practice (48 hours). */
static struct js *
deadlines(void)
{
	struct js *o = js_object();
	js_set_int(o, "urgent_h", 8);
	js_set_int(o, "hit_h", 48);
	js_set_int(o, "normal_d", 3);
	js_set_int(o, "long_d", 7);
	return o;
}

static struct js *
party(const char *code, const char *service, const uint8_t identity[static CRYPTO_SIGN_PK])
{
	struct js *o = js_object();
	js_set_str(o, "code", code);
	js_set_str(o, "service", service);
	js_set_b64u(o, "identity", bytes_of(identity, CRYPTO_SIGN_PK));
	return o;
}

/* A midnight is written as a date, an ending one as the last day before it ([POL-5]). */
static void
set_date(struct js *o, const char *key, ent_time t, bool end)
{
	char text[ENT_TIME_TEXT];
	if (t % ENT_DAY == 0)
		date_format(end ? t - ENT_DAY : t, text);
	else
		time_format(t, text);
	js_set_str(o, key, text);
}

static struct js *
document(const char *id, ent_time from, ent_time until, struct js *parties, struct js *annexes)
{
	struct js *o = js_object();
	js_set_str(o, "id", id);
	js_set_int(o, "version", 1);
	js_set_take(o, "parties", parties);
	set_date(o, "from", from, false);
	set_date(o, "until", until, true);
	js_set_take(o, "annexes", annexes);
	return o;
}

static struct js *
national_annex(void)
{
	static const char *const codes[] = { "H0", "H1", "H2", "H3", NULL };
	struct js *x = js_object();
	js_set_str(x, "id", "own");
	js_set_str(x, "domain", "the service's own register");
	js_set_take(x, "purposes", all_purposes());
	js_set_str(x, "law", "the national law of the service");
	js_set_str(x, "transfer_basis", "none: nothing leaves under this annex");
	js_set_take(x, "types", all_types());
	js_set_take(x, "fields", all_fields(true));
	js_set_take(x, "subjects", all_subjects(true));
	js_set_take(x, "handling", handling("RED", codes));
	js_set_take(x, "translation", js_array());
	js_set_int(x, "retention_days", NATIONAL_RETENTION_DAYS);
	js_set_take(x, "quota", quota(0, 0, 30));
	js_set_take(x, "deadlines", deadlines());
	js_set_str(x, "onward", "never");
	js_set_take(x, "oversight", js_array());
	js_set_take(x, "commitments", js_array());
	return x;
}

struct js *
policy_national_default(const char *code, const char *service,
    const uint8_t identity[static CRYPTO_SIGN_PK], ent_time now)
{
	struct js *parties = js_array(), *annexes = js_array();
	js_append_take(parties, party(code, service, identity));
	js_append_take(annexes, national_annex());
	return document(POLICY_NATIONAL, now, now + (ent_time)NATIONAL_YEARS * 365 * ENT_DAY, parties, annexes);
}

void
policy_national_screening(struct js *document, const char *law, int64_t max_rows, int64_t keep_days)
{
	struct js *o = js_object();
	js_set_str(o, "law", law);
	js_set_int(o, "max_rows", max_rows);
	if (keep_days > 0)
		js_set_int(o, "keep_days", keep_days);
	js_set_take(js_at(js_get(document, "annexes"), 0), "screening", o);
}

void
policy_national_version(struct js *document, int64_t version)
{
	char id[40];
	(void)snprintf(id, sizeof id, POLICY_NATIONAL ".%lld", (long long)version);
	js_set_str(document, "id", id);
	js_set_int(document, "version", version);
}

bool
policy_is_national(const char *id)
{
	size_t n = sizeof POLICY_NATIONAL - 1;
	if (strncmp(id, POLICY_NATIONAL, n) != 0)
		return false;
	if (id[n] == '\0')
		return true;
	/* "national.1" would be the first, which one person signs */
	return id[n] == '.' && id[n + 1] >= '1' && id[n + 1] <= '9' && strcmp(id + n, ".1") != 0 &&
	    id[n + 1 + strspn(id + n + 1, "0123456789")] == '\0';
}

/* ---- drafts -------------------------------------------------------------------------------------- */

static struct js *
default_commitments(void)
{
	struct js *arr = js_array();
#define COMMITMENT(num, name, text, acts, what)                                          \
	if (COMMITMENT_##name == COMMITMENT_NO_TORTURE ||                                \
	    COMMITMENT_##name == COMMITMENT_NO_DEATH_PENALTY ||                          \
	    COMMITMENT_##name == COMMITMENT_NO_POLITICAL) {                              \
		struct js *c = js_object();                                              \
		js_set_str(c, "type", text);                                             \
		js_set_str(c, "text", what);                                             \
		js_append_take(arr, c);                                                  \
	}
#include "spec/registry/commitments.def"
#undef COMMITMENT
	return arr;
}

static struct js *
translation_row(const char *from, const char *to)
{
	struct js *o = js_object();
	js_set_str(o, "from", from);
	js_set_str(o, "to", to);
	return o;
}

static struct js *
default_oversight(const struct policy_card *const *cards)
{
	struct js *arr = js_array();
	for (size_t i = 0; i < 2; i++) {
		if (!cards[i]->has_oversight)
			continue;
		struct js *o = js_object();
		js_set_str(o, "party", cards[i]->code);
		js_set_b64u(o, "box_key", bytes_of(cards[i]->oversight_box, CRYPTO_BOX_PK));
		js_append_take(arr, o);
	}
	return arr;
}

static struct js *
default_annex(const struct policy_card *const *cards)
{
	static const char *const purposes[] = { "terrorism", "terrorist-financing", "data-protection",
		NULL };
	static const char *const codes[] = { "H0", "H1", "H2", "H3", NULL };
	struct js *x = js_object(), *rows = js_array();
	js_set_str(x, "id", "A");
	js_set_str(x, "domain", "counter-terrorism");
	js_set_take(x, "purposes", names(purposes));
	js_set_str(x, "law", "the law of each party on the processing of personal data for security; "
	    "Directive (EU) 2016/680 as the chosen standard");
	js_set_str(x, "transfer_basis", "appropriate safeguards: this agreement (Art. 37(1)(a))");
	js_set_take(x, "types", all_types());
	js_set_take(x, "fields", all_fields(false));
	js_set_take(x, "subjects", all_subjects(false));
	js_set_take(x, "handling", handling("AMBER+STRICT", codes));
	js_append_take(rows, translation_row("AMBER+STRICT", "H2"));
	js_set_take(x, "translation", rows);
	js_set_int(x, "retention_days", 365);
	js_set_take(x, "quota", quota(200, 2000, 30));
	js_set_take(x, "deadlines", deadlines());
	js_set_str(x, "onward", "permission");
	js_set_take(x, "oversight", default_oversight(cards));
	js_set_take(x, "commitments", default_commitments());
	return x;
}

static void
fill(struct js *given, const struct js *defaults)
{
	const char *key;
	struct js *value;
	for (void *it = NULL; js_is_object(given) && (it = js_each(defaults, it, &key, &value)) != NULL;)
		if (js_get(given, key) == NULL)
			js_set_take(given, key, js_copy(value));
}

/* What a given annex leaves out is as in the default one; so within its quota, deadlines, handling. */
static void
fill_annex(struct js *annex, const struct policy_card *const *cards)
{
	static const char *const inner[] = { "quota", "deadlines", "handling" };
	struct js *defaults = default_annex(cards);
	fill(annex, defaults);
	for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
		fill(js_get(annex, inner[i]), js_get(defaults, inner[i]));
	js_free(defaults);
}

struct js *
policy_draft(const struct policy_card *own, const struct policy_card *partner, const char *id,
    ent_time from, ent_time until, struct js *annexes)
{
	bool own_first = strcmp(own->code, partner->code) < 0;
	const struct policy_card *const cards[] = { own_first ? own : partner,
		own_first ? partner : own };
	struct js *parties = js_array();
	for (size_t i = 0; i < 2; i++)
		js_append_take(parties, party(cards[i]->code, cards[i]->service, cards[i]->identity));
	if (annexes == NULL) {
		annexes = js_array();
		js_append_take(annexes, default_annex(cards));
	}
	for (size_t i = 0; i < js_len(annexes); i++)
		fill_annex(js_at(annexes, i), cards);
	return document(id, from, until, parties, annexes);
}
