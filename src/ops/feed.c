/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/feed.h"

#include "ops/feed_answer.h"
#include "ops/feed_effects.h"

#include <stdio.h>
#include <string.h>

struct js *
feed_message(const struct feed_row *row)
{
	struct js *m = row->beside == NULL ? js_object() : js_copy(row->beside);
	js_set_str(m, "jws", row->jws);
	if (js_get(m, "disclosures") == NULL) { /* erased: the signed part still chains */
		js_set_take(m, "disclosures", js_array());
		js_set_bool(m, "erased", true);
	}
	return m;
}

static void
row_of_thread(const struct thread *t, struct thread_row *row)
{
	*row = (struct thread_row){ .ref = t->ref, .state = t->state, .urgency = t->urgency,
		.allowed = t->allowed, .due = t->due, .left = t->left, .opened_at = t->opened_at,
		.request_seq = t->request_seq, .clarification_seq = t->clarification_seq };
	(void)snprintf(row->agreement, sizeof row->agreement, "%s", t->agreement);
	(void)snprintf(row->asker, sizeof row->asker, "%s", t->asker);
	(void)snprintf(row->answerer, sizeof row->answerer, "%s", t->answerer);
}

static void
thread_of_row(const struct thread_row *row, struct thread *t)
{
	*t = (struct thread){ .ref = row->ref, .state = (enum thread_state)row->state,
		.urgency = (enum urgency)row->urgency, .allowed = row->allowed, .due = row->due,
		.left = row->left, .opened_at = row->opened_at, .request_seq = row->request_seq,
		.clarification_seq = row->clarification_seq };
	(void)snprintf(t->agreement, sizeof t->agreement, "%s", row->agreement);
	(void)snprintf(t->asker, sizeof t->asker, "%s", row->asker);
	(void)snprintf(t->answerer, sizeof t->answerer, "%s", row->answerer);
}

enum ent_err
feed_thread(struct store_tx *tx, const struct ent_id *ref, struct thread *out, struct ent_why *why)
{
	struct thread_row row;
	enum ent_err err = thread_get(tx, ref, &row, why);
	if (err == ENT_OK)
		thread_of_row(&row, out);
	return err;
}

static uint32_t
hours_of(const struct policy_agreement *a, const struct entry *e)
{
	const struct policy_annex *x = policy_annex(a, js_get_str(e->payload, "annex"));
	if (x == NULL)
		return 0;
	switch (urgency_of(js_get_str(e->payload, "urgency"))) {
	case URGENCY_URGENT:
		return (uint32_t)x->urgent_h;
	case URGENCY_HIT:
		return (uint32_t)x->hit_h;
	case URGENCY_NORMAL:
		return (uint32_t)x->normal_d * 24;
	case URGENCY_LONG:
		return (uint32_t)x->long_d * 24;
	case URGENCY_NONE:
		break;
	}
	return 0;
}

/* Which thread an entry belongs to: by its reference, a receipt by the number it receipts. */
static enum ent_err
find_thread(struct store_tx *tx, const struct entry *e, struct thread_row *row, bool *found,
    struct ent_why *why)
{
	enum ent_err err;
	if (e->kind == KIND_RECEIPT)
		err = thread_of_seq(tx, js_get_str(e->payload, "agreement"),
		    js_get_str(e->payload, "to"), (uint64_t)js_get_int(e->payload, "of", 0), row, why);
	else
		err = thread_get(tx, &e->ref, row, why);
	*found = err == ENT_OK;
	return err == ENT_ENOTFOUND ? ENT_OK : err;
}

static bool
threaded(enum entry_kind k)
{
	return k == KIND_REQUEST || k == KIND_CLARIFY || k == KIND_CLARIFICATION ||
	    k == KIND_ANSWER || k == KIND_REFUSAL || k == KIND_RECEIPT;
}

static enum ent_err
apply_thread(struct store_tx *tx, const struct policy_agreement *a, const struct entry *e,
    struct ent_why *why)
{
	struct thread_row row;
	struct thread t = { 0 };
	bool found;
	if (!threaded(e->kind))
		return ENT_OK;
	enum ent_err err = find_thread(tx, e, &row, &found, why);
	if (err != ENT_OK)
		return err;
	if (!found && e->kind == KIND_RECEIPT)
		return ENT_OK; /* of an entry that makes no thread */
	if (found)
		thread_of_row(&row, &t);
	err = thread_apply(&t, e, js_get_str(e->payload, "iss"), hours_of(a, e), why);
	if (err != ENT_OK)
		return err;
	row_of_thread(&t, &row);
	return thread_put(tx, &row, why);
}

static enum ent_err
head_of(struct node *n, struct store_tx *tx, const struct policy_agreement *a, const char *other,
    enum feed_direction d, struct feed_head *out, struct ent_why *why)
{
	const char *own = node_keys(n)->code;
	*out = (struct feed_head){ 0 };
	(void)snprintf(out->agreement, sizeof out->agreement, "%s", a->id);
	(void)snprintf(out->from, sizeof out->from, "%s", d == FEED_OURS ? own : other);
	(void)snprintf(out->to, sizeof out->to, "%s", d == FEED_OURS ? other : own);
	return feed_head_get(tx, a->id, d, &out->seq, out->hash, why);
}

/* Keep an entry and write its line into the exchange log, the same on both sides. */
static enum ent_err
keep(struct store_tx *tx, const struct grant *g, const struct feed_head *head,
    enum feed_direction d, const struct entry *e, const struct js *message, ent_time now,
    ent_time erase_at, struct ent_why *why)
{
	struct js *beside = js_copy(message);
	struct feed_row row = { .direction = d, .seq = e->seq, .id = id_new(), .ref = e->ref,
		.time = e->time, .stored_at = now, .erase_at = erase_at,
		.jws = js_get_str(message, "jws"), .beside = beside };
	js_del(beside, "jws");
	(void)snprintf(row.agreement, sizeof row.agreement, "%s", head->agreement);
	(void)snprintf(row.kind, sizeof row.kind, "%s", kind_name(e->kind));
	memcpy(row.hash, e->hash, sizeof row.hash);
	enum ent_err err = feed_put(tx, g, &row, why);
	js_free(beside);
	if (err != ENT_OK)
		return err;
	struct audit_sink sink = node_sink(tx);
	return audit_exchange(&sink, head->agreement, head->from, head->to, "feed", e->seq,
	    jws_typ(JWS_ENTRY), e->hash, NULL, why);
}

/* The other party's code, from the document itself. */
static const char *
other_party(struct node *n, const struct policy_agreement *a)
{
	for (size_t i = 0; i < a->party_count; i++)
		if (strcmp(a->parties[i].code, node_keys(n)->code) != 0)
			return a->parties[i].code;
	return "";
}

enum ent_err
feed_say(struct node *n, struct store_tx *tx, const struct grant *g, const struct feed_out *o,
    uint64_t *seq, struct ent_why *why)
{
	struct feed_head head;
	struct js *message = NULL;
	struct entry e = { 0 };
	struct signer signer = keeper_signer(node_keeper(n));
	struct entry_draft draft = { .kind = o->kind, .ref = o->ref, .time = o->now,
		.codes = o->codes, .hidden = o->hidden, .items = o->items };
	enum ent_err err = head_of(n, tx, o->agreement, other_party(n, o->agreement), FEED_OURS,
	    &head, why);
	if (err != ENT_OK)
		return err;
	if ((err = exchange_compose(&head, &draft, &signer, &message, why)) != ENT_OK)
		return err;
	if ((err = exchange_read(message, &e, why)) != ENT_OK)
		goto out;
	/* what the partner would refuse would stand in the feed's way for good */
	const struct policy *p = node_policy_get(n);
	err = feed_answer_check(n, tx, p, o->agreement, &e, node_keys(n)->record, why);
	node_policy_put(n, p);
	if (err != ENT_OK)
		goto out;
	if ((err = keep(tx, g, &head, FEED_OURS, &e, message, o->now, o->erase_at, why)) != ENT_OK)
		goto out;
	err = apply_thread(tx, o->agreement, &e, why);
	if (err == ENT_OK && seq != NULL)
		*seq = e.seq;
out:
	entry_done(&e);
	js_free(message);
	return err;
}

static enum ent_err
answer_with_receipt(struct node *n, struct store_tx *tx, const struct grant *g,
    const struct policy_agreement *a, const struct entry *e, ent_time now, struct ent_why *why)
{
	struct js *codes = js_object();
	js_set_int(codes, "of", (int64_t)e->seq);
	js_set_b64u(codes, "hash", bytes_of(e->hash, sizeof e->hash));
	js_set_str(codes, "status", "received");
	struct feed_out o = { .agreement = a, .kind = KIND_RECEIPT, .ref = e->ref, .codes = codes,
		.now = now, .erase_at = now + feed_retention(a) };
	enum ent_err err = feed_say(n, tx, g, &o, NULL, why);
	js_free(codes);
	return err;
}

static enum ent_err
tell_audit(struct store_tx *tx, const struct grant *g, const struct policy_agreement *a,
    const struct entry *e, const char *partner, struct ent_why *why)
{
	struct js *facts = js_object();
	char ref[ENT_ID_TEXT];
	id_format(&e->ref, ref);
	js_set_str(facts, "kind", kind_name(e->kind));
	js_set_int(facts, "seq", (int64_t)e->seq);
	struct audit_event ev = { .event = EVENT_FEED_IN, .phase = AUDIT_DONE, .time = clock_now(),
		.actor = grant_actor(g), .agreement = a->id, .partner = partner, .object = ref,
		.facts = facts };
	struct audit_sink sink = node_sink(tx);
	enum ent_err err = audit_append(&sink, "node", &ev, NULL, why);
	js_free(facts);
	return err;
}

enum ent_err
feed_tell_refused(struct store_tx *tx, const struct grant *g, const struct policy_agreement *a,
    const char *partner, const uint8_t hash[static CRYPTO_HASH_LEN], const struct ent_why *refusal,
    enum ent_err result)
{
	struct js *facts = js_object();
	struct ent_why why = { .text = "" };
	js_set_b64u(facts, "hash", bytes_of(hash, CRYPTO_HASH_LEN));
	struct audit_event ev = { .event = EVENT_FEED_IN, .phase = AUDIT_DONE, .time = clock_now(),
		.actor = grant_actor(g), .agreement = a->id, .partner = partner, .result = result,
		.clause = refusal->clause[0] == '\0' ? NULL : refusal->clause, .facts = facts };
	struct audit_sink sink = node_sink(tx);
	enum ent_err err = audit_append(&sink, "node", &ev, NULL, &why);
	js_free(facts);
	return err;
}

/* What the partner's own node should not have let out: the purpose, annex and assurances that a request
 * names are held against the agreement here too [EXC-14]. */
static enum ent_err
decide(const struct policy *p, const struct policy_agreement *a, const struct entry *e,
    const char *partner, ent_time now, struct ent_why *why)
{
	struct actor peer = { .roles = ROLE_PEER };
	if (e->kind != KIND_REQUEST)
		return ENT_OK;
	(void)snprintf(peer.service, sizeof peer.service, "%s", partner);
	struct policy_ask ask = { .actor = &peer, .action = ACTION_REQUEST, .roles = ROLE_PEER,
		.purpose = purpose_of(js_get_str(e->payload, "purpose")), .agreement = a->id,
		.annex = js_get_str(e->payload, "annex"), .now = now,
		.assurances = policy_assurances(js_get(e->payload, "assurances")) };
	struct grant *g = policy_decide(p, &ask);
	enum ent_err err = grant_verdict(g);
	if (err != ENT_OK)
		err = ent_refuse(err, why, grant_clause(g), "the request does not keep to the agreement: %s",
		    grant_text(g));
	grant_free(g);
	return err;
}

enum ent_err
feed_hear(struct node *n, struct store_tx *tx, const struct grant *g, const struct policy *p,
    const struct policy_agreement *a, const struct js *message, ent_time now,
    struct ent_why *why)
{
	struct feed_head head;
	struct entry e = { 0 };
	const char *partner = other_party(n, a);
	const struct policy_card *card = policy_partner(p, partner);
	if (card == NULL)
		return ent_fail(ENT_ENOTFOUND, why, "there is no card of %s: entente partner add", partner);
	enum ent_err err = head_of(n, tx, a, partner, FEED_THEIRS, &head, why);
	if (err == ENT_OK)
		err = exchange_check(&head, message, card->record, &e, why);
	if (err != ENT_OK)
		return err;
	err = decide(p, a, &e, partner, now, why);
	if (err == ENT_OK)
		err = feed_answer_check(n, tx, p, a, &e, card->record, why);
	if (err == ENT_OK)
		err = keep(tx, g, &head, FEED_THEIRS, &e, message, now, feed_erase_at(a, &e, now), why);
	if (err == ENT_OK)
		err = tell_audit(tx, g, a, &e, partner, why);
	if (err == ENT_OK)
		err = apply_thread(tx, a, &e, why);
	if (err == ENT_OK)
		err = feed_effects(tx, a, &e, now, why);
	if (err == ENT_OK && kind_receipted(e.kind))
		err = answer_with_receipt(n, tx, g, a, &e, now, why);
	if (err == ENT_OK && e.kind == KIND_REQUEST)
		err = feed_refuse_withdrawn(n, tx, g, a, &e, now, why);
	entry_done(&e);
	return err;
}

enum ent_err
feed_grading(struct js_reader *r, struct js *codes)
{
	static const char *const handling[] = { "H0", "H1", "H2", "H3" };
	struct js *list = js_opt_array(r, "handling", 4);
	const char *evaluation = js_opt_str(r, "evaluation", 2);
	struct js *copy = js_array();
	for (size_t i = 0; i < js_len(list); i++) {
		const char *h = js_str(js_at(list, i));
		size_t k = 0;
		while (h != NULL && k < 4 && strcmp(h, handling[k]) != 0)
			k++;
		if (h == NULL || k == 4) {
			js_free(copy);
			return ent_fail(ENT_EFIELD, r->why, "handling is one or more of H0, H1, H2, H3");
		}
		js_append_take(copy, js_new_str(h));
	}
	if (js_len(copy) == 0)
		js_append_take(copy, js_new_str("H0"));
	js_set_take(codes, "handling", copy);
	if (evaluation != NULL && (strlen(evaluation) != 2 || strchr("ABCX", evaluation[0]) == NULL ||
	    strchr("1234", evaluation[1]) == NULL))
		return ent_fail(ENT_EFIELD, r->why, "evaluation is a letter A, B, C or X and a digit 1 to 4, "
		    "such as B2");
	js_set_str(codes, "evaluation", evaluation == NULL ? "X4" : evaluation);
	return r->err;
}
