/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a request as a function of the entries on both feeds.
 */
#include "exchange/exchange.h"

#include <stdio.h>
#include <string.h>

static bool
running(const struct thread *t)
{
	return t->state == THREAD_OPEN || t->state == THREAD_PARTIAL;
}

static enum ent_err
wrong_state(const struct thread *t, const struct entry *e, struct ent_why *why)
{
	return ent_fail(ENT_ESTATE, why, "a %s makes no sense while the exchange is %s",
	    kind_name(e->kind), thread_state_name(t->state));
}

static enum ent_err
start(struct thread *t, const struct entry *e, const char *from, uint32_t hours)
{
	t->ref = e->ref;
	(void)snprintf(t->asker, sizeof t->asker, "%s", from);
	(void)snprintf(t->answerer, sizeof t->answerer, "%s", js_get_str(e->payload, "to"));
	(void)snprintf(t->agreement, sizeof t->agreement, "%s", js_get_str(e->payload, "agreement"));
	t->urgency = urgency_of(js_get_str(e->payload, "urgency"));
	t->allowed = (hours != 0 ? hours : urgency_hours(t->urgency)) * ENT_HOUR;
	t->opened_at = e->time;
	t->request_seq = e->seq;
	t->state = THREAD_SENT;
	return ENT_OK;
}

/* The answering side's receipt starts or restarts the clock; other receipts say nothing here. */
static void
receipt(struct thread *t, const struct entry *e)
{
	uint64_t of = (uint64_t)js_get_int(e->payload, "of", 0);
	if (t->state == THREAD_SENT && of == t->request_seq) {
		t->state = THREAD_OPEN;
		t->due = e->time + t->allowed;
	} else if (t->state == THREAD_CLARIFYING && t->clarification_seq != 0 &&
	    of == t->clarification_seq) {
		t->state = THREAD_OPEN;
		t->due = e->time + t->left;
		t->left = 0;
	}
}

static enum ent_err
clarify(struct thread *t, const struct entry *e, struct ent_why *why)
{
	if (!running(t))
		return wrong_state(t, e, why);
	t->left = t->due - e->time;
	t->due = 0;
	t->clarification_seq = 0;
	t->state = THREAD_CLARIFYING;
	return ENT_OK;
}

/* An answer or a refusal: allowed while the clock stands too. */
static enum ent_err
settle(struct thread *t, const struct entry *e, struct ent_why *why)
{
	if (!running(t) && t->state != THREAD_CLARIFYING)
		return wrong_state(t, e, why);
	if (e->kind == KIND_REFUSAL)
		t->state = THREAD_REFUSED;
	else if (strcmp(js_get_str(e->payload, "complete"), "whole") == 0)
		t->state = THREAD_ANSWERED;
	else if (running(t))
		t->state = THREAD_PARTIAL;
	return ENT_OK;
}

static enum ent_err
by_answerer(struct thread *t, const struct entry *e, struct ent_why *why)
{
	if (e->kind == KIND_RECEIPT) {
		receipt(t, e);
		return ENT_OK;
	}
	if (e->kind == KIND_CLARIFY)
		return clarify(t, e, why);
	if (e->kind == KIND_ANSWER || e->kind == KIND_REFUSAL)
		return settle(t, e, why);
	return wrong_state(t, e, why);
}

enum ent_err
thread_apply(struct thread *t, const struct entry *e, const char *from, uint32_t allowed_hours,
    struct ent_why *why)
{
	if (e->kind == KIND_REQUEST)
		return t->state == 0 ? start(t, e, from, allowed_hours) : wrong_state(t, e, why);
	if (t->state == 0)
		return ent_fail(ENT_ENOTFOUND, why, "there is no such exchange");
	if (strcmp(from, t->answerer) == 0)
		return by_answerer(t, e, why);
	if (strcmp(from, t->asker) != 0)
		return ent_fail(ENT_ESTATE, why, "%s takes no part in this exchange", from);
	if (e->kind == KIND_RECEIPT)
		return ENT_OK;
	if (e->kind != KIND_CLARIFICATION || t->state != THREAD_CLARIFYING || t->clarification_seq != 0)
		return wrong_state(t, e, why);
	t->clarification_seq = e->seq;
	return ENT_OK;
}
