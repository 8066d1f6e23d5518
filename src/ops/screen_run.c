/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner of screenings: candidates go at the end that the annex set, whether somebody decided on
 * them or not.
 */
#include "base/log.h"
#include "ops/runner.h"
#include "store/screenings.h"

#define ROUND (60 * ENT_SECOND)
#define AT_ONCE 20

struct sweep {
	ent_time now;
	int64_t count;
};

static enum ent_err
sweep_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sweep *s = ctx;
	enum ent_err err = screening_expire(tx, s->now, AT_ONCE, &s->count, why);
	if (err != ENT_OK || s->count == 0)
		return err;
	struct js *facts = js_object();
	js_set_str(facts, "state", "expired");
	js_set_int(facts, "screenings", s->count);
	err = node_audit(tx, EVENT_SCREEN, NULL, facts, why);
	js_free(facts);
	return err;
}

ent_time
runner_screenings(struct node *n, ent_time now)
{
	struct ent_why why = { .text = "" };
	struct sweep s = { .now = now, .count = AT_ONCE };
	enum ent_err err = ENT_OK;
	while (err == ENT_OK && s.count == AT_ONCE) {
		err = store_write(node_store(n), sweep_body, &s, &why);
		if (err == ENT_OK && s.count > 0)
			log_event(LOG_INFO, "screening.expired", "count=%lld", (long long)s.count);
	}
	if (err != ENT_OK)
		log_event(LOG_WARN, "screening.kept", "state=%s why=%s", ent_err_name(err), why.text);
	return now + ROUND;
}
