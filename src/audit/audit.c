/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

#include "audit/entry.h"
#include "grant/admit.h"

#include <inttypes.h>
#include <string.h>

const char *
event_name(enum ent_event e)
{
	switch (e) {
#define EVENT(num, name, text, kind) case EVENT_##name: return text;
#include "spec/registry/events.def"
#undef EVENT
	case EVENT_NONE:
		break;
	}
	return "none";
}

const char *
event_kind(enum ent_event e)
{
	switch (e) {
#define EVENT(num, name, text, kind) case EVENT_##name: return #kind;
#include "spec/registry/events.def"
#undef EVENT
	case EVENT_NONE:
		break;
	}
	return "NONE";
}

void
audit_origin(const char *code, const char *log, char out[static NOTE_NAME_MAX])
{
	bool node = strcmp(log, AUDIT_NODE) == 0;
	struct buf b;
	buf_init(&b, NOTE_NAME_MAX - 1);
	buf_printf(&b, "entente/%s/%s%s", code, node ? "" : "exchange/", log);
	memcpy(out, buf_cstr(&b), b.n + 1); /* codes and agreement ids are short: it always fits */
	buf_done(&b);
}

static const char *const phases[] = {
	[AUDIT_DONE] = "done", [AUDIT_INTENT] = "intent", [AUDIT_OUTCOME] = "outcome"
};

/* ---- the entry's text ---------------------------------------------------------------------------- */

/* Written straight into the buffer, since each access of each officer passes here.  Codes and ids need
 * no escaping; whatever else comes goes through base/js, so the text is the same either way. */
static bool
plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	return true;
}

static void
put_value(struct buf *b, const char *s)
{
	if (plain(s)) {
		buf_putc(b, '"');
		buf_puts(b, s);
		buf_putc(b, '"');
		return;
	}
	struct js *j = js_new_str(s);
	js_write(j, b);
	js_free(j);
}

static void
put_key(struct buf *b, const char *key)
{
	buf_puts(b, ",\"");
	buf_puts(b, key);
	buf_puts(b, "\":");
}

static void
put_text(struct buf *b, const char *key, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	put_key(b, key);
	put_value(b, s);
}

static void
put_actor(struct buf *b, const struct actor *a)
{
	char user[ENT_ID_TEXT];
	const char *comma = "";
	if (a == NULL)
		return;
	put_text(b, "service", a->service);
	if (!id_is_zero(&a->id)) {
		id_format(&a->id, user);
		put_text(b, "user", user);
	}
	if (a->roles == 0)
		return;
	put_key(b, "roles");
	buf_putc(b, '[');
	for (unsigned bit = 1; bit != 0 && bit <= a->roles; bit <<= 1) {
		if ((a->roles & bit) == 0)
			continue;
		buf_puts(b, comma);
		put_value(b, role_name((enum ent_role)bit));
		comma = ",";
	}
	buf_putc(b, ']');
}

static void
put_hidden(struct buf *b, const struct js *hidden, struct js *disclosures)
{
	const char *key;
	struct js *value, *payload = js_object();
	for (void *it = NULL; (it = js_each(hidden, it, &key, &value)) != NULL;)
		sdjwt_hide_take(payload, disclosures, key, js_copy(value));
	sdjwt_seal(payload);
	const struct js *digests = js_get(payload, "_sd");
	if (digests != NULL) {
		put_key(b, "_sd");
		js_write(digests, b);
		put_text(b, "_sd_alg", js_get_str(payload, "_sd_alg"));
	}
	js_free(payload);
}

/* The order of the fields is spec/6-audit.md's, section 2. */
static void
compose(const struct audit_event *ev, uint64_t index, enum ent_action action, struct buf *b,
    struct js *disclosures)
{
	buf_printf(b, "{\"index\":%" PRIu64 ",\"time\":%" PRId64, index, ev->time);
	put_text(b, "event", event_name(ev->event));
	put_text(b, "phase", phases[ev->phase]);
	if (ev->phase == AUDIT_OUTCOME)
		buf_printf(b, ",\"intent\":%" PRIu64, ev->intent);
	if (action != ACTION_NONE)
		put_text(b, "action", action_name(action));
	put_actor(b, ev->actor);
	if (ev->purpose != PURPOSE_NONE)
		put_text(b, "purpose", purpose_name(ev->purpose));
	put_text(b, "agreement", ev->agreement);
	put_text(b, "annex", ev->annex);
	put_text(b, "partner", ev->partner);
	put_text(b, "result", ev->result == ENT_OK ? "ok" : ent_err_name(ev->result));
	put_text(b, "clause", ev->clause);
	put_text(b, "object", ev->object);
	if (js_len(ev->facts) > 0) {
		put_key(b, "facts");
		js_write(ev->facts, b);
	}
	if (js_len(ev->hidden) > 0)
		put_hidden(b, ev->hidden, disclosures);
	buf_putc(b, '}');
}

struct adding {
	const struct audit_sink *sink;
	const char *log;
	struct tree tree;
};

static enum ent_err
add_begin(struct adding *a, struct ent_why *why)
{
	struct buf frontier;
	uint64_t size = 0;
	buf_init(&frontier, TREE_FRONTIER_BYTES);
	enum ent_err err = a->sink->load(a->sink->ctx, a->log, &size, &frontier, why);
	if (err == ENT_OK && tree_load(size, buf_bytes(&frontier), &a->tree) != ENT_OK)
		err = ent_fail(ENT_EINTERNAL, why, "the log's state in the store is damaged: %llu "
		    "entries, %zu bytes of hashes; restore from a backup and verify",
		    (unsigned long long)size, frontier.n);
	buf_done(&frontier);
	return err;
}

static enum ent_err
add_end(struct adding *a, struct bytes entry, const struct js *disclosures, struct ent_why *why)
{
	uint8_t leaf[CRYPTO_HASH_LEN];
	struct buf frontier;
	uint64_t index = a->tree.size;
	buf_init(&frontier, TREE_FRONTIER_BYTES);
	tree_leaf(entry, leaf);
	tree_push(&a->tree, leaf);
	tree_save(&a->tree, &frontier);
	enum ent_err err = a->sink->append(a->sink->ctx, a->log, index, entry,
	    js_len(disclosures) > 0 ? disclosures : NULL, a->tree.size, buf_bytes(&frontier), why);
	buf_done(&frontier);
	return err;
}

static enum ent_err
add_event(const struct audit_sink *sink, const char *log, const struct audit_event *ev,
    enum ent_action action, uint64_t *index, struct ent_why *why)
{
	struct adding a = { .sink = sink, .log = log };
	enum ent_err err = add_begin(&a, why);
	if (err != ENT_OK)
		return err;
	struct buf text;
	uint64_t at = a.tree.size;
	struct js *disclosures = js_array();
	buf_init(&text, ENTRY_MAX);
	compose(ev, at, action, &text, disclosures);
	err = buf_err(&text);
	if (err == ENT_OK)
		err = add_end(&a, buf_bytes(&text), disclosures, why);
	else
		err = ent_fail(err, why, "an entry may have %zu bytes", ENTRY_MAX);
	if (err == ENT_OK && index != NULL)
		*index = at;
	buf_done(&text);
	js_free(disclosures);
	return err;
}

enum ent_err
audit_append(const struct audit_sink *sink, const char *log, const struct audit_event *ev,
    uint64_t *index, struct ent_why *why)
{
	return add_event(sink, log, ev, ACTION_NONE, index, why);
}

/* What the entry says of the grant itself. */
static struct audit_event
tell_of(const struct grant *g, const struct audit_event *ev)
{
	struct audit_event told = *ev;
	told.actor = grant_actor(g);
	told.purpose = grant_purpose(g);
	told.agreement = grant_agreement(g);
	told.annex = grant_annex(g);
	return told;
}

enum ent_err
audit_admit(const struct audit_sink *sink, struct grant *g, const struct audit_event *ev,
    uint64_t *index, struct ent_why *why)
{
	struct audit_event told = tell_of(g, ev);
	uint64_t at;
	told.clause = grant_clause(g);
	told.result = grant_verdict(g);
	if (!grant_allows(g))
		told.phase = AUDIT_DONE; /* nothing follows a refusal */
	enum ent_err err = add_event(sink, AUDIT_NODE, &told, grant_action(g), &at, why);
	if (err != ENT_OK)
		return err;
	grant_admit(g, at);
	if (index != NULL)
		*index = at;
	return ENT_OK;
}

enum ent_err
audit_failed(const struct audit_sink *sink, const struct grant *g, const struct audit_event *ev,
    struct ent_why *why)
{
	struct audit_event told = tell_of(g, ev);
	return add_event(sink, AUDIT_NODE, &told, grant_action(g), NULL, why);
}

static bool
copy_text(char *to, size_t room, const char *from)
{
	size_t n = strlen(from);
	if (n == 0 || n >= room)
		return false;
	memcpy(to, from, n + 1);
	return true;
}

enum ent_err
audit_exchange(const struct audit_sink *sink, const char *agreement, const char *from,
    const char *to, const char *channel, uint64_t seq, const char *typ,
    const uint8_t hash[static CRYPTO_HASH_LEN], uint64_t *index, struct ent_why *why)
{
	struct adding a = { .sink = sink, .log = agreement };
	struct exchange_line l = { .seq = seq };
	struct buf dir, text;
	buf_init(&dir, LINE_DIR_MAX - 1);
	buf_init(&text, ENTRY_MAX);
	buf_printf(&dir, "%s>%s", from, to);
	memcpy(l.hash, hash, sizeof l.hash);
	enum ent_err err = ENT_OK;
	if (!copy_text(l.dir, sizeof l.dir, buf_cstr(&dir)) ||
	    !copy_text(l.agreement, sizeof l.agreement, agreement) ||
	    !copy_text(l.channel, sizeof l.channel, channel) ||
	    !copy_text(l.typ, sizeof l.typ, typ) || seq > INT64_MAX)
		err = ent_fail(ENT_EFIELD, why, "a message cannot be logged: a code is too long");
	if (err == ENT_OK)
		err = add_begin(&a, why);
	if (err == ENT_OK) {
		line_write(&l, &text);
		err = add_end(&a, buf_bytes(&text), NULL, why);
	}
	if (err == ENT_OK && index != NULL)
		*index = a.tree.size - 1;
	buf_done(&text);
	buf_done(&dir);
	return err;
}
