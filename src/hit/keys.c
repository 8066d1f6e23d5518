/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: which strings stand for a person.  Four classes, each strict enough that a hit means
 * something (research: 0.01 % false hits among a million); looser ones are not asked in private.
 */
#include "hit/hit.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

enum { CLASS_DOCUMENT = 1, CLASS_EXACT = 2, CLASS_SOUNDS = 3, CLASS_SWAPPED = 4 };

const char *
hit_class_text(int class)
{
	switch (class) {
	case CLASS_DOCUMENT:
		return "document number";
	case CLASS_EXACT:
		return "name as written and birth date";
	case CLASS_SOUNDS:
		return "name and birth date";
	case CLASS_SWAPPED:
		return "name and birth date with day and month in either order";
	default:
		return "nothing";
	}
}

static void
add_record_date(struct hit_terms *t, const struct record_birth *b)
{
	if (b->precision != PRECISION_DAY || t->dates == HIT_DATES_MAX)
		return;
	t->date[t->dates++] = (struct hit_date){ b->from.year, b->from.month, b->from.day };
}

enum ent_err
hit_terms_of_record(const struct grant *g, const struct record *r, struct hit_terms *out,
    struct ent_why *why)
{
	struct hit_terms t = { .person = r->type == RTYPE_PERSON };
	enum ent_err err = grant_check(g, ACTION_FILTER, why);
	if (err != ENT_OK)
		return err;
	for (size_t i = 0; i < r->count; i++) {
		const struct statement *s = &r->statements[i];
		if (s->kind == STATEMENT_NAME && t.names < HIT_NAMES_MAX)
			t.name[t.names++] = s->name.value;
		else if (s->kind == STATEMENT_BIRTH)
			add_record_date(&t, &s->birth);
		else if (s->kind == STATEMENT_DOCUMENT && t.documents < HIT_DOCUMENTS_MAX)
			t.document[t.documents++] = s->document.number;
	}
	*out = t;
	return ENT_OK;
}

enum ent_err
hit_date_parse(const char *text, struct hit_date *out, bool *whole, struct ent_why *why)
{
	struct record_birth b;
	if (record_birth_parse(str_of(text), &b) != ENT_OK)
		return ent_fail(ENT_EFIELD, why, "birth: no date; write 1975-03-20");
	*out = (struct hit_date){ b.from.year, b.from.month, b.from.day };
	*whole = b.precision == PRECISION_DAY;
	return ENT_OK;
}

/* The input of a class and value; *out unused (class 0) if the value is empty or too long. */
static void
make(const struct hit_domain *d, int class, const char *value, const char *tail, struct hit_key *out)
{
	out->class = 0;
	out->n = 0;
	if (value[0] == '\0')
		return;
	int n = snprintf(out->input, sizeof out->input, "entente-hit-v1|%s|%u|%u|%d|%s%s",
	    d->agreement, d->epoch, d->rules, class, value, tail);
	if (n <= 0 || (size_t)n >= sizeof out->input)
		return;
	out->class = class;
	out->n = (size_t)n;
}

static void
make_document(const struct hit_domain *d, const char *number, struct hit_key *out)
{
	char value[TEXT_KEY_MAX];
	if (text_key_document(str_of(number), value, NULL) != ENT_OK)
		value[0] = '\0';
	make(d, CLASS_DOCUMENT, value, "", out);
	crypto_wipe(value, sizeof value);
}

/* The part of an input that a date makes: as it is, and with day and month sorted. */
struct tails {
	char day[32], swapped[32];
};

static struct tails
tails_of(const struct hit_date *date)
{
	struct tails t;
	int low = date->day < date->month ? date->day : date->month;
	int high = date->day < date->month ? date->month : date->day;
	(void)snprintf(t.day, sizeof t.day, "|%04d-%02d-%02d", date->year, date->month, date->day);
	(void)snprintf(t.swapped, sizeof t.swapped, "|%04d|%02d|%02d", date->year, low, high);
	return t;
}

static void
make_exact(const struct hit_domain *d, const char *name, const struct hit_date *date,
    struct hit_key *out)
{
	char value[TEXT_KEY_MAX];
	struct tails t = tails_of(date);
	if (text_key_name_exact(str_of(name), value, NULL) != ENT_OK)
		value[0] = '\0'; /* longer than a name: no key */
	make(d, CLASS_EXACT, value, t.day, out);
	crypto_wipe(value, sizeof value);
}

/* Classes 3 and 4. */
static void
make_sounds(const struct hit_domain *d, const char *name, enum text_skeleton kind,
    const struct hit_date *date, struct hit_key out[static 2])
{
	char value[TEXT_KEY_MAX];
	struct tails t = tails_of(date);
	if (text_key_skeleton(str_of(name), kind, value, NULL) != ENT_OK)
		value[0] = '\0';
	make(d, CLASS_SOUNDS, value, t.day, &out[0]);
	make(d, CLASS_SWAPPED, value, t.swapped, &out[1]);
	crypto_wipe(value, sizeof value);
}

static enum ent_err
domain_check(const struct hit_domain *d, struct ent_why *why)
{
	if (d->agreement[0] == '\0' || strlen(d->agreement) >= AGREEMENT_MAX ||
	    strchr(d->agreement, '|') != NULL)
		return ent_fail(ENT_EFIELD, why, "agreement: no identifier that a key can be bound to");
	return ENT_OK;
}

static bool
holds(const struct hit_key *keys, size_t n, const struct hit_key *k)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].n == k->n && memcmp(keys[i].input, k->input, k->n) == 0)
			return true;
	return false;
}

static void
add(struct hit_keys *out, const struct hit_key *k)
{
	if (k->class == 0 || holds(out->key, out->n, k))
		return;
	if (out->n == HIT_KEYS_MAX)
		out->left_out++;
	else
		out->key[out->n++] = *k;
}

static void
add_person(struct hit_keys *out, const struct hit_domain *d, const char *name,
    const struct hit_date *date)
{
	struct hit_key k[5];
	make_exact(d, name, date, &k[0]);
	make_sounds(d, name, TEXT_SKELETON_PLAIN, date, &k[1]);
	make_sounds(d, name, TEXT_SKELETON_JOINED, date, &k[3]);
	for (size_t i = 0; i < 5; i++)
		add(out, &k[i]);
	crypto_wipe(k, sizeof k);
}

enum ent_err
hit_keys_of_terms(const struct hit_terms *t, const struct hit_domain *d, struct hit_keys *out,
    struct ent_why *why)
{
	struct hit_key k;
	enum ent_err err = domain_check(d, why);
	if (err != ENT_OK)
		return err;
	out->n = out->left_out = 0;
	for (size_t i = 0; i < t->documents; i++) {
		make_document(d, t->document[i], &k);
		add(out, &k);
	}
	for (size_t i = 0; i < t->names && t->person; i++)
		for (size_t j = 0; j < t->dates; j++)
			add_person(out, d, t->name[i], &t->date[j]);
	crypto_wipe(&k, sizeof k);
	return ENT_OK;
}

/* Slots 2 to 4 are the first name and date; 5 to 7 a second name, else a second date, else the first
 * name with its particles taken for part of the family name. */
static void
fill_person(const struct hit_terms *t, const struct hit_domain *d, struct hit_key *slot)
{
	const char *name = t->names > 1 ? t->name[1] : t->name[0];
	const struct hit_date *date = t->names < 2 && t->dates > 1 ? &t->date[1] : &t->date[0];
	if (!t->person || t->names == 0 || t->dates == 0)
		return;
	make_exact(d, t->name[0], &t->date[0], &slot[2]);
	make_sounds(d, t->name[0], TEXT_SKELETON_PLAIN, &t->date[0], &slot[3]);
	if (t->names > 1 || t->dates > 1) {
		make_exact(d, name, date, &slot[5]);
		make_sounds(d, name, TEXT_SKELETON_PLAIN, date, &slot[6]);
	} else {
		make_sounds(d, name, TEXT_SKELETON_JOINED, date, &slot[6]);
	}
}

enum ent_err
hit_query_make(const struct grant *g, const struct hit_terms *t, const struct hit_domain *d,
    const uint8_t seed[static HIT_SEED], struct hit_query *out, struct ent_why *why)
{
	enum ent_err err = grant_check(g, ACTION_ASK, why);
	if (err == ENT_OK)
		err = domain_check(d, why);
	if (err != ENT_OK)
		return err;
	memset(out, 0, sizeof *out);
	memcpy(out->seed, seed, HIT_SEED);
	for (size_t i = 0; i < t->documents && i < 2; i++)
		make_document(d, t->document[i], &out->slot[i]);
	fill_person(t, d, out->slot);
	for (size_t i = 1; i < HIT_SLOTS; i++) /* asked once: the rest is padding */
		if (holds(out->slot, i, &out->slot[i]))
			memset(&out->slot[i], 0, sizeof out->slot[i]);
	return ENT_OK;
}
