/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors, and the line of JSON.  The line is written straight away rather than through a JSON value: a
 * generator of a hundred thousand records a second has no time for trees.  A unit test holds every line
 * against record_read and record_write.
 */
#include "lists/generate.h"

#include <string.h>

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* The n-th place with two ASCII letters in a row, of which the second is lower case; 0 if there is
 * none: a name's first letter is left alone. */
static size_t
letter_place(struct dice *d, const char *text)
{
	size_t len = strlen(text);
	for (unsigned tries = 0; len > 2 && tries < 16; tries++) {
		size_t i = 1 + dice_below(d, (unsigned)(len - 1));
		if (is_lower(text[i]) && (is_lower(text[i - 1]) || (text[i - 1] >= 'A' && text[i - 1] <= 'Z')))
			return i;
	}
	return 0;
}

static void
error_latin(struct dice *d, char *text)
{
	static const char vowels[] = "aeiou";
	size_t i = letter_place(d, text), len = strlen(text);
	if (i == 0)
		return;
	switch (dice_below(d, 4)) {
	case 0: /* two letters change places */
		if (is_lower(text[i - 1])) {
			char c = text[i];
			text[i] = text[i - 1];
			text[i - 1] = c;
			return;
		}
		__attribute__((fallthrough));
	case 1: /* one is missing */
		memmove(text + i, text + i + 1, len - i);
		return;
	case 2: /* one is doubled */
		if (len + 1 < PERSON_TEXT_MAX) {
			memmove(text + i + 1, text + i, len - i + 1);
			return;
		}
		__attribute__((fallthrough));
	default: /* another vowel */
		if (strchr(vowels, text[i]) != NULL)
			text[i] = vowels[dice_below(d, 5)];
		else
			text[i] = (char)('a' + dice_below(d, 26));
		return;
	}
}

/* The commonest slips in Arabic script: hamza left out, ta marbuta and ha, alif maqsura and ya.  Each
 * letter is two bytes in UTF-8. */
static void
error_arabic(char *text)
{
	static const char *const slips[][2] = { { "أ", "ا" }, { "إ", "ا" }, { "ة", "ه" }, { "ى", "ي" },
		{ "ي", "ى" } };
	for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
		char *at = strstr(text, slips[i][0]);
		if (at != NULL) {
			memcpy(at, slips[i][1], 2);
			return;
		}
	}
}

void
error_in_name(struct dice *d, char *text, bool arabic)
{
	if (arabic)
		error_arabic(text);
	else
		error_latin(d, text);
}

void
error_in_number(struct dice *d, char *text)
{
	size_t len = strlen(text), i = dice_below(d, (unsigned)len);
	if (i > 0 && text[i] != text[i - 1] && dice_chance(d, 50)) {
		char c = text[i];
		text[i] = text[i - 1];
		text[i - 1] = c;
	} else if (text[i] >= '0' && text[i] <= '9') {
		text[i] = (char)('0' + dice_below(d, 10));
	}
}

/* ---- JSON ----------------------------------------------------------------------------------------- */

/* Texts here come from our own tables and hold neither quote, backslash nor control character: the
 * table's maker refuses them. */
static void
field(struct buf *out, const char *before, const char *value)
{
	buf_puts(out, before);
	buf_puts(out, value);
	buf_putc(out, '"');
}

static void
write_label(const struct generate_options *o, const struct person *p, struct buf *out)
{
	char information[2] = { (char)('0' + p->information), '\0' };
	field(out, ",\"label\":{\"originator\":\"", o->originator);
	buf_puts(out, ",\"legal_basis\":\"exercise\",\"handling\":[\"H1\"],\"tlp\":\"AMBER\"");
	field(out, ",\"source\":\"", source_name(p->source));
	buf_puts(out, ",\"information\":");
	buf_puts(out, information);
	field(out, ",\"subject\":\"", subject_name(p->subject));
	buf_puts(out, ",\"review_at\":\"2028-01-01T00:00:00.000000Z\","
	    "\"expires_at\":\"2031-01-01T00:00:00.000000Z\"}");
}

#define FACT "\"basis\":\"fact\""

static void
write_names(const struct person *p, struct buf *out)
{
	for (size_t i = 0; i < p->names_count; i++) {
		field(out, i == 0 ? "{\"kind\":\"name\"," FACT ",\"value\":\"" :
		    ",{\"kind\":\"name\"," FACT ",\"value\":\"", p->names[i].text);
		field(out, ",\"script\":\"", p->names[i].script);
		field(out, ",\"name_kind\":\"", name_kind_name(p->names[i].kind));
		buf_putc(out, '}');
	}
}

static void
write_birth(const struct record_birth *b, struct buf *out)
{
	char text[ENT_DATE_TEXT];
	record_date_format(b->from, text);
	field(out, ",{\"kind\":\"birth\"," FACT ",\"from\":\"", text);
	record_date_format(b->to, text);
	field(out, ",\"to\":\"", text);
	field(out, ",\"precision\":\"", date_precision_name(b->precision));
	buf_puts(out, b->circa ? ",\"circa\":true}" : "}");
}

static void
write_documents(const struct person *p, struct buf *out)
{
	for (size_t i = 0; i < p->documents_count; i++) {
		const struct person_document *doc = &p->documents[i];
		field(out, ",{\"kind\":\"document\"," FACT ",\"number\":\"", doc->number);
		field(out, ",\"document_kind\":\"", document_kind_name(doc->kind));
		field(out, ",\"country\":\"", doc->country);
		buf_putc(out, '}');
	}
}

void
person_write(const struct generate_options *o, const struct person *p, struct buf *out)
{
	char id[ENT_ID_TEXT], sex[2] = { p->sex, '\0' };
	id_format(&p->id, id);
	field(out, "{\"id\":\"", id);
	buf_puts(out, ",\"type\":\"person\",\"version\":1");
	if (o->originator != NULL)
		write_label(o, p, out);
	buf_puts(out, ",\"statements\":[");
	write_names(p, out);
	if (p->birth_known)
		write_birth(&p->birth, out);
	write_documents(p, out);
	field(out, p->nationality_assessed ?
	    ",{\"kind\":\"nationality\",\"basis\":\"assessment\",\"country\":\"" :
	    ",{\"kind\":\"nationality\"," FACT ",\"country\":\"", p->nationality);
	buf_putc(out, '}');
	if (p->sex_known) {
		field(out, ",{\"kind\":\"sex\"," FACT ",\"sex\":\"", sex);
		buf_putc(out, '}');
	}
	if (p->place_known) {
		field(out, ",{\"kind\":\"place\"," FACT ",\"place_kind\":\"birth\",\"city\":\"", p->place);
		field(out, ",\"country\":\"", p->place_country);
		buf_putc(out, '}');
	}
	buf_puts(out, "]}\n");
}

static void
write_list(const struct person *p, bool weak, struct buf *out)
{
	bool any = false;
	for (size_t i = 0; i < p->names_count; i++) {
		if ((p->names[i].kind == NAMEKIND_WEAK) != weak)
			continue;
		field(out, any ? ",\"" : "\"", p->names[i].text);
		any = true;
	}
}

void
person_write_simple(const struct person *p, struct buf *out)
{
	char id[ENT_ID_TEXT], birth[RECORD_BIRTH_TEXT] = "";
	id_format(&p->id, id);
	field(out, "{\"id\":\"", id);
	buf_puts(out, ",\"type\":\"person\",\"names\":[");
	write_list(p, false, out);
	buf_puts(out, "],\"weak\":[");
	write_list(p, true, out);
	buf_puts(out, "],\"dob\":[");
	if (p->birth_known && p->birth.precision != PRECISION_RANGE) {
		record_birth_format(&p->birth, birth);
		field(out, "\"", birth + (birth[0] == '~'));
	}
	buf_puts(out, "],\"docs\":[");
	for (size_t i = 0; i < p->documents_count; i++)
		field(out, i == 0 ? "\"" : ",\"", p->documents[i].number);
	field(out, "],\"nat\":[\"", p->nationality);
	buf_puts(out, "],\"pob\":[");
	if (p->place_known)
		field(out, "\"", p->place);
	buf_puts(out, "]}\n");
}
