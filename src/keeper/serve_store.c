/* SPDX-License-Identifier: Apache-2.0
 *
 * The store key and the one that is to follow it: kept in keeper.db, not in keeper.key, so that the
 * keeper can replace them without the passphrase, and nothing of an old one stays.
 */
#include "keeper/server.h"

#include <string.h>

_Static_assert(2 * sizeof(struct state_store_key) <= FRAME_SIGNED, "room in a job");

static enum ent_err
broken(struct job *j)
{
	return ent_fail(ENT_EIO, &j->why, "the keeper's state cannot be read or written");
}

static struct bytes
context(void)
{
	return bytes_of_cstr("entente store key");
}

static enum ent_err
read_now(struct job *j, struct cursor *in, int64_t *now)
{
	uint64_t v = cur_get_u64(in);
	if (!cur_done(in) || v > INT64_MAX)
		return ent_fail(ENT_ESYNTAX, &j->why, "a malformed message to the keeper");
	*now = (int64_t)v;
	return ENT_OK;
}

/* The key of that slot, made if there is none. */
static enum ent_err
get_or_make(struct server *s, struct job *j, bool next, int64_t now, struct state_store_key *k)
{
	if (state_store_key_get(s->state, next, k) != ENT_OK)
		return broken(j);
	if (k->found)
		return ENT_OK;
	uint8_t *key = crypto_secret_new(CRYPTO_KEY_LEN);
	crypto_random(key, CRYPTO_KEY_LEN);
	crypto_seal(s->keys->master, bytes_of(key, CRYPTO_KEY_LEN), context(), k->sealed);
	crypto_secret_free(key);
	k->made = now;
	s->changed = true;
	return state_store_key_add(s->state, next, k) == ENT_OK ? ENT_OK : broken(j);
}

/* What work will need, as it rests in keeper.db: the worker opens it right into the answer. */
static void
keep(struct job *j, const struct state_store_key *k)
{
	memcpy(j->made + j->made_n, k, sizeof *k);
	j->made_n += sizeof *k;
}

enum ent_err
prepare_store_key(struct server *s, struct job *j, struct cursor *in)
{
	struct state_store_key current, next;
	int64_t now;
	enum ent_err err = read_now(j, in, &now);
	if (err != ENT_OK)
		return err;
	if (s->store_key_given)
		return ent_fail(ENT_ESTATE, &j->why, "the store key is given once");
	err = get_or_make(s, j, false, now, &current);
	if (err == ENT_OK && state_store_key_get(s->state, true, &next) != ENT_OK)
		err = broken(j);
	if (err != ENT_OK)
		return err;
	keep(j, &current);
	keep(j, &next);
	s->store_key_given = true;
	return ENT_OK;
}

enum ent_err
prepare_store_key_next(struct server *s, struct job *j, struct cursor *in)
{
	struct state_store_key next;
	int64_t now;
	enum ent_err err = read_now(j, in, &now);
	if (err == ENT_OK)
		err = get_or_make(s, j, true, now, &next);
	if (err == ENT_OK)
		keep(j, &next);
	return err;
}

enum ent_err
prepare_store_key_settle(struct server *s, struct job *j, struct cursor *in)
{
	struct state_store_key next;
	if (!cur_done(in))
		return ent_fail(ENT_ESYNTAX, &j->why, "a malformed message to the keeper");
	if (state_store_key_get(s->state, true, &next) != ENT_OK)
		return broken(j);
	if (!next.found)
		return ent_fail(ENT_ESTATE, &j->why, "no store key is to follow");
	s->changed = s->shred = true;
	return state_store_key_settle(s->state) == ENT_OK ? ENT_OK : broken(j);
}

static enum ent_err
put_key(struct server *s, struct job *j, const struct state_store_key *k, struct cursor *out)
{
	uint8_t *key = crypto_secret_new(CRYPTO_KEY_LEN);
	enum ent_err err = crypto_open(s->keys->master, bytes_of(k->sealed, sizeof k->sealed), context(),
	    key);
	if (err == ENT_OK)
		cur_put(out, key, CRYPTO_KEY_LEN);
	else
		err = ent_fail(err, &j->why, "a store key does not open: is 'keeper.db' another "
		    "keeper's?");
	crypto_secret_free(key);
	return err;
}

enum ent_err
work_store_key(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct state_store_key k[2];
	(void)in;
	memcpy(k, j->made, sizeof k);
	enum ent_err err = put_key(s, j, &k[0], out);
	cur_put_u64(out, (uint64_t)k[0].made);
	cur_put_u32(out, k[1].found);
	return err == ENT_OK && k[1].found ? put_key(s, j, &k[1], out) : err;
}

enum ent_err
work_store_key_next(struct server *s, struct job *j, struct cursor *in, struct cursor *out)
{
	struct state_store_key k;
	(void)in;
	memcpy(&k, j->made, sizeof k);
	return put_key(s, j, &k, out);
}
