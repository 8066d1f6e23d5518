/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of the note that the keeper signs over a filter: nine lines in one order (keeper.h).
 */
#include "hit/hit.h"

#include <stdio.h>
#include <string.h>

/* What is left of the text; sticky. */
struct lines {
	const char *p;
	size_t n;
	bool bad;
};

/* The value of the next line, which must begin with name and a blank; "" and bad if not. */
static struct str
next(struct lines *l, const char *name)
{
	size_t k = strlen(name);
	const char *end = l->n == 0 ? NULL : memchr(l->p, '\n', l->n);
	if (l->bad || end == NULL || (size_t)(end - l->p) <= k || memcmp(l->p, name, k) != 0 ||
	    l->p[k] != ' ') {
		l->bad = true;
		return str_of("");
	}
	struct str v = { l->p + k + 1, (size_t)(end - l->p) - k - 1 };
	l->n -= (size_t)(end - l->p) + 1;
	l->p = end + 1;
	return v;
}

/* Decimal, no sign, no leading zero. */
static uint64_t
number(struct lines *l, const char *name, uint64_t max)
{
	struct str v = next(l, name);
	uint64_t out = 0;
	if (v.n == 0 || v.n > 19 || (v.n > 1 && v.p[0] == '0'))
		l->bad = true;
	for (size_t i = 0; i < v.n && !l->bad; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			l->bad = true;
		else
			out = out * 10 + (uint64_t)(v.p[i] - '0');
	}
	if (out > max)
		l->bad = true;
	return l->bad ? 0 : out;
}

static void
text_of(struct lines *l, const char *name, char out[static AGREEMENT_MAX])
{
	struct str v = next(l, name);
	if (v.n == 0 || v.n >= AGREEMENT_MAX || memchr(v.p, '\0', v.n) != NULL)
		l->bad = true;
	else
		memcpy(out, v.p, v.n);
}

enum ent_err
hit_note_parse(struct bytes text, struct hit_note *out, struct ent_why *why)
{
	static const char first[] = "entente-filter-1\n";
	struct lines l = { .p = (const char *)text.p, .n = text.n };
	struct hit_note note = { .epoch = 0 };
	size_t got = 0;
	if (l.n < sizeof first - 1 || memcmp(l.p, first, sizeof first - 1) != 0)
		return ent_fail(ENT_ESYNTAX, why, "this note is not of a filter");
	l.p += sizeof first - 1;
	l.n -= sizeof first - 1;
	text_of(&l, "agreement", note.agreement);
	text_of(&l, "annex", note.annex);
	note.epoch = (uint32_t)number(&l, "epoch", UINT32_MAX);
	note.rules = (uint32_t)number(&l, "rules", UINT32_MAX);
	note.bytes = number(&l, "bytes", HIT_FILTER_MAX);
	note.quota_day = number(&l, "quota-day", INT64_MAX);
	note.quota_epoch = number(&l, "quota-epoch", INT64_MAX);
	if (b64u_decode(next(&l, "sha256"), note.sha256, sizeof note.sha256, &got) != ENT_OK ||
	    got != sizeof note.sha256)
		l.bad = true;
	if (l.bad || l.n != 0)
		return ent_fail(ENT_ESYNTAX, why, "the filter's note is not in its one form");
	*out = note;
	return ENT_OK;
}
