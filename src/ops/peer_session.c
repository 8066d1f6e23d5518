/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/peer_session.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session {
	char code[CODE_MAX]; /* "" : ours with the partner */
	char agreement[AGREEMENT_MAX];
	char token[PEER_TOKEN_TEXT];
	ent_time until;
	uint8_t refused[CRYPTO_HASH_LEN]; /* ours: the partner's entry that we refused last */
};

struct peer_sessions {
	pthread_mutex_t lock;
	struct session rows[PEER_SESSIONS_MAX];
};

struct peer_sessions *
peer_sessions_new(void)
{
	struct peer_sessions *s = ent_alloc(sizeof *s);
	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
peer_sessions_free(struct peer_sessions *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_destroy(&s->lock);
	crypto_wipe(s->rows, sizeof s->rows);
	free(s);
}

static struct session *
find(struct peer_sessions *s, const char *code, const char *agreement)
{
	for (size_t i = 0; i < PEER_SESSIONS_MAX; i++)
		if (s->rows[i].token[0] != '\0' && strcmp(s->rows[i].code, code) == 0 &&
		    strcmp(s->rows[i].agreement, agreement) == 0)
			return &s->rows[i];
	return NULL;
}

/* The row of that pair, else a free one, else the one that ends first. */
static struct session *
place(struct peer_sessions *s, const char *code, const char *agreement)
{
	struct session *row = find(s, code, agreement);
	if (row != NULL)
		return row;
	row = &s->rows[0];
	for (size_t i = 0; i < PEER_SESSIONS_MAX; i++)
		if (s->rows[i].until < row->until)
			row = &s->rows[i];
	return row;
}

static void
put(struct peer_sessions *s, const char *code, const char *agreement, const char *token,
    ent_time until)
{
	(void)pthread_mutex_lock(&s->lock);
	struct session *row = place(s, code, agreement);
	(void)snprintf(row->code, sizeof row->code, "%s", code);
	(void)snprintf(row->agreement, sizeof row->agreement, "%s", agreement);
	(void)snprintf(row->token, sizeof row->token, "%s", token);
	row->until = until;
	(void)pthread_mutex_unlock(&s->lock);
}

void
peer_session_open(struct peer_sessions *s, const char *code, const char *agreement, ent_time now,
    char token[static PEER_TOKEN_TEXT])
{
	uint8_t secret[32];
	crypto_random(secret, sizeof secret);
	b64u_encode(bytes_of(secret, sizeof secret), token);
	crypto_wipe(secret, sizeof secret);
	put(s, code, agreement, token, now + PEER_SESSION_LIFE);
}

enum ent_err
peer_session_check(struct peer_sessions *s, const char *token, const char *code,
    const char *agreement, ent_time now, struct ent_why *why)
{
	bool good = false;
	(void)pthread_mutex_lock(&s->lock);
	const struct session *row = find(s, code, agreement);
	if (row != NULL && row->until > now && strlen(token) == strlen(row->token))
		good = crypto_equal(row->token, token, strlen(token));
	(void)pthread_mutex_unlock(&s->lock);
	return good ? ENT_OK : ent_fail(ENT_EAUTH, why, "no session: say hello first");
}

void
peer_session_keep(struct peer_sessions *s, const char *agreement, const char *token, ent_time now)
{
	if (strlen(token) < PEER_TOKEN_TEXT)
		put(s, "", agreement, token, now + PEER_SESSION_LIFE);
}

void
peer_session_ours(struct peer_sessions *s, const char *agreement, ent_time now,
    char token[static PEER_TOKEN_TEXT])
{
	(void)pthread_mutex_lock(&s->lock);
	const struct session *row = find(s, "", agreement);
	(void)snprintf(token, PEER_TOKEN_TEXT, "%s",
	    row != NULL && row->until > now + 60 * ENT_SECOND ? row->token : "");
	(void)pthread_mutex_unlock(&s->lock);
}

bool
peer_session_refused(struct peer_sessions *s, const char *agreement,
    const uint8_t hash[static CRYPTO_HASH_LEN])
{
	(void)pthread_mutex_lock(&s->lock);
	struct session *row = find(s, "", agreement);
	bool other = row == NULL || memcmp(row->refused, hash, sizeof row->refused) != 0;
	if (row != NULL)
		memcpy(row->refused, hash, sizeof row->refused);
	(void)pthread_mutex_unlock(&s->lock);
	return other;
}

void
peer_session_forget(struct peer_sessions *s, const char *agreement)
{
	(void)pthread_mutex_lock(&s->lock);
	struct session *row = find(s, "", agreement);
	if (row != NULL)
		*row = (struct session){ 0 };
	(void)pthread_mutex_unlock(&s->lock);
}
