/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/generate.h"

#include <string.h>

/* Rows of data/, see data/SOURCE.md. */
struct name_row {
	const char *arabic, *spellings; /* Latin, commonest first, parted by | */
	unsigned sum;			/* of the weights up to this row */
	char sex;			/* 'm', 'f'; 0 for a family name */
};

struct town_row {
	const char *latin, *arabic, *country;
};

#include "lists/names_table.h"

#define TABLE(rows) { rows, sizeof rows / sizeof rows[0] }

static const struct {
	const struct name_row *rows;
	size_t count;
} given_lists[] = { TABLE(given_maghrebi), TABLE(given_fr), TABLE(given_nl) },
  family_lists[LIST_ORIGINS] = { TABLE(family_maghrebi), TABLE(family_fr), TABLE(family_nl),
	  TABLE(family_be_fr) };

/* By weight: the first row whose running sum is over the roll. */
static size_t
draw_row(struct dice *d, const struct name_row *rows, size_t count)
{
	unsigned roll = dice_below(d, rows[count - 1].sum);
	size_t low = 0, high = count - 1;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (rows[middle].sum > roll)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

size_t
names_given(struct dice *d, unsigned list, char sex)
{
	const struct name_row *rows = given_lists[list].rows;
	size_t i = draw_row(d, rows, given_lists[list].count);
	/* each list has both in plenty; the bound is against a table without one of them */
	for (unsigned tries = 0; rows[i].sex != sex && tries < 1000; tries++)
		i = draw_row(d, rows, given_lists[list].count);
	return i;
}

size_t
names_family(struct dice *d, unsigned list)
{
	return draw_row(d, family_lists[list].rows, family_lists[list].count);
}

void
names_town(struct dice *d, const char *country, const char **latin, const char **arabic)
{
	size_t n = sizeof towns / sizeof towns[0], i = dice_below(d, (unsigned)n);
	for (size_t tries = 0; strcmp(towns[i].country, country) != 0 && tries < n; tries++)
		i = (i + 1) % n;
	*latin = towns[i].latin;
	*arabic = towns[i].arabic;
}

/* Bounded appending: a name that does not fit is cut between characters. */
static void
append(char *out, const char *s, size_t n)
{
	size_t at = strlen(out), room = PERSON_TEXT_MAX - 1 - at;
	if (n > room) {
		n = room;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out + at, s, n);
	out[at + n] = '\0';
}

/* One of a row's spellings; the first is the commonest: half of the draws. */
static void
append_latin(struct dice *d, char *out, const struct name_row *row, bool first)
{
	const char *p = row->spellings;
	unsigned count = 1;
	for (const char *q = p; *q != '\0'; q++)
		count += *q == '|';
	unsigned pick = first || dice_chance(d, 50) ? 0 : dice_below(d, count);
	for (; pick > 0; pick--)
		p = strchr(p, '|') + 1;
	append(out, p, strcspn(p, "|"));
}

static void
one_name(struct dice *d, const struct person_draw *draw, bool arabic, bool family_first, char *out)
{
	const struct name_row *parts[3];
	size_t n = 0;
	const struct name_row *given = given_lists[draw->given_list].rows;
	parts[n++] = &given[draw->given];
	if (draw->second != SIZE_MAX && draw->second != draw->given)
		parts[n++] = &given[draw->second];
	parts[n++] = &family_lists[draw->family_list].rows[draw->family];
	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct name_row *row = parts[family_first ? (i + n - 1) % n : i];
		if (i > 0)
			append(out, " ", 1);
		if (arabic)
			append(out, row->arabic, strlen(row->arabic));
		else
			append_latin(d, out, row, false);
	}
}

static bool
has_name(const struct person *p, const char *text)
{
	for (size_t i = 0; i < p->names_count; i++)
		if (strcmp(p->names[i].text, text) == 0)
			return true;
	return false;
}

static void
add_name(struct dice *d, unsigned errors, const struct person_draw *draw, enum name_kind kind,
    bool arabic, struct person *p)
{
	char text[PERSON_TEXT_MAX];
	bool family_first = kind == NAMEKIND_ALIAS && dice_chance(d, 15);
	if (p->names_count == PERSON_NAMES_MAX)
		return;
	one_name(d, draw, arabic, family_first, text);
	if (dice_chance(d, errors))
		error_in_name(d, text, arabic);
	if (has_name(p, text))
		return;
	struct person_name *name = &p->names[p->names_count++];
	memcpy(name->text, text, sizeof text);
	name->script = arabic ? "Arab" : "Latn";
	name->kind = kind;
}

/* "Abou" and a name of the list: how aliases of low quality often look. */
static void
add_weak(struct dice *d, bool arabic, struct person *p)
{
	size_t i = names_given(d, LIST_MAGHREBI, 'm');
	if (p->names_count == PERSON_NAMES_MAX)
		return;
	struct person_name *name = &p->names[p->names_count++];
	name->text[0] = '\0';
	append(name->text, arabic ? "أبو " : "Abou ", strlen(arabic ? "أبو " : "Abou "));
	if (arabic)
		append(name->text, given_maghrebi[i].arabic, strlen(given_maghrebi[i].arabic));
	else
		append_latin(d, name->text, &given_maghrebi[i], false);
	name->script = arabic ? "Arab" : "Latn";
	name->kind = NAMEKIND_WEAK;
}

void
names_write(struct dice *d, const struct generate_options *o, const struct person_draw *draw,
    struct person *p)
{
	bool maghrebi = draw->family_list == LIST_MAGHREBI;
	bool arabic = o->script == GENERATE_ARABIC ||
	    (o->script == GENERATE_ANY && dice_chance(d, maghrebi ? 45 : 3));
	bool both = o->script == GENERATE_ANY && dice_chance(d, maghrebi ? 45 : 10);
	add_name(d, o->errors, draw, NAMEKIND_PRIMARY, arabic, p);
	if (both)
		add_name(d, o->errors, draw, arabic ? NAMEKIND_ALIAS : NAMEKIND_ORIGINAL, !arabic, p);
	for (unsigned more = 0; more < 3 && dice_chance(d, 25); more++)
		add_name(d, o->errors, draw, NAMEKIND_ALIAS, arabic && !both, p);
	if (maghrebi && dice_chance(d, 10))
		add_weak(d, arabic, p);
}
