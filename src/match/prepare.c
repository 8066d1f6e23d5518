/* SPDX-License-Identifier: Apache-2.0
 *
 * A record as it comes, read into tokens and values: the slow half of adding, done outside any lock.
 */
#include "match/recent.h"

#include <stdlib.h>

#define NAME_TOKENS_MAX (2 * TEXT_TOKENS_MAX)

static void
add_token(struct fresh *f, struct fresh_name *n, const struct text_token *t, size_t first, size_t last)
{
	if (n->tokens == NAME_TOKENS_MAX || last - first > TOKEN_MORE_MAX)
		return;
	if (f->toks == f->toks_cap) {
		f->toks_cap = f->toks_cap == 0 ? 32 : f->toks_cap * 2;
		f->tok = ent_realloc(f->tok, f->toks_cap * sizeof *f->tok);
	}
	struct fresh_token *out = &f->tok[f->toks++];
	*out = (struct fresh_token){ .phones_n = t->phones_n, .role = t->role, .place = t->place, .same = t->same, .first = (uint8_t)first,
		.more = (uint8_t)(last - first), .vowelled = t->vowelled,
		.sound = match_sound_print(t->sound) };
	memcpy(out->phones, t->phones, sizeof out->phones);
	n->tokens++;
}

/* What organisations are also called: the letters I A C as IAC, the words' first letters as one word. */
static void
read_short(struct fresh *f, struct fresh_name *n, const struct text_name *parsed)
{
	struct text_token t;
	for (size_t i = 0; i < parsed->n; i++) {
		size_t last = match_letters_from(parsed, i);
		if (last == i)
			continue;
		text_join(parsed, i, last, &t);
		add_token(f, n, &t, i, last);
		i = last;
	}
	for (int forms = 0; forms < 2; forms++)
		if (text_acronym(parsed, forms != 0, &t))
			add_token(f, n, &t, 0, parsed->n - 1);
}

static void
read_name(struct fresh *f, const char *text, bool weak)
{
	struct text_name parsed;
	if (text_parse(str_of(text), &parsed, NULL) != ENT_OK || parsed.n == 0) {
		f->left_out++;
		return;
	}
	struct fresh_name *n = &f->name[f->names++];
	*n = (struct fresh_name){ .text = text, .text_n = strlen(text), .at = f->toks,
		.parts = (uint8_t)parsed.n, .weak = weak };
	f->text_bytes += n->text_n;
	for (size_t i = 0; i < parsed.n; i++)
		add_token(f, n, &parsed.tok[i], i, i);
	for (size_t i = 0; i < parsed.n; i++) {
		struct text_token bare;
		if (text_without_abd(&parsed.tok[i], &bare))
			add_token(f, n, &bare, i, i);
	}
	for (size_t i = 0; i + 1 < parsed.n; i++) {
		struct text_token joined;
		size_t last = match_joined_to(&parsed, i);
		if (last == i)
			continue;
		text_join(&parsed, i, last, &joined);
		add_token(f, n, &joined, i, last);
	}
	if (f->e->type == RTYPE_ORG)
		read_short(f, n, &parsed);
	explicit_bzero(&parsed, sizeof parsed);
}

static void
put(struct fresh *f, const void *p, size_t n)
{
	if (f->data_n + n > f->data_cap) {
		f->data_cap = f->data_cap * 2 + n + 64;
		f->data = ent_realloc(f->data, f->data_cap);
	}
	memcpy(f->data + f->data_n, p, n);
	f->data_n += n;
}

static void
put_count(struct fresh *f, size_t v)
{
	for (; v >= 0x80; v >>= 7)
		put(f, &(uint8_t){ (uint8_t)(v | 0x80) }, 1);
	put(f, &(uint8_t){ (uint8_t)v }, 1);
}

static void
put_document(struct fresh *f, const struct fresh_text *t)
{
	uint8_t packed[PACKED_MAX(MATCH_NUMBER_MAX)];
	size_t n = part_document_pack(t->p, t->n, packed);
	put(f, packed, n);
	explicit_bzero(packed, sizeof packed);
}

static void
read_documents(struct fresh *f)
{
	char value[MATCH_NUMBER_MAX];
	const struct match_entry *e = f->e;
	f->document = ent_alloc_array(e->documents_n + 1, sizeof *f->document);
	for (size_t i = 0; i < e->documents_n; i++) {
		struct match_document_of of = { .kind = DOCKIND_NONE };
		if (e->documents_of != NULL)
			of = e->documents_of[i];
		if (match_document_write(e->documents[i], of.kind, of.country, value, NULL) == ENT_OK &&
		    value[0] != '\0')
			f->document[f->documents++] =
			    (struct fresh_text){ ent_strdup(value), strlen(value) };
	}
	put_count(f, f->documents);
	for (size_t i = 0; i < f->documents; i++)
		put_document(f, &f->document[i]);
}

struct texts {
	struct fresh *f; /* NULL: only count */
	size_t n;
};

static void
put_about(void *ctx, const char *text, size_t n)
{
	struct texts *t = ctx;
	t->n++;
	if (t->f == NULL)
		return;
	put_count(t->f, n);
	put(t->f, text, n);
}

static void
read_about(struct fresh *f)
{
	struct texts count = { .n = 0 }, all = { .f = f };
	match_about_write(f->e, put_about, &count);
	put_count(f, count.n);
	match_about_write(f->e, put_about, &all);
}

void
fresh_read(const struct match_entry *e, struct fresh *out)
{
	*out = (struct fresh){ .e = e };
	out->name = ent_alloc_array(e->names_n + e->weak_n + 1, sizeof *out->name);
	for (size_t i = 0; i < e->names_n + e->weak_n; i++)
		read_name(out, i < e->names_n ? e->names[i] : e->weak[i - e->names_n], i >= e->names_n);
	put_count(out, e->births_n);
	for (size_t i = 0; i < e->births_n; i++) {
		uint32_t d = part_date_pack(&e->births[i]);
		put(out, &d, sizeof d);
	}
	read_documents(out);
	read_about(out);
}

void
fresh_done(struct fresh *f)
{
	if (f->tok != NULL)
		explicit_bzero(f->tok, f->toks * sizeof *f->tok);
	if (f->data != NULL)
		explicit_bzero(f->data, f->data_n);
	for (size_t i = 0; i < f->documents; i++) {
		explicit_bzero(f->document[i].p, f->document[i].n);
		free(f->document[i].p);
	}
	free(f->document);
	free(f->name);
	free(f->tok);
	free(f->data);
}
