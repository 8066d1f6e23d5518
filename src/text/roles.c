/* SPDX-License-Identifier: Apache-2.0 */
#include "text/private.h"

#include <string.h>

/* ---- what is being built ------------------------------------------------------------------------ */

struct parse {
	struct text_raw raw[TEXT_RAW_MAX];
	size_t raws, now; /* now: the word whose token is being made */
	struct text_name *out;
	struct ent_why *why;
	enum ent_err err; /* sticky */
};

/* The folded text of a raw word, behind what is there; joined to the token's earlier words. */
static void
put_text(struct parse *p, struct text_token *t, const struct text_raw *r)
{
	struct text_name *out = p->out;
	for (size_t i = 0; i < r->n; i++) {
		char utf8[4];
		if ((text_kind(r->cp[i]) & (TEXT_KIND_MARK | TEXT_KIND_JOINER)) != 0)
			continue;
		size_t len = text_put_utf8(text_base(r->cp[i]), utf8);
		if (out->used + len + 2 > TEXT_FOLD_MAX) {
			p->err = ent_fail(ENT_ETOOBIG, p->why, "the folded name is over %u bytes",
			    TEXT_FOLD_MAX);
			return;
		}
		memcpy(out->text + out->used, utf8, len);
		out->used += len;
		t->n = (uint16_t)(t->n + len);
	}
}

static struct text_token *
new_token(struct parse *p, enum text_script script, enum text_role role)
{
	if (p->out->n == TEXT_TOKENS_MAX)
		p->err = ent_fail(ENT_ETOOBIG, p->why, "the name has over %u words", TEXT_TOKENS_MAX);
	if (p->err != ENT_OK)
		return NULL;
	struct text_token *t = &p->out->tok[p->out->n++];
	*t = (struct text_token){ .p = p->out->text + p->out->used, .script = (uint8_t)script,
		.role = (uint8_t)role, .place = p->raw[p->now].place, .vowelled = script != TEXT_ARABIC };
	return t;
}

static void
phones_of(enum text_script script, const char *spell, char out[static TEXT_PHONES_MAX + 1])
{
	if (script == TEXT_ARABIC) {
		text_phones_arabic(spell, out);
	} else if (script == TEXT_OTHER) {
		out[0] = '#';
		size_t n = strlen(spell);
		if (n > TEXT_PHONES_MAX - 1)
			n = TEXT_PHONES_MAX - 1;
		memcpy(out + 1, spell, n);
		out[n + 1] = '\0';
	} else {
		text_phones_latin(spell, out);
	}
}

static void
add_spell(struct text_token *t, const char *spell)
{
	char phones[TEXT_PHONES_MAX + 1];
	phones_of((enum text_script)t->script, spell, phones);
	text_add_phones(t, phones);
}

#define ROLE_LABEL ((uint32_t)1 << 31) /* beside the bits of enum text_role */

static bool
is_word(const struct text_raw *r, enum text_role role)
{
	return (r->roles >> role & 1) != 0;
}

/* ---- roles ---------------------------------------------------------------------------------------- */

static bool
is_article(const struct parse *p, size_t at)
{
	const struct text_raw *r = &p->raw[at];
	if (at + 1 >= p->raws)
		return false;
	if (is_word(r, TEXT_ARTICLE))
		return true;
	/* assimilated forms stand as INITIAL rows of words.def: only before their own letter */
	const char *next = p->raw[at + 1].spell;
	return is_word(r, TEXT_INITIAL) &&
	    next[0] == r->spell[1] && strlen(next) > 2;
}

/* Words that make a legal form only beside each other. */
static bool
is_legal_phrase(const char *first, const char *second)
{
	static const char *const phrases[][2] = { { "joint", "stock" }, { "limited", "liability" },
		{ "public", "joint" }, { "open", "joint" }, { "closed", "joint" }, { "private", "joint" },
		{ "public", "limited" }, { "private", "limited" }, { "liability", "company" },
		{ "stock", "company" } };
	if (strchr("jlpocs", first[0]) == NULL || strchr("sljc", second[0]) == NULL)
		return false; /* as nearly all are not */
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
		if (strcmp(first, phrases[i][0]) == 0 && strcmp(second, phrases[i][1]) == 0)
			return true;
	return false;
}

static bool
is_letter(const struct text_raw *r)
{
	return text_is_latin(r) && r->spell[0] != '\0' && r->spell[1] == '\0';
}

/* S.A., C.V., e.V.: single letters at a name's end, or before "de", that make a legal form together; behind
 * other letters (C.A.D. S.A.) the longest end that is one. */
static bool
is_lettered_form(const struct parse *p, size_t at)
{
	size_t from = at, to = at;
	while (from > 0 && is_letter(&p->raw[from - 1]))
		from--;
	while (to < p->raws && is_letter(&p->raw[to]))
		to++;
	if (to < p->raws && strcmp(p->raw[to].spell, "de") != 0)
		return false;
	from = from == 0 ? 1 : from;
	for (size_t start = from; start <= at && start + 2 <= to; start++) {
		char form[8];
		size_t n = 0;
		if (to - start >= sizeof form)
			continue;
		for (size_t i = start; i < to; i++)
			form[n++] = p->raw[i].spell[0];
		form[n] = '\0';
		if ((text_word_roles(TEXT_LATIN, form) >> TEXT_LEGAL & 1) != 0)
			return true;
	}
	return false;
}

static bool
is_legal(const struct parse *p, size_t at)
{
	const struct text_raw *r = &p->raw[at];
	if (is_letter(r))
		return is_lettered_form(p, at);
	/* first of a name only what is no name of a person: OOO, JSC, but not Ao or Sa */
	if ((at > 0 || strlen(r->spell) >= 3) && p->raws > 1 &&
	    is_word(r, TEXT_LEGAL))
		return true;
	return text_is_latin(r) && ((at + 1 < p->raws && is_legal_phrase(r->spell, p->raw[at + 1].spell)) ||
				  (at > 0 && is_legal_phrase(p->raw[at - 1].spell, r->spell)));
}

static enum text_role
role_of(const struct parse *p, size_t at)
{
	const struct text_raw *r = &p->raw[at];
	enum text_script s = (enum text_script)r->script;
	bool last = at + 1 >= p->raws;
	if ((r->roles & ROLE_LABEL) != 0)
		return TEXT_TITLE;
	if (s == TEXT_OTHER || s == TEXT_DIGITS)
		return TEXT_NAME;
	if (is_article(p, at))
		return TEXT_ARTICLE;
	if (!last && is_word(r, TEXT_KUNYA))
		return TEXT_KUNYA;
	if (p->raws > 1 && is_word(r, TEXT_PARTICLE))
		return TEXT_PARTICLE;
	if (is_legal(p, at))
		return TEXT_LEGAL;
	if (r->spell[0] != '\0' && r->spell[1] == '\0')
		return TEXT_INITIAL;
	if (p->raws > 1 && is_word(r, TEXT_TITLE))
		return TEXT_TITLE;
	return TEXT_NAME;
}

/* abd and what belongs to it; answers how many raw words were taken, 0 if it is not one. */
static size_t
take_abd(struct parse *p, size_t at)
{
	struct text_raw *r = &p->raw[at];
	const char *fused = text_fused_abd(r);
	if (fused != NULL && !text_is_abd(r)) {
		struct text_token *t = new_token(p, (enum text_script)r->script, TEXT_NAME);
		if (t == NULL)
			return 1;
		put_text(p, t, r);
		text_add_phones(t, "abd");
		add_spell(t, fused);
		return 1;
	}
	if (!text_is_abd(r) || at + 1 >= p->raws)
		return 0;
	size_t next = at + 1;
	if (is_article(p, next) && next + 1 < p->raws)
		next++;
	const struct text_raw *name = &p->raw[next];
	if (name->script == TEXT_DIGITS || name->script == TEXT_OTHER || strlen(name->spell) < 2)
		return 0;
	struct text_token *t = new_token(p, (enum text_script)r->script, TEXT_NAME);
	if (t == NULL)
		return 1;
	for (size_t i = at; i <= next; i++) {
		if (i > at && p->out->used < TEXT_FOLD_MAX - 8) {
			p->out->text[p->out->used++] = ' ';
			t->n++;
		}
		put_text(p, t, &p->raw[i]);
	}
	/* "Abdu Llah", "Abd Allah", "Abd Errahman": the article is fused with the name */
	const char *bare = name->script == TEXT_ARABIC ? text_without_article(name) :
	    text_is_allah(name) ? "lah" : text_without_article(name);
	text_add_phones(t, "abd");
	add_spell(t, bare);
	return next + 1 - at;
}

/* A second half that stands alone: with its article ("al din") or without.  How many words, or 0. */
static size_t
second_half(const struct parse *p, size_t at, const char **phones)
{
	if (at >= p->raws)
		return 0;
	size_t skip = is_article(p, at) && at + 1 < p->raws ? 1 : 0;
	const struct text_raw *r = &p->raw[at + skip];
	*phones = "din";
	if (text_is_din(r) && (skip > 0 || strcmp(r->spell, "dine") != 0))
		return skip + 1;
	*phones = r->script == TEXT_ARABIC ? "l" : "la";
	return skip == 0 && text_is_allah(r) ? 1 : 0;
}

/* A plain name, with its second half where it has one. */
static size_t
take_name(struct parse *p, size_t at, const char *spell)
{
	struct text_raw *r = &p->raw[at];
	struct text_token *t = new_token(p, (enum text_script)r->script, TEXT_NAME);
	if (t == NULL)
		return 1;
	put_text(p, t, r);
	const char *half = NULL;
	size_t cut = text_fused_tail(r, &half), taken = 1;
	size_t n = strlen(spell);
	if (cut > 0 && n >= cut + 2) {
		char base[TEXT_WORD_MAX + 1];
		memcpy(base, spell, n - cut);
		base[n - cut] = '\0';
		add_spell(t, base);
		text_add_phones(t, half);
		return 1;
	}
	add_spell(t, r->script == TEXT_ARABIC && text_is_allah(r) ? "AlA" : spell);
	size_t more = r->script == TEXT_DIGITS ? 0 : second_half(p, at + 1, &half);
	for (size_t i = 0; i < more && p->err == ENT_OK && p->out->used < TEXT_FOLD_MAX - 8; i++) {
		p->out->text[p->out->used++] = ' ';
		t->n++;
		put_text(p, t, &p->raw[at + 1 + i]);
	}
	if (more > 0)
		text_add_phones(t, half);
	else
		t->same = text_equivalent((enum text_script)r->script, spell);
	taken += more;
	return taken;
}

static void
take_light(struct parse *p, size_t at, enum text_role role, const char *spell)
{
	struct text_token *t = new_token(p, (enum text_script)p->raw[at].script, role);
	if (t == NULL)
		return;
	put_text(p, t, &p->raw[at]);
	add_spell(t, spell);
	t->place = TEXT_PLACE_UNKNOWN;
	if (role == TEXT_LEGAL)
		t->same = text_equivalent((enum text_script)t->script, spell);
}

/* A kunya that is fused with its name: aboubakr.  Its length, or 0. */
static size_t
fused_kunya(const struct text_raw *r)
{
	size_t n = strlen(r->spell);
	if (r->script == TEXT_ARABIC)
		return n >= 6 && (strncmp(r->spell, "Abw", 3) == 0 || strncmp(r->spell, ">bw", 3) == 0) ?
			3 : 0;
	if (!text_is_latin(r))
		return 0;
	if (n >= 8 && strncmp(r->spell, "abou", 4) == 0)
		return 4;
	return n >= 7 && strncmp(r->spell, "abu", 3) == 0 ? 3 : 0;
}

static void
split_front(struct parse *p, size_t at, enum text_role role, const char *front, const char *rest)
{
	struct text_token *t = new_token(p, (enum text_script)p->raw[at].script, role);
	if (t == NULL)
		return;
	add_spell(t, front); /* its text is that of the whole word, which follows */
	struct text_token *name = new_token(p, (enum text_script)p->raw[at].script, TEXT_NAME);
	if (name == NULL)
		return;
	put_text(p, name, &p->raw[at]);
	add_spell(name, rest);
}

static size_t
take(struct parse *p, size_t at)
{
	struct text_raw *r = &p->raw[at];
	size_t taken = take_abd(p, at);
	if (taken > 0)
		return taken;
	enum text_role role = role_of(p, at);
	if (role != TEXT_NAME) {
		take_light(p, at, role, r->spell);
		return 1;
	}
	size_t kunya = fused_kunya(r);
	if (kunya > 0) {
		split_front(p, at, TEXT_KUNYA, r->script == TEXT_ARABIC ? ">bw" : "abu",
		    r->spell + kunya);
		return 1;
	}
	const char *bare = text_without_article(r);
	if (bare != r->spell && !text_is_allah(r)) {
		struct text_token *t = new_token(p, (enum text_script)r->script, TEXT_ARTICLE);
		if (t != NULL)
			add_spell(t, r->script == TEXT_ARABIC ? "Al" : "al");
		return take_name(p, at, bare);
	}
	return take_name(p, at, r->spell);
}

/* ---- splitting ------------------------------------------------------------------------------------ */

static void
read_case(struct text_raw *r, const struct text_points *pts, size_t from, size_t to)
{
	size_t upper = 0, small = 0;
	for (size_t i = from; i < to; i++) {
		bool letter = (text_kind(pts->cp[i]) & TEXT_KIND_LETTER) != 0;
		upper += pts->upper[i];
		if (!letter || pts->upper[i])
			continue;
		enum text_script script = pts->cp[i] < 0x80 ? TEXT_LATIN : text_script_of(pts->cp[i]);
		small += script == TEXT_LATIN || script == TEXT_CYRILLIC; /* others have one form alone */
	}
	r->capitals = upper >= 2 && small == 0;
	r->small = small > 0 && upper + small >= 2;
}

static void
split(struct parse *p, const struct text_points *pts)
{
	for (size_t i = 0; i < pts->n && p->err == ENT_OK;) {
		size_t from = i;
		bool letters = false;
		for (unsigned kind; i < pts->n && (kind = text_kind(pts->cp[i])) != 0;) {
			letters |= (kind & (TEXT_KIND_LETTER | TEXT_KIND_DIGIT)) != 0;
			i++;
			/* d'Ans, l'Ouganda: a word of its own */
			if (i - from == 2 && text_is_joiner(pts->cp[i - 1]) &&
			    (pts->cp[from] == 'd' || pts->cp[from] == 'l'))
				break;
		}
		if (!letters) {
			i += i == from;
			continue;
		}
		if (p->raws == TEXT_RAW_MAX) {
			p->err = ent_fail(ENT_ETOOBIG, p->why, "the name has over %u words",
			    TEXT_TOKENS_MAX);
			return;
		}
		struct text_raw *r = &p->raw[p->raws];
		r->cp = pts->cp + from;
		r->upper = pts->upper + from;
		r->n = (uint16_t)(i - from < 512 ? i - from : 512);
		r->place = TEXT_PLACE_UNKNOWN;
		text_spell(r);
		r->roles = text_word_roles((enum text_script)r->script, r->spell);
		read_case(r, pts, from, i);
		p->raws += r->spell[0] != '\0';
	}
}

/* "FAIZULLAH KHAN na": lists in capitals have a small "na" for a part of the name that is not available. */
static void
set_missing_part(struct parse *p)
{
	size_t capitals = 0, last = p->raws - 1;
	for (size_t i = 0; i < p->raws; i++)
		capitals += p->raw[i].capitals;
	if (p->raws >= 2 && capitals == last && p->raw[last].small && strcmp(p->raw[last].spell, "na") == 0)
		p->raw[last].roles |= ROLE_LABEL;
}

static bool
is_comma(uint32_t cp)
{
	return cp == ',' || cp == 0x060c;
}

/* Family and given names where the writing tells them apart: by one comma, else by capitals. */
static void
place_words(struct parse *p, const struct text_points *pts)
{
	size_t commas = 0, capitals = 0, small = 0;
	const uint32_t *comma = NULL;
	for (size_t i = 0; i < pts->n; i++)
		if (is_comma(pts->cp[i])) {
			commas++;
			comma = &pts->cp[i];
		}
	for (size_t i = 0; i < p->raws; i++) {
		capitals += p->raw[i].capitals;
		small += p->raw[i].small && (p->raw[i].roles & ROLE_LABEL) == 0;
	}
	bool by_comma = commas == 1 && p->raws > 0 && p->raw[0].cp < comma &&
	    p->raw[p->raws - 1].cp > comma;
	for (size_t i = 0; i < p->raws; i++) {
		struct text_raw *r = &p->raw[i];
		if (by_comma)
			r->place = r->cp < comma ? TEXT_PLACE_FAMILY : TEXT_PLACE_GIVEN;
		else if (commas == 0 && capitals > 0 && small > 0 && (r->capitals || r->small))
			r->place = r->capitals ? TEXT_PLACE_FAMILY : TEXT_PLACE_GIVEN;
	}
}

/* "in Arabic: ...", "formerly: ...": what stands before a colon tells of the name and is none of it. */
static void
set_labels(struct parse *p, const struct text_points *pts)
{
	const uint32_t *colon = NULL;
	for (size_t i = 0; i < pts->n; i++)
		colon = pts->cp[i] == ':' ? &pts->cp[i] : colon;
	if (colon == NULL || p->raws == 0 || p->raw[p->raws - 1].cp < colon)
		return;
	for (size_t i = 0; i < p->raws && p->raw[i].cp < colon; i++)
		p->raw[i].roles |= ROLE_LABEL;
}

/* "HAQ, Abdul" is Abdul Haq: who cut the name at its last word cut a name in two. */
static void
mend_abd(struct parse *p)
{
	size_t last = p->raws - 1;
	if (p->raws < 2 || p->raw[0].place != TEXT_PLACE_FAMILY || p->raw[last].place != TEXT_PLACE_GIVEN ||
	    !text_is_abd(&p->raw[last]))
		return;
	struct text_raw abd = p->raw[last];
	memmove(&p->raw[1], &p->raw[0], last * sizeof p->raw[0]);
	p->raw[0] = abd;
	p->raw[0].place = TEXT_PLACE_FAMILY;
}

enum ent_err
text_parse(struct str in, struct text_name *out, struct ent_why *why)
{
	TEXT_UNSET struct text_points pts;
	TEXT_UNSET struct parse p;
	enum ent_err err = text_normalise(in, &pts, why);
	if (err != ENT_OK)
		return err;
	out->n = out->used = 0;
	p.raws = p.now = 0;
	p.out = out;
	p.why = why;
	p.err = ENT_OK;
	split(&p, &pts);
	set_missing_part(&p);
	place_words(&p, &pts);
	set_labels(&p, &pts);
	mend_abd(&p);
	for (size_t at = 0; at < p.raws && p.err == ENT_OK; at += take(&p, at))
		p.now = at;
	if (p.err != ENT_OK)
		return p.err;
	out->text[out->used] = '\0';
	return ENT_OK;
}

enum ent_err
text_sound(struct str in, char out[static TEXT_SOUND_MAX + 1], struct ent_why *why)
{
	struct text_name name;
	enum ent_err err = text_parse(in, &name, why);
	if (err != ENT_OK)
		return err;
	const struct text_token *found = name.n > 0 ? &name.tok[0] : NULL;
	for (size_t i = name.n; i-- > 0;)
		if (name.tok[i].role == TEXT_NAME)
			found = &name.tok[i];
	memcpy(out, found != NULL ? found->sound : "", found != NULL ? sizeof found->sound : 1);
	return ENT_OK;
}
