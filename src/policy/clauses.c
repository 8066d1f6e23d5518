/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_impl.h"

#include <stdio.h>
#include <string.h>

/* What an action has to bring. */
enum {
	NEED_PURPOSE = 1,  /* a purpose of the annex */
	NEED_CASE = 2,	   /* a person states case and reason */
	NEED_FORCE = 4,	   /* the agreement is within its dates and not suspended */
	NEED_ANNEX = 8,	   /* one annex to be held against */
	NEED_LABEL = 16,   /* if a label is at hand, it must fit the annex */
	NEED_QUOTA = 32,
};
#define NEED_READ (NEED_PURPOSE | NEED_CASE | NEED_FORCE | NEED_ANNEX | NEED_LABEL)

static const unsigned needs[] = {
	[ACTION_READ] = NEED_READ,
	/* Collecting is justified by the label that it brings, reading by the reader (Directive (EU)
	 * 2016/680, Art. 25(2)). */
	[ACTION_WRITE] = NEED_FORCE | NEED_ANNEX | NEED_LABEL,
	[ACTION_IMPORT] = NEED_FORCE | NEED_ANNEX | NEED_LABEL,
	[ACTION_SEARCH] = NEED_READ,
	[ACTION_ERASE] = NEED_PURPOSE | NEED_CASE | NEED_FORCE | NEED_ANNEX,
	[ACTION_ASK] = NEED_READ | NEED_QUOTA,
	[ACTION_EVALUATE] = NEED_READ | NEED_QUOTA,
	[ACTION_FILTER] = NEED_FORCE | NEED_ANNEX | NEED_LABEL,
	[ACTION_FETCH] = NEED_FORCE,
	[ACTION_REQUEST] = NEED_READ,
	[ACTION_CLARIFY] = NEED_READ,
	[ACTION_ANSWER] = NEED_READ,
	[ACTION_REFUSE] = NEED_READ,
	[ACTION_INBOX] = NEED_READ,
	[ACTION_FORWARD] = NEED_READ,
	[ACTION_PERMIT] = NEED_READ,
	[ACTION_FEED] = NEED_FORCE,
	[ACTION_NOTICE] = 0, /* corrections, withdrawals, erasures, receipts: always, to the partner */
	/* to our own oversight body, whoever suspends what */
	[ACTION_OPENQUERY] = NEED_PURPOSE | NEED_CASE | NEED_ANNEX,
	[ACTION_ADJUDICATE] = NEED_READ,
	[ACTION_SCREEN] = NEED_READ,
};

static bool
need(const struct look *l, unsigned what)
{
	enum ent_action a = l->ask->action;
	return (size_t)a < sizeof needs / sizeof needs[0] && (needs[a] & what) != 0;
}

static bool
is_peer(const struct look *l)
{
	return l->ask->actor != NULL && (l->ask->actor->roles & ROLE_PEER) != 0;
}

static bool
is_person(const struct look *l)
{
	return l->ask->actor == NULL || (l->ask->actor->roles & (ROLE_PEER | ROLE_SYSTEM)) == 0;
}

/* ENT_OK with its text: explained, a clause that passes says what it found. */
#define PASS(why, ...) ent_fail(ENT_OK, why, __VA_ARGS__)
#define FAIL(why, ...) ent_fail(ENT_EREFUSED, why, __VA_ARGS__)

/* ---- who, and why -------------------------------------------------------------------------------- */

static bool
always(const struct look *l)
{
	(void)l;
	return true;
}

static enum ent_err
check_action(const struct look *l, struct ent_why *why)
{
	if (l->reg == REG_NONE)
		return FAIL(why, "no rule knows this act");
	return PASS(why, "'%s' is an act of the registry", action_name(l->ask->action));
}

static enum ent_err
check_role(const struct look *l, struct ent_why *why)
{
	const struct actor *who = l->ask->actor;
	if (who == NULL)
		return ent_fail(ENT_EROLE, why, "nobody is named who acts");
	bool own = strcmp(who->service, l->p->own.code) == 0;
	if (is_peer(l) == own)
		return ent_fail(ENT_EROLE, why, own ? "a partner's node cannot act as this service"
						    : "a person of another service has no role here");
	if (is_peer(l) && l->reg == REG_OWN)
		return ent_fail(ENT_EROLE, why, "a partner has no access to the own register");
	unsigned fit = who->roles & l->ask->roles;
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if ((fit & bit) != 0)
			return PASS(why, "the role '%s' may do this", role_name((enum ent_role)bit));
	return ent_fail(ENT_EROLE, why, "none of the caller's roles may do '%s'",
	    action_name(l->ask->action));
}

static bool
needs_purpose(const struct look *l)
{
	return need(l, NEED_PURPOSE);
}

static enum ent_err
check_purpose(const struct look *l, struct ent_why *why)
{
	if (strcmp(purpose_name(l->ask->purpose), "none") == 0)
		return FAIL(why, "no purpose of the registry is stated (--purpose)");
	return PASS(why, "the purpose is '%s'", purpose_name(l->ask->purpose));
}

static bool
needs_case(const struct look *l)
{
	return need(l, NEED_CASE) && is_person(l);
}

static bool
says_something(const char *s)
{
	return s != NULL && s[strspn(s, " \t\r\n")] != '\0';
}

static enum ent_err
check_case(const struct look *l, struct ent_why *why)
{
	if (!says_something(l->ask->case_ref))
		return FAIL(why, "no case is stated (--case)");
	return PASS(why, "a case is stated");
}

static enum ent_err
check_reason(const struct look *l, struct ent_why *why)
{
	if (!says_something(l->ask->reason))
		return FAIL(why, "no reason is stated (--reason)");
	return PASS(why, "a reason is stated");
}

/* ---- the agreement ------------------------------------------------------------------------------- */

static bool
of_register(const struct look *l)
{
	return l->reg == REG_OWN || l->reg == REG_SHARED;
}

static enum ent_err
check_agreement(const struct look *l, struct ent_why *why)
{
	if (l->agreement != NULL)
		return PASS(why, "agreement '%s'", l->agreement->id);
	if (l->reg == REG_OWN)
		return FAIL(why, "the own register stands under the national annex, and no other");
	return FAIL(why, "no agreement of that name is here (--agreement)");
}

static bool
has_partner(const struct look *l)
{
	return l->agreement != NULL && l->agreement->party_count > 1;
}

static enum ent_err
check_partner(const struct look *l, struct ent_why *why)
{
	const char *code = policy_other_party(l->p, l->agreement);
	const struct policy_card *card = policy_partner(l->p, code);
	const struct policy_party *pinned = code == NULL ? NULL : policy_party_of(l->agreement, code);
	if (card == NULL || pinned == NULL)
		return ent_fail(ENT_EPIN, why, "no card of '%s' is here (partner add)",
		    code == NULL ? "the partner" : code);
	if (!crypto_equal(card->identity, pinned->identity, CRYPTO_SIGN_PK))
		return ent_fail(ENT_EPIN, why, "the card of '%s' is not of the identity that is pinned", code);
	if (is_peer(l) && strcmp(l->ask->actor->service, code) != 0)
		return ent_fail(ENT_EPIN, why, "the caller is no party of this agreement");
	return PASS(why, "the partner is '%s', with the identity that is pinned", code);
}

static bool
has_agreement(const struct look *l)
{
	return l->agreement != NULL;
}

static enum ent_err
check_signatures(const struct look *l, struct ent_why *why)
{
	if (!policy_signed(l->agreement, why))
		return ENT_EREFUSED;
	return PASS(why, "signed by %zu", l->agreement->consent_count);
}

static bool
needs_force(const struct look *l)
{
	return l->agreement != NULL && need(l, NEED_FORCE);
}

static enum ent_err
check_dates(const struct look *l, struct ent_why *why)
{
	char from[ENT_DATE_TEXT], until[ENT_DATE_TEXT];
	date_format(l->agreement->from, from);
	date_format(l->agreement->until, until);
	if (l->ask->now < l->agreement->from)
		return FAIL(why, "not in force before %s", from);
	if (l->ask->now >= l->agreement->until)
		return ent_fail(ENT_EEXPIRED, why, "ended at %s", until);
	return PASS(why, "in force from %s, before %s", from, until);
}

static enum ent_err
check_standing(const struct look *l, struct ent_why *why)
{
	const struct policy_agreement *a = l->agreement;
	for (size_t i = 0; i < a->party_count; i++)
		if (a->standing[i].state != STANDING_ACTIVE)
			return ent_fail(ENT_ESUSPENDED, why, "%s by %s; only notices pass",
			    standing_name(policy_standing(a)), a->parties[i].code);
	return PASS(why, "not suspended");
}

/* ---- the annex ----------------------------------------------------------------------------------- */

static bool
needs_annex(const struct look *l)
{
	return l->agreement != NULL && need(l, NEED_ANNEX);
}

static enum ent_err
check_annex(const struct look *l, struct ent_why *why)
{
	if (l->annex != NULL)
		return PASS(why, "annex '%s': %s", l->annex->id, l->annex->domain);
	if (l->ask->annex != NULL && l->ask->annex[0] != '\0')
		return FAIL(why, "the agreement has no annex of that name");
	return FAIL(why, "not exactly one annex admits the purpose: name it (--annex)");
}

static bool
has_purpose(const struct look *l)
{
	return l->annex != NULL && l->ask->purpose != PURPOSE_NONE && need(l, NEED_ANNEX);
}

static enum ent_err
check_purposes(const struct look *l, struct ent_why *why)
{
	const char *name = purpose_name(l->ask->purpose);
	if ((unsigned)l->ask->purpose > 31 || (l->annex->purposes & 1u << l->ask->purpose) == 0)
		return FAIL(why, "the annex does not admit the purpose '%s'", name);
	return PASS(why, "the annex admits the purpose '%s'", name);
}

/* ---- what it touches ----------------------------------------------------------------------------- */

static bool
has_type(const struct look *l)
{
	return l->annex != NULL && l->ask->type != NULL && need(l, NEED_LABEL);
}

static enum ent_err
check_types(const struct look *l, struct ent_why *why)
{
	enum record_type t = record_type_of(l->ask->type);
	if (t == RTYPE_NONE || (l->annex->types & 1u << t) == 0)
		return FAIL(why, "the annex does not cover this type of record");
	return PASS(why, "the annex covers records of type '%s'", record_type_name(t));
}

static bool
has_label(const struct look *l)
{
	return l->annex != NULL && l->ask->label != NULL && need(l, NEED_LABEL);
}

static bool
shares_label(const struct look *l)
{
	return has_label(l) && l->reg == REG_SHARED;
}

static enum ent_err
check_quarantine(const struct look *l, struct ent_why *why)
{
	if (label_quarantined(l->ask->label))
		return FAIL(why, "the record is in quarantine: it has no subject category");
	return PASS(why, "the record is not in quarantine");
}

static enum ent_err
check_subjects(const struct look *l, struct ent_why *why)
{
	enum subject_category c = l->ask->label->subject;
	if (c == SUBJECT_NONE || (unsigned)c > 31 || (l->annex->subjects & 1u << c) == 0)
		return FAIL(why, "the annex does not cover this category of subject");
	return PASS(why, "the annex covers the category '%s'", subject_name(c));
}

/* Of the own register the expired is invisible to search, and to readers but for the data-protection
 * officer, who confirms its erasure. */
static bool
label_may_expire(const struct look *l)
{
	if (!has_label(l))
		return false;
	if (l->ask->action == ACTION_READ)
		return l->ask->actor == NULL || (l->ask->actor->roles & ROLE_DPO) == 0;
	return l->reg == REG_SHARED || l->ask->action == ACTION_SEARCH ||
	    l->ask->action == ACTION_ADJUDICATE;
}

static enum ent_err
check_expiry(const struct look *l, struct ent_why *why)
{
	if (l->ask->label->expires_at <= l->ask->now)
		return ent_fail(ENT_EEXPIRED, why, "the record has expired and awaits erasure");
	return PASS(why, "the record has not expired");
}

/* Held against the label as it leaves: the translation table can only make it stricter.  A label that
 * has come is translated already, and a second time might be too strict. */
static enum ent_err
check_handling(const struct look *l, struct ent_why *why)
{
	struct record_label out = *l->ask->label;
	if (!l->given)
		policy_translate(l->agreement, l->annex, l->ask->label, l->ask->now, &out);
	if (out.tlp == TLP_NONE || out.tlp > l->annex->max_tlp)
		return FAIL(why, "TLP:%s is above the annex's TLP:%s", tlp_name(out.tlp),
		    tlp_name(l->annex->max_tlp));
	if ((out.handling & ~l->annex->handling) != 0)
		return FAIL(why, "the record has a handling code that the annex does not admit");
	return PASS(why, "TLP:%s and its handling codes are admitted", tlp_name(out.tlp));
}

static bool
has_fields(const struct look *l)
{
	return l->annex != NULL && l->ask->fields != 0 && l->ask->action == ACTION_ANSWER;
}

static enum ent_err
check_fields(const struct look *l, struct ent_why *why)
{
	unsigned over = l->ask->fields & ~l->annex->fields;
	for (unsigned k = 1; k < 32; k++)
		if ((over & 1u << k) != 0)
			return FAIL(why, "statements of kind '%s' may not leave",
			    statement_kind_name((enum statement_kind)k));
	return PASS(why, "these kinds of statement may leave");
}

static bool
is_given(const struct look *l)
{
	return l->annex != NULL && l->given;
}

/* From the time of the entry, not from ours: it may have lain for days. */
static enum ent_err
check_retention(const struct look *l, struct ent_why *why)
{
	const struct policy_ask *q = l->ask;
	ent_time latest = q->now + l->annex->retention_days * ENT_DAY;
	if (q->retain_until > latest || (q->label != NULL && q->label->expires_at > latest))
		return FAIL(why, "kept beyond the annex's %lld days", (long long)l->annex->retention_days);
	return PASS(why, "kept at most %lld days", (long long)l->annex->retention_days);
}

/* ---- how much, how far, on what promise ---------------------------------------------------------- */

static bool
has_quota(const struct look *l)
{
	return l->annex != NULL && need(l, NEED_QUOTA);
}

static enum ent_err
check_quota(const struct look *l, struct ent_why *why)
{
	const struct policy_annex *x = l->annex;
	const struct policy_ask *q = l->ask;
	unsigned long long n = POLICY_ELEMENTS_PER_PERSON, day = x->quota_day, epoch = x->quota_epoch;
	if (q->used_day > day || q->elements > day - q->used_day)
		return ent_fail(ENT_EQUOTA, why, "%llu of %llu persons were asked for today",
		    q->used_day / n, day / n);
	if (q->used_epoch > epoch || q->elements > epoch - q->used_epoch)
		return ent_fail(ENT_EQUOTA, why, "%llu of %llu persons were asked for in this epoch",
		    q->used_epoch / n, epoch / n);
	return PASS(why, "%llu of %llu persons are left today, %llu of %llu in this epoch",
	    (day - q->used_day) / n, day / n, (epoch - q->used_epoch) / n, epoch / n);
}

static bool
screens(const struct look *l)
{
	return l->annex != NULL && l->ask->action == ACTION_SCREEN;
}

/* Many persons are looked up who gave no cause: it takes a law that says so, and has an end. */
static enum ent_err
check_screening(const struct look *l, struct ent_why *why)
{
	unsigned long long max = l->annex->screening.rows, rows = l->ask->rows;
	if (max == 0)
		return FAIL(why, "the annex lets no lists be screened: it names no legal basis and no cap");
	if (rows > max)
		return FAIL(why, "the list has %llu rows, the annex allows %llu: split the need, not the list",
		    rows, max);
	return PASS(why, "lists of up to %llu rows may be screened: %s", max, l->annex->screening.law);
}

/* What another service gave may not be passed on without its permission (Directive (EU) 2016/680,
 * Art. 35(1)(e)), unless it said that it may go to anybody. */
static bool
is_foreign(const struct look *l)
{
	const struct record_label *r = l->ask->label;
	if (!shares_label(l) || strcmp(r->originator, l->p->own.code) == 0)
		return false;
	const char *partner = policy_other_party(l->p, l->agreement);
	if (partner != NULL && strcmp(r->originator, partner) == 0)
		return false;
	return r->tlp != TLP_CLEAR || (r->handling & HANDLING_H2) != 0;
}

static bool
goes_onward(const struct look *l)
{
	switch ((int)l->ask->action) {
	case ACTION_FORWARD:
	case ACTION_PERMIT:
		return l->annex != NULL;
	case ACTION_FILTER:
	case ACTION_EVALUATE:
	case ACTION_ANSWER:
		return is_foreign(l);
	default:
		return false;
	}
}

static enum ent_err
check_onward(const struct look *l, struct ent_why *why)
{
	const struct policy_ask *q = l->ask;
	if (!l->annex->onward)
		return FAIL(why, "the annex never lets information go on to another service");
	if (q->action == ACTION_PERMIT)
		return PASS(why, "the annex lets information go on with permission");
	if (q->action == ACTION_FORWARD &&
	    (!policy_code_valid(q->recipient) || strcmp(q->recipient, l->p->own.code) == 0))
		return FAIL(why, "no other service is named as the recipient");
	if (!q->permitted)
		return FAIL(why, "its originator has not permitted that it goes on%s",
		    q->label != NULL && (q->label->handling & HANDLING_H2) != 0 ? " (H2)" : "");
	return PASS(why, "its originator permits that it goes on");
}

enum { ON_REQUEST = 1, ON_ANSWER = 2, ON_FORWARD = 4 };

static bool
is_promised(const struct look *l, unsigned bit, unsigned acts)
{
	unsigned act = l->ask->action == ACTION_REQUEST ? ON_REQUEST
	    : l->ask->action == ACTION_ANSWER		? ON_ANSWER
	    : l->ask->action == ACTION_FORWARD		? ON_FORWARD
							: 0;
	return l->annex != NULL && (l->annex->commitments & bit) != 0 && (acts & act) != 0;
}

static enum ent_err
check_assurance(const struct look *l, unsigned bit, const char *what, struct ent_why *why)
{
	if ((l->ask->assurances & bit) == 0)
		return FAIL(why, "lacks the assurance '%s': %s", commitment_name(bit), what);
	return PASS(why, "carries the assurance '%s'", commitment_name(bit));
}

/* One pair of functions a type, from the registry. */
#define COMMITMENT(num, name, text, acts, what)                                         \
	static bool promised_##name(const struct look *l)                               \
	{                                                                               \
		return is_promised(l, COMMITMENT_##name, acts);                         \
	}                                                                               \
	static enum ent_err assured_##name(const struct look *l, struct ent_why *why)   \
	{                                                                               \
		return check_assurance(l, COMMITMENT_##name, what, why);                \
	}
#include "spec/registry/commitments.def"
#undef COMMITMENT

/* The order is part of the specification ([POL-20]): the first that fails is the one that refuses. */
const struct clause policy_clauses[] = {
	{ "action", always, check_action, SCOPE_BARE, 0 },
	{ "role", always, check_role, SCOPE_BARE, 0 },
	{ "purpose", needs_purpose, check_purpose, SCOPE_BARE, 0 },
	{ "case", needs_case, check_case, SCOPE_BARE, 0 },
	{ "reason", needs_case, check_reason, SCOPE_BARE, 0 },
	{ "agreement", of_register, check_agreement, SCOPE_BARE, CLAUSE_GIVEN },
	{ "partner", has_partner, check_partner, SCOPE_AGREEMENT, 0 },
	{ "signatures", has_agreement, check_signatures, SCOPE_AGREEMENT, 0 },
	{ "dates", needs_force, check_dates, SCOPE_AGREEMENT, 0 },
	{ "standing", needs_force, check_standing, SCOPE_AGREEMENT, CLAUSE_EACH },
	{ "annex", needs_annex, check_annex, SCOPE_AGREEMENT, CLAUSE_GIVEN },
	{ "purposes", has_purpose, check_purposes, SCOPE_ANNEX, 0 },
	{ "types", has_type, check_types, SCOPE_ANNEX, CLAUSE_EACH | CLAUSE_GIVEN },
	{ "quarantine", shares_label, check_quarantine, SCOPE_ANNEX, CLAUSE_EACH | CLAUSE_GIVEN },
	{ "subjects", has_label, check_subjects, SCOPE_ANNEX, CLAUSE_EACH | CLAUSE_GIVEN },
	{ "expiry", label_may_expire, check_expiry, SCOPE_ANNEX, CLAUSE_EACH | CLAUSE_GIVEN },
	{ "handling", has_label, check_handling, SCOPE_ANNEX, CLAUSE_EACH | CLAUSE_GIVEN },
	{ "fields", has_fields, check_fields, SCOPE_ANNEX, CLAUSE_GIVEN },
	{ "retention", is_given, check_retention, SCOPE_ANNEX, CLAUSE_GIVEN },
	{ "screening", screens, check_screening, SCOPE_ANNEX, 0 },
	{ "quota", has_quota, check_quota, SCOPE_ANNEX, 0 },
	{ "onward", goes_onward, check_onward, SCOPE_ANNEX, CLAUSE_EACH | CLAUSE_GIVEN },
#define COMMITMENT(num, name, text, acts, what) \
	{ "commitments/" text, promised_##name, assured_##name, SCOPE_ANNEX, 0 },
#include "spec/registry/commitments.def"
#undef COMMITMENT
};
const size_t policy_clause_count = sizeof policy_clauses / sizeof policy_clauses[0];
