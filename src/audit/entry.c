/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/entry.h"

#include "crypto/sdjwt.h"

#include <string.h>

static bool
text_is(const char *s, const char *want)
{
	return s != NULL && strcmp(s, want) == 0;
}

enum ent_err
entry_read(struct bytes text, struct entry_view *out, struct ent_why *why)
{
	struct entry_view e = { 0 };
	enum ent_err err = js_parse(text, ENTRY_MAX, &e.js, why);
	if (err != ENT_OK)
		return err;
	if (!js_is_object(e.js)) {
		js_free(e.js);
		return ent_fail(ENT_ESYNTAX, why, "an entry is an object");
	}
	int64_t index = js_get_int(e.js, "index", -1), intent = js_get_int(e.js, "intent", -1);
	const char *phase = js_get_str(e.js, "phase"), *event = js_get_str(e.js, "event");
	e.has_index = index >= 0;
	e.index = (uint64_t)index;
	e.is_intent = text_is(phase, "intent");
	e.has_intent = text_is(phase, "outcome") && intent >= 0;
	e.intent = (uint64_t)intent;
	e.event = event != NULL ? event : "";
	*out = e;
	return ENT_OK;
}

void
entry_view_done(struct entry_view *e)
{
	js_free(e->js);
	*e = (struct entry_view){ 0 };
}

static void
keep(char *to, size_t room, const char *from)
{
	size_t n = from == NULL ? 0 : strlen(from); /* the reader has checked the length */
	if (n >= room)
		n = 0;
	if (n > 0)
		memcpy(to, from, n);
	to[n] = '\0';
}

enum ent_err
line_read(struct bytes text, struct exchange_line *out, struct ent_why *why)
{
	static const char *const known[] = { "agreement", "dir", "channel", "seq", "typ", "hash",
		NULL };
	struct js *j = NULL;
	struct exchange_line l = { .seq = 0 };
	enum ent_err err = js_parse(text, ENTRY_MAX, &j, why);
	if (err != ENT_OK)
		return err;
	struct js_reader r = js_reader_of(j, "", why);
	keep(l.agreement, sizeof l.agreement, js_want_str(&r, "agreement", sizeof l.agreement - 1));
	keep(l.dir, sizeof l.dir, js_want_str(&r, "dir", sizeof l.dir - 1));
	keep(l.channel, sizeof l.channel, js_want_str(&r, "channel", sizeof l.channel - 1));
	l.seq = (uint64_t)js_want_int(&r, "seq", 0, INT64_MAX);
	keep(l.typ, sizeof l.typ, js_want_str(&r, "typ", sizeof l.typ - 1));
	js_want_b64u(&r, "hash", l.hash, sizeof l.hash);
	js_only(&r, known);
	err = r.err;
	js_free(j);
	if (err == ENT_OK)
		*out = l;
	return err;
}

void
line_write(const struct exchange_line *l, struct buf *out)
{
	struct js *j = js_object();
	js_set_str(j, "agreement", l->agreement);
	js_set_str(j, "dir", l->dir);
	js_set_str(j, "channel", l->channel);
	js_set_int(j, "seq", (int64_t)l->seq);
	js_set_str(j, "typ", l->typ);
	js_set_b64u(j, "hash", bytes_of(l->hash, sizeof l->hash));
	js_write(j, out);
	js_free(j);
}

bool
line_refusable(const struct exchange_line *l)
{
	return strcmp(l->channel, "hit") == 0;
}

enum ent_err
entry_open(struct bytes entry, const struct js *disclosures, const char *field, struct js **value,
    struct ent_why *why)
{
	struct js *payload = NULL, *one = NULL, *open = NULL;
	enum ent_err err = js_parse(entry, ENTRY_MAX, &payload, why);
	if (err != ENT_OK)
		return err;
	err = ent_fail(ENT_ENOTFOUND, why, "the openings hold no field '%s' of this entry", field);
	for (size_t i = 0; i < js_len(disclosures) && err == ENT_ENOTFOUND; i++) {
		const char *text = js_str(js_at(disclosures, i)), *name;
		struct js *parsed = NULL, *v;
		if (text == NULL || sdjwt_parse(text, &parsed, &name, &v, NULL) != ENT_OK)
			continue;
		if (strcmp(name, field) == 0) {
			one = js_array();
			js_append_take(one, js_new_str(text));
			err = sdjwt_open(payload, one, &open, why);
		}
		js_free(parsed);
	}
	if (err == ENT_OK)
		*value = js_copy(js_get(open, field));
	js_free(open);
	js_free(one);
	js_free(payload);
	return err;
}
