/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner's round over sessions: those that are over are removed, with what was sealed in them.
 */
#include "ops/runner.h"

#include "base/log.h"
#include "store/people.h"

#define AT_ONCE 100
#define ROUND (60 * ENT_SECOND)

struct sweep {
	ent_time now;
	int64_t count;
};

static enum ent_err
body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sweep *s = ctx;
	return session_sweep(tx, s->now, AT_ONCE, &s->count, why);
}

ent_time
runner_sessions(struct node *n, ent_time now)
{
	struct sweep s = { .now = now };
	struct ent_why why = { .text = "" };
	if (store_write(node_store(n), body, &s, &why) != ENT_OK)
		log_event(LOG_ERROR, "session.sweep", "cannot remove sessions: %s", why.text);
	return s.count == AT_ONCE ? now : now + ROUND;
}
