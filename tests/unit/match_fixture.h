/* SPDX-License-Identifier: Apache-2.0
 *
 * An invented register of names in three scripts, from a seed, for tests of what must hold of a degree
 * whatever the names are.
 */
#ifndef ENT_TESTS_MATCH_FIXTURE_H
#define ENT_TESTS_MATCH_FIXTURE_H

#include "match/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dice.h"

#define RECORDS 300u
#define WORDS_MAX 5u
#define TEXT 1000u

/* ---- what names are made of ------------------------------------------------------------------------------ */

/* Words of three scripts with marks of all kinds, the first ones frequent; no two are alike. */
static const char *const words[3][32] = {
	{ "Mohamed", "Karim", "Fatima", "Jérôme", "Lefèvre", "Özdemir", "Youssef", "Ghizlane", "Müller", "Ángel",
	    "Dvořák", "Łukasz", "Şahin", "Zoubeida", "Wróbel", "Nguyễn", "Vandersteen", "Bjørn", "Castaño", "Quintero",
	    "Hafsa", "Marrakchi", "Tighanimine", "Straßer", "Ouazzani", "Peeters", "Çelik", "Rakotomalala", "Xhaferi",
	    "Belkheir", "Ionuț", "Gwenaëlle" },
	{ "محمد", "كريم", "فاطمة", "يوسف", "الزروالي", "خديجة", "إبراهيم", "مصطفى", "شكري", "طارق", "بوزيان", "زكرياء",
	    "المراكشي", "سعيد", "نزهة", "غزلان", "أمين", "رشيدة", "هشام", "التازي", "قاسم", "بلخير", "مؤمن", "رائد", "فؤاد",
	    "صلاح", "دنيا", "جواد", "ثريا", "ضياء", "وفاء", "لطيفة" },
	{ "Иван", "Сергей", "Петров", "Йовович", "Ёлкин", "Григорий", "Щербаков", "Цветкова", "Жуков", "Хачатурян",
	    "Юрий", "Яковлев", "Эдуард", "Фёдор", "Кузнецова", "Бабушкин", "Дмитрий", "Логинов", "Мельник", "Никита",
	    "Орлов", "Павел", "Румянцев", "Тимур", "Ульяна", "Васильев", "Зайцев", "Андрей", "Ольга", "Шевченко",
	    "Чайковский", "Гончар" },
};

struct person {
	size_t n;
	const char *word[WORDS_MAX];
	struct match_date birth;
	char id[16], document[16];
	const char *nation;
};

static const char *const nations[] = { "Morocco", "Belgium", "France" };

static struct person
invent(uint64_t number)
{
	uint64_t seed = number * 7919;
	struct person p = { .n = 2 + roll(&seed) % (WORDS_MAX - 1) };
	size_t script = roll(&seed) % 4 % 3;
	for (size_t i = 0; i < p.n;) {
		size_t a = roll(&seed) % 32, b = roll(&seed) % 32;
		bool twice = false;
		p.word[i] = words[script][a < b ? a : b];
		for (size_t k = 0; k < i; k++)
			twice |= p.word[k] == p.word[i];
		i += !twice;
	}
	p.birth = (struct match_date){ .precision = MATCH_DATE_DAY, .year = (uint16_t)(1950 + roll(&seed) % 50),
		.month = (uint8_t)(1 + roll(&seed) % 12), .day = (uint8_t)(2 + roll(&seed) % 27) };
	if (roll(&seed) % 4 == 0)
		p.birth = (struct match_date){ .precision = MATCH_DATE_YEAR, .year = p.birth.year };
	(void)snprintf(p.id, sizeof p.id, "p%llu", (unsigned long long)number);
	(void)snprintf(p.document, sizeof p.document, "AB%06llu", (unsigned long long)(roll(&seed) % 1000000));
	p.nation = nations[roll(&seed) % 3];
	return p;
}

/* Words of which the bits are set, in their order. */
static void
join(const char *const *word, size_t n, uint32_t bits, char out[static TEXT])
{
	size_t used = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((bits >> i & 1) != 0)
			used += (size_t)snprintf(out + used, TEXT - used, "%s%s", used > 0 ? " " : "", word[i]);
}

static struct match_index *
register_of(void (*write)(uint64_t *seed, const char *in, char out[static TEXT]))
{
	struct match_index *x = match_index_new();
	uint64_t seed = 11;
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct person p = invent(i);
		char plain[TEXT], text[TEXT];
		const char *name = text, *document = p.document;
		join(p.word, p.n, UINT32_MAX, plain);
		write(&seed, plain, text);
		struct match_entry e = { .id = p.id, .type = RTYPE_PERSON, .names = &name, .names_n = 1, .births = &p.birth,
			.births_n = 1, .documents = &document, .documents_n = 1, .nationalities = &p.nation,
			.nationalities_n = 1 };
		size_t left_out;
		assert_int_equal(match_add(x, &e, &left_out, NULL), ENT_OK);
		assert_int_equal(left_out, 0);
	}
	match_settle(x);
	return x;
}

static void
as_it_is(uint64_t *seed, const char *in, char out[static TEXT])
{
	(void)seed;
	memcpy(out, in, strlen(in) + 1);
}

static int
setup(void **state)
{
	*state = register_of(as_it_is);
	return 0;
}

static int
teardown(void **state)
{
	match_index_free(*state);
	return 0;
}

/* Some of a person's words, at least one, and now and then one that is not his. */
static void
ask_for(uint64_t *seed, const struct person *p, char out[static TEXT])
{
	uint32_t bits = 0;
	char text[TEXT];
	while ((bits & ((1u << p->n) - 1)) == 0)
		bits = (uint32_t)(roll(seed) | roll(seed));
	join(p->word, p->n, bits, text);
	bool other = roll(seed) % 3 == 0;
	const char *more = words[roll(seed) % 3][roll(seed) % 32];
	if (roll(seed) % 2 == 0)
		(void)snprintf(out, TEXT, "%s%s%s", text, other ? " " : "", other ? more : "");
	else
		(void)snprintf(out, TEXT, "%s%s%s", other ? more : "", other ? " " : "", text);
}

#endif
