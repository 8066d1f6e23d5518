/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of the private query's key classes.  Frozen by TEXT_RULES_VERSION.
 */
#include "text/private.h"

#include <string.h>

enum ent_err
text_key_document(struct str number, char out[static TEXT_KEY_MAX], struct ent_why *why)
{
	struct text_points pts;
	enum ent_err err = text_normalise(number, &pts, why);
	if (err != ENT_OK)
		return err;
	size_t n = 0;
	for (size_t i = 0; i < pts.n; i++) {
		uint32_t cp = text_base(pts.cp[i]);
		char utf8[4];
		if (text_is_digit(cp))
			cp = cp < 0x100 ? cp : '0' + (cp & 0xf);
		else if (cp >= 'a' && cp <= 'z')
			cp = cp - 'a' + 'A';
		else if (!text_is_letter(cp))
			continue;
		size_t len = text_put_utf8(cp, utf8);
		if (n + len + 1 > TEXT_KEY_MAX)
			return ent_fail(ENT_ETOOBIG, why, "the document number is over %u bytes",
			    TEXT_KEY_MAX - 1);
		memcpy(out + n, utf8, len);
		n += len;
	}
	out[n] = '\0';
	return ENT_OK;
}

enum ent_err
text_key_name_exact(struct str name, char out[static TEXT_KEY_MAX], struct ent_why *why)
{
	return text_fold(name, out, TEXT_KEY_MAX, why);
}

struct words {
	size_t n;
	char w[TEXT_TOKENS_MAX][TEXT_SOUND_MAX + 1];
};

static void
add_sorted(struct words *out, const char *sound)
{
	size_t at = out->n;
	if (sound[0] == '\0' || at == TEXT_TOKENS_MAX)
		return;
	for (; at > 0 && strcmp(out->w[at - 1], sound) > 0; at--)
		memcpy(out->w[at], out->w[at - 1], sizeof out->w[0]);
	memcpy(out->w[at], sound, strlen(sound) + 1);
	out->n++;
}

/* Al and el fused with a Latin name ("Elbaradei"), as Arabic script always writes them: the rest's
 * sound code.  Names such as Albert lose their head too, on both sides alike. */
static void
add_name(struct words *out, const struct text_token *t)
{
	const char *p = t->phones;
	char sound[TEXT_SOUND_MAX + 1];
	if (t->script != TEXT_ARABIC && t->phones_n >= 6 && (p[0] == 'a' || p[0] == 'e') && p[1] == 'l' &&
	    !text_is_vowel(p[2]))
		text_sound_of(p + 2, sound);
	else
		memcpy(sound, t->sound, sizeof sound);
	add_sorted(out, sound);
}

static bool
joins(const struct text_token *t)
{
	return t->role == TEXT_PARTICLE;
}

static void
collect(const struct text_name *name, enum text_skeleton kind, struct words *out)
{
	for (size_t i = 0; i < name->n; i++) {
		size_t last = i;
		while (kind == TEXT_SKELETON_JOINED && joins(&name->tok[last]) && last + 1 < name->n &&
		    (joins(&name->tok[last + 1]) || name->tok[last + 1].role == TEXT_NAME ||
			name->tok[last + 1].role == TEXT_ARTICLE))
			last++;
		if (kind == TEXT_SKELETON_JOINED && name->tok[last].role == TEXT_ARTICLE &&
		    last + 1 < name->n && last > i)
			last++;
		if (last > i && name->tok[last].role == TEXT_NAME) {
			struct text_token t;
			text_join(name, i, last, &t);
			add_sorted(out, t.sound);
			i = last;
		} else if (name->tok[i].role == TEXT_NAME) {
			add_name(out, &name->tok[i]);
		}
	}
	/* a name of light words alone ("Ben") still needs a key */
	for (size_t i = 0; out->n == 0 && i < name->n; i++)
		add_sorted(out, name->tok[i].sound);
}

enum ent_err
text_key_skeleton(struct str name, enum text_skeleton kind, char out[static TEXT_KEY_MAX],
    struct ent_why *why)
{
	struct text_name parsed;
	struct words words = { 0 };
	enum ent_err err = text_parse(name, &parsed, why);
	if (err != ENT_OK)
		return err;
	collect(&parsed, kind, &words);
	size_t n = 0;
	for (size_t i = 0; i < words.n; i++) {
		size_t len = strlen(words.w[i]);
		if (n + len + 2 > TEXT_KEY_MAX)
			return ent_fail(ENT_ETOOBIG, why, "the name's skeleton is over %u bytes",
			    TEXT_KEY_MAX - 1);
		if (n > 0)
			out[n++] = ' ';
		memcpy(out + n, words.w[i], len);
		n += len;
	}
	out[n] = '\0';
	return ENT_OK;
}

enum ent_err
text_skeleton_name(struct str name, char out[static TEXT_KEY_MAX], struct ent_why *why)
{
	return text_key_skeleton(name, TEXT_SKELETON_PLAIN, out, why);
}
