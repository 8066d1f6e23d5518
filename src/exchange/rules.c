/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/rules.h"

#include <string.h>

/* What a claim may be.  A hidden claim that the receiver does not see is simply absent, so the
 * rules want only what has to be in clear. */
enum claim_type { CLAIM_TEXT, CLAIM_SHORT, CLAIM_URGENCY, CLAIM_PURPOSE, CLAIM_GROUND, CLAIM_ID,
	CLAIM_SEQ, CLAIM_HASH, CLAIM_TIME, CLAIM_BOOL, CLAIM_CODE, CLAIM_OBJECT, CLAIM_LIST,
	CLAIM_LABEL, CLAIM_COMPLETE, CLAIM_STATUS };

struct claim {
	const char *name;
	enum claim_type type;
	bool wanted;
};

static const struct claim claims_request[] = {
	{ "urgency", CLAIM_URGENCY, true }, { "purpose", CLAIM_PURPOSE, true },
	{ "annex", CLAIM_SHORT, true }, { "handling", CLAIM_LIST, true },
	{ "evaluation", CLAIM_SHORT, true }, { "assurances", CLAIM_LIST, false },
	{ "by_role", CLAIM_SHORT, true }, { "hit", CLAIM_OBJECT, false },
	{ "subject", CLAIM_OBJECT, false }, { "question", CLAIM_TEXT, false },
	{ "case", CLAIM_TEXT, false }, { "reason", CLAIM_TEXT, false }, { "by", CLAIM_SHORT, false },
	{ 0 },
};
static const struct claim claims_text[] = {
	{ "by_role", CLAIM_SHORT, true }, { "by", CLAIM_SHORT, false }, { "text", CLAIM_TEXT, false },
	{ 0 },
};
static const struct claim claims_answer[] = {
	{ "complete", CLAIM_COMPLETE, true }, { "handling", CLAIM_LIST, true },
	{ "evaluation", CLAIM_SHORT, true }, { "retain_until", CLAIM_TIME, true },
	{ "transfer_basis", CLAIM_SHORT, true }, { "items", CLAIM_LIST, false },
	{ "refused", CLAIM_LIST, false }, { "by_role", CLAIM_SHORT, true },
	{ "by", CLAIM_SHORT, false }, { "text", CLAIM_TEXT, false },
	{ 0 },
};
static const struct claim claims_refusal[] = {
	{ "ground", CLAIM_GROUND, true }, { "by_role", CLAIM_SHORT, true },
	{ "by", CLAIM_SHORT, false }, { "text", CLAIM_TEXT, false },
	{ 0 },
};
static const struct claim claims_receipt[] = {
	{ "of", CLAIM_SEQ, true }, { "hash", CLAIM_HASH, true }, { "status", CLAIM_STATUS, true },
	{ "ground", CLAIM_GROUND, false },
	{ 0 },
};
static const struct claim claims_permission_request[] = {
	{ "record", CLAIM_ID, true }, { "recipient", CLAIM_CODE, true },
	{ "by_role", CLAIM_SHORT, true }, { "by", CLAIM_SHORT, false },
	{ "reason", CLAIM_TEXT, false },
	{ 0 },
};
static const struct claim claims_permission[] = {
	{ "record", CLAIM_ID, true }, { "recipient", CLAIM_CODE, true },
	{ "granted", CLAIM_BOOL, true }, { "ground", CLAIM_GROUND, false },
	{ "by_role", CLAIM_SHORT, true }, { "by", CLAIM_SHORT, false },
	{ 0 },
};
static const struct claim claims_forwarded[] = {
	{ "record", CLAIM_ID, true }, { "recipient", CLAIM_CODE, true },
	{ "by_role", CLAIM_SHORT, true }, { "by", CLAIM_SHORT, false },
	{ 0 },
};

static const struct claim *const claims_of[] = {
	[KIND_REQUEST] = claims_request,
	[KIND_CLARIFY] = claims_text,
	[KIND_CLARIFICATION] = claims_text,
	[KIND_ANSWER] = claims_answer,
	[KIND_REFUSAL] = claims_refusal,
	[KIND_RECEIPT] = claims_receipt,
	[KIND_PERMISSION_REQUEST] = claims_permission_request,
	[KIND_PERMISSION] = claims_permission,
	[KIND_FORWARDED] = claims_forwarded,
};

static const char *const common[] = { "iss", "to", "agreement", "seq", "prev", "time", "kind", "ref",
	"_sd", "_sd_alg" };

static bool
one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; s != NULL && i < n; i++)
		if (strcmp(s, list[i]) == 0)
			return true;
	return false;
}

static bool
text_within(const struct js *v, size_t max)
{
	const char *s = js_str(v);
	return s != NULL && s[0] != '\0' && strlen(s) <= max;
}

static bool
code_fits(const struct js *v)
{
	const char *s = js_str(v);
	return s != NULL && strlen(s) >= 2 && strlen(s) < CODE_MAX &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(s);
}

static bool
bytes_fit(const struct js *v, size_t n)
{
	uint8_t out[64];
	size_t got;
	return js_is_string(v) && b64u_decode(str_of(js_str(v)), out, sizeof out, &got) == ENT_OK &&
	    got == n;
}

static bool
id_fits(const struct js *v)
{
	struct ent_id id;
	return js_is_string(v) && id_parse(str_of(js_str(v)), &id) == ENT_OK;
}

static bool
fits(enum claim_type type, const struct js *v)
{
	static const char *const complete[] = { "whole", "partial" };
	static const char *const status[] = { "received", "done", "restricted", "refused" };
	switch (type) {
	case CLAIM_TEXT:
		return text_within(v, EXCHANGE_TEXT_MAX);
	case CLAIM_SHORT:
		return text_within(v, 128);
	case CLAIM_URGENCY:
		return urgency_of(js_str(v)) != URGENCY_NONE;
	case CLAIM_PURPOSE:
		return purpose_of(js_str(v)) != PURPOSE_NONE;
	case CLAIM_GROUND:
		return ground_of(js_str(v)) != GROUND_NONE;
	case CLAIM_ID:
		return id_fits(v);
	case CLAIM_SEQ:
	case CLAIM_TIME:
		return js_is_int(v) && js_int(v, 0) > 0;
	case CLAIM_HASH:
		return bytes_fit(v, CRYPTO_HASH_LEN);
	case CLAIM_BOOL:
		return js_is_bool(v);
	case CLAIM_CODE:
		return code_fits(v);
	case CLAIM_OBJECT:
	case CLAIM_LABEL:
		return js_is_object(v);
	case CLAIM_LIST:
		return js_is_array(v) && js_len(v) <= EXCHANGE_ITEMS_MAX;
	case CLAIM_COMPLETE:
		return one_of(js_str(v), complete, 2);
	case CLAIM_STATUS:
		return one_of(js_str(v), status, 4);
	}
	return false;
}

static const struct claim *
find(const struct claim *list, const char *name)
{
	for (; list->name != NULL; list++)
		if (strcmp(list->name, name) == 0)
			return list;
	return NULL;
}

/* Refused parts of an answer are coded: [{part, ground}]. */
static enum ent_err
check_refused(const struct js *list, struct ent_why *why)
{
	for (size_t i = 0; i < js_len(list); i++) {
		const struct js *row = js_at(list, i);
		if (!fits(CLAIM_SHORT, js_get(row, "part")) || !fits(CLAIM_GROUND, js_get(row, "ground")))
			return ent_fail(ENT_EFIELD, why, "field 'refused[%zu]' wants a part and a coded "
			    "ground (see spec/registry/grounds.def)", i);
	}
	return ENT_OK;
}

enum ent_err
rules_check(enum entry_kind kind, const struct js *opened, struct ent_why *why)
{
	const char *key;
	struct js *value;
	if ((size_t)kind >= sizeof claims_of / sizeof claims_of[0] || claims_of[kind] == NULL)
		return ent_fail(ENT_EFIELD, why, "field 'kind' is not known");
	const struct claim *list = claims_of[kind];
	for (const struct claim *c = list; c->name != NULL; c++)
		if (c->wanted && js_get(opened, c->name) == NULL)
			return ent_fail(ENT_EFIELD, why, "field '%s' is missing in a %s", c->name,
			    kind_name(kind));
	for (void *it = NULL; (it = js_each(opened, it, &key, &value)) != NULL;) {
		if (one_of(key, common, sizeof common / sizeof common[0]))
			continue;
		const struct claim *c = find(list, key);
		if (c == NULL)
			return ent_fail(ENT_EFIELD, why, "field '%s' is not known in a %s", key,
			    kind_name(kind));
		if (!fits(c->type, value))
			return ent_fail(ENT_EFIELD, why, "field '%s' of a %s is out of range", key,
			    kind_name(kind));
	}
	return check_refused(js_get(opened, "refused"), why);
}
