/* SPDX-License-Identifier: Apache-2.0
 *
 * Invented persons.  Two streams of dice: the first draws who somebody is and depends on seed and number
 * alone; the second draws how a service has written it down and depends on the variant too.
 */
#include "lists/generate.h"

#include <string.h>

enum { STREAM_PERSON = 1, STREAM_WRITING = 1000 };

/* 2026-01-01: identifiers need a time that is the same at each run */
#define GENERATE_TIME (1767225600 * ENT_SECOND)

static uint64_t
splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void
dice_init(struct dice *d, uint64_t seed, uint64_t stream, uint64_t number)
{
	uint64_t x = seed;
	x = splitmix(&x) ^ stream;
	x = splitmix(&x) ^ number;
	for (size_t i = 0; i < 4; i++)
		d->s[i] = splitmix(&x);
}

static uint64_t
rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t
dice_roll(struct dice *d)
{
	uint64_t *s = d->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

unsigned
dice_below(struct dice *d, unsigned n)
{
	return (unsigned)((dice_roll(d) >> 32) * n >> 32);
}

bool
dice_chance(struct dice *d, unsigned percent)
{
	return dice_below(d, 100) < percent;
}

/* ---- documents: formats as they are commonly described, numbers invented -------------------------- */

static void
put_letters(struct dice *d, char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = "ABCDEFGHJKLMNPRSTUVWXYZ"[dice_below(d, 23)];
}

static void
put_digits(struct dice *d, char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)('0' + dice_below(d, 10));
}

/* A pattern: A a letter, 9 a digit, else itself. */
static void
put_pattern(struct dice *d, const char *pattern, char *out)
{
	size_t i = 0;
	for (; pattern[i] != '\0'; i++)
		if (pattern[i] == 'A')
			put_letters(d, &out[i], 1);
		else if (pattern[i] == '9')
			put_digits(d, &out[i], 1);
		else
			out[i] = pattern[i];
	out[i] = '\0';
}

/* Belgian national number: YYMMDD, serial (odd: man), 97 - (the nine digits, 2 before them from the year
 * 2000 on) mod 97. */
static void
belgian_number(struct dice *d, const struct record_birth *b, char sex, char *out, size_t size)
{
	unsigned serial = 1 + dice_below(d, 498) * 2 + (sex == 'f' ? 1u : 0u);
	unsigned yy = (unsigned)(b->from.year % 100) % 100;
	unsigned mm = (unsigned)b->from.month % 13, dd = (unsigned)b->from.day % 32;
	uint64_t date = (uint64_t)yy * 10000 + (uint64_t)mm * 100 + dd, nine = date * 1000 + serial;
	uint64_t whole = b->from.year >= 2000 ? nine + 2000000000u : nine;
	(void)snprintf(out, size, "%02u%02u%02u%03u%02u", yy, mm, dd, serial,
	    (unsigned)(97 - whole % 97));
}

/* Dutch citizen service number: nine digits, 9a+8b+...+2h-i divisible by 11. */
static void
dutch_number(struct dice *d, char *out)
{
	unsigned sum;
	do {
		put_digits(d, out, 8);
		sum = 0;
		for (unsigned i = 0; i < 8; i++)
			sum += (9 - i) * (unsigned)(out[i] - '0');
	} while (sum % 11 == 10);
	out[8] = (char)('0' + sum % 11);
	out[9] = '\0';
}

static void
document(struct dice *d, struct person *p, bool passport)
{
	static const struct {
		const char *country, *passport, *national;
	} formats[] = {
		{ "MA", "AA9999999", "AA999999" },
		{ "DZ", "999999999", "999999999999999999" },
		{ "TN", "A999999", "99999999" },
		{ "FR", "99AA99999", "999999999999" },
		{ "BE", "AA999999", NULL },
		{ "NL", "NA9A99A99", NULL },
	};
	struct person_document *doc = &p->documents[p->documents_count++];
	size_t i = 0;
	while (i + 1 < sizeof formats / sizeof formats[0] &&
	       strcmp(formats[i].country, p->nationality) != 0)
		i++;
	doc->country = p->nationality;
	doc->kind = passport ? DOCKIND_PASSPORT : DOCKIND_NATIONAL;
	if (passport || formats[i].national != NULL)
		put_pattern(d, passport ? formats[i].passport : formats[i].national, doc->number);
	else if (strcmp(p->nationality, "BE") == 0)
		belgian_number(d, &p->birth, p->sex, doc->number, sizeof doc->number);
	else
		dutch_number(d, doc->number);
}

/* ---- who somebody is ------------------------------------------------------------------------------ */

static const char *
country_of(struct dice *d, unsigned list)
{
	unsigned roll = dice_below(d, 100);
	if (list == LIST_MAGHREBI)
		return roll < 55 ? "MA" : roll < 70 ? "DZ" : roll < 80 ? "TN" : roll < 92 ? "BE" : "FR";
	if (list == LIST_FR)
		return roll < 85 ? "FR" : "BE";
	if (list == LIST_NL)
		return roll < 55 ? "BE" : "NL";
	return roll < 95 ? "BE" : "FR";
}

static void
draw_person(struct dice *d, struct person_draw *draw, struct person *p)
{
	unsigned roll = dice_below(d, 100);
	unsigned list = roll < 50 ? LIST_MAGHREBI : roll < 68 ? LIST_FR : roll < 86 ? LIST_NL : LIST_BE_FR;
	p->sex = dice_chance(d, 70) ? 'm' : 'f';
	draw->family_list = list;
	/* the lists of given names are three; a few have a name of another list */
	draw->given_list = list == LIST_BE_FR ? LIST_FR : list;
	if (dice_chance(d, 4))
		draw->given_list = dice_below(d, 3);
	draw->given = names_given(d, draw->given_list, p->sex);
	draw->second = dice_chance(d, 12) ? names_given(d, draw->given_list, p->sex) : SIZE_MAX;
	draw->family = names_family(d, draw->family_list);
	int year = 1940 + (int)dice_below(d, 68);
	/* 28 days a month is enough, and every date exists */
	int month = 1 + (int)dice_below(d, 12), day = 1 + (int)dice_below(d, 28);
	if (record_birth_of(year, month, day, &p->birth) != ENT_OK)
		ENT_BUG("a date that does not exist");
	p->birth.to = p->birth.from;
	p->birth.precision = PRECISION_DAY;
	p->nationality = country_of(d, list);
	p->place_country = dice_chance(d, 85) ? p->nationality : country_of(d, list);
	const char *arabic;
	names_town(d, p->place_country, &p->place, &arabic);
	if (dice_chance(d, 70))
		document(d, p, true);
	if (dice_chance(d, 60))
		document(d, p, false);
	roll = dice_below(d, 100);
	p->subject = roll < 70 ? SUBJECT_SUSPECT : roll < 85 ? SUBJECT_CONVICTED :
	    roll < 92 ? SUBJECT_OTHER : SUBJECT_VICTIM;
	p->source = (enum source_grade)(SOURCE_A + dice_below(d, 4));
	p->information = 1 + (int)dice_below(d, 4);
}

/* ---- how it was written down ---------------------------------------------------------------------- */

static void
must(enum ent_err err)
{
	if (err != ENT_OK)
		ENT_BUG("a date that does not exist");
}

/* Often only the year is known, or 1 January stands for it; wrong dates have day and month swapped, or
 * are a year off. */
static void
write_birth(struct dice *d, unsigned errors, struct person *p)
{
	struct record_date was = p->birth.from;
	int year = was.year, month = (unsigned char)was.month, day = (unsigned char)was.day;
	if (dice_chance(d, errors)) {
		if (day <= 12 && dice_chance(d, 60)) {
			int swapped = day;
			day = month;
			month = swapped;
		} else {
			year += dice_chance(d, 50) ? 1 : -1;
		}
	}
	unsigned roll = dice_below(d, 100);
	p->birth_known = roll < 94;
	if (roll < 8)
		must(record_birth_of(year, 1, 1, &p->birth));
	else if (roll < 16)
		must(record_birth_of(year, 0, 0, &p->birth));
	else if (roll < 19)
		must(record_birth_of(year, month, 0, &p->birth));
	else
		must(record_birth_of(year, month, day, &p->birth));
	if (roll >= 16 && roll < 17) {
		struct record_birth last;
		must(record_birth_of(year + 1, 0, 0, &last));
		p->birth.from.month = p->birth.from.day = 1;
		p->birth.to = last.to;
		p->birth.precision = PRECISION_RANGE;
	}
	p->birth.circa = roll >= 8 && roll < 11;
}

static void
write_rest(struct dice *d, unsigned errors, struct person *p)
{
	/* a service has not seen every document */
	while (p->documents_count > 0 && dice_chance(d, 25))
		p->documents_count--;
	for (size_t i = 0; i < p->documents_count; i++)
		if (dice_chance(d, errors))
			error_in_number(d, p->documents[i].number);
	p->sex_known = dice_chance(d, 80);
	p->place_known = dice_chance(d, 75);
	p->nationality_assessed = dice_chance(d, 10);
}

void
generate_line(const struct generate_options *o, uint64_t number, struct buf *out)
{
	struct dice who, how;
	struct person p;
	struct person_draw draw;
	uint8_t entropy[10];
	memset(&p, 0, sizeof p);
	dice_init(&who, o->seed, STREAM_PERSON, number);
	dice_init(&how, o->seed, STREAM_WRITING + o->variant, number);
	for (size_t i = 0; i < sizeof entropy; i++)
		entropy[i] = (uint8_t)dice_roll(&how);
	p.id = id_make(GENERATE_TIME + (ent_time)(number % 100000000000) * 1000, entropy);
	draw_person(&who, &draw, &p);
	write_birth(&how, o->errors, &p);
	write_rest(&how, o->errors, &p);
	names_write(&how, o, &draw, &p);
	if (o->simple)
		person_write_simple(&p, out);
	else
		person_write(o, &p, out);
}
