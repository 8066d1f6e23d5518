/* SPDX-License-Identifier: Apache-2.0
 *
 * Frozen invented persons, to find out how often a register's bands alarm for somebody who is not in it.
 * Four of five are of the generator; the fifth is made of the Slavic names below, which are the project's
 * own selection from general knowledge, CC0 1.0, each in Latin and Cyrillic letters.
 */
#include "lists/lists.h"

#include <string.h>

struct two {
	const char *latin, *cyrillic;
};

static const struct two slavic_given[] = { { "Ivan", "Иван" }, { "Sergei", "Сергей" }, { "Vladimir", "Владимир" },
	{ "Andrei", "Андрей" }, { "Dmitri", "Дмитрий" }, { "Nikolai", "Николай" }, { "Mikhail", "Михаил" },
	{ "Alexander", "Александр" }, { "Oleg", "Олег" }, { "Igor", "Игорь" }, { "Viktor", "Виктор" },
	{ "Pavel", "Павел" }, { "Yuri", "Юрий" }, { "Boris", "Борис" }, { "Anton", "Антон" }, { "Roman", "Роман" },
	{ "Maxim", "Максим" }, { "Stanislav", "Станислав" }, { "Olga", "Ольга" }, { "Natalia", "Наталья" },
	{ "Elena", "Елена" }, { "Irina", "Ирина" }, { "Svetlana", "Светлана" }, { "Tatiana", "Татьяна" },
	{ "Ludmila", "Людмила" }, { "Oksana", "Оксана" }, { "Darya", "Дарья" }, { "Marina", "Марина" },
	{ "Kateryna", "Катерина" }, { "Bogdan", "Богдан" } };
static const struct two slavic_family[] = { { "Ivanov", "Иванов" }, { "Petrov", "Петров" }, { "Sidorov", "Сидоров" },
	{ "Smirnov", "Смирнов" }, { "Kuznetsov", "Кузнецов" }, { "Popov", "Попов" }, { "Sokolov", "Соколов" },
	{ "Lebedev", "Лебедев" }, { "Kozlov", "Козлов" }, { "Novikov", "Новиков" }, { "Morozov", "Морозов" },
	{ "Volkov", "Волков" }, { "Zaitsev", "Зайцев" }, { "Pavlov", "Павлов" }, { "Semyonov", "Семёнов" },
	{ "Golubev", "Голубев" }, { "Vinogradov", "Виноградов" }, { "Bogdanov", "Богданов" }, { "Vorobyov", "Воробьёв" },
	{ "Fedorov", "Фёдоров" }, { "Shevchenko", "Шевченко" }, { "Kovalenko", "Коваленко" }, { "Bondarenko", "Бондаренко" },
	{ "Tkachenko", "Ткаченко" }, { "Kravchuk", "Кравчук" }, { "Melnychuk", "Мельничук" }, { "Kowalski", "Ковальский" },
	{ "Zielinski", "Зелинский" }, { "Wozniak", "Возняк" }, { "Kaczmarek", "Качмарек" }, { "Dragomirov", "Драгомиров" },
	{ "Stoyanov", "Стоянов" }, { "Georgiev", "Георгиев" }, { "Nikolov", "Николов" }, { "Jovanovic", "Йованович" },
	{ "Petrovic", "Петрович" }, { "Nikolic", "Николич" }, { "Markovic", "Маркович" }, { "Rybakov", "Рыбаков" },
	{ "Zhukov", "Жуков" } };
#define COUNT(list) (sizeof list / sizeof list[0])

/* splitmix64 (Steele, Lea, Flood 2014): every number has its own draw. */
static uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void
slavic(uint64_t stream, uint64_t number, uint64_t variant, struct list_frozen *out)
{
	uint64_t state = stream * 0x9e3779b9u + number;
	const struct two *g = &slavic_given[draw(&state) % COUNT(slavic_given)];
	const struct two *f = &slavic_family[draw(&state) % COUNT(slavic_family)];
	unsigned year = 1940 + (unsigned)(draw(&state) % 66), month = 1 + (unsigned)(draw(&state) % 12);
	unsigned day = 1 + (unsigned)(draw(&state) % 28);
	bool cyrillic = (draw(&state) + variant) % 2 == 1; /* another writer, the other script */
	(void)snprintf(out->name, sizeof out->name, "%s %s", cyrillic ? g->cyrillic : g->latin,
	    cyrillic ? f->cyrillic : f->latin);
	(void)snprintf(out->birth, sizeof out->birth, "%04u-%02u-%02u", year, month, day);
}

static void
copy(char *out, size_t room, const char *in)
{
	if (in != NULL && strlen(in) < room)
		memcpy(out, in, strlen(in) + 1);
}

void
list_frozen(uint64_t stream, uint64_t number, uint64_t variant, struct list_frozen *out)
{
	struct generate_options o = { .seed = stream, .variant = variant, .errors = variant == 0 ? 0 : 10,
		.script = GENERATE_ANY, .simple = true };
	struct js *line = NULL;
	struct buf text;
	*out = (struct list_frozen){ .name = "" };
	if (number % 5 == 4) {
		slavic(stream, number, variant, out);
		return;
	}
	buf_init(&text, GENERATE_LINE_MAX);
	generate_line(&o, number, &text);
	if (js_parse(buf_bytes(&text), GENERATE_LINE_MAX, &line, NULL) == ENT_OK) {
		copy(out->name, sizeof out->name, js_str(js_at(js_get(line, "names"), 0)));
		copy(out->birth, sizeof out->birth, js_str(js_at(js_get(line, "dob"), 0)));
		copy(out->nation, sizeof out->nation, js_str(js_at(js_get(line, "nat"), 0)));
	}
	js_free(line);
	buf_done(&text);
}
