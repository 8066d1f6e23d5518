/* SPDX-License-Identifier: Apache-2.0 */
#include "text/private.h"

#include <string.h>

static const struct {
	uint8_t script, role;
	char spell[14];
} words[] = {
#define LATIN TEXT_LATIN
#define ARABIC TEXT_ARABIC
#define WORD(script, role, spell) { script, TEXT_##role, spell },
#include "text/words.def"
#undef WORD
#undef LATIN
#undef ARABIC
};

static const char *const divine[] = {
#define WORD(script, role, spell)
#define DIVINE(phones) phones,
#include "text/words.def"
#undef DIVINE
#undef WORD
};

bool
text_word_is(enum text_script script, enum text_role role, const char *spell)
{
	if (script == TEXT_CYRILLIC)
		script = TEXT_LATIN;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].script == script && words[i].role == role &&
		    words[i].spell[0] == spell[0] && strcmp(words[i].spell, spell) == 0)
			return true;
	return false;
}

bool
text_is_divine(const char *phones)
{
	char own[TEXT_SOUND_MAX + 1], one[TEXT_SOUND_MAX + 1];
	text_sound_of(phones, own);
	for (size_t i = 0; i < sizeof divine / sizeof divine[0]; i++) {
		text_sound_of(divine[i], one);
		if (strcmp(own, one) == 0)
			return true;
	}
	return false;
}

/* ---- what is being built ------------------------------------------------------------------------ */

struct parse {
	struct text_raw raw[TEXT_RAW_MAX];
	size_t raws;
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
		if (text_is_mark(r->cp[i]) || text_is_joiner(r->cp[i]))
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
		.role = (uint8_t)role, .vowelled = script != TEXT_ARABIC };
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
add_phones(struct text_token *t, const char *phones)
{
	for (; *phones != '\0' && t->phones_n < TEXT_PHONES_MAX; phones++)
		t->phones[t->phones_n++] = *phones;
	t->phones[t->phones_n] = '\0';
	text_sound_of(t->phones, t->sound);
}

static void
add_spell(struct text_token *t, const char *spell)
{
	char phones[TEXT_PHONES_MAX + 1];
	phones_of((enum text_script)t->script, spell, phones);
	add_phones(t, phones);
}

/* ---- abd, -eddine, -allah ------------------------------------------------------------------------ */

static bool
is_latin(const struct text_raw *r)
{
	return r->script == TEXT_LATIN || r->script == TEXT_CYRILLIC;
}

static bool
plain_vowel(char c)
{
	return c != '\0' && strchr("aeiouIE", c) != NULL;
}

/* After "abd": the divine name's spelling, without article.  `spell` is what follows, fused. */
static const char *
after_abd(const char *spell)
{
	const char *s = spell;
	while (plain_vowel(*s) || (*s == 'y' && s[1] == 'l'))
		s++;
	if (s == spell && s[0] != '\0')
		return s; /* abdrahman */
	if (s[0] == 's' && s[1] == 'h' && s[2] == 's' && s[3] == 'h')
		return s + 2;
	if (s[0] == 'c' && s[1] == 'h' && s[2] == 'c' && s[3] == 'h')
		return s + 2;
	if (s[0] != '\0' && s[0] == s[1])
		return s + 1; /* assimilated: rrahman; or l + lah */
	if (s[0] == 'l') {
		char phones[TEXT_PHONES_MAX + 1];
		text_phones_latin(s, phones);
		return text_is_divine(phones) ? s : s + 1;
	}
	return s; /* abderahman */
}

static bool
is_abd(const struct text_raw *r)
{
	static const char *const forms[] = { "abd", "abdul", "abdel", "abdal", "abdol", "abdoul", "abdu",
		"abdou", "abdil", "abde", "abdur", "abder", "abdus", "abdes", "abdun", "abden", "abdar",
		"abdor", "abdoel", "abdulla" };
	if (r->script == TEXT_ARABIC)
		return strcmp(r->spell, "Ebd") == 0;
	for (size_t i = 0; i + 1 < sizeof forms / sizeof forms[0]; i++)
		if (is_latin(r) && strcmp(r->spell, forms[i]) == 0)
			return true;
	return false;
}

/* The fused name after abd in one word, or NULL: abdi, abdo and the like are names of their own. */
static const char *
fused_abd(const struct text_raw *r)
{
	size_t n = strlen(r->spell);
	if (r->script == TEXT_ARABIC && n >= 7 && strncmp(r->spell, "EbdAl", 5) == 0)
		return r->spell + 5;
	if (!is_latin(r) || n < 6 || strncmp(r->spell, "abd", 3) != 0)
		return NULL;
	const char *rest = after_abd(r->spell + 3);
	if (strlen(rest) >= 3)
		return rest;
	return strlen(rest) >= 2 && rest[-1] == 'l' ? rest : NULL; /* abdullah: lah, la */
}

/* Where the article of a word ends: Arabic al-; Latin e + doubled letter (errachidi). */
static const char *
without_article(const struct text_raw *r)
{
	const char *s = r->spell;
	size_t n = strlen(s);
	if (r->script == TEXT_ARABIC && n >= 4 && s[0] == 'A' && s[1] == 'l')
		return s + 2;
	if (is_latin(r) && n >= 6 && s[0] == 'e' && s[1] == s[2] && strchr("rsnzdt", s[1]) != NULL)
		return s + 2;
	if (is_latin(r) && n >= 8 && strncmp(s, "ech", 3) == 0 && strncmp(s + 3, "ch", 2) == 0)
		return s + 3;
	return s;
}

static bool
is_allah(const struct text_raw *r)
{
	static const char *const forms[] = { "allah", "ullah", "oullah", "ollah", "ellah", "alla", "ulla",
		"lah", "illah" };
	if (r->script == TEXT_ARABIC)
		return strcmp(r->spell, "Allh") == 0;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (is_latin(r) && strcmp(r->spell, forms[i]) == 0)
			return true;
	return false;
}

/* A word that is the second half of a name: eddine, uddin, aldin. */
static bool
is_din(const struct text_raw *r)
{
	static const char *const forms[] = { "eddine", "eddin", "uddin", "addin", "aldin", "eldin", "uldin",
		"eddeen", "uddeen", "aldeen", "eldeen", "aldine", "eldine", "oddin", "addine", "din", "dine",
		"deen" };
	if (r->script == TEXT_ARABIC)
		return strcmp(r->spell, "Aldyn") == 0;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (is_latin(r) && strcmp(r->spell, forms[i]) == 0)
			return true;
	return false;
}

/* How many letters at the end of a word are a fused -eddine or -allah; *phones gets its sound. */
static size_t
fused_tail(const struct text_raw *r, const char **phones)
{
	static const struct {
		char tail[8], phones[4];
	} tails[] = { { "eddine", "din" }, { "eddin", "din" }, { "uddin", "din" }, { "addin", "din" },
		{ "oddin", "din" }, { "iddin", "din" }, { "eldin", "din" }, { "aldin", "din" },
		{ "uddine", "din" }, { "eldine", "din" }, { "uddeen", "din" }, { "eddeen", "din" },
		{ "oullah", "la" }, { "allah", "la" }, { "ullah", "la" }, { "ollah", "la" },
		{ "ellah", "la" } };
	size_t n = strlen(r->spell);
	if (r->script == TEXT_ARABIC) {
		if (n >= 8 && strcmp(r->spell + n - 5, "Aldyn") == 0) {
			*phones = "din";
			return 5;
		}
		*phones = "l";
		return n >= 7 && strcmp(r->spell + n - 4, "Allh") == 0 ? 4 : 0;
	}
	for (size_t i = 0; is_latin(r) && i < sizeof tails / sizeof tails[0]; i++) {
		size_t len = strlen(tails[i].tail);
		if (n >= len + 3 && strcmp(r->spell + n - len, tails[i].tail) == 0) {
			*phones = tails[i].phones;
			return len;
		}
	}
	return 0;
}

/* ---- roles ---------------------------------------------------------------------------------------- */

static bool
is_article(const struct parse *p, size_t at)
{
	const struct text_raw *r = &p->raw[at];
	if (at + 1 >= p->raws)
		return false;
	if (text_word_is((enum text_script)r->script, TEXT_ARTICLE, r->spell))
		return true;
	/* assimilated forms stand as INITIAL rows of words.def: only before their own letter */
	const char *next = p->raw[at + 1].spell;
	return text_word_is((enum text_script)r->script, TEXT_INITIAL, r->spell) &&
	    next[0] == r->spell[1] && strlen(next) > 2;
}

static enum text_role
role_of(const struct parse *p, size_t at)
{
	const struct text_raw *r = &p->raw[at];
	enum text_script s = (enum text_script)r->script;
	bool last = at + 1 >= p->raws;
	if (s == TEXT_OTHER || s == TEXT_DIGITS)
		return TEXT_NAME;
	if (is_article(p, at))
		return TEXT_ARTICLE;
	if (!last && text_word_is(s, TEXT_KUNYA, r->spell))
		return TEXT_KUNYA;
	if (p->raws > 1 && text_word_is(s, TEXT_PARTICLE, r->spell))
		return TEXT_PARTICLE;
	if (r->spell[0] != '\0' && r->spell[1] == '\0')
		return TEXT_INITIAL;
	if (p->raws > 1 && text_word_is(s, TEXT_TITLE, r->spell))
		return TEXT_TITLE;
	if (at > 0 && text_word_is(s, TEXT_LEGAL, r->spell))
		return TEXT_LEGAL;
	return TEXT_NAME;
}

/* abd and what belongs to it; answers how many raw words were taken, 0 if it is not one. */
static size_t
take_abd(struct parse *p, size_t at)
{
	struct text_raw *r = &p->raw[at];
	const char *fused = fused_abd(r);
	if (fused != NULL && !is_abd(r)) {
		struct text_token *t = new_token(p, (enum text_script)r->script, TEXT_NAME);
		if (t == NULL)
			return 1;
		put_text(p, t, r);
		add_phones(t, "abd");
		add_spell(t, fused);
		return 1;
	}
	if (!is_abd(r) || at + 1 >= p->raws)
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
	const char *bare = name->script == TEXT_ARABIC ? without_article(name) :
	    is_allah(name) ? "lah" : without_article(name);
	add_phones(t, "abd");
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
	if (is_din(r) && (skip > 0 || strcmp(r->spell, "dine") != 0))
		return skip + 1;
	*phones = r->script == TEXT_ARABIC ? "l" : "la";
	return skip == 0 && is_allah(r) ? 1 : 0;
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
	size_t cut = fused_tail(r, &half), taken = 1;
	size_t n = strlen(spell);
	if (cut > 0 && n >= cut + 2) {
		char base[TEXT_WORD_MAX + 1];
		memcpy(base, spell, n - cut);
		base[n - cut] = '\0';
		add_spell(t, base);
		add_phones(t, half);
		return 1;
	}
	add_spell(t, spell);
	size_t more = r->script == TEXT_DIGITS ? 0 : second_half(p, at + 1, &half);
	for (size_t i = 0; i < more && p->err == ENT_OK && p->out->used < TEXT_FOLD_MAX - 8; i++) {
		p->out->text[p->out->used++] = ' ';
		t->n++;
		put_text(p, t, &p->raw[at + 1 + i]);
	}
	if (more > 0)
		add_phones(t, half);
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
}

/* A kunya that is fused with its name: aboubakr.  Its length, or 0. */
static size_t
fused_kunya(const struct text_raw *r)
{
	size_t n = strlen(r->spell);
	if (r->script == TEXT_ARABIC)
		return n >= 6 && (strncmp(r->spell, "Abw", 3) == 0 || strncmp(r->spell, ">bw", 3) == 0) ?
			3 : 0;
	if (!is_latin(r))
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
	const char *bare = without_article(r);
	if (bare != r->spell && !is_allah(r)) {
		struct text_token *t = new_token(p, (enum text_script)r->script, TEXT_ARTICLE);
		if (t != NULL)
			add_spell(t, r->script == TEXT_ARABIC ? "Al" : "al");
		return take_name(p, at, bare);
	}
	return take_name(p, at, r->spell);
}

/* ---- splitting ------------------------------------------------------------------------------------ */

static void
split(struct parse *p, const struct text_points *pts)
{
	for (size_t i = 0; i < pts->n && p->err == ENT_OK;) {
		size_t from = i;
		bool letters = false;
		while (i < pts->n && (text_is_letter(pts->cp[i]) || text_is_digit(pts->cp[i]) ||
				      text_is_joiner(pts->cp[i]) || text_is_mark(pts->cp[i]))) {
			letters |= text_is_letter(pts->cp[i]) || text_is_digit(pts->cp[i]);
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
		*r = (struct text_raw){ .cp = pts->cp + from,
			.n = (uint16_t)(i - from < 512 ? i - from : 512) };
		text_spell(r);
		p->raws += r->spell[0] != '\0';
	}
}

enum ent_err
text_parse(struct str in, struct text_name *out, struct ent_why *why)
{
	struct text_points pts;
	struct parse p = { .out = out, .why = why };
	enum ent_err err = text_normalise(in, &pts, why);
	if (err != ENT_OK)
		return err;
	out->n = out->used = 0;
	split(&p, &pts);
	for (size_t at = 0; at < p.raws && p.err == ENT_OK;)
		at += take(&p, at);
	if (p.err != ENT_OK)
		return p.err;
	out->text[out->used] = '\0';
	return ENT_OK;
}

void
text_join(const struct text_name *name, size_t first, size_t last, struct text_token *out)
{
	*out = name->tok[first];
	out->role = TEXT_NAME;
	for (size_t i = first + 1; i <= last; i++) {
		const struct text_token *t = &name->tok[i];
		out->n = (uint16_t)(t->p + t->n - out->p);
		out->vowelled = out->vowelled && t->vowelled;
		/* doubled where they meet: one sound, as in a fused spelling */
		bool same = out->phones_n > 0 && t->phones[0] == out->phones[out->phones_n - 1] &&
		    out->vowelled;
		add_phones(out, t->phones + same);
	}
}

bool
text_without_abd(const struct text_token *t, struct text_token *out)
{
	if (t->role != TEXT_NAME || t->phones_n < 6 || strncmp(t->phones, "abd", 3) != 0)
		return false;
	*out = *t;
	out->phones_n = 0;
	add_phones(out, t->phones + 3);
	return true;
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
