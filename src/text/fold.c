/* SPDX-License-Identifier: Apache-2.0 */
#include "text/private.h"

#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

/* Harakat, Quranic signs and tatweel: no letter of a name rests on them. */
static bool
is_arabic_sign(uint32_t cp)
{
	return (cp >= 0x0610 && cp <= 0x061a) || (cp >= 0x064b && cp <= 0x065f) || cp == 0x0670 ||
	    (cp >= 0x06d6 && cp <= 0x06dc) || (cp >= 0x06df && cp <= 0x06e8) ||
	    (cp >= 0x06ea && cp <= 0x06ed) || cp == 0x0640;
}

static bool
is_format(uint32_t cp)
{
	return u_charType((UChar32)cp) == U_FORMAT_CHAR || (cp >= 0xfe00 && cp <= 0xfe0f);
}

/* ICU's strings hold no lone surrogates here: their source is valid UTF-8. */
static uint32_t
next_point(const UChar *s, int32_t n, int32_t *at)
{
	uint32_t unit = s[(*at)++];
	if (unit >= 0xd800 && unit < 0xdc00 && *at < n)
		return 0x10000 + ((unit - 0xd800) << 10) + (s[(*at)++] - 0xdc00u);
	return unit;
}

/* The small letter; capital I with a dot is i, for Turkish names are written in other languages too. */
static uint32_t
small_of(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
	if (cp == 0x130)
		return 'i';
	return (uint32_t)u_foldCase((UChar32)cp, U_FOLD_CASE_DEFAULT);
}

/* Most names are plain ASCII: no tables then.  False: it is not. */
static bool
put_ascii(struct str in, struct text_points *out)
{
	for (size_t i = 0; i < in.n; i++)
		if ((unsigned char)in.p[i] >= 0x80)
			return false;
	for (size_t i = 0; i < in.n; i++) {
		uint32_t cp = (unsigned char)in.p[i];
		out->upper[i] = cp >= 'A' && cp <= 'Z';
		out->cp[i] = out->upper[i] ? cp + 32 : cp;
	}
	out->n = in.n;
	return true;
}

/* Is it its own normal form, whatever of these stands beside it?  Letters of names in Latin, Cyrillic and Arabic
 * script that no mark joins: nearly all that are no ASCII. */
static inline bool
is_steady(uint32_t cp)
{
	return (cp >= 0xc0 && cp <= 0xff && cp != 0xd7 && cp != 0xdf && cp != 0xf7) || (cp >= 0x410 && cp <= 0x44f) ||
	    (cp >= 0x621 && cp <= 0x63a) || (cp >= 0x641 && cp <= 0x64a) || cp == 0x67e || cp == 0x686 ||
	    cp == 0x698 || cp == 0x6a9 || cp == 0x6af || cp == 0x6cc;
}

/* Of valid UTF-8 whose letters are such.  False: some are not. */
static bool
put_steady(struct str in, struct text_points *out)
{
	size_t n = 0;
	for (size_t i = 0; i < in.n; n++) {
		uint32_t cp = (unsigned char)in.p[i++];
		bool capital = cp >= 'A' && cp <= 'Z';
		if (cp >= 0x80) {
			if (cp < 0xc0 || cp >= 0xe0) /* of two bytes */
				return false;
			cp = (cp & 0x1f) << 6 | ((unsigned char)in.p[i++] & 0x3f);
			if (!is_steady(cp))
				return false;
			capital = (cp >= 0xc0 && cp <= 0xde) || (cp >= 0x410 && cp <= 0x42f);
		}
		out->upper[n] = capital;
		out->cp[n] = capital ? cp + 32 : cp;
	}
	out->n = n;
	return true;
}

/* Format characters go first: one between a letter and its mark would keep them apart. */
static int32_t
without_format(UChar *s, int32_t n)
{
	int32_t kept = 0;
	for (int32_t at = 0; at < n;) {
		int32_t from = at;
		if (is_format(next_point(s, n, &at)))
			continue;
		while (from < at)
			s[kept++] = s[from++];
	}
	return kept;
}

enum ent_err
text_normalise(struct str in, struct text_points *out, struct ent_why *why)
{
	if (in.n > TEXT_NAME_MAX)
		return ent_fail(ENT_ETOOBIG, why, "the name has %zu bytes, the limit is %u", in.n,
		    TEXT_NAME_MAX);
	if (!utf8_valid((struct bytes){ (const uint8_t *)in.p, in.n }))
		return ent_fail(ENT_ESYNTAX, why, "the name is not UTF-8");
	if (put_ascii(in, out) || put_steady(in, out))
		return ENT_OK;
	UErrorCode uerr = U_ZERO_ERROR;
	const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&uerr);
	UChar wide[TEXT_NAME_MAX + 1], norm[TEXT_POINTS_MAX + 1];
	int32_t wide_n = 0;
	u_strFromUTF8(wide, TEXT_NAME_MAX, &wide_n, in.p, (int32_t)in.n, &uerr);
	wide_n = without_format(wide, wide_n);
	int32_t norm_n = unorm2_normalize(nfkc, wide, wide_n, norm, TEXT_POINTS_MAX, &uerr);
	if (uerr == U_BUFFER_OVERFLOW_ERROR)
		return ent_fail(ENT_ETOOBIG, why, "the name grows past %u letters when normalised",
		    TEXT_POINTS_MAX);
	if (U_FAILURE(uerr))
		return ent_fail(ENT_EINTERNAL, why, "the Unicode tables do not answer: %s",
		    u_errorName(uerr));
	size_t n = 0;
	for (int32_t i = 0; i < norm_n && n < TEXT_POINTS_MAX;) {
		uint32_t cp = next_point(norm, norm_n, &i);
		if (is_arabic_sign(cp))
			continue;
		uint32_t small = small_of(cp);
		bool sharp = small == 0xdf && n + 1 < TEXT_POINTS_MAX; /* a sharp s is two */
		out->upper[n] = small != cp;
		out->cp[n++] = sharp ? 's' : small;
		if (sharp) {
			out->upper[n] = false;
			out->cp[n++] = 's';
		}
	}
	out->n = n;
	return ENT_OK;
}

#define L TEXT_KIND_LETTER
#define D TEXT_KIND_DIGIT
const uint8_t text_ascii_kind[128] = { ['\''] = TEXT_KIND_JOINER, ['`'] = TEXT_KIND_JOINER,
	['0'] = D, D, D, D, D, D, D, D, D, D,
	['A'] = L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	['a'] = L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L };
#undef L
#undef D

unsigned
text_wide_kind(uint32_t cp)
{
	if (is_steady(cp))
		return TEXT_KIND_LETTER;
	return (text_is_letter(cp) ? TEXT_KIND_LETTER : 0u) | (text_is_digit(cp) ? TEXT_KIND_DIGIT : 0u) |
	    (text_is_joiner(cp) ? TEXT_KIND_JOINER : 0u) | (text_is_mark(cp) ? TEXT_KIND_MARK : 0u);
}

bool
text_is_letter(uint32_t cp)
{
	if (cp < 0x80)
		return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
	return u_isalpha((UChar32)cp);
}

bool
text_is_mark(uint32_t cp)
{
	if (cp < 0x300)
		return false;
	int8_t type = u_charType((UChar32)cp);
	return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK ||
	    type == U_COMBINING_SPACING_MARK;
}

/* NFKC made Latin digits of the wide ones; Arabic and Persian digits keep their own code points. */
bool
text_is_digit(uint32_t cp)
{
	return (cp >= '0' && cp <= '9') || (cp >= 0x0660 && cp <= 0x0669) ||
	    (cp >= 0x06f0 && cp <= 0x06f9);
}

/* Apostrophes, and the signs for hamza and ayn of learned transliterations. */
bool
text_is_joiner(uint32_t cp)
{
	switch (cp) {
	case '\'': case '`': case 0xb4: case 0x2018: case 0x2019: case 0x201b: case 0x2032:
	case 0x02b9: case 0x02bb: case 0x02bc: case 0x02bd: case 0x02be: case 0x02bf: case 0x02c8:
	case 0x02ca: case 0x02cb: case 0x055a: case 0xa78b: case 0xa78c:
		return true;
	default:
		return false;
	}
}

enum text_script
text_script_of(uint32_t cp)
{
	if (cp >= 0x400 && cp <= 0x52f)
		return TEXT_CYRILLIC;
	if (text_is_digit(cp))
		return TEXT_DIGITS;
	if ((cp >= 'a' && cp <= 'z') || (cp >= 0xc0 && cp <= 0x24f) || (cp >= 0x250 && cp <= 0x2af) ||
	    (cp >= 0x1e00 && cp <= 0x1eff))
		return TEXT_LATIN;
	if ((cp >= 0x600 && cp <= 0x6ff) || (cp >= 0x750 && cp <= 0x77f))
		return TEXT_ARABIC;
	if (cp >= 0x2d30 && cp <= 0x2d7f)
		return TEXT_TIFINAGH;
	return TEXT_OTHER;
}

uint32_t
text_base(uint32_t cp)
{
	/* most letters of names that no table need be asked for */
	if (cp < 0x80 || (cp >= 0x430 && cp <= 0x44f && cp != 0x439) || (cp >= 0x627 && cp <= 0x64a))
		return cp;
	UErrorCode uerr = U_ZERO_ERROR;
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&uerr);
	UChar parts[8];
	int32_t n = unorm2_getDecomposition(nfc, (UChar32)cp, parts, 8, &uerr);
	if (U_FAILURE(uerr) || n <= 0)
		return cp;
	int32_t at = 0;
	return next_point(parts, n, &at);
}

size_t
text_put_utf8(uint32_t cp, char out[static 4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3f));
	out[0] = (char)((0xf00u >> n & 0xff) | cp);
	return n;
}

/* Letters that people and files exchange for each other in Arabic script. */
static uint32_t
arabic_fold(uint32_t cp)
{
	switch (cp) {
	case 0x0671: return 0x0627; /* alef wasla */
	case 0x0649: case 0x06cc: case 0x06d2: return 0x064a; /* alef maqsura, Persian yeh */
	case 0x0629: case 0x06c1: case 0x06be: case 0x06c3: case 0x06d5: return 0x0647;
	case 0x06a9: return 0x0643; /* Persian kaf */
	default: break;
	}
	if (cp >= 0x0660 && cp <= 0x0669)
		return '0' + cp - 0x0660;
	if (cp >= 0x06f0 && cp <= 0x06f9)
		return '0' + cp - 0x06f0;
	return cp;
}

enum ent_err
text_fold(struct str in, char *out, size_t max, struct ent_why *why)
{
	struct text_points pts;
	enum ent_err err = text_normalise(in, &pts, why);
	if (err != ENT_OK)
		return err;
	size_t n = 0;
	bool gap = false;
	for (size_t i = 0; i < pts.n; i++) {
		uint32_t cp = pts.cp[i];
		if (text_is_mark(cp) || text_is_joiner(cp))
			continue;
		if (!text_is_letter(cp) && !text_is_digit(cp)) {
			gap = n > 0;
			continue;
		}
		char utf8[4];
		size_t len = text_put_utf8(arabic_fold(text_base(cp)), utf8);
		if (n + gap + len + 1 > max)
			return ent_fail(ENT_ETOOBIG, why, "the folded name is over %zu bytes", max - 1);
		if (gap)
			out[n++] = ' ';
		gap = false;
		memcpy(out + n, utf8, len);
		n += len;
	}
	out[n] = '\0';
	return ENT_OK;
}
