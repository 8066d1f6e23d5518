/* SPDX-License-Identifier: Apache-2.0
 *
 * Unsealed OPRF keys.  Only the main thread looks up, adds and drops; workers only let go.
 */
#include "base/arena.h"
#include "keeper/server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
entry_free(struct oprf_entry *e)
{
	crypto_secret_free(e->sk);
	free(e);
}

struct bytes
cache_context(const char *agreement, uint32_t epoch, char out[static 96])
{
	int n = snprintf(out, 96, "oprf\n%s\n%" PRIu32, agreement, epoch);
	return bytes_of(out, (size_t)n);
}

static struct oprf_entry *
find(const struct server *s, const char *agreement, uint32_t epoch, size_t *at)
{
	for (size_t i = 0; i < s->cached; i++)
		if (s->cache[i]->epoch == epoch && strcmp(s->cache[i]->agreement, agreement) == 0) {
			*at = i;
			return s->cache[i];
		}
	return NULL;
}

/* Takes it out of the table; freed now, or by the last job that holds it. */
static void
remove_at(struct server *s, size_t at)
{
	struct oprf_entry *e = s->cache[at];
	s->cache[at] = s->cache[--s->cached];
	(void)pthread_mutex_lock(&s->lock);
	e->dead = true;
	bool unused = e->refs == 0;
	(void)pthread_mutex_unlock(&s->lock);
	if (unused)
		entry_free(e);
}

struct oprf_entry *
cache_add(struct server *s, const char *agreement, uint32_t epoch, const uint8_t *pk,
    const uint8_t *sk)
{
	struct oprf_entry *e = ent_alloc(sizeof *e);
	if (s->cached == SERVER_CACHE)
		remove_at(s, 0); /* it is loaded again when it is wanted */
	(void)snprintf(e->agreement, sizeof e->agreement, "%s", agreement);
	e->epoch = epoch;
	memcpy(e->pk, pk, sizeof e->pk);
	e->sk = crypto_secret_new(OPRF_SCALAR);
	memcpy(e->sk, sk, OPRF_SCALAR);
	e->refs = 1;
	s->cache[s->cached++] = e;
	return e;
}

static enum ent_err
load(struct server *s, const char *agreement, uint32_t epoch, struct oprf_entry **out,
    struct ent_why *why)
{
	struct state_key k;
	char room[96];
	if (state_key_get(s->state, agreement, epoch, &k) != ENT_OK)
		return ent_fail(ENT_EIO, why, "the keeper's state cannot be read");
	if (!k.found)
		return ent_fail(ENT_ENOTFOUND, why, "no OPRF key of '%s', epoch %" PRIu32, agreement,
		    epoch);
	if (k.destroyed)
		return ent_fail(ENT_ESTATE, why, "the OPRF key of '%s', epoch %" PRIu32 " was destroyed",
		    agreement, epoch);
	uint8_t *sk = crypto_secret_new(OPRF_SCALAR);
	enum ent_err err = crypto_open(s->keys->master, bytes_of(k.sealed, sizeof k.sealed),
	    cache_context(agreement, epoch, room), sk);
	if (err == ENT_OK)
		*out = cache_add(s, agreement, epoch, k.pk, sk);
	else
		err = ent_fail(ENT_EIO, why, "keeper.db does not belong to this key file");
	crypto_secret_free(sk);
	return err;
}

enum ent_err
cache_hold(struct server *s, const char *agreement, uint32_t epoch, struct oprf_entry **out,
    struct ent_why *why)
{
	size_t at;
	struct oprf_entry *e = find(s, agreement, epoch, &at);
	if (e == NULL)
		return load(s, agreement, epoch, out, why);
	(void)pthread_mutex_lock(&s->lock);
	e->refs++;
	(void)pthread_mutex_unlock(&s->lock);
	*out = e;
	return ENT_OK;
}

void
cache_release(struct server *s, struct oprf_entry *e)
{
	if (e == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	e->refs--;
	bool last = e->refs == 0 && e->dead;
	(void)pthread_mutex_unlock(&s->lock);
	if (last)
		entry_free(e);
}

void
cache_drop(struct server *s, const char *agreement, uint32_t epoch)
{
	size_t at;
	if (find(s, agreement, epoch, &at) != NULL)
		remove_at(s, at);
}

void
cache_settle(struct server *s, bool committed)
{
	for (size_t i = s->cached; i-- > 0;) {
		if (!s->cache[i]->fresh)
			continue;
		s->cache[i]->fresh = false;
		if (!committed)
			remove_at(s, i);
	}
}

void
cache_done(struct server *s)
{
	while (s->cached > 0)
		remove_at(s, s->cached - 1);
}
