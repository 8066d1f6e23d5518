/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of documents held against each other: equal whatever the blanks, the case and O for 0; of the same
 * country and kind, where both are known; and near, where one of them fails its own check digit and one
 * edit makes it the other.  A near number is evidence beside a name, as a birth date is.
 *
 * In the index a number is its letters and digits, then a bar, a figure for its kind and two letters of its
 * country, as far as they are known: "AB123456|1MA".
 */
#include "match/index.h"

#include <string.h>

#define EQUAL_WORTH 9000
#define NEAR_WORTH 4500 /* half of an equal one: a slip must be supposed, and the check digit bears it out */
#define BODY_MAX 9u	/* letters of a document's number in a machine-readable zone */
#define MRZ_LINE 44u

/* ---- check digits --------------------------------------------------------------------------------------- */

static bool
all_digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

static uint64_t
value_of(const char *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (uint64_t)(p[i] - '0');
	return v;
}

/* ICAO Doc 9303, part 3, 4.9: weights 7, 3, 1; A is 10, Z 35, the filler 0. */
static char
icao_digit(const char *p, size_t n)
{
	static const unsigned weight[] = { 7, 3, 1 };
	unsigned sum = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned v = p[i] >= '0' && p[i] <= '9' ? (unsigned)(p[i] - '0') :
		    p[i] >= 'A' && p[i] <= 'Z'		? (unsigned)(p[i] - 'A') + 10 :
							  0;
		sum += v * weight[i % 3];
	}
	return (char)('0' + sum % 10);
}

/* Belgium, royal decree of 3 April 1984 on the national register number, art. 3: the last two are 97 less the rest
 * of the nine first, after a 2 of those born from 2000 on, by 97.  A bis number's month is 20 or 40 more. */
static bool
belgian(const char *p, size_t n)
{
	if (n != 11 || !all_digits(p, n))
		return false;
	uint64_t nine = value_of(p, 9), check = value_of(p + 9, 2), month = value_of(p + 2, 2) % 20;
	return month <= 12 && value_of(p + 2, 2) < 60 && value_of(p + 4, 2) <= 31 &&
	    (97 - nine % 97 == check || 97 - (2000000000u + nine) % 97 == check);
}

/* France, INSEE: the NIR's key is 97 less the thirteen first by 97; Corsica's 2A counts as 19, 2B as 18 (decree
 * 82-103 of 22 January 1982). */
static bool
french(const char *p, size_t n)
{
	char copy[16];
	if (n != 15)
		return false;
	memcpy(copy, p, 15);
	if (copy[5] == '2' && (copy[6] == 'A' || copy[6] == 'B')) {
		copy[5] = '1';
		copy[6] = copy[6] == 'A' ? '9' : '8';
	}
	return all_digits(copy, 15) && copy[0] >= '1' && copy[0] <= '8' &&
	    97 - value_of(copy, 13) % 97 == value_of(copy + 13, 2);
}

/* The Netherlands, BSN: the eleven-test, weights 9 to 2 and -1 (Logisch Ontwerp BSN, RvIG). */
static bool
dutch(const char *p, size_t n)
{
	int sum = 0;
	if (n != 9 || !all_digits(p, n))
		return false;
	for (int i = 0; i < 9; i++)
		sum += (p[i] - '0') * (i == 8 ? -1 : 9 - i);
	return sum % 11 == 0 && value_of(p, n) > 0;
}

/* Morocco's national card (law 04-20): one or two letters and digits, without a check digit; zeros after the
 * letters are written or left out. */
static bool
moroccan(const char *p, size_t n, size_t *letters)
{
	*letters = 0;
	while (*letters < n && *letters < 3 && p[*letters] >= 'A' && p[*letters] <= 'Z')
		(*letters)++;
	return *letters >= 1 && *letters <= 2 && n - *letters >= 3 && n - *letters <= 8 &&
	    all_digits(p + *letters, n - *letters);
}

/* A number whose last is the check digit of the rest, as a machine-readable zone has it: of nine letters, for
 * a shorter one has fillers there, and of any two numbers one in ten would do. */
static bool
machine_read(const char *p, size_t n)
{
	return n == BODY_MAX + 1 && icao_digit(p, n - 1) == p[n - 1];
}

struct scheme {
	bool (*holds)(const char *p, size_t n);
	char country[3];
	bool stated; /* its country must be stated: the form alone says little */
	const char *text;
};

static const struct scheme schemes[] = {
	{ belgian, "BE", false, "Belgian national register number, modulo 97" },
	{ french, "FR", false, "French NIR, modulo 97" },
	{ dutch, "NL", true, "Dutch BSN, eleven-test" },
};

/* ---- numbers of the index ------------------------------------------------------------------------------- */

static bool
is_code(const char *s)
{
	return s != NULL && strlen(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z';
}

/* The second line of a passport's machine-readable zone: its number, and the check digit if that is wrong. */
static bool
of_zone(const char *text, char out[static BODY_MAX + 2])
{
	char line[MRZ_LINE + 1];
	size_t n = 0, body = 0;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == ' ')
			continue;
		bool fits = (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '<';
		if (!fits || n == MRZ_LINE)
			return false;
		line[n++] = *p;
	}
	if (n != MRZ_LINE || line[BODY_MAX] < '0' || line[BODY_MAX] > '9')
		return false;
	while (body < BODY_MAX && line[body] != '<')
		body++;
	memcpy(out, line, body);
	out[body] = '\0';
	if (body == BODY_MAX && icao_digit(line, BODY_MAX) != line[BODY_MAX]) {
		out[body] = line[BODY_MAX];
		out[body + 1] = '\0';
	}
	return body > 0;
}

enum ent_err
match_document_write(const char *number, enum document_kind kind, const char *country,
    char out[static MATCH_NUMBER_MAX], struct ent_why *why)
{
	char zone[BODY_MAX + 2];
	bool read = of_zone(number, zone);
	enum ent_err err = text_key_document(str_of(read ? zone : number), out, why);
	size_t n = err == ENT_OK ? strlen(out) : 0;
	kind = read && kind == DOCKIND_NONE ? DOCKIND_PASSPORT : kind;
	if (n == 0 || (kind == DOCKIND_NONE && !is_code(country)))
		return err;
	(void)snprintf(out + n, MATCH_NUMBER_MAX - n, "|%u%s", (unsigned)kind % 10,
	    is_code(country) ? country : "");
	return ENT_OK;
}

struct match_number
match_document_read(const char *p, size_t n)
{
	const char *bar = memchr(p, '|', n);
	struct match_number out = { .p = p, .n = bar == NULL ? n : (size_t)(bar - p) };
	size_t rest = n - out.n;
	if (rest >= 2 && bar[1] >= '0' && bar[1] <= '9')
		out.kind = (unsigned)(bar[1] - '0');
	if (rest == 4)
		memcpy(out.country, bar + 2, 2);
	return out;
}

/* A digit that is also written as a letter. */
static char
plain(char c)
{
	return c == 'O' ? '0' : c == 'I' ? '1' : c;
}

uint32_t
match_fact_document(const char *value, size_t n)
{
	struct match_number d = match_document_read(value, n);
	char text[TEXT_KEY_MAX];
	size_t letters, at = 0;
	bool card = moroccan(d.p, d.n, &letters);
	for (size_t i = 0; i < d.n && at < sizeof text; i++)
		if (!card || i < letters || at > letters || d.p[i] != '0') /* zeros after a card's letters */
			text[at++] = plain(d.p[i]);
	return (uint32_t)match_hash(text, at);
}

/* ---- comparing ------------------------------------------------------------------------------------------ */

static bool
same_text(const char *a, size_t n, const char *b, size_t m)
{
	for (size_t i = 0; i < n && n == m; i++)
		if (plain(a[i]) != plain(b[i]))
			return false;
	return n == m;
}

/* One letter more, less or another, or two beside each other exchanged. */
static bool
one_edit(const char *a, size_t n, const char *b, size_t m)
{
	size_t head = 0, tail = 0, least = n < m ? n : m, most = n < m ? m : n;
	if (most - least > 1 || least < 5)
		return false;
	while (head < least && plain(a[head]) == plain(b[head]))
		head++;
	while (tail < least - head && plain(a[n - 1 - tail]) == plain(b[m - 1 - tail]))
		tail++;
	size_t left_a = n - head - tail, left_b = m - head - tail;
	if (left_a <= 1 && left_b <= 1)
		return left_a + left_b > 0;
	return left_a == 2 && left_b == 2 && plain(a[head]) == plain(b[head + 1]) &&
	    plain(a[head + 1]) == plain(b[head]);
}

static bool
is_personal(unsigned kind)
{
	return kind == DOCKIND_NATIONAL || kind == DOCKIND_TAX;
}

/* Of two countries or kinds, where both are known. */
static bool
contradict(const struct match_number *a, const struct match_number *b)
{
	if (a->country[0] != '\0' && b->country[0] != '\0' && strcmp(a->country, b->country) != 0)
		return true;
	bool told = a->kind != DOCKIND_NONE && b->kind != DOCKIND_NONE && a->kind != DOCKIND_OTHER &&
	    b->kind != DOCKIND_OTHER;
	return told && a->kind != b->kind && !(is_personal(a->kind) && is_personal(b->kind));
}

/* The same card, with the zeros after its letters or without. */
static bool
same_card(const struct match_number *a, const struct match_number *b)
{
	size_t la, lb;
	if (!moroccan(a->p, a->n, &la) || !moroccan(b->p, b->n, &lb) || la != lb || memcmp(a->p, b->p, la) != 0)
		return false;
	bool told = strcmp(a->country, "MA") == 0 || strcmp(b->country, "MA") == 0;
	return told && value_of(a->p + la, a->n - la) == value_of(b->p + lb, b->n - lb);
}

/* One of them with its check digit after it, the other without; its body is the other, or near it. */
static enum match_document_line
with_digit(const struct match_number *longer, const struct match_number *other)
{
	if (longer->n != BODY_MAX + 1 || other->n != BODY_MAX)
		return MATCH_DOCUMENT_DIFFERENT;
	char digit = icao_digit(other->p, other->n), last = plain(longer->p[longer->n - 1]);
	bool fails = icao_digit(longer->p, longer->n - 1) != last;
	if (digit != last)
		return MATCH_DOCUMENT_DIFFERENT;
	if (same_text(longer->p, longer->n - 1, other->p, other->n))
		return MATCH_DOCUMENT_EQUAL;
	return fails && one_edit(longer->p, longer->n - 1, other->p, other->n) ?
	    MATCH_DOCUMENT_NEAR : MATCH_DOCUMENT_DIFFERENT;
}

/* Does one of them fail the check digit that the other one has? */
static const char *
failed_check(const struct match_number *a, const struct match_number *b)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		const struct scheme *s = &schemes[i];
		bool stated = strcmp(a->country, s->country) == 0 || strcmp(b->country, s->country) == 0;
		bool other = (a->country[0] != '\0' || b->country[0] != '\0') && !stated;
		bool passport = a->kind == DOCKIND_PASSPORT || b->kind == DOCKIND_PASSPORT;
		if (!other && !passport && (stated || !s->stated) && s->holds(a->p, a->n) != s->holds(b->p, b->n))
			return s->text;
	}
	return NULL;
}

enum match_document_line
match_document_compare(const struct match_number *q, const struct match_number *r, const char **check)
{
	*check = NULL;
	bool other = contradict(q, r);
	if (same_text(q->p, q->n, r->p, r->n) || same_card(q, r))
		return other ? MATCH_DOCUMENT_OTHER : MATCH_DOCUMENT_EQUAL;
	if (other)
		return MATCH_DOCUMENT_DIFFERENT;
	enum match_document_line line = with_digit(q, r);
	if (line == MATCH_DOCUMENT_DIFFERENT)
		line = with_digit(r, q);
	if (line != MATCH_DOCUMENT_DIFFERENT) {
		*check = "passport number, ICAO 9303";
		return line;
	}
	*check = one_edit(q->p, q->n, r->p, r->n) ? failed_check(q, r) : NULL;
	return *check != NULL ? MATCH_DOCUMENT_NEAR : MATCH_DOCUMENT_DIFFERENT;
}

static int
rank(enum match_document_line line)
{
	return line == MATCH_DOCUMENT_EQUAL ? 3 : line == MATCH_DOCUMENT_NEAR ? 2 :
	    line == MATCH_DOCUMENT_OTHER				      ? 1 :
										0;
}

enum match_document_line
match_document_best(const char *query, const struct part_facts *f, const char **check)
{
	enum match_document_line best = MATCH_DOCUMENT_DIFFERENT;
	struct match_number q = match_document_read(query, strlen(query));
	char text[MATCH_NUMBER_MAX];
	const uint8_t *at = f->documents;
	*check = NULL;
	for (uint32_t i = 0; i < f->documents_n; i++) {
		const char *why;
		size_t n = part_document(&at, text);
		struct match_number r = match_document_read(text, n);
		enum match_document_line line = match_document_compare(&q, &r, &why);
		if (rank(line) > rank(best)) {
			best = line;
			*check = why;
		}
	}
	return f->documents_n == 0 ? MATCH_DOCUMENT_UNKNOWN : best;
}

size_t
match_document_keys(const char *query, uint32_t out[static MATCH_NUMBER_KEYS])
{
	struct match_number q = match_document_read(query, strlen(query));
	char text[BODY_MAX + 2];
	size_t n = 0;
	out[n++] = match_fact_document(query, q.n);
	if (machine_read(q.p, q.n))
		out[n++] = match_fact_document(q.p, q.n - 1);
	if (q.n == BODY_MAX) {
		memcpy(text, q.p, q.n);
		text[q.n] = icao_digit(q.p, q.n);
		out[n++] = match_fact_document(text, q.n + 1);
	}
	return n;
}

int32_t
match_document_worth(enum match_document_line line)
{
	return line == MATCH_DOCUMENT_EQUAL ? EQUAL_WORTH : line == MATCH_DOCUMENT_NEAR ? NEAR_WORTH : 0;
}
