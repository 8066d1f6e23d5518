/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

#include "audit/entry.h"
#include "grant/admit.h"

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

static void
set_text(struct js *j, const char *key, const char *s)
{
	if (s != NULL && s[0] != '\0')
		js_set_str(j, key, s);
}

static void
set_actor(struct js *j, const struct actor *a)
{
	struct js *roles;
	if (a == NULL)
		return;
	set_text(j, "service", a->service);
	if (!id_is_zero(&a->id))
		js_set_id(j, "user", a->id.b);
	if (a->roles == 0)
		return;
	roles = js_array();
	for (unsigned bit = 1; bit != 0 && bit <= a->roles; bit <<= 1)
		if ((a->roles & bit) != 0)
			js_append_take(roles, js_new_str(role_name((enum ent_role)bit)));
	js_set_take(j, "roles", roles);
}

static void
hide(struct js *j, const struct js *hidden, struct js *disclosures)
{
	const char *key;
	struct js *value;
	for (void *it = NULL; (it = js_each(hidden, it, &key, &value)) != NULL;)
		sdjwt_hide_take(j, disclosures, key, js_copy(value));
	sdjwt_seal(j);
}

/* The order of the fields is spec/6-audit.md's, section 2. */
static struct js *
compose(const struct audit_event *ev, uint64_t index, enum ent_action action,
    struct js *disclosures)
{
	struct js *j = js_object();
	js_set_int(j, "index", (int64_t)index);
	js_set_int(j, "time", ev->time);
	js_set_str(j, "event", event_name(ev->event));
	js_set_str(j, "phase", phases[ev->phase]);
	if (ev->phase == AUDIT_OUTCOME)
		js_set_int(j, "intent", (int64_t)ev->intent);
	if (action != ACTION_NONE)
		js_set_str(j, "action", action_name(action));
	set_actor(j, ev->actor);
	if (ev->purpose != PURPOSE_NONE)
		js_set_str(j, "purpose", purpose_name(ev->purpose));
	set_text(j, "agreement", ev->agreement);
	set_text(j, "annex", ev->annex);
	set_text(j, "partner", ev->partner);
	js_set_str(j, "result", ev->result == ENT_OK ? "ok" : ent_err_name(ev->result));
	set_text(j, "clause", ev->clause);
	set_text(j, "object", ev->object);
	if (js_len(ev->facts) > 0)
		js_set_take(j, "facts", js_copy(ev->facts));
	hide(j, ev->hidden, disclosures);
	return j;
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
	struct js *disclosures = js_array(), *entry = compose(ev, at, action, disclosures);
	buf_init(&text, ENTRY_MAX);
	js_write(entry, &text);
	err = buf_err(&text);
	if (err == ENT_OK)
		err = add_end(&a, buf_bytes(&text), disclosures, why);
	else
		err = ent_fail(err, why, "an entry may have %zu bytes", ENTRY_MAX);
	if (err == ENT_OK && index != NULL)
		*index = at;
	buf_done(&text);
	js_free(entry);
	js_free(disclosures);
	return err;
}

enum ent_err
audit_append(const struct audit_sink *sink, const char *log, const struct audit_event *ev,
    uint64_t *index, struct ent_why *why)
{
	return add_event(sink, log, ev, ACTION_NONE, index, why);
}

enum ent_err
audit_admit(const struct audit_sink *sink, struct grant *g, const struct audit_event *ev,
    uint64_t *index, struct ent_why *why)
{
	struct audit_event told = *ev;
	uint64_t at;
	told.actor = grant_actor(g);
	told.purpose = grant_purpose(g);
	told.agreement = grant_agreement(g);
	told.annex = grant_annex(g);
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
