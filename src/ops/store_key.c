/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/store_key.h"

#include "base/log.h"
#include "ops/node.h"
#include "ops/runner.h"
#include "store/keys.h"

#include <unistd.h>

#define AGAIN 50	 /* times, when the writer's group makes keys */
#define AGAIN_US 20000
#define LOOK (60 * ENT_SECOND)

enum ent_err
store_key_open(struct keeper *k, const char *path, ent_time now, struct store **out, ent_time *made,
    struct ent_why *why)
{
	struct keeper_store_keys *keys = crypto_secret_new(sizeof *keys);
	enum ent_err err = keeper_store_key(k, now, keys, why);
	if (err != ENT_OK)
		goto out;
	*made = keys->made;
	err = store_open(path, keys->current, out, why);
	if (err != ENT_ESIG || !keys->has_next)
		goto out;
	/* It stopped after the keys were wrapped anew, and before the keeper heard of it. */
	err = store_open(path, keys->next, out, why);
	if (err != ENT_OK)
		goto out;
	*made = now;
	err = keeper_store_key_settle(k, why);
out:
	crypto_secret_free(keys);
	return err;
}

static enum ent_err
rewrap(struct store *s, const uint8_t *key, struct ent_why *why)
{
	enum ent_err err = store_rewrap(s, key, why);
	for (int i = 0; i < AGAIN && err == ENT_EBUSY; i++) {
		(void)usleep(AGAIN_US);
		err = store_rewrap(s, key, why);
	}
	return err;
}

enum ent_err
store_key_renew(struct node *n, ent_time now, struct ent_why *why)
{
	struct store_key *state = node_store_key(n);
	uint8_t *key = crypto_secret_new(CRYPTO_KEY_LEN);
	(void)pthread_mutex_lock(&state->lock);
	enum ent_err err = keeper_store_key_next(node_keeper(n), now, key, why);
	if (err == ENT_OK)
		err = rewrap(node_store(n), key, why);
	if (err == ENT_OK)
		err = keeper_store_key_settle(node_keeper(n), why);
	if (err == ENT_OK)
		state->made = now;
	(void)pthread_mutex_unlock(&state->lock);
	crypto_secret_free(key);
	return err;
}

ent_time
store_key_made(struct node *n, ent_time *due)
{
	struct store_key *state = node_store_key(n);
	(void)pthread_mutex_lock(&state->lock);
	ent_time made = state->made;
	*due = made + state->every;
	(void)pthread_mutex_unlock(&state->lock);
	return made;
}

/* ---- the runner ------------------------------------------------------------------------------------ */

static enum ent_err
tell_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct js *facts = ctx;
	return node_audit(tx, EVENT_NODE, NULL, facts, why);
}

/* The day that the configuration sets has come. */
ent_time
runner_keys(struct node *n, ent_time now)
{
	struct ent_why why = { .text = "" };
	ent_time due;
	(void)store_key_made(n, &due);
	if (now < due)
		return due - now < LOOK ? due : now + LOOK;
	struct js *facts = js_object();
	js_set_str(facts, "state", "store key replaced");
	enum ent_err err = store_key_renew(n, now, &why);
	if (err == ENT_OK)
		err = store_write(node_store(n), tell_body, facts, &why);
	js_free(facts);
	if (err != ENT_OK)
		log_event(LOG_ERROR, "keys.failed", "cannot replace the store key: %s", why.text);
	return now + LOOK;
}
