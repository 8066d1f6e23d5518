/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner's round over the feeds: contents of entries past their retention (an answer's own, else the
 * longest of the agreement's annexes) are destroyed and the log tells how many.  The signed part stays:
 * chain and exchange log cover it, and it holds no personal data.
 */
#include "ops/runner.h"

#include "base/log.h"
#include "store/feeds.h"

#define AT_ONCE 100
#define ROUND (60 * ENT_SECOND)

struct sweep {
	ent_time now;
	int64_t count;
};

static enum ent_err
tell_erased(struct store_tx *tx, int64_t count, struct ent_why *why)
{
	struct js *facts = js_object();
	js_set_str(facts, "what", "contents of feed entries past their retention");
	js_set_int(facts, "entries", count);
	enum ent_err err = node_audit(tx, EVENT_ERASE, NULL, facts, why);
	js_free(facts);
	return err;
}

static enum ent_err
body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct sweep *s = ctx;
	enum ent_err err = feed_erase_overdue(tx, s->now, AT_ONCE, &s->count, why);
	return err == ENT_OK && s->count > 0 ? tell_erased(tx, s->count, why) : err;
}

ent_time
runner_feeds(struct node *n, ent_time now)
{
	struct sweep s = { .now = now };
	struct ent_why why = { .text = "" };
	if (store_write(node_store(n), body, &s, &why) != ENT_OK)
		log_event(LOG_ERROR, "feed.sweep", "cannot erase entries past their retention: %s", why.text);
	return s.count == AT_ONCE ? now : now + ROUND;
}
